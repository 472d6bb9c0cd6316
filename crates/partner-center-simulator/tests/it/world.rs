//! A simulator and a client for it, as the tests use them.

use std::path::Path;

use jiff::SignedDuration;
use partner_center_simulator::{Clock, Options, Simulator};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

pub const API: &str = "https://api.partnercenter.microsoft.com";
pub const GOOD_RESELLER: &str = "6100001";

pub struct World {
    pub simulator: Simulator,
    pub http: Client,
    pub user: String,
    /// For the routes of Graph.
    pub graph: String,
}

pub fn client() -> Client {
    // A second installation in the same program is no failure.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().pool_max_idle_per_host(0).build().unwrap()
}

impl World {
    pub async fn kind() -> Self {
        Self::with(Options::default()).await
    }

    /// Without faults and lags, at a business time.
    pub async fn starting(at: &str) -> Self {
        Self::with(Options { clock: Clock::starting_at(at.parse().unwrap()), ..Options::default() }).await
    }

    pub async fn at(state: &Path) -> Self {
        Self::with(Options { state: Some(state.to_owned()), seed: 7, ..Options::default() }).await
    }

    pub async fn with(mut options: Options) -> Self {
        if options.clock.offset() == SignedDuration::ZERO {
            options.clock = Clock::with_offset(SignedDuration::from_secs(1));
        }
        let simulator = Simulator::start_with(options).await.unwrap();
        let mut world = Self { simulator, http: client(), user: String::new(), graph: String::new() };
        world.sign_in().await;
        world
    }

    /// Signs in however often it takes, as one must at a hostile simulator.
    pub async fn with_any(options: Options) -> Self {
        let simulator = Simulator::start_with(options).await.unwrap();
        let mut world = Self { simulator, http: client(), user: String::new(), graph: String::new() };
        let first = world.simulator.credentials().refresh_token;
        for _ in 0..20 {
            if let Ok(answer) = world.try_exchange("refresh_token", &first, API).await
                && let Ok(answer) = answer.json::<Value>().await
                && let Some(token) = answer["access_token"].as_str()
            {
                token.clone_into(&mut world.user);
                break;
            }
        }
        assert!(!world.user.is_empty(), "no token");
        world
    }

    pub async fn stop(self) {
        self.simulator.stop().await;
    }

    pub async fn exchange(&self, grant: &str, refresh: &str) -> Response {
        self.try_exchange(grant, refresh, API).await.unwrap()
    }

    pub async fn try_exchange(&self, grant: &str, refresh: &str, resource: &str) -> Result<Response, reqwest::Error> {
        let known = self.simulator.credentials();
        let url = format!("{}/{}/oauth2/v2.0/token", self.simulator.url(), known.tenant_id);
        let form = [
            ("grant_type", grant),
            ("client_id", &known.client_id),
            ("client_secret", &known.client_secret),
            ("refresh_token", refresh),
            ("scope", &format!("{resource}/.default")),
        ];
        self.http.post(url).form(&form).send().await
    }

    pub async fn token(&self, grant: &str) -> String {
        let first = self.simulator.credentials().refresh_token;
        let answer: Value = self.exchange(grant, &first).await.json().await.unwrap();
        answer["access_token"].as_str().unwrap().to_owned()
    }

