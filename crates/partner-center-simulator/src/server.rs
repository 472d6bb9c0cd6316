//! A request's way: counted, faults before, throttle, token, the route in a task of its own,
//! faults after, ids echoed. The two listeners start and stop here.
//!
//! Work once begun runs to its end even when the client hangs up, as at a real server.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::connection::{CuttingListener, Wire};
use crate::faults::{Fault, FaultKind, Phase, estrange, throttled};
use crate::options::{Credentials, Options, StartError};
use crate::persistence::Store;
use crate::state::{Sim, Simulation};
use crate::webhooks::courier;
use crate::wire::{Call, Refusal, form_pairs, header_text, send};
use crate::{
    addresses, agreements, audit, billing, carts, catalogue, control, countries, customers, domains, orders, partners,
    profiles, qualifications, subscriptions, tokens, webhooks,
};

/// A running simulator. Dropping it leaves the listeners running; call [`Simulator::stop`].
pub struct Simulator {
    sim: Sim,
    url: String,
    control_url: String,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
    seed: u64,
}

impl Simulator {
    /// Starts a hostile simulator for a test: in memory, on free loopback ports, with the seed of
    /// the variable `PARTNER_CENTER_SEED` or, without it, a random one. [`Simulator::seed`] tells
    /// it, so that a failing run can be replayed.
    ///
    /// # Errors
    /// [`StartError::Listen`] when no port is free, [`StartError::Seed`] when the variable holds
    /// no number.
    pub async fn start() -> Result<Self, StartError> {
        let seed = Options::seed_for_tests()?;
        Self::start_with(Options { hostile: true, seed, ..Options::default() }).await
    }

    /// Opens the state, listens on both addresses and serves until stopped.
    ///
    /// # Errors
    /// [`StartError`] when an address, the control token or the state file will not do.
    pub async fn start_with(options: Options) -> Result<Self, StartError> {
        if !options.control_listen.ip().is_loopback() {
            return Err(StartError::ControlNotLoopback(options.control_listen));
        }
        if options.control_token.len() < 16 {
            return Err(StartError::WeakControlToken);
        }
        let (listen, control_listen) = (options.listen, options.control_listen);
        let (path, seed) = (options.state.clone(), options.seed);
        let state_error = |problem: String| StartError::State { path: path.clone().unwrap_or_default(), problem };
        let store = match &options.state {
            Some(path) => Some(Store::open(path).await.map_err(|error| state_error(error.to_string()))?),
            None => None,
        };
        let sim = Arc::new(Simulation::new(store, options).map_err(state_error)?);
        if !sim.seed_fits() {
            let path = path.unwrap_or_default();
            return Err(StartError::OtherSeed { path, seed });
        }
        sim.flush().await.map_err(|_| state_error("it cannot be written".to_owned()))?;
        let api = bind(listen).await?;
        let control = bind(control_listen).await?;
        let url = format!("http://{}", address_of(&api, listen));
        let control_url = format!("http://{}", address_of(&control, control_listen));
        sim.origin.get_or_init(|| url.clone());
        let (stop, _) = watch::channel(false);
        let app = router(sim.clone()).into_make_service_with_connect_info::<Wire>();
        let serve_api = axum::serve(CuttingListener(api), app);
        let serve_control = axum::serve(control, control::router(sim.clone()));
        let (api_end, control_end) = (ended(&stop), ended(&stop));
        let (counting, counts_end) = (sim.clone(), ended(&stop));
        let (delivering, deliveries_end) = (sim.clone(), ended(&stop));
        let servers = vec![
            tokio::spawn(async move {
                tokio::select! { () = courier::deliver(&delivering) => {}, () = deliveries_end => {} }
            }),
            tokio::spawn(async move {
                tokio::select! { () = keep_counts(&counting) => {}, () = counts_end => {} }
            }),
            tokio::spawn(async move {
                tokio::select! { result = async { serve_api.await } => log(result), () = api_end => {} }
            }),
            tokio::spawn(async move {
                tokio::select! { result = async { serve_control.await } => log(result), () = control_end => {} }
            }),
        ];
        Ok(Self { sim, url, control_url, stop, servers, seed })
    }

    /// Base of the API and of the token endpoints, e.g. `http://127.0.0.1:4711`.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Base of the control interface.
    pub fn control_url(&self) -> String {
        self.control_url.clone()
    }

