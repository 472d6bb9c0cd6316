//! Seats over time: `usageStatistics` and `billingPeriodPeaks` (contracts/ovh-api.md §5.1).
//!
//! Told from what is kept: when each subscription was made, the seat changes that tasks
//! carried out, and its end. Changes made outside Levante count from when they were read.

use super::{
    answer::{Answer, Outcome, day},
    models::tenant as models,
    problem::Refusal,
    routing::{Call, Route},
    schema::{Field, Kind, Stage},
};
use crate::operations::{
    subscriptions::Subscription,
    tasks::{Asked, Task},
};
use jiff::{Timestamp, ToSpan, civil::Date};
use licensing::{id::LicenceId, invalid::Rule, task::TaskState};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Every route of this file.
pub(super) static ROUTES: &[Route] = &[
    Route::get(
        "/saas/csp2/{serviceName}/billingPeriodPeaks",
        "The most seats of the current billing period",
        Kind::Of(&models::BILLING_STATISTICS),
        |call| Box::pin(peaks(call)),
    )
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:billingPeriodPeaks/get"),
    Route::get(
        "/saas/csp2/{serviceName}/usageStatistics",
        "The seats of every day",
        Kind::List(&Kind::Of(&models::STATISTICS)),
        |call| Box::pin(usage(call)),
    )
    .query(&[Field::must("timePeriod", Kind::Of(&models::TIME_PERIOD), "The days").like("lastMonth")])
    .stage(Stage::Alpha)
    .action("cspReseller:apiovh:usageStatistics/get"),
];

/// When the seats of a licence changed, and by how many.
type Changes = BTreeMap<LicenceId, Vec<(Timestamp, i64)>>;

async fn usage(call: Call) -> Outcome {
    let changes = changes(&call).await?;
    let days = match call.query("timePeriod").unwrap_or_default() {
        "lastWeek" => 7,
        "lastMonth" => 30,
        "lastQuarter" => 91,
        "lastYear" => 365,
        other => {
            let allowed = "lastWeek, lastMonth, lastQuarter, lastYear".to_owned();
            let rule = if other.is_empty() { Rule::Required } else { Rule::OneOf { allowed } };
            return Err(Refusal::invalid("timePeriod", other, rule));
        }
    };
    let names = names(&call).await?;
    let today = day(call.door.operations.clock.business());
    let first = today.checked_sub((days - 1).days()).unwrap_or(today);
    let entries = first.series(1.day()).take_while(|date| *date <= today).map(|date| {
        let lines: Vec<Value> = lines(&changes, date, date)
            .map(|(licence, peak, end)| {
                json!({ "licenceId": licence, "licenceName": name(&names, licence), "peakCount": peak, "endOfDayCount": end })
            })
            .collect();
        json!({ "date": date, "lines": lines })
    });
    Answer::of(&entries.collect::<Vec<_>>())
}

/// The billing period is the calendar month.
async fn peaks(call: Call) -> Outcome {
    let changes = changes(&call).await?;
    let names = names(&call).await?;
    let today = day(call.door.operations.clock.business());
    let (first, last) = (today.first_of_month(), today.last_of_month());
    let lines: Vec<Value> = lines(&changes, first, today)
        .map(|(licence, peak, _)| {
            json!({ "licenceId": licence, "licenceName": name(&names, licence), "peakCount": peak })
        })
        .collect();
    Answer::of(&json!({ "startDate": first, "endDate": last, "lines": lines }))
}

async fn names(call: &Call) -> Result<BTreeMap<LicenceId, String>, Refusal> {
    Ok(call.door.operations.price_list().await?.all().map(|l| (l.id, l.name.clone())).collect())
}

fn name(names: &BTreeMap<LicenceId, String>, licence: LicenceId) -> String {
    names.get(&licence).cloned().unwrap_or_else(|| licence.to_string())
}

async fn changes(call: &Call) -> Result<Changes, Refusal> {
    let (account, service) = (&call.caller()?.account, call.service()?);
    let subscriptions = call.door.operations.subscriptions(account, &service).await?;
    let tasks = call.door.operations.tasks(account, &service).await?;
    Ok(history(&subscriptions, &tasks))
}

fn history(subscriptions: &[Subscription], tasks: &[Task]) -> Changes {
    let mut changes = Changes::new();
    for s in subscriptions {
        let done = |t: &&Task| t.subscription == Some(s.id) && t.state == TaskState::Done;
        let mut steps: Vec<(Timestamp, i64, i64)> = tasks
            .iter()
            .filter(done)
            .filter_map(|t| match &t.asked {
                Asked::Seats { from, to } => Some((t.finished_at?, i64::from(from.get()), i64::from(to.get()))),
                Asked::Order | Asked::Cancel | Asked::Renewal { .. } | Asked::Password => None,
            })
            .collect();
        steps.sort();
        let now = i64::from(s.seats.get());
        let mut seats = steps.first().map_or(now, |(_, from, _)| *from);
        let of_licence = changes.entry(s.licence).or_default();
        of_licence.push((s.created_at, seats));
        for (at, _, to) in steps {
            of_licence.push((at, to - seats));
            seats = to;
        }
        if seats != now {
            of_licence.push((s.updated_at.unwrap_or(s.read_at), now - seats));
        }
        if s.state.is_over() {
            let cancelled = tasks.iter().filter(done).find(|t| t.asked == Asked::Cancel).and_then(|t| t.finished_at);
            of_licence.push((cancelled.or(s.updated_at).unwrap_or(s.read_at), -now));
        }
    }
    for of_licence in changes.values_mut() {
        of_licence.sort();
    }
    changes
}

/// Peak and last count of every licence that had seats between two days, both included.
fn lines(changes: &Changes, first: Date, last: Date) -> impl Iterator<Item = (LicenceId, i64, i64)> {
    changes.iter().filter_map(move |(licence, steps)| {
        let before: i64 = steps.iter().filter(|(at, _)| day(*at) < first).map(|(_, by)| by).sum();
        let (mut peak, mut count) = (before, before);
        for (_, by) in steps.iter().filter(|(at, _)| (first..=last).contains(&day(*at))) {
            count += by;
            peak = peak.max(count);
        }
        (peak > 0).then_some((*licence, peak, count))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_day_knows_its_peak_and_its_end() {
        let steps = vec![
            (at("2026-03-02T10:00:00Z"), 5),
            (at("2026-03-03T10:00:00Z"), 3),
            (at("2026-03-03T12:00:00Z"), -4),
            (at("2026-03-05T00:00:00Z"), -4),
        ];
        let changes = Changes::from([(LicenceId(1), steps)]);
        let date = |d: i8| jiff::civil::date(2026, 3, d);
        let on = |d| lines(&changes, date(d), date(d)).map(|(_, peak, end)| (peak, end)).collect::<Vec<_>>();
        assert_eq!(on(1), [], "nothing before it was made");
        assert_eq!(on(2), [(5, 5)]);
        assert_eq!(on(3), [(8, 4)]);
        assert_eq!(on(4), [(4, 4)]);
        assert_eq!(on(5), [(4, 0)]);
        assert_eq!(on(6), []);
        assert_eq!(lines(&changes, date(1), date(31)).map(|(_, peak, _)| peak).collect::<Vec<_>>(), [8]);
    }
}
