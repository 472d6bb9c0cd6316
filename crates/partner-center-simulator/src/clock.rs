//! The business clock: real time plus an offset that only grows.
//!
//! Every date that the emulated Partner Center shows or compares comes from here. The offset is
//! kept with the state, so that a restart continues at the same business time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Why the clock was not moved.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ClockError {
    /// The business clock never runs backwards.
    #[error("the clock moves only forward, not by {0}")]
    Backwards(SignedDuration),
    /// The new time lies outside what a calendar can express.
    #[error("the clock cannot be moved that far")]
    TooFar,
}

/// A shared business clock. Clones show and move the same time.
#[derive(Clone, Debug)]
pub struct Clock {
    offset_us: Arc<AtomicI64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self::with_offset(SignedDuration::ZERO)
    }
}

impl Clock {
    /// A clock that shows `start` now and then ticks with real time.
    pub fn starting_at(start: Timestamp) -> Self {
        Self::with_offset(start.duration_since(Self::real()))
    }

    /// A clock that shows real time plus `offset`, to the microsecond.
    pub fn with_offset(offset: SignedDuration) -> Self {
        Self { offset_us: Arc::new(AtomicI64::new(micros(offset))) }
    }

    /// The time of the machine, never moved: ages of secrets and throttles count on it.
    pub fn real() -> Timestamp {
        Timestamp::now()
    }

    /// The business time.
    pub fn now(&self) -> Timestamp {
        Self::real().checked_add(self.offset()).unwrap_or(Timestamp::MAX)
    }

    /// Business time minus real time.
    pub fn offset(&self) -> SignedDuration {
        SignedDuration::from_micros(self.offset_us.load(Ordering::SeqCst))
    }

    /// Moves the clock forward by `by` and returns the new offset.
    ///
    /// # Errors
    /// [`ClockError::Backwards`] for a negative span, [`ClockError::TooFar`] beyond the calendar.
    pub fn advance(&self, by: SignedDuration) -> Result<SignedDuration, ClockError> {
        if by.is_negative() {
            return Err(ClockError::Backwards(by));
        }
        // A century of head room, so that three-year terms starting "now" still have an end.
        let limit = Timestamp::MAX - SignedDuration::from_hours(24 * 36_525);
        match self.now().checked_add(by) {
            Ok(then) if then < limit => {}
            _ => return Err(ClockError::TooFar),
        }
        let by = micros(by);
        let before = self.offset_us.fetch_add(by, Ordering::SeqCst);
        Ok(SignedDuration::from_micros(before + by))
    }

    /// Takes over a stored offset unless the clock is already further.
    pub(crate) fn raise_to(&self, offset: SignedDuration) {
        self.offset_us.fetch_max(micros(offset), Ordering::SeqCst);
    }
}

fn micros(span: SignedDuration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(if span.is_negative() { i64::MIN / 2 } else { i64::MAX / 2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_forward_only_and_together() {
        let clock = Clock::starting_at("2026-06-01T00:00:00Z".parse().unwrap());
        let twin = clock.clone();
        let before = twin.now();
        clock.advance(SignedDuration::from_hours(168)).unwrap();
        assert!(twin.now() >= before + SignedDuration::from_hours(168));
        assert!(clock.advance(SignedDuration::from_secs(-1)).is_err());
        assert_eq!(clock.advance(SignedDuration::from_hours(24 * 365 * 9000)), Err(ClockError::TooFar));
        let offset = clock.offset();
        clock.raise_to(offset - SignedDuration::from_secs(5));
        assert_eq!(clock.offset(), offset);
    }
}
