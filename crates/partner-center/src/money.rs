//! Money on the wire: a JSON number or a string, always a decimal here. Source: contract §1.4.
//!
//! A JSON number passes through its shortest decimal text, which is exact up to 15 significant
//! digits, more than any price that Partner Center prints.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The exact amount of a JSON number or text.
pub(crate) fn parse(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    text.parse().ok().or_else(|| Decimal::from_scientific(&text).ok())
}

/// Optional amounts: absent, `null` and `""` are the same.
pub(crate) mod optional {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            None => serializer.serialize_none(),
            Some(amount) => match amount.to_string().parse::<serde_json::Number>() {
                Ok(number) => number.serialize(serializer),
                Err(_) => serializer.collect_str(amount),
            },
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(None),
            Value::String(text) if text.trim().is_empty() => Ok(None),
            value => parse(&value)
                .map(Some)
                .ok_or_else(|| serde::de::Error::custom("an amount is neither a number nor decimal text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_stay_exact() {
        for (json, expected) in [
            ("19.99", "19.99"),
            ("\"0.1\"", "0.1"),
            ("1234567.8912", "1234567.8912"),
            ("0", "0"),
            ("1e2", "100"),
            ("-3.5", "-3.5"),
        ] {
            let value: Value = serde_json::from_str(json).expect(json);
            assert_eq!(parse(&value), Some(expected.parse().expect(expected)), "{json}");
        }
        assert_eq!(parse(&Value::Bool(true)), None);
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Priced {
        #[serde(with = "optional")]
        price: Option<Decimal>,
    }

    proptest::proptest! {
        /// Up to 15 significant digits, more than any price has: beyond it a binary float would
        /// show.
        #[test]
        fn an_amount_survives_as_number_and_as_text(units in -999_999_999_999_999_i64..=999_999_999_999_999, scale in 0_u32..=9) {
            let amount = Decimal::new(units, scale);
            for json in [format!("{{\"price\":{amount}}}"), format!("{{\"price\":\"{amount}\"}}")] {
                let read: Priced = serde_json::from_str(&json).expect("an amount");
                proptest::prop_assert_eq!(read.price, Some(amount), "{}", json);
                let written = serde_json::to_string(&read).expect("written");
                proptest::prop_assert_eq!(serde_json::from_str::<Priced>(&written).expect("again"), read);
            }
        }

        #[test]
        fn amounts_as_text_keep_every_digit(units: i64, scale in 0_u32..=28) {
            let amount = Decimal::new(units, scale);
            proptest::prop_assert_eq!(parse(&Value::String(amount.to_string())), Some(amount));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,60}") {
            let _ = parse(&Value::String(text));
        }
    }
}
