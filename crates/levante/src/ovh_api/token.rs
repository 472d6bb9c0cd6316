//! The token endpoint of OAuth2: `/auth/oauth2/token` (contracts/ovh-api.md §3, RFC 6749 §2.3, §4.4, §5.2).
//!
//! The one door whose errors have another form: `{"error", "error_description"}`.

use super::{Door, caller::Arrived, limits::Payer};
use crate::operations::service_accounts::TOKEN_LASTS;
use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, FromRequest, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// Where it is, on the origin of the API.
pub(crate) const PATH: &str = "/auth/oauth2/token";
/// Largest body, in bytes.
const LARGEST_BODY: usize = 8 * 1024;
const BODY_WITHIN: Duration = Duration::from_secs(10);
const FORM: &str = "application/x-www-form-urlencoded";

struct Refused {
    status: StatusCode,
    error: &'static str,
    text: String,
    header: Option<(header::HeaderName, String)>,
}

impl Refused {
    fn new(error: &'static str, text: impl Into<String>) -> Refused {
        Refused { status: StatusCode::BAD_REQUEST, error, text: text.into(), header: None }
    }

    fn client(by_header: bool) -> Refused {
        let challenge = (header::WWW_AUTHENTICATE, "Basic realm=\"oauth2\", charset=\"UTF-8\"".to_owned());
        Refused {
            status: StatusCode::UNAUTHORIZED,
            header: by_header.then_some(challenge),
            ..Refused::new("invalid_client", "The client id or the client secret is wrong, or neither was sent")
        }
    }
}

/// Answers one call, whatever it is.
pub(crate) async fn answer(State(door): State<Arc<Door>>, request: Request) -> Response {
    let query_id = door.query_id();
    let (status, body, extra) = match token(&door, request).await {
        Ok(body) => (StatusCode::OK, body, None),
        Err(refused) => {
            let body = json!({ "error": refused.error, "error_description": refused.text });
            (refused.status, body, refused.header)
        }
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(super::JSON));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert("x-ovh-queryid", HeaderValue::from_str(&query_id).unwrap_or(HeaderValue::from_static("unknown")));
    if let Some((name, value)) = extra
        && let Ok(value) = HeaderValue::from_str(&value)
    {
        headers.insert(name, value);
    }
    response
}

async fn token(door: &Door, request: Request) -> Result<Value, Refused> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let (parts, body) = request.into_parts();
    let arrived = Arrived { headers: &parts.headers, method: parts.method.as_str(), target: PATH, peer };
    let payer = Payer::of_address(arrived.address(door));
    if let Err(refusal) = door.limits.charge(&payer, 1) {
        let wait = refusal.retry_after().unwrap_or_default().to_owned();
        return Err(Refused {
            status: StatusCode::TOO_MANY_REQUESTS,
            header: Some((header::RETRY_AFTER, wait.clone())),
            ..Refused::new("temporarily_unavailable", format!("Too many calls; the next one is possible in {wait} s"))
        });
    }
    if parts.method != axum::http::Method::POST {
        return Err(Refused {
            status: StatusCode::METHOD_NOT_ALLOWED,
            header: Some((header::ALLOW, "POST".to_owned())),
            ..Refused::new("invalid_request", "A token is asked for with POST")
        });
    }
    let fields = form(&parts.headers, body).await?;
    let one = |name: &str| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    if let Some((name, _)) =
        fields.iter().enumerate().find(|(at, (name, _))| fields[..*at].iter().any(|(n, _)| n == name)).map(|(_, f)| f)
    {
        let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
        return Err(Refused::new("invalid_request", format!("The parameter \"{name}\" is there twice")));
    }
    let (by_header, client, secret) = client(&parts.headers, one("client_id"), one("client_secret"))?;
    match one("grant_type") {
        Some("client_credentials") => {}
        None | Some("") => return Err(Refused::new("invalid_request", "grant_type is required: client_credentials")),
        Some(_) => return Err(Refused::new("unsupported_grant_type", "Only client_credentials is offered")),
    }
    if one("scope").is_some_and(|scope| !matches!(scope, "" | "all")) {
        return Err(Refused::new("invalid_scope", "The scope is all: rights come from policies"));
    }
    // PostgreSQL takes no text with a NUL, and no client has one in its id.
    if client.contains('\0') {
        return Err(Refused::client(by_header));
    }
    match door.operations.new_access_token(&client, &secret).await {
        Ok(Some(token)) => Ok(json!({
            "access_token": token.expose_secret(), "token_type": "Bearer",
            "expires_in": TOKEN_LASTS.as_secs(), "scope": "all",
        })),
        Ok(None) => Err(Refused::client(by_header)),
        Err(problem) => {
            tracing::error!(error = %problem, "an access token could not be made");
            Err(Refused {
                status: StatusCode::SERVICE_UNAVAILABLE,
                header: Some((header::RETRY_AFTER, "5".to_owned())),
                ..Refused::new("temporarily_unavailable", "The service is not available at the moment; try again")
            })
        }
    }
}

