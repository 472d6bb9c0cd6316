//! The outbox in the control interface: look at it, fire an event, read the root certificate.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;

use super::events;
use super::outbox::{self, post_news};
use super::registration::{Registration, current};
use crate::announcements::Announcement;
use crate::control::{Controlled, Problem, parsed, shown};
use crate::state::Sim;

/// Rows of each kind that the outbox shows.
const SHOWN: usize = 1000;
/// Longest path of a resource.
const PATH_LENGTH: usize = 512;

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/control/webhooks", get(show))
        .route("/control/webhooks/fire", post(fire))
        .route("/control/webhooks/root", get(root))
}

async fn show(State(sim): State<Sim>) -> Controlled {
    // What is shown must survive a kill right after.
    sim.flush().await?;
    let (registration, (waiting, ended)) =
        sim.read(|world, _| (current(world).map(Registration::view), outbox::views(world, SHOWN)));
    shown(&json!({"registration": registration, "waiting": waiting, "ended": ended}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FireBody {
    event: String,
    resource: String,
}

/// Announces something that the simulator itself never does, or does later.
async fn fire(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let given: FireBody = parsed(&body)?;
    let event = events::known(&given.event)
        .ok_or_else(|| Problem(StatusCode::BAD_REQUEST, format!("{} is not an event", given.event)))?;
    let path = given.resource;
    if !path.starts_with('/') || path.len() > PATH_LENGTH || path.chars().any(|c| c.is_control() || c == ' ') {
        return Err(Problem(StatusCode::BAD_REQUEST, "resource is a path that starts with a slash".to_owned()));
    }
    let queued = sim
        .write(|world, now| {
            let news = Announcement { event, resource_path: path, audit: None, at: now };
            Ok(post_news(world, &sim.seed, &news, now))
        })
        .await?;
    sim.courier.wake();
    shown(&json!({"registered": queued}))
}

async fn root(State(sim): State<Sim>) -> Result<Response, Problem> {
    let signer = sim.notary.signer(&sim).await?;
    let kind = [(header::CONTENT_TYPE, "application/x-pem-file")];
    Ok((kind, signer.root_pem().to_owned()).into_response())
}
