//! The signature of deliveries (contract 17.4): a certificate authority of our own, one leaf that
//! signs, and where both can be read.
//!
//! Keys are made when they are first needed, from the seed, and kept with the state. The subjects
//! name Microsoft as the organisation, because receivers check it, and the simulator as the name.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, SerialNumber, date_time_ymd,
};
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::rand_core::{CryptoRng, RngCore};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;
use tokio::sync::OnceCell;

use crate::seed::Seed;
use crate::state::{Entity, Sim};
use crate::wire::{Answer, Refusal};

/// Bits of the RSA keys.
const BITS: usize = 2048;
/// What PKCS#1 puts before a SHA-256 digest (RFC 8017, section 9.2).
const SHA256_PREFIX: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

pub(crate) const ONLY: &str = "only";

/// The authority's certificate, and the leaf with its key.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Identity {
    root_pem: String,
    leaf_pem: String,
    leaf_key_pem: String,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

impl Entity for Identity {
    const KIND: &'static str = "webhook_identity";
}

/// Signs bodies.
pub(crate) struct Signer {
    key: RsaPrivateKey,
    root_pem: String,
    leaf_pem: String,
    /// Last segment of the certificate's address.
    name: String,
}

impl Signer {
    fn of(identity: &Identity) -> Option<Self> {
        let name = hex::encode(&Sha256::digest(identity.leaf_pem.as_bytes())[..16]);
        Some(Self {
            key: RsaPrivateKey::from_pkcs8_pem(&identity.leaf_key_pem).ok()?,
            root_pem: identity.root_pem.clone(),
            leaf_pem: identity.leaf_pem.clone(),
            name: format!("{name}.crt"),
        })
    }

    /// RSA PKCS#1 v1.5 with SHA-256 over the raw body, base64.
    pub(super) fn sign(&self, body: &[u8]) -> Result<String, Refusal> {
        let padding = Pkcs1v15Sign { hash_len: Some(32), prefix: SHA256_PREFIX.into() };
        let signature = self.key.sign(padding, &Sha256::digest(body)).map_err(|_| Refusal::unexpected())?;
        Ok(STANDARD.encode(signature))
    }

    /// Where the leaf's certificate can be downloaded.
    pub(super) fn certificate_url(&self, origin: &str) -> String {
        format!("{origin}/certificates/{}", self.name)
    }

    pub(crate) fn root_pem(&self) -> &str {
        &self.root_pem
    }
}

/// Makes the signer once, when it is first needed.
#[derive(Default)]
pub(crate) struct Notary(OnceCell<Arc<Signer>>);

impl Notary {
    pub(crate) async fn signer(&self, sim: &Sim) -> Result<Arc<Signer>, Refusal> {
        self.0.get_or_try_init(|| prepare(sim)).await.cloned()
    }
}

/// The stored identity, or a new one, stored.
async fn prepare(sim: &Sim) -> Result<Arc<Signer>, Refusal> {
    let identity = match sim.read(|world, _| world.webhook_identities.get(ONLY).cloned()) {
        Some(identity) => identity,
        None => {
            // Each key takes about a second of a processor.
            let key = |label: &'static str| {
                let sim = sim.clone();
                tokio::task::spawn_blocking(move || {
                    RsaPrivateKey::new(&mut SeededRandom::new(&sim.seed, label), BITS).ok()
                })
            };
            let (root, leaf) = tokio::join!(key("webhook root key"), key("webhook signing key"));
            let (root, leaf) = (root.ok().flatten(), leaf.ok().flatten());
            let identity = root.zip(leaf).and_then(|(root, leaf)| certified(&sim.seed, &root, &leaf));
            let identity = identity.ok_or_else(Refusal::unexpected)?;
            let stored = identity.clone();
            sim.write(|world, _| {
                world.webhook_identities.insert(ONLY, stored);
                Ok(())
            })
            .await?;
            identity
        }
    };
    Signer::of(&identity).map(Arc::new).ok_or_else(Refusal::unexpected)
}

/// The certificates of both keys.
fn certified(seed: &Seed, root_key: &RsaPrivateKey, leaf_key: &RsaPrivateKey) -> Option<Identity> {
    let pem = |key: &RsaPrivateKey| key.to_pkcs8_pem(LineEnding::LF).ok().map(|pem| pem.to_string());
    let pair = |pem: &str| KeyPair::from_pkcs8_pem_and_sign_algo(pem, &PKCS_RSA_SHA256).ok();
    let leaf_key_pem = pem(leaf_key)?;
    let (root_pair, leaf_pair) = (pair(&pem(root_key)?)?, pair(&leaf_key_pem)?);

    let mut root = params(seed, "Partner Center Simulator Root CA", Vec::new())?;
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    root.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let root_certificate = root.self_signed(&root_pair).ok()?;

    let names = vec!["partner-center-simulator.example".to_owned()];
    let mut leaf = params(seed, "Partner Center Simulator Webhook Signing", names)?;
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    leaf.use_authority_key_identifier_extension = true;
    let leaf_certificate = leaf.signed_by(&leaf_pair, &Issuer::from_params(&root, &root_pair)).ok()?;
    Some(Identity { root_pem: root_certificate.pem(), leaf_pem: leaf_certificate.pem(), leaf_key_pem })
}

/// A certificate valid on every clock that a simulator can show.
fn params(seed: &Seed, name: &str, names: Vec<String>) -> Option<CertificateParams> {
    let mut params = CertificateParams::new(names).ok()?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "US");
    params.distinguished_name.push(DnType::OrganizationName, "Microsoft Corporation");
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(9999, 1, 1);
    let mut serial = seed.mac("certificate serial", &[name])[..16].to_vec();
    // A positive number without leading zero bytes.
    serial[0] = (serial[0] & 0x7f) | 0x40;
    params.serial_number = Some(SerialNumber::from(serial));
    Some(params)
}

/// Random bytes from the seed: the same seed signs with the same key.
struct SeededRandom<'a> {
    seed: &'a Seed,
    label: &'static str,
    block: u64,
    ready: Vec<u8>,
}

impl<'a> SeededRandom<'a> {
    fn new(seed: &'a Seed, label: &'static str) -> Self {
        Self { seed, label, block: 0, ready: Vec::new() }
    }
}

impl RngCore for SeededRandom<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        for byte in out {
            *byte = match self.ready.pop() {
                Some(byte) => byte,
                None => {
                    self.ready = self.seed.mac(self.label, &[&self.block.to_string()]).to_vec();
                    self.block += 1;
                    self.ready.pop().unwrap_or_default()
                }
            };
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for SeededRandom<'_> {}

/// The leaf's certificate; open to everybody, as Microsoft's is.
pub(super) async fn certificate(State(sim): State<Sim>, Path(name): Path<String>) -> Answer {
    // Nobody can know the name before the keys exist.
    let known = sim.read(|world, _| world.webhook_identities.get(ONLY).is_some());
    if !known {
        return Err(Refusal::not_found());
    }
    let signer = sim.notary.signer(&sim).await?;
    if !name.eq_ignore_ascii_case(&signer.name) {
        return Err(Refusal::not_found());
    }
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], signer.leaf_pem.clone()).into_response())
}
