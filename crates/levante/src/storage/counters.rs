//! The `long` ids of the wire: one table, taken in blocks so that a process asks rarely.
//! Gaps are fine, order is not promised (design §11.5).

use super::{Db, Result, db::args};
use std::sync::Arc;
use tokio::sync::Mutex;

const BLOCK: i64 = 1000;
/// Ids start here, so that none looks like a line number.
const FIRST: i64 = 1001;

/// Gives out ids that no other process gives out.
#[derive(Clone)]
pub struct LongIds {
    db: Db,
    block: Arc<Mutex<(i64, i64)>>,
}

impl LongIds {
    /// Ids from this database.
    pub fn new(db: Db) -> LongIds {
        LongIds { db, block: Arc::new(Mutex::new((0, 0))) }
    }

    /// The next id.
    pub async fn next(&self) -> Result<i64> {
        let mut block = self.block.lock().await;
        if block.0 == block.1 {
            let end = self.db.write(|tx| Box::pin(take_block(tx))).await?;
            *block = (end - BLOCK, end);
        }
        block.0 += 1;
        Ok(block.0 - 1)
    }
}

async fn take_block(tx: &mut super::Tx) -> Result<i64> {
    let rows: Vec<(i64,)> = tx
        .all(
            "INSERT INTO counter (name, next) VALUES ('long', $1) \
             ON CONFLICT (name) DO UPDATE SET next = counter.next + $2 RETURNING next",
            args![FIRST + BLOCK, BLOCK],
        )
        .await?;
    Ok(rows.first().map_or(FIRST + BLOCK, |row| row.0))
}
