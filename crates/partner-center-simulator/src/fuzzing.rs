//! The door of the fuzzing target: a world in memory and its routes, without sockets. Not an
//! interface: behind the feature `fuzzing`, and free to change.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Uri};
use tower::ServiceExt;

use crate::connection::Wire;
use crate::options::Options;
use crate::state::{Sim, Simulation};
use crate::webhooks::{IDENTITY, Identity};
use crate::{control, server, tokens};

/// The keys that sign webhooks take seconds to make: they are made for the first world that needs
/// them, and the others are given the same.
static KEYS: OnceLock<Identity> = OnceLock::new();

/// Where this simulator believes to be reached.
const ORIGIN: &str = "http://127.0.0.1:4711";
/// Longest answer looked at.
const LONGEST_ANSWER: usize = 64 << 20;

/// A fresh, kind world.
pub struct InMemory {
    sim: Sim,
    routes: Router,
    control: Router,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl InMemory {
    /// A world that nothing has happened in yet; the same every time, but for the clock.
    ///
    /// # Errors
    /// What is wrong with the world, in words.
    pub fn fresh() -> Result<Self, String> {
        let options = Options { seed: 1, hostile: false, ..Options::default() };
        let sim = Arc::new(Simulation::new(None, options)?);
        sim.origin.get_or_init(|| ORIGIN.to_owned());
        Ok(Self { routes: server::router(sim.clone()), control: control::router(sim.clone()), sim })
    }

    /// An access token for that audience, of the integration account or of the application alone;
    /// `None` when the token endpoint does not give one.
    pub async fn token(&self, of_user: bool, audience: &str) -> Option<String> {
        let known = tokens::credentials(&self.sim.seed);
        let grant = if of_user {
            format!("grant_type=refresh_token&refresh_token={}", known.refresh_token)
        } else {
            "grant_type=client_credentials".to_owned()
        };
        let form =
            format!("{grant}&client_id={}&client_secret={}&resource={audience}", known.client_id, known.client_secret);
        let target = format!("/{}/oauth2/token", known.tenant_id);
        let headers = [("content-type", b"application/x-www-form-urlencoded".as_slice())];
        let answer = self.request("POST", &target, &headers, form.into_bytes()).await?;
        let members: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
        members.get("access_token")?.as_str().map(str::to_owned)
    }

    async fn hold_keys(&self) {
        if let Some(keys) = KEYS.get() {
            let keys = keys.clone();
            let _ = self
                .sim
                .write(|world, _| {
                    world.webhook_identities.insert(IDENTITY, keys);
                    Ok(())
                })
                .await;
        } else if self.sim.notary.signer(&self.sim).await.is_ok()
            && let Some(keys) = self.sim.read(|world, _| world.webhook_identities.get(IDENTITY).cloned())
        {
            let _ = KEYS.set(keys);
        }
    }

    /// The token of the control routes.
    #[must_use]
    pub fn control_token(&self) -> &str {
        &self.sim.control_token
    }

    /// Sends a request to the routes, or to the control routes when its path begins so; `None` for
    /// what HTTP itself would refuse, and when the connection was cut.
    pub async fn request(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &[u8])],
        body: Vec<u8>,
    ) -> Option<Answer> {
        let uri: Uri = target.parse().ok()?;
        let is_control = uri.path().starts_with("/control/");
        if ["/webhooks/", "/certificates/", "/control/webhooks"].iter().any(|part| target.contains(part)) {
            self.hold_keys().await;
        }
        let mut builder = Request::builder().method(Method::from_bytes(method.as_bytes()).ok()?).uri(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let request = builder.extension(ConnectInfo(Wire::default())).body(Body::from(body)).ok()?;
        let routes = if is_control { &self.control } else { &self.routes };
        let response = match routes.clone().oneshot(request).await {
            Ok(response) => response,
            Err(impossible) => match impossible {},
        };
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, LONGEST_ANSWER).await.ok()?.to_vec();
        Some(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}
