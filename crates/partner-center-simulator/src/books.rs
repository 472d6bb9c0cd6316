//! The books: what really happened, the oracle of tests. `GET /control/books`.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::carts::Cart;
use crate::orders::Order;
use crate::state::{Tally, World};
use crate::subscriptions::{Subscription, end_day};
use crate::wire::stamp;

fn tally(world: &World, key: &str) -> Tally {
    world.tallies.get(key).cloned().unwrap_or_default()
}

/// Everything that identifies what was made, and how often each write was asked for and done.
pub(crate) fn books(world: &World, now: Timestamp) -> Value {
    let tenants: Vec<Value> = world
        .customers
        .values()
        .map(|customer| {
            let counts = tally(world, &format!("tenant/{}", customer.domain));
            json!({"id": customer.id, "domain": customer.domain, "companyName": customer.company_name,
                "associatedPartnerId": customer.associated_partner, "agreements": customer.agreements.len(),
                "createdAt": stamp(customer.created), "asked": counts.asked, "done": counts.done})
        })
        .collect();
    let charges: Vec<Value> = world
        .subscriptions
        .values()
        .flat_map(|subscription| {
            subscription.charges.iter().map(|charge| {
                json!({"subscriptionId": subscription.id, "chargeType": charge.kind.word(),
                    "quantity": charge.quantity, "at": stamp(charge.at), "from": charge.from, "to": charge.to,
                    "unitPrice": charge.unit_price, "effectiveUnitPrice": charge.effective_unit_price})
            })
        })
        .collect();
    let calls: Map<String, Value> = world.calls.iter().map(|(route, count)| (route.clone(), json!(count.0))).collect();
    let deletes: u64 =
        world.calls.iter().filter(|(route, _)| route.starts_with("DELETE ")).map(|(_, count)| count.0).sum();
    json!({"tenants": tenants,
        "carts": world.carts.values().map(|cart| cart_entry(world, cart)).collect::<Vec<_>>(),
        "orders": world.orders.values().map(|order| order_entry(order, now)).collect::<Vec<_>>(),
        "subscriptions": world.subscriptions.values().map(|s| subscription_entry(world, s)).collect::<Vec<_>>(),
        "charges": charges, "calls": calls, "deletes": deletes})
}

fn split(catalog_item: &str) -> (&str, &str) {
    let mut parts = catalog_item.splitn(3, ':');
    (parts.next().unwrap_or(""), parts.next().unwrap_or(""))
}

fn cart_entry(world: &World, cart: &Cart) -> Value {
    let made = tally(world, &format!("cart/{}", cart.id));
    let out = tally(world, &format!("checkout/{}", cart.id));
    let lines: Vec<Value> = cart
        .lines
        .iter()
        .map(|line| {
            let (product, sku) = split(&line.catalog_item_id);
            json!({"productId": product, "skuId": sku, "quantity": line.quantity, "termDuration": line.term,
                "billingCycle": line.billing_cycle, "partnerId": line.partner()})
        })
        .collect();
    json!({"id": cart.id, "tenantId": cart.tenant, "asked": made.asked, "done": made.done,
        "checkoutsAsked": out.asked, "checkoutsDone": out.done, "lines": lines})
}

fn order_entry(order: &Order, now: Timestamp) -> Value {
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|line| {
            let (product, sku) = split(&line.offer_id);
            json!({"productId": product, "skuId": sku, "quantity": line.quantity,
                "subscriptionId": line.subscription, "partnerId": line.partner_id})
        })
        .collect();
    json!({"id": order.id, "tenantId": order.tenant, "cartId": order.cart, "status": order.status(now),
        "lines": lines})
}

fn subscription_entry(world: &World, s: &Subscription) -> Value {
    let counts = tally(world, &format!("patch/{}", s.id));
    let next = s.schedule.as_ref().map(|schedule| {
        json!({"productId": schedule.product.product_id, "skuId": schedule.product.sku_id, "quantity": schedule.quantity,
            "termDuration": schedule.term, "billingCycle": schedule.billing_cycle})
    });
    json!({"id": s.id, "tenantId": s.tenant, "orderId": s.order, "productId": s.product_id, "skuId": s.sku_id,
        "quantity": s.quantity, "status": s.status.word(), "autoRenewEnabled": s.auto_renew,
        "cancelsAtTermEnd": s.cancels_at_term_end, "scheduledNextTerm": next, "termDuration": s.term,
        "billingCycle": s.billing_cycle, "partnerId": s.partner_id, "patchesAsked": counts.asked,
        "patchesDone": counts.done, "commitmentEndDate": end_day(s),
        "cancellationAllowedUntilDate": s.cancel_until().map(stamp)})
}
