//! What a webhook says: that something changed, and where. It carries no state and no order, comes
//! twice, late or never; so the resource is read again and a daily comparison stays necessary. The
//! addresses in it are never followed: only ids are taken out. Source: contract §17.2, §17.3.

use serde_json::Value;

use crate::error::without_mark;
use crate::instant::Instant;
use crate::paging::{link_path, member};
use crate::resource::text;
use crate::webhook_signature::WebhookError;
use crate::words::words;

/// Longest id taken out of an address.
const LONGEST_ID: usize = 100;

words! {
    /// What happened.
    WebhookEventName {
        /// The trial event.
        TestCreated = "test-created",
        /// A subscription changed, perhaps by ourselves, perhaps two days ago.
        SubscriptionUpdated = "subscription-updated",
        /// A subscription became active; in Microsoft's sandbox only so far.
        SubscriptionActive = "subscription-active",
        /// A customer accepted the relationship.
        ResellerRelationshipAccepted = "reseller-relationship-accepted-by-customer",
        /// An invoice is ready.
        InvoiceReady = "invoice-ready",
        /// Usage passed the customer's budget.
        UsageThresholdExceeded = "usagerecords-thresholdExceeded",
        /// A delegated relationship was approved.
        GranularRelationshipApproved = "granular-admin-relationship-approved",
        /// A delegated relationship became active.
        GranularRelationshipActivated = "granular-admin-relationship-activated",
        /// A delegated relationship was ended.
        GranularRelationshipTerminated = "granular-admin-relationship-terminated",
        /// A delegated relationship ran out.
        GranularRelationshipExpired = "granular-admin-relationship-expired",
        /// An assignment of delegated roles was made.
        GranularAssignmentCreated = "granular-admin-access-assignment-created",
        /// An assignment of delegated roles became active.
        GranularAssignmentActivated = "granular-admin-access-assignment-activated",
        /// An assignment of delegated roles changed.
        GranularAssignmentUpdated = "granular-admin-access-assignment-updated",
        /// An assignment of delegated roles was removed.
        GranularAssignmentDeleted = "granular-admin-access-assignment-deleted",
        /// An old delegation was approved.
        DelegationApproved = "dap-admin-relationship-approved",
        /// An old delegation was ended.
        DelegationTerminated = "dap-admin-relationship-terminated",
        /// An old delegation was ended by Microsoft.
        DelegationTerminatedByMicrosoft = "dap-admin-relationship-terminated-by-microsoft",
        /// A migration began.
        MigrationCreated = "new-commerce-migration-created",
        /// A migration is done.
        MigrationCompleted = "new-commerce-migration-completed",
        /// A migration failed.
        MigrationFailed = "new-commerce-migration-failed",
        /// A planned migration failed.
        MigrationScheduleFailed = "new-commerce-migration-schedule-failed",
        /// A referral was made.
        ReferralCreated = "referral-created",
        /// A referral changed.
        ReferralUpdated = "referral-updated",
        /// A related referral was made.
        RelatedReferralCreated = "related-referral-created",
        /// A related referral changed.
        RelatedReferralUpdated = "related-referral-updated",
        /// Azure usage looks fraudulent: act at once.
        AzureFraudDetected = "azure-fraud-event-detected",
    }
}

/// What an event is about. Ids are as they came; compare them without case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum WebhookResource {
    /// A subscription: read it again, or all of the customer's.
    Subscription {
        /// The customer's tenant id.
        customer: String,
        /// The subscription.
        subscription: String,
    },
    /// A customer.
    Customer {
        /// The customer's tenant id.
        customer: String,
    },
    /// An invoice.
    Invoice {
        /// Its id.
        invoice: String,
    },
    /// Anything else: collections with the id in each, as far as they could be read.
    Other(Vec<(String, String)>),
}

/// An event whose signature was good. Made by [`crate::WebhookVerifier::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookEvent {
    /// What happened.
    pub name: WebhookEventName,
    /// Address of the resource, often `http` and with a prefix of its own: never to be followed.
    pub resource_uri: String,
    /// Kind of the resource.
    pub resource_name: String,
    /// Address of an audit record, when there is one; never to be followed either.
    pub audit_uri: Option<String>,
    /// When the resource changed.
    pub changed: Instant,
}

impl WebhookEvent {
    /// Reads a body whose signature was checked.
    pub(crate) fn read(body: &[u8]) -> Result<Self, WebhookError> {
        let wrong = |what: &str| WebhookError::NotAnEvent { reason: what.to_owned() };
        let value: Value = serde_json::from_slice(without_mark(body)).map_err(|_| wrong("not JSON"))?;
        let text = |name: &str| member(&value, name).and_then(text::of).filter(|text| !text.trim().is_empty());
        let changed = text("ResourceChangeUtcDate").ok_or_else(|| wrong("no ResourceChangeUtcDate"))?;
        Ok(Self {
            name: WebhookEventName::from(text("EventName").ok_or_else(|| wrong("no EventName"))?.as_str()),
            resource_uri: text("ResourceUri").unwrap_or_default(),
            resource_name: text("ResourceName").unwrap_or_default(),
            audit_uri: text("AuditUri"),
            changed: changed.parse().map_err(|_| wrong("ResourceChangeUtcDate is no date"))?,
        })
    }

