//! The audit log as its account may read it: who did what, from where, when.

use super::{Missing, Operations, Problem, Result};
use crate::storage;
pub use crate::storage::audit::LogLine;
use licensing::id::AccountId;

/// Most numbers that a list gives: the newest.
pub const MOST_LISTED: u32 = 10_000;

/// What entries are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The account: its data, keys, users and rights.
    Account,
    /// Services, their subscriptions and orders.
    Services,
}

impl Operations {
    /// The numbers of the newest entries, at most [`MOST_LISTED`], oldest first.
    pub async fn log_numbers(&self, account: &AccountId, about: About) -> Result<Vec<i64>> {
        Ok(storage::audit::numbers(&self.db, account, about == About::Services, MOST_LISTED).await?)
    }

    /// How many entries there are, and at most `most` of them by number, after the first `skip`.
    pub async fn log_lines(
        &self,
        account: &AccountId,
        about: About,
        (skip, most): (u64, u32),
        descending: bool,
    ) -> Result<(u64, Vec<LogLine>)> {
        let of_service = about == About::Services;
        let total = storage::audit::count(&self.db, account, of_service).await?;
        if most == 0 || skip >= total {
            return Ok((total, Vec::new()));
        }
        Ok((total, storage::audit::slice(&self.db, account, of_service, (skip, most), descending).await?))
    }

    /// One entry.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn log_line(&self, account: &AccountId, about: About, number: i64) -> Result<LogLine> {
        let found = storage::audit::get(&self.db, account, about == About::Services, number).await?;
        found.ok_or_else(|| Problem::NotFound(Missing::Object(number.to_string())))
    }
}
