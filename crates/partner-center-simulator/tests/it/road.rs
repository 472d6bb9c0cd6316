//! From the token to the subscription.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh, id};

#[tokio::test]
async fn an_order_goes_the_whole_road() {
    let mut world = World::kind().await;
    let head = |domain: &str| world.request(Method::HEAD, &format!("/v1/domains/{domain}"));
    let taken = head("Contoso.onmicrosoft.com").send().await.unwrap();
    let free = head("albaforni.onmicrosoft.com").send().await.unwrap();
    assert_eq!((taken.status().as_u16(), free.status().as_u16()), (200, 404));
    let tenant = world.tenant("albaforni").await;
    let (_, customer) = world.get(&format!("/v1/customers/{tenant}")).await;
    assert_eq!(customer["companyProfile"]["domain"], "albaforni.onmicrosoft.com");
    assert!(customer.get("userCredentials").is_none());
    let (_, vetting) = world.get(&format!("/v1/customers/{tenant}/validationStatus?type=account")).await;
    assert_eq!(vetting["status"], "Allowed");

    let lines = [("CFQ7LV000003", 10, "P1Y", "monthly"), ("CFQ7LV000007", 2, "P1Y", "annual")];
    let (status, cart) = world.cart(&tenant, &lines).await;
    assert_eq!((status, &cart["status"]), (201, &json!("Active")), "{cart}");
    assert!(cart["lineItems"].as_array().unwrap().iter().all(|line| line.get("error").is_none()), "{cart}");
    let pricing = &cart["lineItems"][0]["pricing"];
    let (unit, whole) = (pricing["price"].as_f64().unwrap(), pricing["extendedPrice"].as_f64().unwrap());
    assert!((whole - unit * 120.0).abs() < 0.01, "{pricing}");

    let (status, result) = world.checkout(&tenant, &cart).await;
    assert_eq!(status, 201, "{result}");
    let orders = result["orders"].as_array().unwrap().clone();
    assert_eq!(orders.len(), 2, "one order per billing cycle: {result}");
    assert_eq!(orders[0]["status"], "pending");
    assert!(orders[0]["lineItems"][0].get("subscriptionId").is_none());
    let (_, again) = world.checkout(&tenant, &cart).await;
    assert_eq!(again["orders"][0]["id"], orders[0]["id"]);

    world.advance("PT3S").await;
    let path = format!("/v1/customers/{tenant}/orders/{}", orders[0]["id"].as_str().unwrap());
    let (_, order) = world.get(&path).await;
    assert_eq!(order["status"], "completed");
    let shown = order["lineItems"][0]["subscriptionId"].as_str().unwrap();
    assert_eq!(shown, shown.to_uppercase());
    let (_, list) = world.get(&format!("/v1/customers/{tenant}/subscriptions")).await;
    assert_eq!(list["totalCount"], 2);
    let path = format!("/v1/customers/{tenant}/subscriptions/{shown}");
    let (_, subscription) = world.get(&path).await;
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["partnerId"], "6100001");
    assert_eq!(subscription["quantity"], 10);
    assert_eq!(subscription["refundableQuantity"]["totalQuantity"], 10);

    let books = world.books().await;
    assert_eq!(books["tenants"].as_array().unwrap().len(), 1);
    assert_eq!(books["orders"].as_array().unwrap().len(), 2);
    assert_eq!(books["carts"][0]["checkoutsAsked"], 2);
    assert_eq!(books["carts"][0]["checkoutsDone"], 1);
    assert_eq!(books["calls"]["POST /v1/customers/{id}/carts/{id}/checkout"], 2);
    let (_, log) = world.get("/v1/auditrecords").await;
    let operations: Vec<&Value> = log["items"].as_array().unwrap().iter().map(|r| &r["operationType"]).collect();
    assert_eq!(operations, ["add_customer", "create_agreement", "create_order", "create_order"]);
    world.stop().await;
}

