//! What only the inside can ask for: other hosts, files, listings without an endpoint of their own.

use super::*;
use crate::paging::Paging;
use crate::request::{Auth, Base};
use crate::script::{Memory, Reply, Script, app_only, client, client_with, config, json};

const LIMIT: u64 = 1 << 20;

fn get(route: &'static str) -> Request {
    Request::get(route, &[]).expect("sound")
}

#[tokio::test]
async fn each_service_has_its_address_and_graph_a_token_of_its_own() {
    let script = Script::start(vec![json(200, "{}"); 7]).await;
    let mut settings = config(&script);
    settings.price_base = format!("{}/prices", script.address);
    settings.graph_base = format!("{}/graph/", script.address);
    let memory = Memory::new(&script, Some("refresh-0"));
    let client = client_with(settings, memory.clone());
    for (base, route) in [
        (Base::PartnerCenter, "/v1/customers"),
        (Base::Graph, "/v1.0/reports"),
        (Base::Analytics, "/analytics/licenses"),
        (Base::Webhooks, "/registration/events"),
        (Base::Prices, "/v1.0/sales"),
        (Base::Graph, "/v1.0/reports"),
    ] {
        client.read::<Value>(get(route).base(base)).await.expect("answer");
    }
    let app = get("/v1.0/reports").base(Base::Graph).auth(Auth::App);
    client.read::<Value>(app).await.expect("the application's own token");
    let seen = script.seen();
    let sent: Vec<_> = seen
        .iter()
        .map(|seen| (seen.line.split(' ').nth(1).unwrap_or_default(), seen.header("authorization").unwrap_or_default()))
        .collect();
    let expected = [
        ("/v1/customers", "Bearer access-1"),
        ("/graph/v1.0/reports", "Bearer access-2"),
        ("/partner/v1/analytics/licenses", "Bearer access-1"),
        ("/webhooks/v1/registration/events", "Bearer access-1"),
        ("/prices/v1.0/sales", "Bearer access-1"),
        ("/graph/v1.0/reports", "Bearer access-2"),
        ("/graph/v1.0/reports", "Bearer access-3"),
    ];
    assert_eq!(sent, expected.map(|(path, token)| (path, token.to_owned())));
    let tokens = script.token_requests();
    assert_eq!(tokens.len(), 3);
    assert!(tokens[1].body.contains("refresh_token=refresh-1"), "the rotated one: {}", tokens[1].body);
    assert!(tokens[1].body.contains("scope=https%3A%2F%2Fgraph.microsoft.com%2F.default+"), "{}", tokens[1].body);
    assert!(tokens[2].body.contains("client_credentials"), "{}", tokens[2].body);
    assert_eq!(memory.token.lock().expect("lock").as_deref(), Some("refresh-2"));
}

#[tokio::test]
async fn trap_34_a_call_for_users_only_is_refused_here_when_there_is_no_user() {
    let script = Script::start(vec![json(200, "{}"); 2]).await;
    let client = app_only(&script);
    let error = client.read::<Value>(get("/v1/relationships").auth(Auth::User)).await.expect_err("no user");
    assert!(matches!(error, Error::NeedsUser { route: "/v1/relationships" }), "{error}");
    assert!(error.surely_not_done());
    assert!(script.seen().is_empty() && script.token_requests().is_empty());
    client.read::<Value>(get("/v1/customers")).await.expect("a call for both");
}

#[tokio::test]
async fn a_file_is_handed_on_in_pieces_and_bounded() {
    let file = vec![b'x'; 200_000];
    let answer = || Reply::Answer(200, "Request-ID: r1\r\n".into(), vec![b'x'; 200_000]);
    let script = Script::start([json(503, ""), answer(), answer(), answer(), Reply::Cut(200)]).await;
    let client = client(&script);
    let sheet = || get("/v1.0/sales").base(Base::Prices).header("Accept", "text/csv");

    let download = client.download(sheet(), LIMIT).await.expect("opened at the second try");
    assert_eq!((download.content_length(), download.header("request-id")), (Some(200_000), Some("r1")));
    let mut saved = Vec::new();
    assert_eq!(download.save_to(&mut saved).await.expect("saved"), 200_000);
    assert!(saved == file);
    let seen = script.seen();
    assert_eq!(seen[1].header("accept").as_deref(), Some("text/csv"));
    assert_eq!(seen[1].head.to_ascii_lowercase().matches("\naccept:").count(), 1, "{}", seen[1].head);

    let mut download = client.download(sheet(), LIMIT).await.expect("opened");
    let mut pieces = 0;
    while download.chunk().await.expect("piece").is_some() {
        pieces += 1;
    }
    assert!(pieces > 1 && download.received() == 200_000);

    let mut small = client.download(sheet(), 1000).await.expect("opened");
    assert!(matches!(small.chunk().await, Err(Error::Unreadable { status: 200, .. })), "more than was allowed");
    let cut = client.download(sheet(), LIMIT).await.expect("opened").bytes().await.expect_err("cut");
    assert!(matches!(cut, Error::NoAnswer { status: Some(200), .. }), "{cut}");
}

