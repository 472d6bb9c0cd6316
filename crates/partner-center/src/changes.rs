//! One change of a subscription at a time, and what it destroys on the way. A PATCH replaces the
//! whole resource, so a change is applied to a subscription that was read just before. Any change
//! inside the term deletes what was scheduled for the next one (trap 22): ask
//! [`SubscriptionChange::consequences`], warn, and schedule it again afterwards.
//! Source: contract §15.4 to §15.9.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/doc/bought.rs"));
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use partner_center::*;
//! # let Bought { simulator, client, customer, item, order, subscription } = bought().await?;
//! # let (customer, item, order, id) = (customer.as_str(), item.as_str(), order.as_str(), subscription.as_str());
//! let read = client.subscription(customer, id).await?;
//! let change = SubscriptionChange::Quantity(12);
//! if change.consequences(&read).deletes_next_term.is_none() {
//!     let call = Call::new(uuid::Uuid::from_u128(77)); // save it first
//!     client.change_subscription(&call, customer, &read, &change).await?;
//! }
//! # simulator.stop().await;
//! # Ok(()) }
//! ```

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::carts::partner_of_record;
use crate::catalogue::BillingCycle;
use crate::client::{Call, Client};
use crate::error::Error;
use crate::instant::Instant;
use crate::resource::{Rest, maybe_text, nullable, whole};
use crate::subscription::{Subscription, SubscriptionStatus};
use crate::subscriptions::SubscriptionPatch;
use crate::words::words;

/// Longest name of a subscription.
const LONGEST_NAME: usize = 1024;

/// What the next term shall be; every member belongs in it, even if only one differs (§15.7).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NextTerm {
    /// Product, term and billing cycle.
    pub product: NextProduct,
    /// Seats.
    #[serde(default, deserialize_with = "whole")]
    pub quantity: u32,
    /// End date in common with other subscriptions.
    #[serde(default, with = "crate::instant::optional")]
    pub custom_term_end_date: Option<Instant>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

/// Product of the next term.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NextProduct {
    /// Product.
    #[serde(default, deserialize_with = "nullable")]
    pub product_id: String,
    /// SKU.
    #[serde(default, deserialize_with = "nullable")]
    pub sku_id: String,
    /// Availability, read just before.
    #[serde(default, deserialize_with = "nullable")]
    pub availability_id: String,
    /// How often is billed.
    pub billing_cycle: BillingCycle,
    /// ISO 8601.
    #[serde(default, deserialize_with = "nullable")]
    pub term_duration: String,
    /// Promotion that does not apply by itself.
    #[serde(default, deserialize_with = "maybe_text")]
    pub promotion_id: Option<String>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl NextTerm {
    /// The same again, with an availability read just before; change what shall differ. `None` for
    /// a subscription of the old commerce, or one whose term or quantity is unknown.
    #[must_use]
    pub fn same_as(current: &Subscription, availability_id: &str) -> Option<Self> {
        let (product, sku) = current.product_and_sku()?;
        Some(Self {
            product: NextProduct {
                product_id: product.to_owned(),
                sku_id: sku.to_owned(),
                availability_id: availability_id.to_owned(),
                billing_cycle: current.billing_cycle()?,
                term_duration: current.renewal_term_duration().or_else(|| current.term_duration())?.to_owned(),
                promotion_id: None,
                other: Rest::new(),
            },
            quantity: current.quantity()?,
            custom_term_end_date: None,
            other: Rest::new(),
        })
    }

    fn check(&self) -> Result<(), Error> {
        let product = &self.product;
        for (field, value) in [
            ("product.productId", &product.product_id),
            ("product.skuId", &product.sku_id),
            ("product.availabilityId", &product.availability_id),
            ("product.termDuration", &product.term_duration),
        ] {
            if value.trim().is_empty() {
                return Err(Error::invalid(field, "", "all of product, term, billing cycle and quantity"));
            }
        }
        if self.quantity == 0 {
            return Err(Error::invalid("scheduledNextTermInstructions.quantity", "0", "at least 1"));
        }
        Ok(())
    }
}

words! {
    /// When a scheduled action happens.
    ScheduleType {
        /// At the end of the term.
        TermEnd = "TermEnd",
        /// At its own date.
        CustomDate = "CustomDate",
    }
}

words! {
    /// What happens then.
    ScheduledActionType {
        /// It ends.
        Cancel = "Cancel",
        /// It renews.
        RenewToNewTerm = "RenewToNewTerm",
        /// It goes on month by month, at a higher price.
        RenewToExtendedServiceTerm = "RenewToExtendedServiceTerm",
        /// It becomes another product.
        Transition = "Transition",
    }
}

/// An action at the end of a term. Microsoft publishes no shape of it; this is the one that third
/// parties report (§15.9), so keep it behind a switch of your own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ScheduledAction {
    /// When.
    pub schedule_type: ScheduleType,
    /// What.
    pub action_type: ScheduledActionType,
    /// The date, when it is not the end of the term.
    #[serde(default, with = "crate::instant::optional", skip_serializing_if = "Option::is_none")]
    pub effective_date: Option<Instant>,
    /// Details, as they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<Value>,
    /// Members that this version does not know.
    #[serde(flatten)]
    pub other: Rest,
}

