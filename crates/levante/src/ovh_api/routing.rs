//! From a request to its handler: the table of routes, the order of checks, the body's
//! limit and repeated writes.
//!
//! A [`Route`] is everything that is known of one operation. Routing, the check of what arrives
//! (`declared.rs`), batches, paging and all documents (`schema/`) are derived from it.

use super::{
    Door,
    answer::{Answer, Outcome, Reply},
    batch,
    body::{self, Fields},
    caller::{Arrived, Caller},
    declared,
    limits::Payer,
    pages,
    problem::Refusal,
    schema::{
        Body, Field, Kind, Model, Stage,
        documents::{self, Document},
    },
};
use crate::{
    clock::random,
    operations::{Accepted, Actor, Once, keys::SigningApplication},
};
use axum::{
    body::{Body as Arriving, HttpBody},
    extract::{ConnectInfo, Query, Request},
    http::{Version, header, request::Parts},
};
use futures::{StreamExt, future::BoxFuture};
use licensing::{
    id::{AccountId, ServiceName},
    invalid::Rule,
    right::{Resource, Subject},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// Largest body, in bytes.
pub(crate) const LARGEST_BODY: usize = 256 * 1024;
/// So much of a larger one is read and thrown away, in bytes, so that its sender gets to read the refusal.
const READ_ON: usize = 1024 * 1024;
/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(30);

/// Whether a route wants a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Signature headers are ignored; an application key that is sent must exist.
    Open,
    /// Names an application by its key, and is not signed.
    Application,
    /// May be signed: then it is checked and the handler knows the caller.
    Either,
    /// Must be signed.
    Signed,
}

/// How a repeated write with the same `Idempotency-Key` is kept from happening twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// The answer is kept after the write and given again. Between the two a crash loses it, which
    /// only writes may risk that buy nothing.
    Kept,
    /// The verb keeps it in its own commit.
    InCommit,
    /// The answer holds a secret and is not kept: a repetition is refused. The key is taken before the write; a crash
    /// between the two lets it stay taken.
    Secret,
    /// Reads, and writes that leave the same state however often they run.
    Natural,
}

/// Where the routes of the second branch begin.
pub(crate) const SECOND_BRANCH: &str = "/v2";
/// Most elements of a piece of a list, and how many there are where the caller does not say.
const MOST_IN_PIECE: u32 = 1000;

/// Which piece of a list is wanted (`X-Pagination-Cursor`, `X-Pagination-Size`).
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// After which key; empty: from the start.
    pub(crate) after: String,
    /// How many at most.
    pub(crate) most: u32,
}

impl Piece {
    /// The piece that a call asks for.
    ///
    /// 400 naming the header: a size that is none or too large, a cursor that we did not give.
    fn wanted(arrived: &Arrived<'_>) -> Result<Piece, Refusal> {
        let most = pages::whole(arrived, pages::SIZE, MOST_IN_PIECE, MOST_IN_PIECE)?;
        let name = "X-Pagination-Cursor";
        let Some(cursor) = arrived.sent(name) else { return Ok(Piece { after: String::new(), most }) };
        match hex::decode(cursor).ok().filter(|bytes| !bytes.is_empty()) {
            // One that we did not give stands somewhere between two keys.
            Some(bytes) => Ok(Piece { after: storable(String::from_utf8_lossy(&bytes).into_owned()), most }),
            None => {
                let expected = "the cursor of the answer before".to_owned();
                Err(Refusal::invalid(name, cursor, Rule::WrongType { expected }))
            }
        }
    }

    /// The header that leads to the elements after a key.
    pub(crate) fn cursor(key: &str) -> String {
        hex::encode(key)
    }
}

type Handler = fn(Call) -> BoxFuture<'static, Outcome>;

/// A stretch of a list in the order of its ids.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice {
    /// How many come before it.
    pub(crate) skip: u64,
    /// How many it has at most.
    pub(crate) most: u32,
    /// From the last one backwards.
    pub(crate) descending: bool,
}

/// What the objects of a list are read with.
pub(crate) type Reading<T> = BoxFuture<'static, Result<T, Refusal>>;

