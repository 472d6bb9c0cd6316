//! The common shape of requests and answers: errors, envelopes, case-insensitive members, dates.
//!
//! Contract sections 1, 2 and 4. Nothing here decides anything about business.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

/// What a handler returns.
pub(crate) type Answer = Result<Response, Refusal>;

/// A refusal as Partner Center words it (contract 2.1).
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    body: Value,
    challenge: Option<String>,
}

impl Refusal {
    /// The usual body: code, description, source.
    pub(crate) fn new(status: u16, code: u64, description: impl Into<String>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body: json!({"code": code, "description": description.into(), "source": "PartnerFD"}),
            challenge: None,
        }
    }

    /// The body of the customer service: message, error name, retry hint.
    pub(crate) fn customer_service(status: u16, code: u64, name: &str, message: &str) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body: json!({"code": code, "message": message, "description": message, "errorName": name,
                "isRetryable": false, "parameters": {}, "errorMessageExtended": format!("InternalErrorCode={code}")}),
            challenge: None,
        }
    }

    pub(crate) fn source(mut self, source: &str) -> Self {
        self.body["source"] = json!(source);
        self
    }

    pub(crate) fn with(mut self, detail: impl Into<Value>) -> Self {
        match self.body.get_mut("data").and_then(Value::as_array_mut) {
            Some(list) => list.push(detail.into()),
            None => self.body["data"] = json!([detail.into()]),
        }
        self
    }

    /// Tells in `WWW-Authenticate` how to come in.
    pub(crate) fn challenge(mut self, challenge: String) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The resource wants a signed-in user (contract 6, column U).
    pub(crate) fn application_only() -> Self {
        Self::new(403, 900_329, "This resource does not accept application-only tokens.")
    }

    pub(crate) fn invalid(description: impl Into<String>) -> Self {
        Self::new(400, 800_002, description)
    }

    /// "Invalid property", naming it.
    pub(crate) fn property(name: &str, rule: &str) -> Self {
        Self::new(400, 3000, format!("Property {name} is not valid: {rule}.")).with(name)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, 1000, "The resource was not found.")
    }

    pub(crate) fn unexpected() -> Self {
        Self::new(500, 800_003, "An unexpected error occurred.")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = send(self.status.as_u16(), &self.body);
        if let Some(challenge) = self.challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// A JSON answer.
pub(crate) fn send(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, "application/json; charset=utf-8")], body.to_string()).into_response()
}

pub(crate) fn ok(body: &Value) -> Answer {
    Ok(send(200, body))
}

pub(crate) fn created(body: &Value) -> Answer {
    Ok(send(201, body))
}

pub(crate) fn empty(status: u16) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// The collection envelope with a self link and, when there is more, the next page's token.
pub(crate) fn collection(items: Vec<Value>, path: &str, next: Option<String>) -> Value {
    let mut body = json!({"totalCount": items.len(), "items": items,
        "links": {"self": link(path)}, "attributes": {"objectType": "Collection"}});
    if let Some(token) = next {
        let mark = if path.contains('?') { '&' } else { '?' };
        body["links"]["next"] = json!({"uri": format!("{path}{mark}seekOperation=Next"), "method": "GET",
            "headers": [{"key": "MS-ContinuationToken", "value": token}]});
        body["continuationToken"] = json!(token);
    }
    body
}

pub(crate) fn link(uri: &str) -> Value {
    json!({"uri": uri, "method": "GET", "headers": []})
}

/// Seven fractional digits, as most dates of Partner Center.
pub(crate) fn stamp(at: Timestamp) -> String {
    format!("{at:.7}")
}

/// A date-time without any zone, as some older answers carry it.
pub(crate) fn zoneless(at: Timestamp) -> String {
    let civil = at.to_zoned(TimeZone::UTC).datetime();
    format!("{civil:.0}")
}

/// A day as a date-time at midnight.
pub(crate) fn day(date: Date) -> String {
    format!("{date}T00:00:00Z")
}

pub(crate) fn date_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The first instant of a day, UTC.
pub(crate) fn midnight(date: Date) -> Timestamp {
    date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// A lower-case GUID or nothing.
pub(crate) fn guid(text: &str) -> Option<String> {
    (text.len() == 36).then(|| uuid::Uuid::try_parse(text).ok()).flatten().map(|id| id.to_string())
}

/// Lower case without `_`, `-` and blanks: how enum words are compared (contract 1.4).
pub(crate) fn folded(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Case-insensitive reading of a JSON object; `null` reads as absent.
#[derive(Clone, Copy)]
pub(crate) struct Members<'a>(pub(crate) &'a Value);

impl<'a> Members<'a> {
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        let object = self.0.as_object()?;
        object
            .get(name)
            .or_else(|| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
            .filter(|value| !value.is_null())
    }

    pub(crate) fn object(self, name: &str) -> Members<'a> {
        Members(self.get(name).unwrap_or(&Value::Null))
    }

    pub(crate) fn is_absent(self) -> bool {
        !self.0.is_object()
    }

    /// Trimmed text, absent when empty or of another type.
    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    pub(crate) fn owned(self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    pub(crate) fn flag(self, name: &str) -> Option<bool> {
        self.get(name).and_then(Value::as_bool)
    }

    pub(crate) fn list(self, name: &str) -> &'a [Value] {
        self.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A whole number; a fraction or a number as text is refused.
    pub(crate) fn whole(self, name: &str) -> Result<Option<i64>, Refusal> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_i64()
                .filter(|number| number.abs() <= 1_000_000_000)
                .map(Some)
                .ok_or_else(|| Refusal::invalid(format!("{name} must be a whole number."))),
        }
    }
}

