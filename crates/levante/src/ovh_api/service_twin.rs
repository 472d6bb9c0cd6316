//! `/service`: the older twin of `/services` (contracts/ovh-api.md §7), read by scripts that look at the
//! expiry of every service. What Microsoft does not offer is refused with what to do instead.

use super::{
    all_services::{Terms, named, route, shown},
    answer::{Answer, Outcome, datetime},
    models::all_services as models,
    problem::Refusal,
    routing::{Call, Objects, Route, Slice},
    schema::{Body, Field, Kind, LONGS, Stage},
};
use crate::operations::{
    services::{Numbered, Service},
    subscriptions::Subscription,
};
use licensing::service::ServiceState;
use serde_json::{Value, json};

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/service", "The services of the account", LONGS, |call| Box::pin(list(call)))
        .objects(Objects::Slices(|call, slice| Box::pin(objects(call, slice))))
        .stage(Stage::Beta),
    Route::get("/service/{serviceId}", "A service", Kind::Of(&models::LISTED), |call| Box::pin(read(call)))
        .stage(Stage::Beta),
    Route::get(
        "/service/{serviceId}/renew",
        "The renewals that can be ordered: none, since a term renews by itself",
        Kind::List(&Kind::Of(&models::RENEWAL)),
        |call| Box::pin(renewals(call)),
    )
    .query(&[Field::set("includeOptions", Kind::Boolean, "Ignored: there are none")])
    .stage(Stage::Beta),
    Route::post("/service/{serviceId}/renew", "Renew a service: not offered", Kind::Void, |call| Box::pin(renew(call)))
        .body(Body::Loose(&[
            Field::set("dryRun", Kind::Boolean, "Ignored"),
            Field::set("duration", Kind::Duration, "The term").like("P1Y"),
            Field::set("services", LONGS, "The services").like("1001"),
        ]))
        .stage(Stage::Beta)
        .not_built(),
    Route::post("/service/{serviceId}/suspend", "Suspend a service: not offered yet", Kind::Void, |call| {
        Box::pin(suspend(call))
    })
    .stage(Stage::Beta)
    .not_built()
    .action("account:apiovh:service/suspend"),
    Route::post("/service/{serviceId}/reopen", "Reopen a suspended service: not offered yet", Kind::Void, |call| {
        Box::pin(reopen(call))
    })
    .stage(Stage::Beta)
    .not_built()
    .action("account:apiovh:service/reopen"),
    Route::post("/service/{serviceId}/terminate", "End a suspended service: not offered yet", Kind::Void, |call| {
        Box::pin(terminate(call))
    })
    .stage(Stage::Beta)
    .not_built()
    .action("account:apiovh:service/terminate"),
];

async fn list(call: Call) -> Outcome {
    let Some(asked) = shown(&call)? else { return Answer::of(&Vec::<i64>::new()) };
    Answer::of(&call.door.operations.service_numbers(&call.caller()?.account, &asked).await?)
}

async fn objects(call: Call, slice: Slice) -> Result<(u64, Vec<Value>), Refusal> {
    let Some(all) = shown(&call)? else { return Ok((0, Vec::new())) };
    let asked = Numbered { descending: slice.descending, ..all };
    let account = &call.caller()?.account;
    let (total, services) = call.door.operations.numbered_services(account, &asked, slice.skip, slice.most).await?;
    Ok((total, services.iter().map(|(service, subscriptions)| listed(service, subscriptions)).collect()))
}

async fn read(call: Call) -> Outcome {
    let service = named(&call).await?;
    let subscriptions = call.door.operations.subscriptions(&service.account, &service.name).await?;
    Answer::of(&listed(&service, &subscriptions))
}

/// `serviceList.Service`.
fn listed(service: &Service, subscriptions: &[Subscription]) -> Value {
    let terms = Terms::of(subscriptions);
    json!({
        "creationDate": datetime(service.created_at),
        "details": [],
        "engagementDate": terms.last_end.map(datetime),
        "expirationDate": terms.first_end.map(datetime),
        "nextBillingDate": Value::Null,
        "plan": { "code": super::carts::TENANT_PLAN, "product": { "name": "csp2" } },
        "quantity": 1,
        "renew": {
            "dayOfMonth": Value::Null, "interval": Value::Null,
            "mode": if terms.ends { "deleteAtExpiration" } else { "automaticV2016" },
            "possibleIntervals": Value::Null,
            "possibleModes": ["automaticV2016", "deleteAtExpiration"],
        },
        "resource": {
            "displayName": service.display_name, "name": service.name,
            "state": match service.state {
                ServiceState::Ordered => "toOpen",
                ServiceState::Creating | ServiceState::Reopening => "opening",
                ServiceState::Ok | ServiceState::EmptyTenant => "ok",
                ServiceState::Suspending => "suspending",
                ServiceState::Suspended => "suspended",
                ServiceState::Ending => "deleting",
                ServiceState::Ended | ServiceState::Failed { .. } => "deleted",
            },
        },
        "route": route(service),
        "state": match service.state {
            ServiceState::Ordered | ServiceState::Creating => "pending",
            ServiceState::Suspending | ServiceState::Suspended | ServiceState::Ending => "expired",
            _ => "ok",
        },
    })
}

async fn renewals(call: Call) -> Outcome {
    named(&call).await?;
    Answer::of(&Vec::<Value>::new())
}

async fn renew(call: Call) -> Outcome {
    let service = named(&call).await?;
    Err(Refusal::not_offered(format!(
        "Microsoft renews a term by itself at its end, and never earlier. To have it renew again after all, PUT \
         terminationPolicy = empty to /services/{}",
        service.id
    )))
}

async fn suspend(call: Call) -> Outcome {
    let service = named(&call).await?;
    Err(Refusal::not_offered(format!(
        "A tenant cannot be suspended here yet. To let it end with its terms, POST /services/{}/terminate",
        service.id
    )))
}

async fn reopen(call: Call) -> Outcome {
    match named(&call).await?.state {
        ServiceState::Suspended => Err(Refusal::not_offered("A tenant cannot be reopened here yet; ask your provider")),
        state => Err(Refusal::conflict(format!(
            "Only a suspended service can be reopened; this one is {}",
            state.wire().unwrap_or("ended")
        ))),
    }
}

async fn terminate(call: Call) -> Outcome {
    let service = named(&call).await?;
    match service.state {
        ServiceState::Suspended => {
            Err(Refusal::not_offered("A suspended tenant cannot be ended here yet; ask your provider"))
        }
        state => Err(Refusal::conflict(format!(
            "Only a suspended service can be ended at once; this one is {}. To let it end with its terms, POST \
             /services/{}/terminate",
            state.wire().unwrap_or("ended"),
            service.id
        ))),
    }
}
