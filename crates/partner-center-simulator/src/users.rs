//! Users of a tenant (contract 11.1, 11.2): create, read, change, delete, restore, reset passwords.
//!
//! No password is kept: the first administrator's is computed (`seed.rs`), all others are keyed
//! digests. The echo of a reset comes from the request. Next: `roles.rs`, `licences.rs`.

use std::collections::BTreeSet;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, patch};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use subtle::ConstantTimeEq;

use crate::audit;
use crate::customers::Customer;
use crate::directory::{Right, enter, needs_role};
use crate::idempotency;
use crate::licences::{AssignedLicence, units_left};
use crate::roles::GLOBAL_ADMINISTRATOR;
use crate::seed::Seed;
use crate::state::{Entity, Sim, World};
use crate::user_rules::{check_password, principal_name, usage_location};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, collection, empty, folded, guid, link, ok, stamp};

/// How long a deleted user can be restored.
const RESTORABLE: SignedDuration = SignedDuration::from_hours(24 * 30);

/// One user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) tenant: String,
    pub(crate) principal_name: String,
    pub(crate) display_name: String,
    first_name: Option<String>,
    last_name: Option<String>,
    /// Two letters; without it no licence can be assigned.
    pub(crate) usage_location: Option<String>,
    immutable_id: Option<String>,
    phone_number: Option<String>,
    /// Keyed digest; `None` is the first administrator's computed password.
    password: Option<String>,
    force_change: bool,
    deleted: Option<Timestamp>,
    pub(crate) licences: Vec<AssignedLicence>,
    /// Names of directory roles.
    pub(crate) roles: BTreeSet<String>,
}

impl Entity for User {
    const KIND: &'static str = "user";
}

impl User {
    pub(crate) fn is_active(&self) -> bool {
        self.deleted.is_none()
    }

    /// Deleted so long ago that nothing is left.
    fn is_gone(&self, now: Timestamp) -> bool {
        self.deleted.is_some_and(|at| now.duration_since(at) >= RESTORABLE)
    }

    fn key(&self) -> String {
        user_key(&self.tenant, &self.id)
    }
}

fn user_key(tenant: &str, id: &str) -> String {
    format!("{tenant}/{}", id.to_lowercase())
}

fn digest(seed: &Seed, user: &str, password: &str) -> String {
    hex::encode(seed.mac("user password", &[user, password]))
}

/// The administrator that every tenant is born with; its password is that of the creation's answer.
pub(crate) fn furnish_administrator(world: &mut World, seed: &Seed, tenant: &str) {
    let Some(customer) = world.customers.get(tenant) else {
        return;
    };
    let administrator = User {
        id: seed.guid("user", &[tenant, "admin"]),
        tenant: tenant.to_owned(),
        principal_name: format!("admin@{}", customer.domain),
        display_name: customer.company_name.clone(),
        first_name: customer.first_name.clone(),
        last_name: customer.last_name.clone(),
        usage_location: Some(customer.address.country.clone()),
        immutable_id: None,
        phone_number: None,
        password: None,
        force_change: true,
        deleted: None,
        licences: Vec::new(),
        roles: BTreeSet::from([GLOBAL_ADMINISTRATOR.to_owned()]),
    };
    world.users.insert(administrator.key(), administrator);
}

/// A user that exists, deleted ones included as long as they can be restored.
pub(crate) fn user_of<'a>(world: &'a World, tenant: &str, id: &str, now: Timestamp) -> Result<&'a User, Refusal> {
    world
        .users
        .get(&user_key(tenant, id))
        .filter(|user| !user.is_gone(now))
        .ok_or_else(|| Refusal::new(404, 60_002, format!("The user {id} was not found.")))
}

/// A user that is not deleted.
pub(crate) fn active_user_of<'a>(
    world: &'a World,
    tenant: &str,
    id: &str,
    now: Timestamp,
) -> Result<&'a User, Refusal> {
    user_of(world, tenant, id, now).and_then(|user| match user.is_active() {
        true => Ok(user),
        false => Err(Refusal::new(404, 60_002, format!("The user {id} is deleted."))),
    })
}

/// Active users of a tenant.
pub(crate) fn active_users<'a>(world: &'a World, tenant: &str) -> Vec<&'a User> {
    let prefix = format!("{tenant}/");
    world.users.under(&prefix).map(|(_, user)| user).filter(|user| user.is_active()).collect()
}

