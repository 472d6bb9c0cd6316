//! Products, SKUs and availabilities. Availability ids are re-issued: read the availability just
//! before a cart, never keep its id. Source: contract §12.1.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::paging::Paging;
use crate::request::Request;
use crate::resource::{Rest, list};
use crate::words::words;

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
    pub id: String,
    /// Text.
    pub display_name: String,
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
    #[serde(default)]
    pub title: String,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_type: Option<ProductType>,
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
    #[serde(default)]
    pub product_id: String,
    /// Title.
    #[serde(default)]
    pub title: String,
    /// Fewest seats of a subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_quantity: Option<u32>,
    /// Most seats of a subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_quantity: Option<u32>,
    /// Whether it is a trial.
    #[serde(default)]
    pub is_trial: bool,
    /// Billing cycles.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub supported_billing_cycles: Vec<BillingCycle>,
    /// What must be there before a purchase, e.g. `MicrosoftCustomerAgreement`, `InventoryCheck`.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub purchase_prerequisites: Vec<String>,
    /// Open map: `isAddon`, `prerequisiteSkus`, `provisioningId`, …
    #[serde(default, skip_serializing_if = "Rest::is_empty")]
    pub dynamic_attributes: Rest,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Sku {
    /// Whether it needs a base licence.
    #[must_use]
    pub fn is_add_on(&self) -> bool {
        self.dynamic_attributes.get("isAddon").and_then(Value::as_bool).unwrap_or(false)
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
    #[serde(default)]
    pub product_id: String,
    /// Its SKU.
    #[serde(default)]
    pub sku_id: String,
    /// `productId:skuId:availabilityId`, what a cart line names.
    pub catalog_item_id: String,
    /// Currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_currency: Option<Currency>,
    /// `commercial`, `education`, …
    #[serde(default)]
    pub segment: String,
    /// ISO 3166 alpha-2.
    #[serde(default)]
    pub country: String,
    /// Whether it is on sale.
    #[serde(default)]
    pub is_purchasable: bool,
    /// Whether it renews.
    #[serde(default)]
    pub is_renewable: bool,
    /// Terms with their billing cycles.
    #[serde(default, deserialize_with = "list")]
    pub terms: Vec<Term>,
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
    #[serde(default)]
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
