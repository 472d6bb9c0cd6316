//! Offers of the old commerce, read-only: new sales of them have ended, existing subscriptions may
//! still name one by its GUID. A product id of the new commerce is refused here with 400 and 2100.
//! Source: contract §12.6.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client) -> Result<(), Error> {
//! let offer = client.offer("1b9a4f4e-0000-4000-8000-0000000000f1", "IT").await?;
//! println!("{} and {} add-ons", offer.name, client.offer_add_ons(&offer.id, "IT").await?.len());
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};

use crate::catalogue::BillingCycle;
use crate::client::Client;
use crate::error::Error;
use crate::paging::Paging;
use crate::request::Request;
use crate::resource::{Rest, list, maybe_whole, nullable};

/// Page size of the listings.
const PAGE: usize = 500;

/// An offer of the old commerce.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offer {
    /// GUID.
    pub id: String,
    /// Name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Fewest seats.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub minimum_quantity: Option<u32>,
    /// Most seats.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub maximum_quantity: Option<u32>,
    /// Place in a list.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub rank: Option<i64>,
    /// Address of the offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Language of the texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// ISO 3166 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<OfferCategory>,
    /// Ids of offers, one of which must be there.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub prerequisite_offers: Vec<String>,
    /// Whether it needs a base.
    #[serde(default, deserialize_with = "nullable")]
    pub is_add_on: bool,
    /// Whether it has add-ons.
    #[serde(default, deserialize_with = "nullable")]
    pub has_add_ons: bool,
    /// Whether it is still sold.
    #[serde(default, deserialize_with = "nullable")]
    pub is_available_for_purchase: bool,
    /// `license`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing: Option<String>,
    /// Billing cycles.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub supported_billing_cycles: Vec<BillingCycle>,
    /// What is sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<OfferProduct>,
    /// What is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_type: Option<String>,
    /// Whether it is a trial.
    #[serde(default, deserialize_with = "nullable")]
    pub is_trial: bool,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Category of offers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferCategory {
    /// Id.
    #[serde(default, deserialize_with = "nullable")]
    pub id: String,
    /// Name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// Place in a list.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub rank: Option<i64>,
    /// Language of the texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// ISO 3166 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// What an offer sells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OfferProduct {
    /// Id.
    #[serde(default, deserialize_with = "nullable")]
    pub id: String,
    /// Name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// What is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

fn listing(route: &'static str, parameters: &[&str], country: &str) -> Result<Request, Error> {
    Ok(Request::get(route, parameters)?.query("country", country))
}

impl Client {
    /// Offers of a market (ISO 3166 alpha-2), in the client's language. Row 31 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn offers(&self, country: &str) -> Result<Vec<Offer>, Error> {
        let request = listing("/v1/offers", &[], country)?.query("size", PAGE.to_string()).query("offset", "0");
        self.all(request, Paging::Offset { size: PAGE }).await
    }

    /// One offer. Row 31 of §6.
    ///
    /// # Errors
    /// [`Error`]; 400 with 2100 for a product id of the new commerce.
    pub async fn offer(&self, offer: &str, country: &str) -> Result<Offer, Error> {
        self.read(listing("/v1/offers/{offer}", &[offer], country)?).await
    }

    /// Add-ons of an offer. Row 31 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn offer_add_ons(&self, offer: &str, country: &str) -> Result<Vec<Offer>, Error> {
        self.all(listing("/v1/offers/{offer}/addons", &[offer], country)?, Paging::Token).await
    }

    /// Categories of offers. Row 31 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn offer_categories(&self, country: &str) -> Result<Vec<OfferCategory>, Error> {
        self.all(listing("/v1/offercategories", &[], country)?, Paging::Token).await
    }
}
