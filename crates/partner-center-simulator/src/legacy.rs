//! Subscriptions from before New Commerce (contract 15.1, 15.11, 15.14): a GUID as offer, an etag,
//! children under a parent, a support contact. Nobody can buy them any more; tests plant them.
//!
//! They are not billed here: their invoices were of another kind. Changes: `subscription_changes.rs`.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control::{Controlled, Problem, parsed, shown};
use crate::customers::{customer_key, customer_of};
use crate::products::TermPlan;
use crate::state::{Sim, Simulation, World};
use crate::subscription_view::view;
use crate::subscriptions::{CatalogItem, Status, Subscription, subscription_key, subscription_of};
use crate::terms::{day_after, last_day};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, collection, date_of, folded, guid, ok};

const ADDONS: usize = 20;

/// What only they have.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Legacy {
    /// GUID of the offer.
    pub(crate) offer_id: String,
    /// Id of the parent, for an add-on.
    pub(crate) parent: Option<String>,
    support: Option<SupportContact>,
}

/// Who is asked for help.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SupportContact {
    tenant_id: String,
    mpn_id: String,
    name: String,
}

impl Subscription {
    /// The next term of a legacy subscription, of which no invoice tells.
    pub(crate) fn renew_legacy(&mut self) {
        let first = day_after(self.term_end);
        self.begin_term(crate::wire::midnight(first), first, last_day(first, &self.term));
    }
}

/// The legacy subscription after a PATCH: name, quantity and state; a child needs its parent.
pub(crate) fn changed(
    world: &World,
    current: &Subscription,
    legacy: &Legacy,
    body: Members<'_>,
    now: Timestamp,
) -> Result<Subscription, Refusal> {
    let mut next = current.clone();
    let parent = legacy.parent.as_ref().and_then(|id| world.subscriptions.get(&subscription_key(&current.tenant, id)));
    match body.text("status").map(folded).as_deref() {
        Some("suspended") if next.status == Status::Active => next.enter(Status::Suspended, now, 0),
        Some("active") if next.status == Status::Suspended => {
            if parent.is_some_and(|parent| parent.status != Status::Active) {
                return Err(Refusal::new(409, 27_009, "A child cannot be enabled while its parent is not active."));
            }
            next.enter(Status::Active, now, 0);
        }
        Some("active" | "suspended") | None => {}
        Some(_) => return Err(Refusal::new(400, 800_096, "This status cannot be set.")),
    }
    if let Some(quantity) = body.whole("quantity")?.filter(|quantity| *quantity != next.quantity) {
        if next.status != Status::Active {
            return Err(Refusal::new(400, 2001, "The quantity is frozen while the subscription is suspended."));
        }
        if !(1..=10_000).contains(&quantity) {
            return Err(Refusal::new(400, 2002, format!("The quantity {quantity} is outside 1 to 10000.")));
        }
        next.quantity = quantity;
    }
    next.auto_renew = body.flag("autoRenewEnabled").unwrap_or(false);
    Ok(next)
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/customers/{customer}/subscriptions/{subscription}/addons", get(addons))
        .route("/v1/customers/{customer}/subscriptions/{subscription}/supportcontact", get(support).put(set_support))
}

/// Add-ons of New Commerce are subscriptions of their own: those lists are empty.
async fn addons(State(sim): State<Sim>, _: Call, Path((customer, id)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let parent = subscription_of(world, &customer.id, &id, now)?;
        let prefix = format!("{}/", customer.id);
        let items = world
            .subscriptions
            .under(&prefix)
            .map(|(_, child)| child)
            .filter(|child| child.legacy.as_ref().and_then(|legacy| legacy.parent.as_ref()) == Some(&parent.id))
            .map(|child| view(world, child.shown(now), now))
            .collect();
        ok(&collection(items, &format!("{}/addons", parent.path()), None))
    })
}

fn legacy_of(subscription: &Subscription) -> Result<&Legacy, Refusal> {
    subscription
        .legacy
        .as_ref()
        .ok_or_else(|| Refusal::invalid("New Commerce subscriptions have no support contact of their own."))
}

fn support_view(world: &World, path: &str, legacy: &Legacy) -> Value {
    let ours = || {
        let us = world.partners.values().find(|partner| partner.role == crate::partners::Role::Ourselves);
        us.map(|us| SupportContact {
            tenant_id: us.tenant_id.clone(),
            mpn_id: us.mpn_id.clone(),
            name: us.name.clone(),
        })
    };
    let contact = legacy.support.clone().or_else(ours);
    let text = |part: fn(&SupportContact) -> &String| contact.as_ref().map(part);
    json!({"supportTenantId": text(|c| &c.tenant_id), "supportMpnId": text(|c| &c.mpn_id), "name": text(|c| &c.name),
        "links": {"self": crate::wire::link(&format!("{path}/supportcontact"))},
        "attributes": {"objectType": "SupportContact"}})
}

