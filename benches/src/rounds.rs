//! One database: set-up, then every round limit and product one after the other, then
//! start, memory and page weight.

use crate::{
    bare::Bare,
    calls::Caller,
    database::Database,
    figures::{Book, Spread, spread},
    filling::Filling,
    http::{Connection, request},
    load::{Plan, Watch, measure},
    order_rows::OrderRows,
    page_weight::{Weight, weigh},
    processes::{Family, load_average},
    product::{Folder, Microsoft, ORDERING, Product, READING, Running},
    say,
};
use anyhow::Context;
use serde_json::Value;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Services that are read.
const SERVICES: usize = 50;
/// Services that are changed, one after the other, once each.
const CHANGED: u64 = 60_000;

/// What is measured how.
pub struct Rounds<'a> {
    /// The product.
    pub program: PathBuf,
    /// Each measurement.
    pub plan: Plan,
    /// How many rounds.
    pub rounds: u32,
    /// Only these budgets; empty: all.
    pub only: Vec<String>,
    /// For what is asynchronous.
    pub runtime: &'a tokio::runtime::Runtime,
}

/// Everything about one database.
pub struct Done {
    /// The database.
    pub engine: &'static str,
    /// All series.
    pub book: Book,
    /// The tables that one order adds to, with how many rows.
    pub order_writes: Vec<(String, i64)>,
    /// Rows and bytes of text of the limit for orders.
    pub limit_rows: (usize, usize),
    /// Calls of one cart flow.
    pub cart_calls: u64,
    /// Milliseconds from exec to the first 200.
    pub ready: Spread,
    /// PSS two seconds after the start, nothing to do, in MB.
    pub idle_mb: f64,
    /// The largest PSS after a round in which orders were accepted and worked on by one process, in MB.
    pub loaded_mb: f64,
    /// The program, in MB.
    pub size_mb: f64,
    /// The service list page.
    pub weight: Option<Weight>,
    /// Tenants provisioned per second, one after the other ordered, all at work together.
    pub provisioned: f64,
}

/// Names of the series.
pub mod names {
    pub const ORDER_LIMIT: &str = "order rows, one commit (limit)";
    pub const ORDER_ALONE: &str = "order rows, each writer commits for itself (limit)";
    pub const ORDER: &str = "order in one call, role web";
    pub const ORDER_ALL: &str = "order in one call, role all (worker at work)";
    pub const CHANGE_LIMIT: &str = "order rows, one commit, beside the changes (limit)";
    pub const SEATS: &str = "seat change, role web";
    pub const CANCEL: &str = "cancellation, role web";
    pub const CART: &str = "order by the whole cart flow, role web";
    pub const ROW_LIMIT: &str = "bare axum, one row";
    pub const READ: &str = "read one subscription, signed";
    pub const NAMES_LIMIT: &str = "bare axum, 50 names as JSON";
    pub const NAMES: &str = "list 50 service names, signed";
    pub const PAGE_LIMIT: &str = "bare axum, 50 rows as a page";
    pub const PAGE: &str = "service list page, signed in";
}

struct Scene<'a> {
    rounds: &'a Rounds<'a>,
    database: &'a Database,
    folder: &'a Path,
    product: &'a Product,
    postgres: Option<Family>,
    microsoft: Family,
    numbers: AtomicU64,
    rows: OnceLock<Arc<OrderRows>>,
}

