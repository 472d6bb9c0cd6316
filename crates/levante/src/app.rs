//! Builds the parts and holds them together: the only file that knows which concrete part is used.

use crate::{
    clock::Clock,
    config::{DomainCheck, MailSecurity, MailTransport, Settings, Supplier, VaultKey},
    mail::{Brand, MailboxFolder, Security, SmtpSettings, SmtpTransport, Transport},
    operations::{MailDomains, Operations, Policy},
    provider::{Provider, microsoft::Microsoft},
    secrets::Vault,
    storage::Db,
    workflow::{Engine, Post, Workflow, mail_domains::MailDomainCheck},
};
use anyhow::Context;
use axum::{Router, http::StatusCode, routing::get};
use connections::Entrance;
use licensing::permission::IpBlock;
use partner_center::{Client, Limits, ReadRetry, RefreshTokenStore, StoreError, StoreFuture, TokenVersion};
use secrecy::{ExposeSecret, SecretString};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tower_http::compression::CompressionLayer;

mod connections;

pub use connections::Bounds;

/// Under which name the refresh token is kept.
const REFRESH_TOKEN: &str = "partner-center-refresh";

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
}

/// A running server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    handle: axum_server::Handle<SocketAddr>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// Certificate and key, PEM.
pub struct Certificate {
    /// The chain.
    pub chain: String,
    /// The private key.
    pub key: SecretString,
}

impl Server {
    /// Serves with the usual bounds. Whoever binds does it first, so that the address is known and connections wait
    /// instead of being refused.
    ///
    /// # Errors
    /// When the listener or the certificate cannot be used.
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
            Some(certificate) => {
                let config = axum_server::tls_rustls::RustlsConfig::from_pem(
                    certificate.chain.into_bytes(),
                    certificate.key.expose_secret().as_bytes().to_vec(),
                )
                .await?;
                let secured = axum_server::tls_rustls::RustlsAcceptor::new(config).acceptor(entrance);
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
