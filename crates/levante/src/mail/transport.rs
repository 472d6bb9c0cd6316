//! How a mail leaves: over SMTP, or into the demo's mailbox.
//!
//! One attempt per call. What came of it is one of four things, and "unclear" is said
//! only when the server may have taken the mail: after its whole text was sent
//! (design §7 and §11.16). Never repeats, never logs a body or a password.

use super::{Envelope, MailboxFolder, Rendered, message};
use lettre::transport::smtp::{
    Error as SmtpError,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    commands::{Data, Mail, Noop, Rcpt},
    extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    response::Response,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, path::PathBuf, time::Duration};

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Plain at first, then upgraded; a server that cannot is refused. Usually port 587.
    StartTls,
    /// TLS from the first byte. Usually port 465.
    Tls,
    /// None; allowed only to this machine itself.
    None,
}

/// Where and how mails are handed over.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// The user; with it goes [`SmtpSettings::password`].
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<SecretString>,
    /// A PEM file with certificates that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The longest one phase of a delivery may take: 1 to 600 seconds.
    pub timeout: Duration,
}

/// What is wrong with [`SmtpSettings`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// No host.
    #[error("the mail server's host is empty")]
    NoHost,
    /// Plain text over a network.
    #[error("security `none` is allowed only for a mail server on this machine, and \"{host}\" is not")]
    Plain {
        /// The host.
        host: String,
    },
    /// Half a sign-in.
    #[error("the mail server's user and password go together: give both or none")]
    HalfSignIn,
    /// Outside 1 to 600 s.
    #[error("the mail server's timeout must be 1 to 600 seconds, not {seconds}")]
    Timeout {
        /// The value, in whole seconds.
        seconds: u64,
    },
    /// The CA file cannot be used.
    #[error("the certificates in {} cannot be used: {why}", .path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// TLS cannot be set up for the host.
    #[error("TLS to \"{host}\" cannot be set up: {why}")]
    Tls {
        /// The host.
        host: String,
        /// Why.
        why: String,
    },
}

/// The server took the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// What it answered, on one line; often holds its own number of the mail.
    pub answer: String,
}

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailTrouble {
    /// The server surely did not take it; it may be tried again.
    #[error("not sent: {why}")]
    NotSent {
        /// What failed.
        why: String,
    },
    /// The whole mail was sent and no answer came; repeating may make two.
    #[error("no clear answer: {why}")]
    Unclear {
        /// What is known.
        why: String,
    },
    /// Refused for good (an answer 5xx to this mail): trying again is useless.
    #[error("refused: {why}")]
    Refused {
        /// The server's words.
        why: String,
    },
}

/// Where mails go.
#[derive(Debug)]
pub enum Transport {
    /// To a mail server.
    Smtp(SmtpTransport),
    /// Into the demo's mailbox.
    Folder(MailboxFolder),
}

impl Transport {
    /// Hands a mail over, once. May be repeated: into the folder without effect, over SMTP with
    /// the same Message-ID.
    ///
    /// # Errors
    /// [`MailTrouble`].
    pub async fn deliver(&self, envelope: &Envelope, rendered: &Rendered) -> Result<Receipt, MailTrouble> {
        match self {
            Transport::Smtp(smtp) => smtp.deliver(envelope, rendered).await,
            Transport::Folder(folder) => folder.deliver(envelope, rendered).await,
        }
    }

    /// Whether mails could be handed over now: connects and signs in, or writes into the folder.
    /// Sends nothing.
    ///
    /// # Errors
    /// [`MailTrouble::NotSent`] with what is wrong.
    pub async fn probe(&self) -> Result<(), MailTrouble> {
        match self {
            Transport::Smtp(smtp) => smtp.probe().await,
            Transport::Folder(folder) => folder.probe().await,
        }
    }
}

/// A mail server. Every delivery opens its own connection.
pub struct SmtpTransport {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
    hello: ClientId,
}

