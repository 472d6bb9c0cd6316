//! `/me`: the account itself (contracts/ovh-api.md §2.8).

use super::{
    answer::{Answer, Outcome},
    problem::Refusal,
    routing::{Call, Route},
};
use crate::operations::accounts::{Account, AccountChanges};
use licensing::invalid::{Invalid, Rule};
use serde_json::{Value, json};

/// `nichandle.OvhSubsidiaryEnum` (EU).
pub(super) const SUBSIDIARIES: [&str; 16] =
    ["CZ", "DE", "ES", "EU", "FI", "FR", "GB", "IE", "IT", "LT", "MA", "NL", "PL", "PT", "SN", "TN"];

/// What a change may set.
const WRITABLE: [&str; 9] = ["firstname", "name", "organisation", "language", "address", "city", "zip", "phone", "vat"];
/// Writable at OVHcloud, not kept by us.
const NOT_KEPT: [&str; 12] = [
    "area",
    "phoneCountry",
    "phoneType",
    "spareEmail",
    "fax",
    "companyNationalIdentificationNumber",
    "nationalIdentificationNumber",
    "corporationType",
    "italianSDI",
    "birthDay",
    "birthCity",
    "sex",
];

/// Every route of this file.
pub(super) const ROUTES: &[Route] = &[
    Route::get("/me", |call| Box::pin(read(call))),
    // Read-only fields are declared: clients that read, change and write back send them all.
    Route::put("/me", |call| Box::pin(change(call))).body(&[
        "firstname",
        "name",
        "organisation",
        "language",
        "address",
        "city",
        "zip",
        "phone",
        "vat",
        "nichandle",
        "customerCode",
        "email",
        "currency",
        "ovhSubsidiary",
        "ovhCompany",
        "state",
        "kycValidated",
        "complementaryAddress",
        "country",
        "legalform",
        "purposeOfPurchase",
        "area",
        "phoneCountry",
        "phoneType",
        "spareEmail",
        "fax",
        "companyNationalIdentificationNumber",
        "nationalIdentificationNumber",
        "corporationType",
        "italianSDI",
        "birthDay",
        "birthCity",
        "sex",
    ]),
];

async fn read(call: Call) -> Outcome {
    let account = call.door.operations.account(&call.caller()?.account).await?;
    Answer::of(&nichandle(&account))
}

/// `nichandle.Nichandle`; a field that we do not keep is `null`.
fn nichandle(account: &Account) -> Value {
    let subsidiary = SUBSIDIARIES.iter().find(|s| **s == account.country).unwrap_or(&"EU");
    let mut me = json!({
        "nichandle": account.id, "customerCode": account.id, "email": account.email,
        "firstname": account.first_name, "name": account.last_name, "organisation": account.organisation,
        "legalform": "corporation", "country": account.country,
        "language": format!("{}_{}", account.language, account.country),
        "currency": { "code": account.currency, "symbol": symbol(&account.currency) },
        "ovhSubsidiary": subsidiary, "ovhCompany": "ovh", "state": "complete",
        "address": account.facts.address, "city": account.facts.city, "zip": account.facts.zip,
        "phone": account.facts.phone, "vat": account.facts.vat, "kycValidated": false,
    });
    for name in NOT_KEPT.iter().chain(&["purposeOfPurchase", "complementaryAddress"]) {
        me[*name] = Value::Null;
    }
    me
}

fn symbol(currency: &str) -> &str {
    match currency {
        "EUR" => "€",
        "GBP" => "£",
        "PLN" => "zł",
        "CZK" => "Kč",
        "USD" => "$",
        code => code,
    }
}

async fn change(mut call: Call) -> Outcome {
    let mut texts = WRITABLE.map(|name| call.body.text(name)).into_iter();
    let mut next = || texts.next().flatten();
    let changes = AccountChanges {
        first_name: next(),
        last_name: next(),
        organisation: next(),
        // `it_IT` at OVHcloud; the country follows the account.
        language: next().map(|code| code.split('_').next().unwrap_or_default().to_owned()),
        address: next(),
        city: next(),
        zip: next(),
        phone: next(),
        vat: next(),
    };
    call.body.checked()?;
    let refused: Vec<Invalid> = NOT_KEPT
        .iter()
        .filter_map(|name| call.body.value(name).map(|v| Invalid::new(*name, v.to_string(), Rule::NotOffered)))
        .collect();
    if !refused.is_empty() {
        return Err(Refusal::all_invalid(&refused));
    }
    call.door.operations.update_account(&call.actor()?, &changes).await?;
    Answer::void()
}
