//! Subscriptions: further ones, other totals of seats, cancellations.

use super::{
    Accepted, Actor, Conflict, Missing, Once, Operations, Problem, Result,
    orders::{Order, Purchase, new_task, quote, ready},
    services::Service,
    tasks::{Asked, Task},
};
pub use crate::storage::subscriptions::Subscription;
use crate::storage::{self, jobs::NewJob};
use licensing::{
    catalogue::{Licence, Sku},
    id::{AccountId, OrderId, ServiceName, SubscriptionId, TaskId},
    invalid::{Invalid, Rule},
    order::{LineInput, OrderLine, OrderState, Progress, check_line},
    seat::{SeatCount, SeatLimits, decide_change},
    subscription::{TermEndIntent, decide_cancel},
    task::TaskFunction,
};
use std::sync::Arc;

impl Operations {
    /// The subscriptions of a service, ended ones included, by id.
    ///
    /// # Errors
    /// [`Problem::NotFound`] for a service that is not theirs.
    pub async fn subscriptions(&self, account: &AccountId, service: &ServiceName) -> Result<Vec<Subscription>> {
        let service = self.service(account, service).await?;
        Ok(storage::subscriptions::list(&self.db, service.id).await?)
    }

    /// One subscription.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn subscription(
        &self,
        account: &AccountId,
        service: &ServiceName,
        id: SubscriptionId,
    ) -> Result<Subscription> {
        match storage::subscriptions::get_named(&self.db, account, service, id).await? {
            Some(subscription) => Ok(subscription),
            // Only now does it matter which of the two is missing.
            None => Ok(self.with_service(account, service, id).await?.1),
        }
    }

    async fn with_service(
        &self,
        account: &AccountId,
        name: &ServiceName,
        id: SubscriptionId,
    ) -> Result<(Service, Subscription)> {
        let service = self.service(account, name).await?;
        let missing = || Problem::NotFound(Missing::Object(id.to_string()));
        let subscription = storage::subscriptions::get(&self.db, service.id, id).await?.ok_or_else(missing)?;
        Ok((service, subscription))
    }

    /// Orders a further base subscription. Returns a task; the subscription appears when it is bought.
    ///
    /// # Errors
    /// [`Problem::Invalid`] (`licenseId`, `quantity`), [`Problem::MpnBlocked`], [`Conflict::ServiceNotReady`].
    pub async fn order_subscription(
        &self,
        actor: &Actor,
        service: &ServiceName,
        line: &LineInput,
        once: Option<Once>,
    ) -> Result<Accepted> {
        let work = async || {
            let service = self.service(&actor.account, service).await?;
            let line = self.line(line).await?;
            if line.licence.is_add_on() {
                return Err(Problem::invalid("licenseId", &line.licence.id.to_string(), Rule::IsAnAddOn));
            }
            self.purchase(actor, service, line, None, once.clone()).await
        };
        self.done_once(actor, &once, work).await
    }

    /// Orders an add-on for a running subscription.
    ///
    /// # Errors
    /// As [`Operations::order_subscription`]; [`Rule::NotAnAddOn`] when it does not fit the base.
    pub async fn order_add_on(
        &self,
        actor: &Actor,
        service: &ServiceName,
        base: SubscriptionId,
        line: &LineInput,
        once: Option<Once>,
    ) -> Result<Accepted> {
        let work = async || {
            let (service, base) = self.with_service(&actor.account, service, base).await?;
            let line = self.line(line).await?;
            let list = self.price_list().await?;
            let fits = list.get(base.licence).is_some_and(|b| line.licence.bases.contains(&b.sku));
            if !fits {
                return Err(Problem::invalid("licenseId", &line.licence.id.to_string(), Rule::NotAnAddOn));
            }
            if !base.state.accepts_changes() {
                return Err(Problem::Conflict(Conflict::SubscriptionNotRunning(base.state.word().to_owned())));
            }
            self.purchase(actor, service, line, Some(base.id), once.clone()).await
        };
        self.done_once(actor, &once, work).await
    }

    async fn line(&self, line: &LineInput) -> Result<OrderLine> {
        let list = self.price_list().await?;
        check_line("", line, |id| list.get(id).cloned()).map_err(|mut e: Invalid| {
            // The wire says licenseId here (contracts/ovh-api.md §5.1).
            if e.field == "licenceId" {
                e.field = "licenseId".to_owned();
            }
            Problem::Invalid(vec![e])
        })
    }

    async fn purchase(
        &self,
        actor: &Actor,
        service: Service,
        line: OrderLine,
        base: Option<SubscriptionId>,
        once: Option<Once>,
    ) -> Result<Accepted> {
        ready(&service)?;
        if let Some(flag) = service.mpn_flag.filter(|f| f.blocks()) {
            return Err(Problem::MpnBlocked(flag));
        }
        let (Some(tenant), Some(agreement)) = (service.tenant, service.agreement.clone()) else {
            return Err(Problem::Conflict(Conflict::ServiceNotReady("creating")));
        };
        let now = self.clock.business();
        let (order, task) = (OrderId(self.ids.next().await?), TaskId(self.ids.next().await?));
        let lines = vec![line];
        let quote = quote(&lines)?;
        let mut progress = Progress::existing_tenant(&lines, tenant);
        // An empty tenant's contact has not had its sign-in data yet: they go out with the first licences.
        progress.credentials_sent = service.state == licensing::service::ServiceState::Ok;
        let function =
            if base.is_some() { TaskFunction::CreateAddonSubscription } else { TaskFunction::CreateSubscription };
        let accepted = Accepted {
            task: new_task(task, service.id, &actor.account, function, Asked::Order, Some(order), now),
            order: Some(Order {
                id: order,
                account: actor.account.clone(),
                service: service.id,
                task,
                state: OrderState::Accepted,
                purchase: Purchase { new_tenant: false, mpn_id: service.mpn_id.clone(), agreement, lines, base },
                progress,
                attention: None,
                net: quote.net,
                tax: quote.tax,
                created_at: now,
                finished_at: None,
                version: 1,
            }),
            service,
            replay: None,
        };
        self.accept(actor, accepted, false, once).await
    }

    /// The add-ons that may be ordered for a subscription now.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn available_add_ons(
        &self,
        account: &AccountId,
        service: &ServiceName,
        id: SubscriptionId,
    ) -> Result<Vec<Licence>> {
        let subscription = self.subscription(account, service, id).await?;
        let list = self.price_list().await?;
        Ok(list.get(subscription.licence).map(|base| list.add_ons_of(base).cloned().collect()).unwrap_or_default())
    }

    /// Asks for a new total of seats. Returns a task.
    ///
    /// # Errors
    /// [`Problem::Invalid`] (`quantity`) for a number that no seat count is or above the limit;
    /// [`Conflict::TaskPending`], [`Conflict::Seats`] outside the window with the date,
    /// [`Conflict::SubscriptionNotRunning`], [`Problem::MpnBlocked`] for further seats.
    pub async fn change_seats(
        &self,
        actor: &Actor,
        service: &ServiceName,
        id: SubscriptionId,
        quantity: &str,
        once: Option<Once>,
    ) -> Result<Accepted> {
        let work = async || {
            let wanted = SeatCount::parse("quantity", quantity).map_err(|e| Problem::Invalid(vec![e]))?;
            let (service, subscription) = self.with_service(&actor.account, service, id).await?;
            self.seats_may_become(&service, &subscription, wanted).await?;
            let asked = Asked::Seats { from: subscription.seats, to: wanted };
            self.change(actor, service, subscription, TaskFunction::ChangeSubscriptionQuantity, asked, once.clone())
                .await
        };
        self.done_once(actor, &once, work).await
    }

    async fn seats_may_become(&self, service: &Service, subscription: &Subscription, wanted: SeatCount) -> Result<()> {
        idle(service, subscription)?;
        if !subscription.state.accepts_changes() {
            return Err(Problem::Conflict(Conflict::SubscriptionNotRunning(subscription.state.word().to_owned())));
        }
        let limits = self.limits(subscription).await?;
        let now = self.clock.business();
        let term_end = subscription.term_end.unwrap_or(now);
        match decide_change(subscription.seats, wanted, limits, &subscription.batches, term_end, now) {
            Ok(_) if wanted > subscription.seats => match service.mpn_flag.filter(|f| f.blocks()) {
                Some(flag) => Err(Problem::MpnBlocked(flag)),
                None => Ok(()),
            },
            Ok(_) => Ok(()),
            Err(refusal) => Err(seats_refused(wanted, refusal)),
        }
    }

    /// What a subscription allows for its seats; without a line in the price list only less than now.
    pub async fn limits(&self, subscription: &Subscription) -> Result<SeatLimits> {
        let list = self.price_list().await?;
        Ok(list.get(subscription.licence).map(Licence::limits).unwrap_or(SeatLimits {
            minimum: 1,
            maximum: None,
            may_grow: false,
        }))
    }

    /// Asks for the end of a subscription now. Returns a task.
    ///
    /// # Errors
    /// [`Conflict::TaskPending`], [`Conflict::Cancel`] outside the window with the date, or with add-ons.
    pub async fn cancel_subscription(
        &self,
        actor: &Actor,
        service: &ServiceName,
        id: SubscriptionId,
        once: Option<Once>,
    ) -> Result<Accepted> {
        let work = async || {
            let (service, subscription) = self.with_service(&actor.account, service, id).await?;
            idle(&service, &subscription)?;
            self.change(actor, service, subscription, TaskFunction::DeleteSubscription, Asked::Cancel, once.clone())
                .await
        };
        self.done_once(actor, &once, work).await
    }

    /// Asks for the end of a subscription with its term (`renews` false), or for its renewal again. The wish is
    /// kept beside the subscription and survives every other change. Returns a task.
    ///
    /// # Errors
    /// [`Conflict::TaskPending`], [`Conflict::SubscriptionNotRunning`].
    pub async fn set_renewal(
        &self,
        actor: &Actor,
        service: &ServiceName,
        id: SubscriptionId,
        renews: bool,
        once: Option<Once>,
    ) -> Result<Accepted> {
        let work = async || {
            let (service, subscription) = self.with_service(&actor.account, service, id).await?;
            renewable(&service, &subscription)?;
            self.change(
                actor,
                service,
                subscription,
                TaskFunction::ChangeRenewal,
                Asked::Renewal { renews },
                once.clone(),
            )
            .await
        };
        self.done_once(actor, &once, work).await
    }

    /// [`Operations::set_renewal`] for every running subscription of a service. Refused as a whole when one of
    /// them cannot be changed now; may be repeated.
    ///
    /// # Errors
    /// As [`Operations::set_renewal`]. An end is refused, too, while something is being bought
    /// ([`Conflict::TaskPending`]: what is bought would renew), and where nothing runs that could end
    /// ([`Conflict::ServiceNotReady`], [`Conflict::NothingToEnd`]).
    pub async fn set_renewal_of_all(
        &self,
        actor: &Actor,
        service: &ServiceName,
        renews: bool,
    ) -> Result<Vec<Accepted>> {
        let mut accepted = Vec::new();
        for subscription in self.renewals_to_change(&actor.account, service, renews).await? {
            accepted.push(self.set_renewal(actor, service, subscription.id, renews, None).await?);
        }
        Ok(accepted)
    }

    /// What [`Operations::set_renewal_of_all`] would change; changes nothing.
    ///
    /// # Errors
    /// Those of [`Operations::set_renewal_of_all`].
    pub async fn renewals_to_change(
        &self,
        account: &AccountId,
        service: &ServiceName,
        renews: bool,
    ) -> Result<Vec<Subscription>> {
        let found = self.service(account, service).await?;
        let mut running = storage::subscriptions::list(&self.db, found.id).await?;
        running.retain(|s| s.state.has_term());
        if !renews {
            if running.is_empty() {
                ready(&found)?;
                return Err(Problem::Conflict(Conflict::NothingToEnd));
            }
            let tasks = storage::tasks::open(&self.db, found.id).await?;
            if let Some(purchase) = tasks.iter().find(|task| task.asked == Asked::Order) {
                return Err(Problem::Conflict(Conflict::TaskPending(purchase.id)));
            }
        }
        running.retain(|s| (s.intent == TermEndIntent::Cancel) == renews);
        for subscription in &running {
            renewable(&found, subscription)?;
        }
        Ok(running)
    }

    /// A task that puts the kept wish back in place after another change disturbed it (trap 22).
    pub(crate) async fn wish_again(&self, service: &Service, subscription: &Subscription) -> Result<(Task, NewJob)> {
        let now = self.clock.business();
        let (id, asked) = (TaskId(self.ids.next().await?), Asked::Renewal { renews: false });
        let mut task = new_task(id, service.id, &service.account, TaskFunction::ChangeRenewal, asked, None, now);
        task.subscription = Some(subscription.id);
        Ok((task, self.promise(&super::jobs::Job::ChangeSubscription { task: id, service: service.id }, now)))
    }

    /// Saves a change of a subscription as it was read: whoever comes second is refused by its version.
    async fn change(
        &self,
        actor: &Actor,
        service: Service,
        mut subscription: Subscription,
        function: TaskFunction,
        asked: Asked,
        once: Option<Once>,
    ) -> Result<Accepted> {
        let now = self.clock.business();
        let id = TaskId(self.ids.next().await?);
        let mut task = new_task(id, service.id, &actor.account, function, asked, None, now);
        task.subscription = Some(subscription.id);
        subscription.task = Some(id);
        if let Asked::Renewal { renews } = task.asked {
            subscription.intent = if renews { TermEndIntent::Undecided } else { TermEndIntent::Cancel };
        }
        let accepted = Accepted { task, service, order: None, replay: None };
        let entry = self.entry(actor, "TaskAccepted", format!("task/{id}"), serde_json::json!({
            "function": function, "service": accepted.service.name, "subscription": subscription.id, "asked": accepted.task.asked,
        }));
        let job = self.promise(&super::jobs::Job::ChangeSubscription { task: id, service: accepted.service.id }, now);
        let answered = once.as_ref().map(|once| {
            (
                once.key.clone(),
                storage::idempotency::Answered {
                    body_hash: once.body_hash.clone(),
                    status: 200,
                    answer: (once.answer)(&accepted),
                },
            )
        });
        let saved = Arc::new((accepted.clone(), subscription, entry, job, answered));
        let done: Result<()> = self
            .db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    let (accepted, subscription, entry, job, answered) = &*saved;
                    if accepted.task.asked == Asked::Cancel {
                        may_be_cancelled(tx, subscription, now).await?;
                    }
                    storage::subscriptions::reserve(tx, subscription).await?;
                    storage::tasks::insert(tx, &accepted.task).await?;
                    storage::jobs::insert(tx, job, now).await?;
                    storage::audit::insert(tx, entry).await?;
                    if let Some((key, answered)) = answered {
                        storage::idempotency::insert(tx, &accepted.task.account, key, answered, now).await?;
                    }
                    Ok(())
                })
            })
            .await;
        match done {
            Ok(()) => {
                self.ring();
                Ok(accepted)
            }
            Err(Problem::Storage(e)) if e.is_duplicate() => match self.before(actor, &once).await? {
                Some(replayed) => Ok(replayed),
                None => Err(Problem::Storage(e)),
            },
            Err(e) => Err(e),
        }
    }
}

