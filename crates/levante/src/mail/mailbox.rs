//! The demo's mailbox in the browser: the list, one mail to read, and the same as JSON.
//!
//! For the demo only: it shows sign-in data to everybody who reaches it. A mail's HTML
//! is shown in a sandboxed frame, without scripts and remote content.

use super::{Brand, MailboxFolder, StoredMail, template};
use crate::locale::{self, Text};
use axum::{
    Json, Router,
    extract::{Query, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::tz::TimeZone;
use minijinja::Value;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};

const STYLE: &str = include_str!("mailbox.css");

#[derive(Clone)]
struct Desk {
    folder: MailboxFolder,
    brand: Arc<Brand>,
    policy: HeaderValue,
}

#[derive(Deserialize)]
struct Asked {
    /// Keeps mails to this address.
    to: Option<String>,
    /// Shows this mail: the local part of its Message-ID.
    read: Option<String>,
}

/// The pages: `GET /` lists the mails (`?to=` one address, `?read=` one mail) and `GET /api`
/// gives them as JSON, newest first (`?to=` one address). Links are relative, so that it may be
/// nested anywhere.
pub fn router(folder: MailboxFolder, brand: Brand) -> Router {
    let style = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    // Attributes `style` of the mails are the one thing a frame needs that the page forbids itself.
    let policy = format!(
        "default-src 'none'; style-src-elem 'sha256-{style}'; style-src-attr 'unsafe-inline'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'"
    );
    let policy = HeaderValue::from_str(&policy).expect("a policy in ASCII");
    let desk = Desk { folder, brand: Arc::new(brand), policy };
    Router::new().route("/", get(page)).route("/api", get(api)).with_state(desk)
}

async fn api(State(desk): State<Desk>, Query(asked): Query<Asked>) -> Response {
    match mails(&desk, asked.to).await {
        Ok(mails) => ([(header::CACHE_CONTROL, "no-store")], Json(mails)).into_response(),
        Err(trouble) => trouble,
    }
}

async fn page(State(desk): State<Desk>, Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = locale::negotiate(wanted).text();
    let (status, mail, list) = match &asked.read {
        Some(id) => {
            let (folder, id) = (desk.folder.clone(), id.clone());
            match reading(move || folder.get(&id)).await {
                Ok(Some(mail)) => (StatusCode::OK, Some(mail), Vec::new()),
                Ok(None) => (StatusCode::NOT_FOUND, None, Vec::new()),
                Err(trouble) => return trouble,
            }
        }
        None => match mails(&desk, asked.to.clone()).await {
            Ok(list) => (StatusCode::OK, None, list),
            Err(trouble) => return trouble,
        },
    };
    let facts = template::Facts::from([
        ("t", template::sentences(text)),
        ("lang", Value::from(text.language.code())),
        ("style", Value::from_safe_string(STYLE.to_owned())),
        ("brand", template::word(&desk.brand.name)),
        ("missing", Value::from(status == StatusCode::NOT_FOUND)),
        ("mail", mail.as_ref().map(|mail| shown(mail, text, true)).unwrap_or(Value::from(()))),
        ("mails", Value::from(list.iter().map(|mail| shown(mail, text, false)).collect::<Vec<_>>())),
        ("count", Value::from(list.len())),
    ]);
    match template::fill("mailbox.html", &facts) {
        Ok(html) => (status, safe(&desk.policy), Html(html)).into_response(),
        Err(e) => trouble(&e),
    }
}

fn safe(policy: &HeaderValue) -> [(HeaderName, HeaderValue); 5] {
    let fixed = HeaderValue::from_static;
    [
        (header::CONTENT_SECURITY_POLICY, policy.clone()),
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (header::REFERRER_POLICY, fixed("no-referrer")),
        (header::CACHE_CONTROL, fixed("no-store")),
        (header::X_FRAME_OPTIONS, fixed("DENY")),
    ]
}

fn shown(mail: &StoredMail, text: Text, whole: bool) -> Value {
    let mut facts = BTreeMap::from([
        ("id", Value::from(mail.id())),
        ("from", template::word(&mail.from)),
        ("to", template::word(&mail.to)),
        ("to_name", template::word(&mail.to_name)),
        ("subject", template::word(&mail.subject)),
        ("language", template::word(&mail.language)),
        ("date", Value::from(text.instant(mail.date, &TimeZone::UTC))),
        ("machine_date", Value::from(mail.date.to_string())),
    ]);
    if whole {
        let header = |(name, value): (&String, &serde_json::Value)| {
            Value::from(vec![template::word(name), template::word(value.as_str().unwrap_or_default())])
        };
        facts.insert("headers", Value::from(mail.headers.iter().map(header).collect::<Vec<_>>()));
        facts.insert("text", Value::from(mail.text.as_str()));
        facts.insert("html", Value::from(mail.html.as_str()));
    }
    Value::from(facts)
}

async fn mails(desk: &Desk, to: Option<String>) -> Result<Vec<StoredMail>, Response> {
    let folder = desk.folder.clone();
    let to = to.filter(|to| !to.trim().is_empty());
    reading(move || folder.list(to.as_deref())).await
}

async fn reading<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, Response> {
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(e)) => Err(trouble(&e)),
        Err(e) => Err(trouble(&e)),
    }
}

fn trouble(e: &dyn std::error::Error) -> Response {
    tracing::error!(error = %e, "the mailbox cannot be shown");
    (StatusCode::INTERNAL_SERVER_ERROR, "the mailbox cannot be read; the log says why").into_response()
}
