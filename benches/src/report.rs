//! What the harness says: the machine, the figures beside their budgets, what was not measured.

use crate::{
    figures::Spread,
    processes::{load_average, machine},
    rounds::{Done, Rounds, names},
    say,
};

/// Before the first measurement.
pub fn opening(rounds: &Rounds<'_>) {
    let profile = if cfg!(debug_assertions) { "DEV PROFILE: figures mean nothing" } else { "release" };
    say(&format!("# Levante beside the limits of this machine ({profile})\n"));
    say(&format!("{}; load average {} before the start.", machine(), load_average()));
    say(&format!(
        "{} clients in a closed loop from threads of the harness, {} rounds of {} s each, limit and product in turn.\n",
        rounds.plan.clients,
        rounds.rounds,
        rounds.plan.time.as_secs_f64()
    ));
}

struct Line {
    budget: &'static str,
    what: String,
    engine: &'static str,
    value: String,
    must: String,
    kept: bool,
}

/// Instead of a bound: nothing is demanded.
const REPORTED: &str = "reported";

/// What a ratio must be.
enum Must {
    Least(f64),
    Most(f64),
    Reported,
}

impl Must {
    fn is_kept(&self, median: f64) -> bool {
        match self {
            Must::Least(bound) => median >= *bound,
            Must::Most(bound) => median <= *bound,
            Must::Reported => true,
        }
    }

    fn text(&self) -> String {
        match self {
            Must::Least(bound) => format!("≥ {bound}"),
            Must::Most(bound) => format!("≤ {bound}"),
            Must::Reported => REPORTED.to_owned(),
        }
    }
}

fn ratios(done: &Done) -> Vec<Line> {
    use names::*;
    let rate = |above, below| done.book.ratio(above, below, |f| f.per_second);
    let tail = |above, below| done.book.ratio(above, below, |f| f.p99);
    let cpu = done.book.ratio(ORDER, ORDER_LIMIT, crate::figures::Figure::cpu_all);
    let lines = [
        ("P1", "orders ÷ order rows", rate(ORDER, ORDER_LIMIT), Must::Least(0.5)),
        ("P1", "orders ÷ order rows, each for itself", rate(ORDER, ORDER_ALONE), Must::Reported),
        ("P2", "orders ÷ django-silver's", rate(ORDER, PEER_ORDER), Must::Least(30.0)),
        ("P3", "seat changes ÷ order rows", rate(SEATS, CHANGE_LIMIT), Must::Least(0.5)),
        ("P3", "cancellations ÷ order rows", rate(CANCEL, CHANGE_LIMIT), Must::Least(0.5)),
        ("P3", "seat changes ÷ django-silver's", rate(SEATS, PEER_SEATS), Must::Least(10.0)),
        ("P3", "cancellations ÷ django-silver's", rate(CANCEL, PEER_CANCEL), Must::Least(10.0)),
        ("P4", "read one ÷ bare", rate(READ, ROW_LIMIT), Must::Least(0.5)),
        ("P4", "read one ÷ django-silver's", rate(READ, PEER_READ), Must::Least(45.0)),
        ("P5", "50 names ÷ bare", rate(NAMES, NAMES_LIMIT), Must::Least(0.5)),
        ("P5", "50 names ÷ django-silver's 50 customers", rate(NAMES, PEER_LIST), Must::Least(100.0)),
        ("P5", "50 whole services in one call ÷ django-silver's 50 customers", rate(WHOLE, PEER_LIST), Must::Reported),
        ("P5", "list page ÷ bare page", rate(PAGE, PAGE_LIMIT), Must::Least(0.5)),
        ("P6", "p99 of an order ÷ limit's", tail(ORDER, ORDER_LIMIT), Must::Most(3.0)),
        ("P6", "p99 of a read ÷ bare's", tail(READ, ROW_LIMIT), Must::Most(2.0)),
        ("P7", "CPU of an order (with database) ÷ limit's", cpu, Must::Most(4.0)),
    ];
    let line = |(budget, what, ratio, must): (&'static str, &str, Option<Spread>, Must)| {
        ratio.map(|r| Line {
            budget,
            what: what.to_owned(),
            engine: done.engine,
            value: format!("{:.2} / **{:.2}** / {:.2}", r.least, r.median, r.most),
            must: must.text(),
            kept: must.is_kept(r.median),
        })
    };
    lines.into_iter().filter_map(line).collect()
}

