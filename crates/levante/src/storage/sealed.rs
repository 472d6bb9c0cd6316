//! Sealed values by name: the refresh token of our access to the supplier, the demo's sign-in data.

use super::{Db, Result, Tx, db::args, micros};
use jiff::Timestamp;

/// The sealed value of a name.
pub async fn get(db: &Db, name: &str) -> Result<Option<Vec<u8>>> {
    let row: Option<(Vec<u8>,)> = db.optional("SELECT sealed FROM sealed_value WHERE name = $1", args![name]).await?;
    Ok(row.map(|(sealed,)| sealed))
}

/// Forgets the value of a name.
pub async fn forget(tx: &mut Tx, name: &str) -> Result<()> {
    tx.execute("DELETE FROM sealed_value WHERE name = $1", args![name]).await.map(|_| ())
}

/// Replaces the value of a name.
pub async fn set(tx: &mut Tx, name: &str, sealed: &[u8], at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO sealed_value (name, sealed, updated_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at",
        args![name, sealed.to_vec(), micros(at)],
    )
    .await
    .map(|_| ())
}
