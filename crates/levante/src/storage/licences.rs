//! The price list.

use super::{Db, Error, Result, Tx, from_json, json, known};
use crate::storage::db::args;
use licensing::{
    catalogue::{Licence, Segment, Sku},
    id::LicenceId,
    money::{Currency, Money},
    rust_decimal::{Decimal, prelude::ToPrimitive},
    term::{BillingPlan, Term},
};

#[derive(sqlx::FromRow)]
struct LicenceRow {
    id: i64,
    sku: String,
    segment: String,
    term: String,
    plan: String,
    name: String,
    bases: String,
    minimum: i64,
    seat_limit: Option<i64>,
    new_subscriptions: bool,
    new_seats: bool,
    price: i64,
    currency: String,
    tax_percent: i64,
}

impl TryFrom<LicenceRow> for Licence {
    type Error = Error;
    fn try_from(row: LicenceRow) -> Result<Licence> {
        let id = row.id;
        let currency = known("licence", "currency", id, &row.currency, Currency::read(&row.currency))?;
        Ok(Licence {
            id: LicenceId(id),
            sku: known("licence", "sku", id, &row.sku, Sku::read(&row.sku))?,
            segment: known("licence", "segment", id, &row.segment, Segment::read(&row.segment))?,
            term: known("licence", "term", id, &row.term, Term::read(&row.term))?,
            plan: known("licence", "plan", id, &row.plan, BillingPlan::read(&row.plan))?,
            bases: from_json("licence", "bases", id, &row.bases)?,
            minimum: known("licence", "minimum", id, "", u32::try_from(row.minimum).ok())?,
            limit: row.seat_limit.and_then(|l| u32::try_from(l).ok()),
            name: row.name,
            new_subscriptions: row.new_subscriptions,
            new_seats: row.new_seats,
            price: Money::from_stored(row.price, currency),
            tax_percent: Decimal::new(row.tax_percent, 2),
        })
    }
}

/// The whole price list, by id.
pub async fn list(db: &Db) -> Result<Vec<Licence>> {
    let rows: Vec<LicenceRow> = db.all("SELECT * FROM licence ORDER BY id", vec![]).await?;
    rows.into_iter().map(Licence::try_from).collect()
}

/// Adds a line, or changes the line of the same product, segment, term and plan; its id stays.
pub async fn upsert(tx: &mut Tx, licence: &Licence) -> Result<()> {
    let l = licence;
    let tax = (l.tax_percent * Decimal::ONE_HUNDRED).to_i64().ok_or(Error::Range { what: "tax" })?;
    tx.execute(
        "INSERT INTO licence (id, sku, segment, term, plan, name, bases, minimum, seat_limit, new_subscriptions, new_seats, price, currency, tax_percent) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
         ON CONFLICT (sku, segment, term, plan) DO UPDATE SET name = excluded.name, bases = excluded.bases, minimum = excluded.minimum, \
         seat_limit = excluded.seat_limit, new_subscriptions = excluded.new_subscriptions, new_seats = excluded.new_seats, \
         price = excluded.price, currency = excluded.currency, tax_percent = excluded.tax_percent",
        args![
            l.id.0, l.sku.to_string(), l.segment.word(), l.term.iso(), l.plan.word(), l.name.as_str(), json(&l.bases), l.minimum,
            l.limit.map(i64::from), l.new_subscriptions, l.new_seats,
            l.price.stored().ok_or(Error::Range { what: "price" })?, l.price.currency.code(), tax
        ],
    )
    .await
    .map(|_| ())
}

/// The names under which prices are asked for from outside, and their licences.
pub async fn price_names(db: &Db) -> Result<Vec<(String, LicenceId)>> {
    let rows: Vec<(String, i64)> = db.all("SELECT name, licence FROM price_name ORDER BY name", vec![]).await?;
    Ok(rows.into_iter().map(|(name, licence)| (name, LicenceId(licence))).collect())
}

/// Gives a line of the price list its name, or none. A name that another line had moves.
pub async fn set_price_name(tx: &mut Tx, licence: LicenceId, name: Option<&str>) -> Result<()> {
    tx.execute("DELETE FROM price_name WHERE licence = $1", args![licence.0]).await?;
    let Some(name) = name else { return Ok(()) };
    tx.execute(
        "INSERT INTO price_name (name, licence) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET licence = excluded.licence",
        args![name, licence.0],
    )
    .await
    .map(|_| ())
}
