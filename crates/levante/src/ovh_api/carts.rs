//! Carts: opening, assigning, pricing and checking out (contracts/ovh-api.md §6.2).
//!
//! An open cart belongs to whoever knows its id. Once it is assigned, only its owner may
//! change it, and without a signature only what names nobody is shown.

use super::{
    answer::{Answer, Outcome, datetime, price, prices, ucents},
    models::{account::SUBSIDIARY, cart as models},
    order_form::FIELDS,
    orders::{placed_order_text, with_url},
    problem::Refusal,
    routing::{Access, Call, Repeat, Route},
    schema::{Body, Field, Kind, STRINGS},
};
use crate::operations::{
    Problem,
    carts::{Cart, Item, Thing, name_items},
    catalogue::PriceList,
    orders::quote,
};
use jiff::Timestamp;
use licensing::{
    catalogue::Licence,
    id::LicenceId,
    invalid::Rule,
    money::{Currency, Money},
    order::{LineInput, OrderInput, OrderLine},
    seat::SeatCount,
};
use serde_json::{Value, json};

/// The plan of a new tenant.
pub(super) const TENANT_PLAN: &str = "csp2-tenant";
const LICENCE_PLAN: &str = "csp2-license-";

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/order/cart", "The carts of the account", STRINGS, |call| Box::pin(list(call))).query(&[Field::set(
        "description",
        Kind::String,
        "Only those with this description",
    )
    .like("Contoso")]),
    Route::post("/order/cart", "Open a cart", Kind::Of(&models::CART), |call| Box::pin(open(call)))
        .access(Access::Either)
        .body(Body::Loose(&[
            Field::must("ovhSubsidiary", Kind::Of(&SUBSIDIARY), "The subsidiary that sells").like("IT"),
            Field::set("description", Kind::String, "What its owner calls it").like("Contoso"),
            Field::set("expire", Kind::Datetime, "When it goes away"),
        ])),
    Route::get("/order/cart/{cartId}", "A cart", Kind::Of(&models::CART), |call| Box::pin(read(call)))
        .access(Access::Either),
    Route::put("/order/cart/{cartId}", "Change a cart", Kind::Of(&models::CART), |call| Box::pin(change(call)))
        .access(Access::Either)
        .body(Body::Whole(&models::CART)),
    Route::delete("/order/cart/{cartId}", "Delete a cart", Kind::Void, |call| Box::pin(delete(call)))
        .access(Access::Either),
    Route::post("/order/cart/{cartId}/assign", "Take a cart for the account", Kind::Void, |call| {
        Box::pin(assign(call))
    })
    .repeat(Repeat::Natural),
    Route::get("/order/cart/{cartId}/csp2", "The plans of a tenant", Kind::List(&Kind::Of(&models::PRODUCT)), |call| {
        Box::pin(plans(call))
    })
    .access(Access::Either)
    .query(&[CATALOG_NAME]),
    Route::get(
        "/order/cart/{cartId}/csp2/options",
        "The licences that can be ordered with a tenant",
        Kind::List(&Kind::Of(&models::OPTION)),
        |call| Box::pin(options(call)),
    )
    .access(Access::Either)
    .query(&[Field::must("planCode", Kind::String, "The plan of the tenant").like(TENANT_PLAN), CATALOG_NAME]),
    Route::get("/order/cart/{cartId}/summary", "What a cart holds and costs", Kind::Of(&models::ORDER), |call| {
        Box::pin(summary(call))
    })
    .access(Access::Either),
    Route::get("/order/cart/{cartId}/checkout", "What a cart costs the account", Kind::Of(&models::ORDER), |call| {
        Box::pin(priced(call))
    }),
    Route::post("/order/cart/{cartId}/checkout", "Order what a cart holds", Kind::Of(&models::ORDER), |call| {
        Box::pin(check_out(call))
    })
    .body(Body::Loose(&[
        Field::set("autoPayWithPreferredPaymentMethod", Kind::Boolean, "Ignored: payment happens elsewhere"),
        Field::set("waiveRetractationPeriod", Kind::Boolean, "Ignored: payment happens elsewhere"),
    ]))
    .repeat(Repeat::InCommit),
    Route::get("/order/cart/{cartId}/coupon", "The coupons of a cart: none", STRINGS, |call| Box::pin(coupons(call)))
        .access(Access::Either),
    Route::post("/order/cart/{cartId}/coupon", "Add a coupon: none is offered", STRINGS, |call| {
        Box::pin(add_coupon(call))
    })
    .access(Access::Either)
    .body(Body::Loose(&[Field::must("coupon", Kind::String, "The coupon").like("SPRING")])),
    Route::delete("/order/cart/{cartId}/coupon", "Remove a coupon", Kind::Void, |call| Box::pin(delete_coupon(call)))
        .access(Access::Either)
        .query(&[Field::must("coupon", Kind::String, "The coupon").like("SPRING")]),
];

