//! Money: a decimal amount in one currency. Never binary floating point.
//!
//! Stored as whole ten-thousandths of the currency unit; shown and charged rounded
//! to the currency's cents, half away from zero.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An ISO 4217 code, three capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// The euro.
    pub const EUR: Currency = Currency(*b"EUR");

    /// Reads a code; `None` when it is not three capital letters.
    pub fn read(code: &str) -> Option<Currency> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Currency(bytes))
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency holds three ASCII capitals")
    }
}

impl TryFrom<String> for Currency {
    type Error = String;
    fn try_from(code: String) -> Result<Currency, String> {
        Currency::read(&code).ok_or_else(|| format!("{code} is not a currency code"))
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

/// An amount of money. Arithmetic between currencies is a programming error and panics
/// nowhere: the methods return `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The amount in units of the currency (`12.50` is twelve euros and fifty cents).
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

impl Money {
    /// Nothing, in a currency.
    pub fn zero(currency: Currency) -> Money {
        Money { amount: Decimal::ZERO, currency }
    }

    /// From ten-thousandths of a unit, the form in which amounts are stored.
    pub fn from_stored(ten_thousandths: i64, currency: Currency) -> Money {
        Money { amount: Decimal::new(ten_thousandths, 4), currency }
    }

    /// Ten-thousandths of a unit; `None` beyond 9·10^14 units.
    pub fn stored(&self) -> Option<i64> {
        (self.amount * Decimal::from(10_000)).round().to_i64()
    }

    /// The sum; `None` when the currencies differ.
    pub fn plus(&self, other: Money) -> Option<Money> {
        (self.currency == other.currency).then(|| Money { amount: self.amount + other.amount, currency: self.currency })
    }

    /// The amount times a count (seats, billing periods).
    pub fn times(&self, count: u32) -> Money {
        Money { amount: self.amount * Decimal::from(count), currency: self.currency }
    }

    /// The tax on this net amount at a rate in percent, rounded to cents.
    pub fn tax(&self, percent: Decimal) -> Money {
        Money { amount: self.amount * percent / Decimal::ONE_HUNDRED, currency: self.currency }.rounded()
    }

    /// Rounded to two decimals, half away from zero.
    pub fn rounded(&self) -> Money {
        Money {
            amount: self.amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero),
            currency: self.currency,
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} {}", self.rounded().amount, self.currency.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tax_rounds_half_away_from_zero() {
        let net = Money { amount: Decimal::new(1250, 2), currency: Currency::EUR };
        assert_eq!(net.tax(Decimal::from(22)).to_string(), "2.75 EUR");
        let half = Money { amount: Decimal::new(25, 1), currency: Currency::EUR };
        assert_eq!(half.tax(Decimal::from(1)).to_string(), "0.03 EUR");
    }

    #[test]
    fn currencies_do_not_mix() {
        let pound = Money::zero(Currency::read("GBP").expect("a code"));
        assert_eq!(pound.plus(Money::zero(Currency::EUR)), None);
    }

    proptest! {
        #[test]
        fn storage_keeps_four_decimals(stored in -1_000_000_000_000i64..1_000_000_000_000) {
            prop_assert_eq!(Money::from_stored(stored, Currency::EUR).stored(), Some(stored));
        }
    }
}
