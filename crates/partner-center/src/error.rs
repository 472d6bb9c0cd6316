//! What is known after a call that did not bring its result: surely not done, refused for good,
//! unknown, or done with an unreadable answer. Nothing here is ever a guess in the caller's favour.
//! Source: contract §2, §3.

use std::time::Duration;

use serde_json::Value;

use crate::client::Call;
use crate::resource::text;
use crate::token_errors::{TokenError, TokenReaction};

/// Longest raw body kept with a refusal, in characters.
const RAW_KEPT: usize = 4096;
/// First pause of the table of §3.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Shortest wait while something else is under way, and the one for 900278 (§3, trap 46).
const BUSY: Duration = Duration::from_secs(120);
const PENDING: Duration = Duration::from_secs(24 * 3600);
/// Longest description kept, in characters (documented maximum 1024).
const DESCRIPTION_KEPT: usize = 1024;

/// Outcome of a call without its result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input cannot be sent. Nothing reached the server; repeating is pointless.
    #[error("{field} = {value:?}: {rule}")]
    Invalid {
        /// Name of the input.
        field: &'static str,
        /// What was given, shortened.
        value: String,
        /// What would be right.
        rule: String,
    },
    /// Surely nothing reached the server (no connection, no name, no TLS). May be repeated.
    #[error("not sent: {reason}")]
    NotSent {
        /// What failed.
        reason: String,
    },
    /// No access token could be had, so nothing was sent.
    #[error("no access token: {0}")]
    Token(#[from] TokenError),
    /// The call is for App+User tokens only and this client has no user. Nothing was sent (§5.1).
    #[error("{route} needs a token of a user, this client has only the application's")]
    NeedsUser {
        /// Template of the route.
        route: &'static str,
    },
    /// Too many calls wait for their turn already. Nothing was sent; the same [`Call`] later.
    #[error("{waiting} calls are waiting already")]
    QueueFull {
        /// How many wait in this call's class.
        waiting: usize,
    },
    /// The gateway refused before doing any work; repeat with the same [`Call`], never earlier.
    #[error("throttled for {} s", retry_after.as_secs())]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
        /// Whether this very call was sent, or held back because of an earlier 429.
        sent: bool,
    },
    /// Sent, and the outcome is unknown: timeout, lost connection, cut answer, 408 or 5xx. A write
    /// may have been done: look first, or repeat with the same [`Call`] where §3 allows it.
    #[error("no definitive answer ({reason}), request {}", call.request_id)]
    NoAnswer {
        /// Status, when one came.
        status: Option<u16>,
        /// What happened.
        reason: String,
        /// The body of a 5xx, when it could be read.
        refusal: Option<Box<Refusal>>,
        /// Ids of the call, to be used again.
        call: Call,
    },
    /// Definitive: the server understood and said no.
    #[error("refused: {0}")]
    Refused(Box<Refusal>),
    /// An answer came, but what it says cannot be read. For a write with 2xx: done, content unknown;
    /// with another status: a refusal cut short, which may be one that means success. The same
    /// [`Call`] or a read brings the content.
    #[error("unreadable answer with status {status}: {reason}, request {}", call.request_id)]
    Unreadable {
        /// Status of the answer.
        status: u16,
        /// What is wrong with it; never a piece of the body.
        reason: String,
        /// Ids of the call.
        call: Call,
    },
}

impl Error {
    /// Whether the server has decided about this call for good, so that its `MS-RequestId` is
    /// used up.
    #[must_use]
    pub fn is_definitive(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Invalid { .. })
    }

    /// Whether it is certain that the call changed nothing at the server.
    #[must_use]
    pub fn surely_not_done(&self) -> bool {
        !matches!(self, Self::NoAnswer { .. } | Self::Unreadable { .. })
    }

    /// Whether a write may have been done and only a read, or the same [`Call`] again, can tell.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        !self.surely_not_done()
    }

    /// The refusal, when the server answered with one (also the body of a 5xx).
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Refused(refusal) => Some(refusal),
            Self::NoAnswer { refusal, .. } => refusal.as_deref(),
            _ => None,
        }
    }

    /// Whether this is a definitive refusal with that status and code.
    #[must_use]
    pub fn is_refusal(&self, status: u16, code: &str) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.is(status, code))
    }

    /// How long the server asked to wait, when it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after, .. } => Some(*retry_after),
            Self::Token(error) => error.retry_after(),
            _ => self.refusal().and_then(|refusal| refusal.wait()),
        }
    }

    /// What may be done about a **write** that ended so, by the table of §3. Reads need no advice:
    /// the client has repeated them as often as it may.
    ///
    /// ```
    /// use partner_center::{Advice, Error, Refusal};
    ///
    /// let busy = Error::Refused(Box::new(Refusal::known(409, "900278", "…")));
    /// assert_eq!(busy.advice(), Advice::Wait { after: std::time::Duration::from_secs(24 * 3600) });
    /// ```
    #[must_use]
    pub fn advice(&self) -> Advice {
        let after = self.retry_after().unwrap_or(FIRST_PAUSE);
        match self {
            Self::Invalid { .. } | Self::NeedsUser { .. } => Advice::Never,
            Self::NotSent { .. } | Self::QueueFull { .. } | Self::Throttled { .. } => Advice::RepeatSameIds { after },
            Self::Token(error) => match error.reaction() {
                TokenReaction::BackOff => Advice::RepeatSameIds { after },
                TokenReaction::ConsentAgain | TokenReaction::Alarm | TokenReaction::Configuration => Advice::Operator,
            },
            Self::NoAnswer { status: None | Some(408 | 502 | 503 | 504), .. } => Advice::RepeatSameIds { after },
            Self::NoAnswer { .. } | Self::Unreadable { .. } => Advice::ReadBackFirst,
            Self::Refused(refusal) if refusal.is_stale() => Advice::RereadThenOnce,
            Self::Refused(refusal) if refusal.is_busy() => Advice::Wait { after },
            Self::Refused(refusal) if refusal.status == 401 => Advice::Operator,
            Self::Refused(_) => Advice::Never,
        }
    }

    pub(crate) fn invalid(field: &'static str, value: &str, rule: impl Into<String>) -> Self {
        Self::Invalid { field, value: value.chars().take(120).collect(), rule: rule.into() }
    }
}

