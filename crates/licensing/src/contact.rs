//! The end customer and its contact: who receives the sign-in data, and the facts
//! that Microsoft asks for before it creates a tenant (contracts/partner-center.md §7).

use crate::invalid::{Invalid, Rule};
use serde::{Deserialize, Serialize};

/// The languages of panel and mail, as ISO 639-1 codes.
pub const LANGUAGES: &[&str] = &["it", "en", "fr", "de", "es", "pl", "pt"];

/// Countries where Microsoft asks for a company's registration number and telephone.
const REGISTRATION: &[&str] = &[
    "AM", "AZ", "BY", "HU", "KZ", "KG", "MD", "RU", "TJ", "UZ", "UA", "BR", "IN", "ZA", "PL", "AE", "SA", "TR", "TH",
    "VN", "MM", "IQ", "SS", "VE",
];

/// Postcode forms: country, pattern (`9` a digit, `A` a letter, anything else itself), example.
const POSTCODES: &[(&str, &str, &str)] = &[
    ("IT", "99999", "40126"),
    ("DE", "99999", "10115"),
    ("FR", "99999", "75001"),
    ("ES", "99999", "28001"),
    ("PL", "99-999", "00-001"),
    ("PT", "9999-999", "1000-001"),
    ("AT", "9999", "1010"),
    ("BE", "9999", "1000"),
    ("CH", "9999", "8001"),
    ("NL", "9999 AA", "1011 AB"),
    ("LU", "9999", "1111"),
    ("DK", "9999", "1050"),
    ("SE", "999 99", "111 20"),
    ("NO", "9999", "0150"),
    ("FI", "99999", "00100"),
    ("CZ", "999 99", "110 00"),
    ("SK", "999 99", "811 01"),
    ("SM", "99999", "47890"),
    ("US", "99999", "98052"),
];

/// A person and company as somebody wrote them, unchecked. Every field as text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContactInput {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Where the sign-in data go.
    pub email: String,
    /// Telephone, international or national form.
    pub phone: String,
    /// Street and number.
    pub address: String,
    /// Town.
    pub city: String,
    /// Postcode.
    pub zip_code: String,
    /// State or province, where the country has them.
    pub state: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The end customer's legal name.
    pub company_name: String,
    /// The company's registration number, where the country asks for it.
    pub organization_registration_number: String,
    /// Language of the contact's mails, ISO 639-1; empty: the account's.
    pub language: String,
}

/// A checked contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Contact {
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// Where the sign-in data go.
    pub email: String,
    /// Telephone in E.164 form, for example `+390511234567`.
    pub phone: String,
    /// Street and number.
    pub address: String,
    /// Town.
    pub city: String,
    /// Postcode.
    pub zip_code: String,
    /// State or province; empty where the country has none.
    pub state: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The end customer's legal name.
    pub company_name: String,
    /// The company's registration number, where given.
    pub organization_registration_number: Option<String>,
    /// Language of the contact's mails.
    pub language: String,
}

impl ContactInput {
    /// Checks every field; `prefix` is put before the field names (`contact` gives
    /// `contactFirstName`; empty gives `firstName`). `fallback_language` fills an empty language.
    ///
    /// # Errors
    /// All that is wrong, one [`Invalid`] per field, in the order of the form.
    pub fn check(&self, prefix: &str, fallback_language: &str) -> Result<Contact, Vec<Invalid>> {
        let mut wrong = Vec::new();
        let mut take = |result: Result<String, Invalid>| {
            result.unwrap_or_else(|e| {
                wrong.push(e);
                String::new()
            })
        };
        let name = |field: &str| named(prefix, field);

        let first_name = take(person(&name("firstName"), &self.first_name));
        let last_name = take(person(&name("lastName"), &self.last_name));
        let company_name = take(company("companyName", &self.company_name));
        let email = take(email(&name("email"), &self.email));
        let country = take(country(&name("country"), &self.country));
        let phone = take(phone(&name("phone"), &self.phone, &country));
        let address = take(text(&name("address"), &self.address, 200));
        let city = take(text(&name("city"), &self.city, 100));
        let zip_code = take(postcode(&name("zipCode"), &self.zip_code, &country));
        let state = take(optional(&name("state"), &self.state, 50));
        let number = take(optional("organizationRegistrationNumber", &self.organization_registration_number, 50));
        let language = match self.language.trim() {
            "" => fallback_language.to_owned(),
            code => take(language("language", code)),
        };
        if number.is_empty() && REGISTRATION.contains(&country.as_str()) {
            wrong.push(Invalid::new(
                "organizationRegistrationNumber",
                "",
                Rule::RegistrationNumber { country: country.clone() },
            ));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Contact {
            first_name,
            last_name,
            email,
            phone,
            address,
            city,
            zip_code,
            state,
            country,
            company_name,
            organization_registration_number: (!number.is_empty()).then_some(number),
            language,
        })
    }
}

