//! What connections may cost, over raw sockets: who is slow, silent or too many is cut off, and nobody else.

use axum::{Router, body::Body, routing::get};
use levante::app::{Bounds, Certificate, Server};
use secrecy::SecretString;
use std::{
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{Instant, timeout},
};

const ASK: &[u8] = b"GET /ok HTTP/1.1\r\nHost: x\r\n\r\n";
/// Longer than any bound of these tests.
const PATIENCE: Duration = Duration::from_secs(20);

fn bounds() -> Bounds {
    Bounds {
        connections: 8,
        of_one_address: 8,
        head_within: Duration::from_millis(400),
        still_for: Duration::from_millis(1500),
    }
}

/// Notes that it is gone.
struct Flag(Arc<AtomicBool>);

impl Drop for Flag {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

struct Site {
    server: Server,
    /// Whether the body of `/endless` was given up.
    gone: Arc<AtomicBool>,
}

impl Site {
    async fn new(bounds: Bounds, tls: Option<Certificate>) -> Site {
        let gone = Arc::new(AtomicBool::new(false));
        let seen = gone.clone();
        let endless = move || {
            let flag = Flag(seen.clone());
            let piece = bytes(64 * 1024);
            let pieces = futures::stream::repeat_with(move || {
                let _ = &flag;
                Ok::<_, std::convert::Infallible>(piece.clone())
            });
            async move { Body::from_stream(pieces) }
        };
        let router = Router::new().route("/ok", get(|| async { "ok" })).route("/endless", get(endless));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        Site { server: Server::start_within(bounds, listener, router, tls).await.unwrap(), gone }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.server.address).await.unwrap()
    }

    async fn connect_from(&self, address: Ipv4Addr) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(IpAddr::V4(address), 0)).unwrap();
        socket.connect(self.server.address).await.unwrap()
    }
}

fn bytes(count: usize) -> Vec<u8> {
    vec![b'x'; count]
}

