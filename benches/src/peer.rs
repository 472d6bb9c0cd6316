//! The peer: django-silver on gunicorn, with a new database of the same PostgreSQL server. What somebody could run
//! instead, set up as its own documentation says; the small Django project is benches/peers/silver/.

use crate::{
    http::{Connection, request},
    processes::Family,
    product::{free_address, log},
};
use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

/// Its name in the result.
pub const NAME: &str = "django-silver";
/// Customers that are listed at once.
const LISTED: usize = 50;
/// Customers with a subscription each; changed, and cancelled, one after the other, once each.
const CUSTOMERS: usize = 20_000;
/// gunicorn's advice for two processors is five workers (twice the processors and one); four threads each keep the
/// connections of sixteen clients alive, which workers without threads cannot.
const WORKERS: &str = "5";
const THREADS: &str = "4";
/// What its Django runs on.
const PYTHON: &str = "3.11";

/// When the peer is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum When {
    /// In a full run and where `--only` names P2, if Python and the packages can be had.
    Auto,
    /// Always; that it cannot be had is an error.
    On,
    /// Never.
    Off,
}

/// Its packages, installed.
#[derive(Debug, Clone)]
pub struct Environment {
    python: PathBuf,
}

impl Environment {
    /// Makes the environment among the build's files, or takes the one that an earlier run left there.
    ///
    /// # Errors
    /// Without the right Python, or when the packages cannot be fetched.
    pub fn prepare() -> anyhow::Result<Environment> {
        let base = interpreter().with_context(|| format!("no Python {PYTHON} with venv"))?;
        let requirements = project().join("requirements.txt");
        let wanted = format!("{}\n{}", base.display(), std::fs::read_to_string(&requirements)?);
        let program = std::env::current_exe()?;
        let target = program.ancestors().nth(2).context("the folder of the build")?;
        let folder = target.join("peers/silver");
        let python = folder.join("bin/python");
        let complete = folder.join("complete");
        if std::fs::read_to_string(&complete).is_ok_and(|had| had == wanted) {
            return Ok(Environment { python });
        }
        eprintln!("fetching the packages of {NAME}");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        output(Command::new(base).args(["-m", "venv"]).arg(&folder))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
        let exactly = ["--require-hashes", "--no-deps", "--requirement"];
        output(Command::new(&python).args(pip).args(exactly).arg(&requirements))?;
        std::fs::write(complete, wanted)?;
        Ok(Environment { python })
    }
}

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/silver")
}

/// A Python of the right version that can make environments; Debian splits that part off.
fn interpreter() -> Option<PathBuf> {
    let test = format!(
        "import sys, venv, ensurepip; assert '%d.%d' % sys.version_info[:2] == '{PYTHON}'; print(sys.executable)"
    );
    // A version manager's shim may mean another interpreter in another folder, so each is asked what it is.
    let ask = |name: &String| output(Command::new(name).args(["-c", &test])).ok();
    [format!("python{PYTHON}"), "python3".to_owned(), "/usr/bin/python3".to_owned()]
        .iter()
        .find_map(ask)
        .map(Into::into)
}

/// Runs a command to its end; what it printed.
fn output(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output().with_context(|| format!("starting {name}"))?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        bail!("{name} failed: {}", said.lines().rfind(|l| !l.trim().is_empty()).unwrap_or_default());
    }
    Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned())
}

/// An installation with something in it.
pub struct Silver {
    python: PathBuf,
    folder: PathBuf,
    database: String,
    address: SocketAddr,
    headers: String,
    plan: i64,
    today: String,
    /// Customer and subscription.
    subscriptions: Vec<(i64, i64)>,
    changed: AtomicUsize,
    cancelled: AtomicUsize,
}

/// gunicorn at work; it ends with this value.
pub struct Serving(Child);

