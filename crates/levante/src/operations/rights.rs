//! Rights: policies of an account, and what somebody may do by them (contracts/ovh-api.md §3, §8).
//!
//! The rules are in `licensing::right`. Whoever asks for a right asks at every call, so a policy counts at
//! once in this process and within two seconds in another one.

use super::{Actor, Conflict, Missing, Operations, Problem, Result};
use crate::storage;
pub use crate::storage::policies::AccessPolicy;
use jiff::Timestamp;
use licensing::{
    contact,
    id::AccountId,
    invalid::{Invalid, Rule},
    right::{Identity, Role, Statement, Subject, Visible, has_everything, not_denied, permits, visible},
};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

/// Most policies of an account.
pub const MOST_POLICIES: usize = 200;

/// A policy as somebody wrote it.
#[derive(Debug, Clone)]
pub struct NewPolicy {
    /// 1 to 100 characters.
    pub name: String,
    /// Up to 255 characters.
    pub description: String,
    /// What it says.
    pub statement: Statement,
    /// Until when it counts; `None`: for ever.
    pub expires_at: Option<Timestamp>,
}

/// What somebody may do at a moment.
#[derive(Debug, Clone)]
pub struct Rights {
    /// Who.
    pub identity: Identity,
    role: Role,
    policies: Vec<Statement>,
}

impl Rights {
    /// The rights of the account holder: everything.
    pub fn of_holder() -> Rights {
        Rights { identity: Identity::Account, role: Role::Holder, policies: Vec::new() }
    }

    /// Whether nothing can be refused.
    pub fn are_full(&self) -> bool {
        self.role == Role::Holder
    }

    /// Whether a policy denies anything.
    pub fn are_narrowed(&self) -> bool {
        self.policies.iter().any(|statement| !statement.deny.is_empty())
    }

    /// Whether an action on something is allowed.
    pub fn permit(&self, action: &str, subject: &Subject) -> bool {
        permits(self.role, &self.identity, &self.policies, action, subject)
    }

    /// The services on which no policy denies any of these actions.
    pub fn not_denied(&self, actions: &[&str]) -> Visible {
        not_denied(self.role, &self.identity, &self.policies, actions)
    }

    /// Whether everything may be done with everything, so that rights may be given as well: nobody gives more than
    /// they have.
    pub fn may_give(&self) -> bool {
        has_everything(self.role, &self.identity, &self.policies)
    }

    /// The services on which an action is allowed.
    pub fn visible(&self, action: &str) -> Visible {
        visible(self.role, &self.identity, &self.policies, action)
    }
}

fn missing(id: Uuid) -> Problem {
    Problem::NotFound(Missing::Object(id.to_string()))
}

