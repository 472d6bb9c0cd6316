//! An order as somebody fills it in, good or with one fault, in the form of each door.

use super::table::Fault;
use crate::world::World;
use levante::operations::checks::Question;
use licensing::{contact::ContactInput, order::OrderInput};
use serde_json::{Value, json};

pub struct Form {
    pub fields: Vec<(&'static str, String)>,
    /// Licence id and seats, as written.
    pub lines: Vec<(i64, String)>,
}

/// What Microsoft is asked about beforehand.
pub fn kind_of_check(fault: Fault) -> Option<&'static str> {
    match fault {
        Fault::MpnUnknown
        | Fault::MpnOfProvider
        | Fault::MpnOfOtherProvider
        | Fault::MpnWrongRegion
        | Fault::MpnNotSigned
        | Fault::MpnNoPartnership
        | Fault::MpnPartnershipEnded
        | Fault::MpnNoReseller
        | Fault::MpnGlobalAccount => Some("partner"),
        Fault::SubdomainTaken => Some("subdomain"),
        Fault::AddressRefused => Some("address"),
        _ => None,
    }
}

/// The MPN ids that the accounts of the matrix may use, good and bad ones.
pub const APPROVED: &[&str] =
    &["6100001", "9999999", "6000001", "6000002", "6200001", "6200002", "6200003", "6200004", "6200005", "6200006"];

impl Form {
    /// An order that every check lets pass.
    pub async fn good(world: &World, subdomain: &str) -> Form {
        let fields = [
            ("mpnId", "6100001"),
            ("customSubdomain", subdomain),
            ("contactFirstName", "Chiara"),
            ("contactLastName", "Neri"),
            ("contactEmail", "acquisti@albaforni.example"),
            ("contactPhone", "051 123 4567"),
            ("contactAddress", "Via Zamboni 33"),
            ("contactCity", "Bologna"),
            ("contactZipCode", "40126"),
            ("contactCountry", "IT"),
            ("companyName", "Alba Forni Srl"),
            ("mcaFirstName", "Chiara"),
            ("mcaLastName", "Neri"),
            ("mcaEmail", "acquisti@albaforni.example"),
            ("mcaAgreedAt", "2026-01-02T03:04:05Z"),
        ];
        let basic = world.licence("CFQ7LV000001:0001", "P1Y", "monthly").await.0;
        Form { fields: fields.map(|(n, v)| (n, v.to_owned())).to_vec(), lines: vec![(basic, "5".to_owned())] }
    }

    /// The same order with one fault; one that is not an order's leaves it good.
    pub async fn with(world: &World, fault: Fault, subdomain: &str) -> Form {
        let mut form = Form::good(world, subdomain).await;
        let licence = |sku, term, plan| world.licence(sku, term, plan);
        match fault {
            Fault::MpnUnknown => form.set("mpnId", "9999999"),
            Fault::MpnOfProvider => form.set("mpnId", "6000001"),
            Fault::MpnOfOtherProvider => form.set("mpnId", "6000002"),
            Fault::MpnWrongRegion => form.set("mpnId", "6200002"),
            Fault::MpnNotSigned => form.set("mpnId", "6200003"),
            Fault::MpnNoPartnership => form.set("mpnId", "6200004"),
            Fault::MpnPartnershipEnded => form.set("mpnId", "6200005"),
            Fault::MpnNoReseller => form.set("mpnId", "6200001"),
            Fault::MpnGlobalAccount => form.set("mpnId", "6200006"),
            Fault::MpnNotApproved => form.set("mpnId", "6100003"),
            Fault::MpnMalformed => form.set("mpnId", "61x"),
            Fault::SubdomainTaken => form.set("customSubdomain", "taken"),
            Fault::SubdomainPromised => form.set("customSubdomain", "promised"),
            Fault::SubdomainMalformed => form.set("customSubdomain", "Alba-Forni"),
            Fault::SubdomainTooLong => form.set("customSubdomain", &"a".repeat(28)),
            Fault::EmailMalformed => form.set("contactEmail", "acquisti@"),
            Fault::EmailWithoutMail => form.set("contactEmail", "acquisti@nomail.example"),
            Fault::AddressRefused => form.set("contactCity", "NOWHERE"),
            Fault::PostcodeOfOtherCountry => form.set("contactZipCode", "SW1A 1AA"),
            Fault::QuantityZero => form.lines[0].1 = "0".to_owned(),
            Fault::QuantityBroken => form.lines[0].1 = "1.5".to_owned(),
            Fault::QuantityAboveLimit => form.lines[0].1 = "301".to_owned(),
            Fault::AddOnWithoutBase => form.lines[0].0 = licence("CFQ7LV000007:0001", "P1Y", "monthly").await.0,
            Fault::LicenceClosed => form.lines[0].0 = licence("CFQ7LV000012:0001", "P1M", "monthly").await.0,
            Fault::LicenceForEducation => form.lines[0].0 = licence("CFQ7LV000008:0001", "P1Y", "annual").await.0,
            Fault::WrongSignature
            | Fault::ClockOff
            | Fault::ForeignService
            | Fault::OversizedBody
            | Fault::BrokenJson
            | Fault::UnknownField
            | Fault::ForeignSession
            | Fault::MissingToken => {}
        }
        form
    }

