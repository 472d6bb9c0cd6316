//! Orders: what was asked for, how far it is, how it ended.

use super::{Db, Error, Result, Tx, from_json, instant, json, known, maybe_instant, micros};
use crate::storage::db::args;
use jiff::Timestamp;
use licensing::{
    id::{AccountId, MpnId, OrderId, ServiceId, SubscriptionId, TaskId},
    money::{Currency, Money},
    order::{Agreement, OrderLine, OrderState, Progress},
    reason::Reason,
};
use serde::{Deserialize, Serialize};

/// An order.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Its number.
    pub id: OrderId,
    /// Whose it is.
    pub account: AccountId,
    /// The service it makes or adds to.
    pub service: ServiceId,
    /// The task that shows its progress.
    pub task: TaskId,
    /// Where it stands.
    pub state: OrderState,
    /// What was ordered.
    pub purchase: Purchase,
    /// What is known so far.
    pub progress: Progress,
    /// Why somebody must look at it; `None` when nobody must.
    pub attention: Option<Reason>,
    /// Net price of the first billing period.
    pub net: Money,
    /// Tax on it.
    pub tax: Money,
    /// When it was accepted, business time.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Rises with every change.
    pub version: i64,
}

/// What was ordered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Purchase {
    /// Makes the tenant first.
    pub new_tenant: bool,
    /// The partner of record of every line.
    pub mpn_id: MpnId,
    /// Who accepted the Microsoft Customer Agreement; the service's own proof when it is a later purchase.
    pub agreement: Agreement,
    /// The basket.
    pub lines: Vec<OrderLine>,
    /// The subscription that an add-on hangs off.
    pub base: Option<SubscriptionId>,
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    id: i64,
    account: String,
    service: i64,
    task: i64,
    state: String,
    state_facts: String,
    request: String,
    progress: String,
    attention: Option<String>,
    net: i64,
    tax: i64,
    currency: String,
    created_at: i64,
    finished_at: Option<i64>,
    version: i64,
}

impl TryFrom<OrderRow> for Order {
    type Error = Error;
    fn try_from(row: OrderRow) -> Result<Order> {
        let id = row.id;
        let currency = known("orders", "currency", id, &row.currency, Currency::read(&row.currency))?;
        let state: OrderState = from_json("orders", "state_facts", id, &row.state_facts)?;
        if state.word() != row.state {
            return Err(super::inconsistent("orders", "state", id, &row.state));
        }
        Ok(Order {
            id: OrderId(id),
            account: AccountId::trusted(row.account),
            service: ServiceId(row.service),
            task: TaskId(row.task),
            state,
            purchase: from_json("orders", "request", id, &row.request)?,
            progress: from_json("orders", "progress", id, &row.progress)?,
            attention: row.attention.map(|t| from_json("orders", "attention", id, &t)).transpose()?,
            net: Money::from_stored(row.net, currency),
            tax: Money::from_stored(row.tax, currency),
            created_at: instant("orders", "created_at", id, row.created_at)?,
            finished_at: maybe_instant("orders", "finished_at", id, row.finished_at)?,
            version: row.version,
        })
    }
}

/// An order that an account may see.
pub async fn get(db: &Db, account: &AccountId, id: OrderId) -> Result<Option<Order>> {
    let row: Option<OrderRow> =
        db.optional("SELECT * FROM orders WHERE account = $1 AND id = $2", args![account.as_str(), id.0]).await?;
    row.map(Order::try_from).transpose()
}

/// An order, whoever owns it; for the workflow and operators.
pub async fn by_id(db: &Db, id: OrderId) -> Result<Option<Order>> {
    let row: Option<OrderRow> = db.optional("SELECT * FROM orders WHERE id = $1", args![id.0]).await?;
    row.map(Order::try_from).transpose()
}

