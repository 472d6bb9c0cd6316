//! Paying, bills, prices and orders as before the cart.

use super::{client::Client, filled::Filled, world::World};
use serde_json::json;

#[tokio::test]
async fn nothing_is_billed_and_nothing_pretends_to_be() {
    let filled = Filled::new().await;
    let client = &filled.world.alice;
    for path in [
        "/me/bill",
        "/me/bill?category=purchase&date.from=2026-01-01&date.to=2026-02-01&orderId=7",
        "/me/payment/method?default=true",
    ] {
        assert_eq!(client.get(path).await.ok(), json!([]), "{path}");
    }
    for path in ["/me/bill?category=odd", "/me/bill?date.from=soon", "/me/bill?orderId=x", "/me/bill?x=1"] {
        client.get(path).await.refused(400, "BAD_REQUEST");
    }
    client.get("/me/bill/LV1").await.refused(404, "NOT_FOUND");
    let paged = Client { headers: vec![("X-Pagination-Mode", "CachedObjectList-Pages".to_owned())], ..client.clone() };
    let page = paged.get("/me/bill?category=purchase").await;
    assert_eq!(page.headers["x-pagination-elements"], "0");
    assert_eq!(page.ok(), json!([]));
    let order = filled.path("/me/order/{orderId}");
    assert_eq!(client.get(&format!("{order}/payment")).await.ok()["paymentType"], "none");
    assert_eq!(client.get(&format!("{order}/associatedObject")).await.ok()["id"], json!(null));
    let pay = client.post(&format!("{order}/pay"), &json!({ "paymentMethod": { "id": 1 } })).await;
    assert!(pay.refused(409, "CONFLICT").contains("not paid here"));
    client.post(&format!("{order}/pay"), &json!({ "paymentMethod": {} })).await.refused(400, "BAD_REQUEST");
    let means = json!({ "paymentMean": "fidelityAccount" });
    client.post(&format!("{order}/payWithRegisteredPaymentMean"), &means).await.refused(409, "CONFLICT");
    let retraction = client.post(&format!("{order}/retraction"), &json!({ "reason": "other" })).await;
    assert!(retraction.refused(409, "CONFLICT").contains("DELETE /saas/csp2/"));
    client.post(&format!("{order}/retraction"), &json!({ "reason": "odd" })).await.refused(400, "BAD_REQUEST");
    assert_eq!(client.get(&format!("{order}/status")).await.ok(), "delivered");
}

#[tokio::test]
async fn prices_are_asked_for_by_the_names_that_the_provider_gave() {
    let world = World::new().await;
    let client = &world.alice;
    assert_eq!(client.get("/price/saas/csp2/license/Business").await.ok()["text"], "5.60 EUR");
    for name in ["ProPlus", "Nothing", "business"] {
        client.get(&format!("/price/saas/csp2/license/{name}")).await.refused(404, "NOT_FOUND");
    }
    // Given to a yearly bill it is shown for a month; a file without the column leaves the names alone.
    let header = "sku,segment,term,plan,name,price,currency,tax";
    let yearly = "CFQ7LV000009:0001,commercial,P1Y,annual,Yearly,120.00,EUR,22";
    let file = format!("{header},price_name\n{yearly},ProPlus\n");
    world.operations.import_licences(file.as_bytes()).await.expect("imported");
    world.operations.import_licences(format!("{header}\n{yearly}\n").as_bytes()).await.expect("imported");
    assert_eq!(client.get("/price/saas/csp2/license/ProPlus").await.ok()["value"], 10);
    // A name moves to the line that has it now.
    let moved = "CFQ7LV000010:0001,commercial,P1M,monthly,Monthly,11.00,EUR,22";
    world
        .operations
        .import_licences(format!("{header},price_name\n{moved},ProPlus\n").as_bytes())
        .await
        .expect("moved");
    assert_eq!(client.get("/price/saas/csp2/license/ProPlus").await.ok()["value"], 11);
}

