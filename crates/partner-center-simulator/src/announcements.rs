//! What the world tells its webhooks: the one place through which changes are announced.
//!
//! Announcing never waits and never fails. Every write hands what was announced to the outbox
//! (`webhooks/outbox.rs`).

use jiff::Timestamp;

use crate::state::World;

/// Older ones are lost beyond so many, as Microsoft loses what it could not deliver.
const WAITING_AT_MOST: usize = 65_536;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Announcement {
    /// A name of contract 17.2, e.g. `subscription-updated`.
    pub(crate) event: &'static str,
    /// Path of what changed, without host and prefix: `/customers/{id}/subscriptions/{id}`.
    pub(crate) resource_path: String,
    /// Id of the record in the activity log, where the delivery names it.
    pub(crate) audit: Option<String>,
    /// When it happened, on the business clock.
    pub(crate) at: Timestamp,
}

impl World {
    /// Announces that a resource changed at an instant.
    pub(crate) fn announce(&mut self, event: &'static str, resource_path: String, at: Timestamp) {
        self.announce_recorded(event, resource_path, None, at);
    }

    /// The same, with the record of the activity log that tells about it.
    pub(crate) fn announce_recorded(
        &mut self,
        event: &'static str,
        resource_path: String,
        audit: Option<String>,
        at: Timestamp,
    ) {
        if self.announcements.len() >= WAITING_AT_MOST {
            self.announcements.pop_front();
        }
        self.announcements.push_back(Announcement { event, resource_path, audit, at });
    }
}
