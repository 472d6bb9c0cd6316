//! Settings of `levante serve`: read once, checked once, typed afterwards.
//!
//! From a TOML file; every setting also as `LEVANTE_SECTION_NAME`, and every secret as
//! `LEVANTE_SECTION_NAME_FILE`. Nothing else reads the environment.

use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

/// Why the settings cannot be used. Never shows a secret.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file or the environment cannot be read, or holds an unknown or mistyped setting.
    #[error("settings: {0}")]
    Unreadable(String),
    /// A setting breaks a rule.
    #[error("settings: {name} = {value:?} {rule}")]
    Invalid {
        /// The setting, as in the file.
        name: &'static str,
        /// Its value; empty for a secret or when it is missing.
        value: String,
        /// What is allowed.
        rule: String,
    },
}

/// Every setting, secrets marked. The environment's names and the reference in the guide come from it.
pub const SETTINGS: &[(&str, bool, &str)] = &[
    ("public_url", false, "the address that people and scripts use, https unless on loopback"),
    ("listen", false, "address and port to listen on; default 127.0.0.1:8080"),
    ("tls.certificate_file", false, "to serve HTTPS without a proxy: the certificate with its chain, PEM; optional"),
    ("tls.key_file", false, "its private key, PEM; with tls.certificate_file"),
    ("role", false, "web, worker or all; default all"),
    ("alone", false, "true when this is the only worker process; default true"),
    ("brand.name", false, "the provider's name on pages and mails; default Levante"),
    ("brand.support_address", false, "where people write for help; optional"),
    ("database.url", true, "sqlite:FILE or postgres://…"),
    ("vault.key", true, "64 hexadecimal digits"),
    ("vault.key_file", false, "a file with them; made when absent"),
    ("supplier.api_base", false, "default https://api.partnercenter.microsoft.com"),
    ("supplier.authority", false, "default https://login.microsoftonline.com"),
    ("supplier.tenant", false, "the provider's tenant id"),
    ("supplier.client_id", false, "the application's id"),
    ("supplier.client_secret", true, "the application's secret"),
    ("supplier.refresh_token", true, "the first refresh token, from the consent; later ones are kept in the database"),
    ("supplier.token_version", false, "v1 or v2; default v2"),
    ("supplier.timeout_seconds", false, "longest time of one request, 5 to 60; default 30"),
    (
        "supplier.calls_per_minute",
        false,
        "most calls in a minute for each of Microsoft's resources, 120 to 100000, or 0 for no limit; default 450, below \
         Microsoft's 500; no limit against a simulator on loopback",
    ),
    ("mail.transport", false, "smtp or folder; default smtp"),
    ("mail.folder", false, "where mails are written when transport is folder"),
    ("mail.from", false, "the sender, such as Levante <no-reply@reseller.example>"),
    ("mail.host", false, "the mail server"),
    ("mail.port", false, "its port; default 587"),
    ("mail.security", false, "starttls, tls or none (loopback only); default starttls"),
    ("mail.user", false, "sign-in name at the mail server; optional"),
    ("mail.password", true, "its password"),
    ("mail.ca_file", false, "a private certificate authority, PEM; optional"),
    ("mail.domain_check", false, "dns, table or off; default dns"),
    (
        "trusted_proxies",
        false,
        "addresses of reverse proxies whose X-Forwarded-For is believed, parted by commas; default none",
    ),
    ("language", false, "it, en, fr, de, es, pl or pt; default en"),
    (
        "api.calls_per_minute",
        false,
        "how many calls a key, a service account, or an address without one may make in a minute, 0 to 1000000; 0 is any \
         number; default 600",
    ),
    ("time_window_seconds", false, "how far a caller's clock may be off, 30 to 3600; default 300"),
    ("withdrawn_operations", false, "true: the API offers what OVHcloud withdrew, marked deprecated; default false"),
];

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    public_url: String,
    listen: Option<String>,
    role: Option<String>,
    alone: Option<bool>,
    trusted_proxies: Option<String>,
    language: Option<String>,
    time_window_seconds: Option<i64>,
    api: ApiFile,
    tls: TlsFile,
    withdrawn_operations: Option<bool>,
    brand: BrandFile,
    database: DatabaseFile,
    vault: VaultFile,
    supplier: SupplierFile,
    mail: MailFile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ApiFile {
    calls_per_minute: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TlsFile {
    certificate_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BrandFile {
    name: Option<String>,
    support_address: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DatabaseFile {
    url: Option<SecretString>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct VaultFile {
    key: Option<SecretString>,
    key_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SupplierFile {
    api_base: Option<String>,
    authority: Option<String>,
    tenant: Option<String>,
    client_id: Option<String>,
    client_secret: Option<SecretString>,
    refresh_token: Option<SecretString>,
    token_version: Option<String>,
    timeout_seconds: Option<u64>,
    calls_per_minute: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct MailFile {
    transport: Option<String>,
    folder: Option<PathBuf>,
    from: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    security: Option<String>,
    user: Option<String>,
    password: Option<SecretString>,
    ca_file: Option<PathBuf>,
    domain_check: Option<String>,
}

/// Which work a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Panel and API.
    Web,
    /// The workflow.
    Worker,
    /// Both.
    All,
}

impl Role {
    /// Whether it serves pages and API.
    pub fn serves(&self) -> bool {
        *self != Role::Worker
    }
    /// Whether it runs the workflow.
    pub fn works(&self) -> bool {
        *self != Role::Web
    }
}

/// The files of the certificate under which we serve HTTPS ourselves. Read at the start only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those between it and the authority, PEM.
    pub certificate: PathBuf,
    /// Its private key, PEM.
    pub key: PathBuf,
}

/// Where the vault's key is.
#[derive(Debug, Clone)]
pub enum VaultKey {
    /// The key itself.
    Text(SecretString),
    /// A file; made when absent.
    File(PathBuf),
}

/// Our access to the supplier.
#[derive(Debug, Clone)]
pub struct Supplier {
    /// Root of the API.
    pub api_base: String,
    /// Root of the sign-in authority.
    pub authority: String,
    /// The provider's tenant.
    pub tenant: String,
    /// The application.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The first refresh token; used while the database holds none.
    pub refresh_token: Option<SecretString>,
    /// The older token endpoint.
    pub token_v1: bool,
    /// Longest time of one request.
    pub timeout: Duration,
    /// Most calls in a minute for each of its resources; 0 for no limit, `None` for the client's own: 450, or
    /// none where the API is on loopback.
    pub calls_per_minute: Option<u32>,
}

/// How mails leave.
#[derive(Debug, Clone)]
pub enum MailTransport {
    /// Written to a folder.
    Folder(PathBuf),
    /// Through a mail server.
    Smtp {
        /// Its name.
        host: String,
        /// Its port.
        port: u16,
        /// `starttls`, `tls` or `none`.
        security: MailSecurity,
        /// Sign-in name.
        user: Option<String>,
        /// Password.
        password: Option<SecretString>,
        /// A private certificate authority.
        ca_file: Option<PathBuf>,
    },
}

/// How the way to the mail server is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// STARTTLS, required.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// None; loopback only.
    None,
}

/// How e-mail domains are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DomainCheck {
    /// By the DNS.
    Dns,
    /// By the demo's table.
    Table,
    /// Not at all.
    Off,
}

/// The checked settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address that people and scripts use, without a trailing slash.
    pub public_url: String,
    /// Where to listen.
    pub listen: SocketAddr,
    /// With which certificate; `None`: plain HTTP, for a proxy that speaks HTTPS.
    pub tls: Option<TlsFiles>,
    /// Which work this process does.
    pub role: Role,
    /// Whether this is the only worker process.
    pub alone: bool,
    /// The provider's name.
    pub brand: String,
    /// Where people write for help.
    pub support_address: Option<String>,
    /// The database.
    pub database_url: SecretString,
    /// The vault's key.
    pub vault_key: VaultKey,
    /// Our access to Microsoft.
    pub supplier: Supplier,
    /// How mails leave.
    pub mail: MailTransport,
    /// Their sender.
    pub mail_from: String,
    /// How e-mail domains are checked.
    pub domain_check: DomainCheck,
    /// Language where nothing else is known.
    pub language: String,
    /// How far a caller's clock may be off.
    pub time_window: SignedDuration,
    /// Whether the API offers the operations that OVHcloud withdrew.
    pub withdrawn_operations: bool,
    /// Reverse proxies whose word on a caller's address is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// How many calls of the API a key, a service account, or an address without one may make in a minute; 0: any
    /// number.
    pub calls_per_minute: u32,
}

/// A setting that breaks a rule.
pub(crate) fn invalid(name: &'static str, value: impl Into<String>, rule: impl Into<String>) -> SettingsError {
    SettingsError::Invalid { name, value: value.into(), rule: rule.into() }
}

impl Settings {
    /// Reads a file (optional) and the environment.
    ///
    /// # Errors
    /// [`SettingsError`] naming the setting, its value and the rule.
    pub fn read(file: Option<&std::path::Path>) -> Result<Settings, SettingsError> {
        let unreadable = |e: config::ConfigError| SettingsError::Unreadable(without_values(&e));
        let mut builder = config::Config::builder();
        if let Some(file) = file {
            builder = builder.add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        for (name, secret, _) in SETTINGS {
            if let Some(value) = from_variables(name, *secret, variable)? {
                builder = builder.set_override(*name, value).map_err(unreadable)?;
            }
        }
        let file: File = builder.build().and_then(config::Config::try_deserialize).map_err(unreadable)?;
        check(file)
    }
}

/// What is wrong with the file, without the values in it: one of them may be a secret.
fn without_values(error: &config::ConfigError) -> String {
    use config::ConfigError;
    let named = |key: &Option<String>| key.as_deref().map_or(String::new(), |key| format!(" for key `{key}`"));
    match error {
        ConfigError::Type { expected, key, .. } => format!("invalid type, expected {expected}{}", named(key)),
        ConfigError::At { error, key, .. } => format!("{}{}", without_values(error), named(key)),
        ConfigError::Message(text) if text.starts_with("invalid ") => {
            let what: String = text.chars().take_while(|c| *c != ':').collect();
            text.rsplit_once(", expected ").map_or(what.clone(), |(_, expected)| format!("{what}, expected {expected}"))
        }
        // A parser quotes the line that it cannot read, behind a margin.
        other => {
            let margin = |line: &&str| {
                line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|')
            };
            other.to_string().lines().filter(|line| !margin(line)).collect::<Vec<_>>().join(" ")
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the single reader of the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A setting from its variable or, for a secret, from the file that `…_FILE` names. Where `…_FILE` is a
/// setting of its own (`vault.key_file`), it is only that one.
fn from_variables(
    name: &str,
    secret: bool,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, SettingsError> {
    let own = format!("LEVANTE_{}", name.replace('.', "_").to_ascii_uppercase());
    if let Some(value) = variable(&own) {
        return Ok(Some(value));
    }
    if !secret || SETTINGS.iter().any(|(other, ..)| other.strip_suffix("_file") == Some(name)) {
        return Ok(None);
    }
    match variable(&format!("{own}_FILE")) {
        Some(path) => std::fs::read_to_string(&path)
            .map(|text| Some(text.trim().to_owned()))
            .map_err(|e| SettingsError::Unreadable(format!("{own}_FILE {path}: {e}"))),
        None => Ok(None),
    }
}

fn check(file: File) -> Result<Settings, SettingsError> {
    let required = |name, value: Option<String>| match value {
        Some(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
        _ => Err(invalid(name, "", "must be set")),
    };
    let public_url = required("public_url", Some(file.public_url))?.trim_end_matches('/').to_owned();
    check_url(&public_url)?;
    let tls = check_tls(file.tls, &public_url)?;
    let listen = file.listen.unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let role = file.role.unwrap_or_else(|| "all".to_owned());
    let language = file.language.unwrap_or_else(|| "en".to_owned());
    let window = file.time_window_seconds.unwrap_or(300);
    if !(30..=3600).contains(&window) {
        return Err(invalid("time_window_seconds", window.to_string(), "must be 30 to 3600"));
    }
    let calls = file.api.calls_per_minute.unwrap_or(600);
    let calls_per_minute = u32::try_from(calls).ok().filter(|calls| *calls <= 1_000_000);
    let calls_per_minute = calls_per_minute
        .ok_or_else(|| invalid("api.calls_per_minute", calls.to_string(), "must be 0 to 1000000; 0 is any number"))?;
    let domain_check = file.mail.domain_check.clone().unwrap_or_else(|| "dns".to_owned());
    Ok(Settings {
        listen: listen
            .parse()
            .map_err(|_| invalid("listen", &listen, "must be an address and a port, such as 127.0.0.1:8080"))?,
        tls,
        role: match role.as_str() {
            "web" => Role::Web,
            "worker" => Role::Worker,
            "all" => Role::All,
            other => return Err(invalid("role", other, "must be web, worker or all")),
        },
        alone: file.alone.unwrap_or(true),
        brand: file.brand.name.unwrap_or_else(|| "Levante".to_owned()),
        support_address: file.brand.support_address,
        database_url: file.database.url.ok_or_else(|| invalid("database.url", "", "must be set"))?,
        vault_key: match (file.vault.key, file.vault.key_file) {
            (Some(key), None) => VaultKey::Text(key),
            (None, Some(path)) => VaultKey::File(path),
            _ => return Err(invalid("vault.key", "", "or vault.key_file must be set, and not both")),
        },
        mail_from: required("mail.from", file.mail.from.clone())?,
        mail: check_mail(file.mail)?,
        domain_check: match domain_check.as_str() {
            "dns" => DomainCheck::Dns,
            "table" => DomainCheck::Table,
            "off" => DomainCheck::Off,
            other => return Err(invalid("mail.domain_check", other, "must be dns, table or off")),
        },
        supplier: check_supplier(file.supplier)?,
        language: licensing::contact::language("language", &language)
            .map_err(|e| invalid("language", &language, e.rule.to_string()))?,
        time_window: SignedDuration::from_secs(window),
        calls_per_minute,
        withdrawn_operations: file.withdrawn_operations.unwrap_or(false),
        trusted_proxies: file
            .trusted_proxies
            .as_deref()
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(|text| text.parse().map_err(|_| invalid("trusted_proxies", text, "must be network addresses")))
            .collect::<Result<_, _>>()?,
        public_url,
    })
}

/// A plain address only on loopback: cookies and keys travel on it (design §11.13).
fn check_url(url: &str) -> Result<(), SettingsError> {
    let rest = match url.split_once("://") {
        Some(("https", rest)) => rest,
        Some(("http", rest)) => {
            let host = rest.rsplit_once(':').map_or(rest, |(host, _)| host);
            if !["127.0.0.1", "localhost", "[::1]"].contains(&host) {
                return Err(invalid("public_url", url, "must be https; plain http is allowed on loopback only"));
            }
            rest
        }
        _ => return Err(invalid("public_url", url, "must start with https://")),
    };
    match rest.is_empty() || rest.contains('/') {
        true => {
            Err(invalid("public_url", url, "must be an origin without a path, such as https://panel.reseller.example"))
        }
        false => Ok(()),
    }
}

/// Both files or none; and whoever follows the public address must get what is served: HTTPS.
fn check_tls(tls: TlsFile, public_url: &str) -> Result<Option<TlsFiles>, SettingsError> {
    let named = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
    let both = "must be set as well: a certificate and its key go together";
    match (named(tls.certificate_file), named(tls.key_file)) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(invalid("tls.key_file", "", both)),
        (None, Some(_)) => Err(invalid("tls.certificate_file", "", both)),
        (Some(_), Some(_)) if !public_url.starts_with("https://") => {
            Err(invalid("public_url", public_url, "must start with https:// where tls.certificate_file is set"))
        }
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
    }
}

fn check_mail(mail: MailFile) -> Result<MailTransport, SettingsError> {
    match mail.transport.as_deref().unwrap_or("smtp") {
        "folder" => Ok(MailTransport::Folder(
            mail.folder.ok_or_else(|| invalid("mail.folder", "", "must be set when mail.transport is folder"))?,
        )),
        "smtp" => Ok(MailTransport::Smtp {
            host: mail.host.filter(|h| !h.is_empty()).ok_or_else(|| invalid("mail.host", "", "must be set"))?,
            port: mail.port.unwrap_or(587),
            security: match mail.security.as_deref().unwrap_or("starttls") {
                "starttls" => MailSecurity::StartTls,
                "tls" => MailSecurity::Tls,
                "none" => MailSecurity::None,
                other => return Err(invalid("mail.security", other, "must be starttls, tls or none")),
            },
            user: mail.user,
            password: mail.password,
            ca_file: mail.ca_file,
        }),
        other => Err(invalid("mail.transport", other, "must be smtp or folder")),
    }
}

fn check_supplier(supplier: SupplierFile) -> Result<Supplier, SettingsError> {
    let required = |name, value: Option<String>| match value {
        Some(text) if !text.trim().is_empty() => Ok(text),
        _ => Err(invalid(name, "", "must be set")),
    };
    let seconds = supplier.timeout_seconds.unwrap_or(30);
    if !(5..=60).contains(&seconds) {
        return Err(invalid("supplier.timeout_seconds", seconds.to_string(), "must be 5 to 60"));
    }
    // At a slower pace a call would wait for its turn longer than a worker may hold a service.
    if let Some(calls) = supplier.calls_per_minute.filter(|calls| *calls != 0 && !(120..=100_000).contains(calls)) {
        return Err(invalid(
            "supplier.calls_per_minute",
            calls.to_string(),
            "must be 120 to 100000, or 0 for no limit",
        ));
    }
    Ok(Supplier {
        calls_per_minute: supplier.calls_per_minute,
        api_base: supplier.api_base.unwrap_or_else(|| "https://api.partnercenter.microsoft.com".to_owned()),
        authority: supplier.authority.unwrap_or_else(|| "https://login.microsoftonline.com".to_owned()),
        tenant: required("supplier.tenant", supplier.tenant)?,
        client_id: required("supplier.client_id", supplier.client_id)?,
        client_secret: supplier.client_secret.ok_or_else(|| invalid("supplier.client_secret", "", "must be set"))?,
        refresh_token: supplier.refresh_token,
        token_v1: match supplier.token_version.as_deref().unwrap_or("v2") {
            "v1" => true,
            "v2" => false,
            other => return Err(invalid("supplier.token_version", other, "must be v1 or v2")),
        },
        timeout: Duration::from_secs(seconds),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> File {
        toml(
            r#"
            public_url = "https://panel.reseller.example/"
            [database]
            url = "sqlite:levante.sqlite"
            [vault]
            key_file = "secret.key"
            [supplier]
            tenant = "t"
            client_id = "c"
            client_secret = "s"
            [mail]
            from = "Levante <no-reply@reseller.example>"
            host = "mail.reseller.example"
            "#,
        )
        .expect("readable")
    }

    fn toml(text: &str) -> Result<File, config::ConfigError> {
        config::Config::builder()
            .add_source(config::File::from_str(text, config::FileFormat::Toml))
            .build()
            .and_then(config::Config::try_deserialize)
    }

    fn refused(change: impl FnOnce(&mut File)) -> &'static str {
        let mut file = good();
        change(&mut file);
        match check(file).expect_err("refused") {
            SettingsError::Invalid { name, .. } => name,
            SettingsError::Unreadable(_) => "unreadable",
        }
    }

    #[test]
    fn every_fault_names_its_setting() {
        assert_eq!(check(good()).expect("valid").public_url, "https://panel.reseller.example");
        assert_eq!(refused(|f| f.public_url = "http://panel.reseller.example".into()), "public_url");
        assert_eq!(refused(|f| f.public_url = "https://panel.reseller.example/x".into()), "public_url");
        assert_eq!(refused(|f| f.tls.certificate_file = Some("chain.pem".into())), "tls.key_file");
        assert_eq!(refused(|f| f.tls.key_file = Some("key.pem".into())), "tls.certificate_file");
        assert_eq!(refused(|f| f.role = Some("boss".into())), "role");
        assert_eq!(refused(|f| f.listen = Some("here".into())), "listen");
        assert_eq!(refused(|f| f.database.url = None), "database.url");
        assert_eq!(refused(|f| f.vault.key = Some("x".into())), "vault.key");
        assert_eq!(refused(|f| f.supplier.client_secret = None), "supplier.client_secret");
        assert_eq!(refused(|f| f.supplier.timeout_seconds = Some(600)), "supplier.timeout_seconds");
        assert_eq!(refused(|f| f.supplier.calls_per_minute = Some(60)), "supplier.calls_per_minute");
        assert_eq!(refused(|f| f.mail.host = None), "mail.host");
        assert_eq!(refused(|f| f.mail.security = Some("maybe".into())), "mail.security");
        assert_eq!(refused(|f| f.language = Some("xx".into())), "language");
        assert_eq!(refused(|f| f.trusted_proxies = Some("10.0.0.1, proxy".into())), "trusted_proxies");
        assert_eq!(refused(|f| f.time_window_seconds = Some(1)), "time_window_seconds");
        assert_eq!(refused(|f| f.api.calls_per_minute = Some(-1)), "api.calls_per_minute");
        assert_eq!(check(good()).expect("valid").calls_per_minute, 600);
    }

    #[test]
    fn a_certificate_goes_with_its_key_and_with_https() {
        let with_both = |public_url: &str| {
            let mut file = good();
            file.public_url = public_url.to_owned();
            file.tls = TlsFile { certificate_file: Some("chain.pem".into()), key_file: Some("key.pem".into()) };
            check(file)
        };
        let files = TlsFiles { certificate: "chain.pem".into(), key: "key.pem".into() };
        assert_eq!(with_both("https://panel.reseller.example:8443").expect("valid").tls, Some(files));
        let error = with_both("http://127.0.0.1:8080").expect_err("cookies without Secure behind HTTPS").to_string();
        assert!(error.contains("public_url = \"http://127.0.0.1:8080\" must start with https://"), "{error}");
        let mut blank = good();
        blank.tls = TlsFile { certificate_file: Some("".into()), key_file: None };
        assert_eq!(check(blank).expect("an empty variable counts as none").tls, None);
        assert_eq!(check(good()).expect("valid").tls, None);
    }

    #[test]
    fn an_unknown_setting_is_refused_by_name() {
        let error = toml("public_ulr = \"x\"").expect_err("refused").to_string();
        assert!(error.contains("public_ulr"), "{error}");
    }

    #[test]
    fn a_secrets_file_is_read_and_a_setting_named_like_one_is_not() {
        let path = std::env::temp_dir().join(format!("levante-config-{}", std::process::id()));
        std::fs::write(&path, "sqlite:levante.sqlite\n").expect("written");
        let variable = |name: &str| name.ends_with("_FILE").then(|| path.display().to_string());
        let read = |name, secret| from_variables(name, secret, variable).expect("readable");
        assert_eq!(read("database.url", true).as_deref(), Some("sqlite:levante.sqlite"));
        assert_eq!(read("vault.key", true), None, "its file is the setting vault.key_file");
        assert_eq!(read("vault.key_file", false), Some(path.display().to_string()));
        assert_eq!(read("public_url", false), None, "no secret");
        std::fs::remove_file(&path).expect("removed");
        assert!(from_variables("database.url", true, variable).is_err(), "a missing file is an error");
    }

    #[test]
    fn secrets_do_not_show() {
        let settings = check(good()).expect("valid");
        assert!(!format!("{settings:?}").contains("levante.sqlite"));
    }
}
