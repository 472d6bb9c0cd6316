//! The served doors over one world: two resellers, one reading English and one Italian, and a third one
//! that already has a service.

use super::{
    browser::Browser,
    form::{APPROVED, Form},
};
use crate::{
    ovh_api::{client::Client, world::key},
    world::{Engines, Folder, World},
};
use levante::{
    app::{self, Shown},
    config::{DomainCheck, MailTransport, Role, Settings, Supplier, VaultKey},
    operations::{Actor, accounts::NewAccount, checks::Question, checks::Verdict, members::NewMember},
};
use licensing::{jiff::SignedDuration, permission::everything};
use partner_center_simulator::Options;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};

pub const PASSWORD: &str = "correct horse battery staple";

pub struct Reseller {
    pub actor: Actor,
    pub language: &'static str,
    pub email: String,
    pub client: Client,
}

pub struct Doors {
    pub world: World,
    pub address: SocketAddr,
    pub english: Reseller,
    pub italian: Reseller,
    pub other: Reseller,
    /// The order that the third reseller placed before, and its service's name.
    pub foreign: Option<(i64, String)>,
    before: Value,
    _folder: Folder,
}

impl Doors {
    /// With a service of the third reseller, named `promised`.
    pub async fn new(engine: &Engines) -> Doors {
        let mut doors = Doors::empty(engine).await;
        let form = Form::good(&doors.world, "promised").await;
        let placed = doors.other.client.post("/levante/order", &form.body()).await.ok();
        let id = placed["orderId"].as_i64().unwrap();
        doors.ended(&doors.other, id).await;
        doors.world.quiet().await;
        doors.foreign = Some((id, placed["serviceName"].as_str().unwrap().to_owned()));
        doors.before = doors.made().await;
        let asked = &doors.before["calls"];
        assert!(asked["POST /v1/customers"].as_u64() == Some(1), "the books count what is made: {asked}");
        doors
    }

    /// With nothing ordered yet.
    pub async fn empty(engine: &Engines) -> Doors {
        let world = World::new(engine, Options::default()).await;
        let folder = Folder::new();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = app::router(&settings(address, &folder), world.operations.clone(), Shown::default());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let english = reseller(&world, address, "english-lv", "en").await;
        let italian = reseller(&world, address, "italian-lv", "it").await;
        let other = reseller(&world, address, "other-lv", "en").await;
        let mut doors =
            Doors { world, address, english, italian, other, foreign: None, before: Value::Null, _folder: folder };
        doors.before = doors.made().await;
        doors
    }

    pub async fn browser(&self, reseller: &Reseller) -> Browser {
        Browser::sign_in(self.address, &reseller.email, PASSWORD).await
    }

    /// What exists at Microsoft and what was asked of it, without what may only be read.
    async fn made(&self) -> Value {
        let books = self.world.books().await;
        let ids = |list: &str| -> Vec<Value> {
            books[list].as_array().unwrap().iter().map(|thing| thing["id"].clone()).collect()
        };
        let calls: serde_json::Map<String, Value> = books["calls"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(route, _)| {
                route.contains(" /v1/customers") && !route.starts_with("GET ") && !route.starts_with("HEAD ")
            })
            .map(|(route, count)| (route.clone(), count.clone()))
            .collect();
        json!({
            "tenants": ids("tenants"), "carts": ids("carts"), "orders": ids("orders"),
            "subscriptions": ids("subscriptions"), "calls": calls,
        })
    }

    /// Nothing was made at Microsoft, or only asked for, since the doors were opened.
    pub async fn assert_nothing_made(&self, after: &str) {
        assert_eq!(self.made().await, self.before, "after {after}");
    }

    /// Neither reseller has an order or a service.
    pub async fn assert_nothing_ordered(&self, after: &str) {
        for reseller in [&self.english, &self.italian] {
            let account = &reseller.actor.account;
            let orders = self.world.operations.orders(account, None, 10).await.unwrap();
            assert!(orders.is_empty(), "after {after}: {orders:?}");
            assert!(self.world.operations.service_names(account).await.unwrap().is_empty(), "after {after}");
        }
    }

    /// Asks a live check and waits for Microsoft's verdict.
    pub async fn asked(&self, reseller: &Reseller, question: Question) -> Verdict {
        let operations = &self.world.operations;
        let check = operations.ask(&reseller.actor.account, question).await.unwrap();
        for _ in 0..500 {
            if let Some(verdict) = operations.check(&reseller.actor.account, check.id).await.unwrap().verdict {
                return verdict;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nobody answers the check");
    }

    /// Waits for the end of an order.
    pub async fn ended(&self, reseller: &Reseller, id: i64) -> levante::operations::orders::Order {
        for _ in 0..600 {
            let order = self.world.operations.order(&reseller.actor.account, licensing::id::OrderId(id)).await.unwrap();
            if order.state.is_over() {
                return order;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("order {id} does not end");
    }
}

fn settings(address: SocketAddr, folder: &Folder) -> Settings {
    let secret = || SecretString::from("unused");
    Settings {
        public_url: format!("http://{address}"),
        listen: address,
        tls: None,
        role: Role::All,
        alone: true,
        brand: "Levante".to_owned(),
        support_address: None,
        database_url: secret(),
        vault_key: VaultKey::Text(secret()),
        supplier: Supplier {
            api_base: String::new(),
            authority: String::new(),
            tenant: String::new(),
            client_id: String::new(),
            client_secret: secret(),
            refresh_token: None,
            token_v1: false,
            calls_per_minute: None,
            timeout: Duration::from_secs(10),
        },
        mail: MailTransport::Folder(folder.0.clone()),
        mail_from: "Levante <no-reply@levante.example>".to_owned(),
        domain_check: DomainCheck::Table,
        language: "en".to_owned(),
        time_window: SignedDuration::from_secs(300),
        calls_per_minute: 0,
        withdrawn_operations: false,
        trusted_proxies: Vec::new(),
    }
}

async fn reseller(world: &World, address: SocketAddr, id: &str, language: &'static str) -> Reseller {
    let operations = &world.operations;
    let email = format!("{id}@fabrikam.example");
    let new = NewAccount {
        id: id.to_owned(),
        first_name: "Fabrizia".into(),
        last_name: "Kam".into(),
        organisation: format!("Fabrikam {id}"),
        email: email.clone(),
        country: "IT".into(),
        language: language.into(),
        currency: String::new(),
    };
    let account = operations.create_account(new).await.unwrap().id;
    for mpn_id in APPROVED {
        operations.approve_mpn(&account, mpn_id, "test").await.unwrap();
    }
    let member = NewMember {
        account: Some(account.clone()),
        email: email.clone(),
        name: "Fabrizia Kam".to_owned(),
        password: SecretString::from(PASSWORD),
        language: language.to_owned(),
    };
    operations.create_member(member).await.unwrap();
    let client = key(operations, address, &account, everything()).await;
    Reseller { actor: Actor { account, who: "test".into(), address: None }, language, email, client }
}
