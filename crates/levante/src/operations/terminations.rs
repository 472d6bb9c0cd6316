//! The end of a whole service, confirmed by a token from a mail: every subscription then ends with its term,
//! as by `serviceInfos`. Microsoft ends no term early outside its window.

use super::{Actor, Conflict, Operations, Problem, Result, mails::Promised, orders::ready, services::Service};
use crate::{
    secrets::{new_token, same, token_hash},
    storage::{self, terminations::Termination},
};
use jiff::{SignedDuration, Timestamp};
use licensing::{
    id::{AccountId, ServiceId},
    subscription::TermEndIntent,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// How long a token can be used, business time.
pub const TOKEN_HOLDS: SignedDuration = SignedDuration::from_hours(72);
/// How long another mail has to wait.
pub const MAIL_EVERY: SignedDuration = SignedDuration::from_mins(10);
/// How many wrong tokens make the right one worthless.
const MOST_WRONG: i64 = 10;
/// Characters of a token: 190 bits.
const TOKEN_LENGTH: usize = 32;
/// The letter: the name of its folder in `mail/`.
pub const LETTER: &str = "termination_asked";

/// A token to be mailed.
#[derive(Debug)]
pub struct MailedToken {
    /// The service that it ends.
    pub service: Service,
    /// The token.
    pub token: SecretString,
    /// Until when it can be used.
    pub expires_at: Timestamp,
    /// When the last term ends.
    pub ends_at: Option<Timestamp>,
}

impl Operations {
    /// A service by its number that can be worked with: not an ended or failed one.
    ///
    /// # Errors
    /// [`Problem::NotFound`], also for a foreign one.
    pub async fn living_service(&self, account: &AccountId, id: ServiceId) -> Result<Service> {
        let service = self.service_by_id(account, id).await?;
        match service.state.wire() {
            Some(_) => Ok(service),
            None => Err(Problem::NotFound(super::Missing::Service)),
        }
    }

    /// Asks for the end of a service. Nothing of it changes; a token goes by mail to the account's own
    /// address, and takes the place of an earlier one. Returns when the token ends.
    ///
    /// # Errors
    /// [`Problem::NotFound`]; [`Conflict::ServiceNotReady`]; [`Conflict::NothingToEnd`] when no subscription
    /// would renew; [`Conflict::TerminationAsked`] within ten minutes of the last mail.
    pub async fn ask_termination(&self, actor: &Actor, id: ServiceId) -> Result<Timestamp> {
        let service = self.living_service(&actor.account, id).await?;
        ready(&service)?;
        let subscriptions = storage::subscriptions::list(&self.db, id).await?;
        if !subscriptions.iter().any(|s| s.state.has_term() && s.intent != TermEndIntent::Cancel) {
            return Err(Problem::Conflict(Conflict::NothingToEnd));
        }
        let now = self.clock.business();
        self.not_asked_lately(id, now).await?;
        let account = self.account(&actor.account).await?;
        let token = new_token(TOKEN_LENGTH);
        let waiting = Termination {
            service: id,
            token_hash: token_hash(token.expose_secret()),
            sealed: Some(self.vault.seal(&place(id), &token)),
            wrong: 0,
            asked_at: now,
            expires_at: now + TOKEN_HOLDS,
        };
        let mail = self.promise_mail(
            Promised {
                kind: LETTER,
                account: &account.id,
                service: Some(id),
                order: None,
                recipient: &account.email,
                recipient_name: format!("{} {}", account.first_name, account.last_name),
                language: &account.language,
            },
            &json!({ "letter": "terminationAsked", "service": id }),
        );
        let entry = self.entry(actor, "TerminationAsked", format!("service/{}", service.name), json!({}));
        let expires_at = waiting.expires_at;
        let saved = std::sync::Arc::new((waiting, mail, entry));
        let asked = self
            .db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    let (waiting, (mail, job), entry) = &*saved;
                    // Of two requests at one moment one sends a mail.
                    if !storage::terminations::ask(tx, waiting, now - MAIL_EVERY).await? {
                        return Ok::<_, storage::Error>(false);
                    }
                    storage::mails::insert(tx, mail).await?;
                    storage::jobs::insert(tx, job, now).await?;
                    storage::audit::insert(tx, entry).await?;
                    Ok(true)
                })
            })
            .await?;
        if !asked {
            self.not_asked_lately(id, now).await?;
            return Err(Problem::Conflict(Conflict::TerminationAsked { again_at: now + MAIL_EVERY }));
        }
        self.ring();
        Ok(expires_at)
    }

    async fn not_asked_lately(&self, id: ServiceId, now: Timestamp) -> Result<()> {
        let earlier = storage::terminations::get(&self.db, id).await?;
        match earlier.map(|t| t.asked_at + MAIL_EVERY).filter(|at| *at > now) {
            Some(again_at) => Err(Problem::Conflict(Conflict::TerminationAsked { again_at })),
            None => Ok(()),
        }
    }

    /// Ends a service as it was asked for: every running subscription ends with its term. The token holds
    /// once; when a subscription cannot be changed now it stays good. Returns when the last term ends.
    ///
    /// # Errors
    /// [`Problem::NotFound`]; [`Problem::TokenRefused`] for a wrong, used or expired token, and after ten wrong
    /// ones; as [`Operations::set_renewal`].
    pub async fn confirm_termination(&self, actor: &Actor, id: ServiceId, token: &str) -> Result<Option<Timestamp>> {
        let service = self.living_service(&actor.account, id).await?;
        let shown = token_hash(token);
        let waiting = storage::terminations::get(&self.db, id).await?;
        let known = waiting.as_ref().map_or("", |t| t.token_hash.as_str());
        let good = same(&shown, known);
        let Some(waiting) = waiting.filter(|t| good && t.wrong < MOST_WRONG && t.expires_at > self.clock.business())
        else {
            self.db.write(move |tx| Box::pin(storage::terminations::count_wrong(tx, id))).await?;
            return Err(Problem::TokenRefused);
        };
        let taken = self
            .db
            .write(move |tx| {
                let shown = shown.clone();
                Box::pin(async move { storage::terminations::take(tx, id, &shown).await })
            })
            .await?;
        if !taken {
            return Err(Problem::TokenRefused);
        }
        let subscriptions = storage::subscriptions::list(&self.db, id).await?;
        let ends_at = subscriptions.iter().filter(|s| s.state.has_term()).filter_map(|s| s.term_end).max();
        match self.set_renewal_of_all(actor, &service.name, false).await {
            Ok(_) => Ok(ends_at),
            Err(refused) => {
                self.db
                    .write(move |tx| {
                        let waiting = waiting.clone();
                        Box::pin(async move { storage::terminations::put_back(tx, &waiting).await })
                    })
                    .await?;
                Err(refused)
            }
        }
    }

    /// The token that a mail is about; `None` when it was used, replaced or mailed already, or is too old.
    ///
    /// # Errors
    /// [`Problem::Vault`] when it was sealed under another key.
    pub async fn mailed_token(&self, account: &AccountId, id: ServiceId) -> Result<Option<MailedToken>> {
        let waiting = storage::terminations::get(&self.db, id).await?;
        let Some(waiting) = waiting.filter(|t| t.expires_at > self.clock.business()) else { return Ok(None) };
        let Some(sealed) = &waiting.sealed else { return Ok(None) };
        let token = self.vault.open(&place(id), sealed)?;
        let subscriptions = storage::subscriptions::list(&self.db, id).await?;
        let ends_at = subscriptions.iter().filter(|s| s.state.has_term()).filter_map(|s| s.term_end).max();
        let service = self.service_by_id(account, id).await?;
        Ok(Some(MailedToken { service, token, expires_at: waiting.expires_at, ends_at }))
    }
}

/// Where a token is sealed; part of the seal.
fn place(service: ServiceId) -> String {
    format!("termination/{service}")
}
