//! The languages: every sentence that a person reads in panel and mail, and how numbers,
//! dates and money are written.
//!
//! Sentences live in `locale/<code>.ftl` (Fluent) and are compiled in; no other file may
//! hold one. Forms of numbers and dates come from CLDR: `locale/forms.rs`.

use fluent_templates::{
    FluentBundle,
    fluent_bundle::{FluentArgs, FluentResource, FluentValue},
};
use jiff::{Timestamp, tz::TimeZone};
use licensing::{
    invalid::{Invalid, Rule},
    reason::Reason,
    seat::SeatRefusal,
    subscription::CancelRefusal,
};
use std::{collections::HashMap, sync::LazyLock};

mod forms;

macro_rules! languages {
    ($( $(#[$doc:meta])* $name:ident = $code:literal, $region:literal, $own_name:literal $(, $file:literal)? ; )*) => {
        /// A language of panel and mail.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Language { $( $(#[$doc])* $name ),* }

        impl Language {
            /// Every language that the product plans for, offered or not.
            pub const ALL: &'static [Language] = &[$(Language::$name),*];

            /// The languages that have a message file.
            pub const OFFERED: &'static [Language] = &[$($( { let _ = $file; Language::$name }, )?)*];

            /// Its ISO 639-1 code, as in [`licensing::contact::LANGUAGES`].
            pub fn code(&self) -> &'static str {
                match self { $(Language::$name => $code),* }
            }

            /// Its name in itself, for the language menu.
            pub fn own_name(&self) -> &'static str {
                match self { $(Language::$name => $own_name),* }
            }

            /// The CLDR locale whose forms of numbers and dates are used.
            fn region(&self) -> &'static str {
                match self { $(Language::$name => $region),* }
            }

            /// Its message file; `None` while it is not offered.
            fn source(&self) -> Option<&'static str> {
                match self { $(Language::$name => None$(.or(Some(include_str!($file))))?),* }
            }

            fn bundle(&self) -> Option<Bundle> {
                let mut bundle = bundle(*self)?;
                match self { $(Language::$name => bundle.set_formatter(Some(|value, _| grouped(Language::$name, value)))),* }
                Some(bundle)
            }
        }
    };
}

// To offer a further language: write its file and name it at the end of its line.
languages! {
    /// Italian.
    It = "it", "it-IT", "Italiano", "locale/it.ftl";
    /// English; the fallback.
    En = "en", "en-GB", "English", "locale/en.ftl";
    /// French.
    Fr = "fr", "fr-FR", "Français";
    /// German.
    De = "de", "de-DE", "Deutsch";
    /// Spanish.
    Es = "es", "es-ES", "Español";
    /// Polish.
    Pl = "pl", "pl-PL", "Polski";
    /// Portuguese.
    Pt = "pt", "pt-PT", "Português";
}

type Bundle = FluentBundle<FluentResource>;

/// What a language has to say.
struct Sentences {
    bundle: Bundle,
    /// The messages without variables, written out once: a page says most of them again and again.
    fixed: HashMap<String, String>,
}

static SENTENCES: LazyLock<Vec<(Language, Sentences)>> =
    LazyLock::new(|| Language::OFFERED.iter().filter_map(|l| Some((*l, sentences(*l)?))).collect());

fn sentences(language: Language) -> Option<Sentences> {
    let bundle = language.bundle()?;
    let keys = language.source()?.lines().filter_map(|line| line.split_once('=')).map(|(key, _)| key.trim());
    let said = |key: &str| {
        let mut errors = Vec::new();
        let sentence = bundle.format_pattern(bundle.get_message(key)?.value()?, None, &mut errors).into_owned();
        errors.is_empty().then(|| (key.to_owned(), sentence))
    };
    let fixed = keys.filter_map(said).collect();
    Some(Sentences { bundle, fixed })
}

fn bundle(language: Language) -> Option<Bundle> {
    let source = language.source()?.to_owned();
    let resource = match FluentResource::try_new(source) {
        Ok(resource) => resource,
        Err((resource, errors)) => {
            debug_assert!(false, "{}.ftl: {errors:?}", language.code());
            tracing::error!(language = language.code(), ?errors, "the message file has faults");
            resource
        }
    };
    let name = language.code().parse().expect("the code of a language is a language identifier");
    let mut bundle = Bundle::new_concurrent(vec![name]);
    bundle.set_use_isolating(false);
    if let Err(errors) = bundle.add_resource(resource) {
        debug_assert!(false, "{}.ftl: {errors:?}", language.code());
        tracing::error!(language = language.code(), ?errors, "the message file has a key twice");
    }
    Some(bundle)
}

/// Numbers inside sentences are grouped as outside of them.
fn grouped(language: Language, value: &FluentValue) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(language.text().number(number.value as i64)),
        _ => None,
    }
}

impl Language {
    /// The language for everybody whose own is not offered.
    pub const FALLBACK: Language = Language::En;

    /// Reads a code such as `it`; `None` for a language outside [`Language::ALL`].
    pub fn read(code: &str) -> Option<Language> {
        Language::ALL.iter().copied().find(|l| l.code().eq_ignore_ascii_case(code.trim()))
    }

