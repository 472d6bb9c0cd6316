//! A server on loopback that answers by a script, one answer a request, and remembers what came.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use partner_center::{Client, Config, ReadRetry, RefreshTokenStore, StoreError, StoreFuture, TokenMode};
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with the next request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Status, further header lines, body.
    Answer(u16, String, Vec<u8>),
    /// Reads the request and closes the connection.
    Close,
    /// Promises a long body and closes after a piece of it.
    Cut(u16),
    /// Reads the request and never answers.
    Silence,
}

pub fn json(status: u16, body: &str) -> Reply {
    Reply::Answer(status, String::new(), body.as_bytes().to_vec())
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub head: String,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

/// The server; token requests are answered by themselves unless a script for them is given.
#[derive(Clone)]
pub struct Script {
    pub address: String,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    replies: VecDeque<Reply>,
    token_replies: VecDeque<Reply>,
    seen: Vec<Seen>,
    tokens: u32,
    refused: Option<String>,
    log: Vec<String>,
}

impl Script {
    pub async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listen");
        let address = format!("http://{}", listener.local_addr().expect("address"));
        let script = Self {
            address,
            inner: Arc::new(Mutex::new(Inner { replies: replies.into_iter().collect(), ..Inner::default() })),
        };
        let server = script.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(stream));
            }
        });
        script
    }

    /// More answers, for those that need to know the address.
    pub fn answers(&self, replies: impl IntoIterator<Item = Reply>) {
        self.inner.lock().expect("lock").replies.extend(replies);
    }

    pub fn tokens(self, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.inner.lock().expect("lock").token_replies.extend(replies);
        self
    }

    /// Requests to the API, without those for tokens.
    pub fn seen(&self) -> Vec<Seen> {
        let inner = self.inner.lock().expect("lock");
        inner.seen.iter().filter(|seen| !seen.line.contains("/oauth2/")).cloned().collect()
    }

    pub fn token_requests(&self) -> Vec<Seen> {
        let inner = self.inner.lock().expect("lock");
        inner.seen.iter().filter(|seen| seen.line.contains("/oauth2/")).cloned().collect()
    }

    /// From now on every call with this access token is answered with 401.
    pub fn refuse(&self, token: &str) {
        self.inner.lock().expect("lock").refused = Some(format!("Bearer {token}"));
    }

    pub fn note(&self, what: impl Into<String>) {
        self.inner.lock().expect("lock").log.push(what.into());
    }

    pub fn log(&self) -> Vec<String> {
        self.inner.lock().expect("lock").log.clone()
    }

    async fn serve(self, mut stream: TcpStream) {
        while let Some(seen) = request(&mut stream).await {
            let is_token = seen.line.contains("/oauth2/");
            let reply = {
                let mut inner = self.inner.lock().expect("lock");
                inner.log.push(if is_token {
                    "token".to_owned()
                } else {
                    format!("call {}", seen.header("authorization").unwrap_or_default())
                });
                let refused = inner.refused.is_some() && inner.refused == seen.header("authorization");
                inner.seen.push(seen);
                let scripted = if refused {
                    Some(json(401, ""))
                } else if is_token {
                    inner.token_replies.pop_front()
                } else {
                    inner.replies.pop_front()
                };
                scripted.unwrap_or_else(|| {
                    if is_token {
                        inner.tokens += 1;
                        let n = inner.tokens;
                        json(200, &format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"access-{n}","refresh_token":"refresh-{n}"}}"#))
                    } else {
                        json(500, r#"{"code":0,"description":"the script has no more answers"}"#)
                    }
                })
            };
            match reply {
                Reply::Answer(status, more, body) => {
                    let head = format!(
                        "HTTP/1.1 {status} x\r\nContent-Length: {}\r\nContent-Type: application/json\r\n{more}\r\n",
                        body.len()
                    );
                    let _ = stream.write_all(head.as_bytes()).await;
                    let _ = stream.write_all(&body).await;
                }
                Reply::Cut(status) => {
                    let head = format!("HTTP/1.1 {status} x\r\nContent-Length: 1000\r\n\r\n{{\"id\":");
                    let _ = stream.write_all(head.as_bytes()).await;
                    return;
                }
                Reply::Close => return,
                Reply::Silence => std::future::pending::<()>().await,
            }
        }
    }
}

async fn request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let (line, head) = text.split_once("\r\n")?;
    let mut seen = Seen { line: line.to_owned(), head: head.to_owned(), body: String::new() };
    let length: usize = seen.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(0);
    while bytes.len() < head_end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    seen.body = String::from_utf8_lossy(&bytes[head_end..head_end + length]).into_owned();
    Some(seen)
}

/// A store in memory that notes in the script's log when it saves.
pub struct Memory {
    pub token: Mutex<Option<String>>,
    pub failures: Mutex<u32>,
    pub script: Script,
}

impl Memory {
    pub fn new(script: &Script, token: Option<&str>) -> Arc<Self> {
        Arc::new(Self { token: Mutex::new(token.map(str::to_owned)), failures: Mutex::new(0), script: script.clone() })
    }
}

impl RefreshTokenStore for Memory {
    fn load(&self) -> StoreFuture<'_, Option<SecretString>> {
        Box::pin(async { Ok(self.token.lock().expect("lock").clone().map(SecretString::from)) })
    }

    fn save(&self, new: SecretString) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let mut failures = self.failures.lock().expect("lock");
            if *failures > 0 {
                *failures -= 1;
                return Err(StoreError("the disk is full".into()));
            }
            self.script.note(format!("save {}", new.expose_secret()));
            *self.token.lock().expect("lock") = Some(new.expose_secret().to_owned());
            Ok(())
        })
    }
}

pub fn config(script: &Script) -> Config {
    let mut config = Config::new(&script.address, &script.address, "provider.example", "app-1", "hush-hush".into());
    config.read_retry = ReadRetry { pauses: vec![Duration::from_millis(1); 3], longest_wait: Duration::from_secs(5) };
    config.timeout = Duration::from_secs(20);
    config
}

pub fn client_with(config: Config, store: Arc<Memory>) -> Client {
    Client::new(config, store).expect("config")
}

pub fn client(script: &Script) -> Client {
    client_with(config(script), Memory::new(script, Some("refresh-0")))
}

pub fn app_only(script: &Script) -> Client {
    let mut config = config(script);
    config.mode = TokenMode::App;
    client_with(config, Memory::new(script, None))
}
