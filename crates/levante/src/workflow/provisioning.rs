//! An order's steps: performs what `licensing::order::next_step` says and records what came back.
//!
//! Every write to the supplier is a saved row before it is sent, and is used again until a
//! definitive answer closes it. The order of the arms is Microsoft's (contract §20). What an
//! unclear purchase means is settled in `settling.rs`.

use super::{Came, Workflow, call_of, letters::Facts, patience, settling, waiting};
use crate::{
    mail::LicenceLine,
    operations::{
        Problem,
        orders::Order,
        services::Service,
        work::{Held, OrderWork, Outgoing, Record, Then},
    },
    provider::{Answer, CartLine, FilledCart, NewTenant, Refused, RefusedKind, RemoteOrderState, Vetting, Wanted},
};
use jiff::{SignedDuration, Timestamp};
use licensing::{
    catalogue::Licence,
    id::OrderId,
    invalid::Rule,
    order::{OrderState, Step, next_step, waves},
    partner::{MpnFlag, PartnerCheck},
    reason::Reason,
    service::{ServiceEvent, ServiceState},
    task::TaskState,
};
use serde_json::json;

/// How long an address that Microsoft cannot judge holds an order up: a check never blocks (design §11.1).
const ADDRESS_PATIENCE: SignedDuration = SignedDuration::from_mins(2);
/// How long a request id is surely remembered (contract §9.2).
const ID_REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

pub(super) async fn carry_out(workflow: &Workflow, held: &Held, order: OrderId) -> Result<(), Problem> {
    let mut work = workflow.operations.order_work(order).await?;
    if work.order.state.is_over() {
        return workflow.operations.end_job(held).await;
    }
    if work.order.state == OrderState::Accepted {
        begin(workflow, held, &mut work).await?;
    }
    loop {
        let step = next_step(&work.order.progress);
        let (mut next, mut record) = (work.clone(), Record::default());
        let came = if step == Step::Finish {
            return finish(workflow, held, work).await;
        } else {
            perform(workflow, held, &mut next, &mut record, step).await?
        };
        let now = workflow.operations.clock.business();
        match came {
            Came::Done => {
                next.task.step = Some(next_step(&next.order.progress).word().to_owned());
                (next.task.reason, next.task.waiting_since) = (None, None);
                if next.order.attention == Some(Reason::AccessLocked) {
                    next.order.attention = None;
                }
                save(workflow, held, &mut next, &work, record).await?;
            }
            Came::Wait { after, reason } => {
                next.task.waiting_since.get_or_insert(now);
                if reason.needs_operator() {
                    next.order.attention = Some(reason.clone());
                }
                next.task.reason = Some(reason);
                record.then = Then::At(now + after);
                return save(workflow, held, &mut next, &work, record).await;
            }
            Came::Refused(reason) => return end_refused(workflow, held, next, record, reason).await,
        }
        work = next;
    }
}

/// The first commit: the order is being delivered, and the reseller is told that it was received.
async fn begin(workflow: &Workflow, held: &Held, work: &mut OrderWork) -> Result<(), Problem> {
    let before = work.clone();
    work.order.state = OrderState::Delivering;
    work.task.state = TaskState::Doing;
    work.task.step = Some(next_step(&work.order.progress).word().to_owned());
    if work.service.state == ServiceState::Ordered {
        move_service(&mut work.service, ServiceEvent::Begin);
    }
    let mut record = Record::default();
    if work.order.purchase.new_tenant {
        record.mails.push(workflow.to_reseller(&work.service, &Facts::OrderReceived { order: work.order.id }).await?);
    }
    save(workflow, held, work, &before, record).await
}