fn named(prefix: &str, field: &str) -> String {
    if prefix.is_empty() {
        return field.to_owned();
    }
    let (first, rest) = field.split_at(1);
    format!("{prefix}{}{rest}", first.to_ascii_uppercase())
}

/// A required text of at most `max` characters, without control characters.
///
/// # Errors
/// [`Rule::Required`], [`Rule::TooLong`], [`Rule::NotText`].
pub fn text(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = optional(field, value, max)?;
    match value.is_empty() {
        true => Err(Invalid::new(field, "", Rule::Required)),
        false => Ok(value),
    }
}

/// A text that may be empty, of at most `max` characters, without control characters.
///
/// # Errors
/// [`Rule::TooLong`], [`Rule::NotText`].
pub fn optional(field: &str, value: &str, max: usize) -> Result<String, Invalid> {
    let value = value.trim();
    if value.chars().count() > max {
        return Err(Invalid::new(field, value, Rule::TooLong { max }));
    }
    if value.chars().any(char::is_control) {
        return Err(Invalid::new(field, value, Rule::NotText));
    }
    Ok(value.to_owned())
}

/// A person's given or family name: 2 to 40 characters (one is allowed in Chinese,
/// Japanese and Korean), with a letter, no placeholder.
///
/// # Errors
/// [`Rule::Required`], [`Rule::TooLong`], [`Rule::NameForm`].
pub fn person(field: &str, value: &str) -> Result<String, Invalid> {
    let value = text(field, value, 40)?;
    let one_is_enough =
        value.chars().all(|c| ('\u{3040}'..='\u{9fff}').contains(&c) || ('\u{ac00}'..='\u{d7af}').contains(&c));
    let placeholder = ["test", "admin", "nobody"].contains(&value.to_lowercase().as_str());
    let letters = value.chars().any(char::is_alphabetic);
    match (value.chars().count() >= 2 || one_is_enough) && letters && !placeholder {
        true => Ok(value),
        false => Err(Invalid::new(field, value, Rule::NameForm)),
    }
}

/// A company's legal name: 2 to 255 characters, not only symbols, single letters or a legal form.
///
/// # Errors
/// [`Rule::Required`], [`Rule::TooLong`], [`Rule::CompanyForm`].
pub fn company(field: &str, value: &str) -> Result<String, Invalid> {
    let value = text(field, value, 255)?;
    let bare_form = ["llc", "inc", "ltd", "gmbh", "srl", "spa", "sarl", "sas"]
        .contains(&value.to_lowercase().replace('.', "").as_str());
    let spaced = value.split_whitespace().all(|word| word.chars().count() == 1) && value.contains(' ');
    let mut kinds: Vec<char> = value.to_lowercase().chars().collect();
    let repeated = kinds.len() >= 3 && {
        kinds.dedup();
        kinds.len() == 1
    };
    let good =
        value.chars().count() >= 2 && value.chars().any(char::is_alphanumeric) && !bare_form && !spaced && !repeated;
    match good {
        true => Ok(value),
        false => Err(Invalid::new(field, value, Rule::CompanyForm)),
    }
}

/// An e-mail address of at most 255 characters at a full domain that is not Microsoft's.
///
/// # Errors
/// [`Rule::Required`], [`Rule::TooLong`], [`Rule::EmailForm`], [`Rule::EmailMicrosoft`].
pub fn email(field: &str, value: &str) -> Result<String, Invalid> {
    let value = text(field, value, 255)?;
    let options = email_address::Options::default().with_required_tld().without_domain_literal().without_display_text();
    if email_address::EmailAddress::parse_with_options(&value, options).is_err() {
        return Err(Invalid::new(field, value, Rule::EmailForm));
    }
    if domain_of(&value) == "microsoft.com" {
        return Err(Invalid::new(field, value, Rule::EmailMicrosoft));
    }
    Ok(value)
}

