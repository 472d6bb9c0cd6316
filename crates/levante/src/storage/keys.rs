//! API applications and credentials. Secrets are sealed, keys and tokens only hashed.

use super::{Db, Error, Result, Tx, db::args, from_json, instant, json, known, maybe_instant, micros};
use jiff::Timestamp;
use licensing::{
    id::{AccountId, ApplicationId, CredentialId, UserId},
    permission::{AccessRule, IpBlock},
    right::Role,
};

/// An application: a program that may ask for credentials.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// Its number.
    pub id: ApplicationId,
    /// Who made it.
    pub account: AccountId,
    /// Its public key, 16 characters.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Whether it may call.
    pub state: ApplicationState,
    /// When it was made, wall time.
    pub created_at: Timestamp,
}

/// Whether an application may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationState {
    /// It may.
    Active,
    /// An operator stopped it.
    Blocked,
    /// Its owner deleted it.
    Revoked,
}

impl ApplicationState {
    /// Its word in storage and on the wire (`inactive` there for a deleted one).
    pub fn word(&self) -> &'static str {
        match self {
            ApplicationState::Active => "active",
            ApplicationState::Blocked => "blocked",
            ApplicationState::Revoked => "inactive",
        }
    }

    fn read(word: &str) -> Option<ApplicationState> {
        [ApplicationState::Active, ApplicationState::Blocked, ApplicationState::Revoked]
            .into_iter()
            .find(|s| s.word() == word)
    }
}

/// A credential: what one consumer key of an application may do, and for whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Credential {
    /// Its number.
    pub id: CredentialId,
    /// Its application.
    pub application: ApplicationId,
    /// For whom it acts; `None` until somebody has validated it.
    pub account: Option<AccountId>,
    /// The sub-user with whose rights it acts; `None`: the account holder.
    pub user: Option<CredentialUser>,
    /// What it may do.
    pub rules: Vec<AccessRule>,
    /// From where; `None`: from anywhere.
    pub allowed_ips: Option<Vec<IpBlock>>,
    /// Where the browser goes after the validation.
    pub redirection: Option<String>,
    /// Where it stands; see [`Credential::status`] for its end by time.
    pub state: CredentialState,
    /// When it was asked for, wall time.
    pub created_at: Timestamp,
    /// When it ends, wall time; `None`: never.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute, wall time.
    pub last_use: Option<Timestamp>,
}

/// The sub-user behind a credential, as it stands now.
#[derive(Debug, Clone, PartialEq)]
pub struct CredentialUser {
    /// Its id.
    pub id: UserId,
    /// Its login.
    pub login: String,
    /// What it may do before any policy.
    pub role: Role,
    /// Disabled or deleted: the credential opens nothing.
    pub disabled: bool,
    /// What somebody wrote about it.
    pub description: String,
}

/// Where a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialState {
    /// Nobody has validated it yet.
    Pending,
    /// In use.
    Validated,
    /// The account holder refused it.
    Refused,
    /// Signed out, or its time is over.
    Expired,
    /// Deleted; in no list any more.
    Revoked,
}

impl CredentialState {
    /// Its word in storage and on the wire.
    pub fn word(&self) -> &'static str {
        match self {
            CredentialState::Pending => "pendingValidation",
            CredentialState::Validated => "validated",
            CredentialState::Refused => "refused",
            CredentialState::Expired => "expired",
            CredentialState::Revoked => "revoked",
        }
    }

    /// Reads a word.
    pub fn read(word: &str) -> Option<CredentialState> {
        use CredentialState::*;
        [Pending, Validated, Refused, Expired, Revoked].into_iter().find(|s| s.word() == word)
    }
}

impl Credential {
    /// Where it stands at an instant of wall time.
    pub fn status(&self, now: Timestamp) -> CredentialState {
        match self.expires_at {
            Some(end) if end <= now && matches!(self.state, CredentialState::Pending | CredentialState::Validated) => {
                CredentialState::Expired
            }
            _ => self.state,
        }
    }
}

#[derive(sqlx::FromRow)]
struct ApplicationRow {
    id: i64,
    account: String,
    app_key: String,
    name: String,
    description: String,
    state: String,
    created_at: i64,
}

impl TryFrom<ApplicationRow> for Application {
    type Error = Error;
    fn try_from(row: ApplicationRow) -> Result<Application> {
        Ok(Application {
            id: ApplicationId(row.id),
            state: known("application", "state", row.id, &row.state, ApplicationState::read(&row.state))?,
            created_at: instant("application", "created_at", row.id, row.created_at)?,
            account: AccountId::trusted(row.account),
            key: row.app_key,
            name: row.name,
            description: row.description,
        })
    }
}

