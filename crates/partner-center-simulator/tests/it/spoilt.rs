//! Every kind of fault, replays under a seed, and what a patient client ends with.

use std::collections::BTreeMap;

use partner_center_simulator::Options;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::world::{World, fresh, id, read};

async fn raw(world: &World, method: Method, path: &str) -> Response {
    world.request(method, path).send().await.unwrap()
}

fn one(route: &str, kind: &str) -> Value {
    json!({"faults": [{"route": route, "kind": kind, "count": 1}]})
}

#[tokio::test]
async fn trap_08_a_mark_stands_before_the_json() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let base = format!("/v1/customers/{tenant}");
    let (_, list) = world.get(&format!("{base}/users")).await;
    let user = format!("{base}/users/{}", list["items"][0]["id"].as_str().unwrap());
    let marked =
        async |path: &str| raw(&world, Method::GET, path).await.bytes().await.unwrap().starts_with(b"\xEF\xBB\xBF");
    let mut seen = 0;
    for _ in 0..200 {
        seen += i32::from(marked(&user).await);
    }
    assert!((5..45).contains(&seen), "about one in ten: {seen}");
    world.faults(json!({"bom": 1.0})).await;
    for path in [user.clone(), format!("{base}/subscribedskus"), format!("{user}/licenses")] {
        assert!(marked(&path).await, "{path}");
    }
    assert!(!marked(&base).await);
    let (_, cart) = world.cart(&tenant, &[("CFQ7LV000001", 1, "P1Y", "monthly")]).await;
    let checkout = format!("{base}/carts/{}/checkout", cart["id"].as_str().unwrap());
    let answer = raw(&world, Method::POST, &checkout).await;
    assert!(answer.bytes().await.unwrap().starts_with(b"\xEF\xBB\xBF{"));
    world.faults(json!({"bom": 0.0})).await;
    for _ in 0..30 {
        assert!(!raw(&world, Method::GET, &user).await.bytes().await.unwrap().starts_with(b"\xEF\xBB\xBF"));
    }
    world.sign_in().await;
    world.stop().await;
}

#[tokio::test]
async fn trap_09_codes_are_numbers_or_texts_and_mean_another_thing_elsewhere() {
    let world = World::kind().await;
    let path = "/v1/profiles/mpn?mpnId=7777777";
    let (status, answer) = world.get(path).await;
    assert_eq!((status, &answer["code"]), (404, &json!(3000)));
    let mut body = world.customer_body("albaforni").await;
    body["billingProfile"]["email"] = json!("nobody");
    let (status, answer) = world.send(Method::POST, "/v1/customers", &fresh(), &body).await;
    assert_eq!((status, &answer["code"]), (400, &json!(3000)));
    world.faults(json!({"faults": [{"kind": "text_codes"}]})).await;
    assert_eq!(world.get(path).await.1["code"], "3000");
    assert_eq!(world.get("/v1/profiles/mpn").await.0, 200);
    world.stop().await;
}

#[tokio::test]
async fn trap_32_ids_change_their_case_and_dates_lose_their_zone() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 1).await;
    let lower = path.rsplit('/').next().unwrap();
    let (_, orders) = world.get(&format!("/v1/customers/{tenant}/orders")).await;
    let upper = orders["items"][0]["lineItems"][0]["subscriptionId"].as_str().unwrap();
    assert_eq!((lower, upper), (upper.to_lowercase().as_str(), lower.to_uppercase().as_str()));
    assert_eq!(world.get(&path.replace(lower, upper)).await.0, 200);
    assert_eq!(world.get(&format!("/v1/customers/{}", tenant.to_uppercase())).await.0, 200);
    let (_, vetting) = world.get(&format!("/v1/customers/{tenant}/validationStatus?type=account")).await;
    let date = vetting["lastUpdateDateTime"].as_str().unwrap();
    assert!(date.len() == 19 && !date.ends_with('Z'), "{date}");
    world.stop().await;
}

