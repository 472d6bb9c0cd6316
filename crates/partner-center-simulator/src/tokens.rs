//! The token endpoints, v1 and v2, and the tokens themselves (contract 5).
//!
//! Tokens are signed with a key from the seed and need no table, so they outlive a restart; only
//! the newest generation of refresh tokens is kept, to know which are superseded. Access tokens
//! expire on the business clock, refresh tokens in real time: a jump of the clock stands for days
//! on which the client would have refreshed. Next: `authorize.rs`, `access.rs`.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::authorize::{Code, SpentCode};
use crate::clock::Clock;
use crate::options::Credentials;
use crate::seed::Seed;
use crate::state::{Entity, Sim};
use crate::switches::TokenError;
use crate::wire::{form_pairs, send};

pub(crate) const API: &str = "https://api.partnercenter.microsoft.com";
/// Of the price sheets (contract 12.5).
pub(crate) const PRICES: &str = "https://api.partner.microsoft.com";
pub(crate) const GRAPH: &str = "https://graph.microsoft.com";
/// Tokens for it are issued and refused when used (trap 36).
const DEAD: &str = "https://graph.windows.net";

/// The newest generation of the refresh tokens of the integration account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TokenChain {
    newest: u64,
    /// Real time at which the generation before the newest was superseded.
    superseded_at: Timestamp,
    /// Generations before this one were revoked; a new consent began with it.
    #[serde(default)]
    oldest: u64,
}

impl Entity for TokenChain {
    const KIND: &'static str = "chain";
}

const CHAIN: &str = "integration";

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    App,
    User,
    Refresh,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) kind: Kind,
    /// Seconds since 1970: business clock for access tokens, real time for refresh tokens; 0 = the
    /// first refresh token, which counts from the birth of the state.
    issued: i64,
    pub(crate) expires: i64,
    #[serde(default)]
    pub(crate) audience: String,
    #[serde(default)]
    pub(crate) mfa: bool,
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
        refresh_token: sign(seed, "token", &first),
    }
}

/// Plain values with a mac; the label keeps one kind from passing as another.
pub(crate) fn sign<T: Serialize>(seed: &Seed, label: &str, value: &T) -> String {
    let payload = serde_json::to_vec(value).expect("what is signed is plain");
    let payload = URL_SAFE_NO_PAD.encode(payload);
    let mac = seed.mac(label, &[&payload]);
    format!("{payload}.{}", URL_SAFE_NO_PAD.encode(mac))
}

/// What was signed under this label, or nothing.
pub(crate) fn open<T: DeserializeOwned>(seed: &Seed, label: &str, text: &str) -> Option<T> {
    let (payload, mac) = text.split_once('.')?;
    let given = URL_SAFE_NO_PAD.decode(mac).ok()?;
    if !bool::from(seed.mac(label, &[payload]).as_slice().ct_eq(&given)) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/{tenant}/oauth2/token", post(version_one))
        .route("/{tenant}/oauth2/v2.0/token", post(version_two))
}

async fn version_one(sim: State<Sim>, tenant: Path<String>, form: String) -> Response {
    exchange(sim.0, tenant.0, &form, 1).await.unwrap_or_else(IntoResponse::into_response)
}

async fn version_two(sim: State<Sim>, tenant: Path<String>, form: String) -> Response {
    exchange(sim.0, tenant.0, &form, 2).await.unwrap_or_else(IntoResponse::into_response)
}

/// A refusal of the token endpoint (contract 5.5).
pub(crate) struct TokenRefusal {
    status: u16,
    error: String,
    number: u32,
    text: String,
    suberror: Option<String>,
    retry_after: Option<u32>,
}

impl TokenRefusal {
    pub(crate) fn new(status: u16, error: &str, number: u32, text: &str) -> Self {
        let (error, text) = (error.to_owned(), text.to_owned());
        Self { status, error, number, text, suberror: None, retry_after: None }
    }

    fn invalid_grant(number: u32, text: &str) -> Self {
        Self::new(400, "invalid_grant", number, text)
    }

    /// `AADSTSn: text`, as the description words it.
    pub(crate) fn description(&self) -> String {
        format!("AADSTS{}: {}", self.number, self.text)
    }
}

