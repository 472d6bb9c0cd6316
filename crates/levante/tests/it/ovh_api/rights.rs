//! Service accounts, sub-users and policies: what each of them may do, and what not.

use super::{
    client::{Answer, Client},
    world::World,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use levante::operations::{Actor, members::SignInTry};
use licensing::permission::everything;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

const TOKEN: &str = "/auth/oauth2/token";
const FORM: &str = "application/x-www-form-urlencoded";

pub async fn ask_for_token(client: &Client, authorization: Option<String>, body: &str) -> Answer {
    let mut headers = vec![("Content-Type", FORM.to_owned())];
    headers.extend(authorization.map(|value| ("Authorization", value)));
    client.bare("POST", TOKEN, &headers, body).await
}

/// A service account of alice with a token.
struct Robot {
    client: Client,
    id: String,
    secret: String,
    token: String,
}

impl Robot {
    async fn new(world: &World) -> Robot {
        let body = json!({ "name": "Report", "description": "", "flow": "CLIENT_CREDENTIALS", "callbackUrls": [] });
        let made = world.alice.post("/me/api/oauth2/client", &body).await.ok();
        let text = |name: &str| made[name].as_str().expect("a text").to_owned();
        let mut robot = Robot {
            client: world.alice.clone(),
            id: text("clientId"),
            secret: text("clientSecret"),
            token: String::new(),
        };
        robot.token = robot.fetch().await;
        robot
    }

    async fn fetch(&self) -> String {
        let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", self.id, self.secret)));
        let answer = ask_for_token(&self.client, Some(basic), "grant_type=client_credentials&scope=all").await;
        answer.ok()["access_token"].as_str().expect("a token").to_owned()
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("Authorization", format!("Bearer {}", self.token))];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.client.bare(method, &format!("/1.0{path}"), &headers, &body).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &json!(null)).await
    }

    fn urn(&self) -> String {
        format!("urn:v1:eu:identity:credential:alice-lv/oauth2-{}", self.id)
    }
}

fn policy(identity: &str, resources: &[&str], allow: &[&str]) -> Value {
    json!({
        "name": "Some rights", "identities": [identity],
        "resources": resources.iter().map(|urn| json!({ "urn": urn })).collect::<Vec<_>>(),
        "permissions": { "allow": allow.iter().map(|action| json!({ "action": action })).collect::<Vec<_>>() },
    })
}

#[track_caller]
fn refused_for(answer: &Answer, action: &str) {
    assert_eq!(answer.refused(403, "FORBIDDEN"), "User not granted for this request");
    let details = json!({ "unauthorizedActionsByAuthentication": "", "unauthorizedActionsByIAM": action });
    assert_eq!(answer.json()["details"], details);
}

async fn two_services(world: &World) -> [String; 2] {
    let mut names = Vec::new();
    for name in ["firstone", "secondone"] {
        let placed = world.alice.post("/levante/order", &world.order(name).await).await.ok();
        names.push(placed["serviceName"].as_str().expect("a name").to_owned());
    }
    names.try_into().expect("two")
}

fn service_urn(name: &str) -> String {
    format!("urn:v1:eu:resource:cspReseller:{name}")
}

#[tokio::test]
async fn a_token_is_given_to_whoever_knows_the_secret_and_to_nobody_else() {
    let world = World::new().await;
    let robot = Robot::new(&world).await;
    let (id, secret) = (&robot.id, &robot.secret);
    let basic = |id: &str, secret: &str| Some(format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))));
    let both = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    for (authorization, body) in [
        (basic(id, secret), "grant_type=client_credentials&scope=all".to_owned()),
        (basic(id, secret), format!("grant_type=client_credentials&client_id={id}")),
        (None, both.clone()),
        (None, format!("{both}&scope=all")),
    ] {
        let answer = ask_for_token(&world.alice, authorization, &body).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        let given = answer.ok();
        assert_eq!((given["token_type"].as_str(), given["expires_in"].as_i64()), (Some("Bearer"), Some(3599)));
        assert_eq!((given["scope"].as_str(), given["access_token"].as_str().map(str::len)), (Some("all"), Some(64)));
    }
    let grant = "grant_type=client_credentials";
    for (authorization, body, status, error) in [
        (basic(id, "wrong"), grant.to_owned(), 401, "invalid_client"),
        (basic("nobody", secret), grant.to_owned(), 401, "invalid_client"),
        (Some("Bearer x".to_owned()), grant.to_owned(), 401, "invalid_client"),
        (None, grant.to_owned(), 401, "invalid_client"),
        (None, format!("{grant}&client_id={id}&client_secret=wrong"), 401, "invalid_client"),
        (basic(id, secret), both.clone(), 400, "invalid_request"),
        (basic(id, secret), format!("{grant}&client_id=other"), 400, "invalid_request"),
        (basic(id, secret), String::new(), 400, "invalid_request"),
        (basic(id, secret), format!("{grant}&{grant}"), 400, "invalid_request"),
        (basic(id, secret), "grant_type=password".to_owned(), 400, "unsupported_grant_type"),
        (basic(id, secret), format!("{grant}&scope=everything"), 400, "invalid_scope"),
        (basic(id, secret), format!("{grant}&x={}", "y".repeat(10_000)), 400, "invalid_request"),
    ] {
        let answer = ask_for_token(&world.alice, authorization.clone(), &body).await;
        let said = (answer.status, answer.json()["error"].as_str().map(str::to_owned));
        assert_eq!(said, (status, Some(error.to_owned())), "{body}: {}", answer.text);
        assert!(answer.json()["error_description"].as_str().is_some_and(|text| text.len() > 10), "{}", answer.text);
        assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401 && authorization.is_some());
        assert!(!answer.text.contains(secret.as_str()));
    }
    // An unknown client and a wrong secret are told alike.
    let answers = [basic(id, "wrong"), basic("nobody", "wrong")].map(|a| ask_for_token(&world.alice, a, grant));
    let [wrong, unknown] = futures::future::join_all(answers).await.try_into().expect("two");
    assert_eq!((wrong.status, wrong.text), (unknown.status, unknown.text));
    assert_eq!(world.alice.bare("GET", TOKEN, &[], "").await.status, 405);
    let json = [("Content-Type", "application/json".to_owned())];
    assert_eq!(world.alice.bare("POST", TOKEN, &json, "{}").await.json()["error"], "invalid_request");
}

