//! A server on a free port over a database of its own, with two resellers that know nothing of each other.

use super::client::Client;
use levante::{
    clock::{Clock, random},
    operations::{
        Actor, MailDomains, Operations, Policy,
        accounts::NewAccount,
        jobs::Lane,
        orders::Order,
        services::Service,
        subscriptions::Subscription,
        work::{Record, Then},
    },
    ovh_api::{Settings, router},
    secrets::Vault,
    storage::Db,
};
use licensing::{
    id::{AccountId, MpnId, OrderId, RemoteSubscriptionId, SubscriptionId, TenantId},
    jiff::SignedDuration,
    order::OrderState,
    permission::{AccessRule, everything},
    seat::SeatBatch,
    service::ServiceState,
    subscription::{SubscriptionState, TermEndIntent},
    task::TaskState,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sqlx::{Connection, Executor};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};

/// Where a test's data live; removed with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub struct World {
    pub operations: Arc<Operations>,
    pub address: SocketAddr,
    pub alice: Client,
    pub charlie: Client,
    _folder: Folder,
}

/// The licences of the test's price list.
const PRICES: &str = "\
sku,segment,term,plan,name,price,currency,tax,bases,minimum,limit,flags,price_name
CFQ7LV000001:0001,commercial,P1Y,monthly,Business Basic (1 year),5.60,EUR,22,,,300,,Business
CFQ7LV000002:0001,commercial,P1M,monthly,Enterprise (1 month),12.50,EUR,22,,,,,
CFQ7LV000003:0001,commercial,P1Y,monthly,Phone System (1 year),8.00,EUR,22,CFQ7LV000001:0001,,,,
CFQ7LV000004:0001,commercial,P1Y,monthly,Old Suite (1 year),9.00,EUR,22,,,,closed,
CFQ7LV000005:0001,education,P1Y,monthly,Campus (1 year),1.00,EUR,22,,,,,
";

async fn database(folder: &Folder) -> Db {
    #[expect(clippy::disallowed_methods, reason = "the one setting of the tests")]
    let server = std::env::var("LEVANTE_TEST_POSTGRES").ok();
    let url = match server {
        None => format!("sqlite:{}", folder.0.join("levante.sqlite").display()),
        Some(server) => {
            let name = format!("levante_{}", hex::encode(random::<8>()));
            let mut connection = sqlx::PgConnection::connect(&server).await.expect("the test server answers");
            connection
                .execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
                .await
                .expect("a database can be made");
            let (base, _) = server.rsplit_once('/').expect("the address ends in a database");
            format!("{base}/{name}")
        }
    };
    Db::open(&url).await.expect("the database opens")
}

impl World {
    pub async fn new() -> World {
        World::with(|settings| settings).await
    }

    pub async fn with(change: impl FnOnce(Settings) -> Settings) -> World {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = Folder(std::env::temp_dir().join(format!("levante-test-{}", hex::encode(random::<8>()))));
        std::fs::create_dir_all(&folder.0).expect("a folder");
        let db = database(&folder).await;
        let vault = Vault::from_hex(&SecretString::from("5".repeat(64))).expect("a key");
        // Nobody answers live checks here but the test itself.
        let preview_waits = SignedDuration::from_millis(100);
        let policy = Policy { mail_domains: MailDomains::Table, preview_waits, ..Policy::default() };
        let operations = Arc::new(Operations::new(db, Clock::real(), vault, policy).await.expect("operations"));
        operations.import_licences(PRICES.as_bytes()).await.expect("prices");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = router(operations.clone(), change(Settings::at("https://api.reseller.example")));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let alice = reseller(&operations, address, "alice-lv", "6100001").await;
        let charlie = reseller(&operations, address, "charlie-lv", "6100002").await;
        World { operations, address, alice, charlie, _folder: folder }
    }

    /// The id of a licence of the price list, by the last digit of its product.
    pub async fn licence(&self, product: u8) -> i64 {
        let list = self.operations.price_list().await.expect("prices");
        let wanted = format!("CFQ7LV00000{product}");
        list.all().find(|l| l.sku.product == wanted).expect("on the list").id.0
    }