impl ScheduledAction {
    /// An action at the end of the term.
    #[must_use]
    pub fn at_term_end(action_type: ScheduledActionType) -> Self {
        Self {
            schedule_type: ScheduleType::TermEnd,
            action_type,
            effective_date: None,
            instructions: None,
            other: Rest::new(),
        }
    }
}

/// What happens when the term is over; since the extended service term, renewal off alone no
/// longer ends the costs (trap 26).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermEnd {
    /// It renews.
    Renew,
    /// It ends.
    End,
    /// It goes on month by month, at a higher price.
    ExtendedServiceTerm,
}

impl TermEnd {
    fn auto_renew(self) -> bool {
        self == Self::Renew
    }

    /// The action that says it on the wire.
    pub(crate) fn action(self) -> ScheduledActionType {
        match self {
            Self::Renew => ScheduledActionType::RenewToNewTerm,
            Self::End => ScheduledActionType::Cancel,
            Self::ExtendedServiceTerm => ScheduledActionType::RenewToExtendedServiceTerm,
        }
    }
}

/// When a change of term and billing cycle takes effect (§15.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermChange {
    /// Nothing changes.
    Same,
    /// At once: a new, longer term begins.
    Immediate,
    /// At the next charge; the term goes on.
    NextCharge,
    /// Only as an instruction for the next term.
    OnlyAtRenewal,
}

impl TermChange {
    /// When a change from one (term, billing cycle) to another takes effect. Terms other than
    /// `P1M`, `P1Y` and `P3Y` change at the renewal only.
    #[must_use]
    pub fn of(from: (&str, &BillingCycle), to: (&str, &BillingCycle)) -> Self {
        use BillingCycle::{Annual, Monthly, Triennial};
        let months = |term: &str| match term.to_ascii_uppercase().as_str() {
            "P1M" => Some(1),
            "P1Y" | "P12M" => Some(12),
            "P3Y" | "P36M" => Some(36),
            _ => None,
        };
        match (months(from.0), months(to.0)) {
            (Some(old), Some(new)) if new > old => match (new, to.1) {
                (12, Monthly | Annual) | (36, Monthly | Annual | Triennial) => Self::Immediate,
                _ => Self::OnlyAtRenewal,
            },
            (Some(old), Some(new)) if old == new && from.1 == to.1 => Self::Same,
            (Some(36), Some(36)) => match (from.1, to.1) {
                (Monthly, Annual) | (Annual, Monthly) => Self::NextCharge,
                _ => Self::OnlyAtRenewal,
            },
            _ => Self::OnlyAtRenewal,
        }
    }
}

/// One change. Two at once are never sent: what Microsoft does then is not documented.
#[derive(Clone, Debug, PartialEq)]
pub enum SubscriptionChange {
    /// Another number of seats; fewer only from batches whose window is open.
    Quantity(u32),
    /// `Deleted` cancels inside the window, `Suspended` and `Active` close and reopen.
    Status(SubscriptionStatus),
    /// Automatic renewal on or off.
    AutoRenew(bool),
    /// What happens at the end of the term: renewal and its explicit action, which are one choice.
    TermEnd(TermEnd),
    /// What the next term shall be; `None` takes the instructions back.
    NextTerm(Option<Box<NextTerm>>),
    /// The scheduled actions as a whole.
    ScheduledActions(Vec<ScheduledAction>),
    /// A longer term, or another billing cycle, inside the term (§15.8).
    Term {
        /// ISO 8601.
        duration: String,
        /// How often is billed.
        billing_cycle: BillingCycle,
    },
    /// Another name.
    FriendlyName(String),
    /// Another reseller of record, by its MPN location id; refused with 400 and 800098 where only
    /// the portal can do it.
    PartnerOfRecord(String),
}

/// What a change does besides what it says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Consequences {
    /// The instructions for the next term that will be gone: schedule them again afterwards.
    pub deletes_next_term: Option<Value>,
    /// The scheduled actions that will be gone, or may be.
    pub deletes_scheduled_actions: Option<Value>,
    /// Whether automatic renewal, on now, will be off; it does not come back by itself.
    pub turns_renewal_off: bool,
    /// Whether users lose access while Microsoft goes on billing.
    pub billing_goes_on: bool,
    /// Whether the costs go on after the term, since no action says that it ends.
    pub leads_to_extended_term: bool,
    /// Whether it cannot be undone.
    pub is_final: bool,
}

