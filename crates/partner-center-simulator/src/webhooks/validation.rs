//! Validation events (contract 17.1): the provider asks for a test event and reads how it went.

use axum::extract::{Path, State};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::events::TEST;
use super::outbox::{Attempt, Fate, of_validation, post_validation};
use super::registration::current_mut;
use crate::announcements::Announcement;
use crate::gate::too_many;
use crate::state::{Entity, Sim, World};
use crate::tokens::credentials;
use crate::wire::{Answer, Call, Refusal, guid, ok};

/// Requests per minute; refused ones count.
const PER_MINUTE: usize = 2;
const MINUTE: SignedDuration = SignedDuration::from_secs(60);
/// After so long nobody knows of it any more.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A test event that was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ValidationEvent {
    at: Timestamp,
    correlation: String,
    callback: String,
}

impl Entity for ValidationEvent {
    const KIND: &'static str = "webhook_validation";
}

pub(super) async fn create(State(sim): State<Sim>, _: Call) -> Answer {
    match sim.write(|world, now| Ok(ask(world, &sim, now))).await? {
        Ok(correlation) => {
            sim.courier.wake();
            ok(&json!({"correlationId": correlation}))
        }
        Err(Unasked::NotRegistered) => Err(Refusal::invalid("The event test-created is not registered.")),
        Err(Unasked::TooMany(seconds)) => Ok(too_many(seconds)),
    }
}

/// Why no test event is sent.
enum Unasked {
    NotRegistered,
    /// Seconds to wait.
    TooMany(u32),
}

fn ask(world: &mut World, sim: &Sim, now: Timestamp) -> Result<String, Unasked> {
    world.webhook_validations.retain(|event| now < event.at + KEPT);
    let registration = current_mut(world).ok_or(Unasked::NotRegistered)?;
    if !registration.wants(TEST) {
        return Err(Unasked::NotRegistered);
    }
    let calls = &mut registration.validations;
    calls.push(now);
    let full = calls.len() > PER_MINUTE && now < calls[0] + MINUTE;
    if calls.len() > PER_MINUTE {
        calls.remove(0);
    }
    if full {
        let wait = (calls[0] + MINUTE).duration_since(now).as_secs();
        return Err(Unasked::TooMany(u32::try_from(wait).unwrap_or(60).saturating_add(1)));
    }
    let callback = registration.url.clone();
    let number = world.serial().to_string();
    let correlation = sim.seed.guid("validation event", &[&number]);
    let event = ValidationEvent { at: now, correlation: correlation.clone(), callback };
    world.webhook_validations.insert(correlation.clone(), event);
    let news = Announcement { event: TEST, resource_path: "/registration/test".to_owned(), audit: None, at: now };
    post_validation(world, &news, &correlation);
    Ok(correlation)
}

pub(super) async fn read(State(sim): State<Sim>, _: Call, Path(correlation): Path<String>) -> Answer {
    let correlation = guid(&correlation).ok_or_else(Refusal::not_found)?;
    let partner = credentials(&sim.seed).tenant_id;
    sim.read(|world, now| {
        let event = world.webhook_validations.get(&correlation);
        let event = event.filter(|event| now < event.at + KEPT).ok_or_else(Refusal::not_found)?;
        let (fate, attempts) = of_validation(world, &correlation).unwrap_or((Fate::Waiting, Vec::new()));
        let status = match fate {
            Fate::Waiting => "pending",
            Fate::Delivered => "completed",
            Fate::Lost | Fate::GivenUp => "failed",
        };
        let results: Vec<Value> = attempts.iter().map(Attempt::view).collect();
        ok(&json!({"correlationId": event.correlation, "partnerId": partner, "status": status,
            "callbackUrl": event.callback, "results": results}))
    })
}