/// Which catalogue to read: there is one.
pub(super) const CATALOG_NAME: Field = Field::set("catalogName", Kind::String, "Ignored: there is one catalogue");

/// The option plan of a licence.
pub(super) fn plan_code(licence: LicenceId) -> String {
    format!("{LICENCE_PLAN}{licence}")
}

/// The licence of an option plan.
pub(super) fn licence_of(plan_code: &str) -> Option<LicenceId> {
    let digits = plan_code.strip_prefix(LICENCE_PLAN)?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok().map(LicenceId)).flatten()
}

/// The cart of a call that may change it.
pub(super) async fn own_cart(call: &Call) -> Result<Cart, Refusal> {
    let account = call.maybe_caller().map(|c| &c.account);
    match call.door.operations.cart(account, call.value(0)).await {
        // The owner has only forgotten to sign; whoever knows the id knows that the cart exists.
        Err(Problem::NotFound(_)) if account.is_none() => {
            call.door.operations.cart_by_id(call.value(0)).await?;
            Err(Refusal::not_signed_in())
        }
        other => Ok(other?),
    }
}

/// The cart of a call that only looks at plans and prices.
pub(super) async fn shown_cart(call: &Call) -> Result<Cart, Refusal> {
    match call.maybe_caller() {
        Some(caller) => Ok(call.door.operations.cart(Some(&caller.account), call.value(0)).await?),
        None => Ok(call.door.operations.cart_by_id(call.value(0)).await?),
    }
}

fn cart_json(cart: &Cart) -> Value {
    json!({
        "cartId": cart.id, "description": cart.description, "expire": datetime(cart.expires_at),
        "items": cart.items.iter().map(|i| i.id).collect::<Vec<_>>(), "readOnly": cart.read_only,
    })
}

async fn open(mut call: Call) -> Outcome {
    let subsidiary = call.body.required("ovhSubsidiary");
    let description = call.body.text("description").unwrap_or_default();
    let expire = expire(&mut call)?;
    call.body.checked()?;
    let account = call.maybe_caller().map(|c| &c.account);
    Answer::of(&cart_json(&call.door.operations.open_cart(account, &subsidiary, &description, expire).await?))
}

fn expire(call: &mut Call) -> Result<Option<Timestamp>, Refusal> {
    match call.body.text("expire") {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            let expected = "a date and time such as 2026-03-05T09:30:00+01:00".to_owned();
            Refusal::invalid("expire", &text, Rule::WrongType { expected })
        }),
    }
}

async fn list(call: Call) -> Outcome {
    let wanted = call.query("description");
    let all = call.door.operations.carts(&call.caller()?.account).await?;
    let found = all.iter().filter(|c| wanted.is_none_or(|d| c.description == d));
    Answer::of(&found.map(|c| &c.id).collect::<Vec<_>>())
}

async fn read(call: Call) -> Outcome {
    let mut cart = shown_cart(&call).await?;
    // What an owner calls a cart may name somebody.
    if call.maybe_caller().is_none() && cart.account.is_some() {
        cart.description.clear();
    }
    Answer::of(&cart_json(&cart))
}

