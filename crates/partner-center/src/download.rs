//! Large files: price sheets, invoices as PDF, the blobs of an export. The body comes piece by piece
//! and is never held whole; the caller says how much is too much. Next: `client.rs`, which opens it.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::client::{Call, lost};
use crate::error::Error;

/// A file that is being received. Dropping it ends the transfer.
pub struct Download {
    response: reqwest::Response,
    call: Call,
    limit: u64,
    received: u64,
    patience: Duration,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address may be a signed link.
        f.debug_struct("Download")
            .field("content_type", &self.content_type())
            .field("received", &self.received)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

impl Download {
    #[allow(dead_code, reason = "for the groups of endpoints that answer with files")]
    pub(crate) fn new(response: reqwest::Response, call: Call, limit: u64, patience: Duration) -> Self {
        Self { response, call, limit, received: 0, patience }
    }

    /// `Content-Type` as it came, e.g. `application/pdf`.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        self.header("Content-Type")
    }

    /// Bytes that the server promised; `None` when it did not say, or when the transfer is
    /// compressed and unpacked on the way.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// Bytes received so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// A header of the answer, e.g. `Content-Disposition` or `Request-ID`.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// Status of the answer: 2xx, or one of the call's verdicts.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The next piece, `None` after the last. Not repeatable: after an error open the file anew.
    ///
    /// # Errors
    /// [`Error::NoAnswer`] when the transfer breaks off or stands still; [`Error::Unreadable`] when
    /// the file is larger than the limit that the caller gave.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        let status = self.status();
        if self.content_length().is_some_and(|promised| promised > self.limit) {
            return Err(self.too_large());
        }
        let piece = match tokio::time::timeout(self.patience, self.response.chunk()).await {
            Ok(piece) => piece.map_err(|error| lost(error, Some(status), self.call))?,
            Err(_) => {
                let reason = "the transfer stands still".to_owned();
                return Err(Error::NoAnswer { status: Some(status), reason, refusal: None, call: self.call });
            }
        };
        let Some(piece) = piece else { return Ok(None) };
        self.received = self.received.saturating_add(piece.len() as u64);
        if self.received > self.limit {
            return Err(self.too_large());
        }
        Ok(Some(piece))
    }

    /// Writes what is left of the file to `target`, flushes it and answers its whole size. On an
    /// error the target holds a useless piece: remove it.
    ///
    /// # Errors
    /// [`SaveError::Transfer`] as for [`Download::chunk`]; [`SaveError::Target`] when `target` does
    /// not take the bytes.
    pub async fn save_to(mut self, target: &mut (impl AsyncWrite + Unpin + ?Sized)) -> Result<u64, SaveError> {
        while let Some(piece) = self.chunk().await? {
            target.write_all(&piece).await?;
        }
        target.flush().await?;
        Ok(self.received)
    }

    /// The whole file in memory; for small ones.
    ///
    /// # Errors
    /// As for [`Download::chunk`].
    pub async fn bytes(mut self) -> Result<Vec<u8>, Error> {
        let mut all = Vec::new();
        while let Some(piece) = self.chunk().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    fn too_large(&self) -> Error {
        let reason = format!("longer than the {} bytes that are allowed", self.limit);
        Error::Unreadable { status: self.status(), reason, call: self.call }
    }
}

/// Why a file was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// It did not arrive whole.
    #[error(transparent)]
    Transfer(#[from] Error),
    /// Where it was to be written did not take it.
    #[error("cannot write: {0}")]
    Target(#[from] std::io::Error),
}
