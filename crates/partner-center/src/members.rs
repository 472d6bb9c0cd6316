//! A JSON object read name by name: without case, `_`, `-` and blanks, and with its numbers as
//! text, so that no amount passes through a binary float. For reports, whose members come in
//! camel case, in Pascal case and as numbers or strings. Source: contract §1.4, §18.

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use crate::client::Answer;
use crate::error::{Error, without_mark};
use crate::instant::Instant;
use crate::row_error::RowError;
use crate::words::plain;

/// Deepest nesting of objects that are read out of each other.
pub(crate) const DEEPEST: usize = 4;

/// The members of one object; a member that is `null` is absent.
pub(crate) struct Members<'a> {
    all: Vec<Member<'a>>,
}

struct Member<'a> {
    plain: String,
    name: String,
    value: &'a RawValue,
}

impl<'a> Members<'a> {
    /// Reads an object.
    pub(crate) fn read(json: &'a str) -> Result<Self, RowError> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Vec<Member<'de>>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::with_capacity(64);
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    all.push(Member { plain: plain(&name), name, value });
                }
                Ok(all)
            }
        }
        let mut reader = serde_json::Deserializer::from_str(json);
        let all = serde::Deserializer::deserialize_map(&mut reader, Visitor)
            .and_then(|all| reader.end().map(|()| all))
            .map_err(|error| RowError::new("", json, format!("a JSON object ({})", reason(&error))))?;
        Ok(Self { all })
    }

    fn find(&self, name: &str) -> Option<&'a str> {
        let name = plain(name);
        self.all.iter().rev().find(|member| member.plain == name).map(|member| member.value.get())
    }

    /// The JSON text of a member. Of several with the same name the last counts, as everywhere in
    /// JSON.
    pub(crate) fn json(&self, name: &str) -> Option<&'a str> {
        self.find(name).filter(|json| *json != "null")
    }

    /// A text; a number or a truth value as it is written. `""` and blanks mean none.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, RowError> {
        let Some(json) = self.json(name) else { return Ok(None) };
        let text = scalar(json).ok_or_else(|| RowError::new(name, json, "a text or a number"))?;
        Ok(Some(text).filter(|text| !text.trim().is_empty()))
    }

    /// An amount, exact to its last digit.
    pub(crate) fn decimal(&self, name: &str) -> Result<Option<Decimal>, RowError> {
        self.text(name)?
            .map(|text| {
                crate::money::exact(&text)
                    .ok_or_else(|| RowError::new(name, &text, "a decimal number of at most 28 digits"))
            })
            .transpose()
    }

    /// A moment in any of Partner Center's shapes.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<Instant>, RowError> {
        self.text(name)?
            .map(|text| text.parse().map_err(|_| RowError::new(name, &text, "a date-time (contract §1.4)")))
            .transpose()
    }

    /// A whole number.
    pub(crate) fn count(&self, name: &str) -> Result<Option<u64>, RowError> {
        self.text(name)?
            .map(|text| text.trim().parse().map_err(|_| RowError::new(name, &text, "a whole number")))
            .transpose()
    }

    /// A truth value, also as text.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, RowError> {
        self.text(name)?
            .map(|text| match text.trim().to_ascii_lowercase().as_str() {
                "true" => Ok(true),
                "false" => Ok(false),
                _ => Err(RowError::new(name, &text, "true or false")),
            })
            .transpose()
    }

    /// The JSON texts of an array's items; a single value is an array of one.
    pub(crate) fn items(&self, name: &str) -> Result<Vec<&'a str>, RowError> {
        let Some(json) = self.json(name) else { return Ok(Vec::new()) };
        if !json.starts_with('[') {
            return Ok(vec![json]);
        }
        let items: Vec<&'a RawValue> =
            serde_json::from_str(json).map_err(|_| RowError::new(name, json, "a JSON array"))?;
        Ok(items.into_iter().map(RawValue::get).filter(|json| *json != "null").collect())
    }

    /// The texts of an array; a single text is an array of one, blanks are left out.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, RowError> {
        let mut texts = Vec::new();
        for json in self.items(name)? {
            let text = scalar(json).ok_or_else(|| RowError::new(name, json, "a list of texts"))?;
            if !text.trim().is_empty() {
                texts.push(text);
            }
        }
        Ok(texts)
    }

    /// The objects of an array, or a single one, one level deeper than `depth`.
    pub(crate) fn nested<T: FromMembers>(&self, name: &str, depth: usize) -> Result<Vec<T>, RowError> {
        self.items(name)?.into_iter().map(|json| T::from_json(json, depth + 1)).collect()
    }

    /// Members by none of these names: name and text, or JSON text when they are no scalar.
    pub(crate) fn others(&self, known: &[&str]) -> std::collections::BTreeMap<String, String> {
        let known: Vec<String> = known.iter().map(|name| plain(name)).collect();
        self.all
            .iter()
            .filter(|member| member.value.get() != "null" && !known.contains(&member.plain))
            .map(|member| {
                let text = scalar(member.value.get()).unwrap_or_else(|| member.value.get().to_owned());
                (member.name.clone(), text)
            })
            .collect()
    }
}