/// Reads a slice of a list, and says how long the whole list is.
pub(crate) type SliceReader = fn(Call, Slice) -> Reading<(u64, Vec<Value>)>;

/// How the objects behind a list of ids are read for a page (contracts/ovh-api.md §1.4): each as the item
/// route, whose template is the list's and one more value, would answer it.
#[derive(Clone, Copy)]
pub(crate) enum Objects {
    /// All of a list that stays short.
    All(fn(Call) -> Reading<Vec<Value>>),
    /// A slice of a list of any length.
    Slices(SliceReader),
}

/// One operation of the API.
#[derive(Clone, Copy)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// The path below the branch; a value stands in braces and is declared in [`super::schema::PATH_VALUES`].
    pub(crate) template: &'static str,
    /// One sentence for people, without its full stop.
    pub(crate) summary: &'static str,
    /// What it answers.
    pub(crate) answer: Kind,
    pub(crate) access: Access,
    pub(crate) query: &'static [Field],
    pub(crate) body: Body,
    pub(crate) stage: Stage,
    repeat: Repeat,
    pub(crate) objects: Option<Objects>,
    /// A list of the second branch, given in pieces.
    pub(crate) cursor: bool,
    /// Gives or takes back rights: only for those who have all of them.
    pub(crate) gives_rights: bool,
    /// Refused with 501 where everything else is right: what OVHcloud has and we do not, yet.
    pub(crate) not_built: bool,
    action: Option<&'static str>,
    handler: Handler,
}

impl Route {
    const fn new(
        method: &'static str,
        template: &'static str,
        summary: &'static str,
        answer: Kind,
        handler: Handler,
    ) -> Route {
        let (access, stage, repeat) = (Access::Signed, Stage::Production, Repeat::Kept);
        let (query, body, objects, cursor, action) = (&[], Body::None, None, false, None);
        let (gives_rights, not_built) = (false, false);
        Route {
            method,
            template,
            summary,
            answer,
            access,
            query,
            body,
            stage,
            repeat,
            objects,
            cursor,
            gives_rights,
            not_built,
            action,
            handler,
        }
    }
    /// A read.
    pub(crate) const fn get(template: &'static str, summary: &'static str, answer: Kind, handler: Handler) -> Route {
        Route::new("GET", template, summary, answer, handler).repeat(Repeat::Natural)
    }
    /// A write that makes something.
    pub(crate) const fn post(template: &'static str, summary: &'static str, answer: Kind, handler: Handler) -> Route {
        Route::new("POST", template, summary, answer, handler)
    }
    /// A write that leaves the same state however often it runs.
    pub(crate) const fn put(template: &'static str, summary: &'static str, answer: Kind, handler: Handler) -> Route {
        Route::new("PUT", template, summary, answer, handler)
    }
    /// A removal.
    pub(crate) const fn delete(template: &'static str, summary: &'static str, answer: Kind, handler: Handler) -> Route {
        Route::new("DELETE", template, summary, answer, handler)
    }
    /// The query parameters that it declares.
    pub(crate) const fn query(mut self, fields: &'static [Field]) -> Route {
        self.query = fields;
        self
    }
    /// Its body.
    pub(crate) const fn body(mut self, body: Body) -> Route {
        self.body = body;
        self
    }
    /// Another stage than production. What is deprecated is offered only where the operator switched the
    /// withdrawn operations on.
    pub(crate) const fn stage(mut self, stage: Stage) -> Route {
        self.stage = stage;
        self
    }
    /// Its name in rights, where it is not made from the path.
    pub(crate) const fn action(mut self, name: &'static str) -> Route {
        self.action = Some(name);
        self
    }
    /// A list that is also given as pages of objects.
    pub(crate) const fn objects(mut self, objects: Objects) -> Route {
        self.objects = Some(objects);
        self
    }
    /// A list that is given in pieces (`X-Pagination-Cursor`).
    pub(crate) const fn in_pieces(mut self) -> Route {
        self.cursor = true;
        self
    }
    /// A write that gives somebody rights, or takes a denial back. Nobody gives more than they have, so whoever may
    /// not do everything is refused, also with a right to the action.
    pub(crate) const fn gives_rights(mut self) -> Route {
        self.gives_rights = true;
        self
    }
    /// What is refused with 501 for the time being.
    pub(crate) const fn not_built(mut self) -> Route {
        self.not_built = true;
        self
    }
    /// Another need for signatures.
    pub(crate) const fn access(mut self, access: Access) -> Route {
        self.access = access;
        self
    }
    /// Another way with repetitions.
    pub(crate) const fn repeat(mut self, repeat: Repeat) -> Route {
        self.repeat = repeat;
        self
    }
}

