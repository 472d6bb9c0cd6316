//! A list of ids as pages of objects: the headers `X-Pagination-*` (contracts/ovh-api.md §1.4, "iceberg").
//!
//! Which fields can be sorted and filtered by is what the model of the list's items declares. A page in the
//! order of the ids loads that page only; another order or a filter looks at all objects, in short stretches.

use super::{
    Door,
    answer::Reply,
    caller::Arrived,
    problem::Refusal,
    routing::{Call, Objects, Route, Slice},
    schema::{Field, Kind, Model},
};
use jiff::{Timestamp, civil, tz::TimeZone};
use licensing::{invalid::Rule, rust_decimal::Decimal};
use serde_json::Value;

const MODE: &str = "X-Pagination-Mode";
const NUMBER: &str = "X-Pagination-Number";
pub(crate) const SIZE: &str = "X-Pagination-Size";
const SORT: &str = "X-Pagination-Sort";
const ORDER: &str = "X-Pagination-Sort-Order";
const FILTER: &str = "X-Pagination-Filter";

/// The mode that there is.
const PAGES: &str = "CachedObjectList-Pages";
const USUAL_SIZE: u32 = 1000;
const MOST_SIZE: u32 = 50_000;
const MOST_PAGES: u32 = 1_000_000_000;
const MOST_CONDITIONS: usize = 20;
/// The longest list that is looked at for a filter or another order than that of the ids.
const MOST_SCANNED: u64 = 100_000;
/// How much of it at a time.
const STRETCH: u32 = 2000;

/// The page that a call asks for.
pub(crate) struct Page {
    objects: Objects,
    skip: u64,
    size: u32,
    /// Another order than that of the ids.
    sort: Option<Path>,
    descending: bool,
    filter: Vec<Condition>,
}

/// A field, through the objects that hold it.
struct Path {
    names: Vec<&'static str>,
    kind: Kind,
}

struct Condition {
    path: Path,
    test: Test,
}

enum Test {
    /// Lower case, split at its wildcards.
    Like(Vec<String>),
    Equal(Key),
    NotEqual(Key),
    Less(Key),
    Greater(Key),
    In(Vec<Key>),
}

/// A value that can be compared with another one of its type; `Null` comes first. Texts are ordered without
/// regard to case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Null,
    Truth(bool),
    Number(Decimal),
    Instant(Timestamp),
    Text { folded: String, exact: String },
}

/// The page that a call asks for; `None` where it asks for none or the list has no objects.
///
/// 400 naming the header whose value cannot be used: unknown mode, size, order, field or operator, or a value
/// that has not the field's type.
pub(crate) fn wanted(arrived: &Arrived<'_>, door: &Door, route: &Route) -> Result<Option<Page>, Refusal> {
    let Some(mode) = arrived.header(MODE) else { return Ok(None) };
    let Some((objects, model)) = route.objects.zip(door.routes.item_model(route)) else { return Ok(None) };
    if mode != PAGES {
        return Err(Refusal::invalid(MODE, mode, Rule::OneOf { allowed: PAGES.to_owned() }));
    }
    let number = whole(arrived, NUMBER, 1, MOST_PAGES)?;
    let size = whole(arrived, SIZE, USUAL_SIZE, MOST_SIZE)?;
    let sort = arrived.header(SORT).map(|name| path(SORT, model, name)).transpose()?;
    let by_id = |path: &Path| model.fields().next().is_some_and(|id| path.names == [id.name]);
    let descending = match arrived.header(ORDER) {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("ASC") => false,
        Some(word) if word.eq_ignore_ascii_case("DESC") => true,
        Some(word) => return Err(Refusal::invalid(ORDER, word, Rule::OneOf { allowed: "ASC, DESC".to_owned() })),
    };
    let filter = arrived.header(FILTER).map(|text| conditions(model, text)).transpose()?.unwrap_or_default();
    let skip = u64::from(number - 1) * u64::from(size);
    Ok(Some(Page { objects, skip, size, sort: sort.filter(|path| !by_id(path)), descending, filter }))
}

/// A whole number of a header, from 1 to `most`.
///
/// 400 naming the header.
pub(crate) fn whole(arrived: &Arrived<'_>, name: &str, usual: u32, most: u32) -> Result<u32, Refusal> {
    let Some(text) = arrived.sent(name) else { return Ok(usual) };
    match text.parse::<u32>() {
        Ok(0) => Err(Refusal::invalid(name, text, Rule::AtLeast { min: 1 })),
        Ok(number) if number <= most => Ok(number),
        Ok(_) => Err(Refusal::invalid(name, text, Rule::AtMost { max: most })),
        Err(_) => Err(Refusal::invalid(name, text, Rule::WholeNumber)),
    }
}

