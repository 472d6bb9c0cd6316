//! The calls that are measured: signed as OVHcloud's clients sign them.

use crate::{
    http::{Connection, request},
    product::{Keys, Product},
};
use anyhow::Context;
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// What every order's form says, in the words of the wire. The subdomain differs.
const FORM: [(&str, &str); 17] = [
    ("mpnId", "6100001"),
    ("contactFirstName", "Chiara"),
    ("contactLastName", "Neri"),
    ("contactEmail", "acquisti@albaforni.example"),
    ("contactPhone", "051 123 4567"),
    ("contactAddress", "Via Zamboni 33"),
    ("contactCity", "Bologna"),
    ("contactZipCode", "40126"),
    ("contactCountry", "IT"),
    ("companyName", "Alba Forni Srl"),
    ("language", "it"),
    ("mcaFirstName", "Chiara"),
    ("mcaLastName", "Neri"),
    ("mcaEmail", "acquisti@albaforni.example"),
    ("mcaAgreedAt", "2026-01-02T03:04:05Z"),
    ("tenantMode", "create"),
    ("contactState", ""),
];

/// A client with its keys.
pub struct Caller {
    keys: Keys,
    address: SocketAddr,
    licences: [i64; 3],
    /// The server's time when it was asked, and when that was.
    clock: (u64, Instant),
}

impl Caller {
    /// Asks the server's time, as every client does first.
    pub fn new(product: &Product, keys: &Keys) -> anyhow::Result<Caller> {
        let mut connection = Connection::open(product.address)?;
        connection.must(&request("GET", "/1.0/auth/time", product.address, "", ""))?;
        let time = connection.text().trim().parse().context("the server's time")?;
        let (keys, clock) = (keys.clone(), (time, Instant::now()));
        Ok(Caller { keys, address: product.address, licences: product.licences, clock })
    }

    /// A signed request.
    pub fn signed(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        self.signed_with("", method, path, body)
    }

    /// A signed request that reads everything named, by commas, in the last part of the path.
    pub fn batched(&self, path: &str) -> Vec<u8> {
        self.signed_with("X-Ovh-Batch: ,\r\n", "GET", path, "")
    }

    fn signed_with(&self, more: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
        let time = (self.clock.0 + self.clock.1.elapsed().as_secs()).to_string();
        let url = format!("http://{}{path}", self.address);
        let keys = &self.keys;
        let signature = levante::ovh_api::sign(&keys.secret, &keys.consumer, method, &url, body.as_bytes(), &time);
        let headers = format!(
            "{more}Content-Type: application/json\r\nX-Ovh-Application: {}\r\nX-Ovh-Consumer: {}\r\nX-Ovh-Timestamp: {time}\r\nX-Ovh-Signature: {signature}\r\n",
            keys.application, keys.consumer
        );
        request(method, path, self.address, &headers, body)
    }

    /// Sends a signed request that must be answered with 200; the answer.
    pub fn call(&self, on: &mut Connection, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        on.must(&self.signed(method, path, &body))?;
        serde_json::from_slice(&on.body).with_context(|| format!("{method} {path} answered no JSON"))
    }

    fn lines(&self) -> [(i64, u32); 3] {
        let [first, second, add_on] = self.licences;
        [(first, 5), (second, 3), (add_on, 2)]
    }

    /// The body of an order in one call.
    pub fn order(&self, subdomain: &str) -> String {
        let mut body: serde_json::Map<String, Value> =
            FORM.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| ((*k).to_owned(), json!(v))).collect();
        body.insert("customSubdomain".to_owned(), json!(subdomain));
        let lines = self.lines().map(|(licence, quantity)| json!({ "licenceId": licence, "quantity": quantity }));
        body.insert("lines".to_owned(), json!(lines));
        Value::Object(body).to_string()
    }

    /// Places an order in one call.
    pub fn place(&self, on: &mut Connection, subdomain: &str) -> anyhow::Result<()> {
        on.must(&self.signed("POST", "/1.0/levante/order", &self.order(subdomain)))
    }

    /// Asks for one seat more of a service's subscription; the service by its path.
    pub fn change_seats(&self, on: &mut Connection, service: &str, subscription: i64) -> anyhow::Result<()> {
        let path = format!("{service}/subscription/{subscription}/changeQuantity");
        on.must(&self.signed("POST", &path, &json!({ "quantity": 6 }).to_string()))
    }

    /// Cancels a service's subscription; the service by its path.
    pub fn cancel(&self, on: &mut Connection, service: &str, subscription: i64) -> anyhow::Result<()> {
        on.must(&self.signed("DELETE", &format!("{service}/subscription/{subscription}"), ""))
    }

    /// The whole cart flow, from an empty cart to the order; how many calls it took.
    pub fn cart(&self, on: &mut Connection, subdomain: &str) -> anyhow::Result<u32> {
        let cart = self.call(on, "POST", "/1.0/order/cart", &json!({ "ovhSubsidiary": "IT" }))?;
        let cart = format!("/1.0/order/cart/{}", cart["cartId"].as_str().context("cartId")?);
        self.call(on, "POST", &format!("{cart}/assign"), &Value::Null)?;
        let plan = json!({ "planCode": "csp2-tenant", "pricingMode": "default", "duration": "P1M", "quantity": 1 });
        let item = self.call(on, "POST", &format!("{cart}/csp2"), &plan)?["itemId"].as_i64().context("itemId")?;
        let mut calls = 4;
        for (label, value) in FORM.into_iter().filter(|(_, v)| !v.is_empty()).chain([("customSubdomain", subdomain)]) {
            let path = format!("{cart}/item/{item}/configuration");
            self.call(on, "POST", &path, &json!({ "label": label, "value": value }))?;
            calls += 1;
        }
        for (licence, quantity) in self.lines() {
            let plan = json!({
                "planCode": format!("csp2-license-{licence}"), "pricingMode": "default", "duration": "P1Y",
                "quantity": quantity, "itemId": item,
            });
            self.call(on, "POST", &format!("{cart}/csp2/options"), &plan)?;
            calls += 1;
        }
        self.call(on, "POST", &format!("{cart}/checkout"), &Value::Null)?;
        Ok(calls)
    }

    /// Orders `count` tenants and waits until all of them work; how long it took from the first order.
    pub fn provision(&self, count: usize, patience: Duration) -> anyhow::Result<Duration> {
        let start = Instant::now();
        let mut on = Connection::open(self.address)?;
        let mut orders = Vec::new();
        for n in 0..count {
            let body = self.order(&format!("benchread{n:04}"));
            on.must(&self.signed("POST", "/1.0/levante/order", &body))?;
            let answer: Value = serde_json::from_slice(&on.body)?;
            orders.push(answer["orderId"].as_i64().context("orderId")?);
        }
        while let Some(order) = orders.last() {
            let status = self.call(&mut on, "GET", &format!("/1.0/me/order/{order}/status"), &Value::Null)?;
            if status == "delivered" {
                orders.pop();
                continue;
            }
            anyhow::ensure!(start.elapsed() < patience, "order {order} is still {status} after {patience:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(start.elapsed())
    }
}
