//! `levante user`: people who sign in to the panel.

use super::{account_id, say, secret_from_input, table};
use crate::operations::{Operations, members::NewMember};
use secrecy::ExposeSecret;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Make a user; the password is read from standard input.
    Create {
        /// The account the user belongs to; left out: an operator of the provider.
        #[arg(long)]
        account: Option<String>,
        /// E-mail address, to sign in with.
        #[arg(long)]
        email: String,
        /// Name.
        #[arg(long)]
        name: String,
        /// Language of the panel.
        #[arg(long, default_value = "")]
        language: String,
    },
    /// Show the users of an account, or the operators.
    List {
        /// The account; left out: the operators.
        #[arg(long)]
        account: Option<String>,
    },
    /// Set a new password, read from standard input; ends every session of the user.
    SetPassword {
        /// E-mail address.
        email: String,
    },
    /// Set up the second factor, which operators need; shows its secret once.
    EnableTotp {
        /// E-mail address.
        email: String,
    },
}

impl Action {
    pub(super) async fn run(self, operations: &Operations) -> anyhow::Result<()> {
        match self {
            Action::Create { account, email, name, language } => {
                let account = account.as_deref().map(account_id).transpose()?;
                if let Some(account) = &account {
                    operations.account(account).await?;
                }
                let password = secret_from_input("Password")?;
                let operator = account.is_none();
                let member = operations.create_member(NewMember { account, email, name, password, language }).await?;
                say(&format!("User {} was made.", member.email));
                if operator {
                    let secret = operations.enable_totp(&member.email).await?;
                    say(&format!("Second factor, shown once: {}", secret.base32.expose_secret()));
                }
            }
            Action::List { account } => {
                let account = account.as_deref().map(account_id).transpose()?;
                let members = operations.members(account.as_ref()).await?;
                table(["e-mail", "name", "language"], members.into_iter().map(|m| [m.email, m.name, m.language]));
            }
            Action::SetPassword { email } => {
                operations.set_password(&email, secret_from_input("New password")?).await?;
                say(&format!("The password of {email} was changed."));
            }
            Action::EnableTotp { email } => {
                let secret = operations.enable_totp(&email).await?;
                say(&format!("Second factor, shown once: {}", secret.base32.expose_secret()));
            }
        }
        Ok(())
    }
}
