//! The end of terms: renewals that take time, plans, trials, the extended service term, expiry.

use partner_center_simulator::{Clock, Options};
use reqwest::Method;
use serde_json::{Value, json};

use crate::faults::StateFile;
use crate::world::{World, fresh};

/// `autoRenewEnabled` off and an explicit end or none.
async fn ends(world: &World, path: &str, action: Option<&str>) -> Value {
    let mut change = json!({"autoRenewEnabled": false});
    if let Some(action) = action {
        change["scheduledActions"] = json!([{"scheduleType": "TermEnd", "actionType": action}]);
    }
    let (status, answer) = world.patch(path, change).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

async fn instruction(world: &World, tenant: &str, product: &str, plan: (&str, &str), quantity: i64) -> Value {
    let item = world.item(tenant, product).await;
    let parts: Vec<&str> = item.split(':').collect();
    json!({"product": {"productId": parts[0], "skuId": parts[1], "availabilityId": parts[2],
        "termDuration": plan.0, "billingCycle": plan.1}, "quantity": quantity})
}

#[tokio::test]
async fn trap_25_a_renewal_opens_a_window_when_it_completes() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought_as(&tenant, ("CFQ7LV000001", 10, "P1M", "monthly")).await;
    world.faults(json!({"lag": {"renewalSeconds": 7200}})).await;
    world.advance_to("2026-08-10T00:30:00Z").await;
    let (_, old) = world.get(&path).await;
    assert_eq!(old["commitmentEndDate"], "2026-08-09T00:00:00Z", "the renewal is being worked on");
    assert_eq!(old["refundableQuantity"]["totalQuantity"], 0);
    for change in [
        json!({"quantity": 11}),
        json!({"friendlyName": "x"}),
        json!({"status": "deleted"}),
        json!({"partnerId": "6100002"}),
    ] {
        let (status, answer) = world.patch(&path, change).await;
        assert_eq!((status, &answer["code"]), (409, &json!(800_082)));
    }
    for change in [json!({"autoRenewEnabled": false}), json!({"status": "suspended"})] {
        let (status, answer) = world.patch(&path, change).await;
        assert_eq!((status, &answer["code"]), (400, &json!(900_280)));
    }
    assert_eq!(world.charges(&path).await.len(), 1, "nothing is charged before it completes");
    world.advance_to("2026-08-10T02:00:01Z").await;
    let (_, new) = world.get(&path).await;
    assert_eq!(new["commitmentEndDate"], "2026-09-09T00:00:00Z");
    assert_eq!(new["cancellationAllowedUntilDate"], "2026-08-17T02:00:00.0000000Z");
    assert_eq!(new["refundableQuantity"]["totalQuantity"], 10);
    world.advance_to("2026-08-12T10:00:00Z").await;
    let (status, answer) = world.patch(&path, json!({"status": "deleted"})).await;
    assert_eq!(status, 200, "{answer}");
    let charges = world.charges(&path).await;
    let kinds: Vec<(&str, i64, &str)> = charges.iter().map(|c| (c.0.as_str(), c.1, c.2.as_str())).collect();
    assert_eq!(kinds, [("new", 10, "2026-07-10"), ("renew", 10, "2026-08-10"), ("cancelImmediate", -10, "2026-08-12")]);
    world.stop().await;
}

#[tokio::test]
async fn trap_22_a_change_in_mid_term_drops_the_plan() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000004", 10).await;
    for disturbance in [json!({"quantity": 12}), json!({"autoRenewEnabled": false}), json!({"status": "suspended"})] {
        let (_, now) = world.get(&path).await;
        let quantity = now["quantity"].as_i64().unwrap();
        let plan = instruction(&world, &tenant, "CFQ7LV000005", ("P1Y", "annual"), quantity - 3).await;
        let change = json!({"autoRenewEnabled": true, "scheduledNextTermInstructions": plan});
        let (status, planned) = world.patch(&path, change).await;
        assert_eq!((status, planned["scheduledNextTermInstructions"].is_object()), (200, true), "{planned}");
        let (_, name) = world.patch(&path, json!({"friendlyName": "Ufficio"})).await;
        assert!(name["scheduledNextTermInstructions"].is_object(), "a name disturbs nothing");
        let (status, changed) = world.patch(&path, disturbance.clone()).await;
        assert_eq!(status, 200, "{changed}");
        assert!(changed.get("scheduledNextTermInstructions").is_none(), "{disturbance}");
    }
    world.stop().await;
}

