//! People in a customer's tenant: make, read, change, delete, restore, give a new password.
//! Every call needs a user's token and a delegated role for the customer; on a new tenant it may
//! be refused with 403 and 900308, so no purchase must wait for it. A password is never in
//! `Debug`, in an error or in a log. Source: contract §11.1, §11.2, §9.8.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str, password: secrecy::SecretString) -> Result<(), Error> {
//! if let Some(admin) = client.administrator(customer, "contosobakery.onmicrosoft.com").await? {
//!     let call = Call::new(uuid::Uuid::nil()); // save it first
//!     client.reset_password(&call, customer, &admin.id, &Password { text: password, force_change: true }).await?;
//! }
//! # Ok(()) }
//! ```

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::client::{Answer, Call, Client};
use crate::error::Error;
use crate::instant::Instant;
use crate::paging::{NextPage, Page, Paging};
use crate::request::{Auth, Request};
use crate::resource::{Attributes, Rest, take_member};
use crate::words::words;

/// Largest page of users.
const LARGEST_PAGE: u16 = 500;
/// Longest password taken.
const LONGEST_PASSWORD: usize = 256;
/// What stands in a refusal where the server echoed a password.
const HIDDEN: &str = "[hidden]";

words! {
    /// Whether a user can sign in.
    UserState {
        /// It can.
        Active = "active",
        /// Deleted; it can be restored for 30 days.
        Inactive = "inactive",
    }
}

words! {
    /// How a user signs in.
    UserDomainType {
        /// Not known.
        None = "none",
        /// At Microsoft.
        Managed = "managed",
        /// At the customer's own identity provider.
        Federated = "federated",
    }
}

/// A user of a customer's tenant. A password that came along is taken out before anything is read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", remote = "Self")]
pub struct CustomerUser {
    /// Id.
    pub id: String,
    /// ISO 3166 alpha-2; no licence can be assigned without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage_location: Option<String>,
    /// Name to sign in with, `name@domain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<String>,
    /// First name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Name to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Id at the customer's own directory, of federated users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub immutable_id: Option<String>,
    /// Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// When it was last brought in line with the customer's own directory.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub last_directory_sync_time: Option<Instant>,
    /// How it signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_domain_type: Option<UserDomainType>,
    /// Whether it can sign in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<UserState>,
    /// When it was deleted.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub soft_deletion_time: Option<Instant>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know, without the password profile.
    #[serde(flatten)]
    pub other: Rest,
    /// The password that the answer to a creation or a reset echoes; never written back.
    #[serde(skip)]
    pub password: Option<SecretString>,
    /// Whether the password must be changed at the next sign-in, when the answer says it.
    #[serde(skip)]
    pub force_change_password: Option<bool>,
}

impl Serialize for CustomerUser {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        CustomerUser::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for CustomerUser {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        // Taken out before anything else can put it into an error or a log.
        let profile = take_member(&mut value, "passwordProfile");
        let mut user = CustomerUser::deserialize(value).map_err(serde::de::Error::custom)?;
        if let Some(mut profile) = profile {
            let password = take_member(&mut profile, "password");
            let password = password.as_ref().and_then(Value::as_str).filter(|text| !text.is_empty());
            user.password = password.map(SecretString::from);
            user.force_change_password =
                take_member(&mut profile, "forceChangePassword").and_then(|said| said.as_bool());
        }
        Ok(user)
    }
}

impl CustomerUser {
    /// Whether this is the first administrator of the tenant with that initial domain.
    #[must_use]
    pub fn is_first_administrator(&self, initial_domain: &str) -> bool {
        let expected = format!("admin@{initial_domain}");
        self.user_principal_name.as_deref().is_some_and(|name| name.trim().eq_ignore_ascii_case(&expected))
    }
}

/// A password to be set; must be complex enough for Entra.
#[derive(Clone, Debug)]
pub struct Password {
    /// The password, 1 to 256 characters.
    pub text: SecretString,
    /// Whether it must be changed at the next sign-in.
    pub force_change: bool,
}

impl Password {
    fn profile(&self) -> Result<Value, Error> {
        let text = self.text.expose_secret();
        if text.is_empty() || text.chars().count() > LONGEST_PASSWORD {
            return Err(Error::invalid(
                "passwordProfile.password",
                HIDDEN,
                format!("1 to {LONGEST_PASSWORD} characters"),
            ));
        }
        Ok(json!({ "password": text, "forceChangePassword": self.force_change }))
    }

