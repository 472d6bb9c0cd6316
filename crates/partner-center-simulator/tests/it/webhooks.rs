//! Webhooks over real HTTP: registration, signature, retries, delays, doubles and losses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use partner_center_simulator::Options;
use reqwest::Method;
use rsa::pkcs8::DecodePublicKey;
use rsa::{Pkcs1v15Sign, RsaPublicKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use x509_parser::pem::parse_x509_pem;

use crate::faults::StateFile;
use crate::receiver::{Arrival, Receiver};
use crate::world::{World, fresh};

const PATH: &str = "/webhooks/v1/registration";

async fn register(world: &World, receiver: &Receiver, events: &[&str]) -> Value {
    let body = json!({"webhookurl": receiver.url, "WebhookEvents": events});
    let (status, answer) = world.send(Method::POST, PATH, &fresh(), &body).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn fire(world: &World, event: &str, resource: &str) {
    let body = json!({"event": event, "resource": resource});
    let answer = world.control(Method::POST, "/control/webhooks/fire", &body).await;
    assert_eq!(answer["registered"], true);
}

async fn outbox(world: &World) -> Value {
    world.control(Method::GET, "/control/webhooks", &json!({})).await
}

/// Waits until nothing is due any more: rows that are due end, or move into the future.
async fn settled(world: &World, ended: usize) -> Value {
    for _ in 0..2000 {
        let shown = outbox(world).await;
        if shown["ended"].as_array().unwrap().len() >= ended {
            return shown;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("the outbox never came to {ended} ends: {}", outbox(world).await);
}

/// PKCS#1 v1.5 with SHA-256, checked with the key of a certificate.
fn verified(certificate: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).unwrap();
    let key = RsaPublicKey::from_public_key_der(certificate.public_key().raw).unwrap();
    let mut prefix = hex::decode("3031300d060960864801650304020105000420").unwrap();
    prefix.shrink_to_fit();
    let padding = Pkcs1v15Sign { hash_len: Some(32), prefix: prefix.into() };
    key.verify(padding, &Sha256::digest(message), signature).is_ok()
}

/// The whole check of contract 17.4.
async fn check_signature(world: &World, arrival: &Arrival, signature: &str) {
    assert_eq!(arrival.header("X-MS-Signature-Algorithm"), "rsa-sha256");
    let address = arrival.header("X-MS-Certificate-Url");
    assert!(address.starts_with(&world.simulator.url()), "{address}");
    let leaf = world.http.get(address).send().await.unwrap();
    assert_eq!(leaf.status().as_u16(), 200);
    let leaf = leaf.bytes().await.unwrap();
    let (_, leaf) = parse_x509_pem(&leaf).unwrap();
    let root = world.simulator.webhook_root_pem().await.unwrap();
    let (_, root) = parse_x509_pem(root.as_bytes()).unwrap();
    let (leaf_parsed, root_parsed) = (leaf.parse_x509().unwrap(), root.parse_x509().unwrap());
    assert_eq!(leaf_parsed.issuer(), root_parsed.subject());
    let organization = leaf_parsed.issuer().iter_organization().next().unwrap();
    assert_eq!(organization.as_str().unwrap(), "Microsoft Corporation");
    let name = leaf_parsed.subject().iter_common_name().next().unwrap();
    assert!(name.as_str().unwrap().contains("Simulator"), "nobody takes it for Microsoft's own");
    assert!(root_parsed.is_ca() && !leaf_parsed.is_ca());
    assert!(leaf_parsed.validity().is_valid());
    // The chain: the root signed the leaf.
    let signed = leaf_parsed.tbs_certificate.as_ref();
    assert!(verified(&root.contents, signed, &leaf_parsed.signature_value.data));
    let signature = STANDARD.decode(signature).unwrap();
    assert!(verified(&leaf.contents, &arrival.raw, &signature));
    let mut forged = arrival.raw.to_vec();
    forged[10] ^= 1;
    assert!(!verified(&leaf.contents, &forged, &signature));
}

#[tokio::test]
async fn one_registration_is_made_changed_and_read() {
    let world = World::kind().await;
    let receiver = Receiver::start().await;
    let (_, events) = world.get(&format!("{PATH}/events")).await;
    let events: Vec<&str> = events.as_array().unwrap().iter().map(|e| e.as_str().unwrap()).collect();
    assert!(events.contains(&"subscription-updated") && events.contains(&"invoice-ready"));
    assert_eq!(world.get(PATH).await.0, 404);
    let body = json!({"WebhookUrl": receiver.url, "WebhookEvents": ["test-created"]});
    assert_eq!(world.send(Method::PUT, PATH, &fresh(), &body).await.0, 404, "nothing to change yet");
    let made = register(&world, &receiver, &["Test-Created", "subscription-updated", "test-created"]).await;
    assert_eq!(made["WebhookEvents"], json!(["test-created", "subscription-updated"]));
    assert_eq!(world.get(PATH).await, (200, made.clone()));
    assert_eq!(world.send(Method::POST, PATH, &fresh(), &body).await.0, 409, "one per provider");
    let (status, changed) = world.send(Method::PUT, PATH, &fresh(), &body).await;
    assert_eq!((status, &changed["WebhookEvents"]), (200, &json!(["test-created"])));
    assert_eq!(changed["SubscriberId"], made["SubscriberId"]);
    let (_, audit) =
        world.get("/v1/auditrecords?filter=%7B%22Field%22%3A%22ResourceType%22%2C%22Value%22%3A%22webhook%22%7D").await;
    assert_eq!(audit["totalCount"], 2);
    for bad in [
        json!({}),
        json!({"WebhookUrl": receiver.url}),
        json!({"WebhookUrl": receiver.url, "WebhookEvents": []}),
        json!({"WebhookUrl": receiver.url, "WebhookEvents": ["order-completed"]}),
        json!({"WebhookUrl": receiver.url, "WebhookEvents": [7]}),
        json!({"WebhookUrl": "https://hook.example/", "WebhookEvents": ["test-created"]}),
        json!({"WebhookUrl": "not an address", "WebhookEvents": ["test-created"]}),
    ] {
        assert_eq!(world.send(Method::PUT, PATH, &fresh(), &bad).await.0, 400, "{bad}");
    }
    assert_eq!(world.get(PATH).await.1, changed, "what was refused changed nothing");
    let unsigned = world.http.get(format!("{}{PATH}", world.simulator.url())).send().await.unwrap();
    assert_eq!(unsigned.status().as_u16(), 401);
    world.stop().await;
}

#[tokio::test]
async fn other_machines_are_called_only_when_the_option_says_so() {
    let world = World::with(Options { webhooks_anywhere: true, ..Options::default() }).await;
    let body = json!({"WebhookUrl": "https://hook.example/x", "WebhookEvents": ["invoice-ready"]});
    assert_eq!(world.send(Method::POST, PATH, &fresh(), &body).await.0, 200);
    world.stop().await;
}

#[tokio::test]
async fn deliveries_are_signed_in_the_header_that_was_asked_for() {
    let world = World::kind().await;
    let mut receiver = Receiver::start().await;
    register(&world, &receiver, &["invoice-ready"]).await;
    fire(&world, "invoice-ready", "/invoices/G000000001").await;
    let arrival = receiver.next().await;
    let authorization = arrival.header("Authorization").to_owned();
    check_signature(&world, &arrival, authorization.strip_prefix("Signature ").unwrap()).await;
    assert_eq!(arrival.header("x-ms-signature"), "");
    assert_eq!(arrival.body["EventName"], "invoice-ready");
    assert_eq!(arrival.body["ResourceName"], "invoice");
    assert!(arrival.body.get("AuditUri").is_some());
    let body = json!({"WebhookUrl": receiver.url, "WebhookEvents": ["invoice-ready"],
        "SignatureTokenToMsSignatureHeader": true});
    assert_eq!(world.send(Method::PUT, PATH, &fresh(), &body).await.0, 200);
    fire(&world, "INVOICE-ready", "/invoices/G000000002").await;
    let arrival = receiver.next().await;
    let signature = arrival.header("x-ms-signature").to_owned();
    check_signature(&world, &arrival, &signature).await;
    assert_eq!(arrival.header("Authorization"), "");
    let root = world.control_text("/control/webhooks/root").await;
    assert_eq!(Some(root), world.simulator.webhook_root_pem().await);
    world.stop().await;
}

#[tokio::test]
async fn trap_41_late_events_with_odd_addresses_are_dropped_after_ten_tries() {
    let mut world = World::kind().await;
    let mut receiver = Receiver::start().await;
    world.faults(json!({"webhooks": {"delaySeconds": 172_800}})).await;
    register(&world, &receiver, &["subscription-updated", "invoice-ready"]).await;
    let (customer, subscription) = (fresh(), fresh());
    let resource = format!("/customers/{customer}/subscriptions/{subscription}");
    fire(&world, "subscription-updated", &resource).await;
    world.advance("PT47H").await;
    assert!(receiver.is_quiet(), "two days late");
    world.advance("PT2H").await;
    let arrival = receiver.next().await;
    let uri = arrival.body["ResourceUri"].as_str().unwrap();
    assert!(uri.starts_with("http://") && uri.ends_with(&format!("/webhooks/v1{resource}")), "{uri}");
    settled(&world, 1).await;

    world.faults(json!({"webhooks": {}})).await;
    receiver.answer(503);
    fire(&world, "invoice-ready", "/invoices/G000000001").await;
    for attempt in 1..=10 {
        receiver.next().await;
        // The wait doubles; a day covers the longest.
        if attempt < 10 {
            wait_for_attempts(&world, attempt).await;
            world.advance("P1D").await;
        }
    }
    let shown = settled(&world, 2).await;
    assert_eq!(shown["ended"][0]["state"], "givenUp");
    let attempts = shown["ended"][0]["attempts"].as_array().unwrap();
    assert_eq!(attempts.len(), 10);
    assert_eq!(attempts[0]["responseCode"], "ServiceUnavailable");
    receiver.answer(200);
    world.advance("P3D").await;
    fire(&world, "invoice-ready", "/invoices/G000000002").await;
    let next = receiver.next().await;
    assert!(next.body["ResourceUri"].as_str().unwrap().ends_with("G000000002"), "what was given up stays away");
    world.stop().await;
}

/// Until the one waiting row has so many attempts on record.
async fn wait_for_attempts(world: &World, count: usize) {
    for _ in 0..2000 {
        let shown = outbox(world).await;
        if shown["waiting"][0]["attempts"].as_array().is_some_and(|attempts| attempts.len() == count) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{count} attempts never came: {}", outbox(world).await);
}

#[tokio::test]
async fn events_are_doubled_lost_and_shuffled_as_the_switches_say() {
    let world = World::kind().await;
    let mut receiver = Receiver::start().await;
    register(&world, &receiver, &["invoice-ready"]).await;
    world.faults(json!({"webhooks": {"duplicateProbability": 1.0}})).await;
    fire(&world, "invoice-ready", "/invoices/G000000001").await;
    let (one, two) = (receiver.next().await, receiver.next().await);
    assert_eq!(one.raw, two.raw, "a double is the same to the last byte");
    settled(&world, 2).await;
    world.faults(json!({"webhooks": {"lossProbability": 1.0}})).await;
    fire(&world, "invoice-ready", "/invoices/G000000002").await;
    let shown = outbox(&world).await;
    assert_eq!(shown["ended"][0]["state"], "lost");
    assert_eq!(shown["ended"][0]["attempts"], json!([]));
    world.faults(json!({"webhooks": {"delaySeconds": 60, "spreadSeconds": 3600, "shuffle": true}})).await;
    for number in 10..30 {
        fire(&world, "invoice-ready", &format!("/invoices/G0000000{number}")).await;
    }
    assert!(receiver.is_quiet());
    let by = json!({"by": "PT2H"});
    world.control(Method::POST, "/control/clock/advance", &by).await;
    let mut order = Vec::new();
    for _ in 10..30 {
        order.push(receiver.next().await.body["ResourceUri"].as_str().unwrap().to_owned());
    }
    let mut sorted = order.clone();
    sorted.sort();
    assert_ne!(order, sorted);
    sorted.dedup();
    assert_eq!(sorted.len(), 20, "each once");
    world.faults(json!({"webhooks": {}})).await;
    let misspelt = json!({"webhooks": {"lossProbability": 1.5}});
    let url = format!("{}/control/faults", world.simulator.control_url());
    let request = world.http.put(url).bearer_auth(world.simulator.control_token());
    assert_eq!(request.json(&misspelt).send().await.unwrap().status().as_u16(), 400);
    world.stop().await;
}

#[tokio::test]
async fn validation_events_tell_how_the_receiver_did() {
    let mut world = World::kind().await;
    let mut receiver = Receiver::start().await;
    let path = format!("{PATH}/validationEvents");
    let none = json!({});
    assert_eq!(world.send(Method::POST, &path, &fresh(), &none).await.0, 400, "nothing is registered");
    register(&world, &receiver, &["invoice-ready"]).await;
    assert_eq!(world.send(Method::POST, &path, &fresh(), &none).await.0, 400, "test-created is not registered");
    let body = json!({"WebhookUrl": receiver.url, "WebhookEvents": ["test-created"]});
    assert_eq!(world.send(Method::PUT, PATH, &fresh(), &body).await.0, 200);
    receiver.answer(500);
    let asked = world.request(Method::POST, &path).send().await.unwrap();
    let (status, answer) = crate::world::read(asked).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(receiver.next().await.body["EventName"], "test-created");
    wait_for_attempts(&world, 1).await;
    let id = answer["correlationId"].as_str().unwrap();
    let (_, shown) = world.get(&format!("{path}/{id}")).await;
    assert_eq!((&shown["status"], &shown["callbackUrl"]), (&json!("pending"), &json!(receiver.url)));
    assert_eq!(shown["partnerId"], world.simulator.credentials().tenant_id);
    assert_eq!(shown["results"][0]["responseCode"], "InternalServerError");
    receiver.answer(200);
    world.advance("PT2M").await;
    receiver.next().await;
    settled(&world, 1).await;
    let (_, shown) = world.get(&format!("{path}/{id}")).await;
    assert_eq!(shown["status"], "completed");
    assert_eq!(shown["results"].as_array().unwrap().len(), 2);
    assert_eq!(shown["results"][1]["systemError"], false);

    assert_eq!(world.send(Method::POST, &path, &fresh(), &none).await.0, 200);
    assert_eq!(world.send(Method::POST, &path, &fresh(), &none).await.0, 200);
    let refused = world.request(Method::POST, &path).send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 429);
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u32>().unwrap() <= 61);
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["statusCode"], 429);
    world.advance("PT40S").await;
    assert_eq!(world.send(Method::POST, &path, &fresh(), &none).await.0, 429, "a refused request counts, too");
    world.advance("PT61S").await;
    assert_eq!(world.send(Method::POST, &path, &fresh(), &none).await.0, 200);
    world.advance("P8D").await;
    assert_eq!(world.get(&format!("{path}/{id}")).await.0, 404, "purged after seven days");
    assert_eq!(world.get(&format!("{path}/nonsense")).await.0, 404);
    world.stop().await;
}

#[tokio::test]
async fn what_waits_survives_a_restart() {
    let file = StateFile::new("webhooks.sqlite");
    let world = World::at(&file.0).await;
    let mut receiver = Receiver::start().await;
    register(&world, &receiver, &["invoice-ready"]).await;
    let root = world.simulator.webhook_root_pem().await;
    world.faults(json!({"webhooks": {"delaySeconds": 600}})).await;
    fire(&world, "invoice-ready", "/invoices/G000000001").await;
    world.stop().await;
    let mut world = World::at(&file.0).await;
    assert!(receiver.is_quiet());
    assert_eq!(outbox(&world).await["waiting"].as_array().unwrap().len(), 1);
    world.advance("PT11M").await;
    let arrival = receiver.next().await;
    let authorization = arrival.header("Authorization").to_owned();
    check_signature(&world, &arrival, authorization.strip_prefix("Signature ").unwrap()).await;
    assert_eq!(world.simulator.webhook_root_pem().await, root);
    settled(&world, 1).await;
    world.control(Method::POST, "/control/reset", &json!({})).await;
    let shown = outbox(&world).await;
    assert_eq!((&shown["registration"], &shown["ended"]), (&Value::Null, &json!([])));
    world.stop().await;
}
