//! P13: what everything costs with a million services beside ten thousand. Two installations on the same kind of
//! database are measured in turn, operation by operation, and beside them the database itself at both sizes.

use crate::{
    bare::Bare,
    calls::Caller,
    database::Database,
    figures::{Book, Figure, spread},
    filling::Filling,
    http::{Connection, request},
    load::{Operation, Plan, Watch, measure},
    order_rows::OrderRows,
    processes::{Family, load_average},
    product::{Folder, Microsoft, ORDERING, Product, READING, Running},
    say,
};
use anyhow::Context;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Services that are provisioned, before the rest is filled in after their pattern.
const SERVICES: usize = 50;
/// Services of the reseller who orders and changes; the others have 50 each.
const OWNED: u64 = 10_000;

/// Measures the product at two sizes.
#[derive(Debug, clap::Args)]
pub struct Size {
    /// Services of the large installation.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(20_000..=5_000_000))]
    services: u64,
    /// Rounds.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// Seconds of each measurement; at most 2, as each changes other services.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=2))]
    seconds: u64,
}

/// An installation with its services, at work in role web.
struct Estate {
    label: String,
    product: Product,
    database: Database,
    filling: Filling,
    stride: u64,
    serving: Running,
    microsoft: Family,
    postgres: Option<Family>,
    bare: Running,
    bare_address: SocketAddr,
    order_rows: Arc<OrderRows>,
    ordering: Caller,
    reading: Caller,
    cookie: String,
    used: [AtomicU64; 4],
    folder: PathBuf,
}

/// An operation: its name, the limit beside it, and one call of it.
struct Measured<'a> {
    name: &'static str,
    limit: &'static str,
    call: Box<Operation<'a>>,
}

impl<'a> Measured<'a> {
    fn read(name: &'static str, call: Box<Operation<'a>>) -> Measured<'a> {
        Measured { name, limit: LIMITS[1], call }
    }

    fn write(name: &'static str, call: Box<Operation<'a>>) -> Measured<'a> {
        Measured { name, limit: LIMITS[0], call }
    }
}

/// The database's own cost of a write and of a read.
const LIMITS: [&str; 2] = ["order rows, one commit (limit)", "bare axum, one row (limit)"];

impl Size {
    /// Measures on one kind of database, prints.
    pub fn measure(
        &self,
        program: &Path,
        runtime: &tokio::runtime::Runtime,
        server: Option<&str>,
    ) -> anyhow::Result<()> {
        let plan = Plan { clients: 16, warm_up: Duration::from_millis(300), time: Duration::from_secs(self.seconds) };
        let mut folders = Vec::new();
        let mut estates = Vec::new();
        for services in [OWNED, self.services] {
            let folder = Folder::new(&format!("size-{services}"))?;
            let url = Database::new_in(&folder.0, server, &services.to_string(), runtime)?;
            estates.push(Estate::set_up(program, &folder.0, &url, services, runtime)?);
            folders.push(folder);
        }
        let mut book = Book::default();
        for round in 1..=self.rounds {
            eprintln!("round {round} (load average {})", load_average());
            let names: Vec<(&'static str, &'static str)> =
                estates[0].operations().iter().map(|m| (m.name, m.limit)).collect();
            for estate in &estates {
                for (limit, figure) in LIMITS.iter().zip(estate.limits(plan)?) {
                    book.add(&format!("{limit}, {}", estate.label), figure);
                }
            }
            for (number, (name, limit)) in names.iter().enumerate() {
                for estate in &estates {
                    if *limit == LIMITS[0] {
                        runtime.block_on(estate.as_before())?;
                    }
                    let operation = &estate.operations()[number];
                    let figure = measure(plan, estate.product.address, &estate.watch(), &operation.call)
                        .with_context(|| format!("{name}, {}", estate.label))?;
                    book.add(&format!("{name}, {}", estate.label), figure);
                }
            }
        }
        self.print(&estates, &book);
        Ok(())
    }

