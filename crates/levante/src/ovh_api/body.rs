//! The fields of a body or query as they were written. Numbers stay text, so that the
//! rules of `licensing` judge what the caller wrote.

use super::problem::Refusal;
use axum::http::{HeaderMap, HeaderValue, header};
use licensing::invalid::{Invalid, Rule};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Reads a body: nothing and `null` are an empty object.
///
/// 400 for text that is not UTF-8, not JSON or nested deeper than 127 levels (naming the position), not an
/// object, or an object that holds a key twice (naming it).
pub(crate) fn read(bytes: &[u8]) -> Result<Fields, Refusal> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Refusal::bad(format!("The body is not UTF-8 text: wrong byte at position {}", e.valid_up_to())))?;
    if text.trim().is_empty() {
        return Ok(Fields::default());
    }
    match serde_json::from_str(text).map(|Unique(value)| value) {
        Ok(Value::Object(fields)) => Ok(Fields { fields, wrong: Vec::new() }),
        Ok(Value::Null) => Ok(Fields::default()),
        Ok(other) => Err(Refusal::bad(format!("The body must be a JSON object, not {}", kind(&other)))),
        Err(e) => Err(Refusal::bad(format!("The body is not valid JSON: {e}"))),
    }
}

/// Whether a body that is there says that it is what we read: JSON in UTF-8, not compressed. One that says nothing
/// is taken for that.
///
/// 415 naming the header.
pub(crate) fn is_json(headers: &HeaderMap) -> Result<(), Refusal> {
    if let Some(other) = headers.get_all(header::CONTENT_TYPE).iter().find(|value| !is_json_type(value)) {
        return Err(Refusal::media(header::CONTENT_TYPE.as_str(), other, "application/json"));
    }
    match headers.get_all(header::CONTENT_ENCODING).iter().find(|v| !v.as_bytes().eq_ignore_ascii_case(b"identity")) {
        Some(other) => Err(Refusal::media(header::CONTENT_ENCODING.as_str(), other, "identity")),
        None => Ok(()),
    }
}

fn is_json_type(value: &HeaderValue) -> bool {
    let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let named = name == "application/json" || (name.starts_with("application/") && name.ends_with("+json"));
    let charset =
        |part: &str| part.strip_prefix("charset=").is_none_or(|c| matches!(c.trim_matches('"'), "utf-8" | "utf8"));
    named && parts.all(charset)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A number as text. To JSON `5.0` is the whole number 5.
pub(crate) fn as_written(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A value in which no object holds a key twice.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Unique, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Unique)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_f64<E>(self, v: f64) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(v.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unique(value)) = list.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(key) = object.next_key::<String>()? {
            if fields.contains_key(&key) {
                let shown: String = key.chars().filter(|c| !c.is_control()).take(80).collect();
                return Err(A::Error::custom(format!("the key \"{shown}\" is there twice")));
            }
            let Unique(value) = object.next_value()?;
            fields.insert(key, value);
        }
        Ok(fields.into())
    }
}

/// 400 for everything that is wrong. A value of a wrong type is told in OVHcloud's words first.
pub(crate) fn refusal(wrong: &[Invalid]) -> Refusal {
    let refusal = Refusal::all_invalid(wrong);
    match wrong.first() {
        Some(Invalid { field, rule: Rule::WrongType { .. }, .. }) => {
            let all = wrong.iter().map(Invalid::to_string).collect::<Vec<_>>().join("; ");
            refusal.with_message(format!("Body parameter {field} isn't formated correctly: {all}"))
        }
        _ => refusal,
    }
}

/// The fields of one object; what is wrong with their types is collected.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    fields: Map<String, Value>,
    wrong: Vec<Invalid>,
}

impl Fields {
    /// All fields as they were written.
    pub(crate) fn all(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The names of all fields.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// A field's value; `null` counts as absent.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|v| !v.is_null())
    }

    fn refuse(&mut self, name: &str, value: &Value, expected: &str) {
        self.wrong.push(Invalid::new(name, value.to_string(), Rule::WrongType { expected: expected.to_owned() }));
    }

