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

use crate::auth::{AccessToken, RefreshTokenStore, Tokens, Wanted};
use crate::config::{Config, ConfigError, Roots, TokenMode, is_loopback};
use crate::download::Download;
use crate::error::{Error, Refusal, without_mark};
use crate::gateway::{Class, Gateway, Passage, Turn};
use crate::request::{Audience, Auth, Request};
use crate::retry::ReadRetry;
use crate::token_errors::TokenError;

/// Longest answer read.
const LONGEST_ANSWER: usize = 32 * 1024 * 1024;

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
    class: Class,
    is_serial: bool,
}

struct Shared {
    http: reqwest::Client,
    files: reqwest::Client,
    roots: Roots,
    mode: TokenMode,
    timeout: Duration,
    download_timeout: Duration,
    tokens: Arc<Tokens>,
    gateway: Arc<Gateway>,
    read_retry: ReadRetry,
    application: HeaderValue,
    locale: HeaderValue,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("api", &self.shared.roots.partner_center.as_str()).finish_non_exhaustive()
    }
}

/// An answer that came complete.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) call: Call,
    /// Method and route template.
    pub(crate) endpoint: String,
}

impl Answer {
    /// Reads the whole body, bounded in size and time.
    async fn whole(
        request: &Request,
        mut response: reqwest::Response,
        call: Call,
        longest: Duration,
    ) -> Result<Self, Error> {
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Vec::new();
        let reading = async {
            while let Some(chunk) = response.chunk().await.map_err(|error| lost(error, Some(status), call))? {
                if body.len() + chunk.len() > LONGEST_ANSWER {
                    let reason = format!("longer than {LONGEST_ANSWER} bytes");
                    return Err(Error::Unreadable { status, reason, call });
                }
                body.extend_from_slice(&chunk);
            }
            Ok(())
        };
        match tokio::time::timeout(longest, reading).await {
            Ok(read) => read?,
            Err(_) => {
                return Err(Error::NoAnswer { status: Some(status), reason: "timeout".into(), refusal: None, call });
            }
        }
        let endpoint = format!("{} {}", request.method, request.route);
        Ok(Self { status, headers, body, call, endpoint })
    }

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
        refusal.endpoint.clone_from(&self.endpoint);
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
        let (http, files) = (config.http()?, config.file_http()?);
        let header = |field, text: &str| {
            HeaderValue::from_str(text).map_err(|error| ConfigError {
                field,
                value: text.to_owned(),
                rule: error.to_string(),
            })
        };
        let shared = Shared {
            roots: config.roots()?,
            mode: config.mode,
            timeout: config.timeout,
            download_timeout: config.download_timeout,
            application: header("application_name", &config.application_name)?,
            locale: header("locale", &config.locale)?,
            gateway: Gateway::new(config.parallel_calls, &config.limits),
            read_retry: config.read_retry.clone(),
            tokens: Tokens::new(http.clone(), config, store)?,
            http,
            files,
        };
        Ok(Self { shared: Arc::new(shared), correlation_id: None, class: Class::User, is_serial: false })
    }

    /// The same client, whose reads carry this `MS-CorrelationId`.
    #[must_use]
    pub fn correlated(&self, correlation_id: Uuid) -> Self {
        Self { correlation_id: Some(correlation_id), ..self.clone() }
    }

    /// The same client for work that nobody waits for: its calls leave only when no call of a
    /// person waits, and one place stays free for those.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/simulated.rs"));
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (_simulator, client) = simulated().await?;
    /// let nightly = client.background();
    /// println!("{} customers", nightly.customers(None).await?.len());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn background(&self) -> Self {
        Self { class: Class::Background, ..self.clone() }
    }

    /// Like [`Client::background`], with the calls of one customer one after the other, as §3 asks
    /// of large batches; different customers still go side by side.
    #[must_use]
    pub fn batch(&self) -> Self {
        Self { is_serial: true, ..self.background() }
    }

    /// Renews the token now; run daily so that the refresh token does not die of age (§5.4). May
    /// be repeated.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn renew_token(&self) -> Result<(), TokenError> {
        let wanted = Wanted { audience: Audience::PartnerCenter, mode: self.shared.mode };
        self.shared.tokens.get(wanted, Some(u64::MAX)).await.map(drop)
    }

    pub(crate) fn tokens(&self) -> &Arc<Tokens> {
        &self.shared.tokens
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
        let (request, parse) = (&request, &parse);
        self.repeat(
            request,
            move |call| async move { self.send(request, &call).await.and_then(|answer| parse(&answer)) },
        )
        .await
    }

    /// A POST that changes nothing (address check): repeated like a read.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, Error> {
        let request = &request;
        self.repeat(
            request,
            move |call| async move { self.send(request, &call).await.and_then(|answer| answer.json()) },
        )
        .await
    }

    /// A read whose body is handed on piece by piece and never held whole; more than `limit` bytes
    /// are an error. Opening it is repeated by the table of §3, its body is not.
    pub(crate) async fn download(&self, request: Request, limit: u64) -> Result<Download, Error> {
        debug_assert!(request.is_read(), "{}", request.route);
        let request = &request;
        self.repeat(request, move |call| async move {
            // A long transfer keeps nobody else from calling.
            let (opened, _) = self.open(request, &call, true).await?;
            Ok(Download::new(opened, call, limit, self.shared.timeout))
        })
        .await
    }

    /// A file behind a signed link, `https` except on loopback. None of our headers, least of all
    /// our token, is sent. The link is a secret and gets into no error.
    pub(crate) async fn download_link(&self, link: &SecretString, limit: u64) -> Result<Download, Error> {
        let refuse = |rule: &str| Error::invalid("link", "(not shown)", rule);
        let url = Url::parse(link.expose_secret()).map_err(|_| refuse("an absolute address"))?;
        if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
            return Err(refuse("https, except on a loopback address"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("no user or password"));
        }
        let (request, url) = (&Request::get("(signed link)", &[])?, &url);
        self.repeat(request, move |call| async move {
            let sending = self.shared.files.get(url.clone()).timeout(self.shared.download_timeout).send();
            let response = within(self.shared.timeout, sending, call).await?;
            let opened = match response.status().as_u16() {
                200..=299 => response,
                _ => return Err(failure(request, Answer::whole(request, response, call, self.shared.timeout).await?)),
            };
            Ok(Download::new(opened, call, limit, self.shared.timeout))
        })
        .await
    }

    async fn repeat<T, F>(&self, request: &Request, attempt: impl Fn(Call) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let call = Call::new(self.correlation_id.unwrap_or_else(fresh_id));
        let mut done = 0;
        loop {
            let error = match attempt(call).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let Some(pause) = self.shared.read_retry.pause(&error, done) else {
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
        let (response, _passage) = self.open(request, call, false).await?;
        Answer::whole(request, response, *call, self.shared.timeout).await
    }

    /// Sends and judges by the head; a good answer's body is still to be read.
    async fn open(
        &self,
        request: &Request,
        call: &Call,
        is_download: bool,
    ) -> Result<(reqwest::Response, Passage), Error> {
        let span = tracing::info_span!(
            "partner_center.call",
            method = %request.method,
            route = request.route,
            request_id = %call.request_id,
            correlation_id = %call.correlation_id,
            background = self.class == Class::Background,
            waited_ms = tracing::field::Empty,
            status = tracing::field::Empty,
        );
        async {
            let mode = match (self.shared.mode, request.auth) {
                (TokenMode::App, Auth::User) => return Err(Error::NeedsUser { route: request.route }),
                (_, Auth::App) => TokenMode::App,
                (mode, _) => mode,
            };
            let wanted = Wanted { audience: request.base.audience(), mode };
            let url = request.url(request.base.root(&self.shared.roots))?;
            let turn = Turn {
                family: request.family(),
                customer: request.customer(),
                class: self.class,
                is_serial: self.is_serial,
            };
            let asked = tokio::time::Instant::now();
            let passage = self.shared.gateway.enter(turn).await?;
            span.record("waited_ms", u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX));
            let token = self.shared.tokens.get(wanted, None).await?;
            let response = self.send_once(request, &url, call, &token, is_download).await?;
            let response = if response.status().as_u16() == 401 {
                // Refused before any work was done: one forced renewal, then once more with the
                // same ids (§3).
                let renewed = self.shared.tokens.get(wanted, Some(token.generation)).await?;
                self.send_once(request, &url, call, &renewed, is_download).await?
            } else {
                response
            };
            span.record("status", response.status().as_u16());
            Ok((self.judge(request, &passage, call, response).await?, passage))
        }
        .instrument(span.clone())
        .await
    }

    async fn judge(
        &self,
        request: &Request,
        passage: &Passage,
        call: &Call,
        response: reqwest::Response,
    ) -> Result<reqwest::Response, Error> {
        let status = response.status().as_u16();
        if status == 429 {
            let wait = retry_after(response.headers()).unwrap_or(self.shared.gateway.assumed_wait);
            let wait = self.shared.gateway.throttled(passage, wait);
            return Err(Error::Throttled { retry_after: wait, sent: true });
        }
        self.shared.gateway.answered(passage);
        if (200..=299).contains(&status) || request.verdicts.contains(&status) {
            return Ok(response);
        }
        Err(failure(request, Answer::whole(request, response, *call, self.shared.timeout).await?))
    }

    async fn send_once(
        &self,
        request: &Request,
        url: &Url,
        call: &Call,
        token: &AccessToken,
        is_download: bool,
    ) -> Result<reqwest::Response, Error> {
        let shared = &self.shared;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.secret.expose_secret()))
            .map_err(|_| TokenError::Unreadable("access_token cannot be a header".into()))?;
        bearer.set_sensitive(true);
        let mut builder = shared
            .http
            .request(request.method.clone(), url.clone())
            .header("Authorization", bearer)
            .header("MS-RequestId", call.request_id.to_string())
            .header("MS-CorrelationId", call.correlation_id.to_string())
            .header("MS-Contract-Version", "v1")
            .header("MS-PartnerCenter-Application", shared.application.clone())
            .header("MS-PartnerCenter-Client", shared.application.clone());
        // What the call itself says replaces what is usual.
        for (name, usual) in
            [("Accept", HeaderValue::from_static("application/json")), ("X-Locale", shared.locale.clone())]
        {
            if !request.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)) {
                builder = builder.header(name, usual);
            }
        }
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.header("Content-Type", "application/json").body(body.clone());
        } else if !request.is_read() {
            builder = builder.header("Content-Length", "0");
        }
        if is_download {
            builder = builder.timeout(shared.download_timeout);
        }
        within(shared.timeout, builder.send(), *call).await
    }
}

