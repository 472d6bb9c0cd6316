//! Whether use beyond a telephone plan is billed to an Azure entitlement. Source: contract §15.14.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str) -> Result<(), Error> {
//! println!("{}", client.overage(customer).await?.iter().any(|overage| overage.overage_enabled));
//! # Ok(()) }
//! ```

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::request::Request;
use crate::resource::{Attributes, Rest, maybe_text, nullable};
use crate::words::words;

const ROUTE: &str = "/v1/customers/{customer}/subscriptions/overage";

words! {
    /// What can be used beyond its plan.
    OverageType {
        /// Telephone services.
        PhoneServices = "PhoneServices",
    }
}

/// Whether use beyond a plan is billed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overage {
    /// To what it is billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure_entitlement_id: Option<String>,
    /// MPN location id of the reseller.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<String>,
    /// Whether.
    #[serde(default, deserialize_with = "nullable")]
    pub overage_enabled: bool,
    /// Of what.
    #[serde(rename = "type")]
    pub kind: OverageType,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// Overages of a customer; one object and a collection of them are both read. Row 44 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn overage(&self, customer: &str) -> Result<Vec<Overage>, Error> {
        self.read_answer(Request::get(ROUTE, &[customer])?, |answer| {
            let items = match answer.json()? {
                Value::Object(mut members) => match members.remove("items") {
                    Some(items) => items,
                    None if members.contains_key("type") => Value::Array(vec![Value::Object(members)]),
                    None => return Err(answer.unreadable("neither an overage nor a collection".into())),
                },
                other => other,
            };
            let items: Option<Vec<Overage>> =
                serde_json::from_value(items).map_err(|error| answer.unreadable(error.to_string()))?;
            Ok(items.unwrap_or_default())
        })
        .await
    }

    /// Switches an overage on or off. A write that may be repeated. Row 44 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn update_overage(&self, call: &Call, customer: &str, overage: &Overage) -> Result<Overage, Error> {
        let request = Request::new(Method::PUT, ROUTE, &[customer])?.json(overage)?;
        self.write(request, call).await?.json()
    }
}
