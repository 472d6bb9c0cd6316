//! The demo's mailbox on disk: one JSON file per mail, named by its Message-ID, so that
//! a mail delivered twice is one mail. Files are written whole or not at all, mode 0600.

use super::{Envelope, MailTrouble, Receipt, Rendered, message};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// A mail in the mailbox. May hold a secret: `Debug` shows its head only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredMail {
    /// The Message-ID without angle brackets.
    pub message_id: String,
    /// The `Date` header, RFC 3339.
    pub date: jiff::Timestamp,
    /// The sender, `Name <address>`.
    pub from: String,
    /// The recipient's address.
    pub to: String,
    /// The recipient's name.
    pub to_name: String,
    /// ISO 639-1 code of the words.
    pub language: String,
    /// The subject.
    pub subject: String,
    /// Every header as it would be sent, in order.
    pub headers: serde_json::Map<String, serde_json::Value>,
    /// The plain text.
    pub text: String,
    /// The HTML document.
    pub html: String,
}

impl StoredMail {
    /// The local part of the Message-ID: its name in the mailbox.
    pub fn id(&self) -> &str {
        self.message_id.split('@').next().unwrap_or_default()
    }
}

impl fmt::Debug for StoredMail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredMail")
            .field("message_id", &self.message_id)
            .field("to", &self.to)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// A directory of mails. Cheap to clone; several processes may share one.
#[derive(Debug, Clone)]
pub struct MailboxFolder {
    directory: PathBuf,
}

/// How old an unfinished file must be to be nobody's any more.
const LEFTOVER: Duration = Duration::from_secs(60);

static TEMPORARY: AtomicU64 = AtomicU64::new(0);

impl MailboxFolder {
    /// Opens a directory, making it (mode 0700) when it is missing.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(directory: impl Into<PathBuf>) -> io::Result<MailboxFolder> {
        let directory = directory.into();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&directory)?;
        clear_leftovers(&directory)?;
        Ok(MailboxFolder { directory })
    }

    /// Every mail, newest first; `to` keeps those to one address, in any case of letters.
    /// A file that is no mail is skipped and logged.
    ///
    /// # Errors
    /// What the file system says.
    pub fn list(&self, to: Option<&str>) -> io::Result<Vec<StoredMail>> {
        let mut mails = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let path = entry?.path();
            if path.extension().is_none_or(|e| e != "json") {
                continue;
            }
            match read(&path) {
                Ok(mail) if to.is_none_or(|to| mail.to.eq_ignore_ascii_case(to.trim())) => mails.push(mail),
                Ok(_) => {}
                Err(e) => tracing::warn!(file = ?path.file_name(), error = %e, "not a mail"),
            }
        }
        mails.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.message_id.cmp(&b.message_id)));
        Ok(mails)
    }

    /// One mail by the local part of its Message-ID; `None` when there is none.
    ///
    /// # Errors
    /// What the file system says.
    pub fn get(&self, id: &str) -> io::Result<Option<StoredMail>> {
        if !message::is_message_id(id) {
            return Ok(None);
        }
        match read(&self.path(id)) {
            Ok(mail) => Ok(Some(mail)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    pub(super) async fn deliver(&self, envelope: &Envelope, rendered: &Rendered) -> Result<Receipt, MailTrouble> {
        let mail = message::build(envelope, rendered).map_err(|why| MailTrouble::Refused { why })?;
        let headers = message::headers(&mail).into_iter().map(|(name, value)| (name, value.into())).collect();
        let stored = StoredMail {
            message_id: message::message_id(envelope),
            date: envelope.date,
            from: envelope.from.to_string(),
            to: envelope.to.clone(),
            to_name: envelope.to_name.clone(),
            language: envelope.language.or_fallback().code().to_owned(),
            subject: rendered.subject.clone(),
            headers,
            text: rendered.text.clone(),
            html: rendered.html.clone(),
        };
        let (folder, id) = (self.clone(), envelope.message_id.clone());
        match tokio::task::spawn_blocking(move || folder.keep(&id, &stored)).await {
            Ok(Ok(true)) => Ok(Receipt { answer: "kept in the mailbox".to_owned() }),
            Ok(Ok(false)) => Ok(Receipt { answer: "already in the mailbox".to_owned() }),
            Ok(Err(e)) => Err(MailTrouble::NotSent { why: format!("the mailbox cannot be written: {e}") }),
            Err(e) => Err(MailTrouble::Unclear { why: format!("the writing was interrupted: {e}") }),
        }
    }

    pub(super) async fn probe(&self) -> Result<(), MailTrouble> {
        let folder = self.clone();
        let tried = tokio::task::spawn_blocking(move || {
            let path = folder.temporary("probe");
            create(&path)?.sync_all()?;
            fs::remove_file(&path)
        });
        match tried.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(e)) => Err(MailTrouble::NotSent { why: format!("the mailbox cannot be written: {e}") }),
            Err(e) => Err(MailTrouble::NotSent { why: e.to_string() }),
        }
    }

    /// Writes a mail unless it is there; whether it was new.
    fn keep(&self, id: &str, mail: &StoredMail) -> io::Result<bool> {
        let path = self.path(id);
        if path.try_exists()? {
            return Ok(false);
        }
        let temporary = self.temporary(id);
        let written = write(&temporary, mail).and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written?;
        // Without it the new name may be lost with the machine's power.
        File::open(&self.directory)?.sync_all()?;
        Ok(true)
    }

    fn path(&self, id: &str) -> PathBuf {
        self.directory.join(format!("{id}.json"))
    }

    fn temporary(&self, id: &str) -> PathBuf {
        let number = TEMPORARY.fetch_add(1, Ordering::Relaxed);
        self.directory.join(format!(".{id}.{}.{number}.tmp", std::process::id()))
    }
}

/// Removes what a process that died while writing has left: it may hold a password. One that is being
/// written right now is younger than a minute.
fn clear_leftovers(directory: &Path) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let old =
            || path.metadata().and_then(|m| m.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LEFTOVER));
        if path.extension().is_some_and(|e| e == "tmp") && old() {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn write(path: &Path, mail: &StoredMail) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(&serde_json::to_vec_pretty(mail)?)?;
    file.sync_all()
}

fn read(path: &Path) -> io::Result<StoredMail> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}
