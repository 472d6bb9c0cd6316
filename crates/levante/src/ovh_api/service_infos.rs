//! `/saas/csp2/{serviceName}/serviceInfos` (contracts/ovh-api.md §5.1, `services.Service`).

use super::{
    answer::{Answer, Outcome, day},
    models::tenant::SERVICE,
    problem::Refusal,
    routing::{Call, Route},
    schema::{Body, Kind, Stage},
};
use crate::operations::{services::Service, subscriptions::Subscription};
use licensing::{
    invalid::{Invalid, Rule},
    service::ServiceState,
    subscription::TermEndIntent,
};
use serde_json::{Value, json};

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/saas/csp2/{serviceName}/serviceInfos", "The dates and the renewal of a tenant", MODEL, |call| {
        Box::pin(read(call))
    })
    .stage(Stage::Beta)
    .action("cspReseller:apiovh:serviceInfos/get"),
    Route::put("/saas/csp2/{serviceName}/serviceInfos", "Change the renewal of a tenant", Kind::Void, |call| {
        Box::pin(change(call))
    })
    .body(Body::Whole(&SERVICE))
    .stage(Stage::Beta)
    .action(EDIT),
];

/// The action of changing the renewal of a service.
pub(super) const EDIT: &str = "cspReseller:apiovh:serviceInfos/edit";

const MODEL: Kind = Kind::Of(&SERVICE);

async fn read(call: Call) -> Outcome {
    let (account, name) = (&call.caller()?.account, call.service()?);
    let service = call.door.operations.service(account, &name).await?;
    let subscriptions = call.door.operations.subscriptions(account, &name).await?;
    Answer::of(&infos(&service, &subscriptions))
}

/// Expiration is the earliest end of a running term, commitment the latest; Microsoft renews by itself unless told to end.
fn infos(service: &Service, subscriptions: &[Subscription]) -> Value {
    let ends = || subscriptions.iter().filter(|s| s.state.has_term()).filter_map(|s| s.term_end);
    json!({
        "serviceId": service.id,
        "domain": service.name,
        "status": match service.state {
            ServiceState::Ordered | ServiceState::Creating => "inCreation",
            ServiceState::Suspending | ServiceState::Suspended | ServiceState::Ending => "expired",
            ServiceState::Ok | ServiceState::EmptyTenant | ServiceState::Reopening
            | ServiceState::Failed { .. } | ServiceState::Ended => "ok",
        },
        "creation": day(service.created_at),
        "expiration": day(ends().min().unwrap_or(service.created_at)),
        "engagedUpTo": ends().max().map(day),
        "renewalType": "automaticV2016",
        "possibleRenewPeriod": Value::Null,
        "canDeleteAtExpiration": ends().next().is_some(),
        "contactAdmin": service.account,
        "contactBilling": service.account,
        "contactTech": service.account,
        "renew": renewal(subscriptions),
    })
}

/// `deleteAtExpiration` when every running subscription is to end with its term.
fn renewal(subscriptions: &[Subscription]) -> Value {
    let mut running = subscriptions.iter().filter(|s| s.state.has_term()).peekable();
    let ends = running.peek().is_some() && running.all(|s| s.intent == TermEndIntent::Cancel);
    json!({ "automatic": true, "deleteAtExpiration": ends, "forced": false, "manualPayment": false, "period": null })
}

/// Only `renew.deleteAtExpiration` can change: every running subscription then ends with its term, or renews
/// again. Each becomes a task. Any other change of `renew` is refused rather than forgotten.
async fn change(call: Call) -> Outcome {
    let (actor, name) = (call.actor()?, call.service()?);
    let operations = &call.door.operations;
    let subscriptions = operations.subscriptions(&actor.account, &name).await?;
    let Some(asked) = call.body.value("renew") else { return Answer::void() };
    let holds = renewal(&subscriptions);
    let (mut wrong, mut ends) = (Vec::new(), None);
    for (field, value) in asked.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        match (&holds[field], value) {
            (_, Value::Bool(wanted)) if field == "deleteAtExpiration" => ends = Some(*wanted),
            (now, value) if now == value => {}
            (_, value) => wrong.push(Invalid::new(format!("renew.{field}"), value.to_string(), Rule::NotOffered)),
        }
    }
    if !wrong.is_empty() {
        return Err(Refusal::all_invalid(&wrong));
    }
    if let Some(ends) = ends.filter(|ends| holds["deleteAtExpiration"] != *ends) {
        operations.set_renewal_of_all(&actor, &name, !ends).await?;
    }
    Answer::void()
}
