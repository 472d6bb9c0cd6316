//! How answers are damaged: bytes before them, halves, pages, words that nobody knows yet.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use crate::faults::FaultKind;

/// What the gateway shows when the service behind it does not answer.
const PAGE: &str = "<html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>";

/// The answer with its damage; empty bodies stay empty, but for the HTML page.
pub(crate) async fn spoil(response: Response, kind: FaultKind, path: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    // What was too large or cut off cannot be damaged any further.
    let bytes = to_bytes(body, 64 << 20).await.unwrap_or_default();
    if bytes.is_empty() && kind != FaultKind::Html {
        return Response::from_parts(parts, Body::from(bytes));
    }
    let spoilt: Vec<u8> = match kind {
        // Only JSON carries the mark; it would break a PDF or a compressed file.
        FaultKind::Bom | FaultKind::ContentType if !is_json(&parts.headers) => bytes.to_vec(),
        FaultKind::Bom => [b"\xEF\xBB\xBF".as_slice(), &bytes].concat(),
        FaultKind::Garbage => b"\x00\xFFnot json at all".to_vec(),
        FaultKind::Truncated => bytes[..bytes.len() / 2].to_vec(),
        FaultKind::UnknownEnum => rewritten(&bytes, estrange),
        FaultKind::DropNext => rewritten(&bytes, forget_next),
        FaultKind::TextCodes if parts.status.is_client_error() || parts.status.is_server_error() => {
            rewritten(&bytes, write_codes_as_text)
        }
        FaultKind::TextCodes => bytes.to_vec(),
        FaultKind::ContentType => {
            parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            bytes.to_vec()
        }
        FaultKind::Accepted => {
            if parts.status != StatusCode::OK {
                return Response::from_parts(parts, Body::from(bytes));
            }
            parts.status = StatusCode::ACCEPTED;
            parts.headers.remove(header::CONTENT_TYPE);
            locate(&mut parts.headers, path);
            Vec::new()
        }
        _ => {
            parts.status = StatusCode::BAD_GATEWAY;
            parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
            PAGE.as_bytes().to_vec()
        }
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(spoilt))
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

fn locate(headers: &mut HeaderMap, path: &str) {
    if let Ok(value) = HeaderValue::from_str(path.strip_prefix("/v1").unwrap_or(path)) {
        headers.insert(header::LOCATION, value);
    }
}

fn rewritten(bytes: &[u8], change: fn(&mut Value)) -> Vec<u8> {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            change(&mut value);
            value.to_string().into_bytes()
        }
        Err(_) => bytes.to_vec(),
    }
}

/// Replaces every state by a word that nobody knows yet.
fn estrange(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let state = matches!(name.as_str(), "status" | "vettingStatus" | "state" | "capabilityStatus");
                if state && member.is_string() {
                    *member = json!("notYetInvented");
                } else {
                    estrange(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(estrange),
        _ => {}
    }
}

/// The schema says text, the wire mostly says number.
fn write_codes_as_text(value: &mut Value) {
    if let Some(code) = value.get_mut("code").filter(|code| code.is_number()) {
        *code = json!(code.to_string());
    }
}

/// A list that ends too early and does not tell.
fn forget_next(value: &mut Value) {
    if let Some(members) = value.as_object_mut() {
        members.remove("continuationToken");
        members.remove("@nextLink");
        if let Some(links) = members.get_mut("links").and_then(Value::as_object_mut) {
            links.remove("next");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_words_replace_states_only() {
        let mut value = json!({"items": [{"status": "active", "id": "x", "state": 3}]});
        estrange(&mut value);
        assert_eq!(value, json!({"items": [{"status": "notYetInvented", "id": "x", "state": 3}]}));
    }

    #[test]
    fn a_forgotten_next_link_leaves_no_trace() {
        let mut value = json!({"items": [], "continuationToken": "x", "links": {"self": 1, "next": 2}});
        forget_next(&mut value);
        assert_eq!(value, json!({"items": [], "links": {"self": 1}}));
    }
}
