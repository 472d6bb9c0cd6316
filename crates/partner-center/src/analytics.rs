//! What is sold, deployed and used over time, about a week behind: for reports, never for limits
//! (for those see `licences.rs`). Empty in Microsoft's sandbox. The calls live under
//! `/partner/v1`, which the documentation's tables leave out (trap 49). Source: contract §16.1.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str) -> Result<(), Error> {
//! let of_customer = AnalyticsFilter::all(&[("customerTenantId", Comparison::Equals, customer)])?;
//! let query = AnalyticsQuery { filter: Some(&of_customer), ..AnalyticsQuery::default() };
//! for row in client.licence_usage(query).await? {
//!     println!("{}: {:?} of {:?}", row.service_name, row.licenses_active, row.licenses_qualified);
//! }
//! # Ok(()) }
//! ```

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Client;
use crate::error::Error;
use crate::instant::Instant;
use crate::paging::{Pages, Paging};
use crate::request::{Auth, Base, Request};
use crate::resource::{Rest, maybe_text, maybe_whole, nullable, spellings};
use crate::words::words;

/// Rows of a page, the most there are.
const TOP: usize = 10_000;
/// Most conditions of a filter, and columns of a grouping.
const MOST_PARTS: usize = 20;

/// How a column is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`.
    Equals,
    /// `ne`.
    NotEquals,
}

/// Which rows are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnalyticsFilter(String);

impl AnalyticsFilter {
    /// Rows for which every condition holds.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a condition, or for a column name that is none.
    pub fn all(conditions: &[(&str, Comparison, &str)]) -> Result<Self, Error> {
        Self::joined(conditions, " and ")
    }

    /// Rows for which at least one condition holds.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a condition, or for a column name that is none.
    pub fn any(conditions: &[(&str, Comparison, &str)]) -> Result<Self, Error> {
        Self::joined(conditions, " or ")
    }

    fn joined(conditions: &[(&str, Comparison, &str)], word: &str) -> Result<Self, Error> {
        if conditions.is_empty() || conditions.len() > MOST_PARTS {
            let count = conditions.len().to_string();
            return Err(Error::invalid("filter", &count, format!("1 to {MOST_PARTS} conditions")));
        }
        let mut parts = Vec::with_capacity(conditions.len());
        for (name, comparison, value) in conditions {
            column(name)?;
            let operator = match comparison {
                Comparison::Equals => "eq",
                Comparison::NotEquals => "ne",
            };
            parts.push(format!("{name} {operator} '{}'", value.replace('\'', "''")));
        }
        Ok(Self(parts.join(word)))
    }

    /// The filter as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn column(name: &str) -> Result<(), Error> {
    let sound = !name.is_empty() && name.len() <= 60 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if sound { Ok(()) } else { Err(Error::invalid("column", name, "the name of a column, letters and digits")) }
}

/// What is asked of the licence analytics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnalyticsQuery<'a> {
    /// Which rows.
    pub filter: Option<&'a AnalyticsFilter>,
    /// Columns that rows are summed up by.
    pub group_by: &'a [&'a str],
    /// The state of the figures at this moment; without it, the newest.
    pub processed: Option<Instant>,
}

words! {
    /// Over what time subscription analytics are summed up.
    AggregationLevel {
        /// By day.
        Day = "day",
        /// By week.
        Week = "week",
        /// By month.
        Month = "month",
    }
}

/// What is asked of the subscription analytics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubscriptionAnalyticsQuery<'a> {
    /// Which rows.
    pub filter: Option<&'a AnalyticsFilter>,
    /// Columns that rows are summed up by.
    pub group_by: &'a [&'a str],
    /// Over what time.
    pub level: Option<&'a AggregationLevel>,
}

