//! Carts: fill, read, check out. HTTP 201 proves neither that the cart is good nor that everything
//! was bought; the outcomes here say it. Source: contract §13.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/bought.rs"));
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use partner_center::*;
//! # let Bought { simulator, client, customer, item, order, subscription } = bought().await?;
//! # let (customer, item, order, id) = (customer.as_str(), item.as_str(), order.as_str(), subscription.as_str());
//! let line = NewCartLine::new(item, 5, BillingCycle::Monthly, "P1Y", "6100001");
//! let call = Call::new(uuid::Uuid::from_u128(77)); // save it before the call
//! if let CartAnswer::Good(cart) = client.create_cart(&call, customer, &NewCart { lines: vec![line] }).await? {
//!     let call = Call::new(call.correlation_id); // save it, and the id of the cart
//!     match client.check_out(&call, customer, &cart.id).await?.outcome() {
//!         CheckoutOutcome::Complete => println!("bought"),
//!         CheckoutOutcome::Partial => println!("buy the rest in a new cart"),
//!         CheckoutOutcome::Nothing => println!("nothing was bought"),
//!     }
//! }
//! # simulator.stop().await;
//! # Ok(()) }
//! ```

use reqwest::Method;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalogue::BillingCycle;
use crate::client::{Answer, Call, Client};
use crate::error::Error;
use crate::instant::Instant;
use crate::orders::Order;
use crate::request::Request;
use crate::resource::{
    Attributes, Pricing, Rest, list, maybe_text, nullable, number, renewal_term, text, whole, whole_of,
};
use crate::words::words;

/// Most lines of one cart sent by this client.
const MOST_LINES: usize = 100;
/// Most resellers of a line besides the one of the transaction.
const MOST_ADDITIONAL_RESELLERS: usize = 5;

words! {
    /// State of a cart.
    CartStatus {
        /// May be changed and checked out.
        Active = "Active",
        /// Bought.
        Ordered = "Ordered",
    }
}

words! {
    /// Why a line cannot be bought; a number or a name on the wire (§13.1).
    CartErrorCode {
        /// 0.
        Unknown = "Unknown" | "0",
        /// 10000.
        CurrencyIsNotSupported = "CurrencyIsNotSupported" | "10000",
        /// 10001.
        CatalogItemIdIsNotValid = "CatalogItemIdIsNotValid" | "10001",
        /// 10002.
        QuotaNotAvailable = "QuotaNotAvailable" | "10002",
        /// 10003.
        InventoryNotAvailable = "InventoryNotAvailable" | "10003",
        /// 10004.
        ParticipantsIsNotSupportedForPartner = "ParticipantsIsNotSupportedForPartner" | "10004",
        /// 10006.
        UnableToProcessCartLineItem = "UnableToProcessCartLineItem" | "10006",
        /// 10007.
        SubscriptionIsNotValid = "SubscriptionIsNotValid" | "10007",
        /// 10008.
        SubscriptionIsNotEnabledForRi = "SubscriptionIsNotEnabledForRI" | "10008",
        /// 10009.
        SandboxLimitExceeded = "SandboxLimitExceeded" | "10009",
        /// 10010.
        InvalidInput = "InvalidInput" | "10010",
        /// 10011.
        SubscriptionNotRegistered = "SubscriptionNotRegistered" | "10011",
        /// 10012.
        AttestationNotAccepted = "AttestationNotAccepted" | "10012",
        /// 10013.
        BillingPlanNotSupported = "BillingPlanNotSupported" | "10013",
        /// 10014.
        InvalidPromotionId = "InvalidPromotionId" | "10014",
        /// 10015.
        MaxAllowedSeatsPerSubscriptionExceeded = "MaxAllowedSeatsPerSubscriptionExceeded" | "10015",
        /// 10016.
        InvalidCustomTermEndDateProduct = "InvalidCustomTermEndDateProduct" | "10016",
        /// 10017.
        InvalidCustomTermEndDate = "InvalidCustomTermEndDate" | "10017",
        /// 10018.
        BaseOfferSeatQuantityNotMet = "BaseOfferSeatQuantityNotMet" | "10018",
        /// 10019.
        MinimumAddOnSeatsNotMet = "MinimumAddOnSeatsNotMet" | "10019",
        /// 500600.
        LegacyOfferNotEligibleForPurchase = "LegacyOfferNotEligibleForPurchase" | "500600",
        /// 400041: an add-on without its base.
        AddOnWithoutBase = "400041",
    }
}

