//! How a language writes numbers, dates, instants, money and percentages (CLDR data,
//! compiled in). Never rounds an amount to anything but cents.

use super::{Language, Text};
use icu::{
    datetime::{DateTimeFormatter, fieldsets},
    decimal::{DecimalFormatter, input::Decimal as Digits},
    locale::Locale,
    time::{DateTime, Time},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use licensing::money::Money;
use rust_decimal::Decimal;
use std::{collections::HashMap, rc::Rc};

/// The formatters of one language; making them costs more than using them.
struct Forms {
    decimal: DecimalFormatter,
    /// Between thousands.
    separator: String,
    date: DateTimeFormatter<fieldsets::YMD>,
    /// How a date of each month is put together; `None` where that is not plain.
    months: [Option<Month>; 12],
    instant: DateTimeFormatter<fieldsets::YMDT>,
}

/// The texts around the day and, behind it, the year.
#[derive(Debug)]
struct Month {
    before: String,
    between: String,
    behind: String,
}

impl Month {
    /// From dates of it as the formatter writes them.
    fn learn(month: u8, write: impl Fn(u8) -> Option<String>) -> Option<Month> {
        let sample = write(22)?;
        let (before, rest) = sample.split_once("22")?;
        let (between, behind) = rest.split_once("4444")?;
        let learnt = Month { before: before.to_owned(), between: between.to_owned(), behind: behind.to_owned() };
        let days = if month == 2 { 1..=29 } else { 1..=30 };
        days.into_iter().all(|day| write(day).is_some_and(|w| w == learnt.write(day, 4444))).then_some(learnt)
    }

    fn write(&self, day: u8, year: i16) -> String {
        [&self.before, day.to_string().as_str(), &self.between, year.to_string().as_str(), &self.behind].concat()
    }
}

thread_local! {
    static FORMS: std::cell::RefCell<HashMap<Language, Rc<Forms>>> = std::cell::RefCell::default();
}

fn forms(language: Language) -> Rc<Forms> {
    const COMPILED: &str = "the data of the seven languages are compiled in";
    FORMS.with_borrow_mut(|known| {
        let made = known.entry(language).or_insert_with(|| {
            let locale: Locale = language.region().parse().expect("the region of a language is a locale");
            let decimal = DecimalFormatter::try_new((&locale).into(), Default::default()).expect(COMPILED);
            let separator = decimal.format(&Digits::from(10_000)).to_string().replace(['0', '1'], "");
            let date = DateTimeFormatter::try_new((&locale).into(), fieldsets::YMD::long()).expect(COMPILED);
            let months = std::array::from_fn(|n| {
                let month = n as u8 + 1;
                let day = |day| icu::calendar::Date::try_new_iso(4444, month, day).ok();
                Month::learn(month, |number| Some(date.format(&day(number)?).to_string()))
            });
            Rc::new(Forms {
                decimal,
                separator,
                date,
                months,
                instant: DateTimeFormatter::try_new((&locale).into(), fieldsets::YMD::long().with_time_hm())
                    .expect(COMPILED),
            })
        });
        Rc::clone(made)
    })
}

/// The sign of a currency, and whether it is a word (and stands off even in front).
fn sign(language: Language, code: &str) -> (&str, bool) {
    match (code, language) {
        ("EUR", _) => ("€", false),
        ("GBP", Language::En) => ("£", false),
        ("USD", Language::En) => ("US$", false),
        ("PLN", Language::Pl) => ("zł", false),
        (code, _) => (code, true),
    }
}

impl Text {
    /// A whole number, grouped: `12.345`.
    pub fn number(&self, number: i64) -> String {
        match number {
            // Nothing to group, and all seven languages write these digits.
            0..1000 => number.to_string(),
            _ => self.number_by_cldr(number),
        }
    }

    pub(super) fn number_by_cldr(&self, number: i64) -> String {
        forms(self.language).decimal.format(&Digits::from(number)).to_string()
    }

    /// A decimal number with the digits that it has after the point.
    pub fn decimal(&self, number: Decimal) -> String {
        match Digits::try_from_str(&number.to_string()) {
            Ok(digits) => forms(self.language).decimal.format(&digits).to_string(),
            Err(_) => number.to_string(),
        }
    }

    /// A date in long form: `4 marzo 2026`.
    pub fn date(&self, date: Date) -> String {
        let (month, day) = (usize::from(date.month().unsigned_abs()), date.day().unsigned_abs());
        match forms(self.language).months.get(month.wrapping_sub(1)) {
            Some(Some(month)) if (1000..=9999).contains(&date.year()) => month.write(day, date.year()),
            _ => self.date_by_cldr(date),
        }
    }

    #[cfg(test)]
    pub(super) fn has_pattern(&self) -> bool {
        forms(self.language).months.iter().all(Option::is_some)
    }

    pub(super) fn date_by_cldr(&self, date: Date) -> String {
        match icu::calendar::Date::try_new_iso(date.year().into(), date.month() as u8, date.day() as u8) {
            Ok(day) => forms(self.language).date.format(&day).to_string(),
            Err(_) => date.to_string(),
        }
    }

    /// Day, time to the minute and the zone's name: `4 marzo 2026 alle ore 10:11 UTC`.
    pub fn instant(&self, instant: Timestamp, zone: &TimeZone) -> String {
        let local = instant.to_zoned(zone.clone());
        let day = icu::calendar::Date::try_new_iso(local.year().into(), local.month() as u8, local.day() as u8);
        let time = Time::try_new(local.hour() as u8, local.minute() as u8, local.second() as u8, 0);
        match (day, time) {
            (Ok(date), Ok(time)) => {
                let written = forms(self.language).instant.format(&DateTime { date, time }).to_string();
                format!("{written} {}", local.strftime("%Z"))
            }
            _ => instant.to_string(),
        }
    }

    /// An amount rounded to cents with its currency: `1.234,50 €`, `€1,234.50`. Blanks
    /// inside are no-break spaces.
    pub fn money(&self, money: &Money) -> String {
        let amount = money.rounded().amount;
        let (sign, is_word) = sign(self.language, money.currency.code());
        let digits = |amount| self.cents(amount);
        match self.language {
            Language::En => {
                let minus = if amount.is_sign_negative() && !amount.is_zero() { "-" } else { "" };
                let gap = if is_word { "\u{a0}" } else { "" };
                format!("{minus}{sign}{gap}{}", digits(amount.abs()))
            }
            _ => format!("{}\u{a0}{sign}", digits(if amount.is_zero() { Decimal::ZERO } else { amount })),
        }
    }

    /// An amount with two decimals, thousands always apart: CLDR leaves 1234,50 together in some
    /// languages, which misleads beside longer amounts.
    fn cents(&self, amount: Decimal) -> String {
        let text = format!("{amount:.2}");
        let forms = forms(self.language);
        let mut written = match Digits::try_from_str(&text) {
            Ok(digits) => forms.decimal.format(&digits).to_string(),
            Err(_) => return text,
        };
        let start = written.find(|c: char| c.is_ascii_digit()).unwrap_or_default();
        if written[start..].chars().take_while(char::is_ascii_digit).count() == 4 {
            written.insert_str(start + 1, &forms.separator);
        }
        written
    }

    /// A percentage; `22` is written `22%`.
    pub fn percent(&self, percent: Decimal) -> String {
        let gap = match self.language {
            Language::De | Language::Es => "\u{a0}",
            Language::Fr => "\u{202f}",
            _ => "",
        };
        format!("{}{gap}%", self.decimal(percent.normalize()))
    }
}
