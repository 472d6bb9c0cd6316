//! The one test program of the crate: every room through its door.

mod ovh_api;