    /// Bearer token of the control interface.
    pub fn control_token(&self) -> &str {
        &self.sim.control_token
    }

    /// The number that everything invented derives from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How far the business clock runs ahead of real time; a stored offset wins over the one given.
    pub fn clock_offset(&self) -> jiff::SignedDuration {
        self.sim.clock.offset()
    }

    /// What a client signs in with; stable for a seed.
    pub fn credentials(&self) -> Credentials {
        tokens::credentials(&self.sim.seed)
    }

    /// The certificate, in PEM form, that signed webhooks chain to; the same for the same seed. The
    /// first call makes the keys, which can take a second.
    ///
    /// `None` when the keys could not be made or kept, e.g. because the state file is full.
    pub async fn webhook_root_pem(&self) -> Option<String> {
        let signer = self.sim.notary.signer(&self.sim).await.ok()?;
        Some(signer.root_pem().to_owned())
    }

    /// Cuts every connection, writes what waits, releases the state file and stops listening.
    pub async fn stop(self) {
        self.sim.close().await;
        self.stop.send_replace(true);
        for server in self.servers {
            // A server that panicked has been reported by the runtime.
            let _ = server.await;
        }
    }
}

fn ended(stop: &watch::Sender<bool>) -> impl Future<Output = ()> + Send + 'static {
    let mut stopped = stop.subscribe();
    async move {
        // The sender lives in the simulator; when it is dropped unstopped, serving goes on.
        if stopped.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Calls that changed nothing are counted on disk within a second.
async fn keep_counts(sim: &Simulation) {
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        seconds.tick().await;
        if sim.flush_counts().await.is_err() {
            return;
        }
    }
}

fn log(result: std::io::Result<()>) {
    if let Err(error) = result {
        tracing::error!(%error, "a listener of the simulator failed");
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

fn address_of(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}

pub(crate) fn router(sim: Sim) -> Router {
    Router::new()
        .merge(addresses::routes())
        .merge(agreements::routes())
        .merge(audit::routes())
        .merge(billing::routes())
        .merge(carts::routes())
        .merge(catalogue::routes())
        .merge(countries::routes())
        .merge(customers::routes())
        .merge(domains::routes())
        .merge(orders::routes())
        .merge(partners::routes())
        .merge(profiles::routes())
        .merge(qualifications::routes())
        .merge(subscriptions::routes())
        .merge(tokens::routes())
        .merge(webhooks::routes())
        .fallback(|| async { Refusal::not_found() })
        .method_not_allowed_fallback(|| async {
            Refusal::new(405, 1001, "The method is not allowed on this resource.")
        })
        .layer(DefaultBodyLimit::max(1 << 20))
        .layer(middleware::from_fn_with_state(sim.clone(), gate))
        .with_state(sim)
}

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

async fn gate(State(sim): State<Sim>, ConnectInfo(wire): ConnectInfo<Wire>, request: Request, next: Next) -> Response {
    let template = template_of(&request);
    let call = call_of(&request);
    if !sim.stopped.load(Ordering::SeqCst) {
        sim.count(&template);
    }
    let target = format!("{} {}", request.method(), call.path);
    let (response, duplicated) = attempt(&sim, &wire, request, next, &template, &target, &call)
        .await
        .unwrap_or_else(|refusal| (refusal.into_response(), false));
    if sim.stopped.load(Ordering::SeqCst) {
        wire.cut();
    }
    echo(response, &call, duplicated)
}

/// The request with its faults; also whether the echoed ids are to be doubled.
async fn attempt(
    sim: &Sim,
    wire: &Wire,
    mut request: Request,
    next: Next,
    template: &str,
    target: &str,
    call: &Call,
) -> Result<(Response, bool), Refusal> {
    for fault in sim.draw_faults(Phase::Before, template, target).await? {
        if sim.stopped.load(Ordering::SeqCst) {
            return Err(Refusal::unexpected());
        }
        if let Some(answer) = act(sim, wire, &fault).await {
            return Ok((answer, false));
        }
    }
    if sim.stopped.load(Ordering::SeqCst) {
        return Err(Refusal::unexpected());
    }
    let limit = sim.read(|world, _| world.switches().throttle_per_minute);
    if let Some(wait) = sim.throttle.refused(template, limit) {
        return Ok((too_many(wait), false));
    }
    let mut call = call.clone();
    if !is_open(template) {
        let authorization = header_text(request.headers(), header::AUTHORIZATION.as_str());
        call.user = sim.authenticate(authorization.as_deref())?;
    }
    request.extensions_mut().insert(call);
    // A task of its own: a client that hangs up does not undo the work.
    let work = tokio::spawn(next.run(request));
    let mut response = work.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a handler of the simulator panicked");
        Refusal::unexpected().into_response()
    });
    let mut duplicated = false;
    let mut clean = true;
    for fault in sim.draw_faults(Phase::After, template, target).await? {
        match fault.kind {
            FaultKind::DuplicateIds => duplicated = true,
            FaultKind::Bom | FaultKind::Garbage | FaultKind::Html | FaultKind::Truncated | FaultKind::UnknownEnum => {
                clean &= fault.kind == FaultKind::Bom;
                response = spoil(response, fault.kind).await;
            }
            _ => {
                if let Some(answer) = act(sim, wire, &fault).await {
                    return Ok((answer, duplicated));
                }
            }
        }
    }
    if clean {
        sim.streaks.passed(target);
    }
    Ok((response, duplicated))
}

