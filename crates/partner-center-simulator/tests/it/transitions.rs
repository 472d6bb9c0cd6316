//! Upgrades: what is offered, whole and in part, into existing subscriptions, and how they fail.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh};

async fn upgrade(world: &World, path: &str, item: &str, quantity: i64, more: Value) -> (u16, Value) {
    let mut body = json!({"toCatalogItemId": item, "quantity": quantity, "transitionType": "transition_only"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    world.send(Method::POST, &format!("{path}/transitions"), &fresh(), &body).await
}

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

#[tokio::test]
async fn a_full_upgrade_changes_the_subscription_and_opens_no_window() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000004", 10).await;
    world.advance_to("2026-07-20T09:00:00Z").await;
    let (status, offered) = world.get(&format!("{path}/transitionEligibilities")).await;
    assert_eq!((status, &offered["totalCount"]), (200, &json!(1)), "{offered}");
    let offered = &offered["items"][0];
    assert_eq!((&offered["quantity"], &offered["eligibilities"][0]["isEligible"]), (&json!(10), &json!(true)));
    let item = offered["catalogItemId"].as_str().unwrap();
    assert_eq!(item, world.item(&tenant, "CFQ7LV000005").await);
    let (status, begun) = upgrade(&world, &path, item, 10, json!({})).await;
    assert_eq!((status, &begun["events"][0]["status"]), (200, &json!("Started")), "{begun}");
    assert_eq!(begun["toSubscriptionId"], id_of(&path));
    for busy in [world.patch(&path, json!({"quantity": 12})).await, upgrade(&world, &path, item, 10, json!({})).await] {
        assert_eq!((busy.0, &busy.1["code"]), (409, &json!(800_082)));
    }
    world.advance("PT3S").await;
    let (_, list) = world.get(&format!("{path}/transitions")).await;
    assert_eq!((&list["totalCount"], &list["items"][0]["events"][0]["status"]), (&json!(1), &json!("Completed")));
    let operation = begun["operationId"].as_str().unwrap();
    let (_, one) = world.get(&format!("{path}/transitions?operationId={operation}")).await;
    assert_eq!(one["totalCount"], 1);
    let (_, none) = world.get(&format!("{path}/transitions?operationId={}", fresh())).await;
    assert_eq!(none["totalCount"], 0);
    let (_, upgraded) = world.get(&path).await;
    assert!(upgraded["offerId"].as_str().unwrap().starts_with("CFQ7LV000005:0001:"), "{upgraded}");
    assert_eq!(upgraded["commitmentEndDate"], "2027-07-09T00:00:00Z", "the term goes on");
    assert!(upgraded.get("cancellationAllowedUntilDate").is_none());
    assert_eq!(upgraded["refundableQuantity"]["totalQuantity"], 0);
    let (status, answer) = world.patch(&path, json!({"status": "deleted"})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(900_213)));
    let charges = world.charges(&path).await;
    let lines: Vec<(&str, i64, &str, &str)> =
        charges.iter().map(|c| (c.0.as_str(), c.1, c.2.as_str(), c.3.as_str())).collect();
    assert_eq!(
        lines,
        [
            ("new", 10, "2026-07-10", "2026-08-09"),
            ("convert", -10, "2026-07-20", "2026-08-09"),
            ("convert", 10, "2026-07-20", "2026-08-09"),
        ]
    );
    assert!(charges[2].4.parse::<f64>().unwrap() > charges[1].4.parse::<f64>().unwrap());
    world.stop().await;
}

#[tokio::test]
async fn a_part_goes_to_a_new_subscription_or_to_an_existing_one() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000004", 10).await;
    let item = world.item(&tenant, "CFQ7LV000005").await;
    let (_, begun) = upgrade(&world, &path, &item, 4, json!({})).await;
    let made = begun["toSubscriptionId"].as_str().unwrap().to_owned();
    assert_ne!(made, id_of(&path));
    let made = format!("/v1/customers/{tenant}/subscriptions/{made}");
    assert_eq!(world.get(&made).await.0, 404, "not before it is converted");
    world.advance("PT3S").await;
    let (_, new) = world.get(&made).await;
    assert_eq!((&new["quantity"], &new["status"], &new["partnerId"]), (&json!(4), &json!("active"), &json!("6100001")));
    assert_eq!(world.get(&path).await.1["quantity"], 6);
    assert_eq!(world.get(&path).await.1["refundableQuantity"]["totalQuantity"], 6);
    // The rest follows into the one that is there now.
    let (_, offered) = world.get(&format!("{path}/transitionEligibilities")).await;
    let known = &offered["items"][0]["subscriptionEligibilities"][0];
    assert_eq!((&known["subscriptionId"], &known["isEligible"]), (&json!(id_of(&made)), &json!(true)), "{offered}");
    let (status, begun) = upgrade(&world, &path, &item, 6, json!({"toSubscriptionId": id_of(&made)})).await;
    assert_eq!(status, 200, "{begun}");
    world.advance("PT3S").await;
    assert_eq!(world.get(&made).await.1["quantity"], 10);
    assert_eq!(world.get(&path).await.1["status"], "deleted");
    let sum: i64 = world.charges(&path).await.iter().map(|charge| charge.1).sum();
    assert_eq!(sum, 0, "all that was charged on the first day was given back that day");
    let sum: i64 = world.charges(&made).await.iter().map(|charge| charge.1).sum();
    assert_eq!(sum, 10);
    world.stop().await;
}

