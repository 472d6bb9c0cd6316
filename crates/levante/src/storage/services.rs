//! Services: one tenant of one end customer each.

use super::{Arg, Db, Error, Result, Tx, from_json, instant, json, known, maybe_instant, micros};
use crate::storage::db::args;
use jiff::Timestamp;
use licensing::{
    contact::Contact,
    id::{AccountId, MpnId, ServiceId, ServiceName, TenantId},
    order::Agreement,
    partner::MpnFlag,
    service::ServiceState,
};
use std::sync::OnceLock;

/// A service.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// Its number.
    pub id: ServiceId,
    /// Whose it is.
    pub account: AccountId,
    /// Its name: the tenant's full first domain.
    pub name: ServiceName,
    /// What the reseller calls it.
    pub display_name: String,
    /// Where it stands.
    pub state: ServiceState,
    /// The tenant at the supplier, once it exists.
    pub tenant: Option<TenantId>,
    /// The end customer.
    pub contact: Contact,
    /// The MPN id of future purchases.
    pub mpn_id: MpnId,
    /// What is wrong with it.
    pub mpn_flag: Option<MpnFlag>,
    /// Who accepted the Microsoft Customer Agreement, once it is on record at the supplier.
    pub agreement: Option<Agreement>,
    /// When it was ordered, business time.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Rises with every change.
    pub version: i64,
}

/// One line of the service list.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceLine {
    /// The service's name.
    pub name: ServiceName,
    /// What the reseller calls it.
    pub display_name: String,
    /// Where it stands.
    pub state: ServiceState,
    /// The MPN id of future purchases.
    pub mpn_id: MpnId,
    /// What is wrong with it.
    pub mpn_flag: Option<MpnFlag>,
    /// When it was ordered, business time.
    pub created_at: Timestamp,
    /// Running subscriptions.
    pub subscriptions: i64,
    /// Their seats.
    pub seats: i64,
    /// Tasks that have not ended.
    pub open_tasks: i64,
}

#[derive(sqlx::FromRow)]
struct ServiceRow {
    id: i64,
    account: String,
    name: String,
    display_name: String,
    state: String,
    state_facts: String,
    tenant: Option<String>,
    contact: String,
    mpn_id: String,
    mpn_flag: Option<String>,
    agreement: Option<String>,
    created_at: i64,
    updated_at: Option<i64>,
    version: i64,
}

impl TryFrom<ServiceRow> for Service {
    type Error = Error;
    fn try_from(row: ServiceRow) -> Result<Service> {
        let id = row.id;
        let state: ServiceState = from_json("service", "state_facts", id, &row.state_facts)?;
        if state.word() != row.state {
            return Err(super::inconsistent("service", "state", id, &row.state));
        }
        Ok(Service {
            id: ServiceId(id),
            account: AccountId::trusted(row.account),
            name: ServiceName::trusted(row.name),
            display_name: row.display_name,
            state,
            tenant: row.tenant.map(|t| known("service", "tenant", id, &t, t.parse().ok())).transpose()?,
            contact: from_json("service", "contact", id, &row.contact)?,
            mpn_id: MpnId::trusted(row.mpn_id),
            mpn_flag: row.mpn_flag.map(|w| known("service", "mpn_flag", id, &w, MpnFlag::read(&w))).transpose()?,
            agreement: row.agreement.map(|t| from_json("service", "agreement", id, &t)).transpose()?,
            created_at: instant("service", "created_at", id, row.created_at)?,
            updated_at: maybe_instant("service", "updated_at", id, row.updated_at)?,
            version: row.version,
        })
    }
}

/// The columns of a [`LineRow`]. Mostly nothing runs in the whole account, and then no service is looked at. The oldest
/// task that runs is asked for, since one index alone knows it: of several ways PostgreSQL would take one that is short
/// only where much runs.
const LINE: &str = "name, display_name, state, mpn_id, mpn_flag, created_at, subscriptions, seats, \
     CASE WHEN (SELECT min(o.created_at) FROM task o WHERE o.account = $1 AND o.state IN ('todo', 'doing')) IS NOT NULL \
     THEN (SELECT CAST(count(*) AS BIGINT) FROM task t \
     WHERE t.service = service.id AND t.state IN ('todo', 'doing')) ELSE 0 END";

