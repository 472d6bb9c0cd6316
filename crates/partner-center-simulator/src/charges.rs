//! What is charged (contract 18.1, 18.3): the lines that an invoice of the month will show.
//!
//! Amounts are daily shares of a billing period. A change within a period is a credit for the old
//! state and a charge for the new one, both from the day of the change to the period's end.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::customers::Customer;
use crate::state::World;
use crate::subscriptions::Subscription;
use crate::terms::{Period, days_between};

/// Why something is charged (contract 18.3, `chargeType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ChargeKind {
    New,
    Renew,
    CycleCharge,
    AddQuantity,
    RemoveQuantity,
    CancelImmediate,
    Convert,
    ChangeBillingPlan,
    ExtendTerm,
}

impl ChargeKind {
    /// The word on the wire.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Renew => "renew",
            Self::CycleCharge => "cycleCharge",
            Self::AddQuantity => "addQuantity",
            Self::RemoveQuantity => "removeQuantity",
            Self::CancelImmediate => "cancelImmediate",
            Self::Convert => "convert",
            Self::ChangeBillingPlan => "changeBillingPlan",
            Self::ExtendTerm => "extendTerm",
        }
    }
}

/// What was charged for, as of the day of the charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) product_id: String,
    pub(crate) sku_id: String,
    pub(crate) availability_id: String,
    pub(crate) offer_name: String,
    pub(crate) term: String,
    pub(crate) billing_cycle: String,
    pub(crate) promotion_id: Option<String>,
    /// MPN id of the reseller of record, empty if none.
    pub(crate) partner_id: String,
    /// First and last day of the term, both inclusive.
    pub(crate) term_start: Date,
    pub(crate) term_end: Date,
}

/// One line; a credit has a negative quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) kind: ChargeKind,
    pub(crate) quantity: i64,
    /// When it was made, which decides its invoice.
    pub(crate) at: Timestamp,
    /// First and last day charged, both inclusive.
    pub(crate) from: Date,
    pub(crate) to: Date,
    /// One seat, one whole billing period, in the currency of the customer's market.
    pub(crate) unit_price: Decimal,
    /// The share of `unit_price` that the days charged are of the whole period.
    pub(crate) effective_unit_price: Decimal,
    /// Which item of [`Charges`].
    item: u32,
}

/// All charges of one subscription in the order in which they were made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Charges {
    items: Vec<Item>,
    entries: Vec<Charge>,
}

/// How a charge names what it is for: the days of a period and the price of a whole one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Portion {
    pub(crate) from: Date,
    pub(crate) to: Date,
    pub(crate) unit_price: Decimal,
    /// Days of a whole billing period.
    pub(crate) whole_days: i32,
}

impl Portion {
    /// What is left of a period from a day on; `None` when nothing is.
    pub(crate) fn rest(period: Period, from: Date, unit_price: Decimal) -> Option<Self> {
        let from = from.max(period.from);
        (from <= period.to).then_some(Self { from, to: period.to, unit_price, whole_days: period.whole_days })
    }

    fn effective_unit_price(self) -> Decimal {
        let (days, whole) = (days_between(self.from, self.to), self.whole_days.max(1));
        if days == whole {
            return self.unit_price;
        }
        let share = self.unit_price.checked_mul(Decimal::from(days)).unwrap_or(Decimal::MAX) / Decimal::from(whole);
        share.round_dp(12).normalize()
    }
}

impl Charges {
    /// Adds a line of so many seats; a credit has a negative number.
    pub(crate) fn push(&mut self, kind: ChargeKind, quantity: i64, at: Timestamp, portion: Portion, item: Item) {
        let number = self.items.iter().rposition(|known| *known == item).unwrap_or_else(|| {
            self.items.push(item);
            self.items.len() - 1
        });
        self.entries.push(Charge {
            kind,
            quantity,
            at,
            from: portion.from,
            to: portion.to,
            unit_price: portion.unit_price,
            effective_unit_price: portion.effective_unit_price(),
            item: u32::try_from(number).unwrap_or(u32::MAX),
        });
    }

