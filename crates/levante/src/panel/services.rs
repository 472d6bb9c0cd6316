//! Services: their list, one service's page, and the dialogs that change it.

use super::Panel;
use axum::{Router, routing::get};

pub(super) mod edit;
pub(super) mod list;
pub(super) mod show;

/// The routes of services.
pub(super) fn routes() -> Router<Panel> {
    Router::new()
        .route("/services", get(list::show))
        .route("/services.csv", get(list::csv))
        .route("/services/{name}", get(show::show))
        .route("/services/{name}/name", get(edit::name).post(edit::rename))
        .route("/services/{name}/contact", get(edit::contact).post(edit::change_contact))
        .route("/services/{name}/mpn", get(edit::mpn).post(edit::change_mpn))
}
