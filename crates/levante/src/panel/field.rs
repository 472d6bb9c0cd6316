//! One field of a form: label, value, hint, error and what the browser should know.

use crate::locale::Text;
use licensing::invalid::Invalid;

/// A field. Its template is `field.html`, included with the field as `f`.
pub struct Field {
    /// Its name, which is also the field's name on the wire.
    pub name: String,
    /// Its id in the page.
    pub id: String,
    /// Its label.
    pub label: String,
    /// What is in it; never a password.
    pub value: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// What to know before filling it in.
    pub hint: String,
    /// `text`, `email`, `tel`, `number`, `password`, `select` or `tick`.
    pub kind: &'static str,
    /// Must be filled in.
    pub required: bool,
    /// For the browser's own filling in.
    pub autocomplete: &'static str,
    /// Longest value, in characters.
    pub most: usize,
    /// What stands behind it.
    pub suffix: &'static str,
    /// The live check that it takes part in.
    pub check: &'static str,
    /// What may be chosen, in groups.
    pub groups: Vec<Group>,
    /// What is proposed.
    pub proposals: Vec<String>,
}

/// Choices under one heading; an empty heading has none.
pub struct Group {
    /// The heading.
    pub heading: String,
    /// The choices.
    pub choices: Vec<Choice>,
}

/// One choice.
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// It can be chosen.
    pub open: bool,
}

impl Field {
    /// A required text field whose label is the field's name in the language.
    pub fn new(text: Text, name: &str, value: &str) -> Field {
        Field {
            name: name.to_owned(),
            id: id_of(name),
            label: text.word("field", name.rsplit('.').next().unwrap_or(name)),
            value: value.to_owned(),
            error: None,
            hint: String::new(),
            kind: "text",
            required: true,
            autocomplete: "off",
            most: 255,
            suffix: "",
            check: "",
            groups: Vec::new(),
            proposals: Vec::new(),
        }
    }

    /// With the errors of the form that are about it.
    pub fn judged(mut self, text: Text, wrong: &[Invalid]) -> Field {
        self.error = wrong.iter().find(|e| e.field == self.name).map(|e| sentence(text, e));
        self
    }

    /// Of another kind.
    pub fn kind(mut self, kind: &'static str) -> Field {
        self.kind = kind;
        self
    }

    /// With another label.
    pub fn label(mut self, label: String) -> Field {
        self.label = label;
        self
    }

    /// With a hint.
    pub fn hint(mut self, hint: String) -> Field {
        self.hint = hint;
        self
    }

    /// That may stay empty.
    pub fn optional(mut self) -> Field {
        self.required = false;
        self
    }

    /// Of at most so many characters.
    pub fn most(mut self, characters: usize) -> Field {
        self.most = characters;
        self
    }

    /// With the live check that it takes part in.
    pub fn check(mut self, kind: &'static str) -> Field {
        self.check = kind;
        self
    }

    /// With choices.
    pub fn groups(mut self, groups: Vec<Group>) -> Field {
        self.kind = "select";
        self.groups = groups;
        self
    }
}

/// The id of a field in the page.
pub fn id_of(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("f-{plain}")
}

/// What is wrong, for under a field: the rule as a sentence of its own.
fn sentence(text: Text, wrong: &Invalid) -> String {
    let rule = text.rule(&wrong.rule);
    let mut letters = rule.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => rule,
    }
}

/// What is wrong with a form, for its top: a sentence and the id of its field.
pub fn faults(text: Text, wrong: &[Invalid]) -> Vec<(String, String)> {
    wrong.iter().map(|e| (id_of(&e.field), text.invalid(e))).collect()
}

/// [`faults`], each with what to do about it.
pub fn cured(text: Text, wrong: &[Invalid]) -> Vec<(String, String)> {
    wrong.iter().map(|e| (id_of(&e.field), format!("{} {}", text.invalid(e), text.cure(&e.rule)))).collect()
}
