//! The cart from its opening to one order.

use super::{client::Client, world::World};
use serde_json::{Value, json};

async fn opened(client: &Client) -> String {
    let cart = client.post("/order/cart", &json!({ "ovhSubsidiary": "IT", "description": "Alba Forni" })).await.ok();
    assert_eq!((cart["readOnly"].as_bool(), &cart["items"]), (Some(false), &json!([])));
    let id = cart["cartId"].as_str().expect("an id").to_owned();
    assert_eq!(id.len(), 32);
    format!("/order/cart/{id}")
}

fn plan(code: &str, duration: &str, quantity: i64) -> Value {
    json!({ "planCode": code, "pricingMode": "default", "duration": duration, "quantity": quantity })
}

/// A cart with a tenant, its licence and everything filled in but some labels. The tenant's item.
async fn filled(world: &World, client: &Client, cart: &str, without: &[&str]) -> i64 {
    assert_eq!(client.post(&format!("{cart}/assign"), &json!({})).await.ok(), json!(null));
    let tenant = client.post(&format!("{cart}/csp2"), &plan("csp2-tenant", "P1M", 1)).await.ok();
    let id = tenant["itemId"].as_i64().expect("a number");
    let mut option = plan(&format!("csp2-license-{}", world.licence(1).await), "P1Y", 10);
    option["itemId"] = json!(id);
    let option = client.post(&format!("{cart}/csp2/options"), &option).await.ok();
    assert_eq!((option["parentItemId"].as_i64(), option["settings"]["quantity"].as_i64()), (Some(id), Some(10)));
    let form = world.order("albaforni").await;
    for (label, value) in form.as_object().expect("a form").iter().filter(|(l, _)| l.as_str() != "lines") {
        if !without.contains(&label.as_str()) {
            let body = json!({ "label": label, "value": value });
            client.post(&format!("{cart}/item/{id}/configuration"), &body).await.ok();
        }
    }
    id
}

#[tokio::test]
async fn a_cart_becomes_one_order() {
    let world = World::new().await;
    let client = &world.alice;
    let cart = opened(client).await;
    let offers = client.get(&format!("{cart}/csp2?catalogName=x")).await.ok();
    assert_eq!((&offers[0]["planCode"], &offers[0]["prices"][0]["price"]["value"]), (&json!("csp2-tenant"), &json!(0)));
    let options = client.get(&format!("{cart}/csp2/options?planCode=csp2-tenant")).await.ok();
    let codes: Vec<&str> = options.as_array().expect("a list").iter().filter_map(|o| o["planCode"].as_str()).collect();
    assert_eq!(codes.len(), 3, "neither closed nor education licences: {codes:?}");
    assert_eq!(options[0]["prices"][0]["capacities"], json!(["installation", "renew"]));
    let id = filled(&world, client, &cart, &[]).await;
    let labels = client.get(&format!("{cart}/item/{id}/requiredConfiguration")).await.ok();
    let required = |l: &&Value| l["required"] == json!(true);
    assert_eq!(labels.as_array().expect("a list").iter().filter(required).count(), 14);
    assert_eq!(client.get(&format!("{cart}/item")).await.ok().as_array().map(Vec::len), Some(2));
    let mpn = client.get(&format!("{cart}/item/{id}/configuration?label=mpnId")).await.ok();
    let value = client.get(&format!("{cart}/item/{id}/configuration/{}", mpn[0])).await.ok();
    assert_eq!(value["value"], "6100001");
    let preview = client.get(&format!("{cart}/checkout")).await.ok();
    assert_eq!((&preview["orderId"], &preview["prices"]["withoutTax"]["value"]), (&Value::Null, &json!(56)));
    assert_eq!(client.get("/me/order").await.ok(), json!([]), "a preview orders nothing");

    // Terraform posts the checkout without any body.
    let target = format!("/1.0{cart}/checkout");
    let ordered = client.raw("POST", &target, b"").await;
    let order = ordered.clone().ok();
    let number = order["orderId"].as_i64().expect("a number");
    assert_eq!(order["url"], format!("https://api.reseller.example/orders/{number}"));
    assert_eq!(order["prices"], preview["prices"]);
    for body in [b"".as_slice(), b"{\"waiveRetractationPeriod\":true}"] {
        let again = client.raw("POST", &target, body).await;
        assert_eq!((again.status, &again.text), (200, &ordered.text), "the same order, byte for byte");
    }
    assert_eq!(client.get("/me/order").await.ok(), json!([number]));
    assert_eq!(client.get(&cart).await.ok()["readOnly"], json!(true));
    for answer in [
        client.post(&format!("{cart}/item/{id}/configuration"), &json!({ "label": "mpnId", "value": "1" })).await,
        client.delete(&format!("{cart}/item/{id}")).await,
        client.put(&cart, &json!({ "description": "x" })).await,
    ] {
        answer.refused(409, "CONFLICT");
    }
    assert_eq!(client.get("/saas/csp2").await.ok(), json!(["albaforni.onmicrosoft.com"]));
}

