//! Upgrades of New Commerce subscriptions (contract 15.12): what may become what, the request, and
//! how it ends some time later.
//!
//! Only upgrades, never back; the result has no cancellation window. The outcome is decided when
//! it is asked for and kept, so that it comes out the same after a crash.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::catalogue::availability_id;
use crate::charges::ChargeKind;
use crate::customers::{Customer, customer_key, customer_of};
use crate::products::{Product, TermPlan};
use crate::promotions::{Wish, check_redeemable};
use crate::state::{Sim, Simulation, World};
use crate::subscriptions::{CatalogItem, Status, Subscription, subscription_key, subscription_of};
use crate::terms::{last_day, months_of};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, collection, date_of, folded, guid, ok, stamp};
use crate::{audit, idempotency};

/// Seats of a trial that an upgrade must take along.
const TRIAL_SEATS: i64 = 25;

/// One upgrade, running or over.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Transition {
    operation: String,
    from: String,
    to: CatalogItem,
    /// The subscription that the seats go to; the source itself where it changes in place.
    to_subscription: String,
    quantity: i64,
    plan: TermPlan,
    promotion_id: Option<String>,
    with_licences: bool,
    begun: Timestamp,
    pub(crate) ends: Timestamp,
    over: bool,
    /// Why the conversion failed or will fail: code and text.
    conversion_failure: Option<(u32, String)>,
    licence_failure: Option<(u32, String)>,
}

impl Subscription {
    /// The upgrade that is being worked on.
    pub(crate) fn running_transition(&self) -> Option<&Transition> {
        self.transitions.last().filter(|transition| !transition.over)
    }

    /// Carries out the upgrade that is due.
    pub(crate) fn end_transition(&mut self, at: Timestamp, world: &mut World) {
        let Some(mut transition) = self.transitions.pop() else {
            return;
        };
        transition.over = true;
        if transition.conversion_failure.is_none() {
            transition.conversion_failure = self.convert(&transition, at, world).err();
        }
        self.transitions.push(transition);
    }

    fn convert(&mut self, transition: &Transition, at: Timestamp, world: &mut World) -> Result<(), (u32, String)> {
        let quantity = transition.quantity.min(self.quantity);
        if self.status != Status::Active {
            return Err((2, "The subscription is not active.".to_owned()));
        }
        if transition.to_subscription == self.id {
            self.charge(ChargeKind::Convert, -self.quantity, at, date_of(at));
            self.become_upgraded(transition, at, world);
            return Ok(());
        }
        let key = subscription_key(&self.tenant, &transition.to_subscription);
        let target = match world.subscriptions.remove(&key) {
            Some(mut target) => {
                if target.status == Status::Active {
                    target.charge(ChargeKind::Convert, -target.quantity, at, date_of(at));
                    target.quantity += quantity;
                    target.charge(ChargeKind::Convert, target.quantity, at, date_of(at));
                    target.version += 1;
                    Ok(target)
                } else {
                    Err(target)
                }
            }
            None => Ok(self.split_off(transition, quantity, at, world)),
        };
        let (row, outcome) = match target {
            Ok(row) => {
                world.announce("subscription-updated", row.path(), at);
                (row, Ok(()))
            }
            Err(row) => (row, Err((2, "The target subscription is not active.".to_owned()))),
        };
        world.subscriptions.insert(key.clone(), row);
        world.requeue([key]);
        outcome?;
        self.charge(ChargeKind::Convert, -self.quantity, at, date_of(at));
        self.take_off(quantity);
        if self.quantity == 0 {
            self.enter(Status::Deleted, at, 0);
            self.auto_renew = false;
        } else {
            self.charge(ChargeKind::Convert, self.quantity, at, date_of(at));
        }
        Ok(())
    }