#[tokio::test]
async fn trap_21_a_partial_body_turns_renewal_off_and_drops_the_plan() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000004", 10).await;
    let plan = instruction(&world, &tenant, "CFQ7LV000004", ("P1Y", "annual"), 8).await;
    world.patch(&path, json!({"scheduledNextTermInstructions": plan})).await;
    let partial = json!({"FRIENDLYNAME": "Ufficio", "unknownMember": [1]});
    let (status, after) = world.send(Method::PATCH, &path, &fresh(), &partial).await;
    assert_eq!((status, &after["autoRenewEnabled"]), (200, &json!(false)));
    assert!(after.get("scheduledNextTermInstructions").is_none());
    assert_eq!((&after["quantity"], &after["friendlyName"]), (&json!(10), &json!("Ufficio")));
    world.stop().await;
}

#[tokio::test]
async fn plans_are_judged_and_carried_out_at_the_renewal() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000004", 10).await;
    let good = instruction(&world, &tenant, "CFQ7LV000005", ("P3Y", "annual"), 25).await;
    let (_, trials) =
        world.get(&format!("/v1/customers/{tenant}/products/CFQ7LV000010/skus/000T/availabilities")).await;
    let mut trial = good.clone();
    trial["product"]["productId"] = json!("CFQ7LV000010");
    trial["product"]["skuId"] = json!("000T");
    trial["product"]["availabilityId"] = trials["items"][0]["id"].clone();
    trial["product"]["termDuration"] = json!("P1M");
    trial["product"]["billingCycle"] = json!("monthly");
    let mut early_trial = trial.clone();
    early_trial["customTermEndDate"] = json!("2027-07-31T00:00:00Z");
    let addon = instruction(&world, &tenant, "CFQ7LV000007", ("P1Y", "annual"), 10).await;
    let spoilt = |pointer: &str, value: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        bad
    };
    let mut outside = good.clone();
    outside["customTermEndDate"] = json!("2031-01-31T00:00:00Z");
    let mut crooked = good.clone();
    crooked["customTermEndDate"] = json!("2028-01-15T00:00:00Z");
    for (plan, status, code) in [
        (spoilt("/product/productId", json!("CFQ7LV000099")), 404, 400_013),
        (spoilt("/product/skuId", json!("0099")), 404, 400_018),
        (spoilt("/product/availabilityId", json!("CFQ7LVNOTHIS")), 404, 400_019),
        (spoilt("/product/billingCycle", json!("one_time")), 400, 900_268),
        (spoilt("/quantity", json!(0)), 400, 2002),
        (spoilt("/quantity", Value::Null), 400, 3000),
        (trial, 400, 900_236),
        (early_trial, 400, 900_244),
        (addon, 400, 900_236),
        (outside, 400, 900_245),
        (crooked, 400, 900_246),
    ] {
        let (was, answer) = world.patch(&path, json!({"scheduledNextTermInstructions": plan})).await;
        assert_eq!((was, &answer["code"]), (status, &json!(code)), "{plan}");
    }
    let mut aligned = good.clone();
    aligned["customTermEndDate"] = json!("2028-01-31T23:59:59");
    let (status, planned) = world.patch(&path, json!({"scheduledNextTermInstructions": aligned})).await;
    assert_eq!(status, 200, "{planned}");
    assert_eq!(planned["renewalTermDuration"], "P3Y");
    // The plan outlives its availability id, and every further change that carries it along.
    world.advance("P3M").await;
    let (status, kept) = world.patch(&path, json!({"friendlyName": "Ufficio"})).await;
    assert_eq!((status, kept["scheduledNextTermInstructions"]["quantity"].clone()), (200, json!(25)));
    world.advance_to("2027-07-10T00:00:01Z").await;
    let (_, renewed) = world.get(&path).await;
    assert_eq!((&renewed["quantity"], &renewed["termDuration"]), (&json!(25), &json!("P3Y")));
    assert_eq!(renewed["commitmentEndDate"], "2028-01-31T00:00:00Z");
    assert!(renewed.get("scheduledNextTermInstructions").is_none());
    let last = world.charges(&path).await.pop().unwrap();
    // 206 of 366 days of a year at 54.70 a month.
    assert_eq!((last.0.as_str(), last.1, last.3.as_str()), ("renew", 25, "2028-01-31"));
    let expected = 54.70 * 12.0 * 206.0 / 366.0;
    assert!((last.4.parse::<f64>().unwrap() - expected).abs() < 1e-6, "{} {expected}", last.4);
    world.stop().await;
}