async fn form(headers: &HeaderMap, body: Body) -> Result<Vec<(String, String)>, Refused> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(Refused::new("invalid_request", format!("The body must be {FORM}")));
    }
    let bytes = match tokio::time::timeout(BODY_WITHIN, to_bytes(body, LARGEST_BODY)).await {
        Ok(Ok(bytes)) => bytes,
        _ => {
            let text = format!("The body did not arrive, or is larger than {LARGEST_BODY} bytes");
            return Err(Refused::new("invalid_request", text));
        }
    };
    let unreadable = || Refused::new("invalid_request", "The body is not readable");
    let request = Request::post("/").header(header::CONTENT_TYPE, FORM).body(Body::from(bytes));
    let request = request.map_err(|_| unreadable())?;
    match axum::Form::<Vec<(String, String)>>::from_request(request, &()).await {
        Ok(axum::Form(fields)) => Ok(fields),
        Err(_) => Err(unreadable()),
    }
}

/// Client id and secret, from the header (then true) or from the body, and not from both.
fn client(
    headers: &HeaderMap,
    id: Option<&str>,
    secret: Option<&str>,
) -> Result<(bool, String, SecretString), Refused> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return match (id, secret) {
            (Some(id), Some(secret)) => Ok((false, id.to_owned(), SecretString::from(secret))),
            _ => Err(Refused::client(false)),
        };
    };
    let (id_of_header, secret_of_header) = basic(value).ok_or_else(|| Refused::client(true))?;
    if secret.is_some() || id.is_some_and(|id| id != id_of_header) {
        return Err(Refused::new("invalid_request", "Send the client's id and secret in the header or in the body"));
    }
    Ok((true, id_of_header, secret_of_header))
}

/// RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
fn basic(value: &HeaderValue) -> Option<(String, SecretString)> {
    let (scheme, encoded) = value.to_str().ok()?.split_once(' ')?;
    let bytes = STANDARD.decode(encoded.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let text = SecretString::from(String::from_utf8(bytes).ok()?);
    let (id, secret) = text.expose_secret().split_once(':')?;
    let plain = |part: &str| super::routing::decoded(&part.replace('+', " "));
    Some((plain(id), SecretString::from(plain(secret))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parts_of_basic_are_form_encoded() {
        let header = |text: &str| HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(text))).expect("a value");
        let read = |text: &str| basic(&header(text)).map(|(id, secret)| (id, secret.expose_secret().to_owned()));
        assert_eq!(read("a:b"), Some(("a".into(), "b".into())));
        assert_eq!(read("a%3Ab:c+d%2B:e"), Some(("a:b".into(), "c d+:e".into())));
        assert_eq!(read("nothing"), None);
        for value in ["Basic", "Basic ***", "Bearer YTpi", "basic /w=="] {
            assert!(basic(&HeaderValue::from_static(value)).is_none(), "{value}");
        }
    }
}
