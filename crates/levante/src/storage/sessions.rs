//! Sessions of the panel, found by the hash of the token that the browser holds.

use super::{
    Db, Error, Result, Tx, instant,
    members::{Member, MemberRow},
    micros,
};
use crate::storage::db::args;
use jiff::Timestamp;
use licensing::id::UserId;

/// An open session and who it belongs to. All instants are wall time.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Hash of the browser's token.
    pub id: String,
    /// Whose.
    pub member: Member,
    /// When the member signed in.
    pub opened_at: Timestamp,
    /// When it was last used, to the minute.
    pub used_at: Timestamp,
    /// When it ends without further use.
    pub expires_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    session: String,
    opened_at: i64,
    used_at: i64,
    expires_at: i64,
    #[sqlx(flatten)]
    member: MemberRow,
}

impl TryFrom<SessionRow> for Session {
    type Error = Error;
    fn try_from(row: SessionRow) -> Result<Session> {
        Ok(Session {
            opened_at: instant("session", "opened_at", "", row.opened_at)?,
            used_at: instant("session", "used_at", "", row.used_at)?,
            expires_at: instant("session", "expires_at", "", row.expires_at)?,
            id: row.session,
            member: Member::try_from(row.member)?,
        })
    }
}

/// A session that has not ended.
pub async fn get(db: &Db, id: &str, now: Timestamp) -> Result<Option<Session>> {
    let row: Option<SessionRow> = db
        .optional(
            "SELECT s.id AS session, s.opened_at, s.used_at, s.expires_at, member.* \
             FROM session s JOIN member ON member.id = s.member WHERE s.id = $1 AND s.expires_at > $2",
            args![id, micros(now)],
        )
        .await?;
    row.map(Session::try_from).transpose()
}

/// Opens a session and forgets those that have ended.
pub async fn insert(tx: &mut Tx, id: &str, member: UserId, now: Timestamp, expires_at: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM session WHERE expires_at <= $1", args![micros(now)]).await?;
    tx.execute(
        "INSERT INTO session (id, member, opened_at, used_at, expires_at) VALUES ($1, $2, $3, $3, $4)",
        args![id, member.to_string(), micros(now), micros(expires_at)],
    )
    .await
    .map(|_| ())
}

/// Notes that a session was used.
pub async fn touch(tx: &mut Tx, id: &str, now: Timestamp, expires_at: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE session SET used_at = $1, expires_at = $2 WHERE id = $3",
        args![micros(now), micros(expires_at), id],
    )
    .await
    .map(|_| ())
}

/// Ends a session.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    tx.execute("DELETE FROM session WHERE id = $1", args![id]).await.map(|_| ())
}

/// Ends every session of a member; how many.
pub async fn delete_all(tx: &mut Tx, member: UserId) -> Result<u64> {
    tx.execute("DELETE FROM session WHERE member = $1", args![member.to_string()]).await
}