/// The domain of a checked e-mail address, in lower case.
pub fn domain_of(email: &str) -> String {
    email.rsplit('@').next().unwrap_or_default().to_lowercase()
}

/// A country code; small letters are folded.
///
/// # Errors
/// [`Rule::Required`], [`Rule::CountryCode`] (also for `UK`: Microsoft wants `GB`).
pub fn country(field: &str, value: &str) -> Result<String, Invalid> {
    let code = text(field, value, 60)?.to_uppercase();
    match celes::Country::from_alpha2(&code) {
        Ok(_) => Ok(code),
        Err(_) => Err(Invalid::new(field, value, Rule::CountryCode)),
    }
}

/// A telephone number in E.164 form; a national number is read with the country's prefix.
///
/// # Errors
/// [`Rule::Required`], [`Rule::TooLong`], [`Rule::PhoneForm`].
pub fn phone(field: &str, value: &str, country: &str) -> Result<String, Invalid> {
    let value = text(field, value, 40)?;
    let region = country.parse::<phonenumber::country::Id>().ok();
    match phonenumber::parse(region, &value) {
        Ok(number) if phonenumber::is_viable(&value) && (6..=15).contains(&number.national().to_string().len()) => {
            Ok(number.format().mode(phonenumber::Mode::E164).to_string())
        }
        _ => Err(Invalid::new(field, value, Rule::PhoneForm)),
    }
}

/// A postcode in the form of its country; where we know no form, 1 to 12 letters, digits, blanks and hyphens.
///
/// # Errors
/// [`Rule::Required`], [`Rule::TooLong`], [`Rule::PostcodeForm`].
pub fn postcode(field: &str, value: &str, country: &str) -> Result<String, Invalid> {
    let value = text(field, value, 12)?.to_uppercase();
    let refuse = |example: &str| {
        Err(Invalid::new(
            field,
            &value,
            Rule::PostcodeForm { country: country.to_owned(), example: example.to_owned() },
        ))
    };
    if country == "GB" {
        let compact: Vec<char> = value.chars().filter(|c| *c != ' ').collect();
        let good = (5..=7).contains(&compact.len())
            && compact.iter().all(char::is_ascii_alphanumeric)
            && compact[0].is_ascii_alphabetic()
            && compact[compact.len() - 3].is_ascii_digit()
            && compact[compact.len() - 2..].iter().all(char::is_ascii_alphabetic);
        return if good { Ok(value) } else { refuse("SW1A 1AA") };
    }
    if country == "US" && value.len() == 10 && fits("99999-9999", &value) {
        return Ok(value);
    }
    match POSTCODES.iter().find(|(code, _, _)| *code == country) {
        Some((_, pattern, _)) if fits(pattern, &value) || fits(&pattern.replace(' ', ""), &value) => Ok(value),
        Some((_, _, example)) => refuse(example),
        None if value.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '-') => Ok(value),
        None => refuse("12345"),
    }
}

fn fits(pattern: &str, value: &str) -> bool {
    pattern.chars().count() == value.chars().count()
        && pattern.chars().zip(value.chars()).all(|(p, v)| match p {
            '9' => v.is_ascii_digit(),
            'A' => v.is_ascii_uppercase(),
            other => other == v,
        })
}

