//! Changes of a subscription (contract 15.4 to 15.9).
//!
//! A PATCH carries the complete resource: an omitted `autoRenewEnabled` reads as false, an omitted
//! schedule is dropped. Everything is judged on a copy; the world changes only with the whole.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use jiff::Timestamp;

use crate::audit;
use crate::catalogue::availability_id;
use crate::charges::ChargeKind;
use crate::countries::country;
use crate::customers::{Customer, customer_key, customer_of};
use crate::partners::check_partner_on_record;
use crate::products::{Product, TermPlan};
use crate::state::{Sim, Simulation, World};
use crate::subscriptions::{Batch, Schedule, Status, Subscription, subscription_key, subscription_of, view};
use crate::terms::{last_day, months_of};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, date_of, empty, folded, ok};

const UPDATES_IN_A_LIFE: u64 = 1200;

pub(crate) async fn change(
    State(sim): State<Sim>,
    call: Call,
    Path((customer, id)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Answer {
    let tenant = customer_key(&customer)?;
    let tally = format!("patch/{}", id.to_lowercase());
    let (shown, accepted) = sim
        .write(|world, now| {
            let customer = customer_of(world, &tenant, now)?.clone();
            let current = subscription_of(world, &tenant, &id, now)?.clone();
            world.asked(&tally);
            let wanted = Members(&body);
            check_version(world, &call, &current, wanted)?;
            let next = changed(&sim, world, &customer, &current, wanted, now)?;
            let before = view(world, &current, now);
            let after = view(world, &next, now);
            let path = next.path();
            world.subscriptions.insert(subscription_key(&tenant, &id), next);
            world.announce("subscription-updated", path, now);
            world.done(&tally);
            let what = ("subscription", "update_subscription");
            audit::record(world, &call, now, &tenant, what, (Some(&before), Some(&after)));
            Ok((after, world.switches().patch_accepted))
        })
        .await?;
    if accepted {
        let location = format!("/customers/{tenant}/subscriptions/{}", id.to_lowercase());
        return Ok(([(header::LOCATION, location)], empty(202)).into_response());
    }
    ok(&shown)
}

/// A stale etag: 412 in the header, 400 in the body (contract 1.5).
fn check_version(world: &World, call: &Call, current: &Subscription, body: Members<'_>) -> Result<(), Refusal> {
    if let Some(id) = body.text("id")
        && !id.eq_ignore_ascii_case(&current.id)
    {
        return Err(Refusal::property("id", "not the subscription of the address"));
    }
    if !world.switches().subscription_etags {
        return Ok(());
    }
    let stale = |status| Refusal::new(status, 2055, "The etag is no longer valid.");
    let etag = current.etag();
    if let Some(given) = &call.if_match
        && given.trim_matches('"') != etag
    {
        return Err(stale(412));
    }
    match body.object("attributes").text("etag") {
        Some(given) if given != etag => Err(stale(400)),
        _ => Ok(()),
    }
}

/// The subscription after the change, or why not.
fn changed(
    sim: &Simulation,
    world: &World,
    customer: &Customer,
    current: &Subscription,
    body: Members<'_>,
    now: Timestamp,
) -> Result<Subscription, Refusal> {
    let refuse = |status, code, text: &str| Err(Refusal::new(status, code, text));
    match current.status {
        Status::Deleted => return refuse(400, 2011, "The subscription is deleted."),
        Status::Expired | Status::Disabled => {
            return refuse(400, 900_279, "Updates of this subscription are no longer allowed.");
        }
        Status::Pending => return refuse(409, 800_082, "The subscription is not ready to be updated."),
        Status::Active | Status::Suspended => {}
    }
    if current.version > UPDATES_IN_A_LIFE {
        return refuse(400, 900_311, "The subscription was updated too many times.");
    }
    let mut next = current.clone();
    next.version += 1;
    change_status(&mut next, body, now)?;
    if next.status == Status::Deleted {
        return Ok(next);
    }
    rename(&mut next, body)?;
    change_quantity(world, &mut next, body, now)?;
    change_term(world, &customer.address.country, &mut next, body, now)?;
    change_partner(world, &mut next, body)?;
    change_renewal(&mut next, body);
    change_schedule(sim, world, customer, current, &mut next, body, now)?;
    Ok(next)
}

fn change_status(next: &mut Subscription, body: Members<'_>, now: Timestamp) -> Result<(), Refusal> {
    let Some(wanted) = body.text("status").map(folded) else {
        return Ok(());
    };
    if wanted == next.status.word() {
        return Ok(());
    }
    if next.is_trial {
        return Err(Refusal::new(400, 800_096, "The status of a trial cannot be changed."));
    }
    match wanted.as_str() {
        "suspended" => {
            next.enter(Status::Suspended, now, 0);
            next.auto_renew = false;
        }
        "active" => next.enter(Status::Active, now, 0),
        "deleted" => {
            if next.cancel_until().is_none_or(|until| now >= until) {
                return Err(Refusal::new(400, 900_213, "The 168-hour cancellation window has passed.").with("168"));
            }
            next.refund(now);
            next.enter(Status::Deleted, now, 0);
            next.auto_renew = false;
            next.batches.clear();
        }
        _ => return Err(Refusal::new(400, 800_096, "This status cannot be set.")),
    }
    Ok(())
}

fn rename(next: &mut Subscription, body: Members<'_>) -> Result<(), Refusal> {
    if let Some(name) = body.text("friendlyName") {
        if name.chars().count() > 256 {
            return Err(Refusal::property("friendlyName", "at most 256 characters"));
        }
        next.friendly_name = name.to_owned();
    }
    Ok(())
}

fn change_quantity(world: &World, next: &mut Subscription, body: Members<'_>, now: Timestamp) -> Result<(), Refusal> {
    let Some(wanted) = body.whole("quantity")?.filter(|q| *q != next.quantity) else {
        return Ok(());
    };
    if next.is_trial {
        return Err(Refusal::new(400, 800_095, "The quantity of a trial cannot be changed."));
    }
    if next.status == Status::Suspended {
        return Err(Refusal::new(400, 800_091, "A suspended subscription cannot be updated."));
    }
    let product = world.products.get(&next.product_key());
    let (least, most) =
        product.map_or((1, i64::MAX), |product| (product.minimum_quantity.max(1), product.maximum_quantity));
    if !(least..=most).contains(&wanted) {
        let text = format!("The quantity {wanted} is outside {least} to {most}.");
        return Err(Refusal::new(400, 2002, text));
    }
    if wanted > next.quantity {
        if let Some(product) = product.filter(|product| product.is_addon) {
            check_base_seats(world, product, next, wanted)?;
        }
        let added = wanted - next.quantity;
        next.batches.push(Batch { quantity: added, added: now });
        next.charge(ChargeKind::AddQuantity, -next.quantity, now, date_of(now));
        next.quantity = wanted;
        next.charge(ChargeKind::AddQuantity, wanted, now, date_of(now));
        return Ok(());
    }
    let less = next.quantity - wanted;
    let refundable: i64 = next.refundable(now).map(|batch| batch.quantity).sum();
    if refundable == 0 {
        let text = "The 168-hour seat reduction window has passed.";
        return Err(Refusal::new(400, 900_214, text).with("168"));
    }
    if less > refundable {
        let text = format!("The quantity can be decreased by at most {refundable}.");
        return Err(Refusal::new(400, 800_090, text));
    }
    next.charge(ChargeKind::RemoveQuantity, -next.quantity, now, date_of(now));
    next.give_back(less, now);
    next.charge(ChargeKind::RemoveQuantity, wanted, now, date_of(now));
    Ok(())
}

/// Add-on seats may not exceed the seats of their bases (contract 15.5).
fn check_base_seats(world: &World, product: &Product, next: &Subscription, wanted: i64) -> Result<(), Refusal> {
    let prefix = format!("{}/", next.tenant);
    let (mut bases, mut addons) = (0i64, wanted);
    for (_, other) in world.subscriptions.under(&prefix) {
        if other.status != Status::Active || other.id == next.id {
            continue;
        }
        if product.prerequisite_skus.contains(&other.product_key()) {
            bases += other.quantity;
        } else if other.product_key() == product.key() {
            addons += other.quantity;
        }
    }
    if addons > bases {
        return Err(Refusal::new(400, 10_018, "More add-on seats than base seats."));
    }
    Ok(())
}

/// Longer terms at once, shorter ones and other billing cycles not (contract 15.8).
fn change_term(
    world: &World,
    market: &str,
    next: &mut Subscription,
    body: Members<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let term = body.text("termDuration").unwrap_or(&next.term).to_uppercase();
    let cycle = body.text("billingCycle").map(folded);
    let cycle = cycle.unwrap_or_else(|| next.billing_cycle.clone());
    if term == next.term && cycle == next.billing_cycle {
        return Ok(());
    }
    if next.is_trial {
        return Err(Refusal::new(400, 800_107, "The term of a trial cannot be changed."));
    }
    if next.status == Status::Suspended {
        return Err(Refusal::new(400, 800_091, "A suspended subscription cannot be updated."));
    }
    if term == next.term {
        let text = "The billing cycle cannot be changed through the subscription.";
        return Err(Refusal::new(400, 2054, text));
    }
    if months_of(&term) < months_of(&next.term) {
        let text = "The term is shorter than the current one.";
        return Err(Refusal::new(400, 800_122, text));
    }
    let product = world.products.get(&next.product_key());
    if !product.is_some_and(|product| product.sells(&term, &cycle)) {
        return Err(Refusal::new(400, 800_121, "The term is not valid for this product."));
    }
    let plan = TermPlan { duration: term, billing_cycle: cycle };
    let price = product.zip(country(market)).map(|(product, market)| product.period_price(&plan, market));
    let today = date_of(now);
    next.charge(ChargeKind::ChangeBillingPlan, -next.quantity, now, today);
    next.term = plan.duration;
    next.billing_cycle = plan.billing_cycle;
    next.unit_price = price.unwrap_or(next.unit_price);
    next.extended_from = None;
    next.next_charge = None;
    next.begin_term(now, today, last_day(today, &next.term));
    next.charge(ChargeKind::ChangeBillingPlan, next.quantity, now, today);
    Ok(())
}

fn change_partner(world: &World, next: &mut Subscription, body: Members<'_>) -> Result<(), Refusal> {
    let Some(partner) = body.text("partnerId").filter(|p| *p != next.partner_id) else {
        return Ok(());
    };
    if world.switches().partner_change_refused {
        let text = "The partner on record of this subscription cannot be changed.";
        return Err(Refusal::new(400, 800_098, text));
    }
    check_partner_on_record(world, partner)?;
    next.partner_id = partner.to_owned();
    Ok(())
}

fn change_renewal(next: &mut Subscription, body: Members<'_>) {
    // Suspending turns renewal off, and reactivating leaves it off (contract 15.2).
    let just_moved = next.status == Status::Suspended;
    next.auto_renew = body.flag("autoRenewEnabled").unwrap_or(false) && !just_moved;
    let cancels = body.list("scheduledActions").iter().any(|action| {
        let action = Members(action);
        let at_end = action.text("scheduleType").map(folded);
        at_end.is_none_or(|kind| kind == "termend")
            && action.text("actionType").map(folded).as_deref() == Some("cancel")
    });
    next.cancels_at_term_end = cancels && !next.auto_renew;
}

/// The instruction for the next term, and what drops it (contract 15.4 rule 5, 15.7).
fn change_schedule(
    sim: &Simulation,
    world: &World,
    customer: &Customer,
    current: &Subscription,
    next: &mut Subscription,
    body: Members<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let reactivated = current.status == Status::Suspended && next.status == Status::Active;
    if reactivated {
        next.auto_renew = false;
    }
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
    let target = world.products.get(&key).ok_or_else(|| Refusal::new(404, 400_018, "The SKU was not found."))?;
    // An instruction that was accepted stays valid when its availability id is re-issued.
    let kept = next.schedule.as_ref().is_some_and(|old| old.availability_id.eq_ignore_ascii_case(&availability));
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
    Ok(Schedule {
        product_id: target.product_id.clone(),
        sku_id: target.sku_id.clone(),
        availability_id: availability,
        offer_name: target.title.clone(),
        term,
        billing_cycle: cycle,
        promotion_id: product.owned("promotionId"),
        quantity,
        custom_term_end: None,
    })
}
