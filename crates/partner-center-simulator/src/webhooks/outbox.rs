//! What waits for delivery, and what became of it: rows that survive a restart.
//!
//! Rows that wait are sorted by the time at which they are due, so the courier looks at the first
//! ones only. Loss, doubles and delays are drawn from the seed and the row's number.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::events;
use super::registration::current;
use crate::announcements::Announcement;
use crate::seed::Seed;
use crate::state::{Entity, World};
use crate::wire::stamp;

/// Attempts before an event is given up (contract 17.3).
const ATTEMPTS: usize = 10;
/// Wait after the first failed attempt; doubles with every further one.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(60);
/// How long the end of a delivery can be looked at.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How many ends are kept at the most.
const REMEMBERED_ROWS: usize = 20_000;
/// How many rows wait at the most; beyond that the oldest are lost.
const WAITING_AT_MOST: usize = 200_000;

const WAITING: &str = "waiting/";
const ENDED: &str = "ended/";

/// What is becoming of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Fate {
    Waiting,
    Delivered,
    /// Never sent: the switches lose it.
    Lost,
    /// Ten attempts have failed.
    GivenUp,
}

/// One try to deliver.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    pub(crate) at: Timestamp,
    /// `OK`, `NotFound`, …; absent when there was no answer.
    pub(crate) response_code: Option<String>,
    pub(crate) response_message: String,
    /// No answer came at all.
    pub(crate) system_error: bool,
}

impl Attempt {
    fn succeeded(&self) -> bool {
        !self.system_error && self.response_message.is_empty()
    }

    pub(super) fn view(&self) -> Value {
        json!({"responseCode": self.response_code, "responseMessage": self.response_message,
            "systemError": self.system_error, "dateTimeUtc": stamp(self.at)})
    }
}

/// One copy of an event on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    id: u64,
    /// 0 for the first copy, 1 for its double.
    copy: u8,
    event: String,
    resource: String,
    audit: Option<String>,
    changed: Timestamp,
    due: Timestamp,
    fate: Fate,
    attempts: Vec<Attempt>,
    /// The validation event that it is, if any.
    validation: Option<String>,
}

impl Entity for Delivery {
    const KIND: &'static str = "webhook_delivery";
}

/// How the copies of one event travel.
struct Journey {
    due: Vec<Timestamp>,
    lost: bool,
    tie: u64,
}

impl Delivery {
    /// The body as it is sent (contract 17.3).
    pub(super) fn body(&self) -> Vec<u8> {
        let audit = self.audit.as_deref().map(events::audit_uri);
        json!({"EventName": self.event, "ResourceUri": events::resource_uri(&self.resource),
            "ResourceName": events::resource_name(&self.event), "AuditUri": audit,
            "ResourceChangeUtcDate": stamp(self.changed)})
        .to_string()
        .into_bytes()
    }

    fn ended_key(&self, at: Timestamp) -> String {
        format!("{ENDED}{:020}/{:016}-{}", micros(at), self.id, self.copy)
    }

    pub(super) fn view(&self) -> Value {
        json!({"id": self.id, "copy": self.copy, "eventName": self.event, "resource": self.resource,
            "resourceChangeUtcDate": stamp(self.changed), "dueAt": stamp(self.due), "state": self.fate,
            "attempts": self.attempts.iter().map(Attempt::view).collect::<Vec<_>>()})
    }
}

/// How many deliveries wait.
pub(crate) fn waiting(world: &World) -> usize {
    world.webhook_deliveries.under(WAITING).count()
}

fn micros(at: Timestamp) -> i64 {
    at.as_microsecond().max(0)
}

fn waiting_key(delivery: &Delivery, tie: u64) -> String {
    format!("{WAITING}{:020}/{tie:016x}/{:016}-{}", micros(delivery.due), delivery.id, delivery.copy)
}

/// A number in 0..1 that belongs to one row and one question.
fn chance(seed: &Seed, id: u64, question: &str) -> f64 {
    (tie_of(seed, id, question) >> 11) as f64 / (1u64 << 53) as f64
}

fn tie_of(seed: &Seed, id: u64, question: &str) -> u64 {
    let mac = seed.mac("webhook", &[&id.to_string(), question]);
    let mut head = [0u8; 8];
    head.copy_from_slice(&mac[..8]);
    u64::from_be_bytes(head)
}

/// Puts everything that was announced into the outbox; `true`: the courier has work.
pub(crate) fn post_announced(world: &mut World, seed: &Seed, now: Timestamp) -> bool {
    let mut work = false;
    while let Some(news) = world.announcements.pop_front() {
        work |= post_news(world, seed, &news, now);
    }
    work
}

