//! The items of a cart and what is filled in for them (contracts/ovh-api.md §6.2).

use super::{
    answer::{Answer, Outcome, price},
    carts::{CATALOG_NAME, TENANT_PLAN, licence_of, own_cart, plan_code, shown_cart},
    models::cart as models,
    order_form::{EXISTING_TENANT, FIELDS, field},
    problem::Refusal,
    routing::{Access, Call, Route},
    schema::{Body, Field, Kind, LONGS},
};
use crate::operations::{
    carts::{Cart, FilledIn, Item, Thing},
    catalogue::PriceList,
};
use licensing::{
    id::LicenceId,
    invalid::Rule,
    money::{Currency, Money},
};
use serde_json::{Value, json};

const fn duration(sample: &'static str) -> Field {
    Field::must("duration", Kind::Duration, "The term: the one that the plan has").like(sample)
}
const PRICING_MODE: Field = Field::must("pricingMode", Kind::String, "The way of pricing: default").like("default");

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::post("/order/cart/{cartId}/csp2", "Put a tenant into a cart", Kind::Of(&models::ITEM), |call| {
        Box::pin(add_tenant(call))
    })
    .access(Access::Either)
    .body(Body::Loose(&[
        Field::must("planCode", Kind::String, "The plan of the tenant").like(TENANT_PLAN),
        PRICING_MODE,
        duration("P1M"),
        Field::must("quantity", Kind::Long, "How many: 1").like("1"),
        CATALOG_NAME,
    ])),
    Route::post("/order/cart/{cartId}/csp2/options", "Put a licence into a cart", Kind::Of(&models::ITEM), |call| {
        Box::pin(add_option(call))
    })
    .access(Access::Either)
    .body(Body::Loose(&[
        Field::must("planCode", Kind::String, "The plan of the licence").like("csp2-license-42"),
        PRICING_MODE,
        duration("P1Y"),
        Field::must("quantity", Kind::Long, "How many seats").like("10"),
        Field::must("itemId", Kind::Long, "The item of the tenant").like("1003"),
        CATALOG_NAME,
    ])),
    Route::get("/order/cart/{cartId}/item", "The items of a cart", LONGS, |call| Box::pin(list(call)))
        .access(Access::Either),
    Route::get("/order/cart/{cartId}/item/{itemId}", "An item", Kind::Of(&models::ITEM), |call| Box::pin(read(call)))
        .access(Access::Either),
    Route::put("/order/cart/{cartId}/item/{itemId}", "Change an item", Kind::Of(&models::ITEM), |call| {
        Box::pin(change(call))
    })
    .access(Access::Either)
    .body(Body::Loose(&[
        Field::set("duration", Kind::Duration, "The term: the one that the plan has").like("P1Y"),
        Field::set("quantity", Kind::Long, "How many").like("10"),
    ])),
    Route::delete("/order/cart/{cartId}/item/{itemId}", "Remove an item and what hangs off it", Kind::Void, |call| {
        Box::pin(remove(call))
    })
    .access(Access::Either),
    Route::get(
        "/order/cart/{cartId}/item/{itemId}/requiredConfiguration",
        "The labels that can be filled in for an item",
        Kind::List(&Kind::Of(&models::REQUIREMENT)),
        |call| Box::pin(labels(call)),
    )
    .access(Access::Either),
    Route::get("/order/cart/{cartId}/item/{itemId}/configuration", "What is filled in for an item", LONGS, |call| {
        Box::pin(filled(call))
    })
    .access(Access::Either)
    .query(&[Field::set("label", Kind::String, "Only this label").like("mpnId")]),
    Route::post(
        "/order/cart/{cartId}/item/{itemId}/configuration",
        "Fill in a label",
        Kind::Of(&models::CONFIGURATION),
        |call| Box::pin(fill_in(call)),
    )
    .access(Access::Either)
    .body(Body::Loose(&[
        Field::must("label", Kind::String, "The label").like("mpnId"),
        Field::must("value", Kind::String, "Its value").like("6100001"),
    ])),
    Route::get(
        "/order/cart/{cartId}/item/{itemId}/configuration/{configurationId}",
        "A label that is filled in",
        Kind::Of(&models::CONFIGURATION),
        |call| Box::pin(one(call)),
    )
    .access(Access::Either),
    Route::delete(
        "/order/cart/{cartId}/item/{itemId}/configuration/{configurationId}",
        "Empty a label",
        Kind::Void,
        |call| Box::pin(empty(call)),
    )
    .access(Access::Either),
];

