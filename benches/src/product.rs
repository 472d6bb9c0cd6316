//! Levante as somebody installs it: its own program, set up through its command line, with
//! the simulated Microsoft beside it. Accounts and companies are made up.

use crate::{http::Connection, processes::Family};
use anyhow::{Context, bail, ensure};
use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The account that orders are placed for.
pub const ORDERING: &str = "rv1000-lv";
/// The account whose 50 services are read.
pub const READING: &str = "rv2000-lv";
const EMAIL: &str = "reseller@fabrikam.example";
const PASSWORD: &str = "harness-Fabrikam-2026";

/// A process that ends with this value.
pub struct Running(pub Child);

impl Running {
    /// Its process.
    pub fn family(&self) -> Family {
        Family::One(self.0.id())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder that goes with this value.
pub struct Folder(pub PathBuf);

impl Folder {
    /// A new one among the temporary files.
    pub fn new(name: &str) -> anyhow::Result<Folder> {
        let path = std::env::temp_dir().join(format!("levante-benches-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A free port of loopback.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// The keys of an account.
#[derive(Debug, Clone)]
pub struct Keys {
    pub application: String,
    pub secret: String,
    pub consumer: String,
}

/// An installation on one database.
pub struct Product {
    program: PathBuf,
    config: PathBuf,
    folder: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    /// The keys of [`ORDERING`].
    pub ordering: Keys,
    /// The keys of [`READING`].
    pub reading: Keys,
    /// Two licences and an add-on.
    pub licences: [i64; 3],
}

/// The simulated Microsoft and how to reach it.
pub struct Microsoft {
    /// Its process.
    pub running: Running,
    settings: serde_json::Value,
}

impl Microsoft {
    /// Starts it.
    pub fn start(program: &Path, folder: &Path) -> anyhow::Result<Microsoft> {
        let mut command = Command::new(program);
        command.args(["simulate", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0"]);
        command.stdout(Stdio::piped()).stderr(log(folder, "simulate.log")?).stdin(Stdio::null());
        let mut running = Running(command.spawn().context("starting the simulator")?);
        let out = running.0.stdout.take().context("the simulator's output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let settings = serde_json::from_str(&line).context("the simulator's first line")?;
        Ok(Microsoft { running, settings })
    }

    fn setting(&self, name: &str) -> anyhow::Result<&str> {
        self.settings
            .get(name)
            .and_then(|v| v.as_str())
            .with_context(|| format!("the simulator did not say its {name}"))
    }
}

/// A file of a folder that a process may write its messages to.
pub fn log(folder: &Path, name: &str) -> anyhow::Result<Stdio> {
    Ok(std::fs::File::options().create(true).append(true).open(folder.join(name))?.into())
}

impl Product {
    /// Sets everything up on an empty database.
    pub fn set_up(program: &Path, folder: &Path, database: &str, microsoft: &Microsoft) -> anyhow::Result<Product> {
        let address = free_address()?;
        let config = folder.join("levante.toml");
        let mails = folder.join("mails");
        std::fs::create_dir_all(&mails)?;
        let text = format!(
            "public_url = \"http://{address}\"\nlisten = \"{address}\"\n[api]\ncalls_per_minute = 0\n\
             [database]\nurl = {database:?}\n[vault]\nkey_file = {:?}\n\
             [supplier]\napi_base = {:?}\nauthority = {:?}\ntenant = {:?}\nclient_id = {:?}\nclient_secret = {:?}\nrefresh_token = {:?}\n\
             [mail]\ntransport = \"folder\"\nfolder = {mails:?}\nfrom = \"Levante <no-reply@reseller.example>\"\ndomain_check = \"table\"\n",
            folder.join("secret.key"),
            microsoft.setting("apiBase")?,
            microsoft.setting("authority")?,
            microsoft.setting("tenant")?,
            microsoft.setting("clientId")?,
            microsoft.setting("clientSecret")?,
            microsoft.setting("refreshToken")?,
        );
        std::fs::write(&config, text)?;
        let none = Keys { application: String::new(), secret: String::new(), consumer: String::new() };
        let mut product = Product {
            program: program.to_owned(),
            config,
            folder: folder.to_owned(),
            address,
            ordering: none.clone(),
            reading: none,
            licences: [0; 3],
        };
        product.cli(&["migrate"], "")?;
        let prices = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/levante/data/licences.csv");
        product.cli(&["licence", "import", prices], "")?;
        for (account, organisation) in [(ORDERING, "Northwind Licenze Srl"), (READING, "Fabrikam Cloud Srl")] {
            let names = ["--first-name", "Fabrizia", "--last-name", "Kam", "--email", EMAIL, "--country", "IT"];
            let head = ["account", "create", "--id", account, "--organisation", organisation];
            product.cli(&[&head[..], &names[..]].concat(), "")?;
            product.cli(&["account", "approve-mpn", account, "6100001"], "")?;
        }
        product.cli(&["user", "create", "--account", READING, "--email", EMAIL, "--name", "Fabrizia Kam"], PASSWORD)?;
        product.ordering = product.keys(ORDERING)?;
        product.reading = product.keys(READING)?;
        let list = product.cli(&["licence", "list"], "")?;
        for (n, sku) in ["CFQ7LV000001:0001", "CFQ7LV000006:0001", "CFQ7LV000007:0001"].into_iter().enumerate() {
            let line = list.lines().find(|l| l.contains(sku) && l.contains(" P1Y ") && l.contains(" monthly "));
            let id = line.and_then(|l| l.split_whitespace().next()?.parse().ok());
            product.licences[n] = id.with_context(|| format!("the price list has no {sku}"))?;
        }
        Ok(product)
    }

    /// Runs a command of the product to its end; what it printed.
    fn cli(&self, arguments: &[&str], input: &str) -> anyhow::Result<String> {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--config").arg(&self.config);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log(&self.folder, "commands.log")?);
        let mut child = command.spawn().with_context(|| format!("starting {}", self.program.display()))?;
        if let Some(mut stdin) = child.stdin.take() {
            writeln!(stdin, "{input}").ok();
        }
        let done = child.wait_with_output()?;
        if !done.status.success() {
            let log = std::fs::read_to_string(self.folder.join("commands.log")).unwrap_or_default();
            bail!("levante {} failed: {}", arguments.join(" "), log.lines().last().unwrap_or_default());
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }

    fn keys(&self, account: &str) -> anyhow::Result<Keys> {
        let rules = ["GET:/*", "POST:/*", "PUT:/*", "DELETE:/*"].map(|rule| ["--rule", rule]).concat();
        let text = self.cli(&[&["key", "create", account, "--name", "Harness"][..], &rules[..]].concat(), "")?;
        let value = |name: &str| {
            let line = text.lines().find_map(|l| l.strip_prefix(name));
            line.map(|v| v.trim().to_owned()).with_context(|| format!("no {name} in the output of key create"))
        };
        Ok(Keys {
            application: value("application key")?,
            secret: value("application secret")?,
            consumer: value("consumer key")?,
        })
    }

    /// Starts `levante serve` in a role and waits until it is ready; the time from the start of the
    /// program to the first 200 on `/readyz`.
    pub fn serve(&self, role: &str) -> anyhow::Result<(Running, Duration)> {
        let mut command = Command::new(&self.program);
        command.arg("serve").arg("--config").arg(&self.config).env("LEVANTE_ROLE", role).env("LEVANTE_LOG", "warn");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log(&self.folder, "serve.log")?);
        let start = Instant::now();
        let running = Running(command.spawn().context("starting levante serve")?);
        let ready = wait_until_ready(self.address, "/readyz", start)?;
        Ok((running, ready))
    }

    /// The size of the program, in MB.
    pub fn size_mb(&self) -> f64 {
        std::fs::metadata(&self.program).map_or(0.0, |m| m.len() as f64 / 1_000_000.0)
    }

    /// Signs in to the panel as the user of [`READING`]; the cookie header.
    pub fn sign_in(&self) -> anyhow::Result<String> {
        let mut connection = Connection::open(self.address)?;
        connection.must(&crate::http::request("GET", "/sign-in", self.address, "", ""))?;
        let cookie = |c: &Connection| {
            let set = c.header("set-cookie").and_then(|v| v.split(';').next());
            set.map(str::to_owned).context("the sign-in page set no cookie")
        };
        let (first, page) = (cookie(&connection)?, connection.text());
        let csrf = page.split("name=\"csrf\"").nth(1).and_then(|rest| quoted(rest)).context("no csrf token")?;
        let at = EMAIL.replace('@', "%40");
        let form = format!("csrf={csrf}&login={at}&password={PASSWORD}&code=&next=");
        let headers = format!("Cookie: {first}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
        let status = connection.send(&crate::http::request("POST", "/sign-in", self.address, &headers, &form))?;
        ensure!(status == 303, "signing in was answered {status}: {}", connection.text());
        Ok(format!("Cookie: {}\r\n", cookie(&connection)?))
    }
}

/// The value of `content="…"` or `value="…"` that follows.
fn quoted(rest: &str) -> Option<&str> {
    let tag = rest.split('>').next()?;
    let value = ["content=\"", "value=\""].iter().find_map(|mark| tag.split(mark).nth(1))?;
    value.split('"').next()
}

/// Asks again and again until a server answers 200; the time since `start`.
pub fn wait_until_ready(address: SocketAddr, path: &str, start: Instant) -> anyhow::Result<Duration> {
    let request = crate::http::request("GET", path, address, "Connection: close\r\n", "");
    while start.elapsed() < Duration::from_secs(60) {
        if let Ok(mut connection) = Connection::open(address)
            && connection.send(&request).is_ok_and(|status| status == 200)
        {
            return Ok(start.elapsed());
        }
        std::thread::sleep(Duration::from_micros(300));
    }
    bail!("http://{address}{path} is not ready after a minute")
}
