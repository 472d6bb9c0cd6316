//! What the workflow does with the books: take work, save what is about to be sent,
//! record what came back. Every record checks that the lease is still held.

use super::{
    Operations, Problem, Result, jobs::Lane, mails::vault_place, orders::Order, services::Service,
    subscriptions::Subscription, tasks::Task,
};
use crate::storage::{self, audit::Entry, checks::Verdict, credentials::Credentials, jobs::NewJob, mails::Mail};
pub use crate::storage::{
    jobs::{ClaimedJob, Lease},
    outgoing::Outgoing,
};
use jiff::{SignedDuration, Timestamp};
use licensing::{
    credentials::CredentialsState,
    id::{OrderId, ServiceId, ServiceName, SubscriptionId, TaskId, TenantId},
};
use secrecy::SecretString;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// How long a lease is held without a sign of life: longer than the longest request.
pub const LEASE: SignedDuration = SignedDuration::from_secs(90);

/// A job in the hands of one worker.
#[derive(Debug, Clone)]
pub struct Held {
    /// The job.
    pub job: ClaimedJob,
    /// Proof that its subject is ours.
    pub lease: Lease,
}

/// Everything that one commit of the workflow changes. Rows with a version are written only when
/// nobody changed them since they were read.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// The order as it is now.
    pub order: Option<Order>,
    /// The service as it is now.
    pub service: Option<Service>,
    /// The task as it is now.
    pub task: Option<Task>,
    /// A subscription that changed.
    pub subscription: Option<Subscription>,
    /// Subscriptions that are new.
    pub new_subscriptions: Vec<Subscription>,
    /// The outgoing call that has its definitive answer, and which.
    pub close: Option<(Uuid, String)>,
    /// The outgoing call that was accepted and does not show yet.
    pub accepted: Option<Uuid>,
    /// Sign-in data to be sealed: user name and password (`None`: lost).
    pub sign_in: Option<(String, Option<SecretString>)>,
    /// The task whose new password is erased from the vault.
    pub forget_password: Option<TaskId>,
    /// The service whose sign-in data are erased from the vault.
    pub forget_sign_in: Option<ServiceId>,
    /// Mails promised with it.
    pub mails: Vec<(Mail, NewJob)>,
    /// A task that follows from it, with its job.
    pub follow_up: Option<(Task, NewJob)>,
    /// Entries of the audit log.
    pub entries: Vec<Entry>,
    /// What happens to the job.
    pub then: Then,
}

/// What happens to a job after a commit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Then {
    /// The worker goes on with it.
    #[default]
    GoOn,
    /// It is due again at an instant of business time.
    At(Timestamp),
    /// It is done and deleted.
    End,
}

/// An order with what it works on.
#[derive(Debug, Clone)]
pub struct OrderWork {
    /// The order.
    pub order: Order,
    /// Its service.
    pub service: Service,
    /// Its task.
    pub task: Task,
}

impl Operations {
    /// Takes due jobs of a lane. A job that is not ended or put off comes back when its claim runs out.
    pub async fn claim_jobs(&self, lane: Lane, most: i64) -> Result<Vec<ClaimedJob>> {
        let wall = self.clock.wall();
        Ok(storage::jobs::claim(&self.db, lane.word(), self.clock.business(), wall, wall + LEASE, most).await?)
    }

    /// Takes the lease on a job's subject; `None` while another worker holds it: the job stays due and is
    /// looked at again a moment later.
    pub async fn take(&self, job: ClaimedJob) -> Result<Option<Held>> {
        let wall = self.clock.wall();
        let again = wall + SignedDuration::from_millis(150);
        let asked = job.clone();
        let lease = self
            .db
            .write(move |tx| {
                let job = asked.clone();
                Box::pin(async move {
                    let lease = storage::jobs::lease(tx, &job.subject, wall, wall + LEASE).await?;
                    if lease.is_none() {
                        storage::jobs::leave(tx, &job.id, again).await?;
                    }
                    Ok::<_, storage::Error>(lease)
                })
            })
            .await?;
        Ok(lease.map(|lease| Held { job, lease }))
    }

