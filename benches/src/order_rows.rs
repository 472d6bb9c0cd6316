//! The limit for orders: the rows that an order writes, as long as ours, in one commit,
//! without HTTP, signature, checks, secondary indexes or foreign keys.

use crate::{
    database::Database,
    figures::Figure,
    load::{Plan, Watch},
};
use anyhow::{Context, ensure};
use sqlx::{Arguments, AssertSqlSafe, Connection, SqliteConnection, sqlite::SqliteArguments};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot};

/// A table that an accepted order adds one row to: name, columns (`#`: a number; the first is the key),
/// and where its newest row is.
const ROWS: [(&str, &str, &str); 5] = [
    (
        "service",
        "id# account name display_name sort_name state state_facts contact mpn_id subscriptions# seats# created_at# version#",
        "id",
    ),
    (
        "orders",
        "id# account service# task# state state_facts request progress net# tax# currency created_at# version#",
        "id",
    ),
    ("task", "id# service# account function state orders# asked created_at# version#", "id"),
    ("job", "id lane subject payload run_at# attempts# created_at#", "created_at"),
    ("audit", "id at# account actor address action object detail", "at"),
];

#[derive(Debug, Clone)]
enum Value {
    Number(i64),
    Text(Option<String>),
}

/// One row to write: its table, whether its key is a number, and its other values.
#[derive(Debug, Clone)]
struct Shape {
    table: &'static str,
    key_is_number: bool,
    columns: Vec<(&'static str, bool)>,
    values: Vec<Value>,
}

/// The rows of one order.
pub struct OrderRows {
    shapes: Vec<Shape>,
    next: AtomicI64,
}

impl OrderRows {
    /// Takes the newest order's rows as the pattern and makes empty tables beside the product's.
    pub async fn like_ours(database: &Database) -> anyhow::Result<OrderRows> {
        let mut shapes = Vec::new();
        for (table, columns, newest) in ROWS {
            let columns: Vec<(&'static str, bool)> =
                columns.split(' ').map(|c| (c.trim_end_matches('#'), c.ends_with('#'))).collect();
            let texts: Vec<String> = columns.iter().map(|(c, _)| format!("CAST({c} AS TEXT)")).collect();
            let sql = format!("SELECT {} FROM {table} ORDER BY {newest} DESC LIMIT 1", texts.join(", "));
            let row = database.texts(&sql, columns.len()).await?.into_iter().next();
            let row = row.with_context(|| format!("{table} is empty: no order was placed"))?;
            let value = |(n, text): (usize, Option<String>)| match columns[n].1 {
                true => Ok(Value::Number(text.as_deref().unwrap_or("0").parse()?)),
                // Our own reading marks stay out of pgbench's way; the length is the same.
                false => Ok(Value::Text(text.map(|t| t.replace([':', '\\'], ".")))),
            };
            let values = row.into_iter().enumerate().map(value).collect::<anyhow::Result<Vec<_>>>()?;
            let defined: Vec<String> = columns
                .iter()
                .enumerate()
                .map(|(n, (c, number))| {
                    let kind = if *number { "BIGINT" } else { "TEXT" };
                    format!("{c} {kind}{}", if n == 0 { " PRIMARY KEY" } else { "" })
                })
                .collect();
            database.run(&format!("CREATE TABLE limit_{table} ({})", defined.join(", "))).await?;
            shapes.push(Shape { table, key_is_number: columns[0].1, values: values[1..].to_vec(), columns });
        }
        Ok(OrderRows { shapes, next: AtomicI64::new(1) })
    }

    /// Adds rows of `count` orders, so that the limit's tables are as large as the product's.
    pub async fn fill(&self, database: &Database, count: u64) -> anyhow::Result<()> {
        for shape in &self.shapes {
            let key = match shape.key_is_number {
                true => "-n.i - 1".to_owned(),
                false => "'filled' || CAST(n.i AS TEXT)".to_owned(),
            };
            let values: Vec<String> = std::iter::once(key).chain(shape.values.iter().map(literal)).collect();
            database
                .run(&format!(
                    "INSERT INTO limit_{} WITH RECURSIVE n (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL \
                     SELECT i + 1 FROM n WHERE i + 1 < {count}) SELECT {} FROM n",
                    shape.table,
                    values.join(", ")
                ))
                .await?;
        }
        database.settle().await
    }

    /// How many rows, and how many bytes of text they hold.
    pub fn size(&self) -> (usize, usize) {
        let width = |v: &Value| if let Value::Text(Some(t)) = v { t.len() } else { 0 };
        (self.shapes.len(), self.shapes.iter().flat_map(|s| &s.values).map(width).sum())
    }

    fn block(&self) -> i64 {
        self.next.fetch_add(10_000_000_000, Ordering::Relaxed)
    }

    /// The transaction as a script of pgbench.
    fn script(&self) -> String {
        let mut text = String::from("\\set n :n + 1\n\\set key :base + :client_id * 100000000 + :n\nBEGIN;\n");
        for shape in &self.shapes {
            let key = match shape.key_is_number {
                true => "CAST(:key AS BIGINT)".to_owned(),
                false => "lpad(CAST(CAST(:key AS BIGINT) AS TEXT), 36, '0')".to_owned(),
            };
            let values: Vec<String> = std::iter::once(key).chain(shape.values.iter().map(literal)).collect();
            text.push_str(&format!("INSERT INTO limit_{} VALUES ({});\n", shape.table, values.join(", ")));
        }
        text.push_str("COMMIT;\n");
        text
    }

    /// On whichever database it is.
    pub fn measure(
        self: &Arc<Self>,
        on: &Database,
        folder: &Path,
        plan: Plan,
        watch: &Watch,
    ) -> anyhow::Result<Figure> {
        match on {
            Database::Sqlite(path, _) => self.on_sqlite_grouped(path, plan, watch),
            Database::Postgres(url, _) => self.on_postgres(url, folder, plan, watch),
        }
    }

    /// PostgreSQL: pgbench, prepared statements.
    fn on_postgres(&self, url: &str, folder: &Path, plan: Plan, watch: &Watch) -> anyhow::Result<Figure> {
        let script = folder.join("order.pgbench");
        std::fs::write(&script, self.script())?;
        let prefix = folder.join("pgbench-times");
        let mut command = Command::new(pgbench().context("pgbench is not installed")?);
        command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--log"]);
        command.arg(format!("--client={}", plan.clients)).arg(format!("--time={}", plan.time.as_secs().max(1)));
        command.arg(format!("--file={}", script.display())).arg(format!("--log-prefix={}", prefix.display()));
        command.args([format!("--define=base={}", self.block()), "--define=n=0".to_owned()]);
        for (name, value) in connection_variables(url)? {
            command.env(name, value);
        }
        let before = watch.read();
        let done = command.output().context("running pgbench")?;
        // Its backends' time moves to their parent when they have ended.
        std::thread::sleep(Duration::from_millis(100));
        let (cpu, others) = watch.since(&before, 1);
        ensure!(done.status.success(), "pgbench: {}", String::from_utf8_lossy(&done.stderr));
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        let rate = text.lines().find_map(|l| l.strip_prefix("tps = ")?.split(' ').next()?.parse::<f64>().ok());
        let taken = times(folder, "pgbench-times.")?;
        let seconds = taken.len() as f64 / rate.context("pgbench said no tps")?;
        Ok(Figure::new(taken, seconds, cpu, others))
    }

    /// SQLite: 16 tasks; one writer takes what waits and makes it durable with one commit.
    fn on_sqlite_grouped(self: &Arc<Self>, path: &Path, plan: Plan, watch: &Watch) -> anyhow::Result<Figure> {
        let (rows, path) = (self.clone(), path.to_owned());
        with_runtime(plan, watch, move |until| async move {
            let (writer, mut queue) = mpsc::channel::<oneshot::Sender<()>>(1024);
            let writing = rows.clone();
            let mut connection = open(&path).await?;
            let base = rows.block();
            let task = tokio::spawn(async move {
                let (mut group, mut key) = (Vec::new(), base);
                while queue.recv_many(&mut group, 64).await > 0 {
                    sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await?;
                    for _ in &group {
                        key += 1;
                        writing.write(&mut connection, key).await?;
                    }
                    sqlx::query("COMMIT").execute(&mut connection).await?;
                    for answer in group.drain(..) {
                        let _ = answer.send(());
                    }
                }
                anyhow::Ok(())
            });
            let clients = (0..plan.clients).map(|_| {
                let writer = writer.clone();
                tokio::spawn(async move {
                    let mut taken = Vec::new();
                    while Instant::now() < until {
                        let start = Instant::now();
                        let (answer, answered) = oneshot::channel();
                        writer.send(answer).await?;
                        answered.await?;
                        taken.push((start, Instant::now()));
                    }
                    anyhow::Ok(taken)
                })
            });
            let clients: Vec<_> = clients.collect();
            let taken = joined(clients).await?;
            drop(writer);
            task.await??;
            Ok(taken)
        })
    }

    /// SQLite: 16 connections, each commits for itself.
    pub fn on_sqlite_alone(self: &Arc<Self>, path: &Path, plan: Plan, watch: &Watch) -> anyhow::Result<Figure> {
        let (rows, path) = (self.clone(), path.to_owned());
        with_runtime(plan, watch, move |until| async move {
            let mut clients = Vec::new();
            for _ in 0..plan.clients {
                let (rows, mut connection, mut key) = (rows.clone(), open(&path).await?, rows.block());
                clients.push(tokio::spawn(async move {
                    let mut taken = Vec::new();
                    while Instant::now() < until {
                        let start = Instant::now();
                        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await?;
                        key += 1;
                        rows.write(&mut connection, key).await?;
                        sqlx::query("COMMIT").execute(&mut connection).await?;
                        taken.push((start, Instant::now()));
                    }
                    connection.close().await?;
                    anyhow::Ok(taken)
                }));
            }
            joined(clients).await
        })
    }

    async fn write(&self, on: &mut SqliteConnection, key: i64) -> anyhow::Result<()> {
        for shape in &self.shapes {
            let mut bound = SqliteArguments::default();
            let added = match shape.key_is_number {
                true => bound.add(key),
                false => bound.add(format!("{key:036}")),
            };
            added.map_err(sqlx::Error::Encode)?;
            for value in &shape.values {
                let added = match value {
                    Value::Number(n) => bound.add(*n),
                    Value::Text(t) => bound.add(t.clone()),
                };
                added.map_err(sqlx::Error::Encode)?;
            }
            let marks: Vec<String> = (1..=shape.columns.len()).map(|n| format!("${n}")).collect();
            let sql = format!("INSERT INTO limit_{} VALUES ({})", shape.table, marks.join(", "));
            sqlx::query_with(AssertSqlSafe(sql), bound).execute(&mut *on).await?;
        }
        Ok(())
    }
}

/// A value as SQL has it.
fn literal(value: &Value) -> String {
    match value {
        Value::Number(n) => n.to_string(),
        Value::Text(None) => "NULL".to_owned(),
        Value::Text(Some(t)) => format!("'{}'", t.replace('\'', "''").replace('\n', " ")),
    }
}

type Times = Vec<(Instant, Instant)>;

async fn joined(clients: Vec<tokio::task::JoinHandle<anyhow::Result<Times>>>) -> anyhow::Result<Times> {
    let mut all = Vec::new();
    for client in clients {
        all.extend(client.await??);
    }
    Ok(all)
}

/// Runs work of this process for the planned time and counts what falls into it.
fn with_runtime<W: Future<Output = anyhow::Result<Times>> + Send + 'static>(
    plan: Plan,
    watch: &Watch,
    work: impl FnOnce(Instant) -> W,
) -> anyhow::Result<Figure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let begin = Instant::now() + plan.warm_up;
    let end = begin + plan.time;
    let running = runtime.spawn(work(end));
    std::thread::sleep(begin.saturating_duration_since(Instant::now()));
    let before = watch.read();
    std::thread::sleep(end.saturating_duration_since(Instant::now()));
    let (cpu, others) = watch.since(&before, 1);
    let times = runtime.block_on(running)??;
    let counted = times.into_iter().filter(|(_, done)| *done >= begin && *done <= end);
    let taken = counted.map(|(start, done)| done.duration_since(start).as_micros() as u32).collect();
    Ok(Figure::new(taken, plan.time.as_secs_f64(), cpu, others))
}