    /// A subscription of its own for the seats that go elsewhere.
    fn split_off(&self, transition: &Transition, quantity: i64, at: Timestamp, world: &World) -> Self {
        let mut new = self.clone();
        new.id.clone_from(&transition.to_subscription);
        new.quantity = quantity;
        (new.created, new.starts, new.visible, new.state_since) = (at, at, at, at);
        new.charges = crate::charges::Charges::default();
        new.transitions.clear();
        (new.stale, new.blocked_until, new.schedule, new.next_charge) = (None, None, None, None);
        (new.version, new.updates) = (1, 0);
        new.friendly_name.clone_from(&transition.to.offer_name);
        new.become_upgraded(transition, at, world);
        new
    }

    /// Another product for the rest of the term, or for a new one where a longer one was asked for.
    fn become_upgraded(&mut self, transition: &Transition, at: Timestamp, world: &World) {
        let plan = &transition.plan;
        let goes_on = !self.is_trial && self.term == plan.duration && self.billing_cycle == plan.billing_cycle;
        self.become_product(transition.to.clone());
        self.promotion_id.clone_from(&transition.promotion_id);
        (self.is_trial, self.renews_into, self.extended_from) = (false, None, None);
        (self.window_opened, self.schedule) = (None, None);
        self.batches.clear();
        let today = date_of(at);
        if !goes_on {
            self.term.clone_from(&plan.duration);
            self.billing_cycle.clone_from(&plan.billing_cycle);
            self.next_charge = None;
            self.begin_term(at, today, last_day(today, &plan.duration));
        }
        self.reprice(today, world);
        self.charge(ChargeKind::Convert, self.quantity, at, today);
    }

    /// Seats that went elsewhere can no longer be given back here.
    fn take_off(&mut self, seats: i64) {
        self.quantity -= seats;
        let mut left = seats;
        for batch in self.batches.iter_mut().rev() {
            let taken = left.min(batch.quantity);
            batch.quantity -= taken;
            left -= taken;
        }
        self.batches.retain(|batch| batch.quantity > 0);
    }
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/customers/{customer}/subscriptions/{subscription}/transitionEligibilities", get(eligibilities))
        .route("/v1/customers/{customer}/subscriptions/{subscription}/transitions", get(list).post(begin))
}

fn refuse_legacy(subscription: &Subscription) -> Result<(), Refusal> {
    match subscription.legacy {
        None => Ok(()),
        Some(_) => Err(Refusal::new(403, 900_263, "This method does not support legacy subscriptions.")),
    }
}

/// What a subscription may become: upgrades of its product; the paid product, for a trial.
fn targets<'a>(world: &'a World, source: &Subscription) -> impl Iterator<Item = &'a Product> {
    let product = world.products.get(&source.product_key());
    let upgrades = product.into_iter().flat_map(|product| &product.upgrade_targets);
    let paid = product.into_iter().filter_map(|product| product.renews_to.as_ref());
    upgrades.chain(paid).filter_map(|key| world.products.get(key)).filter(|target| target.is_purchasable)
}

/// Why nothing can be upgraded now (TransitionErrorCode).
fn source_error(source: &Subscription) -> Option<(u32, &'static str)> {
    if source.status == Status::Pending {
        Some((9, "The subscription is not provisioned."))
    } else if source.status != Status::Active {
        Some((2, "The subscription is not active."))
    } else if source.renewing_until.is_some() || source.running_transition().is_some() {
        Some((4, "Another operation is running."))
    } else {
        None
    }
}

/// Why an existing subscription cannot take the seats (contract 15.12, codes 1 to 4).
fn target_error(source: &Subscription, target: &Subscription, now: Timestamp) -> Option<(u32, &'static str)> {
    if target.status != Status::Active {
        Some((1, "The subscription is not active."))
    } else if target.window_opened.is_some() && target.cancel_until().is_some_and(|until| now < until) {
        Some((2, "The subscription is within its cancellation window."))
    } else if !source.is_trial && months_of(&target.term) < months_of(&source.term) {
        Some((3, "The term is shorter than that of the source."))
    } else if target.term_end < source.term_end {
        Some((4, "The term ends before that of the source."))
    } else {
        None
    }
}

