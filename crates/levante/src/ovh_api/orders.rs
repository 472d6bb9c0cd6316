//! Orders: the one-call order, and following one under `/me/order` (contracts/ovh-api.md §6.5).

use super::{
    answer::{Answer, Outcome, datetime, price, prices},
    body::{Fields, as_written},
    carts::plan_code,
    models::order as models,
    order_form::FIELDS,
    problem::Refusal,
    routing::{Call, Objects, Repeat, Route, Slice},
    schema::{Body, Field, Kind, LONGS},
};
use crate::operations::{Accepted, orders::Order, services::Service};
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use licensing::{
    id::OrderId,
    invalid::Rule,
    money::Money,
    order::{LineInput, OrderInput, OrderLine, OrderState},
};
use serde_json::{Value, json};

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::post("/levante/order", "Order a new tenant in one call", Kind::Of(&models::PLACED), |call| {
        Box::pin(place(call))
    })
    .body(Body::Whole(&models::ORDER_CREATION))
    .repeat(Repeat::InCommit),
    Route::get("/me/order", "The orders of the account", LONGS, |call| Box::pin(list(call)))
        .query(&[
            Field::set("date.from", Kind::Datetime, "Only those accepted since then"),
            Field::set("date.to", Kind::Datetime, "Only those accepted until then"),
        ])
        .objects(Objects::Slices(|call, slice| Box::pin(objects(call, slice)))),
    Route::get("/me/order/{orderId}", "An order", Kind::Of(&models::ORDER), |call| Box::pin(read(call))),
    Route::get("/me/order/{orderId}/status", "Where an order stands", Kind::Of(&models::STATUS), |call| {
        Box::pin(status(call))
    }),
    Route::get("/me/order/{orderId}/details", "The lines of an order", LONGS, |call| Box::pin(details(call)))
        .objects(Objects::All(|call| Box::pin(detail_objects(call)))),
    Route::get(
        "/me/order/{orderId}/details/{orderDetailId}",
        "A line of an order",
        Kind::Of(&models::DETAIL),
        |call| Box::pin(detail(call)),
    ),
    Route::get(
        "/me/order/{orderId}/details/{orderDetailId}/extension",
        "More about a line of an order",
        Kind::Of(&models::EXTENSION),
        |call| Box::pin(extension(call)),
    ),
    Route::get(
        "/me/order/{orderId}/followUp",
        "The steps of an order",
        Kind::List(&Kind::Of(&models::FOLLOW_UP)),
        |call| Box::pin(follow_up(call)),
    ),
    Route::get(
        "/me/order/{orderId}/associatedObject",
        "What an order was billed with",
        Kind::Of(&models::ASSOCIATED),
        |call| Box::pin(associated(call)),
    ),
];

/// An order in one call: same fields, same operation and same answer to repetitions as the cart.
async fn place(mut call: Call) -> Outcome {
    let input = one_call(&mut call.body)?;
    let once = call.once(placed_text);
    let accepted = call.door.operations.place_order(&call.actor()?, &input, once).await?;
    with_url(&call, accepted, placed_text)
}

/// The order form in a body; any field may be missing.
pub(super) fn one_call(body: &mut Fields) -> Result<OrderInput, Refusal> {
    let mut input = OrderInput::default();
    for field in FIELDS {
        *(field.slot)(&mut input) = body.text(field.name).unwrap_or_default();
    }
    for line in body.array("lines").unwrap_or_default() {
        // Types and names were checked against the declaration.
        let read = |name: &str| line.get(name).and_then(Value::as_number).map(as_written).unwrap_or_default();
        input.lines.push(LineInput { licence_id: read("licenceId"), quantity: read("quantity") });
    }
    body.checked()?;
    Ok(input)
}

fn placed_text(accepted: &Accepted) -> String {
    let order = accepted.order.as_ref();
    json!({
        "orderId": order.map(|o| o.id),
        "serviceName": accepted.service.name,
        "taskId": accepted.task.id,
        "url": Value::Null,
        "prices": order.map(|o| prices(o.net, o.tax)),
    })
    .to_string()
}

/// The answer with the order's page in the panel. It is kept without, since an address may change; the
/// unescaped quotes cannot come from a value.
pub(super) fn with_url(call: &Call, accepted: Accepted, write: fn(&Accepted) -> String) -> Outcome {
    let text = accepted.replay.clone().unwrap_or_else(|| write(&accepted));
    let url = accepted.order.as_ref().map_or(Value::Null, |o| call.door.order_url(o.id).into());
    Ok(Answer::text(text.replacen("\"url\":null", &format!("\"url\":{url}"), 1)))
}

async fn list(call: Call) -> Outcome {
    let (from, to) = span(&call)?;
    Answer::of(&call.door.operations.order_ids(&call.caller()?.account, from, to).await?)
}

async fn objects(call: Call, slice: Slice) -> Result<(u64, Vec<Value>), Refusal> {
    let (from, to) = span(&call)?;
    let account = &call.caller()?.account;
    let (total, orders) =
        call.door.operations.orders_between(account, (from, to), slice.skip, slice.most, slice.descending).await?;
    Ok((total, orders.iter().map(|order| order_json(&call, order)).collect()))
}

