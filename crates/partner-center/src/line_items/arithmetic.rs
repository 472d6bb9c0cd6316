//! Microsoft's own arithmetic of a bill, to be able to check it, and the netting of its credit and
//! charge lines. Everything here is exact: a result that a decimal cannot hold is `None`, never a
//! rounded one. Source: contract §18.3, trap 44.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::{Decimal, RoundingStrategy};

use super::item::{ChargeType, LineItem};
use crate::instant::Instant;

/// Decimals to which Microsoft cuts.
const CENTS: u32 = 2;

/// What a seat line should cost without tax: `ROUNDDOWN(effective unit price × rate, 2) ×
/// quantity`. Cut **per unit**, not per line, and towards zero.
#[must_use]
pub fn seat_subtotal(effective_unit_price: Decimal, rate: Decimal, billable_quantity: Decimal) -> Option<Decimal> {
    let unit = product_cut(effective_unit_price, rate, CENTS)?;
    exact_product(unit, billable_quantity)
}

/// What a usage line should cost without tax: `ROUNDDOWN(ROUNDDOWN(effective unit price ×
/// quantity, 2) × rate, 2)`.
#[must_use]
pub fn usage_subtotal(effective_unit_price: Decimal, rate: Decimal, billable_quantity: Decimal) -> Option<Decimal> {
    product_cut(product_cut(effective_unit_price, billable_quantity, CENTS)?, rate, CENTS)
}

/// A sum without the loss of a digit; `None` when no decimal holds it.
#[must_use]
pub fn exact_sum(amounts: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    amounts.into_iter().try_fold(Decimal::ZERO, |sum, amount| {
        let places = sum.normalize().scale().max(amount.normalize().scale());
        let next = sum.normalize().checked_add(amount.normalize())?;
        // A decimal that overflows drops places silently.
        (next.scale() >= places || next.normalize().scale() == places).then_some(next)
    })
}

impl LineItem {
    /// What this line should cost if it is for seats; `None` when a needed amount is missing. A
    /// missing exchange rate is 1.
    #[must_use]
    pub fn expected_seat_subtotal(&self) -> Option<Decimal> {
        let rate = self.pc_to_bc_exchange_rate.unwrap_or(Decimal::ONE);
        seat_subtotal(self.effective_unit_price?, rate, self.billable_quantity?)
    }

    /// What this line should cost if it is for usage; as [`LineItem::expected_seat_subtotal`].
    #[must_use]
    pub fn expected_usage_subtotal(&self) -> Option<Decimal> {
        let rate = self.pc_to_bc_exchange_rate.unwrap_or(Decimal::ONE);
        usage_subtotal(self.effective_unit_price?, rate, self.billable_quantity?)
    }

    /// `subtotal + tax`, which must be [`LineItem::total_for_customer`]; `None` when one is
    /// missing.
    #[must_use]
    pub fn expected_total(&self) -> Option<Decimal> {
        exact_sum([self.subtotal?, self.tax_total?])
    }

    /// Seats that this line adds (charge) or takes away (credit) on the days it covers: negative
    /// when the billable quantity or the subtotal is. Zero for a credit by Microsoft's support,
    /// which is money and no seats.
    #[must_use]
    pub fn signed_quantity(&self) -> Option<Decimal> {
        let quantity = self.billable_quantity?;
        if self.charge_type == Some(ChargeType::CustomerCredit) {
            return Some(Decimal::ZERO);
        }
        Some(if self.is_credit() { -quantity.abs() } else { quantity })
    }

    /// Whether the charged days, the first and the last included, hold this day (UTC). A line
    /// without an end covers its first day.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        let Some(first) = self.charge_start_date.map(day_of) else { return false };
        let last = self.charge_end_date.map_or(first, day_of);
        (first..=last).contains(&day)
    }
}

/// Seats of every subscription (its id in lower case) at one day, UTC: the charged minus the
/// credited ones of the lines that cover the day. A change of seats comes as a credit of the old
/// and a charge of the new quantity; together they give the new one. Lines without subscription or
/// quantity are passed over; a sum that no decimal holds is `None`.
#[must_use]
pub fn seats_on<'a>(lines: impl IntoIterator<Item = &'a LineItem>, day: Date) -> Option<BTreeMap<String, Decimal>> {
    let mut seats: BTreeMap<String, Decimal> = BTreeMap::new();
    for line in lines.into_iter().filter(|line| line.covers(day)) {
        if let (Some(subscription), Some(quantity)) = (&line.subscription_id, line.signed_quantity()) {
            let entry = seats.entry(subscription.trim().to_ascii_lowercase()).or_default();
            *entry = exact_sum([*entry, quantity])?;
        }
    }
    Some(seats)
}

