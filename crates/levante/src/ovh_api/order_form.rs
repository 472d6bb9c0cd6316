//! The fields of an order: the body of the one-call order and the configuration labels of
//! a cart are the same names (contracts/ovh-api.md §6.2, design §11.7 and §11.8).

use licensing::order::OrderInput;

/// One field.
pub(super) struct FormField {
    /// Its name on the wire.
    pub(super) name: &'static str,
    /// Whether every order needs it; a country may need more.
    pub(super) required: bool,
    /// Where it belongs.
    pub(super) slot: fn(&mut OrderInput) -> &mut String,
}

macro_rules! form {
    ($($name:literal $required:literal $($path:ident).+;)*) => {
        /// Every field, in the order of the form.
        pub(super) const FIELDS: &[FormField] = &[
            $(FormField { name: $name, required: $required, slot: |order| &mut order.$($path).+ }),*
        ];
        /// What the one-call order declares.
        pub(super) const ONE_CALL: &[&str] = &[$($name,)* "lines"];
    };
}

form! {
    "mpnId" true mpn_id;
    "customSubdomain" false custom_subdomain;
    "tenantMode" false tenant_mode;
    "contactFirstName" true contact.first_name;
    "contactLastName" true contact.last_name;
    "contactEmail" true contact.email;
    "contactPhone" true contact.phone;
    "contactAddress" true contact.address;
    "contactCity" true contact.city;
    "contactZipCode" true contact.zip_code;
    "contactState" false contact.state;
    "contactCountry" true contact.country;
    "companyName" true contact.company_name;
    "organizationRegistrationNumber" false contact.organization_registration_number;
    "language" false contact.language;
    "mcaFirstName" true agreement.first_name;
    "mcaLastName" true agreement.last_name;
    "mcaEmail" true agreement.email;
    "mcaAgreedAt" true agreement.agreed_at;
}

/// The label of a tenant that exists already; ordering into one is not offered.
pub(super) const EXISTING_TENANT: &str = "existingTenant";

/// The field of a name.
pub(super) fn field(name: &str) -> Option<&'static FormField> {
    FIELDS.iter().find(|f| f.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_a_place_of_its_own() {
        let mut order = OrderInput::default();
        for field in FIELDS {
            let slot = (field.slot)(&mut order);
            assert!(slot.is_empty(), "{} shares its place", field.name);
            field.name.clone_into(slot);
        }
        assert_eq!(order.agreement.agreed_at, "mcaAgreedAt");
    }

    #[test]
    fn the_rules_name_the_same_fields() {
        let wrong = OrderInput::default().check(|_| None, "en", jiff::Timestamp::UNIX_EPOCH).expect_err("empty");
        for fault in wrong.iter().filter(|e| e.field != "lines") {
            assert!(field(&fault.field).is_some_and(|f| f.required), "{}", fault.field);
        }
    }
}
