//! How long a subscription is committed (term) and how often it is billed (plan).

use serde::{Deserialize, Serialize};
use std::fmt;

/// The commitment. Microsoft sells seats for a month, a year or three years
/// (contracts/partner-center.md §12.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Term {
    /// One month.
    #[serde(rename = "P1M")]
    Month,
    /// One year.
    #[serde(rename = "P1Y")]
    Year,
    /// Three years.
    #[serde(rename = "P3Y")]
    ThreeYears,
}

impl Term {
    /// Reads an ISO 8601 duration; `None` for any but `P1M`, `P1Y` (`P12M`), `P3Y` (`P36M`).
    pub fn read(text: &str) -> Option<Term> {
        match text {
            "P1M" => Some(Term::Month),
            "P1Y" | "P12M" => Some(Term::Year),
            "P3Y" | "P36M" => Some(Term::ThreeYears),
            _ => None,
        }
    }

    /// The ISO 8601 duration.
    pub fn iso(&self) -> &'static str {
        match self {
            Term::Month => "P1M",
            Term::Year => "P1Y",
            Term::ThreeYears => "P3Y",
        }
    }

    /// Its length in months.
    pub fn months(&self) -> u32 {
        match self {
            Term::Month => 1,
            Term::Year => 12,
            Term::ThreeYears => 36,
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.iso())
    }
}

/// How often the term is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BillingPlan {
    /// Every month.
    Monthly,
    /// Every year.
    Annual,
    /// Once for three years.
    Triennial,
}

impl BillingPlan {
    /// Reads a plan in any case; `None` for an unknown word.
    pub fn read(text: &str) -> Option<BillingPlan> {
        match text.to_ascii_lowercase().as_str() {
            "monthly" => Some(BillingPlan::Monthly),
            "annual" => Some(BillingPlan::Annual),
            "triennial" => Some(BillingPlan::Triennial),
            _ => None,
        }
    }

    /// The word in lower case.
    pub fn word(&self) -> &'static str {
        match self {
            BillingPlan::Monthly => "monthly",
            BillingPlan::Annual => "annual",
            BillingPlan::Triennial => "triennial",
        }
    }

    /// Months between two bills (`interval` on the wire).
    pub fn months(&self) -> u32 {
        match self {
            BillingPlan::Monthly => 1,
            BillingPlan::Annual => 12,
            BillingPlan::Triennial => 36,
        }
    }

    /// How many bills a term has; `None` when the plan does not fit the term.
    pub fn periods_in(&self, term: Term) -> Option<u32> {
        (term.months().is_multiple_of(self.months())).then(|| term.months() / self.months())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bills_in_a_term() {
        for (term, plan, bills) in [
            (Term::Month, BillingPlan::Monthly, Some(1)),
            (Term::Month, BillingPlan::Annual, None),
            (Term::Year, BillingPlan::Monthly, Some(12)),
            (Term::Year, BillingPlan::Annual, Some(1)),
            (Term::Year, BillingPlan::Triennial, None),
            (Term::ThreeYears, BillingPlan::Annual, Some(3)),
            (Term::ThreeYears, BillingPlan::Triennial, Some(1)),
        ] {
            assert_eq!(plan.periods_in(term), bills, "{term} {plan:?}");
        }
    }
}
