//! The arithmetic of invoices (contract 18.3): what is rounded, where, and the tax of a country.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

/// Tax on top, in percent of the subtotal, by the customer's country: the standard rate, applied to
/// every line. An approximation: nobody's real invoice is taxed by a simulator.
const TAX_PERCENT: &[(&str, i64)] =
    &[("IT", 22), ("DE", 19), ("FR", 20), ("ES", 21), ("PT", 23), ("GB", 20), ("PL", 23), ("US", 0)];

/// What a line comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) subtotal: Decimal,
    pub(super) tax: Decimal,
}

impl Amounts {
    /// Seats: the price of one is rounded down to cents first, then multiplied. A credit has a
    /// negative quantity, so it is rounded in the same direction as the charge that it takes back.
    pub(super) fn of_seats(effective_unit_price: Decimal, rate: Decimal, quantity: i64, country: &str) -> Self {
        let one = (effective_unit_price * rate).round_dp_with_strategy(2, RoundingStrategy::ToZero);
        let subtotal = one * Decimal::from(quantity);
        let percent =
            TAX_PERCENT.iter().find(|(code, _)| country.eq_ignore_ascii_case(code)).map_or(0, |(_, tax)| *tax);
        let tax = subtotal * Decimal::new(percent, 2);
        Self { subtotal, tax: tax.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero) }
    }

    pub(super) fn total(self) -> Decimal {
        self.subtotal + self.tax
    }
}

/// Two decimals at least, as amounts are written.
pub(super) fn written(amount: Decimal) -> String {
    let plain = amount.normalize();
    if plain.scale() < 2 { format!("{plain:.2}") } else { plain.to_string() }
}

/// A number in JSON.
pub(super) fn number(amount: Decimal) -> Value {
    serde_json::from_str(&written(amount)).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn trap_44_each_seat_is_rounded_down_before_it_is_multiplied() {
        // Per line it would be 12.345 × 7 = 86.415, so 86.41.
        let line = Amounts::of_seats(decimal("12.345"), Decimal::ONE, 7, "IT");
        assert_eq!(line.subtotal, decimal("86.38"));
        assert_eq!(line.tax, decimal("19.00"));
        assert_eq!(line.total(), decimal("105.38"));
        let back = Amounts::of_seats(decimal("12.345"), Decimal::ONE, -7, "IT");
        assert_eq!(back.total(), -line.total());
        // The exchange rate belongs to the price of one seat, too.
        assert_eq!(Amounts::of_seats(decimal("10"), decimal("0.92345"), 100, "US").subtotal, decimal("923"));
        assert_eq!(Amounts::of_seats(decimal("0.009"), Decimal::ONE, 1000, "DE").total(), Decimal::ZERO);
    }

    #[test]
    fn writes_cents() {
        assert_eq!(written(decimal("5")), "5.00");
        assert_eq!(written(decimal("-0.50")), "-0.50");
        assert_eq!(written(decimal("1.234500")), "1.2345");
    }
}
