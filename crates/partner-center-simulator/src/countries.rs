//! Country rules (contract 7.3) of the markets that the simulated provider sells in.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde_json::{Value, json};

use crate::state::Sim;
use crate::wire::{Answer, Call, Refusal, ok};

/// The rules of one country. In masks `9` stands for a digit and `A` for a letter.
#[derive(Debug)]
pub(crate) struct Country {
    pub(crate) code: &'static str,
    culture: &'static str,
    language: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) currency_symbol: &'static str,
    postal_masks: &'static [&'static str],
    postal_regex: &'static str,
    phone_regex: &'static str,
    vat_regex: &'static str,
    calling_code: &'static str,
    region: &'static str,
    /// States that Microsoft truly checks; empty where any text will do.
    states: &'static [&'static str],
    registration: Option<Registration>,
}

/// Rule of the organisation's registration number.
#[derive(Debug)]
pub(crate) struct Registration {
    mask: &'static str,
    pub(crate) regex: &'static str,
    sample: &'static str,
}

const GB_MASKS: &[&str] = &["A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA"];
const US_STATES: &[&str] = &[
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA",
    "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR",
    "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY",
];

const fn euro(
    code: &'static str,
    culture: &'static str,
    language: &'static str,
    vat_regex: &'static str,
    calling_code: &'static str,
) -> Country {
    Country {
        code,
        culture,
        language,
        currency: "EUR",
        currency_symbol: "€",
        postal_masks: &["99999"],
        postal_regex: "^[0-9]{5}$",
        phone_regex: "^[0-9+() .-]{5,20}$",
        vat_regex,
        calling_code,
        region: "EMEA",
        states: &[],
        registration: None,
    }
}

/// All known countries.
pub(crate) const COUNTRIES: &[Country] = &[
    euro("IT", "it-IT", "it", "^IT[0-9]{11}$", "39"),
    euro("DE", "de-DE", "de", "^DE[0-9]{9}$", "49"),
    euro("FR", "fr-FR", "fr", "^FR[0-9A-Z]{2}[0-9]{9}$", "33"),
    euro("ES", "es-ES", "es", "^ES[0-9A-Z][0-9]{7}[0-9A-Z]$", "34"),
    Country {
        postal_masks: &["9999-999"],
        postal_regex: "^[0-9]{4}-[0-9]{3}$",
        ..euro("PT", "pt-PT", "pt", "^PT[0-9]{9}$", "351")
    },
    Country {
        currency: "PLN",
        currency_symbol: "zł",
        postal_masks: &["99-999"],
        postal_regex: "^[0-9]{2}-[0-9]{3}$",
        registration: Some(Registration { mask: "9999999999", regex: "^[0-9]{10}$", sample: "5260001246" }),
        ..euro("PL", "pl-PL", "pl", "^PL[0-9]{10}$", "48")
    },
    Country {
        currency: "GBP",
        currency_symbol: "£",
        postal_masks: GB_MASKS,
        postal_regex: "^[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}$",
        ..euro("GB", "en-GB", "en", "^GB[0-9]{9}$", "44")
    },
    Country {
        currency: "USD",
        currency_symbol: "$",
        postal_masks: &["99999", "99999-9999"],
        postal_regex: "^[0-9]{5}(-[0-9]{4})?$",
        region: "NorthAmerica",
        states: US_STATES,
        ..euro("US", "en-US", "en", "", "1")
    },
];

/// The rules of a country, its code in any case.
pub(crate) fn country(code: &str) -> Option<&'static Country> {
    COUNTRIES.iter().find(|country| country.code.eq_ignore_ascii_case(code))
}

impl Country {
    pub(crate) fn accepts_postal_code(&self, code: &str) -> bool {
        self.postal_masks.iter().any(|mask| fits(mask, code))
    }

    /// The code written as the country wants it, when only blanks, hyphens or case differ.
    pub(crate) fn corrected_postal_code(&self, code: &str) -> Option<String> {
        let bare: Vec<char> =
            code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        self.postal_masks.iter().find_map(|mask| {
            let mut left = bare.iter();
            let filled: Option<String> = mask
                .chars()
                .map(|place| match place {
                    '9' | 'A' => left.next().copied(),
                    other => Some(other),
                })
                .collect();
            filled.filter(|text| left.next().is_none() && fits(mask, text))
        })
    }

