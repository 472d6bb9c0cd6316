//! Accounts: resellers, and which MPN ids they may use.

use super::{Actor, Conflict, Missing, Operations, Problem, Result};
use crate::storage;
pub use crate::storage::accounts::{Account, AccountFacts, AccountMpn, WaitingMpn};
use licensing::{
    contact,
    id::{AccountId, MpnId},
    invalid::{Invalid, Rule},
    money::Currency,
};

/// A new account as somebody wrote it.
#[derive(Debug, Clone, Default)]
pub struct NewAccount {
    /// Its id; empty: one like `rv1234-lv` is made.
    pub id: String,
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
    /// ISO 639-1.
    pub language: String,
    /// ISO 4217; empty: EUR.
    pub currency: String,
}

/// Changes of an account by its owner; `None` leaves a field as it is, an empty text clears it where it may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountChanges {
    /// Given name of its owner.
    pub first_name: Option<String>,
    /// Family name of its owner.
    pub last_name: Option<String>,
    /// Legal name.
    pub organisation: Option<String>,
    /// ISO 639-1.
    pub language: Option<String>,
    /// Street and number.
    pub address: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// Postcode.
    pub zip: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// VAT number.
    pub vat: Option<String>,
}

impl Operations {
    /// Changes an account. May be repeated.
    ///
    /// # Errors
    /// [`Problem::Invalid`] naming every wrong field; [`Conflict::ChangedMeanwhile`].
    pub async fn update_account(&self, actor: &Actor, changes: &AccountChanges) -> Result<Account> {
        let before = self.account(&actor.account).await?;
        let mut account = before.clone();
        let mut wrong = Vec::new();
        let mut take = |slot: &mut String, asked: Option<Result<String, Invalid>>| match asked {
            None => {}
            Some(Ok(text)) => *slot = text,
            Some(Err(e)) => wrong.push(e),
        };
        let c = changes;
        take(&mut account.first_name, c.first_name.as_ref().map(|t| contact::person("firstname", t)));
        take(&mut account.last_name, c.last_name.as_ref().map(|t| contact::person("name", t)));
        take(&mut account.organisation, c.organisation.as_ref().map(|t| contact::company("organisation", t)));
        take(&mut account.language, c.language.as_ref().map(|t| contact::language("language", t)));
        let mut optional = |field: &str, slot: &mut Option<String>, asked: &Option<String>, most: usize| {
            let Some(text) = asked else { return };
            let mut taken = String::new();
            take(&mut taken, Some(contact::optional(field, text, most)));
            *slot = (!taken.is_empty()).then_some(taken);
        };
        optional("address", &mut account.facts.address, &c.address, 200);
        optional("city", &mut account.facts.city, &c.city, 100);
        optional("zip", &mut account.facts.zip, &c.zip, 20);
        optional("vat", &mut account.facts.vat, &c.vat, 30);
        match c.phone.as_deref().map(str::trim) {
            None => {}
            Some("") => account.facts.phone = None,
            Some(text) => match contact::phone("phone", text, &account.country) {
                Ok(phone) => account.facts.phone = Some(phone),
                Err(e) => wrong.push(e),
            },
        }
        if !wrong.is_empty() {
            return Err(Problem::Invalid(wrong));
        }
        if account == before {
            return Ok(account);
        }
        let object = format!("account/{}", account.id);
        let entry = self.entry(actor, "AccountChanged", object, serde_json::json!({ "facts": account.facts }));
        let saved = account.clone();
        self.db
            .write(move |tx| {
                let (account, entry) = (saved.clone(), entry.clone());
                Box::pin(async move {
                    storage::accounts::update(tx, &account).await?;
                    storage::audit::insert(tx, &entry).await
                })
            })
            .await?;
        account.version += 1;
        Ok(account)
    }

