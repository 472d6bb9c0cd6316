//! End dates that a new subscription may have in common with others of the customer, or with the
//! calendar. Choose from this list only; it serves purchases, not renewals. Source: contract §15.10.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str) -> Result<(), Error> {
//! let query = TermEndQuery { term_duration: "P1Y", ..TermEndQuery::default() };
//! let dates = client.custom_term_end_dates(customer, query).await?;
//! println!("{:?}", dates.first().map(|date| date.allowed_custom_term_end_date));
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;
use crate::instant::Instant;
use crate::paging::Paging;
use crate::request::Request;
use crate::resource::{Rest, list};
use crate::words::words;

words! {
    /// What an end date is in line with.
    TermEndKind {
        /// The last day of a month.
        CalendarMonthAligned = "calendarMonthAligned",
        /// The end of a subscription.
        SubscriptionAligned = "subscriptionAligned",
    }
}

/// An end date that may be chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomTermEnd {
    /// What it is in line with.
    pub allowed_custom_term_end_date_type: TermEndKind,
    /// The subscriptions that end then.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub coterm_subscription_ids: Vec<String>,
    /// The date, for [`crate::NewCartLine::custom_term_end_date`].
    pub allowed_custom_term_end_date: Instant,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Which end dates are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TermEndQuery<'a> {
    /// ISO 8601 term of the purchase.
    pub term_duration: &'a str,
    /// When the term would begin; without it, now.
    pub term_start: Option<Instant>,
    /// Only the date of this subscription.
    pub target_subscription: Option<&'a str>,
}

impl Client {
    /// End dates that a purchase for this customer may have. Row 42 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn custom_term_end_dates(
        &self,
        customer: &str,
        query: TermEndQuery<'_>,
    ) -> Result<Vec<CustomTermEnd>, Error> {
        if query.term_duration.is_empty() {
            return Err(Error::invalid("term_duration", "", "an ISO 8601 duration such as P1Y"));
        }
        let request = Request::get("/v1/customers/{customer}/subscriptions/customTermEndDates", &[customer])?
            .query("term_duration", query.term_duration)
            .maybe("term_start_date", query.term_start.map(|start| start.to_string()))
            .maybe("target_coterm_subscription_id", query.target_subscription);
        self.all(request, Paging::Token).await
    }
}
