//! A moment as Partner Center writes it: seven-digit fractions, none, an offset, or no zone at all
//! (then UTC). Always written back in UTC with `Z`. Source: contract §1.4.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub Timestamp);

/// A text that has none of the four shapes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a date-time in any of Partner Center's shapes")]
pub struct NotAnInstant(String);

impl FromStr for Instant {
    type Err = NotAnInstant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(Self(moment));
        }
        // "No end" is written as the last day of the year 9999, which is beyond what a UTC
        // timestamp can hold once offsets are allowed for.
        if text.starts_with("9999-12-3") {
            return Ok(Self(Timestamp::MAX));
        }
        text.parse::<DateTime>()
            .ok()
            .and_then(|civil| TimeZone::UTC.to_timestamp(civil).ok())
            .map(Self)
            .ok_or_else(|| NotAnInstant(text.chars().take(60).collect()))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl From<Timestamp> for Instant {
    fn from(moment: Timestamp) -> Self {
        Self(moment)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Optional moments: absent, `null` and `""` are the same.
pub(crate) mod optional {
    use super::Instant;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(value: &Option<Instant>, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Instant>, D::Error> {
        match Option::<String>::deserialize(deserializer)? {
            Some(text) if !text.trim().is_empty() => text.parse().map(Some).map_err(serde::de::Error::custom),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_shapes_and_the_last_day() {
        for (text, written) in [
            ("2026-03-04T10:11:12.1234567Z", "2026-03-04T10:11:12.1234567Z"),
            ("2026-03-04T10:11:12Z", "2026-03-04T10:11:12Z"),
            ("2026-03-04T10:11:12-07:00", "2026-03-04T17:11:12Z"),
            ("2026-03-04T10:11:12+00:00", "2026-03-04T10:11:12Z"),
            ("2026-03-31T00:00:00", "2026-03-31T00:00:00Z"),
            ("2026-03-31T00:00:00.5", "2026-03-31T00:00:00.5Z"),
            ("2026-03-31", "2026-03-31T00:00:00Z"),
        ] {
            assert_eq!(text.parse::<Instant>().expect(text).to_string(), written);
        }
        for text in ["9999-12-31T23:59:59Z", "9999-12-31T00:00:00", "9999-12-30T23:59:59.9999999Z"] {
            assert_eq!(text.parse::<Instant>().expect(text).0, Timestamp::MAX, "{text}");
        }
        for text in ["", "soon", "03/04/2026", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00"] {
            assert!(text.parse::<Instant>().is_err(), "{text}");
        }
    }
}
