//! The index and OVHcloud's schema documents (contracts/ovh-api.md §4.1, §4.2), made from the table of routes.

use super::{Body, Field, Kind, Model, Shape, Stage, openapi, path_value, yaml};
use crate::ovh_api::{
    Door, JSON,
    answer::Reply,
    problem::Refusal,
    routing::{Access, Route, SECOND_BRANCH, Table},
};
use bytes::Bytes;
use licensing::invalid::Rule;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

/// Where a section begins, and what it is about. A route belongs to the longest one that its path begins with.
const SECTIONS: &[(&str, &str)] = &[
    ("/auth", "Keys, and who calls"),
    ("/levante", "What OVHcloud's API does not have"),
    ("/me", "The account"),
    ("/order", "Carts and orders"),
    ("/price", "Prices"),
    ("/saas/csp2", "Microsoft 365 tenants"),
    ("/service", "Services"),
    ("/services", "Services"),
    ("/v2/iam", "Rights"),
];

/// What a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    Json,
    Yaml,
}

/// A description of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Document {
    /// The list of sections of the first or, when true, of the second branch.
    Index(bool),
    /// One section.
    Section(&'static str, Format),
    /// Everything as OpenAPI.
    OpenApi(Format),
}

impl Document {
    /// The document that a path below its branch names.
    pub(crate) fn at(path: &str, second_branch: bool) -> Option<Document> {
        if matches!(path, "" | "/") {
            return Some(Document::Index(second_branch));
        }
        let (stem, format) = match path.rsplit_once('.')? {
            (stem, "json") => (stem, Format::Json),
            (stem, "yaml") => (stem, Format::Yaml),
            _ => return None,
        };
        // `/saas` is no section of OVHcloud's index; some generators ask for it all the same.
        let stem = if stem == "/saas" { "/saas/csp2" } else { stem };
        let whole = if second_branch { format!("{SECOND_BRANCH}{stem}") } else { stem.to_owned() };
        match whole.as_str() {
            "/openapi" => Some(Document::OpenApi(format)),
            _ => SECTIONS.iter().find(|(section, _)| *section == whole).map(|(s, _)| Document::Section(s, format)),
        }
    }
}

/// The documents as text. Each is written when it is first asked for, and shared by all answers: anybody may ask,
/// and who never reads an answer costs no memory.
pub(crate) struct Written(HashMap<(Document, bool), OnceLock<Bytes>>);

impl Written {
    /// None so far.
    pub(crate) fn nothing() -> Written {
        let formats = [Format::Json, Format::Yaml];
        let sections = SECTIONS.iter().flat_map(|(section, _)| formats.map(|f| Document::Section(section, f)));
        let others = [Document::Index(false), Document::Index(true)].into_iter().chain(formats.map(Document::OpenApi));
        let keys = sections.chain(others).flat_map(|document| [(document, false), (document, true)]);
        Written(keys.map(|key| (key, OnceLock::new())).collect())
    }

    fn text(&self, document: Document, openapi: bool, write: impl FnOnce() -> String) -> Bytes {
        match self.0.get(&(document, openapi)) {
            Some(text) => text.get_or_init(|| write().into()).clone(),
            None => write().into(),
        }
    }
}

/// The section of a path.
pub(super) fn section(template: &str) -> Option<&'static str> {
    let inside =
        |section: &str| template.strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    SECTIONS.iter().map(|(section, _)| *section).filter(|s| inside(s)).max_by_key(|s| s.len())
}

