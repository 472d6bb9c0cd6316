//! Who did what, from where, with which effect. Rows are only ever added.

use super::{Db, Result, Tx, db::args, instant, json, micros};
use jiff::Timestamp;
use licensing::id::AccountId;
use serde_json::Value;
use uuid::Uuid;

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id.
    pub id: Uuid,
    /// Its number on the wire: microseconds of wall time, higher than any earlier one of this process.
    pub number: i64,
    /// Business time.
    pub at: Timestamp,
    /// Whose account; `None` for the provider's own affairs.
    pub account: Option<AccountId>,
    /// Who: a member, an API credential, the command line, the workflow.
    pub actor: String,
    /// From which network address.
    pub address: Option<String>,
    /// A past-tense word, such as `OrderPlaced`.
    pub action: &'static str,
    /// Of what, such as `order/1001`.
    pub object: String,
    /// Before, after, request ids; never a secret.
    pub detail: Value,
}

/// Adds an entry.
pub async fn insert(tx: &mut Tx, entry: &Entry) -> Result<()> {
    tx.add(
        "INSERT INTO audit (id, number, at, account, actor, address, action, object, of_service, detail) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        args![
            entry.id.to_string(),
            entry.number,
            micros(entry.at),
            entry.account.as_ref().map(AccountId::as_str),
            entry.actor.as_str(),
            entry.address.as_deref(),
            entry.action,
            entry.object.as_str(),
            is_of_service(&entry.object),
            json(&entry.detail)
        ],
    )
    .await
}

fn is_of_service(object: &str) -> bool {
    ["service/", "subscription/", "order/", "task/"].iter().any(|kind| object.starts_with(kind))
}

/// An entry, as its account may read it.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// Its number.
    pub number: i64,
    /// Business time.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// From which network address.
    pub address: Option<String>,
    /// A past-tense word, such as `OrderPlaced`.
    pub action: String,
    /// Of what, such as `order/1001`.
    pub object: String,
}

type LineRow = (i64, i64, String, Option<String>, String, String);

fn line((number, at, actor, address, action, object): LineRow) -> Result<LogLine> {
    Ok(LogLine { number, at: instant("audit", "at", number, at)?, actor, address, action, object })
}

/// How many entries an account has about itself or about its services.
pub async fn count(db: &Db, account: &AccountId, of_service: bool) -> Result<u64> {
    let row: Option<(i64,)> = db
        .optional(
            "SELECT CAST(count(*) AS BIGINT) FROM audit WHERE account = $1 AND of_service = $2",
            args![account.as_str(), of_service],
        )
        .await?;
    Ok(row.and_then(|(n,)| u64::try_from(n).ok()).unwrap_or_default())
}

/// The numbers of the newest entries, at most so many, oldest first.
pub async fn numbers(db: &Db, account: &AccountId, of_service: bool, most: u32) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = db
        .all(
            "SELECT number FROM audit WHERE account = $1 AND of_service = $2 ORDER BY number DESC LIMIT $3",
            args![account.as_str(), of_service, most],
        )
        .await?;
    Ok(rows.into_iter().rev().map(|(number,)| number).collect())
}

macro_rules! slice_sql {
    ($way:literal) => {
        concat!(
            "SELECT number, at, actor, address, action, object FROM audit WHERE account = $1 AND of_service = $2 \
             ORDER BY number ",
            $way,
            " LIMIT $3 OFFSET $4"
        )
    };
}

/// Some entries in the order of their numbers.
pub async fn slice(
    db: &Db,
    account: &AccountId,
    of_service: bool,
    (skip, most): (u64, u32),
    descending: bool,
) -> Result<Vec<LogLine>> {
    let sql = match descending {
        false => slice_sql!("ASC"),
        true => slice_sql!("DESC"),
    };
    let skip = i64::try_from(skip).unwrap_or(i64::MAX);
    let rows: Vec<LineRow> = db.all(sql, args![account.as_str(), of_service, most, skip]).await?;
    rows.into_iter().map(line).collect()
}

/// One entry.
pub async fn get(db: &Db, account: &AccountId, of_service: bool, number: i64) -> Result<Option<LogLine>> {
    let row: Option<LineRow> = db
        .optional(
            "SELECT number, at, actor, address, action, object FROM audit \
             WHERE account = $1 AND of_service = $2 AND number = $3 ORDER BY id LIMIT 1",
            args![account.as_str(), of_service, number],
        )
        .await?;
    row.map(line).transpose()
}