    /// An error that may quote what was sent, without the password.
    fn hidden_in(&self, mut error: Error) -> Error {
        let (Error::Refused(refusal) | Error::NoAnswer { refusal: Some(refusal), .. }) = &mut error else {
            return error;
        };
        let secret = self.text.expose_secret();
        // In JSON text the password may be escaped.
        let escaped = Value::from(secret).to_string();
        let escaped = escaped.trim_matches('"').to_owned();
        for text in [&mut refusal.raw, &mut refusal.description, &mut refusal.source] {
            *text = text.replace(secret, HIDDEN).replace(&escaped, HIDDEN);
        }
        for detail in &mut refusal.data {
            let text = detail.to_string();
            if text.contains(secret) || text.contains(&escaped) {
                *detail = Value::from(HIDDEN);
            }
        }
        error
    }
}

/// A user to make.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// ISO 3166 alpha-2; needed before a licence can be assigned.
    pub usage_location: String,
    /// `name@domain`, of a verified domain of the tenant.
    pub user_principal_name: String,
    /// Name to be shown.
    pub display_name: String,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Id at the customer's own directory, of federated users.
    pub immutable_id: Option<String>,
    /// First password.
    pub password: Password,
}

impl NewUser {
    fn body(&self) -> Result<Value, Error> {
        country("usageLocation", &self.usage_location)?;
        principal_name(&self.user_principal_name)?;
        filled("displayName", &self.display_name)?;
        let mut body = json!({
            "usageLocation": self.usage_location,
            "userPrincipalName": self.user_principal_name,
            "displayName": self.display_name,
            "passwordProfile": self.password.profile()?,
        });
        for (name, value) in
            [("firstName", &self.first_name), ("lastName", &self.last_name), ("immutableId", &self.immutable_id)]
        {
            if let Some(value) = value {
                body[name] = json!(value);
            }
        }
        Ok(body)
    }
}

/// What is to change about a user; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserChange {
    /// ISO 3166 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_location: Option<String>,
    /// Name to sign in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_principal_name: Option<String>,
    /// Name to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
}

impl UserChange {
    fn check(&self) -> Result<(), Error> {
        if *self == Self::default() {
            return Err(Error::invalid("user", "", "at least one change"));
        }
        self.usage_location.as_deref().map_or(Ok(()), |code| country("usageLocation", code))?;
        self.user_principal_name.as_deref().map_or(Ok(()), principal_name)?;
        self.display_name.as_deref().map_or(Ok(()), |name| filled("displayName", name))
    }
}

fn filled(field: &'static str, text: &str) -> Result<(), Error> {
    if text.trim().is_empty() || text.len() > 1024 {
        return Err(Error::invalid(field, text, "1 to 1024 characters"));
    }
    Ok(())
}

fn country(field: &'static str, code: &str) -> Result<(), Error> {
    if code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Ok(());
    }
    Err(Error::invalid(field, code, "two letters of ISO 3166"))
}

fn principal_name(name: &str) -> Result<(), Error> {
    let sound = name.len() <= 1024
        && !name.chars().any(char::is_whitespace)
        && matches!(name.split('@').collect::<Vec<_>>()[..], [user, domain] if !user.is_empty() && domain.contains('.'));
    if sound { Ok(()) } else { Err(Error::invalid("userPrincipalName", name, "name@domain")) }
}

/// Which users of a tenant are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UserFilter {
    /// Those who can sign in.
    #[default]
    Present,
    /// The deleted ones that can still be restored.
    Deleted,
}

fn users(customer: &str, filter: UserFilter, size: u16) -> Result<Request, Error> {
    let filter = match filter {
        UserFilter::Present => None,
        UserFilter::Deleted => {
            Some(json!({ "Field": "UserStatus", "Value": "Inactive", "Operator": "equals" }).to_string())
        }
    };
    if !(1..=LARGEST_PAGE).contains(&size) {
        return Err(Error::invalid("size", &size.to_string(), format!("1 to {LARGEST_PAGE}")));
    }
    Ok(Request::get("/v1/customers/{customer}/users", &[customer])?
        .auth(Auth::User)
        .query("size", size.to_string())
        .maybe("filter", filter))
}

fn read_user(answer: &Answer) -> Result<CustomerUser, Error> {
    answer.json()
}