#[tokio::test]
async fn a_refused_file_is_an_error_and_not_a_file() {
    let script = Script::start([json(404, r#"{"code":1000,"description":"none"}"#)]).await;
    let error = client(&script).download(get("/v1.0/sales"), LIMIT).await.expect_err("refused");
    assert!(error.is_refusal(404, "1000"), "{error}");
}

#[tokio::test]
async fn a_signed_link_gets_no_token_and_shows_in_no_text() {
    let script = Script::start([json(200, "lines"), json(410, "<Error/>"), Reply::Close]).await;
    let mut settings = config(&script);
    settings.read_retry = ReadRetry::never();
    let client = client_with(settings, Memory::new(&script, Some("refresh-0")));
    let link = |address: &str| SecretString::from(format!("{address}/blobs/part-0?sig=Canary"));
    let download = client.download_link(&link(&script.address), LIMIT).await.expect("opened");
    assert!(!format!("{download:?}").contains("Canary"));
    assert_eq!(download.bytes().await.expect("bytes"), b"lines");
    let seen = &script.seen()[0];
    assert!(seen.line.starts_with("GET /blobs/part-0?sig=Canary "), "{}", seen.line);
    for name in ["authorization", "ms-requestid", "ms-correlationid", "ms-partnercenter-application"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
    let over = client.download_link(&link(&script.address), LIMIT).await.expect_err("too late");
    assert_eq!(over.refusal().map(|refusal| refusal.status), Some(410));
    let lost = client.download_link(&link(&script.address), LIMIT).await.expect_err("closed");
    for error in [over, lost] {
        assert!(!format!("{error} {error:?}").contains("Canary"), "{error:?}");
    }
    let asked = script.seen().len();
    for bad in ["http://blobs.example", "ftp://127.0.0.1", "https://user:pw@blobs.example", "nonsense"] {
        let error = client.download_link(&link(bad), LIMIT).await.expect_err(bad);
        assert!(matches!(error, Error::Invalid { .. }) && !format!("{error:?}").contains("Canary"), "{error:?}");
    }
    assert_eq!((script.seen().len(), script.token_requests().len()), (asked, 0));
}

#[tokio::test]
async fn offset_listings_go_on_while_the_count_says_more() {
    let script = Script::start([
        json(200, r#"{"totalCount":3,"items":[1,2]}"#),
        json(200, r#"{"totalCount":3,"items":[3]}"#),
        json(200, r#"{"totalCount":5,"items":[1,2]}"#),
        json(200, r#"{"totalCount":5,"items":[]}"#),
    ])
    .await;
    let client = client(&script);
    let listing = || get("/v1/invoices").query("size", "2").query("offset", "0");
    let paging = Paging::Offset { size: 2 };
    assert_eq!(client.all::<u32>(listing(), paging).await.expect("all"), [1, 2, 3]);
    assert_eq!(script.seen().len(), 2, "all of them came");
    let mut pages = client.pages::<u32>(listing(), paging);
    assert!(!pages.next().await.expect("first").expect("page").maybe_short);
    assert!(pages.next().await.expect("second").expect("page").maybe_short, "two of five");
    assert!(pages.next().await.expect("end").is_none());
}

#[tokio::test]
async fn analytics_listings_follow_their_link_and_else_count() {
    let script = Script::start([
        json(200, r#"{"@nextLink":"/v1/analytics/x?top=2&skip=2","Value":[1,2],"TotalCount":5}"#),
        json(200, r#"{"Value":[3,4],"TotalCount":5}"#),
        json(200, r#"{"value":[5],"totalCount":5}"#),
    ])
    .await;
    let listing = get("/analytics/x").base(Base::Analytics).query("top", "2");
    let all = client(&script).all::<u32>(listing, Paging::TopSkip { top: 2 }).await.expect("all");
    assert_eq!(all, [1, 2, 3, 4, 5]);
    let lines: Vec<_> = script.seen().iter().map(|seen| seen.line.clone()).collect();
    assert!(lines[1].contains("/partner/v1/analytics/x?top=2&skip=2 "), "{lines:?}");
    assert!(lines[2].contains("skip=4"), "{lines:?}");
}

#[tokio::test]
async fn a_full_last_page_without_a_link_is_suspicious_and_a_loop_is_cut() {
    let full = r#"{"totalCount":2,"items":[1,2]}"#;
    let looping = |token: &str| {
        json(
            200,
            &format!(
                r#"{{"items":[1],"links":{{"next":{{"uri":"/x?size=2","headers":[{{"key":"MS-ContinuationToken","value":"{token}"}}]}}}}}}"#
            ),
        )
    };
    let script = Script::start([json(200, full), looping("a"), looping("b"), looping("a"), looping("b")]).await;
    let client = client(&script);
    let listing = || get("/v1/x").query("size", "2");
    let page = client.pages::<u32>(listing(), Paging::Token).next().await.expect("page").expect("first");
    assert!(page.maybe_short);
    let error = client.all::<u32>(listing(), Paging::Token).await.expect_err("a, b, a");
    assert!(matches!(error, Error::Unreadable { status: 200, .. }), "{error}");
    assert_eq!(script.seen().len(), 4);
}

#[tokio::test]
async fn handles_keep_what_the_others_said() {
    let script = Script::start([json(200, "{}")]).await;
    let client = client(&script);
    let id = Uuid::from_u128(9);
    assert!(client.class == Class::User && !client.is_serial);
    let nightly = client.background().correlated(id);
    assert!(nightly.class == Class::Background && !nightly.is_serial);
    let batch = client.correlated(id).batch();
    assert!(batch.class == Class::Background && batch.is_serial);
    batch.read::<Value>(get("/v1/customers")).await.expect("answer");
    assert_eq!(script.seen()[0].header("ms-correlationid"), Some(id.to_string()));
}

#[tokio::test]
async fn a_full_minute_holds_the_next_call_back_without_asking() {
    let script = Script::start(vec![json(200, "{}"); 3]).await;
    let mut settings = config(&script);
    settings.limits =
        crate::Limits { per_partner: Some(2), longest_wait: Duration::from_millis(1), ..crate::Limits::none() };
    settings.read_retry = ReadRetry::never();
    let client = client_with(settings, Memory::new(&script, Some("refresh-0")));
    client.read::<Value>(get("/v1/customers")).await.expect("the first");
    let held = client.read::<Value>(get("/v1/customers")).await.expect_err("a minute of two");
    assert!(matches!(held, Error::Throttled { sent: false, .. }), "{held}");
    client.read::<Value>(get("/v1/orders")).await.expect("another family");
    assert_eq!(script.seen().len(), 2);
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_a_reader(status in 100_u16..600, body: Vec<u8>, text in ".{0,80}") {
        let refusal = Refusal::read(status, &body);
        let _ = (refusal.meaning().reaction(), refusal.wait(), Error::Refused(Box::new(refusal)).advice());
        let _ = crate::token_errors::read(status, &body, None);
        let _ = crate::webhook_event::WebhookEvent::read(&body);
        let _ = crate::paging::link_path(&text);
    }

    #[test]
    fn no_collection_leads_astray(token in ".{0,40}", uri in ".{0,60}", name in ".{0,20}", total: u64, count in 0_usize..4) {
        let body = serde_json::json!({
            "totalCount": total,
            "items": vec![1; count],
            "continuationToken": token,
            "links": {"next": {"uri": uri, "headers": [{"key": name, "value": token}]}},
        });
        let call = Call { request_id: Uuid::nil(), correlation_id: Uuid::nil() };
        let body = body.to_string().into_bytes();
        let answer = Answer { status: 200, headers: HeaderMap::new(), body, call, endpoint: String::new() };
        for paging in [Paging::Token, Paging::Offset { size: 2 }] {
            let page = crate::paging::read_page::<u32>(&answer, paging, &[]).expect("a collection");
            proptest::prop_assert_eq!(page.items.len(), count);
        }
    }
}
