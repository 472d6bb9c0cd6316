//! The simulator with an estate: thousands of tenants with five subscriptions each, bought over
//! its API. How fast one subscription is read on one processor, how long a year takes, and what a
//! tenant costs in memory.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::{
    figures::Figure,
    http::{self, Connection},
    load::{self, Plan, Watch},
    product::{Folder, Running},
    root, say,
};

/// What the estate's licences are: five products that need no base.
const PRODUCTS: [&str; 5] = ["CFQ7LV000001", "CFQ7LV000002", "CFQ7LV000003", "CFQ7LV000004", "CFQ7LV000006"];
/// A reseller of the simulator that is in order.
const RESELLER: &str = "6100001";
/// Buyers at the same time while the estate is made.
const BUYERS: usize = 4;

/// Measures the simulator alone.
#[derive(Debug, clap::Args)]
pub struct Estate {
    /// Tenants, each with five subscriptions.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    tenants: u32,
    /// Seconds of reading.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// Keep the simulator's state in an SQLite file, committed before each answer.
    #[arg(long)]
    file: bool,
    /// The simulator's program (its example `simulate`); left out: it is built with cargo.
    #[arg(long, value_name = "FILE")]
    simulator: Option<PathBuf>,
}

/// A simulator that was started, bound to one processor.
struct Simulated {
    running: Running,
    told: Value,
    api: SocketAddr,
    control: SocketAddr,
    token: String,
}

impl Estate {
    /// Makes the estate, measures, prints.
    pub fn measure(&self) -> anyhow::Result<()> {
        let folder = Folder::new("estate")?;
        let state = self.file.then(|| folder.0.join("state.sqlite"));
        let program = self.simulator.clone().map_or_else(build, Ok)?;
        let mut simulated = Simulated::start(&program, state.as_deref())?;
        let empty = simulated.running.family().pss_mb();
        let begin = Instant::now();
        let paths = simulated.fill(self.tenants)?;
        let made = begin.elapsed();
        let filled = simulated.running.family().pss_mb();

        let before = simulated.read(&paths, self.seconds)?;
        let begin = Instant::now();
        simulated.control("POST", "/control/clock/advance", &json!({"by": "P1Y"}))?;
        let moved = begin.elapsed();
        simulated.sign_in()?;
        let begin = Instant::now();
        let (invoices, lines) = simulated.bills()?;
        let billed = begin.elapsed();
        let after_year = simulated.running.family().pss_mb();
        let after = simulated.read(&paths, self.seconds)?;

        let tenants = f64::from(self.tenants);
        let kb = |mb: f64| (mb - empty) * 1024.0 / tenants;
        say(&format!(
            "## The simulator with {} tenants × {} subscriptions, {}\n",
            self.tenants,
            PRODUCTS.len(),
            if self.file { "in an SQLite file" } else { "in memory" }
        ));
        say("| what | measured | must |\n| --- | --- | --- |");
        say(&format!("| made over the API, {BUYERS} buyers | {:.1} s | reported |", made.as_secs_f64()));
        let read = |name: &str, figure: &Figure| {
            say(&format!(
                "| read one subscription, {name}: median; p99; per second; CPU; others' load | {:.3} ms; {:.3} ms; {:.0}; {:.3} ms; {:.1} | < 1 ms |",
                figure.p50,
                figure.p99,
                figure.per_second,
                figure.cpu_all(),
                figure.others
            ));
        };
        read("new estate", &before);
        read("a year later", &after);
        say(&format!(
            "| the clock moved by a year of bills, renewals and {invoices} invoices | {:.1} s | < 60 s |",
            moved.as_secs_f64()
        ));
        say(&format!(
            "| the {lines} lines of the last invoice read, page by page | {:.1} s | reported |",
            billed.as_secs_f64()
        ));
        say(&format!(
            "| memory (PSS): empty; filled; a year later | {empty:.1}; {filled:.1}; {after_year:.1} MB | reported |"
        ));
        say(&format!(
            "| memory per tenant: filled; a year later | {:.1}; {:.1} KB | reported |",
            kb(filled),
            kb(after_year)
        ));
        Ok(())
    }
}

