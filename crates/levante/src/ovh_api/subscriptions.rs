//! Subscriptions and tasks of a service (contracts/ovh-api.md §5).

use super::{
    answer::{Answer, Outcome, datetime},
    models::tenant as models,
    problem::Refusal,
    routing::{Call, Objects, Repeat, Route},
    schema::{Body, Kind, LONGS, Stage},
};
use crate::operations::{Accepted, subscriptions::Subscription, tasks::Task};
use jiff::SignedDuration;
use licensing::{
    id::{SubscriptionId, TaskId},
    order::LineInput,
    subscription::SubscriptionState,
    task::{TaskFunction, TaskState},
};
use serde_json::{Value, json};

/// How long a failed task stays in the list of tasks.
const ERRORS_SHOWN: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/saas/csp2/{serviceName}/subscription", "The subscriptions of a tenant", LONGS, |call| {
        Box::pin(list(call))
    })
    .objects(Objects::All(|call| Box::pin(objects(call))))
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:subscription/get"),
    Route::post("/saas/csp2/{serviceName}/subscription", "Order a further licence", Kind::Of(&models::TASK), |call| {
        Box::pin(order(call))
    })
    .body(Body::Whole(&models::SUBSCRIPTION_CREATION))
    .repeat(Repeat::InCommit)
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:subscription/create"),
    Route::get(
        "/saas/csp2/{serviceName}/subscription/{id}",
        "A subscription",
        Kind::Of(&models::SUBSCRIPTION),
        |call| Box::pin(read(call)),
    )
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:subscription/get"),
    Route::delete(
        "/saas/csp2/{serviceName}/subscription/{id}",
        "Cancel a subscription",
        Kind::Of(&models::TASK),
        |call| Box::pin(cancel(call)),
    )
    .repeat(Repeat::InCommit)
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:subscription/delete"),
    Route::get(
        "/saas/csp2/{serviceName}/subscription/{id}/addonsSubscriptionIds",
        "The add-ons of a subscription",
        LONGS,
        |call| Box::pin(add_ons(call)),
    )
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:subscription/addonsSubscriptionIds/get"),
    Route::get(
        "/saas/csp2/{serviceName}/subscription/{id}/availableAddonLicenses",
        "The licences that can be added on",
        LONGS,
        |call| Box::pin(available_add_ons(call)),
    )
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:subscription/availableAddonLicenses/get"),
    Route::post(
        "/saas/csp2/{serviceName}/subscription/{id}/changeQuantity",
        "Change the seats of a subscription",
        Kind::Of(&models::TASK),
        |call| Box::pin(change_seats(call)),
    )
    .body(Body::Whole(&models::QUANTITY_CHANGE))
    .repeat(Repeat::InCommit)
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:subscription/changeQuantity"),
    Route::post(
        "/saas/csp2/{serviceName}/subscription/{id}/orderAddon",
        "Order an add-on of a subscription",
        Kind::Of(&models::TASK),
        |call| Box::pin(order_add_on(call)),
    )
    .body(Body::Whole(&models::ADD_ON_CREATION))
    .repeat(Repeat::InCommit)
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:subscription/orderAddon"),
    Route::get(
        "/saas/csp2/{serviceName}/task",
        "The tasks that are not done, and those that failed in the last 30 days",
        LONGS,
        |call| Box::pin(tasks(call)),
    )
    .objects(Objects::All(|call| Box::pin(task_objects(call))))
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:task/get"),
    Route::get("/saas/csp2/{serviceName}/task/{id}", "A task", Kind::Of(&models::TASK), |call| Box::pin(task(call)))
        .stage(Stage::Alpha)
        .action("cspReseller:apiovh:task/get"),
];

/// `saas.csp2.OfficeTask`.
pub(super) fn task_json(task: &Task) -> Value {
    json!({
        "id": task.id,
        "function": task.function.word(),
        "status": task.state.word(),
        "todoDate": datetime(task.created_at),
        "finishDate": task.finished_at.map(datetime),
    })
}

fn task_text(accepted: &Accepted) -> String {
    task_json(&accepted.task).to_string()
}

/// The first answer of a key, byte for byte, or this one.
fn accepted(accepted: Accepted) -> Outcome {
    Ok(Answer::text(accepted.replay.clone().unwrap_or_else(|| task_text(&accepted))))
}

/// `saas.csp2.OfficeSubscription`; `pending` is what the task that changes it does.
fn subscription_json(s: &Subscription, pending: Option<TaskFunction>) -> Value {
    json!({
        "id": s.id,
        "licenseId": s.licence,
        "quantity": s.seats,
        "status": status(&s.state, pending),
        "creationDate": datetime(s.created_at),
        "lastUpdate": s.updated_at.map(datetime),
        "taskPendingId": s.task.map_or(0, |t| t.0),
    })
}

fn status(state: &SubscriptionState, pending: Option<TaskFunction>) -> &'static str {
    match (pending, state) {
        (Some(TaskFunction::DeleteSubscription), _) => "deleting",
        (Some(_), _) | (None, SubscriptionState::Renewing) => "updating",
        (None, SubscriptionState::Creating) => "creating",
        (None, SubscriptionState::Active | SubscriptionState::ExtendedTerm) => "ok",
        (None, SubscriptionState::Suspended | SubscriptionState::Expired | SubscriptionState::Disabled) => "suspended",
        (None, SubscriptionState::Cancelled | SubscriptionState::Deleted) => "deleting",
        (None, SubscriptionState::Other(_)) => "error",
    }
}

