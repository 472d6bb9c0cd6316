//! The reseller as Microsoft knows it: whether an MPN id may stand on an order.

use crate::{
    id::{MpnId, TenantId},
    invalid::Rule,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The verdict on an MPN id (design §6, "Partner check").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum PartnerCheck {
    /// Nobody has asked yet.
    Unchecked,
    /// An active indirect reseller in partnership with us.
    Good(Reseller),
    /// Definitively not usable. Blocks orders.
    Bad {
        /// Why.
        flag: MpnFlag,
    },
    /// Microsoft could not answer; warns and never blocks (design §11.1).
    Unavailable {
        /// Since when.
        since: Timestamp,
    },
}

/// A reseller found good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reseller {
    /// Its MPN location id: the partner of record on every line.
    pub mpn_id: MpnId,
    /// Its own tenant: the reseller of every new customer (trap 4).
    pub tenant: TenantId,
    /// Its name at Microsoft.
    pub name: String,
    /// When this was true.
    pub checked_at: Timestamp,
}

/// What is wrong with an MPN id; the words are `mpnIssueFlag` on the wire
/// (contracts/ovh-api.md §5.1, design §11.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MpnFlag {
    /// None is set.
    MpnIdMissing,
    /// Not 4 to 10 digits.
    MpnIdInvalidFormat,
    /// Microsoft knows no such partner.
    MpnIdNotFound,
    /// Known, but no CSP indirect reseller.
    MpnIdNotIndirectReseller,
    /// Enrolled in another region.
    MpnIdRegionMismatch,
    /// Microsoft could not be asked. The only one that does not block.
    MpnIdCheckUnavailable,
    /// Belongs to an indirect provider.
    MpnIdIsProvider,
    /// A global account instead of a location.
    MpnIdNotALocation,
    /// The Microsoft Partner Agreement is not signed.
    MpnAgreementNotSigned,
    /// No active partnership with the provider.
    MpnNoPartnership,
}

impl MpnFlag {
    /// The word on the wire.
    pub fn word(&self) -> &'static str {
        match self {
            MpnFlag::MpnIdMissing => "MPN_ID_MISSING",
            MpnFlag::MpnIdInvalidFormat => "MPN_ID_INVALID_FORMAT",
            MpnFlag::MpnIdNotFound => "MPN_ID_NOT_FOUND",
            MpnFlag::MpnIdNotIndirectReseller => "MPN_ID_NOT_INDIRECT_RESELLER",
            MpnFlag::MpnIdRegionMismatch => "MPN_ID_REGION_MISMATCH",
            MpnFlag::MpnIdCheckUnavailable => "MPN_ID_CHECK_UNAVAILABLE",
            MpnFlag::MpnIdIsProvider => "MPN_ID_IS_PROVIDER",
            MpnFlag::MpnIdNotALocation => "MPN_ID_NOT_A_LOCATION",
            MpnFlag::MpnAgreementNotSigned => "MPN_AGREEMENT_NOT_SIGNED",
            MpnFlag::MpnNoPartnership => "MPN_NO_PARTNERSHIP",
        }
    }

    /// Reads a stored word.
    pub fn read(word: &str) -> Option<MpnFlag> {
        serde::Deserialize::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(word)).ok()
    }

    /// Whether it blocks orders and new seats. Only definitive verdicts do.
    pub fn blocks(&self) -> bool {
        *self != MpnFlag::MpnIdCheckUnavailable
    }

    /// The rule that an order with such an id breaks.
    pub fn rule(&self) -> Rule {
        match self {
            MpnFlag::MpnIdMissing => Rule::Required,
            MpnFlag::MpnIdInvalidFormat => Rule::MpnForm,
            MpnFlag::MpnIdNotFound | MpnFlag::MpnIdCheckUnavailable => Rule::MpnUnknown,
            MpnFlag::MpnIdNotIndirectReseller => Rule::MpnNotReseller,
            MpnFlag::MpnIdRegionMismatch => Rule::MpnWrongRegion,
            MpnFlag::MpnIdIsProvider => Rule::MpnIsProvider,
            MpnFlag::MpnIdNotALocation => Rule::MpnNotLocation,
            MpnFlag::MpnAgreementNotSigned => Rule::MpnNotSigned,
            MpnFlag::MpnNoPartnership => Rule::MpnNoPartnership,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for flag in [
            MpnFlag::MpnIdMissing,
            MpnFlag::MpnIdInvalidFormat,
            MpnFlag::MpnIdNotFound,
            MpnFlag::MpnIdNotIndirectReseller,
            MpnFlag::MpnIdRegionMismatch,
            MpnFlag::MpnIdCheckUnavailable,
            MpnFlag::MpnIdIsProvider,
            MpnFlag::MpnIdNotALocation,
            MpnFlag::MpnAgreementNotSigned,
            MpnFlag::MpnNoPartnership,
        ] {
            assert_eq!(MpnFlag::read(flag.word()), Some(flag));
        }
        assert_eq!(MpnFlag::read("SOMETHING_NEW"), None);
    }
}
