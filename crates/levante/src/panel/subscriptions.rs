//! Subscriptions of a service: the table, the dialogs "change the number", "cancel", "new".

use super::Panel;
use axum::{Router, routing::get};

pub(super) mod cancel;
pub(super) mod new;
pub(super) mod seats;
pub(super) mod table;
pub(super) mod term;

/// The routes of subscriptions.
pub(super) fn routes() -> Router<Panel> {
    Router::new()
        .route("/services/{name}/subscriptions", get(table::show))
        .route("/services/{name}/subscriptions/list", get(table::list))
        .route("/services/{name}/subscriptions/new", get(new::base).post(new::order_base))
        .route("/services/{name}/subscriptions/{id}/seats", get(seats::show).post(seats::submit))
        .route("/services/{name}/subscriptions/{id}/cancel", get(cancel::show).post(cancel::submit))
        .route("/services/{name}/subscriptions/{id}/renewal", get(cancel::show).post(term::submit))
        .route("/services/{name}/subscriptions/{id}/add-on", get(new::add_on).post(new::order_add_on))
}