#[tokio::test]
async fn the_order_of_long_ago_shows_prices_and_says_what_to_use_instead() {
    let world = World::new().await;
    let client = &world.alice;
    let at = "/order/saas/csp2/new";
    assert_eq!(client.get(at).await.ok(), json!(["P1Y"]));
    let order = client.get(&format!("{at}/P1Y?officeBusinessQuantity=10&officeProPlusQuantity=0")).await.ok();
    assert_eq!(order["prices"]["withTax"]["text"], "68.32 EUR");
    assert_eq!((&order["orderId"], order["details"].as_array().map(Vec::len)), (&json!(null), Some(2)));
    client.get(&format!("{at}/P9Y")).await.refused(404, "NOT_FOUND");
    for query in ["officeBusinessQuantity=301", "officeBusinessQuantity=-1", "officeProPlusQuantity=1", "giftCode=X"] {
        let message = client.get(&format!("{at}/P1Y?{query}")).await.refused(400, "BAD_REQUEST");
        assert!(message.starts_with(query.split('=').next().expect("a name")), "{message}");
    }
    let refused = client.post(&format!("{at}/P1Y"), &json!({ "officeBusinessQuantity": 10 })).await;
    assert!(refused.refused(400, "BAD_REQUEST").contains("POST /order/cart"));
    assert_eq!(client.get("/me/order").await.ok(), json!([]));
}

#[tokio::test]
async fn no_sum_is_made_of_two_currencies_and_none_of_what_is_not_sold() {
    let world = World::new().await;
    let client = &world.alice;
    let header = "sku,segment,term,plan,name,price,currency,tax,flags,price_name";
    let dollars = "CFQ7LV000009:0001,commercial,P1Y,monthly,Apps (1 year),10.00,USD,22,,ProPlus";
    world.operations.import_licences(format!("{header}\n{dollars}\n").as_bytes()).await.expect("imported");
    let both = "officeBusinessQuantity=1&officeProPlusQuantity=1";
    let message = client.get(&format!("/order/saas/csp2/new/P1Y?{both}")).await.refused(400, "BAD_REQUEST");
    assert!(message.contains("one currency"), "{message}");
    let mut order = world.order("albaforni").await;
    order["lines"][1]["licenceId"] = json!(world.licence(9).await);
    let preview = client.post("/levante/order/preview", &order).await.ok();
    assert_eq!((&preview["orderable"], &preview["firstBill"]), (&json!(false), &json!(null)));
    assert_eq!(preview["blocks"][0]["field"], "lines");
    assert!(client.post("/levante/order", &order).await.refused(400, "BAD_REQUEST").contains("one currency"));
    // A licence that is not sold any more has a price, and is in no order.
    let closed = dollars.replace(",,ProPlus", ",closed,ProPlus");
    world.operations.import_licences(format!("{header}\n{closed}\n").as_bytes()).await.expect("imported");
    assert_eq!(client.get("/price/saas/csp2/license/ProPlus").await.ok()["text"], "10.00 USD");
    client.get(&format!("/order/saas/csp2/new/P1Y?{both}")).await.refused(400, "BAD_REQUEST");
    let business = "CFQ7LV000001:0001,commercial,P1Y,monthly,Business Basic (1 year),5.60,EUR,22,closed,Business";
    world.operations.import_licences(format!("{header}\n{business}\n").as_bytes()).await.expect("imported");
    assert_eq!(client.get("/order/saas/csp2/new").await.ok(), json!([]));
    client.get("/order/saas/csp2/new/P1Y").await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn an_order_that_costs_more_than_can_be_kept_is_refused_like_its_preview() {
    let world = World::new().await;
    let client = &world.alice;
    let dear = "sku,segment,term,plan,name,price,currency,tax\nCFQ7LV000009:0001,commercial,P1Y,annual,Dear,999999999,EUR,22\n";
    world.operations.import_licences(dear.as_bytes()).await.expect("imported");
    let mut order = world.order("albaforni").await;
    order["lines"] = json!([{ "licenceId": world.licence(9).await, "quantity": 9999999 }]);
    let preview = client.post("/levante/order/preview", &order).await.ok();
    assert_eq!((&preview["orderable"], &preview["blocks"][0]["field"]), (&json!(false), &json!("lines")));
    client.post("/levante/order", &order).await.refused(400, "BAD_REQUEST");
    order["lines"][0]["quantity"] = json!(900_000);
    assert_eq!(client.post("/levante/order/preview", &order).await.ok()["orderable"], true);
    client.post("/levante/order", &order).await.ok();
}
