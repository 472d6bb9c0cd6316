//! The price list: what may be ordered, in which quantities, with what beside it.
//!
//! One licence = product + SKU + segment + term + billing plan (design §11.6). The
//! supplier's availability id is looked up at purchase and never part of it.

use crate::{
    id::LicenceId,
    invalid::{Invalid, Rule},
    money::Money,
    seat::{SeatCount, SeatLimits},
    term::{BillingPlan, Term},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Who a licence is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Segment {
    /// Companies.
    Commercial,
    /// Schools and universities; only after their qualification.
    Education,
    /// Charities.
    Nonprofit,
    /// Public bodies.
    Government,
}

impl Segment {
    /// Reads a segment in lower case; `None` for an unknown word.
    pub fn read(word: &str) -> Option<Segment> {
        Some(match word {
            "commercial" => Segment::Commercial,
            "education" => Segment::Education,
            "nonprofit" => Segment::Nonprofit,
            "government" => Segment::Government,
            _ => return None,
        })
    }

    /// The word in lower case.
    pub fn word(&self) -> &'static str {
        match self {
            Segment::Commercial => "commercial",
            Segment::Education => "education",
            Segment::Nonprofit => "nonprofit",
            Segment::Government => "government",
        }
    }
}

/// A product and SKU at the supplier, written `PRODUCT:SKU`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sku {
    /// The product's id.
    pub product: String,
    /// The SKU's id within the product.
    pub sku: String,
}

impl Sku {
    /// Reads `PRODUCT:SKU`; `None` unless both parts are 1 to 40 letters and digits.
    pub fn read(text: &str) -> Option<Sku> {
        let (product, sku) = text.split_once(':')?;
        let good = |part: &str| (1..=40).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        (good(product) && good(sku)).then(|| Sku { product: product.to_owned(), sku: sku.to_owned() })
    }
}

impl std::fmt::Display for Sku {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.product, self.sku)
    }
}

/// One line of the price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Licence {
    /// Our id.
    pub id: LicenceId,
    /// What is bought at the supplier.
    pub sku: Sku,
    /// For whom.
    pub segment: Segment,
    /// The commitment.
    pub term: Term,
    /// How often it is billed.
    pub plan: BillingPlan,
    /// Its name, which carries term and plan so that two lines never look alike.
    pub name: String,
    /// The SKUs one of which the customer must own; empty for a stand-alone licence.
    pub bases: Vec<Sku>,
    /// Fewest seats per subscription.
    pub minimum: u32,
    /// Most seats per subscription, where limited.
    pub limit: Option<u32>,
    /// Open for new subscriptions.
    pub new_subscriptions: bool,
    /// Open for further seats.
    pub new_seats: bool,
    /// Net price of one seat for one billing period.
    pub price: Money,
    /// Tax in percent on the net price.
    pub tax_percent: Decimal,
}

impl Licence {
    /// Whether it needs a base licence beside it.
    pub fn is_add_on(&self) -> bool {
        !self.bases.is_empty()
    }

    /// What it allows for the seats of one subscription.
    pub fn limits(&self) -> SeatLimits {
        SeatLimits { minimum: self.minimum.max(1), maximum: self.limit, may_grow: self.new_seats }
    }

    /// Whether a new subscription with these seats may be ordered now.
    ///
    /// # Errors
    /// [`Rule::LicenceNotSold`], [`Rule::EducationOnly`], [`Rule::AtLeast`] or [`Rule::AtMost`],
    /// with `field` + `.licenceId` or `.quantity`.
    pub fn orderable(&self, field: &str, seats: SeatCount) -> Result<(), Invalid> {
        let licence = |rule| Err(Invalid::new(format!("{field}licenceId"), self.id.to_string(), rule));
        let quantity = |rule| Err(Invalid::new(format!("{field}quantity"), seats.to_string(), rule));
        if self.segment == Segment::Education {
            return licence(Rule::EducationOnly);
        }
        if !self.new_subscriptions {
            return licence(Rule::LicenceNotSold);
        }
        if seats.get() < self.minimum {
            return quantity(Rule::AtLeast { min: self.minimum });
        }
        match self.limit {
            Some(max) if seats.get() > max => quantity(Rule::AtMost { max }),
            _ => Ok(()),
        }
    }
}
