//! The states of orders, and what orders refuse.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh};

async fn order(world: &World, tenant: &str) -> String {
    let lines = [("CFQ7LV000001", 5, "P1Y", "monthly"), ("CFQ7LV000002", 5, "P1Y", "monthly")];
    let (_, cart) = world.cart(tenant, &lines).await;
    let (status, result) = world.checkout(tenant, &cart).await;
    assert_eq!(status, 201, "{result}");
    format!("/v1/customers/{tenant}/orders/{}", result["orders"][0]["id"].as_str().unwrap())
}

#[tokio::test]
async fn every_state_of_an_order_can_be_forced() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let list = format!("/v1/customers/{tenant}/subscriptions");
    for (outcome, early, late, end, made) in [
        ("review", "pending review", "pending review", "completed", 2),
        ("po_upload", "pending po upload", "po upload complete", "completed", 2),
        ("po_rejected", "pending po upload", "po upload complete", "po review rejected", 0),
        ("suspended", "suspended", "suspended", "completed", 2),
        ("cancelled", "pending", "pending", "cancelled", 0),
        ("error", "pending", "pending", "error", 0),
        ("partial", "pending", "pending", "partial success", 1),
    ] {
        world.faults(json!({"orderReview": {"outcome": outcome, "seconds": 3600, "count": 1}})).await;
        let before = world.get(&list).await.1["totalCount"].as_i64().unwrap();
        let path = order(&world, &tenant).await;
        for (by, status) in [("PT10M", early), ("PT40M", late), ("PT11M", end)] {
            world.advance(by).await;
            assert_eq!(world.get(&path).await.1["status"], status, "{outcome} {by}");
        }
        let after = world.get(&list).await.1["totalCount"].as_i64().unwrap();
        assert_eq!(after - before, made, "{outcome}");
        let (_, provisioning) = world.get(&format!("{path}/provisioningstatus")).await;
        let done = provisioning["items"].as_array().unwrap().iter().filter(|item| item["status"] == "fulfilled");
        assert_eq!(i64::try_from(done.count()).unwrap(), made, "{outcome}");
    }
    world.stop().await;
}

#[tokio::test]
async fn trap_19_ids_and_lists_lag_behind_the_checkout() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    world.faults(json!({"lag": {"orderListSeconds": 900, "orderSeconds": 60, "subscriptionSeconds": 60}})).await;
    let path = order(&world, &tenant).await;
    let orders = format!("/v1/customers/{tenant}/orders");
    let (status, by_id) = world.get(&path).await;
    assert_eq!((status, &by_id["status"]), (200, &json!("pending")));
    assert!(by_id["lineItems"][0].get("subscriptionId").is_none());
    let (_, provisioning) = world.get(&format!("{path}/provisioningstatus")).await;
    assert_eq!(provisioning["items"][0]["status"], "prefulfillmentPending");
    assert_eq!(world.get(&orders).await.1["totalCount"], 0);
    world.advance("PT61S").await;
    let (_, by_id) = world.get(&path).await;
    assert!(by_id["lineItems"][0]["subscriptionId"].is_string());
    let subscriptions = format!("/v1/customers/{tenant}/subscriptions");
    assert_eq!(world.get(&subscriptions).await.1["totalCount"], 0, "the list lags the order");
    world.advance("PT15M").await;
    assert_eq!(world.get(&orders).await.1["totalCount"], 1);
    assert_eq!(world.get(&subscriptions).await.1["totalCount"], 2);
    let (_, priced) = world.get(&format!("{orders}?include_price=true&billingType=monthly")).await;
    assert!(priced["items"][0]["totalPrice"].is_number(), "{priced}");
    assert_eq!(world.get(&format!("{orders}?billingType=annual")).await.1["totalCount"], 0);
    world.stop().await;
}