async fn eligibilities(State(sim): State<Sim>, call: Call, Path((customer, id)): Path<(String, String)>) -> Answer {
    let scheduled = match call.parameter("eligibilityType").map(folded).as_deref() {
        None | Some("immediate") => false,
        Some("scheduled") => true,
        Some(_) => return Err(Refusal::invalid("eligibilityType must be immediate or scheduled.")),
    };
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let source = subscription_of(world, &customer.id, &id, now)?;
        refuse_legacy(source)?;
        let items = targets(world, source)
            .map(|target| {
                let availability = availability_id(&sim.seed, target, &customer.address.country, now);
                eligibility_view(world, source, target, availability, scheduled, now)
            })
            .collect();
        ok(&collection(items, &format!("{}/transitionEligibilities", source.path()), None))
    })
}

fn eligibility_view(
    world: &World,
    source: &Subscription,
    target: &Product,
    availability: String,
    scheduled: bool,
    now: Timestamp,
) -> Value {
    let item = CatalogItem::of(target, availability);
    let errors: Vec<Value> = source_error(source)
        .filter(|_| !scheduled || source.status != Status::Active)
        .map(|(code, text)| json!({"code": code, "description": text}))
        .into_iter()
        .collect();
    let kinds = ["transition_only", "transition_with_license_transfer"];
    let kinds = kinds.map(|kind| json!({"isEligible": errors.is_empty(), "transitionType": kind, "errors": errors}));
    let prefix = format!("{}/", source.tenant);
    let existing: Vec<Value> = world
        .subscriptions
        .under(&prefix)
        .map(|(_, other)| other)
        .filter(|other| !scheduled && other.id != source.id && other.product_key() == target.key())
        .filter(|other| other.visible <= now)
        .map(|other| {
            let error = target_error(source, other, now).map(|(code, text)| json!({"code": code, "description": text}));
            json!({"isEligible": error.is_none() && errors.is_empty(), "subscriptionId": other.id,
                "subscriptionFriendlyName": other.friendly_name, "subscriptionTermDuration": other.term,
                "subscriptionBillingCycle": other.billing_cycle, "errors": error.into_iter().collect::<Vec<_>>()})
        })
        .collect();
    json!({"catalogItemId": item.id(), "title": target.title, "description": target.title,
        "quantity": source.quantity, "eligibilities": kinds, "subscriptionEligibilities": existing,
        "attributes": {"objectType": "TransitionEligibility"}})
}

fn transition_view(transition: &Transition) -> Value {
    let event = |name: &str, failure: Option<&(u32, String)>| {
        let (status, at) = match (transition.over, failure) {
            (false, _) => ("Started", transition.begun),
            (true, None) => ("Completed", transition.ends),
            (true, Some(_)) => ("Failed", transition.ends),
        };
        let errors: Vec<Value> = failure
            .filter(|_| transition.over)
            .map(|(code, text)| json!({"code": code, "description": text}))
            .into_iter()
            .collect();
        json!({"name": name, "status": status, "timestamp": stamp(at), "errors": errors,
            "attributes": {"objectType": "TransitionEvent"}})
    };
    let mut events = vec![event("Conversion", transition.conversion_failure.as_ref())];
    if transition.with_licences {
        // Nobody's licences are moved to what was not converted.
        let failure = transition.conversion_failure.as_ref().or(transition.licence_failure.as_ref());
        events.push(event("LicenseReassignment", failure));
    }
    let kind = if transition.with_licences { "transition_with_license_transfer" } else { "transition_only" };
    let mut view = json!({"operationId": transition.operation, "fromCatalogItemId": transition.from,
        "toCatalogItemId": transition.to.id(), "toSubscriptionId": transition.to_subscription,
        "quantity": transition.quantity, "termDuration": transition.plan.duration,
        "billingCycle": transition.plan.billing_cycle, "transitionType": kind, "events": events,
        "attributes": {"objectType": "Transition"}});
    if let Some(promotion) = &transition.promotion_id {
        view["promotionId"] = json!(promotion);
    }
    view
}

/// With the source, which a transition itself does not name.
fn view_of(source: &Subscription, transition: &Transition) -> Value {
    let mut view = transition_view(transition);
    view["fromSubscriptionId"] = json!(source.id);
    view
}