#[tokio::test]
async fn a_service_account_does_what_policies_allow_and_nothing_else() {
    let world = World::new().await;
    let [one, two] = two_services(&world).await;
    let robot = Robot::new(&world).await;
    let read = "cspReseller:apiovh:get";
    for path in ["/saas/csp2".to_owned(), format!("/saas/csp2/{one}"), "/saas/csp2/nobodys.onmicrosoft.com".to_owned()]
    {
        refused_for(&robot.get(&path).await, read);
    }
    refused_for(&robot.get("/me").await, "account:apiovh:me/get");
    refused_for(&robot.get("/v2/iam/resource").await, "account:apiovh:iam/resource/get");
    refused_for(&robot.call("POST", "/order/cart", &json!({})).await, "account:apiovh:order/cart/create");
    let details = robot.get("/auth/details").await.ok();
    assert_eq!(details["method"], "oauth2_client_credentials");
    assert_eq!(details["identities"], json!([robot.urn()]));
    assert_eq!(details["allowedRoutes"], Value::Null);
    robot.get("/auth/currentCredential").await.refused(404, "NOT_FOUND");

    let body = policy(&robot.urn(), &[&service_urn(&one)], &[read]);
    let made = world.alice.post("/v2/iam/policy", &body).await.ok();
    assert_eq!(made["permissions"], json!({ "allow": [{ "action": read }], "except": [], "deny": [] }));
    assert_eq!(robot.get("/saas/csp2").await.ok(), json!([one]));
    assert_eq!(robot.get(&format!("/saas/csp2/{one}")).await.ok()["serviceName"], one.as_str());
    for name in [two.as_str(), "nobodys.onmicrosoft.com", "no-name"] {
        refused_for(&robot.get(&format!("/saas/csp2/{name}")).await, read);
    }
    let rename = robot.call("PUT", &format!("/saas/csp2/{one}"), &json!({ "displayName": "X" })).await;
    refused_for(&rename, "cspReseller:apiovh:put");
    // A batch and a page hide the same.
    let bearer = ("Authorization", format!("Bearer {}", robot.token));
    let batch = [bearer.clone(), ("X-Ovh-Batch", ",".to_owned())];
    let elements = world.alice.bare("GET", &format!("/1.0/saas/csp2/{one},{two}"), &batch, "").await.ok();
    assert_eq!(elements[0]["value"]["serviceName"], one.as_str());
    assert_eq!(elements[1]["error"]["details"]["unauthorizedActionsByIAM"], read);
    let page = [bearer, ("X-Pagination-Mode", "CachedObjectList-Pages".to_owned())];
    let answer = world.alice.bare("GET", "/1.0/saas/csp2", &page, "").await;
    assert_eq!(answer.headers["x-pagination-elements"], "1");
    assert_eq!(answer.ok()[0]["serviceName"], one.as_str());

    // A wider right, a denial that narrows it, and its end.
    let all = world.alice.post("/v2/iam/policy", &policy(&robot.urn(), &["*"], &["*"])).await.ok();
    assert_eq!(robot.get("/me").await.ok()["nichandle"], "alice-lv");
    assert_eq!(robot.get("/saas/csp2").await.ok(), json!([one, two]));
    robot.get("/saas/csp2/nobodys.onmicrosoft.com").await.refused(404, "NOT_FOUND");
    let mut deny = policy(&robot.urn(), &[&service_urn(&two)], &[]);
    deny["permissions"] = json!({ "deny": [{ "action": "cspReseller:*" }] });
    let deny = world.alice.post("/v2/iam/policy", &deny).await.ok();
    assert_eq!(robot.get("/saas/csp2").await.ok(), json!([one]));
    refused_for(&robot.get(&format!("/saas/csp2/{two}")).await, read);
    for id in [&all["id"], &deny["id"]] {
        world.alice.delete(&format!("/v2/iam/policy/{}", id.as_str().expect("an id"))).await.ok();
    }
    refused_for(&robot.get("/me").await, "account:apiovh:me/get");
    let id = made["id"].as_str().expect("an id");
    let mut ended = body.clone();
    ended["expiredAt"] = "2020-01-01T00:00:00+00:00".into();
    world.alice.put(&format!("/v2/iam/policy/{id}"), &ended).await.ok();
    refused_for(&robot.get("/saas/csp2").await, read);
    world.alice.put(&format!("/v2/iam/policy/{id}"), &body).await.ok();
    robot.get("/saas/csp2").await.ok();

    // The word Bearer may be missing; a deleted service account ends at once, and so does a token.
    let bare = [("Authorization", robot.token.clone())];
    world.alice.bare("GET", "/v1/saas/csp2", &bare, "").await.ok();
    let other = robot.fetch().await;
    robot.call("POST", "/auth/logout", &json!(null)).await.ok();
    let gone = robot.get("/saas/csp2").await;
    gone.refused(401, "INVALID_TOKEN");
    assert!(gone.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer "));
    let robot = Robot { token: other, ..robot };
    robot.get("/saas/csp2").await.ok();
    world.alice.delete(&format!("/me/api/oauth2/client/{}", robot.id)).await.ok();
    robot.get("/saas/csp2").await.refused(401, "INVALID_TOKEN");
    let policy = world.alice.get(&format!("/v2/iam/policy/{id}")).await.ok();
    assert_eq!(policy["identities"], json!([]), "no policy names it any more");
}

#[tokio::test]
async fn a_service_account_is_made_once_with_a_key_and_its_secret_not_kept() {
    let world = World::new().await;
    let body = json!({ "name": "Report", "description": "", "flow": "CLIENT_CREDENTIALS", "callbackUrls": [] });
    let once = world.alice.once("make-it-once");
    let made = once.post("/me/api/oauth2/client", &body).await.ok();
    let again = once.post("/me/api/oauth2/client", &body).await;
    again.refused(409, "CONFLICT");
    assert!(!again.text.contains(made["clientSecret"].as_str().expect("a secret")));
    assert_eq!(world.alice.get("/me/api/oauth2/client").await.ok(), json!([made["clientId"]]));
    let shown = world.alice.get(&format!("/me/api/oauth2/client/{}", made["clientId"].as_str().unwrap())).await;
    assert!(!shown.text.contains("ecret"), "{}", shown.text);
    for (change, part) in [
        (json!({ "flow": "AUTHORIZATION_CODE" }), "flow: \"AUTHORIZATION_CODE\" is not offered"),
        (json!({ "name": "" }), "name: is required"),
        (json!({ "callbackUrls": ["javascript:alert(1)"] }), "callbackUrls[0]"),
    ] {
        let mut wrong = body.clone();
        for (name, value) in change.as_object().expect("fields") {
            wrong[name] = value.clone();
        }
        let message = world.alice.post("/me/api/oauth2/client", &wrong).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part), "{message}");
    }
}

