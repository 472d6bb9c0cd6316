//! What Partner Center's error codes mean, and what is done about each. The same number means
//! different things under different statuses and endpoints, so all three are looked at; a code that
//! is not listed is judged by its HTTP class and never guessed. Source: contract §2.3.

use crate::carts::OrderGroupError;
use crate::error::Refusal;

/// What we do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reaction {
    /// The client renewed its token and was refused again: wake somebody.
    Alarm,
    /// A setting or a registration is wrong: correct it.
    Configure,
    /// Make the call with an App+User token.
    UseUserToken,
    /// Somebody must grant a role, change a rule or fill in a form; then the same intent again.
    Operator,
    /// We ourselves may not sell: stop all provisioning and wake somebody.
    StopProvisioning,
    /// The order cannot be carried out as it is: tell whoever placed it.
    Reject,
    /// What was sent is wrong: correct it and send a new call.
    Correct,
    /// Wait for Microsoft's decision, days rather than hours.
    Hold,
    /// Read the state, wait, and try the intent again ([`Refusal::wait`]).
    Wait,
    /// Read the resource again, apply the intent to what came, once.
    ReadAgain,
    /// What was wanted is there already: go on.
    GoOn,
    /// It does not exist, or not yet.
    NotThere,
    /// The server may or may not have done it: read the state back first.
    ReadBack,
}