/// Who takes part in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// `transaction_reseller`, …
    pub key: String,
    /// MPN location id.
    #[serde(with = "text")]
    pub value: String,
}

impl Participant {
    fn new(key: &str, value: &str) -> Self {
        Self { key: key.to_owned(), value: value.to_owned() }
    }
}

/// A line to buy. New Commerce add-ons are lines like any other, after their base (§12.1).
#[derive(Clone, Debug, PartialEq)]
pub struct NewCartLine {
    /// From an availability read just before.
    pub catalog_item_id: String,
    /// Name of the subscription to be.
    pub friendly_name: Option<String>,
    /// Seats.
    pub quantity: u32,
    /// ISO 4217, of the availability.
    pub currency_code: Option<String>,
    /// One of the term's.
    pub billing_cycle: BillingCycle,
    /// ISO 8601: `P1M`, `P1Y`, `P3Y`.
    pub term_duration: String,
    /// MPN location id of the reseller. Without it the reseller silently earns nothing, so it is
    /// not optional here (§8.4).
    pub transaction_reseller: String,
    /// Whether the attestation that some SKUs ask for was given.
    pub attestation_accepted: Option<bool>,
    /// Promotion that does not apply by itself.
    pub promotion_id: Option<String>,
    /// End date in common with other subscriptions, from [`Client::custom_term_end_dates`].
    pub custom_term_end_date: Option<Instant>,
    /// MPN location ids of up to five further resellers (EU and EFTA only).
    pub additional_resellers: Vec<String>,
    /// What the SKU's `provisioning_variables` ask for.
    pub provisioning_context: Vec<(String, String)>,
    /// Term that the subscription renews to when it is not its own.
    pub renews_to_term: Option<String>,
}

impl NewCartLine {
    /// A line without any of the optional members.
    #[must_use]
    pub fn new(
        catalog_item_id: &str,
        quantity: u32,
        billing_cycle: BillingCycle,
        term_duration: &str,
        transaction_reseller: &str,
    ) -> Self {
        Self {
            catalog_item_id: catalog_item_id.to_owned(),
            friendly_name: None,
            quantity,
            currency_code: None,
            billing_cycle,
            term_duration: term_duration.to_owned(),
            transaction_reseller: transaction_reseller.to_owned(),
            attestation_accepted: None,
            promotion_id: None,
            custom_term_end_date: None,
            additional_resellers: Vec::new(),
            provisioning_context: Vec::new(),
            renews_to_term: None,
        }
    }
}

/// A cart to fill; lines are processed in order, bases before add-ons (§13.2).
#[derive(Clone, Debug, PartialEq)]
pub struct NewCart {
    /// The lines, at least one.
    pub lines: Vec<NewCartLine>,
}

impl NewCart {
    fn body(&self) -> Result<Value, Error> {
        if self.lines.is_empty() || self.lines.len() > MOST_LINES {
            let count = self.lines.len().to_string();
            return Err(Error::invalid("lineItems", &count, format!("1 to {MOST_LINES} lines")));
        }
        let lines =
            self.lines.iter().enumerate().map(|(number, line)| line.body(number)).collect::<Result<Vec<_>, _>>()?;
        Ok(serde_json::json!({ "partnerOnRecordAttestationAccepted": true, "lineItems": lines }))
    }
}