#[tokio::test]
async fn trap_26_auto_renew_off_is_not_the_end_of_the_costs() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let extended = world.bought(&tenant, "CFQ7LV000001", 10).await;
    let cancelled = world.bought(&tenant, "CFQ7LV000002", 10).await;
    let renewed = world.bought(&tenant, "CFQ7LV000003", 10).await;
    let shown = ends(&world, &extended, None).await;
    assert_eq!(shown["scheduledActions"][0]["actionType"], "RenewToExtendedServiceTerm");
    let shown = ends(&world, &cancelled, Some("Cancel")).await;
    assert_eq!(shown["scheduledActions"][0]["actionType"], "Cancel");
    let (_, shown) = world.get(&renewed).await;
    assert_eq!(shown["scheduledActions"][0]["actionType"], "RenewToNewTerm");
    world.advance_to("2027-07-10T01:00:00Z").await;
    let (_, goes_on) = world.get(&extended).await;
    assert_eq!((&goes_on["status"], &goes_on["termDuration"]), (&json!("active"), &json!("P1M")));
    assert_eq!(goes_on["commitmentEndDate"], "2027-08-09T00:00:00Z");
    assert_eq!(goes_on["refundableQuantity"]["totalQuantity"], 0, "no new window for seats");
    assert_eq!(world.get(&cancelled).await.1["status"], "disabled");
    assert_eq!(world.get(&renewed).await.1["termDuration"], "P1Y");
    let last = world.charges(&extended).await.pop().unwrap();
    // 5.60 a month, 20 % more for a monthly term, 3 % more for the extension.
    assert_eq!((last.0.as_str(), last.4.as_str()), ("extendTerm", "6.92"));
    // It can be left at any time, for the days that are left.
    world.advance_to("2027-07-30T12:00:00Z").await;
    let (status, left) = world.patch(&extended, json!({"status": "deleted"})).await;
    assert_eq!((status, &left["status"]), (200, &json!("deleted")));
    let last = world.charges(&extended).await.pop().unwrap();
    assert_eq!((last.0.as_str(), last.1, last.2.as_str()), ("cancelImmediate", -10, "2027-07-30"));
    // What ended by an explicit cancel is kept for a while and never comes back.
    let (status, answer) = world.patch(&cancelled, json!({"status": "active"})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(900_279)));
    world.advance_to("2027-10-09T00:00:00Z").await;
    assert_eq!(world.get(&cancelled).await.1["status"], "deleted");
    world.stop().await;
}

#[tokio::test]
async fn an_extended_term_can_renew_again_and_costs_more_without_a_monthly_plan() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought_as(&tenant, ("CFQ7LV000011", 100, "P3Y", "annual")).await;
    ends(&world, &path, None).await;
    world.advance_to("2029-07-10T01:00:00Z").await;
    let last = world.charges(&path).await.pop().unwrap();
    // 7.50 a month of the annual rate and 23 %.
    assert_eq!((last.0.as_str(), last.4.as_str()), ("extendTerm", "9.22"));
    let (_, back) = world.patch(&path, json!({"autoRenewEnabled": true})).await;
    assert_eq!(back["renewalTermDuration"], "P3Y");
    world.advance_to("2029-08-10T01:00:00Z").await;
    let (_, renewed) = world.get(&path).await;
    assert_eq!((&renewed["termDuration"], &renewed["billingCycle"]), (&json!("P3Y"), &json!("annual")));
    assert_eq!(world.charges(&path).await.pop().unwrap().0, "renew");
    world.stop().await;
}

