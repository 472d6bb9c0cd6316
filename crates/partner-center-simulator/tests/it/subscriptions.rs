//! Reading and changing subscriptions: filters, versions, delays, limits, refunds.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, fresh};

#[tokio::test]
async fn trap_24_seats_are_given_back_newest_first() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 10).await;
    for (by, quantity) in [("P2D", 14), ("P2D", 20)] {
        world.advance(by).await;
        assert_eq!(world.patch(&path, json!({"quantity": quantity})).await.0, 200);
    }
    let (status, less) = world.patch(&path, json!({"quantity": 12})).await;
    assert_eq!(status, 200, "{less}");
    let details = less["refundableQuantity"]["details"].as_array().unwrap();
    assert_eq!(details.iter().map(|d| &d["quantity"]).collect::<Vec<_>>(), [2, 10], "six new ones, then two");
    world.advance("P3DT1H").await;
    let (_, shown) = world.get(&path).await;
    assert_eq!(shown["refundableQuantity"]["totalQuantity"], 2, "the first ten are bound");
    let charges = world.charges(&path).await;
    let lines: Vec<(&str, i64, &str)> = charges.iter().map(|c| (c.0.as_str(), c.1, c.2.as_str())).collect();
    assert_eq!(
        lines,
        [
            ("new", 10, "2026-07-10"),
            ("addQuantity", -10, "2026-07-12"),
            ("addQuantity", 14, "2026-07-12"),
            ("addQuantity", -14, "2026-07-14"),
            ("addQuantity", 20, "2026-07-14"),
            ("removeQuantity", -20, "2026-07-14"),
            ("removeQuantity", 12, "2026-07-14"),
        ]
    );
    world.stop().await;
}

#[tokio::test]
async fn the_first_day_gives_everything_back_and_the_week_the_rest() {
    let mut world = World::starting("2026-07-10T22:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let (first, second) =
        (world.bought(&tenant, "CFQ7LV000001", 10).await, world.bought(&tenant, "CFQ7LV000002", 10).await);
    world.advance("PT4H").await;
    world.patch(&first, json!({"quantity": 12})).await;
    world.patch(&first, json!({"status": "deleted"})).await;
    let sum = |charges: Vec<(String, i64, String, String, String)>| -> f64 {
        charges.iter().map(|c| c.4.parse::<f64>().unwrap() * c.1 as f64).sum()
    };
    assert!(sum(world.charges(&first).await).abs() < 1e-9, "all of it, although a day began meanwhile");
    world.advance_to("2026-07-15T10:00:00Z").await;
    world.patch(&second, json!({"status": "deleted"})).await;
    // Five of 31 days of 12.28 for ten seats.
    let cost = sum(world.charges(&second).await);
    assert!((cost - 12.28 * 10.0 * 5.0 / 31.0).abs() < 1e-6, "{cost}");
    world.stop().await;
}

#[tokio::test]
async fn the_list_can_be_narrowed_to_an_order_or_a_reseller() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    for product in ["CFQ7LV000001", "CFQ7LV000002", "CFQ7LV000003"] {
        world.bought(&tenant, product, 5).await;
    }
    let path = format!("/v1/customers/{tenant}/subscriptions");
    let (_, all) = world.get(&path).await;
    assert_eq!(all["totalCount"], 3);
    let order = all["items"][0]["orderId"].as_str().unwrap().to_uppercase();
    let (_, one) = world.get(&format!("{path}?order_id={order}")).await;
    assert_eq!((&one["totalCount"], &one["items"][0]["id"]), (&json!(1), &all["items"][0]["id"]));
    assert_eq!(world.get(&format!("{path}?order_id=nothing")).await.1["totalCount"], 0);
    let (_, page) = world.get(&format!("{path}?mpn_id=6100001&offset=1&size=1")).await;
    assert_eq!((&page["totalCount"], &page["items"][0]["id"]), (&json!(1), &all["items"][1]["id"]));
    assert_eq!(world.get(&format!("{path}?mpn_id=6100001&size=0")).await.1["totalCount"], 3);
    assert_eq!(world.get(&format!("{path}?mpn_id=6100002")).await.1["totalCount"], 0);
    assert_eq!(world.get(&format!("{path}?mpn_id=6100001&offset=x")).await.0, 400);
    let unknown = world.get(&format!("{path}/{}", fresh())).await;
    assert_eq!((unknown.0, &unknown.1["code"]), (404, &json!(20_003)));
    world.stop().await;
}

