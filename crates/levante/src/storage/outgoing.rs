//! Every write to the supplier, saved before it is sent (design §7).
//!
//! `sent → closed`, or `sent → accepted → closed`. The row's id is the request id that the supplier
//! sees; it is used again until a definitive answer closes the row. What was accepted is never sent again.

use super::{Db, Error, Result, Tx, from_json, instant, json, maybe_instant, micros};
use crate::storage::db::args;
use jiff::Timestamp;
use licensing::id::{ServiceId, TaskId};
use serde_json::Value;
use uuid::Uuid;

/// A write to the supplier.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Its request id.
    pub id: Uuid,
    /// The service it works on.
    pub service: ServiceId,
    /// The task it belongs to.
    pub task: TaskId,
    /// The step, with the wave where there are several: `check-out/0`.
    pub step: String,
    /// What is asked, without secrets; for operators and for settling an unclear outcome.
    pub asked: Value,
    /// The supplier accepted it without showing the result yet: it is waited for, never sent again.
    pub accepted: bool,
    /// How often it was sent.
    pub sends: i64,
    /// When it was saved.
    pub opened_at: Timestamp,
    /// When it was first sent.
    pub first_sent_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct OutgoingRow {
    id: String,
    service: i64,
    task: i64,
    step: String,
    asked: String,
    state: String,
    sends: i64,
    opened_at: i64,
    first_sent_at: Option<i64>,
}

impl TryFrom<OutgoingRow> for Outgoing {
    type Error = Error;
    fn try_from(row: OutgoingRow) -> Result<Outgoing> {
        Ok(Outgoing {
            asked: from_json("outgoing", "asked", &row.id, &row.asked)?,
            opened_at: instant("outgoing", "opened_at", &row.id, row.opened_at)?,
            first_sent_at: maybe_instant("outgoing", "first_sent_at", &row.id, row.first_sent_at)?,
            id: super::known("outgoing", "id", &row.id, &row.id, row.id.parse().ok())?,
            service: ServiceId(row.service),
            task: TaskId(row.task),
            step: row.step,
            accepted: row.state == "accepted",
            sends: row.sends,
        })
    }
}

/// The write of a step that has no definitive answer yet.
pub async fn unsettled(db: &Db, task: TaskId, step: &str) -> Result<Option<Outgoing>> {
    let row: Option<OutgoingRow> = db
        .optional(
            "SELECT id, service, task, step, asked, state, sends, opened_at, first_sent_at FROM outgoing \
             WHERE task = $1 AND step = $2 AND state <> 'closed' ORDER BY opened_at DESC, id DESC LIMIT 1",
            args![task.0, step],
        )
        .await?;
    row.map(Outgoing::try_from).transpose()
}

/// Saves a write that is about to be sent.
pub async fn open(tx: &mut Tx, o: &Outgoing) -> Result<()> {
    tx.add(
        "INSERT INTO outgoing (id, service, task, step, asked, state, sends, opened_at, first_sent_at) VALUES ($1, $2, $3, $4, $5, 'sent', 1, $6, $6)",
        args![o.id.to_string(), o.service.0, o.task.0, o.step.as_str(), json(&o.asked), micros(o.opened_at)],
    )
    .await
}

/// Notes that it is about to be sent again.
pub async fn sending_again(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.execute_one(
        "UPDATE outgoing SET sends = sends + 1 WHERE id = $1 AND state = 'sent'",
        args![id.to_string()],
        "the outgoing call",
    )
    .await
}

/// Notes that the supplier accepted it without showing the result.
pub async fn accepted(tx: &mut Tx, id: Uuid) -> Result<()> {
    tx.execute_one(
        "UPDATE outgoing SET state = 'accepted' WHERE id = $1 AND state = 'sent'",
        args![id.to_string()],
        "the outgoing call",
    )
    .await
}

/// Closes it with what came of it.
///
/// # Errors
/// [`Error::Conflict`] when it is closed already.
pub async fn close(tx: &mut Tx, id: Uuid, outcome: &str, at: Timestamp) -> Result<()> {
    tx.execute_one(
        "UPDATE outgoing SET state = 'closed', outcome = $1, closed_at = $2 WHERE id = $3 AND state <> 'closed'",
        args![outcome.chars().take(500).collect::<String>(), micros(at), id.to_string()],
        "the outgoing call",
    )
    .await
}
