//! Seats, windows, cancellation, renewal: changes of subscriptions on a moved clock.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh};

#[tokio::test]
async fn every_batch_of_seats_has_its_own_week() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 10).await;
    world.advance("P3D").await;
    let (status, more) = world.patch(&path, json!({"quantity": 15})).await;
    assert_eq!((status, &more["quantity"]), (200, &json!(15)));
    let details = more["refundableQuantity"]["details"].as_array().unwrap();
    assert_eq!(details.iter().map(|d| &d["quantity"]).collect::<Vec<_>>(), [5, 10]);
    world.advance("P4DT1H").await;
    // The first ten are bound now, the five are not.
    let (status, answer) = world.patch(&path, json!({"quantity": 9})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_090)));
    let (status, less) = world.patch(&path, json!({"quantity": 12})).await;
    assert_eq!((status, &less["refundableQuantity"]["totalQuantity"]), (200, &json!(2)));
    world.advance("P3D").await;
    let (status, answer) = world.patch(&path, json!({"quantity": 11})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(900_214)));
    let (_, answer) = world.patch(&path, json!({"quantity": 0})).await;
    assert_eq!(answer["code"], 2002);
    let (_, answer) = world.patch(&path, json!({"quantity": 301})).await;
    assert_eq!(answer["code"], 2002);
    let (status, answer) = world.patch(&path, json!({"status": "deleted"})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(900_213)));
    let books = world.books().await;
    let entry = &books["subscriptions"][0];
    assert_eq!((&entry["quantity"], &entry["status"]), (&json!(12), &json!("active")));
    assert_eq!((&entry["patchesAsked"], &entry["patchesDone"]), (&json!(7), &json!(2)));
    world.stop().await;
}

#[tokio::test]
async fn a_patch_is_the_whole_resource() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000004", 10).await;
    let (_, whole) = world.get(&path).await;
    let offer: Vec<&str> = whole["offerId"].as_str().unwrap().split(':').collect();
    let next = json!({"product": {"productId": offer[0], "skuId": offer[1], "availabilityId": offer[2],
        "billingCycle": "annual", "termDuration": "P1Y"}, "quantity": 8});
    let (status, planned) = world.patch(&path, json!({"scheduledNextTermInstructions": next})).await;
    assert_eq!((status, &planned["scheduledNextTermInstructions"]["quantity"]), (200, &json!(8)));
    // Another change in mid-term drops the plan although the body still holds it.
    let (status, more) = world.patch(&path, json!({"quantity": 11})).await;
    assert_eq!(status, 200);
    assert!(more.get("scheduledNextTermInstructions").is_none());
    world.patch(&path, json!({"scheduledNextTermInstructions": next})).await;
    // A partial body turns renewal off and drops the plan.
    let partial = json!({"friendlyName": "Ufficio"});
    let (status, partial) = world.send(Method::PATCH, &path, &fresh(), &partial).await;
    assert_eq!((status, &partial["autoRenewEnabled"]), (200, &json!(false)));
    assert!(partial.get("scheduledNextTermInstructions").is_none());
    assert_eq!(partial["quantity"], 11);
    let (status, answer) = world.patch(&path, json!({"scheduledNextTermInstructions": next})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_093)));
    let (_, answer) = world.patch(&path, json!({"billingCycle": "annual"})).await;
    assert_eq!(answer["code"], 2054);
    world.stop().await;
}

#[tokio::test]
async fn suspending_and_cancelling() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 3).await;
    let (_, off) = world.patch(&path, json!({"status": "suspended"})).await;
    assert_eq!((&off["status"], &off["autoRenewEnabled"]), (&json!("suspended"), &json!(false)));
    let (_, answer) = world.patch(&path, json!({"quantity": 4})).await;
    assert_eq!(answer["code"], 800_091);
    let (_, on) = world.patch(&path, json!({"status": "active"})).await;
    assert_eq!((&on["status"], &on["autoRenewEnabled"]), (&json!("active"), &json!(false)));
    let (status, gone) = world.patch(&path, json!({"status": "deleted"})).await;
    assert_eq!((status, &gone["status"]), (200, &json!("deleted")));
    let (_, answer) = world.patch(&path, json!({"status": "active"})).await;
    assert_eq!(answer["code"], 2011);
    let books = world.books().await;
    let kinds: Vec<&Value> = books["charges"].as_array().unwrap().iter().map(|c| &c["chargeType"]).collect();
    assert_eq!(kinds, ["new", "cancelImmediate"]);
    world.stop().await;
}

