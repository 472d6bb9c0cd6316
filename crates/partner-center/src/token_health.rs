//! How the refresh token does. It lives 90 days and each renewal brings a new one, so a server that
//! renews daily never sees its end; one that stood still for a season does. Source: contract §5.4.

use std::time::Duration;

use jiff::SignedDuration;

use crate::auth::Tokens;
use crate::client::Client;
use crate::config::TokenMode;
use crate::instant::Instant;
use crate::token_errors::{StoreError, TokenError, TokenReaction};

/// Life of a refresh token (§5.4).
const REFRESH_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// A warning is due when less than this is left.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
/// A renewal is due daily; half a day of grace.
const OVERDUE: SignedDuration = SignedDuration::from_hours(36);

/// What is known about the tokens at one moment. An estimate: losing MFA, a new password or a
/// revocation ends a refresh token at once, and only a renewal shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHealth {
    /// When this was asked.
    pub now: Instant,
    /// Last successful renewal by this client; `None` when it made none yet.
    pub refreshed_at: Option<Instant>,
    /// When the current refresh token was issued, as seen by this client or by its store; `None`
    /// when neither knows, and for a client without a user.
    pub refresh_issued_at: Option<Instant>,
    /// Ninety days later.
    pub refresh_expires_estimate: Option<Instant>,
    /// The last renewal that failed, unless one succeeded since.
    pub failure: Option<TokenError>,
}

/// What an operator should hear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenWarning {
    /// Renewals fail, and this is what it takes.
    Failing(TokenReaction),
    /// Ninety days have passed: consent again.
    Expired,
    /// Less than two weeks are left.
    ExpiresSoon {
        /// What is left.
        left: Duration,
    },
    /// The daily renewal does not run.
    Overdue {
        /// Since the last one.
        since: Duration,
    },
}

impl TokenHealth {
    /// The most pressing warning, `None` when all is well or nothing is known yet.
    ///
    /// ```
    /// use partner_center::{Instant, TokenHealth, TokenWarning};
    ///
    /// let issued: Instant = "2026-01-01T00:00:00Z".parse()?;
    /// let mut health = TokenHealth {
    ///     now: issued,
    ///     refreshed_at: Some(issued),
    ///     refresh_issued_at: Some(issued),
    ///     refresh_expires_estimate: Some("2026-04-01T00:00:00Z".parse()?),
    ///     failure: None,
    /// };
    /// assert_eq!(health.warning(), None);
    /// health.now = "2026-04-01T00:00:00Z".parse()?;
    /// assert_eq!(health.warning(), Some(TokenWarning::Expired));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn warning(&self) -> Option<TokenWarning> {
        let failing = self.failure.as_ref().map(TokenError::reaction);
        if let Some(reaction) = failing
            && reaction != TokenReaction::BackOff
        {
            return Some(TokenWarning::Failing(reaction));
        }
        if let Some(end) = self.refresh_expires_estimate {
            let left = end.0.duration_since(self.now.0);
            if left <= SignedDuration::ZERO {
                return Some(TokenWarning::Expired);
            }
            if left < SOON {
                return Some(TokenWarning::ExpiresSoon { left: left.unsigned_abs() });
            }
        }
        let last = self.refreshed_at.max(self.refresh_issued_at);
        if let Some(last) = last {
            let since = self.now.0.duration_since(last.0);
            if self.refresh_issued_at.is_some() && since > OVERDUE {
                return Some(TokenWarning::Overdue { since: since.unsigned_abs() });
            }
        }
        failing.map(TokenWarning::Failing)
    }
}

impl Tokens {
    pub(crate) async fn health(&self) -> Result<TokenHealth, StoreError> {
        let (refreshed_at, seen, failure) = self.history();
        let refresh_issued_at = match (self.mode(), seen) {
            (TokenMode::App, _) => None,
            (TokenMode::AppUser, Some(seen)) => Some(seen),
            (TokenMode::AppUser, None) => self.stored_at().await?,
        };
        let refresh_expires_estimate =
            refresh_issued_at.map(|issued| Instant(issued.0.saturating_add(REFRESH_LIFE).unwrap_or(issued.0)));
        Ok(TokenHealth { now: self.now(), refreshed_at, refresh_issued_at, refresh_expires_estimate, failure })
    }
}

impl Client {
    /// How the refresh token does; nothing is sent. Ask daily, after [`Client::renew_token`], and
    /// show [`TokenHealth::warning`] to the operator.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/simulated.rs"));
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (_simulator, client) = simulated().await?;
    /// client.renew_token().await?;
    /// let health = client.token_health().await?;
    /// assert!(health.refreshed_at.is_some());
    /// assert_eq!(health.warning(), None);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] when the store does not say how old its token is.
    pub async fn token_health(&self) -> Result<TokenHealth, StoreError> {
        self.tokens().health().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().expect("date")
    }

    #[test]
    fn the_most_pressing_warning_comes_first() {
        let issued = at("2026-01-01T00:00:00Z");
        let health = |now: &str, refreshed: Option<&str>, failure: Option<TokenError>| TokenHealth {
            now: at(now),
            refreshed_at: refreshed.map(at),
            refresh_issued_at: Some(issued),
            refresh_expires_estimate: Some(at("2026-04-01T00:00:00Z")),
            failure,
        };
        let out = || TokenError::Unavailable { reason: String::new(), retry_after: None };
        let dead = || TokenError::ConsentNeeded { error: String::new(), codes: vec![], description: String::new() };
        assert_eq!(health("2026-01-02T00:00:00Z", None, None).warning(), None);
        let day = |days: u64| Duration::from_secs(days * 86_400);
        assert_eq!(health("2026-01-04T00:00:00Z", None, None).warning(), Some(TokenWarning::Overdue { since: day(3) }));
        assert_eq!(health("2026-03-01T00:00:00Z", Some("2026-02-28T20:00:00Z"), None).warning(), None);
        assert_eq!(
            health("2026-03-22T00:00:00Z", Some("2026-03-21T20:00:00Z"), Some(out())).warning(),
            Some(TokenWarning::ExpiresSoon { left: day(10) }),
            "an old token that is not replaced ends although it is used"
        );
        assert_eq!(health("2026-04-02T00:00:00Z", None, Some(out())).warning(), Some(TokenWarning::Expired));
        assert_eq!(
            health("2026-01-02T00:00:00Z", None, Some(dead())).warning(),
            Some(TokenWarning::Failing(TokenReaction::ConsentAgain))
        );
        assert_eq!(
            health("2026-01-02T00:00:00Z", None, Some(out())).warning(),
            Some(TokenWarning::Failing(TokenReaction::BackOff))
        );
    }
}
