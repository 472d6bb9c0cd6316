//! Sub-users of an account: people who sign in with rights of their own.
//!
//! The account holder is no sub-user: nothing here changes or shows them. A sub-user's keys act with the
//! sub-user's rights as they are at the moment of the call.

use super::{
    Actor, Conflict, Missing, Operations, Problem, Result,
    members::{Member, hash, password_fault},
};
use crate::storage;
use licensing::{
    contact,
    id::{AccountId, UserId},
    invalid::{Invalid, Rule},
    right::{Identity, Role},
};
use secrecy::SecretString;
use serde_json::json;
use std::sync::Arc;

/// Most sub-users of an account.
pub const MOST_USERS: usize = 200;

/// A sub-user as somebody wrote it.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// 2 to 40 letters, digits, dots, hyphens and underscores.
    pub login: String,
    /// Up to 255 characters.
    pub description: String,
    /// Where to reach them; they do not sign in with it.
    pub email: String,
    /// What it may do before any policy; not [`Role::Holder`].
    pub role: Role,
    /// As [`super::members::SHORTEST_PASSWORD`] says.
    pub password: SecretString,
}

/// Changes of a sub-user; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChanges {
    /// Up to 255 characters.
    pub description: Option<String>,
    /// Where to reach them.
    pub email: Option<String>,
    /// What it may do before any policy; not [`Role::Holder`].
    pub role: Option<Role>,
}

/// Which pages of the panel are open to somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pages {
    /// Those that show.
    pub read: bool,
    /// Those that change.
    pub write: bool,
    /// Those that make and end keys.
    pub manage: bool,
}

fn login(text: &str) -> Result<String, Invalid> {
    let folded = text.trim().to_lowercase();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    let good = (2..=40).contains(&folded.len()) && folded.bytes().all(plain) && !folded.starts_with(['.', '-']);
    if folded.is_empty() {
        return Err(Invalid::new("login", "", Rule::Required));
    }
    match good {
        true => Ok(folded),
        false => {
            let expected = "2 to 40 letters, digits, dots, hyphens and underscores".to_owned();
            Err(Invalid::new("login", text, Rule::WrongType { expected }))
        }
    }
}

/// No sub-user becomes an account holder, whatever a door lets through.
fn role_fault(role: Role) -> Option<Invalid> {
    (role == Role::Holder).then(|| Invalid::new("group", role.word(), Rule::NotOffered))
}

