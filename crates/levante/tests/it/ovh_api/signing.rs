//! Who may call: forms of the signed address, order of the checks, what needs no signature.

use super::{client::Client, world::World, world::key};
use levante::ovh_api::Settings;
use licensing::permission::{AccessRule, IpBlock};
use serde_json::json;

#[tokio::test]
async fn every_form_of_the_signed_address_is_accepted() {
    let world = World::new().await;
    let port = world.address.port();
    for origin in [
        format!("http://127.0.0.1:{port}"),
        format!("https://127.0.0.1:{port}"),
        "http://127.0.0.1".to_owned(),
        "https://127.0.0.1".to_owned(),
        "https://api.reseller.example".to_owned(),
    ] {
        let client = Client { origin: origin.clone(), ..world.alice.clone() };
        for target in ["/1.0/me", "/v1/me", "/1.0/v1/me", "/1.0/saas/csp2?iamTags=%7B%7D", "/1.0/me/order?date.from="] {
            client.raw("GET", target, b"").await.ok();
        }
    }
    for origin in ["https://other.example", "http://api.reseller.example", "https://api.reseller.example:8443"] {
        let client = Client { origin: origin.to_owned(), ..world.alice.clone() };
        client.get("/me").await.refused(400, "INVALID_SIGNATURE");
    }
}

#[tokio::test]
async fn a_forwarded_host_counts_only_behind_a_trusted_proxy() {
    let header = vec![("X-Forwarded-Host", "shop.example".to_owned())];
    let trusting = |settings: Settings| Settings {
        trusted_proxies: vec![IpBlock::read("127.0.0.0/8").expect("a block")],
        ..settings
    };
    let (plain, behind) = (World::new().await, World::with(trusting).await);
    let through = |world: &World| Client {
        origin: "https://shop.example".to_owned(),
        headers: header.clone(),
        ..world.alice.clone()
    };
    through(&behind).get("/me").await.ok();
    through(&plain).get("/me").await.refused(400, "INVALID_SIGNATURE");
}

#[tokio::test]
async fn a_proxys_own_address_is_nobody_elses() {
    let block = |text: &str| IpBlock::read(text).expect("a block");
    let world = World::with(|settings| Settings { trusted_proxies: vec![block("127.0.0.1")], ..settings }).await;
    let path = format!("/me/api/credential/{}", world.alice.credential);
    let through = |forwarded: &[&str]| {
        let headers = forwarded.iter().map(|value| ("X-Forwarded-For", (*value).to_owned())).collect();
        Client { headers, ..world.alice.clone() }
    };
    let bound = json!({ "allowedIPs": ["127.0.0.1", "198.51.100.0/24"] });
    assert_eq!(world.alice.put(&path, &bound).await.ok(), json!(null));
    for inside in [&["198.51.100.7"][..], &["203.0.113.9, 198.51.100.7"], &["203.0.113.9", "198.51.100.7:4711"]] {
        through(inside).get("/me").await.ok();
    }
    // Whatever the caller wrote before the proxy wrote who they are, or instead.
    for outside in [
        &["203.0.113.9"][..],
        &["127.0.0.1, 203.0.113.9"],
        &["nonsense, 203.0.113.9"],
        &["nonsense", "203.0.113.9"],
        &["198.51.100.7, 203.0.113.9, 127.0.0.1"],
        &["nonsense"],
        &["198.51.100.7, nonsense"],
    ] {
        through(outside).get("/me").await.refused(403, "INVALID_CREDENTIAL");
    }
}

#[tokio::test]
async fn an_application_that_is_named_must_exist() {
    let world = World::new().await;
    let named = |key: &str| [("X-Ovh-Application", key.to_owned())];
    let cart = r#"{"ovhSubsidiary":"IT"}"#;
    for (method, target, body) in [("GET", "/1.0/auth/time", ""), ("POST", "/1.0/order/cart", cart)] {
        world.alice.bare(method, target, &named(&world.alice.application_key), body).await.ok();
        world.alice.bare(method, target, &named(&"x".repeat(16)), body).await.refused(403, "INVALID_KEY");
    }
}

