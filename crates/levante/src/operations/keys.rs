//! API keys: applications, credentials, and the look-ups that every signed call needs.
//!
//! A secret is shown once, when it is made; afterwards the application's secret is sealed
//! and of consumer keys and validation tokens only hashes are kept. Times are wall time.

use super::{Actor, Conflict, Missing, Operations, Problem, Result, rights::AccessPolicy, service_accounts::Bearer};
pub use crate::storage::keys::{Application, ApplicationState, Credential, CredentialState, CredentialUser};
use crate::{
    secrets::{new_token, token_hash},
    storage::{self, Db},
};
use jiff::SignedDuration;
use licensing::{
    contact,
    id::{AccountId, ApplicationId, CredentialId},
    invalid::{Invalid, Rule},
    permission::{AccessRule, IpBlock, MOST_BLOCKS, MOST_RULES},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// How long a request for a key waits for its validation.
pub const PENDING_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Most requests of one application that wait at the same time.
pub const MOST_PENDING: i64 = 100;
/// Most applications of an account, and most credentials of an account.
pub const MOST_KEYS: usize = 500;
/// The longest validity that can be chosen: ten years.
pub const LONGEST_VALIDITY: SignedDuration = SignedDuration::from_hours(24 * 3653);

/// How long another process's change may go unseen.
const FRESH: Duration = Duration::from_secs(2);
/// How often the last use of a credential is written at most.
const NOTE_EVERY: Duration = Duration::from_secs(60);
/// Most entries that are remembered; beyond it the memory starts empty again.
const MOST_REMEMBERED: usize = 20_000;

/// An application just made. The secret is shown this once.
#[derive(Debug)]
pub struct NewApplication {
    /// Its number.
    pub id: ApplicationId,
    /// Its public key, 16 characters.
    pub key: String,
    /// Its secret, 32 characters.
    pub secret: SecretString,
}

/// A request for a key that waits for its validation. Both secrets are shown this once.
#[derive(Debug)]
pub struct RequestedCredential {
    /// The consumer key, 32 characters; usable once validated.
    pub consumer_key: SecretString,
    /// What the validation page is opened with, 64 characters.
    pub validation_token: SecretString,
}

/// A credential made at once. The consumer key is shown this once.
#[derive(Debug)]
pub struct NewCredential {
    /// Its number.
    pub id: CredentialId,
    /// The consumer key, 32 characters.
    pub consumer_key: SecretString,
}

/// What the validation page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingCredential {
    /// Name of the application that asks.
    pub application_name: String,
    /// What the application says about itself.
    pub application_description: String,
    /// What it wants to be allowed.
    pub rules: Vec<AccessRule>,
    /// From where; `None`: from anywhere.
    pub allowed_ips: Option<Vec<IpBlock>>,
    /// Where the browser goes afterwards; http or https.
    pub redirection: Option<String>,
    /// The rules from which blanks were dropped, which an OVHcloud server would let match nothing.
    pub trimmed: Vec<AccessRule>,
}

/// An application as a signed call needs it.
pub struct SigningApplication {
    /// The application.
    pub application: Application,
    /// What calls are signed with.
    pub secret: SecretString,
}

/// What this process remembers of keys for a moment. A change made by this process is seen at once.
#[derive(Default)]
pub(crate) struct KeyRing {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Rises with every change: what was read before it is not kept after it.
    generation: u64,
    applications: HashMap<String, (Instant, Arc<SigningApplication>)>,
    credentials: HashMap<String, (Instant, Arc<Credential>)>,
    tokens: HashMap<String, (Instant, Arc<Bearer>)>,
    policies: HashMap<AccountId, (Instant, Arc<Vec<AccessPolicy>>)>,
    noted: HashMap<CredentialId, Instant>,
}

impl KeyRing {
    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().expect("no holder of this lock panics")
    }

    pub(super) fn forget_tokens(&self) {
        let mut kept = self.kept();
        kept.generation += 1;
        kept.tokens.clear();
    }

    pub(super) fn forget(&self) {
        let mut kept = self.kept();
        kept.generation += 1;
        kept.applications.clear();
        kept.credentials.clear();
        kept.tokens.clear();
        kept.policies.clear();
    }
}

