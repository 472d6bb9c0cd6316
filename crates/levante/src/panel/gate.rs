//! The gate in front of every page: who asks, in which language, from which address, and
//! whether a change was really sent from one of our pages.
//!
//! Anti-forgery: every change carries a token derived from the browser's cookie, and must
//! not come from another site by the browser's own account. Nothing passes without both.

use super::{
    Panel,
    fault::{self, Fault},
};
use crate::{
    clock::random,
    locale::{Language, Text, negotiate},
    operations::{Actor, sessions::Session, users::Pages},
    secrets::{new_token, same, token_hash},
};
use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, FromRequest, FromRequestParts, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method,
        header::{self, COOKIE, HOST, ORIGIN, SET_COOKIE},
        request::Parts,
    },
    middleware::Next,
    response::Response,
};
use licensing::id::AccountId;
use secrecy::ExposeSecret;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

/// The largest form, in bytes.
pub const LARGEST_FORM: usize = 64 * 1024;
/// How long a form may take to arrive.
const FORM_WITHIN: Duration = Duration::from_secs(30);

/// Scripts, styles and forms of this origin only; nothing inline, nothing in frames.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Who looks at a page.
#[derive(Debug)]
pub struct Visitor {
    /// The sentences of its language.
    pub text: Text,
    /// The session, once signed in.
    pub session: Option<Session>,
    /// Which pages are open to it.
    pub pages: Pages,
    /// The token that its forms must carry.
    pub csrf: String,
    /// Path and query of the page, to come back to.
    pub here: String,
    /// Network address.
    pub address: String,
    /// The id to quote, also in the answer's `X-Request-Id`.
    pub request: String,
}

/// A signed-in reseller.
#[derive(Clone)]
pub struct Reseller {
    /// Who looks.
    pub visitor: Arc<Visitor>,
    /// The account; only its own things are shown.
    pub account: AccountId,
}

/// A signed-in reseller who may change things, on pages that lead to a change.
pub struct Writer(pub Reseller);

/// A signed-in reseller who may manage keys.
pub struct Manager(pub Reseller);

/// Anybody of an account, whatever they may do.
pub struct Anybody(pub Reseller);

/// A signed-in operator of the provider.
#[derive(Clone)]
pub struct Operator {
    /// Who looks.
    pub visitor: Arc<Visitor>,
}

impl Visitor {
    /// The session; pages that need one are reached only with one.
    fn signed_in(&self) -> &Session {
        self.session.as_ref().expect("the extractors let nobody in without a session")
    }
}

impl Reseller {
    /// The session.
    pub fn session(&self) -> &Session {
        self.visitor.signed_in()
    }

    /// Who acts, for the audit log.
    pub fn actor(&self) -> Actor {
        Actor {
            account: self.account.clone(),
            who: format!("member/{}", self.session().member.id),
            address: Some(self.visitor.address.clone()),
        }
    }
}

impl Operator {
    /// The session.
    pub fn session(&self) -> &Session {
        self.visitor.signed_in()
    }
}

fn reseller(parts: &Parts, may: fn(&Pages) -> bool) -> Result<Reseller, Fault> {
    let visitor = visitor(parts);
    let account = match &visitor.session {
        None => return Err(Fault::SignIn),
        Some(session) => session.member.account.clone().ok_or(Fault::NoSuchPage)?,
    };
    match may(&visitor.pages) {
        true => Ok(Reseller { visitor, account }),
        false => Err(Fault::NotGranted),
    }
}

