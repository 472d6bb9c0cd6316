//! Subscriptions and their changes (rows 37 to 44), and the traps of a term.

use partner_center::*;
use serde_json::{Value, json as value};
use uuid::Uuid;

use crate::script::{Reply, Script, client, json};

fn call() -> Call {
    Call::new(Uuid::from_u128(7))
}

fn body(script: &Script, at: usize) -> Value {
    serde_json::from_str(&script.seen()[at].body).expect("json")
}

fn moment(text: &str) -> Instant {
    text.parse().expect("a moment")
}

fn resource() -> Value {
    value!({
        "id": "7B1C2D3E-0000-4000-8000-00000000000A", "offerId": "CFQ7TESTAA01:0001:CFQ7TESTAV01",
        "productType": {"id": "OnlineServicesNCE"}, "quantity": "5", "status": "active", "autoRenewEnabled": true,
        "isTrial": false, "billingType": "License", "contractType": "subscription", "termDuration": "P1Y",
        "renewalTermDuration": "", "billingCycle": "Monthly", "friendlyName": "Office", "partnerId": 7000101,
        "effectiveStartDate": "2026-03-04T00:00:00", "commitmentEndDate": "2027-03-03T00:00:00",
        "cancellationAllowedUntilDate": "2026-03-11T10:12:05Z",
        "scheduledNextTermInstructions": {"product": {"productId": "CFQ7TESTAA01", "skuId": "0001",
            "availabilityId": "CFQ7TESTAV01", "billingCycle": "annual", "termDuration": "P1Y", "promotionId": null},
            "quantity": 4, "customTermEndDate": null},
        "suspensionReasons": [], "actions": ["edit", "cancel"], "newThing": {"deep": [1, 2]},
        "attributes": {"objectType": "Subscription"}
    })
}

fn subscription(change: impl FnOnce(&mut Value)) -> Subscription {
    let mut raw = resource();
    change(&mut raw);
    serde_json::from_value(raw).expect("a subscription")
}

fn office() -> Subscription {
    subscription(|_| {})
}

/// Members that differ between two resources.
fn changed(before: &Subscription, after: &Subscription) -> Vec<String> {
    let (before, after) = (before.raw().as_object().expect("object"), after.raw().as_object().expect("object"));
    let mut names: Vec<_> =
        after.iter().filter(|(name, new)| before.get(*name) != Some(new)).map(|(name, _)| name.clone()).collect();
    names.extend(before.keys().filter(|name| !after.contains_key(*name)).cloned());
    names.sort();
    names
}

#[test]
fn every_change_changes_its_own_members_and_nothing_else() {
    let office = office();
    let next = NextTerm { quantity: 3, ..NextTerm::same_as(&office, "CFQ7TESTAV02").expect("new commerce") };
    let term = SubscriptionChange::Term { duration: "P3Y".into(), billing_cycle: BillingCycle::Annual };
    for (change, members) in [
        (SubscriptionChange::Quantity(7), vec!["quantity"]),
        (SubscriptionChange::Status(SubscriptionStatus::Deleted), vec!["status"]),
        (SubscriptionChange::Status(SubscriptionStatus::Suspended), vec!["status"]),
        (SubscriptionChange::AutoRenew(false), vec!["autoRenewEnabled"]),
        (SubscriptionChange::TermEnd(TermEnd::End), vec!["autoRenewEnabled", "scheduledActions"]),
        (SubscriptionChange::TermEnd(TermEnd::Renew), vec!["scheduledActions"]),
        (SubscriptionChange::NextTerm(Some(Box::new(next))), vec!["scheduledNextTermInstructions"]),
        (SubscriptionChange::NextTerm(None), vec!["scheduledNextTermInstructions"]),
        (
            SubscriptionChange::ScheduledActions(vec![ScheduledAction::at_term_end(ScheduledActionType::Cancel)]),
            vec!["scheduledActions"],
        ),
        (term, vec!["billingCycle", "termDuration"]),
        (SubscriptionChange::FriendlyName("Bakery".into()), vec!["friendlyName"]),
        (SubscriptionChange::PartnerOfRecord("7000102".into()), vec!["partnerId"]),
    ] {
        assert_eq!(changed(&office, &change.apply(&office).expect("sound")), members, "{change:?}");
    }
}

