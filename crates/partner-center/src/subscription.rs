//! A subscription: the raw resource with a typed view. A PATCH replaces the whole resource, so
//! what was read is sent back, unknown members too, with exactly one change.
//! Source: contract §15.1, §15.4.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalogue::BillingCycle;
use crate::changes::{NextTerm, ScheduledAction, ScheduledActionType, TermEnd};
use crate::instant::Instant;
use crate::resource::{text, whole_of};
use crate::words::words;

/// Seconds of a day.
const DAY: i64 = 86_400;

words! {
    /// State of a subscription.
    SubscriptionStatus {
        /// None.
        None = "none",
        /// In use.
        Active = "active",
        /// Being provisioned.
        Pending = "pending",
        /// Users are locked out; billing goes on.
        Suspended = "suspended",
        /// Ended, users still have access for a while.
        Expired = "expired",
        /// Ended, users have no access.
        Disabled = "disabled",
        /// Cancelled; terminal.
        Deleted = "deleted",
    }
}

/// A subscription as it was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Subscription {
    raw: Value,
}

impl<'de> Deserialize<'de> for Subscription {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Value::deserialize(deserializer)?;
        match raw.get("id").and_then(Value::as_str) {
            Some(id) if !id.is_empty() => Ok(Self { raw }),
            _ => Err(serde::de::Error::custom("a subscription without an id")),
        }
    }
}

words! {
    /// What a subscription is billed by.
    BillingType {
        /// Nothing.
        None = "none",
        /// What is used.
        Usage = "usage",
        /// Seats.
        License = "license",
        /// A benefit.
        Benefit = "benefit",
    }
}

words! {
    /// What was bought.
    ContractType {
        /// A subscription.
        Subscription = "subscription",
        /// A product key.
        ProductKey = "productKey",
        /// A redemption code.
        RedemptionCode = "redemptionCode",
    }
}

words! {
    /// How much money comes back.
    RefundKind {
        /// All of it.
        Full = "Full",
        /// The part of the days that are left.
        Partial = "Partial",
    }
}

/// When money comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundOption {
    /// How much.
    pub kind: RefundKind,
    /// Until when; `expiresAt` or `expiresAfter` on the wire.
    pub until: Option<Instant>,
}

/// Seats that may be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refundable {
    /// Of all batches.
    pub total: u32,
    /// Each batch with its own window.
    pub batches: Vec<SeatBatch>,
}

/// Seats added together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeatBatch {
    /// Seats.
    pub quantity: u32,
    /// Until when they may be given back.
    pub until: Option<Instant>,
}

impl Refundable {
    /// Seats that may be given back at a moment: those of batches whose own window is open then,
    /// never more than Microsoft's total (trap 24).
    #[must_use]
    pub fn seats_at(&self, moment: Instant) -> u32 {
        let open = self.batches.iter().filter(|batch| batch.until.is_some_and(|until| moment <= until));
        open.fold(0_u32, |sum, batch| sum.saturating_add(batch.quantity)).min(self.total)
    }
}

impl Subscription {
    /// The resource as it came.
    #[must_use]
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    fn member(&self, name: &str) -> Option<&Value> {
        self.raw.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.member(name)?.as_str().filter(|text| !text.trim().is_empty())
    }

    fn moment(&self, name: &str) -> Option<Instant> {
        self.text(name)?.parse().ok()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.member(name)?.as_bool()
    }

    /// Id, lower case (orders write it in upper case).
    #[must_use]
    pub fn id(&self) -> String {
        self.text("id").unwrap_or_default().to_ascii_lowercase()
    }

    /// The order that made it.
    #[must_use]
    pub fn order_id(&self) -> Option<&str> {
        self.text("orderId")
    }

    /// `productId:skuId:availabilityId`, or a GUID on legacy ones.
    #[must_use]
    pub fn offer_id(&self) -> Option<&str> {
        self.text("offerId")
    }

    /// Product and SKU, on New Commerce subscriptions.
    #[must_use]
    pub fn product_and_sku(&self) -> Option<(&str, &str)> {
        let mut parts = self.offer_id()?.split(':');
        let (product, sku, _availability) = (parts.next()?, parts.next()?, parts.next()?);
        Some((product, sku))
    }

    /// Whether it is a New Commerce subscription.
    #[must_use]
    pub fn is_new_commerce(&self) -> bool {
        self.product_and_sku().is_some()
    }

    /// Microsoft's name.
    #[must_use]
    pub fn offer_name(&self) -> Option<&str> {
        self.text("offerName")
    }

    /// Our name.
    #[must_use]
    pub fn friendly_name(&self) -> Option<&str> {
        self.text("friendlyName")
    }