pub(crate) fn too_many(seconds: u32) -> Response {
    let mut response = send(429, &throttled(seconds));
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// What a fault does by itself; an answer ends the request.
async fn act(sim: &Sim, wire: &Wire, fault: &Fault) -> Option<Response> {
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
            Some(StatusCode::SERVICE_UNAVAILABLE.into_response())
        }
        FaultKind::Throttle => Some(too_many(fault.retry_after_seconds.unwrap_or(1))),
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

/// Damages the body of an answer.
async fn spoil(response: Response, kind: FaultKind) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, 64 << 20).await.unwrap_or_default();
    if bytes.is_empty() && kind != FaultKind::Html {
        return Response::from_parts(parts, Body::from(bytes));
    }
    let html = "<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>";
    let spoilt: Vec<u8> = match kind {
        // Only JSON carries the mark; it would break a PDF or a compressed file.
        FaultKind::Bom if !is_json(&parts.headers) => bytes.to_vec(),
        FaultKind::Bom => [b"\xEF\xBB\xBF".as_slice(), &bytes].concat(),
        FaultKind::Garbage => b"\x00\xFFnot json at all".to_vec(),
        FaultKind::Truncated => bytes[..bytes.len() / 2].to_vec(),
        FaultKind::UnknownEnum => match serde_json::from_slice::<Value>(&bytes) {
            Ok(mut value) => {
                estrange(&mut value);
                value.to_string().into_bytes()
            }
            Err(_) => bytes.to_vec(),
        },
        _ => {
            parts.status = StatusCode::BAD_GATEWAY;
            let html_type = HeaderValue::from_static("text/html");
            parts.headers.insert(header::CONTENT_TYPE, html_type);
            html.as_bytes().to_vec()
        }
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(spoilt))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// Both ids on every answer (contract 1.3).
fn echo(mut response: Response, call: &Call, duplicated: bool) -> Response {
    let headers: &mut HeaderMap = response.headers_mut();
    for (name, id) in [("ms-requestid", &call.request_id), ("ms-correlationid", &call.correlation_id)] {
        let text = if duplicated { format!("{id},{id}") } else { id.clone() };
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.insert("x-locale", HeaderValue::from_static("en-US"));
    response
}

/// Requests per minute and resource (contract 3); refused requests count, too.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<&'static str, (Option<Instant>, u32)>>);

impl Throttle {
    /// Seconds to wait, when the minute is used up.
    fn refused(&self, template: &str, limit: u32) -> Option<u32> {
        let resource = if template.contains("/orders") || template.contains("/carts") {
            "order"
        } else if template.contains("/subscriptions") {
            "subscription"
        } else if template.contains("/v1/customers") {
            "customer"
        } else {
            return None;
        };
        if limit == 0 {
            return None;
        }
        let now = Instant::now();
        let mut minutes = self.0.lock().expect("no panic while held");
        let (start, used) = minutes.entry(resource).or_default();
        let begun = *start.get_or_insert(now);
        let passed = now.duration_since(begun).as_secs();
        if passed >= 60 {
            (*start, *used) = (Some(now), 0);
        }
        *used = used.saturating_add(1);
        let left = 60u64.saturating_sub(passed.min(60)).max(1);
        (*used > limit).then(|| u32::try_from(left).unwrap_or(60))
    }
}
