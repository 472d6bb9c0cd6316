//! Orders. A new order may be missing from the list for fifteen minutes; its lines may lack their
//! subscription for as long. Source: contract §14.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/bought.rs"));
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use partner_center::*;
//! # let Bought { simulator, client, customer, item, order, subscription } = bought().await?;
//! # let (customer, item, order, id) = (customer.as_str(), item.as_str(), order.as_str(), subscription.as_str());
//! let query = OrderQuery { billing: Some(&BillingCycle::Annual), with_prices: true };
//! println!("{} orders billed once a year", client.orders_matching(customer, query).await?.len());
//! println!("fulfilled: {}", client.order(customer, order).await?.is_fulfilled());
//! # simulator.stop().await;
//! # Ok(()) }
//! ```

use reqwest::Method;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::carts::partner_of_record;
use crate::catalogue::BillingCycle;
use crate::client::{Call, Client};
use crate::error::Error;
use crate::instant::Instant;
use crate::paging::Paging;
use crate::request::{Auth, Request};
use crate::resource::{Attributes, Pricing, Rest, filled, list, maybe_text, maybe_whole, renewal_term, whole};
use crate::words::words;

words! {
    /// State of an order.
    OrderStatus {
        /// Unknown.
        Unknown = "unknown",
        /// Done: read the subscriptions.
        Completed = "completed",
        /// Under way: ask again.
        Pending = "pending",
        /// Given up.
        Cancelled = "cancelled",
        /// Stopped: an operator's case.
        Suspended = "suspended",
        /// A person at Microsoft looks at it, for days; do not order again.
        PendingReview = "pending review",
        /// A purchase order is waited for.
        PendingPoUpload = "pending po upload",
        /// The purchase order is there.
        PoUploadComplete = "po upload complete",
        /// The purchase order was rejected.
        PoReviewRejected = "po review rejected",
        /// Some lines were not fulfilled.
        PartialSuccess = "partial success",
        /// Lines were not fulfilled.
        Error = "error",
    }
}

words! {
    /// Who caused an order.
    OrderTransaction {
        /// Somebody bought.
        UserPurchase = "UserPurchase",
        /// Microsoft's system bought, e.g. a renewal.
        SystemPurchase = "SystemPurchase",
        /// Microsoft's system billed.
        SystemBilling = "SystemBilling",
    }
}

words! {
    /// What an order line does.
    LineTransaction {
        /// A first purchase.
        New = "new",
        /// A renewal.
        Renew = "renew",
        /// More seats.
        AddQuantity = "addQuantity",
        /// Fewer seats.
        RemoveQuantity = "removeQuantity",
        /// A cancellation.
        Cancel = "cancel",
        /// A conversion, e.g. of a trial.
        Convert = "convert",
        /// A credit.
        CustomerCredit = "customerCredit",
    }
}

/// An order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// Twelve hexadecimal digits on New Commerce.
    pub id: String,
    /// The same or another id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternate_id: Option<String>,
    /// The customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_customer_id: Option<String>,
    /// How often is billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_cycle: Option<BillingCycle>,
    /// ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<String>,
    /// Symbol of the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency_symbol: Option<String>,
    /// Lines.
    #[serde(default, deserialize_with = "list")]
    pub line_items: Vec<OrderLine>,
    /// When.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<Instant>,
    /// State.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<OrderStatus>,
    /// Who caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_type: Option<OrderTransaction>,
    /// Price of all lines, when asked for.
    #[serde(default, with = "crate::money::optional", skip_serializing_if = "Option::is_none")]
    pub total_price: Option<Decimal>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine {
    /// From 0.
    #[serde(default, deserialize_with = "whole")]
    pub line_item_number: u32,
    /// `productId:skuId:availabilityId` on New Commerce.
    pub offer_id: String,
    /// The subscription; `None` while provisioning goes on (absent or empty on the wire).
    #[serde(default, deserialize_with = "filled", skip_serializing_if = "Option::is_none")]
    pub subscription_id: Option<String>,
    /// The base of a legacy add-on.
    #[serde(default, deserialize_with = "filled", skip_serializing_if = "Option::is_none")]
    pub parent_subscription_id: Option<String>,
    /// Name of the subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
    /// Seats.
    #[serde(default, deserialize_with = "whole")]
    pub quantity: u32,
    /// ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_duration: Option<String>,
    /// End date in common with other subscriptions.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub custom_term_end_date: Option<Instant>,
    /// What it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_type: Option<LineTransaction>,
    /// MPN location id of the reseller; `None` means that nobody is paid.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub partner_id_on_record: Option<String>,
    /// MPN location ids of further resellers.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub additional_partner_ids_on_record: Vec<String>,
    /// Prices, when asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl OrderLine {
    /// Term that the subscription renews to, when one was asked for.
    #[must_use]
    pub fn renews_to_term(&self) -> Option<&str> {
        renewal_term(self.other.get("renewsTo"))
    }
}

impl Order {
    /// Whether the order is completed and every line has its subscription.
    #[must_use]
    pub fn is_fulfilled(&self) -> bool {
        self.status == Some(OrderStatus::Completed)
            && !self.line_items.is_empty()
            && self.line_items.iter().all(|line| line.subscription_id.is_some())
    }
}

