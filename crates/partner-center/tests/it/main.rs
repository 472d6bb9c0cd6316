//! Tests of the client: wire samples, and behaviour against a scripted server on loopback.

mod outcomes;
mod samples;
mod script;
mod tokens;
