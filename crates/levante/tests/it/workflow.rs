//! The workflow against the simulator, kind and hostile.

mod once;
mod road;
mod slow;
