//! Gives a tenant's administrator the password that was asked for, at most once: a call without a clear
//! answer is never sent again, since the administrator may have chosen another password meanwhile.

use super::{Came, Workflow, call_of, letters::Facts, waiting};
use crate::{
    operations::{
        Problem,
        services::Service,
        tasks::Task,
        work::{Held, Record, Then},
    },
    provider::{Answer, RefusedKind},
};
use licensing::{id::TaskId, reason::Reason};
use serde_json::json;

/// The step's name in rows and in the panel.
const STEP: &str = "change-password";

pub(super) async fn carry_out(workflow: &Workflow, held: &Held, task: TaskId) -> Result<(), Problem> {
    let operations = &workflow.operations;
    let Some(mut task) = operations.task_by_id(task).await? else { return operations.end_job(held).await };
    if task.state.is_over() {
        return operations.end_job(held).await;
    }
    let service = operations.service_by_id(&task.account, task.service).await?;
    let mut record = Record::default();
    let came = attempt(workflow, held, &task, &service, &mut record).await?;
    let now = operations.clock.business();
    came.note(&mut task, STEP, now);
    match came {
        Came::Wait { after, .. } => record.then = Then::At(now + after),
        Came::Done => {
            record.forget_password = Some(task.id);
            // The temporary one of the beginning no longer opens anything.
            record.forget_sign_in = Some(service.id);
            record.then = Then::End;
        }
        Came::Refused(reason) => {
            let facts = Facts::NeedsAttention { task: task.id, order: None, reason };
            record.mails.push(workflow.to_reseller(&service, &facts).await?);
            record.forget_password = Some(task.id);
            record.then = Then::End;
        }
    }
    record.task = Some(task);
    operations.record(held, record).await
}

async fn attempt(
    workflow: &Workflow,
    held: &Held,
    task: &Task,
    service: &Service,
    record: &mut Record,
) -> Result<Came, Problem> {
    let operations = &workflow.operations;
    if let Some(open) = operations.unsettled(task.id, STEP).await? {
        record.close = Some((open.id, "unclear; not sent again".to_owned()));
        return Ok(Came::Refused(Reason::PasswordUnclear));
    }
    let Some(tenant) = service.tenant else { return Ok(Came::Refused(Reason::NoAdministrator)) };
    let Some(password) = operations.new_password(task.id).await? else {
        return Ok(Came::Refused(Reason::PasswordUnclear));
    };
    let asked = json!({ "user": "administrator" });
    let row = operations.open_call(held, service.id, task.id, STEP, asked).await?;
    let call = call_of(row.id, task.id);
    let answer = workflow.provider.reset_administrator_password(call, tenant, &service.name, &password).await;
    let now = operations.clock.business();
    let (outcome, came) = match answer {
        Ok(Answer::Done(())) => ("done".to_owned(), Came::Done),
        Ok(Answer::Refused(refused)) => {
            tracing::warn!(task = %task.id, code = refused.code, detail = refused.detail, "a password was refused");
            let reason = match refused.kind {
                RefusedKind::NotDelegated => Reason::NotDelegated,
                RefusedKind::NoAdministrator => Reason::NoAdministrator,
                _ => Reason::ChangeRefused { code: refused.code.clone() },
            };
            (format!("refused {}", refused.code), Came::Refused(reason))
        }
        Err(trouble) if trouble.may_have_happened() => {
            tracing::warn!(task = %task.id, error = %trouble, "whether a password was changed is not known");
            ("unclear; not sent again".to_owned(), Came::Refused(Reason::PasswordUnclear))
        }
        Err(trouble) => ("not sent".to_owned(), waiting(&trouble, task, now)),
    };
    record.close = Some((row.id, outcome));
    Ok(came)
}
