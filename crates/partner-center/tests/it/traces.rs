//! What is written about a call: its ids, never a secret. A subscriber keeps everything that the
//! client and the libraries under it say.

use std::fmt::Debug;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use partner_center::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use uuid::Uuid;

use crate::script::{Memory, Script, client_with, config, json};

/// Every span and event as text.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

struct Line<'a>(&'a mut String);

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = self.0.lock().expect("lock");
        let _ = write!(text, "\n{}", span.metadata().name());
        span.record(&mut Line(&mut text));
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut Line(&mut self.0.lock().expect("lock")));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut text = self.0.lock().expect("lock");
        let _ = write!(text, "\n{}", event.metadata().target());
        event.record(&mut Line(&mut text));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

const CREATED: &str =
    r#"{"id":"T1","userCredentials":{"userName":"admin","password":"canary-password"},"companyProfile":{}}"#;

#[tokio::test]
async fn spans_carry_both_ids_and_the_outcome_and_nothing_secret_is_said() {
    let everything = Everything::default();
    let guard = tracing::subscriber::set_default(everything.clone());
    let script = Script::start([
        json(201, CREATED),
        json(401, r#"{"code":400}"#),
        json(200, r#"{"id":"c1"}"#),
        json(503, ""),
        json(404, r#"{"code":1000}"#),
    ])
    .await
    .tokens([
        json(200, r#"{"access_token":"canary-access","expires_in":3599,"refresh_token":"canary-rotated"}"#),
        json(200, r#"{"access_token":"canary-second","expires_in":3599,"refresh_token":"canary-last"}"#),
        json(400, r#"{"error":"invalid_grant","error_description":"AADSTS50173: the grant was revoked"}"#),
    ]);
    let mut settings = config(&script);
    settings.client_secret = "canary-secret".into();
    let client = client_with(settings, Memory::new(&script, Some("canary-refresh")));
    let call = Call { request_id: Uuid::from_u128(0xAAAA), correlation_id: Uuid::from_u128(0xBBBB) };
    let new = NewCustomer {
        domain: "contosobakery.onmicrosoft.com".into(),
        organization_registration_number: None,
        company_name: "Contoso Bakery".into(),
        email: "orders@contosobakery.example".into(),
        culture: "it-IT".into(),
        language: "it".into(),
        address: Address { country: Some("IT".into()), ..Address::default() },
        associated_partner_id: "0b9d54c2-5f11-4a3d-8a54-3d1f0a6d9e01".into(),
        enable_gdap_by_default: true,
    };
    let created = client.create_customer(&call, &new).await.expect("created");
    client.customer("c1").await.expect("after a renewal");
    let missing = client.customer("canary-customer").await.expect_err("not there");
    let failed = client.renew_token().await.expect_err("revoked");
    let health = client.token_health().await.expect("health");
    drop(guard);

    let text = everything.0.lock().expect("lock").clone();
    for piece in [
        "partner_center.call method=POST route=\"/v1/customers\"",
        &format!("request_id={}", call.request_id),
        &format!("correlation_id={}", call.correlation_id),
        "status=201",
        "status=404",
        "waited_ms=",
        "background=false",
        "attempt=1",
        "reaction=ConsentAgain",
    ] {
        assert!(text.contains(piece), "{piece} in {text}");
    }
    let debug = format!("{client:?} {created:?} {missing:?} {failed:?} {health:?} {:?}", Pkce::generate());
    for secret in ["canary", "Canary"] {
        assert!(!debug.contains(secret), "{debug}");
        let ours: Vec<_> = text.lines().filter(|line| line.contains(secret)).collect();
        assert!(ours.is_empty(), "{ours:?}");
    }
}