    /// Whether it has a message file.
    pub fn is_offered(&self) -> bool {
        Language::OFFERED.contains(self)
    }

    /// Itself when offered, else [`Language::FALLBACK`].
    pub fn or_fallback(self) -> Language {
        if self.is_offered() { self } else { Language::FALLBACK }
    }

    /// Its sentences.
    pub fn text(self) -> Text {
        Text { language: self }
    }
}

/// The offered language that a browser likes best, from its `Accept-Language` header
/// (RFC 9110 §12.5.4); without a match [`Language::FALLBACK`]. Reads at most 32 ranges.
pub fn negotiate(accept_language: &str) -> Language {
    let mut best = (0.0_f32, Language::FALLBACK);
    for range in accept_language.split(',').take(32) {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let weight = match parts.find_map(|p| p.trim().strip_prefix("q=").map(str::trim)) {
            None => 1.0,
            Some(q) => q.parse::<f32>().ok().filter(|q| (0.0..=1.0).contains(q)).unwrap_or(0.0),
        };
        let language = match tag {
            "*" => Some(Language::FALLBACK),
            tag => tag.split('-').next().and_then(Language::read).filter(Language::is_offered),
        };
        if let Some(language) = language
            && weight > best.0
        {
            best = (weight, language);
        }
    }
    best.1
}

/// A value for a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Put in as it is.
    Word(String),
    /// Grouped as the language writes numbers; chooses the plural form.
    Count(i64),
}

impl From<&str> for Value {
    fn from(word: &str) -> Value {
        Value::Word(word.to_owned())
    }
}

impl From<String> for Value {
    fn from(word: String) -> Value {
        Value::Word(word)
    }
}

impl From<i64> for Value {
    fn from(count: i64) -> Value {
        Value::Count(count)
    }
}

impl From<u32> for Value {
    fn from(count: u32) -> Value {
        Value::Count(count.into())
    }
}

/// The sentences and forms of one language. Cheap to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// The language; one that is not offered speaks [`Language::FALLBACK`] but keeps its
    /// own forms of numbers and dates.
    pub language: Language,
}

impl Text {
    /// The sentence of a key. A key that does not exist is a fault of the program: it fails
    /// every test and debug build; a release logs it and shows the key.
    pub fn say(&self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// The sentence of a key that has no variables; `None` when there is no such message or it has some.
    fn fixed(&self, key: &str) -> Option<&'static str> {
        self.sentences()?.fixed.get(key).map(String::as_str)
    }