/// The head of an answer, waited for no longer than a whole ordinary call may take.
async fn within(
    longest: Duration,
    sending: impl Future<Output = reqwest::Result<reqwest::Response>>,
    call: Call,
) -> Result<reqwest::Response, Error> {
    match tokio::time::timeout(longest, sending).await {
        Ok(sent) => sent.map_err(|error| lost(error, None, call)),
        Err(_) => Err(Error::NoAnswer { status: None, reason: "timeout".into(), refusal: None, call }),
    }
}

/// What an answer that is neither a success nor a verdict means.
fn failure(request: &Request, answer: Answer) -> Error {
    tracing::debug!(route = request.route, status = answer.status, "refused or failed");
    match answer.status {
        // 501 says that the call does not exist: a refusal. Everything else of 5xx may come after
        // the work was done.
        408 | 500 | 502..=599 => Error::NoAnswer {
            status: Some(answer.status),
            reason: format!("status {}", answer.status),
            refusal: Some(Box::new(answer.refusal())),
            call: answer.call,
        },
        429 => Error::Throttled {
            retry_after: retry_after(&answer.headers).unwrap_or(crate::gateway::ASSUMED_WAIT),
            sent: true,
        },
        // A refusal cut short might be one that means success (a duplicate agreement, §10).
        _ if is_cut_short(&answer.body) => answer.unreadable("the body ends too early".to_owned()),
        _ => Error::Refused(Box::new(answer.refusal())),
    }
}

/// Whether a body begins as JSON and ends before it is complete.
fn is_cut_short(body: &[u8]) -> bool {
    let body = without_mark(body);
    body.trim_ascii_start().starts_with(b"{")
        && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

/// A failure below HTTP: only a connection that was never opened proves that nothing was sent.
pub(crate) fn lost(error: reqwest::Error, status: Option<u16>, call: Call) -> Error {
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

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
