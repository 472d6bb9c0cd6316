//! `/me`: the account itself (contracts/ovh-api.md §2.8).

use super::{
    answer::{Answer, Outcome},
    models::account::{NICHANDLE, SUBSIDIARY},
    routing::{Call, Route},
    schema::{Body, Kind},
};
use crate::operations::accounts::{Account, AccountChanges};
use serde_json::{Value, json};

/// What a change may set.
const WRITABLE: [&str; 9] = ["firstname", "name", "organisation", "language", "address", "city", "zip", "phone", "vat"];

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get("/me", "The account", Kind::Of(&NICHANDLE), |call| Box::pin(read(call))),
    Route::put("/me", "Change the account", Kind::Void, |call| Box::pin(change(call))).body(Body::Whole(&NICHANDLE)),
];

async fn read(call: Call) -> Outcome {
    let account = call.door.operations.account(&call.caller()?.account).await?;
    Answer::of(&nichandle(&account))
}

/// `nichandle.Nichandle`; a field that we do not keep is `null`.
fn nichandle(account: &Account) -> Value {
    let subsidiaries = SUBSIDIARY.words().unwrap_or_default();
    let subsidiary = subsidiaries.iter().find(|s| **s == account.country).unwrap_or(&"EU");
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
    for field in NICHANDLE.fields() {
        if me.get(field.name).is_none() {
            me[field.name] = Value::Null;
        }
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
    call.door.operations.update_account(&call.actor()?, &changes).await?;
    Answer::void()
}
