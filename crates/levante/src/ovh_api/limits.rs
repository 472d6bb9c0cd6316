//! How many calls there may be in a minute: for each key and service account, and for each address that
//! shows no key that opens (contracts/ovh-api.md §1.3, 429).
//!
//! Counted in the memory of this process. A caller may use a minute's calls at once; then they come back
//! one by one.

use super::problem::Refusal;
use crate::clock::Ticks;
use governor::{Quota, RateLimiter, clock::Clock, middleware::NoOpMiddleware, state::keyed::DashMapStateStore};
use licensing::id::CredentialId;
use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// How often counters that are full again are forgotten: after so many calls.
const SWEEP_EVERY: u32 = 4096;

/// Whose calls are counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Payer {
    /// A consumer key.
    Key(CredentialId),
    /// A service account.
    ServiceAccount(String),
    /// An address; of IPv6 the network that one customer gets.
    Address(Option<IpAddr>),
}

impl Payer {
    /// The counter of an address.
    pub(crate) fn of_address(address: Option<IpAddr>) -> Payer {
        Payer::Address(address.map(|ip| match ip.to_canonical() {
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX))),
            ip => ip,
        }))
    }
}

type Counters = RateLimiter<Payer, DashMapStateStore<Payer>, Ticks, NoOpMiddleware<Duration>>;

/// The counters.
pub(crate) struct Limits {
    calls: Option<Counters>,
    ticks: Ticks,
    per_minute: u32,
    since_sweep: AtomicU32,
}

impl Clock for Ticks {
    type Instant = Duration;
    fn now(&self) -> Duration {
        self.elapsed()
    }
}

impl Limits {
    /// So many calls a minute; 0: no limit.
    pub(crate) fn new(per_minute: u32, ticks: Ticks) -> Limits {
        let quota = NonZeroU32::new(per_minute).map(Quota::per_minute);
        let calls = quota.map(|quota| RateLimiter::new(quota, DashMapStateStore::default(), ticks.clone()));
        Limits { calls, ticks, per_minute, since_sweep: AtomicU32::new(0) }
    }

    /// Counts calls.
    ///
    /// 429 with the seconds to wait when they are too many; then none of them is counted.
    pub(crate) fn charge(&self, payer: &Payer, calls: usize) -> Result<(), Refusal> {
        let Some(limiter) = &self.calls else { return Ok(()) };
        let many = u32::try_from(calls).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        let verdict = limiter.check_key_n(payer, many);
        if self.since_sweep.fetch_add(1, Ordering::Relaxed) >= SWEEP_EVERY {
            self.since_sweep.store(0, Ordering::Relaxed);
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        match verdict {
            Ok(Ok(())) => Ok(()),
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(self.ticks.elapsed());
                Err(Refusal::too_many(self.per_minute, wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
            }
            // More at once than a minute holds.
            Err(_) => Err(Refusal::too_many(self.per_minute, 60)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, atomic::AtomicU64};

    fn clocked(per_minute: u32) -> (Limits, Arc<AtomicU64>) {
        let seconds = Arc::new(AtomicU64::new(0));
        let read = seconds.clone();
        (Limits::new(per_minute, Ticks::by(move || Duration::from_secs(read.load(Ordering::Relaxed)))), seconds)
    }

    #[test]
    fn calls_come_back_one_by_one() {
        let (limits, seconds) = clocked(6);
        let (key, other) = (Payer::Key(CredentialId(1)), Payer::Key(CredentialId(2)));
        assert!((0..6).all(|_| limits.charge(&key, 1).is_ok()));
        let refused = format!("{:?}", limits.charge(&key, 1).expect_err("the seventh"));
        assert!(refused.contains("TOO_MANY_REQUESTS") && refused.contains("\"10\""), "{refused}");
        assert!(limits.charge(&other, 6).is_ok(), "another key has its own");
        seconds.store(9, Ordering::Relaxed);
        assert!(limits.charge(&key, 1).is_err());
        seconds.store(10, Ordering::Relaxed);
        assert!(limits.charge(&key, 1).is_ok());
        assert!(limits.charge(&key, 1).is_err());
        seconds.store(200, Ordering::Relaxed);
        assert!(limits.charge(&key, 7).is_err(), "more than a minute holds");
        assert!(limits.charge(&key, 6).is_ok(), "what was refused did not count");
    }

    #[test]
    fn no_limit_counts_nothing() {
        let (limits, _) = clocked(0);
        assert!((0..10_000).all(|_| limits.charge(&Payer::of_address(None), 100).is_ok()));
    }

    #[test]
    fn counters_that_are_full_again_are_forgotten() {
        let (limits, seconds) = clocked(10);
        for n in 0..SWEEP_EVERY {
            seconds.store(u64::from(n), Ordering::Relaxed);
            assert!(limits.charge(&Payer::Key(CredentialId(n.into())), 1).is_ok());
        }
        seconds.store(10_000, Ordering::Relaxed);
        assert!(limits.charge(&Payer::Key(CredentialId(-1)), 1).is_ok());
        assert!(limits.calls.as_ref().expect("a limit").len() < 10);
    }

    #[test]
    fn neighbours_in_one_network_share_a_counter() {
        let of = |text: &str| Payer::of_address(text.parse().ok());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
