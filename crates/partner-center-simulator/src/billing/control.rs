//! What only a test or Microsoft's support does to bills: credits and void notes.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::control::{Controlled, Problem, parsed, shown};
use crate::state::{Entity, Sim};
use crate::subscriptions::subscription_key;
use crate::wire::{Refusal, guid};

/// Largest amount of one credit.
const MOST: i64 = 1_000_000_000;

/// What support gave back (contract 18.5).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Credit {
    pub(super) tenant: String,
    pub(super) subscription: String,
    /// Without tax, positive.
    pub(super) amount: Decimal,
    pub(super) reason: String,
    pub(super) at: Timestamp,
}

impl Entity for Credit {
    const KIND: &'static str = "billing_credit";
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new().route("/control/billing/credits", post(credit)).route("/control/billing/void", post(void))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CreditBody {
    customer_id: String,
    subscription_id: String,
    amount: Decimal,
    reason: String,
}

fn problem(refusal: &Refusal, text: &str) -> Problem {
    let status = refusal.status;
    let text = if status == StatusCode::INTERNAL_SERVER_ERROR { "the change was not committed" } else { text };
    Problem(status, text.to_owned())
}

/// A `customerCredit` line in the current month.
async fn credit(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let given: CreditBody = parsed(&body)?;
    let bad = |text: &str| Problem(StatusCode::BAD_REQUEST, text.to_owned());
    if given.amount <= Decimal::ZERO || given.amount > Decimal::from(MOST) || given.amount.scale() > 2 {
        return Err(bad("amount is positive and has at most two decimals"));
    }
    if given.reason.is_empty() || given.reason.len() > 100 {
        return Err(bad("reason has 1 to 100 characters"));
    }
    let ids = guid(&given.customer_id).zip(guid(&given.subscription_id));
    let (tenant, subscription) = ids.ok_or_else(|| bad("customerId and subscriptionId are GUIDs"))?;
    sim.write(|world, now| {
        if world.subscriptions.get(&subscription_key(&tenant, &subscription)).is_none() {
            return Err(Refusal::not_found());
        }
        let number = world.serial();
        let credit = Credit { tenant, subscription, amount: given.amount, reason: given.reason, at: now };
        world.billing_credits.insert(format!("{number:016}"), credit);
        Ok(())
    })
    .await
    .map_err(|refusal| problem(&refusal, "there is no such subscription"))?;
    shown(&json!({"credited": true}))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct VoidBody {
    invoice_id: String,
}

/// A void note that takes an invoice back.
async fn void(State(sim): State<Sim>, body: Bytes) -> Controlled {
    let given: VoidBody = parsed(&body)?;
    let note = sim.write(|world, now| world.void(&given.invoice_id, now)).await;
    let note = note.map_err(|refusal| problem(&refusal, "there is no such invoice, or it is amended already"))?;
    shown(&json!({"id": note}))
}
