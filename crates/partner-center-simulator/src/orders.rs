//! Orders (contract 14): what a checkout leaves behind, and how it completes.
//!
//! An order's status is computed from the business clock; its subscriptions are made with it and
//! become visible when it is complete.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::audit;
use crate::cart_lines::CartLine;
use crate::catalogue::availability_id;
use crate::countries::country;
use crate::customers::{Customer, customer_of};
use crate::state::{Entity, Sim, Simulation, World};
use crate::subscriptions::{Purchase, Status, Subscription};
use crate::switches::ReviewOutcome;
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, collection, day, folded, guid, link, ok, stamp};

/// An order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) tenant: String,
    pub(crate) cart: String,
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) billing_cycle: String,
    currency: String,
    currency_symbol: String,
    pub(crate) created: Timestamp,
    listed_from: Timestamp,
    /// When it ends; `None` while a review has no end.
    pub(crate) completes: Option<Timestamp>,
    pub(crate) outcome: Outcome,
}

impl Entity for Order {
    const KIND: &'static str = "order";
}

/// How it ends, and what it is called on the way (contract 14.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Completed,
    /// After a review.
    Reviewed,
    /// After a purchase order was uploaded and looked at.
    Uploaded,
    /// Its purchase order was refused.
    UploadRejected,
    /// After a suspension.
    Suspended,
    /// Called off by Microsoft, or in the sandbox by us.
    Cancelled,
    Error,
    /// Only its first line was provisioned.
    Partial,
}

impl Outcome {
    fn of(forced: ReviewOutcome) -> Self {
        match forced {
            ReviewOutcome::Review => Self::Reviewed,
            ReviewOutcome::PoUpload => Self::Uploaded,
            ReviewOutcome::PoRejected => Self::UploadRejected,
            ReviewOutcome::Suspended => Self::Suspended,
            ReviewOutcome::Cancelled => Self::Cancelled,
            ReviewOutcome::Error => Self::Error,
            ReviewOutcome::Partial => Self::Partial,
        }
    }

    /// Whether something can hold the order up until a switch is taken away.
    fn is_held(self) -> bool {
        matches!(self, Self::Reviewed | Self::Uploaded | Self::UploadRejected | Self::Suspended)
    }

    /// Whether a line is provisioned in the end.
    fn provisions(self, line: usize) -> bool {
        match self {
            Self::Completed | Self::Reviewed | Self::Uploaded | Self::Suspended => true,
            Self::UploadRejected | Self::Cancelled | Self::Error => false,
            Self::Partial => line == 0,
        }
    }
}

/// A line of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OrderLine {
    pub(crate) offer_id: String,
    /// `None` where nothing will be provisioned.
    pub(crate) subscription: Option<String>,
    friendly_name: String,
    pub(crate) quantity: i64,
    term: String,
    custom_term_end: Option<Date>,
    pub(crate) partner_id: Option<String>,
    total: Decimal,
    #[serde(default)]
    provisioning_context: Option<Value>,
}

impl Order {
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.completes.is_some_and(|end| end <= now)
    }

    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        match (self.is_over(now), self.outcome) {
            (false, Outcome::Reviewed) => "pending review",
            (false, Outcome::Uploaded | Outcome::UploadRejected) if self.is_uploaded(now) => "po upload complete",
            (false, Outcome::Uploaded | Outcome::UploadRejected) => "pending po upload",
            (false, Outcome::Suspended) => "suspended",
            (false, _) => "pending",
            (true, Outcome::Error) => "error",
            (true, Outcome::Partial) => "partial success",
            (true, Outcome::UploadRejected) => "po review rejected",
            (true, Outcome::Cancelled) => "cancelled",
            (true, _) => "completed",
        }
    }

    /// Opaque version, as an etag: it changes with what became of the order (contract 1.5).
    fn etag(&self, now: Timestamp) -> String {
        let version = match self.outcome {
            Outcome::Cancelled => 3,
            _ => 1 + u8::from(self.is_over(now)),
        };
        STANDARD.encode(json!({"id": self.id, "version": version}).to_string())
    }

    /// The second half of the time until its end, the purchase order is there and looked at.
    fn is_uploaded(&self, now: Timestamp) -> bool {
        self.completes.is_some_and(|end| end.duration_since(now) < now.duration_since(self.created))
    }
}

