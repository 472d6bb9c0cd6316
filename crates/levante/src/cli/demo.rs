//! `levante demo`: panel, API, worker, simulated Microsoft and mailbox in one process (design §8).

mod people;
mod sample;

use super::say;
use crate::{
    app::{self, Certificate, Server, Shown},
    clock::random,
    config::{DomainCheck, MailTransport, Role, Settings, Supplier, VaultKey},
    mail::{MailboxFolder, mailbox},
    operations::Operations,
    workflow::Engine,
};
use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use partner_center_simulator::{Clock, Options, Platform, Simulator};
use people::People;
use secrecy::SecretString;
use std::{
    fs,
    future::Future,
    io::Write,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

#[derive(Debug, clap::Args)]
pub(super) struct Demo {
    /// Where panel and API listen; port 0 picks a free one.
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Keeps everything here over a restart; left out: a temporary folder that is removed at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// PostgreSQL instead of SQLite.
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// HTTPS, with a certificate for localhost that a certificate authority of the demo's own signs.
    #[arg(long)]
    tls: bool,
    /// Seeds the simulated Microsoft and the sample data, never a secret.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the business clock starts, such as 2026-06-01T00:00:00Z; a stored clock wins.
    #[arg(long)]
    clock: Option<Timestamp>,
    /// Adds this many services with history, half of them for each reseller.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=i64::from(sample::MOST)))]
    sample: u32,
    /// Turns the simulated Microsoft's faults on.
    #[arg(long)]
    hostile: bool,
}

impl Demo {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let (directory, temporary) = match &self.data {
            Some(directory) => (directory.clone(), false),
            None => (std::env::temp_dir().join(format!("levante-demo-{}", hex::encode(random::<6>()))), true),
        };
        make_private(&directory)?;
        let directory = directory.canonicalize()?;
        let done = self.run_in(&directory).await;
        if temporary {
            fs::remove_dir_all(&directory).with_context(|| format!("{} cannot be removed", directory.display()))?;
        }
        done
    }

    async fn run_in(&self, directory: &Path) -> anyhow::Result<()> {
        let announcement = directory.join("demo.json");
        if announcement.exists() {
            fs::remove_file(&announcement)?;
        }
        let listener =
            TcpListener::bind(self.listen).with_context(|| format!("{} cannot be listened on", self.listen))?;
        let certificate = if self.tls { Some(certificate(directory)?) } else { None };
        let public_url = format!("{}://{}", if self.tls { "https" } else { "http" }, listener.local_addr()?);

        let link = Arc::new(Link::default());
        let simulator = self.start_simulator(directory, link.clone()).await?;
        let settings = self.settings(directory, &public_url, &simulator)?;
        let operations = app::open(&settings).await?;
        // The simulator's stored clock wins over the one given (design §8), and the platform follows it.
        operations.move_clock(simulator.clock_offset()).await?;
        let people = People::prepare(&operations).await?;
        sample::order(&operations, &people.resellers(), self.seed, self.sample).await?;
        let engine = app::start_engine(&settings, app::workflow(&settings, operations.clone())?).await?;
        link.connect(operations.clone(), &engine);

        let folder = MailboxFolder::open(directory.join("mailbox"))?;
        let mailbox_listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mailbox = Server::start(mailbox_listener, mailbox::router(folder, app::brand(&settings)), None).await?;
        let mailbox_url = format!("http://{}/", mailbox.address);

        let shown = Shown {
            demo_logins: people.logins(),
            mailbox_url: Some(mailbox_url.clone()),
            simulator_url: Some(simulator.url()),
        };
        let server = Server::start(listener, app::router(&settings, operations, shown), certificate).await?;

        let json = people.announcement(&serde_json::json!({
            "panelUrl": format!("{public_url}/"),
            "apiUrl": format!("{public_url}/1.0"),
            "mailboxUrl": mailbox_url,
            "mailboxApiUrl": format!("{mailbox_url}api"),
            "simulatorUrl": simulator.url(),
            "controlUrl": simulator.control_url(),
            "controlToken": simulator.control_token(),
            "caFile": self.tls.then(|| directory.join("ca.pem")),
            "dataDir": directory,
        }));
        write_private(&announcement, serde_json::to_string_pretty(&json)?.as_bytes())?;
        people.introduce(&public_url, &mailbox_url, &simulator.url(), &announcement);

        app::asked_to_stop().await;
        server.stop().await;
        engine.stop().await;
        mailbox.stop().await;
        simulator.stop().await;
        Ok(())
    }

    async fn start_simulator(&self, directory: &Path, link: Arc<Link>) -> anyhow::Result<Simulator> {
        Simulator::start_with(Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            control_listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            control_token: hex::encode(random::<24>()),
            seed: self.seed,
            hostile: self.hostile,
            state: Some(directory.join("simulator.sqlite")),
            clock: self.clock.map_or_else(Clock::default, Clock::starting_at),
            platform: Some(link),
            ..Options::default()
        })
        .await
        .context("the simulated Microsoft cannot start")
    }

    fn settings(&self, directory: &Path, public_url: &str, simulator: &Simulator) -> anyhow::Result<Settings> {
        let credentials = simulator.credentials();
        let database = match &self.database {
            Some(url) => url.clone(),
            None => format!("sqlite:{}", directory.join("levante.sqlite").display()),
        };
        Ok(Settings {
            public_url: public_url.to_owned(),
            listen: self.listen,
            tls: None,
            role: Role::All,
            alone: true,
            brand: "Levante demo".to_owned(),
            support_address: None,
            database_url: SecretString::from(database),
            vault_key: VaultKey::File(directory.join("secret.key")),
            supplier: Supplier {
                api_base: simulator.url(),
                authority: simulator.url(),
                tenant: credentials.tenant_id.clone(),
                client_id: credentials.client_id.clone(),
                client_secret: SecretString::from(credentials.client_secret.clone()),
                refresh_token: Some(SecretString::from(credentials.refresh_token.clone())),
                token_v1: false,
                timeout: Duration::from_secs(30),
                calls_per_minute: None,
            },
            mail: MailTransport::Folder(directory.join("mailbox")),
            mail_from: "Levante demo <no-reply@levante.example>".to_owned(),
            domain_check: DomainCheck::Table,
            language: "en".to_owned(),
            time_window: SignedDuration::from_secs(300),
            // Whoever tries it out, or measures it, is alone with it.
            calls_per_minute: 0,
            withdrawn_operations: false,
            trusted_proxies: Vec::new(),
        })
    }
}

