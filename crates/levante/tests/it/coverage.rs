//! `docs/partner-center-coverage.md`, made from the sources of the client and the simulator: every
//! endpoint of the contract with its function, its handler and their tests, and every trap.
//! Nothing may be missing there, nothing unknown may be served or called, and the file must be fresh.
//! Next: `coverage/endpoints.rs` says what there must be, `coverage/calls.rs` reads what tests do.

mod calls;
mod endpoints;
mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use self::calls::{Route, segments};
use self::source::{Source, words};

const RENEW: &str = "LEVANTE_WRITE=1 cargo test -p levante --test it coverage";
/// How many tests a cell names.
const NAMED: usize = 3;

/// What reading cannot see, by hand: method and path, side, file and function. Each must exist.
const BY_HAND: &[(&str, Side, &str)] = &[
    ("POST /{tenant}/oauth2/token", Side::Client, "auth.rs::redeem"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Client,
    Handler,
    ClientTest,
    SimulatorTest,
}

impl Side {
    fn title(self) -> &'static str {
        match self {
            Self::Client => "client function",
            Self::Handler => "simulator handler",
            Self::ClientTest => "test of the client",
            Self::SimulatorTest => "test of the simulator",
        }
    }
}

struct Endpoint {
    row: String,
    auth: String,
    route: Route,
}

/// The reference list, parsed.
fn endpoints() -> Vec<Endpoint> {
    let lines = endpoints::ENDPOINTS.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [row, auth, method, path] = words[..] else { panic!("not an endpoint: {line}") };
            let path = match path.strip_prefix('C') {
                Some(rest) => format!("/v1/customers/{{customer}}{rest}"),
                None => path.to_owned(),
            };
            Endpoint { row: row.to_owned(), auth: auth.to_owned(), route: Route { method: method.to_owned(), path } }
        })
        .collect()
}

fn besides() -> Vec<(Route, &'static str)> {
    let lines = endpoints::BESIDES.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (method, rest) = line.split_once(' ').unwrap();
            let (path, why) = rest.trim_start().split_once(' ').unwrap();
            (Route { method: method.to_owned(), path: path.to_owned() }, why.trim())
        })
        .collect()
}

struct Sources {
    client: Vec<Source>,
    client_tests: Vec<Source>,
    simulator: Vec<Source>,
    simulator_tests: Vec<Source>,
}

impl Sources {
    fn read() -> Self {
        let read = source::read;
        Self {
            client: read("partner-center/src"),
            client_tests: read("partner-center/tests/it"),
            simulator: read("partner-center-simulator/src"),
            simulator_tests: read("partner-center-simulator/tests/it"),
        }
    }

    fn of(&self, side: Side) -> &[Source] {
        match side {
            Side::Client => &self.client,
            Side::Handler => &self.simulator,
            Side::ClientTest => &self.client_tests,
            Side::SimulatorTest => &self.simulator_tests,
        }
    }
}

/// Who does something with a route, as `file::function`.
type Found = BTreeMap<Route, BTreeSet<String>>;

fn label(source: &Source, function: &str) -> String {
    format!("{}::{function}", source.name)
}

/// Routes that the public functions of `Client` ask for.
fn client_functions(sources: &[Source]) -> Found {
    let mut found = Found::new();
    for source in sources {
        for function in source.functions.iter().filter(|function| function.is_public) {
            let before = &source.code[..function.body.start];
            if before.rfind("\nimpl").is_some_and(|at| before[at..].starts_with("\nimpl Client {")) {
                for route in calls::requested(source, function) {
                    found.entry(route).or_default().insert(label(source, &function.name));
                }
            }
        }
    }
    found
}

/// Routes that the simulator serves, from `.route("PATH", get(x).post(y))`.
fn handlers(sources: &[Source]) -> Found {
    let mut found = Found::new();
    for source in sources {
        for at in source.code.match_indices(".route(").map(|(at, _)| at + ".route(".len()) {
            let mut depth = 1;
            let end = source.code[at..].find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            let range = at..at + end.unwrap();
            let code = &source.code[range.clone()];
            let path = source.literals(&range).next();
            let (_, path) = path.unwrap_or_else(|| panic!("{}: a route that cannot be read: {code}", source.name));
            for method in ["get", "post", "put", "patch", "delete"] {
                for at in words(code, method).filter(|at| code[at + method.len()..].starts_with('(')) {
                    let handler = code[at + method.len() + 1..].split(')').next().unwrap().trim_start_matches("crate::");
                    let handler = match handler.rsplit_once("::") {
                        Some((module, name)) => {
                            let file = sources.iter().find(|file| file.name.ends_with(&format!("{module}.rs")));
                            label(file.unwrap(), name)
                        }
                        None => label(source, handler),
                    };
                    let route = Route { method: method.to_uppercase(), path: path.to_owned() };
                    found.entry(route).or_default().insert(handler);
                }
            }
        }
    }
    found
}