/// A field that holds one value, by its name; a field of an object inside is named with a dot.
fn path(header: &str, model: &'static Model, name: &str) -> Result<Path, Refusal> {
    let simple = |kind: &Kind| match kind {
        Kind::List(_) | Kind::Map(_) | Kind::Void => false,
        Kind::Of(model) => model.words().is_some(),
        _ => true,
    };
    let (mut model_of, mut names, mut last) = (Some(model), Vec::new(), None::<&Field>);
    for part in name.split('.') {
        last = model_of.and_then(|m| m.field(part));
        names.extend(last.map(|f| f.name));
        model_of = last.and_then(|f| match f.kind {
            Kind::Of(inner) => Some(inner),
            _ => None,
        });
    }
    match last.filter(|f| simple(&f.kind)) {
        Some(field) => Ok(Path { names, kind: field.kind }),
        None => {
            let allowed = model.fields().filter(|f| simple(&f.kind)).map(|f| f.name).collect::<Vec<_>>().join(", ");
            Err(Refusal::invalid(header, name, Rule::OneOf { allowed }))
        }
    }
}

/// `field:op=value` joined by `&`.
fn conditions(model: &'static Model, text: &str) -> Result<Vec<Condition>, Refusal> {
    let form = |one: &str| {
        let expected = "of the form field:operator=value, joined by &".to_owned();
        Refusal::invalid(FILTER, one, Rule::WrongType { expected })
    };
    let parts: Vec<&str> = text.split('&').filter(|part| !part.is_empty()).collect();
    if parts.len() > MOST_CONDITIONS {
        return Err(Refusal::invalid(FILTER, &parts.len().to_string(), Rule::TooManyLines { max: MOST_CONDITIONS }));
    }
    let mut found = Vec::new();
    for one in parts {
        let (left, value) = one.split_once('=').ok_or_else(|| form(one))?;
        let (name, operator) = left.rsplit_once(':').ok_or_else(|| form(one))?;
        let path = path(FILTER, model, name)?;
        let key = |text: &str| key_of_text(&path.kind, text).map_err(|rule| Refusal::invalid(name, text, rule));
        let plain = decoded(value);
        let test = match operator {
            "like" => Test::Like(plain.to_lowercase().split('%').map(str::to_owned).collect()),
            "eq" => Test::Equal(key(&plain)?),
            "ne" => Test::NotEqual(key(&plain)?),
            "lt" => Test::Less(key(&plain)?),
            "gt" => Test::Greater(key(&plain)?),
            "in" => Test::In(value.split(',').map(|one| key(&decoded(one))).collect::<Result<_, _>>()?),
            other => {
                let allowed = "like, eq, ne, lt, gt, in".to_owned();
                return Err(Refusal::invalid(FILTER, other, Rule::OneOf { allowed }));
            }
        };
        found.push(Condition { path, test });
    }
    Ok(found)
}

/// Without percent signs. What is no escape stays, since `%` is a wildcard, too.
fn decoded(text: &str) -> String {
    super::routing::decoded(text)
}

fn key_of_text(kind: &Kind, text: &str) -> Result<Key, Rule> {
    let wrong = |expected: &str| Rule::WrongType { expected: expected.to_owned() };
    match kind {
        Kind::Long | Kind::Double => text.parse().map(Key::Number).map_err(|_| wrong("a number")),
        Kind::Boolean => text.parse().map(Key::Truth).map_err(|_| wrong("true or false")),
        Kind::Datetime => instant(text)
            .map(Key::Instant)
            .ok_or_else(|| wrong("a date such as 2026-03-05 or 2026-03-05T09:30:00+01:00")),
        Kind::Date if text.parse::<civil::Date>().is_err() => Err(wrong("a date such as 2026-03-05")),
        Kind::Of(model) => match model.words().filter(|words| !words.contains(&text)) {
            Some(words) => Err(Rule::OneOf { allowed: words.join(", ") }),
            None => Ok(key_of_string(text)),
        },
        _ => Ok(key_of_string(text)),
    }
}

fn key_of_string(text: &str) -> Key {
    Key::Text { folded: text.to_lowercase(), exact: text.to_owned() }
}

