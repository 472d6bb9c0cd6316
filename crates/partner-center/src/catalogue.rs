//! Products, SKUs and availabilities. Availability ids are re-issued: read the availability just
//! before a cart, never keep its id. Source: contract §12.1.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/simulated.rs"));
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use partner_center::*;
//! # let (simulator, client) = simulated().await?;
//! let of = CatalogueOf::Country("IT"); // before a cart: CatalogueOf::Customer(tenant)
//! let product = client.products(of, "OnlineServices", Some("commercial")).await?.remove(0);
//! let sku = client.skus(of, &product.id, None).await?.remove(0);
//! for offer in client.availabilities(of, &product.id, &sku.id, Some("commercial")).await? {
//!     println!("{}: {} terms", offer.catalog_item_id, offer.terms.len());
//! }
//! # simulator.stop().await;
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::paging::Paging;
use crate::request::Request;
use crate::resource::{Rest, list, maybe_whole, nullable, whole};
use crate::words::{plain, words};

words! {
    /// How often is billed.
    BillingCycle {
        /// Unknown.
        Unknown = "unknown",
        /// Every month.
        Monthly = "monthly",
        /// Every year.
        Annual = "annual",
        /// Every three years.
        Triennial = "triennial",
        /// Once.
        OneTime = "one_time",
        /// Never.
        None = "none",
    }
}