impl SubscriptionChange {
    /// What the change does to this subscription besides what it says (traps 22, 23, 26).
    #[must_use]
    pub fn consequences(&self, current: &Subscription) -> Consequences {
        let renews = current.auto_renews() == Some(true);
        let scheduled = || Consequences {
            deletes_next_term: current.scheduled_next_term().cloned(),
            deletes_scheduled_actions: current.scheduled_actions().filter(|a| *a != &json!([])).cloned(),
            ..Consequences::default()
        };
        match self {
            Self::Quantity(seats) if current.quantity() == Some(*seats) => Consequences::default(),
            Self::Quantity(_) => scheduled(),
            Self::Term { .. } => scheduled(),
            Self::Status(SubscriptionStatus::Deleted) => {
                Consequences { turns_renewal_off: renews, is_final: true, ..scheduled() }
            }
            Self::Status(SubscriptionStatus::Suspended) => {
                Consequences { turns_renewal_off: renews, billing_goes_on: true, ..scheduled() }
            }
            Self::AutoRenew(false) => {
                let ends = current.actions_at_end().iter().any(|a| a.action_type == ScheduledActionType::Cancel);
                Consequences { turns_renewal_off: renews, leads_to_extended_term: !ends, ..scheduled() }
            }
            Self::TermEnd(end) if !end.auto_renew() => Consequences {
                turns_renewal_off: renews,
                leads_to_extended_term: *end == TermEnd::ExtendedServiceTerm,
                deletes_next_term: current.scheduled_next_term().cloned(),
                ..Consequences::default()
            },
            Self::Status(_)
            | Self::AutoRenew(true)
            | Self::TermEnd(_)
            | Self::NextTerm(_)
            | Self::ScheduledActions(_)
            | Self::FriendlyName(_)
            | Self::PartnerOfRecord(_) => Consequences::default(),
        }
    }

    /// The subscription with this one change, everything else as it was read.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a change that Microsoft is known to refuse whatever else holds: no
    /// seats, a state that cannot be asked for, incomplete instructions, an id that is no MPN id, a
    /// schedule while renewal is off, a term that changes at the renewal only.
    pub fn apply(&self, current: &Subscription) -> Result<Subscription, Error> {
        match self {
            Self::Quantity(0) => Err(Error::invalid("quantity", "0", "at least 1; to end it, cancel it")),
            Self::Quantity(_) | Self::Term { .. } if current.is_trial() => {
                Err(Error::invalid("subscription", &current.id(), "not a trial: schedule its next term instead"))
            }
            Self::Quantity(seats) => Ok(current.with_quantity(*seats)),
            Self::Status(
                status @ (SubscriptionStatus::Active | SubscriptionStatus::Suspended | SubscriptionStatus::Deleted),
            ) => Ok(current.with_status(status)),
            Self::Status(status) => Err(Error::invalid("status", status.as_str(), "active, suspended or deleted")),
            Self::AutoRenew(on) => Ok(current.with_auto_renew(*on)),
            Self::TermEnd(end) => Ok(current.with_term_end(*end)),
            Self::NextTerm(None) => Ok(current.with_scheduled_next_term(None)),
            Self::NextTerm(Some(next)) => {
                next.check()?;
                if current.status() != SubscriptionStatus::Active || current.auto_renews() != Some(true) {
                    let rule = "an active subscription that renews by itself";
                    return Err(Error::invalid("scheduledNextTermInstructions", &current.id(), rule));
                }
                Ok(current.with_scheduled_next_term(Some(as_value(next)?)))
            }
            Self::ScheduledActions(actions) => Ok(current.with_scheduled_actions(as_value(actions)?)),
            Self::Term { duration, billing_cycle } => {
                let unknown = BillingCycle::Unknown;
                let cycle = current.billing_cycle().unwrap_or(unknown);
                let from = (current.term_duration().unwrap_or_default(), &cycle);
                match TermChange::of(from, (duration, billing_cycle)) {
                    TermChange::Immediate | TermChange::NextCharge => Ok(current.with_term(duration, billing_cycle)),
                    TermChange::Same | TermChange::OnlyAtRenewal => {
                        let value = format!("{duration} {billing_cycle}");
                        Err(Error::invalid("termDuration", &value, "a change inside the term; else schedule it"))
                    }
                }
            }
            Self::FriendlyName(name) if name.trim().is_empty() || name.len() > LONGEST_NAME => {
                Err(Error::invalid("friendlyName", name, format!("1 to {LONGEST_NAME} characters")))
            }
            Self::FriendlyName(name) => Ok(current.with_friendly_name(name)),
            Self::PartnerOfRecord(mpn_id) => {
                partner_of_record("partnerId", mpn_id)?;
                Ok(current.with_partner_id(mpn_id))
            }
        }
    }
}

fn as_value(what: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(what).map_err(|error| Error::invalid("body", "subscription", error.to_string()))
}

impl Client {
    /// Makes one change to a subscription that was read just before. A write that may cost money:
    /// on an unknown outcome read again and compare. Row 38 of §6.
    ///
    /// # Errors
    /// [`Error`]; see [`SubscriptionChange::apply`], [`crate::Refusal::is_stale`] (read again, apply
    /// again, once) and [`crate::Refusal::is_busy`].
    pub async fn change_subscription(
        &self,
        call: &Call,
        customer: &str,
        current: &Subscription,
        change: &SubscriptionChange,
    ) -> Result<SubscriptionPatch, Error> {
        self.patch_subscription(call, customer, &change.apply(current)?).await
    }
}
