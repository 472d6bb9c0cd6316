//! The workflow against the simulator, kind and hostile.

mod once;
mod password;
mod preview;
mod road;
mod slow;
mod termination;
