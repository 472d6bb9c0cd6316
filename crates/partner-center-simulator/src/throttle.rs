//! The gateway's rate limits (contract 3): so many requests a minute per resource for the partner,
//! and per customer for subscriptions. Refused requests count, too.
//!
//! Each limit is a bucket that drains evenly in real time, so a wait is never longer than the
//! requests that were too many need. Real time, because a jump of the business clock is no rest.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Instant;

use crate::switches::Switches;

/// Buckets kept at the most; drained ones are dropped first.
const MOST: usize = 20_000;

#[derive(Clone, Copy, Debug)]
struct Bucket {
    level: f64,
    at: Instant,
}

impl Bucket {
    fn drained(self, limit: f64, now: Instant) -> f64 {
        let gone = now.duration_since(self.at).as_secs_f64() * limit / 60.0;
        (self.level - gone).max(0.0)
    }
}

/// All buckets.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<String, Bucket>>);

impl Throttle {
    /// Seconds to wait, when a limit is used up. 0 as a limit is no limit.
    pub(crate) fn refused(&self, template: &str, path: &str, switches: &Switches) -> Option<u32> {
        let resource = if template.contains("/orders") || template.contains("/carts") {
            "order"
        } else if template.contains("/subscriptions") {
            "subscription"
        } else if template.contains("/v1/customers") {
            "customer"
        } else {
            return None;
        };
        let now = Instant::now();
        let whole = self.take(resource.to_owned(), switches.throttle_per_minute, now);
        let customer = path.split('/').nth(3).filter(|_| resource == "subscription");
        let single = customer
            .filter(|id| id.len() <= 64)
            .and_then(|id| self.take(id.to_lowercase(), switches.throttle_customer_per_minute, now));
        whole.max(single)
    }

    fn take(&self, key: String, per_minute: u32, now: Instant) -> Option<u32> {
        if per_minute == 0 {
            return None;
        }
        let limit = f64::from(per_minute);
        let mut buckets = self.0.lock().expect("no panic while held");
        if buckets.len() >= MOST {
            buckets.retain(|_, bucket| bucket.drained(limit, now) > 0.0);
            if buckets.len() >= MOST {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { level: 0.0, at: now });
        // A caller that never stops owes a quarter of a minute at the most.
        bucket.level = (bucket.drained(limit, now) + 1.0).min(limit * 1.25 + 1.0);
        bucket.at = now;
        let over = bucket.level - limit;
        // Truncation of a small positive number of seconds.
        (over > 0.0).then(|| (over * 60.0 / limit).ceil().clamp(1.0, 60.0) as u32)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn refused_requests_count_and_rest_helps() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let take = |after: u64| throttle.take("order".to_owned(), 60, start + Duration::from_secs(after));
        assert!((0..60).all(|_| take(0).is_none()));
        assert_eq!([take(0), take(0), take(0)], [Some(1), Some(2), Some(3)]);
        assert_eq!(take(2), Some(2), "two seconds later it is still one too many");
        assert_eq!(take(10), None);
        for _ in 0..1000 {
            take(10);
        }
        assert_eq!(take(10), Some(16), "bounded");
        assert_eq!(throttle.take("order".to_owned(), 0, start), None);
    }
}