/// A document, written. `?format=openapi3` gives a section as OpenAPI.
///
/// 404 for a section that has no route; 400 for another query.
pub(crate) fn reply(door: &Door, document: Document, query: &[(String, String)]) -> Result<Reply, Refusal> {
    let known = |name: &str| name == "format" && matches!(document, Document::Section(..));
    if let Some((name, _)) = query.iter().find(|(name, _)| !known(name)) {
        let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
        return Err(Refusal::bad(format!("Received not described parameters: ({name}) while calling a schema")));
    }
    if let Some((name, value)) = query.iter().find(|(_, value)| value != "openapi3") {
        return Err(Refusal::invalid(name, value, Rule::OneOf { allowed: "openapi3".to_owned() }));
    }
    let (wanted, format) = match document {
        Document::Index(_) => (None, Format::Json),
        Document::OpenApi(format) => (None, format),
        Document::Section(section, format) => (Some(section), format),
    };
    let routes = routes(&door.routes, wanted);
    if routes.is_empty() {
        return Err(Refusal::no_route());
    }
    let origin = door.settings.public_urls.first().map_or("", String::as_str);
    let openapi = !query.is_empty();
    let text = door.documents.text(document, openapi, || {
        let value = match document {
            Document::Index(second) => index(&door.routes, origin, second),
            Document::Section(section, _) if !openapi => schema(section, &routes, origin),
            Document::Section(..) | Document::OpenApi(_) => openapi::document(&routes, origin),
        };
        match format {
            Format::Json => value.to_string(),
            Format::Yaml => yaml::document(&value),
        }
    });
    let media = match format {
        Format::Json => JSON,
        Format::Yaml => "application/yaml; charset=utf-8",
    };
    Ok(Reply { media, ..Reply::text(text) })
}

/// The routes of a section, or all, by path.
fn routes(table: &Table, wanted: Option<&str>) -> Vec<&'static Route> {
    let mut routes: Vec<&Route> =
        table.routes().filter(|r| wanted.is_none_or(|w| section(r.template) == Some(w))).collect();
    routes.sort_by_key(|r| r.template);
    routes
}

/// A path below its branch, the branch, and the branch's version.
fn split_branch(path: &str) -> (&str, &'static str, &'static str) {
    match path.strip_prefix(SECOND_BRANCH) {
        Some(rest) => (rest, "v2", "2.0"),
        None => (path, "1.0", "1.0"),
    }
}

fn index(table: &Table, origin: &str, second: bool) -> Value {
    let offered = SECTIONS.iter().filter(|(section, _)| section.starts_with(SECOND_BRANCH) == second);
    let offered = offered.filter(|(section, _)| !routes(table, Some(section)).is_empty());
    let entry = |(path, text): &(&str, &str)| json!({ "path": split_branch(path).0, "schema": "{path}.{format}", "format": ["json", "yaml"], "description": text });
    let branch = if second { "v2" } else { "1.0" };
    json!({ "apis": offered.map(entry).collect::<Vec<_>>(), "basePath": format!("{origin}/{branch}") })
}

