//! Promotions: shown, judged, applied by carts.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{GOOD_RESELLER, World, fresh};

const NEW_TO_E3: &str = "39NFLV000001:0001:PROMO001";
const PREMIUM_SEATS: &str = "39NFLV000002:0001:PROMO002";
const E5_FOR_OWNERS: &str = "39NFLV000003:0001:PROMO003";
const ENDED: &str = "39NFLV000005:0001:PROMO005";

async fn cart(world: &World, tenant: &str, lines: &[(&str, i64, &str, Option<&str>)]) -> Value {
    let mut given = Vec::new();
    for (number, (product, quantity, cycle, promotion)) in lines.iter().enumerate() {
        given.push(json!({"id": number, "catalogItemId": world.item(tenant, product).await, "quantity": quantity,
            "termDuration": "P1Y", "billingCycle": cycle, "promotionId": promotion,
            "participants": [{"key": "transaction_reseller", "value": GOOD_RESELLER}]}));
    }
    let body = json!({"partnerOnRecordAttestationAccepted": true, "lineItems": given});
    let path = format!("/v1/customers/{tenant}/carts");
    let (status, cart) = world.send(Method::POST, &path, &fresh(), &body).await;
    assert_eq!(status, 201, "{cart}");
    cart
}

async fn judged(world: &World, tenant: &str, item: Value) -> Value {
    let path = format!("/v1/customers/{tenant}/promotionEligibilities");
    let (status, answer) = world.send(Method::POST, &path, &fresh(), &json!({"items": [item]})).await;
    assert_eq!(status, 200, "{answer}");
    answer["items"][0]["eligibilities"].clone()
}

#[tokio::test]
async fn promotions_are_shown_per_market_and_segment() {
    let world = World::kind().await;
    let (_, list) = world.get("/v1/productpromotions?country=IT&segment=commercial").await;
    let ids: Vec<&str> = list["items"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 4, "the ended one is not shown: {ids:?}");
    assert!(ids.iter().all(|id| id.split(':').count() == 3));
    let (_, german) = world.get("/v1/productpromotions?country=DE&segment=commercial").await;
    assert_eq!(german["totalCount"], 3);
    let (_, one) = world.get(&format!("/v1/productpromotions/{NEW_TO_E3}?country=IT&segment=commercial")).await;
    assert_eq!(one["properties"]["isAutoApplicable"], true);
    let product = &one["requiredProducts"][0];
    assert_eq!(product["term"], json!({"duration": "P1Y", "billingCycle": "monthly"}));
    assert_eq!(product["pricingPolicies"], json!([{"policyType": "PercentDiscount", "value": "0.15"}]));
    for (path, status) in [
        ("/v1/productpromotions?segment=commercial".to_owned(), 400),
        ("/v1/productpromotions?country=IT".to_owned(), 400),
        (format!("/v1/productpromotions/{ENDED}?country=IT&segment=commercial"), 404),
        (format!("/v1/productpromotions/{NEW_TO_E3}?country=IT&segment=education"), 404),
    ] {
        assert_eq!(world.get(&path).await.0, status, "{path}");
    }
    world.stop().await;
}

#[tokio::test]
async fn every_obstacle_has_its_word() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let premium = world.item(&tenant, "CFQ7LV000003").await;
    let item = |catalog_item: &str, quantity: i64, cycle: &str, promotion: Option<&str>| {
        json!({"id": 7, "catalogItemId": catalog_item, "quantity": quantity, "termDuration": "P1Y",
            "billingCycle": cycle, "promotionId": promotion})
    };
    let first = |eligibilities: &Value| {
        assert_eq!(eligibilities[0]["isEligible"], false, "{eligibilities}");
        eligibilities[0]["errors"][0]["type"].as_str().unwrap().to_owned()
    };
    let good = judged(&world, &tenant, item(&premium, 10, "monthly", Some(PREMIUM_SEATS))).await;
    assert_eq!(good, json!([{"isEligible": true, "errors": [], "promotionId": PREMIUM_SEATS}]));
    let unknown = judged(&world, &tenant, item("CFQ7LV000003:0001:NOTHING", 10, "monthly", None)).await;
    assert_eq!(first(&unknown), "InvalidCatalogItemId");
    for wrong in ["39NFLV999999:0001:PROMO999", ENDED, NEW_TO_E3] {
        let answer = judged(&world, &tenant, item(&premium, 10, "monthly", Some(wrong))).await;
        assert_eq!(first(&answer), "InvalidPromotion", "{wrong}");
    }
    let few = judged(&world, &tenant, item(&premium, 9, "monthly", Some(PREMIUM_SEATS))).await;
    assert_eq!(first(&few), "SeatCount");
    let error = &few[0]["errors"][0];
    assert_eq!(
        (&error["minimumRequiredSeats"], &error["maximumRequiredSeats"], &error["availableSeats"]),
        (&json!(10), &json!(100), &json!(100))
    );
    let basic = world.item(&tenant, "CFQ7LV000001").await;
    let none = judged(&world, &tenant, item(&basic, 1, "monthly", None)).await;
    assert_eq!(first(&none), "NoPromotionsAvailable");
    let e5 = world.item(&tenant, "CFQ7LV000005").await;
    let term = judged(&world, &tenant, item(&e5, 1, "monthly", Some(E5_FOR_OWNERS))).await;
    assert_eq!(first(&term), "Term");
    let missing = judged(&world, &tenant, item(&e5, 1, "annual", Some(E5_FOR_OWNERS))).await;
    assert_eq!(first(&missing), "PrerequisiteProductOwnership");

    world.bought(&tenant, "CFQ7LV000014", 1).await;
    let item14 = world.item(&tenant, "CFQ7LV000014").await;
    assert_eq!(first(&judged(&world, &tenant, item(&item14, 1, "annual", None)).await), "OfferPurchasedPreviously");
    for seats in [60, 40] {
        let lines = [("CFQ7LV000003", seats, "monthly", Some(PREMIUM_SEATS))];
        let bought = cart(&world, &tenant, &lines).await;
        assert_eq!(world.checkout(&tenant, &bought).await.0, 201);
        world.advance("PT3S").await;
    }
    let again = judged(&world, &tenant, item(&premium, 10, "monthly", Some(PREMIUM_SEATS))).await;
    assert_eq!(first(&again), "RedemptionLimit");
    assert_eq!(again[0]["errors"][1]["availableSeats"], 0);
    let path = format!("/v1/customers/{tenant}/promotionEligibilities");
    assert_eq!(world.send(Method::POST, &path, &fresh(), &json!({"items": []})).await.0, 400);
    world.stop().await;
}

