//! Who supports a legacy subscription; New Commerce subscriptions have no such contact.
//! Source: contract §15.14.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str, id: &str) -> Result<(), Error> {
//! println!("{:?}", client.support_contact(customer, id).await?.name);
//! # Ok(()) }
//! ```

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::client::{Call, Client};
use crate::error::Error;
use crate::request::{Auth, Request};
use crate::resource::{Attributes, Rest, maybe_text};

const ROUTE: &str = "/v1/customers/{customer}/subscriptions/{subscription}/supportcontact";

/// Who supports a subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SupportContact {
    /// Tenant of the supporting partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub support_tenant_id: Option<String>,
    /// Its MPN id.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub support_mpn_id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// Who supports a legacy subscription. Row 43 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn support_contact(&self, customer: &str, subscription: &str) -> Result<SupportContact, Error> {
        self.read(Request::get(ROUTE, &[customer, subscription])?.auth(Auth::User)).await
    }

    /// Replaces who supports a legacy subscription with a contact read before and changed. A write
    /// that may be repeated. Row 43 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn update_support_contact(
        &self,
        call: &Call,
        customer: &str,
        subscription: &str,
        contact: &SupportContact,
    ) -> Result<SupportContact, Error> {
        let request = Request::new(Method::PUT, ROUTE, &[customer, subscription])?.auth(Auth::User).json(contact)?;
        self.write(request, call).await?.json()
    }
}
