//! Every route with every kind of caller that must not get through: each answers as documented, says nothing
//! of whose the things are, and changes nothing. A new route is in here by itself.

use super::{
    client::{Answer, Client},
    filled::Filled,
    world::key,
};
use levante::{
    operations::Actor,
    ovh_api::{Access, Operation, routes},
};
use licensing::permission::{AccessRule, IpBlock, everything};
use secrecy::ExposeSecret;
use serde_json::Value;

/// What only alice may read.
const HERS: [&str; 6] = ["alice-lv", "Alba Forni", "albaforni@", "chiara@albaforni", "Via Emilia 1", "Contoso alice"];

struct Callers {
    filled: Filled,
    openapi: Value,
}

impl Callers {
    async fn new() -> Callers {
        let filled = Filled::new().await;
        let openapi = filled.world.alice.bare("GET", "/1.0/openapi.json", &[], "").await.ok();
        Callers { filled, openapi }
    }

    fn target(&self, route: &Operation) -> String {
        match route.method {
            "GET" => format!("/1.0{}", self.filled.readable(route.template)),
            _ => format!("/1.0{}", self.filled.path(route.template)),
        }
    }

    /// The example of the documentation, so that nothing is wrong but the caller.
    fn body(&self, route: &Operation) -> String {
        let operation = &self.openapi["paths"][route.template][route.method.to_lowercase()];
        let example = &operation["requestBody"]["content"]["application/json"]["example"];
        match example.is_null() {
            true => String::new(),
            false => example.to_string(),
        }
    }

    async fn call(&self, client: &Client, route: &Operation) -> Answer {
        client.raw(route.method, &self.target(route), self.body(route).as_bytes()).await
    }

    /// What alice sees in everything that can be read.
    async fn seen(&self) -> Vec<(String, String)> {
        let mut seen = Vec::new();
        let read = |r: &&Operation| r.method == "GET" && r.template != "/auth/time" && Filled::exists(r.template);
        for route in routes().iter().filter(read) {
            let answer = self.call(&self.filled.world.alice, route).await;
            assert_eq!(answer.status, 200, "{} {}", route.template, answer.text);
            let mut text = answer.text;
            if text.contains("\"lastUse\"") {
                text.clear();
            }
            seen.push((self.target(route), text));
        }
        seen
    }

    #[track_caller]
    fn says_nothing(&self, route: &Operation, answer: &Answer) {
        let name = format!("{} {}", route.method, route.template);
        for hers in HERS {
            assert!(!answer.text.contains(hers), "{name} tells {hers}: {}", answer.text);
        }
        let (secret, key) = (&self.filled.world.alice.secret, &self.filled.world.alice.consumer_key);
        assert!(!answer.text.contains(secret) && !answer.text.contains(key), "{name} tells a secret");
    }
}

fn actor(client: &Client) -> Actor {
    Actor { account: client.account.clone(), who: "test".to_owned(), address: None }
}

#[tokio::test]
async fn without_credentials() {
    let callers = Callers::new().await;
    let before = callers.seen().await;
    for route in routes() {
        let answer =
            callers.filled.world.alice.bare(route.method, &callers.target(&route), &[], &callers.body(&route)).await;
        let name = format!("{} {}", route.method, route.template);
        callers.says_nothing(&route, &answer);
        match route.access {
            Access::Signed | Access::Application => {
                assert_eq!(answer.refused(401, "UNAUTHORIZED"), "You must login first", "{name}");
            }
            Access::Open => drop(answer.ok()),
            // A new cart is for anybody; of an owned one only what names nobody is shown.
            Access::Either if route.method == "GET" || route.template == "/order/cart" => {
                assert!([200, 401].contains(&answer.status), "{name}: {}", answer.text);
            }
            Access::Either => drop(answer.refused(401, "UNAUTHORIZED")),
        }
    }
    assert_eq!(callers.seen().await, before, "nothing was changed");
}