    /// Signs in again: tokens die when the clock jumps.
    pub async fn sign_in(&mut self) {
        self.user = self.token("refresh_token").await;
        let first = self.simulator.credentials().refresh_token;
        let answer = self.try_exchange("refresh_token", &first, "https://graph.microsoft.com").await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["access_token"].as_str().unwrap().clone_into(&mut self.graph);
    }

    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}{path}", self.simulator.url());
        let is_graph = path.starts_with("/v1.0/") && !path.starts_with("/v1.0/sales/");
        self.http.request(method, url).bearer_auth(if is_graph { &self.graph } else { &self.user })
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub async fn send(&self, method: Method, path: &str, id: &str, body: &Value) -> (u16, Value) {
        let request = self
            .request(method, path)
            .header("MS-RequestId", id)
            .header("MS-CorrelationId", "11111111-1111-4111-8111-111111111111")
            .json(body);
        read(request.send().await.unwrap()).await
    }

    pub async fn control(&self, method: Method, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.simulator.control_url());
        let request = self.http.request(method, url);
        let request = request.bearer_auth(self.simulator.control_token());
        let (status, answer) = read(request.json(body).send().await.unwrap()).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// A control answer that is not JSON.
    pub async fn control_text(&self, path: &str) -> String {
        let url = format!("{}{path}", self.simulator.control_url());
        let request = self.http.get(url).bearer_auth(self.simulator.control_token());
        request.send().await.unwrap().text().await.unwrap()
    }

    pub async fn books(&self) -> Value {
        self.control(Method::GET, "/control/books", &json!({})).await
    }

    /// Reads a resource, changes some members and sends it back as a whole.
    pub async fn patch(&self, path: &str, change: Value) -> (u16, Value) {
        let (_, mut whole) = self.get(path).await;
        for (name, value) in change.as_object().unwrap() {
            whole[name] = value.clone();
        }
        self.send(Method::PATCH, path, &fresh(), &whole).await
    }

    /// The charges of one subscription as `(chargeType, quantity, from, to, effectiveUnitPrice)`.
    pub async fn charges(&self, path: &str) -> Vec<(String, i64, String, String, String)> {
        let id = path.rsplit('/').next().unwrap().to_lowercase();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let books = self.books().await;
        let charges = books["charges"].as_array().unwrap().iter().filter(|charge| charge["subscriptionId"] == id);
        charges
            .map(|c| {
                let quantity = c["quantity"].as_i64().unwrap();
                (text(&c["chargeType"]), quantity, text(&c["from"]), text(&c["to"]), text(&c["effectiveUnitPrice"]))
            })
            .collect()
    }

    /// Moves the clock to an instant.
    pub async fn advance_to(&mut self, at: &str) {
        self.control(Method::PUT, "/control/clock", &json!({"now": at})).await;
        self.sign_in().await;
    }

    pub async fn advance(&mut self, by: &str) {
        self.control(Method::POST, "/control/clock/advance", &json!({"by": by})).await;
        self.sign_in().await;
    }

    pub async fn faults(&self, switches: Value) -> Value {
        self.control(Method::PUT, "/control/faults", &switches).await
    }

    pub async fn reseller(&self) -> String {
        let (_, answer) = self.get("/v1/relationships?relationship_type=IsIndirectCloudSolutionProviderOf").await;
        let items = answer["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["mpnId"] == GOOD_RESELLER);
        item.unwrap()["id"].as_str().unwrap().to_owned()
    }

    pub async fn customer_body(&self, prefix: &str) -> Value {
        json!({"enableGDAPByDefault": true, "associatedPartnerId": self.reseller().await,
            "CompanyProfile": {"Domain": format!("{prefix}.onmicrosoft.com")},
            "billingProfile": {"culture": "it-IT", "email": "acquisti@albaforni.example", "language": "it",
                "companyName": "Alba Forni Srl", "defaultAddress": {"firstName": "Chiara", "lastName": "Neri",
                    "addressLine1": "Via Zamboni 33", "city": "Bologna", "state": "BO", "country": "IT",
                    "postalCode": "40126", "phoneNumber": "0511234567"}}})
    }

    /// A tenant that may buy; returns its id.
    pub async fn tenant(&self, prefix: &str) -> String {
        let body = self.customer_body(prefix).await;
        let (status, customer) = self.send(Method::POST, "/v1/customers", &id(prefix), &body).await;
        assert_eq!(status, 201, "{customer}");
        let tenant = customer["id"].as_str().unwrap().to_owned();
        self.agree(&tenant).await;
        tenant
    }

    pub async fn agree(&self, tenant: &str) {
        let (_, list) = self.get("/v1/agreements?agreementType=MicrosoftCustomerAgreement").await;
        let body = json!({"primaryContact": {"firstName": "Chiara", "lastName": "Neri", "email": "c@albaforni.example"},
            "templateId": list["items"][0]["templateId"], "dateAgreed": "2026-01-01T00:00:00Z",
            "type": "MicrosoftCustomerAgreement"});
        let path = format!("/v1/customers/{tenant}/agreements");
        let (status, answer) = self.send(Method::POST, &path, &id(tenant), &body).await;
        assert_eq!(status, 201, "{answer}");
    }

    /// `productId:skuId:availabilityId` as the customer sees it now.
    pub async fn item(&self, tenant: &str, product: &str) -> String {
        let path = format!("/v1/customers/{tenant}/products/{product}/skus/0001/availabilities");
        let (_, list) = self.get(&path).await;
        list["items"][0]["catalogItemId"].as_str().unwrap().to_owned()
    }

    pub async fn cart(&self, tenant: &str, lines: &[(&str, i64, &str, &str)]) -> (u16, Value) {
        let mut given = Vec::new();
        for (number, (product, quantity, term, cycle)) in lines.iter().enumerate() {
            given.push(json!({"id": number, "catalogItemId": self.item(tenant, product).await,
                "quantity": quantity, "termDuration": term, "billingCycle": cycle,
                "participants": [{"key": "transaction_reseller", "value": GOOD_RESELLER}]}));
        }
        let body = json!({"partnerOnRecordAttestationAccepted": true, "lineItems": given});
        let path = format!("/v1/customers/{tenant}/carts");
        self.send(Method::POST, &path, &fresh(), &body).await
    }

    pub async fn checkout(&self, tenant: &str, cart: &Value) -> (u16, Value) {
        let cart = cart["id"].as_str().unwrap();
        let path = format!("/v1/customers/{tenant}/carts/{cart}/checkout");
        self.send(Method::POST, &path, &fresh(), &json!({})).await
    }

    /// Buys one product and waits (on the business clock) until it is active; returns its path.
    pub async fn bought(&mut self, tenant: &str, product: &str, quantity: i64) -> String {
        self.bought_as(tenant, (product, quantity, "P1Y", "monthly")).await
    }

    /// The same with another term and billing cycle.
    pub async fn bought_as(&mut self, tenant: &str, line: (&str, i64, &str, &str)) -> String {
        let (status, cart) = self.cart(tenant, &[line]).await;
        assert_eq!(status, 201, "{cart}");
        let (status, result) = self.checkout(tenant, &cart).await;
        assert_eq!(status, 201, "{result}");
        self.advance("PT3S").await;
        let order = result["orders"][0]["id"].as_str().unwrap();
        let path = format!("/v1/customers/{tenant}/subscriptions");
        let (_, list) = self.get(&format!("{path}?order_id={order}")).await;
        format!("{path}/{}", list["items"][0]["id"].as_str().unwrap())
    }
}

pub async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let bytes = response.bytes().await.unwrap();
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    (status, serde_json::from_slice(text).unwrap_or(Value::Null))
}

/// A GUID that stands for a text.
pub fn id(text: &str) -> String {
    let mut bytes = [7u8; 16];
    for (at, byte) in text.bytes().take(64).enumerate() {
        bytes[at % 16] = bytes[at % 16].wrapping_mul(31).wrapping_add(byte);
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

pub fn fresh() -> String {
    uuid::Uuid::new_v4().to_string()
}
