//! The page on which somebody allows an application to act for the account (`/auth/`).

use crate::{
    operations::keys::PendingCredential,
    panel::{
        Panel,
        fault::Fault,
        gate::Anybody,
        page::{Page, ok},
    },
};
use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    response::Response,
};
use jiff::SignedDuration;
use serde::Deserialize;

/// The validities that can be chosen.
pub(in crate::panel) const VALIDITIES: &[(&str, Option<SignedDuration>)] = &[
    ("day", Some(SignedDuration::from_hours(24))),
    ("month", Some(SignedDuration::from_hours(24 * 30))),
    ("year", Some(SignedDuration::from_hours(24 * 365))),
    ("unlimited", None),
];

/// The validity of a word; an unknown one is the shortest.
pub(in crate::panel) fn validity(word: &str) -> Option<SignedDuration> {
    VALIDITIES.iter().find(|(w, _)| *w == word).unwrap_or(&VALIDITIES[0]).1
}

/// The token of the request.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default, rename = "credentialToken")]
    token: String,
}

#[derive(Template)]
#[template(path = "keys/validate.html")]
pub(in crate::panel) struct ValidatePage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) token: String,
    pub(in crate::panel) asked: PendingCredential,
    pub(in crate::panel) account: String,
    /// The sub-user who would validate it.
    pub(in crate::panel) user: Option<String>,
    pub(in crate::panel) validities: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "keys/answered.html")]
pub(in crate::panel) struct AnsweredPage {
    pub(in crate::panel) p: Page,
    pub(in crate::panel) sentence: String,
    pub(in crate::panel) next: Option<String>,
}

/// Who asks for what.
pub async fn show(
    State(panel): State<Panel>,
    Anybody(who): Anybody,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let text = who.visitor.text;
    let pending = panel.ops.pending_credential(&asked.token).await?;
    let validities = VALIDITIES.iter().map(|(word, _)| (*word, text.say(&format!("keys-validity-{word}"))));
    ok(&ValidatePage {
        p: Page::new(&panel, &who.visitor, "keys", &text.say("validate-title")),
        token: asked.token,
        asked: pending,
        account: who.account.to_string(),
        user: who.session().member.login.clone(),
        validities: validities.collect(),
    })
}

/// The decision.
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default, rename = "credentialToken")]
    token: String,
    #[serde(default)]
    validity: String,
    #[serde(default)]
    action: String,
}

/// Allows or refuses it. The way back to the application is a link: our policy lets no form
/// lead away from this origin.
pub async fn answer(
    State(panel): State<Panel>,
    Anybody(who): Anybody,
    Form(form): Form<Answer>,
) -> Result<Response, Fault> {
    let text = who.visitor.text;
    let (next, key) = match form.action.as_str() {
        "allow" => {
            let next = panel.ops.validate_credential(&who.actor(), &form.token, validity(&form.validity)).await?;
            (next, "validate-allowed")
        }
        _ => (panel.ops.refuse_credential(&who.actor(), &form.token).await?, "validate-refused"),
    };
    let p = Page::new(&panel, &who.visitor, "keys", &text.say("validate-title"));
    ok(&AnsweredPage { p, sentence: text.say(key), next })
}