impl NewCartLine {
    fn body(&self, number: usize) -> Result<Value, Error> {
        if self.catalog_item_id.split(':').filter(|part| !part.is_empty()).count() != 3 {
            return Err(Error::invalid("catalogItemId", &self.catalog_item_id, "product:sku:availability"));
        }
        if self.quantity == 0 {
            return Err(Error::invalid("quantity", "0", "at least 1"));
        }
        partner_of_record("participants.transaction_reseller", &self.transaction_reseller)?;
        if self.additional_resellers.len() > MOST_ADDITIONAL_RESELLERS {
            let count = self.additional_resellers.len().to_string();
            let rule = format!("at most {MOST_ADDITIONAL_RESELLERS} additional resellers");
            return Err(Error::invalid("participants.additional_transaction_reseller", &count, rule));
        }
        let mut participants = vec![Participant::new("transaction_reseller", &self.transaction_reseller)];
        for reseller in &self.additional_resellers {
            partner_of_record("participants.additional_transaction_reseller", reseller)?;
            participants.push(Participant::new("additional_transaction_reseller", reseller));
        }
        let mut body = serde_json::json!({
            "id": number,
            "catalogItemId": self.catalog_item_id,
            "quantity": self.quantity,
            "billingCycle": self.billing_cycle,
            "termDuration": self.term_duration,
            "participants": participants,
        });
        let optional = [
            ("friendlyName", self.friendly_name.clone().map(Value::from)),
            ("currencyCode", self.currency_code.clone().map(Value::from)),
            ("attestationAccepted", self.attestation_accepted.map(Value::from)),
            ("promotionId", self.promotion_id.clone().map(Value::from)),
            ("customTermEndDate", self.custom_term_end_date.map(|date| date.to_string().into())),
            ("renewsTo", self.renews_to_term.as_ref().map(|term| serde_json::json!({ "termDuration": term }))),
            ("provisioningContext", self.context()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                body[name] = value;
            }
        }
        Ok(body)
    }

    fn context(&self) -> Option<Value> {
        let members = self.provisioning_context.iter().map(|(name, value)| (name.clone(), Value::from(value.clone())));
        (!self.provisioning_context.is_empty()).then(|| members.collect())
    }
}

/// Refuses an order that nobody would be paid for (§8.4).
pub(crate) fn partner_of_record(field: &'static str, mpn_id: &str) -> Result<(), Error> {
    let digits = !mpn_id.is_empty() && mpn_id.len() <= 20 && mpn_id.bytes().all(|b| b.is_ascii_digit());
    if digits && mpn_id.bytes().any(|b| b != b'0') {
        return Ok(());
    }
    Err(Error::invalid(field, mpn_id, "the reseller's MPN location id, digits"))
}

/// A cart as the server keeps it, for seven days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cart {
    /// Id, to be saved before checkout.
    pub id: String,
    /// When it was filled.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Instant>,
    /// When it was last changed.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub last_modified_timestamp: Option<Instant>,
    /// When it goes away.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub expiration_timestamp: Option<Instant>,
    /// Who changed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified_user: Option<String>,
    /// State.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<CartStatus>,
    /// Price of all lines for their whole terms.
    #[serde(default, with = "crate::money::optional", skip_serializing_if = "Option::is_none")]
    pub total_price: Option<Decimal>,
    /// Whether we attest the partner of record; updates always say yes (900206 otherwise).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_on_record_attestation_accepted: Option<bool>,
    /// Lines.
    #[serde(default, deserialize_with = "list")]
    pub line_items: Vec<CartLine>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A line of a cart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartLine {
    /// Number of the line, from 0.
    #[serde(default, with = "number")]
    pub id: String,
    /// What is bought.
    pub catalog_item_id: String,
    /// Name of the subscription to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
    /// Seats.
    #[serde(deserialize_with = "whole")]
    pub quantity: u32,
    /// ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<String>,
    /// How often is billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_cycle: Option<BillingCycle>,
    /// ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_duration: Option<String>,
    /// Who takes part.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Participant>,
    /// Promotion asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion_id: Option<String>,
    /// End date in common with other subscriptions.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub custom_term_end_date: Option<Instant>,
    /// Lines of one group become one order.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub order_group: Option<String>,
    /// Prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing: Option<Pricing>,
    /// Why it cannot be bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<CartLineError>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl CartLine {
    /// Term that the subscription renews to, when one was asked for.
    #[must_use]
    pub fn renews_to_term(&self) -> Option<&str> {
        renewal_term(self.other.get("renewsTo"))
    }
}

/// Why a line cannot be bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CartLineError {
    /// Kind.
    pub error_code: CartErrorCode,
    /// For the operator's eyes.
    #[serde(default, deserialize_with = "nullable")]
    pub error_description: String,
    /// Numbers: `availableQuantity`, `purchasedQuantity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional_information: Option<Value>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl CartLineError {
    /// How many could be bought.
    #[must_use]
    pub fn available_quantity(&self) -> Option<u32> {
        self.additional_information.as_ref()?.get("availableQuantity").and_then(whole_of)
    }

    /// How many the customer has already.
    #[must_use]
    pub fn purchased_quantity(&self) -> Option<u32> {
        self.additional_information.as_ref()?.get("purchasedQuantity").and_then(whole_of)
    }
}

