//! A calendar month, as price lists are published. Source: contract §12.5.

use std::fmt;
use std::str::FromStr;

/// A month of a year, written `YYYYMM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

/// A text that is no month.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a month, YYYYMM from 2000 to 9998")]
pub struct NotAMonth;

impl Month {
    /// A month of the years 2000 to 9998.
    ///
    /// # Errors
    /// [`NotAMonth`] for anything else.
    pub fn new(year: i16, month: i8) -> Result<Self, NotAMonth> {
        if (2000..=9998).contains(&year) && (1..=12).contains(&month) {
            Ok(Self { year, month })
        } else {
            Err(NotAMonth)
        }
    }

    /// The year.
    #[must_use]
    pub fn year(&self) -> i16 {
        self.year
    }

    /// 1 to 12.
    #[must_use]
    pub fn month(&self) -> i8 {
        self.month
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAMonth);
        }
        let (year, month) = text.split_at(4);
        Self::new(year.parse().map_err(|_| NotAMonth)?, month.parse().map_err(|_| NotAMonth)?)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_six_digits() {
        for text in ["202603", " 200012 "] {
            assert_eq!(text.parse::<Month>().expect(text).to_string(), text.trim());
        }
        for text in ["", "202600", "202613", "26-03", "2026-03", "+20263", "199912", "999901", "٢٠٢٦٠٣"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }
}
