//! Paying, bills, prices and orders as before the cart.

use super::{filled::Filled, world::World};
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
