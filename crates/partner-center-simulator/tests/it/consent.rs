//! Tokens: consent and code, versions, audiences, second factor, errors of the token endpoint.

use partner_center_simulator::Credentials;
use reqwest::{Client, Method, Response, Url, redirect};
use serde_json::{Value, json};

use crate::world::{API, World, client};

const BACK: &str = "http://localhost:7777/consent?from=setup";

/// A browser that shows where it is sent instead of going there.
fn browser() -> Client {
    // Installs the cryptography of the process.
    drop(client());
    Client::builder().redirect(redirect::Policy::none()).build().unwrap()
}

fn address(world: &World, path: &str, pairs: &[(&str, &str)]) -> Url {
    let known = world.simulator.credentials();
    let mut url = Url::parse(&format!("{}/{}/oauth2/{path}", world.simulator.url(), known.tenant_id)).unwrap();
    url.query_pairs_mut().extend_pairs(pairs);
    url
}

/// Opens the page and presses a button; returns where the browser is sent.
async fn consent(world: &World, path: &str, decision: &str, more: &[(&str, &str)]) -> Url {
    let known = world.simulator.credentials();
    let mut pairs = vec![
        ("client_id", known.client_id.as_str()),
        ("response_type", "code"),
        ("redirect_uri", BACK),
        ("state", "a b&c<\"'"),
    ];
    pairs.extend(more);
    let url = address(world, path, &pairs);
    let page = browser().get(url.clone()).send().await.unwrap();
    assert_eq!(page.status().as_u16(), 200);
    let text = page.text().await.unwrap();
    let ticket = text.split("name=\"ticket\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let form = [("ticket", ticket.as_str()), ("decision", decision)];
    let answer = browser().post(url).form(&form).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 303);
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

async fn ask(world: &World, version: &str, pairs: &[(&str, &str)]) -> Response {
    let Credentials { tenant_id, client_id, client_secret, .. } = world.simulator.credentials();
    let url = format!("{}/{tenant_id}/oauth2/{version}", world.simulator.url());
    let mut form = vec![("client_id", client_id.as_str()), ("client_secret", client_secret.as_str())];
    form.extend(pairs);
    world.http.post(url).form(&form).send().await.unwrap()
}

async fn redeem(world: &World, code: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let mut form = vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", BACK)];
    form.extend(more);
    let answer = ask(world, "v2.0/token", &form).await;
    (answer.status().as_u16(), answer.json().await.unwrap())
}

const SCOPE: (&str, &str) =
    ("scope", "https://api.partnercenter.microsoft.com/user_impersonation offline_access openid");

#[tokio::test]
async fn an_operator_consents_and_the_code_works_once() {
    let mut world = World::kind().await;
    world.faults(json!({"tokens": {"revoked": true}})).await;
    let old = world.simulator.credentials().refresh_token;
    assert_eq!(world.exchange("refresh_token", &old).await.status().as_u16(), 400);
    let sent = consent(&world, "v2.0/authorize", "mfa", &[SCOPE]).await;
    assert_eq!((sent.host_str(), sent.port()), (Some("localhost"), Some(7777)));
    assert_eq!(parameter(&sent, "state").unwrap(), "a b&c<\"'");
    assert_eq!(parameter(&sent, "from").unwrap(), "setup");
    let code = parameter(&sent, "code").unwrap();
    let (status, answer) = redeem(&world, &code, &[("redirect_uri", "http://localhost:7777/other")]).await;
    // The first value counts: the right one was given first.
    assert_eq!((status, answer["token_type"].as_str()), (200, Some("Bearer")));
    let (status, again) = redeem(&world, &code, &[]).await;
    assert_eq!((status, &again["error"], &again["error_codes"][0]), (400, &json!("invalid_grant"), &json!(54_005)));
    answer["access_token"].as_str().unwrap().clone_into(&mut world.user);
    assert_eq!(world.get("/v1/profiles/mpn").await.0, 200);
    // The new consent works, what was revoked stays dead.
    let refresh = answer["refresh_token"].as_str().unwrap();
    assert_eq!(world.exchange("refresh_token", refresh).await.status().as_u16(), 200);
    assert_eq!(world.exchange("refresh_token", &old).await.status().as_u16(), 400);
    world.stop().await;
}

#[tokio::test]
async fn codes_die_and_belong_to_their_request() {
    let mut world = World::kind().await;
    let code = |sent: Url| parameter(&sent, "code").unwrap();
    let late = code(consent(&world, "authorize", "mfa", &[("resource", API)]).await);
    world.advance("PT10M").await;
    let (status, answer) = redeem(&world, &late, &[]).await;
    assert_eq!((status, &answer["error"]), (400, &json!("invalid_grant")));
    let other = code(consent(&world, "authorize", "mfa", &[("resource", API)]).await);
    let form = [
        ("grant_type", "authorization_code"),
        ("code", other.as_str()),
        ("redirect_uri", "http://localhost:7777/consent"),
    ];
    assert_eq!(ask(&world, "v2.0/token", &form).await.status().as_u16(), 400);
    let verifier = "a-verifier-of-at-least-forty-three-characters-it-is";
    let challenge = "W_uz2hMbCFQDUn7DP7etADFcgmEIfImE7RMIFCwKPBM";
    let pkce = [SCOPE, ("code_challenge", challenge), ("code_challenge_method", "S256")];
    let proof = code(consent(&world, "v2.0/authorize", "mfa", &pkce).await);
    assert_eq!(redeem(&world, &proof, &[("code_verifier", challenge)]).await.1["error_codes"][0], 501_481);
    assert_eq!(redeem(&world, &proof, &[]).await.1["error_codes"][0], 501_481);
    assert_eq!(redeem(&world, &proof, &[("code_verifier", verifier)]).await.0, 200);
    let plain = [SCOPE, ("code_challenge", verifier), ("code_challenge_method", "plain")];
    let proof = code(consent(&world, "v2.0/authorize", "mfa", &plain).await);
    let (status, answer) = redeem(&world, &proof, &[("code_verifier", verifier)]).await;
    assert_eq!((status, answer["refresh_token"].is_string()), (200, true));
    // Without offline_access nothing to refresh with is given.
    let short = [("scope", "https://api.partnercenter.microsoft.com/user_impersonation openid")];
    let brief = code(consent(&world, "v2.0/authorize", "mfa", &short).await);
    let (status, answer) = redeem(&world, &brief, &[]).await;
    assert_eq!((status, answer.get("refresh_token")), (200, None));
    assert_eq!(redeem(&world, "no.code", &[]).await.0, 400);
    world.stop().await;
}

#[tokio::test]
async fn nobody_is_sent_to_an_unknown_address() {
    let world = World::kind().await;
    let known = world.simulator.credentials();
    let base = [("client_id", known.client_id.as_str()), ("response_type", "code"), SCOPE];
    for bad in ["https://evil.example/x", "http://localhost.evil.example/", "javascript:alert(1)", ""] {
        let mut pairs = base.to_vec();
        pairs.push(("redirect_uri", bad));
        let answer = browser().get(address(&world, "v2.0/authorize", &pairs)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers().get("location")), (400, None), "{bad}");
        assert!(answer.text().await.unwrap().contains("AADSTS50011"));
    }
    let mut stranger = base.to_vec();
    stranger[0].1 = "someone<script>";
    stranger.push(("redirect_uri", BACK));
    let answer = browser().get(address(&world, "v2.0/authorize", &stranger)).send().await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert_eq!(answer.status().as_u16(), 400);
    assert!(policy.contains("default-src 'none'"));
    assert!(!answer.text().await.unwrap().contains("<script>"));
    // A registered address is as good as this machine.
    let uri = "https://provider.example/consent";
    world.faults(json!({"tokens": {"redirectUris": [uri]}})).await;
    let mut pairs = base.to_vec();
    pairs.push(("redirect_uri", uri));
    assert_eq!(browser().get(address(&world, "authorize", &pairs)).send().await.unwrap().status().as_u16(), 200);
    pairs[1].1 = "token";
    let answer = browser().get(address(&world, "authorize", &pairs)).send().await.unwrap();
    let sent = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    assert_eq!(parameter(&sent, "error").unwrap(), "unsupported_response_type");
    // A form that was not ours, and a refusal.
    let url = address(&world, "authorize", &[]);
    let forged = browser().post(url).form(&[("ticket", "x.y"), ("decision", "mfa")]).send().await.unwrap();
    assert_eq!(forged.status().as_u16(), 400);
    let sent = consent(&world, "v2.0/authorize", "deny", &[SCOPE]).await;
    assert_eq!((parameter(&sent, "error").as_deref(), parameter(&sent, "code")), (Some("access_denied"), None));
    world.stop().await;
}