impl Serving {
    /// It and its workers.
    pub fn family(&self) -> Family {
        Family::WithChildren(self.0.id())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Killed outright it would leave its workers behind.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(20) {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Silver {
    /// Makes its tables in an empty database and fills them.
    pub fn set_up(environment: &Environment, folder: &Path, database: &str) -> anyhow::Result<Silver> {
        let mut silver = Silver {
            python: environment.python.clone(),
            folder: folder.to_owned(),
            database: database.to_owned(),
            address: free_address()?,
            headers: String::new(),
            plan: 0,
            today: String::new(),
            subscriptions: vec![],
            changed: AtomicUsize::new(0),
            cancelled: AtomicUsize::new(0),
        };
        output(silver.command().args(["-m", "django", "migrate", "--no-input", "--verbosity=0"]))?;
        let seed = output(silver.command().arg(project().join("seed.py")).arg(CUSTOMERS.to_string()))?;
        let seed: Value = serde_json::from_str(&seed).context("what seed.py printed")?;
        let text = |name: &str| seed[name].as_str().with_context(|| format!("seed.py printed no {name}"));
        silver.headers = format!("Authorization: Token {}\r\nContent-Type: application/json\r\n", text("token")?);
        silver.plan = seed["plan"].as_i64().context("seed.py printed no plan")?;
        silver.today = text("today")?.to_owned();
        let pairs = seed["subscriptions"].as_array().map(Vec::as_slice).unwrap_or_default().iter();
        silver.subscriptions = pairs.filter_map(|pair| Some((pair[0].as_i64()?, pair[1].as_i64()?))).collect();
        let made = silver.subscriptions.len();
        ensure!(made == CUSTOMERS, "seed.py made {made} subscriptions instead of {CUSTOMERS}");
        Ok(silver)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.env("DJANGO_SETTINGS_MODULE", "settings").env("PYTHONPATH", project());
        // The project's folder stays as it is; warnings about its packages are not ours to mend.
        command.env("PYTHONDONTWRITEBYTECODE", "1").env("PYTHONWARNINGS", "ignore");
        command.env("PEER_DATABASE", &self.database);
        command
    }

    /// Starts it and waits until it is ready; the time from the start of the program to the first 200.
    pub fn serve(&self) -> anyhow::Result<(Serving, Duration)> {
        let mut command = self.command();
        command.args(["-m", "gunicorn", "--bind", &self.address.to_string(), "--workers", WORKERS]);
        command.args(["--worker-class", "gthread", "--threads", THREADS, "--keep-alive", "60"]);
        command.args(["--no-control-socket", "--log-level", "warning", "django.core.wsgi:get_wsgi_application()"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log(&self.folder, "peer.log")?);
        let start = Instant::now();
        let mut serving = Serving(command.spawn().with_context(|| format!("starting {NAME}"))?);
        let path = subscription_path(self.subscriptions[0]);
        let ask = request("GET", &path, self.address, &format!("{}Connection: close\r\n", self.headers), "");
        while start.elapsed() < Duration::from_secs(120) {
            if let Ok(mut connection) = Connection::open(self.address)
                && connection.send(&ask).is_ok_and(|status| status == 200)
            {
                return Ok((serving, start.elapsed()));
            }
            if let Some(status) = serving.0.try_wait()? {
                bail!("{NAME} ended at once ({status}): {}", self.end_of_log());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        bail!("{NAME} is not ready after two minutes: {}", self.end_of_log())
    }

    fn end_of_log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("peer.log")).unwrap_or_default();
        log.lines().last().unwrap_or_default().to_owned()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a request; the answer, which must be JSON of the status wanted.
    fn call(&self, on: &mut Connection, wanted: u16, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let status = on.send(&request(method, path, self.address, &self.headers, &body))?;
        let beginning = |on: &Connection| on.text().chars().take(400).collect::<String>();
        ensure!(status == wanted, "{NAME}: {method} {path} was answered {status}: {}", beginning(on));
        serde_json::from_slice(&on.body)
            .with_context(|| format!("{NAME}: {method} {path} answered no JSON: {}", beginning(on)))
    }

    /// An order: a customer, a subscription, its activation and its seats.
    pub fn place(&self, on: &mut Connection) -> anyhow::Result<()> {
        let customer = json!({
            "first_name": "Chiara", "last_name": "Neri", "company": "Alba Forni Srl", "currency": "EUR",
            "email": "acquisti@albaforni.example", "phone": "051 123 4567", "address_1": "Via Zamboni 33",
            "city": "Bologna", "zip_code": "40126", "country": "IT",
        });
        let customer = id(&self.call(on, 201, "POST", "/customers/", &customer)?)?;
        let plan = format!("http://{}/plans/{}/", self.address, self.plan);
        let path = format!("/customers/{customer}/subscriptions/");
        let subscription = json!({ "plan": plan, "start_date": self.today });
        let subscription = id(&self.call(on, 201, "POST", &path, &subscription)?)?;
        let path = subscription_path((customer, subscription));
        let answer = self.call(on, 200, "POST", &format!("{path}activate/"), &Value::Null)?;
        ensure!(answer["state"] == "active", "{NAME}: an activated subscription is {answer}");
        self.set_seats(on, &path, 5)
    }

    fn set_seats(&self, on: &mut Connection, subscription: &str, seats: u32) -> anyhow::Result<()> {
        let body = json!({ "date": self.today, "count": seats, "update_type": "absolute" });
        let answer = self.call(on, 200, "PATCH", &format!("{subscription}metered-features/seats/"), &body)?;
        ensure!(answer["count"].as_f64() == Some(f64::from(seats)), "{NAME}: {seats} seats were answered {answer}");
        Ok(())
    }

    fn next(&self, used: &AtomicUsize) -> anyhow::Result<String> {
        let pair = self.subscriptions.get(used.fetch_add(1, Ordering::Relaxed));
        let pair =
            pair.with_context(|| format!("all {CUSTOMERS} subscriptions of {NAME} are used: measure shorter"))?;
        Ok(subscription_path(*pair))
    }

    /// One seat more of a subscription that nobody has changed yet.
    pub fn change_seats(&self, on: &mut Connection) -> anyhow::Result<()> {
        let subscription = self.next(&self.changed)?;
        self.set_seats(on, &subscription, 6)
    }

    /// Cancels a subscription that nobody has cancelled yet, at the end of its term.
    pub fn cancel(&self, on: &mut Connection) -> anyhow::Result<()> {
        let path = format!("{}cancel/", self.next(&self.cancelled)?);
        let answer = self.call(on, 200, "POST", &path, &json!({ "when": "end_of_billing_cycle" }))?;
        ensure!(answer["state"] == "canceled", "{NAME}: a cancelled subscription is {answer}");
        Ok(())
    }

    /// Lists fifty customers with the addresses of their subscriptions. The list of fifty subscriptions of one
    /// customer takes it a third longer.
    pub fn list(&self, on: &mut Connection) -> anyhow::Result<()> {
        let answer = self.call(on, 200, "GET", &format!("/customers/?page_size={LISTED}"), &Value::Null)?;
        let count = answer.as_array().map(Vec::len);
        ensure!(count == Some(LISTED), "{NAME}: a list of {LISTED} has {count:?} entries");
        Ok(())
    }

    /// Reads one subscription.
    pub fn read(&self, on: &mut Connection) -> anyhow::Result<()> {
        let (customer, subscription) = self.subscriptions[0];
        let path = subscription_path((customer, subscription));
        let answer = self.call(on, 200, "GET", &path, &Value::Null)?;
        ensure!(id(&answer)? == subscription, "{NAME}: another was read: {answer}");
        Ok(())
    }
}

fn subscription_path((customer, subscription): (i64, i64)) -> String {
    format!("/customers/{customer}/subscriptions/{subscription}/")
}

fn id(answer: &Value) -> anyhow::Result<i64> {
    answer["id"].as_i64().with_context(|| format!("{NAME}: no id in {answer}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read, Write},
        net::{Ipv4Addr, TcpListener},
    };

    /// What `operation` makes of one answer of the server.
    fn after(
        status: &str,
        body: &str,
        operation: impl Fn(&Silver, &mut Connection) -> anyhow::Result<()>,
    ) -> Result<(), String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let silver = Silver {
            python: PathBuf::new(),
            folder: PathBuf::new(),
            database: String::new(),
            address: listener.local_addr().unwrap(),
            headers: String::new(),
            plan: 1,
            today: "2026-01-02".to_owned(),
            subscriptions: vec![(7, 8)],
            changed: AtomicUsize::new(0),
            cancelled: AtomicUsize::new(0),
        };
        let mut on = Connection::open(silver.address).unwrap();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let (mut stream, _) = listener.accept().unwrap();
                assert!(stream.read(&mut [0; 4096]).unwrap() > 0);
                stream.write_all(answer.as_bytes()).unwrap();
            });
            operation(&silver, &mut on).map_err(|e| format!("{e:#}"))
        })
    }

    #[test]
    fn a_right_answer_is_taken() {
        assert_eq!(after("200 OK", "{\"count\":6.0}", Silver::change_seats), Ok(()));
        assert_eq!(after("200 OK", "{\"state\":\"canceled\"}", Silver::cancel), Ok(()));
        assert_eq!(after("200 OK", "{\"id\":8}", Silver::read), Ok(()));
        let fifty = format!("[{}]", ["{}"; 50].join(","));
        assert_eq!(after("200 OK", &fifty, Silver::list), Ok(()));
    }

    #[test]
    fn a_wrong_answer_is_an_error_and_never_an_operation() {
        let error = after("400 Bad Request", "{\"error\":\"Cannot cancel\"}", Silver::cancel).unwrap_err();
        assert!(error.contains("/customers/7/subscriptions/8/cancel/ was answered 400: {\"error\""), "{error}");
        assert!(after("500 Internal Server Error", "{\"count\":6.0}", Silver::change_seats).is_err());
        assert!(after("200 OK", "<html>", Silver::read).is_err());
        assert!(after("200 OK", "{\"state\":\"active\"}", Silver::cancel).is_err());
        assert!(after("200 OK", "{\"count\":5.0}", Silver::change_seats).is_err());
        assert!(after("200 OK", "{\"id\":9}", Silver::read).is_err());
        assert!(after("200 OK", "[{}]", Silver::list).is_err());
        assert!(after("401 Unauthorized", "{}", Silver::place).is_err());
        assert!(after("201 Created", "{}", Silver::place).is_err());
    }
}