#[tokio::test]
async fn a_policy_names_what_is_wrong_with_it() {
    let world = World::new().await;
    let robot = Robot::new(&world).await;
    let good = policy(&robot.urn(), &["*"], &["cspReseller:apiovh:*"]);
    for (field, value, part) in [
        ("name", json!(""), "name: is required"),
        ("identities", json!([]), "identities: is required"),
        ("identities", json!(["ada"]), "identities[0]"),
        ("identities", json!(["urn:v1:eu:identity:user:charlie-lv/ada"]), "identities[0]"),
        ("identities", json!(["urn:v1:eu:identity:user:alice-lv/ada"]), "identities[0]"),
        ("resources", json!([{ "urn": "urn:v1:eu:resource:vps:*" }]), "resources[0].urn"),
        ("permissions", json!({ "allow": [{ "action": "vps:apiovh:get" }] }), "permissions.allow[0].action"),
        ("permissions", json!({ "allow": [{ "action": "cspReseller:apiovh:gett" }] }), "permissions.allow[0].action"),
        ("permissionsGroups", json!([{ "urn": "x" }]), "permissionsGroups[0].urn"),
        ("expiredAt", json!("soon"), "expiredAt"),
        ("conditions", json!("x"), "conditions"),
        ("owners", json!("x"), "Received not described parameters: (owners)"),
    ] {
        let mut wrong = good.clone();
        wrong[field] = value;
        let message = world.alice.post("/v2/iam/policy", &wrong).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part), "{field}: {message}");
    }
    let made = world.alice.post("/v2/iam/policy", &good).await.ok();
    let path = format!("/v2/iam/policy/{}", made["id"].as_str().expect("an id"));
    for answer in [world.charlie.get(&path).await, world.charlie.put(&path, &json!({})).await] {
        answer.refused(404, "NOT_FOUND");
    }
    world.alice.get("/v2/iam/policy/none").await.refused(404, "NOT_FOUND");
}