#[tokio::test]
async fn trap_38_a_new_id_after_a_lost_answer_is_a_new_request() {
    let world = World::kind().await;
    world.faults(one("POST /v1/customers", "drop_answer")).await;
    let body = world.customer_body("albaforni").await;
    let lost = world.request(Method::POST, "/v1/customers");
    let lost = lost.header("MS-RequestId", id("a")).header("MS-CorrelationId", fresh()).json(&body).send().await;
    assert!(lost.is_err());
    let other = world.customer_body("albaforni2").await;
    assert_eq!(world.send(Method::POST, "/v1/customers", &id("b"), &other).await.0, 201);
    assert_eq!(world.books().await["tenants"].as_array().unwrap().len(), 2, "the second tenant");
    let (status, answer) = world.send(Method::POST, "/v1/customers", &id("c"), &body).await;
    assert_eq!((status, &answer["errorName"]), (409, &json!("DomainNotAvailable")));
    let (status, answer) = world.send(Method::POST, "/v1/customers", &id("a"), &body).await;
    assert_eq!((status, answer["userCredentials"]["password"].is_string()), (201, true));
    assert_eq!(world.books().await["tenants"].as_array().unwrap().len(), 2);
    world.stop().await;
}

#[tokio::test]
async fn a_request_delivered_twice_does_its_work_once() {
    for phase in ["before", "after"] {
        let mut world = World::kind().await;
        world.faults(json!({"faults": [{"kind": "duplicate", "phase": phase}]})).await;
        let tenant = {
            let body = world.customer_body("albaforni").await;
            let (status, customer) = world.send(Method::POST, "/v1/customers", &id("a"), &body).await;
            assert_eq!((status, customer["userCredentials"]["password"].is_string()), (201, true), "{customer}");
            customer["id"].as_str().unwrap().to_owned()
        };
        // The second confirmation of an agreement is refused, and it is the one told with `before`.
        let (_, list) = world.get("/v1/agreements?agreementType=MicrosoftCustomerAgreement").await;
        let agreement = json!({"primaryContact": {"firstName": "Chiara", "lastName": "Neri", "email": "c@albaforni.example"},
            "templateId": list["items"][0]["templateId"], "dateAgreed": "2026-01-01T00:00:00Z",
            "type": "MicrosoftCustomerAgreement"});
        let path = format!("/v1/customers/{tenant}/agreements");
        let (status, answer) = world.send(Method::POST, &path, &fresh(), &agreement).await;
        match phase {
            "before" => assert_eq!((status, &answer["code"]), (400, &json!(600_061))),
            _ => assert_eq!(status, 201),
        }
        let user = json!({"usageLocation": "IT", "userPrincipalName": "anna@albaforni.onmicrosoft.com",
            "displayName": "Anna", "passwordProfile": {"password": "Tre!Fontane9", "forceChangePassword": true}});
        let users = format!("/v1/customers/{tenant}/users");
        assert_eq!(world.send(Method::POST, &users, &fresh(), &user).await.0, 200);
        world.bought(&tenant, "CFQ7LV000001", 5).await;
        let books = world.books().await;
        for part in ["tenants", "carts", "orders", "subscriptions"] {
            assert_eq!(books[part].as_array().unwrap().len(), 1, "{phase}, {part}");
        }
        assert_eq!((&books["tenants"][0]["asked"], &books["tenants"][0]["done"]), (&json!(2), &json!(1)));
        assert_eq!(world.get(&users).await.1["totalCount"], 2);
        world.stop().await;
    }
}