/// The text of a scalar, a number exactly as it is written.
fn scalar(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b'{' | b'[' | b'n' => None,
        _ => Some(json.to_owned()),
    }
}

/// What is wrong, without a piece of the input.
fn reason(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Syntax => "it is not JSON",
        serde_json::error::Category::Eof => "it ends early",
        _ => "it is something else",
    }
}

/// The JSON text of each item of a collection or of a bare array, its numbers untouched. `list` is
/// the member that holds them.
pub(crate) fn item_texts<'a>(body: &'a [u8], list: &str) -> Result<Vec<&'a str>, RowError> {
    let text = std::str::from_utf8(without_mark(body)).map_err(|_| RowError::new("", "", "text in UTF-8"))?.trim();
    if text.starts_with('[') {
        let items: Vec<&'a RawValue> =
            serde_json::from_str(text).map_err(|_| RowError::new("", text, "a JSON array"))?;
        return Ok(items.into_iter().map(RawValue::get).collect());
    }
    let members = Members::read(text)?;
    if members.find(list).is_none() {
        return Err(RowError::new(list, "", "a list"));
    }
    members.items(list)
}

/// Something that is read from the members of an object.
pub(crate) trait FromMembers: Sized {
    /// Reads it; `depth` is how deeply it is nested in others of its kind.
    fn from_members(members: &Members<'_>, depth: usize) -> Result<Self, RowError>;

    /// Reads it from its JSON text.
    fn from_json(json: &str, depth: usize) -> Result<Self, RowError> {
        if depth > DEEPEST {
            return Err(RowError::new("", json, format!("at most {DEEPEST} levels of nesting")));
        }
        Self::from_members(&Members::read(json)?, depth)
    }

    /// Reads an object from the bytes of an answer, with or without a mark.
    fn from_body(body: &[u8]) -> Result<Self, RowError> {
        let text = std::str::from_utf8(without_mark(body)).map_err(|_| RowError::new("", "", "UTF-8"))?;
        Self::from_json(text, 0)
    }

    /// Reads every item of a collection.
    fn all_from_body(body: &[u8]) -> Result<Vec<Self>, RowError> {
        let items = item_texts(body, "items")?;
        (1..).zip(items).map(|(number, item)| Self::from_json(item, 0).map_err(|error| error.at(number))).collect()
    }
}

impl Answer {
    /// The body as one object, numbers exact.
    pub(crate) fn exact<T: FromMembers>(&self) -> Result<T, Error> {
        T::from_body(&self.body).map_err(|error| self.unreadable(error.without_value()))
    }

    /// The body as a collection, numbers exact.
    pub(crate) fn exact_items<T: FromMembers>(&self) -> Result<Vec<T>, Error> {
        T::all_from_body(&self.body).map_err(|error| self.unreadable(error.without_value()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_loosely_and_numbers_stay_as_they_are_written() {
        let json = r#"{"PCToBCExchangeRate": 0.12345678901234567890, "unit_price":"1.10","none":null,"blank":" ",
            "list":["a",1,null,""],"one":"x","deep":{"a":1.10},"last":1,"Last":2}"#;
        let members = Members::read(json).expect("object");
        let rate = members.decimal("pcToBCExchangeRate").expect("decimal").expect("there");
        assert_eq!(rate.to_string(), "0.12345678901234567890");
        assert_eq!(members.text("UnitPrice").expect("text").as_deref(), Some("1.10"));
        assert_eq!(members.text("none").expect("none"), None);
        assert_eq!(members.text("blank").expect("none"), None);
        assert_eq!(members.texts("list").expect("texts"), ["a", "1"]);
        assert_eq!(members.texts("one").expect("texts"), ["x"]);
        assert_eq!(members.count("last").expect("count"), Some(2));
        assert!(members.text("deep").is_err() && members.decimal("one").is_err() && members.flag("one").is_err());
        let others = members.others(&["pcToBCExchangeRate", "unitPrice", "blank", "list", "one", "last"]);
        assert_eq!(others.into_iter().collect::<Vec<_>>(), [("deep".to_owned(), r#"{"a":1.10}"#.to_owned())]);
    }

    #[test]
    fn what_is_no_object_is_said_to_be_none() {
        for json in ["", "[]", "1", "{", "{}x", "{\"a\"}", "null"] {
            assert!(Members::read(json).is_err(), "{json}");
        }
        assert_eq!(item_texts(b"\xEF\xBB\xBF{\"Items\":[1.10]}", "items").expect("items"), ["1.10"]);
        assert_eq!(item_texts(b" [1]", "items").expect("items").len(), 1);
        assert!(item_texts(b"{\"items\":null}", "items").expect("none").is_empty());
        for body in [&b"{\"items\""[..], b"", b"<html>", b"\xff", b"3", b"{}"] {
            assert!(item_texts(body, "items").is_err());
        }
    }
}
