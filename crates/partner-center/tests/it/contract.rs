//! The client against the simulator, over real HTTP: the whole purchase of contract §20, then more
//! seats, fewer seats and the end, kind and hostile, under printed seeds. Afterwards the
//! simulator's books must show exactly one of everything.
//!
//! The small workflow here repeats a call only as the contract allows it; what it may do is what
//! the client's error says.

use std::sync::{Arc, Mutex};

use partner_center::*;
use secrecy::ExposeSecret;
use serde_json::json;

use self::world::{GOOD, Memory, SKU, World};

mod walk;
mod world;

/// Resellers with a fault each (simulator's README).
const OURSELVES: &str = "6000001";
const NOT_ENROLLED: &str = "6200001";
const WRONG_REGION: &str = "6200002";
const NOT_SIGNED: &str = "6200003";
const NO_PARTNERSHIP: &str = "6200004";
const BASE: &str = "CFQ7LV000001";
const ADD_ON: &str = "CFQ7LV000007";

/// Returns how many faults hit on the way.
async fn whole_road(seed: u64, hostile: bool) -> u64 {
    let world = World::start(seed, hostile).await;
    let name = format!("contosobakery{seed}.onmicrosoft.com");
    let domain = name.as_str();

    // Before anything is bought.
    let profile = world.read(|client| async move { client.mpn_profile(GOOD).await }).await;
    assert_eq!(profile.expect("known").mpn_id, GOOD);
    let key = PartnerKey::MpnId(GOOD);
    assert_eq!(world.read(|client| async move { client.agreement_status(key).await }).await, AgreementStatus::Signed);
    assert_eq!(world.read(|client| async move { client.check_domain(domain).await }).await, Domain::Available);

    // The tenant, its credentials, its agreement.
    let (tenant, credentials) = world.create(domain).await;
    let tenant = tenant.as_str();
    assert_eq!(credentials.sign_in_name(domain), format!("admin@{domain}"));
    assert!(credentials.password.expose_secret().len() >= 8);
    let road = &world;
    world.until("the tenant", || async move { road.readable(tenant).await }).await;
    assert_eq!(world.read(|client| async move { client.check_domain(domain).await }).await, Domain::Taken);
    let found = world.read(|client| async move { client.find_customer(domain).await }).await;
    assert_eq!(found.map(|customer| customer.id).as_deref(), Some(tenant));
    let linked = world.read(|client| async move { client.resellers_of(tenant).await }).await;
    assert!(linked.iter().any(|reseller| reseller.mpn_id.as_deref() == Some(GOOD)), "{linked:?}");
    assert_eq!(world.read(|client| async move { client.account_status(tenant).await }).await, AccountStatus::Allowed);
    world.agree(tenant).await;

    // Base first, then the add-on that needs it.
    let base_line = world.line(tenant, BASE, 5).await;
    let base_order = world.buy(tenant, vec![base_line]).await.remove(0);
    let base = world.subscription_of(tenant, &base_order, 0).await;
    assert_eq!((base.quantity(), base.status()), (Some(5), SubscriptionStatus::Active));
    assert_eq!(base.partner_id().as_deref(), Some(GOOD), "the reseller would not be paid");
    assert_eq!(base.product_and_sku(), Some((BASE, SKU)));
    assert!(base.is_new_commerce() && base.cancellation_allowed_until().is_some());
    let add_on_line = world.line(tenant, ADD_ON, 2).await;
    let add_on_order = world.buy(tenant, vec![add_on_line]).await.remove(0);
    let add_on = world.subscription_of(tenant, &add_on_order, 0).await;

    // More seats, fewer seats, renewal off, the end.
    let (base_id, add_on_id) = (base.id(), add_on.id());
    let more = world.change(tenant, &base_id, |s| s.quantity() == Some(8), |s| s.with_quantity(8)).await;
    assert_eq!(more.auto_renews(), Some(true), "a change of seats must not turn renewal off");
    assert!(more.refundable().expect("windows").total >= 3);
    world.change(tenant, &base_id, |s| s.quantity() == Some(6), |s| s.with_quantity(6)).await;
    let deleted = SubscriptionStatus::Deleted;
    let is_deleted = |s: &Subscription| s.status() == SubscriptionStatus::Deleted;
    world.change(tenant, &add_on_id, is_deleted, |s| s.with_status(&deleted)).await;

    // What is left, in the client's eyes and in the books.
    let all = world.read(|client| async move { client.subscriptions(tenant, SubscriptionFilter::All).await }).await;
    assert_eq!(all.len(), 2);
    let by_order = SubscriptionFilter::Order(&base_order.id);
    assert_eq!(world.read(|client| async move { client.subscriptions(tenant, by_order).await }).await.len(), 1);
    let by_reseller = SubscriptionFilter::Reseller(GOOD);
    assert_eq!(world.read(|client| async move { client.subscriptions(tenant, by_reseller).await }).await.len(), 2);
    let orders = world
        .until("the list of orders", || async {
            let orders = world.read(|client| async move { client.orders(tenant).await }).await;
            (orders.len() == 2).then_some(orders)
        })
        .await;
    assert!(
        orders
            .iter()
            .all(|order| order.line_items.iter().all(|line| line.partner_id_on_record.as_deref() == Some(GOOD)))
    );

    let books = world.books().await;
    let of = |part: &str| books[part].as_array().cloned().unwrap_or_default();
    assert_eq!(of("tenants").len(), 1, "{books:#}");
    assert_eq!(of("tenants")[0]["done"], 1);
    assert_eq!(of("orders").len(), 2, "{books:#}");
    assert_eq!(of("subscriptions").len(), 2);
    let seats_of = |id: &str| {
        let entry = of("subscriptions").into_iter().find(|entry| entry["id"] == json!(id)).expect("in the books");
        (entry["quantity"].clone(), entry["status"].clone(), entry["partnerId"].clone())
    };
    assert_eq!(seats_of(&base_id), (json!(6), json!("active"), json!(GOOD)));
    assert_eq!(seats_of(&add_on_id).1, json!("deleted"));
    assert!(of("carts").iter().all(|cart| cart["checkoutsDone"].as_u64() <= Some(1)), "{books:#}");
    let switches = world.control("GET", "faults", None).await;
    let hits = switches["faults"].as_array().into_iter().flatten().filter_map(|fault| fault["hits"].as_u64()).sum();
    world.simulator.stop().await;
    hits
}