fn id(call: &Call) -> Result<SubscriptionId, Refusal> {
    Ok(SubscriptionId(call.number(1)?))
}

/// The subscriptions of the service that have not ended.
async fn running(call: &Call) -> Result<Vec<Subscription>, Refusal> {
    let mut all = call.door.operations.subscriptions(&call.caller()?.account, &call.service()?).await?;
    all.retain(|s| !s.state.is_over());
    Ok(all)
}

async fn list(call: Call) -> Outcome {
    Answer::of(&running(&call).await?.iter().map(|s| s.id).collect::<Vec<_>>())
}

async fn objects(call: Call) -> Result<Vec<Value>, Refusal> {
    let running = running(&call).await?;
    let tasks = match running.iter().any(|s| s.task.is_some()) {
        true => call.door.operations.tasks(&call.caller()?.account, &call.service()?).await?,
        false => Vec::new(),
    };
    let pending = |s: &Subscription| tasks.iter().find(|t| Some(t.id) == s.task).map(|t| t.function);
    Ok(running.iter().map(|s| subscription_json(s, pending(s))).collect())
}

async fn read(call: Call) -> Outcome {
    let s = found(&call).await?;
    let pending = match s.task {
        Some(task) => call.door.operations.task_by_id(task).await?.map(|t| t.function),
        None => None,
    };
    Answer::of(&subscription_json(&s, pending))
}

/// The subscription of a path; one that has ended is gone from this API.
async fn found(call: &Call) -> Result<Subscription, Refusal> {
    let id = id(call);
    let name = call.service()?;
    let account = &call.caller()?.account;
    let Ok(id) = id else {
        // The service is judged first, so that a foreign one always answers the same.
        call.door.operations.service(account, &name).await?;
        return Err(Refusal::no_object(call.value(1)));
    };
    let s = call.door.operations.subscription(account, &name, id).await?;
    match s.state.is_over() {
        true => Err(Refusal::no_object(call.value(1))),
        false => Ok(s),
    }
}

/// The fields `licenseId` and `quantity`, once the service is known to be the caller's.
async fn line(call: &mut Call) -> Result<LineInput, Refusal> {
    call.door.operations.service(&call.caller()?.account, &call.service()?).await?;
    let line = LineInput { licence_id: call.body.number("licenseId"), quantity: call.body.number("quantity") };
    call.body.checked()?;
    Ok(line)
}

async fn order(mut call: Call) -> Outcome {
    let line = line(&mut call).await?;
    let once = call.once(task_text);
    let done = call.door.operations.order_subscription(&call.actor()?, &call.service()?, &line, once).await?;
    accepted(done)
}

async fn order_add_on(mut call: Call) -> Outcome {
    let line = line(&mut call).await?;
    let once = call.once(task_text);
    let base = id(&call)?;
    accepted(call.door.operations.order_add_on(&call.actor()?, &call.service()?, base, &line, once).await?)
}

async fn change_seats(mut call: Call) -> Outcome {
    call.door.operations.service(&call.caller()?.account, &call.service()?).await?;
    let quantity = call.body.number("quantity");
    call.body.checked()?;
    let (id, once) = (id(&call)?, call.once(task_text));
    accepted(call.door.operations.change_seats(&call.actor()?, &call.service()?, id, &quantity, once).await?)
}

async fn cancel(call: Call) -> Outcome {
    let (id, once) = (id(&call)?, call.once(task_text));
    accepted(call.door.operations.cancel_subscription(&call.actor()?, &call.service()?, id, once).await?)
}

async fn add_ons(call: Call) -> Outcome {
    let base = found(&call).await?;
    let all = call.door.operations.subscriptions(&call.caller()?.account, &call.service()?).await?;
    let hanging = all.iter().filter(|s| s.base == Some(base.id) && !s.state.is_over());
    Answer::of(&hanging.map(|s| s.id).collect::<Vec<_>>())
}

async fn available_add_ons(call: Call) -> Outcome {
    let base = found(&call).await?;
    let fitting = call.door.operations.available_add_ons(&call.caller()?.account, &call.service()?, base.id).await?;
    Answer::of(&fitting.iter().map(|l| l.id).collect::<Vec<_>>())
}

/// The tasks that the list shows, by number.
async fn shown(call: &Call) -> Result<Vec<Task>, Refusal> {
    let since = call.door.operations.clock.business() - ERRORS_SHOWN;
    let mut tasks = call.door.operations.tasks(&call.caller()?.account, &call.service()?).await?;
    tasks.retain(|t| match t.state {
        TaskState::Todo | TaskState::Doing => true,
        TaskState::Error => t.finished_at.unwrap_or(t.created_at) >= since,
        TaskState::Done | TaskState::Cancelled => false,
    });
    tasks.sort_by_key(|t| t.id);
    Ok(tasks)
}

async fn tasks(call: Call) -> Outcome {
    Answer::of(&shown(&call).await?.iter().map(|t| t.id).collect::<Vec<_>>())
}

async fn task_objects(call: Call) -> Result<Vec<Value>, Refusal> {
    Ok(shown(&call).await?.iter().map(task_json).collect())
}

async fn task(call: Call) -> Outcome {
    let name = call.service()?;
    call.door.operations.service(&call.caller()?.account, &name).await?;
    let id = TaskId(call.number(1)?);
    Answer::of(&task_json(&call.door.operations.task(&call.caller()?.account, &name, id).await?))
}
