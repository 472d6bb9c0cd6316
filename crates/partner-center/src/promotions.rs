//! Promotions, and whether a customer may have them. Those that apply by themselves are applied by
//! the cart; the others are named in its line. Source: contract §12.4.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client) -> Result<(), Error> {
//! for promotion in client.promotions("IT", "commercial").await? {
//!     println!("{}: until {:?}", promotion.name, promotion.end_date);
//! }
//! # Ok(()) }
//! ```

use reqwest::Method;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::catalogue::BillingCycle;
use crate::client::Client;
use crate::error::Error;
use crate::instant::Instant;
use crate::paging::Paging;
use crate::request::Request;
use crate::resource::{Rest, list, maybe_text, maybe_whole, nullable, text};
use crate::words::words;

/// Most lines of one question.
const MOST_QUESTIONS: usize = 100;

/// A promotion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Promotion {
    /// Three parts joined by `:`.
    pub id: String,
    /// Name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// From when.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Instant>,
    /// Until when.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Instant>,
    /// Properties.
    #[serde(default, deserialize_with = "nullable")]
    pub properties: PromotionProperties,
    /// What must be bought for it.
    #[serde(default, deserialize_with = "list")]
    pub required_products: Vec<PromotionProduct>,
    /// Further conditions, as they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Value>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Properties of a promotion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromotionProperties {
    /// Whether the cart applies it by itself.
    #[serde(default, deserialize_with = "nullable")]
    pub is_auto_applicable: bool,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A product of a promotion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromotionProduct {
    /// Its product.
    #[serde(default, deserialize_with = "nullable")]
    pub product_id: String,
    /// The SKU.
    #[serde(default, deserialize_with = "nullable")]
    pub sku_id: String,
    /// For which term and billing cycle.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<PromotionTerm>,
    /// What is cheaper.
    #[serde(default, deserialize_with = "list")]
    pub pricing_policies: Vec<PricingPolicy>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Term of a promotion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromotionTerm {
    /// ISO 8601.
    #[serde(default, deserialize_with = "nullable")]
    pub duration: String,
    /// How often is billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_cycle: Option<BillingCycle>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

words! {
    /// How a promotion changes a price.
    PricingPolicyType {
        /// A fraction of the price is taken off.
        PercentDiscount = "PercentDiscount",
    }
}

/// What is cheaper.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PricingPolicy {
    /// How.
    pub policy_type: PricingPolicyType,
    /// By how much: a fraction, `0.15` is 15 %.
    #[serde(default, with = "crate::money::optional", skip_serializing_if = "Option::is_none")]
    pub value: Option<Decimal>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A line to ask promotions for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromotionQuestion {
    /// From an availability read just before.
    pub catalog_item_id: String,
    /// Seats.
    pub quantity: u32,
    /// ISO 8601.
    pub term_duration: String,
    /// How often is billed.
    pub billing_cycle: BillingCycle,
    /// Only this promotion.
    pub promotion_id: Option<String>,
}

/// What one line may have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromotionAnswer {
    /// Place of the question, from 0.
    #[serde(default, with = "crate::resource::number")]
    pub id: String,
    /// What was asked for.
    #[serde(default, deserialize_with = "nullable")]
    pub catalog_item_id: String,
    /// One for each promotion.
    #[serde(default, deserialize_with = "list")]
    pub eligibilities: Vec<PromotionEligibility>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Whether a line may have a promotion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromotionEligibility {
    /// Which.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub promotion_id: Option<String>,
    /// Whether.
    #[serde(default, deserialize_with = "nullable")]
    pub is_eligible: bool,
    /// Why not.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<PromotionError>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

words! {
    /// Why a promotion is not to be had.
    PromotionErrorType {
        /// The line names nothing that is sold.
        InvalidCatalogItemId = "InvalidCatalogItemId",
        /// There is no such promotion.
        InvalidPromotion = "InvalidPromotion",
        /// Another product must be owned first.
        PrerequisiteProductOwnership = "PrerequisiteProductOwnership",
        /// It was used too often.
        RedemptionLimit = "RedemptionLimit",
        /// Too few or too many seats.
        SeatCount = "SeatCount",
        /// The customer bought the offer before.
        OfferPurchasedPreviously = "OfferPurchasedPreviously",
        /// Another term or billing cycle.
        Term = "Term",
        /// There is none.
        NoPromotionsAvailable = "NoPromotionsAvailable",
    }
}

/// Why a promotion is not to be had.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PromotionError {
    /// Kind.
    #[serde(rename = "type")]
    pub kind: PromotionErrorType,
    /// For the operator's eyes.
    #[serde(default, deserialize_with = "text::or_empty")]
    pub description: String,
    /// Fewest seats.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub minimum_required_seats: Option<u32>,
    /// Most seats.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub maximum_required_seats: Option<u32>,
    /// Seats that are left.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub available_seats: Option<u32>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// Promotions of a market (ISO 3166 alpha-2) and segment (`commercial`, …). Row 30 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn promotions(&self, country: &str, segment: &str) -> Result<Vec<Promotion>, Error> {
        let request = Request::get("/v1/productpromotions", &[])?.query("country", country).query("segment", segment);
        self.all(request, Paging::Token).await
    }

    /// One promotion. Row 30 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 when there is none.
    pub async fn promotion(&self, promotion: &str, country: &str, segment: &str) -> Result<Promotion, Error> {
        let request = Request::get("/v1/productpromotions/{promotion}", &[promotion])?
            .query("country", country)
            .query("segment", segment);
        self.read(request).await
    }

    /// Which promotions a customer may have for lines to be bought; the answers carry the place of
    /// their question. Changes nothing and is repeated like a read. Row 30 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn promotion_eligibilities(
        &self,
        customer: &str,
        questions: &[PromotionQuestion],
    ) -> Result<Vec<PromotionAnswer>, Error> {
        if questions.is_empty() || questions.len() > MOST_QUESTIONS {
            let count = questions.len().to_string();
            return Err(Error::invalid("items", &count, format!("1 to {MOST_QUESTIONS} lines")));
        }
        let items: Vec<Value> = questions
            .iter()
            .enumerate()
            .map(|(place, question)| {
                let mut item = json!({
                    "id": place,
                    "catalogItemId": question.catalog_item_id,
                    "quantity": question.quantity,
                    "termDuration": question.term_duration,
                    "billingCycle": question.billing_cycle,
                });
                if let Some(promotion) = &question.promotion_id {
                    item["promotionId"] = json!(promotion);
                }
                item
            })
            .collect();
        #[derive(Deserialize)]
        struct Wire {
            #[serde(default, deserialize_with = "list")]
            items: Vec<PromotionAnswer>,
        }
        let request = Request::new(Method::POST, "/v1/customers/{customer}/promotionEligibilities", &[customer])?
            .raw_json(&json!({ "items": items }))?;
        Ok(self.ask::<Wire>(request).await?.items)
    }
}
