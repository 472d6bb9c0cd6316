//! Mails: promised in the commit that gives cause for them, sent later, once.

use super::{Operations, Result, jobs::Job};
use crate::storage;
pub use crate::storage::{
    jobs::NewJob,
    mails::{Mail, MailState},
};
use jiff::Timestamp;
use licensing::id::{AccountId, OrderId, ServiceId};
use secrecy::SecretString;
use serde::Serialize;
use uuid::Uuid;

/// Sign-in data taken out of the vault to be sent.
#[derive(Debug)]
pub struct SignIn {
    /// The full sign-in name.
    pub user_name: String,
    /// The temporary password.
    pub password: SecretString,
}

/// A mail to be promised.
#[derive(Debug, Clone)]
pub struct Promised<'a> {
    /// Which letter: the name of its folder in `mail/`.
    pub kind: &'static str,
    /// Whose affair.
    pub account: &'a AccountId,
    /// About which service.
    pub service: Option<ServiceId>,
    /// About which order.
    pub order: Option<OrderId>,
    /// Where it goes.
    pub recipient: &'a str,
    /// To whom.
    pub recipient_name: String,
    /// ISO 639-1.
    pub language: &'a str,
}

impl Operations {
    /// The row and the job of a mail, to be saved in the commit that gives cause for it. `facts` must hold no secret.
    pub fn promise_mail(&self, p: Promised<'_>, facts: &impl Serialize) -> (Mail, NewJob) {
        let now = self.clock.business();
        let mail = Mail {
            id: self.clock.new_id(),
            kind: p.kind.to_owned(),
            account: p.account.clone(),
            service: p.service,
            order: p.order,
            recipient: p.recipient.to_owned(),
            recipient_name: p.recipient_name,
            language: p.language.to_owned(),
            letter: storage::json(facts),
            state: MailState::Queued,
            queued_at: now,
            sent_at: None,
            answer: None,
        };
        let job = self.promise(&Job::SendMail { mail: mail.id }, now);
        (mail, job)
    }

    /// A mail that still has to be sent; `None` when it is settled.
    pub async fn mail_to_send(&self, id: Uuid) -> Result<Option<Mail>> {
        Ok(storage::mails::get(&self.db, id).await?.filter(|m| m.state == MailState::Queued))
    }

    /// The sign-in data of a service, opened; `None` when they are lost or erased.
    ///
    /// # Errors
    /// [`super::Problem::Vault`] when they were sealed under another key.
    pub async fn sign_in_data(&self, service: ServiceId) -> Result<Option<SignIn>> {
        let Some(credentials) = storage::credentials::get(&self.db, service).await? else { return Ok(None) };
        let Some(sealed) = &credentials.password else { return Ok(None) };
        let password = self.vault.open(&vault_place(service), sealed)?;
        Ok(Some(SignIn { user_name: credentials.user_name, password }))
    }

    /// Notes that the mail server took a mail or refused it for good, and ends its job. Delivered sign-in
    /// data are erased 14 days later, a token at once.
    pub async fn settle_mail(&self, job: &str, mail: &Mail, state: MailState, answer: &str) -> Result<()> {
        let now = self.clock.business();
        let erase = (state == MailState::Sent && mail.kind == "service_ready").then_some(mail.service).flatten();
        let erase_job = erase.map(|service| {
            self.promise(&Job::EraseCredentials { service }, now + licensing::credentials::KEPT_AFTER_DELIVERY)
        });
        let token_of = (mail.kind == super::terminations::LETTER).then_some(mail.service).flatten();
        let (job, id, answer) = (job.to_owned(), mail.id, answer.to_owned());
        let sent_at: Option<Timestamp> = (state == MailState::Sent).then_some(now);
        self.db
            .write(move |tx| {
                let (job, answer, erase_job) = (job.clone(), answer.clone(), erase_job.clone());
                Box::pin(async move {
                    storage::mails::settle(tx, id, state, sent_at, &answer).await?;
                    storage::jobs::delete(tx, &job).await?;
                    if let Some(service) = token_of {
                        storage::terminations::forget_token(tx, service).await?;
                    }
                    if let (Some(service), Some(erase_job)) = (erase, erase_job) {
                        storage::credentials::delivered(tx, service, now).await?;
                        storage::jobs::insert(tx, &erase_job, now).await?;
                    }
                    Ok::<_, storage::Error>(())
                })
            })
            .await?;
        Ok(())
    }

    /// Erases every password whose time has come and ends the job.
    pub async fn erase_credentials(&self, job: &str) -> Result<u64> {
        let (job, now) = (job.to_owned(), self.clock.business());
        Ok(self
            .db
            .write(move |tx| {
                let job = job.clone();
                Box::pin(async move {
                    let erased = storage::credentials::erase_due(tx, now).await?;
                    storage::jobs::delete(tx, &job).await?;
                    Ok::<_, storage::Error>(erased)
                })
            })
            .await?)
    }
}

/// Where a tenant's password is sealed; part of the seal.
pub(crate) fn vault_place(service: ServiceId) -> String {
    format!("credentials/{service}")
}
