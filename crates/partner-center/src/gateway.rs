//! The one door through which calls leave: token buckets per resource and per customer, calls of
//! people before calls in the background, customers in turn, fewer calls at once after a 429, and
//! none of a family before its `Retry-After` has run. Source: contract §3. Never repeats anything;
//! that is `retry.rs`.

use std::collections::{HashMap, HashSet, VecDeque};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::error::Error;
use crate::request::WEBHOOK_TRIALS;

/// Fewest good answers in a row before one more parallel call is tried.
const GOOD_ANSWERS: u32 = 20;
/// Most calls in flight, however well it goes.
const MOST_PARALLEL: usize = 32;
/// Wait after a 429 that names none, without a setting.
pub(crate) const ASSUMED_WAIT: Duration = Duration::from_secs(60);
/// Shortest wait after a 429, whatever it asks for.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
/// Longest.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);
/// Trial events of webhooks: two in any minute (§3).
const TRIALS_AT_ONCE: NonZeroU32 = NonZeroU32::new(2).expect("not zero");
/// Buckets kept before those that are full again are forgotten.
const BUCKETS_KEPT: usize = 10_000;

/// How hard the API may be pressed. Microsoft documents 500 requests a minute for each resource and
/// tenant; a refused request counts too, so staying below is worth more than asking again (§3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most requests in any minute for each resource (customers, orders with carts, subscriptions,
    /// everything else); at least 2, `None` for no limit. Half of them may come at once.
    pub per_partner: Option<u32>,
    /// The same for each resource of one customer.
    pub per_customer: Option<u32>,
    /// Most calls that wait for their turn, of people and in the background each; one more is
    /// answered with [`Error::QueueFull`].
    pub queue: usize,
    /// Longest time a call of a person waits for its turn before it is answered with
    /// [`Error::Throttled`]. Background calls wait as long as it takes.
    pub longest_wait: Duration,
    /// Wait after a 429 that names none.
    pub assumed_wait: Duration,
}

impl Default for Limits {
    /// 450 a minute, 1000 waiting, one minute of waiting, one minute after a bare 429.
    fn default() -> Self {
        Self {
            per_partner: Some(450),
            per_customer: Some(450),
            queue: 1000,
            longest_wait: Duration::from_secs(60),
            assumed_wait: ASSUMED_WAIT,
        }
    }
}

impl Limits {
    /// No limit per minute, and a second after a bare 429: for a simulator.
    #[must_use]
    pub fn none() -> Self {
        Self { per_partner: None, per_customer: None, assumed_wait: SHORTEST_WAIT, ..Self::default() }
    }
}

/// Who waits for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// A person: first.
    User,
    /// Nobody: behind.
    Background,
}

/// What a call needs to be let through.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub(crate) family: &'static str,
    /// In lower case: ids are compared without case.
    pub(crate) customer: Option<String>,
    pub(crate) class: Class,
    /// Whether calls of one customer go one after the other.
    pub(crate) is_serial: bool,
}

/// The runtime's clock, which stands still when a test says so.
#[derive(Clone, Copy, Debug)]
struct RuntimeClock;

impl Clock for RuntimeClock {
    type Instant = std::time::Instant;

    fn now(&self) -> Self::Instant {
        Instant::now().into_std()
    }
}

