//! What happens at the end of a term, in words; and the form that ends a subscription with its
//! term or lets it renew again. It lives in the dialog "cancel".

use super::{
    cancel,
    seats::{Target, form_token, once, target},
};
use crate::{
    locale::Text,
    operations::{Problem, subscriptions::Subscription, tasks::Asked},
    panel::{
        Panel,
        fault::{Fault, day, sentence},
        gate::Reseller,
        services::edit::Sent,
    },
};
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use licensing::{
    jiff::{SignedDuration, Timestamp},
    subscription::{SubscriptionState, TermEndIntent},
};

/// The choice that the dialog offers for the end of the term.
pub(in crate::panel) struct Ending {
    /// Where its form goes.
    pub(in crate::panel) action: String,
    pub(in crate::panel) title: String,
    pub(in crate::panel) lead: String,
    pub(in crate::panel) button: String,
    /// What it asks for: `yes` to renew, `no` to end.
    pub(in crate::panel) renews: &'static str,
    pub(in crate::panel) token: String,
}

/// What happens at the end of the term; `None` when it is over, or when the day is not known or past.
/// `asked` is the work on it that has not ended.
pub(in crate::panel) fn words(text: Text, s: &Subscription, asked: Option<&Asked>, now: Timestamp) -> Option<String> {
    let date = term_end(s, now).filter(|_| !s.state.is_over() && s.state != SubscriptionState::Expired)?;
    let key = match (asked, &s.intent) {
        (Some(Asked::Renewal { renews: true }), _) => "term-will-renew",
        (Some(Asked::Renewal { renews: false }), _) => "term-will-end",
        (Some(Asked::Order | Asked::Cancel | Asked::Password | Asked::Seats { .. }) | None, TermEndIntent::Cancel) => {
            "term-ends"
        }
        (_, TermEndIntent::Extend) => "term-runs-on",
        (_, TermEndIntent::Undecided | TermEndIntent::Renew { .. }) => "term-renews",
    };
    // The last day belongs to the term: what follows begins on the day after.
    let date = match key {
        "term-ends" | "term-will-end" => date,
        _ => date + SignedDuration::from_hours(24),
    };
    Some(text.say_with(key, &[("date", day(text, date).into())]))
}

fn term_end(s: &Subscription, now: Timestamp) -> Option<Timestamp> {
    s.term_end.filter(|end| *end > now)
}

/// The words for the dialogs about one subscription.
pub(in crate::panel) async fn words_of(panel: &Panel, who: &Reseller, t: &Target) -> Result<Option<String>, Fault> {
    let asked = match t.subscription.task {
        Some(id) => Some(panel.ops.task(&who.account, &t.service.name, id).await?.asked),
        None => None,
    };
    Ok(words(who.visitor.text, &t.subscription, asked.as_ref(), panel.ops.clock.business()))
}

/// The choice for a subscription; `None` while it takes no changes.
pub(in crate::panel) fn ending(text: Text, t: &Target, now: Timestamp) -> Option<Ending> {
    let s = &t.subscription;
    if s.task.is_some() || !s.state.accepts_changes() || !t.service.state.accepts_changes() {
        return None;
    }
    let renews = s.intent == TermEndIntent::Cancel;
    let (title, lead) = if renews { ("term-renew", "term-renew-lead") } else { ("term-end", "term-end-lead") };
    let button = match term_end(s, now).filter(|_| !renews) {
        Some(date) => text.say_with("term-end-on", &[("date", day(text, date).into())]),
        None => text.say(title),
    };
    Some(Ending {
        action: format!("{}/{}/renewal", t.back, s.id),
        title: text.say(title),
        lead: text.say(lead),
        button,
        renews: if renews { "yes" } else { "no" },
        token: form_token(),
    })
}

/// Asks for the end with the term, or for the renewal.
pub async fn submit(
    State(panel): State<Panel>,
    who: Reseller,
    Path((name, id)): Path<(String, i64)>,
    Form(sent): Form<Sent>,
) -> Result<Response, Fault> {
    let asked = target(&panel, &who, &name, id).await?;
    let renews = match sent.get("renews").map(String::as_str) {
        Some("yes") => true,
        Some("no") => false,
        _ => return Err(Fault::Unreadable),
    };
    let once = once(&sent, &format!("renewal/{id}/{renews}"));
    let done = panel.ops.set_renewal(&who.actor(), &asked.service.name, asked.subscription.id, renews, once).await;
    match done {
        Ok(accepted) => {
            let done = if renews { "renews" } else { "ends" };
            Ok(Redirect::to(&format!("{}?done={done}&task={}", asked.back, accepted.task.id)).into_response())
        }
        Err(problem @ Problem::Conflict(_)) => {
            // Read again: what is in the way may have come since the form was opened.
            let asked = target(&panel, &who, &name, id).await?;
            cancel::refused(&panel, &who, asked, sentence(who.visitor.text, &problem)).await
        }
        Err(problem) => Err(problem.into()),
    }
}
