//! The arithmetic of terms and windows (contract 15.2, 15.6, 15.7), and what time does to a
//! subscription: renewals, extended service terms, expiry. Pure; nothing here is ever refused.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Span, Timestamp, ToSpan};

use crate::subscriptions::{Batch, Charge, Status, Subscription};
use crate::wire::{date_of, midnight};

/// Cancelling and reducing is open for 168 hours.
pub(crate) const WINDOW: SignedDuration = SignedDuration::from_hours(168);

/// Months of `P1M`, `P1Y`, `P3Y` and their like; 1 for anything else.
pub(crate) fn months_of(term: &str) -> i64 {
    let digits: String = term.chars().filter(char::is_ascii_digit).collect();
    let count = digits.parse::<i64>().unwrap_or(1).clamp(1, 120);
    if term.to_ascii_uppercase().ends_with('Y') { count * 12 } else { count }
}

/// The last day, inclusive, of a term that starts on a day.
pub(crate) fn last_day(start: Date, term: &str) -> Date {
    start.checked_add(Span::new().months(months_of(term))).and_then(|end| end.yesterday()).unwrap_or(Date::MAX)
}

/// The instant after the last day.
pub(crate) fn end_of(last_day: Date) -> Timestamp {
    midnight(last_day.tomorrow().unwrap_or(Date::MAX))
}

impl Subscription {
    /// This subscription as time has made it by `now`.
    pub(crate) fn rolled(&self, now: Timestamp, est_from: Date) -> Self {
        let mut rolled = self.clone();
        // A century of monthly terms at the most.
        for _ in 0..1300 {
            if !rolled.step(now, est_from) {
                break;
            }
        }
        rolled
    }

    /// One event that is due, if any.
    fn step(&mut self, now: Timestamp, est_from: Date) -> bool {
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let due = match self.status {
            Status::Active | Status::Suspended => end_of(self.term_end),
            Status::Expired => self.state_since + days(30),
            Status::Disabled => self.state_since + days(self.retention_days),
            Status::Deleted => return false,
        };
        if now < due {
            return false;
        }
        match self.status {
            Status::Active if self.auto_renew => self.renew(due),
            Status::Active if self.goes_on(est_from) => self.extend(due),
            Status::Active => {
                let ended_by_order = self.cancels_at_term_end && self.est_applies(est_from);
                let next = if ended_by_order { Status::Disabled } else { Status::Expired };
                self.enter(next, due, 90);
            }
            Status::Suspended => self.enter(Status::Disabled, due, 120),
            Status::Expired => self.enter(Status::Disabled, due, 90),
            Status::Disabled | Status::Deleted => self.enter(Status::Deleted, due, 0),
        }
        true
    }

    pub(crate) fn enter(&mut self, status: Status, at: Timestamp, retention_days: i64) {
        self.status = status;
        self.state_since = at;
        self.retention_days = retention_days;
        self.schedule = None;
    }

    /// Whether the extended service term is the rule for the end of this term (contract 15.9).
    pub(crate) fn est_applies(&self, est_from: Date) -> bool {
        !self.is_trial && self.term_end > est_from && date_of(self.term_start) >= date(2025, 4, 1)
    }

    fn goes_on(&self, est_from: Date) -> bool {
        self.est_applies(est_from) && !self.cancels_at_term_end
    }

    fn renew(&mut self, at: Timestamp) {
        if let Some(next) = self.schedule.take() {
            self.product_id = next.product_id;
            self.sku_id = next.sku_id;
            self.availability_id = next.availability_id;
            self.offer_name = next.offer_name;
            self.term = next.term;
            self.billing_cycle = next.billing_cycle;
            self.quantity = next.quantity;
            self.is_trial = false;
        } else if let Some(paid) = self.renews_into.take().filter(|_| self.is_trial) {
            self.product_id = paid.product_id;
            self.sku_id = paid.sku_id;
            self.availability_id = paid.availability_id;
            self.offer_name = paid.offer_name;
            self.term = "P1Y".to_owned();
            self.billing_cycle = "monthly".to_owned();
            self.is_trial = false;
        }
        let term = self.term.clone();
        self.begin_term(at, &term);
        self.window_opened = at;
        self.batches = vec![Batch { quantity: self.quantity, added: at }];
        self.charge("renew", self.quantity, at);
    }

    fn extend(&mut self, at: Timestamp) {
        self.extended = true;
        self.billing_cycle = "monthly".to_owned();
        self.begin_term(at, "P1M");
        self.charge("extendTerm", self.quantity, at);
    }

    pub(crate) fn begin_term(&mut self, at: Timestamp, term: &str) {
        self.term_start = at;
        self.term_end = last_day(date_of(at), term);
    }

    pub(crate) fn charge(&mut self, charge_type: &str, quantity: i64, at: Timestamp) {
        self.charges.push(Charge { charge_type: charge_type.to_owned(), quantity, at });
    }

    /// Until when it may be cancelled with a refund.
    pub(crate) fn cancel_until(&self) -> Timestamp {
        self.window_opened + WINDOW
    }

    /// Batches that can still be given back, newest first.
    pub(crate) fn refundable(&self, now: Timestamp) -> Vec<&Batch> {
        let mut open: Vec<&Batch> =
            self.batches.iter().filter(|batch| now < batch.added + WINDOW && batch.quantity > 0).collect();
        open.reverse();
        open
    }

    /// Takes seats off the newest open batches.
    pub(crate) fn give_back(&mut self, seats: i64, now: Timestamp) {
        let mut left = seats;
        for batch in self.batches.iter_mut().rev() {
            if now < batch.added + WINDOW {
                let taken = left.min(batch.quantity);
                batch.quantity -= taken;
                left -= taken;
            }
        }
        self.batches.retain(|batch| batch.quantity > 0);
        self.quantity -= seats;
    }

    /// End of the billing period that `now` lies in: its last day.
    pub(crate) fn billing_period_end(&self, now: Timestamp) -> Date {
        let months = match self.billing_cycle.as_str() {
            "annual" => 12i64,
            "triennial" => 36,
            _ => 1,
        };
        let start = date_of(self.term_start);
        let mut periods = 1;
        loop {
            let end =
                start.checked_add((months * periods).months()).and_then(|end| end.yesterday()).unwrap_or(Date::MAX);
            if end >= date_of(now) || end >= self.term_end {
                return end.min(self.term_end);
            }
            periods += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_end_on_the_day_before() {
        assert_eq!(last_day(date(2026, 3, 4), "P1Y"), date(2027, 3, 3));
        assert_eq!(last_day(date(2026, 1, 31), "P1M"), date(2026, 2, 27));
        assert_eq!(last_day(date(2024, 2, 29), "P3Y"), date(2027, 2, 27));
        assert_eq!(months_of("P3Y"), 36);
    }
}