/// Puts news into the outbox when somebody registered for the event. `true`: the courier has work.
pub(super) fn post_news(world: &mut World, seed: &Seed, news: &Announcement, now: Timestamp) -> bool {
    if !current(world).is_some_and(|registration| registration.wants(news.event)) {
        return false;
    }
    let id = world.serial();
    let switches = &world.switches().webhooks;
    let seconds = |count: f64| SignedDuration::from_millis((count * 1000.0) as i64);
    let spread = |question: &str| {
        let extra = chance(seed, id, question) * f64::from(switches.spread_seconds);
        let wait = seconds(f64::from(switches.delay_seconds) + extra);
        news.at.saturating_add(wait).unwrap_or(Timestamp::MAX).max(now)
    };
    let mut due = vec![spread("delay")];
    if chance(seed, id, "double") < switches.duplicate_probability {
        due.push(spread("delay of the double"));
    }
    let journey = Journey {
        due,
        lost: chance(seed, id, "loss") < switches.loss_probability,
        tie: if switches.shuffle { tie_of(seed, id, "order") } else { 0 },
    };
    send_off(world, id, news, None, &journey, now);
    true
}

/// Puts a validation event into the outbox: at once, once, and never lost.
pub(super) fn post_validation(world: &mut World, news: &Announcement, validation: &str) {
    let id = world.serial();
    let journey = Journey { due: vec![news.at], lost: false, tie: 0 };
    send_off(world, id, news, Some(validation), &journey, news.at);
}

fn send_off(
    world: &mut World,
    id: u64,
    news: &Announcement,
    validation: Option<&str>,
    journey: &Journey,
    now: Timestamp,
) {
    forget_old(world, now);
    for (copy, due) in journey.due.iter().enumerate() {
        let delivery = Delivery {
            id,
            copy: u8::from(copy > 0),
            event: news.event.to_owned(),
            resource: news.resource_path.clone(),
            audit: news.audit.clone(),
            changed: news.at,
            due: *due,
            fate: if journey.lost { Fate::Lost } else { Fate::Waiting },
            attempts: Vec::new(),
            validation: validation.map(str::to_owned),
        };
        let key = if journey.lost { delivery.ended_key(now) } else { waiting_key(&delivery, journey.tie) };
        world.webhook_deliveries.insert(key, delivery);
    }
}

/// The first rows that are due, with their keys.
pub(super) fn due(world: &World, now: Timestamp, most: usize) -> Vec<(String, Delivery)> {
    let waiting = world.webhook_deliveries.under(WAITING);
    let due = waiting.take_while(|(_, delivery)| delivery.due <= now);
    due.take(most).map(|(key, delivery)| (key.clone(), delivery.clone())).collect()
}

/// When the next row is due.
pub(super) fn next_due(world: &World) -> Option<Timestamp> {
    world.webhook_deliveries.under(WAITING).next().map(|(_, delivery)| delivery.due)
}

/// Records what became of an attempt; a row that is gone meanwhile (a reset) stays gone.
pub(super) fn record(world: &mut World, key: &str, attempt: Attempt, now: Timestamp) {
    let Some(mut delivery) = world.webhook_deliveries.remove(key) else {
        return;
    };
    let succeeded = attempt.succeeded();
    delivery.attempts.push(attempt);
    let tried = delivery.attempts.len();
    if !succeeded && tried < ATTEMPTS {
        let doublings = u32::try_from(tried - 1).unwrap_or(u32::MAX).min(10);
        delivery.due = now.saturating_add(FIRST_WAIT * (1 << doublings)).unwrap_or(Timestamp::MAX);
        world.webhook_deliveries.insert(waiting_key(&delivery, 0), delivery);
        return;
    }
    delivery.fate = if succeeded { Fate::Delivered } else { Fate::GivenUp };
    let key = delivery.ended_key(now);
    world.webhook_deliveries.insert(key, delivery);
}

/// Removes ends that are a week old, and the oldest of too many.
fn forget_old(world: &mut World, now: Timestamp) {
    let limit = now.saturating_sub(REMEMBERED).unwrap_or(Timestamp::MIN);
    let limit = format!("{ENDED}{:020}", micros(limit));
    let table = &mut world.webhook_deliveries;
    let old: Vec<String> =
        table.under(ENDED).take_while(|(key, _)| **key < limit).map(|(key, _)| key.clone()).collect();
    for key in old {
        table.remove(&key);
    }
    while table.len() > REMEMBERED_ROWS {
        let Some(oldest) = table.under(ENDED).next().map(|(key, _)| key.clone()) else {
            break;
        };
        table.remove(&oldest);
    }
    while table.len() >= WAITING_AT_MOST {
        let Some(first) = table.under(WAITING).next().map(|(key, _)| key.clone()) else {
            break;
        };
        table.remove(&first);
    }
}

/// The attempts of one validation event, and how it stands.
pub(super) fn of_validation(world: &World, validation: &str) -> Option<(Fate, Vec<Attempt>)> {
    // Validation events are two a minute at the most, and are looked at right after they were made.
    let rows = world.webhook_deliveries.iter();
    let found = rows.map(|(_, row)| row).find(|row| row.validation.as_deref() == Some(validation));
    found.map(|row| (row.fate, row.attempts.clone()))
}

/// Everything that waits, and the ends, the newest first; at most `most` of each.
pub(super) fn views(world: &World, most: usize) -> (Vec<Value>, Vec<Value>) {
    let waiting = world.webhook_deliveries.under(WAITING).take(most).map(|(_, row)| row.view()).collect();
    let ended: Vec<&Delivery> = world.webhook_deliveries.under(ENDED).map(|(_, row)| row).collect();
    (waiting, ended.into_iter().rev().take(most).map(Delivery::view).collect())
}