fn instant(text: &str) -> Option<Timestamp> {
    let utc = |at: civil::DateTime| at.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp());
    // An offset's `+` that was not escaped may arrive as a blank.
    let text = text.replace(' ', "+");
    text.parse().ok().or_else(|| text.parse().ok().and_then(utc))
}

impl Path {
    fn value<'a>(&self, object: &'a Value) -> &'a Value {
        self.names.iter().fold(object, |value, name| value.get(*name).unwrap_or(&Value::Null))
    }

    fn key(&self, object: &Value) -> Key {
        match self.value(object) {
            Value::Bool(truth) => Key::Truth(*truth),
            Value::Number(number) => number_key(&number.to_string()),
            Value::String(text) if matches!(self.kind, Kind::Datetime) => instant(text).map_or(Key::Null, Key::Instant),
            Value::String(text) => key_of_string(text),
            Value::Null | Value::Array(_) | Value::Object(_) => Key::Null,
        }
    }
}

fn number_key(text: &str) -> Key {
    let number = text.parse().or_else(|_| Decimal::from_scientific(text));
    number.map_or(Key::Null, Key::Number)
}

impl Condition {
    fn fits(&self, object: &Value) -> bool {
        let key = self.path.key(object);
        match &self.test {
            Test::NotEqual(other) => key != *other,
            _ if key == Key::Null => false,
            Test::Equal(other) => key == *other,
            Test::Less(other) => key < *other,
            Test::Greater(other) => key > *other,
            Test::In(others) => others.contains(&key),
            Test::Like(pieces) => match self.path.value(object) {
                Value::String(text) => like(pieces, &text.to_lowercase()),
                other => like(pieces, &other.to_string()),
            },
        }
    }
}

/// Whether a text begins with the first piece, ends with the last one, and holds the others in between.
fn like(pieces: &[String], text: &str) -> bool {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return text.is_empty() };
    if pieces.len() == 1 {
        return text == first;
    }
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for piece in &pieces[1..pieces.len() - 1] {
        match rest.find(piece.as_str()) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last.as_str())
}

/// An array of whole objects, with how many there are on all pages.
pub(crate) async fn answer(call: Call, page: Page) -> Result<Reply, Refusal> {
    let (total, objects) = match page.objects {
        Objects::Slices(read) if page.filter.is_empty() && page.sort.is_none() => {
            read(call, Slice { skip: page.skip, most: page.size, descending: page.descending }).await?
        }
        Objects::Slices(read) => {
            let (length, _) = read(call.clone(), Slice { skip: 0, most: 0, descending: false }).await?;
            if length > MOST_SCANNED {
                return Err(Refusal::bad(format!(
                    "{FILTER} and {SORT}: the list has {length} objects; a filter or an order other than that of the \
                     ids is offered for up to {MOST_SCANNED}"
                )));
            }
            let (mut chosen, mut skip) = (Chosen::of(&page), 0);
            while skip < length {
                let (_, some) = read(call.clone(), Slice { skip, most: STRETCH, descending: false }).await?;
                some.into_iter().for_each(|object| chosen.take(object));
                skip += u64::from(STRETCH);
            }
            chosen.page()
        }
        Objects::All(read) => {
            let mut chosen = Chosen::of(&page);
            read(call).await?.into_iter().for_each(|object| chosen.take(object));
            chosen.page()
        }
    };
    Ok(Reply { elements: Some(total), ..Reply::json(Value::from(objects).to_string()) })
}

/// The objects that may still be on the page.
struct Chosen<'a> {
    page: &'a Page,
    total: u64,
    kept: Vec<(Key, u64, Value)>,
}

