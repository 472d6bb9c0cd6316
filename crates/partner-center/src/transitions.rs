//! Upgrades of subscriptions to a better product, at once or at the renewal; never downgrades. An
//! upgrade is asynchronous: ask for its events until [`Transition::outcome`] is final. The result
//! has no cancellation window, and what was scheduled for the next term is deleted.
//! Source: contract §15.12.
//!
//! ```no_run
//! # use partner_center::*;
//! # async fn run(client: Client, customer: &str, id: &str) -> Result<(), Error> {
//! for target in client.transition_eligibilities(customer, id, EligibilityType::Immediate).await? {
//!     if let Some(kind) = target.eligible_type() {
//!         println!("{}: {kind}", target.title);
//!     }
//! }
//! # Ok(()) }
//! ```

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::catalogue::BillingCycle;
use crate::client::{Call, Client};
use crate::error::Error;
use crate::instant::Instant;
use crate::paging::Paging;
use crate::request::Request;
use crate::resource::{Attributes, Rest, filled, list, maybe_text, maybe_whole, nullable, text};
use crate::words::words;

words! {
    /// When an upgrade would happen.
    EligibilityType {
        /// At once.
        Immediate = "immediate",
        /// At the renewal, through the instructions for the next term.
        Scheduled = "scheduled",
    }
}

words! {
    /// What an upgrade does to the licences of users.
    TransitionType {
        /// They are assigned anew by somebody.
        TransitionOnly = "transition_only",
        /// They are moved.
        TransitionWithLicenceTransfer = "transition_with_license_transfer",
    }
}

words! {
    /// Why a subscription cannot be upgraded; a number on the wire.
    TransitionErrorCode {
        /// 0: something else.
        Unspecified = "Other" | "0",
        /// 1.
        DelegatedAdminPermissionsDisabled = "DelegatedAdminPermissionsDisabled" | "1",
        /// 2.
        SubscriptionStatusNotActive = "SubscriptionStatusNotActive" | "2",
        /// 3.
        ConflictingServiceTypes = "ConflictingServiceTypes" | "3",
        /// 4.
        ConcurrencyConflicts = "ConcurrencyConflicts" | "4",
        /// 5.
        UserContextRequired = "UserContextRequired" | "5",
        /// 6.
        SubscriptionAddOnsPresent = "SubscriptionAddOnsPresent" | "6",
        /// 7.
        NoTransitionedPaths = "SubscriptionDoesNotHaveAnyTransitionedPaths" | "7",
        /// 8.
        TargetOfferNotFound = "SubscriptionTargetOfferNotFound" | "8",
        /// 9.
        SubscriptionNotProvisioned = "SubscriptionNotProvisioned" | "9",
        /// 10.
        BillingCycleNotSupported = "OfferDoesNotSupportBillingCycle" | "10",
        /// 11.
        ConversionsNotFound = "ConversionsNotFound" | "11",
        /// 12.
        UserLicenceError = "UserLicenseError" | "12",
        /// 13.
        InsufficientGranularAdminPermissions = "InsufficientGranularAdminPermissions" | "13",
    }
}

words! {
    /// Why a subscription cannot be the target of an upgrade; a number on the wire.
    TargetErrorCode {
        /// It is not active.
        NotActive = "1",
        /// Its cancellation window is open.
        InsideCancellationWindow = "2",
        /// Its term is shorter than the source's.
        ShorterTerm = "3",
        /// It ends before the source.
        EndsBeforeSource = "4",
    }
}

