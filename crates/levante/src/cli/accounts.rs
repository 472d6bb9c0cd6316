//! `levante account`: resellers' accounts and their MPN ids.

use super::{account_id, say, table};
use crate::operations::{Operations, accounts::NewAccount};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Make an account.
    Create {
        /// Its id; made up when left out.
        #[arg(long, default_value = "")]
        id: String,
        /// Given name of its owner.
        #[arg(long)]
        first_name: String,
        /// Family name of its owner.
        #[arg(long)]
        last_name: String,
        /// Legal name.
        #[arg(long)]
        organisation: String,
        /// Where its notices go.
        #[arg(long)]
        email: String,
        /// Two-letter country code.
        #[arg(long)]
        country: String,
        /// Language of panel and mails.
        #[arg(long, default_value = "")]
        language: String,
        /// Currency of its prices.
        #[arg(long, default_value = "EUR")]
        currency: String,
    },
    /// Show every account.
    List,
    /// Allow an account to put an MPN id on its orders.
    ApproveMpn {
        /// The account.
        account: String,
        /// The MPN id of a location.
        mpn_id: String,
    },
    /// Show the MPN ids of an account, approved and asked for.
    Mpn {
        /// The account.
        account: String,
    },
}

impl Action {
    pub(super) async fn run(self, operations: &Operations) -> anyhow::Result<()> {
        match self {
            Action::Create { id, first_name, last_name, organisation, email, country, language, currency } => {
                let new = NewAccount { id, first_name, last_name, organisation, email, country, language, currency };
                let account = operations.create_account(new).await?;
                say(&format!("Account {} was made.", account.id));
            }
            Action::List => {
                let accounts = operations.accounts().await?;
                table(
                    ["account", "organisation", "e-mail", "country", "language"],
                    accounts.into_iter().map(|a| [a.id.to_string(), a.organisation, a.email, a.country, a.language]),
                );
            }
            Action::ApproveMpn { account, mpn_id } => {
                let mpn_id = operations.approve_mpn(&account_id(&account)?, &mpn_id, "command line").await?;
                say(&format!("Account {account} may use MPN id {mpn_id}."));
            }
            Action::Mpn { account } => {
                let account = account_id(&account)?;
                operations.account(&account).await?;
                let ids = operations.mpn_ids(&account).await?;
                table(
                    ["MPN id", "asked", "approved"],
                    ids.into_iter().map(|m| {
                        [
                            m.mpn_id.to_string(),
                            m.asked_at.to_string(),
                            m.approved_at.map_or("no".to_owned(), |at| at.to_string()),
                        ]
                    }),
                );
            }
        }
        Ok(())
    }
}
