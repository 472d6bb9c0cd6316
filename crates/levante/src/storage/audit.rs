//! Who did what, from where, with which effect. Rows are only ever added.

use super::{Db, Result, Tx, db::args, json, micros};
use jiff::Timestamp;
use licensing::id::AccountId;
use serde_json::Value;
use uuid::Uuid;

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id.
    pub id: Uuid,
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
    tx.execute(
        "INSERT INTO audit (id, at, account, actor, address, action, object, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            entry.id.to_string(), micros(entry.at), entry.account.as_ref().map(AccountId::as_str), entry.actor.as_str(),
            entry.address.as_deref(), entry.action, entry.object.as_str(), json(&entry.detail)
        ],
    )
    .await
    .map(|_| ())
}

/// The newest entries of an account: (µs, actor, action, object).
pub async fn newest(db: &Db, account: &AccountId, most: i64) -> Result<Vec<(i64, String, String, String)>> {
    db.all(
        "SELECT at, actor, action, object FROM audit WHERE account = $1 ORDER BY at DESC, id DESC LIMIT $2",
        args![account.as_str(), most],
    )
    .await
}
