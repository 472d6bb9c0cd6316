//! API keys: applications and credentials, the pages that make them, and the page on which
//! somebody allows an application to act for the account.

use super::Panel;
use axum::{
    Router,
    routing::{get, post},
};

pub(super) mod list;
pub(super) mod make;
pub(super) mod validate;

/// The routes of keys; the addresses are those that OVHcloud's clients know.
pub(super) fn routes() -> Router<Panel> {
    Router::new()
        .route("/keys", get(list::show))
        .route("/keys/credentials/{id}/revoke", post(list::revoke))
        .route("/keys/applications/{id}/delete", post(list::delete))
        .route("/createApp/", get(make::application).post(make::make_application))
        .route("/createApp", get(make::application))
        .route("/createToken/", get(make::token).post(make::make_token))
        .route("/createToken", get(make::token))
        .route("/auth/", get(validate::show).post(validate::answer))
        .route("/auth", get(validate::show))
}
