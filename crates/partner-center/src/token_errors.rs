//! What the token endpoint says: a token, or why there is none and what that takes. Source:
//! contract §5.2, §5.3, §5.5.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::Value;

use crate::error::without_mark;
use crate::resource::text;

/// Life assumed when the answer names none.
const ASSUMED_LIFE: Duration = Duration::from_secs(3600);

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

/// What a failed renewal asks for (§5.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenReaction {
    /// Somebody must sign in with MFA and consent; orders wait meanwhile, they do not fail.
    ConsentAgain,
    /// The application's secret is wrong or has expired: wake somebody.
    Alarm,
    /// The registration, its permissions or the audience must be corrected.
    Configuration,
    /// Try again later.
    BackOff,
}

impl TokenError {
    /// What it takes to get a token again.
    #[must_use]
    pub fn reaction(&self) -> TokenReaction {
        match self {
            Self::NoRefreshToken | Self::ConsentNeeded { .. } => TokenReaction::ConsentAgain,
            Self::SecretRefused { .. } => TokenReaction::Alarm,
            Self::Configuration { .. } => TokenReaction::Configuration,
            Self::Unavailable { .. } | Self::Unreadable(_) | Self::Store(_) => TokenReaction::BackOff,
        }
    }

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

/// A token answer.
pub(crate) struct Granted {
    pub(crate) access: SecretString,
    pub(crate) refresh: Option<SecretString>,
    pub(crate) life: Duration,
}

pub(crate) fn read(status: u16, body: &[u8], retry_after: Option<Duration>) -> Result<Granted, TokenError> {
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
        return Ok(Granted {
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
        for (body, reaction) in [
            (r#"{"error":"invalid_grant"}"#, TokenReaction::ConsentAgain),
            (r#"{"error":"interaction_required","suberror":"basic_action"}"#, TokenReaction::ConsentAgain),
            (r#"{"error":"invalid_client"}"#, TokenReaction::Alarm),
            (r#"{"error":"unauthorized_client"}"#, TokenReaction::Configuration),
            (r#"{"error":"invalid_resource","error_codes":[500011]}"#, TokenReaction::Configuration),
            (r#"{"error":"temporarily_unavailable"}"#, TokenReaction::BackOff),
            (r#"{"error":"something_new"}"#, TokenReaction::Configuration),
        ] {
            assert_eq!(of(400, body).reaction(), reaction, "{body}");
        }
        for (status, body) in [(503, ""), (429, "{}"), (400, r#"{"error":"temporarily_unavailable"}"#)] {
            assert!(of(status, body).is_passing(), "{status} {body}");
        }
        assert!(matches!(of(200, "<html>"), TokenError::Unreadable(_)));
        assert!(matches!(of(200, r#"{"access_token":"a\nb"}"#), TokenError::Unreadable(_)));
    }

    #[test]
    fn trap_35_lives_are_texts_on_v1_and_numbers_on_v2() {
        for body in [r#"{"access_token":"a","expires_in":"3599"}"#, r#"{"access_token":"a","expires_in":3599}"#] {
            let Ok(answer) = read(200, body.as_bytes(), None) else { panic!("{body}") };
            assert_eq!(answer.life, Duration::from_secs(3599));
            assert!(answer.refresh.is_none());
        }
    }
}
