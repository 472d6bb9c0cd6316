//! `/services`: the account's services as any product has them (contracts/ovh-api.md §7), and their end.

use super::{
    answer::{Answer, Outcome, datetime, day},
    models::all_services as models,
    problem::Refusal,
    routing::{Call, Objects, Route, Slice},
    schema::{Body, Field, Kind, LONGS, Stage},
};
use crate::operations::{
    services::{NumberOrder, Numbered, Service, ServiceChanges},
    subscriptions::Subscription,
};
use jiff::Timestamp;
use licensing::{id::ServiceId, invalid::Rule, right::Visible, service::ServiceState, subscription::TermEndIntent};
use serde_json::{Value, json};

/// The route of a tenant.
pub(super) const ROUTE_PATH: &str = "/saas/csp2/{serviceName}";

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/services", "The services of the account", LONGS, |call| Box::pin(list(call)))
        .query(&[
            Field::set("resourceName", Kind::String, "Only the one of this name").like("contoso123.onmicrosoft.com"),
            Field::set("routes", Kind::String, "Only those of these routes, parted by commas").like(ROUTE_PATH),
            Field::set("orderBy", Kind::String, "What to order them by; their numbers when it is left out")
                .like("billing.expirationDate"),
            Field::set("sort", Kind::String, "ASC or DESC").like("ASC"),
        ])
        .objects(Objects::Slices(|call, slice| Box::pin(objects(call, slice))))
        .stage(Stage::Beta),
    Route::get("/services/{serviceId}", "A service", Kind::Of(&models::EXPANDED), |call| Box::pin(read(call)))
        .stage(Stage::Beta),
    Route::put("/services/{serviceId}", "Change a service's name and its end", Kind::Void, |call| {
        Box::pin(change(call))
    })
    .body(Body::Whole(&models::UPDATE))
    .stage(Stage::Beta),
    Route::post(
        "/services/{serviceId}/terminate",
        "Ask for the end of a service: a token goes to the account by mail",
        Kind::Of(&models::ANSWER),
        |call| Box::pin(terminate(call)),
    )
    .stage(Stage::Beta)
    .action("account:apiovh:services/terminate"),
    Route::post(
        "/services/{serviceId}/terminate/confirm",
        "Confirm the end of a service: every subscription ends with its term",
        Kind::Of(&models::ANSWER),
        |call| Box::pin(confirm(call)),
    )
    .body(Body::Whole(&models::CONFIRMATION))
    .stage(Stage::Beta)
    .action("account:apiovh:services/terminate/confirm"),
];

/// What a list of services can be ordered by.
const ORDERS: [(&str, NumberOrder); 5] = [
    ("serviceId", NumberOrder::Number),
    ("resource.name", NumberOrder::Name),
    ("resource.displayName", NumberOrder::DisplayName),
    ("billing.expirationDate", NumberOrder::Expiration),
    ("billing.lifecycle.current.creationDate", NumberOrder::Created),
];

/// The services that a query asks for; `None` when none can fit.
fn asked(call: &Call) -> Result<Option<Numbered>, Refusal> {
    let order = match call.query("orderBy") {
        None => NumberOrder::Number,
        Some(name) => match ORDERS.iter().find(|(known, _)| *known == name) {
            Some((_, order)) => *order,
            None => {
                let allowed = ORDERS.map(|(name, _)| name).join(", ");
                return Err(Refusal::invalid("orderBy", name, Rule::OneOf { allowed }));
            }
        },
    };
    let descending = match call.query("sort") {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("ASC") => false,
        Some(word) if word.eq_ignore_ascii_case("DESC") => true,
        Some(word) => return Err(Refusal::invalid("sort", word, Rule::OneOf { allowed: "ASC, DESC".to_owned() })),
    };
    let fits = call.query("routes").is_none_or(|routes| routes.split(',').any(|route| route.trim() == ROUTE_PATH));
    let name = call.query("resourceName").map(str::to_lowercase);
    Ok(shown(call)?.filter(|_| fits).map(|all| Numbered { name, order, descending, ..all }))
}

