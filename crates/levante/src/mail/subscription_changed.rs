//! Mail to the reseller: the number of seats of a subscription changed.

use super::template;
use crate::locale::Text;
use jiff::civil::Date;
use minijinja::Value;

/// The facts of the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The recipient's name.
    pub recipient: String,
    /// The end customer's company.
    pub customer: String,
    /// The internal service name.
    pub service: String,
    /// The service's display name.
    pub display_name: String,
    /// The licence's name.
    pub licence: String,
    /// Seats before.
    pub before: u32,
    /// Seats now.
    pub after: u32,
    /// The day of the change.
    pub changed_on: Date,
    /// The end of the term, where known.
    pub term_end: Option<Date>,
}

impl Context {
    /// Fictitious facts.
    pub fn sample() -> Context {
        Context {
            recipient: "Tailspin Toys".to_owned(),
            customer: "Alba Forni Srl".to_owned(),
            service: "csp2-1042".to_owned(),
            display_name: "Alba Forni <Bologna>".to_owned(),
            licence: "Microsoft 365 Business Basic".to_owned(),
            before: 1,
            after: 2,
            changed_on: jiff::civil::date(2026, 3, 4),
            term_end: Some(jiff::civil::date(2027, 3, 3)),
        }
    }

    pub(super) fn facts(&self, text: Text) -> template::Facts {
        template::Facts::from([
            ("recipient", template::word(&self.recipient)),
            ("customer", template::word(&self.customer)),
            ("service", template::word(&self.service)),
            ("display_name", template::word(&self.display_name)),
            ("licence", template::word(&self.licence)),
            ("before", Value::from(self.before)),
            ("after", Value::from(self.after)),
            ("date", Value::from(text.date(self.changed_on))),
            ("term_end", Value::from(self.term_end.map(|day| text.date(day)))),
        ])
    }
}
