//! What the client says after each kind of answer, and how often it asked.

use std::time::Duration;

use partner_center::*;
use secrecy::ExposeSecret;
use uuid::Uuid;

use crate::script::{Memory, Reply, Script, app_only, client, client_with, config, json};

fn call() -> Call {
    Call::new(Uuid::from_u128(7))
}

fn new_customer() -> NewCustomer {
    NewCustomer {
        domain: "contosobakery.onmicrosoft.com".into(),
        organization_registration_number: None,
        company_name: "Contoso Bakery".into(),
        email: "orders@contosobakery.example".into(),
        culture: "it-IT".into(),
        language: "it".into(),
        address: Address { country: Some("IT".into()), ..Address::default() },
        associated_partner_id: "0b9d54c2-5f11-4a3d-8a54-3d1f0a6d9e01".into(),
        enable_gdap_by_default: true,
    }
}

fn new_cart() -> NewCart {
    NewCart {
        lines: vec![NewCartLine::new("CFQ7TESTAA01:0001:CFQ7TESTAV01", 5, BillingCycle::Monthly, "P1Y", "7000101")],
    }
}

#[tokio::test]
async fn a_lost_answer_to_a_write_is_unknown_and_is_not_repeated() {
    for reply in [
        Reply::Close,
        Reply::Cut(201),
        json(500, "{}"),
        json(502, "<html>"),
        json(503, ""),
        json(504, ""),
        json(408, ""),
    ] {
        let script = Script::start([reply.clone(), json(201, r#"{"id":"second"}"#)]).await;
        let call = call();
        let error = client(&script).create_customer(&call, &new_customer()).await.expect_err("unknown");
        assert!(error.is_unknown() && !error.is_definitive(), "{reply:?}: {error}");
        assert!(matches!(error, Error::NoAnswer { call: said, .. } if said == call), "{reply:?}");
        assert_eq!(script.seen().len(), 1, "{reply:?}");
    }
}

#[tokio::test]
async fn a_write_lost_on_a_connection_used_before_is_not_sent_again_behind_our_back() {
    let script = Script::start([json(200, r#"{"id":"c1"}"#), Reply::Close, json(201, r#"{"id":"second"}"#)]).await;
    let client = client(&script);
    client.customer("c1").await.expect("warms the connection");
    let error = client.create_customer(&call(), &new_customer()).await.expect_err("unknown");
    assert!(error.is_unknown(), "{error}");
    assert_eq!(script.seen().len(), 2, "one read, one write");
}

#[tokio::test]
async fn a_silent_server_leaves_a_write_unknown() {
    let script = Script::start([Reply::Silence]).await;
    let mut config = config(&script);
    config.timeout = Duration::from_millis(300);
    let client = client_with(config, Memory::new(&script, Some("refresh-0")));
    let error = client.check_out(&call(), "c", "k").await.expect_err("unknown");
    assert!(matches!(error, Error::NoAnswer { status: None, ref reason, .. } if reason == "timeout"), "{error}");
}

#[tokio::test]
async fn nothing_reached_a_server_that_does_not_listen() {
    let script = Script::start([]).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("port");
    let nobody = format!("http://{}", free.local_addr().expect("address"));
    drop(free);
    let mut settings = config(&script);
    settings.api_base = nobody.clone();
    let client = client_with(settings, Memory::new(&script, Some("refresh-0")));
    let error = client.create_customer(&call(), &new_customer()).await.expect_err("nobody");
    assert!(matches!(error, Error::NotSent { .. }), "{error}");
    assert!(error.surely_not_done() && !error.is_definitive());

    let mut settings = config(&script);
    settings.authority = nobody;
    let client = client_with(settings, Memory::new(&script, Some("refresh-0")));
    let error = client.create_customer(&call(), &new_customer()).await.expect_err("no token");
    assert!(matches!(error, Error::Token(TokenError::Unavailable { .. })) && error.surely_not_done(), "{error}");
    assert!(script.seen().is_empty());
}

#[tokio::test]
async fn a_done_write_with_an_unreadable_answer_is_never_taken_for_a_refusal() {
    for body in ["<html>", "{\"id\":", "", "[]"] {
        let script = Script::start([json(201, body)]).await;
        let error = client(&script).create_customer(&call(), &new_customer()).await.expect_err("unreadable");
        assert!(matches!(error, Error::Unreadable { status: 201, .. }), "{body:?}: {error}");
        assert!(error.is_unknown() && !error.is_definitive());
        assert_eq!(script.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_cut_short_is_not_taken_for_one() {
    let script = Script::start([
        json(400, r#"{"code":600061,"message":"An identical agree"#),
        json(400, r#"{"code":600061,"message":"An identical agreement","description":"d"}"#),
        json(400, "<html>"),
    ])
    .await;
    let client = client(&script);
    let agreement = NewAgreement {
        contact: AgreementContact {
            first_name: "Primary".into(),
            last_name: "Contact".into(),
            email: "orders@contosobakery.example".into(),
            phone_number: None,
        },
        template_id: "998b88de-aa99-4388-a42c-1b3517d49490".into(),
        date_agreed: "2026-01-02T03:04:05Z".parse().expect("date"),
    };
    let id = call();
    let cut = client.confirm_agreement(&id, "c", &agreement).await.expect_err("cut");
    assert!(matches!(cut, Error::Unreadable { status: 400, .. }) && cut.is_unknown(), "{cut:?}");
    // The same ids bring the whole answer, which is a success for us (trap 14).
    client.confirm_agreement(&id, "c", &agreement).await.expect("on record already");
    let page = client.confirm_agreement(&call(), "c", &agreement).await.expect_err("refused");
    assert!(page.is_definitive(), "{page:?}");
}

#[tokio::test]
async fn trap_09_refusals_are_definitive_and_keep_code_and_ids() {
    let script = Script::start([Reply::Answer(
        409,
        "MS-RequestId: one,one\r\nMS-CorrelationId: two\r\n".into(),
        br#"{"code":"900278","description":"pending","source":"PartnerFD"}"#.to_vec(),
    )])
    .await;
    let error = client(&script).check_out(&call(), "c", "k").await.expect_err("refused");
    assert!(error.is_definitive() && error.surely_not_done());
    let refusal = error.refusal().expect("refusal");
    assert!(refusal.is(409, "900278") && refusal.is_busy());
    assert_eq!(refusal.request_id.as_deref(), Some("one"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(86_400)));
}

#[tokio::test]
async fn trap_37_a_throttled_write_goes_back_to_the_caller_and_the_next_one_is_held_back() {
    let script = Script::start([
        Reply::Answer(
            429,
            "Retry-After: 30\r\n".into(),
            br#"{"statusCode":429,"message":"Try again in 30 seconds."}"#.to_vec(),
        ),
        json(404, ""),
    ])
    .await;
    let client = client(&script);
    let error = client.check_out(&call(), "c", "k").await.expect_err("throttled");
    assert!(matches!(error, Error::Throttled { retry_after, sent: true } if retry_after == Duration::from_secs(30)));
    assert!(error.surely_not_done() && !error.is_definitive());
    let held = client.create_cart(&call(), "c", &new_cart()).await.expect_err("held back");
    assert!(matches!(held, Error::Throttled { sent: false, .. }));
    assert_eq!(script.seen().len(), 1, "a refused request counts against the quota");
    assert_eq!(client.check_domain("free.onmicrosoft.com").await.expect("another family"), Domain::Available);
}

#[tokio::test]
async fn reads_are_repeated_a_bounded_number_of_times_with_one_request_id() {
    let script =
        Script::start([Reply::Close, json(503, ""), json(200, "<html>"), json(200, "\u{feff}{\"id\":\"c1\"}")]).await;
    let customer = client(&script).customer("c1").await.expect("fourth answer");
    assert_eq!(customer.id, "c1");
    let ids: std::collections::HashSet<_> = script.seen().iter().map(|seen| seen.header("ms-requestid")).collect();
    assert_eq!((script.seen().len(), ids.len()), (4, 1));

    let script = Script::start(vec![json(502, ""); 10]).await;
    let error = client(&script).customer("c1").await.expect_err("gives up");
    assert!(matches!(error, Error::NoAnswer { status: Some(502), .. }));
    assert_eq!(script.seen().len(), 4);

    let script = Script::start([json(404, r#"{"code":1000}"#), json(200, r#"{"id":"c1"}"#)]).await;
    assert!(client(&script).customer("c1").await.expect_err("refused").is_refusal(404, "1000"));
    assert_eq!(script.seen().len(), 1, "a refused read is not repeated");
}

#[tokio::test]
async fn a_throttled_read_waits_as_long_as_it_is_told() {
    let script =
        Script::start([Reply::Answer(429, "Retry-After: 1\r\n".into(), Vec::new()), json(200, r#"{"id":"c1"}"#)]).await;
    let began = std::time::Instant::now();
    client(&script).customer("c1").await.expect("second answer");
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test]
async fn the_headers_of_a_call_are_complete_and_the_secret_is_in_no_debug_text() {
    let script = Script::start([json(201, r#"{"id":"T1","companyProfile":{"domain":"contosobakery.onmicrosoft.com"},"userCredentials":{"userName":"admin","password":"Pw-Canary-1"}}"#)]).await;
    let call = call();
    let client = client(&script);
    let created = client.create_customer(&call, &new_customer()).await.expect("created");
    let seen = &script.seen()[0];
    assert_eq!(seen.line, "POST /v1/customers HTTP/1.1");
    assert_eq!(seen.header("authorization").as_deref(), Some("Bearer access-1"));
    assert_eq!(seen.header("ms-requestid"), Some(call.request_id.to_string()));
    assert_eq!(seen.header("ms-correlationid"), Some(call.correlation_id.to_string()));
    assert_eq!(seen.header("ms-contract-version").as_deref(), Some("v1"));
    assert!(seen.body.contains("\"enableGDAPByDefault\":true") && seen.body.contains("associatedPartnerId"));
    let credentials = created.credentials.as_ref().expect("credentials");
    assert_eq!(credentials.password.expose_secret(), "Pw-Canary-1");
    assert_eq!(credentials.sign_in_name("contosobakery.onmicrosoft.com"), "admin@contosobakery.onmicrosoft.com");
    for text in [format!("{created:?}"), format!("{client:?}"), format!("{:?}", config(&script))] {
        assert!(!text.contains("Canary") && !text.contains("hush"), "{text}");
    }
}

#[tokio::test]
async fn a_401_renews_the_token_and_sends_the_same_call_once_more() {
    let script = Script::start([json(401, r#"{"code":"400"}"#), json(201, r#"{"id":"k","lineItems":[]}"#)]).await;
    let call = call();
    client(&script).create_cart(&call, "c", &new_cart()).await.expect("second try");
    let seen = script.seen();
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[0].header("ms-requestid"), seen[1].header("ms-requestid"));
    assert_ne!(seen[0].header("authorization"), seen[1].header("authorization"));

    let script = Script::start(vec![json(401, ""); 5]).await;
    let error = client(&script).create_cart(&call, "c", &new_cart()).await.expect_err("still refused");
    assert!(matches!(error, Error::Refused(ref refusal) if refusal.status == 401));
    assert_eq!(script.seen().len(), 2, "once more and never again");
}

#[tokio::test]
async fn trap_01_only_two_statuses_are_verdicts_on_a_domain() {
    for (reply, expected) in [(json(200, ""), Domain::Taken), (json(404, ""), Domain::Available)] {
        let script = Script::start([reply]).await;
        assert_eq!(client(&script).check_domain("a.onmicrosoft.com").await.expect("verdict"), expected);
    }
    for status in [401, 403, 500, 204] {
        let script = Script::start(vec![json(status, ""); 8]).await;
        client(&script).check_domain("a.onmicrosoft.com").await.expect_err("no verdict");
    }
}

#[tokio::test]
async fn trap_10_negative_agreement_answers_are_verdicts_and_others_are_not() {
    for (code, source, expected) in [
        (2200, "PartnerFD", NotSigned::UnknownMpnId),
        (2201, "PartnerFD", NotSigned::WrongRegion),
        (2203, "PartnerFD", NotSigned::NotSigned),
        (2204, "PartnerFD", NotSigned::NotIndirectReseller),
        (2000, "PartnerApiServiceControllers", NotSigned::Malformed),
    ] {
        let script =
            Script::start([json(400, &format!(r#"{{"code":{code},"description":"d","source":"{source}"}}"#))]).await;
        let status = client(&script).agreement_status(PartnerKey::MpnId("7000101")).await.expect("verdict");
        assert_eq!(status, AgreementStatus::NotSigned(expected), "{code}");
    }
    for reply in [json(403, r#"{"code":2203}"#), json(400, r#"{"code":800002}"#)] {
        let script = Script::start([reply]).await;
        client(&script).agreement_status(PartnerKey::MpnId("7000101")).await.expect_err("no verdict");
    }
    let script = Script::start([json(404, r#"{"code":3000}"#), json(404, r#"{"code":1000}"#)]).await;
    let client = client(&script);
    assert_eq!(client.mpn_profile("7000101").await.expect("verdict"), None);
    client.mpn_profile("7000101").await.expect_err("a wrong route is not an unknown partner");
}

#[tokio::test]
async fn trap_11_an_account_without_a_status_may_buy_and_other_404s_say_nothing() {
    let script = Script::start([
        json(404, r#"{"code":600074,"message":"none"}"#),
        json(200, r#"{"type":"account","status":"NotReady"}"#),
        json(200, r#"{"type":"account","status":"Not Ready","lastUpdateDateTime":"2026-02-11T09:30:00"}"#),
        json(404, r#"{"code":1000}"#),
    ])
    .await;
    let client = client(&script);
    assert_eq!(client.account_status("c").await.expect("none"), AccountStatus::Allowed);
    let status = client.account_status("c").await.expect("status");
    assert!(status == AccountStatus::NotReady && !status.may_buy());
    let validation = client.account_validation("c").await.expect("read").expect("a status");
    assert_eq!(validation.last_update_date_time.map(|at| at.to_string()).as_deref(), Some("2026-02-11T09:30:00Z"));
    client.account_status("c").await.expect_err("another 404 is no permission to buy");
    assert!(!AccountStatus::UnderReview.may_buy() && !AccountStatus::Unknown.may_buy());
    assert!(!AccountStatus::Other("Tomorrow".into()).may_buy());
}

#[tokio::test]
async fn trap_14_the_duplicate_agreement_is_a_success() {
    let script = Script::start([
        json(
            400,
            r#"{"code":600061,"message":"m","description":"d","errorName":"x","isRetryable":false,"parameters":{}}"#,
        ),
        json(400, r#"{"code":600062,"message":"m"}"#),
    ])
    .await;
    let client = client(&script);
    let agreement = NewAgreement {
        contact: AgreementContact::default(),
        template_id: "t".into(),
        date_agreed: "2026-03-01T00:00:00Z".parse().expect("date"),
    };
    assert_eq!(client.confirm_agreement(&call(), "c", &agreement).await.expect("already"), Confirmation::AlreadyThere);
    client.confirm_agreement(&call(), "c", &agreement).await.expect_err("another refusal is one");
}

#[tokio::test]
async fn trap_33_the_catalogue_may_refuse_with_200() {
    let script = Script::start([json(200, r#"{"code":400072,"description":"not available"}"#)]).await;
    let error = client(&script).product(CatalogueOf::Country("IT"), "P").await.expect_err("not on offer");
    assert!(error.is_refusal(200, "400072"), "{error}");
    assert_eq!(script.seen()[0].line, "GET /v1/products/P?country=IT HTTP/1.1");
}

#[tokio::test]
async fn trap_07_pages_are_followed_with_their_headers_and_a_loop_ends() {
    let first = r#"{"items":[{"id":"a"}],"links":{"next":{"uri":"/v1/customers?size=500&seekOperation=Next","method":"get","headers":[{"key":"MS-ContinuationToken","value":"t1"}]}}}"#;
    let script = Script::start([json(200, first), json(200, r#"{"items":[{"id":"b"}],"links":{}}"#)]).await;
    let all = client(&script).customers(None).await.expect("two pages");
    assert_eq!(all.iter().map(|customer| customer.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let second = &script.seen()[1];
    assert_eq!(second.header("ms-continuationtoken").as_deref(), Some("t1"));
    assert!(second.line.contains("seekOperation=Next"), "{}", second.line);

    let script = Script::start(vec![json(200, first); 10]).await;
    client(&script).customers(None).await.expect_err("the same page for ever");
    assert!(script.seen().len() < 4);
}

#[tokio::test]
async fn a_domain_is_found_by_its_whole_name() {
    let items = r#"{"items":[{"id":"1","companyProfile":{"domain":"contosobakery2.onmicrosoft.com"}},{"id":"2","companyProfile":{"domain":"ContosoBakery.onmicrosoft.com"}}]}"#;
    let script = Script::start([json(200, items), json(200, r#"{"items":[]}"#)]).await;
    let client = client(&script);
    let found = client.find_customer("contosobakery.onmicrosoft.com").await.expect("list");
    assert_eq!(found.map(|customer| customer.id).as_deref(), Some("2"));
    assert!(client.find_customer("other.onmicrosoft.com").await.expect("list").is_none());
}

#[tokio::test]
async fn trap_05_nothing_is_sent_without_a_payable_reseller() {
    let script = Script::start([]).await;
    let client = app_only(&script);
    for reseller in ["", "0", "abc", "70 01"] {
        let mut cart = new_cart();
        cart.lines[0].transaction_reseller = reseller.into();
        let error = client.create_cart(&call(), "c", &cart).await.expect_err("refused here");
        assert!(matches!(error, Error::Invalid { .. }), "{reseller:?}");
    }
    let mut nobody = new_customer();
    nobody.associated_partner_id = String::new();
    assert!(matches!(client.create_customer(&call(), &nobody).await, Err(Error::Invalid { .. })));
    for bad in ["", "..", "a/b"] {
        assert!(matches!(client.customer(bad).await, Err(Error::Invalid { .. })), "{bad:?}");
    }
    assert!(script.seen().is_empty() && script.token_requests().is_empty());
}

#[tokio::test]
async fn trap_17_a_cart_with_a_bad_line_is_not_good() {
    let script = Script::start([
        json(201, r#"{"id":"k","lineItems":[{"id":0,"catalogItemId":"a:b:c","quantity":1,"error":{"errorCode":"10015","errorDescription":"d"}}]}"#),
        json(201, r#"{"id":"k","lineItems":[{"id":0,"catalogItemId":"a:b:c","quantity":1,"error":null}]}"#),
    ])
    .await;
    let client = client(&script);
    let bad = client.create_cart(&call(), "c", &new_cart()).await.expect("201");
    assert!(
        matches!(bad, CartAnswer::LinesRefused(ref cart) if cart.line_items[0].error.as_ref().is_some_and(|e| e.error_code == CartErrorCode::MaxAllowedSeatsPerSubscriptionExceeded))
    );
    assert!(matches!(client.create_cart(&call(), "c", &new_cart()).await.expect("201"), CartAnswer::Good(_)));
    let body: serde_json::Value = serde_json::from_str(&script.seen()[0].body).expect("json");
    assert_eq!(body["partnerOnRecordAttestationAccepted"], true);
    assert_eq!(body["lineItems"][0]["participants"][0]["value"], "7000101");
}

#[tokio::test]
async fn trap_18_a_checkout_with_201_may_be_partial_or_nothing() {
    let order = r#"{"id":"o1","status":"pending","lineItems":[{"lineItemNumber":0,"offerId":"a:b:c","quantity":1}]}"#;
    let error = r#"{"orderGroupId":0,"code":"800018","description":"d"}"#;
    let script = Script::start([
        json(201, &format!(r#"{{"orders":[],"orderErrors":[{error}]}}"#)),
        json(201, &format!(r#"{{"orders":[{order}],"orderErrors":[{error}]}}"#)),
        json(201, &format!(r#"{{"orders":[{order}],"orderErrors":null}}"#)),
        json(201, r#"{"orders":null,"orderErrors":[{"orderGroupId":null,"code":null,"description":null}]}"#),
    ])
    .await;
    let client = client(&script);
    for expected in
        [CheckoutOutcome::Nothing, CheckoutOutcome::Partial, CheckoutOutcome::Complete, CheckoutOutcome::Nothing]
    {
        let checkout = client.check_out(&call(), "c", "k").await.expect("201");
        assert_eq!(checkout.outcome(), expected, "{checkout:?}");
    }
    assert_eq!(script.seen()[0].header("content-length").as_deref(), Some("0"));
}

#[tokio::test]
async fn trap_21_a_patch_sends_the_whole_resource_and_its_etag_in_quotes() {
    let resource = r#"{"id":"S1","quantity":5,"autoRenewEnabled":true,"unheardOf":{"a":1},"attributes":{"etag":"e1","objectType":"Subscription"}}"#;
    let script = Script::start([
        json(200, resource),
        Reply::Answer(202, "Location: /customers/c/subscriptions/s1\r\n".into(), Vec::new()),
        json(200, r#"{"id":"s1","quantity":7}"#),
    ])
    .await;
    let client = client(&script);
    let read = client.subscription("c", "s1").await.expect("read");
    let accepted = client.patch_subscription(&call(), "c", &read.with_quantity(7)).await.expect("202");
    assert!(matches!(accepted, SubscriptionPatch::Accepted { location: Some(_) }));
    let sent = &script.seen()[1];
    assert_eq!(sent.header("if-match").as_deref(), Some("\"e1\""));
    let body: serde_json::Value = serde_json::from_str(&sent.body).expect("json");
    assert_eq!(
        (&body["quantity"], &body["autoRenewEnabled"], &body["unheardOf"]["a"]),
        (&7.into(), &true.into(), &1.into())
    );
    let without = serde_json::from_str::<Subscription>(r#"{"id":"s1","quantity":5}"#).expect("no etag");
    client.patch_subscription(&call(), "c", &without.with_quantity(7)).await.expect("200");
    assert_eq!(script.seen()[2].header("if-match"), None);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let script =
        Script::start([Reply::Answer(302, "Location: http://127.0.0.1:9/v1/customers/c1\r\n".into(), Vec::new())])
            .await;
    let error = client(&script).customer("c1").await.expect_err("a redirect is no answer");
    assert!(matches!(error, Error::Refused(ref refusal) if refusal.status == 302), "{error}");
}

#[test]
fn settings_are_checked_before_anything_is_sent() {
    let good = || Config::new("https://api.example", "https://login.example", "t.example", "app", "s".into());
    let mut plain = good();
    plain.api_base = "http://api.example".into();
    let mut odd = good();
    odd.authority = "ftp://login.example".into();
    let mut path = good();
    path.tenant = "../other".into();
    let mut none = good();
    none.parallel_calls = 0;
    struct Nothing;
    impl RefreshTokenStore for Nothing {
        fn load(&self) -> StoreFuture<'_, Option<secrecy::SecretString>> {
            Box::pin(async { Ok(None) })
        }
        fn save(&self, _: secrecy::SecretString) -> StoreFuture<'_, ()> {
            Box::pin(async { Ok(()) })
        }
    }
    for (config, field) in [(plain, "api_base"), (odd, "authority"), (path, "tenant"), (none, "parallel_calls")] {
        let error = Client::new(config, std::sync::Arc::new(Nothing)).expect_err(field);
        assert_eq!(error.field, field);
    }
}