#[tokio::test]
async fn trap_35_numbers_are_texts_in_version_one_and_refresh_tokens_rotate() {
    let world = World::kind().await;
    let first = world.simulator.credentials().refresh_token;
    let form = [("grant_type", "refresh_token"), ("refresh_token", first.as_str()), ("resource", API)];
    let one: Value = ask(&world, "token", &form).await.json().await.unwrap();
    for name in ["expires_in", "ext_expires_in", "expires_on", "not_before"] {
        assert!(one[name].is_string(), "{name}: {one}");
    }
    assert_eq!((&one["resource"], &one["scope"]), (&json!(API), &json!("user_impersonation")));
    let next = one["refresh_token"].as_str().unwrap();
    assert_ne!(next, first);
    let two: Value = world.exchange("refresh_token", next).await.json().await.unwrap();
    assert!(two["expires_in"].is_number() && two["ext_expires_in"].is_number());
    assert!(two.get("resource").is_none() && two.get("expires_on").is_none());
    assert_ne!(two["refresh_token"], one["refresh_token"]);
    world.faults(json!({"tokens": {"rotate": false}})).await;
    let three: Value = world.exchange("refresh_token", next).await.json().await.unwrap();
    assert!(three.get("refresh_token").is_none() && three["access_token"].is_string());
    world.stop().await;
}

