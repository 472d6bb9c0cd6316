//! The management API of contract 17.1: which events the provider wants, and where.

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{events, signature, validation};
use crate::state::{Entity, Sim, World};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, ok, send};

/// Longest address that can be registered.
const URL_LENGTH: usize = 2048;

/// Where and what the provider wants to hear.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Registration {
    subscriber: String,
    pub(super) url: String,
    events: Vec<String>,
    /// The signature goes into `x-ms-signature` instead of `Authorization`.
    pub(super) own_header: bool,
    /// When the last validation events were asked for.
    pub(super) validations: Vec<Timestamp>,
}

impl Entity for Registration {
    const KIND: &'static str = "webhook_registration";
}

const ONLY: &str = "only";

impl Registration {
    pub(super) fn wants(&self, event: &str) -> bool {
        self.events.iter().any(|wanted| wanted == event)
    }

    pub(super) fn view(&self) -> Value {
        json!({"SubscriberId": self.subscriber, "WebhookUrl": self.url, "WebhookEvents": self.events,
            "SignatureTokenToMsSignatureHeader": self.own_header})
    }

    /// Reads the body of POST and PUT, member names in any case, `_` ignored.
    fn read(body: &Value, subscriber: String, anywhere: bool) -> Result<Self, Refusal> {
        let body = Members(body);
        let text = |name: &str, snake: &str| body.owned(name).or_else(|| body.owned(snake));
        let url = text("WebhookUrl", "webhook_url")
            .filter(|url| url.len() <= URL_LENGTH)
            .ok_or_else(|| Refusal::property("WebhookUrl", "an http or https address"))?;
        if !may_be_called(&url, anywhere) {
            let rule = "the simulator delivers to http(s) addresses of this machine only";
            let rule = if anywhere { "an http or https address" } else { rule };
            return Err(Refusal::property("WebhookUrl", rule));
        }
        let mut wanted: Vec<String> = Vec::new();
        for event in ["WebhookEvents", "webhook_events"].iter().flat_map(|name| body.list(name)).take(1000) {
            let known = event.as_str().and_then(events::known);
            let known = known.ok_or_else(|| Refusal::property("WebhookEvents", "a name that is not an event"))?;
            if !wanted.iter().any(|name| name == known) {
                wanted.push(known.to_owned());
            }
        }
        if wanted.is_empty() {
            return Err(Refusal::property("WebhookEvents", "at least one event"));
        }
        let own_header = body.flag("SignatureTokenToMsSignatureHeader").unwrap_or(false);
        Ok(Self { subscriber, url, events: wanted, own_header, validations: Vec::new() })
    }
}

/// Whether the simulator may send anything to this address: loopback only, unless told otherwise.
pub(super) fn may_be_called(url: &str, anywhere: bool) -> bool {
    let Ok(uri) = url.parse::<Uri>() else {
        return false;
    };
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
        return false;
    };
    // Whoever reads `user@host` differently than we do would be led elsewhere.
    let plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    let scheme = uri.scheme_str().is_some_and(|scheme| matches!(scheme, "http" | "https"));
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    let local = host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback());
    plain && scheme && (local || anywhere)
}

/// The one registration, if there is one.
pub(super) fn current(world: &World) -> Option<&Registration> {
    world.webhook_registrations.get(ONLY)
}

pub(super) fn current_mut(world: &mut World) -> Option<&mut Registration> {
    world.webhook_registrations.get_mut(ONLY)
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/webhooks/v1/registration", get(read).post(register).put(replace))
        .route("/webhooks/v1/registration/events", get(list))
        .route("/webhooks/v1/registration/validationEvents", post(validation::create))
        .route("/webhooks/v1/registration/validationEvents/{correlation}", get(validation::read))
        .route("/certificates/{name}", get(signature::certificate))
}

async fn list(_: Call) -> Answer {
    Ok(send(200, &events::names().map(Value::from).collect()))
}

async fn read(State(sim): State<Sim>, _: Call) -> Answer {
    sim.read(|world, _| ok(&current(world).ok_or_else(Refusal::not_found)?.view()))
}

async fn register(State(sim): State<Sim>, call: Call, JsonBody(body): JsonBody) -> Answer {
    store(&sim, &call, &body, false).await
}

async fn replace(State(sim): State<Sim>, call: Call, JsonBody(body): JsonBody) -> Answer {
    store(&sim, &call, &body, true).await
}

/// POST makes the registration, PUT changes the one that is there.
async fn store(sim: &Sim, call: &Call, body: &Value, present: bool) -> Answer {
    let subscriber = sim.seed.guid("webhook subscriber", &[]);
    let mut registration = Registration::read(body, subscriber, sim.webhooks_anywhere)?;
    // Keys are made while the caller waits, not when the first event is late already.
    sim.notary.signer(sim).await?;
    let shown = registration.view();
    sim.write(|world, now| {
        let before = current(world).map(Registration::view);
        match (&before, present) {
            (Some(_), false) => return Err(Refusal::new(409, 1003, "There is a registration already.")),
            (None, true) => return Err(Refusal::not_found()),
            _ => {}
        }
        // A change of the address opens no new minute.
        registration.validations = current(world).map(|old| old.validations.clone()).unwrap_or_default();
        world.webhook_registrations.insert(ONLY, registration);
        let what = ("webhook", if present { "update_webhook" } else { "create_webhook" });
        crate::audit::record(world, call, now, "", what, (before.as_ref(), Some(&shown)));
        Ok(())
    })
    .await?;
    ok(&shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_be_called() {
        for good in ["http://127.0.0.1:8080/hook", "https://localhost/x", "HTTP://[::1]:9/", "http://127.9.9.9/"] {
            assert!(may_be_called(good, false), "{good}");
        }
        let bad = [
            "",
            "/hook",
            "ftp://127.0.0.1/",
            "http://10.0.0.1/",
            "http://hook.example/",
            "http://localhost.hook.example/",
            "http://localhost@hook.example/",
            "http://hook.example#@localhost/",
            "http://0.0.0.0/",
            "http://127.1/",
        ];
        for bad in bad {
            assert!(!may_be_called(bad, false), "{bad}");
        }
        assert!(may_be_called("https://hook.example/", true));
        assert!(!may_be_called("file:///etc/hosts", true));
    }
}
