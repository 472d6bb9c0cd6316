//! Dates of price lists: month/day/year, with or without a time in AM and PM, in UTC. A day of the
//! year 9999 means that there is no end. Source: contract §12.5.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::instant::Instant;

/// A date of a price list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListDate {
    /// A moment.
    At(Instant),
    /// Never.
    Open,
}

/// Reads `3/1/2026`, `03/01/2026 12:00:00 AM`, `3/31/2026 11:59:59 PM`, `3/1/2026 13:00` and the
/// ISO shapes of the rest of the API.
pub(crate) fn parse(text: &str) -> Option<ListDate> {
    let text = text.trim();
    if !text.contains('/') {
        let moment: Instant = text.parse().ok()?;
        let year = moment.0.to_zoned(TimeZone::UTC).year();
        return Some(if year >= 9999 { ListDate::Open } else { ListDate::At(moment) });
    }
    let mut words = text.split_ascii_whitespace();
    let (month, day, year) = three(words.next()?, '/')?;
    let (hour, minute, second) = match words.next() {
        Some(time) => time_of_day(time, words.next())?,
        None => (0, 0, 0),
    };
    if words.next().is_some() || !(1900..=9999).contains(&year) {
        return None;
    }
    let civil = DateTime::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        hour,
        minute,
        second,
        0,
    )
    .ok()?;
    if year == 9999 {
        return Some(ListDate::Open);
    }
    TimeZone::UTC.to_timestamp(civil).ok().map(|moment| ListDate::At(Instant(moment)))
}

fn time_of_day(time: &str, half: Option<&str>) -> Option<(i8, i8, i8)> {
    let (hour, minute, second) = match time.split(':').count() {
        2 => three(&format!("{time}:0"), ':')?,
        _ => three(time, ':')?,
    };
    let hour = match half {
        None => hour,
        Some(half) => {
            if !(1..=12).contains(&hour) {
                return None;
            }
            let afternoon = match half.to_ascii_uppercase().as_str() {
                "AM" => 0,
                "PM" => 12,
                _ => return None,
            };
            hour % 12 + afternoon
        }
    };
    // A leap second or a 24th hour is refused where the date is put together.
    Some((i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?))
}

fn three(text: &str, between: char) -> Option<(u16, u16, u16)> {
    let mut numbers = text.split(between).map(|number| {
        let digits = (1..=4).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        if digits { number.parse::<u16>().ok() } else { None }
    });
    let three = (numbers.next()??, numbers.next()??, numbers.next()??);
    numbers.next().is_none().then_some(three)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn us_dates_with_and_without_time() {
        for (text, written) in [
            ("3/1/2026", "2026-03-01T00:00:00Z"),
            ("03/01/2026 12:00:00 AM", "2026-03-01T00:00:00Z"),
            ("3/31/2026 11:59:59 pm", "2026-03-31T23:59:59Z"),
            ("3/1/2026 12:30 PM", "2026-03-01T12:30:00Z"),
            ("3/1/2026 13:05:06", "2026-03-01T13:05:06Z"),
            ("2/29/2028", "2028-02-29T00:00:00Z"),
            ("2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ] {
            let Some(ListDate::At(moment)) = parse(text) else { panic!("{text}") };
            assert_eq!(moment.to_string(), written, "{text}");
        }
        for text in
            ["12/31/9999", "12/31/9999 11:59:59 PM", "1/1/9999", "9999-12-31T23:59:59Z", "9998-12-31T23:00:00-07:00"]
        {
            assert_eq!(parse(text), Some(ListDate::Open), "{text}");
        }
        for text in [
            "",
            "31/3/2026",
            "2/30/2026",
            "3/1/26",
            "3/1",
            "3/1/2026/4",
            "3/1/2026 0:00 AM",
            "3/1/2026 13:00 PM",
            "3/1/2026 24:00",
            "3/1/2026 12:00 XM",
            "3/1/2026 12:00 AM UTC",
            "+3/1/2026",
            "13/31/9999",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