/// By place: a line is read often, and names cost a look-up each.
type LineRow = (String, String, String, String, Option<String>, i64, i64, i64, i64);

fn line(row: LineRow) -> Result<ServiceLine> {
    let (name, display_name, state, mpn_id, flag, created_at, subscriptions, seats, open_tasks) = row;
    Ok(ServiceLine {
        state: known("service", "state", &name, &state, ServiceState::read(&state))?,
        mpn_flag: flag.map(|w| known("service", "mpn_flag", &name, &w, MpnFlag::read(&w))).transpose()?,
        created_at: instant("service", "created_at", &name, created_at)?,
        name: ServiceName::trusted(name),
        display_name,
        mpn_id: MpnId::trusted(mpn_id),
        subscriptions,
        seats,
        open_tasks,
    })
}

/// The service of a name that an account may see. A foreign one is `None` like one that does not exist.
pub async fn get(db: &Db, account: &AccountId, name: &ServiceName) -> Result<Option<Service>> {
    let row: Option<ServiceRow> = db
        .optional(
            "SELECT * FROM service WHERE account = $1 AND name = $2 AND state NOT IN ('failed', 'ended')",
            args![account.as_str(), name.as_str()],
        )
        .await?;
    row.map(Service::try_from).transpose()
}

/// How many names one question of [`named`] asks for.
const NAMES_AT_ONCE: usize = 50;

/// Those of an account's services that have one of these names, in no order.
pub async fn named(db: &Db, account: &AccountId, names: &[ServiceName]) -> Result<Vec<Service>> {
    let mut found = Vec::with_capacity(names.len());
    for names in names.chunks(NAMES_AT_ONCE) {
        let mut args = args![account.as_str()];
        let blank = NAMES_AT_ONCE - names.len();
        args.extend(names.iter().map(|name| name.as_str().into()).chain(std::iter::repeat_n("".into(), blank)));
        let rows: Vec<ServiceRow> = db
            .all(
                "SELECT * FROM service WHERE account = $1 AND state NOT IN ('failed', 'ended') AND name IN \
                 ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
                 $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, \
                 $43, $44, $45, $46, $47, $48, $49, $50, $51)",
                args,
            )
            .await?;
        for row in rows {
            found.push(Service::try_from(row)?);
        }
    }
    Ok(found)
}

/// A service by its number, whoever owns it; for the workflow and operators.
pub async fn by_id(db: &Db, id: ServiceId) -> Result<Option<Service>> {
    let row: Option<ServiceRow> = db.optional("SELECT * FROM service WHERE id = $1", args![id.0]).await?;
    row.map(Service::try_from).transpose()
}

/// A service of an account by its number, ended and failed ones included. A foreign one is `None` like one that
/// does not exist.
pub async fn of_account(db: &Db, account: &AccountId, id: ServiceId) -> Result<Option<Service>> {
    let row: Option<ServiceRow> =
        db.optional("SELECT * FROM service WHERE id = $1 AND account = $2", args![id.0, account.as_str()]).await?;
    row.map(Service::try_from).transpose()
}

/// [`by_id`] inside a transaction.
pub async fn by_id_in(tx: &mut Tx, id: ServiceId) -> Result<Option<Service>> {
    let row: Option<ServiceRow> = tx.optional("SELECT * FROM service WHERE id = $1", args![id.0]).await?;
    row.map(Service::try_from).transpose()
}

/// Whether another service than `except` has this tenant.
pub async fn tenant_is_known(db: &Db, tenant: TenantId, except: ServiceId) -> Result<bool> {
    let row: Option<(i64,)> = db
        .optional("SELECT id FROM service WHERE tenant = $1 AND id <> $2", args![tenant.to_string(), except.0])
        .await?;
    Ok(row.is_some())
}

