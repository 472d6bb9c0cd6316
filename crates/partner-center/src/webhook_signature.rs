//! Whether a delivery really comes from Microsoft: the signature over the raw bytes, by a
//! certificate whose address the delivery itself names. That address is an attacker's word until
//! proven otherwise, so it must be on a list of hosts, and the certificate must lead to a given root.
//! Nothing is parsed before. Source: contract §17.4.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use reqwest::Url;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, anchor_from_trusted_cert};

use crate::config::{ConfigError, is_loopback};
use crate::instant::Instant;
use crate::webhook_event::WebhookEvent;

/// Largest body that is looked at (§17.4).
const LARGEST_BODY: usize = 64 * 1024;
/// Largest certificate file, with the certificates between it and the root.
const LARGEST_CERTIFICATE: usize = 64 * 1024;
/// Most certificates in such a file.
const LONGEST_CHAIN: usize = 8;
/// Longest header value.
const LONGEST_HEADER: usize = 8 * 1024;
/// Certificates remembered; Microsoft uses a handful.
const REMEMBERED: usize = 16;
/// Oldest event that is believed (§17.4).
const OLDEST: SignedDuration = SignedDuration::from_hours(72);
/// A certificate that does not fit is fetched anew when it was fetched longer ago than this.
const TRUSTED_FOR: SignedDuration = SignedDuration::from_hours(1);
/// How far Microsoft's clock may be ahead of ours.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);

/// What a [`CertificateSource`] answers.
pub type CertificateFuture<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>>;

/// Brings certificates. [`HttpCertificates`] does it over the network; tests bring their own.
pub trait CertificateSource: Send + Sync {
    /// The bytes at this address, which has passed the checks: one certificate as DER, or several
    /// as PEM, the signer's first. More than `limit` bytes are an error. Redirects must not be
    /// followed. The text of an error is shown to operators.
    fn fetch<'a>(&'a self, address: &'a str, limit: usize) -> CertificateFuture<'a>;
}

/// Brings certificates over the network, without redirects, within ten seconds.
#[derive(Clone, Debug)]
pub struct HttpCertificates(reqwest::Client);

impl HttpCertificates {
    /// A source with the system's roots for the connection, and further ones in PEM.
    ///
    /// # Errors
    /// [`ConfigError`] for a root that is none, or when the system has none at all.
    pub fn new(extra_roots_pem: &[String]) -> Result<Self, ConfigError> {
        let wrong = |error: reqwest::Error| ConfigError {
            field: "extra_roots_pem",
            value: "(certificate)".to_owned(),
            rule: error.to_string(),
        };
        let _already_chosen = rustls::crypto::ring::default_provider().install_default();
        let mut roots = Vec::new();
        for pem in extra_roots_pem {
            roots.extend(reqwest::Certificate::from_pem_bundle(pem.as_bytes()).map_err(wrong)?);
        }
        let mut builder = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .user_agent(concat!("partner-center/", env!("CARGO_PKG_VERSION")));
        if !roots.is_empty() {
            builder = builder.tls_certs_merge(roots);
        }
        builder.build().map(Self).map_err(wrong)
    }
}

impl CertificateSource for HttpCertificates {
    fn fetch<'a>(&'a self, address: &'a str, limit: usize) -> CertificateFuture<'a> {
        Box::pin(async move {
            let mut response = self.0.get(address).send().await.map_err(crate::client::cause)?;
            if response.status().as_u16() != 200 {
                return Err(format!("status {}", response.status().as_u16()));
            }
            let mut bytes = Vec::new();
            while let Some(piece) = response.chunk().await.map_err(crate::client::cause)? {
                if bytes.len() + piece.len() > limit {
                    return Err(format!("longer than {limit} bytes"));
                }
                bytes.extend_from_slice(&piece);
            }
            Ok(bytes)
        })
    }
}

/// Whom webhooks are believed from.
#[derive(Clone, Debug)]
pub struct WebhookTrust {
    /// Hosts that certificates are fetched from, exactly; with `:port` when it is not the usual one.
    pub hosts: Vec<String>,
    /// Roots that certificates must lead to, PEM. None is built in: roots are replaced over the
    /// years, and an operator must be able to do that without us.
    pub roots_pem: Vec<String>,
    /// Organisation that must have issued the signer's certificate.
    pub issuer_organization: String,
    /// Whether certificates may be fetched over plain HTTP from a loopback address on the list, as
    /// from a simulator.
    pub is_plain_loopback_allowed: bool,
}

