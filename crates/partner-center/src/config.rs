//! What a client must be told before its first call. Every address is configuration, so that a
//! simulator is just another base URL. Nothing here is read from the environment.
//! Source: contract §1.1, §5.

use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use crate::clock::Clock;
use crate::gateway::Limits;
use crate::retry::ReadRetry;

/// Settings of a [`crate::Client`]; checked when the client is built.
#[derive(Clone, Debug)]
pub struct Config {
    /// Root of the REST API without `/v1`, e.g. `https://api.partnercenter.microsoft.com`.
    pub api_base: String,
    /// Root of the price host without `/v1.0`; also exchange rates and the offer matrix (§12.5).
    pub price_base: String,
    /// Root of Microsoft Graph without `/v1.0`, for the billing export (§18.4).
    pub graph_base: String,
    /// Root of analytics; `None` is `/partner/v1` under [`Config::api_base`] (§1.1).
    pub analytics_base: Option<String>,
    /// Root of webhook registrations; `None` is `/webhooks/v1` under [`Config::api_base`] (§17.1).
    pub webhooks_base: Option<String>,
    /// Root of the sign-in authority, e.g. `https://login.microsoftonline.com`.
    pub authority: String,
    /// Tenant id or domain of the partner, part of the token address.
    pub tenant: String,
    /// Application (client) id of the registered web application.
    pub client_id: String,
    /// Secret of that application.
    pub client_secret: SecretString,
    /// Audience asked for in tokens, [`Config::RESOURCE`] outside sovereign clouds. Also that of
    /// the price host, analytics and webhooks.
    pub resource: String,
    /// Audience of tokens for [`Config::graph_base`] (§5.3).
    pub graph_resource: String,
    /// Which token endpoint is used (§5.2, §5.3).
    pub token_version: TokenVersion,
    /// Which kind of token is used (§5.1).
    pub mode: TokenMode,
    /// Longest time one request may take from the first byte sent to the last byte read; for a
    /// [`crate::Download`], until its head came and between two pieces of its body.
    pub timeout: Duration,
    /// Longest time a whole download may take.
    pub download_timeout: Duration,
    /// Longest time to open a connection.
    pub connect_timeout: Duration,
    /// Name of the calling product, sent with every request.
    pub application_name: String,
    /// How often and when reads are repeated; writes never are.
    pub read_retry: ReadRetry,
    /// Calls in flight at the start; halved at each 429, raised slowly while all goes well (§3).
    pub parallel_calls: usize,
    /// Most calls a minute and in the queue (§3).
    pub limits: Limits,
    /// Further trusted roots, PEM, for an API behind a private authority.
    pub extra_roots_pem: Vec<String>,
    /// Language of descriptions and catalogue texts, e.g. `en-US`.
    pub locale: String,
    /// Where the time of day comes from; only the age of the refresh token is measured by it.
    pub clock: Clock,
}

/// Microsoft's clouds; tokens of one are worthless in another (§1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// The commercial cloud.
    Public,
    /// US Government: the public API behind an authority of its own.
    UsGovernment,
    /// China, operated by 21Vianet.
    China,
}

impl Config {
    /// Audience of Partner Center tokens in the public cloud, and root of its API.
    pub const RESOURCE: &str = "https://api.partnercenter.microsoft.com";
    /// Root of the price host, in all clouds.
    pub const PRICES: &str = "https://api.partner.microsoft.com";
    /// Root and audience of Microsoft Graph. The billing export exists in the public cloud only.
    pub const GRAPH: &str = "https://graph.microsoft.com";

    /// Settings for a tenant and an application with everything else at its default: v2 tokens,
    /// App+User, 100 s per request, 10 s to connect, 4 parallel calls. With an `api_base` on
    /// loopback (a simulator) prices and Graph are looked for there too, so that a trial never
    /// speaks to Microsoft, and no calls per minute are counted; otherwise Microsoft's hosts and
    /// limits are taken.
    #[must_use]
    pub fn new(
        api_base: impl Into<String>,
        authority: impl Into<String>,
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: SecretString,
    ) -> Self {
        let api_base = api_base.into();
        let is_trial = Url::parse(&api_base).is_ok_and(|url| is_loopback(&url));
        let host = |microsoft: &str| if is_trial { api_base.clone() } else { microsoft.to_owned() };
        Self {
            price_base: host(Self::PRICES),
            graph_base: host(Self::GRAPH),
            api_base,
            analytics_base: None,
            webhooks_base: None,
            authority: authority.into(),
            tenant: tenant.into(),
            client_id: client_id.into(),
            client_secret,
            resource: Self::RESOURCE.to_owned(),
            graph_resource: Self::GRAPH.to_owned(),
            token_version: TokenVersion::V2,
            mode: TokenMode::AppUser,
            timeout: Duration::from_secs(100),
            download_timeout: Duration::from_secs(3600),
            connect_timeout: Duration::from_secs(10),
            application_name: "partner-center-rust".to_owned(),
            read_retry: ReadRetry::default(),
            parallel_calls: 4,
            limits: if is_trial { Limits::none() } else { Limits::default() },
            extra_roots_pem: Vec::new(),
            locale: "en-US".to_owned(),
            clock: Clock::system(),
        }
    }

