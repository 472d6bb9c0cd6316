//! Service accounts: programs that act for an account by OAuth2 with rights of their own (contracts/ovh-api.md §3).
//!
//! A secret and a token are shown once, when they are made; only their hashes are kept. What a service
//! account may do is in `rights.rs`: without a policy nothing. Times are wall time.

use super::{Actor, Conflict, Missing, Operations, Problem, Result};
pub use crate::storage::service_accounts::ServiceAccount;
use crate::{
    clock::random,
    secrets::{new_token, same, token_hash},
    storage,
};
use jiff::{SignedDuration, Timestamp};
use licensing::{
    contact,
    id::AccountId,
    invalid::{Invalid, Rule},
    right::Identity,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::sync::Arc;

/// How long an access token opens.
pub const TOKEN_LASTS: SignedDuration = SignedDuration::from_secs(3599);
/// Characters of a token.
pub const TOKEN_LENGTH: usize = 64;
/// Most service accounts of an account.
pub const MOST_SERVICE_ACCOUNTS: usize = 200;
/// Most tokens of a service account that open at the same time; a further one ends the oldest.
pub const MOST_TOKENS: u32 = 1000;
const MOST_CALLBACKS: usize = 20;

/// A service account as somebody wrote it.
#[derive(Debug, Clone, Default)]
pub struct NewServiceAccount {
    /// 1 to 100 characters.
    pub name: String,
    /// Up to 255 characters.
    pub description: String,
    /// Addresses that belong to it, http or https.
    pub callbacks: Vec<String>,
}

/// Changes of a service account; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct ServiceAccountChanges {
    /// 1 to 100 characters.
    pub name: Option<String>,
    /// Up to 255 characters.
    pub description: Option<String>,
    /// Addresses that belong to it, http or https.
    pub callbacks: Option<Vec<String>>,
}

/// Who holds an access token.
#[derive(Debug, Clone)]
pub struct Bearer {
    /// The service account.
    pub client: ServiceAccount,
    /// Until when.
    pub expires_at: Timestamp,
    /// The token's hash, by which it is ended.
    pub(crate) token: String,
}

fn name(text: &str) -> Result<String, Invalid> {
    contact::text("name", text, 100)
}

fn description(text: &str) -> Result<String, Invalid> {
    contact::optional("description", text, 255)
}

fn callbacks(listed: &[String]) -> Result<Vec<String>, Invalid> {
    if listed.len() > MOST_CALLBACKS {
        return Err(Invalid::new("callbackUrls", listed.len().to_string(), Rule::TooManyLines { max: MOST_CALLBACKS }));
    }
    let good = |url: &str| {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        url.len() <= 2000 && url.bytes().all(|b| b.is_ascii_graphic()) && rest.is_some_and(|rest| !rest.is_empty())
    };
    match listed.iter().position(|url| !good(url)) {
        None => Ok(listed.to_vec()),
        Some(n) => {
            let expected = "an address that begins with http:// or https://".to_owned();
            Err(Invalid::new(format!("callbackUrls[{n}]"), &listed[n], Rule::WrongType { expected }))
        }
    }
}

fn missing(id: &str) -> Problem {
    Problem::NotFound(Missing::Object(id.chars().take(80).collect()))
}

