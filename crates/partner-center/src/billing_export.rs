//! The export of bills through Microsoft Graph: start it, ask until it is done, read its manifest,
//! receive its files. Every step can be resumed from what the caller keeps. Source: contract §18.4.

use std::fmt;
use std::time::Duration;

use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::client::{Answer, Call, Client};
use crate::config::is_loopback;
use crate::download::Download;
use crate::error::Error;
use crate::instant::Instant;
use crate::line_items::{GzipLines, LineItem, LinesError};
use crate::members::{FromMembers, Members};
use crate::request::{Base, Request};
use crate::row_error::RowError;
use crate::words::words;

/// Wait between two questions when the server names none.
const ASSUMED_WAIT: Duration = Duration::from_secs(10);
/// Most files of a manifest.
const MOST_BLOBS: usize = 10_000;
/// Longest file received, packed.
const LONGEST_BLOB: u64 = 4 * 1024 * 1024 * 1024;

words! {
    /// How many columns.
    AttributeSet {
        /// All.
        Full = "full",
        /// The most important.
        Basic = "basic",
    }
}

words! {
    /// Which month of open charges; Graph says `last` where v1 says `previous`.
    ExportPeriod {
        /// The running one.
        Current = "current",
        /// The one before.
        Last = "last",
    }
}

/// What is exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportRequest {
    /// The lines of an invoice.
    Billed {
        /// Id of the invoice, `G…`.
        invoice_id: String,
        /// How many columns.
        attributes: AttributeSet,
    },
    /// The open lines of a month.
    Unbilled {
        /// ISO 4217.
        currency_code: String,
        /// Which month.
        period: ExportPeriod,
        /// How many columns.
        attributes: AttributeSet,
    },
    /// The usage behind an invoice.
    BilledUsage {
        /// Id of the invoice, `G…`.
        invoice_id: String,
        /// How many columns.
        attributes: AttributeSet,
    },
    /// The open usage of a month.
    UnbilledUsage {
        /// ISO 4217.
        currency_code: String,
        /// Which month.
        period: ExportPeriod,
        /// How many columns.
        attributes: AttributeSet,
    },
}

impl ExportRequest {
    fn request(&self) -> Result<Request, Error> {
        let (route, body) = match self {
            Self::Billed { invoice_id, attributes } => {
                let body = json!({ "invoiceId": invoice_id, "attributeSet": attributes });
                ("/v1.0/reports/partners/billing/reconciliation/billed/export", body)
            }
            Self::BilledUsage { invoice_id, attributes } => {
                let body = json!({ "invoiceId": invoice_id, "attributeSet": attributes });
                ("/v1.0/reports/partners/billing/usage/billed/export", body)
            }
            Self::Unbilled { currency_code, period, attributes } => {
                let body =
                    json!({ "currencyCode": currency_code, "billingPeriod": period, "attributeSet": attributes });
                ("/v1.0/reports/partners/billing/reconciliation/unbilled/export", body)
            }
            Self::UnbilledUsage { currency_code, period, attributes } => {
                let body =
                    json!({ "currencyCode": currency_code, "billingPeriod": period, "attributeSet": attributes });
                ("/v1.0/reports/partners/billing/usage/unbilled/export", body)
            }
        };
        Request::new(Method::POST, route, &[])?.base(Base::Graph).raw_json(&body)
    }
}

/// An export under way. Keep its text, and the export can be asked for after a restart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExportOperation {
    url: String,
    id: String,
}

impl ExportOperation {
    /// From the address that [`Client::start_export`] answered, kept by the caller. Only the id in
    /// it counts: it is asked for on our own Graph address, whatever host it names.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is no address of an operation.
    pub fn from_url(url: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid("operation", url, "an address …/billing/operations/{id}");
        let parsed = Url::parse("http://localhost/").and_then(|base| base.join(url.trim())).map_err(|_| wrong())?;
        let path: Vec<&str> = parsed.path_segments().into_iter().flatten().filter(|piece| !piece.is_empty()).collect();
        match path[..] {
            [.., operations, id] if operations.eq_ignore_ascii_case("operations") && is_plain_id(id) => {
                Ok(Self { url: url.trim().to_owned(), id: id.to_owned() })
            }
            _ => Err(wrong()),
        }
    }