/// `order.cart.Item`.
fn item_json(cart: &Cart, item: &Item, list: &PriceList) -> Value {
    let tenant = cart.items.iter().find(|i| i.thing == Thing::Tenant).map(|i| i.id);
    let zero = Money::zero(list.orderable().next().map_or(Currency::EUR, |l| l.price.currency));
    let (code, duration, unit, parent, options) = match item.thing {
        Thing::Tenant => {
            let options: Vec<i64> = cart.items.iter().filter(|i| i.thing != Thing::Tenant).map(|i| i.id).collect();
            (TENANT_PLAN.to_owned(), Some("P1M"), zero, None, options)
        }
        Thing::Licence(id) => {
            let licence = list.get(id);
            (plan_code(id), licence.map(|l| l.term.iso()), licence.map_or(zero, |l| l.price), tenant, vec![])
        }
    };
    json!({
        "cartId": cart.id, "itemId": item.id, "productId": "csp2", "offerId": code, "duration": duration,
        "options": options, "parentItemId": parent,
        "configurations": item.values.iter().map(|v| v.id).collect::<Vec<_>>(),
        "prices": [
            { "label": "PRICE", "price": price(unit), "promotions": null },
            { "label": "TOTAL", "price": price(unit.times(item.quantity)), "promotions": null },
        ],
        "settings": { "planCode": code, "pricingMode": "default", "quantity": item.quantity },
    })
}

fn item(cart: &Cart, id: i64) -> Result<&Item, Refusal> {
    cart.items.iter().find(|i| i.id == id).ok_or_else(|| Refusal::no_object(&id.to_string()))
}

async fn answer(call: &Call, cart: &Cart, id: i64) -> Outcome {
    let list = call.door.operations.price_list().await?;
    Answer::of(&item_json(cart, item(cart, id)?, &list))
}

/// The fields that every plan shares; `duration` must be the one that the plan has.
fn check_plan(call: &mut Call, duration: &str) -> Result<(), Refusal> {
    let (mode, asked) = (call.body.required("pricingMode"), call.body.required("duration"));
    call.body.text("catalogName");
    call.body.checked()?;
    if mode != "default" {
        return Err(Refusal::invalid("pricingMode", &mode, Rule::OneOf { allowed: "default".to_owned() }));
    }
    check_duration(&asked, duration)
}

fn check_duration(asked: &str, duration: &str) -> Result<(), Refusal> {
    match asked == duration {
        true => Ok(()),
        false => Err(Refusal::invalid("duration", asked, Rule::OneOf { allowed: duration.to_owned() })),
    }
}

async fn add_tenant(mut call: Call) -> Outcome {
    let cart = own_cart(&call).await?;
    let code = call.body.required("planCode");
    let quantity = call.body.number("quantity");
    call.body.checked()?;
    if code != TENANT_PLAN {
        return Err(Refusal::invalid("planCode", &code, Rule::OneOf { allowed: TENANT_PLAN.to_owned() }));
    }
    check_plan(&mut call, "P1M")?;
    match quantity.as_str() {
        "1" => {}
        "" => return Err(Refusal::invalid("quantity", "", Rule::Required)),
        other => return Err(Refusal::invalid("quantity", other, Rule::OneOf { allowed: "1".to_owned() })),
    }
    let (cart, id) = call.door.operations.add_tenant(&cart).await?;
    answer(&call, &cart, id).await
}

async fn add_option(mut call: Call) -> Outcome {
    let cart = own_cart(&call).await?;
    let code = call.body.required("planCode");
    let (quantity, parent) = (call.body.number("quantity"), call.body.number("itemId"));
    call.body.checked()?;
    let licence = option(&call, &code).await?;
    let tenant = cart.items.iter().find(|i| i.thing == Thing::Tenant);
    if tenant.is_none_or(|t| t.id.to_string() != parent) {
        let rule = match parent.is_empty() {
            true => Rule::Required,
            false => Rule::WrongType { expected: "the number of the item csp2-tenant of this cart".to_owned() },
        };
        return Err(Refusal::invalid("itemId", &parent, rule));
    }
    check_plan(&mut call, licence.1)?;
    let (cart, id) = call.door.operations.add_licence(&cart, licence.0, &quantity).await?;
    answer(&call, &cart, id).await
}

