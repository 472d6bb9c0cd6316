//! The last calls, for the status page; in memory only.

use std::collections::VecDeque;
use std::sync::Mutex;

use jiff::Timestamp;

const KEPT: usize = 50;

/// One call as the status page shows it. Queries are left out: codes and states travel there.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Business time of its arrival.
    pub(crate) at: Timestamp,
    /// Method and path.
    pub(crate) target: String,
    pub(crate) status: u16,
    pub(crate) millis: u128,
}

/// The newest calls first.
#[derive(Default)]
pub(crate) struct Recent(Mutex<VecDeque<Seen>>);

impl Recent {
    pub(crate) fn push(&self, mut seen: Seen) {
        if seen.target.len() > 200 {
            seen.target = seen.target.chars().take(200).collect();
        }
        let mut calls = self.0.lock().expect("no panic while held");
        calls.truncate(KEPT - 1);
        calls.push_front(seen);
    }

    pub(crate) fn all(&self) -> Vec<Seen> {
        self.0.lock().expect("no panic while held").iter().cloned().collect()
    }
}
