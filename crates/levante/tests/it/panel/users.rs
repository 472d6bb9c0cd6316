//! Sub-users in the panel: what their role opens, and what not.

use super::browser::{Answer, Browser, PASSWORD, Site};
use levante::operations::{rights::NewPolicy, users::NewUser};
use licensing::right::{ActionPattern, Identity, Resource, Role, Statement};
use std::{collections::BTreeSet, fs, path::Path};

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

/// A page as the panel's source routes it: its path, and whether it is read and sent to.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Route {
    path: String,
    get: bool,
    post: bool,
}

/// Every `.route(…)` of the panel.
fn routes() -> BTreeSet<Route> {
    fn read(path: &Path, found: &mut BTreeSet<Route>) {
        if path.is_dir() {
            fs::read_dir(path).unwrap().for_each(|entry| read(&entry.unwrap().path(), found));
        }
        if path.extension().is_none_or(|e| e != "rs") {
            return;
        }
        let text = fs::read_to_string(path).unwrap();
        for (at, _) in text.match_indices(".route(") {
            let mut depth = 1;
            let rest = &text[at + ".route(".len()..];
            let end = rest.find(|c: char| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            let call = &rest[..end.unwrap()];
            let page = call.trim_start().strip_prefix('"').and_then(|c| c.split_once('"'));
            let (page, methods) = page.unwrap_or_else(|| panic!("the path of {call} is not written out"));
            let has = |method: &str| methods.contains(&format!("{method}("));
            let route = Route { path: page.to_owned(), get: has("get"), post: has("post") };
            assert!(route.get || route.post, "{page} takes neither GET nor POST: {methods}");
            found.insert(route);
        }
    }
    let mut found = BTreeSet::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    read(&source.join("panel.rs"), &mut found);
    read(&source.join("panel"), &mut found);
    assert!(found.len() > 30, "{found:?}");
    found
}

/// A path with something in the place of its values.
fn filled(template: &str, service: &str) -> String {
    template.replace("{name}", service).replace("{kind}", "subdomain").replace(
        "{id}",
        match template {
            "/checks/{id}" => "01234567-89ab-7cde-8123-456789abcdef",
            _ => "1",
        },
    )
}

async fn entered(site: &Site, login: &str) -> Browser {
    let mut browser = site.browser("en");
    browser.get("/sign-in").await;
    let answer = browser.post("/sign-in", &[("login", login), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, 303, "{login}: {}", answer.text);
    browser.get("/services").await;
    browser
}

#[tokio::test]
async fn every_page_is_closed_to_whom_it_is_not_for() {
    let site = Site::new().await;
    for (login, role) in
        [("reader", Role::Reader), ("regular", Role::Regular), ("nobody", Role::Nobody), ("narrow", Role::Admin)]
    {
        user(&site, login, role).await;
    }
    let statement = Statement {
        identities: vec![Identity::User("narrow".into())],
        resources: vec![Resource::All],
        deny: vec![ActionPattern::read("deny", "cspReseller:apiovh:put").unwrap()],
        ..Statement::default()
    };
    let denial = NewPolicy { name: "Denial".into(), description: String::new(), statement, expires_at: None };
    site.operations.create_policy(&site.alice, denial).await.unwrap();
    let mut stranger = site.browser("en");
    stranger.get("/sign-in").await;
    let mut reader = entered(&site, "rv1111-lv/reader").await;
    let mut regular = entered(&site, "rv1111-lv/regular").await;
    let mut closed = [entered(&site, "rv1111-lv/nobody").await, entered(&site, "rv1111-lv/narrow").await];
    for route in routes() {
        // The way in and out, for everybody, and the style sheet.
        let public = ["/", "/sign-in", "/sign-out", "/language", "/assets/{file}"];
        if public.contains(&route.path.as_str()) {
            continue;
        }
        let path = filled(&route.path, "contoso.onmicrosoft.com");
        // As public as the API's schemas: the console shows nothing of an account.
        if path.starts_with("/console") {
            assert_eq!((stranger.get(&path).await.status, route.post), (200, false), "{path}");
            continue;
        }
        let operators = path.starts_with("/operator");
        // A key that somebody validates has their own rights.
        let own_rights = path.starts_with("/auth");
        let manages = path.starts_with("/keys/") || path.starts_with("/create");
        let is = |answer: &Answer, who: &str, status: u16| {
            let wanted = if operators { 404 } else { status };
            assert_eq!(answer.status, wanted, "{who}: {path}: {}", answer.text);
        };
        if route.get {
            assert_eq!(stranger.get(&path).await.status, 303, "{path}");
            for browser in closed.iter_mut().filter(|_| !own_rights) {
                is(&browser.get(&path).await, "nobody", 403);
            }
        }
        if route.post {
            assert_eq!(stranger.post(&path, &[]).await.status, 303, "{path}");
            if own_rights {
                continue;
            }
            for browser in &mut closed {
                is(&browser.post(&path, &[]).await, "nobody", 403);
            }
            is(&reader.post(&path, &[]).await, "the reader", 403);
            if manages {
                is(&regular.post(&path, &[]).await, "the regular user", 403);
            } else if !operators {
                assert_ne!(regular.post(&path, &[]).await.status, 403, "{path}");
            }
        }
    }
}
