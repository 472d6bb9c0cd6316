//! Tasks: what resellers asked for and what became of it.

use super::{Missing, Operations, Problem, Result};
use crate::storage;
pub use crate::storage::tasks::{Asked, Task};
use licensing::id::{AccountId, ServiceName, TaskId};

/// Most tasks that a list shows.
pub const MOST_LISTED: i64 = 500;

impl Operations {
    /// The newest tasks of a service, pending and ended.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a service that is not theirs.
    pub async fn tasks(&self, account: &AccountId, service: &ServiceName) -> Result<Vec<Task>> {
        let service = self.service(account, service).await?;
        Ok(storage::tasks::list(&self.db, service.id, MOST_LISTED).await?)
    }

    /// One task; ended ones stay readable.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn task(&self, account: &AccountId, service: &ServiceName, id: TaskId) -> Result<Task> {
        let service = self.service(account, service).await?;
        storage::tasks::get(&self.db, service.id, id)
            .await?
            .ok_or_else(|| Problem::NotFound(Missing::Object(id.to_string())))
    }

    /// A task, whoever owns it; for the workflow.
    pub async fn task_by_id(&self, id: TaskId) -> Result<Option<Task>> {
        Ok(storage::tasks::by_id(&self.db, id).await?)
    }
}