/// The same route, whatever its parameters are called. A GET route answers HEAD.
fn same(listed: &Route, found: &Route) -> bool {
    let bare = |path: &str| -> Vec<String> {
        segments(path).map(|s| if s.starts_with('{') { "{}".to_owned() } else { s.to_owned() }).collect()
    };
    (listed.method == found.method || (listed.method == "HEAD" && found.method == "GET"))
        && bare(&listed.path) == bare(&found.path)
}

/// Tests of the simulator by the endpoints that they ask for.
fn simulator_tests(sources: &[Source], listed: &[Route]) -> Found {
    let mut found = Found::new();
    for source in sources {
        for function in source.functions.iter().filter(|function| function.is_test) {
            for asked in calls::sent(source, function) {
                for route in calls::endpoints_of(&asked, listed) {
                    found.entry(route.clone()).or_default().insert(label(source, &function.name));
                }
            }
        }
    }
    found
}

/// Tests of the client by the functions of `Client` that they call, directly or through a helper.
fn client_tests(sources: &[Source], functions: &BTreeSet<String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::<String, BTreeSet<String>>::new();
    for source in sources {
        for test in source.functions.iter().filter(|function| function.is_test) {
            let bodies = calls::reached(source, test);
            for function in functions {
                let method = format!(".{}(", function.rsplit("::").next().unwrap());
                if bodies.iter().any(|body| source.code[body.clone()].contains(&method)) {
                    found.entry(function.clone()).or_default().insert(label(source, &test.name));
                }
            }
        }
    }
    found
}

/// One line of the table.
struct Line {
    endpoint: Endpoint,
    cells: BTreeMap<Side, BTreeSet<String>>,
}

fn lines(sources: &Sources) -> (Vec<Line>, Vec<String>) {
    let mut wrong = Vec::new();
    let mut by_hand = BTreeMap::<(String, Side), BTreeSet<String>>::new();
    for (route, side, at) in BY_HAND {
        let (file, name) = at.split_once("::").unwrap();
        let source = sources.of(*side).iter().find(|source| source.name == file);
        if source.and_then(|source| source.function(name)).is_none() {
            wrong.push(format!("{route}: {at} in BY_HAND does not exist"));
        }
        by_hand.entry(((*route).to_owned(), *side)).or_default().insert((*at).to_owned());
    }
    let endpoints = endpoints();
    let listed: Vec<Route> = endpoints.iter().map(|endpoint| endpoint.route.clone()).collect();
    let served = handlers(&sources.simulator);
    let asked = client_functions(&sources.client);
    let extras: Vec<Route> = besides().into_iter().map(|(route, _)| route).collect();
    let is_known = |route: &Route, lists: &[&[Route]]| {
        lists.iter().any(|list| list.iter().any(|known| same(known, route) || calls::stands_for(route, known)))
    };
    for (route, by) in &asked {
        if !is_known(route, &[&listed]) {
            wrong.push(format!("{route}: the client asks for it in {by:?}, the contract's list has no such row"));
        }
    }
    for (route, by) in &served {
        if !route.path.starts_with("/control") && !is_known(route, &[&listed, &extras]) {
            wrong.push(format!("{route}: the simulator serves it in {by:?}, no list has it"));
        }
    }
    for (route, _) in besides() {
        if !served.keys().any(|found| same(&route, found)) {
            wrong.push(format!("{route}: is listed as served besides, the simulator has no such route"));
        }
    }
    let tested = simulator_tests(&sources.simulator_tests, &listed);
    let functions: BTreeSet<String> = asked.values().flatten().cloned().chain(
        BY_HAND.iter().filter(|(_, side, _)| *side == Side::Client).map(|(_, _, at)| (*at).to_owned())).collect();
    let client_tested = client_tests(&sources.client_tests, &functions);
    let mut lines = Vec::new();
    for endpoint in endpoints {
        let key = endpoint.route.to_string();
        let given = |side| by_hand.get(&(key.clone(), side)).cloned().unwrap_or_default();
        let of = |found: &Found| -> BTreeSet<String> {
            found.iter().filter(|(route, _)| same(&endpoint.route, route)).flat_map(|(_, by)| by.clone()).collect()
        };
        let client: BTreeSet<String> = &of(&asked) | &given(Side::Client);
        let tests = client.iter().filter_map(|function| client_tested.get(function)).flatten().cloned().collect();
        let cells: BTreeMap<Side, BTreeSet<String>> = [
            (Side::ClientTest, &tests | &given(Side::ClientTest)),
            (Side::Client, client),
            (Side::Handler, &of(&served) | &given(Side::Handler)),
            (Side::SimulatorTest, &of(&tested) | &given(Side::SimulatorTest)),
        ]
        .into();
        for (side, found) in cells.iter().filter(|(_, found)| found.is_empty()) {
            let _ = found;
            wrong.push(format!("{key} (row {}): no {}", endpoint.row, side.title()));
        }
        lines.push(Line { endpoint, cells });
    }
    (lines, wrong)
}

