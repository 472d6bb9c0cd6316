//! The program: everything that touches the world.

pub mod clock;
pub mod locale;
pub mod mail;
pub mod operations;
pub mod panel;
pub mod provider;
pub mod secrets;
pub mod storage;
