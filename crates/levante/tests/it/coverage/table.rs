//! The table, gathered: who asks for, serves and tests each endpoint and each trap, and what is wrong.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::{self, Route, segments};
use super::endpoints::{BESIDES, ENDPOINTS, TRAPS};
use super::source::{self, Source, words};

/// What reading cannot see, by hand: method and path, side, file and function. Each must exist.
const BY_HAND: &[(&str, Side, &str)] = &[
    // The file's name holds arguments.
    ("GET /v1.0/sales/pricesheets(…)/$value", Side::Client, "prices.rs::price_sheet"),
    ("GET /v1.0/sales/fxrates(…)/$value", Side::Client, "prices.rs::fx_rates"),
    ("GET /v1.0/sales/offermatrix(…)/$value", Side::Client, "prices.rs::offer_matrix"),
    ("GET /v1.0/sales/pricesheets(…)/$value", Side::Handler, "price_sheets.rs::file"),
    ("GET /v1.0/sales/fxrates(…)/$value", Side::Handler, "price_sheets.rs::file"),
    ("GET /v1.0/sales/offermatrix(…)/$value", Side::Handler, "price_sheets.rs::file"),
    ("GET /v1.0/sales/offermatrix(…)/$value", Side::SimulatorTest, "price_sheets.rs::rates_and_matrix"),
    // The end of the path is an argument of a helper.
    (BILLED, Side::SimulatorTest, EXPORTED),
    (UNBILLED, Side::SimulatorTest, EXPORTED),
    (BILLED_USAGE, Side::SimulatorTest, EXPORTED),
    (UNBILLED_USAGE, Side::SimulatorTest, EXPORTED),
    // Every call needs a token; the code of a consent is redeemed by name.
    ("POST /{tenant}/oauth2/token", Side::Client, "consent.rs::redeem_code"),
    ("POST /{tenant}/oauth2/token", Side::ClientTest, "tokens.rs::both_endpoints_are_asked_in_their_own_words"),
    ("POST /{tenant}/oauth2/v2.0/token", Side::Client, "consent.rs::redeem_code"),
    ("POST /{tenant}/oauth2/v2.0/token", Side::ClientTest, "tokens.rs::both_endpoints_are_asked_in_their_own_words"),
];
const BILLED: &str = "POST /v1.0/reports/partners/billing/reconciliation/billed/export";
const UNBILLED: &str = "POST /v1.0/reports/partners/billing/reconciliation/unbilled/export";
const BILLED_USAGE: &str = "POST /v1.0/reports/partners/billing/usage/billed/export";
const UNBILLED_USAGE: &str = "POST /v1.0/reports/partners/billing/usage/unbilled/export";
const EXPORTED: &str = "invoices.rs::an_export_holds_the_lines_of_the_old_path";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Client,
    Handler,
    ClientTest,
    SimulatorTest,
}

impl Side {
    pub fn title(self) -> &'static str {
        match self {
            Self::Client => "client function",
            Self::Handler => "simulator handler",
            Self::ClientTest => "test of the client",
            Self::SimulatorTest => "test of the simulator",
        }
    }
}

pub struct Endpoint {
    pub row: String,
    pub auth: String,
    pub route: Route,
}

/// The reference list, parsed.
fn endpoints() -> Vec<Endpoint> {
    let lines = ENDPOINTS.lines().filter(|line| !line.is_empty());
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

pub fn besides() -> Vec<(Route, &'static str)> {
    let lines = BESIDES.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (method, rest) = line.split_once(' ').unwrap();
            let (path, why) = rest.trim_start().split_once(' ').unwrap();
            (Route { method: method.to_owned(), path: path.to_owned() }, why.trim())
        })
        .collect()
}

pub struct Sources {
    client: Vec<Source>,
    client_tests: Vec<Source>,
    simulator: Vec<Source>,
    simulator_tests: Vec<Source>,
}

