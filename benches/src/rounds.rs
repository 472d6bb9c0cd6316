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
    peer::{self, Environment, Silver},
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
    /// The peer's packages; left out: it is not measured.
    pub peer: Option<Environment>,
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
    /// The peer, when it was measured.
    pub peer: Option<PeerDone>,
}

/// What is not a series about the peer.
pub struct PeerDone {
    /// Milliseconds from exec to the first 200.
    pub ready: Spread,
    /// PSS of all its processes two seconds after the start, in MB.
    pub idle_mb: f64,
    /// The largest PSS after a round, in MB.
    pub loaded_mb: f64,
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
    pub const PEER_ORDER: &str = "django-silver: order (customer, subscription, activation, seats)";
    pub const PEER_SEATS: &str = "django-silver: seat change";
    pub const PEER_CANCEL: &str = "django-silver: cancellation";
    pub const PEER_READ: &str = "django-silver: read one subscription";
    pub const WHOLE: &str = "read 50 services in one call (X-Ovh-Batch), signed";
    pub const PEER_LIST: &str = "django-silver: list of 50 customers as JSON";
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
    peer: Option<Peer>,
}

/// The peer at work.
struct Peer {
    silver: Silver,
    serving: peer::Serving,
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
        self.on(&folder.0, &url, None)
    }

    /// All of it on a new database of a PostgreSQL server.
    pub fn on_postgres(&self, server: &str) -> anyhow::Result<Done> {
        let folder = Folder::new("postgres")?;
        let url = Database::new_in(&folder.0, Some(server), "rounds", self.runtime)?;
        let silver = match &self.peer {
            Some(environment) if self.wants(&["P2", "P3", "P4", "P5"]) => {
                Some(self.silver(environment, &folder.0, server)?)
            }
            _ => None,
        };
        self.on(&folder.0, &url, silver)
    }

    /// The peer with something in it, in a database of its own.
    fn silver(&self, environment: &Environment, folder: &Path, server: &str) -> anyhow::Result<Silver> {
        eprintln!("setting up {}", peer::NAME);
        let url = Database::new_in(folder, Some(server), "peer", self.runtime)?;
        let silver = Silver::set_up(environment, folder, &url)?;
        self.runtime.block_on(async { Database::open(&url).await?.settle().await })?;
        Ok(silver)
    }

    fn on(&self, folder: &Path, url: &str, silver: Option<Silver>) -> anyhow::Result<Done> {
        let microsoft = Microsoft::start(&self.program, folder)?;
        let product = Product::set_up(&self.program, folder, url, &microsoft)?;
        // Whatever is read must exist as it does in use: fifty tenants, ordered and provisioned.
        let (serving, _) = product.serve("all")?;
        let took = Caller::new(&product, &product.reading)?.provision(SERVICES, Duration::from_secs(300))?;
        drop(serving);
        let database = self.runtime.block_on(Database::open(url))?;
        say(&format!("## {}\n", self.runtime.block_on(database.settings())?));
        let mut scene = Scene {
            rounds: self,
            database: &database,
            folder,
            product: &product,
            postgres: self.runtime.block_on(database.processes())?,
            microsoft: microsoft.running.family(),
            numbers: AtomicU64::new(0),
            rows: OnceLock::new(),
            peer: None,
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
            peer: None,
        };
        if self.wants(&["P9", "P10"]) {
            scene.start_and_idle(&mut done)?;
        }
        if let Some(silver) = silver {
            scene.start_peer(silver, &mut done)?;
        }
        {
            let (serving, _) = product.serve("web")?;
            if self.wants(&["P1", "P2", "P6", "P7", "P8"]) {
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
        // Nothing of it is left for what follows.
        scene.peer = None;
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
        // While something else is measured, the peer waits.
        if let Some(peer) = &self.peer
            && server.is_none_or(|(name, _)| name != peer::NAME)
        {
            watch.ours.push(peer.serving.family());
        }
        watch
    }

    /// Measures an operation of the peer, if there is one.
    fn measure_peer(
        &self,
        done: &mut Done,
        name: &str,
        operation: impl Fn(&Silver, &mut Connection) -> anyhow::Result<()> + Sync,
    ) -> anyhow::Result<()> {
        let (Some(peer), Some(told)) = (&self.peer, &mut done.peer) else { return Ok(()) };
        let watch = self.watch(Some((peer::NAME, peer.serving.family())));
        let one = |on: &mut Connection, _: usize, _: u64| operation(&peer.silver, on);
        // In a second it answers too little to count.
        let plan = Plan { time: self.rounds.plan.time.max(Duration::from_secs(4)), ..self.rounds.plan };
        done.book.add(name, measure(plan, peer.silver.address(), &watch, &one)?);
        told.loaded_mb = told.loaded_mb.max(peer.serving.family().pss_mb());
        Ok(())
    }

    /// The peer's start and idle memory, as often as the product's; then it stays.
    fn start_peer(&mut self, silver: Silver, done: &mut Done) -> anyhow::Result<()> {
        let mut times = Vec::new();
        let mut idle_mb = 0.0;
        for start in 1..=self.rounds.rounds.max(3) {
            eprintln!("start {start} of {}", peer::NAME);
            let (serving, ready) = silver.serve()?;
            times.push(ready.as_secs_f64() * 1000.0);
            std::thread::sleep(Duration::from_secs(2));
            idle_mb = serving.family().pss_mb();
        }
        let (serving, _) = silver.serve()?;
        // A worker of it reads its addresses and templates with its first requests; they are not counted.
        let watch = Watch::default();
        let plan = Plan { warm_up: Duration::ZERO, time: Duration::from_secs(2), ..self.rounds.plan };
        measure(plan, silver.address(), &watch, &|on, _, _| silver.read(on))?;
        done.peer = Some(PeerDone { ready: spread(times), idle_mb, loaded_mb: 0.0 });
        self.peer = Some(Peer { silver, serving });
        Ok(())
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
            self.measure_peer(done, names::PEER_ORDER, Silver::place)?;
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
            self.measure_peer(done, names::PEER_SEATS, Silver::change_seats)?;
            let cancel = |on: &mut Connection, _: usize, _: u64| {
                let (service, subscriptions) = next(&cancelled)?;
                caller.cancel(on, &service, subscriptions[1])
            };
            done.book.add(names::CANCEL, measure(plan, self.product.address, &watch, &cancel)?);
            self.measure_peer(done, names::PEER_CANCEL, Silver::cancel)?;
        }
        Ok(())
    }

    fn reads(&self, done: &mut Done, serving: &Running) -> anyhow::Result<()> {
        let (plan, address) = (self.rounds.plan, self.product.address);
        let caller = Caller::new(self.product, &self.product.reading)?;
        let (service, subscription) = self.something_to_read(&caller)?;
        let batch = self.batch_to_read(&caller)?;
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
                self.measure_peer(done, names::PEER_READ, Silver::read)?;
            }
            if self.rounds.wants(&["P5"]) {
                progress(round, "lists of 50");
                let list = fixed("/names", bare_address, "");
                done.book
                    .add(names::NAMES_LIMIT, measure(plan, bare_address, &bare_watch, &|on, _, _| on.must(&list))?);
                let all = |on: &mut Connection, _: usize, _: u64| on.must(&caller.signed("GET", "/1.0/saas/csp2", ""));
                done.book.add(names::NAMES, measure(plan, address, &watch, &all)?);
                if self.peer.is_some() {
                    let whole = |on: &mut Connection, _: usize, _: u64| on.must(&caller.batched(&batch));
                    done.book.add(names::WHOLE, measure(plan, address, &watch, &whole)?);
                }
                self.measure_peer(done, names::PEER_LIST, Silver::list)?;
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

    /// The path that reads all services of the account, whole, in one call.
    fn batch_to_read(&self, caller: &Caller) -> anyhow::Result<String> {
        let mut on = Connection::open(self.product.address)?;
        let all = caller.call(&mut on, "GET", "/1.0/saas/csp2", &Value::Null)?;
        let names: Vec<&str> = all.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let path = format!("/1.0/saas/csp2/{}", names.join(","));
        on.must(&caller.batched(&path))?;
        let answer: Value = serde_json::from_slice(&on.body).context("the answer to a batch")?;
        let whole = |one: &Value| one["error"].is_null() && one["value"]["serviceName"].is_string();
        let read = answer.as_array().map_or(0, |all| all.iter().filter(|one| whole(one)).count());
        anyhow::ensure!(read == SERVICES, "a batch read {read} services instead of {SERVICES}");
        Ok(path)
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
