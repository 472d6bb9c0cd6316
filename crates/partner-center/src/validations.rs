//! Pre-checks before anything is bought: address, country rules, account vetting, qualifications.
//! Source: contract §7.2 to §7.6.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/simulated.rs"));
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use partner_center::*;
//! # let (simulator, client) = simulated().await?;
//! let rules = client.country_rules("IT").await?;
//! assert!(rules.is_postal_code_required() && !rules.languages().is_empty());
//! let address = PostalAddress {
//!     address_line1: Some("Via Contoso 1".into()),
//!     city: Some("Bologna".into()),
//!     state: Some("BO".into()),
//!     postal_code: Some("40126".into()),
//!     country: Some("IT".into()),
//!     ..PostalAddress::default()
//! };
//! assert!(client.check_address(&address).await?.status.is_usable());
//! # simulator.stop().await;
//! # Ok(()) }
//! ```

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::{Call, Client};
use crate::error::Error;
use crate::instant::Instant;
use crate::request::{Auth, Request};
use crate::resource::{Rest, list, maybe_whole, nullable, spellings, text};
use crate::words::words;

/// An address as the address check takes and returns it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PostalAddress {
    /// Street and number, 1 to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line1: Option<String>,
    /// Second line, up to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_line2: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province, where the country has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// ISO 3166 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

words! {
    /// Verdict on an address.
    AddressStatus {
        /// Verified, and post arrives.
        VerifiedShippable = "VerifiedShippable",
        /// Verified.
        Verified = "Verified",
        /// Show the suggestion to the user.
        InteractionRequired = "InteractionRequired",
        /// The street is incomplete.
        StreetPartial = "StreetPartial",
        /// The premises are incomplete.
        PremisesPartial = "PremisesPartial",
        /// Several addresses are meant.
        Multiple = "Multiple",
        /// Wrong, without a suggestion.
        None = "None",
        /// Could not be checked.
        NotValidated = "NotValidated",
    }
}

impl AddressStatus {
    /// Whether the address may be used as it is.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        matches!(self, Self::VerifiedShippable | Self::Verified)
    }
}

/// Answer of the address check; HTTP says 200 to all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AddressCheck {
    /// What was asked.
    #[serde(default, deserialize_with = "nullable")]
    pub original_address: PostalAddress,
    /// What Microsoft would write instead, up to three.
    #[serde(default, deserialize_with = "list")]
    pub suggested_addresses: Vec<PostalAddress>,
    /// The verdict.
    pub status: AddressStatus,
    /// Names the failing fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_message: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// What a country demands. Both generations of member names are read (§7.3). Regular expressions
/// are of the .NET kind: when one cannot be compiled, skip its check.
#[derive(Clone, Debug, PartialEq)]
pub struct CountryRules {
    /// The resource as it came.
    pub raw: Value,
}

