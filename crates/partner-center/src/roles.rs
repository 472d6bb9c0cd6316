//! Directory roles of a customer's tenant and who holds them. Every call needs a user's token and
//! a delegated role; changes need Privileged Role Admin. Source: contract §11.3.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str) -> Result<(), Error> {
//! let roles = client.directory_roles(customer).await?;
//! if let Some(role) = roles.iter().find(|role| role.name == "Helpdesk Administrator") {
//!     println!("{} people", client.role_members(customer, &role.id).await?.len());
//! }
//! # Ok(()) }
//! ```

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::paging::Paging;
use crate::request::{Auth, Request};
use crate::resource::{Attributes, Rest, nullable};

/// A role of a tenant's directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DirectoryRole {
    /// Id, of this tenant only.
    pub id: String,
    /// Name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A person who holds a role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserMember {
    /// Id of the user.
    pub id: String,
    /// Name to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Name to sign in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<String>,
    /// The role; in the answer of giving it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_id: Option<String>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A person to give a role to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewUserMember<'a> {
    /// Id of the user.
    pub id: &'a str,
    /// Name to be shown.
    pub display_name: &'a str,
    /// Name to sign in with.
    pub user_principal_name: &'a str,
}

impl Client {
    /// Roles of a tenant. Row 27 of §6.
    ///
    /// # Errors
    /// [`Error`]; 403 with 900308 while no delegated role is in force.
    pub async fn directory_roles(&self, customer: &str) -> Result<Vec<DirectoryRole>, Error> {
        self.all(Request::get("/v1/customers/{customer}/directoryroles", &[customer])?.auth(Auth::User), Paging::Token)
            .await
    }

    /// Roles of one user. Row 27 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 60002 when there is no such user.
    pub async fn directory_roles_of(&self, customer: &str, user: &str) -> Result<Vec<DirectoryRole>, Error> {
        let request =
            Request::get("/v1/customers/{customer}/users/{user}/directoryroles", &[customer, user])?.auth(Auth::User);
        self.all(request, Paging::Token).await
    }

    /// Who holds a role. Row 27 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn role_members(&self, customer: &str, role: &str) -> Result<Vec<UserMember>, Error> {
        let request = Request::get("/v1/customers/{customer}/directoryroles/{role}/usermembers", &[customer, role])?
            .auth(Auth::User);
        self.all(request, Paging::Token).await
    }

    /// Gives a role to a user. A write; on an unknown outcome read [`Client::role_members`]. Row 27
    /// of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn add_role_member(
        &self,
        call: &Call,
        customer: &str,
        role: &str,
        member: NewUserMember<'_>,
    ) -> Result<UserMember, Error> {
        if member.id.trim().is_empty() {
            return Err(Error::invalid("id", member.id, "the id of a user"));
        }
        let request = Request::new(
            Method::POST,
            "/v1/customers/{customer}/directoryroles/{role}/usermembers",
            &[customer, role],
        )?
        .auth(Auth::User)
        .raw_json(&json!({
            "id": member.id,
            "displayName": member.display_name,
            "userPrincipalName": member.user_principal_name,
            "attributes": { "objectType": "UserMember" },
        }))?;
        self.write(request, call).await?.json()
    }

    /// Takes a role from a user. A write; on an unknown outcome read [`Client::role_members`]. Row
    /// 27 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn remove_role_member(&self, call: &Call, customer: &str, role: &str, user: &str) -> Result<(), Error> {
        let request = Request::new(
            Method::DELETE,
            "/v1/customers/{customer}/directoryroles/{role}/usermembers/{user}",
            &[customer, role, user],
        )?
        .auth(Auth::User);
        self.write(request, call).await.map(drop)
    }
}
