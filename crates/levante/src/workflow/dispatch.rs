//! Which room carries out which promise: one exhaustive match.

use super::{Workflow, changes, checks, letters, provisioning};
use crate::operations::{Problem, jobs::Job, work::ClaimedJob};

/// Runs a claimed job to its end or to its next due time.
///
/// # Errors
/// A [`Problem`] of storage; the job is tried again.
pub(super) async fn run(workflow: &Workflow, claimed: ClaimedJob) -> Result<(), Problem> {
    let job: Job = match serde_json::from_str(&claimed.payload) {
        Ok(job) => job,
        Err(e) => {
            // Written by a newer program: it may know what to do with it.
            tracing::error!(job = claimed.id, error = %e, "a job that this program does not know is put off");
            let later = workflow.operations.clock.business() + jiff::SignedDuration::from_mins(10);
            return workflow.operations.postpone_job(&claimed, later).await;
        }
    };
    match job {
        Job::AnswerCheck { check } => checks::answer(workflow, &claimed, check).await,
        Job::SendMail { mail } => letters::send(workflow, &claimed, mail).await,
        Job::EraseCredentials { .. } => workflow.operations.erase_credentials(&claimed.id).await.map(|_| ()),
        Job::CarryOutOrder { order, .. } => match workflow.operations.take(claimed).await? {
            Some(held) => provisioning::carry_out(workflow, &held, order).await,
            None => Ok(()),
        },
        Job::ChangeSubscription { task, .. } => match workflow.operations.take(claimed).await? {
            Some(held) => changes::carry_out(workflow, &held, task).await,
            None => Ok(()),
        },
    }
}
