//! Mails: what is promised in a commit, and how it leaves later.
//!
//! A promised mail holds ids and reasons only; its text is made when it leaves, in the
//! recipient's language, and the sign-in data are taken out of the vault just then.

use super::{Workflow, provisioning::licence_lines};
use crate::{
    locale::Language,
    mail::{
        self, Envelope, Letter, MailTrouble, needs_attention, order_received, service_ready, subscription_cancelled,
        subscription_changed, termination_asked,
    },
    operations::{
        Problem,
        mails::{Mail, MailState, NewJob, Promised},
        services::Service,
        subscriptions::Subscription,
        tasks::{Asked, Task},
        terminations,
        work::ClaimedJob,
    },
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use licensing::{
    id::{OrderId, ServiceId, TaskId},
    reason::Reason,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The facts of a promised mail.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "letter", rename_all = "camelCase")]
pub(super) enum Facts {
    /// An order was accepted.
    OrderReceived { order: OrderId },
    /// A tenant is ready.
    ServiceReady { order: OrderId },
    /// Seats were changed.
    SubscriptionChanged { task: TaskId },
    /// A subscription was cancelled.
    SubscriptionCancelled { task: TaskId },
    /// Somebody must look.
    NeedsAttention { task: TaskId, order: Option<OrderId>, reason: Reason },
    /// The end of a service was asked for; promised by `operations/terminations.rs`.
    TerminationAsked { service: ServiceId },
}

impl Facts {
    fn kind(&self) -> &'static str {
        match self {
            Facts::OrderReceived { .. } => "order_received",
            Facts::ServiceReady { .. } => "service_ready",
            Facts::SubscriptionChanged { .. } => "subscription_changed",
            Facts::SubscriptionCancelled { .. } => "subscription_cancelled",
            Facts::NeedsAttention { .. } => "needs_attention",
            Facts::TerminationAsked { .. } => terminations::LETTER,
        }
    }
}

impl Workflow {
    /// A mail to the reseller.
    pub(super) async fn to_reseller(&self, service: &Service, facts: &Facts) -> Result<(Mail, NewJob), Problem> {
        let account = self.operations.account(&service.account).await?;
        Ok(self.operations.promise_mail(
            Promised {
                kind: facts.kind(),
                account: &service.account,
                service: Some(service.id),
                order: None,
                recipient: &account.email,
                recipient_name: format!("{} {}", account.first_name, account.last_name),
                language: &account.language,
            },
            facts,
        ))
    }

    /// A mail to the end customer's contact.
    pub(super) fn to_contact(&self, service: &Service, order: OrderId, facts: &Facts) -> (Mail, NewJob) {
        let contact = &service.contact;
        self.operations.promise_mail(
            Promised {
                kind: facts.kind(),
                account: &service.account,
                service: Some(service.id),
                order: Some(order),
                recipient: &contact.email,
                recipient_name: format!("{} {}", contact.first_name, contact.last_name),
                language: &contact.language,
            },
            facts,
        )
    }
}

pub(super) async fn send(workflow: &Workflow, job: &ClaimedJob, id: Uuid) -> Result<(), Problem> {
    let operations = &workflow.operations;
    let Some(mail) = operations.mail_to_send(id).await? else {
        return operations.drop_job(job).await;
    };
    let language = Language::read(&mail.language).unwrap_or(Language::FALLBACK);
    let letter = match compose(workflow, &mail, language).await? {
        Ok(letter) => letter,
        Err(why) => {
            tracing::error!(mail = %id, kind = mail.kind, why, "a mail cannot be composed and is given up");
            return operations.settle_mail(&job.id, &mail, MailState::Refused, why).await;
        }
    };
    let envelope = Envelope {
        message_id: id.to_string(),
        from: workflow.post.from.clone(),
        to: mail.recipient.clone(),
        to_name: mail.recipient_name.clone(),
        language,
        date: mail.queued_at,
    };
    let delivered = match mail::render(&letter, language, &workflow.post.brand) {
        Ok(rendered) => workflow.post.transport.deliver(&envelope, &rendered).await,
        Err(e) => Err(MailTrouble::NotSent { why: e.to_string() }),
    };
    match delivered {
        Ok(receipt) => operations.settle_mail(&job.id, &mail, MailState::Sent, &receipt.answer).await,
        Err(MailTrouble::Refused { why }) => {
            tracing::error!(mail = %id, kind = mail.kind, why, "the mail server refused a mail for good");
            operations.settle_mail(&job.id, &mail, MailState::Refused, &why).await
        }
        Err(MailTrouble::NotSent { why } | MailTrouble::Unclear { why }) => {
            tracing::warn!(mail = %id, kind = mail.kind, why, attempts = job.attempts, "a mail did not leave and is tried again");
            let seconds = 1_i64.checked_shl(u32::try_from(job.attempts.clamp(0, 9)).unwrap_or(9)).unwrap_or(512);
            operations.postpone_job(job, operations.clock.business() + SignedDuration::from_secs(seconds)).await
        }
    }
}