impl WebhookTrust {
    /// Organisation that issues Microsoft's certificates.
    pub const MICROSOFT: &str = "Microsoft Corporation";

    /// Microsoft's webhooks, with the hosts and roots that the operator trusts.
    #[must_use]
    pub fn microsoft(hosts: Vec<String>, roots_pem: Vec<String>) -> Self {
        let issuer_organization = Self::MICROSOFT.to_owned();
        Self { hosts, roots_pem, issuer_organization, is_plain_loopback_allowed: false }
    }

    /// A simulator's webhooks: its own host, its own root, its own organisation. Never use it for
    /// production.
    #[must_use]
    pub fn simulator(host: String, root_pem: String, issuer_organization: String) -> Self {
        Self { hosts: vec![host], roots_pem: vec![root_pem], issuer_organization, is_plain_loopback_allowed: true }
    }
}

/// Why a delivery is not believed. Answer 401 or 400 to it, or 503 when [`WebhookError::is_passing`]
/// says that a repetition may fare better.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The body is larger than 64 KiB.
    #[error("the body is larger than 64 KiB")]
    TooLarge,
    /// A header is missing or malformed.
    #[error("header {name}: {rule}")]
    Header {
        /// Its name.
        name: &'static str,
        /// What would be right.
        rule: &'static str,
    },
    /// The certificate's address is not one that we fetch from.
    #[error("certificate address: {rule}")]
    Address {
        /// What would be right.
        rule: &'static str,
    },
    /// The certificate could not be fetched.
    #[error("certificate not fetched: {reason}")]
    NotFetched {
        /// What happened.
        reason: String,
    },
    /// The certificate is malformed, expired, not yet valid, or leads to no trusted root.
    #[error("certificate: {reason}")]
    Certificate {
        /// What is wrong with it.
        reason: String,
    },
    /// The certificate was issued by somebody else.
    #[error("the certificate's issuer is not the expected organisation")]
    Issuer,
    /// The signature is not the certificate's over this body.
    #[error("the signature does not fit the body")]
    Signature,
    /// The signature is good, the body is no event.
    #[error("not an event: {reason}")]
    NotAnEvent {
        /// What is missing.
        reason: String,
    },
    /// The change is more than 72 hours ago, or in the future.
    #[error("the change of {changed} is too old or in the future")]
    Stale {
        /// When the resource changed.
        changed: Instant,
    },
}

impl WebhookError {
    /// Whether the same delivery may be good later: only when its certificate could not be fetched.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::NotFetched { .. })
    }
}

/// The headers of a delivery that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WebhookHeaders {
    authorization: Option<String>,
    ms_signature: Option<String>,
    certificate_url: Option<String>,
    algorithm: Option<String>,
}

impl WebhookHeaders {
    /// Picks them out of all headers; names in any case, the first of each counts.
    pub fn pick<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut picked = Self::default();
        for (name, value) in headers {
            let place = match name.to_ascii_lowercase().as_str() {
                "authorization" => &mut picked.authorization,
                "x-ms-signature" => &mut picked.ms_signature,
                "x-ms-certificate-url" => &mut picked.certificate_url,
                "x-ms-signature-algorithm" => &mut picked.algorithm,
                _ => continue,
            };
            if place.is_none() && value.len() <= LONGEST_HEADER {
                *place = Some(value.trim().to_owned());
            }
        }
        picked
    }

    /// The signature, from either header; with `x-ms-signature` the other may say something else.
    fn signature(&self) -> Result<Vec<u8>, WebhookError> {
        let scheme = |text: &str| {
            let (scheme, rest) = text.split_once(' ')?;
            scheme.eq_ignore_ascii_case("Signature").then(|| rest.trim().to_owned())
        };
        let own = self.ms_signature.as_deref().map(|text| scheme(text).unwrap_or_else(|| text.to_owned()));
        let name = if own.is_some() { "x-ms-signature" } else { "Authorization" };
        let encoded = own
            .or_else(|| scheme(self.authorization.as_deref()?))
            .ok_or(WebhookError::Header { name: "Authorization", rule: "Signature and Base64" })?;
        STANDARD.decode(encoded).map_err(|_| WebhookError::Header { name, rule: "Signature and Base64" })
    }
}

/// A certificate with those between it and a root, as they were fetched.
#[derive(Debug)]
struct Chain {
    address: String,
    fetched: Instant,
    signer: CertificateDer<'static>,
    between: Vec<CertificateDer<'static>>,
}

