//! Orders: the form with its draft, the summary, the list, and one order's progress.

use super::Panel;
use axum::{
    Router,
    routing::{get, post},
};

pub(super) mod draft;
pub(super) mod form;
pub(super) mod list;
pub(super) mod show;
pub(super) mod summary;

/// The routes of orders.
pub(super) fn routes() -> Router<Panel> {
    Router::new()
        .route("/order", get(form::show).post(form::submit))
        .route("/order/draft", post(form::keep))
        .route("/order/summary", get(summary::show))
        .route("/order/place", post(summary::place))
        .route("/orders", get(list::show))
        .route("/orders/{id}", get(show::show))
        .route("/orders/{id}/progress", get(show::progress))
}
