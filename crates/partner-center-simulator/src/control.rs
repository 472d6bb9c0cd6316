//! The control interface: clock, faults, books, partners, domains, catalogue.
//!
//! Its own port on loopback; the `Host` header and a bearer token are checked before anything
//! else, so that no web page and no other user of the machine can reach it. Bodies: the README.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::billing;
use crate::books::books;
use crate::clock::Clock;
use crate::domains::Domain;
use crate::faults::number;
use crate::orders::release_reviews;
use crate::partners::Partner;
use crate::products::Product;
use crate::promotions::Promotion;
use crate::relationships::{Acceptance, accept};
use crate::state::Sim;
use crate::switches::Switches;
use crate::webhooks;
use crate::wire::{guid, send};

/// An answer of the control interface, or the reason why not.
pub(crate) type Controlled = Result<Response, Problem>;

/// `{"error": "…"}` with a status.
pub(crate) struct Problem(pub(crate) StatusCode, pub(crate) String);

impl Problem {
    pub(crate) fn bad(text: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, text.into())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        send(self.0.as_u16(), &json!({"error": self.1}))
    }
}

impl From<crate::wire::Refusal> for Problem {
    fn from(refusal: crate::wire::Refusal) -> Self {
        Self(refusal.status, "the change was not committed".to_owned())
    }
}

pub(crate) fn router(sim: Sim) -> Router {
    Router::new()
        .route("/control/clock", get(clock).put(set_clock))
        .route("/control/clock/advance", post(advance))
        .route("/control/faults", get(faults).put(set_faults))
        .route("/control/books", get(show_books))
        .route("/control/reset", post(reset))
        .route("/control/partners", get(partners).put(set_partners))
        .merge(crate::legacy::control_routes())
        .route("/control/domains", get(domains).put(set_domains))
        .route("/control/catalogue", get(catalogue).put(set_catalogue))
        .route("/control/promotions", get(promotions).put(set_promotions))
        .route("/control/relationships/accept", post(accept_relationship))
        .merge(crate::control_directory::routes())
        .merge(billing::control::routes())
        .merge(webhooks::control::routes())
        .layer(DefaultBodyLimit::max(4 << 20))
        .layer(middleware::from_fn_with_state(sim.clone(), guard))
        .with_state(sim)
}

