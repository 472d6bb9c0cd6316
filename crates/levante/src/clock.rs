//! The single source of time, ids and chance.
//!
//! Two clocks (design §8): the *business* clock is real time plus a stored offset that
//! only grows; Microsoft's dates, windows, reminders and due jobs follow it. The *wall*
//! clock is never moved; signatures, sessions, leases and rate limits follow it.

use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Both clocks. Cheap to clone; all clones share the offset.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_us: Arc<AtomicI64>,
}

impl Clock {
    /// Real time, no offset.
    pub fn real() -> Clock {
        Clock::default()
    }

    /// Real time, never moved.
    #[expect(clippy::disallowed_methods, reason = "the single source of time")]
    pub fn wall(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Business time: real time plus the offset, to the microsecond.
    pub fn business(&self) -> Timestamp {
        let now = self.wall() + self.offset();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// How far the business clock is ahead.
    pub fn offset(&self) -> SignedDuration {
        SignedDuration::from_micros(self.offset_us.load(Ordering::Acquire))
    }

    /// Moves the business clock to an offset; an earlier one is ignored, because the clock
    /// only moves forward. Returns the offset that holds now.
    pub fn move_to(&self, offset: SignedDuration) -> SignedDuration {
        let micros = i64::try_from(offset.as_micros()).unwrap_or(i64::MAX);
        SignedDuration::from_micros(self.offset_us.fetch_max(micros, Ordering::AcqRel).max(micros))
    }

    /// A new id, ordered by wall time (UUID version 7).
    pub fn new_id(&self) -> Uuid {
        let millis = u64::try_from(self.wall().as_millisecond()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &random()).into_uuid()
    }
}

/// Time that has passed since a start, for counters in memory: never set back, whatever the wall clock does.
#[derive(Clone)]
pub struct Ticks(Arc<dyn Fn() -> Duration + Send + Sync>);

impl Ticks {
    /// Real time, from now.
    pub fn real() -> Ticks {
        let start = Instant::now();
        Ticks::by(move || start.elapsed())
    }

    /// Whatever a test says.
    pub fn by(elapsed: impl Fn() -> Duration + Send + Sync + 'static) -> Ticks {
        Ticks(Arc::new(elapsed))
    }

    /// How much has passed.
    pub fn elapsed(&self) -> Duration {
        (self.0)()
    }
}

impl std::fmt::Debug for Ticks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ticks")
    }
}

/// Random bytes from the operating system: for ids, tokens, keys and nonces alike.
///
/// # Panics
/// When the operating system has no randomness, since nothing safe can be done then.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_business_clock_only_moves_forward() {
        let clock = Clock::real();
        let week = SignedDuration::from_hours(168);
        assert_eq!(clock.move_to(week), week);
        assert_eq!(clock.move_to(SignedDuration::ZERO), week);
        assert!(clock.business() >= clock.wall() + week - SignedDuration::from_secs(1));
    }

    #[test]
    fn ids_are_ordered_and_differ() {
        let clock = Clock::real();
        let ids: Vec<Uuid> = (0..100).map(|_| clock.new_id()).collect();
        let mut unique = ids.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), ids.len());
    }
}