/// Whether a name is promised to a service that exists or may come to exist.
pub async fn name_is_promised(db: &Db, name: &ServiceName) -> Result<bool> {
    let row: Option<(i64,)> =
        db.optional("SELECT id FROM service WHERE name = $1 AND state <> 'failed'", args![name.as_str()]).await?;
    Ok(row.is_some())
}

/// The names of an account's services, in order.
pub async fn names(db: &Db, account: &AccountId) -> Result<Vec<ServiceName>> {
    let rows: Vec<(String,)> = db
        .all(
            "SELECT name FROM service WHERE account = $1 AND state NOT IN ('failed', 'ended') ORDER BY name",
            args![account.as_str()],
        )
        .await?;
    Ok(rows.into_iter().map(|(name,)| ServiceName::trusted(name)).collect())
}

macro_rules! slice_sql {
    ($way:literal) => {
        concat!(
            "SELECT * FROM service WHERE account = $1 AND state NOT IN ('failed', 'ended') AND name IN \
     (SELECT name FROM service WHERE account = $1 AND state NOT IN ('failed', 'ended') ORDER BY name ",
            $way,
            " LIMIT $2 OFFSET $3) \
     ORDER BY name ",
            $way
        )
    };
}

/// How many services an account has, and some of them in the order of their names. For an API that pages by
/// number: what is skipped is counted in an index.
pub async fn slice(
    db: &Db,
    account: &AccountId,
    skip: u64,
    most: u32,
    descending: bool,
) -> Result<(u64, Vec<Service>)> {
    let total: Option<(i64,)> = db
        .optional(
            "SELECT CAST(count(*) AS BIGINT) FROM service WHERE account = $1 AND state NOT IN ('failed', 'ended')",
            args![account.as_str()],
        )
        .await?;
    let total = total.and_then(|(n,)| u64::try_from(n).ok()).unwrap_or_default();
    if most == 0 || skip >= total {
        return Ok((total, Vec::new()));
    }
    let sql = match descending {
        false => slice_sql!("ASC"),
        true => slice_sql!("DESC"),
    };
    let skip = i64::try_from(skip).unwrap_or(i64::MAX);
    let rows: Vec<ServiceRow> = db.all(sql, args![account.as_str(), most, skip]).await?;
    Ok((total, rows.into_iter().map(Service::try_from).collect::<Result<_>>()?))
}

/// Which services of an account, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbered {
    /// Only the one of this name.
    pub name: Option<String>,
    /// The order; the number decides between equals.
    pub order: NumberOrder,
    /// Backwards.
    pub descending: bool,
}

/// The order of services that are told apart by their numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NumberOrder {
    /// By number.
    #[default]
    Number,
    /// By name.
    Name,
    /// By display name.
    DisplayName,
    /// By the end of the first running term; those without one first.
    Expiration,
    /// Oldest first.
    Created,
}

macro_rules! numbered_sql {
    ($what:literal, $key:literal, $way:literal, $tail:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM service WHERE account = $1 AND state NOT IN ('failed', 'ended') AND ($2 = '' OR name = $2) \
     ORDER BY ",
            $key,
            " ",
            $way,
            ", id ",
            $way,
            $tail
        )
    };
}

macro_rules! by_order {
    ($asked:expr, $what:literal, $tail:literal) => {
        match ($asked.order, $asked.descending) {
            (NumberOrder::Number, false) => numbered_sql!($what, "id", "ASC", $tail),
            (NumberOrder::Number, true) => numbered_sql!($what, "id", "DESC", $tail),
            (NumberOrder::Name, false) => numbered_sql!($what, "name", "ASC", $tail),
            (NumberOrder::Name, true) => numbered_sql!($what, "name", "DESC", $tail),
            (NumberOrder::DisplayName, false) => numbered_sql!($what, "sort_name", "ASC", $tail),
            (NumberOrder::DisplayName, true) => numbered_sql!($what, "sort_name", "DESC", $tail),
            (NumberOrder::Created, false) => numbered_sql!($what, "created_at", "ASC", $tail),
            (NumberOrder::Created, true) => numbered_sql!($what, "created_at", "DESC", $tail),
            (NumberOrder::Expiration, false) => numbered_sql!(
                $what,
                "(SELECT coalesce(min(s.term_end), 0) FROM subscription s WHERE s.service = service.id AND s.state NOT IN ('cancelled', 'expired', 'disabled', 'deleted'))",
                "ASC",
                $tail
            ),
            (NumberOrder::Expiration, true) => numbered_sql!(
                $what,
                "(SELECT coalesce(min(s.term_end), 0) FROM subscription s WHERE s.service = service.id AND s.state NOT IN ('cancelled', 'expired', 'disabled', 'deleted'))",
                "DESC",
                $tail
            ),
        }
    };
}