#[tokio::test]
async fn the_whole_road_with_a_kind_simulator() {
    assert_eq!(whole_road(11, false).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_road_with_a_hostile_simulator() {
    let mut roads = tokio::task::JoinSet::new();
    for seed in 1..=6 {
        roads.spawn(whole_road(seed, true));
    }
    let mut hits = 0;
    while let Some(road) = roads.join_next().await {
        hits += road.expect("a road failed; its seed is printed above");
    }
    assert!(hits >= 6, "only {hits} faults: the roads were not hostile");
}

#[tokio::test]
async fn resellers_that_cannot_stand_on_an_order_say_why() {
    let world = World::start(21, false).await;
    for (mpn, expected) in [
        (NOT_ENROLLED, NotSigned::NotIndirectReseller),
        (OURSELVES, NotSigned::NotIndirectReseller),
        (WRONG_REGION, NotSigned::WrongRegion),
        (NOT_SIGNED, NotSigned::NotSigned),
        ("9999999", NotSigned::UnknownMpnId),
    ] {
        let key = PartnerKey::MpnId(mpn);
        let status = world.read(|client| async move { client.agreement_status(key).await }).await;
        assert_eq!(status, AgreementStatus::NotSigned(expected), "{mpn}");
    }
    let unknown = world.read(|client| async move { client.mpn_profile("9999999").await }).await;
    assert_eq!(unknown, None);
    assert_eq!(world.read(|client| async move { client.own_profile().await }).await.mpn_id, OURSELVES);
    let resellers = world.read(|client| async move { client.resellers().await }).await;
    assert!(resellers.iter().any(|reseller| reseller.is_active_with(GOOD)));
    assert!(!resellers.iter().any(|reseller| reseller.is_active_with(NO_PARTNERSHIP)));
    world.simulator.stop().await;
}

#[tokio::test]
async fn a_lost_create_brings_its_password_by_the_same_ids_and_one_tenant() {
    let world = World::start(31, false).await;
    world
        .switch(
            json!({"faults": [{"route": "POST /v1/customers", "kind": "drop_answer", "phase": "after", "count": 2}]}),
        )
        .await;
    let (tenant, credentials) = world.create("contosobakery.onmicrosoft.com").await;
    assert!(!credentials.password.expose_secret().is_empty());
    let books = world.books().await;
    assert_eq!(books["tenants"].as_array().map(Vec::len), Some(1), "{books:#}");
    assert_eq!((&books["tenants"][0]["asked"], &books["tenants"][0]["done"]), (&json!(3), &json!(1)));
    assert_eq!(books["tenants"][0]["id"], json!(tenant));

    // A second tenant of the same name is refused for good.
    let error = world
        .client
        .create_customer(
            &world.call(),
            &NewCustomer {
                domain: "contosobakery.onmicrosoft.com".into(),
                organization_registration_number: None,
                company_name: "Contoso Bakery".into(),
                email: "orders@contosobakery.example".into(),
                culture: "it-IT".into(),
                language: "it".into(),
                address: Address {
                    country: Some("IT".into()),
                    city: Some("Bologna".into()),
                    address_line1: Some("Via Contoso 1".into()),
                    postal_code: Some("40126".into()),
                    first_name: Some("Primary".into()),
                    last_name: Some("Contact".into()),
                    ..Address::default()
                },
                associated_partner_id: books["tenants"][0]["associatedPartnerId"].as_str().expect("reseller").into(),
                enable_gdap_by_default: true,
            },
        )
        .await
        .expect_err("taken");
    assert!(matches!(error, Error::Refused(ref refusal) if refusal.status == 409), "{error}");
    world.simulator.stop().await;
}

#[tokio::test]
async fn a_lost_checkout_is_repeated_on_the_same_cart_and_buys_once() {
    let world = World::start(41, false).await;
    let (tenant, _) = world.create("contosobakery.onmicrosoft.com").await;
    world.agree(&tenant).await;
    world
        .switch(json!({"faults": [
            {"route": "POST /v1/customers/{c}/carts/{c}/checkout", "kind": "drop_answer", "phase": "after", "count": 1},
            {"route": "POST /v1/customers/{c}/carts/{c}/checkout", "kind": "status", "phase": "after", "status": 500, "code": 800003, "count": 1},
            {"route": "POST /v1/customers/{c}/carts/{c}/checkout", "kind": "bom", "count": 5}
        ]}))
        .await;
    let line = world.line(&tenant, BASE, 3).await;
    let orders = world.buy(&tenant, vec![line]).await;
    assert_eq!(orders.len(), 1);
    let books = world.books().await;
    assert_eq!(books["orders"].as_array().map(Vec::len), Some(1), "{books:#}");
    assert_eq!(books["subscriptions"].as_array().map(Vec::len), Some(1), "{books:#}");
    assert!(books["carts"][0]["checkoutsAsked"].as_u64() >= Some(3), "{books:#}");
    world.simulator.stop().await;
}

#[tokio::test]
async fn lines_agreements_and_groups_are_refused_as_documented() {
    let world = World::start(51, false).await;
    let (tenant, _) = world.create("contosobakery.onmicrosoft.com").await;
    let tenant = tenant.as_str();
    let line = world.line(tenant, BASE, 3).await;

    let without = world.client.create_cart(&world.call(), tenant, &NewCart { lines: vec![line.clone()] }).await;
    assert!(without.expect_err("no agreement").is_refusal(403, "13605"));
    world.agree(tenant).await;

    let mut many = line.clone();
    many.quantity = 301;
    let answer = world.fill(tenant, vec![line.clone(), many]).await;
    let CartAnswer::LinesRefused(cart) = answer else { panic!("301 seats of a 300-seat product") };
    let errors: Vec<_> = cart.line_items.iter().map(|line| line.error.as_ref().map(|e| e.error_code.clone())).collect();
    assert_eq!(errors, [None, Some(CartErrorCode::MaxAllowedSeatsPerSubscriptionExceeded)]);
    assert_eq!(
        world
            .read(|client| {
                let id = cart.id.clone();
                async move { client.cart(tenant, &id).await }
            })
            .await
            .cart()
            .id,
        cart.id
    );

    let alone = world.line(tenant, ADD_ON, 1).await;
    assert!(matches!(world.fill(tenant, vec![alone]).await, CartAnswer::LinesRefused(_)));

    let mut provider = line.clone();
    provider.transaction_reseller = OURSELVES.into();
    let refused = world.client.create_cart(&world.call(), tenant, &NewCart { lines: vec![provider] }).await;
    assert!(refused.expect_err("a provider is no reseller").is_refusal(404, "2072"));

    // One group fails, the other is bought: both are said.
    let second = world.line(tenant, "CFQ7LV000002", 2).await;
    world
        .switch(json!({"separateOrders": true, "orderFailures": [{"productId": "CFQ7LV000002", "code": 800018}]}))
        .await;
    let CartAnswer::Good(cart) = world.fill(tenant, vec![line, second]).await else { panic!("good lines") };
    let cart = cart.id.as_str();
    let checkout = world.write(|client, call| async move { client.check_out(&call, tenant, cart).await }).await;
    assert_eq!(checkout.outcome(), CheckoutOutcome::Partial);
    assert_eq!((checkout.orders.len(), checkout.order_errors[0].code.as_str()), (1, "800018"));
    world.simulator.stop().await;
}

#[tokio::test]
async fn windows_close_and_an_accepted_change_shows_later() {
    let world = World::start(61, false).await;
    let (tenant, _) = world.create("contosobakery.onmicrosoft.com").await;
    let tenant = tenant.as_str();
    world.agree(tenant).await;
    let line = world.line(tenant, BASE, 5).await;
    let order = world.buy(tenant, vec![line]).await.remove(0);
    let subscription = world.subscription_of(tenant, &order, 0).await;
    let id = subscription.id();

    world.switch(json!({"patchAccepted": true, "subscriptionEtags": true})).await;
    let read = world.client.subscription(tenant, &id).await.expect("read");
    assert!(read.etag().is_some());
    let accepted = world.client.patch_subscription(&world.call(), tenant, &read.with_quantity(9)).await.expect("202");
    assert!(matches!(accepted, SubscriptionPatch::Accepted { location: Some(_) }));
    let stale =
        world.client.patch_subscription(&world.call(), tenant, &read.with_quantity(10)).await.expect_err("stale");
    assert!(stale.refusal().is_some_and(Refusal::is_stale), "{stale}");
    world.switch(json!({"patchAccepted": false, "subscriptionEtags": false})).await;

    world.advance("P8D").await;
    let read = world.client.subscription(tenant, &id).await.expect("read");
    assert_eq!(read.quantity(), Some(9));
    let late = world
        .client
        .patch_subscription(&world.call(), tenant, &read.with_status(&SubscriptionStatus::Deleted))
        .await
        .expect_err("too late");
    assert!(late.is_refusal(400, "900213"), "{late}");
    let fewer =
        world.client.patch_subscription(&world.call(), tenant, &read.with_quantity(4)).await.expect_err("too late");
    assert!(fewer.is_definitive(), "{fewer}");
    world.simulator.stop().await;
}

#[tokio::test]
async fn tokens_of_both_kinds_and_versions_are_taken_and_app_only_is_refused_where_documented() {
    let world = World::start(71, false).await;
    let credentials = world.simulator.credentials();
    let config = |version, mode| {
        let mut config = Config::new(
            world.simulator.url(),
            world.simulator.url(),
            credentials.tenant_id.clone(),
            credentials.client_id.clone(),
            credentials.client_secret.clone().into(),
        );
        config.token_version = version;
        config.mode = mode;
        config
    };
    let store = || Arc::new(Memory(Mutex::new(credentials.refresh_token.clone().into())));
    for version in [TokenVersion::V1, TokenVersion::V2] {
        let user = Client::new(config(version, TokenMode::AppUser), store()).expect("settings");
        user.mpn_profile(GOOD).await.expect("delegated");
        let app = Client::new(config(version, TokenMode::App), store()).expect("settings");
        app.check_domain("free.onmicrosoft.com").await.expect("both");
        let refused = app.mpn_profile(GOOD).await.expect_err("App+User only");
        assert!(matches!(refused, Error::NeedsUser { .. }) && refused.surely_not_done(), "{refused}");
    }
    world.switch(json!({"tokens": {"revoked": true}})).await;
    let dead = Client::new(config(TokenVersion::V2, TokenMode::AppUser), store()).expect("settings");
    let error = dead.mpn_profile(GOOD).await.expect_err("revoked");
    assert!(matches!(error, Error::Token(TokenError::ConsentNeeded { .. })), "{error}");
    world.simulator.stop().await;
}

#[tokio::test]
async fn what_was_done_stands_in_the_audit_log() {
    let world = World::start(81, false).await;
    let (tenant, _) = world.create("contosobakery.onmicrosoft.com").await;
    let tenant = tenant.as_str();
    world.agree(tenant).await;
    let now = world.control("GET", "clock", None).await;
    let now: Instant = now["now"].as_str().expect("clock").parse().expect("time");
    let from = Instant(now.0 - jiff::SignedDuration::from_hours(48));
    let filter = Some(AuditFilter::CustomerId(tenant));
    let records = world.read(|client| async move { client.audit(from, now, filter).await }).await;
    assert!(records.iter().any(|record| record.operation_type == "add_customer"), "{records:?}");
    assert!(
        records.iter().all(|record| record.customer_id.as_deref().is_none_or(|id| id.eq_ignore_ascii_case(tenant)))
    );
    world.simulator.stop().await;
}
