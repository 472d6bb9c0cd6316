//! The templates of all mails and how they are filled. Strict: an undefined fact or an
//! unknown message is an error. HTML escapes everything, sentences included.

use super::{Brand, LicenceLine, Rendered, one_line};
use crate::locale::{self, Text};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, syntax::SyntaxConfig, value::Kwargs};
use std::{collections::BTreeMap, sync::LazyLock};

/// The facts of one mail under the names that its templates use.
pub(super) type Facts = BTreeMap<&'static str, Value>;

/// Why a mail could not be written; never quotes a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// A template is wrong or lacks a fact.
    #[error("the template {template} cannot be filled: {why}")]
    Template {
        /// The template's name.
        template: String,
        /// What the engine says.
        why: String,
    },
    /// An address that should be opened is no web address.
    #[error("the {what} is not an http or https address")]
    NotALink {
        /// Which one.
        what: &'static str,
    },
}

macro_rules! folders {
    ($($name:literal),* $(,)?) => { &[$(
        (concat!($name, "/subject.txt"), include_str!(concat!($name, "/subject.txt"))),
        (concat!($name, "/body.txt"), include_str!(concat!($name, "/body.txt"))),
        (concat!($name, "/body.html"), include_str!(concat!($name, "/body.html"))),
    )*] };
}

const MAILS: &[(&str, &str)] = folders![
    "order_received",
    "service_ready",
    "subscription_changed",
    "subscription_cancelled",
    "needs_attention",
    "termination_asked"
];

const SHARED: &[(&str, &str)] = &[
    ("layout.txt", include_str!("layout.txt")),
    ("layout.html", include_str!("layout.html")),
    ("facts.txt", include_str!("facts.txt")),
    ("facts.html", include_str!("facts.html")),
    ("mailbox.html", include_str!("mailbox.html")),
];

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the usual delimiters are valid"));
    // With it on, errors would quote the values of the context.
    environment.set_debug(false);
    for (name, source) in SHARED.iter().chain(MAILS) {
        environment.add_template(name, source).expect("the templates are compiled in and tested");
    }
    environment
});

/// Checks that something to be clicked is a web address.
pub(super) fn link(what: &'static str, address: &str) -> Result<Value, RenderError> {
    let good = ["https://", "http://"].iter().any(|scheme| address.starts_with(scheme));
    let clean = !address.contains(|c: char| c.is_control() || c.is_whitespace());
    if good && clean { Ok(Value::from(address)) } else { Err(RenderError::NotALink { what }) }
}

/// A fact from outside, on one line.
pub(super) fn word(text: &str) -> Value {
    Value::from(one_line(text, 500))
}

/// Licences with their seats, for the templates' lists.
pub(super) fn lines(lines: &[LicenceLine]) -> Value {
    let line =
        |l: &LicenceLine| Value::from(BTreeMap::from([("name", word(&l.name)), ("seats", Value::from(l.seats))]));
    Value::from(lines.iter().map(line).collect::<Vec<_>>())
}

/// `t("key", name=value)`: the sentence of a key.
pub(super) fn sentences(text: Text) -> Value {
    Value::from_function(move |key: &str, arguments: Kwargs| -> Result<String, Error> {
        let mut values = Vec::new();
        for name in arguments.args() {
            let value: Value = arguments.peek(name)?;
            let value = match (value.as_i64(), value.as_str()) {
                (Some(count), _) => locale::Value::Count(count),
                (None, Some(word)) => locale::Value::Word(word.to_owned()),
                _ => {
                    let why = format!("{name} of {key} is neither a text nor a whole number");
                    return Err(Error::new(ErrorKind::UndefinedError, why));
                }
            };
            values.push((name, value));
        }
        text.find(key, &values)
            .ok_or_else(|| Error::new(ErrorKind::UndefinedError, format!("there is no message {key}")))
    })
}

/// Fills the three templates of a folder.
pub(super) fn render(folder: &str, mut facts: Facts, text: Text, brand: &Brand) -> Result<Rendered, RenderError> {
    facts.insert("t", sentences(text));
    facts.insert("lang", Value::from(text.language.code()));
    facts.insert("brand", word(&brand.name));
    facts.insert("panel_url", link("panel's address", &brand.panel_url)?);
    facts.insert("support", brand.support_address.as_deref().map(word).unwrap_or(Value::from(())));
    let subject = one_line(&fill(&format!("{folder}/subject.txt"), &facts)?, 200);
    facts.insert("subject", Value::from(subject.as_str()));
    let text = fill(&format!("{folder}/body.txt"), &facts)?.trim().to_owned() + "\n";
    let html = fill(&format!("{folder}/body.html"), &facts)?;
    Ok(Rendered { subject, text, html })
}

/// Fills one template.
pub(super) fn fill(name: &str, facts: &Facts) -> Result<String, RenderError> {
    let wrong = |e: Error| RenderError::Template { template: name.to_owned(), why: e.to_string() };
    TEMPLATES.get_template(name).map_err(wrong)?.render(Value::from(facts.clone())).map_err(wrong)
}