    /// The address as it came.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

fn is_plain_id(id: &str) -> bool {
    (1..=200).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && !matches!(id, "." | "..")
}

/// How far an export is.
#[derive(Clone, Debug)]
pub enum ExportState {
    /// Not done yet: ask again after the wait.
    Running {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Done: receive the files while their links are good.
    Succeeded(Box<Manifest>),
    /// Done, and the data is the same as that of the manifest the caller knows: nothing to import.
    Unchanged {
        /// Version of the data.
        etag: String,
    },
    /// Given up by the server: read the error, then start again.
    Failed {
        /// Code of the error.
        code: Option<String>,
        /// Text of the error, for the operator.
        message: Option<String>,
    },
    /// The operation or its links are over (410): start again.
    Expired,
    /// A state that this version does not know: ask again later, a bounded number of times.
    Unknown(String),
}

/// What an export consists of. The files are behind a signed address, which is a secret.
#[derive(Clone)]
pub struct Manifest {
    /// Id.
    pub id: Option<String>,
    /// Version of the manifest's form.
    pub schema_version: Option<String>,
    /// `compressedJSON`: JSON Lines in gzip.
    pub data_format: Option<String>,
    /// When it was made.
    pub created: Option<Instant>,
    /// Version of the data: the same again means that nothing changed. Keep it once all files are
    /// imported, and give it to [`Client::poll_export`] the next time.
    pub etag: Option<String>,
    /// Tenant of the partner.
    pub partner_tenant_id: Option<String>,
    /// How the files are divided.
    pub partition_type: Option<String>,
    /// The files.
    pub blobs: Vec<Blob>,
    root: Url,
    sas: SecretString,
}

impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manifest")
            .field("id", &self.id)
            .field("created", &self.created)
            .field("etag", &self.etag)
            .field("blobs", &self.blobs.len())
            .finish_non_exhaustive()
    }
}

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// Its name below the root directory.
    pub name: String,
    /// Which part it is.
    pub partition_value: Option<String>,
    /// Its packed size in bytes.
    pub size: Option<u64>,
}

impl FromMembers for Blob {
    fn from_members(members: &Members<'_>, _depth: usize) -> Result<Self, RowError> {
        let rule = "a file name without a way out of its directory";
        let name = members.text("name")?.unwrap_or_default();
        let sound = (1..=1000).contains(&name.len())
            && !name.chars().any(|c| c.is_control() || matches!(c, '\\' | '?' | '#'))
            && name.split('/').all(|piece| !matches!(piece, "" | "." | ".."));
        if !sound {
            return Err(RowError::new("name", &name, rule));
        }
        Ok(Self { name, partition_value: members.text("partitionValue")?, size: members.count("sizeInBytes")? })
    }
}

impl FromMembers for Manifest {
    fn from_members(members: &Members<'_>, depth: usize) -> Result<Self, RowError> {
        let root = members.text("rootDirectory")?.unwrap_or_default();
        // The address may be signed, so it is not shown.
        let root = Url::parse(root.trim())
            .ok()
            .filter(|url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)))
            .filter(|url| url.username().is_empty() && url.password().is_none() && url.host().is_some())
            .filter(|url| url.query().is_none() && url.fragment().is_none())
            .ok_or_else(|| RowError::new("rootDirectory", "(not shown)", "an https address, or one on loopback"))?;
        let sas = members.text("sasToken")?.unwrap_or_default();
        if sas.bytes().any(|b| !b.is_ascii_graphic() || b == b'#') {
            return Err(RowError::new("sasToken", "(not shown)", "a query without blanks"));
        }
        let blobs: Vec<Blob> = members.nested("blobs", depth)?;
        let count = members.count("blobCount")?;
        if blobs.len() > MOST_BLOBS || count.is_some_and(|count| count != blobs.len() as u64) {
            let count = count.map(|count| count.to_string()).unwrap_or_default();
            let rule = format!("the number of its files, {}, at most {MOST_BLOBS}", blobs.len());
            return Err(RowError::new("blobCount", &count, rule));
        }
        Ok(Self {
            id: members.text("id")?,
            schema_version: members.text("schemaVersion")?,
            data_format: members.text("dataFormat")?,
            created: members.instant("createdDateTime")?,
            etag: members.text("eTag")?,
            partner_tenant_id: members.text("partnerTenantId")?,
            partition_type: members.text("partitionType")?,
            blobs,
            root,
            sas: sas.trim_start_matches('?').to_owned().into(),
        })
    }
}

