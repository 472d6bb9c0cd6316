//! What Microsoft's refusals mean to us. What a code says by itself is the client's to know
//! (`partner_center::Meaning`, contract §2.3); here is only what follows for an order. A code
//! that nobody listed is [`RefusedKind::Other`], and its text reaches operators only.

use super::super::{Answer, Refused, RefusedKind, Trouble};
use jiff::SignedDuration;
use licensing::partner::MpnFlag;
use partner_center::{Advice, CartErrorCode, CartLineError, Error, Meaning, OrderGroupError, Reaction, Refusal};
use std::time::Duration;

/// How long to wait where Microsoft says "not now" and no time.
const NOT_NOW: SignedDuration = SignedDuration::from_mins(2);

/// Shares out the outcome of a write: done, refused for good, or trouble.
pub(super) fn settle<T>(result: Result<T, Error>) -> Result<Answer<T>, Trouble> {
    match result {
        Ok(value) => Ok(Answer::Done(value)),
        Err(Error::Refused(refusal)) if is_locked(&refusal) => Err(locked(&refusal)),
        Err(Error::Refused(refusal)) if is_unclear(&refusal) => Err(Trouble::Unclear { why: refusal.to_string() }),
        Err(Error::Refused(refusal)) => Ok(Answer::Refused(Refused {
            kind: kind(refusal.meaning(), refusal.wait()),
            code: refusal.code.clone().unwrap_or_else(|| refusal.status.to_string()),
            detail: detail(&refusal),
        })),
        Err(Error::Invalid { field, value, rule }) => Ok(Answer::Refused(Refused {
            kind: RefusedKind::Other,
            code: "invalid".to_owned(),
            detail: format!("{field} = {value:?}: {rule}"),
        })),
        Err(error) => Err(trouble(&error)),
    }
}

/// A failed look-up, which is never a verdict; or a write without an answer.
pub(super) fn trouble(error: &Error) -> Trouble {
    let why = error.to_string();
    match error {
        Error::Refused(refusal) if is_locked(refusal) => locked(refusal),
        Error::Refused(refusal) => match refusal.wait() {
            Some(after) => Trouble::Busy { after: span(after) },
            None => Trouble::Unclear { why },
        },
        Error::NeedsUser { .. } => Trouble::Locked { why },
        _ if error.advice() == Advice::Operator => Trouble::Locked { why },
        _ if error.is_unknown() => Trouble::Unclear { why },
        _ => match error.retry_after() {
            Some(after) => Trouble::Busy { after: span(after) },
            None => Trouble::NotSent { why },
        },
    }
}

fn span(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::from_hours(24))
}

fn detail(refusal: &Refusal) -> String {
    match refusal.description.as_str() {
        "" => refusal.to_string(),
        text => match &refusal.request_id {
            Some(id) => format!("{text} (request {id})"),
            None => text.to_owned(),
        },
    }
}

/// Whether it is our own access that is refused, so that waiting or asking again does not help.
fn is_locked(refusal: &Refusal) -> bool {
    let meaning = refusal.meaning();
    matches!(
        meaning.reaction(),
        Reaction::Alarm | Reaction::Configure | Reaction::UseUserToken | Reaction::StopProvisioning
    ) || matches!(
        meaning,
        Meaning::RoleMissing | Meaning::ConditionalAccess | Meaning::DownstreamTokenRefused | Meaning::NoRight
    )
}

fn locked(refusal: &Refusal) -> Trouble {
    let advice = match refusal.meaning() {
        Meaning::NeedsUserToken => "this call needs the App+User token: consent with the integration account",
        Meaning::RoleMissing => "the integration account lacks a delegated (GDAP) role for this customer",
        Meaning::ConditionalAccess | Meaning::DownstreamTokenRefused => {
            "a Conditional Access rule blocks the integration account"
        }
        Meaning::NoRight => "the integration account's role has no right to this",
        Meaning::OurStatusInactive => "our own Partner Agreement or programme status is not active",
        Meaning::AudienceRefused => "the token's audience is no longer accepted: correct the configured resource",
        _ => "Partner Center refuses our token: renew the consent",
    };
    Trouble::Locked { why: format!("{advice} ({refusal})") }
}

