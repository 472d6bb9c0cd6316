//! Webhooks (contract 17): one registration per provider, deliveries that are signed, late,
//! doubled or lost as the switches say, and validation events to try the receiver with.
//!
//! What was announced is a row until it was delivered or given up, so a restart forgets nothing.
//! Next: `registration.rs` (the management API), `outbox.rs` (what waits), `courier.rs` (the way out).

pub(crate) mod control;
pub(crate) mod courier;
mod events;
pub(crate) mod outbox;
mod registration;
mod signature;
mod validation;

pub(crate) use courier::Courier;
pub(crate) use outbox::{Delivery, post_announced};
pub(crate) use registration::{Registration, routes};
#[cfg(feature = "fuzzing")]
pub(crate) use signature::ONLY as IDENTITY;
pub(crate) use signature::{Identity, Notary};
pub(crate) use validation::ValidationEvent;