impl Route {
    /// The names of the values in its path, in order.
    pub(crate) fn values(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.template.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// Carries out a call that was checked.
    pub(crate) fn handle(&self, call: Call) -> BoxFuture<'static, Outcome> {
        (self.handler)(call)
    }

    /// Whether it is about the caller's own key or token, which needs no access rule and no right: a client that asked
    /// for a key looks here whether it was validated, whatever rules it asked for.
    fn is_about_the_caller(&self) -> bool {
        self.template.starts_with("/auth/")
    }

    /// Its name in rights (`iamActions`); `None` where nobody has to sign in, and for a caller's own key or token.
    pub(crate) fn action_name(&self) -> Option<String> {
        if let Some(name) = self.action {
            return Some(name.to_owned());
        }
        let verb = match self.method {
            "GET" => "get",
            "POST" => "create",
            "PUT" => "edit",
            _ => "delete",
        };
        let template = self.template.strip_prefix(SECOND_BRANCH).unwrap_or(self.template);
        let parts = template.split('/').filter(|part| !part.is_empty() && !part.starts_with('{'));
        let path: Vec<&str> = parts.chain([verb]).collect();
        let named = matches!(self.access, Access::Signed | Access::Either) && !self.is_about_the_caller();
        named.then(|| format!("account:apiovh:{}", path.join("/")))
    }

    /// What a call is about; a right on one of them is enough.
    pub(crate) fn subjects(&self, values: &[String], region: &str, account: &AccountId) -> Vec<Subject> {
        let value = |name: &str| self.values().position(|n| n == name).and_then(|n| values.get(n));
        // What cannot be a name is judged like a service that does not exist.
        let service = |name: &String| ServiceName::read(name).unwrap_or_else(|| ServiceName::trusted(name));
        if let Some(name) = value("serviceName") {
            return vec![Subject::Service(service(name))];
        }
        match (value("resourceURN"), self.template) {
            (Some(urn), _) => match Resource::read("resourceURN", urn, region, account) {
                Ok(Resource::Service(name)) => vec![Subject::Service(name)],
                _ => vec![Subject::Account],
            },
            (None, "/saas/csp2") => vec![Subject::Services],
            (None, "/v2/iam/resource") => vec![Subject::Account, Subject::Services],
            _ => vec![Subject::Account],
        }
    }
}

/// All routes, split at their slashes.
pub(crate) struct Table {
    routes: Vec<(Vec<&'static str>, &'static Route)>,
}

impl Table {
    /// With or without the operations that OVHcloud withdrew.
    pub(crate) fn new(withdrawn: bool) -> Table {
        let all = [
            super::auth::ROUTES,
            super::me::ROUTES,
            super::keys::ROUTES,
            super::service_accounts::ROUTES,
            super::users::ROUTES,
            super::logs::ROUTES,
            super::iam::ROUTES,
            super::services::ROUTES,
            super::service_infos::ROUTES,
            super::all_services::ROUTES,
            super::service_twin::ROUTES,
            super::subscriptions::ROUTES,
            super::statistics::ROUTES,
            super::orders::ROUTES,
            super::previews::ROUTES,
            super::bills::ROUTES,
            super::older_orders::ROUTES,
            super::carts::ROUTES,
            super::cart_items::ROUTES,
        ];
        let offered = all.into_iter().flatten();
        let offered = offered.filter(|r| withdrawn || !matches!(r.stage, Stage::Deprecated { .. }));
        Table { routes: offered.map(|r| (r.template[1..].split('/').collect(), r)).collect() }
    }