#[tokio::test]
async fn trap_36_tokens_are_good_for_their_audience_only() {
    let mut world = World::kind().await;
    let app = async |resource: &str| {
        let form = [("grant_type", "client_credentials"), ("resource", resource)];
        let answer: Value = ask(&world, "token", &form).await.json().await.unwrap();
        answer["access_token"].as_str().unwrap_or_default().to_owned()
    };
    let (dead, graph, api) =
        (app("https://graph.windows.net").await, app("https://graph.microsoft.com").await, app(API).await);
    assert!(app("https://graph.microsoft.com.evil.example").await.is_empty());
    let sales = "/v1.0/sales/pricesheets";
    let report = "/v1.0/reports/partners/billing/operations/none";
    for (token, path, status, code) in [
        (&dead, "/v1/customers", 401, 900_420),
        (&dead, report, 401, 900_420),
        (&graph, "/v1/customers", 401, 900_420),
        (&graph, sales, 401, 900_420),
        (&api, report, 401, 900_420),
        (&api, sales, 403, 900_329),
    ] {
        token.clone_into(&mut world.user);
        token.clone_into(&mut world.graph);
        let (was, answer) = world.get(path).await;
        assert_eq!((was, &answer["code"]), (status, &json!(code)), "{path}");
    }
    world.graph = graph;
    assert_eq!(world.get(report).await.0, 404, "Graph takes applications");
    world.user = api;
    assert_eq!(world.get("/v1/customers").await.0, 200);
    world.stop().await;
}

