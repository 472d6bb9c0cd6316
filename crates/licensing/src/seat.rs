//! Seats: how many, in which batches they were added, and until when each batch can
//! be given back.
//!
//! Microsoft opens a window of 168 hours for every batch (the purchase, a renewal,
//! each later increase); within it the batch's seats can be refunded, newest batch
//! first (contracts/partner-center.md §15.5, trap 24). Microsoft's own dates always
//! win over the computed ones.

use crate::invalid::{Invalid, Rule};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How long a batch of seats can be given back: 168 hours.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(168);

/// The most seats that any licence may have; above it a number is a typing error.
pub const MOST_SEATS: u32 = 10_000_000;

/// A number of seats, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct SeatCount(u32);

impl SeatCount {
    /// Checks a count: 1 to 10,000,000.
    pub fn new(count: u32) -> Option<SeatCount> {
        (1..=MOST_SEATS).contains(&count).then_some(SeatCount(count))
    }

    /// Reads what a person or a program wrote.
    ///
    /// # Errors
    /// [`Rule::Required`] when empty, [`Rule::WholeNumber`] for `1.5` or `x`,
    /// [`Rule::AtLeast`] below 1, [`Rule::AtMost`] above 10,000,000.
    pub fn parse(field: &str, text: &str) -> Result<SeatCount, Invalid> {
        let text = text.trim();
        let refuse = |rule| Err(Invalid::new(field, text, rule));
        if text.is_empty() {
            return refuse(Rule::Required);
        }
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return refuse(Rule::WholeNumber);
        }
        if text.starts_with('-') || digits.bytes().all(|b| b == b'0') {
            return refuse(Rule::AtLeast { min: 1 });
        }
        match digits.parse().ok().and_then(SeatCount::new) {
            Some(count) => Ok(count),
            None => refuse(Rule::AtMost { max: MOST_SEATS }),
        }
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for SeatCount {
    type Error = String;
    fn try_from(count: u32) -> Result<SeatCount, String> {
        SeatCount::new(count).ok_or_else(|| format!("{count} is not a number of seats"))
    }
}

impl From<SeatCount> for u32 {
    fn from(count: SeatCount) -> u32 {
        count.0
    }
}

impl fmt::Display for SeatCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Seats that were added together and share one window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatBatch {
    /// How many seats of the batch can still be given back.
    pub seats: u32,
    /// When they were added, where known.
    pub added_at: Option<Timestamp>,
    /// Until when they can be given back (exclusive).
    pub refundable_until: Timestamp,
}

impl SeatBatch {
    /// A batch added now, with the computed window; used until Microsoft's own date is read.
    pub fn added(seats: u32, at: Timestamp) -> SeatBatch {
        SeatBatch { seats, added_at: Some(at), refundable_until: at + WINDOW }
    }

    /// Whether the window is open at an instant.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.seats > 0 && now < self.refundable_until
    }
}

/// Seats that can be given back now.
pub fn refundable(batches: &[SeatBatch], now: Timestamp) -> u32 {
    batches.iter().filter(|b| b.is_open(now)).map(|b| b.seats).fold(0, u32::saturating_add)
}

/// When the last open window closes; `None` when all are closed.
pub fn last_window(batches: &[SeatBatch], now: Timestamp) -> Option<Timestamp> {
    batches.iter().filter(|b| b.is_open(now)).map(|b| b.refundable_until).max()
}

/// What a change of the total means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatChange {
    /// The total is already what was asked for.
    Nothing,
    /// Seats to add; they open a window of their own.
    Increase(u32),
    /// Seats to give back, all inside open windows.
    Decrease(u32),
}

/// Why a change of the total is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum SeatRefusal {
    /// Above the licence's limit.
    #[error("at most {limit} seats of this licence")]
    AboveLimit {
        /// Most seats per subscription.
        limit: u32,
    },
    /// Below the licence's minimum.
    #[error("at least {minimum} seats of this licence")]
    BelowMinimum {
        /// Fewest seats per subscription.
        minimum: u32,
    },
    /// The licence takes no further seats.
    #[error("this licence cannot get further seats")]
    Closed,
    /// More seats than the open windows hold.
    #[error(
        "{asked} seats cannot be given back: only {refundable} are inside their 7-day window; the rest can be reduced from {from}"
    )]
    OutsideWindow {
        /// Seats that the change would give back.
        asked: u32,
        /// Seats that can be given back now.
        refundable: u32,
        /// When a reduction becomes possible again: the end of the term.
        from: Timestamp,
    },
}

/// What a subscription allows for its seats.
#[derive(Debug, Clone, Copy)]
pub struct SeatLimits {
    /// Fewest seats, at least 1.
    pub minimum: u32,
    /// Most seats, where the licence has a limit.
    pub maximum: Option<u32>,
    /// Whether seats may be added.
    pub may_grow: bool,
}

/// Decides a change of the total. Pure: the same facts give the same answer.
///
/// # Errors
/// A [`SeatRefusal`] with the numbers; the increase rules are checked before the window.
pub fn decide_change(
    current: SeatCount,
    wanted: SeatCount,
    limits: SeatLimits,
    batches: &[SeatBatch],
    term_end: Timestamp,
    now: Timestamp,
) -> Result<SeatChange, SeatRefusal> {
    let (current, wanted) = (current.get(), wanted.get());
    if wanted == current {
        return Ok(SeatChange::Nothing);
    }
    if wanted > current {
        if !limits.may_grow {
            return Err(SeatRefusal::Closed);
        }
        return match limits.maximum {
            Some(limit) if wanted > limit => Err(SeatRefusal::AboveLimit { limit }),
            _ => Ok(SeatChange::Increase(wanted - current)),
        };
    }
    if wanted < limits.minimum {
        return Err(SeatRefusal::BelowMinimum { minimum: limits.minimum });
    }
    let (asked, refundable) = (current - wanted, refundable(batches, now));
    match asked <= refundable {
        true => Ok(SeatChange::Decrease(asked)),
        false => Err(SeatRefusal::OutsideWindow { asked, refundable, from: term_end }),
    }
}