impl Chosen<'_> {
    fn of(page: &Page) -> Chosen<'_> {
        Chosen { page, total: 0, kept: Vec::new() }
    }

    /// One more, in the order of the ids.
    fn take(&mut self, object: Value) {
        if !self.page.filter.iter().all(|condition| condition.fits(&object)) {
            return;
        }
        let key = self.page.sort.as_ref().map_or(Key::Null, |path| path.key(&object));
        self.kept.push((key, self.total, object));
        self.total += 1;
        // Whatever comes after the page twice over cannot come before its end any more.
        if self.kept.len() as u64 > 2 * self.end().max(u64::from(STRETCH)) {
            self.order();
        }
    }

    fn end(&self) -> u64 {
        self.page.skip.saturating_add(u64::from(self.page.size))
    }

    fn order(&mut self) {
        let by_id = self.page.sort.is_none();
        match (by_id, self.page.descending) {
            (true, true) => self.kept.sort_by_key(|(_, at, _)| std::cmp::Reverse(*at)),
            (true, false) => self.kept.sort_by_key(|(_, at, _)| *at),
            (false, true) => self.kept.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1))),
            (false, false) => self.kept.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1))),
        }
        self.kept.truncate(usize::try_from(self.end()).unwrap_or(usize::MAX));
    }

    fn page(mut self) -> (u64, Vec<Value>) {
        self.order();
        let skip = usize::try_from(self.page.skip).unwrap_or(usize::MAX);
        (self.total, self.kept.into_iter().skip(skip).map(|(_, _, object)| object).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_wildcards() {
        let fits = |pattern: &str, text: &str| {
            let pieces: Vec<String> = pattern.split('%').map(str::to_owned).collect();
            like(&pieces, text)
        };
        for (pattern, text, good) in [
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("a%", "abc", true),
            ("%c", "abc", true),
            ("%b%", "abc", true),
            ("%x%", "abc", false),
            ("a%a", "a", false),
            ("%", "", true),
            ("", "", true),
            ("", "a", false),
            ("a%b%c", "a-b-b-c", true),
            ("a%b%c", "a-c-b", false),
            ("ab%bc", "abc", false),
        ] {
            assert_eq!(fits(pattern, text), good, "{pattern} {text}");
        }
    }

    #[test]
    fn of_a_long_list_only_what_can_be_on_the_page_is_kept() {
        static THING: Model = Model::object(
            "a.Thing",
            "A thing",
            &[Field::shown("id", Kind::Long, "Its number"), Field::shown("rank", Kind::Long, "Its rank").or_null()],
        );
        let objects = Objects::All(|_| Box::pin(async { Ok(Vec::new()) }));
        let page = |sort: Option<&str>, descending, skip, filter: &str| Page {
            objects,
            skip,
            size: 3,
            sort: sort.map(|name| path(SORT, &THING, name).expect("a field")),
            descending,
            filter: conditions(&THING, filter).expect("conditions"),
        };
        // Ranks 0 to 6 again and again, null where the number ends in 0.
        let thing = |id: u64| serde_json::json!({ "id": id, "rank": (!id.is_multiple_of(10)).then_some(id % 7) });
        let ids = |page: &Page| {
            let mut chosen = Chosen::of(page);
            for id in 1..=20_000 {
                chosen.take(thing(id));
                assert!(chosen.kept.len() <= 4001, "bounded");
            }
            let (total, objects) = chosen.page();
            (total, objects.iter().filter_map(|o| o["id"].as_u64()).collect::<Vec<_>>())
        };
        assert_eq!(ids(&page(None, false, 3, "")), (20_000, vec![4, 5, 6]));
        assert_eq!(ids(&page(None, true, 0, "")), (20_000, vec![20_000, 19_999, 19_998]));
        assert_eq!(ids(&page(Some("rank"), false, 0, "")), (20_000, vec![10, 20, 30]), "nothing comes first");
        assert_eq!(ids(&page(Some("rank"), true, 0, "")), (20_000, vec![6, 13, 27]), "equals stay in the order of ids");
        assert_eq!(ids(&page(Some("rank"), false, 0, "rank:gt=4&id:lt=100&rank:in=5,6")).1, [5, 12, 19]);
        assert_eq!(ids(&page(None, false, 0, "id:like=1%25999")), (11, vec![1999, 10_999, 11_999]));
    }

    #[test]
    fn values_are_compared_by_their_type() {
        let key = |kind: &Kind, text: &str| key_of_text(kind, text).expect("of the type");
        assert!(key(&Kind::Long, "9") < key(&Kind::Long, "10"));
        assert!(key(&Kind::String, "9") > key(&Kind::String, "10"));
        assert_eq!(key(&Kind::Datetime, "2026-03-05T10:00:00+01:00"), key(&Kind::Datetime, "2026-03-05T09:00:00Z"));
        assert!(key(&Kind::String, "alpha") < key(&Kind::String, "Beta"));
        assert_ne!(key(&Kind::String, "alpha"), key(&Kind::String, "Alpha"));
        for (kind, text) in
            [(Kind::Long, "ten"), (Kind::Boolean, "yes"), (Kind::Date, "05/03/2026"), (Kind::Datetime, "soon")]
        {
            assert!(key_of_text(&kind, text).is_err(), "{kind} {text}");
        }
    }
}