impl Operations {
    /// Which pages are open to a member. The panel knows roles only: a policy opens nothing in it, and who is
    /// denied something by one is not let in, so that nobody sees here what the API hides.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub async fn pages_of(&self, member: &Member) -> Result<Pages> {
        let (Some(account), Some(login)) = (&member.account, &member.login) else {
            return Ok(Pages { read: true, write: true, manage: true });
        };
        let rights = self.rights(account, Identity::User(login.clone()), member.role).await?;
        Ok(match (rights.are_narrowed(), member.role) {
            (true, _) | (false, Role::Nobody) => Pages::default(),
            (false, Role::Reader) => Pages { read: true, ..Pages::default() },
            (false, Role::Regular) => Pages { read: true, write: true, manage: false },
            (false, Role::Admin | Role::Holder) => Pages { read: true, write: true, manage: true },
        })
    }

    /// The sub-users of an account, by login.
    pub async fn users(&self, account: &AccountId) -> Result<Vec<Member>> {
        Ok(storage::members::users(&self.db, account).await?)
    }

    /// A sub-user of an account.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn user(&self, account: &AccountId, login: &str) -> Result<Member> {
        let found = storage::members::user(&self.db, account, &login.to_lowercase()).await?;
        found.ok_or_else(|| Problem::NotFound(Missing::Object(login.chars().take(80).collect())))
    }

    /// Makes a sub-user.
    ///
    /// # Errors
    /// [`Problem::Invalid`] naming every wrong field; [`Conflict::Exists`] when the login is taken;
    /// [`Conflict::TooMany`].
    pub async fn create_user(&self, actor: &Actor, new: NewUser) -> Result<Member> {
        let mut wrong = Vec::new();
        let mut take = |read: Result<String, Invalid>| {
            read.unwrap_or_else(|e| {
                wrong.push(e);
                String::new()
            })
        };
        let login = take(login(&new.login));
        let description = take(contact::optional("description", &new.description, 255));
        let email = take(contact::email("email", &new.email)).to_lowercase();
        wrong.extend(password_fault(&new.password));
        wrong.extend(role_fault(new.role));
        if !wrong.is_empty() {
            return Err(Problem::Invalid(wrong));
        }
        let taken = || Problem::Conflict(Conflict::Exists(format!("user {login}")));
        let others = self.users(&actor.account).await?;
        // Looked at before the slow hash: whoever signs in waits for its turn behind it.
        if others.iter().any(|user| user.login.as_ref() == Some(&login)) {
            return Err(taken());
        }
        if others.len() >= MOST_USERS {
            return Err(Problem::Conflict(Conflict::TooMany { what: "users", most: MOST_USERS }));
        }
        let language = self.account(&actor.account).await?.language;
        let now = self.clock.wall();
        let member = Member {
            id: UserId(self.clock.new_id()),
            account: Some(actor.account.clone()),
            email,
            name: login.clone(),
            password: hash(new.password).await,
            totp: None,
            totp_step: None,
            language,
            login: Some(login.clone()),
            role: new.role,
            disabled: false,
            description,
            created_at: now,
            updated_at: now,
            password_at: now,
            version: 1,
        };
        let entry = self.entry(actor, "UserMade", format!("user/{login}"), json!({ "role": new.role.word() }));
        let saved = Arc::new((member.clone(), entry, actor.account.clone(), Identity::User(login.clone())));
        let done = self
            .db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    let (member, entry, account, identity) = &*saved;
                    // A policy that was written while the last user of this name was deleted may name them still.
                    storage::policies::forget(tx, account, identity, now).await?;
                    storage::members::insert(tx, member).await?;
                    storage::audit::insert(tx, entry).await
                })
            })
            .await;
        self.key_ring.forget();
        match done {
            Ok(()) => Ok(member),
            Err(e) if e.is_duplicate() => Err(taken()),
            Err(e) => Err(e.into()),
        }
    }

    /// Changes a sub-user; their keys have other rights at once. May be repeated.
    ///
    /// # Errors
    /// [`Problem::NotFound`]; [`Problem::Invalid`]; [`Conflict::ChangedMeanwhile`].
    pub async fn update_user(&self, actor: &Actor, login: &str, changes: &UserChanges) -> Result<()> {
        let mut user = self.user(&actor.account, login).await?;
        let mut wrong = Vec::new();
        if let Some(text) = &changes.description {
            contact::optional("description", text, 255).map_or_else(|e| wrong.push(e), |text| user.description = text);
        }
        if let Some(text) = &changes.email {
            contact::email("email", text).map_or_else(|e| wrong.push(e), |text| user.email = text.to_lowercase());
        }
        wrong.extend(changes.role.and_then(role_fault));
        if !wrong.is_empty() {
            return Err(Problem::Invalid(wrong));
        }
        user.role = changes.role.unwrap_or(user.role);
        let detail = json!({ "role": user.role.word(), "email": user.email });
        self.save_user(actor, "UserChanged", detail, user, false).await
    }

    /// Lets a sub-user in or keeps them out: then their sessions end, and their keys open nothing. May be repeated.
    ///
    /// # Errors
    /// [`Problem::NotFound`]; [`Conflict::ChangedMeanwhile`].
    pub async fn set_user_disabled(&self, actor: &Actor, login: &str, disabled: bool) -> Result<()> {
        let mut user = self.user(&actor.account, login).await?;
        user.disabled = disabled;
        let action = if disabled { "UserDisabled" } else { "UserEnabled" };
        self.save_user(actor, action, json!({}), user, disabled).await
    }

    async fn save_user(
        &self,
        actor: &Actor,
        action: &'static str,
        detail: serde_json::Value,
        mut user: Member,
        sign_out: bool,
    ) -> Result<()> {
        user.updated_at = self.clock.wall();
        let login = user.login.clone().unwrap_or_default();
        let saved = Arc::new((user, self.entry(actor, action, format!("user/{login}"), detail)));
        let done = self
            .db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    storage::members::update(tx, &saved.0).await?;
                    if sign_out {
                        storage::sessions::delete_all(tx, saved.0.id).await?;
                    }
                    storage::audit::insert(tx, &saved.1).await
                })
            })
            .await;
        self.key_ring.forget();
        Ok(done?)
    }

    /// Deletes a sub-user: sessions and keys end, and no policy names them any more.
    ///
    /// # Errors
    /// [`Problem::NotFound`], also when they are deleted already.
    pub async fn delete_user(&self, actor: &Actor, login: &str) -> Result<()> {
        let user = self.user(&actor.account, login).await?;
        let login = user.login.clone().unwrap_or_default();
        let entry = self.entry(actor, "UserDeleted", format!("user/{login}"), json!({}));
        let (account, now) = (actor.account.clone(), self.clock.wall());
        let saved = Arc::new((user.id, account, Identity::User(login), entry));
        let done = self
            .db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    let (id, account, identity, entry) = &*saved;
                    storage::policies::forget(tx, account, identity, now).await?;
                    storage::members::delete(tx, *id).await?;
                    storage::audit::insert(tx, entry).await
                })
            })
            .await;
        self.key_ring.forget();
        Ok(done?)
    }
}
