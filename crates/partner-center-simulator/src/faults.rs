//! Faults: what goes wrong, on which route, before or after the work, how often.
//!
//! A hit is counted and committed before the fault acts, so that a test can wait for it and then
//! kill a process at exactly that point. Random faults never hit one target thrice in a row, and
//! their draws depend on the seed and on which call of its route a request is, on nothing else.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::state::Simulation;
use crate::wire::Refusal;

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FaultKind {
    /// Another status, with a code.
    Status,
    /// 429 of the gateway.
    Throttle,
    /// The same without `Retry-After`.
    ThrottleBare,
    /// Held until `PUT /control/faults` or `delayMs`.
    Stall,
    /// The connection is closed without an answer.
    DropAnswer,
    /// A body that is not JSON.
    Garbage,
    /// An HTML page with status 502.
    Html,
    /// The JSON text is cut in the middle.
    Truncated,
    /// A byte-order mark before the JSON.
    Bom,
    /// Slower by `delayMs`.
    Slow,
    /// States that nobody knows yet.
    UnknownEnum,
    /// Echoed ids doubled, `guid,guid`.
    DuplicateIds,
    /// The request is delivered twice; the answer is that of the first delivery, or with phase
    /// `before` that of the second.
    Duplicate,
    /// The JSON comes as `text/plain`.
    ContentType,
    /// PATCH only: 202 with a `Location` and no body, the work done.
    Accepted,
    /// Codes of errors as text instead of numbers.
    TextCodes,
    /// The list ends here: no next link, no token.
    DropNext,
}

/// When it happens, seen from the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    Before,
    After,
}

/// One fault.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fault {
    /// `"POST /v1/customers/{id}/carts/{id}/checkout"`, or `*` for every route.
    #[serde(default = "everywhere")]
    pub(crate) route: String,
    pub(crate) kind: FaultKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) phase: Option<Phase>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) delay_ms: Option<u64>,
    /// How many hits; absent or null = unlimited.
    #[serde(default)]
    pub(crate) count: Option<u64>,
    #[serde(default = "always")]
    pub(crate) probability: f64,
    /// How often it was hit; ignored in a PUT.
    #[serde(default)]
    pub(crate) hits: u64,
    /// Number given by the simulator; ignored in a PUT.
    #[serde(default)]
    pub(crate) id: u64,
}

fn everywhere() -> String {
    "*".to_owned()
}

fn always() -> f64 {
    1.0
}

impl Fault {
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(0.0..=1.0).contains(&self.probability) {
            return Err(format!("probability {} is not 0 to 1", self.probability));
        }
        if self.status.is_some_and(|status| !(200..600).contains(&status)) {
            return Err(format!("status {:?} is not 200 to 599", self.status));
        }
        if self.delay_ms.is_some_and(|delay| delay > 3_600_000) {
            return Err("delayMs is more than an hour".to_owned());
        }
        Ok(())
    }

    fn phase(&self) -> Phase {
        match self.kind {
            FaultKind::Status | FaultKind::Throttle | FaultKind::ThrottleBare | FaultKind::Stall => {
                self.phase.unwrap_or(Phase::Before)
            }
            FaultKind::DropAnswer => self.phase.unwrap_or(Phase::After),
            // Decided before the work, whichever delivery is answered.
            FaultKind::Slow | FaultKind::Duplicate => Phase::Before,
            FaultKind::Garbage
            | FaultKind::Html
            | FaultKind::Truncated
            | FaultKind::Bom
            | FaultKind::UnknownEnum
            | FaultKind::ContentType
            | FaultKind::Accepted
            | FaultKind::DropNext
            | FaultKind::TextCodes
            | FaultKind::DuplicateIds => Phase::After,
        }
    }

    /// When it happens, as the status page tells it.
    pub(crate) fn when(&self) -> Phase {
        self.phase.unwrap_or(self.phase())
    }

    fn is_harmless(&self) -> bool {
        matches!(
            self.kind,
            FaultKind::Bom | FaultKind::Slow | FaultKind::DuplicateIds | FaultKind::Duplicate | FaultKind::TextCodes
        )
    }

    /// Whether the second delivery of a [`FaultKind::Duplicate`] is the one that is answered.
    pub(crate) fn answers_second(&self) -> bool {
        self.phase == Some(Phase::Before)
    }

    fn covers(&self, template: &str) -> bool {
        if self.kind == FaultKind::Accepted && !template.starts_with("PATCH ") {
            return false;
        }
        let everything = match self.route.strip_suffix('*') {
            Some("") => true,
            Some(method) => template.starts_with(method) && method.ends_with(' '),
            None => return same_route(&self.route, template),
        };
        everything && !is_for_people(template)
    }

    /// The answer that stands in for the real one.
    pub(crate) fn refusal(&self) -> (Refusal, bool) {
        let status = self.status.unwrap_or(500);
        let code = self.code.unwrap_or(800_003);
        let bare = self.code.is_none() && matches!(status, 502..=504);
        (Refusal::new(status, code, "A fault of the simulator."), bare)
    }
}

