//! The dialogs "new subscription" and "add an add-on".

use super::seats::{form_token, once};
use crate::{
    operations::{Problem, services::Service},
    panel::{
        Panel,
        fault::{Fault, sentence},
        field::{Choice, Field, Group, faults},
        gate::{Reseller, Writer},
        orders::form::licence_label,
        page::{Page, html},
        services::{
            edit::Sent,
            show::{frame, of},
        },
    },
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use licensing::{catalogue::Licence, id::SubscriptionId, invalid::Invalid, order::LineInput};

#[derive(Template)]
#[template(path = "subscriptions/new.html")]
pub(in crate::panel) struct NewPage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) back: String,
    pub(in crate::panel) lead: String,
    pub(in crate::panel) licence: Field,
    pub(in crate::panel) quantity: Field,
    pub(in crate::panel) none: bool,
    pub(in crate::panel) faults: Vec<(String, String)>,
    pub(in crate::panel) refusal: Option<String>,
    pub(in crate::panel) token: String,
}

/// The dialog of a further base subscription.
pub async fn base(
    State(panel): State<Panel>,
    Writer(who): Writer,
    Path(name): Path<String>,
) -> Result<Response, Fault> {
    let service = of(&panel, &who, &name).await?;
    let page = page(&panel, &who, &service, None, &Sent::new(), &[], None).await?;
    html(StatusCode::OK, &page)
}

/// The dialog of an add-on.
pub async fn add_on(
    State(panel): State<Panel>,
    Writer(who): Writer,
    Path((name, id)): Path<(String, i64)>,
) -> Result<Response, Fault> {
    let service = of(&panel, &who, &name).await?;
    let page = page(&panel, &who, &service, Some(SubscriptionId(id)), &Sent::new(), &[], None).await?;
    html(StatusCode::OK, &page)
}

async fn page(
    panel: &Panel,
    who: &Reseller,
    service: &Service,
    base: Option<SubscriptionId>,
    sent: &Sent,
    wrong: &[Invalid],
    refusal: Option<String>,
) -> Result<NewPage, Fault> {
    let text = who.visitor.text;
    let list = panel.ops.price_list().await?;
    let offered: Vec<Licence> = match base {
        Some(id) => panel.ops.available_add_ons(&who.account, &service.name, id).await?,
        None => list.orderable().filter(|l| !l.is_add_on()).cloned().collect(),
    };
    let back = format!("/services/{}/subscriptions", service.name);
    let title = if base.is_some() { "subscriptions-new-add-on" } else { "subscriptions-new" };
    let choices = offered.iter().map(|l| Choice { value: l.id.to_string(), label: licence_label(text, l), open: true });
    let first = Choice { value: String::new(), label: text.say("order-choose-licence"), open: true };
    let groups = vec![Group { heading: String::new(), choices: std::iter::once(first).chain(choices).collect() }];
    let value = |name: &str, other: &str| sent.get(name).map_or(other, String::as_str).to_owned();
    let lead = match base {
        Some(id) => {
            let base = panel.ops.subscription(&who.account, &service.name, id).await?;
            let name = list.get(base.licence).map_or_else(|| base.licence.to_string(), |l| l.name.clone());
            text.say_with("new-add-on-lead", &[("licence", name.into()), ("id", id.to_string().into())])
        }
        None => text.say_with("new-lead", &[("name", service.name.to_string().into())]),
    };
    Ok(NewPage {
        p: frame(panel, who, &text.say(title))
            .crumb(service.display_name.clone(), format!("/services/{}", service.name))
            .crumb(text.say("service-tab-subscriptions"), back.clone()),
        back,
        lead,
        none: offered.is_empty(),
        licence: Field::new(text, "licenseId", &value("licenseId", "")).judged(text, wrong).groups(groups),
        quantity: Field::new(text, "quantity", &value("quantity", "1")).kind("number").most(9).judged(text, wrong),
        faults: faults(text, wrong),
        refusal,
        token: form_token(),
    })
}

/// Orders a further base subscription.
pub async fn order_base(
    State(panel): State<Panel>,
    who: Reseller,
    Path(name): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, Fault> {
    order(&panel, &who, &name, None, sent).await
}

/// Orders an add-on.
pub async fn order_add_on(
    State(panel): State<Panel>,
    who: Reseller,
    Path((name, id)): Path<(String, i64)>,
    Form(sent): Form<Sent>,
) -> Result<Response, Fault> {
    order(&panel, &who, &name, Some(SubscriptionId(id)), sent).await
}

async fn order(
    panel: &Panel,
    who: &Reseller,
    name: &str,
    base: Option<SubscriptionId>,
    sent: Sent,
) -> Result<Response, Fault> {
    let service = of(panel, who, name).await?;
    let get = |name: &str| sent.get(name).map_or("", String::as_str).chars().take(20).collect::<String>();
    let line = LineInput { licence_id: get("licenseId"), quantity: get("quantity") };
    let what = format!("new/{name}/{base:?}/{}/{}", line.licence_id, line.quantity);
    let once = once(&sent, &what);
    let done = match base {
        Some(base) => panel.ops.order_add_on(&who.actor(), &service.name, base, &line, once).await,
        None => panel.ops.order_subscription(&who.actor(), &service.name, &line, once).await,
    };
    match done {
        Ok(accepted) => {
            let back = format!("/services/{}/subscriptions?task={}", service.name, accepted.task.id);
            Ok(Redirect::to(&back).into_response())
        }
        Err(Problem::Invalid(wrong)) => {
            let page = page(panel, who, &service, base, &sent, &wrong, None).await?;
            html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(problem @ (Problem::Conflict(_) | Problem::MpnBlocked(_))) => {
            let refusal = Some(sentence(who.visitor.text, &problem));
            html(StatusCode::CONFLICT, &page(panel, who, &service, base, &sent, &[], refusal).await?)
        }
        Err(problem) => Err(problem.into()),
    }
}
