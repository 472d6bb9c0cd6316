//! The red dialog "cancel": what ends, what the users lose, what comes back, or from which
//! day it is possible; and a tick as the second step. The other way is to end with the term.

use super::{
    seats::{Target, dialog, form_token, once, target},
    term::{self, Ending},
};
use crate::{
    operations::Problem,
    panel::{
        Panel,
        fault::{Fault, cancel_sentence, sentence},
        field::Field,
        gate::{Reseller, Writer},
        page::{Page, html},
        services::edit::Sent,
    },
};
use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use licensing::{
    id::ServiceName,
    jiff::Timestamp,
    subscription::{SubscriptionState, decide_cancel},
};

#[derive(Template)]
#[template(path = "subscriptions/cancel.html")]
pub(in crate::panel) struct CancelPage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) back: String,
    pub(in crate::panel) name: ServiceName,
    pub(in crate::panel) customer: String,
    pub(in crate::panel) licence: String,
    pub(in crate::panel) id: i64,
    pub(in crate::panel) seats: u32,
    pub(in crate::panel) until: Option<Timestamp>,
    /// Why it cannot be done now.
    pub(in crate::panel) refusal: Option<String>,
    /// What happens at the end of the term.
    pub(in crate::panel) term: Option<String>,
    /// The other way: the end with the term, or the renewal again.
    pub(in crate::panel) ending: Option<Ending>,
    pub(in crate::panel) sure: Field,
    pub(in crate::panel) token: String,
}

/// The dialog.
pub async fn show(
    State(panel): State<Panel>,
    Writer(who): Writer,
    Path((name, id)): Path<(String, i64)>,
) -> Result<Response, Fault> {
    let target = target(&panel, &who, &name, id).await?;
    let refusal = refusal(&panel, &who, &target).await?;
    html(StatusCode::OK, &page(&panel, &who, target, refusal, false).await?)
}

/// Why it cannot be cancelled now, as far as this can be said before asking.
async fn refusal(panel: &Panel, who: &Reseller, t: &Target) -> Result<Option<String>, Fault> {
    let (text, now, s) = (who.visitor.text, panel.ops.clock.business(), &t.subscription);
    if let Some(task) = s.task {
        let pending = Problem::Conflict(crate::operations::Conflict::TaskPending(task));
        return Ok(Some(sentence(text, &pending)));
    }
    let all = panel.ops.subscriptions(&who.account, &t.service.name).await?;
    let add_ons = all.iter().filter(|o| o.base == Some(s.id) && !o.state.is_over()).count();
    let add_ons = u32::try_from(add_ons).unwrap_or(u32::MAX);
    let decided = decide_cancel(&s.state, s.cancellable_until, s.term_end.unwrap_or(now), add_ons, now);
    Ok(decided.err().map(|refusal| cancel_sentence(text, &refusal)))
}

/// The dialog with what was just refused.
pub(in crate::panel) async fn refused(
    panel: &Panel,
    who: &Reseller,
    t: Target,
    why: String,
) -> Result<Response, Fault> {
    html(StatusCode::CONFLICT, &page(panel, who, t, Some(why), false).await?)
}

async fn page(
    panel: &Panel,
    who: &Reseller,
    t: Target,
    refusal: Option<String>,
    missed: bool,
) -> Result<CancelPage, Fault> {
    let text = who.visitor.text;
    let ending = term::ending(text, &t, panel.ops.clock.business());
    let term = term::words_of(panel, who, &t).await?;
    let p = dialog(panel, who, &t, "cancel-title");
    let mut sure = Field::new(text, "sure", "").kind("tick").label(text.say("cancel-sure"));
    sure.error = missed.then(|| text.say("cancel-sure-missing"));
    Ok(CancelPage {
        p,
        back: t.back,
        name: t.service.name,
        customer: t.service.contact.company_name,
        licence: t.name,
        id: t.subscription.id.0,
        seats: t.subscription.seats.get(),
        until: t.subscription.cancellable_until.filter(|_| t.subscription.state == SubscriptionState::Active),
        refusal,
        term,
        ending,
        sure,
        token: form_token(),
    })
}

/// Asks for the end.
pub async fn submit(
    State(panel): State<Panel>,
    who: Reseller,
    Path((name, id)): Path<(String, i64)>,
    Form(sent): Form<Sent>,
) -> Result<Response, Fault> {
    let target = target(&panel, &who, &name, id).await?;
    if sent.get("sure").is_none_or(|s| s != "yes") {
        let refusal = refusal(&panel, &who, &target).await?;
        return html(StatusCode::UNPROCESSABLE_ENTITY, &page(&panel, &who, target, refusal, true).await?);
    }
    let once = once(&sent, &format!("cancel/{id}"));
    match panel.ops.cancel_subscription(&who.actor(), &target.service.name, target.subscription.id, once).await {
        Ok(accepted) => Ok(Redirect::to(&format!("{}?task={}", target.back, accepted.task.id)).into_response()),
        Err(problem @ Problem::Conflict(_)) => {
            refused(&panel, &who, target, sentence(who.visitor.text, &problem)).await
        }
        Err(problem) => Err(problem.into()),
    }
}
