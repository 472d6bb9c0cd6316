//! Orders: a new tenant with its licences, accepted in one commit.

use super::{Accepted, Actor, Conflict, Missing, Once, Operations, Problem, Result, jobs::Job};
use super::{
    services::Service,
    tasks::{Asked, Task},
};
pub use crate::storage::orders::{Order, Purchase};
use crate::storage::{self, idempotency::Answered, jobs::NewJob};
use jiff::Timestamp;
use licensing::{
    id::{AccountId, OrderId, ServiceId, Subdomain, TaskId},
    invalid::Rule,
    money::Money,
    order::{self, OrderInput, OrderLine, OrderRequest, OrderState, Progress},
    service::ServiceState,
    task::{TaskFunction, TaskState},
};
use serde_json::json;

/// How often a request is decided whose subject others keep changing.
const MOST_DECISIONS: u32 = 3;

/// What an order would cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Quote {
    /// Net price of the first billing period.
    pub net: Money,
    /// Tax on it.
    pub tax: Money,
    /// Net price of the whole commitment.
    pub commitment: Money,
    /// Tax on it.
    pub commitment_tax: Money,
}

/// What an order would cost.
///
/// # Errors
/// [`Problem::Invalid`] (`lines`) when they have no common currency, or cost more than can be kept.
pub fn quote(lines: &[OrderLine]) -> Result<Quote> {
    let refused = |expected: &str| Problem::invalid("lines", "", Rule::WrongType { expected: expected.to_owned() });
    let first = order::first_bill(lines).zip(order::first_tax(lines));
    match first.zip(order::commitment(lines).zip(order::commitment_tax(lines))) {
        None => Err(refused("licences of one currency")),
        Some(((net, tax), _)) if net.stored().and(tax.stored()).is_none() => {
            Err(refused("licences whose first bill is below 900,000,000,000,000"))
        }
        Some(((net, tax), (commitment, commitment_tax))) => Ok(Quote { net, tax, commitment, commitment_tax }),
    }
}

impl Operations {
    /// Checks an order as far as it can be checked without Microsoft, and with Microsoft's verdicts of
    /// the last minutes, as placing it would. Nothing is created. For people: [`Operations::preview_order`].
    ///
    /// # Errors
    /// [`Problem::Invalid`] with everything that is wrong.
    pub async fn check_order(&self, account: &AccountId, input: &OrderInput) -> Result<OrderRequest> {
        let list = self.price_list().await?;
        let language = match input.contact.language.trim() {
            "" => self.account(account).await?.language,
            // Nothing falls back on the account's.
            _ => String::new(),
        };
        let now = self.clock.business();
        let request = input.check(|id| list.get(id).cloned(), &language, now).map_err(Problem::Invalid)?;
        let wrong = self.objections(account, &request).await?;
        if wrong.is_empty() { Ok(request) } else { Err(Problem::Invalid(wrong)) }
    }

    /// Accepts an order: service, order, task, promise and answer in one commit. With `once` it may be
    /// repeated: the same key and request give the same answer and nothing twice.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with everything that is wrong; [`Conflict::KeyReused`]. Nothing was saved then.
    pub async fn place_order(&self, actor: &Actor, input: &OrderInput, once: Option<Once>) -> Result<Accepted> {
        self.done_once(actor, &once, || self.place_new(actor, input, once.clone())).await
    }

    async fn place_new(&self, actor: &Actor, input: &OrderInput, once: Option<Once>) -> Result<Accepted> {
        let request = self.check_order(&actor.account, input).await?;
        let accepted = self.new_tenant(actor, request).await?;
        self.accept(actor, accepted, true, once).await
    }

    /// Does a piece of work once: a request whose key was answered before gets that answer. So does one that
    /// was refused because the same request was accepted at the same moment (its name is taken now, a task is
    /// pending). What was changed between reading and writing is read and decided again.
    pub(crate) async fn done_once<F: Future<Output = Result<Accepted>>>(
        &self,
        actor: &Actor,
        once: &Option<Once>,
        work: impl Fn() -> F,
    ) -> Result<Accepted> {
        if let Some(accepted) = self.before(actor, once).await? {
            return Ok(accepted);
        }
        let mut tries = 1;
        loop {
            let refused = match work().await {
                Err(refused @ (Problem::Invalid(_) | Problem::Conflict(_))) => refused,
                done => return done,
            };
            if let Some(accepted) = self.before(actor, once).await? {
                return Ok(accepted);
            }
            let again = matches!(refused, Problem::Conflict(Conflict::ChangedMeanwhile { .. }));
            if !again || tries == MOST_DECISIONS {
                return Err(refused);
            }
            tries += 1;
        }
    }