#[test]
fn changes_that_can_only_be_refused_are_not_sent() {
    let office = office();
    let next = NextTerm::same_as(&office, "CFQ7TESTAV02").expect("new commerce");
    let schedule = |next: NextTerm| SubscriptionChange::NextTerm(Some(Box::new(next)));
    for change in [
        SubscriptionChange::Quantity(0),
        SubscriptionChange::Status(SubscriptionStatus::Expired),
        SubscriptionChange::Status(SubscriptionStatus::Other("gone".into())),
        SubscriptionChange::FriendlyName(" ".into()),
        SubscriptionChange::PartnerOfRecord("0".into()),
        SubscriptionChange::PartnerOfRecord("0b9d54c2-5f11-4a3d-8a54-3d1f0a6d9e01".into()),
        schedule(NextTerm { quantity: 0, ..next.clone() }),
        schedule(NextTerm::same_as(&office, "").expect("new commerce")),
    ] {
        assert!(matches!(change.apply(&office), Err(Error::Invalid { .. })), "{change:?}");
    }
    let trial = subscription(|raw| raw["isTrial"] = true.into());
    assert!(SubscriptionChange::Quantity(7).apply(&trial).is_err());
    for not_renewing in [
        subscription(|raw| raw["autoRenewEnabled"] = false.into()),
        subscription(|raw| raw["status"] = "suspended".into()),
    ] {
        assert!(schedule(next.clone()).apply(&not_renewing).is_err(), "{not_renewing:?}");
    }
    let legacy = subscription(|raw| raw["offerId"] = "1b9a4f4e-0000-4000-8000-0000000000f1".into());
    assert_eq!(NextTerm::same_as(&legacy, "x"), None);
}

#[test]
fn a_schedule_repeats_everything_and_is_read_back() {
    let office = office();
    let mut next = NextTerm::same_as(&office, "CFQ7TESTAV02").expect("new commerce");
    assert_eq!((next.product.term_duration.as_str(), &next.product.billing_cycle), ("P1Y", &BillingCycle::Monthly));
    next.quantity = 3;
    let after = SubscriptionChange::NextTerm(Some(Box::new(next.clone()))).apply(&office).expect("sound");
    assert_eq!(
        after.raw()["scheduledNextTermInstructions"],
        value!({"product": {"productId": "CFQ7TESTAA01", "skuId": "0001", "availabilityId": "CFQ7TESTAV02",
            "billingCycle": "monthly", "termDuration": "P1Y", "promotionId": null}, "quantity": 3, "customTermEndDate": null})
    );
    assert_eq!(after.next_term(), Some(next));
    assert_eq!(SubscriptionChange::NextTerm(None).apply(&after).expect("sound").next_term(), None);
}

#[test]
fn trap_22_a_change_inside_the_term_names_the_schedule_that_it_deletes() {
    let office = office();
    for change in [
        SubscriptionChange::Quantity(7),
        SubscriptionChange::Status(SubscriptionStatus::Deleted),
        SubscriptionChange::Status(SubscriptionStatus::Suspended),
        SubscriptionChange::AutoRenew(false),
        SubscriptionChange::TermEnd(TermEnd::End),
        SubscriptionChange::Term { duration: "P3Y".into(), billing_cycle: BillingCycle::Monthly },
    ] {
        let lost = change.consequences(&office).deletes_next_term.expect("it is deleted");
        assert_eq!(lost["quantity"], 4, "{change:?}");
    }
    for change in [
        SubscriptionChange::Quantity(5),
        SubscriptionChange::FriendlyName("Bakery".into()),
        SubscriptionChange::PartnerOfRecord("7000102".into()),
        SubscriptionChange::AutoRenew(true),
        SubscriptionChange::NextTerm(None),
    ] {
        assert_eq!(change.consequences(&office), Consequences::default(), "{change:?}");
    }
    let unscheduled = subscription(|raw| raw["scheduledNextTermInstructions"] = Value::Null);
    assert_eq!(SubscriptionChange::Quantity(7).consequences(&unscheduled).deletes_next_term, None);
}

