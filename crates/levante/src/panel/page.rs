//! What every page shows: title, navigation, language, notices; and its words and forms.

use super::{
    Panel, assets,
    fault::{Fault, day},
    gate::Visitor,
};
use crate::{
    locale::{Language, Text, Value},
    operations::users::Pages,
};
use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, tz::TimeZone};
use licensing::{money::Money, reason::Reason};
use std::{fmt::Display, sync::Arc};

/// Room that nearly every page fits in, in bytes: one that grows is copied again and again.
const USUAL_PAGE: usize = 40 * 1024;

/// The frame of a page, handed to its template as `p`.
pub struct Page {
    /// The page's words.
    pub text: Text,
    /// The page's heading.
    pub title: String,
    /// The provider's name.
    pub brand: String,
    /// The token of its forms.
    pub csrf: String,
    /// Path and query of the page.
    pub here: String,
    /// The entry of the navigation that it belongs to.
    pub section: &'static str,
    /// The signed-in person's name and account.
    pub who: Option<(String, String)>,
    /// Which pages are open: where none is, no button leads to it.
    pub may: Pages,
    /// An operator looks.
    pub operator: bool,
    /// The way to the page: title and address.
    pub crumbs: Vec<(String, String)>,
    /// What was done just before.
    pub notice: Option<String>,
    /// The demo's mailbox.
    pub mailbox: Option<String>,
    /// The status page of the demo's simulated Microsoft, for operators.
    pub simulator: Option<String>,
    /// Addresses of the sheet and the script.
    pub assets: (&'static str, &'static str),
}

impl Page {
    /// The frame for a visitor.
    pub fn new(panel: &Panel, visitor: &Arc<Visitor>, section: &'static str, title: &str) -> Page {
        let member = visitor.session.as_ref().map(|s| &s.member);
        Page {
            text: visitor.text,
            title: title.to_owned(),
            brand: panel.settings.brand.clone(),
            csrf: visitor.csrf.clone(),
            here: visitor.here.clone(),
            section,
            who: member.map(|m| (m.name.clone(), m.account.as_ref().map(ToString::to_string).unwrap_or_default())),
            may: visitor.pages,
            operator: member.is_some_and(|m| m.account.is_none()),
            crumbs: Vec::new(),
            notice: None,
            mailbox: panel.settings.mailbox_url.clone(),
            simulator: panel.settings.simulator_url.clone().filter(|_| member.is_some_and(|m| m.account.is_none())),
            assets: assets::addresses(),
        }
    }

    /// With a step of the way to it.
    pub fn crumb(mut self, title: impl Into<String>, address: impl Into<String>) -> Page {
        self.crumbs.push((title.into(), address.into()));
        self
    }

    /// With the notice of what was done just before: `done` is a word from the address, and
    /// only known ones are said.
    pub fn noticed(mut self, done: Option<&str>) -> Page {
        const KNOWN: &[&str] = &[
            "renamed",
            "contact",
            "mpn",
            "asked-mpn",
            "seats",
            "cancel",
            "order",
            "ends",
            "renews",
            "made-already",
            "approved",
            "revoked",
            "application",
        ];
        self.notice = done.filter(|d| KNOWN.contains(d)).map(|d| self.text.say(&format!("done-{d}")));
        self
    }

    /// The code for `lang`.
    pub fn lang(&self) -> &'static str {
        self.text.language.code()
    }

    /// The other languages: code and own name.
    pub fn others(&self) -> Vec<(&'static str, &'static str)> {
        let others = Language::OFFERED.iter().filter(|l| **l != self.text.language);
        others.map(|l| (l.code(), l.own_name())).collect()
    }

    /// A sentence.
    pub fn t(&self, key: &str) -> String {
        self.text.say(key)
    }

    /// A sentence with a word in it.
    pub fn t1(&self, key: &str, name: &str, word: impl Display) -> String {
        self.text.say_with(key, &[(name, Value::Word(word.to_string()))])
    }

    /// A sentence with two words in it.
    pub fn t2(&self, key: &str, a: &str, first: impl Display, b: &str, second: impl Display) -> String {
        self.text.say_with(key, &[(a, Value::Word(first.to_string())), (b, Value::Word(second.to_string()))])
    }

    /// A sentence with a count in it.
    pub fn tn(&self, key: &str, name: &str, count: impl Display) -> String {
        self.text.say_with(key, &[(name, Value::Count(count.to_string().parse().unwrap_or_default()))])
    }

    /// The word of a family.
    pub fn word(&self, family: &str, word: &str) -> String {
        self.text.word(family, word)
    }

    /// Why work waits or failed.
    pub fn reason(&self, reason: &Reason) -> String {
        self.text.reason(reason)
    }

    /// What to do about it.
    pub fn advice(&self, reason: &Reason) -> String {
        self.text.advice(reason)
    }

    /// An amount.
    pub fn money(&self, money: &Money) -> String {
        self.text.money(money)
    }

    /// A whole number.
    pub fn number(&self, number: impl Display) -> String {
        self.text.number(number.to_string().parse().unwrap_or_default())
    }

    /// A day.
    pub fn day(&self, at: &Timestamp) -> String {
        day(self.text, *at)
    }

    /// Day and time.
    pub fn instant(&self, at: &Timestamp) -> String {
        self.text.instant(*at, &TimeZone::UTC)
    }
}

/// A page as an answer.
pub fn html(status: StatusCode, page: &impl Template) -> Result<Response, Fault> {
    let mut text = String::with_capacity(USUAL_PAGE);
    page.render_into(&mut text)?;
    Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response())
}

/// A page as the usual answer.
pub fn ok(page: &impl Template) -> Result<Response, Fault> {
    html(StatusCode::OK, page)
}

/// The colour of a service's or subscription's status; never without the word.
pub fn tone(word: &str) -> &'static str {
    match word {
        "ok" | "active" | "done" | "delivered" | "sent" | "validated" => "good",
        "creating" | "inMaintenance" | "reopening" | "todo" | "doing" | "accepted" | "delivering" | "queued"
        | "updating" | "renewing" => "info",
        "suspended" | "suspending" | "expired" | "error" | "refused" | "disabled" | "deleted" | "failed" => "bad",
        "partial" | "extendedTerm" | "deleting" | "pendingValidation" => "warn",
        _ => "plain",
    }
}
