//! `docs/partner-center-coverage.md`, made from the sources of the client and the simulator: every
//! endpoint of the contract with its function, its handler and their tests, and every trap.
//! Nothing may be missing there, nothing unknown may be served or called, and the file must be fresh.
//! Next: `coverage/endpoints.rs` says what there must be, `coverage/table.rs` what there is.

mod calls;
mod endpoints;
mod source;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use self::table::{Line, Side, Sources, Trap};

const RENEW: &str = "LEVANTE_WRITE=1 cargo test -p levante --test it coverage";
/// How many tests a cell names.
const NAMED: usize = 3;

/// The first few names of a cell, one under the other, those first that stand in few lines.
fn cell(names: &BTreeSet<String>, lines_of: &BTreeMap<&String, usize>) -> String {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort_by_key(|name| (lines_of.get(name), *name));
    let mut cell = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join("<br>");
    if names.len() > NAMED {
        cell.push_str("<br>…");
    }
    cell
}

fn function_of_client(at: &str) -> String {
    let (file, name) = at.split_once("::").unwrap();
    format!("`Client::{name}` ({file})")
}

fn document(sources: &Sources) -> String {
    let lines = table::lines(sources).0;
    let mut lines_of = BTreeMap::new();
    for name in lines.iter().flat_map(|line| line.cells.values()).flatten() {
        *lines_of.entry(name).or_default() += 1;
    }
    let mut text = format!(
        "# Partner Center: what is covered\n\n\
        Made from the sources by `crates/levante/tests/it/coverage.rs`; a test fails when it is stale. Renew it with\n\
        `{RENEW}`. A cell names up to {NAMED} tests.\n\n\
        Files of the client are below `crates/partner-center/src`, those of the simulator below\n\
        `crates/partner-center-simulator/src`, their tests below `tests/it` of each. Rows are those of section 6 of the\n\
        contract, others name their section. Auth: B either token, U only a user's, U+ the same with a delegated role,\n\
        AU either on Graph, - none.\n\n\
        ## Endpoints\n\n\
        | Row | Method and path | Auth | Client | Simulator | Tests of the client | Tests of the simulator |\n\
        |---|---|---|---|---|---|---|\n"
    );
    for Line { endpoint, cells } in &lines {
        let client = cells[&Side::Client].iter().map(|at| function_of_client(at)).collect::<Vec<_>>().join("<br>");
        let [handler, by_client, by_simulator] =
            [Side::Handler, Side::ClientTest, Side::SimulatorTest].map(|side| cell(&cells[&side], &lines_of));
        let (row, auth, route) = (&endpoint.row, &endpoint.auth, &endpoint.route);
        let _ = writeln!(text, "| {row} | `{route}` | {auth} | {client} | {handler} | {by_client} | {by_simulator} |");
    }
    text.push_str("\n## Served besides\n\n| Method and path | What | Simulator |\n|---|---|---|\n");
    for (route, why, by) in table::served_besides(sources) {
        let _ = writeln!(text, "| `{route}` | {why} | {} |", cell(&by, &lines_of));
    }
    text.push_str(
        "\n## Traps\n\n| Trap | What it is | The client copes | The simulator shows it |\n|---|---|---|---|\n",
    );
    for (number, (Trap { client, simulator }, meaning)) in
        (1..).zip(table::traps(sources).0.iter().zip(endpoints::TRAPS))
    {
        let [client, simulator] = [client, simulator].map(|names| cell(names, &lines_of));
        let _ = writeln!(text, "| {number} | {meaning} | {client} | {simulator} |");
    }
    text
}

#[test]
fn coverage_has_no_gap() {
    let sources = Sources::read();
    let wrong = [table::lines(&sources).1, table::traps(&sources).1].concat();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn coverage_is_written_down() {
    let text = document(&Sources::read());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/partner-center-coverage.md");
    if std::env::var_os("LEVANTE_WRITE").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == text, "docs/partner-center-coverage.md is stale; renew it with\n    {RENEW}");
}
