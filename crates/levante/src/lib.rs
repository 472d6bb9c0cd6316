//! The program: everything that touches the world.

pub mod clock;
pub mod operations;
pub mod provider;
pub mod secrets;
pub mod storage;