/// Tests named after a trap, by number and crate.
fn traps(sources: &Sources) -> (BTreeMap<usize, [BTreeSet<String>; 2]>, Vec<String>) {
    let mut found: BTreeMap<usize, [BTreeSet<String>; 2]> =
        (1..=endpoints::TRAPS.len()).map(|number| (number, Default::default())).collect();
    let mut wrong = Vec::new();
    let sides = [(&sources.client, 0), (&sources.client_tests, 0), (&sources.simulator, 1), (&sources.simulator_tests, 1)];
    for (files, side) in sides {
        for source in files.iter() {
            for test in source.functions.iter().filter(|function| function.is_test) {
                let Some(rest) = test.name.strip_prefix("trap_") else { continue };
                let number = rest.split('_').next().filter(|digits| digits.len() == 2).and_then(|n| n.parse().ok());
                match number.and_then(|number: usize| found.get_mut(&number)) {
                    Some(sides) => _ = sides[side].insert(label(source, &test.name)),
                    None => wrong.push(format!("{} in {}: no such trap", test.name, source.name)),
                }
            }
        }
    }
    for (number, sides) in &found {
        if sides.iter().all(BTreeSet::is_empty) {
            wrong.push(format!("trap {number} has no test"));
        }
    }
    (found, wrong)
}

/// The first few names of a cell, one under the other.
fn cell(names: &BTreeSet<String>) -> String {
    let mut cell = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join("<br>");
    if names.len() > NAMED {
        cell.push_str("<br>…");
    }
    cell
}

fn document(sources: &Sources, lines: &[Line]) -> String {
    let mut text = String::new();
    let out = &mut text;
    let _ = writeln!(out, "# Partner Center: what is covered\n");
    let _ = writeln!(out, "Made from the sources by `crates/levante/tests/it/coverage.rs`; a test fails when it is stale.");
    let _ = writeln!(out, "Renew it with `{RENEW}`. A cell names up to {NAMED} tests.\n");
    let _ = writeln!(out, "Files of the client are below `crates/partner-center/src`, those of the simulator below");
    let _ = writeln!(out, "`crates/partner-center-simulator/src`, their tests below `tests/it` of each. Rows are those of section 6");
    let _ = writeln!(out, "of the contract, others name their section. Auth: B either token, U only a user's, U+ with a delegated");
    let _ = writeln!(out, "role besides, AU either on Graph, - none.\n");
    let _ = writeln!(out, "## Endpoints\n");
    let _ = writeln!(out, "| Row | Method and path | Auth | Client | Simulator | Tests of the client | Tests of the simulator |");
    let _ = writeln!(out, "|---|---|---|---|---|---|---|");
    for Line { endpoint: Endpoint { row, auth, route }, cells } in lines {
        let client = cells[&Side::Client].iter().map(|at| {
            let (file, name) = at.split_once("::").unwrap();
            format!("`Client::{name}` ({file})")
        });
        let client = client.collect::<Vec<_>>().join("<br>");
        let [handler, by_client, by_simulator] =
            [Side::Handler, Side::ClientTest, Side::SimulatorTest].map(|side| cell(&cells[&side]));
        let _ = writeln!(out, "| {row} | `{route}` | {auth} | {client} | {handler} | {by_client} | {by_simulator} |");
    }
    let _ = writeln!(out, "\n## Served besides\n");
    let _ = writeln!(out, "| Method and path | What | Simulator |\n|---|---|---|");
    let served = handlers(&sources.simulator);
    for (route, why) in besides() {
        let by: BTreeSet<String> =
            served.iter().filter(|(found, _)| same(&route, found)).flat_map(|(_, by)| by.clone()).collect();
        let _ = writeln!(out, "| `{route}` | {why} | {} |", cell(&by));
    }
    let _ = writeln!(out, "\n## Traps\n");
    let _ = writeln!(out, "| Trap | What it is | The client copes | The simulator shows it |\n|---|---|---|---|");
    for ((number, [client, simulator]), meaning) in traps(sources).0.iter().zip(endpoints::TRAPS) {
        let _ = writeln!(out, "| {number} | {meaning} | {} | {} |", cell(client), cell(simulator));
    }
    text
}

#[test]
fn coverage_has_no_gap() {
    let (_, wrong) = lines(&Sources::read());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn coverage_of_the_traps_has_no_gap() {
    let (_, wrong) = traps(&Sources::read());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn coverage_is_written_down() {
    let sources = Sources::read();
    let text = document(&sources, &lines(&sources).0);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/partner-center-coverage.md");
    if std::env::var_os("LEVANTE_WRITE").is_some() {
        fs::write(&file, &text).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == text, "docs/partner-center-coverage.md is stale; renew it with\n    {RENEW}");
}