    /// Every route, in the order of the files.
    pub(crate) fn routes(&self) -> impl Iterator<Item = &'static Route> {
        self.routes.iter().map(|(_, route)| *route)
    }

    /// The model of the objects behind a list.
    pub(crate) fn item_model(&self, list: &Route) -> Option<&'static Model> {
        let item = self.routes().find(|r| {
            let rest = r.template.strip_prefix(list.template).and_then(|rest| rest.strip_prefix("/{"));
            r.method == "GET" && rest.is_some_and(|rest| !rest.contains('/'))
        });
        match item.map(|r| r.answer) {
            Some(Kind::Of(model)) => Some(model),
            _ => None,
        }
    }

    /// The route of a call with the values in its path, or the methods that the path has.
    fn find(&self, method: &str, path: &str) -> Result<(&'static Route, Vec<String>), Vec<&'static str>> {
        let parts: Vec<&str> = path.strip_prefix('/').unwrap_or_default().split('/').collect();
        let mut allowed = Vec::new();
        for (template, route) in &self.routes {
            let fits = template.len() == parts.len()
                && template.iter().zip(&parts).all(|(t, p)| if t.starts_with('{') { !p.is_empty() } else { t == p });
            if fits && route.method == method {
                let values = template.iter().zip(&parts).filter(|(t, _)| t.starts_with('{'));
                return Ok((route, values.map(|(_, p)| storable(decoded(p))).collect()));
            }
            if fits {
                allowed.push(route.method);
            }
        }
        Err(allowed)
    }
}

/// A name to look for. PostgreSQL takes no text with a NUL, and nothing has one in its name.
fn storable(name: String) -> String {
    if name.contains('\0') { name.replace('\0', "\u{fffd}") } else { name }
}

/// A piece of a path without its percent signs; one that is no UTF-8 stays as it is and finds nothing.
pub(super) fn decoded(part: &str) -> String {
    String::from_utf8(unescaped(part)).unwrap_or_else(|_| part.to_owned())
}

fn unescaped(part: &str) -> Vec<u8> {
    let bytes = part.as_bytes();
    let (mut plain, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let pair = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let value = pair.and_then(|p| std::str::from_utf8(p).ok()).and_then(|p| u8::from_str_radix(p, 16).ok());
        plain.push(value.unwrap_or(bytes[at]));
        at += if value.is_some() { 3 } else { 1 };
    }
    plain
}

/// A call on its way through its handler.
#[derive(Clone)]
pub(crate) struct Call {
    /// Everything around it.
    pub(crate) door: Arc<Door>,
    /// Who calls; absent on open routes.
    caller: Option<Caller>,
    /// The application of a call to an open route.
    pub(crate) application: Option<Arc<SigningApplication>>,
    values: Vec<String>,
    query: Vec<(String, String)>,
    /// The fields of the body; only declared ones.
    pub(crate) body: Fields,
    /// The caller's `Idempotency-Key` and the hash of method, target and body.
    key: Option<(String, String)>,
    /// The piece of a list that is wanted.
    pub(crate) piece: Piece,
}

impl Call {
    /// Who calls, where a signature is needed.
    pub(crate) fn caller(&self) -> Result<&Caller, Refusal> {
        self.caller.as_ref().ok_or_else(Refusal::not_signed_in)
    }

    /// Who calls, where it may be anybody.
    pub(crate) fn maybe_caller(&self) -> Option<&Caller> {
        self.caller.as_ref()
    }

    /// Who acts.
    pub(crate) fn actor(&self) -> Result<Actor, Refusal> {
        Ok(self.caller()?.actor())
    }

    /// The values of the path.
    pub(crate) fn values(&self) -> &[String] {
        &self.values
    }

    /// A value of the path.
    pub(crate) fn value(&self, index: usize) -> &str {
        self.values.get(index).map_or("", String::as_str)
    }

    /// The service that the path names. What cannot be a name is answered like a service that does not exist.
    pub(crate) fn service(&self) -> Result<ServiceName, Refusal> {
        ServiceName::read(self.value(0)).ok_or_else(|| Refusal::not_found("This service does not exist"))
    }

