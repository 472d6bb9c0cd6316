//! Everything that we promise to do later. `workflow/dispatch.rs` matches it exhaustively.

use super::Operations;
use crate::storage::jobs::NewJob;
use jiff::Timestamp;
use licensing::id::{OrderId, ServiceId, TaskId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A promise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "camelCase")]
pub enum Job {
    /// Carry an order out, step by step.
    CarryOutOrder {
        /// Which.
        order: OrderId,
        /// Its service, the subject of the lease.
        service: ServiceId,
    },
    /// Change or cancel a subscription.
    ChangeSubscription {
        /// The task that says what.
        task: TaskId,
        /// Its service, the subject of the lease.
        service: ServiceId,
    },
    /// Give the administrator of a tenant another password.
    ChangePassword {
        /// The task that asked for it.
        task: TaskId,
        /// Its service, the subject of the lease.
        service: ServiceId,
    },
    /// Answer a live check.
    AnswerCheck {
        /// Which.
        check: Uuid,
    },
    /// Hand a mail to the mail server.
    SendMail {
        /// Which.
        mail: Uuid,
    },
    /// Erase the sign-in data whose time has come.
    EraseCredentials {
        /// Of which service.
        service: ServiceId,
    },
}

/// Which workers take a job: checks never wait behind orders, mails behind neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Live checks: somebody is looking at a form.
    Fast,
    /// Orders and changes.
    Work,
    /// Mails and housekeeping.
    Mail,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Lane; 3] = [Lane::Fast, Lane::Work, Lane::Mail];

    /// Its word in storage.
    pub fn word(&self) -> &'static str {
        match self {
            Lane::Fast => "fast",
            Lane::Work => "work",
            Lane::Mail => "mail",
        }
    }
}

impl Job {
    /// Which workers take it.
    pub fn lane(&self) -> Lane {
        match self {
            Job::AnswerCheck { .. } => Lane::Fast,
            Job::CarryOutOrder { .. } | Job::ChangeSubscription { .. } | Job::ChangePassword { .. } => Lane::Work,
            Job::SendMail { .. } | Job::EraseCredentials { .. } => Lane::Mail,
        }
    }

    /// What is worked on by one worker at a time.
    pub fn subject(&self) -> String {
        match self {
            Job::CarryOutOrder { service, .. }
            | Job::ChangeSubscription { service, .. }
            | Job::ChangePassword { service, .. } => {
                format!("service/{service}")
            }
            Job::AnswerCheck { check } => format!("check/{check}"),
            Job::SendMail { mail } => format!("mail/{mail}"),
            Job::EraseCredentials { service } => format!("credentials/{service}"),
        }
    }
}

impl Operations {
    /// The job as it is queued, due at an instant of business time.
    pub(crate) fn promise(&self, job: &Job, run_at: Timestamp) -> NewJob {
        NewJob {
            id: self.clock.new_id(),
            lane: job.lane().word(),
            subject: job.subject(),
            payload: crate::storage::json(job),
            run_at,
        }
    }
}