#[tokio::test]
async fn a_change_shows_only_after_its_lag() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 5).await;
    world.faults(json!({"lag": {"changeSeconds": 60}})).await;
    let (_, mut whole) = world.get(&path).await;
    whole["quantity"] = json!(8);
    let answer = world.request(Method::PATCH, &path).json(&whole).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 202);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(world.get(&location).await.1["quantity"], 5, "pollable, not there yet");
    let (status, answer) = world.patch(&path, json!({"quantity": 9})).await;
    assert_eq!((status, &answer["code"]), (409, &json!(800_082)));
    world.advance("PT61S").await;
    assert_eq!(world.get(&location).await.1["quantity"], 8);
    let charges = world.charges(&path).await;
    assert_eq!(charges.iter().map(|charge| charge.1).collect::<Vec<_>>(), [5, -5, 8], "once");
    world.stop().await;
}

#[tokio::test]
async fn trap_46_a_pending_operation_lasts_a_day() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 5).await;
    world.faults(json!({"pendingOperations": 1})).await;
    for by in ["PT0S", "PT2M", "PT23H50M"] {
        world.advance(by).await;
        let (status, answer) = world.patch(&path, json!({"quantity": 6})).await;
        assert_eq!((status, &answer["code"]), (409, &json!(900_278)), "{by}");
    }
    let other = world.bought(&tenant, "CFQ7LV000002", 5).await;
    assert_eq!(world.patch(&other, json!({"quantity": 6})).await.0, 200, "only that subscription");
    world.advance("PT10M").await;
    assert_eq!(world.patch(&path, json!({"quantity": 6})).await.0, 200);
    world.stop().await;
}

#[tokio::test]
async fn a_subscription_takes_so_many_updates_in_its_life() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 5).await;
    world.faults(json!({"updatesPerSubscription": 3})).await;
    for name in ["a", "b", "c"] {
        assert_eq!(world.patch(&path, json!({"friendlyName": name})).await.0, 200);
    }
    let (status, answer) = world.patch(&path, json!({"friendlyName": "d"})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(900_311)));
    assert_eq!(world.get(&path).await.1["friendlyName"], "c");
    world.stop().await;
}

#[tokio::test]
async fn trap_27_new_commerce_has_no_etag_unless_switched_on() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought_as(&tenant, ("CFQ7LV000001", 5, "P1M", "monthly")).await;
    assert!(world.get(&path).await.1["attributes"].get("etag").is_none());
    world.faults(json!({"subscriptionEtags": true})).await;
    let (_, old) = world.get(&path).await;
    assert!(old["attributes"]["etag"].is_string());
    world.advance("P1M").await;
    // The renewal made another version of it.
    let (status, answer) = world.send(Method::PATCH, &path, &fresh(), &old).await;
    assert_eq!((status, &answer["code"]), (400, &json!(2055)));
    let request = world.request(Method::PATCH, &path).json(&old);
    let etag = format!("\"{}\"", old["attributes"]["etag"].as_str().unwrap());
    let (status, _) = crate::world::read(request.header("If-Match", etag).send().await.unwrap()).await;
    assert_eq!(status, 412);
    world.stop().await;
}

#[tokio::test]
async fn the_partner_of_record_can_be_changed_to_a_valid_one() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 5).await;
    for (partner, status, code) in
        [("6000001", 404, 2072), ("7777777", 404, 800_015), ("6200003", 403, 900_123), ("6200006", 400, 900_154)]
    {
        let (was, answer) = world.patch(&path, json!({"partnerId": partner})).await;
        assert_eq!((was, &answer["code"]), (status, &json!(code)));
    }
    assert_eq!(world.patch(&path, json!({"partnerId": "6100002"})).await.1["partnerId"], "6100002");
    world.faults(json!({"partnerChangeRefused": true})).await;
    let (status, answer) = world.patch(&path, json!({"partnerId": "6100001"})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_098)));
    // Before the rule came into force nobody looked.
    world.faults(json!({"partnerChangeRefused": false, "rules": {"partnerOfRecordValidatedFrom": "2026-08-01"}})).await;
    assert_eq!(world.patch(&path, json!({"partnerId": "6200003"})).await.0, 200);
    world.advance("P1M").await;
    assert_eq!(world.patch(&path, json!({"partnerId": "6200006"})).await.0, 400);
    world.stop().await;
}

#[tokio::test]
async fn provisioning_is_known_late_and_can_fail() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    world.faults(json!({"lag": {"provisioningSeconds": 1800}, "provisioning": {"failing": ["CFQ7LV000002"]}})).await;
    let good = world.bought(&tenant, "CFQ7LV000001", 5).await;
    let bad = world.bought(&tenant, "CFQ7LV000002", 5).await;
    let status = |path: &str| format!("{path}/provisioningstatus");
    let (code, answer) = world.get(&status(&good)).await;
    assert_eq!((code, &answer["code"]), (404, &json!(800_007)));
    world.advance("PT20M").await;
    assert_eq!(world.get(&status(&good)).await.1["status"], "pending");
    world.advance("PT20M").await;
    let (_, answer) = world.get(&status(&good)).await;
    assert_eq!((&answer["status"], &answer["quantity"]), (&json!("success"), &json!(5)));
    assert_eq!(world.get(&status(&bad)).await.1["status"], "failed");
    world.faults(json!({"gdap": {"assigned": false}})).await;
    let (code, answer) = world.get(&status(&good)).await;
    assert_eq!((code, &answer["code"]), (403, &json!(900_308)));
    let app = world.token("client_credentials").await;
    world.user = app;
    let (code, answer) = world.get(&status(&good)).await;
    assert_eq!((code, &answer["code"]), (403, &json!(900_329)));
    world.stop().await;
}

