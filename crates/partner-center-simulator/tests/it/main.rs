//! The simulator over real HTTP: the road of an order, its oddities, and what must not happen.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod changes;
mod consent;
mod customers;
mod faults;
mod insights;
mod invoices;
mod kills;
mod licences;
mod receiver;
mod road;
mod spoilt;
mod status_page;
mod throttle;
mod users;
mod webhooks;
mod world;
