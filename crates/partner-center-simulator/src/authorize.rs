//! The interactive consent (contract 5.1, 5.7): a page on which a simulated operator signs in,
//! and the code that the application's server redeems (`tokens.rs`).
//!
//! An unknown application or redirect address is told on the page and never redirected to.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::html::{escaped, page};
use crate::state::{Entity, Sim};
use crate::tokens::{TokenRefusal, audience, credentials, open, sign};
use crate::wire::{Call, form_pairs};

/// How long a code is taken, in seconds of business time.
const CODE_SECONDS: i64 = 600;
/// How long a consent page may stay open.
const PAGE_SECONDS: i64 = 3600;

/// What an authorization code stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    /// Makes it single use.
    pub(crate) nonce: String,
    pub(crate) redirect_uri: String,
    pub(crate) audience: String,
    pub(crate) scope: String,
    pub(crate) mfa: bool,
    pub(crate) expires: i64,
    challenge: Option<Challenge>,
}

/// PKCE: what the verifier must match.
#[derive(Clone, Debug, Serialize, Deserialize)]
enum Challenge {
    Plain(String),
    S256(String),
}

impl Code {
    /// Whether the verifier is that of the request; one is needed only if a challenge was given.
    pub(crate) fn proves(&self, verifier: &str) -> bool {
        let (wanted, given) = match &self.challenge {
            None => return true,
            Some(Challenge::Plain(wanted)) => (wanted, verifier.to_owned()),
            Some(Challenge::S256(wanted)) => (wanted, URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))),
        };
        bool::from(wanted.as_bytes().ct_eq(given.as_bytes()))
    }
}

/// A code that was redeemed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SpentCode {
    pub(crate) expires: i64,
}

impl Entity for SpentCode {
    const KIND: &'static str = "spent_code";
}

/// A checked request, on its way through the form of the page.
#[derive(Serialize, Deserialize)]
struct Ticket {
    redirect_uri: String,
    state: String,
    audience: String,
    scope: String,
    challenge: Option<Challenge>,
    expires: i64,
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/{tenant}/oauth2/authorize", get(ask).post(decide))
        .route("/{tenant}/oauth2/v2.0/authorize", get(ask).post(decide))
}

fn refused(refusal: &TokenRefusal) -> Response {
    let body = format!("<p class=\"bad\">{}</p>", escaped(&refusal.description()));
    page(400, "Sign in: not possible", "", &body)
}

/// A registered address, or any port of this machine.
fn may_redirect_to(uri: &str, registered: &[String]) -> bool {
    if uri.len() > 2000 {
        return false;
    }
    if registered.iter().any(|known| known == uri) {
        return true;
    }
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    bare && here && matches!(url.scheme(), "http" | "https")
}

fn challenge_of(call: &Call) -> Result<Option<Challenge>, ()> {
    let Some(challenge) = call.parameter("code_challenge") else {
        return Ok(None);
    };
    if !(43..=128).contains(&challenge.len()) {
        return Err(());
    }
    match call.parameter("code_challenge_method") {
        Some("S256") => Ok(Some(Challenge::S256(challenge.to_owned()))),
        None | Some("plain") => Ok(Some(Challenge::Plain(challenge.to_owned()))),
        Some(_) => Err(()),
    }
}

