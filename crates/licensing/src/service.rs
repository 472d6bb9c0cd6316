//! A service: one tenant of one end customer ("licence group").

use crate::reason::Reason;
use serde::{Deserialize, Serialize};

/// Where a service stands. Each state carries its own facts; the moves below are the
/// only ones (design §6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum ServiceState {
    /// Accepted, nothing asked of the supplier yet.
    Ordered,
    /// The tenant may already exist at the supplier.
    Creating,
    /// Usable.
    Ok,
    /// On its way to being suspended.
    Suspending,
    /// Suspended.
    Suspended,
    /// On its way back.
    Reopening,
    /// On its way out.
    Ending,
    /// Gone; the history stays in the orders.
    Ended,
    /// No tenant came into being.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// The tenant exists and the purchase was refused for good. May be ordered into,
    /// is never created again.
    EmptyTenant,
}

/// A move that the state machine does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a service that is {from} cannot {event}")]
pub struct NoSuchMove {
    /// The state's word.
    pub from: &'static str,
    /// The event's word.
    pub event: &'static str,
}

/// What can happen to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServiceEvent {
    /// Work on its tenant begins.
    Begin,
    /// Its licences are bought.
    Bought,
    /// The purchase was refused for good, the tenant stays.
    PurchaseRefused,
    /// The tenant was refused for good.
    TenantRefused(Reason),
    /// Suspension is asked for.
    Suspend,
    /// It is suspended at the supplier.
    SuspensionDone,
    /// Reopening is asked for.
    Reopen,
    /// It is open again at the supplier.
    ReopeningDone,
    /// Its end is asked for.
    End,
    /// Its end is confirmed.
    EndDone,
}

impl ServiceState {
    /// The state after an event.
    ///
    /// # Errors
    /// [`NoSuchMove`] for every pair that design §6 does not draw.
    pub fn after(&self, event: ServiceEvent) -> Result<ServiceState, NoSuchMove> {
        use {ServiceEvent as E, ServiceState as S};
        Ok(match (self, event) {
            (S::Ordered, E::Begin) => S::Creating,
            (S::Creating | S::EmptyTenant | S::Ok, E::Bought) => S::Ok,
            (S::Creating | S::EmptyTenant, E::PurchaseRefused) => S::EmptyTenant,
            (S::Ok, E::PurchaseRefused) => S::Ok,
            (S::Ordered | S::Creating, E::TenantRefused(reason)) => S::Failed { reason },
            (S::Ok, E::Suspend) => S::Suspending,
            (S::Suspending, E::SuspensionDone) => S::Suspended,
            (S::Suspended, E::Reopen) => S::Reopening,
            (S::Reopening, E::ReopeningDone) => S::Ok,
            (S::Ok | S::Suspended | S::EmptyTenant, E::End) => S::Ending,
            (S::Ending, E::EndDone) => S::Ended,
            (from, event) => {
                return Err(NoSuchMove { from: from.word(), event: event.word() });
            }
        })
    }

    /// Its word in storage and in messages.
    pub fn word(&self) -> &'static str {
        match self {
            ServiceState::Ordered => "ordered",
            ServiceState::Creating => "creating",
            ServiceState::Ok => "ok",
            ServiceState::Suspending => "suspending",
            ServiceState::Suspended => "suspended",
            ServiceState::Reopening => "reopening",
            ServiceState::Ending => "ending",
            ServiceState::Ended => "ended",
            ServiceState::Failed { .. } => "failed",
            ServiceState::EmptyTenant => "emptyTenant",
        }
    }

    /// The state of a word; `None` for an unknown one, and for `failed`, which says more than a word.
    pub fn read(word: &str) -> Option<ServiceState> {
        Some(match word {
            "ordered" => ServiceState::Ordered,
            "creating" => ServiceState::Creating,
            "ok" => ServiceState::Ok,
            "suspending" => ServiceState::Suspending,
            "suspended" => ServiceState::Suspended,
            "reopening" => ServiceState::Reopening,
            "ending" => ServiceState::Ending,
            "ended" => ServiceState::Ended,
            "emptyTenant" => ServiceState::EmptyTenant,
            _ => return None,
        })
    }

    /// The status on the wire (design §11.4); `None` when the service answers 404.
    pub fn wire(&self) -> Option<&'static str> {
        match self {
            ServiceState::Ordered | ServiceState::Creating => Some("creating"),
            ServiceState::Ok | ServiceState::EmptyTenant => Some("ok"),
            ServiceState::Suspending | ServiceState::Ending => Some("suspending"),
            ServiceState::Suspended => Some("suspended"),
            ServiceState::Reopening => Some("reopening"),
            ServiceState::Failed { .. } | ServiceState::Ended => None,
        }
    }

    /// Whether subscriptions may be ordered and changed.
    pub fn accepts_changes(&self) -> bool {
        matches!(self, ServiceState::Ok | ServiceState::EmptyTenant)
    }
}

impl ServiceEvent {
    fn word(&self) -> &'static str {
        match self {
            ServiceEvent::Begin => "begin",
            ServiceEvent::Bought => "be bought",
            ServiceEvent::PurchaseRefused => "be refused its licences",
            ServiceEvent::TenantRefused(_) => "be refused its tenant",
            ServiceEvent::Suspend => "be suspended",
            ServiceEvent::SuspensionDone => "finish suspending",
            ServiceEvent::Reopen => "be reopened",
            ServiceEvent::ReopeningDone => "finish reopening",
            ServiceEvent::End => "be ended",
            ServiceEvent::EndDone => "finish ending",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ServiceEvent as E;
    use ServiceState as S;

    #[test]
    fn a_word_is_read_back() {
        use ServiceState as S;
        let plain = [S::Ordered, S::Creating, S::Ok, S::Suspending, S::Suspended, S::Reopening, S::Ending, S::Ended];
        for state in plain.into_iter().chain([S::EmptyTenant]) {
            assert_eq!(S::read(state.word()), Some(state));
        }
        assert_eq!([S::read("failed"), S::read("gone"), S::read("")], [None, None, None]);
    }

    #[test]
    fn a_tenant_is_never_created_twice() {
        for state in [S::EmptyTenant, S::Ok, S::Ended, S::Failed { reason: Reason::NotAllowed }, S::Suspended] {
            assert!(state.after(E::Begin).is_err(), "{state:?}");
            assert!(state.after(E::TenantRefused(Reason::NotAllowed)).is_err(), "{state:?}");
        }
    }

    #[test]
    fn nothing_leaves_the_end() {
        let events = || {
            [
                E::Begin,
                E::Bought,
                E::PurchaseRefused,
                E::TenantRefused(Reason::NotAllowed),
                E::Suspend,
                E::SuspensionDone,
                E::Reopen,
                E::ReopeningDone,
                E::End,
                E::EndDone,
            ]
        };
        for state in [S::Ended, S::Failed { reason: Reason::NotAllowed }] {
            assert!(events().into_iter().all(|e| state.after(e).is_err()));
        }
    }

    #[test]
    fn the_road_from_order_to_end() {
        let road =
            [E::Begin, E::Bought, E::Suspend, E::SuspensionDone, E::Reopen, E::ReopeningDone, E::End, E::EndDone];
        let end = road.into_iter().try_fold(S::Ordered, |state, event| state.after(event));
        assert_eq!(end, Ok(S::Ended));
    }
}
