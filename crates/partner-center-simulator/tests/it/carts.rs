//! Carts: what a line may carry, the whole-cart PUT, and the two ends of a checkout.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{GOOD_RESELLER, World, fresh};

/// A line that can be bought; the changes are laid over it.
async fn line(world: &World, tenant: &str, product: &str, changes: Value) -> Value {
    let mut line = json!({"catalogItemId": world.item(tenant, product).await, "quantity": 5, "termDuration": "P1Y",
        "billingCycle": "monthly", "participants": [{"key": "transaction_reseller", "value": GOOD_RESELLER}]});
    for (name, value) in changes.as_object().unwrap() {
        line[name] = value.clone();
    }
    line
}

fn body(lines: &[Value]) -> Value {
    json!({"partnerOnRecordAttestationAccepted": true, "lineItems": lines})
}

async fn post(world: &World, tenant: &str, lines: &[Value]) -> (u16, Value) {
    world.send(Method::POST, &format!("/v1/customers/{tenant}/carts"), &fresh(), &body(lines)).await
}

/// The error code of the only line.
async fn error_of(world: &World, tenant: &str, product: &str, changes: Value) -> Value {
    let (status, cart) = post(world, tenant, &[line(world, tenant, product, changes).await]).await;
    assert_eq!(status, 201, "{cart}");
    cart["lineItems"][0]["error"]["errorCode"].clone()
}

#[tokio::test]
async fn lines_are_judged_one_by_one() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let product = "CFQ7LV000001";
    for (product, changes, code) in [
        (product, json!({}), Value::Null),
        (product, json!({"currencyCode": "USD"}), json!(10_000)),
        (product, json!({"currencyCode": "eur"}), Value::Null),
        (product, json!({"catalogItemId": "CFQ7LV000001:0001:AAAAAA"}), json!(10_001)),
        (product, json!({"catalogItemId": "nonsense"}), json!(10_001)),
        (product, json!({"billingCycle": "triennial"}), json!(10_013)),
        (product, json!({"termDuration": "P1D"}), json!(10_013)),
        (product, json!({"renewsTo": {"termDuration": "P1Y"}}), Value::Null),
        (product, json!({"renewsTo": [{"termDuration": "P1M"}]}), Value::Null),
        (product, json!({"renewsTo": {"termDuration": "P3Y"}}), json!(10_013)),
        ("CFQ7LV000018", json!({}), json!(10_012)),
        ("CFQ7LV000018", json!({"attestationAccepted": false}), json!(10_012)),
        ("CFQ7LV000018", json!({"AttestationAccepted": true}), Value::Null),
        (product, json!({"promotionId": "39NFLV999999:0001:PROMO999"}), json!(10_014)),
    ] {
        assert_eq!(error_of(&world, &tenant, product, changes.clone()).await, code, "{product} {changes}");
    }
    world.faults(json!({"outOfStock": ["CFQ7LV000012"]})).await;
    let (_, cart) = post(&world, &tenant, &[line(&world, &tenant, "CFQ7LV000012", json!({})).await]).await;
    let error = &cart["lineItems"][0]["error"];
    assert_eq!(
        (&error["errorCode"], &error["additionalInformation"]["availableQuantity"]),
        (&json!(10_003), &json!(0))
    );
    world.faults(json!({"carts": {"errorsByName": true}, "outOfStock": []})).await;
    assert_eq!(
        error_of(&world, &tenant, product, json!({"quantity": 301})).await,
        "MaxAllowedSeatsPerSubscriptionExceeded"
    );
    assert_eq!(error_of(&world, &tenant, "CFQ7LV000007", json!({})).await, 400_041, "no name is published for it");
    world.stop().await;
}

