//! Licences of a tenant (contract 11.4): what its subscriptions give, who uses them, assignments.
//!
//! One row per product, however many subscriptions of it there are (trap 48). Units appear when
//! the provisioning of a subscription is over. Next: `users.rs`, `control_directory.rs`.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audit;
use crate::directory::{Right, enter};
use crate::seed::Seed;
use crate::state::{Entity, Sim, World};
use crate::subscriptions::{Status, Subscription};
use crate::users::{User, active_user_of, active_users, user_of};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, collection, created, folded, ok};

/// A licence of a user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AssignedLicence {
    /// The `provisioningId` of the product's SKU.
    pub(crate) sku_id: String,
    /// Ids of service plans that the user does not get.
    excluded: Vec<String>,
}

/// Units in use beyond the assignments to the users that are listed, set by `/control/usage`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Usage {
    units: i64,
}

impl Entity for Usage {
    const KIND: &'static str = "usage";
}

/// All subscriptions of one product in a tenant.
pub(crate) struct Pool {
    /// `productId:skuId`.
    pub(crate) key: String,
    pub(crate) title: String,
    active: i64,
    warning: i64,
    suspended: i64,
    pub(crate) assigned: i64,
    pub(crate) consumed: i64,
    group: String,
}

impl Pool {
    pub(crate) fn total(&self) -> i64 {
        self.active + self.warning
    }

    fn capability(&self) -> &'static str {
        match (self.active, self.warning, self.suspended) {
            (1.., _, _) => "Enabled",
            (_, 1.., _) => "Warning",
            (_, _, 1..) => "Suspended",
            _ => "Deleted",
        }
    }

    pub(crate) fn sku_id(&self, seed: &Seed) -> String {
        sku_id(seed, &self.key)
    }
}

/// The id under which a directory knows a product: its SKU's `dynamicAttributes.provisioningId`.
pub(crate) fn sku_id(seed: &Seed, product_key: &str) -> String {
    seed.guid("provisioning", &[product_key])
}

/// From when on the directory knows the units of a subscription.
pub(crate) fn provisioned_from(world: &World, subscription: &Subscription) -> Timestamp {
    let lag = SignedDuration::from_secs(i64::from(world.switches().lag.provisioning_seconds));
    subscription.visible.saturating_add(lag).unwrap_or(Timestamp::MAX)
}

/// The pools of a tenant by product.
pub(crate) fn pools(world: &World, seed: &Seed, tenant: &str, now: Timestamp) -> BTreeMap<String, Pool> {
    let prefix = format!("{tenant}/");
    let mut pools: BTreeMap<String, Pool> = BTreeMap::new();
    for (_, s) in world.subscriptions.under(&prefix) {
        if provisioned_from(world, s) > now {
            continue;
        }
        let pool = pools.entry(s.product_key()).or_insert_with(|| Pool {
            key: s.product_key(),
            title: s.offer_name.clone(),
            active: 0,
            warning: 0,
            suspended: 0,
            assigned: 0,
            consumed: 0,
            group: world.products.get(&s.product_key()).map_or("group1", |p| p.licence_group()).to_owned(),
        });
        match s.status {
            Status::Active => pool.active += s.quantity,
            Status::Expired => pool.warning += s.quantity,
            Status::Suspended | Status::Disabled => pool.suspended += s.quantity,
            Status::Pending | Status::Deleted => {}
        }
    }
    let users = active_users(world, tenant);
    for pool in pools.values_mut() {
        let id = pool.sku_id(seed);
        let holds = |user: &&&User| user.licences.iter().any(|licence| licence.sku_id == id);
        pool.assigned = i64::try_from(users.iter().filter(holds).count()).unwrap_or(i64::MAX);
        let others = world.usage.get(&format!("{tenant}/{}", pool.key)).map_or(0, |usage| usage.units);
        pool.consumed = pool.assigned.saturating_add(others);
    }
    // What was cancelled and is used by nobody is no product of the tenant any more.
    pools.retain(|_, pool| pool.total() + pool.suspended > 0 || pool.assigned > 0);
    pools
}

/// Units of a product that nobody uses; 0 for a product that the tenant does not have.
pub(crate) fn units_left(world: &World, seed: &Seed, tenant: &str, sku_id: &str, now: Timestamp) -> i64 {
    let pools = pools(world, seed, tenant, now);
    pools.values().find(|pool| pool.sku_id(seed) == sku_id).map_or(0, |pool| pool.total() - pool.consumed)
}

/// Sets the units in use; what the listed users hold cannot be taken from them.
pub(crate) fn set_usage(
    world: &mut World,
    seed: &Seed,
    tenant: &str,
    product_key: &str,
    consumed: i64,
    now: Timestamp,
) -> Result<i64, String> {
    let pools = pools(world, seed, tenant, now);
    let pool = pools.get(product_key).ok_or_else(|| format!("{tenant} has no {product_key}"))?;
    if !(pool.assigned..=1_000_000_000).contains(&consumed) {
        return Err(format!("consumed must be {} (assigned to users) or more", pool.assigned));
    }
    world.usage.insert(format!("{tenant}/{product_key}"), Usage { units: consumed - pool.assigned });
    Ok(pool.total())
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/customers/{customer}/subscribedskus", get(subscribed))
        .route("/v1/customers/{customer}/users/{user}/licenses", get(of_user))
        .route("/v1/customers/{customer}/users/{user}/licenseupdates", post(update))
}