#[tokio::test]
async fn the_checks_come_in_their_order() {
    let world = World::new().await;
    let good = &world.alice;
    // Each client has everything wrong that is checked after its fault, too.
    let off = Client { clock_off: 10_000, secret: "x".repeat(32), ..good.clone() };
    let fake_key = Client { application_key: "x".repeat(16), consumer_key: "y".repeat(32), ..off.clone() };
    let fake_consumer = Client { consumer_key: "y".repeat(32), ..off.clone() };
    let foreign_consumer = Client { consumer_key: world.charlie.consumer_key.clone(), ..off.clone() };
    let fake_secret = Client { secret: "x".repeat(32), ..good.clone() };
    for path in ["/me", "/no/such/route"] {
        assert_eq!(fake_key.get(path).await.refused(403, "INVALID_KEY"), "This application key is invalid");
        let gone = fake_consumer.get(path).await.refused(403, "NOT_CREDENTIAL");
        assert_eq!(gone, "This credential does not exist");
        foreign_consumer.get(path).await.refused(403, "NOT_CREDENTIAL");
        assert_eq!(off.get(path).await.refused(400, "QUERY_TIME_OUT"), "Query out of time");
        assert_eq!(fake_secret.get(path).await.refused(400, "INVALID_SIGNATURE"), "Invalid signature");
    }
    // A broken body is never taken for a wrong signature.
    fake_secret.raw("POST", "/1.0/levante/order", b"{").await.refused(400, "INVALID_SIGNATURE");
    assert!(good.raw("POST", "/1.0/levante/order", b"{").await.refused(400, "BAD_REQUEST").contains("JSON"));
    let rules = vec![AccessRule::read("r", "GET", "/me").expect("a rule")];
    let narrow = key(&world.operations, world.address, &good.account, rules).await;
    narrow.get("/me").await.ok();
    for path in ["/me/order", "/saas/csp2", "/no/such/route"] {
        let message = narrow.get(path).await.refused(403, "NOT_GRANTED_CALL");
        assert_eq!(message, "This call has not been granted");
    }
    narrow.put("/me", &json!({})).await.refused(403, "NOT_GRANTED_CALL");
    assert_eq!(good.get("/no/such/route").await.refused(404, "NOT_FOUND"), "Got an invalid (or empty) URL");
    good.raw("GET", "/v2/me", b"").await.refused(404, "NOT_FOUND");
    good.raw("GET", "/v1/iam/policy", b"").await.refused(404, "NOT_FOUND");
    // A rule names a call of the second branch with or without it.
    for path in ["/iam/*", "/v2/iam/*"] {
        let rules = vec![AccessRule::read("r", "GET", path).expect("a rule")];
        let narrow = key(&world.operations, world.address, &good.account, rules).await;
        narrow.raw("GET", "/v2/iam/policy", b"").await.ok();
        narrow.raw("GET", "/1.0/v2/iam/policy", b"").await.ok();
        let batch = Client { headers: vec![("X-Ovh-Batch", ",".to_owned())], ..narrow.clone() };
        let elements = batch.raw("GET", "/v2/iam/policy/a,b", b"").await.ok();
        assert_eq!(elements[1]["error"]["errorCode"], "NOT_FOUND", "{path}: {elements}");
        narrow.get("/me").await.refused(403, "NOT_GRANTED_CALL");
    }
    // A page of objects is what the route of one of them answers.
    for (paths, status) in
        [(vec!["/me/order"], 403), (vec!["/me/order", "/me/order/*"], 200), (vec!["/me/order*"], 200)]
    {
        let rules = paths.iter().map(|path| AccessRule::read("r", "GET", path).expect("a rule")).collect();
        let narrow = key(&world.operations, world.address, &good.account, rules).await;
        narrow.get("/me/order").await.ok();
        let headers = vec![("X-Pagination-Mode", "CachedObjectList-Pages".to_owned())];
        assert_eq!(Client { headers, ..narrow }.get("/me/order").await.status, status, "{paths:?}");
    }
    good.raw("PATCH", "/1.0/me", b"").await.refused(403, "NOT_GRANTED_CALL");
    let wrong_method = good.post("/me", &json!({})).await;
    wrong_method.refused(405, "METHOD_NOT_ALLOWED");
    assert_eq!(wrong_method.headers["allow"], "GET, PUT");
}

