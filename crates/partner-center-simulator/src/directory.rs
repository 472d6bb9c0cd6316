//! The door to a tenant's directory (contract 5.1, 9.8, 11): a signed-in user, a readable
//! directory, an assigned security group, and the role that the verb needs.
//!
//! Next: `users.rs`, `roles.rs`, `licences.rs`.

use jiff::Timestamp;

use crate::customers::Customer;
use crate::gdap::directory_of;
use crate::state::World;
use crate::wire::{Call, Refusal, folded};

/// What somebody wants to do in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    Read,
    ReadLicences,
    ChangeUsers,
    ResetPassword,
    ResetAdministratorPassword,
    ChangeRoles,
    AssignLicences,
}

impl Right {
    /// Any one of these roles will do.
    fn roles(self) -> &'static [&'static str] {
        match self {
            Self::Read | Self::ReadLicences => &["Directory Readers", "Global Reader"],
            Self::ChangeUsers => &["User Admin", "Directory Writers"],
            Self::ResetPassword => &["User Admin"],
            Self::ResetAdministratorPassword => &["Privileged Authentication Admin"],
            Self::ChangeRoles => &["Privileged Role Admin"],
            Self::AssignLicences => &["License Admin", "User Admin", "Directory Writers"],
        }
    }

    fn is_about_licences(self) -> bool {
        matches!(self, Self::ReadLicences | Self::AssignLicences)
    }
}

/// The tenant whose directory the caller may use in this way.
pub(crate) fn enter<'a>(
    world: &'a World,
    call: &Call,
    tenant: &str,
    right: Right,
    now: Timestamp,
) -> Result<&'a Customer, Refusal> {
    if right.is_about_licences() && !call.user {
        let text = "License management does not accept a partner token; use the delegated access token.";
        return Err(Refusal::new(400, 900_316, text));
    }
    call.needs_user()?;
    let customer = directory_of(world, tenant, now)?;
    needs_role(world, right)?;
    Ok(customer)
}

/// Refuses what the switch `gdap.missingRoles` takes away.
pub(crate) fn needs_role(world: &World, right: Right) -> Result<(), Refusal> {
    let missing = &world.switches().gdap.missing_roles;
    let held = |role: &&&str| !missing.iter().any(|name| folded(name) == folded(role));
    if right.roles().iter().any(|role| held(&role)) {
        return Ok(());
    }
    let roles = right.roles().join(", ");
    Err(Refusal::new(403, 900_308, format!("Insufficient privileges: none of the roles {roles} is assigned.")))
}