impl fmt::Debug for SmtpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpTransport").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl SmtpTransport {
    /// Checks the settings and reads the CA file; does not connect.
    ///
    /// # Errors
    /// [`SettingsError`] for the first thing wrong.
    pub fn new(settings: SmtpSettings) -> Result<SmtpTransport, SettingsError> {
        if settings.host.trim().is_empty() {
            return Err(SettingsError::NoHost);
        }
        if settings.security == Security::None && !is_loopback(&settings.host) {
            return Err(SettingsError::Plain { host: settings.host });
        }
        if settings.user.is_some() != settings.password.is_some() {
            return Err(SettingsError::HalfSignIn);
        }
        if !(Duration::from_secs(1)..=Duration::from_secs(600)).contains(&settings.timeout) {
            return Err(SettingsError::Timeout { seconds: settings.timeout.as_secs() });
        }
        let tls = match settings.security {
            Security::None => None,
            Security::StartTls | Security::Tls => Some(tls(&settings)?),
        };
        Ok(SmtpTransport { settings, tls, hello: ClientId::default() })
    }

    async fn deliver(&self, envelope: &Envelope, rendered: &Rendered) -> Result<Receipt, MailTrouble> {
        let mail = message::build(envelope, rendered).map_err(|why| MailTrouble::Refused { why })?;
        let text = mail.formatted();
        let mut connection = self.within("before the mail was sent", self.begin(&mail, &text)).await?;
        match tokio::time::timeout(self.settings.timeout, connection.message(&text)).await {
            Ok(Ok(response)) => {
                self.close(connection).await;
                Ok(Receipt { answer: words(&response) })
            }
            Ok(Err(e)) if e.is_permanent() => Err(MailTrouble::Refused { why: why(&e) }),
            Ok(Err(e)) if e.is_transient() => Err(MailTrouble::NotSent { why: why(&e) }),
            Ok(Err(e)) => Err(MailTrouble::Unclear { why: why(&e) }),
            Err(_) => Err(MailTrouble::Unclear { why: "no answer in time after the mail was sent".to_owned() }),
        }
    }

    async fn probe(&self) -> Result<(), MailTrouble> {
        let check = async {
            let mut connection = self.connect().await?;
            connection.command(Noop).await.map_err(not_sent)?;
            Ok(connection)
        };
        let connection = self.within("during the check", check).await?;
        self.close(connection).await;
        Ok(())
    }

    /// Connects, protects and signs in.
    async fn connect(&self) -> Result<AsyncSmtpConnection, MailTrouble> {
        let SmtpSettings { host, port, security, user, password, timeout, .. } = &self.settings;
        let implicit = self.tls.clone().filter(|_| *security == Security::Tls);
        let server = (host.as_str(), *port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, Some(*timeout), &self.hello, implicit, None)
            .await
            .map_err(not_sent)?;
        if let (Security::StartTls, Some(tls)) = (security, &self.tls) {
            connection.starttls(tls.clone(), &self.hello).await.map_err(not_sent)?;
        }
        if let (Some(user), Some(password)) = (user, password) {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(not_sent)?;
        }
        Ok(connection)
    }

    /// Everything up to the server's go-ahead for the text.
    async fn begin(&self, mail: &lettre::Message, text: &[u8]) -> Result<AsyncSmtpConnection, MailTrouble> {
        let mut connection = self.connect().await?;
        let envelope = mail.envelope();
        let mut parameters = Vec::new();
        let mut addresses = envelope.from().into_iter().chain(envelope.to());
        if addresses.any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let why = "the mail server takes no addresses outside ASCII (SMTPUTF8)".to_owned();
                return Err(MailTrouble::Refused { why });
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !text.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        connection.command(Mail::new(envelope.from().cloned(), parameters)).await.map_err(refused)?;
        for to in envelope.to() {
            connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(refused)?;
        }
        connection.command(Data).await.map_err(refused)?;
        Ok(connection)
    }

    async fn within<T>(
        &self,
        phase: &str,
        work: impl Future<Output = Result<T, MailTrouble>>,
    ) -> Result<T, MailTrouble> {
        tokio::time::timeout(self.settings.timeout, work)
            .await
            .unwrap_or_else(|_| Err(MailTrouble::NotSent { why: format!("the mail server took too long {phase}") }))
    }

    /// Says goodbye; nothing depends on the answer.
    async fn close(&self, mut connection: AsyncSmtpConnection) {
        let patience = self.settings.timeout.min(Duration::from_secs(2));
        let _ = tokio::time::timeout(patience, connection.quit()).await;
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn tls(settings: &SmtpSettings) -> Result<TlsParameters, SettingsError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(path) = &settings.ca_file {
        let refuse = |why: String| SettingsError::CaFile { path: path.clone(), why };
        let pem = std::fs::read(path).map_err(|e| refuse(e.to_string()))?;
        // A file without a certificate reads as an empty list, and would be trusted for nothing.
        if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
            return Err(refuse("it holds no PEM certificate".to_owned()));
        }
        let certificate = Certificate::from_pem(&pem).map_err(|e| refuse(e.to_string()))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build_rustls().map_err(|e| SettingsError::Tls { host: settings.host.clone(), why: e.to_string() })
}

/// Trouble before the server saw anything of this mail: never final, however it was put.
fn not_sent(e: SmtpError) -> MailTrouble {
    MailTrouble::NotSent { why: why(&e) }
}

/// Trouble about this mail before its text: final when the server says so, except where it only
/// wants another sign-in (530, 534, 535, 538), which the mail cannot help.
fn refused(e: SmtpError) -> MailTrouble {
    let code = e.status().map(|code| code.to_string()).unwrap_or_default();
    let sign_in = ["530", "534", "535", "538"].contains(&code.as_str());
    match e.is_permanent() && !sign_in {
        true => MailTrouble::Refused { why: why(&e) },
        false => not_sent(e),
    }
}

fn why(e: &SmtpError) -> String {
    super::one_line(&e.to_string(), 300)
}

fn words(response: &Response) -> String {
    super::one_line(&format!("{} {}", response.code(), response.message().collect::<Vec<_>>().join(" ")), 300)
}

#[cfg(test)]
mod tests;
