//! Service accounts (clients of OAuth2) and the access tokens that they hold. Of secrets and tokens only hashes.

use super::{Db, Error, Result, Tx, db::args, from_json, instant, json, micros};
use jiff::Timestamp;
use licensing::id::AccountId;

/// A service account: a program that acts for an account with rights of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceAccount {
    /// Its client id.
    pub id: String,
    /// Whose.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Addresses that belong to it; kept and shown only.
    pub callbacks: Vec<String>,
    /// When it was made, wall time.
    pub created_at: Timestamp,
    /// Rises with every change.
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct ClientRow {
    id: String,
    account: String,
    name: String,
    description: String,
    callbacks: String,
    created_at: i64,
    version: i64,
}

impl TryFrom<ClientRow> for ServiceAccount {
    type Error = Error;
    fn try_from(row: ClientRow) -> Result<ServiceAccount> {
        Ok(ServiceAccount {
            callbacks: from_json("oauth2_client", "callbacks", &row.id, &row.callbacks)?,
            created_at: instant("oauth2_client", "created_at", &row.id, row.created_at)?,
            account: AccountId::trusted(row.account),
            id: row.id,
            name: row.name,
            description: row.description,
            version: row.version,
        })
    }
}

#[derive(sqlx::FromRow)]
struct SecretRow {
    #[sqlx(flatten)]
    client: ClientRow,
    secret_hash: String,
}

#[derive(sqlx::FromRow)]
struct TokenRow {
    #[sqlx(flatten)]
    client: ClientRow,
    expires_at: i64,
}

/// A service account with the hash of its secret, whosever it is.
pub async fn with_secret(db: &Db, id: &str) -> Result<Option<(ServiceAccount, String)>> {
    let row: Option<SecretRow> = db.optional("SELECT * FROM oauth2_client WHERE id = $1", args![id]).await?;
    row.map(|row| Ok((ServiceAccount::try_from(row.client)?, row.secret_hash))).transpose()
}

/// A service account of an account.
pub async fn get(db: &Db, account: &AccountId, id: &str) -> Result<Option<ServiceAccount>> {
    let row: Option<ClientRow> =
        db.optional("SELECT * FROM oauth2_client WHERE id = $1 AND account = $2", args![id, account.as_str()]).await?;
    row.map(ServiceAccount::try_from).transpose()
}

/// The service accounts of an account, by id.
pub async fn list(db: &Db, account: &AccountId) -> Result<Vec<ServiceAccount>> {
    let rows: Vec<ClientRow> =
        db.all("SELECT * FROM oauth2_client WHERE account = $1 ORDER BY id", args![account.as_str()]).await?;
    rows.into_iter().map(ServiceAccount::try_from).collect()
}

/// Adds a service account with the hash of its secret.
pub async fn insert(tx: &mut Tx, s: &ServiceAccount, secret_hash: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO oauth2_client (id, account, secret_hash, name, description, callbacks, created_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 1)",
        args![
            s.id.as_str(),
            s.account.as_str(),
            secret_hash,
            s.name.as_str(),
            s.description.as_str(),
            json(&s.callbacks),
            micros(s.created_at)
        ],
    )
    .await
    .map(|_| ())
}

/// Changes a service account that was read at `s.version`.
///
/// # Errors
/// [`Error::Conflict`] when it was changed meanwhile.
pub async fn update(tx: &mut Tx, s: &ServiceAccount) -> Result<()> {
    tx.execute_one(
        "UPDATE oauth2_client SET name = $1, description = $2, callbacks = $3, version = version + 1 \
         WHERE id = $4 AND version = $5",
        args![s.name.as_str(), s.description.as_str(), json(&s.callbacks), s.id.as_str(), s.version],
        "the service account",
    )
    .await
}

/// Deletes a service account with its tokens.
///
/// # Errors
/// [`Error::Conflict`] when it is gone.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    tx.execute("DELETE FROM oauth2_token WHERE client = $1", args![id]).await?;
    tx.execute_one("DELETE FROM oauth2_client WHERE id = $1", args![id], "the service account").await
}

/// Keeps a token; forgets those of the same client that have expired, and the oldest beyond `most`.
pub async fn insert_token(
    tx: &mut Tx,
    hash: &str,
    client: &str,
    (now, expires_at): (Timestamp, Timestamp),
    most: u32,
) -> Result<()> {
    tx.execute("DELETE FROM oauth2_token WHERE client = $1 AND expires_at <= $2", args![client, micros(now)]).await?;
    tx.execute(
        "DELETE FROM oauth2_token WHERE client = $1 AND hash NOT IN \
         (SELECT hash FROM oauth2_token WHERE client = $1 ORDER BY expires_at DESC LIMIT $2)",
        args![client, most.saturating_sub(1)],
    )
    .await?;
    tx.execute(
        "INSERT INTO oauth2_token (hash, client, expires_at) VALUES ($1, $2, $3)",
        args![hash, client, micros(expires_at)],
    )
    .await
    .map(|_| ())
}

/// The service account that holds a token, and until when.
pub async fn by_token(db: &Db, hash: &str) -> Result<Option<(ServiceAccount, Timestamp)>> {
    let row: Option<TokenRow> = db
        .optional(
            "SELECT c.*, t.expires_at FROM oauth2_token t JOIN oauth2_client c ON c.id = t.client WHERE t.hash = $1",
            args![hash],
        )
        .await?;
    row.map(|row| {
        Ok((ServiceAccount::try_from(row.client)?, instant("oauth2_token", "expires_at", "", row.expires_at)?))
    })
    .transpose()
}

/// Ends a token. May be repeated.
pub async fn delete_token(tx: &mut Tx, hash: &str) -> Result<()> {
    tx.execute("DELETE FROM oauth2_token WHERE hash = $1", args![hash]).await.map(|_| ())
}
