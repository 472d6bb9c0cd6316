//! Carts: orders in the making.

use super::{Db, Error, Result, Tx, db::args, from_json, instant, json, micros};
use jiff::Timestamp;
use licensing::id::{AccountId, LicenceId, OrderId};
use serde::{Deserialize, Serialize};

/// A cart.
#[derive(Debug, Clone, PartialEq)]
pub struct Cart {
    /// Its id, 32 hexadecimal digits from 128 random bits.
    pub id: String,
    /// Whose it is; `None` until it is assigned.
    pub account: Option<AccountId>,
    /// The country office that it was opened for, as the caller said.
    pub subsidiary: String,
    /// What its owner calls it.
    pub description: String,
    /// What is in it.
    pub items: Vec<Item>,
    /// Checked out: nothing changes any more.
    pub read_only: bool,
    /// The order that it became.
    pub order: Option<OrderId>,
    /// When it is forgotten, wall time.
    pub expires_at: Timestamp,
    /// When it was opened, wall time.
    pub created_at: Timestamp,
    /// Rises with every change.
    pub version: i64,
}

/// One item of a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its number.
    pub id: i64,
    /// What it is.
    pub thing: Thing,
    /// How many; seats of a licence.
    pub quantity: u32,
    /// What its buyer filled in.
    pub values: Vec<FilledIn>,
}

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Thing {
    /// A new tenant.
    Tenant,
    /// Seats of a licence in it.
    Licence(LicenceId),
}

/// One field of the order form, filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilledIn {
    /// Its number.
    pub id: i64,
    /// The field's name.
    pub label: String,
    /// What was written.
    pub value: String,
}

#[derive(sqlx::FromRow)]
struct CartRow {
    id: String,
    account: Option<String>,
    subsidiary: String,
    description: String,
    content: String,
    read_only: bool,
    orders: Option<i64>,
    expires_at: i64,
    created_at: i64,
    version: i64,
}

impl TryFrom<CartRow> for Cart {
    type Error = Error;
    fn try_from(row: CartRow) -> Result<Cart> {
        Ok(Cart {
            items: from_json("cart", "content", &row.id, &row.content)?,
            expires_at: instant("cart", "expires_at", &row.id, row.expires_at)?,
            created_at: instant("cart", "created_at", &row.id, row.created_at)?,
            id: row.id,
            account: row.account.map(AccountId::trusted),
            subsidiary: row.subsidiary,
            description: row.description,
            read_only: row.read_only,
            order: row.orders.map(OrderId),
            version: row.version,
        })
    }
}

/// A cart that is not forgotten.
pub async fn get(db: &Db, id: &str, now: Timestamp) -> Result<Option<Cart>> {
    let row: Option<CartRow> =
        db.optional("SELECT * FROM cart WHERE id = $1 AND expires_at > $2", args![id, micros(now)]).await?;
    row.map(Cart::try_from).transpose()
}

/// The carts of an account that are not forgotten, oldest first.
pub async fn list(db: &Db, account: &AccountId, now: Timestamp) -> Result<Vec<Cart>> {
    let rows: Vec<CartRow> = db
        .all(
            "SELECT * FROM cart WHERE account = $1 AND expires_at > $2 ORDER BY created_at, id",
            args![account.as_str(), micros(now)],
        )
        .await?;
    rows.into_iter().map(Cart::try_from).collect()
}

/// How many carts of an account can still be changed; of nobody's, with `None`.
pub async fn open(tx: &mut Tx, account: Option<&AccountId>, now: Timestamp) -> Result<i64> {
    let row: Option<(i64,)> = match account {
        Some(account) => {
            tx.optional(
                "SELECT CAST(count(*) AS BIGINT) FROM cart WHERE account = $1 AND expires_at > $2 AND NOT read_only",
                args![account.as_str(), micros(now)],
            )
            .await?
        }
        None => {
            tx.optional(
                "SELECT CAST(count(*) AS BIGINT) FROM cart WHERE account IS NULL AND expires_at > $1",
                args![micros(now)],
            )
            .await?
        }
    };
    Ok(row.map_or(0, |(n,)| n))
}

/// Deletes every cart whose time is over.
pub async fn forget_expired(tx: &mut Tx, now: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM cart WHERE expires_at <= $1", args![micros(now)]).await.map(|_| ())
}

/// Adds a cart.
pub async fn insert(tx: &mut Tx, c: &Cart) -> Result<()> {
    tx.add(
        "INSERT INTO cart (id, account, subsidiary, description, content, read_only, orders, expires_at, created_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
        args![
            c.id.as_str(), c.account.as_ref().map(AccountId::as_str), c.subsidiary.as_str(), c.description.as_str(),
            json(&c.items), c.read_only, c.order.map(|o| o.0), micros(c.expires_at), micros(c.created_at)
        ],
    )
    .await
}

/// Writes every changeable field of a cart that was read at `c.version`.
///
/// # Errors
/// [`Error::Conflict`] when it was changed meanwhile.
pub async fn update(tx: &mut Tx, c: &Cart) -> Result<()> {
    tx.execute_one(
        "UPDATE cart SET account = $1, description = $2, content = $3, read_only = $4, orders = $5, expires_at = $6, version = version + 1 \
         WHERE id = $7 AND version = $8",
        args![
            c.account.as_ref().map(AccountId::as_str), c.description.as_str(), json(&c.items), c.read_only,
            c.order.map(|o| o.0), micros(c.expires_at), c.id.as_str(), c.version
        ],
        "the cart",
    )
    .await
}

/// Deletes a cart.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    tx.execute("DELETE FROM cart WHERE id = $1", args![id]).await.map(|_| ())
}
