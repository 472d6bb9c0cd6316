//! Members: who may sign in, and the sign-in itself.
//!
//! A known and an unknown name are answered alike and take alike long. Every try is
//! counted before the password is looked at, so that tries side by side do not get around
//! the counter. Second factor: RFC 6238, enforced for operators, each code once.

use super::{Conflict, Missing, Operations, Problem, Result};
pub use crate::storage::members::Member;
use crate::{
    clock::random,
    secrets::token_hash,
    storage::{self, members::Attempts},
};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use jiff::{SignedDuration, Timestamp};
use licensing::{
    contact,
    id::{AccountId, UserId},
    invalid::{Invalid, Rule},
    right::Role,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// Fewest characters of a password.
pub const SHORTEST_PASSWORD: usize = 12;
/// Most bytes of a password: longer ones only cost time.
pub const LONGEST_PASSWORD: usize = 1024;
/// Tries under one name before each further one must wait.
const FREE_TRIES: i64 = 5;
/// Tries from one address before each further one must wait.
const FREE_TRIES_OF_ADDRESS: i64 = 30;
/// The longest wait between two tries.
const LONGEST_WAIT_S: i64 = 15 * 60;
/// A counter that was not touched for so long begins anew.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Slow hashes take a processor and 19 MiB each: two at a time.
static HASHING: Semaphore = Semaphore::const_new(2);
/// What the password of an unknown name is compared with.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now(&hex::encode(random::<16>())));

/// A new member as somebody wrote it.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// For which account; `None`: an operator.
    pub account: Option<AccountId>,
    /// E-mail address; unique over all members.
    pub email: String,
    /// Name, for people.
    pub name: String,
    /// At least [`SHORTEST_PASSWORD`] characters.
    pub password: SecretString,
    /// ISO 639-1; empty: the provider's.
    pub language: String,
}

/// The secret of a second factor, to be put into an app. Shown once.
#[derive(Debug, Clone)]
pub struct TotpSecret {
    /// In base 32, as apps want it typed.
    pub base32: SecretString,
    /// As an `otpauth:` address, for a QR code.
    pub url: SecretString,
}

