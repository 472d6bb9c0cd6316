//! Access tokens: client credentials or a rotating refresh token, v1 and v2 endpoints.
//!
//! A new refresh token is stored before the access token that came with it is used; one refresh
//! runs at a time, in a task of its own, so that a caller who goes away cannot lose a rotated
//! token. Secrets appear in no log and no error. Source: contract §5.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::Instant;

use crate::config::{Config, TokenMode, TokenVersion};
use crate::error::without_mark;
use crate::request::Audience;
use crate::resource::text;

/// A token is renewed when less than this is left of it (§5.4).
const RENEW_BEFORE: Duration = Duration::from_secs(300);
/// Life assumed when the answer names none.
const ASSUMED_LIFE: Duration = Duration::from_secs(3600);
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
}

/// The caller's store failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refresh token store: {0}")]
pub struct StoreError(pub String);

/// Why no access token could be had (§5.5). Descriptions are Entra's, shortened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is no refresh token yet: somebody must consent.
    #[error("no refresh token is stored: consent is needed")]
    NoRefreshToken,
    /// `invalid_grant`, `interaction_required`, `consent_required`: the operator must sign in and
    /// consent again; orders wait, they do not fail.
    #[error("consent is needed again ({error} {codes:?}): {description}")]
    ConsentNeeded {
        /// Entra's error word.
        error: String,
        /// AADSTS numbers.
        codes: Vec<i64>,
        /// Entra's text.
        description: String,
    },
    /// `invalid_client`: the application's secret is wrong or has expired.
    #[error("the application's secret is refused {codes:?}: {description}")]
    SecretRefused {
        /// AADSTS numbers.
        codes: Vec<i64>,
        /// Entra's text.
        description: String,
    },
    /// The application, its permissions or the audience are not set up as they must be.
    #[error("application or audience not set up ({error} {codes:?}): {description}")]
    Configuration {
        /// Entra's error word.
        error: String,
        /// AADSTS numbers.
        codes: Vec<i64>,
        /// Entra's text.
        description: String,
    },
    /// The authority cannot answer now: `temporarily_unavailable`, 429, 5xx or no connection.
    #[error("the authority cannot answer now: {reason}")]
    Unavailable {
        /// What happened.
        reason: String,
        /// The answer's `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// A success that holds no usable token.
    #[error("unreadable token answer: {0}")]
    Unreadable(String),
    /// The caller's store failed; the access token was not used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TokenError {
    /// Whether waiting alone may help.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Store(_))
    }

    /// How long the authority asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Unavailable { retry_after, .. } => *retry_after,
            _ => None,
        }
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
}

#[derive(Debug, Default)]
struct Held {
    tokens: HashMap<Wanted, Kept>,
    generation: u64,
    /// A rotated refresh token that the store has not taken yet.
    unsaved: Option<SecretString>,
}

/// The only holder of tokens. All audiences share one refresh token, so renewals go one by one.
pub(crate) struct Tokens {
    http: reqwest::Client,
    url: Url,
    config: Config,
    store: Arc<dyn RefreshTokenStore>,
    renewing: tokio::sync::Mutex<()>,
    held: Mutex<Held>,
}

