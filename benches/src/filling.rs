//! A database as full as one in use: the rows of a real service, copied under ids, names and tenants of their own.

use crate::database::Database;
use anyhow::{Context, ensure};
use std::collections::BTreeMap;

/// Services of an account that was filled in.
const EACH: u64 = 50;
/// Copies in one statement, so that no transaction becomes endless.
const STEP: u64 = 50_000;
/// Where ids begin that no installation of the harness reaches by itself.
const FIRST_ID: i64 = 1_000_000;

/// The tables of a service, each with its key first; the column that names the service there; the columns that are
/// ids of ours.
const TABLES: [(&str, &str, &[&str]); 7] = [
    ("service", "id", &["id"]),
    ("orders", "service", &["id", "service", "task"]),
    ("subscription", "service", &["id", "service", "orders", "base", "task"]),
    ("task", "service", &["id", "service", "subscription", "orders"]),
    ("outgoing", "service", &["service", "task"]),
    ("credentials", "service", &["service"]),
    ("mail", "service", &["service", "orders"]),
];

/// One row that is copied: `INSERT … SELECT` without its numbers.
struct Row {
    table: &'static str,
    columns: Vec<String>,
    expressions: Vec<String>,
    condition: String,
}

/// What one more service consists of.
pub struct Filling {
    rows: Vec<Row>,
    account: Vec<String>,
    pattern_account: String,
    ids: i64,
    subscriptions: Vec<i64>,
    filled: u64,
}

impl Filling {
    /// Takes the first service of an account as the pattern.
    pub async fn like_one_of(database: &Database, account: &str) -> anyhow::Result<Filling> {
        let sql = format!("SELECT CAST(min(id) AS TEXT) FROM service WHERE account = '{account}'");
        let service = one(database, &sql).await?;
        let mut ranks: BTreeMap<i64, i64> = BTreeMap::new();
        for (table, of, _) in TABLES.iter().filter(|(_, _, ids)| ids.contains(&"id")) {
            let sql = format!("SELECT CAST(id AS TEXT) FROM {table} WHERE {of} = {service} ORDER BY id");
            for id in database.texts(&sql, 1).await?.into_iter().flatten().flatten() {
                let rank = ranks.len() as i64;
                ranks.insert(id.parse()?, rank);
            }
        }
        let mut rows = Vec::new();
        for (table, of, ids) in TABLES {
            let columns = columns(database, table).await?;
            let key = columns[0].as_str();
            let quote = if ids.contains(&key) { "" } else { "'" };
            let shown: Vec<String> = [key].iter().chain(ids).map(|c| format!("CAST({c} AS TEXT)")).collect();
            let sql = format!("SELECT {} FROM {table} WHERE {of} = {service} ORDER BY 1", shown.join(", "));
            for values in database.texts(&sql, shown.len()).await? {
                let tag = 0x100 + rows.len();
                let expressions = columns.iter().map(|column| {
                    if let Some(n) = ids.iter().position(|id| id == column) {
                        let value = values[n + 1].as_deref().and_then(|v| v.parse::<i64>().ok());
                        let rank = value.and_then(|v| ranks.get(&v));
                        return rank.map_or(format!("p.{column}"), |rank| format!("{FIRST_ID} + n.i * @ids@ + {rank}"));
                    }
                    match (table, column.as_str()) {
                        ("service" | "orders" | "task", "account") => "@owner@".to_owned(),
                        ("service", "name") => "'filled' || CAST(n.i AS TEXT) || '.onmicrosoft.com'".to_owned(),
                        ("service", "display_name") => "'Filled ' || CAST(n.i AS TEXT)".to_owned(),
                        ("service", "sort_name") => "'filled ' || CAST(n.i AS TEXT)".to_owned(),
                        ("service", "tenant") | ("subscription", "remote") | (_, "id") => uuid(tag),
                        _ => format!("p.{column}"),
                    }
                });
                let value = values[0].clone().context("a row without a key")?;
                rows.push(Row {
                    table,
                    expressions: expressions.collect(),
                    columns: columns.clone(),
                    condition: format!("p.{key} = {quote}{value}{quote}"),
                });
            }
        }
        let sql = format!("SELECT CAST(id AS TEXT) FROM subscription WHERE service = {service} ORDER BY id");
        let subscriptions = database.texts(&sql, 1).await?.into_iter().flatten().flatten();
        let rank = |id: String| ranks.get(&id.parse()?).copied().context("a subscription without a rank");
        Ok(Filling {
            subscriptions: subscriptions.map(rank).collect::<anyhow::Result<_>>()?,
            rows,
            account: columns(database, "account").await?,
            pattern_account: account.to_owned(),
            ids: ranks.len() as i64,
            filled: 0,
        })
    }

