//! Signing in and out, and the choice of the language.

use super::{
    Panel,
    fault::Fault,
    gate::{Visitor, language_cookie, session_cookie},
    page::{Page, html, ok},
};
use crate::{
    locale::Language,
    operations::members::{SignInRefusal, SignInTry},
};
use askama::Template;
use axum::{
    Extension, Form,
    extract::{Query, State},
    http::{StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "sign_in/page.html")]
pub(super) struct SignInPage {
    pub(super) p: Page,
    pub(super) login: String,
    pub(super) next: String,
    pub(super) refusal: Option<String>,
    pub(super) demo: Vec<(String, String)>,
}

/// Where to go after the sign-in.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    next: String,
}

/// The form as it was sent.
#[derive(Deserialize)]
pub struct SignInForm {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

/// The first page after the sign-in.
pub async fn home(Extension(visitor): Extension<Arc<Visitor>>) -> Redirect {
    match &visitor.session {
        None => Redirect::to("/sign-in"),
        Some(session) if session.member.account.is_none() => Redirect::to("/operator"),
        Some(_) => Redirect::to("/services"),
    }
}

/// The sign-in page.
pub async fn show(
    State(panel): State<Panel>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Fault> {
    if visitor.session.is_some() {
        return Ok(Redirect::to(ours(&wanted.next)).into_response());
    }
    ok(&page(&panel, &visitor, "", &wanted.next, None))
}

fn page(panel: &Panel, visitor: &Arc<Visitor>, login: &str, next: &str, refusal: Option<String>) -> SignInPage {
    SignInPage {
        p: Page::new(panel, visitor, "", &visitor.text.say("sign-in-title")),
        login: login.chars().take(255).collect(),
        next: ours(next).to_owned(),
        refusal,
        demo: panel.settings.demo_logins.clone(),
    }
}

/// Tries to sign in; a new session takes the place of an older one.
pub async fn submit(
    State(panel): State<Panel>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Form(form): Form<SignInForm>,
) -> Result<Response, Fault> {
    let text = visitor.text;
    let tried = SignInTry {
        login: form.login.clone(),
        password: SecretString::from(form.password),
        code: form.code,
        address: visitor.address.clone(),
    };
    let (status, refusal) = match panel.ops.sign_in(tried).await {
        Ok(member) => {
            let token = panel.ops.open_session(member.id, visitor.session.as_ref()).await?;
            let cookie = session_cookie(&panel, token.expose_secret());
            return Ok(with_cookie(Redirect::to(ours(&form.next)).into_response(), cookie));
        }
        Err(SignInRefusal::Wrong) => (StatusCode::UNAUTHORIZED, text.say("sign-in-wrong")),
        Err(SignInRefusal::NoSecondFactor) => (StatusCode::FORBIDDEN, text.say("sign-in-no-second-factor")),
        Err(SignInRefusal::Locked { until }) => {
            let until = text.instant(until, &TimeZone::UTC);
            (StatusCode::TOO_MANY_REQUESTS, text.say_with("sign-in-locked", &[("until", until.into())]))
        }
        Err(SignInRefusal::Problem(problem)) => return Err(problem.into()),
    };
    html(status, &page(&panel, &visitor, &form.login, &form.next, Some(refusal)))
}

/// Which sessions to end.
#[derive(Deserialize)]
pub struct SignOutForm {
    #[serde(default)]
    everywhere: String,
}

/// Ends the session, or all of the member's.
pub async fn sign_out(
    State(panel): State<Panel>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Form(form): Form<SignOutForm>,
) -> Result<Response, Fault> {
    if let Some(session) = &visitor.session {
        match form.everywhere.as_str() {
            "yes" => {
                panel.ops.close_all_sessions(session.member.id).await?;
            }
            _ => panel.ops.close_session(session).await?,
        }
    }
    Ok(Redirect::to("/sign-in").into_response())
}

/// A choice of language.
#[derive(Deserialize)]
pub struct LanguageForm {
    #[serde(default)]
    language: String,
    #[serde(default)]
    back: String,
}

/// Remembers a language, for the member and in a cookie, and goes back.
pub async fn language(
    State(panel): State<Panel>,
    Extension(visitor): Extension<Arc<Visitor>>,
    Form(form): Form<LanguageForm>,
) -> Result<Response, Fault> {
    let Some(language) = Language::read(&form.language).filter(Language::is_offered) else {
        return Err(Fault::NoSuchPage);
    };
    if let Some(session) = &visitor.session {
        panel.ops.choose_language(&session.member, language.code()).await?;
    }
    Ok(with_cookie(Redirect::to(ours(&form.back)).into_response(), language_cookie(&panel, language)))
}

fn with_cookie(mut response: Response, cookie: Option<axum::http::HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// An address of our own origin; anything else becomes the first page.
pub(super) fn ours(address: &str) -> &str {
    let good = address.starts_with('/')
        && !address.starts_with("//")
        && address.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    if good { address } else { "/" }
}