/// What the simulator tells the platform. The simulator starts first, so the platform is put in later.
#[derive(Default)]
struct Link {
    platform: OnceLock<(Arc<Operations>, Box<Settler>)>,
}

type Settler = dyn Fn() -> futures::future::BoxFuture<'static, ()> + Send + Sync;

impl Link {
    fn connect(&self, operations: Arc<Operations>, engine: &Engine) {
        // Connected once, by the one caller.
        let _ = self.platform.set((operations, Box::new(engine.settler())));
    }
}

impl Platform for Link {
    fn clock_moved(&self, offset: SignedDuration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let operations = self.platform.get().map(|(operations, _)| operations.clone());
        Box::pin(async move {
            if let Some(operations) = operations
                && let Err(e) = operations.move_clock(offset).await
            {
                tracing::error!(error = %e, "the platform's clock could not be moved");
            }
        })
    }

    fn settle(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        match self.platform.get() {
            Some((_, settle)) => settle(),
            None => Box::pin(async {}),
        }
    }
}

fn make_private(directory: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).with_context(|| format!("{} cannot be made", directory.display()))
}

/// Written beside and renamed, mode 0600: whoever sees the file sees all of it, and nobody else does.
fn write_private(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(fs::rename(&beside, path)?)
}

/// A certificate for localhost, 127.0.0.1 and ::1, signed by an authority of the demo's own, whose
/// certificate is written to `ca.pem` and whose key is forgotten at once.
fn certificate(directory: &Path) -> anyhow::Result<Certificate> {
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    };
    let authority_key = KeyPair::generate()?;
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.distinguished_name.push(DnType::CommonName, "Levante demo");
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority_certificate = authority.self_signed(&authority_key)?;
    fs::write(directory.join("ca.pem"), authority_certificate.pem())?;
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate()?;
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut own = CertificateParams::new(names.to_vec())?;
    own.distinguished_name.push(DnType::CommonName, "Levante demo at localhost");
    own.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    own.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Python from 3.13 on refuses a certificate that does not say whose it is.
    own.use_authority_key_identifier_extension = true;
    let own = own.signed_by(&key, &issuer)?;
    Certificate::made(&own.pem(), &SecretString::from(key.serialize_pem()))
}