#[tokio::test]
async fn bad_carts_are_refused_as_a_whole() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let good = line(&world, &tenant, "CFQ7LV000001", json!({})).await;
    let with = |changes: Value| {
        let mut line = good.clone();
        for (name, value) in changes.as_object().unwrap() {
            line[name] = value.clone();
        }
        line
    };
    for (lines, code) in [
        (vec![], 800_002),
        (vec![with(json!({"quantity": null}))], 800_002),
        (vec![with(json!({"quantity": 1.5}))], 800_002),
        (vec![with(json!({"catalogItemId": 7}))], 800_002),
        (vec![with(json!({"renewsTo": "P1Y"}))], 800_002),
        (vec![with(json!({"id": 1}))], 800_071),
        (vec![with(json!({"id": 0})), with(json!({"id": 0}))], 800_071),
        (vec![with(json!({"id": 0})), good.clone()], 800_071),
    ] {
        let (status, answer) = post(&world, &tenant, &lines).await;
        assert_eq!((status, &answer["code"]), (400, &json!(code)), "{lines:?}");
    }
    let path = format!("/v1/customers/{tenant}/carts");
    let unattested = json!({"lineItems": [good]});
    let (status, answer) = world.send(Method::POST, &path, &fresh(), &unattested).await;
    assert_eq!((status, &answer["code"]), (400, &json!(900_206)));
    let (_, unnumbered) = post(&world, &tenant, &[good.clone(), with(json!({"billingCycle": "annual"}))]).await;
    let ids: Vec<&Value> = unnumbered["lineItems"].as_array().unwrap().iter().map(|line| &line["id"]).collect();
    assert_eq!(ids, [0, 1], "the server numbers the lines");
    assert_eq!(world.books().await["carts"].as_array().unwrap().len(), 1);
    world.stop().await;
}

#[tokio::test]
async fn participants_are_who_and_where_they_may_be() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let name = |key: &str, value: &str| json!({"key": key, "value": value});
    let first = name("transaction_reseller", GOOD_RESELLER);
    let more = name("additional_transaction_reseller", "6100002");
    let product = "CFQ7LV000001";
    for (participants, code) in [
        (vec![first.clone(), more.clone()], Value::Null),
        (vec![first.clone(), name("consumption_reseller", "6100002")], Value::Null),
        (vec![first.clone(), first.clone()], json!(10_010)),
        (vec![first.clone(), name("cousin", "6100002")], json!(10_010)),
    ] {
        assert_eq!(error_of(&world, &tenant, product, json!({"participants": participants})).await, code);
    }
    let crowd: Vec<Value> = std::iter::once(first.clone()).chain(std::iter::repeat_n(more.clone(), 6)).collect();
    let crowded = line(&world, &tenant, product, json!({"participants": crowd})).await;
    assert_eq!(post(&world, &tenant, &[crowded]).await.0, 400);
    let stranger = json!({"participants": [first, name("additional_transaction_reseller", "7777777")]});
    let stranger = line(&world, &tenant, product, stranger).await;
    assert_eq!(post(&world, &tenant, &[stranger]).await.1["code"], 800_015);

    // Additional resellers are for the European Union and EFTA.
    let mut british = world.customer_body("betaforni").await;
    british["billingProfile"]["culture"] = json!("en-GB");
    british["billingProfile"]["language"] = json!("en");
    british["billingProfile"]["defaultAddress"]["country"] = json!("GB");
    british["billingProfile"]["defaultAddress"]["postalCode"] = json!("SW1A 1AA");
    let (status, customer) = world.send(Method::POST, "/v1/customers", &fresh(), &british).await;
    assert_eq!(status, 201, "{customer}");
    let british = customer["id"].as_str().unwrap();
    world.agree(british).await;
    let both = json!({"participants": [name("transaction_reseller", GOOD_RESELLER), more]});
    assert_eq!(error_of(&world, british, product, both).await, 10_004);
    world.faults(json!({"carts": {"directPartner": true}})).await;
    assert_eq!(error_of(&world, &tenant, product, json!({})).await, 10_004);
    assert_eq!(error_of(&world, &tenant, product, json!({"participants": []})).await, Value::Null);
    world.stop().await;
}

