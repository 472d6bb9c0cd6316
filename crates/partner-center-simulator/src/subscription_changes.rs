//! Changes of a subscription by PATCH (contract 15.4 to 15.6): state, name, seats, partner.
//!
//! A PATCH carries the complete resource: an omitted `autoRenewEnabled` reads as false, an omitted
//! schedule is dropped. Everything is judged on a copy; the world changes only with the whole.
//! Next: `next_terms.rs` (renewal, schedule), `term_changes.rs` (term, billing cycle).

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use jiff::{SignedDuration, Timestamp};

use crate::audit;
use crate::charges::{ChargeKind, Charges};
use crate::customers::{Customer, customer_key, customer_of};
use crate::legacy;
use crate::next_terms::{change_renewal, change_schedule};
use crate::partners::check_partner_on_record;
use crate::products::Product;
use crate::state::{Sim, Simulation, World};
use crate::subscription_view::view;
use crate::subscriptions::{Batch, Stale, Status, Subscription, subscription_key, subscription_of};
use crate::term_changes::change_term;
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, date_of, empty, folded, ok};

/// How long 900278 lasts (contract 3).
const BLOCKED: SignedDuration = SignedDuration::from_hours(24);

pub(crate) async fn change(
    State(sim): State<Sim>,
    call: Call,
    Path((customer, id)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Answer {
    let tenant = customer_key(&customer)?;
    let tally = format!("patch/{}", id.to_lowercase());
    let key = subscription_key(&tenant, &id);
    let (shown, accepted) = sim
        .write(|world, now| {
            let customer = customer_of(world, &tenant, now)?.clone();
            let current = subscription_of(world, &tenant, &id, now)?.clone();
            world.asked(&tally);
            let wanted = Members(&body);
            check_version(world, &call, &current, wanted)?;
            if let Some(refusal) = pending_operation(world, &key, &current, now) {
                // Not an error of the work: the operation that was begun must be kept.
                return Ok((Err(refusal), false));
            }
            let mut next = changed(&sim, world, &customer, &current, wanted, now)?;
            next.version += 1;
            next.updates += 1;
            let before = view(world, &current, now);
            let after = view(world, &next, now);
            let lag = world.switches().lag.change_seconds;
            next.stale = (lag > 0).then(|| {
                let shown = Subscription { charges: Charges::default(), stale: None, ..current.clone() };
                Box::new(Stale { until: now + SignedDuration::from_secs(i64::from(lag)), shown })
            });
            let path = next.path();
            world.subscriptions.insert(key.clone(), next);
            world.announce("subscription-updated", path, now);
            world.done(&tally);
            let what = ("subscription", "update_subscription");
            audit::record(world, &call, now, &tenant, what, (Some(&before), Some(&after)));
            Ok((Ok(after), lag > 0 || world.switches().patch_accepted))
        })
        .await?;
    let shown = shown?;
    if accepted {
        let location = format!("/v1/customers/{tenant}/subscriptions/{}", id.to_lowercase());
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
    if !world.switches().subscription_etags && current.legacy.is_none() {
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

/// An operation that blocks every change for a day; a switch begins one (contract 22, trap 46).
fn pending_operation(world: &mut World, key: &str, current: &Subscription, now: Timestamp) -> Option<Refusal> {
    let blocked = current.blocked_until.is_some_and(|until| now < until);
    let begins = !blocked && world.switches().pending_operations > 0;
    if begins {
        world.switches_mut().pending_operations -= 1;
        if let Some(row) = world.subscriptions.get_mut(key) {
            row.blocked_until = Some(now + BLOCKED);
        }
    }
    (blocked || begins).then(|| {
        let text = "An operation is pending on this subscription; retry after 24 hours.";
        Refusal::new(409, 900_278, text)
    })
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
        Status::Expired => return refuse(400, 900_277, "The subscription is expiring and takes no more updates."),
        Status::Disabled => return refuse(400, 900_279, "Updates of this subscription are no longer allowed."),
        Status::Pending => return refuse(409, 800_082, "The subscription is not ready to be updated."),
        Status::Active | Status::Suspended => {}
    }
    if current.updates >= world.switches().updates_per_subscription {
        return refuse(400, 900_311, "The subscription was updated too many times.");
    }
    let spreading = current.stale.as_ref().is_some_and(|stale| now < stale.until);
    if spreading || current.running_transition().is_some() {
        return refuse(409, 800_082, "The subscription is not ready to be updated: another change is running.");
    }
    if let Some(legacy) = &current.legacy {
        let mut next = legacy::changed(world, current, legacy, body, now)?;
        rename(&mut next, body)?;
        return Ok(next);
    }
    if current.renewing_until.is_some() {
        check_renewing(current, body)?;
        return Ok(current.clone());
    }
    let mut next = current.clone();
    change_status(&mut next, body, now)?;
    if next.status == Status::Deleted {
        return Ok(next);
    }
    rename(&mut next, body)?;
    change_quantity(world, &mut next, body, now)?;
    change_term(world, &mut next, body, now)?;
    change_partner(world, &mut next, body, now)?;
    change_renewal(current, &mut next, body)?;
    change_schedule(sim, world, customer, current, &mut next, body, now)?;
    Ok(next)
}

/// What can be asked for while the renewal is being worked on (contract 15.7): nothing.
fn check_renewing(current: &Subscription, body: Members<'_>) -> Result<(), Refusal> {
    let status = body.text("status").map(folded);
    let differs = |member: &str, now: &str| body.text(member).is_some_and(|wanted| wanted != now);
    let later = differs("friendlyName", &current.friendly_name)
        || differs("partnerId", &current.partner_id)
        || status.as_deref() == Some("deleted")
        || body.whole("quantity")?.is_some_and(|quantity| quantity != current.quantity);
    if later {
        let text = "The subscription is being renewed; try again in some minutes.";
        return Err(Refusal::new(409, 800_082, text));
    }
    let term = |member: &str, now: &str| body.text(member).is_some_and(|wanted| folded(wanted) != folded(now));
    let locked = body.flag("autoRenewEnabled").unwrap_or(false) != current.auto_renew
        || body.get("scheduledNextTermInstructions").is_some() != current.schedule.is_some()
        || status.is_some_and(|status| status != current.status.word())
        || term("termDuration", &current.term)
        || term("billingCycle", &current.billing_cycle);
    if locked {
        let text = "Updates of this kind are not allowed while the subscription is being renewed.";
        return Err(Refusal::new(400, 900_280, text));
    }
    Ok(())
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
            next.cancel(now);
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
    let today = date_of(now);
    if wanted > next.quantity {
        crate::sandbox::check_seats(world, wanted)?;
        if let Some(product) = product.filter(|product| product.is_addon) {
            check_base_seats(world, product, next, wanted)?;
        }
        next.batches.push(Batch { quantity: wanted - next.quantity, added: now });
        next.charge(ChargeKind::AddQuantity, -next.quantity, now, today);
        next.quantity = wanted;
        next.charge(ChargeKind::AddQuantity, wanted, now, today);
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
    next.charge(ChargeKind::RemoveQuantity, -next.quantity, now, today);
    next.give_back(less, now);
    next.charge(ChargeKind::RemoveQuantity, wanted, now, today);
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

fn change_partner(world: &World, next: &mut Subscription, body: Members<'_>, now: Timestamp) -> Result<(), Refusal> {
    let Some(partner) = body.text("partnerId").filter(|p| *p != next.partner_id) else {
        return Ok(());
    };
    if world.switches().partner_change_refused {
        let text = "The partner on record of this subscription cannot be changed.";
        return Err(Refusal::new(400, 800_098, text));
    }
    if world.switches().rules.partner_of_record_validated(now) {
        check_partner_on_record(world, partner)?;
    } else if partner.len() > 40 {
        return Err(Refusal::property("partnerId", "too long"));
    }
    next.partner_id = partner.to_owned();
    Ok(())
}
