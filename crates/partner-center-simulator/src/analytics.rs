//! Analytics (contract 16.1): licences used and deployed, subscriptions; filtered, grouped, paged
//! with `top` and `skip`. As of the last Sunday, or of midnight for subscriptions: never the
//! present. Only below `/partner` (trap 49). Next: `analytics_filter.rs`.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use crate::analytics_filter::Filter;
use crate::customers::{Customer, customer_of};
use crate::licences::{Pool, pools};
use crate::seed::Seed;
use crate::state::{Sim, World};
use crate::subscriptions::{Status, Subscription};
use crate::wire::{Answer, Call, Refusal, collection, date_of, day, midnight, ok, stamp};

const MOST_ROWS: usize = 10_000;

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/partner/v1/analytics/commercial/usage/license", get(usage))
        .route("/partner/v1/analytics/commercial/deployment/license", get(deployment))
        .route("/partner/v1/analytics/subscriptions", get(subscriptions))
        .route("/v1/customers/{customer}/analytics/licenses/usage", get(usage_of_customer))
        .route("/v1/customers/{customer}/analytics/licenses/deployment", get(deployment_of_customer))
}

/// What is told about the licences of a product.
#[derive(Clone, Copy)]
enum Subject {
    Usage,
    Deployment,
}

impl Subject {
    fn counts(self) -> &'static [&'static str] {
        match self {
            Self::Usage => &["licensesActive", "licensesQualified"],
            Self::Deployment => &["licensesDeployed", "licensesSold"],
        }
    }

    fn row(self, customer: &Customer, pool: &Pool, processed: Date) -> Value {
        let product = pool.key.split(':').next().unwrap_or("");
        let mut row = json!({"workloadCode": "M365", "workloadName": "Microsoft 365", "serviceCode": "O365",
            "serviceName": "Office 365", "channel": "Reseller", "customerTenantId": customer.id,
            "customerName": customer.company_name, "productId": product, "productName": pool.title,
            "processedDateTime": day(processed)});
        let counts = match self {
            Self::Usage => [pool.consumed, pool.total()],
            Self::Deployment => [pool.assigned.max(pool.consumed), pool.total()],
        };
        for (name, count) in self.counts().iter().zip(counts) {
            row[*name] = json!(count);
        }
        row
    }
}

/// The Sunday on which the licences were counted: the last one, or the last before the day asked for.
fn processed(call: &Call, now: Timestamp) -> Result<Date, Refusal> {
    let today = date_of(now);
    let asked = match call.parameter("processedDateTime") {
        None => today,
        Some(text) => text
            .get(..10)
            .and_then(|text| text.parse::<Date>().ok())
            .ok_or_else(|| Refusal::invalid("processedDateTime is not a date."))?,
    };
    let day = asked.min(today);
    let since_sunday = i64::from(day.weekday().to_sunday_zero_offset());
    day.checked_sub(since_sunday.days()).map_err(|_| Refusal::invalid("processedDateTime is out of range."))
}

fn licence_rows(world: &World, seed: &Seed, customer: &Customer, subject: Subject, processed: Date) -> Vec<Value> {
    if has_none(world) {
        return Vec::new();
    }
    pools(world, seed, &customer.id, midnight(processed))
        .values()
        .map(|pool| subject.row(customer, pool, processed))
        .collect()
}

/// Microsoft's sandbox has no analytics at all (contract 16.1).
fn has_none(world: &World) -> bool {
    world.switches().profile.is_sandbox()
}

/// Rows of all customers; a filter for one customer spares looking at the others.
fn licences(sim: &Sim, call: &Call, subject: Subject) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| {
        let processed = processed(call, now)?;
        let rows = world.customers.values().flat_map(|c| licence_rows(world, &sim.seed, c, subject, processed));
        table(call, rows, subject.counts(), None)
    })
}

async fn usage(State(sim): State<Sim>, call: Call) -> Answer {
    licences(&sim, &call, Subject::Usage)
}

async fn deployment(State(sim): State<Sim>, call: Call) -> Answer {
    licences(&sim, &call, Subject::Deployment)
}

/// The older form: one customer, the usual envelope.
fn of_customer(sim: &Sim, call: &Call, id: &str, subject: Subject, name: &str) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| {
        let customer = customer_of(world, id, now)?;
        let rows = licence_rows(world, &sim.seed, customer, subject, processed(call, now)?);
        ok(&collection(rows, &format!("/customers/{}/analytics/licenses/{name}", customer.id), None))
    })
}

async fn usage_of_customer(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    of_customer(&sim, &call, &id, Subject::Usage, "usage")
}

async fn deployment_of_customer(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    of_customer(&sim, &call, &id, Subject::Deployment, "deployment")
}