    /// Seats.
    #[must_use]
    pub fn quantity(&self) -> Option<u32> {
        whole_of(self.member("quantity")?)
    }

    /// State.
    #[must_use]
    pub fn status(&self) -> SubscriptionStatus {
        SubscriptionStatus::from(self.text("status").unwrap_or("none"))
    }

    /// Whether it renews by itself.
    #[must_use]
    pub fn auto_renews(&self) -> Option<bool> {
        self.flag("autoRenewEnabled")
    }

    /// Whether it is a trial.
    #[must_use]
    pub fn is_trial(&self) -> bool {
        self.flag("isTrial").unwrap_or(false)
    }

    /// ISO 8601 duration of the term.
    #[must_use]
    pub fn term_duration(&self) -> Option<&str> {
        self.text("termDuration")
    }

    /// ISO 8601 duration of the next term.
    #[must_use]
    pub fn renewal_term_duration(&self) -> Option<&str> {
        self.text("renewalTermDuration")
    }

    /// How often is billed.
    #[must_use]
    pub fn billing_cycle(&self) -> Option<BillingCycle> {
        self.text("billingCycle").map(BillingCycle::from)
    }

    /// When it was made.
    #[must_use]
    pub fn created_at(&self) -> Option<Instant> {
        self.moment("creationDate")
    }

    /// When its term began.
    #[must_use]
    pub fn effective_from(&self) -> Option<Instant> {
        self.moment("effectiveStartDate")
    }

    /// When its term ends: the exact moment if Microsoft gives one, else the last second of the
    /// last day, which still belongs to the term.
    #[must_use]
    pub fn commitment_end(&self) -> Option<Instant> {
        self.moment("commitmentEndDateTime").or_else(|| {
            let Instant(day) = self.moment("commitmentEndDate")?;
            let into_day = day.as_second().rem_euclid(DAY);
            let last_second = jiff::SignedDuration::from_secs(if into_day == 0 { DAY - 1 } else { 0 });
            Some(Instant(day.checked_add(last_second).unwrap_or(day)))
        })
    }

    /// When its current billing period ends.
    #[must_use]
    pub fn billing_cycle_end(&self) -> Option<Instant> {
        self.moment("billingCycleEndDateTime").or_else(|| self.moment("billingCycleEndDate"))
    }

    /// Id of its product type, `OnlineServicesNCE` for New Commerce seats.
    #[must_use]
    pub fn product_type(&self) -> Option<&str> {
        self.member("productType")?.get("id")?.as_str()
    }

    /// What is counted: `Licenses`, `Usage-based`, …
    #[must_use]
    pub fn unit_type(&self) -> Option<&str> {
        self.text("unitType")
    }

    /// What it is billed by.
    #[must_use]
    pub fn billing_type(&self) -> Option<BillingType> {
        self.text("billingType").map(BillingType::from)
    }

    /// What was bought.
    #[must_use]
    pub fn contract_type(&self) -> Option<ContractType> {
        self.text("contractType").map(ContractType::from)
    }

    /// The base of a legacy add-on; New Commerce add-ons have none.
    #[must_use]
    pub fn parent_subscription_id(&self) -> Option<&str> {
        self.text("parentSubscriptionId")
    }

    /// Whether there are legacy add-ons to buy.
    #[must_use]
    pub fn has_purchasable_add_ons(&self) -> bool {
        self.flag("hasPurchasableAddons").unwrap_or(false)
    }

    /// Who makes the product.
    #[must_use]
    pub fn publisher_name(&self) -> Option<&str> {
        self.text("publisherName")
    }

    /// Why it is suspended.
    #[must_use]
    pub fn suspension_reasons(&self) -> Vec<&str> {
        self.texts("suspensionReasons")
    }

    /// What Microsoft says can be done: `edit`, `cancel`.
    #[must_use]
    pub fn actions(&self) -> Vec<&str> {
        self.texts("actions")
    }

