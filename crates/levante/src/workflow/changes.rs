//! Changes of a subscription: another total of seats, its end.
//!
//! Always read first. What was sent without a clear answer is settled by comparing, never
//! by sending again blindly (design §7); what somebody changed elsewhere is never overwritten.

use super::{Came, Workflow, call_of, is_strange, letters::Facts, patience, waited, waiting};
use crate::{
    operations::{
        Problem,
        services::Service,
        subscriptions::Subscription,
        tasks::{Asked, Task},
        work::{Held, Outgoing, Record, Then},
    },
    provider::{Answer, Refused, RefusedKind, RemoteSubscription, SubscriptionChange},
};
use jiff::{SignedDuration, Timestamp};
use licensing::{
    id::TaskId,
    reason::Reason,
    seat::{SeatChange, SeatCount, decide_change},
    subscription::{SubscriptionState, TermEndIntent, decide_cancel},
};
use serde_json::json;

/// The step's name in rows and in the panel.
const STEP: &str = "change-subscription";
/// How long what was accepted may take to show. After that it is decided anew by what shows.
const SHOWS_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// How long "not now" is waited for: an operation that blocks the subscription lasts a day (contract §3).
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// How soon a renewal that is running is looked at again (contract §15.7).
const RENEWAL: SignedDuration = SignedDuration::from_mins(2);

pub(super) async fn carry_out(workflow: &Workflow, held: &Held, task: TaskId) -> Result<(), Problem> {
    let (mut task, service, mut subscription) = workflow.operations.change_work(task).await?;
    if task.state.is_over() {
        return workflow.operations.end_job(held).await;
    }
    let mut record = Record::default();
    let mut ends_at_term = false;
    let came = change(workflow, held, &task, &service, &mut subscription, &mut record, &mut ends_at_term).await?;
    let now = workflow.operations.clock.business();
    came.note(&mut task, STEP, now);
    match came {
        Came::Wait { after, .. } => record.then = Then::At(now + after),
        Came::Done => {
            (subscription.task, subscription.updated_at) = (None, Some(now));
            let facts = match task.asked {
                Asked::Cancel | Asked::Renewal { renews: false } => {
                    Some(Facts::SubscriptionCancelled { task: task.id })
                }
                Asked::Seats { .. } => Some(Facts::SubscriptionChanged { task: task.id }),
                Asked::Renewal { renews: true } | Asked::Order | Asked::Password => None,
            };
            if let Some(facts) = facts {
                record.mails.push(workflow.to_reseller(&service, &facts).await?);
            }
            let disturbed = matches!(task.asked, Asked::Seats { .. }) && !ends_at_term;
            if subscription.intent == TermEndIntent::Cancel && disturbed {
                let (follow_up, job) = workflow.operations.wish_again(&service, &subscription).await?;
                subscription.task = Some(follow_up.id);
                record.follow_up = Some((follow_up, job));
            }
            record.subscription = Some(subscription);
            record.then = Then::End;
        }
        Came::Refused(reason) => {
            let facts = Facts::NeedsAttention { task: task.id, order: None, reason };
            record.mails.push(workflow.to_reseller(&service, &facts).await?);
            subscription.task = None;
            record.subscription = Some(subscription);
            record.then = Then::End;
        }
    }
    record.task = Some(task);
    workflow.operations.record(held, record).await
}

