//! `/services`, `/service`, and the end of a service with its token.

use super::{filled::Filled, world::World};
use levante::operations::{Problem, terminations::MAIL_EVERY};
use licensing::{id::ServiceId, jiff::SignedDuration};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

/// The token that waits to be mailed.
async fn token(filled: &Filled) -> String {
    let world = &filled.world;
    let mailed = world.operations.mailed_token(&world.alice.account, ServiceId(filled.service_id)).await;
    mailed.expect("storage").expect("a token waits").token.expose_secret().to_owned()
}

async fn later(world: &World, by: SignedDuration) {
    world.operations.move_clock(world.operations.clock.offset() + by).await.expect("moved");
}

/// Ends the open task of a subscription, as the workflow would.
async fn idle() -> Filled {
    let filled = Filled::unpending().await;
    assert_eq!(filled.world.alice.get(&filled.path("/saas/csp2/{serviceName}/task")).await.ok(), json!([]));
    filled
}

#[tokio::test]
async fn a_service_ends_by_its_token_once() {
    let filled = idle().await;
    let client = &filled.world.alice;
    let service = filled.path("/services/{serviceId}");
    let confirm = format!("{service}/terminate/confirm");
    let shown = client.get(&service).await.ok();
    assert_eq!(shown["billing"]["renew"]["current"]["mode"], "automatic");
    assert_eq!(shown["billing"]["lifecycle"]["current"]["pendingActions"], json!([]));
    // Nothing to confirm yet.
    client.post(&confirm, &json!({ "token": "x" })).await.refused(403, "FORBIDDEN");
    let asked = client.post(&format!("{service}/terminate"), &json!(null)).await.ok();
    assert!(asked["message"].as_str().expect("text").contains("/terminate/confirm"), "{asked}");
    let token = token(&filled).await;
    assert!(!asked.to_string().contains(&token));
    // Another mail has to wait; the first token stays.
    assert!(client.post(&format!("{service}/terminate"), &json!(null)).await.refused(409, "CONFLICT").contains("mail"));
    for wrong in ["", "x", &token[1..], &token.to_lowercase()] {
        let answer = client.post(&confirm, &json!({ "token": wrong })).await;
        assert!([400, 403].contains(&answer.status), "{}", answer.text);
    }
    filled.world.charlie.post(&confirm, &json!({ "token": token })).await.refused(404, "NOT_FOUND");
    let infos = filled.path("/saas/csp2/{serviceName}/serviceInfos");
    assert_eq!(client.get(&infos).await.ok()["renew"]["deleteAtExpiration"], false);
    let done = client.post(&confirm, &json!({ "token": token })).await.ok();
    assert!(done["message"].as_str().expect("text").contains("ends with its term"), "{done}");
    assert_eq!(client.get(&infos).await.ok()["renew"]["deleteAtExpiration"], true);
    let shown = client.get(&service).await.ok();
    assert_eq!(shown["billing"]["lifecycle"]["current"]["pendingActions"], json!(["terminateAtExpirationDate"]));
    assert_eq!(shown["billing"]["lifecycle"]["current"]["state"], "unrenewed");
    client.post(&confirm, &json!({ "token": token })).await.refused(403, "FORBIDDEN");
}

#[tokio::test]
async fn a_token_ends_by_time_by_a_newer_one_and_by_guessing() {
    let filled = idle().await;
    let client = &filled.world.alice;
    let service = &filled.path("/services/{serviceId}");
    let ask = || async { client.post(&format!("{service}/terminate"), &json!(null)).await.ok() };
    let confirm = |token: String| async move {
        client.post(&format!("{service}/terminate/confirm"), &json!({ "token": token })).await
    };
    ask().await;
    let first = token(&filled).await;
    later(&filled.world, MAIL_EVERY).await;
    ask().await;
    let second = token(&filled).await;
    confirm(first).await.refused(403, "FORBIDDEN");
    later(&filled.world, SignedDuration::from_hours(72)).await;
    confirm(second).await.refused(403, "FORBIDDEN");
    ask().await;
    let third = token(&filled).await;
    for n in 0..10 {
        confirm(format!("guess{n}")).await.refused(403, "FORBIDDEN");
    }
    confirm(third).await.refused(403, "FORBIDDEN");
    let operations = &filled.world.operations;
    let actor = levante::operations::Actor { account: client.account.clone(), who: "test".to_owned(), address: None };
    let refused = operations.confirm_termination(&actor, ServiceId(filled.service_id), "").await;
    assert!(matches!(refused, Err(Problem::TokenRefused)), "{refused:?}");
    assert_eq!(client.get(service).await.ok()["billing"]["lifecycle"]["current"]["state"], "active");
}