impl Rounds<'_> {
    /// Whether a budget is wanted.
    pub fn wants(&self, budgets: &[&str]) -> bool {
        self.only.is_empty() || budgets.iter().any(|b| self.only.iter().any(|o| o == b))
    }

    /// All of it on a SQLite file.
    pub fn on_sqlite(&self) -> anyhow::Result<Done> {
        let folder = Folder::new("sqlite")?;
        let url = Database::new_in(&folder.0, None, "rounds", self.runtime)?;
        self.on(&folder.0, &url)
    }

    /// All of it on a new database of a PostgreSQL server.
    pub fn on_postgres(&self, server: &str) -> anyhow::Result<Done> {
        let folder = Folder::new("postgres")?;
        let url = Database::new_in(&folder.0, Some(server), "rounds", self.runtime)?;
        self.on(&folder.0, &url)
    }

    fn on(&self, folder: &Path, url: &str) -> anyhow::Result<Done> {
        let microsoft = Microsoft::start(&self.program, folder)?;
        let product = Product::set_up(&self.program, folder, url, &microsoft)?;
        // Whatever is read must exist as it does in use: fifty tenants, ordered and provisioned.
        let (serving, _) = product.serve("all")?;
        let took = Caller::new(&product, &product.reading)?.provision(SERVICES, Duration::from_secs(300))?;
        drop(serving);
        let database = self.runtime.block_on(Database::open(url))?;
        say(&format!("## {}\n", self.runtime.block_on(database.settings())?));
        let scene = Scene {
            rounds: self,
            database: &database,
            folder,
            product: &product,
            postgres: self.runtime.block_on(database.processes())?,
            microsoft: microsoft.running.family(),
            numbers: AtomicU64::new(0),
            rows: OnceLock::new(),
        };
        let mut done = Done {
            engine: database.name(),
            book: Book::default(),
            order_writes: vec![],
            limit_rows: (0, 0),
            cart_calls: 0,
            ready: spread([]),
            idle_mb: 0.0,
            loaded_mb: 0.0,
            size_mb: product.size_mb(),
            weight: None,
            provisioned: SERVICES as f64 / took.as_secs_f64(),
        };
        if self.wants(&["P9", "P10"]) {
            scene.start_and_idle(&mut done)?;
        }
        {
            let (serving, _) = product.serve("web")?;
            if self.wants(&["P1", "P6", "P7", "P8"]) {
                scene.orders(&mut done, &serving)?;
            }
            if self.wants(&["P4", "P5", "P6"]) {
                scene.reads(&mut done, &serving)?;
            }
            if self.wants(&["P11"]) {
                let cookie = product.sign_in()?;
                done.weight = Some(weigh(product.address, "/services", &cookie, "href=\"/services/bench")?);
            }
        }
        if self.wants(&["P3"]) {
            scene.changes(&mut done)?;
        }
        if self.wants(&["P1", "P9"]) {
            scene.everything_at_once(&mut done)?;
        }
        say(&done.book.table());
        Ok(done)
    }
}