/// Every service but those that a policy denies the caller; `None` when that is all of them.
pub(super) fn shown(call: &Call) -> Result<Option<Numbered>, Refusal> {
    Ok(match call.caller()?.not_denied(call.route) {
        Visible::AllBut(hidden) => Some(Numbered { hidden, ..Numbered::default() }),
        Visible::Only(_) => None,
    })
}

async fn list(call: Call) -> Outcome {
    let Some(asked) = asked(&call)? else { return Answer::of(&Vec::<i64>::new()) };
    Answer::of(&call.door.operations.service_numbers(&call.caller()?.account, &asked).await?)
}

async fn objects(call: Call, slice: Slice) -> Result<(u64, Vec<Value>), Refusal> {
    let Some(mut asked) = asked(&call)? else { return Ok((0, Vec::new())) };
    asked.descending ^= slice.descending;
    let account = &call.caller()?.account;
    let (total, services) = call.door.operations.numbered_services(account, &asked, slice.skip, slice.most).await?;
    Ok((total, services.iter().map(|(service, subscriptions)| expanded(service, subscriptions)).collect()))
}

/// The service that a path names by its number.
///
/// 403 where a policy denies the caller the call on this service: it is hidden by this name, too.
pub(super) async fn named(call: &Call) -> Result<Service, Refusal> {
    let number = call.value(0).parse().ok().filter(|_| call.number(0).is_ok());
    let Some(number) = number else { return Err(Refusal::not_found("This service does not exist")) };
    let caller = call.caller()?;
    let service = call.door.operations.living_service(&caller.account, ServiceId(number)).await?;
    match caller.not_denied(call.route).shows(&service.name) {
        true => Ok(service),
        false => Err(Refusal::not_permitted(&call.route.action_name().unwrap_or_default())),
    }
}

async fn read(call: Call) -> Outcome {
    let service = named(&call).await?;
    let subscriptions = call.door.operations.subscriptions(&service.account, &service.name).await?;
    Answer::of(&expanded(&service, &subscriptions))
}

/// Dates and renewal of a service, from its running subscriptions.
pub(super) struct Terms {
    /// When the first term ends.
    pub(super) first_end: Option<Timestamp>,
    /// When the last one ends.
    pub(super) last_end: Option<Timestamp>,
    /// Whether anything runs.
    pub(super) runs: bool,
    /// Whether all that runs ends with its term.
    pub(super) ends: bool,
}

impl Terms {
    pub(super) fn of(subscriptions: &[Subscription]) -> Terms {
        let running = || subscriptions.iter().filter(|s| !s.state.is_over());
        let runs = running().next().is_some();
        Terms {
            first_end: running().filter_map(|s| s.term_end).min(),
            last_end: running().filter_map(|s| s.term_end).max(),
            runs,
            ends: runs && running().all(|s| s.intent == TermEndIntent::Cancel),
        }
    }
}

/// Path, address and values of a tenant's route.
pub(super) fn route(service: &Service) -> Value {
    json!({
        "path": ROUTE_PATH, "url": format!("/saas/csp2/{}", service.name),
        "vars": [{ "key": "serviceName", "value": service.name }],
    })
}