#[test]
fn trap_23_suspension_goes_on_costing_and_turns_renewal_off() {
    let said = SubscriptionChange::Status(SubscriptionStatus::Suspended).consequences(&office());
    assert!(said.billing_goes_on && said.turns_renewal_off && !said.is_final);
    let cancelled = SubscriptionChange::Status(SubscriptionStatus::Deleted).consequences(&office());
    assert!(cancelled.is_final && !cancelled.billing_goes_on);
    // Reopened, it does not renew: that is a change of its own.
    let suspended = subscription(|raw| {
        raw["status"] = "suspended".into();
        raw["autoRenewEnabled"] = false.into();
    });
    let reopened = SubscriptionChange::Status(SubscriptionStatus::Active).apply(&suspended).expect("sound");
    assert_eq!((reopened.status(), reopened.auto_renews()), (SubscriptionStatus::Active, Some(false)));
}

#[test]
fn trap_24_each_batch_of_seats_has_its_own_window() {
    let grown = subscription(|raw| {
        raw["refundableQuantity"] = value!({"totalQuantity": "8", "details": [
            {"quantity": 5, "allowedUntilDateTime": "2026-03-11T10:12:05Z"},
            {"quantity": "3", "allowedUntilDateTime": "2026-03-20T08:00:00"},
            {"quantity": 9, "allowedUntilDateTime": null}]});
    });
    let refundable = grown.refundable().expect("windows");
    for (at, seats) in [
        ("2026-03-10T00:00:00Z", 8),
        ("2026-03-11T10:12:05Z", 8),
        ("2026-03-11T10:12:06Z", 3),
        ("2026-03-20T08:00:01Z", 0),
    ] {
        assert_eq!(refundable.seats_at(moment(at)), seats, "{at}");
    }
    assert!(office().refundable().is_none());
}

#[test]
fn trap_25_a_renewal_opens_a_new_window() {
    let renewed = subscription(|raw| {
        raw["effectiveStartDate"] = "2027-03-04T00:00:00".into();
        raw["cancellationAllowedUntilDate"] = "2027-03-11T06:30:00Z".into();
    });
    let window = renewed.cancellation_allowed_until().expect("open");
    assert!(window > office().cancellation_allowed_until().expect("the first"));
    // It begins when the renewal is done, not at midnight: the date is read, never calculated.
    let calculated = renewed.effective_from().expect("start").0 + jiff::SignedDuration::from_hours(168);
    assert_ne!(window.0, calculated);
    let closed = subscription(|raw| raw["cancellationAllowedUntilDate"] = Value::Null);
    assert_eq!(closed.cancellation_allowed_until(), None);
}

#[test]
fn trap_26_renewal_off_alone_does_not_end_the_costs() {
    let office = office();
    assert_eq!(office.term_end(), Some(TermEnd::Renew));
    let off = SubscriptionChange::AutoRenew(false);
    assert!(off.consequences(&office).leads_to_extended_term);
    assert_eq!(off.apply(&office).expect("sound").term_end(), None, "nothing says that it ends");
    let end = SubscriptionChange::TermEnd(TermEnd::End);
    assert!(!end.consequences(&office).leads_to_extended_term);
    let ended = end.apply(&office).expect("sound");
    assert_eq!(ended.term_end(), Some(TermEnd::End));
    assert_eq!(ended.raw()["scheduledActions"], value!([{"scheduleType": "TermEnd", "actionType": "Cancel"}]));
    assert!(!off.consequences(&ended).leads_to_extended_term, "the end is named already");
    let extended = SubscriptionChange::TermEnd(TermEnd::ExtendedServiceTerm);
    assert!(extended.consequences(&office).leads_to_extended_term);
    assert_eq!(extended.apply(&office).expect("sound").term_end(), Some(TermEnd::ExtendedServiceTerm));
    let unknown = subscription(|raw| {
        raw["autoRenewEnabled"] = false.into();
        raw["scheduledActions"] = value!([{"scheduleType": "Tomorrow", "actionType": "Dance"}, "odd", null]);
    });
    assert_eq!(unknown.term_end(), None);
    assert_eq!(unknown.actions_at_end()[0].action_type, ScheduledActionType::Other("Dance".into()));
}

