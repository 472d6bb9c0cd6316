//! What is kept: one file per noun with its row, its SQL and its conversion.
//!
//! One SQL text serves SQLite and PostgreSQL. Nothing here decides anything; updates
//! check the version and the number of rows they touched. Read next: `db.rs`.

use licensing::jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

pub mod accounts;
pub mod audit;
pub mod carts;
pub mod checks;
pub mod counters;
pub mod credentials;
pub mod db;
pub mod drafts;
pub mod idempotency;
pub mod jobs;
pub mod keys;
pub mod licences;
pub mod mails;
pub mod members;
pub mod orders;
pub mod outgoing;
pub mod policies;
pub mod sealed;
pub mod service_accounts;
pub mod services;
pub mod sessions;
pub mod settings;
pub mod subscriptions;
pub mod tasks;
pub mod terminations;

pub use db::{Arg, Db, Row, Tx};

/// Why storage cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Driver(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row holds what no row can hold.
    #[error("inconsistent row: {table}.{column} of {id} holds {value:?}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row.
        id: String,
        /// What it holds, shortened.
        value: String,
    },
    /// Somebody else changed the row since it was read. Read again and decide anew.
    #[error("{what} was changed by somebody else meanwhile")]
    Conflict {
        /// Table and id.
        what: String,
    },
    /// A unique name is taken.
    #[error("{what} exists already")]
    Exists {
        /// What exists.
        what: String,
    },
    /// The work was taken over by another worker.
    #[error("the lease on {subject} is lost")]
    LeaseLost {
        /// What was leased.
        subject: String,
    },
    /// Not to be stored: a number beyond its column.
    #[error("{what} is out of range")]
    Range {
        /// What.
        what: &'static str,
    },
    /// The writer has stopped; the process is ending.
    #[error("storage is closing")]
    Closed,
}

/// Storage's own result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Whether a unique index refused an insert.
    pub fn is_duplicate(&self) -> bool {
        match self {
            Error::Exists { .. } => true,
            Error::Driver(sqlx::Error::Database(e)) => e.is_unique_violation(),
            _ => false,
        }
    }
}

/// An instant as it is stored.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// An instant read back.
pub(crate) fn instant(table: &'static str, column: &'static str, id: impl ToString, us: i64) -> Result<Timestamp> {
    Timestamp::from_microsecond(us).map_err(|_| inconsistent(table, column, id, &us.to_string()))
}

/// An optional instant read back.
pub(crate) fn maybe_instant(
    table: &'static str,
    column: &'static str,
    id: impl ToString,
    us: Option<i64>,
) -> Result<Option<Timestamp>> {
    us.map(|us| instant(table, column, id, us)).transpose()
}

/// A value as JSON text.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types can be written as JSON")
}

/// JSON text read back.
pub(crate) fn from_json<T: DeserializeOwned>(
    table: &'static str,
    column: &'static str,
    id: impl ToString,
    text: &str,
) -> Result<T> {
    serde_json::from_str(text).map_err(|_| inconsistent(table, column, id, text))
}

/// A row that holds what no row can hold.
pub(crate) fn inconsistent(table: &'static str, column: &'static str, id: impl ToString, value: &str) -> Error {
    Error::Inconsistent { table, column, id: id.to_string(), value: value.chars().take(80).collect() }
}

/// A value that must be there.
pub(crate) fn known<T>(
    table: &'static str,
    column: &'static str,
    id: impl ToString,
    value: &str,
    read: Option<T>,
) -> Result<T> {
    read.ok_or_else(|| inconsistent(table, column, id, value))
}