/// Whose catalogue is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CatalogueOf<'a> {
    /// Of a market, ISO 3166 alpha-2.
    Country(&'a str),
    /// Of a customer: hides what it may not buy; use it before a cart.
    Customer(&'a str),
}

/// Type of a product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProductType {
    /// `OnlineServicesNCE` for New Commerce seats.
    #[serde(deserialize_with = "nullable")]
    pub id: String,
    /// Text.
    #[serde(deserialize_with = "nullable")]
    pub display_name: String,
    /// Finer type, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_type: Option<Box<ProductType>>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    /// Id such as `CFQ7` and eight more.
    pub id: String,
    /// Title.
    #[serde(default, deserialize_with = "nullable")]
    pub title: String,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_type: Option<ProductType>,
    /// Whether Microsoft makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_microsoft_product: Option<bool>,
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher_name: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A SKU of a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sku {
    /// Four characters.
    pub id: String,
    /// Its product.
    #[serde(default, deserialize_with = "nullable")]
    pub product_id: String,
    /// Title.
    #[serde(default, deserialize_with = "nullable")]
    pub title: String,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Fewest seats of a subscription.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub minimum_quantity: Option<u32>,
    /// Most seats of a subscription; the most that one customer may own is another limit.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub maximum_quantity: Option<u32>,
    /// Whether it is a trial.
    #[serde(default, deserialize_with = "nullable")]
    pub is_trial: bool,
    /// Billing cycles.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub supported_billing_cycles: Vec<BillingCycle>,
    /// What must be there before a purchase, e.g. `MicrosoftCustomerAgreement`, `InventoryCheck`.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub purchase_prerequisites: Vec<String>,
    /// Variables that an inventory check needs in its context.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub inventory_variables: Vec<String>,
    /// Variables that a cart line needs in its provisioning context.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub provisioning_variables: Vec<String>,
    /// Whether an attestation must be accepted with the line, and which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation_properties: Option<Attestation>,
    /// Open map: `isAddon`, `prerequisiteSkus`, `provisioningId`, …
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Rest::is_empty")]
    pub dynamic_attributes: Rest,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Attestation that a SKU asks for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attestation {
    /// Whether the line is refused without it (10012, 900203).
    #[serde(default, deserialize_with = "nullable")]
    pub enforce_attestation: bool,
    /// Which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation_type: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Sku {
    /// Whether it needs a base licence.
    #[must_use]
    pub fn is_add_on(&self) -> bool {
        match self.dynamic_attributes.get("isAddon") {
            Some(Value::String(word)) => word.eq_ignore_ascii_case("true"),
            other => other.and_then(Value::as_bool).unwrap_or(false),
        }
    }

    /// Whether something must be there before a purchase, e.g. `MicrosoftCustomerAgreement` or
    /// `InventoryCheck`.
    #[must_use]
    pub fn needs(&self, prerequisite: &str) -> bool {
        self.purchase_prerequisites.iter().any(|needed| plain(needed) == plain(prerequisite))
    }

    /// `productId:skuId` of the bases, one of which must be there.
    #[must_use]
    pub fn prerequisite_skus(&self) -> Vec<&str> {
        self.dynamic_attributes
            .get("prerequisiteSkus")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// Id under which the seats appear in the tenant.
    #[must_use]
    pub fn provisioning_id(&self) -> Option<&str> {
        self.dynamic_attributes.get("provisioningId").and_then(Value::as_str)
    }
}

/// Currency of an availability.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Currency {
    /// ISO 4217.
    #[serde(deserialize_with = "nullable")]
    pub code: String,
    /// Symbol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
}

/// A way to buy a SKU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Availability {
    /// Volatile.
    pub id: String,
    /// Its product.
    #[serde(default, deserialize_with = "nullable")]
    pub product_id: String,
    /// Its SKU.
    #[serde(default, deserialize_with = "nullable")]
    pub sku_id: String,
    /// `productId:skuId:availabilityId`, what a cart line names.
    pub catalog_item_id: String,
    /// Currency of its prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_currency: Option<Currency>,
    /// `commercial`, `education`, …
    #[serde(default, deserialize_with = "nullable")]
    pub segment: String,
    /// ISO 3166 alpha-2.
    #[serde(default, deserialize_with = "nullable")]
    pub country: String,
    /// Whether it is on sale.
    #[serde(default, deserialize_with = "nullable")]
    pub is_purchasable: bool,
    /// Whether it renews.
    #[serde(default, deserialize_with = "nullable")]
    pub is_renewable: bool,
    /// What may renew to what.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub renewal_instructions: Vec<RenewalInstruction>,
    /// Terms with their billing cycles.
    #[serde(default, deserialize_with = "list")]
    pub terms: Vec<Term>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// What a term may renew to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RenewalInstruction {
    /// Ids of [`Term`]s that it holds for.
    #[serde(default, deserialize_with = "list")]
    pub applicable_term_ids: Vec<String>,
    /// The choices.
    #[serde(default, deserialize_with = "list")]
    pub renewal_options: Vec<RenewalOption>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// One choice of a renewal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RenewalOption {
    /// `productId:skuId` of the next term.
    #[serde(default, deserialize_with = "nullable")]
    pub renew_to_id: String,
    /// Whether it happens by itself.
    #[serde(default, deserialize_with = "nullable")]
    pub is_auto_renewable: bool,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Availability {
    /// The term with that duration and billing cycle.
    #[must_use]
    pub fn term(&self, duration: &str, cycle: &BillingCycle) -> Option<&Term> {
        self.terms.iter().find(|term| term.duration.eq_ignore_ascii_case(duration) && &term.billing_cycle == cycle)
    }
}

/// A term and its billing cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Term {
    /// Id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// ISO 8601: `P1M`, `P1Y`, `P3Y`.
    pub duration: String,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How often is billed.
    pub billing_cycle: BillingCycle,
    /// When money comes back.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub cancellation_policies: Vec<CancellationPolicy>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A ladder of refunds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancellationPolicy {
    /// The steps, in order of their sequence.
    #[serde(default, deserialize_with = "list")]
    pub refund_options: Vec<RefundStep>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// One step of the ladder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundStep {
    /// Order.
    #[serde(default, deserialize_with = "whole")]
    pub sequence_id: u32,
    /// `Full` or `Partial`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// ISO 8601 duration from the purchase; absent means no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl CatalogueOf<'_> {
    fn request(self, of_country: &'static str, of_customer: &'static str, ids: &[&str]) -> Result<Request, Error> {
        match self {
            Self::Country(country) => Ok(Request::get(of_country, ids)?.query("country", country)),
            Self::Customer(customer) => {
                let mut all = vec![customer];
                all.extend(ids);
                Request::get(of_customer, &all)
            }
        }
    }
}

impl Client {
    /// Products of a view (`OnlineServices` for seats), optionally of one segment. Row 29 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn products(
        &self,
        of: CatalogueOf<'_>,
        view: &str,
        segment: Option<&str>,
    ) -> Result<Vec<Product>, Error> {
        let request = of
            .request("/v1/products", "/v1/customers/{customer}/products", &[])?
            .query("targetView", view)
            .maybe("targetSegment", segment);
        self.all(request, Paging::Token).await
    }

    /// Like [`Client::products`], with life-cycle data among the unknown members of each. Row 29 of
    /// §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn products_with_life_cycle(
        &self,
        of: CatalogueOf<'_>,
        view: &str,
        segment: Option<&str>,
    ) -> Result<Vec<Product>, Error> {
        let request = of
            .request("/v1/products", "/v1/customers/{customer}/products", &[])?
            .query("targetView", view)
            .maybe("targetSegment", segment)
            .query("IncludeLifeCycleState", "true");
        self.all(request, Paging::Token).await
    }

    /// One product. Row 29 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 400013 when there is none, 200 with 400072 when it is not on offer.
    pub async fn product(&self, of: CatalogueOf<'_>, product: &str) -> Result<Product, Error> {
        let request =
            of.request("/v1/products/{product}", "/v1/customers/{customer}/products/{product}", &[product])?;
        self.read(request).await
    }

    /// SKUs of a product. Row 29 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn skus(&self, of: CatalogueOf<'_>, product: &str, segment: Option<&str>) -> Result<Vec<Sku>, Error> {
        let request = of
            .request("/v1/products/{product}/skus", "/v1/customers/{customer}/products/{product}/skus", &[product])?
            .maybe("targetSegment", segment);
        self.all(request, Paging::Token).await
    }

    /// One SKU. Row 29 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 400018 when there is none.
    pub async fn sku(&self, of: CatalogueOf<'_>, product: &str, sku: &str) -> Result<Sku, Error> {
        let request = of.request(
            "/v1/products/{product}/skus/{sku}",
            "/v1/customers/{customer}/products/{product}/skus/{sku}",
            &[product, sku],
        )?;
        self.read(request).await
    }

    /// Availabilities of a SKU. Row 29 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn availabilities(
        &self,
        of: CatalogueOf<'_>,
        product: &str,
        sku: &str,
        segment: Option<&str>,
    ) -> Result<Vec<Availability>, Error> {
        let request = of
            .request(
                "/v1/products/{product}/skus/{sku}/availabilities",
                "/v1/customers/{customer}/products/{product}/skus/{sku}/availabilities",
                &[product, sku],
            )?
            .maybe("targetSegment", segment);
        self.all(request, Paging::Token).await
    }

    /// One availability. Row 29 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 400019 when its id is no longer valid.
    pub async fn availability(
        &self,
        of: CatalogueOf<'_>,
        product: &str,
        sku: &str,
        availability: &str,
    ) -> Result<Availability, Error> {
        let request = of.request(
            "/v1/products/{product}/skus/{sku}/availabilities/{availability}",
            "/v1/customers/{customer}/products/{product}/skus/{sku}/availabilities/{availability}",
            &[product, sku, availability],
        )?;
        self.read(request).await
    }
}
