//! Claims what is due, runs it, lets it go. One loop per lane; a failing job never stops it.

use super::{Workflow, dispatch};
use crate::operations::{jobs::Lane, work::ClaimedJob};
use jiff::SignedDuration;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};

/// How often an idle worker looks by itself: for jobs of other processes.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The running workers of a process.
pub struct Engine {
    workflow: Arc<Workflow>,
    running: Arc<AtomicUsize>,
    stop: watch::Sender<bool>,
    loops: JoinSet<()>,
}

impl Engine {
    /// Starts the workers of every lane.
    pub fn start(workflow: Arc<Workflow>) -> Engine {
        let running = Arc::new(AtomicUsize::new(0));
        let stop = watch::Sender::new(false);
        let mut loops = JoinSet::new();
        for lane in Lane::ALL {
            loops.spawn(work(workflow.clone(), lane, running.clone(), stop.subscribe()));
        }
        Engine { workflow, running, stop, loops }
    }

    /// Returns when no job is due and none is running.
    pub async fn settle(&self) {
        settle(&self.workflow, &self.running).await;
    }

    /// A handle that waits for quiet without owning the engine.
    pub fn settler(&self) -> impl Fn() -> futures::future::BoxFuture<'static, ()> + Send + Sync + 'static {
        let (workflow, running) = (self.workflow.clone(), self.running.clone());
        move || {
            let (workflow, running) = (workflow.clone(), running.clone());
            Box::pin(async move { settle(&workflow, &running).await })
        }
    }

    /// Takes no further jobs, waits for those that run, and ends.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.loops.join_next().await.is_some() {}
    }
}

async fn settle(workflow: &Workflow, running: &AtomicUsize) {
    loop {
        let due = workflow.operations.jobs_due().await.unwrap_or(1);
        if due == 0 && running.load(Ordering::SeqCst) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn workers(lane: Lane) -> usize {
    match lane {
        Lane::Fast => 8,
        Lane::Work => 16,
        Lane::Mail => 4,
    }
}

async fn work(workflow: Arc<Workflow>, lane: Lane, running: Arc<AtomicUsize>, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(workers(lane)));
    let mut bell = workflow.operations.bell();
    let mut jobs = JoinSet::new();
    while !*stop.borrow() {
        bell.mark_unchanged();
        let free = places.available_permits().max(1);
        let claimed = match workflow.operations.claim_jobs(lane, i64::try_from(free).unwrap_or(1)).await {
            Ok(claimed) => claimed,
            Err(e) => {
                tracing::error!(lane = lane.word(), error = %e, "jobs cannot be claimed");
                Vec::new()
            }
        };
        let idle = claimed.is_empty();
        for job in claimed {
            let Ok(place) = places.clone().acquire_owned().await else { return };
            running.fetch_add(1, Ordering::SeqCst);
            jobs.spawn(run(workflow.clone(), job, running.clone(), place));
        }
        while jobs.try_join_next().is_some() {}
        if idle {
            let pause = pause(&workflow, lane).await;
            tokio::select! {
                _ = bell.changed() => {}
                _ = stop.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
    while jobs.join_next().await.is_some() {}
}

/// Until the next known job is due, but never longer than a worker waits anyway.
async fn pause(workflow: &Workflow, lane: Lane) -> Duration {
    let next = workflow.operations.next_due(lane).await.ok().flatten();
    let wait = next.map_or(SignedDuration::MAX, |at| at.duration_since(workflow.operations.clock.business()));
    // A claimed job stays in the table with its old due time: never turn in circles on it.
    Duration::try_from(wait).unwrap_or_default().clamp(Duration::from_millis(10), LOOK_EVERY)
}

async fn run(workflow: Arc<Workflow>, job: ClaimedJob, running: Arc<AtomicUsize>, place: OwnedSemaphorePermit) {
    let (id, subject) = (job.id.clone(), job.subject.clone());
    let done = tokio::spawn({
        let workflow = workflow.clone();
        let job = job.clone();
        async move { dispatch::run(&workflow, job).await }
    })
    .await;
    let trouble = match done {
        Ok(Ok(())) => None,
        Ok(Err(e)) => Some(e.to_string()),
        Err(e) => Some(format!("the worker fell over: {e}")),
    };
    if let Some(trouble) = trouble {
        tracing::error!(job = id, subject, error = trouble, "a job failed and is tried again");
        let again = workflow.operations.clock.business() + SignedDuration::from_secs(2);
        if let Err(e) = workflow.operations.postpone_job(&job, again).await {
            tracing::error!(job = id, error = %e, "the job could not be put off; it comes back when its claim runs out");
        }
    }
    running.fetch_sub(1, Ordering::SeqCst);
    drop(place);
}
