//! Builds the parts and holds them together: the only file that knows which concrete part is used.

use crate::{
    clock::Clock,
    config::{
        DomainCheck, MailSecurity, MailTransport, Settings, SettingsError, Supplier, TlsFiles, VaultKey, invalid,
    },
    mail::{Brand, MailboxFolder, Security, SmtpSettings, SmtpTransport, Transport},
    operations::{MailDomains, Operations, Policy},
    provider::{Provider, microsoft::Microsoft},
    secrets::Vault,
    storage::Db,
    workflow::{Engine, Post, Workflow, mail_domains::MailDomainCheck},
};
use anyhow::Context;
use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header::HOST},
    middleware::map_request,
    routing::get,
};
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use connections::Entrance;
use licensing::permission::IpBlock;
use partner_center::{Client, Limits, ReadRetry, RefreshTokenStore, StoreError, StoreFuture, TokenVersion};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use secrecy::{ExposeSecret, SecretString};
use std::{fs::File, io::Read, net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tower_http::compression::CompressionLayer;
use zeroize::Zeroizing;

mod connections;

pub use connections::Bounds;

/// Under which name the refresh token is kept.
const REFRESH_TOKEN: &str = "partner-center-refresh";

/// The largest file with a certificate or key that is read.
const LARGEST_PEM: u64 = 1024 * 1024;

/// How long a question of somebody who looks at a form waits for its turn.
const LONGEST_TURN: Duration = Duration::from_secs(20);

/// What the pages show beside what is stored.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Sign-in data that the sign-in page shows: the demo's.
    pub demo_logins: Vec<(String, String)>,
    /// The demo's mailbox.
    pub mailbox_url: Option<String>,
    /// The status page of the demo's simulated Microsoft; operators get a link.
    pub simulator_url: Option<String>,
}

/// Opens the books.
///
/// # Errors
/// When the database or the vault cannot be opened, or the vault's key is not the one of this database.
pub async fn open(settings: &Settings) -> anyhow::Result<Arc<Operations>> {
    let vault = match &settings.vault_key {
        VaultKey::Text(key) => Vault::from_hex(key)?,
        VaultKey::File(path) => Vault::from_file(path)?,
    };
    let db = Db::open(settings.database_url.expose_secret()).await.context("the database cannot be opened")?;
    let policy = Policy {
        mail_domains: match settings.domain_check {
            DomainCheck::Dns => MailDomains::Dns,
            DomainCheck::Table => MailDomains::Table,
            DomainCheck::Off => MailDomains::Off,
        },
        language: settings.language.clone(),
        ..Policy::default()
    };
    let operations = Arc::new(Operations::new(db, Clock::real(), vault, policy).await?);
    let kept = operations.sealed_value(REFRESH_TOKEN).await.context("the vault key does not fit this database")?;
    if let (None, Some(token)) = (kept, &settings.supplier.refresh_token) {
        operations.keep_sealed_value(REFRESH_TOKEN, token).await?;
    }
    Ok(operations)
}

/// Builds the workflow over the books.
///
/// # Errors
/// When a setting of the supplier or of the mails cannot be used.
pub fn workflow(settings: &Settings, operations: Arc<Operations>) -> anyhow::Result<Arc<Workflow>> {
    let desk = supplier(&settings.supplier, operations.clone())?;
    let mail_domains = match settings.domain_check {
        DomainCheck::Dns => {
            MailDomainCheck::system().map_err(anyhow::Error::msg).context("the DNS resolver cannot be set up")?
        }
        DomainCheck::Table | DomainCheck::Off => MailDomainCheck::Nobody,
    };
    let post = Post {
        transport: transport(settings)?,
        from: settings
            .mail_from
            .parse()
            .context("mail.from is not a sender such as Levante <no-reply@reseller.example>")?,
        brand: brand(settings),
    };
    Ok(Arc::new(Workflow { operations, provider: desk.in_background(), desk, post, mail_domains }))
}

/// The provider's name and addresses.
pub fn brand(settings: &Settings) -> Brand {
    Brand {
        name: settings.brand.clone(),
        panel_url: settings.public_url.clone(),
        support_address: settings.support_address.clone(),
    }
}

fn transport(settings: &Settings) -> anyhow::Result<Transport> {
    Ok(match &settings.mail {
        MailTransport::Folder(path) => {
            Transport::Folder(MailboxFolder::open(path).context("the mail folder cannot be opened")?)
        }
        MailTransport::Smtp { host, port, security, user, password, ca_file } => {
            Transport::Smtp(SmtpTransport::new(SmtpSettings {
                host: host.clone(),
                port: *port,
                security: match security {
                    MailSecurity::StartTls => Security::StartTls,
                    MailSecurity::Tls => Security::Tls,
                    MailSecurity::None => Security::None,
                },
                user: user.clone(),
                password: password.clone(),
                ca_file: ca_file.clone(),
                timeout: Duration::from_secs(30),
            })?)
        }
    })
}