    pub(crate) fn accepts_state(&self, state: &str) -> bool {
        self.states.is_empty() || self.states.iter().any(|s| s.eq_ignore_ascii_case(state))
    }

    pub(crate) fn requires_state(&self) -> bool {
        !self.states.is_empty()
    }

    pub(crate) fn culture(&self) -> &'static str {
        self.culture
    }

    pub(crate) fn language(&self) -> &'static str {
        self.language
    }

    pub(crate) fn registration(&self) -> Option<&Registration> {
        self.registration.as_ref()
    }
}

impl Registration {
    pub(crate) fn accepts(&self, number: &str) -> bool {
        fits(self.mask, number)
    }
}

fn fits(mask: &str, text: &str) -> bool {
    mask.chars().count() == text.chars().count()
        && mask.chars().zip(text.chars()).all(|(place, c)| match place {
            '9' => c.is_ascii_digit(),
            'A' => c.is_ascii_uppercase(),
            other => c == other,
        })
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new().route("/v1/countryvalidationrules/{country}", get(rules))
}

async fn rules(State(sim): State<Sim>, _: Call, Path(code): Path<String>) -> Answer {
    let country = country(&code).ok_or_else(Refusal::not_found)?;
    let required = country.registration.is_some();
    let sample = country.registration.as_ref().map(|r| r.sample);
    let regex = country.registration.as_ref().map(|r| r.regex);
    let vat = (!country.vat_regex.is_empty()).then_some(country.vat_regex);
    let mut body: Value = json!({"iso2Code": country.code, "defaultCulture": country.culture,
        "isStateRequired": country.requires_state(), "supportedStatesList": country.states,
        "supportedLanguagesList": [country.language], "supportedCulturesList": [country.culture],
        "isPostalCodeRequired": true, "postalCodeRegex": country.postal_regex, "isCityRequired": true,
        "isVatIdSupported": vat.is_some(), "vatIdRegex": vat, "phoneNumberRegex": country.phone_regex,
        "isTaxIdSupported": false, "isTaxIdOptional": true, "isRegistrationNumberSupported": required,
        "customerOrganizationRegistrationNumberRegex": regex,
        "customerOrganizationRegistrationNumberSample": sample,
        "customerOrganizationRegistrationNumberRequired": required,
        "customerOrganizationPhoneNumberRequired": required,
        "resellerAgreementRegion": country.region, "geographicRegion": country.region,
        "countryCallingCodesList": [country.calling_code],
        "attributes": {"objectType": "CountryInformation"}});
    if let Some(members) = body.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    if sim.read(|world, _| world.switches().older_country_rules) {
        body = older(body);
    }
    ok(&body)
}

/// The generation of names before: a list was an object with a `value` (contract 7.3).
fn older(mut rules: Value) -> Value {
    for (new, old) in [
        ("supportedStatesList", "states"),
        ("supportedLanguagesList", "supportedLanguages"),
        ("supportedCulturesList", "supportedCultures"),
        ("countryCallingCodesList", "countryCallingCodes"),
    ] {
        if let Some(list) = rules.as_object_mut().and_then(|members| members.remove(new)) {
            rules[old] = json!({ "value": list });
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_and_corrects_postal_codes() {
        let of = |code| country(code).unwrap();
        assert!(of("IT").accepts_postal_code("40126"));
        assert!(!of("IT").accepts_postal_code("4012"));
        assert!(!of("IT").accepts_postal_code("4012é"));
        assert!(of("gb").accepts_postal_code("SW1A 1AA"));
        assert_eq!(of("PL").corrected_postal_code("00950").as_deref(), Some("00-950"));
        assert_eq!(of("GB").corrected_postal_code("m11ae").as_deref(), Some("M1 1AE"));
        assert_eq!(of("PT").corrected_postal_code("12"), None);
    }
}
