//! Who calls: the checks of contracts/ovh-api.md §1.3 in their order, before anything is routed.

use super::{
    Door,
    limits::Payer,
    problem::Refusal,
    routing::Route,
    signature::{Signed, fits},
};
use crate::operations::{
    Actor,
    keys::{Credential, CredentialState, SigningApplication},
    rights::Rights,
    service_accounts::{Bearer, TOKEN_LENGTH},
};
use axum::http::{HeaderMap, header};
use licensing::{
    id::AccountId,
    permission::is_granted,
    right::{Identity, Role},
};
use secrecy::ExposeSecret;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// A caller who has proven who they are.
#[derive(Clone)]
pub(crate) struct Caller {
    /// For whom it acts.
    pub(crate) account: AccountId,
    /// With what.
    pub(crate) means: Means,
    /// What it may do, whatever its access rules say.
    pub(crate) rights: Arc<Rights>,
    /// From where.
    pub(crate) address: Option<IpAddr>,
}

/// What a caller shows.
#[derive(Clone)]
pub(crate) enum Means {
    /// A consumer key.
    Key(Arc<Credential>),
    /// An access token.
    Token(Arc<Bearer>),
}

impl Caller {
    /// The access rules: one must cover the call. `paths` are the forms in which a rule may name it. A service
    /// account has none.
    pub(crate) fn granted(&self, door: &Door, method: &str, paths: &[&str]) -> Result<(), Refusal> {
        let Means::Key(credential) = &self.means else { return Ok(()) };
        if !paths.iter().any(|path| is_granted(&credential.rules, method, path)) {
            return Err(Refusal::forbidden("NOT_GRANTED_CALL", "This call has not been granted"));
        }
        self.used(door);
        Ok(())
    }

    /// Notes the use of a key.
    pub(crate) fn used(&self, door: &Door) {
        if let Means::Key(credential) = &self.means {
            door.operations.note_use(credential.id);
        }
    }

    /// The rights: role and policies must allow the route's action on what the call is about, and everything where
    /// it gives rights.
    pub(crate) fn permitted(&self, door: &Door, route: &Route, values: &[String]) -> Result<(), Refusal> {
        if self.rights.are_full() {
            return Ok(());
        }
        let Some(action) = route.action_name() else { return Ok(()) };
        let subjects = route.subjects(values, &door.region(), &self.account);
        if !subjects.iter().any(|subject| self.rights.permit(&action, subject)) {
            return Err(Refusal::not_permitted(&action));
        }
        match route.gives_rights && !self.rights.may_give() {
            true => Err(Refusal::not_permitted("*")),
            false => Ok(()),
        }
    }

    /// Whose calls are counted.
    pub(crate) fn payer(&self) -> Payer {
        match &self.means {
            Means::Key(credential) => Payer::Key(credential.id),
            Means::Token(bearer) => Payer::ServiceAccount(bearer.client.id.clone()),
        }
    }

    /// As the audit log names it.
    pub(crate) fn actor(&self) -> Actor {
        let who = match &self.means {
            Means::Key(credential) => format!("credential/{}", credential.id),
            Means::Token(bearer) => format!("oauth2/{}", bearer.client.id),
        };
        Actor { account: self.account.clone(), who, address: self.address.map(|a| a.to_string()) }
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

/// What a call shows of itself, found and not yet proven.
pub(crate) enum Named {
    /// The keys of a signature.
    Key { application: Arc<SigningApplication>, credential: Arc<Credential>, consumer_key: String },
    /// An access token, which proves itself.
    Token(Arc<Bearer>),
}

impl Arrived<'_> {
    /// A header's text where it was sent; an unreadable one is empty.
    pub(crate) fn sent(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap_or_default().trim())
    }