#[tokio::test]
async fn before_the_rule_an_ended_term_expires() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    world.faults(json!({"rules": {"estEffectiveFrom": "2099-01-01"}})).await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought_as(&tenant, ("CFQ7LV000001", 10, "P1M", "monthly")).await;
    let shown = ends(&world, &path, None).await;
    assert!(shown.get("scheduledActions").is_none());
    for (at, status, code) in [
        ("2026-08-10T00:00:01Z", "expired", 900_277),
        ("2026-09-08T23:59:59Z", "expired", 900_277),
        ("2026-09-09T00:00:01Z", "disabled", 900_279),
        ("2026-12-07T23:59:59Z", "disabled", 900_279),
        ("2026-12-08T00:00:01Z", "deleted", 2011),
    ] {
        world.advance_to(at).await;
        assert_eq!(world.get(&path).await.1["status"], status, "{at}");
        let (was, answer) = world.patch(&path, json!({"status": "active"})).await;
        assert_eq!((was, &answer["code"]), (400, &json!(code)), "{at}");
    }
    let (_, list) = world.get(&format!("/v1/customers/{tenant}/subscriptions")).await;
    assert_eq!(list["items"][0]["status"], "deleted", "it stays listed");
    assert_eq!(world.charges(&path).await.len(), 1, "nobody is billed for an expired subscription");
    world.stop().await;
}

#[tokio::test]
async fn trap_30_a_state_named_expired_is_shown() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    world.faults(json!({"rules": {"estEffectiveFrom": "2099-01-01"}})).await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought_as(&tenant, ("CFQ7LV000001", 10, "P1M", "monthly")).await;
    ends(&world, &path, Some("Cancel")).await;
    world.advance("P1M1D").await;
    assert_eq!(world.get(&path).await.1["status"], "expired");
    world.stop().await;
}

#[tokio::test]
async fn trap_23_suspending_does_not_stop_the_bills() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 10).await;
    let (_, off) = world.patch(&path, json!({"status": "suspended"})).await;
    assert_eq!((&off["status"], &off["autoRenewEnabled"]), (&json!("suspended"), &json!(false)));
    assert_eq!(off["suspensionReasons"], json!(["PartnerInitiated"]));
    let (status, answer) = world.patch(&path, json!({"autoRenewEnabled": true})).await;
    assert_eq!((status, &answer["code"]), (400, &json!(800_093)));
    world.advance("P5M").await;
    assert_eq!(world.charges(&path).await.len(), 6);
    let (_, on) = world.patch(&path, json!({"status": "active", "autoRenewEnabled": true})).await;
    assert_eq!((&on["status"], &on["autoRenewEnabled"]), (&json!("active"), &json!(false)));
    world.patch(&path, json!({"status": "suspended"})).await;
    for (at, status) in [
        ("2027-07-10T00:00:01Z", "disabled"),
        ("2027-11-06T23:59:59Z", "disabled"),
        ("2027-11-07T00:00:01Z", "deleted"),
    ] {
        world.advance_to(at).await;
        assert_eq!(world.get(&path).await.1["status"], status, "{at}");
    }
    assert_eq!(world.charges(&path).await.len(), 12);
    world.stop().await;
}

/// Orders a trial, SKU `000T`.
async fn trial(world: &mut World, tenant: &str) -> String {
    let path = format!("/v1/customers/{tenant}/products/CFQ7LV000010/skus/000T/availabilities");
    let (_, list) = world.get(&path).await;
    let body = json!({"partnerOnRecordAttestationAccepted": true, "lineItems": [{"id": 0, "quantity": 25,
        "catalogItemId": list["items"][0]["catalogItemId"], "termDuration": "P1M", "billingCycle": "monthly",
        "participants": [{"key": "transaction_reseller", "value": crate::world::GOOD_RESELLER}]}]});
    let (_, cart) = world.send(Method::POST, &format!("/v1/customers/{tenant}/carts"), &fresh(), &body).await;
    let (status, result) = world.checkout(tenant, &cart).await;
    assert_eq!(status, 201, "{result}");
    world.advance("PT3S").await;
    let path = format!("/v1/customers/{tenant}/subscriptions");
    let (_, list) = world.get(&path).await;
    let known =
        list["items"].as_array().unwrap().iter().rev().find(|s| s["isTrial"] == true && s["status"] == "active");
    format!("{path}/{}", known.unwrap()["id"].as_str().unwrap())
}

