//! Half-filled forms of the panel: kept per member, so that a reload loses nothing.

use super::{Operations, Problem, Result};
use crate::storage;
use licensing::{id::UserId, invalid::Rule};

/// The largest draft, in bytes.
pub const LARGEST_DRAFT: usize = 64 * 1024;

impl Operations {
    /// What a member had typed into a form.
    pub async fn draft(&self, member: UserId, form: &str) -> Result<Option<String>> {
        Ok(storage::drafts::get(&self.db, member, form).await?)
    }

    /// Keeps what a member has typed. May be repeated.
    ///
    /// # Errors
    /// [`Problem::Invalid`] above [`LARGEST_DRAFT`].
    pub async fn keep_draft(&self, member: UserId, form: &'static str, content: &str) -> Result<()> {
        if content.len() > LARGEST_DRAFT {
            return Err(Problem::invalid("form", "", Rule::TooLong { max: LARGEST_DRAFT }));
        }
        let (content, now) = (content.to_owned(), self.clock.wall());
        let done = self.db.write(move |tx| {
            let content = content.clone();
            Box::pin(async move { storage::drafts::put(tx, member, form, &content, now).await })
        });
        Ok(done.await?)
    }

    /// Forgets what a member had typed. May be repeated.
    pub async fn drop_draft(&self, member: UserId, form: &'static str) -> Result<()> {
        let done = self.db.write(move |tx| Box::pin(async move { storage::drafts::delete(tx, member, form).await }));
        Ok(done.await?)
    }
}
