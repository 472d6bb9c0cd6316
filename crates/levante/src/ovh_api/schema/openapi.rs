//! The same as OpenAPI 3.1, which other tools read. What OpenAPI has no word for stands in `x-ovh-*`.

use super::{
    Body, Field, Kind, Model, Shape, Stage,
    documents::{models, operation_id, refusals, section},
    links, path_value,
};
use crate::ovh_api::{
    routing::{Access, Route},
    token,
};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The headers of a signature, and how they are named in the document.
const SIGNATURE: [(&str, &str, &str); 4] = [
    ("ovhApplication", "X-Ovh-Application", "The application key"),
    ("ovhConsumer", "X-Ovh-Consumer", "The consumer key"),
    ("ovhTimestamp", "X-Ovh-Timestamp", "The time of GET /auth/time, in seconds"),
    (
        "ovhSignature",
        "X-Ovh-Signature",
        "\"$1$\" and the SHA-1, in hexadecimal digits, of secret+consumerKey+METHOD+url+body+timestamp joined by +",
    ),
];

/// The document of some routes.
pub(super) fn document(routes: &[&'static Route], origin: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in routes {
        let path = paths.entry(route.template).or_insert_with(|| json!({}));
        path[route.method.to_lowercase()] = operation(route, routes);
    }
    let sections: BTreeSet<&str> = routes.iter().filter_map(|r| section(r.template)).collect();
    let tags: Vec<Value> = sections.iter().map(|s| json!({ "name": s.trim_start_matches('/') })).collect();
    let mut schemas: Map<String, Value> = models(routes).values().map(|m| (m.name.to_owned(), component(m))).collect();
    schemas.insert("Error".to_owned(), error());
    let answers: BTreeMap<String, Value> = routes
        .iter()
        .flat_map(|r| refusals(r))
        .map(|r| {
            let reason = axum::http::StatusCode::from_u16(r.status).ok().and_then(|s| s.canonical_reason());
            let reason = reason.unwrap_or_default();
            let example = json!({
                "class": r.class, "message": r.message, "errorCode": r.code,
                "httpCode": format!("{} {reason}", r.status), "details": {},
            });
            let content = json!({
                "application/json": { "schema": { "$ref": "#/components/schemas/Error" }, "example": example },
            });
            (format!("E{}", r.status), json!({ "description": reason, "headers": query_id(), "content": content }))
        })
        .collect();
    let mut schemes: Map<String, Value> = SIGNATURE
        .iter()
        .map(|(name, header, text)| {
            ((*name).to_owned(), json!({ "type": "apiKey", "in": "header", "name": header, "description": text }))
        })
        .collect();
    schemes.insert("oauth2".to_owned(), oauth2(origin));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "OVHcloud-compatible API", "version": "1.0",
            "description": "Microsoft 365 tenants, their licences and orders, as OVHcloud's clients ask for them.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": format!("{origin}/1.0") }, { "url": format!("{origin}/v1") }],
        "tags": tags,
        "paths": paths,
        "components": { "schemas": schemas, "responses": answers, "securitySchemes": schemes },
    })
}

/// A service account's way: rights come from policies, so there is one scope.
fn oauth2(origin: &str) -> Value {
    let flow = json!({
        "tokenUrl": format!("{origin}{}", token::PATH),
        "scopes": { "all": "Whatever the policies of the service account allow" },
    });
    json!({
        "type": "oauth2", "description": "A service account (/me/api/oauth2/client)",
        "flows": { "clientCredentials": flow },
    })
}

fn query_id() -> Value {
    json!({ "X-Ovh-QueryID": { "description": "The number of the call", "schema": { "type": "string" } } })
}

fn error() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object", "description": "Why a call was refused",
        "required": ["class", "message", "errorCode", "httpCode", "details"],
        "properties": {
            "class": text, "message": text, "errorCode": text, "httpCode": text,
            "details": { "type": "object", "additionalProperties": text },
        },
    })
}

