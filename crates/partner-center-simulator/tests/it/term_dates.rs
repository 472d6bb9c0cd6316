//! Co-termination: which days are offered, and that carts take only those.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{GOOD_RESELLER, World, fresh};

async fn cart(world: &World, tenant: &str, product: &str, plan: (&str, &str), end: &str) -> Value {
    let line = json!({"catalogItemId": world.item(tenant, product).await, "quantity": 10, "termDuration": plan.0,
        "billingCycle": plan.1, "customTermEndDate": end,
        "participants": [{"key": "transaction_reseller", "value": GOOD_RESELLER}]});
    let body = json!({"partnerOnRecordAttestationAccepted": true, "lineItems": [line]});
    let (status, cart) = world.send(Method::POST, &format!("/v1/customers/{tenant}/carts"), &fresh(), &body).await;
    assert_eq!(status, 201, "{cart}");
    cart
}

#[tokio::test]
async fn the_list_offers_ends_of_months_and_of_subscriptions() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let year = world.bought(&tenant, "CFQ7LV000001", 10).await;
    let year = year.rsplit('/').next().unwrap();
    world.bought_as(&tenant, ("CFQ7LV000001", 10, "P1M", "monthly")).await;
    world.advance_to("2026-07-20T09:00:00Z").await;
    let path = format!("/v1/customers/{tenant}/subscriptions/customTermEndDates");
    let (status, list) = world.get(&format!("{path}?term_duration=P1Y")).await;
    assert_eq!(status, 200, "{list}");
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 13, "twelve months and one subscription, not the monthly one");
    assert_eq!(items[0]["allowedCustomTermEndDate"], "2026-07-31T00:00:00Z");
    assert_eq!(items[0]["allowedCustomTermEndDateType"], "calendarMonthAligned");
    let joined = items.iter().find(|item| item["allowedCustomTermEndDateType"] == "subscriptionAligned").unwrap();
    assert_eq!(joined["cotermSubscriptionIds"], json!([year]));
    assert_eq!(joined["allowedCustomTermEndDate"], "2027-07-09T00:00:00Z");
    // Both spellings of the parameters; one target only.
    let (_, one) = world.get(&format!("{path}?TermDuration=P1Y&TargetCotermSubscriptionId={year}")).await;
    assert_eq!(one["totalCount"], 1);
    let (_, later) = world.get(&format!("{path}?TermDuration=P1Y&TermStartDate=2026-12-05T00:00:00")).await;
    assert_eq!(later["items"][0]["allowedCustomTermEndDate"], "2026-12-31T00:00:00Z");
    let (_, page) = world.get(&format!("{path}?term_duration=P3Y&size=10")).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 10);
    let token = page["continuationToken"].as_str().unwrap();
    let next = world.request(Method::GET, &format!("{path}?term_duration=P3Y&size=10&seekOperation=Next"));
    let (_, next) = crate::world::read(next.header("MS-ContinuationToken", token).send().await.unwrap()).await;
    assert_ne!(next["items"][0], page["items"][0]);
    for bad in [
        "",
        "?term_duration=P7D",
        "?term_duration=P1Y&size=301",
        "?term_duration=P1Y&term_start_date=soon",
        "?term_duration=P1Y&term_start_date=2020-01-01",
    ] {
        assert_eq!(world.get(&format!("{path}{bad}")).await.0, 400, "{bad}");
    }
    let unknown = format!("{path}?term_duration=P1Y&target_coterm_subscription_id={}", fresh());
    assert_eq!(world.get(&unknown).await.0, 404);
    world.stop().await;
}

#[tokio::test]
async fn a_first_term_ends_early_and_costs_its_days() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let (year, short) = (("P1Y", "monthly"), ("P1M", "monthly"));
    for (plan, end, code) in [
        (year, "2026-10-15T00:00:00Z", 10_017),
        (year, "2027-07-31T00:00:00Z", 10_017),
        (year, "2026-06-30T00:00:00Z", 10_017),
        (short, "2026-07-30T00:00:00Z", 10_017),
    ] {
        let bad = cart(&world, &tenant, "CFQ7LV000001", plan, end).await;
        assert_eq!(bad["lineItems"][0]["error"]["errorCode"], code, "{end}");
    }
    let path = format!("/v1/customers/{tenant}/carts");
    let (_, list) = world.get(&format!("/v1/customers/{tenant}/products/CFQ7LV000010/skus/000T/availabilities")).await;
    let trial = json!({"catalogItemId": list["items"][0]["catalogItemId"], "quantity": 25, "termDuration": "P1M",
        "billingCycle": "monthly", "customTermEndDate": "2026-07-31"});
    let (_, trial) = world.send(Method::POST, &path, &fresh(), &json!({"lineItems": [trial]})).await;
    assert_eq!(trial["lineItems"][0]["error"]["errorCode"], 10_016);
    let good = cart(&world, &tenant, "CFQ7LV000001", year, "2026-09-30T00:00:00Z").await;
    assert_eq!(good["lineItems"][0]["customTermEndDate"], "2026-09-30T00:00:00Z");
    let pricing = &good["lineItems"][0]["pricing"];
    // Two months and 21 of 30 days, of twelve: 5.88 a month, ten seats.
    assert_eq!((&pricing["price"], &pricing["proratedPrice"]), (&json!(5.88), &json!(1.32)));
    assert_eq!(pricing["extendedPrice"], 158.76);
    let (status, result) = world.checkout(&tenant, &good).await;
    assert_eq!(status, 201, "{result}");
    world.advance("PT3S").await;
    let (_, all) = world.get(&format!("/v1/customers/{tenant}/subscriptions")).await;
    assert_eq!(all["items"][0]["commitmentEndDate"], "2026-09-30T00:00:00Z");
    let path = format!("/v1/customers/{tenant}/subscriptions/{}", all["items"][0]["id"].as_str().unwrap());
    world.advance_to("2026-10-01T00:00:01Z").await;
    let charges = world.charges(&path).await;
    let days: Vec<(&str, &str, &str)> = charges.iter().map(|c| (c.0.as_str(), c.2.as_str(), c.3.as_str())).collect();
    assert_eq!(
        days,
        [
            ("new", "2026-07-10", "2026-08-09"),
            ("cycleCharge", "2026-08-10", "2026-09-09"),
            ("cycleCharge", "2026-09-10", "2026-09-30"),
            ("renew", "2026-10-01", "2026-10-31"),
        ]
    );
    // 21 of 30 days of 5.88.
    assert_eq!(charges[2].4, "4.116");
    world.stop().await;
}

#[tokio::test]
async fn a_date_that_no_longer_fits_stops_the_checkout() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let tenant = world.tenant("albaforni").await;
    let joined = world.bought(&tenant, "CFQ7LV000001", 10).await;
    let waiting = cart(&world, &tenant, "CFQ7LV000002", ("P1Y", "monthly"), "2027-07-09T00:00:00Z").await;
    assert!(waiting["lineItems"][0].get("error").is_none(), "{waiting}");
    world.patch(&joined, json!({"status": "deleted"})).await;
    let (status, answer) = world.checkout(&tenant, &waiting).await;
    assert_eq!((status, &answer["code"]), (400, &json!(900_242)));
    world.stop().await;
}