impl Operations {
    /// Makes a service account; the secret is given this once. It can do nothing until a policy allows it.
    /// Not to be repeated: each call makes another one.
    ///
    /// # Errors
    /// [`Problem::Invalid`] naming every wrong field; [`Conflict::TooMany`].
    pub async fn create_service_account(
        &self,
        actor: &Actor,
        new: &NewServiceAccount,
    ) -> Result<(ServiceAccount, SecretString)> {
        let mut wrong = Vec::new();
        let mut client = ServiceAccount {
            id: hex::encode(random::<8>()),
            account: actor.account.clone(),
            name: String::new(),
            description: String::new(),
            callbacks: Vec::new(),
            created_at: self.clock.wall(),
            version: 1,
        };
        name(&new.name).map_or_else(|e| wrong.push(e), |text| client.name = text);
        description(&new.description).map_or_else(|e| wrong.push(e), |text| client.description = text);
        callbacks(&new.callbacks).map_or_else(|e| wrong.push(e), |listed| client.callbacks = listed);
        if !wrong.is_empty() {
            return Err(Problem::Invalid(wrong));
        }
        if self.service_accounts(&actor.account).await?.len() >= MOST_SERVICE_ACCOUNTS {
            return Err(Problem::Conflict(Conflict::TooMany { what: "service accounts", most: MOST_SERVICE_ACCOUNTS }));
        }
        let secret = new_token(48);
        let entry = self.entry(actor, "ServiceAccountMade", place(&client.id), json!({ "name": client.name }));
        let saved = Arc::new((client.clone(), token_hash(secret.expose_secret()), entry));
        self.db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    storage::service_accounts::insert(tx, &saved.0, &saved.1).await?;
                    storage::audit::insert(tx, &saved.2).await
                })
            })
            .await?;
        Ok((client, secret))
    }

    /// The service accounts of an account, by id.
    pub async fn service_accounts(&self, account: &AccountId) -> Result<Vec<ServiceAccount>> {
        Ok(storage::service_accounts::list(&self.db, account).await?)
    }

    /// A service account of an account.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn service_account(&self, account: &AccountId, id: &str) -> Result<ServiceAccount> {
        storage::service_accounts::get(&self.db, account, id).await?.ok_or_else(|| missing(id))
    }

    /// Changes a service account. May be repeated.
    ///
    /// # Errors
    /// [`Problem::NotFound`]; [`Problem::Invalid`] naming every wrong field; [`Conflict::ChangedMeanwhile`].
    pub async fn update_service_account(&self, actor: &Actor, id: &str, changes: &ServiceAccountChanges) -> Result<()> {
        let mut client = self.service_account(&actor.account, id).await?;
        let mut wrong = Vec::new();
        if let Some(text) = &changes.name {
            name(text).map_or_else(|e| wrong.push(e), |text| client.name = text);
        }
        if let Some(text) = &changes.description {
            description(text).map_or_else(|e| wrong.push(e), |text| client.description = text);
        }
        if let Some(listed) = &changes.callbacks {
            callbacks(listed).map_or_else(|e| wrong.push(e), |listed| client.callbacks = listed);
        }
        if !wrong.is_empty() {
            return Err(Problem::Invalid(wrong));
        }
        let entry = self.entry(actor, "ServiceAccountChanged", place(id), json!({ "name": client.name }));
        let saved = Arc::new((client, entry));
        let done = self
            .db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    storage::service_accounts::update(tx, &saved.0).await?;
                    storage::audit::insert(tx, &saved.1).await
                })
            })
            .await;
        self.key_ring.forget();
        Ok(done?)
    }

    /// Deletes a service account: its tokens end at once, and no policy names it any more.
    ///
    /// # Errors
    /// [`Problem::NotFound`], also when it is deleted already.
    pub async fn delete_service_account(&self, actor: &Actor, id: &str) -> Result<()> {
        let client = self.service_account(&actor.account, id).await?;
        let entry = self.entry(actor, "ServiceAccountDeleted", place(id), json!({ "name": client.name }));
        let saved = Arc::new((client, entry, self.clock.wall()));
        let done = self
            .db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    let (client, entry, now) = &*saved;
                    let identity = Identity::ServiceAccount(client.id.clone());
                    storage::policies::forget(tx, &client.account, &identity, *now).await?;
                    storage::service_accounts::delete(tx, &client.id).await?;
                    storage::audit::insert(tx, entry).await
                })
            })
            .await;
        self.key_ring.forget();
        Ok(done?)
    }

    /// A new access token for whoever knows the secret of a service account; `None` for anybody else. An unknown
    /// client and a wrong secret are answered alike.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub async fn new_access_token(&self, client_id: &str, secret: &SecretString) -> Result<Option<SecretString>> {
        let given = token_hash(secret.expose_secret());
        let found = storage::service_accounts::with_secret(&self.db, client_id).await?;
        let (client, known) = match found {
            Some((client, known)) => (Some(client), known),
            // Nothing has this hash: the comparison takes as long as with a real one.
            None => (None, "-".repeat(given.len())),
        };
        let right = same(&given, &known);
        let Some(client) = client.filter(|_| right) else { return Ok(None) };
        let token = new_token(TOKEN_LENGTH);
        let hash = token_hash(token.expose_secret());
        let now = self.clock.wall();
        self.db
            .write(move |tx| {
                let (hash, id) = (hash.clone(), client.id.clone());
                Box::pin(async move {
                    let times = (now, now + TOKEN_LASTS);
                    storage::service_accounts::insert_token(tx, &hash, &id, times, MOST_TOKENS).await
                })
            })
            .await?;
        // What was ended to make room is forgotten as well.
        self.key_ring.forget_tokens();
        Ok(Some(token))
    }

    /// Ends the token in use. May be repeated.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub async fn end_access_token(&self, bearer: &Bearer) -> Result<()> {
        let hash = bearer.token.clone();
        let done = self
            .db
            .write(move |tx| {
                let hash = hash.clone();
                Box::pin(async move { storage::service_accounts::delete_token(tx, &hash).await })
            })
            .await;
        self.key_ring.forget();
        Ok(done?)
    }
}

fn place(id: &str) -> String {
    format!("oauth2/{id}")
}