    /// The same call with another value at the end of its path.
    pub(crate) fn with_last_value(&self, value: &str) -> Call {
        let mut call = self.clone();
        if let Some(last) = call.values.last_mut() {
            value.clone_into(last);
        }
        call
    }

    /// A number in the path. What is none is answered like an object that does not exist.
    pub(crate) fn number(&self, index: usize) -> Result<i64, Refusal> {
        let text = self.value(index);
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|_| plain).ok_or_else(|| Refusal::no_object(text))
    }

    /// A query parameter; `null` (python-ovh's None) and an empty one count as absent.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        found.filter(|v| !v.is_empty() && *v != "null")
    }

    /// What makes this write happen once, where the caller chose a key.
    pub(crate) fn once(&self, answer: fn(&Accepted) -> String) -> Option<Once> {
        self.key.as_ref().map(|(key, hash)| Once { key: key.clone(), body_hash: hash.clone(), answer })
    }
}

/// The path below its branch, and the path with `/v2` for rules. `/1.0/v1/…` and `/1.0/v2/…` are what an
/// old go-ovh asks for (contracts/ovh-api.md §1.1).
fn below_branch(path: &str) -> (bool, &str) {
    let strip = |path: &'_ str, branch: &str| {
        path.strip_prefix(branch).filter(|rest| rest.is_empty() || rest.starts_with('/')).map(str::len)
    };
    let tail = |len: usize| &path[path.len() - len..];
    if let Some(len) = strip(path, "/v2") {
        return (true, tail(len));
    }
    let rest = strip(path, "/1.0").or_else(|| strip(path, "/v1")).map_or(path, tail);
    if let Some(len) = strip(rest, "/v2") {
        return (true, tail(len));
    }
    match strip(rest, "/v1") {
        Some(len) if path.starts_with("/1.0") => (false, tail(len)),
        _ => (false, rest),
    }
}

/// Carries a request out: checks in the documented order, then its handler.
pub(crate) async fn carry_out(door: Arc<Door>, request: Request, query_id: &str) -> Result<Reply, Refusal> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("/", |t| t.as_str());
    let method = parts.method.as_str();
    let arrived = Arrived { headers: &parts.headers, method, target, peer };
    let (second_branch, path) = below_branch(parts.uri.path());
    let stranger = Payer::of_address(arrived.address(&door));
    or_charged(&door, &stranger, one_host(&parts))?;
    if let Some(document) = Document::at(path, second_branch) {
        door.limits.charge(&stranger, 1)?;
        arrived.open_application(&door).await?;
        return match method {
            "GET" => documents::reply(&door, document, &query(&parts.uri)?),
            _ => Err(Refusal::no_method(&["GET"])),
        };
    }
    let long = format!("{SECOND_BRANCH}{path}");
    let found = door.routes.find(method, if second_branch { &long } else { path });
    let access = found.as_ref().map_or(Access::Signed, |(route, _)| route.access);
    let wants_caller = access == Access::Signed || (access == Access::Either && arrived.is_signed());
    // Which routes exist is public; only a call that shows keys is held to them first.
    if found.is_err() && !arrived.shows_something() {
        door.limits.charge(&stranger, 1)?;
        return Err(no_route(found.err()));
    }
    if !wants_caller {
        door.limits.charge(&stranger, 1)?;
    }
    let named = match wants_caller {
        true => Some(or_charged(&door, &stranger, arrived.named(&door).await)?),
        false => None,
    };
    let application = match access {
        Access::Open => arrived.open_application(&door).await?,
        Access::Either if !wants_caller => arrived.open_application(&door).await?,
        Access::Application => Some(arrived.open_application(&door).await?.ok_or_else(Refusal::not_signed_in)?),
        _ => None,
    };
    let bytes = read_body(body).await?;
    let caller = match named {
        Some(named) => Some(or_charged(&door, &stranger, arrived.proven(&door, named, &bytes).await)?),
        None => None,
    };
    let wanted_batch = found.as_ref().ok().and_then(|(route, _)| batch::wanted(&arrived, route));
    if let Some(caller) = &caller {
        let values = found.as_ref().map_or(&[][..], |(_, values)| values);
        let calls = wanted_batch.as_ref().map_or(1, |separator| batch::size(values, separator));
        door.limits.charge(&caller.payer(), calls)?;
    }
    // The elements of a batch are calls of their own: each is held to the rules by itself.
    if let Some(caller) = caller.as_ref().filter(|_| wanted_batch.is_none()) {
        let paths: &[&str] = if second_branch { &[path, &long] } else { &[path] };
        match found.as_ref().is_ok_and(|(route, _)| route.is_about_the_caller()) {
            true => caller.used(&door),
            false => caller.granted(&door, method, paths)?,
        }
    }
    let (route, values) = found.map_err(|allowed| no_route(Some(allowed)))?;
    if let Some(caller) = caller.as_ref().filter(|_| wanted_batch.is_none()) {
        caller.permitted(&door, route, &values)?;
    }
    let key = idempotency_key(&arrived, route, &bytes)?;
    let query = query(&parts.uri)?;
    if !bytes.is_empty() {
        body::is_json(&parts.headers)?;
    }
    let body = body::read(&bytes)?;
    declared::check(route, &query, &body)?;
    let piece = match route.cursor {
        true => Piece::wanted(&arrived)?,
        false => Piece { after: String::new(), most: 0 },
    };
    let call = Call { door: door.clone(), caller, application, values, query, body, key, piece };
    if let Some(separator) = wanted_batch {
        return batch::answer(route, call, separator, query_id).await;
    }
    if let Some(page) = pages::wanted(&arrived, &door, route)? {
        // It holds what the route of one object answers, so a rule must cover that one as well.
        if let Some(caller) = &call.caller {
            caller.granted(&door, method, &[&format!("{path}/*")])?;
        }
        return pages::answer(call, page).await;
    }
    let answer = match (route.repeat, &call.caller, &call.key) {
        (Repeat::Kept | Repeat::Secret, Some(caller), Some(_)) => {
            let account = caller.account.clone();
            kept(door, account, call, route).await?
        }
        _ => route.handle(call).await?,
    };
    Ok(Reply { next: answer.next, ..Reply::json(answer.text) })
}

