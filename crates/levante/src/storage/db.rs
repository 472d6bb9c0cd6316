//! The database: SQLite or PostgreSQL behind one type, one SQL text for both.
//!
//! On SQLite one writer takes all transactions that wait and makes them durable with one
//! commit; when one fails, all run again with a savepoint around each. On PostgreSQL a
//! transaction that lost a race is repeated. Await nothing but the database inside a transaction.

use super::{Error, Result};
use futures::future::BoxFuture;
use sqlx::{
    Arguments, Connection, FromRow, PgPool, Postgres, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow},
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};
use std::{str::FromStr, sync::LazyLock, time::Duration};
use tokio::sync::{mpsc, oneshot};

/// Without the advisory lock, which distributed engines lack: whoever loses a race looks again.
static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!("src/storage/migrations");
    migrations.set_locking(false);
    migrations
});

/// How often a migration that lost a race against another process is tried.
const MIGRATION_TRIES: u32 = 4;

/// Most transactions that one SQLite commit carries.
const MOST_GROUPED: usize = 64;
/// After how long at rest a connection to PostgreSQL is tried out before it is used again.
const RESTED: Duration = Duration::from_secs(1);
/// How often a PostgreSQL transaction that lost a race is repeated.
const MOST_REPEATS: u32 = 8;

/// One text for both engines; `per_engine` only where row locks make them differ.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    sqlite: &'static str,
    postgres: &'static str,
}

impl Sql {
    /// Two texts, for row locks only.
    pub const fn per_engine(sqlite: &'static str, postgres: &'static str) -> Sql {
        Sql { sqlite, postgres }
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Sql {
        Sql { sqlite: text, postgres: text }
    }
}

/// A bound value: the only column types that we use.
#[derive(Debug, Clone)]
pub enum Arg {
    /// BIGINT.
    Int(Option<i64>),
    /// TEXT.
    Text(Option<String>),
    /// BYTEA.
    Bytes(Option<Vec<u8>>),
    /// BOOLEAN.
    Bool(Option<bool>),
}

macro_rules! arg_from { ($($type:ty; $kind:ident),*) => {$(
    impl From<$type> for Arg { fn from(v: $type) -> Arg { Arg::$kind(Some(v.into())) } }
    impl From<Option<$type>> for Arg { fn from(v: Option<$type>) -> Arg { Arg::$kind(v.map(Into::into)) } }
)*} }
arg_from!(i64; Int, i32; Int, u32; Int, String; Text, &str; Text, Vec<u8>; Bytes, bool; Bool);

/// Bound values, each of a type that [`Arg`] takes.
macro_rules! args { ($($e:expr),* $(,)?) => { vec![$($crate::storage::Arg::from($e)),*] } }
pub(crate) use args;

/// A row type with `#[derive(sqlx::FromRow)]`.
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}
impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin + 'static {}