/// The batches after seats were given back: newest batch first, as Microsoft does.
pub fn give_back(batches: &[SeatBatch], mut seats: u32, now: Timestamp) -> Vec<SeatBatch> {
    let mut left: Vec<SeatBatch> = batches.to_vec();
    left.sort_by_key(|b| std::cmp::Reverse(b.refundable_until));
    for batch in left.iter_mut().filter(|b| b.is_open(now)) {
        let taken = seats.min(batch.seats);
        batch.seats -= taken;
        seats -= taken;
    }
    left.retain(|b| b.seats > 0);
    left.sort_by_key(|b| b.refundable_until);
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours)
    }
    fn seats(n: u32) -> SeatCount {
        SeatCount::new(n).expect("at least one")
    }
    const OPEN: SeatLimits = SeatLimits { minimum: 1, maximum: Some(300), may_grow: true };

    #[test]
    fn what_people_type() {
        for (text, rule) in [
            ("", Some(Rule::Required)),
            ("5", None),
            (" 5 ", None),
            ("0", Some(Rule::AtLeast { min: 1 })),
            ("-3", Some(Rule::AtLeast { min: 1 })),
            ("1.5", Some(Rule::WholeNumber)),
            ("1,5", Some(Rule::WholeNumber)),
            ("1e3", Some(Rule::WholeNumber)),
            ("five", Some(Rule::WholeNumber)),
            ("٥", Some(Rule::WholeNumber)),
            ("10000001", Some(Rule::AtMost { max: MOST_SEATS })),
            ("99999999999999999999999", Some(Rule::AtMost { max: MOST_SEATS })),
        ] {
            assert_eq!(SeatCount::parse("quantity", text).err().map(|e| e.rule), rule, "{text}");
        }
    }

    #[test]
    fn each_batch_has_its_own_window() {
        let batches = [SeatBatch::added(10, at(0)), SeatBatch::added(5, at(100))];
        let decide = |wanted, now| decide_change(seats(15), seats(wanted), OPEN, &batches, at(8760), at(now));
        assert_eq!(decide(1, 100), Ok(SeatChange::Decrease(14)));
        assert_eq!(decide(10, 200), Ok(SeatChange::Decrease(5)));
        assert_eq!(decide(9, 200), Err(SeatRefusal::OutsideWindow { asked: 6, refundable: 5, from: at(8760) }));
        assert_eq!(decide(14, 268), Err(SeatRefusal::OutsideWindow { asked: 1, refundable: 0, from: at(8760) }));
        assert_eq!(decide(15, 268), Ok(SeatChange::Nothing));
        assert_eq!(decide(16, 268), Ok(SeatChange::Increase(1)));
    }

    #[test]
    fn the_window_closes_at_168_hours_to_the_second() {
        let batches = [SeatBatch::added(3, at(0))];
        assert_eq!(refundable(&batches, at(168) - SignedDuration::from_nanos(1)), 3);
        assert_eq!(refundable(&batches, at(168)), 0);
    }

    #[test]
    fn limits_come_before_windows() {
        let decide = |wanted, limits| decide_change(seats(10), seats(wanted), limits, &[], at(1), at(0));
        assert_eq!(decide(301, OPEN), Err(SeatRefusal::AboveLimit { limit: 300 }));
        assert_eq!(decide(11, SeatLimits { may_grow: false, ..OPEN }), Err(SeatRefusal::Closed));
        assert_eq!(decide(4, SeatLimits { minimum: 5, ..OPEN }), Err(SeatRefusal::BelowMinimum { minimum: 5 }));
    }

    proptest! {
        #[test]
        fn giving_back_never_touches_more_than_was_asked(
            sizes in proptest::collection::vec((1u32..50, 0i64..400), 0..6), asked in 0u32..200, now in 0i64..500,
        ) {
            let batches: Vec<_> = sizes.iter().map(|(n, h)| SeatBatch::added(*n, at(*h))).collect();
            let open = refundable(&batches, at(now));
            let total: u32 = batches.iter().map(|b| b.seats).sum();
            let left: u32 = give_back(&batches, asked, at(now)).iter().map(|b| b.seats).sum();
            prop_assert_eq!(total - left, asked.min(open));
        }

        #[test]
        fn an_accepted_change_lands_on_the_wanted_total(
            current in 1u32..400, wanted in 1u32..400, batch in 0u32..400, now in 0i64..400,
        ) {
            let batches = [SeatBatch { seats: batch, added_at: None, refundable_until: at(168) }];
            let total = match decide_change(seats(current), seats(wanted), OPEN, &batches, at(9000), at(now)) {
                Ok(SeatChange::Nothing) => current,
                Ok(SeatChange::Increase(n)) => current + n,
                Ok(SeatChange::Decrease(n)) => { prop_assert!(n <= refundable(&batches, at(now))); current - n }
                Err(_) => wanted,
            };
            prop_assert_eq!(total, wanted);
        }
    }
}