    /// A text; `None` when absent.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        match self.value(name).cloned() {
            None => None,
            Some(Value::String(text)) => Some(text),
            Some(other) => {
                self.refuse(name, &other, "a string");
                None
            }
        }
    }

    /// A number as it was written, for a rule to judge; empty when absent.
    pub(crate) fn number(&mut self, name: &str) -> String {
        match self.value(name).cloned() {
            None => String::new(),
            Some(Value::Number(number)) => as_written(&number),
            Some(other) => {
                self.refuse(name, &other, "a whole number");
                String::new()
            }
        }
    }

    /// A truth value; `None` when absent.
    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        match self.value(name).cloned() {
            None => None,
            Some(Value::Bool(flag)) => Some(flag),
            Some(other) => {
                self.refuse(name, &other, "true or false");
                None
            }
        }
    }

    /// An array; `None` when absent.
    pub(crate) fn array(&mut self, name: &str) -> Option<Vec<Value>> {
        match self.value(name).cloned() {
            None => None,
            Some(Value::Array(values)) => Some(values),
            Some(other) => {
                self.refuse(name, &other, "an array");
                None
            }
        }
    }

    /// A text that must be there.
    pub(crate) fn required(&mut self, name: &str) -> String {
        if self.value(name).is_none() {
            self.wrong.push(Invalid::new(name, "", Rule::Required));
        }
        self.text(name).unwrap_or_default()
    }

    /// Says what was wrong so far.
    pub(crate) fn checked(&mut self) -> Result<(), Refusal> {
        let wrong = std::mem::take(&mut self.wrong);
        if wrong.is_empty() { Ok(()) } else { Err(refusal(&wrong)) }
    }

    /// Adds a fault found elsewhere.
    pub(crate) fn push(&mut self, fault: Invalid) {
        self.wrong.push(fault);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_and_null_are_an_empty_object() {
        for body in ["", " ", "null", "{}"] {
            assert_eq!(read(body.as_bytes()).expect("read").names().count(), 0, "{body}");
        }
        for body in ["[]", "1", "\"x\"", "{", "{\"a\":1,}", "\u{feff}{}"] {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
        assert!(read(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn a_body_says_that_it_is_json_or_nothing() {
        let refused = |name: &'static str, value: &str| {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
            is_json(&HeaderMap::from_iter([(header::HeaderName::from_static(name), value)])).err()
        };
        assert!(is_json(&HeaderMap::new()).is_ok());
        for good in [
            "application/json",
            "Application/JSON; Charset=\"UTF-8\"",
            "application/json;charset=utf8",
            "application/merge-patch+json",
        ] {
            assert!(refused("content-type", good).is_none(), "{good}");
        }
        for bad in
            ["text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=latin1", "json", "é"]
        {
            let refusal = format!("{:?}", refused("content-type", bad).expect("refused"));
            assert!(refusal.contains("UNSUPPORTED_MEDIA_TYPE"), "{bad}: {refusal}");
        }
        assert!(refused("content-encoding", "identity").is_none());
        assert!(refused("content-encoding", "gzip").is_some());
    }

    #[test]
    fn a_key_stands_once_and_depth_is_bounded() {
        for body in [r#"{"a":1,"b":2,"a":1}"#, r#"{"x":[{"a":null,"a":null}]}"#, r#"{"\u0061":1,"a":2}"#] {
            let refused = format!("{:?}", read(body.as_bytes()).expect_err("twice"));
            assert!(refused.contains("the key \\\"a\\\" is there twice at line 1 column"), "{refused}");
        }
        let nested = |n: usize| format!("{{\"a\":{}{}}}", "[".repeat(n), "]".repeat(n));
        assert!(read(nested(100).as_bytes()).is_ok());
        assert!(read(nested(100_000).as_bytes()).is_err());
    }

    #[test]
    fn numbers_stay_as_written() {
        let mut fields = read(br#"{"a":1.5,"b":7,"c":"7","d":-3,"e":null,"f":5.0,"g":-2.0,"h":10.10}"#).expect("read");
        assert_eq!([fields.number("f"), fields.number("g"), fields.number("h")], ["5", "-2", "10.1"]);
        assert_eq!(
            (fields.number("a"), fields.number("b"), fields.number("d")),
            ("1.5".into(), "7".into(), "-3".into())
        );
        assert_eq!(fields.number("e"), "");
        assert!(fields.checked().is_ok());
        assert_eq!(fields.number("c"), "");
        assert!(fields.checked().is_err());
    }
}
