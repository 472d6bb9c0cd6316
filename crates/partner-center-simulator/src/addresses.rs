//! Address checks (contract 7.2) and the rules for names, e-mail and addresses (7.4).

use axum::Router;
use axum::routing::post;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::countries::{Country, country};
use crate::state::Sim;
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, ok};

/// A postal address as customers carry it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Address {
    pub(crate) country: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    pub(crate) city: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) state: Option<String>,
    pub(crate) address_line1: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address_line2: Option<String>,
    pub(crate) postal_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) phone_number: Option<String>,
}

impl Address {
    pub(crate) fn read(given: Members<'_>) -> Self {
        let text = |name| given.owned(name).unwrap_or_default();
        Self {
            country: text("country").to_uppercase(),
            region: given.owned("region"),
            city: text("city"),
            state: given.owned("state"),
            address_line1: text("addressLine1"),
            address_line2: given.owned("addressLine2"),
            postal_code: text("postalCode"),
            first_name: given.owned("firstName"),
            middle_name: given.owned("middleName"),
            last_name: given.owned("lastName"),
            phone_number: given.owned("phoneNumber"),
        }
    }

    pub(crate) fn view(&self) -> Value {
        serde_json::to_value(self).expect("an address is plain")
    }

    /// The members that break a rule of the country.
    pub(crate) fn failing(&self) -> Vec<&'static str> {
        let long = |text: &Option<String>, max| text.as_ref().is_some_and(|t| t.chars().count() > max);
        let mut failing = Vec::new();
        let rules = country(&self.country);
        if rules.is_none() {
            failing.push("country");
        }
        if !(1..=200).contains(&self.address_line1.chars().count()) {
            failing.push("addressLine1");
        }
        if long(&self.address_line2, 200) {
            failing.push("addressLine2");
        }
        if !(1..=100).contains(&self.city.chars().count()) || self.city == "NOWHERE" {
            failing.push("city");
        }
        if rules.is_some_and(|r| !r.accepts_postal_code(&self.postal_code)) {
            failing.push("postalCode");
        }
        let state = self.state.as_deref().unwrap_or("");
        if state.chars().count() > 50 || rules.is_some_and(|r| r.requires_state() && !r.accepts_state(state)) {
            failing.push("state");
        }
        if long(&self.phone_number, 30) {
            failing.push("phoneNumber");
        }
        failing
    }
}

/// Company names that Microsoft refuses.
pub(crate) fn company_name_fits(name: &str) -> bool {
    let letters: Vec<char> = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let legal_form = matches!(
        name.to_uppercase().trim_end_matches('.'),
        "LLC" | "INC" | "LTD" | "GMBH" | "SRL" | "SPA" | "AG" | "SA" | "SL" | "SAS"
    );
    let monotone = letters.len() >= 3 && letters.windows(2).all(|pair| pair[0] == pair[1]);
    let scattered = name.split_whitespace().all(|word| word.chars().count() == 1);
    (2..=255).contains(&name.chars().count()) && !letters.is_empty() && !legal_form && !monotone && !scattered
}

/// Contact names that Microsoft refuses.
pub(crate) fn contact_name_fits(name: &str) -> bool {
    let placeholder = matches!(name.to_lowercase().as_str(), "test" | "admin" | "nobody");
    (2..=40).contains(&name.chars().count()) && name.chars().any(char::is_alphabetic) && !placeholder
}

/// A plausible address outside Microsoft's own domain.
pub(crate) fn email_fits(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return false;
    };
    let clean = |text: &str| !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '@');
    email.len() <= 254
        && !local.is_empty()
        && clean(local)
        && clean(domain)
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
        && !domain.eq_ignore_ascii_case("microsoft.com")
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new().route("/v1/validations/address", post(validate))
}

async fn validate(_: Call, JsonBody(body): JsonBody) -> Answer {
    let given = Members(&body);
    let address = Address::read(given);
    if address.country.is_empty() {
        return Err(Refusal::property("country", "it is required"));
    }
    let (status, suggestions, message) = verdict(&address);
    ok(&json!({"originalAddress": address.view(), "suggestedAddresses": suggestions, "status": status,
        "validationMessage": message}))
}

/// The simulator's deterministic rules.
fn verdict(address: &Address) -> (&'static str, Vec<Value>, Option<String>) {
    let Some(rules) = country(&address.country) else {
        return ("NotValidated", Vec::new(), Some("country".to_owned()));
    };
    let message = |failing: &str| Some(format!("The following properties are not valid: {failing}"));
    if address.city == "NOWHERE" || address.city.is_empty() {
        return ("None", Vec::new(), message("city"));
    }
    if address.address_line1.is_empty() || address.address_line1.chars().count() > 200 {
        return ("None", Vec::new(), message("addressLine1"));
    }
    if !rules.accepts_postal_code(&address.postal_code) {
        return match rules.corrected_postal_code(&address.postal_code) {
            Some(postal_code) => {
                let better = Address { postal_code, ..address.clone() };
                ("InteractionRequired", vec![better.view()], message("postalCode"))
            }
            None => ("None", Vec::new(), message("postalCode")),
        };
    }
    let state = address.state.as_deref().unwrap_or("");
    if rules.requires_state() && !rules.accepts_state(state) {
        return ("None", Vec::new(), message("state"));
    }
    if address.address_line1.contains("MULTI") {
        let versions = ["1", "2", "3"].map(|number| {
            let better = Address { address_line1: format!("{} {number}", address.address_line1), ..address.clone() };
            better.view()
        });
        return ("Multiple", versions.to_vec(), message("addressLine1"));
    }
    if !address.address_line1.chars().any(|c| c.is_ascii_digit()) {
        return ("StreetPartial", Vec::new(), message("addressLine1"));
    }
    verified(address, rules)
}

fn verified(address: &Address, rules: &Country) -> (&'static str, Vec<Value>, Option<String>) {
    if rules.code != "US" {
        return ("Verified", vec![address.view()], None);
    }
    let mut better = address.clone();
    if better.postal_code.len() == 5 {
        better.postal_code.push_str("-0001");
    }
    ("VerifiedShippable", vec![better.view()], None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_names_and_mail_addresses() {
        for good in ["Alba Forni Srl", "3M", "Ōtsu KK"] {
            assert!(company_name_fits(good), "{good}");
        }
        for bad in ["A", "--- !", "a b c", "GmbH", "aaaa", ""] {
            assert!(!company_name_fits(bad), "{bad}");
        }
        assert!(email_fits("acquisti@albaforni.example"));
        for bad in ["a@b", "a b@c.example", "@c.example", "x@microsoft.com", "a@b..c"] {
            assert!(!email_fits(bad), "{bad}");
        }
        assert!(!contact_name_fits("test") && contact_name_fits("Chiara"));
    }
}