#[tokio::test]
async fn addons_need_seats_of_their_base() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    world.bought(&tenant, "CFQ7LV000003", 4).await;
    let addon = "CFQ7LV000007";
    assert_eq!(error_of(&world, &tenant, addon, json!({"quantity": 4})).await, Value::Null);
    assert_eq!(error_of(&world, &tenant, addon, json!({"quantity": 5})).await, 10_018);
    let all = world.control(Method::GET, "/control/catalogue", &json!({})).await;
    let mut product = all["products"].as_array().unwrap().iter().find(|p| p["productId"] == addon).unwrap().clone();
    product["minimumQuantity"] = json!(3);
    product["provisioningVariables"] = json!(["countryOfUse"]);
    world.control(Method::PUT, "/control/catalogue", &json!({"products": [product]})).await;
    assert_eq!(error_of(&world, &tenant, addon, json!({"quantity": 2})).await, 10_019);
    assert_eq!(error_of(&world, &tenant, addon, json!({"quantity": 3})).await, 10_010, "a variable is missing");
    let whole = json!({"quantity": 3, "provisioningContext": {"CountryOfUse": "IT"}});
    assert_eq!(error_of(&world, &tenant, addon, whole).await, Value::Null);
    // A base in the same cart counts, wherever it stands.
    let other = world.tenant("betaforni").await;
    let lines = [
        line(&world, &other, addon, json!({"quantity": 3, "provisioningContext": {"countryOfUse": "IT"}})).await,
        line(&world, &other, "CFQ7LV000001", json!({"quantity": 3})).await,
    ];
    let (_, cart) = post(&world, &other, &lines).await;
    assert!(cart["lineItems"][0].get("error").is_none(), "{cart}");
    world.stop().await;
}

#[tokio::test]
async fn a_put_is_the_whole_cart() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let (basic, standard) = (
        line(&world, &tenant, "CFQ7LV000001", json!({})).await,
        line(&world, &tenant, "CFQ7LV000002", json!({})).await,
    );
    let (_, cart) = post(&world, &tenant, &[basic.clone(), standard.clone()]).await;
    let path = format!("/v1/customers/{tenant}/carts/{}", cart["id"].as_str().unwrap());
    let (status, after) = world.send(Method::PUT, &path, &fresh(), &body(std::slice::from_ref(&standard))).await;
    assert_eq!((status, after["lineItems"].as_array().unwrap().len()), (200, 1));
    assert_eq!(after["lineItems"][0]["catalogItemId"], standard["catalogItemId"]);
    assert_eq!(after["expirationTimestamp"], cart["expirationTimestamp"], "a change gives no further week");
    let mut echoed = after.clone();
    echoed["lineItems"][0]["quantity"] = json!(7);
    let (_, echoed) = world.send(Method::PUT, &path, &fresh(), &echoed).await;
    assert_eq!(echoed["lineItems"][0]["quantity"], 7);
    assert_eq!(world.get(&path).await.1, echoed);
    assert_eq!(world.send(Method::PUT, &path, &fresh(), &body(&[])).await.0, 400);
    assert_eq!(world.get(&path).await.1, echoed, "a refusal changes nothing");
    world.advance("P7D").await;
    for method in [Method::PUT, Method::GET] {
        let (status, answer) = world.send(method, &path, &fresh(), &body(std::slice::from_ref(&basic))).await;
        assert_eq!((status, &answer["code"]), (404, &json!(800_008)));
    }
    assert_eq!(world.checkout(&tenant, &cart).await.1["code"], 800_008);
    assert_eq!(world.books().await["orders"], json!([]));
    world.stop().await;
}