    /// One account.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn account(&self, id: &AccountId) -> Result<Account> {
        storage::accounts::get(&self.db, id).await?.ok_or_else(|| Problem::NotFound(Missing::Object(id.to_string())))
    }

    /// Every account; for operators.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        Ok(storage::accounts::list(&self.db).await?)
    }

    /// Makes an account.
    ///
    /// # Errors
    /// [`Problem::Invalid`] naming every wrong field; [`Conflict::Exists`].
    pub async fn create_account(&self, new: NewAccount) -> Result<Account> {
        let mut wrong = Vec::new();
        let mut take = |r: Result<String, Invalid>| {
            r.unwrap_or_else(|e| {
                wrong.push(e);
                String::new()
            })
        };
        let first_name = take(contact::person("firstName", &new.first_name));
        let last_name = take(contact::person("lastName", &new.last_name));
        let organisation = take(contact::company("organisation", &new.organisation));
        let email = take(contact::email("email", &new.email));
        let country = take(contact::country("country", &new.country));
        let language = match new.language.trim() {
            "" => self.policy.language.clone(),
            code => take(contact::language("language", code)),
        };
        let currency = match new.currency.trim() {
            "" => Currency::EUR.code().to_owned(),
            code => take(match Currency::read(code) {
                Some(currency) => Ok(currency.code().to_owned()),
                None => Err(Invalid::new(
                    "currency",
                    code,
                    Rule::WrongType { expected: "a currency code such as EUR".to_owned() },
                )),
            }),
        };
        let id = match new.id.trim() {
            "" => format!("rv{:06}-lv", u32::from_le_bytes(crate::clock::random()) % 1_000_000),
            text => take(AccountId::parse("account", text).map(|id| id.to_string())),
        };
        if !wrong.is_empty() {
            return Err(Problem::Invalid(wrong));
        }
        let account = Account {
            id: AccountId::trusted(id),
            first_name,
            last_name,
            organisation,
            email,
            country,
            language,
            currency,
            facts: AccountFacts::default(),
            created_at: self.clock.business(),
            version: 1,
        };
        let saved = account.clone();
        let done = self
            .db
            .write(move |tx| {
                let account = saved.clone();
                Box::pin(async move { storage::accounts::insert(tx, &account).await })
            })
            .await;
        match done {
            Ok(()) => Ok(account),
            Err(e) if e.is_duplicate() => Err(Problem::Conflict(Conflict::Exists(format!("account {}", account.id)))),
            Err(e) => Err(e.into()),
        }
    }

    /// The MPN ids of all accounts that wait for approval, the longest-waiting first, at most 500; for operators.
    pub async fn waiting_mpn_ids(&self, most: u32) -> Result<Vec<WaitingMpn>> {
        Ok(storage::accounts::waiting_mpn_ids(&self.db, i64::from(most.min(500))).await?)
    }

    /// The MPN ids of an account, approved or asked for.
    pub async fn mpn_ids(&self, account: &AccountId) -> Result<Vec<AccountMpn>> {
        Ok(storage::accounts::mpn_ids(&self.db, account).await?)
    }

    /// Asks an operator to approve an MPN id. May be repeated.
    ///
    /// # Errors
    /// [`Problem::Invalid`] for a wrong form.
    pub async fn ask_for_mpn(&self, account: &AccountId, mpn_id: &str) -> Result<MpnId> {
        let mpn_id = MpnId::parse("mpnId", mpn_id).map_err(|e| Problem::Invalid(vec![e]))?;
        let (account, saved, now) = (account.clone(), mpn_id.clone(), self.clock.business());
        self.db
            .write(move |tx| {
                let (account, mpn_id) = (account.clone(), saved.clone());
                Box::pin(async move { storage::accounts::ask_mpn(tx, &account, &mpn_id, now).await })
            })
            .await?;
        Ok(mpn_id)
    }

    /// Approves an MPN id for an account: an operator's decision. May be repeated.
    ///
    /// # Errors
    /// [`Problem::Invalid`] for a wrong form; [`Problem::NotFound`] for an unknown account.
    pub async fn approve_mpn(&self, account: &AccountId, mpn_id: &str, by: &str) -> Result<MpnId> {
        let mpn_id = MpnId::parse("mpnId", mpn_id).map_err(|e| Problem::Invalid(vec![e]))?;
        self.account(account).await?;
        let (account, saved, by, now) = (account.clone(), mpn_id.clone(), by.to_owned(), self.clock.business());
        self.db
            .write(move |tx| {
                let (account, mpn_id, by) = (account.clone(), saved.clone(), by.clone());
                Box::pin(async move { storage::accounts::approve_mpn(tx, &account, &mpn_id, &by, now).await })
            })
            .await?;
        Ok(mpn_id)
    }

    /// Whether an account may put an MPN id on its orders.
    pub(crate) async fn check_mpn_approved(&self, account: &AccountId, mpn_id: &MpnId) -> Result<Option<Invalid>> {
        let approved = self.mpn_ids(account).await?.iter().any(|m| m.mpn_id == *mpn_id && m.approved_at.is_some());
        Ok((!approved).then(|| Invalid::new("mpnId", mpn_id.as_str(), Rule::MpnNotApproved)))
    }
}
