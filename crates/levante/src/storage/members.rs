//! Members: the people who sign in to the panel, and the sign-ins that were tried.

use super::{Db, Error, Result, Tx, instant, known, maybe_instant, micros};
use crate::storage::db::args;
use jiff::Timestamp;
use licensing::{
    id::{AccountId, UserId},
    right::Role,
};

/// A person who signs in. `Debug` shows no secret.
#[derive(Clone, PartialEq)]
pub struct Member {
    /// Its id.
    pub id: UserId,
    /// For which account; `None`: an operator of the provider.
    pub account: Option<AccountId>,
    /// E-mail address, in lower case; unique among those who are no sub-users.
    pub email: String,
    /// Name, for people.
    pub name: String,
    /// The password's slow hash, as a PHC string.
    pub password: String,
    /// The sealed secret of the second factor.
    pub totp: Option<Vec<u8>>,
    /// The last time step whose code was used, so that it is never used twice.
    pub totp_step: Option<i64>,
    /// Language of the panel, ISO 639-1.
    pub language: String,
    /// A sub-user's name inside its account; `None`: the account holder, or an operator.
    pub login: Option<String>,
    /// What it may do in its account before any policy.
    pub role: Role,
    /// Whether it may neither sign in nor use its keys.
    pub disabled: bool,
    /// What somebody wrote about a sub-user.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something of it was last changed.
    pub updated_at: Timestamp,
    /// When its password was set.
    pub password_at: Timestamp,
    /// Rises with every change.
    pub version: i64,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Member").field("id", &self.id).field("account", &self.account).finish_non_exhaustive()
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct MemberRow {
    id: String,
    account: Option<String>,
    email: String,
    name: String,
    password: String,
    totp: Option<Vec<u8>>,
    totp_step: Option<i64>,
    language: String,
    login: Option<String>,
    role: String,
    disabled: bool,
    description: String,
    created_at: i64,
    updated_at: i64,
    password_at: i64,
    version: i64,
}

impl TryFrom<MemberRow> for Member {
    type Error = Error;
    fn try_from(row: MemberRow) -> Result<Member> {
        Ok(Member {
            id: known("member", "id", &row.id, &row.id, row.id.parse().ok())?,
            created_at: instant("member", "created_at", &row.id, row.created_at)?,
            updated_at: instant("member", "updated_at", &row.id, row.updated_at)?,
            password_at: instant("member", "password_at", &row.id, row.password_at)?,
            role: known("member", "role", &row.id, &row.role, Role::read(&row.role))?,
            login: row.login,
            disabled: row.disabled,
            description: row.description,
            account: row.account.map(AccountId::trusted),
            email: row.email,
            name: row.name,
            password: row.password,
            totp: row.totp,
            totp_step: row.totp_step,
            language: row.language,
            version: row.version,
        })
    }
}

/// One member.
pub async fn get(db: &Db, id: UserId) -> Result<Option<Member>> {
    let row: Option<MemberRow> = db.optional("SELECT * FROM member WHERE id = $1", args![id.to_string()]).await?;
    row.map(Member::try_from).transpose()
}

/// The member behind a sign-in name in lower case: the e-mail address of an account holder or operator, the id
/// of an account, which means its holder, or `ACCOUNT/LOGIN` of a sub-user.
pub async fn by_login(db: &Db, login: &str) -> Result<Option<Member>> {
    // An e-mail address may hold a slash, a sub-user's login no @.
    let row: Option<MemberRow> = match login.split_once('/').filter(|_| !login.contains('@')) {
        Some((account, login)) => {
            db.optional("SELECT * FROM member WHERE account = $1 AND login = $2", args![account, login]).await?
        }
        None => {
            db.optional(
                "SELECT * FROM member WHERE (email = $1 OR account = $1) AND login IS NULL ORDER BY created_at, id LIMIT 1",
                args![login],
            )
            .await?
        }
    };
    row.map(Member::try_from).transpose()
}

/// A sub-user of an account.
pub async fn user(db: &Db, account: &AccountId, login: &str) -> Result<Option<Member>> {
    let row: Option<MemberRow> =
        db.optional("SELECT * FROM member WHERE account = $1 AND login = $2", args![account.as_str(), login]).await?;
    row.map(Member::try_from).transpose()
}

/// The sub-users of an account, by login.
pub async fn users(db: &Db, account: &AccountId) -> Result<Vec<Member>> {
    let rows: Vec<MemberRow> = db
        .all("SELECT * FROM member WHERE account = $1 AND login IS NOT NULL ORDER BY login", args![account.as_str()])
        .await?;
    rows.into_iter().map(Member::try_from).collect()
}

/// Deletes a sub-user with its sessions and drafts; its keys end.
///
/// # Errors
/// [`Error::Conflict`] when it is gone.
pub async fn delete(tx: &mut Tx, id: UserId) -> Result<()> {
    let id = id.to_string();
    tx.execute("DELETE FROM session WHERE member = $1", args![id.as_str()]).await?;
    tx.execute("DELETE FROM draft WHERE member = $1", args![id.as_str()]).await?;
    tx.execute("UPDATE credential SET state = 'revoked' WHERE member = $1", args![id.as_str()]).await?;
    tx.execute_one("DELETE FROM member WHERE id = $1 AND login IS NOT NULL", args![id.as_str()], "the user").await
}

/// The members of an account, or with `None` the operators, oldest first.
pub async fn list(db: &Db, account: Option<&AccountId>) -> Result<Vec<Member>> {
    let rows: Vec<MemberRow> = match account {
        Some(account) => {
            db.all("SELECT * FROM member WHERE account = $1 ORDER BY created_at, id", args![account.as_str()]).await?
        }
        None => db.all("SELECT * FROM member WHERE account IS NULL ORDER BY created_at, id", vec![]).await?,
    };
    rows.into_iter().map(Member::try_from).collect()
}

/// Adds a member.
///
/// # Errors
/// A duplicate ([`Error::is_duplicate`]) when the e-mail address has a member, or the login a sub-user.
pub async fn insert(tx: &mut Tx, m: &Member) -> Result<()> {
    tx.execute(
        "INSERT INTO member (id, account, email, name, password, totp, totp_step, language, created_at, login, role, \
         disabled, description, updated_at, password_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1)",
        args![
            m.id.to_string(),
            m.account.as_ref().map(AccountId::as_str),
            m.email.as_str(),
            m.name.as_str(),
            m.password.as_str(),
            m.totp.clone(),
            m.totp_step,
            m.language.as_str(),
            micros(m.created_at),
            m.login.as_deref(),
            m.role.word(),
            m.disabled,
            m.description.as_str(),
            micros(m.updated_at),
            micros(m.password_at)
        ],
    )
    .await
    .map(|_| ())
}

/// Writes every changeable field of a member that was read at `m.version`.
///
/// # Errors
/// [`Error::Conflict`] when it was changed meanwhile.
pub async fn update(tx: &mut Tx, m: &Member) -> Result<()> {
    tx.execute_one(
        "UPDATE member SET name = $1, password = $2, totp = $3, totp_step = $4, language = $5, email = $6, role = $7, \
         disabled = $8, description = $9, updated_at = $10, password_at = $11, version = version + 1 \
         WHERE id = $12 AND version = $13",
        args![
            m.name.as_str(),
            m.password.as_str(),
            m.totp.clone(),
            m.totp_step,
            m.language.as_str(),
            m.email.as_str(),
            m.role.word(),
            m.disabled,
            m.description.as_str(),
            micros(m.updated_at),
            micros(m.password_at),
            m.id.to_string(),
            m.version
        ],
        "the member",
    )
    .await
}

/// Uses the code of a time step up; false when it or a later one was used already.
pub async fn use_step(tx: &mut Tx, id: UserId, step: i64) -> Result<bool> {
    let touched = tx
        .execute(
            "UPDATE member SET totp_step = $1 WHERE id = $2 AND (totp_step IS NULL OR totp_step < $1)",
            args![step, id.to_string()],
        )
        .await?;
    Ok(touched == 1)
}

/// Sign-ins tried under one name or from one address.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempts {
    /// How many since the counter began anew.
    pub tries: i64,
    /// The last one, wall time.
    pub last_at: Timestamp,
    /// No further one before this, wall time.
    pub locked_until: Option<Timestamp>,
}

