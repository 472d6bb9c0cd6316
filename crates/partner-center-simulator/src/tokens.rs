//! The token endpoints, v1 and v2, and the tokens themselves (contract 5).
//!
//! Tokens are signed with a key from the seed and need no table, so they outlive a restart; only
//! the newest generation of refresh tokens is kept, to know which are superseded. Access tokens
//! expire on the business clock, refresh tokens in real time: a jump of the clock stands for days
//! on which the client would have refreshed.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::clock::Clock;
use crate::options::Credentials;
use crate::seed::Seed;
use crate::state::{Entity, Sim, Simulation};
use crate::wire::{Refusal, send};

const API: &str = "https://api.partnercenter.microsoft.com";
const DEAD: &str = "https://graph.windows.net";
const GRAPH: &str = "https://graph.microsoft.com";

/// The newest generation of the refresh tokens of the integration account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TokenChain {
    newest: u64,
    /// Real time at which the generation before the newest was superseded.
    superseded_at: Timestamp,
}

impl Entity for TokenChain {
    const KIND: &'static str = "chain";
}

const CHAIN: &str = "integration";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    App,
    User,
    Refresh,
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    kind: Kind,
    /// Seconds since 1970: business clock for access tokens, real time for refresh tokens; 0 = the
    /// first refresh token, which counts from the birth of the state.
    issued: i64,
    expires: i64,
    #[serde(default)]
    audience: String,
    #[serde(default)]
    mfa: bool,
    #[serde(default)]
    generation: u64,
}

/// What a client signs in with.
pub(crate) fn credentials(seed: &Seed) -> Credentials {
    let first =
        Claims { kind: Kind::Refresh, issued: 0, expires: 0, audience: String::new(), mfa: true, generation: 0 };
    Credentials {
        tenant_id: seed.guid("provider tenant", &[]),
        client_id: seed.guid("application", &[]),
        client_secret: seed.hex("application secret", &[], 40),
        refresh_token: sign(seed, &first),
    }
}