/// Checks deliveries. Share one: it remembers certificates by their address.
pub struct WebhookVerifier {
    trust: WebhookTrust,
    anchors: Vec<TrustAnchor<'static>>,
    source: Arc<dyn CertificateSource>,
    /// Only certificates that were good once, the newest last.
    remembered: Mutex<VecDeque<Arc<Chain>>>,
    /// One download at a time: deliveries are an attacker's to send.
    fetching: tokio::sync::Mutex<()>,
}

impl fmt::Debug for WebhookVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookVerifier").field("hosts", &self.trust.hosts).finish_non_exhaustive()
    }
}

impl WebhookVerifier {
    /// A verifier; nothing is fetched yet.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use partner_center::{CertificateFuture, CertificateSource, WebhookTrust, WebhookVerifier};
    ///
    /// struct Nowhere;
    /// impl CertificateSource for Nowhere {
    ///     fn fetch<'a>(&'a self, _: &'a str, _: usize) -> CertificateFuture<'a> {
    ///         Box::pin(async { Err("there is no network here".to_owned()) })
    ///     }
    /// }
    /// // Without a root nothing could ever be believed.
    /// let trust = WebhookTrust::microsoft(vec!["certificates.example".into()], vec![]);
    /// assert!(WebhookVerifier::new(trust, Arc::new(Nowhere)).is_err());
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] without a host, without a root, or for a root that is no certificate.
    pub fn new(trust: WebhookTrust, source: Arc<dyn CertificateSource>) -> Result<Self, ConfigError> {
        let wrong = |field, rule: &str| ConfigError { field, value: String::new(), rule: rule.to_owned() };
        if trust.hosts.is_empty() || trust.hosts.iter().any(|host| host.trim().is_empty()) {
            return Err(wrong("hosts", "at least one host that certificates come from"));
        }
        if trust.issuer_organization.trim().is_empty() {
            return Err(wrong("issuer_organization", "the name of the issuing organisation"));
        }
        let mut anchors = Vec::new();
        for pem in &trust.roots_pem {
            for root in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let root = root.map_err(|_| wrong("roots_pem", "certificates in PEM"))?;
                let anchor = anchor_from_trusted_cert(&root).map_err(|_| wrong("roots_pem", "certificates in PEM"))?;
                anchors.push(anchor.to_owned());
            }
        }
        if anchors.is_empty() {
            return Err(wrong("roots_pem", "at least one root"));
        }
        let (remembered, fetching) = (Mutex::default(), tokio::sync::Mutex::default());
        Ok(Self { trust, anchors, source, remembered, fetching })
    }

    /// The event, if the delivery is Microsoft's, whole and fresh at `now`. `body` is the raw bytes
    /// as they came. May be repeated; duplicates are told by [`WebhookEvent::key`].
    ///
    /// # Errors
    /// [`WebhookError`]; the body was not parsed unless it is `NotAnEvent` or `Stale`.
    pub async fn verify(
        &self,
        headers: &WebhookHeaders,
        body: &[u8],
        now: Instant,
    ) -> Result<WebhookEvent, WebhookError> {
        if body.len() > LARGEST_BODY {
            return Err(WebhookError::TooLarge);
        }
        let name = "X-MS-Signature-Algorithm";
        match headers.algorithm.as_deref() {
            Some(algorithm) if algorithm.eq_ignore_ascii_case("rsa-sha256") => {}
            _ => return Err(WebhookError::Header { name, rule: "rsa-sha256" }),
        }
        let signature = headers.signature()?;
        let address = self.allowed(headers.certificate_url.as_deref())?;
        self.check(&address, body, &signature, now).await?;
        let event = WebhookEvent::read(body)?;
        let age = now.0.duration_since(event.changed.0);
        if age > OLDEST || age < -AHEAD {
            return Err(WebhookError::Stale { changed: event.changed });
        }
        Ok(event)
    }

    /// The guard against being sent to fetch from anywhere.
    fn allowed(&self, address: Option<&str>) -> Result<String, WebhookError> {
        let refuse = |rule| Err(WebhookError::Address { rule });
        let Some(address) = address.filter(|address| !address.is_empty()) else {
            return Err(WebhookError::Header { name: "X-MS-Certificate-Url", rule: "an address" });
        };
        let Ok(url) = Url::parse(address) else { return refuse("an absolute address") };
        let is_plain = url.scheme() == "http" && self.trust.is_plain_loopback_allowed && is_loopback(&url);
        if url.scheme() != "https" && !is_plain {
            return refuse("https");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("no user or password");
        }
        let Some(host) = url.host_str() else { return refuse("a host") };
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        if !self.trust.hosts.iter().any(|allowed| allowed.trim().eq_ignore_ascii_case(&host)) {
            return refuse("a host on the list");
        }
        Ok(url.into())
    }

    async fn check(&self, address: &str, body: &[u8], signature: &[u8], now: Instant) -> Result<(), WebhookError> {
        if let Some(known) = self.known(address) {
            match self.judge(&known, body, signature, now) {
                // It was good once and may have been replaced at the same address.
                Err(WebhookError::Certificate { .. }) => self.forget(address),
                Err(WebhookError::Signature) if now.0.duration_since(known.fetched.0) > TRUSTED_FOR => {
                    self.forget(address);
                }
                verdict => return verdict,
            }
        }
        let _one_at_a_time = self.fetching.lock().await;
        if let Some(known) = self.known(address) {
            return self.judge(&known, body, signature, now);
        }
        let bytes = self.source.fetch(address, LARGEST_CERTIFICATE).await;
        let bytes = bytes.map_err(|reason| WebhookError::NotFetched { reason: reason.chars().take(300).collect() })?;
        let chain = Arc::new(Chain::read(address, &bytes, now)?);
        self.check_certificate(&chain, now)?;
        self.remember(Arc::clone(&chain));
        self.judge(&chain, body, signature, now)
    }

    fn judge(&self, chain: &Chain, body: &[u8], signature: &[u8], now: Instant) -> Result<(), WebhookError> {
        self.check_certificate(chain, now)?;
        let signer = EndEntityCert::try_from(&chain.signer).map_err(|error| broken(&error))?;
        signer
            .verify_signature(webpki::ring::RSA_PKCS1_2048_8192_SHA256, body, signature)
            .map_err(|_| WebhookError::Signature)
    }

    /// Dates, way to a root, issuer.
    fn check_certificate(&self, chain: &Chain, now: Instant) -> Result<(), WebhookError> {
        let signer = EndEntityCert::try_from(&chain.signer).map_err(|error| broken(&error))?;
        let seconds = u64::try_from(now.0.as_second()).unwrap_or(0);
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        signer
            .verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &self.anchors, &chain.between, time, AnyUsage, None, None)
            .map_err(|error| broken(&error))?;
        let (_, parsed) = x509_parser::parse_x509_certificate(&chain.signer)
            .map_err(|_| WebhookError::Certificate { reason: "malformed".to_owned() })?;
        let is_issuer = parsed
            .issuer()
            .iter_organization()
            .any(|name| name.as_str().is_ok_and(|name| name == self.trust.issuer_organization));
        if is_issuer { Ok(()) } else { Err(WebhookError::Issuer) }
    }

    fn memory(&self) -> MutexGuard<'_, VecDeque<Arc<Chain>>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known(&self, address: &str) -> Option<Arc<Chain>> {
        self.memory().iter().find(|chain| chain.address == address).cloned()
    }

    fn forget(&self, address: &str) {
        self.memory().retain(|chain| chain.address != address);
    }

    fn remember(&self, chain: Arc<Chain>) {
        let mut memory = self.memory();
        memory.retain(|known| known.address != chain.address);
        memory.push_back(chain);
        while memory.len() > REMEMBERED {
            memory.pop_front();
        }
    }
}

