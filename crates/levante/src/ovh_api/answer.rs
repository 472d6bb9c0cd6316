//! Values as they are written on the wire (contracts/ovh-api.md §1.2): JSON text, money,
//! dates. Decimals become JSON numbers here and nowhere else.

use super::problem::Refusal;
use bytes::Bytes;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use licensing::{money::Money, rust_decimal::Decimal, rust_decimal::prelude::ToPrimitive};
use serde::Serialize;
use serde_json::{Number, Value, json};

/// The body of a good answer.
pub(crate) struct Answer {
    /// JSON text.
    pub(crate) text: String,
    /// `X-Pagination-Cursor-Next` of the second branch: there is more.
    pub(crate) next: Option<String>,
}

/// A good answer on its way out.
pub(crate) struct Reply {
    pub(crate) text: Bytes,
    /// Its `Content-Type`.
    pub(crate) media: &'static str,
    /// `X-Pagination-Elements`: how many there are on all pages.
    pub(crate) elements: Option<u64>,
    /// `X-Pagination-Cursor-Next`.
    pub(crate) next: Option<String>,
}

impl Reply {
    /// JSON text.
    pub(crate) fn json(text: String) -> Reply {
        Reply::text(text.into())
    }

    /// Text that is shared; JSON unless its type is set.
    pub(crate) fn text(text: Bytes) -> Reply {
        Reply { text, media: super::JSON, elements: None, next: None }
    }
}

/// What a handler gives back.
pub(crate) type Outcome = Result<Answer, Refusal>;

impl Answer {
    /// JSON text.
    pub(crate) fn text(text: String) -> Answer {
        Answer { text, next: None }
    }

    /// A value as JSON.
    pub(crate) fn of(value: &impl Serialize) -> Outcome {
        match serde_json::to_string(value) {
            Ok(text) => Ok(Answer::text(text)),
            Err(e) => Err(Refusal::ours(e.to_string())),
        }
    }

    /// `void` of the schema: 200 with `null`.
    pub(crate) fn void() -> Outcome {
        Ok(Answer::text("null".to_owned()))
    }
}

/// An instant as `datetime`, with an offset.
pub(crate) fn datetime(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// The day of an instant, UTC.
pub(crate) fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// `order.Price`.
pub(crate) fn price(money: Money) -> Value {
    let rounded = money.rounded();
    json!({
        "currencyCode": rounded.currency.code(),
        "text": rounded.to_string(),
        "value": number(rounded.amount),
        "priceInUcents": ucents(rounded),
    })
}

/// One currency unit is 100,000,000 ucents.
pub(crate) fn ucents(money: Money) -> Option<i64> {
    money.amount.checked_mul(Decimal::from(100_000_000)).and_then(|d| d.round().to_i64())
}

/// A decimal as a JSON number.
pub(crate) fn number(amount: Decimal) -> Value {
    // Through text: serde_json keeps the shortest form that reads back the same.
    amount.normalize().to_string().parse::<Number>().map_or(Value::Null, Value::Number)
}

/// `order.OrderPrices` of a net amount and its tax; `null` texts never occur since both have one currency.
pub(crate) fn prices(net: Money, tax: Money) -> Value {
    let gross = net.rounded().plus(tax).unwrap_or(net);
    json!({
        "withTax": price(gross), "withoutTax": price(net), "tax": price(tax),
        "originalWithoutTax": price(net), "reduction": price(Money::zero(net.currency)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use licensing::money::Currency;

    #[test]
    fn money_on_the_wire() {
        let money = Money { amount: Decimal::new(1250, 2), currency: Currency::EUR };
        assert_eq!(
            price(money).to_string(),
            r#"{"currencyCode":"EUR","text":"12.50 EUR","value":12.5,"priceInUcents":1250000000}"#
        );
        assert_eq!(price(Money::zero(Currency::EUR))["value"].to_string(), "0");
    }

    #[test]
    fn instants_carry_an_offset() {
        assert_eq!(datetime(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00+00:00");
    }
}
