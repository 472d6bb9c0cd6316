//! The third door: the command line. One file per command under `cli/`.
//!
//! Prints results to standard output and what goes wrong to standard error; a failed
//! command ends with 1, wrong use with 2.

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

mod accounts;
mod demo;
mod doctor;
mod keys;
mod licences;
mod serve;
mod simulate;
mod users;

/// Resell Microsoft 365 licences: panel, API and worker in one program.
#[derive(Debug, Parser)]
#[command(name = "levante", version, about, max_term_width = 100)]
struct Levante {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Everything on this machine, with a simulated Microsoft: to try it out and to test.
    Demo(demo::Demo),
    /// Panel, API and worker against Microsoft.
    Serve(Configured),
    /// The simulated Microsoft alone.
    Simulate(simulate::Simulate),
    /// Bring the database's schema up to date and end.
    Migrate(Configured),
    /// Check database, Microsoft, mail and clock, and say what is wrong.
    Doctor(Configured),
    /// Resellers' accounts.
    Account {
        #[command(flatten)]
        configured: Configured,
        #[command(subcommand)]
        action: accounts::Action,
    },
    /// People who sign in to the panel.
    User {
        #[command(flatten)]
        configured: Configured,
        #[command(subcommand)]
        action: users::Action,
    },
    /// API keys.
    Key {
        #[command(flatten)]
        configured: Configured,
        #[command(subcommand)]
        action: keys::Action,
    },
    /// The price list.
    Licence {
        #[command(flatten)]
        configured: Configured,
        #[command(subcommand)]
        action: licences::Action,
    },
}

/// Where the settings are.
#[derive(Debug, clap::Args)]
struct Configured {
    /// The settings file; settings also come from LEVANTE_… variables.
    #[arg(long, env = "LEVANTE_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

impl Configured {
    fn settings(&self) -> anyhow::Result<crate::config::Settings> {
        Ok(crate::config::Settings::read(self.config.as_deref())?)
    }

    async fn operations(&self) -> anyhow::Result<std::sync::Arc<crate::operations::Operations>> {
        crate::app::open(&self.settings()?).await
    }
}

/// Runs the command line.
pub fn run() -> ExitCode {
    let command = Levante::parse().command;
    // One cryptography library everywhere; a second call would only say that it is installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    start_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("levante: the runtime cannot start: {e}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run_command(command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("levante: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("LEVANTE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn,hyper=warn,h2=error"));
    // Only the first one counts; tests may have one already.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

async fn run_command(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Demo(demo) => demo.run().await,
        Command::Serve(configured) => serve::run(&configured.settings()?).await,
        Command::Simulate(simulate) => simulate.run().await,
        Command::Migrate(configured) => {
            let operations = configured.operations().await?;
            say(&format!("The schema of the {} database is up to date.", operations.engine()));
            Ok(())
        }
        Command::Doctor(configured) => doctor::run(&configured.settings()?).await,
        Command::Account { configured, action } => action.run(&*configured.operations().await?).await,
        Command::User { configured, action } => action.run(&*configured.operations().await?).await,
        Command::Key { configured, action } => action.run(&*configured.operations().await?).await,
        Command::Licence { configured, action } => action.run(&*configured.operations().await?).await,
    }
}

/// A line of the command's result.
#[expect(clippy::print_stdout, reason = "the result of a command goes to standard output")]
fn say(line: &str) {
    println!("{line}");
}

/// A table of the command's result.
fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    say(&table.to_string());
}

/// A secret that is read from standard input, so that it never stands in a shell's history.
fn secret_from_input(what: &str) -> anyhow::Result<secrecy::SecretString> {
    use std::io::{BufRead, IsTerminal};
    if std::io::stdin().is_terminal() {
        eprintln!("{what}, then Enter:");
    }
    let mut line = zeroize::Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(secrecy::SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Who acts on the command line, for the audit log.
fn actor(account: licensing::id::AccountId) -> crate::operations::Actor {
    crate::operations::Actor { account, who: "command line".to_owned(), address: None }
}

fn account_id(text: &str) -> anyhow::Result<licensing::id::AccountId> {
    Ok(licensing::id::AccountId::parse("account", text)?)
}