/// A refusal that an earlier delivery of this very call may have caused: a tenant that is being created
/// under our own request id.
fn is_unclear(refusal: &Refusal) -> bool {
    refusal.meaning() == Meaning::TenantConflict
}

fn kind(meaning: Meaning, wait: Option<Duration>) -> RefusedKind {
    match meaning {
        Meaning::Stale => RefusedKind::Changed,
        Meaning::ResellerAgreementMissing => RefusedKind::ResellerRefused(MpnFlag::MpnAgreementNotSigned),
        Meaning::MpnIdIsProvider => RefusedKind::ResellerRefused(MpnFlag::MpnIdIsProvider),
        Meaning::MpnIdUnknown => RefusedKind::ResellerRefused(MpnFlag::MpnIdNotFound),
        Meaning::MpnIdNotReseller => RefusedKind::ResellerRefused(MpnFlag::MpnIdNotIndirectReseller),
        Meaning::MpnIdNotLinked => RefusedKind::ResellerRefused(MpnFlag::MpnIdNotALocation),
        Meaning::AgreementNotConfirmed => RefusedKind::AgreementMissing,
        Meaning::UnderReview | Meaning::CustomerLocked => RefusedKind::UnderReview,
        Meaning::DomainTaken => RefusedKind::NameTaken,
        Meaning::ItemNotFound | Meaning::AvailabilityGone | Meaning::ItemNotAvailable | Meaning::CartItemsInError => {
            RefusedKind::ItemGone
        }
        Meaning::CartGone | Meaning::CartAlreadySubmitted => RefusedKind::CartGone,
        Meaning::QuantityOutOfRange
        | Meaning::QuantityNotAvailable
        | Meaning::QuantityChangeRefused
        | Meaning::TooManySeats => RefusedKind::QuantityRefused,
        Meaning::WindowOver => RefusedKind::WindowOver,
        Meaning::SubscriptionDeleted => RefusedKind::Ended,
        _ if meaning.reaction() == Reaction::Wait => RefusedKind::Pending(wait.map_or(NOT_NOW, span)),
        _ => RefusedKind::Other,
    }
}

/// Why a line of a cart cannot be bought.
pub(super) fn of_line(error: &CartLineError) -> Refused {
    let kind = match &error.error_code {
        CartErrorCode::CatalogItemIdIsNotValid | CartErrorCode::BillingPlanNotSupported => RefusedKind::ItemGone,
        CartErrorCode::MaxAllowedSeatsPerSubscriptionExceeded
        | CartErrorCode::BaseOfferSeatQuantityNotMet
        | CartErrorCode::MinimumAddOnSeatsNotMet
        | CartErrorCode::QuotaNotAvailable
        | CartErrorCode::InventoryNotAvailable => RefusedKind::QuantityRefused,
        _ => RefusedKind::Other,
    };
    Refused { kind, code: error.error_code.to_string(), detail: error.error_description.clone() }
}

