//! What a seat costs when: the first prices of the products and their changes, which Microsoft
//! announces before they come into force (contract 12.5).
//!
//! Carts and price sheets ask here, so that they never contradict each other.
//! Next: `price_sheets.rs`.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::countries::Country;
use crate::products::{Product, TermPlan, bills_in};
use crate::state::World;

/// A change of prices from the first day of a month on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PriceChange {
    /// The product; absent = every product.
    #[serde(default)]
    pub(crate) product_id: Option<String>,
    /// First day of the new price; the first of a month.
    pub(crate) from: Date,
    /// In hundredths of the price before, e.g. `5` or `-2.5`.
    pub(crate) percent: Decimal,
}

impl PriceChange {
    /// Whether a test may set it.
    pub(crate) fn check(&self) -> Result<(), String> {
        let sane = Decimal::from(-99) <= self.percent && self.percent <= Decimal::from(1000);
        if self.from.day() == 1 && sane {
            Ok(())
        } else {
            Err(format!("a price change from {}: the first of a month, -99 to 1000 percent", self.from))
        }
    }

    fn concerns(&self, product: &Product) -> bool {
        self.product_id.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&product.product_id))
    }
}

/// Changes of a product's price that were announced, in no order.
fn changes_of<'a>(world: &'a World, product: &'a Product) -> impl Iterator<Item = &'a PriceChange> {
    let changes = world.switches().catalogue.price_changes.iter();
    changes.filter(|change| change.concerns(product))
}

/// Price of one seat and billing period, in the market's currency, on a day.
pub(crate) fn period_price(world: &World, product: &Product, plan: &TermPlan, market: &Country, on: Date) -> Decimal {
    let factor: Decimal = changes_of(world, product)
        .filter(|change| change.from <= on)
        .map(|change| Decimal::ONE + change.percent / Decimal::ONE_HUNDRED)
        .product();
    (product.first_price(plan, market) * factor).round_dp(2)
}

/// Price of one seat for the whole term.
pub(crate) fn term_price(world: &World, product: &Product, plan: &TermPlan, market: &Country, on: Date) -> Decimal {
    period_price(world, product, plan, market, on) * Decimal::from(bills_in(plan))
}

/// The first day of the price that is in force on a day; `None` = from the beginning.
pub(crate) fn in_force_since(world: &World, product: &Product, on: Date) -> Option<Date> {
    changes_of(world, product).map(|change| change.from).filter(|from| *from <= on).max()
}

/// The next change after a day, if one was announced.
pub(crate) fn next_change(world: &World, product: &Product, on: Date) -> Option<Date> {
    changes_of(world, product).map(|change| change.from).filter(|from| *from > on).min()
}
