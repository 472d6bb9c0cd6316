//! The test world: real storage (SQLite, or PostgreSQL with `LEVANTE_TEST_POSTGRES`), the real
//! adapter, the simulator over HTTP, a mailbox folder. Only the clock is moved by hand.

use jiff::SignedDuration;
use levante::{
    clock::Clock,
    config::Supplier,
    mail::{Brand, MailboxFolder, Transport},
    operations::{
        Accepted, Actor, MailDomains, Operations, Policy,
        accounts::NewAccount,
        orders::Order,
        services::{Portion, Search},
    },
    secrets::Vault,
    storage::Db,
    workflow::{Engine, Post, Workflow, mail_domains::MailDomainCheck},
};
use licensing::{
    contact::ContactInput,
    id::LicenceId,
    order::{AgreementInput, LineInput, OrderInput},
};
use partner_center_simulator::{Options, Simulator};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

/// The database engines that a test runs on.
pub fn engines() -> Vec<Engines> {
    let mut engines = vec![Engines::Sqlite];
    if let Some(url) = option_env("LEVANTE_TEST_POSTGRES") {
        engines.push(Engines::Postgres(url));
    }
    engines
}

#[expect(clippy::disallowed_methods, reason = "the tests' own switch")]
fn option_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A database engine.
#[derive(Debug, Clone)]
pub enum Engines {
    /// One file in the world's folder.
    Sqlite,
    /// A new database on this server.
    Postgres(String),
}

/// A folder that is removed with the world.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("levante-it-{}", Clock::real().new_id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct World {
    pub operations: Arc<Operations>,
    pub engine: Option<Engine>,
    pub simulator: Simulator,
    pub mailbox: MailboxFolder,
    pub actor: Actor,
    database: String,
    _folder: Folder,
    http: reqwest::Client,
}

pub const PRICE_LIST: &[u8] = include_bytes!("../../data/licences.csv");

/// Opens the books of a new database.
pub async fn open(engine: &Engines, folder: &Folder) -> Arc<Operations> {
    open_at(&new_url(engine, folder).await).await
}

/// The address of a new database.
pub async fn new_url(engine: &Engines, folder: &Folder) -> String {
    match engine {
        Engines::Sqlite => format!("sqlite:{}", folder.0.join("levante.sqlite").display()),
        Engines::Postgres(server) => new_postgres(server).await,
    }
}

/// Opens the books at an address, with the sample price list.
pub async fn open_at(url: &str) -> Arc<Operations> {
    let db = Db::open(url).await.unwrap();
    let vault = Vault::from_hex(&SecretString::from("5a".repeat(32))).unwrap();
    let policy = Policy { mail_domains: MailDomains::Table, ..Policy::default() };
    let operations = Arc::new(Operations::new(db, Clock::real(), vault, policy).await.unwrap());
    operations.import_licences(PRICE_LIST).await.unwrap();
    operations
}

