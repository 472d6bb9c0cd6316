//! The page behind the link of a termination mail: it asks once more, then confirms.

use super::{
    Panel,
    fault::{Fault, sentence},
    gate::{Reseller, Writer},
    page::{Page, html},
    services::edit::Sent,
};
use crate::operations::{Problem, services::Service};
use askama::Template;
use axum::{
    Form, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use licensing::id::ServiceId;
use serde::Deserialize;

/// The routes of terminations; the address is the one that OVHcloud's mails have.
pub(super) fn routes() -> Router<Panel> {
    Router::new().route("/billing/confirmTerminate", get(show).post(submit))
}

#[derive(Template)]
#[template(path = "terminations/confirm.html")]
struct ConfirmPage {
    p: Page,
    service: Service,
    token: String,
    refusal: Option<String>,
}

/// What the address says.
#[derive(Deserialize)]
struct Link {
    id: i64,
    #[serde(default)]
    token: String,
}

async fn show(State(panel): State<Panel>, Writer(who): Writer, Query(link): Query<Link>) -> Result<Response, Fault> {
    let service = panel.ops.living_service(&who.account, ServiceId(link.id)).await?;
    html(StatusCode::OK, &page(&panel, &who, service, link.token, None))
}

fn page(panel: &Panel, who: &Reseller, service: Service, token: String, refusal: Option<String>) -> ConfirmPage {
    let text = who.visitor.text;
    let p = Page::new(panel, &who.visitor, "services", &text.say("termination-title"))
        .crumb(text.say("services-title"), "/services")
        .crumb(service.display_name.clone(), format!("/services/{}", service.name));
    ConfirmPage { p, service, token: token.chars().take(64).collect(), refusal }
}

async fn submit(State(panel): State<Panel>, who: Reseller, Form(sent): Form<Sent>) -> Result<Response, Fault> {
    let get = |name: &str| sent.get(name).map_or("", String::as_str);
    let id = ServiceId(get("id").parse().map_err(|_| Fault::Unreadable)?);
    let service = panel.ops.living_service(&who.account, id).await?;
    match panel.ops.confirm_termination(&who.actor(), id, get("token")).await {
        Ok(_) => Ok(Redirect::to(&format!("/services/{}/subscriptions?done=ends", service.name)).into_response()),
        Err(problem @ (Problem::Conflict(_) | Problem::TokenRefused)) => {
            let refusal = sentence(who.visitor.text, &problem);
            html(StatusCode::CONFLICT, &page(&panel, &who, service, get("token").to_owned(), Some(refusal)))
        }
        Err(problem) => Err(problem.into()),
    }
}
