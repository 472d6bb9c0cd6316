//! `/saas/csp2/{serviceName}/serviceInfos` (contracts/ovh-api.md §5.1, `services.Service`).

use super::{
    answer::{Answer, Outcome, day},
    body::Fields,
    problem::Refusal,
    routing::{Call, Route},
};
use crate::operations::{services::Service, subscriptions::Subscription};
use licensing::{
    invalid::{Invalid, Rule},
    service::ServiceState,
};
use serde_json::{Value, json};

const SERVICE: &[&str] = &[
    "renew",
    // Read-only: ignored, since clients that read, change and write back send them all.
    "serviceId",
    "domain",
    "status",
    "creation",
    "expiration",
    "engagedUpTo",
    "renewalType",
    "possibleRenewPeriod",
    "canDeleteAtExpiration",
    "contactAdmin",
    "contactBilling",
    "contactTech",
];

/// Every route of this file.
pub(super) const ROUTES: &[Route] = &[
    Route::get("/saas/csp2/{serviceName}/serviceInfos", |call| Box::pin(read(call))),
    Route::put("/saas/csp2/{serviceName}/serviceInfos", |call| Box::pin(change(call))).body(SERVICE),
];

async fn read(call: Call) -> Outcome {
    let (account, name) = (&call.caller()?.account, call.service()?);
    let service = call.door.operations.service(account, &name).await?;
    let subscriptions = call.door.operations.subscriptions(account, &name).await?;
    Answer::of(&infos(&service, &subscriptions))
}

/// Expiration is the earliest end of a running term, commitment the latest; Microsoft renews by itself.
fn infos(service: &Service, subscriptions: &[Subscription]) -> Value {
    let ends = || subscriptions.iter().filter(|s| !s.state.is_over()).filter_map(|s| s.term_end);
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
        "canDeleteAtExpiration": false,
        "contactAdmin": service.account,
        "contactBilling": service.account,
        "contactTech": service.account,
        "renew": renewal(),
    })
}

/// How every service renews until intents at term end are offered.
fn renewal() -> Value {
    json!({ "automatic": true, "deleteAtExpiration": false, "forced": false, "manualPayment": false, "period": null })
}

/// A change of `renew` to what holds is done; any other is refused rather than forgotten.
async fn change(call: Call) -> Outcome {
    call.door.operations.service(&call.caller()?.account, &call.service()?).await?;
    let Some(asked) = call.body.value("renew") else { return Answer::void() };
    let Value::Object(asked) = asked else {
        let expected = "an object with automatic, deleteAtExpiration and forced".to_owned();
        return Err(Refusal::invalid("renew", &asked.to_string(), Rule::WrongType { expected }));
    };
    let holds = renewal();
    let asked = Fields::of(asked.clone());
    let mut wrong = Vec::new();
    for name in asked.names() {
        let value = asked.value(name).cloned().unwrap_or(Value::Null);
        match holds.get(name) {
            None => return Err(Refusal::bad(format!("Received not described parameters: (renew.{name})"))),
            Some(now) if *now == value || value.is_null() => {}
            Some(_) => wrong.push(Invalid::new(format!("renew.{name}"), value.to_string(), Rule::NotOffered)),
        }
    }
    if wrong.is_empty() {
        return Answer::void();
    }
    let refusal = Refusal::all_invalid(&wrong);
    Err(refusal.with_message(
        "renew: another renewal than Microsoft's automatic one is not offered by this provider yet; cancel the \
         subscriptions within their window, or ask your provider to let them end with their term",
    ))
}