    fn print(&self, estates: &[Estate], book: &Book) {
        let [small, large] = estates else { return };
        say(&format!(
            "## Size: {} beside {} services, {}\n\n{} rows a service; one reseller has {OWNED} of them, the others 50 each; \
             {} rounds of {} s, 16 clients.\n",
            large.label,
            small.label,
            small.database.name(),
            small.filling.rows(),
            self.rounds,
            self.seconds
        ));
        say(&book.table());
        say("| P13 | large ÷ small | the database's own | together | must | |\n| --- | --- | --- | --- | --- | --- |");
        let between = |name: &str, of: fn(&Figure) -> f64| {
            let ratio = book.ratio(&format!("{name}, {}", large.label), &format!("{name}, {}", small.label), of);
            ratio.map_or(0.0, |r| r.median)
        };
        for m in small.operations() {
            let (own, limit) = (between(m.name, |f| f.per_second), between(m.limit, |f| f.per_second));
            let together = if limit > 0.0 { own / limit } else { 0.0 };
            let kept = if together >= 0.9 { "kept" } else { "MISSED" };
            say(&format!("| {} | {own:.2} | {limit:.2} | **{together:.2}** | ≥ 0.9 | {kept} |", m.name));
        }
        let others = spread(book.rounds(&format!("{}, {}", LIMITS[1], small.label)).iter().map(|f| f.others));
        say(&format!("\nOthers' load {:.2}; load average at the end {}.\n", others.median, load_average()));
    }
}

impl Estate {
    fn set_up(
        program: &Path,
        folder: &Path,
        url: &str,
        services: u64,
        runtime: &tokio::runtime::Runtime,
    ) -> anyhow::Result<Estate> {
        let microsoft = Microsoft::start(program, folder)?;
        let product = Product::set_up(program, folder, url, &microsoft)?;
        let (serving, _) = product.serve("all")?;
        Caller::new(&product, &product.reading)?.provision(SERVICES, Duration::from_secs(300))?;
        let mut on = Connection::open(product.address)?;
        Caller::new(&product, &product.ordering)?.place(&mut on, "benchfirst")?;
        drop(serving);
        let database = runtime.block_on(Database::open(url))?;
        let begin = Instant::now();
        let stride = services / OWNED;
        let (filling, order_rows) = runtime.block_on(async {
            let mut filling = Filling::like_one_of(&database, READING).await?;
            filling.fill(&database, services, ORDERING, stride).await?;
            let order_rows = OrderRows::like_ours(&database).await?;
            order_rows.fill(&database, services).await?;
            anyhow::Ok((filling, Arc::new(order_rows)))
        })?;
        eprintln!("{services} services filled in {:.0} s", begin.elapsed().as_secs_f64());
        let (serving, _) = product.serve("web")?;
        let subscription = filling.subscriptions(0).first().copied().context("a subscription")?;
        let (bare, bare_address) = Bare::start(url, READING, subscription)?;
        Ok(Estate {
            label: services.to_string(),
            ordering: Caller::new(&product, &product.ordering)?,
            reading: Caller::new(&product, &product.reading)?,
            cookie: product.sign_in()?,
            microsoft: microsoft.running.family(),
            postgres: runtime.block_on(database.processes())?,
            product,
            database,
            filling,
            stride,
            serving,
            bare,
            bare_address,
            order_rows,
            used: Default::default(),
            folder: folder.to_owned(),
        })
    }

    fn watch(&self) -> Watch {
        let postgres = self.postgres.map(|f| ("PostgreSQL", f));
        Watch {
            parts: [("levante", self.serving.family())].into_iter().chain(postgres).collect(),
            ours: vec![self.microsoft, Family::One(std::process::id())],
        }
    }

