//! One row of a report that cannot be used, with where it is and what would be right. The rows
//! around it are not affected.

/// A row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}{}: {value:?} is not {rule}", if column.is_empty() { String::new() } else { format!(", {column}") })]
pub struct RowError {
    /// Line of the file, or number of the item in its page, from 1; 0 when there is only one.
    pub line: u64,
    /// Name of the column or member; empty when the whole row is meant.
    pub column: String,
    /// What stands there, shortened to 60 characters.
    pub value: String,
    /// What would be right.
    pub rule: String,
}

impl RowError {
    pub(crate) fn new(column: &str, value: &str, rule: impl Into<String>) -> Self {
        Self { line: 0, column: column.to_owned(), value: value.chars().take(60).collect(), rule: rule.into() }
    }

    /// Where and why, without the value, which may be somebody's.
    pub(crate) fn without_value(&self) -> String {
        let Self { line, column, rule, .. } = self;
        format!("item {line}{}{column} is not {rule}", if column.is_empty() { "" } else { ", " })
    }

    /// The same, on that line.
    pub(crate) fn at(mut self, line: u64) -> Self {
        self.line = line;
        self
    }
}