/// The numbers of an account's services.
pub async fn numbers(db: &Db, account: &AccountId, asked: &Numbered) -> Result<Vec<ServiceId>> {
    let name = asked.name.clone().unwrap_or_default();
    let rows: Vec<(i64,)> = db.all(by_order!(asked, "id", ""), args![account.as_str(), name]).await?;
    Ok(rows.into_iter().map(|(id,)| ServiceId(id)).collect())
}

/// The numbers of an account's services, each with its name.
pub async fn named_numbers(db: &Db, account: &AccountId, asked: &Numbered) -> Result<Vec<(ServiceId, ServiceName)>> {
    let name = asked.name.clone().unwrap_or_default();
    let rows: Vec<(i64, String)> = db.all(by_order!(asked, "id, name", ""), args![account.as_str(), name]).await?;
    Ok(rows.into_iter().map(|(id, name)| (ServiceId(id), ServiceName::trusted(name))).collect())
}

/// How many services fit, and some of them in their order.
pub async fn numbered(
    db: &Db,
    account: &AccountId,
    asked: &Numbered,
    skip: u64,
    most: u32,
) -> Result<(u64, Vec<Service>)> {
    let name = asked.name.clone().unwrap_or_default();
    let total: Option<(i64,)> = db
        .optional(
            "SELECT CAST(count(*) AS BIGINT) FROM service \
             WHERE account = $1 AND state NOT IN ('failed', 'ended') AND ($2 = '' OR name = $2)",
            args![account.as_str(), name.clone()],
        )
        .await?;
    let total = total.and_then(|(n,)| u64::try_from(n).ok()).unwrap_or_default();
    if most == 0 || skip >= total {
        return Ok((total, Vec::new()));
    }
    let skip = i64::try_from(skip).unwrap_or(i64::MAX);
    let rows: Vec<ServiceRow> =
        db.all(by_order!(asked, "*", " LIMIT $3 OFFSET $4"), args![account.as_str(), name, most, skip]).await?;
    Ok((total, rows.into_iter().map(Service::try_from).collect::<Result<_>>()?))
}

/// An account's services, by name, after a name.
pub async fn after(db: &Db, account: &AccountId, name: &str, most: i64) -> Result<Vec<Service>> {
    let rows: Vec<ServiceRow> = db
        .all(
            "SELECT * FROM service WHERE account = $1 AND state NOT IN ('failed', 'ended') AND name > $2 \
             ORDER BY name LIMIT $3",
            args![account.as_str(), name, most],
        )
        .await?;
    rows.into_iter().map(Service::try_from).collect()
}

/// What the service list is searched by, already in the words of storage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// Part of the display name, name or MPN id, in lower case; empty: all.
    pub text: String,
    /// Two states, either of which fits; empty: all.
    pub states: [&'static str; 2],
    /// Only those with (`Some(true)`) or without a flagged MPN id.
    pub flagged: Option<bool>,
    /// The order of the lines.
    pub sort: Sort,
    /// Sort key and name of the last line seen; empty or not a key of the order: from the start.
    pub after: Option<(String, String)>,
}

impl Search {
    /// What [`Search::after`] needs to go on behind a line.
    pub fn behind(&self, line: &ServiceLine) -> (String, String) {
        (self.sort.key(line), line.name.to_string())
    }
}

