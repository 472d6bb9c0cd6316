//! Customers, which are tenants: create (once), read, find by domain, profiles.
//! The administrator's password exists only in the answer of create. Source: contract §9.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/simulated.rs"));
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use partner_center::*;
//! # let (simulator, client) = simulated().await?;
//! let reseller = client.resellers().await?.into_iter().find(|one| one.is_active_with("6100001")).ok_or("no partnership")?;
//! let new = NewCustomer {
//!     domain: "contosobakery.onmicrosoft.com".into(),
//!     organization_registration_number: None,
//!     company_name: "Contoso Bakery".into(),
//!     email: "orders@contosobakery.example".into(),
//!     culture: "it-IT".into(),
//!     language: "it".into(),
//!     address: Address {
//!         country: Some("IT".into()),
//!         city: Some("Bologna".into()),
//!         state: Some("BO".into()),
//!         address_line1: Some("Via Contoso 1".into()),
//!         postal_code: Some("40126".into()),
//!         first_name: Some("Primary".into()),
//!         last_name: Some("Contact".into()),
//!         ..Address::default()
//!     },
//!     associated_partner_id: reseller.id,
//!     enable_gdap_by_default: true,
//! };
//! let call = Call::new(uuid::Uuid::nil()); // save it before the call
//! let created = client.create_customer(&call, &new).await?;
//! let credentials = created.credentials.ok_or("a repetition may lack them")?; // seal them now
//! assert_eq!(credentials.sign_in_name(&new.domain), "admin@contosobakery.onmicrosoft.com");
//! # simulator.stop().await;
//! # Ok(()) }
//! ```

use reqwest::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::paging::{NextPage, Page, Pages, Paging};
use crate::request::{Auth, Request};
use crate::resource::{Attributes, Rest, list, nullable, take_member};
use crate::words::words;

/// Company side of a customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CompanyProfile {
    /// Tenant id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Full initial domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Name of the company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// Registration number, where the country asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_registration_number: Option<String>,
    /// E-mail, for callers with delegated rights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Address, for callers with delegated rights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Address of a billing profile (§9.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    /// ISO 3166 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line1: Option<String>,
    /// Second line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line2: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// First name of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Middle name of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    /// Last name of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Telephone, digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Billing side of a customer (§9.5). Address and e-mail are left out for callers without
/// delegated rights: absence is not deletion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BillingProfile {
    /// Id of the profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// First name of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Contact's e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Culture such as `it-IT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub culture: Option<String>,
    /// Two-letter language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Name of the company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<String>,
    /// Address with the contact's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_address: Option<Address>,
    /// Holds the etag that an update needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

words! {
    /// What we are to a customer.
    RelationshipToPartner {
        /// Nothing; also in the answer of creating a direct customer.
        None = "none",
        /// Its provider.
        Reseller = "reseller",
        /// Its advisor.
        Advisor = "advisor",
        /// Its syndication partner.
        Syndication = "syndication",
        /// Microsoft's support.
        MicrosoftSupport = "microsoft_support",
    }
}

/// A customer; list items are slim (§9.4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    /// Tenant id, the id in every path.
    pub id: String,
    /// Billing-side id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commerce_id: Option<String>,
    /// Company side.
    #[serde(default, deserialize_with = "nullable")]
    pub company_profile: CompanyProfile,
    /// Billing side; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_profile: Option<BillingProfile>,
    /// What we are to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relationship_to_partner: Option<RelationshipToPartner>,
    /// Whether old delegated rights are in force; no tenant made since 2023 has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_delegated_access: Option<bool>,
    /// Further domains, for callers with delegated rights.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub custom_domains: Vec<String>,
    /// Tenant id of the reseller; in the answer of create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub associated_partner_id: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Customer {
    /// Initial domain, lower case.
    #[must_use]
    pub fn domain(&self) -> Option<String> {
        self.company_profile.domain.as_deref().map(str::to_ascii_lowercase)
    }
}