#[tokio::test]
async fn lists_of_the_second_branch_come_in_pieces() {
    let world = World::new().await;
    let [one, two] = two_services(&world).await;
    let (mut cursor, mut names) = (None::<String>, Vec::new());
    for _ in 0..3 {
        let mut headers = vec![("X-Pagination-Size", "1".to_owned()), ("X-Schemas-Version", "1.0".to_owned())];
        headers.extend(cursor.take().map(|c| ("X-Pagination-Cursor", c)));
        let client = Client { headers, ..world.alice.clone() };
        let answer = client.raw("GET", "/v2/iam/resource", b"").await;
        cursor = answer.headers.get("x-pagination-cursor-next").map(|v| v.to_str().unwrap().to_owned());
        let found = answer.ok();
        assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
        names.push(found[0]["name"].as_str().expect("a name").to_owned());
    }
    assert_eq!(names, ["alice-lv", one.as_str(), two.as_str()]);
    assert_eq!(cursor, None, "the last piece has no successor");
    let whole = world.alice.raw("GET", "/v2/iam/resource", b"").await;
    assert!(!whole.headers.contains_key("x-pagination-cursor-next"));
    assert_eq!(whole.ok().as_array().map(Vec::len), Some(3));
    let list = world.alice.get("/saas/csp2").await;
    assert!(!list.headers.contains_key("x-pagination-cursor-next"), "never on the first branch");
    for (name, value) in [("X-Pagination-Size", "0"), ("X-Pagination-Size", "x"), ("X-Pagination-Cursor", "?")] {
        let client = Client { headers: vec![(name, value.to_owned())], ..world.alice.clone() };
        let message = client.raw("GET", "/v2/iam/resource", b"").await.refused(400, "BAD_REQUEST");
        assert!(message.contains(name), "{message}");
    }
    // A service account sees of them what it may see.
    let robot = Robot::new(&world).await;
    let see = "account:apiovh:iam/resource/get";
    world.alice.post("/v2/iam/policy", &policy(&robot.urn(), &[&service_urn(&two)], &[see])).await.ok();
    let seen = robot.get("/v2/iam/resource").await.ok();
    assert_eq!(seen.as_array().map(|all| all.iter().map(|r| r["name"].clone()).collect()), Some(vec![json!(two)]));
    robot.get(&format!("/v2/iam/resource/{}", service_urn(&two))).await.ok();
    refused_for(&robot.get(&format!("/v2/iam/resource/{}", service_urn(&one))).await, see);
    let actions = world.alice.get("/v2/iam/reference/action").await.ok();
    assert!(actions.as_array().expect("a list").iter().any(|a| a["action"] == see));
}

/// A key that a sub-user of alice made for themselves.
async fn key_of(world: &World, login: &str) -> Client {
    let user = world.operations.user(&world.alice.account, login).await.expect("a user");
    let actor = Actor { account: world.alice.account.clone(), who: format!("member/{}", user.id), address: None };
    let application = world.alice.application;
    let made = world.operations.create_credential(&actor, application, everything(), None, None).await.expect("a key");
    Client { consumer_key: made.consumer_key.expose_secret().to_owned(), credential: made.id, ..world.alice.clone() }
}

fn user(login: &str, group: &str) -> Value {
    json!({
        "login": login, "email": "alice-lv@contoso.example", "password": "a long pass phrase", "group": group,
        "description": "For tests",
    })
}

