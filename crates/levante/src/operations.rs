//! What the platform can do: a file per noun, a verb per function.
//!
//! Every verb loads, decides with `licensing`, saves state and promise in one commit and
//! answers; none waits for the network. Doors and the workflow call these and nothing
//! below them. What is promised for later is one enum: `jobs.rs`.

use crate::{
    clock::Clock,
    secrets::Vault,
    storage::{self, Db, counters::LongIds},
};
use jiff::{SignedDuration, Timestamp};
use licensing::{
    id::{AccountId, TaskId, UserId},
    invalid::{Invalid, Rule},
    partner::MpnFlag,
    seat::SeatRefusal,
    subscription::CancelRefusal,
};
use std::sync::{
    Arc, RwLock,
    atomic::{AtomicI64, Ordering},
};
use tokio::sync::watch;

pub mod accounts;
pub mod carts;
pub mod catalogue;
pub mod checks;
pub mod drafts;
pub mod jobs;
pub mod keys;
pub mod logs;
pub mod mails;
pub mod members;
pub mod orders;
pub mod passwords;
pub mod previews;
pub mod rights;
pub mod service_accounts;
pub mod services;
pub mod sessions;
pub mod subscriptions;
pub mod tasks;
pub mod terminations;
pub mod users;
pub mod work;

/// What the provider has decided for everybody.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How e-mail domains are checked.
    pub mail_domains: MailDomains,
    /// Language where nothing else is known, ISO 639-1.
    pub language: String,
    /// How long a live check's verdict binds an order.
    pub verdict_holds: SignedDuration,
    /// How long the preview of an order waits for live checks before it says that they are not answered.
    pub preview_waits: SignedDuration,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            mail_domains: MailDomains::Dns,
            language: "en".to_owned(),
            verdict_holds: SignedDuration::from_mins(15),
            preview_waits: SignedDuration::from_secs(3),
        }
    }
}

/// How it is found out whether an e-mail domain receives mail (design §11.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailDomains {
    /// By asking the DNS, in the workflow.
    Dns,
    /// Every `.example` domain receives mail except `nomail.example`; others are not known.
    Table,
    /// Not at all.
    Off,
}

/// Everything that can be done. Cheap to share behind an `Arc`.
pub struct Operations {
    pub(crate) db: Db,
    /// Both clocks.
    pub clock: Clock,
    pub(crate) vault: Vault,
    pub(crate) ids: LongIds,
    /// What the provider has decided.
    pub policy: Policy,
    bell: watch::Sender<()>,
    price_list: RwLock<Option<(Timestamp, Arc<catalogue::PriceList>)>>,
    key_ring: keys::KeyRing,
    /// The number of the last entry of the audit log.
    entries: AtomicI64,
}

impl Operations {
    /// Over a database whose schema is up to date. Takes the stored clock offset over.
    ///
    /// # Errors
    /// [`Problem::Storage`] when the database does not answer.
    pub async fn new(db: Db, clock: Clock, vault: Vault, policy: Policy) -> Result<Operations> {
        let stored = storage::settings::get(&db, storage::settings::CLOCK_OFFSET).await?;
        if let Some(offset) = stored.and_then(|us| us.parse().ok()) {
            clock.move_to(SignedDuration::from_micros(offset));
        }
        let ids = LongIds::new(db.clone());
        let bell = watch::Sender::new(());
        let (price_list, key_ring) = (RwLock::new(None), keys::KeyRing::default());
        Ok(Operations { db, clock, vault, ids, policy, bell, price_list, key_ring, entries: AtomicI64::new(0) })
    }