/// Whether these words open the tenant's portal; `Some(true)` when the password must be changed.
pub(crate) fn sign_in(world: &World, seed: &Seed, principal_name: &str, password: &str) -> Option<bool> {
    let (_, domain) = principal_name.rsplit_once('@')?;
    let tenant = world.domains.get(&domain.to_lowercase())?.tenant.as_ref()?;
    let user = active_users(world, tenant)
        .into_iter()
        .find(|user| user.principal_name.eq_ignore_ascii_case(principal_name))?;
    let right = match &user.password {
        Some(known) => bool::from(known.as_bytes().ct_eq(digest(seed, &user.id, password).as_bytes())),
        None => bool::from(seed.password(tenant).as_bytes().ct_eq(password.as_bytes())),
    };
    right.then_some(user.force_change)
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/customers/{customer}/users", get(list).post(create))
        .route("/v1/customers/{customer}/users/{user}", get(read).patch(change).delete(delete))
        .route("/v1/customers/{customer}/users/{user}/resetpassword", patch(reset_password))
}

/// The resource, never with a password.
pub(crate) fn view(user: &User) -> Value {
    let path = format!("/customers/{}/users/{}", user.tenant, user.id);
    let domain_type = if user.immutable_id.is_some() { "federated" } else { "managed" };
    let state = if user.is_active() { "active" } else { "inactive" };
    let mut view = json!({"id": user.id, "userPrincipalName": user.principal_name, "displayName": user.display_name,
        "userDomainType": domain_type, "state": state,
        "links": {"self": link(&path)}, "attributes": {"objectType": "CustomerUser"}});
    for (name, value) in [
        ("usageLocation", &user.usage_location),
        ("firstName", &user.first_name),
        ("lastName", &user.last_name),
        ("immutableId", &user.immutable_id),
        ("phoneNumber", &user.phone_number),
    ] {
        if let Some(value) = value {
            view[name] = json!(value);
        }
    }
    if let Some(at) = user.deleted {
        view["softDeletionTime"] = json!(stamp(at));
    }
    view
}

/// Which users a list shows (contract 11.1); without a filter the active ones.
fn wanted_state(call: &Call) -> Result<bool, Refusal> {
    let Some(text) = call.parameter("filter") else {
        return Ok(true);
    };
    let unreadable = || Refusal::invalid("filter must be {\"Field\",\"Value\",\"Operator\"}.");
    let filter: Value = serde_json::from_str(text).map_err(|_| unreadable())?;
    let filter = Members(&filter);
    let (Some(field), Some(value), Some(operator)) =
        (filter.text("Field"), filter.text("Value"), filter.text("Operator"))
    else {
        return Err(unreadable());
    };
    if !matches!(folded(field).as_str(), "userstatus" | "userstate") {
        return Err(Refusal::invalid("Users are filtered by UserStatus or UserState."));
    }
    let active = match folded(value).as_str() {
        "active" => true,
        "inactive" => false,
        _ => return Err(Refusal::invalid("A user is Active or Inactive.")),
    };
    match folded(operator).as_str() {
        "equals" => Ok(active),
        "notequals" => Ok(!active),
        _ => Err(Refusal::invalid("The operator of this filter must be equals or not_equals.")),
    }
}

/// One page of users that pass, and the token of the next.
pub(crate) fn page<'a>(
    world: &'a World,
    call: &Call,
    tenant: &str,
    passes: impl Fn(&User) -> bool,
) -> Result<(Vec<&'a User>, Option<String>), Refusal> {
    let size = call.size(100, 500)?;
    let after = match call.page_token() {
        None => String::new(),
        Some(token) => guid(token).ok_or_else(|| Refusal::invalid("The continuation token is not valid."))?,
    };
    let prefix = format!("{tenant}/");
    let mut found: Vec<&User> = world
        .users
        .under(&prefix)
        .map(|(_, user)| user)
        .filter(|user| user.id > after && passes(user))
        .take(size + 1)
        .collect();
    let more = found.len() > size;
    found.truncate(size);
    let next = more.then(|| found.last().map(|last| last.id.clone())).flatten();
    Ok((found, next))
}

async fn list(State(sim): State<Sim>, call: Call, Path(customer): Path<String>) -> Answer {
    let active = wanted_state(&call)?;
    sim.read(|world, now| {
        let tenant = &enter(world, &call, &customer, Right::Read, now)?.id;
        let (found, next) = page(world, &call, tenant, |user| user.is_active() == active && !user.is_gone(now))?;
        let items = found.into_iter().map(view).collect();
        ok(&collection(items, &call.with_query(&format!("/customers/{tenant}/users")), next))
    })
}