impl Manifest {
    /// The whole signed address of a file.
    fn link(&self, blob: &Blob) -> SecretString {
        let mut url = self.root.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(blob.name.split('/'));
        }
        let sas = self.sas.expose_secret();
        if !sas.is_empty() {
            url.set_query(Some(sas));
        }
        url.to_string().into()
    }
}

struct Operation {
    status: String,
    manifest: Option<Manifest>,
    code: Option<String>,
    message: Option<String>,
}

impl FromMembers for Operation {
    fn from_members(members: &Members<'_>, depth: usize) -> Result<Self, RowError> {
        let status = members.text("status")?.ok_or_else(|| RowError::new("status", "", "a state"))?;
        let error = members.json("error").filter(|json| json.starts_with('{')).map(Members::read).transpose()?;
        let (code, message) = match error {
            Some(error) => (error.text("code")?, error.text("message")?),
            None => (None, None),
        };
        Ok(Self { status, manifest: members.nested("resourceLocation", depth)?.pop(), code, message })
    }
}

/// Reads the answer to the question how far an export is.
pub(crate) fn read_state(
    body: &[u8],
    retry_after: Option<Duration>,
    known_etag: Option<&str>,
) -> Result<ExportState, RowError> {
    let operation = Operation::from_body(body)?;
    Ok(match crate::words::plain(&operation.status).as_str() {
        "notstarted" | "running" => ExportState::Running { retry_after: retry_after.unwrap_or(ASSUMED_WAIT) },
        "failed" => ExportState::Failed { code: operation.code, message: operation.message },
        "succeeded" => {
            let manifest = operation
                .manifest
                .ok_or_else(|| RowError::new("resourceLocation", "", "a manifest, as a finished export has"))?;
            match (&manifest.etag, known_etag) {
                (Some(etag), Some(known)) if etag == known => ExportState::Unchanged { etag: etag.clone() },
                _ => ExportState::Succeeded(Box::new(manifest)),
            }
        }
        _ => ExportState::Unknown(operation.status),
    })
}

#[cfg(feature = "fuzzing")]
pub(crate) fn links(state: &ExportState) -> Vec<String> {
    let ExportState::Succeeded(manifest) = state else { return Vec::new() };
    manifest.blobs.iter().map(|blob| manifest.link(blob).expose_secret().to_owned()).collect()
}

#[cfg(feature = "fuzzing")]
impl ExportOperation {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

/// A file of an export, or that its link is over.
#[derive(Debug)]
pub enum ExportFile {
    /// Being received, packed; see [`GzipLines`].
    Open(Download),
    /// The link is over (410): start the export again.
    Expired,
}

/// The lines of a file of an export, while it is received.
pub struct ExportLines {
    download: Download,
    lines: GzipLines,
    piece: bytes::Bytes,
    at_end: bool,
}

impl fmt::Debug for ExportLines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportLines").field("download", &self.download).finish_non_exhaustive()
    }
}