async fn open(path: &Path) -> anyhow::Result<SqliteConnection> {
    Ok(SqliteConnection::connect_with(&crate::database::sqlite_options(path)).await?)
}

/// Every transaction's time in µs, from the logs of pgbench, which are removed.
fn times(folder: &Path, prefix: &str) -> anyhow::Result<Vec<u32>> {
    let mut taken = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with(prefix)) {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        taken.extend(text.lines().filter_map(|l| l.split(' ').nth(2)?.parse::<u32>().ok()));
        std::fs::remove_file(path)?;
    }
    Ok(taken)
}

fn pgbench() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut folders: Vec<PathBuf> = versions.filter_map(|e| Some(e.ok()?.path().join("bin"))).collect();
    folders.sort();
    folders.reverse();
    folders.extend(["/usr/local/bin".into(), "/usr/bin".into()]);
    folders.into_iter().map(|f| f.join("pgbench")).find(|p| p.is_file())
}

/// `postgres://USER:PASSWORD@HOST:PORT/NAME` as libpq's variables, so that no password is an argument.
fn connection_variables(url: &str) -> anyhow::Result<[(&'static str, String); 5]> {
    let parts = || {
        let (user, place) = url.split_once("://")?.1.split_once('@')?;
        let ((user, password), (host, database)) = (user.split_once(':')?, place.split_once('/')?);
        let (host, port) = host.rsplit_once(':')?;
        Some([("PGUSER", user), ("PGPASSWORD", password), ("PGHOST", host), ("PGPORT", port), ("PGDATABASE", database)])
    };
    let found = parts().context("the URL of PostgreSQL must be postgres://USER:PASSWORD@HOST:PORT/NAME")?;
    Ok(found.map(|(name, value)| (name, value.to_owned())))
}
