//! A receiver of webhooks, as the tests use it: keeps what arrives and answers as told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// One POST that arrived.
pub struct Arrival {
    pub headers: HeaderMap,
    pub raw: Bytes,
    pub body: Value,
}

impl Arrival {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

#[derive(Clone)]
struct Desk {
    out: mpsc::UnboundedSender<Arrival>,
    status: Arc<AtomicU16>,
}

pub struct Receiver {
    pub url: String,
    arrivals: mpsc::UnboundedReceiver<Arrival>,
    status: Arc<AtomicU16>,
}

impl Receiver {
    pub async fn start() -> Self {
        let (out, arrivals) = mpsc::unbounded_channel();
        let status = Arc::new(AtomicU16::new(200));
        let desk = Desk { out, status: status.clone() };
        let app = Router::new().route("/hook", post(take)).with_state(desk);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, arrivals, status }
    }

    /// Answers with this status from now on.
    pub fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// The next arrival; fails when none comes.
    pub async fn next(&mut self) -> Arrival {
        let next = tokio::time::timeout(Duration::from_secs(20), self.arrivals.recv()).await;
        next.expect("a delivery in time").unwrap()
    }

    /// Whether nothing more has arrived so far.
    pub fn is_quiet(&mut self) -> bool {
        self.arrivals.try_recv().is_err()
    }
}

async fn take(State(desk): State<Desk>, headers: HeaderMap, raw: Bytes) -> StatusCode {
    let body = serde_json::from_slice(&raw).unwrap_or(Value::Null);
    // A test that ended does not listen any more.
    let _ = desk.out.send(Arrival { headers, raw, body });
    StatusCode::from_u16(desk.status.load(Ordering::SeqCst)).unwrap()
}
