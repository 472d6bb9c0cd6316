//! What an unclear outcome meant: found out by looking, never by sending blindly (design §7).

use super::{Came, Workflow, changes::take_over, is_strange, patience, provisioning::lines_of, waited, waiting};
use crate::{
    operations::{
        Problem,
        subscriptions::{Subscription, is_item_of},
        work::{OrderWork, Outgoing, Record},
    },
    provider::{RemoteOrder, RemoteSubscription},
};
use jiff::SignedDuration;
use licensing::{
    catalogue::Licence,
    id::{RemoteSubscriptionId, SubscriptionId},
    reason::Reason,
    seat::SeatCount,
    subscription::{SubscriptionState, TermEndIntent},
};

/// How long the supplier's order list may miss an order (contract §14.3).
const ORDER_LIST_LAG: SignedDuration = SignedDuration::from_mins(15);
/// How long a new tenant may be missing from the supplier's list (contract §9.2).
const TENANT_LIST_LAG: SignedDuration = SignedDuration::from_mins(10);

/// A creation whose request id is too old to be sent again: look for the name.
pub(super) async fn old_creation(
    workflow: &Workflow,
    work: &mut OrderWork,
    record: &mut Record,
    sent: &Outgoing,
) -> Result<Came, Problem> {
    let now = workflow.operations.clock.business();
    match workflow.provider.name_is_free(&work.service.name).await {
        Ok(true) => {
            // It surely never happened: close the row, and the step opens a new one.
            record.close = Some((sent.id, "found not done".to_owned()));
            Ok(Came::Wait { after: SignedDuration::from_millis(500), reason: Reason::Checking })
        }
        Ok(false) => adopt(workflow, work, record, sent).await,
        Err(trouble) => Ok(waiting(&trouble, &work.task, now)),
    }
}

/// Takes a tenant over that an unclear creation of ours made. Only with our own unclear row for that very
/// name, which was free just before, and only when nobody else here has the tenant.
pub(super) async fn adopt(
    workflow: &Workflow,
    work: &mut OrderWork,
    record: &mut Record,
    sent: &Outgoing,
) -> Result<Came, Problem> {
    let now = workflow.operations.clock.business();
    let found = match workflow.provider.find_tenant(&work.service.name).await {
        Ok(found) => found,
        Err(trouble) => return Ok(waiting(&trouble, &work.task, now)),
    };
    let Some(found) = found else {
        if waited(&work.task, now) < TENANT_LIST_LAG {
            return Ok(Came::Wait { after: patience(&work.task, now), reason: Reason::Checking });
        }
        record.close = Some((sent.id, "the name is taken and the tenant is not among our customers".to_owned()));
        return Ok(Came::Refused(Reason::TenantUnclear));
    };
    let ours = work.order.progress.domain_was_free
        && found.company_name.trim().eq_ignore_ascii_case(work.service.contact.company_name.trim())
        && !workflow.operations.tenant_is_known(found.tenant, work.service.id).await?;
    if !ours {
        record.close = Some((sent.id, format!("not adopted: {}", found.tenant)));
        return Ok(Came::Refused(Reason::TenantUnclear));
    }
    record.close = Some((sent.id, format!("adopted {}", found.tenant)));
    record.sign_in = Some((format!("admin@{}", work.service.name), None));
    work.order.progress.tenant = Some(found.tenant);
    work.service.tenant = Some(found.tenant);
    work.order.attention = Some(Reason::SignInLost);
    Ok(Came::Done)
}

/// A cart that is gone after an unclear purchase: did it buy? Looks at the orders until their lag is over.
pub(super) async fn lost_cart(
    workflow: &Workflow,
    work: &mut OrderWork,
    record: &mut Record,
    wave: usize,
    sent: &Outgoing,
) -> Result<Came, Problem> {
    let now = workflow.operations.clock.business();
    let Some(tenant) = work.order.progress.tenant else { return Ok(Came::Done) };
    let orders = match workflow.provider.read_orders(tenant).await {
        Ok(orders) => orders,
        Err(trouble) => return Ok(waiting(&trouble, &work.task, now)),
    };
    let bought: Vec<String> =
        orders.iter().filter(|o| bought_wave(work, wave, o, sent)).map(|o| o.id.clone()).collect();
    if !bought.is_empty() {
        record.close = Some((sent.id, format!("found bought: {}", bought.join(" "))));
        work.order.progress.waves[wave].remote_orders = Some(bought);
        return Ok(Came::Done);
    }
    let since = sent.first_sent_at.unwrap_or(sent.opened_at);
    if now.duration_since(since) < ORDER_LIST_LAG {
        return Ok(Came::Wait { after: patience(&work.task, now), reason: Reason::Checking });
    }
    record.close = Some((sent.id, "found not bought".to_owned()));
    work.order.progress.refill(wave);
    Ok(Came::Wait { after: SignedDuration::from_millis(500), reason: Reason::InProgress })
}

/// Whether an order at the supplier is the purchase of this wave: unknown to us, not older than the
/// call, and holding only what the wave asked for.
fn bought_wave(work: &OrderWork, wave: usize, order: &RemoteOrder, sent: &Outgoing) -> bool {
    let known =
        work.order.progress.waves.iter().flat_map(|w| w.remote_orders.iter().flatten()).any(|id| *id == order.id);
    let old = order.placed_at.is_some_and(|at| at < sent.opened_at - SignedDuration::from_mins(5));
    let lines = lines_of(&work.order, wave);
    let fits = !order.lines.is_empty()
        && order.lines.iter().all(|remote| {
            lines.iter().any(|index| {
                let line = &work.order.purchase.lines[*index];
                is_item_of(&remote.item, &line.licence.sku) && remote.seats == line.seats.get()
            })
        });
    !known && !old && fits
}