/// How many lines of the service list are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portion {
    /// A page of 50, and one more that tells whether it is the last.
    Page,
    /// A piece of a file.
    Piece,
}

impl Portion {
    /// At most so many lines.
    pub const fn lines(self) -> usize {
        match self {
            Portion::Page => 51,
            Portion::Piece => 1000,
        }
    }
}

/// The order of the service list; the name decides between equals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// By display name.
    #[default]
    Display,
    /// By display name, backwards.
    DisplayDown,
    /// By name.
    Name,
    /// By name, backwards.
    NameDown,
    /// Oldest first.
    Created,
    /// Newest first.
    CreatedDown,
}

impl Sort {
    /// The column that it sorts by, before the name; none when that is the name itself.
    fn column(self) -> Option<&'static str> {
        match self {
            Sort::Display | Sort::DisplayDown => Some("sort_name"),
            Sort::Name | Sort::NameDown => None,
            Sort::Created | Sort::CreatedDown => Some("created_at"),
        }
    }

    fn descends(self) -> bool {
        matches!(self, Sort::DisplayDown | Sort::NameDown | Sort::CreatedDown)
    }

    /// The sort key of a line, as text.
    fn key(self, line: &ServiceLine) -> String {
        match self {
            Sort::Display | Sort::DisplayDown => sort_name(&line.display_name),
            Sort::Name | Sort::NameDown => String::new(),
            Sort::Created | Sort::CreatedDown => micros(line.created_at).to_string(),
        }
    }

    /// A sort key as it is compared; `None` when it is no key of this order.
    fn bound(self, key: &str) -> Option<Arg> {
        match self {
            Sort::Created | Sort::CreatedDown => key.parse::<i64>().ok().map(Arg::from),
            _ => Some(Arg::from(key)),
        }
    }
}

/// The text of a page for what is really asked for. A condition that is there and does not count would keep both
/// engines from walking an index, and a bound `LIMIT` would have PostgreSQL plan anew for every page.
fn page_sql(search: &Search, goes_on: bool, portion: Portion) -> String {
    let (over, way) = if search.sort.descends() { ("<", "DESC") } else { (">", "ASC") };
    let mut places = (2..).map(|n: u32| format!("${n}"));
    let mut place = || places.next().unwrap_or_default();
    let mut sql = format!("SELECT {LINE} FROM service WHERE account = $1 AND state NOT IN ('failed', 'ended')");
    if !search.text.is_empty() {
        let like = format!("LIKE {} ESCAPE '!'", place());
        sql.push_str(&format!(" AND (sort_name {like} OR name {like} OR mpn_id {like})"));
    }
    if !search.states[0].is_empty() {
        sql.push_str(&format!(" AND state IN ({}, {})", place(), place()));
    }
    match search.flagged {
        None => {}
        Some(true) => sql.push_str(" AND mpn_flag IS NOT NULL"),
        Some(false) => sql.push_str(" AND mpn_flag IS NULL"),
    }
    let column = search.sort.column();
    match column {
        _ if !goes_on => {}
        Some(column) => sql.push_str(&format!(" AND ({column}, name) {over} ({}, {})", place(), place())),
        None => sql.push_str(&format!(" AND name {over} {}", place())),
    }
    let first = column.map(|column| format!("{column} {way}, ")).unwrap_or_default();
    sql.push_str(&format!(" ORDER BY {first}name {way} LIMIT {}", portion.lines()));
    sql
}

/// Every text of [`page_sql`], each written when it is first asked for.
static PAGES: [OnceLock<String>; 6 * 2 * 2 * 3 * 2 * 2] = [const { OnceLock::new() }; 6 * 2 * 2 * 3 * 2 * 2];