/// Why a group of lines was not bought.
pub(super) fn of_group(error: &OrderGroupError) -> Refused {
    Refused { kind: kind(error.meaning(), None), code: error.code.clone(), detail: error.description.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use partner_center::{Call, TokenError};
    use uuid::Uuid;

    const TENANT: &str = "POST /v1/customers";
    const CART: &str = "POST /v1/customers/{customer}/carts/{cart}/checkout";
    const CHANGE: &str = "PATCH /v1/customers/{customer}/subscriptions/{subscription}";

    fn refused(endpoint: &str, status: u16, code: &str) -> Result<(), Error> {
        let mut refusal = Refusal::known(status, code, "d");
        refusal.endpoint = endpoint.to_owned();
        Err(Error::Refused(Box::new(refusal)))
    }

    #[test]
    fn refusals_mean_what_the_contract_says() {
        use RefusedKind::*;
        let (minutes, day) = (Pending(SignedDuration::from_mins(2)), Pending(SignedDuration::from_hours(24)));
        for (endpoint, status, code, expected) in [
            (TENANT, 409, "600009", NameTaken),
            (TENANT, 409, "", NameTaken),
            (TENANT, 400, "600014", Other),
            (TENANT, 400, "800016", ResellerRefused(MpnFlag::MpnIdNotIndirectReseller)),
            (TENANT, 403, "900123", ResellerRefused(MpnFlag::MpnAgreementNotSigned)),
            (CART, 404, "2072", ResellerRefused(MpnFlag::MpnIdIsProvider)),
            (CART, 403, "13605", AgreementMissing),
            (CART, 403, "800073", UnderReview),
            (CART, 404, "400019", ItemGone),
            (CART, 404, "800008", CartGone),
            (CART, 400, "800065", CartGone),
            (CART, 409, "800064", minutes.clone()),
            (CART, 409, "12345", minutes.clone()),
            (CART, 400, "800018", Other),
            (CHANGE, 409, "900278", day),
            (CHANGE, 409, "12345", minutes.clone()),
            (CHANGE, 409, "800082", minutes.clone()),
            (CHANGE, 400, "900280", minutes.clone()),
            (CHANGE, 400, "2001", minutes.clone()),
            (CHANGE, 400, "900279", Other),
            (CHANGE, 400, "900213", WindowOver),
            (CHANGE, 400, "800090", WindowOver),
            (CHANGE, 400, "2002", QuantityRefused),
            (CHANGE, 400, "2055", Changed),
            (CHANGE, 412, "", Changed),
            (CHANGE, 400, "2011", Ended),
            (CHANGE, 403, "987654", Other),
        ] {
            match settle(refused(endpoint, status, code)) {
                Ok(Answer::Refused(refused)) => assert_eq!(refused.kind, expected, "{status} {code}"),
                other => panic!("{status} {code}: {other:?}"),
            }
        }
    }

    #[test]
    fn broken_access_locks_and_is_no_verdict_on_the_order() {
        for (status, code) in [
            (401, "400"),
            (401, ""),
            (401, "900420"),
            (403, "900329"),
            (400, "900316"),
            (403, "900124"),
            (403, "900308"),
        ] {
            let settled = settle(refused(TENANT, status, code));
            assert!(matches!(settled, Err(Trouble::Locked { .. })), "{status} {code}: {settled:?}");
        }
        let locked = [Error::Token(TokenError::NoRefreshToken), Error::NeedsUser { route: "/v1/customers" }];
        for error in locked {
            assert!(matches!(trouble(&error), Trouble::Locked { .. }), "{error}");
        }
    }

    #[test]
    fn unknown_outcomes_stay_unknown() {
        let call = Call { request_id: Uuid::nil(), correlation_id: Uuid::nil() };
        let lost = |status| Error::NoAnswer { status, reason: "timeout".into(), refusal: None, call };
        let unreadable = Error::Unreadable { status: 201, reason: "cut".into(), call };
        for error in [lost(None), lost(Some(500)), lost(Some(503)), unreadable] {
            let trouble = settle::<()>(Err(error)).expect_err("unknown");
            assert!(trouble.may_have_happened());
        }
        let ours = settle(refused(TENANT, 409, "1003")).expect_err("perhaps our own");
        assert!(ours.may_have_happened());
    }

    #[test]
    fn what_was_not_sent_or_not_let_in_surely_did_not_happen() {
        let after = Duration::from_secs(3);
        for error in [
            Error::NotSent { reason: "refused".into() },
            Error::QueueFull { waiting: 1000 },
            Error::Throttled { retry_after: after, sent: true },
            Error::Throttled { retry_after: after, sent: false },
            Error::Token(TokenError::NoRefreshToken),
            Error::NeedsUser { route: "/v1/customers" },
        ] {
            let trouble = settle::<()>(Err(error)).expect_err("not done");
            assert!(!trouble.may_have_happened(), "{trouble}");
        }
        let busy = trouble(&Error::Throttled { retry_after: after, sent: true });
        assert_eq!(busy, Trouble::Busy { after: SignedDuration::from_secs(3) });
    }
}