#[tokio::test]
async fn with_keys_that_do_not_open() {
    let callers = Callers::new().await;
    let world = &callers.filled.world;
    let (alice, operations) = (&world.alice, &world.operations);
    let elsewhere = IpBlock::read("192.0.2.1").expect("an address");
    let actor = actor(alice);
    let bound = operations
        .create_credential(&actor, alice.application, everything(), None, Some(vec![elsewhere]))
        .await
        .expect("a credential");
    let ended = operations.create_credential(&actor, alice.application, everything(), None, None).await.expect("one");
    operations.expire_credential(&actor, ended.id).await.expect("expired");
    let rule = AccessRule::read("rules", "GET", "/nothing/at/all").expect("a rule");
    let with_key = |consumer_key: &str| Client { consumer_key: consumer_key.to_owned(), ..alice.clone() };
    let clients = [
        ("a wrong signature", Client { secret: "x".repeat(32), ..alice.clone() }, 400, "INVALID_SIGNATURE"),
        ("an old time", Client { clock_off: -4000, ..alice.clone() }, 400, "QUERY_TIME_OUT"),
        ("an unknown application", Client { application_key: "x".repeat(16), ..alice.clone() }, 403, "INVALID_KEY"),
        ("an unknown key", with_key(&"x".repeat(32)), 403, "NOT_CREDENTIAL"),
        ("an expired key", with_key(ended.consumer_key.expose_secret()), 403, "INVALID_CREDENTIAL"),
        ("another address", with_key(bound.consumer_key.expose_secret()), 403, "INVALID_CREDENTIAL"),
        ("no rule", key(operations, world.address, &alice.account, vec![rule]).await, 403, "NOT_GRANTED_CALL"),
    ];
    let before = callers.seen().await;
    for (who, client, status, code) in &clients {
        for route in routes() {
            // What is about the key itself needs no rule (`signing.rs`; there it also ends itself).
            let own = *code == "NOT_GRANTED_CALL" && route.template.starts_with("/auth/");
            if own && route.template == "/auth/logout" {
                continue;
            }
            let answer = callers.call(client, &route).await;
            let name = format!("{who}: {} {}", route.method, route.template);
            if own {
                assert_eq!(answer.status, 200, "{name}: {}", answer.text);
                continue;
            }
            callers.says_nothing(&route, &answer);
            match route.access {
                Access::Signed | Access::Either => {
                    assert_eq!(answer.json()["errorCode"], *code, "{name}: {}", answer.text);
                    answer.refused(*status, code);
                }
                // No signature is looked at, but an application that is named must exist.
                Access::Open | Access::Application if *code == "INVALID_KEY" => drop(answer.refused(403, code)),
                Access::Open | Access::Application => drop(answer.ok()),
            }
        }
    }
    assert_eq!(callers.seen().await, before, "nothing was changed");
}

/// The action of a route, and what a refusal of it says.
fn refused_for_want_of_rights(callers: &Callers, route: &Operation, answer: &Answer) {
    let name = format!("{} {}", route.method, route.template);
    let message = answer.refused(403, "FORBIDDEN");
    assert_eq!(message, "User not granted for this request", "{name}");
    let actions = &callers.openapi["paths"][route.template][route.method.to_lowercase()]["x-ovh-iam-actions"];
    assert_eq!(answer.json()["details"]["unauthorizedActionsByIAM"], actions[0], "{name}");
    assert!(actions[0].is_string(), "{name} has no action");
    callers.says_nothing(route, answer);
}