    /// The work behind a key that was answered before.
    pub(crate) async fn before(&self, actor: &Actor, once: &Option<Once>) -> Result<Option<Accepted>> {
        let Some(once) = once else { return Ok(None) };
        match self.answered_before(&actor.account, once).await? {
            Some(answer) => Ok(Some(self.replayed(&actor.account, answer).await?)),
            None => Ok(None),
        }
    }

    async fn new_tenant(&self, actor: &Actor, request: OrderRequest) -> Result<Accepted> {
        let now = self.clock.business();
        let subdomain = match &request.subdomain {
            Some(subdomain) => subdomain.clone(),
            None => self.free_subdomain(&request.contact.company_name).await?,
        };
        let quote = quote(&request.lines)?;
        let (service, order, task) =
            (ServiceId(self.ids.next().await?), OrderId(self.ids.next().await?), TaskId(self.ids.next().await?));
        let progress = Progress::new_tenant(&request.lines);
        Ok(Accepted {
            service: Service {
                id: service,
                account: actor.account.clone(),
                name: subdomain.service_name(),
                display_name: request.contact.company_name.chars().take(100).collect(),
                state: ServiceState::Ordered,
                tenant: None,
                contact: request.contact,
                mpn_id: request.mpn_id.clone(),
                mpn_flag: None,
                agreement: None,
                created_at: now,
                updated_at: None,
                version: 1,
            },
            task: new_task(task, service, &actor.account, TaskFunction::CreateTenant, Asked::Order, Some(order), now),
            order: Some(Order {
                id: order,
                account: actor.account.clone(),
                service,
                task,
                state: OrderState::Accepted,
                purchase: Purchase {
                    new_tenant: true,
                    mpn_id: request.mpn_id,
                    agreement: request.agreement,
                    lines: request.lines,
                    base: None,
                },
                progress,
                attention: None,
                net: quote.net,
                tax: quote.tax,
                created_at: now,
                finished_at: None,
                version: 1,
            }),
            replay: None,
        })
    }

    async fn free_subdomain(&self, company: &str) -> Result<Subdomain> {
        loop {
            let made = Subdomain::generated(company, u32::from_le_bytes(crate::clock::random()));
            if !storage::services::name_is_promised(&self.db, &made.service_name()).await? {
                return Ok(made);
            }
        }
    }

    /// Saves accepted work and its promise in one commit.
    pub(crate) async fn accept(
        &self,
        actor: &Actor,
        accepted: Accepted,
        new_service: bool,
        once: Option<Once>,
    ) -> Result<Accepted> {
        let now = self.clock.business();
        let job = match &accepted.order {
            Some(order) => Job::CarryOutOrder { order: order.id, service: accepted.service.id },
            None => Job::ChangeSubscription { task: accepted.task.id, service: accepted.service.id },
        };
        let entry = self.entry(
            actor,
            "TaskAccepted",
            format!("task/{}", accepted.task.id),
            json!({
                "function": accepted.task.function, "service": accepted.service.name, "asked": accepted.task.asked,
                "order": accepted.order.as_ref().map(|o| o.id), "subscription": accepted.task.subscription,
            }),
        );
        let answered = once.as_ref().map(|once| {
            (
                once.key.clone(),
                Answered { body_hash: once.body_hash.clone(), status: 200, answer: (once.answer)(&accepted) },
            )
        });
        let job = self.promise(&job, now);
        let saved = std::sync::Arc::new((accepted.clone(), job, entry, answered));
        let done = self
            .db
            .write(move |tx| {
                let saved = saved.clone();
                Box::pin(async move {
                    let (accepted, job, entry, answered) = &*saved;
                    save(tx, accepted, new_service, job, entry, now).await?;
                    match answered {
                        Some((key, answered)) => {
                            storage::idempotency::insert(tx, &accepted.service.account, key, answered, now).await
                        }
                        None => Ok(()),
                    }
                })
            })
            .await;
        match done {
            Ok(()) => {
                self.ring();
                Ok(accepted)
            }
            Err(e) if e.is_duplicate() => self.lost_a_race(accepted, once).await,
            Err(e) => Err(e.into()),
        }
    }