/// The orders of an account, newest first, below an id.
pub async fn list(db: &Db, account: &AccountId, below: i64, most: i64) -> Result<Vec<Order>> {
    let rows: Vec<OrderRow> = db
        .all(
            "SELECT * FROM orders WHERE account = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
            args![account.as_str(), below, most],
        )
        .await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// The orders of all accounts that somebody must look at, newest first; for operators.
pub async fn needing_attention(db: &Db, most: i64) -> Result<Vec<Order>> {
    let rows: Vec<OrderRow> =
        db.all("SELECT * FROM orders WHERE attention IS NOT NULL ORDER BY id DESC LIMIT $1", args![most]).await?;
    rows.into_iter().map(Order::try_from).collect()
}

/// The numbers of an account's orders between two instants.
pub async fn ids(db: &Db, account: &AccountId, from: Timestamp, to: Timestamp) -> Result<Vec<OrderId>> {
    let rows: Vec<(i64,)> = db
        .all(
            "SELECT id FROM orders WHERE account = $1 AND created_at >= $2 AND created_at <= $3 ORDER BY id",
            args![account.as_str(), micros(from), micros(to)],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| OrderId(id)).collect())
}

macro_rules! slice_sql {
    ($way:literal) => {
        concat!(
            "SELECT * FROM orders WHERE id IN \
     (SELECT id FROM orders WHERE account = $1 AND created_at >= $2 AND created_at <= $3 ORDER BY id ",
            $way,
            " LIMIT $4 OFFSET $5) \
     ORDER BY id ",
            $way
        )
    };
}

/// How many orders an account placed between two instants, and some of them by number. For an API that pages
/// by number: what is skipped is counted in an index.
pub async fn slice(
    db: &Db,
    account: &AccountId,
    (from, to): (Timestamp, Timestamp),
    skip: u64,
    most: u32,
    descending: bool,
) -> Result<(u64, Vec<Order>)> {
    let total: Option<(i64,)> = db
        .optional(
            "SELECT CAST(count(*) AS BIGINT) FROM orders WHERE account = $1 AND created_at >= $2 AND created_at <= $3",
            args![account.as_str(), micros(from), micros(to)],
        )
        .await?;
    let total = total.and_then(|(n,)| u64::try_from(n).ok()).unwrap_or_default();
    if most == 0 || skip >= total {
        return Ok((total, Vec::new()));
    }
    let sql = match descending {
        false => slice_sql!("ASC"),
        true => slice_sql!("DESC"),
    };
    let skip = i64::try_from(skip).unwrap_or(i64::MAX);
    let rows: Vec<OrderRow> = db.all(sql, args![account.as_str(), micros(from), micros(to), most, skip]).await?;
    Ok((total, rows.into_iter().map(Order::try_from).collect::<Result<_>>()?))
}

/// Adds an order.
pub async fn insert(tx: &mut Tx, o: &Order) -> Result<()> {
    let range = || Error::Range { what: "the price of the order" };
    tx.add(
        "INSERT INTO orders (id, account, service, task, state, state_facts, request, progress, net, tax, currency, created_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
        args![
            o.id.0, o.account.as_str(), o.service.0, o.task.0, o.state.word(), json(&o.state), json(&o.purchase), json(&o.progress),
            o.net.stored().ok_or_else(range)?, o.tax.stored().ok_or_else(range)?, o.net.currency.code(), micros(o.created_at)
        ],
    )
    .await
}

/// Writes every changeable field of an order that was read at `o.version`.
///
/// # Errors
/// [`Error::Conflict`] when it was changed meanwhile.
pub async fn update(tx: &mut Tx, o: &Order) -> Result<()> {
    tx.execute_one(
        "UPDATE orders SET state = $1, state_facts = $2, progress = $3, attention = $4, finished_at = $5, version = version + 1 \
         WHERE id = $6 AND version = $7",
        args![
            o.state.word(), json(&o.state), json(&o.progress), o.attention.as_ref().map(json), o.finished_at.map(micros), o.id.0, o.version
        ],
        "the order",
    )
    .await
}
