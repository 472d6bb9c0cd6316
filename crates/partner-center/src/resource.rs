//! Members that many resources share. Source: contract §1.4, §1.5, §4.1.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Members that this version does not know, kept as they came.
pub(crate) type Rest = Map<String, Value>;

/// The `attributes` of a resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attributes {
    /// Version of the resource for `If-Match`; absent on New Commerce subscriptions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Name of the resource type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_type: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Prices of a cart or order line; unit prices are per billing period, `extended_price` is for the
/// whole term and all seats (contract §13.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pricing {
    /// Price list, per seat and billing period.
    #[serde(default, with = "crate::money::optional", skip_serializing_if = "Option::is_none")]
    pub list_price: Option<Decimal>,
    /// After promotions, per seat and billing period.
    #[serde(default, with = "crate::money::optional", skip_serializing_if = "Option::is_none")]
    pub discounted_price: Option<Decimal>,
    /// After proration, per seat and billing period.
    #[serde(default, with = "crate::money::optional", skip_serializing_if = "Option::is_none")]
    pub prorated_price: Option<Decimal>,
    /// In the billing currency, per seat and billing period.
    #[serde(default, with = "crate::money::optional", skip_serializing_if = "Option::is_none")]
    pub price: Option<Decimal>,
    /// For the whole term and all seats.
    #[serde(default, with = "crate::money::optional", skip_serializing_if = "Option::is_none")]
    pub extended_price: Option<Decimal>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Texts that arrive as a string or as a number.
pub(crate) mod text {
    use serde::{Deserialize, Deserializer, Serializer};
    use serde_json::Value;

    /// The text of a scalar.
    pub(crate) fn of(value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    pub(crate) fn serialize<S: Serializer>(value: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value)
    }

    /// Like [`deserialize`]; `null` is the empty text.
    pub(crate) fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Ok(super::maybe_text(deserializer)?.unwrap_or_default())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        let value = Value::deserialize(deserializer)?;
        of(&value).ok_or_else(|| serde::de::Error::custom("expected a text or a number"))
    }
}

/// Like [`text`], but written as a number when it is one.
pub(crate) mod number {
    use serde::Serializer;

    pub(crate) use super::text::or_empty as deserialize;

    pub(crate) fn serialize<S: Serializer>(value: &str, serializer: S) -> Result<S::Ok, S::Error> {
        match value.parse::<i64>() {
            Ok(number) if number.to_string() == value => serializer.serialize_i64(number),
            _ => serializer.serialize_str(value),
        }
    }
}

/// Lists in which `null` means none.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

/// Members in which `null` means the same as absence (contract §1.4).
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// The whole number of a JSON number or text; `None` when it is neither, or has a fraction.
pub(crate) fn whole_of<N: TryFrom<i64>>(value: &Value) -> Option<N> {
    let amount = crate::money::parse(value)?;
    let whole = amount.fract().is_zero().then(|| rust_decimal::prelude::ToPrimitive::to_i64(&amount))??;
    N::try_from(whole).ok()
}

/// Whole numbers that arrive as a number or as a text; absent, `null` and `""` are 0.
pub(crate) fn whole<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: serde::Deserializer<'de>,
    N: TryFrom<i64> + Default,
{
    Ok(maybe_whole(deserializer)?.unwrap_or_default())
}

/// Whole numbers that arrive as a number or as a text; absent, `null` and `""` are none.
pub(crate) fn maybe_whole<'de, D, N>(deserializer: D) -> Result<Option<N>, D::Error>
where
    D: serde::Deserializer<'de>,
    N: TryFrom<i64>,
{
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        value => whole_of(&value).map(Some).ok_or_else(|| serde::de::Error::custom("expected a whole number")),
    }
}

/// Optional texts that arrive as a string or as a number; absent, `null` and `""` are none.
pub(crate) fn maybe_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let value = Option::<Value>::deserialize(deserializer)?;
    Ok(value.as_ref().and_then(text::of).filter(|text| !text.trim().is_empty()))
}

/// Takes a member out, whatever the case of its name: what holds a secret must not stay behind.
pub(crate) fn take_member(value: &mut Value, name: &str) -> Option<Value> {
    let members = value.as_object_mut()?;
    let found = members.keys().find(|known| known.eq_ignore_ascii_case(name))?.clone();
    members.remove(&found)
}

/// Gives members their usual name where only another spelling of it came. When both came, the
/// usual one counts and the other stays among the unknown members.
pub(crate) fn respell(value: &mut Value, spellings: &[(&str, &str)]) {
    let Some(members) = value.as_object_mut() else { return };
    for (unusual, usual) in spellings {
        if members.get(*usual).is_none_or(Value::is_null)
            && let Some(found) = members.get(*unusual).filter(|found| !found.is_null()).cloned()
        {
            members.remove(*unusual);
            members.insert((*usual).to_owned(), found);
        }
    }
}