async fn list(State(sim): State<Sim>, call: Call, Path((customer, id)): Path<(String, String)>) -> Answer {
    let operation = call.parameter("operationId").map(str::to_lowercase);
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let source = subscription_of(world, &customer.id, &id, now)?;
        refuse_legacy(source)?;
        let wanted = |transition: &&Transition| operation.as_ref().is_none_or(|id| *id == transition.operation);
        let items = source.transitions.iter().filter(wanted).map(|transition| view_of(source, transition)).collect();
        ok(&collection(items, &format!("{}/transitions", source.path()), None))
    })
}

async fn begin(
    State(sim): State<Sim>,
    call: Call,
    Path((customer, id)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Answer {
    let tenant = customer_key(&customer)?;
    let fingerprint = idempotency::fingerprint(&call, &body);
    let tally = format!("transition/{}", id.to_lowercase());
    let shown = sim
        .write(|world, now| {
            let customer = customer_of(world, &tenant, now)?.clone();
            let source = subscription_of(world, &tenant, &id, now)?.clone();
            world.asked(&tally);
            if let Some(operation) = idempotency::replayed(world, &call, &fingerprint, now)? {
                let known = source.transitions.iter().find(|transition| transition.operation == operation);
                return known.map(|known| view_of(&source, known)).ok_or_else(Refusal::unexpected);
            }
            let transition = asked(&sim, world, &customer, &source, Members(&body), now)?;
            let operation = transition.operation.clone();
            let shown = view_of(&source, &transition);
            let mut next = source;
            next.schedule = None;
            next.transitions.push(transition);
            next.version += 1;
            world.subscriptions.insert(subscription_key(&tenant, &id), next);
            world.done(&tally);
            let what = ("subscription", "transition_subscription");
            audit::record(world, &call, now, &tenant, what, (None, Some(&shown)));
            idempotency::remember(world, &call, fingerprint, operation, now);
            Ok(shown)
        })
        .await?;
    ok(&shown)
}

/// The upgrade that a body asks for, or why not.
fn asked(
    sim: &Simulation,
    world: &mut World,
    customer: &Customer,
    source: &Subscription,
    body: Members<'_>,
    now: Timestamp,
) -> Result<Transition, Refusal> {
    let refuse = |status, code, text: &str| Err(Refusal::new(status, code, text));
    refuse_legacy(source)?;
    match source_error(source) {
        None => {}
        Some((2, _)) if source.status == Status::Deleted => return refuse(400, 2011, "The subscription is deleted."),
        Some((2, text)) => return refuse(400, 800_091, text),
        Some((_, text)) => return refuse(409, 800_082, text),
    }
    let required = |name: &'static str| Refusal::property(name, "it is required");
    let wanted = body.text("toCatalogItemId").ok_or_else(|| required("toCatalogItemId"))?;
    let mut parts = wanted.splitn(3, ':');
    let key = format!("{}:{}", parts.next().unwrap_or(""), parts.next().unwrap_or("")).to_uppercase();
    let Some(target) = targets(world, source).find(|target| target.key() == key) else {
        return refuse(400, 900_236, "The subscription cannot become this product.");
    };
    let availability = availability_id(&sim.seed, target, &customer.address.country, now);
    if !parts.next().unwrap_or("").eq_ignore_ascii_case(&availability) {
        return refuse(404, 400_019, "The availability was not found.");
    }
    let quantity = body.whole("quantity")?.ok_or_else(|| required("quantity"))?;
    let with_licences = match body.text("transitionType").map(folded).as_deref() {
        Some("transitiononly") => false,
        Some("transitionwithlicensetransfer") => true,
        _ => return Err(Refusal::property("transitionType", "transition_only or transition_with_license_transfer")),
    };
    let least = if source.is_trial { TRIAL_SEATS.min(source.quantity) } else { 1 };
    if !(least..=source.quantity).contains(&quantity) {
        return refuse(400, 2002, &format!("The quantity {quantity} is outside {least} to {}.", source.quantity));
    }
    let plan = plan_of(source, target, body)?;
    let promotion_id = body.owned("promotionId");
    if let Some(id) = &promotion_id {
        let (term, billing_cycle) = (&plan.duration, &plan.billing_cycle);
        let wish = Wish { product_key: &key, quantity, term, billing_cycle, earlier: Vec::new() };
        check_redeemable(world, customer, id, &wish, now)?;
    }
    let existing = match body.text("toSubscriptionId") {
        Some(id) if !id.eq_ignore_ascii_case(&source.id) => Some(existing_target(world, source, target, id, now)?),
        _ => None,
    };
    let seats = quantity + existing.map_or(0, |existing| existing.quantity);
    if !(target.minimum_quantity..=target.maximum_quantity).contains(&seats) {
        return refuse(400, 2002, &format!("The quantity {seats} is outside the allowed range."));
    }
    let (to, existing) = (CatalogItem::of(target, availability), existing.map(|existing| existing.id.clone()));
    let switch = world.switches().transitions.clone();
    let serial = world.serial().to_string();
    let whole = quantity == source.quantity && !switch.replace_subscription;
    let to_subscription = existing.unwrap_or_else(|| match whole {
        true => source.id.clone(),
        false => sim.seed.guid("upgraded", &[&source.id, &serial]),
    });
    let failure = |fails: bool, code, text: &str| fails.then(|| (code, text.to_owned()));
    Ok(Transition {
        operation: sim.seed.guid("transition", &[&source.id, &serial]),
        from: format!("{}:{}", source.product_key(), source.availability_id),
        to,
        to_subscription,
        quantity,
        plan,
        promotion_id,
        with_licences,
        begun: now,
        ends: now + SignedDuration::from_secs(i64::from(world.switches().lag.transition_seconds)),
        over: false,
        conversion_failure: failure(switch.conversion_fails, 3, "Service types are in conflict."),
        licence_failure: failure(switch.license_reassignment_fails, 12, "Licences of users could not be moved."),
    })
}

/// Term and billing cycle of the result; those of the source unless others are asked for.
fn plan_of(source: &Subscription, target: &Product, body: Members<'_>) -> Result<TermPlan, Refusal> {
    let refuse = |code, text: &str| Err(Refusal::new(400, code, text));
    let (term, cycle) = (body.text("termDuration"), body.text("billingCycle"));
    let (term, cycle) = match (term, cycle) {
        (None, None) if source.is_trial => ("P1Y".to_owned(), "monthly".to_owned()),
        (None, None) => (source.term.clone(), source.billing_cycle.clone()),
        (Some(term), Some(cycle)) => (term.to_uppercase(), folded(cycle)),
        _ => return refuse(900_270, "Term and billing cycle must be given together."),
    };
    if !source.is_trial && months_of(&term) < months_of(&source.term) {
        return refuse(900_267, "The term is shorter than that of the source.");
    }
    if !target.terms.iter().any(|plan| plan.duration == term) {
        return refuse(900_268, "The term is not valid for the target.");
    }
    if !target.sells(&term, &cycle) {
        return refuse(900_269, "The billing cycle is not valid for the term.");
    }
    Ok(TermPlan { duration: term, billing_cycle: cycle })
}

fn existing_target<'a>(
    world: &'a World,
    source: &Subscription,
    target: &Product,
    id: &str,
    now: Timestamp,
) -> Result<&'a Subscription, Refusal> {
    let id = guid(id).ok_or_else(|| Refusal::property("toSubscriptionId", "a GUID"))?;
    let existing = subscription_of(world, &source.tenant, &id, now)?;
    if existing.product_key() != target.key() {
        return Err(Refusal::new(400, 900_236, "The target subscription is of another product."));
    }
    match target_error(source, existing, now) {
        None => Ok(existing),
        // 900258 to 900261 in the order of the codes of the eligibilities.
        Some((code, text)) => Err(Refusal::new(400, 900_257 + u64::from(code), text)),
    }
}