#[tokio::test]
async fn the_other_kinds_of_faults() {
    let mut world = World::kind().await;
    let path = "/v1/profiles/mpn";
    let route = "GET /v1/profiles/mpn";
    world.faults(one(route, "throttle_bare")).await;
    let answer = raw(&world, Method::GET, path).await;
    assert_eq!((answer.status().as_u16(), answer.headers().get("retry-after")), (429, None));
    assert_eq!(answer.json::<Value>().await.unwrap()["statusCode"], 429);
    world.faults(one(route, "content_type")).await;
    let answer = raw(&world, Method::GET, path).await;
    assert_eq!(answer.headers()["content-type"], "text/plain");
    assert_eq!(answer.json::<Value>().await.unwrap()["mpnId"], "6000001");
    world.faults(one(route, "html")).await;
    let answer = raw(&world, Method::GET, path).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (502, "text/html"));
    let tenants = [world.tenant("albaforni").await, world.tenant("betaforni").await];
    world.faults(one("GET /v1/customers", "drop_next")).await;
    let (_, page) = world.get("/v1/customers?size=1").await;
    assert!(page["links"]["next"].is_null() && page.get("continuationToken").is_none());
    let (_, page) = world.get("/v1/customers?size=1").await;
    assert!(page["links"]["next"].is_object() && page["continuationToken"].is_string());

    let path = world.bought(&tenants[0], "CFQ7LV000001", 5).await;
    world.faults(json!({"faults": [{"kind": "accepted"}]})).await;
    let (_, mut whole) = world.get(&path).await;
    whole["quantity"] = json!(7);
    let request = world.request(Method::PATCH, &path).json(&whole);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 202);
    assert_eq!(format!("/v1{}", answer.headers()["location"].to_str().unwrap()), path);
    assert!(answer.bytes().await.unwrap().is_empty());
    assert_eq!(world.get(&path).await.1["quantity"], 7);
    whole["quantity"] = json!(0);
    let (status, answer) = world.send(Method::PATCH, &path, &fresh(), &whole).await;
    assert_eq!((status, &answer["code"]), (400, &json!(2002)), "refusals stay refusals");
    world.stop().await;
}

/// The outcomes of the same calls in the same order, and the hits of every fault.
async fn story(seed: u64) -> (Vec<String>, Value) {
    let world = World::with_any(Options { hostile: true, seed, ..Options::default() }).await;
    world.faults(json!({"throttlePerMinute": 0, "throttleCustomerPerMinute": 0})).await;
    let mut outcomes = Vec::new();
    for number in 0..120 {
        let path = ["/v1/customers", "/v1/profiles/mpn", "/v1/domains/free.onmicrosoft.com"][number % 3];
        outcomes.push(match world.request(Method::GET, path).send().await {
            Err(_) => "lost".to_owned(),
            Ok(answer) => {
                let status = answer.status();
                format!("{status} {:?}", answer.bytes().await.map(|bytes| bytes.len()).ok())
            }
        });
    }
    let switches = world.control(Method::GET, "/control/faults", &json!({})).await;
    let hits = switches["faults"].as_array().unwrap().iter().map(|fault| fault["hits"].clone()).collect();
    world.stop().await;
    (outcomes, hits)
}

#[tokio::test]
async fn a_failing_seed_replays() {
    let (one, hits) = story(77).await;
    assert_eq!((&one, &hits), (&story(77).await.0, &story(77).await.1));
    assert_ne!(one, story(78).await.0);
    assert!(one.iter().filter(|outcome| !outcome.starts_with("200") && !outcome.starts_with("404")).count() > 3);
}

/// Sends the very same request until an answer of the wanted shape comes.
async fn insist(world: &World, method: Method, path: &str, body: &Value, good: impl Fn(u16, &Value) -> bool) -> Value {
    let id = fresh();
    for _ in 0..60 {
        let request = world.request(method.clone(), path).header("MS-RequestId", &id);
        let request = request.header("MS-CorrelationId", fresh());
        let request = if method == Method::GET { request } else { request.json(body) };
        if let Ok(answer) = request.send().await {
            let (status, answer) = read(answer).await;
            if good(status, &answer) {
                return answer;
            }
            assert!(status != 409 && status != 403, "{path}: {status} {answer}");
        }
        world.control(Method::POST, "/control/clock/advance", &json!({"by": "PT1S"})).await;
    }
    panic!("{path}: never answered well");
}