#[tokio::test]
async fn two_checkouts_at_the_same_moment_order_once() {
    let world = World::new().await;
    let cart = opened(&world.alice).await;
    filled(&world, &world.alice, &cart, &["customSubdomain"]).await;
    let target = format!("/1.0{cart}/checkout");
    let (one, two) = tokio::join!(world.alice.raw("POST", &target, b""), world.alice.raw("POST", &target, b""));
    assert_eq!((one.status, &one.text), (200, &two.text));
    assert_eq!(world.alice.get("/me/order").await.ok().as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_checkout_names_what_is_missing() {
    let world = World::new().await;
    let cart = opened(&world.alice).await;
    let checkout = format!("{cart}/checkout");
    let message = world.alice.post(&checkout, &json!({})).await.refused(400, "BAD_REQUEST");
    assert!(message.contains("csp2-tenant"), "{message}");
    filled(&world, &world.alice, &cart, &["mpnId", "companyName"]).await;
    let message = world.alice.post(&checkout, &json!({})).await.refused(400, "BAD_REQUEST");
    assert!(message.contains("mpnId: is required") && message.contains("companyName: is required"), "{message}");
    world.alice.post(&checkout, &json!({ "waiveRetractationPeriod": 1 })).await.refused(400, "BAD_REQUEST");
    assert_eq!(world.alice.get("/me/order").await.ok(), json!([]));
    assert_eq!(world.alice.get(&cart).await.ok()["readOnly"], json!(false));
}

#[tokio::test]
async fn items_are_checked_when_they_are_added() {
    let world = World::new().await;
    let (client, cart) = (&world.alice, opened(&world.alice).await);
    let id = filled(&world, client, &cart, &[]).await;
    let code = format!("csp2-license-{}", world.licence(2).await);
    let option = |field: &str, value: Value| {
        let mut option = plan(&code, "P1M", 2);
        option["itemId"] = json!(id);
        option[field] = value;
        option
    };
    let closed = format!("csp2-license-{}", world.licence(4).await);
    for (body, part) in [
        (option("duration", json!("P1Y")), "duration: \"P1Y\" must be one of P1M"),
        (option("pricingMode", json!("degressivity12")), "pricingMode"),
        (option("quantity", json!(0)), "quantity: \"0\" must be at least 1"),
        (option("quantity", json!(1.5)), "quantity: \"1.5\" must be a whole number"),
        (option("itemId", json!(1)), "itemId: \"1\""),
        (option("planCode", json!("csp2-license-1")), "planCode: \"csp2-license-1\""),
        (option("planCode", json!(7)), "planCode"),
    ] {
        let message = client.post(&format!("{cart}/csp2/options"), &body).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part), "{body}: {message}");
    }
    let mut gone = option("planCode", json!(closed));
    gone["duration"] = json!("P1Y");
    let message = client.post(&format!("{cart}/csp2/options"), &gone).await.refused(400, "BAD_REQUEST");
    assert!(message.contains("is no longer sold"), "{message}");
    client.post(&format!("{cart}/csp2"), &plan("csp2-tenant", "P1M", 1)).await.refused(409, "CONFLICT");
    client.post(&format!("{cart}/csp2"), &plan("office", "P1M", 1)).await.refused(400, "BAD_REQUEST");
    let configuration = format!("{cart}/item/{id}/configuration");
    for (label, value) in [("shoeSize", "42"), ("existingTenant", "x"), ("mpnId", &"6".repeat(600))] {
        client.post(&configuration, &json!({ "label": label, "value": value })).await.refused(400, "BAD_REQUEST");
    }
    client.post(&format!("{cart}/coupon"), &json!({ "coupon": "FREE" })).await.refused(400, "BAD_REQUEST");
    let added = client.post(&format!("{cart}/csp2/options"), &option("quantity", json!(2))).await.ok();
    let item = format!("{cart}/item/{}", added["itemId"]);
    assert_eq!(client.put(&item, &json!({ "quantity": 5 })).await.ok()["settings"]["quantity"], json!(5));
    client.put(&item, &json!({ "duration": "P1Y" })).await.refused(400, "BAD_REQUEST");
    assert_eq!(client.delete(&item).await.ok(), json!(null));
    client.get(&item).await.refused(404, "NOT_FOUND");
    client.delete(&format!("{cart}/item/{id}")).await.ok();
    assert_eq!(client.get(&format!("{cart}/item")).await.ok(), json!([]), "its licences went with the tenant");
}