/// Looks at pages; whatever is no reading is a change.
impl<S: Send + Sync> FromRequestParts<S> for Reseller {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Reseller, Fault> {
        match parts.method {
            Method::GET | Method::HEAD => reseller(parts, |pages| pages.read),
            _ => reseller(parts, |pages| pages.write),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Writer {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Writer, Fault> {
        reseller(parts, |pages| pages.write).map(Writer)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Manager {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Manager, Fault> {
        reseller(parts, |pages| pages.manage).map(Manager)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Anybody {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Anybody, Fault> {
        reseller(parts, |_| true).map(Anybody)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Operator {
    type Rejection = Fault;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Operator, Fault> {
        let visitor = visitor(parts);
        match &visitor.session {
            None => Err(Fault::SignIn),
            Some(session) if session.member.account.is_none() => Ok(Operator { visitor }),
            Some(_) => Err(Fault::NoSuchPage),
        }
    }
}

fn visitor(parts: &Parts) -> Arc<Visitor> {
    parts.extensions.get::<Arc<Visitor>>().expect("the gate stands in front of every page").clone()
}

/// The gate itself.
pub async fn gate(State(panel): State<Panel>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let brought = cookie(&parts.headers, cookie_name(&panel)).filter(|t| t.len() == 43);
    let (token, new) = match brought {
        Some(token) => (token, false),
        None => (new_token(43).expose_secret().to_owned(), true),
    };
    let is_asset = parts.uri.path().starts_with("/assets/");
    let session = match (new || is_asset, panel.ops.session(&token)) {
        (true, _) => Ok(None),
        (false, session) => session.await,
    };
    let opened = match session {
        Ok(Some(session)) => panel.ops.pages_of(&session.member).await.map(|pages| (Some(session), pages)),
        Ok(None) => Ok((None, Pages::default())),
        Err(problem) => Err(problem),
    };
    let ((session, pages), trouble) = match opened {
        Ok(opened) => (opened, None),
        Err(problem) => ((None, Pages::default()), Some(problem)),
    };
    let visitor = Arc::new(Visitor {
        text: language(&parts.headers, session.as_ref()).text(),
        csrf: token_hash(&format!("csrf/{token}")),
        session,
        pages,
        here: here(&parts),
        address: address(&panel, &parts),
        request: hex::encode(random::<8>()),
    });
    parts.extensions.insert(visitor.clone());

    let reading = matches!(parts.method, Method::GET | Method::HEAD);
    let passed = match trouble {
        Some(problem) => Err(Fault::Problem(problem)),
        None => check_forgery(&panel, &visitor, parts, body).await,
    };
    let mut response = match passed {
        Ok(request) => next.run(request).await,
        Err(fault) => axum::response::IntoResponse::into_response(fault),
    };
    let fault = fault::take(&mut response).or_else(|| fault::of_framework(&response, reading));
    if let Some(fault) = fault {
        response = fault::page(&panel, &visitor, fault);
    }
    let may_set = new && !is_asset && !response.headers().contains_key(SET_COOKIE);
    if may_set && let Some(value) = session_cookie(&panel, &token) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    protect(&mut response, &visitor, is_asset);
    response
}

/// The page to come back to: the one that was asked for, or for a form the one that held it.
fn here(parts: &Parts) -> String {
    let referer = parts.headers.get(header::REFERER).and_then(|v| v.to_str().ok());
    let page = match parts.method {
        Method::GET | Method::HEAD => parts.uri.path_and_query().map_or("/", |p| p.as_str()),
        _ => {
            let behind_scheme = referer.and_then(|r| r.split_once("://")).map_or("", |(_, rest)| rest);
            behind_scheme.find('/').map_or("/", |at| &behind_scheme[at..])
        }
    };
    page.chars().take(2000).collect()
}

/// Lets reading pass; a change only with our token and from our own pages.
async fn check_forgery(panel: &Panel, visitor: &Visitor, parts: Parts, body: Body) -> Result<Request, Fault> {
    // A host that is named twice may be read differently in front of us; a NUL can be stored nowhere.
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    if parts.headers.get_all(HOST).iter().count() > 1 || target.contains("%00") {
        return Err(Fault::Unreadable);
    }
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(Request::from_parts(parts, Body::empty()));
    }
    if !same_site(panel, &parts.headers) {
        return Err(Fault::Forged);
    }
    let body = match tokio::time::timeout(FORM_WITHIN, to_bytes(body, LARGEST_FORM)).await {
        Ok(body) => body.map_err(|_| Fault::TooLarge)?,
        Err(_) => return Err(Fault::TooSlow),
    };
    if body.contains(&0) || body.windows(3).any(|escape| escape == b"%00") {
        return Err(Fault::Unreadable);
    }
    let header = parts.headers.get("x-csrf-token").and_then(|v| v.to_str().ok()).map(str::to_owned);
    let token = match header {
        Some(token) => Some(token),
        None => {
            let fields = fields(Body::from(body.clone())).await;
            fields.into_iter().find(|(name, _)| name == "csrf").map(|(_, value)| value)
        }
    };
    match token {
        Some(token) if same(&token, &visitor.csrf) => Ok(Request::from_parts(parts, Body::from(body))),
        _ => Err(Fault::Forged),
    }
}

/// The fields of a form; what is not a form has none.
async fn fields(body: Body) -> Vec<(String, String)> {
    let form = "application/x-www-form-urlencoded";
    let request = Request::post("/").header(header::CONTENT_TYPE, form).body(body).unwrap_or_default();
    match axum::Form::<Vec<(String, String)>>::from_request(request, &()).await {
        Ok(axum::Form(fields)) => fields,
        Err(_) => Vec::new(),
    }
}

/// What the browser itself says about where a change comes from. Old browsers say nothing.
fn same_site(panel: &Panel, headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site"))
        && !matches!(site, "same-origin" | "none")
    {
        return false;
    }
    match text(ORIGIN) {
        None => true,
        Some(origin) => {
            let host = origin.split_once("://").map_or("", |(_, host)| host);
            origin == panel.settings.public_url || text(HOST).is_some_and(|ours| ours == host)
        }
    }
}

fn language(headers: &HeaderMap, session: Option<&Session>) -> Language {
    if let Some(language) = session.and_then(|s| Language::read(&s.member.language)) {
        return language.or_fallback();
    }
    if let Some(language) = cookie(headers, "levante_language").and_then(|code| Language::read(&code)) {
        return language.or_fallback();
    }
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    negotiate(wanted)
}

/// The browser's address: the nearest one that is not a proxy of ours; `unknown` where a proxy wrote none.
fn address(panel: &Panel, parts: &Parts) -> String {
    let unknown = "unknown".to_owned();
    let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() else { return unknown };
    // A port that takes both families shows an IPv4 peer as an IPv6 one.
    let trusted = |ip: &IpAddr| panel.settings.trusted_proxies.iter().any(|p| p.to_canonical() == *ip);
    let mut nearest = peer.ip().to_canonical();
    let lines = parts.headers.get_all("x-forwarded-for").iter().rev();
    let hops = lines.flat_map(|line| line.as_bytes().rsplit(|b| *b == b',')).map(<[u8]>::trim_ascii);
    for hop in hops.filter(|hop| !hop.is_empty()) {
        if !trusted(&nearest) {
            break;
        }
        match std::str::from_utf8(hop).ok().and_then(|text| text.parse::<IpAddr>().ok()) {
            Some(ip) => nearest = ip.to_canonical(),
            None => return unknown,
        }
    }
    nearest.to_string()
}

fn protect(response: &mut Response, visitor: &Visitor, is_asset: bool) {
    let fixed: [(HeaderName, &'static str); 6] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
    ];
    let headers = response.headers_mut();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !is_asset {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Ok(id) = HeaderValue::from_str(&visitor.request) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}

/// The session cookie's name; the browser binds the secure one to our host alone.
fn cookie_name(panel: &Panel) -> &'static str {
    if panel.settings.secure_cookies { "__Host-levante" } else { "levante" }
}

/// `Set-Cookie` for the session.
pub fn session_cookie(panel: &Panel, token: &str) -> Option<HeaderValue> {
    let secure = if panel.settings.secure_cookies { "; Secure" } else { "" };
    let cookie = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax{secure}", cookie_name(panel));
    HeaderValue::from_str(&cookie).ok()
}

/// `Set-Cookie` that remembers a language for a year.
pub fn language_cookie(panel: &Panel, language: Language) -> Option<HeaderValue> {
    let secure = if panel.settings.secure_cookies { "; Secure" } else { "" };
    let code = language.code();
    let cookie = format!("levante_language={code}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::from_str(&cookie).ok()
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(n, _)| *n == name).map(|(_, value)| value.to_owned())
}