/// Saves what changed and raises the versions in memory.
async fn save(
    workflow: &Workflow,
    held: &Held,
    next: &mut OrderWork,
    before: &OrderWork,
    mut record: Record,
) -> Result<(), Problem> {
    record.order = (next.order != before.order).then(|| next.order.clone());
    record.task = (next.task != before.task).then(|| next.task.clone());
    // Sign-in data are saved beside the service that they belong to.
    record.service = (next.service != before.service || record.sign_in.is_some()).then(|| next.service.clone());
    let (order, task, service) = (record.order.is_some(), record.task.is_some(), record.service.is_some());
    workflow.operations.record(held, record).await?;
    next.order.version += i64::from(order);
    next.task.version += i64::from(task);
    next.service.version += i64::from(service);
    Ok(())
}

fn move_service(service: &mut Service, event: ServiceEvent) {
    match service.state.after(event) {
        Ok(state) => service.state = state,
        // Somebody else ended or suspended it meanwhile: their state stands.
        Err(no) => tracing::warn!(service = %service.name, %no, "the service keeps its state"),
    }
}

async fn perform(
    workflow: &Workflow,
    held: &Held,
    work: &mut OrderWork,
    record: &mut Record,
    step: Step,
) -> Result<Came, Problem> {
    match step {
        Step::CheckPartner => Ok(check_partner(workflow, work).await),
        Step::CheckLicences => Ok(check_licences(workflow, work).await),
        Step::CheckDomain => Ok(check_domain(workflow, work).await),
        Step::CheckAddress => Ok(check_address(workflow, work).await),
        Step::CreateTenant => create_tenant(workflow, held, work, record).await,
        Step::AwaitReadable | Step::AwaitVetting => Ok(await_customer(workflow, work, step).await),
        Step::ConfirmAgreement => confirm_agreement(workflow, held, work, record).await,
        Step::ResolveLicences { wave } => Ok(resolve(workflow, work, wave).await),
        Step::FillCart { wave } => fill_cart(workflow, held, work, record, wave).await,
        Step::CheckOut { wave } => check_out(workflow, held, work, record, wave).await,
        Step::AwaitOrder { wave } => Ok(await_order(workflow, work, wave).await),
        Step::ReadSubscriptions { wave } => settling::read_subscriptions(workflow, work, record, wave).await,
        Step::SendCredentials => send_credentials(workflow, work, record).await,
        Step::Finish => Ok(Came::Done),
    }
}

async fn check_partner(workflow: &Workflow, work: &mut OrderWork) -> Came {
    let now = workflow.operations.clock.business();
    let mpn_id = &work.order.purchase.mpn_id;
    match workflow.provider.check_partner(mpn_id).await {
        Ok(PartnerCheck::Good(reseller)) => {
            work.order.progress.reseller = Some(reseller);
            work.service.mpn_flag = None;
            Came::Done
        }
        Ok(PartnerCheck::Bad { flag }) => {
            let mpn_id = mpn_id.to_string();
            reseller_refused(work, flag, &mpn_id)
        }
        Ok(PartnerCheck::Unchecked | PartnerCheck::Unavailable { .. }) => {
            Came::Wait { after: patience(&work.task, now), reason: Reason::SupplierBusy }
        }
        Err(trouble) => waiting(&trouble, &work.task, now),
    }
}

fn reseller_refused(work: &mut OrderWork, flag: MpnFlag, mpn_id: &str) -> Came {
    if work.service.mpn_id == work.order.purchase.mpn_id {
        work.service.mpn_flag = Some(flag);
    }
    Came::input("mpnId", mpn_id, flag.rule())
}

/// A price list may be behind Microsoft's: better refused now than after the tenant exists.
async fn check_licences(workflow: &Workflow, work: &mut OrderWork) -> Came {
    for (index, line) in work.order.purchase.lines.iter().enumerate() {
        match workflow.provider.is_sold(&work.service.contact.country, &wanted(&line.licence)).await {
            Ok(true) => {}
            Ok(false) => return not_sold(index, &line.licence),
            Err(trouble) => return waiting(&trouble, &work.task, workflow.operations.clock.business()),
        }
    }
    work.order.progress.licences_checked = true;
    Came::Done
}

pub(super) fn wanted(licence: &Licence) -> Wanted {
    Wanted { sku: licence.sku.clone(), segment: licence.segment, term: licence.term, plan: licence.plan }
}

