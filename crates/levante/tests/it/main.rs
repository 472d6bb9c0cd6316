//! The one integration-test program of `levante`.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

mod coverage;
mod matrix;
mod ovh_api;
mod panel;
mod server;
mod storage;
mod tidy;
mod tls;
mod workflow;
mod world;