    /// Lets everything go that an earlier worker process held. Only where this is the one worker process.
    pub async fn take_over_alone(&self) -> Result<()> {
        Ok(self.db.write(|tx| Box::pin(storage::jobs::release_all(tx))).await?)
    }

    /// How many jobs are due now; held ones included.
    pub async fn jobs_due(&self) -> Result<i64> {
        Ok(storage::jobs::due(&self.db, self.clock.business()).await?)
    }

    /// When the next job of a lane is due, business time.
    pub async fn next_due(&self, lane: Lane) -> Result<Option<Timestamp>> {
        let at = storage::jobs::next_due(&self.db, lane.word()).await?;
        Ok(at.and_then(|us| Timestamp::from_microsecond(us).ok()))
    }

    /// An order with its service and task.
    ///
    /// # Errors
    /// [`Problem::NotFound`] when a row is missing, which no job should see.
    pub async fn order_work(&self, order: OrderId) -> Result<OrderWork> {
        let missing = |what: String| Problem::NotFound(super::Missing::Object(what));
        let order = storage::orders::by_id(&self.db, order).await?.ok_or_else(|| missing(format!("order {order}")))?;
        let service = storage::services::by_id(&self.db, order.service)
            .await?
            .ok_or_else(|| missing(format!("service {}", order.service)))?;
        let task = storage::tasks::by_id(&self.db, order.task)
            .await?
            .ok_or_else(|| missing(format!("task {}", order.task)))?;
        Ok(OrderWork { order, service, task })
    }

    /// A task with its service and subscription.
    ///
    /// # Errors
    /// [`Problem::NotFound`] when a row is missing, which no job should see.
    pub async fn change_work(&self, task: TaskId) -> Result<(Task, Service, Subscription)> {
        let missing = |what: String| Problem::NotFound(super::Missing::Object(what));
        let task = storage::tasks::by_id(&self.db, task).await?.ok_or_else(|| missing(format!("task {task}")))?;
        let service = storage::services::by_id(&self.db, task.service)
            .await?
            .ok_or_else(|| missing(format!("service {}", task.service)))?;
        let id = task.subscription.ok_or_else(|| missing(format!("subscription of task {}", task.id)))?;
        let subscription = storage::subscriptions::get(&self.db, service.id, id)
            .await?
            .ok_or_else(|| missing(format!("subscription {id}")))?;
        Ok((task, service, subscription))
    }

    /// The subscriptions of a service; for the workflow.
    pub async fn subscriptions_of(&self, service: ServiceId) -> Result<Vec<Subscription>> {
        Ok(storage::subscriptions::list(&self.db, service).await?)
    }

    /// Whether another service has this tenant, so that it must not be adopted.
    pub async fn tenant_is_known(&self, tenant: TenantId, except: ServiceId) -> Result<bool> {
        Ok(storage::services::tenant_is_known(&self.db, tenant, except).await?)
    }

    /// Whether a name is promised to a service.
    pub async fn name_is_promised(&self, name: &ServiceName) -> Result<bool> {
        Ok(storage::services::name_is_promised(&self.db, name).await?)
    }

    /// A fresh id for a subscription that was bought.
    pub async fn new_subscription_id(&self) -> Result<SubscriptionId> {
        Ok(SubscriptionId(self.ids.next().await?))
    }

    /// The write of a step that was saved and has no definitive answer: it may have happened.
    pub async fn unsettled(&self, task: TaskId, step: &str) -> Result<Option<Outgoing>> {
        Ok(storage::outgoing::unsettled(&self.db, task, step).await?)
    }