const EXCHANGE: (&str, &str) = ("Exchange Online", "Exchange");
const SHAREPOINT: (&str, &str) = ("SharePoint Online", "SharePoint");
const TEAMS: (&str, &str) = ("Microsoft Teams", "TeamspaceAPI");
const WEB: (&str, &str) = ("Office for the web", "SharePoint");
const APPS: (&str, &str) = ("Microsoft 365 Apps", "MicrosoftOffice");
const DEVICES: (&str, &str) = ("Device management", "SCO");
const SIGN_IN: (&str, &str) = ("Conditional sign-in", "AADPremiumService");
const DEFENDER: (&str, &str) = ("Defender for Office", "Exchange");
const VOICE: (&str, &str) = ("Phone System", "MicrosoftCommunicationsOnline");

/// Display name and service of each plan of a product.
fn plans(title: &str) -> Vec<(&str, &str)> {
    let names = |word: &str| title.contains(word);
    if names("Business Basic") {
        vec![EXCHANGE, SHAREPOINT, TEAMS, WEB]
    } else if names("Business Standard") {
        vec![EXCHANGE, SHAREPOINT, TEAMS, WEB, APPS]
    } else if names("Business Premium") || names("Enterprise E3") {
        vec![EXCHANGE, SHAREPOINT, TEAMS, WEB, APPS, DEVICES, SIGN_IN]
    } else if names("Enterprise E5") {
        vec![EXCHANGE, SHAREPOINT, TEAMS, WEB, APPS, DEVICES, SIGN_IN, DEFENDER, VOICE]
    } else {
        vec![(title, "Other")]
    }
}

fn plan_id(seed: &Seed, name: &str) -> String {
    seed.guid("service plan", &[name])
}

fn plans_view(seed: &Seed, pool: &Pool, excluded: &[String]) -> Vec<Value> {
    plans(&pool.title)
        .into_iter()
        .map(|(name, service)| (plan_id(seed, name), name, service))
        .filter(|(id, _, _)| !excluded.contains(id))
        .map(|(id, name, service)| {
            json!({"displayName": name, "serviceName": service, "id": id,
                "capabilityStatus": pool.capability(), "targetType": "User"})
        })
        .collect()
}

fn sku_view(seed: &Seed, pool: &Pool) -> Value {
    let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    json!({"id": pool.sku_id(seed), "name": pool.title,
        "skuPartNumber": pool.title.chars().map(letters).collect::<String>(),
        "targetType": "User", "licenseGroupId": pool.group})
}

/// The groups asked for; the first one unless told otherwise.
fn groups(call: &Call) -> Result<Vec<String>, Refusal> {
    let asked: Vec<String> = call
        .query
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("licenseGroupIds"))
        .map(|(_, value)| folded(value.trim()))
        .collect();
    if asked.iter().any(|group| !matches!(group.as_str(), "group1" | "group2")) {
        return Err(Refusal::invalid("licenseGroupIds must be Group1 or Group2."));
    }
    Ok(if asked.is_empty() { vec!["group1".to_owned()] } else { asked })
}

async fn subscribed(State(sim): State<Sim>, call: Call, Path(customer): Path<String>) -> Answer {
    sim.read(|world, now| {
        let tenant = &enter(world, &call, &customer, Right::ReadLicences, now)?.id;
        let groups = groups(&call)?;
        let items = pools(world, &sim.seed, tenant, now)
            .values()
            .filter(|pool| groups.contains(&pool.group))
            .map(|pool| {
                json!({"totalUnits": pool.total(), "activeUnits": pool.active, "warningUnits": pool.warning,
                    "suspendedUnits": pool.suspended, "consumedUnits": pool.consumed,
                    "availableUnits": pool.total() - pool.consumed, "productSku": sku_view(&sim.seed, pool),
                    "servicePlans": plans_view(&sim.seed, pool, &[]), "capabilityStatus": pool.capability(),
                    "attributes": {"objectType": "SubscribedSku"}})
            })
            .collect();
        ok(&collection(items, &format!("/customers/{tenant}/subscribedskus"), None))
    })
}

async fn of_user(State(sim): State<Sim>, call: Call, Path((customer, user)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let tenant = &enter(world, &call, &customer, Right::ReadLicences, now)?.id;
        let groups = groups(&call)?;
        let user = user_of(world, tenant, &user, now)?;
        let pools = pools(world, &sim.seed, tenant, now);
        let items = user
            .licences
            .iter()
            .filter_map(|licence| {
                let pool = pools.values().find(|pool| pool.sku_id(&sim.seed) == licence.sku_id)?;
                groups.contains(&pool.group).then(|| {
                    json!({"productSku": sku_view(&sim.seed, pool),
                        "servicePlans": plans_view(&sim.seed, pool, &licence.excluded),
                        "attributes": {"objectType": "License"}})
                })
            })
            .collect();
        ok(&collection(items, &format!("/customers/{tenant}/users/{}/licenses", user.id), None))
    })
}