/// A customer to create. Without `associated_partner_id` the tenant would become the provider's
/// direct customer for ever, so it is not optional here (§9.2).
#[derive(Clone, Debug, PartialEq)]
pub struct NewCustomer {
    /// Full domain `name.onmicrosoft.com`.
    pub domain: String,
    /// Registration number, where the country asks for it.
    pub organization_registration_number: Option<String>,
    /// Name of the company.
    pub company_name: String,
    /// Contact's e-mail.
    pub email: String,
    /// Culture such as `it-IT`.
    pub culture: String,
    /// Two-letter language.
    pub language: String,
    /// Address with the contact's name.
    pub address: Address,
    /// Tenant id of the reseller, from its relationship.
    pub associated_partner_id: String,
    /// Whether the default delegated relationship is created with the tenant.
    pub enable_gdap_by_default: bool,
}

impl NewCustomer {
    fn body(&self) -> Result<Value, Error> {
        for (field, value) in [
            ("companyProfile.domain", &self.domain),
            ("billingProfile.companyName", &self.company_name),
            ("billingProfile.email", &self.email),
            ("billingProfile.culture", &self.culture),
            ("billingProfile.language", &self.language),
            ("associatedPartnerId", &self.associated_partner_id),
        ] {
            if value.trim().is_empty() || value.len() > 1024 {
                return Err(Error::invalid(field, value, "1 to 1024 characters"));
            }
        }
        // An MPN id here is the classic mix-up; it would make a direct customer or fail late.
        if Uuid::parse_str(&self.associated_partner_id).is_err() {
            return Err(Error::invalid("associatedPartnerId", &self.associated_partner_id, "the reseller's tenant id"));
        }
        let mut company = json!({ "domain": self.domain });
        if let Some(number) = &self.organization_registration_number {
            company["organizationRegistrationNumber"] = json!(number);
        }
        Ok(json!({
            "enableGDAPByDefault": self.enable_gdap_by_default,
            "associatedPartnerId": self.associated_partner_id,
            "companyProfile": company,
            "billingProfile": {
                "culture": self.culture,
                "email": self.email,
                "language": self.language,
                "companyName": self.company_name,
                "defaultAddress": self.address,
            }
        }))
    }
}

/// First sign-in of a tenant's administrator.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Bare name, usually `admin`.
    pub user_name: String,
    /// Temporary password; exists nowhere else.
    pub password: SecretString,
}

impl Credentials {
    /// The name to sign in with.
    #[must_use]
    pub fn sign_in_name(&self, domain: &str) -> String {
        if self.user_name.contains('@') {
            return self.user_name.clone();
        }
        format!("{}@{domain}", self.user_name)
    }
}

/// Answer of create. Seal the credentials in the same transaction that closes the call.
#[derive(Clone, Debug)]
pub struct CreatedCustomer {
    /// The tenant, without credentials.
    pub customer: Customer,
    /// Present in the first answer; a repetition with the same [`Call`] may lack them.
    pub credentials: Option<Credentials>,
}