    /// What it is about, from the ids in the address.
    #[must_use]
    pub fn resource(&self) -> WebhookResource {
        let pairs = pairs(&self.resource_uri);
        let names: Vec<String> = pairs.iter().map(|(collection, _)| collection.to_ascii_lowercase()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let id = |at: usize| pairs.get(at).map(|(_, id)| id.clone()).unwrap_or_default();
        match names.as_slice() {
            ["customers", "subscriptions"] => WebhookResource::Subscription { customer: id(0), subscription: id(1) },
            ["customers"] => WebhookResource::Customer { customer: id(0) },
            ["invoices"] => WebhookResource::Invoice { invoice: id(0) },
            _ => WebhookResource::Other(pairs),
        }
    }

    /// Id of the audit record, when the event names one.
    #[must_use]
    pub fn audit_record(&self) -> Option<String> {
        let pairs = pairs(self.audit_uri.as_deref()?);
        pairs.into_iter().find(|(collection, _)| collection.eq_ignore_ascii_case("auditrecords")).map(|(_, id)| id)
    }

    /// The same for every delivery of the same event, also when ids change their case: keep it and
    /// do nothing twice (§17.3).
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}|{}|{}", self.name, self.resource_uri, self.changed).to_ascii_lowercase()
    }
}

/// Collections and ids of an address, without host and prefix.
fn pairs(uri: &str) -> Vec<(String, String)> {
    let pieces = link_path(uri);
    let is_prefix =
        |piece: &String| ["webhooks", "auditactivity", "v1"].iter().any(|prefix| piece.eq_ignore_ascii_case(prefix));
    let pieces: Vec<String> = pieces.into_iter().skip_while(is_prefix).collect();
    let pairs = pieces.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
    pairs.filter(|(collection, id)| is_id(collection) && is_id(id)).collect()
}

fn is_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len())
        && text.bytes().any(|b| b.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(uri: &str) -> WebhookEvent {
        let body = serde_json::json!({
            "EventName": "subscription-updated",
            "ResourceUri": uri,
            "ResourceName": "subscription",
            "AuditUri": "http://api.example/auditactivity/v1/auditrecords/a_1",
            "ResourceChangeUtcDate": "2026-03-04T10:11:12.1234567+00:00",
            "unheardOf": 1,
        });
        WebhookEvent::read(body.to_string().as_bytes()).expect("event")
    }

    #[test]
    fn trap_41_ids_are_taken_out_of_odd_addresses_that_are_never_followed() {
        for uri in [
            "http://api.partnercenter.microsoft.com/webhooks/v1/customers/c-1/subscriptions/s-1",
            "https://elsewhere.example/v1/customers/c-1/subscriptions/s-1",
            "/customers/c-1/subscriptions/s-1",
        ] {
            let expected = WebhookResource::Subscription { customer: "c-1".into(), subscription: "s-1".into() };
            assert_eq!(event(uri).resource(), expected, "{uri}");
        }
        assert_eq!(event("/v1/invoices/G1").resource(), WebhookResource::Invoice { invoice: "G1".into() });
        assert_eq!(event("/v1/customers/c-1").resource(), WebhookResource::Customer { customer: "c-1".into() });
        let other = vec![("referrals".to_owned(), "r".to_owned())];
        assert_eq!(event("/webhooks/v1/referrals/r").resource(), WebhookResource::Other(other));
        for bad in ["", "/customers/%2e%2e%2f/subscriptions/s", "/customers/a%20b", "http://", "/customers/.."] {
            assert!(matches!(event(bad).resource(), WebhookResource::Other(_)), "{bad}");
        }
        assert_eq!(event("").audit_record().as_deref(), Some("a_1"));
    }

    #[test]
    fn trap_32_the_key_is_the_same_in_any_case_and_shape_of_date() {
        let one = event("/customers/AB/subscriptions/CD");
        let mut two = event("/customers/ab/subscriptions/cd");
        two.changed = "2026-03-04T10:11:12.1234567Z".parse().expect("date");
        assert_eq!(one.key(), two.key());
        two.changed = "2026-03-04T10:11:13Z".parse().expect("date");
        assert_ne!(one.key(), two.key());
    }

    #[test]
    fn trap_30_unknown_events_are_kept_and_broken_ones_are_refused() {
        let body = br#"{"eventname":"moon-risen","resourceuri":"","ResourceChangeUtcDate":"2026-03-04T10:11:12"}"#;
        assert_eq!(WebhookEvent::read(body).expect("event").name, WebhookEventName::Other("moon-risen".into()));
        for bad in ["", "[]", "{}", r#"{"EventName":"x"}"#, r#"{"EventName":"x","ResourceChangeUtcDate":"soon"}"#] {
            assert!(matches!(WebhookEvent::read(bad.as_bytes()), Err(WebhookError::NotAnEvent { .. })), "{bad}");
        }
    }
}