async fn change(mut call: Call) -> Outcome {
    let cart = own_cart(&call).await?;
    let description = call.body.text("description");
    let expire = expire(&mut call)?;
    call.body.checked()?;
    Answer::of(&cart_json(&call.door.operations.change_cart(&cart, description.as_deref(), expire).await?))
}

async fn delete(call: Call) -> Outcome {
    let cart = own_cart(&call).await?;
    call.door.operations.delete_cart(&cart).await?;
    Answer::void()
}

async fn assign(call: Call) -> Outcome {
    call.door.operations.assign_cart(&call.caller()?.account, call.value(0)).await?;
    Answer::void()
}

async fn plans(call: Call) -> Outcome {
    shown_cart(&call).await?;
    let list = call.door.operations.price_list().await?;
    Answer::of(&[tenant_plan(currency(&list))])
}

fn currency(list: &PriceList) -> Currency {
    list.orderable().next().map_or(Currency::EUR, |l| l.price.currency)
}

fn tenant_plan(currency: Currency) -> Value {
    let free = pricing("Microsoft 365 tenant", "P1M", 1, (1, Some(1)), Money::zero(currency), "purchase");
    json!({
        "planCode": TENANT_PLAN, "productName": "Microsoft 365 tenant", "productType": "saas_license",
        "prices": [free],
    })
}

fn pricing(
    description: &str,
    duration: &str,
    interval: u32,
    (least, most): (u32, Option<u32>),
    amount: Money,
    kind: &str,
) -> Value {
    json!({
        "capacities": ["installation", "renew"], "description": description, "duration": duration,
        "interval": interval, "minimumQuantity": least, "maximumQuantity": most, "minimumRepeat": 1,
        "maximumRepeat": Value::Null, "price": price(amount), "priceInUcents": ucents(amount),
        "pricingMode": "default", "pricingType": kind,
    })
}

fn licence_plan(licence: &Licence) -> Value {
    let pricing = pricing(
        &licence.name,
        licence.term.iso(),
        licence.plan.months(),
        (licence.minimum, licence.limit),
        licence.price,
        "rental",
    );
    json!({
        "planCode": plan_code(licence.id), "productName": licence.name, "productType": "saas_license",
        "prices": [pricing], "family": "licenses", "mandatory": false, "exclusive": false,
    })
}

async fn options(call: Call) -> Outcome {
    shown_cart(&call).await?;
    match call.query("planCode") {
        Some(TENANT_PLAN) => {
            let list = call.door.operations.price_list().await?;
            Answer::of(&list.orderable().map(licence_plan).collect::<Vec<_>>())
        }
        None => Err(Refusal::invalid("planCode", "", Rule::Required)),
        Some(other) => Err(Refusal::invalid("planCode", other, Rule::OneOf { allowed: TENANT_PLAN.to_owned() })),
    }
}

/// The licences of a cart that are still on the price list.
fn lines(cart: &Cart, list: &PriceList) -> Vec<(i64, OrderLine)> {
    let line = |item: &Item| match item.thing {
        Thing::Tenant => None,
        Thing::Licence(id) => {
            let line = OrderLine { licence: list.get(id)?.clone(), seats: SeatCount::new(item.quantity)? };
            Some((item.id, line))
        }
    };
    cart.items.iter().filter_map(line).collect()
}

/// `order.Order` of a cart that is not ordered.
///
/// 400 when its licences have no common currency: then there is no sum.
fn order_json(cart: &Cart, list: &PriceList) -> Result<Value, Refusal> {
    let numbered = lines(cart, list);
    let lines: Vec<OrderLine> = numbered.iter().map(|(_, line)| line.clone()).collect();
    let zero = Money::zero(currency(list));
    let (net, tax) = match lines.as_slice() {
        [] => (zero, zero),
        lines => quote(lines).map(|quote| (quote.net, quote.tax))?,
    };
    let detail = |item: i64, description: &str, quantity: u32, unit: Money| {
        let total = price(unit.times(quantity));
        json!({
            "cartItemID": item, "description": description, "detailType": "INSTALLATION", "domain": "*001",
            "quantity": quantity, "unitPrice": price(unit), "totalPrice": total, "originalTotalPrice": total,
            "reductionTotalPrice": price(Money::zero(unit.currency)), "reductions": [],
        })
    };
    let tenant = cart.items.iter().filter(|i| i.thing == Thing::Tenant);
    let mut details: Vec<Value> = tenant.map(|i| detail(i.id, "Microsoft 365 tenant", 1, zero)).collect();
    details.extend(
        numbered.iter().map(|(item, line)| detail(*item, &line.licence.name, line.seats.get(), line.licence.price)),
    );
    let prices = prices(net, tax);
    Ok(json!({ "contracts": [], "details": details, "orderId": Value::Null, "url": Value::Null, "prices": prices }))
}