    /// Moves the business clock forward to an offset, keeps it, and wakes the workers.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub async fn move_clock(&self, offset: SignedDuration) -> Result<()> {
        let micros = self.clock.move_to(offset).as_micros().to_string();
        self.db
            .write(move |tx| {
                let micros = micros.clone();
                Box::pin(async move { storage::settings::set(tx, storage::settings::CLOCK_OFFSET, &micros).await })
            })
            .await?;
        self.ring();
        Ok(())
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Problem::Storage`] when it does not.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.db.ping().await?)
    }

    /// The database engine's name, for people.
    pub fn engine(&self) -> &'static str {
        self.db.engine()
    }

    /// Wakes the workers of this process: something may be due.
    pub(crate) fn ring(&self) {
        self.bell.send_replace(());
    }

    /// Changes whenever something may be due; no ring is missed between two looks.
    pub fn bell(&self) -> watch::Receiver<()> {
        self.bell.subscribe()
    }
}

/// Who acts: shown in the audit log, never a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// For which account.
    pub account: AccountId,
    /// Who, such as `member/UUID`, `credential/12` or `command line`.
    pub who: String,
    /// From which network address.
    pub address: Option<String>,
}

impl Actor {
    /// The member who acts, where it is one.
    pub fn member(&self) -> Option<UserId> {
        self.who.strip_prefix("member/")?.parse().ok()
    }
}

/// A verb's own result.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// Why a verb did not do what was asked. Nothing is half done.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// The input is wrong; all that is wrong, in the order of the form.
    #[error("{}", .0.iter().map(Invalid::to_string).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<Invalid>),
    /// No such thing, or not theirs: the same answer for both.
    #[error("{0}")]
    NotFound(Missing),
    /// It cannot be done now.
    #[error("{0}")]
    Conflict(Conflict),
    /// The MPN id forbids purchases.
    #[error("the MPN id of this service is not valid for purchases: {}", .0.word())]
    MpnBlocked(MpnFlag),
    /// A token that confirms something is wrong, used, replaced or too old.
    #[error("this token is not valid, or not valid any more; ask for another one")]
    TokenRefused,
    /// Storage failed. May be tried again.
    #[error(transparent)]
    Storage(storage::Error),
    /// A sealed value does not open: the vault key is not the one it was sealed with.
    #[error(transparent)]
    Vault(#[from] crate::secrets::VaultError),
}

impl From<storage::Error> for Problem {
    fn from(error: storage::Error) -> Problem {
        match error {
            storage::Error::Conflict { what } => Problem::Conflict(Conflict::ChangedMeanwhile { what }),
            error => Problem::Storage(error),
        }
    }
}

impl Problem {
    /// One wrong input.
    pub fn invalid(field: &str, value: &str, rule: Rule) -> Problem {
        Problem::Invalid(vec![Invalid::new(field, value, rule)])
    }
}

/// What was not found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Missing {
    /// A service.
    #[error("This service does not exist")]
    Service,
    /// Anything else, by its id.
    #[error("The requested object (id = {0}) does not exist")]
    Object(String),
}

/// Why something cannot be done now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// Another task works on it.
    #[error("task {0} is still working on this subscription; wait until it has ended")]
    TaskPending(TaskId),
    /// The service is in a state that takes no changes.
    #[error("the service is {0} and takes no changes now")]
    ServiceNotReady(&'static str),
    /// The subscription is in a state that takes no changes.
    #[error("the subscription is {0} and takes no changes")]
    SubscriptionNotRunning(String),
    /// Seats cannot be changed so.
    #[error("{0}")]
    Seats(SeatRefusal),
    /// It cannot be cancelled now.
    #[error("{0}")]
    Cancel(CancelRefusal),
    /// The idempotency key was used with another request.
    #[error("this Idempotency-Key was used for another request")]
    KeyReused,
    /// The cart is checked out.
    #[error("the cart has been checked out and cannot be changed any more")]
    CartReadOnly,
    /// The contact's e-mail is frozen until the sign-in data are delivered.
    #[error("the contact's e-mail cannot be changed until the sign-in data have been delivered to it")]
    EmailFrozen,
    /// Somebody changed it between reading and writing.
    #[error("{what} was changed by somebody else meanwhile; look at it again and repeat")]
    ChangedMeanwhile {
        /// What.
        what: String,
    },
    /// A termination mail left a short while ago.
    #[error("a mail with a token has just been sent; another one can be asked for after {again_at}")]
    TerminationAsked {
        /// When another one can be asked for.
        again_at: Timestamp,
    },
    /// Nothing of the service would renew.
    #[error("no subscription of this service would renew: there is nothing to end")]
    NothingToEnd,
    /// Something of this name exists.
    #[error("{0} exists already")]
    Exists(String),
    /// A cap is reached.
    #[error("there are already {most} {what}; remove some first")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The cap.
        most: usize,
    },
}

/// A write that must be done once: the key that the caller chose, and how its answer is made.
#[derive(Clone)]
pub struct Once {
    /// The caller's key, 1 to 255 printable characters.
    pub key: String,
    /// Hash of method, path and body: another request under the same key is refused.
    pub body_hash: String,
    /// Makes the answer that is kept and given again, byte for byte.
    pub answer: fn(&Accepted) -> String,
}

/// A piece of work that was accepted: saved, durable and promised.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The task that shows its progress.
    pub task: tasks::Task,
    /// The service.
    pub service: services::Service,
    /// The order, when it buys something.
    pub order: Option<orders::Order>,
    /// The answer of the first time, when the same key had been used for the same request.
    pub replay: Option<String>,
}

impl Operations {
    /// What a key was answered before.
    ///
    /// # Errors
    /// [`Conflict::KeyReused`] when it was used for another request.
    pub async fn answered_before(&self, account: &AccountId, once: &Once) -> Result<Option<String>> {
        match storage::idempotency::get(&self.db, account, &once.key).await? {
            None => Ok(None),
            Some(before) if before.body_hash == once.body_hash => Ok(Some(before.answer)),
            Some(_) => Err(Problem::Conflict(Conflict::KeyReused)),
        }
    }

    /// Keeps the answer of a write that does not keep it in its own commit; the text that holds from now
    /// on: an earlier one, when the same key was answered meanwhile.
    ///
    /// # Errors
    /// [`Conflict::KeyReused`] when the key was used for another request meanwhile.
    pub async fn keep_answer(&self, account: &AccountId, once: &Once, answer: String) -> Result<String> {
        let (now, owner, key) = (self.clock.business(), account.clone(), once.key.clone());
        let answered = storage::idempotency::Answered { body_hash: once.body_hash.clone(), status: 200, answer };
        let saved = answered.clone();
        let done = self
            .db
            .write(move |tx| {
                let (owner, key, saved) = (owner.clone(), key.clone(), saved.clone());
                Box::pin(async move { storage::idempotency::insert(tx, &owner, &key, &saved, now).await })
            })
            .await;
        match done {
            Ok(()) => Ok(answered.answer),
            Err(e) if e.is_duplicate() => Ok(self.answered_before(account, once).await?.unwrap_or(answered.answer)),
            Err(e) => Err(e.into()),
        }
    }

    /// Forgets what [`Operations::keep_answer`] kept for a write that then was not carried out. May be repeated.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub async fn forget_answer(&self, account: &AccountId, once: &Once) -> Result<()> {
        let (owner, key) = (account.clone(), once.key.clone());
        let done = self.db.write(move |tx| {
            let (owner, key) = (owner.clone(), key.clone());
            Box::pin(async move { storage::idempotency::delete(tx, &owner, &key).await })
        });
        Ok(done.await?)
    }

    /// Microseconds of wall time, and in any case more than the last one: entries of one process are in order.
    fn next_entry(&self) -> i64 {
        let now = self.clock.wall().as_microsecond();
        let next = |last: i64| now.max(last + 1);
        let last = self.entries.fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| Some(next(last)));
        last.map_or(now, next)
    }

    pub(crate) fn entry(
        &self,
        actor: &Actor,
        action: &'static str,
        object: String,
        detail: serde_json::Value,
    ) -> storage::audit::Entry {
        storage::audit::Entry {
            id: self.clock.new_id(),
            number: self.next_entry(),
            at: self.clock.business(),
            account: Some(actor.account.clone()),
            actor: actor.who.clone(),
            address: actor.address.clone(),
            action,
            object,
            detail,
        }
    }
}
