//! Whether SKUs that ask for it may be bought: only for those whose prerequisites name
//! `InventoryCheck`. Source: contract §12.1.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str, sku: Sku) -> Result<(), Error> {
//! if sku.needs("InventoryCheck") {
//!     let answers = client.check_inventory("IT", &[(&sku.product_id, &sku.id)], &[("customerId", customer)]).await?;
//!     println!("{}", answers.iter().any(|answer| answer.is_restricted));
//! }
//! # Ok(()) }
//! ```

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::error::Error;
use crate::request::Request;
use crate::resource::{Rest, list, nullable};

/// Most SKUs of one question.
const MOST_ITEMS: usize = 100;

/// Whether one SKU may be bought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryItem {
    /// Its product.
    #[serde(default, deserialize_with = "nullable")]
    pub product_id: String,
    /// The SKU.
    #[serde(default, deserialize_with = "nullable")]
    pub sku_id: String,
    /// Whether something stands against it.
    #[serde(default, deserialize_with = "nullable")]
    pub is_restricted: bool,
    /// What.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub restrictions: Vec<InventoryRestriction>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// What stands against a SKU.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InventoryRestriction {
    /// Kind.
    #[serde(default, deserialize_with = "nullable")]
    pub reason_code: String,
    /// For the operator's eyes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Open map.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Rest::is_empty")]
    pub properties: Rest,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// Whether SKUs, as (product, SKU), may be bought in a market; `context` holds what their
    /// `inventory_variables` name. Changes nothing and is repeated like a read. Row 29 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn check_inventory(
        &self,
        country: &str,
        items: &[(&str, &str)],
        context: &[(&str, &str)],
    ) -> Result<Vec<InventoryItem>, Error> {
        if items.is_empty() || items.len() > MOST_ITEMS {
            return Err(Error::invalid("targetItems", &items.len().to_string(), format!("1 to {MOST_ITEMS} SKUs")));
        }
        let targets: Vec<Value> =
            items.iter().map(|(product, sku)| json!({ "productId": product, "skuId": sku })).collect();
        let context: Map<String, Value> =
            context.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect();
        let request = Request::new(Method::POST, "/v1/extensions/product/checkinventory", &[])?
            .query("country", country)
            .raw_json(&json!({ "targetItems": targets, "inventoryContext": context }))?;
        self.ask(request).await
    }
}
