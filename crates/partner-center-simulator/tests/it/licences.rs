//! Licences: units of all subscriptions of a product, assignments, use, groups.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh};

async fn sku(world: &World, tenant: &str, product: &str) -> String {
    let (_, sku) = world.get(&format!("/v1/customers/{tenant}/products/{product}/skus/0001")).await;
    sku["dynamicAttributes"]["provisioningId"].as_str().unwrap().to_owned()
}

async fn row(world: &World, tenant: &str, sku: &str) -> Option<Value> {
    let (status, list) = world.get(&format!("/v1/customers/{tenant}/subscribedskus")).await;
    assert_eq!(status, 200, "{list}");
    list["items"].as_array().unwrap().iter().find(|row| row["productSku"]["id"] == sku).cloned()
}

fn units(row: &Value) -> [i64; 6] {
    ["totalUnits", "activeUnits", "warningUnits", "suspendedUnits", "consumedUnits", "availableUnits"]
        .map(|name| row[name].as_i64().unwrap())
}

async fn user(world: &World, tenant: &str, name: &str) -> String {
    let body = json!({"usageLocation": "IT", "userPrincipalName": format!("{name}@albaforni.onmicrosoft.com"),
        "displayName": name, "passwordProfile": {"password": "Tre!Fontane9", "forceChangePassword": true}});
    let (status, user) = world.send(Method::POST, &format!("/v1/customers/{tenant}/users"), &fresh(), &body).await;
    assert_eq!(status, 200, "{user}");
    format!("/v1/customers/{tenant}/users/{}", user["id"].as_str().unwrap())
}

async fn assign(world: &World, user: &str, sku: &str) -> (u16, Value) {
    let body = json!({"licensesToAssign": [{"skuId": sku, "excludedPlans": null}], "licensesToRemove": []});
    world.send(Method::POST, &format!("{user}/licenseupdates"), &fresh(), &body).await
}

async fn patch(world: &World, path: &str, change: Value) {
    let (_, mut whole) = world.get(path).await;
    for (name, value) in change.as_object().unwrap() {
        whole[name] = value.clone();
    }
    let (status, answer) = world.send(Method::PATCH, path, &fresh(), &whole).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn trap_48_all_subscriptions_of_a_product_share_one_row() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    world.bought(&tenant, "CFQ7LV000001", 10).await;
    let second = world.bought(&tenant, "CFQ7LV000001", 5).await;
    world.bought(&tenant, "CFQ7LV000006", 3).await;
    let basic = sku(&world, &tenant, "CFQ7LV000001").await;
    let found = row(&world, &tenant, &basic).await.unwrap();
    assert_eq!(units(&found), [15, 15, 0, 0, 0, 15]);
    assert_eq!(
        (&found["capabilityStatus"], &found["productSku"]["licenseGroupId"]),
        (&json!("Enabled"), &json!("group1"))
    );
    assert_eq!(world.get(&format!("/v1/customers/{tenant}/subscribedskus")).await.1["totalCount"], 2);

    let anna = user(&world, &tenant, "anna").await;
    assert_eq!(assign(&world, &anna, &basic).await.0, 201);
    patch(&world, &second, json!({"status": "suspended"})).await;
    assert_eq!(units(&row(&world, &tenant, &basic).await.unwrap()), [10, 10, 0, 5, 1, 9]);
    patch(&world, &second, json!({"status": "active"})).await;
    patch(&world, &second, json!({"status": "deleted"})).await;
    assert_eq!(units(&row(&world, &tenant, &basic).await.unwrap()), [10, 10, 0, 0, 1, 9]);
    world.stop().await;
}

