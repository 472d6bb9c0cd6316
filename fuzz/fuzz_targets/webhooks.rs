//! Deliveries of webhooks: body, headers, certificate. `webhooks/` holds a root, a certificate that
//! it signed and one signed body; their keys are gone. So nothing but that body may ever be
//! believed. The first byte chooses what is replaced by the rest of the input.

#![no_main]

use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use partner_center::{
    CertificateFuture, CertificateSource, Instant, WebhookHeaders, WebhookTrust, WebhookVerifier, fuzzing,
};

const ROOT: &str = include_str!("../webhooks/root.pem");
const CERTIFICATE: &[u8] = include_bytes!("../webhooks/leaf.der");
const SIGNATURE: &str = include_str!("../webhooks/signature.txt");
const BODY: &[u8] = include_bytes!("../webhooks/body.json");
const ADDRESS: &str = "https://certificates.example/leaf.der";

/// Answers every address with these bytes.
struct Given(Vec<u8>);

impl CertificateSource for Given {
    fn fetch<'a>(&'a self, address: &'a str, limit: usize) -> CertificateFuture<'a> {
        assert!(address.starts_with("https://certificates.example/"), "{address}");
        let bytes = if self.0.len() > limit { Err("too long".to_owned()) } else { Ok(self.0.clone()) };
        Box::pin(async move { bytes })
    }
}

fn runtime() -> &'static tokio::runtime::Runtime {
    static RUNTIME: OnceLock<tokio::runtime::Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| tokio::runtime::Builder::new_current_thread().enable_time().build().expect("runtime"))
}

fn believed(certificate: &[u8], headers: &WebhookHeaders, body: &[u8], now: Instant) -> bool {
    let trust = WebhookTrust {
        hosts: vec!["certificates.example".to_owned()],
        roots_pem: vec![ROOT.to_owned()],
        issuer_organization: "Contoso Certificates".to_owned(),
        is_plain_loopback_allowed: false,
    };
    let verifier = WebhookVerifier::new(trust, Arc::new(Given(certificate.to_vec()))).expect("trust");
    let event = runtime().block_on(verifier.verify(headers, body, now));
    if let Err(error) = &event {
        assert!(error.to_string().len() < 1024);
    }
    event.is_ok()
}

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    let now: Instant = "2026-12-01T11:00:00Z".parse().expect("date");
    let usual = [
        ("Authorization", format!("Signature {}", SIGNATURE.trim())),
        ("X-MS-Certificate-Url", ADDRESS.to_owned()),
        ("X-MS-Signature-Algorithm", "rsa-sha256".to_owned()),
    ];
    let pairs = usual.iter().map(|(name, value)| (*name, value.as_str()));
    match choice % 4 {
        0 => event(rest),
        1 => {
            let headers = WebhookHeaders::pick(pairs);
            assert_eq!(believed(CERTIFICATE, &headers, rest, now), rest == BODY);
        }
        2 => {
            let text = String::from_utf8_lossy(rest);
            let given = text.lines().filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim()));
            // Whatever is said about it, it is this body; so only panics are looked for.
            let _ = believed(CERTIFICATE, &WebhookHeaders::pick(given.chain(pairs)), BODY, now);
        }
        _ => {
            let headers = WebhookHeaders::pick(pairs);
            assert!(!believed(rest, &headers, b"{}", now), "no certificate makes another body true");
            let _ = believed(rest, &headers, BODY, now);
        }
    }
});

/// Ids are taken out of addresses, and an event has one key.
fn event(body: &[u8]) {
    let Ok(event) = fuzzing::webhook_event(body) else { return };
    let _ = (event.resource(), event.audit_record());
    assert_eq!(event.key(), fuzzing::webhook_event(body).expect("again").key());
    assert!(event.changed.to_string().ends_with('Z'));
}
