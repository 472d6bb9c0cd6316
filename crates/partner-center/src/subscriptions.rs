//! Reading and changing subscriptions. A PATCH may cost money twice when it is repeated blindly:
//! after an unknown outcome read again and compare. Source: contract §15.3 to §15.11.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/bought.rs"));
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use partner_center::*;
//! # let Bought { simulator, client, customer, item, order, subscription } = bought().await?;
//! # let (customer, item, order, id) = (customer.as_str(), item.as_str(), order.as_str(), subscription.as_str());
//! for one in client.subscriptions(customer, SubscriptionFilter::Reseller("6100001")).await? {
//!     println!("{}: {:?} seats, ends {:?}", one.id(), one.quantity(), one.commitment_end());
//! }
//! # simulator.stop().await;
//! # Ok(()) }
//! ```

use reqwest::Method;

use crate::client::{Call, Client};
use crate::customers::if_match;
use crate::error::Error;
use crate::paging::Paging;
use crate::request::Request;
use crate::subscription::Subscription;

/// Page size of the listing by reseller.
const PAGE: usize = 500;

/// Which subscriptions of a customer are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionFilter<'a> {
    /// All, the deleted ones too.
    All,
    /// Those of one order.
    Order(&'a str),
    /// Those under one reseller (MPN location id).
    Reseller(&'a str),
}

/// What a PATCH came to.
#[derive(Clone, Debug, PartialEq)]
pub enum SubscriptionPatch {
    /// Done (200).
    Done(Subscription),
    /// Accepted (202): read the subscription until the change shows.
    Accepted {
        /// Where to look, as the server said it.
        location: Option<String>,
    },
}

impl Client {
    /// Subscriptions of a customer. They may lag behind their order by fifteen minutes. Row 37 of
    /// §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn subscriptions(
        &self,
        customer: &str,
        filter: SubscriptionFilter<'_>,
    ) -> Result<Vec<Subscription>, Error> {
        let request = Request::get("/v1/customers/{customer}/subscriptions", &[customer])?;
        match filter {
            SubscriptionFilter::All => self.all(request, Paging::Token).await,
            SubscriptionFilter::Order(order) => self.all(request.query("order_id", order), Paging::Token).await,
            SubscriptionFilter::Reseller(mpn_id) => {
                let request = request.query("mpn_id", mpn_id).query("offset", "0").query("size", PAGE.to_string());
                self.all(request, Paging::Offset { size: PAGE }).await
            }
        }
    }

    /// One subscription. Row 37 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 20003 when there is none.
    pub async fn subscription(&self, customer: &str, subscription: &str) -> Result<Subscription, Error> {
        let request = Request::get("/v1/customers/{customer}/subscriptions/{subscription}", &[customer, subscription])?;
        self.read(request).await
    }

    /// Replaces a subscription with one that was read just before and changed in one thing. A
    /// write that costs money: on an unknown outcome read again and compare. Row 38 of §6.
    ///
    /// # Errors
    /// [`Error`]; see [`crate::Refusal::is_stale`] and [`crate::Refusal::is_busy`].
    pub async fn patch_subscription(
        &self,
        call: &Call,
        customer: &str,
        changed: &Subscription,
    ) -> Result<SubscriptionPatch, Error> {
        let mut request = Request::new(
            Method::PATCH,
            "/v1/customers/{customer}/subscriptions/{subscription}",
            &[customer, &changed.id()],
        )?
        .raw_json(changed.raw())?;
        if let Some(etag) = changed.etag() {
            request = request.header("If-Match", if_match(etag));
        }
        let answer = self.write(request, call).await?;
        if answer.status == 202 {
            return Ok(SubscriptionPatch::Accepted { location: answer.header("Location") });
        }
        answer.json().map(SubscriptionPatch::Done)
    }

    /// Legacy add-ons of a subscription; New Commerce add-ons stand on their own. Row 39 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn add_ons(&self, customer: &str, subscription: &str) -> Result<Vec<Subscription>, Error> {
        let request =
            Request::get("/v1/customers/{customer}/subscriptions/{subscription}/addons", &[customer, subscription])?;
        self.all(request, Paging::Token).await
    }
}
