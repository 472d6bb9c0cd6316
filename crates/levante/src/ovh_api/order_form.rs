//! The fields of an order: the body of the one-call order and the configuration labels of
//! a cart are the same names (contracts/ovh-api.md §6.2, design §11.7 and §11.8).

use super::{
    models::order::LINE,
    schema::{Field, Kind},
};
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
    ($($name:literal $how:ident $($path:ident).+, $text:literal, like $sample:literal;)*) => {
        /// Every field, in the order of the form.
        pub(super) const FIELDS: &[FormField] = &[
            $(FormField {
                name: $name,
                required: Field::$how($name, Kind::String, $text).required,
                slot: |order| &mut order.$($path).+,
            }),*
        ];
        /// What the one-call order declares.
        pub(super) static ONE_CALL: &[Field] = &[
            $(Field::$how($name, Kind::String, $text).like($sample),)*
            Field::must("lines", Kind::List(&Kind::Of(&LINE)), "The licences: at least one, each once"),
        ];
        /// What the preview declares: the same, and nothing of it is required.
        pub(super) static PREVIEW: &[Field] = &[
            $(Field::set($name, Kind::String, $text).like($sample),)*
            Field::set("lines", Kind::List(&Kind::Of(&LINE)), "The licences: at least one, each once"),
        ];
    };
}

form! {
    "mpnId" must mpn_id, "The MPN id of the partner of record: one that is approved for the account", like "6100001";
    "customSubdomain" set custom_subdomain, "The name of the tenant before .onmicrosoft.com; made up when it is left out", like "contoso123";
    "tenantMode" set tenant_mode, "create, or left out: ordering into a tenant that exists is not offered", like "create";
    "contactFirstName" must contact.first_name, "The given name of the end customer's contact", like "Chiara";
    "contactLastName" must contact.last_name, "The contact's family name", like "Neri";
    "contactEmail" must contact.email, "The contact's e-mail address: it gets the sign-in data", like "chiara@contoso.example";
    "contactPhone" must contact.phone, "The contact's telephone number", like "+39 051 1234567";
    "contactAddress" must contact.address, "Street and number", like "Via Zamboni 33";
    "contactCity" must contact.city, "Town", like "Bologna";
    "contactZipCode" must contact.zip_code, "Postcode", like "40126";
    "contactState" set contact.state, "State or province, where the country has them", like "BO";
    "contactCountry" must contact.country, "Country (ISO 3166)", like "IT";
    "companyName" must contact.company_name, "The legal name of the end customer", like "Contoso Srl";
    "organizationRegistrationNumber" set contact.organization_registration_number, "The company's registration number, where the country asks for it", like "123456";
    "language" set contact.language, "The language of the tenant's mails", like "it";
    "mcaFirstName" must agreement.first_name, "The given name of who accepted the Microsoft Customer Agreement", like "Chiara";
    "mcaLastName" must agreement.last_name, "That person's family name", like "Neri";
    "mcaEmail" must agreement.email, "That person's e-mail address", like "chiara@contoso.example";
    "mcaAgreedAt" must agreement.agreed_at, "When it was accepted", like "2026-03-05T09:30:00+00:00";
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
