//! What is wrong with an input: the field, the value and the rule.
//!
//! Every door shows the same three facts in its own form (a JSON error, a message
//! under a field, a line on a terminal). Texts for people come from
//! [`Rule::code`] and [`Rule::arguments`]; `Display` is the English form.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest piece of a refused value that is shown back, in characters.
const SHOWN: usize = 80;

/// One refused input. May be shown to whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invalid {
    /// The field's name on the wire, for example `mpnId` or `lines[1].quantity`.
    pub field: String,
    /// The refused value, shortened to 80 characters; empty when it was missing.
    pub value: String,
    /// The rule that it breaks.
    pub rule: Rule,
}

impl Invalid {
    /// `value` breaks `rule` in `field`.
    pub fn new(field: impl Into<String>, value: impl AsRef<str>, rule: Rule) -> Invalid {
        Invalid { field: field.into(), value: shorten(value.as_ref()), rule }
    }
}

fn shorten(value: &str) -> String {
    let mut shown: String = value.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if value.chars().count() > SHOWN {
        shown.push('…');
    }
    shown
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.value.is_empty() {
            write!(f, "{}: {}", self.field, self.rule)
        } else {
            write!(f, "{}: \"{}\" {}", self.field, self.value, self.rule)
        }
    }
}

impl std::error::Error for Invalid {}

macro_rules! rules {
    ($( $(#[$doc:meta])* $name:ident $({ $($arg:ident : $ty:ty),* })? = $code:literal, $text:literal; )*) => {
        /// The rules an input can break, each with a stable code.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "rule", rename_all = "camelCase")]
        pub enum Rule { $( $(#[$doc])* $name $({ $(
            /// The bound or name that the sentence quotes.
            $arg: $ty),* })? ),* }

        impl Rule {
            /// A stable code in kebab case; messages in every language are keyed by it as `rule-CODE`.
            pub fn code(&self) -> &'static str {
                match self { $( Rule::$name $({ $($arg: _),* })? => $code ),* }
            }
            /// The numbers and names that belong into the sentence.
            pub fn arguments(&self) -> Vec<(&'static str, String)> {
                match self { $( Rule::$name $({ $($arg),* })? => vec![$($((stringify!($arg), $arg.to_string())),*)?] ),* }
            }
            /// Every code, for the test that compares them with the message files.
            pub const CODES: &'static [&'static str] = &[$($code),*];
        }

        impl fmt::Display for Rule {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $( Rule::$name $({ $($arg),* })? => write!(f, $text) ),* }
            }
        }
    };
}