async fn support(State(sim): State<Sim>, call: Call, Path((customer, id)): Path<(String, String)>) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let subscription = subscription_of(world, &customer.id, &id, now)?;
        ok(&support_view(world, &subscription.path(), legacy_of(subscription)?))
    })
}

async fn set_support(
    State(sim): State<Sim>,
    call: Call,
    Path((customer, id)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Answer {
    call.needs_user()?;
    let body = Members(&body);
    let tenant_id = body.text("supportTenantId").and_then(guid);
    let tenant_id = tenant_id.ok_or_else(|| Refusal::property("supportTenantId", "the tenant id of a partner"))?;
    let mpn_id = body.owned("supportMpnId").unwrap_or_default();
    let name = body.owned("name").unwrap_or_default();
    if mpn_id.len() > 20 || name.chars().count() > 256 {
        return Err(Refusal::property("name", "too long"));
    }
    let contact = SupportContact { tenant_id, mpn_id, name };
    let shown = sim
        .write(|world, now| {
            let tenant = customer_of(world, &customer, now)?.id.clone();
            let subscription = subscription_of(world, &tenant, &id, now)?;
            let mut next = subscription.clone();
            let mut legacy = legacy_of(subscription)?.clone();
            legacy.support = Some(contact);
            let shown = support_view(world, &next.path(), &legacy);
            next.legacy = Some(legacy);
            world.subscriptions.insert(subscription_key(&tenant, &id), next);
            Ok(shown)
        })
        .await?;
    ok(&shown)
}

pub(crate) fn control_routes() -> Router<Sim> {
    Router::new().route("/control/legacy", post(plant))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PlantBody {
    tenant_id: String,
    name: String,
    #[serde(default = "ten")]
    quantity: u32,
    #[serde(default)]
    partner_id: String,
    /// Names of add-ons, planted as its children.
    #[serde(default)]
    addons: Vec<String>,
}

fn ten() -> u32 {
    10
}

/// Plants a legacy subscription, a year from now on, with its add-ons.
async fn plant(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let given: PlantBody = parsed(&body)?;
    if given.addons.len() > ADDONS || given.quantity == 0 || given.quantity > 10_000 {
        return Err(Problem::bad("at most 20 add-ons and 1 to 10000 seats"));
    }
    let tenant = customer_key(&given.tenant_id).map_err(|_| Problem::bad("tenantId is not a GUID"))?;
    if sim.read(|world, _| world.customers.get(&tenant).is_none()) {
        return Err(Problem::bad("no such tenant"));
    }
    let (parent, children) = sim
        .write(|world, now| {
            let parent = planted(&sim, world, &tenant, &given, &given.name, None, now);
            let children: Vec<String> = given
                .addons
                .iter()
                .map(|name| planted(&sim, world, &tenant, &given, name, Some(parent.clone()), now))
                .collect();
            Ok((parent, children))
        })
        .await?;
    shown(&json!({"subscriptionId": parent, "addonIds": children}))
}

fn planted(
    sim: &Simulation,
    world: &mut World,
    tenant: &str,
    given: &PlantBody,
    name: &str,
    parent: Option<String>,
    now: Timestamp,
) -> String {
    let serial = world.serial().to_string();
    let id = sim.seed.guid("legacy", &[tenant, &serial]);
    let today = date_of(now);
    let item = CatalogItem {
        product_id: String::new(),
        sku_id: String::new(),
        availability_id: String::new(),
        offer_name: name.to_owned(),
    };
    let plan = TermPlan { duration: "P1Y".to_owned(), billing_cycle: "annual".to_owned() };
    let quantity = i64::from(given.quantity);
    let mut subscription = Subscription {
        order: sim.seed.guid("legacy order", &[tenant, &serial]),
        starts: now,
        visible: now,
        status: Status::Active,
        partner_id: given.partner_id.clone(),
        legacy: Some(Legacy { offer_id: sim.seed.guid("legacy offer", &[name]), parent, support: None }),
        ..Subscription::unprovisioned(id.clone(), tenant, item, plan, quantity, now)
    };
    subscription.begin_term(now, today, last_day(today, "P1Y"));
    world.subscriptions.insert(subscription_key(tenant, &id), subscription);
    id
}