/// The supplier behind Partner Center.
///
/// # Errors
/// When a setting cannot be used.
pub fn supplier(settings: &Supplier, operations: Arc<Operations>) -> anyhow::Result<Arc<dyn Provider>> {
    let mut config = partner_center::Config::new(
        &settings.api_base,
        &settings.authority,
        &settings.tenant,
        &settings.client_id,
        settings.client_secret.clone(),
    );
    config.timeout = settings.timeout;
    config.application_name = "Levante".to_owned();
    config.token_version = if settings.token_v1 { TokenVersion::V1 } else { TokenVersion::V2 };
    // A call must fit into a lease: the workflow repeats, with its own patience.
    config.read_retry = ReadRetry::never();
    config.parallel_calls = 16;
    match settings.calls_per_minute {
        None => {}
        Some(0) => config.limits = Limits::none(),
        Some(most) => config.limits = Limits { per_partner: Some(most), per_customer: Some(most), ..Limits::default() },
    }
    config.limits.longest_wait = LONGEST_TURN;
    let clock = operations.clock.clone();
    let client = Client::new(config, Arc::new(TokenStore(operations)))?;
    Ok(Arc::new(Microsoft::new(client, Arc::new(move || clock.business()))))
}

/// The refresh token, kept sealed in the database.
struct TokenStore(Arc<Operations>);

impl RefreshTokenStore for TokenStore {
    fn load(&self) -> StoreFuture<'_, Option<SecretString>> {
        Box::pin(async { self.0.sealed_value(REFRESH_TOKEN).await.map_err(|e| StoreError(e.to_string())) })
    }
    fn save(&self, new: SecretString) -> StoreFuture<'_, ()> {
        Box::pin(
            async move { self.0.keep_sealed_value(REFRESH_TOKEN, &new).await.map_err(|e| StoreError(e.to_string())) },
        )
    }
}

/// Panel, API and health on one origin.
pub fn router(settings: &Settings, operations: Arc<Operations>, shown: Shown) -> Router {
    let api = crate::ovh_api::Settings {
        time_window: settings.time_window,
        calls_per_minute: settings.calls_per_minute,
        withdrawn_operations: settings.withdrawn_operations,
        trusted_proxies: settings.trusted_proxies.iter().map(|ip| IpBlock::one(*ip)).collect(),
        ..crate::ovh_api::Settings::at(&settings.public_url)
    };
    let panel = crate::panel::Settings {
        public_url: settings.public_url.clone(),
        brand: settings.brand.clone(),
        secure_cookies: settings.public_url.starts_with("https://"),
        demo_logins: shown.demo_logins,
        mailbox_url: shown.mailbox_url,
        simulator_url: shown.simulator_url,
        trusted_proxies: settings.trusted_proxies.clone(),
    };
    let ready = operations.clone();
    let health = Router::new().route("/healthz", get(|| async { "ok" })).route(
        "/readyz",
        get(move || {
            let operations = ready.clone();
            async move {
                match operations.ping().await {
                    Ok(()) => (StatusCode::OK, "ready"),
                    Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
                }
            }
        }),
    );
    crate::panel::router(operations.clone(), panel)
        .merge(crate::ovh_api::router(operations, api))
        .merge(health)
        .layer(CompressionLayer::new())
        .layer(map_request(with_host))
}

/// HTTP/2 names the host beside the headers. Signatures and the panel's look at where a form comes from need it
/// where HTTP/1.1 has it.
async fn with_host(mut request: Request) -> Request {
    let authority = request.uri().authority().filter(|_| !request.headers().contains_key(HOST));
    if let Some(host) = authority.and_then(|authority| HeaderValue::from_str(authority.as_str()).ok()) {
        request.headers_mut().insert(HOST, host);
    }
    request
}

/// A running server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    handle: axum_server::Handle<SocketAddr>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// A certificate with its chain, and its key.
pub struct Certificate(Arc<ServerConfig>);

