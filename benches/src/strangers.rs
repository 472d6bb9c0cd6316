//! What a stranger can learn from the clock: a service of somebody else and one that does not exist are asked for in
//! turn, by one client with a valid key. The answers must be the same bytes but for the query id; how long they took
//! is compared as two distributions.

use crate::{
    calls::Caller,
    database::Database,
    http::Connection,
    processes::load_average,
    product::{Folder, Microsoft, Product},
    say,
};
use anyhow::{Context, ensure};
use serde_json::Value;
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Services of the other reseller.
const SERVICES: usize = 10;
/// What is asked of a service.
const PATHS: [(&str, &str, &str); 4] = [
    ("GET", "", ""),
    ("GET", "/subscription/1001", ""),
    ("PUT", "", "{\"displayName\":\"Mine now\"}"),
    ("DELETE", "/subscription/1001", ""),
];

/// Compares answers about services that are foreign with answers about services that do not exist.
#[derive(Debug, clap::Args)]
pub struct Strangers {
    /// Calls of each kind for each operation.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    calls: u32,
}

impl Strangers {
    /// Measures on one database, prints.
    pub fn measure(
        &self,
        program: &Path,
        runtime: &tokio::runtime::Runtime,
        server: Option<&str>,
    ) -> anyhow::Result<()> {
        let folder = Folder::new("strangers")?;
        let url = Database::new_in(&folder.0, server, "strangers", runtime)?;
        let engine = if server.is_some() { "PostgreSQL" } else { "SQLite" };
        let microsoft = Microsoft::start(program, &folder.0)?;
        let product = Product::set_up(program, &folder.0, &url, &microsoft)?;
        let (serving, _) = product.serve("all")?;
        Caller::new(&product, &product.reading)?.provision(SERVICES, Duration::from_secs(300))?;
        drop(serving);
        let (_serving, _) = product.serve("web")?;
        let stranger = Caller::new(&product, &product.ordering)?;
        let mut on = Connection::open(product.address)?;
        say(&format!(
            "## A stranger's view, {engine}\n\n{} calls of each kind, in turn, one client; load average {}.\n\n\
             | operation | foreign: p50; p99 ms | missing: p50; p99 ms | distance of the distributions | 1 in 1000 by chance |\n\
             | --- | --- | --- | --- | --- |",
            self.calls,
            load_average()
        ));
        for (method, rest, body) in PATHS {
            let mut taken = [Vec::new(), Vec::new()];
            // Names of the same length; which of the two comes first changes from pair to pair.
            for call in 0..self.calls {
                let number = call as usize % SERVICES;
                let names = [format!("benchread{number:04}"), format!("benchnone{number:04}")];
                let mut answers = [None, None];
                for kind in if call % 2 == 0 { [0, 1] } else { [1, 0] } {
                    let path = format!("/1.0/saas/csp2/{}.onmicrosoft.com{rest}", names[kind]);
                    let request = stranger.signed(method, &path, body);
                    let start = Instant::now();
                    let status = on.send(&request)?;
                    taken[kind].push(start.elapsed().as_secs_f64() * 1000.0);
                    answers[kind] = Some((status, neutral(&on, &names[kind])?));
                }
                let [foreign, missing] = answers;
                ensure!(foreign == missing, "{method} …{rest}: {foreign:?} is not {missing:?}");
                ensure!(foreign.as_ref().is_some_and(|(status, _)| *status == 404), "{method} …{rest}: {foreign:?}");
            }
            for times in &mut taken {
                times.sort_by(f64::total_cmp);
            }
            let at = |times: &[f64], part: f64| times[((times.len() - 1) as f64 * part) as usize];
            let [foreign, missing] = &taken;
            // Kolmogorov and Smirnov's test of two samples of one size, at 0.1 %.
            let chance = 1.949 * (2.0 / f64::from(self.calls)).sqrt();
            say(&format!(
                "| {method} …{rest} | {:.3}; {:.3} | {:.3}; {:.3} | {:.4} | {chance:.4} |",
                at(foreign, 0.5),
                at(foreign, 0.99),
                at(missing, 0.5),
                at(missing, 0.99),
                distance(foreign, missing)
            ));
        }
        say("");
        Ok(())
    }
}

/// An answer without what differs by intent: the query id, the time, and the name that was asked for.
fn neutral(on: &Connection, name: &str) -> anyhow::Result<String> {
    let mut body: Value = serde_json::from_slice(&on.body).context("an answer that is not JSON")?;
    if let Some(object) = body.as_object_mut() {
        object.remove("queryId");
    }
    let headers = on.headers().filter(|(name, _)| !matches!(name.as_str(), "x-ovh-queryid" | "date"));
    let headers: Vec<String> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
    Ok(format!("{}\n{body}", headers.join("\n")).replace(name, "NAME"))
}

/// The largest difference between two sorted samples' shares below a value.
fn distance(first: &[f64], second: &[f64]) -> f64 {
    let (mut i, mut j, mut most) = (0, 0, 0.0_f64);
    while i < first.len() && j < second.len() {
        let value = first[i].min(second[j]);
        while first.get(i).is_some_and(|v| *v <= value) {
            i += 1;
        }
        while second.get(j).is_some_and(|v| *v <= value) {
            j += 1;
        }
        let gap = i as f64 / first.len() as f64 - j as f64 / second.len() as f64;
        most = most.max(gap.abs());
    }
    most
}