fn not_sold(index: usize, licence: &Licence) -> Came {
    Came::input(&format!("lines[{index}].licenceId"), &licence.name, Rule::LicenceNotSold)
}

async fn check_domain(workflow: &Workflow, work: &mut OrderWork) -> Came {
    match workflow.provider.name_is_free(&work.service.name).await {
        Ok(true) => {
            work.order.progress.domain_was_free = true;
            Came::Done
        }
        Ok(false) => Came::input("customSubdomain", work.service.name.subdomain(), Rule::SubdomainTaken),
        Err(trouble) => waiting(&trouble, &work.task, workflow.operations.clock.business()),
    }
}

async fn check_address(workflow: &Workflow, work: &mut OrderWork) -> Came {
    use crate::provider::AddressVerdict;
    let now = workflow.operations.clock.business();
    match workflow.provider.check_address(&work.service.contact).await {
        Ok(AddressVerdict::Refused) => {
            Came::input("contactAddress", &work.service.contact.address, Rule::AddressRefused)
        }
        Ok(AddressVerdict::Accepted | AddressVerdict::Doubtful(_)) => {
            work.order.progress.address_checked = true;
            Came::Done
        }
        Err(trouble) => {
            if work.task.waiting_since.is_some_and(|since| now.duration_since(since) >= ADDRESS_PATIENCE) {
                work.order.progress.address_checked = true;
                return Came::Done;
            }
            waiting(&trouble, &work.task, now)
        }
    }
}

/// The saved row of a write: the one without a definitive answer, or a new one. `sends` counts this sending.
async fn outgoing(
    workflow: &Workflow,
    held: &Held,
    work: &OrderWork,
    step: &str,
    asked: serde_json::Value,
) -> Result<Outgoing, Problem> {
    match workflow.operations.unsettled(work.task.id, step).await? {
        Some(mut outgoing) => {
            workflow.operations.send_again(held, &outgoing).await?;
            outgoing.sends += 1;
            Ok(outgoing)
        }
        None => workflow.operations.open_call(held, work.service.id, work.task.id, step, asked).await,
    }
}

async fn create_tenant(
    workflow: &Workflow,
    held: &Held,
    work: &mut OrderWork,
    record: &mut Record,
) -> Result<Came, Problem> {
    let now = workflow.operations.clock.business();
    let step = Step::CreateTenant.word();
    let Some(reseller) = work.order.progress.reseller.clone() else { return Ok(Came::Done) };
    if let Some(old) = workflow.operations.unsettled(work.task.id, step).await?
        && old.first_sent_at.is_some_and(|at| now.duration_since(at) >= ID_REMEMBERED)
    {
        return settling::old_creation(workflow, work, record, &old).await;
    }
    let asked =
        json!({ "name": work.service.name, "reseller": reseller.mpn_id, "company": work.service.contact.company_name });
    let sent = outgoing(workflow, held, work, step, asked).await?;
    let wanted = NewTenant { name: &work.service.name, contact: &work.service.contact, reseller: &reseller };
    match workflow.provider.create_tenant(call_of(sent.id, work.task.id), wanted).await {
        Ok(Answer::Done(created)) => {
            work.order.progress.tenant = Some(created.tenant);
            work.service.tenant = Some(created.tenant);
            if created.password.is_none() {
                work.order.attention = Some(Reason::SignInLost);
            }
            record.close = Some((sent.id, format!("created {}", created.tenant)));
            record.sign_in = Some((created.user_name, created.password));
            Ok(Came::Done)
        }
        // An earlier sending may have made it: then it is ours.
        Ok(Answer::Refused(Refused { kind: RefusedKind::NameTaken, .. })) if sent.sends > 1 => {
            settling::adopt(workflow, work, record, &sent).await
        }
        Ok(Answer::Refused(refused)) => {
            record.close = Some((sent.id, format!("refused {}", refused.code)));
            tracing::warn!(order = %work.order.id, code = refused.code, detail = refused.detail, "the tenant was refused");
            Ok(match refused.kind {
                RefusedKind::NameTaken => {
                    Came::input("customSubdomain", work.service.name.subdomain(), Rule::SubdomainTaken)
                }
                RefusedKind::ResellerRefused(flag) => reseller_refused(work, flag, reseller.mpn_id.as_str()),
                RefusedKind::Pending(after) => Came::Wait { after, reason: Reason::Pending },
                RefusedKind::UnderReview => Came::Wait { after: patience(&work.task, now), reason: Reason::Review },
                _ => Came::Refused(Reason::CustomerRefused { code: refused.code }),
            })
        }
        Err(trouble) => Ok(waiting(&trouble, &work.task, now)),
    }
}

