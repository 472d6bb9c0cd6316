//! The API console: a page on which calls of the API are put together, signed and sent by the browser.
//!
//! Public, as the schemas are that it reads; it shows nothing of an account. Keys typed there stay in the
//! browser. What it does is in `assets/console.js`; every sentence of it comes from here, by `WORDS`.

use super::{
    Panel, assets,
    fault::Fault,
    gate::Visitor,
    page::{Page, ok},
};
use askama::Template;
use axum::{Extension, Router, extract::State, response::Response, routing::get};
use std::sync::Arc;

/// The words of the script: each is the sentence `console-WORD`, but for `copy` and `copied`.
const WORDS: &[&str] = &[
    "copy",
    "copied",
    "advice-400",
    "advice-401",
    "advice-404",
    "advice-409",
    "advice-429",
    "advice-500",
    "advice-FORBIDDEN",
    "advice-INVALID_CREDENTIAL",
    "advice-INVALID_KEY",
    "advice-INVALID_SIGNATURE",
    "advice-NOT_CREDENTIAL",
    "advice-NOT_GRANTED_CALL",
    "advice-QUERY_TIME_OUT",
    "advice-no-answer",
    "advice-other",
    "answer",
    "answer-body",
    "answer-cut",
    "back-to-list",
    "body-json",
    "by-hand",
    "bytes",
    "call",
    "code",
    "code-fetches-token",
    "code-go-token",
    "code-node-auth",
    "code-node-null",
    "code-only-https",
    "deprecated-since",
    "deprecated-until",
    "fault-no-keys",
    "fault-not-in-path",
    "fault-not-json",
    "fault-not-number",
    "fault-not-whole",
    "fault-required",
    "found",
    "iam-action",
    "keys-missing",
    "keys-there",
    "loading",
    "make-key-for-this",
    "models",
    "no-answer",
    "no-parameters",
    "not-loaded",
    "not-sent",
    "nullable",
    "one-a-line",
    "optional",
    "place-body",
    "place-path",
    "place-query",
    "please-choose",
    "read-only",
    "real-keys",
    "required",
    "send",
    "send-real",
    "signed",
    "signed-no",
    "signed-yes",
    "stage-ALPHA",
    "stage-BETA",
    "stage-DEPRECATED",
    "stage-PRODUCTION",
    "try-again",
    "unknown-operation",
    "withdrawn",
];

/// The routes of the console; the address is that of OVHcloud's own.
pub(super) fn routes() -> Router<Panel> {
    Router::new().route("/console/", get(show)).route("/console", get(show))
}

#[derive(Template)]
#[template(path = "console/page.html")]
pub(super) struct ConsolePage {
    pub(super) p: Page,
    pub(super) sheet: String,
    pub(super) script: String,
    pub(super) calls: String,
    pub(super) snippets: String,
    pub(super) words: Vec<(&'static str, String)>,
}

/// The page; the same for everybody but for its frame.
async fn show(State(panel): State<Panel>, Extension(visitor): Extension<Arc<Visitor>>) -> Result<Response, Fault> {
    let text = visitor.text;
    let sentence = |word: &'static str| match word {
        "copy" | "copied" => (word, text.say(word)),
        word => (word, text.say(&format!("console-{word}"))),
    };
    ok(&ConsolePage {
        p: Page::new(&panel, &visitor, "console", &text.say("console-title")),
        sheet: assets::address("console.css"),
        script: assets::address("console.js"),
        calls: assets::address("console-call.js"),
        snippets: assets::address("console-snippets.js"),
        words: WORDS.iter().copied().map(sentence).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain words that a script asks for between two marks.
    fn asked<'a>(script: &'a str, before: &str) -> Vec<&'a str> {
        script.split(before).skip(1).filter_map(|rest| rest.split(['"', '`']).next()).collect()
    }

    #[test]
    fn every_word_of_the_scripts_has_its_sentence() {
        let page = include_str!("assets/console.js");
        let snippets = include_str!("assets/console-snippets.js");
        let calls = include_str!("assets/console-call.js");
        let mut found: Vec<String> = asked(page, "say(\"").into_iter().map(str::to_owned).collect();
        assert!(found.len() > 30, "only {} words were found", found.len());
        found.extend(asked(snippets, "notes.push(\"").into_iter().map(str::to_owned));
        found.extend(asked(calls, "Unfit(\"").into_iter().map(|word| format!("fault-{word}")));
        for word in &found {
            assert!(WORDS.contains(&word.as_str()), "the script says {word}, which the page does not bring");
        }
    }

    #[test]
    fn every_word_is_said_once_in_the_list() {
        let mut sorted: Vec<_> = WORDS.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), WORDS.len());
    }
}
