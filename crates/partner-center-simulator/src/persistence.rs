//! The state file: one SQLite table of entities, one writer that groups waiting commits.
//!
//! A change is acknowledged only after its commit reached the disk (WAL, `synchronous = FULL`).
//! After a failed commit memory and file disagree; every later write fails until a restart.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteLockingMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row as _};
use tokio::sync::{mpsc, oneshot};

/// One entity's new text, or its removal.
#[derive(Debug, Clone)]
pub(crate) struct StoredRow {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) json: Option<String>,
}

struct Batch {
    rows: Vec<StoredRow>,
    done: oneshot::Sender<bool>,
    /// The last one: the file is released after it.
    last: bool,
}

/// The sending side of the writer.
#[derive(Clone)]
pub(crate) struct Store {
    queue: mpsc::UnboundedSender<Batch>,
}

/// Everything that a file holds: (kind, id, json).
pub(crate) type Contents = Vec<(String, String, String)>;

impl Store {
    /// Opens or creates the file, takes it for this process alone, and reads it.
    pub(crate) async fn open(path: &Path) -> Result<(Self, Contents), sqlx::Error> {
        let mut connection = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .locking_mode(SqliteLockingMode::Exclusive)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(std::time::Duration::from_secs(2))
            .connect()
            .await?;
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS entity (kind TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL, \
             PRIMARY KEY (kind, id)) WITHOUT ROWID",
        )
        .execute(&mut connection)
        .await?;
        let rows = sqlx::query("SELECT kind, id, json FROM entity").fetch_all(&mut connection).await?;
        let contents = rows
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
            .collect::<Result<_, sqlx::Error>>()?;
        let (queue, waiting) = mpsc::unbounded_channel();
        tokio::spawn(write(connection, waiting));
        Ok((Self { queue }, contents))
    }

    /// Queues rows; the receiver yields `true` once they are on disk.
    pub(crate) fn commit(&self, rows: Vec<StoredRow>) -> oneshot::Receiver<bool> {
        let (done, committed) = oneshot::channel();
        // A closed queue drops `done`, which the receiver reads as a failure.
        let _ = self.queue.send(Batch { rows, done, last: false });
        committed
    }

    /// Writes what waits and releases the file; later commits fail.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        let _ = self.queue.send(Batch { rows: Vec::new(), done, last: true });
        // A writer that is gone already has released the file, too.
        let _ = closed.await;
    }
}

async fn write(mut connection: SqliteConnection, mut waiting: mpsc::UnboundedReceiver<Batch>) {
    let mut batches = Vec::new();
    let mut broken = false;
    while waiting.recv_many(&mut batches, 256).await > 0 {
        if !broken && let Err(error) = commit(&mut connection, &batches).await {
            tracing::error!(%error, "the state file could not be written; writes are refused from now on");
            broken = true;
        }
        let mut last = None;
        for batch in batches.drain(..) {
            if batch.last {
                last = Some(batch.done);
                continue;
            }
            // Nobody waits any more when the caller went away: the rows are on disk all the same.
            let _ = batch.done.send(!broken);
        }
        if let Some(closed) = last {
            waiting.close();
            close(connection).await;
            let _ = closed.send(true);
            return;
        }
    }
    close(connection).await;
}

async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the state file was not closed cleanly");
    }
}

async fn commit(connection: &mut SqliteConnection, batches: &[Batch]) -> Result<(), sqlx::Error> {
    if batches.iter().all(|batch| batch.rows.is_empty()) {
        return Ok(());
    }
    let mut transaction = connection.begin().await?;
    for row in batches.iter().flat_map(|batch| &batch.rows) {
        match &row.json {
            Some(json) => {
                sqlx::query(
                    "INSERT INTO entity (kind, id, json) VALUES ($1, $2, $3) \
                     ON CONFLICT (kind, id) DO UPDATE SET json = excluded.json",
                )
                .bind(row.kind)
                .bind(&row.id)
                .bind(json)
                .execute(&mut *transaction)
                .await?;
            }
            None => {
                sqlx::query("DELETE FROM entity WHERE kind = $1 AND id = $2")
                    .bind(row.kind)
                    .bind(&row.id)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
    }
    transaction.commit().await
}
