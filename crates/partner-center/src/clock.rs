//! The one place where this crate learns what time it is: the caller's clock, or the system's.
//! Waiting is measured by the runtime's own clock, which tests can hold.

use std::fmt;
use std::sync::Arc;

use crate::instant::Instant;

/// Where the time of day comes from; cheap to clone.
///
/// ```
/// use partner_center::{Clock, Instant};
///
/// let noon: Instant = "2026-03-04T12:00:00Z".parse()?;
/// assert_eq!(Clock::new(move || noon).now(), noon);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Instant + Send + Sync>);

impl Clock {
    /// A clock of the caller's.
    pub fn new(now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The system's clock.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this crate stands alone; its callers pass their own clock")]
    pub fn system() -> Self {
        Self::new(|| Instant(jiff::Timestamp::now()))
    }

    /// The moment it is.
    #[must_use]
    pub fn now(&self) -> Instant {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
