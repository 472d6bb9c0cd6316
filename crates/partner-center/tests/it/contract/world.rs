//! A simulator, a client of it, and the small workflow of the contract tests: it repeats a call
//! only as the contract allows it; what it may do is what the client's error says.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use partner_center::*;
use partner_center_simulator::{Clock, Options, Simulator};
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

/// An indirect reseller in order (simulator's README).
pub const GOOD: &str = "6100001";
pub const SKU: &str = "0001";
/// Most repetitions of one call before the test gives up.
pub const PATIENCE: usize = 40;

pub struct Memory(pub Mutex<SecretString>);

impl RefreshTokenStore for Memory {
    fn load(&self) -> StoreFuture<'_, Option<SecretString>> {
        Box::pin(async { Ok(Some(self.0.lock().expect("lock").clone())) })
    }

    fn save(&self, new: SecretString) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            *self.0.lock().expect("lock") = new;
            Ok(())
        })
    }
}

pub struct World {
    pub simulator: Simulator,
    pub client: Client,
    http: reqwest::Client,
    ids: Mutex<u128>,
}

impl World {
    pub async fn start(seed: u64, hostile: bool) -> Self {
        Self::with(Options { seed, hostile, ..Options::default() }).await
    }

    /// With a business clock that starts at a moment.
    pub async fn start_at(seed: u64, hostile: bool, at: jiff::Timestamp) -> Self {
        Self::with(Options { seed, hostile, clock: Clock::starting_at(at), ..Options::default() }).await
    }

    async fn with(options: Options) -> Self {
        let seed = options.seed;
        eprintln!("seed {seed}, hostile {}", options.hostile);
        let simulator = Simulator::start_with(options).await.expect("simulator");
        let credentials = simulator.credentials();
        let mut config = Config::new(
            simulator.url(),
            simulator.url(),
            credentials.tenant_id,
            credentials.client_id,
            credentials.client_secret.into(),
        );
        config.read_retry =
            ReadRetry { pauses: vec![Duration::from_millis(30); 8], longest_wait: Duration::from_secs(5) };
        config.timeout = Duration::from_secs(20);
        config.limits = Limits::none();
        let store = Memory(Mutex::new(credentials.refresh_token.into()));
        let client = Client::new(config, Arc::new(store)).expect("settings");
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().expect("control client");
        Self { simulator, client, http, ids: Mutex::new(u128::from(seed) << 64) }
    }

    pub fn call(&self) -> Call {
        let mut last = self.ids.lock().expect("lock");
        *last += 1;
        Call { request_id: Uuid::from_u128(*last), correlation_id: Uuid::from_u128(77) }
    }

    pub async fn control(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let url = format!("{}/control/{path}", self.simulator.control_url());
        let mut request =
            self.http.request(method.parse().expect("method"), url).bearer_auth(self.simulator.control_token());
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.expect("control");
        assert!(response.status().is_success(), "{path}: {}", response.text().await.unwrap_or_default());
        response.json().await.expect("control answer")
    }

    pub async fn switch(&self, switches: Value) {
        self.control("PUT", "faults", Some(switches)).await;
    }

    pub async fn books(&self) -> Value {
        self.control("GET", "books", None).await
    }

    pub async fn advance(&self, by: &str) {
        self.control("POST", "clock/advance", Some(json!({ "by": by }))).await;
    }

    /// A read that the client gave up on is simply made again.
    pub async fn read<T, F: Future<Output = Result<T, Error>>>(&self, ask: impl Fn(Client) -> F) -> T {
        for _ in 0..PATIENCE {
            match ask(self.client.clone()).await {
                Ok(value) => return value,
                Err(error) => self.rest(&error).await,
            }
        }
        panic!("no answer to a read");
    }

    /// A write whose repetition with the same ids is safe (§9.2, §13.4): until it is clear.
    pub async fn write<T, F: Future<Output = Result<T, Error>>>(&self, ask: impl Fn(Client, Call) -> F) -> T {
        let call = self.call();
        for _ in 0..PATIENCE {
            match ask(self.client.clone(), call).await {
                Ok(value) => return value,
                Err(error) => self.rest(&error).await,
            }
        }
        panic!("no answer to a write");
    }

    /// Waits as the error says; a definitive refusal ends the test.
    pub async fn rest(&self, error: &Error) {
        assert!(!error.is_definitive(), "refused: {error}, {error:?}");
        let wait = error.retry_after().unwrap_or(Duration::from_millis(20));
        tokio::time::sleep(wait.min(Duration::from_secs(3))).await;
    }

    /// Asks until the answer is there, moving the business clock on.
    pub async fn until<T, F: Future<Output = Option<T>>>(&self, what: &str, ask: impl Fn() -> F) -> T {
        for _ in 0..PATIENCE {
            if let Some(value) = ask().await {
                return value;
            }
            self.advance("PT5S").await;
        }
        panic!("{what} did not come");
    }

