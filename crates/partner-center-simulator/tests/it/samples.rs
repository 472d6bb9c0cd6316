//! The documented resources of `samples/` (written to the same documentation for the client) beside
//! the simulator's live answers: a member that is spelt in another way, or is of another kind, on one
//! side only, is found here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{GOOD_RESELLER, World, fresh, read};

/// Samples that no answer of the simulator can be held against, and why.
const CLIENT_ONLY: &[(&str, &str)] = &[];

/// Members that only one side has, or has in another kind, and why that is no mistake. `+` is only
/// in the answer, `-` only in the sample, `~` another kind.
const REASONS: &[(&str, &str, &str)] = &[
    ("checkout", "-orders[].totalPrice", "shown when `include_price` asks for it"),
    ("customer-user", "-lastDirectorySyncTime", "of users that come from another directory; here are none"),
    ("inventory-item", "-restrictions[].properties.region", "properties are whatever a restriction says"),
    ("order-provisioning", "-orderLineItemId", "optional"),
    ("scheduled-action", "-effectiveDate", "optional"),
    ("scheduled-action", "-instructions", "optional"),
    ("service-incidents", "-attributes", "among the object types of contract 4.1 is none of this kind"),
    ("service-incidents", "-incidents[].impactedCustomers", "optional"),
    ("subscription-analytics", "-lastUsageDate", "nobody uses anything here"),
    ("support-contact", "-attributes.etag", "optional"),
    ("transition-eligibility", "-operationId", "optional"),
];

fn samples() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let samples = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    samples
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
        })
        .collect()
}

/// Every member with its kind, by its path; what stands in lists is one thing. Absence may be said
/// aloud, and an empty list says nothing about what it holds.
fn members(path: &str, value: &Value, found: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value {
        Value::Null => return,
        Value::Bool(_) => "truth",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    };
    found.entry(path.to_owned()).or_default().insert(kind);
    match value {
        Value::Array(items) => items.iter().for_each(|item| members(&format!("{path}[]"), item, found)),
        Value::Object(all) => {
            for (name, value) in all {
                members(&format!("{path}.{name}"), value, found);
            }
        }
        _ => {}
    }
}

/// The members that differ, without those below a member that differs.
fn differences(sample: &Value, live: &Value) -> BTreeSet<String> {
    let (mut left, mut right) = (BTreeMap::new(), BTreeMap::new());
    members("", sample, &mut left);
    members("", live, &mut right);
    let parent = |path: &str| path.rfind(['.', '[']).map(|at| path[..at].to_owned()).unwrap_or_default();
    let mut found = BTreeSet::new();
    for path in left.keys().chain(right.keys()).filter(|path| !path.is_empty()) {
        let above = parent(path);
        let name = path.trim_start_matches('.');
        match (left.get(path), right.get(path)) {
            (Some(_), None) if right.contains_key(&above) && !path.ends_with("[]") => found.insert(format!("-{name}")),
            (None, Some(_)) if left.contains_key(&above) && !path.ends_with("[]") => found.insert(format!("+{name}")),
            (Some(a), Some(b)) if a != b => found.insert(format!("~{name}")),
            _ => false,
        };
    }
    found
}

