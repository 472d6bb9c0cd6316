//! The fourth door: it opens to time. Takes what was promised, asks the supplier and the
//! mail server, records what came back.
//!
//! The only room that talks to Microsoft and to the mail server. Never writes SQL, never
//! holds a transaction while it waits. Read next: `engine.rs`, then `provisioning.rs`.

use crate::{
    mail::{Brand, Transport},
    operations::{Operations, tasks::Task},
    provider::{CallId, Provider, Trouble},
};
use jiff::{SignedDuration, Timestamp};
use lettre::message::Mailbox;
use licensing::{id::TaskId, reason::Reason, subscription::SubscriptionState, task::TaskState};
use std::sync::Arc;
use uuid::Uuid;

mod changes;
mod checks;
mod dispatch;
mod engine;
mod letters;
pub mod mail_domains;
mod passwords;
mod provisioning;
mod settling;

pub use engine::Engine;

/// What the workflow works with.
pub struct Workflow {
    /// The books.
    pub operations: Arc<Operations>,
    /// The supplier, for work that nobody waits for.
    pub provider: Arc<dyn Provider>,
    /// The same one for people who look at a form: their questions go first.
    pub desk: Arc<dyn Provider>,
    /// The way to people.
    pub post: Post,
    /// Who knows whether an e-mail domain receives mail.
    pub mail_domains: mail_domains::MailDomainCheck,
}

/// The way to people.
pub struct Post {
    /// How mails leave.
    pub transport: Transport,
    /// The sender.
    pub from: Mailbox,
    /// The provider's name and addresses in every mail.
    pub brand: Brand,
}

/// What came of a step.
#[derive(Debug)]
enum Came {
    /// Done; its facts are in the work.
    Done,
    /// Not done yet.
    Wait {
        /// How long, business time.
        after: SignedDuration,
        /// Why, for people.
        reason: Reason,
    },
    /// Refused for good.
    Refused(Reason),
}

impl Came {
    /// Writes into a task what came of its only step.
    fn note(&self, task: &mut Task, step: &str, now: Timestamp) {
        task.step = Some(step.to_owned());
        (task.state, task.reason) = match self {
            Came::Done => (TaskState::Done, None),
            Came::Wait { reason, .. } => (TaskState::Doing, Some(reason.clone())),
            Came::Refused(reason) => (TaskState::Error, Some(reason.clone())),
        };
        match task.state.is_over() {
            true => (task.waiting_since, task.finished_at) = (None, Some(now)),
            false => task.waiting_since = task.waiting_since.or(Some(now)),
        }
    }

    fn is_wait(&self) -> bool {
        matches!(self, Came::Wait { .. })
    }

    fn input(field: &str, value: &str, rule: licensing::invalid::Rule) -> Came {
        Came::Refused(Reason::Input { invalid: licensing::invalid::Invalid::new(field, value, rule) })
    }
}

/// How long to wait before the next look: a quarter of the time waited so far, at least half a
/// second, at most a minute in the first half hour and a quarter of an hour afterwards.
fn patience(task: &Task, now: Timestamp) -> SignedDuration {
    let waited = waited(task, now);
    let most = if waited < SignedDuration::from_mins(30) {
        SignedDuration::from_mins(1)
    } else {
        SignedDuration::from_mins(15)
    };
    (waited / 4).clamp(SignedDuration::from_millis(500), most)
}

/// A state that the supplier invented, or an odd answer: looked at again before anything follows from it.
fn is_strange(state: &SubscriptionState, task: &Task, now: Timestamp) -> bool {
    matches!(state, SubscriptionState::Other(_)) && waited(task, now) < SignedDuration::from_mins(15)
}

fn waited(task: &Task, now: Timestamp) -> SignedDuration {
    task.waiting_since.map_or(SignedDuration::ZERO, |since| now.duration_since(since))
}

/// What a call without an answer means: wait, and say why. For a write the row stays open, so that
/// the next look uses the same id or compares first.
fn waiting(trouble: &Trouble, task: &Task, now: Timestamp) -> Came {
    let after = patience(task, now);
    match trouble {
        Trouble::NotSent { .. } => Came::Wait { after, reason: Reason::SupplierBusy },
        Trouble::Unclear { .. } => Came::Wait { after, reason: Reason::Checking },
        Trouble::Busy { after: asked } => Came::Wait { after: after.max(*asked), reason: Reason::SupplierBusy },
        Trouble::Locked { .. } => {
            Came::Wait { after: after.max(SignedDuration::from_secs(5)), reason: Reason::AccessLocked }
        }
    }
}

/// The identity of a call: its own id, and one that ties all calls of a task together.
fn call_of(request: Uuid, task: TaskId) -> CallId {
    let task = u64::try_from(task.0).unwrap_or_default();
    CallId { request, correlation: Uuid::from_u64_pair(0x4c65_7661_6e74_8e00, 0x8000_0000_0000_0000 | task) }
}
