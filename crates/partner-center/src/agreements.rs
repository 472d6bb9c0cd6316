//! The Microsoft Customer Agreement: without it every purchase is refused (403, 13605).
//! Source: contract §10.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/simulated.rs"));
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use partner_center::*;
//! # let (simulator, client) = simulated().await?;
//! let template = client.agreement_template().await?.ok_or("no template")?;
//! let document = client.agreement_document(&template.template_id, "it-IT", "IT").await?;
//! println!("to be accepted: {}", document.display_uri);
//! # simulator.stop().await;
//! # Ok(()) }
//! ```

use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::client::{Call, Client};
use crate::error::Error;
use crate::instant::Instant;
use crate::paging::Paging;
use crate::request::{Auth, Request};
use crate::resource::{Rest, maybe_whole, nullable};

/// The only agreement type that is alive; without it the API speaks about a dead one (trap 12).
const TYPE: &str = "MicrosoftCustomerAgreement";

/// A template in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgreementMetadata {
    /// To be confirmed; changes with every revision, never a constant.
    pub template_id: String,
    /// Agreement type.
    pub agreement_type: String,
    /// Where it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement_link: Option<String>,
    /// Higher is newer.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub version_rank: Option<i64>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// The person at the end customer who accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgreementContact {
    /// First name.
    #[serde(deserialize_with = "nullable")]
    pub first_name: String,
    /// Last name.
    #[serde(deserialize_with = "nullable")]
    pub last_name: String,
    /// E-mail.
    #[serde(deserialize_with = "nullable")]
    pub email: String,
    /// Telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
}

/// A confirmation to record.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAgreement {
    /// Who accepted.
    pub contact: AgreementContact,
    /// From [`Client::agreement_template`].
    pub template_id: String,
    /// When; not in the future.
    pub date_agreed: Instant,
}

/// A recorded confirmation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// Who accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub primary_contact: Option<AgreementContact>,
    /// Which template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// When.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub date_agreed: Option<Instant>,
    /// Agreement type.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub agreement_type: Option<String>,
    /// Where it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement_link: Option<String>,
    /// Who attested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Outcome of a confirmation; both are success.
#[derive(Clone, Debug, PartialEq)]
pub enum Confirmation {
    /// Recorded now.
    Recorded(Box<Agreement>),
    /// The identical confirmation was there already (400, 600061).
    AlreadyThere,
}

/// Addresses of an agreement document; the download address lives five minutes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgreementDocument {
    /// To be shown.
    #[serde(default, deserialize_with = "nullable")]
    pub display_uri: String,
    /// To be downloaded.
    #[serde(default, deserialize_with = "nullable")]
    pub download_uri: String,
    /// Language.
    #[serde(default, deserialize_with = "nullable")]
    pub language: String,
    /// Country.
    #[serde(default, deserialize_with = "nullable")]
    pub country: String,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// The newest customer agreement template, if the API names one. Row 21 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn agreement_template(&self) -> Result<Option<AgreementMetadata>, Error> {
        let request = Request::get("/v1/agreements", &[])?.auth(Auth::User).query("agreementType", TYPE);
        let all: Vec<AgreementMetadata> = self.all(request, Paging::Token).await?;
        Ok(all
            .into_iter()
            .filter(|metadata| metadata.agreement_type.eq_ignore_ascii_case(TYPE))
            .max_by_key(|metadata| metadata.version_rank))
    }

    /// Confirmations of a customer. Row 22 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn agreements(&self, customer: &str) -> Result<Vec<Agreement>, Error> {
        let request = Request::get("/v1/customers/{customer}/agreements", &[customer])?
            .auth(Auth::User)
            .query("agreementType", TYPE);
        self.all(request, Paging::Token).await
    }

    /// Every agreement template of every type, the dead ones too. Row 21 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn agreement_templates(&self) -> Result<Vec<AgreementMetadata>, Error> {
        self.all(Request::get("/v1/agreements", &[])?.auth(Auth::User).query("agreementType", "*"), Paging::Token).await
    }

    /// Records that the end customer accepted. A write; sending it again is harmless. Row 22 of §6.
    ///
    /// # Errors
    /// [`Error`]; the duplicate is not an error.
    pub async fn confirm_agreement(
        &self,
        call: &Call,
        customer: &str,
        new: &NewAgreement,
    ) -> Result<Confirmation, Error> {
        let body = serde_json::json!({
            "primaryContact": new.contact,
            "templateId": new.template_id,
            "dateAgreed": new.date_agreed,
            "type": TYPE,
        });
        let request = Request::new(Method::POST, "/v1/customers/{customer}/agreements", &[customer])?
            .auth(Auth::User)
            .raw_json(&body)?;
        match self.write(request, call).await {
            Ok(answer) => answer.json().map(|agreement| Confirmation::Recorded(Box::new(agreement))),
            Err(error) if error.is_refusal(400, "600061") => Ok(Confirmation::AlreadyThere),
            Err(error) => Err(error),
        }
    }

    /// Whether the customer signed directly with Microsoft; then there is nothing to attest. Row
    /// 23 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn signed_directly(&self, customer: &str) -> Result<bool, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            is_signed: bool,
        }
        let request =
            Request::get("/v1/customers/{customer}/directSignedMicrosoftCustomerAgreementStatus", &[customer])?
                .auth(Auth::User);
        Ok(self.read::<Wire>(request).await?.is_signed)
    }

    /// Where the agreement can be read in a language (`it-IT`) and country (`IT`, upper case). Row
    /// 24 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn agreement_document(
        &self,
        template_id: &str,
        language: &str,
        country: &str,
    ) -> Result<AgreementDocument, Error> {
        let request = Request::get("/v1/agreementtemplates/{template}/document", &[template_id])?
            .auth(Auth::User)
            .query("language", language)
            .query("country", country);
        self.read(request).await
    }
}
