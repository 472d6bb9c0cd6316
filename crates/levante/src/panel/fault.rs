//! What a page says when it cannot do what was asked: what happened, what to do, which id
//! to quote. One exhaustive `match` from problems to status and sentences.

use super::{
    Panel,
    gate::Visitor,
    page::{Page, html},
};
use crate::{
    locale::{Text, Value},
    operations::{Conflict, Missing, Problem},
};
use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use licensing::{invalid::Rule, seat::SeatRefusal, subscription::CancelRefusal};
use std::sync::Arc;

/// Why there is no page. The gate turns it into one in the visitor's language.
#[derive(Debug)]
pub enum Fault {
    /// Somebody must sign in first.
    SignIn,
    /// No such page, or not theirs.
    NoSuchPage,
    /// A change without our token, or from another site.
    Forged,
    /// What a sub-user may not do.
    NotGranted,
    /// A form larger than we read.
    TooLarge,
    /// A form that did not arrive in time.
    TooSlow,
    /// What was sent is no form of the page.
    Unreadable,
    /// A verb did not do what was asked.
    Problem(Problem),
    /// A page could not be written.
    Page(String),
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Fault {
        Fault::Problem(problem)
    }
}

impl From<askama::Error> for Fault {
    fn from(error: askama::Error) -> Fault {
        Fault::Page(error.to_string())
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// The fault that a response stands for.
pub fn take(response: &mut Response) -> Option<Arc<Fault>> {
    response.extensions_mut().remove()
}

/// The fault behind an answer of the framework, which refuses what it cannot read in words of its own.
pub fn of_framework(response: &Response, reading: bool) -> Option<Arc<Fault>> {
    let plain = response.headers().get(header::CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/plain"));
    match response.status() {
        StatusCode::BAD_REQUEST if plain && reading => Some(Arc::new(Fault::NoSuchPage)),
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::UNPROCESSABLE_ENTITY if plain => {
            Some(Arc::new(Fault::Unreadable))
        }
        _ => None,
    }
}

/// The answer to an address that nobody serves.
pub async fn no_such_page() -> Fault {
    Fault::NoSuchPage
}

#[derive(Template)]
#[template(path = "fault.html")]
struct FaultPage {
    p: Page,
    happened: String,
    advice: String,
    request: String,
}

/// The page of a fault.
pub fn page(panel: &Panel, visitor: &Arc<Visitor>, fault: Arc<Fault>) -> Response {
    if matches!(*fault, Fault::SignIn) {
        let next: String = form_urlencode(&visitor.here);
        return Redirect::to(&format!("/sign-in?next={next}")).into_response();
    }
    let text = visitor.text;
    let (status, key) = kind(&fault);
    if status.is_server_error() {
        let why = match &*fault {
            Fault::Page(why) => why.clone(),
            Fault::Problem(problem) => problem.to_string(),
            other => format!("{other:?}"),
        };
        let path = visitor.here.split('?').next();
        tracing::error!(request = visitor.request, path, why, "a page failed");
    }
    let page = FaultPage {
        p: Page::new(panel, visitor, "", &text.say(&format!("fault-{key}-title"))),
        happened: match &*fault {
            Fault::Problem(problem) => sentence(text, problem),
            _ => text.say(&format!("fault-{key}")),
        },
        advice: text.say(&format!("fault-{key}-advice")),
        request: visitor.request.clone(),
    };
    match html(status, &page) {
        Ok(response) => response,
        Err(_) => (status, page.happened).into_response(),
    }
}

fn kind(fault: &Fault) -> (StatusCode, &'static str) {
    match fault {
        Fault::SignIn => (StatusCode::UNAUTHORIZED, "forged"),
        Fault::NoSuchPage | Fault::Problem(Problem::NotFound(_)) => (StatusCode::NOT_FOUND, "missing"),
        Fault::Forged => (StatusCode::FORBIDDEN, "forged"),
        Fault::NotGranted => (StatusCode::FORBIDDEN, "not-granted"),
        Fault::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "large"),
        Fault::TooSlow => (StatusCode::REQUEST_TIMEOUT, "unreadable"),
        Fault::Unreadable => (StatusCode::BAD_REQUEST, "unreadable"),
        Fault::Problem(Problem::Conflict(_) | Problem::MpnBlocked(_) | Problem::TokenRefused) => {
            (StatusCode::CONFLICT, "conflict")
        }
        Fault::Problem(Problem::Invalid(_)) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        Fault::Problem(Problem::Storage(_) | Problem::Vault(_)) | Fault::Page(_) => {
            (StatusCode::INTERNAL_SERVER_ERROR, "broken")
        }
    }
}

/// A problem in the language of whoever reads it.
pub fn sentence(text: Text, problem: &Problem) -> String {
    match problem {
        Problem::Invalid(wrong) => wrong.iter().map(|e| text.invalid(e)).collect::<Vec<_>>().join(" "),
        Problem::NotFound(Missing::Service) => text.say("fault-missing-service"),
        Problem::NotFound(Missing::Object(_)) => text.say("fault-missing"),
        Problem::MpnBlocked(flag) => {
            let what = text.word("flag", flag.word());
            format!("{what} {}", text.word("flag-advice", flag.word()))
        }
        Problem::Conflict(conflict) => conflict_sentence(text, conflict),
        Problem::TokenRefused => text.say("conflict-token"),
        Problem::Storage(_) | Problem::Vault(_) => text.say("fault-broken"),
    }
}

fn conflict_sentence(text: Text, conflict: &Conflict) -> String {
    let with = |key: &str, values: &[(&str, Value)]| text.say_with(key, values);
    match conflict {
        Conflict::TaskPending(task) => with("conflict-task-pending", &[("task", task.to_string().into())]),
        Conflict::ServiceNotReady(word) => {
            with("conflict-service-not-ready", &[("status", text.word("service-status", word).into())])
        }
        Conflict::SubscriptionNotRunning(word) => {
            with("conflict-subscription-not-running", &[("status", text.word("subscription-status", word).into())])
        }
        Conflict::Seats(refusal) => seats_sentence(text, refusal),
        Conflict::Cancel(refusal) => cancel_sentence(text, refusal),
        Conflict::KeyReused => text.say("conflict-key-reused"),
        Conflict::CartReadOnly => text.say("conflict-cart-read-only"),
        Conflict::EmailFrozen => text.say("conflict-email-frozen"),
        Conflict::ChangedMeanwhile { .. } => text.say("conflict-changed-meanwhile"),
        Conflict::TooMany { what, most } => {
            with("conflict-too-many", &[("most", most.to_string().into()), ("what", (*what).into())])
        }
        Conflict::TerminationAsked { again_at } => {
            with("conflict-termination-asked", &[("at", text.instant(*again_at, &TimeZone::UTC).into())])
        }
        Conflict::NothingToEnd => text.say("conflict-nothing-to-end"),
        Conflict::Exists(what) => with("conflict-exists", &[("what", what.as_str().into())]),
    }
}

/// Why seats cannot be changed so.
pub fn seats_sentence(text: Text, refusal: &SeatRefusal) -> String {
    match refusal {
        SeatRefusal::AboveLimit { limit } => text.say_with("seats-above-limit", &[("limit", (*limit).into())]),
        SeatRefusal::BelowMinimum { minimum } => {
            text.say_with("seats-below-minimum", &[("minimum", (*minimum).into())])
        }
        SeatRefusal::Closed => text.rule(&Rule::NoNewSeats),
        SeatRefusal::OutsideWindow { asked, refundable, from } => text.say_with(
            "seats-outside-window",
            &[("asked", (*asked).into()), ("refundable", (*refundable).into()), ("from", day(text, *from).into())],
        ),
    }
}

/// Why a subscription cannot be cancelled now.
pub fn cancel_sentence(text: Text, refusal: &CancelRefusal) -> String {
    match refusal {
        CancelRefusal::OutsideWindow { term_end } => {
            text.say_with("cancel-outside-window", &[("date", day(text, *term_end).into())])
        }
        CancelRefusal::HasAddOns { count } => text.say_with("cancel-has-add-ons", &[("count", (*count).into())]),
        CancelRefusal::NotRunning { state } => text.say_with(
            "conflict-subscription-not-running",
            &[("status", text.word("subscription-status", state).into())],
        ),
    }
}

/// A day in long form.
pub fn day(text: Text, at: Timestamp) -> String {
    text.date(Offset::UTC.to_datetime(at).date())
}

/// A text as the value of a query.
pub fn form_urlencode(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                written.push(char::from(byte));
            }
            other => written.push_str(&format!("%{other:02X}")),
        }
    }
    written
}
