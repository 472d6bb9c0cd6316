//! The traps of contract 22 between the reseller's check and the checkout.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{GOOD_RESELLER, World, fresh};

async fn partner(world: &World, mpn: &str) -> Value {
    let all = world.control(Method::GET, "/control/partners", &json!({})).await;
    all["partners"].as_array().unwrap().iter().find(|partner| partner["mpnId"] == mpn).unwrap().clone()
}

/// A cart of one line with these participants.
async fn cart_of(world: &World, tenant: &str, participants: Value) -> (u16, Value) {
    let line = json!({"catalogItemId": world.item(tenant, "CFQ7LV000001").await, "quantity": 1,
        "termDuration": "P1Y", "billingCycle": "monthly", "participants": participants});
    let body = json!({"partnerOnRecordAttestationAccepted": true, "lineItems": [line]});
    world.send(Method::POST, &format!("/v1/customers/{tenant}/carts"), &fresh(), &body).await
}

#[tokio::test]
async fn trap_01_a_name_that_is_found_is_taken() {
    let world = World::kind().await;
    for method in [Method::HEAD, Method::GET] {
        for (name, status) in [("contoso", 200), ("albaforni", 404)] {
            let path = format!("/v1/domains/{name}.onmicrosoft.com");
            let answer = world.request(method.clone(), &path).send().await.unwrap();
            assert_eq!(answer.status().as_u16(), status, "{method} {name}");
            assert!(answer.bytes().await.unwrap().is_empty());
        }
    }
    let nobody = format!("{}/v1/domains/albaforni.onmicrosoft.com", world.simulator.url());
    assert_eq!(world.http.head(nobody).send().await.unwrap().status().as_u16(), 401, "no verdict");
    world.stop().await;
}

#[tokio::test]
async fn trap_04_tenant_ids_and_location_ids_are_not_mixed_up() {
    let world = World::kind().await;
    let reseller = world.reseller().await;
    let mut body = world.customer_body("albaforni").await;
    body["associatedPartnerId"] = json!(GOOD_RESELLER);
    assert_eq!(world.send(Method::POST, "/v1/customers", &fresh(), &body).await.0, 400, "a location id");
    let tenant = world.tenant("albaforni").await;
    let (status, answer) = cart_of(&world, &tenant, json!([{"key": "transaction_reseller", "value": reseller}])).await;
    assert_eq!((status, &answer["code"]), (404, &json!(800_015)), "a tenant id");
    world.stop().await;
}

#[tokio::test]
async fn trap_05_forgetting_the_reseller_succeeds_silently() {
    let mut world = World::kind().await;
    let mut body = world.customer_body("albaforni").await;
    body["associatedPartnerId"] = Value::Null;
    let (status, direct) = world.send(Method::POST, "/v1/customers", &fresh(), &body).await;
    assert_eq!((status, &direct["relationshipToPartner"]), (201, &json!("none")));
    let tenant = direct["id"].as_str().unwrap().to_owned();
    world.agree(&tenant).await;
    assert_eq!(world.get(&format!("/v1/customers/{tenant}/relationships")).await.1["totalCount"], 0);
    let (_, cart) = cart_of(&world, &tenant, json!([])).await;
    assert!(cart["lineItems"][0].get("error").is_none(), "{cart}");
    assert_eq!(world.checkout(&tenant, &cart).await.0, 201);
    world.advance("PT3S").await;
    let (_, list) = world.get(&format!("/v1/customers/{tenant}/subscriptions")).await;
    assert_eq!(list["items"][0]["partnerId"], "", "nobody is paid");
    world.stop().await;
}

#[tokio::test]
async fn trap_06_our_own_id_is_no_partner_on_record() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let ours = world.get("/v1/profiles/mpn").await.1["mpnId"].clone();
    let (status, answer) = cart_of(&world, &tenant, json!([{"key": "transaction_reseller", "value": ours}])).await;
    assert_eq!((status, &answer["code"]), (404, &json!(2072)));
    world.stop().await;
}

