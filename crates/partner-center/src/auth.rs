//! Access tokens: client credentials or a rotating refresh token, v1 and v2 endpoints.
//!
//! A new refresh token is stored before the access token that came with it is used; one refresh
//! runs at a time, in a task of its own, so that a caller who goes away cannot lose a rotated
//! token. Secrets appear in no log and no error. Source: contract §5. Next: `token_errors.rs`,
//! `consent.rs`, `token_health.rs`.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;

use crate::config::{Config, ConfigError, TokenMode, TokenVersion};
use crate::instant::Instant as Moment;
use crate::request::Audience;
use crate::token_errors::{Granted, StoreError, TokenError, read};

/// A token is renewed when less than this is left of it (§5.4).
const RENEW_BEFORE: Duration = Duration::from_secs(300);
/// A token that cannot be renewed just now is used until this is left of it.
const LAST_USE: Duration = Duration::from_secs(30);
/// Longest token answer read.
const LONGEST_ANSWER: usize = 256 * 1024;

/// What a [`RefreshTokenStore`] answers.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Where the caller keeps the refresh token, sealed and durable.
pub trait RefreshTokenStore: Send + Sync {
    /// The current refresh token, or `None` before the first consent.
    fn load(&self) -> StoreFuture<'_, Option<SecretString>>;
    /// Keeps a new refresh token; returns only once it is durable. May be called again with the
    /// same token.
    fn save(&self, new: SecretString) -> StoreFuture<'_, ()>;
    /// When the current token was saved, so that its age is known after a restart; `None` when the
    /// store does not keep that.
    fn saved_at(&self) -> StoreFuture<'_, Option<Moment>> {
        Box::pin(async { Ok(None) })
    }
}

/// An access token and which renewal brought it.
#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    pub(crate) secret: SecretString,
    pub(crate) generation: u64,
}

/// Which token: for whom, and of a user or of the application alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    pub(crate) audience: Audience,
    pub(crate) mode: TokenMode,
}

#[derive(Debug)]
struct Kept {
    token: AccessToken,
    renew_at: Instant,
    ends_at: Instant,
}

#[derive(Debug, Default)]
struct Held {
    tokens: HashMap<Wanted, Kept>,
    generation: u64,
    /// A rotated refresh token that the store has not taken yet.
    unsaved: Option<SecretString>,
    refreshed_at: Option<Moment>,
    refresh_issued_at: Option<Moment>,
    failure: Option<TokenError>,
}

/// The only holder of tokens. All audiences share one refresh token, so renewals go one by one.
pub(crate) struct Tokens {
    http: reqwest::Client,
    token_url: Url,
    authorize_url: Url,
    config: Config,
    store: Arc<dyn RefreshTokenStore>,
    renewing: tokio::sync::Mutex<()>,
    held: Mutex<Held>,
}

impl Tokens {
    pub(crate) fn new(
        http: reqwest::Client,
        config: Config,
        store: Arc<dyn RefreshTokenStore>,
    ) -> Result<Arc<Self>, ConfigError> {
        let (token_url, authorize_url) = (config.authority_url("token")?, config.authority_url("authorize")?);
        let (renewing, held) = (tokio::sync::Mutex::default(), Mutex::default());
        Ok(Arc::new(Self { http, token_url, authorize_url, config, store, renewing, held }))
    }

    pub(crate) fn mode(&self) -> TokenMode {
        self.config.mode
    }

    pub(crate) fn now(&self) -> Moment {
        self.config.clock.now()
    }

    /// Last renewal, issue of the refresh token, and the failure since.
    pub(crate) fn history(&self) -> (Option<Moment>, Option<Moment>, Option<TokenError>) {
        let held = self.held();
        (held.refreshed_at, held.refresh_issued_at, held.failure.clone())
    }