/// Makes the order of one group, and its subscriptions; returns its id.
pub(crate) fn order_of_group(
    sim: &Simulation,
    world: &mut World,
    customer: &Customer,
    cart: &str,
    lines: &[CartLine],
    now: Timestamp,
) -> String {
    let serial = world.serial().to_string();
    let id = sim.seed.hex("order", &[&customer.id, &serial], 12);
    let lag = world.switches().lag.clone();
    let seconds = |count: u32| SignedDuration::from_secs(i64::from(count));
    let ready = now + seconds(lag.order_seconds);
    let (outcome, completes) = review(world, now, ready);
    let starts = completes.unwrap_or(Timestamp::MAX);
    let visible = starts.saturating_add(seconds(lag.subscription_seconds));
    let visible = visible.unwrap_or(Timestamp::MAX);
    let mut made = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let product = world.products.get(&line.product_key()).filter(|_| outcome.provisions(number));
        let subscription = product.map(|product| {
            let number = number.to_string();
            let paid = product.renews_to.as_ref().and_then(|key| world.products.get(key));
            let market = &customer.address.country;
            Subscription::bought(Purchase {
                id: sim.seed.guid("subscription", &[&id, &number]),
                tenant: &customer.id,
                order: &id,
                line,
                product,
                renews_into: paid.map(|p| (p, availability_id(&sim.seed, p, market, now))),
                created: now,
                starts,
                visible,
            })
        });
        made.push(OrderLine {
            offer_id: line.catalog_item_id.clone(),
            subscription: subscription.as_ref().map(|s| s.id.clone()),
            friendly_name: line.friendly_name.clone().unwrap_or_default(),
            quantity: line.quantity,
            term: line.term.clone(),
            custom_term_end: line.custom_term_end,
            partner_id: line.partner().map(str::to_owned),
            total: line.unit_price * Decimal::from(line.quantity),
            provisioning_context: line.provisioning_context.clone(),
        });
        if let Some(subscription) = subscription {
            let key = format!("{}/{}", customer.id, subscription.id);
            world.subscriptions.insert(key, subscription);
        }
    }
    let market = country(&customer.address.country);
    let order = Order {
        id: id.clone(),
        tenant: customer.id.clone(),
        cart: cart.to_owned(),
        billing_cycle: lines.first().map(|l| l.billing_cycle.clone()).unwrap_or_default(),
        lines: made,
        currency: market.map_or("EUR", |m| m.currency).to_owned(),
        currency_symbol: market.map_or("€", |m| m.currency_symbol).to_owned(),
        created: now,
        listed_from: now + seconds(lag.order_list_seconds),
        completes,
        outcome,
    };
    world.orders.insert(format!("{}/{id}", customer.id), order);
    id
}

/// Outcome and end that the switches force on this order.
fn review(world: &mut World, now: Timestamp, ready: Timestamp) -> (Outcome, Option<Timestamp>) {
    let forced = world.switches().order_review.clone();
    let Some(forced) = forced.filter(|review| review.count != Some(0)) else {
        return (Outcome::Completed, Some(ready));
    };
    if forced.count.is_some()
        && let Some(review) = &mut world.switches_mut().order_review
    {
        review.count = review.count.map(|count| count.saturating_sub(1));
    }
    let outcome = Outcome::of(forced.outcome);
    let end = forced.seconds.map(|seconds| now + SignedDuration::from_secs(i64::from(seconds)));
    (outcome, if outcome.is_held() { end } else { Some(end.unwrap_or(ready)) })
}

/// Ends every review that has no end: the switch was taken away.
pub(crate) fn release_reviews(world: &mut World, now: Timestamp) {
    for key in world.orders.ids() {
        let endless = world.orders.get(&key).is_some_and(|o| o.completes.is_none());
        let Some(order) = world.orders.get_mut(&key).filter(|_| endless) else {
            continue;
        };
        order.completes = Some(now);
        let tenant = order.tenant.clone();
        let made: Vec<String> = order.lines.iter().filter_map(|l| l.subscription.clone()).collect();
        for id in made {
            if let Some(subscription) = world.subscriptions.get_mut(&format!("{tenant}/{id}")) {
                (subscription.starts, subscription.visible) = (now, now);
            }
        }
    }
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/customers/{customer}/orders", get(list).post(direct))
        .route("/v1/customers/{customer}/orders/{order}", get(read).patch(change))
        .route("/v1/customers/{customer}/orders/{order}/provisioningstatus", get(provisioning))
}

