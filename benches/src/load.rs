//! Load in a closed loop: each client sends its next request when the last one is answered.

use crate::{
    figures::Figure,
    http::Connection,
    processes::{Family, machine_ms},
};
use std::{
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// How long is measured, with how many clients.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Clients at the same time.
    pub clients: usize,
    /// Load that is not counted, first.
    pub warm_up: Duration,
    /// Load that is counted.
    pub time: Duration,
}

/// The processes whose time is told apart; everything else on the machine is "others".
#[derive(Debug, Clone, Default)]
pub struct Watch {
    /// Name and processes.
    pub parts: Vec<(&'static str, Family)>,
    /// Processes of ours that do no work for the operation: the load itself, idle servers.
    pub ours: Vec<Family>,
}

/// The clocks at one moment.
pub struct Reading {
    parts: Vec<f64>,
    ours: f64,
    machine: (f64, f64),
}

impl Watch {
    /// Reads every clock.
    pub fn read(&self) -> Reading {
        Reading {
            parts: self.parts.iter().map(|(_, f)| f.cpu_ms()).collect(),
            ours: self.ours.iter().map(|f| f.cpu_ms()).sum(),
            machine: machine_ms(),
        }
    }

    /// What was used since, per operation; and how many processors others kept busy.
    pub fn since(&self, before: &Reading, operations: u64) -> (Vec<(&'static str, f64)>, f64) {
        let now = self.read();
        let used: Vec<f64> = now.parts.iter().zip(&before.parts).map(|(a, b)| a - b).collect();
        let ours = used.iter().sum::<f64>() + now.ours - before.ours;
        let (busy, all) = (now.machine.0 - before.machine.0, now.machine.1 - before.machine.1);
        let processors = std::thread::available_parallelism().map_or(1, usize::from) as f64;
        let others = ((busy - ours).max(0.0) / all.max(1.0)) * processors;
        let each = self.parts.iter().zip(used).map(|((name, _), ms)| (*name, ms / operations.max(1) as f64));
        (each.collect(), others)
    }
}

/// One operation of a client: its connection, the client's number and a number that counts up.
pub type Operation<'a> = dyn Fn(&mut Connection, usize, u64) -> anyhow::Result<()> + Sync + 'a;

/// Runs the load and measures.
///
/// # Errors
/// The first error of any client: a wrong answer is not a time and ends the run.
pub fn measure(plan: Plan, address: SocketAddr, watch: &Watch, operation: &Operation<'_>) -> anyhow::Result<Figure> {
    let begin = Instant::now() + plan.warm_up;
    let end = begin + plan.time;
    let (stop, failure) = (AtomicBool::new(false), Mutex::new(None));
    let client = |number: usize| -> anyhow::Result<Vec<u32>> {
        let mut connection = Connection::open(address)?;
        let mut taken = Vec::new();
        for n in 0.. {
            let start = Instant::now();
            if start >= end || stop.load(Ordering::Relaxed) {
                break;
            }
            operation(&mut connection, number, n)?;
            let done = Instant::now();
            if done >= begin && done <= end {
                taken.push(done.duration_since(start).as_micros().min(u128::from(u32::MAX)) as u32);
            }
        }
        Ok(taken)
    };
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..plan.clients)
            .map(|number| {
                let (client, stop, failure) = (&client, &stop, &failure);
                scope.spawn(move || {
                    client(number).unwrap_or_else(|e| {
                        stop.store(true, Ordering::Relaxed);
                        failure.lock().expect("no holder of this lock panics").get_or_insert(e);
                        Vec::new()
                    })
                })
            })
            .collect();
        std::thread::sleep(begin.saturating_duration_since(Instant::now()));
        let before = watch.read();
        std::thread::sleep(end.saturating_duration_since(Instant::now()));
        let after = |operations| watch.since(&before, operations);
        // The clocks are read before the threads are joined; how many operations there were is known after.
        let (per_run, others) = after(1);
        let taken: Vec<Vec<u32>> = clients.into_iter().map(|c| c.join().unwrap_or_default()).collect();
        if let Some(e) = failure.lock().expect("no holder of this lock panics").take() {
            return Err(e);
        }
        Ok(Figure::new(taken.concat(), plan.time.as_secs_f64(), per_run, others))
    })
}