impl CountryRules {
    fn flag(&self, name: &str) -> bool {
        self.raw.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.raw.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    fn texts(&self, new: &str, old: &str) -> Vec<&str> {
        let found = self.raw.get(new).or_else(|| {
            let old = self.raw.get(old)?;
            old.get("value").or(Some(old))
        });
        found.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// ISO 3166 alpha-2.
    #[must_use]
    pub fn country(&self) -> Option<&str> {
        self.text("iso2Code")
    }

    /// Culture to use when the user chose none.
    #[must_use]
    pub fn default_culture(&self) -> Option<&str> {
        self.text("defaultCulture")
    }

    /// Whether a state must be given.
    #[must_use]
    pub fn is_state_required(&self) -> bool {
        self.flag("isStateRequired")
    }

    /// States or provinces.
    #[must_use]
    pub fn states(&self) -> Vec<&str> {
        self.texts("supportedStatesList", "states")
    }

    /// Two-letter languages.
    #[must_use]
    pub fn languages(&self) -> Vec<&str> {
        self.texts("supportedLanguagesList", "supportedLanguages")
    }

    /// Cultures such as `it-IT`.
    #[must_use]
    pub fn cultures(&self) -> Vec<&str> {
        self.texts("supportedCulturesList", "supportedCultures")
    }

    /// Whether a postal code must be given.
    #[must_use]
    pub fn is_postal_code_required(&self) -> bool {
        self.flag("isPostalCodeRequired")
    }

    /// Whether a city must be given.
    #[must_use]
    pub fn is_city_required(&self) -> bool {
        self.flag("isCityRequired")
    }

    /// Shape of postal codes.
    #[must_use]
    pub fn postal_code_regex(&self) -> Option<&str> {
        self.text("postalCodeRegex")
    }

    /// Shape of telephone numbers.
    #[must_use]
    pub fn phone_number_regex(&self) -> Option<&str> {
        self.text("phoneNumberRegex")
    }

    /// Telephone codes of the country.
    #[must_use]
    pub fn calling_codes(&self) -> Vec<&str> {
        self.texts("countryCallingCodesList", "countryCallingCodes")
    }

    /// Whether a VAT id may be given.
    #[must_use]
    pub fn is_vat_id_supported(&self) -> bool {
        self.flag("isVatIdSupported")
    }

    /// Shape of VAT ids.
    #[must_use]
    pub fn vat_id_regex(&self) -> Option<&str> {
        self.text("vatIdRegex")
    }

    /// Whether a tax id may be given.
    #[must_use]
    pub fn is_tax_id_supported(&self) -> bool {
        self.flag("isTaxIdSupported")
    }

    /// Whether a tax id may be left out.
    #[must_use]
    pub fn is_tax_id_optional(&self) -> bool {
        self.flag("isTaxIdOptional")
    }

    /// Description of a tax id.
    #[must_use]
    pub fn tax_id_format(&self) -> Option<&str> {
        self.text("taxIdFormat")
    }

    /// Example of a tax id.
    #[must_use]
    pub fn tax_id_sample(&self) -> Option<&str> {
        self.text("taxIdSample")
    }

    /// Region of the reseller agreement.
    #[must_use]
    pub fn reseller_agreement_region(&self) -> Option<&str> {
        self.text("resellerAgreementRegion")
    }

    /// Part of the world.
    #[must_use]
    pub fn geographic_region(&self) -> Option<&str> {
        self.text("geographicRegion")
    }

    /// Whether a registration number may be given.
    #[must_use]
    pub fn is_registration_number_supported(&self) -> bool {
        self.flag("isRegistrationNumberSupported")
    }

    /// Example of a registration number.
    #[must_use]
    pub fn registration_number_sample(&self) -> Option<&str> {
        self.text("customerOrganizationRegistrationNumberSample")
    }

    /// Whether the customer's registration number must be given.
    #[must_use]
    pub fn is_registration_number_required(&self) -> bool {
        self.flag("customerOrganizationRegistrationNumberRequired")
    }

    /// Shape of registration numbers.
    #[must_use]
    pub fn registration_number_regex(&self) -> Option<&str> {
        self.text("customerOrganizationRegistrationNumberRegex")
    }

    /// Whether the customer's telephone number must be given.
    #[must_use]
    pub fn is_phone_number_required(&self) -> bool {
        self.flag("customerOrganizationPhoneNumberRequired")
    }
}

words! {
    /// Whether Microsoft lets a customer account buy.
    AccountStatus {
        /// It may buy.
        Allowed = "Allowed",
        /// Under review: wait, it can take days.
        UnderReview = "UnderReview",
        /// It may not buy.
        NotAllowed = "NotAllowed",
        /// Not known: it may not buy yet.
        Unknown = "Unknown",
        /// Not ready: ask again.
        NotReady = "Not Ready",
    }
}

impl AccountStatus {
    /// Whether purchases are let through (§7.5).
    #[must_use]
    pub fn may_buy(&self) -> bool {
        *self == Self::Allowed
    }
}

/// What Microsoft's vetting says about a customer account (§7.5).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountValidation {
    /// `account`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The verdict.
    pub status: AccountStatus,
    /// Since when.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub last_update_date_time: Option<Instant>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

words! {
    /// Kind of qualification.
    QualificationKind {
        /// None.
        None = "None",
        /// Education.
        Education = "Education",
        /// US government cloud.
        GovernmentCommunityCloud = "GovernmentCommunityCloud",
        /// State-owned entity.
        StateOwnedEntity = "StateOwnedEntity",
        /// Non-profit; readable only.
        Nonprofit = "Nonprofit",
    }
}

words! {
    /// Progress of a vetting.
    VettingStatus {
        /// Not decided; can take days.
        InReview = "InReview",
        /// Approved.
        Approved = "Approved",
        /// Denied; the reason says why.
        Denied = "Denied",
    }
}

words! {
    /// Kind of school.
    EducationSegment {
        /// Schools.
        K12 = "K12",
        /// Universities.
        HigherEducation = "HigherEducation",
    }
}

/// A qualification of a customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", remote = "Self")]
pub struct Qualification {
    /// Which.
    pub qualification: QualificationKind,
    /// How far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vetting_status: Option<VettingStatus>,
    /// Why it was denied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vetting_reason: Option<String>,
    /// When it was asked for; the POST answer spells the member `vettingCreateDate`.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub vetting_created_date: Option<Instant>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

spellings!(Qualification: "vettingCreateDate" => "vettingCreatedDate");

/// A qualification to ask for (§7.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewQualification {
    /// Which.
    pub qualification: QualificationKind,
    /// Needed for education.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub education_segment: Option<EducationSegment>,
    /// Web site of the customer, strongly advised for education.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// Needed for the government cloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_code: Option<String>,
}

impl NewQualification {
    fn check(&self) -> Result<(), Error> {
        let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let rule = match &self.qualification {
            QualificationKind::None | QualificationKind::Nonprofit => "a qualification that can be asked for",
            QualificationKind::Education if self.education_segment.is_none() => "with an educationSegment",
            QualificationKind::GovernmentCommunityCloud if !given(&self.validation_code) => "with a validationCode",
            _ => return Ok(()),
        };
        Err(Error::invalid("qualification", self.qualification.as_str(), rule))
    }
}

/// Our right to qualify customers for the US government cloud (§7.6).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidationCode {
    /// Our tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_id: Option<String>,
    /// Name of our organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<String>,
    /// The code for [`NewQualification::validation_code`].
    #[serde(with = "text")]
    pub validation_id: String,
    /// How many customers it is good for.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub max_creates: Option<u32>,
    /// How many are left.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub remaining_creates: Option<u32>,
    /// Version.
    #[serde(rename = "eTag", default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl Client {
    /// Checks an address; changes nothing and may be repeated. Row 3 of §6.
    ///
    /// # Errors
    /// [`Error`]; 400 only when the address has no country.
    pub async fn check_address(&self, address: &PostalAddress) -> Result<AddressCheck, Error> {
        let request = Request::new(Method::POST, "/v1/validations/address", &[])?.json(address)?;
        self.ask(request).await
    }

    /// Rules of a country (ISO 3166 alpha-2); keep them for a day. Row 4 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn country_rules(&self, country: &str) -> Result<CountryRules, Error> {
        let request = Request::get("/v1/countryvalidationrules/{country}", &[country])?;
        let raw: Value = self.read(request).await?;
        Ok(CountryRules { raw })
    }

