//! The activity log (contract 16.3): one record for every change.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::seed::Seed;
use crate::state::{Entity, Sim, World};
use crate::tokens::credentials;
use crate::wire::{Answer, Call, Members, Refusal, collection, date_of, folded, ok, stamp};

/// One record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AuditRecord {
    id: u64,
    customer_id: String,
    customer_name: String,
    resource_type: String,
    operation_type: String,
    old_value: Option<String>,
    new_value: Option<String>,
    correlation_id: String,
    at: Timestamp,
    user: bool,
}

impl Entity for AuditRecord {
    const KIND: &'static str = "audit";
}

/// Writes a record of what Microsoft did by itself, and returns its id.
pub(crate) fn record_unasked(
    world: &mut World,
    now: Timestamp,
    (resource, operation): (&str, &str),
    new: &Value,
) -> String {
    let id = world.serial();
    let text = format!("{id:016}");
    let entry = AuditRecord {
        id,
        customer_id: String::new(),
        customer_name: String::new(),
        resource_type: resource.to_owned(),
        operation_type: operation.to_owned(),
        old_value: None,
        new_value: Some(new.to_string()),
        correlation_id: String::new(),
        at: now,
        user: false,
    };
    world.audit.insert(text.clone(), entry);
    text
}

/// Writes a record about a tenant's resource. Values must hold no secret.
pub(crate) fn record(
    world: &mut World,
    call: &Call,
    now: Timestamp,
    tenant: &str,
    (resource, operation): (&str, &str),
    (old, new): (Option<&Value>, Option<&Value>),
) {
    let id = world.serial();
    let customer_name = world.customers.get(tenant).map(|customer| customer.company_name.clone()).unwrap_or_default();
    let entry = AuditRecord {
        id,
        customer_id: tenant.to_owned(),
        customer_name,
        resource_type: resource.to_owned(),
        operation_type: operation.to_owned(),
        old_value: old.map(Value::to_string),
        new_value: new.map(Value::to_string),
        correlation_id: call.correlation_id.clone(),
        at: now,
        user: call.user,
    };
    world.audit.insert(format!("{id:016}"), entry);
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new().route("/v1/auditrecords", get(list))
}

/// Takes `2026-03-01`, `2026-03-01T…` and `3/1/2026 10:00:00 AM`.
fn day_of(text: &str) -> Option<Date> {
    if let Ok(date) = text.get(..10).unwrap_or(text).parse::<Date>() {
        return Some(date);
    }
    let day = text.split_whitespace().next()?;
    let mut parts = day.split('/').map(str::parse::<i16>);
    let (month, day, year) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

async fn list(State(sim): State<Sim>, call: Call) -> Answer {
    let size = call.size(500, 500)?;
    let date = |name: &str| match call.parameter(name) {
        None => Ok(None),
        Some(text) => day_of(text).map(Some).ok_or_else(|| Refusal::invalid(format!("{name} is not a date."))),
    };
    let (start, end) = (date("startDate")?, date("endDate")?);
    let filter = Filter::read(&call)?;
    let after = match call.page_token() {
        None => String::new(),
        Some(token) if token.len() == 16 && token.bytes().all(|b| b.is_ascii_digit()) => token.to_owned(),
        Some(_) => return Err(Refusal::invalid("The continuation token is not valid.")),
    };
    sim.read(|world, now| {
        let today = date_of(now);
        let start = start.unwrap_or(date_of(now - SignedDuration::from_hours(24 * 30)));
        if start < date_of(now - SignedDuration::from_hours(24 * 90)) {
            return Err(Refusal::invalid("startDate is more than 90 days ago."));
        }
        let end = end.unwrap_or(today);
        if end < start {
            return Err(Refusal::invalid("endDate is before startDate."));
        }
        let fits = |record: &AuditRecord| {
            let on = date_of(record.at);
            start <= on && on <= end && filter.passes(record)
        };
        let mut found: Vec<&AuditRecord> =
            world.audit.after(&after).map(|(_, record)| record).filter(|record| fits(record)).take(size + 1).collect();
        let more = found.len() > size;
        found.truncate(size);
        let next = more.then(|| found.last().map(|last| format!("{:016}", last.id))).flatten();
        let items = found.into_iter().map(|record| view(&sim.seed, record)).collect();
        ok(&collection(items, &call.with_query("/auditrecords"), next))
    })
}

/// A filter of contract 16.3: field and operator belong together.
enum Filter {
    None,
    CompanyName(String),
    CustomerId(String),
    ResourceType(String),
}

impl Filter {
    fn read(call: &Call) -> Result<Self, Refusal> {
        let Some(text) = call.parameter("filter") else {
            return Ok(Self::None);
        };
        let unreadable = || Refusal::invalid("filter must be {\"Field\",\"Value\",\"Operator\"}.");
        let filter: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
        let filter = Members(&filter);
        let (Some(field), Some(value)) = (filter.text("Field"), filter.text("Value")) else {
            return Err(unreadable());
        };
        // Without an operator the field's own is meant.
        let operator = filter.text("Operator").map(folded).unwrap_or_default();
        match (folded(field).as_str(), operator.as_str()) {
            ("companyname", "substring" | "") => Ok(Self::CompanyName(value.to_lowercase())),
            ("customerid", "equals" | "") => Ok(Self::CustomerId(value.to_lowercase())),
            ("resourcetype", "equals" | "") => Ok(Self::ResourceType(folded(value))),
            _ => Err(Refusal::invalid("CompanyName takes substring, CustomerId and ResourceType take equals.")),
        }
    }

    fn passes(&self, record: &AuditRecord) -> bool {
        match self {
            Self::None => true,
            Self::CompanyName(part) => record.customer_name.to_lowercase().contains(part),
            Self::CustomerId(id) => record.customer_id == *id,
            Self::ResourceType(kind) => folded(&record.resource_type) == *kind,
        }
    }
}

fn view(seed: &Seed, record: &AuditRecord) -> Value {
    let known = credentials(seed);
    let upn = if record.user { "integration@provider.example" } else { "" };
    json!({"id": format!("{:016}", record.id), "partnerId": known.tenant_id, "applicationId": known.client_id,
        "customerId": record.customer_id, "customerName": record.customer_name,
        "userPrincipalName": upn, "resourceType": record.resource_type, "operationType": record.operation_type,
        "resourceOldValue": record.old_value, "resourceNewValue": record.new_value,
        "originalCorrelationId": record.correlation_id, "operationDate": stamp(record.at),
        "operationStatus": "succeeded", "customizedData": [], "attributes": {"objectType": "AuditRecord"}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn takes_both_forms_of_dates() {
        assert_eq!(day_of("2026-03-01"), Some(date(2026, 3, 1)));
        assert_eq!(day_of("2026-03-01T10:00:00Z"), Some(date(2026, 3, 1)));
        assert_eq!(day_of("3/15/2026 10:00:00 AM"), Some(date(2026, 3, 15)));
        assert_eq!(day_of("soon"), None);
    }
}
