//! Directory roles and their members (contract 11.3).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{delete, get};
use serde_json::{Value, json};

use crate::audit;
use crate::directory::{Right, enter};
use crate::seed::Seed;
use crate::state::Sim;
use crate::users::{User, active_user_of, page, user_of};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, collection, created, empty, ok};

/// The role of a tenant's first administrator.
pub(crate) const GLOBAL_ADMINISTRATOR: &str = "Global Administrator";

const ROLES: [&str; 16] = [
    "Application Administrator",
    "Billing Administrator",
    "Cloud Application Administrator",
    "Directory Readers",
    "Directory Writers",
    "Exchange Administrator",
    GLOBAL_ADMINISTRATOR,
    "Global Reader",
    "Helpdesk Administrator",
    "License Administrator",
    "Privileged Authentication Administrator",
    "Privileged Role Administrator",
    "Service Support Administrator",
    "SharePoint Administrator",
    "Teams Administrator",
    "User Administrator",
];

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/customers/{customer}/directoryroles", get(list))
        .route("/v1/customers/{customer}/users/{user}/directoryroles", get(of_user))
        .route("/v1/customers/{customer}/directoryroles/{role}/usermembers", get(list_members).post(add_member))
        .route("/v1/customers/{customer}/directoryroles/{role}/usermembers/{user}", delete(remove_member))
}

/// Every tenant has its own ids.
fn id_of(seed: &Seed, tenant: &str, role: &str) -> String {
    seed.guid("directory role", &[tenant, role])
}

fn role_of(seed: &Seed, tenant: &str, id: &str) -> Result<&'static str, Refusal> {
    ROLES
        .into_iter()
        .find(|role| id_of(seed, tenant, role).eq_ignore_ascii_case(id))
        .ok_or_else(|| Refusal::new(404, 1000, format!("The directory role {id} was not found.")))
}

fn role_view(seed: &Seed, tenant: &str, role: &str) -> Value {
    json!({"id": id_of(seed, tenant, role), "name": role, "attributes": {"objectType": "DirectoryRole"}})
}

fn member_view(user: &User, role: &str) -> Value {
    json!({"id": user.id, "displayName": user.display_name, "userPrincipalName": user.principal_name,
        "roleId": role, "attributes": {"objectType": "UserMember"}})
}

async fn list(State(sim): State<Sim>, call: Call, Path(customer): Path<String>) -> Answer {
    sim.read(|world, now| {
        let tenant = &enter(world, &call, &customer, Right::Read, now)?.id;
        let items = ROLES.iter().map(|role| role_view(&sim.seed, tenant, role)).collect();
        ok(&collection(items, &format!("/customers/{tenant}/directoryroles"), None))
    })
}

async fn of_user(State(sim): State<Sim>, call: Call, Path((customer, user)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let tenant = &enter(world, &call, &customer, Right::Read, now)?.id;
        let user = user_of(world, tenant, &user, now)?;
        let items = user.roles.iter().map(|role| role_view(&sim.seed, tenant, role)).collect();
        ok(&collection(items, &format!("/customers/{tenant}/users/{}/directoryroles", user.id), None))
    })
}

async fn list_members(State(sim): State<Sim>, call: Call, Path((customer, role)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let tenant = &enter(world, &call, &customer, Right::Read, now)?.id;
        let name = role_of(&sim.seed, tenant, &role)?;
        let role = id_of(&sim.seed, tenant, name);
        let (found, next) = page(world, &call, tenant, |user| user.is_active() && user.roles.contains(name))?;
        let items = found.into_iter().map(|user| member_view(user, &role)).collect();
        let path = format!("/customers/{tenant}/directoryroles/{role}/usermembers");
        ok(&collection(items, &call.with_query(&path), next))
    })
}

/// Adding a member again changes nothing and answers the same.
async fn add_member(
    State(sim): State<Sim>,
    call: Call,
    Path((customer, role)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Answer {
    let given = Members(&body).text("id").ok_or_else(|| Refusal::property("id", "the id of a user"))?;
    let shown = sim
        .write(|world, now| {
            let tenant = enter(world, &call, &customer, Right::ChangeRoles, now)?.id.clone();
            let name = role_of(&sim.seed, &tenant, &role)?;
            let mut user = active_user_of(world, &tenant, given, now)?.clone();
            let shown = member_view(&user, &id_of(&sim.seed, &tenant, name));
            if user.roles.insert(name.to_owned()) {
                world.users.insert(format!("{tenant}/{}", user.id), user);
                let what = ("customer_user", "add_user_member");
                audit::record(world, &call, now, &tenant, what, (None, Some(&shown)));
            }
            Ok(shown)
        })
        .await?;
    created(&shown)
}

async fn remove_member(
    State(sim): State<Sim>,
    call: Call,
    Path((customer, role, user)): Path<(String, String, String)>,
) -> Answer {
    sim.write(|world, now| {
        let tenant = enter(world, &call, &customer, Right::ChangeRoles, now)?.id.clone();
        let name = role_of(&sim.seed, &tenant, &role)?;
        let mut member = active_user_of(world, &tenant, &user, now)?.clone();
        if !member.roles.remove(name) {
            return Err(Refusal::new(404, 60_002, format!("The user {user} does not have this role.")));
        }
        let before = member_view(&member, &id_of(&sim.seed, &tenant, name));
        world.users.insert(format!("{tenant}/{}", member.id), member);
        let what = ("customer_user", "remove_user_member");
        audit::record(world, &call, now, &tenant, what, (Some(&before), None));
        Ok(())
    })
    .await?;
    Ok(empty(204))
}
