//! Single values that outlive the process, by name.

use super::{Db, Result, Tx, db::args};

/// How far the business clock is ahead of real time, in microseconds.
pub const CLOCK_OFFSET: &str = "clock-offset-us";

/// A value by its name.
pub async fn get(db: &Db, name: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = db.optional("SELECT value FROM setting WHERE name = $1", args![name]).await?;
    Ok(row.map(|(value,)| value))
}

/// Sets a value.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        args![name, value],
    )
    .await
    .map(|_| ())
}
