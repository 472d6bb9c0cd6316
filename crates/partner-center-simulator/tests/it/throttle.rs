//! The gateway's limits.

use partner_center_simulator::Options;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn trap_37_refused_requests_count_and_are_told_in_another_shape() {
    let world = World::kind().await;
    world.faults(json!({"throttlePerMinute": 60})).await;
    let path = "/v1/customers";
    for _ in 0..60 {
        assert_eq!(world.get(path).await.0, 200);
    }
    let mut waits = Vec::new();
    for _ in 0..12 {
        let answer = world.request(reqwest::Method::GET, path).send().await.unwrap();
        if answer.status().as_u16() == 429 {
            waits.push(answer.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap());
            let body: Value = answer.json().await.unwrap();
            assert_eq!(body["statusCode"], 429);
            assert!(body.get("code").is_none() && body["message"].as_str().unwrap().contains("Try again in"));
        }
    }
    assert!(waits.len() >= 10, "{waits:?}");
    assert!(waits.last() > waits.first(), "asking again makes the wait longer: {waits:?}");
    // Another resource and what is not limited are untouched.
    assert_eq!(world.get("/v1/profiles/mpn").await.0, 200);
    assert_eq!(world.get("/v1/customers/00000000-0000-4000-8000-000000000000/orders").await.0, 404);
    world.faults(json!({"throttlePerMinute": 0})).await;
    assert_eq!(world.get(path).await.0, 200);
    world.stop().await;
}

#[tokio::test]
async fn subscriptions_are_limited_per_customer() {
    let world = World::kind().await;
    let (one, two) = (world.tenant("albaforni").await, world.tenant("betaforni").await);
    world.faults(json!({"throttleCustomerPerMinute": 6})).await;
    let path = |tenant: &str| format!("/v1/customers/{tenant}/subscriptions");
    for _ in 0..6 {
        assert_eq!(world.get(&path(&one)).await.0, 200);
    }
    assert_eq!(world.get(&path(&one.to_uppercase())).await.0, 429);
    assert_eq!(world.get(&path(&two)).await.0, 200);
    assert_eq!(world.get(&format!("/v1/customers/{one}")).await.0, 200);
    world.stop().await;
}

#[tokio::test]
async fn only_a_hostile_simulator_starts_with_limits() {
    for (hostile, limit) in [(false, 0), (true, 500)] {
        let world = World::with_any(Options { hostile, seed: 5, ..Options::default() }).await;
        let switches = world.control(reqwest::Method::GET, "/control/faults", &json!({})).await;
        assert_eq!(switches["throttlePerMinute"], limit);
        world.stop().await;
    }
}
