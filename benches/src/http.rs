//! A client of HTTP/1.1 that costs next to nothing, so that the load does not take the
//! processor from what is measured. For addresses of this machine only.

use anyhow::{Context, bail, ensure};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Longest wait for a connection and for each piece of an answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest answer, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

/// One kept-alive connection; the last answer stays in it until the next request.
pub struct Connection {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
    head: String,
    /// The body of the last answer, as it was sent (compressed if it was).
    pub body: Vec<u8>,
}

impl Connection {
    /// Connects; only to loopback.
    pub fn open(address: SocketAddr) -> anyhow::Result<Connection> {
        Self::patient(address, PATIENCE)
    }

    /// Connects and waits up to `patience` for each piece of an answer; only to loopback.
    pub fn patient(address: SocketAddr, patience: Duration) -> anyhow::Result<Connection> {
        ensure!(address.ip().is_loopback(), "{address} is not on this machine");
        let stream = TcpStream::connect_timeout(&address, PATIENCE).with_context(|| format!("connecting {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Connection { stream: BufReader::new(stream), line: vec![], head: String::new(), body: vec![] })
    }

    /// Sends a whole request and reads the whole answer; its status.
    pub fn send(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.stream.get_mut().write_all(request).context("sending")?;
        self.head.clear();
        self.body.clear();
        let (mut length, mut chunked) = (0_usize, false);
        loop {
            self.read_line()?;
            let line = std::str::from_utf8(&self.line).context("a header that is not text")?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                let value = value.trim();
                if name.eq_ignore_ascii_case("content-length") {
                    length = value.parse().context("content-length")?;
                } else if name.eq_ignore_ascii_case("transfer-encoding") {
                    chunked = value.eq_ignore_ascii_case("chunked");
                }
            }
            self.head.push_str(line);
            self.head.push('\n');
        }
        match chunked {
            true => self.read_chunks()?,
            false => self.read_piece(length)?,
        }
        let status = self.head.split(' ').nth(1).and_then(|s| s.parse().ok());
        status.with_context(|| format!("no status in {:?}", self.head))
    }

    fn read_line(&mut self) -> anyhow::Result<()> {
        self.line.clear();
        let read = self.stream.by_ref().take(64 * 1024).read_until(b'\n', &mut self.line).context("reading")?;
        ensure!(read > 0 && self.line.ends_with(b"\n"), "the connection was closed");
        while self.line.last().is_some_and(|b| matches!(b, b'\r' | b'\n')) {
            self.line.pop();
        }
        Ok(())
    }

    fn read_piece(&mut self, length: usize) -> anyhow::Result<()> {
        let from = self.body.len();
        ensure!(from.saturating_add(length) <= LARGEST, "an answer of more than {LARGEST} bytes");
        self.body.resize(from + length, 0);
        self.stream.read_exact(&mut self.body[from..]).context("reading a body")
    }

    fn read_chunks(&mut self) -> anyhow::Result<()> {
        loop {
            self.read_line()?;
            let size = std::str::from_utf8(&self.line).ok().and_then(|s| usize::from_str_radix(s.trim(), 16).ok());
            let Some(size) = size else { bail!("a chunk without a size") };
            self.read_piece(size)?;
            self.read_line()?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    /// The headers of the last answer, their names in small letters.
    pub fn headers(&self) -> impl Iterator<Item = (String, &str)> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
    }

    /// A header of the last answer, named in small letters.
    pub fn header(&self, wanted: &str) -> Option<&str> {
        self.headers().find(|(name, _)| name == wanted).map(|(_, value)| value)
    }

    /// The last body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Sends a request that must be answered with 200.
    ///
    /// # Errors
    /// Also for any other status, with the beginning of the answer.
    pub fn must(&mut self, request: &[u8]) -> anyhow::Result<()> {
        match self.send(request)? {
            200 => Ok(()),
            status => {
                let line = String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned();
                bail!("{line} was answered {status}: {}", self.text().chars().take(400).collect::<String>())
            }
        }
    }
}

/// A request with the headers given, one `Name: value` a line.
pub fn request(method: &str, path: &str, host: SocketAddr, headers: &str, body: &str) -> Vec<u8> {
    let length = if method == "GET" { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{length}{headers}\r\n{body}").into_bytes()
}