/// The span of time that a query asks for.
pub(super) fn span(call: &Call) -> Result<(Timestamp, Timestamp), Refusal> {
    let from = instant(call, "date.from", false)?.unwrap_or(Timestamp::UNIX_EPOCH);
    let far = call.door.operations.clock.business() + SignedDuration::from_hours(24 * 366);
    Ok((from, instant(call, "date.to", true)?.unwrap_or(far)))
}

/// A date or a date and time of the query; a date means its whole day, a time without offset UTC.
fn instant(call: &Call, name: &str, end: bool) -> Result<Option<Timestamp>, Refusal> {
    let Some(text) = call.query(name) else { return Ok(None) };
    // An offset's `+` that was not escaped arrives as a blank.
    let folded = text.replace(' ', "+");
    let utc = |at: civil::DateTime| at.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp());
    let read = folded.parse::<Timestamp>().ok().or_else(|| {
        let date = folded.parse::<civil::Date>().ok().filter(|_| folded.len() <= 10);
        match date {
            Some(date) if end => utc(date.at(23, 59, 59, 999_999_999)),
            Some(date) => utc(date.at(0, 0, 0, 0)),
            None => folded.parse::<civil::DateTime>().ok().and_then(utc),
        }
    });
    match read {
        Some(at) => Ok(Some(at)),
        None => {
            let expected = "a date such as 2026-03-05 or 2026-03-05T09:30:00+01:00".to_owned();
            Err(Refusal::invalid(name, text, Rule::WrongType { expected }))
        }
    }
}

/// The order that a path names.
pub(super) async fn order(call: &Call) -> Result<Order, Refusal> {
    Ok(call.door.operations.order(&call.caller()?.account, OrderId(call.number(0)?)).await?)
}

async fn read(call: Call) -> Outcome {
    Answer::of(&order_json(&call, &order(&call).await?))
}

/// `billing.Order`.
fn order_json(call: &Call, order: &Order) -> Value {
    let url = call.door.order_url(order.id);
    let gross = order.net.rounded().plus(order.tax).unwrap_or(order.net);
    json!({
        "orderId": order.id,
        "date": datetime(order.created_at),
        "expirationDate": Value::Null,
        "retractionDate": Value::Null,
        "password": "",
        "url": url,
        "pdfUrl": url,
        "priceWithTax": price(gross),
        "priceWithoutTax": price(order.net),
        "tax": price(order.tax),
    })
}

async fn status(call: Call) -> Outcome {
    Answer::of(&status_word(&order(&call).await?.state))
}

/// Something was delivered by a partial order; what is missing is said in `followUp`.
fn status_word(state: &OrderState) -> &'static str {
    match state {
        OrderState::Accepted | OrderState::Delivering => "delivering",
        OrderState::Delivered | OrderState::Partial { .. } => "delivered",
        OrderState::Refused { .. } => "cancelled",
    }
}

/// One line of an order as OVHcloud counts them: the tenant, then its licences.
enum Detail<'a> {
    Tenant,
    Licence(&'a OrderLine),
}

/// The numbers of the details: a hundred below each order, unique and below 2^53.
fn numbered(order: &Order) -> Vec<(i64, Detail<'_>)> {
    let tenant = order.purchase.new_tenant.then_some(Detail::Tenant);
    let all = tenant.into_iter().chain(order.purchase.lines.iter().map(Detail::Licence));
    all.enumerate().map(|(n, detail)| (order.id.0 * 100 + n as i64 + 1, detail)).collect()
}

async fn details(call: Call) -> Outcome {
    let order = order(&call).await?;
    Answer::of(&numbered(&order).into_iter().map(|(id, _)| id).collect::<Vec<_>>())
}

async fn one<'a>(call: &Call, order: &'a Order) -> Result<(i64, Detail<'a>, Service), Refusal> {
    let wanted = call.number(1)?;
    let found = numbered(order).into_iter().find(|(id, _)| *id == wanted);
    let (id, detail) = found.ok_or_else(|| Refusal::no_object(&wanted.to_string()))?;
    let service = call.door.operations.service_by_id(&order.account, order.service).await?;
    Ok((id, detail, service))
}

async fn detail(call: Call) -> Outcome {
    let order = order(&call).await?;
    let (id, detail, service) = one(&call, &order).await?;
    Answer::of(&whole_detail(id, &detail, &order, &service))
}

async fn detail_objects(call: Call) -> Result<Vec<Value>, Refusal> {
    let order = order(&call).await?;
    let service = call.door.operations.service_by_id(&order.account, order.service).await?;
    Ok(numbered(&order).iter().map(|(id, detail)| whole_detail(*id, detail, &order, &service)).collect())
}

/// `billing.OrderDetail`.
fn whole_detail(id: i64, detail: &Detail<'_>, order: &Order, service: &Service) -> Value {
    let mut json = detail_json(detail, order.net);
    json["orderDetailId"] = id.into();
    json["domain"] = service.name.as_str().into();
    json["quantity"] = json["quantity"].to_string().into();
    json["cancelled"] = matches!(order.state, OrderState::Refused { .. }).into();
    json
}

