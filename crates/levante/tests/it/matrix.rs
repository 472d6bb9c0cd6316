//! Bad input: every fault at every door, with its message, and nothing made at Microsoft.
//!
//! The matrix itself is the table in `matrix/table.rs`; `matrix/form.rs` spoils an order, one
//! file per door sends it. The doors are real: HTTP, the program's commands, the workflow.

mod api;
mod browser;
mod commands;
mod doors;
mod form;
mod panel;
mod secrets;
mod table;
mod workflow;
