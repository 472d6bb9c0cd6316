//! `levante key`: API keys.

use super::{account_id, actor, say, table};
use crate::operations::{Operations, keys::read_rules};
use licensing::id::CredentialId;
use secrecy::ExposeSecret;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Make an application and a consumer key that is valid at once; shows the secrets once.
    Create {
        /// The account.
        account: String,
        /// Name of the application.
        #[arg(long)]
        name: String,
        /// What it is for.
        #[arg(long, default_value = "")]
        description: String,
        /// A rule METHOD:PATH, such as GET:/saas/csp2*; several may be given.
        #[arg(long = "rule", required = true)]
        rules: Vec<String>,
    },
    /// Show the consumer keys of an account.
    List {
        /// The account.
        account: String,
    },
    /// End a consumer key at once.
    Revoke {
        /// The account.
        account: String,
        /// The credential's number.
        id: i64,
    },
}

impl Action {
    pub(super) async fn run(self, operations: &Operations) -> anyhow::Result<()> {
        match self {
            Action::Create { account, name, description, rules } => {
                let account = account_id(&account)?;
                operations.account(&account).await?;
                let actor = actor(account);
                let parted: Vec<(String, String)> = rules
                    .iter()
                    .map(|r| r.split_once(':').map(|(m, p)| (m.to_owned(), p.to_owned())))
                    .collect::<Option<_>>()
                    .ok_or_else(|| anyhow::anyhow!("rule: each must be METHOD:PATH, such as GET:/saas/csp2*"))?;
                let rules = read_rules("rule", &parted)?;
                let application = operations.create_application(&actor, &name, &description).await?;
                let credential = operations.create_credential(&actor, application.id, rules, None, None).await?;
                say(&format!("application key     {}", application.key));
                say(&format!("application secret  {}", application.secret.expose_secret()));
                say(&format!("consumer key        {}", credential.consumer_key.expose_secret()));
            }
            Action::List { account } => {
                let keys = operations.credentials(&account_id(&account)?).await?;
                table(
                    ["id", "application", "state", "created", "last use"],
                    keys.into_iter().map(|k| {
                        [
                            k.id.to_string(),
                            k.application.to_string(),
                            k.state.word().to_owned(),
                            k.created_at.to_string(),
                            k.last_use.map_or("never".to_owned(), |at| at.to_string()),
                        ]
                    }),
                );
            }
            Action::Revoke { account, id } => {
                operations.revoke_credential(&actor(account_id(&account)?), CredentialId(id)).await?;
                say(&format!("Credential {id} is revoked."));
            }
        }
        Ok(())
    }
}
