//! Co-termination (contract 15.10): the days on which a first or next term may end early.
//!
//! One rule for the list, the lines of carts and the instructions for the next term: the end of an
//! active, paid subscription of the same customer, or the end of a calendar month.

use axum::extract::{Path, State};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use crate::customers::customer_of;
use crate::state::{Sim, World};
use crate::subscriptions::{Status, Subscription, subscription_of};
use crate::terms::{last_day, months_of};
use crate::wire::{Answer, Call, Members, Refusal, collection, date_of, day, guid, ok};

const LONGEST_PAGE: usize = 300;

/// Why a term cannot end on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Before the term begins or after it would end by itself.
    OutsideTerm,
    /// Neither the end of a month nor of a subscription that may be aligned with.
    NotAligned,
}

/// Reads `customTermEndDate`: a date-time in any of the four shapes (contract 1.4), of which the
/// day counts.
pub(crate) fn read_day(from: Members<'_>, name: &str) -> Result<Option<Date>, Refusal> {
    from.get(name).map(|value| day_of(value.as_str().unwrap_or(""), name)).transpose()
}

fn day_of(text: &str, name: &str) -> Result<Date, Refusal> {
    let text = text.trim();
    text.parse::<Timestamp>()
        .map(date_of)
        .or_else(|_| text.parse::<DateTime>().map(DateTime::date))
        .or_else(|_| text.parse::<Date>())
        .map_err(|_| Refusal::property(name, "it is not a date"))
}

/// A monthly term cannot end on the 28th to 30th unless that is the last day of the month.
fn suits_length(term: &str, end: Date) -> bool {
    months_of(term) > 1 || end.day() < 28 || end == end.last_of_month()
}

/// Whether a term may be aligned with the end of this subscription.
fn can_be_joined(other: &Subscription, term: &str) -> bool {
    let paid = other.status == Status::Active && !other.is_trial && other.legacy.is_none();
    paid && (months_of(term) == 1 || months_of(&other.term) > 1)
}

/// Whether a term that begins on `first` may end on `end`.
pub(crate) fn check_term_end(world: &World, tenant: &str, term: &str, first: Date, end: Date) -> Result<(), Misfit> {
    if end < first || end > last_day(first, term) {
        return Err(Misfit::OutsideTerm);
    }
    let prefix = format!("{tenant}/");
    let joins = || {
        let mut others = world.subscriptions.under(&prefix).map(|(_, other)| other);
        others.any(|other| other.term_end == end && can_be_joined(other, term))
    };
    if suits_length(term, end) && (end == end.last_of_month() || joins()) { Ok(()) } else { Err(Misfit::NotAligned) }
}

/// One day of the list.
struct TermDate {
    end: Date,
    /// Which end then, too; empty for the end of a month.
    subscriptions: Vec<String>,
}

fn allowed(world: &World, tenant: &str, term: &str, first: Date, with: Option<&str>) -> Vec<TermDate> {
    let last = last_day(first, term);
    let fits = |end: Date| first <= end && end <= last && suits_length(term, end);
    let mut dates: Vec<TermDate> = Vec::new();
    let prefix = format!("{tenant}/");
    for (_, other) in world.subscriptions.under(&prefix) {
        let wanted = with.is_none_or(|id| other.id == id);
        if !wanted || !fits(other.term_end) || !can_be_joined(other, term) {
            continue;
        }
        match dates.iter_mut().find(|known| known.end == other.term_end) {
            Some(known) => known.subscriptions.push(other.id.clone()),
            None => dates.push(TermDate { end: other.term_end, subscriptions: vec![other.id.clone()] }),
        }
    }
    let mut month = first.last_of_month();
    while with.is_none() && month <= last {
        if fits(month) {
            dates.push(TermDate { end: month, subscriptions: Vec::new() });
        }
        match month.tomorrow() {
            Ok(next) => month = next.last_of_month(),
            Err(_) => break,
        }
    }
    dates.sort_by_key(|date| (date.end, date.subscriptions.is_empty()));
    dates
}

fn view(date: &TermDate) -> Value {
    let kind = if date.subscriptions.is_empty() { "calendarMonthAligned" } else { "subscriptionAligned" };
    json!({"allowedCustomTermEndDateType": kind, "cotermSubscriptionIds": date.subscriptions,
        "allowedCustomTermEndDate": day(date.end)})
}

/// A parameter under either of its two published names.
fn either<'a>(call: &'a Call, snake: &str, pascal: &str) -> Option<&'a str> {
    call.parameter(snake).or_else(|| call.parameter(pascal))
}

/// `GET C/subscriptions/customTermEndDates`.
pub(crate) async fn list(State(sim): State<Sim>, call: Call, Path(customer): Path<String>) -> Answer {
    let term = either(&call, "term_duration", "TermDuration").map(str::to_uppercase).unwrap_or_default();
    if !["P1M", "P1Y", "P3Y"].contains(&term.as_str()) {
        return Err(Refusal::invalid("term_duration must be P1M, P1Y or P3Y."));
    }
    let start = either(&call, "term_start_date", "TermStartDate");
    let start = start.map(|text| day_of(text, "term_start_date")).transpose()?;
    let target = either(&call, "target_coterm_subscription_id", "TargetCotermSubscriptionId");
    let size = call.size(LONGEST_PAGE, LONGEST_PAGE)?;
    let from: usize = match call.continuation.as_deref() {
        None => 0,
        Some(text) => text.parse().map_err(|_| Refusal::invalid("The continuation token is not valid."))?,
    };
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let target = match target {
            None => None,
            Some(id) => {
                let id = guid(id).ok_or_else(|| Refusal::new(404, 20_003, "The subscription was not found."))?;
                Some(subscription_of(world, &customer.id, &id, now)?.id.as_str())
            }
        };
        let today = date_of(now);
        let first = start.unwrap_or(today);
        if first < today {
            return Err(Refusal::invalid("term_start_date lies in the past."));
        }
        let dates = allowed(world, &customer.id, &term, first, target);
        let next = (from.saturating_add(size) < dates.len()).then(|| (from + size).to_string());
        let items = dates.iter().skip(from).take(size).map(view).collect();
        let path = format!("/customers/{}/subscriptions/customTermEndDates?term_duration={term}", customer.id);
        ok(&collection(items, &path, next))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn monthly_terms_avoid_the_days_that_some_months_lack() {
        assert!(!suits_length("P1M", date(2026, 3, 28)));
        assert!(!suits_length("P1M", date(2026, 3, 30)));
        assert!(suits_length("P1M", date(2026, 2, 28)));
        assert!(suits_length("P1M", date(2026, 4, 30)));
        assert!(suits_length("P1M", date(2026, 3, 31)));
        assert!(suits_length("P1Y", date(2026, 3, 30)));
    }

    #[test]
    fn reads_dates_in_all_shapes() {
        for text in ["2027-03-31T00:00:00", "2027-03-31", "2027-03-31T23:59:59.1234567Z", "2027-04-01T01:00:00+02:00"] {
            assert_eq!(day_of(text, "x").ok(), Some(date(2027, 3, 31)), "{text}");
        }
        assert!(day_of("soon", "x").is_err());
    }
}