#[tokio::test]
async fn calls_of_users_need_a_second_factor_from_its_day_on() {
    let mut world = World::kind().await;
    let bare = world.request(Method::GET, "/v1/customers").header("ValidateMfa", "true");
    assert_eq!(bare.send().await.unwrap().headers()["ismfacompliant"], "true");
    assert!(
        !world.request(Method::GET, "/v1/customers").send().await.unwrap().headers().contains_key("ismfacompliant")
    );
    let sent = consent(&world, "v2.0/authorize", "plain", &[SCOPE]).await;
    let (_, answer) = redeem(&world, &parameter(&sent, "code").unwrap(), &[]).await;
    let signed_in = world.user.clone();
    answer["access_token"].as_str().unwrap().clone_into(&mut world.user);
    let refused = world.request(Method::GET, "/v1/customers").send().await.unwrap();
    assert_eq!(refused.status().as_u16(), 401);
    let answer: Value = refused.json().await.unwrap();
    assert_eq!(answer["code"], 400);
    assert!(answer["description"].as_str().unwrap().contains("MFA"));

    world.faults(json!({"rules": {"mfaEnforcedFrom": "2999-01-01"}})).await;
    let asked = world.request(Method::GET, "/v1/customers").header("ValidateMfa", "true").send().await.unwrap();
    assert_eq!((asked.status().as_u16(), asked.headers()["ismfacompliant"].to_str().unwrap()), (200, "false"));
    world.user = signed_in;
    for path in ["/v1/applicationmfaadoptionstatus", "/v1/partnerRequests"] {
        let (status, rows) = world.get(path).await;
        assert_eq!(status, 200);
        let (total, good) =
            (rows[0]["totalRequestCount"].as_u64().unwrap(), rows[0]["mfaCompliantRequestCount"].as_u64().unwrap());
        assert_eq!(total - good, 2, "{rows}");
        assert_eq!(rows[0]["applicationId"], world.simulator.credentials().client_id);
    }
    let app = world.token("client_credentials").await;
    let url = format!("{}/v1/customers", world.simulator.url());
    let answer = world.http.get(url).bearer_auth(app).header("ValidateMfa", "true").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers().get("ismfacompliant")), (200, None));
    world.stop().await;
}

#[tokio::test]
async fn the_token_endpoint_fails_in_every_documented_way() {
    let world = World::kind().await;
    let first = world.simulator.credentials().refresh_token;
    for (error, number, status) in [
        ("invalid_grant", 70_008, 400),
        ("invalid_grant", 50_173, 400),
        ("invalid_grant", 50_076, 400),
        ("invalid_grant", 65_001, 400),
        ("interaction_required", 50_079, 400),
        ("invalid_client", 7_000_222, 401),
        ("unauthorized_client", 700_016, 400),
        ("invalid_resource", 500_011, 400),
        ("temporarily_unavailable", 90_033, 503),
        ("temporarily_unavailable", 90_055, 429),
    ] {
        let forced = json!({"error": error, "number": number, "count": 1, "retryAfterSeconds": 3,
            "suberror": "basic_action"});
        world.faults(json!({"tokens": {"error": forced}})).await;
        let answer = world.exchange("refresh_token", &first).await;
        assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (status, "3"));
        let answer: Value = answer.json().await.unwrap();
        assert_eq!((&answer["error"], &answer["error_codes"][0]), (&json!(error), &json!(number)));
        assert!(answer["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{number}: ")));
        assert_eq!(answer["suberror"], "basic_action");
        assert_eq!(world.exchange("refresh_token", &first).await.status().as_u16(), 200, "once only");
    }
    for (pairs, status, error) in [
        (vec![("grant_type", "password"), SCOPE], 400, "interaction_required"),
        (vec![("grant_type", "refresh_token"), ("refresh_token", "x.y"), SCOPE], 400, "invalid_grant"),
        (
            vec![("grant_type", "client_credentials"), ("scope", "https://nothing.example/.default")],
            400,
            "invalid_resource",
        ),
        (vec![("grant_type", "client_credentials"), ("client_assertion", "a.b.c"), SCOPE], 401, "invalid_client"),
        (vec![("grant_type", "magic"), SCOPE], 400, "unsupported_grant_type"),
    ] {
        let answer = ask(&world, "v2.0/token", &pairs).await;
        assert_eq!(answer.status().as_u16(), status);
        assert_eq!(answer.json::<Value>().await.unwrap()["error"], error);
    }
    let misspelt = json!({"tokens": {"error": {"error": "invalid_grand"}}});
    let url = format!("{}/control/faults", world.simulator.control_url());
    let request = world.http.put(url).bearer_auth(world.simulator.control_token()).json(&misspelt);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 400);
    let nobody = world.http.get(format!("{}/v1/customers", world.simulator.url())).send().await.unwrap();
    assert!(nobody.headers()["www-authenticate"].to_str().unwrap().starts_with("OAuth realm=urn:cpsvc:cpid:"));
    world.stop().await;
}
