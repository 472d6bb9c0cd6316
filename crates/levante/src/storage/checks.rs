//! Live checks that a door asked for and the workflow answers (design §11.1).

use super::{Arg, Db, Error, Result, Tx, from_json, instant, json, known, maybe_instant, micros};
use crate::storage::db::args;
use jiff::Timestamp;
use licensing::{
    catalogue::Licence,
    contact::Contact,
    id::{AccountId, MpnId},
    invalid::Rule,
};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use uuid::Uuid;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Question {
    /// Is the name free? The subdomain.
    Subdomain {
        /// The part before `.onmicrosoft.com`.
        subdomain: String,
    },
    /// May the MPN id stand on our orders?
    Partner {
        /// The id.
        mpn_id: String,
    },
    /// Would Microsoft take the address?
    Address {
        /// The contact with the address.
        contact: Box<Contact>,
    },
    /// Does the domain receive mail?
    Email {
        /// The address.
        email: String,
    },
    /// Does Microsoft sell a licence in the customer's country?
    Licence {
        /// Its place in the order, from 0.
        line: usize,
        /// The licence.
        licence: Box<Licence>,
        /// The country, ISO 3166.
        country: String,
    },
}

impl Question {
    /// The kind's word.
    pub fn kind(&self) -> &'static str {
        match self {
            Question::Subdomain { .. } => "subdomain",
            Question::Partner { .. } => "partner",
            Question::Address { .. } => "address",
            Question::Email { .. } => "email",
            Question::Licence { .. } => "licence",
        }
    }

    /// What tells two questions of a kind apart.
    pub fn asked(&self) -> String {
        match self {
            Question::Subdomain { subdomain } => subdomain.clone(),
            Question::Partner { mpn_id } => mpn_id.clone(),
            Question::Address { contact: c } => {
                [&c.country, &c.zip_code, &c.city, &c.address, &c.state].map(String::as_str).join("|")
            }
            Question::Email { email } => licensing::contact::domain_of(email),
            Question::Licence { licence: l, country, .. } => {
                format!("{country}|{}|{}|{}|{}", l.sku, l.segment.word(), l.term.iso(), l.plan.word())
            }
        }
    }
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "camelCase")]
pub enum Verdict {
    /// Nothing is wrong.
    Good {
        /// What to show with it (the reseller's name); may be empty.
        note: String,
    },
    /// Usable with a warning; hints, one line each.
    Doubtful {
        /// The hints.
        hints: Vec<String>,
    },
    /// Definitively wrong.
    Bad {
        /// The rule it breaks.
        rule: Rule,
    },
    /// Nobody could say. Warns, never blocks.
    Unavailable,
}

/// A check.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Its id.
    pub id: Uuid,
    /// Who asked.
    pub account: AccountId,
    /// What was asked.
    pub question: Question,
    /// What came out; `None` while nobody has answered.
    pub verdict: Option<Verdict>,
    /// When it was asked, business time.
    pub asked_at: Timestamp,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct CheckRow {
    id: String,
    account: String,
    facts: String,
    verdict: Option<String>,
    asked_at: i64,
    answered_at: Option<i64>,
}

impl TryFrom<CheckRow> for Check {
    type Error = Error;
    fn try_from(row: CheckRow) -> Result<Check> {
        Ok(Check {
            question: from_json("checks", "facts", &row.id, &row.facts)?,
            verdict: row.verdict.map(|v| from_json("checks", "verdict", &row.id, &v)).transpose()?,
            asked_at: instant("checks", "asked_at", &row.id, row.asked_at)?,
            answered_at: maybe_instant("checks", "answered_at", &row.id, row.answered_at)?,
            id: known("checks", "id", &row.id, &row.id, row.id.parse().ok())?,
            account: AccountId::trusted(row.account),
        })
    }
}

const COLUMNS: &str =
    "SELECT id, account, facts, verdict, asked_at, answered_at FROM checks WHERE id = $1 AND account = $2";

/// A check that an account asked for.
pub async fn get(db: &Db, account: &AccountId, id: Uuid) -> Result<Option<Check>> {
    let row: Option<CheckRow> = db.optional(COLUMNS, args![id.to_string(), account.as_str()]).await?;
    row.map(Check::try_from).transpose()
}

/// How many checks one question of [`answered`] is about.
const AT_ONCE: usize = 64;

static ANSWERED: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<String> = (2..AT_ONCE + 2).map(|n| format!("${n}")).collect();
    format!(
        "SELECT id, account, facts, verdict, asked_at, answered_at FROM checks \
         WHERE account = $1 AND state = 'answered' AND id IN ({})",
        places.join(", ")
    )
});