/// Compares route templates whatever their parameters are called.
fn same_route(one: &str, other: &str) -> bool {
    let mut left = one.trim().split('/');
    let mut right = other.trim().split('/');
    loop {
        match (left.next(), right.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a.eq_ignore_ascii_case(b) => {}
            (Some(a), Some(b)) if a.starts_with('{') && b.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// Pages for people are spoilt only by faults that name them.
pub(crate) fn is_for_people(template: &str) -> bool {
    template.ends_with("/authorize")
}

/// The faults of a hostile simulator: each kind now and then, about one call in seven altogether.
/// A client that repeats with the same ids copes with all of them. The lost next link is not
/// among them: nobody can notice it.
pub(crate) fn hostile_faults() -> Vec<Fault> {
    let fault = |kind, phase, probability| Fault {
        route: everywhere(),
        kind,
        phase: Some(phase),
        status: None,
        code: None,
        retry_after_seconds: None,
        delay_ms: None,
        count: None,
        probability,
        hits: 0,
        id: 0,
    };
    let mut faults = vec![
        Fault { delay_ms: Some(150), ..fault(FaultKind::Slow, Phase::Before, 0.05) },
        Fault { retry_after_seconds: Some(1), ..fault(FaultKind::Throttle, Phase::Before, 0.02) },
        fault(FaultKind::ThrottleBare, Phase::Before, 0.005),
        fault(FaultKind::Status, Phase::Before, 0.015),
        Fault { status: Some(503), retry_after_seconds: Some(1), ..fault(FaultKind::Status, Phase::Before, 0.01) },
        fault(FaultKind::DropAnswer, Phase::Before, 0.005),
        fault(FaultKind::Duplicate, Phase::After, 0.02),
        fault(FaultKind::Status, Phase::After, 0.015),
        fault(FaultKind::DropAnswer, Phase::After, 0.02),
        fault(FaultKind::Html, Phase::After, 0.01),
        fault(FaultKind::Truncated, Phase::After, 0.01),
        fault(FaultKind::ContentType, Phase::After, 0.01),
        fault(FaultKind::Accepted, Phase::After, 0.03),
        Fault { route: "GET *".to_owned(), ..fault(FaultKind::UnknownEnum, Phase::After, 0.01) },
        fault(FaultKind::TextCodes, Phase::After, 0.05),
        fault(FaultKind::DuplicateIds, Phase::After, 0.02),
        fault(FaultKind::Bom, Phase::After, 0.10),
    ];
    number(&mut faults, 0);
    faults
}

/// Gives new faults their numbers and clears their hits.
pub(crate) fn number(faults: &mut [Fault], after: u64) {
    for (index, fault) in faults.iter_mut().enumerate() {
        fault.id = after + 1 + index as u64;
        fault.hits = 0;
    }
}

/// A request as far as faults are concerned.
#[derive(Clone, Copy)]
pub(crate) struct Drawn<'a> {
    /// Method and route.
    pub(crate) template: &'a str,
    /// Method and path.
    pub(crate) target: &'a str,
    /// Which call of its route it is, from 1.
    pub(crate) nth: u64,
}

/// How often in a row random faults spoilt one target.
#[derive(Default)]
pub(crate) struct Streaks(Mutex<HashMap<String, u8>>);

impl Streaks {
    const LIMIT: u8 = 2;

    fn spared(&self, target: &str) -> bool {
        let streaks = self.0.lock().expect("no panic while held");
        streaks.get(target).is_some_and(|hits| *hits >= Self::LIMIT)
    }

    fn spoilt(&self, target: &str) {
        let mut streaks = self.0.lock().expect("no panic while held");
        if streaks.len() > 10_000 {
            streaks.clear();
        }
        *streaks.entry(target.to_owned()).or_default() += 1;
    }

    /// An answer got through.
    pub(crate) fn passed(&self, target: &str) {
        self.0.lock().expect("no panic while held").remove(target);
    }
}

impl Simulation {
    /// The faults that hit this request in this phase, up to the first that ends it. Their hits
    /// are on disk when this returns.
    pub(crate) async fn draw_faults(&self, phase: Phase, request: &Drawn<'_>) -> Result<Vec<Fault>, Refusal> {
        let Drawn { template, target, nth } = *request;
        let any = self.read(|world, _| {
            let faults = &world.switches().faults;
            faults.iter().any(|f| f.phase() == phase && f.covers(template))
        });
        if !any {
            return Ok(Vec::new());
        }
        let mut drawn = Vec::new();
        for fault in self.read(|world, _| world.switches().faults.clone()) {
            if fault.phase() != phase || !fault.covers(template) {
                continue;
            }
            let random = fault.probability < 1.0;
            let spoils = random && !fault.is_harmless();
            if spoils && self.streaks.spared(target) {
                continue;
            }
            if random && self.seed.draw(template, nth, fault.id) >= fault.probability {
                continue;
            }
            let hit = self
                .write(|world, _| {
                    let switches = world.switches_mut();
                    let Some(live) = switches.faults.iter_mut().find(|f| f.id == fault.id) else {
                        return Ok(false);
                    };
                    let left = live.count.is_none_or(|count| live.hits < count);
                    live.hits += u64::from(left);
                    Ok(left)
                })
                .await?;
            if !hit {
                continue;
            }
            if spoils {
                self.streaks.spoilt(target);
            }
            let last = matches!(
                fault.kind,
                FaultKind::Status | FaultKind::Throttle | FaultKind::ThrottleBare | FaultKind::DropAnswer
            );
            drawn.push(fault);
            if last {
                break;
            }
        }
        Ok(drawn)
    }

    /// Waits until the fault was taken away or its time has passed.
    pub(crate) async fn stall(&self, fault: &Fault) {
        let mut changes = self.switches_changed.subscribe();
        let released = async {
            loop {
                let there = self.read(|world, _| world.switches().faults.iter().any(|f| f.id == fault.id));
                let stopped = self.stopped.load(Ordering::SeqCst);
                if !there || stopped || changes.changed().await.is_err() {
                    return;
                }
            }
        };
        match fault.delay_ms {
            Some(delay) => {
                let delay = Duration::from_millis(delay);
                // Elapsed is as good an end as released.
                let _ = tokio::time::timeout(delay, released).await;
            }
            None => released.await,
        }
    }
}

/// The gateway's throttling body (contract 2.1, shape 2).
pub(crate) fn throttled(seconds: u32) -> Value {
    json!({"statusCode": 429, "message": format!("Rate limit is exceeded. Try again in {seconds} seconds.")})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_match_whatever_the_parameters_are_called() {
        let template = "POST /v1/customers/{customer}/carts/{cart}/checkout";
        assert!(same_route("POST /v1/customers/{id}/carts/{id}/checkout", template));
        assert!(!same_route("POST /v1/customers/{id}/carts/{id}", template));
        assert!(!same_route("GET /v1/customers", "POST /v1/customers"));
    }

    #[test]
    fn stars_cover_routes_but_not_pages_for_people() {
        let mut fault = hostile_faults().remove(0);
        assert!(fault.covers("POST /v1/customers") && fault.covers("POST /{id}/oauth2/token"));
        assert!(!fault.covers("GET /{id}/oauth2/authorize"));
        fault.route = "GET *".to_owned();
        assert!(fault.covers("GET /v1/customers") && !fault.covers("POST /v1/customers"));
        fault.kind = FaultKind::Accepted;
        assert!(!fault.covers("GET /v1/customers"));
    }
}
