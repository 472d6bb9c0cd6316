//! The dialog "change the number": the new total, what it means, and a second step.

use super::term;
use crate::{
    operations::{Accepted, Once, Problem, services::Service, subscriptions::Subscription},
    panel::{
        Panel,
        fault::{Fault, seats_sentence, sentence},
        field::{Field, faults},
        gate::{Reseller, Writer},
        page::{Page, html},
        services::{
            edit::Sent,
            show::{frame, of},
        },
    },
    secrets::{new_token, token_hash},
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use licensing::{
    catalogue::Licence,
    id::SubscriptionId,
    invalid::Invalid,
    money::Money,
    seat::{SeatBatch, SeatChange, SeatCount, decide_change, refundable},
};
use secrecy::ExposeSecret;

#[derive(Template)]
#[template(path = "subscriptions/seats.html")]
pub(in crate::panel) struct SeatsPage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) back: String,
    pub(in crate::panel) s: Subscription,
    pub(in crate::panel) licence: String,
    /// What happens at the end of the term.
    pub(in crate::panel) term: Option<String>,
    pub(in crate::panel) quantity: Field,
    pub(in crate::panel) faults: Vec<(String, String)>,
    pub(in crate::panel) refusal: Option<String>,
    pub(in crate::panel) refundable: u32,
    pub(in crate::panel) windows: Vec<SeatBatch>,
    pub(in crate::panel) preview: Option<Preview>,
    pub(in crate::panel) token: String,
}

/// What the change would mean.
pub(in crate::panel) struct Preview {
    pub(in crate::panel) to: u32,
    pub(in crate::panel) difference: String,
    pub(in crate::panel) more: bool,
    pub(in crate::panel) price: Option<(String, Money)>,
}

/// A subscription of a service, with its line in the price list.
pub(in crate::panel) struct Target {
    pub(in crate::panel) service: Service,
    pub(in crate::panel) subscription: Subscription,
    pub(in crate::panel) licence: Option<Licence>,
    /// The name of its licence.
    pub(in crate::panel) name: String,
    /// The table that it stands in.
    pub(in crate::panel) back: String,
}

/// The subscription of an address.
pub(in crate::panel) async fn target(panel: &Panel, who: &Reseller, name: &str, id: i64) -> Result<Target, Fault> {
    let service = of(panel, who, name).await?;
    let subscription = panel.ops.subscription(&who.account, &service.name, SubscriptionId(id)).await?;
    let licence = panel.ops.price_list().await?.get(subscription.licence).cloned();
    let sold = |id| who.visitor.text.say_with("subscriptions-no-longer-sold", &[("id", format!("{id}").into())]);
    Ok(Target {
        name: licence.as_ref().map_or_else(|| sold(subscription.licence), |l| l.name.clone()),
        back: format!("/services/{}/subscriptions", service.name),
        service,
        subscription,
        licence,
    })
}

/// The frame of a dialog about it.
pub(in crate::panel) fn dialog(panel: &Panel, who: &Reseller, t: &Target, title: &str) -> Page {
    let text = who.visitor.text;
    frame(panel, who, &text.say(title))
        .crumb(t.service.display_name.clone(), format!("/services/{}", t.service.name))
        .crumb(text.say("service-tab-subscriptions"), t.back.clone())
}

/// What makes a change happen once: the token that its form carries.
pub(in crate::panel) fn once(sent: &Sent, what: &str) -> Option<Once> {
    let token = sent.get("token").filter(|t| t.len() == 32)?;
    Some(Once { key: format!("panel-{token}"), body_hash: token_hash(what), answer: task_id })
}

fn task_id(accepted: &Accepted) -> String {
    let order = accepted.order.as_ref().map(|o| o.id);
    match order {
        Some(order) => serde_json::json!({ "id": accepted.task.id, "orderId": order }).to_string(),
        None => serde_json::json!({ "id": accepted.task.id }).to_string(),
    }
}

/// A token for a form.
pub(in crate::panel) fn form_token() -> String {
    new_token(32).expose_secret().to_owned()
}

/// The dialog.
pub async fn show(
    State(panel): State<Panel>,
    Writer(who): Writer,
    Path((name, id)): Path<(String, i64)>,
) -> Result<Response, Fault> {
    let target = target(&panel, &who, &name, id).await?;
    let value = target.subscription.seats.to_string();
    html(StatusCode::OK, &page(&panel, &who, target, &value, &[], None, None).await?)
}