/// Licences in use of one service for one customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", remote = "Self")]
pub struct LicenceUsage {
    /// Short name of the part of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_code: Option<String>,
    /// Name of the part of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_name: Option<String>,
    /// Short name of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_code: Option<String>,
    /// Name of the service.
    #[serde(default, deserialize_with = "nullable")]
    pub service_name: String,
    /// Through which channel it was sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_tenant_id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// In use; one published answer spells it `licenseActive`.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub licenses_active: Option<i64>,
    /// That could be in use.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub licenses_qualified: Option<i64>,
    /// When the figures were made.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub processed_date_time: Option<Instant>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

spellings!(LicenceUsage: "licenseActive" => "licensesActive", "licenseQualified" => "licensesQualified");

/// Licences assigned of one service for one customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", remote = "Self")]
pub struct LicenceDeployment {
    /// Short name of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_code: Option<String>,
    /// Name of the service.
    #[serde(default, deserialize_with = "nullable")]
    pub service_name: String,
    /// Through which channel it was sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// The customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_tenant_id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// Assigned to users.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub licenses_deployed: Option<i64>,
    /// Sold.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub licenses_sold: Option<i64>,
    /// When the figures were made.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub processed_date_time: Option<Instant>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

spellings!(LicenceDeployment: "licenseDeployed" => "licensesDeployed", "licenseSold" => "licensesSold");

words! {
    /// State of a subscription as analytics count it.
    AnalyticsStatus {
        /// In use.
        Active = "ACTIVE",
        /// Suspended.
        Suspended = "SUSPENDED",
        /// Gone.
        Deprovisioned = "DEPROVISIONED",
    }
}

/// A subscription, or a group of them, as analytics count it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionAnalytics {
    /// The subscription; absent in groups.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_tenant_id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<String>,
    /// Its market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_market: Option<String>,
    /// State.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AnalyticsStatus>,
    /// Name of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_name: Option<String>,
    /// Kind of subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_type: Option<String>,
    /// Whether it renews by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_renew_enabled: Option<bool>,
    /// The reseller.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_name: Option<String>,
    /// Name of the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_name: Option<String>,
    /// Our name of the subscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub friendly_name: Option<String>,
    /// When its term began.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub effective_start_date: Option<Instant>,
    /// When its term ends.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub commitment_end_date: Option<Instant>,
    /// When its state ends.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub current_state_end_date: Option<Instant>,
    /// When the trial became a paid one.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub trial_to_paid_conversion_date: Option<Instant>,
    /// When the trial began.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub trial_start_date: Option<Instant>,
    /// When the trial ended.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub trial_end_date: Option<Instant>,
    /// When it was last used.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub last_usage_date: Option<Instant>,
    /// When it was taken away.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub deprovisioned_date: Option<Instant>,
    /// When it was last renewed.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub last_renewal_date: Option<Instant>,
    /// Seats.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub license_count: Option<i64>,
    /// Subscriptions of the group.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub subscription_count: Option<i64>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

fn grouped(request: Request, name: &str, columns: &[&str]) -> Result<Request, Error> {
    if columns.is_empty() {
        return Ok(request);
    }
    if columns.len() > MOST_PARTS {
        return Err(Error::invalid("groupby", &columns.len().to_string(), format!("up to {MOST_PARTS} columns")));
    }
    columns.iter().try_for_each(|name| column(name))?;
    Ok(request.query(name, columns.join(",")))
}

fn analytics(route: &'static str) -> Result<Request, Error> {
    Ok(Request::get(route, &[])?
        .auth(Auth::User)
        .base(Base::Analytics)
        .query("top", TOP.to_string())
        .query("skip", "0"))
}

fn of_licences(route: &'static str, query: AnalyticsQuery<'_>) -> Result<Request, Error> {
    let request = analytics(route)?
        .maybe("filter", query.filter.map(AnalyticsFilter::as_str))
        .maybe("processedDateTime", query.processed.map(|moment| moment.to_string()));
    grouped(request, "groupby", query.group_by)
}

impl Client {
    /// Licences in use, of all customers. Row 47 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn licence_usage(&self, query: AnalyticsQuery<'_>) -> Result<Vec<LicenceUsage>, Error> {
        let request = of_licences("/analytics/commercial/usage/license", query)?;
        self.all(request, Paging::TopSkip { top: TOP }).await
    }

    /// Licences assigned, of all customers. Row 47 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn licence_deployment(&self, query: AnalyticsQuery<'_>) -> Result<Vec<LicenceDeployment>, Error> {
        let request = of_licences("/analytics/commercial/deployment/license", query)?;
        self.all(request, Paging::TopSkip { top: TOP }).await
    }

    /// Subscriptions of all customers as analytics count them, page by page of 10,000 rows. Row 47
    /// of §6.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a column name that is none.
    pub fn subscription_analytics(
        &self,
        query: SubscriptionAnalyticsQuery<'_>,
    ) -> Result<Pages<SubscriptionAnalytics>, Error> {
        let request = analytics("/analytics/subscriptions")?
            .maybe("filter", query.filter.map(AnalyticsFilter::as_str))
            .maybe("aggregationLevel", query.level.map(AggregationLevel::as_str));
        let request = grouped(request, "groupBy", query.group_by)?;
        Ok(self.pages(request, Paging::TopSkip { top: TOP }))
    }

    /// Licences in use of one customer, in the older form that [`Client::licence_usage`] has taken
    /// the place of. Row 47 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn licence_usage_of(&self, customer: &str) -> Result<Vec<LicenceUsage>, Error> {
        self.older_analytics("/v1/customers/{customer}/analytics/licenses/usage", customer).await
    }

    /// Licences assigned of one customer, in the older form that [`Client::licence_deployment`] has
    /// taken the place of. Row 47 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn licence_deployment_of(&self, customer: &str) -> Result<Vec<LicenceDeployment>, Error> {
        self.older_analytics("/v1/customers/{customer}/analytics/licenses/deployment", customer).await
    }

    /// The older form has no documented envelope: a bare list, `items` and `value` are all read.
    async fn older_analytics<T: DeserializeOwned>(&self, route: &'static str, customer: &str) -> Result<Vec<T>, Error> {
        let request = Request::get(route, &[customer])?.auth(Auth::User);
        self.read_answer(request, |answer| {
            let rows = match answer.json()? {
                Value::Object(members) => members
                    .into_iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case("items") || name.eq_ignore_ascii_case("value"))
                    .map(|(_, rows)| rows)
                    .ok_or_else(|| answer.unreadable("neither items nor value".into()))?,
                rows => rows,
            };
            let rows: Option<Vec<T>> =
                serde_json::from_value(rows).map_err(|error| answer.unreadable(error.to_string()))?;
            Ok(rows.unwrap_or_default())
        })
        .await
    }
}