fn plain(done: &Done) -> Vec<Line> {
    let engine = done.engine;
    let line = |budget, what: &str, value: String, must: &str, kept| Line {
        budget,
        what: what.to_owned(),
        engine,
        value,
        must: must.to_owned(),
        kept,
    };
    let mut lines = Vec::new();
    if done.ready.median > 0.0 {
        let r = done.ready;
        let ready = format!("{:.0} / **{:.0}** / {:.0} ms", r.least, r.median, r.most);
        lines.push(line("P10", "exec to first 200 on /readyz", ready, "≤ 100 ms", r.median <= 100.0));
        lines.push(line(
            "P9",
            "PSS idle, role all",
            format!("{:.1} MB", done.idle_mb),
            "≤ 25 MB",
            done.idle_mb <= 25.0,
        ));
    }
    if done.loaded_mb > 0.0 {
        let loaded = format!("{:.1} MB", done.loaded_mb);
        lines.push(line("P9", "PSS loaded, role all", loaded, "≤ 80 MB", done.loaded_mb <= 80.0));
    }
    lines.push(line("P10", "size of the program", format!("{:.1} MB", done.size_mb), "≤ 40 MB", done.size_mb <= 40.0));
    if let Some(w) = done.weight {
        let value = format!(
            "{:.1} KB ({:.1} KB the page), {} requests, 0 of {} scripts needed: {} rows are in the HTML{}",
            w.all as f64 / 1000.0,
            w.page as f64 / 1000.0,
            w.requests,
            w.scripts,
            w.rows,
            if w.compressed { "" } else { "; NOT compressed" }
        );
        lines.push(line("P11", "service list page", value, "≤ 15 KB, ≤ 4, 0", w.all <= 15_000 && w.requests <= 4));
    }
    if let Some(peer) = &done.peer {
        let r = peer.ready;
        let ready = format!("{:.0} / **{:.0}** / {:.0} ms", r.least, r.median, r.most);
        lines.push(line("P10", "django-silver: exec to first 200", ready, REPORTED, true));
        let memory = format!("{:.0} MB idle, {:.0} MB loaded", peer.idle_mb, peer.loaded_mb);
        lines.push(line("P9", "django-silver: PSS of gunicorn and its workers", memory, REPORTED, true));
    }
    let provisioned = format!("{:.1} /s (50 ordered one after the other)", done.provisioned);
    lines.push(line("P14", "tenants provisioned against the simulator", provisioned, REPORTED, true));
    lines
}

/// After the last measurement.
pub fn closing(done: &[Done]) {
    say("## Budgets (ratios round by round: min / median / max)\n");
    say("| budget | what | database | value | must | |\n| --- | --- | --- | --- | --- | --- |");
    let mut lines: Vec<Line> = done.iter().flat_map(|d| ratios(d).into_iter().chain(plain(d))).collect();
    lines.extend(sqlite_beside_postgres(done));
    lines.sort_by_key(|l| l.budget[1..].parse::<u32>().unwrap_or(0));
    for l in &lines {
        let kept = match l.kept {
            _ if l.must == REPORTED => "",
            true => "kept",
            false => "MISSED",
        };
        say(&format!("| {} | {} | {} | {} | {} | {kept} |", l.budget, l.what, l.engine, l.value, l.must));
    }
    say("\n## What this was\n");
    for d in done {
        if d.limit_rows.0 > 0 {
            let tables: Vec<String> = d.order_writes.iter().map(|(table, n)| format!("{table} {n}")).collect();
            say(&format!(
                "- {}: an order adds {} rows ({}). The limit writes {} rows with {} bytes of text, those of a real order, in \
                 tables without secondary indexes or foreign keys. A cart flow is {} calls.",
                d.engine,
                d.order_writes.iter().map(|(_, n)| n).sum::<i64>(),
                tables.join(", "),
                d.limit_rows.0,
                d.limit_rows.1,
                d.cart_calls
            ));
        }
    }
    let peers = done.iter().any(|d| d.peer.is_some());
    say(if peers { PEER } else { "- Not measured in this run: the peer (P2 and its part of P3 to P5)." });
    say(NOT_MEASURED);
    say(&format!("- Load average at the end: {}.", load_average()));
}

fn sqlite_beside_postgres(done: &[Done]) -> Option<Line> {
    let of = |engine| done.iter().find(|d| d.engine == engine).map(|d| d.book.rounds(names::ORDER));
    let median = |rounds: &[crate::figures::Figure]| crate::figures::spread(rounds.iter().map(|f| f.per_second)).median;
    let (lite, server) = (median(of("SQLite")?), median(of("PostgreSQL")?));
    (server > 0.0).then(|| Line {
        budget: "P8",
        what: "orders on SQLite ÷ on PostgreSQL".to_owned(),
        engine: "both",
        value: format!("**{:.2}**", lite / server),
        must: "≥ 1".to_owned(),
        kept: lite / server >= 1.0,
    })
}

const PEER: &str = "\
- django-silver 0.11 ran on gunicorn (five workers with four threads each, as its documentation advises for two \
processors), without debugging, with its framework's tokens, its connections kept open, in a database of the same \
server with 20,000 customers, and was measured in turn with the product in every round. An order of it is four calls: \
customer, subscription, activation, seats. Its list has 50 whole customers with the addresses of their subscriptions, ours 50 names; 50 whole \
services in one batched call are beside it. Each of its answers was checked.";

const NOT_MEASURED: &str = "\
- Orders were accepted by a server in role web: they wait, so that the worker takes nothing from the figure. \
\"role all\" accepts and works at the same time, against the simulator.
- PostgreSQL's limit is pgbench with prepared statements; SQLite's limits are written with the product's driver (sqlx), \
one task that groups, or 16 connections.
- The page is compared without compression on both sides; its weight is with gzip.
- \"others' load\" is the processors that programs outside this harness kept busy. PostgreSQL's time includes its \
background processes.
- Not measured here: P12, P13 (`size` does), P14 with two nodes, P15 to P18.";
