//! The retry table of contract §3, row by row: how often the client asks by itself, and what it
//! advises about a write.

use std::time::Duration;

use partner_center::*;
use uuid::Uuid;

use crate::script::{Memory, Reply, Script, client, client_with, config, json};

fn call() -> Call {
    Call::new(Uuid::from_u128(7))
}

fn after(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn with_wait(status: u16, seconds: u64) -> Reply {
    Reply::Answer(status, format!("Retry-After: {seconds}\r\n"), Vec::new())
}

fn code(status: u16, code: u32) -> Reply {
    json(status, &format!(r#"{{"code":{code},"description":"d","source":"PartnerFD"}}"#))
}

#[tokio::test]
async fn each_row_is_followed_for_reads_and_advised_for_writes() {
    let again = |seconds| Advice::RepeatSameIds { after: after(seconds) };
    let rows: Vec<(Reply, usize, Advice)> = vec![
        // Connection lost, 408, 502, 503, 504.
        (Reply::Close, 4, again(1)),
        (json(408, ""), 4, again(1)),
        (json(502, "<html>"), 4, again(1)),
        (json(503, ""), 4, again(1)),
        (json(504, ""), 4, again(1)),
        (with_wait(503, 600), 1, again(600)),
        // 500, and a success that cannot be read.
        (code(500, 800_005), 4, Advice::ReadBackFirst),
        (json(500, ""), 4, Advice::ReadBackFirst),
        (Reply::Cut(201), 4, Advice::ReadBackFirst),
        (json(201, "<html>"), 4, Advice::ReadBackFirst),
        // 429: beyond what is waited for inside a call.
        (with_wait(429, 600), 1, again(600)),
        // 409.
        (code(409, 800_064), 1, Advice::Wait { after: after(120) }),
        (code(409, 800_060), 1, Advice::Wait { after: after(120) }),
        (code(409, 800_014), 1, Advice::Wait { after: after(120) }),
        (code(409, 800_082), 1, Advice::Wait { after: after(120) }),
        (code(409, 900_278), 1, Advice::Wait { after: after(86_400) }),
        // Stale.
        (json(412, ""), 1, Advice::RereadThenOnce),
        (code(400, 2055), 1, Advice::RereadThenOnce),
        // 401: once more with a new token, then never.
        (code(401, 400), 2, Advice::Operator),
        // Other 4xx, and what was never done.
        (code(400, 800_002), 1, Advice::Never),
        (code(403, 900_308), 1, Advice::Never),
        (code(404, 20_003), 1, Advice::Never),
        (json(405, ""), 1, Advice::Never),
        (code(409, 27_009), 1, Advice::Wait { after: after(120) }),
        (code(417, 800_036), 1, Advice::Never),
        (json(501, ""), 1, Advice::Never),
    ];
    for (reply, asked, advice) in rows {
        let script = Script::start(vec![reply.clone(); 10]).await;
        client(&script).subscription("c", "s").await.expect_err("read");
        let seen = script.seen();
        assert_eq!(seen.len(), asked, "a read after {reply:?}");
        assert!(seen.iter().all(|one| one.header("ms-requestid") == seen[0].header("ms-requestid")));

        let script = Script::start(vec![reply.clone(); 10]).await;
        let resource: Subscription = serde_json::from_str(r#"{"id":"s","quantity":5}"#).expect("resource");
        let error = client(&script).patch_subscription(&call(), "c", &resource).await.expect_err("write");
        let unauthorised = matches!(reply, Reply::Answer(401, ..));
        assert_eq!(script.seen().len(), 1 + usize::from(unauthorised), "a write after {reply:?}");
        assert_eq!(error.advice(), advice, "{reply:?}: {error}");
    }
}

#[tokio::test]
async fn trap_38_a_silent_create_is_repeated_with_the_same_ids_only() {
    let script = Script::start([Reply::Silence, json(201, r#"{"id":"k","lineItems":[]}"#)]).await;
    let mut settings = config(&script);
    settings.timeout = Duration::from_millis(300);
    let client = client_with(settings, Memory::new(&script, Some("refresh-0")));
    let call = call();
    let error = client.check_out(&call, "c", "k").await.expect_err("silence");
    let Error::NoAnswer { call: same, .. } = &error else { panic!("{error}") };
    assert_eq!((*same, error.advice()), (call, Advice::RepeatSameIds { after: after(1) }));
    client.check_out(same, "c", "k").await.expect("the same call again");
    let seen = script.seen();
    assert_eq!(seen.len(), 2, "the client did not repeat it by itself");
    assert_eq!(seen[0].header("ms-requestid"), seen[1].header("ms-requestid"));
    assert_eq!(seen[0].header("ms-correlationid"), seen[1].header("ms-correlationid"));
}

#[tokio::test]
async fn what_was_never_sent_may_be_sent_with_the_same_ids() {
    let script = Script::start([]).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("port");
    let mut settings = config(&script);
    settings.api_base = format!("http://{}", free.local_addr().expect("address"));
    drop(free);
    let error = client_with(settings, Memory::new(&script, Some("refresh-0")))
        .check_out(&call(), "c", "k")
        .await
        .expect_err("nobody listens");
    assert!(matches!(error, Error::NotSent { .. }));
    assert_eq!(error.advice(), Advice::RepeatSameIds { after: after(1) });

    for (body, advice) in [
        (r#"{"error":"invalid_grant"}"#, Advice::Operator),
        (r#"{"error":"invalid_client"}"#, Advice::Operator),
        (r#"{"error":"invalid_resource"}"#, Advice::Operator),
        (r#"{"error":"temporarily_unavailable"}"#, Advice::RepeatSameIds { after: after(1) }),
    ] {
        let script = Script::start([]).await.tokens([json(400, body)]);
        let error = client(&script).check_out(&call(), "c", "k").await.expect_err("no token");
        assert_eq!(error.advice(), advice, "{body}");
        assert!(script.seen().is_empty());
    }
}

#[tokio::test]
async fn refusals_know_their_endpoint() {
    let script = Script::start([code(409, 600_009), code(400, 2001), json(409, "")]).await;
    let client = client(&script);
    let of = |error: Error| error.refusal().map(|refusal| (refusal.endpoint.clone(), refusal.meaning()));
    let nobody = Address { country: Some("IT".into()), ..Address::default() };
    let new = NewCustomer {
        domain: "contosobakery.onmicrosoft.com".into(),
        organization_registration_number: None,
        company_name: "Contoso Bakery".into(),
        email: "orders@contosobakery.example".into(),
        culture: "it-IT".into(),
        language: "it".into(),
        address: nobody,
        associated_partner_id: "0b9d54c2-5f11-4a3d-8a54-3d1f0a6d9e01".into(),
        enable_gdap_by_default: true,
    };
    let taken = client.create_customer(&call(), &new).await.expect_err("taken");
    assert_eq!(of(taken), Some(("POST /v1/customers".to_owned(), Meaning::DomainTaken)));
    let resource: Subscription = serde_json::from_str(r#"{"id":"s","quantity":5}"#).expect("resource");
    let frozen = client.patch_subscription(&call(), "c", &resource).await.expect_err("frozen");
    assert_eq!(of(frozen).map(|(_, meaning)| meaning), Some(Meaning::QuantityFrozen));
    let busy = client.patch_subscription(&call(), "c", &resource).await.expect_err("busy");
    assert_eq!(busy.advice(), Advice::Wait { after: after(120) }, "any 409 on a subscription");
    assert_eq!(of(busy).map(|(_, meaning)| meaning), Some(Meaning::SubscriptionBusy));
}

#[tokio::test]
async fn trap_36_a_dead_audience_is_a_matter_of_configuration() {
    let script = Script::start(vec![code(401, 900_420); 4]).await;
    let error = client(&script).customer("c1").await.expect_err("refused");
    assert_eq!(error.refusal().map(|refusal| refusal.meaning().reaction()), Some(Reaction::Configure));
    assert_eq!(script.seen().len(), 2, "one renewal, then never");
}