/// What may be done about a write without a result (§3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Nothing: the same intent has the same answer.
    Never,
    /// The same [`Call`] again, ids included, not before `after`; then after 4 s and 16 s, no more.
    RepeatSameIds {
        /// First pause.
        after: Duration,
    },
    /// It may have been done: read the state back (order list, subscription, customer by domain)
    /// and decide then.
    ReadBackFirst,
    /// Something else is under way: wait, read the state, and try the intent with a new [`Call`].
    Wait {
        /// Not before.
        after: Duration,
    },
    /// The resource changed: read it, apply the intent to what came, once, with a new [`Call`].
    RereadThenOnce,
    /// Nothing works until somebody has consented, renewed a secret or corrected a setting.
    Operator,
}

/// A definitive no, in any of the bodies of contract §2.1.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Error code as text; the same number means different things under different statuses.
    pub code: Option<String>,
    /// For the operator's eyes; never to be parsed.
    pub description: String,
    /// Further detail, strings or objects.
    pub data: Vec<Value>,
    /// Which part of Partner Center refused.
    pub source: String,
    /// Method and route template of the call, e.g. `POST /v1/customers`; empty when not known.
    pub endpoint: String,
    /// `errorName` of the customer service's body.
    pub name: Option<String>,
    /// `MS-RequestId` as echoed, for a support ticket.
    pub request_id: Option<String>,
    /// `MS-CorrelationId` as echoed.
    pub correlation_id: Option<String>,
    /// The answer's `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The body, shortened.
    pub raw: String,
}

impl Refusal {
    /// A refusal of which only this is known, such as one group's in a checkout.
    #[must_use]
    pub fn known(status: u16, code: &str, description: &str) -> Self {
        let mut refusal = Self::read(status, b"");
        refusal.code = (!code.is_empty()).then(|| code.to_owned());
        refusal.description = description.to_owned();
        refusal
    }

    /// Reads a refusal from a body in any shape, an empty or an HTML one included.
    pub(crate) fn read(status: u16, body: &[u8]) -> Self {
        let body = without_mark(body);
        let raw = String::from_utf8_lossy(&body[..body.len().min(RAW_KEPT * 4)]);
        let mut refusal = Self {
            status,
            code: None,
            description: String::new(),
            data: Vec::new(),
            source: String::new(),
            endpoint: String::new(),
            name: None,
            request_id: None,
            correlation_id: None,
            retry_after: None,
            raw: raw.chars().take(RAW_KEPT).collect(),
        };
        let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(body) else {
            return refusal;
        };
        for (key, value) in members {
            match key.to_ascii_lowercase().as_str() {
                "code" => refusal.code = text::of(&value),
                "description" => refusal.description = text::of(&value).unwrap_or_default(),
                "message" if refusal.description.is_empty() => {
                    refusal.description = text::of(&value).unwrap_or_default();
                }
                "source" => refusal.source = text::of(&value).unwrap_or_default(),
                "errorname" => refusal.name = text::of(&value),
                "data" => {
                    refusal.data = match value {
                        Value::Array(items) => items,
                        Value::Null => Vec::new(),
                        single => vec![single],
                    }
                }
                _ => {}
            }
        }
        refusal.description = refusal.description.chars().take(DESCRIPTION_KEPT).collect();
        refusal
    }

    /// Whether status and code are these.
    #[must_use]
    pub fn is(&self, status: u16, code: &str) -> bool {
        self.status == status && self.has_code(code)
    }

