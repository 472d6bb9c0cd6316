//! Mails that were promised, without any secret in them.

use super::{Db, Error, Result, Tx, instant, known, maybe_instant, micros};
use crate::storage::db::args;
use jiff::Timestamp;
use licensing::id::{AccountId, OrderId, ServiceId};
use uuid::Uuid;

/// A mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// Its id, which is also the local part of its Message-ID.
    pub id: Uuid,
    /// Which letter: the folder's name.
    pub kind: String,
    /// Whose affair.
    pub account: AccountId,
    /// About which service.
    pub service: Option<ServiceId>,
    /// About which order.
    pub order: Option<OrderId>,
    /// Where it goes.
    pub recipient: String,
    /// To whom.
    pub recipient_name: String,
    /// ISO 639-1.
    pub language: String,
    /// The letter's facts as JSON, without secrets.
    pub letter: String,
    /// Where it stands.
    pub state: MailState,
    /// When it was promised.
    pub queued_at: Timestamp,
    /// When the server took it.
    pub sent_at: Option<Timestamp>,
    /// The server's last answer.
    pub answer: Option<String>,
}

/// Where a mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailState {
    /// Promised.
    Queued,
    /// Taken by the mail server.
    Sent,
    /// Refused for good by the mail server.
    Refused,
}

impl MailState {
    /// Its word.
    pub fn word(&self) -> &'static str {
        match self {
            MailState::Queued => "queued",
            MailState::Sent => "sent",
            MailState::Refused => "refused",
        }
    }

    fn read(word: &str) -> Option<MailState> {
        [MailState::Queued, MailState::Sent, MailState::Refused].into_iter().find(|s| s.word() == word)
    }
}

#[derive(sqlx::FromRow)]
struct MailRow {
    id: String,
    kind: String,
    account: String,
    service: Option<i64>,
    orders: Option<i64>,
    recipient: String,
    recipient_name: String,
    language: String,
    letter: String,
    state: String,
    queued_at: i64,
    sent_at: Option<i64>,
    answer: Option<String>,
}

impl TryFrom<MailRow> for Mail {
    type Error = Error;
    fn try_from(row: MailRow) -> Result<Mail> {
        Ok(Mail {
            state: known("mail", "state", &row.id, &row.state, MailState::read(&row.state))?,
            queued_at: instant("mail", "queued_at", &row.id, row.queued_at)?,
            sent_at: maybe_instant("mail", "sent_at", &row.id, row.sent_at)?,
            id: known("mail", "id", &row.id, &row.id, row.id.parse().ok())?,
            kind: row.kind,
            account: AccountId::trusted(row.account),
            service: row.service.map(ServiceId),
            order: row.orders.map(OrderId),
            recipient: row.recipient,
            recipient_name: row.recipient_name,
            language: row.language,
            letter: row.letter,
            answer: row.answer,
        })
    }
}

/// One mail.
pub async fn get(db: &Db, id: Uuid) -> Result<Option<Mail>> {
    let row: Option<MailRow> = db.optional("SELECT * FROM mail WHERE id = $1", args![id.to_string()]).await?;
    row.map(Mail::try_from).transpose()
}

/// The mails about a service, newest first.
pub async fn about(db: &Db, service: ServiceId) -> Result<Vec<Mail>> {
    let rows: Vec<MailRow> = db
        .all("SELECT * FROM mail WHERE service = $1 ORDER BY queued_at DESC, id DESC LIMIT 50", args![service.0])
        .await?;
    rows.into_iter().map(Mail::try_from).collect()
}

/// Promises a mail.
pub async fn insert(tx: &mut Tx, m: &Mail) -> Result<()> {
    tx.add(
        "INSERT INTO mail (id, kind, account, service, orders, recipient, recipient_name, language, letter, state, queued_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            m.id.to_string(), m.kind.as_str(), m.account.as_str(), m.service.map(|s| s.0), m.order.map(|o| o.0),
            m.recipient.as_str(), m.recipient_name.as_str(), m.language.as_str(), m.letter.as_str(), m.state.word(), micros(m.queued_at)
        ],
    )
    .await
}

/// Notes what became of a mail.
pub async fn settle(tx: &mut Tx, id: Uuid, state: MailState, sent_at: Option<Timestamp>, answer: &str) -> Result<()> {
    tx.execute_one(
        "UPDATE mail SET state = $1, sent_at = $2, answer = $3 WHERE id = $4",
        args![state.word(), sent_at.map(micros), answer.chars().take(300).collect::<String>(), id.to_string()],
        "the mail",
    )
    .await
}
