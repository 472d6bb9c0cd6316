//! Granular delegated rights (contract 9.8): may we look into a tenant's directory?
//!
//! A new tenant gets a default relationship when its creation asked for one, but the rights work
//! only once a security group was assigned to its roles: the switch `gdap` tells when that is.
//! Next: `profiles.rs` and the calls of contract 11, which ask here first.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::customers::{Customer, customer_of};
use crate::state::World;
use crate::wire::Refusal;

/// Whether and when security groups are assigned to the roles of a tenant's relationship.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct GdapSwitch {
    /// `false`: nobody ever assigned anything.
    pub(crate) assigned: bool,
    /// Seconds of business time from the creation of a tenant to the assignment.
    pub(crate) delay_seconds: u32,
    /// Domain prefix → assigned or not; the longest prefix wins over everything else.
    pub(crate) by_domain_prefix: BTreeMap<String, bool>,
    /// Roles that no group was assigned to, e.g. `Privileged Authentication Admin` (contract 11).
    pub(crate) missing_roles: Vec<String>,
}

impl Default for GdapSwitch {
    fn default() -> Self {
        Self { assigned: true, delay_seconds: 0, by_domain_prefix: BTreeMap::new(), missing_roles: Vec::new() }
    }
}

impl GdapSwitch {
    /// As in the wild: ten minutes pass before somebody assigns the groups.
    pub(crate) fn hostile() -> Self {
        Self { delay_seconds: 600, ..Self::default() }
    }
}

/// Whether the delegated rights on a tenant work by now.
pub(crate) fn is_assigned(world: &World, customer: &Customer, now: Timestamp) -> bool {
    let switch = &world.switches().gdap;
    let forced = switch
        .by_domain_prefix
        .iter()
        .filter(|(prefix, _)| customer.prefix().starts_with(prefix.as_str()))
        .max_by_key(|(prefix, _)| prefix.len());
    if let Some((_, assigned)) = forced {
        return *assigned;
    }
    let delay = SignedDuration::from_secs(i64::from(switch.delay_seconds));
    switch.assigned && customer.gdap && now.duration_since(customer.created) >= delay
}

/// Refuses with 403/900308 what the delegated rights on this tenant do not cover (contract 2.3).
pub(crate) fn needs_gdap(world: &World, customer: &Customer, now: Timestamp) -> Result<(), Refusal> {
    if is_assigned(world, customer, now) {
        Ok(())
    } else {
        Err(Refusal::new(403, 900_308, "Insufficient privileges: a GDAP role is missing."))
    }
}

/// A tenant whose directory can be read: it is there by now (404 before) and we may (403 if not).
pub(crate) fn directory_of<'a>(world: &'a World, id: &str, now: Timestamp) -> Result<&'a Customer, Refusal> {
    let customer = customer_of(world, id, now)?;
    let lag = SignedDuration::from_secs(i64::from(world.switches().lag.users_seconds));
    if now.duration_since(customer.created) < lag {
        return Err(Refusal::new(404, 60_003, "The tenant was not found."));
    }
    needs_gdap(world, customer, now)?;
    Ok(customer)
}