/// The live answers, by the name of their sample.
#[derive(Default)]
struct Gathered(BTreeMap<&'static str, Value>);

impl Gathered {
    /// The whole answer.
    async fn get(&mut self, world: &World, name: &'static str, path: &str) -> Value {
        let (status, answer) = asked(world, path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        self.0.insert(name, answer.clone());
        answer
    }

    /// The first of a collection, a bare list or analytics that fits.
    async fn first(&mut self, world: &World, name: &'static str, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let (status, answer) = asked(world, path).await;
        assert_eq!(status, 200, "{path}: {answer}");
        let items = ["items", "Value"].into_iter().find_map(|items| answer.get(items)).unwrap_or(&answer);
        let item = items.as_array().unwrap().iter().find(|item| fits(item));
        let item = item.unwrap_or_else(|| panic!("{path}: {answer}")).clone();
        self.0.insert(name, item.clone());
        item
    }

    async fn send(&mut self, world: &World, name: &'static str, method: Method, path: &str, body: Value) -> Value {
        let (status, answer) = world.send(method, path, &fresh(), &body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        self.0.insert(name, answer.clone());
        answer
    }
}

/// With the language that offers insist on.
async fn asked(world: &World, path: &str) -> (u16, Value) {
    read(world.request(Method::GET, path).header("X-Locale", "en-US").send().await.unwrap()).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn any(_: &Value) -> bool {
    true
}

/// What is asked before a customer buys.
async fn before(world: &mut World, found: &mut Gathered) {
    let address = json!({"addressLine1": "Via Zamboni 33", "city": "Warszawa", "state": "MZ",
        "postalCode": "00950", "country": "PL"});
    found.send(world, "address-check", Method::POST, "/v1/validations/address", address).await;
    found.get(world, "country-rules", "/v1/countryvalidationrules/IT").await;
    world.faults(json!({"olderCountryRules": true})).await;
    found.get(world, "country-rules-older", "/v1/countryvalidationrules/GB").await;
    found.get(world, "mpn-profile", "/v1/profiles/mpn?mpnId=6100001").await;
    let providers = "/v1/relationships?relationship_type=IsIndirectCloudSolutionProviderOf";
    found.first(world, "partner-relationship", providers, any).await;
    found.get(world, "relationship-request", "/v1/customers/relationshiprequests").await;
    found.first(world, "validation-code", "/v1/customers/all/validations", any).await;
    let templates = "/v1/agreements?agreementType=MicrosoftCustomerAgreement";
    let template = text(&found.first(world, "agreement-metadata", templates, any).await["templateId"]);
    let document = format!("/v1/agreementtemplates/{template}/document?language=it-IT&country=IT");
    found.get(world, "agreement-document", &document).await;
    found.get(world, "product", "/v1/products/CFQ7LV000001?country=IT").await;
    found.get(world, "sku", "/v1/products/CFQ7LV000007/skus/0001?country=IT").await;
    let availabilities = "/v1/products/CFQ7LV000001/skus/0001/availabilities?country=IT";
    found.first(world, "availability", availabilities, any).await;
    world.faults(json!({"outOfStock": ["CFQ7LV000012"]})).await;
    let body = json!({"targetItems": [{"productId": "CFQ7LV000012", "skuId": "0001"}], "inventoryContext": {}});
    let path = "/v1/extensions/product/checkinventory?country=IT";
    let (_, stock) = world.send(Method::POST, path, &fresh(), &body).await;
    found.0.insert("inventory-item", stock[0].clone());
    let path = "/v1/productpromotions?country=IT&segment=commercial";
    found
        .first(world, "promotion", path, |promotion| promotion["constraints"][0].get("maximumRequiredSeats").is_some())
        .await;
    let offers = "/v1/offers?country=IT";
    found.first(world, "offer", offers, |offer| offer["isAddOn"] == true).await;
    found.first(world, "offer-category", "/v1/offercategories?country=IT", any).await;
}

/// A tenant that gave us all rights, with its agreement.
async fn tenant(world: &World, found: &mut Gathered) -> String {
    let accept = json!({"domain": "albaforni.onmicrosoft.com", "companyName": "Alba Forni Srl",
        "mpnId": GOOD_RESELLER, "delegatedAccess": true});
    let accepted = world.control(Method::POST, "/control/relationships/accept", &accept).await;
    let open = format!("/v1/customers/{}", text(&accepted["id"]));
    let (_, mut profile) = world.get(&format!("{open}/profiles/billing")).await;
    profile["defaultAddress"] = json!({"firstName": "Chiara", "lastName": "Neri", "addressLine1": "Via Zamboni 33",
        "city": "Bologna", "state": "BO", "country": "IT", "postalCode": "40126", "phoneNumber": "0511234567"});
    let put = world.request(Method::PUT, &format!("{open}/profiles/billing"));
    let put = put.header("If-Match", format!("\"{}\"", text(&profile["attributes"]["etag"])));
    assert_eq!(put.json(&profile).send().await.unwrap().status().as_u16(), 200);
    found.get(world, "customer", &open).await;

    let tenant = world.tenant("betaforni").await;
    let customer = format!("/v1/customers/{tenant}");
    found.get(world, "account-validation", &format!("{customer}/validationStatus?type=account")).await;
    let contact =
        json!({"firstName": "Dora", "lastName": "Neri", "email": "d@betaforni.example", "phoneNumber": "0511"});
    let agreement = json!({"primaryContact": contact, "templateId": found.0["agreement-metadata"]["templateId"],
        "dateAgreed": "2026-07-01T00:00:00Z", "type": "MicrosoftCustomerAgreement"});
    found.send(world, "agreement", Method::POST, &format!("{customer}/agreements"), agreement).await;
    found.first(world, "organization", &format!("{customer}/organization"), any).await;
    tenant
}

/// Users, roles and licences; the tenant owns a seat of CFQ7LV000001.
async fn directory(world: &World, found: &mut Gathered, customer: &str) {
    let users = format!("{customer}/users");
    let body = json!({"usageLocation": "IT", "userPrincipalName": "anna@betaforni.onmicrosoft.com",
        "firstName": "Anna", "lastName": "Bianchi", "displayName": "Anna Bianchi", "phoneNumber": "0511",
        "passwordProfile": {"password": "Tre!Fontane9", "forceChangePassword": true}});
    let (status, user) = world.send(Method::POST, &users, &fresh(), &body).await;
    assert_eq!(status, 200, "{user}");
    let anna = format!("{users}/{}", text(&user["id"]));
    let roles = format!("{customer}/directoryroles");
    let role = found.first(world, "directory-role", &roles, |role| role["name"] == "Helpdesk Administrator").await;
    let members = format!("{roles}/{}/usermembers", text(&role["id"]));
    let member = json!({"id": user["id"], "displayName": "Anna Bianchi",
        "userPrincipalName": "anna@betaforni.onmicrosoft.com", "attributes": {"objectType": "UserMember"}});
    found.send(world, "user-member", Method::POST, &members, member).await;
    let row = found.first(world, "subscribed-sku", &format!("{customer}/subscribedskus"), any).await;
    let update = json!({"licensesToAssign": [{"skuId": row["productSku"]["id"], "excludedPlans": []}],
        "licensesToRemove": []});
    found.send(world, "licence-update", Method::POST, &format!("{anna}/licenseupdates"), update).await;
    found.first(world, "user-licence", &format!("{anna}/licenses"), any).await;
    let deleted = world.request(Method::DELETE, &anna).send().await.unwrap();
    assert_eq!(deleted.status().as_u16(), 204);
    let inactive = json!({"Field": "UserStatus", "Value": "Inactive", "Operator": "equals"}).to_string();
    let request = world.request(Method::GET, &users).query(&[("filter", inactive)]);
    let (_, list) = read(request.send().await.unwrap()).await;
    found.0.insert("customer-user", list["items"][0].clone());
}

/// From the cart to the subscription, the order half done.
async fn purchase(world: &mut World, found: &mut Gathered, tenant: &str) -> String {
    let customer = format!("/v1/customers/{tenant}");
    let lines = [("CFQ7LV000001", 5, "P1Y", "monthly"), ("CFQ7LV000002", 900, "P1Y", "annual")];
    let (_, mut bad) = world.cart(tenant, &lines).await;
    bad["lineItems"][0]["friendlyName"] = json!("Office");
    let path = format!("{customer}/carts/{}", text(&bad["id"]));
    world.send(Method::PUT, &path, &fresh(), &bad).await;
    found.get(world, "cart", &path).await;
    world.faults(json!({"orderFailures": [{"productId": "CFQ7LV000002", "code": 800_005, "count": 1}]})).await;
    let (_, cart) =
        world.cart(tenant, &[("CFQ7LV000001", 5, "P1Y", "monthly"), ("CFQ7LV000002", 5, "P1Y", "annual")]).await;
    let checkout = format!("{customer}/carts/{}/checkout", text(&cart["id"]));
    let result = found.send(world, "checkout", Method::POST, &checkout, json!({})).await;
    world.advance("PT3S").await;
    let order = format!("{customer}/orders/{}", text(&result["orders"][0]["id"]));
    found.get(world, "order", &format!("{order}?include_price=true")).await;
    found.first(world, "order-provisioning", &format!("{order}/provisioningstatus"), any).await;
    let (_, list) = world.get(&format!("{customer}/subscriptions")).await;
    format!("{customer}/subscriptions/{}", text(&list["items"][0]["id"]))
}

/// What can be done with a subscription and is told about it.
async fn afterwards(world: &mut World, found: &mut Gathered, tenant: &str, subscription: &str) {
    let customer = format!("/v1/customers/{tenant}");
    let (_, mut whole) = world.get(subscription).await;
    let parts: Vec<String> = text(&whole["offerId"]).split(':').map(str::to_owned).collect();
    whole["scheduledNextTermInstructions"] = json!({"product": {"productId": parts[0], "skuId": parts[1],
        "availabilityId": parts[2], "billingCycle": "annual", "termDuration": "P1Y"}, "quantity": 4});
    let changed = found.send(world, "subscription", Method::PATCH, subscription, whole).await;
    found.0.insert("next-term", changed["scheduledNextTermInstructions"].clone());
    found.0.insert("scheduled-action", changed["scheduledActions"][0].clone());
    found.get(world, "subscription-provisioning", &format!("{subscription}/provisioningstatus")).await;
    let ends = format!("{customer}/subscriptions/customTermEndDates?term_duration=P1Y");
    found.first(world, "custom-term-end", &ends, |end| end.get("cotermSubscriptionIds").is_some()).await;
    let overage = json!({"azureEntitlementId": fresh(), "partnerId": GOOD_RESELLER, "overageEnabled": true,
        "type": "PhoneServices"});
    found.send(world, "overage", Method::PUT, &format!("{customer}/subscriptions/overage"), overage).await;
    let planted = json!({"tenantId": tenant, "name": "Office 365 E1 (old)", "addons": []});
    let planted = world.control(Method::POST, "/control/legacy", &planted).await;
    let legacy = format!("{customer}/subscriptions/{}", text(&planted["subscriptionId"]));
    found.get(world, "support-contact", &format!("{legacy}/supportcontact")).await;
    found.first(world, "managed-service", &format!("{customer}/managedservices"), any).await;
    let incident = json!({"id": "EX1", "workload": "Exchange", "title": "Late", "severity": "Sev2",
        "startTime": "2026-07-01T00:00:00Z", "endTime": "2026-07-02T00:00:00Z"});
    world.faults(json!({"incidents": [incident]})).await;
    let known = |service: &Value| service["incidents"] != json!([]);
    found.first(world, "service-incidents", "/v1/serviceincidents/office", known).await;
    let log = "/v1/auditrecords";
    found.first(world, "audit-record", log, |record| record["operationType"] == "update_subscription").await;

    let promotion = json!({"items": [{"id": 7, "catalogItemId": world.item(tenant, "CFQ7LV000003").await,
        "quantity": 9, "termDuration": "P1Y", "billingCycle": "monthly", "promotionId": "39NFLV000002:0001:PROMO002"}]});
    let (_, judged) =
        world.send(Method::POST, &format!("{customer}/promotionEligibilities"), &fresh(), &promotion).await;
    found.0.insert("promotion-answer", judged["items"][0].clone());
    let education =
        json!({"qualification": "Education", "educationSegment": "K12", "website": "https://denied.example"});
    world.send(Method::POST, &format!("{customer}/qualifications"), &fresh(), &education).await;
    world.advance("PT61S").await;
    found.first(world, "qualification", &format!("{customer}/qualifications"), any).await;

    let source = world.bought(tenant, "CFQ7LV000004", 10).await;
    world.bought(tenant, "CFQ7LV000005", 1).await;
    let offered = found.first(world, "transition-eligibility", &format!("{source}/transitionEligibilities"), any).await;
    world.faults(json!({"transitions": {"licenseReassignmentFails": true}})).await;
    let upgrade = json!({"toCatalogItemId": offered["catalogItemId"], "quantity": 10,
        "transitionType": "transition_with_license_transfer"});
    world.send(Method::POST, &format!("{source}/transitions"), &fresh(), &upgrade).await;
    world.advance("PT3S").await;
    found.first(world, "transition", &format!("{source}/transitions"), any).await;

    world.advance("P8D").await;
    let licences = "/partner/v1/analytics/commercial";
    found.first(world, "licence-usage", &format!("{licences}/usage/license"), any).await;
    found.first(world, "licence-deployment", &format!("{licences}/deployment/license"), any).await;
    let rows = "/partner/v1/analytics/subscriptions";
    found.first(world, "subscription-analytics", rows, |row| row["partnerName"].is_string()).await;
}

#[tokio::test]
async fn every_sample_has_the_members_of_the_live_answer() {
    let mut world = World::starting("2026-07-10T09:00:00Z").await;
    let mut found = Gathered::default();
    before(&mut world, &mut found).await;
    let tenant = tenant(&world, &mut found).await;
    let subscription = purchase(&mut world, &mut found, &tenant).await;
    directory(&world, &mut found, &format!("/v1/customers/{tenant}")).await;
    afterwards(&mut world, &mut found, &tenant, &subscription).await;
    world.stop().await;

    let mut wrong = Vec::new();
    let mut explained: BTreeSet<(&str, &str)> = REASONS.iter().map(|(name, member, _)| (*name, *member)).collect();
    let samples = samples();
    for (name, sample) in &samples {
        let Some(live) = found.0.remove(name.as_str()) else {
            if !CLIENT_ONLY.iter().any(|(only, _)| only == name) {
                wrong.push(format!("samples/{name}.json is compared with no answer"));
            }
            continue;
        };
        for difference in differences(sample, &live) {
            let known = explained.iter().find(|known| **known == (name.as_str(), difference.as_str())).copied();
            if !known.is_some_and(|known| explained.remove(&known)) {
                wrong.push(format!("{name}: {difference}"));
            }
        }
    }
    wrong.extend(found.0.keys().map(|name| format!("{name}: there is no such sample")));
    wrong.extend(explained.iter().map(|(name, member)| format!("{name}: {member} differs no longer")));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