/// Why lines of an export are missing.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file cannot be read, or one line of it: see [`LinesError::is_one_row`].
    #[error(transparent)]
    Lines(#[from] LinesError),
    /// The file did not arrive whole: receive it again.
    #[error(transparent)]
    Transfer(#[from] Error),
}

impl ExportError {
    /// Whether only one line is affected and reading goes on.
    #[must_use]
    pub fn is_one_row(&self) -> bool {
        matches!(self, Self::Lines(error) if error.is_one_row())
    }
}

impl ExportLines {
    /// Reads what is being received.
    #[must_use]
    pub fn new(download: Download) -> Self {
        Self { download, lines: GzipLines::default(), piece: bytes::Bytes::new(), at_end: false }
    }

    /// The next line, `None` after the last. After an error of one line the next one follows;
    /// after any other the file is not complete.
    ///
    /// # Errors
    /// [`ExportError`].
    pub async fn next(&mut self) -> Result<Option<LineItem>, ExportError> {
        loop {
            if let Some(line) = self.lines.next() {
                return Ok(Some(line?));
            }
            if self.at_end {
                return Ok(None);
            }
            if self.piece.is_empty() {
                match self.download.chunk().await {
                    Ok(Some(piece)) => self.piece = piece,
                    Ok(None) => {
                        self.at_end = true;
                        self.lines.finish()?;
                    }
                    Err(error) => {
                        self.at_end = true;
                        return Err(error.into());
                    }
                }
            } else {
                match self.lines.push(&self.piece) {
                    Ok(taken) => self.piece = self.piece.slice(taken..),
                    Err(error) => {
                        self.at_end = true;
                        return Err(error.into());
                    }
                }
            }
        }
    }
}

impl Client {
    /// Starts an export. A write, but a harmless one: on an unknown outcome start another. A new
    /// one of open lines only a few times a day. Row 50 of §6.
    ///
    /// # Errors
    /// [`Error`]; 400 for an invoice or a currency that does not exist.
    pub async fn start_export(&self, call: &Call, what: &ExportRequest) -> Result<ExportOperation, Error> {
        let answer = self.write(what.request()?, call).await?;
        let location = answer.header("Location").unwrap_or_default();
        ExportOperation::from_url(&location).map_err(|_| answer.unreadable("no Location of an operation".to_owned()))
    }

    /// How far an export is. `known_etag` is the version that was imported last: the same again is
    /// [`ExportState::Unchanged`]. Row 50 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 when the operation is unknown.
    pub async fn poll_export(
        &self,
        operation: &ExportOperation,
        known_etag: Option<&str>,
    ) -> Result<ExportState, Error> {
        let request = Request::get("/v1.0/reports/partners/billing/operations/{operation}", &[&operation.id])?
            .base(Base::Graph)
            .verdicts(&[410]);
        self.read_answer(request, |answer: &Answer| {
            if answer.status == 410 {
                return Ok(ExportState::Expired);
            }
            read_state(&answer.body, crate::client::retry_after(&answer.headers), known_etag)
                .map_err(|error| answer.unreadable(error.without_value()))
        })
        .await
    }

    /// Receives a file of an export from its signed address; no token of ours goes there. May be
    /// repeated while the link is good.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn export_file(&self, manifest: &Manifest, blob: &Blob) -> Result<ExportFile, Error> {
        match self.download_link(&manifest.link(blob), LONGEST_BLOB).await {
            Ok(download) => Ok(ExportFile::Open(download)),
            Err(Error::Refused(refusal)) if refusal.status == 410 => Ok(ExportFile::Expired),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DONE: &str = r#"{"id":"op-1","createdDateTime":"2026-04-08T01:02:03Z","status":"succeeded","resourceLocation":
        {"id":"m1","schemaVersion":"2","dataFormat":"compressedJSON","createdDateTime":"2026-04-08T01:02:03Z","eTag":"e7",
        "partnerTenantId":"t1","rootDirectory":"https://files.example/container/dir/","sasToken":"?sig=hush&se=2026",
        "partitionType":"default","blobCount":2,"blobs":[{"name":"part 1.json.gz","partitionValue":"default"},
        {"name":"sub/part2.json.gz","partitionValue":"default","sizeInBytes":12}]}}"#;

    fn state(body: &str) -> Result<ExportState, RowError> {
        read_state(body.as_bytes(), None, Some("e6"))
    }

    #[test]
    fn a_manifest_is_read_and_its_signature_stays_hidden() {
        let Ok(ExportState::Succeeded(manifest)) = state(DONE) else { panic!("manifest") };
        assert_eq!((manifest.etag.as_deref(), manifest.blobs.len()), (Some("e7"), 2));
        assert!(!format!("{manifest:?}").contains("hush"));
        let links: Vec<_> = manifest.blobs.iter().map(|blob| manifest.link(blob)).collect();
        assert_eq!(links[0].expose_secret(), "https://files.example/container/dir/part%201.json.gz?sig=hush&se=2026");
        assert_eq!(links[1].expose_secret(), "https://files.example/container/dir/sub/part2.json.gz?sig=hush&se=2026");
        let same = read_state(DONE.as_bytes(), None, Some("e7")).expect("state");
        assert!(matches!(same, ExportState::Unchanged { etag } if etag == "e7"));
    }

    #[test]
    fn states_are_told_apart() {
        for word in ["notStarted", "running", "not_started"] {
            let read = read_state(format!(r#"{{"status":"{word}"}}"#).as_bytes(), Some(Duration::from_secs(7)), None);
            let Ok(ExportState::Running { retry_after }) = read else { panic!("{word}") };
            assert_eq!(retry_after, Duration::from_secs(7));
        }
        assert!(
            matches!(state(r#"{"status":"running"}"#), Ok(ExportState::Running { retry_after }) if retry_after == ASSUMED_WAIT)
        );
        let failed = state(r#"{"status":"failed","error":{"code":"x","message":"why"}}"#);
        assert!(matches!(failed, Ok(ExportState::Failed { code: Some(code), .. }) if code == "x"));
        assert!(matches!(state(r#"{"status":"failed","error":null}"#), Ok(ExportState::Failed { code: None, .. })));
        assert!(matches!(state(r#"{"status":"unknownFutureValue"}"#), Ok(ExportState::Unknown(_))));
        for body in [r#"{"status":"succeeded"}"#, "{}", "", "[]", r#"{"status":"succeeded","resourceLocation":"x"}"#] {
            assert!(state(body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_manifest_that_leads_elsewhere_or_lacks_files_is_refused() {
        for (from, to) in [
            ("https://files.example", "http://files.example"),
            ("https://files.example", "https://u:p@files.example"),
            ("https://files.example/container/dir/", "/container"),
            ("https://files.example/container/dir/", "file:///etc"),
            ("\"blobCount\":2", "\"blobCount\":3"),
            ("sub/part2", "../part2"),
            ("part 1.json.gz", ""),
            ("part 1.json.gz", "a?b"),
            ("sig=hush", "sig=hush "),
        ] {
            let error = state(&DONE.replace(from, to)).err().unwrap_or_else(|| panic!("{to}"));
            assert!(!error.to_string().contains("hush"), "{error}");
        }
        assert!(state(&DONE.replace("https://files.example", "http://127.0.0.1:9")).is_ok());
    }

    #[test]
    fn an_operation_is_known_by_its_id_whatever_host_is_named() {
        for url in [
            "https://graph.example/v1.0/reports/partners/billing/operations/op-1",
            "/v1.0/reports/partners/billing/operations/op-1",
            "https://graph.example/beta/reports/partners/billing/operations/op-1/?x=1",
        ] {
            let operation = ExportOperation::from_url(url).expect(url);
            assert_eq!((operation.id.as_str(), operation.url()), ("op-1", url));
        }
        for url in
            ["", "https://graph.example/", "https://graph.example/operations", "/operations/a%2Fb", "/operations/.."]
        {
            assert!(ExportOperation::from_url(url).is_err(), "{url}");
        }
    }
}
