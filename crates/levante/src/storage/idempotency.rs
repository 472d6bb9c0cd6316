//! Writes of our own API that were answered: the same key gives the same answer.

use super::{Db, Result, Tx, db::args, micros};
use jiff::Timestamp;
use licensing::id::AccountId;

/// An answered write.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Answered {
    /// Hash of method, path and body.
    pub body_hash: String,
    /// HTTP status.
    pub status: i64,
    /// The body.
    pub answer: String,
}

/// The answer that a key has had.
pub async fn get(db: &Db, account: &AccountId, key: &str) -> Result<Option<Answered>> {
    db.optional(
        "SELECT body_hash, status, answer FROM idempotency WHERE account = $1 AND call_key = $2",
        args![account.as_str(), key],
    )
    .await
}

/// Forgets a key. May be repeated.
pub async fn delete(tx: &mut Tx, account: &AccountId, key: &str) -> Result<()> {
    let args = args![account.as_str(), key];
    tx.execute("DELETE FROM idempotency WHERE account = $1 AND call_key = $2", args).await.map(|_| ())
}

/// Keeps an answer, in the commit that does what it says.
///
/// # Errors
/// A duplicate ([`super::Error::is_duplicate`]) when the key was used meanwhile: undo and look again.
pub async fn insert(tx: &mut Tx, account: &AccountId, key: &str, answered: &Answered, at: Timestamp) -> Result<()> {
    tx.add(
        "INSERT INTO idempotency (account, call_key, body_hash, status, answer, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        args![account.as_str(), key, answered.body_hash.as_str(), answered.status, answered.answer.as_str(), micros(at)],
    )
    .await
}
