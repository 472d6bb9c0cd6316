//! The one-call order, its repetitions, and following it.

use super::world::World;
use serde_json::{Value, json};

#[tokio::test]
async fn an_order_is_accepted_and_can_be_followed() {
    let world = World::new().await;
    let placed = world.alice.post("/levante/order", &world.order("albaforni").await).await.ok();
    let id = placed["orderId"].as_i64().expect("a number");
    assert_eq!(placed["serviceName"], "albaforni.onmicrosoft.com");
    assert_eq!(placed["url"], format!("https://api.reseller.example/orders/{id}"));
    // 10 · 5.60 + 3 · 12.50 + 2 · 8.00 = 109.50, and 22 % of it.
    assert_eq!(placed["prices"]["withoutTax"]["value"], json!(109.5));
    assert_eq!(placed["prices"]["tax"]["text"], "24.09 EUR");
    assert_eq!(placed["prices"]["withTax"]["priceInUcents"], json!(13_359_000_000_i64));

    let at = format!("/me/order/{id}");
    assert_eq!(world.alice.get("/me/order").await.ok(), json!([id]));
    assert_eq!(world.alice.get("/me/order?date.to=2001-01-01").await.ok(), json!([]));
    world.alice.get("/me/order?date.from=2001-01-01T00:00:00%2B01:00").await.ok();
    world.alice.get("/me/order?date.from=soon").await.refused(400, "BAD_REQUEST");
    assert_eq!(world.alice.get(&at).await.ok()["orderId"], id);
    assert_eq!(world.alice.get(&format!("{at}/status")).await.ok(), "delivering");
    let details = world.alice.get(&format!("{at}/details")).await.ok();
    assert_eq!(details.as_array().map(Vec::len), Some(4), "the tenant and three licences");
    let second = world.alice.get(&format!("{at}/details/{}", details[1])).await.ok();
    assert_eq!(
        (second["quantity"].as_str(), second["domain"].as_str()),
        (Some("10"), Some("albaforni.onmicrosoft.com"))
    );
    let extension = world.alice.get(&format!("{at}/details/{}/extension", details[0])).await.ok();
    assert_eq!(extension["order"]["plan"]["code"], "csp2-tenant");
    assert_eq!(extension["order"]["configurations"][0]["value"], "albaforni.onmicrosoft.com");
    let steps = world.alice.get(&format!("{at}/followUp")).await.ok();
    let words: Vec<&str> =
        steps.as_array().expect("a list").iter().map(|s| s["step"].as_str().expect("a word")).collect();
    assert_eq!(words, ["VALIDATING", "VALIDATED", "DELIVERING", "AVAILABLE"]);
    world.alice.get(&format!("{at}/associatedObject")).await.ok();
    world.alice.get(&format!("{at}/details/1")).await.refused(404, "NOT_FOUND");
    for path in ["", "/status", "/details", "/followUp", "/associatedObject"] {
        world.charlie.get(&format!("{at}{path}")).await.refused(404, "NOT_FOUND");
    }
    assert_eq!(world.charlie.get("/me/order").await.ok(), json!([]));

    world.deliver(id).await;
    assert_eq!(world.alice.get(&format!("{at}/status")).await.ok(), "delivered");
    assert_eq!(world.alice.get(&format!("{at}/followUp")).await.ok()[3]["status"], "DONE");
}

#[tokio::test]
async fn a_name_is_promised_once() {
    let world = World::new().await;
    world.alice.post("/levante/order", &world.order("albaforni").await).await.ok();
    let mut foreign = world.order("albaforni").await;
    foreign["mpnId"] = json!("6100002");
    let message = world.charlie.post("/levante/order", &foreign).await.refused(400, "BAD_REQUEST");
    assert!(message.contains("customSubdomain: \"albaforni\" is already taken"), "{message}");
    foreign["customSubdomain"] = Value::Null;
    let placed = world.charlie.post("/levante/order", &foreign).await.ok();
    assert!(placed["serviceName"].as_str().expect("a name").starts_with("albafornisrl"), "a name is made");
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_nothing_twice() {
    let world = World::new().await;
    let order = world.order("albaforni").await;
    let client = world.alice.once("order-1");
    let first = client.post("/levante/order", &order).await;
    let again = client.post("/levante/order", &order).await;
    assert_eq!((again.status, &again.text), (200, &first.text), "byte for byte");
    let other = client.post("/levante/order", &world.order("other").await).await;
    assert!(other.refused(409, "CONFLICT").contains("Idempotency-Key"));
    let mut own = world.order("charlies").await;
    own["mpnId"] = json!("6100002");
    world.charlie.once("order-1").post("/levante/order", &own).await.ok();
    assert_eq!(world.alice.get("/me/order").await.ok().as_array().map(Vec::len), Some(1));
    for (key, good) in [("x".repeat(255), true), ("x".repeat(256), false), ("caf\u{e9}".to_owned(), false)] {
        let answer = world.alice.once(&key).put("/me", &json!({ "city": "Roma" })).await;
        match good {
            true => drop(answer.ok()),
            false => drop(answer.refused(400, "BAD_REQUEST")),
        }
    }
}

#[tokio::test]
async fn of_two_identical_calls_at_the_same_moment_one_orders() {
    let world = World::new().await;
    let order = world.order("").await;
    for round in 0..5 {
        let client = world.alice.once(&format!("round-{round}"));
        let (one, two) = tokio::join!(client.post("/levante/order", &order), client.post("/levante/order", &order));
        assert_eq!((one.status, &one.text), (200, &two.text));
    }
    assert_eq!(world.alice.get("/me/order").await.ok().as_array().map(Vec::len), Some(5));
    assert_eq!(world.alice.get("/saas/csp2").await.ok().as_array().map(Vec::len), Some(5));
}
