//! Changes of term and billing cycle in mid-term (contract 15.8): a longer term begins at once, a
//! three-year term is billed otherwise from its next charge on, everything else waits for the
//! renewal.

use jiff::Timestamp;

use crate::charges::ChargeKind;
use crate::state::World;
use crate::subscriptions::{Status, Subscription};
use crate::terms::{last_day, months_of};
use crate::wire::{Members, Refusal, date_of, folded};

/// Applies `termDuration` and `billingCycle` of a PATCH.
pub(crate) fn change_term(
    world: &World,
    next: &mut Subscription,
    body: Members<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let term = body.text("termDuration").unwrap_or(&next.term).to_uppercase();
    let cycle = body.text("billingCycle").map_or_else(|| next.billing_cycle.clone(), folded);
    if term == next.term && cycle == next.billing_cycle {
        return Ok(());
    }
    let refuse = |code, text: &str| Err(Refusal::new(400, code, text));
    if next.is_trial {
        return refuse(800_107, "The term of a trial cannot be changed.");
    }
    if next.status == Status::Suspended {
        return refuse(800_091, "A suspended subscription cannot be updated.");
    }
    let product = world.products.get(&next.product_key());
    let sells = product.is_some_and(|product| product.sells(&term, &cycle));
    if term == next.term {
        return change_cycle(next, &cycle, sells);
    }
    if !matches!(term.as_str(), "P1M" | "P1Y" | "P3Y") {
        return refuse(800_121, "The term is not valid.");
    }
    if months_of(&term) < months_of(&next.term) {
        return refuse(800_122, "The term is shorter than the current one.");
    }
    if !product.is_some_and(|product| product.terms.iter().any(|plan| plan.duration == term)) {
        return refuse(800_121, "The term is not valid for this product.");
    }
    if !sells {
        return refuse(900_269, "The billing cycle is not valid for the term.");
    }
    let today = date_of(now);
    next.charge(ChargeKind::ChangeBillingPlan, -next.quantity, now, today);
    next.begin_term(now, today, last_day(today, &term));
    next.term = term;
    next.billing_cycle = cycle;
    next.extended_from = None;
    next.next_charge = None;
    next.promotion_id = None;
    next.reprice(today, world);
    next.charge(ChargeKind::ChangeBillingPlan, next.quantity, now, today);
    Ok(())
}

/// Another cycle within the same term: three-year terms only, from the next charge on.
fn change_cycle(next: &mut Subscription, cycle: &str, sells: bool) -> Result<(), Refusal> {
    let refuse = |code, text: &str| Err(Refusal::new(400, code, text));
    match (next.term.as_str(), next.billing_cycle.as_str(), cycle) {
        ("P3Y", "monthly", "annual") | ("P3Y", "annual", "monthly") if sells => {
            next.next_charge = Some(cycle.to_owned());
            Ok(())
        }
        ("P3Y", "monthly" | "annual", "triennial") => {
            refuse(800_097, "The billing cycle can become up-front at the renewal only.")
        }
        _ => refuse(2054, "The billing cycle cannot be changed through the subscription."),
    }
}
