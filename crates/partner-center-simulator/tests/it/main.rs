//! The simulator over real HTTP: the road of an order, its oddities, and what must not happen.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall stop")]

mod changes;
mod customers;
mod faults;
mod invoices;
mod kills;
mod receiver;
mod road;
mod webhooks;
mod world;