type Pair = (&'static str, String);
type Bucket<K> = RateLimiter<K, DashMapStateStore<K>, RuntimeClock, NoOpMiddleware<std::time::Instant>>;

/// At most `most` in any minute: what may come at once and what flows in add up to it.
fn quota(most: u32) -> Quota {
    let burst = NonZeroU32::new(most / 2).unwrap_or(NonZeroU32::MIN);
    let flow = NonZeroU32::new(most - most / 2).unwrap_or(NonZeroU32::MIN);
    Quota::per_minute(flow).allow_burst(burst)
}

fn bucket<K: Clone + Eq + std::hash::Hash>(quota: Quota) -> Bucket<K> {
    RateLimiter::dashmap_with_clock(quota, RuntimeClock)
}

/// The right to have one call in flight.
#[derive(Debug)]
pub(crate) struct Passage {
    gateway: Arc<Gateway>,
    turn: Turn,
    entered: Instant,
}

impl Drop for Passage {
    fn drop(&mut self) {
        {
            let mut state = self.gateway.state();
            state.running -= 1;
            if self.turn.class == Class::Background {
                state.running_background -= 1;
            }
            if let (true, Some(customer)) = (self.turn.is_serial, &self.turn.customer) {
                state.in_series.remove(customer);
            }
        }
        self.gateway.pump();
    }
}

struct Waiter {
    turn: Turn,
    /// Its customer's bucket has given already; a second token would be one too many.
    has_customer_token: bool,
    go: oneshot::Sender<Result<Passage, Error>>,
}

/// Waiters of one class, a lane for each customer, lanes in turn.
#[derive(Default)]
struct Line {
    lanes: VecDeque<(Option<String>, VecDeque<Waiter>)>,
}

impl Line {
    fn push(&mut self, waiter: Waiter) {
        match self.lanes.iter_mut().find(|(customer, _)| *customer == waiter.turn.customer) {
            Some((_, lane)) => lane.push_back(waiter),
            None => self.lanes.push_back((waiter.turn.customer.clone(), VecDeque::from([waiter]))),
        }
    }

    /// Waiters that have not gone away.
    fn len(&mut self) -> usize {
        for (_, lane) in &mut self.lanes {
            lane.retain(|waiter| !waiter.go.is_closed());
        }
        self.lanes.retain(|(_, lane)| !lane.is_empty());
        self.lanes.iter().map(|(_, lane)| lane.len()).sum()
    }
}

/// A family after a 429.
#[derive(Debug)]
struct Closing {
    since: Instant,
    until: Instant,
    refusals: u32,
}

struct State {
    limit: usize,
    running: usize,
    running_background: usize,
    good: u32,
    closed: HashMap<&'static str, Closing>,
    people: Line,
    background: Line,
    in_series: HashSet<String>,
    wake_at: Option<Instant>,
}

/// What stands in the way during one look at the queues; nothing of it changes meanwhile.
#[derive(Default)]
struct Obstacles {
    families: HashSet<&'static str>,
    pairs: HashSet<Pair>,
    wake_at: Option<Instant>,
}

impl Obstacles {
    fn until(&mut self, wait: Duration) {
        let at = Instant::now() + wait;
        self.wake_at = Some(self.wake_at.map_or(at, |known| known.min(at)));
    }
}

pub(crate) struct Gateway {
    partner: Option<Bucket<&'static str>>,
    customers: Option<Bucket<Pair>>,
    trials: Bucket<&'static str>,
    queue: usize,
    longest_wait: Duration,
    /// After a 429 that names no wait.
    pub(crate) assumed_wait: Duration,
    state: Mutex<State>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gateway")
    }
}

