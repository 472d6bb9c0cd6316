//! The models and enums of the schema, a file per subject. Constant data, read by `schema.rs`; a model is
//! served when a route names it.

pub(super) mod account;
pub(super) mod all_services;
pub(super) mod auth;
pub(super) mod bill;
pub(super) mod cart;
pub(super) mod iam;
pub(super) mod order;
pub(super) mod preview;
pub(super) mod tenant;
