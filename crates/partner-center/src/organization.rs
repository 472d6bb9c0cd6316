//! A tenant as its own directory describes it. Both reads need a delegated role for the customer.
//! Source: contract §9.5.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str) -> Result<(), Error> {
//! for mail in client.organization(customer).await?.map(|o| o.technical_notification_mails).unwrap_or_default() {
//!     println!("{mail}");
//! }
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;
use crate::paging::Paging;
use crate::request::Request;
use crate::resource::{Rest, list};

/// A tenant's own description.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Street and number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// ISO 3166 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_letter_code: Option<String>,
    /// Who is told about technical matters.
    #[serde(default, deserialize_with = "list")]
    pub technical_notification_mails: Vec<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// The tenant's own description, if it has one. Row 19 of §6.
    ///
    /// # Errors
    /// [`Error`]; 403 with 900308 while no delegated role is in force.
    pub async fn organization(&self, customer: &str) -> Result<Option<Organization>, Error> {
        let request = Request::get("/v1/customers/{customer}/organization", &[customer])?;
        Ok(self.all(request, Paging::Token).await?.into_iter().next())
    }

    /// Domains of the tenant. Row 19 of §6.
    ///
    /// # Errors
    /// [`Error`]; 403 with 900308 while no delegated role is in force.
    pub async fn custom_domains(&self, customer: &str) -> Result<Vec<String>, Error> {
        self.all(Request::get("/v1/customers/{customer}/customDomains", &[customer])?, Paging::Token).await
    }
}