    /// Settings for one of Microsoft's clouds (§1.1), otherwise like [`Config::new`]. The audience
    /// in China is not published; its API's root is taken.
    ///
    /// ```
    /// use partner_center::{Cloud, Config};
    ///
    /// let config = Config::cloud(Cloud::UsGovernment, "provider.example", "app-1", "hush".into());
    /// assert_eq!(config.authority, "https://login.microsoftonline.us");
    /// assert_eq!(config.api_base, Config::RESOURCE);
    /// ```
    #[must_use]
    pub fn cloud(
        cloud: Cloud,
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: SecretString,
    ) -> Self {
        let (api_base, authority) = match cloud {
            Cloud::Public => (Self::RESOURCE, "https://login.microsoftonline.com"),
            Cloud::UsGovernment => (Self::RESOURCE, "https://login.microsoftonline.us"),
            Cloud::China => {
                ("https://partner.partnercenterapi.microsoftonline.cn", "https://login.partner.microsoftonline.cn")
            }
        };
        Self { resource: api_base.to_owned(), ..Self::new(api_base, authority, tenant, client_id, client_secret) }
    }

    /// An address of the authority; `last` is `token` or `authorize`.
    pub(crate) fn authority_url(&self, last: &str) -> Result<Url, ConfigError> {
        let mut url = base_url("authority", &self.authority)?;
        if self.tenant.is_empty() || self.tenant.contains('/') || self.tenant.starts_with('.') {
            return Err(ConfigError::new("tenant", &self.tenant, "a tenant id or a domain"));
        }
        let version: &[&str] = match self.token_version {
            TokenVersion::V1 => &["oauth2", last],
            TokenVersion::V2 => &["oauth2", "v2.0", last],
        };
        url.path_segments_mut()
            .map_err(|()| ConfigError::new("authority", &self.authority, "an http(s) address"))?
            .pop_if_empty()
            .push(&self.tenant)
            .extend(version);
        Ok(url)
    }

    /// Every root that requests are joined to, checked.
    pub(crate) fn roots(&self) -> Result<Roots, ConfigError> {
        let api = base_url("api_base", &self.api_base)?;
        let under = |field, own: &Option<String>, prefix: [&str; 2]| match own {
            Some(text) => base_url(field, text),
            None => {
                let mut url = api.clone();
                url.path_segments_mut()
                    .map_err(|()| ConfigError::new("api_base", &self.api_base, "an http(s) address"))?
                    .pop_if_empty()
                    .extend(prefix);
                Ok(url)
            }
        };
        Ok(Roots {
            analytics: under("analytics_base", &self.analytics_base, ["partner", "v1"])?,
            webhooks: under("webhooks_base", &self.webhooks_base, ["webhooks", "v1"])?,
            prices: base_url("price_base", &self.price_base)?,
            graph: base_url("graph_base", &self.graph_base)?,
            partner_center: api,
        })
    }

    pub(crate) fn http(&self) -> Result<reqwest::Client, ConfigError> {
        self.http_builder()?.build().map_err(unbuilt)
    }

    /// For files, which are handed on as they are stored and not unpacked on the way.
    pub(crate) fn file_http(&self) -> Result<reqwest::Client, ConfigError> {
        self.http_builder()?.no_gzip().build().map_err(unbuilt)
    }

    fn http_builder(&self) -> Result<reqwest::ClientBuilder, ConfigError> {
        // Reqwest is compiled without a cryptography provider; a provider that the program has
        // already chosen stays in force.
        let _already_chosen = rustls::crypto::ring::default_provider().install_default();
        let roots = self.roots()?;
        let token = self.authority_url("token")?;
        let addresses = [&roots.partner_center, &roots.prices, &roots.graph, &roots.analytics, &roots.webhooks, &token];
        let mut builder = reqwest::Client::builder()
            .timeout(self.timeout)
            .connect_timeout(self.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .pool_idle_timeout(Duration::from_secs(60))
            .user_agent(format!("{} partner-center/{}", self.application_name, env!("CARGO_PKG_VERSION")));
        if addresses.into_iter().all(is_loopback) {
            builder = builder.no_proxy();
        }
        if addresses.into_iter().all(|url| url.scheme() == "http") {
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
        Ok(builder)
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
        header_text("graph_resource", &self.graph_resource)?;
        if self.parallel_calls == 0 {
            return Err(ConfigError::new("parallel_calls", "0", "at least 1"));
        }
        for most in [self.limits.per_partner, self.limits.per_customer].into_iter().flatten() {
            if most < 2 {
                return Err(ConfigError::new("limits", &most.to_string(), "at least 2 a minute"));
            }
        }
        if self.limits.queue == 0 {
            return Err(ConfigError::new("limits.queue", "0", "at least 1"));
        }
        Ok(())
    }
}

fn unbuilt(error: reqwest::Error) -> ConfigError {
    ConfigError::new("http client", "(settings)", &error.to_string())
}

/// Where requests go; [`crate::request::Base`] chooses.
#[derive(Clone, Debug)]
pub(crate) struct Roots {
    pub(crate) partner_center: Url,
    pub(crate) prices: Url,
    pub(crate) graph: Url,
    pub(crate) analytics: Url,
    pub(crate) webhooks: Url,
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

pub(crate) fn is_loopback(url: &Url) -> bool {
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