/// Counts a call that did not prove who makes it: where an address makes too many, it learns nothing more.
fn or_charged<T>(door: &Door, stranger: &Payer, outcome: Result<T, Refusal>) -> Result<T, Refusal> {
    if outcome.is_err() {
        door.limits.charge(stranger, 1)?;
    }
    outcome
}

/// A request names its host once (RFC 9112 §3.2): what stands in front of us may have gone by the other one.
fn one_host(parts: &Parts) -> Result<(), Refusal> {
    match parts.headers.get_all(header::HOST).iter().count() {
        1 => Ok(()),
        0 if parts.version != Version::HTTP_11 => Ok(()),
        _ => Err(Refusal::bad("A request must have exactly one Host header")),
    }
}

fn query(uri: &axum::http::Uri) -> Result<Vec<(String, String)>, Refusal> {
    if String::from_utf8(unescaped(uri.query().unwrap_or_default())).is_err() {
        return Err(Refusal::bad("The query is not UTF-8 text"));
    }
    match Query::try_from_uri(uri) {
        Ok(Query(pairs)) => Ok(pairs),
        Err(_) => Err(Refusal::bad("The query is not readable")),
    }
}

fn no_route(allowed: Option<Vec<&'static str>>) -> Refusal {
    match allowed {
        Some(allowed) if !allowed.is_empty() => Refusal::no_method(&allowed),
        _ => Refusal::no_route(),
    }
}

/// Answers a write that was answered before, or keeps its answer.
async fn kept(door: Arc<Door>, account: AccountId, call: Call, route: &Route) -> Outcome {
    let Some(once) = call.once(|_| String::new()) else { return route.handle(call).await };
    if route.repeat == Repeat::Secret {
        // The key is taken before anything is made: of two calls at the same moment one makes something.
        let mine = hex::encode(random::<16>());
        if door.operations.keep_answer(&account, &once, mine.clone()).await? != mine {
            return Err(Refusal::conflict(
                "This call was carried out before with the same Idempotency-Key; its answer held a secret, which is \
                 shown once",
            ));
        }
        let outcome = route.handle(call).await;
        if outcome.is_err() {
            door.operations.forget_answer(&account, &once).await?;
        }
        return outcome;
    }
    if let Some(text) = door.operations.answered_before(&account, &once).await? {
        return Ok(Answer::text(text));
    }
    let answer = route.handle(call).await?;
    let text = door.operations.keep_answer(&account, &once, answer.text).await?;
    Ok(Answer::text(text))
}