#[tokio::test]
async fn trap_20_addons_are_lines_and_subscriptions_of_their_own() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let lines = [("CFQ7LV000001", 5, "P1Y", "monthly"), ("CFQ7LV000007", 3, "P1Y", "monthly")];
    let (_, cart) = world.cart(&tenant, &lines).await;
    world.checkout(&tenant, &cart).await;
    world.advance("PT3S").await;
    let (_, list) = world.get(&format!("/v1/customers/{tenant}/subscriptions")).await;
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert!(items.iter().all(|item| item.get("parentSubscriptionId").is_none()));
    // The end of the base does not end the add-on's bills.
    let path = |product: &str| {
        let item = items.iter().find(|item| item["offerId"].as_str().unwrap().starts_with(product)).unwrap();
        format!("/v1/customers/{tenant}/subscriptions/{}", item["id"].as_str().unwrap())
    };
    world.patch(&path("CFQ7LV000001"), json!({"status": "deleted"})).await;
    world.advance("P3M").await;
    assert_eq!(world.get(&path("CFQ7LV000007")).await.1["status"], "active");
    assert_eq!(world.charges(&path("CFQ7LV000007")).await.len(), 4);
    world.stop().await;
}

#[tokio::test]
async fn seats_are_neither_ordered_nor_cancelled_as_orders() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = order(&world, &tenant).await;
    world.advance("PT3S").await;
    let orders = format!("/v1/customers/{tenant}/orders");
    let body = |offer: Value| json!({"referenceCustomerId": tenant, "lineItems": [{"offerId": offer, "quantity": 1}]});
    for (offer, status, code) in
        [(json!("CFQ7LV000001:0001:CFQ7LVX"), 400, 2100), (json!(fresh()), 403, 2091), (Value::Null, 400, 800_002)]
    {
        let (was, answer) = world.send(Method::POST, &orders, &fresh(), &body(offer)).await;
        assert_eq!((was, &answer["code"]), (status, &json!(code)));
    }
    let cancel = json!({"status": "cancelled"});
    let (status, answer) = world.send(Method::PATCH, &path, &fresh(), &cancel).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_061)));
    assert_eq!(world.get(&path).await.1["status"], "completed");
    world.stop().await;
}

#[tokio::test]
async fn the_sandbox_takes_orders_back_for_sixty_days() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let cancel = json!({"status": "Cancelled"});
    let lines = [("CFQ7LV000001", 5, "P1Y", "monthly")];
    let mut paths = Vec::new();
    for _ in 0..2 {
        let (_, cart) = world.cart(&tenant, &lines).await;
        let (status, result) = world.checkout(&tenant, &cart).await;
        assert_eq!(status, 201, "{result}");
        paths.push(format!("/v1/customers/{tenant}/orders/{}", result["orders"][0]["id"].as_str().unwrap()));
    }
    world.faults(json!({"profile": "ms-sandbox"})).await;
    let (status, answer) = world.send(Method::PATCH, &paths[0], &fresh(), &cancel).await;
    assert_eq!((status, &answer["code"]), (409, &json!(800_014)), "not while it is pending");
    let old = world.get(&paths[0]).await.1["attributes"]["etag"].as_str().unwrap().to_owned();
    world.advance("P30D").await;
    let stale = json!({"status": "cancelled", "attributes": {"etag": old}});
    let (status, answer) = world.send(Method::PATCH, &paths[0], &fresh(), &stale).await;
    assert_eq!((status, &answer["code"]), (400, &json!(2055)), "it has been completed since");
    let held = world.request(Method::PATCH, &paths[0]).header("If-Match", format!("\"{old}\"")).json(&cancel);
    assert_eq!(held.send().await.unwrap().status().as_u16(), 412);
    for _ in 0..2 {
        let (status, answer) = world.send(Method::PATCH, &paths[0], &fresh(), &cancel).await;
        assert_eq!((status, &answer["status"]), (200, &json!("cancelled")));
    }
    world.advance("P31D").await;
    let (status, answer) = world.send(Method::PATCH, &paths[1], &fresh(), &cancel).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_063)));
    let books = world.books().await;
    let states: Vec<&Value> = books["subscriptions"].as_array().unwrap().iter().map(|s| &s["status"]).collect();
    assert_eq!(states.iter().filter(|state| **state == "deleted").count(), 1, "{states:?}");
    world.stop().await;
}
