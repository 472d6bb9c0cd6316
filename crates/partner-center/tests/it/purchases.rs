//! Catalogue, promotions, offers, carts and orders (rows 29 to 36), and the traps of buying.

use partner_center::*;
use serde_json::{Value, json as value};
use uuid::Uuid;

use crate::script::{Script, client, json};

const ITEM: &str = "CFQ7TESTAA01:0001:CFQ7TESTAV01";

fn call() -> Call {
    Call::new(Uuid::from_u128(7))
}

fn line() -> NewCartLine {
    NewCartLine::new(ITEM, 5, BillingCycle::Monthly, "P1Y", "7000101")
}

fn body(script: &Script, at: usize) -> Value {
    serde_json::from_str(&script.seen()[at].body).expect("json")
}

#[tokio::test]
async fn an_inventory_check_asks_and_is_repeated_like_a_read() {
    let answer = r#"[{"productId":"P","skuId":"0001","isRestricted":true,"restrictions":[{"reasonCode":"NotAvailable","description":null,"properties":null}]}]"#;
    let script = Script::start([json(503, ""), json(200, answer)]).await;
    let client = client(&script);
    let items = client.check_inventory("IT", &[("P", "0001")], &[("customerId", "c")]).await.expect("second answer");
    assert!(items[0].is_restricted && items[0].restrictions[0].reason_code == "NotAvailable");
    assert_eq!(script.seen()[1].line, "POST /v1/extensions/product/checkinventory?country=IT HTTP/1.1");
    assert_eq!(
        body(&script, 1),
        value!({"targetItems": [{"productId": "P", "skuId": "0001"}], "inventoryContext": {"customerId": "c"}})
    );
    assert!(matches!(client.check_inventory("IT", &[], &[]).await, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn products_come_with_their_life_cycle_when_asked_and_null_is_absence() {
    let product = r#"{"items":[{"id":"P","title":null,"productType":{"id":"OnlineServicesNCE","displayName":null,
        "subType":{"id":"s","displayName":"S"}},"lifeCycleState":{"stage":"Active"}}]}"#;
    let sku = r#"{"items":[{"id":"0001","productId":null,"title":null,"isTrial":null,"minimumQuantity":"1","maximumQuantity":300,
        "purchasePrerequisites":["inventory_check"],"dynamicAttributes":null,
        "attestationProperties":{"enforceAttestation":true,"attestationType":"x"}}]}"#;
    let script = Script::start([json(200, product), json(200, sku)]).await;
    let client = client(&script);
    let of = CatalogueOf::Country("IT");
    let products = client.products_with_life_cycle(of, "OnlineServices", Some("education")).await.expect("list");
    assert_eq!(products[0].other["lifeCycleState"]["stage"], "Active");
    assert_eq!(products[0].product_type.as_ref().and_then(|kind| kind.sub_type.as_ref()).expect("finer").id, "s");
    assert_eq!(
        script.seen()[0].line,
        "GET /v1/products?country=IT&targetView=OnlineServices&targetSegment=education&IncludeLifeCycleState=true HTTP/1.1"
    );
    let skus = client.skus(CatalogueOf::Customer("c"), "P", None).await.expect("list");
    assert_eq!((skus[0].minimum_quantity, skus[0].maximum_quantity), (Some(1), Some(300)));
    assert!(skus[0].needs("InventoryCheck") && !skus[0].needs("MicrosoftCustomerAgreement"));
    assert!(skus[0].attestation_properties.as_ref().is_some_and(|asked| asked.enforce_attestation));
    assert_eq!(script.seen()[1].line, "GET /v1/customers/c/products/P/skus HTTP/1.1");
}

