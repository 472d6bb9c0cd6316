//! The order form. Every button sends the whole form; nothing that was typed is ever lost.

use super::draft::OrderDraft;
use crate::{
    locale::{Language, Text, Value},
    operations::{Problem, catalogue::PriceList, previews::Preview},
    panel::{
        Panel,
        fault::Fault,
        field::{Choice, Field, Group, cured},
        gate::{Reseller, Writer},
        page::{Page, html},
        services::edit::approved,
    },
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use licensing::{
    catalogue::{Licence, Segment},
    invalid::{Invalid, Rule},
    jiff::SignedDuration,
    order::{LineInput, MOST_LINES, OrderRequest},
};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "orders/form.html")]
pub(in crate::panel) struct FormPage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) faults: Vec<(String, String)>,
    pub(in crate::panel) custom: Field,
    pub(in crate::panel) subdomain: Field,
    pub(in crate::panel) mpn: Field,
    pub(in crate::panel) ask_mpn: bool,
    pub(in crate::panel) waiting_mpn: Vec<String>,
    pub(in crate::panel) company: Vec<Field>,
    pub(in crate::panel) person: Vec<Field>,
    pub(in crate::panel) place: Vec<Field>,
    pub(in crate::panel) lines: Vec<(Field, Field)>,
    pub(in crate::panel) lines_error: Option<String>,
    pub(in crate::panel) may_add: bool,
    pub(in crate::panel) education: bool,
}

/// What the address says.
#[derive(Deserialize)]
pub struct Again {
    #[serde(default)]
    again: String,
    #[serde(default)]
    done: String,
}

/// The form with the draft, and what is wrong with it when it was sent before.
pub async fn show(
    State(panel): State<Panel>,
    Writer(who): Writer,
    Query(again): Query<Again>,
) -> Result<Response, Fault> {
    let draft = OrderDraft::load(&panel.ops, &who).await?.unwrap_or_else(OrderDraft::empty);
    let wrong = match again.again.is_empty() {
        true => Vec::new(),
        false => check(&panel, &who, &draft).await?.err().unwrap_or_default(),
    };
    let page = page(&panel, &who, &draft, &wrong).await?;
    html(StatusCode::OK, &FormPage { p: page.p.noticed(Some(&again.done)), ..page })
}