/// Reads the bought subscriptions back, with their partner of record, and saves them.
pub(super) async fn read_subscriptions(
    workflow: &Workflow,
    work: &mut OrderWork,
    record: &mut Record,
    wave: usize,
) -> Result<Came, Problem> {
    let now = workflow.operations.clock.business();
    let progress = &work.order.progress;
    let (Some(tenant), Some(ids)) = (progress.tenant, progress.waves[wave].remote_orders.clone()) else {
        return Ok(Came::Done);
    };
    let mut orders = Vec::new();
    for id in &ids {
        match workflow.provider.read_order(tenant, id).await {
            Ok(Some(order)) => orders.push(order),
            Ok(None) => return Ok(Came::Wait { after: patience(&work.task, now), reason: Reason::InProgress }),
            Err(trouble) => return Ok(waiting(&trouble, &work.task, now)),
        }
    }
    let remotes = match workflow.provider.read_subscriptions(tenant).await {
        Ok(remotes) => remotes,
        Err(trouble) => return Ok(waiting(&trouble, &work.task, now)),
    };
    let mut bought: Vec<Option<RemoteSubscriptionId>> = Vec::new();
    let mut new = Vec::new();
    let others = workflow.operations.subscriptions_of(work.service.id).await?;
    for index in lines_of(&work.order, wave) {
        let id = subscription_of(work, &orders, &remotes, index, &bought);
        bought.push(id);
        let Some(id) = id else { continue };
        // The list may lag behind the order (contract §14.3).
        let Some(remote) = remotes.iter().find(|r| r.id == id) else {
            return Ok(Came::Wait { after: patience(&work.task, now), reason: Reason::InProgress });
        };
        if is_strange(&remote.state, &work.task, now) {
            return Ok(Came::Wait { after: patience(&work.task, now), reason: Reason::InProgress });
        }
        if remote.partner.as_ref() != Some(&work.order.purchase.mpn_id) {
            work.order.attention = Some(Reason::PartnerMissing);
        }
        if !others.iter().any(|s| s.remote == id) {
            new.push(subscription(workflow, work, remote, index, &others, now).await?);
        }
    }
    record.new_subscriptions = new;
    work.order.progress.waves[wave].subscriptions = Some(bought);
    Ok(Came::Done)
}

/// The subscription that a line of ours became.
fn subscription_of(
    work: &OrderWork,
    orders: &[RemoteOrder],
    remotes: &[RemoteSubscription],
    index: usize,
    taken: &[Option<RemoteSubscriptionId>],
) -> Option<RemoteSubscriptionId> {
    let line = &work.order.purchase.lines[index];
    orders
        .iter()
        .flat_map(|o| &o.lines)
        .filter(|remote| is_item_of(&remote.item, &line.licence.sku) && remote.seats == line.seats.get())
        .filter_map(|remote| remote.subscription)
        .filter(|id| !taken.contains(&Some(*id)))
        // Two lines may be the same SKU in another term: one not read yet may be it, one of another term is not.
        .find(|id| remotes.iter().find(|r| r.id == *id).is_none_or(|r| is_commitment_of(r, &line.licence)))
}

fn is_commitment_of(remote: &RemoteSubscription, licence: &Licence) -> bool {
    remote.term.is_none_or(|term| term == licence.term) && remote.plan.is_none_or(|plan| plan == licence.plan)
}

async fn subscription(
    workflow: &Workflow,
    work: &OrderWork,
    remote: &RemoteSubscription,
    index: usize,
    others: &[Subscription],
    now: jiff::Timestamp,
) -> Result<Subscription, Problem> {
    let line = &work.order.purchase.lines[index];
    let mut subscription = Subscription {
        id: workflow.operations.new_subscription_id().await?,
        service: work.service.id,
        order: Some(work.order.id),
        licence: line.licence.id,
        base: base_of(workflow, work, index, others).await?,
        remote: remote.id,
        partner: None,
        seats: SeatCount::new(remote.seats).unwrap_or(line.seats),
        state: SubscriptionState::Creating,
        intent: TermEndIntent::default(),
        batches: Vec::new(),
        task: None,
        term_end: None,
        cancellable_until: None,
        created_at: remote.created_at.unwrap_or(now),
        updated_at: None,
        read_at: now,
        version: 1,
    };
    take_over(&mut subscription, remote, now);
    Ok(subscription)
}

/// The subscription that an add-on hangs off: the one that was named, else the oldest that fits (design §11.6).
async fn base_of(
    workflow: &Workflow,
    work: &OrderWork,
    index: usize,
    others: &[Subscription],
) -> Result<Option<SubscriptionId>, Problem> {
    let licence = &work.order.purchase.lines[index].licence;
    if !licence.is_add_on() || work.order.purchase.base.is_some() {
        return Ok(work.order.purchase.base);
    }
    let list = workflow.operations.price_list().await?;
    let fits = |s: &&Subscription| {
        !s.state.is_over() && list.get(s.licence).is_some_and(|base| licence.bases.contains(&base.sku))
    };
    Ok(others.iter().filter(fits).min_by_key(|s| (s.created_at, s.id)).map(|s| s.id))
}
