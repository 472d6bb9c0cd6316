//! Tests of the client: wire samples, a scripted server on loopback, and the simulator.

mod contract;
mod outcomes;
mod retry_table;
mod samples;
mod script;
mod tokens;
mod traces;
mod webhooks;