#[tokio::test]
async fn the_default_faults_leave_exactly_one_of_each() {
    let mut hit: BTreeMap<String, u64> = BTreeMap::new();
    for seed in 30..36 {
        let world = World::with_any(Options { hostile: true, seed, ..Options::default() }).await;
        let get = async |path: &str, good: &dyn Fn(&Value) -> bool| {
            insist(&world, Method::GET, path, &json!({}), |status, answer| status == 200 && good(answer)).await
        };
        let resellers = "/v1/relationships?relationship_type=IsIndirectCloudSolutionProviderOf";
        let list = get(resellers, &|answer| answer["items"].is_array()).await;
        let reseller = list["items"].as_array().unwrap().iter().find(|item| item["mpnId"] == "6100001").unwrap();
        let body = json!({"associatedPartnerId": reseller["id"], "enableGDAPByDefault": true,
            "companyProfile": {"domain": "albaforni.onmicrosoft.com"}, "billingProfile": {"culture": "it-IT",
            "email": "acquisti@albaforni.example", "language": "it", "companyName": "Alba Forni Srl",
            "defaultAddress": {"firstName": "Chiara", "lastName": "Neri", "addressLine1": "Via Zamboni 33",
                "city": "Bologna", "state": "BO", "country": "IT", "postalCode": "40126", "phoneNumber": "0511234567"}}});
        let made = |status: u16, answer: &Value| status == 201 && answer["id"].is_string();
        let customer = insist(&world, Method::POST, "/v1/customers", &body, made).await;
        assert!(customer["userCredentials"]["password"].is_string());
        let base = format!("/v1/customers/{}", customer["id"].as_str().unwrap());
        get(&base, &|answer| answer["id"].is_string()).await;
        let templates = "/v1/agreements?agreementType=MicrosoftCustomerAgreement";
        let list = get(templates, &|answer| answer["items"].is_array()).await;
        let agreement = json!({"primaryContact": {"firstName": "Chiara", "lastName": "Neri", "email": "c@albaforni.example"},
            "templateId": list["items"][0]["templateId"], "dateAgreed": "2026-01-01T00:00:00Z",
            "type": "MicrosoftCustomerAgreement"});
        let agreed = |status: u16, answer: &Value| {
            status == 201 || status == 400 && answer["code"].to_string().contains("600061")
        };
        insist(&world, Method::POST, &format!("{base}/agreements"), &agreement, agreed).await;
        let path = format!("{base}/products/CFQ7LV000001/skus/0001/availabilities");
        let item = get(&path, &|answer| answer["items"].is_array()).await;
        let cart = json!({"partnerOnRecordAttestationAccepted": true, "lineItems": [{"id": 0, "quantity": 4,
            "catalogItemId": item["items"][0]["catalogItemId"], "termDuration": "P1Y", "billingCycle": "monthly",
            "participants": [{"key": "transaction_reseller", "value": "6100001"}]}]});
        let cart = insist(&world, Method::POST, &format!("{base}/carts"), &cart, made).await;
        let path = format!("{base}/carts/{}/checkout", cart["id"].as_str().unwrap());
        let out = |status: u16, answer: &Value| status == 201 && answer["orders"].is_array();
        insist(&world, Method::POST, &path, &json!({}), out).await;
        let path = format!("{base}/subscriptions");
        get(&path, &|answer| answer["items"].as_array().is_some_and(|items| items.len() == 1)).await;
        let books = world.books().await;
        for part in ["tenants", "carts", "orders", "subscriptions"] {
            assert_eq!(books[part].as_array().unwrap().len(), 1, "seed {seed}, {part}: {books}");
        }
        let switches = world.control(Method::GET, "/control/faults", &json!({})).await;
        for fault in switches["faults"].as_array().unwrap() {
            *hit.entry(fault["kind"].as_str().unwrap().to_owned()).or_default() += fault["hits"].as_u64().unwrap();
        }
        world.stop().await;
    }
    assert!(!hit.contains_key("drop_next"), "nobody can cope with it");
    assert!(hit.values().filter(|hits| **hits > 0).count() >= 5, "{hit:?}");
}
