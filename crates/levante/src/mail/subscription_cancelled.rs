//! Mail to the reseller: a subscription was cancelled, at once or to the end of its term.

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
    /// Its seats.
    pub seats: u32,
    /// When it ends.
    pub end: End,
}

/// When a cancelled subscription ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It has ended on this day.
    Now(Date),
    /// It runs to the end of its term.
    AtTermEnd(Date),
}

impl Context {
    /// Fictitious facts, one for each kind of end.
    pub fn samples() -> impl Iterator<Item = Context> {
        [End::Now(jiff::civil::date(2026, 3, 4)), End::AtTermEnd(jiff::civil::date(2027, 3, 3))].into_iter().map(
            |end| Context {
                recipient: "Tailspin Toys".to_owned(),
                customer: "Alba Forni Srl".to_owned(),
                service: "csp2-1042".to_owned(),
                display_name: "Alba Forni <Bologna>".to_owned(),
                licence: "Microsoft 365 Business Basic".to_owned(),
                seats: 1,
                end,
            },
        )
    }

    /// Fictitious facts of an end at once.
    pub fn sample() -> Context {
        Context::samples().next().expect("there are two samples")
    }

    pub(super) fn facts(&self, text: Text) -> template::Facts {
        let (ended, date) = match self.end {
            End::Now(day) => (true, day),
            End::AtTermEnd(day) => (false, day),
        };
        template::Facts::from([
            ("recipient", template::word(&self.recipient)),
            ("customer", template::word(&self.customer)),
            ("service", template::word(&self.service)),
            ("display_name", template::word(&self.display_name)),
            ("licence", template::word(&self.licence)),
            ("seats", Value::from(self.seats)),
            ("ended", Value::from(ended)),
            ("date", Value::from(text.date(date))),
        ])
    }
}