#[tokio::test]
async fn a_key_may_always_say_what_it_is_and_end_itself() {
    // @ovh-api asks for a key with the rules that its caller names, and waits for it at currentCredential.
    let world = World::new().await;
    let rules = vec![AccessRule::read("r", "GET", "/me").expect("a rule")];
    let narrow = key(&world.operations, world.address, &world.alice.account, rules).await;
    let current = narrow.get("/auth/currentCredential").await.ok();
    assert_eq!(
        (&current["status"], &current["rules"]),
        (&json!("validated"), &json!([{ "method": "GET", "path": "/me" }]))
    );
    assert_eq!(narrow.get("/auth/details").await.ok()["allowedRoutes"], current["rules"]);
    for path in ["/auth/nothing", "/me/api/credential"] {
        narrow.get(path).await.refused(403, "NOT_GRANTED_CALL");
    }
    assert_eq!(narrow.raw("POST", "/1.0/auth/logout", b"").await.ok(), json!(null));
    narrow.get("/auth/currentCredential").await.refused(403, "INVALID_CREDENTIAL");
    narrow.get("/me").await.refused(403, "INVALID_CREDENTIAL");
}

#[tokio::test]
async fn a_clock_may_be_off_by_five_minutes() {
    let world = World::new().await;
    for (off, fits) in [(0, true), (-290, true), (290, true), (-320, false), (320, false), (-10_000_000_000, false)] {
        let client = Client { clock_off: off, ..world.alice.clone() };
        let answer = client.get("/me").await;
        match fits {
            true => drop(answer.ok()),
            false => drop(answer.refused(400, "QUERY_TIME_OUT")),
        }
    }
}

#[tokio::test]
async fn what_needs_no_signature() {
    let world = World::new().await;
    let client = &world.alice;
    let application = ("X-Ovh-Application", client.application_key.clone());
    let time = client.bare("GET", "/1.0/auth/time", &[], "").await.ok();
    assert!((time.as_i64().expect("a bare integer") - super::client::now()).abs() < 10);
    client.bare("GET", "/1.0/auth/time", std::slice::from_ref(&application), "").await.ok();
    for index in ["/1.0", "/1.0/", "/v1", "/v1/"] {
        let index = client.bare("GET", index, &[], "").await.ok();
        assert_eq!(index["basePath"], "https://api.reseller.example/1.0");
        assert!(index["apis"].as_array().expect("a list").iter().any(|api| api["path"] == "/saas/csp2"));
    }
    // node-ovh asks for this one with nothing but its application; @ovh-api starts its login at the text.
    let answer = client.bare("GET", "/1.0/auth/currentCredential", std::slice::from_ref(&application), "").await;
    assert_eq!(answer.refused(401, "UNAUTHORIZED"), "You must login first");
    let answer = client.bare("GET", "/1.0/saas/csp2", &[], "").await;
    assert_eq!(answer.refused(401, "UNAUTHORIZED"), "You must login first");
    client.bare("GET", "/1.0/nothing", &[], "").await.refused(404, "NOT_FOUND");
    client.bare("POST", "/1.0/", &[], "").await.refused(405, "METHOD_NOT_ALLOWED");
}

#[tokio::test]
async fn a_key_may_be_bound_to_addresses() {
    let world = World::new().await;
    let (client, path) = (&world.alice, format!("/me/api/credential/{}", world.alice.credential));
    assert_eq!(client.put(&path, &json!({ "allowedIPs": ["127.0.0.0/8"] })).await.ok(), json!(null));
    assert_eq!(client.get(&path).await.ok()["allowedIPs"], json!(["127.0.0.0/8"]));
    let wrong = client.put(&path, &json!({ "allowedIPs": ["300.1.1.1"] })).await;
    assert!(wrong.refused(400, "BAD_REQUEST").contains("allowedIPs[0]: \"300.1.1.1\""));
    let wrong = client.put(&path, &json!({ "allowedIPs": ["127.0.0.1", 7] })).await;
    assert!(wrong.refused(400, "BAD_REQUEST").contains("allowedIPs[1]: \"7\" must be a string"));
    client.put(&path, &json!({ "allowedIPs": ["192.0.2.0/24"] })).await.ok();
    let message = client.get("/me").await.refused(403, "INVALID_CREDENTIAL");
    assert_eq!(message, "This credential is not valid");
}
