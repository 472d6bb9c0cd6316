//! Why work waits, was refused or needs somebody: facts, so that every door says it in
//! the reader's language. `Display` is the English sentence.

use crate::{invalid::Invalid, seat::SeatRefusal, subscription::CancelRefusal};
use serde::{Deserialize, Serialize};

/// A reason. Never holds a secret, and never the supplier's own words beyond its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "camelCase")]
pub enum Reason {
    /// Something that was ordered is refused.
    #[error("{invalid}")]
    Input {
        /// Field, value and rule.
        invalid: Invalid,
    },
    /// Microsoft does not accept the end customer.
    #[error(
        "Microsoft refused the customer's data (code {code}); check company name, address and e-mail, then order again"
    )]
    CustomerRefused {
        /// Microsoft's code.
        code: String,
    },
    /// Microsoft's vetting said no.
    #[error("Microsoft does not allow this customer to buy")]
    NotAllowed,
    /// Microsoft refused the purchase for good.
    #[error("Microsoft refused the purchase of {licence} (code {code}); your provider can look it up")]
    PurchaseRefused {
        /// The licence's name.
        licence: String,
        /// Microsoft's code.
        code: String,
    },
    /// Microsoft refused a change for good.
    #[error("Microsoft refused the change (code {code}); your provider can look it up")]
    ChangeRefused {
        /// Microsoft's code.
        code: String,
    },
    /// The seats may not become what was asked.
    #[error("{refusal}")]
    Seats {
        /// With the numbers.
        refusal: SeatRefusal,
    },
    /// The subscription may not be cancelled now.
    #[error("{refusal}")]
    Cancel {
        /// With the date.
        refusal: CancelRefusal,
    },
    /// Somebody changed the subscription outside Levante since the task was asked.
    #[error("the subscription was changed elsewhere meanwhile: it has {seats} seats now; look at it and ask again")]
    ChangedElsewhere {
        /// Seats now.
        seats: u32,
    },
    /// The subscription is not at Microsoft any more.
    #[error("Microsoft no longer has this subscription")]
    Gone,
    /// An outcome is being found out; nothing is sent twice.
    #[error("the last call had no clear answer; checking with Microsoft")]
    Checking,
    /// Microsoft cannot be reached or is busy.
    #[error("Microsoft cannot be reached or is busy; it is tried again by itself")]
    SupplierBusy,
    /// Our own access to Microsoft is broken.
    #[error("our access to Microsoft is interrupted; the provider has been told and the work goes on afterwards")]
    AccessLocked,
    /// Microsoft looks at the customer or the order; can take days.
    #[error("Microsoft is reviewing the customer or the order; this can take some days and goes on by itself")]
    Review,
    /// Another operation runs at Microsoft.
    #[error("another operation is running at Microsoft; it is tried again by itself")]
    Pending,
    /// Microsoft is not done yet.
    #[error("Microsoft is still working on it")]
    InProgress,
    /// The administrator's password never reached us.
    #[error("the tenant exists, but its sign-in data were lost on the way; the provider must reset the password")]
    SignInLost,
    /// Our delegated role in the tenant is missing.
    #[error(
        "Microsoft does not let the provider change users of this tenant: the delegated role (GDAP) for passwords is missing"
    )]
    NotDelegated,
    /// The tenant's first administrator is not there any more.
    #[error("the first administrator of the tenant was not found; it may have been renamed or deleted")]
    NoAdministrator,
    /// A new password may hold or not.
    #[error("Microsoft gave no clear answer: the new password may hold or not, and it is not sent a second time")]
    PasswordUnclear,
    /// A subscription was bought without its partner of record.
    #[error(
        "Microsoft shows no partner of record on a subscription; the provider must correct it, or the incentive is lost"
    )]
    PartnerMissing,
    /// A tenant of that name exists and cannot be told to be ours.
    #[error("a tenant of this name exists at Microsoft and cannot be told to be ours; the provider must decide")]
    TenantUnclear,
}

impl Reason {
    /// A stable code in kebab case; messages in every language are keyed by it as `reason-CODE`.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::Input { .. } => "input",
            Reason::CustomerRefused { .. } => "customer-refused",
            Reason::NotAllowed => "not-allowed",
            Reason::PurchaseRefused { .. } => "purchase-refused",
            Reason::ChangeRefused { .. } => "change-refused",
            Reason::Seats { .. } => "seats",
            Reason::Cancel { .. } => "cancel",
            Reason::ChangedElsewhere { .. } => "changed-elsewhere",
            Reason::Gone => "gone",
            Reason::Checking => "checking",
            Reason::SupplierBusy => "supplier-busy",
            Reason::AccessLocked => "access-locked",
            Reason::Review => "review",
            Reason::Pending => "pending",
            Reason::InProgress => "in-progress",
            Reason::SignInLost => "sign-in-lost",
            Reason::NotDelegated => "not-delegated",
            Reason::NoAdministrator => "no-administrator",
            Reason::PasswordUnclear => "password-unclear",
            Reason::PartnerMissing => "partner-missing",
            Reason::TenantUnclear => "tenant-unclear",
        }
    }

    /// Whether an operator of the provider must act.
    pub fn needs_operator(&self) -> bool {
        matches!(
            self,
            Reason::AccessLocked
                | Reason::SignInLost
                | Reason::PartnerMissing
                | Reason::NotDelegated
                | Reason::TenantUnclear
                | Reason::PurchaseRefused { .. }
        )
    }
}
