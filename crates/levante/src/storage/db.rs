//! The database: SQLite or PostgreSQL behind one type, one SQL text for both.
//!
//! On SQLite one writer takes all transactions that wait and makes them durable with one
//! commit; when one fails, all run again with a savepoint around each. On PostgreSQL rows that are
//! added go together in one statement, and a transaction that lost a race is repeated. Await nothing
//! but the database inside a transaction.

use super::{Error, Result};
use futures::future::BoxFuture;
use sqlx::{
    Arguments, Connection, FromRow, SqliteConnection, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::{PgArguments, PgRow},
    sqlite::{
        SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};
use std::{str::FromStr, sync::LazyLock, time::Duration};
use tokio::sync::{mpsc, oneshot};

mod postgres;
use postgres::{Connections, Transaction};

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
use bind;

/// What a query found; read apart from asking, and asked behind a pointer, so that asking is compiled once and not
/// for every type and caller.
enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl Rows {
    fn read<T: Row>(&self) -> sqlx::Result<Vec<T>> {
        match self {
            Rows::Sqlite(rows) => rows.iter().map(T::from_row).collect(),
            Rows::Postgres(rows) => rows.iter().map(T::from_row).collect(),
        }
    }
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
    Postgres(Connections),
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
            return Ok(Db::Postgres(Connections::open(url).await?));
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
            Db::Postgres(connections) => {
                let mut taken = connections.take().await?;
                let done = MIGRATIONS.run(taken.connection()?).await;
                // What a migration was interrupted in is undone with its connection.
                taken.close();
                done?;
            }
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
        Ok(self.rows(sql.into(), args).await?.read()?)
    }

    fn rows(&self, sql: Sql, args: Vec<Arg>) -> BoxFuture<'_, sqlx::Result<Rows>> {
        Box::pin(async move {
            match self {
                Db::Sqlite { readers, .. } => {
                    let query = sqlx::query_with(sql.sqlite, bind!(SqliteArguments, args));
                    query.fetch_all(readers).await.map(Rows::Sqlite)
                }
                Db::Postgres(connections) => {
                    let query = sqlx::query_with(sql.postgres, bind!(PgArguments, args));
                    let mut taken = connections.take().await?;
                    let rows = query.fetch_all(taken.connection()?).await;
                    taken.after(rows).map(Rows::Postgres)
                }
            }
        })
    }

    /// The first row of a query, if there is one.
    pub async fn optional<T: Row>(&self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Option<T>> {
        Ok(self.all(sql, args).await?.into_iter().next())
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
            Db::Postgres(connections) => {
                let mut repeats = 0;
                loop {
                    let mut tx = Tx { on: On::Postgres(Transaction::new(connections)), lost_race: false };
                    let (result, lost_race) = match body(&mut tx).await {
                        Ok(value) => match tx.end(true).await {
                            Ok(()) => (Ok(value), false),
                            Err(e) => {
                                let lost_race = is_lost_race(&e);
                                (Err(Error::from(e).into()), lost_race)
                            }
                        },
                        Err(e) => {
                            let lost_race = tx.lost_race;
                            if let Err(e) = tx.end(false).await {
                                tracing::warn!(error = %e, "a transaction ended with its connection");
                            }
                            (Err(e), lost_race)
                        }
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
    Postgres(Transaction),
}

/// A write transaction.
pub struct Tx {
    on: On,
    lost_race: bool,
}

impl Tx {
    /// Makes everything durable, or undoes it. On PostgreSQL; the writer of SQLite does it for its whole group.
    fn end(self, durable: bool) -> BoxFuture<'static, sqlx::Result<()>> {
        Box::pin(async move {
            match (self.on, durable) {
                (On::Sqlite(_), _) => Ok(()),
                (On::Postgres(tx), true) => tx.commit().await,
                (On::Postgres(tx), false) => tx.roll_back().await,
            }
        })
    }

    /// Adds a row. What is wrong with it ([`Error::is_duplicate`] for one) shows here, at a later call or at the
    /// end of the transaction: in no case is anything saved then.
    pub async fn add(&mut self, sql: &'static str, args: Vec<Arg>) -> Result<()> {
        match &mut self.on {
            On::Sqlite(_) => self.execute(sql, args).await.map(|_| ()),
            On::Postgres(tx) => Ok(tx.add(sql, args).await.inspect_err(|e| self.lost_race |= is_lost_race(e))?),
        }
    }

    /// Every row of a query, seeing this transaction's own changes.
    pub async fn all<T: Row>(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Vec<T>> {
        let rows = self.rows(sql.into(), args).await;
        Ok(rows.inspect_err(|e| self.lost_race |= is_lost_race(e))?.read()?)
    }

    fn rows(&mut self, sql: Sql, args: Vec<Arg>) -> BoxFuture<'_, sqlx::Result<Rows>> {
        Box::pin(async move {
            match &mut self.on {
                On::Sqlite(connection) => {
                    let query = sqlx::query_with(sql.sqlite, bind!(SqliteArguments, args));
                    query.fetch_all(&mut **connection).await.map(Rows::Sqlite)
                }
                On::Postgres(tx) => {
                    let query = sqlx::query_with(sql.postgres, bind!(PgArguments, args));
                    query.fetch_all(tx.begun().await?).await.map(Rows::Postgres)
                }
            }
        })
    }

    /// The first row of a query, if there is one.
    pub async fn optional<T: Row>(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<Option<T>> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// A change; the number of rows that it touched.
    pub async fn execute(&mut self, sql: impl Into<Sql>, args: Vec<Arg>) -> Result<u64> {
        let touched = self.touched(sql.into(), args).await;
        Ok(touched.inspect_err(|e| self.lost_race |= is_lost_race(e))?)
    }

    fn touched(&mut self, sql: Sql, args: Vec<Arg>) -> BoxFuture<'_, sqlx::Result<u64>> {
        Box::pin(async move {
            match &mut self.on {
                On::Sqlite(connection) => {
                    let query = sqlx::query_with(sql.sqlite, bind!(SqliteArguments, args));
                    query.execute(&mut **connection).await.map(|done| done.rows_affected())
                }
                On::Postgres(tx) => {
                    let query = sqlx::query_with(sql.postgres, bind!(PgArguments, args));
                    query.execute(tx.begun().await?).await.map(|done| done.rows_affected())
                }
            }
        })
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
