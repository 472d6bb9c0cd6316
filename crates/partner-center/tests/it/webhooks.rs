//! Deliveries of webhooks: what is believed, and everything that is not.

use std::sync::Arc;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use partner_center::*;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, SigningKey,
    date_time_ymd,
};

use crate::script::{Reply, Script};

const HOST: &str = "certificates.example";
const ADDRESS: &str = "https://certificates.example/webhooks/signer.cer";

fn at(text: &str) -> Instant {
    text.parse().expect("date")
}

fn now() -> Instant {
    at("2026-03-04T12:00:00Z")
}

/// A root of its own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(organization: &str) -> Self {
        let key = KeyPair::generate().expect("key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::OrganizationName, organization);
        params.distinguished_name.push(DnType::CommonName, "Root of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2040, 1, 1));
        let pem = params.self_signed(&key).expect("root").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A signer's certificate for the year.
    fn signer(&self, key: &KeyPair, year: i32) -> Certificate {
        let mut params = CertificateParams::new(vec!["webhooks.example".to_owned()]).expect("params");
        (params.not_before, params.not_after) = (date_time_ymd(year, 1, 1), date_time_ymd(year + 1, 1, 1));
        params.signed_by(key, &self.issuer).expect("signer")
    }
}

fn rsa() -> KeyPair {
    KeyPair::from_pem_and_sign_algo(include_str!("../data/webhook-signer.pem"), &PKCS_RSA_SHA256).expect("key")
}

/// Answers with what it was given and notes what it was asked for.
#[derive(Default)]
struct Shelf {
    bytes: Mutex<Vec<u8>>,
    asked: Mutex<Vec<String>>,
}

impl CertificateSource for Shelf {
    fn fetch<'a>(&'a self, address: &'a str, limit: usize) -> CertificateFuture<'a> {
        Box::pin(async move {
            self.asked.lock().expect("lock").push(address.to_owned());
            let bytes = self.bytes.lock().expect("lock").clone();
            if bytes.is_empty() || bytes.len() > limit { Err("not there".to_owned()) } else { Ok(bytes) }
        })
    }
}

struct World {
    shelf: Arc<Shelf>,
    verifier: WebhookVerifier,
    key: KeyPair,
}

impl World {
    fn with(authority: &Authority, certificate: &[u8]) -> Self {
        let shelf = Arc::new(Shelf::default());
        *shelf.bytes.lock().expect("lock") = certificate.to_vec();
        let trust = WebhookTrust::microsoft(vec![HOST.to_owned()], vec![authority.pem.clone()]);
        let verifier = WebhookVerifier::new(trust, Arc::clone(&shelf) as Arc<dyn CertificateSource>).expect("trust");
        Self { shelf, verifier, key: rsa() }
    }

    fn good() -> Self {
        let authority = Authority::new(WebhookTrust::MICROSOFT);
        let certificate = authority.signer(&rsa(), 2026);
        Self::with(&authority, certificate.der())
    }

    fn signature(&self, body: &[u8]) -> String {
        STANDARD.encode(self.key.sign(body).expect("signature"))
    }

    async fn deliver(&self, body: &[u8]) -> Result<WebhookEvent, WebhookError> {
        self.deliver_from(ADDRESS, body, now()).await
    }

    async fn deliver_from(&self, address: &str, body: &[u8], now: Instant) -> Result<WebhookEvent, WebhookError> {
        let authorization = format!("Signature {}", self.signature(body));
        let headers = WebhookHeaders::pick([
            ("Authorization", authorization.as_str()),
            ("X-MS-Certificate-Url", address),
            ("X-MS-Signature-Algorithm", "rsa-sha256"),
        ]);
        self.verifier.verify(&headers, body, now).await
    }

    fn asked(&self) -> usize {
        self.shelf.asked.lock().expect("lock").len()
    }
}

fn body(changed: &str) -> Vec<u8> {
    format!(
        r#"{{"EventName":"subscription-updated","ResourceUri":"http://api.partnercenter.microsoft.com/webhooks/v1/customers/c-1/subscriptions/s-1","ResourceName":"subscription","AuditUri":null,"ResourceChangeUtcDate":"{changed}"}}"#
    )
    .into_bytes()
}

fn fresh() -> Vec<u8> {
    body("2026-03-04T10:11:12.1234567Z")
}

#[tokio::test]
async fn a_signed_event_is_believed_and_its_certificate_fetched_once() {
    let world = World::good();
    for _ in 0..3 {
        let event = world.deliver(&fresh()).await.expect("good");
        assert_eq!(event.name, WebhookEventName::SubscriptionUpdated);
        let resource = WebhookResource::Subscription { customer: "c-1".into(), subscription: "s-1".into() };
        assert_eq!((event.resource(), event.audit_uri), (resource, None));
    }
    assert_eq!(*world.shelf.asked.lock().expect("lock"), [ADDRESS]);
}

#[tokio::test]
async fn the_signature_may_stand_in_either_header() {
    let world = World::good();
    let body = fresh();
    let plain = world.signature(&body);
    let prefixed = format!("Signature {plain}");
    let rest = [("x-ms-certificate-url", ADDRESS), ("X-Ms-Signature-Algorithm", "RSA-SHA256")];
    for signature in [
        vec![("AUTHORIZATION", prefixed.as_str())],
        vec![("x-ms-signature", plain.as_str())],
        vec![("x-ms-signature", prefixed.as_str())],
        vec![("x-ms-signature", plain.as_str()), ("Authorization", "Bearer something-of-a-proxy")],
    ] {
        let headers = WebhookHeaders::pick(signature.iter().copied().chain(rest));
        world.verifier.verify(&headers, &body, now()).await.unwrap_or_else(|error| panic!("{signature:?}: {error}"));
    }
    for signature in [vec![], vec![("Authorization", "Bearer x")], vec![("x-ms-signature", "%%%")]] {
        let headers = WebhookHeaders::pick(signature.iter().copied().chain(rest));
        let error = world.verifier.verify(&headers, &body, now()).await.expect_err("no signature");
        assert!(matches!(error, WebhookError::Header { .. }), "{error}");
    }
}

#[tokio::test]
async fn trap_41_a_certificate_is_fetched_from_listed_hosts_over_https_only() {
    let world = World::good();
    for address in [
        "https://evil.example/signer.cer",
        "https://certificates.example.evil.example/signer.cer",
        "https://evil.example/certificates.example",
        "https://certificates.example@evil.example/signer.cer",
        "https://user:pw@certificates.example/signer.cer",
        "https://certificates.example:8443/signer.cer",
        "http://certificates.example/signer.cer",
        "http://127.0.0.1/signer.cer",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "ftp://certificates.example/signer.cer",
        "//certificates.example/signer.cer",
        "certificates.example",
        "",
    ] {
        let error = world.deliver_from(address, &fresh(), now()).await.expect_err(address);
        assert!(matches!(error, WebhookError::Address { .. } | WebhookError::Header { .. }), "{address}: {error}");
        assert!(!error.is_passing());
    }
    assert_eq!(world.asked(), 0, "nothing was fetched");
    world.deliver_from("https://CERTIFICATES.example/signer.cer", &fresh(), now()).await.expect("any case");
}

#[tokio::test]
async fn a_changed_body_or_another_key_does_not_fit() {
    let world = World::good();
    let good = fresh();
    let authorization = format!("Signature {}", world.signature(&good));
    let headers = WebhookHeaders::pick([
        ("Authorization", authorization.as_str()),
        ("X-MS-Certificate-Url", ADDRESS),
        ("X-MS-Signature-Algorithm", "rsa-sha256"),
    ]);
    world.verifier.verify(&headers, &good, now()).await.expect("as signed");
    for changed in [[good.as_slice(), b" "].concat(), body("2026-03-04T10:11:13Z"), Vec::new()] {
        assert_eq!(world.verifier.verify(&headers, &changed, now()).await, Err(WebhookError::Signature));
    }
}

#[tokio::test]
async fn other_algorithms_and_other_kinds_of_keys_are_refused() {
    let world = World::good();
    let authorization = format!("Signature {}", world.signature(&fresh()));
    for algorithm in ["rsa-sha1", "none", "hmac-sha256", "", "rsa-sha256,none"] {
        let headers = WebhookHeaders::pick([
            ("Authorization", authorization.as_str()),
            ("X-MS-Certificate-Url", ADDRESS),
            ("X-MS-Signature-Algorithm", algorithm),
        ]);
        let error = world.verifier.verify(&headers, &fresh(), now()).await.expect_err(algorithm);
        assert!(matches!(error, WebhookError::Header { name: "X-MS-Signature-Algorithm", .. }), "{error}");
    }
    assert_eq!(world.asked(), 0);

    let authority = Authority::new(WebhookTrust::MICROSOFT);
    let curve = KeyPair::generate().expect("key");
    let certificate = authority.signer(&curve, 2026);
    let mut world = World::with(&authority, certificate.der());
    world.key = curve;
    assert_eq!(world.deliver(&fresh()).await, Err(WebhookError::Signature), "an elliptic key");
}

#[tokio::test]
async fn certificates_must_be_valid_issued_by_microsoft_and_lead_to_a_given_root() {
    let authority = Authority::new(WebhookTrust::MICROSOFT);
    let current = authority.signer(&rsa(), 2026);
    let refused = async |authority: &Authority, certificate: &[u8]| {
        World::with(authority, certificate).deliver(&fresh()).await.expect_err("not believed")
    };
    for year in [2024, 2027] {
        let error = refused(&authority, authority.signer(&rsa(), year).der()).await;
        assert!(matches!(error, WebhookError::Certificate { .. }), "{year}: {error}");
    }
    let stranger = Authority::new(WebhookTrust::MICROSOFT);
    let error = refused(&stranger, current.der()).await;
    assert!(matches!(error, WebhookError::Certificate { .. }), "same name, other root: {error}");
    let own = CertificateParams::new(vec!["webhooks.example".to_owned()]).expect("params");
    let error = refused(&authority, own.self_signed(&rsa()).expect("self-signed").der()).await;
    assert!(matches!(error, WebhookError::Certificate { .. }), "self-signed: {error}");
    let contoso = Authority::new("Contoso");
    let error = refused(&contoso, contoso.signer(&rsa(), 2026).der()).await;
    assert_eq!(error, WebhookError::Issuer);
    for broken in [&b"nonsense"[..], b"-----BEGIN CERTIFICATE-----\nAAAA", &current.der()[..100]] {
        let error = refused(&authority, broken).await;
        assert!(matches!(error, WebhookError::Certificate { .. }), "{error}");
    }
    let chain = current.pem().repeat(9);
    assert!(matches!(refused(&authority, chain.as_bytes()).await, WebhookError::Certificate { .. }), "too many");
}

#[tokio::test]
async fn certificates_between_the_signer_and_the_root_come_in_the_same_file() {
    let authority = Authority::new("Contoso");
    let key = KeyPair::generate().expect("key");
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::OrganizationName, WebhookTrust::MICROSOFT);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let between = params.signed_by(&key, &authority.issuer).expect("between");
    let mut signer = CertificateParams::new(vec!["webhooks.example".to_owned()]).expect("params");
    (signer.not_before, signer.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2027, 1, 1));
    let signer = signer.signed_by(&rsa(), &Issuer::new(params, key)).expect("signer");
    let world = World::with(&authority, format!("{}{}", signer.pem(), between.pem()).as_bytes());
    world.deliver(&fresh()).await.expect("a chain of three");
    let world = World::with(&authority, signer.pem().as_bytes());
    assert!(matches!(world.deliver(&fresh()).await, Err(WebhookError::Certificate { .. })), "a link is missing");
}