impl Operations {
    /// What a service account or sub-user of an account may do now.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub async fn rights(&self, account: &AccountId, identity: Identity, role: Role) -> Result<Rights> {
        let now = self.clock.wall();
        let policies = self.remembered_policies(account).await?;
        let counts =
            |p: &&AccessPolicy| p.expires_at.is_none_or(|end| now < end) && p.statement.identities.contains(&identity);
        let policies = policies.iter().filter(counts).map(|p| p.statement.clone()).collect();
        Ok(Rights { identity, role, policies })
    }

    /// The policies of an account, by id.
    pub async fn policies(&self, account: &AccountId) -> Result<Vec<AccessPolicy>> {
        Ok(storage::policies::list(&self.db, account).await?)
    }

    /// A policy of an account.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn policy(&self, account: &AccountId, id: Uuid) -> Result<AccessPolicy> {
        storage::policies::get(&self.db, account, id).await?.ok_or_else(|| missing(id))
    }

    /// Makes a policy; it counts at once. Not to be repeated: each call makes another one.
    ///
    /// # Errors
    /// [`Problem::Invalid`] naming what is wrong, an identity that does not exist included; [`Conflict::TooMany`].
    pub async fn create_policy(&self, actor: &Actor, new: NewPolicy) -> Result<AccessPolicy> {
        let now = self.clock.wall();
        let (name, description) = self.check_policy(&actor.account, &new).await?;
        if self.policies(&actor.account).await?.len() >= MOST_POLICIES {
            return Err(Problem::Conflict(Conflict::TooMany { what: "policies", most: MOST_POLICIES }));
        }
        let policy = AccessPolicy {
            id: self.clock.new_id(),
            account: actor.account.clone(),
            name,
            description,
            statement: new.statement,
            expires_at: new.expires_at,
            created_at: now,
            updated_at: now,
            version: 1,
        };
        self.save_policy(actor, "PolicyMade", policy.clone()).await?;
        Ok(policy)
    }

    /// Changes a policy as a whole; it counts at once. May be repeated.
    ///
    /// # Errors
    /// [`Problem::NotFound`]; as [`Operations::create_policy`]; [`Conflict::ChangedMeanwhile`].
    pub async fn update_policy(&self, actor: &Actor, id: Uuid, new: NewPolicy) -> Result<AccessPolicy> {
        let before = self.policy(&actor.account, id).await?;
        let (name, description) = self.check_policy(&actor.account, &new).await?;
        let updated_at = self.clock.wall();
        let (statement, expires_at) = (new.statement, new.expires_at);
        let policy = AccessPolicy { name, description, statement, expires_at, updated_at, ..before };
        self.save_policy(actor, "PolicyChanged", policy.clone()).await?;
        Ok(policy)
    }

    /// Deletes a policy: what it allowed ends at once.
    ///
    /// # Errors
    /// [`Problem::NotFound`], also when it is deleted already.
    pub async fn delete_policy(&self, actor: &Actor, id: Uuid) -> Result<()> {
        let before = self.policy(&actor.account, id).await?;
        let detail = json!({ "name": before.name, "statement": before.statement });
        let entry = self.entry(actor, "PolicyDeleted", place(id), detail);
        let account = actor.account.clone();
        let done = self
            .db
            .write(move |tx| {
                let (account, entry) = (account.clone(), entry.clone());
                Box::pin(async move {
                    storage::policies::delete(tx, &account, id).await?;
                    storage::audit::insert(tx, &entry).await
                })
            })
            .await;
        self.key_ring.forget();
        Ok(done?)
    }

    async fn save_policy(&self, actor: &Actor, action: &'static str, policy: AccessPolicy) -> Result<()> {
        let detail = json!({ "name": policy.name, "statement": policy.statement });
        let entry = self.entry(actor, action, place(policy.id), detail);
        let (saved, is_new) = (Arc::new((policy, entry)), action == "PolicyMade");
        let done = self
            .db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    match is_new {
                        true => storage::policies::insert(tx, &saved.0).await?,
                        false => storage::policies::update(tx, &saved.0).await?,
                    }
                    storage::audit::insert(tx, &saved.1).await
                })
            })
            .await;
        self.key_ring.forget();
        Ok(done?)
    }

    async fn check_policy(&self, account: &AccountId, new: &NewPolicy) -> Result<(String, String)> {
        let mut wrong = Vec::new();
        let mut take = |read: Result<String, Invalid>| {
            read.unwrap_or_else(|e| {
                wrong.push(e);
                String::new()
            })
        };
        let name = take(contact::text("name", &new.name, 100));
        let description = take(contact::optional("description", &new.description, 255));
        let (clients, users) = (self.service_accounts(account).await?, self.users(account).await?);
        for (n, identity) in new.statement.identities.iter().enumerate() {
            let (known, who) = match identity {
                Identity::Account => (true, ""),
                Identity::ServiceAccount(id) => (clients.iter().any(|c| c.id == *id), id.as_str()),
                Identity::User(login) => (users.iter().any(|u| u.login.as_ref() == Some(login)), login.as_str()),
            };
            if !known {
                let expected = "a service account or user that exists".to_owned();
                wrong.push(Invalid::new(format!("identities[{n}]"), who, Rule::WrongType { expected }));
            }
        }
        if wrong.is_empty() { Ok((name, description)) } else { Err(Problem::Invalid(wrong)) }
    }
}

fn place(id: Uuid) -> String {
    format!("policy/{id}")
}
