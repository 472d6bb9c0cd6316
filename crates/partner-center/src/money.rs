//! Money on the wire: a JSON number or a string, always a decimal here. Source: contract §1.4.
//!
//! A JSON number passes through its shortest decimal text, which is exact up to 15 significant
//! digits, more than any price that Partner Center prints.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Longest text of a number looked at.
const LONGEST_NUMBER: usize = 100;
/// Largest exponent, either way, that a decimal could need.
const MOST_PLACES: i32 = 60;

/// The exact amount of a JSON number or text.
pub(crate) fn parse(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => exact(&number.to_string()),
        Value::String(text) => exact(text),
        _ => None,
    }
}

/// The decimal that a text names, to its last digit, also with an exponent; `None` when it is no
/// number or has more digits than a decimal holds (28). Nothing is ever rounded.
pub(crate) fn exact(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if text.len() > LONGEST_NUMBER || text.contains('_') {
        return None;
    }
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok().filter(|e| e.abs() <= MOST_PLACES)?),
        None => (text, 0),
    };
    let (sign, digits) = match number.strip_prefix(['-', '+']) {
        Some(digits) => (if number.starts_with('-') { "-" } else { "" }, digits),
        None => ("", number),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if (whole.is_empty() && fraction.is_empty()) || !(whole.bytes().chain(fraction.bytes())).all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let all = format!("{whole}{fraction}");
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let before = usize::try_from(point.max(0)).ok()?;
    let mut whole = all.get(..before.min(all.len()))?.to_owned();
    whole.extend(std::iter::repeat_n('0', before.saturating_sub(all.len())));
    let mut fraction = "0".repeat(usize::try_from((-point).max(0)).ok()?);
    fraction.push_str(all.get(before.min(all.len())..)?);
    // Zeros at the end beyond what a decimal holds say nothing.
    while fraction.len() > Decimal::MAX_SCALE as usize && fraction.ends_with('0') {
        fraction.pop();
    }
    let whole = whole.trim_start_matches('0');
    let joined = format!("{sign}{}.{fraction}", if whole.is_empty() { "0" } else { whole });
    Decimal::from_str_exact(joined.trim_end_matches('.')).ok()
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

    #[test]
    fn no_digit_is_ever_rounded_away() {
        for (text, expected) in [
            ("79228162514264337593543950335", "79228162514264337593543950335"),
            ("0.0000000000000000000000000001", "0.0000000000000000000000000001"),
            ("1.500000000000000000000000000000000000", "1.5000000000000000000000000000"),
            ("0001.50", "1.50"),
            ("1.25E-3", "0.00125"),
            ("1.25e+3", "1250"),
            (" -.5 ", "-0.5"),
            ("5.", "5"),
        ] {
            assert_eq!(exact(text).map(|amount| amount.to_string()).as_deref(), Some(expected), "{text}");
        }
        let long = "1".repeat(101);
        for text in [
            "79228162514264337593543950336",
            "0.00000000000000000000000000001",
            "1.00000000000000000000000000001",
            "1e400",
            "1e",
            "",
            ".",
            "-",
            "1,5",
            "1_0",
            "0x10",
            "NaN",
            "١",
            "--1",
            &long,
        ] {
            assert_eq!(exact(text), None, "{text}");
        }
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
