//! The audit log: what happened at Microsoft, also behind our back. Source: contract §16.3.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/bought.rs"));
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use partner_center::*;
//! # let Bought { simulator, client, customer, item, order, subscription } = bought().await?;
//! # let (customer, item, order, id) = (customer.as_str(), item.as_str(), order.as_str(), subscription.as_str());
//! let from = "2026-01-01T00:00:00Z".parse::<Instant>()?;
//! let to = "2026-01-31T00:00:00Z".parse::<Instant>()?;
//! # let bought_at = client.subscription(customer, id).await?.created_at().ok_or("no date")?;
//! # let (from, to) = (Instant(bought_at.0 - jiff::SignedDuration::from_hours(48)), bought_at);
//! let records = client.audit(from, to, Some(AuditFilter::CustomerId(customer))).await?;
//! assert!(records.iter().any(|record| record.operation_type == "add_customer"));
//! # simulator.stop().await;
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::Client;
use crate::error::Error;
use crate::instant::Instant;
use crate::paging::{NextPage, Page, Paging};
use crate::request::Request;
use crate::resource::{Rest, list, nullable, text};
use crate::words::words;

words! {
    /// How an operation ended.
    OperationStatus {
        /// Done.
        Succeeded = "succeeded",
        /// Not done.
        Failed = "failed",
        /// Under way.
        Progress = "progress",
    }
}

/// A further detail of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomizedData {
    /// Name.
    #[serde(default, deserialize_with = "text::or_empty")]
    pub key: String,
    /// Value.
    #[serde(default, deserialize_with = "text::or_empty")]
    pub value: String,
}

/// One thing that happened. Old and new value are JSON texts inside strings, or absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditRecord {
    /// Id of the record, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Our tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<String>,
    /// The customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// Who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<String>,
    /// With which application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
    /// `customer`, `order`, `subscription`, …; an open list.
    #[serde(default, deserialize_with = "nullable")]
    pub resource_type: String,
    /// Before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_old_value: Option<String>,
    /// After.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_new_value: Option<String>,
    /// `add_customer`, `create_order`, `update_subscription`, …; an open list.
    #[serde(default, deserialize_with = "nullable")]
    pub operation_type: String,
    /// `MS-CorrelationId` of the call that did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_correlation_id: Option<String>,
    /// When.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub operation_date: Option<Instant>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_status: Option<OperationStatus>,
    /// Further details.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub customized_data: Vec<CustomizedData>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl AuditRecord {
    /// The resource after the operation, when it is readable.
    #[must_use]
    pub fn new_value(&self) -> Option<Value> {
        serde_json::from_str(self.resource_new_value.as_deref()?).ok()
    }

    /// The resource before the operation, when it is readable.
    #[must_use]
    pub fn old_value(&self) -> Option<Value> {
        serde_json::from_str(self.resource_old_value.as_deref()?).ok()
    }
}

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditFilter<'a> {
    /// One customer.
    CustomerId(&'a str),
    /// One resource type.
    ResourceType(&'a str),
    /// A piece of a company's name.
    CompanyName(&'a str),
}

impl AuditFilter<'_> {
    fn text(&self) -> String {
        let (field, value, operator) = match self {
            Self::CustomerId(value) => ("CustomerId", value, "equals"),
            Self::ResourceType(value) => ("ResourceType", value, "equals"),
            Self::CompanyName(value) => ("CompanyName", value, "substring"),
        };
        json!({ "Field": field, "Value": value, "Operator": operator }).to_string()
    }
}

impl Client {
    /// One page of what happened between two moments, of which Microsoft counts the days; the
    /// first at most 90 days ago. Row 46 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn audit_page(
        &self,
        from: Instant,
        to: Instant,
        filter: Option<AuditFilter<'_>>,
        after: Option<&NextPage>,
    ) -> Result<Page<AuditRecord>, Error> {
        self.page(&audit(from, to, filter)?, Paging::Token, after).await
    }

    /// Everything that happened between two moments. Row 46 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn audit(
        &self,
        from: Instant,
        to: Instant,
        filter: Option<AuditFilter<'_>>,
    ) -> Result<Vec<AuditRecord>, Error> {
        self.all(audit(from, to, filter)?, Paging::Token).await
    }
}

fn audit(from: Instant, to: Instant, filter: Option<AuditFilter<'_>>) -> Result<Request, Error> {
    let day = |moment: Instant| moment.0.strftime("%Y-%m-%d").to_string();
    if from > to {
        return Err(Error::invalid("startDate", &from.to_string(), "not after endDate"));
    }
    Ok(Request::get("/v1/auditrecords", &[])?
        .query("startDate", day(from))
        .query("endDate", day(to))
        .maybe("filter", filter.map(|filter| filter.text())))
}
