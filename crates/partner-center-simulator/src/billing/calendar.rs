//! Which months are invoiced, and when the next invoices appear (contract 18.1): calendar months
//! UTC, on day 6, 7 or 8 of the next month.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::state::{Entity, ONLY, World};
use crate::wire::{date_of, midnight};

/// How far invoicing has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Calendar {
    /// First day of the first month without invoices.
    pub(super) open_from: Date,
    /// How many invoices there ever were.
    pub(super) issued: u64,
}

impl Entity for Calendar {
    const KIND: &'static str = "billing_calendar";
}

impl Calendar {
    /// Invoicing begins with the month of a moment.
    pub(crate) fn beginning(now: Timestamp) -> Self {
        Self { open_from: date_of(now).first_of_month(), issued: 0 }
    }
}

/// The first day of the month after.
pub(super) fn month_after(first: Date) -> Date {
    first.checked_add(1.month()).unwrap_or(Date::MAX)
}

/// The first day of the month before.
pub(super) fn month_before(first: Date) -> Date {
    first.checked_sub(1.month()).unwrap_or(Date::MIN)
}

impl World {
    pub(super) fn calendar(&self) -> Option<&Calendar> {
        self.billing_calendars.get(ONLY)
    }

    /// Makes sure that there is a calendar; one that is there stays.
    pub(crate) fn open_calendar(&mut self, now: Timestamp) {
        if self.billing_calendars.get(ONLY).is_none() {
            self.billing_calendars.insert(ONLY, Calendar::beginning(now));
        }
    }

    /// The months up to this day have their invoices.
    pub(super) fn turn_page(&mut self, open_from: Date, issued: u64) {
        self.billing_calendars.insert(ONLY, Calendar { open_from, issued });
    }

    /// A number that belongs to this seed and a question.
    pub(super) fn lot(&self, question: &str) -> u64 {
        let mut digest = Sha256::new();
        digest.update(self.meta().seed_check.as_bytes());
        digest.update(question.as_bytes());
        let digest: [u8; 32] = digest.finalize().into();
        let mut head = [0; 8];
        head.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(head)
    }

    /// When the invoices of the open month appear.
    pub(crate) fn next_invoices(&self) -> Option<Timestamp> {
        let month = self.calendar()?.open_from;
        let lot = self.lot(&format!("invoice day {month}"));
        let (day, minute) = (lot % 3, lot / 3 % 1440);
        let since_first = SignedDuration::from_mins(i64::try_from((5 + day) * 1440 + minute).unwrap_or(0));
        midnight(month_after(month)).checked_add(since_first).ok()
    }
}
