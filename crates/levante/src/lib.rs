//! The program: everything that touches the world.

pub mod locale;
pub mod provider;