fn operation(route: &Route, routes: &[&'static Route]) -> Value {
    let tag = section(route.template).unwrap_or_default().trim_start_matches('/');
    let mut good = json!({ "description": route.summary, "headers": query_id() });
    good["content"]["application/json"] =
        json!({ "schema": answer(&route.answer), "example": sample(&route.answer, "") });
    let links = links::of(route, routes);
    if !links.is_empty() {
        good["links"] = links.into();
    }
    let mut responses = Map::from_iter([("200".to_owned(), good)]);
    for refused in refusals(route) {
        let reference = format!("#/components/responses/E{}", refused.status);
        responses.insert(refused.status.to_string(), json!({ "$ref": reference }));
    }
    let (stage, _) = route.stage.words();
    let mut json = json!({
        "operationId": operation_id(route), "tags": [tag], "summary": route.summary,
        "parameters": parameters(route), "responses": responses, "security": security(route.access),
        "x-ovh-api-status": stage, "x-ovh-response-type": route.answer.to_string(),
    });
    if let Some(body) = body(route) {
        json["requestBody"] = body;
    }
    if let Stage::Deprecated { since, until } = route.stage {
        json["deprecated"] = true.into();
        json["x-ovh-deprecated-date"] = since.into();
        json["x-ovh-deletion-date"] = until.into();
    }
    if let Some(action) = route.action_name() {
        json["x-ovh-iam-actions"] = json!([action]);
    }
    // With these headers the answer has another form (contracts/ovh-api.md §1.4).
    if route.objects.is_some() {
        json["x-ovh-pagination"] = "CachedObjectList-Pages".into();
    }
    if route.method == "GET" && route.values().next().is_some() {
        json["x-ovh-batch"] = true.into();
    }
    json
}

fn security(access: Access) -> Value {
    let signed: Map<String, Value> = SIGNATURE.iter().map(|(name, ..)| ((*name).to_owned(), json!([]))).collect();
    match access {
        Access::Open => json!([]),
        Access::Application => json!([{ "ovhApplication": [] }]),
        Access::Either => json!([{}, signed, { "oauth2": ["all"] }]),
        Access::Signed => json!([signed, { "oauth2": ["all"] }]),
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let one = |field: &Field, place: &str| {
        let mut json = json!({
            "name": field.name, "in": place, "required": field.required, "description": field.text,
            "x-ovh-type": field.kind.to_string(),
        });
        let mut schema = sent(&field.kind);
        // What may be left out may also be sent empty, or as the word null (contracts/ovh-api.md §1.2).
        let may_be_empty = place == "query" && !field.required;
        if may_be_empty {
            schema = or_null(schema);
        }
        match field.kind {
            // An object inside a query is JSON text.
            Kind::Map(_) => json["content"]["application/json"]["schema"] = schema,
            _ => {
                if may_be_empty {
                    json["allowEmptyValue"] = true.into();
                }
                json["schema"] = schema;
                json["example"] = sample(&field.kind, field.sample);
            }
        }
        json
    };
    let header = |name: &str, text: &str, schema: Value| json!({ "name": name, "in": "header", "required": false, "description": text, "schema": schema });
    let values = route.values().map(|name| one(&path_value(name), "path"));
    let mut all: Vec<Value> = values.chain(route.query.iter().map(|field| one(field, "query"))).collect();
    if route.cursor {
        let size = json!({ "type": "integer", "minimum": 1, "maximum": 1000 });
        all.push(header("X-Pagination-Size", "How many elements at most", size));
        let text = "X-Pagination-Cursor-Next of the answer before; absent there: it was the last piece";
        all.push(header("X-Pagination-Cursor", text, json!({ "type": "string", "pattern": "^([0-9a-fA-F]{2})+$" })));
    }
    if route.method != "GET" && route.access == Access::Signed {
        all.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "A repetition with the same key and body gets the first answer and does nothing twice",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$" },
        }));
    }
    all
}

fn body(route: &Route) -> Option<Value> {
    let fields: Vec<&Field> = route.body.fields().collect();
    if let Body::None = route.body {
        return None;
    }
    let example: Map<String, Value> = fields
        .iter()
        .filter(|f| !f.read_only && f.offered && (f.required || !f.sample.is_empty()))
        .map(|f| (f.name.to_owned(), sample(&f.kind, f.sample)))
        .collect();
    let mut json = json!({ "required": fields.iter().any(|f| f.required) });
    let mut schema = request(&fields);
    // Nothing and null stand for an empty object.
    if !fields.iter().any(|f| f.required) {
        schema = or_null(schema);
    }
    json["content"]["application/json"] = json!({ "schema": schema, "example": example });
    if let Some(model) = route.body.whole() {
        json["x-ovh-type"] = model.name.into();
    }
    Some(json)
}