fn day_of(moment: Instant) -> Date {
    moment.0.to_zoned(TimeZone::UTC).date()
}

/// `a × b` cut to `places` decimals, towards zero, without any rounding in between.
fn product_cut(a: Decimal, b: Decimal, places: u32) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    let mut digits = Wide::product(a.mantissa().unsigned_abs(), b.mantissa().unsigned_abs());
    let scale = (a.scale() + b.scale()).min(places);
    digits.drop_places(a.scale() + b.scale() - scale);
    let mantissa = i128::try_from(digits.narrow()?).ok()?;
    let negative = (a.is_sign_negative() != b.is_sign_negative()) && mantissa != 0;
    let product = Decimal::try_from_i128_with_scale(if negative { -mantissa } else { mantissa }, scale).ok()?;
    Some(product.round_dp_with_strategy(places, RoundingStrategy::ToZero))
}

/// `a × b` to the last digit; `None` when no decimal holds it.
fn exact_product(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    let product = a.checked_mul(b)?;
    let same = product_cut(a, b, Decimal::MAX_SCALE)? == product;
    (a.scale() + b.scale() <= Decimal::MAX_SCALE && same).then_some(product)
}

/// A number of up to 192 bits, the product of two decimals' digits, lowest limb first.
struct Wide([u32; 6]);

impl Wide {
    /// Of two numbers of up to 96 bits.
    fn product(a: u128, b: u128) -> Self {
        let limbs = |n: u128| [n as u32, (n >> 32) as u32, (n >> 64) as u32];
        let mut sum = [0u32; 6];
        for (i, x) in limbs(a).into_iter().enumerate() {
            let mut carry = 0u64;
            for (j, y) in limbs(b).into_iter().enumerate() {
                let here = u64::from(sum[i + j]) + u64::from(x) * u64::from(y) + carry;
                sum[i + j] = here as u32;
                carry = here >> 32;
            }
            sum[i + 3] = carry as u32;
        }
        Self(sum)
    }

    /// Cuts the lowest decimal places off.
    fn drop_places(&mut self, mut places: u32) {
        while places > 0 {
            let step = places.min(9);
            let divisor = u64::from(10u32.pow(step));
            let mut rest = 0u64;
            for limb in self.0.iter_mut().rev() {
                let here = (rest << 32) | u64::from(*limb);
                *limb = (here / divisor) as u32;
                rest = here % divisor;
            }
            places -= step;
        }
    }

