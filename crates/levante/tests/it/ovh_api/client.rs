//! A small signing client: written from the contract, not from the server.

use licensing::{
    id::{AccountId, ApplicationId, CredentialId},
    jiff::Timestamp,
};
use serde_json::Value;
use sha1::{Digest, Sha1};
use std::net::SocketAddr;

#[derive(Clone)]
pub struct Client {
    pub http: reqwest::Client,
    pub address: SocketAddr,
    pub account: AccountId,
    pub application_key: String,
    pub secret: String,
    pub consumer_key: String,
    pub application: ApplicationId,
    pub credential: CredentialId,
    /// What is signed before path and query.
    pub origin: String,
    /// How far the clock is off, seconds.
    pub clock_off: i64,
    /// Sent with every call.
    pub headers: Vec<(&'static str, String)>,
}

/// An answer, as it came.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub text: String,
    pub headers: reqwest::header::HeaderMap,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// The body of a good answer.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// The message of a refusal with every documented key.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        let body = self.json();
        for key in ["class", "message", "errorCode", "httpCode"] {
            assert!(body[key].as_str().is_some_and(|t| !t.is_empty()), "{key}: {}", self.text);
        }
        assert!(body["httpCode"].as_str().unwrap().starts_with(&format!("{status} ")), "{}", self.text);
        assert!(body["class"].as_str().unwrap().contains("::"));
        assert!(body["details"].as_object().unwrap().values().all(Value::is_string), "{}", self.text);
        assert_eq!(body["errorCode"], code, "{}", self.text);
        body["message"].as_str().unwrap().to_owned()
    }
}

#[expect(clippy::disallowed_methods, reason = "a client has a clock of its own")]
pub fn now() -> i64 {
    Timestamp::now().as_second()
}

impl Client {
    pub fn new(
        address: SocketAddr,
        account: AccountId,
        application_key: &str,
        secret: &str,
        consumer_key: &str,
        (application, credential): (ApplicationId, CredentialId),
    ) -> Client {
        Client {
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            address,
            account,
            application_key: application_key.to_owned(),
            secret: secret.to_owned(),
            consumer_key: consumer_key.to_owned(),
            application,
            credential,
            origin: format!("http://{address}"),
            clock_off: 0,
            headers: Vec::new(),
        }
    }

    pub async fn send(&self, method: &str, target: &str, headers: &[(&str, String)], body: Vec<u8>) -> Answer {
        let method = method.parse().expect("a method");
        let mut request = self.http.request(method, format!("http://{}{target}", self.address)).body(body);
        for (name, value) in headers.iter().map(|(n, v)| (*n, v)).chain(self.headers.iter().map(|(n, v)| (*n, v))) {
            request = request.header(name, value);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        assert!(headers.contains_key("x-ovh-queryid"), "every answer has its query id");
        Answer { status, headers, text: response.text().await.expect("a text") }
    }

    pub async fn raw(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        let timestamp = (now() + self.clock_off).to_string();
        let mut hash = Sha1::new();
        hash.update(format!("{}+{}+{method}+{}{target}+", self.secret, self.consumer_key, self.origin));
        hash.update(body);
        hash.update(format!("+{timestamp}"));
        let headers = [
            ("X-Ovh-Application", self.application_key.clone()),
            ("X-Ovh-Consumer", self.consumer_key.clone()),
            ("X-Ovh-Timestamp", timestamp),
            ("X-Ovh-Signature", format!("$1${}", hex::encode(hash.finalize()))),
            ("Content-Type", "application/json".to_owned()),
        ];
        self.send(method, target, &headers, body.to_vec()).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.raw("GET", &format!("/1.0{path}"), b"").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.raw("POST", &format!("/1.0{path}"), body.to_string().as_bytes()).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.raw("PUT", &format!("/1.0{path}"), body.to_string().as_bytes()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.raw("DELETE", &format!("/1.0{path}"), b"").await
    }

    /// The same client sending an `Idempotency-Key`.
    pub fn once(&self, key: &str) -> Client {
        Client { headers: vec![("Idempotency-Key", key.to_owned())], ..self.clone() }
    }

    /// A call with only these headers.
    pub async fn bare(&self, method: &str, target: &str, headers: &[(&str, String)], body: &str) -> Answer {
        self.send(method, target, headers, body.as_bytes().to_vec()).await
    }
}
