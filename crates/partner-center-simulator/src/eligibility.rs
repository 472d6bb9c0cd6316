//! May this tenant buy at all: agreement confirmed, account vetted (contract 7.5, 10).

use jiff::Timestamp;

use crate::agreements::is_confirmed;
use crate::customers::Customer;
use crate::profiles::vetting_of;
use crate::state::World;
use crate::wire::{Refusal, folded};

/// Refuses a purchase for a tenant that may not buy.
pub(crate) fn check_may_buy(world: &World, customer: &Customer, now: Timestamp) -> Result<(), Refusal> {
    if !is_confirmed(customer) && world.switches().rules.agreement_attested(now) {
        return Err(Refusal::new(403, 13_605, "The Microsoft Customer Agreement was not confirmed for this customer."));
    }
    let (code, text) = match folded(&vetting_of(world, customer, now)).as_str() {
        "allowed" | "notfound" => return Ok(()),
        "underreview" | "notready" => (800_073, "The customer's account is under review."),
        "notallowed" => (800_075, "The customer's account was not approved."),
        _ => (800_074, "The customer's account has an unknown status."),
    };
    Err(Refusal::new(403, code, text))
}
