//! The program: everything that touches the world. Read `ARCHITECTURE.md` first.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod locale;
pub mod mail;
pub mod operations;
pub mod ovh_api;
pub mod panel;
pub mod provider;
pub mod secrets;
pub mod storage;
pub mod workflow;