/// `services.expanded.Service`.
fn expanded(service: &Service, subscriptions: &[Subscription]) -> Value {
    let terms = Terms::of(subscriptions);
    let can_end = terms.runs && !terms.ends && service.state.accepts_changes();
    let actions: &[&str] =
        if can_end { &["terminate", "terminateAtEngagementDate", "terminateAtExpirationDate"] } else { &[] };
    let pending: &[&str] = if terms.ends { &["terminateAtExpirationDate"] } else { &[] };
    let contact = |what: &str| json!({ "customerCode": service.account, "type": what });
    json!({
        "serviceId": service.id,
        "parentServiceId": Value::Null,
        "billing": {
            "engagement": terms.last_end.map(|end| json!({ "endDate": day(end) })),
            "expirationDate": terms.first_end.map(datetime),
            "lifecycle": {
                "capacities": { "actions": actions },
                "current": {
                    "creationDate": datetime(service.created_at),
                    "pendingActions": pending,
                    "state": if terms.ends { "unrenewed" } else { "active" },
                    "terminationDate": terms.last_end.filter(|_| terms.ends).map(datetime),
                },
            },
            "nextBillingDate": Value::Null,
            "plan": { "code": super::carts::TENANT_PLAN, "invoiceName": "Microsoft 365 tenant" },
            "pricing": Value::Null,
            "renew": {
                "capacities": { "mode": ["automatic"] },
                "current": {
                    "mode": (terms.runs && !terms.ends).then_some("automatic"),
                    "nextDate": terms.first_end.map(datetime),
                    "period": Value::Null,
                },
            },
        },
        "customer": { "contacts": [contact("administrator"), contact("billing"), contact("technical")] },
        "resource": {
            "displayName": service.display_name, "name": service.name,
            "product": { "name": "csp2", "description": "Microsoft 365 tenant" },
            "resellingProvider": Value::Null,
            "state": match service.state {
                ServiceState::Ordered | ServiceState::Creating => "toActivate",
                ServiceState::Ok | ServiceState::EmptyTenant | ServiceState::Reopening => "active",
                ServiceState::Suspending => "toSuspend",
                ServiceState::Suspended => "suspended",
                ServiceState::Ending => "toDelete",
                ServiceState::Ended | ServiceState::Failed { .. } => "deleted",
            },
        },
        "route": route(service),
        "tags": [],
    })
}

/// The name, and whether every subscription ends with its term. What Microsoft does not know is refused.
async fn change(mut call: Call) -> Outcome {
    let service = named(&call).await?;
    let (operations, actor) = (call.door.operations.clone(), call.actor()?);
    let renew = call.body.value("renew").cloned().unwrap_or_default();
    let mode = renew.get("mode").and_then(Value::as_str);
    let period = renew.get("period").filter(|v| !v.is_null());
    let (policy, display_name) = (call.body.text("terminationPolicy"), call.body.text("displayName"));
    call.body.checked()?;
    if mode == Some("manual") {
        return Err(Refusal::invalid("renew.mode", "manual", Rule::OneOf { allowed: "automatic".to_owned() }));
    }
    if let Some(period) = period {
        return Err(Refusal::invalid("renew.period", &period.to_string(), Rule::NotOffered));
    }
    let ends = match (policy.as_deref(), mode) {
        (Some("empty"), _) => Some(false),
        (Some(word), Some("automatic")) => {
            return Err(Refusal::invalid("terminationPolicy", word, Rule::OneOf { allowed: "empty".to_owned() }));
        }
        (Some(_), _) => Some(true),
        (None, Some("automatic")) => Some(false),
        (None, _) => None,
    };
    if display_name.is_some() {
        let changes = ServiceChanges { display_name, ..ServiceChanges::default() };
        operations.update_service(&actor, &service.name, &changes).await?;
    }
    if let Some(ends) = ends {
        operations.set_renewal_of_all(&actor, &service.name, !ends).await?;
    }
    Answer::void()
}

async fn terminate(call: Call) -> Outcome {
    let service = named(&call).await?;
    let until = call.door.operations.ask_termination(&call.actor()?, service.id).await?;
    let message = format!(
        "A mail with a token was sent to the account's own address. Until {} POST it to \
         /services/{}/terminate/confirm: every subscription then ends with its term instead of renewing",
        datetime(until),
        service.id
    );
    Answer::of(&json!({ "message": message }))
}

async fn confirm(mut call: Call) -> Outcome {
    let service = named(&call).await?;
    let token = call.body.required("token");
    call.body.checked()?;
    let ends = call.door.operations.confirm_termination(&call.actor()?, service.id, &token).await?;
    let until = ends.map_or_else(String::new, |end| format!(", the last one on {}", day(end)));
    Answer::of(&json!({ "message": format!("Every subscription of {} ends with its term{until}", service.name) }))
}