impl IntoResponse for TokenRefusal {
    fn into_response(self) -> Response {
        let now = format!("{:.0}", Clock::real());
        let mut body = json!({"error": self.error, "error_description": self.description(),
            "error_codes": [self.number], "timestamp": now, "trace_id": uuid::Uuid::new_v4(),
            "correlation_id": uuid::Uuid::new_v4()});
        if let Some(suberror) = self.suberror {
            body["suberror"] = json!(suberror);
        }
        let mut response = send(self.status, &body);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The errors that the switch `tokens.error` can force: usual status, usual number, text.
const ERRORS: [(&str, u16, u32, &str); 15] = [
    ("invalid_grant", 400, 70_008, "The refresh token has expired or was revoked."),
    ("invalid_grant", 400, 50_173, "The grant was revoked: the password was changed or reset."),
    ("invalid_grant", 400, 50_076, "Multi-factor authentication is required."),
    ("invalid_grant", 400, 50_079, "The user must enrol for multi-factor authentication."),
    ("invalid_grant", 400, 65_001, "The user or administrator has not consented to the application."),
    ("invalid_grant", 400, 53_003, "Access was blocked by Conditional Access."),
    ("interaction_required", 400, 50_076, "Multi-factor authentication is required."),
    ("interaction_required", 400, 50_079, "The user must enrol for multi-factor authentication."),
    ("invalid_client", 401, 7_000_215, "Invalid client secret provided."),
    ("invalid_client", 401, 7_000_222, "The client secret has expired."),
    ("unauthorized_client", 400, 700_016, "Application not found in the directory."),
    ("invalid_resource", 400, 500_011, "The resource principal was not found in the tenant."),
    ("temporarily_unavailable", 503, 90_033, "A transient error has occurred. Please try again."),
    ("temporarily_unavailable", 429, 90_055, "Too many requests. Please try again later."),
    ("temporarily_unavailable", 504, 90_033, "A transient error has occurred. Please try again."),
];

/// Refuses a switch that names no error of contract 5.5.
pub(crate) fn check_error(error: &TokenError) -> Result<(), String> {
    if !ERRORS.iter().any(|(name, ..)| *name == error.error) {
        return Err(format!("{} is no error of the token endpoint", error.error));
    }
    match error.status {
        Some(status) if !(400..600).contains(&status) => Err(format!("status {status} is not 400 to 599")),
        _ => Ok(()),
    }
}

/// The error that the switch `tokens.error` wants now; counted when it is limited.
async fn forced(sim: &Sim) -> Option<TokenRefusal> {
    sim.read(|world, _| world.switches().tokens.error.is_some()).then_some(())?;
    let error = sim.write(|world, _| {
        let forced = world.switches_mut().tokens.error.as_mut();
        Ok(forced.filter(|error| error.count != Some(0)).map(|error| {
            error.count = error.count.map(|left| left - 1);
            error.clone()
        }))
    });
    let error = error.await.ok().flatten()?;
    let known = ERRORS.iter().filter(|(name, ..)| *name == error.error);
    let fits = |entry: &&(&str, u16, u32, &str)| {
        error.number.is_none_or(|number| number == entry.2) && error.status.is_none_or(|status| status == entry.1)
    };
    let (_, status, number, text) = known.clone().find(fits).or_else(|| known.clone().next())?;
    Some(TokenRefusal {
        suberror: error.suberror,
        retry_after: error.retry_after_seconds,
        ..TokenRefusal::new(error.status.unwrap_or(*status), &error.error, error.number.unwrap_or(*number), text)
    })
}

type Form = Vec<(String, String)>;

fn field<'a>(form: &'a Form, name: &str) -> &'a str {
    form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}

fn check_client(form: &Form, known: &Credentials) -> Result<(), TokenRefusal> {
    if !field(form, "client_id").eq_ignore_ascii_case(&known.client_id) {
        let text = "Application not found in the directory.";
        return Err(TokenRefusal::new(400, "unauthorized_client", 700_016, text));
    }
    if !field(form, "client_assertion").is_empty() {
        let text = "No certificate is registered for the application: this simulator takes client secrets only.";
        return Err(TokenRefusal::new(401, "invalid_client", 700_027, text));
    }
    let secret = field(form, "client_secret").as_bytes();
    if !bool::from(secret.ct_eq(known.client_secret.as_bytes())) {
        return Err(TokenRefusal::new(401, "invalid_client", 7_000_215, "Invalid client secret provided."));
    }
    Ok(())
}