fn subscription_row(world: &World, customer: &Customer, s: &Subscription) -> Value {
    let status = match s.status {
        Status::Pending | Status::Active | Status::Expired => "ACTIVE",
        Status::Suspended | Status::Disabled => "SUSPENDED",
        Status::Deleted => "DEPROVISIONED",
    };
    let partner = world.partners.get(&s.partner_id).map(|partner| partner.name.clone());
    let trial = |at: String| s.is_trial.then_some(at);
    json!({"customerTenantId": customer.id, "customerName": customer.company_name,
        "customerMarket": customer.address.country, "id": s.id, "status": status, "productName": s.offer_name,
        "subscriptionType": if s.is_trial { "TRIAL" } else { "PAID" }, "autoRenewEnabled": s.auto_renew,
        "partnerId": s.partner_id, "friendlyName": s.friendly_name, "partnerName": partner,
        "providerName": "Provider", "effectiveStartDate": stamp(s.term_start), "commitmentEndDate": day(s.term_end),
        "currentStateEndDate": null, "trialToPaidConversionDate": null, "trialStartDate": trial(stamp(s.starts)),
        "trialEndDate": trial(day(s.term_end)), "lastUsageDate": null,
        "deprovisionedDate": (s.status == Status::Deleted).then(|| stamp(s.state_since)),
        "lastRenewalDate": (s.term_start > s.starts).then(|| stamp(s.term_start)),
        "licenseCount": s.quantity, "subscriptionCount": 1})
}

async fn subscriptions(State(sim): State<Sim>, call: Call) -> Answer {
    call.needs_user()?;
    let level = match call.parameter("aggregationLevel").map(str::to_lowercase) {
        None => None,
        Some(level) if matches!(level.as_str(), "day" | "week" | "month") => Some(level),
        Some(_) => return Err(Refusal::invalid("aggregationLevel must be day, week or month.")),
    };
    sim.read(|world, now| {
        let today = midnight(date_of(now));
        let rows = world
            .subscriptions
            .values()
            .filter(|s| s.visible < today && !has_none(world))
            .filter_map(|s| Some(subscription_row(world, world.customers.get(&s.tenant)?, s)));
        table(&call, rows, &["licenseCount", "subscriptionCount"], level.as_deref())
    })
}

/// The first day of the span that a date lies in.
fn begin_of(level: &str, text: &str) -> Option<String> {
    let date: Date = text.get(..10)?.parse().ok()?;
    let begin = match level {
        "week" => date.checked_sub(i64::from(date.weekday().to_sunday_zero_offset()).days()).ok()?,
        "month" => date.first_of_month(),
        _ => date,
    };
    Some(day(begin))
}

/// Filtered, grouped and cut into pages.
fn table(call: &Call, rows: impl Iterator<Item = Value>, counts: &[&str], level: Option<&str>) -> Answer {
    let number = |name: &str, default: usize| match call.parameter(name).map(str::parse::<usize>) {
        None => Ok(default),
        Some(Ok(number)) => Ok(number),
        Some(Err(_)) => Err(Refusal::invalid(format!("{name} must be a number."))),
    };
    let (top, skip) = (number("top", MOST_ROWS)?, number("skip", 0)?);
    if !(1..=MOST_ROWS).contains(&top) {
        return Err(Refusal::invalid(format!("top must be 1 to {MOST_ROWS}.")));
    }
    let filter = Filter::parse(call.parameter("filter").unwrap_or(""))?;
    let mut chosen = Vec::new();
    for row in rows {
        if filter.passes(&row)? {
            chosen.push(row);
        }
    }
    let mut by: Vec<&str> = call.parameter("groupBy").unwrap_or("").split(',').map(str::trim).collect();
    by.retain(|name| !name.is_empty());
    if let Some(level) = level {
        for row in &mut chosen {
            for date in ["effectiveStartDate", "commitmentEndDate"] {
                row[date] = json!(row[date].as_str().and_then(|text| begin_of(level, text)));
            }
        }
        if !by.iter().any(|name| name.to_lowercase().ends_with("date")) {
            by.push("effectiveStartDate");
        }
    }
    let rows = if by.is_empty() { chosen } else { grouped(&chosen, &by, counts)? };
    let total = rows.len();
    let page: Vec<Value> = rows.into_iter().skip(skip).take(top).collect();
    let mut body = json!({"Value": page, "TotalCount": total});
    let next = skip.saturating_add(top);
    if next < total {
        body["@nextLink"] = json!(next_link(call, top, next));
    }
    ok(&body)
}

fn next_link(call: &Call, top: usize, skip: usize) -> String {
    let mut next = call.clone();
    let replaced = |name: &str| ["top", "skip"].iter().any(|known| name.eq_ignore_ascii_case(known));
    next.query.retain(|(name, _)| !replaced(name));
    next.query.push(("top".to_owned(), top.to_string()));
    next.query.push(("skip".to_owned(), skip.to_string()));
    next.with_query(&call.path)
}

/// One row per combination of the fields, its counts summed.
fn grouped(rows: &[Value], by: &[&str], counts: &[&str]) -> Result<Vec<Value>, Refusal> {
    let mut groups: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for row in rows.iter().filter_map(Value::as_object) {
        let mut kept = Map::new();
        for field in by {
            let (name, value) = row
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(field))
                .filter(|(name, _)| !counts.contains(&name.as_str()))
                .ok_or_else(|| Refusal::invalid(format!("{field} cannot be grouped by.")))?;
            kept.insert(name.clone(), value.clone());
        }
        let key = Value::Object(kept.clone()).to_string();
        let group = groups.entry(key).or_insert(kept);
        for count in counts {
            let sum = group.get(*count).and_then(Value::as_i64).unwrap_or(0);
            let more = row.get(*count).and_then(Value::as_i64).unwrap_or(0);
            group.insert((*count).to_owned(), json!(sum.saturating_add(more)));
        }
    }
    Ok(groups.into_values().map(Value::Object).collect())
}
