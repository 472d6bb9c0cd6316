//! The program: everything that touches the world.

pub mod clock;
pub mod provider;
pub mod secrets;
pub mod storage;