/// Reads a resource whose members Microsoft spells in more than one way; the type is declared with
/// `#[serde(remote = "Self")]`. Source: contract §1.4, trap 28.
macro_rules! spellings {
    ($name:ident: $($unusual:literal => $usual:literal),+ $(,)?) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $name::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut value = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
                $crate::resource::respell(&mut value, &[$(($unusual, $usual)),+]);
                $name::deserialize(value).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use spellings;

/// The `termDuration` of a `renewsTo`: an object on the wire, an array of one in the
/// documentation (contract §13.1).
pub(crate) fn renewal_term(renews_to: Option<&Value>) -> Option<&str> {
    let renews_to = renews_to?;
    let renews_to = renews_to.as_array().map_or(Some(renews_to), |options| options.first())?;
    renews_to.get("termDuration")?.as_str().filter(|term| !term.is_empty())
}

/// A link of a resource to another one, or to a page of a portal (contract §4.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// Absolute, or relative to the API.
    #[serde(default, deserialize_with = "nullable")]
    pub uri: String,
    /// `GET`, in any case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Optional texts in which `""` means none.
pub(crate) fn filled<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty()))
}

/// Compares two ids as Partner Center does: without case (contract §1.4).
pub(crate) fn same_id(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Counted {
        #[serde(default, deserialize_with = "whole")]
        seats: u32,
        #[serde(default, deserialize_with = "maybe_whole")]
        free: Option<i64>,
        #[serde(default, deserialize_with = "maybe_text")]
        code: Option<String>,
        #[serde(default, deserialize_with = "nullable")]
        name: String,
    }

    fn read(value: Value) -> Result<Counted, serde_json::Error> {
        serde_json::from_value(value)
    }

    #[test]
    fn absent_null_and_empty_are_the_same() {
        let none = Counted { seats: 0, free: None, code: None, name: String::new() };
        assert_eq!(read(json!({})).expect("absent"), none);
        assert_eq!(read(json!({"seats": null, "free": null, "code": null, "name": null})).expect("null"), none);
        assert_eq!(read(json!({"seats": "", "free": " ", "code": "", "name": ""})).expect("empty"), none);
    }

    #[test]
    fn what_is_no_whole_number_is_an_error_and_never_a_guess() {
        for seats in [json!(-1), json!(1.5), json!("many"), json!("4294967296"), json!(true), json!([1]), json!(1e300)]
        {
            assert!(read(json!({ "seats": seats })).is_err(), "{seats}");
        }
        assert_eq!(read(json!({"seats": 5.0, "free": "-3"})).expect("whole").free, Some(-3));
    }

    #[test]
    fn the_usual_spelling_counts_and_the_other_one_is_kept() {
        let spellings = [("expiresAfter", "expiresAt")];
        for (came, read) in [
            (json!({"expiresAfter": 1}), json!({"expiresAt": 1})),
            (json!({"expiresAt": null, "expiresAfter": 1}), json!({"expiresAt": 1})),
            (json!({"expiresAt": 2, "expiresAfter": 1}), json!({"expiresAt": 2, "expiresAfter": 1})),
            (json!({"expiresAfter": null}), json!({"expiresAfter": null})),
            (json!([1]), json!([1])),
        ] {
            let mut value = came;
            respell(&mut value, &spellings);
            assert_eq!(value, read);
        }
    }

    #[test]
    fn a_renewal_term_is_an_object_or_a_list_of_one() {
        for came in [json!({"termDuration": "P1Y"}), json!([{"termDuration": "P1Y"}])] {
            assert_eq!(renewal_term(Some(&came)), Some("P1Y"));
        }
        for came in [json!([]), json!({}), json!({"termDuration": ""}), json!("P1Y"), Value::Null] {
            assert_eq!(renewal_term(Some(&came)), None);
        }
        assert_eq!(renewal_term(None), None);
    }

    proptest! {
        #[test]
        fn whole_numbers_are_read_from_numbers_and_texts_alike(seats: u32, free: i64) {
            let numbers = read(json!({"seats": seats, "free": free, "code": seats})).expect("numbers");
            let texts = json!({"seats": seats.to_string(), "free": free.to_string(), "code": seats.to_string()});
            prop_assert_eq!((numbers.seats, numbers.free), (seats, Some(free)));
            prop_assert_eq!(&read(texts).expect("texts"), &numbers);
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in "\\PC{0,40}") {
            let _ = read(json!({"seats": text, "free": text, "code": text, "name": text}));
        }
    }
}