impl Client {
    /// One page of a tenant's users, `size` 1 to 500. Row 25 of §6.
    ///
    /// # Errors
    /// [`Error`]; 403 with 900308 while no delegated role is in force.
    pub async fn users_page(
        &self,
        customer: &str,
        filter: UserFilter,
        size: u16,
        after: Option<&NextPage>,
    ) -> Result<Page<CustomerUser>, Error> {
        self.page(&users(customer, filter, size)?, Paging::Token, after).await
    }

    /// Every user of a tenant. Row 25 of §6.
    ///
    /// # Errors
    /// [`Error`]; 403 with 900308 while no delegated role is in force.
    pub async fn users(&self, customer: &str, filter: UserFilter) -> Result<Vec<CustomerUser>, Error> {
        self.all(users(customer, filter, LARGEST_PAGE)?, Paging::Token).await
    }

    /// The first administrator of a tenant, by its initial domain: the way back to a lost password.
    /// Row 25 of §6.
    ///
    /// # Errors
    /// [`Error`]; 403 with 900308 while no delegated role is in force.
    pub async fn administrator(&self, customer: &str, initial_domain: &str) -> Result<Option<CustomerUser>, Error> {
        let users = self.users(customer, UserFilter::Present).await?;
        Ok(users.into_iter().find(|user| user.is_first_administrator(initial_domain)))
    }

    /// One user. Row 25 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 60002 when there is none.
    pub async fn user(&self, customer: &str, user: &str) -> Result<CustomerUser, Error> {
        self.read(Request::get("/v1/customers/{customer}/users/{user}", &[customer, user])?.auth(Auth::User)).await
    }

    /// Makes a user. A write; on an unknown outcome look for its name first. Row 25 of §6.
    ///
    /// # Errors
    /// [`Error`]; the password is in none of them.
    pub async fn create_user(&self, call: &Call, customer: &str, new: &NewUser) -> Result<CustomerUser, Error> {
        let request = Request::new(Method::POST, "/v1/customers/{customer}/users", &[customer])?
            .auth(Auth::User)
            .raw_json(&new.body()?)?;
        let answer = self.write(request, call).await.map_err(|error| new.password.hidden_in(error))?;
        read_user(&answer)
    }

    /// Changes a user, also the name to sign in with. A write that may be repeated. Row 25 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 60002 when there is none.
    pub async fn change_user(
        &self,
        call: &Call,
        customer: &str,
        user: &str,
        change: &UserChange,
    ) -> Result<CustomerUser, Error> {
        change.check()?;
        let request = Request::new(Method::PATCH, "/v1/customers/{customer}/users/{user}", &[customer, user])?
            .auth(Auth::User)
            .json(change)?;
        read_user(&self.write(request, call).await?)
    }

    /// Deletes a user, who can be restored for 30 days. A write; a repetition answers 404 with
    /// 60002. Row 25 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn delete_user(&self, call: &Call, customer: &str, user: &str) -> Result<(), Error> {
        let request =
            Request::new(Method::DELETE, "/v1/customers/{customer}/users/{user}", &[customer, user])?.auth(Auth::User);
        self.write(request, call).await.map(drop)
    }

    /// Brings a deleted user back. A write that may be repeated. Row 25 of §6.
    ///
    /// # Errors
    /// [`Error`]; 404 with 60002 once the 30 days are over.
    pub async fn restore_user(&self, call: &Call, customer: &str, user: &str) -> Result<CustomerUser, Error> {
        let request = Request::new(Method::PATCH, "/v1/customers/{customer}/users/{user}", &[customer, user])?
            .auth(Auth::User)
            .raw_json(&json!({ "state": UserState::Active }))?;
        read_user(&self.write(request, call).await?)
    }

    /// Gives a user another password. A write that may be repeated with the same password. For the
    /// tenant's administrator the caller needs the role Privileged Authentication Admin; not in
    /// the US government cloud. Row 26 of §6.
    ///
    /// # Errors
    /// [`Error`]; the password is in none of them.
    pub async fn reset_password(
        &self,
        call: &Call,
        customer: &str,
        user: &str,
        password: &Password,
    ) -> Result<CustomerUser, Error> {
        let request =
            Request::new(Method::PATCH, "/v1/customers/{customer}/users/{user}/resetpassword", &[customer, user])?
                .auth(Auth::User)
                .raw_json(&json!({ "passwordProfile": password.profile()? }))?;
        let answer = self.write(request, call).await.map_err(|error| password.hidden_in(error))?;
        read_user(&answer)
    }
}
