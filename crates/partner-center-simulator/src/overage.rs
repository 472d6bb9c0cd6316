//! Whether a customer may use telephony beyond what it bought (contract 15.14): one setting per
//! customer, off until it is set.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::customers::customer_of;
use crate::state::{Entity, Sim};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, folded, guid, link, ok};

/// The setting of one customer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Overage {
    entitlement: Option<String>,
    partner_id: Option<String>,
    enabled: bool,
}

impl Entity for Overage {
    const KIND: &'static str = "overage";
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new().route("/v1/customers/{customer}/subscriptions/overage", get(read).put(set))
}

fn view(tenant: &str, overage: &Overage) -> Value {
    json!({"azureEntitlementId": overage.entitlement, "partnerId": overage.partner_id,
        "overageEnabled": overage.enabled, "type": "PhoneServices",
        "links": {"self": link(&format!("/customers/{tenant}/subscriptions/overage"))},
        "attributes": {"objectType": "Overage"}})
}

async fn read(State(sim): State<Sim>, _: Call, Path(customer): Path<String>) -> Answer {
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        ok(&view(&customer.id, &world.overages.get(&customer.id).cloned().unwrap_or_default()))
    })
}

async fn set(State(sim): State<Sim>, _: Call, Path(customer): Path<String>, JsonBody(body): JsonBody) -> Answer {
    let body = Members(&body);
    if body.text("type").map(folded).is_some_and(|kind| kind != "phoneservices") {
        return Err(Refusal::property("type", "PhoneServices"));
    }
    let enabled = body.flag("overageEnabled");
    let enabled = enabled.ok_or_else(|| Refusal::property("overageEnabled", "true or false"))?;
    let entitlement = body.text("azureEntitlementId").and_then(guid);
    if enabled && entitlement.is_none() {
        return Err(Refusal::property("azureEntitlementId", "the GUID of an Azure entitlement"));
    }
    let partner_id = body.owned("partnerId").filter(|id| id.len() <= 40);
    let next = Overage { entitlement, partner_id, enabled };
    let shown = sim
        .write(|world, now| {
            let tenant = customer_of(world, &customer, now)?.id.clone();
            let shown = view(&tenant, &next);
            world.overages.insert(tenant, next);
            Ok(shown)
        })
        .await?;
    ok(&shown)
}
