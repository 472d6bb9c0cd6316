//! The arithmetic of terms, billing periods and windows (contract 15.2, 15.6, 15.10). Pure: days
//! and months of the calendar, UTC; nothing here is ever refused.

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};
use rust_decimal::Decimal;

use crate::wire::midnight;

/// Cancelling and reducing is open for 168 hours.
pub(crate) const WINDOW: SignedDuration = SignedDuration::from_hours(168);

/// So long after a window opened a cancellation gives back everything (contract 12.1).
pub(crate) const FULL_REFUND: SignedDuration = SignedDuration::from_hours(24);

/// Days of a trial, the first included.
pub(crate) const TRIAL_DAYS: i64 = 30;

/// Months of `P1M`, `P1Y`, `P3Y` and their like; 1 for anything else.
pub(crate) fn months_of(term: &str) -> i64 {
    let digits: String = term.chars().filter(char::is_ascii_digit).collect();
    let count = digits.parse::<i64>().unwrap_or(1).clamp(1, 120);
    if term.to_ascii_uppercase().ends_with('Y') { count * 12 } else { count }
}

/// Months between two bills of a cycle.
pub(crate) fn billing_months(cycle: &str) -> i64 {
    match cycle {
        "annual" => 12,
        "triennial" => 36,
        _ => 1,
    }
}

/// The last day, inclusive, of a term that starts on a day.
pub(crate) fn last_day(start: Date, term: &str) -> Date {
    day_before(months_after(start, months_of(term)))
}

/// The last day of a trial that starts on a day.
pub(crate) fn last_trial_day(start: Date) -> Date {
    start.checked_add(Span::new().days(TRIAL_DAYS - 1)).unwrap_or(Date::MAX)
}

/// The instant after the last day.
pub(crate) fn end_of(last_day: Date) -> Timestamp {
    midnight(day_after(last_day))
}

pub(crate) fn day_after(day: Date) -> Date {
    day.tomorrow().unwrap_or(Date::MAX)
}

fn day_before(day: Date) -> Date {
    day.yesterday().unwrap_or(Date::MIN)
}

/// The same day some months later, or the last one of a shorter month.
fn months_after(day: Date, months: i64) -> Date {
    day.checked_add(Span::new().months(months)).unwrap_or(Date::MAX)
}

/// Days from one day to another, both included; at least 0.
pub(crate) fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days() + 1).max(0)
}

/// Days that one bill covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub(crate) from: Date,
    /// Last day, inclusive; never after the term.
    pub(crate) to: Date,
    /// Days of the period had the term not cut it short.
    pub(crate) whole_days: i32,
}

/// The period number `index` (from 0) of those that begin on `anchor`, within a term.
///
/// Every period is counted from the anchor, so that one that begins on the 31st comes back to the
/// 31st after a shorter month.
pub(crate) fn period(anchor: Date, cycle: &str, index: u32, term_end: Date) -> Period {
    let months = billing_months(cycle);
    let from = months_after(anchor, months * i64::from(index));
    let whole_to = day_before(months_after(anchor, months * (i64::from(index) + 1)));
    Period { from, to: whole_to.min(term_end), whole_days: days_between(from, whole_to) }
}

/// How many billing periods a term has that ends on a day; the last one counts by its days.
pub(crate) fn periods_until(first: Date, cycle: &str, last: Date) -> Decimal {
    let mut sum = Decimal::ZERO;
    for index in 0..120 {
        let part = period(first, cycle, index, last);
        if part.from > last {
            break;
        }
        sum += Decimal::from(days_between(part.from, part.to)) / Decimal::from(part.whole_days.max(1));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn terms_end_on_the_day_before() {
        assert_eq!(last_day(date(2026, 3, 4), "P1Y"), date(2027, 3, 3));
        assert_eq!(last_day(date(2026, 1, 31), "P1M"), date(2026, 2, 27));
        assert_eq!(last_day(date(2024, 2, 29), "P1Y"), date(2025, 2, 27));
        assert_eq!(last_day(date(2024, 2, 29), "P3Y"), date(2027, 2, 27));
        assert_eq!(last_day(date(2023, 3, 1), "P1Y"), date(2024, 2, 29));
        assert_eq!(last_trial_day(date(2026, 2, 1)), date(2026, 3, 2));
        assert_eq!(months_of("P3Y"), 36);
    }

    #[test]
    fn periods_follow_each_other_without_gap_or_overlap() {
        for anchor in [date(2026, 1, 31), date(2024, 2, 29), date(2025, 12, 1), date(2023, 10, 30)] {
            let end = last_day(anchor, "P3Y");
            for (cycle, count) in [("monthly", 36), ("annual", 3), ("triennial", 1)] {
                let mut expected = anchor;
                for index in 0..count {
                    let period = period(anchor, cycle, index, end);
                    assert_eq!(period.from, expected, "{anchor} {cycle} {index}");
                    assert_eq!(days_between(period.from, period.to), period.whole_days);
                    expected = day_after(period.to);
                }
                assert_eq!(expected, day_after(end), "{anchor} {cycle}");
            }
        }
    }

    #[test]
    fn shares_of_periods_add_up() {
        assert_eq!(periods_until(date(2026, 1, 1), "monthly", date(2026, 12, 31)), Decimal::from(12));
        assert_eq!(periods_until(date(2026, 1, 1), "monthly", date(2026, 2, 14)), Decimal::new(15, 1));
        assert_eq!(periods_until(date(2026, 1, 1), "annual", date(2026, 3, 14)), Decimal::new(2, 1));
    }

    #[test]
    fn a_shorter_term_cuts_the_last_period() {
        let cut = period(date(2026, 1, 31), "monthly", 1, date(2026, 3, 15));
        assert_eq!(cut, Period { from: date(2026, 2, 28), to: date(2026, 3, 15), whole_days: 31 });
    }
}