rules! {
    /// The field must be filled in.
    Required = "required", "is required";
    /// Longer than the field holds.
    TooLong { max: usize } = "too-long", "is too long: at most {max} characters";
    /// Shorter than the field needs.
    TooShort { min: usize } = "too-short", "is too short: at least {min} characters";
    /// Control characters or unprintable text.
    NotText = "not-text", "holds characters that cannot be stored";
    /// Must be digits only.
    DigitsOnly = "digits-only", "must consist of digits only";
    /// A subdomain outside Microsoft's form (design §11.3).
    SubdomainForm = "subdomain-form", "must be 1 to 27 lower-case letters and digits and must not start with a digit";
    /// The subdomain exists at Microsoft or is promised to another order.
    SubdomainTaken = "subdomain-taken", "is already taken";
    /// Not an e-mail address.
    EmailForm = "email-form", "is not a valid e-mail address";
    /// The domain of the address receives no mail.
    EmailDomain = "email-domain", "is at a domain that receives no mail";
    /// Microsoft refuses its own addresses as a customer's.
    EmailMicrosoft = "email-microsoft", "must not be an address at Microsoft";
    /// Not a telephone number of the country.
    PhoneForm = "phone-form", "is not a telephone number; write it in international form, for example +39 051 1234567";
    /// Not an ISO 3166-1 alpha-2 code.
    CountryCode = "country-code", "is not a two-letter country code (ISO 3166), for example IT";
    /// The postcode does not have the form of the country.
    PostcodeForm { country: String, example: String } = "postcode-form", "is not a postcode of {country}; an example is {example}";
    /// Microsoft refused the address.
    AddressRefused = "address-refused", "is not an address that Microsoft accepts; check street, city and postcode";
    /// A person's name that Microsoft refuses (a single letter, a placeholder, digits only).
    NameForm = "name-form", "is not accepted as a name; give the real name, at least two letters";
    /// A company name that Microsoft refuses.
    CompanyForm = "company-form", "is not accepted as a company name; give the full legal name";
    /// The country asks for the company's registration number.
    RegistrationNumber { country: String } = "registration-number", "is required for customers in {country}";
    /// No such language.
    LanguageUnknown { known: String } = "language-unknown", "is not a supported language; choose one of {known}";
    /// Not a whole number.
    WholeNumber = "whole-number", "must be a whole number";
    /// Fewer than the least.
    AtLeast { min: u32 } = "at-least", "must be at least {min}";
    /// More than the licence's limit.
    AtMost { max: u32 } = "at-most", "must be at most {max}";
    /// At least one licence must be ordered.
    NoLines = "no-lines", "must hold at least one licence";
    /// Too many lines in one order.
    TooManyLines { max: usize } = "too-many-lines", "holds too many lines: at most {max}";
    /// The same licence twice in one order.
    DuplicateLicence = "duplicate-licence", "is in the order twice; put the seats into one line";
    /// No licence has this id.
    LicenceUnknown = "licence-unknown", "is not a licence of the catalogue";
    /// Closed for new subscriptions.
    LicenceNotSold = "licence-not-sold", "is no longer sold";
    /// Closed for further seats.
    NoNewSeats = "no-new-seats", "cannot get further seats";
    /// Education licences are sold only to qualified customers.
    EducationOnly = "education-only", "is sold only to qualified education customers, and the qualification is not offered yet";
    /// An add-on without its base.
    BaseMissing { bases: String } = "base-missing", "is an add-on and needs one of these licences with it: {bases}";
    /// A base licence where an add-on is expected.
    NotAnAddOn = "not-an-add-on", "is not an add-on of this subscription";
    /// An add-on where a base licence is expected.
    IsAnAddOn = "is-an-add-on", "is an add-on: order it with its base subscription";
    /// No Microsoft partner has this id.
    MpnUnknown = "mpn-unknown", "is not known to Microsoft";
    /// The id has a form that no MPN id has.
    MpnForm = "mpn-form", "must be 4 to 10 digits";
    /// Known, but no CSP indirect reseller.
    MpnNotReseller = "mpn-not-reseller", "is not enrolled as an indirect reseller in the CSP programme";
    /// Enrolled in another region.
    MpnWrongRegion = "mpn-wrong-region", "is enrolled in another region than ours";
    /// The Microsoft Partner Agreement is not signed.
    MpnNotSigned = "mpn-not-signed", "has not signed the Microsoft Partner Agreement";
    /// No active partnership with the provider.
    MpnNoPartnership = "mpn-no-partnership", "has no active partnership with us; accept our invitation in Partner Center and give the id of the location, not of the global account";
    /// An indirect provider cannot be the partner of record.
    MpnIsProvider = "mpn-is-provider", "belongs to an indirect provider and cannot be the partner of record";
    /// A global account instead of a location.
    MpnNotLocation = "mpn-not-location", "is a global account; give the id of the location";
    /// Not one of the MPN ids that an operator approved for the account.
    MpnNotApproved = "mpn-not-approved", "is not approved for this account; ask your provider to approve it";
    /// The Microsoft Customer Agreement must be accepted by a person of the end customer.
    AgreementRequired = "agreement-required", "must be accepted by a person of the end customer";
    /// A date in the future, or not a date.
    PastInstant = "past-instant", "must be a date and time that is not in the future, such as 2026-03-04T10:11:12Z";
    /// Not one of the allowed words.
    OneOf { allowed: String } = "one-of", "must be one of {allowed}";
    /// A feature that this server does not offer.
    NotOffered = "not-offered", "is not offered by this provider";
    /// Not a value of the expected JSON type.
    WrongType { expected: String } = "wrong-type", "must be {expected}";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_field_value_and_rule() {
        let wrong = Invalid::new("lines[0].quantity", "301", Rule::AtMost { max: 300 });
        assert_eq!(wrong.to_string(), "lines[0].quantity: \"301\" must be at most 300");
        assert_eq!(Invalid::new("mpnId", "", Rule::Required).to_string(), "mpnId: is required");
    }

    #[test]
    fn a_long_value_is_shortened_and_control_characters_are_left_out() {
        let wrong = Invalid::new("email", "x\u{7}".repeat(500), Rule::EmailForm);
        assert!(wrong.value.chars().count() <= 81, "{}", wrong.value);
        assert!(!wrong.value.contains('\u{7}'));
    }
}