#[tokio::test]
async fn with_the_key_of_a_sub_user_who_only_reads() {
    let callers = Callers::new().await;
    let world = &callers.filled.world;
    let (alice, operations) = (&world.alice, &world.operations);
    let user = operations.user(&alice.account, "nightly").await.expect("the user");
    let actor = Actor { who: format!("member/{}", user.id), ..actor(alice) };
    let mut keys = Vec::new();
    for _ in 0..2 {
        let made = operations.create_credential(&actor, alice.application, everything(), None, None).await;
        let key = made.expect("a credential").consumer_key.expose_secret().to_owned();
        keys.push(Client { consumer_key: key, ..alice.clone() });
    }
    let before = callers.seen().await;
    for route in routes() {
        let name = format!("{} {}", route.method, route.template);
        let own = route.template.starts_with("/auth/");
        let client = if route.template == "/auth/logout" { &keys[1] } else { &keys[0] };
        let answer = callers.call(client, &route).await;
        match route.method == "GET" || own {
            true if !Filled::exists(route.template) => drop(answer.refused(404, "NOT_FOUND")),
            true => assert_eq!(answer.status, 200, "{name}: {}", answer.text),
            false => refused_for_want_of_rights(&callers, &route, &answer),
        }
    }
    let logged_out = |seen: &[(String, String)]| {
        let logs = |target: &str| target.contains("/logs/self");
        seen.iter().filter(|(target, _)| !logs(target)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(logged_out(&callers.seen().await), logged_out(&before), "nothing was changed but the own key");
}

#[tokio::test]
async fn with_the_token_of_a_service_account_that_no_policy_names() {
    let callers = Callers::new().await;
    let filled = &callers.filled;
    let secret = filled.client_secret.as_str().into();
    let before = callers.seen().await;
    for route in routes() {
        // A token of its own, since one call ends the one that it is made with.
        let token = filled.world.operations.new_access_token(&filled.client_id, &secret).await.expect("asked");
        let bearer = [("Authorization", format!("Bearer {}", token.expect("a token").expose_secret()))];
        let (target, body) = (callers.target(&route), callers.body(&route));
        let answer = filled.world.alice.bare(route.method, &target, &bearer, &body).await;
        let name = format!("{} {}", route.method, route.template);
        match (route.access, route.template) {
            (Access::Open, _) | (_, "/auth/details" | "/auth/logout") => drop(answer.ok()),
            (Access::Application, _) => drop(answer.refused(401, "UNAUTHORIZED")),
            (_, "/auth/currentCredential") => drop(answer.refused(404, "NOT_FOUND")),
            (Access::Signed | Access::Either, _) => refused_for_want_of_rights(&callers, &route, &answer),
        }
        let nobody = [("Authorization", format!("Bearer {}", "x".repeat(64)))];
        let answer = filled.world.alice.bare(route.method, &target, &nobody, &body).await;
        callers.says_nothing(&route, &answer);
        match route.access {
            Access::Signed | Access::Either => drop(answer.refused(401, "INVALID_TOKEN")),
            Access::Application => drop(answer.refused(401, "UNAUTHORIZED")),
            Access::Open => assert_eq!(answer.status, 200, "{name}"),
        }
    }
    assert_eq!(callers.seen().await, before, "nothing was changed");
}

#[tokio::test]
async fn with_a_strangers_key() {
    let callers = Callers::new().await;
    let world = &callers.filled.world;
    let before = callers.seen().await;
    for route in routes() {
        // A key of its own, since some calls end the one they are made with.
        let stranger = key(&world.operations, world.address, &world.charlie.account, everything()).await;
        let answer = callers.call(&stranger, &route).await;
        let name = format!("{} {}", route.method, route.template);
        callers.says_nothing(&route, &answer);
        // A price and a term are nobody's.
        let nobodys = ["/price/", "/order/saas/"].iter().any(|part| route.template.starts_with(part));
        match route.template.contains('{') && !nobodys {
            true => drop(answer.refused(404, "NOT_FOUND")),
            // The stranger's own things, or a refusal of what was sent.
            false => assert!([200, 400].contains(&answer.status), "{name}: {}", answer.text),
        }
        // Groups of actions and their names are everybody's.
        if ["/v2/iam/permissionsGroup", "/v2/iam/reference/action"].contains(&route.template) {
            continue;
        }
        let hers = before.iter().find(|(target, _)| *target == callers.target(&route) && route.method == "GET");
        if let Some(Value::Array(hers)) =
            hers.filter(|_| !nobodys).and_then(|(_, text)| serde_json::from_str(text).ok())
        {
            let his = answer.json();
            assert!(!his.as_array().into_iter().flatten().any(|one| hers.contains(one)), "{name}: {}", answer.text);
        }
    }
    assert_eq!(callers.seen().await, before, "nothing was changed");
}

/// A value of the path that names nothing, in the form of one that does.
fn missing_value(name: &str) -> &'static str {
    match name {
        "serviceName" => "nobodys.onmicrosoft.com",
        "resourceURN" => "urn:v1:eu:resource:cspReseller:nobodys.onmicrosoft.com",
        "cartId" => "0123456789abcdef0123456789abcdef",
        "clientId" => "0123456789abcdef",
        "policyId" => "01234567-89ab-7cde-8123-456789abcdef",
        "user" => "nobody",
        "billId" => "LV999999999",
        _ => "999999999",
    }
}

/// The values of a path, without where they are repeated in an answer.
fn without_values(text: &str, template: &str, target: &str) -> String {
    let path = target.trim_start_matches("/1.0").split('?').next().unwrap_or_default();
    let values = template.split('/').zip(path.split('/')).filter(|(name, _)| name.starts_with('{'));
    values.fold(text.to_owned(), |text, (_, value)| {
        let text = text.replace(&format!("(id = {value})"), "(id = X)");
        if value.len() == 32 { text.replace(value, "X") } else { text }
    })
}

#[tokio::test]
async fn a_foreign_thing_and_a_missing_one_answer_the_same_bytes() {
    let callers = Callers::new().await;
    let world = &callers.filled.world;
    // Prices and terms are nobody's.
    let nobodys = |r: &&Operation| ["/price/", "/order/saas/"].iter().any(|part| r.template.starts_with(part));
    let mut compared = 0;
    for route in routes().iter().filter(|r| r.template.contains('{') && !nobodys(r)) {
        let (target, body) = (callers.target(route), callers.body(route));
        let query = target.split_once('?').map_or(String::new(), |(_, query)| format!("?{query}"));
        let parts = route.template.split('/').map(|part| {
            let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
            name.map_or(part, missing_value)
        });
        let missing = format!("/1.0{}{query}", parts.collect::<Vec<_>>().join("/"));
        assert_ne!(missing, target);
        // A body that is right, one that is wrong, and none: nothing is said of it before the thing is found.
        for body in [body.as_str(), r#"{"description":7,"displayName":7}"#, ""] {
            let foreign = world.charlie.raw(route.method, &target, body.as_bytes()).await;
            let nothing = world.charlie.raw(route.method, &missing, body.as_bytes()).await;
            let said = |answer: &Answer, target: &str| {
                let headers: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
                (answer.status, headers, without_values(&answer.text, route.template, target))
            };
            assert_eq!(said(&foreign, &target), said(&nothing, &missing), "{} {target} {body}", route.method);
            compared += 1;
        }
    }
    assert!(compared > 150, "{compared}");
}