    /// A unique index refused: either the same key was accepted at the same moment, or the name is gone.
    async fn lost_a_race(&self, accepted: Accepted, once: Option<Once>) -> Result<Accepted> {
        let account = &accepted.service.account;
        if let Some(once) = &once
            && let Some(answer) = self.answered_before(account, once).await?
        {
            return self.replayed(account, answer).await;
        }
        Err(Problem::invalid("customSubdomain", accepted.service.name.subdomain(), Rule::SubdomainTaken))
    }

    /// The work behind an answer that is given again.
    pub(crate) async fn replayed(&self, account: &AccountId, answer: String) -> Result<Accepted> {
        let ids: serde_json::Value = serde_json::from_str(&answer).unwrap_or_default();
        let number = |name: &str| ids.get(name).and_then(serde_json::Value::as_i64);
        let order = match number("orderId") {
            Some(id) => storage::orders::get(&self.db, account, OrderId(id)).await?,
            None => None,
        };
        let task_id = order.as_ref().map(|o| o.task).or(number("id").map(TaskId));
        let missing = || Problem::NotFound(Missing::Object("replay".to_owned()));
        let task = match task_id {
            Some(id) => {
                storage::tasks::by_id(&self.db, id).await?.filter(|t| t.account == *account).ok_or_else(missing)?
            }
            None => return Err(missing()),
        };
        let service = storage::services::by_id(&self.db, task.service).await?.ok_or_else(missing)?;
        Ok(Accepted { task, service, order, replay: Some(answer) })
    }

    /// The orders of an account, newest first, below a number, at most 500.
    pub async fn orders(&self, account: &AccountId, below: Option<OrderId>, most: u32) -> Result<Vec<Order>> {
        let below = below.map_or(i64::MAX, |id| id.0);
        Ok(storage::orders::list(&self.db, account, below, i64::from(most.min(500))).await?)
    }

    /// The orders of all accounts that somebody must look at, newest first, at most 500; for operators.
    pub async fn orders_needing_attention(&self, most: u32) -> Result<Vec<Order>> {
        Ok(storage::orders::needing_attention(&self.db, i64::from(most.min(500))).await?)
    }

    /// The numbers of an account's orders accepted between two instants.
    pub async fn order_ids(&self, account: &AccountId, from: Timestamp, to: Timestamp) -> Result<Vec<OrderId>> {
        Ok(storage::orders::ids(&self.db, account, from, to).await?)
    }

    /// How many orders an account has that were accepted between two instants, and at most `most` of them by
    /// number, after the first `skip`.
    pub async fn orders_between(
        &self,
        account: &AccountId,
        between: (Timestamp, Timestamp),
        skip: u64,
        most: u32,
        descending: bool,
    ) -> Result<(u64, Vec<Order>)> {
        Ok(storage::orders::slice(&self.db, account, between, skip, most, descending).await?)
    }

    /// One order.
    ///
    /// # Errors
    /// [`Problem::NotFound`].
    pub async fn order(&self, account: &AccountId, id: OrderId) -> Result<Order> {
        storage::orders::get(&self.db, account, id)
            .await?
            .ok_or_else(|| Problem::NotFound(Missing::Object(id.to_string())))
    }
}

async fn save(
    tx: &mut storage::Tx,
    accepted: &Accepted,
    new_service: bool,
    job: &NewJob,
    entry: &storage::audit::Entry,
    now: Timestamp,
) -> storage::Result<()> {
    if new_service {
        storage::services::insert(tx, &accepted.service).await?;
    }
    if let Some(order) = &accepted.order {
        storage::orders::insert(tx, order).await?;
    }
    storage::tasks::insert(tx, &accepted.task).await?;
    storage::jobs::insert(tx, job, now).await?;
    storage::audit::insert(tx, entry).await
}

pub(crate) fn new_task(
    id: TaskId,
    service: ServiceId,
    account: &AccountId,
    function: TaskFunction,
    asked: Asked,
    order: Option<OrderId>,
    now: Timestamp,
) -> Task {
    Task {
        id,
        service,
        account: account.clone(),
        function,
        state: TaskState::Todo,
        subscription: None,
        order,
        asked,
        step: None,
        reason: None,
        waiting_since: None,
        created_at: now,
        finished_at: None,
        version: 1,
    }
}

/// A service that takes purchases and changes now.
///
/// # Errors
/// [`Conflict::ServiceNotReady`].
pub(crate) fn ready(service: &Service) -> Result<()> {
    match service.state.accepts_changes() && service.tenant.is_some() {
        true => Ok(()),
        false => Err(Problem::Conflict(Conflict::ServiceNotReady(service.state.wire().unwrap_or("ended")))),
    }
}