/// Keeps the draft: the script sends it while somebody types.
pub async fn keep(
    State(panel): State<Panel>,
    who: Reseller,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let draft = OrderDraft::read(&fields);
    let before = OrderDraft::load(&panel.ops, &who).await?;
    // The same content keeps its token, so that a late copy does not unsettle the summary.
    if before.is_none_or(|b| b.input != draft.input || b.custom != draft.custom) {
        draft.keep(&panel.ops, &who).await?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// One of the form's buttons.
pub async fn submit(
    State(panel): State<Panel>,
    who: Reseller,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let mut draft = OrderDraft::read(&fields);
    let action = fields.iter().find(|(name, _)| name == "action").map_or("continue", |(_, a)| a.as_str());
    match (action, action.strip_prefix("remove-").and_then(|n| n.parse::<usize>().ok())) {
        (_, Some(index)) => {
            if index < draft.input.lines.len() {
                draft.input.lines.remove(index);
            }
            if draft.input.lines.is_empty() {
                draft.input.lines = OrderDraft::empty().input.lines;
            }
            back_to_lines(&panel, &who, &draft).await
        }
        ("add", _) => {
            if draft.input.lines.len() < MOST_LINES {
                draft.input.lines.push(LineInput { licence_id: String::new(), quantity: "1".to_owned() });
            }
            back_to_lines(&panel, &who, &draft).await
        }
        ("clear", _) => {
            OrderDraft::forget(&panel.ops, &who).await?;
            Ok(Redirect::to("/order").into_response())
        }
        ("ask-mpn", _) => ask_for_mpn(&panel, &who, &draft).await,
        _ => go_on(&panel, &who, draft).await,
    }
}

async fn back_to_lines(panel: &Panel, who: &Reseller, draft: &OrderDraft) -> Result<Response, Fault> {
    draft.keep(&panel.ops, who).await?;
    Ok(Redirect::to("/order#lines").into_response())
}

async fn ask_for_mpn(panel: &Panel, who: &Reseller, draft: &OrderDraft) -> Result<Response, Fault> {
    draft.keep(&panel.ops, who).await?;
    match panel.ops.ask_for_mpn(&who.account, &draft.input.mpn_id).await {
        Ok(_) => Ok(Redirect::to("/order?done=asked-mpn").into_response()),
        Err(Problem::Invalid(wrong)) => html(StatusCode::UNPROCESSABLE_ENTITY, &page(panel, who, draft, &wrong).await?),
        Err(problem) => Err(problem.into()),
    }
}

async fn go_on(panel: &Panel, who: &Reseller, mut draft: OrderDraft) -> Result<Response, Fault> {
    draft.tidy();
    match check(panel, who, &draft).await? {
        Err(wrong) => {
            draft.keep(&panel.ops, who).await?;
            html(StatusCode::UNPROCESSABLE_ENTITY, &page(panel, who, &draft, &wrong).await?)
        }
        Ok(_) => {
            draft.keep(&panel.ops, who).await?;
            Ok(Redirect::to("/order/summary").into_response())
        }
    }
}

/// Previews a draft without waiting for live checks: the page follows them up. The agreement is asked for on the
/// summary and not missed here.
pub(super) async fn check(
    panel: &Panel,
    who: &Reseller,
    draft: &OrderDraft,
) -> Result<Result<(OrderRequest, Preview), Vec<Invalid>>, Fault> {
    let order = draft.order(None, panel.ops.clock.business());
    let mut preview = panel.ops.preview_order(&who.account, &order, SignedDuration::ZERO).await?;
    let mut wrong = std::mem::take(&mut preview.blocks);
    wrong.retain(|e| !e.field.starts_with("mca"));
    if draft.custom && draft.input.custom_subdomain.trim().is_empty() {
        wrong.insert(0, Invalid::new("customSubdomain", "", Rule::Required));
    }
    Ok(match preview.request.take().filter(|_| wrong.is_empty()) {
        Some(request) => Ok((request, preview)),
        None => Err(wrong),
    })
}

async fn page(panel: &Panel, who: &Reseller, draft: &OrderDraft, wrong: &[Invalid]) -> Result<FormPage, Fault> {
    let text = who.visitor.text;
    let list = panel.ops.price_list().await?;
    let known = panel.ops.mpn_ids(&who.account).await?;
    let (input, c) = (&draft.input, &draft.input.contact);
    let field = |name: &str, value: &str| Field::new(text, name, value).judged(text, wrong);
    let approved = approved(panel, who).await?;
    let mpn_value = match (input.mpn_id.as_str(), approved.as_slice()) {
        ("", [only]) => only.clone(),
        (typed, _) => typed.to_owned(),
    };
    let mut mpn = field("mpnId", &mpn_value).most(10).check("partner").hint(text.say("order-hint-mpn"));
    mpn.proposals = approved;
    let mut subdomain = field("customSubdomain", &input.custom_subdomain)
        .most(50)
        .check("subdomain")
        .hint(text.say("order-hint-subdomain"));
    subdomain.suffix = ".onmicrosoft.com";
    let tick = if draft.custom { "yes" } else { "" };
    let languages = Language::OFFERED.iter().map(|l| Choice::open(l.code(), l.own_name())).collect();
    let account = panel.ops.account(&who.account).await?;
    let or = |value: &str, other: &str| if value.is_empty() { other.to_owned() } else { value.to_owned() };
    Ok(FormPage {
        p: Page::new(panel, &who.visitor, "services", &text.say("order-title"))
            .crumb(text.say("services-title"), "/services"),
        faults: cured(text, wrong),
        custom: Field::new(text, "custom", tick).kind("tick").label(text.say("order-custom")),
        subdomain,
        mpn,
        ask_mpn: wrong.iter().any(|e| e.rule == Rule::MpnNotApproved),
        waiting_mpn: known.iter().filter(|m| m.approved_at.is_none()).map(|m| m.mpn_id.to_string()).collect(),
        company: vec![
            field("companyName", &c.company_name).hint(text.say("order-hint-company")),
            field("organizationRegistrationNumber", &c.organization_registration_number)
                .optional()
                .most(50)
                .hint(text.say("order-hint-registration")),
        ],
        person: vec![
            field("contactFirstName", &c.first_name).label(text.say("field-firstName")).most(40),
            field("contactLastName", &c.last_name).label(text.say("field-lastName")).most(40),
            field("contactEmail", &c.email)
                .label(text.say("field-email"))
                .kind("email")
                .check("email")
                .hint(text.say("order-hint-email")),
            field("contactPhone", &c.phone).label(text.say("field-phone")).kind("tel").most(40),
            field("language", &or(&c.language, &account.language))
                .label(text.say("order-mail-language"))
                .groups(vec![Group { heading: String::new(), choices: languages }]),
        ],
        place: vec![
            field("contactAddress", &c.address).label(text.say("field-address")).most(200).check("address"),
            field("contactZipCode", &c.zip_code).label(text.say("field-zipCode")).most(12).check("address"),
            field("contactCity", &c.city).label(text.say("field-city")).most(100).check("address"),
            field("contactState", &c.state).label(text.say("field-state")).optional().most(50).check("address"),
            field("contactCountry", &or(&c.country, &account.country))
                .label(text.say("field-country"))
                .most(60)
                .check("address")
                .hint(text.say("order-hint-country")),
        ],
        lines: lines(text, &list, draft, wrong),
        lines_error: wrong.iter().find(|e| e.field == "lines").map(|e| text.invalid(e)),
        may_add: input.lines.len() < MOST_LINES,
        education: list.all().any(|l| l.segment == Segment::Education),
    })
}

fn lines(text: Text, list: &PriceList, draft: &OrderDraft, wrong: &[Invalid]) -> Vec<(Field, Field)> {
    let lines = draft.input.lines.iter().enumerate();
    lines
        .map(|(index, line)| {
            let licence = Field::new(text, &format!("lines[{index}].licenceId"), &line.licence_id)
                .judged(text, wrong)
                .groups(licence_groups(text, list));
            let quantity = Field::new(text, &format!("lines[{index}].quantity"), &line.quantity)
                .judged(text, wrong)
                .kind("number")
                .most(9);
            (licence, quantity)
        })
        .collect()
}

/// The price list as choices: base licences, add-ons, and what cannot be ordered with the reason.
pub(in crate::panel) fn licence_groups(text: Text, list: &PriceList) -> Vec<Group> {
    let open = |add_on: bool| -> Vec<Choice> {
        let fitting = list.orderable().filter(|l| l.is_add_on() == add_on);
        fitting.map(|l| Choice::open(&l.id.to_string(), &licence_label(text, l))).collect()
    };
    let closed: Vec<Choice> = list
        .all()
        .filter(|l| !l.new_subscriptions || l.segment == Segment::Education)
        .map(|l| {
            let why = match l.segment {
                Segment::Education => text.say("order-closed-education"),
                _ => text.say("order-closed"),
            };
            Choice { value: l.id.to_string(), label: format!("{} – {why}", l.name), open: false }
        })
        .collect();
    let groups = [
        (String::new(), vec![Choice::open("", &text.say("order-choose-licence"))]),
        (text.say("order-group-base"), open(false)),
        (text.say("order-group-add-on"), open(true)),
        (text.say("order-group-closed"), closed),
    ];
    let groups = groups.into_iter().map(|(heading, choices)| Group { heading, choices });
    groups.filter(|g| !g.choices.is_empty()).collect()
}

/// A licence with its price.
pub(in crate::panel) fn licence_label(text: Text, l: &Licence) -> String {
    format!("{} – {}", l.name, price(text, l))
}

/// The price of one seat and billing period.
pub(in crate::panel) fn price(text: Text, l: &Licence) -> String {
    let key = format!("price-{}", l.plan.word());
    text.say_with(&key, &[("price", Value::Word(text.money(&l.price)))])
}

impl Choice {
    fn open(value: &str, label: &str) -> Choice {
        Choice { value: value.to_owned(), label: label.to_owned(), open: true }
    }
}