#[tokio::test]
async fn bad_upgrades_change_nothing() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000004", 10).await;
    let young = world.bought(&tenant, "CFQ7LV000005", 5).await;
    let monthly = world.bought_as(&tenant, ("CFQ7LV000005", 5, "P1M", "monthly")).await;
    let off = world.bought(&tenant, "CFQ7LV000005", 5).await;
    let other = world.bought(&tenant, "CFQ7LV000001", 5).await;
    world.patch(&off, json!({"status": "suspended"})).await;
    world.advance("P8D").await;
    let fresher = world.bought(&tenant, "CFQ7LV000005", 5).await;
    let item = world.item(&tenant, "CFQ7LV000005").await;
    let wrong = world.item(&tenant, "CFQ7LV000001").await;
    let into = |path: &str| json!({"toSubscriptionId": id_of(path)});
    for (item, quantity, more, status, code) in [
        (wrong.as_str(), 10, json!({}), 400, 900_236),
        ("CFQ7LV000005:0001:CFQ7LVNOTHIS", 10, json!({}), 404, 400_019),
        (&item, 11, json!({}), 400, 2002),
        (&item, 0, json!({}), 400, 2002),
        (&item, 10, json!({"transitionType": "sideways"}), 400, 3000),
        (&item, 10, into(&other), 400, 900_236),
        (&item, 10, into(&off), 400, 900_258),
        (&item, 10, into(&fresher), 400, 900_259),
        (&item, 10, into(&monthly), 400, 900_260),
        (&item, 10, json!({"termDuration": "P1M", "billingCycle": "monthly"}), 400, 900_267),
        (&item, 10, json!({"termDuration": "P2Y", "billingCycle": "monthly"}), 400, 900_268),
        (&item, 10, json!({"termDuration": "P3Y", "billingCycle": "weekly"}), 400, 900_269),
        (&item, 10, json!({"termDuration": "P3Y"}), 400, 900_270),
    ] {
        let (was, answer) = upgrade(&world, &path, item, quantity, more.clone()).await;
        assert_eq!((was, &answer["code"]), (status, &json!(code)), "{more} {answer}");
    }
    // A target that ends before the source does.
    let long = world.bought_as(&tenant, ("CFQ7LV000004", 10, "P1Y", "monthly")).await;
    let (was, answer) = upgrade(&world, &long, &item, 10, into(&young)).await;
    assert_eq!((was, &answer["code"]), (400, &json!(900_261)));
    let books = world.books().await;
    assert!(books["charges"].as_array().unwrap().iter().all(|charge| charge["chargeType"] != "convert"));
    assert_eq!(world.get(&format!("{path}/transitions")).await.1["totalCount"], 0);
    world.stop().await;
}

#[tokio::test]
async fn conversions_and_reassignments_fail_on_request() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let item = world.item(&tenant, "CFQ7LV000005").await;
    let with = json!({"transitionType": "transition_with_license_transfer"});
    for (switch, events, product) in [
        (json!({"conversionFails": true}), ["Failed", "Failed"], "CFQ7LV000004"),
        (json!({"licenseReassignmentFails": true}), ["Completed", "Failed"], "CFQ7LV000005"),
        (json!({}), ["Completed", "Completed"], "CFQ7LV000005"),
    ] {
        let path = world.bought(&tenant, "CFQ7LV000004", 10).await;
        world.faults(json!({"transitions": switch})).await;
        upgrade(&world, &path, &item, 10, with.clone()).await;
        world.advance("PT3S").await;
        let (_, list) = world.get(&format!("{path}/transitions")).await;
        let shown: Vec<&Value> =
            list["items"][0]["events"].as_array().unwrap().iter().map(|event| &event["status"]).collect();
        assert_eq!(shown, events, "{list}");
        assert!(world.get(&path).await.1["offerId"].as_str().unwrap().starts_with(product));
    }
    world.stop().await;
}

#[tokio::test]
async fn the_same_request_id_upgrades_once() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000004", 10).await;
    let item = world.item(&tenant, "CFQ7LV000005").await;
    let body = json!({"toCatalogItemId": item, "quantity": 3, "transitionType": "transition_only"});
    let (id, route) = (fresh(), format!("{path}/transitions"));
    let (_, first) = world.send(Method::POST, &route, &id, &body).await;
    world.advance("PT3S").await;
    let (status, again) = world.send(Method::POST, &route, &id, &body).await;
    assert_eq!((status, &again["operationId"]), (200, &first["operationId"]));
    assert_eq!(again["events"][0]["status"], "Completed");
    assert_eq!(world.get(&path).await.1["quantity"], 7);
    world.stop().await;
}

#[tokio::test]
async fn a_full_upgrade_can_replace_the_subscription() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    world.faults(json!({"transitions": {"replaceSubscription": true}, "lag": {"transitionSeconds": 0}})).await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000004", 10).await;
    let item = world.item(&tenant, "CFQ7LV000005").await;
    let longer = json!({"termDuration": "P3Y", "billingCycle": "annual"});
    let (_, begun) = upgrade(&world, &path, &item, 10, longer).await;
    let made = begun["toSubscriptionId"].as_str().unwrap();
    let (_, new) = world.get(&format!("/v1/customers/{tenant}/subscriptions/{made}")).await;
    assert_eq!((&new["quantity"], &new["termDuration"]), (&json!(10), &json!("P3Y")), "{new}");
    assert_eq!(new["commitmentEndDate"], "2029-07-09T00:00:00Z", "a longer term is a new one");
    assert_eq!(world.get(&path).await.1["status"], "deleted");
    world.stop().await;
}