/// Why an upgrade is not possible, or an event failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransitionError {
    /// Kind.
    pub code: TransitionErrorCode,
    /// For the operator's eyes.
    #[serde(default, deserialize_with = "text::or_empty")]
    pub description: String,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Why a subscription cannot be the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetError {
    /// Kind.
    pub code: TargetErrorCode,
    /// For the operator's eyes.
    #[serde(default, deserialize_with = "text::or_empty")]
    pub description: String,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// A product that a subscription could become.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransitionEligibility {
    /// Id of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<String>,
    /// For [`NewTransition::to_catalog_item_id`]; its availability is re-issued like any other.
    pub catalog_item_id: String,
    /// Title.
    #[serde(default, deserialize_with = "nullable")]
    pub title: String,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Seats that could be moved.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// Whether, for each kind of upgrade.
    #[serde(default, deserialize_with = "list")]
    pub eligibilities: Vec<Eligibility>,
    /// Existing subscriptions that it could be merged into.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub subscription_eligibilities: Vec<TargetEligibility>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl TransitionEligibility {
    /// The best kind of upgrade that is possible: with the licences of users if it can be.
    #[must_use]
    pub fn eligible_type(&self) -> Option<&TransitionType> {
        let mut possible = self.eligibilities.iter().filter(|e| e.is_eligible).map(|e| &e.transition_type);
        let with_transfer = possible.clone().find(|kind| **kind == TransitionType::TransitionWithLicenceTransfer);
        with_transfer.or_else(|| possible.next())
    }
}

/// Whether one kind of upgrade is possible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Eligibility {
    /// Whether.
    #[serde(default, deserialize_with = "nullable")]
    pub is_eligible: bool,
    /// Which kind.
    pub transition_type: TransitionType,
    /// Why not.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<TransitionError>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Whether an existing subscription can be the target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetEligibility {
    /// Whether.
    #[serde(default, deserialize_with = "nullable")]
    pub is_eligible: bool,
    /// For [`NewTransition::to_subscription_id`].
    #[serde(default, deserialize_with = "nullable")]
    pub subscription_id: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_friendly_name: Option<String>,
    /// Its term, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_term_duration: Option<String>,
    /// How often it is billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_billing_cycle: Option<BillingCycle>,
    /// Why not.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<TargetError>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// An upgrade to start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewTransition {
    /// From [`Client::transition_eligibilities`], read just before.
    pub to_catalog_item_id: String,
    /// Seats, at most the source's; with fewer the rest stays where it is.
    pub quantity: u32,
    /// What happens to the licences of users.
    pub transition_type: TransitionType,
    /// An existing subscription to merge into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_subscription_id: Option<String>,
    /// ISO 8601, not shorter than the source's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term_duration: Option<String>,
    /// How often is billed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_cycle: Option<BillingCycle>,
    /// Promotion that does not apply by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotion_id: Option<String>,
}

words! {
    /// A step of an upgrade.
    TransitionEventName {
        /// The subscription changes.
        Conversion = "Conversion",
        /// The licences of users are moved.
        LicenceReassignment = "LicenseReassignment",
    }
}

words! {
    /// How far a step is.
    TransitionEventStatus {
        /// Under way.
        Started = "Started",
        /// Done.
        Completed = "Completed",
        /// Not done, for good.
        Failed = "Failed",
    }
}

/// What happened in an upgrade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransitionEvent {
    /// Step.
    pub name: TransitionEventName,
    /// How far.
    pub status: TransitionEventStatus,
    /// When.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Instant>,
    /// Why not.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<TransitionError>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// An upgrade under way or over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// Id, to find it again.
    #[serde(default, deserialize_with = "maybe_text", skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<String>,
    /// What the subscription was.
    #[serde(default, deserialize_with = "filled", skip_serializing_if = "Option::is_none")]
    pub from_catalog_item_id: Option<String>,
    /// Which subscription was upgraded.
    #[serde(default, deserialize_with = "filled", skip_serializing_if = "Option::is_none")]
    pub from_subscription_id: Option<String>,
    /// What it becomes.
    #[serde(default, deserialize_with = "filled", skip_serializing_if = "Option::is_none")]
    pub to_catalog_item_id: Option<String>,
    /// Which subscription holds the result; a full upgrade may keep the id or change it.
    #[serde(default, deserialize_with = "filled", skip_serializing_if = "Option::is_none")]
    pub to_subscription_id: Option<String>,
    /// Seats.
    #[serde(default, deserialize_with = "maybe_whole", skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// What happens to the licences of users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transition_type: Option<TransitionType>,
    /// ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term_duration: Option<String>,
    /// How often is billed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_cycle: Option<BillingCycle>,
    /// What happened.
    #[serde(default, deserialize_with = "list")]
    pub events: Vec<TransitionEvent>,
    /// Attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Attributes>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// What an upgrade came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransitionOutcome {
    /// Ask again.
    Running,
    /// Done.
    Completed,
    /// The subscription is upgraded, but users' licences were not moved: an operator assigns them.
    LicencesNotMoved,
    /// Nothing was upgraded.
    Failed,
}