    fn limits(&self, plan: Plan) -> anyhow::Result<[Figure; 2]> {
        let watch = Watch { parts: vec![], ours: vec![self.microsoft, Family::WithChildren(std::process::id())] };
        let rows = self.order_rows.measure(&self.database, &self.folder, plan, &watch)?;
        let postgres = self.postgres.map(|f| ("PostgreSQL", f));
        let watch = Watch {
            parts: [("bare", self.bare.family())].into_iter().chain(postgres).collect(),
            ours: vec![self.microsoft, Family::One(std::process::id())],
        };
        let row = |on: &mut Connection, _: usize, _: u64| {
            let subscription = self.filling.subscriptions(self.any())[0];
            on.must(&request("GET", &format!("/row?id={subscription}"), self.bare_address, "", ""))
        };
        Ok([rows, measure(plan, self.bare_address, &watch, &row)?])
    }

    /// One of the reseller's services after the other, far apart in the tables.
    fn any(&self) -> u64 {
        let number = self.used[0].fetch_add(1, Ordering::Relaxed).wrapping_mul(7919) % OWNED;
        number * self.stride
    }

    /// Frees what was changed, for another round; the tasks and jobs stay.
    async fn as_before(&self) -> anyhow::Result<()> {
        self.used[1..3].iter().for_each(|used| used.store(0, Ordering::Relaxed));
        let owned = format!("service IN (SELECT id FROM service WHERE account = '{ORDERING}')");
        self.database.run(&format!("UPDATE subscription SET task = 0 WHERE task <> 0 AND {owned}")).await
    }

    /// The next service that was not changed yet in this measurement.
    fn fresh(&self, kind: usize) -> anyhow::Result<u64> {
        let number = self.used[kind].fetch_add(1, Ordering::Relaxed);
        anyhow::ensure!(number < OWNED, "all {OWNED} services have been changed: measure for a shorter time");
        Ok(number * self.stride)
    }

    fn path(&self, service: u64, rest: &str) -> String {
        format!("/1.0/saas/csp2/{}{rest}", self.filling.service(service))
    }

    fn operations(&self) -> Vec<Measured<'_>> {
        let fixed = |path: &'static str| -> Box<Operation<'_>> {
            Box::new(move |on, _, _| on.must(&self.reading.signed("GET", path, "")))
        };
        let page = |path: &'static str| -> Box<Operation<'_>> {
            Box::new(move |on, _, _| on.must(&request("GET", path, self.product.address, &self.cookie, "")))
        };
        let of_any = |rest: &'static str| -> Box<Operation<'_>> {
            Box::new(move |on, _, _| on.must(&self.ordering.signed("GET", &self.path(self.any(), rest), "")))
        };
        vec![
            Measured::write(
                "order in one call",
                Box::new(|on, _, _| {
                    let number = self.used[3].fetch_add(1, Ordering::Relaxed);
                    self.ordering.place(on, &format!("bench{number}"))
                }),
            ),
            Measured::write(
                "seat change",
                Box::new(|on, _, _| {
                    let service = self.fresh(1)?;
                    self.ordering.change_seats(on, &self.path(service, ""), self.filling.subscriptions(service)[0])
                }),
            ),
            Measured::write(
                "cancellation",
                Box::new(|on, _, _| {
                    let service = self.fresh(2)?;
                    self.ordering.cancel(on, &self.path(service, ""), self.filling.subscriptions(service)[1])
                }),
            ),
            Measured::read(
                "read one subscription",
                Box::new(|on, _, _| {
                    let service = self.any();
                    let rest = format!("/subscription/{}", self.filling.subscriptions(service)[0]);
                    on.must(&self.ordering.signed("GET", &self.path(service, &rest), ""))
                }),
            ),
            Measured::read("read one service", of_any("")),
            Measured::read("ids of a service's subscriptions", of_any("/subscription")),
            Measured::read("ids of a service's tasks", of_any("/task")),
            Measured::read("names of 50 services", fixed("/1.0/saas/csp2")),
            Measured::read("ids of 50 orders", fixed("/1.0/me/order")),
            Measured::read("ids of the newest log entries", fixed("/1.0/me/api/logs/services")),
            Measured::read("service list page", page("/services")),
            Measured::read("service list page, searched", page("/services?q=bench")),
        ]
    }
}