impl Sources {
    pub fn read() -> Self {
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
                    let handler =
                        code[at + method.len() + 1..].split(')').next().unwrap().trim_start_matches("crate::");
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

/// Tests of the client that call a function of `Client`, directly or through a helper of their
/// file, and where the function has several paths, that show this one.
fn client_tests(sources: &[Source], function: &str, path: Option<&str>) -> BTreeSet<String> {
    let method = format!(".{}(", function.rsplit("::").next().unwrap());
    let mut found = BTreeSet::new();
    for source in sources {
        for test in source.functions.iter().filter(|function| function.is_test) {
            let bodies = calls::reached(source, test);
            let is_called = bodies.iter().any(|body| source.code[body.clone()].contains(&method));
            if is_called && path.is_none_or(|path| calls::shows(source, &bodies, path)) {
                found.insert(label(source, &test.name));
            }
        }
    }
    found
}

/// One line of the table.
pub struct Line {
    pub endpoint: Endpoint,
    pub cells: BTreeMap<Side, BTreeSet<String>>,
}

/// Everything that is wrong with what was found, one sentence each.
pub type Wrong = Vec<String>;

pub fn lines(sources: &Sources) -> (Vec<Line>, Wrong) {
    let endpoints = endpoints();
    let listed: Vec<Route> = endpoints.iter().map(|endpoint| endpoint.route.clone()).collect();
    let mut found = [
        (Side::Client, client_functions(&sources.client)),
        (Side::Handler, handlers(&sources.simulator)),
        (Side::SimulatorTest, simulator_tests(&sources.simulator_tests, &listed)),
    ];
    let mut wrong = unknown(&listed, &found[0].1, &found[1].1);
    for (route, side, at) in BY_HAND {
        let (file, name) = at.split_once("::").unwrap();
        let source = sources.of(*side).iter().find(|source| source.name == file);
        if source.and_then(|source| source.function(name)).is_none() || !listed.iter().any(|l| l.to_string() == *route)
        {
            wrong.push(format!("{route}: {at} in BY_HAND does not exist"));
        }
        let (method, path) = route.split_once(' ').unwrap();
        let route = Route { method: method.to_owned(), path: path.to_owned() };
        if let Some((_, found)) = found.iter_mut().find(|(known, _)| known == side) {
            found.entry(route).or_default().insert((*at).to_owned());
        }
    }
    let paths_of = |function: &String| found[0].1.values().filter(|by| by.contains(function)).count();
    let mut lines = Vec::new();
    for endpoint in endpoints {
        let of = |found: &Found| -> BTreeSet<String> {
            found.iter().filter(|(route, _)| same(&endpoint.route, route)).flat_map(|(_, by)| by.clone()).collect()
        };
        let mut cells: BTreeMap<Side, BTreeSet<String>> =
            found.iter().map(|(side, found)| (*side, of(found))).collect();
        let mut tests: BTreeSet<String> = cells[&Side::Client]
            .iter()
            .flat_map(|function| {
                let path = (paths_of(function) > 1).then_some(endpoint.route.path.as_str());
                client_tests(&sources.client_tests, function, path)
            })
            .collect();
        let key = endpoint.route.to_string();
        let by_hand = BY_HAND.iter().filter(|(route, side, _)| *route == key && *side == Side::ClientTest);
        tests.extend(by_hand.map(|(_, _, at)| (*at).to_owned()));
        cells.insert(Side::ClientTest, tests);
        for (side, _) in cells.iter().filter(|(_, found)| found.is_empty()) {
            wrong.push(format!("{key} (row {}): no {}", endpoint.row, side.title()));
        }
        lines.push(Line { endpoint, cells });
    }
    (lines, wrong)
}

/// What is asked for or served and stands in no list, and what is listed as served besides and is not.
fn unknown(listed: &[Route], asked: &Found, served: &Found) -> Wrong {
    let extras: Vec<Route> = besides().into_iter().map(|(route, _)| route).collect();
    let is_in =
        |list: &[Route], route: &Route| list.iter().any(|known| same(known, route) || calls::stands_for(route, known));
    let mut wrong = Wrong::new();
    for (route, by) in asked.iter().filter(|(route, _)| !is_in(listed, route)) {
        wrong.push(format!("{route}: {by:?} of the client asks for it, it stands in no row"));
    }
    let api = served.iter().filter(|(route, _)| !route.path.starts_with("/control"));
    for (route, by) in api.filter(|(route, _)| !is_in(listed, route) && !is_in(&extras, route)) {
        wrong.push(format!("{route}: {by:?} of the simulator serves it, it stands in no list"));
    }
    for route in extras.iter().filter(|route| !served.keys().any(|found| same(route, found))) {
        wrong.push(format!("{route}: the simulator should serve it besides and has no such route"));
    }
    wrong
}

/// Who serves what the simulator serves besides: route, why, handlers.
pub fn served_besides(sources: &Sources) -> Vec<(Route, &'static str, BTreeSet<String>)> {
    let served = handlers(&sources.simulator);
    let by =
        |route: &Route| served.iter().filter(|(found, _)| same(route, found)).flat_map(|(_, by)| by.clone()).collect();
    besides().into_iter().map(|(route, why)| (route.clone(), why, by(&route))).collect()
}

/// The tests named after one trap.
#[derive(Default)]
pub struct Trap {
    pub client: BTreeSet<String>,
    pub simulator: BTreeSet<String>,
}

/// Tests named after traps, in the order of the traps.
pub fn traps(sources: &Sources) -> (Vec<Trap>, Wrong) {
    let mut traps: Vec<Trap> = TRAPS.iter().map(|_| Trap::default()).collect();
    let mut wrong = Wrong::new();
    let files = |side: Side| sources.of(side).iter().map(move |source| (side, source));
    let files = [Side::Client, Side::ClientTest, Side::Handler, Side::SimulatorTest].into_iter().flat_map(files);
    for (side, source) in files {
        for test in source.functions.iter().filter(|function| function.is_test) {
            let Some(rest) = test.name.strip_prefix("trap_") else { continue };
            let number =
                rest.split('_').next().filter(|digits| digits.len() == 2).and_then(|n| n.parse::<usize>().ok());
            let Some(trap) = number.and_then(|number| traps.get_mut(number.checked_sub(1)?)) else {
                wrong.push(format!("{}: there is no such trap", label(source, &test.name)));
                continue;
            };
            let by =
                if matches!(side, Side::Client | Side::ClientTest) { &mut trap.client } else { &mut trap.simulator };
            by.insert(label(source, &test.name));
        }
    }
    for (number, trap) in (1..).zip(&traps) {
        if trap.client.is_empty() && trap.simulator.is_empty() {
            wrong.push(format!("trap {number}: no test is named after it"));
        }
    }
    (traps, wrong)
}
