//! How reads are repeated, by the table of contract §3. Writes are never repeated here: what may be
//! done about one is [`crate::Advice`]. When a call may leave at all is `gateway.rs`.

use std::time::Duration;

use crate::error::Error;

/// How reads are repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRetry {
    /// Pause before each further attempt; its length is the number of repetitions.
    pub pauses: Vec<Duration>,
    /// Longest `Retry-After` waited for inside a call; a longer one is handed to the caller.
    pub longest_wait: Duration,
}

impl Default for ReadRetry {
    /// 1 s, 4 s and 16 s, waits of up to 60 s.
    fn default() -> Self {
        Self { pauses: [1, 4, 16].map(Duration::from_secs).to_vec(), longest_wait: Duration::from_secs(60) }
    }
}

impl ReadRetry {
    /// No repetition at all: every failure goes to the caller.
    #[must_use]
    pub fn never() -> Self {
        Self { pauses: Vec::new(), longest_wait: Duration::ZERO }
    }

    /// Pause before attempt `done + 1` of a read that ended so, or `None` to give up.
    pub(crate) fn pause(&self, error: &Error, done: usize) -> Option<Duration> {
        let pause = *self.pauses.get(done)?;
        let asked = match error {
            Error::NotSent { .. } | Error::Unreadable { .. } => None,
            Error::NoAnswer { .. } => error.retry_after(),
            // The gateway has doubled it already if it was not the first in a row.
            Error::Throttled { retry_after, .. } => Some(*retry_after),
            Error::Token(token) if token.is_passing() => token.retry_after(),
            _ => return None,
        };
        let wait = asked.map_or(pause, |asked| asked.max(pause));
        (asked.is_none() || wait <= self.longest_wait).then(|| wait + jitter(wait))
    }
}

/// Up to a quarter more, so that callers that failed together do not come back together.
fn jitter(wait: Duration) -> Duration {
    let chance = u32::from(crate::client::fresh_id().as_bytes()[0]);
    wait / 4 * chance / 255
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_never_repeated_and_long_waits_are_handed_over() {
        let policy = ReadRetry::default();
        let refused = Error::Refused(Box::new(crate::Refusal::read(404, b"")));
        assert_eq!(policy.pause(&refused, 0), None);
        let short = Error::Throttled { retry_after: Duration::from_secs(10), sent: true };
        for done in 0..3 {
            assert!(policy.pause(&short, done).is_some_and(|p| p >= Duration::from_secs(10)));
        }
        let long = Error::Throttled { retry_after: Duration::from_secs(600), sent: true };
        assert_eq!(policy.pause(&long, 0), None);
        let lost = Error::NotSent { reason: String::new() };
        assert!(policy.pause(&lost, 2).is_some());
        assert_eq!(policy.pause(&lost, 3), None);
    }
}
