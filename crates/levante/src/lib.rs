//! The program: everything that touches the world.

pub mod locale;
pub mod mail;
pub mod provider;
