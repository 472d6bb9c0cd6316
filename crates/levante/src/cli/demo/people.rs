//! The demo's people: an operator and two resellers that know nothing of each other.
//!
//! Their secrets come from the operating system and are kept sealed, so that a restart on
//! the same folder announces the same ones.

use super::say;
use crate::{
    cli::actor,
    operations::{Operations, accounts::NewAccount, keys::read_rules, members::NewMember},
    secrets::new_token,
};
use licensing::id::AccountId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::Path;

/// Under which name the demo's secrets are kept.
const KEPT: &str = "demo-people";
const PRICE_LIST: &[u8] = include_bytes!("../../../data/licences.csv");

#[derive(Serialize, Deserialize)]
pub(super) struct People {
    operator: OperatorLogin,
    accounts: Vec<Reseller>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct OperatorLogin {
    email: String,
    password: String,
    totp_secret: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reseller {
    account: String,
    email: String,
    password: String,
    mpn_id: String,
    application_key: String,
    application_secret: String,
    consumer_key: String,
}

struct Sample {
    account: &'static str,
    first_name: &'static str,
    last_name: &'static str,
    organisation: &'static str,
    email: &'static str,
    language: &'static str,
    mpn_id: &'static str,
}

const SAMPLES: [Sample; 2] = [
    Sample {
        account: "rv1234-lv",
        first_name: "Fabrizia",
        last_name: "Kam",
        organisation: "Fabrikam Cloud Srl",
        email: "reseller@fabrikam.example",
        language: "en",
        mpn_id: "6100001",
    },
    Sample {
        account: "rv5678-lv",
        first_name: "Norberto",
        last_name: "Vindi",
        organisation: "Northwind Licenze Srl",
        email: "reseller@northwind.example",
        language: "it",
        mpn_id: "6100002",
    },
];

impl People {
    /// Makes accounts, users, keys and the price list, or reads them back.
    pub(super) async fn prepare(operations: &Operations) -> anyhow::Result<People> {
        operations.import_licences(PRICE_LIST).await?;
        if let Some(kept) = operations.sealed_value(KEPT).await? {
            return Ok(serde_json::from_str(kept.expose_secret())?);
        }
        // A demo that was stopped in between made some of it: what exists gets new secrets.
        let mut accounts = Vec::new();
        for sample in &SAMPLES {
            accounts.push(reseller(operations, sample).await?);
        }
        let people = People { operator: operator(operations).await?, accounts };
        operations.keep_sealed_value(KEPT, &SecretString::from(serde_json::to_string(&people)?)).await?;
        Ok(people)
    }

    /// Account and MPN id of each reseller.
    pub(super) fn resellers(&self) -> Vec<(String, String)> {
        self.accounts.iter().map(|a| (a.account.clone(), a.mpn_id.clone())).collect()
    }

    /// What the sign-in page shows.
    pub(super) fn logins(&self) -> Vec<(String, String)> {
        self.accounts.iter().map(|a| (a.email.clone(), a.password.clone())).collect()
    }

    /// The content of `demo.json` (design §8).
    pub(super) fn announcement(&self, addresses: &Value) -> Value {
        let mut all = addresses.clone();
        all["operator"] = json!(self.operator);
        all["accounts"] = json!(self.accounts);
        all
    }

    /// What the person at the terminal reads. Nothing here is worth a secret outside this machine.
    pub(super) fn introduce(&self, public_url: &str, mailbox_url: &str, simulator_url: &str, announcement: &Path) {
        say("Levante demo is ready.");
        say(&format!("  panel      {public_url}/"));
        say(&format!("  API        {public_url}/1.0"));
        say(&format!("  mailbox    {mailbox_url}"));
        say(&format!("  Microsoft  {simulator_url}/  (simulated: what it holds and was asked)"));
        say(&format!("  keys       {}", announcement.display()));
        say("Sign in with the data that the sign-in page shows. Stop with Ctrl-C.");
    }
}

async fn reseller(operations: &Operations, sample: &Sample) -> anyhow::Result<Reseller> {
    let account = AccountId::parse("account", sample.account)?;
    if operations.account(&account).await.is_err() {
        let new = NewAccount {
            id: sample.account.to_owned(),
            first_name: sample.first_name.to_owned(),
            last_name: sample.last_name.to_owned(),
            organisation: sample.organisation.to_owned(),
            email: sample.email.to_owned(),
            country: "IT".to_owned(),
            language: sample.language.to_owned(),
            currency: String::new(),
        };
        operations.create_account(new).await?;
    }
    operations.approve_mpn(&account, sample.mpn_id, "demo").await?;
    let password =
        member(operations, Some(account.clone()), sample.email, sample.organisation, sample.language).await?;
    let actor = actor(account);
    let rules: Vec<(String, String)> =
        ["GET", "POST", "PUT", "DELETE"].map(|m| (m.to_owned(), "/*".to_owned())).to_vec();
    let application = operations.create_application(&actor, "Demo", "Made by levante demo").await?;
    let credential =
        operations.create_credential(&actor, application.id, read_rules("rules", &rules)?, None, None).await?;
    Ok(Reseller {
        account: sample.account.to_owned(),
        email: sample.email.to_owned(),
        password,
        mpn_id: sample.mpn_id.to_owned(),
        application_key: application.key,
        application_secret: application.secret.expose_secret().to_owned(),
        consumer_key: credential.consumer_key.expose_secret().to_owned(),
    })
}

async fn operator(operations: &Operations) -> anyhow::Result<OperatorLogin> {
    let email = "operator@levante.example";
    let password = member(operations, None, email, "Operator", "en").await?;
    let totp = operations.enable_totp(email).await?;
    Ok(OperatorLogin { email: email.to_owned(), password, totp_secret: totp.base32.expose_secret().to_owned() })
}

async fn member(
    operations: &Operations,
    account: Option<AccountId>,
    email: &str,
    name: &str,
    language: &str,
) -> anyhow::Result<String> {
    let password = new_token(16);
    if operations.member_by_login(email).await.is_ok() {
        operations.set_password(email, password.clone()).await?;
    } else {
        let new = NewMember {
            account,
            email: email.to_owned(),
            name: name.to_owned(),
            password: password.clone(),
            language: language.to_owned(),
        };
        operations.create_member(new).await?;
    }
    Ok(password.expose_secret().to_owned())
}