impl Chain {
    fn read(address: &str, bytes: &[u8], fetched: Instant) -> Result<Self, WebhookError> {
        let wrong = |reason: &str| WebhookError::Certificate { reason: reason.to_owned() };
        if bytes.len() > LARGEST_CERTIFICATE {
            return Err(wrong("larger than 64 KiB"));
        }
        let is_pem = bytes.windows(11).any(|window| window == b"-----BEGIN ");
        let mut all = if is_pem {
            CertificateDer::pem_slice_iter(bytes)
                .take(LONGEST_CHAIN + 1)
                .collect::<Result<Vec<_>, _>>()
                .map_err(|_| wrong("malformed PEM"))?
        } else {
            vec![CertificateDer::from(bytes.to_vec())]
        };
        if all.is_empty() || all.len() > LONGEST_CHAIN {
            return Err(wrong("one certificate, and at most seven between it and the root"));
        }
        let signer = all.remove(0);
        Ok(Self { address: address.to_owned(), fetched, signer, between: all })
    }
}

fn broken(error: &webpki::Error) -> WebhookError {
    WebhookError::Certificate { reason: error.to_string() }
}

/// It is not published what usages the certificates name, so none is asked for; the list of hosts,
/// the root and the issuer decide.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, mut usages: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        usages.try_for_each(|usage| usage.map(drop))
    }
}