#[tokio::test]
async fn licences_are_assigned_and_run_out() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    world.bought(&tenant, "CFQ7LV000001", 1).await;
    let basic = sku(&world, &tenant, "CFQ7LV000001").await;
    let (anna, berta) = (user(&world, &tenant, "anna").await, user(&world, &tenant, "berta").await);
    let (status, update) = assign(&world, &anna, &basic).await;
    assert_eq!((status, &update["licenseWarnings"]), (201, &json!([])));
    let (_, licences) = world.get(&format!("{anna}/licenses")).await;
    assert_eq!(licences["items"][0]["productSku"]["id"], basic.as_str());
    let plans = licences["items"][0]["servicePlans"].as_array().unwrap().clone();
    assert!(plans.len() > 2);

    let (status, answer) = assign(&world, &berta, &basic).await;
    assert_eq!((status, &answer["code"], &answer["data"][0]["totalUnits"]), (400, &json!(60_012), &json!(1)));
    // Again for the same user is no second licence; a plan can be left out.
    let body = json!({"licensesToAssign": [{"SkuId": basic, "ExcludedPlans": [plans[0]["id"]]}]});
    let path = format!("{anna}/licenseupdates");
    assert_eq!(world.send(Method::POST, &path, &fresh(), &body).await.0, 201);
    let (_, licences) = world.get(&format!("{anna}/licenses")).await;
    assert_eq!(licences["items"][0]["servicePlans"].as_array().unwrap().len(), plans.len() - 1);
    let body = json!({"licensesToAssign": [{"skuId": basic, "excludedPlans": [fresh()]}]});
    assert_eq!(world.send(Method::POST, &path, &fresh(), &body).await.1["code"], 3000);
    let all: Vec<&Value> = plans.iter().map(|plan| &plan["id"]).collect();
    let body = json!({"licensesToAssign": [{"skuId": basic, "excludedPlans": all}]});
    let (_, update) = world.send(Method::POST, &path, &fresh(), &body).await;
    assert_eq!(update["licenseWarnings"][0]["code"], "NoServicePlan");

    let take = json!({"licensesToRemove": [basic]});
    assert_eq!(world.send(Method::POST, &path, &fresh(), &take).await.0, 201);
    assert_eq!(world.send(Method::POST, &path, &fresh(), &take).await.0, 400);
    let nowhere = json!({"usageLocation": ""});
    assert_eq!(world.send(Method::PATCH, &berta, &fresh(), &nowhere).await.0, 200);
    assert_eq!(assign(&world, &berta, &basic).await.1["code"], 60_000);
    world.send(Method::PATCH, &berta, &fresh(), &json!({"usageLocation": "IT"})).await;
    assert_eq!(assign(&world, &berta, &basic).await.0, 201);
    assert_eq!(assign(&world, &berta, &fresh()).await.1["code"], 3000);
    assert_eq!(assign(&world, &format!("{anna}x"), &basic).await.1["code"], 60_002);
    // A deleted user uses nothing; restored, it gets back what is left.
    world.send(Method::DELETE, &berta, &fresh(), &json!({})).await;
    assert_eq!(units(&row(&world, &tenant, &basic).await.unwrap())[4], 0);
    assert_eq!(assign(&world, &anna, &basic).await.0, 201);
    world.send(Method::PATCH, &berta, &fresh(), &json!({"state": "active"})).await;
    assert_eq!(world.get(&format!("{berta}/licenses")).await.1["totalCount"], 0);
    let (_, log) = world.get("/v1/auditrecords").await;
    let items = log["items"].as_array().unwrap();
    let updates = items.iter().filter(|record| record["operationType"] == "update_customer_user_licenses").count();
    assert_eq!(updates, 6);
    world.stop().await;
}

#[tokio::test]
async fn units_appear_when_provisioning_is_over() {
    let mut world = World::kind().await;
    world.faults(json!({"lag": {"provisioningSeconds": 900}})).await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 4).await;
    let basic = sku(&world, &tenant, "CFQ7LV000001").await;
    assert_eq!(world.get(&path).await.1["status"], "active");
    assert!(row(&world, &tenant, &basic).await.is_none());
    world.advance("PT15M").await;
    assert_eq!(units(&row(&world, &tenant, &basic).await.unwrap())[0], 4);
    world.stop().await;
}