    fn texts(&self, name: &str) -> Vec<&str> {
        self.member(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Promotion of its price.
    #[must_use]
    pub fn promotion_id(&self) -> Option<&str> {
        self.text("promotionId")
    }

    /// The legacy subscription that it came from.
    #[must_use]
    pub fn migrated_from(&self) -> Option<&str> {
        self.text("migratedFromSubscriptionId")
    }

    /// A change of the billing cycle that waits for the next charge; read-only.
    #[must_use]
    pub fn next_charge(&self) -> Option<&Value> {
        self.member("nextChargeInstructions")
    }

    /// Until when it may be cancelled; `None` when it may not. Trust it rather than a calculation;
    /// a renewal opens a new window (trap 25).
    #[must_use]
    pub fn cancellation_allowed_until(&self) -> Option<Instant> {
        self.moment("cancellationAllowedUntilDate")
    }

    /// Seats that may be given back now.
    #[must_use]
    pub fn refundable(&self) -> Option<Refundable> {
        let raw = self.member("refundableQuantity")?;
        let count = |value: Option<&Value>| value.and_then(whole_of::<u32>).unwrap_or(0);
        let details = raw.get("details").and_then(Value::as_array);
        Some(Refundable {
            total: count(raw.get("totalQuantity")),
            batches: details
                .into_iter()
                .flatten()
                .map(|batch| SeatBatch {
                    quantity: count(batch.get("quantity")),
                    until: batch.get("allowedUntilDateTime").and_then(Value::as_str).and_then(|text| text.parse().ok()),
                })
                .collect(),
        })
    }

    /// When money comes back.
    #[must_use]
    pub fn refund_options(&self) -> Vec<RefundOption> {
        let options = self.member("refundOptions").and_then(Value::as_array);
        options
            .into_iter()
            .flatten()
            .map(|option| RefundOption {
                kind: RefundKind::from(option.get("type").and_then(text::of).unwrap_or_default().as_str()),
                until: ["expiresAt", "expiresAfter"]
                    .iter()
                    .find_map(|name| option.get(*name)?.as_str())
                    .and_then(|text| text.parse().ok()),
            })
            .collect()
    }

    /// What is scheduled for the next term.
    #[must_use]
    pub fn scheduled_next_term(&self) -> Option<&Value> {
        self.member("scheduledNextTermInstructions")
    }

    /// What is scheduled for the end of the term (§15.9).
    #[must_use]
    pub fn scheduled_actions(&self) -> Option<&Value> {
        self.member("scheduledActions")
    }

    /// What is scheduled for the next term, when it can be read.
    #[must_use]
    pub fn next_term(&self) -> Option<NextTerm> {
        serde_json::from_value(self.scheduled_next_term()?.clone()).ok()
    }

    /// The scheduled actions that can be read (§15.9).
    #[must_use]
    pub fn actions_at_end(&self) -> Vec<ScheduledAction> {
        let actions = self.scheduled_actions().and_then(Value::as_array);
        actions.into_iter().flatten().filter_map(|action| serde_json::from_value(action.clone()).ok()).collect()
    }

    /// What happens at the end of the term as far as the subscription says it: `None` when renewal
    /// is off and no action is named, which is the free end before the extended service term and
    /// the extended term since (trap 26).
    #[must_use]
    pub fn term_end(&self) -> Option<TermEnd> {
        if self.auto_renews() == Some(true) {
            return Some(TermEnd::Renew);
        }
        self.actions_at_end().iter().find_map(|action| match action.action_type {
            ScheduledActionType::Cancel => Some(TermEnd::End),
            ScheduledActionType::RenewToExtendedServiceTerm => Some(TermEnd::ExtendedServiceTerm),
            _ => None,
        })
    }

    /// MPN location id of the reseller of record; `None` means that nobody is paid.
    #[must_use]
    pub fn partner_id(&self) -> Option<String> {
        self.member("partnerId").and_then(text::of).filter(|id| !id.trim().is_empty() && id != "0")
    }

    /// Version, when there is one.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.member("attributes")?.get("etag")?.as_str().filter(|etag| !etag.is_empty())
    }

    /// The same with another number of seats.
    #[must_use]
    pub fn with_quantity(&self, quantity: u32) -> Self {
        self.with("quantity", Value::from(quantity))
    }

    /// The same with another state: `Deleted` cancels, `Suspended` and `Active` close and reopen.
    #[must_use]
    pub fn with_status(&self, status: &SubscriptionStatus) -> Self {
        self.with("status", Value::from(status.as_str()))
    }

    /// The same with automatic renewal on or off.
    #[must_use]
    pub fn with_auto_renew(&self, on: bool) -> Self {
        self.with("autoRenewEnabled", Value::from(on))
    }

    /// The same with one action at the end of the term, such as `Cancel` or `RenewToNewTerm`: since the
    /// extended service term, switching renewal off alone no longer ends the costs (§15.9). Microsoft
    /// publishes no shape of this member; it is sent in the one that third parties report.
    #[must_use]
    pub fn with_term_end_action(&self, action: &str) -> Self {
        self.with("scheduledActions", serde_json::json!([{ "scheduleType": "TermEnd", "actionType": action }]))
    }

    /// The same with another choice for the end of the term: renewal and its explicit action.
    #[must_use]
    pub fn with_term_end(&self, end: TermEnd) -> Self {
        self.with_auto_renew(end == TermEnd::Renew).with_term_end_action(end.action().as_str())
    }

    /// The same with other scheduled actions.
    #[must_use]
    pub fn with_scheduled_actions(&self, actions: Value) -> Self {
        self.with("scheduledActions", actions)
    }

    /// The same with another term and billing cycle.
    #[must_use]
    pub fn with_term(&self, duration: &str, billing_cycle: &BillingCycle) -> Self {
        self.with("termDuration", Value::from(duration)).with("billingCycle", Value::from(billing_cycle.as_str()))
    }

    /// The same with another name.
    #[must_use]
    pub fn with_friendly_name(&self, name: &str) -> Self {
        self.with("friendlyName", Value::from(name))
    }

    /// The same with another schedule for the next term; `None` deletes it.
    #[must_use]
    pub fn with_scheduled_next_term(&self, instructions: Option<Value>) -> Self {
        self.with("scheduledNextTermInstructions", instructions.unwrap_or(Value::Null))
    }

    /// The same with another reseller of record.
    #[must_use]
    pub fn with_partner_id(&self, mpn_id: &str) -> Self {
        self.with("partnerId", Value::from(mpn_id))
    }

    fn with(&self, name: &str, value: Value) -> Self {
        let mut changed = self.clone();
        changed.raw[name] = value;
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Subscription {
        serde_json::from_value(json!({
            "id": "AB", "quantity": 5, "status": "active", "autoRenewEnabled": true,
            "scheduledNextTermInstructions": {"quantity": 3}, "newThing": {"deep": [1, 2]},
            "partnerId": "6120457", "cancellationAllowedUntilDate": null,
            "refundOptions": [{"type": "Full", "expiresAfter": "2026-03-04T00:00:00"}],
            "attributes": {"etag": "", "objectType": "Subscription"}
        }))
        .expect("sample")
    }

    #[test]
    fn numbers_of_unknown_members_are_written_as_they_were_read() {
        for number in ["1.0000000000000001e+89", "5.6000000000000005", "0.30000000000000004", "1234.5678", "1e-7"] {
            let text = format!(r#"{{"id":"AB","quantity":5,"newAmount":{number}}}"#);
            let read: Subscription = serde_json::from_str(&text).expect("subscription");
            assert_eq!(serde_json::to_string(&read.with_quantity(7)).expect("text"), text.replace(":5,", ":7,"));
        }
    }

    #[test]
    fn one_change_keeps_everything_else() {
        let before = sample();
        let after = before.with_quantity(7);
        assert_eq!(after.quantity(), Some(7));
        for (name, value) in before.raw().as_object().expect("object") {
            if name != "quantity" {
                assert_eq!(&after.raw()[name], value, "{name}");
            }
        }
        assert_eq!(before.with_auto_renew(false).raw()["scheduledNextTermInstructions"]["quantity"], 3);
        assert_eq!(before.with_status(&SubscriptionStatus::Deleted).raw()["status"], "deleted");
        assert!(before.with_scheduled_next_term(None).scheduled_next_term().is_none());
    }

    #[test]
    fn the_last_day_belongs_to_the_term() {
        for (members, end) in [
            (json!({"commitmentEndDate": "2027-03-03T00:00:00"}), "2027-03-03T23:59:59Z"),
            (json!({"commitmentEndDate": "2027-03-03T23:59:59Z"}), "2027-03-03T23:59:59Z"),
            (
                json!({"commitmentEndDate": "2027-03-03T00:00:00Z", "commitmentEndDateTime": "2027-03-03T10:00:00Z"}),
                "2027-03-03T10:00:00Z",
            ),
        ] {
            let mut raw = members;
            raw["id"] = json!("s");
            let subscription: Subscription = serde_json::from_value(raw).expect("sample");
            assert_eq!(subscription.commitment_end().expect("end").to_string(), end);
        }
    }

    #[test]
    fn absent_null_and_empty_are_the_same() {
        let subscription = sample();
        assert_eq!(subscription.id(), "ab");
        assert_eq!(subscription.etag(), None);
        assert_eq!(subscription.cancellation_allowed_until(), None);
        assert_eq!(subscription.commitment_end(), None);
        assert!(!subscription.is_new_commerce());
        assert_eq!(
            subscription.refund_options()[0].until.map(|at| at.to_string()).as_deref(),
            Some("2026-03-04T00:00:00Z")
        );
        assert!(serde_json::from_value::<Subscription>(json!({"quantity": 1})).is_err());
    }
}
