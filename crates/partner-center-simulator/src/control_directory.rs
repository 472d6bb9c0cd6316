//! Control of directories: set how many licences are in use, try a sign-in. Bodies: the README.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{Controlled, Problem, parsed, shown};
use crate::licences::set_usage;
use crate::state::{Sim, World};
use crate::users::sign_in;
use crate::wire::{Refusal, guid};

pub(crate) fn routes() -> Router<Sim> {
    Router::new().route("/control/usage", post(usage)).route("/control/signin", post(try_sign_in))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UsageEntry {
    /// Tenant id or domain.
    tenant: String,
    product_id: String,
    sku_id: String,
    consumed: i64,
}

/// One entry or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum UsageBody {
    One(UsageEntry),
    Many(Vec<UsageEntry>),
}

fn tenant_of(world: &World, text: &str) -> Option<String> {
    let by_domain = || world.domains.get(&text.to_lowercase()).and_then(|domain| domain.tenant.clone());
    guid(text).or_else(by_domain).filter(|id| world.customers.get(id).is_some())
}

/// All entries or none.
async fn usage(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let entries = match parsed(&body)? {
        UsageBody::One(entry) => vec![entry],
        UsageBody::Many(entries) => entries,
    };
    let set = sim
        .write(|world, now| {
            let before = world.usage.clone();
            let outcome: Result<Vec<Value>, String> = entries
                .iter()
                .map(|entry| {
                    let tenant = tenant_of(world, &entry.tenant).ok_or(format!("no tenant {}", entry.tenant))?;
                    let key = format!("{}:{}", entry.product_id, entry.sku_id).to_uppercase();
                    let total = set_usage(world, &sim.seed, &tenant, &key, entry.consumed, now)?;
                    Ok(json!({"tenant": tenant, "productId": entry.product_id, "skuId": entry.sku_id,
                        "consumed": entry.consumed, "total": total}))
                })
                .collect();
            if outcome.is_err() {
                world.usage = before;
            }
            Ok::<_, Refusal>(outcome)
        })
        .await?;
    shown(&json!({"usage": set.map_err(Problem::bad)?}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignIn {
    user_principal_name: String,
    password: String,
}

/// Whether a user of a tenant could sign in at its portal; the oracle of mailed credentials.
async fn try_sign_in(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let given: SignIn = parsed(&body)?;
    let outcome = sim.read(|world, _| sign_in(world, &sim.seed, &given.user_principal_name, &given.password));
    shown(&json!({"signedIn": outcome.is_some(), "mustChangePassword": outcome.unwrap_or(false)}))
}
