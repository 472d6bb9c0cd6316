//! Several reads in one call: `X-Ovh-Batch` (contracts/ovh-api.md §1.4).

use super::{
    answer::{Outcome, Reply},
    caller::Arrived,
    problem::Refusal,
    routing::{Call, Route, SECOND_BRANCH},
};
use licensing::invalid::Rule;
use serde_json::Value;

/// Most elements of one call.
const MOST: usize = 100;
const HEADER: &str = "X-Ovh-Batch";

/// What separates the elements, where a call asks for a batch: a GET of a route with a value in its path.
pub(crate) fn wanted(arrived: &Arrived<'_>, route: &Route) -> Option<String> {
    let separator = arrived.headers.get(HEADER).and_then(|v| v.to_str().ok()).filter(|v| !v.is_empty())?;
    (route.method == "GET" && route.values().next().is_some()).then(|| separator.to_owned())
}

/// How many calls a batch stands for.
pub(crate) fn size(values: &[String], separator: &str) -> usize {
    values.last().map_or(1, |last| last.split(separator).take(MOST + 1).count())
}

/// An array with one `{key, value, error}` per element of the last value of the path, in their order. Each is
/// a call of its own: held to the access rules, and refused by itself.
///
/// 400 for more than [`MOST`] elements.
pub(crate) async fn answer(route: &Route, call: Call, separator: String, query_id: &str) -> Result<Reply, Refusal> {
    let last = route.values().count().saturating_sub(1);
    let keys: Vec<&str> = call.value(last).split(separator.as_str()).collect();
    if keys.len() > MOST {
        return Err(Refusal::invalid(HEADER, &keys.len().to_string(), Rule::TooManyLines { max: MOST }));
    }
    let mut text = String::from("[");
    for key in keys {
        if text.len() > 1 {
            text.push(',');
        }
        let (value, error) = match one(route, &call, last, key).await {
            Ok(answer) => (answer.text, "null".to_owned()),
            Err(refusal) => ("null".to_owned(), refusal.body(query_id).to_string()),
        };
        let key = Value::from(key);
        text.push_str(&format!("{{\"key\":{key},\"value\":{value},\"error\":{error}}}"));
    }
    text.push(']');
    Ok(Reply::json(text))
}

async fn one(route: &Route, call: &Call, last: usize, key: &str) -> Outcome {
    let call = call.with_last_value(key);
    if let Some(caller) = call.maybe_caller() {
        let path = path(route, &call, last);
        let paths: &[&str] = match path.strip_prefix(SECOND_BRANCH) {
            Some(short) => &[short, &path],
            None => &[&path],
        };
        caller.granted(&call.door, route.method, paths)?;
        caller.permitted(&call.door, route, call.values())?;
    }
    route.handle(call).await
}

/// The path of the element, as its own call would have it.
fn path(route: &Route, call: &Call, last: usize) -> String {
    let (mut path, mut at) = (String::new(), 0);
    for part in route.template[1..].split('/') {
        path.push('/');
        match part.starts_with('{') {
            true => {
                path.push_str(&escaped(call.value(at.min(last))));
                at += 1;
            }
            false => path.push_str(part),
        }
    }
    path
}

fn escaped(value: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~@:+,!$&'()*;=".contains(&b);
    let escape = |b: u8| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") };
    value.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_leave_its_part_of_the_path() {
        assert_eq!(escaped("contoso.onmicrosoft.com"), "contoso.onmicrosoft.com");
        assert_eq!(escaped("a/../b?c"), "a%2F..%2Fb%3Fc");
        assert_eq!(escaped("é"), "%C3%A9");
    }
}
