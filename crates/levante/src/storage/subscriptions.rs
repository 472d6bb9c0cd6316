//! Subscriptions: seats of one licence in one service.

use super::{Arg, Db, Error, Result, Tx, from_json, instant, json, maybe_instant, micros};
use crate::storage::db::args;
use jiff::Timestamp;
use licensing::{
    id::{AccountId, LicenceId, MpnId, OrderId, RemoteSubscriptionId, ServiceId, ServiceName, SubscriptionId, TaskId},
    seat::{SeatBatch, SeatCount},
    subscription::{SubscriptionState, TermEndIntent},
};
use std::sync::LazyLock;

/// A subscription.
#[derive(Debug, Clone, PartialEq)]
pub struct Subscription {
    /// Our id.
    pub id: SubscriptionId,
    /// The service it belongs to.
    pub service: ServiceId,
    /// The order that bought it.
    pub order: Option<OrderId>,
    /// What was bought.
    pub licence: LicenceId,
    /// The subscription that this add-on hangs off; our relation, Microsoft has none.
    pub base: Option<SubscriptionId>,
    /// Its id at the supplier.
    pub remote: RemoteSubscriptionId,
    /// The partner of record as last read; `None` costs the reseller its incentive.
    pub partner: Option<MpnId>,
    /// Seats as last read.
    pub seats: SeatCount,
    /// Where it stands, as last read.
    pub state: SubscriptionState,
    /// What shall happen at the end of the term.
    pub intent: TermEndIntent,
    /// Seats that can be given back, as last read.
    pub batches: Vec<SeatBatch>,
    /// The task that is changing it.
    pub task: Option<TaskId>,
    /// When its term ends.
    pub term_end: Option<Timestamp>,
    /// Until when it can be cancelled.
    pub cancellable_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// When it was last read from the supplier.
    pub read_at: Timestamp,
    /// Rises with every change.
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct SubscriptionRow {
    id: i64,
    service: i64,
    orders: Option<i64>,
    licence: i64,
    base: Option<i64>,
    remote: String,
    partner: Option<String>,
    seats: i64,
    state: String,
    intent: String,
    batches: String,
    task: i64,
    term_end: Option<i64>,
    cancellable_until: Option<i64>,
    created_at: i64,
    updated_at: Option<i64>,
    read_at: i64,
    version: i64,
}

impl TryFrom<SubscriptionRow> for Subscription {
    type Error = Error;
    fn try_from(row: SubscriptionRow) -> Result<Subscription> {
        let id = row.id;
        let seats = u32::try_from(row.seats).ok().and_then(SeatCount::new);
        Ok(Subscription {
            id: SubscriptionId(id),
            service: ServiceId(row.service),
            order: row.orders.map(OrderId),
            licence: LicenceId(row.licence),
            base: row.base.map(SubscriptionId),
            remote: super::known("subscription", "remote", id, &row.remote, row.remote.parse().ok())?,
            partner: row.partner.map(MpnId::trusted),
            seats: super::known("subscription", "seats", id, &row.seats.to_string(), seats)?,
            state: SubscriptionState::read(&row.state),
            intent: from_json("subscription", "intent", id, &row.intent)?,
            batches: from_json("subscription", "batches", id, &row.batches)?,
            task: (row.task != 0).then_some(TaskId(row.task)),
            term_end: maybe_instant("subscription", "term_end", id, row.term_end)?,
            cancellable_until: maybe_instant("subscription", "cancellable_until", id, row.cancellable_until)?,
            created_at: instant("subscription", "created_at", id, row.created_at)?,
            updated_at: maybe_instant("subscription", "updated_at", id, row.updated_at)?,
            read_at: instant("subscription", "read_at", id, row.read_at)?,
            version: row.version,
        })
    }
}

/// The subscriptions of a service, ended ones included, by id.
pub async fn list(db: &Db, service: ServiceId) -> Result<Vec<Subscription>> {
    let rows: Vec<SubscriptionRow> =
        db.all("SELECT * FROM subscription WHERE service = $1 ORDER BY id", args![service.0]).await?;
    rows.into_iter().map(Subscription::try_from).collect()
}

/// How many services one question of [`of_services`] is about.
const AT_ONCE: usize = 200;

static OF_SERVICES: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<String> = (1..=AT_ONCE).map(|n| format!("${n}")).collect();
    format!("SELECT * FROM subscription WHERE service IN ({}) ORDER BY service, id", places.join(", "))
});