#[tokio::test]
async fn trap_07_links_come_in_three_shapes() {
    let world = World::kind().await;
    let (_, product) = world.get("/v1/products/CFQ7LV000001?country=IT").await;
    assert_eq!(product["links"]["self"]["uri"], "/products/CFQ7LV000001");
    assert_eq!(product["links"]["skus"]["uri"], "/v1/products/CFQ7LV000001/skus");
    let (_, promotions) = world.get("/v1/productpromotions?country=IT&segment=commercial").await;
    let uri = promotions["links"]["self"]["uri"].as_str().unwrap();
    assert!(uri.starts_with(&world.simulator.url()), "{uri}");
    assert_eq!(world.get(uri.strip_prefix(&world.simulator.url()).unwrap()).await.1, promotions);
    world.stop().await;
}

#[tokio::test]
async fn trap_11_no_account_status_means_go() {
    let world = World::kind().await;
    world
        .faults(json!({"vetting": {"byDomainPrefix": {"alba": "NotFound", "beta": "Not Ready", "gamma": "Unknown"}}}))
        .await;
    let status = |tenant: &str| format!("/v1/customers/{tenant}/validationStatus?type=account");
    let tenant = world.tenant("albaforni").await;
    let (code, answer) = world.get(&status(&tenant)).await;
    assert_eq!((code, &answer["code"], &answer["isRetryable"]), (404, &json!(600_074), &json!(false)));
    let good = json!([{"key": "transaction_reseller", "value": GOOD_RESELLER}]);
    assert_eq!(cart_of(&world, &tenant, good.clone()).await.0, 201);
    for (prefix, code) in [("betaforni", 800_073), ("gammaforni", 800_074)] {
        let tenant = world.tenant(prefix).await;
        assert_eq!(world.get(&status(&tenant)).await.0, 200);
        let (status, answer) = cart_of(&world, &tenant, good.clone()).await;
        assert_eq!((status, &answer["code"]), (403, &json!(code)), "{prefix}");
    }
    world.stop().await;
}

#[tokio::test]
async fn trap_12_agreements_without_a_type_are_the_dead_ones() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let (_, silent) = world.get("/v1/agreements").await;
    assert_eq!(
        (&silent["totalCount"], &silent["items"][0]["agreementType"]),
        (&json!(1), &json!("MicrosoftCloudAgreement"))
    );
    assert_eq!(world.get("/v1/agreements?agreementType=*").await.1["totalCount"], 2);
    let path = format!("/v1/customers/{tenant}/agreements");
    assert_eq!(world.get(&path).await.1["totalCount"], 0, "although one was attested");
    let (_, asked) = world.get(&format!("{path}?agreementType=MicrosoftCustomerAgreement")).await;
    assert_eq!(asked["totalCount"], 1);
    assert!(!asked["items"][0]["dateAgreed"].as_str().unwrap().ends_with('Z'), "without zone");
    world.stop().await;
}

fn attestation(template: &Value, name: &str) -> Value {
    json!({"primaryContact": {"firstName": name, "lastName": "Neri", "email": "c@albaforni.example"},
        "templateId": template, "dateAgreed": "2026-01-01T00:00:00Z", "type": "MicrosoftCustomerAgreement"})
}

#[tokio::test]
async fn trap_13_a_revision_changes_the_template() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let metadata = "/v1/agreements?agreementType=MicrosoftCustomerAgreement";
    let old = world.get(metadata).await.1["items"][0]["templateId"].clone();
    world.faults(json!({"agreementRevision": 1})).await;
    let new = world.get(metadata).await.1["items"][0]["templateId"].clone();
    assert_ne!(old, new);
    let path = format!("/v1/customers/{tenant}/agreements");
    let (status, answer) = world.send(Method::POST, &path, &fresh(), &attestation(&old, "Anna")).await;
    assert_eq!((status, &answer["data"][0]), (400, &json!("templateId")));
    assert_eq!(world.send(Method::POST, &path, &fresh(), &attestation(&new, "Anna")).await.0, 201);
    world.stop().await;
}

