//! What connections may cost: how many there are, how long a request may take to begin, how long nothing may move,
//! and how much of what arrives is kept.
//!
//! Whoever opens thousands, sends a byte a minute or never reads an answer is cut off, and the others are served.
//! The body of a request has bounds of its own (`ovh_api/routing.rs`, `panel/gate.rs`).

use axum_server::{Server, accept::Accept};
use std::{
    collections::HashMap,
    future::{Future, Ready, ready},
    io::{self, IoSlice},
    net::{IpAddr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Instant, Sleep, sleep},
};

/// The largest head of a request, in bytes: its first line and its headers. It may have 100 headers.
const LARGEST_HEAD: usize = 64 * 1024;
/// How many requests one connection of HTTP/2 may have open.
const MOST_STREAMS: u32 = 32;

/// The bounds of a server's connections.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// How many there may be; a further one is closed at once.
    pub connections: usize,
    /// How many of them one address may have; of IPv6 the network that one customer gets.
    pub of_one_address: usize,
    /// How long the head of a request may take to arrive, also while nothing of it is there yet.
    pub head_within: Duration,
    /// How long not one byte may move in either direction, whoever is to blame.
    pub still_for: Duration,
}

impl Bounds {
    /// Three of four files that the process may open, and at most 4096. One address may take three of four of them.
    pub fn usual() -> Bounds {
        let connections = (open_files().unwrap_or(1024) / 4 * 3).clamp(64, 4096);
        Bounds {
            connections,
            of_one_address: connections / 4 * 3,
            head_within: Duration::from_secs(30),
            // Longer than anything that a handler waits for.
            still_for: Duration::from_secs(90),
        }
    }

    /// A server that keeps them, before its TLS.
    pub(super) fn kept_by<A>(&self, server: Server<SocketAddr, A>) -> Server<SocketAddr, A> {
        let mut server = server.first_request_timeout(self.head_within);
        let http = server.http_builder();
        // Who closes its own half after asking still gets the answer, and nothing that was begun is dropped halfway.
        http.http1().header_read_timeout(self.head_within).max_buf_size(LARGEST_HEAD).half_close(true);
        http.http2().max_concurrent_streams(MOST_STREAMS);
        server
    }
}

/// How many files the process may open, where the system says so.
fn open_files() -> Option<usize> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    limits.lines().find_map(|line| line.strip_prefix("Max open files"))?.split_whitespace().next()?.parse().ok()
}

/// Where connections come in.
#[derive(Debug, Clone)]
pub(super) struct Entrance {
    bounds: Bounds,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Debug, Default)]
struct Inside {
    all: usize,
    by_network: HashMap<IpAddr, usize>,
    /// Whether somebody found no place since there was nobody.
    full: bool,
}

impl Entrance {
    pub(super) fn new(bounds: Bounds) -> Entrance {
        Entrance { bounds, inside: Arc::default() }
    }

    fn let_in(&self, stream: TcpStream) -> io::Result<Connection> {
        let network = network(stream.peer_addr()?.ip());
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let neighbours = inside.by_network.get(&network).copied().unwrap_or(0);
        if inside.all >= self.bounds.connections || neighbours >= self.bounds.of_one_address {
            // Once until it is quiet again: whoever floods us does not get to fill the log as well.
            if !inside.full {
                tracing::warn!(connections = inside.all, %network, "no place for a further connection");
            }
            inside.full = true;
            return Err(io::Error::other("no place for a further connection"));
        }
        inside.all += 1;
        inside.by_network.insert(network, neighbours + 1);
        drop(inside);
        let still = Box::pin(sleep(self.bounds.still_for));
        let place = Place { network, inside: self.inside.clone() };
        Ok(Connection { stream, still_for: self.bounds.still_for, moved: Instant::now(), still, _place: place })
    }
}

/// An address, of IPv6 its network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX))),
        ip => ip,
    }
}

impl<S> Accept<TcpStream, S> for Entrance {
    type Stream = Connection;
    type Service = S;
    type Future = Ready<io::Result<(Connection, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        ready(self.let_in(stream).map(|connection| (connection, service)))
    }
}

/// A connection's place, given back when it ends.
#[derive(Debug)]
struct Place {
    network: IpAddr,
    inside: Arc<Mutex<Inside>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.all = inside.all.saturating_sub(1);
        inside.full &= inside.all > 0;
        if let Some(neighbours) = inside.by_network.get_mut(&self.network) {
            *neighbours = neighbours.saturating_sub(1);
            if *neighbours == 0 {
                inside.by_network.remove(&self.network);
            }
        }
    }
}

/// A stream that fails where nothing moves for too long.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    still_for: Duration,
    moved: Instant,
    still: Pin<Box<Sleep>>,
    _place: Place,
}

impl Connection {
    /// The outcome of reading or writing; of one that waits, an error when the time is over.
    fn noted<T>(&mut self, context: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.moved = Instant::now();
            return outcome;
        }
        while self.still.as_mut().poll(context).is_ready() {
            let end = self.moved + self.still_for;
            if Instant::now() >= end {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.still.as_mut().reset(end);
        }
        Poll::Pending
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.noted(cx, outcome)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.noted(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.noted(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A socket has nothing to flush, so this is no movement.
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