fn order_of<'a>(world: &'a World, tenant: &str, id: &str) -> Result<&'a Order, Refusal> {
    world
        .orders
        .get(&format!("{tenant}/{}", id.to_lowercase()))
        .ok_or_else(|| Refusal::new(404, 20_000, "The order was not found."))
}

/// The order as Partner Center shows it by now.
pub(crate) fn order_view(order: &Order, now: Timestamp, priced: bool) -> Value {
    let path = format!("/customers/{}/orders/{}", order.tenant, order.id);
    let lines: Vec<Value> =
        order.lines.iter().enumerate().map(|(number, line)| line_view(order, number, line, now)).collect();
    let mut view = json!({"id": order.id, "alternateId": order.id, "referenceCustomerId": order.tenant,
        "billingCycle": order.billing_cycle, "currencyCode": order.currency, "currencySymbol": order.currency_symbol,
        "lineItems": lines, "creationDate": stamp(order.created), "status": order.status(now),
        "transactionType": "UserPurchase",
        "links": {"self": link(&path), "provisioningStatus": link(&format!("{path}/provisioningstatus"))},
        "attributes": {"etag": order.etag(now), "objectType": "Order"}});
    if priced {
        let total: Decimal = order.lines.iter().map(|line| line.total).sum();
        view["totalPrice"] = serde_json::from_str(&total.to_string()).unwrap_or(Value::Null);
    }
    view
}

fn line_view(order: &Order, number: usize, line: &OrderLine, now: Timestamp) -> Value {
    let mut parts = line.offer_id.splitn(3, ':');
    let (product, sku) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let mut links = json!({"product": link(&format!("/products/{product}")),
        "sku": link(&format!("/products/{product}/skus/{sku}"))});
    let mut view = json!({"lineItemNumber": number, "offerId": line.offer_id});
    if let Some(id) = line.subscription.as_ref().filter(|_| order.is_over(now)) {
        // Orders show the id in upper case, subscriptions in lower (contract 1.4).
        view["subscriptionId"] = json!(id.to_uppercase());
        let path = format!("/customers/{}/subscriptions/{id}", order.tenant);
        links["subscription"] = link(&path);
    }
    view["friendlyName"] = json!(line.friendly_name);
    view["quantity"] = json!(line.quantity);
    view["termDuration"] = json!(line.term);
    if let Some(end) = line.custom_term_end {
        view["customTermEndDate"] = json!(day(end));
    }
    view["transactionType"] = json!("New");
    if let Some(partner) = &line.partner_id {
        view["partnerIdOnRecord"] = json!(partner);
    }
    view["provisioningContext"] = line.provisioning_context.clone().unwrap_or_else(|| json!({}));
    view["links"] = links;
    view["attributes"] = json!({"objectType": "OrderLineItem"});
    view
}

fn priced(call: &Call) -> bool {
    call.parameter("include_price").is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

async fn list(State(sim): State<Sim>, call: Call, Path(customer): Path<String>) -> Answer {
    let cycle = call.parameter("billingType").map(folded);
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let prefix = format!("{}/", customer.id);
        let items = world
            .orders
            .under(&prefix)
            .map(|(_, order)| order)
            .filter(|order| order.listed_from <= now)
            .filter(|order| cycle.as_deref().is_none_or(|c| c == order.billing_cycle))
            .map(|order| order_view(order, now, priced(&call)))
            .collect();
        ok(&collection(items, &format!("/customers/{}/orders", customer.id), None))
    })
}

async fn read(State(sim): State<Sim>, call: Call, Path((customer, order)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let order = order_of(world, &customer.id, &order)?;
        ok(&order_view(order, now, priced(&call)))
    })
}

