//! Half-filled forms of the panel, one per member and form.

use super::{Db, Result, Tx, db::args, micros};
use jiff::Timestamp;
use licensing::id::UserId;

/// A draft's content.
pub async fn get(db: &Db, member: UserId, form: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = db
        .optional("SELECT content FROM draft WHERE member = $1 AND form = $2", args![member.to_string(), form])
        .await?;
    Ok(row.map(|(content,)| content))
}

/// Keeps a draft; an older one of the same form is replaced.
pub async fn put(tx: &mut Tx, member: UserId, form: &str, content: &str, at: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO draft (member, form, content, updated_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (member, form) DO UPDATE SET content = excluded.content, updated_at = excluded.updated_at",
        args![member.to_string(), form, content, micros(at)],
    )
    .await
    .map(|_| ())
}

/// Forgets a draft.
pub async fn delete(tx: &mut Tx, member: UserId, form: &str) -> Result<()> {
    tx.execute("DELETE FROM draft WHERE member = $1 AND form = $2", args![member.to_string(), form]).await.map(|_| ())
}
