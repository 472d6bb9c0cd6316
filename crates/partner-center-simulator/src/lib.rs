//! Microsoft's Partner Center, emulated: the REST routes that an indirect provider of the CSP
//! programme uses, with their states, delays, error codes and oddities, over real HTTP.
//!
//! It must never be reachable from outside a test or demonstration: its secrets derive from a
//! seed. Written from public documentation alone; it shares no type with any client.
//! Next: `gate.rs` (a request's way), `state.rs` (what is kept), `engine.rs` (what time does), the
//! README (how to drive it).

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop"))]

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod access;
mod addresses;
mod agreements;
mod analytics;
mod analytics_filter;
mod announcements;
mod audit;
mod authorize;
mod billing;
mod books;
mod cart_checks;
mod cart_lines;
mod carts;
mod catalogue;
mod charges;
mod clock;
mod connection;
mod control;
mod control_directory;
mod countries;
mod customers;
mod directory;
mod domains;
mod eligibility;
mod engine;
mod faults;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod gdap;
mod html;
mod idempotency;
mod incidents;
mod legacy;
mod licences;
mod next_terms;
mod offers;
mod options;
mod orders;
mod overage;
mod partners;
mod persistence;
mod price_sheets;
mod prices;
mod products;
mod profiles;
mod promotions;
mod qualifications;
mod recent;
mod relationships;
mod renewals;
mod roles;
mod rules;
mod sandbox;
mod seed;
mod server;
mod spoiling;
mod state;
mod status_page;
mod subscription_changes;
mod subscription_view;
mod subscriptions;
mod switches;
mod term_changes;
mod term_dates;
mod terms;
mod throttle;
mod tokens;
mod transitions;
mod user_rules;
mod users;
mod webhooks;
mod windows;
mod wire;

pub use clock::{Clock, ClockError};
pub use options::{Credentials, Options, Platform, StartError};
pub use sandbox::Profile;
pub use server::Simulator;