    /// A good order of two licences and an add-on, in one call.
    pub async fn order(&self, subdomain: &str) -> Value {
        let mut order = json!({
            "mpnId": "6100001", "customSubdomain": subdomain,
            "contactFirstName": "Chiara", "contactLastName": "Neri", "contactEmail": "chiara@albaforni.example",
            "contactPhone": "+39 051 1234567", "contactAddress": "Via Emilia 1", "contactCity": "Forlì",
            "contactZipCode": "47121", "contactCountry": "IT", "companyName": "Alba Forni Srl",
            "mcaFirstName": "Chiara", "mcaLastName": "Neri", "mcaEmail": "chiara@albaforni.example",
            "mcaAgreedAt": "2026-01-02T03:04:05Z",
        });
        order["lines"] = json!([
            { "licenceId": self.licence(1).await, "quantity": 10 },
            { "licenceId": self.licence(2).await, "quantity": 3 },
            { "licenceId": self.licence(3).await, "quantity": 2 },
        ]);
        order
    }

    /// Does what the workflow does when Microsoft agrees to everything: the service is usable and every
    /// line of the order has its subscription.
    pub async fn deliver(&self, order: i64) -> Vec<SubscriptionId> {
        let operations = &self.operations;
        let mut work = operations.order_work(OrderId(order)).await.expect("the order");
        let job = operations
            .claim_jobs(Lane::Work, 50)
            .await
            .expect("jobs")
            .into_iter()
            .find(|job| job.subject == format!("service/{}", work.service.id))
            .expect("the order was promised");
        let held = operations.take(job).await.expect("a lease").expect("nobody holds it");
        let now = operations.clock.business();
        work.service.state = ServiceState::Ok;
        work.service.tenant = Some(TenantId(operations.clock.new_id()));
        work.service.agreement = Some(work.order.purchase.agreement.clone());
        work.order.state = OrderState::Delivered;
        work.order.finished_at = Some(now);
        work.task.state = TaskState::Done;
        work.task.finished_at = Some(now);
        let mut bought = Vec::new();
        for line in &work.order.purchase.lines {
            let id = operations.new_subscription_id().await.expect("an id");
            bought.push(subscription(operations, id, &work.order, &work.service, line));
        }
        let base = bought[0].id;
        if let Some(add_on) = bought.get_mut(2) {
            add_on.base = Some(base);
        }
        let ids = bought.iter().map(|s| s.id).collect();
        let record = Record {
            order: Some(work.order),
            service: Some(work.service),
            task: Some(work.task),
            new_subscriptions: bought,
            then: Then::End,
            ..Record::default()
        };
        operations.record(&held, record).await.expect("recorded");
        ids
    }
}

fn subscription(
    operations: &Operations,
    id: SubscriptionId,
    order: &Order,
    service: &Service,
    line: &licensing::order::OrderLine,
) -> Subscription {
    let now = operations.clock.business();
    Subscription {
        id,
        service: service.id,
        order: Some(order.id),
        licence: line.licence.id,
        base: None,
        remote: RemoteSubscriptionId(operations.clock.new_id()),
        partner: Some(MpnId::trusted("6100001")),
        seats: line.seats,
        state: SubscriptionState::Active,
        intent: TermEndIntent::Undecided,
        batches: vec![SeatBatch::added(line.seats.get(), now)],
        task: None,
        term_end: Some(now + SignedDuration::from_hours(24 * 365)),
        cancellable_until: Some(now + SignedDuration::from_hours(168)),
        created_at: now,
        updated_at: None,
        read_at: now,
        version: 1,
    }
}

async fn reseller(operations: &Operations, address: SocketAddr, id: &str, mpn: &str) -> Client {
    let new = NewAccount {
        id: id.to_owned(),
        first_name: "Ada".to_owned(),
        last_name: "Conti".to_owned(),
        organisation: format!("Contoso {id}"),
        email: format!("{id}@contoso.example"),
        country: "IT".to_owned(),
        language: "it".to_owned(),
        currency: "EUR".to_owned(),
    };
    let account = operations.create_account(new).await.expect("an account").id;
    operations.approve_mpn(&account, mpn, "operator").await.expect("approved");
    key(operations, address, &account, everything()).await
}

/// A client with a key of its own.
pub async fn key(operations: &Operations, address: SocketAddr, account: &AccountId, rules: Vec<AccessRule>) -> Client {
    let actor = Actor { account: account.clone(), who: "test".to_owned(), address: None };
    let application = operations.create_application(&actor, "Scripts", "Nightly work").await.expect("an application");
    let credential =
        operations.create_credential(&actor, application.id, rules, None, None).await.expect("a credential");
    Client::new(
        address,
        account.clone(),
        &application.key,
        application.secret.expose_secret(),
        credential.consumer_key.expose_secret(),
        (application.id, credential.id),
    )
}
