//! The summary before ordering: what it costs, for how long, who accepts the agreement.
//!
//! The hidden token names the very content that is shown: a double click or a reload orders
//! once, and a form that was changed meanwhile is shown again instead of being ordered.

use super::{draft::OrderDraft, form};
use crate::{
    operations::{
        Accepted, Once, Problem,
        orders::{Quote, quote},
    },
    panel::{
        Panel,
        checks::VerdictView,
        fault::{Fault, day},
        field::{Field, faults},
        gate::{Reseller, Writer},
        page::{Page, html},
    },
    secrets::token_hash,
};
use askama::Template;
use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use licensing::{
    invalid::Invalid,
    jiff::{SignedDuration, Span, tz::TimeZone},
    money::Money,
    order::{AgreementInput, OrderLine, OrderRequest},
};
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "orders/summary.html")]
pub(in crate::panel) struct SummaryPage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) faults: Vec<(String, String)>,
    pub(in crate::panel) changed: bool,
    pub(in crate::panel) request: OrderRequest,
    pub(in crate::panel) lines: Vec<SummaryLine>,
    pub(in crate::panel) quote: Quote,
    pub(in crate::panel) total: Money,
    pub(in crate::panel) window: String,
    pub(in crate::panel) checks: Vec<VerdictView>,
    pub(in crate::panel) token: String,
    pub(in crate::panel) agreement: Vec<Field>,
}

/// A line with what it costs and until when it binds.
pub(in crate::panel) struct SummaryLine {
    pub(in crate::panel) name: String,
    pub(in crate::panel) price: String,
    pub(in crate::panel) seats: u32,
    pub(in crate::panel) net: Money,
    pub(in crate::panel) tax: String,
    pub(in crate::panel) term_end: String,
}

/// The summary of the draft.
pub async fn show(State(panel): State<Panel>, Writer(who): Writer) -> Result<Response, Fault> {
    let Some(draft) = OrderDraft::load(&panel.ops, &who).await? else {
        return Ok(Redirect::to("/order").into_response());
    };
    match form::check(&panel, &who, &draft).await? {
        Ok(request) => {
            let contact = &request.contact;
            let sent: HashMap<String, String> = [
                ("mcaFirstName", &contact.first_name),
                ("mcaLastName", &contact.last_name),
                ("mcaEmail", &contact.email),
            ]
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .into();
            html(StatusCode::OK, &page(&panel, &who, &draft, request, &sent, &[], false).await?)
        }
        Err(_) => Ok(Redirect::to("/order?again=1").into_response()),
    }
}

async fn page(
    panel: &Panel,
    who: &Reseller,
    draft: &OrderDraft,
    request: OrderRequest,
    sent: &HashMap<String, String>,
    wrong: &[Invalid],
    changed: bool,
) -> Result<SummaryPage, Fault> {
    let text = who.visitor.text;
    let now = panel.ops.clock.business();
    let quote = quote(&request.lines)?;
    let mut checks = Vec::new();
    for id in draft.checks.iter().take(4) {
        checks.push(VerdictView::of(text, &panel.ops.check(&who.account, *id).await?));
    }
    let value = |name: &str| sent.get(name).map_or("", String::as_str);
    let field = |name: &str| Field::new(text, name, value(name)).judged(text, wrong);
    let tick = field("mcaAgreedAt").kind("tick").label(text.say("summary-agree"));
    Ok(SummaryPage {
        p: Page::new(panel, &who.visitor, "services", &text.say("summary-title"))
            .crumb(text.say("services-title"), "/services")
            .crumb(text.say("order-title"), "/order"),
        faults: faults(text, wrong),
        changed,
        lines: request.lines.iter().map(|line| summary_line(text, line, now)).collect(),
        total: quote.net.plus(quote.tax).unwrap_or(quote.net),
        quote,
        window: day(text, now + SignedDuration::from_hours(168)),
        checks,
        token: draft.token.clone(),
        agreement: vec![
            field("mcaFirstName").label(text.say("field-firstName")).most(40),
            field("mcaLastName").label(text.say("field-lastName")).most(40),
            field("mcaEmail").label(text.say("field-email")).kind("email"),
            tick,
        ],
        request,
    })
}