/// One attempt. What was read is put into `subscription` and `ends_at_term`, what is to be saved into `record`.
async fn change(
    workflow: &Workflow,
    held: &Held,
    task: &Task,
    service: &Service,
    subscription: &mut Subscription,
    record: &mut Record,
    ends_at_term: &mut bool,
) -> Result<Came, Problem> {
    let operations = &workflow.operations;
    let now = operations.clock.business();
    let Some(tenant) = service.tenant else { return Ok(Came::Refused(Reason::Gone)) };
    let remote = match workflow.provider.read_subscription(tenant, subscription.remote).await {
        Ok(Some(remote)) => remote,
        Ok(None) => return Ok(Came::Refused(Reason::Gone)),
        Err(trouble) => return Ok(waiting(&trouble, task, now)),
    };
    let unsettled = operations.unsettled(task.id, STEP).await?;
    if is_strange(&remote.state, task, now) {
        let reason = if unsettled.is_some() { Reason::Checking } else { Reason::InProgress };
        return Ok(Came::Wait { after: patience(task, now), reason });
    }
    let before = subscription.seats;
    take_over(subscription, &remote, now);
    *ends_at_term = remote.ends_at_term;
    if is_as_asked(&task.asked, &remote) {
        record.close = unsettled.map(|o| (o.id, "found done".to_owned()));
        return Ok(Came::Done);
    }
    let unsettled = match unsettled {
        Some(accepted) if accepted.accepted && may_still_show(&task.asked, &remote, &accepted, now) => {
            return Ok(Came::Wait { after: patience(task, now), reason: Reason::InProgress });
        }
        Some(accepted) if accepted.accepted => {
            record.close = Some((accepted.id, "accepted, and never showed".to_owned()));
            return Ok(match decide(workflow, task, subscription, &remote, before, now).await? {
                Ok(_) => Came::Wait { after: patience(task, now), reason: Reason::Checking },
                Err(reason) => Came::Refused(reason),
            });
        }
        other => other,
    };
    let wanted = match decide(workflow, task, subscription, &remote, before, now).await? {
        Ok(wanted) => wanted,
        // The next term opens a window of its own (trap 25): its rules count, not those of the old one.
        Err(_) if is_renewing(&remote, now) && waited(task, now) < GIVE_UP_AFTER => {
            return Ok(Came::Wait { after: patience(task, now).max(RENEWAL), reason: Reason::Pending });
        }
        Err(reason) => {
            record.close = unsettled.map(|o| (o.id, "found not done, and no longer possible".to_owned()));
            return Ok(Came::Refused(reason));
        }
    };
    let outgoing = match unsettled {
        Some(mut outgoing) => {
            operations.send_again(held, &outgoing).await?;
            outgoing.sends += 1;
            outgoing
        }
        None => {
            let asked =
                json!({ "subscription": subscription.remote, "asked": task.asked, "seatsBefore": remote.seats });
            operations.open_call(held, service.id, task.id, STEP, asked).await?
        }
    };
    let answer = workflow.provider.change_subscription(call_of(outgoing.id, task.id), tenant, &remote, wanted).await;
    Ok(match answer {
        Ok(Answer::Done(Some(changed)))
            if is_as_asked(&task.asked, &changed) && !is_strange(&changed.state, task, now) =>
        {
            take_over(subscription, &changed, now);
            *ends_at_term = changed.ends_at_term;
            record.close = Some((outgoing.id, "done".to_owned()));
            Came::Done
        }
        // Accepted without showing it: it is waited for and not sent again.
        Ok(Answer::Done(_)) => {
            record.accepted = Some(outgoing.id);
            Came::Wait { after: patience(task, now), reason: Reason::InProgress }
        }
        Ok(Answer::Refused(refused)) => {
            let came = refusal(task, &refused, subscription, now);
            // "Not now" after a sending without an answer may be that sending's own work: it stays open.
            if outgoing.sends == 1 || !matches!(refused.kind, RefusedKind::Pending(_)) || !came.is_wait() {
                record.close = Some((outgoing.id, format!("refused {}", refused.code)));
            }
            tracing::warn!(task = %task.id, code = refused.code, detail = refused.detail, "a change was refused");
            came
        }
        Err(trouble) => waiting(&trouble, task, now),
    })
}

/// What was accepted has not shown yet, and nobody has changed anything else meanwhile.
fn may_still_show(asked: &Asked, remote: &RemoteSubscription, accepted: &Outgoing, now: Timestamp) -> bool {
    let is_as_before = match asked {
        Asked::Seats { from, .. } => remote.seats == from.get(),
        Asked::Cancel | Asked::Renewal { .. } | Asked::Order | Asked::Password => true,
    };
    is_as_before && now.duration_since(accepted.first_sent_at.unwrap_or(accepted.opened_at)) < SHOWS_WITHIN
}

/// Its term is over and the next one has not begun: Microsoft takes up to a day for that (contract §15.7).
fn is_renewing(remote: &RemoteSubscription, now: Timestamp) -> bool {
    remote.state == SubscriptionState::Active && remote.term_end.is_some_and(|end| end < now)
}