impl Simulated {
    fn start(program: &Path, state: Option<&Path>) -> anyhow::Result<Self> {
        // One processor for the simulator; the clients have the others.
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(program);
        if let Some(state) = state {
            command.arg(state);
        }
        command.stdout(Stdio::piped()).stdin(Stdio::null());
        let mut running = Running(command.spawn().context("starting the simulator (taskset is part of util-linux)")?);
        let out = running.0.stdout.take().context("the simulator's output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let told: Value = serde_json::from_str(&line).context("the simulator's first line")?;
        let address = |name: &str| -> anyhow::Result<SocketAddr> {
            let url = text(&told, name)?;
            url.trim_start_matches("http://").parse().with_context(|| format!("{name} {url}"))
        };
        let (api, control) = (address("url")?, address("controlUrl")?);
        let mut simulated = Self { running, told, api, control, token: String::new() };
        simulated.control("PUT", "/control/faults", &json!({"faults": [], "throttlePerMinute": 0}))?;
        simulated.sign_in()?;
        Ok(simulated)
    }

    /// A new access token: tokens die when the clock jumps.
    fn sign_in(&mut self) -> anyhow::Result<()> {
        let form = format!(
            "grant_type=refresh_token&client_id={}&client_secret={}&refresh_token={}&scope=https%3A%2F%2Fapi.partnercenter.microsoft.com%2Fuser_impersonation",
            text(&self.told, "clientId")?,
            text(&self.told, "clientSecret")?,
            text(&self.told, "refreshToken")?
        );
        let path = format!("/{}/oauth2/v2.0/token", text(&self.told, "tenantId")?);
        let headers = "Content-Type: application/x-www-form-urlencoded\r\n";
        let mut connection = Connection::open(self.api)?;
        connection.must(&http::request("POST", &path, self.api, headers, &form))?;
        let answer: Value = serde_json::from_slice(&connection.body)?;
        text(&answer, "access_token")?.clone_into(&mut self.token);
        Ok(())
    }

    fn control(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
            text(&self.told, "controlToken")?
        );
        // A year of a large estate takes longer than a connection's patience for one piece.
        let mut connection = Connection::patient(self.control, Duration::from_secs(600))?;
        connection.must(&http::request(method, path, self.control, &headers, &body.to_string()))?;
        Ok(serde_json::from_slice(&connection.body)?)
    }

