//! How a refusal looks on the wire: every documented key on every error (contracts/ovh-api.md §1.3).
//! One exhaustive match turns a [`Problem`] into it.

use crate::operations::{Conflict, Problem};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use licensing::invalid::{Invalid, Rule};
use serde_json::{Map, Value, json};

/// A refusal, ready to be written.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    class: &'static str,
    code: &'static str,
    message: String,
    details: Vec<(String, String)>,
    /// `Allow`, `Retry-After` or `WWW-Authenticate`.
    header: Option<Box<(header::HeaderName, String)>>,
    /// For our log, never for the caller.
    inside: Option<String>,
}

impl Refusal {
    fn new(status: StatusCode, class: &'static str, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status, class, code, message: message.into(), details: Vec::new(), header: None, inside: None }
    }

    /// 400 with a sentence that names what is wrong.
    pub(crate) fn bad(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "Client::BadRequest", "BAD_REQUEST", message)
    }

    /// 400 for one wrong value.
    pub(crate) fn invalid(field: &str, value: &str, rule: Rule) -> Refusal {
        Refusal::all_invalid(&[Invalid::new(field, value, rule)])
    }

    /// 400 for everything that is wrong.
    pub(crate) fn all_invalid(wrong: &[Invalid]) -> Refusal {
        let message = wrong.iter().map(Invalid::to_string).collect::<Vec<_>>().join("; ");
        let mut refusal = Refusal::bad(message);
        refusal.details = wrong.iter().map(|e| (e.field.clone(), sentence(e))).collect();
        refusal
    }

    /// 400 `INVALID_SIGNATURE`.
    pub(crate) fn signature() -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "Client::BadRequest", "INVALID_SIGNATURE", "Invalid signature")
    }

    /// 400 `QUERY_TIME_OUT`.
    pub(crate) fn out_of_time() -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "Client::BadRequest", "QUERY_TIME_OUT", "Query out of time")
    }

    /// 401: the text that a client matches to start its login flow.
    pub(crate) fn not_signed_in() -> Refusal {
        Refusal::new(StatusCode::UNAUTHORIZED, "Client::Unauthorized", "UNAUTHORIZED", "You must login first")
    }

    /// 401: an access token that nobody holds, or not any more.
    pub(crate) fn token() -> Refusal {
        let message = "This access token is not valid or has expired; get another one from /auth/oauth2/token";
        let mut refusal = Refusal::new(StatusCode::UNAUTHORIZED, "Client::Unauthorized", "INVALID_TOKEN", message);
        let challenge = "Bearer error=\"invalid_token\"".to_owned();
        refusal.header = Some(Box::new((header::WWW_AUTHENTICATE, challenge)));
        refusal
    }

    /// 403: the caller's rights do not cover an action.
    pub(crate) fn not_permitted(action: &str) -> Refusal {
        let mut refusal = Refusal::forbidden("FORBIDDEN", "User not granted for this request");
        refusal.details = vec![
            ("unauthorizedActionsByAuthentication".to_owned(), String::new()),
            ("unauthorizedActionsByIAM".to_owned(), action.to_owned()),
        ];
        refusal
    }

    /// 429 with the seconds after which the next call is possible.
    pub(crate) fn too_many(per_minute: u32, wait_seconds: u64) -> Refusal {
        let wait = wait_seconds.max(1);
        let message = format!("Too many calls: at most {per_minute} in a minute; the next one is possible in {wait} s");
        let mut refusal =
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Client::TooManyRequests", "TOO_MANY_REQUESTS", message);
        refusal.header = Some(Box::new((header::RETRY_AFTER, wait.to_string())));
        refusal
    }

    /// 403 with one of the codes that drive clients.
    pub(crate) fn forbidden(code: &'static str, message: &str) -> Refusal {
        Refusal::new(StatusCode::FORBIDDEN, "Client::Forbidden", code, message)
    }

    /// 404 with its text.
    pub(crate) fn not_found(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "Client::NotFound", "NOT_FOUND", message)
    }

    /// 404 for an object of a service or account.
    pub(crate) fn no_object(id: &str) -> Refusal {
        Refusal::not_found(crate::operations::Missing::Object(id.chars().take(80).collect()).to_string())
    }

    /// 404: no such route.
    pub(crate) fn no_route() -> Refusal {
        Refusal::not_found("Got an invalid (or empty) URL")
    }

    /// 405 with the methods that there are.
    pub(crate) fn no_method(allowed: &[&str]) -> Refusal {
        let allowed = allowed.join(", ");
        let message = format!("This method is not available here; use {allowed}");
        let mut refusal =
            Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Client::BadRequest", "METHOD_NOT_ALLOWED", message);
        refusal.header = Some(Box::new((header::ALLOW, allowed)));
        refusal
    }

    /// 408: the body did not arrive in time.
    pub(crate) fn too_slow() -> Refusal {
        Refusal::new(StatusCode::REQUEST_TIMEOUT, "Client::BadRequest", "REQUEST_TIMEOUT", "The body did not arrive")
    }

    /// 409 with its text.
    pub(crate) fn conflict(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::CONFLICT, "Client::Conflict", "CONFLICT", message)
    }

    /// 413.
    pub(crate) fn too_large(most: usize) -> Refusal {
        let message = format!("The body is too large: at most {most} bytes");
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Client::BadRequest", "PAYLOAD_TOO_LARGE", message)
    }

    /// 415: a header says that the body is something else than we read.
    pub(crate) fn media(name: &str, value: &HeaderValue, wanted: &str) -> Refusal {
        let shown: String =
            String::from_utf8_lossy(value.as_bytes()).chars().filter(|c| !c.is_control()).take(80).collect();
        let message = format!("{name}: \"{shown}\" must be {wanted}");
        Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Client::BadRequest", "UNSUPPORTED_MEDIA_TYPE", message)
    }

    /// 501: known, and not offered; the message says what to do instead.
    pub(crate) fn not_offered(message: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::NOT_IMPLEMENTED, "Client::NotImplemented", "NOT_IMPLEMENTED", message)
    }

    /// 500; what happened goes to our log only.
    pub(crate) fn ours(inside: impl Into<String>) -> Refusal {
        let message = "Internal server error; tell your provider the X-Ovh-QueryID of this answer";
        let mut refusal = Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Server::InternalServerError",
            "INTERNAL_SERVER_ERROR",
            message,
        );
        refusal.inside = Some(inside.into());
        refusal
    }

    /// `Retry-After`, in seconds.
    pub(crate) fn retry_after(&self) -> Option<&str> {
        self.header.as_ref().filter(|header| header.0 == header::RETRY_AFTER).map(|header| header.1.as_str())
    }

    /// Renames the fields of a 400, for a door whose form names them differently.
    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Refusal {
        self.message = message.into();
        self
    }

    /// The body, logged where it is our fault.
    pub(crate) fn body(&self, query_id: &str) -> Value {
        if let Some(inside) = &self.inside {
            tracing::error!(query_id, error = %inside, "a call of the API failed");
        }
        let reason = self.status.canonical_reason().unwrap_or("Unknown");
        let details = self.details.iter().map(|(field, text)| (field.clone(), Value::String(text.clone())));
        json!({
            "class": self.class, "message": self.message, "errorCode": self.code,
            "httpCode": format!("{} {reason}", self.status.as_u16()), "details": details.collect::<Map<_, _>>(),
        })
    }

    /// The answer, logged where it is our fault.
    pub(crate) fn into_response(self, query_id: &str) -> Response {
        let mut response = Response::new(Body::from(self.body(query_id).to_string()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(super::JSON));
        if let Some((name, value)) = self.header.map(|header| *header)
            && let Ok(value) = HeaderValue::from_str(&value)
        {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

fn sentence(e: &Invalid) -> String {
    match e.value.is_empty() {
        true => e.rule.to_string(),
        false => format!("\"{}\" {}", e.value, e.rule),
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Refusal {
        match problem {
            Problem::Invalid(wrong) => Refusal::all_invalid(&wrong),
            Problem::NotFound(missing) => Refusal::not_found(missing.to_string()),
            Problem::Conflict(conflict @ Conflict::TooMany { .. }) => {
                let text = conflict.to_string();
                let mut refusal =
                    Refusal::new(StatusCode::TOO_MANY_REQUESTS, "Client::TooManyRequests", "TOO_MANY_REQUESTS", text);
                refusal.header = Some(Box::new((header::RETRY_AFTER, "60".to_owned())));
                refusal
            }
            Problem::Conflict(Conflict::Cancel(
                refusal @ licensing::subscription::CancelRefusal::OutsideWindow { .. },
            )) => Refusal::conflict(format!(
                "{refusal}; to let the subscriptions of the service end with their terms instead of renewing, PUT \
                     renew.deleteAtExpiration = true in serviceInfos"
            )),
            Problem::Conflict(conflict) => Refusal::conflict(conflict.to_string()),
            Problem::MpnBlocked(flag) => {
                let text = Problem::MpnBlocked(flag).to_string();
                let mut refusal = Refusal::forbidden("FORBIDDEN", &text);
                refusal.details.push(("mpnIssueFlag".to_owned(), flag.word().to_owned()));
                refusal
            }
            refused @ Problem::TokenRefused => Refusal::forbidden("FORBIDDEN", &refused.to_string()),
            Problem::Storage(error) => {
                let mut refusal = Refusal::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "Server::ServiceUnavailable",
                    "SERVICE_UNAVAILABLE",
                    "The service is not available at the moment; try again",
                );
                refusal.inside = Some(error.to_string());
                refusal.header = Some(Box::new((header::RETRY_AFTER, "5".to_owned())));
                refusal
            }
            Problem::Vault(error) => Refusal::ours(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named_in_message_and_details() {
        let wrong = vec![
            Invalid::new("mpnId", "", Rule::Required),
            Invalid::new("lines[0].quantity", "1.5", Rule::WholeNumber),
        ];
        let refusal = Refusal::from(Problem::Invalid(wrong));
        assert_eq!(refusal.message, "mpnId: is required; lines[0].quantity: \"1.5\" must be a whole number");
        let quantity = ("lines[0].quantity".to_owned(), "\"1.5\" must be a whole number".to_owned());
        assert_eq!(refusal.details[1], quantity, "go-ovh decodes a map of strings");
    }
}