    /// A header's text; an unreadable one counts as absent.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim).filter(|v| !v.is_empty())
    }

    /// Whether the call says who makes it.
    pub(crate) fn is_signed(&self) -> bool {
        let keys = ["x-ovh-application", "x-ovh-consumer", "x-ovh-signature"];
        keys.iter().all(|name| self.header(name).is_some()) || self.token().is_some()
    }

    /// Whether the call shows an application key or a token, right or wrong.
    pub(crate) fn shows_something(&self) -> bool {
        self.header("x-ovh-application").is_some() || self.token().is_some()
    }

    /// The access token of a call without an application key; the word `Bearer` may be missing.
    fn token(&self) -> Option<&str> {
        let text = self.header(header::AUTHORIZATION.as_str())?;
        let token = match text.split_once(' ') {
            Some((scheme, token)) => scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())?,
            None => text,
        };
        self.header("x-ovh-application").is_none().then_some(token)
    }

    /// Where the call comes from; a trusted proxy's word is believed. `None` where that word is no address: the
    /// proxy's own would open keys that are bound to it.
    pub(crate) fn address(&self, door: &Door) -> Option<IpAddr> {
        let trusted = |ip: IpAddr| door.settings.trusted_proxies.iter().any(|block| block.contains(ip));
        let peer = self.peer?.to_canonical();
        if !trusted(peer) {
            return Some(peer);
        }
        // From the right, where the nearest proxy wrote; what stands further left may be anybody's words.
        let lines = self.headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.flat_map(|line| line.as_bytes().rsplit(|b| *b == b',')).map(<[u8]>::trim_ascii);
        for hop in hops.filter(|hop| !hop.is_empty()) {
            let ip = std::str::from_utf8(hop).ok().and_then(address_of_hop)?;
            if !trusted(ip) {
                return Some(ip);
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

    /// The first two checks: application key, then consumer key; or the access token.
    pub(crate) async fn named(&self, door: &Door) -> Result<Named, Refusal> {
        if let Some(token) = self.token() {
            let found = match token.len() == TOKEN_LENGTH {
                true => door.operations.bearer(token).await?,
                false => None,
            };
            return found.map(Named::Token).ok_or_else(Refusal::token);
        }
        let Some(key) = self.header("x-ovh-application") else { return Err(Refusal::not_signed_in()) };
        let application = application(door, key).await?;
        let Some(consumer_key) = self.header("x-ovh-consumer") else { return Err(Refusal::not_signed_in()) };
        let credential = door.operations.credential_of_key(consumer_key).await?;
        match credential.filter(|c| c.application == application.application.id) {
            Some(credential) => Ok(Named::Key { application, credential, consumer_key: consumer_key.to_owned() }),
            None => Err(Refusal::forbidden("NOT_CREDENTIAL", "This credential does not exist")),
        }
    }

    /// The checks of time, signature and credential. What the caller may do is judged by [`Caller::granted`]
    /// and [`Caller::permitted`].
    pub(crate) async fn proven(&self, door: &Door, named: Named, body: &[u8]) -> Result<Caller, Refusal> {
        let (means, account, identity, role) = match named {
            Named::Token(bearer) => {
                let identity = Identity::ServiceAccount(bearer.client.id.clone());
                (Means::Token(bearer.clone()), bearer.client.account.clone(), identity, Role::Nobody)
            }
            Named::Key { application, credential, consumer_key } => {
                let account = self.signed(door, &application, &credential, &consumer_key, body)?;
                let (identity, role) = match &credential.user {
                    Some(user) => (Identity::User(user.login.clone()), user.role),
                    None => (Identity::Account, Role::Holder),
                };
                (Means::Key(credential), account, identity, role)
            }
        };
        let rights = match role {
            Role::Holder => Rights::of_holder(),
            role => door.operations.rights(&account, identity, role).await?,
        };
        Ok(Caller { account, means, rights: Arc::new(rights), address: self.address(door) })
    }

    /// Whether time, signature, and the credential's state and addresses are right; for which account.
    fn signed(
        &self,
        door: &Door,
        application: &SigningApplication,
        credential: &Credential,
        consumer_key: &str,
        body: &[u8],
    ) -> Result<AccountId, Refusal> {
        let now = door.operations.clock.wall();
        let timestamp = self.header("x-ovh-timestamp").unwrap_or_default();
        let plain = !timestamp.is_empty() && timestamp.len() <= 12 && timestamp.bytes().all(|b| b.is_ascii_digit());
        let window = door.settings.time_window.as_secs();
        match timestamp.parse::<i64>() {
            Ok(at) if plain && (now.as_second() - at).abs() <= window => {}
            _ => return Err(Refusal::out_of_time()),
        }
        let signed = Signed {
            secret: application.secret.expose_secret(),
            consumer_key,
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
        let usable = credential.status(now) == CredentialState::Validated
            && credential.user.as_ref().is_none_or(|user| !user.disabled)
            && credential.allowed_ips.as_ref().is_none_or(|blocks| {
                blocks.is_empty() || address.is_some_and(|ip| blocks.iter().any(|block| block.contains(ip)))
            });
        let account = credential.account.clone().filter(|_| usable);
        account.ok_or_else(|| Refusal::forbidden("INVALID_CREDENTIAL", "This credential is not valid"))
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

/// An address as proxies write it, some with the port.
fn address_of_hop(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

async fn application(door: &Door, key: &str) -> Result<Arc<SigningApplication>, Refusal> {
    let found = door.operations.signing_application(key).await?;
    found.ok_or_else(|| Refusal::forbidden("INVALID_KEY", "This application key is invalid"))
}
