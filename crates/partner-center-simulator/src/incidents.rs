//! Health of Microsoft's services, and the links into a tenant's portals (contract 16.2).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::customers::{Customer, customer_of};
use crate::state::{Sim, World};
use crate::wire::{Answer, Call, Members, Refusal, collection, folded, link, ok, stamp};

const WORKLOADS: [&str; 4] = ["Exchange", "Microsoft Teams", "Office Subscription", "SharePoint"];

/// Something that ails a service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Incident {
    pub(crate) id: String,
    /// One of Exchange, Microsoft Teams, Office Subscription, SharePoint, or another name.
    pub(crate) workload: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) severity: Option<String>,
    pub(crate) start_time: Timestamp,
    /// When it was resolved; absent while it lasts.
    #[serde(default)]
    pub(crate) end_time: Option<Timestamp>,
    /// Domain prefixes of the tenants that it hits; empty are all.
    #[serde(default)]
    pub(crate) domain_prefixes: Vec<String>,
}

impl Incident {
    fn is_resolved(&self, now: Timestamp) -> bool {
        self.end_time.is_some_and(|end| end <= now)
    }

    fn hits(&self, customer: &Customer) -> bool {
        let mut prefixes = self.domain_prefixes.iter();
        self.domain_prefixes.is_empty() || prefixes.any(|prefix| customer.prefix().starts_with(prefix.as_str()))
    }
}

/// One that is over and one that lasts, as seen from the first start.
fn invented(world: &World) -> Vec<Incident> {
    let born = world.meta().born;
    let hours = |hours: i64| born - SignedDuration::from_hours(hours);
    let incident = |id: &str, workload: &str, title: &str, start, end_time| Incident {
        id: id.to_owned(),
        workload: workload.to_owned(),
        title: title.to_owned(),
        severity: Some("Sev2".to_owned()),
        start_time: start,
        end_time,
        domain_prefixes: Vec::new(),
    };
    vec![
        incident("EX910001", "Exchange", "Messages are delivered late", hours(80), Some(hours(75))),
        incident("TM910002", "Microsoft Teams", "Some users cannot join meetings", hours(6), None),
    ]
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/serviceincidents/office", get(everywhere))
        .route("/v1/customers/{customer}/serviceincidents/office", get(of_customer))
        .route("/v1/customers/{customer}/managedservices", get(services))
}

/// Whether resolved, unresolved or all incidents are wanted.
fn wanted(call: &Call) -> Result<Option<bool>, Refusal> {
    let Some(text) = call.parameter("filter") else {
        return Ok(None);
    };
    let filter: Value = serde_json::from_str(text).map_err(|_| Refusal::invalid("filter is not JSON."))?;
    let filter = Members(&filter);
    let value = filter.get("Value").map(|value| match value.as_str() {
        Some(text) => text.to_lowercase(),
        None => value.to_string(),
    });
    let field = filter.text("Field").map(folded);
    match (field.as_deref(), value.as_deref(), filter.text("Operator").map(folded).as_deref()) {
        (Some("resolved"), Some("true"), Some("equals")) | (Some("resolved"), Some("false"), Some("notequals")) => {
            Ok(Some(true))
        }
        (Some("resolved"), Some("false"), Some("equals")) | (Some("resolved"), Some("true"), Some("notequals")) => {
            Ok(Some(false))
        }
        _ => Err(Refusal::invalid("Incidents are filtered by resolved equals true or false.")),
    }
}

fn incident_view(world: &World, incident: &Incident, now: Timestamp) -> Value {
    let resolved = incident.is_resolved(now);
    let affected = world.customers.values().filter(|customer| incident.hits(customer)).count();
    let mut view = json!({"id": incident.id, "workload": incident.workload, "startTime": stamp(incident.start_time),
        "status": if resolved { "ServiceRestored" } else { "ServiceDegradation" },
        "messages": [{"publishedTime": stamp(incident.start_time), "messageText": incident.title}],
        "impactedArea": "Users", "resolved": resolved, "severity": incident.severity,
        "messageType": "Incident", "affectedWorkloadNames": [incident.workload],
        "affectedTenantCount": affected, "partnersOnly": false});
    if let Some(end) = incident.end_time {
        view["endTime"] = json!(stamp(end));
    }
    view
}

fn health(world: &World, call: &Call, customer: Option<&Customer>, path: &str, now: Timestamp) -> Answer {
    let wanted = wanted(call)?;
    let incidents = world.switches().incidents.clone().unwrap_or_else(|| invented(world));
    let there =
        |incident: &&Incident| incident.start_time <= now && customer.is_none_or(|customer| incident.hits(customer));
    let incidents: Vec<&Incident> = incidents.iter().filter(there).collect();
    let mut workloads: Vec<&str> = WORKLOADS.to_vec();
    workloads.extend(incidents.iter().map(|incident| incident.workload.as_str()));
    workloads.sort_unstable();
    workloads.dedup();
    let items = workloads
        .into_iter()
        .map(|workload| {
            let here = || incidents.iter().filter(|incident| incident.workload == workload);
            let ails = here().any(|incident| !incident.is_resolved(now));
            let shown: Vec<Value> = here()
                .filter(|incident| wanted.is_none_or(|resolved| incident.is_resolved(now) == resolved))
                .map(|incident| incident_view(world, incident, now))
                .collect();
            json!({"workload": workload, "status": if ails { "ServiceDegradation" } else { "NormalService" },
                "incidents": shown, "messageCenterMessages": []})
        })
        .collect();
    ok(&collection(items, &call.with_query(path), None))
}

async fn everywhere(State(sim): State<Sim>, call: Call) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| health(world, &call, None, "/serviceincidents/office", now))
}

async fn of_customer(State(sim): State<Sim>, call: Call, Path(customer): Path<String>) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let path = format!("/customers/{}/serviceincidents/office", customer.id);
        health(world, &call, Some(customer), &path, now)
    })
}

/// The portals of what the tenant has bought.
async fn services(State(sim): State<Sim>, call: Call, Path(customer): Path<String>) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let prefix = format!("{}/", customer.id);
        let any = world.subscriptions.under(&prefix).any(|(_, subscription)| subscription.visible <= now);
        let items = [("office365", "Microsoft 365"), ("exchange", "Exchange Online"), ("intune", "Intune")]
            .into_iter()
            .filter(|_| any)
            .map(|(id, name)| {
                let portal = |page: &str| link(&format!("https://{id}.simulated.example/{}/{page}", customer.domain));
                json!({"id": id, "name": name, "links": {"serviceHealth": portal("health"),
                    "serviceTickets": portal("tickets"), "adminService": portal("admin")},
                    "attributes": {"objectType": "ManagedService"}})
            })
            .collect();
        ok(&collection(items, &format!("/customers/{}/managedservices", customer.id), None))
    })
}
