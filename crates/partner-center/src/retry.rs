//! When a call may go out: how reads are repeated, and the gate that keeps calls back after a 429
//! and bounds how many are in flight. Writes are never repeated here. Source: contract §3.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::error::Error;

/// Fewest good answers in a row before one more parallel call is tried.
const GOOD_ANSWERS: u32 = 20;
/// Most calls in flight, however well it goes.
const MOST_PARALLEL: usize = 32;

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
    pub(crate) fn pause(&self, error: &Error, done: usize, throttled: u32) -> Option<Duration> {
        let pause = *self.pauses.get(done)?;
        let asked = match error {
            Error::NotSent { .. } | Error::Unreadable { .. } => None,
            Error::NoAnswer { .. } => error.retry_after(),
            // From the second 429 on the wait doubles, starting from what the gateway asked for.
            Error::Throttled { retry_after, .. } => {
                Some(retry_after.saturating_mul(1 << throttled.saturating_sub(1).min(6)))
            }
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

/// Keeps calls back after a 429 and bounds the calls in flight.
#[derive(Debug)]
pub(crate) struct Gate {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    limit: usize,
    running: usize,
    good: u32,
    closed_until: HashMap<&'static str, Instant>,
}

/// The right to have one call in flight.
#[derive(Debug)]
pub(crate) struct Passage {
    gate: Arc<Gate>,
}

impl Gate {
    pub(crate) fn new(parallel: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                limit: parallel.clamp(1, MOST_PARALLEL),
                running: 0,
                good: 0,
                closed_until: HashMap::new(),
            }),
            freed: Notify::new(),
        })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a free place; answers [`Error::Throttled`] while the family is closed, since a
    /// refused request would count against the quota again.
    pub(crate) async fn enter(self: &Arc<Self>, family: &'static str) -> Result<Passage, Error> {
        loop {
            let freed = self.freed.notified();
            {
                let mut state = self.state();
                if let Some(until) = state.closed_until.get(family).copied() {
                    let left = until.saturating_duration_since(Instant::now());
                    if !left.is_zero() {
                        return Err(Error::Throttled { retry_after: left, sent: false });
                    }
                    state.closed_until.remove(family);
                }
                if state.running < state.limit {
                    state.running += 1;
                    return Ok(Passage { gate: Arc::clone(self) });
                }
            }
            freed.await;
        }
    }

    /// A 429 came: close the family and halve the calls in flight.
    pub(crate) fn throttled(&self, family: &'static str, retry_after: Duration) {
        let mut state = self.state();
        state.limit = (state.limit / 2).max(1);
        state.good = 0;
        let until = Instant::now() + retry_after.min(Duration::from_secs(24 * 3600));
        let entry = state.closed_until.entry(family).or_insert(until);
        *entry = (*entry).max(until);
    }

    /// A call was answered without a 429.
    pub(crate) fn answered(&self) {
        let mut state = self.state();
        state.good += 1;
        if state.good >= GOOD_ANSWERS && state.limit < MOST_PARALLEL {
            state.limit += 1;
            state.good = 0;
            drop(state);
            self.freed.notify_one();
        }
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        self.gate.state().running -= 1;
        self.gate.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_429_closes_its_family_only_and_halves_the_calls() {
        let gate = Gate::new(4);
        gate.throttled("orders", Duration::from_secs(3600));
        let refused = gate.enter("orders").await.expect_err("closed");
        assert!(matches!(
            refused,
            Error::Throttled { retry_after, sent: false } if retry_after > Duration::from_secs(3500)
        ));
        let _first = gate.enter("customers").await.expect("open");
        let _second = gate.enter("customers").await.expect("open");
        let mut third = std::pin::pin!(gate.enter("customers"));
        let poll = std::future::poll_fn(|cx| std::task::Poll::Ready(third.as_mut().poll(cx))).await;
        assert!(poll.is_pending(), "only two of four places are left");
    }

    #[tokio::test]
    async fn a_family_opens_again_when_its_time_has_run() {
        let gate = Gate::new(4);
        gate.throttled("orders", Duration::ZERO);
        gate.enter("orders").await.expect("open again");
    }

    #[tokio::test]
    async fn a_freed_place_wakes_a_waiter() {
        let gate = Gate::new(1);
        let first = gate.enter("carts").await.expect("open");
        let waiter = tokio::spawn({
            let gate = Arc::clone(&gate);
            async move { gate.enter("carts").await.map(drop) }
        });
        tokio::task::yield_now().await;
        drop(first);
        waiter.await.expect("no panic").expect("let in");
    }

    #[test]
    fn refusals_are_never_repeated_and_long_waits_are_handed_over() {
        let policy = ReadRetry::default();
        let refused = Error::Refused(Box::new(crate::Refusal::read(404, b"")));
        assert_eq!(policy.pause(&refused, 0, 0), None);
        let short = Error::Throttled { retry_after: Duration::from_secs(10), sent: true };
        assert!(policy.pause(&short, 0, 1).is_some_and(|p| p >= Duration::from_secs(10)));
        assert!(policy.pause(&short, 1, 2).is_some_and(|p| p >= Duration::from_secs(20)));
        let long = Error::Throttled { retry_after: Duration::from_secs(600), sent: true };
        assert_eq!(policy.pause(&long, 0, 1), None);
        let lost = Error::NotSent { reason: String::new() };
        assert!(policy.pause(&lost, 2, 0).is_some());
        assert_eq!(policy.pause(&lost, 3, 0), None);
    }
}