#[tokio::test]
async fn a_sub_users_key_has_the_rights_of_the_sub_user() {
    let world = World::new().await;
    let (alice, [one, _]) = (&world.alice, two_services(&world).await);
    for (login, group) in [("ada", "ADMIN"), ("reg", "DEFAULT"), ("read", "UNPRIVILEGED"), ("none", "NONE")] {
        alice.post("/me/identity/user", &user(login, group)).await.ok();
    }
    assert_eq!(alice.get("/me/identity/user").await.ok(), json!(["ada", "none", "read", "reg"]));
    let cases = [
        ("ada", true, true, true),
        ("reg", true, true, false),
        ("read", true, false, false),
        ("none", false, false, false),
    ];
    for (login, reads, writes, manages) in cases {
        let key = key_of(&world, login).await;
        let details = key.get("/auth/details").await.ok();
        assert_eq!((details["method"].as_str(), details["user"].as_str()), (Some("user"), Some(login)));
        assert_eq!(details["identities"], json!([format!("urn:v1:eu:identity:user:alice-lv/{login}")]));
        assert_eq!(key.get(&format!("/saas/csp2/{one}")).await.status, if reads { 200 } else { 403 }, "{login}");
        let rename = key.put(&format!("/saas/csp2/{one}"), &json!({ "displayName": login })).await;
        assert_eq!(rename.status, if writes { 200 } else { 403 }, "{login}");
        let client = json!({ "name": "x", "description": "y", "flow": "CLIENT_CREDENTIALS", "callbackUrls": [] });
        let made = key.post("/me/api/oauth2/client", &client).await;
        assert_eq!(made.status, if manages { 200 } else { 403 }, "{login}");
    }
    // Rights follow the user as they are now.
    let key = key_of(&world, "read").await;
    let rename = |name: &'static str| {
        let key = key.clone();
        async move { key.put("/me", &json!({ "city": name })).await }
    };
    refused_for(&alice_put(&key, &one).await, "cspReseller:apiovh:put");
    alice.put("/me/identity/user/read", &json!({ "group": "ADMIN" })).await.ok();
    rename("Forli").await.ok();
    alice.put("/me/identity/user/read", &json!({ "group": "UNPRIVILEGED" })).await.ok();
    refused_for(&rename("Bologna").await, "account:apiovh:me/edit");
    assert_eq!(alice.get("/me").await.ok()["city"], "Forli");
    // A policy gives one right more.
    let more = policy("urn:v1:eu:identity:user:alice-lv/read", &[&service_urn(&one)], &["cspReseller:apiovh:put"]);
    alice.post("/v2/iam/policy", &more).await.ok();
    alice_put(&key, &one).await.ok();
    // Disabled, enabled, deleted, made again.
    alice.post("/me/identity/user/read/disable", &json!(null)).await.ok();
    assert_eq!(alice.get("/me/identity/user/read").await.ok()["status"], "DISABLED");
    key.get("/me").await.refused(403, "INVALID_CREDENTIAL");
    assert!(world.operations.sign_in(try_of("alice-lv/read")).await.is_err());
    alice.post("/me/identity/user/read/enable", &json!(null)).await.ok();
    key.get("/me").await.ok();
    let member = world.operations.sign_in(try_of("Alice-LV/Read")).await.expect("signed in");
    assert_eq!(member.login.as_deref(), Some("read"));
    alice.delete("/me/identity/user/read").await.ok();
    key.get("/me").await.refused(403, "INVALID_CREDENTIAL");
    alice.post("/me/identity/user", &user("read", "NONE")).await.ok();
    refused_for(&alice_put(&key_of(&world, "read").await, &one).await, "cspReseller:apiovh:put");
    key.get("/me").await.refused(403, "INVALID_CREDENTIAL");
}

fn try_of(login: &str) -> SignInTry {
    SignInTry {
        login: login.to_owned(),
        password: SecretString::from("a long pass phrase"),
        code: String::new(),
        address: "192.0.2.1".to_owned(),
    }
}

async fn alice_put(key: &Client, service: &str) -> Answer {
    key.put(&format!("/saas/csp2/{service}"), &json!({ "displayName": "By a user" })).await
}

#[tokio::test]
async fn users_are_the_accounts_own_and_the_holder_is_none() {
    let world = World::new().await;
    let (alice, charlie) = (&world.alice, &world.charlie);
    alice.post("/me/identity/user", &user("ada", "UNPRIVILEGED")).await.ok();
    // The same login and e-mail address elsewhere is no secret that anybody learns.
    charlie.post("/me/identity/user", &user("ada", "ADMIN")).await.ok();
    alice.post("/me/identity/user", &user("ada", "ADMIN")).await.refused(409, "CONFLICT");
    alice.post("/me/identity/user", &user("Bob", "ADMIN")).await.ok();
    for path in ["/me/identity/user/bob", "/me/identity/user/alice-lv", "/me/identity/user/none"] {
        charlie.get(path).await.refused(404, "NOT_FOUND");
        charlie.delete(path).await.refused(404, "NOT_FOUND");
    }
    let shown = alice.get("/me/identity/user/ada").await;
    assert!(!shown.text.contains("pass phrase") && !shown.text.contains("argon"), "{}", shown.text);
    assert_eq!(shown.ok()["group"], "UNPRIVILEGED");
    for (field, value, part) in [
        ("login", json!("a/b"), "login"),
        ("login", json!(""), "login: is required"),
        ("email", json!("nowhere"), "email"),
        ("password", json!("short"), "password: is too short"),
        ("group", json!("BOSS"), "group: \"BOSS\" must be one of"),
    ] {
        let mut wrong = user("carl", "ADMIN");
        wrong[field] = value;
        let message = alice.post("/me/identity/user", &wrong).await.refused(400, "BAD_REQUEST");
        assert!(message.contains(part) && !message.contains("short\""), "{message}");
    }
}