impl Scene<'_> {
    fn watch(&self, server: Option<(&'static str, Family)>) -> Watch {
        let postgres = self.postgres.map(|f| ("PostgreSQL", f));
        let own = Family::One(std::process::id());
        let with_ended = Family::WithChildren(std::process::id());
        let mut watch = Watch { parts: server.into_iter().chain(postgres).collect(), ours: vec![self.microsoft] };
        match (server, self.postgres) {
            // SQLite's limits run inside this process.
            (None, None) => watch.parts.push(("harness", own)),
            (None, Some(_)) => watch.ours.push(with_ended),
            (Some(_), _) => watch.ours.push(own),
        }
        watch
    }

    fn subdomain(&self) -> String {
        format!("bench{}", self.numbers.fetch_add(1, Ordering::Relaxed))
    }

    fn start_and_idle(&self, done: &mut Done) -> anyhow::Result<()> {
        let mut times = Vec::new();
        for _ in 0..self.rounds.rounds.max(3) {
            let (serving, ready) = self.product.serve("all")?;
            times.push(ready.as_secs_f64() * 1000.0);
            std::thread::sleep(Duration::from_secs(2));
            done.idle_mb = serving.family().pss_mb();
        }
        done.ready = spread(times);
        Ok(())
    }

    /// The rows of one order, found out by placing one.
    fn limit_rows(&self, done: &mut Done) -> anyhow::Result<Arc<OrderRows>> {
        if let Some(rows) = self.rows.get() {
            return Ok(rows.clone());
        }
        let runtime = self.rounds.runtime;
        let caller = Caller::new(self.product, &self.product.ordering)?;
        let mut on = Connection::open(self.product.address)?;
        // The first use of a key is noted beside the order; it is not one of the order's rows.
        caller.place(&mut on, &self.subdomain())?;
        std::thread::sleep(Duration::from_millis(300));
        let before = runtime.block_on(self.database.counts())?;
        caller.place(&mut on, &self.subdomain())?;
        let after = runtime.block_on(self.database.counts())?;
        let grown = after.into_iter().zip(before).map(|((table, now), (_, then))| (table, now - then));
        done.order_writes = grown.filter(|(_, rows)| *rows != 0).collect();
        let rows = Arc::new(runtime.block_on(OrderRows::like_ours(self.database))?);
        done.limit_rows = rows.size();
        Ok(self.rows.get_or_init(|| rows).clone())
    }

    fn orders(&self, done: &mut Done, serving: &Running) -> anyhow::Result<()> {
        let caller = Caller::new(self.product, &self.product.ordering)?;
        let rows = self.limit_rows(done)?;
        let (plan, address) = (self.rounds.plan, self.product.address);
        let limit = self.watch(None);
        let watch = self.watch(Some(("levante", serving.family())));
        let calls = AtomicU64::new(0);
        for round in 1..=self.rounds.rounds {
            progress(round, "orders");
            done.book.add(names::ORDER_LIMIT, rows.measure(self.database, self.folder, plan, &limit)?);
            let place = |on: &mut Connection, _: usize, _: u64| caller.place(on, &self.subdomain());
            done.book.add(names::ORDER, measure(plan, address, &watch, &place)?);
            if let Database::Sqlite(path, _) = self.database {
                done.book.add(names::ORDER_ALONE, rows.on_sqlite_alone(path, plan, &limit)?);
            }
            let cart = |on: &mut Connection, _: usize, _: u64| {
                calls.store(u64::from(caller.cart(on, &self.subdomain())?), Ordering::Relaxed);
                Ok(())
            };
            done.book.add(names::CART, measure(plan, address, &watch, &cart)?);
        }
        done.cart_calls = calls.into_inner();
        Ok(())
    }

    /// Seat changes and cancellations that are accepted, each of a service that nobody has changed yet.
    fn changes(&self, done: &mut Done) -> anyhow::Result<()> {
        let runtime = self.rounds.runtime;
        let filling = runtime.block_on(async {
            let mut filling = Filling::like_one_of(self.database, READING).await?;
            filling.fill(self.database, CHANGED, ORDERING, 1).await?;
            anyhow::Ok(filling)
        })?;
        let (serving, _) = self.product.serve("web")?;
        let rows = self.limit_rows(done)?;
        let caller = Caller::new(self.product, &self.product.ordering)?;
        let (plan, limit) = (self.rounds.plan, self.watch(None));
        let watch = self.watch(Some(("levante", serving.family())));
        let (risen, cancelled) = (AtomicU64::new(0), AtomicU64::new(0));
        let next = |used: &AtomicU64| -> anyhow::Result<(String, Vec<i64>)> {
            let number = used.fetch_add(1, Ordering::Relaxed);
            anyhow::ensure!(number < CHANGED, "all {CHANGED} services have been changed: measure for a shorter time");
            let path = format!("/1.0/saas/csp2/{}", filling.service(number));
            Ok((path, filling.subscriptions(number)))
        };
        for round in 1..=self.rounds.rounds {
            progress(round, "changes");
            done.book.add(names::CHANGE_LIMIT, rows.measure(self.database, self.folder, plan, &limit)?);
            let rise = |on: &mut Connection, _: usize, _: u64| {
                let (service, subscriptions) = next(&risen)?;
                caller.change_seats(on, &service, subscriptions[0])
            };
            done.book.add(names::SEATS, measure(plan, self.product.address, &watch, &rise)?);
            let cancel = |on: &mut Connection, _: usize, _: u64| {
                let (service, subscriptions) = next(&cancelled)?;
                caller.cancel(on, &service, subscriptions[1])
            };
            done.book.add(names::CANCEL, measure(plan, self.product.address, &watch, &cancel)?);
        }
        Ok(())
    }

    fn reads(&self, done: &mut Done, serving: &Running) -> anyhow::Result<()> {
        let (plan, address) = (self.rounds.plan, self.product.address);
        let caller = Caller::new(self.product, &self.product.reading)?;
        let (service, subscription) = self.something_to_read(&caller)?;
        let url = match self.database {
            Database::Sqlite(path, _) => format!("sqlite:{}", path.display()),
            Database::Postgres(url, _) => url.clone(),
        };
        let (bare, bare_address) = Bare::start(&url, READING, subscription)?;
        let (bare_watch, watch) =
            (self.watch(Some(("bare", bare.family()))), self.watch(Some(("levante", serving.family()))));
        let path = format!("/1.0/saas/csp2/{service}/subscription/{subscription}");
        let cookie = if self.rounds.wants(&["P5"]) { self.product.sign_in()? } else { String::new() };
        let fixed = |path: &str, to: SocketAddr, headers: &str| request("GET", path, to, headers, "");
        for round in 1..=self.rounds.rounds {
            if self.rounds.wants(&["P4", "P6"]) {
                progress(round, "one subscription");
                let row = fixed("/row", bare_address, "");
                done.book.add(names::ROW_LIMIT, measure(plan, bare_address, &bare_watch, &|on, _, _| on.must(&row))?);
                let read = |on: &mut Connection, _: usize, _: u64| on.must(&caller.signed("GET", &path, ""));
                done.book.add(names::READ, measure(plan, address, &watch, &read)?);
            }
            if self.rounds.wants(&["P5"]) {
                progress(round, "lists of 50");
                let list = fixed("/names", bare_address, "");
                done.book
                    .add(names::NAMES_LIMIT, measure(plan, bare_address, &bare_watch, &|on, _, _| on.must(&list))?);
                let all = |on: &mut Connection, _: usize, _: u64| on.must(&caller.signed("GET", "/1.0/saas/csp2", ""));
                done.book.add(names::NAMES, measure(plan, address, &watch, &all)?);
                let page = fixed("/page", bare_address, "");
                done.book.add(names::PAGE_LIMIT, measure(plan, bare_address, &bare_watch, &|on, _, _| on.must(&page))?);
                let page = fixed("/services", address, &cookie);
                done.book.add(names::PAGE, measure(plan, address, &watch, &|on, _, _| on.must(&page))?);
            }
        }
        Ok(())
    }

    fn something_to_read(&self, caller: &Caller) -> anyhow::Result<(String, i64)> {
        let mut on = Connection::open(self.product.address)?;
        let all = caller.call(&mut on, "GET", "/1.0/saas/csp2", &Value::Null)?;
        let all = all.as_array().context("the list of services")?;
        anyhow::ensure!(all.len() == SERVICES, "{} services instead of {SERVICES}", all.len());
        let service = all[0].as_str().context("a service's name")?.to_owned();
        let path = format!("/1.0/saas/csp2/{service}/subscription");
        let subscriptions = caller.call(&mut on, "GET", &path, &Value::Null)?;
        Ok((service, subscriptions[0].as_i64().context("a subscription")?))
    }

    /// Web, API and worker in one process while orders come in and are worked on.
    fn everything_at_once(&self, done: &mut Done) -> anyhow::Result<()> {
        let (serving, _) = self.product.serve("all")?;
        let caller = Caller::new(self.product, &self.product.ordering)?;
        let watch = self.watch(Some(("levante", serving.family())));
        for round in 1..=self.rounds.rounds {
            progress(round, "everything at once");
            let place = |on: &mut Connection, _: usize, _: u64| caller.place(on, &self.subdomain());
            done.book.add(names::ORDER_ALL, measure(self.rounds.plan, self.product.address, &watch, &place)?);
            done.loaded_mb = done.loaded_mb.max(serving.family().pss_mb());
        }
        Ok(())
    }
}

/// What is going on, to standard error, so that the result stays clean.
fn progress(round: u32, what: &str) {
    eprintln!("round {round}: {what} (load average {})", load_average());
}
