//! Licences in a customer's tenant: how many there are and who uses them. A row counts a product
//! in a tenant, never a subscription: several subscriptions of one product share it (trap 48).
//! Units appear when provisioning has finished. Source: contract §11.4.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str, sku: Sku) -> Result<(), Error> {
//! let rows = client.subscribed_skus(customer, &[]).await?;
//! let used = rows.iter().find(|row| sku.provisioning_id().is_some_and(|id| row.is_product(id)));
//! println!("{:?} seats in use", used.map(|row| row.consumed_units));
//! # Ok(()) }
//! ```

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::{Call, Client};
use crate::error::Error;
use crate::paging::Paging;
use crate::request::{Auth, Request};
use crate::resource::{Attributes, Rest, list, nullable, same_id, whole};
use crate::words::words;

/// Most changes of one user's licences sent at once.
const MOST_CHANGES: usize = 100;

words! {
    /// Who manages a licence; an assignment holds licences of one group only.
    LicenceGroup {
        /// Entra; the default.
        Group1 = "Group1",
        /// Minecraft and the like.
        Group2 = "Group2",
    }
}

words! {
    /// Whether licences can be used.
    CapabilityStatus {
        /// They can.
        Enabled = "Enabled",
        /// They can for a while yet: the subscription has ended.
        Warning = "Warning",
        /// They cannot: suspended.
        Suspended = "Suspended",
        /// They cannot: gone.
        Deleted = "Deleted",
        /// They cannot: locked.
        LockedOut = "LockedOut",
    }
}

/// A product as the directory knows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductSku {
    /// GUID; the SKU's `provisioning_id` in the catalogue.
    #[serde(default, deserialize_with = "nullable")]
    pub id: String,
    /// Name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// Short name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku_part_number: Option<String>,
    /// `User`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    /// Who manages it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license_group_id: Option<LicenceGroup>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A part of a product that can be left out of an assignment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePlan {
    /// Id, for [`LicenceAssignment::excluded_plans`].
    #[serde(default, deserialize_with = "nullable")]
    pub id: String,
    /// Name to be shown.
    #[serde(default, deserialize_with = "nullable")]
    pub display_name: String,
    /// Name of the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// Whether it can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability_status: Option<CapabilityStatus>,
    /// `User`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Seats of one product in one tenant, of all its subscriptions together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SubscribedSku {
    /// Active and warning ones.
    #[serde(default, deserialize_with = "whole")]
    pub total_units: i64,
    /// Of active subscriptions.
    #[serde(default, deserialize_with = "whole")]
    pub active_units: i64,
    /// Of subscriptions that have ended and still work for a while.
    #[serde(default, deserialize_with = "whole")]
    pub warning_units: i64,
    /// Of suspended subscriptions.
    #[serde(default, deserialize_with = "whole")]
    pub suspended_units: i64,
    /// Assigned to users: the used licences.
    #[serde(default, deserialize_with = "whole")]
    pub consumed_units: i64,
    /// Total less consumed; negative when more are assigned than there are.
    #[serde(default, deserialize_with = "whole")]
    pub available_units: i64,
    /// Which product.
    #[serde(default, deserialize_with = "nullable")]
    pub product_sku: ProductSku,
    /// Its parts.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub service_plans: Vec<ServicePlan>,
    /// Whether they can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability_status: Option<CapabilityStatus>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl SubscribedSku {
    /// Whether it counts the product with that provisioning id ([`crate::Sku::provisioning_id`]).
    #[must_use]
    pub fn is_product(&self, provisioning_id: &str) -> bool {
        same_id(&self.product_sku.id, provisioning_id)
    }
}

/// A licence that a user has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserLicence {
    /// Which product.
    #[serde(default, deserialize_with = "nullable")]
    pub product_sku: ProductSku,
    /// Its parts that the user has.
    #[serde(default, deserialize_with = "list")]
    pub service_plans: Vec<ServicePlan>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A licence to give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LicenceAssignment {
    /// Id of the product, [`ProductSku::id`].
    pub sku_id: String,
    /// Ids of parts that are not given.
    #[serde(default, deserialize_with = "list")]
    pub excluded_plans: Vec<String>,
}

/// What Microsoft made of a change of licences.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LicenceUpdate {
    /// Given.
    #[serde(default, deserialize_with = "list")]
    pub licenses_to_assign: Vec<LicenceAssignment>,
    /// Taken.
    #[serde(default, deserialize_with = "list")]
    pub licenses_to_remove: Vec<String>,
    /// What to know about it, as it came.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub license_warnings: Vec<Value>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// Seats of a tenant by product, of these groups; without one Microsoft answers for Group1.
    /// The only near-real-time figure of used licences. Row 28 of §6.
    ///
    /// # Errors
    /// [`Error`]; 403 with 900308 while no delegated role is in force.
    pub async fn subscribed_skus(&self, customer: &str, groups: &[LicenceGroup]) -> Result<Vec<SubscribedSku>, Error> {
        let request = Request::get("/v1/customers/{customer}/subscribedskus", &[customer])?.auth(Auth::User);
        let request = groups.iter().fold(request, |request, group| request.query("licenseGroupIds", group.as_str()));
        self.all(request, Paging::Token).await
    }

    /// Licences of a user. Row 28 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 60002 when there is no such user.
    pub async fn user_licences(&self, customer: &str, user: &str) -> Result<Vec<UserLicence>, Error> {
        let request =
            Request::get("/v1/customers/{customer}/users/{user}/licenses", &[customer, user])?.auth(Auth::User);
        self.all(request, Paging::Token).await
    }

    /// Gives licences to a user and takes others, of one group. A write that may be repeated: it
    /// says what the user has afterwards. Row 28 of §6.
    ///
    /// # Errors
    /// [`Error`]; 400 with 60012 when no unit is left, 60000 when the user has no usage location.
    pub async fn change_licences(
        &self,
        call: &Call,
        customer: &str,
        user: &str,
        assign: &[LicenceAssignment],
        remove: &[String],
    ) -> Result<LicenceUpdate, Error> {
        let changes = assign.len() + remove.len();
        if changes == 0 || changes > MOST_CHANGES {
            return Err(Error::invalid(
                "licensesToAssign",
                &changes.to_string(),
                format!("1 to {MOST_CHANGES} changes"),
            ));
        }
        let request =
            Request::new(Method::POST, "/v1/customers/{customer}/users/{user}/licenseupdates", &[customer, user])?
                .auth(Auth::User)
                .raw_json(&json!({ "licensesToAssign": assign, "licensesToRemove": remove }))?;
        self.write(request, call).await?.json()
    }
}
