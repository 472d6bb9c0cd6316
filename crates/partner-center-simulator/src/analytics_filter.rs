//! The filter language of analytics: `field eq 'text' and (other ne 3 or third eq true)`.
//!
//! `and` binds tighter than `or`; words and texts are compared whatever their case.

use serde_json::Value;

use crate::wire::Refusal;

const MOST_TOKENS: usize = 400;
const DEEPEST: usize = 20;

/// A parsed filter.
#[derive(Debug, PartialEq)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Compare { field: String, equal: bool, value: String },
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
}

fn unreadable() -> Refusal {
    Refusal::invalid("filter must be like: field eq 'text' and (other ne 3 or third eq true).")
}

fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            c if c.is_whitespace() => continue,
            '(' => found.push(Token::Open),
            ')' => found.push(Token::Close),
            '\'' => {
                let mut value = String::new();
                loop {
                    match rest.next() {
                        // A doubled quote is one of the text.
                        Some('\'') if rest.next_if_eq(&'\'').is_some() => value.push('\''),
                        Some('\'') => break,
                        Some(c) => value.push(c),
                        None => return Err(unreadable()),
                    }
                }
                found.push(Token::Text(value));
            }
            c => {
                let mut word = String::from(c);
                while let Some(c) = rest.next_if(|c| !c.is_whitespace() && !"()'".contains(*c)) {
                    word.push(c);
                }
                found.push(Token::Word(word));
            }
        }
        if found.len() > MOST_TOKENS {
            return Err(unreadable());
        }
    }
    Ok(found)
}

struct Parser {
    tokens: std::vec::IntoIter<Token>,
    depth: usize,
}

impl Parser {
    fn next_is(&mut self, word: &str) -> bool {
        let there = matches!(self.tokens.as_slice().first(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        if there {
            self.tokens.next();
        }
        there
    }

    fn any(&mut self) -> Result<Filter, Refusal> {
        let mut parts = vec![self.all()?];
        while self.next_is("or") {
            parts.push(self.all()?);
        }
        Ok(Filter::Any(parts))
    }

    fn all(&mut self) -> Result<Filter, Refusal> {
        let mut parts = vec![self.one()?];
        while self.next_is("and") {
            parts.push(self.one()?);
        }
        Ok(Filter::All(parts))
    }

    fn one(&mut self) -> Result<Filter, Refusal> {
        match self.tokens.next() {
            Some(Token::Open) if self.depth < DEEPEST => {
                self.depth += 1;
                let inner = self.any()?;
                self.depth -= 1;
                (self.tokens.next() == Some(Token::Close)).then_some(inner).ok_or_else(unreadable)
            }
            Some(Token::Word(field)) => {
                let equal = if self.next_is("eq") {
                    true
                } else if self.next_is("ne") {
                    false
                } else {
                    return Err(unreadable());
                };
                match self.tokens.next() {
                    Some(Token::Word(value) | Token::Text(value)) => Ok(Filter::Compare { field, equal, value }),
                    _ => Err(unreadable()),
                }
            }
            _ => Err(unreadable()),
        }
    }
}

impl Filter {
    /// An empty text lets everything pass.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        if text.trim().is_empty() {
            return Ok(Self::All(Vec::new()));
        }
        let mut parser = Parser { tokens: tokens(text)?.into_iter(), depth: 0 };
        let filter = parser.any()?;
        match parser.tokens.next() {
            None => Ok(filter),
            Some(_) => Err(unreadable()),
        }
    }

    /// Whether a row passes; a field that rows do not have is refused.
    pub(crate) fn passes(&self, row: &Value) -> Result<bool, Refusal> {
        match self {
            Self::All(parts) => parts.iter().try_fold(true, |all, part| Ok(part.passes(row)? && all)),
            Self::Any(parts) => parts.iter().try_fold(false, |any, part| Ok(part.passes(row)? || any)),
            Self::Compare { field, equal, value } => {
                let members = row.as_object().into_iter().flatten();
                let found = members.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
                let (_, given) = found.ok_or_else(|| Refusal::invalid(format!("{field} cannot be filtered by.")))?;
                let same = match given {
                    Value::String(text) => text.to_lowercase() == value.to_lowercase(),
                    Value::Null => value.eq_ignore_ascii_case("null"),
                    other => other.to_string().eq_ignore_ascii_case(value),
                };
                Ok(same == *equal)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn passes(filter: &str) -> bool {
        let row = json!({"name": "Alba d'Oro", "count": 3, "on": true, "end": null});
        Filter::parse(filter).unwrap().passes(&row).unwrap()
    }

    #[test]
    fn and_binds_tighter_than_or() {
        for good in [
            "",
            "NAME eq 'alba d''oro'",
            "count eq 3 and on eq true",
            "count eq 4 or on eq true and end eq null",
            "count ne 4 and (on eq false or count eq 3)",
        ] {
            assert!(passes(good), "{good}");
        }
        for not in
            ["count eq 4", "on eq true and count eq 4 or count eq 5", "(count eq 3 or on eq true) and end ne null"]
        {
            assert!(!passes(not), "{not}");
        }
        for bad in ["count", "count eq", "count gt 3", "(count eq 3", "count eq 3)", "count eq 'x", "eq eq"] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
        assert!(Filter::parse("nothing eq 1").unwrap().passes(&json!({"a": 1})).is_err());
        assert!(Filter::parse(&"(".repeat(300)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_parser(text in "[a-z '()eqn3]{0,80}") {
            // Any outcome but a panic will do.
            let _ = Filter::parse(&text);
        }
    }
}
