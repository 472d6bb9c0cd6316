//! The control panel: HTML for people, a folder per noun with handler, form and page.
//!
//! Everything works without JavaScript. Calls `operations` only; holds no sentence (those
//! are in `locale`) and decides nothing. Read next: `panel/gate.rs` (who asks, from where,
//! with which token), `panel/page.rs` (what every page shows).

use crate::operations::Operations;
use axum::{
    Router, middleware,
    routing::{get, post},
};
use std::{net::IpAddr, sync::Arc};

mod assets;
mod checks;
mod console;
mod fault;
mod field;
mod gate;
mod keys;
mod operator;
mod orders;
mod page;
mod services;
mod sign_in;
mod subscriptions;
mod tasks;
mod terminations;

/// What the panel must know from outside.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The address under which people reach it, without a slash at the end.
    pub public_url: String,
    /// The provider's name, in the header and in titles.
    pub brand: String,
    /// Cookies only over HTTPS: exactly when `public_url` is https (design §11.13).
    pub secure_cookies: bool,
    /// Logins shown on the sign-in page (name, password): only ever set by the demo.
    pub demo_logins: Vec<(String, String)>,
    /// The page that shows the demo's mails.
    pub mailbox_url: Option<String>,
    /// The status page of the demo's simulated Microsoft.
    pub simulator_url: Option<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// What every handler can reach.
#[derive(Clone)]
pub(crate) struct Panel {
    pub(crate) ops: Arc<Operations>,
    pub(crate) settings: Arc<Settings>,
}

/// Every page of the panel, on its own part of the origin; its fallback is the page "not found".
pub fn router(operations: Arc<Operations>, settings: Settings) -> Router {
    let panel = Panel { ops: operations, settings: Arc::new(settings) };
    let account = Router::new()
        .route("/", get(sign_in::home))
        .route("/sign-in", get(sign_in::show).post(sign_in::submit))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/language", post(sign_in::language))
        .route("/operator", get(operator::show))
        .route("/operator/mpn", post(operator::approve))
        .route("/assets/{file}", get(assets::show));
    Router::new()
        .merge(account)
        .merge(services::routes())
        .merge(subscriptions::routes())
        .merge(tasks::routes())
        .merge(orders::routes())
        .merge(terminations::routes())
        .merge(checks::routes())
        .merge(keys::routes())
        .merge(console::routes())
        .fallback(fault::no_such_page)
        .method_not_allowed_fallback(fault::no_such_page)
        .layer(middleware::from_fn_with_state(panel.clone(), gate::gate))
        .with_state(panel)
}