#[tokio::test]
async fn promotions_are_read_and_asked_for_by_place() {
    let promotion = r#"{"id":"a:b:c","name":"Cheap","properties":null,"requiredProducts":[{"productId":"P","skuId":"0001",
        "term":{"duration":"P1Y","billingCycle":"Annual"},"pricingPolicies":[{"policyType":"PercentDiscount","value":"0.15"}]}]}"#;
    let answers = r#"{"items":[{"id":"1","catalogItemId":"x","eligibilities":[{"promotionId":"a:b:c","isEligible":false,
        "errors":[{"type":"SeatCount","description":null,"minimumRequiredSeats":"1","maximumRequiredSeats":300,"availableSeats":2}]}]},
        {"id":0,"catalogItemId":"y","eligibilities":[{"promotionId":"a:b:c","isEligible":true}]}],"attributes":{}}"#;
    let script =
        Script::start([json(200, &format!(r#"{{"items":[{promotion}]}}"#)), json(200, promotion), json(200, answers)])
            .await;
    let client = client(&script);
    let promotions = client.promotions("IT", "commercial").await.expect("list");
    let discount = &promotions[0].required_products[0].pricing_policies[0];
    assert_eq!(discount.value, Some("0.15".parse().expect("decimal")));
    assert!(!promotions[0].properties.is_auto_applicable);
    client.promotion("a:b:c", "IT", "commercial").await.expect("one");
    assert_eq!(script.seen()[1].line, "GET /v1/productpromotions/a:b:c?country=IT&segment=commercial HTTP/1.1");
    let question = PromotionQuestion {
        catalog_item_id: ITEM.into(),
        quantity: 5,
        term_duration: "P1Y".into(),
        billing_cycle: BillingCycle::Annual,
        promotion_id: Some("a:b:c".into()),
    };
    let answers = client.promotion_eligibilities("c", &[question.clone(), question]).await.expect("answers");
    let places: Vec<_> = answers.iter().map(|answer| answer.id.as_str()).collect();
    assert_eq!(places, ["1", "0"], "an answer carries the place of its question");
    let error = &answers[0].eligibilities[0].errors[0];
    assert_eq!((error.kind.clone(), error.maximum_required_seats), (PromotionErrorType::SeatCount, Some(300)));
    let sent = body(&script, 2);
    assert_eq!((&sent["items"][1]["id"], &sent["items"][1]["promotionId"]), (&1.into(), &"a:b:c".into()));
    assert!(matches!(client.promotion_eligibilities("c", &[]).await, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn old_offers_are_read_only_and_paged_by_offset() {
    let offer = r#"{"id":"o1","name":"Old","isAddOn":null,"rank":"7","category":{"id":"x","name":null}}"#;
    let script = Script::start([
        json(200, &format!(r#"{{"totalCount":1,"items":[{offer}]}}"#)),
        json(200, &format!(r#"{{"items":[{offer}]}}"#)),
        json(200, r#"{"items":[{"id":"x","name":"X","rank":1}]}"#),
        json(400, r#"{"code":2100,"description":"belongs to products"}"#),
    ])
    .await;
    let client = client(&script);
    assert_eq!(client.offers("IT").await.expect("list")[0].rank, Some(7));
    assert_eq!(script.seen()[0].line, "GET /v1/offers?country=IT&size=500&offset=0 HTTP/1.1");
    assert_eq!(script.seen()[0].header("x-locale").as_deref(), Some("en-US"));
    client.offer_add_ons("o1", "IT").await.expect("list");
    assert_eq!(script.seen()[1].line, "GET /v1/offers/o1/addons?country=IT HTTP/1.1");
    assert_eq!(client.offer_categories("IT").await.expect("list")[0].id, "x");
    assert!(client.offer("CFQ7TESTAA01", "IT").await.expect_err("a product").is_refusal(400, "2100"));
}

#[tokio::test]
async fn trap_16_a_re_issued_availability_ends_the_cart_and_not_the_purchase() {
    let script = Script::start([json(404, r#"{"code":400019,"description":"Availability not found"}"#)]).await;
    let error = client(&script).check_out(&call(), "c", "k").await.expect_err("yesterday's id");
    assert!(error.is_refusal(404, "400019") && error.is_definitive(), "surely not bought: fill a new cart");
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test]
async fn trap_19_an_order_without_its_subscription_is_not_fulfilled() {
    let of = |subscription: &str| {
        let text = format!(
            r#"{{"id":"o","status":"completed","lineItems":[{{"lineItemNumber":"0","offerId":"a:b:c","quantity":"1","partnerIdOnRecord":7000101{subscription}}}]}}"#
        );
        serde_json::from_str::<Order>(&text).expect("order")
    };
    for missing in ["", r#","subscriptionId":"""#, r#","subscriptionId":null"#] {
        assert!(!of(missing).is_fulfilled(), "{missing}");
    }
    let done = of(r#","subscriptionId":"7B1C""#);
    assert!(done.is_fulfilled());
    assert_eq!(done.line_items[0].partner_id_on_record.as_deref(), Some("7000101"));
    let script = Script::start([json(200, r#"{"items":[]}"#)]).await;
    assert!(client(&script).orders("c").await.expect("a new order may be missing").is_empty());
}

#[tokio::test]
async fn trap_20_an_add_on_is_a_line_like_any_other() {
    let script = Script::start([json(201, r#"{"id":"k","lineItems":[]}"#)]).await;
    let add_on = NewCartLine::new("CFQ7TESTAA03:0001:CFQ7TESTAV03", 2, BillingCycle::Monthly, "P1Y", "7000101");
    client(&script).create_cart(&call(), "c", &NewCart { lines: vec![line(), add_on] }).await.expect("201");
    let sent = body(&script, 0);
    let ids: Vec<_> = sent["lineItems"].as_array().expect("lines").iter().map(|line| line["id"].clone()).collect();
    assert_eq!(ids, [0, 1], "the base first, numbers without a gap");
    assert!(!script.seen()[0].body.contains("addonItems") && !script.seen()[0].body.contains("parentSubscriptionId"));
}

#[tokio::test]
async fn trap_31_too_many_subscriptions_may_mean_a_wrong_item() {
    let script = Script::start([json(403, r#"{"code":800089,"description":"Too many subscriptions"}"#)]).await;
    let error = client(&script).check_out(&call(), "c", "k").await.expect_err("refused");
    // Both meanings stay open: the code and text are kept, it is not taken for a wait or a limit.
    assert!(error.is_refusal(403, "800089"));
    let refusal = error.refusal().expect("refusal");
    assert!(!refusal.is_busy() && refusal.wait().is_none() && refusal.description == "Too many subscriptions");
}

#[tokio::test]
async fn every_member_of_a_line_is_sent_and_six_further_resellers_are_not() {
    let script = Script::start([json(201, r#"{"id":"k","lineItems":[]}"#)]).await;
    let client = client(&script);
    let mut full = line();
    full.additional_resellers = vec!["7000102".into(), "7000103".into()];
    full.provisioning_context = vec![("domain".into(), "contosobakery".into())];
    full.renews_to_term = Some("P1M".into());
    full.attestation_accepted = Some(true);
    full.promotion_id = Some("a:b:c".into());
    full.custom_term_end_date = Some("2027-03-03T00:00:00".parse().expect("date"));
    client.create_cart(&call(), "c", &NewCart { lines: vec![full.clone()] }).await.expect("201");
    assert_eq!(
        body(&script, 0)["lineItems"][0],
        value!({"id": 0, "catalogItemId": ITEM, "quantity": 5, "billingCycle": "monthly", "termDuration": "P1Y",
            "participants": [{"key": "transaction_reseller", "value": "7000101"},
                {"key": "additional_transaction_reseller", "value": "7000102"},
                {"key": "additional_transaction_reseller", "value": "7000103"}],
            "attestationAccepted": true, "promotionId": "a:b:c", "customTermEndDate": "2027-03-03T00:00:00Z",
            "renewsTo": {"termDuration": "P1M"}, "provisioningContext": {"domain": "contosobakery"}})
    );
    for bad in [vec!["7000102".to_owned(); 6], vec!["0".into()], vec![String::new()]] {
        full.additional_resellers = bad;
        let refused = client.create_cart(&call(), "c", &NewCart { lines: vec![full.clone()] }).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })));
    }
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test]
async fn a_cart_is_replaced_whole_and_attests_the_partner_of_record() {
    let cart = r#"{"id":"k","status":"Active","totalPrice":"33.60","newMember":{"a":1},"lineItems":[
        {"id":0,"catalogItemId":"a:b:c","quantity":"1","participants":[{"key":"transaction_reseller","value":"7000101"}],
         "renewsTo":[{"termDuration":"P1Y"}],"provisioningContext":{"x":"y"},
         "error":{"errorCode":"MaxAllowedSeatsPerSubscriptionExceeded","errorDescription":null,
            "additionalInformation":{"availableQuantity":"300","purchasedQuantity":3}}},
        {"id":1,"catalogItemId":"d:e:f","quantity":2,"participants":[{"key":"transaction_reseller","value":"7000101"}]}]}"#;
    let script = Script::start([json(200, cart), json(201, r#"{"id":"k","lineItems":[]}"#), json(200, cart)]).await;
    let client = client(&script);
    let CartAnswer::LinesRefused(mut read) = client.cart("c", "k").await.expect("cart") else { panic!("a bad line") };
    assert_eq!(read.total_price, Some("33.60".parse().expect("decimal")));
    assert_eq!(read.line_items[0].renews_to_term(), Some("P1Y"));
    let error = read.line_items[0].error.as_ref().expect("refused");
    assert_eq!((error.available_quantity(), error.purchased_quantity()), (Some(300), Some(3)));
    read.line_items.remove(1);
    assert!(matches!(client.update_cart(&call(), "c", &read).await.expect("201"), CartAnswer::Good(_)));
    assert_eq!(script.seen()[1].line, "PUT /v1/customers/c/carts/k HTTP/1.1");
    let sent = body(&script, 1);
    assert_eq!(sent["partnerOnRecordAttestationAccepted"], true);
    assert_eq!((&sent["newMember"]["a"], &sent["lineItems"][0]["provisioningContext"]["x"]), (&1.into(), &"y".into()));
    assert_eq!(sent["lineItems"].as_array().map(Vec::len), Some(1));
    read.line_items[0].participants.clear();
    assert!(matches!(client.update_cart(&call(), "c", &read).await, Err(Error::Invalid { .. })));
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test]
async fn orders_are_listed_by_billing_and_with_prices() {
    let priced = r#"{"id":"o","status":"po review rejected","totalPrice":33.6,"transactionType":"SystemBilling","lineItems":[
        {"lineItemNumber":0,"offerId":"a:b:c","quantity":1,"transactionType":"New","pricing":{"listPrice":"5.60","price":5.6},
         "renewsTo":{"termDuration":"P1Y"},"additionalPartnerIdsOnRecord":["7000102"]}]}"#;
    let script = Script::start([json(200, &format!(r#"{{"items":[{priced}]}}"#)), json(200, priced)]).await;
    let client = client(&script);
    let query = OrderQuery { billing: Some(&BillingCycle::Annual), with_prices: true };
    let orders = client.orders_matching("c", query).await.expect("list");
    assert_eq!(script.seen()[0].line, "GET /v1/customers/c/orders?billingType=annual&include_price=true HTTP/1.1");
    let line = &orders[0].line_items[0];
    assert_eq!(line.pricing.as_ref().expect("prices").list_price, Some("5.60".parse().expect("decimal")));
    assert_eq!((line.transaction_type.clone(), line.renews_to_term()), (Some(LineTransaction::New), Some("P1Y")));
    assert_eq!(orders[0].status, Some(OrderStatus::PoReviewRejected));
    assert_eq!(orders[0].transaction_type, Some(OrderTransaction::SystemBilling));
    client.order_with_prices("c", "o").await.expect("one");
    assert_eq!(script.seen()[1].line, "GET /v1/customers/c/orders/o?include_price=true HTTP/1.1");
}

#[tokio::test]
async fn an_old_add_on_is_one_more_line_of_the_whole_order() {
    let order = r#"{"id":"o1","referenceCustomerId":"c","unheardOf":{"a":[1]},"lineItems":[
        {"lineItemNumber":0,"offerId":"g1","quantity":5,"strange":"2026-03-31T00:00:00"},{"lineItemNumber":"3","offerId":"g2","quantity":1}],
        "attributes":{"etag":"e7","objectType":"Order"}}"#;
    let script = Script::start([json(200, order), json(200, order)]).await;
    let client = client(&script);
    let read = client.order_resource("c", "o1").await.expect("read");
    let add_on = LegacyAddOn {
        offer_id: "g9".into(),
        parent_subscription_id: "s1".into(),
        quantity: 2,
        friendly_name: None,
        partner_id_on_record: "7000101".into(),
    };
    client.patch_order(&call(), "c", &read.with_legacy_add_on(&add_on).expect("sound")).await.expect("200");
    let sent = body(&script, 1);
    assert_eq!(script.seen()[1].header("if-match").as_deref(), Some("\"e7\""));
    assert_eq!(
        (&sent["unheardOf"]["a"][0], &sent["lineItems"][0]["strange"]),
        (&1.into(), &"2026-03-31T00:00:00".into())
    );
    assert_eq!(
        sent["lineItems"][2],
        value!({"lineItemNumber": 4, "offerId": "g9", "parentSubscriptionId": "s1", "quantity": 2,
            "partnerIdOnRecord": "7000101"})
    );
    for bad in [
        LegacyAddOn { partner_id_on_record: "0".into(), ..add_on.clone() },
        LegacyAddOn { parent_subscription_id: String::new(), ..add_on.clone() },
        LegacyAddOn { quantity: 0, ..add_on.clone() },
    ] {
        assert!(matches!(read.with_legacy_add_on(&bad), Err(Error::Invalid { .. })), "{bad:?}");
    }
}

#[tokio::test]
async fn an_old_order_says_its_base_and_needs_a_line() {
    let script = Script::start([json(201, r#"{"id":"o","lineItems":[]}"#)]).await;
    let client = client(&script);
    let line = NewOrderLine {
        offer_id: "g1".into(),
        quantity: 1,
        friendly_name: None,
        partner_id_on_record: "7000101".into(),
        parent_subscription_id: Some("s1".into()),
    };
    let order = NewOrder { billing_cycle: BillingCycle::Monthly, lines: vec![line] };
    client.create_order(&call(), "c", &order).await.expect("201");
    let sent = body(&script, 0);
    assert_eq!(sent["lineItems"][0]["parentSubscriptionId"], "s1");
    assert!(sent["lineItems"][0].get("friendlyName").is_none());
    let none = NewOrder { lines: Vec::new(), ..order };
    assert!(matches!(client.create_order(&call(), "c", &none).await, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn provisioning_of_an_order_has_ids_that_are_no_numbers() {
    let items = r#"{"items":[{"orderLineItemId":"8e0d-x","lineItemNumber":"0","status":"Fulfilled",
        "quantityProvisioningInformation":[{"quantity":"5","status":"prefulfillmentPending"}]},{"status":"unfulfilled","quantityProvisioningInformation":null}]}"#;
    let script = Script::start([json(200, items)]).await;
    let lines = client(&script).order_provisioning("c", "o").await.expect("list");
    assert_eq!((lines[0].order_line_item_id.as_deref(), lines[0].line_item_number), (Some("8e0d-x"), Some(0)));
    assert_eq!(lines[0].quantity_provisioning_information[0].status, ProvisioningState::PrefulfillmentPending);
    assert_eq!((lines[1].line_item_number, lines[1].status.clone()), (None, ProvisioningState::Unfulfilled));
}