async fn exchange(sim: Sim, tenant: String, form: &str, version: u8) -> Result<Response, TokenRefusal> {
    let form = form_pairs(form);
    let known = credentials(&sim.seed);
    if !tenant.eq_ignore_ascii_case(&known.tenant_id) {
        return Err(TokenRefusal::new(400, "invalid_request", 90_002, "Tenant not found."));
    }
    if let Some(refusal) = forced(&sim).await {
        return Err(refusal);
    }
    check_client(&form, &known)?;
    let wanted = field(&form, if version == 1 { "resource" } else { "scope" });
    let audience = || {
        audience(wanted, sim.origin()).ok_or_else(|| {
            let text = "The resource principal was not found in the tenant.";
            TokenRefusal::new(400, "invalid_resource", 500_011, text)
        })
    };
    match field(&form, "grant_type") {
        "client_credentials" => {
            let granted = Granted { kind: Kind::App, audience: audience()?, mfa: false, refresh: None };
            Ok(granted.answer(&sim, version))
        }
        "refresh_token" => {
            let audience = audience()?;
            let (mfa, generation) = refresh(&sim, field(&form, "refresh_token")).await?;
            let refresh = generation.map(|generation| (generation, mfa));
            Ok(Granted { kind: Kind::User, audience, mfa, refresh }.answer(&sim, version))
        }
        "authorization_code" => {
            let code = redeem(&sim, &form).await?;
            // v2 may name the resource once more or leave it to the code.
            let audience = if wanted.is_empty() { code.audience.clone() } else { audience()? };
            let generation = consent(&sim).await?;
            let stays = version == 1
                || [wanted, &code.scope].iter().any(|scopes| scopes.split_whitespace().any(|s| s == "offline_access"));
            let refresh = stays.then_some((generation, code.mfa));
            Ok(Granted { kind: Kind::User, audience, mfa: code.mfa, refresh }.answer(&sim, version))
        }
        "password" => {
            let text = "Multi-factor authentication is required.";
            Err(TokenRefusal::new(400, "interaction_required", 50_076, text))
        }
        _ => {
            let text = "The grant type is not supported.";
            Err(TokenRefusal::new(400, "unsupported_grant_type", 70_003, text))
        }
    }
}

/// The audience that a resource or a list of scopes asks for.
pub(crate) fn audience(asked: &str, origin: &str) -> Option<String> {
    let resource = |scope: &str| -> String {
        // A scope is a resource with the name of a permission behind it.
        let known = [API, PRICES, GRAPH, DEAD, origin];
        let scope = scope.trim_end_matches('/');
        let named = known.into_iter().find(|resource| {
            !resource.is_empty()
                && scope.strip_prefix(resource).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        named.unwrap_or_default().to_owned()
    };
    asked.split_whitespace().map(resource).find(|resource| !resource.is_empty())
}

/// Takes a refresh token; tells whether the account signed in with MFA and the next generation.
async fn refresh(sim: &Sim, token: &str) -> Result<(bool, Option<u64>), TokenRefusal> {
    let claims: Claims = open(&sim.seed, "token", token)
        .filter(|claims: &Claims| claims.kind == Kind::Refresh)
        .ok_or_else(|| TokenRefusal::invalid_grant(9_002_313, "The refresh token is malformed."))?;
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
                let late = real.duration_since(chain.superseded_at) > grace;
                claims.generation < chain.oldest || claims.generation < chain.newest && late
            });
            if switches.revoked || superseded || age > i64::from(switches.refresh_days) * 86_400 {
                return Ok(None);
            }
            if !switches.rotate {
                return Ok(Some(None));
            }
            let newest = chain.map_or(0, |chain| chain.newest).max(claims.generation) + 1;
            let oldest = chain.map_or(0, |chain| chain.oldest);
            world.chains.insert(CHAIN, TokenChain { newest, superseded_at: real, oldest });
            Ok(Some(Some(newest)))
        })
        .await;
    match turned {
        Err(_) => Err(TokenRefusal::new(503, "temporarily_unavailable", 90_033, "A transient error has occurred.")),
        Ok(None) => {
            let text = "The refresh token has expired, was superseded or revoked.";
            Err(TokenRefusal::invalid_grant(70_008, text))
        }
        Ok(Some(generation)) => Ok((claims.mfa, generation)),
    }
}

/// Takes an authorization code, once.
async fn redeem(sim: &Sim, form: &Form) -> Result<Code, TokenRefusal> {
    let malformed = || TokenRefusal::invalid_grant(9_002_313, "The authorization code is malformed.");
    let code: Code = open(&sim.seed, "code", field(form, "code")).ok_or_else(malformed)?;
    if field(form, "redirect_uri") != code.redirect_uri {
        let text = "The redirect_uri is not that of the authorization request.";
        return Err(TokenRefusal::invalid_grant(50_011, text));
    }
    if !code.proves(field(form, "code_verifier")) {
        let text = "The code_verifier does not match the code_challenge of the authorization request.";
        return Err(TokenRefusal::invalid_grant(501_481, text));
    }
    let fresh = sim
        .write(|world, now| {
            if code.expires <= now.as_second() {
                return Ok(Err("The authorization code has expired."));
            }
            if world.spent_codes.get(&code.nonce).is_some() {
                return Ok(Err("The authorization code was already redeemed."));
            }
            world.spent_codes.retain(|spent| spent.expires > now.as_second());
            world.spent_codes.insert(code.nonce.clone(), SpentCode { expires: code.expires });
            Ok(Ok(()))
        })
        .await;
    match fresh {
        Err(_) => Err(TokenRefusal::new(503, "temporarily_unavailable", 90_033, "A transient error has occurred.")),
        Ok(Err(text)) if text.contains("already") => Err(TokenRefusal::invalid_grant(54_005, text)),
        Ok(Err(text)) => Err(TokenRefusal::invalid_grant(70_008, text)),
        Ok(Ok(())) => Ok(code),
    }
}

