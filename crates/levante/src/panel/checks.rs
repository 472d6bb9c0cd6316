//! Live checks of the order form: a field asks, the page polls until somebody has answered.

use crate::{
    locale::Text,
    operations::checks::{Check, Question, Verdict},
    panel::{Panel, fault::Fault, gate::Reseller, orders::draft::OrderDraft, page::ok},
};
use askama::Template;
use axum::{
    Form, Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use licensing::{
    contact,
    id::{MpnId, Subdomain},
    invalid::Rule,
};
use uuid::Uuid;

/// The routes of checks.
pub(super) fn routes() -> Router<Panel> {
    Router::new().route("/checks/new/{kind}", post(ask)).route("/checks/{id}", get(show))
}

/// What is known about a check, for the page.
#[derive(Template)]
#[template(path = "checks/verdict.html")]
pub(super) struct VerdictView {
    /// Where to ask again; empty: answered.
    pub(super) poll: String,
    pub(super) tone: &'static str,
    pub(super) sentence: String,
    pub(super) hints: Vec<String>,
}

impl VerdictView {
    fn said(tone: &'static str, sentence: String) -> VerdictView {
        VerdictView { poll: String::new(), tone, sentence, hints: Vec::new() }
    }

    /// The state of a check.
    pub(super) fn of(text: Text, check: &Check) -> VerdictView {
        let say = |state: &str| {
            let sentence = text.say(&format!("check-{}-{state}", check.question.kind()));
            match &check.question {
                Question::Licence { licence, .. } => format!("{}: {sentence}", licence.name),
                _ => sentence,
            }
        };
        match &check.verdict {
            None => VerdictView { poll: format!("/checks/{}", check.id), ..VerdictView::said("info", say("running")) },
            Some(Verdict::Good { note }) if note.is_empty() => VerdictView::said("good", say("good")),
            Some(Verdict::Good { note }) => VerdictView::said("good", format!("{} {note}", say("good"))),
            Some(Verdict::Doubtful { hints }) => {
                VerdictView { hints: hints.clone(), ..VerdictView::said("warn", say("doubtful")) }
            }
            Some(Verdict::Bad { rule }) => VerdictView::said("bad", bad(text, &check.question.field(), rule)),
            Some(Verdict::Unavailable) => VerdictView::said("warn", say("unavailable")),
        }
    }
}

fn bad(text: Text, field: &str, rule: &Rule) -> String {
    text.say_with("invalid", &[("field", text.field(field).into()), ("rule", text.rule(rule).into())])
}

/// The field of the order form that a kind of check asks about.
fn field_of(kind: &str) -> &'static str {
    match kind {
        "subdomain" => "customSubdomain",
        "partner" => "mpnId",
        "address" => "contactAddress",
        _ => "contactEmail",
    }
}

/// Asks about the form as it stands. A field that is not filled in yet is not judged.
async fn ask(
    State(panel): State<Panel>,
    who: Reseller,
    Path(kind): Path<String>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Fault> {
    let text = who.visitor.text;
    let view = match question(&panel, &who, &kind, &OrderDraft::read(&fields)).await? {
        Asked::Nothing => VerdictView::said("none", String::new()),
        Asked::Wrong(rule) => VerdictView::said("bad", bad(text, field_of(&kind), &rule)),
        Asked::Question(question) => VerdictView::of(text, &panel.ops.ask(&who.account, question).await?),
    };
    ok(&view)
}

enum Asked {
    Nothing,
    Wrong(Rule),
    Question(Question),
}

async fn question(panel: &Panel, who: &Reseller, kind: &str, draft: &OrderDraft) -> Result<Asked, Fault> {
    let input = &draft.input;
    Ok(match kind {
        "subdomain" if input.custom_subdomain.trim().is_empty() => Asked::Nothing,
        "subdomain" => match Subdomain::parse("customSubdomain", &input.custom_subdomain) {
            Ok(subdomain) => Asked::Question(Question::Subdomain { subdomain: subdomain.to_string() }),
            Err(e) => Asked::Wrong(e.rule),
        },
        "partner" if input.mpn_id.trim().is_empty() => Asked::Nothing,
        "partner" => match MpnId::parse("mpnId", &input.mpn_id) {
            // Only approved ids are asked about: else this would be a list of partners.
            Ok(mpn_id) => match is_approved(panel, who, &mpn_id).await? {
                true => Asked::Question(Question::Partner { mpn_id: mpn_id.to_string() }),
                false => Asked::Wrong(Rule::MpnNotApproved),
            },
            Err(e) => Asked::Wrong(e.rule),
        },
        "email" if input.contact.email.trim().is_empty() => Asked::Nothing,
        "email" => match contact::email("contactEmail", &input.contact.email) {
            Ok(email) => Asked::Question(Question::Email { email }),
            Err(e) => Asked::Wrong(e.rule),
        },
        "address" => match input.contact.check("contact", "en") {
            Ok(contact) => Asked::Question(Question::Address { contact: Box::new(contact) }),
            Err(_) => Asked::Nothing,
        },
        _ => return Err(Fault::NoSuchPage),
    })
}

async fn is_approved(panel: &Panel, who: &Reseller, mpn_id: &MpnId) -> Result<bool, Fault> {
    let known = panel.ops.mpn_ids(&who.account).await?;
    Ok(known.iter().any(|m| m.mpn_id == *mpn_id && m.approved_at.is_some()))
}

/// The state of a check that the account asked for.
async fn show(State(panel): State<Panel>, who: Reseller, Path(id): Path<Uuid>) -> Result<Response, Fault> {
    ok(&VerdictView::of(who.visitor.text, &panel.ops.check(&who.account, id).await?))
}
