//! Microsoft's integration sandbox: its limits and its resellers.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh, id, read};

const MPN: &str = "7900001";

async fn sandbox() -> World {
    let world = World::kind().await;
    world.faults(json!({"profile": "ms-sandbox"})).await;
    world
}

#[tokio::test]
async fn a_simulator_may_start_as_the_sandbox_and_stays_it_over_a_reset() {
    use partner_center_simulator::{Options, Profile};
    let world = World::with(Options { profile: Profile::MsSandbox, ..Options::default() }).await;
    for _ in 0..2 {
        let switches = world.control(Method::GET, "/control/faults", &json!({})).await;
        assert_eq!(switches["profile"], "ms-sandbox");
        let sold = world.get("/v1/products?country=IT&targetView=OnlineServices&targetSegment=nonprofit").await;
        assert_eq!(sold.1["code"], 400_030);
        world.control(Method::POST, "/control/reset", &json!({})).await;
    }
    world.stop().await;
}

fn reseller(mpn: &str, prefix: &str) -> Value {
    json!({"mpnId": mpn, "organizationProfileLanguage": "it",
        "tenant": {"domainPrefix": prefix, "name": prefix, "displayName": "Fabrikam Prova", "adminUserName": "admin",
            "adminFirstName": "Chiara", "adminLastName": "Neri", "adminAlternateEmail": "c@fabrikam.example",
            "country": "IT", "culture": "it-IT"},
        "legalBusinessProfile": {"companyName": "Fabrikam Prova Srl", "culture": "it-IT",
            "address": {"addressLine1": "Via Zamboni 33", "city": "Bologna", "state": "BO", "country": "IT",
                "postalCode": "40126"},
            "primaryContact": {"firstName": "Chiara", "lastName": "Neri", "email": "c@fabrikam.example",
                "phoneNumber": "0511234567"}}})
}

async fn make(world: &World, body: &Value) -> (u16, Value) {
    world.send(Method::POST, "/v1/sandboxIndirectReseller", &fresh(), body).await
}

async fn delete(world: &World, tenant: &str, id: &str) -> (u16, Value) {
    world.send(Method::DELETE, &format!("/v1/sandboxIndirectReseller/{tenant}"), id, &json!({})).await
}

/// A customer of the reseller that may buy.
async fn customer(world: &World, reseller: &str, prefix: &str) -> String {
    let mut body = world_body(prefix);
    body["associatedPartnerId"] = json!(reseller);
    let (status, customer) = world.send(Method::POST, "/v1/customers", &fresh(), &body).await;
    assert_eq!(status, 201, "{customer}");
    let tenant = customer["id"].as_str().unwrap().to_owned();
    world.agree(&tenant).await;
    tenant
}

fn world_body(prefix: &str) -> Value {
    json!({"enableGDAPByDefault": true, "companyProfile": {"domain": format!("{prefix}.onmicrosoft.com")},
        "billingProfile": {"culture": "it-IT", "email": "acquisti@albaforni.example", "language": "it",
            "companyName": "Alba Forni Srl", "defaultAddress": {"firstName": "Chiara", "lastName": "Neri",
                "addressLine1": "Via Zamboni 33", "city": "Bologna", "state": "BO", "country": "IT",
                "postalCode": "40126"}}})
}

async fn cart(world: &World, tenant: &str, lines: &[(&str, i64)]) -> Value {
    let mut given = Vec::new();
    for (product, quantity) in lines {
        given.push(json!({"catalogItemId": world.item(tenant, product).await, "quantity": quantity,
            "termDuration": "P1Y", "billingCycle": "monthly",
            "participants": [{"key": "transaction_reseller", "value": MPN}]}));
    }
    let body = json!({"partnerOnRecordAttestationAccepted": true, "lineItems": given});
    let (status, cart) = world.send(Method::POST, &format!("/v1/customers/{tenant}/carts"), &fresh(), &body).await;
    assert_eq!(status, 201, "{cart}");
    cart
}