async fn read(State(sim): State<Sim>, call: Call, Path((customer, id)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let tenant = &enter(world, &call, &customer, Right::Read, now)?.id;
        ok(&view(user_of(world, tenant, &id, now)?))
    })
}

/// No two users of a tenant share a sign-in name; a deleted one has given it up.
fn check_free(world: &World, tenant: &str, name: &str, except: &str) -> Result<(), Refusal> {
    let taken = active_users(world, tenant)
        .into_iter()
        .any(|user| user.id != except && user.principal_name.eq_ignore_ascii_case(name));
    match taken {
        true => Err(Refusal::property("userPrincipalName", "another user has it")),
        false => Ok(()),
    }
}

/// A password as it came: not trimmed, blanks belong to it.
fn given_password(body: Members<'_>) -> Option<&str> {
    body.object("passwordProfile").get("password").and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn short(body: Members<'_>, name: &'static str) -> Result<Option<String>, Refusal> {
    match body.owned(name) {
        Some(text) if text.chars().count() > 256 => Err(Refusal::property(name, "at most 256 characters")),
        text => Ok(text),
    }
}

fn new_user(world: &World, seed: &Seed, customer: &Customer, body: Members<'_>) -> Result<User, Refusal> {
    let required = |name: &'static str| Refusal::property(name, "it is required");
    let usage = usage_location(body.text("usageLocation").ok_or_else(|| required("usageLocation"))?)?;
    let name = body.text("userPrincipalName").ok_or_else(|| required("userPrincipalName"))?;
    let name = principal_name(name, customer)?;
    let display_name = short(body, "displayName")?.ok_or_else(|| required("displayName"))?;
    let password = given_password(body).ok_or_else(|| required("passwordProfile.password"))?;
    let force_change = body.object("passwordProfile").flag("forceChangePassword");
    let force_change = force_change.ok_or_else(|| required("passwordProfile.forceChangePassword"))?;
    check_password(password, &name)?;
    check_free(world, &customer.id, &name, "")?;
    let number = (world.meta().serial + 1).to_string();
    let id = seed.guid("user", &[&customer.id, &number]);
    Ok(User {
        password: Some(digest(seed, &id, password)),
        id,
        tenant: customer.id.clone(),
        principal_name: name,
        display_name,
        first_name: short(body, "firstName")?,
        last_name: short(body, "lastName")?,
        usage_location: Some(usage),
        immutable_id: short(body, "immutableId")?,
        phone_number: short(body, "phoneNumber")?,
        force_change,
        deleted: None,
        licences: Vec::new(),
        roles: BTreeSet::new(),
    })
}

/// The request's digest for idempotency; a password goes in keyed.
fn fingerprint(seed: &Seed, call: &Call, body: &Value) -> String {
    let mut bare = body.clone();
    let keyed = given_password(Members(body)).map(|password| digest(seed, "", password));
    if let Some(members) = bare.as_object_mut() {
        members.retain(|name, _| !name.eq_ignore_ascii_case("passwordProfile"));
        members.insert("passwordProfile".to_owned(), json!(keyed));
    }
    idempotency::fingerprint(call, &bare)
}

/// Creates a user; 200, not 201 (trap 15).
async fn create(State(sim): State<Sim>, call: Call, Path(customer): Path<String>, JsonBody(body): JsonBody) -> Answer {
    let fingerprint = fingerprint(&sim.seed, &call, &body);
    let shown = sim
        .write(|world, now| {
            let tenant = enter(world, &call, &customer, Right::ChangeUsers, now)?.clone();
            let tally = format!("user/{}", tenant.id);
            world.asked(&tally);
            if let Some(id) = idempotency::replayed(world, &call, &fingerprint, now)? {
                return user_of(world, &tenant.id, &id, now).map(view);
            }
            let user = new_user(world, &sim.seed, &tenant, Members(&body))?;
            world.serial();
            let shown = view(&user);
            idempotency::remember(world, &call, fingerprint, user.id.clone(), now);
            world.users.insert(user.key(), user);
            world.done(&tally);
            let what = ("customer_user", "create_customer_user");
            audit::record(world, &call, now, &tenant.id, what, (None, Some(&shown)));
            Ok(shown)
        })
        .await?;
    ok(&shown)
}

/// The right that a new password for this user needs (contract 11).
fn password_right(user: &User) -> Right {
    if user.roles.is_empty() { Right::ResetPassword } else { Right::ResetAdministratorPassword }
}

/// The user with the given members changed.
fn changed(
    world: &World,
    seed: &Seed,
    customer: &Customer,
    user: &User,
    body: Members<'_>,
    now: Timestamp,
) -> Result<User, Refusal> {
    let mut next = user.clone();
    match body.text("state").map(folded).as_deref() {
        Some("active") => next.deleted = None,
        Some("inactive") if user.is_active() => {
            return Err(Refusal::property("state", "a user becomes inactive by deletion"));
        }
        Some("inactive") | None => {}
        Some(_) => return Err(Refusal::property("state", "active or inactive")),
    }
    if !next.is_active() {
        return Err(Refusal::property("state", "a deleted user must be restored first"));
    }
    if let Some(name) = body.text("userPrincipalName") {
        next.principal_name = principal_name(name, customer)?;
    }
    check_free(world, &customer.id, &next.principal_name, &user.id)?;
    if let Some(location) = body.get("usageLocation").and_then(Value::as_str) {
        next.usage_location = match location.trim() {
            "" => None,
            location => Some(usage_location(location)?),
        };
    }
    if let Some(name) = short(body, "displayName")? {
        next.display_name = name;
    }
    for (name, member) in [
        ("firstName", &mut next.first_name),
        ("lastName", &mut next.last_name),
        ("immutableId", &mut next.immutable_id),
        ("phoneNumber", &mut next.phone_number),
    ] {
        if body.get(name).is_some() {
            *member = short(body, name)?;
        }
    }
    if let Some(password) = given_password(body) {
        needs_role(world, password_right(user))?;
        check_password(password, &next.principal_name)?;
        next.password = Some(digest(seed, &user.id, password));
        next.force_change = body.object("passwordProfile").flag("forceChangePassword").unwrap_or(false);
    }
    if !user.is_active() {
        // What others took meanwhile does not come back.
        next.licences.retain(|licence| units_left(world, seed, &customer.id, &licence.sku_id, now) > 0);
    }
    Ok(next)
}

async fn change(
    State(sim): State<Sim>,
    call: Call,
    Path((customer, id)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Answer {
    let shown = sim
        .write(|world, now| {
            let tenant = enter(world, &call, &customer, Right::ChangeUsers, now)?;
            let user = user_of(world, &tenant.id, &id, now)?;
            let next = changed(world, &sim.seed, tenant, user, Members(&body), now)?;
            let operation = if user.is_active() { "update_customer_user" } else { "restore_customer_user" };
            let (before, after, tenant) = (view(user), view(&next), tenant.id.clone());
            world.users.insert(next.key(), next);
            audit::record(world, &call, now, &tenant, ("customer_user", operation), (Some(&before), Some(&after)));
            Ok(after)
        })
        .await?;
    ok(&shown)
}

async fn delete(State(sim): State<Sim>, call: Call, Path((customer, id)): Path<(String, String)>) -> Answer {
    sim.write(|world, now| {
        let tenant = enter(world, &call, &customer, Right::ChangeUsers, now)?.id.clone();
        let mut user = active_user_of(world, &tenant, &id, now)?.clone();
        let before = view(&user);
        user.deleted = Some(now);
        world.users.insert(user.key(), user);
        let what = ("customer_user", "delete_customer_user");
        audit::record(world, &call, now, &tenant, what, (Some(&before), None));
        Ok(())
    })
    .await?;
    Ok(empty(204))
}

/// The answer echoes the new password, which is why clients must not log it.
async fn reset_password(
    State(sim): State<Sim>,
    call: Call,
    Path((customer, id)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Answer {
    let body = Members(&body);
    let force_change = body.object("passwordProfile").flag("forceChangePassword").unwrap_or(false);
    let required = || Refusal::property("passwordProfile.password", "it is required");
    let mut shown = sim
        .write(|world, now| {
            // Who may reset depends on whose password it is; to look is allowed to both.
            let tenant = enter(world, &call, &customer, Right::Read, now)?.id.clone();
            let mut user = active_user_of(world, &tenant, &id, now)?.clone();
            needs_role(world, password_right(&user))?;
            let password = given_password(body).ok_or_else(required)?;
            check_password(password, &user.principal_name)?;
            user.password = Some(digest(&sim.seed, &user.id, password));
            user.force_change = force_change;
            let shown = view(&user);
            world.users.insert(user.key(), user);
            let what = ("customer_user", "reset_customer_user_password");
            audit::record(world, &call, now, &tenant, what, (None, Some(&shown)));
            Ok(shown)
        })
        .await?;
    shown["passwordProfile"] = json!({"password": given_password(body), "forceChangePassword": force_change});
    ok(&shown)
}
