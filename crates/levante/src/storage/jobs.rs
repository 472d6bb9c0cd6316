//! The queue of promises, and the leases that keep work on one subject serial.
//!
//! Due times follow the business clock, leases the wall clock. A job is deleted in the
//! commit that records its result.

use super::{Db, Error, Result, Tx, db::Sql, db::args, micros};
use jiff::Timestamp;
use uuid::Uuid;

/// A job as it is queued.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id.
    pub id: Uuid,
    /// Which workers take it.
    pub lane: &'static str,
    /// What must be worked on by one worker at a time, such as `service/12`.
    pub subject: String,
    /// What to do, as JSON.
    pub payload: String,
    /// When it is due, business time.
    pub run_at: Timestamp,
}

/// A claimed job.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClaimedJob {
    /// Its id.
    pub id: String,
    /// What is worked on.
    pub subject: String,
    /// What to do, as JSON.
    pub payload: String,
    /// How often it was tried before.
    pub attempts: i64,
}

/// Proof that a worker holds a subject; checked by every commit of its work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What is held.
    pub subject: String,
    /// Rises with every holder.
    pub fence: i64,
}

/// Queues a job; in the commit that saves what it is about.
pub async fn insert(tx: &mut Tx, job: &NewJob, now: Timestamp) -> Result<()> {
    tx.add(
        "INSERT INTO job (id, lane, subject, payload, run_at, attempts, created_at) VALUES ($1, $2, $3, $4, $5, 0, $6)",
        args![
            job.id.to_string(),
            job.lane,
            job.subject.as_str(),
            job.payload.as_str(),
            micros(job.run_at),
            micros(now)
        ],
    )
    .await
}

const CLAIM: Sql = Sql::per_engine(
    "UPDATE job SET leased_until = $1, attempts = attempts + 1 WHERE id IN \
     (SELECT id FROM job WHERE lane = $2 AND run_at <= $3 AND (leased_until IS NULL OR leased_until < $4) ORDER BY run_at, id LIMIT $5) \
     RETURNING id, subject, payload, attempts - 1 AS attempts",
    "UPDATE job SET leased_until = $1, attempts = attempts + 1 WHERE id IN \
     (SELECT id FROM job WHERE lane = $2 AND run_at <= $3 AND (leased_until IS NULL OR leased_until < $4) ORDER BY run_at, id LIMIT $5 \
     FOR UPDATE SKIP LOCKED) \
     RETURNING id, subject, payload, attempts - 1 AS attempts",
);

/// Takes due jobs of a lane until `until` (wall time).
pub async fn claim(
    db: &Db,
    lane: &'static str,
    due: Timestamp,
    wall: Timestamp,
    until: Timestamp,
    most: i64,
) -> Result<Vec<ClaimedJob>> {
    // Looking first keeps an idle worker off the one writer.
    let waiting: Option<(i64,)> = db
        .optional(
            "SELECT run_at FROM job WHERE lane = $1 AND run_at <= $2 AND (leased_until IS NULL OR leased_until < $3) \
             ORDER BY run_at LIMIT 1",
            args![lane, micros(due), micros(wall)],
        )
        .await?;
    if waiting.is_none() {
        return Ok(Vec::new());
    }
    let (due, wall, until) = (micros(due), micros(wall), micros(until));
    db.write(move |tx| Box::pin(async move { tx.all(CLAIM, args![until, lane, due, wall, most]).await })).await
}

/// Takes the lease on a subject; `None` while somebody else holds it.
pub async fn lease(tx: &mut Tx, subject: &str, wall: Timestamp, until: Timestamp) -> Result<Option<Lease>> {
    let rows: Vec<(i64,)> = tx
        .all(
            "INSERT INTO lease (subject, fence, held_until) VALUES ($1, 1, $2) \
             ON CONFLICT (subject) DO UPDATE SET fence = lease.fence + 1, held_until = excluded.held_until \
             WHERE lease.held_until < $3 RETURNING fence",
            args![subject, micros(until), micros(wall)],
        )
        .await?;
    Ok(rows.first().map(|(fence,)| Lease { subject: subject.to_owned(), fence: *fence }))
}

/// Checks inside a commit that the lease is still ours, and prolongs it.
///
/// # Errors
/// [`Error::LeaseLost`]: another worker took over; nothing may be recorded.
pub async fn hold(tx: &mut Tx, lease: &Lease, until: Timestamp) -> Result<()> {
    let touched = tx
        .execute(
            "UPDATE lease SET held_until = $1 WHERE subject = $2 AND fence = $3",
            args![micros(until), lease.subject.as_str(), lease.fence],
        )
        .await?;
    if touched == 1 { Ok(()) } else { Err(Error::LeaseLost { subject: lease.subject.clone() }) }
}

/// Gives the lease back.
pub async fn release(tx: &mut Tx, lease: &Lease) -> Result<()> {
    tx.execute(
        "UPDATE lease SET held_until = 0 WHERE subject = $1 AND fence = $2",
        args![lease.subject.as_str(), lease.fence],
    )
    .await
    .map(|_| ())
}

/// Ends a job.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    tx.execute("DELETE FROM job WHERE id = $1", args![id]).await.map(|_| ())
}

/// Puts a job off until an instant (business time) and lets it go.
pub async fn postpone(tx: &mut Tx, id: &str, run_at: Timestamp) -> Result<()> {
    tx.execute("UPDATE job SET run_at = $1, leased_until = NULL WHERE id = $2", args![micros(run_at), id])
        .await
        .map(|_| ())
}

/// Leaves a claimed job alone until an instant of wall time; it stays due.
pub async fn leave(tx: &mut Tx, id: &str, until: Timestamp) -> Result<()> {
    tx.execute("UPDATE job SET leased_until = $1, attempts = attempts - 1 WHERE id = $2", args![micros(until), id])
        .await
        .map(|_| ())
}

/// Lets every job go that workers of an earlier process held: on a database with one worker process.
pub async fn release_all(tx: &mut Tx) -> Result<()> {
    tx.execute("UPDATE job SET leased_until = NULL WHERE leased_until IS NOT NULL", vec![]).await?;
    tx.execute("UPDATE lease SET held_until = 0 WHERE held_until <> 0", vec![]).await.map(|_| ())
}

/// How many jobs are due at an instant (business time), held ones included.
pub async fn due(db: &Db, at: Timestamp) -> Result<i64> {
    let row: Option<(i64,)> =
        db.optional("SELECT CAST(count(*) AS BIGINT) FROM job WHERE run_at <= $1", args![micros(at)]).await?;
    Ok(row.map_or(0, |(n,)| n))
}

/// When the next job of a lane is due, in µs of business time.
pub async fn next_due(db: &Db, lane: &str) -> Result<Option<i64>> {
    let row: Option<(Option<i64>,)> = db.optional("SELECT min(run_at) FROM job WHERE lane = $1", args![lane]).await?;
    Ok(row.and_then(|(at,)| at))
}
