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

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        let value = Value::deserialize(deserializer)?;
        of(&value).ok_or_else(|| serde::de::Error::custom("expected a text or a number"))
    }
}

/// Like [`text`], but written as a number when it is one.
pub(crate) mod number {
    use serde::Serializer;

    pub(crate) use super::text::deserialize;

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

/// Optional texts in which `""` means none.
pub(crate) fn filled<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.filter(|text| !text.trim().is_empty()))
}

/// Compares two ids as Partner Center does: without case (contract §1.4).
pub(crate) fn same_id(a: &str, b: &str) -> bool {
    a.trim().eq_ignore_ascii_case(b.trim())
}
