//! What a browser loads to show a page: addresses, bytes as they come over the wire.

use crate::http::{Connection, request};
use anyhow::Context;
use std::{collections::BTreeSet, net::SocketAddr};

/// The weight of a page.
#[derive(Debug, Clone, Copy)]
pub struct Weight {
    /// The page itself, compressed, in bytes.
    pub page: usize,
    /// Everything, compressed, in bytes.
    pub all: usize,
    /// Requests, the page's own included.
    pub requests: usize,
    /// Scripts that it names.
    pub scripts: usize,
    /// Rows that stand in it without any script having run.
    pub rows: usize,
    /// Whether the first answer was compressed at all.
    pub compressed: bool,
}

/// Loads a page and what it names, as a browser with an empty cache.
pub fn weigh(address: SocketAddr, path: &str, headers: &str, row: &str) -> anyhow::Result<Weight> {
    let mut on = Connection::open(address)?;
    on.must(&request("GET", path, address, headers, "")).context("the page")?;
    let html = on.text();
    let zipped = format!("{headers}Accept-Encoding: gzip\r\n");
    on.must(&request("GET", path, address, &zipped, ""))?;
    let mut weight = Weight {
        page: on.body.len(),
        all: on.body.len(),
        requests: 1,
        scripts: html.matches("<script").count(),
        rows: html.matches(row).count(),
        compressed: on.header("content-encoding").is_some(),
    };
    for part in parts(&html) {
        on.must(&request("GET", &part, address, &zipped, "")).with_context(|| part.clone())?;
        weight.all += on.body.len();
        weight.requests += 1;
    }
    Ok(weight)
}

/// Style sheets, scripts and pictures of our own origin; what is inside the page costs no request.
fn parts(html: &str) -> BTreeSet<String> {
    let tags = html.split('<').filter(|tag| ["link ", "script ", "img "].iter().any(|name| tag.starts_with(name)));
    let address = |tag: &str| {
        let mark = if tag.starts_with("link ") { "href=\"" } else { "src=\"" };
        tag.split(mark).nth(1)?.split('"').next().map(str::to_owned)
    };
    tags.filter_map(address).filter(|a| a.starts_with('/') && !a.starts_with("//")).collect()
}
