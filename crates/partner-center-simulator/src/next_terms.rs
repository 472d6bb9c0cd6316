//! What a PATCH says about the end of the term (contract 15.7, 15.9): auto-renew, the explicit
//! end, the extended service term, and the instruction for the next term.

use jiff::Timestamp;
use serde_json::Value;

use crate::catalogue::availability_id;
use crate::customers::Customer;
use crate::products::Product;
use crate::promotions::{Wish, check_redeemable};
use crate::state::{Simulation, World};
use crate::subscriptions::{CatalogItem, Schedule, Status, Subscription};
use crate::term_dates::{Misfit, check_term_end, read_day};
use crate::terms::day_after;
use crate::wire::{Members, Refusal, folded};

/// What of `scheduledActions` is kept though it means nothing here: so many, so long.
const OTHER_ACTIONS: usize = 10;
const LONGEST_ACTION: usize = 2048;

/// Auto-renew and the choice between the three ends of a term.
pub(crate) fn change_renewal(
    current: &Subscription,
    next: &mut Subscription,
    body: Members<'_>,
) -> Result<(), Refusal> {
    let wanted = body.flag("autoRenewEnabled").unwrap_or(false);
    if wanted && current.status == Status::Suspended && next.status == Status::Suspended && !current.auto_renew {
        let text = "A suspended subscription cannot renew by itself.";
        return Err(Refusal::new(400, 800_093, text));
    }
    // Suspending turns renewal off, and reactivating leaves it off (contract 15.2).
    next.auto_renew = wanted && current.status == Status::Active && next.status == Status::Active;
    let actions = body.list("scheduledActions");
    let ours = |action: &Value| {
        let action = Members(action);
        let at_end = action.text("scheduleType").map(folded).is_none_or(|kind| kind == "termend");
        let kind = action.text("actionType").map(folded).unwrap_or_default();
        at_end && ["cancel", "renewtonewterm", "renewtoextendedserviceterm"].contains(&kind.as_str())
    };
    let cancels = actions
        .iter()
        .any(|action| ours(action) && Members(action).text("actionType").map(folded).as_deref() == Some("cancel"));
    next.cancels_at_term_end = cancels && !next.auto_renew;
    let others: Vec<Value> = actions.iter().filter(|action| action.is_object() && !ours(action)).cloned().collect();
    if others.len() > OTHER_ACTIONS || others.iter().any(|action| action.to_string().len() > LONGEST_ACTION) {
        return Err(Refusal::property("scheduledActions", "too many or too long"));
    }
    next.other_actions = others;
    Ok(())
}

/// The instruction for the next term, and what drops it (contract 15.4 rule 5, 15.7).
pub(crate) fn change_schedule(
    sim: &Simulation,
    world: &World,
    customer: &Customer,
    current: &Subscription,
    next: &mut Subscription,
    body: Members<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let Some(given) = body.get("scheduledNextTermInstructions") else {
        next.schedule = None;
        return Ok(());
    };
    let disturbed = next.quantity != current.quantity
        || next.status != current.status
        || next.term != current.term
        || (current.auto_renew && !next.auto_renew);
    if disturbed {
        next.schedule = None;
        return Ok(());
    }
    let wanted = read_schedule(sim, world, customer, next, Members(given), now)?;
    if next.status != Status::Active || !next.auto_renew {
        let text = "Scheduled changes need an active subscription with auto-renew on.";
        return Err(Refusal::new(400, 800_093, text));
    }
    next.schedule = Some(wanted);
    Ok(())
}

fn read_schedule(
    sim: &Simulation,
    world: &World,
    customer: &Customer,
    next: &Subscription,
    given: Members<'_>,
    now: Timestamp,
) -> Result<Schedule, Refusal> {
    let product = given.object("product");
    let part = |name: &'static str| {
        let missing = "every member of the instruction is required";
        product.owned(name).ok_or_else(|| Refusal::property(name, missing))
    };
    let (product_id, sku_id) = (part("productId")?, part("skuId")?);
    let (availability, cycle) = (part("availabilityId")?, folded(&part("billingCycle")?));
    let term = part("termDuration")?.to_uppercase();
    let quantity = given.whole("quantity")?.ok_or_else(|| Refusal::property("quantity", "it is required"))?;
    let key = format!("{product_id}:{sku_id}").to_uppercase();
    let target = world.products.get(&key).ok_or_else(|| unknown_product(world, &product_id))?;
    let custom_term_end = read_day(given, "customTermEndDate")?;
    if custom_term_end.is_some() && target.is_trial {
        return Err(Refusal::new(400, 900_244, "This product cannot end its term early."));
    }
    if !may_become(world, next, target) {
        return Err(Refusal::new(400, 900_236, "The subscription cannot renew into this product."));
    }
    // An instruction that was accepted stays valid when its availability id is re-issued.
    let kept =
        next.schedule.as_ref().is_some_and(|old| old.product.availability_id.eq_ignore_ascii_case(&availability));
    let own = next.availability_id.eq_ignore_ascii_case(&availability);
    let current = availability_id(&sim.seed, target, &customer.address.country, now);
    if !kept && !own && !availability.eq_ignore_ascii_case(&current) {
        return Err(Refusal::new(404, 400_019, "The availability was not found."));
    }
    if !target.sells(&term, &cycle) {
        return Err(Refusal::new(400, 900_268, "The term or billing cycle is not supported."));
    }
    if !(target.minimum_quantity..=target.maximum_quantity).contains(&quantity) {
        let text = format!("The quantity {quantity} is outside the allowed range.");
        return Err(Refusal::new(400, 2002, text));
    }
    if let Some(end) = custom_term_end {
        let first = day_after(next.term_end);
        check_term_end(world, &customer.id, &term, first, end).map_err(|misfit| match misfit {
            Misfit::OutsideTerm => Refusal::new(400, 900_245, "The custom term end date lies outside the next term."),
            Misfit::NotAligned => Refusal::new(400, 900_246, "The custom term end date is not aligned."),
        })?;
    }
    let promotion_id = product.owned("promotionId");
    let granted = |id: &String| next.schedule.as_ref().is_some_and(|old| old.promotion_id.as_ref() == Some(id));
    if let Some(id) = promotion_id.as_ref().filter(|id| !granted(id)) {
        let wish = Wish { product_key: &key, quantity, term: &term, billing_cycle: &cycle, earlier: Vec::new() };
        check_redeemable(world, customer, id, &wish, now)?;
    }
    Ok(Schedule {
        product: CatalogItem::of(target, availability),
        term,
        billing_cycle: cycle,
        promotion_id,
        quantity,
        custom_term_end,
    })
}

fn unknown_product(world: &World, product_id: &str) -> Refusal {
    let prefix = format!("{}:", product_id.to_uppercase());
    if world.products.under(&prefix).next().is_some() {
        Refusal::new(404, 400_018, "The SKU was not found.")
    } else {
        Refusal::new(404, 400_013, "The product was not found.")
    }
}

/// The same product, or another one of its kind and segment that can be bought.
fn may_become(world: &World, next: &Subscription, target: &Product) -> bool {
    if target.is_trial {
        return false;
    }
    let own = next.product_key();
    let alike = |product: &Product| product.is_addon == target.is_addon && product.segment == target.segment;
    own == target.key() || (target.is_purchasable && world.products.get(&own).is_some_and(alike))
}