    pub(crate) async fn stored_at(&self) -> Result<Option<Moment>, StoreError> {
        self.store.saved_at().await
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A token with more than five minutes to live. `refused` is the generation of a token that
    /// the API answered with 401: it is renewed unless somebody already did.
    pub(crate) async fn get(self: &Arc<Self>, wanted: Wanted, refused: Option<u64>) -> Result<AccessToken, TokenError> {
        if let Some(token) = self.usable(wanted, refused) {
            return Ok(token);
        }
        let tokens = Arc::clone(self);
        let renewal = tokio::spawn(async move {
            let _one_at_a_time = tokens.renewing.lock().await;
            if let Some(token) = tokens.usable(wanted, refused) {
                return Ok(token);
            }
            let renewed = tokens.noted(tokens.renew(wanted).await);
            match (&renewed, refused) {
                // An authority that is out for minutes stops nobody whose token still lives.
                (Err(TokenError::Unavailable { .. }), None) => tokens.still_good(wanted).ok_or(()).or(renewed),
                _ => renewed,
            }
        });
        match renewal.await {
            Ok(result) => result,
            Err(error) => {
                Err(TokenError::Unavailable { reason: format!("the renewal stopped: {error}"), retry_after: None })
            }
        }
    }

    /// Redeems an authorization code of the first consent and stores its refresh token.
    pub(crate) async fn redeem(
        self: &Arc<Self>,
        code: SecretString,
        redirect_uri: String,
        verifier: Option<SecretString>,
    ) -> Result<(), TokenError> {
        let tokens = Arc::clone(self);
        let task = tokio::spawn(async move {
            let _one_at_a_time = tokens.renewing.lock().await;
            let wanted = Wanted { audience: Audience::PartnerCenter, mode: TokenMode::AppUser };
            let mut more = vec![("code", code.expose_secret()), ("redirect_uri", redirect_uri.as_str())];
            more.extend(verifier.as_ref().map(|verifier| ("code_verifier", verifier.expose_secret())));
            let form = tokens.form(wanted, "authorization_code", &more);
            let granted = tokens.ask(&form).await?;
            if granted.refresh.is_none() {
                return Err(TokenError::Unreadable("no refresh_token: is offline_access granted?".into()));
            }
            let kept = tokens.keep(wanted, granted).await;
            tokens.noted(kept).map(drop)
        });
        task.await.unwrap_or_else(|error| Err(TokenError::Unavailable { reason: error.to_string(), retry_after: None }))
    }

    fn usable(&self, wanted: Wanted, refused: Option<u64>) -> Option<AccessToken> {
        let held = self.held();
        let kept = held.tokens.get(&wanted)?;
        let fresh = Instant::now() < kept.renew_at;
        let newer = refused.is_none_or(|generation| kept.token.generation > generation);
        (fresh && newer && held.unsaved.is_none()).then(|| kept.token.clone())
    }

    async fn renew(&self, wanted: Wanted) -> Result<AccessToken, TokenError> {
        let form = match wanted.mode {
            TokenMode::App => self.form(wanted, "client_credentials", &[]),
            TokenMode::AppUser => {
                let unsaved = self.held().unsaved.clone();
                if let Some(unsaved) = unsaved {
                    self.store.save(unsaved).await?;
                    self.held().unsaved = None;
                }
                let refresh = self.store.load().await?.ok_or(TokenError::NoRefreshToken)?;
                self.form(wanted, "refresh_token", &[("refresh_token", refresh.expose_secret())])
            }
        };
        let granted = self.ask(&form).await?;
        self.keep(wanted, granted).await
    }

    /// The token that should have been renewed, while it lives; the next try waits a little.
    fn still_good(&self, wanted: Wanted) -> Option<AccessToken> {
        let mut held = self.held();
        let is_saved = held.unsaved.is_none();
        let kept = held.tokens.get_mut(&wanted)?;
        let now = Instant::now();
        if !is_saved || now + LAST_USE >= kept.ends_at {
            return None;
        }
        kept.renew_at = (now + LAST_USE).min(kept.ends_at);
        tracing::warn!("the authority is out; the present token is used on");
        Some(kept.token.clone())
    }

    /// Remembers how a renewal went.
    fn noted(&self, renewal: Result<AccessToken, TokenError>) -> Result<AccessToken, TokenError> {
        let now = self.now();
        let mut held = self.held();
        match &renewal {
            Ok(_) => {
                held.refreshed_at = Some(now);
                held.failure = None;
            }
            Err(error) => {
                tracing::warn!(%error, reaction = ?error.reaction(), "no access token");
                held.failure = Some(error.clone());
            }
        }
        renewal
    }

    /// Stores first, uses afterwards (§5.4).
    async fn keep(&self, wanted: Wanted, granted: Granted) -> Result<AccessToken, TokenError> {
        if let (Some(refresh), TokenMode::AppUser) = (granted.refresh, wanted.mode) {
            let now = self.now();
            {
                let mut held = self.held();
                held.unsaved = Some(refresh.clone());
                held.refresh_issued_at = Some(now);
            }
            self.store.save(refresh).await?;
            self.held().unsaved = None;
        }
        let now = Instant::now();
        let life = granted.life.saturating_sub(RENEW_BEFORE).max(granted.life / 10);
        let mut held = self.held();
        held.generation += 1;
        let token = AccessToken { secret: granted.access, generation: held.generation };
        let kept = Kept { token: token.clone(), renew_at: now + life, ends_at: now + granted.life };
        held.tokens.insert(wanted, kept);
        Ok(token)
    }

    fn form(&self, wanted: Wanted, grant: &str, more: &[(&'static str, &str)]) -> Vec<(&'static str, SecretString)> {
        let mut form: Vec<(&'static str, SecretString)> = vec![
            ("grant_type", grant.into()),
            ("client_id", self.config.client_id.as_str().into()),
            ("client_secret", self.config.client_secret.clone()),
        ];
        let resource = self.resource(wanted.audience);
        match (self.config.token_version, grant) {
            (TokenVersion::V1, _) => {
                form.push(("resource", resource.into()));
                if grant == "refresh_token" {
                    form.push(("scope", "openid".into()));
                }
            }
            (TokenVersion::V2, "client_credentials") => {
                form.push(("scope", format!("{resource}/.default").into()));
            }
            (TokenVersion::V2, _) => form.push(("scope", self.user_scope(wanted.audience).into())),
        }
        form.extend(more.iter().map(|(name, value)| (*name, SecretString::from(*value))));
        form
    }

    fn resource(&self, audience: Audience) -> &str {
        match audience {
            Audience::PartnerCenter => &self.config.resource,
            Audience::Graph => &self.config.graph_resource,
        }
    }

    fn user_scope(&self, audience: Audience) -> String {
        let permission = match audience {
            Audience::PartnerCenter => "user_impersonation",
            Audience::Graph => ".default",
        };
        format!("{}/{permission} offline_access openid", self.resource(audience))
    }

    /// The address of the consent page for these parameters.
    pub(crate) fn authorize_url(&self, parameters: &[(&str, &str)]) -> String {
        let mut url = self.authorize_url.clone();
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("client_id", &self.config.client_id);
            match self.config.token_version {
                TokenVersion::V1 => query.append_pair("resource", self.resource(Audience::PartnerCenter)),
                TokenVersion::V2 => query.append_pair("scope", &self.user_scope(Audience::PartnerCenter)),
            };
            query.extend_pairs(parameters);
        }
        url.into()
    }

    async fn ask(&self, form: &[(&'static str, SecretString)]) -> Result<Granted, TokenError> {
        let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.expose_secret())).collect();
        let lost =
            |error: reqwest::Error| TokenError::Unavailable { reason: crate::client::cause(error), retry_after: None };
        let mut response = self
            .http
            .post(self.token_url.clone())
            .header("Accept", "application/json")
            .form(&pairs)
            .send()
            .await
            .map_err(lost)?;
        let status = response.status().as_u16();
        let retry_after = crate::client::retry_after(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(TokenError::Unreadable("longer than 256 KiB".into()));
            }
            body.extend_from_slice(&chunk);
        }
        tracing::debug!(status, "token endpoint answered");
        read(status, &body, retry_after)
    }
}
