//! Windows (contract 15.5, 15.6): until when a subscription can be cancelled, and which seats can
//! still be given back. Every batch of added seats has its own 168 hours.

use jiff::Timestamp;

use crate::subscriptions::{Batch, Subscription};
use crate::terms::{FULL_REFUND, WINDOW, end_of};

impl Subscription {
    /// Until when it may be cancelled with a refund; `None` when it may not. The extended service
    /// term can be left at any time.
    pub(crate) fn cancel_until(&self) -> Option<Timestamp> {
        if self.extended_from.is_some() {
            return Some(end_of(self.term_end));
        }
        self.window_opened?.checked_add(WINDOW).ok()
    }

    /// Until when a cancellation gives back everything.
    pub(crate) fn full_refund_until(&self) -> Option<Timestamp> {
        self.window_opened?.checked_add(FULL_REFUND).ok()
    }

    /// Batches that can still be given back, newest first.
    pub(crate) fn refundable(&self, now: Timestamp) -> impl Iterator<Item = &Batch> {
        self.batches.iter().rev().filter(move |batch| batch.is_open(now))
    }

    /// Takes seats off the newest open batches and forgets the closed ones.
    pub(crate) fn give_back(&mut self, seats: i64, now: Timestamp) {
        let mut left = seats;
        for batch in self.batches.iter_mut().rev().filter(|batch| batch.is_open(now)) {
            let taken = left.min(batch.quantity);
            batch.quantity -= taken;
            left -= taken;
        }
        self.batches.retain(|batch| batch.is_open(now));
        self.quantity -= seats;
    }
}

impl Batch {
    fn is_open(&self, now: Timestamp) -> bool {
        self.quantity > 0 && self.added.checked_add(WINDOW).is_ok_and(|end| now < end)
    }
}
