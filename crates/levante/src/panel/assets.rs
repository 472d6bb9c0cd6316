//! The sheets and scripts, compiled in, with an address that changes with their content.

use super::fault::Fault;
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use std::sync::LazyLock;

#[derive(rust_embed::RustEmbed)]
#[folder = "src/panel/assets"]
struct Files;

static ADDRESSES: LazyLock<(String, String)> = LazyLock::new(|| (address("panel.css"), address("panel.js")));

/// The address of a file.
pub(super) fn address(name: &str) -> String {
    let hash = Files::get(name).map(|f| hex::encode(&f.metadata.sha256_hash()[..6])).unwrap_or_default();
    format!("/assets/{name}?{hash}")
}

/// Addresses of the sheet and the script of every page.
pub fn addresses() -> (&'static str, &'static str) {
    (&ADDRESSES.0, &ADDRESSES.1)
}

/// One of them.
pub async fn show(Path(name): Path<String>) -> Result<Response, Fault> {
    let file = Files::get(&name).ok_or(Fault::NoSuchPage)?;
    let kind = if name.ends_with(".css") { "text/css; charset=utf-8" } else { "text/javascript; charset=utf-8" };
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, file.data).into_response())
}