    /// One call with its token; any 2xx is right.
    fn call(&self, connection: &mut Connection, method: &str, path: &str, body: &str) -> anyhow::Result<Value> {
        let id = uuid();
        let headers = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\nMS-RequestId: {id}\r\nMS-CorrelationId: {id}\r\n",
            self.token
        );
        let status = connection.send(&http::request(method, path, self.api, &headers, body))?;
        ensure!((200..300).contains(&status), "{method} {path} was answered {status}: {}", connection.text());
        let body = connection.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&connection.body);
        Ok(serde_json::from_slice(body)?)
    }

    /// Buys the estate; the paths of its subscriptions.
    fn fill(&self, tenants: u32) -> anyhow::Result<Vec<String>> {
        let mut connection = Connection::open(self.api)?;
        let ours = "/v1/relationships?relationship_type=IsIndirectCloudSolutionProviderOf";
        let partners = self.call(&mut connection, "GET", ours, "")?;
        let partner = items(&partners).find(|p| p["mpnId"] == RESELLER).context("the reseller")?;
        let reseller = text(partner, "id")?.to_owned();
        let terms = "/v1/agreements?agreementType=MicrosoftCustomerAgreement";
        let templates = self.call(&mut connection, "GET", terms, "")?;
        let template = text(items(&templates).next().context("a template")?, "templateId")?.to_owned();
        let mut catalogue = Vec::new();
        for product in PRODUCTS {
            let path = format!("/v1/products/{product}/skus/0001/availabilities?country=IT&targetSegment=commercial");
            let offers = self.call(&mut connection, "GET", &path, "")?;
            catalogue.push(text(items(&offers).next().context(product)?, "catalogItemId")?.to_owned());
        }
        let buyers: Vec<anyhow::Result<Vec<String>>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..BUYERS as u32)
                .map(|buyer| {
                    let (reseller, template, catalogue) = (&reseller, &template, &catalogue);
                    scope.spawn(move || {
                        let mut connection = Connection::open(self.api)?;
                        let mut bought = Vec::new();
                        for number in (buyer..tenants).step_by(BUYERS) {
                            bought.push(self.buy(&mut connection, number, reseller, template, catalogue)?);
                        }
                        Ok(bought)
                    })
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap_or_else(|_| anyhow::bail!("a buyer panicked"))).collect()
        });
        // Their orders complete, then everything can be read.
        self.control("POST", "/control/clock/advance", &json!({"by": "PT10M"}))?;
        let mut paths = Vec::new();
        for tenant in buyers.into_iter().collect::<anyhow::Result<Vec<_>>>()?.concat() {
            let path = format!("/v1/customers/{tenant}/subscriptions");
            let list = self.call(&mut connection, "GET", &path, "")?;
            for subscription in items(&list) {
                ensure!(subscription["status"] == "active", "{subscription}");
                paths.push(format!("{path}/{}", text(subscription, "id")?));
            }
        }
        ensure!(paths.len() == tenants as usize * PRODUCTS.len(), "{} subscriptions", paths.len());
        Ok(paths)
    }

    /// A tenant with its agreement and five subscriptions; its id.
    fn buy(
        &self,
        connection: &mut Connection,
        number: u32,
        reseller: &str,
        template: &str,
        catalogue: &[String],
    ) -> anyhow::Result<String> {
        let company = format!("Contoso Bakery {number}");
        let new = json!({"enableGDAPByDefault": true, "associatedPartnerId": reseller,
            "companyProfile": {"domain": format!("contosobakery{number}.onmicrosoft.com")},
            "billingProfile": {"culture": "it-IT", "email": "orders@contosobakery.example", "language": "it",
                "companyName": company, "defaultAddress": {"firstName": "Primary", "lastName": "Contact",
                    "addressLine1": "Via Contoso 1", "city": "Bologna", "state": "BO", "country": "IT",
                    "postalCode": "40126", "phoneNumber": "0511234567"}}});
        let customer = self.call(connection, "POST", "/v1/customers", &new.to_string())?;
        let tenant = text(&customer, "id")?.to_owned();
        let agreement = json!({"primaryContact": {"firstName": "Primary", "lastName": "Contact",
                "email": "orders@contosobakery.example"}, "templateId": template,
            "dateAgreed": "2026-01-02T03:04:05Z", "type": "MicrosoftCustomerAgreement"});
        let under = format!("/v1/customers/{tenant}");
        self.call(connection, "POST", &format!("{under}/agreements"), &agreement.to_string())?;
        let lines: Vec<Value> = catalogue
            .iter()
            .enumerate()
            .map(|(id, item)| {
                // Monthly and yearly terms side by side.
                let term = if id % 2 == 0 { "P1Y" } else { "P1M" };
                json!({"id": id, "catalogItemId": item, "quantity": 5 + number % 7, "termDuration": term,
                    "billingCycle": "monthly",
                    "participants": [{"key": "transaction_reseller", "value": RESELLER}]})
            })
            .collect();
        let cart = json!({"partnerOnRecordAttestationAccepted": true, "lineItems": lines});
        let cart = self.call(connection, "POST", &format!("{under}/carts"), &cart.to_string())?;
        let checkout = format!("{under}/carts/{}/checkout", text(&cart, "id")?);
        let result = self.call(connection, "POST", &checkout, "{}")?;
        ensure!(result["orderErrors"].as_array().is_none_or(Vec::is_empty), "{result}");
        Ok(tenant)
    }

    /// One client, one subscription after the other, in an order that jumps.
    fn read(&self, paths: &[String], seconds: u64) -> anyhow::Result<Figure> {
        let plan = Plan { clients: 1, warm_up: Duration::from_millis(500), time: Duration::from_secs(seconds) };
        let watch = Watch { parts: vec![("simulator", self.running.family())], ours: vec![me()] };
        let headers = format!("Authorization: Bearer {}\r\n", self.token);
        load::measure(plan, self.api, &watch, &|connection, _, n| {
            let path = &paths[(n as usize).wrapping_mul(7919) % paths.len()];
            connection.must(&http::request("GET", path, self.api, &headers, ""))
        })
    }

    /// Lists the invoices and reads all lines of the last one; how many of both.
    fn bills(&self) -> anyhow::Result<(usize, usize)> {
        let mut connection = Connection::patient(self.api, Duration::from_secs(120))?;
        let list = self.call(&mut connection, "GET", "/v1/invoices", "")?;
        let mut ids: Vec<(&str, &str)> =
            items(&list).filter_map(|i| Some((i["invoiceDate"].as_str()?, i["id"].as_str()?))).collect();
        ids.sort_unstable();
        let (_, last) = ids.last().context("a year without invoices")?;
        let first =
            format!("/v1/invoices/{last}/lineitems?provider=onetime&invoicelineitemtype=billinglineitems&size=2000");
        let (mut lines, mut token) = (0, None::<String>);
        loop {
            let (path, extra) = match &token {
                None => (first.clone(), String::new()),
                Some(token) => (format!("{first}&seekOperation=Next"), format!("MS-ContinuationToken: {token}\r\n")),
            };
            let headers = format!("Authorization: Bearer {}\r\n{extra}", self.token);
            connection.must(&http::request("GET", &path, self.api, &headers, ""))?;
            let page: Value =
                serde_json::from_slice(connection.body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&connection.body))?;
            lines += items(&page).count();
            token = page["continuationToken"].as_str().filter(|t| !t.is_empty()).map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        ensure!(lines > 0, "an invoice without lines");
        Ok((ids.len(), lines))
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    value[name].as_str().with_context(|| format!("no {name} in {value}"))
}

/// This process: the load itself.
fn me() -> crate::processes::Family {
    crate::processes::Family::One(std::process::id())
}

/// A number that was not given before, as an id.
fn uuid() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static LAST: AtomicU64 = AtomicU64::new(0);
    format!("00000000-0000-4000-8000-{:012x}", LAST.fetch_add(1, Ordering::Relaxed))
}

/// Builds the simulator's own program in the profile of this one; its file.
fn build() -> anyhow::Result<PathBuf> {
    let mut command = Command::new("cargo");
    command.args(["build", "--quiet", "--locked", "-p", "partner-center-simulator", "--example", "simulate"]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let status = command.current_dir(root()).stdin(Stdio::null()).status().context("running cargo")?;
    ensure!(status.success(), "the simulator does not build");
    Ok(std::env::current_exe()?.with_file_name("examples").join("simulate"))
}
