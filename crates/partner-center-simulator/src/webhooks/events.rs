//! The events that can be registered for (contract 17.2), and the odd addresses they carry.

/// Event name and the kind of resource that it is about.
const EVENTS: &[(&str, &str)] = &[
    ("test-created", "test"),
    ("subscription-updated", "subscription"),
    ("subscription-active", "subscription"),
    ("reseller-relationship-accepted-by-customer", "customer"),
    ("invoice-ready", "invoice"),
    ("usagerecords-thresholdExceeded", "usagerecords"),
    ("granular-admin-relationship-approved", "granularadminrelationship"),
    ("granular-admin-relationship-activated", "granularadminrelationship"),
    ("granular-admin-relationship-terminated", "granularadminrelationship"),
    ("granular-admin-relationship-expired", "granularadminrelationship"),
    ("granular-admin-access-assignment-created", "granularadminaccessassignment"),
    ("granular-admin-access-assignment-activated", "granularadminaccessassignment"),
    ("granular-admin-access-assignment-updated", "granularadminaccessassignment"),
    ("granular-admin-access-assignment-deleted", "granularadminaccessassignment"),
    ("dap-admin-relationship-approved", "customer"),
    ("dap-admin-relationship-terminated", "customer"),
    ("dap-admin-relationship-terminated-by-microsoft", "customer"),
    ("new-commerce-migration-created", "newcommercemigration"),
    ("new-commerce-migration-completed", "newcommercemigration"),
    ("new-commerce-migration-failed", "newcommercemigration"),
    ("new-commerce-migration-schedule-failed", "newcommercemigration"),
    ("referral-created", "referral"),
    ("referral-updated", "referral"),
    ("related-referral-created", "referral"),
    ("related-referral-updated", "referral"),
    ("azure-fraud-event-detected", "fraudevent"),
];

/// The event that validation sends.
pub(super) const TEST: &str = "test-created";

/// Host of the addresses in a delivery: Microsoft's, over plain http. A client must take the ids
/// out of it and never call it.
const HOST: &str = "http://api.partnercenter.microsoft.com";

/// All names, in the order in which they are listed.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    EVENTS.iter().map(|(name, _)| *name)
}

/// The event's own spelling, whatever case it was given in.
pub(super) fn known(name: &str) -> Option<&'static str> {
    names().find(|known| known.eq_ignore_ascii_case(name.trim()))
}

/// The kind of resource that an event is about.
pub(super) fn resource_name(event: &str) -> &'static str {
    EVENTS.iter().find(|(name, _)| *name == event).map_or("resource", |(_, kind)| kind)
}

/// Where the resource is said to be; `path` starts with a slash.
pub(super) fn resource_uri(path: &str) -> String {
    format!("{HOST}/webhooks/v1{path}")
}

/// Where the record in the activity log is said to be.
pub(super) fn audit_uri(record: &str) -> String {
    format!("{HOST}/auditactivity/v1/auditrecords/{record}")
}
