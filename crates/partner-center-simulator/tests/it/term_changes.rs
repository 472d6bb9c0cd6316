//! Changes of term and billing cycle in mid-term, and what they cost.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_longer_term_begins_at_once() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought_as(&tenant, ("CFQ7LV000004", 10, "P1M", "monthly")).await;
    world.advance_to("2026-07-25T09:00:00Z").await;
    let change = json!({"termDuration": "P1Y", "billingCycle": "Annual"});
    let (status, answer) = world.patch(&path, change).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        (&answer["termDuration"], &answer["commitmentEndDate"]),
        (&json!("P1Y"), &json!("2027-07-24T00:00:00Z"))
    );
    let charges = world.charges(&path).await;
    let lines: Vec<(&str, i64, &str, &str)> =
        charges.iter().map(|c| (c.0.as_str(), c.1, c.2.as_str(), c.3.as_str())).collect();
    assert_eq!(
        lines,
        [
            ("new", 10, "2026-07-10", "2026-08-09"),
            ("changeBillingPlan", -10, "2026-07-25", "2026-08-09"),
            ("changeBillingPlan", 10, "2026-07-25", "2027-07-24"),
        ]
    );
    assert_eq!(charges[2].4, "428.40");
    world.stop().await;
}

#[tokio::test]
async fn trap_29_the_billing_cycle_follows_its_own_rules() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let year = world.bought(&tenant, "CFQ7LV000004", 10).await;
    for (change, code) in [
        (json!({"billingCycle": "annual"}), 2054),
        (json!({"termDuration": "P1M", "billingCycle": "monthly"}), 800_122),
        (json!({"termDuration": "P5Y", "billingCycle": "monthly"}), 800_121),
        (json!({"termDuration": "P3Y", "billingCycle": "one_time"}), 900_269),
    ] {
        let (status, answer) = world.patch(&year, change.clone()).await;
        assert_eq!((status, &answer["code"]), (400, &json!(code)), "{change}");
    }
    let basic = world.bought(&tenant, "CFQ7LV000001", 10).await;
    let (_, answer) = world.patch(&basic, json!({"termDuration": "P3Y"})).await;
    assert_eq!(answer["code"], 800_121, "not sold for three years");
    let long = world.bought_as(&tenant, ("CFQ7LV000004", 10, "P3Y", "monthly")).await;
    let (_, answer) = world.patch(&long, json!({"billingCycle": "triennial"})).await;
    assert_eq!(answer["code"], 800_097);
    world.stop().await;
}

#[tokio::test]
async fn three_years_are_billed_otherwise_from_the_next_charge_on() {
    let mut world = World::starting("2026-07-31T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought_as(&tenant, ("CFQ7LV000004", 10, "P3Y", "monthly")).await;
    world.advance_to("2026-09-10T09:00:00Z").await;
    let (status, answer) = world.patch(&path, json!({"billingCycle": "annual"})).await;
    assert_eq!((status, &answer["billingCycle"]), (200, &json!("monthly")), "not yet");
    assert_eq!(answer["nextChargeInstructions"]["product"]["billingCycle"], "annual");
    // It survives other changes, a suspension included.
    world.patch(&path, json!({"status": "suspended"})).await;
    let (_, on) = world.patch(&path, json!({"status": "active"})).await;
    assert_eq!(on["nextChargeInstructions"]["product"]["billingCycle"], "annual");
    world.advance_to("2026-10-01T00:00:01Z").await;
    let (_, changed) = world.get(&path).await;
    assert_eq!(
        (&changed["billingCycle"], &changed["commitmentEndDate"]),
        (&json!("annual"), &json!("2029-07-30T00:00:00Z")),
        "the term goes on"
    );
    assert!(changed.get("nextChargeInstructions").is_none());
    world.advance_to("2029-07-01T00:00:00Z").await;
    let charges = world.charges(&path).await;
    let lines: Vec<(&str, &str, &str)> = charges.iter().map(|c| (c.0.as_str(), c.2.as_str(), c.3.as_str())).collect();
    assert_eq!(
        lines,
        [
            ("new", "2026-07-31", "2026-08-30"),
            ("cycleCharge", "2026-08-31", "2026-09-29"),
            ("changeBillingPlan", "2026-09-30", "2027-09-29"),
            ("cycleCharge", "2027-09-30", "2028-09-29"),
            ("cycleCharge", "2028-09-30", "2029-07-30"),
        ]
    );
    world.stop().await;
}
