//! Domain names of tenants (contract 7.1): 200 means taken, 404 means free.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::state::{Entity, Sim};
use crate::wire::{Answer, Call, Refusal, empty, ok};

/// The ending of every initial domain.
pub(crate) const ENDING: &str = ".onmicrosoft.com";

/// Names taken beforehand.
pub(crate) const TAKEN: [&str; 4] =
    ["contoso.onmicrosoft.com", "fabrikam.onmicrosoft.com", "northwind.onmicrosoft.com", "taken.onmicrosoft.com"];

/// A name that is in use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Domain {
    /// The tenant that owns it; `None` for a tenant of somebody else.
    pub(crate) tenant: Option<String>,
}

impl Entity for Domain {
    const KIND: &'static str = "domain";
}

/// 1 to 27 lower-case letters and digits, no digit first.
pub(crate) fn prefix_fits(prefix: &str) -> bool {
    (1..=27).contains(&prefix.len())
        && prefix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && !prefix.starts_with(|c: char| c.is_ascii_digit())
}

pub(crate) fn routes() -> Router<Sim> {
    // GET answers like HEAD, without a body.
    Router::new()
        .route("/v1/domains/{domain}", get(look_up))
        .route("/v1/validations/checkdomainavailability/{prefix}", get(check))
}

async fn look_up(State(sim): State<Sim>, _: Call, Path(domain): Path<String>) -> Response {
    let domain = domain.to_lowercase();
    let taken = sim.read(|world, _| world.domains.get(&domain).is_some());
    empty(if taken { 200 } else { 404 })
}

async fn check(State(sim): State<Sim>, call: Call, Path(prefix): Path<String>) -> Answer {
    call.needs_user()?;
    let prefix = prefix.to_lowercase();
    if !prefix_fits(&prefix) {
        return Err(Refusal::property("domainPrefix", "1 to 27 letters and digits, no digit first"));
    }
    let taken = sim.read(|world, _| world.domains.get(&format!("{prefix}{ENDING}")).is_some());
    ok(&Value::Bool(!taken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        assert!(prefix_fits("albaforni2"));
        for bad in ["", "2alba", "alba-forni", "Alba", &"a".repeat(28)] {
            assert!(!prefix_fits(bad), "{bad}");
        }
    }
}