/// A sign-in as somebody tried it.
#[derive(Debug, Clone)]
pub struct SignInTry {
    /// E-mail address or account id (the account holder), or `ACCOUNT/LOGIN` (a sub-user).
    pub login: String,
    /// The password.
    pub password: SecretString,
    /// The six digits of the second factor; empty where none is set up.
    pub code: String,
    /// The network address it came from.
    pub address: String,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInRefusal {
    /// Name, password or code is wrong: never said which.
    #[error("the sign-in name, the password or the code is wrong")]
    Wrong,
    /// Too many tries.
    #[error("too many tries; the next one is possible at {until}")]
    Locked {
        /// When the next try is possible, wall time.
        until: Timestamp,
    },
    /// An operator without a second factor; one must be set up on the command line.
    #[error("an operator signs in only with a second factor, and none is set up")]
    NoSecondFactor,
    /// It could not be found out.
    #[error(transparent)]
    Problem(#[from] Problem),
}

impl From<storage::Error> for SignInRefusal {
    fn from(error: storage::Error) -> SignInRefusal {
        SignInRefusal::Problem(error.into())
    }
}

impl Operations {
    /// Makes a member.
    ///
    /// # Errors
    /// [`Problem::Invalid`] naming every wrong field; [`Problem::NotFound`] for an unknown account;
    /// [`Conflict::Exists`] when the address has a member.
    pub async fn create_member(&self, new: NewMember) -> Result<Member> {
        let mut wrong = Vec::new();
        let mut take = |r: Result<String, Invalid>| {
            r.unwrap_or_else(|e| {
                wrong.push(e);
                String::new()
            })
        };
        let email = take(contact::email("email", &new.email)).to_lowercase();
        let name = take(contact::text("name", &new.name, 100));
        let language = match new.language.trim() {
            "" => self.policy.language.clone(),
            code => take(contact::language("language", code)),
        };
        wrong.extend(password_fault(&new.password));
        if !wrong.is_empty() {
            return Err(Problem::Invalid(wrong));
        }
        if let Some(account) = &new.account {
            self.account(account).await?;
        }
        let now = self.clock.wall();
        let member = Member {
            id: UserId(self.clock.new_id()),
            account: new.account,
            email,
            name,
            password: hash(new.password).await,
            totp: None,
            totp_step: None,
            language,
            login: None,
            role: Role::Holder,
            disabled: false,
            description: String::new(),
            created_at: now,
            updated_at: now,
            password_at: now,
            version: 1,
        };
        let saved = member.clone();
        let done = self
            .db
            .write(move |tx| {
                let member = saved.clone();
                Box::pin(async move { storage::members::insert(tx, &member).await })
            })
            .await;
        match done {
            Ok(()) => Ok(member),
            Err(e) if e.is_duplicate() => Err(Problem::Conflict(Conflict::Exists(format!("member {}", member.email)))),
            Err(e) => Err(e.into()),
        }
    }

    /// The members of an account, or with `None` the operators, oldest first.
    pub async fn members(&self, account: Option<&AccountId>) -> Result<Vec<Member>> {
        Ok(storage::members::list(&self.db, account).await?)
    }

    /// The member behind a sign-in name, as [`SignInTry::login`].
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn member_by_login(&self, login: &str) -> Result<Member> {
        let login = login.trim().to_lowercase();
        let missing = || Problem::NotFound(Missing::Object(login.clone()));
        storage::members::by_login(&self.db, &login).await?.ok_or_else(missing)
    }

    /// Sets a new password and ends every session of the member; the account's log says so.
    ///
    /// # Errors
    /// [`Problem::Invalid`] for one that is too short or too long; [`Problem::NotFound`].
    pub async fn set_password(&self, login: &str, password: SecretString) -> Result<()> {
        if let Some(fault) = password_fault(&password) {
            return Err(Problem::Invalid(vec![fault]));
        }
        let mut member = self.member_by_login(login).await?;
        member.password = hash(password).await;
        member.password_at = self.clock.wall();
        self.renew_access(member, "PasswordSet").await
    }

    /// Sets up a new second factor, ends every session of the member and gives the secret, once; the account's log
    /// says so.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn enable_totp(&self, login: &str) -> Result<TotpSecret> {
        let mut member = self.member_by_login(login).await?;
        let base32 = totp_rs::Secret::from(random::<20>()).to_base32();
        let secret = SecretString::from(base32.clone());
        member.totp = Some(self.vault.seal(&totp_place(member.id), &secret));
        member.totp_step = None;
        let url = format!("otpauth://totp/Levante:{}?secret={base32}&issuer=Levante", member.email);
        self.renew_access(member, "SecondFactorSet").await?;
        Ok(TotpSecret { base32: secret, url: SecretString::from(url) })
    }

    /// Remembers the language that a member chose.
    ///
    /// # Errors
    /// [`Problem::Invalid`] for a language that nobody plans for.
    pub async fn choose_language(&self, member: &Member, language: &str) -> Result<()> {
        let language = contact::language("language", language).map_err(|e| Problem::Invalid(vec![e]))?;
        let member = Member { language, ..member.clone() };
        let done = self.db.write(move |tx| {
            let member = member.clone();
            Box::pin(async move { storage::members::update(tx, &member).await })
        });
        Ok(done.await?)
    }

    /// Saves what somebody signs in with, which only the command line changes, and ends their sessions.
    async fn renew_access(&self, mut member: Member, action: &'static str) -> Result<()> {
        member.updated_at = self.clock.wall();
        let object = match &member.login {
            Some(login) => format!("user/{login}"),
            None => format!("member/{}", member.id),
        };
        let entry = storage::audit::Entry {
            id: self.clock.new_id(),
            number: self.next_entry(),
            at: self.clock.business(),
            account: member.account.clone(),
            actor: "command line".to_owned(),
            address: None,
            action,
            object,
            detail: json!({}),
        };
        let saved = Arc::new((member, entry));
        let done = self.db.write(move |tx| {
            let saved = saved.clone();
            Box::pin(async move {
                storage::members::update(tx, &saved.0).await?;
                storage::sessions::delete_all(tx, saved.0.id).await?;
                storage::audit::insert(tx, &saved.1).await
            })
        });
        Ok(done.await?)
    }

    /// Finds out whether somebody may sign in. Opens no session.
    ///
    /// # Errors
    /// [`SignInRefusal`], the same for a known and an unknown name.
    pub async fn sign_in(&self, tried: SignInTry) -> Result<Member, SignInRefusal> {
        let login: String = tried.login.trim().to_lowercase().chars().take(255).collect();
        let member = storage::members::by_login(&self.db, &login).await?;
        let subject = match &member {
            Some(member) => format!("member/{}", member.id),
            None => format!("name/{}", token_hash(&login)),
        };
        self.count_try(&format!("address/{}", tried.address), FREE_TRIES_OF_ADDRESS).await?;
        self.count_try(&subject, FREE_TRIES).await?;

        let right = verify(member.as_ref().map(|m| m.password.clone()), tried.password).await;
        let Some(member) = member.filter(|m| right && !m.disabled) else { return Err(SignInRefusal::Wrong) };
        if member.totp.is_none() && member.account.is_none() {
            return Err(SignInRefusal::NoSecondFactor);
        }
        self.use_code(&member, &tried.code).await?;
        let (now, address) = (self.clock.wall(), format!("address/{}", tried.address));
        self.db
            .write(move |tx| {
                let (subject, address) = (subject.clone(), address.clone());
                Box::pin(async move {
                    storage::members::forget_attempts(tx, &subject, now - FORGOTTEN_AFTER).await?;
                    storage::members::forget_attempts(tx, &address, now - FORGOTTEN_AFTER).await
                })
            })
            .await?;
        Ok(member)
    }

    async fn count_try(&self, subject: &str, free: i64) -> Result<(), SignInRefusal> {
        let (subject, now) = (subject.to_owned(), self.clock.wall());
        self.db
            .write(move |tx| {
                let subject = subject.clone();
                Box::pin(async move {
                    let before = storage::members::attempts(tx, &subject).await?;
                    if let Some(until) = before.as_ref().and_then(|a| a.locked_until)
                        && now < until
                    {
                        return Err(SignInRefusal::Locked { until });
                    }
                    let tries = before.filter(|a| now < a.last_at + FORGOTTEN_AFTER).map_or(0, |a| a.tries) + 1;
                    let locked_until = wait_after(tries, free).map(|wait| now + wait);
                    let counted = Attempts { tries, last_at: now, locked_until };
                    Ok(storage::members::count(tx, &subject, &counted).await?)
                })
            })
            .await
    }

    async fn use_code(&self, member: &Member, code: &str) -> Result<(), SignInRefusal> {
        let Some(sealed) = &member.totp else { return Ok(()) };
        let secret = self.vault.open(&totp_place(member.id), sealed).map_err(Problem::from)?;
        let step = step_of(secret.expose_secret(), code, self.clock.wall()).ok_or(SignInRefusal::Wrong)?;
        let id = member.id;
        let used =
            self.db.write(move |tx| Box::pin(async move { storage::members::use_step(tx, id, step).await })).await?;
        if used { Ok(()) } else { Err(SignInRefusal::Wrong) }
    }
}

/// How long the next try must wait after so many: 15 s, then double each time.
fn wait_after(tries: i64, free: i64) -> Option<SignedDuration> {
    let over = tries - free;
    (over >= 0).then(|| SignedDuration::from_secs((15 << over.min(20)).min(LONGEST_WAIT_S)))
}

/// The time step of a right code: now, or up to one step of 30 s before or after.
fn step_of(secret: &str, code: &str, now: Timestamp) -> Option<i64> {
    let secret = totp_rs::Secret::try_from_base32(secret).ok()?;
    let totp = totp_rs::Builder::new().with_secret(secret).with_skew(1).with_step_duration(30).build().ok()?;
    let code: String = code.chars().filter(char::is_ascii_digit).take(7).collect();
    let now = u64::try_from(now.as_second()).ok()?;
    totp.check(&code, now).and_then(|step| i64::try_from(step).ok())
}

fn totp_place(member: UserId) -> String {
    format!("totp/{member}")
}

pub(super) fn password_fault(password: &SecretString) -> Option<Invalid> {
    let text = password.expose_secret();
    let rule = if text.is_empty() {
        Rule::Required
    } else if text.chars().count() < SHORTEST_PASSWORD {
        Rule::TooShort { min: SHORTEST_PASSWORD }
    } else if text.len() > LONGEST_PASSWORD {
        Rule::TooLong { max: LONGEST_PASSWORD }
    } else {
        return None;
    };
    Some(Invalid::new("password", "", rule))
}

pub(super) async fn hash(password: SecretString) -> String {
    aside(move || hash_now(password.expose_secret())).await
}

fn hash_now(password: &str) -> String {
    Argon2::default().hash_password(password.as_bytes()).expect("a password can be hashed").to_string()
}

/// Takes as long for nobody as for somebody, and is never true for nobody.
async fn verify(known: Option<String>, password: SecretString) -> bool {
    aside(move || {
        let (known, exists) = known.as_ref().map_or((&*NOBODY, false), |known| (known, true));
        let text = password.expose_secret();
        let text = if text.len() > LONGEST_PASSWORD { "" } else { text };
        let right = |hash| Argon2::default().verify_password(text.as_bytes(), &hash).is_ok();
        PasswordHash::new(known).is_ok_and(right) && exists
    })
    .await
}

/// Runs slow work outside the threads that serve pages.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let _turn = HASHING.acquire().await.expect("the semaphore is never closed");
    tokio::task::spawn_blocking(work).await.expect("hashing does not panic")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_end() {
        let seconds = |tries| wait_after(tries, FREE_TRIES).map(|w| w.as_secs());
        assert_eq!([4, 5, 6, 7].map(seconds), [None, Some(15), Some(30), Some(60)]);
        assert_eq!(seconds(60), Some(LONGEST_WAIT_S));
    }

    #[test]
    fn codes_are_right_for_a_step_around_now() {
        let secret = totp_rs::Secret::from(*b"12345678901234567890").to_base32();
        let at = |s: i64| Timestamp::from_second(s).expect("an instant");
        // RFC 6238, appendix B, SHA-1, last six digits.
        assert_eq!(step_of(&secret, "287082", at(59)), Some(1));
        assert_eq!(step_of(&secret, " 287 082 ", at(80)), Some(1));
        assert_eq!(step_of(&secret, "287082", at(121)), None);
        assert_eq!(step_of(&secret, "", at(59)), None);
    }
}