    /// Saves a write that is about to be sent. Durable before it returns: only then may it be sent.
    ///
    /// # Errors
    /// A lost lease: nothing may be sent.
    pub async fn open_call(
        &self,
        held: &Held,
        service: ServiceId,
        task: TaskId,
        step: &str,
        asked: Value,
    ) -> Result<Outgoing> {
        let outgoing = Outgoing {
            id: self.clock.new_id(),
            service,
            task,
            step: step.to_owned(),
            asked,
            accepted: false,
            sends: 1,
            opened_at: self.clock.business(),
            first_sent_at: Some(self.clock.business()),
        };
        let (saved, lease, until) = (outgoing.clone(), held.lease.clone(), self.clock.wall() + LEASE);
        self.db
            .write(move |tx| {
                let (outgoing, lease) = (saved.clone(), lease.clone());
                Box::pin(async move {
                    storage::jobs::hold(tx, &lease, until).await?;
                    storage::outgoing::open(tx, &outgoing).await
                })
            })
            .await?;
        Ok(outgoing)
    }

    /// Notes that an unsettled write is about to be sent again with the same id.
    ///
    /// # Errors
    /// A lost lease: nothing may be sent.
    pub async fn send_again(&self, held: &Held, outgoing: &Outgoing) -> Result<()> {
        let (id, lease, until) = (outgoing.id, held.lease.clone(), self.clock.wall() + LEASE);
        self.db
            .write(move |tx| {
                let lease = lease.clone();
                Box::pin(async move {
                    storage::jobs::hold(tx, &lease, until).await?;
                    storage::outgoing::sending_again(tx, id).await
                })
            })
            .await?;
        Ok(())
    }

    /// Saves everything that came of a step in one commit. Versions rise by one in what was given.
    ///
    /// # Errors
    /// A lost lease, or a row that somebody changed meanwhile: nothing was saved; read again.
    pub async fn record(&self, held: &Held, record: Record) -> Result<()> {
        let (now, until) = (self.clock.business(), self.clock.wall() + LEASE);
        let sealed =
            record.service.as_ref().zip(record.sign_in.as_ref()).map(|(service, (user_name, password))| Credentials {
                service: service.id,
                state: if password.is_some() { CredentialsState::Sealed } else { CredentialsState::Lost },
                user_name: user_name.clone(),
                password: password.as_ref().map(|p| self.vault.seal(&vault_place(service.id), p)),
                received_at: now,
            });
        let woke = !record.mails.is_empty() || record.follow_up.is_some();
        let shared = Arc::new((held.clone(), record, sealed));
        self.db
            .write(move |tx| {
                let shared = shared.clone();
                Box::pin(async move {
                    let (held, record, sealed) = &*shared;
                    storage::jobs::hold(tx, &held.lease, until).await?;
                    write(tx, held, record, sealed.as_ref(), now).await
                })
            })
            .await?;
        if woke {
            self.ring();
        }
        Ok(())
    }

    /// Puts a job off without having changed anything, and lets its subject go.
    pub async fn put_off(&self, held: &Held, until: Timestamp) -> Result<()> {
        self.record(held, Record { then: Then::At(until), ..Record::default() }).await
    }

    /// Lets a subject go after a failure, so that the next try need not wait for the lease to run out.
    pub async fn let_go(&self, lease: &Lease) -> Result<()> {
        let lease = lease.clone();
        self.db
            .write(move |tx| {
                let lease = lease.clone();
                Box::pin(async move { storage::jobs::release(tx, &lease).await })
            })
            .await?;
        Ok(())
    }

    /// Ends a job without changing anything else.
    pub async fn end_job(&self, held: &Held) -> Result<()> {
        self.record(held, Record { then: Then::End, ..Record::default() }).await
    }

    /// Saves the verdict of a check and ends its job.
    pub async fn answer_check(&self, job: &ClaimedJob, check: Uuid, verdict: Verdict) -> Result<()> {
        let (job, now) = (job.id.clone(), self.clock.business());
        self.db
            .write(move |tx| {
                let (job, verdict) = (job.clone(), verdict.clone());
                Box::pin(async move {
                    storage::checks::answer(tx, check, &verdict, now).await?;
                    storage::jobs::delete(tx, &job).await
                })
            })
            .await?;
        Ok(())
    }

