//! Who calls: the checks of contracts/ovh-api.md §1.3 in their order, before anything is routed.

use super::{
    Door,
    problem::Refusal,
    signature::{Signed, fits},
};
use crate::operations::{
    Actor,
    keys::{Credential, CredentialState, SigningApplication},
};
use axum::http::{HeaderMap, header};
use licensing::{id::AccountId, permission::is_granted};
use secrecy::ExposeSecret;
use std::{net::IpAddr, sync::Arc};

/// A caller whose signature fits and whose key covers the call.
#[derive(Clone)]
pub(crate) struct Caller {
    /// For whom it acts.
    pub(crate) account: AccountId,
    /// With which credential.
    pub(crate) credential: Arc<Credential>,
    /// From where.
    pub(crate) address: Option<IpAddr>,
}

impl Caller {
    /// The last check: a rule that covers the call. `paths` are the forms in which a rule may name it.
    pub(crate) fn granted(&self, door: &Door, method: &str, paths: &[&str]) -> Result<(), Refusal> {
        if !paths.iter().any(|path| is_granted(&self.credential.rules, method, path)) {
            return Err(Refusal::forbidden("NOT_GRANTED_CALL", "This call has not been granted"));
        }
        door.operations.note_use(self.credential.id);
        Ok(())
    }

    /// As the audit log names it.
    pub(crate) fn actor(&self) -> Actor {
        Actor {
            account: self.account.clone(),
            who: format!("credential/{}", self.credential.id),
            address: self.address.map(|a| a.to_string()),
        }
    }
}

/// A call as it arrived, before its body is read.
pub(crate) struct Arrived<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) method: &'a str,
    /// Path and query exactly as received.
    pub(crate) target: &'a str,
    pub(crate) peer: Option<IpAddr>,
}

/// The keys that a call names, found and not yet proven.
pub(crate) struct Named {
    application: Arc<SigningApplication>,
    credential: Arc<Credential>,
    consumer_key: String,
}

impl Arrived<'_> {
    /// A header's text; an unreadable one counts as absent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim).filter(|v| !v.is_empty())
    }

    /// Whether the call tries to be signed.
    pub(crate) fn is_signed(&self) -> bool {
        ["x-ovh-application", "x-ovh-consumer", "x-ovh-signature"].iter().all(|name| self.header(name).is_some())
    }

    /// Where the call comes from; a trusted proxy's word is believed.
    pub(crate) fn address(&self, door: &Door) -> Option<IpAddr> {
        let trusted = |ip: IpAddr| door.settings.trusted_proxies.iter().any(|block| block.contains(ip));
        let peer = self.peer?;
        if !trusted(peer) {
            return Some(peer);
        }
        let forwarded = self.headers.get_all("x-forwarded-for").into_iter().filter_map(|v| v.to_str().ok());
        let mut hops: Vec<IpAddr> =
            forwarded.flat_map(|v| v.split(',')).map_while(|hop| hop.trim().parse().ok()).collect();
        while let Some(hop) = hops.pop() {
            if !trusted(hop) {
                return Some(hop);
            }
        }
        Some(peer)
    }

    /// The application of a call to an open route, where one is named.
    pub(crate) async fn open_application(&self, door: &Door) -> Result<Option<Arc<SigningApplication>>, Refusal> {
        match self.header("x-ovh-application") {
            None => Ok(None),
            Some(key) => Ok(Some(application(door, key).await?)),
        }
    }

    /// The first two checks: application key, then consumer key.
    pub(crate) async fn named(&self, door: &Door) -> Result<Named, Refusal> {
        let Some(key) = self.header("x-ovh-application") else { return Err(Refusal::not_signed_in()) };
        let application = application(door, key).await?;
        let Some(consumer_key) = self.header("x-ovh-consumer") else { return Err(Refusal::not_signed_in()) };
        let credential = door.operations.credential_of_key(consumer_key).await?;
        match credential.filter(|c| c.application == application.application.id) {
            Some(credential) => Ok(Named { application, credential, consumer_key: consumer_key.to_owned() }),
            None => Err(Refusal::forbidden("NOT_CREDENTIAL", "This credential does not exist")),
        }
    }

    /// The checks of time, signature and credential. What the credential may do is judged by
    /// [`Caller::granted`].
    pub(crate) fn proven(&self, door: &Door, named: Named, body: &[u8]) -> Result<Caller, Refusal> {
        let now = door.operations.clock.wall();
        let timestamp = self.header("x-ovh-timestamp").unwrap_or_default();
        let plain = !timestamp.is_empty() && timestamp.len() <= 12 && timestamp.bytes().all(|b| b.is_ascii_digit());
        let window = door.settings.time_window.as_secs();
        match timestamp.parse::<i64>() {
            Ok(at) if plain && (now.as_second() - at).abs() <= window => {}
            _ => return Err(Refusal::out_of_time()),
        }
        let signed = Signed {
            secret: named.application.secret.expose_secret(),
            consumer_key: &named.consumer_key,
            method: self.method,
            target: self.target,
            body,
            timestamp,
        };
        let signature = self.header("x-ovh-signature").unwrap_or_default();
        if !fits(signature, &signed, &door.settings.public_urls, &self.hosts(door)) {
            return Err(Refusal::signature());
        }
        let address = self.address(door);
        let usable = named.credential.status(now) == CredentialState::Validated
            && named.credential.allowed_ips.as_ref().is_none_or(|blocks| {
                blocks.is_empty() || address.is_some_and(|ip| blocks.iter().any(|block| block.contains(ip)))
            });
        let Some(account) = named.credential.account.clone().filter(|_| usable) else {
            return Err(Refusal::forbidden("INVALID_CREDENTIAL", "This credential is not valid"));
        };
        Ok(Caller { account, credential: named.credential, address })
    }

    fn hosts(&self, door: &Door) -> Vec<&str> {
        let behind_proxy = self.peer.is_some_and(|ip| door.settings.trusted_proxies.iter().any(|b| b.contains(ip)));
        let mut hosts: Vec<&str> = self.header(header::HOST.as_str()).into_iter().collect();
        if behind_proxy {
            hosts.extend(self.header("x-forwarded-host"));
        }
        hosts
    }
}

async fn application(door: &Door, key: &str) -> Result<Arc<SigningApplication>, Refusal> {
    let found = door.operations.signing_application(key).await?;
    found.ok_or_else(|| Refusal::forbidden("INVALID_KEY", "This application key is invalid"))
}