    /// Gives back every line made since an instant, as it was made.
    pub(crate) fn take_back_since(&mut self, since: Timestamp, kind: ChargeKind, at: Timestamp) {
        let first = self.entries.partition_point(|charge| charge.at < since);
        for number in first..self.entries.len() {
            let mut back = self.entries[number].clone();
            back.kind = kind;
            back.quantity = -back.quantity;
            back.at = at;
            self.entries.push(back);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Charge> {
        self.entries.iter()
    }

    /// What a charge of this subscription was for.
    pub(crate) fn item_of(&self, charge: &Charge) -> Option<&Item> {
        self.items.get(usize::try_from(charge.item).ok()?)
    }

    /// Lines made in `from..to`.
    pub(crate) fn between(&self, from: Timestamp, to: Timestamp) -> &[Charge] {
        let start = self.entries.partition_point(|charge| charge.at < from);
        let end = self.entries.partition_point(|charge| charge.at < to);
        &self.entries[start..end.max(start)]
    }
}

/// A charge with whom and what it is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Billed<'a> {
    pub(crate) customer: &'a Customer,
    pub(crate) subscription: &'a Subscription,
    pub(crate) charge: &'a Charge,
    pub(crate) item: &'a Item,
}

impl World {
    /// Every charge made in `from..to`, by customer and subscription, then in order of time. The
    /// world must be settled, as [`crate::state::Simulation::read`] leaves it.
    pub(crate) fn charges_between(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = Billed<'_>> {
        self.subscriptions
            .values()
            .filter_map(|subscription| Some((self.customers.get(&subscription.tenant)?, subscription)))
            .flat_map(move |(customer, subscription)| {
                subscription.charges.between(from, to).iter().filter_map(move |charge| {
                    let item = subscription.charges.item_of(charge)?;
                    Some(Billed { customer, subscription, charge, item })
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::terms::{day_after, last_day, period};
    use crate::wire::midnight;

    fn item() -> Item {
        let text = String::new;
        Item {
            product_id: text(),
            sku_id: text(),
            availability_id: text(),
            offer_name: text(),
            term: text(),
            billing_cycle: text(),
            promotion_id: None,
            partner_id: text(),
            term_start: Date::MIN,
            term_end: Date::MAX,
        }
    }

    proptest! {
        /// Whatever changes in a term, its charges cost what the seats of every day cost.
        #[test]
        fn charges_of_a_term_cost_what_its_days_cost(
            begun in 0i32..1200,
            cycle in prop::sample::select(vec!["monthly", "annual", "triennial"]),
            cut in prop::option::of(1i32..1090),
            changes in prop::collection::btree_map(0i32..1096, 0i64..500, 0..12),
            cents in 1i64..100_000,
        ) {
            let first = date(2023, 1, 1).checked_add(jiff::Span::new().days(begun)).unwrap();
            let whole = last_day(first, "P3Y");
            let custom = cut.map(|days| first.checked_add(jiff::Span::new().days(days)).unwrap());
            let end = custom.map_or(whole, |custom| custom.min(whole));
            let price = Decimal::new(cents, 2);
            let (mut charges, mut seats, mut index) = (Charges::default(), 10i64, 0u32);
            let mut expected = Decimal::ZERO;
            let mut today = first;
            while today <= end {
                let mut now = period(first, cycle, index, end);
                if today > now.to {
                    index += 1;
                    now = period(first, cycle, index, end);
                }
                let rest = Portion::rest(now, today, price).unwrap();
                if today == now.from {
                    charges.push(ChargeKind::CycleCharge, seats, midnight(today), rest, item());
                }
                if let Some(wanted) = changes.get(&(days_between(first, today) - 1)) {
                    charges.push(ChargeKind::AddQuantity, -seats, midnight(today), rest, item());
                    seats = *wanted;
                    charges.push(ChargeKind::AddQuantity, seats, midnight(today), rest, item());
                }
                expected += price * Decimal::from(seats) / Decimal::from(now.whole_days);
                today = day_after(today);
            }
            let sum: Decimal = charges.iter().map(|c| c.effective_unit_price * Decimal::from(c.quantity)).sum();
            prop_assert!((sum - expected).abs() < Decimal::new(1, 6), "{sum} {expected}");
            // Giving everything back leaves nothing.
            charges.take_back_since(midnight(first), ChargeKind::CancelImmediate, midnight(end));
            let sum: Decimal = charges.iter().map(|c| c.effective_unit_price * Decimal::from(c.quantity)).sum();
            prop_assert_eq!(sum, Decimal::ZERO);
        }
    }

    #[test]
    fn a_share_is_one_of_days() {
        let month = period(date(2026, 2, 1), "monthly", 0, date(2026, 2, 28));
        let rest = Portion::rest(month, date(2026, 2, 15), Decimal::new(1000, 2)).unwrap();
        assert_eq!(rest.effective_unit_price(), Decimal::new(5, 0));
        assert!(Portion::rest(month, date(2026, 3, 1), Decimal::ONE).is_none());
        let whole = Portion::rest(month, date(2026, 1, 1), Decimal::new(1000, 2)).unwrap();
        assert_eq!(whole.effective_unit_price(), Decimal::new(1000, 2));
    }
}
