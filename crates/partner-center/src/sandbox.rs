//! Resellers of Microsoft's integration sandbox, at most five; only a sandbox provider may make
//! them. The administrator's password is in the answer and nowhere else. Source: contract §19.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, new: NewSandboxReseller) -> Result<(), Error> {
//! let call = Call::new(uuid::Uuid::nil()); // save it first; the same call again is harmless
//! let reseller = client.create_sandbox_reseller(&call, &new).await?;
//! println!("associatedPartnerId: {}", reseller.tenant_id);
//! # Ok(()) }
//! ```

use reqwest::Method;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::{Call, Client};
use crate::customers::Address;
use crate::error::Error;
use crate::partners::PartnerRelationship;
use crate::request::{Auth, Request};
use crate::resource::{Rest, take_member, text};

/// A reseller to make in the sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSandboxReseller {
    /// MPN id of the sandbox.
    pub mpn_id: String,
    /// Its tenant.
    pub tenant: NewSandboxTenant,
    /// Its company.
    pub legal_business_profile: LegalBusinessProfile,
    /// Language of its profile, e.g. `en`.
    pub organization_profile_language: String,
}

/// The tenant of a sandbox reseller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewSandboxTenant {
    /// Name without `.onmicrosoft.com`.
    pub domain_prefix: String,
    /// Name.
    pub name: String,
    /// Name to be shown.
    pub display_name: String,
    /// Bare sign-in name of the administrator.
    pub admin_user_name: String,
    /// First name of the administrator.
    pub admin_first_name: String,
    /// Last name of the administrator.
    pub admin_last_name: String,
    /// Another e-mail of the administrator.
    pub admin_alternate_email: String,
    /// ISO 3166 alpha-2.
    pub country: String,
    /// Culture such as `it-IT`.
    pub culture: String,
}

/// The company of a sandbox reseller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LegalBusinessProfile {
    /// Name of the company.
    pub company_name: String,
    /// Address.
    pub address: Address,
    /// Contact.
    pub primary_contact: crate::agreements::AgreementContact,
    /// Culture such as `it-IT`.
    pub culture: String,
}

/// A reseller of the sandbox as it was made. Seal the password before anything else.
#[derive(Clone, Debug)]
pub struct SandboxReseller {
    /// Id of its account.
    pub account_id: Option<String>,
    /// Its MPN id.
    pub mpn_id: Option<String>,
    /// Its tenant: the value for `associatedPartnerId`.
    pub tenant_id: String,
    /// Sign-in name of its administrator.
    pub admin_user_account: Option<String>,
    /// The administrator's password; a repetition with the same [`Call`] may lack it.
    pub password: Option<SecretString>,
    /// The partnership with us.
    pub partner_relationship: Option<PartnerRelationship>,
    /// Members that this version does not know, such as `agreementSignature`.
    pub other: Rest,
}

impl SandboxReseller {
    /// Reads an answer; the password is taken out before anything can fail on it.
    fn read(mut value: Value) -> Result<Self, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Tenant {
            #[serde(with = "text")]
            id: String,
            #[serde(default)]
            admin_user_account: Option<String>,
        }
        let mut tenant = take_member(&mut value, "tenant").ok_or("no tenant")?;
        let password = take_member(&mut tenant, "password");
        let tenant: Tenant = serde_json::from_value(tenant).map_err(|error| format!("tenant: {error}"))?;
        let members = value.as_object_mut().ok_or("not an object")?;
        let relationship = members.remove("partnerRelationship").filter(|value| !value.is_null());
        let partner_relationship =
            relationship.map(serde_json::from_value).transpose().map_err(|error| error.to_string())?;
        let mut scalar = |name: &str| members.remove(name).as_ref().and_then(text::of);
        Ok(Self {
            account_id: scalar("accountId"),
            mpn_id: scalar("mpnId"),
            tenant_id: tenant.id,
            admin_user_account: tenant.admin_user_account,
            password: password.as_ref().and_then(Value::as_str).filter(|text| !text.is_empty()).map(SecretString::from),
            partner_relationship,
            other: std::mem::take(members),
        })
    }
}

impl Client {
    /// Makes a reseller in Microsoft's sandbox. A write: on an unknown outcome send the **same**
    /// `call` again. Row 51 of §6.
    ///
    /// # Errors
    /// [`Error`]; 401 with 6002 outside the sandbox, 403 with 6004 or 409 with 1003 when it cannot
    /// be made.
    pub async fn create_sandbox_reseller(
        &self,
        call: &Call,
        new: &NewSandboxReseller,
    ) -> Result<SandboxReseller, Error> {
        let request = Request::new(Method::POST, "/v1/sandboxIndirectReseller", &[])?.auth(Auth::User).json(new)?;
        let answer = self.write(request, call).await?;
        SandboxReseller::read(answer.value()?).map_err(|reason| answer.unreadable(reason))
    }

    /// Deletes a reseller of Microsoft's sandbox by its tenant id. A write; a repetition answers
    /// 404. Row 51 of §6.
    ///
    /// # Errors
    /// [`Error`]; 403 with 6003 when it may not be deleted.
    pub async fn delete_sandbox_reseller(&self, call: &Call, tenant: &str) -> Result<(), Error> {
        let request = Request::new(Method::DELETE, "/v1/sandboxIndirectReseller/{tenant}", &[tenant])?.auth(Auth::User);
        self.write(request, call).await.map(drop)
    }
}
