//! Terminations that were asked for and wait to be confirmed by their token. One for each service: a newer
//! one takes the place of an older one.

use super::{Db, Error, Result, Tx, db::args, instant, micros};
use jiff::Timestamp;
use licensing::id::ServiceId;

/// A termination that waits.
#[derive(Debug, Clone)]
pub struct Termination {
    /// Of which service.
    pub service: ServiceId,
    /// The hash of its token.
    pub token_hash: String,
    /// The token, sealed; `None` once its mail has left.
    pub sealed: Option<Vec<u8>>,
    /// How often a wrong token was shown.
    pub wrong: i64,
    /// When it was asked, business time.
    pub asked_at: Timestamp,
    /// Until when it can be confirmed.
    pub expires_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct TerminationRow {
    service: i64,
    token_hash: String,
    sealed: Option<Vec<u8>>,
    wrong: i64,
    asked_at: i64,
    expires_at: i64,
}

impl TryFrom<TerminationRow> for Termination {
    type Error = Error;
    fn try_from(row: TerminationRow) -> Result<Termination> {
        Ok(Termination {
            service: ServiceId(row.service),
            token_hash: row.token_hash,
            sealed: row.sealed,
            wrong: row.wrong,
            asked_at: instant("termination", "asked_at", row.service, row.asked_at)?,
            expires_at: instant("termination", "expires_at", row.service, row.expires_at)?,
        })
    }
}

/// What waits for a service.
pub async fn get(db: &Db, service: ServiceId) -> Result<Option<Termination>> {
    let row: Option<TerminationRow> = db
        .optional(
            "SELECT service, token_hash, sealed, wrong, asked_at, expires_at FROM termination WHERE service = $1",
            args![service.0],
        )
        .await?;
    row.map(Termination::try_from).transpose()
}

/// Saves one that is asked for, in the place of one that was asked for until `before`; whether it was saved.
pub async fn ask(tx: &mut Tx, t: &Termination, before: Timestamp) -> Result<bool> {
    let saved = tx
        .execute(
            "INSERT INTO termination (service, token_hash, sealed, wrong, asked_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (service) DO UPDATE SET token_hash = excluded.token_hash, sealed = excluded.sealed, \
             wrong = excluded.wrong, asked_at = excluded.asked_at, expires_at = excluded.expires_at \
             WHERE termination.asked_at <= $7",
            args![
                t.service.0, t.token_hash.as_str(), t.sealed.clone(), t.wrong, micros(t.asked_at), micros(t.expires_at),
                micros(before)
            ],
        )
        .await?;
    Ok(saved == 1)
}

/// Puts one back that was taken; a newer one stays.
pub async fn put_back(tx: &mut Tx, t: &Termination) -> Result<()> {
    tx.execute(
        "INSERT INTO termination (service, token_hash, sealed, wrong, asked_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (service) DO NOTHING",
        args![
            t.service.0, t.token_hash.as_str(), t.sealed.clone(), t.wrong, micros(t.asked_at), micros(t.expires_at)
        ],
    )
    .await
    .map(|_| ())
}

/// Counts a wrong token.
pub async fn count_wrong(tx: &mut Tx, service: ServiceId) -> Result<()> {
    tx.execute("UPDATE termination SET wrong = wrong + 1 WHERE service = $1", args![service.0]).await.map(|_| ())
}

/// Takes the one of a token away, so that it holds once; whether it was still there.
pub async fn take(tx: &mut Tx, service: ServiceId, token_hash: &str) -> Result<bool> {
    let sql = "DELETE FROM termination WHERE service = $1 AND token_hash = $2";
    Ok(tx.execute(sql, args![service.0, token_hash]).await? == 1)
}

/// Forgets the token itself: its mail has left, or never will.
pub async fn forget_token(tx: &mut Tx, service: ServiceId) -> Result<()> {
    tx.execute("UPDATE termination SET sealed = NULL WHERE service = $1", args![service.0]).await.map(|_| ())
}
