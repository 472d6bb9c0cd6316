//! Lost answers, stalls, restarts on the state file, and the guard of the control interface.

use std::path::PathBuf;
use std::time::Duration;

use partner_center_simulator::{Options, Simulator, StartError};
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh, id};

/// A file of its own below the build directory, removed at the end.
pub struct StateFile(pub PathBuf);

impl StateFile {
    pub fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(fresh());
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder.join(name))
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_the_work_done_once() {
    let world = World::kind().await;
    let route = "POST /v1/customers";
    world.faults(json!({"faults": [{"route": route, "kind": "drop_answer", "count": 1}]})).await;
    let body = world.customer_body("albaforni").await;
    let lost = world
        .request(Method::POST, "/v1/customers")
        .header("MS-RequestId", id("a"))
        .header("MS-CorrelationId", fresh())
        .json(&body)
        .send()
        .await;
    assert!(lost.is_err(), "{lost:?}");
    let (status, answer) = world.send(Method::POST, "/v1/customers", &id("a"), &body).await;
    assert_eq!(status, 201);
    assert!(answer["userCredentials"]["password"].is_string());
    let books = world.books().await;
    assert_eq!(books["tenants"].as_array().unwrap().len(), 1);
    assert_eq!((&books["tenants"][0]["asked"], &books["tenants"][0]["done"]), (&json!(2), &json!(1)));
    world.stop().await;
}

#[tokio::test]
async fn a_stall_holds_before_or_after_the_work() {
    for (phase, tenants) in [("before", 0), ("after", 1)] {
        let world = World::kind().await;
        let fault = json!({"route": "POST /v1/customers", "kind": "stall", "phase": phase, "count": 1});
        world.faults(json!({"faults": [fault]})).await;
        let body = world.customer_body("albaforni").await;
        let request = world
            .request(Method::POST, "/v1/customers")
            .header("MS-RequestId", id("a"))
            .header("MS-CorrelationId", fresh())
            .json(&body);
        let pending = tokio::spawn(request.send());
        while world.control(Method::GET, "/control/faults", &json!({})).await["faults"][0]["hits"] != 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(world.books().await["tenants"].as_array().unwrap().len(), tenants);
        assert!(!pending.is_finished());
        if phase == "before" {
            // The client dies: what it asked for never happens.
            pending.abort();
            assert!(pending.await.unwrap_err().is_cancelled());
            tokio::time::sleep(Duration::from_millis(200)).await;
            world.faults(json!({"faults": []})).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(world.books().await["tenants"], json!([]));
        } else {
            world.faults(json!({"faults": []})).await;
            assert_eq!(pending.await.unwrap().unwrap().status().as_u16(), 201);
        }
        world.stop().await;
    }
}

#[tokio::test]
async fn answers_can_be_spoilt_in_every_way() {
    let world = World::kind().await;
    let path = "/v1/profiles/mpn";
    let mut raw = Vec::new();
    for kind in ["bom", "garbage", "html", "truncated", "status", "throttle", "duplicate_ids"] {
        let fault = json!({"route": "GET /v1/profiles/mpn", "kind": kind, "count": 1});
        world.faults(json!({"faults": [fault]})).await;
        let answer = world.request(Method::GET, path).send().await.unwrap();
        let id = answer.headers()["ms-requestid"].to_str().unwrap().to_owned();
        raw.push((answer.status().as_u16(), id, answer.bytes().await.unwrap()));
    }
    let json_of = |at: usize| serde_json::from_slice::<Value>(&raw[at].2);
    assert!(raw[0].2.starts_with(b"\xEF\xBB\xBF"));
    assert_eq!(raw[0].0, 200);
    assert!(json_of(1).is_err() && json_of(3).is_err());
    assert_eq!(raw[2].0, 502);
    assert_eq!(raw[4].0, 500);
    assert_eq!(raw[5].0, 429);
    assert_eq!(json_of(5).unwrap()["statusCode"], 429);
    assert!(raw[6].1.contains(','));
    let misspelt = json!({"faults": [{"route": "*", "kind": "status", "statuss": 500}]});
    let url = format!("{}/control/faults", world.simulator.control_url());
    let request = world.http.put(url).bearer_auth(world.simulator.control_token());
    let answer = request.json(&misspelt).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 400);
    world.stop().await;
}

