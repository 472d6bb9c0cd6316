//! Tasks: what resellers asked for, and what became of it.

use super::{Db, Error, Result, Tx, from_json, instant, json, known, maybe_instant, micros};
use crate::storage::db::args;
use jiff::Timestamp;
use licensing::{
    id::{AccountId, OrderId, ServiceId, SubscriptionId, TaskId},
    reason::Reason,
    seat::SeatCount,
    task::{TaskFunction, TaskState},
};
use serde::{Deserialize, Serialize};

/// A task.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The service it works on.
    pub service: ServiceId,
    /// Whose it is.
    pub account: AccountId,
    /// What it does.
    pub function: TaskFunction,
    /// Where it stands.
    pub state: TaskState,
    /// The subscription it changes.
    pub subscription: Option<SubscriptionId>,
    /// The order it carries out.
    pub order: Option<OrderId>,
    /// What exactly was asked.
    pub asked: Asked,
    /// The step it is in ([`licensing::order::Step::word`] and the words of the changes).
    pub step: Option<String>,
    /// Why it failed or waits.
    pub reason: Option<Reason>,
    /// Since when it waits for somebody else.
    pub waiting_since: Option<Timestamp>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Rises with every change.
    pub version: i64,
}

/// What exactly a task was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "asked", rename_all = "camelCase")]
pub enum Asked {
    /// Carry out the order.
    Order,
    /// A new total of seats.
    Seats {
        /// The new total.
        to: SeatCount,
        /// The total when it was asked.
        from: SeatCount,
    },
    /// The end, now.
    Cancel,
    /// What happens at the end of the term.
    Renewal {
        /// Renews (true) or ends (false).
        renews: bool,
    },
    /// A new password for the administrator; it lies in the vault.
    Password,
}

#[derive(sqlx::FromRow)]
struct TaskRow {
    id: i64,
    service: i64,
    account: String,
    function: String,
    state: String,
    subscription: Option<i64>,
    orders: Option<i64>,
    asked: String,
    step: Option<String>,
    reason: Option<String>,
    waiting_since: Option<i64>,
    created_at: i64,
    finished_at: Option<i64>,
    version: i64,
}

impl TryFrom<TaskRow> for Task {
    type Error = Error;
    fn try_from(row: TaskRow) -> Result<Task> {
        let id = row.id;
        Ok(Task {
            id: TaskId(id),
            service: ServiceId(row.service),
            account: AccountId::trusted(row.account),
            function: known("task", "function", id, &row.function, TaskFunction::read(&row.function))?,
            state: known("task", "state", id, &row.state, TaskState::read(&row.state))?,
            subscription: row.subscription.map(SubscriptionId),
            order: row.orders.map(OrderId),
            asked: from_json("task", "asked", id, &row.asked)?,
            step: row.step,
            reason: row.reason.map(|t| from_json("task", "reason", id, &t)).transpose()?,
            waiting_since: maybe_instant("task", "waiting_since", id, row.waiting_since)?,
            created_at: instant("task", "created_at", id, row.created_at)?,
            finished_at: maybe_instant("task", "finished_at", id, row.finished_at)?,
            version: row.version,
        })
    }
}

/// The tasks of a service, newest first.
pub async fn list(db: &Db, service: ServiceId, most: i64) -> Result<Vec<Task>> {
    let rows: Vec<TaskRow> =
        db.all("SELECT * FROM task WHERE service = $1 ORDER BY id DESC LIMIT $2", args![service.0, most]).await?;
    rows.into_iter().map(Task::try_from).collect()
}

/// The tasks of a service that have not ended, oldest first.
pub async fn open(db: &Db, service: ServiceId) -> Result<Vec<Task>> {
    let rows: Vec<TaskRow> = db
        .all("SELECT * FROM task WHERE service = $1 AND state IN ('todo', 'doing') ORDER BY id", args![service.0])
        .await?;
    rows.into_iter().map(Task::try_from).collect()
}

/// One task of a service.
pub async fn get(db: &Db, service: ServiceId, id: TaskId) -> Result<Option<Task>> {
    let row: Option<TaskRow> =
        db.optional("SELECT * FROM task WHERE service = $1 AND id = $2", args![service.0, id.0]).await?;
    row.map(Task::try_from).transpose()
}

/// A task, whoever owns it; for the workflow.
pub async fn by_id(db: &Db, id: TaskId) -> Result<Option<Task>> {
    let row: Option<TaskRow> = db.optional("SELECT * FROM task WHERE id = $1", args![id.0]).await?;
    row.map(Task::try_from).transpose()
}

/// [`by_id`] inside a transaction.
pub async fn by_id_in(tx: &mut Tx, id: TaskId) -> Result<Option<Task>> {
    let row: Option<TaskRow> = tx.optional("SELECT * FROM task WHERE id = $1", args![id.0]).await?;
    row.map(Task::try_from).transpose()
}

/// Adds a task.
pub async fn insert(tx: &mut Tx, t: &Task) -> Result<()> {
    tx.add(
        "INSERT INTO task (id, service, account, function, state, subscription, orders, asked, created_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
        args![
            t.id.0,
            t.service.0,
            t.account.as_str(),
            t.function.word(),
            t.state.word(),
            t.subscription.map(|s| s.0),
            t.order.map(|o| o.0),
            json(&t.asked),
            micros(t.created_at)
        ],
    )
    .await
}

/// Writes every changeable field of a task that was read at `t.version`.
///
/// # Errors
/// [`Error::Conflict`] when it was changed meanwhile.
pub async fn update(tx: &mut Tx, t: &Task) -> Result<()> {
    tx.execute_one(
        "UPDATE task SET state = $1, step = $2, reason = $3, waiting_since = $4, finished_at = $5, version = version + 1 \
         WHERE id = $6 AND version = $7",
        args![
            t.state.word(), t.step.as_deref(), t.reason.as_ref().map(json), t.waiting_since.map(micros), t.finished_at.map(micros), t.id.0,
            t.version
        ],
        "the task",
    )
    .await
}