fn detail_json(detail: &Detail<'_>, net: Money) -> Value {
    let free = Money::zero(net.currency);
    let (description, quantity, unit, total) = match detail {
        Detail::Tenant => ("Microsoft 365 tenant", 1, free, free),
        Detail::Licence(line) => {
            let unit = line.licence.price;
            (line.licence.name.as_str(), line.seats.get(), unit, unit.times(line.seats.get()))
        }
    };
    json!({
        "orderDetailId": 0, "description": description, "domain": "", "quantity": quantity,
        "unitPrice": price(unit), "totalPrice": price(total), "detailType": "INSTALLATION", "cancelled": false,
    })
}

async fn extension(call: Call) -> Outcome {
    let order = order(&call).await?;
    let (_, detail, service) = one(&call, &order).await?;
    let (code, duration, quantity) = match &detail {
        Detail::Tenant => (super::carts::TENANT_PLAN.to_owned(), "P1M", 1),
        Detail::Licence(line) => (plan_code(line.licence.id), line.licence.term.iso(), line.seats.get()),
    };
    Answer::of(&json!({
        "order": {
            "action": "installation", "type": "plan",
            "plan": {
                "code": code, "duration": duration, "pricingMode": "default", "quantity": quantity,
                "product": { "name": "csp2" },
            },
            "configurations": [
                { "label": "serviceName", "value": service.name },
                { "label": "customSubdomain", "value": service.name.subdomain() },
                { "label": "mpnId", "value": order.purchase.mpn_id },
            ],
        },
    }))
}

async fn follow_up(call: Call) -> Outcome {
    let order = order(&call).await?;
    Answer::of(&steps(&order))
}

/// `VALIDATING VALIDATED DELIVERING AVAILABLE`, with the reason where the order waits or was refused.
fn steps(order: &Order) -> Value {
    let entry =
        |at: Timestamp, label: &str, text: &str| json!({ "date": datetime(at), "label": label, "description": text });
    let step =
        |step: &str, status: &str, history: Vec<Value>| json!({ "step": step, "status": status, "history": history });
    let accepted = entry(order.created_at, "ORDER_ACCEPTED", "The order was accepted");
    let ended = order.finished_at.unwrap_or(order.created_at);
    let mut delivering = Vec::new();
    if order.state != OrderState::Accepted {
        delivering.push(entry(order.created_at, "ORDER_STARTED", "Work at Microsoft has begun"));
    }
    let mut reasons: Vec<String> = order.progress.refusals().map(ToString::to_string).collect();
    for reason in order.attention.iter().chain(order.state.reason()).map(ToString::to_string) {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    delivering.extend(reasons.iter().map(|reason| entry(ended, "DELIVERY", reason)));
    let (delivery, available) = match &order.state {
        OrderState::Accepted => ("TODO", ("TODO", vec![])),
        OrderState::Delivering => ("DOING", ("TODO", vec![])),
        OrderState::Delivered => {
            ("DONE", ("DONE", vec![entry(ended, "DELIVERY", "Everything that was ordered exists")]))
        }
        OrderState::Partial { .. } => {
            ("ERROR", ("DONE", vec![entry(ended, "DELIVERY", "A part of what was ordered exists")]))
        }
        OrderState::Refused { .. } => ("ERROR", ("ERROR", vec![])),
    };
    json!([
        step("VALIDATING", "DONE", vec![accepted.clone()]),
        step("VALIDATED", "DONE", vec![accepted]),
        step("DELIVERING", delivery, delivering),
        step("AVAILABLE", available.0, available.1),
    ])
}

/// Nothing is billed here yet: an order has no bill that could be named.
async fn associated(call: Call) -> Outcome {
    order(&call).await?;
    Answer::of(&json!({ "id": Value::Null, "type": Value::Null }))
}

/// `order.Order` of an order that was placed, without its address.
pub(super) fn placed_order_text(accepted: &Accepted) -> String {
    let Some(order) = &accepted.order else { return "null".to_owned() };
    let details = numbered(order).into_iter().map(|(_, d)| cart_detail(&detail_json(&d, order.net), &accepted.service));
    json!({
        "contracts": [], "details": details.collect::<Vec<_>>(), "orderId": order.id, "url": Value::Null,
        "prices": prices(order.net, order.tax),
    })
    .to_string()
}

fn cart_detail(detail: &Value, service: &Service) -> Value {
    json!({
        "cartItemID": Value::Null, "description": detail["description"], "detailType": detail["detailType"],
        "domain": service.name, "quantity": detail["quantity"], "unitPrice": detail["unitPrice"],
        "totalPrice": detail["totalPrice"], "originalTotalPrice": detail["totalPrice"],
        "reductionTotalPrice": price(Money::zero(accepted_currency(detail))), "reductions": [],
    })
}

fn accepted_currency(detail: &Value) -> licensing::money::Currency {
    let code = detail["totalPrice"]["currencyCode"].as_str().unwrap_or_default();
    licensing::money::Currency::read(code).unwrap_or(licensing::money::Currency::EUR)
}
