//! Customers after their creation: directory, profiles, relationship, deletion.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh};

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