/// Why a certificate cannot be used.
enum CertificateFault {
    Chain(String),
    Key(&'static str),
    Pair,
}

impl Certificate {
    /// From PEM texts.
    fn from_pem(chain: &str, key: &SecretString) -> Result<Certificate, CertificateFault> {
        let not_read =
            |_| CertificateFault::Chain("must hold certificates in PEM; one in it cannot be read".to_owned());
        let chain: Vec<CertificateDer<'static>> =
            CertificateDer::pem_slice_iter(chain.as_bytes()).collect::<Result<_, _>>().map_err(not_read)?;
        if chain.is_empty() {
            return Err(CertificateFault::Chain("must hold the certificate in PEM".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes())
            .map_err(|_| CertificateFault::Key("must hold the private key in PEM, without a pass phrase"))?;
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
        let mut config = config.map_err(|e| match e {
            rustls::Error::InconsistentKeys(_) => CertificateFault::Pair,
            rustls::Error::InvalidCertificate(e) => CertificateFault::Chain(format!(
                "must hold the server's own certificate first; this one is no good: {e}"
            )),
            _ => CertificateFault::Key("must hold a private key of a kind that is known: RSA, ECDSA or Ed25519"),
        })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Certificate(Arc::new(config)))
    }

    /// From texts in PEM that were made here.
    ///
    /// # Errors
    /// When they are no certificate and its key.
    pub fn made(chain: &str, key: &SecretString) -> anyhow::Result<Certificate> {
        Certificate::from_pem(chain, key).map_err(|fault| match fault {
            CertificateFault::Chain(why) => anyhow::anyhow!("the certificate {why}"),
            CertificateFault::Key(why) => anyhow::anyhow!("the key {why}"),
            CertificateFault::Pair => anyhow::anyhow!("the key is not the certificate's"),
        })
    }

    /// From the files of the settings `tls.certificate_file` and `tls.key_file`, as they are now.
    ///
    /// # Errors
    /// [`SettingsError::Invalid`] naming the setting, its file and the rule. Never shows what is in a file.
    pub fn read(files: &TlsFiles) -> Result<Certificate, SettingsError> {
        let (chain_name, key_name) = ("tls.certificate_file", "tls.key_file");
        let shown = |path: &Path| path.display().to_string();
        let chain = pem_file(chain_name, &files.certificate)?;
        let key = pem_file(key_name, &files.key)?;
        Certificate::from_pem(chain.expose_secret(), &key).map_err(|fault| match fault {
            CertificateFault::Chain(rule) => invalid(chain_name, shown(&files.certificate), rule),
            CertificateFault::Key(rule) => invalid(key_name, shown(&files.key), rule),
            CertificateFault::Pair => {
                let rule = format!("must hold the key of the certificate in {}", shown(&files.certificate));
                invalid(key_name, shown(&files.key), rule)
            }
        })
    }
}

fn pem_file(name: &'static str, path: &Path) -> Result<SecretString, SettingsError> {
    let trouble = |rule: String| invalid(name, path.display().to_string(), rule);
    let file = File::open(path).map_err(|e| trouble(format!("must be a file that can be read: {e}")))?;
    let mut text = Zeroizing::new(String::new());
    let read = file.take(LARGEST_PEM + 1).read_to_string(&mut text);
    match read {
        Ok(_) if text.len() as u64 > LARGEST_PEM => Err(trouble(format!("must be at most {LARGEST_PEM} bytes long"))),
        Ok(_) => Ok(SecretString::from(text.as_str())),
        Err(e) if e.kind() == std::io::ErrorKind::InvalidData => Err(trouble("must be text in PEM".to_owned())),
        Err(e) => Err(trouble(format!("must be a file that can be read: {e}"))),
    }
}

impl Server {
    /// Serves with the usual bounds. Whoever binds does it first, so that the address is known and connections wait
    /// instead of being refused.
    ///
    /// # Errors
    /// When the listener cannot be used.
    pub async fn start(
        listener: std::net::TcpListener,
        router: Router,
        tls: Option<Certificate>,
    ) -> anyhow::Result<Server> {
        Server::start_within(Bounds::usual(), listener, router, tls).await
    }

    /// The same with other bounds.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn start_within(
        bounds: Bounds,
        listener: std::net::TcpListener,
        router: Router,
        tls: Option<Certificate>,
    ) -> anyhow::Result<Server> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let handle = axum_server::Handle::new();
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let entrance = Entrance::new(bounds);
        let server = bounds.kept_by(axum_server::from_tcp(listener)?.handle(handle.clone()));
        let task = match tls {
            None => tokio::spawn(server.acceptor(entrance).serve(service)),
            Some(Certificate(config)) => {
                let secured = RustlsAcceptor::new(RustlsConfig::from_config(config)).acceptor(entrance);
                tokio::spawn(server.acceptor(secured).serve(service))
            }
        };
        Ok(Server { address, handle, task })
    }

    /// Takes no further connections, lets open requests finish for some seconds, and ends.
    pub async fn stop(self) {
        self.handle.graceful_shutdown(Some(Duration::from_secs(5)));
        let _ = self.task.await;
    }
}

/// Waits for SIGINT or SIGTERM.
pub async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! { _ = interrupt => {} _ = terminate.recv() => {} }
            return;
        }
    }
    let _ = interrupt.await;
}

/// Starts the workers.
///
/// # Errors
/// When the database does not answer.
pub async fn start_engine(settings: &Settings, workflow: Arc<Workflow>) -> anyhow::Result<Engine> {
    if settings.alone {
        workflow.operations.take_over_alone().await?;
    }
    Ok(Engine::start(workflow))
}