/// The subscriptions of some services, ended ones included; those of a service together and by id.
pub async fn of_services(db: &Db, services: &[ServiceId]) -> Result<Vec<Subscription>> {
    let mut found = Vec::new();
    for some in services.chunks(AT_ONCE) {
        let last = some.last().map_or(0, |id| id.0);
        let numbers = some.iter().map(|id| id.0).chain(std::iter::repeat(last)).take(AT_ONCE);
        // The last number again and again: one text for any count.
        let rows: Vec<SubscriptionRow> = db.all(OF_SERVICES.as_str(), numbers.map(Arg::from).collect()).await?;
        found.extend(rows.into_iter().map(Subscription::try_from).collect::<Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// One subscription of a service.
pub async fn get(db: &Db, service: ServiceId, id: SubscriptionId) -> Result<Option<Subscription>> {
    let row: Option<SubscriptionRow> =
        db.optional("SELECT * FROM subscription WHERE service = $1 AND id = $2", args![service.0, id.0]).await?;
    row.map(Subscription::try_from).transpose()
}

/// One subscription of a service that an account may see, by the service's name. `None`: either does not exist.
pub async fn get_named(
    db: &Db,
    account: &AccountId,
    service: &ServiceName,
    id: SubscriptionId,
) -> Result<Option<Subscription>> {
    let row: Option<SubscriptionRow> = db
        .optional(
            "SELECT subscription.* FROM subscription JOIN service ON service.id = subscription.service \
             WHERE subscription.id = $1 AND service.account = $2 AND service.name = $3 AND service.state NOT IN ('failed', 'ended')",
            args![id.0, account.as_str(), service.as_str()],
        )
        .await?;
    row.map(Subscription::try_from).transpose()
}

/// Running add-ons of a subscription.
pub async fn running_add_ons(tx: &mut Tx, base: SubscriptionId) -> Result<u32> {
    let row: Option<(i64,)> = tx
        .optional(
            "SELECT CAST(count(*) AS BIGINT) FROM subscription WHERE base = $1 AND state NOT IN ('cancelled', 'disabled', 'deleted')",
            args![base.0],
        )
        .await?;
    Ok(row.and_then(|(n,)| u32::try_from(n).ok()).unwrap_or_default())
}

/// Adds subscriptions of a service.
pub async fn insert(tx: &mut Tx, service: ServiceId, subscriptions: &[Subscription]) -> Result<()> {
    for subscription in subscriptions {
        insert_one(tx, service, subscription).await?;
    }
    super::services::count_subscriptions(tx, service).await
}

async fn insert_one(tx: &mut Tx, service: ServiceId, s: &Subscription) -> Result<()> {
    tx.add(
        "INSERT INTO subscription (id, service, orders, licence, base, remote, partner, seats, state, intent, batches, task, \
         term_end, cancellable_until, created_at, updated_at, read_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1)",
        args![
            s.id.0, service.0, s.order.map(|o| o.0), s.licence.0, s.base.map(|b| b.0), s.remote.to_string(),
            s.partner.as_ref().map(MpnId::as_str), s.seats.get(), s.state.word(), json(&s.intent), json(&s.batches),
            s.task.map_or(0, |t| t.0), s.term_end.map(micros), s.cancellable_until.map(micros), micros(s.created_at),
            s.updated_at.map(micros), micros(s.read_at)
        ],
    )
    .await
}

/// Writes every changeable field of a subscription that was read at `s.version`.
///
/// # Errors
/// [`Error::Conflict`] when it was changed meanwhile.
pub async fn update(tx: &mut Tx, s: &Subscription) -> Result<()> {
    tx.execute_one(
        "UPDATE subscription SET partner = $1, seats = $2, state = $3, intent = $4, batches = $5, task = $6, term_end = $7, \
         cancellable_until = $8, updated_at = $9, read_at = $10, version = version + 1 WHERE id = $11 AND version = $12",
        args![
            s.partner.as_ref().map(MpnId::as_str), s.seats.get(), s.state.word(), json(&s.intent), json(&s.batches),
            s.task.map_or(0, |t| t.0), s.term_end.map(micros), s.cancellable_until.map(micros), s.updated_at.map(micros),
            micros(s.read_at), s.id.0, s.version
        ],
        "the subscription",
    )
    .await?;
    super::services::count_subscriptions(tx, s.service).await
}

/// Writes which task works on a subscription that was read at `s.version`, and what happens at the end of its term.
///
/// # Errors
/// [`Error::Conflict`] when it was changed meanwhile.
pub async fn reserve(tx: &mut Tx, s: &Subscription) -> Result<()> {
    tx.execute_one(
        "UPDATE subscription SET intent = $1, task = $2, version = version + 1 WHERE id = $3 AND version = $4",
        args![json(&s.intent), s.task.map_or(0, |t| t.0), s.id.0, s.version],
        "the subscription",
    )
    .await
}