async fn await_customer(workflow: &Workflow, work: &mut OrderWork, step: Step) -> Came {
    let now = workflow.operations.clock.business();
    let Some(tenant) = work.order.progress.tenant else { return Came::Done };
    let wait = |reason| Came::Wait { after: patience(&work.task, now), reason };
    if step == Step::AwaitReadable {
        return match workflow.provider.tenant_is_readable(tenant).await {
            Ok(true) => {
                work.order.progress.readable = true;
                Came::Done
            }
            Ok(false) => wait(Reason::InProgress),
            Err(trouble) => waiting(&trouble, &work.task, now),
        };
    }
    match workflow.provider.vetting(tenant).await {
        Ok(Vetting::Allowed) => {
            work.order.progress.vetted = true;
            Came::Done
        }
        Ok(Vetting::UnderReview) => wait(Reason::Review),
        Ok(Vetting::NotAllowed) => Came::Refused(Reason::NotAllowed),
        Err(trouble) => waiting(&trouble, &work.task, now),
    }
}

async fn confirm_agreement(
    workflow: &Workflow,
    held: &Held,
    work: &mut OrderWork,
    record: &mut Record,
) -> Result<Came, Problem> {
    let now = workflow.operations.clock.business();
    let step = Step::ConfirmAgreement.word();
    let Some(tenant) = work.order.progress.tenant else { return Ok(Came::Done) };
    let agreement = work.order.purchase.agreement.clone();
    let known = work.service.agreement.is_some();
    let unsettled = workflow.operations.unsettled(work.task.id, step).await?;
    if known || unsettled.is_some() {
        match workflow.provider.agreement_is_confirmed(tenant).await {
            Ok(true) => {
                record.close = unsettled.map(|o| (o.id, "found on record".to_owned()));
                return Ok(agreed(work, agreement));
            }
            Ok(false) => {}
            Err(trouble) => return Ok(waiting(&trouble, &work.task, now)),
        }
    }
    let sent = outgoing(workflow, held, work, step, json!({ "agreement": agreement })).await?;
    match workflow.provider.confirm_agreement(call_of(sent.id, work.task.id), tenant, &agreement).await {
        Ok(Answer::Done(())) => {
            record.close = Some((sent.id, "done".to_owned()));
            Ok(agreed(work, agreement))
        }
        Ok(Answer::Refused(refused)) => {
            record.close = Some((sent.id, format!("refused {}", refused.code)));
            Ok(match refused.kind {
                RefusedKind::Pending(after) => Came::Wait { after, reason: Reason::Pending },
                _ => Came::Refused(Reason::CustomerRefused { code: refused.code }),
            })
        }
        Err(trouble) => Ok(waiting(&trouble, &work.task, now)),
    }
}

fn agreed(work: &mut OrderWork, agreement: licensing::order::Agreement) -> Came {
    work.order.progress.agreement_confirmed = true;
    work.service.agreement.get_or_insert(agreement);
    Came::Done
}

/// The lines of a wave, in the order in which they stand in its cart.
pub(super) fn lines_of(order: &Order, wave: usize) -> Vec<usize> {
    waves(&order.purchase.lines).get(wave).cloned().unwrap_or_default()
}