#[tokio::test]
async fn resellers_are_made_and_unmade() {
    let world = sandbox().await;
    let good = reseller(MPN, "fabrikamprova");
    let (status, first) = world.send(Method::POST, "/v1/sandboxIndirectReseller", &id("a"), &good).await;
    assert_eq!(status, 200, "{first}");
    let tenant = first["tenant"]["id"].as_str().unwrap().to_owned();
    assert_eq!(first["tenant"]["adminUserAccount"], "admin@fabrikamprova.onmicrosoft.com");
    assert!(first["tenant"]["password"].as_str().unwrap().len() >= 12);
    assert_eq!(first["partnerRelationship"]["mpnId"], MPN);
    let (_, again) = world.send(Method::POST, "/v1/sandboxIndirectReseller", &id("a"), &good).await;
    assert_eq!(again["tenant"], first["tenant"], "the same request makes it once");
    let (_, list) = world.get("/v1/relationships?relationship_type=IsIndirectCloudSolutionProviderOf").await;
    assert_eq!((&list["totalCount"], &list["items"][0]["mpnId"]), (&json!(1), &json!(MPN)));

    let mut nameless = reseller("7900002", "other");
    nameless["tenant"]["adminUserName"] = Value::Null;
    for (body, status, code) in [
        (reseller(MPN, "other"), 409, 1003),
        (reseller("7900002", "FabrikamProva"), 409, 1003),
        (reseller("7900002", "contoso"), 409, 1003),
        (reseller("6100009", "other"), 403, 6004),
        (reseller("7900002", "2other"), 400, 3000),
        (nameless, 400, 3000),
    ] {
        let (was, answer) = make(&world, &body).await;
        assert_eq!((was, &answer["code"]), (status, &json!(code)), "{answer}");
    }
    for number in 2..=5 {
        assert_eq!(make(&world, &reseller(&format!("790000{number}"), &format!("prova{number}"))).await.0, 200);
    }
    let (status, answer) = make(&world, &reseller("7900006", "prova6")).await;
    assert_eq!((status, &answer["code"]), (403, &json!(6004)), "five at the most");
    let unnamed = world.request(Method::POST, "/v1/sandboxIndirectReseller").json(&reseller("7900006", "prova6"));
    assert_eq!(read(unnamed.send().await.unwrap()).await.0, 400, "both ids are required");

    let served = customer(&world, &tenant, "albaforni").await;
    assert_eq!(delete(&world, &tenant, &fresh()).await.1["code"], 6003, "it has a customer");
    let path = format!("/v1/customers/{served}");
    assert_eq!(world.send(Method::DELETE, &path, &fresh(), &json!({})).await.0, 204);
    assert_eq!(delete(&world, &tenant, &id("d")).await.0, 204);
    assert_eq!(delete(&world, &tenant, &id("d")).await.0, 204, "the same request again");
    assert_eq!(delete(&world, &tenant, &fresh()).await.0, 404);
    let all = world.control(Method::GET, "/control/partners", &json!({})).await;
    let real = all["partners"].as_array().unwrap().iter().find(|p| p["mpnId"] == "6100001").unwrap();
    assert_eq!(delete(&world, real["tenantId"].as_str().unwrap(), &fresh()).await.1["code"], 6003);
    world.faults(json!({"profile": "production"})).await;
    let (status, answer) = make(&world, &reseller("7900007", "prova7")).await;
    assert_eq!((status, &answer["code"]), (401, &json!(6002)));
    assert_eq!(delete(&world, &tenant, &fresh()).await.1["code"], 6002);
    world.stop().await;
}

#[tokio::test]
async fn limits_are_small() {
    let mut world = sandbox().await;
    let (_, made) = make(&world, &reseller(MPN, "fabrikamprova")).await;
    let reseller = made["tenant"]["id"].as_str().unwrap().to_owned();
    let tenant = customer(&world, &reseller, "albaforni").await;
    let seats = cart(&world, &tenant, &[("CFQ7LV000001", 26)]).await;
    assert_eq!(seats["lineItems"][0]["error"]["errorCode"], 10_009, "{seats}");
    let lines = ["1", "2", "3", "4", "5", "6"].map(|number| format!("CFQ7LV00000{number}"));
    let six: Vec<(&str, i64)> = lines.iter().map(|product| (product.as_str(), 25)).collect();
    let whole = cart(&world, &tenant, &six).await;
    let errors: Vec<bool> =
        whole["lineItems"].as_array().unwrap().iter().map(|line| line.get("error").is_some()).collect();
    assert_eq!(errors, [false, false, false, false, false, true]);
    let (five, late) = (cart(&world, &tenant, &six[..5]).await, cart(&world, &tenant, &six[..1]).await);
    assert_eq!(world.checkout(&tenant, &five).await.0, 201);
    world.advance("PT3S").await;
    let (status, answer) = world.checkout(&tenant, &late).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_018)));
    // More seats later break the limit, too.
    let (_, list) = world.get(&format!("/v1/customers/{tenant}/subscriptions")).await;
    let mut subscription = list["items"][0].clone();
    let path = format!("/v1/customers/{tenant}/subscriptions/{}", subscription["id"].as_str().unwrap());
    subscription["quantity"] = json!(26);
    let (status, answer) = world.send(Method::PATCH, &path, &fresh(), &subscription).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_018)), "{answer}");

    for number in 1..75 {
        let (status, _) = world.send(Method::POST, "/v1/customers", &fresh(), &world_body(&format!("c{number}"))).await;
        assert_eq!(status, 201);
    }
    let (status, answer) = world.send(Method::POST, "/v1/customers", &fresh(), &world_body("onemore")).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_018)), "75 customers");
    world.stop().await;
}

