//! The API through real HTTP, on SQLite and, when `LEVANTE_TEST_POSTGRES` names a server, on PostgreSQL.

mod access;
mod bills;
mod carts;
pub mod client;
mod filled;
mod input;
mod keys;
mod limits;
mod malformed;
mod orders;
mod pages;
mod previews;
mod rights;
mod schema;
mod served;
mod services;
mod signing;
mod terminations;
mod withdrawn;
pub mod world;