macro_rules! bind {
    ($arguments:ty, $args:expr) => {{
        let mut bound = <$arguments>::default();
        for arg in $args {
            match arg {
                Arg::Int(v) => bound.add(v),
                Arg::Text(v) => bound.add(v),
                Arg::Bytes(v) => bound.add(v),
                Arg::Bool(v) => bound.add(v),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        bound
    }};
}
macro_rules! fetch {
    ($how:ident, $sql:expr, $args:expr, $on:expr, { $lite:pat => $l:expr, $pg:pat => $p:expr }) => {
        match $on {
            $lite => sqlx::query_as_with($sql.sqlite, bind!(SqliteArguments, $args)).$how($l).await,
            $pg => sqlx::query_as_with($sql.postgres, bind!(PgArguments, $args)).$how($p).await,
        }
    };
}

/// The database.
#[derive(Clone)]
pub enum Db {
    /// One file; one writer that groups commits.
    Sqlite {
        /// The queue in front of the writer.
        writer: mpsc::Sender<Box<dyn Waiting>>,
        /// Connections that only read.
        readers: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

impl Db {
    /// Opens a database by its URL (`sqlite:FILE` or `postgres://…`) and brings its schema up to date.
    ///
    /// # Errors
    /// [`Error::Driver`] when it cannot be reached, [`Error::Migration`] when its schema is newer
    /// than this program or a migration fails.
    pub async fn open(url: &str) -> Result<Db> {
        let db = Db::connect(url).await?;
        db.migrate(url).await?;
        Ok(db)
    }

    /// Opens a database without touching its schema.
    ///
    /// # Errors
    /// [`Error::Driver`] when it cannot be reached.
    pub async fn connect(url: &str) -> Result<Db> {
        if !url.starts_with("sqlite:") {
            let options = PgConnectOptions::from_str(url)?
                .application_name("levante")
                .options([("statement_timeout", "30000"), ("idle_in_transaction_session_timeout", "60000")]);
            let pool = PgPoolOptions::new()
                .max_connections(16)
                .acquire_timeout(Duration::from_secs(10))
                // A question before every question would double the round trips: only one that rested is asked.
                .test_before_acquire(false)
                .before_acquire(|connection, meta| {
                    Box::pin(async move {
                        if meta.idle_for > RESTED {
                            connection.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .connect_with(options)
                .await?;
            return Ok(Db::Postgres(pool));
        }
        let options = sqlite_options(url)?;
        let connection = SqliteConnection::connect_with(&options).await?;
        let (writer, queue) = mpsc::channel(1024);
        tokio::spawn(write_groups(connection, queue));
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .test_before_acquire(false)
            .connect_lazy_with(options.read_only(true));
        Ok(Db::Sqlite { writer, readers })
    }

    async fn migrate(&self, url: &str) -> Result<()> {
        let mut tries = 1;
        while let Err(e) = self.migrate_once(url).await {
            let lost_race =
                matches!(e, Error::Migration(MigrateError::Execute(_) | MigrateError::ExecuteMigration(..)));
            if !lost_race || tries == MIGRATION_TRIES {
                return Err(e);
            }
            tries += 1;
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Ok(())
    }

    async fn migrate_once(&self, url: &str) -> Result<()> {
        match self {
            Db::Sqlite { .. } => {
                let mut connection = SqliteConnection::connect_with(&sqlite_options(url)?).await?;
                MIGRATIONS.run(&mut connection).await?;
                connection.close().await?;
            }
            Db::Postgres(pool) => MIGRATIONS.run(pool).await?,
        }
        Ok(())
    }

    /// The engine's name, for people.
    pub fn engine(&self) -> &'static str {
        match self {
            Db::Sqlite { .. } => "SQLite",
            Db::Postgres(_) => "PostgreSQL",
        }
    }

    /// Every row of a query.
    pub async fn all<T: Row>(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Vec<T>> {
        let sql = sql.into();
        Ok(fetch!(fetch_all, sql, args, self, { Db::Sqlite { readers, .. } => readers, Db::Postgres(pool) => pool })?)
    }

    /// The row of a query, if there is one.
    pub async fn optional<T: Row>(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Option<T>> {
        let sql = sql.into();
        Ok(
            fetch!(fetch_optional, sql, args, self, { Db::Sqlite { readers, .. } => readers, Db::Postgres(pool) => pool })?,
        )
    }

    /// Runs a transaction: everything in it is durable when this returns `Ok`, and nothing
    /// of it happened when it returns `Err`. The body may run more than once.
    ///
    /// # Errors
    /// What the body returned, or the storage error that stopped it.
    pub async fn write<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
    {
        match self {
            Db::Sqlite { writer, .. } => {
                let (reply, answer) = oneshot::channel();
                let job = Box::new(Job { body, result: None, reply });
                writer.send(job).await.map_err(|_| Error::Closed)?;
                answer.await.map_err(|_| Error::Closed)?
            }
            Db::Postgres(pool) => {
                let mut repeats = 0;
                loop {
                    let begun = pool.begin().await.map_err(Error::from)?;
                    let mut tx = Tx { on: On::Postgres(begun), lost_race: false };
                    let (result, lost_race) = match body(&mut tx).await {
                        Ok(value) => match tx.commit().await {
                            Ok(()) => (Ok(value), false),
                            Err(e) => {
                                let lost_race = is_lost_race(&e);
                                (Err(Error::from(e).into()), lost_race)
                            }
                        },
                        Err(e) => (Err(e), tx.lost_race),
                    };
                    if !lost_race || repeats == MOST_REPEATS {
                        return result;
                    }
                    repeats += 1;
                    tokio::time::sleep(Duration::from_millis(2 << repeats)).await;
                }
            }
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Driver`] when it does not.
    pub async fn ping(&self) -> Result<()> {
        self.optional::<(i64,)>("SELECT CAST(1 AS BIGINT)", vec![]).await.map(|_| ())
    }
}

fn sqlite_options(url: &str) -> Result<SqliteConnectOptions> {
    Ok(SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10)))
}

enum On {
    /// The writer's connection; it opens and closes the group and its savepoints itself.
    Sqlite(Box<SqliteConnection>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

/// A write transaction.
pub struct Tx {
    on: On,
    lost_race: bool,
}

impl Tx {
    async fn commit(self) -> std::result::Result<(), sqlx::Error> {
        match self.on {
            On::Sqlite(_) => Ok(()),
            On::Postgres(tx) => tx.commit().await,
        }
    }

    /// Every row of a query, seeing this transaction's own changes.
    pub async fn all<T: Row>(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Vec<T>> {
        let sql = sql.into();
        let rows = fetch!(fetch_all, sql, args, &mut self.on, {
            On::Sqlite(connection) => &mut **connection,
            On::Postgres(tx) => &mut **tx
        });
        Ok(rows.inspect_err(|e| self.lost_race |= is_lost_race(e))?)
    }

    /// The first row of a query, if there is one.
    pub async fn optional<T: Row>(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Option<T>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// A change; the number of rows that it touched.
    pub async fn execute(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<u64> {
        let sql = sql.into();
        let touched = match &mut self.on {
            On::Sqlite(connection) => sqlx::query_with(sql.sqlite, bind!(SqliteArguments, args))
                .execute(&mut **connection)
                .await
                .map(|done| done.rows_affected()),
            On::Postgres(tx) => sqlx::query_with(sql.postgres, bind!(PgArguments, args))
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
        };
        Ok(touched.inspect_err(|e| self.lost_race |= is_lost_race(e))?)
    }

    /// A change that must touch exactly one row.
    ///
    /// # Errors
    /// [`Error::Conflict`] naming `what` when it touched none.
    pub async fn execute_one(&mut self, sql: impl Into<Sql>, args: Vec<Arg>, what: &str) -> Result<()> {
        match self.execute(sql, args).await? {
            1 => Ok(()),
            _ => Err(Error::Conflict { what: what.to_owned() }),
        }
    }
}

fn is_lost_race(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(e) if matches!(e.code().as_deref(), Some("40001" | "40P01")))
}

/// A transaction in the queue of the SQLite writer.
pub trait Waiting: Send {
    /// Runs the body and keeps its result; false asks for its savepoint to be undone.
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool>;
    /// Gives the result back, once the group is durable or has failed.
    fn answer(self: Box<Self>, committed: std::result::Result<(), String>);
}

struct Job<T, E, F> {
    body: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Waiting for Job<T, E, F>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
    F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + Sync + 'static,
{
    fn run<'t>(&'t mut self, tx: &'t mut Tx) -> BoxFuture<'t, bool> {
        Box::pin(async move {
            let result = (self.body)(tx).await;
            let keep = result.is_ok();
            self.result = Some(result);
            keep
        })
    }

    fn answer(self: Box<Self>, committed: std::result::Result<(), String>) {
        let result = match (committed, self.result) {
            (Err(why), Some(Ok(_)) | None) => Err(Error::Driver(sqlx::Error::Protocol(why)).into()),
            (_, Some(result)) => result,
            (Ok(()), None) => Err(Error::Closed.into()),
        };
        // Whoever asked may have gone away; the work is durable all the same.
        let _ = self.reply.send(result);
    }
}

/// The SQLite writer: takes what waits, runs it, makes it durable with one commit, answers.
async fn write_groups(connection: SqliteConnection, mut queue: mpsc::Receiver<Box<dyn Waiting>>) {
    let mut tx = Tx { on: On::Sqlite(Box::new(connection)), lost_race: false };
    let mut group = Vec::with_capacity(MOST_GROUPED);
    while queue.recv_many(&mut group, MOST_GROUPED).await > 0 {
        let done = write_group(&mut tx, &mut group).await;
        if let Err(e) = &done {
            tracing::error!(error = %e, transactions = group.len(), "a group of transactions failed and is undone");
            // Also when BEGIN itself failed: there is then nothing to undo, and it says so.
            let _ = tx.execute("ROLLBACK", vec![]).await;
        }
        let done = done.map_err(|e| e.to_string());
        for job in group.drain(..) {
            job.answer(done.clone());
        }
    }
}

async fn write_group(tx: &mut Tx, group: &mut [Box<dyn Waiting>]) -> Result<()> {
    // Nearly all succeed, so a savepoint around each is made only when one has failed.
    tx.execute("BEGIN IMMEDIATE", vec![]).await?;
    if all_succeed(tx, group).await {
        tx.execute("COMMIT", vec![]).await?;
        return Ok(());
    }
    tx.execute("ROLLBACK", vec![]).await?;
    if group.len() == 1 {
        return Ok(());
    }
    tx.execute("BEGIN IMMEDIATE", vec![]).await?;
    for job in group {
        tx.execute("SAVEPOINT job", vec![]).await?;
        if !job.run(tx).await {
            tx.execute("ROLLBACK TO job", vec![]).await?;
        }
        tx.execute("RELEASE job", vec![]).await?;
    }
    tx.execute("COMMIT", vec![]).await?;
    Ok(())
}

async fn all_succeed(tx: &mut Tx, group: &mut [Box<dyn Waiting>]) -> bool {
    for job in group {
        if !job.run(tx).await {
            return false;
        }
    }
    true
}