#[tokio::test]
async fn carts_apply_promotions_and_the_order_of_lines_decides() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let lines = [("CFQ7LV000014", 2, "monthly", None), ("CFQ7LV000014", 3, "annual", None)];
    let twice = cart(&world, &tenant, &lines).await;
    let (first, second) = (&twice["lineItems"][0], &twice["lineItems"][1]);
    // 31.20 a month, 5 percent more for monthly bills; the first line is new to the offer.
    assert_eq!(first["promotionId"], NEW_TO_E3);
    let pricing = &first["pricing"];
    assert_eq!(
        (&pricing["listPrice"], &pricing["discountedPrice"], &pricing["price"]),
        (&json!(32.76), &json!(27.85), &json!(27.85))
    );
    assert_eq!(pricing["extendedPrice"], 668.4, "two seats, twelve months");
    assert!(second.get("promotionId").is_none());
    assert_eq!(second["pricing"]["listPrice"], second["pricing"]["price"]);
    let turned = [("CFQ7LV000014", 3, "annual", None), ("CFQ7LV000014", 2, "monthly", None)];
    let turned = cart(&world, &tenant, &turned).await;
    assert_eq!(turned["lineItems"][0]["promotionId"], NEW_TO_E3, "the first line takes it");
    assert!(turned["lineItems"][1].get("promotionId").is_none());

    let wrong = cart(&world, &tenant, &[("CFQ7LV000003", 9, "monthly", Some(PREMIUM_SEATS))]).await;
    assert_eq!(wrong["lineItems"][0]["error"]["errorCode"], 10_014, "{wrong}");
    assert_eq!(wrong["lineItems"][0]["pricing"]["price"], wrong["lineItems"][0]["pricing"]["listPrice"]);
    let asked = cart(&world, &tenant, &[("CFQ7LV000003", 10, "monthly", Some(PREMIUM_SEATS))]).await;
    assert!(asked["lineItems"][0].get("error").is_none(), "{asked}");

    // Bought by the first cart: no longer new when the other one is checked out.
    assert_eq!(world.checkout(&tenant, &twice).await.0, 201);
    let (status, answer) = world.checkout(&tenant, &turned).await;
    assert_eq!((status, &answer["code"]), (400, &json!(27_007)), "{answer}");
    world.stop().await;
}

#[tokio::test]
async fn a_subscription_remembers_its_promotion() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000014", 2).await;
    assert_eq!(world.get(&path).await.1["promotionId"], NEW_TO_E3);
    let promotion = json!({"id": "39NFLV000009:0001:PROMO009", "name": "Half", "description": "Half",
        "start": "2026-01-01", "end": "2099-12-31", "isAutoApplicable": true, "segment": "commercial",
        "products": [{"productId": "CFQ7LV000006", "skuId": "0001", "term": "P1Y", "billingCycle": "annual",
            "percent": "50"}]});
    world.control(Method::PUT, "/control/promotions", &json!({"promotions": [promotion]})).await;
    let half = cart(&world, &tenant, &[("CFQ7LV000006", 1, "annual", None)]).await;
    assert_eq!(half["lineItems"][0]["pricing"]["price"], 22.2);
    world.stop().await;
}