async fn summary(call: Call) -> Outcome {
    let cart = shown_cart(&call).await?;
    let list = call.door.operations.price_list().await?;
    Answer::of(&order_json(&cart, &list)?)
}

async fn priced(call: Call) -> Outcome {
    let cart = owned(&call).await?;
    let list = call.door.operations.price_list().await?;
    Answer::of(&order_json(&cart, &list)?)
}

/// A cart that belongs to the caller already.
async fn owned(call: &Call) -> Result<Cart, Refusal> {
    let cart = call.door.operations.cart(Some(&call.caller()?.account), call.value(0)).await?;
    match cart.account {
        Some(_) => Ok(cart),
        None => Err(Refusal::bad(format!("The cart belongs to nobody yet: call POST /order/cart/{}/assign", cart.id))),
    }
}

async fn check_out(mut call: Call) -> Outcome {
    for name in ["autoPayWithPreferredPaymentMethod", "waiveRetractationPeriod"] {
        // Both are about paying, which happens elsewhere: either value is honoured by doing nothing.
        call.body.flag(name);
    }
    call.body.checked()?;
    let cart = owned(&call).await?;
    let input = filled_in(&cart)?;
    let placed = call.door.operations.check_out(&call.actor()?, &cart, &input, placed_order_text).await;
    match placed {
        Ok(accepted) => with_url(&call, accepted, placed_order_text),
        Err(Problem::Invalid(wrong)) => Err(Problem::Invalid(name_items(wrong, &cart)).into()),
        Err(other) => Err(other.into()),
    }
}

/// The order form as the cart's items fill it in; what is missing is found by its rules.
fn filled_in(cart: &Cart) -> Result<OrderInput, Refusal> {
    let mut input = OrderInput::default();
    let Some(tenant) = cart.items.iter().find(|i| i.thing == Thing::Tenant) else {
        return Err(Refusal::bad(format!("The cart is empty: add {TENANT_PLAN} first, then its licences as options")));
    };
    for field in FIELDS {
        if let Some(filled) = tenant.values.iter().find(|v| v.label == field.name) {
            (field.slot)(&mut input).clone_from(&filled.value);
        }
    }
    for item in &cart.items {
        if let Thing::Licence(id) = item.thing {
            input.lines.push(LineInput { licence_id: id.to_string(), quantity: item.quantity.to_string() });
        }
    }
    match input.lines.is_empty() {
        true => Err(Refusal::bad("The cart holds no licence: add at least one option of csp2-tenant")),
        false => Ok(input),
    }
}

async fn coupons(call: Call) -> Outcome {
    shown_cart(&call).await?;
    Answer::of(&Vec::<String>::new())
}

async fn add_coupon(mut call: Call) -> Outcome {
    own_cart(&call).await?;
    let coupon = call.body.required("coupon");
    call.body.checked()?;
    Err(Refusal::invalid("coupon", &coupon, Rule::NotOffered))
}

async fn delete_coupon(call: Call) -> Outcome {
    own_cart(&call).await?;
    Err(Refusal::no_object(call.query("coupon").unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plan_codes_name_licences() {
        assert_eq!(licence_of(&plan_code(LicenceId(42))), Some(LicenceId(42)));
        for code in ["csp2-tenant", "csp2-license-", "csp2-license-x", "csp2-license-+4", "csp2-license--4"] {
            assert_eq!(licence_of(code), None, "{code}");
        }
    }
}