async fn read_body(body: Arriving) -> Result<Vec<u8>, Refusal> {
    if usize::try_from(body.size_hint().lower()).map_or(true, |bytes| bytes > READ_ON) {
        return Err(Refusal::too_large(LARGEST_BODY));
    }
    tokio::time::timeout(BODY_WITHIN, collected(body)).await.unwrap_or_else(|_| Err(Refusal::too_slow()))
}

async fn collected(body: Arriving) -> Result<Vec<u8>, Refusal> {
    let mut arriving = body.into_data_stream();
    let (mut kept, mut seen) = (Vec::new(), 0_usize);
    while let Some(piece) = arriving.next().await.filter(|_| seen <= READ_ON) {
        let piece = piece.map_err(|_| Refusal::bad("The body could not be read to its end"))?;
        seen += piece.len();
        match seen > LARGEST_BODY {
            true => kept = Vec::new(),
            false => kept.extend_from_slice(&piece),
        }
    }
    if seen > LARGEST_BODY { Err(Refusal::too_large(LARGEST_BODY)) } else { Ok(kept) }
}

fn idempotency_key(arrived: &Arrived<'_>, route: &Route, body: &[u8]) -> Result<Option<(String, String)>, Refusal> {
    let Some(value) = arrived.headers.get("idempotency-key").filter(|_| route.method != "GET") else {
        return Ok(None);
    };
    let good = |key: &&str| (1..=255).contains(&key.len()) && key.bytes().all(|b| (0x20..0x7f).contains(&b));
    let Some(key) = value.to_str().ok().filter(good) else {
        let shown = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let expected = "1 to 255 printable ASCII characters".to_owned();
        return Err(Refusal::invalid("Idempotency-Key", &shown, Rule::WrongType { expected }));
    };
    let mut hash = Sha256::new();
    for part in [arrived.method.as_bytes(), arrived.target.as_bytes(), body] {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    // The prefix keeps callers' keys apart from those that we choose.
    Ok(Some((format!("api/{key}"), hex::encode(hash.finalize()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches() {
        for (path, second, rest) in [
            ("/1.0/me", false, "/me"),
            ("/v1/me", false, "/me"),
            ("/1.0/v1/me", false, "/me"),
            ("/1.0/v2/iam", true, "/iam"),
            ("/v2/iam", true, "/iam"),
            ("/1.0", false, ""),
            ("/1.0/", false, "/"),
            ("/v1/v1/me", false, "/v1/me"),
            ("/1.0/v1x", false, "/v1x"),
        ] {
            assert_eq!(below_branch(path), (second, rest), "{path}");
        }
    }

    #[test]
    fn every_route_is_found_by_its_own_template_and_no_two_are_the_same() {
        let table = Table::new(true);
        let mut seen = std::collections::HashSet::new();
        for (_, route) in &table.routes {
            let path = route.template.replace(['{', '}'], "");
            let found = table.find(route.method, &path).map(|(r, _)| r.template);
            assert_eq!(found, Ok(route.template), "{} {}", route.method, route.template);
            assert!(seen.insert((route.method, route.template)), "{} {} is there twice", route.method, route.template);
        }
        assert_eq!(table.find("PATCH", "/me").map(|_| ()).expect_err("no PATCH").len(), 2);
        assert_eq!(table.find("GET", "/me/").map(|_| ()), Err(vec![]));
    }

    #[test]
    fn values_are_decoded_once() {
        assert_eq!(decoded("a%2Fb%20%C3%A9"), "a/b é");
        assert_eq!(decoded("%252F"), "%2F");
        assert_eq!(decoded("%zz%"), "%zz%");
        assert_eq!(decoded("%ff"), "%ff");
        assert_eq!(storable(decoded("a%00b")), "a\u{fffd}b");
    }
}