#[tokio::test]
async fn the_log_shows_what_was_done_to_the_account_and_to_its_services() {
    let world = World::new().await;
    let robot = Robot::new(&world).await;
    let [one, _] = two_services(&world).await;
    let (alice, charlie) = (&world.alice, &world.charlie);
    let read = |kind: &'static str| async move {
        let ids = alice.get(&format!("/me/api/logs/{kind}")).await.ok();
        let ids: Vec<i64> = ids.as_array().expect("a list").iter().map(|id| id.as_i64().expect("a number")).collect();
        assert!(ids.is_sorted() && ids.iter().all(|id| *id < 1 << 53), "{ids:?}");
        let mut actions = Vec::new();
        for id in &ids {
            let line = alice.get(&format!("/me/api/logs/{kind}/{id}")).await.ok();
            actions.push(line["action"].as_str().expect("an action").to_owned());
            charlie.get(&format!("/me/api/logs/{kind}/{id}")).await.refused(404, "NOT_FOUND");
        }
        actions
    };
    assert_eq!(read("self").await, ["ApplicationMade", "CredentialValidated", "ServiceAccountMade"]);
    assert_eq!(read("services").await.len(), 2);
    assert!(!one.is_empty());
    let paged = Client {
        headers: vec![
            ("X-Pagination-Mode", "CachedObjectList-Pages".to_owned()),
            ("X-Pagination-Size", "2".to_owned()),
            ("X-Pagination-Sort", "logId".to_owned()),
            ("X-Pagination-Sort-Order", "DESC".to_owned()),
        ],
        ..alice.clone()
    };
    let page = paged.get("/me/api/logs/self").await;
    assert_eq!(page.headers["x-pagination-elements"], "3");
    assert_eq!(page.json()[0]["action"], "ServiceAccountMade");
    assert!(page.json()[0]["ip"].as_str().is_some(), "{}", page.text);
    assert!(!page.text.contains(&robot.secret));
}

#[tokio::test]
async fn nobody_gives_rights_that_they_do_not_have() {
    let world = World::new().await;
    let (alice, robot) = (&world.alice, Robot::new(&world).await);
    let [one, _] = two_services(&world).await;
    for (login, group) in [("ada", "ADMIN"), ("narrow", "ADMIN"), ("target", "NONE")] {
        alice.post("/me/identity/user", &user(login, group)).await.ok();
    }
    // What manages users and rights, and nothing else; and everything but one tenant.
    let manages = policy(&robot.urn(), &["*"], &["account:apiovh:iam/*", "account:apiovh:me/identity/*"]);
    alice.post("/v2/iam/policy", &manages).await.ok();
    let mut denied = policy("urn:v1:eu:identity:user:alice-lv/narrow", &[&service_urn(&one)], &[]);
    denied["permissions"] = json!({ "deny": [{ "action": "*" }] });
    let denial = alice.post("/v2/iam/policy", &denied).await.ok();
    let denial = format!("/v2/iam/policy/{}", denial["id"].as_str().expect("an id"));
    let calls = [
        ("POST", "/v2/iam/policy".to_owned(), policy(&robot.urn(), &["*"], &["*"])),
        ("PUT", denial.clone(), policy("urn:v1:eu:identity:user:alice-lv/narrow", &["*"], &["*"])),
        ("DELETE", denial.clone(), json!(null)),
        ("POST", "/me/identity/user".to_owned(), user("second", "ADMIN")),
        ("PUT", "/me/identity/user/target".to_owned(), json!({ "group": "ADMIN" })),
        ("POST", "/me/identity/user/target/enable".to_owned(), json!(null)),
    ];
    let narrow = key_of(&world, "narrow").await;
    for (method, path, body) in &calls {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        refused_for(&robot.call(method, path, body).await, "*");
        refused_for(&narrow.raw(method, &format!("/1.0{path}"), text.as_bytes()).await, "*");
    }
    assert_eq!(alice.get("/me/identity/user").await.ok(), json!(["ada", "narrow", "target"]));
    assert_eq!(alice.get("/me/identity/user/target").await.ok()["group"], "NONE");
    assert_eq!(
        alice.get(&denial).await.ok()["permissions"],
        json!({
            "allow": [], "except": [], "deny": [{ "action": "*" }],
        })
    );
    // Taking rights away is no giving, and what reads stays open.
    robot.get("/v2/iam/policy").await.ok();
    robot.call("POST", "/me/identity/user/target/disable", &json!(null)).await.ok();
    // Who has everything may give it.
    let ada = key_of(&world, "ada").await;
    ada.post("/me/identity/user", &user("third", "ADMIN")).await.ok();
    ada.post("/v2/iam/policy", &policy(&robot.urn(), &["*"], &["*"])).await.ok();
    robot.call("POST", "/me/identity/user", &user("fourth", "ADMIN")).await.ok();
    robot.call("DELETE", &denial, &json!(null)).await.ok();
}

