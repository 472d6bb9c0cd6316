//! Mail to the reseller: an order was accepted and is being carried out.

use super::{LicenceLine, template};
use crate::locale::Text;
use licensing::{
    id::OrderId,
    money::{Currency, Money},
};
use minijinja::Value;

/// The facts of the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The recipient's name.
    pub recipient: String,
    /// The order.
    pub order: OrderId,
    /// The end customer's company.
    pub customer: String,
    /// The internal service name.
    pub service: String,
    /// The service's display name.
    pub display_name: String,
    /// What was ordered.
    pub licences: Vec<LicenceLine>,
    /// Net price of the first billing period.
    pub net: Money,
    /// The tax on it, in the same currency.
    pub tax: Money,
}

impl Context {
    /// Fictitious facts.
    pub fn sample() -> Context {
        let line = |name: &str, seats| LicenceLine { name: name.to_owned(), seats };
        Context {
            recipient: "Tailspin Toys".to_owned(),
            order: OrderId(1042),
            customer: "Alba Forni Srl".to_owned(),
            service: "csp2-1042".to_owned(),
            display_name: "Alba Forni <Bologna>".to_owned(),
            licences: vec![line("Microsoft 365 Business Basic", 1), line("Microsoft 365 Business Standard", 25)],
            net: Money::from_stored(12_345_000, Currency::EUR),
            tax: Money::from_stored(2_715_900, Currency::EUR),
        }
    }

    pub(super) fn facts(&self, text: Text) -> template::Facts {
        let total = self.net.plus(self.tax).map(|total| text.money(&total));
        template::Facts::from([
            ("recipient", template::word(&self.recipient)),
            ("order", Value::from(self.order.to_string())),
            ("customer", template::word(&self.customer)),
            ("service", template::word(&self.service)),
            ("display_name", template::word(&self.display_name)),
            ("licences", template::lines(&self.licences)),
            ("net", Value::from(text.money(&self.net))),
            ("tax", Value::from(text.money(&self.tax))),
            ("total", Value::from(total)),
        ])
    }
}
