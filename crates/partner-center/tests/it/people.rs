//! People, roles and licences of a tenant (rows 25 to 28), and where passwords must not be.

use partner_center::*;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json as value};
use uuid::Uuid;

use crate::script::{Reply, Script, app_only, client, json};

const SECRET: &str = "Pw-\"Canary\"-1";
const PRODUCT: &str = "4d5e6f70-0000-4000-8000-000000000006";

fn call() -> Call {
    Call::new(Uuid::from_u128(7))
}

fn password() -> Password {
    Password { text: SecretString::from(SECRET), force_change: true }
}

fn new_user() -> NewUser {
    NewUser {
        usage_location: "IT".into(),
        user_principal_name: "baker@contosobakery.onmicrosoft.com".into(),
        display_name: "First Baker".into(),
        first_name: Some("First".into()),
        last_name: None,
        immutable_id: None,
        password: password(),
    }
}

fn echo(id: &str) -> String {
    value!({"id": id, "displayName": "First Baker", "state": "active",
        "passwordProfile": {"password": SECRET, "forceChangePassword": true}, "attributes": {"objectType": "CustomerUser"}})
    .to_string()
}

fn body(script: &Script, at: usize) -> Value {
    serde_json::from_str(&script.seen()[at].body).expect("json")
}

fn page(items: &str) -> Reply {
    json(200, &format!(r#"{{"totalCount":1,"items":[{items}],"attributes":{{"objectType":"Collection"}}}}"#))
}

#[tokio::test]
async fn trap_15_a_user_is_made_with_200_and_the_body_is_the_documented_one() {
    let script = Script::start([json(200, &echo("u1")), json(201, &echo("u2"))]).await;
    let client = client(&script);
    let made = client.create_user(&call(), "c", &new_user()).await.expect("200");
    assert_eq!((made.id.as_str(), made.force_change_password), ("u1", Some(true)));
    assert_eq!(made.password.as_ref().expect("echoed").expose_secret(), SECRET);
    assert_eq!(client.create_user(&call(), "c", &new_user()).await.expect("any 2xx").id, "u2");
    assert_eq!(script.seen()[0].line, "POST /v1/customers/c/users HTTP/1.1");
    assert_eq!(
        body(&script, 0),
        value!({"usageLocation": "IT", "userPrincipalName": "baker@contosobakery.onmicrosoft.com",
            "displayName": "First Baker", "firstName": "First",
            "passwordProfile": {"password": SECRET, "forceChangePassword": true}})
    );
}

#[tokio::test]
async fn a_reset_password_is_in_the_request_and_nowhere_else() {
    let refusal = value!({"code": 60001, "description": format!("weak: {SECRET}"), "data": [{"given": SECRET}, "other"],
        "source": SECRET});
    let script = Script::start([
        json(200, &format!("\u{feff}{}", echo("u1"))),
        json(400, &refusal.to_string()),
        json(503, &refusal.to_string()),
        json(200, &value!({"displayName": SECRET, "passwordProfile": {"password": SECRET}}).to_string()),
    ])
    .await;
    let client = client(&script);
    let new = password();
    let user = client.reset_password(&call(), "c", "u1", &new).await.expect("200");
    assert_eq!(user.password.as_ref().expect("echoed").expose_secret(), SECRET);
    assert_eq!(script.seen()[0].line, "PATCH /v1/customers/c/users/u1/resetpassword HTTP/1.1");
    assert_eq!(body(&script, 0)["passwordProfile"], value!({"password": SECRET, "forceChangePassword": true}));

    let refused = client.reset_password(&call(), "c", "u1", &new).await.expect_err("too weak");
    assert!(refused.is_refusal(400, "60001"));
    assert_eq!(refused.refusal().expect("refusal").data[1], "other", "only what holds the password is hidden");
    let unknown = client.reset_password(&call(), "c", "u1", &new).await.expect_err("unknown");
    assert!(unknown.is_unknown());
    let unreadable = client.reset_password(&call(), "c", "u1", &new).await.expect_err("no id");
    assert!(matches!(unreadable, Error::Unreadable { .. }));

    let written = serde_json::to_string(&user).expect("a user");
    for text in [
        format!("{user:?}"),
        written,
        format!("{new:?}"),
        format!("{:?}", new_user()),
        format!("{refused} {refused:?}"),
        format!("{unknown} {unknown:?}"),
        format!("{unreadable} {unreadable:?}"),
    ] {
        assert!(!text.contains("Canary"), "{text}");
    }
}

#[tokio::test]
async fn a_password_that_cannot_be_sent_is_not_quoted() {
    let script = Script::start([]).await;
    for text in [String::new(), "Canary".repeat(50)] {
        let bad = Password { text: SecretString::from(text), force_change: false };
        let error = client(&script).reset_password(&call(), "c", "u1", &bad).await.expect_err("refused here");
        assert!(matches!(error, Error::Invalid { .. }) && !format!("{error} {error:?}").contains("Canary"), "{error}");
    }
    let mut bad = new_user();
    for (location, name) in [("ITA", "a@b.example"), ("IT", "bare"), ("IT", "a@b@c.example"), ("IT", "a b@c.example")] {
        (bad.usage_location, bad.user_principal_name) = (location.into(), name.into());
        let error = client(&script).create_user(&call(), "c", &bad).await.expect_err("refused here");
        assert!(matches!(error, Error::Invalid { .. }), "{location} {name}");
    }
    assert!(script.seen().is_empty());
}

#[tokio::test]
async fn the_first_administrator_is_found_on_the_second_page() {
    let first = r#"{"items":[{"id":"u1","userPrincipalName":"admin2@contosobakery.onmicrosoft.com"}],"continuationToken":"t1"}"#;
    let second = r#"{"items":[{"id":"u2","userPrincipalName":"Admin@ContosoBakery.onmicrosoft.com","lastName":null}]}"#;
    let script = Script::start([json(200, first), json(200, second)]).await;
    let found = client(&script).administrator("c", "contosobakery.onmicrosoft.com").await.expect("list");
    assert_eq!(found.map(|user| user.id).as_deref(), Some("u2"));
    assert_eq!(script.seen()[0].line, "GET /v1/customers/c/users?size=500 HTTP/1.1");
    assert_eq!(script.seen()[1].header("ms-continuationtoken").as_deref(), Some("t1"));
}

#[tokio::test]
async fn users_are_changed_deleted_listed_and_restored() {
    let script = Script::start([
        json(200, r#"{"id":"u1"}"#),
        Reply::Answer(204, String::new(), Vec::new()),
        page(r#"{"id":"u1","state":"inactive","softDeletionTime":"2026-03-05T00:00:00"}"#),
        json(200, r#"{"id":"u1","state":"Active"}"#),
        json(404, r#"{"code":60002,"description":"no user"}"#),
    ])
    .await;
    let client = client(&script);
    let change = UserChange { display_name: Some("Baker".into()), ..UserChange::default() };
    client.change_user(&call(), "c", "u1", &change).await.expect("200");
    assert_eq!(body(&script, 0), value!({"displayName": "Baker"}), "what does not change is not sent");
    assert!(matches!(client.change_user(&call(), "c", "u1", &UserChange::default()).await, Err(Error::Invalid { .. })));
    client.delete_user(&call(), "c", "u1").await.expect("204");
    let deleted = client.users_page("c", UserFilter::Deleted, 25, None).await.expect("page");
    assert_eq!(deleted.items[0].state, Some(UserState::Inactive));
    let line = &script.seen()[2].line;
    let filter =
        r#"%7B%22Field%22%3A%22UserStatus%22%2C%22Value%22%3A%22Inactive%22%2C%22Operator%22%3A%22equals%22%7D"#;
    assert!(line.contains("size=25") && line.contains(filter), "{line}");
    let restored = client.restore_user(&call(), "c", "u1").await.expect("200");
    assert_eq!(restored.state, Some(UserState::Active));
    assert_eq!(body(&script, 3), value!({"state": "active"}));
    assert!(client.user("c", "nobody").await.expect_err("404").is_refusal(404, "60002"));
    assert!(matches!(client.users_page("c", UserFilter::Present, 501, None).await, Err(Error::Invalid { .. })));
}

#[tokio::test]
async fn trap_45_a_missing_delegated_role_is_a_refusal_of_its_own_and_not_of_the_purchase() {
    let refusal = r#"{"code":"900308","description":"Insufficient privileges"}"#;
    let script = Script::start([json(403, refusal), json(404, r#"{"code":800007}"#)]).await;
    let client = client(&script);
    let error = client.users("c", UserFilter::Present).await.expect_err("no role yet");
    assert!(error.is_refusal(403, "900308") && error.is_definitive());
    assert!(error.refusal().is_some_and(|refusal| !refusal.needs_user_token()));
    assert_eq!(client.subscription_provisioning("c", "s").await.expect("nothing known"), None);
    assert_eq!(script.seen().len(), 2, "a refusal is not repeated");
}

#[tokio::test]
async fn people_are_never_asked_about_without_a_user() {
    let script = Script::start([]).await;
    let client = app_only(&script);
    let refused = [
        client.users("c", UserFilter::Present).await.map(drop),
        client.create_user(&call(), "c", &new_user()).await.map(drop),
        client.reset_password(&call(), "c", "u", &password()).await.map(drop),
        client.directory_roles("c").await.map(drop),
        client.subscribed_skus("c", &[]).await.map(drop),
        client.change_licences(&call(), "c", "u", &[], &[PRODUCT.into()]).await.map(drop),
    ];
    for outcome in refused {
        assert!(matches!(outcome, Err(Error::NeedsUser { .. })), "{outcome:?}");
    }
    assert!(script.seen().is_empty());
}

#[tokio::test]
async fn roles_are_listed_given_and_taken() {
    let script = Script::start([
        page(r#"{"id":"r1","name":"Helpdesk Administrator"}"#),
        page(r#"{"id":"r1","name":null}"#),
        page(r#"{"id":"u1","displayName":"First Baker"}"#),
        json(201, r#"{"id":"u1","roleId":"r1"}"#),
        Reply::Answer(204, String::new(), Vec::new()),
    ])
    .await;
    let client = client(&script);
    assert_eq!(client.directory_roles("c").await.expect("roles")[0].name, "Helpdesk Administrator");
    assert_eq!(client.directory_roles_of("c", "u1").await.expect("roles")[0].name, "");
    assert_eq!(client.role_members("c", "r1").await.expect("members")[0].id, "u1");
    let member = NewUserMember { id: "u1", display_name: "First Baker", user_principal_name: "baker@contoso.example" };
    let given = client.add_role_member(&call(), "c", "r1", member).await.expect("201");
    assert_eq!(given.role_id.as_deref(), Some("r1"));
    assert_eq!(body(&script, 3)["attributes"]["objectType"], "UserMember");
    client.remove_role_member(&call(), "c", "r1", "u1").await.expect("204");
    let lines: Vec<_> = script.seen().iter().map(|seen| seen.line.clone()).collect();
    assert_eq!(lines[1], "GET /v1/customers/c/users/u1/directoryroles HTTP/1.1");
    assert_eq!(lines[4], "DELETE /v1/customers/c/directoryroles/r1/usermembers/u1 HTTP/1.1");
}

#[tokio::test]
async fn trap_48_seats_are_counted_by_product_and_not_by_subscription() {
    let row = format!(
        r#"{{"totalUnits":"12","activeUnits":10,"warningUnits":2,"consumedUnits":14,"availableUnits":-2,"suspendedUnits":null,
        "productSku":{{"id":"{}","licenseGroupId":"group1"}},"capabilityStatus":"Tomorrow"}}"#,
        PRODUCT.to_uppercase()
    );
    let script = Script::start([page(&row)]).await;
    let rows = client(&script)
        .subscribed_skus("c", &[LicenceGroup::Group1, LicenceGroup::Group2])
        .await
        .expect("one row for every subscription of the product");
    assert_eq!(
        script.seen()[0].line,
        "GET /v1/customers/c/subscribedskus?licenseGroupIds=Group1&licenseGroupIds=Group2 HTTP/1.1"
    );
    assert!(rows[0].is_product(PRODUCT) && !rows[0].is_product("4d5e6f70-0000-4000-8000-000000000007"));
    assert_eq!((rows[0].total_units, rows[0].consumed_units, rows[0].available_units), (12, 14, -2));
    assert_eq!(rows[0].capability_status, Some(CapabilityStatus::Other("Tomorrow".into())));
    // Two subscriptions of 6 seats: the row has 12, and nothing in it names either.
    assert!(rows[0].other.keys().all(|name| !name.to_lowercase().contains("subscription")));
}

#[tokio::test]
async fn licences_are_given_and_taken_in_one_call() {
    let script = Script::start([
        json(201, r#"{"licensesToAssign":null,"licensesToRemove":["p2"],"licenseWarnings":[{"code":"x"}]}"#),
        json(400, r#"{"code":60012,"description":"none left","data":["available 0"]}"#),
        json(200, "\u{feff}{\"items\":[{\"productSku\":{\"id\":\"p1\"}}]}"),
    ])
    .await;
    let client = client(&script);
    let assign = [LicenceAssignment { sku_id: "p1".into(), excluded_plans: vec!["plan".into()] }];
    let update = client.change_licences(&call(), "c", "u1", &assign, &["p2".to_owned()]).await.expect("201");
    assert_eq!((update.licenses_to_assign.len(), update.license_warnings.len()), (0, 1));
    assert_eq!(
        body(&script, 0),
        value!({"licensesToAssign": [{"skuId": "p1", "excludedPlans": ["plan"]}], "licensesToRemove": ["p2"]})
    );
    let none = client.change_licences(&call(), "c", "u1", &assign, &[]).await.expect_err("no unit");
    assert!(none.is_refusal(400, "60012"));
    assert_eq!(client.user_licences("c", "u1").await.expect("licences")[0].product_sku.id, "p1");
    assert!(matches!(client.change_licences(&call(), "c", "u1", &[], &[]).await, Err(Error::Invalid { .. })));
}