async fn resolve(workflow: &Workflow, work: &mut OrderWork, wave: usize) -> Came {
    let now = workflow.operations.clock.business();
    let Some(tenant) = work.order.progress.tenant else { return Came::Done };
    let mut items = Vec::new();
    for index in lines_of(&work.order, wave) {
        let licence = &work.order.purchase.lines[index].licence;
        match workflow.provider.find_item(tenant, &wanted(licence)).await {
            Ok(Some(item)) => items.push(item),
            Ok(None) => return not_sold(index, licence),
            Err(trouble) => return waiting(&trouble, &work.task, now),
        }
    }
    work.order.progress.waves[wave].items = Some(items);
    Came::Done
}

async fn fill_cart(
    workflow: &Workflow,
    held: &Held,
    work: &mut OrderWork,
    record: &mut Record,
    wave: usize,
) -> Result<Came, Problem> {
    let now = workflow.operations.clock.business();
    let progress = &work.order.progress;
    let (Some(tenant), Some(reseller), Some(items)) =
        (progress.tenant, &progress.reseller, &progress.waves[wave].items)
    else {
        return Ok(Came::Done);
    };
    let indices = lines_of(&work.order, wave);
    let lines: Vec<CartLine> = indices
        .iter()
        .zip(items)
        .map(|(index, item)| {
            let line = &work.order.purchase.lines[*index];
            CartLine {
                item: item.clone(),
                name: line.licence.name.clone(),
                seats: line.seats,
                term: line.licence.term,
                plan: line.licence.plan,
                partner: reseller.mpn_id.clone(),
            }
        })
        .collect();
    let asked = json!({ "items": items, "seats": lines.iter().map(|l| l.seats).collect::<Vec<_>>() });
    let sent = outgoing(workflow, held, work, &format!("fill-cart/{wave}"), asked).await?;
    match workflow.provider.fill_cart(call_of(sent.id, work.task.id), tenant, &lines).await {
        Ok(Answer::Done(FilledCart::Ready { cart })) => {
            record.close = Some((sent.id, format!("cart {cart}")));
            work.order.progress.waves[wave].cart = Some(cart);
            Ok(Came::Done)
        }
        Ok(Answer::Done(FilledCart::LinesRefused(refused))) => {
            record.close = Some((sent.id, "lines refused".to_owned()));
            let Some((line, refused)) = refused.into_iter().next() else { return Ok(Came::Done) };
            let index = indices.get(line).copied().unwrap_or_default();
            Ok(purchase_refused(work, wave, Some(index), refused, now))
        }
        Ok(Answer::Refused(refused)) => {
            record.close = Some((sent.id, format!("refused {}", refused.code)));
            Ok(purchase_refused(work, wave, None, refused, now))
        }
        Err(trouble) => Ok(waiting(&trouble, &work.task, now)),
    }
}

/// What a refusal of a cart or a purchase means, when it surely bought nothing.
pub(super) fn purchase_refused(
    work: &mut OrderWork,
    wave: usize,
    line: Option<usize>,
    refused: Refused,
    now: Timestamp,
) -> Came {
    tracing::warn!(order = %work.order.id, wave, code = refused.code, detail = refused.detail, "a purchase was refused");
    let index = line.or_else(|| lines_of(&work.order, wave).first().copied()).unwrap_or_default();
    let name = work.order.purchase.lines[index].licence.name.clone();
    match refused.kind {
        RefusedKind::ItemGone | RefusedKind::CartGone => {
            work.order.progress.refill(wave);
            Came::Wait { after: patience(&work.task, now), reason: Reason::InProgress }
        }
        RefusedKind::Pending(after) => Came::Wait { after, reason: Reason::Pending },
        RefusedKind::UnderReview => Came::Wait { after: patience(&work.task, now), reason: Reason::Review },
        RefusedKind::AgreementMissing => {
            work.order.progress.agreement_confirmed = false;
            work.service.agreement = None;
            Came::Wait { after: patience(&work.task, now), reason: Reason::InProgress }
        }
        RefusedKind::ResellerRefused(flag) => {
            let mpn_id = work.order.purchase.mpn_id.to_string();
            reseller_refused(work, flag, &mpn_id)
        }
        RefusedKind::QuantityRefused => {
            let limit = work.order.purchase.lines[index].licence.limit.unwrap_or(licensing::seat::MOST_SEATS);
            let seats = work.order.purchase.lines[index].seats.to_string();
            Came::input(&format!("lines[{index}].quantity"), &seats, Rule::AtMost { max: limit })
        }
        _ => Came::Refused(Reason::PurchaseRefused { licence: name, code: refused.code }),
    }
}

