//! Subscriptions from before New Commerce, planted by a test.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh};

async fn plant(world: &World, tenant: &str) -> (String, String) {
    let body = json!({"tenantId": tenant, "name": "Office 365 E1 (old)", "addons": ["Old archive"]});
    let planted = world.control(Method::POST, "/control/legacy", &body).await;
    let path = |id: &Value| format!("/v1/customers/{tenant}/subscriptions/{}", id.as_str().unwrap());
    (path(&planted["subscriptionId"]), path(&planted["addonIds"][0]))
}

#[tokio::test]
async fn legacy_subscriptions_have_children_and_a_support_contact() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let (parent, child) = plant(&world, &tenant).await;
    let (_, shown) = world.get(&parent).await;
    assert_eq!(shown["offerId"].as_str().unwrap().len(), 36, "{shown}");
    assert!(shown["attributes"]["etag"].is_string());
    assert!(shown.get("productType").is_none() && shown.get("refundableQuantity").is_none());
    let (_, addons) = world.get(&format!("{parent}/addons")).await;
    assert_eq!(addons["totalCount"], 1);
    assert_eq!(addons["items"][0]["parentSubscriptionId"], parent.rsplit('/').next().unwrap());
    let contact = format!("{parent}/supportcontact");
    let (_, ours) = world.get(&contact).await;
    assert_eq!(ours["supportMpnId"], "6000001");
    let next = json!({"supportTenantId": fresh(), "supportMpnId": "6100001", "name": "Fabrikam"});
    assert_eq!(world.send(Method::PUT, &contact, &fresh(), &next).await.0, 200);
    assert_eq!(world.get(&contact).await.1["name"], "Fabrikam");
    // Upgrades of New Commerce are nothing for them; nor do they cost anything here.
    for route in ["transitionEligibilities", "transitions"] {
        let (status, answer) = world.get(&format!("{parent}/{route}")).await;
        assert_eq!((status, &answer["code"]), (403, &json!(900_263)));
    }
    world.advance("P2Y").await;
    assert_eq!(world.get(&child).await.1["status"], "active");
    assert_eq!(world.books().await["charges"], json!([]));
    // New Commerce knows neither.
    let modern = world.bought(&tenant, "CFQ7LV000001", 5).await;
    assert_eq!(world.get(&format!("{modern}/addons")).await.1["totalCount"], 0);
    assert_eq!(world.get(&format!("{modern}/supportcontact")).await.0, 400);
    world.stop().await;
}

#[tokio::test]
async fn trap_27_a_stale_etag_is_412_or_2055() {
    let world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let (path, _) = plant(&world, &tenant).await;
    let (_, first) = world.get(&path).await;
    let etag = first["attributes"]["etag"].as_str().unwrap();
    let send = async |name: &str, header: Option<&str>| {
        let mut body = first.clone();
        body["friendlyName"] = json!(name);
        let mut request = world.request(Method::PATCH, &path).json(&body);
        if let Some(header) = header {
            request = request.header("If-Match", format!("\"{header}\""));
        }
        crate::world::read(request.send().await.unwrap()).await
    };
    assert_eq!(send("one", Some(etag)).await.0, 200);
    let (status, answer) = send("two", Some(etag)).await;
    assert_eq!((status, &answer["code"]), (412, &json!(2055)));
    let (status, answer) = send("two", None).await;
    assert_eq!((status, &answer["code"]), (400, &json!(2055)), "the body's etag is stale, too");
    assert_eq!(world.get(&path).await.1["friendlyName"], "one");
    world.stop().await;
}

#[tokio::test]
async fn a_child_needs_its_parent() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let (parent, child) = plant(&world, &tenant).await;
    for path in [&child, &parent] {
        let (status, off) = world.patch(path, json!({"status": "suspended"})).await;
        assert_eq!((status, &off["status"]), (200, &json!("suspended")));
    }
    let (_, answer) = world.patch(&parent, json!({"quantity": 3})).await;
    assert_eq!(answer["code"], 2001);
    let (status, answer) = world.patch(&child, json!({"status": "active"})).await;
    assert_eq!((status, &answer["code"]), (409, &json!(27_009)));
    assert_eq!(world.patch(&parent, json!({"status": "active"})).await.0, 200);
    assert_eq!(world.patch(&child, json!({"status": "active"})).await.0, 200);
    world.patch(&child, json!({"status": "suspended"})).await;
    world.advance("P91D").await;
    assert_eq!(world.get(&child).await.1["status"], "deleted");
    world.stop().await;
}