    /// The number, when it is one of up to 96 bits.
    fn narrow(&self) -> Option<u128> {
        let [a, b, c, high @ ..] = self.0;
        (high == [0; 3]).then_some(u128::from(a) | u128::from(b) << 32 | u128::from(c) << 64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> Decimal {
        Decimal::from_str_exact(text).expect(text)
    }

    #[test]
    fn trap_44_the_cut_is_per_unit_and_not_per_line() {
        // 1.239 a unit: per unit 1.23 × 100 = 123.00, per line it would be 123.90.
        assert_eq!(seat_subtotal(amount("1.239"), Decimal::ONE, amount("100")), Some(amount("123.00")));
        assert_eq!(seat_subtotal(amount("10.99"), amount("0.9171"), amount("3")), Some(amount("30.21")));
        assert_eq!(seat_subtotal(amount("10.99"), amount("0.9171"), amount("-3")), Some(amount("-30.21")));
        assert_eq!(seat_subtotal(amount("-1.239"), Decimal::ONE, amount("100")), Some(amount("-123.00")));
        // Usage is cut per line, twice.
        assert_eq!(usage_subtotal(amount("0.0049"), amount("1.1"), amount("100")), Some(amount("0.53")));
        assert_eq!(usage_subtotal(amount("0.0049"), amount("1.1"), amount("1")), Some(Decimal::ZERO));
        // A hair below a cent stays below it, although 28 digits would round it up.
        let hair = amount("0.0099999999999999999999999999");
        assert_eq!(product_cut(hair, amount("0.9999999999999999999999999999"), 2), Some(Decimal::ZERO));
        assert_eq!(product_cut(amount("79228162514264337593543950335"), amount("10"), 2), None);
    }

    #[test]
    fn a_line_is_checked_against_its_own_amounts() {
        let line = LineItem::read(
            r#"{"effectiveUnitPrice":"1.239","pcToBCExchangeRate":"1","billableQuantity":"100","subtotal":"123.00",
                "taxTotal":"27.06","totalForCustomer":"150.06"}"#,
        )
        .expect("line");
        assert_eq!(line.expected_seat_subtotal(), line.subtotal);
        assert_eq!(line.expected_usage_subtotal(), Some(amount("123.90")));
        assert_eq!(line.expected_total(), line.total_for_customer);
        assert_eq!(LineItem::default().expected_seat_subtotal(), None);
        assert_eq!(LineItem::default().expected_total(), None);
    }

    #[test]
    fn sums_lose_no_digit_or_are_none() {
        let most = amount("79228162514264337593543950335");
        assert_eq!(exact_sum([amount("0.1"), amount("0.20"), amount("-0.3")]), Some(Decimal::ZERO));
        assert_eq!(exact_sum([most, amount("0.1")]), None);
        assert_eq!(exact_sum([most, Decimal::ONE]), None);
        assert_eq!(exact_sum([most, -most, amount("0.01")]), Some(amount("0.01")));
        assert_eq!(exact_sum([]), Some(Decimal::ZERO));
    }

    #[test]
    fn seats_of_a_day_are_charges_minus_credits() {
        let line = |charge: &str, quantity: &str, subtotal: &str, from: &str, to: &str| {
            let json = format!(
                r#"{{"subscriptionId":"{}","chargeType":"{charge}","billableQuantity":"{quantity}","subtotal":"{subtotal}",
                    "chargeStartDate":"2026-03-{from}T00:00:00Z","chargeEndDate":"2026-03-{to}T00:00:00Z"}}"#,
                if charge == "new" { "ABC" } else { "abc" }
            );
            LineItem::read(&json).expect("line")
        };
        // Ten seats from the 4th; on the 10th the rest of the ten is credited, twelve are charged.
        let lines = [
            line("new", "10", "70", "04", "31"),
            line("addQuantity", "-10", "-50", "10", "31"),
            line("addQuantity", "12", "60", "10", "31"),
            line("customerCredit", "1", "-7", "04", "31"),
            LineItem::default(),
        ];
        let on = |day: i8| {
            let seats = seats_on(&lines, Date::new(2026, 3, day).expect("date")).expect("small");
            seats.get("abc").copied()
        };
        assert_eq!(on(3), None);
        assert_eq!((on(4), on(9)), (Some(amount("10")), Some(amount("10"))));
        assert_eq!((on(10), on(31)), (Some(amount("12")), Some(amount("12"))));
        // The same credit with an unsigned quantity.
        let unsigned = [line("new", "10", "70", "04", "31"), line("removeQuantity", "10", "-50", "10", "31")];
        assert_eq!(seats_on(&unsigned, Date::new(2026, 3, 10).expect("date")).expect("small")["abc"], Decimal::ZERO);
    }

    proptest! {
        #[test]
        fn a_product_is_cut_as_whole_numbers_say(a in -1_000_000_000_000i64..1_000_000_000_000, b in -1_000_000_000_000i64..1_000_000_000_000, s in 0u32..12, t in 0u32..12) {
            let product = i128::from(a) * i128::from(b);
            let expected = if s + t <= 2 {
                Decimal::from_i128_with_scale(product, s + t)
            } else {
                Decimal::from_i128_with_scale(product / 10i128.pow(s + t - 2), 2)
            };
            prop_assert_eq!(product_cut(Decimal::new(a, s), Decimal::new(b, t), 2), Some(expected));
        }

        #[test]
        fn sums_are_exact(cents in proptest::collection::vec(-1_000_000_000i64..1_000_000_000, 0..40)) {
            let sum = exact_sum(cents.iter().map(|cents| Decimal::new(*cents, 2)));
            prop_assert_eq!(sum, Some(Decimal::new(cents.iter().sum(), 2)));
        }
    }
}
