//! Where an answer leads (OpenAPI's Link Object): which calls can be made with the values that it names.
//!
//! Derived from the table of routes, like every other part of the document. A value of a path is known from the
//! path of the call itself, or from one place of its answer: the first id of a list, the id of the object that
//! was made, or a field that has the value's name.

use super::{Kind, Model, documents::operation_id};
use crate::ovh_api::routing::Route;
use serde_json::{Map, Value, json};

/// The links of a route's answer, by the operations that they lead to.
pub(super) fn of(route: &Route, routes: &[&'static Route]) -> Map<String, Value> {
    let others = routes.iter().filter(|to| to.method != route.method || to.template != route.template);
    others.filter_map(|to| Some((operation_id(to), link(route, to, routes)?))).collect()
}

/// How a call gets its values from an answer of another one; `None` where it cannot.
fn link(from: &Route, to: &Route, routes: &[&'static Route]) -> Option<Value> {
    let names: Vec<&str> = to.values().collect();
    let (last, others) = names.split_last()?;
    let of_path = |name: &str| from.values().any(|known| known == name);
    if !others.iter().all(|name| of_path(name)) {
        return None;
    }
    let last_value = match of_answer(from, to, last, routes) {
        Some(pointer) => format!("$response.body#{pointer}"),
        None if of_path(last) && below(from, to) => format!("$request.path.{last}"),
        None => return None,
    };
    let mut values: Map<String, Value> =
        others.iter().map(|name| ((*name).to_owned(), format!("$request.path.{name}").into())).collect();
    values.insert((*last).to_owned(), last_value.into());
    Some(json!({ "operationId": operation_id(to), "description": to.summary, "parameters": values }))
}

/// From an object that can be read to the calls on it and to what is directly below it.
fn below(from: &Route, to: &Route) -> bool {
    let rest = to.template.strip_prefix(from.template);
    from.method == "GET" && from.template.ends_with('}') && rest.is_some_and(|r| r.is_empty() || r.starts_with('/'))
}

/// Where the answer of a call names the last value of another call's path. Only calls on one object are led to,
/// not those below it: they follow from reading it.
fn of_answer(from: &Route, to: &Route, last: &str, routes: &[&'static Route]) -> Option<String> {
    let collection = to.template.strip_suffix(&format!("/{{{last}}}"))?;
    let item = routes.iter().find(|r| r.method == "GET" && r.template == to.template);
    let model = item.and_then(|r| r.answer.model());
    // Of two lists with objects of one kind, an object of one is none of the other.
    let other = |r: &&&Route| r.method == "GET" && r.template != to.template && r.template.ends_with('}');
    let twin =
        routes.iter().filter(other).any(|r| model.is_some_and(|m| r.answer.model().is_some_and(|o| o.name == m.name)));
    if twin && !from.template.starts_with(collection) {
        return None;
    }
    match from.answer {
        Kind::List(of) if from.method == "GET" && from.template == collection => match of {
            Kind::Of(model) => Some(format!("/0/{}", key(model, last)?)),
            _ => Some("/0".to_owned()),
        },
        Kind::Of(made) => {
            // What was just made may be named where a mere look at it has no number yet.
            let named = made.field(last).filter(|f| last != "id" && (!f.nullable || from.method == "POST"));
            let same = model.is_some_and(|model| model.name == made.name);
            let field = named.map(|f| f.name).or_else(|| key(made, last).filter(|_| same))?;
            Some(format!("/{field}"))
        }
        _ => None,
    }
}

/// The field by which an object is named in paths: the value's own name, or the end of it, such as `id` of `policyId`.
fn key(model: &Model, value: &str) -> Option<&'static str> {
    let lower = value.to_lowercase();
    let found = model.field(value).or_else(|| model.fields().find(|f| lower.ends_with(&f.name.to_lowercase())));
    found.filter(|f| !f.nullable).map(|f| f.name)
}