/// The SQL of a part of the service list; `goes_on`: behind a line. `$1` is the account.
pub fn page_text(search: &Search, goes_on: bool, portion: Portion) -> &'static str {
    let flagged = search.flagged.map_or(0, |flagged| 1 + usize::from(flagged));
    let place = [
        (usize::from(!search.text.is_empty()), 2),
        (usize::from(!search.states[0].is_empty()), 2),
        (flagged, 3),
        (usize::from(goes_on), 2),
        (usize::from(portion == Portion::Page), 2),
    ]
    .iter()
    .fold(search.sort as usize, |place, (value, values)| place * values + value);
    PAGES[place].get_or_init(|| page_sql(search, goes_on, portion))
}

/// A part of the service list of an account.
pub async fn page(db: &Db, account: &AccountId, search: &Search, portion: Portion) -> Result<Vec<ServiceLine>> {
    let after = search.after.as_ref().and_then(|(key, name)| Some((search.sort.bound(key)?, name.as_str())));
    let sql = page_text(search, after.is_some(), portion);
    let mut args = args![account.as_str()];
    if !search.text.is_empty() {
        args.push(format!("%{}%", search.text.replace('!', "!!").replace('%', "!%").replace('_', "!_")).into());
    }
    if !search.states[0].is_empty() {
        args.extend(search.states.map(Arg::from));
    }
    if let Some((key, name)) = after {
        args.extend(search.sort.column().map(|_| key));
        args.push(name.into());
    }
    let rows: Vec<LineRow> = db.all(sql, args).await?;
    rows.into_iter().map(line).collect()
}

/// A display name as the list sorts and searches it.
fn sort_name(display_name: &str) -> String {
    display_name.to_lowercase()
}

/// Counts again which of a service's subscriptions run, and their seats.
pub(super) async fn count_subscriptions(tx: &mut Tx, service: ServiceId) -> Result<()> {
    tx.execute_one(
        "UPDATE service SET \
         subscriptions = (SELECT CAST(count(*) AS BIGINT) FROM subscription s \
         WHERE s.service = service.id AND s.state NOT IN ('cancelled', 'disabled', 'deleted')), \
         seats = (SELECT CAST(coalesce(sum(s.seats), 0) AS BIGINT) FROM subscription s \
         WHERE s.service = service.id AND s.state NOT IN ('cancelled', 'disabled', 'deleted')) WHERE id = $1",
        args![service.0],
        "the service",
    )
    .await
}

/// Adds a service.
///
/// # Errors
/// A duplicate ([`Error::is_duplicate`]) when the name is promised already.
pub async fn insert(tx: &mut Tx, s: &Service) -> Result<()> {
    tx.add(
        "INSERT INTO service (id, account, name, display_name, state, state_facts, tenant, contact, mpn_id, mpn_flag, agreement, created_at, \
         sort_name, subscriptions, seats, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, 0, 1)",
        args![
            s.id.0, s.account.as_str(), s.name.as_str(), s.display_name.as_str(), s.state.word(), json(&s.state),
            s.tenant.map(|t| t.to_string()), json(&s.contact), s.mpn_id.as_str(), s.mpn_flag.map(|f| f.word()),
            s.agreement.as_ref().map(json), micros(s.created_at), sort_name(&s.display_name)
        ],
    )
    .await
}

/// Writes every changeable field of a service that was read at `s.version`.
///
/// # Errors
/// [`Error::Conflict`] when it was changed meanwhile.
pub async fn update(tx: &mut Tx, s: &Service, now: Timestamp) -> Result<()> {
    tx.execute_one(
        "UPDATE service SET display_name = $1, state = $2, state_facts = $3, tenant = $4, contact = $5, mpn_id = $6, \
         mpn_flag = $7, agreement = $8, updated_at = $9, sort_name = $10, version = version + 1 \
         WHERE id = $11 AND version = $12",
        args![
            s.display_name.as_str(),
            s.state.word(),
            json(&s.state),
            s.tenant.map(|t| t.to_string()),
            json(&s.contact),
            s.mpn_id.as_str(),
            s.mpn_flag.map(|f| f.word()),
            s.agreement.as_ref().map(json),
            micros(now),
            sort_name(&s.display_name),
            s.id.0,
            s.version
        ],
        s.name.as_str(),
    )
    .await
}