/// Direct orders were for legacy offers, whose sale has ended; seats are bought through carts.
async fn direct(State(sim): State<Sim>, _: Call, Path(customer): Path<String>, JsonBody(body): JsonBody) -> Answer {
    sim.read(|world, now| customer_of(world, &customer, now).map(|_| ()))?;
    let lines = Members(&body).list("lineItems");
    let offers: Vec<&str> = lines.iter().filter_map(|line| Members(line).text("offerId")).collect();
    if offers.is_empty() || offers.len() < lines.len() {
        return Err(Refusal::invalid("lineItems must hold lines with an offerId each."));
    }
    if offers.iter().all(|offer| guid(offer).is_some()) {
        return Err(Refusal::new(403, 2091, "The offer is no longer sold."));
    }
    let text = "This id belongs to Products/SKUs, not to Offers; seats of this kind are bought through a cart.";
    Err(Refusal::new(400, 2100, text))
}

/// An order can be called off so long, in the sandbox (contract 19).
const CANCELLABLE: SignedDuration = SignedDuration::from_hours(60 * 24);

/// Orders are cancelled in the sandbox only; in production the subscription is.
async fn change(
    State(sim): State<Sim>,
    call: Call,
    Path((customer, order)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Answer {
    let given = Members(&body).object("attributes").owned("etag");
    let cancels = Members(&body).text("status").map(folded).as_deref() == Some("cancelled");
    let shown = sim
        .write(|world, now| {
            let customer = customer_of(world, &customer, now)?.clone();
            let order = order_of(world, &customer.id, &order)?.clone();
            let etag = order.etag(now);
            let stale = |status| Refusal::new(status, 2055, "The etag is no longer valid.");
            if call.if_match.as_ref().is_some_and(|given| given.trim_matches('"') != etag) {
                return Err(stale(412));
            }
            if given.as_ref().is_some_and(|given| *given != etag) {
                return Err(stale(400));
            }
            if !cancels {
                return Err(Refusal::invalid("Orders of this kind cannot be changed."));
            }
            if !world.switches().profile.is_sandbox() {
                let text = "The order cannot be cancelled; cancel the subscription.";
                return Err(Refusal::new(400, 800_061, text));
            }
            if now.duration_since(order.created) > CANCELLABLE {
                return Err(Refusal::new(400, 800_063, "The order is too old to be cancelled."));
            }
            if !order.is_over(now) {
                return Err(Refusal::new(409, 800_014, "An adjustment of the order is pending."));
            }
            let cancelled = cancel(world, order, now);
            let shown = order_view(&cancelled, now, false);
            let what = ("order", "cancel_order");
            audit::record(world, &call, now, &customer.id, what, (None, Some(&json!({"id": cancelled.id}))));
            Ok(shown)
        })
        .await?;
    ok(&shown)
}

/// Ends everything that an order made; doing it again changes nothing.
fn cancel(world: &mut World, mut order: Order, now: Timestamp) -> Order {
    for id in order.lines.iter().filter_map(|line| line.subscription.as_ref()) {
        let key = format!("{}/{id}", order.tenant);
        let Some(subscription) = world.subscriptions.get_mut(&key).filter(|s| s.status != Status::Deleted) else {
            continue;
        };
        subscription.cancel(now);
        let path = subscription.path();
        world.announce("subscription-updated", path, now);
    }
    order.outcome = Outcome::Cancelled;
    world.orders.insert(format!("{}/{}", order.tenant, order.id), order.clone());
    order
}

async fn provisioning(State(sim): State<Sim>, call: Call, Path((customer, order)): Path<(String, String)>) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let order = order_of(world, &customer.id, &order)?;
        let items = order
            .lines
            .iter()
            .enumerate()
            .map(|(number, line)| {
                let status = match (order.is_over(now), &line.subscription) {
                    (false, _) => "prefulfillmentPending",
                    (true, Some(_)) => "fulfilled",
                    (true, None) => "unfulfilled",
                };
                json!({"lineItemNumber": number, "status": status,
                    "quantityProvisioningInformation": [{"quantity": line.quantity, "status": status}]})
            })
            .collect();
        let path = format!("/customers/{}/orders/{}/provisioningstatus", customer.id, order.id);
        ok(&collection(items, &path, None))
    })
}