    /// Whether the customer account may buy; an account that Microsoft has no status for (404,
    /// 600074) may. Row 5 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn account_status(&self, customer: &str) -> Result<AccountStatus, Error> {
        Ok(self.account_validation(customer).await?.map_or(AccountStatus::Allowed, |validation| validation.status))
    }

    /// What Microsoft's vetting says about the customer account, or `None` when it has no status
    /// for it (404, 600074), which lets purchases through. Row 5 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn account_validation(&self, customer: &str) -> Result<Option<AccountValidation>, Error> {
        let request = Request::get("/v1/customers/{customer}/validationStatus", &[customer])?
            .auth(Auth::User)
            .query("type", "account");
        match self.read(request).await {
            Ok(validation) => Ok(Some(validation)),
            Err(error) if error.is_refusal(404, "600074") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Qualifications of a customer; empty when there is none. Row 6 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn qualifications(&self, customer: &str) -> Result<Vec<Qualification>, Error> {
        let request = Request::get("/v1/customers/{customer}/qualifications", &[customer])?;
        self.all(request, crate::paging::Paging::Token).await
    }

    /// Asks for a qualification. A write; on an unknown outcome read
    /// [`Client::qualifications`]. Row 6 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn ask_qualification(
        &self,
        call: &Call,
        customer: &str,
        wanted: &NewQualification,
    ) -> Result<Qualification, Error> {
        wanted.check()?;
        let request = Request::new(Method::POST, "/v1/customers/{customer}/qualifications", &[customer])?
            .auth(Auth::User)
            .json(wanted)?;
        self.write(request, call).await?.json()
    }

    /// Our codes for the US government cloud. Row 7 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn validation_codes(&self) -> Result<Vec<ValidationCode>, Error> {
        self.all(Request::get("/v1/customers/all/validations", &[])?, crate::paging::Paging::Token).await
    }
}
