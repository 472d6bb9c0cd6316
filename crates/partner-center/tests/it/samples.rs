//! Every file of `samples/` parses and writes back the same.

use std::collections::BTreeSet;
use std::path::Path;

use partner_center::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(format!("{name}.json"))).expect(name)
}

fn read<T: DeserializeOwned>(name: &str) -> T {
    serde_json::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Equal up to the shape of dates, the spelling of words, number or text, and absence said aloud.
fn same(path: &str, a: &Value, b: &Value) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let counts = |value: &Value| !value.is_null() && value != &Value::Array(Vec::new());
            let names = |m: &serde_json::Map<String, Value>| {
                m.iter().filter(|(_, value)| counts(value)).map(|(name, _)| name.clone()).collect::<BTreeSet<_>>()
            };
            assert_eq!(names(a), names(b), "{path}");
            for name in names(a) {
                same(&format!("{path}.{name}"), &a[&name], &b[&name]);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                same(&format!("{path}[{index}]"), a, b);
            }
        }
        (Value::String(a), Value::String(b)) if a != b => {
            let moments = (a.parse::<Instant>(), b.parse::<Instant>());
            let equal = matches!(moments, (Ok(a), Ok(b)) if a == b) || a.eq_ignore_ascii_case(b);
            assert!(equal, "{path}: {a:?} {b:?}");
        }
        // The fraction of a discount is a number or a text.
        (Value::String(text), Value::Number(number)) if path.ends_with(".value") => {
            assert_eq!(text, &number.to_string(), "{path}");
        }
        // A transition error code is a number or a name.
        (Value::Number(_), Value::String(name)) if path.ends_with(".code") => {
            let known = TransitionErrorCode::from(a.to_string().as_str());
            assert!(known.as_str() == name || TargetErrorCode::from(a.to_string().as_str()).as_str() == name, "{path}");
        }
        // A cart error code is a number or a name.
        (Value::Number(_), Value::String(name)) if path.ends_with(".errorCode") => {
            assert_eq!(CartErrorCode::from(a.to_string().as_str()).as_str(), name, "{path}");
        }
        _ => assert_eq!(a, b, "{path}"),
    }
}

fn back_and_forth<T: DeserializeOwned + Serialize>(name: &str) -> T {
    let original: Value = read(name);
    let typed: T = read(name);
    same(name, &original, &serde_json::to_value(&typed).expect(name));
    typed
}

#[test]
fn every_sample_is_read_and_written_back() {
    let mut seen = BTreeSet::new();
    macro_rules! check {
        ($($name:literal: $type:ty),+ $(,)?) => { $(back_and_forth::<$type>($name); seen.insert($name.to_owned());)+ };
    }
    check! {
        "address-check": AddressCheck,
        "qualification": Qualification,
        "mpn-profile": MpnProfile,
        "partner-relationship": PartnerRelationship,
        "customer": Customer,
        "agreement-metadata": AgreementMetadata,
        "agreement": Agreement,
        "agreement-document": AgreementDocument,
        "product": Product,
        "sku": Sku,
        "availability": Availability,
        "cart": Cart,
        "checkout": Checkout,
        "order": Order,
        "order-provisioning": LineProvisioning,
        "subscription": Subscription,
        "audit-record": AuditRecord,
        "account-validation": AccountValidation,
        "custom-term-end": CustomTermEnd,
        "customer-user": CustomerUser,
        "directory-role": DirectoryRole,
        "inventory-item": InventoryItem,
        "licence-deployment": LicenceDeployment,
        "licence-update": LicenceUpdate,
        "licence-usage": LicenceUsage,
        "managed-service": ManagedService,
        "next-term": NextTerm,
        "offer": Offer,
        "offer-category": OfferCategory,
        "organization": Organization,
        "overage": Overage,
        "promotion": Promotion,
        "promotion-answer": PromotionAnswer,
        "relationship-request": RelationshipRequest,
        "scheduled-action": ScheduledAction,
        "service-incidents": ServiceIncidents,
        "subscribed-sku": SubscribedSku,
        "subscription-analytics": SubscriptionAnalytics,
        "subscription-provisioning": SubscriptionProvisioning,
        "support-contact": SupportContact,
        "transition": Transition,
        "transition-eligibility": TransitionEligibility,
        "user-licence": UserLicence,
        "user-member": UserMember,
        "validation-code": ValidationCode,
    }
    seen.extend(["country-rules".to_owned(), "country-rules-older".to_owned()]);
    for entry in std::fs::read_dir(folder()).expect("samples") {
        let path = entry.expect("entry").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let name = path.file_stem().expect("stem").to_string_lossy().into_owned();
            assert!(seen.contains(&name), "samples/{name}.json is checked by no test");
        }
    }
}

#[test]
fn the_view_of_a_sample_says_what_it_means() {
    let subscription: Subscription = read("subscription");
    assert_eq!(subscription.product_and_sku(), Some(("CFQ7TESTAA01", "0001")));
    assert_eq!(subscription.status(), SubscriptionStatus::Active);
    assert_eq!(subscription.partner_id().as_deref(), Some("7000101"));
    assert_eq!(subscription.refundable().expect("window").batches.len(), 1);
    assert_eq!(subscription.commitment_end().expect("end").to_string(), "2027-03-03T23:59:59Z");
    assert_eq!(subscription.renewal_term_duration(), None);

    let relationship: PartnerRelationship = read("partner-relationship");
    assert!(relationship.is_active_with("7000101") && !relationship.is_active_with("7000102"));

    let availability: Availability = read("availability");
    assert!(availability.term("P1Y", &BillingCycle::Monthly).is_some());
    assert!(availability.term("P1M", &BillingCycle::Monthly).is_none());

    let checkout: Checkout = read("checkout");
    assert_eq!(checkout.outcome(), CheckoutOutcome::Partial);
    assert_eq!(checkout.order_errors[0].code, "800018");
    assert!(!checkout.orders[0].is_fulfilled());

    let order: Order = read("order");
    assert_eq!(order.status, Some(OrderStatus::PendingReview));
    let sku: Sku = read("sku");
    assert!(sku.is_add_on());
    assert_eq!(sku.prerequisite_skus(), ["CFQ7TESTAA02:0001"]);
}