/// A JSON request body of at most 1 MiB, a byte-order mark tolerated.
pub(crate) struct JsonBody(pub(crate) Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| Refusal::invalid("The body is too large or was cut off."))?;
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        serde_json::from_slice(text)
            .ok()
            .filter(Value::is_object)
            .map(JsonBody)
            .ok_or_else(|| Refusal::invalid("The body is not a JSON object."))
    }
}

/// Who calls, with which ids, parameters and conditions; made by the gate of `server.rs`.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) request_id: String,
    pub(crate) correlation_id: String,
    /// Whether the caller sent both ids itself.
    pub(crate) ids_given: bool,
    /// The token stands for a signed-in user.
    pub(crate) user: bool,
    /// Method and path, without query: part of the key of idempotency.
    pub(crate) target: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) if_match: Option<String>,
    pub(crate) continuation: Option<String>,
}

impl Call {
    /// A query parameter, its name in any case; empty reads as absent.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The token of the page asked for; none for the first one.
    pub(crate) fn page_token(&self) -> Option<&str> {
        let first = self.parameter("seekOperation").is_some_and(|word| word.eq_ignore_ascii_case("first"));
        self.continuation.as_deref().filter(|_| !first)
    }

    /// A path with the parameters of this request, so that the next page is a page of the same list.
    pub(crate) fn with_query(&self, path: &str) -> String {
        let pairs: Vec<String> = self
            .query
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("seekOperation"))
            .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
            .collect();
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    }

    /// Refuses an application-only token (contract 6, column U).
    pub(crate) fn needs_user(&self) -> Result<(), Refusal> {
        if self.user { Ok(()) } else { Err(Refusal::application_only()) }
    }

    /// Page size: absent or 0 gives the default, above the maximum is refused.
    pub(crate) fn size(&self, default: usize, max: usize) -> Result<usize, Refusal> {
        match self.parameter("size").map(str::parse::<usize>) {
            None | Some(Ok(0)) => Ok(default),
            Some(Ok(size)) if size <= max => Ok(size),
            _ => Err(Refusal::invalid(format!("size must be 0 to {max}."))),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get::<Call>().cloned().ok_or_else(Refusal::unexpected)
    }
}

/// A header's text when it is short and printable.
pub(crate) fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::trim)
        .filter(|text| !text.is_empty() && text.len() <= 4096)
        .map(str::to_owned)
}

/// Decodes `a=b&c=d` with percent and plus escapes, in order.
pub(crate) fn form_pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .take(200)
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (unescape(key), unescape(value))
        })
        .collect()
}

/// Percent escapes of everything but unreserved characters.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex::encode_upper([byte]));
        }
    }
    out
}

fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped =
            (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten().and_then(|pair| hex::decode(pair).ok());
        match escaped {
            Some(byte) => {
                out.extend(byte);
                at += 3;
            }
            None => {
                out.push(if bytes[at] == b'+' { b' ' } else { bytes[at] });
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_members_in_any_case_and_refuses_fractions() {
        let value = json!({"CompanyProfile": {"DOMAIN": " a.onmicrosoft.com "}, "quantity": 1.5, "n": null});
        let members = Members(&value);
        let profile = members.object("companyProfile");
        assert_eq!(profile.text("domain"), Some("a.onmicrosoft.com"));
        assert!(members.whole("quantity").is_err());
        assert!(members.get("n").is_none());
    }

    #[test]
    fn decodes_forms() {
        assert_eq!(
            form_pairs("a=%7B%22x%22%3A1%7D&b=c+d&e=%zz"),
            [("a", "{\"x\":1}"), ("b", "c d"), ("e", "%zz")].map(|(k, v)| (k.to_owned(), v.to_owned()))
        );
    }

    #[test]
    fn writes_the_shapes_of_dates() {
        let at: Timestamp = "2026-03-04T10:11:12.1234567Z".parse().unwrap();
        assert_eq!(stamp(at), "2026-03-04T10:11:12.1234567Z");
        assert_eq!(zoneless(at), "2026-03-04T10:11:12");
        assert_eq!(midnight(date_of(at)).to_string(), "2026-03-04T00:00:00Z");
    }
}