/// Everything until the end of the connection, and how long that took.
async fn until_closed(stream: &mut TcpStream) -> (String, Duration) {
    let (began, mut all) = (Instant::now(), Vec::new());
    let end = timeout(PATIENCE, stream.read_to_end(&mut all)).await.expect("the connection ends");
    if let Err(e) = end {
        assert!(matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{e}");
    }
    (String::from_utf8_lossy(&all).into_owned(), began.elapsed())
}

/// One good answer on a connection that stays open.
async fn answered(stream: &mut TcpStream) -> bool {
    if stream.write_all(ASK).await.is_err() {
        return false;
    }
    let (mut text, mut piece) = (Vec::new(), [0; 1024]);
    while !text.ends_with(b"ok") {
        match timeout(PATIENCE, stream.read(&mut piece)).await.expect("an answer or an end") {
            Ok(0) | Err(_) => return false,
            Ok(count) => text.extend_from_slice(&piece[..count]),
        }
    }
    text.starts_with(b"HTTP/1.1 200")
}

#[tokio::test]
async fn a_head_that_does_not_arrive_ends_its_connection_and_no_other() {
    let site = Site::new(bounds(), None).await;
    for beginning in
        [&b""[..], b"G", b"GET /ok HTTP/1.1\r\nHost: x\r\nX-A: ", b"PRI * HTTP/2", b"PRI * HTTP/2.0\r\n\r\n"]
    {
        let mut slow = site.connect().await;
        slow.write_all(beginning).await.unwrap();
        let (said, took) = until_closed(&mut slow).await;
        assert!(!said.contains("200 OK"), "{said}");
        assert!(took > bounds().head_within / 2, "closed before its time: {took:?}");
    }
    // Byte by byte is no faster.
    let mut dripping = site.connect().await;
    let began = Instant::now();
    for byte in ASK.iter().cycle().filter(|b| **b != b'\r' && **b != b'\n') {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if dripping.write_all(&[*byte]).await.is_err() || began.elapsed() > PATIENCE {
            break;
        }
    }
    assert!(began.elapsed() < PATIENCE, "a dripping head is never given up");
    // Who has asked before waits no longer for the next request than for the first one.
    let mut idle = site.connect().await;
    assert!(answered(&mut idle).await);
    assert!(answered(&mut idle).await, "and may ask again before that");
    assert_eq!(until_closed(&mut idle).await.0, "");
}

#[tokio::test]
async fn who_never_reads_is_given_up() {
    let site = Site::new(bounds(), None).await;
    let mut deaf = site.connect().await;
    deaf.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let given_up = async {
        while !site.gone.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, given_up).await.expect("the answer is given up");
    // Who reads, however much, is not.
    let site = Site::new(bounds(), None).await;
    let mut eager = site.connect().await;
    eager.write_all(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let (began, mut piece) = (Instant::now(), bytes(64 * 1024));
    while began.elapsed() < bounds().still_for * 2 {
        assert!(eager.read(&mut piece).await.unwrap() > 0);
    }
    assert!(!site.gone.load(Ordering::SeqCst));
}

#[tokio::test]
async fn there_are_so_many_places_and_each_is_given_back() {
    let bounds = Bounds { head_within: PATIENCE, still_for: PATIENCE, ..bounds() };
    let site = Site::new(bounds, None).await;
    let mut inside = Vec::new();
    for _ in 0..bounds.connections {
        let mut stream = site.connect().await;
        assert!(answered(&mut stream).await);
        inside.push(stream);
    }
    for _ in 0..20 {
        let mut further = site.connect().await;
        assert!(!answered(&mut further).await, "there is no place");
    }
    assert!(answered(&mut inside[0]).await, "who is inside stays");
    drop(inside.pop());
    let began = Instant::now();
    loop {
        if answered(&mut site.connect().await).await {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "the place is not given back");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn one_address_does_not_get_every_place() {
    let bounds = Bounds { of_one_address: 5, head_within: PATIENCE, still_for: PATIENCE, ..bounds() };
    let site = Site::new(bounds, None).await;
    let (greedy, other) = (Ipv4Addr::new(127, 0, 0, 7), Ipv4Addr::new(127, 0, 0, 8));
    let mut inside = Vec::new();
    for _ in 0..5 {
        let mut stream = site.connect_from(greedy).await;
        assert!(answered(&mut stream).await);
        inside.push(stream);
    }
    assert!(!answered(&mut site.connect_from(greedy).await).await);
    assert!(answered(&mut site.connect_from(other).await).await, "another address is served");
}

#[tokio::test]
async fn a_head_has_a_size() {
    let site = Site::new(Bounds { head_within: PATIENCE, ..bounds() }, None).await;
    for (head, status) in [
        (format!("GET /ok?{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(60_000)), "200"),
        (format!("GET /ok?{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(80_000)), "431"),
        (format!("GET /ok HTTP/1.1\r\nHost: x\r\nX-A: {}\r\n\r\n", "x".repeat(80_000)), "431"),
        (format!("GET /ok HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: x\r\n".repeat(90)), "200"),
        (format!("GET /ok HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: x\r\n".repeat(200)), "431"),
        ("GET /o\0k HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "400"),
        ("GET /ok HTTP/9.1\r\nHost: x\r\n\r\n".to_owned(), "400"),
    ] {
        let mut stream = site.connect().await;
        // What is refused early may not be read to its end.
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.shutdown().await;
        let (said, _) = until_closed(&mut stream).await;
        let line = said.lines().next().unwrap_or_default();
        assert!(line.starts_with(&format!("HTTP/1.1 {status}")) || (line.is_empty() && status == "431"), "{line}");
    }
}

#[tokio::test]
async fn what_is_no_tls_ends_and_harms_nobody() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let certificate = Certificate::made(&own.pem(), &SecretString::from(key.serialize_pem())).unwrap();
    let site = Site::new(Bounds { connections: 4, of_one_address: 4, ..bounds() }, Some(certificate)).await;
    for garbage in [ASK.to_vec(), bytes(100_000), vec![0; 5], b"\x16\x03\x01\xff\xff".to_vec()] {
        let mut stream = site.connect().await;
        let _ = stream.write_all(&garbage).await;
        let _ = stream.shutdown().await;
        let (said, _) = until_closed(&mut stream).await;
        assert!(!said.contains("200 OK"), "{said}");
    }
    let client = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([reqwest::Certificate::from_pem(own.pem().as_bytes()).unwrap()])
        .build()
        .unwrap();
    let url = format!("https://localhost:{}/ok", site.server.address.port());
    for _ in 0..6 {
        assert_eq!(client.get(&url).send().await.unwrap().text().await.unwrap(), "ok");
    }
}
