//! From asking for a key to its end.

use super::{client::Client, world::World};
use levante::operations::Actor;
use licensing::jiff::SignedDuration;
use serde_json::{Value, json};

async fn ask(client: &Client, body: &Value) -> super::client::Answer {
    let headers = [("X-Ovh-Application", client.application_key.clone())];
    client.bare("POST", "/1.0/auth/credential", &headers, &body.to_string()).await
}

fn token(asked: &Value) -> String {
    let url = asked["validationUrl"].as_str().expect("an address");
    let token = url.strip_prefix("https://api.reseller.example/auth/?credentialToken=").expect("the page");
    assert_eq!(token.len(), 64);
    token.to_owned()
}

#[tokio::test]
async fn a_key_works_once_its_holder_has_validated_it() {
    let world = World::new().await;
    let rules = json!([{ "method": "GET", "path": "/me " }, { "method": "GET", "path": "/auth/*" }]);
    let body = json!({ "accessRules": rules, "redirection": null, "allowedIPs": null });
    let asked = ask(&world.alice, &body).await.ok();
    assert_eq!(asked["state"], "pendingValidation");
    let key = Client { consumer_key: asked["consumerKey"].as_str().expect("a key").to_owned(), ..world.alice.clone() };
    assert_eq!(key.consumer_key.len(), 32);
    key.get("/auth/currentCredential").await.refused(403, "INVALID_CREDENTIAL");
    let page = world.operations.pending_credential(&token(&asked)).await.expect("waits");
    assert_eq!((page.application_name.as_str(), page.rules.len(), page.trimmed.len()), ("Scripts", 2, 1));
    // Charlie validates: the key acts for Charlie, whoever made the application.
    let actor = Actor { account: world.charlie.account.clone(), who: "member".to_owned(), address: None };
    let day = SignedDuration::from_hours(24);
    let next = world.operations.validate_credential(&actor, &token(&asked), Some(day)).await.expect("validated");
    assert_eq!(next, None);
    let current = key.get("/auth/currentCredential").await.ok();
    assert_eq!((current["status"].as_str(), current["ovhSupport"].as_bool()), (Some("validated"), Some(false)));
    assert_eq!(current["rules"], json!([{ "method": "GET", "path": "/me" }, { "method": "GET", "path": "/auth/*" }]));
    assert!(current["expiration"].is_string());
    assert_eq!(key.get("/me").await.ok()["nichandle"], world.charlie.account.as_str());
    let details = key.get("/auth/details").await.ok();
    assert_eq!((details["account"].as_str(), details["method"].as_str()), (Some("charlie-lv"), Some("account")));
    assert_eq!(details["allowedRoutes"].as_array().map(Vec::len), Some(2));
    assert_eq!(world.alice.get("/auth/details").await.ok()["allowedRoutes"], Value::Null);
    // A token is good for one answer.
    assert!(world.operations.pending_credential(&token(&asked)).await.is_err());
    assert!(world.operations.refuse_credential(&actor, &token(&asked)).await.is_err());
}

#[tokio::test]
async fn a_refused_key_never_works() {
    let world = World::new().await;
    let body = json!({
        "accessRules": [{ "method": "GET", "path": "/*" }], "redirection": "https://shop.example/back?x=1",
        "allowedIPs": ["127.0.0.1"],
    });
    let asked = ask(&world.alice, &body).await.ok();
    let actor = Actor { account: world.alice.account.clone(), who: "member".to_owned(), address: None };
    let next = world.operations.refuse_credential(&actor, &token(&asked)).await.expect("refused");
    assert_eq!(next.as_deref(), Some("https://shop.example/back?x=1"));
    let key = Client { consumer_key: asked["consumerKey"].as_str().expect("a key").to_owned(), ..world.alice.clone() };
    key.get("/me").await.refused(403, "INVALID_CREDENTIAL");
}

#[tokio::test]
async fn a_request_for_a_key_names_what_is_wrong() {
    let world = World::new().await;
    let rule = json!([{ "method": "GET", "path": "/*" }]);
    for (body, part) in [
        (json!({}), "accessRules: is required"),
        (json!({ "accessRules": [] }), "accessRules: is required"),
        (json!({ "accessRules": "all" }), "accessRules"),
        (json!({ "accessRules": [{ "method": "GET" }] }), "accessRules[0]"),
        (json!({ "accessRules": [{ "method": "FETCH", "path": "/me" }] }), "accessRules[0].method: \"FETCH\""),
        (json!({ "accessRules": rule, "redirection": "javascript:alert(1)" }), "redirection: \"javascript:alert(1)\""),
        (json!({ "accessRules": rule, "redirection": "https://a@b.example/" }), "redirection"),
        (json!({ "accessRules": rule, "allowedIPs": ["nowhere"] }), "allowedIPs[0]: \"nowhere\""),
        (json!({ "accessRules": rule, "scope": "all" }), "Received not described parameters: (scope)"),
    ] {
        let message = ask(&world.alice, &body).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part), "{body}: {message}");
    }
    let stranger = Client { application_key: "x".repeat(16), ..world.alice.clone() };
    ask(&stranger, &json!({ "accessRules": rule })).await.refused(403, "INVALID_KEY");
    world.alice.bare("POST", "/1.0/auth/credential", &[], "{}").await.refused(401, "UNAUTHORIZED");
}

#[tokio::test]
async fn requests_that_nobody_answers_are_capped() {
    let world = World::new().await;
    let body = json!({ "accessRules": [{ "method": "GET", "path": "/*" }] });
    for _ in 0..100 {
        ask(&world.alice, &body).await.ok();
    }
    let refused = ask(&world.alice, &body).await;
    refused.refused(429, "TOO_MANY_REQUESTS");
    assert!(refused.headers.contains_key("retry-after"));
    ask(&world.charlie, &body).await.ok();
}

#[tokio::test]
async fn an_ended_key_ends_at_once() {
    let world = World::new().await;
    let (alice, charlie) = (&world.alice, &world.charlie);
    alice.get("/me").await.ok();
    let credential = format!("/me/api/credential/{}", alice.credential);
    let application = format!("/me/api/application/{}", alice.application);
    for path in [&credential, &application] {
        for answer in [charlie.get(path).await, charlie.delete(path).await] {
            answer.refused(404, "NOT_FOUND");
        }
    }
    assert_eq!(alice.get("/me/api/credential").await.ok(), json!([alice.credential]));
    assert_eq!(alice.get("/me/api/credential?status=expired").await.ok(), json!([]));
    alice.get("/me/api/credential?status=odd").await.refused(400, "BAD_REQUEST");
    assert_eq!(alice.get("/me/api/application").await.ok(), json!([alice.application]));
    assert_eq!(alice.get(&application).await.ok()["status"], "active");
    assert_eq!(alice.get(&format!("{credential}/application")).await.ok()["applicationKey"], alice.application_key);
    assert_eq!(alice.post("/auth/logout", &json!({})).await.ok(), json!(null));
    alice.get("/me").await.refused(403, "INVALID_CREDENTIAL");
    let own = format!("/me/api/application/{}", charlie.application);
    assert_eq!(charlie.delete(&own).await.ok(), json!(null));
    charlie.get("/me").await.refused(403, "INVALID_KEY");
}
