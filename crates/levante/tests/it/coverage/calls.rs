//! What code asks of a server, as far as its text tells: the client's functions by the literals of
//! their requests, the simulator's tests by the paths and methods that stand in one statement.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    ops::Range,
};

use super::source::{Function, Source, identifier, words};

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub method: String,
    pub path: String,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

pub fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The bodies of a function and of all functions of its file that it calls and that are not public.
pub fn reached(source: &Source, function: &Function) -> Vec<Range<usize>> {
    let mut bodies = vec![function.body.clone()];
    let mut next = 0;
    while let Some(body) = bodies.get(next).cloned() {
        for called in source.called(&body).filter(|called| !called.is_public) {
            if !bodies.contains(&called.body) {
                bodies.push(called.body.clone());
            }
        }
        next += 1;
    }
    bodies
}

/// The routes of `Request::get("…")` and `Request::new(Method::X, "…")` in a function of the client.
/// A path that stands elsewhere goes with the methods that the function names, GET if none.
pub fn requested(source: &Source, function: &Function) -> BTreeSet<Route> {
    let bodies = reached(source, function);
    let all: Vec<&str> = bodies.iter().map(|body| &source.code[body.clone()]).collect();
    if !all.iter().any(|code| code.contains("Request::")) {
        return BTreeSet::new();
    }
    let mut named: Vec<&str> = all.iter().flat_map(|code| methods_named(code)).collect();
    if named.is_empty() {
        named.push("GET");
    }
    let mut routes = BTreeSet::new();
    for body in &bodies {
        let literals = source.literals(body).map(|(at, text)| (at - 1, text));
        let constants = constants(source, body.clone()).map(|(_, at, text)| (at, text));
        for (at, path) in literals.chain(constants).filter(|(_, text)| text.starts_with('/')) {
            let before = source.code[body.start..at].trim_end();
            let methods = if before.ends_with("Request::get(") {
                vec!["GET"]
            } else {
                let given = before.strip_suffix(',').and_then(|rest| rest.rsplit_once("Request::new(Method::"));
                given.filter(|(_, method)| METHODS.contains(method)).map_or(named.clone(), |(_, method)| vec![method])
            };
            let prefix = match segments(path).next() {
                Some("analytics") => "/partner/v1",
                Some("registration") => "/webhooks/v1",
                _ => "",
            };
            routes.extend(methods.iter().map(|m| Route { method: (*m).to_owned(), path: format!("{prefix}{path}") }));
        }
    }
    routes
}

/// Constants of the file that a body names: the name, where, and the text.
fn constants(source: &Source, body: Range<usize>) -> impl Iterator<Item = (&str, usize, &str)> {
    let whole = 0..source.code.len();
    source.code.match_indices("const ").flat_map(move |(at, word)| {
        let name = identifier(&source.code[at + word.len()..]);
        let end = source.code[at..].find(';').map_or(at, |end| at + end);
        let text = source.literals(&whole).find(|(found, _)| (at..end).contains(found)).map(|(_, text)| text);
        let code = &source.code[body.clone()];
        let uses = words(code, name).map(|found| body.start + found).collect::<Vec<_>>();
        text.map(|text| uses.into_iter().map(move |found| (name, found, text))).into_iter().flatten()
    })
}

fn methods_named(code: &str) -> impl Iterator<Item = &'static str> {
    let names: Vec<&str> =
        code.match_indices("Method::").map(|(at, word)| identifier(&code[at + word.len()..])).collect();
    METHODS.into_iter().filter(move |method| names.contains(method))
}

/// What a name of a test stands for.
#[derive(Clone, Default)]
struct Meaning {
    paths: BTreeSet<String>,
    methods: BTreeSet<&'static str>,
}

/// What a test sends, in its own statements and in those of the functions of its file that it
/// calls. A path that begins with something unknown begins with `*`.
pub fn sent(source: &Source, test: &Function) -> BTreeSet<Route> {
    reached(source, test).iter().flat_map(|body| Statements::new(source, body, true).routes).collect()
}

struct Statements<'a> {
    source: &'a Source,
    /// Whether what called functions return is looked up, which is not done for those themselves.
    is_outer: bool,
    names: BTreeMap<&'a str, Meaning>,
    routes: BTreeSet<Route>,
    /// Of the last statement: what a function returns.
    last: Meaning,
}

impl<'a> Statements<'a> {
    fn new(source: &'a Source, body: &Range<usize>, is_outer: bool) -> Self {
        let whole = 0..source.code.len();
        let names = constants(source, whole).map(|(name, _, path)| {
            (name, Meaning { paths: BTreeSet::from([path.to_owned()]), methods: BTreeSet::new() })
        });
        let names = names.filter(|(_, meaning)| meaning.paths.iter().all(|path| path.starts_with('/'))).collect();
        let mut statements = Self { source, is_outer, names, routes: BTreeSet::new(), last: Meaning::default() };
        let mut from = body.start;
        for (at, _) in source.code[body.clone()].match_indices([';', '{', '}']) {
            statements.take(from..body.start + at);
            from = body.start + at + 1;
        }
        statements.take(from..body.end);
        statements
    }

