//! An order as it was read, to be sent back with one change: a legacy add-on, or its end in
//! Microsoft's sandbox. A PATCH replaces the whole resource, so unknown members are kept.
//! Source: contract §14.2, §15.11.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str, order: &str, add_on: LegacyAddOn) -> Result<(), Error> {
//! let call = Call::new(uuid::Uuid::nil()); // save it first
//! let read = client.order_resource(customer, order).await?;
//! client.patch_order(&call, customer, &read.with_legacy_add_on(&add_on)?).await?;
//! # Ok(()) }
//! ```

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::carts::partner_of_record;
use crate::client::{Call, Client};
use crate::customers::if_match;
use crate::error::Error;
use crate::orders::Order;
use crate::request::Request;
use crate::resource::whole_of;

/// An order as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderResource {
    raw: Value,
}

impl<'de> Deserialize<'de> for OrderResource {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Value::deserialize(deserializer)?;
        match raw.get("id").and_then(Value::as_str) {
            Some(id) if !id.is_empty() => Ok(Self { raw }),
            _ => Err(serde::de::Error::custom("an order without an id")),
        }
    }
}

/// An add-on of the old commerce to buy with an existing order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegacyAddOn {
    /// GUID of the add-on's offer.
    pub offer_id: String,
    /// The base.
    pub parent_subscription_id: String,
    /// How many.
    pub quantity: u32,
    /// Name of the subscription to be.
    pub friendly_name: Option<String>,
    /// MPN location id of the reseller.
    pub partner_id_on_record: String,
}

impl OrderResource {
    /// The resource as it came.
    #[must_use]
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// Id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.raw.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    /// Version, when there is one.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.raw.get("attributes")?.get("etag")?.as_str().filter(|etag| !etag.is_empty())
    }

    /// The same with one more line, an add-on. Numbers go on after the highest there is.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a base, a payable reseller or a quantity.
    pub fn with_legacy_add_on(&self, add_on: &LegacyAddOn) -> Result<Self, Error> {
        partner_of_record("partnerIdOnRecord", &add_on.partner_id_on_record)?;
        if add_on.quantity == 0 {
            return Err(Error::invalid("quantity", "0", "at least 1"));
        }
        for (field, value) in [("offerId", &add_on.offer_id), ("parentSubscriptionId", &add_on.parent_subscription_id)]
        {
            if value.trim().is_empty() {
                return Err(Error::invalid(field, value, "not empty"));
            }
        }
        let mut changed = self.clone();
        let lines = changed.raw.get("lineItems").and_then(Value::as_array).cloned().unwrap_or_default();
        let number = lines.iter().filter_map(|line| line.get("lineItemNumber").and_then(whole_of::<u32>)).max();
        let mut line = json!({
            "lineItemNumber": number.map_or(0, |highest| highest.saturating_add(1)),
            "offerId": add_on.offer_id,
            "parentSubscriptionId": add_on.parent_subscription_id,
            "quantity": add_on.quantity,
            "partnerIdOnRecord": add_on.partner_id_on_record,
        });
        if let Some(name) = &add_on.friendly_name {
            line["friendlyName"] = json!(name);
        }
        let lines: Vec<Value> = lines.into_iter().chain([line]).collect();
        changed.raw["lineItems"] = Value::from(lines);
        Ok(changed)
    }
}

impl Client {
    /// One order as it is, to be changed. Row 35 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 20000 when there is none.
    pub async fn order_resource(&self, customer: &str, order: &str) -> Result<OrderResource, Error> {
        self.read(Request::get("/v1/customers/{customer}/orders/{order}", &[customer, order])?).await
    }

    /// Replaces an order with one that was read just before and changed. A write that costs money:
    /// on an unknown outcome read the order again and compare. Row 35 of §6.
    ///
    /// # Errors
    /// [`Error`]; see [`crate::Refusal::is_stale`].
    pub async fn patch_order(&self, call: &Call, customer: &str, changed: &OrderResource) -> Result<Order, Error> {
        let mut request =
            Request::new(Method::PATCH, "/v1/customers/{customer}/orders/{order}", &[customer, changed.id()])?
                .raw_json(changed.raw())?;
        if let Some(etag) = changed.etag() {
            request = request.header("If-Match", if_match(etag));
        }
        self.write(request, call).await?.json()
    }
}