/// The letter of a promised mail; `Err` when it can never be written.
async fn compose(
    workflow: &Workflow,
    mail: &Mail,
    language: Language,
) -> Result<Result<Letter, &'static str>, Problem> {
    let Ok(facts) = serde_json::from_str::<Facts>(&mail.letter) else { return Ok(Err("its facts are not readable")) };
    let operations = &workflow.operations;
    let recipient = mail.recipient_name.clone();
    Ok(Ok(match facts {
        Facts::OrderReceived { order } => {
            let work = operations.order_work(order).await?;
            Letter::OrderReceived(order_received::Context {
                recipient,
                order,
                customer: work.service.contact.company_name,
                service: work.service.name.to_string(),
                display_name: work.service.display_name,
                licences: licence_lines(&work.order),
                net: work.order.net,
                tax: work.order.tax,
            })
        }
        Facts::ServiceReady { order } => {
            let work = operations.order_work(order).await?;
            let Some(sign_in) = operations.sign_in_data(work.service.id).await? else {
                return Ok(Err("its sign-in data are no longer in the vault"));
            };
            Letter::ServiceReady(service_ready::Context {
                recipient,
                customer: work.service.contact.company_name,
                service: work.service.name.to_string(),
                display_name: work.service.display_name,
                licences: licence_lines(&work.order),
                sign_in_name: sign_in.user_name,
                sign_in: service_ready::SignIn::Password(sign_in.password),
            })
        }
        Facts::SubscriptionChanged { task } => {
            let (task, service, subscription) = operations.change_work(task).await?;
            let Asked::Seats { from, to } = task.asked else { return Ok(Err("its task changed no seats")) };
            Letter::SubscriptionChanged(subscription_changed::Context {
                recipient,
                customer: service.contact.company_name.clone(),
                service: service.name.to_string(),
                licence: licence_name(workflow, &subscription).await?,
                before: from.get(),
                after: to.get(),
                changed_on: day(task.finished_at.unwrap_or(mail.queued_at)),
                term_end: subscription.term_end.map(day),
                display_name: service.display_name,
            })
        }
        Facts::SubscriptionCancelled { task } => {
            let (task, service, subscription) = operations.change_work(task).await?;
            Letter::SubscriptionCancelled(subscription_cancelled::Context {
                recipient,
                customer: service.contact.company_name.clone(),
                service: service.name.to_string(),
                licence: licence_name(workflow, &subscription).await?,
                seats: subscription.seats.get(),
                end: match (&task.asked, subscription.term_end) {
                    (Asked::Renewal { .. }, Some(term_end)) => subscription_cancelled::End::AtTermEnd(day(term_end)),
                    _ => subscription_cancelled::End::Now(day(task.finished_at.unwrap_or(mail.queued_at))),
                },
                display_name: service.display_name,
            })
        }
        Facts::TerminationAsked { service } => {
            let Some(mailed) = operations.mailed_token(&mail.account, service).await? else {
                return Ok(Err("its token was used or replaced, or is too old"));
            };
            let (panel, token) = (&workflow.post.brand.panel_url, mailed.token.expose_secret());
            let link = format!("{panel}/billing/confirmTerminate?id={service}&token={token}");
            Letter::TerminationAsked(termination_asked::Context {
                recipient,
                customer: mailed.service.contact.company_name.clone(),
                service: mailed.service.name.to_string(),
                display_name: mailed.service.display_name.clone(),
                link: SecretString::from(link),
                until: mailed.expires_at,
                ends_on: mailed.ends_at.map(day),
                token: mailed.token,
            })
        }
        Facts::NeedsAttention { task, order, reason } => {
            let Some(task) = operations.task_by_id(task).await? else { return Ok(Err("its task does not exist")) };
            let service = operations.service_by_id(&task.account, task.service).await?;
            let text = language.text();
            Letter::NeedsAttention(needs_attention::Context {
                recipient,
                customer: service.contact.company_name.clone(),
                service: service.name.to_string(),
                display_name: service.display_name,
                what: text.reason(&reason),
                advice: text.advice(&reason),
                quote: quote(&task, order),
            })
        }
    }))
}

fn quote(task: &Task, order: Option<OrderId>) -> String {
    order.map_or_else(|| format!("T{}", task.id), |order| order.to_string())
}

fn day(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(TimeZone::UTC).date()
}

async fn licence_name(workflow: &Workflow, subscription: &Subscription) -> Result<String, Problem> {
    let list = workflow.operations.price_list().await?;
    Ok(list.get(subscription.licence).map_or_else(|| subscription.licence.to_string(), |l| l.name.clone()))
}