#[test]
fn trap_28_a_refund_ends_under_two_names() {
    let two = subscription(|raw| {
        raw["refundOptions"] = value!([{"type": "Full", "expiresAt": "2026-03-05T00:00:00Z"},
            {"type": "partial", "expiresAfter": "2026-03-11T00:00:00"},
            {"type": "Partial", "expiresAt": null, "expiresAfter": "2026-03-12T00:00:00"}, {"type": "Tomorrow"}]);
    });
    let options = two.refund_options();
    assert_eq!(options[0], RefundOption { kind: RefundKind::Full, until: Some(moment("2026-03-05T00:00:00Z")) });
    assert_eq!(options[1], RefundOption { kind: RefundKind::Partial, until: Some(moment("2026-03-11T00:00:00Z")) });
    assert_eq!(options[2].until, Some(moment("2026-03-12T00:00:00Z")));
    assert_eq!(options[3], RefundOption { kind: RefundKind::Other("Tomorrow".into()), until: None });
    for spelling in ["licensesActive", "licenseActive"] {
        let row: LicenceUsage = serde_json::from_value(value!({"serviceName": "O", spelling: "7"})).expect("a row");
        assert_eq!(row.licenses_active, Some(7), "{spelling}");
    }
}

#[test]
fn trap_29_terms_grow_at_once_and_everything_else_waits() {
    use BillingCycle::{Annual, Monthly, OneTime, Triennial};
    for (from, to, expected) in [
        (("P1M", Monthly), ("P1Y", Monthly), TermChange::Immediate),
        (("P1M", Monthly), ("P1Y", Annual), TermChange::Immediate),
        (("P1M", Monthly), ("P3Y", Triennial), TermChange::Immediate),
        (("P1Y", Annual), ("P3Y", Monthly), TermChange::Immediate),
        (("P3Y", Monthly), ("P3Y", Annual), TermChange::NextCharge),
        (("P3Y", Annual), ("P3Y", Monthly), TermChange::NextCharge),
        (("P3Y", Triennial), ("P3Y", Monthly), TermChange::OnlyAtRenewal),
        (("P3Y", Monthly), ("P3Y", Triennial), TermChange::OnlyAtRenewal),
        (("P1Y", Monthly), ("P1Y", Annual), TermChange::OnlyAtRenewal),
        (("P1Y", Annual), ("P1Y", Monthly), TermChange::OnlyAtRenewal),
        (("P1Y", Monthly), ("P1M", Monthly), TermChange::OnlyAtRenewal),
        (("P3Y", Annual), ("P1Y", Annual), TermChange::OnlyAtRenewal),
        (("P1M", Monthly), ("P1Y", Triennial), TermChange::OnlyAtRenewal),
        (("P1M", Monthly), ("P1M", Annual), TermChange::OnlyAtRenewal),
        (("", OneTime), ("P1Y", Monthly), TermChange::OnlyAtRenewal),
        (("P1Y", Monthly), ("p1y", Monthly), TermChange::Same),
    ] {
        assert_eq!(TermChange::of((from.0, &from.1), (to.0, &to.1)), expected, "{from:?} {to:?}");
    }
    let cycle_only = SubscriptionChange::Term { duration: "P1Y".into(), billing_cycle: Annual };
    assert!(matches!(cycle_only.apply(&office()), Err(Error::Invalid { .. })), "Microsoft would answer 2054");
}

