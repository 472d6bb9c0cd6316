//! The limit for reads: axum and the same database doing the one query, without signature,
//! keys, rules, rights, sessions, languages or templates. A process of its own.

use crate::{database::Database, product::Running};
use anyhow::Context;
use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{Html, IntoResponse, Response},
    routing::get,
};
use std::{
    collections::BTreeMap,
    fmt::Write,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
};

/// What is read.
#[derive(Debug, Clone, clap::Args)]
pub struct Bare {
    /// The database; from the environment, since it names a password.
    #[arg(long, env = "LEVANTE_BENCHES_DATABASE", hide_env_values = true)]
    database: String,
    /// The account whose services are listed.
    #[arg(long)]
    account: String,
    /// The subscription that is read when the call names none.
    #[arg(long)]
    subscription: i64,
}

struct Shared {
    database: Database,
    account: String,
    subscription: i64,
}

type Answer = Result<Response, (StatusCode, String)>;

fn failed(error: sqlx::Error) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}

macro_rules! rows {
    ($shared:expr, $kind:ty, $sql:expr, $bound:expr) => {
        match &$shared.database {
            Database::Sqlite(_, pool) => sqlx::query_as::<_, $kind>($sql).bind($bound).fetch_all(pool).await,
            Database::Postgres(_, pool) => sqlx::query_as::<_, $kind>($sql).bind($bound).fetch_all(pool).await,
        }
        .map_err(failed)
    };
}

async fn row(State(shared): State<&'static Shared>, Query(asked): Query<BTreeMap<String, i64>>) -> Answer {
    const SQL: &str = "SELECT id, licence, seats, state, intent, created_at FROM subscription WHERE id = $1";
    let rows = rows!(
        shared,
        (i64, i64, i64, String, String, i64),
        SQL,
        asked.get("id").copied().unwrap_or(shared.subscription)
    )?;
    let (id, licence, seats, state, intent, at) =
        rows.into_iter().next().ok_or((StatusCode::NOT_FOUND, String::new()))?;
    let object = serde_json::json!({
        "id": id, "licenceId": licence, "quantity": seats, "status": state, "intent": intent, "creationDate": at,
    });
    Ok(Json(object).into_response())
}

async fn names(State(shared): State<&'static Shared>) -> Answer {
    const SQL: &str = "SELECT name FROM service WHERE account = $1 ORDER BY name LIMIT 50";
    let rows = rows!(shared, (String,), SQL, &shared.account)?;
    Ok(Json(rows.into_iter().map(|(name,)| name).collect::<Vec<_>>()).into_response())
}

async fn page(State(shared): State<&'static Shared>) -> Answer {
    const SQL: &str =
        "SELECT name, display_name, state, mpn_id, created_at FROM service WHERE account = $1 ORDER BY name LIMIT 50";
    let rows = rows!(shared, (String, String, String, String, i64), SQL, &shared.account)?;
    let mut html = String::with_capacity(16 * 1024);
    html.push_str("<!doctype html><html lang=\"en\"><head><title>Services</title></head><body><table>");
    for (name, display, state, mpn, at) in rows {
        let _ = write!(
            html,
            "<tr><td><a href=\"/services/{name}\">{display}</a></td><td>{name}</td><td>{state}</td><td>{mpn}</td><td>{at}</td></tr>"
        );
    }
    html.push_str("</table></body></html>");
    Ok(Html(html).into_response())
}

impl Bare {
    /// Serves until standard input closes.
    pub async fn serve(self) -> anyhow::Result<()> {
        let database = Database::open(&self.database).await?;
        let shared: &'static Shared =
            Box::leak(Box::new(Shared { database, account: self.account, subscription: self.subscription }));
        let router = Router::new()
            .route("/row", get(row))
            .route("/names", get(names))
            .route("/page", get(page))
            .with_state(shared);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        crate::say(&listener.local_addr()?.to_string());
        tokio::spawn(async move { axum::serve(listener, router).await });
        tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new())).await??;
        Ok(())
    }

    /// Starts it as a process of its own.
    pub fn start(database: &str, account: &str, subscription: i64) -> anyhow::Result<(Running, SocketAddr)> {
        let mut command = Command::new(std::env::current_exe()?);
        command.env("LEVANTE_BENCHES_DATABASE", database).args(["bare", "--account", account]);
        command.arg("--subscription").arg(subscription.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut running = Running(command.spawn().context("starting the bare server")?);
        let mut line = String::new();
        BufReader::new(running.0.stdout.take().context("its output")?).read_line(&mut line)?;
        Ok((running, line.trim().parse().context("the bare server's address")?))
    }
}