/// One of the seven languages.
///
/// # Errors
/// [`Rule::LanguageUnknown`] with the list.
pub fn language(field: &str, value: &str) -> Result<String, Invalid> {
    let code = value.trim().to_lowercase();
    match LANGUAGES.contains(&code.as_str()) {
        true => Ok(code),
        false => Err(Invalid::new(field, value, Rule::LanguageUnknown { known: LANGUAGES.join(", ") })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn good() -> ContactInput {
        ContactInput {
            first_name: "Chiara".into(),
            last_name: "Neri".into(),
            email: "acquisti@albaforni.example".into(),
            phone: "051 123 4567".into(),
            address: "Via Zamboni 33".into(),
            city: "Bologna".into(),
            zip_code: "40126".into(),
            country: "it".into(),
            company_name: "Alba Forni Srl".into(),
            ..ContactInput::default()
        }
    }

    #[test]
    fn a_good_contact_is_put_into_one_form() {
        let contact = good().check("contact", "it").expect("valid");
        assert_eq!(
            (contact.country.as_str(), contact.phone.as_str(), contact.language.as_str()),
            ("IT", "+390511234567", "it")
        );
    }

    #[test]
    fn each_fault_names_its_field_and_rule() {
        let bad = |change: &dyn Fn(&mut ContactInput)| {
            let mut input = good();
            change(&mut input);
            input
                .check("contact", "it")
                .expect_err("refused")
                .into_iter()
                .map(|e| (e.field, e.rule.code()))
                .collect::<Vec<_>>()
        };
        assert_eq!(bad(&|c| c.email = "acquisti@".into()), [("contactEmail".to_owned(), "email-form")]);
        assert_eq!(bad(&|c| c.email = "x@localhost".into()), [("contactEmail".to_owned(), "email-form")]);
        assert_eq!(
            bad(&|c| c.email = "someone@microsoft.com".into()),
            [("contactEmail".to_owned(), "email-microsoft")]
        );
        assert_eq!(bad(&|c| c.zip_code = "4012".into()), [("contactZipCode".to_owned(), "postcode-form")]);
        assert_eq!(
            bad(&|c| {
                c.country = "GB".into();
                c.phone = "+44 20 7946 0018".into()
            }),
            [("contactZipCode".to_owned(), "postcode-form")]
        );
        assert_eq!(bad(&|c| c.country = "UK".into())[0], ("contactCountry".to_owned(), "country-code"));
        assert_eq!(bad(&|c| c.first_name = "x".into()), [("contactFirstName".to_owned(), "name-form")]);
        assert_eq!(bad(&|c| c.first_name = "Test".into()), [("contactFirstName".to_owned(), "name-form")]);
        assert_eq!(bad(&|c| c.company_name = "S.r.l.".into()), [("companyName".to_owned(), "company-form")]);
        assert_eq!(bad(&|c| c.company_name = "aaaa".into()), [("companyName".to_owned(), "company-form")]);
        assert_eq!(bad(&|c| c.phone = "12".into()), [("contactPhone".to_owned(), "phone-form")]);
        assert_eq!(bad(&|c| c.address = "a\u{0}b".into()), [("contactAddress".to_owned(), "not-text")]);
        assert_eq!(bad(&|c| c.language = "xx".into()), [("language".to_owned(), "language-unknown")]);
        assert_eq!(
            bad(&|c| {
                c.country = "PL".into();
                c.zip_code = "00-001".into();
                c.phone = "+48 22 123 45 67".into()
            }),
            [("organizationRegistrationNumber".to_owned(), "registration-number")]
        );
    }

    #[test]
    fn an_empty_form_names_every_required_field_once() {
        let wrong = ContactInput::default().check("contact", "en").expect_err("refused");
        assert!(wrong.iter().all(|e| e.rule == Rule::Required), "{wrong:?}");
        assert_eq!(wrong.len(), 9);
    }

    #[test]
    fn postcodes() {
        for (country, code, good) in [
            ("GB", "SW1A 1AA", true),
            ("GB", "SW1A1AA", true),
            ("GB", "12345", false),
            ("PL", "00001", false),
            ("PT", "1000-001", true),
            ("NL", "1011AB", true),
            ("US", "98052-6399", true),
            ("JP", "100-0001", true),
            ("IT", "00-001", false),
        ] {
            assert_eq!(postcode("zip", code, country).is_ok(), good, "{country} {code}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered_without_a_panic(value in ".{0,300}", country in "[A-Z]{2}") {
            let input = ContactInput {
                first_name: value.clone(), last_name: value.clone(), email: value.clone(), phone: value.clone(),
                address: value.clone(), city: value.clone(), zip_code: value.clone(), state: value.clone(), country,
                company_name: value.clone(), organization_registration_number: value.clone(), language: value,
            };
            let _ = input.check("contact", "en");
        }
    }
}
