//! The client: one way out for every call. It adds token and ids, sends once, and says what is
//! known. Reads are repeated by the table of contract §3, writes never (but for a single 401,
//! which is a refusal before any work, with the same ids). Next: `error.rs`, `retry.rs`.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::Instrument;
use uuid::Uuid;

use crate::auth::{AccessToken, RefreshTokenStore, TokenError, Tokens};
use crate::config::{Config, ConfigError};
use crate::error::{Error, Refusal, without_mark};
use crate::request::Request;
use crate::retry::{Gate, ReadRetry};

/// Longest answer read.
const LONGEST_ANSWER: usize = 32 * 1024 * 1024;
/// Wait assumed when a 429 names none.
const ASSUMED_WAIT: Duration = Duration::from_secs(60);

/// Identity of one logical call, owned by the caller and saved before the call is made: the same
/// value on every repetition until a definitive answer came (contract §1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// `MS-RequestId`, Microsoft's idempotency key.
    pub request_id: Uuid,
    /// `MS-CorrelationId`, ties the calls of one workflow together.
    pub correlation_id: Uuid,
}

impl Call {
    /// A new call within a workflow.
    #[must_use]
    pub fn new(correlation_id: Uuid) -> Self {
        Self { request_id: fresh_id(), correlation_id }
    }
}

/// A random id. The ids of writes are the caller's; these are for reads.
#[allow(clippy::disallowed_methods, reason = "this crate stands alone and has no clock.rs to take ids from")]
pub(crate) fn fresh_id() -> Uuid {
    Uuid::new_v4()
}

/// Client of Partner Center; cheap to clone, safe to share.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    correlation_id: Option<Uuid>,
}

struct Shared {
    http: reqwest::Client,
    api: Url,
    tokens: Arc<Tokens>,
    gate: Arc<Gate>,
    read_retry: ReadRetry,
    application: HeaderValue,
    locale: HeaderValue,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("api", &self.shared.api.as_str()).finish_non_exhaustive()
    }
}

/// An answer that came complete.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) call: Call,
}

impl Answer {
    /// The body as JSON without mark.
    pub(crate) fn value(&self) -> Result<Value, Error> {
        serde_json::from_slice(without_mark(&self.body))
            .map_err(|error| self.unreadable(format!("not JSON at line {} column {}", error.line(), error.column())))
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let value = self.value()?;
        if self.is_error_in_disguise(&value) {
            return Err(Error::Refused(Box::new(self.refusal())));
        }
        serde_json::from_value(value).map_err(|error| self.unreadable(error.to_string()))
    }

    /// The catalogue may answer 200 with an error body (contract §12.1, trap 33).
    fn is_error_in_disguise(&self, value: &Value) -> bool {
        value.as_object().is_some_and(|members| {
            members.contains_key("code")
                && members.contains_key("description")
                && !members.contains_key("id")
                && !members.contains_key("items")
        })
    }

    pub(crate) fn unreadable(&self, reason: String) -> Error {
        Error::Unreadable { status: self.status, reason: reason.chars().take(300).collect(), call: self.call }
    }

    fn refusal(&self) -> Refusal {
        let mut refusal = Refusal::read(self.status, &self.body);
        refusal.request_id = self.id("MS-RequestId");
        refusal.correlation_id = self.id("MS-CorrelationId");
        refusal.retry_after = retry_after(&self.headers);
        refusal
    }

    /// An echoed id; catalogue endpoints send `id,id` (§1.3).
    fn id(&self, name: &str) -> Option<String> {
        let text = self.headers.get(name)?.to_str().ok()?;
        text.split(',').next().map(|id| id.trim().chars().take(64).collect())
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }
}

impl Client {
    /// Builds a client; nothing is sent.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting that cannot be used.
    pub fn new(config: Config, store: Arc<dyn RefreshTokenStore>) -> Result<Self, ConfigError> {
        config.check()?;
        let http = config.http()?;
        let header = |field, text: &str| {
            HeaderValue::from_str(text).map_err(|error| ConfigError {
                field,
                value: text.to_owned(),
                rule: error.to_string(),
            })
        };
        let shared = Shared {
            api: config.api_url()?,
            application: header("application_name", &config.application_name)?,
            locale: header("locale", &config.locale)?,
            gate: Gate::new(config.parallel_calls),
            read_retry: config.read_retry.clone(),
            tokens: Tokens::new(http.clone(), config.token_url()?, config, store),
            http,
        };
        Ok(Self { shared: Arc::new(shared), correlation_id: None })
    }

    /// The same client, whose reads carry this `MS-CorrelationId`.
    #[must_use]
    pub fn correlated(&self, correlation_id: Uuid) -> Self {
        Self { shared: Arc::clone(&self.shared), correlation_id: Some(correlation_id) }
    }