impl Transition {
    /// What it came to; of a step with several events the last one counts.
    #[must_use]
    pub fn outcome(&self) -> TransitionOutcome {
        let last = |name: &TransitionEventName| {
            let of_name = self.events.iter().filter(|event| event.name == *name);
            of_name.max_by_key(|event| event.timestamp).map(|event| &event.status)
        };
        let with_licences = self.transition_type == Some(TransitionType::TransitionWithLicenceTransfer);
        let (conversion, licences) =
            (last(&TransitionEventName::Conversion), last(&TransitionEventName::LicenceReassignment));
        match (conversion, licences) {
            (Some(TransitionEventStatus::Failed), _) => TransitionOutcome::Failed,
            (Some(TransitionEventStatus::Completed), Some(TransitionEventStatus::Failed)) => {
                TransitionOutcome::LicencesNotMoved
            }
            (Some(TransitionEventStatus::Completed), Some(TransitionEventStatus::Completed)) => {
                TransitionOutcome::Completed
            }
            (Some(TransitionEventStatus::Completed), None) if !with_licences => TransitionOutcome::Completed,
            _ => TransitionOutcome::Running,
        }
    }
}

impl Client {
    /// What a subscription could become, at once or at its renewal. Row 41 of §6.
    ///
    /// # Errors
    /// [`Error`]; 403 with 900263 on legacy subscriptions.
    pub async fn transition_eligibilities(
        &self,
        customer: &str,
        subscription: &str,
        kind: EligibilityType,
    ) -> Result<Vec<TransitionEligibility>, Error> {
        let request = Request::get(
            "/v1/customers/{customer}/subscriptions/{subscription}/transitionEligibilities",
            &[customer, subscription],
        )?
        .query("eligibilityType", kind.as_str());
        self.all(request, Paging::Token).await
    }

    /// Upgrades of a subscription, or the one with that operation id. Row 41 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn transitions(
        &self,
        customer: &str,
        subscription: &str,
        operation: Option<&str>,
    ) -> Result<Vec<Transition>, Error> {
        let request = Request::get(
            "/v1/customers/{customer}/subscriptions/{subscription}/transitions",
            &[customer, subscription],
        )?
        .maybe("operationId", operation);
        self.read_answer(request, |answer| {
            let mut value: Value = answer.json()?;
            // One published answer names the list `transition`.
            let items = match &mut value {
                Value::Object(members) => members.remove("items").or_else(|| members.remove("transition")),
                Value::Array(_) => Some(value),
                _ => None,
            };
            let items = items.ok_or_else(|| answer.unreadable("a collection without items".into()))?;
            let items: Option<Vec<Transition>> =
                serde_json::from_value(items).map_err(|error| answer.unreadable(error.to_string()))?;
            Ok(items.unwrap_or_default())
        })
        .await
    }

    /// Starts an upgrade. A write that costs money: on an unknown outcome read
    /// [`Client::transitions`] first. Deletes what is scheduled for the next term. Row 41 of §6.
    ///
    /// # Errors
    /// [`Error`]; 400 with 900236, 900258 to 900261 or 900267 to 900270 for a wrong target.
    pub async fn start_transition(
        &self,
        call: &Call,
        customer: &str,
        subscription: &str,
        new: &NewTransition,
    ) -> Result<Transition, Error> {
        if new.quantity == 0 {
            return Err(Error::invalid("quantity", "0", "at least 1"));
        }
        if new.to_catalog_item_id.split(':').filter(|part| !part.is_empty()).count() != 3 {
            return Err(Error::invalid("toCatalogItemId", &new.to_catalog_item_id, "product:sku:availability"));
        }
        let request = Request::new(
            Method::POST,
            "/v1/customers/{customer}/subscriptions/{subscription}/transitions",
            &[customer, subscription],
        )?
        .json(new)?;
        self.write(request, call).await?.json()
    }
}