#[derive(sqlx::FromRow)]
struct SealedRow {
    #[sqlx(flatten)]
    application: ApplicationRow,
    secret: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct CredentialRow {
    id: i64,
    application: i64,
    account: Option<String>,
    member: Option<String>,
    user_login: Option<String>,
    user_role: Option<String>,
    user_disabled: Option<bool>,
    user_description: Option<String>,
    rules: String,
    allowed_ips: Option<String>,
    redirection: Option<String>,
    state: String,
    created_at: i64,
    expires_at: Option<i64>,
    last_use: Option<i64>,
}

impl TryFrom<CredentialRow> for Credential {
    type Error = Error;
    fn try_from(row: CredentialRow) -> Result<Credential> {
        let id = row.id;
        let user = row.member.map(|member| {
            let nobody = row.user_login.is_none();
            let role = row.user_role.as_deref().and_then(Role::read).unwrap_or(Role::Nobody);
            Ok::<_, Error>(CredentialUser {
                id: known("credential", "member", id, &member, member.parse().ok())?,
                login: row.user_login.unwrap_or_default(),
                role,
                disabled: nobody || row.user_disabled.unwrap_or(true),
                description: row.user_description.unwrap_or_default(),
            })
        });
        Ok(Credential {
            user: user.transpose()?,
            id: CredentialId(id),
            application: ApplicationId(row.application),
            account: row.account.map(AccountId::trusted),
            rules: from_json("credential", "rules", id, &row.rules)?,
            allowed_ips: row.allowed_ips.map(|t| from_json("credential", "allowed_ips", id, &t)).transpose()?,
            redirection: row.redirection,
            state: known("credential", "state", id, &row.state, CredentialState::read(&row.state))?,
            created_at: instant("credential", "created_at", id, row.created_at)?,
            expires_at: maybe_instant("credential", "expires_at", id, row.expires_at)?,
            last_use: maybe_instant("credential", "last_use", id, row.last_use)?,
        })
    }
}

/// An application by its public key, with its sealed secret; deleted ones included.
pub async fn application_by_key(db: &Db, key: &str) -> Result<Option<(Application, Vec<u8>)>> {
    let row: Option<SealedRow> = db.optional("SELECT * FROM application WHERE app_key = $1", args![key]).await?;
    row.map(|row| Ok((Application::try_from(row.application)?, row.secret))).transpose()
}

/// An application by its number, whoever made it; deleted ones included.
pub async fn application(db: &Db, id: ApplicationId) -> Result<Option<Application>> {
    let row: Option<ApplicationRow> = db.optional("SELECT * FROM application WHERE id = $1", args![id.0]).await?;
    row.map(Application::try_from).transpose()
}

/// The applications that an account made, without deleted ones, by id.
pub async fn applications(db: &Db, account: &AccountId) -> Result<Vec<Application>> {
    let rows: Vec<ApplicationRow> = db
        .all(
            "SELECT * FROM application WHERE account = $1 AND state <> 'inactive' ORDER BY id",
            args![account.as_str()],
        )
        .await?;
    rows.into_iter().map(Application::try_from).collect()
}

/// Adds an application with its sealed secret.
pub async fn insert_application(tx: &mut Tx, a: &Application, secret: &[u8]) -> Result<()> {
    tx.execute(
        "INSERT INTO application (id, account, app_key, secret, name, description, state, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        args![
            a.id.0,
            a.account.as_str(),
            a.key.as_str(),
            secret.to_vec(),
            a.name.as_str(),
            a.description.as_str(),
            a.state.word(),
            micros(a.created_at)
        ],
    )
    .await
    .map(|_| ())
}

/// Deletes an application and revokes every credential of it, whoever validated it.
///
/// # Errors
/// [`Error::Conflict`] when it is not theirs or gone.
pub async fn revoke_application(tx: &mut Tx, account: &AccountId, id: ApplicationId) -> Result<()> {
    tx.execute_one(
        "UPDATE application SET state = 'inactive' WHERE id = $1 AND account = $2 AND state <> 'inactive'",
        args![id.0, account.as_str()],
        "the application",
    )
    .await?;
    tx.execute("UPDATE credential SET state = 'revoked', token_hash = NULL WHERE application = $1", args![id.0])
        .await
        .map(|_| ())
}

macro_rules! credentials_sql {
    ($rest:literal) => {
        concat!(
            "SELECT c.*, m.login AS user_login, m.role AS user_role, m.disabled AS user_disabled, \
             m.description AS user_description FROM credential c LEFT JOIN member m ON m.id = c.member ",
            $rest
        )
    };
}

/// A credential by the hash of its consumer key; revoked ones included.
pub async fn by_consumer(db: &Db, hash: &str) -> Result<Option<Credential>> {
    let row: Option<CredentialRow> = db.optional(credentials_sql!("WHERE c.consumer_hash = $1"), args![hash]).await?;
    row.map(Credential::try_from).transpose()
}