#[tokio::test]
async fn a_restart_on_the_state_file_continues() {
    let file = StateFile::new("simulator.sqlite");
    let mut world = World::at(&file.0).await;
    let body = world.customer_body("albaforni").await;
    let first = world.send(Method::POST, "/v1/customers", &id("a"), &body).await;
    let tenant = first.1["id"].as_str().unwrap().to_owned();
    world.agree(&tenant).await;
    let path = world.bought(&tenant, "CFQ7LV000001", 5).await;
    world.advance("P2D").await;
    let fault = json!({"route": "GET /v1/customers", "kind": "status", "count": 2});
    world.faults(json!({"faults": [fault]})).await;
    assert_eq!(world.get("/v1/customers").await.0, 500);
    let (before, token) = (world.books().await, world.user.clone());
    let clock = world.control(Method::GET, "/control/clock", &json!({})).await;
    world.stop().await;

    let bytes = std::fs::read(&file.0).unwrap();
    let password = first.1["userCredentials"]["password"].as_str().unwrap();
    assert!(!bytes.windows(password.len()).any(|part| part == password.as_bytes()));
    let other = Options { state: Some(file.0.clone()), seed: 8, ..Options::default() };
    assert!(matches!(Simulator::start_with(other).await, Err(StartError::OtherSeed { .. })));

    let mut world = World::at(&file.0).await;
    world.user = token;
    let after = world.books().await;
    for part in ["tenants", "carts", "orders", "subscriptions", "charges"] {
        assert_eq!(before[part], after[part], "{part}");
    }
    let routes = "POST /v1/customers";
    assert_eq!(before["calls"][routes], after["calls"][routes]);
    assert_eq!(world.control(Method::GET, "/control/clock", &json!({})).await["offset"], clock["offset"]);
    assert_eq!(world.get("/v1/customers").await.0, 500, "one hit was left");
    assert_eq!(world.get("/v1/customers").await.1["totalCount"], 1);
    assert_eq!(world.get(&path).await.1["quantity"], 5);
    // Two days have passed: the id is forgotten, the domain is not.
    let (status, answer) = world.send(Method::POST, "/v1/customers", &id("a"), &body).await;
    assert_eq!((status, &answer["code"]), (409, &json!(600_009)));
    world.stop().await;
}

