//! A subscription: seats of one licence in one service, and what shall happen at the
//! end of its term.

use crate::{id::LicenceId, seat::SeatCount};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a subscription stands (design §6). Unknown words of the supplier are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", content = "word", rename_all = "camelCase")]
pub enum SubscriptionState {
    /// Bought, not yet confirmed as active.
    Creating,
    /// In use.
    Active,
    /// Suspended; billing goes on.
    Suspended,
    /// Cancelled by us within its window.
    Cancelled,
    /// Its renewal is running.
    Renewing,
    /// Running month by month after its term.
    ExtendedTerm,
    /// Its term ended without renewal.
    Expired,
    /// Access is cut.
    Disabled,
    /// Gone at the supplier.
    Deleted,
    /// A word that we do not know.
    Other(String),
}

impl SubscriptionState {
    /// Its word in storage.
    pub fn word(&self) -> &str {
        match self {
            SubscriptionState::Creating => "creating",
            SubscriptionState::Active => "active",
            SubscriptionState::Suspended => "suspended",
            SubscriptionState::Cancelled => "cancelled",
            SubscriptionState::Renewing => "renewing",
            SubscriptionState::ExtendedTerm => "extendedTerm",
            SubscriptionState::Expired => "expired",
            SubscriptionState::Disabled => "disabled",
            SubscriptionState::Deleted => "deleted",
            SubscriptionState::Other(word) => word,
        }
    }

    /// Reads a stored word; unknown ones are kept as they are.
    pub fn read(word: &str) -> SubscriptionState {
        match word {
            "creating" => SubscriptionState::Creating,
            "active" => SubscriptionState::Active,
            "suspended" => SubscriptionState::Suspended,
            "cancelled" => SubscriptionState::Cancelled,
            "renewing" => SubscriptionState::Renewing,
            "extendedTerm" => SubscriptionState::ExtendedTerm,
            "expired" => SubscriptionState::Expired,
            "disabled" => SubscriptionState::Disabled,
            "deleted" => SubscriptionState::Deleted,
            other => SubscriptionState::Other(other.to_owned()),
        }
    }

    /// Whether it is over for good.
    pub fn is_over(&self) -> bool {
        matches!(self, SubscriptionState::Cancelled | SubscriptionState::Disabled | SubscriptionState::Deleted)
    }

    /// Whether it has a term that will end or renew: neither over nor expired.
    pub fn has_term(&self) -> bool {
        !self.is_over() && *self != SubscriptionState::Expired
    }

    /// Whether its seats may be changed or it may be cancelled.
    pub fn accepts_changes(&self) -> bool {
        matches!(self, SubscriptionState::Active | SubscriptionState::ExtendedTerm)
    }
}

/// What the reseller wants at the end of the term; kept over every other change
/// (design §3, promise 3).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "intent", rename_all = "camelCase")]
pub enum TermEndIntent {
    /// Nothing was said: Microsoft renews by itself.
    #[default]
    Undecided,
    /// Renew, with these seats of this licence.
    Renew {
        /// The licence of the next term.
        licence: LicenceId,
        /// Its seats.
        seats: SeatCount,
    },
    /// End, with an explicit instruction (trap 26).
    Cancel,
    /// Run on month by month.
    Extend,
}

/// Why a cancellation is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum CancelRefusal {
    /// The window is over.
    #[error("the 7-day window is over: the subscription can be ended on {term_end}")]
    OutsideWindow {
        /// The end of the term, when it can end.
        term_end: Timestamp,
    },
    /// Add-ons hang off it (contracts/partner-center.md §15.11: they would be billed on).
    #[error("{count} add-on subscriptions depend on it; cancel them first")]
    HasAddOns {
        /// How many are still running.
        count: u32,
    },
    /// It is not running.
    #[error("the subscription is {state}")]
    NotRunning {
        /// Its state's word.
        state: String,
    },
}

/// Decides a cancellation now. `until` is Microsoft's own date, where known.
///
/// # Errors
/// A [`CancelRefusal`] with the facts.
pub fn decide_cancel(
    state: &SubscriptionState,
    until: Option<Timestamp>,
    term_end: Timestamp,
    running_add_ons: u32,
    now: Timestamp,
) -> Result<(), CancelRefusal> {
    if !matches!(state, SubscriptionState::Active | SubscriptionState::Suspended | SubscriptionState::ExtendedTerm) {
        return Err(CancelRefusal::NotRunning { state: state.word().to_owned() });
    }
    if running_add_ons > 0 {
        return Err(CancelRefusal::HasAddOns { count: running_add_ons });
    }
    match (state, until) {
        (SubscriptionState::ExtendedTerm, _) => Ok(()),
        (_, Some(until)) if now < until => Ok(()),
        _ => Err(CancelRefusal::OutsideWindow { term_end }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn cancellation_window() {
        let now = Timestamp::UNIX_EPOCH;
        let (soon, later) = (now + SignedDuration::from_hours(1), now + SignedDuration::from_hours(9000));
        let active = SubscriptionState::Active;
        assert_eq!(decide_cancel(&active, Some(soon), later, 0, now), Ok(()));
        assert_eq!(
            decide_cancel(&active, Some(now), later, 0, now),
            Err(CancelRefusal::OutsideWindow { term_end: later })
        );
        assert_eq!(decide_cancel(&active, None, later, 0, now), Err(CancelRefusal::OutsideWindow { term_end: later }));
        assert_eq!(decide_cancel(&active, Some(soon), later, 2, now), Err(CancelRefusal::HasAddOns { count: 2 }));
        assert_eq!(decide_cancel(&SubscriptionState::ExtendedTerm, None, later, 0, now), Ok(()));
        for over in
            [SubscriptionState::Cancelled, SubscriptionState::Expired, SubscriptionState::Other("paused".into())]
        {
            assert!(matches!(decide_cancel(&over, Some(soon), later, 0, now), Err(CancelRefusal::NotRunning { .. })));
        }
    }

    #[test]
    fn unknown_words_are_kept() {
        assert_eq!(SubscriptionState::read("onHoliday").word(), "onHoliday");
    }
}