/// A legacy or software order; seats go through carts (§14.2).
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    /// How often is billed.
    pub billing_cycle: BillingCycle,
    /// Lines.
    pub lines: Vec<NewOrderLine>,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrderLine {
    /// What is bought.
    pub offer_id: String,
    /// How many.
    pub quantity: u32,
    /// Name of the subscription to be.
    pub friendly_name: Option<String>,
    /// MPN location id of the reseller.
    pub partner_id_on_record: String,
    /// The base, when it is a legacy add-on.
    pub parent_subscription_id: Option<String>,
}

impl NewOrderLine {
    fn body(&self, number: usize) -> Result<Value, Error> {
        partner_of_record("partnerIdOnRecord", &self.partner_id_on_record)?;
        if self.quantity == 0 {
            return Err(Error::invalid("quantity", "0", "at least 1"));
        }
        let mut body = json!({
            "lineItemNumber": number,
            "offerId": self.offer_id,
            "quantity": self.quantity,
            "partnerIdOnRecord": self.partner_id_on_record,
        });
        for (name, value) in
            [("friendlyName", &self.friendly_name), ("parentSubscriptionId", &self.parent_subscription_id)]
        {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        Ok(body)
    }
}

/// Which orders of a customer are listed, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderQuery<'a> {
    /// Only those billed so.
    pub billing: Option<&'a BillingCycle>,
    /// Whether prices are told.
    pub with_prices: bool,
}

words! {
    /// How far a line is provisioned.
    ProvisioningState {
        /// Done.
        Fulfilled = "fulfilled",
        /// Not done.
        Unfulfilled = "unfulfilled",
        /// Not begun.
        PrefulfillmentPending = "prefulfillmentPending",
    }
}

/// Provisioning of one line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineProvisioning {
    /// Id of the line, where Microsoft gives it one.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub order_line_item_id: Option<String>,
    /// Number of the line, from 0.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub line_item_number: Option<u32>,
    /// How far.
    pub status: ProvisioningState,
    /// How far each part of its quantity is.
    #[serde(default, deserialize_with = "list")]
    pub quantity_provisioning_information: Vec<QuantityProvisioning>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Provisioning of a part of a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QuantityProvisioning {
    /// How many seats.
    #[serde(default, deserialize_with = "whole")]
    pub quantity: u32,
    /// How far.
    pub status: ProvisioningState,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// Places a legacy or software order. A write that costs money: on an unknown outcome read the
    /// orders, for fifteen minutes, before the same `call` is sent again. Row 35 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn create_order(&self, call: &Call, customer: &str, new: &NewOrder) -> Result<Order, Error> {
        if new.lines.is_empty() {
            return Err(Error::invalid("lineItems", "0", "at least one line"));
        }
        let lines =
            new.lines.iter().enumerate().map(|(number, line)| line.body(number)).collect::<Result<Vec<_>, _>>()?;
        let body = json!({
            "referenceCustomerId": customer,
            "billingCycle": new.billing_cycle,
            "lineItems": lines,
            "partnerOnRecordAttestationAccepted": true,
        });
        let request = Request::new(Method::POST, "/v1/customers/{customer}/orders", &[customer])?.raw_json(&body)?;
        self.write(request, call).await?.json()
    }

    /// Orders of a customer; a new one may be missing for fifteen minutes. Row 35 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn orders(&self, customer: &str) -> Result<Vec<Order>, Error> {
        self.orders_matching(customer, OrderQuery::default()).await
    }

    /// Orders of a customer that match; a new one may be missing for fifteen minutes. Row 35 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn orders_matching(&self, customer: &str, query: OrderQuery<'_>) -> Result<Vec<Order>, Error> {
        let request = Request::get("/v1/customers/{customer}/orders", &[customer])?
            .maybe("billingType", query.billing.map(BillingCycle::as_str))
            .maybe("include_price", query.with_prices.then_some("true"));
        self.all(request, Paging::Token).await
    }

    /// One order, at once after checkout. Row 35 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 20000 when there is none.
    pub async fn order(&self, customer: &str, order: &str) -> Result<Order, Error> {
        let request = Request::get("/v1/customers/{customer}/orders/{order}", &[customer, order])?;
        self.read(request).await
    }

    /// One order with its prices. Row 35 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 20000 when there is none.
    pub async fn order_with_prices(&self, customer: &str, order: &str) -> Result<Order, Error> {
        let request =
            Request::get("/v1/customers/{customer}/orders/{order}", &[customer, order])?.query("include_price", "true");
        self.read(request).await
    }

    /// Cancels an order of Microsoft's sandbox; production cancels the subscription. A write; read
    /// the order on an unknown outcome. Row 35 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn cancel_sandbox_order(&self, call: &Call, customer: &str, order: &str) -> Result<Order, Error> {
        let request = Request::new(Method::PATCH, "/v1/customers/{customer}/orders/{order}", &[customer, order])?
            .raw_json(&json!({ "id": order, "status": "cancelled" }))?;
        self.write(request, call).await?.json()
    }

    /// How far each line is provisioned. Row 36 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 800007 while nothing is known.
    pub async fn order_provisioning(&self, customer: &str, order: &str) -> Result<Vec<LineProvisioning>, Error> {
        let request = Request::get("/v1/customers/{customer}/orders/{order}/provisioningstatus", &[customer, order])?
            .auth(Auth::User);
        self.all(request, Paging::Token).await
    }
}
