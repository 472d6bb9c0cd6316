//! Who may call which host's routes (contract 5.1, 5.6): token, audience, second factor; and what
//! Partner Center tells about the second factor. The gate of `server.rs` asks here.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::state::{Entity, Sim, Simulation};
use crate::tokens::{API, Claims, GRAPH, Kind, PRICES, credentials, open};
use crate::wire::{Answer, Call, Refusal, date_of, day, ok};

/// Whose routes a path belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    PartnerCenter,
    /// Price sheets and their like; users only.
    Prices,
    Graph,
}

impl Host {
    fn of(path: &str) -> Self {
        let path = path.to_ascii_lowercase();
        if path.starts_with("/v1.0/sales/") {
            Self::Prices
        } else if path.starts_with("/v1.0/") || path.starts_with("/beta/") {
            Self::Graph
        } else {
            Self::PartnerCenter
        }
    }

    /// The simulator's own address is as good as the names of the two hosts that it stands for.
    fn accepts(self, audience: &str, origin: &str) -> bool {
        match self {
            Self::Graph => audience == GRAPH,
            Self::Prices => audience == PRICES || audience == API || audience == origin,
            Self::PartnerCenter => audience == API || audience == origin,
        }
    }
}

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    /// A signed-in user, not an application.
    pub(crate) user: bool,
    pub(crate) mfa: bool,
}

impl Simulation {
    /// The caller, when the token is good for this path.
    pub(crate) fn authenticate(&self, authorization: Option<&str>, path: &str) -> Result<Caller, Refusal> {
        let denied = || {
            let realm = credentials(&self.seed).client_id;
            Refusal::new(401, 800_001, "No valid partner token in the request.")
                .challenge(format!("OAuth realm=urn:cpsvc:cpid:{realm}"))
        };
        let token = authorization
            .and_then(|text| text.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(denied)?;
        let claims: Claims = open(&self.seed, "token", token)
            .filter(|claims: &Claims| claims.kind != Kind::Refresh)
            .ok_or_else(denied)?;
        if self.clock.now().as_second() >= claims.expires {
            return Err(Refusal::new(401, 400, "Access denied: the token has expired."));
        }
        let host = Host::of(path);
        if !host.accepts(&claims.audience, self.origin()) {
            return Err(Refusal::new(401, 900_420, "The audience of the token is not accepted."));
        }
        let caller = Caller { user: claims.kind == Kind::User, mfa: claims.mfa };
        if caller.user {
            self.check_second_factor(caller)?;
        } else if host == Host::Prices {
            return Err(Refusal::application_only());
        }
        Ok(caller)
    }

    /// Counts a user's call and refuses it without second factor once that is the rule.
    fn check_second_factor(&self, caller: Caller) -> Result<(), Refusal> {
        let enforced = self.count(|world, now| {
            let today = date_of(now).to_string();
            let mut calls = world.mfa_days.get(&today).cloned().unwrap_or_default();
            calls.total += 1;
            calls.compliant += u64::from(caller.mfa);
            world.mfa_days.insert(today, calls);
            world.switches().rules.mfa_enforced(now)
        });
        if enforced && !caller.mfa {
            let text = "Access denied: the token was issued without multi-factor authentication (MFA).";
            return Err(Refusal::new(401, 400, text));
        }
        Ok(())
    }
}

/// The calls of users on one day.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct MfaDay {
    total: u64,
    compliant: u64,
}

impl Entity for MfaDay {
    const KIND: &'static str = "mfa_day";
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new().route("/v1/applicationmfaadoptionstatus", get(adoption)).route("/v1/partnerRequests", get(adoption))
}

/// One row per day and application, a bare array.
async fn adoption(State(sim): State<Sim>, _: Call) -> Answer {
    let application = credentials(&sim.seed).client_id;
    sim.read(|world, _| {
        let rows: Vec<Value> = world
            .mfa_days
            .iter()
            .filter_map(|(date, calls)| Some((date.parse().ok()?, calls)))
            .map(|(date, calls)| {
                json!({"loginDate": day(date), "mfaCompliantRequestCount": calls.compliant,
                    "totalRequestCount": calls.total, "applicationId": application,
                    "applicationName": "Integration"})
            })
            .collect();
        ok(&Value::Array(rows))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_tell_the_host() {
        assert_eq!(Host::of("/v1/customers"), Host::PartnerCenter);
        assert_eq!(Host::of("/partner/v1/analytics/subscriptions"), Host::PartnerCenter);
        assert_eq!(Host::of("/v1.0/reports/partners/billing/x"), Host::Graph);
        assert_eq!(Host::of("/v1.0/Sales/pricesheets(Market='IT')/$value"), Host::Prices);
    }
}
