//! `levante licence`: the price list.

use super::{say, table};
use crate::operations::Operations;
use anyhow::Context;
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Add and change lines from a CSV file; checked as a whole before anything changes.
    Import {
        /// The file; its columns are in the guide.
        file: PathBuf,
    },
    /// Show the price list.
    List,
}

impl Action {
    pub(super) async fn run(self, operations: &Operations) -> anyhow::Result<()> {
        match self {
            Action::Import { file } => {
                let size =
                    std::fs::metadata(&file).with_context(|| format!("{} cannot be read", file.display()))?.len();
                anyhow::ensure!(
                    size <= crate::operations::catalogue::LARGEST_FILE as u64,
                    "{} has {size} bytes; at most {} are read",
                    file.display(),
                    crate::operations::catalogue::LARGEST_FILE
                );
                let bytes = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
                let done = operations.import_licences(&bytes).await?;
                say(&format!("{} lines imported, {} of them new.", done.lines, done.added));
            }
            Action::List => {
                let list = operations.price_list().await?;
                table(
                    ["id", "name", "SKU", "term", "plan", "price", "limit", "sold"],
                    list.all().map(|l| {
                        [
                            l.id.to_string(),
                            l.name.clone(),
                            l.sku.to_string(),
                            l.term.iso().to_owned(),
                            l.plan.word().to_owned(),
                            l.price.to_string(),
                            l.limit.map_or("-".to_owned(), |n| n.to_string()),
                            if l.new_subscriptions { "yes" } else { "no" }.to_owned(),
                        ]
                    }),
                );
            }
        }
        Ok(())
    }
}
