//! The rules of reselling Microsoft 365 licences: what an order, a service, a
//! subscription, a seat and a window are, and which moves are allowed.
//!
//! Pure: no clock, no I/O, no SQL, no HTTP. Whoever calls passes the time in and
//! carries the decision out. Words are those of `docs/glossary.md`; Microsoft's
//! words stop at `levante::provider::microsoft`, OVHcloud's at `levante::ovh_api`.

pub mod catalogue;
pub mod contact;
pub mod credentials;
pub mod id;
pub mod invalid;
pub mod money;
pub mod order;
pub mod partner;
pub mod permission;
pub mod reason;
pub mod right;
pub mod seat;
pub mod service;
pub mod subscription;
pub mod task;
pub mod term;

pub use jiff;
pub use rust_decimal;
