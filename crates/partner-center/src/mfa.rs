//! Whether our own sign-in satisfies the MFA rule that Microsoft enforces since 2026: a check of the
//! token in use, and the daily statistics. Source: contract §1.2, §5.6.

use serde::{Deserialize, Serialize};

use crate::client::Client;
use crate::error::Error;
use crate::instant::Instant;
use crate::paging::member;
use crate::request::{Auth, Request};
use crate::resource::{Rest, filled, text};

/// What Microsoft says about the token in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaCheck {
    /// It was obtained with multi-factor authentication.
    Compliant,
    /// It was not: calls are or will be rejected. Consent again with MFA.
    NotCompliant,
    /// The answer does not say.
    Unsaid,
}

/// One application on one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MfaAdoption {
    /// The day.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub login_date: Option<Instant>,
    /// Calls whose token carried the claim.
    #[serde(default, deserialize_with = "count")]
    pub mfa_compliant_request_count: u64,
    /// All calls.
    #[serde(default, deserialize_with = "count")]
    pub total_request_count: u64,
    /// The application.
    #[serde(default, deserialize_with = "filled", skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
    /// Its name.
    #[serde(default, deserialize_with = "filled", skip_serializing_if = "Option::is_none")]
    pub application_name: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl MfaAdoption {
    /// Whether some calls lacked the claim.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        self.mfa_compliant_request_count < self.total_request_count
    }
}

impl Client {
    /// Asks whether the token in use satisfies the MFA rule. A read; may be repeated. §5.6.
    ///
    /// # Errors
    /// [`Error`]; a 401 after the token was renewed may itself be the enforcement.
    pub async fn check_mfa(&self) -> Result<MfaCheck, Error> {
        let request = Request::get("/v1/partnerRequests", &[])?.auth(Auth::User).header("ValidateMfa", "true");
        self.read_answer(request, |answer| {
            // It is not published whether the word stands in the head or in the body.
            let said = answer.header("isMfaCompliant").or_else(|| {
                let value = answer.value().ok()?;
                member(&value, "isMfaCompliant").and_then(text::of)
            });
            Ok(match said.as_deref().map(str::trim) {
                Some(word) if word.eq_ignore_ascii_case("true") => MfaCheck::Compliant,
                Some(word) if word.eq_ignore_ascii_case("false") => MfaCheck::NotCompliant,
                _ => MfaCheck::Unsaid,
            })
        })
        .await
    }

    /// How many calls of each application carried the MFA claim, day by day. A read; may be
    /// repeated. §5.6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn mfa_adoption(&self) -> Result<Vec<MfaAdoption>, Error> {
        self.read(Request::get("/v1/applicationmfaadoptionstatus", &[])?).await
    }
}

fn count<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    text::deserialize(deserializer)?.trim().parse().map_err(serde::de::Error::custom)
}