fn refusal(task: &Task, refused: &Refused, subscription: &mut Subscription, now: Timestamp) -> Came {
    let code = refused.code.clone();
    match &refused.kind {
        RefusedKind::Pending(_) | RefusedKind::Changed if waited(task, now) >= GIVE_UP_AFTER => {
            Came::Refused(Reason::ChangeRefused { code })
        }
        RefusedKind::Pending(after) => Came::Wait { after: *after, reason: Reason::Pending },
        RefusedKind::Changed => Came::Wait { after: patience(task, now), reason: Reason::InProgress },
        RefusedKind::UnderReview => {
            Came::Wait { after: patience(task, now).max(SignedDuration::from_mins(5)), reason: Reason::Review }
        }
        RefusedKind::WindowOver => {
            let term_end = subscription.term_end.unwrap_or(now);
            Came::Refused(Reason::Cancel {
                refusal: licensing::subscription::CancelRefusal::OutsideWindow { term_end },
            })
        }
        // A cancellation that had no answer, was delivered twice, or was somebody else's: it is over as asked.
        RefusedKind::Ended => {
            subscription.state = SubscriptionState::Cancelled;
            match task.asked {
                Asked::Cancel => Came::Done,
                _ => Came::Refused(Reason::Gone),
            }
        }
        RefusedKind::ResellerRefused(flag) => Came::input("mpnId", "", flag.rule()),
        _ => Came::Refused(Reason::ChangeRefused { code }),
    }
}

/// Decides with what Microsoft has now, not with what we remember.
async fn decide(
    workflow: &Workflow,
    task: &Task,
    subscription: &Subscription,
    remote: &RemoteSubscription,
    before: SeatCount,
    now: Timestamp,
) -> Result<Result<SubscriptionChange, Reason>, Problem> {
    let term_end = remote.term_end.unwrap_or(now);
    Ok(match &task.asked {
        Asked::Seats { from, to } => {
            if remote.seats != from.get() || before != *from {
                return Ok(Err(Reason::ChangedElsewhere { seats: remote.seats }));
            }
            let limits = workflow.operations.limits(subscription).await?;
            match decide_change(*from, *to, limits, &remote.batches, term_end, now) {
                Ok(SeatChange::Nothing | SeatChange::Increase(_) | SeatChange::Decrease(_)) => {
                    Ok(SubscriptionChange::Seats(*to))
                }
                Err(refusal) => Err(Reason::Seats { refusal }),
            }
        }
        Asked::Cancel => {
            // Our add-on relation was checked in the commit that accepted the task.
            decide_cancel(&remote.state, remote.cancellable_until, term_end, 0, now)
                .map(|()| SubscriptionChange::Cancel)
                .map_err(|refusal| Reason::Cancel { refusal })
        }
        Asked::Renewal { renews } => match remote.state.accepts_changes() {
            true => Ok(SubscriptionChange::Renewal(*renews)),
            false => Err(Reason::Cancel {
                refusal: licensing::subscription::CancelRefusal::NotRunning { state: remote.state.word().to_owned() },
            }),
        },
        Asked::Order | Asked::Password => Err(Reason::Gone),
    })
}

fn is_as_asked(asked: &Asked, remote: &RemoteSubscription) -> bool {
    match asked {
        Asked::Seats { to, .. } => remote.seats == to.get() && !remote.state.is_over(),
        Asked::Cancel => matches!(remote.state, SubscriptionState::Deleted | SubscriptionState::Cancelled),
        Asked::Renewal { renews: true } => remote.renews,
        Asked::Renewal { renews: false } => remote.ends_at_term,
        Asked::Order | Asked::Password => false,
    }
}

/// Puts what the supplier has into our row. A cancelled subscription keeps its last seats.
pub(super) fn take_over(subscription: &mut Subscription, remote: &RemoteSubscription, now: Timestamp) {
    if let Some(seats) = SeatCount::new(remote.seats) {
        subscription.seats = seats;
    }
    subscription.state = match &remote.state {
        SubscriptionState::Deleted => SubscriptionState::Cancelled,
        state => state.clone(),
    };
    subscription.partner = remote.partner.clone();
    subscription.batches = remote.batches.clone();
    subscription.term_end = remote.term_end;
    subscription.cancellable_until = remote.cancellable_until;
    subscription.read_at = now;
}
