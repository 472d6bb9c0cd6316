//! PostgreSQL: connections that go from hand to hand without a word to the server, and transactions that say
//! nothing before they must. Every message spared here is two changes between processes spared.

use super::{Arg, bind};
use deadpool::{
    Runtime,
    managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult},
};
use futures::future::BoxFuture;
use sqlx::{
    Arguments, AssertSqlSafe, ConnectOptions, Connection, Executor,
    postgres::{PgArguments, PgConnectOptions, PgConnection},
};
use std::{str::FromStr, time::Duration};

/// Most connections of one process.
const MOST: usize = 16;
/// How long is waited for a connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// After how long at rest a connection is tried out before it is used again.
const RESTED: Duration = Duration::from_secs(1);
/// How old a connection becomes: what a server keeps for one grows with what was asked on it.
const LIFETIME: Duration = Duration::from_mins(30);
/// Most additions that one statement carries.
const MOST_TOGETHER: usize = 8;

/// Makes and looks over connections.
#[derive(Debug)]
pub struct Maker(PgConnectOptions);

impl Manager for Maker {
    type Type = PgConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<PgConnection> {
        self.0.connect().await
    }

    async fn recycle(&self, connection: &mut PgConnection, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        if metrics.age() > LIFETIME {
            return Err(RecycleError::message("old"));
        }
        if metrics.last_used() > RESTED {
            connection.ping().await?;
        }
        Ok(())
    }
}

/// The connections of a process. Not sqlx's own pool: that one asks the server, in a task of its own, each time a
/// connection comes back.
#[derive(Clone)]
pub struct Connections(Pool<Maker>);

impl Connections {
    /// To the database of a URL, which is tried out.
    pub async fn open(url: &str) -> sqlx::Result<Connections> {
        let options = PgConnectOptions::from_str(url)?
            .application_name("levante")
            .options([("statement_timeout", "30000"), ("idle_in_transaction_session_timeout", "60000")]);
        let pool = Pool::builder(Maker(options))
            .max_size(MOST)
            .queue_mode(QueueMode::Lifo)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .recycle_timeout(Some(PATIENCE))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| sqlx::Error::Configuration(e.into()))?;
        let connections = Connections(pool);
        connections.take().await?.after(Ok(()))?;
        Ok(connections)
    }

    /// A connection; [`Taken::after`] gives it back.
    pub async fn take(&self) -> sqlx::Result<Taken> {
        match self.0.get().await {
            Ok(object) => Ok(Taken { object: Some(object), in_transaction: false }),
            Err(PoolError::Backend(e)) => Err(e),
            Err(PoolError::Timeout(_)) => Err(sqlx::Error::PoolTimedOut),
            Err(_) => Err(sqlx::Error::PoolClosed),
        }
    }
}

/// A connection in use. Dropped in the middle of a transaction it is closed, which undoes what was begun. Dropped in the
/// middle of a question it comes back once the server has answered: callers who go away must not cost new connections.
pub struct Taken {
    object: Option<Object<Maker>>,
    in_transaction: bool,
}

impl Taken {
    /// The connection.
    pub fn connection(&mut self) -> sqlx::Result<&mut PgConnection> {
        self.object.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Begins a transaction.
    async fn begin(&mut self) -> sqlx::Result<()> {
        self.in_transaction = true;
        self.connection()?.execute("BEGIN").await.map(|_| ())
    }

    /// Gives the connection back after what it was last used for, unless that tells that it is lost.
    pub fn after<T>(mut self, result: sqlx::Result<T>) -> sqlx::Result<T> {
        let whole = match &result {
            Ok(_) => true,
            // 08: the connection failed; 57P: the server ends it.
            Err(sqlx::Error::Database(e)) => !e.code().is_some_and(|c| c.starts_with("08") || c.starts_with("57P")),
            Err(_) => false,
        };
        if whole {
            // Dropped, it goes back.
            drop(self.object.take());
        } else {
            self.close();
        }
        result
    }

    /// Closes the connection.
    pub fn close(mut self) {
        if let Some(object) = self.object.take() {
            drop(Object::take(object));
        }
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let Some(mut object) = self.object.take() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if !self.in_transaction => {
                runtime.spawn(async move {
                    if !matches!(tokio::time::timeout(PATIENCE, object.ping()).await, Ok(Ok(()))) {
                        drop(Object::take(object));
                    }
                });
            }
            _ => drop(Object::take(object)),
        }
    }
}