/// Those of an account's checks that were answered, in no order.
pub async fn answered(db: &Db, account: &AccountId, ids: &[Uuid]) -> Result<Vec<Check>> {
    let mut found = Vec::new();
    for some in ids.chunks(AT_ONCE) {
        let Some(last) = some.last() else { continue };
        // The last one again and again: one text for any count.
        let asked = some.iter().chain(std::iter::repeat(last)).take(AT_ONCE).map(|id| Arg::from(id.to_string()));
        let arguments = std::iter::once(Arg::from(account.as_str())).chain(asked).collect();
        let rows: Vec<CheckRow> = db.all(ANSWERED.as_str(), arguments).await?;
        found.extend(rows.into_iter().map(Check::try_from).collect::<Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// A check, whoever asked; for the workflow.
pub async fn by_id(db: &Db, id: Uuid) -> Result<Option<Check>> {
    let row: Option<CheckRow> = db
        .optional(
            "SELECT id, account, facts, verdict, asked_at, answered_at FROM checks WHERE id = $1",
            args![id.to_string()],
        )
        .await?;
    row.map(Check::try_from).transpose()
}

/// The newest check of the same question by the same account since an instant.
pub async fn newest(db: &Db, account: &AccountId, question: &Question, since: Timestamp) -> Result<Option<Check>> {
    let row: Option<CheckRow> = db
        .optional(
            "SELECT id, account, facts, verdict, asked_at, answered_at FROM checks \
             WHERE account = $1 AND kind = $2 AND asked = $3 AND asked_at >= $4 ORDER BY asked_at DESC, id DESC LIMIT 1",
            args![account.as_str(), question.kind(), question.asked(), micros(since)],
        )
        .await?;
    row.map(Check::try_from).transpose()
}

/// What is on record about an order, read at once.
#[derive(Debug, Clone, Default)]
pub struct OnRecord {
    /// Whether the account may use the MPN id.
    pub mpn_approved: bool,
    /// Whether a service that exists or may come to exist has the name.
    pub name_promised: bool,
    /// What was asked and answered, newest first; `None` while nobody has answered.
    verdicts: Vec<(String, String, Option<Verdict>)>,
}

impl OnRecord {
    /// The verdict of the newest check of a question, once it was answered.
    pub fn verdict(&self, question: &Question) -> Option<&Verdict> {
        let asked = question.asked();
        let same = |(kind, about, _): &&(String, String, _)| *kind == question.kind() && *about == asked;
        let mut found = self.verdicts.iter().filter(same).map(|(.., verdict)| verdict.as_ref());
        match question {
            // Asked for many lines at once, in no order: what was asked again after nobody could say counts.
            Question::Licence { .. } => {
                let mut answered = found.flatten().peekable();
                let first = answered.peek().copied();
                answered.find(|verdict| !matches!(verdict, Verdict::Unavailable)).or(first)
            }
            _ => found.next().flatten(),
        }
    }
}

const ON_RECORD: &str = "\
    SELECT 'approved' AS kind, '' AS asked, CAST(NULL AS TEXT) AS verdict FROM account_mpn \
     WHERE account = $1 AND mpn_id = $3 AND approved_at IS NOT NULL \
    UNION ALL SELECT 'promised', '', CAST(NULL AS TEXT) FROM service WHERE name = $4 AND state <> 'failed' \
    UNION ALL SELECT kind, asked, verdict FROM (SELECT kind, asked, verdict FROM checks \
     WHERE account = $1 AND asked_at >= $2 AND \
     (kind = 'licence' OR (kind = 'partner' AND asked = $3) OR (kind = 'subdomain' AND asked = $5) \
     OR (kind = 'email' AND asked = $6) OR (kind = 'address' AND asked = $7)) \
     ORDER BY asked_at DESC, id DESC LIMIT 1000) AS newest";

/// Everything on record about an order: one question to the database instead of one for each field.
/// `name` is the service's name, empty for none; of `questions` the kinds that an order has.
pub async fn on_record(
    db: &Db,
    account: &AccountId,
    mpn_id: &MpnId,
    name: &str,
    questions: &[Question],
    since: Timestamp,
) -> Result<OnRecord> {
    let asked = |kind: &str| questions.iter().find(|q| q.kind() == kind).map(Question::asked).unwrap_or_default();
    let rows: Vec<(String, String, Option<String>)> = db
        .all(
            ON_RECORD,
            args![
                account.as_str(),
                micros(since),
                mpn_id.as_str(),
                name,
                asked("subdomain"),
                asked("email"),
                asked("address")
            ],
        )
        .await?;
    let mut record = OnRecord::default();
    for (kind, about, verdict) in rows {
        match kind.as_str() {
            "approved" => record.mpn_approved = true,
            "promised" => record.name_promised = true,
            _ => {
                let verdict = verdict.map(|text| from_json("checks", "verdict", &kind, &text)).transpose()?;
                record.verdicts.push((kind, about, verdict));
            }
        }
    }
    Ok(record)
}

/// Saves a question.
pub async fn insert(tx: &mut Tx, c: &Check) -> Result<()> {
    tx.add(
        "INSERT INTO checks (id, account, kind, asked, facts, state, asked_at) VALUES ($1, $2, $3, $4, $5, 'asked', $6)",
        args![
            c.id.to_string(), c.account.as_str(), c.question.kind(), c.question.asked(), json(&c.question), micros(c.asked_at)
        ],
    )
    .await
}

/// Saves the answer.
pub async fn answer(tx: &mut Tx, id: Uuid, verdict: &Verdict, at: Timestamp) -> Result<()> {
    tx.execute_one(
        "UPDATE checks SET state = 'answered', verdict = $1, answered_at = $2 WHERE id = $3",
        args![json(verdict), micros(at), id.to_string()],
        "the check",
    )
    .await
}

/// Forgets checks asked before an instant; how many.
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    tx.execute("DELETE FROM checks WHERE asked_at < $1", args![micros(before)]).await
}