    /// Whether the code is this one, whatever the status.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether the resource changed since it was read: 412, or 400 with code 2055 (§1.5). Read it
    /// again, apply the change again, once.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.status == 412 || self.is(400, "2055")
    }

    /// Whether another operation is under way and the same intent may be tried later, after
    /// reading the state (§3): the codes that say so, 900280 while a renewal runs (§15.7), and any
    /// 409 on a subscription.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        if self.is(400, "900280") {
            return true;
        }
        self.status == 409
            && (matches!(self.code.as_deref(), Some("800064" | "800060" | "800014" | "800082" | "900278"))
                || self.endpoint.contains("/subscriptions/"))
    }

    /// How long to wait before the intent may be tried again: `Retry-After`, but while something
    /// else is under way at least two minutes, and 24 hours for 900278 (§3).
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        if !self.is_busy() {
            return self.retry_after;
        }
        let least = if self.has_code("900278") { PENDING } else { BUSY };
        Some(self.retry_after.unwrap_or(least).max(least))
    }

    /// Whether the answer means that an application-only token is not enough (§2.3).
    #[must_use]
    pub fn needs_user_token(&self) -> bool {
        self.is(403, "900329") || self.is(400, "900316")
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "status {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", code {code}")?;
        }
        if !self.description.is_empty() {
            write!(f, ", {}", self.description)?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

/// A body without a byte-order mark, also without the `?` that a wrong transcoding leaves (§1.4).
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    match body {
        [b'?', rest @ ..] if matches!(rest.first(), Some(b'{' | b'[')) => rest,
        _ => body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_error_bodies_are_read() {
        let plain = Refusal::read(400, br#"{"code":2002,"description":"Outside","data":["5"],"source":"PartnerFD"}"#);
        assert!(plain.is(400, "2002"));
        assert_eq!((plain.description.as_str(), plain.source.as_str(), plain.data.len()), ("Outside", "PartnerFD", 1));

        let text_code = Refusal::read(403, br#"{"code":"900308","description":"No role"}"#);
        assert!(text_code.is(403, "900308"));

        let customer = Refusal::read(
            400,
            br#"{"code":600061,"message":"m","description":"d","errorName":"AgreementAlreadyExists","isRetryable":false,"parameters":{},"errorMessageExtended":"InternalErrorCode=600061"}"#,
        );
        assert!(customer.is(400, "600061"));
        assert_eq!((customer.description.as_str(), customer.name.as_deref()), ("d", Some("AgreementAlreadyExists")));

        let gateway =
            Refusal::read(429, br#"{"statusCode":429,"message":"Rate limit is exceeded. Try again in 7 seconds."}"#);
        assert_eq!((gateway.code.clone(), gateway.description.is_empty()), (None, false));

        for body in [&b""[..], b"<html>Bad gateway</html>", b"\xEF\xBB\xBF", b"[1]", b"\xff\xfe"] {
            let refusal = Refusal::read(502, body);
            assert_eq!((refusal.status, refusal.code), (502, None));
        }
        let marked = Refusal::read(404, b"\xEF\xBB\xBF{\"code\":1000}");
        assert!(marked.has_code("1000"));
        assert!(Refusal::read(500, &vec![b'x'; 1 << 20]).raw.len() <= RAW_KEPT);
    }

    #[test]
    fn trap_27_a_stale_etag_is_412_or_400_with_2055() {
        let of = |status, code| Error::Refused(Box::new(Refusal::known(status, code, "d")));
        for error in [of(412, "2055"), of(412, ""), of(400, "2055")] {
            assert_eq!(error.advice(), Advice::RereadThenOnce, "{error}");
        }
        assert_eq!(of(400, "2054").advice(), Advice::Never);
        assert_eq!(of(409, "2055").advice(), Advice::Never);
    }

    #[test]
    fn trap_46_a_pending_operation_is_waited_for_a_day() {
        let mut refusal = Refusal::known(409, "900278", "d");
        assert_eq!(refusal.wait(), Some(PENDING));
        refusal.retry_after = Some(Duration::from_secs(5));
        assert_eq!(Error::Refused(Box::new(refusal)).advice(), Advice::Wait { after: PENDING }, "not seconds");
    }

    #[test]
    fn trap_08_a_mark_before_the_body_is_no_part_of_it() {
        for body in [&b"\xEF\xBB\xBF{\"code\":1}"[..], b"?{\"code\":1}", b"{\"code\":1}"] {
            assert!(Refusal::read(400, body).has_code("1"));
        }
        assert_eq!(without_mark(b"?[1]"), b"[1]");
        assert_eq!(without_mark(b"?maybe"), b"?maybe");
    }

    #[test]
    fn busy_and_stale_answers_say_how_long() {
        let of = |status, code: &str| Refusal::read(status, format!("{{\"code\":{code}}}").as_bytes());
        assert!(of(412, "2055").is_stale() && of(400, "2055").is_stale() && !of(409, "2055").is_stale());
        assert_eq!(of(409, "900278").wait(), Some(Duration::from_secs(86_400)));
        assert_eq!(of(409, "800064").wait(), Some(Duration::from_secs(120)));
        assert_eq!(of(400, "800064").wait(), None);
        assert_eq!(of(400, "900280").wait(), Some(Duration::from_secs(120)), "while a renewal runs");
        assert_eq!(of(400, "900279").wait(), None, "never again");
    }
}