#[tokio::test]
async fn the_same_request_id_makes_one_tenant_and_gives_its_password_again() {
    let world = World::kind().await;
    let body = world.customer_body("albaforni").await;
    let first = world.send(Method::POST, "/v1/customers", &id("a"), &body).await;
    let again = world.send(Method::POST, "/v1/customers", &id("a"), &body).await;
    assert_eq!(first.0, 201);
    assert_eq!(first, again);
    assert!(first.1["userCredentials"]["password"].as_str().unwrap().len() >= 12);
    let other = world.customer_body("betaforni").await;
    let (status, answer) = world.send(Method::POST, "/v1/customers", &id("a"), &other).await;
    assert_eq!((status, &answer["code"]), (409, &json!(1003)));
    let (status, answer) = world.send(Method::POST, "/v1/customers", &id("b"), &body).await;
    assert_eq!((status, &answer["errorName"]), (409, &json!("DomainNotAvailable")));
    let books = world.books().await;
    assert_eq!(books["tenants"].as_array().unwrap().len(), 1);
    assert_eq!(books["tenants"][0]["asked"], 3);
    assert_eq!(books["tenants"][0]["done"], 1);
    world.stop().await;
}

#[tokio::test]
async fn bad_creations_make_no_tenant() {
    let world = World::kind().await;
    let good = world.customer_body("albaforni").await;
    let (_, partners) = {
        let all = world.control(Method::GET, "/control/partners", &json!({})).await;
        ((), all)
    };
    let tenant_of = |mpn: &str| {
        let all = partners["partners"].as_array().unwrap();
        all.iter().find(|p| p["mpnId"] == mpn).unwrap()["tenantId"].clone()
    };
    let mut cases = Vec::new();
    let mut case = |pointer: &str, value: Value, status: u16, code: u64| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        cases.push((body, status, code));
    };
    case("/CompanyProfile/Domain", json!("contoso.onmicrosoft.com"), 409, 600_009);
    case("/CompanyProfile/Domain", json!("2alba.onmicrosoft.com"), 400, 3000);
    case("/billingProfile/defaultAddress/postalCode", json!("4012"), 400, 600_014);
    case("/billingProfile/defaultAddress/country", json!("PL"), 400, 600_014);
    case("/billingProfile/email", json!("nobody"), 400, 3000);
    for (mpn, status, code) in [
        ("6200001", 400, 800_016),
        ("6200003", 403, 900_123),
        ("6200004", 400, 800_016),
        ("6200005", 400, 800_016),
        ("6200006", 400, 900_154),
        ("6000001", 400, 800_016),
    ] {
        case("/associatedPartnerId", tenant_of(mpn), status, code);
    }
    for (body, status, code) in cases {
        let (was, answer) = world.send(Method::POST, "/v1/customers", &fresh(), &body).await;
        assert_eq!((was, &answer["code"]), (status, &json!(code)), "{body} {answer}");
    }
    let mut polish = good.clone();
    polish["billingProfile"]["defaultAddress"]["country"] = json!("PL");
    polish["billingProfile"]["defaultAddress"]["postalCode"] = json!("00-950");
    let (status, answer) = world.send(Method::POST, "/v1/customers", &fresh(), &polish).await;
    assert_eq!((status, &answer["code"]), (400, &json!(600_049)));
    assert_eq!(world.books().await["tenants"], json!([]));
    world.stop().await;
}