async fn check_out(
    workflow: &Workflow,
    held: &Held,
    work: &mut OrderWork,
    record: &mut Record,
    wave: usize,
) -> Result<Came, Problem> {
    let now = workflow.operations.clock.business();
    let progress = &work.order.progress;
    let (Some(tenant), Some(cart)) = (progress.tenant, progress.waves[wave].cart.clone()) else {
        return Ok(Came::Done);
    };
    let sent = outgoing(workflow, held, work, &format!("check-out/{wave}"), json!({ "cart": cart })).await?;
    match workflow.provider.check_out(call_of(sent.id, work.task.id), tenant, &cart).await {
        Ok(Answer::Done(purchase)) => {
            let orders: Vec<String> = purchase.orders.into_iter().map(|o| o.id).collect();
            record.close =
                Some((sent.id, format!("orders {}, groups refused {}", orders.join(" "), purchase.refused.len())));
            if orders.is_empty() {
                let refused = purchase.refused.into_iter().next();
                let refused = refused.unwrap_or(Refused {
                    kind: RefusedKind::Other,
                    code: "empty answer".to_owned(),
                    detail: String::new(),
                });
                return Ok(purchase_refused(work, wave, None, refused, now));
            }
            let reached = &mut work.order.progress.waves[wave];
            reached.remote_orders = Some(orders);
            reached.refusals = purchase
                .refused
                .into_iter()
                .map(|r| Reason::PurchaseRefused { licence: String::new(), code: r.code })
                .collect();
            Ok(Came::Done)
        }
        // Also at the first sending: the way to Microsoft may have delivered it twice.
        Ok(Answer::Refused(refused)) if refused.kind == RefusedKind::CartGone => {
            settling::lost_cart(workflow, work, record, wave, &sent).await
        }
        // Look at the orders before anything else (contract §2.3, 800060): the row stays open and the same cart is asked again.
        Ok(Answer::Refused(Refused { kind: RefusedKind::Pending(after), .. })) => {
            Ok(Came::Wait { after, reason: Reason::Pending })
        }
        Ok(Answer::Refused(refused)) => {
            record.close = Some((sent.id, format!("refused {}", refused.code)));
            Ok(purchase_refused(work, wave, None, refused, now))
        }
        Err(trouble) => Ok(waiting(&trouble, &work.task, now)),
    }
}

async fn await_order(workflow: &Workflow, work: &mut OrderWork, wave: usize) -> Came {
    let now = workflow.operations.clock.business();
    let progress = &work.order.progress;
    let (Some(tenant), Some(orders)) = (progress.tenant, progress.waves[wave].remote_orders.clone()) else {
        return Came::Done;
    };
    let wait = |reason| Came::Wait { after: patience(&work.task, now), reason };
    let mut failed = Vec::new();
    for id in &orders {
        match workflow.provider.read_order(tenant, id).await {
            Ok(None) => return wait(Reason::InProgress),
            Ok(Some(order)) => match order.state {
                RemoteOrderState::Completed if order.lines.iter().all(|l| l.subscription.is_some()) => {}
                RemoteOrderState::PartlyFailed | RemoteOrderState::Failed => failed.push(order.id),
                RemoteOrderState::Review => return wait(Reason::Review),
                RemoteOrderState::Completed | RemoteOrderState::Pending | RemoteOrderState::Other(_) => {
                    return wait(Reason::InProgress);
                }
            },
            Err(trouble) => return waiting(&trouble, &work.task, now),
        }
    }
    let reached = &mut work.order.progress.waves[wave];
    reached.complete = true;
    reached.refusals.extend(failed.into_iter().map(|code| Reason::PurchaseRefused { licence: String::new(), code }));
    Came::Done
}