/// Declares the meanings, each with its reaction.
macro_rules! meanings {
    ($($(#[$about:meta])* $name:ident => $reaction:ident,)+) => {
        /// What a refusal says, in words. Made by [`Refusal::meaning`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Meaning {
            $($(#[$about])* $name,)+
        }

        impl Meaning {
            /// What is done about it.
            #[must_use]
            pub fn reaction(self) -> Reaction {
                match self {
                    $(Self::$name => Reaction::$reaction,)+
                }
            }
        }
    };
}

meanings! {
    // Access and relationship.
    /// Access denied, or no partner in the token, also after a renewal. Since 2026 perhaps for
    /// want of MFA.
    AccessDenied => Alarm,
    /// The token's audience is no longer accepted.
    AudienceRefused => Configure,
    /// An application's token is not enough here.
    NeedsUserToken => UseUserToken,
    /// The integration account lacks a delegated (GDAP) or directory role for this customer.
    RoleMissing => Operator,
    /// Conditional Access blocks the integration account.
    ConditionalAccess => Operator,
    /// Entra did not issue a token that Partner Center needed further down.
    DownstreamTokenRefused => Operator,
    /// Our account's role or programme gives no right to this.
    NoRight => Operator,
    /// We may not sell in that country.
    MarketNotAllowed => Reject,
    /// There is no commerce relationship with this customer.
    NoRelationship => Reject,
    /// The thing or the tenant does not exist.
    NotFound => NotThere,
    /// The reseller has not accepted the Microsoft Partner Agreement.
    ResellerAgreementMissing => Reject,
    /// Our own agreement or programme status is not active.
    OurStatusInactive => StopProvisioning,
    /// The customer's account is locked for transactions.
    CustomerLocked => Hold,

    // Partner of record.
    /// No partner has this MPN id.
    MpnIdUnknown => Reject,
    /// A property is invalid.
    InvalidProperty => Correct,
    /// The MPN id is not one of an indirect reseller, or not valid as an advisor.
    MpnIdNotReseller => Reject,
    /// The MPN id is an indirect provider's.
    MpnIdIsProvider => Reject,
    /// The id is not linked to an active tenant of an indirect reseller.
    MpnIdNotLinked => Reject,
    /// The partner of record of this subscription cannot be changed.
    PartnerNotChangeable => Reject,
    /// The attestation about the partner of record, or for this item, is missing.
    AttestationMissing => Correct,
    /// A verdict of the agreement check, which comes as an error (§8.3).
    AgreementVerdict => Reject,

    // Customer data.
    /// This country has no registration number.
    RegistrationNumberNotSupported => Correct,
    /// The registration number is missing.
    RegistrationNumberMissing => Correct,
    /// The registration number does not have this country's form.
    RegistrationNumberMalformed => Correct,
    /// The telephone number is missing.
    PhoneMissing => Correct,
    /// The same agreement is recorded already.
    AgreementAlreadyThere => GoOn,
    /// No vetting is recorded for this customer, which means that it may buy (§7.5).
    NoAccountStatus => GoOn,
    /// The Microsoft Customer Agreement is not confirmed.
    AgreementNotConfirmed => Operator,
    /// The customer's account is under review.
    UnderReview => Hold,
    /// The customer's account is not approved.
    CustomerNotApproved => Reject,
    /// That is no customer id.
    InvalidCustomerId => Correct,
    /// A tenant was being created under this very id or name.
    TenantConflict => Reject,
    /// The domain is taken; no code is published, the status on this endpoint says it (§23.1).
    DomainTaken => Reject,
    /// The data of a new customer are refused; no code is published (§23.1).
    CustomerDataRefused => Correct,

    // Catalogue.
    /// No such product or SKU.
    ItemNotFound => Reject,
    /// The availability was re-issued: read it again and rebuild the cart.
    AvailabilityGone => ReadAgain,
    /// An add-on without a compatible base.
    AddOnWithoutBase => Reject,
    /// Invalid input.
    InvalidInput => Correct,
    /// The item is not available, said with status 200.
    ItemNotAvailable => Reject,
    /// The id is one of a product, not of an offer.
    WrongCatalogue => Correct,
    /// Not eligible, no longer sold, or the partner is not valid for it.
    NotEligible => Reject,
    /// Not sold in the customer's country.
    CountryNotServed => Reject,
    /// The currency must be the partner's or the customer's.
    CurrencyRefused => Correct,
    /// A promotion's limit is used up, or its code is bad.
    PromotionRefused => Reject,

    // Cart and order.
    /// The server failed; it may have done something.
    ServerTrouble => ReadBack,
    /// The cart does not exist or has expired: make a new one.
    CartGone => NotThere,
    /// Lines of the cart are in error.
    CartItemsInError => Correct,
    /// The quantity or the stock is not available.
    QuantityNotAvailable => Reject,
    /// The limit of Microsoft's sandbox is reached.
    SandboxLimit => Reject,
    /// An order is in progress: look at the order history first.
    OrderInProgress => Wait,
    /// Another request processes the cart.
    CartBusy => Wait,
    /// The cart was submitted already, perhaps by this very call: look at the orders.
    CartAlreadySubmitted => ReadBack,
    /// Too many subscriptions, of this item or in the tenant. Also seen for wrong catalogue ids.
    TooManySubscriptions => Reject,
    /// Too many seats for one subscription.
    TooManySeats => Reject,
    /// The credit limit.
    CreditLimit => Operator,
    /// Not eligible, or the risk check failed.
    RiskRefused => Reject,
    /// Line numbers must run from zero without gaps.
    LineNumbersWrong => Correct,
    /// The tenant lacks the tags of the segment that the offer is for.
    SegmentMissing => Reject,
    /// No such order.
    OrderNotFound => NotThere,
    /// Nothing is known about provisioning yet.
    ProvisioningUnknown => NotThere,
    /// The order cannot be cancelled: cancel the subscription.
    OrderNotCancellable => Reject,
    /// A custom end date matches neither a subscription nor a month's end, or does not fit.
    EndDateRefused => Correct,
    /// A quantity is outside the allowed range.
    QuantityOutOfRange => Correct,
    /// A document of the purchase order is missing.
    DocumentMissing => Operator,
    /// Not sold in Microsoft's sandbox.
    NotSoldInSandbox => Reject,

    // Subscription.
    /// No such subscription.
    SubscriptionNotFound => NotThere,
    /// The quantity is frozen while the subscription is being suspended.
    QuantityFrozen => Wait,
    /// The subscription is deleted.
    SubscriptionDeleted => Reject,
    /// Not changeable this way: billing cycle, quantity or status.
    NotUpdatable => Reject,
    /// The resource changed since it was read.
    Stale => ReadAgain,
    /// The parent is not active.
    ParentNotActive => Wait,
    /// An adjustment is pending on the order.
    AdjustmentPending => Wait,
    /// The subscription is not ready to be changed.
    NotReady => Wait,
    /// It cannot be changed before it is activated.
    NotActivated => Reject,
    /// It cannot be changed while it is suspended.
    Suspended => Reject,
    /// It is not eligible for renewal by itself.
    AutoRenewRefused => Reject,
    /// The window for a cancellation or for fewer seats has passed.
    WindowOver => Reject,
    /// Changes of the quantity are not allowed.
    QuantityChangeRefused => Reject,
    /// The term is no longer sold.
    TermNoLongerSold => Reject,
    /// The change of the term is refused.
    TermChangeRefused => Reject,
    /// The target of an upgrade is refused (§15.12).
    TransitionRefused => Reject,
    /// Not for legacy subscriptions.
    LegacyNotSupported => Reject,
    /// The subscription is about to end: no more changes.
    Expiring => Reject,
    /// An operation is pending; the next try in 24 hours.
    OperationPending => Wait,
    /// Changes are no longer allowed.
    UpdatesNotAllowed => Reject,
    /// Changes are not allowed now, such as while a renewal runs (§15.7).
    UpdatesNotAllowedNow => Wait,
    /// The subscription was changed too many times in its life.
    UpdatedTooOften => Operator,
    /// Another change of a subscription near the end of its term is under way (any 409 there).
    SubscriptionBusy => Wait,

    // Users and licences.
    /// No such user.
    UserNotFound => NotThere,
    /// No licence is left; the data have the detail.
    NoLicenceLeft => Reject,
    /// The request about a user is invalid.
    UserRequestInvalid => Correct,

    // Resellers of Microsoft's sandbox.
    /// We are no provider of the sandbox.
    NotSandboxProvider => Configure,
    /// The sandbox refuses to make or to remove the reseller.
    SandboxResellerRefused => Reject,

    // By HTTP class.
    /// 400 and the rest of 4xx without a code that is known.
    OtherRefusal => Reject,
    /// 403 without a code that is known.
    OtherForbidden => Operator,
    /// 404 without a code that is known.
    OtherNotFound => NotThere,
    /// 409 without a code that is known.
    OtherConflict => Wait,
    /// 429.
    Throttled => Wait,
    /// The precondition is refused by status 417.
    ExpectationFailed => Reject,
    /// 5xx without a code that is known.
    OtherTrouble => ReadBack,
}

/// Where a row holds: words in the endpoint, or in the source; empty for everywhere.
type Row = (u16, &'static [&'static str], &'static str, Meaning);

/// The tables of §2.3; the first row that fits counts, so rows for one place stand before those for
/// all.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    (401, &["900420"], "", Meaning::AudienceRefused),
    (401, &["6002"], "", Meaning::NotSandboxProvider),
    (401, &["400", "800001"], "", Meaning::AccessDenied),
    (403, &["900329"], "", Meaning::NeedsUserToken),
    (400, &["900316"], "", Meaning::NeedsUserToken),
    (403, &["900308"], "", Meaning::RoleMissing),
    (403, &["900309"], "", Meaning::ConditionalAccess),
    (403, &["90000"], "", Meaning::DownstreamTokenRefused),
    (403, &["900150", "600006"], "", Meaning::NoRight),
    (403, &["2032", "2030"], "", Meaning::MarketNotAllowed),
    (403, &["20002"], "", Meaning::NoRelationship),
    (404, &["1000", "60003"], "", Meaning::NotFound),
    (403, &["900123"], "", Meaning::ResellerAgreementMissing),
    (403, &["900124", "800039", "900149"], "", Meaning::OurStatusInactive),
    (403, &["900416"], "", Meaning::CustomerLocked),

    (404, &["3000"], "/profiles/mpn", Meaning::MpnIdUnknown),
    (400, &["2000", "2001", "2200", "2201", "2203", "2204", "2205", "2206"], "/agreementstatus", Meaning::AgreementVerdict),
    (400, &["2000", "2001"], "PartnerApiServiceControllers", Meaning::AgreementVerdict),
    (400, &["2000", "2001"], "ComplianceController", Meaning::AgreementVerdict),
    (400, &["2200", "2201", "2203", "2204", "2205", "2206"], "", Meaning::AgreementVerdict),
    (400, &["3000"], "", Meaning::InvalidProperty),
    (404, &["800015"], "", Meaning::MpnIdUnknown),
    (400, &["800016", "2071"], "", Meaning::MpnIdNotReseller),
    (404, &["2072"], "", Meaning::MpnIdIsProvider),
    (400, &["900154"], "", Meaning::MpnIdNotLinked),
    (400, &["800098"], "", Meaning::PartnerNotChangeable),
    (400, &["900206", "900203"], "", Meaning::AttestationMissing),

    (400, &["600002"], "", Meaning::RegistrationNumberNotSupported),
    (400, &["600049"], "", Meaning::RegistrationNumberMissing),
    (400, &["600050"], "", Meaning::RegistrationNumberMalformed),
    (400, &["600051"], "", Meaning::PhoneMissing),
    (400, &["600061"], "", Meaning::AgreementAlreadyThere),
    (404, &["600074"], "", Meaning::NoAccountStatus),
    (403, &["13605"], "", Meaning::AgreementNotConfirmed),
    (403, &["800073", "800074"], "", Meaning::UnderReview),
    (403, &["800075"], "", Meaning::CustomerNotApproved),
    (400, &["900118"], "", Meaning::InvalidCustomerId),
    (409, &["1003"], "", Meaning::TenantConflict),

    (404, &["400013", "400018"], "", Meaning::ItemNotFound),
    (404, &["400019"], "", Meaning::AvailabilityGone),
    (400, &["400041"], "", Meaning::AddOnWithoutBase),
    (400, &["400056", "800002"], "", Meaning::InvalidInput),
    (200, &["400072"], "", Meaning::ItemNotAvailable),
    (400, &["2100"], "", Meaning::WrongCatalogue),
    (403, &["2085", "2091", "800020", "2006"], "", Meaning::NotEligible),
    (400, &["2006"], "", Meaning::UpdatesNotAllowed),
    (400, &["800070"], "", Meaning::CountryNotServed),
    (400, &["900169"], "", Meaning::CurrencyRefused),
    (400, &["27006", "27007"], "", Meaning::PromotionRefused),

    (500, &["800003", "800005", "800087", "900192", "800094"], "", Meaning::ServerTrouble),
    (404, &["800008"], "", Meaning::CartGone),
    (400, &["800009"], "", Meaning::CartItemsInError),
    (400, &["800010", "800017"], "", Meaning::QuantityNotAvailable),
    (400, &["800018"], "", Meaning::SandboxLimit),
    (409, &["800060"], "", Meaning::OrderInProgress),
    (409, &["800064"], "", Meaning::CartBusy),
    (400, &["800065"], "", Meaning::CartAlreadySubmitted),
    (403, &["800066", "800089"], "", Meaning::TooManySubscriptions),
    (400, &["900419"], "", Meaning::TooManySubscriptions),
    (403, &["800067", "800088"], "", Meaning::TooManySeats),
    (403, &["800023", "900121"], "", Meaning::CreditLimit),
    (400, &["800025"], "", Meaning::CreditLimit),
    (400, &["800022", "800024", "800026", "800062"], "", Meaning::RiskRefused),
    (403, &["800069"], "", Meaning::RiskRefused),
    (400, &["800071"], "", Meaning::LineNumbersWrong),
    (400, &["800086"], "", Meaning::SegmentMissing),
    (404, &["20000"], "", Meaning::OrderNotFound),
    (404, &["800007"], "", Meaning::ProvisioningUnknown),
    (400, &["800061", "800063"], "", Meaning::OrderNotCancellable),
    (400, &["900242", "900244", "900245", "900246"], "", Meaning::EndDateRefused),
    (400, &["900275", "2002"], "", Meaning::QuantityOutOfRange),
    (400, &["900252", "900253", "900254"], "", Meaning::DocumentMissing),
    (403, &["900322"], "", Meaning::NotSoldInSandbox),

    (404, &["20003"], "", Meaning::SubscriptionNotFound),
    (400, &["2001"], "", Meaning::QuantityFrozen),
    (400, &["2011"], "", Meaning::SubscriptionDeleted),
    (400, &["2054", "800095", "800096", "800097"], "", Meaning::NotUpdatable),
    (400, &["2055"], "", Meaning::Stale),
    (409, &["27009"], "", Meaning::ParentNotActive),
    (409, &["800014"], "", Meaning::AdjustmentPending),
    (409, &["800082"], "", Meaning::NotReady),
    (400, &["800081"], "", Meaning::NotActivated),
    (400, &["800090", "900117", "900213", "900214", "900257"], "", Meaning::WindowOver),
    (400, &["800091"], "", Meaning::Suspended),
    (400, &["800093"], "", Meaning::AutoRenewRefused),
    (403, &["800027"], "", Meaning::QuantityChangeRefused),
    (403, &["800028"], "", Meaning::TermNoLongerSold),
    (400, &["800107", "800121", "800122"], "", Meaning::TermChangeRefused),
    (400, &["900236", "900258", "900259", "900260", "900261", "900267", "900268", "900269", "900270"], "", Meaning::TransitionRefused),
    (403, &["900263"], "", Meaning::LegacyNotSupported),
    (400, &["900277"], "", Meaning::Expiring),
    (409, &["900278"], "", Meaning::OperationPending),
    (400, &["900279"], "", Meaning::UpdatesNotAllowed),
    (400, &["900280"], "", Meaning::UpdatesNotAllowedNow),
    (400, &["900311"], "", Meaning::UpdatedTooOften),

    (404, &["60002"], "", Meaning::UserNotFound),
    (400, &["60012"], "", Meaning::NoLicenceLeft),
    (400, &["60000"], "", Meaning::UserRequestInvalid),
    (403, &["6003", "6004"], "", Meaning::SandboxResellerRefused),
];

impl Refusal {
    /// What the refusal says, by status, code, endpoint and source (§2.3).
    ///
    /// ```
    /// use partner_center::{Meaning, Reaction, Refusal};
    ///
    /// let refusal = Refusal::known(403, "900123", "…");
    /// assert_eq!(refusal.meaning(), Meaning::ResellerAgreementMissing);
    /// assert_eq!(refusal.meaning().reaction(), Reaction::Reject);
    /// ```
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        let code = self.code.as_deref().unwrap_or_default();
        let fits =
            |place: &str| place.is_empty() || self.endpoint.contains(place) || self.source.eq_ignore_ascii_case(place);
        let row = ROWS
            .iter()
            .find(|(status, codes, place, _)| *status == self.status && codes.contains(&code) && fits(place));
        match (row, self.status) {
            (Some((_, _, _, meaning)), _) => *meaning,
            (None, 412) => Meaning::Stale,
            (None, 409) if self.endpoint == "POST /v1/customers" => Meaning::DomainTaken,
            (None, 400) if self.endpoint == "POST /v1/customers" => Meaning::CustomerDataRefused,
            (None, 409) if self.endpoint.contains("/subscriptions/") => Meaning::SubscriptionBusy,
            (None, 401) => Meaning::AccessDenied,
            (None, 403) => Meaning::OtherForbidden,
            (None, 404) => Meaning::OtherNotFound,
            (None, 409) => Meaning::OtherConflict,
            (None, 417) => Meaning::ExpectationFailed,
            (None, 429) => Meaning::Throttled,
            (None, 408 | 500 | 502..) => Meaning::OtherTrouble,
            (None, _) => Meaning::OtherRefusal,
        }
    }
}

impl OrderGroupError {
    /// What the error of a group says. It comes without a status, so the documented one of its code
    /// is taken.
    ///
    /// ```
    /// use partner_center::{Meaning, OrderGroupError};
    ///
    /// let error: OrderGroupError = serde_json::from_str(r#"{"orderGroupId": "0", "code": 800066}"#)?;
    /// assert_eq!(error.meaning(), Meaning::TooManySubscriptions);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        let row = ROWS.iter().find(|(_, codes, place, _)| place.is_empty() && codes.contains(&self.code.as_str()));
        row.map_or(Meaning::OtherRefusal, |(_, _, _, meaning)| *meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, code: &str, endpoint: &str, source: &str) -> Meaning {
        let mut refusal = Refusal::known(status, code, "d");
        refusal.endpoint = endpoint.to_owned();
        refusal.source = source.to_owned();
        refusal.meaning()
    }

    /// Every row of the tables of §2.3: status, codes, reaction.
    #[rustfmt::skip]
    const DOCUMENTED: &[(u16, &str, Reaction)] = &[
        (401, "400 800001", Reaction::Alarm),
        (401, "900420", Reaction::Configure),
        (403, "900329", Reaction::UseUserToken),
        (400, "900316", Reaction::UseUserToken),
        (403, "900308 900309 90000 900150 600006", Reaction::Operator),
        (403, "2032 2030 20002 900123", Reaction::Reject),
        (404, "1000 60003", Reaction::NotThere),
        (403, "900124 800039 900149", Reaction::StopProvisioning),
        (403, "900416 800073 800074", Reaction::Hold),
        (404, "800015 2072", Reaction::Reject),
        (400, "3000", Reaction::Correct),
        (400, "800016 2071 900154 800098", Reaction::Reject),
        (400, "900206 600002 600049 600050 600051 900118", Reaction::Correct),
        (400, "2200 2201 2203 2204 2205 2206", Reaction::Reject),
        (400, "600061", Reaction::GoOn),
        (404, "600074", Reaction::GoOn),
        (403, "13605", Reaction::Operator),
        (403, "800075", Reaction::Reject),
        (409, "1003", Reaction::Reject),
        (404, "400013 400018", Reaction::Reject),
        (404, "400019", Reaction::ReadAgain),
        (400, "400041", Reaction::Reject),
        (400, "400056 2100 900169 900203 800002 800009 800071", Reaction::Correct),
        (200, "400072", Reaction::Reject),
        (403, "2085 2091 800020 2006", Reaction::Reject),
        (400, "800070 27006 27007", Reaction::Reject),
        (500, "800003 800005 800087 900192 800094", Reaction::ReadBack),
        (404, "800008 20000 800007 20003 60002", Reaction::NotThere),
        (400, "800010 800017 800018", Reaction::Reject),
        (409, "800060 800064 27009 800014 800082 900278", Reaction::Wait),
        (400, "800065", Reaction::ReadBack),
        (403, "800066 800089 800067 800088 800069 900322 800027 800028 900263", Reaction::Reject),
        (403, "800023 900121", Reaction::Operator),
        (400, "800025", Reaction::Operator),
        (400, "800022 800024 800026 800062 800086 800061 800063 900419", Reaction::Reject),
        (400, "900242 900275 2002 900244 900245 900246", Reaction::Correct),
        (400, "900252 900253 900254 900311", Reaction::Operator),
        (400, "2001 900280", Reaction::Wait),
        (400, "2011 2054 800081 800090 800091 800093 800095 800096 800097", Reaction::Reject),
        (400, "2055", Reaction::ReadAgain),
        (400, "800107 800121 800122 900117 900213 900214 900257 900277 900279", Reaction::Reject),
        (400, "900236 900258 900259 900260 900261 900267 900268 900269 900270", Reaction::Reject),
        (400, "60012", Reaction::Reject),
        (400, "60000", Reaction::Correct),
        (401, "6002", Reaction::Configure),
        (403, "6003 6004", Reaction::Reject),
    ];

    #[test]
    fn every_documented_code_has_a_meaning_and_its_reaction() {
        for (status, codes, reaction) in DOCUMENTED {
            for code in codes.split(' ') {
                let meaning = of(*status, code, "", "");
                assert_eq!(meaning.reaction(), *reaction, "{status}/{code} {meaning:?}");
                let known = ROWS.iter().any(|(s, known, _, _)| s == status && known.contains(&code));
                assert!(known, "{status}/{code} has no row of its own");
            }
        }
        let documented: usize = DOCUMENTED.iter().map(|(_, codes, _)| codes.split(' ').count()).sum();
        let listed: std::collections::HashSet<_> =
            ROWS.iter().flat_map(|(status, codes, _, _)| codes.iter().map(move |code| (status, code))).collect();
        // 2000 is a verdict of the agreement check only; 3000 and 2006 stand under two statuses.
        assert_eq!(listed.len(), documented + 3, "{listed:?}");
    }

    #[test]
    fn trap_09_one_number_means_different_things() {
        assert_eq!(of(403, "2006", "", ""), Meaning::NotEligible);
        assert_eq!(of(400, "2006", "", ""), Meaning::UpdatesNotAllowed);
        let patch = "PATCH /v1/customers/{customer}/subscriptions/{subscription}";
        assert_eq!(of(400, "2001", patch, "PartnerFD"), Meaning::QuantityFrozen);
        assert_eq!(of(400, "2001", "", "ComplianceController"), Meaning::AgreementVerdict);
        assert_eq!(of(400, "2001", "GET /v1/compliance/csp/agreementstatus", ""), Meaning::AgreementVerdict);
        assert_eq!(of(400, "2000", patch, ""), Meaning::OtherRefusal);
        assert_eq!(of(404, "3000", "GET /v1/profiles/mpn", ""), Meaning::MpnIdUnknown);
        assert_eq!(of(404, "3000", "", ""), Meaning::OtherNotFound);
        assert_eq!(of(400, "3000", "", ""), Meaning::InvalidProperty);
        let number = Refusal::read(403, br#"{"code":900308}"#);
        let text = Refusal::read(403, br#"{"code":"900308"}"#);
        assert_eq!((number.meaning(), text.meaning()), (Meaning::RoleMissing, Meaning::RoleMissing));
    }

    #[test]
    fn a_group_without_a_status_means_what_its_code_says() {
        let of = |code: &str| {
            let group = serde_json::json!({"orderGroupId": "1", "code": code});
            serde_json::from_value::<OrderGroupError>(group).expect("a group").meaning()
        };
        assert_eq!(of("400019"), Meaning::AvailabilityGone);
        assert_eq!(of("800060"), Meaning::OrderInProgress);
        assert_eq!(of("13605"), Meaning::AgreementNotConfirmed);
        assert_eq!(of("2001"), Meaning::QuantityFrozen, "not a verdict of the agreement check");
        assert_eq!((of("987654"), of("")), (Meaning::OtherRefusal, Meaning::OtherRefusal));
    }

    #[test]
    fn trap_30_unknown_codes_are_judged_by_their_class() {
        for (status, meaning) in [
            (400, Meaning::OtherRefusal),
            (401, Meaning::AccessDenied),
            (403, Meaning::OtherForbidden),
            (404, Meaning::OtherNotFound),
            (405, Meaning::OtherRefusal),
            (406, Meaning::OtherRefusal),
            (409, Meaning::OtherConflict),
            (412, Meaning::Stale),
            (417, Meaning::ExpectationFailed),
            (429, Meaning::Throttled),
            (500, Meaning::OtherTrouble),
            (501, Meaning::OtherRefusal),
            (503, Meaning::OtherTrouble),
        ] {
            assert_eq!(of(status, "987654", "", ""), meaning, "{status}");
            assert_eq!(Refusal::known(status, "", "").meaning(), meaning, "{status} without a code");
        }
        assert_eq!(of(409, "600009", "POST /v1/customers", ""), Meaning::DomainTaken);
        assert_eq!(of(409, "", "POST /v1/customers", ""), Meaning::DomainTaken);
        assert_eq!(of(400, "600014", "POST /v1/customers", ""), Meaning::CustomerDataRefused);
        assert_eq!(of(409, "1", "PATCH /v1/customers/{c}/subscriptions/{s}", ""), Meaning::SubscriptionBusy);
    }
}
