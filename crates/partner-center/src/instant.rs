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

    proptest::proptest! {
        #[test]
        fn one_moment_in_all_four_shapes_is_one_moment(
            second in -62_000_000_000_i64..250_000_000_000,
            ticks in 0_i32..10_000_000,
            quarters in -48_i64..=56,
        ) {
            let moment = Timestamp::new(second, ticks * 100).expect("in range");
            let plain = Timestamp::from_second(moment.as_second()).expect("in range");
            let shift = jiff::SignedDuration::from_mins(quarters * 15);
            let local = plain.checked_add(shift).expect("in range");
            let sign = if quarters < 0 { '-' } else { '+' };
            let (hours, minutes) = (quarters.abs() / 4, quarters.abs() % 4 * 15);
            let civil = |moment: Timestamp| moment.strftime("%Y-%m-%dT%H:%M:%S").to_string();
            let whole = moment.as_second();
            let fraction = moment.subsec_nanosecond();
            if fraction >= 0 {
                let text = format!("{}.{:07}Z", civil(plain), fraction / 100);
                proptest::prop_assert_eq!(text.parse::<Instant>().expect("fraction"), Instant(moment), "{}", text);
            }
            for text in [
                format!("{}Z", civil(plain)),
                civil(plain),
                format!("{}{sign}{hours:02}:{minutes:02}", civil(local)),
            ] {
                let read = text.parse::<Instant>().expect("a moment");
                proptest::prop_assert_eq!(read.0.as_second(), whole, "{}", text);
                proptest::prop_assert_eq!(read.to_string().parse::<Instant>().expect("again"), read);
            }
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,60}") {
            let _ = text.parse::<Instant>();
        }

        #[test]
        fn almost_a_moment_never_panics(text in "[0-9]{4}-[0-9]{2}-[0-9]{2}T?[0-9:.]{0,20}[Z+-]?[0-9:]{0,6}") {
            let _ = text.parse::<Instant>();
        }
    }
}