/// A new consent begins a generation; what was revoked before stays dead, and no more is revoked.
async fn consent(sim: &Sim) -> Result<u64, TokenRefusal> {
    let begun = sim.write(|world, _| {
        let chain = world.chains.get(CHAIN);
        let newest = chain.map_or(0, |chain| chain.newest) + 1;
        let revoked = world.switches().tokens.revoked;
        let oldest = if revoked { newest } else { chain.map_or(0, |chain| chain.oldest) };
        if revoked {
            world.switches_mut().tokens.revoked = false;
        }
        world.chains.insert(CHAIN, TokenChain { newest, superseded_at: Clock::real(), oldest });
        Ok(newest)
    });
    begun
        .await
        .map_err(|_| TokenRefusal::new(503, "temporarily_unavailable", 90_033, "A transient error has occurred."))
}

/// What a token answer is made of.
struct Granted {
    kind: Kind,
    audience: String,
    mfa: bool,
    /// Generation of the new refresh token, and whether its account signed in with MFA.
    refresh: Option<(u64, bool)>,
}

impl Granted {
    fn answer(self, sim: &Sim, version: u8) -> Response {
        let (lifetime, mfa) = sim.read(|world, _| {
            let tokens = &world.switches().tokens;
            (i64::from(tokens.access_seconds), tokens.mfa && self.mfa)
        });
        let now = sim.clock.now().as_second();
        let claims = Claims {
            kind: self.kind,
            issued: now,
            expires: now + lifetime,
            audience: self.audience.clone(),
            mfa,
            generation: 0,
        };
        let number = |value: i64| match version {
            1 => json!(value.to_string()),
            _ => json!(value),
        };
        let mut body =
            json!({"token_type": "Bearer", "expires_in": number(lifetime), "ext_expires_in": number(lifetime)});
        if version == 1 {
            body["expires_on"] = number(now + lifetime);
            body["not_before"] = number(now);
            body["resource"] = json!(self.audience);
        }
        body["access_token"] = json!(sign(&sim.seed, "token", &claims));
        if self.kind == Kind::User {
            body["scope"] = match version {
                1 => json!("user_impersonation"),
                _ => json!(format!("{}/user_impersonation", self.audience)),
            };
            body["id_token"] = Value::String(id_token(&sim.seed, mfa, now, now + lifetime));
        }
        if let Some((generation, mfa)) = self.refresh {
            let issued = Clock::real().as_second();
            let claims = Claims { kind: Kind::Refresh, issued, expires: 0, audience: String::new(), mfa, generation };
            body["refresh_token"] = json!(sign(&sim.seed, "token", &claims));
        }
        send(200, &body)
    }
}

/// Who signed in, unsigned: nobody may rely on it.
fn id_token(seed: &Seed, mfa: bool, issued: i64, expires: i64) -> String {
    let known = credentials(seed);
    let methods: &[&str] = if mfa { &["pwd", "mfa"] } else { &["pwd"] };
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({"aud": known.client_id, "tid": known.tenant_id, "iat": issued, "nbf": issued, "exp": expires,
        "oid": seed.guid("integration account", &[]), "preferred_username": "integration@provider.example",
        "amr": methods});
    format!("{}.{}.", encode(json!({"alg": "none", "typ": "JWT"})), encode(claims))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audiences_are_resources_not_prefixes() {
        let of = |asked: &str| audience(asked, "http://127.0.0.1:1");
        assert_eq!(of("openid offline_access https://api.partnercenter.microsoft.com/.default").as_deref(), Some(API));
        assert_eq!(of("https://graph.microsoft.com/PartnerBilling.Read.All").as_deref(), Some(GRAPH));
        assert_eq!(of("http://127.0.0.1:1/user_impersonation").as_deref(), Some("http://127.0.0.1:1"));
        assert_eq!(of("https://graph.microsoft.com.evil.example/.default"), None);
        assert_eq!(of("openid"), None);
    }
}
