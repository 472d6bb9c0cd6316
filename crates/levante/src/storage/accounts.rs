//! Accounts (resellers) and the MPN ids that an operator allowed them to use.

use super::{Db, Error, Result, Tx, from_json, instant, json, maybe_instant, micros};
use crate::storage::db::args;
use jiff::Timestamp;
use licensing::id::{AccountId, MpnId};
use serde::{Deserialize, Serialize};

/// A reseller's account.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its id, like `rv1234-lv`.
    pub id: AccountId,
    /// Given name of its owner.
    pub first_name: String,
    /// Family name of its owner.
    pub last_name: String,
    /// Legal name.
    pub organisation: String,
    /// Where its notices go.
    pub email: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Language of panel and mails, ISO 639-1.
    pub language: String,
    /// ISO 4217.
    pub currency: String,
    /// What else `/me` shows.
    pub facts: AccountFacts,
    /// When it was made.
    pub created_at: Timestamp,
    /// Rises with every change.
    pub version: i64,
}

/// The fields of an account that nothing is looked up by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountFacts {
    /// Street and number.
    pub address: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Postcode.
    pub zip: Option<String>,
    /// Telephone, E.164.
    pub phone: Option<String>,
    /// VAT number.
    pub vat: Option<String>,
}

/// An MPN id of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountMpn {
    /// The id.
    pub mpn_id: MpnId,
    /// When an operator approved it; `None` while it is only asked for.
    pub approved_at: Option<Timestamp>,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

/// An MPN id that waits for an operator's approval.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingMpn {
    /// The account that asked.
    pub account: AccountId,
    /// Its legal name.
    pub organisation: String,
    /// The id.
    pub mpn_id: MpnId,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    id: String,
    first_name: String,
    last_name: String,
    organisation: String,
    email: String,
    country: String,
    language: String,
    currency: String,
    facts: String,
    created_at: i64,
    version: i64,
}

impl TryFrom<AccountRow> for Account {
    type Error = Error;
    fn try_from(row: AccountRow) -> Result<Account> {
        Ok(Account {
            facts: from_json("account", "facts", &row.id, &row.facts)?,
            created_at: instant("account", "created_at", &row.id, row.created_at)?,
            id: AccountId::trusted(row.id),
            first_name: row.first_name,
            last_name: row.last_name,
            organisation: row.organisation,
            email: row.email,
            country: row.country,
            language: row.language,
            currency: row.currency,
            version: row.version,
        })
    }
}

/// One account.
pub async fn get(db: &Db, id: &AccountId) -> Result<Option<Account>> {
    let row: Option<AccountRow> = db.optional("SELECT * FROM account WHERE id = $1", args![id.as_str()]).await?;
    row.map(Account::try_from).transpose()
}

/// Every account, by id; for operators.
pub async fn list(db: &Db) -> Result<Vec<Account>> {
    let rows: Vec<AccountRow> = db.all("SELECT * FROM account ORDER BY id", vec![]).await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Adds an account.
///
/// # Errors
/// A duplicate ([`Error::is_duplicate`]) when the id is taken.
pub async fn insert(tx: &mut Tx, account: &Account) -> Result<()> {
    let a = account;
    tx.execute(
        "INSERT INTO account (id, first_name, last_name, organisation, email, country, language, currency, facts, created_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)",
        args![
            a.id.as_str(), a.first_name.as_str(), a.last_name.as_str(), a.organisation.as_str(), a.email.as_str(),
            a.country.as_str(), a.language.as_str(), a.currency.as_str(), json(&a.facts), micros(a.created_at)
        ],
    )
    .await
    .map(|_| ())
}

/// Changes an account that was read at `account.version`.
///
/// # Errors
/// [`Error::Conflict`] when it was changed meanwhile.
pub async fn update(tx: &mut Tx, account: &Account) -> Result<()> {
    let a = account;
    tx.execute_one(
        "UPDATE account SET first_name = $1, last_name = $2, organisation = $3, email = $4, language = $5, facts = $6, version = version + 1 \
         WHERE id = $7 AND version = $8",
        args![
            a.first_name.as_str(), a.last_name.as_str(), a.organisation.as_str(), a.email.as_str(), a.language.as_str(),
            json(&a.facts), a.id.as_str(), a.version
        ],
        a.id.as_str(),
    )
    .await
}

/// The MPN ids of an account, approved or asked for.
pub async fn mpn_ids(db: &Db, account: &AccountId) -> Result<Vec<AccountMpn>> {
    let rows: Vec<(String, Option<i64>, i64)> = db
        .all(
            "SELECT mpn_id, approved_at, asked_at FROM account_mpn WHERE account = $1 ORDER BY mpn_id",
            args![account.as_str()],
        )
        .await?;
    rows.into_iter()
        .map(|(mpn_id, approved_at, asked_at)| {
            Ok(AccountMpn {
                approved_at: maybe_instant("account_mpn", "approved_at", &mpn_id, approved_at)?,
                asked_at: instant("account_mpn", "asked_at", &mpn_id, asked_at)?,
                mpn_id: MpnId::trusted(mpn_id),
            })
        })
        .collect()
}

/// The MPN ids of all accounts that wait for approval, the longest-waiting first; for operators.
pub async fn waiting_mpn_ids(db: &Db, most: i64) -> Result<Vec<WaitingMpn>> {
    let rows: Vec<(String, String, String, i64)> = db
        .all(
            "SELECT m.account, a.organisation, m.mpn_id, m.asked_at FROM account_mpn m JOIN account a ON a.id = m.account \
             WHERE m.approved_at IS NULL ORDER BY m.asked_at, m.account, m.mpn_id LIMIT $1",
            args![most],
        )
        .await?;
    rows.into_iter()
        .map(|(account, organisation, mpn_id, asked_at)| {
            Ok(WaitingMpn {
                account: AccountId::trusted(account),
                organisation,
                asked_at: instant("account_mpn", "asked_at", &mpn_id, asked_at)?,
                mpn_id: MpnId::trusted(mpn_id),
            })
        })
        .collect()
}

/// Notes that an account asks for an MPN id; one already known stays as it is.
pub async fn ask_mpn(tx: &mut Tx, account: &AccountId, mpn_id: &MpnId, at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO account_mpn (account, mpn_id, asked_at) VALUES ($1, $2, $3) ON CONFLICT (account, mpn_id) DO NOTHING",
        args![account.as_str(), mpn_id.as_str(), micros(at)],
    )
    .await
    .map(|_| ())
}

/// Approves an MPN id for an account, asked for or not.
pub async fn approve_mpn(tx: &mut Tx, account: &AccountId, mpn_id: &MpnId, by: &str, at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO account_mpn (account, mpn_id, approved_at, asked_at, approved_by) VALUES ($1, $2, $3, $3, $4) \
         ON CONFLICT (account, mpn_id) DO UPDATE SET approved_at = excluded.approved_at, approved_by = excluded.approved_by",
        args![account.as_str(), mpn_id.as_str(), micros(at), by],
    )
    .await
    .map(|_| ())
}
