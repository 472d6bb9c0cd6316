//! The one integration-test program of `levante`.

mod workflow;
mod world;