/// Back to the application with these parameters and its state.
fn back(redirect_uri: &str, state: &str, pairs: &[(&str, &str)]) -> Response {
    let Ok(mut url) = Url::parse(redirect_uri) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    {
        let mut query = url.query_pairs_mut();
        for (name, value) in pairs {
            query.append_pair(name, value);
        }
        if !state.is_empty() {
            query.append_pair("state", state);
        }
    }
    let Ok(location) = HeaderValue::from_str(url.as_str()) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

async fn ask(State(sim): State<Sim>, Path(tenant): Path<String>, call: Call) -> Response {
    let known = credentials(&sim.seed);
    let text = |name: &str| call.parameter(name).unwrap_or("");
    if !tenant.eq_ignore_ascii_case(&known.tenant_id) {
        return refused(&TokenRefusal::new(400, "invalid_request", 90_002, "Tenant not found."));
    }
    if !text("client_id").eq_ignore_ascii_case(&known.client_id) {
        let problem = "Application not found in the directory.";
        return refused(&TokenRefusal::new(400, "unauthorized_client", 700_016, problem));
    }
    let redirect_uri = text("redirect_uri");
    let registered = sim.read(|world, _| world.switches().tokens.redirect_uris.clone());
    if !may_redirect_to(redirect_uri, &registered) {
        let problem = "The redirect URI does not match those registered for the application.";
        return refused(&TokenRefusal::new(400, "invalid_request", 50_011, problem));
    }
    let state = text("state");
    if state.len() > 2000 {
        let problem = "The state is too long.";
        return refused(&TokenRefusal::new(400, "invalid_request", 900_144, problem));
    }
    let wrong = |error: &str, description: &str| {
        back(redirect_uri, state, &[("error", error), ("error_description", description)])
    };
    if text("response_type") != "code" {
        return wrong("unsupported_response_type", "response_type must be code");
    }
    if !matches!(text("response_mode"), "" | "query") {
        return wrong("invalid_request", "response_mode must be query");
    }
    let Ok(challenge) = challenge_of(&call) else {
        return wrong("invalid_request", "code_challenge must have 43 to 128 characters, its method be S256 or plain");
    };
    let scope = if text("scope").is_empty() { text("resource") } else { text("scope") };
    let Some(audience) = audience(&format!("{} {scope}", text("resource")), sim.origin()) else {
        return wrong("invalid_resource", "AADSTS500011: the resource principal was not found in the tenant");
    };
    let ticket = Ticket {
        redirect_uri: redirect_uri.to_owned(),
        state: state.to_owned(),
        scope: scope.to_owned(),
        challenge,
        expires: sim.clock.now().as_second() + PAGE_SECONDS,
        audience: audience.clone(),
    };
    let site = Url::parse(redirect_uri).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    let body = format!(
        "<form class=\"box\" method=\"post\"><p>The application <code>{}</code> wants to act for \
         <b>integration@provider.example</b> at <code>{}</code>. Afterwards you return to <code>{}</code>.</p>\
         <input type=\"hidden\" name=\"ticket\" value=\"{}\">\
         <p><button name=\"decision\" value=\"mfa\">Sign in and accept</button>\
         <button name=\"decision\" value=\"plain\">Accept without second factor</button>\
         <button name=\"decision\" value=\"deny\">Cancel</button></p>\
         <p class=\"soft\">This is a simulator: nobody is asked for a password.</p></form>",
        escaped(&known.client_id),
        escaped(&audience),
        escaped(&site),
        escaped(&sign(&sim.seed, "ticket", &ticket)),
    );
    page(200, "Sign in to Partner Center (simulated)", "", &body)
}

async fn decide(State(sim): State<Sim>, Path(_): Path<String>, form: String) -> Response {
    let form = form_pairs(&form);
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let now = sim.clock.now().as_second();
    let ticket = open::<Ticket>(&sim.seed, "ticket", field("ticket")).filter(|ticket| ticket.expires > now);
    let Some(ticket) = ticket else {
        let problem = "The page was open for too long, or was not ours. Start again.";
        return refused(&TokenRefusal::new(400, "invalid_request", 90_014, problem));
    };
    let mfa = match field("decision") {
        "mfa" => true,
        "plain" => false,
        _ => {
            let pairs =
                [("error", "access_denied"), ("error_description", "AADSTS65004: the user declined to consent")];
            return back(&ticket.redirect_uri, &ticket.state, &pairs);
        }
    };
    let code = Code {
        nonce: uuid::Uuid::new_v4().to_string(),
        redirect_uri: ticket.redirect_uri.clone(),
        audience: ticket.audience,
        scope: ticket.scope,
        mfa,
        expires: now + CODE_SECONDS,
        challenge: ticket.challenge,
    };
    let code = sign(&sim.seed, "code", &code);
    let session = uuid::Uuid::new_v4().to_string();
    back(&ticket.redirect_uri, &ticket.state, &[("code", &code), ("session_state", &session)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_registered_and_loopback_addresses() {
        let registered = ["https://provider.example/consent".to_owned()];
        for good in
            ["https://provider.example/consent", "http://localhost:1/x?y=1", "http://[::1]:9/", "http://127.0.0.1/"]
        {
            assert!(may_redirect_to(good, &registered), "{good}");
        }
        for bad in [
            "https://provider.example/consent/",
            "http://localhost.evil.example/",
            "http://user@localhost/",
            "javascript://localhost/%0aalert(1)",
            "http://127.0.0.1@evil.example/",
            "",
        ] {
            assert!(!may_redirect_to(bad, &registered), "{bad}");
        }
    }
}
