//! The simulator over real HTTP: the road of an order, its oddities, and what must not happen.

mod changes;
mod faults;
mod road;
mod world;