async fn page(
    panel: &Panel,
    who: &Reseller,
    t: Target,
    value: &str,
    wrong: &[Invalid],
    refusal: Option<String>,
    preview: Option<Preview>,
) -> Result<SeatsPage, Fault> {
    let text = who.visitor.text;
    let now = panel.ops.clock.business();
    Ok(SeatsPage {
        term: term::words_of(panel, who, &t).await?,
        p: dialog(panel, who, &t, "seats-title"),
        quantity: Field::new(text, "quantity", value)
            .label(text.say("seats-new"))
            .kind("number")
            .most(9)
            .judged(text, wrong),
        faults: faults(text, wrong),
        refundable: refundable(&t.subscription.batches, now),
        windows: t.subscription.batches.iter().filter(|b| b.is_open(now)).cloned().collect(),
        back: t.back,
        licence: t.name,
        s: t.subscription,
        refusal,
        preview,
        token: form_token(),
    })
}

/// Shows what a change means, or asks for it.
pub async fn submit(
    State(panel): State<Panel>,
    who: Reseller,
    Path((name, id)): Path<(String, i64)>,
    Form(sent): Form<Sent>,
) -> Result<Response, Fault> {
    let text = who.visitor.text;
    let value: String = sent.get("quantity").map_or("", String::as_str).chars().take(20).collect();
    let target = target(&panel, &who, &name, id).await?;
    if sent.get("action").is_some_and(|a| a == "confirm") {
        let once = once(&sent, &format!("seats/{id}/{value}"));
        let done =
            panel.ops.change_seats(&who.actor(), &target.service.name, target.subscription.id, &value, once).await;
        return match done {
            Ok(accepted) => Ok(Redirect::to(&format!("{}?task={}", target.back, accepted.task.id)).into_response()),
            Err(Problem::Invalid(wrong)) => {
                let page = page(&panel, &who, target, &value, &wrong, None, None).await?;
                html(StatusCode::UNPROCESSABLE_ENTITY, &page)
            }
            Err(problem @ (Problem::Conflict(_) | Problem::MpnBlocked(_))) => {
                let refusal = Some(sentence(text, &problem));
                html(StatusCode::CONFLICT, &page(&panel, &who, target, &value, &[], refusal, None).await?)
            }
            Err(problem) => Err(problem.into()),
        };
    }
    match preview(&panel, &who, &target, &value).await? {
        Ok(preview) => html(StatusCode::OK, &page(&panel, &who, target, &value, &[], None, Some(preview)).await?),
        Err((wrong, refusal)) => {
            html(StatusCode::UNPROCESSABLE_ENTITY, &page(&panel, &who, target, &value, &wrong, refusal, None).await?)
        }
    }
}

type Refused = (Vec<Invalid>, Option<String>);

async fn preview(panel: &Panel, who: &Reseller, t: &Target, value: &str) -> Result<Result<Preview, Refused>, Fault> {
    let (text, s) = (who.visitor.text, &t.subscription);
    let wanted = match SeatCount::parse("quantity", value) {
        Ok(wanted) => wanted,
        Err(e) => return Ok(Err((vec![e], None))),
    };
    let now = panel.ops.clock.business();
    let limits = panel.ops.limits(s).await?;
    let change = decide_change(s.seats, wanted, limits, &s.batches, s.term_end.unwrap_or(now), now);
    let (seats, more) = match change {
        Ok(SeatChange::Nothing) => return Ok(Err((Vec::new(), Some(text.say("seats-nothing"))))),
        Ok(SeatChange::Increase(seats)) => (seats, true),
        Ok(SeatChange::Decrease(seats)) => (seats, false),
        Err(refusal) => return Ok(Err((Vec::new(), Some(seats_sentence(text, &refusal))))),
    };
    let sign = if more { "+" } else { "−" };
    Ok(Ok(Preview {
        to: wanted.get(),
        difference: format!("{sign}{}", text.number(seats.into())),
        more,
        price: t.licence.as_ref().map(|l| (text.say(&format!("period-{}", l.plan.word())), l.price.times(seats))),
    }))
}
