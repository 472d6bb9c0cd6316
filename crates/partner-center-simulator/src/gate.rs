//! A request's way: counted, faults before, throttle, token, the route in a task of its own (or in
//! two, for a request delivered twice), faults after, ids echoed.
//!
//! Work once begun runs to its end even when the client hangs up, as at a real server.
//! Next: `faults.rs` (which faults), `spoiling.rs` (what they do to an answer), `access.rs` (tokens).

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::connection::Wire;
use crate::faults::{Drawn, Fault, FaultKind, Phase, throttled};
use crate::recent::Seen;
use crate::spoiling::spoil;
use crate::state::Sim;
use crate::status_page;
use crate::wire::{Call, Refusal, form_pairs, header_text, send};

/// Bytes of a request's body.
pub(crate) const LARGEST_BODY: usize = 1 << 20;

/// `POST /v1/customers/{id}/carts`: the name that faults and counts go by.
fn template_of(request: &Request) -> String {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("(unknown)", MatchedPath::as_str);
    let parts: Vec<&str> = path.split('/').map(|part| if part.starts_with('{') { "{id}" } else { part }).collect();
    format!("{} {}", request.method(), parts.join("/"))
}

/// Ids to echo: given or generated.
fn call_of(request: &Request) -> Call {
    let id = |name: &str| header_text(request.headers(), name).filter(|id| id.len() <= 64);
    let (request_id, correlation_id) = (id("MS-RequestId"), id("MS-CorrelationId"));
    let new = || uuid::Uuid::new_v4().to_string();
    let path = request.uri().path().to_owned();
    Call {
        ids_given: request_id.is_some() && correlation_id.is_some(),
        request_id: request_id.unwrap_or_else(new),
        correlation_id: correlation_id.unwrap_or_else(new),
        user: false,
        target: format!("{} {}", request.method(), path.to_lowercase()),
        path,
        query: form_pairs(request.uri().query().unwrap_or("")),
        if_match: header_text(request.headers(), "If-Match"),
        continuation: header_text(request.headers(), "MS-ContinuationToken"),
    }
}

/// Routes that need no token of ours.
fn is_open(template: &str) -> bool {
    template.contains("/oauth2/")
        || template.contains(" /billing-exports/")
        || template.contains(" /certificates/")
        || template.contains(" /invoice-documents/")
        || template.contains("/agreement-documents/")
}

/// Routes on which a byte-order mark was seen before the JSON (contract 1.4).
fn may_have_mark(template: &str) -> bool {
    let customer = "/v1/customers/{id}";
    let Some((method, path)) = template.split_once(' ') else {
        return false;
    };
    match path.strip_prefix(customer) {
        Some("/users/{id}" | "/subscribedskus" | "/users/{id}/licenses") => method == "GET",
        Some("/subscriptions/{id}/supportcontact") => true,
        Some("/carts/{id}/checkout") => method == "POST",
        _ => false,
    }
}

/// Every request to the API passes here.
pub(crate) async fn gate(
    State(sim): State<Sim>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
    next: Next,
) -> Response {
    let template = template_of(&request);
    if status_page::is_at(&template) {
        return next.run(request).await;
    }
    let call = call_of(&request);
    let (begun, at) = (Instant::now(), sim.clock.now());
    let stopped = sim.stopped.load(Ordering::SeqCst);
    let nth = if stopped { 0 } else { sim.count(|world, _| world.count(&template)) };
    let target = format!("{} {}", request.method(), call.path);
    let asks_mfa = header_text(request.headers(), "ValidateMfa").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let mut told = Told { asks_mfa, ..Told::default() };
    let drawn = Drawn { template: &template, target: &target, nth };
    let response = attempt(&sim, &wire, request, next, &drawn, call.clone(), &mut told)
        .await
        .unwrap_or_else(IntoResponse::into_response);
    if sim.stopped.load(Ordering::SeqCst) {
        wire.cut();
    }
    let response = echo(response, &call, &told);
    let status = if told.cut { 0 } else { response.status().as_u16() };
    sim.recent.push(Seen { at, target, status, millis: begun.elapsed().as_millis() });
    response
}

/// What the headers of the answer tell besides the ids.
#[derive(Default)]
struct Told {
    duplicated: bool,
    asks_mfa: bool,
    mfa: Option<bool>,
    /// Nobody heard the answer.
    cut: bool,
}

