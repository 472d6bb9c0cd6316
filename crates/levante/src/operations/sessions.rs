//! Sessions of the panel: opened at sign-in, found by the hash of the browser's token.
//!
//! They follow the wall clock, which is never moved.

use super::{Operations, Result};
pub use crate::storage::sessions::Session;
use crate::{
    secrets::{new_token, token_hash},
    storage,
};
use jiff::{SignedDuration, Timestamp};
use licensing::id::UserId;
use secrecy::{ExposeSecret, SecretString};

/// A session ends after this time without use.
pub const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// A session ends this long after its sign-in, used or not.
pub const ABSOLUTE: SignedDuration = SignedDuration::from_hours(12);
/// How often a used session is written.
const TOUCH: SignedDuration = SignedDuration::from_mins(1);
/// Length of the browser's token: 43 characters hold 256 bits.
const TOKEN_LENGTH: usize = 43;

impl Operations {
    /// Opens a session for a member who has just signed in; the token goes to the browser
    /// only. `before`: the session that it replaces.
    pub async fn open_session(&self, member: UserId, before: Option<&Session>) -> Result<SecretString> {
        let token = new_token(TOKEN_LENGTH);
        let (id, now) = (token_hash(token.expose_secret()), self.clock.wall());
        let before = before.map(|s| s.id.clone());
        self.db
            .write(move |tx| {
                let (id, before) = (id.clone(), before.clone());
                Box::pin(async move {
                    if let Some(before) = before {
                        storage::sessions::delete(tx, &before).await?;
                    }
                    storage::sessions::insert(tx, &id, member, now, ends(now, now)).await
                })
            })
            .await?;
        Ok(token)
    }

    /// The open session of a token; `None` when it has ended or never was.
    pub async fn session(&self, token: &str) -> Result<Option<Session>> {
        if token.len() != TOKEN_LENGTH {
            return Ok(None);
        }
        let now = self.clock.wall();
        let found = storage::sessions::get(&self.db, &token_hash(token), now).await?;
        let Some(session) = found.filter(|s| !s.member.disabled) else { return Ok(None) };
        if now > session.used_at + TOUCH {
            let (id, expires_at) = (session.id.clone(), ends(session.opened_at, now));
            self.db
                .write(move |tx| {
                    let id = id.clone();
                    Box::pin(async move { storage::sessions::touch(tx, &id, now, expires_at).await })
                })
                .await?;
        }
        Ok(Some(session))
    }

    /// Ends a session. May be repeated.
    pub async fn close_session(&self, session: &Session) -> Result<()> {
        let id = session.id.clone();
        let done = self.db.write(move |tx| {
            let id = id.clone();
            Box::pin(async move { storage::sessions::delete(tx, &id).await })
        });
        Ok(done.await?)
    }

    /// Ends every session of a member; how many.
    pub async fn close_all_sessions(&self, member: UserId) -> Result<u64> {
        let done = self.db.write(move |tx| Box::pin(async move { storage::sessions::delete_all(tx, member).await }));
        Ok(done.await?)
    }
}

fn ends(opened_at: Timestamp, used_at: Timestamp) -> Timestamp {
    (used_at + IDLE).min(opened_at + ABSOLUTE)
}