#[tokio::test]
async fn what_was_ordered_is_frozen() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    world.faults(json!({"orderFailures": [{"productId": "CFQ7LV000002", "code": 800_005}]})).await;
    let bought = line(&world, &tenant, "CFQ7LV000001", json!({})).await;
    let failing = line(&world, &tenant, "CFQ7LV000002", json!({"billingCycle": "annual"})).await;
    let instead = line(&world, &tenant, "CFQ7LV000003", json!({})).await;
    let (_, cart) = post(&world, &tenant, &[bought.clone(), failing]).await;
    let groups: Vec<Value> =
        cart["lineItems"].as_array().unwrap().iter().map(|line| line["orderGroup"].clone()).collect();
    assert_ne!(groups[0], groups[1]);
    let (status, half) = world.checkout(&tenant, &cart).await;
    assert_eq!((status, half["orders"].as_array().unwrap().len()), (201, 1));
    assert_eq!(half["orderErrors"][0]["orderGroupId"], groups[1]);
    let path = format!("/v1/customers/{tenant}/carts/{}", cart["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.1["status"], "Active");

    let mut altered = bought.clone();
    altered["quantity"] = json!(6);
    for lines in [vec![instead.clone()], vec![altered, instead.clone()]] {
        let (status, answer) = world.send(Method::PUT, &path, &fresh(), &body(&lines)).await;
        assert_eq!((status, &answer["code"]), (400, &json!(800_065)));
    }
    // The new line has the billing cycle of the ordered one, yet another group.
    let (status, next) = world.send(Method::PUT, &path, &fresh(), &body(&[bought.clone(), instead])).await;
    assert_eq!(status, 200, "{next}");
    assert_eq!(next["lineItems"][0]["orderGroup"], groups[0]);
    assert_ne!(next["lineItems"][1]["orderGroup"], groups[0]);
    let (_, whole) = world.checkout(&tenant, &cart).await;
    let orders = whole["orders"].as_array().unwrap();
    assert_eq!((orders.len(), &orders[0]["id"]), (2, &half["orders"][0]["id"]));
    assert_eq!(orders.iter().map(|o| o["lineItems"].as_array().unwrap().len()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(world.get(&path).await.1["status"], "Ordered");
    let (status, answer) = world.send(Method::PUT, &path, &fresh(), &body(&[bought])).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_065)));
    let (_, again) = world.checkout(&tenant, &cart).await;
    assert_eq!(again["orders"], whole["orders"]);
    assert_eq!(world.books().await["orders"].as_array().unwrap().len(), 2);
    world.stop().await;
}

#[tokio::test]
async fn education_waits_for_the_verdict() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = "/v1/products/CFQ7LV000008/skus/0001/availabilities?country=IT";
    let item = world.get(path).await.1["items"][0]["catalogItemId"].clone();
    let line = json!({"catalogItemId": item, "quantity": 5, "termDuration": "P1Y", "billingCycle": "annual",
        "participants": [{"key": "transaction_reseller", "value": GOOD_RESELLER}]});
    let (_, cart) = post(&world, &tenant, std::slice::from_ref(&line)).await;
    assert_eq!(cart["lineItems"][0]["error"]["errorCode"], 10_006);
    let ask = json!({"qualification": "education", "educationSegment": "K12", "website": "https://liceo.edu.it"});
    let asked = format!("/v1/customers/{tenant}/qualifications");
    assert_eq!(world.send(Method::POST, &asked, &fresh(), &ask).await.1["vettingStatus"], "InReview");
    let twin = format!("/v1/customers/{tenant}/products/CFQ7LV000008");
    assert_eq!(world.get(&twin).await.1["code"], 400_013, "still in review");
    world.advance("PT61S").await;
    assert_eq!(world.get(&twin).await.0, 200);
    let (_, cart) = post(&world, &tenant, std::slice::from_ref(&line)).await;
    assert!(cart["lineItems"][0].get("error").is_none(), "{cart}");
    // The verdict can be lost between cart and checkout.
    let denied = json!({"qualification": "education", "educationSegment": "K12", "website": "https://denied.example"});
    world.send(Method::POST, &asked, &fresh(), &denied).await;
    world.advance("PT61S").await;
    let (status, answer) = world.checkout(&tenant, &cart).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_086)), "{answer}");
    world.stop().await;
}

#[tokio::test]
async fn an_attestation_demanded_later_is_asked_for_at_the_checkout() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let (_, cart) = post(&world, &tenant, &[line(&world, &tenant, "CFQ7LV000001", json!({})).await]).await;
    let all = world.control(Method::GET, "/control/catalogue", &json!({})).await;
    let mut product = all["products"][0].clone();
    assert_eq!(product["productId"], "CFQ7LV000001");
    product["attestation"] = json!("SharedDevice");
    world.control(Method::PUT, "/control/catalogue", &json!({"products": [product]})).await;
    let (status, answer) = world.checkout(&tenant, &cart).await;
    assert_eq!((status, &answer["code"]), (400, &json!(900_203)), "{answer}");
    world.stop().await;
}