#[tokio::test]
async fn idempotency_survives_a_restart() {
    let file = StateFile::new("simulator.sqlite");
    let world = World::at(&file.0).await;
    let body = world.customer_body("albaforni").await;
    let first = world.send(Method::POST, "/v1/customers", &id("a"), &body).await;
    world.stop().await;
    let world = World::at(&file.0).await;
    let again = world.send(Method::POST, "/v1/customers", &id("a"), &body).await;
    assert_eq!(first, again);
    assert_eq!(world.books().await["tenants"].as_array().unwrap().len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn the_control_interface_is_guarded() {
    let world = World::kind().await;
    let url = format!("{}/control/books", world.simulator.control_url());
    let status = |request: reqwest::RequestBuilder| async move { request.send().await.unwrap().status().as_u16() };
    let token = world.simulator.control_token();
    assert_eq!(status(world.http.get(&url)).await, 401);
    assert_eq!(status(world.http.get(&url).bearer_auth("wrong-wrong-wrong")).await, 401);
    let foreign = world.http.get(&url).bearer_auth(token).header("Host", "evil.example");
    assert_eq!(status(foreign).await, 403);
    assert_eq!(status(world.http.get(&url).bearer_auth(token)).await, 200);
    let back = world.http.post(url.replace("books", "clock/advance")).bearer_auth(token);
    assert_eq!(status(back.json(&json!({"by": "-P1D"}))).await, 409);
    let open = Options { control_listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
    assert!(matches!(Simulator::start_with(open).await, Err(StartError::ControlNotLoopback(_))));
    world.control(Method::POST, "/control/reset", &json!({})).await;
    world.stop().await;
}

#[tokio::test]
async fn a_hostile_simulator_lets_a_patient_client_through() {
    let simulator = Simulator::start_with(Options { hostile: true, seed: 3, ..Options::default() }).await.unwrap();
    let known = simulator.credentials();
    let http = crate::world::client();
    let url = format!("{}/{}/oauth2/token", simulator.url(), known.tenant_id);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &known.client_id),
        ("client_secret", &known.client_secret),
        ("resource", "https://api.partnercenter.microsoft.com"),
    ];
    let mut spoilt = 0;
    for _ in 0..60 {
        let mut tries = 0;
        loop {
            tries += 1;
            assert!(tries <= 3, "spoilt more than twice in a row");
            let answer = http.post(&url).form(&form).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            spoilt += 1;
        }
    }
    assert!(spoilt > 0);
    simulator.stop().await;
}

/// Sends the very same request until it is answered well.
async fn insist(world: &mut World, method: Method, path: &str, id: &str, body: &Value) -> Value {
    for _ in 0..20 {
        let request = world
            .request(method.clone(), path)
            .header("MS-RequestId", id)
            .header("MS-CorrelationId", fresh())
            .json(body);
        let Ok(answer) = request.send().await else {
            continue;
        };
        let (status, answer) = crate::world::read(answer).await;
        match status {
            200 | 201 => return answer,
            // Not yet readable, or spoilt.
            404 | 429 | 500 => tokio::time::sleep(Duration::from_millis(10)).await,
            _ => panic!("{path}: {status} {answer}"),
        }
        if status == 404 {
            let by = json!({"by": "PT5S"});
            world.control(Method::POST, "/control/clock/advance", &by).await;
        }
    }
    panic!("{path}: never answered");
}

#[tokio::test]
async fn a_hostile_road_ends_with_exactly_one_of_each() {
    for seed in 20..26 {
        let mut world = World::with(Options { seed, ..Options::default() }).await;
        let body = world.customer_body("albaforni").await;
        let hostile = [("drop_answer", "after"), ("status", "before"), ("status", "after"), ("throttle", "before")];
        let faults: Vec<Value> =
            hostile.iter().map(|(kind, phase)| json!({"kind": kind, "phase": phase, "probability": 0.25})).collect();
        let lag = json!({"customerSeconds": 3, "orderSeconds": 3, "orderListSeconds": 9, "subscriptionSeconds": 3});
        world.faults(json!({"faults": faults, "lag": lag})).await;
        let get = |path: &str| (Method::GET, path.to_owned());
        let none = json!({});
        let customer = insist(&mut world, Method::POST, "/v1/customers", &fresh(), &body).await;
        let tenant = customer["id"].as_str().unwrap().to_owned();
        let (method, path) = get("/v1/agreements?agreementType=MicrosoftCustomerAgreement");
        let list = insist(&mut world, method, &path, &fresh(), &none).await;
        let path = format!("/v1/customers/{tenant}");
        insist(&mut world, Method::GET, &path, &fresh(), &none).await;
        let agreement = json!({"primaryContact": {"firstName": "Chiara", "lastName": "Neri", "email": "c@albaforni.example"},
            "templateId": list["items"][0]["templateId"], "dateAgreed": "2026-01-01T00:00:00Z",
            "type": "MicrosoftCustomerAgreement"});
        let path = format!("/v1/customers/{tenant}/agreements");
        let agreed = loop {
            let request = world.request(Method::POST, &path).json(&agreement).send().await;
            let Ok(answer) = request else { continue };
            match crate::world::read(answer).await {
                (201, _) => break true,
                (400, answer) => break answer["code"] == 600_061,
                _ => {}
            }
        };
        assert!(agreed);
        let path = format!("/v1/customers/{tenant}/products/CFQ7LV000001/skus/0001/availabilities");
        let item = insist(&mut world, Method::GET, &path, &fresh(), &none).await;
        let cart = json!({"partnerOnRecordAttestationAccepted": true, "lineItems": [{"id": 0, "quantity": 4,
            "catalogItemId": item["items"][0]["catalogItemId"], "termDuration": "P1Y", "billingCycle": "monthly",
            "participants": [{"key": "transaction_reseller", "value": "6100001"}]}]});
        let path = format!("/v1/customers/{tenant}/carts");
        let cart = insist(&mut world, Method::POST, &path, &fresh(), &cart).await;
        let path = format!("{path}/{}/checkout", cart["id"].as_str().unwrap());
        insist(&mut world, Method::POST, &path, &fresh(), &none).await;
        insist(&mut world, Method::POST, &path, &fresh(), &none).await;
        let clock = json!({"by": "PT10S"});
        world.control(Method::POST, "/control/clock/advance", &clock).await;
        let books = world.books().await;
        for part in ["tenants", "carts", "orders", "subscriptions", "charges"] {
            assert_eq!(books[part].as_array().unwrap().len(), 1, "seed {seed}, {part}: {books}");
        }
        assert_eq!(books["tenants"][0]["agreements"], 1);
        assert_eq!(books["carts"][0]["checkoutsDone"], 1);
        world.stop().await;
    }
}