/// What an update asks for, checked as far as it can be without the tenant.
struct Wanted {
    assign: Vec<AssignedLicence>,
    remove: Vec<String>,
}

impl Wanted {
    fn read(body: Members<'_>) -> Result<Self, Refusal> {
        let (assign, remove) = (body.list("licensesToAssign"), body.list("licensesToRemove"));
        if assign.is_empty() && remove.is_empty() || assign.len() + remove.len() > 100 {
            return Err(Refusal::property("licensesToAssign", "1 to 100 licences to assign or to remove"));
        }
        let id = |value: Option<&str>, name| {
            value.map(str::to_lowercase).ok_or_else(|| Refusal::property(name, "the id of a product SKU"))
        };
        let assign = assign.iter().map(|item| {
            let item = Members(item);
            let excluded = item.list("excludedPlans").iter().filter_map(Value::as_str).map(str::to_lowercase);
            let excluded = excluded.collect();
            Ok(AssignedLicence { sku_id: id(item.text("skuId"), "licensesToAssign")?, excluded })
        });
        let remove = remove.iter().map(|item| id(item.as_str(), "licensesToRemove"));
        Ok(Self { assign: assign.collect::<Result<_, Refusal>>()?, remove: remove.collect::<Result<_, Refusal>>()? })
    }
}

/// The user's licences after the update, with the warnings.
fn updated(
    seed: &Seed,
    pools: &BTreeMap<String, Pool>,
    user: &User,
    wanted: &Wanted,
) -> Result<(Vec<AssignedLicence>, Vec<Value>), Refusal> {
    let mut licences = user.licences.clone();
    let mut warnings = Vec::new();
    for sku in &wanted.remove {
        let before = licences.len();
        licences.retain(|licence| &licence.sku_id != sku);
        if licences.len() == before {
            return Err(Refusal::property("licensesToRemove", "the user does not have this licence"));
        }
    }
    let pool_of = |sku: &str| pools.values().find(|pool| pool.sku_id(seed) == sku);
    let groups: Vec<&str> = wanted.assign.iter().filter_map(|l| pool_of(&l.sku_id)).map(|p| p.group.as_str()).collect();
    if groups.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(Refusal::property("licensesToAssign", "licences of one group only"));
    }
    if !wanted.assign.is_empty() && user.usage_location.is_none() {
        return Err(Refusal::new(400, 60_000, "The user has no usage location: no licence can be assigned."));
    }
    for licence in &wanted.assign {
        let pool = pool_of(&licence.sku_id)
            .ok_or_else(|| Refusal::property("licensesToAssign", "the tenant has no such product"))?;
        let known: Vec<String> = plans(&pool.title).iter().map(|(name, _)| plan_id(seed, name)).collect();
        if licence.excluded.iter().any(|plan| !known.contains(plan)) {
            return Err(Refusal::property("excludedPlans", "a service plan of this product"));
        }
        if known.iter().all(|plan| licence.excluded.contains(plan)) {
            warnings.push(json!({"code": "NoServicePlan", "message": "Every service plan is excluded.",
                "servicePlans": plans_view(seed, pool, &[])}));
        }
        if let Some(held) = licences.iter_mut().find(|held| held.sku_id == licence.sku_id) {
            held.excluded.clone_from(&licence.excluded);
            continue;
        }
        // A licence that this update takes from the user first is free again.
        let own = user.licences.iter().any(|held| held.sku_id == licence.sku_id);
        if pool.total() - pool.consumed + i64::from(own) <= 0 {
            let text = "There is no licence left to assign.";
            return Err(Refusal::new(400, 60_012, text)
                .with(json!({"skuId": licence.sku_id, "totalUnits": pool.total(), "consumedUnits": pool.consumed})));
        }
        licences.push(licence.clone());
    }
    Ok((licences, warnings))
}

async fn update(
    State(sim): State<Sim>,
    call: Call,
    Path((customer, user)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Answer {
    let warnings = sim
        .write(|world, now| {
            let tenant = enter(world, &call, &customer, Right::AssignLicences, now)?.id.clone();
            let mut user = active_user_of(world, &tenant, &user, now)?.clone();
            let wanted = Wanted::read(Members(&body))?;
            let pools = pools(world, &sim.seed, &tenant, now);
            let before = json!(user.licences);
            let (licences, warnings) = updated(&sim.seed, &pools, &user, &wanted)?;
            user.licences = licences;
            let after = json!(user.licences);
            world.users.insert(format!("{tenant}/{}", user.id), user);
            let what = ("license", "update_customer_user_licenses");
            audit::record(world, &call, now, &tenant, what, (Some(&before), Some(&after)));
            Ok(warnings)
        })
        .await?;
    let body = Members(&body);
    created(
        &json!({"licensesToAssign": body.list("licensesToAssign"), "licensesToRemove": body.list("licensesToRemove"),
        "licenseWarnings": warnings, "attributes": {"objectType": "LicenseUpdate"}}),
    )
}