#[tokio::test]
async fn a_cart_belongs_to_its_account() {
    let world = World::new().await;
    let (alice, charlie) = (&world.alice, &world.charlie);
    let body = json!({ "ovhSubsidiary": "FR" }).to_string();
    let open = alice.bare("POST", "/1.0/order/cart", &[], &body).await.ok();
    let cart = format!("/order/cart/{}", open["cartId"].as_str().expect("an id"));
    let target = format!("/1.0{cart}");
    alice.bare("PUT", &target, &[], "{\"description\":\"unowned\"}").await.ok();
    alice.post(&format!("{cart}/checkout"), &json!({})).await.refused(400, "BAD_REQUEST");
    alice.post(&format!("{cart}/assign"), &json!({})).await.ok();
    alice.post(&format!("{cart}/assign"), &json!({})).await.ok();
    assert_eq!(alice.get("/order/cart?description=unowned").await.ok().as_array().map(Vec::len), Some(1));
    assert_eq!(alice.get("/order/cart?description=other").await.ok(), json!([]));
    assert_eq!(charlie.get("/order/cart").await.ok(), json!([]));
    for answer in [
        charlie.get(&cart).await,
        charlie.post(&format!("{cart}/assign"), &json!({})).await,
        charlie.post(&format!("{cart}/checkout"), &json!({})).await,
        charlie.post(&format!("{cart}/csp2"), &plan("csp2-tenant", "P1M", 1)).await,
        charlie.delete(&cart).await,
        alice.get("/order/cart/0123456789abcdef0123456789abcdef").await,
    ] {
        answer.refused(404, "NOT_FOUND");
    }
    // Unsigned: what names nobody is shown, nothing is changed.
    alice.bare("GET", &format!("{target}/summary"), &[], "").await.ok();
    alice.bare("GET", &format!("{target}/csp2"), &[], "").await.ok();
    alice.bare("DELETE", &target, &[], "").await.refused(401, "UNAUTHORIZED");
    let item = alice.post(&format!("{cart}/csp2"), &plan("csp2-tenant", "P1M", 1)).await.ok()["itemId"].clone();
    let configuration = format!("{target}/item/{item}/configuration");
    alice.bare("GET", &configuration, &[], "").await.refused(401, "UNAUTHORIZED");
    let wrong = Client { secret: "x".repeat(32), ..alice.clone() };
    wrong.get(&cart).await.refused(400, "INVALID_SIGNATURE");
    alice.post("/order/cart", &json!({ "ovhSubsidiary": "XX" })).await.refused(400, "BAD_REQUEST");
    alice
        .post("/order/cart", &json!({ "ovhSubsidiary": "IT", "expire": "2999-01-01T00:00:00Z" }))
        .await
        .refused(400, "BAD_REQUEST");
    alice.delete(&cart).await.ok();
    alice.get(&cart).await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn carts_are_capped() {
    let world = World::new().await;
    for _ in 0..100 {
        opened(&world.alice).await;
    }
    world.alice.post("/order/cart", &json!({ "ovhSubsidiary": "IT" })).await.refused(429, "TOO_MANY_REQUESTS");
    opened(&world.charlie).await;
}

#[tokio::test]
async fn an_added_item_is_added_once_under_a_key() {
    let world = World::new().await;
    let cart = opened(&world.alice).await;
    let client = world.alice.once("item-1");
    let first = client.post(&format!("{cart}/csp2"), &plan("csp2-tenant", "P1M", 1)).await;
    let again = client.post(&format!("{cart}/csp2"), &plan("csp2-tenant", "P1M", 1)).await;
    assert_eq!((first.status, &first.text), (200, &again.text));
    client.post(&cart, &json!({})).await.refused(405, "METHOD_NOT_ALLOWED");
    client.put(&cart, &json!({ "description": "y" })).await.refused(409, "CONFLICT");
}