    pub async fn create(&self, domain: &str) -> (String, Credentials) {
        let reseller = self
            .until("the partnership", || async {
                // A state that nobody knows is not active; the next look tells.
                let all = self.read(|client| async move { client.resellers().await }).await;
                all.into_iter().find(|reseller| reseller.is_active_with(GOOD))
            })
            .await;
        let rules = self.read(|client| async move { client.country_rules("IT").await }).await;
        let new = NewCustomer {
            domain: domain.into(),
            organization_registration_number: None,
            company_name: "Contoso Bakery".into(),
            email: "orders@contosobakery.example".into(),
            culture: rules.default_culture().expect("culture").into(),
            language: rules.languages()[0].into(),
            address: Address {
                country: Some("IT".into()),
                city: Some("Bologna".into()),
                state: Some("BO".into()),
                address_line1: Some("Via Contoso 1".into()),
                postal_code: Some("40126".into()),
                first_name: Some("Primary".into()),
                last_name: Some("Contact".into()),
                phone_number: Some("390510000000".into()),
                ..Address::default()
            },
            associated_partner_id: reseller.id,
            enable_gdap_by_default: true,
        };
        let new = &new;
        let created = self.write(|client, call| async move { client.create_customer(&call, new).await }).await;
        assert_eq!(created.customer.domain().as_deref(), Some(domain));
        (created.customer.id, created.credentials.expect("credentials, also after a repetition"))
    }

    /// `Some` once the tenant can be read.
    pub async fn readable(&self, tenant: &str) -> Option<Customer> {
        for _ in 0..PATIENCE {
            match self.client.customer(tenant).await {
                Ok(customer) => return Some(customer),
                Err(Error::Refused(refusal)) if refusal.status == 404 => return None,
                Err(error) => self.rest(&error).await,
            }
        }
        None
    }

    pub async fn agree(&self, tenant: &str) {
        let template = self.read(|client| async move { client.agreement_template().await }).await.expect("template");
        let agreement = &NewAgreement {
            contact: AgreementContact {
                first_name: "Primary".into(),
                last_name: "Contact".into(),
                email: "orders@contosobakery.example".into(),
                phone_number: None,
            },
            template_id: template.template_id,
            date_agreed: "2026-01-02T03:04:05Z".parse().expect("date"),
        };
        self.write(|client, call| async move { client.confirm_agreement(&call, tenant, agreement).await }).await;
        let recorded = self.read(|client| async move { client.agreements(tenant).await }).await;
        assert_eq!(recorded.len(), 1);
        assert!(!self.read(|client| async move { client.signed_directly(tenant).await }).await);
    }

    pub async fn line(&self, tenant: &str, product: &str, seats: u32) -> NewCartLine {
        let of = CatalogueOf::Customer(tenant);
        let offers =
            self.read(|client| async move { client.availabilities(of, product, SKU, Some("commercial")).await }).await;
        let offer = offers
            .into_iter()
            .find(|offer| offer.is_purchasable && offer.term("P1Y", &BillingCycle::Monthly).is_some())
            .expect("on sale");
        NewCartLine {
            friendly_name: Some(format!("{product} in use")),
            currency_code: offer.default_currency.map(|currency| currency.code),
            ..NewCartLine::new(&offer.catalog_item_id, seats, BillingCycle::Monthly, "P1Y", GOOD)
        }
    }

    pub async fn fill(&self, tenant: &str, lines: Vec<NewCartLine>) -> CartAnswer {
        let cart = &NewCart { lines };
        self.write(|client, call| async move { client.create_cart(&call, tenant, cart).await }).await
    }

    pub async fn buy(&self, tenant: &str, lines: Vec<NewCartLine>) -> Vec<Order> {
        let CartAnswer::Good(cart) = self.fill(tenant, lines).await else { panic!("a line was refused") };
        let cart = cart.id.as_str();
        let checkout = self.write(|client, call| async move { client.check_out(&call, tenant, cart).await }).await;
        assert_eq!(checkout.outcome(), CheckoutOutcome::Complete, "{:?}", checkout.order_errors);
        let mut orders = Vec::new();
        for order in checkout.orders {
            let id = order.id.as_str();
            orders.push(
                self.until("the order", || async move {
                    let order = self.read(|client| async move { client.order(tenant, id).await }).await;
                    order.is_fulfilled().then_some(order)
                })
                .await,
            );
        }
        orders
    }

    pub async fn subscription_of(&self, tenant: &str, order: &Order, line: usize) -> Subscription {
        let id = order.line_items[line].subscription_id.clone().expect("provisioned");
        let id = id.as_str();
        self.until("the subscription", || async move {
            for _ in 0..PATIENCE {
                match self.client.subscription(tenant, id).await {
                    Ok(found) => return Some(found),
                    Err(Error::Refused(refusal)) if refusal.status == 404 => return None,
                    Err(error) => self.rest(&error).await,
                }
            }
            None
        })
        .await
    }

    /// Changes one thing. Whatever came of it is seen in the subscription alone (§15.4): an answer
    /// may be lost after the work was done, and then even a refusal of the repetition means nothing.
    pub async fn change(
        &self,
        tenant: &str,
        id: &str,
        there: impl Fn(&Subscription) -> bool,
        with: impl Fn(&Subscription) -> Subscription,
    ) -> Subscription {
        let mut refused = None;
        for _ in 0..PATIENCE {
            let now = self.read(|client| async move { client.subscription(tenant, id).await }).await;
            if there(&now) {
                return now;
            }
            // A look may show a word that nobody knows; the next one tells.
            if let Some(error) = refused.take()
                && now.status() == SubscriptionStatus::Active
            {
                panic!("refused: {error}");
            }
            let call = self.call();
            match self.client.patch_subscription(&call, tenant, &with(&now)).await {
                Ok(_) => {}
                Err(error) if error.is_definitive() => refused = Some(error),
                Err(error) => self.rest(&error).await,
            }
        }
        panic!("the change did not show");
    }
}