impl Tokens {
    pub(crate) fn new(http: reqwest::Client, url: Url, config: Config, store: Arc<dyn RefreshTokenStore>) -> Arc<Self> {
        let (renewing, held) = (tokio::sync::Mutex::default(), Mutex::default());
        Arc::new(Self { http, url, config, store, renewing, held })
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
            tokens.renew(wanted).await
        });
        match renewal.await {
            Ok(result) => result,
            Err(error) => {
                Err(TokenError::Unavailable { reason: format!("the renewal stopped: {error}"), retry_after: None })
            }
        }
    }

    /// Redeems an authorization code of the first consent and stores its refresh token.
    pub(crate) async fn redeem(self: &Arc<Self>, code: SecretString, redirect_uri: String) -> Result<(), TokenError> {
        let tokens = Arc::clone(self);
        let task = tokio::spawn(async move {
            let _one_at_a_time = tokens.renewing.lock().await;
            let wanted = Wanted { audience: Audience::PartnerCenter, mode: TokenMode::AppUser };
            let form = tokens.form(
                wanted,
                "authorization_code",
                &[("code", code.expose_secret()), ("redirect_uri", &redirect_uri)],
            );
            let answer = tokens.ask(&form).await?;
            if answer.refresh.is_none() {
                return Err(TokenError::Unreadable("no refresh_token: is offline_access granted?".into()));
            }
            tokens.keep(wanted, answer).await.map(drop)
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
        let answer = self.ask(&form).await?;
        self.keep(wanted, answer).await
    }

    /// Stores first, uses afterwards (§5.4).
    async fn keep(&self, wanted: Wanted, answer: Answer) -> Result<AccessToken, TokenError> {
        if let (Some(refresh), TokenMode::AppUser) = (answer.refresh, wanted.mode) {
            self.held().unsaved = Some(refresh.clone());
            self.store.save(refresh).await?;
            self.held().unsaved = None;
        }
        let life = answer.life.saturating_sub(RENEW_BEFORE).max(answer.life / 10);
        let mut held = self.held();
        held.generation += 1;
        let token = AccessToken { secret: answer.access, generation: held.generation };
        held.tokens.insert(wanted, Kept { token: token.clone(), renew_at: Instant::now() + life });
        Ok(token)
    }

    fn form(&self, wanted: Wanted, grant: &str, more: &[(&'static str, &str)]) -> Vec<(&'static str, SecretString)> {
        let mut form: Vec<(&'static str, SecretString)> = vec![
            ("grant_type", grant.into()),
            ("client_id", self.config.client_id.as_str().into()),
            ("client_secret", self.config.client_secret.clone()),
        ];
        let resource = match wanted.audience {
            Audience::PartnerCenter => self.config.resource.as_str(),
            Audience::Graph => self.config.graph_resource.as_str(),
        };
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
            (TokenVersion::V2, _) if wanted.audience == Audience::Graph => {
                form.push(("scope", format!("{resource}/.default offline_access openid").into()));
            }
            (TokenVersion::V2, _) => {
                form.push(("scope", format!("{resource}/user_impersonation offline_access openid").into()));
            }
        }
        form.extend(more.iter().map(|(name, value)| (*name, SecretString::from(*value))));
        form
    }

    async fn ask(&self, form: &[(&'static str, SecretString)]) -> Result<Answer, TokenError> {
        let pairs: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.expose_secret())).collect();
        let lost =
            |error: reqwest::Error| TokenError::Unavailable { reason: crate::client::cause(error), retry_after: None };
        let mut response = self
            .http
            .post(self.url.clone())
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

pub(crate) struct Answer {
    access: SecretString,
    refresh: Option<SecretString>,
    pub(crate) life: Duration,
}

pub(crate) fn read(status: u16, body: &[u8], retry_after: Option<Duration>) -> Result<Answer, TokenError> {
    let members = serde_json::from_slice::<Value>(without_mark(body)).ok();
    let member = |name: &str| {
        let found = members.as_ref()?.get(name)?;
        text::of(found).filter(|value| !value.trim().is_empty())
    };
    if status == 200 {
        let access = member("access_token").ok_or_else(|| TokenError::Unreadable("no access_token".into()))?;
        if !access.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(TokenError::Unreadable("access_token is not one printable word".into()));
        }
        return Ok(Answer {
            access: access.into(),
            refresh: member("refresh_token").map(SecretString::from),
            life: member("expires_in")
                .and_then(|seconds| seconds.trim().parse().ok())
                .map_or(ASSUMED_LIFE, |seconds: u64| Duration::from_secs(seconds.min(24 * 3600))),
        });
    }
    let error = member("error").unwrap_or_default();
    let description: String = member("error_description").unwrap_or_default().chars().take(500).collect();
    let codes = members
        .as_ref()
        .and_then(|m| m.get("error_codes")?.as_array())
        .map(|codes| codes.iter().filter_map(Value::as_i64).take(10).collect())
        .unwrap_or_default();
    Err(match error.as_str() {
        "invalid_grant" | "interaction_required" | "consent_required" | "login_required" => {
            TokenError::ConsentNeeded { error, codes, description }
        }
        "invalid_client" => TokenError::SecretRefused { codes, description },
        "temporarily_unavailable" | "server_error" => {
            TokenError::Unavailable { reason: format!("{error} {description}"), retry_after }
        }
        _ if matches!(status, 408 | 429 | 500..) => {
            TokenError::Unavailable { reason: format!("status {status}"), retry_after }
        }
        _ => TokenError::Configuration {
            error: if error.is_empty() { format!("status {status}") } else { error },
            codes,
            description,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_errors_are_typed_by_their_word() {
        let of = |status, body: &str| match read(status, body.as_bytes(), None) {
            Ok(_) => panic!("expected an error for {body}"),
            Err(error) => error,
        };
        let grant =
            of(400, r#"{"error":"invalid_grant","error_description":"AADSTS70008: old","error_codes":[70008]}"#);
        assert!(matches!(grant, TokenError::ConsentNeeded { ref codes, .. } if codes == &[70008]));
        assert!(matches!(
            of(401, r#"{"error":"invalid_client","error_codes":[7000222]}"#),
            TokenError::SecretRefused { .. }
        ));
        assert!(matches!(of(400, r#"{"error":"invalid_resource"}"#), TokenError::Configuration { .. }));
        assert!(matches!(of(400, r#"{"error":"unauthorized_client"}"#), TokenError::Configuration { .. }));
        for (status, body) in [(503, ""), (429, "{}"), (400, r#"{"error":"temporarily_unavailable"}"#)] {
            assert!(of(status, body).is_passing(), "{status} {body}");
        }
        assert!(matches!(of(200, "<html>"), TokenError::Unreadable(_)));
        assert!(matches!(of(200, r#"{"access_token":"a\nb"}"#), TokenError::Unreadable(_)));
    }

    #[test]
    fn lives_are_texts_on_v1_and_numbers_on_v2() {
        for body in [r#"{"access_token":"a","expires_in":"3599"}"#, r#"{"access_token":"a","expires_in":3599}"#] {
            let Ok(answer) = read(200, body.as_bytes(), None) else { panic!("{body}") };
            assert_eq!(answer.life, Duration::from_secs(3599));
            assert!(answer.refresh.is_none());
        }
    }
}
