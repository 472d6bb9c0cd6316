//! The harness of the performance budgets: starts everything, measures limit and product
//! in turn, prints ratios. It never fails on a time. How to read it: benches/README.md.

use anyhow::{Context, ensure};
use clap::Parser;
use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

mod bare;
mod calls;
mod database;
mod estate;
mod figures;
mod filling;
mod http;
mod load;
mod order_rows;
mod page_weight;
mod peer;
mod processes;
mod product;
mod report;
mod rounds;
mod size;
mod strangers;

/// Measures Levante beside what this machine can do at all.
#[derive(Debug, Parser)]
#[command(name = "levante-benches", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// Short measurements and one round: to see that the harness works, not to quote.
    #[arg(long)]
    quick: bool,
    /// Only these budgets, such as P1,P4. P6, P7 and P8 come with P1; P6 of reads with P4.
    #[arg(long, value_delimiter = ',', value_name = "BUDGETS")]
    only: Vec<String>,
    /// Only this database: sqlite or postgres.
    #[arg(long, value_name = "DATABASE")]
    on: Option<String>,
    /// Rounds.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u64).range(1..=60))]
    seconds: u64,
    /// The program to measure; left out: it is built with cargo in the harness's own profile.
    #[arg(long, value_name = "FILE")]
    levante: Option<PathBuf>,
    /// Whether django-silver is measured beside the product, on PostgreSQL (P2 and a part of P3 to P5).
    #[arg(long, value_enum, default_value_t = peer::When::Auto, value_name = "WHEN")]
    peers: peer::When,
    /// A server of this machine whose role may create databases; left out: a private one is started.
    #[arg(long, env = "LEVANTE_TEST_POSTGRES", hide_env_values = true)]
    postgres: Option<String>,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    /// The bare server beside which the product is measured; started by the harness itself.
    #[command(hide = true)]
    Bare(bare::Bare),
    /// The simulator alone, with thousands of tenants: reads, a year of renewals and invoices, memory.
    Estate(estate::Estate),
    /// The product with a million services beside ten thousand.
    Size(size::Size),
    /// Whether the time of an answer tells a foreign service from one that does not exist.
    Strangers(strangers::Strangers),
}

/// A line of the result.
#[expect(clippy::print_stdout, reason = "the result goes to standard output")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(e) => {
            eprintln!("levante-benches: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match arguments.part {
        Some(Part::Bare(bare)) => {
            runtime.block_on(bare.serve())?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Part::Estate(estate)) => {
            estate.measure()?;
            return Ok(ExitCode::SUCCESS);
        }
        Some(Part::Size(_) | Part::Strangers(_)) | None => {}
    }
    let on = arguments.on.as_deref().unwrap_or("both");
    ensure!(["both", "sqlite", "postgres"].contains(&on), "--on {on:?} must be sqlite or postgres");
    if on != "sqlite" && arguments.postgres.is_none() && has_postgres() {
        return inside_postgres();
    }
    let program = match &arguments.levante {
        Some(path) => path.clone(),
        None => build()?,
    };
    if let Some(part) = &arguments.part {
        let lite = (on != "postgres").then_some(None);
        let server = arguments.postgres.as_deref().filter(|_| on != "sqlite").map(Some);
        for server in lite.into_iter().chain(server) {
            match part {
                Part::Size(size) => size.measure(&program, &runtime, server)?,
                Part::Strangers(strangers) => strangers.measure(&program, &runtime, server)?,
                Part::Bare(_) | Part::Estate(_) => {}
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let plan = match arguments.quick {
        true => load::Plan { clients: 16, warm_up: Duration::from_millis(200), time: Duration::from_secs(1) },
        false => load::Plan {
            clients: 16,
            warm_up: Duration::from_millis(500),
            time: Duration::from_secs(arguments.seconds),
        },
    };
    let mut rounds = rounds::Rounds {
        program,
        plan,
        rounds: if arguments.quick { 1 } else { arguments.rounds },
        only: arguments.only.iter().map(|o| o.trim().to_ascii_uppercase()).collect(),
        peer: None,
        runtime: &runtime,
    };
    report::opening(&rounds);
    rounds.peer = peer(&arguments, on != "sqlite" && arguments.postgres.is_some(), &rounds.only)?;
    let mut done = Vec::new();
    if on != "postgres" {
        done.push(rounds.on_sqlite()?);
    }
    match (&arguments.postgres, on) {
        (_, "sqlite") => {}
        (Some(server), _) => done.push(rounds.on_postgres(server)?),
        (None, _) => say("SKIPPED PostgreSQL: it is not installed (apt-get install postgresql)\n"),
    }
    report::closing(&done);
    Ok(ExitCode::SUCCESS)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn has_postgres() -> bool {
    std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut versions| versions.next().is_some())
}

/// The peer's packages when it is to be measured; otherwise a line says why it is not.
fn peer(arguments: &Arguments, postgres: bool, only: &[String]) -> anyhow::Result<Option<peer::Environment>> {
    let full = only.is_empty() && !arguments.quick;
    let why = match arguments.peers {
        peer::When::Off => "--peers off".to_owned(),
        peer::When::Auto if !full && !only.iter().any(|budget| budget == "P2") => {
            "this is not a full run (--peers on measures it, and so does --only with P2)".to_owned()
        }
        _ if !postgres => "it is measured on PostgreSQL only".to_owned(),
        peer::When::On => return peer::Environment::prepare().map(Some),
        peer::When::Auto => match peer::Environment::prepare() {
            Ok(environment) => return Ok(Some(environment)),
            Err(e) => format!("it cannot be had: {e:#}"),
        },
    };
    say(&format!("SKIPPED {} (P2 and its part of P3 to P5): {why}\n", peer::NAME));
    Ok(None)
}

/// Runs this program once more with a private PostgreSQL around it.
fn inside_postgres() -> anyhow::Result<ExitCode> {
    let mut command = Command::new(root().join("tests/real/postgres.sh"));
    command.arg(std::env::current_exe()?).args(std::env::args_os().skip(1));
    let status = command.status().context("starting tests/real/postgres.sh")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds the product in the profile of this program; its file.
fn build() -> anyhow::Result<PathBuf> {
    let mut command = Command::new("cargo");
    command.args(["build", "--quiet", "--locked", "-p", "levante", "--bin", "levante"]).current_dir(root());
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let status = command.stdin(Stdio::null()).status().context("running cargo")?;
    ensure!(status.success(), "levante does not build");
    Ok(std::env::current_exe()?.with_file_name("levante"))
}
