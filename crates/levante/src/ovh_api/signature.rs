//! The signature of a call (contracts/ovh-api.md §2.2): over the address as the client
//! wrote it, raw body and raw target. Nothing is decoded or normalised before it.

use crate::secrets::same;
use sha1::{Digest, Sha1};

/// `$1$` and the hash that a client sends as `X-Ovh-Signature`.
pub fn sign(secret: &str, consumer_key: &str, method: &str, url: &str, body: &[u8], timestamp: &str) -> String {
    let mut hash = Sha1::new();
    for part in [secret, "+", consumer_key, "+", method, "+", url, "+"] {
        hash.update(part.as_bytes());
    }
    hash.update(body);
    hash.update(b"+");
    hash.update(timestamp.as_bytes());
    format!("$1${}", hex::encode(hash.finalize()))
}

/// What was signed, as far as it does not depend on the address.
pub(crate) struct Signed<'a> {
    /// The application's secret.
    pub(crate) secret: &'a str,
    /// The consumer key.
    pub(crate) consumer_key: &'a str,
    /// In capitals.
    pub(crate) method: &'a str,
    /// Path and query exactly as received.
    pub(crate) target: &'a str,
    /// Exactly as received.
    pub(crate) body: &'a [u8],
    /// The header's text.
    pub(crate) timestamp: &'a str,
}

/// Whether the signature fits any accepted address: every public one, and the `Host` values with either
/// scheme, with and without their port. Takes the same time wherever a signature differs.
pub(crate) fn fits(signature: &str, signed: &Signed<'_>, public_urls: &[String], hosts: &[&str]) -> bool {
    let mut origins: Vec<String> = public_urls.to_vec();
    for host in hosts {
        for host in [host, without_port(host)] {
            for scheme in ["https", "http"] {
                let origin = format!("{scheme}://{host}");
                if !origins.contains(&origin) {
                    origins.push(origin);
                }
            }
        }
    }
    origins.iter().fold(false, |found, origin| {
        let url = format!("{origin}{}", signed.target);
        let wanted = sign(signed.secret, signed.consumer_key, signed.method, &url, signed.body, signed.timestamp);
        same(&wanted, signature) | found
    })
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "TestAppSecret00000000000000000001";
    const CONSUMER: &str = "TestConsumerKey00000000000000001";
    const SERVICE: &str = "/1.0/saas/csp2/contoso123.onmicrosoft.com";
    const RENAME: &str = "{\"displayName\":\"Societ\\u00e0 \\u00c9t\\u00e9 \\u2013 \\u0141\\u00f3d\\u017a \\u6771\\u4eac\",\"city\":\"Forl\\u00ec\"}";

    fn vectors() -> [(&'static str, String, &'static str, &'static str, &'static str); 4] {
        [
            ("GET", "/1.0/saas/csp2".into(), "", "1700000000", "$1$d80ebf43d3daa9e73bcfc934c4fa4f40356952c8"),
            (
                "POST",
                format!("{SERVICE}/subscription"),
                "{\"licenseId\":42,\"quantity\":10}",
                "1700000001",
                "$1$9e4fa70fcc2fc2e72f6668e3ca3659160ca69035",
            ),
            (
                "GET",
                format!("{SERVICE}/usageStatistics?timePeriod=lastMonth"),
                "",
                "1700000002",
                "$1$fce5e7d01131d7dc4e9cc94625764fb02a9fea46",
            ),
            ("PUT", SERVICE.into(), RENAME, "1700000003", "$1$211b2006444838a70d7828f6616725510f763910"),
        ]
    }

    fn accepted(
        target: &str,
        method: &str,
        body: &str,
        at: &str,
        signature: &str,
        urls: &[&str],
        hosts: &[&str],
    ) -> bool {
        let signed =
            Signed { secret: SECRET, consumer_key: CONSUMER, method, target, body: body.as_bytes(), timestamp: at };
        let urls: Vec<String> = urls.iter().map(|u| (*u).to_owned()).collect();
        fits(signature, &signed, &urls, hosts)
    }

    #[test]
    fn the_vectors_of_the_contract() {
        assert_eq!(RENAME.len(), 104);
        for (method, target, body, at, signature) in vectors() {
            let url = format!("https://api.reseller.example{target}");
            assert_eq!(sign(SECRET, CONSUMER, method, &url, body.as_bytes(), at), signature);
        }
    }

    #[test]
    fn every_form_of_the_address_is_accepted_and_no_other() {
        let ok = |urls: &[&str], hosts: &[&str]| {
            vectors().into_iter().all(|(m, t, b, at, s)| accepted(&t, m, b, at, s, urls, hosts))
        };
        assert!(ok(&["https://api.reseller.example"], &["127.0.0.1:8080"]), "the public address");
        assert!(ok(&[], &["api.reseller.example"]), "Host");
        assert!(ok(&[], &["api.reseller.example:8443"]), "node-ovh signs without the port");
        assert!(!ok(&[], &["other.example"]));
        assert!(!ok(&["http://api.reseller.example"], &[]), "another scheme was signed");
        let plain = sign(SECRET, CONSUMER, "GET", "http://127.0.0.1:8080/1.0/me", b"", "1");
        assert!(accepted("/1.0/me", "GET", "", "1", &plain, &[], &["127.0.0.1:8080"]), "python-ovh over plain HTTP");
    }

    #[test]
    fn whatever_is_changed_no_longer_fits() {
        let (m, t, b, at, s) = vectors()[1].clone();
        let urls = ["https://api.reseller.example"];
        assert!(accepted(&t, m, b, at, s, &urls, &[]));
        assert!(!accepted(&t, "PUT", b, at, s, &urls, &[]));
        assert!(!accepted(&format!("{t}?x=1"), m, b, at, s, &urls, &[]));
        assert!(!accepted(&t, m, &b.replace("10", "11"), at, s, &urls, &[]));
        assert!(!accepted(&t, m, b, "1700000002", s, &urls, &[]));
        assert!(!accepted(&t, m, b, at, &s.to_uppercase(), &urls, &[]));
        assert!(!accepted(&t, m, b, at, "", &urls, &[]));
        assert_eq!(without_port("[2001:db8::1]:80"), "[2001:db8::1]");
    }
}
