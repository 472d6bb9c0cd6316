//! What arrives against what its route declares: names and types of query and body
//! (contracts/ovh-api.md §1.3).
//!
//! Only what can be said without looking at anything is said here, so a foreign service answers as one that
//! does not exist. Whether a field must be there, and what its value means, is the handler's.

use super::{
    body::{self, Fields},
    problem::Refusal,
    routing::Route,
    schema::{Field, Kind, Model},
};
use licensing::invalid::{Invalid, Rule};
use serde_json::{Map, Value};

/// Checks a call's query and body.
///
/// 400 naming every parameter that is not declared; else 400 naming every value that has not the declared
/// type, is none of the declared words, or is not kept here.
pub(crate) fn check(route: &Route, query: &[(String, String)], body: &Fields) -> Result<(), Refusal> {
    let mut found = Found::default();
    let unknown = query.iter().filter(|(name, _)| !route.query.iter().any(|f| f.name == name));
    found.unknown.extend(unknown.map(|(name, _)| name.clone()));
    found.object("", body.all(), |name| route.body.fields().find(|f| f.name == name));
    if !found.unknown.is_empty() {
        let names: String = found.unknown.join(", ").chars().filter(|c| !c.is_control()).take(200).collect();
        let call = format!("{} {}", route.method, route.template);
        return Err(Refusal::bad(format!("Received not described parameters: ({names}) while calling {call}")));
    }
    let asked = query.iter().filter(|(_, value)| !value.is_empty() && value != "null");
    let wrong: Vec<Invalid> = asked
        .filter_map(|(name, value)| {
            let field = route.query.iter().find(|f| f.name == name)?;
            wrong_text(&field.kind, value).map(|rule| Invalid::new(name, value, rule))
        })
        .collect();
    match (wrong.is_empty(), found.wrong.is_empty()) {
        (false, _) => Err(Refusal::all_invalid(&wrong)),
        (true, false) => Err(body::refusal(&found.wrong)),
        (true, true) => Ok(()),
    }
}

/// What a text breaks as a value of a type; a list, map or date is read by its handler.
fn wrong_text(kind: &Kind, text: &str) -> Option<Rule> {
    match kind {
        _ if unstorable(text) => Some(Rule::NotText),
        Kind::Long if text.parse::<i64>().is_err() => Some(expected(kind)),
        Kind::Boolean if !["true", "false"].contains(&text) => Some(expected(kind)),
        Kind::Of(model) => wrong_word(model, text),
        _ => None,
    }
}

/// PostgreSQL takes no text with a NUL.
fn unstorable(text: &str) -> bool {
    text.contains('\0')
}

fn wrong_word(model: &Model, word: &str) -> Option<Rule> {
    let words = model.words()?;
    (!words.contains(&word)).then(|| Rule::OneOf { allowed: words.join(", ") })
}

fn expected(kind: &Kind) -> Rule {
    let expected = match kind {
        Kind::Long => "a whole number",
        Kind::Double => "a number",
        Kind::Boolean => "true or false",
        Kind::List(_) => "an array",
        Kind::Of(model) if model.words().is_none() => "an object",
        Kind::Map(_) => "an object",
        _ => "a string",
    };
    Rule::WrongType { expected: expected.to_owned() }
}

#[derive(Default)]
struct Found {
    unknown: Vec<String>,
    wrong: Vec<Invalid>,
}

impl Found {
    fn object(&mut self, at: &str, fields: &Map<String, Value>, declared: impl Fn(&str) -> Option<&'static Field>) {
        for (name, value) in fields {
            let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            match declared(name) {
                None => self.unknown.push(path),
                Some(field) if field.read_only || value.is_null() => {}
                Some(field) if !field.offered => {
                    self.wrong.push(Invalid::new(path, value.to_string(), Rule::NotOffered));
                }
                Some(field) => self.value(&path, &field.kind, value),
            }
        }
    }

    fn value(&mut self, at: &str, kind: &Kind, value: &Value) {
        match (kind, value) {
            (Kind::List(of), Value::Array(values)) => {
                for (n, one) in values.iter().enumerate() {
                    self.value(&format!("{at}[{n}]"), of, one);
                }
            }
            (Kind::Map(of), Value::Object(values)) => {
                for (name, one) in values {
                    if unstorable(name) {
                        self.wrong.push(Invalid::new(at, name, Rule::NotText));
                    }
                    self.value(&format!("{at}.{name}"), of, one);
                }
            }
            (Kind::Of(model), Value::String(word)) if model.words().is_some() => {
                if let Some(rule) = wrong_word(model, word) {
                    self.wrong.push(Invalid::new(at, word, rule));
                }
            }
            (Kind::Of(model), Value::Object(fields)) if model.words().is_none() => {
                self.object(at, fields, |name| model.field(name));
            }
            // Whether a number is whole is judged with the rules about it, as it was written.
            (Kind::Long | Kind::Double, Value::Number(_)) | (Kind::Boolean, Value::Bool(_)) => {}
            (Kind::Void | Kind::Long | Kind::Double | Kind::Boolean, _)
            | (Kind::List(_) | Kind::Map(_) | Kind::Of(_), _) => self.refuse(at, kind, value),
            (_, Value::String(text)) if unstorable(text) => self.wrong.push(Invalid::new(at, text, Rule::NotText)),
            (_, Value::String(_)) => {}
            (_, _) => self.refuse(at, kind, value),
        }
    }

    fn refuse(&mut self, at: &str, kind: &Kind, value: &Value) {
        // A password that is no text is one all the same.
        let shown = if matches!(kind, Kind::Password) { String::new() } else { value.to_string() };
        self.wrong.push(Invalid::new(at, shown, expected(kind)));
    }
}
