//! The refresh token of our access to the supplier, sealed.

use super::{Db, Result, Tx, db::args, micros};
use jiff::Timestamp;

/// The sealed token of a name.
pub async fn get(db: &Db, name: &str) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = db.optional("SELECT sealed FROM supplier_token WHERE name = $1", args![name]).await?;
    Ok(row.map(|(sealed,)| sealed))
}

/// Replaces the token of a name; durable before the new access token is used.
pub async fn set(tx: &mut Tx, name: &str, sealed: &[u8], at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO supplier_token (name, sealed, updated_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at",
        args![name, sealed.to_vec(), micros(at)],
    )
    .await
    .map(|_| ())
}