fn summary_line(text: crate::locale::Text, line: &OrderLine, now: jiff::Timestamp) -> SummaryLine {
    let months = i64::from(line.licence.term.months());
    // Microsoft's terms end on the day before, the last day included.
    let last_day = now.to_zoned(TimeZone::UTC).checked_add(Span::new().months(months)).and_then(|z| z.yesterday());
    let end = last_day.map_or(now, |z| z.timestamp());
    SummaryLine {
        name: line.licence.name.clone(),
        price: form::price(text, &line.licence),
        seats: line.seats.get(),
        net: line.licence.price.times(line.seats.get()),
        tax: text.percent(line.licence.tax_percent),
        term_end: day(text, end),
    }
}

/// Places the order, once.
pub async fn place(
    State(panel): State<Panel>,
    who: Reseller,
    Form(sent): Form<HashMap<String, String>>,
) -> Result<Response, Fault> {
    let token: String = sent.get("token").map_or("", String::as_str).chars().take(64).collect();
    if token.len() != 32 {
        return Ok(Redirect::to("/order/summary").into_response());
    }
    let once = Once { key: format!("panel-{token}"), body_hash: token_hash(&token), answer: order_id };
    if let Some(answer) = panel.ops.answered_before(&who.account, &once).await? {
        return Ok(to_order(&answer));
    }
    let Some(draft) = OrderDraft::load(&panel.ops, &who).await? else {
        return Ok(Redirect::to("/order").into_response());
    };
    let seen = draft.token == token;
    let agreement = accepted(&panel, &sent);
    let input = draft.order(Some(agreement), panel.ops.clock.business());
    let outcome = match seen {
        true => panel.ops.place_order(&who.actor(), &input, Some(once)).await,
        false => Err(Problem::Invalid(Vec::new())),
    };
    match outcome {
        Ok(accepted) => {
            OrderDraft::forget(&panel.ops, &who).await?;
            Ok(to_order(&accepted.replay.clone().unwrap_or_else(|| order_id(&accepted))))
        }
        Err(Problem::Invalid(wrong)) => match form::check(&panel, &who, &draft).await? {
            Ok(request) => {
                let page = page(&panel, &who, &draft, request, &sent, &wrong, !seen).await?;
                html(StatusCode::UNPROCESSABLE_ENTITY, &page)
            }
            Err(_) => Ok(Redirect::to("/order?again=1").into_response()),
        },
        Err(problem) => Err(problem.into()),
    }
}

/// Who accepted the agreement, now; without the tick nobody did.
fn accepted(panel: &Panel, sent: &HashMap<String, String>) -> AgreementInput {
    let get = |name: &str| sent.get(name).map_or("", String::as_str).chars().take(300).collect::<String>();
    let agreed_at = match get("mcaAgreedAt").as_str() {
        "yes" => panel.ops.clock.business().to_string(),
        _ => String::new(),
    };
    AgreementInput { first_name: get("mcaFirstName"), last_name: get("mcaLastName"), email: get("mcaEmail"), agreed_at }
}

fn order_id(accepted: &Accepted) -> String {
    serde_json::json!({ "orderId": accepted.order.as_ref().map(|o| o.id) }).to_string()
}

fn to_order(answer: &str) -> Response {
    let answer: serde_json::Value = serde_json::from_str(answer).unwrap_or_default();
    match answer.get("orderId").and_then(serde_json::Value::as_i64) {
        Some(id) => Redirect::to(&format!("/orders/{id}?done=order")).into_response(),
        None => Redirect::to("/orders").into_response(),
    }
}