async fn send_credentials(workflow: &Workflow, work: &mut OrderWork, record: &mut Record) -> Result<Came, Problem> {
    work.order.progress.credentials_sent = true;
    if work.order.progress.bought_anything() {
        promise_sign_in(workflow, work, record).await?;
    }
    Ok(Came::Done)
}

async fn promise_sign_in(workflow: &Workflow, work: &mut OrderWork, record: &mut Record) -> Result<(), Problem> {
    match workflow.operations.credentials_state(work.service.id).await? {
        Some(state) if state.can_be_sent() => {
            let facts = Facts::ServiceReady { order: work.order.id };
            record.mails.push(workflow.to_contact(&work.service, work.order.id, &facts));
        }
        _ => work.order.attention = Some(Reason::SignInLost),
    }
    Ok(())
}

async fn finish(workflow: &Workflow, held: &Held, mut work: OrderWork) -> Result<(), Problem> {
    let before = work.clone();
    let state = OrderState::finished(&work.order.progress);
    if let Some(reason) = state.reason() {
        let reason = reason.clone();
        return end_refused(workflow, held, work, Record::default(), reason).await;
    }
    let now = workflow.operations.clock.business();
    let mut record = Record { then: Then::End, ..Record::default() };
    work.order.state = state;
    work.order.finished_at = Some(now);
    (work.task.state, work.task.reason, work.task.waiting_since, work.task.finished_at) =
        (TaskState::Done, None, None, Some(now));
    work.task.step = Some(Step::Finish.word().to_owned());
    move_service(&mut work.service, ServiceEvent::Bought);
    if let Some(reason) = work.order.attention.clone() {
        let facts = Facts::NeedsAttention { task: work.task.id, order: Some(work.order.id), reason };
        record.mails.push(workflow.to_reseller(&work.service, &facts).await?);
    }
    save(workflow, held, &mut work, &before, record).await
}

/// Ends an order that was refused, wholly or in part, and says so.
async fn end_refused(
    workflow: &Workflow,
    held: &Held,
    mut work: OrderWork,
    mut record: Record,
    reason: Reason,
) -> Result<(), Problem> {
    let now = workflow.operations.clock.business();
    let bought = work.order.progress.bought_anything();
    work.order.state = OrderState::refused(&work.order.progress, reason.clone());
    work.order.finished_at = Some(now);
    if reason.needs_operator() {
        work.order.attention = Some(reason.clone());
    }
    let event = match (work.order.progress.tenant, bought) {
        (None, _) => ServiceEvent::TenantRefused(reason.clone()),
        (Some(_), true) => ServiceEvent::Bought,
        (Some(_), false) => ServiceEvent::PurchaseRefused,
    };
    move_service(&mut work.service, event);
    if bought && !work.order.progress.credentials_sent {
        work.order.progress.credentials_sent = true;
        promise_sign_in(workflow, &mut work, &mut record).await?;
    }
    (work.task.state, work.task.waiting_since, work.task.finished_at) = (TaskState::Error, None, Some(now));
    work.task.reason = Some(reason.clone());
    let facts = Facts::NeedsAttention { task: work.task.id, order: Some(work.order.id), reason };
    record.mails.push(workflow.to_reseller(&work.service, &facts).await?);
    (record.order, record.task, record.service) = (Some(work.order), Some(work.task), Some(work.service));
    record.then = Then::End;
    workflow.operations.record(held, record).await
}

/// What was ordered, for a mail.
pub(super) fn licence_lines(order: &Order) -> Vec<LicenceLine> {
    order.purchase.lines.iter().map(|l| LicenceLine { name: l.licence.name.clone(), seats: l.seats.get() }).collect()
}