    pub fn set(&mut self, name: &str, value: &str) {
        let field = self.fields.iter_mut().find(|(n, _)| *n == name).expect("a field of the form");
        value.clone_into(&mut field.1);
    }

    pub fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v)
    }

    /// The body of the one-call order; seats stay as written.
    pub fn body(&self) -> Value {
        let mut body = json!({});
        for (name, value) in &self.fields {
            body[*name] = json!(value);
        }
        let line = |(id, seats): &(i64, String)| json!({ "licenceId": id, "quantity": number(seats) });
        body["lines"] = self.lines.iter().map(line).collect();
        body
    }

    /// The fields of the panel's form.
    pub fn page(&self) -> Vec<(String, String)> {
        let shown = self.fields.iter().filter(|(name, _)| !name.starts_with("mca"));
        let mut fields: Vec<(String, String)> = shown.map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        fields.push(("custom".to_owned(), "yes".to_owned()));
        for (index, (id, seats)) in self.lines.iter().enumerate() {
            fields.push((format!("lines[{index}].licenceId"), id.to_string()));
            fields.push((format!("lines[{index}].quantity"), seats.clone()));
        }
        fields
    }

    /// What is asked about it.
    pub fn question(&self, kind: &str) -> Question {
        let get = |name: &str| self.get(name).to_owned();
        match kind {
            "partner" => Question::Partner { mpn_id: get("mpnId") },
            "subdomain" => Question::Subdomain { subdomain: get("customSubdomain") },
            _ => {
                let contact = ContactInput {
                    first_name: get("contactFirstName"),
                    last_name: get("contactLastName"),
                    email: get("contactEmail"),
                    phone: get("contactPhone"),
                    address: get("contactAddress"),
                    city: get("contactCity"),
                    zip_code: get("contactZipCode"),
                    country: get("contactCountry"),
                    company_name: get("companyName"),
                    ..ContactInput::default()
                };
                Question::Address { contact: Box::new(contact.check("contact", "en").unwrap()) }
            }
        }
    }

    /// The order as the operations take it.
    pub fn input(&self) -> OrderInput {
        let mut input = OrderInput::default();
        let contact = &mut input.contact;
        contact.first_name = self.get("contactFirstName").to_owned();
        contact.last_name = self.get("contactLastName").to_owned();
        contact.email = self.get("contactEmail").to_owned();
        contact.phone = self.get("contactPhone").to_owned();
        contact.address = self.get("contactAddress").to_owned();
        contact.city = self.get("contactCity").to_owned();
        contact.zip_code = self.get("contactZipCode").to_owned();
        contact.country = self.get("contactCountry").to_owned();
        contact.company_name = self.get("companyName").to_owned();
        input.mpn_id = self.get("mpnId").to_owned();
        input.custom_subdomain = self.get("customSubdomain").to_owned();
        input.agreement.first_name = self.get("mcaFirstName").to_owned();
        input.agreement.last_name = self.get("mcaLastName").to_owned();
        input.agreement.email = self.get("mcaEmail").to_owned();
        input.agreement.agreed_at = self.get("mcaAgreedAt").to_owned();
        input.lines = self
            .lines
            .iter()
            .map(|(id, seats)| licensing::order::LineInput { licence_id: id.to_string(), quantity: seats.clone() })
            .collect();
        input
    }
}

/// A number as written.
pub fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