/// What a listing of customers looks for; both texts match beginnings (§9.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerFilter<'a> {
    /// Beginning of the domain.
    Domain(&'a str),
    /// Beginning of the company's name.
    CompanyName(&'a str),
    /// Tenant id of a reseller.
    IndirectReseller(&'a str),
    /// Tenant id of a provider.
    IndirectCloudSolutionProvider(&'a str),
}

impl CustomerFilter<'_> {
    fn text(&self) -> String {
        let (field, value) = match self {
            Self::Domain(value) => ("Domain", value),
            Self::CompanyName(value) => ("CompanyName", value),
            Self::IndirectReseller(value) => ("IndirectReseller", value),
            Self::IndirectCloudSolutionProvider(value) => ("IndirectCloudSolutionProvider", value),
        };
        json!({ "Field": field, "Value": value, "Operator": "starts_with" }).to_string()
    }
}

impl Client {
    /// Creates a tenant. A write: on an unknown outcome send the **same** `call` again within 24 h,
    /// else look by domain. Row 12 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn create_customer(&self, call: &Call, new: &NewCustomer) -> Result<CreatedCustomer, Error> {
        let request = Request::new(Method::POST, "/v1/customers", &[])?.auth(Auth::User).raw_json(&new.body()?)?;
        let answer = self.write(request, call).await?;
        let mut value = answer.value()?;
        // Taken out before anything else can put it into an error or a log.
        let credentials = take_member(&mut value, "userCredentials");
        let customer = serde_json::from_value(value).map_err(|error| answer.unreadable(error.to_string()))?;
        Ok(CreatedCustomer { customer, credentials: credentials.and_then(read_credentials) })
    }

    /// One customer. A new tenant may be missing (404) for some minutes. Row 14 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn customer(&self, customer: &str) -> Result<Customer, Error> {
        self.read(Request::get("/v1/customers/{customer}", &[customer])?).await
    }

    /// One page of customers, `size` at most 500. Row 13 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn customers_page(
        &self,
        filter: Option<CustomerFilter<'_>>,
        size: u16,
        after: Option<&NextPage>,
    ) -> Result<Page<Customer>, Error> {
        if !(1..=500).contains(&size) {
            return Err(Error::invalid("size", &size.to_string(), "1 to 500"));
        }
        let request = customers(filter)?.query("size", size.to_string());
        self.page(&request, Paging::Token, after).await
    }

    /// Customers page by page, `size` of 1 to 500 each. Row 13 of §6.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a size that is not offered.
    pub fn customer_pages(&self, filter: Option<CustomerFilter<'_>>, size: u16) -> Result<Pages<Customer>, Error> {
        if !(1..=500).contains(&size) {
            return Err(Error::invalid("size", &size.to_string(), "1 to 500"));
        }
        Ok(self.pages(customers(filter)?.query("size", size.to_string()), Paging::Token))
    }

    /// Every customer that matches. Row 13 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn customers(&self, filter: Option<CustomerFilter<'_>>) -> Result<Vec<Customer>, Error> {
        self.all(customers(filter)?.query("size", "500"), Paging::Token).await
    }

    /// The customer with exactly this domain. A new tenant may be missing for some minutes. Row 13
    /// of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn find_customer(&self, domain: &str) -> Result<Option<Customer>, Error> {
        let request = customers(Some(CustomerFilter::Domain(domain)))?.query("size", "0");
        let found: Vec<Customer> = self.all(request, Paging::Token).await?;
        Ok(found.into_iter().find(|customer| {
            customer.company_profile.domain.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(domain))
        }))
    }

    /// Billing profile, with the etag that an update needs. Row 17 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn billing_profile(&self, customer: &str) -> Result<BillingProfile, Error> {
        self.read(Request::get("/v1/customers/{customer}/profiles/billing", &[customer])?).await
    }

    /// Replaces the billing profile with one read just before and changed. A write; read again on
    /// an unknown outcome. Row 17 of §6.
    ///
    /// # Errors
    /// [`Error`]; [`Error::Invalid`] without an etag, or without the address, which Microsoft leaves
    /// out for callers without delegated rights and which a replacement would delete.
    pub async fn update_billing_profile(
        &self,
        call: &Call,
        customer: &str,
        profile: &BillingProfile,
    ) -> Result<BillingProfile, Error> {
        let etag = profile.attributes.as_ref().and_then(|a| a.etag.as_deref()).filter(|e| !e.is_empty());
        let Some(etag) = etag else {
            return Err(Error::invalid("attributes.etag", "", "the etag of the profile just read"));
        };
        if profile.default_address.is_none() {
            return Err(Error::invalid("defaultAddress", "", "the whole profile, as read with delegated rights"));
        }
        let request = Request::new(Method::PUT, "/v1/customers/{customer}/profiles/billing", &[customer])?
            .header("If-Match", if_match(etag))
            .json(profile)?;
        self.write(request, call).await?.json()
    }

    /// Company profile. Row 18 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn company_profile(&self, customer: &str) -> Result<CompanyProfile, Error> {
        self.read(Request::get("/v1/customers/{customer}/profiles/company", &[customer])?.auth(Auth::User)).await
    }
}

fn customers(filter: Option<CustomerFilter<'_>>) -> Result<Request, Error> {
    let request = Request::get("/v1/customers", &[])?.maybe("filter", filter.map(|filter| filter.text()));
    Ok(match filter {
        Some(CustomerFilter::IndirectReseller(_)) => request.auth(Auth::User),
        _ => request,
    })
}

fn read_credentials(mut value: Value) -> Option<Credentials> {
    let password = take_member(&mut value, "password")?;
    let password = password.as_str().filter(|text| !text.is_empty())?;
    let user_name = take_member(&mut value, "userName");
    Some(Credentials {
        user_name: user_name.as_ref().and_then(Value::as_str).unwrap_or("admin").to_owned(),
        password: password.into(),
    })
}

/// An etag as a precondition: always in double quotes, once (§1.5).
pub(crate) fn if_match(etag: &str) -> String {
    format!("\"{}\"", etag.trim_matches('"'))
}
