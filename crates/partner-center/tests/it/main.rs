//! Tests of the client: wire samples, a scripted server on loopback, and the simulator.

mod contract;
mod outcomes;
mod reports;
mod samples;
mod script;
mod tokens;
