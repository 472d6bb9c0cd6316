//! Whether a subscription has arrived in the tenant. Refreshed every quarter of an hour, and
//! forbidden without a delegated role: nothing may wait for it alone. Source: contract §15.13.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str, id: &str) -> Result<(), Error> {
//! let known = client.subscription_provisioning(customer, id).await?;
//! println!("{}", known.is_some_and(|known| known.status == SubscriptionProvisioningStatus::Success));
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;
use crate::instant::Instant;
use crate::request::{Auth, Request};
use crate::resource::{Attributes, Rest, maybe_whole};
use crate::words::words;

words! {
    /// How far a subscription is provisioned.
    SubscriptionProvisioningStatus {
        /// Done.
        Success = "success",
        /// Under way.
        Pending = "pending",
        /// Not done.
        Failed = "failed",
    }
}

/// Provisioning of a subscription.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionProvisioning {
    /// GUID of the product in the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku_id: Option<String>,
    /// How far.
    pub status: SubscriptionProvisioningStatus,
    /// Seats.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// Until when.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Instant>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// How far a subscription is provisioned, or `None` while nothing is known (404, 800007). Row
    /// 40 of §6.
    ///
    /// # Errors
    /// [`Error`]; 403 with 900308 while no delegated role is in force.
    pub async fn subscription_provisioning(
        &self,
        customer: &str,
        subscription: &str,
    ) -> Result<Option<SubscriptionProvisioning>, Error> {
        let request = Request::get(
            "/v1/customers/{customer}/subscriptions/{subscription}/provisioningstatus",
            &[customer, subscription],
        )?
        .auth(Auth::User);
        match self.read(request).await {
            Ok(known) => Ok(Some(known)),
            Err(error) if error.is_refusal(404, "800007") => Ok(None),
            Err(error) => Err(error),
        }
    }
}