/// Whether a subscription may be cancelled, decided inside the commit: an add-on may have appeared.
async fn may_be_cancelled(tx: &mut storage::Tx, subscription: &Subscription, now: jiff::Timestamp) -> Result<()> {
    let add_ons = storage::subscriptions::running_add_ons(tx, subscription.id).await?;
    let term_end = subscription.term_end.unwrap_or(now);
    decide_cancel(&subscription.state, subscription.cancellable_until, term_end, add_ons, now)
        .map_err(|refusal| Problem::Conflict(Conflict::Cancel(refusal)))
}

fn renewable(service: &Service, subscription: &Subscription) -> Result<()> {
    idle(service, subscription)?;
    match subscription.state.accepts_changes() {
        true => Ok(()),
        false => Err(Problem::Conflict(Conflict::SubscriptionNotRunning(subscription.state.word().to_owned()))),
    }
}

fn idle(service: &Service, subscription: &Subscription) -> Result<()> {
    if let Some(task) = subscription.task {
        return Err(Problem::Conflict(Conflict::TaskPending(task)));
    }
    ready(service)
}

/// Limits are wrong input (400), windows are a matter of time (409): contracts/ovh-api.md §5.2.
fn seats_refused(wanted: SeatCount, refusal: licensing::seat::SeatRefusal) -> Problem {
    use licensing::seat::SeatRefusal;
    let rule = match refusal {
        SeatRefusal::AboveLimit { limit } => Rule::AtMost { max: limit },
        SeatRefusal::BelowMinimum { minimum } => Rule::AtLeast { min: minimum },
        SeatRefusal::Closed => Rule::NoNewSeats,
        window @ SeatRefusal::OutsideWindow { .. } => return Problem::Conflict(Conflict::Seats(window)),
    };
    Problem::invalid("quantity", &wanted.to_string(), rule)
}

/// Whether an item of the supplier (`product:sku:availability`) is this SKU.
pub(crate) fn is_item_of(item: &str, sku: &Sku) -> bool {
    let mut parts = item.split(':');
    parts.next().is_some_and(|p| p.eq_ignore_ascii_case(&sku.product))
        && parts.next().is_some_and(|s| s.eq_ignore_ascii_case(&sku.sku))
}