#[tokio::test]
async fn a_change_is_one_patch_of_everything_that_was_read() {
    let mut raw = resource();
    raw["quantity"] = 7.into();
    let script = Script::start([
        json(200, &resource().to_string()),
        json(200, &raw.to_string()),
        Reply::Answer(202, "Location: /customers/c/subscriptions/s\r\n".into(), Vec::new()),
        json(400, r#"{"code":800098,"description":"cannot be changed"}"#),
    ])
    .await;
    let client = client(&script);
    let read = client.subscription("c", "s").await.expect("read");
    let SubscriptionPatch::Done(after) =
        client.change_subscription(&call(), "c", &read, &SubscriptionChange::Quantity(7)).await.expect("200")
    else {
        panic!("done at once")
    };
    assert_eq!(after.quantity(), Some(7));
    assert_eq!(script.seen()[1].header("if-match"), None, "New Commerce has no etag");
    assert_eq!(body(&script, 1)["newThing"]["deep"][1], 2);
    let name = SubscriptionChange::FriendlyName("Bakery".into());
    let accepted = client.change_subscription(&call(), "c", &read, &name).await.expect("202");
    assert!(matches!(accepted, SubscriptionPatch::Accepted { location: Some(_) }));
    let reseller = SubscriptionChange::PartnerOfRecord("7000102".into());
    let refused = client.change_subscription(&call(), "c", &read, &reseller).await.expect_err("in the portal only");
    assert!(refused.is_refusal(400, "800098"));
    client.change_subscription(&call(), "c", &read, &SubscriptionChange::Quantity(0)).await.expect_err("not sent");
    assert_eq!(script.seen().len(), 4);
}

#[tokio::test]
async fn subscriptions_are_listed_by_order_and_by_reseller() {
    let script = Script::start([
        json(200, r#"{"totalCount":1,"items":[{"id":"S1","status":"expired"}]}"#),
        json(200, r#"{"totalCount":0,"items":[]}"#),
        json(200, r#"{"items":[{"id":"S2","parentSubscriptionId":"S1","hasPurchasableAddons":"x"}]}"#),
    ])
    .await;
    let client = client(&script);
    let listed = client.subscriptions("c", SubscriptionFilter::Order("o1")).await.expect("list");
    assert_eq!((listed[0].id().as_str(), listed[0].status()), ("s1", SubscriptionStatus::Expired));
    client.subscriptions("c", SubscriptionFilter::Reseller("7000101")).await.expect("list");
    let add_ons = client.add_ons("c", "s1").await.expect("list");
    assert_eq!((add_ons[0].parent_subscription_id(), add_ons[0].has_purchasable_add_ons()), (Some("S1"), false));
    let lines: Vec<_> = script.seen().iter().map(|seen| seen.line.clone()).collect();
    assert_eq!(lines[0], "GET /v1/customers/c/subscriptions?order_id=o1 HTTP/1.1");
    assert_eq!(lines[1], "GET /v1/customers/c/subscriptions?mpn_id=7000101&offset=0&size=500 HTTP/1.1");
    assert_eq!(lines[2], "GET /v1/customers/c/subscriptions/s1/addons HTTP/1.1");
}

#[test]
fn the_rest_of_a_subscription_is_read() {
    let office = office();
    assert_eq!(office.quantity(), Some(5));
    assert_eq!(office.product_type(), Some("OnlineServicesNCE"));
    assert_eq!(
        (office.billing_type(), office.contract_type()),
        (Some(BillingType::License), Some(ContractType::Subscription))
    );
    assert_eq!(office.actions(), ["edit", "cancel"]);
    assert!(
        office.suspension_reasons().is_empty() && office.next_charge().is_none() && office.promotion_id().is_none()
    );
    assert_eq!(office.partner_id().as_deref(), Some("7000101"));
    assert_eq!((office.unit_type(), office.publisher_name(), office.migrated_from()), (None, None, None));
    assert_eq!(office.billing_cycle_end(), None);
}

#[tokio::test]
async fn provisioning_is_known_or_not_yet() {
    let script = Script::start([
        json(200, r#"{"skuId":"p","status":"Success","quantity":"5","endDate":"2027-03-03T00:00:00"}"#),
        json(404, r#"{"code":800007}"#),
        json(404, r#"{"code":20003}"#),
    ])
    .await;
    let client = client(&script);
    let known = client.subscription_provisioning("c", "s").await.expect("200").expect("known");
    assert_eq!((known.status, known.quantity), (SubscriptionProvisioningStatus::Success, Some(5)));
    assert_eq!(client.subscription_provisioning("c", "s").await.expect("404"), None);
    client.subscription_provisioning("c", "s").await.expect_err("no such subscription");
    assert_eq!(script.seen()[0].line, "GET /v1/customers/c/subscriptions/s/provisioningstatus HTTP/1.1");
}

#[tokio::test]
async fn upgrades_are_offered_started_and_followed() {
    let eligible = r#"{"items":[{"catalogItemId":"a:b:c","title":null,"quantity":"5","eligibilities":[
        {"isEligible":true,"transitionType":"transition_only"},
        {"isEligible":true,"transitionType":"TransitionWithLicenseTransfer"}],
        "subscriptionEligibilities":[{"isEligible":false,"subscriptionId":"s2","errors":[{"code":"4","description":"d"},{"code":9,"description":null}]}]},
        {"catalogItemId":"d:e:f","eligibilities":[{"isEligible":false,"transitionType":"transition_only","errors":[{"code":6,"description":"d"}]}]}]}"#;
    let started = r#"{"operationId":"op1","toSubscriptionId":"","transitionType":"transition_with_license_transfer","events":[
        {"name":"Conversion","status":"Started","timestamp":"2026-03-06T10:00:00Z"}]}"#;
    let script = Script::start([
        json(200, eligible),
        json(200, started),
        json(200, &format!(r#"{{"totalCount":1,"transition":[{started}]}}"#)),
        json(200, &format!(r#"{{"totalCount":1,"items":[{started}]}}"#)),
        json(403, r#"{"code":900263}"#),
    ])
    .await;
    let client = client(&script);
    let targets = client.transition_eligibilities("c", "s", EligibilityType::Scheduled).await.expect("list");
    assert!(script.seen()[0].line.ends_with("/transitionEligibilities?eligibilityType=scheduled HTTP/1.1"));
    let kind = targets[0].eligible_type().expect("possible").clone();
    assert_eq!(kind, TransitionType::TransitionWithLicenceTransfer);
    assert_eq!(targets[1].eligible_type(), None);
    assert_eq!(targets[1].eligibilities[0].errors[0].code, TransitionErrorCode::SubscriptionAddOnsPresent);
    let errors = &targets[0].subscription_eligibilities[0].errors;
    assert_eq!(errors[0].code, TargetErrorCode::EndsBeforeSource);
    assert_eq!(errors[1].code, TargetErrorCode::Other("9".into()));

    let new = NewTransition {
        to_catalog_item_id: "a:b:c".into(),
        quantity: 3,
        transition_type: kind,
        to_subscription_id: None,
        term_duration: Some("P1Y".into()),
        billing_cycle: Some(BillingCycle::Monthly),
        promotion_id: None,
    };
    let running = client.start_transition(&call(), "c", "s", &new).await.expect("200");
    assert_eq!((running.outcome(), running.to_subscription_id), (TransitionOutcome::Running, None));
    assert_eq!(
        body(&script, 1),
        value!({"toCatalogItemId": "a:b:c", "quantity": 3, "transitionType": "transition_with_license_transfer",
            "termDuration": "P1Y", "billingCycle": "monthly"})
    );
    assert_eq!(client.transitions("c", "s", Some("op1")).await.expect("one name").len(), 1);
    assert!(script.seen()[2].line.ends_with("/transitions?operationId=op1 HTTP/1.1"));
    assert_eq!(client.transitions("c", "s", None).await.expect("the other name").len(), 1);
    let legacy = client.transition_eligibilities("c", "s", EligibilityType::Immediate).await.expect_err("legacy");
    assert!(legacy.is_refusal(403, "900263"));
    for bad in [
        NewTransition { quantity: 0, ..new.clone() },
        NewTransition { to_catalog_item_id: "a:b".into(), ..new.clone() },
    ] {
        assert!(matches!(client.start_transition(&call(), "c", "s", &bad).await, Err(Error::Invalid { .. })));
    }
}

#[test]
fn an_upgrade_is_over_when_its_last_events_say_so() {
    let of = |kind: &str, events: &[(&str, &str, &str)]| {
        let events: Vec<Value> = events
            .iter()
            .map(|(name, status, at)| value!({"name": name, "status": status, "timestamp": format!("2026-03-06T10:0{at}:00Z")}))
            .collect();
        serde_json::from_value::<Transition>(value!({"transitionType": kind, "events": events}))
            .expect("read")
            .outcome()
    };
    let (only, moved) = ("transition_only", "transition_with_license_transfer");
    let (conversion, licences) = ("Conversion", "LicenseReassignment");
    assert_eq!(of(only, &[]), TransitionOutcome::Running);
    assert_eq!(of(only, &[(conversion, "Completed", "1"), (conversion, "Started", "0")]), TransitionOutcome::Completed);
    assert_eq!(of(moved, &[(conversion, "Completed", "1")]), TransitionOutcome::Running);
    assert_eq!(of(moved, &[(conversion, "Failed", "1")]), TransitionOutcome::Failed);
    let both = |status| [(conversion, "Completed", "1"), (licences, status, "2")];
    assert_eq!(of(moved, &both("Failed")), TransitionOutcome::LicencesNotMoved);
    assert_eq!(of(moved, &both("Completed")), TransitionOutcome::Completed);
    assert_eq!(of(moved, &both("Tomorrow")), TransitionOutcome::Running);
}

#[tokio::test]
async fn common_end_dates_are_asked_for_in_snake_case() {
    let first = r#"{"items":[{"allowedCustomTermEndDateType":"calendarMonthAligned","allowedCustomTermEndDate":"2026-03-31T00:00:00"}],
        "links":{"next":{"uri":"/customers/c/subscriptions/customTermEndDates?term_duration=P1Y","method":"GET","headers":[{"key":"MS-ContinuationToken","value":"t"}]}}}"#;
    let second = r#"{"items":[{"allowedCustomTermEndDateType":"SubscriptionAligned","cotermSubscriptionIds":["s1"],"allowedCustomTermEndDate":"2027-03-03T00:00:00Z"}]}"#;
    let script = Script::start([json(200, first), json(200, second)]).await;
    let client = client(&script);
    let query = TermEndQuery {
        term_duration: "P1Y",
        term_start: Some(moment("2026-03-05T00:00:00")),
        target_subscription: Some("s1"),
    };
    let dates = client.custom_term_end_dates("c", query).await.expect("two pages");
    assert_eq!(dates[0].allowed_custom_term_end_date, moment("2026-03-31T00:00:00Z"));
    assert_eq!(dates[1].allowed_custom_term_end_date_type, TermEndKind::SubscriptionAligned);
    assert_eq!(
        script.seen()[0].line,
        "GET /v1/customers/c/subscriptions/customTermEndDates?term_duration=P1Y&term_start_date=2026-03-05T00%3A00%3A00Z&target_coterm_subscription_id=s1 HTTP/1.1"
    );
    let none = client.custom_term_end_dates("c", TermEndQuery::default()).await;
    assert!(matches!(none, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn support_and_overage_are_read_and_replaced() {
    let contact = r#"{"supportTenantId":"t","supportMpnId":7000101,"name":"Fabrikam","links":{"self":{"uri":"/x"}}}"#;
    let overage = r#"{"azureEntitlementId":"e","partnerId":"7000101","overageEnabled":true,"type":"PhoneServices"}"#;
    let script = Script::start([
        json(200, &format!("\u{feff}{contact}")),
        json(200, contact),
        json(200, overage),
        json(200, &format!(r#"{{"totalCount":1,"items":[{overage}]}}"#)),
        json(200, overage),
    ])
    .await;
    let client = client(&script);
    let mut read = client.support_contact("c", "s").await.expect("read");
    assert_eq!(read.support_mpn_id.as_deref(), Some("7000101"));
    read.name = Some("Fabrikam Resale Ltd".into());
    client.update_support_contact(&call(), "c", "s", &read).await.expect("200");
    assert_eq!(body(&script, 1)["links"]["self"]["uri"], "/x");
    assert_eq!(client.overage("c").await.expect("one").len(), 1);
    let mut listed = client.overage("c").await.expect("a collection");
    listed[0].overage_enabled = false;
    client.update_overage(&call(), "c", &listed[0]).await.expect("200");
    assert_eq!(script.seen()[4].line, "PUT /v1/customers/c/subscriptions/overage HTTP/1.1");
    assert_eq!(body(&script, 4)["overageEnabled"], false);
}