/// A transaction.
pub struct Transaction {
    connections: Connections,
    begun: Option<Taken>,
    /// Additions that were not sent yet.
    waiting: Vec<(&'static str, Vec<Arg>)>,
}

impl Transaction {
    /// One of which the server knows nothing yet.
    pub fn new(connections: &Connections) -> Transaction {
        Transaction { connections: connections.clone(), begun: None, waiting: Vec::new() }
    }

    /// Adds a row, at the latest with the next question or the commit.
    pub async fn add(&mut self, sql: &'static str, args: Vec<Arg>) -> sqlx::Result<()> {
        self.waiting.push((sql, args));
        match self.waiting.len() {
            MOST_TOGETHER => self.begun().await.map(|_| ()),
            _ => Ok(()),
        }
    }

    /// The connection, in the transaction, with everything done that waited.
    pub fn begun(&mut self) -> BoxFuture<'_, sqlx::Result<&mut PgConnection>> {
        Box::pin(async move {
            if self.begun.is_none() {
                let mut taken = self.connections.take().await?;
                taken.begin().await?;
                self.begun = Some(taken);
            }
            let connection = self.begun.as_mut().ok_or(sqlx::Error::BeginFailed)?.connection()?;
            send(connection, &mut self.waiting).await?;
            Ok(connection)
        })
    }

    /// Makes everything durable.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        let (mut taken, begun) = match self.begun.take() {
            Some(taken) => (taken, true),
            None if self.waiting.is_empty() => return Ok(()),
            // One statement is a transaction of its own.
            None => (self.connections.take().await?, false),
        };
        let connection = taken.connection()?;
        let done = match (send(connection, &mut self.waiting).await, begun) {
            (Ok(()), true) => connection.execute("COMMIT").await.map(|_| ()),
            (Err(e), true) => connection.execute("ROLLBACK").await.and(Err(e)),
            (sent, false) => sent,
        };
        taken.after(done)
    }

    /// Undoes everything.
    pub async fn roll_back(mut self) -> sqlx::Result<()> {
        let Some(mut taken) = self.begun.take() else { return Ok(()) };
        let undone = taken.connection()?.execute("ROLLBACK").await.map(|_| ());
        taken.after(undone)
    }
}

async fn send(connection: &mut PgConnection, waiting: &mut Vec<(&'static str, Vec<Arg>)>) -> sqlx::Result<()> {
    if waiting.is_empty() {
        return Ok(());
    }
    let (text, args) = together(std::mem::take(waiting));
    sqlx::query_with(AssertSqlSafe(text), bind!(PgArguments, args)).execute(connection).await.map(|_| ())
}

/// Several additions as one statement: all but the last are `WITH` queries. Foreign keys between the new rows hold,
/// because PostgreSQL checks them when the whole statement has run.
fn together(additions: Vec<(&'static str, Vec<Arg>)>) -> (String, Vec<Arg>) {
    let (mut text, mut bound) = (String::new(), Vec::new());
    let last = additions.len().saturating_sub(1);
    for (n, (sql, args)) in additions.into_iter().enumerate() {
        let (head, tail) = match n {
            _ if n == last => (" ".to_owned(), ""),
            0 => ("WITH added_0 AS (".to_owned(), ")"),
            n => (format!(", added_{n} AS ("), ")"),
        };
        text.push_str(&head);
        push_counted_from(&mut text, sql, bound.len());
        text.push_str(tail);
        bound.extend(args);
    }
    (text, bound)
}

/// A statement whose places `$1, $2, …` are counted on from `before`.
fn push_counted_from(text: &mut String, sql: &str, before: usize) {
    let mut parts = sql.split('$');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (number, rest) = part.split_at(part.bytes().take_while(u8::is_ascii_digit).count());
        text.push('$');
        match number.parse::<usize>() {
            Ok(number) => text.push_str(&(number + before).to_string()),
            Err(_) => text.push_str(number),
        }
        text.push_str(rest);
    }
}