fn sign(seed: &Seed, claims: &Claims) -> String {
    let payload = serde_json::to_vec(claims).expect("claims are plain");
    let payload = URL_SAFE_NO_PAD.encode(payload);
    let mac = seed.mac("token", &[&payload]);
    format!("{payload}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn open(seed: &Seed, token: &str) -> Option<Claims> {
    let (payload, mac) = token.split_once('.')?;
    let given = URL_SAFE_NO_PAD.decode(mac).ok()?;
    if !bool::from(seed.mac("token", &[payload]).as_slice().ct_eq(&given)) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

impl Simulation {
    /// Whether the bearer is a user (`true`) or an application (`false`).
    pub(crate) fn authenticate(&self, authorization: Option<&str>) -> Result<bool, Refusal> {
        let denied = || Refusal::new(401, 800_001, "No valid partner token in the request.");
        let token = authorization
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(denied)?;
        let claims = open(&self.seed, token).filter(|claims| claims.kind != Kind::Refresh).ok_or_else(denied)?;
        if self.clock.now().as_second() >= claims.expires {
            return Err(Refusal::new(401, 400, "Access denied: the token has expired."));
        }
        if claims.audience != API && claims.audience != self.origin() {
            return Err(Refusal::new(401, 900_420, "The audience of the token is not accepted."));
        }
        if claims.kind == Kind::User && !claims.mfa {
            return Err(Refusal::new(
                401,
                400,
                "Access denied: the token was issued without multi-factor authentication (MFA).",
            ));
        }
        Ok(claims.kind == Kind::User)
    }
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/{tenant}/oauth2/token", post(version_one))
        .route("/{tenant}/oauth2/v2.0/token", post(version_two))
}

async fn version_one(sim: State<Sim>, tenant: Path<String>, form: String) -> Response {
    exchange(sim.0, tenant.0, &form, 1).await
}

async fn version_two(sim: State<Sim>, tenant: Path<String>, form: String) -> Response {
    exchange(sim.0, tenant.0, &form, 2).await
}

/// An error of the token endpoint (contract 5.5).
fn fault(status: u16, error: &str, number: u32, text: &str) -> Response {
    let now = format!("{:.0}", Clock::real());
    let body = json!({"error": error, "error_description": format!("AADSTS{number}: {text}"), "error_codes": [number],
        "timestamp": now, "trace_id": uuid::Uuid::new_v4(), "correlation_id": uuid::Uuid::new_v4()});
    send(status, &body)
}

async fn exchange(sim: Sim, tenant: String, form: &str, version: u8) -> Response {
    let pairs = crate::wire::form_pairs(form);
    let field = |name: &str| pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let known = credentials(&sim.seed);
    if !tenant.eq_ignore_ascii_case(&known.tenant_id) {
        return fault(400, "invalid_request", 90_002, "Tenant not found.");
    }
    if !field("client_id").eq_ignore_ascii_case(&known.client_id) {
        let text = "Application not found in the directory.";
        return fault(400, "unauthorized_client", 700_016, text);
    }
    let secret = field("client_secret").as_bytes();
    if !bool::from(secret.ct_eq(known.client_secret.as_bytes())) {
        return fault(401, "invalid_client", 7_000_215, "Invalid client secret provided.");
    }
    let wanted = if version == 1 { "resource" } else { "scope" };
    let Some(audience) = audience(field(wanted), sim.origin()) else {
        let text = "The resource principal was not found in the tenant.";
        return fault(400, "invalid_resource", 500_011, text);
    };
    match field("grant_type") {
        "client_credentials" => grant(&sim, Kind::App, audience, None, version),
        "refresh_token" => refresh(&sim, field("refresh_token"), audience, version).await,
        "password" => {
            let text = "Multi-factor authentication is required.";
            fault(400, "interaction_required", 50_076, text)
        }
        _ => fault(400, "unsupported_grant_type", 70_003, "The grant type is not supported."),
    }
}

/// The audience that a resource or a list of scopes asks for.
fn audience(asked: &str, origin: &str) -> Option<String> {
    asked
        .split_whitespace()
        .map(|scope| scope.trim_end_matches("/.default").trim_end_matches("/user_impersonation").trim_end_matches('/'))
        .find(|scope| [API, DEAD, GRAPH, origin].contains(scope))
        .map(str::to_owned)
}

async fn refresh(sim: &Sim, token: &str, audience: String, version: u8) -> Response {
    let Some(claims) = open(&sim.seed, token).filter(|claims| claims.kind == Kind::Refresh) else {
        return fault(400, "invalid_grant", 9_002_313, "The refresh token is malformed.");
    };
    let real = Clock::real();
    // The rotation is on disk before the new token leaves.
    let turned = sim
        .write(|world, _| {
            let switches = &world.switches().tokens;
            let born = world.meta().born;
            let issued = if claims.issued == 0 { born.as_second() } else { claims.issued };
            let age = real.as_second().saturating_sub(issued);
            let chain = world.chains.get(CHAIN);
            let superseded = chain.is_some_and(|chain| {
                let grace = SignedDuration::from_secs(i64::from(switches.grace_seconds));
                claims.generation < chain.newest && real.duration_since(chain.superseded_at) > grace
            });
            if switches.revoked || superseded || age > i64::from(switches.refresh_days) * 86_400 {
                return Ok(None);
            }
            if !switches.rotate {
                return Ok(Some(None));
            }
            let newest = chain.map_or(0, |chain| chain.newest).max(claims.generation);
            let newest = newest + 1;
            let chain = TokenChain { newest, superseded_at: real };
            world.chains.insert(CHAIN, chain);
            Ok(Some(Some(newest)))
        })
        .await;
    match turned {
        Err(refusal) => refusal.into_response(),
        Ok(None) => fault(400, "invalid_grant", 70_008, "The refresh token has expired, was superseded or revoked."),
        Ok(Some(generation)) => grant(sim, Kind::User, audience, generation, version),
    }
}

fn grant(sim: &Sim, kind: Kind, audience: String, generation: Option<u64>, version: u8) -> Response {
    let (lifetime, mfa) = sim.read(|world, _| {
        let tokens = &world.switches().tokens;
        (i64::from(tokens.access_seconds), tokens.mfa)
    });
    let now = sim.clock.now().as_second();
    let access = sign(
        &sim.seed,
        &Claims { kind, issued: now, expires: now + lifetime, audience: audience.clone(), mfa, generation: 0 },
    );
    let number = |value: i64| match version {
        1 => json!(value.to_string()),
        _ => json!(value),
    };
    let mut body = json!({"token_type": "Bearer", "expires_in": number(lifetime), "ext_expires_in": number(lifetime)});
    if version == 1 {
        body["expires_on"] = number(now + lifetime);
        body["not_before"] = number(now);
        body["resource"] = json!(audience);
    }
    body["access_token"] = json!(access);
    if kind == Kind::User {
        body["scope"] = match version {
            1 => json!("user_impersonation"),
            _ => json!(format!("{audience}/user_impersonation")),
        };
        body["id_token"] = Value::String(URL_SAFE_NO_PAD.encode(b"{}"));
    }
    if let Some(generation) = generation {
        let issued = Clock::real().as_second();
        body["refresh_token"] = json!(sign(
            &sim.seed,
            &Claims { kind: Kind::Refresh, issued, expires: 0, audience: String::new(), mfa, generation },
        ));
    }
    send(200, &body)
}
