//! What a client must be told before its first call. Every address is configuration, so that a
//! simulator is just another base URL. Nothing here is read from the environment.
//! Source: contract §1.1, §5.

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use crate::retry::ReadRetry;

/// Settings of a [`crate::Client`]; checked when the client is built.
#[derive(Clone, Debug)]
pub struct Config {
    /// Root of the REST API without `/v1`, e.g. `https://api.partnercenter.microsoft.com`.
    pub api_base: String,
    /// Root of the sign-in authority, e.g. `https://login.microsoftonline.com`.
    pub authority: String,
    /// Tenant id or domain of the partner, part of the token address.
    pub tenant: String,
    /// Application (client) id of the registered web application.
    pub client_id: String,
    /// Secret of that application.
    pub client_secret: SecretString,
    /// Audience asked for in tokens, [`Config::RESOURCE`] outside sovereign clouds.
    pub resource: String,
    /// Which token endpoint is used (§5.2, §5.3).
    pub token_version: TokenVersion,
    /// Which kind of token is used (§5.1).
    pub mode: TokenMode,
    /// Longest time one request may take from the first byte sent to the last byte read.
    pub timeout: Duration,
    /// Longest time to open a connection.
    pub connect_timeout: Duration,
    /// Name of the calling product, sent with every request.
    pub application_name: String,
    /// How often and when reads are repeated; writes never are.
    pub read_retry: ReadRetry,
    /// Calls in flight at the start; halved at each 429, raised slowly while all goes well (§3).
    pub parallel_calls: usize,
    /// Further trusted roots, PEM, for an API behind a private authority.
    pub extra_roots_pem: Vec<String>,
    /// Language of descriptions and catalogue texts, e.g. `en-US`.
    pub locale: String,
}

impl Config {
    /// Audience of Partner Center tokens in the public cloud.
    pub const RESOURCE: &str = "https://api.partnercenter.microsoft.com";

    /// Settings for a tenant and an application with everything else at its default: v2 tokens,
    /// App+User, 100 s per request, 10 s to connect, 4 parallel calls.
    #[must_use]
    pub fn new(
        api_base: impl Into<String>,
        authority: impl Into<String>,
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: SecretString,
    ) -> Self {
        Self {
            api_base: api_base.into(),
            authority: authority.into(),
            tenant: tenant.into(),
            client_id: client_id.into(),
            client_secret,
            resource: Self::RESOURCE.to_owned(),
            token_version: TokenVersion::V2,
            mode: TokenMode::AppUser,
            timeout: Duration::from_secs(100),
            connect_timeout: Duration::from_secs(10),
            application_name: "partner-center-rust".to_owned(),
            read_retry: ReadRetry::default(),
            parallel_calls: 4,
            extra_roots_pem: Vec::new(),
            locale: "en-US".to_owned(),
        }
    }

    pub(crate) fn token_url(&self) -> Result<Url, ConfigError> {
        let mut url = base_url("authority", &self.authority)?;
        if self.tenant.is_empty() || self.tenant.contains('/') || self.tenant.starts_with('.') {
            return Err(ConfigError::new("tenant", &self.tenant, "a tenant id or a domain"));
        }
        let version: &[&str] = match self.token_version {
            TokenVersion::V1 => &["oauth2", "token"],
            TokenVersion::V2 => &["oauth2", "v2.0", "token"],
        };
        url.path_segments_mut()
            .map_err(|()| ConfigError::new("authority", &self.authority, "an http(s) address"))?
            .pop_if_empty()
            .push(&self.tenant)
            .extend(version);
        Ok(url)
    }

    pub(crate) fn api_url(&self) -> Result<Url, ConfigError> {
        base_url("api_base", &self.api_base)
    }

    pub(crate) fn http(&self) -> Result<reqwest::Client, ConfigError> {
        // Reqwest is compiled without a cryptography provider; a provider that the program has
        // already chosen stays in force.
        let _already_chosen = rustls::crypto::ring::default_provider().install_default();
        let api = self.api_url()?;
        let token = self.token_url()?;
        let mut builder = reqwest::Client::builder()
            .timeout(self.timeout)
            .connect_timeout(self.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(format!("{} partner-center/{}", self.application_name, env!("CARGO_PKG_VERSION")));
        if is_loopback(&api) && is_loopback(&token) {
            builder = builder.no_proxy();
        }
        if api.scheme() == "http" && token.scheme() == "http" {
            // Nothing is encrypted, so the system's roots need not exist.
            builder = builder.tls_certs_only([]);
        } else {
            let mut roots = Vec::new();
            for pem in &self.extra_roots_pem {
                roots.extend(
                    reqwest::Certificate::from_pem_bundle(pem.as_bytes())
                        .map_err(|error| ConfigError::new("extra_roots_pem", "(certificate)", &error.to_string()))?,
                );
            }
            if !roots.is_empty() {
                builder = builder.tls_certs_merge(roots);
            }
        }
        builder.build().map_err(|error| ConfigError::new("http client", "(settings)", &error.to_string()))
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let header_text = |field, value: &str| {
            if value.is_empty() || value.len() > 200 || !value.chars().all(|c| (' '..='~').contains(&c)) {
                return Err(ConfigError::new(field, value, "1 to 200 printable ASCII characters"));
            }
            Ok(())
        };
        header_text("application_name", &self.application_name)?;
        header_text("locale", &self.locale)?;
        header_text("client_id", &self.client_id)?;
        header_text("resource", &self.resource)?;
        if self.parallel_calls == 0 {
            return Err(ConfigError::new("parallel_calls", "0", "at least 1"));
        }
        Ok(())
    }
}

fn base_url(field: &'static str, text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|error| ConfigError::new(field, text, &error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(ConfigError::new(field, text, "an http(s) address with a host"));
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
        return Err(ConfigError::new(field, "(address)", "no user, password or query"));
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(ConfigError::new(field, text, "https, except on a loopback address"));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}

/// Generation of the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenVersion {
    /// `/oauth2/token` with `resource`; numbers in the answer are strings.
    V1,
    /// `/oauth2/v2.0/token` with `scope`.
    V2,
}

/// Kind of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenMode {
    /// Delegated: a refresh token of the integration account, needed by most calls of an
    /// indirect provider.
    AppUser,
    /// Client credentials alone.
    App,
}

/// A setting that cannot be used; names the field, its value and the rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("setting {field} = {value:?}: {rule}")]
pub struct ConfigError {
    /// Name of the setting.
    pub field: &'static str,
    /// What was given; never a secret.
    pub value: String,
    /// What would be right.
    pub rule: String,
}

impl ConfigError {
    fn new(field: &'static str, value: &str, rule: &str) -> Self {
        Self { field, value: value.to_owned(), rule: rule.to_owned() }
    }
}
