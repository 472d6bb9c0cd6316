//! Access policies: who may do what inside an account.

use super::{Db, Error, Result, Tx, db::args, from_json, instant, json, known, maybe_instant, micros};
use jiff::Timestamp;
use licensing::{
    id::AccountId,
    right::{Identity, Statement},
};
use uuid::Uuid;

/// A policy.
#[derive(Debug, Clone, PartialEq)]
pub struct AccessPolicy {
    /// Its id; rises with time.
    pub id: Uuid,
    /// Whose.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it says.
    pub statement: Statement,
    /// Until when it counts, wall time; `None`: for ever.
    pub expires_at: Option<Timestamp>,
    /// When it was made, wall time.
    pub created_at: Timestamp,
    /// When it was last changed, wall time.
    pub updated_at: Timestamp,
    /// Rises with every change.
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct PolicyRow {
    id: String,
    account: String,
    name: String,
    description: String,
    statement: String,
    expires_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    version: i64,
}

impl TryFrom<PolicyRow> for AccessPolicy {
    type Error = Error;
    fn try_from(row: PolicyRow) -> Result<AccessPolicy> {
        Ok(AccessPolicy {
            id: known("access_policy", "id", &row.id, &row.id, row.id.parse().ok())?,
            statement: from_json("access_policy", "statement", &row.id, &row.statement)?,
            expires_at: maybe_instant("access_policy", "expires_at", &row.id, row.expires_at)?,
            created_at: instant("access_policy", "created_at", &row.id, row.created_at)?,
            updated_at: instant("access_policy", "updated_at", &row.id, row.updated_at)?,
            account: AccountId::trusted(row.account),
            name: row.name,
            description: row.description,
            version: row.version,
        })
    }
}

const LIST: &str = "SELECT * FROM access_policy WHERE account = $1 ORDER BY id";

/// The policies of an account, by id.
pub async fn list(db: &Db, account: &AccountId) -> Result<Vec<AccessPolicy>> {
    let rows: Vec<PolicyRow> = db.all(LIST, args![account.as_str()]).await?;
    rows.into_iter().map(AccessPolicy::try_from).collect()
}

/// A policy of an account.
pub async fn get(db: &Db, account: &AccountId, id: Uuid) -> Result<Option<AccessPolicy>> {
    let row: Option<PolicyRow> = db
        .optional("SELECT * FROM access_policy WHERE id = $1 AND account = $2", args![id.to_string(), account.as_str()])
        .await?;
    row.map(AccessPolicy::try_from).transpose()
}

/// Adds a policy.
pub async fn insert(tx: &mut Tx, p: &AccessPolicy) -> Result<()> {
    tx.execute(
        "INSERT INTO access_policy (id, account, name, description, statement, expires_at, created_at, updated_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)",
        args![
            p.id.to_string(), p.account.as_str(), p.name.as_str(), p.description.as_str(), json(&p.statement),
            p.expires_at.map(micros), micros(p.created_at), micros(p.updated_at)
        ],
    )
    .await
    .map(|_| ())
}

/// Changes a policy that was read at `p.version`.
///
/// # Errors
/// [`Error::Conflict`] when it was changed meanwhile.
pub async fn update(tx: &mut Tx, p: &AccessPolicy) -> Result<()> {
    tx.execute_one(
        "UPDATE access_policy SET name = $1, description = $2, statement = $3, expires_at = $4, updated_at = $5, \
         version = version + 1 WHERE id = $6 AND version = $7",
        args![
            p.name.as_str(),
            p.description.as_str(),
            json(&p.statement),
            p.expires_at.map(micros),
            micros(p.updated_at),
            p.id.to_string(),
            p.version
        ],
        "the policy",
    )
    .await
}

/// Deletes a policy of an account.
///
/// # Errors
/// [`Error::Conflict`] when it is gone.
pub async fn delete(tx: &mut Tx, account: &AccountId, id: Uuid) -> Result<()> {
    tx.execute_one(
        "DELETE FROM access_policy WHERE id = $1 AND account = $2",
        args![id.to_string(), account.as_str()],
        "the policy",
    )
    .await
}

/// Takes somebody out of every policy of an account, so that whoever gets the name next has no rights by it.
pub async fn forget(tx: &mut Tx, account: &AccountId, identity: &Identity, now: Timestamp) -> Result<()> {
    let rows: Vec<PolicyRow> = tx.all(LIST, args![account.as_str()]).await?;
    for row in rows {
        let mut policy = AccessPolicy::try_from(row)?;
        if policy.statement.identities.contains(identity) {
            policy.statement.identities.retain(|one| one != identity);
            policy.updated_at = now;
            update(tx, &policy).await?;
        }
    }
    Ok(())
}