/// What a filled cart is worth.
#[derive(Clone, Debug, PartialEq)]
pub enum CartAnswer {
    /// Every line can be bought.
    Good(Cart),
    /// At least one line cannot; do not check it out.
    LinesRefused(Cart),
}

impl CartAnswer {
    fn of(cart: Cart) -> Self {
        if cart.line_items.iter().any(|line| line.error.is_some()) {
            Self::LinesRefused(cart)
        } else {
            Self::Good(cart)
        }
    }

    /// The cart, good or not.
    #[must_use]
    pub fn cart(&self) -> &Cart {
        match self {
            Self::Good(cart) | Self::LinesRefused(cart) => cart,
        }
    }
}

/// Answer of a checkout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkout {
    /// One order for each group that was bought.
    #[serde(default, deserialize_with = "list")]
    pub orders: Vec<Order>,
    /// One error for each group that was not.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub order_errors: Vec<OrderGroupError>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A group that was not bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderGroupError {
    /// Which group.
    #[serde(default, deserialize_with = "text::or_empty")]
    pub order_group_id: String,
    /// Error code as text, of §2.3.
    #[serde(default, with = "number")]
    pub code: String,
    /// For the operator's eyes.
    #[serde(default, deserialize_with = "nullable")]
    pub description: String,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// What a checkout came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckoutOutcome {
    /// Everything was bought.
    Complete,
    /// Some groups were bought, some not: book the orders, buy only the rest in a new cart.
    Partial,
    /// Nothing was bought.
    Nothing,
}

impl Checkout {
    /// What it came to.
    #[must_use]
    pub fn outcome(&self) -> CheckoutOutcome {
        match (self.orders.is_empty(), self.order_errors.is_empty()) {
            (false, true) => CheckoutOutcome::Complete,
            (false, false) => CheckoutOutcome::Partial,
            (true, _) => CheckoutOutcome::Nothing,
        }
    }
}

fn read_cart(answer: &Answer) -> Result<CartAnswer, Error> {
    answer.json().map(CartAnswer::of)
}

impl Client {
    /// Fills a cart. A write that costs nothing: on an unknown outcome fill a new one. Row 33 of
    /// §6.
    ///
    /// # Errors
    /// [`Error`]; 403 with 13605 means that the agreement is missing.
    pub async fn create_cart(&self, call: &Call, customer: &str, new: &NewCart) -> Result<CartAnswer, Error> {
        let request =
            Request::new(Method::POST, "/v1/customers/{customer}/carts", &[customer])?.raw_json(&new.body()?)?;
        read_cart(&self.write(request, call).await?)
    }

    /// A cart; 404 with 800008 once it has expired. Row 33 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn cart(&self, customer: &str, cart: &str) -> Result<CartAnswer, Error> {
        let request = Request::get("/v1/customers/{customer}/carts/{cart}", &[customer, cart])?;
        self.read_answer(request, read_cart).await
    }

    /// Replaces a cart that was read before; lines left out are removed. A write that costs
    /// nothing. Row 33 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn update_cart(&self, call: &Call, customer: &str, cart: &Cart) -> Result<CartAnswer, Error> {
        for line in &cart.line_items {
            let reseller = line.participants.iter().find(|p| p.key.eq_ignore_ascii_case("transaction_reseller"));
            partner_of_record(
                "participants.transaction_reseller",
                reseller.map_or("", |participant| &participant.value),
            )?;
        }
        let mut cart = cart.clone();
        cart.partner_on_record_attestation_accepted = Some(true);
        let request =
            Request::new(Method::PUT, "/v1/customers/{customer}/carts/{cart}", &[customer, &cart.id])?.json(&cart)?;
        read_cart(&self.write(request, call).await?)
    }

    /// Buys a cart. A write that costs money: on an unknown outcome check out **the same cart**
    /// again, with the same `call`; never fill another one before reading the orders. Row 34 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 400019 means that an availability was re-issued: fill a new cart. 403 with
    /// 800089 says "too many subscriptions" and has been seen for wrong catalogue ids too: check them
    /// first.
    pub async fn check_out(&self, call: &Call, customer: &str, cart: &str) -> Result<Checkout, Error> {
        let request = Request::new(Method::POST, "/v1/customers/{customer}/carts/{cart}/checkout", &[customer, cart])?;
        self.write(request, call).await?.json()
    }
}
