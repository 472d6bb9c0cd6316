//! The API through real HTTP, on SQLite and, when `LEVANTE_TEST_POSTGRES` names a server, on PostgreSQL.

mod carts;
mod client;
mod input;
mod keys;
mod orders;
mod services;
mod signing;
mod world;