#[tokio::test]
async fn trap_10_a_reseller_that_will_not_do_is_told_with_400() {
    let world = World::kind().await;
    for (mpn, code) in
        [("6200001", 2204), ("6200002", 2201), ("6200003", 2203), ("6000002", 2204), ("7777777", 2200), ("abc", 2000)]
    {
        let path = format!("/v1/compliance/csp/agreementstatus?mpnId={mpn}");
        let (status, answer) = world.get(&path).await;
        assert_eq!((status, &answer["code"]), (400, &json!(code)), "{mpn}");
    }
    for good in ["6100001", "6200004", "6200006"] {
        let path = format!("/v1/compliance/csp/agreementstatus?mpnId={good}");
        assert_eq!(world.get(&path).await, (200, json!({"isAgreementSigned": true})));
    }
    assert_eq!(world.get("/v1/profiles/mpn?mpnId=7777777").await.1["code"], 3000);
    let (_, ours) = world.get("/v1/profiles/mpn").await;
    assert_eq!(ours["mpnId"], "6000001");
    let (_, list) = world.get("/v1/relationships?relationship_type=IsIndirectCloudSolutionProviderOf").await;
    let active: Vec<&Value> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["state"] == "Active")
        .map(|item| &item["mpnId"])
        .collect();
    assert_eq!(active, ["6100001", "6100002", "6100003", "6200003"]);
    world.stop().await;
}

#[tokio::test]
async fn carts_tell_their_errors_and_refuse_whole_purchases() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    for (line, code) in [
        (("CFQ7LV000001", 301, "P1Y", "monthly"), 10_015),
        (("CFQ7LV000001", 0, "P1Y", "monthly"), 10_010),
        (("CFQ7LV000001", 1, "P3Y", "monthly"), 10_013),
        (("CFQ7LV000007", 1, "P1Y", "monthly"), 400_041),
        (("CFQ7LV000011", 99, "P3Y", "annual"), 10_010),
    ] {
        let (status, cart) = world.cart(&tenant, &[line]).await;
        assert_eq!(status, 201, "{cart}");
        assert_eq!(cart["lineItems"][0]["error"]["errorCode"], code, "{cart}");
        let (status, answer) = world.checkout(&tenant, &cart).await;
        assert_eq!((status, &answer["code"]), (400, &json!(800_009)));
    }
    let item = world.item(&tenant, "CFQ7LV000001").await;
    let body = |partner: &str, quantity: Value| {
        json!({"partnerOnRecordAttestationAccepted": true, "lineItems": [{"catalogItemId": item, "quantity": quantity,
            "termDuration": "P1Y", "billingCycle": "Monthly",
            "participants": [{"key": "transaction_reseller", "value": partner}]}]})
    };
    let path = format!("/v1/customers/{tenant}/carts");
    for (partner, status, code) in [
        ("6000001", 404, 2072),
        ("6000002", 404, 2072),
        ("6200001", 400, 800_016),
        ("6200003", 403, 900_123),
        ("6200006", 400, 900_154),
        ("7777777", 404, 800_015),
    ] {
        let (was, answer) = world.send(Method::POST, &path, &fresh(), &body(partner, json!(1))).await;
        assert_eq!((was, &answer["code"]), (status, &json!(code)), "{partner}");
    }
    let half = body("6100001", json!(1.5));
    assert_eq!(world.send(Method::POST, &path, &fresh(), &half).await.0, 400);
    let customer = world.customer_body("betaforni").await;
    let (_, unsigned) = world.send(Method::POST, "/v1/customers", &fresh(), &customer).await;
    let path = format!("/v1/customers/{}/carts", unsigned["id"].as_str().unwrap());
    let (status, answer) = world.send(Method::POST, &path, &fresh(), &body("6100001", json!(1))).await;
    assert_eq!((status, &answer["code"]), (403, &json!(13_605)));
    assert_eq!(world.books().await["orders"], json!([]));
    world.stop().await;
}

