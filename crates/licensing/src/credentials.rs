//! The sign-in data of a tenant's administrator: kept sealed, delivered once, erased.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long the data stay after the mail server took the mail: 14 days (design R6).
pub const KEPT_AFTER_DELIVERY: SignedDuration = SignedDuration::from_hours(14 * 24);

/// `Sealed → Delivered → Erased`; `Lost` when the supplier's answer never came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum CredentialsState {
    /// In the vault, not yet with the contact.
    Sealed,
    /// The mail server took the mail.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// No longer in the vault.
    Erased,
    /// Never received; a reset or an operator's case.
    Lost,
}

impl CredentialsState {
    /// When the vault must forget them; `None` while they are not delivered.
    pub fn erase_at(&self) -> Option<Timestamp> {
        match self {
            CredentialsState::Delivered { at } => Some(*at + KEPT_AFTER_DELIVERY),
            _ => None,
        }
    }

    /// Whether the mail may be sent (again).
    pub fn can_be_sent(&self) -> bool {
        matches!(self, CredentialsState::Sealed | CredentialsState::Delivered { .. })
    }
}
