//! The database under measurement, as the harness itself looks at it.

use crate::processes::{Family, postmaster};
use anyhow::Context;
use sqlx::{
    AssertSqlSafe, PgPool, Row, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::runtime::Runtime;

/// One of the two.
#[derive(Clone)]
pub enum Database {
    /// A file.
    Sqlite(PathBuf, SqlitePool),
    /// A database on a server of this machine.
    Postgres(String, PgPool),
}

/// Durable, as the product opens it.
pub fn sqlite_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(30))
}

impl Database {
    /// Opens one by the product's kind of URL.
    pub async fn open(url: &str) -> anyhow::Result<Database> {
        match url.strip_prefix("sqlite:") {
            Some(path) => {
                let pool = SqlitePoolOptions::new().max_connections(4).test_before_acquire(false);
                Ok(Database::Sqlite(path.into(), pool.connect_with(sqlite_options(Path::new(path))).await?))
            }
            None => {
                let pool = PgPoolOptions::new().max_connections(16).test_before_acquire(false).connect(url).await?;
                Ok(Database::Postgres(url.to_owned(), pool))
            }
        }
    }

    /// The URL of a new database: on a server, or without one a file of the folder.
    pub fn new_in(folder: &Path, server: Option<&str>, name: &str, runtime: &Runtime) -> anyhow::Result<String> {
        match server {
            Some(server) => {
                let name = format!("levante_benches_{}_{name}", std::process::id());
                runtime.block_on(Database::new_postgres(server, &name))
            }
            None => Ok(format!("sqlite:{}", folder.join("levante.sqlite").display())),
        }
    }

    /// Makes an empty database on a server; its URL.
    async fn new_postgres(server: &str, name: &str) -> anyhow::Result<String> {
        let pool = PgPool::connect(server).await.context("connecting PostgreSQL")?;
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await?;
        pool.close().await;
        let (base, _) = server.rsplit_once('/').context("the URL of PostgreSQL names no database")?;
        Ok(format!("{base}/{name}"))
    }

    /// Its name for people.
    pub fn name(&self) -> &'static str {
        match self {
            Database::Sqlite(..) => "SQLite",
            Database::Postgres(..) => "PostgreSQL",
        }
    }

    /// What it says about itself: its version and how durable it is.
    pub async fn settings(&self) -> anyhow::Result<String> {
        match self {
            Database::Sqlite(..) => {
                let version = self.text("SELECT sqlite_version()").await?;
                Ok(format!("SQLite {version}, WAL, synchronous=FULL"))
            }
            Database::Postgres(..) => {
                let version = self.text("SHOW server_version").await?;
                let (fsync, commit) = (self.text("SHOW fsync").await?, self.text("SHOW synchronous_commit").await?);
                Ok(format!("PostgreSQL {version}, fsync={fsync}, synchronous_commit={commit}"))
            }
        }
    }

    async fn text(&self, sql: &str) -> anyhow::Result<String> {
        let row = self.texts(sql, 1).await?.into_iter().next();
        row.and_then(|mut r| r.pop().flatten()).with_context(|| format!("{sql} gave nothing"))
    }

    /// The rows of a query all of whose columns are text.
    pub async fn texts(&self, sql: &str, columns: usize) -> anyhow::Result<Vec<Vec<Option<String>>>> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match self {
            Database::Sqlite(_, pool) => {
                let rows = sqlx::query(sql).fetch_all(pool).await?;
                let texts = |r: &sqlx::sqlite::SqliteRow| (0..columns).map(|n| r.try_get(n)).collect();
                rows.iter().map(texts).collect::<Result<_, _>>()?
            }
            Database::Postgres(_, pool) => {
                let rows = sqlx::query(sql).fetch_all(pool).await?;
                let texts = |r: &sqlx::postgres::PgRow| (0..columns).map(|n| r.try_get(n)).collect();
                rows.iter().map(texts).collect::<Result<_, _>>()?
            }
        })
    }

    /// Runs a statement.
    pub async fn run(&self, sql: &str) -> anyhow::Result<()> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Database::Sqlite(_, pool) => sqlx::query(sql).execute(pool).await.map(|_| ())?,
            Database::Postgres(_, pool) => sqlx::query(sql).execute(pool).await.map(|_| ())?,
        }
        Ok(())
    }

    /// After many rows were added: what a database in use has done by itself by then.
    pub async fn settle(&self) -> anyhow::Result<()> {
        match self {
            Database::Sqlite(..) => self.run("PRAGMA wal_checkpoint(TRUNCATE)").await,
            Database::Postgres(..) => {
                self.run("VACUUM (ANALYZE)").await?;
                self.run("CHECKPOINT").await
            }
        }
    }

    /// How many rows each of the product's tables holds.
    pub async fn counts(&self) -> anyhow::Result<Vec<(String, i64)>> {
        let sql = match self {
            Database::Sqlite(..) => "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name",
            Database::Postgres(..) => {
                "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            }
        };
        let mut counts = Vec::new();
        for table in self.texts(sql, 1).await?.into_iter().flatten().flatten() {
            let count = self.text(&format!("SELECT CAST(count(*) AS TEXT) FROM {table}")).await?;
            counts.push((table, count.parse()?));
        }
        Ok(counts)
    }

    /// The server's processes; SQLite has none.
    pub async fn processes(&self) -> anyhow::Result<Option<Family>> {
        match self {
            Database::Sqlite(..) => Ok(None),
            Database::Postgres(..) => {
                let backend = self.text("SELECT CAST(pg_backend_pid() AS TEXT)").await?;
                Ok(Some(postmaster(backend.parse()?)?))
            }
        }
    }
}