/// Loopback names only, then the token, compared in constant time.
async fn guard(State(sim): State<Sim>, request: Request, next: Next) -> Response {
    match check_caller(&sim, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

fn check_caller(sim: &Sim, headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| {
        let value = headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    };
    if !is_loopback_name(text(header::HOST)) {
        let problem = "the Host header must name a loopback address".to_owned();
        return Err(Problem(StatusCode::FORBIDDEN, problem));
    }
    let given = text(header::AUTHORIZATION).strip_prefix("Bearer ");
    let right = sim.control_token.as_bytes();
    if !given.is_some_and(|given| bool::from(given.trim().as_bytes().ct_eq(right))) {
        let problem = "Authorization: Bearer <control token> is required".to_owned();
        return Err(Problem(StatusCode::UNAUTHORIZED, problem));
    }
    Ok(())
}

fn is_loopback_name(host: &str) -> bool {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.contains(':') => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

pub(crate) fn parsed<T: DeserializeOwned>(body: &Bytes) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem::bad(error.to_string()))
}

pub(crate) fn shown(body: &Value) -> Controlled {
    Ok(send(200, body))
}

fn clock_view(sim: &Sim) -> Value {
    json!({"now": sim.clock.now(), "offset": sim.clock.offset(), "real": Clock::real()})
}

async fn clock(State(sim): State<Sim>) -> Controlled {
    shown(&clock_view(&sim))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockBody {
    now: Timestamp,
}

async fn set_clock(State(sim): State<Sim>, query: Query<Settle>, body: Bytes) -> Controlled {
    let wanted: ClockBody = parsed(&body)?;
    let by = wanted.now.duration_since(sim.clock.now());
    shift(&sim, by, query.settle).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceBody {
    by: Span,
}

#[derive(Deserialize)]
struct Settle {
    #[serde(default)]
    settle: bool,
}

/// Days, months and years of the calendar, UTC; from the business time.
async fn advance(State(sim): State<Sim>, query: Query<Settle>, body: Bytes) -> Controlled {
    let wanted: AdvanceBody = parsed(&body)?;
    let now = sim.clock.now();
    let then = now.to_zoned(TimeZone::UTC).checked_add(wanted.by).map_err(|error| Problem::bad(error.to_string()))?;
    shift(&sim, then.timestamp().duration_since(now), query.settle).await
}

async fn shift(sim: &Sim, by: SignedDuration, settle: bool) -> Controlled {
    let offset = sim.clock.advance(by).map_err(|error| Problem(StatusCode::CONFLICT, error.to_string()))?;
    sim.flush().await?;
    sim.courier.wake();
    if let Some(platform) = &sim.platform {
        platform.clock_moved(offset).await;
        if settle {
            platform.settle().await;
        }
    }
    shown(&clock_view(sim))
}

async fn faults(State(sim): State<Sim>) -> Controlled {
    let switches = sim.read(|world, _| serde_json::to_value(world.switches()));
    shown(&switches.map_err(|error| Problem::bad(error.to_string()))?)
}

async fn set_faults(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let given: Value = parsed(&body)?;
    let renewed = given.get("faults").is_some();
    let current = sim.read(|world, _| world.switches().clone());
    let mut next: Switches = current.merged(given).map_err(Problem::bad)?;
    sim.write(|world, now| {
        if renewed {
            let meta = world.meta_mut();
            let after = meta.fault_serial;
            meta.fault_serial += next.faults.len() as u64;
            number(&mut next.faults, after);
        } else {
            // Hits may have been counted since the set was read.
            next.faults.clone_from(&world.switches().faults);
        }
        let released = world.switches().order_review.is_some() && next.order_review.is_none();
        *world.switches_mut() = next;
        if released {
            release_reviews(world, now);
        }
        Ok(())
    })
    .await?;
    sim.switches_changed.send_modify(|version| *version += 1);
    faults(State(sim)).await
}

async fn show_books(State(sim): State<Sim>) -> Controlled {
    // What the books show must survive a kill right after.
    sim.flush().await?;
    shown(&sim.read(books))
}

async fn reset(State(sim): State<Sim>) -> Controlled {
    sim.write(|world, _| {
        world.reset(&sim.seed, sim.start);
        Ok(())
    })
    .await?;
    sim.switches_changed.send_modify(|version| *version += 1);
    shown(&json!({"reset": true}))
}

async fn partners(State(sim): State<Sim>) -> Controlled {
    let all = sim.read(|world, _| json!({"partners": world.partners.values().collect::<Vec<_>>()}));
    shown(&all)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartnersBody {
    partners: Vec<Partner>,
}

/// Adds partners or replaces those with the same MPN id.
async fn set_partners(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let given: PartnersBody = parsed(&body)?;
    for partner in &given.partners {
        let digits = !partner.mpn_id.is_empty() && partner.mpn_id.bytes().all(|b| b.is_ascii_digit());
        if !digits || guid(&partner.tenant_id).as_ref() != Some(&partner.tenant_id) {
            let text = format!("{}: mpnId has digits only, tenantId is a lower-case GUID", partner.mpn_id);
            return Err(Problem::bad(text));
        }
    }
    sim.write(|world, _| {
        for partner in given.partners {
            world.partners.insert(partner.mpn_id.clone(), partner);
        }
        Ok(())
    })
    .await?;
    partners(State(sim)).await
}

async fn domains(State(sim): State<Sim>) -> Controlled {
    let (taken, tenants) = sim.read(|world, _| {
        let of = |ours: bool| {
            let rows = world.domains.iter();
            let rows = rows.filter(|(_, domain)| domain.tenant.is_some() == ours);
            rows.map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        (of(false), of(true))
    });
    shown(&json!({"taken": taken, "tenants": tenants}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DomainsBody {
    taken: Vec<String>,
}

/// Replaces the names that others have; those of tenants stay.
async fn set_domains(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let given: DomainsBody = parsed(&body)?;
    sim.write(|world, _| {
        world.domains.retain(|domain| domain.tenant.is_some());
        for name in given.taken {
            let name = name.trim().to_lowercase();
            if world.domains.get(&name).is_none() {
                world.domains.insert(name, Domain { tenant: None });
            }
        }
        Ok(())
    })
    .await?;
    domains(State(sim)).await
}

async fn catalogue(State(sim): State<Sim>) -> Controlled {
    let all = sim.read(|world, _| json!({"products": world.products.values().collect::<Vec<_>>()}));
    shown(&all)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogueBody {
    products: Vec<Product>,
}

/// Adds products or replaces those with the same product and SKU.
async fn set_catalogue(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let given: CatalogueBody = parsed(&body)?;
    for product in &given.products {
        let priced = (Decimal::ZERO..=Decimal::from(1_000_000)).contains(&product.monthly_price);
        let bounds = 1 <= product.minimum_quantity && product.minimum_quantity <= product.maximum_quantity;
        if !priced || !bounds || product.product_id.contains([':', '/']) || product.sku_id.contains([':', '/']) {
            return Err(Problem::bad(format!(
                "{}: ids without : and /, 1 ≤ minimum ≤ maximum, a price to 1000000",
                product.key()
            )));
        }
    }
    sim.write(|world, _| {
        for mut product in given.products {
            product.product_id = product.product_id.to_uppercase();
            product.sku_id = product.sku_id.to_uppercase();
            world.products.insert(product.key(), product);
        }
        Ok(())
    })
    .await?;
    catalogue(State(sim)).await
}

async fn promotions(State(sim): State<Sim>) -> Controlled {
    let all = sim.read(|world, _| json!({"promotions": world.promotions.values().collect::<Vec<_>>()}));
    shown(&all)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PromotionsBody {
    promotions: Vec<Promotion>,
}

/// Adds promotions or replaces those with the same id.
async fn set_promotions(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let given: PromotionsBody = parsed(&body)?;
    given.promotions.iter().try_for_each(Promotion::check).map_err(Problem::bad)?;
    sim.write(|world, _| {
        for mut promotion in given.promotions {
            promotion.id = promotion.id.to_uppercase();
            world.promotions.insert(promotion.id.clone(), promotion);
        }
        Ok(())
    })
    .await?;
    promotions(State(sim)).await
}

/// An existing tenant's administrator opens our link and accepts.
async fn accept_relationship(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let given: Acceptance = parsed(&body)?;
    let id = sim.write(|world, now| Ok(accept(world, &sim.seed, given, now))).await?.map_err(Problem::bad)?;
    shown(&json!({"id": id}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_pass() {
        for good in ["127.0.0.1:8080", "localhost:1", "localhost", "[::1]:99", "[::1]"] {
            assert!(is_loopback_name(good), "{good}");
        }
        for bad in ["", "evil.example:80", "10.0.0.1:80", "localhost.evil.example", "[::1]evil"] {
            assert!(!is_loopback_name(bad), "{bad}");
        }
    }
}
