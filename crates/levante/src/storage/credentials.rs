//! The vault's rows: the sign-in data of tenants' administrators, sealed.

use super::{Db, Error, Result, Tx, from_json, instant, json, micros};
use crate::storage::db::args;
use jiff::Timestamp;
use licensing::{credentials::CredentialsState, id::ServiceId};

/// The sign-in data of one service.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// Whose.
    pub service: ServiceId,
    /// Where they stand.
    pub state: CredentialsState,
    /// The full sign-in name.
    pub user_name: String,
    /// The sealed password; `None` when it was lost or erased.
    pub password: Option<Vec<u8>>,
    /// When they were received.
    pub received_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct CredentialsRow {
    service: i64,
    state: String,
    user_name: String,
    password: Option<Vec<u8>>,
    received_at: i64,
}

impl TryFrom<CredentialsRow> for Credentials {
    type Error = Error;
    fn try_from(row: CredentialsRow) -> Result<Credentials> {
        Ok(Credentials {
            service: ServiceId(row.service),
            state: from_json("credentials", "state", row.service, &row.state)?,
            user_name: row.user_name,
            password: row.password,
            received_at: instant("credentials", "received_at", row.service, row.received_at)?,
        })
    }
}

/// The sign-in data of a service.
pub async fn get(db: &Db, service: ServiceId) -> Result<Option<Credentials>> {
    let row: Option<CredentialsRow> = db
        .optional(
            "SELECT service, state, user_name, password, received_at FROM credentials WHERE service = $1",
            args![service.0],
        )
        .await?;
    row.map(Credentials::try_from).transpose()
}

/// Saves what was received; a repetition of the same answer changes nothing.
pub async fn insert(tx: &mut Tx, c: &Credentials) -> Result<()> {
    tx.execute(
        "INSERT INTO credentials (service, state, user_name, password, received_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (service) DO NOTHING",
        args![c.service.0, json(&c.state), c.user_name.as_str(), c.password.clone(), micros(c.received_at)],
    )
    .await
    .map(|_| ())
}

/// Notes the (first) delivery and when they are erased.
pub async fn delivered(tx: &mut Tx, service: ServiceId, at: Timestamp) -> Result<()> {
    let state = CredentialsState::Delivered { at };
    let erase_at = state.erase_at().map(micros);
    tx.execute(
        "UPDATE credentials SET state = $1, delivered_at = $2, erase_at = $3 WHERE service = $4 AND delivered_at IS NULL",
        args![json(&state), micros(at), erase_at, service.0],
    )
    .await
    .map(|_| ())
}

/// Erases every password whose time has come; how many.
pub async fn erase_due(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    tx.execute(
        "UPDATE credentials SET password = NULL, state = $1 WHERE erase_at <= $2 AND password IS NOT NULL",
        args![json(&CredentialsState::Erased), micros(now)],
    )
    .await
}

/// Erases the password of a service: it no longer opens anything.
pub async fn erase(tx: &mut Tx, service: ServiceId) -> Result<()> {
    tx.execute(
        "UPDATE credentials SET password = NULL, state = $1 WHERE service = $2 AND password IS NOT NULL",
        args![json(&CredentialsState::Erased), service.0],
    )
    .await
    .map(|_| ())
}
