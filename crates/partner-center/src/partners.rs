//! Resellers: does the MPN id exist, has it signed, is it in partnership with us.
//! Source: contract §8.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/simulated.rs"));
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use partner_center::*;
//! # let (simulator, client) = simulated().await?;
//! let mpn_id = "6100001";
//! if client.mpn_profile(mpn_id).await?.is_some()
//!     && client.agreement_status(PartnerKey::MpnId(mpn_id)).await? == AgreementStatus::Signed
//! {
//!     let reseller = client.resellers().await?.into_iter().find(|reseller| reseller.is_active_with(mpn_id));
//!     println!("associatedPartnerId: {:?}", reseller.map(|reseller| reseller.id));
//! }
//! # simulator.stop().await;
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::{Error, Refusal};
use crate::paging::Paging;
use crate::request::{Auth, Request};
use crate::resource::{Attributes, Rest, maybe_text, nullable, same_id, spellings, text};
use crate::words::words;

/// Profile behind an MPN id. Its existence is all it proves (§8.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", remote = "Self")]
pub struct MpnProfile {
    /// Name of the company.
    #[serde(default, deserialize_with = "nullable")]
    pub partner_name: String,
    /// The MPN id, digits.
    #[serde(with = "text")]
    pub mpn_id: String,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

spellings!(MpnProfile: "partnerId" => "mpnId");

words! {
    /// Which way a relationship goes.
    RelationshipType {
        /// We are the provider.
        IsIndirectCloudSolutionProviderOf = "is_indirect_cloud_solution_provider_of",
        /// The reseller's view.
        IsIndirectResellerOf = "is_indirect_reseller_of",
        /// None.
        None = "none",
    }
}

words! {
    /// State of a relationship.
    RelationshipState {
        /// In force.
        Active = "Active",
    }
}

/// A reseller that we are in partnership with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerRelationship {
    /// Tenant id of the reseller, the value for `associatedPartnerId`.
    pub id: String,
    /// Name.
    #[serde(default, deserialize_with = "nullable")]
    pub name: String,
    /// Direction.
    pub relationship_type: RelationshipType,
    /// State; absent in the list of one customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RelationshipState>,
    /// Location (PLA) id, the value for the partner of record.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub mpn_id: Option<String>,
    /// ISO 3166 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl PartnerRelationship {
    /// Whether this is an active partnership with that MPN location id.
    #[must_use]
    pub fn is_active_with(&self, mpn_id: &str) -> bool {
        self.state == Some(RelationshipState::Active) && self.mpn_id.as_deref().is_some_and(|own| same_id(own, mpn_id))
    }
}

/// What the agreement status is asked by; exactly one of them (§8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerKey<'a> {
    /// MPN id, digits.
    MpnId(&'a str),
    /// Tenant id of the reseller.
    TenantId(&'a str),
}

/// Whether a reseller may be put on an order (§8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreementStatus {
    /// The Microsoft Partner Agreement is signed.
    Signed,
    /// It is not, or the id is not a reseller's; Microsoft says that with a 400.
    NotSigned(NotSigned),
}

/// Why the agreement does not count as signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSigned {
    /// 2200: the MPN id is invalid or not in Partner Center.
    UnknownMpnId,
    /// 2201: the reseller's CSP region is not ours.
    WrongRegion,
    /// 2203, 2206, or `isAgreementSigned: false`.
    NotSigned,
    /// 2204: known, but not enrolled as CSP indirect reseller.
    NotIndirectReseller,
    /// 2205: the tenant id is unknown.
    UnknownTenant,
    /// 2000: the id is malformed.
    Malformed,
}

impl NotSigned {
    fn of(refusal: &Refusal) -> Option<Self> {
        if refusal.status != 400 {
            return None;
        }
        match refusal.code.as_deref()? {
            "2200" => Some(Self::UnknownMpnId),
            "2201" => Some(Self::WrongRegion),
            "2203" | "2206" => Some(Self::NotSigned),
            "2204" => Some(Self::NotIndirectReseller),
            "2205" => Some(Self::UnknownTenant),
            // The compliance controller uses 2000 for "both ids given", which we never do.
            "2000" if refusal.source != "ComplianceController" => Some(Self::Malformed),
            _ => None,
        }
    }
}

impl Client {
    /// The profile behind an MPN id, or `None` when nobody has it (404, 3000). Row 8 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn mpn_profile(&self, mpn_id: &str) -> Result<Option<MpnProfile>, Error> {
        if mpn_id.is_empty() || mpn_id.len() > 20 || !mpn_id.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::invalid("mpnId", mpn_id, "1 to 20 digits"));
        }
        let request = Request::get("/v1/profiles/mpn", &[])?.auth(Auth::User).query("mpnId", mpn_id);
        match self.read(request).await {
            Ok(profile) => Ok(Some(profile)),
            Err(error) if error.is_refusal(404, "3000") || error.is_refusal(404, "800015") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Our own profile. Row 8 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn own_profile(&self) -> Result<MpnProfile, Error> {
        self.read(Request::get("/v1/profiles/mpn", &[])?.auth(Auth::User)).await
    }

    /// Our resellers. Row 9 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn resellers(&self) -> Result<Vec<PartnerRelationship>, Error> {
        let request = Request::get("/v1/relationships", &[])?
            .auth(Auth::User)
            .query("relationship_type", "IsIndirectCloudSolutionProviderOf");
        self.all(request, Paging::Token).await
    }

    /// The resellers linked with a customer. Row 10 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn resellers_of(&self, customer: &str) -> Result<Vec<PartnerRelationship>, Error> {
        let request = Request::get("/v1/customers/{customer}/relationships", &[customer])?.auth(Auth::User);
        self.all(request, Paging::Token).await
    }

    /// Whether a reseller is enrolled in our region and has signed. Row 11 of §6.
    ///
    /// # Errors
    /// [`Error`]; the documented negative answers are not errors.
    pub async fn agreement_status(&self, key: PartnerKey<'_>) -> Result<AgreementStatus, Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            is_agreement_signed: bool,
        }
        let request = Request::get("/v1/compliance/csp/agreementstatus", &[])?.auth(Auth::User);
        let request = match key {
            PartnerKey::MpnId(id) => request.query("mpnId", id),
            PartnerKey::TenantId(id) => request.query("tenantId", id),
        };
        match self.read::<Wire>(request).await {
            Ok(Wire { is_agreement_signed: true }) => Ok(AgreementStatus::Signed),
            Ok(_) => Ok(AgreementStatus::NotSigned(NotSigned::NotSigned)),
            Err(error) => match error.refusal().filter(|_| error.is_definitive()).and_then(NotSigned::of) {
                Some(reason) => Ok(AgreementStatus::NotSigned(reason)),
                None => Err(error),
            },
        }
    }
}