impl Gateway {
    pub(crate) fn new(parallel: usize, limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            partner: limits.per_partner.map(|most| bucket(quota(most))),
            customers: limits.per_customer.map(|most| bucket(quota(most))),
            trials: bucket(Quota::per_minute(NonZeroU32::MIN).allow_burst(TRIALS_AT_ONCE)),
            queue: limits.queue,
            longest_wait: limits.longest_wait,
            assumed_wait: limits.assumed_wait,
            state: Mutex::new(State {
                limit: parallel.clamp(1, MOST_PARALLEL),
                running: 0,
                running_background: 0,
                good: 0,
                closed: HashMap::new(),
                people: Line::default(),
                background: Line::default(),
                in_series: HashSet::new(),
                wake_at: None,
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a turn. Answers [`Error::Throttled`] while the family is closed, since a refused
    /// request would count against the quota again, and [`Error::QueueFull`] when too many wait.
    pub(crate) async fn enter(self: &Arc<Self>, turn: Turn) -> Result<Passage, Error> {
        let class = turn.class;
        let (go, mut gone) = oneshot::channel();
        {
            let mut state = self.state();
            if let Some(left) = state.closed_for(turn.family) {
                return Err(Error::Throttled { retry_after: left, sent: false });
            }
            let line = state.line(class);
            let waiting = line.len();
            if waiting >= self.queue {
                return Err(Error::QueueFull { waiting });
            }
            line.push(Waiter { turn, has_customer_token: false, go });
        }
        self.pump();
        let lost = |_| Error::NotSent { reason: "the gateway is gone".to_owned() };
        match class {
            Class::Background => gone.await.map_err(lost)?,
            Class::User => match tokio::time::timeout(self.longest_wait, &mut gone).await {
                Ok(answer) => answer.map_err(lost)?,
                Err(_) => Err(Error::Throttled { retry_after: SHORTEST_WAIT, sent: false }),
            },
        }
    }

    /// Lets everybody through who may go now, and sets the alarm for the next who may.
    fn pump(self: &Arc<Self>) {
        let mut admitted = Vec::new();
        {
            let mut state = self.state();
            let mut obstacles = Obstacles::default();
            while state.running < state.limit {
                // One place is kept for people when there is more than one.
                let has_room = state.running_background < (state.limit - 1).max(1);
                let next = self
                    .next(&mut state, Class::User, &mut obstacles)
                    .or_else(|| if has_room { self.next(&mut state, Class::Background, &mut obstacles) } else { None });
                let Some(waiter) = next else { break };
                state.running += 1;
                if waiter.turn.class == Class::Background {
                    state.running_background += 1;
                }
                if let (true, Some(customer)) = (waiter.turn.is_serial, &waiter.turn.customer) {
                    state.in_series.insert(customer.clone());
                }
                let passage = Passage { gateway: Arc::clone(self), turn: waiter.turn, entered: Instant::now() };
                admitted.push((waiter.go, passage));
            }
            self.set_alarm(&mut state, obstacles.wake_at);
        }
        // A waiter that went away hands its passage back here, which locks again.
        for (go, passage) in admitted {
            drop(go.send(Ok(passage)));
        }
    }

    /// Takes out the next waiter of a class that nothing holds back.
    fn next(&self, state: &mut State, class: Class, obstacles: &mut Obstacles) -> Option<Waiter> {
        let (line, in_series) = match class {
            Class::User => (&mut state.people, &state.in_series),
            Class::Background => (&mut state.background, &state.in_series),
        };
        for at in 0..line.lanes.len() {
            let (customer, lane) = &mut line.lanes[at];
            lane.retain(|waiter| !waiter.go.is_closed());
            let is_taken = customer.as_ref().is_some_and(|customer| in_series.contains(customer));
            let found = lane
                .iter_mut()
                .position(|waiter| !(waiter.turn.is_serial && is_taken) && self.may_go(waiter, obstacles));
            if let Some(waiter) = found.and_then(|found| lane.remove(found)) {
                // The next turn is another customer's.
                if let Some(served) = line.lanes.remove(at).filter(|(_, lane)| !lane.is_empty()) {
                    line.lanes.push_back(served);
                }
                return Some(waiter);
            }
        }
        line.lanes.retain(|(_, lane)| !lane.is_empty());
        None
    }

    /// Whether the buckets let a waiter go; if so, they have given their tokens.
    fn may_go(&self, waiter: &mut Waiter, obstacles: &mut Obstacles) -> bool {
        let family = waiter.turn.family;
        if obstacles.families.contains(family) {
            return false;
        }
        let now = RuntimeClock.now();
        if let (false, Some(buckets), Some(customer)) =
            (waiter.has_customer_token, &self.customers, &waiter.turn.customer)
        {
            let pair = (family, customer.clone());
            if obstacles.pairs.contains(&pair) {
                return false;
            }
            if buckets.len() > BUCKETS_KEPT {
                buckets.retain_recent();
            }
            if let Err(later) = buckets.check_key(&pair) {
                obstacles.until(later.wait_time_from(now));
                obstacles.pairs.insert(pair);
                return false;
            }
            waiter.has_customer_token = true;
        }
        let buckets = if family == WEBHOOK_TRIALS { Some(&self.trials) } else { self.partner.as_ref() };
        match buckets.map(|buckets| buckets.check_key(&family)) {
            Some(Err(later)) => {
                obstacles.until(later.wait_time_from(now));
                obstacles.families.insert(family);
                false
            }
            _ => true,
        }
    }

    fn set_alarm(self: &Arc<Self>, state: &mut State, at: Option<Instant>) {
        let Some(at) = at.filter(|at| state.wake_at.is_none_or(|set| *at < set)) else { return };
        // Without a runtime nobody can be waiting.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        state.wake_at = Some(at);
        let gateway: Weak<Self> = Arc::downgrade(self);
        runtime.spawn(async move {
            tokio::time::sleep_until(at).await;
            if let Some(gateway) = gateway.upgrade() {
                {
                    let mut state = gateway.state();
                    if state.wake_at == Some(at) {
                        state.wake_at = None;
                    }
                }
                gateway.pump();
            }
        });
    }

    /// A 429 came: halves the calls in flight and closes the family, from the second one in a row
    /// for twice as long each time. Calls that were under way together count as one. Answers how
    /// long the family stays closed.
    pub(crate) fn throttled(&self, passage: &Passage, asked: Duration) -> Duration {
        let (family, now) = (passage.turn.family, Instant::now());
        let mut held_back = Vec::new();
        let left = {
            let mut state = self.state();
            state.limit = (state.limit / 2).max(1);
            state.good = 0;
            let closing = state.closed.entry(family).or_insert(Closing { since: now, until: now, refusals: 0 });
            if closing.refusals == 0 || passage.entered > closing.since {
                closing.refusals = closing.refusals.saturating_add(1);
                closing.since = now;
            }
            let doubled = asked.max(SHORTEST_WAIT).saturating_mul(1 << (closing.refusals - 1).min(12));
            closing.until = closing.until.max(now + doubled.min(LONGEST_WAIT));
            let left = closing.until - now;
            let State { people, background, .. } = &mut *state;
            for (_, lane) in people.lanes.iter_mut().chain(&mut background.lanes) {
                let (closed, open) = std::mem::take(lane).into_iter().partition(|waiter| waiter.turn.family == family);
                *lane = open;
                let closed: VecDeque<Waiter> = closed;
                held_back.extend(closed);
            }
            left
        };
        tracing::warn!(family, wait_s = left.as_secs(), held_back = held_back.len(), "throttled");
        for waiter in held_back {
            drop(waiter.go.send(Err(Error::Throttled { retry_after: left, sent: false })));
        }
        left
    }

    /// A call was answered without a 429.
    pub(crate) fn answered(self: &Arc<Self>, passage: &Passage) {
        let has_grown = {
            let mut state = self.state();
            if state.closed.get(passage.turn.family).is_some_and(|closing| passage.entered >= closing.until) {
                state.closed.remove(passage.turn.family);
            }
            state.good += 1;
            let grows = state.good >= GOOD_ANSWERS && state.limit < MOST_PARALLEL;
            if grows {
                state.limit += 1;
                state.good = 0;
            }
            grows
        };
        if has_grown {
            self.pump();
        }
    }
}

impl State {
    fn line(&mut self, class: Class) -> &mut Line {
        match class {
            Class::User => &mut self.people,
            Class::Background => &mut self.background,
        }
    }

    /// How long the family stays closed.
    fn closed_for(&self, family: &str) -> Option<Duration> {
        let left = self.closed.get(family)?.until.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