    fn sentences(&self) -> Option<&'static Sentences> {
        let language = self.language.or_fallback();
        SENTENCES.iter().find(|(l, _)| *l == language).map(|(_, sentences)| sentences)
    }

    /// The sentence of a key with its variables; a missing key or variable as in [`Text::say`].
    pub fn say_with(&self, key: &str, values: &[(&str, Value)]) -> String {
        self.find(key, values).unwrap_or_else(|| {
            debug_assert!(false, "no message {key} in {}", self.language.code());
            tracing::error!(key, language = self.language.code(), "no such message");
            key.to_owned()
        })
    }

    /// The sentence of a key that may not exist, for words that come from outside.
    pub fn find(&self, key: &str, values: &[(&str, Value)]) -> Option<String> {
        if values.is_empty()
            && let Some(sentence) = self.fixed(key)
        {
            return Some(sentence.to_owned());
        }
        let (language, bundle) = (self.language.or_fallback(), &self.sentences()?.bundle);
        let pattern = bundle.get_message(key)?.value()?;
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            match value {
                Value::Word(word) => arguments.set(*name, word.as_str()),
                Value::Count(count) => arguments.set(*name, *count),
            }
        }
        let mut errors = Vec::new();
        let sentence = bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned();
        if !errors.is_empty() {
            debug_assert!(false, "message {key} in {}: {errors:?}", language.code());
            tracing::error!(key, language = language.code(), ?errors, "a message lacks a variable");
        }
        Some(sentence)
    }

    /// The word for one of a fixed set, key `{family}-{word}` (`service-status-ok`); a word
    /// that nobody foresaw, such as a new status of Microsoft's, is shown as it is.
    pub fn word(&self, family: &str, word: &str) -> String {
        self.find(&format!("{family}-{word}"), &[]).unwrap_or_else(|| word.to_owned())
    }

    /// The name of a field for people: `lines[1].quantity` gives "Number of licences (line 2)".
    pub fn field(&self, field: &str) -> String {
        let last = field.rsplit('.').next().unwrap_or(field);
        let name = self.word("field", last);
        let line = field.split_once('[').and_then(|(_, rest)| rest.split_once(']')).and_then(|(n, _)| n.parse().ok());
        match line {
            Some(index) => {
                let number = Value::Count(i64::from(u32::saturating_add(index, 1)));
                self.say_with("field-of-line", &[("field", name.into()), ("line", number)])
            }
            None => name,
        }
    }

    /// What a rule asks for, without field and value: "must be at least 1".
    pub fn rule(&self, rule: &Rule) -> String {
        self.find(&format!("rule-{}", rule.code()), &rule_values(rule)).unwrap_or_else(|| {
            debug_assert!(false, "no message for the rule {}", rule.code());
            rule.to_string()
        })
    }

    /// What to do about a rule, as a sentence.
    pub fn cure(&self, rule: &Rule) -> String {
        self.find(&format!("cure-{}", rule.code()), &rule_values(rule)).unwrap_or_else(|| self.say("cure-other"))
    }

    /// What does not block an order, and what to do about it: the code of a warning and the kind of the live
    /// check that it is about.
    pub fn warning(&self, code: &str, check: &str) -> (String, String) {
        let (sentence, cure) = match code {
            // No step of an order asks about mail: nobody looks later.
            "not-checked" if check == "email" => (format!("preview-not-checked-{check}"), "preview-email-cure"),
            "check-unavailable" if check == "email" => (format!("check-{check}-unavailable"), "preview-email-cure"),
            "not-checked" => (format!("preview-not-checked-{check}"), "preview-not-checked-cure"),
            "check-unavailable" => (format!("check-{check}-unavailable"), "preview-unavailable-cure"),
            "doubtful" => (format!("check-{check}-doubtful"), "preview-doubtful-cure"),
            other => (format!("preview-{other}"), "preview-name-made-up-cure"),
        };
        (self.say(&sentence), self.say(cure))
    }

    /// A whole sentence about a refused input: field, value (never a password) and rule.
    pub fn invalid(&self, invalid: &Invalid) -> String {
        let field = Value::Word(self.field(&invalid.field));
        let rule = Value::Word(self.rule(&invalid.rule));
        let secret = invalid.field.to_ascii_lowercase().ends_with("password");
        if invalid.value.is_empty() || secret {
            return self.say_with("invalid", &[("field", field), ("rule", rule)]);
        }
        let value = Value::Word(invalid.value.clone());
        self.say_with("invalid-value", &[("field", field), ("value", value), ("rule", rule)])
    }

    /// What happened, as a sentence: why work waits, was refused or needs somebody.
    pub fn reason(&self, reason: &Reason) -> String {
        let count = |n: u32| Value::Count(i64::from(n));
        let word = |text: &str| Value::Word(text.to_owned());
        match reason {
            Reason::Input { invalid } => {
                self.say_with("reason-input", &[("sentence", Value::Word(self.invalid(invalid)))])
            }
            Reason::CustomerRefused { code }
            | Reason::ChangeRefused { code }
            | Reason::PurchaseRefused { code, .. } => {
                self.say_with(&format!("reason-{}", reason.code()), &[("code", word(code))])
            }
            Reason::Seats { refusal } => match refusal {
                SeatRefusal::AboveLimit { limit } => {
                    self.say_with("reason-seats-above-limit", &[("limit", count(*limit))])
                }
                SeatRefusal::BelowMinimum { minimum } => {
                    self.say_with("reason-seats-below-minimum", &[("minimum", count(*minimum))])
                }
                SeatRefusal::Closed => self.say("reason-seats-closed"),
                SeatRefusal::OutsideWindow { asked, refundable, .. } => self.say_with(
                    "reason-seats-outside-window",
                    &[("asked", count(*asked)), ("refundable", count(*refundable))],
                ),
            },
            Reason::Cancel { refusal } => match refusal {
                CancelRefusal::OutsideWindow { .. } => self.say("reason-cancel-outside-window"),
                CancelRefusal::HasAddOns { count: n } => {
                    self.say_with("reason-cancel-has-add-ons", &[("count", count(*n))])
                }
                CancelRefusal::NotRunning { state } => {
                    self.say_with("reason-cancel-not-running", &[("state", word(state))])
                }
            },
            Reason::ChangedElsewhere { seats } => {
                self.say_with("reason-changed-elsewhere", &[("seats", count(*seats))])
            }
            plain => self.say(&format!("reason-{}", plain.code())),
        }
    }

    /// What to do about it, as a sentence.
    pub fn advice(&self, reason: &Reason) -> String {
        let day = |at: &Timestamp| Value::Word(self.date(at.to_zoned(TimeZone::UTC).date()));
        match reason {
            Reason::Seats { refusal: SeatRefusal::OutsideWindow { from, .. } } => {
                self.say_with("advice-seats-until", &[("date", day(from))])
            }
            Reason::Cancel { refusal: CancelRefusal::OutsideWindow { term_end } } => {
                self.say_with("advice-cancel-until", &[("date", day(term_end))])
            }
            Reason::Cancel { refusal: CancelRefusal::NotRunning { .. } } => self.say("advice-gone"),
            other => self.say(&format!("advice-{}", other.code())),
        }
    }
}

/// The numbers and names of a rule for its sentences.
fn rule_values(rule: &Rule) -> Vec<(&'static str, Value)> {
    let value = |(name, value): (&'static str, String)| match (name, value.parse::<i64>()) {
        ("min" | "max", Ok(count)) => (name, Value::Count(count)),
        _ => (name, Value::Word(value)),
    };
    rule.arguments().into_iter().map(value).collect()
}

#[cfg(test)]
mod tests;