/// An object as a request may send it. Optional fields may be null; those that cannot be set may have any
/// value, which is ignored.
fn request(fields: &[&Field]) -> Value {
    let required: Vec<&str> = fields.iter().filter(|f| f.required).map(|f| f.name).collect();
    let property = |field: &&Field| {
        let mut schema = match (field.read_only, field.offered) {
            (true, _) => json!({ "description": format!("{} (ignored)", field.text) }),
            (false, false) => json!({ "type": "null", "description": field.text }),
            (false, true) => {
                let mut schema = sent(&field.kind);
                if !field.required {
                    schema = or_null(schema);
                }
                schema["description"] = field.text.into();
                schema
            }
        };
        schema["x-ovh-type"] = field.kind.to_string().into();
        (field.name.to_owned(), schema)
    };
    let properties: Map<String, Value> = fields.iter().map(property).collect();
    let mut json = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if !required.is_empty() {
        json["required"] = required.into();
    }
    json
}

/// A type inside a request.
fn sent(kind: &Kind) -> Value {
    match kind {
        Kind::List(of) => json!({ "type": "array", "items": sent(of) }),
        Kind::Map(of) => json!({ "type": "object", "additionalProperties": sent(of) }),
        Kind::Of(model) if model.words().is_none() => request(&model.fields().collect::<Vec<_>>()),
        other => answer(other),
    }
}

/// A type inside an answer.
fn answer(kind: &Kind) -> Value {
    let text = |format: &str| json!({ "type": "string", "format": format });
    match kind {
        Kind::Void => json!({ "type": "null" }),
        Kind::String | Kind::Text | Kind::PhoneNumber | Kind::IpBlock => json!({ "type": "string" }),
        Kind::Password => text("password"),
        Kind::Date => text("date"),
        Kind::Datetime => text("date-time"),
        Kind::Duration => text("duration"),
        Kind::Uuid => text("uuid"),
        Kind::Long => json!({ "type": "integer", "format": "int64" }),
        Kind::Double => json!({ "type": "number", "format": "double" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Of(model) => json!({ "$ref": format!("#/components/schemas/{}", model.name) }),
        Kind::List(of) => json!({ "type": "array", "items": answer(of) }),
        Kind::Map(of) => json!({ "type": "object", "additionalProperties": answer(of) }),
    }
}

fn or_null(mut schema: Value) -> Value {
    match schema.get("type").cloned() {
        Some(kind @ Value::String(_)) => {
            schema["type"] = json!([kind, "null"]);
            schema
        }
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

/// A model as answers show it: every key is always there.
fn component(model: &Model) -> Value {
    match model.shape {
        Shape::OneOf(words) => json!({ "type": "string", "description": model.text, "enum": words }),
        Shape::Object(..) => {
            let property = |field: &Field| {
                let mut schema = answer(&field.kind);
                if field.nullable {
                    schema = or_null(schema);
                }
                schema["description"] = field.text.into();
                schema["x-ovh-type"] = field.kind.to_string().into();
                if field.read_only {
                    schema["readOnly"] = true.into();
                }
                (field.name.to_owned(), schema)
            };
            json!({
                "type": "object", "description": model.text,
                "properties": model.fields().map(property).collect::<Map<_, _>>(),
                "required": model.fields().map(|f| f.name).collect::<Vec<_>>(),
            })
        }
    }
}

/// An example of a type.
fn sample(kind: &Kind, text: &str) -> Value {
    let or = |other: &str| Value::from(if text.is_empty() { other } else { text });
    match kind {
        Kind::Void => Value::Null,
        Kind::String | Kind::Text | Kind::Password | Kind::PhoneNumber => text.into(),
        Kind::Long => text.parse::<i64>().unwrap_or(1).into(),
        Kind::Double => text.parse::<f64>().unwrap_or(1.0).into(),
        Kind::Boolean => (text == "true").into(),
        Kind::Date => or("2026-03-05"),
        Kind::Datetime => or("2026-03-05T09:30:00+00:00"),
        Kind::Duration => or("P1M"),
        Kind::IpBlock => or("192.0.2.0/24"),
        Kind::Uuid => or("0190a0b0-0000-7000-8000-000000000001"),
        Kind::List(of) => json!([sample(of, text)]),
        Kind::Map(_) => json!({}),
        Kind::Of(Model { shape: Shape::OneOf(words), .. }) => or(words.first().copied().unwrap_or_default()),
        Kind::Of(model) => model.fields().map(|f| (f.name.to_owned(), example_of(f))).collect::<Map<_, _>>().into(),
    }
}

fn example_of(field: &Field) -> Value {
    let text = matches!(field.kind, Kind::String | Kind::Text | Kind::PhoneNumber | Kind::Password);
    match field.nullable && field.sample.is_empty() && (text || !field.offered) {
        true => Value::Null,
        false => sample(&field.kind, field.sample),
    }
}
