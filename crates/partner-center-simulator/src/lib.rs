//! Microsoft's Partner Center, emulated: the REST routes that an indirect provider of the CSP
//! programme uses, with their states, delays, error codes and oddities, over real HTTP.
//!
//! It must never be reachable from outside a test or demonstration: its secrets derive from a
//! seed. Written from public documentation alone; it shares no type with any client.
//! Next: `server.rs` (a request's way), `state.rs` (what is kept), the README (how to drive it).

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop"))]

mod addresses;
mod agreements;
mod announcements;
mod audit;
mod billing;
mod books;
mod cart_lines;
mod carts;
mod catalogue;
mod charges;
mod clock;
mod connection;
mod control;
mod countries;
mod customers;
mod domains;
mod eligibility;
mod engine;
mod faults;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gdap;
mod idempotency;
mod options;
mod orders;
mod partners;
mod persistence;
mod products;
mod profiles;
mod qualifications;
mod renewals;
mod rules;
mod seed;
mod server;
mod state;
mod subscription_changes;
mod subscriptions;
mod switches;
mod terms;
mod tokens;
mod webhooks;
mod windows;
mod wire;

pub use clock::{Clock, ClockError};
pub use options::{Credentials, Options, Platform, StartError};
pub use server::Simulator;
