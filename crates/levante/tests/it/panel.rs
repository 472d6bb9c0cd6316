//! The panel through HTTP: pages as text, forms as a browser sends them.

pub mod browser;
mod orders;
mod pages;
mod sign_in;
mod term;
mod users;