    /// Adds copies until there are `count`. Every `stride`-th belongs to `owner`, the others to accounts with 50 each.
    /// The product must not be running.
    pub async fn fill(&mut self, database: &Database, count: u64, owner: &str, stride: u64) -> anyhow::Result<()> {
        ensure!(count >= self.filled, "{} services are already there", self.filled);
        let account = format!("'fv' || CAST(n.i / {EACH} AS TEXT) || '-lv'");
        let owner = format!("CASE WHEN n.i % {stride} = 0 THEN '{owner}' ELSE {account} END");
        while self.filled < count {
            let (from, to) = (self.filled, (self.filled + STEP).min(count));
            let values = self.account.iter().map(|c| if c == "id" { account.clone() } else { format!("p.{c}") });
            let values: Vec<String> = values.collect();
            let names = self.account.join(", ");
            let condition = format!("p.id = '{}' AND n.i % {EACH} = 0", self.pattern_account);
            let sql = insert("account", &names, &values.join(", "), &condition, from, to);
            database.run(&sql).await.context("filling account")?;
            for row in &self.rows {
                let values =
                    row.expressions.join(", ").replace("@ids@", &self.ids.to_string()).replace("@owner@", &owner);
                let sql = insert(row.table, &row.columns.join(", "), &values, &row.condition, from, to);
                database.run(&sql).await.with_context(|| format!("filling {}", row.table))?;
            }
            self.filled = to;
        }
        let next = FIRST_ID + (count as i64 + 1) * self.ids;
        database.run(&format!("UPDATE counter SET next = {next} WHERE name = 'long' AND next < {next}")).await?;
        database.settle().await
    }

    /// The name of a copy, counted from 0.
    pub fn service(&self, number: u64) -> String {
        format!("filled{number}.onmicrosoft.com")
    }

    /// The ids of its subscriptions.
    pub fn subscriptions(&self, number: u64) -> Vec<i64> {
        self.subscriptions.iter().map(|rank| FIRST_ID + number as i64 * self.ids + rank).collect()
    }

    /// Rows of a copy.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }
}

fn insert(table: &str, columns: &str, values: &str, condition: &str, from: u64, to: u64) -> String {
    format!(
        "INSERT INTO {table} ({columns}) WITH RECURSIVE n (i) AS \
         (SELECT CAST({from} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {to}) \
         SELECT {values} FROM n, {table} p WHERE {condition}"
    )
}

/// A UUID of the number of the copy, written alike by both databases; the tag tells rows of one copy apart.
fn uuid(tag: usize) -> String {
    let number = "CAST(n.i AS TEXT)";
    format!("'00000000-0000-4000-8{tag:03x}-' || substr('000000000000' || {number}, length({number}) + 1, 12)")
}

async fn one(database: &Database, sql: &str) -> anyhow::Result<String> {
    let row = database.texts(sql, 1).await?.into_iter().next();
    row.and_then(|mut r| r.pop().flatten()).with_context(|| format!("{sql} gave nothing"))
}

async fn columns(database: &Database, table: &str) -> anyhow::Result<Vec<String>> {
    let sql = match database {
        Database::Sqlite(..) => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"),
        Database::Postgres(..) => format!(
            "SELECT CAST(column_name AS TEXT) FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = '{table}' ORDER BY ordinal_position"
        ),
    };
    Ok(database.texts(&sql, 1).await?.into_iter().flatten().flatten().collect())
}
