//! The account (contracts/ovh-api.md §2.8).

use crate::ovh_api::schema::{Field, Kind, Model};

pub(crate) static SUBSIDIARY: Model = Model::one_of(
    "nichandle.OvhSubsidiaryEnum",
    "The subsidiary that sells",
    &["CZ", "DE", "ES", "EU", "FI", "FR", "GB", "IE", "IT", "LT", "MA", "NL", "PL", "PT", "SN", "TN"],
);

static LEGAL_FORM: Model = Model::one_of(
    "nichandle.LegalFormEnum",
    "The legal form of an account holder",
    &["administration", "association", "corporation", "individual", "other", "personalcorporation"],
);

static COMPANY: Model = Model::one_of("nichandle.OvhCompanyEnum", "The brand", &["kimsufi", "ovh", "soyoustart"]);

static STATE: Model =
    Model::one_of("nichandle.StateEnum", "Whether the account's record is complete", &["complete", "incomplete"]);

static CURRENCY: Model = Model::object(
    "nichandle.Currency",
    "A currency",
    &[
        Field::shown("code", Kind::String, "Its code (ISO 4217)").like("EUR"),
        Field::shown("symbol", Kind::String, "Its symbol").like("€"),
    ],
);

pub(crate) static NICHANDLE: Model = Model::object(
    "nichandle.Nichandle",
    "The account of a reseller",
    &[
        Field::shown("nichandle", Kind::String, "The account's name").like("cn1234-lv"),
        Field::shown("customerCode", Kind::String, "The account's name").or_null().like("cn1234-lv"),
        Field::shown("email", Kind::String, "The account's e-mail address").like("ada@contoso.example"),
        Field::set("firstname", Kind::String, "The holder's given name").or_null().like("Ada"),
        Field::set("name", Kind::String, "The holder's family name").or_null().like("Conti"),
        Field::set("organisation", Kind::String, "The holder's company").or_null().like("Contoso Srl"),
        Field::shown("legalform", Kind::Of(&LEGAL_FORM), "The holder's legal form").like("corporation"),
        Field::shown("country", Kind::String, "The holder's country (ISO 3166)").like("IT"),
        Field::set("language", Kind::String, "The language of mails").or_null().like("it_IT"),
        Field::shown("currency", Kind::Of(&CURRENCY), "The currency of prices"),
        Field::shown("ovhSubsidiary", Kind::Of(&SUBSIDIARY), "The subsidiary that sells").like("IT"),
        Field::shown("ovhCompany", Kind::Of(&COMPANY), "The brand").like("ovh"),
        Field::shown("state", Kind::Of(&STATE), "Whether the record is complete"),
        Field::set("address", Kind::String, "Street and number").or_null().like("Via Emilia 1"),
        Field::set("city", Kind::String, "Town").or_null().like("Bologna"),
        Field::set("zip", Kind::String, "Postcode").or_null().like("40126"),
        Field::set("phone", Kind::PhoneNumber, "Telephone").or_null().like("+390511234567"),
        Field::set("vat", Kind::String, "VAT number").or_null().like("IT01234567890"),
        Field::shown("kycValidated", Kind::Boolean, "Whether the holder's identity was proven").or_null(),
        Field::not_kept("area", Kind::String),
        Field::not_kept("phoneCountry", Kind::String),
        Field::not_kept("phoneType", Kind::String),
        Field::not_kept("spareEmail", Kind::String),
        Field::not_kept("fax", Kind::PhoneNumber),
        Field::not_kept("companyNationalIdentificationNumber", Kind::String),
        Field::not_kept("nationalIdentificationNumber", Kind::String),
        Field::not_kept("corporationType", Kind::String),
        Field::not_kept("italianSDI", Kind::String),
        Field::not_kept("birthDay", Kind::String),
        Field::not_kept("birthCity", Kind::String),
        Field::not_kept("sex", Kind::String),
        Field::shown("purposeOfPurchase", Kind::String, "Not kept here: always null").or_null(),
        Field::shown("complementaryAddress", Kind::String, "Not kept here: always null").or_null(),
    ],
);
