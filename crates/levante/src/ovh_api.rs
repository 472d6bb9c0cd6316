//! The door for programs: REST as OVHcloud's clients expect it (contracts/ovh-api.md).
//!
//! OVHcloud's words stop here; handlers read a call, call one verb of `operations` and
//! write the answer. Nothing is routed before it is authenticated. Never imports storage,
//! workflow, provider or mail. Read next: `ovh_api/routing.rs`, `ovh_api/caller.rs`.

use crate::{clock::Ticks, operations::Operations};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
    routing::any,
};
use futures::FutureExt;
use jiff::SignedDuration;
use licensing::permission::IpBlock;
use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

mod all_services;
mod answer;
mod auth;
mod batch;
mod bills;
mod body;
mod caller;
mod cart_items;
mod carts;
mod declared;
mod iam;
mod keys;
mod limits;
mod logs;
mod me;
mod models;
mod older_orders;
mod order_form;
mod orders;
mod pages;
mod previews;
mod problem;
mod routing;
mod schema;
mod service_accounts;
mod service_infos;
mod service_twin;
mod services;
mod signature;
mod statistics;
mod subscriptions;
mod token;
mod users;

pub use routing::Access;
pub use signature::sign;

/// One operation of the API, as the table of routes has it.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// Such as `GET`.
    pub method: &'static str,
    /// The path below the branch, with its values in braces.
    pub template: &'static str,
    /// Whether it wants a signature.
    pub access: Access,
}

/// Every operation that can be offered, the withdrawn ones included.
pub fn routes() -> Vec<Operation> {
    let table = routing::Table::new(true);
    table.routes().map(|r| Operation { method: r.method, template: r.template, access: r.access }).collect()
}

/// How this door is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The origins under which clients reach us, such as `https://api.reseller.example`, without `/1.0`.
    /// The first one is shown in answers.
    pub public_urls: Vec<String>,
    /// The panel's origin, for addresses in answers.
    pub panel_url: String,
    /// How far a client's clock may be off.
    pub time_window: SignedDuration,
    /// Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Host` are believed.
    pub trusted_proxies: Vec<IpBlock>,
    /// Whether the operations that OVHcloud withdrew are offered.
    pub withdrawn_operations: bool,
    /// The region's word in ids, such as `EU`.
    pub region: String,
    /// How many calls a key, a service account, or an address without one may make in a minute; 0: any number.
    pub calls_per_minute: u32,
    /// What they are counted by.
    pub ticks: Ticks,
}

impl Settings {
    /// The usual settings for an origin that serves panel and API.
    pub fn at(origin: &str) -> Settings {
        let origin = origin.trim_end_matches('/').to_owned();
        Settings {
            public_urls: vec![origin.clone()],
            panel_url: origin,
            time_window: SignedDuration::from_secs(300),
            trusted_proxies: Vec::new(),
            withdrawn_operations: false,
            region: "EU".to_owned(),
            calls_per_minute: 0,
            ticks: Ticks::real(),
        }
    }
}

/// What every call is answered with.
pub(crate) struct Door {
    pub(crate) operations: Arc<Operations>,
    pub(crate) settings: Settings,
    routes: routing::Table,
    documents: schema::documents::Written,
    limits: limits::Limits,
    calls: AtomicU64,
}

/// The API under `/1.0`, `/v1` and `/v2` and the token endpoint of OAuth2, to be merged with the panel on one origin. The peer's address
/// comes from [`axum::extract::ConnectInfo`] where it is served with it.
pub fn router(operations: Arc<Operations>, mut settings: Settings) -> Router {
    for url in settings.public_urls.iter_mut().chain([&mut settings.panel_url]) {
        url.truncate(url.trim_end_matches('/').len());
    }
    let routes = routing::Table::new(settings.withdrawn_operations);
    let limits = limits::Limits::new(settings.calls_per_minute, settings.ticks.clone());
    let door = Arc::new(Door {
        operations,
        settings,
        routes,
        documents: schema::documents::Written::nothing(),
        limits,
        calls: AtomicU64::new(0),
    });
    let mut router = Router::new().route(token::PATH, any(token::answer));
    for branch in ["/1.0", "/v1", "/v2"] {
        router = router
            .route(branch, any(answer_call))
            .route(&format!("{branch}/"), any(answer_call))
            .route(&format!("{branch}/{{*rest}}"), any(answer_call));
    }
    router.with_state(door)
}

/// Answers one call: whatever happens, in the documented shape and with its query id.
async fn answer_call(State(door): State<Arc<Door>>, request: Request) -> Response {
    let query_id = door.query_id();
    let outcome = match AssertUnwindSafe(routing::carry_out(door, request, &query_id)).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => Err(problem::Refusal::ours("a panic in a handler")),
    };
    let mut response = match outcome {
        Ok(reply) => {
            let mut response = Response::new(Body::from(reply.text));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.media));
            if let Some(elements) = reply.elements {
                response.headers_mut().insert("x-pagination-elements", HeaderValue::from(elements));
            }
            if let Some(next) = reply.next.and_then(|next| HeaderValue::from_str(&next).ok()) {
                response.headers_mut().insert("x-pagination-cursor-next", next);
            }
            response
        }
        Err(refusal) => refusal.into_response(&query_id),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let id = HeaderValue::from_str(&query_id).unwrap_or(HeaderValue::from_static("unknown"));
    response.headers_mut().insert("x-ovh-queryid", id);
    debug_assert!(response.status() != StatusCode::NO_CONTENT, "void is 200 with null");
    response
}

const JSON: &str = "application/json; charset=utf-8";

impl Door {
    /// `EU.ext-1.<seconds, hex>.<running number>.<32 hex>`, the form of contracts/ovh-api.md §1.3.
    fn query_id(&self) -> String {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        let seconds = self.operations.clock.wall().as_second();
        let id = self.operations.clock.new_id().simple();
        format!("{}.ext-1.{seconds:x}.{number}.{id}", self.settings.region)
    }

    /// The region's word in names of resources, such as `eu`.
    pub(crate) fn region(&self) -> String {
        self.settings.region.to_lowercase()
    }

    /// The page of an order in the panel.
    pub(crate) fn order_url(&self, order: impl std::fmt::Display) -> String {
        format!("{}/orders/{order}", self.settings.panel_url)
    }
}