#[tokio::test]
async fn terms_renew_as_planned_and_open_a_new_window() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000004", 10).await;
    let item = world.item(&tenant, "CFQ7LV000005").await;
    let target: Vec<&str> = item.split(':').collect();
    let next = json!({"product": {"productId": target[0], "skuId": target[1], "availabilityId": target[2],
        "billingCycle": "annual", "termDuration": "P1Y"}, "quantity": 8});
    world.patch(&path, json!({"scheduledNextTermInstructions": next})).await;
    world.advance("P1Y1D").await;
    let (_, renewed) = world.get(&path).await;
    assert_eq!(renewed["quantity"], 8);
    assert!(renewed["offerId"].as_str().unwrap().starts_with("CFQ7LV000005:"));
    assert_eq!(renewed["refundableQuantity"]["totalQuantity"], 8);
    assert!(renewed.get("scheduledNextTermInstructions").is_none());
    // Auto-renew off is not the end of the costs: it goes on month by month.
    world.patch(&path, json!({"autoRenewEnabled": false})).await;
    world.advance("P1Y40D").await;
    let (_, extended) = world.get(&path).await;
    assert_eq!(extended["status"], "active");
    let books = world.books().await;
    let charges = books["charges"].as_array().unwrap();
    assert!(charges.iter().any(|charge| charge["chargeType"] == "extendTerm"), "{charges:?}");
    // An explicit cancel is.
    let end = json!([{"scheduleType": "TermEnd", "actionType": "Cancel"}]);
    world.patch(&path, json!({"scheduledActions": end})).await;
    world.advance("P40D").await;
    assert_eq!(world.get(&path).await.1["status"], "disabled");
    world.stop().await;
}

#[tokio::test]
async fn half_a_checkout_can_be_finished() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    world.faults(json!({"orderFailures": [{"productId": "CFQ7LV000002", "code": 800_005, "count": 1}]})).await;
    let lines = [("CFQ7LV000001", 5, "P1Y", "monthly"), ("CFQ7LV000002", 5, "P1Y", "annual")];
    let (_, cart) = world.cart(&tenant, &lines).await;
    let (status, half) = world.checkout(&tenant, &cart).await;
    assert_eq!(status, 201);
    assert_eq!(half["orders"].as_array().unwrap().len(), 1);
    assert_eq!(half["orderErrors"][0]["code"], 800_005);
    let (_, whole) = world.checkout(&tenant, &cart).await;
    assert_eq!(whole["orders"].as_array().unwrap().len(), 2);
    assert_eq!(whole["orders"][0]["id"], half["orders"][0]["id"]);
    assert_eq!(world.books().await["subscriptions"].as_array().unwrap().len(), 2);
    world.stop().await;
}

#[tokio::test]
async fn a_review_holds_the_order_until_it_is_released() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    world.faults(json!({"orderReview": {"outcome": "review"}})).await;
    let (_, cart) = world.cart(&tenant, &[("CFQ7LV000001", 5, "P1Y", "monthly")]).await;
    let (_, result) = world.checkout(&tenant, &cart).await;
    world.advance("P2D").await;
    let path = format!("/v1/customers/{tenant}/orders/{}", result["orders"][0]["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.1["status"], "pending review");
    let subscriptions = format!("/v1/customers/{tenant}/subscriptions");
    assert_eq!(world.get(&subscriptions).await.1["totalCount"], 0);
    world.faults(json!({"orderReview": null})).await;
    assert_eq!(world.get(&path).await.1["status"], "completed");
    let (_, list) = world.get(&subscriptions).await;
    assert_eq!(list["items"][0]["status"], "active");
    world.stop().await;
}
