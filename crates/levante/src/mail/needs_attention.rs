//! Mail to the reseller: something went wrong that only a person can put right.

use super::template;

/// The facts of the mail. `what` and `advice` are whole sentences in the recipient's language.
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
    /// What happened; must not hold a secret.
    pub what: String,
    /// What to do.
    pub advice: String,
    /// The number to quote: an order, a task, a correlation id.
    pub quote: String,
}

impl Context {
    /// Fictitious facts.
    pub fn sample() -> Context {
        Context {
            recipient: "Tailspin Toys".to_owned(),
            customer: "Alba Forni Srl".to_owned(),
            service: "csp2-1042".to_owned(),
            display_name: "Alba Forni <Bologna>".to_owned(),
            what: "Microsoft does not accept the address of the end customer.".to_owned(),
            advice: "Correct street, city and postcode, then order again.".to_owned(),
            quote: "order 1042".to_owned(),
        }
    }

    pub(super) fn facts(&self) -> template::Facts {
        template::Facts::from([
            ("recipient", template::word(&self.recipient)),
            ("customer", template::word(&self.customer)),
            ("service", template::word(&self.service)),
            ("display_name", template::word(&self.display_name)),
            ("what", template::word(&self.what)),
            ("advice", template::word(&self.advice)),
            ("quote", template::word(&self.quote)),
        ])
    }
}
