//! The simulator over real HTTP: the road of an order, its oddities, and what must not happen.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod carts;
mod catalogue;
mod changes;
mod consent;
mod customers;
mod faults;
mod insights;
mod invoices;
mod kills;
mod legacy;
mod licences;
mod market_traps;
mod orders;
mod price_sheets;
mod promotions;
mod readme;
mod receiver;
mod renewals;
mod road;
mod samples;
mod sandbox;
mod spoilt;
mod status_page;
mod subscriptions;
mod term_changes;
mod term_dates;
mod throttle;
mod transitions;
mod users;
mod validations;
mod webhooks;
mod world;
