//! Sub-users in the panel: what their role opens, and what not.

use super::browser::{PASSWORD, Site};
use levante::operations::users::NewUser;
use licensing::right::Role;

async fn user(site: &Site, login: &str, role: Role) {
    let new = NewUser {
        login: login.into(),
        description: String::new(),
        email: format!("{login}@fabrikam.example"),
        role,
        password: PASSWORD.to_owned().into(),
    };
    site.operations.create_user(&site.alice, new).await.unwrap();
}

#[tokio::test]
async fn a_user_who_only_reads_finds_no_button_and_changes_nothing() {
    let site = Site::new().await;
    user(&site, "reader", Role::Reader).await;
    for (language, title) in [("en", "You may not do this"), ("it", "Operazione non consentita")] {
        let mut reader = site.signed_in("rv1111-lv/reader", language).await;
        for page in ["/services", "/orders", "/keys"] {
            let shown = reader.get(page).await;
            assert_eq!(shown.status, 200, "{page}");
            for button in ["href=\"/order\"", "/createApp/", "/createToken/", "/delete\"", "/revoke\""] {
                assert!(!shown.text.contains(button), "{page} has {button}");
            }
        }
        for page in ["/order", "/order/summary", "/createApp/", "/createToken/"] {
            let shown = reader.get(page).await;
            assert_eq!(shown.status, 403, "{page}");
            assert!(shown.text.contains(title), "{page}: {}", shown.text);
        }
        for (page, fields) in [
            ("/order", vec![("action", "continue")]),
            ("/order/draft", vec![("mpnId", "6100001")]),
            ("/order/place", vec![]),
            ("/createApp/", vec![("name", "Scripts")]),
            ("/createToken/", vec![("name", "Scripts"), ("rules", "GET /*")]),
            ("/keys/credentials/1/revoke", vec![]),
            ("/checks/new/subdomain", vec![]),
        ] {
            assert_eq!(reader.post(page, &fields).await.status, 403, "{page}");
        }
        assert!(site.operations.applications(&site.alice.account).await.unwrap().is_empty());
        // Leaving and choosing a language are nobody's business but theirs.
        assert_eq!(reader.post("/sign-out", &[]).await.status, 303);
    }
}

#[tokio::test]
async fn other_roles_open_what_they_say_and_the_holder_everything() {
    let site = Site::new().await;
    for (login, role) in [("admin", Role::Admin), ("regular", Role::Regular), ("nobody", Role::Nobody)] {
        user(&site, login, role).await;
    }
    for (login, services, order, keys) in [
        ("alice@fabrikam.example", 200, 200, 200),
        ("rv1111-lv", 200, 200, 200),
        ("rv1111-lv/admin", 200, 200, 200),
        ("rv1111-lv/regular", 200, 200, 403),
    ] {
        let mut browser = site.signed_in(login, "en").await;
        for (page, status) in [("/services", services), ("/order", order), ("/createToken/", keys)] {
            assert_eq!(browser.get(page).await.status, status, "{login} {page}");
        }
    }
    let mut nobody = site.browser("en");
    nobody.get("/sign-in").await;
    let signed_in = nobody.post("/sign-in", &[("login", "rv1111-lv/nobody"), ("password", PASSWORD)]).await;
    assert_eq!(signed_in.status, 303);
    let shown = nobody.get("/services").await;
    assert_eq!(shown.status, 403);
    assert!(!shown.text.contains("href=\"/orders\""), "no way leads to what is closed");
    // Disabled: the open session ends at once.
    site.operations.set_user_disabled(&site.alice, "admin", true).await.unwrap();
    let mut admin = site.browser("en");
    admin.get("/sign-in").await;
    let refused = admin.post("/sign-in", &[("login", "rv1111-lv/admin"), ("password", PASSWORD)]).await;
    assert_eq!(refused.status, 401);
}

#[tokio::test]
async fn a_user_may_validate_a_key_that_then_has_their_rights() {
    let site = Site::new().await;
    user(&site, "reader", Role::Reader).await;
    let application = site.operations.create_application(&site.charlie, "Shop", "").await.unwrap();
    let rules = licensing::permission::everything();
    let asked = site.operations.request_credential(&application.key, rules, None, None).await.unwrap().unwrap();
    let token = secrecy::ExposeSecret::expose_secret(&asked.validation_token).to_owned();
    let mut reader = site.signed_in("rv1111-lv/reader", "en").await;
    let page = reader.get(&format!("/auth/?credentialToken={token}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("rights as user") && page.text.contains("anywhere"), "{}", page.text);
    let fields = [("credentialToken", token.as_str()), ("validity", "day"), ("action", "allow")];
    assert_eq!(reader.post("/auth/", &fields).await.status, 200);
    let key = secrecy::ExposeSecret::expose_secret(&asked.consumer_key).to_owned();
    let made = site.operations.credential_of_key(&key).await.unwrap().unwrap();
    let user = made.user.clone().expect("the user");
    assert_eq!((user.login.as_str(), user.role, user.disabled), ("reader", Role::Reader, false));
}