/// OVHcloud's schema document of a section.
fn schema(section: &str, routes: &[&'static Route], origin: &str) -> Value {
    let mut paths: Vec<(&str, Vec<Value>)> = Vec::new();
    for route in routes {
        match paths.last_mut().filter(|(path, _)| *path == route.template) {
            Some((_, operations)) => operations.push(operation(route)),
            None => paths.push((route.template, vec![operation(route)])),
        }
    }
    let api = |(path, operations): &(&str, Vec<Value>)| {
        let (path, ..) = split_branch(path);
        json!({ "path": path, "description": format!("Operations on {path}"), "operations": operations })
    };
    let models = models(routes);
    let (section, branch, version) = split_branch(section);
    json!({
        "apiVersion": version, "resourcePath": section, "basePath": format!("{origin}/{branch}"),
        "apis": paths.iter().map(api).collect::<Vec<_>>(),
        "models": models.values().map(|m| (m.name.to_owned(), model(m))).collect::<Map<_, _>>(),
    })
}

fn operation(route: &Route) -> Value {
    let mut json = json!({
        "httpMethod": route.method, "operationId": operation_id(route), "apiStatus": status(route.stage),
        "description": route.summary, "parameters": parameters(route), "responseType": route.answer.to_string(),
        "noAuthentication": !matches!(route.access, Access::Signed), "resellerOnly": false,
        "errors": refusals(route).iter().map(|r| r.class).collect::<std::collections::BTreeSet<_>>(),
    });
    if let Some(action) = route.action_name() {
        json["iamActions"] = json!([{ "name": action, "required": route.access == Access::Signed }]);
    }
    json
}

fn status(stage: Stage) -> Value {
    let (value, description) = stage.words();
    let mut json = json!({ "value": value, "description": description });
    if let Stage::Deprecated { since, until } = stage {
        json["deprecatedDate"] = since.into();
        json["deletionDate"] = until.into();
    }
    json
}

fn parameters(route: &Route) -> Vec<Value> {
    let parameter = |field: &Field, place: &str| {
        let kind = field.kind.to_string();
        json!({
            "name": field.name, "dataType": kind, "fullType": kind, "paramType": place, "required": field.required,
            "description": field.text,
        })
    };
    let mut all: Vec<Value> = route.values().map(|name| parameter(&path_value(name), "path")).collect();
    all.extend(route.query.iter().map(|field| parameter(field, "query")));
    match route.body.whole() {
        None => all.extend(route.body.fields().map(|field| parameter(field, "body"))),
        // Generators know a whole object by its having no name.
        Some(model) => all.push(json!({
            "dataType": model.name, "fullType": model.name, "paramType": "body", "required": true,
            "description": model.text,
        })),
    }
    all
}

fn model(model: &Model) -> Value {
    let (namespace, id) = model.name.rsplit_once('.').unwrap_or(("", model.name));
    let mut json = json!({ "id": id, "namespace": namespace, "description": model.text });
    match model.shape {
        Shape::OneOf(words) => {
            json["enum"] = words.into();
            json["enumType"] = "string".into();
        }
        Shape::Object(..) => {
            let property = |field: &Field| {
                let kind = field.kind.to_string();
                let value = json!({
                    "type": kind, "fullType": kind, "canBeNull": field.nullable, "readOnly": field.read_only,
                    "required": field.required, "description": field.text,
                });
                (field.name.to_owned(), value)
            };
            json["properties"] = model.fields().map(property).collect::<Map<_, _>>().into();
        }
    }
    json
}

/// Every model that routes name, and every model that those name.
pub(super) fn models(routes: &[&'static Route]) -> BTreeMap<&'static str, &'static Model> {
    let mut found = BTreeMap::new();
    for route in routes {
        let values = route.values().map(|name| path_value(name).kind);
        let kinds = [route.answer].into_iter().chain(route.query.iter().map(|f| f.kind)).chain(values);
        let body = route.body.fields().filter_map(|f| f.kind.model()).chain(route.body.whole());
        for model in kinds.filter_map(|kind| Kind::model(&kind)).chain(body) {
            collect(model, &mut found);
        }
    }
    found
}

fn collect(model: &'static Model, found: &mut BTreeMap<&'static str, &'static Model>) {
    if found.insert(model.name, model).is_none() {
        model.fields().filter_map(|f| f.kind.model()).for_each(|inner| collect(inner, found));
    }
}

/// `getSaasCsp2ServiceNameTask`.
pub(super) fn operation_id(route: &Route) -> String {
    let parts = route.template.split(['/', '{', '}']).filter(|part| !part.is_empty());
    parts.fold(route.method.to_lowercase(), |mut id, part| {
        let mut letters = part.chars();
        id.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        id.extend(letters);
        id
    })
}

/// A refusal that a route may answer with.
pub(super) struct Expected {
    pub(super) status: u16,
    pub(super) class: &'static str,
    pub(super) code: &'static str,
    pub(super) message: &'static str,
}

/// What a route may be refused with (contracts/ovh-api.md §1.3).
pub(super) fn refusals(route: &Route) -> Vec<Expected> {
    let takes_body = !matches!(route.body, Body::None);
    [
        (true, 400, "Client::BadRequest", "BAD_REQUEST", "quantity: \"0\" must be at least 1"),
        (route.access != Access::Open, 401, "Client::Unauthorized", "UNAUTHORIZED", "You must login first"),
        (true, 403, "Client::Forbidden", "NOT_GRANTED_CALL", "This call has not been granted"),
        (route.values().next().is_some(), 404, "Client::NotFound", "NOT_FOUND", "This service does not exist"),
        (takes_body, 408, "Client::BadRequest", "REQUEST_TIMEOUT", "The body did not arrive"),
        (route.method != "GET", 409, "Client::Conflict", "CONFLICT", "Task 1005 is pending"),
        (takes_body, 413, "Client::BadRequest", "PAYLOAD_TOO_LARGE", "The body is too large: at most 262144 bytes"),
        (
            takes_body,
            415,
            "Client::BadRequest",
            "UNSUPPORTED_MEDIA_TYPE",
            "content-type: \"text/plain\" must be application/json",
        ),
        (true, 429, "Client::TooManyRequests", "TOO_MANY_REQUESTS", "Too many calls"),
        (true, 500, "Server::InternalServerError", "INTERNAL_SERVER_ERROR", "Internal server error"),
        (
            matches!(route.stage, Stage::Deprecated { .. }) || route.not_built,
            501,
            "Client::NotImplemented",
            "NOT_IMPLEMENTED",
            "This operation is not offered",
        ),
        (true, 503, "Server::ServiceUnavailable", "SERVICE_UNAVAILABLE", "The service is not available at the moment"),
    ]
    .into_iter()
    .filter(|(may, ..)| *may)
    .map(|(_, status, class, code, message)| Expected { status, class, code, message })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_route_is_described_and_every_list_of_objects_has_its_item() {
        let table = Table::new(true);
        let mut ids = HashSet::new();
        for route in table.routes() {
            let name = format!("{} {}", route.method, route.template);
            assert!(section(route.template).is_some(), "{name} is in no section");
            assert!(!route.summary.is_empty() && !route.summary.ends_with('.'), "{name}");
            assert!(ids.insert(operation_id(route)), "{name} shares its id");
            for value in route.values() {
                assert!(super::super::PATH_VALUES.iter().any(|f| f.name == value), "{name}: {value} is not declared");
            }
            for field in route.query.iter().chain(route.body.fields()) {
                assert!(!field.text.is_empty() && !field.text.ends_with('.'), "{name}: {}", field.name);
            }
            let objects = route.objects.is_some();
            assert!(!objects || table.item_model(route).is_some(), "{name} has no item route");
            assert!(route.method == "GET" || !objects, "{name}");
            assert!(route.method != "GET" || matches!(route.body, Body::None), "{name} has a body");
        }
    }

    #[test]
    fn a_model_has_one_name_and_every_field_its_own() {
        let table = Table::new(true);
        let all = routes(&table, None);
        let mut by_name: BTreeMap<&str, String> = BTreeMap::new();
        for route in &all {
            for (name, model) in models(&[*route]) {
                let shape = format!("{model:?}");
                assert_eq!(by_name.entry(name).or_insert_with(|| shape.clone()), &shape, "{name} is two models");
            }
        }
        for model in models(&all).values() {
            let mut names = HashSet::new();
            assert!(!model.text.is_empty() && !model.text.ends_with('.'), "{}", model.name);
            assert!(model.name.contains('.'), "{} has no namespace", model.name);
            for field in model.fields() {
                assert!(names.insert(field.name), "{}.{} is there twice", model.name, field.name);
                assert!(!field.text.is_empty() && !field.text.ends_with('.'), "{}.{}", model.name, field.name);
            }
        }
    }

    #[test]
    fn documents_have_their_addresses() {
        for (path, document) in [
            ("", Some(Document::Index(false))),
            ("/", Some(Document::Index(false))),
            ("/saas/csp2.json", Some(Document::Section("/saas/csp2", Format::Json))),
            ("/saas.yaml", Some(Document::Section("/saas/csp2", Format::Yaml))),
            ("/openapi.yaml", Some(Document::OpenApi(Format::Yaml))),
            ("/me.xml", None),
            ("/me", None),
            ("/saas/csp2/contoso.json", None),
        ] {
            assert_eq!(Document::at(path, false), document, "{path}");
        }
        assert_eq!(Document::at("", true), Some(Document::Index(true)));
        assert_eq!(Document::at("/iam.json", true), Some(Document::Section("/v2/iam", Format::Json)));
        assert_eq!(Document::at("/iam.json", false), None);
        assert_eq!(Document::at("/me.json", true), None);
        assert_eq!(section("/v2/iam/policy"), Some("/v2/iam"));
        assert_eq!(section("/services/7"), Some("/services"));
        assert_eq!(section("/mean"), None);
    }
}