#[tokio::test]
async fn who_is_deleted_or_disabled_while_making_a_key_does_not_get_the_holders() {
    let world = World::new().await;
    let alice = &world.alice;
    alice.post("/me/identity/user", &user("ada", "UNPRIVILEGED")).await.ok();
    let ada = world.operations.user(&alice.account, "ada").await.expect("a user");
    let actor = Actor { account: alice.account.clone(), who: format!("member/{}", ada.id), address: None };
    let make = || async {
        let made = world.operations.create_credential(&actor, alice.application, everything(), None, None).await;
        let asked = world.operations.request_credential(&alice.application_key, everything(), None, None).await;
        let token = asked.expect("asked").expect("an application").validation_token;
        let validated = world.operations.validate_credential(&actor, token.expose_secret(), None).await;
        (made.is_ok(), validated.is_ok())
    };
    assert_eq!(make().await, (true, true));
    alice.post("/me/identity/user/ada/disable", &json!(null)).await.ok();
    assert_eq!(make().await, (false, false));
    alice.delete("/me/identity/user/ada").await.ok();
    assert_eq!(make().await, (false, false));
}

#[tokio::test]
async fn a_denied_service_is_hidden_under_its_number_as_well() {
    let world = World::new().await;
    let (alice, [one, two]) = (&world.alice, two_services(&world).await);
    let number = |name: &str| {
        let path = format!("/saas/csp2/{name}/serviceInfos");
        async move { alice.get(&path).await.ok()["serviceId"].as_i64().expect("a number") }
    };
    let (first, second) = (number(&one).await, number(&two).await);
    alice.post("/me/identity/user", &user("ada", "ADMIN")).await.ok();
    let ada = key_of(&world, "ada").await;
    for list in ["/services", "/service"] {
        assert_eq!(ada.get(list).await.ok(), json!([first, second]), "{list}");
    }
    let mut deny = policy("urn:v1:eu:identity:user:alice-lv/ada", &[&service_urn(&one)], &[]);
    deny["permissions"] = json!({ "deny": [{ "action": "*" }] });
    let made = alice.post("/v2/iam/policy", &deny).await.ok();
    let paged = Client { headers: vec![("X-Pagination-Mode", "CachedObjectList-Pages".to_owned())], ..ada.clone() };
    for list in ["/services", "/service", "/services?orderBy=resource.name&sort=DESC"] {
        assert_eq!(ada.get(list).await.ok(), json!([second]), "{list}");
        let page = paged.get(list).await;
        assert_eq!(page.headers["x-pagination-elements"], "1", "{list}");
        assert!(page.text.contains(&two) && !page.text.contains(&one), "{list}: {}", page.text);
    }
    assert_eq!(ada.get(&format!("/services?resourceName={one}")).await.ok(), json!([]));
    for (method, path, action) in [
        ("GET", "/services/", "services/get"),
        ("PUT", "/services/", "services/edit"),
        ("GET", "/service/", "service/get"),
        ("POST", "/services/#/terminate", "services/terminate"),
        ("POST", "/service/#/renew", "service/renew/create"),
    ] {
        let path = |number: i64| match path.contains('#') {
            true => format!("/1.0{}", path.replace('#', &number.to_string())),
            false => format!("/1.0{path}{number}"),
        };
        let refused = ada.raw(method, &path(first), b"").await;
        refused_for(&refused, &format!("account:apiovh:{action}"));
        assert!(!refused.text.contains(&one));
        assert_ne!(ada.raw(method, &path(second), b"").await.status, 403, "{method} {}", path(second));
    }
    let batch = Client { headers: vec![("X-Ovh-Batch", ",".to_owned())], ..ada.clone() };
    let both = batch.get(&format!("/services/{first},{second}")).await;
    assert!(both.text.contains(&two) && !both.text.contains(&one), "{}", both.text);
    // What is denied by name is denied by number: reading, or only changing.
    let policy = format!("/v2/iam/policy/{}", made["id"].as_str().expect("an id"));
    deny["permissions"] = json!({ "deny": [{ "action": "cspReseller:*" }] });
    alice.raw("PUT", &policy, deny.to_string().as_bytes()).await.ok();
    assert_eq!(ada.get("/services").await.ok(), json!([second]));
    deny["permissions"] = json!({ "deny": [{ "action": "cspReseller:apiovh:put" }] });
    alice.raw("PUT", &policy, deny.to_string().as_bytes()).await.ok();
    assert_eq!(ada.get("/services").await.ok(), json!([first, second]));
    let rename = ada.put(&format!("/services/{first}"), &json!({ "displayName": "Mine" })).await;
    refused_for(&rename, "account:apiovh:services/edit");
    // Every service.
    deny["permissions"] = json!({ "deny": [{ "action": "*" }] });
    deny["resources"] = json!([{ "urn": "urn:v1:eu:resource:cspReseller:*" }]);
    alice.raw("PUT", &policy, deny.to_string().as_bytes()).await.ok();
    assert_eq!(ada.get("/services").await.ok(), json!([]));
    assert_eq!(paged.get("/service").await.ok(), json!([]));
    assert_eq!(alice.get("/services").await.ok(), json!([first, second]), "the holder is denied nothing");
}