async fn new_postgres(server: &str) -> String {
    let name = format!("it_{}", Clock::real().new_id().simple());
    let pool = sqlx::PgPool::connect(server).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
    pool.close().await;
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

/// An account with an approved MPN id.
pub async fn account(operations: &Operations, id: &str, mpn_id: &str) -> Actor {
    let new = NewAccount {
        id: id.to_owned(),
        first_name: "Fabrizia".into(),
        last_name: "Kam".into(),
        organisation: "Fabrikam Cloud Srl".into(),
        email: format!("{id}@fabrikam.example"),
        country: "IT".into(),
        language: "en".into(),
        currency: String::new(),
    };
    let account = operations.create_account(new).await.unwrap();
    operations.approve_mpn(&account.id, mpn_id, "test").await.unwrap();
    Actor { account: account.id, who: "test".into(), address: None }
}

impl World {
    pub async fn new(engine: &Engines, options: Options) -> World {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = Folder::new();
        let simulator = Simulator::start_with(options).await.unwrap();
        let database = new_url(engine, &folder).await;
        let operations = open_at(&database).await;
        let credentials = simulator.credentials();
        let supplier = Supplier {
            api_base: simulator.url(),
            authority: simulator.url(),
            tenant: credentials.tenant_id.clone(),
            client_id: credentials.client_id.clone(),
            client_secret: SecretString::from(credentials.client_secret.clone()),
            refresh_token: None,
            token_v1: false,
            timeout: Duration::from_secs(10),
            calls_per_minute: None,
        };
        let token = SecretString::from(credentials.refresh_token.clone());
        operations.keep_sealed_value("partner-center-refresh", &token).await.unwrap();
        let mailbox = MailboxFolder::open(folder.0.join("mailbox")).unwrap();
        let desk = levante::app::supplier(&supplier, operations.clone()).unwrap();
        let workflow = Arc::new(Workflow {
            provider: desk.in_background(),
            desk,
            operations: operations.clone(),
            post: Post {
                transport: Transport::Folder(mailbox.clone()),
                from: "Levante <no-reply@levante.example>".parse().unwrap(),
                brand: Brand::sample(),
            },
            mail_domains: MailDomainCheck::Nobody,
        });
        let engine = Some(Engine::start(workflow));
        let actor = account(&operations, "rv1234-lv", "6100001").await;
        World { operations, engine, simulator, mailbox, actor, database, _folder: folder, http: reqwest::Client::new() }
    }

    /// A good order: two licences and an add-on.
    pub async fn input(&self, subdomain: &str) -> OrderInput {
        let lines = [
            (self.licence("CFQ7LV000001:0001", "P1Y", "monthly").await, "5"),
            (self.licence("CFQ7LV000006:0001", "P1Y", "monthly").await, "3"),
            (self.licence("CFQ7LV000007:0001", "P1Y", "monthly").await, "2"),
        ];
        OrderInput {
            mpn_id: "6100001".into(),
            custom_subdomain: subdomain.into(),
            tenant_mode: String::new(),
            contact: ContactInput {
                first_name: "Chiara".into(),
                last_name: "Neri".into(),
                email: "acquisti@albaforni.example".into(),
                phone: "051 123 4567".into(),
                address: "Via Zamboni 33".into(),
                city: "Bologna".into(),
                zip_code: "40126".into(),
                country: "IT".into(),
                company_name: "Alba Forni Srl".into(),
                ..ContactInput::default()
            },
            agreement: AgreementInput {
                first_name: "Chiara".into(),
                last_name: "Neri".into(),
                email: "acquisti@albaforni.example".into(),
                agreed_at: "2026-01-02T03:04:05Z".into(),
            },
            lines: lines
                .iter()
                .map(|(id, seats)| LineInput { licence_id: id.to_string(), quantity: (*seats).into() })
                .collect(),
        }
    }

    pub async fn licence(&self, sku: &str, term: &str, plan: &str) -> LicenceId {
        let list = self.operations.price_list().await.unwrap();
        let found = list.all().find(|l| l.sku.to_string() == sku && l.term.iso() == term && l.plan.word() == plan);
        found.unwrap().id
    }

    pub async fn order(&self, subdomain: &str) -> Accepted {
        self.operations.place_order(&self.actor, &self.input(subdomain).await, None).await.unwrap()
    }

    /// Waits for the end of an order, bounded.
    pub async fn ended(&self, accepted: &Accepted) -> Order {
        let id = accepted.order.as_ref().unwrap().id;
        for _ in 0..600 {
            let order = self.operations.order(&self.actor.account, id).await.unwrap();
            if order.state.is_over() {
                return order;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let work = self.operations.order_work(id).await.unwrap();
        panic!("the order does not end: {:?} {:?}", work.order.progress, work.task);
    }

    pub async fn quiet(&self) {
        tokio::time::timeout(Duration::from_secs(60), self.engine.as_ref().unwrap().settle())
            .await
            .expect("jobs stay due");
        self.assert_counted().await;
    }

    /// Each line of the service list counts what runs in its service.
    async fn assert_counted(&self) {
        let (account, all) = (&self.actor.account, Search::default());
        for line in self.operations.find_services(account, &all, Portion::Piece).await.unwrap() {
            let subscriptions = self.operations.subscriptions(account, &line.name).await.unwrap();
            let running =
                subscriptions.iter().filter(|s| !["cancelled", "disabled", "deleted"].contains(&s.state.word()));
            let seats: Vec<i64> = running.map(|s| s.seats.get().into()).collect();
            assert_eq!((line.subscriptions, line.seats), (seats.len() as i64, seats.iter().sum()), "{}", line.name);
        }
    }

    pub async fn control(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}{path}", self.simulator.control_url());
        let mut request = self.http.request(method, url).bearer_auth(self.simulator.control_token());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.json().await.unwrap_or(Value::Null)
    }

    pub async fn books(&self) -> Value {
        self.control(reqwest::Method::GET, "/control/books", None).await
    }

    /// How many rows each table has.
    pub async fn rows(&self) -> BTreeMap<String, i64> {
        let count = |table: &str| sqlx::AssertSqlSafe(format!("SELECT CAST(count(*) AS BIGINT) FROM {table}"));
        let mut rows = BTreeMap::new();
        if self.database.starts_with("sqlite:") {
            let pool = sqlx::SqlitePool::connect(&self.database).await.unwrap();
            let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
            for table in sqlx::query_scalar::<_, String>(tables).fetch_all(&pool).await.unwrap() {
                let counted = sqlx::query_scalar(count(&table)).fetch_one(&pool).await.unwrap();
                rows.insert(table, counted);
            }
            pool.close().await;
        } else {
            let pool = sqlx::PgPool::connect(&self.database).await.unwrap();
            let tables = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'";
            for table in sqlx::query_scalar::<_, String>(tables).fetch_all(&pool).await.unwrap() {
                let counted = sqlx::query_scalar(count(&table)).fetch_one(&pool).await.unwrap();
                rows.insert(table, counted);
            }
            pool.close().await;
        }
        rows
    }

    pub async fn faults(&self, faults: Value) {
        self.control(reqwest::Method::PUT, "/control/faults", Some(json!({ "faults": faults }))).await;
    }

    /// Lets the simulator finish orders at once: for tests of something else than waiting.
    pub async fn without_lag(&self) {
        self.control(reqwest::Method::PUT, "/control/faults", Some(json!({ "lag": { "orderSeconds": 0 } }))).await;
    }

    /// Moves both business clocks, as the demo does.
    pub async fn advance(&self, by: SignedDuration) {
        let seconds = by.as_secs();
        self.control(reqwest::Method::POST, "/control/clock/advance", Some(json!({ "by": format!("PT{seconds}S") })))
            .await;
        self.operations.move_clock(self.operations.clock.offset() + by).await.unwrap();
    }

    /// Exactly one tenant of that name with these running subscriptions (product → seats), each with the partner of record.
    pub async fn assert_bought(&self, domain: &str, wanted: &[(&str, u64)]) {
        let books = self.books().await;
        let tenants: Vec<&Value> =
            books["tenants"].as_array().unwrap().iter().filter(|t| t["domain"] == domain).collect();
        assert_eq!(tenants.len(), 1, "{books:#}");
        let id = &tenants[0]["id"];
        let mut running: Vec<(String, u64)> = books["subscriptions"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|s| s["tenantId"] == *id && s["status"] == "active")
            .map(|s| {
                assert_eq!(s["partnerId"], "6100001", "{s}");
                (s["productId"].as_str().unwrap().to_owned(), s["quantity"].as_u64().unwrap())
            })
            .collect();
        running.sort();
        let wanted: Vec<(String, u64)> = wanted.iter().map(|(p, n)| ((*p).to_owned(), *n)).collect();
        assert_eq!(running, wanted, "{books:#}");
    }
}