    fn take(&mut self, range: Range<usize>) {
        let source = self.source;
        let code = &source.code[range.clone()];
        if code.trim().is_empty() {
            return;
        }
        let is_waiting = code.contains(".await");
        let mut found = self.meaning(&range, code);
        for called in source.called(&range) {
            let inside = reached(source, called);
            found.methods.extend(inside.iter().flat_map(|body| methods(&source.code[body.clone()])));
            if self.is_outer {
                found.paths.extend(Statements::new(source, &called.body, false).last.paths);
            }
        }
        let routes = found.methods.iter().flat_map(|method| {
            found.paths.iter().map(|path| Route { method: (*method).to_owned(), path: path.clone() })
        });
        self.routes.extend(routes);
        if code.contains(".bought(") || code.contains(".bought_as(") {
            found.paths.insert("/v1/customers/{}/subscriptions/{}".to_owned());
        } else if is_waiting && code.contains("world.") {
            // What came back is no path.
            found = Meaning::default();
        }
        let pattern = match code.trim_start() {
            text if text.starts_with("let ") => text.split('=').next(),
            text if text.starts_with("for ") => text.split(" in ").next(),
            _ => None,
        };
        let pattern = pattern.unwrap_or_default();
        for name in pattern.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty()) {
            let known = self.names.entry(name).or_default();
            known.paths.extend(found.paths.clone());
            known.methods.extend(found.methods.clone());
        }
        self.last = found;
    }

    /// Paths and methods that stand in a statement, in the names that it uses too.
    fn meaning(&self, range: &Range<usize>, code: &str) -> Meaning {
        let mut found = Meaning { paths: BTreeSet::new(), methods: methods(code) };
        for (name, meaning) in &self.names {
            if words(code, name).next().is_some() {
                found.paths.extend(meaning.paths.clone());
                found.methods.extend(meaning.methods.clone());
            }
        }
        for (_, text) in self.source.literals(range) {
            let path = text.split('?').next().unwrap_or_default();
            if path.contains(char::is_whitespace) {
                continue;
            }
            if path.starts_with('/') {
                found.paths.insert(path.to_owned());
            } else if let Some((name, rest)) = path.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                match self.names.get(name).filter(|meaning| !meaning.paths.is_empty()) {
                    Some(meaning) => found.paths.extend(meaning.paths.iter().map(|start| format!("{start}{rest}"))),
                    None if rest.starts_with('/') => _ = found.paths.insert(format!("*{rest}")),
                    None => {}
                }
            }
        }
        found
    }
}

fn methods(code: &str) -> BTreeSet<&'static str> {
    let verbs = METHODS.into_iter().filter(|method| code.contains(&format!(".{}(", method.to_lowercase())));
    verbs.chain(methods_named(code)).collect()
}

/// Whether a test shows the path of an endpoint, alone or behind a method and before a query.
pub fn shows(source: &Source, bodies: &[Range<usize>], listed: &str) -> bool {
    bodies.iter().flat_map(|body| source.literals(body)).any(|(_, text)| {
        let words = text.split([' ', '?']).map(|word| word.replace('{', "*{"));
        words.filter(|word| word.starts_with(['/', '*'])).any(|word| fit(listed, &word).is_some())
    })
}

/// Whether a route with parameters can mean a path: `{x}` is one segment, `{*x}` the rest.
pub fn stands_for(route: &Route, path: &Route) -> bool {
    let (mut left, mut right) = (segments(&route.path), segments(&path.path));
    loop {
        match (left.next(), right.next()) {
            (None, None) => return route.method == path.method,
            (Some(rest), Some(_)) if rest.starts_with("{*") => return route.method == path.method,
            (Some(a), Some(b)) if a == b || (a.starts_with('{') && !b.starts_with('{')) => {}
            _ => return false,
        }
    }
}

/// The listed endpoints that a sent request asks for: those with most segments that are no
/// parameter, so that `/v1/customers/relationshiprequests` is no customer.
pub fn endpoints_of<'a>(sent: &Route, listed: &'a [Route]) -> Vec<&'a Route> {
    let ranks = listed.iter().filter(|route| route.method == sent.method);
    let ranks: Vec<(usize, &Route)> = ranks.filter_map(|route| Some((fit(&route.path, &sent.path)?, route))).collect();
    let best = ranks.iter().map(|(rank, _)| *rank).max();
    ranks.into_iter().filter(|(rank, _)| Some(*rank) == best).map(|(_, route)| route).collect()
}

/// How many segments besides the parameters agree, when all do.
fn fit(listed: &str, sent: &str) -> Option<usize> {
    let listed: Vec<&str> = segments(listed).collect();
    let mut sent: Vec<&str> = segments(sent).collect();
    let mut skipped = 0;
    if sent.first() == Some(&"*") {
        sent.remove(0);
        skipped = listed.len().checked_sub(sent.len())?;
    }
    if listed.len() != sent.len() + skipped {
        return None;
    }
    let mut rank = 0;
    for (listed, sent) in listed[skipped..].iter().zip(sent) {
        let is_same = match listed.split_once('(') {
            Some((name, _)) => sent.split('(').next() == Some(name),
            None => *listed == sent,
        };
        if is_same {
            rank += 1;
        } else if !listed.starts_with('{') {
            return None;
        }
    }
    (rank > 0).then_some(rank)
}
