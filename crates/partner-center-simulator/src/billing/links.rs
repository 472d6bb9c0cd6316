//! Addresses that open a document for a while without a token, as a storage account signs them.

use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq;

use crate::seed::Seed;
use crate::wire::{Call, Refusal};

/// The query that opens `what` until some time after `now`, on the business clock.
pub(super) fn pass(seed: &Seed, what: &str, now: Timestamp, lifetime: SignedDuration) -> String {
    let end = now.saturating_add(lifetime).unwrap_or(Timestamp::MAX).as_second().to_string();
    format!("sp=r&sr=b&se={end}&sig={}", signature(seed, what, &end))
}

fn signature(seed: &Seed, what: &str, end: &str) -> String {
    hex::encode(seed.mac("signed link", &[what, end]))
}

/// Checks the query of a request: 403 when it was never signed, 410 when its time is over.
pub(super) fn check(seed: &Seed, what: &str, call: &Call, now: Timestamp) -> Result<(), Refusal> {
    let given = |name: &str| call.parameter(name).unwrap_or("");
    let end = given("se");
    let right = signature(seed, what, end);
    if !bool::from(right.as_bytes().ct_eq(given("sig").as_bytes())) {
        return Err(Refusal::new(403, 1004, "The signature of the link is not valid."));
    }
    if end.parse().is_ok_and(|end: i64| now.as_second() < end) {
        return Ok(());
    }
    Err(expired())
}

pub(super) fn expired() -> Refusal {
    Refusal::new(410, 1005, "The link has expired.")
}