fn fresh<K, Q, T>(map: &HashMap<K, (Instant, Arc<T>)>, key: &Q) -> Option<Arc<T>>
where
    K: std::hash::Hash + Eq + std::borrow::Borrow<Q>,
    Q: std::hash::Hash + Eq + ?Sized,
{
    map.get(key).filter(|(at, _)| at.elapsed() < FRESH).map(|(_, value)| value.clone())
}

fn keep<K: std::hash::Hash + Eq, V>(map: &mut HashMap<K, V>, key: K, value: V) {
    if map.len() >= MOST_REMEMBERED {
        map.clear();
    }
    map.insert(key, value);
}

/// Reads rules as a door got them, (method, path) each.
///
/// # Errors
/// [`Problem::Invalid`] naming every wrong rule as `FIELD[n].method` or `FIELD[n].path`.
pub fn read_rules(field: &str, rules: &[(String, String)]) -> Result<Vec<AccessRule>> {
    if rules.is_empty() {
        return Err(Problem::invalid(field, "", Rule::Required));
    }
    if rules.len() > MOST_RULES {
        return Err(Problem::invalid(field, &rules.len().to_string(), Rule::TooManyLines { max: MOST_RULES }));
    }
    let read =
        |(n, (method, path)): (usize, &(String, String))| AccessRule::read(&format!("{field}[{n}]"), method, path);
    all_or_faults(rules.iter().enumerate().map(read))
}

/// Reads address blocks as a door got them.
///
/// # Errors
/// [`Problem::Invalid`] naming every wrong block as `FIELD[n]`.
pub fn read_blocks(field: &str, blocks: &[String]) -> Result<Vec<IpBlock>> {
    if blocks.len() > MOST_BLOCKS {
        return Err(Problem::invalid(field, &blocks.len().to_string(), Rule::TooManyLines { max: MOST_BLOCKS }));
    }
    let expected = "an address or a block of addresses, such as 192.0.2.0/24";
    all_or_faults(blocks.iter().enumerate().map(|(n, text)| {
        IpBlock::read(text).ok_or_else(|| {
            Invalid::new(format!("{field}[{n}]"), text, Rule::WrongType { expected: expected.to_owned() })
        })
    }))
}

fn all_or_faults<T>(read: impl Iterator<Item = Result<T, Invalid>>) -> Result<Vec<T>> {
    let (mut good, mut wrong) = (Vec::new(), Vec::new());
    for one in read {
        match one {
            Ok(value) => good.push(value),
            Err(fault) => wrong.push(fault),
        }
    }
    if wrong.is_empty() { Ok(good) } else { Err(Problem::Invalid(wrong)) }
}

fn read_redirection(text: &str) -> Result<String> {
    let refuse = |rule| Err(Problem::invalid("redirection", text, rule));
    if text.chars().count() > 2000 {
        return refuse(Rule::TooLong { max: 2000 });
    }
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|r| r.split(['/', '?', '#']).next()).unwrap_or_default();
    let bad = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | '<' | '>' | '\\' | '`');
    if host.is_empty() || host.contains('@') || text.chars().any(bad) {
        return refuse(Rule::WrongType { expected: "an address that begins with http:// or https://".to_owned() });
    }
    Ok(text.to_owned())
}

/// The place under which an application's secret is sealed.
fn place(id: ApplicationId) -> String {
    format!("application/{id}")
}

fn missing(id: impl ToString) -> Problem {
    Problem::NotFound(Missing::Object(id.to_string()))
}

