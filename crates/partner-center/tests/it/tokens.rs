//! Tokens: rotation is stored before use, one refresh at a time, both endpoints, typed errors.

use partner_center::*;

use crate::script::{Memory, Script, app_only, client, client_with, config, json};

#[tokio::test]
async fn a_rotated_refresh_token_is_stored_before_its_access_token_is_used() {
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