#[tokio::test]
async fn deletion_frees_everything() {
    let mut world = sandbox().await;
    let (_, made) = make(&world, &reseller(MPN, "fabrikamprova")).await;
    let reseller = made["tenant"]["id"].as_str().unwrap().to_owned();
    let tenant = customer(&world, &reseller, "albaforni").await;
    let bought = cart(&world, &tenant, &[("CFQ7LV000001", 2)]).await;
    assert_eq!(world.checkout(&tenant, &bought).await.0, 201);
    world.advance("PT3S").await;
    let path = format!("/v1/customers/{tenant}");
    let answer = world.request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 204);
    assert!(answer.bytes().await.unwrap().is_empty());
    assert_eq!(world.get(&path).await.0, 404);
    let books = world.books().await;
    for part in ["tenants", "carts", "orders", "subscriptions"] {
        assert_eq!(books[part], json!([]), "{part}");
    }
    let free = world.request(Method::HEAD, "/v1/domains/albaforni.onmicrosoft.com").send().await.unwrap();
    assert_eq!(free.status().as_u16(), 404);
    let anew = customer(&world, &reseller, "albaforni").await;
    assert_eq!(world.get(&format!("/v1/customers/{anew}/subscriptions")).await.1["totalCount"], 0);
    world.stop().await;
}

#[tokio::test]
async fn segments_partners_and_relationships_are_its_own() {
    let world = sandbox().await;
    let products = "/v1/products?country=US&targetView=OnlineServices";
    for segment in ["nonprofit", "government"] {
        assert_eq!(world.get(&format!("{products}&targetSegment={segment}")).await.1["code"], 400_030, "{segment}");
    }
    assert_eq!(world.get(&format!("{products}&targetSegment=education")).await.1["totalCount"], 1);
    assert_eq!(world.get("/v1/products/CFQ7LV000009?country=IT").await.1["code"], 400_013);
    assert_eq!(world.get("/v1/customers/relationshiprequests").await.0, 403);
    assert_eq!(world.get("/v1/customers/all/validations").await, (200, json!([])));
    let accept = json!({"domain": "contoso.onmicrosoft.com", "companyName": "Contoso SpA"});
    let url = format!("{}/control/relationships/accept", world.simulator.control_url());
    let request = world.http.post(url).bearer_auth(world.simulator.control_token()).json(&accept);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 400, "new customers only");

    let all = world.control(Method::GET, "/control/partners", &json!({})).await;
    let real = all["partners"].as_array().unwrap().iter().find(|p| p["mpnId"] == "6100001").unwrap();
    let mut body = world_body("albaforni");
    body["associatedPartnerId"] = real["tenantId"].clone();
    let (status, answer) = world.send(Method::POST, "/v1/customers", &fresh(), &body).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_016)), "a real reseller");
    let (_, made) = make(&world, &reseller(MPN, "fabrikamprova")).await;
    let tenant = customer(&world, made["tenant"]["id"].as_str().unwrap(), "albaforni").await;
    let line = json!({"catalogItemId": world.item(&tenant, "CFQ7LV000001").await, "quantity": 1,
        "termDuration": "P1Y", "billingCycle": "monthly",
        "participants": [{"key": "transaction_reseller", "value": "6100001"}]});
    let body = json!({"partnerOnRecordAttestationAccepted": true, "lineItems": [line]});
    let (status, answer) = world.send(Method::POST, &format!("/v1/customers/{tenant}/carts"), &fresh(), &body).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_016)));
    let rows =
        world.request(Method::GET, "/v1.0/sales/pricesheets(Market='IT',PricesheetView='updatedlicensebased')/$value");
    let text = rows.send().await.unwrap().text().await.unwrap();
    assert!(text.contains("CFQ7LV000008") && !text.contains("CFQ7LV000009"), "no non-profit prices");
    world.stop().await;
}