/// The counter of a subject.
pub async fn attempts(tx: &mut Tx, subject: &str) -> Result<Option<Attempts>> {
    let row: Option<(i64, i64, Option<i64>)> =
        tx.optional("SELECT tries, last_at, locked_until FROM attempt WHERE subject = $1", args![subject]).await?;
    row.map(|(tries, last_at, locked_until)| {
        Ok(Attempts {
            tries,
            last_at: instant("attempt", "last_at", subject, last_at)?,
            locked_until: maybe_instant("attempt", "locked_until", subject, locked_until)?,
        })
    })
    .transpose()
}

/// Writes the counter of a subject.
pub async fn count(tx: &mut Tx, subject: &str, a: &Attempts) -> Result<()> {
    tx.execute(
        "INSERT INTO attempt (subject, tries, last_at, locked_until) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (subject) DO UPDATE SET tries = excluded.tries, last_at = excluded.last_at, locked_until = excluded.locked_until",
        args![subject, a.tries, micros(a.last_at), a.locked_until.map(micros)],
    )
    .await
    .map(|_| ())
}

/// Forgets the counter of a subject, and counters not touched since an instant.
pub async fn forget_attempts(tx: &mut Tx, subject: &str, before: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM attempt WHERE subject = $1 OR last_at < $2", args![subject, micros(before)])
        .await
        .map(|_| ())
}
