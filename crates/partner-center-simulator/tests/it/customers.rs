//! Customers after their creation: directory, profiles, relationship, deletion.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh, read};

#[tokio::test]
async fn trap_45_the_default_relationship_waits_for_its_groups() {
    let mut world = World::kind().await;
    world.faults(json!({"gdap": {"delaySeconds": 600, "byDomainPrefix": {"never": false}}})).await;
    let (late, never) = (world.tenant("albaforni").await, world.tenant("never1").await);
    let organization = |tenant: &str| format!("/v1/customers/{tenant}/organization");
    let (status, answer) = world.get(&organization(&late)).await;
    assert_eq!((status, &answer["code"]), (403, &json!(900_308)));
    world.advance("PT10M").await;
    let (status, answer) = world.get(&organization(&late)).await;
    assert_eq!(status, 200);
    assert_eq!(answer[0]["displayName"], "Alba Forni Srl");
    assert_eq!(world.get(&format!("/v1/customers/{late}/customDomains")).await.1, json!(["albaforni.onmicrosoft.com"]));
    assert_eq!(world.get(&organization(&never)).await.0, 403);
    let mut without = world.customer_body("betaforni").await;
    without["enableGDAPByDefault"] = json!(false);
    let (_, customer): (u16, Value) = world.send(Method::POST, "/v1/customers", &fresh(), &without).await;
    world.advance("PT1H").await;
    assert_eq!(world.get(&organization(customer["id"].as_str().unwrap())).await.0, 403);
    world.stop().await;
}

fn etag(profile: &Value) -> String {
    format!("\"{}\"", profile["attributes"]["etag"].as_str().unwrap())
}

async fn put(world: &World, path: &str, etag: Option<&str>, body: &Value) -> (u16, Value) {
    let mut request = world.request(Method::PUT, path).json(body);
    if let Some(etag) = etag {
        request = request.header("If-Match", etag);
    }
    read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn billing_profiles_need_their_version() {
    let mut world = World::kind().await;
    world.faults(json!({"lag": {"companyNameSeconds": 60}})).await;
    let tenant = world.tenant("albaforni").await;
    let path = format!("/v1/customers/{tenant}/profiles/billing");
    let (_, profile) = world.get(&path).await;
    let current = etag(&profile);
    let mut next = profile.clone();
    next["companyName"] = json!("Beta Forni Srl");
    for given in [None, Some("\"0\""), Some(current.trim_matches('"'))] {
        let (status, answer) = put(&world, &path, given, &next).await;
        assert_eq!((status, &answer["code"]), (412, &json!(2055)), "{given:?}");
    }
    let mut stale = next.clone();
    stale["attributes"]["etag"] = json!("0");
    let (status, answer) = put(&world, &path, Some(&current), &stale).await;
    assert_eq!((status, &answer["code"]), (400, &json!(2055)));
    let mut partial = next.clone();
    partial["email"] = Value::Null;
    assert_eq!(put(&world, &path, Some(&current), &partial).await.0, 400, "the whole resource");
    let mut foreign = next.clone();
    foreign["id"] = json!(fresh());
    assert_eq!(put(&world, &path, Some(&current), &foreign).await.0, 400);
    assert_eq!(world.get(&path).await.1, profile, "refusals change nothing");

    let (status, after) = put(&world, &path, Some(&current), &next).await;
    assert_eq!((status, &after["companyName"]), (200, &json!("Beta Forni Srl")));
    assert_ne!(etag(&after), current);
    assert_eq!(put(&world, &path, Some(&current), &next).await.0, 412, "the version is used up");
    // By id at once, in lists later.
    let (_, whole) = world.get(&format!("/v1/customers/{tenant}")).await;
    assert_eq!(whole["companyProfile"]["companyName"], "Beta Forni Srl");
    let named = |name: &str| {
        let filter = json!({"Field": "CompanyName", "Value": name, "Operator": "starts_with"}).to_string();
        let world = &world;
        async move {
            let request = world.request(Method::GET, "/v1/customers").query(&[("size", "0"), ("filter", &filter)]);
            read(request.send().await.unwrap()).await.1["totalCount"].clone()
        }
    };
    assert_eq!(world.get("/v1/customers").await.1["items"][0]["companyProfile"]["companyName"], "Alba Forni Srl");
    assert_eq!((named("alba").await, named("beta").await), (json!(1), json!(0)));
    world.advance("PT61S").await;
    assert_eq!(world.get("/v1/customers").await.1["items"][0]["companyProfile"]["companyName"], "Beta Forni Srl");
    let method = world.send(Method::PATCH, &path, &fresh(), &json!({})).await;
    assert_eq!(method.0, 405, "PATCH is not offered");
    world.stop().await;
}

#[tokio::test]
async fn trap_40_the_address_disappears_without_delegated_rights() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = format!("/v1/customers/{tenant}");
    let (_, seen) = world.get(&path).await;
    assert_eq!(seen["billingProfile"]["defaultAddress"]["city"], "Bologna");
    assert_eq!(seen["customDomains"], json!(["albaforni.onmicrosoft.com"]));
    assert_eq!(world.get(&format!("{path}/profiles/company")).await.1["address"]["city"], "Bologna");
    world.faults(json!({"gdap": {"assigned": false}})).await;
    let (status, hidden) = world.get(&path).await;
    assert_eq!(status, 200);
    assert_eq!(hidden["billingProfile"]["companyName"], "Alba Forni Srl");
    for gone in ["/billingProfile/defaultAddress", "/billingProfile/email", "/companyProfile/email", "/customDomains"] {
        assert!(hidden.pointer(gone).is_none(), "{gone}");
    }
    let (_, company) = world.get(&format!("{path}/profiles/company")).await;
    assert!(company.get("address").is_none() && company.get("email").is_none());
    // Nothing was deleted.
    assert_eq!(world.get(&format!("{path}/profiles/billing")).await.1["defaultAddress"]["city"], "Bologna");
    world.stop().await;
}