#[tokio::test]
async fn trap_14_a_second_attestation_is_an_error_of_its_own_shape() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let (_, list) = world.get("/v1/agreements?agreementType=MicrosoftCustomerAgreement").await;
    let template = &list["items"][0]["templateId"];
    let path = format!("/v1/customers/{tenant}/agreements");
    let (status, answer) = world.send(Method::POST, &path, &fresh(), &attestation(template, "Chiara")).await;
    assert_eq!((status, &answer["code"]), (400, &json!(600_061)));
    assert!(answer["errorName"].is_string() && answer["message"].is_string() && answer["isRetryable"] == false);
    assert_eq!(answer["errorMessageExtended"], "InternalErrorCode=600061");
    assert_eq!(
        world.send(Method::POST, &path, &fresh(), &attestation(template, "Anna")).await.0,
        201,
        "another contact"
    );
    world.stop().await;
}

#[tokio::test]
async fn trap_15_a_put_of_a_cart_may_answer_201() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let (_, cart) = world.cart(&tenant, &[("CFQ7LV000001", 1, "P1Y", "monthly")]).await;
    let path = format!("/v1/customers/{tenant}/carts/{}", cart["id"].as_str().unwrap());
    for (created, status) in [(false, 200), (true, 201)] {
        world.faults(json!({"carts": {"putCreated": created}})).await;
        let (was, answer) = world.send(Method::PUT, &path, &fresh(), &cart).await;
        assert_eq!((was, &answer["id"]), (status, &cart["id"]));
    }
    world.stop().await;
}

/// A cart that outlived its month.
async fn stale_cart(world: &mut World) -> (String, Value) {
    let clock = world.control(Method::GET, "/control/clock", &json!({})).await;
    let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    let day = now.to_zoned(jiff::tz::TimeZone::UTC);
    let eve = day.last_of_month().unwrap().end_of_day().unwrap().timestamp() - jiff::SignedDuration::from_secs(600);
    if eve > now {
        world.control(Method::PUT, "/control/clock", &json!({"now": eve.to_string()})).await;
        world.sign_in().await;
    }
    let tenant = world.tenant("albaforni").await;
    let (_, cart) = world.cart(&tenant, &[("CFQ7LV000001", 1, "P1Y", "monthly")]).await;
    world.advance("PT1H").await;
    (tenant, cart)
}

#[tokio::test]
async fn trap_16_yesterdays_availability_fails_at_the_checkout() {
    let mut world = World::kind().await;
    let (tenant, cart) = stale_cart(&mut world).await;
    let path = format!("/v1/customers/{tenant}/carts/{}", cart["id"].as_str().unwrap());
    assert!(world.get(&path).await.1["lineItems"][0].get("error").is_none(), "the cart does not tell");
    let (status, answer) = world.checkout(&tenant, &cart).await;
    assert_eq!((status, &answer["code"]), (400, &json!(400_019)));
    assert_eq!(world.books().await["orders"], json!([]));
    let (_, next) = world.cart(&tenant, &[("CFQ7LV000001", 1, "P1Y", "monthly")]).await;
    assert_eq!(world.checkout(&tenant, &next).await.0, 201);
    world.stop().await;
}

#[tokio::test]
async fn trap_17_a_created_cart_may_be_in_error() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    world.faults(json!({"lineErrors": [{"productId": "CFQ7LV000001", "code": 10_006, "count": 1}]})).await;
    let lines = [("CFQ7LV000001", 1, "P1Y", "monthly"), ("CFQ7LV000002", 1, "P1Y", "monthly")];
    let (status, cart) = world.cart(&tenant, &lines).await;
    assert_eq!((status, &cart["status"]), (201, &json!("Active")));
    assert_eq!(cart["lineItems"][0]["error"]["errorCode"], 10_006);
    assert!(cart["lineItems"][1].get("error").is_none());
    assert_eq!(world.checkout(&tenant, &cart).await.1["code"], 800_009);
    assert_eq!(world.books().await["orders"], json!([]));
    world.stop().await;
}

