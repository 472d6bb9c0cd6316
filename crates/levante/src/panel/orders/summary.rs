//! The summary before ordering: what it costs, for how long, who accepts the agreement.
//!
//! The hidden token names the very content that is shown: a double click or a reload orders
//! once, and a form that was changed meanwhile is shown again instead of being ordered.

use super::{draft::OrderDraft, form};
use crate::{
    locale::Text,
    operations::{
        Accepted, Once, Problem,
        orders::Quote,
        previews::{Preview, PricedLine, Warning},
    },
    panel::{
        Panel,
        checks::VerdictView,
        fault::{Fault, day},
        field::{Field, cured},
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
    money::Money,
    order::{AgreementInput, OrderRequest},
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
    pub(in crate::panel) commitment: Money,
    pub(in crate::panel) warnings: Vec<String>,
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
    pub(in crate::panel) bills: u32,
    pub(in crate::panel) commitment: Money,
    pub(in crate::panel) term_end: String,
}

/// The summary of the draft.
pub async fn show(State(panel): State<Panel>, Writer(who): Writer) -> Result<Response, Fault> {
    let Some(draft) = OrderDraft::load(&panel.ops, &who).await? else {
        return Ok(Redirect::to("/order").into_response());
    };
    match form::check(&panel, &who, &draft).await? {
        Ok(seen) => {
            let contact = &seen.0.contact;
            let sent: HashMap<String, String> = [
                ("mcaFirstName", &contact.first_name),
                ("mcaLastName", &contact.last_name),
                ("mcaEmail", &contact.email),
            ]
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .into();
            html(StatusCode::OK, &page(&panel, &who, &draft, seen, &sent, &[], false).await?)
        }
        Err(_) => Ok(Redirect::to("/order?again=1").into_response()),
    }
}

async fn page(
    panel: &Panel,
    who: &Reseller,
    draft: &OrderDraft,
    (request, preview): (OrderRequest, Preview),
    sent: &HashMap<String, String>,
    wrong: &[Invalid],
    changed: bool,
) -> Result<SummaryPage, Fault> {
    let text = who.visitor.text;
    let Some(quote) = preview.sums.clone() else { return Err(Fault::Page("an order without sums".to_owned())) };
    let value = |name: &str| sent.get(name).map_or("", String::as_str);
    let field = |name: &str| Field::new(text, name, value(name)).judged(text, wrong);
    let tick = field("mcaAgreedAt").kind("tick").label(text.say("summary-agree"));
    Ok(SummaryPage {
        p: Page::new(panel, &who.visitor, "services", &text.say("summary-title"))
            .crumb(text.say("services-title"), "/services")
            .crumb(text.say("order-title"), "/order"),
        faults: cured(text, wrong),
        changed,
        lines: preview.lines.iter().map(|(_, line)| summary_line(text, line)).collect(),
        total: quote.net.plus(quote.tax).unwrap_or(quote.net),
        commitment: quote.commitment.plus(quote.commitment_tax).unwrap_or(quote.commitment),
        quote,
        // What a live check says stands in its verdict, which the page follows up.
        warnings: preview
            .warnings()
            .iter()
            .filter(|warned| warned.warning.check().is_none())
            .map(|warned| sentence(text, &warned.warning))
            .collect(),
        window: day(text, preview.refundable_until),
        checks: preview.checks.iter().map(|check| VerdictView::of(text, check)).collect(),
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

fn sentence(text: Text, warning: &Warning) -> String {
    let (sentence, cure) = text.warning(warning.code(), warning.check().unwrap_or_default());
    format!("{sentence} {cure}")
}

fn summary_line(text: Text, priced: &PricedLine) -> SummaryLine {
    let line = &priced.line;
    SummaryLine {
        name: line.licence.name.clone(),
        price: form::price(text, &line.licence),
        seats: line.seats.get(),
        net: line.bill(),
        tax: text.percent(line.licence.tax_percent),
        bills: line.bills(),
        commitment: line.commitment(),
        term_end: day(text, priced.binds_until),
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
            Ok(preview) => {
                let page = page(&panel, &who, &draft, preview, &sent, &wrong, !seen).await?;
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