/// The request with its faults.
async fn attempt(
    sim: &Sim,
    wire: &Wire,
    mut request: Request,
    next: Next,
    drawn: &Drawn<'_>,
    mut call: Call,
    told: &mut Told,
) -> Result<Response, Refusal> {
    let mut twice = None;
    for fault in sim.draw_faults(Phase::Before, drawn).await? {
        if sim.stopped.load(Ordering::SeqCst) {
            return Err(Refusal::unexpected());
        }
        if fault.kind == FaultKind::Duplicate {
            twice = Some(fault.answers_second());
        }
        if let Some(answer) = act(sim, wire, &fault, told).await {
            return Ok(answer);
        }
    }
    if sim.stopped.load(Ordering::SeqCst) {
        return Err(Refusal::unexpected());
    }
    if let Some(wait) = sim.read(|world, _| sim.throttle.refused(drawn.template, &call.path, world.switches())) {
        return Ok(too_many(wait));
    }
    if !is_open(drawn.template) {
        let authorization = header_text(request.headers(), header::AUTHORIZATION.as_str());
        let caller = sim.authenticate(authorization.as_deref(), &call.path)?;
        call.user = caller.user;
        told.mfa = caller.user.then_some(caller.mfa);
    }
    let path = call.path.clone();
    request.extensions_mut().insert(call);
    let mut response = deliver(request, next, twice).await?;
    let mut clean = true;
    for fault in sim.draw_faults(Phase::After, drawn).await? {
        match fault.kind {
            FaultKind::DuplicateIds => told.duplicated = true,
            FaultKind::Stall
            | FaultKind::DropAnswer
            | FaultKind::Status
            | FaultKind::Throttle
            | FaultKind::ThrottleBare => {
                if let Some(answer) = act(sim, wire, &fault, told).await {
                    return Ok(answer);
                }
            }
            kind => {
                clean &= matches!(kind, FaultKind::Bom | FaultKind::TextCodes);
                response = spoil(response, kind, &path).await;
            }
        }
    }
    let share = sim.read(|world, _| world.switches().bom);
    // Faults are numbered from 1.
    if may_have_mark(drawn.template) && sim.seed.draw(drawn.template, drawn.nth, 0) < share {
        response = spoil(response, FaultKind::Bom, &path).await;
    }
    if clean {
        sim.streaks.passed(drawn.target);
    }
    Ok(response)
}

/// The work, in a task of its own: a client that hangs up does not undo it.
async fn work(request: Request, next: Next) -> Response {
    tokio::spawn(next.run(request)).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a handler of the simulator panicked");
        Refusal::unexpected().into_response()
    })
}

/// Once, or twice with the same ids and body; then one of the answers is told.
async fn deliver(request: Request, next: Next, twice: Option<bool>) -> Result<Response, Refusal> {
    let Some(second_is_told) = twice else {
        return Ok(work(request, next).await);
    };
    let (parts, body) = request.into_parts();
    let bytes =
        to_bytes(body, LARGEST_BODY).await.map_err(|_| Refusal::invalid("The body is too large or was cut off."))?;
    let again = Request::from_parts(parts.clone(), Body::from(bytes.clone()));
    let first = work(Request::from_parts(parts, Body::from(bytes)), next.clone()).await;
    let second = work(again, next).await;
    Ok(if second_is_told { second } else { first })
}

/// The gateway's refusal (contract 2.1, shape 2).
pub(crate) fn too_many(seconds: u32) -> Response {
    let mut response = send(429, &throttled(seconds));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// What a fault does by itself; an answer ends the request.
async fn act(sim: &Sim, wire: &Wire, fault: &Fault, told: &mut Told) -> Option<Response> {
    match fault.kind {
        FaultKind::Stall => {
            sim.stall(fault).await;
            None
        }
        FaultKind::Slow => {
            tokio::time::sleep(Duration::from_millis(fault.delay_ms.unwrap_or(200))).await;
            None
        }
        FaultKind::DropAnswer => {
            wire.cut();
            told.cut = true;
            Some(StatusCode::SERVICE_UNAVAILABLE.into_response())
        }
        FaultKind::Throttle => Some(too_many(fault.retry_after_seconds.unwrap_or(1))),
        FaultKind::ThrottleBare => Some(send(429, &throttled(fault.retry_after_seconds.unwrap_or(1)))),
        FaultKind::Status => {
            let (refusal, bare) = fault.refusal();
            let status = refusal.status;
            let mut response = if bare { status.into_response() } else { refusal.into_response() };
            if let Some(seconds) = fault.retry_after_seconds {
                let headers = response.headers_mut();
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            Some(response)
        }
        _ => None,
    }
}

/// Both ids on every answer (contract 1.3), and whether the token was MFA compliant if asked.
fn echo(mut response: Response, call: &Call, told: &Told) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    if call.path.starts_with("/v1.0/sales/") {
        // The price host has a name of its own for it (contract 12.5).
        if let Ok(value) = HeaderValue::from_str(&call.request_id) {
            headers.insert("request-id", value);
        }
        return response;
    }
    for (name, id) in [("ms-requestid", &call.request_id), ("ms-correlationid", &call.correlation_id)] {
        let text = if told.duplicated { format!("{id},{id}") } else { id.clone() };
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.insert("x-locale", HeaderValue::from_static(if told.duplicated { "en-US,en-US" } else { "en-US" }));
    if let Some(mfa) = told.mfa.filter(|_| told.asks_mfa) {
        let text = if mfa { "true" } else { "false" };
        headers.insert("ismfacompliant", HeaderValue::from_static(text));
    }
    response
}