#[tokio::test]
async fn trap_18_a_checkout_may_buy_half() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    world.faults(json!({"orderFailures": [{"productId": "CFQ7LV000002", "code": 800_005}]})).await;
    let lines = [("CFQ7LV000001", 1, "P1Y", "monthly"), ("CFQ7LV000002", 1, "P1Y", "annual")];
    let (_, cart) = world.cart(&tenant, &lines).await;
    let (status, half) = world.checkout(&tenant, &cart).await;
    assert_eq!(status, 201);
    assert_eq!((half["orders"].as_array().unwrap().len(), half["orderErrors"].as_array().unwrap().len()), (1, 1));
    let error = &half["orderErrors"][0];
    assert_eq!((&error["orderGroupId"], &error["code"]), (&cart["lineItems"][1]["orderGroup"], &json!(800_005)));
    world.stop().await;
}

#[tokio::test]
async fn trap_20_addons_are_lines_and_subscriptions_of_their_own() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let lines = [("CFQ7LV000003", 5, "P1Y", "monthly"), ("CFQ7LV000007", 5, "P1Y", "monthly")];
    let (_, cart) = world.cart(&tenant, &lines).await;
    assert_eq!(world.checkout(&tenant, &cart).await.0, 201);
    world.advance("PT3S").await;
    let (_, list) = world.get(&format!("/v1/customers/{tenant}/subscriptions")).await;
    assert_eq!(list["totalCount"], 2);
    assert!(list["items"].as_array().unwrap().iter().all(|item| item.get("parentSubscriptionId").is_none()));
    world.stop().await;
}

#[tokio::test]
async fn trap_31_a_wrong_item_may_be_called_too_many() {
    let mut world = World::kind().await;
    world.faults(json!({"carts": {"staleItemAsLimit": true}})).await;
    let (tenant, cart) = stale_cart(&mut world).await;
    let (status, answer) = world.checkout(&tenant, &cart).await;
    assert_eq!((status, &answer["code"]), (403, &json!(800_089)));
    assert_eq!(world.get(&format!("/v1/customers/{tenant}/subscriptions")).await.1["totalCount"], 0);
    world.stop().await;
}

#[tokio::test]
async fn trap_39_a_size_of_zero_is_a_full_page() {
    let world = World::kind().await;
    for number in 0..3 {
        world.tenant(&format!("forni{number}")).await;
    }
    assert_eq!(world.get("/v1/customers?size=0").await.1["totalCount"], 3);
    assert_eq!(world.get("/v1/customers?size=2").await.1["totalCount"], 2);
    assert_eq!(world.get("/v1/customers?size=501").await.1["code"], 800_002);
    assert_eq!(world.get("/v1/customers?size=-1").await.0, 400);
    world.stop().await;
}

#[tokio::test]
async fn trap_47_resellers_are_locations_and_lose_their_place() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let with = |mpn: &str| json!([{"key": "transaction_reseller", "value": mpn}]);
    assert_eq!(cart_of(&world, &tenant, with("6200006")).await.1["code"], 900_154, "a global account");
    let (_, ready) = cart_of(&world, &tenant, with(GOOD_RESELLER)).await;
    let mut partner = partner(&world, GOOD_RESELLER).await;
    partner["role"] = json!("notEnrolled");
    world.control(Method::PUT, "/control/partners", &json!({"partners": [partner]})).await;
    assert_eq!(world.get(&format!("/v1/profiles/mpn?mpnId={GOOD_RESELLER}")).await.0, 200, "existence proves nothing");
    let (status, answer) = world.get(&format!("/v1/compliance/csp/agreementstatus?mpnId={GOOD_RESELLER}")).await;
    assert_eq!((status, &answer["code"]), (400, &json!(2204)));
    assert_eq!(cart_of(&world, &tenant, with(GOOD_RESELLER)).await.1["code"], 800_016);
    assert_eq!(world.checkout(&tenant, &ready).await.1["code"], 800_016);
    world.stop().await;
}
