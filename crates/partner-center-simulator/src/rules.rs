//! Rules that Microsoft switched on at a date. The business clock, not the calendar on the wall,
//! decides whether one is in force; a test moves the date or the clock.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde::{Deserialize, Serialize};

use crate::wire::date_of;

/// The first day, UTC, of each rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Rules {
    /// User tokens need the MFA claim (contract 5.6).
    pub(crate) mfa_enforced_from: Date,
    /// Terms that end after this day with auto-renew off go on in the extended service term
    /// (contract 15.9).
    pub(crate) est_effective_from: Date,
    /// Only terms that began on or after this day can go on so (contract 15.9).
    pub(crate) est_purchased_from: Date,
    /// A partner on record must be an authorised reseller's location in partnership with us
    /// (contract 8.4); before, nobody looks at it.
    pub(crate) partner_of_record_validated_from: Date,
    /// Purchases need the customer's agreement, attested (contract 10).
    pub(crate) agreement_attestation_from: Date,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            mfa_enforced_from: date(2026, 4, 1),
            est_effective_from: date(2026, 5, 4),
            est_purchased_from: date(2025, 4, 1),
            partner_of_record_validated_from: date(2026, 1, 1),
            agreement_attestation_from: date(2026, 1, 1),
        }
    }
}

impl Rules {
    /// User tokens without the MFA claim are refused by now.
    pub(crate) fn mfa_enforced(&self, now: Timestamp) -> bool {
        date_of(now) >= self.mfa_enforced_from
    }

    /// Whether a term that began and ends on these days may go on in the extended service term.
    pub(crate) fn extends(&self, term_began: Date, term_ends: Date) -> bool {
        term_ends > self.est_effective_from && term_began >= self.est_purchased_from
    }

    /// Partners on record are validated by now.
    pub(crate) fn partner_of_record_validated(&self, now: Timestamp) -> bool {
        date_of(now) >= self.partner_of_record_validated_from
    }

    /// Purchases need the customer's agreement by now.
    pub(crate) fn agreement_attested(&self, now: Timestamp) -> bool {
        date_of(now) >= self.agreement_attestation_from
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_in_force_from_its_day_on() {
        let rules = Rules::default();
        assert!(!rules.mfa_enforced("2026-03-31T23:59:59Z".parse().unwrap()));
        assert!(rules.mfa_enforced("2026-04-01T00:00:00Z".parse().unwrap()));
        assert!(!rules.extends(date(2025, 5, 5), date(2026, 5, 4)));
        assert!(rules.extends(date(2025, 5, 6), date(2026, 5, 5)));
        assert!(!rules.extends(date(2024, 6, 1), date(2027, 5, 31)), "bought before it was sold so");
    }
}