#[tokio::test]
async fn overage_is_one_setting_of_the_customer() {
    let world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = format!("/v1/customers/{tenant}/subscriptions/overage");
    assert_eq!(world.get(&path).await.1["overageEnabled"], false);
    let on = |id: Value| json!({"azureEntitlementId": id, "overageEnabled": true, "type": "PhoneServices"});
    assert_eq!(world.send(Method::PUT, &path, &fresh(), &on(json!("x"))).await.0, 400);
    assert_eq!(world.send(Method::PUT, &path, &fresh(), &on(json!(fresh()))).await.0, 200);
    assert_eq!(world.get(&path).await.1["overageEnabled"], true);
    world.stop().await;
}

#[tokio::test]
async fn no_agreement_is_asked_for_before_the_rule() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    world.faults(json!({"rules": {"agreementAttestationFrom": "2026-07-11"}})).await;
    let body = world.customer_body("albaforni").await;
    let (_, customer) = world.send(Method::POST, "/v1/customers", &fresh(), &body).await;
    let tenant = customer["id"].as_str().unwrap();
    let (status, _) = world.cart(tenant, &[("CFQ7LV000001", 1, "P1Y", "monthly")]).await;
    assert_eq!(status, 201);
    world.advance("P1D").await;
    let (status, answer) = world.cart(tenant, &[("CFQ7LV000001", 1, "P1Y", "monthly")]).await;
    assert_eq!((status, &answer["code"]), (403, &json!(13_605)));
    world.stop().await;
}

#[tokio::test]
async fn trap_28_refund_options_expire_at() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 5).await;
    let (_, shown) = world.get(&path).await;
    let options = shown["refundOptions"].as_array().unwrap();
    let kinds: Vec<&Value> = options.iter().map(|option| &option["type"]).collect();
    assert_eq!(kinds, ["Full", "Partial"]);
    assert!(options.iter().all(|option| option["expiresAt"].is_string() && option.get("expiresAfter").is_none()));
    assert_eq!(options[1]["expiresAt"], shown["cancellationAllowedUntilDate"]);
    world.advance("P1D").await;
    assert_eq!(world.get(&path).await.1["refundOptions"].as_array().unwrap().len(), 1);
    world.advance("P6D").await;
    let (_, shown) = world.get(&path).await;
    assert!(shown.get("refundOptions").is_none());
    assert!(shown["cancellationAllowedUntilDate"].is_string(), "past, but shown");
    world.stop().await;
}

#[tokio::test]
async fn trap_43_a_year_billed_monthly_is_charged_by_the_month() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let (_, cart) = world.cart(&tenant, &[("CFQ7LV000003", 5, "P1Y", "monthly")]).await;
    let price = cart["lineItems"][0]["pricing"]["price"].to_string();
    let monthly = world.bought(&tenant, "CFQ7LV000003", 5).await;
    let yearly = world.bought_as(&tenant, ("CFQ7LV000003", 5, "P1Y", "annual")).await;
    world.advance_to("2027-07-09T23:00:00Z").await;
    let charges = world.charges(&monthly).await;
    assert_eq!(charges.len(), 12);
    assert!(charges.iter().all(|charge| charge.4 == price && charge.1 == 5), "{price} {charges:?}");
    let whole = world.charges(&yearly).await;
    assert_eq!((whole.len(), whole[0].4.as_str()), (1, "247.20"));
    world.stop().await;
}

#[tokio::test]
async fn trap_44_unit_prices_keep_what_rounding_down_needs() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 7).await;
    world.advance_to("2026-07-20T09:00:00Z").await;
    world.patch(&path, json!({"quantity": 9})).await;
    let charges = world.charges(&path).await;
    // 21 of 31 days of 5.88, not rounded to cents: an invoice rounds every unit down, then multiplies.
    assert_eq!(charges[1].4, "3.983225806452");
    let down = |text: &str| (text.parse::<f64>().unwrap() * 100.0).floor() / 100.0;
    assert!((down(&charges[2].4) * 9.0 - 35.82).abs() < 1e-9);
    assert!((charges[2].4.parse::<f64>().unwrap() * 9.0 - 35.85).abs() < 0.001, "rounding the line gives more");
    world.stop().await;
}