#[tokio::test]
async fn availability_ids_die_with_the_month() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    // To just before the end of a month, so that the cart outlives it.
    let clock = world.control(Method::GET, "/control/clock", &json!({})).await;
    let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    let day = now.to_zoned(jiff::tz::TimeZone::UTC);
    let eve = day.last_of_month().unwrap().end_of_day().unwrap().timestamp() - jiff::SignedDuration::from_secs(600);
    if eve > now {
        let body = json!({"now": eve.to_string()});
        world.control(Method::PUT, "/control/clock", &body).await;
        world.sign_in().await;
    }
    let (_, cart) = world.cart(&tenant, &[("CFQ7LV000001", 1, "P1Y", "monthly")]).await;
    world.advance("PT1H").await;
    let (status, answer) = world.checkout(&tenant, &cart).await;
    assert_eq!((status, &answer["code"]), (400, &json!(400_019)), "{answer}");
    let (_, cart) = world.cart(&tenant, &[("CFQ7LV000001", 1, "P1Y", "monthly")]).await;
    assert_eq!(world.checkout(&tenant, &cart).await.0, 201);
    world.advance("P7D").await;
    let path = format!("/v1/customers/{tenant}/carts/{}", cart["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.1["code"], 800_008);
    world.stop().await;
}

#[tokio::test]
async fn strangers_and_unknown_routes_are_refused() {
    let world = World::kind().await;
    assert_eq!(world.get("/v1/nothing/here").await.1["code"], 1000);
    assert_eq!(world.get("/v1/customers/not-a-guid").await.1["code"], 900_118);
    let wrong = world.send(Method::PUT, "/v1/customers", &fresh(), &json!({})).await;
    assert_eq!(wrong.0, 405);
    let app = world.token("client_credentials").await;
    let url = format!("{}/v1/profiles/mpn", world.simulator.url());
    let answer = world.http.get(&url).bearer_auth(&app).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], 900_329);
    let body = world.customer_body("albaforni").await;
    let request = world.http.post(format!("{}/v1/customers", world.simulator.url()));
    let request = request.bearer_auth(&app).header("MS-RequestId", fresh());
    let answer = request.header("MS-CorrelationId", fresh()).json(&body).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
    let nobody = world.http.get(&url).send().await.unwrap();
    assert_eq!(nobody.status().as_u16(), 401);
    let forged = world.http.get(&url).bearer_auth(format!("{}x", world.user)).send().await.unwrap();
    assert_eq!(forged.status().as_u16(), 401);
    assert!(forged.headers().contains_key("ms-requestid"));
    let echoed = world.request(Method::GET, "/v1/profiles/mpn").header("MS-RequestId", id("x"));
    let echoed = echoed.send().await.unwrap();
    assert_eq!(echoed.headers()["ms-requestid"], id("x").as_str());
    assert_eq!(world.books().await["tenants"], json!([]));
    world.stop().await;
}

#[tokio::test]
async fn refresh_tokens_rotate_and_can_be_revoked() {
    let mut world = World::kind().await;
    let first = world.simulator.credentials().refresh_token;
    let answer: Value = world.exchange("refresh_token", &first).await.json().await.unwrap();
    let second = answer["refresh_token"].as_str().unwrap().to_owned();
    assert!(answer["expires_in"].is_number());
    assert_ne!(first, second);
    assert_eq!(world.exchange("refresh_token", &first).await.status().as_u16(), 200);
    world.faults(json!({"tokens": {"graceSeconds": 0}})).await;
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    let dead = world.exchange("refresh_token", &first).await;
    assert_eq!(dead.status().as_u16(), 400);
    assert_eq!(dead.json::<Value>().await.unwrap()["error"], "invalid_grant");
    world.faults(json!({"tokens": {}})).await;
    world.advance("PT2H").await;
    let stale = world.user.clone();
    world.advance("PT2H").await;
    let url = format!("{}/v1/profiles/mpn", world.simulator.url());
    let answer = world.http.get(url).bearer_auth(stale).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 401);
    world.faults(json!({"tokens": {"revoked": true}})).await;
    assert_eq!(world.exchange("refresh_token", &second).await.status().as_u16(), 400);
    let known = world.simulator.credentials();
    let url = format!("{}/{}/oauth2/token", world.simulator.url(), known.tenant_id);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &known.client_id),
        ("client_secret", &known.client_secret),
        ("resource", "https://graph.windows.net"),
    ];
    let answer: Value = world.http.post(url).form(&form).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["expires_in"], "3599");
    world.user = answer["access_token"].as_str().unwrap().to_owned();
    assert_eq!(world.get("/v1/customers").await.1["code"], 900_420);
    world.stop().await;
}
