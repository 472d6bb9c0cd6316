//! Between a customer and us: the invitation of an existing tenant, the end of the relationship,
//! and the deletion that only Microsoft's sandbox knows. In production a tenant stays for ever,
//! also after a failed order (trap 50). Source: contract §9.6, §9.7.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client) -> Result<(), Error> {
//! println!("send this to the customer: {}", client.relationship_request().await?.url);
//! # Ok(()) }
//! ```

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::{Call, Client};
use crate::customers::Customer;
use crate::error::Error;
use crate::request::{Auth, Request};
use crate::resource::{Attributes, Rest};

/// An address that the administrator of an existing tenant opens to accept us as its provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RelationshipRequest {
    /// The address.
    pub url: String,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// The address to send to a customer that has a tenant already; not in Microsoft's sandbox.
    /// Row 20 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn relationship_request(&self) -> Result<RelationshipRequest, Error> {
        self.read(Request::get("/v1/customers/relationshiprequests", &[])?.auth(Auth::User)).await
    }

    /// Ends our relationship with a customer. A write that may be repeated; afterwards the customer
    /// cannot be read any more. Every subscription must be suspended or cancelled. Row 15 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn end_relationship(&self, call: &Call, customer: &str) -> Result<Customer, Error> {
        let request = Request::new(Method::PATCH, "/v1/customers/{customer}", &[customer])?
            .auth(Auth::User)
            .raw_json(&json!({ "relationshipToPartner": "none" }))?;
        self.write(request, call).await?.json()
    }

    /// Gives up the old delegated rights (DAP) over a customer. A write that may be repeated. Row
    /// 15 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn drop_delegated_access(&self, call: &Call, customer: &str) -> Result<Customer, Error> {
        let request = Request::new(Method::PATCH, "/v1/customers/{customer}", &[customer])?
            .auth(Auth::User)
            .raw_json(&json!({ "allowDelegatedAccess": false }))?;
        self.write(request, call).await?.json()
    }

    /// Deletes a tenant of Microsoft's sandbox for good. A write; a repetition answers 404. Its
    /// software and reservation orders must be cancelled first. Row 16 of §6.
    ///
    /// # Errors
    /// [`Error`]; 403 in production, where a tenant can never be deleted.
    pub async fn delete_sandbox_customer(&self, call: &Call, customer: &str) -> Result<(), Error> {
        let request = Request::new(Method::DELETE, "/v1/customers/{customer}", &[customer])?;
        self.write(request, call).await.map(drop)
    }
}