#[tokio::test]
async fn large_bodies_and_old_or_future_events_are_refused() {
    let world = World::good();
    let large = vec![b' '; 64 * 1024 + 1];
    assert_eq!(world.deliver(&large).await, Err(WebhookError::TooLarge));
    assert_eq!(world.asked(), 0, "not even looked at");
    let mut largest = fresh();
    largest.resize(64 * 1024, b' ');
    world.deliver(&largest).await.expect("64 KiB");
    for (changed, is_good) in [
        ("2026-03-01T12:00:00Z", true),
        ("2026-03-01T11:59:59Z", false),
        ("2026-03-04T12:10:00Z", true),
        ("2026-03-04T12:10:01Z", false),
        ("0001-01-01T00:00:00", false),
        ("9999-12-31T23:59:59Z", false),
    ] {
        let verdict = world.deliver(&body(changed)).await;
        assert_eq!(verdict.is_ok(), is_good, "{changed}: {verdict:?}");
        assert!(is_good || matches!(verdict, Err(WebhookError::Stale { .. })), "{changed}: {verdict:?}");
    }
    for nonsense in [&b"nonsense"[..], b"[]", b"{}"] {
        assert!(matches!(world.deliver(nonsense).await, Err(WebhookError::NotAnEvent { .. })));
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_had_is_asked_for_again_and_one_that_was_replaced_is_found() {
    let authority = Authority::new(WebhookTrust::MICROSOFT);
    let world = World::with(&authority, b"");
    let error = world.deliver(&fresh()).await.expect_err("not there");
    assert!(error.is_passing(), "{error}");
    *world.shelf.bytes.lock().expect("lock") = authority.signer(&rsa(), 2026).der().to_vec();
    world.deliver(&fresh()).await.expect("there now");
    // A year later the old one has expired; its successor lies at the same address.
    *world.shelf.bytes.lock().expect("lock") = authority.signer(&rsa(), 2027).der().to_vec();
    let later = at("2027-03-04T12:00:00Z");
    world.deliver_from(ADDRESS, &body("2027-03-04T11:00:00Z"), later).await.expect("the successor");
    assert_eq!(world.asked(), 3);
}

#[tokio::test]
async fn a_signature_that_does_not_fit_asks_for_the_certificate_again_once_an_hour_at_most() {
    let authority = Authority::new(WebhookTrust::MICROSOFT);
    let curve = KeyPair::generate().expect("key");
    let world = World::with(&authority, authority.signer(&curve, 2026).der());
    for _ in 0..5 {
        assert_eq!(world.deliver(&fresh()).await, Err(WebhookError::Signature));
    }
    assert_eq!(world.asked(), 1, "whoever sends nonsense makes us fetch nothing");
    *world.shelf.bytes.lock().expect("lock") = authority.signer(&rsa(), 2026).der().to_vec();
    world.deliver_from(ADDRESS, &fresh(), at("2026-03-04T13:00:01Z")).await.expect("the successor");
    assert_eq!(world.asked(), 2);
}

#[tokio::test]
async fn the_memory_of_certificates_is_bounded() {
    let world = World::good();
    for at in 0..40 {
        let address = format!("https://{HOST}/{at}.cer");
        world.deliver_from(&address, &fresh(), now()).await.expect("good");
    }
    assert_eq!(world.asked(), 40);
    world.deliver_from(&format!("https://{HOST}/39.cer"), &fresh(), now()).await.expect("remembered");
    assert_eq!(world.asked(), 40);
    world.deliver_from(&format!("https://{HOST}/0.cer"), &fresh(), now()).await.expect("forgotten");
    assert_eq!(world.asked(), 41);
}

#[tokio::test]
async fn a_simulator_is_trusted_with_its_own_root_only_when_it_is_meant() {
    let authority = Authority::new("Simulated Partner Center");
    let certificate = authority.signer(&rsa(), 2026);
    let answer = Reply::Answer(200, String::new(), certificate.der().to_vec());
    let moved = Reply::Answer(302, "Location: http://127.0.0.1:9/x\r\n".into(), Vec::new());
    let large = Reply::Answer(200, String::new(), vec![b'x'; 70_000]);
    let script = Script::start([moved, large, answer]).await;
    let host = script.address.trim_start_matches("http://").to_owned();
    let trust = WebhookTrust::simulator(host.clone(), authority.pem.clone(), "Simulated Partner Center".to_owned());
    let source = Arc::new(HttpCertificates::new(&[]).expect("source"));
    let verifier = WebhookVerifier::new(trust, source).expect("trust");
    let world = World { verifier, ..World::good() };
    let address = format!("{}/certificates/signer.cer", script.address);
    for wrong in ["a redirect", "too large"] {
        let error = world.deliver_from(&address, &fresh(), now()).await.expect_err(wrong);
        assert!(matches!(error, WebhookError::NotFetched { .. }), "{wrong}: {error}");
    }
    world.deliver_from(&address, &fresh(), now()).await.expect("the simulator's own");

    let production = WebhookTrust::microsoft(vec![host], vec![authority.pem.clone()]);
    let source = Arc::new(HttpCertificates::new(&[]).expect("source"));
    let world = World { verifier: WebhookVerifier::new(production, source).expect("trust"), ..World::good() };
    let error = world.deliver_from(&address, &fresh(), now()).await.expect_err("plain http");
    assert!(matches!(error, WebhookError::Address { .. }), "{error}");
    assert_eq!(script.seen().len(), 3);
}

#[test]
fn trust_is_checked_when_the_verifier_is_made() {
    let root = Authority::new(WebhookTrust::MICROSOFT).pem;
    let make = |hosts: &[&str], roots: &[&str]| {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        let roots = roots.iter().map(|root| (*root).to_owned()).collect();
        let source: Arc<dyn CertificateSource> = Arc::new(Shelf::default());
        WebhookVerifier::new(WebhookTrust::microsoft(hosts, roots), source).map(drop).map_err(|error| error.field)
    };
    assert_eq!(make(&[HOST], &[&root]), Ok(()));
    assert_eq!(make(&[], &[&root]), Err("hosts"));
    assert_eq!(make(&[""], &[&root]), Err("hosts"));
    assert_eq!(make(&[HOST], &[]), Err("roots_pem"));
    assert_eq!(make(&[HOST], &["nonsense"]), Err("roots_pem"));
    assert_eq!(make(&[HOST], &["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]), Err("roots_pem"));
}
