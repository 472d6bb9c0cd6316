//! Carts and their checkout (contract 13).
//!
//! A cart is free; its lines may carry errors although the answer is 201. Checkout is idempotent
//! per cart: what was ordered once is shown again, only failed groups are tried anew.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cart_checks::{
    addon_error, check_attestation, check_partners, check_promotion, count_down, count_forced_lines, forced,
    ownership_left,
};
use crate::cart_lines::{CartLine, judge, line_view, read_lines};
use crate::catalogue::is_current_item;
use crate::customers::{Customer, customer_key, customer_of};
use crate::eligibility::check_may_buy;
use crate::orders::{order_of_group, order_view};
use crate::qualifications::admits;
use crate::state::{Entity, Sim, Simulation, World};
use crate::term_dates::check_term_end;
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, created, date_of, guid, link, ok, send, stamp};
use crate::{audit, idempotency, sandbox};

const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a test can set about carts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct CartSwitches {
    /// PUT answers 201, as in some samples (contract trap 15).
    pub(crate) put_created: bool,
    /// Errors of lines carry their name instead of their number.
    pub(crate) errors_by_name: bool,
    /// We are a direct partner, who names no resellers (10004).
    pub(crate) direct_partner: bool,
    /// A checkout with an outdated item answers 403/800089 (contract trap 31).
    pub(crate) stale_item_as_limit: bool,
}

impl CartSwitches {
    /// As `hostile` starts.
    pub(crate) fn hostile() -> Self {
        Self { put_created: true, ..Self::default() }
    }
}

/// A cart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cart {
    pub(crate) id: String,
    pub(crate) tenant: String,
    pub(crate) lines: Vec<CartLine>,
    pub(crate) attested: bool,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) ordered: bool,
    /// Orders that came out of it.
    pub(crate) orders: Vec<String>,
}

impl Entity for Cart {
    const KIND: &'static str = "cart";
}

fn cart_key(tenant: &str, cart: &str) -> String {
    format!("{tenant}/{}", cart.to_lowercase())
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/customers/{customer}/carts", post(create))
        .route("/v1/customers/{customer}/carts/{cart}", get(read).put(replace))
        .route("/v1/customers/{customer}/carts/{cart}/checkout", post(checkout))
}

/// A cart that can still be used.
fn cart_of<'a>(world: &'a World, tenant: &str, id: &str, now: Timestamp) -> Result<&'a Cart, Refusal> {
    world
        .carts
        .get(&cart_key(tenant, id))
        .filter(|cart| now < cart.created + LIFE)
        .ok_or_else(|| Refusal::new(404, 800_008, "The cart was not found or has expired."))
}

async fn create(State(sim): State<Sim>, call: Call, Path(customer): Path<String>, JsonBody(body): JsonBody) -> Answer {
    let tenant = customer_key(&customer)?;
    let fingerprint = idempotency::fingerprint(&call, &body);
    let id = sim
        .write(|world, now| {
            let customer = customer_of(world, &tenant, now)?.clone();
            if let Some(id) = idempotency::replayed(world, &call, &fingerprint, now)? {
                world.asked(&format!("cart/{id}"));
                return Ok(id);
            }
            let body = Members(&body);
            let mut lines = read_lines(body)?;
            let attested = body.flag("partnerOnRecordAttestationAccepted").unwrap_or(false);
            check_partners(world, &lines, attested, now)?;
            check_may_buy(world, &customer, now)?;
            judge(&sim, world, &customer, &mut lines, now);
            count_forced_lines(world, &lines);
            let serial = world.serial().to_string();
            let id = sim.seed.guid("cart", &[&tenant, &serial]);
            let cart = Cart {
                id: id.clone(),
                tenant: tenant.clone(),
                lines,
                attested,
                created: now,
                modified: now,
                ordered: false,
                orders: Vec::new(),
            };
            world.carts.insert(cart_key(&tenant, &id), cart);
            world.asked(&format!("cart/{id}"));
            world.done(&format!("cart/{id}"));
            idempotency::remember(world, &call, fingerprint, id.clone(), now);
            Ok(id)
        })
        .await?;
    sim.read(|world, _| {
        let cart = world.carts.get(&cart_key(&tenant, &id));
        created(&cart_view(world, cart.ok_or_else(Refusal::unexpected)?))
    })
}

