//! Tokens: rotation is stored before use, one refresh at a time, both endpoints, typed errors.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use partner_center::*;
use secrecy::{ExposeSecret, SecretString};

use crate::script::{Memory, Script, app_only, client, client_with, config, json};

/// A clock that the test moves.
fn clock_at(text: &str) -> (Clock, Arc<Mutex<Instant>>) {
    let now = Arc::new(Mutex::new(text.parse::<Instant>().expect("date")));
    let shown = Arc::clone(&now);
    (Clock::new(move || *shown.lock().expect("lock")), now)
}

fn moment(text: &str) -> Instant {
    text.parse().expect("date")
}

#[tokio::test]
async fn trap_35_a_rotated_refresh_token_is_stored_before_its_access_token_is_used() {
    let script = Script::start(vec![json(200, r#"{"id":"c1"}"#); 2]).await;
    let client = client(&script);
    client.customer("c1").await.expect("first");
    client.customer("c1").await.expect("second, same token");
    assert_eq!(script.log(), ["token", "save refresh-1", "call Bearer access-1", "call Bearer access-1"]);
    client.renew_token().await.expect("daily renewal");
    let requests = script.token_requests();
    assert!(
        requests[0].body.contains("refresh_token=refresh-0") && requests[1].body.contains("refresh_token=refresh-1")
    );
}

#[tokio::test]
async fn a_store_that_fails_keeps_the_access_token_from_being_used_and_loses_nothing() {
    let script = Script::start([json(200, r#"{"id":"c1"}"#)]).await;
    let memory = Memory::new(&script, Some("refresh-0"));
    *memory.failures.lock().expect("lock") = 1;
    let mut settings = config(&script);
    settings.read_retry = ReadRetry::never();
    let client = client_with(settings, memory.clone());
    let error = client.customer("c1").await.expect_err("not durable");
    assert!(matches!(error, Error::Token(TokenError::Store(_))), "{error}");
    assert!(script.seen().is_empty(), "used before it was stored");
    client.customer("c1").await.expect("the store works again");
    assert_eq!(script.log(), ["token", "save refresh-1", "token", "save refresh-2", "call Bearer access-2"]);
}

#[tokio::test]
async fn many_callers_share_one_refresh() {
    let script = Script::start(vec![json(200, r#"{"id":"c1"}"#); 8]).await;
    let shared = client(&script);
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = shared.clone();
            tokio::spawn(async move { client.customer("c1").await.map(drop) })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic").expect("answer");
    }
    assert_eq!(script.token_requests().len(), 1);
}

#[tokio::test]
async fn many_callers_whose_token_is_refused_share_one_renewal() {
    let script = Script::start(vec![json(200, r#"{"id":"c1"}"#); 9]).await;
    let shared = client(&script);
    shared.customer("c1").await.expect("first token");
    script.refuse("access-1");
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let client = shared.clone();
            tokio::spawn(async move { client.customer("c1").await.map(drop) })
        })
        .collect();
    for call in calls {
        call.await.expect("no panic").expect("answer with the renewed token");
    }
    assert_eq!(script.token_requests().len(), 2, "the first and one renewal");
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_lose_the_rotation() {
    let script = Script::start([json(200, r#"{"id":"c1"}"#)]).await;
    let memory = Memory::new(&script, Some("refresh-0"));
    let client = client_with(config(&script), memory.clone());
    {
        let mut going = std::pin::pin!(client.customer("c1"));
        // Polled until the token request is on its way, then dropped.
        while script.token_requests().is_empty() {
            let _ = std::future::poll_fn(|cx| std::task::Poll::Ready(going.as_mut().poll(cx))).await;
            tokio::task::yield_now().await;
        }
    }
    client.customer("c1").await.expect("next caller");
    assert_eq!(script.token_requests().len(), 1, "the renewal went on without its caller");
    assert_eq!(memory.token.lock().expect("lock").as_deref(), Some("refresh-1"));
}

#[tokio::test]
async fn an_answer_without_a_new_refresh_token_keeps_the_old_one() {
    let script = Script::start([json(200, r#"{"id":"c1"}"#)])
        .await
        .tokens([json(200, r#"{"access_token":"a","expires_in":"3599"}"#)]);
    let memory = Memory::new(&script, Some("refresh-0"));
    client_with(config(&script), memory.clone()).customer("c1").await.expect("answer");
    assert_eq!(memory.token.lock().expect("lock").as_deref(), Some("refresh-0"));
}

#[tokio::test]
async fn both_endpoints_are_asked_in_their_own_words() {
    let script = Script::start(vec![json(200, r#"{"id":"c1"}"#); 3]).await;
    client(&script).customer("c1").await.expect("v2 user");
    let mut v1 = config(&script);
    v1.token_version = TokenVersion::V1;
    client_with(v1, Memory::new(&script, Some("refresh-0"))).customer("c1").await.expect("v1 user");
    app_only(&script).customer("c1").await.expect("v2 app");
    let requests = script.token_requests();
    assert!(requests[0].line.starts_with("POST /provider.example/oauth2/v2.0/token "), "{}", requests[0].line);
    assert!(requests[0].body.contains("user_impersonation+offline_access+openid"), "{}", requests[0].body);
    assert!(requests[1].line.starts_with("POST /provider.example/oauth2/token "), "{}", requests[1].line);
    assert!(
        requests[1].body.contains("resource=https%3A%2F%2Fapi.partnercenter.microsoft.com"),
        "{}",
        requests[1].body
    );
    assert!(
        requests[2].body.contains("client_credentials") && requests[2].body.contains("%2F.default"),
        "{}",
        requests[2].body
    );
}

#[tokio::test]
async fn a_token_that_ends_within_five_minutes_is_renewed() {
    let short = r#"{"access_token":"short","expires_in":0,"refresh_token":"r"}"#;
    let script = Script::start(vec![json(200, r#"{"id":"c1"}"#); 2]).await.tokens([json(200, short)]);
    let client = client(&script);
    client.customer("c1").await.expect("first");
    client.customer("c1").await.expect("second");
    assert_eq!(script.token_requests().len(), 2);
}

#[tokio::test]
async fn missing_and_dead_consent_say_so_and_send_nothing() {
    let script = Script::start([]).await;
    let error = client_with(config(&script), Memory::new(&script, None)).customer("c1").await.expect_err("no consent");
    assert!(matches!(error, Error::Token(TokenError::NoRefreshToken)));

    let dead = r#"{"error":"invalid_grant","error_description":"AADSTS70008: old","error_codes":[70008]}"#;
    let script = Script::start([]).await.tokens(vec![json(400, dead); 9]);
    let error = client(&script).customer("c1").await.expect_err("dead consent");
    assert!(matches!(error, Error::Token(TokenError::ConsentNeeded { .. })), "{error}");
    assert_eq!(script.token_requests().len(), 1, "asking again does not help");
    assert!(script.seen().is_empty() && !error.is_unknown());
}

#[tokio::test]
async fn a_code_is_redeemed_and_its_refresh_token_stored() {
    let script = Script::start([]).await;
    let memory = Memory::new(&script, None);
    let client = client_with(config(&script), memory.clone());
    client.redeem_code("code-1".into(), "https://panel.example/consent").await.expect("redeemed");
    assert_eq!(memory.token.lock().expect("lock").as_deref(), Some("refresh-1"));
    assert!(script.token_requests()[0].body.contains("grant_type=authorization_code"));
}

#[tokio::test]
async fn consent_is_asked_for_and_redeemed_with_the_same_proof() {
    let script = Script::start([]).await;
    let client = client_with(config(&script), Memory::new(&script, None));
    let pkce = Pkce::generate();
    let address = client.authorize_url("https://panel.example/consent?x=1", "st&te", &pkce);
    assert!(address.starts_with(&format!("{}/provider.example/oauth2/v2.0/authorize?", script.address)), "{address}");
    for piece in [
        "client_id=app-1",
        "response_type=code",
        "state=st%26te",
        "redirect_uri=https%3A%2F%2Fpanel.example%2Fconsent%3Fx%3D1",
        "user_impersonation+offline_access+openid",
        "code_challenge_method=S256",
    ] {
        assert!(address.contains(piece), "{piece} in {address}");
    }
    let verifier = pkce.verifier().expose_secret();
    assert!(!address.contains(verifier) && !address.contains("hush"), "{address}");
    let kept = Pkce::kept(SecretString::from(verifier)).expect("sound");
    client.redeem_code_with_pkce("code-1".into(), "https://panel.example/consent", &kept).await.expect("redeemed");
    assert!(script.token_requests()[0].body.contains(&format!("code_verifier={verifier}")));

    let mut v1 = config(&script);
    v1.token_version = TokenVersion::V1;
    let address = client_with(v1, Memory::new(&script, None)).authorize_url("https://panel.example/c", "s", &pkce);
    assert!(address.contains("/provider.example/oauth2/authorize?") && address.contains("resource=https"), "{address}");
}

#[tokio::test]
async fn health_counts_ninety_days_from_the_refresh_token_in_use() {
    let without = r#"{"access_token":"a","expires_in":3599}"#;
    let script = Script::start([]).await.tokens([
        json(200, r#"{"access_token":"a","expires_in":3599,"refresh_token":"r1"}"#),
        json(200, without),
        json(400, r#"{"error":"invalid_grant","error_codes":[50173]}"#),
    ]);
    let (clock, now) = clock_at("2026-03-01T00:00:00Z");
    let mut settings = config(&script);
    settings.clock = clock;
    let client = client_with(settings, Memory::new(&script, Some("refresh-0")));

    let unknown = client.token_health().await.expect("health");
    assert_eq!((unknown.refreshed_at, unknown.refresh_expires_estimate, unknown.warning()), (None, None, None));
    client.renew_token().await.expect("with a new refresh token");
    let end = moment("2026-05-30T00:00:00Z");
    assert_eq!(client.token_health().await.expect("health").refresh_expires_estimate, Some(end));

    *now.lock().expect("lock") = moment("2026-05-20T00:00:00Z");
    client.renew_token().await.expect("without one");
    let old = client.token_health().await.expect("health");
    assert_eq!((old.refreshed_at, old.refresh_expires_estimate), (Some(old.now), Some(end)), "the old one ages on");
    assert_eq!(old.warning(), Some(TokenWarning::ExpiresSoon { left: Duration::from_secs(10 * 86_400) }));

    client.renew_token().await.expect_err("revoked");
    let dead = client.token_health().await.expect("health");
    assert_eq!(dead.warning(), Some(TokenWarning::Failing(TokenReaction::ConsentAgain)));
    client.redeem_code("code".into(), "https://panel.example/consent").await.expect("consent again");
    assert_eq!(client.token_health().await.expect("health").warning(), None);
}

#[tokio::test]
async fn a_store_that_knows_its_age_is_believed_after_a_restart() {
    struct Dated;
    impl RefreshTokenStore for Dated {
        fn load(&self) -> StoreFuture<'_, Option<SecretString>> {
            Box::pin(async { Ok(None) })
        }
        fn save(&self, _: SecretString) -> StoreFuture<'_, ()> {
            Box::pin(async { Ok(()) })
        }
        fn saved_at(&self) -> StoreFuture<'_, Option<Instant>> {
            Box::pin(async { Ok(Some(moment("2026-01-01T00:00:00Z"))) })
        }
    }
    let script = Script::start([]).await;
    let mut settings = config(&script);
    settings.clock = clock_at("2026-04-02T00:00:00Z").0;
    let health = Client::new(settings, Arc::new(Dated)).expect("settings").token_health().await.expect("health");
    assert_eq!(health.warning(), Some(TokenWarning::Expired));
}

#[tokio::test]
async fn an_authority_that_is_out_stops_nobody_whose_token_lives() {
    let ten_minutes = r#"{"access_token":"a","expires_in":600,"refresh_token":"r1"}"#;
    let out = || json(503, "");
    let script =
        Script::start(vec![json(200, r#"{"id":"c1"}"#); 4]).await.tokens([json(200, ten_minutes), out(), out(), out()]);
    let mut settings = config(&script);
    settings.read_retry = ReadRetry::never();
    let client = client_with(settings, Memory::new(&script, Some("refresh-0")));
    client.customer("c1").await.expect("first");
    let later = async |seconds| {
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(seconds)).await;
        tokio::time::resume();
    };
    later(400).await;
    client.customer("c1").await.expect("three minutes are left");
    client.customer("c1").await.expect("and the authority is not asked at each call");
    assert_eq!(script.token_requests().len(), 2);
    later(190).await;
    let error = client.customer("c1").await.expect_err("nothing is left");
    assert!(matches!(error, Error::Token(TokenError::Unavailable { .. })), "{error}");
    assert_eq!(script.seen().len(), 3);
}

#[tokio::test]
async fn trap_36_the_dead_audience_is_never_asked_for() {
    let script = Script::start([]).await;
    for version in [TokenVersion::V1, TokenVersion::V2] {
        for mode in [TokenMode::App, TokenMode::AppUser] {
            let mut settings = config(&script);
            (settings.token_version, settings.mode) = (version, mode);
            let client = client_with(settings, Memory::new(&script, Some("refresh-0")));
            client.renew_token().await.expect("token");
        }
    }
    for request in script.token_requests() {
        assert!(request.body.contains("https%3A%2F%2Fapi.partnercenter.microsoft.com"), "{}", request.body);
        assert!(!request.body.contains("graph.windows.net"), "{}", request.body);
    }
}

#[tokio::test]
async fn the_mfa_check_reads_head_and_body_and_needs_a_user() {
    let said = |word: &str| crate::script::Reply::Answer(200, format!("isMfaCompliant: {word}\r\n"), b"{}".to_vec());
    let script = Script::start([
        said("true"),
        said("False"),
        json(200, r#"{"isMfaCompliant":false,"items":[]}"#),
        json(200, "[]"),
        json(200, r#"[{"loginDate":"2026-04-01T00:00:00","mfaCompliantRequestCount":"9","totalRequestCount":10,"applicationId":"a","applicationName":"n","x":1}]"#),
    ])
    .await;
    let client = client(&script);
    for expected in [MfaCheck::Compliant, MfaCheck::NotCompliant, MfaCheck::NotCompliant, MfaCheck::Unsaid] {
        assert_eq!(client.check_mfa().await.expect("answer"), expected);
    }
    assert_eq!(script.seen()[0].header("validatemfa").as_deref(), Some("true"));
    assert!(script.seen()[0].line.starts_with("GET /v1/partnerRequests "));
    let adoption = client.mfa_adoption().await.expect("list");
    assert!(adoption[0].has_gaps() && adoption[0].other.contains_key("x"));
    assert!(matches!(app_only(&script).check_mfa().await, Err(Error::NeedsUser { .. })));
}