#[tokio::test]
async fn trials_become_paid_unless_told_otherwise() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = trial(&mut world, &tenant).await;
    let (_, shown) = world.get(&path).await;
    assert_eq!((&shown["autoRenewEnabled"], &shown["renewalTermDuration"]), (&json!(true), &json!("P1Y")));
    assert_eq!(shown["commitmentEndDate"], "2026-08-08T00:00:00Z", "30 days");
    assert!(shown.get("cancellationAllowedUntilDate").is_none());
    for (change, code) in [
        (json!({"quantity": 20}), 800_095),
        (json!({"status": "deleted"}), 800_096),
        (json!({"termDuration": "P1Y"}), 800_107),
    ] {
        let (status, answer) = world.patch(&path, change).await;
        assert_eq!((status, &answer["code"]), (400, &json!(code)));
    }
    world.advance_to("2026-08-09T00:00:01Z").await;
    let (_, paid) = world.get(&path).await;
    assert!(paid["offerId"].as_str().unwrap().starts_with("CFQ7LV000003:0001:"), "{paid}");
    assert_eq!((&paid["quantity"], &paid["isTrial"]), (&json!(25), &json!(false)));
    assert_eq!((&paid["termDuration"], &paid["billingCycle"]), (&json!("P1Y"), &json!("monthly")));
    let charges = world.charges(&path).await;
    assert_eq!((charges[0].4.as_str(), charges[1].0.as_str(), charges[1].4.as_str()), ("0", "renew", "21.63"));
    world.stop().await;
}

#[tokio::test]
async fn a_trial_converts_as_planned_or_ends() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let planned = trial(&mut world, &tenant).await;
    let plan = instruction(&world, &tenant, "CFQ7LV000002", ("P1Y", "annual"), 4).await;
    let (status, answer) = world.patch(&planned, json!({"scheduledNextTermInstructions": plan})).await;
    assert_eq!(status, 200, "{answer}");
    world.advance_to("2026-08-09T00:00:01Z").await;
    let (_, paid) = world.get(&planned).await;
    assert!(paid["offerId"].as_str().unwrap().starts_with("CFQ7LV000002:0001:"), "{paid}");
    assert_eq!((&paid["quantity"], &paid["billingCycle"]), (&json!(4), &json!("annual")));
    let other = world.tenant("betaforni").await;
    let ended = trial(&mut world, &other).await;
    ends(&world, &ended, None).await;
    world.advance("P31D").await;
    assert_eq!(world.get(&ended).await.1["status"], "expired", "no extension for what was free");
    world.stop().await;
}

#[tokio::test]
async fn unknown_actions_come_back_as_they_went() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 10).await;
    let strange = json!({"scheduleType": "CustomDate", "actionType": "Transition", "effectiveDate": "2026-09-01",
        "instructions": {"x": [1, 2]}});
    let (status, answer) = world.patch(&path, json!({"scheduledActions": [strange]})).await;
    assert_eq!(status, 200, "{answer}");
    let (_, shown) = world.get(&path).await;
    assert_eq!(shown["scheduledActions"][1], strange);
    let many: Vec<Value> = (0..11).map(|_| strange.clone()).collect();
    assert_eq!(world.patch(&path, json!({"scheduledActions": many})).await.0, 400);
    world.stop().await;
}

/// What time did but nobody wrote comes out the same after a restart.
#[tokio::test]
async fn time_passes_the_same_with_and_without_restarts() {
    let file = StateFile::new("time.sqlite");
    let clock = || Clock::starting_at("2026-07-10T09:00:00Z".parse().unwrap());
    let options = |clock| Options { state: Some(file.0.clone()), seed: 7, clock, ..Options::default() };
    let shared = clock();
    let mut world = World::with(options(shared.clone())).await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought_as(&tenant, ("CFQ7LV000001", 10, "P1M", "monthly")).await;
    world.stop().await;
    // While nobody runs, half a year goes by.
    shared.advance(jiff::SignedDuration::from_hours(24 * 183)).unwrap();
    let world = World::with(options(shared)).await;
    let (_, shown) = world.get(&path).await;
    assert_eq!(shown["status"], "active");
    let charges = world.charges(&path).await;
    let days: Vec<&str> = charges.iter().map(|charge| charge.2.as_str()).collect();
    assert_eq!(days, ["2026-07-10", "2026-08-10", "2026-09-10", "2026-10-10", "2026-11-10", "2026-12-10"]);
    world.stop().await;
}