async fn read(State(sim): State<Sim>, _: Call, Path((customer, cart)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        ok(&cart_view(world, cart_of(world, &customer.id, &cart, now)?))
    })
}

/// The whole cart anew; lines that are missing are gone, except those that were ordered.
async fn replace(
    State(sim): State<Sim>,
    _: Call,
    Path((customer, cart)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Answer {
    let tenant = customer_key(&customer)?;
    let (view, status) = sim
        .write(|world, now| {
            let customer = customer_of(world, &tenant, now)?.clone();
            let current = cart_of(world, &tenant, &cart, now)?;
            if current.ordered {
                return Err(submitted("The cart was already submitted."));
            }
            let mut next = current.clone();
            let body = Members(&body);
            next.lines = with_frozen(&current.lines, read_lines(body)?)?;
            next.attested = body.flag("partnerOnRecordAttestationAccepted").unwrap_or(false);
            next.modified = now;
            check_partners(world, &next.lines, next.attested, now)?;
            check_may_buy(world, &customer, now)?;
            judge(&sim, world, &customer, &mut next.lines, now);
            count_forced_lines(world, &next.lines);
            let view = cart_view(world, &next);
            world.carts.insert(cart_key(&tenant, &cart), next);
            Ok((view, if world.switches().carts.put_created { 201 } else { 200 }))
        })
        .await?;
    Ok(send(status, &view))
}

fn submitted(text: &str) -> Refusal {
    Refusal::new(400, 800_065, text)
}

/// The lines given, where those that were ordered already keep their order: they are frozen, and a
/// request without one of them is refused.
fn with_frozen(current: &[CartLine], mut given: Vec<CartLine>) -> Result<Vec<CartLine>, Refusal> {
    for frozen in current.iter().filter(|line| line.order.is_some()) {
        let same = given.iter_mut().find(|line| line.order.is_none() && line.buys_the_same(frozen));
        let same = same.ok_or_else(|| submitted("A line of the cart was already submitted."))?;
        *same = frozen.clone();
    }
    Ok(given)
}

fn cart_view(world: &World, cart: &Cart) -> Value {
    let by_name = world.switches().carts.errors_by_name;
    let lines = cart.lines.iter().enumerate();
    let lines: Vec<Value> = lines.map(|(index, line)| line_view(index, line, by_name)).collect();
    let path = format!("/customers/{}/carts/{}", cart.tenant, cart.id);
    json!({"id": cart.id, "creationTimestamp": stamp(cart.created), "lastModifiedTimestamp": stamp(cart.modified),
        "expirationTimestamp": stamp(cart.created + LIFE), "lastModifiedUser": "integration@provider.example",
        "status": if cart.ordered { "Ordered" } else { "Active" },
        "partnerOnRecordAttestationAccepted": cart.attested, "lineItems": lines,
        "links": {"self": link(&path)}, "attributes": {"objectType": "Cart"}})
}

/// What stands between a cart and its orders.
fn check_ready(
    sim: &Simulation,
    world: &World,
    customer: &Customer,
    cart: &Cart,
    now: Timestamp,
) -> Result<(), Refusal> {
    check_may_buy(world, customer, now)?;
    check_partners(world, &cart.lines, cart.attested, now)?;
    for (index, line) in cart.lines.iter().enumerate().filter(|(_, l)| l.order.is_none()) {
        if line.error.is_some() {
            let text = format!("Cart line {index} is in error.");
            return Err(Refusal::new(400, 800_009, text));
        }
        let Some(product) = is_current_item(sim, world, customer, &line.catalog_item_id, now) else {
            return Err(stale(world, line));
        };
        if !(product.minimum_quantity..=product.maximum_quantity).contains(&line.quantity) {
            let text = format!("The quantity of line {index} is outside the allowed range.");
            return Err(Refusal::new(400, 900_275, text));
        }
        sandbox::check_line(world, customer, &cart.lines, index)?;
        if !sandbox::has_segment(world, &product.segment) {
            return Err(Refusal::new(403, 900_322, "The item is not sold in the sandbox."));
        }
        if !admits(world, customer, &product.segment, now) {
            let text = "The customer lacks the tags required by the offer.";
            return Err(Refusal::new(400, 800_086, text));
        }
        if ownership_left(world, customer, &cart.lines, index, product).is_some_and(|(left, _)| left == 0) {
            let text = "The customer has too many subscriptions of this item.";
            return Err(Refusal::new(403, 800_066, text));
        }
        check_attestation(product, line)?;
        let early = line
            .custom_term_end
            .filter(|end| check_term_end(world, &customer.id, &line.term, date_of(now), *end).is_err());
        if early.is_some() {
            let text = "The custom term end date matches neither an active subscription nor the end of a month.";
            return Err(Refusal::new(400, 900_242, text));
        }
        if product.is_addon
            && let Some((code, text)) = addon_error(world, customer, &cart.lines, index, product)
        {
            return Err(Refusal::new(400, code, text));
        }
        check_promotion(world, customer, &cart.lines, index, now)?;
    }
    Ok(())
}

/// An availability id that was re-issued since (contract trap 16), in one of its two disguises.
fn stale(world: &World, line: &CartLine) -> Refusal {
    if world.switches().carts.stale_item_as_limit {
        return Refusal::new(403, 800_089, "There are too many subscriptions of this item.");
    }
    Refusal::new(400, 400_019, "The availability was not found.").with(line.catalog_item_id.clone())
}

async fn checkout(State(sim): State<Sim>, call: Call, Path((customer, cart)): Path<(String, String)>) -> Answer {
    let tenant = customer_key(&customer)?;
    let id = guid(&cart).ok_or_else(|| Refusal::new(404, 800_008, "The cart was not found."))?;
    let tally = format!("checkout/{id}");
    let (orders, errors) = sim
        .write(|world, now| {
            let customer = customer_of(world, &tenant, now)?.clone();
            if customer.associated_partner.is_some() {
                call.needs_user()?;
            }
            let mut cart = cart_of(world, &tenant, &id, now)?.clone();
            world.asked(&tally);
            if cart.ordered {
                return Ok((cart.orders, Vec::new()));
            }
            check_ready(&sim, world, &customer, &cart, now)?;
            let errors = place(&sim, world, &call, &customer, &mut cart, now);
            if errors.is_empty() {
                cart.ordered = true;
                world.done(&tally);
            }
            let orders = cart.orders.clone();
            world.carts.insert(cart_key(&tenant, &id), cart);
            Ok((orders, errors))
        })
        .await?;
    sim.read(|world, now| {
        let orders: Vec<Value> = orders
            .iter()
            .filter_map(|order| world.orders.get(&format!("{tenant}/{order}")))
            .map(|order| order_view(order, now, false))
            .collect();
        let mut body = json!({"orders": orders, "attributes": {"objectType": "CartCheckoutResult"}});
        if !errors.is_empty() {
            body["orderErrors"] = json!(errors);
        }
        created(&body)
    })
}

/// Orders every group that is not ordered yet; returns the groups that failed.
fn place(
    sim: &Simulation,
    world: &mut World,
    call: &Call,
    customer: &Customer,
    cart: &mut Cart,
    now: Timestamp,
) -> Vec<Value> {
    let mut groups: Vec<String> = Vec::new();
    for line in cart.lines.iter().filter(|line| line.order.is_none()) {
        if !groups.contains(&line.group) {
            groups.push(line.group.clone());
        }
    }
    let mut errors = Vec::new();
    for group in groups {
        let open = |line: &CartLine| line.order.is_none() && line.group == group;
        let members: Vec<usize> = (0..cart.lines.len()).filter(|index| open(&cart.lines[*index])).collect();
        let keys: Vec<String> = members.iter().map(|i| cart.lines[*i].product_key()).collect();
        let failures = &world.switches().order_failures;
        if let Some((code, text)) = keys.iter().find_map(|key| forced(failures, key)) {
            count_down(&mut world.switches_mut().order_failures, &keys);
            errors.push(json!({"orderGroupId": group, "code": code, "description": text}));
            continue;
        }
        let lines: Vec<CartLine> = members.iter().map(|i| cart.lines[*i].clone()).collect();
        let order = order_of_group(sim, world, customer, &cart.id, &lines, now);
        for index in members {
            cart.lines[index].order = Some(order.clone());
        }
        cart.orders.push(order.clone());
        let shown = json!({"id": order, "cartId": cart.id});
        let what = ("order", "create_order");
        audit::record(world, call, now, &customer.id, what, (None, Some(&shown)));
    }
    errors
}