    /// Ends a claimed job that was never leased (checks, mails).
    pub async fn drop_job(&self, job: &ClaimedJob) -> Result<()> {
        let job = job.id.clone();
        self.db
            .write(move |tx| {
                let job = job.clone();
                Box::pin(async move { storage::jobs::delete(tx, &job).await })
            })
            .await?;
        Ok(())
    }

    /// Puts a claimed job off that was never leased.
    pub async fn postpone_job(&self, job: &ClaimedJob, until: Timestamp) -> Result<()> {
        let job = job.id.clone();
        self.db
            .write(move |tx| {
                let job = job.clone();
                Box::pin(async move { storage::jobs::postpone(tx, &job, until).await })
            })
            .await?;
        Ok(())
    }

    /// A value kept sealed under a name, opened: a refresh token, the demo's sign-in data.
    ///
    /// # Errors
    /// [`Problem::Vault`] when it was sealed under another key.
    pub async fn sealed_value(&self, name: &str) -> Result<Option<SecretString>> {
        match storage::sealed::get(&self.db, name).await? {
            Some(sealed) => Ok(Some(self.vault.open(&format!("sealed_value/{name}"), &sealed)?)),
            None => Ok(None),
        }
    }

    /// Keeps a value sealed under a name; durable when this returns. May be repeated.
    pub async fn keep_sealed_value(&self, name: &str, value: &SecretString) -> Result<()> {
        let sealed = self.vault.seal(&format!("sealed_value/{name}"), value);
        let (name, now) = (name.to_owned(), self.clock.business());
        self.db
            .write(move |tx| {
                let (name, sealed) = (name.clone(), sealed.clone());
                Box::pin(async move { storage::sealed::set(tx, &name, &sealed, now).await })
            })
            .await?;
        Ok(())
    }
}

async fn write(
    tx: &mut storage::Tx,
    held: &Held,
    record: &Record,
    sealed: Option<&Credentials>,
    now: Timestamp,
) -> storage::Result<()> {
    if let Some(id) = record.accepted {
        storage::outgoing::accepted(tx, id).await?;
    }
    if let Some((id, outcome)) = &record.close {
        storage::outgoing::close(tx, *id, outcome, now).await?;
    }
    if let Some(credentials) = sealed {
        storage::credentials::insert(tx, credentials).await?;
    }
    if let Some(task) = record.forget_password {
        storage::sealed::forget(tx, &super::passwords::sealed_at(task)).await?;
    }
    if let Some(service) = record.forget_sign_in {
        storage::credentials::erase(tx, service).await?;
    }
    if let Some(service) = &record.service {
        storage::services::update(tx, service, now).await?;
    }
    if let Some(order) = &record.order {
        storage::orders::update(tx, order).await?;
    }
    if let Some(task) = &record.task {
        storage::tasks::update(tx, task).await?;
    }
    if let Some(subscription) = &record.subscription {
        storage::subscriptions::update(tx, subscription).await?;
    }
    if let Some(first) = record.new_subscriptions.first() {
        storage::subscriptions::insert(tx, first.service, &record.new_subscriptions).await?;
    }
    for (mail, job) in &record.mails {
        storage::mails::insert(tx, mail).await?;
        storage::jobs::insert(tx, job, now).await?;
    }
    if let Some((task, job)) = &record.follow_up {
        storage::tasks::insert(tx, task).await?;
        storage::jobs::insert(tx, job, now).await?;
    }
    for entry in &record.entries {
        storage::audit::insert(tx, entry).await?;
    }
    match record.then {
        Then::GoOn => Ok(()),
        Then::At(run_at) => {
            storage::jobs::postpone(tx, &held.job.id, run_at).await?;
            storage::jobs::release(tx, &held.lease).await
        }
        Then::End => {
            storage::jobs::delete(tx, &held.job.id).await?;
            storage::jobs::release(tx, &held.lease).await
        }
    }
}