impl Operations {
    /// Makes an application. Not to be repeated: each call makes another one.
    ///
    /// # Errors
    /// [`Problem::Invalid`] (`name` 1 to 60, `description` up to 255 characters);
    /// [`Conflict::TooMany`] beyond [`MOST_KEYS`].
    pub async fn create_application(&self, actor: &Actor, name: &str, description: &str) -> Result<NewApplication> {
        let name = contact::text("name", name, 60).map_err(|e| Problem::Invalid(vec![e]))?;
        let description = contact::optional("description", description, 255).map_err(|e| Problem::Invalid(vec![e]))?;
        if self.applications(&actor.account).await?.len() >= MOST_KEYS {
            return Err(Problem::Conflict(Conflict::TooMany { what: "applications", most: MOST_KEYS }));
        }
        let id = ApplicationId(self.ids.next().await?);
        let (key, secret) = (new_token(16), new_token(32));
        let application = Application {
            id,
            account: actor.account.clone(),
            key: key.expose_secret().to_owned(),
            name,
            description,
            state: ApplicationState::Active,
            created_at: self.clock.wall(),
        };
        let detail = json!({ "name": application.name, "key": application.key });
        let entry = self.entry(actor, "ApplicationMade", format!("application/{id}"), detail);
        let saved = Arc::new((application, self.vault.seal(&place(id), &secret), entry));
        let key = saved.0.key.clone();
        self.db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    storage::keys::insert_application(tx, &saved.0, &saved.1).await?;
                    storage::audit::insert(tx, &saved.2).await
                })
            })
            .await?;
        Ok(NewApplication { id, key, secret })
    }

    /// The applications that an account made, by id.
    pub async fn applications(&self, account: &AccountId) -> Result<Vec<Application>> {
        Ok(storage::keys::applications(&self.db, account).await?)
    }

    /// One application of an account.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn application(&self, account: &AccountId, id: ApplicationId) -> Result<Application> {
        let found = storage::keys::application(&self.db, id).await?;
        found.filter(|a| a.account == *account && a.state != ApplicationState::Revoked).ok_or_else(|| missing(id))
    }

    /// Deletes an application and revokes every credential of it.
    ///
    /// # Errors
    /// [`Problem::NotFound`], also when it is deleted already.
    pub async fn delete_application(&self, actor: &Actor, id: ApplicationId) -> Result<()> {
        self.application(&actor.account, id).await?;
        let entry = self.entry(actor, "ApplicationDeleted", format!("application/{id}"), json!({}));
        let account = actor.account.clone();
        let done = self
            .db
            .write(move |tx| {
                let (account, entry) = (account.clone(), entry.clone());
                Box::pin(async move {
                    storage::keys::revoke_application(tx, &account, id).await?;
                    storage::audit::insert(tx, &entry).await
                })
            })
            .await;
        self.key_ring.forget();
        Ok(done?)
    }

    /// Asks for a key in the name of an application, without an account: somebody must validate it
    /// within [`PENDING_FOR`]. `Ok(None)` when no application has this key.
    ///
    /// # Errors
    /// [`Problem::Invalid`] for a wrong redirection; [`Conflict::TooMany`] beyond [`MOST_PENDING`].
    pub async fn request_credential(
        &self,
        application_key: &str,
        rules: Vec<AccessRule>,
        redirection: Option<&str>,
        allowed_ips: Option<Vec<IpBlock>>,
    ) -> Result<Option<RequestedCredential>> {
        let Some(application) = self.signing_application(application_key).await? else { return Ok(None) };
        let redirection = redirection.map(read_redirection).transpose()?;
        let now = self.clock.wall();
        let credential = Credential {
            id: CredentialId(self.ids.next().await?),
            application: application.application.id,
            account: None,
            user: None,
            rules,
            allowed_ips,
            redirection,
            state: CredentialState::Pending,
            created_at: now,
            expires_at: Some(now + PENDING_FOR),
            last_use: None,
        };
        let (consumer_key, validation_token) = (new_token(32), new_token(64));
        let hashes = (token_hash(consumer_key.expose_secret()), token_hash(validation_token.expose_secret()));
        let saved = Arc::new((credential, hashes));
        self.db
            .write::<_, Problem, _>(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    let (credential, (consumer, token)) = &*saved;
                    storage::keys::forget_unanswered(tx, credential.application, now).await?;
                    if storage::keys::pending(tx, credential.application).await? >= MOST_PENDING {
                        return Err(Problem::Conflict(Conflict::TooMany {
                            what: "requests for a key that nobody has answered",
                            most: MOST_PENDING as usize,
                        }));
                    }
                    Ok(storage::keys::insert_credential(tx, credential, consumer, Some(token)).await?)
                })
            })
            .await?;
        Ok(Some(RequestedCredential { consumer_key, validation_token }))
    }

    async fn pending(&self, token: &str) -> Result<Credential> {
        let found = storage::keys::by_token(&self.db, &token_hash(token)).await?;
        found
            .filter(|c| c.status(self.clock.wall()) == CredentialState::Pending)
            .ok_or_else(|| missing("credentialToken"))
    }

    /// The request behind a validation token.
    ///
    /// # Errors
    /// [`Problem::NotFound`] when it is unknown, answered, or older than [`PENDING_FOR`].
    pub async fn pending_credential(&self, token: &str) -> Result<PendingCredential> {
        let credential = self.pending(token).await?;
        let application = storage::keys::application(&self.db, credential.application).await?;
        let application = application.ok_or_else(|| missing(credential.application))?;
        Ok(PendingCredential {
            application_name: application.name,
            application_description: application.description,
            trimmed: credential.rules.iter().filter(|r| r.trimmed).cloned().collect(),
            rules: credential.rules,
            allowed_ips: credential.allowed_ips,
            redirection: credential.redirection,
        })
    }

    /// Validates a request for the actor's account, or for the sub-user who acts; `validity` `None` is for ever. Where the browser
    /// goes next, if anywhere.
    ///
    /// # Errors
    /// [`Problem::NotFound`] as [`Operations::pending_credential`], and when the user who acts is gone or disabled;
    /// [`Problem::Invalid`] (`validity`).
    pub async fn validate_credential(
        &self,
        actor: &Actor,
        token: &str,
        validity: Option<SignedDuration>,
    ) -> Result<Option<String>> {
        let expires_at = self.end_of(validity)?;
        self.room_for_a_key(&actor.account).await?;
        self.answer(actor, token, CredentialState::Validated, expires_at).await
    }

    /// Refuses a request. Where the browser goes next, if anywhere.
    ///
    /// # Errors
    /// [`Problem::NotFound`] as [`Operations::pending_credential`].
    pub async fn refuse_credential(&self, actor: &Actor, token: &str) -> Result<Option<String>> {
        self.answer(actor, token, CredentialState::Refused, None).await
    }

    async fn answer(
        &self,
        actor: &Actor,
        token: &str,
        state: CredentialState,
        expires_at: Option<jiff::Timestamp>,
    ) -> Result<Option<String>> {
        let credential = self.pending(token).await?;
        let action = if state == CredentialState::Validated { "CredentialValidated" } else { "CredentialRefused" };
        let detail = json!({ "application": credential.application, "rules": credential.rules });
        let entry = self.entry(actor, action, format!("credential/{}", credential.id), detail);
        let user = self.acting_user(actor).await?.map(|user| user.id);
        let (id, account) = (credential.id, actor.account.clone());
        let done = self
            .db
            .write(move |tx| {
                let (account, entry) = (account.clone(), entry.clone());
                Box::pin(async move {
                    storage::keys::answer(tx, id, (&account, user), state, expires_at).await?;
                    storage::audit::insert(tx, &entry).await
                })
            })
            .await;
        self.key_ring.forget();
        done?;
        Ok(credential.redirection)
    }

    /// The sub-user who acts: a key that they make or validate has their rights.
    ///
    /// Refused when the member is gone or disabled: the key would be the account holder's, or wait for them.
    async fn acting_user(&self, actor: &Actor) -> Result<Option<CredentialUser>> {
        let Some(id) = actor.member() else { return Ok(None) };
        let member = storage::members::get(&self.db, id).await?;
        let member = member.filter(|m| m.account.as_ref() == Some(&actor.account) && !m.disabled);
        let member = member.ok_or_else(|| missing(id))?;
        Ok(member.login.map(|login| CredentialUser {
            id,
            login,
            role: member.role,
            disabled: member.disabled,
            description: member.description,
        }))
    }

    fn end_of(&self, validity: Option<SignedDuration>) -> Result<Option<jiff::Timestamp>> {
        match validity {
            None => Ok(None),
            Some(span) if span.is_positive() && span <= LONGEST_VALIDITY => Ok(Some(self.clock.wall() + span)),
            Some(span) => Err(Problem::invalid(
                "validity",
                &span.to_string(),
                Rule::WrongType { expected: "at most ten years".to_owned() },
            )),
        }
    }

    async fn room_for_a_key(&self, account: &AccountId) -> Result<()> {
        match self.credentials(account).await?.len() < MOST_KEYS {
            true => Ok(()),
            false => Err(Problem::Conflict(Conflict::TooMany { what: "credentials", most: MOST_KEYS })),
        }
    }

    /// Makes a credential of an own application that is valid at once (the page `createToken`).
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a foreign application, and when the user who acts is gone or disabled;
    /// [`Problem::Invalid`] (`validity`); [`Conflict::TooMany`].
    pub async fn create_credential(
        &self,
        actor: &Actor,
        application: ApplicationId,
        rules: Vec<AccessRule>,
        validity: Option<SignedDuration>,
        allowed_ips: Option<Vec<IpBlock>>,
    ) -> Result<NewCredential> {
        self.application(&actor.account, application).await?;
        self.room_for_a_key(&actor.account).await?;
        let credential = Credential {
            id: CredentialId(self.ids.next().await?),
            application,
            account: Some(actor.account.clone()),
            user: self.acting_user(actor).await?,
            rules,
            allowed_ips,
            redirection: None,
            state: CredentialState::Validated,
            created_at: self.clock.wall(),
            expires_at: self.end_of(validity)?,
            last_use: None,
        };
        let (id, consumer_key) = (credential.id, new_token(32));
        let detail = json!({ "application": application, "rules": credential.rules });
        let entry = self.entry(actor, "CredentialValidated", format!("credential/{id}"), detail);
        let saved = Arc::new((credential, token_hash(consumer_key.expose_secret()), entry));
        self.db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    storage::keys::insert_credential(tx, &saved.0, &saved.1, None).await?;
                    storage::audit::insert(tx, &saved.2).await
                })
            })
            .await?;
        Ok(NewCredential { id, consumer_key })
    }

    /// The credentials of an account, by id.
    pub async fn credentials(&self, account: &AccountId) -> Result<Vec<Credential>> {
        Ok(storage::keys::credentials(&self.db, account).await?)
    }

    /// One credential of an account.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn credential(&self, account: &AccountId, id: CredentialId) -> Result<Credential> {
        storage::keys::credential(&self.db, account, id).await?.ok_or_else(|| missing(id))
    }

    /// The application of a credential of an account, whoever made it.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn application_of(&self, account: &AccountId, id: CredentialId) -> Result<Application> {
        let credential = self.credential(account, id).await?;
        storage::keys::application(&self.db, credential.application)
            .await?
            .ok_or_else(|| missing(credential.application))
    }

    /// Deletes a credential: its consumer key ends at once.
    ///
    /// # Errors
    /// [`Problem::NotFound`], also when it is deleted already.
    pub async fn revoke_credential(&self, actor: &Actor, id: CredentialId) -> Result<()> {
        self.end_credential(actor, id, CredentialState::Revoked, "CredentialDeleted").await
    }

    /// Ends the credential in use (`/auth/logout`); it stays in the lists as expired.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn expire_credential(&self, actor: &Actor, id: CredentialId) -> Result<()> {
        self.end_credential(actor, id, CredentialState::Expired, "CredentialExpired").await
    }

    async fn end_credential(
        &self,
        actor: &Actor,
        id: CredentialId,
        state: CredentialState,
        action: &'static str,
    ) -> Result<()> {
        self.credential(&actor.account, id).await?;
        let entry = self.entry(actor, action, format!("credential/{id}"), json!({}));
        let account = actor.account.clone();
        let done = self
            .db
            .write(move |tx| {
                let (account, entry) = (account.clone(), entry.clone());
                Box::pin(async move {
                    storage::keys::set_state(tx, &account, id, state).await?;
                    storage::audit::insert(tx, &entry).await
                })
            })
            .await;
        self.key_ring.forget();
        Ok(done?)
    }

    /// Sets from where a credential may be used; `None`: from anywhere. May be repeated.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn set_allowed_ips(
        &self,
        actor: &Actor,
        id: CredentialId,
        allowed_ips: Option<Vec<IpBlock>>,
    ) -> Result<()> {
        let before = self.credential(&actor.account, id).await?.allowed_ips;
        let detail = json!({ "before": before, "after": allowed_ips });
        let entry = self.entry(actor, "CredentialAddressesSet", format!("credential/{id}"), detail);
        let account = actor.account.clone();
        let done = self
            .db
            .write(move |tx| {
                let (account, entry, allowed) = (account.clone(), entry.clone(), allowed_ips.clone());
                Box::pin(async move {
                    storage::keys::set_allowed_ips(tx, &account, id, allowed.as_deref()).await?;
                    storage::audit::insert(tx, &entry).await
                })
            })
            .await;
        self.key_ring.forget();
        Ok(done?)
    }

    /// The application of a public key with its secret; `None` when there is none that may call.
    /// At most two seconds old when another process changed it.
    ///
    /// # Errors
    /// [`Problem::Storage`], [`Problem::Vault`].
    pub async fn signing_application(&self, key: &str) -> Result<Option<Arc<SigningApplication>>> {
        let generation = {
            let kept = self.key_ring.kept();
            if let Some(found) = fresh(&kept.applications, key) {
                return Ok(Some(found));
            }
            kept.generation
        };
        let Some((application, sealed)) = storage::keys::application_by_key(&self.db, key).await? else {
            return Ok(None);
        };
        if application.state != ApplicationState::Active {
            return Ok(None);
        }
        let secret = self.vault.open(&place(application.id), &sealed)?;
        let found = Arc::new(SigningApplication { application, secret });
        let mut kept = self.key_ring.kept();
        if kept.generation == generation {
            keep(&mut kept.applications, key.to_owned(), (Instant::now(), found.clone()));
        }
        Ok(Some(found))
    }

    /// The credential of a consumer key, whatever its state; `None` when there is none. At most two
    /// seconds old when another process changed it.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub async fn credential_of_key(&self, consumer_key: &str) -> Result<Option<Arc<Credential>>> {
        let hash = token_hash(consumer_key);
        let generation = {
            let kept = self.key_ring.kept();
            if let Some(found) = fresh(&kept.credentials, hash.as_str()) {
                return Ok(Some(found));
            }
            kept.generation
        };
        let Some(credential) = storage::keys::by_consumer(&self.db, &hash).await? else { return Ok(None) };
        let found = Arc::new(credential);
        let mut kept = self.key_ring.kept();
        if kept.generation == generation {
            keep(&mut kept.credentials, hash, (Instant::now(), found.clone()));
        }
        Ok(Some(found))
    }

    /// The service account that holds an access token, and until when; `None` when nobody does or it has ended.
    /// At most two seconds old when another process changed it.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub async fn bearer(&self, token: &str) -> Result<Option<Arc<Bearer>>> {
        let hash = token_hash(token);
        let now = self.clock.wall();
        let generation = {
            let kept = self.key_ring.kept();
            if let Some(found) = fresh(&kept.tokens, hash.as_str()) {
                return Ok((now < found.expires_at).then_some(found));
            }
            kept.generation
        };
        let found = storage::service_accounts::by_token(&self.db, &hash).await?;
        let Some((client, expires_at)) = found.filter(|(_, expires_at)| now < *expires_at) else { return Ok(None) };
        let found = Arc::new(Bearer { client, expires_at, token: hash.clone() });
        let mut kept = self.key_ring.kept();
        if kept.generation == generation {
            keep(&mut kept.tokens, hash, (Instant::now(), found.clone()));
        }
        Ok(Some(found))
    }

    /// The policies of an account, at most two seconds old when another process changed them.
    ///
    /// # Errors
    /// [`Problem::Storage`].
    pub(super) async fn remembered_policies(&self, account: &AccountId) -> Result<Arc<Vec<AccessPolicy>>> {
        let generation = {
            let kept = self.key_ring.kept();
            if let Some(found) = fresh(&kept.policies, account) {
                return Ok(found);
            }
            kept.generation
        };
        let found = Arc::new(storage::policies::list(&self.db, account).await?);
        let mut kept = self.key_ring.kept();
        if kept.generation == generation {
            keep(&mut kept.policies, account.clone(), (Instant::now(), found.clone()));
        }
        Ok(found)
    }

    /// Notes the use of a credential: written beside the call and at most once a minute, so that no
    /// call waits for it.
    pub fn note_use(&self, id: CredentialId) {
        {
            let mut kept = self.key_ring.kept();
            if kept.noted.get(&id).is_some_and(|at| at.elapsed() < NOTE_EVERY) {
                return;
            }
            keep(&mut kept.noted, id, Instant::now());
        }
        let (db, at): (Db, _) = (self.db.clone(), self.clock.wall());
        tokio::spawn(async move {
            let noted = db.write(move |tx| Box::pin(storage::keys::used(tx, id, at))).await;
            if let Err(e) = noted {
                tracing::warn!(credential = id.0, error = %e, "the last use of a credential is not noted");
            }
        });
    }
}
