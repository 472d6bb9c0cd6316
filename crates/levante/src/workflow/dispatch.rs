//! Which room carries out which promise: one exhaustive match.

use super::{Workflow, changes, checks, letters, passwords, provisioning};
use crate::operations::{
    Problem,
    jobs::Job,
    work::{ClaimedJob, Held},
};

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
        Job::CarryOutOrder { order, .. } => {
            let Some(held) = workflow.operations.take(claimed).await? else { return Ok(()) };
            let done = provisioning::carry_out(workflow, &held, order).await;
            let_go_on_failure(workflow, &held, done).await
        }
        Job::ChangePassword { task, .. } => {
            let Some(held) = workflow.operations.take(claimed).await? else { return Ok(()) };
            let done = passwords::carry_out(workflow, &held, task).await;
            let_go_on_failure(workflow, &held, done).await
        }
        Job::ChangeSubscription { task, .. } => {
            let Some(held) = workflow.operations.take(claimed).await? else { return Ok(()) };
            let done = changes::carry_out(workflow, &held, task).await;
            let_go_on_failure(workflow, &held, done).await
        }
    }
}

/// A job that failed (somebody changed a row meanwhile, say) is tried again soon: its subject must be free then.
async fn let_go_on_failure(workflow: &Workflow, held: &Held, done: Result<(), Problem>) -> Result<(), Problem> {
    if done.is_err()
        && let Err(e) = workflow.operations.let_go(&held.lease).await
    {
        tracing::error!(subject = held.lease.subject, error = %e, "the lease could not be given back; it runs out by itself");
    }
    done
}
