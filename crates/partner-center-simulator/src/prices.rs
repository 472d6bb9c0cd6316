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

/// All prices: every change that was announced, in no order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prices<'a>(pub(crate) &'a [PriceChange]);

impl<'a> Prices<'a> {
    fn changes_of(self, product: &'a Product) -> impl Iterator<Item = &'a PriceChange> {
        self.0.iter().filter(|change| change.concerns(product))
    }

    /// Price of one seat and billing period, in the market's currency, on a day.
    pub(crate) fn of_period(self, product: &Product, plan: &TermPlan, market: &Country, on: Date) -> Decimal {
        let changes = self.0.iter().filter(|change| change.concerns(product) && change.from <= on);
        changes
            .map(|change| Decimal::ONE + change.percent / Decimal::ONE_HUNDRED)
            .try_fold(product.period_price(plan, market), Decimal::checked_mul)
            .unwrap_or(Decimal::MAX)
            .round_dp(2)
    }

    /// Price of one seat for the whole term.
    pub(crate) fn of_term(self, product: &Product, plan: &TermPlan, market: &Country, on: Date) -> Decimal {
        self.of_period(product, plan, market, on).saturating_mul(Decimal::from(bills_in(plan)))
    }

    /// The first day of the price that is in force on a day; `None` = from the beginning.
    pub(crate) fn in_force_since(self, product: &'a Product, on: Date) -> Option<Date> {
        self.changes_of(product).map(|change| change.from).filter(|from| *from <= on).max()
    }

    /// The next change after a day, if one was announced.
    pub(crate) fn next_change(self, product: &'a Product, on: Date) -> Option<Date> {
        self.changes_of(product).map(|change| change.from).filter(|from| *from > on).min()
    }

    /// The first change of any price after a day.
    pub(crate) fn next_of_all(self, on: Date) -> Option<Date> {
        self.0.iter().map(|change| change.from).filter(|from| *from > on).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::countries::country;
    use crate::products::invented;
    use jiff::civil::date;

    #[test]
    fn a_change_is_in_force_from_its_day_on_and_for_its_product() {
        let products = invented();
        let change = |product: Option<&str>, percent| PriceChange {
            product_id: product.map(str::to_owned),
            from: date(2027, 2, 1),
            percent: Decimal::from(percent),
        };
        let changes = [change(Some("cfq7lv000003"), 10), change(None, -50)];
        let prices = Prices(&changes);
        let (premium, plan) = (&products[2], &products[2].terms[2]);
        let italy = country("IT").unwrap();
        let of = |on| prices.of_term(premium, plan, italy, on);
        assert_eq!(of(date(2027, 1, 31)), Decimal::new(24720, 2));
        assert_eq!(of(date(2027, 2, 1)), Decimal::new(13596, 2));
        assert_eq!(prices.of_term(&products[0], plan, italy, date(2027, 2, 1)), Decimal::new(3360, 2));
        assert!(PriceChange { from: date(2027, 2, 2), ..change(None, 1) }.check().is_err());
        assert!(change(None, -100).check().is_err());
    }
}
