//! What Microsoft's refusals mean to us. The same number means different things under different
//! statuses, so status and code are read together (contract §2.3). Never add a guess: a code that
//! is not listed is [`RefusedKind::Other`], and its text reaches operators only.

use super::super::{Answer, Refused, RefusedKind, Trouble};
use jiff::SignedDuration;
use licensing::partner::MpnFlag;
use partner_center::{CartErrorCode, CartLineError, Error, OrderGroupError, Refusal, TokenError};
use std::time::Duration;

/// What was asked, where the meaning of a refusal depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// A new tenant.
    Tenant,
    /// Anything about a cart or an order.
    Purchase,
    /// A change of a subscription.
    Change,
    /// Anything else.
    Else,
}

/// Shares out the outcome of a write: done, refused for good, or trouble.
pub(super) fn settle<T>(asked: Asked, result: Result<T, Error>) -> Result<Answer<T>, Trouble> {
    match result {
        Ok(value) => Ok(Answer::Done(value)),
        Err(Error::Refused(refusal)) if is_locked(&refusal) => Err(locked(&refusal)),
        // "Already submitted" is what an earlier answer to this very checkout may have been.
        Err(Error::Refused(refusal)) if asked == Asked::Purchase && refusal.is(400, "800065") => {
            Err(Trouble::Unclear { why: refusal.to_string() })
        }
        Err(Error::Refused(refusal)) => Ok(Answer::Refused(Refused {
            kind: kind(asked, &refusal),
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

/// A failed look-up: never a verdict.
pub(super) fn trouble(error: &Error) -> Trouble {
    let why = error.to_string();
    match error {
        Error::Invalid { .. } | Error::NotSent { .. } | Error::QueueFull { .. } => Trouble::NotSent { why },
        Error::NeedsUser { .. } => Trouble::Locked { why },
        Error::Token(token) => match token {
            TokenError::NoRefreshToken
            | TokenError::ConsentNeeded { .. }
            | TokenError::SecretRefused { .. }
            | TokenError::Configuration { .. } => Trouble::Locked { why },
            TokenError::Unavailable { retry_after: Some(after), .. } => Trouble::Busy { after: span(*after) },
            TokenError::Unavailable { .. } | TokenError::Unreadable(_) | TokenError::Store(_) => {
                Trouble::NotSent { why }
            }
        },
        Error::Throttled { retry_after, .. } => Trouble::Busy { after: span(*retry_after) },
        Error::Refused(refusal) if is_locked(refusal) => locked(refusal),
        Error::Refused(refusal) => match refusal.wait() {
            Some(after) => Trouble::Busy { after: span(after) },
            None => Trouble::Unclear { why },
        },
        Error::NoAnswer { .. } | Error::Unreadable { .. } => Trouble::Unclear { why },
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
    let code = refusal.code.as_deref().unwrap_or_default();
    match refusal.status {
        401 => true,
        400 => code == "900316",
        403 => matches!(
            code,
            "900329" | "900308" | "900309" | "90000" | "900150" | "600006" | "900124" | "800039" | "900149"
        ),
        _ => false,
    }
}

fn locked(refusal: &Refusal) -> Trouble {
    let advice = match refusal.code.as_deref().unwrap_or_default() {
        "900329" | "900316" => "this call needs the App+User token: consent with the integration account",
        "900308" => "the integration account lacks a delegated (GDAP) role for this customer",
        "900309" | "90000" => "a Conditional Access rule blocks the integration account",
        "900150" | "600006" => "the integration account's role has no right to this",
        "900124" | "800039" | "900149" => "our own Partner Agreement or programme status is not active",
        "900420" => "the token's audience is no longer accepted: correct the configured resource",
        _ => "Partner Center refuses our token: renew the consent",
    };
    Trouble::Locked { why: format!("{advice} ({refusal})") }
}

fn kind(asked: Asked, refusal: &Refusal) -> RefusedKind {
    if refusal.is_stale() {
        return RefusedKind::Changed;
    }
    match (refusal.status, refusal.code.as_deref().unwrap_or_default()) {
        (403, "900123") => RefusedKind::ResellerRefused(MpnFlag::MpnAgreementNotSigned),
        (404, "2072") => RefusedKind::ResellerRefused(MpnFlag::MpnIdIsProvider),
        (404, "800015") => RefusedKind::ResellerRefused(MpnFlag::MpnIdNotFound),
        (400, "2071" | "800016") => RefusedKind::ResellerRefused(MpnFlag::MpnIdNotIndirectReseller),
        (400, "900154") => RefusedKind::ResellerRefused(MpnFlag::MpnIdNotALocation),
        (403, "13605") => RefusedKind::AgreementMissing,
        (403, "800073" | "800074" | "900416") => RefusedKind::UnderReview,
        (403, "800075") => RefusedKind::CustomerRefused,
        (404, "400013" | "400018" | "400019") | (200, "400072") | (400, "800009") => RefusedKind::ItemGone,
        (404, "800008") => RefusedKind::CartGone,
        (400, "2002" | "800010" | "800017" | "900275" | "800095") | (403, "800027" | "800067" | "800088") => {
            RefusedKind::QuantityRefused
        }
        (400, "900117" | "900213" | "900214" | "900257" | "800090") => RefusedKind::WindowOver,
        (403, "2032" | "2030" | "2006" | "2085" | "2091" | "800020" | "800023" | "900121" | "800069" | "800066")
        | (403, "800089" | "900322" | "400030" | "400036")
        | (400, "800018" | "800022" | "800024" | "800025" | "800026" | "800062" | "800070" | "800086" | "900419") => {
            RefusedKind::NotAllowed
        }
        // No code is published for a name that is taken (contract §23.1); 1003 is our own
        // request id under another body.
        (409, code) if asked == Asked::Tenant && code != "1003" => RefusedKind::NameTaken,
        (400, _) if asked == Asked::Tenant => RefusedKind::CustomerRefused,
        (409, _) if matches!(asked, Asked::Purchase | Asked::Change) => {
            RefusedKind::Pending(refusal.wait().map_or(SignedDuration::from_mins(2), span))
        }
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
        CartErrorCode::SandboxLimitExceeded
        | CartErrorCode::ParticipantsIsNotSupportedForPartner
        | CartErrorCode::CurrencyIsNotSupported
        | CartErrorCode::LegacyOfferNotEligibleForPurchase => RefusedKind::NotAllowed,
        _ => RefusedKind::Other,
    };
    Refused { kind, code: error.error_code.to_string(), detail: error.error_description.clone() }
}

/// Why a group of lines was not bought. The group's error carries no status, so the one that
/// contract §2.3 lists for its code is assumed.
pub(super) fn of_group(error: &OrderGroupError) -> Refused {
    let status = match error.code.as_str() {
        "400013" | "400018" | "400019" | "800008" | "800015" | "2072" => 404,
        "13605" | "800073" | "800074" | "800075" | "800066" | "800067" | "800088" | "800089" | "900123" | "2030"
        | "2032" => 403,
        "800060" | "800064" => 409,
        _ => 400,
    };
    let refusal = Refusal::known(status, &error.code, &error.description);
    Refused { kind: kind(Asked::Purchase, &refusal), code: error.code.clone(), detail: error.description.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use partner_center::Call;
    use uuid::Uuid;

    fn refused(status: u16, code: &str) -> Result<(), Error> {
        Err(Error::Refused(Box::new(Refusal::known(status, code, "d"))))
    }

    #[test]
    fn refusals_mean_what_the_contract_says() {
        use RefusedKind::*;
        for (asked, status, code, expected) in [
            (Asked::Tenant, 409, "600009", NameTaken),
            (Asked::Tenant, 409, "", NameTaken),
            (Asked::Tenant, 409, "1003", Other),
            (Asked::Tenant, 400, "600014", CustomerRefused),
            (Asked::Tenant, 400, "800016", ResellerRefused(MpnFlag::MpnIdNotIndirectReseller)),
            (Asked::Tenant, 403, "900123", ResellerRefused(MpnFlag::MpnAgreementNotSigned)),
            (Asked::Purchase, 404, "2072", ResellerRefused(MpnFlag::MpnIdIsProvider)),
            (Asked::Purchase, 403, "13605", AgreementMissing),
            (Asked::Purchase, 403, "800073", UnderReview),
            (Asked::Purchase, 404, "400019", ItemGone),
            (Asked::Purchase, 404, "800008", CartGone),
            (Asked::Purchase, 409, "800064", Pending(SignedDuration::from_mins(2))),
            (Asked::Purchase, 400, "800018", NotAllowed),
            (Asked::Change, 409, "900278", Pending(SignedDuration::from_hours(24))),
            (Asked::Change, 409, "12345", Pending(SignedDuration::from_mins(2))),
            (Asked::Change, 400, "900213", WindowOver),
            (Asked::Change, 400, "800090", WindowOver),
            (Asked::Change, 400, "2002", QuantityRefused),
            (Asked::Change, 400, "2055", Changed),
            (Asked::Change, 412, "", Changed),
            (Asked::Change, 400, "2011", Other),
            (Asked::Else, 409, "", Other),
        ] {
            match settle(asked, refused(status, code)) {
                Ok(Answer::Refused(refused)) => assert_eq!(refused.kind, expected, "{status} {code}"),
                other => panic!("{status} {code}: {other:?}"),
            }
        }
    }

    #[test]
    fn broken_access_locks_and_is_no_verdict_on_the_order() {
        for (status, code) in [(401, "400"), (401, ""), (403, "900329"), (400, "900316"), (403, "900124")] {
            let settled = settle(Asked::Tenant, refused(status, code));
            assert!(matches!(settled, Err(Trouble::Locked { .. })), "{status} {code}: {settled:?}");
        }
    }

    #[test]
    fn unknown_outcomes_stay_unknown() {
        let call = Call { request_id: Uuid::nil(), correlation_id: Uuid::nil() };
        let lost = Error::NoAnswer { status: None, reason: "timeout".into(), refusal: None, call };
        let unreadable = Error::Unreadable { status: 201, reason: "cut".into(), call };
        for error in [lost, unreadable] {
            let trouble = settle::<()>(Asked::Purchase, Err(error)).expect_err("unknown");
            assert!(trouble.may_have_happened());
        }
        let submitted = settle(Asked::Purchase, refused(400, "800065")).expect_err("perhaps ours");
        assert!(submitted.may_have_happened());
        for error in [
            Error::NotSent { reason: "refused".into() },
            Error::Throttled { retry_after: Duration::from_secs(3), sent: true },
            Error::Token(TokenError::NoRefreshToken),
        ] {
            let trouble = settle::<()>(Asked::Purchase, Err(error)).expect_err("not done");
            assert!(!trouble.may_have_happened());
        }
    }
}