#[tokio::test]
async fn the_details_of_a_policy_show_what_its_reader_may_see() {
    let world = World::new().await;
    let (alice, [one, two]) = (&world.alice, two_services(&world).await);
    let robot = Robot::new(&world).await;
    let services = [service_urn(&one), service_urn(&two), service_urn("nobodys.onmicrosoft.com")];
    let urns = [&services[0], &services[1], "urn:v1:eu:resource:account:alice-lv", "*", &services[2]];
    let all = alice.post("/v2/iam/policy", &policy(&robot.urn(), &urns[..2], &["cspReseller:apiovh:get"])).await.ok();
    let wide = alice.post("/v2/iam/policy", &policy("urn:v1:eu:identity:account:alice-lv", &urns, &["*"])).await.ok();
    let shown = |policy: &Value| -> Vec<Value> {
        let resources = policy["resources"].as_array().expect("a list");
        resources.iter().map(|resource| resource["resource"]["name"].clone()).collect()
    };
    let path = |policy: &Value| format!("/v2/iam/policy/{}", policy["id"].as_str().expect("an id"));
    assert_eq!(shown(&alice.get(&path(&wide)).await.ok()), vec![Value::Null; 5]);
    let details = alice.get(&format!("{}?details=true", path(&wide))).await.ok();
    let names = [json!(one), json!(two), json!("alice-lv"), Value::Null, Value::Null];
    assert_eq!(shown(&details), names);
    let list = alice.get("/v2/iam/policy?details=true").await.ok();
    let listed = |id: &Value| list.as_array().expect("a list").iter().find(|one| one["id"] == *id).expect("it").clone();
    assert_eq!(shown(&listed(&all["id"])), names[..2]);
    assert_eq!(listed(&wide["id"]), details);
    let read = ["account:apiovh:iam/policy/get"];
    alice.post("/v2/iam/policy", &policy(&robot.urn(), &["urn:v1:eu:resource:account:alice-lv"], &read)).await.ok();
    let see = ["account:apiovh:iam/resource/get"];
    alice.post("/v2/iam/policy", &policy(&robot.urn(), &[&service_urn(&one)], &see)).await.ok();
    let seen = robot.get(&format!("{}?details=true", path(&wide))).await.ok();
    assert_eq!(shown(&seen), [json!(one), Value::Null, Value::Null, Value::Null, Value::Null]);
}

#[tokio::test]
async fn of_calls_at_the_same_moment_one_makes_the_thing() {
    let world = World::new().await;
    let alice = &world.alice;
    let ada = user("ada", "NONE");
    let made = futures::future::join_all((0..5).map(|_| alice.post("/me/identity/user", &ada))).await;
    assert_eq!(made.iter().filter(|answer| answer.status == 200).count(), 1);
    made.iter().filter(|answer| answer.status != 200).for_each(|answer| drop(answer.refused(409, "CONFLICT")));
    let body = json!({ "name": "Report", "description": "", "flow": "CLIENT_CREDENTIALS", "callbackUrls": [] });
    let once = alice.once("the-same-moment");
    let made = futures::future::join_all((0..5).map(|_| once.post("/me/api/oauth2/client", &body))).await;
    assert_eq!(made.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(alice.get("/me/api/oauth2/client").await.ok().as_array().map(Vec::len), Some(1));
    // A key whose call was refused can be used again.
    let again = alice.once("refused-first");
    let mut wrong = body.clone();
    wrong["name"] = "".into();
    again.post("/me/api/oauth2/client", &wrong).await.refused(400, "BAD_REQUEST");
    again.post("/me/api/oauth2/client", &body).await.ok();
}

#[tokio::test]
async fn a_password_of_a_wrong_type_is_not_repeated() {
    let world = World::new().await;
    for password in [json!(731_554_880_112_i64), json!(["731554880112"]), json!({ "x": "731554880112" })] {
        let mut wrong = user("carl", "NONE");
        wrong["password"] = password;
        let answer = world.alice.post("/me/identity/user", &wrong).await;
        assert!(answer.refused(400, "BAD_REQUEST").contains("password"), "{}", answer.text);
        assert!(!answer.text.contains("731554880112"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_new_password_stands_in_the_log() {
    let world = World::new().await;
    let alice = &world.alice;
    alice.post("/me/identity/user", &user("ada", "NONE")).await.ok();
    world.operations.set_password("alice-lv/ada", SecretString::from("quite another phrase")).await.expect("set");
    let ids = alice.get("/me/api/logs/self").await.ok();
    let last = ids.as_array().expect("a list").last().expect("an entry").to_string();
    let line = alice.get(&format!("/me/api/logs/self/{last}")).await;
    assert!(!line.text.contains("phrase"));
    let line = line.ok();
    let said = [&line["action"], &line["object"], &line["identity"]].map(|v| v.as_str().expect("a text"));
    assert_eq!(said, ["PasswordSet", "user/ada", "command line"]);
}