#[tokio::test]
async fn a_subscription_that_cannot_change_now_keeps_the_token_good() {
    let filled = Filled::new().await;
    let client = &filled.world.alice;
    let service = filled.path("/services/{serviceId}");
    client.post(&format!("{service}/terminate"), &json!(null)).await.ok();
    let token = token(&filled).await;
    for _ in 0..2 {
        let refused = client.post(&format!("{service}/terminate/confirm"), &json!({ "token": token })).await;
        assert!(refused.refused(409, "CONFLICT").contains("task"), "a task is pending");
    }
}

#[tokio::test]
async fn services_are_listed_filtered_and_ordered() {
    let world = World::new().await;
    let client = &world.alice;
    let mut placed = Vec::new();
    for name in ["bravo", "alfa", "charlie"] {
        placed.push(client.post("/levante/order", &world.order(name).await).await.ok());
    }
    let ids = client.get("/services").await.ok();
    let ids = ids.as_array().expect("a list").clone();
    assert_eq!((ids.len(), client.get("/service").await.ok()), (3, json!(ids)));
    let pick = |places: [usize; 3]| Value::from(places.map(|n| ids[n].clone()).to_vec());
    for (query, wanted) in [
        ("orderBy=resource.name", pick([1, 0, 2])),
        ("orderBy=resource.name&sort=DESC", pick([2, 0, 1])),
        ("sort=desc", pick([2, 1, 0])),
        ("orderBy=billing.lifecycle.current.creationDate", pick([0, 1, 2])),
        ("orderBy=billing.expirationDate", pick([0, 1, 2])),
        ("orderBy=resource.displayName&sort=ASC", pick([0, 1, 2])),
        ("routes=/domain/%7BserviceName%7D,/saas/csp2/%7BserviceName%7D", pick([0, 1, 2])),
        ("routes=/domain/%7BserviceName%7D", json!([])),
        ("resourceName=alfa.onmicrosoft.com", json!([ids[1]])),
        ("resourceName=nobodys.onmicrosoft.com", json!([])),
    ] {
        assert_eq!(client.get(&format!("/services?{query}")).await.ok(), wanted, "{query}");
    }
    for query in ["orderBy=nothing", "sort=up"] {
        client.get(&format!("/services?{query}")).await.refused(400, "BAD_REQUEST");
    }
    let one = client.get(&format!("/services/{}", ids[1])).await.ok();
    assert_eq!(one["resource"]["state"], "toActivate");
    assert_eq!(one["route"]["url"], "/saas/csp2/alfa.onmicrosoft.com");
    client.post(&format!("/services/{}/terminate", ids[1]), &json!(null)).await.refused(409, "CONFLICT");
    for (method, what, status, code) in [
        ("renew", "by itself", 501, "NOT_IMPLEMENTED"),
        ("suspend", "/terminate", 501, "NOT_IMPLEMENTED"),
        ("reopen", "creating", 409, "CONFLICT"),
        ("terminate", "creating", 409, "CONFLICT"),
    ] {
        let message = client.post(&format!("/service/{}/{method}", ids[1]), &json!({})).await.refused(status, code);
        assert!(message.contains(what), "{message}");
    }
    for id in ["0", "x", "99999999999999999999"] {
        client.get(&format!("/services/{id}")).await.refused(404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_service_is_changed_as_far_as_microsoft_knows_it() {
    let filled = idle().await;
    let client = &filled.world.alice;
    let service = filled.path("/services/{serviceId}");
    for (body, part) in [
        (json!({ "renew": { "mode": "manual" } }), "renew.mode"),
        (json!({ "renew": { "period": "P3Y" } }), "renew.period"),
        (
            json!({ "renew": { "mode": "automatic" }, "terminationPolicy": "terminateAtExpirationDate" }),
            "terminationPolicy",
        ),
        (json!({ "terminationPolicy": "now" }), "terminationPolicy"),
        (json!({ "displayName": "" }), "displayName"),
    ] {
        let message = client.put(&service, &body).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part), "{body}: {message}");
    }
    client
        .put(&service, &json!({ "displayName": "Forlì", "terminationPolicy": "terminateAtExpirationDate" }))
        .await
        .ok();
    let shown = client.get(&service).await.ok();
    assert_eq!(shown["resource"]["displayName"], "Forlì");
    assert_eq!(shown["billing"]["renew"]["current"]["mode"], json!(null));
    assert_eq!(client.get(&filled.path("/service/{serviceId}")).await.ok()["renew"]["mode"], "deleteAtExpiration");
}