#[tokio::test]
async fn use_is_set_for_demonstrations() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    world.bought(&tenant, "CFQ7LV000001", 10).await;
    let basic = sku(&world, &tenant, "CFQ7LV000001").await;
    let anna = user(&world, &tenant, "anna").await;
    assign(&world, &anna, &basic).await;
    let entry = |consumed: i64| json!({"tenant": "albaforni.onmicrosoft.com", "productId": "CFQ7LV000001", "skuId": "0001", "consumed": consumed});
    let set = world.control(Method::POST, "/control/usage", &entry(7)).await;
    assert_eq!((&set["usage"][0]["consumed"], &set["usage"][0]["total"]), (&json!(7), &json!(10)));
    assert_eq!(units(&row(&world, &tenant, &basic).await.unwrap())[4..], [7, 3]);
    world.control(Method::POST, "/control/usage", &json!([entry(3), entry(9)])).await;
    assert_eq!(units(&row(&world, &tenant, &basic).await.unwrap())[4], 9);
    let url = format!("{}/control/usage", world.simulator.control_url());
    for bad in [json!([entry(2), entry(0)]), json!({"tenant": "nobody", "productId": "x", "skuId": "y", "consumed": 1})]
    {
        let request = world.http.post(&url).bearer_auth(world.simulator.control_token()).json(&bad);
        assert_eq!(request.send().await.unwrap().status().as_u16(), 400);
    }
    assert_eq!(units(&row(&world, &tenant, &basic).await.unwrap())[4], 9, "all entries or none");
    world.stop().await;
}

#[tokio::test]
async fn groups_of_licences_stay_apart() {
    let mut world = World::kind().await;
    let all = world.control(Method::GET, "/control/catalogue", &json!({})).await;
    let mut blocks = all["products"][0].clone();
    blocks["productId"] = json!("CFQ7LV000090");
    blocks["title"] = json!("Building Blocks for Classrooms");
    blocks["licenseGroup"] = json!("group2");
    world.control(Method::PUT, "/control/catalogue", &json!({"products": [blocks]})).await;
    let tenant = world.tenant("albaforni").await;
    world.bought(&tenant, "CFQ7LV000001", 2).await;
    world.bought(&tenant, "CFQ7LV000090", 2).await;
    let path = format!("/v1/customers/{tenant}/subscribedskus");
    let count = async |query: &str| world.get(&format!("{path}{query}")).await.1["totalCount"].clone();
    assert_eq!(count("").await, 1);
    assert_eq!(count("?licenseGroupIds=Group2").await, 1);
    assert_eq!(count("?licenseGroupIds=Group1&licenseGroupIds=Group2").await, 2);
    assert_eq!(world.get(&format!("{path}?licenseGroupIds=Group3")).await.0, 400);
    let (one, two) = (sku(&world, &tenant, "CFQ7LV000001").await, sku(&world, &tenant, "CFQ7LV000090").await);
    let anna = user(&world, &tenant, "anna").await;
    let both = json!({"licensesToAssign": [{"skuId": one}, {"skuId": two}]});
    assert_eq!(world.send(Method::POST, &format!("{anna}/licenseupdates"), &fresh(), &both).await.0, 400);
    assert_eq!(assign(&world, &anna, &two).await.0, 201);
    assert_eq!(world.get(&format!("{anna}/licenses")).await.1["totalCount"], 0);
    assert_eq!(world.get(&format!("{anna}/licenses?licenseGroupIds=Group2")).await.1["totalCount"], 1);
    world.stop().await;
}

#[tokio::test]
async fn trap_34_application_tokens_are_refused_with_the_codes_of_their_routes() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let anna = user(&world, &tenant, "anna").await;
    let signed_in = world.user.clone();
    world.user = world.token("client_credentials").await;
    let base = format!("/v1/customers/{tenant}");
    for (path, status, code) in [
        (format!("{base}/users"), 403, 900_329),
        (format!("{base}/directoryroles"), 403, 900_329),
        (format!("{base}/subscribedskus"), 400, 900_316),
        (format!("{anna}/licenses"), 400, 900_316),
        ("/v1/serviceincidents/office".to_owned(), 403, 900_329),
        (format!("{base}/managedservices"), 403, 900_329),
        ("/partner/v1/analytics/subscriptions".to_owned(), 403, 900_329),
        (format!("{base}/analytics/licenses/usage"), 403, 900_329),
        ("/v1/profiles/mpn".to_owned(), 403, 900_329),
    ] {
        let (was, answer) = world.get(&path).await;
        assert_eq!((was, &answer["code"]), (status, &json!(code)), "{path}");
    }
    assert_eq!(assign(&world, &anna, &fresh()).await.1["code"], 900_316);
    assert_eq!(world.get("/v1/auditrecords").await.0, 200);
    world.user = signed_in;
    world.stop().await;
}