    /// Renews the token now; run daily so that the refresh token does not die of age (§5.4). May
    /// be repeated.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn renew_token(&self) -> Result<(), TokenError> {
        self.shared.tokens.get(Some(u64::MAX)).await.map(drop)
    }

    /// Redeems the code of an interactive consent and stores its refresh token (§5.2). A code can
    /// be redeemed once.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn redeem_code(&self, code: SecretString, redirect_uri: &str) -> Result<(), TokenError> {
        self.shared.tokens.redeem(code, redirect_uri.to_owned()).await
    }

    /// A read, repeated by the table of §3 and then parsed.
    pub(crate) async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        self.read_answer(request, |answer| answer.json()).await
    }

    /// A read whose answer is judged by `parse`; unreadable answers are repeated too.
    pub(crate) async fn read_answer<T>(
        &self,
        request: Request,
        parse: impl Fn(&Answer) -> Result<T, Error>,
    ) -> Result<T, Error> {
        debug_assert!(request.is_read(), "{}", request.route);
        self.repeat(request, parse).await
    }

    /// A POST that changes nothing (address check): repeated like a read.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        self.repeat(request, |answer| answer.json()).await
    }

    async fn repeat<T>(&self, request: Request, parse: impl Fn(&Answer) -> Result<T, Error>) -> Result<T, Error> {
        let call = Call::new(self.correlation_id.unwrap_or_else(fresh_id));
        let mut throttled = 0;
        let mut done = 0;
        loop {
            let result = match self.send(&request, &call).await {
                Ok(answer) => parse(&answer),
                Err(error) => Err(error),
            };
            let error = match result {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            throttled += u32::from(matches!(error, Error::Throttled { sent: true, .. }));
            let Some(pause) = self.shared.read_retry.pause(&error, done, throttled) else {
                return Err(error);
            };
            done += 1;
            tracing::debug!(route = request.route, attempt = done, pause_ms = pause.as_millis(), %error, "read again");
            tokio::time::sleep(pause).await;
        }
    }

    /// A write: sent once, with the caller's ids.
    pub(crate) async fn write(&self, request: Request, call: &Call) -> Result<Answer, Error> {
        self.send(&request, call).await
    }

    async fn send(&self, request: &Request, call: &Call) -> Result<Answer, Error> {
        let span = tracing::info_span!(
            "partner_center.call",
            method = %request.method,
            route = request.route,
            request_id = %call.request_id,
            correlation_id = %call.correlation_id,
            status = tracing::field::Empty,
        );
        async {
            let url = request.url(&self.shared.api)?;
            let family = request.family();
            let _passage = self.shared.gate.enter(family).await?;
            let token = self.shared.tokens.get(None).await?;
            let answer = self.send_once(request, &url, call, &token).await?;
            let answer = if answer.status == 401 {
                // Refused before any work was done: one forced renewal, then once more with the
                // same ids (§3).
                let renewed = self.shared.tokens.get(Some(token.generation)).await?;
                self.send_once(request, &url, call, &renewed).await?
            } else {
                answer
            };
            tracing::Span::current().record("status", answer.status);
            self.judge(request, family, answer)
        }
        .instrument(span)
        .await
    }

    fn judge(&self, request: &Request, family: &'static str, answer: Answer) -> Result<Answer, Error> {
        if answer.status == 429 {
            let wait = retry_after(&answer.headers).unwrap_or(ASSUMED_WAIT);
            self.shared.gate.throttled(family, wait);
            return Err(Error::Throttled { retry_after: wait, sent: true });
        }
        self.shared.gate.answered();
        match answer.status {
            200..=299 => Ok(answer),
            status if request.verdicts.contains(&status) => Ok(answer),
            // 501 says that the call does not exist: a refusal. Everything else of 5xx may come
            // after the work was done.
            501 => Err(Error::Refused(Box::new(answer.refusal()))),
            408 | 500..=599 => Err(Error::NoAnswer {
                status: Some(answer.status),
                reason: format!("status {}", answer.status),
                refusal: Some(Box::new(answer.refusal())),
                call: answer.call,
            }),
            _ => Err(Error::Refused(Box::new(answer.refusal()))),
        }
    }

    async fn send_once(&self, request: &Request, url: &Url, call: &Call, token: &AccessToken) -> Result<Answer, Error> {
        let shared = &self.shared;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret.expose_secret()))
            .map_err(|_| TokenError::Unreadable("access_token cannot be a header".into()))?;
        bearer.set_sensitive(true);
        let mut builder = shared
            .http
            .request(request.method.clone(), url.clone())
            .header("Authorization", bearer)
            .header("Accept", "application/json")
            .header("MS-RequestId", call.request_id.to_string())
            .header("MS-CorrelationId", call.correlation_id.to_string())
            .header("MS-Contract-Version", "v1")
            .header("MS-PartnerCenter-Application", shared.application.clone())
            .header("MS-PartnerCenter-Client", shared.application.clone())
            .header("X-Locale", shared.locale.clone());
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.header("Content-Type", "application/json").body(body.clone());
        } else if !request.is_read() {
            builder = builder.header("Content-Length", "0");
        }
        let mut response = builder.send().await.map_err(|error| lost(error, None, *call))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(error, Some(status), *call))? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                let reason = format!("longer than {LONGEST_ANSWER} bytes");
                return Err(Error::Unreadable { status, reason, call: *call });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body, call: *call })
    }
}

/// A failure below HTTP: only a connection that was never opened proves that nothing was sent.
fn lost(error: reqwest::Error, status: Option<u16>, call: Call) -> Error {
    if status.is_none() && (error.is_connect() || error.is_builder()) {
        return Error::NotSent { reason: cause(error) };
    }
    let reason = if error.is_timeout() { "timeout".to_owned() } else { cause(error) };
    Error::NoAnswer { status, reason, refusal: None, call }
}

/// The chain of causes without the address, which may hold ids.
pub(crate) fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text.chars().take(300).collect()
}

/// `Retry-After` in seconds; the date form is not used by Partner Center.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("Retry-After")?.to_str().ok()?;
    text.trim().parse::<u64>().ok().map(|seconds| Duration::from_secs(seconds.min(7 * 24 * 3600)))
}