#[tokio::test]
async fn a_relationship_ends_when_nothing_runs_any_more() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = format!("/v1/customers/{tenant}");
    let subscription = world.bought(&tenant, "CFQ7LV000001", 3).await;
    let end = json!({"RelationshipToPartner": "none"});
    let (status, answer) = world.send(Method::PATCH, &path, &fresh(), &end).await;
    assert_eq!(status, 400, "{answer}");
    assert!(subscription.ends_with(answer["data"][0].as_str().unwrap()));
    for wrong in [json!({}), json!({"relationshipToPartner": "advisor"}), json!({"allowDelegatedAccess": true})] {
        assert_eq!(world.send(Method::PATCH, &path, &fresh(), &wrong).await.0, 400, "{wrong}");
    }
    let (_, mut whole) = world.get(&subscription).await;
    whole["status"] = json!("suspended");
    assert_eq!(world.send(Method::PATCH, &subscription, &fresh(), &whole).await.0, 200);
    let app = world.token("client_credentials").await;
    let url = format!("{}{path}", world.simulator.url());
    let answer = world.http.patch(url).bearer_auth(app).json(&end).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403, "App+User");
    let (status, ended) = world.send(Method::PATCH, &path, &fresh(), &end).await;
    assert_eq!((status, &ended["relationshipToPartner"]), (200, &json!("none")));
    for gone in [path.clone(), subscription, format!("{path}/profiles/billing")] {
        let (status, answer) = world.get(&gone).await;
        assert_eq!((status, &answer["code"]), (403, &json!(20_002)), "{gone}");
    }
    assert_eq!(world.get("/v1/customers").await.1["totalCount"], 0);
    let taken = world.request(Method::HEAD, "/v1/domains/albaforni.onmicrosoft.com").send().await.unwrap();
    assert_eq!(taken.status().as_u16(), 200, "the tenant is still there");
    // It comes back with all it has.
    let accept = json!({"domain": "albaforni.onmicrosoft.com", "companyName": "Alba Forni Srl"});
    let back = world.control(Method::POST, "/control/relationships/accept", &accept).await;
    assert_eq!(back["id"], tenant.as_str());
    assert_eq!(world.get(&format!("{path}/subscriptions")).await.1["totalCount"], 1);
    world.stop().await;
}

#[tokio::test]
async fn an_existing_tenant_accepts_us() {
    let world = World::kind().await;
    let (_, request) = world.get("/v1/customers/relationshiprequests").await;
    assert_eq!(request["attributes"]["objectType"], "RelationshipRequest");
    assert!(request["url"].as_str().unwrap().starts_with("https://"));
    let accept = json!({"domain": "contoso.onmicrosoft.com", "companyName": "Contoso SpA", "mpnId": "6100001",
        "delegatedAccess": true});
    let accepted = world.control(Method::POST, "/control/relationships/accept", &accept).await;
    let path = format!("/v1/customers/{}", accepted["id"].as_str().unwrap());
    let (_, customer) = world.get(&path).await;
    assert_eq!(
        (&customer["relationshipToPartner"], &customer["allowDelegatedAccess"]),
        (&json!("reseller"), &json!(true))
    );
    assert!(customer["billingProfile"].get("defaultAddress").is_some());
    let drop = json!({"allowDelegatedAccess": false});
    let (status, dropped) = world.send(Method::PATCH, &path, &fresh(), &drop).await;
    assert_eq!((status, &dropped["allowDelegatedAccess"]), (200, &json!(false)));
    assert!(world.get(&path).await.1["billingProfile"].get("defaultAddress").is_none());
    assert_eq!(world.get(&format!("{path}/organization")).await.0, 403, "no granular rights");
    let url = format!("{}/control/relationships/accept", world.simulator.control_url());
    for wrong in [
        accept,
        json!({"domain": "x.example", "companyName": "Contoso SpA"}),
        json!({"domain": "beta.onmicrosoft.com", "companyName": "Contoso SpA", "mpnId": "1"}),
        json!({"domain": "beta.onmicrosoft.com", "companyName": "Contoso SpA", "country": "XX"}),
    ] {
        let request = world.http.post(&url).bearer_auth(world.simulator.control_token()).json(&wrong);
        assert_eq!(request.send().await.unwrap().status().as_u16(), 400, "{wrong}");
    }
    world.stop().await;
}

#[tokio::test]
async fn trap_50_no_tenant_is_deleted_in_production() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = format!("/v1/customers/{tenant}");
    assert_eq!(world.send(Method::DELETE, &path, &fresh(), &json!({})).await.0, 403);
    assert_eq!(world.get(&path).await.0, 200);
    assert_eq!(world.send(Method::DELETE, &format!("/v1/customers/{}", fresh()), &fresh(), &json!({})).await.0, 404);
    world.stop().await;
}