/// A credential by the hash of its validation token.
pub async fn by_token(db: &Db, hash: &str) -> Result<Option<Credential>> {
    let row: Option<CredentialRow> = db.optional(credentials_sql!("WHERE c.token_hash = $1"), args![hash]).await?;
    row.map(Credential::try_from).transpose()
}

/// A credential of an account.
pub async fn credential(db: &Db, account: &AccountId, id: CredentialId) -> Result<Option<Credential>> {
    let row: Option<CredentialRow> = db
        .optional(
            credentials_sql!("WHERE c.id = $1 AND c.account = $2 AND c.state <> 'revoked'"),
            args![id.0, account.as_str()],
        )
        .await?;
    row.map(Credential::try_from).transpose()
}

/// The credentials of an account without deleted ones, by id.
pub async fn credentials(db: &Db, account: &AccountId) -> Result<Vec<Credential>> {
    let rows: Vec<CredentialRow> = db
        .all(credentials_sql!("WHERE c.account = $1 AND c.state <> 'revoked' ORDER BY c.id"), args![account.as_str()])
        .await?;
    rows.into_iter().map(Credential::try_from).collect()
}

/// How many credentials of an application wait for their validation.
pub async fn pending(tx: &mut Tx, application: ApplicationId) -> Result<i64> {
    let row: Option<(i64,)> = tx
        .optional(
            "SELECT CAST(count(*) AS BIGINT) FROM credential WHERE application = $1 AND state = 'pendingValidation'",
            args![application.0],
        )
        .await?;
    Ok(row.map_or(0, |(n,)| n))
}

/// Forgets the requests of an application that nobody validated in time.
pub async fn forget_unanswered(tx: &mut Tx, application: ApplicationId, now: Timestamp) -> Result<()> {
    tx.execute(
        "DELETE FROM credential WHERE application = $1 AND state = 'pendingValidation' AND expires_at <= $2",
        args![application.0, micros(now)],
    )
    .await
    .map(|_| ())
}

/// Adds a credential with the hashes of its consumer key and, while it is pending, of its token.
pub async fn insert_credential(tx: &mut Tx, c: &Credential, consumer: &str, token: Option<&str>) -> Result<()> {
    tx.execute(
        "INSERT INTO credential (id, application, account, consumer_hash, token_hash, rules, allowed_ips, redirection, state, created_at, expires_at, member) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        args![
            c.id.0, c.application.0, c.account.as_ref().map(AccountId::as_str), consumer, token, json(&c.rules),
            c.allowed_ips.as_ref().map(json), c.redirection.as_deref(), c.state.word(), micros(c.created_at),
            c.expires_at.map(micros), c.user.as_ref().map(|user| user.id.to_string())
        ],
    )
    .await
    .map(|_| ())
}

/// Answers a pending request: validated for an account, or a sub-user of it, until an instant, or refused. Its
/// token ends.
///
/// # Errors
/// [`Error::Conflict`] when it was answered meanwhile.
pub async fn answer(
    tx: &mut Tx,
    id: CredentialId,
    (account, user): (&AccountId, Option<UserId>),
    state: CredentialState,
    expires_at: Option<Timestamp>,
) -> Result<()> {
    tx.execute_one(
        "UPDATE credential SET account = $1, member = $2, state = $3, expires_at = $4, token_hash = NULL \
         WHERE id = $5 AND state = 'pendingValidation'",
        args![account.as_str(), user.map(|u| u.to_string()), state.word(), expires_at.map(micros), id.0],
        "the request for a key",
    )
    .await
}

/// Sets where a credential of an account stands.
///
/// # Errors
/// [`Error::Conflict`] when it is not theirs or deleted.
pub async fn set_state(tx: &mut Tx, account: &AccountId, id: CredentialId, state: CredentialState) -> Result<()> {
    tx.execute_one(
        "UPDATE credential SET state = $1 WHERE id = $2 AND account = $3 AND state <> 'revoked'",
        args![state.word(), id.0, account.as_str()],
        "the credential",
    )
    .await
}

/// Sets from where a credential of an account may be used.
///
/// # Errors
/// [`Error::Conflict`] when it is not theirs or deleted.
pub async fn set_allowed_ips(
    tx: &mut Tx,
    account: &AccountId,
    id: CredentialId,
    allowed: Option<&[IpBlock]>,
) -> Result<()> {
    tx.execute_one(
        "UPDATE credential SET allowed_ips = $1 WHERE id = $2 AND account = $3 AND state <> 'revoked'",
        args![allowed.map(|a| json(&a)), id.0, account.as_str()],
        "the credential",
    )
    .await
}

/// Notes that a credential was used.
pub async fn used(tx: &mut Tx, id: CredentialId, at: Timestamp) -> Result<()> {
    tx.execute("UPDATE credential SET last_use = $1 WHERE id = $2", args![micros(at), id.0]).await.map(|_| ())
}