async fn option(call: &Call, code: &str) -> Result<(LicenceId, &'static str), Refusal> {
    let list = call.door.operations.price_list().await?;
    let found = licence_of(code).and_then(|id| list.get(id));
    found.map(|l| (l.id, l.term.iso())).ok_or_else(|| Refusal::invalid("planCode", code, Rule::LicenceUnknown))
}

async fn list(call: Call) -> Outcome {
    let cart = shown_cart(&call).await?;
    Answer::of(&cart.items.iter().map(|i| i.id).collect::<Vec<_>>())
}

async fn read(call: Call) -> Outcome {
    let cart = shown_cart(&call).await?;
    answer(&call, &cart, call.number(1)?).await
}

async fn change(mut call: Call) -> Outcome {
    let cart = own_cart(&call).await?;
    let id = call.number(1)?;
    let (duration, quantity) = (call.body.text("duration"), call.body.number("quantity"));
    call.body.checked()?;
    if let Some(asked) = duration {
        let term = match item(&cart, id)?.thing {
            Thing::Tenant => "P1M",
            Thing::Licence(licence) => option(&call, &plan_code(licence)).await?.1,
        };
        check_duration(&asked, term)?;
    }
    let cart = match quantity.is_empty() {
        true => cart,
        false => call.door.operations.set_item_quantity(&cart, id, &quantity).await?,
    };
    answer(&call, &cart, id).await
}

async fn remove(call: Call) -> Outcome {
    let cart = own_cart(&call).await?;
    call.door.operations.remove_item(&cart, call.number(1)?).await?;
    Answer::void()
}

async fn labels(call: Call) -> Outcome {
    let cart = shown_cart(&call).await?;
    let labels: Vec<Value> = match item(&cart, call.number(1)?)?.thing {
        Thing::Licence(_) => vec![],
        Thing::Tenant => FIELDS
            .iter()
            .map(|f| json!({ "label": f.name, "type": "string", "required": f.required, "fields": [] }))
            .collect(),
    };
    Answer::of(&labels)
}

fn filled_json(filled: &FilledIn) -> Value {
    json!({ "id": filled.id, "label": filled.label, "value": filled.value })
}

async fn filled(call: Call) -> Outcome {
    let cart = own_cart(&call).await?;
    let wanted = call.query("label");
    let values = &item(&cart, call.number(1)?)?.values;
    Answer::of(&values.iter().filter(|v| wanted.is_none_or(|l| v.label == l)).map(|v| v.id).collect::<Vec<_>>())
}

async fn fill_in(mut call: Call) -> Outcome {
    let cart = own_cart(&call).await?;
    let id = call.number(1)?;
    let (label, value) = (call.body.required("label"), call.body.required("value"));
    call.body.checked()?;
    if label == EXISTING_TENANT {
        return Err(Refusal::invalid(EXISTING_TENANT, &value, Rule::NotOffered));
    }
    let tenant = item(&cart, id)?.thing == Thing::Tenant;
    if !tenant || field(&label).is_none() {
        let allowed = FIELDS.iter().map(|f| f.name).collect::<Vec<_>>().join(", ");
        let allowed = if tenant { allowed } else { format!("those of the item {TENANT_PLAN}") };
        return Err(Refusal::invalid("label", &label, Rule::OneOf { allowed }));
    }
    let filled = call.door.operations.fill_in(&cart, id, &label, &value).await?;
    Answer::of(&filled_json(&filled))
}

async fn one(call: Call) -> Outcome {
    let cart = own_cart(&call).await?;
    let wanted = call.number(2)?;
    let found = item(&cart, call.number(1)?)?.values.iter().find(|v| v.id == wanted);
    Answer::of(&filled_json(found.ok_or_else(|| Refusal::no_object(&wanted.to_string()))?))
}

async fn empty(call: Call) -> Outcome {
    let cart = own_cart(&call).await?;
    call.door.operations.empty_field(&cart, call.number(1)?, call.number(2)?).await?;
    Answer::void()
}
