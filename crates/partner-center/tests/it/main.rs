//! Tests of the client: wire samples, a scripted server on loopback, and the simulator.

mod billing;
mod catalogue;
mod contract;
mod outcomes;
mod people;
mod purchases;
mod reports;
mod retry_table;
mod samples;
mod script;
mod subscriptions;
mod tenants;
mod tokens;
mod traces;
mod webhooks;
