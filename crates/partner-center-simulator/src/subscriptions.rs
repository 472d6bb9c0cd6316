//! Subscriptions: what they are and how they are read (contract 15.1, 15.3).
//!
//! A stored subscription is as of now: time is carried out before anybody looks (`engine.rs`).

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cart_lines::CartLine;
use crate::charges::Charges;
use crate::customers::customer_of;
use crate::gdap::needs_gdap;
use crate::legacy::Legacy;
use crate::products::{Product, TermPlan};
use crate::state::{Entity, Sim, World};
use crate::subscription_view::view;
use crate::transitions::Transition;
use crate::wire::{Answer, Call, Refusal, collection, day, ok};

/// The states that time and changes lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// Ordered, not provisioned yet.
    Pending,
    Active,
    Suspended,
    Expired,
    Disabled,
    Deleted,
}

impl Status {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Expired => "expired",
            Self::Disabled => "disabled",
            Self::Deleted => "deleted",
        }
    }
}

/// Seats added at one time, with their own window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Batch {
    pub(crate) quantity: i64,
    pub(crate) added: Timestamp,
}

/// What the next term will be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Schedule {
    pub(crate) product: CatalogItem,
    pub(crate) term: String,
    pub(crate) billing_cycle: String,
    pub(crate) promotion_id: Option<String>,
    pub(crate) quantity: i64,
    /// Another last day of that term, inclusive.
    pub(crate) custom_term_end: Option<Date>,
}

/// A product that a subscription becomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct CatalogItem {
    pub(crate) product_id: String,
    pub(crate) sku_id: String,
    pub(crate) availability_id: String,
    pub(crate) offer_name: String,
}

impl CatalogItem {
    pub(crate) fn of(product: &Product, availability_id: String) -> Self {
        Self {
            product_id: product.product_id.clone(),
            sku_id: product.sku_id.clone(),
            availability_id,
            offer_name: product.title.clone(),
        }
    }

    /// `productId:skuId:availabilityId`.
    pub(crate) fn id(&self) -> String {
        format!("{}:{}:{}", self.product_id, self.sku_id, self.availability_id)
    }
}

/// A subscription.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) tenant: String,
    pub(crate) order: String,
    pub(crate) product_id: String,
    pub(crate) sku_id: String,
    pub(crate) availability_id: String,
    pub(crate) offer_name: String,
    pub(crate) friendly_name: String,
    pub(crate) quantity: i64,
    pub(crate) term: String,
    pub(crate) billing_cycle: String,
    /// One seat, one whole billing period, for this term, in the currency of the market.
    pub(crate) unit_price: Decimal,
    pub(crate) created: Timestamp,
    /// When it was provisioned; the future until its order completes.
    pub(crate) starts: Timestamp,
    pub(crate) visible: Timestamp,
    pub(crate) term_start: Timestamp,
    /// Last day of the term, inclusive.
    pub(crate) term_end: Date,
    /// Another last day of the first term, until that begins.
    pub(crate) first_term_end: Option<Date>,
    /// Where the billing periods of this term are counted from, and the number of this one.
    pub(crate) anchor: Date,
    pub(crate) period: u32,
    /// A billing cycle that begins with the next period.
    pub(crate) next_charge: Option<String>,
    /// The term has ended and its renewal is being worked on.
    pub(crate) renewing_until: Option<Timestamp>,
    /// When the present cancellation window opened; an extended term has none.
    pub(crate) window_opened: Option<Timestamp>,
    pub(crate) batches: Vec<Batch>,
    pub(crate) status: Status,
    pub(crate) state_since: Timestamp,
    pub(crate) retention_days: i64,
    pub(crate) auto_renew: bool,
    /// An explicit Cancel at the end of the term (contract 15.9).
    pub(crate) cancels_at_term_end: bool,
    /// The plan before the extended service term, while that lasts.
    pub(crate) extended_from: Option<TermPlan>,
    pub(crate) is_trial: bool,
    pub(crate) renews_into: Option<CatalogItem>,
    /// MPN id of the reseller of record, empty if none.
    pub(crate) partner_id: String,
    pub(crate) promotion_id: Option<String>,
    pub(crate) schedule: Option<Schedule>,
    /// Members of `scheduledActions` that mean nothing to us; shown as they came.
    pub(crate) other_actions: Vec<Value>,
    /// Upgrades begun from here, oldest first.
    pub(crate) transitions: Vec<Transition>,
    /// What only subscriptions from before New Commerce have.
    pub(crate) legacy: Option<Legacy>,
    /// What readers still see while the last change spreads.
    pub(crate) stale: Option<Box<Stale>>,
    /// Every change is refused until then (contract 2.3, 900278).
    pub(crate) blocked_until: Option<Timestamp>,
    /// Raised by every change of what is shown.
    pub(crate) version: u64,
    /// Changes by PATCH.
    pub(crate) updates: u32,
    pub(crate) charges: Charges,
}

/// An earlier state that is shown for a while after a change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Stale {
    pub(crate) until: Timestamp,
    /// Without its charges.
    pub(crate) shown: Subscription,
}

impl Entity for Subscription {
    const KIND: &'static str = "subscription";
}

/// What a line of an order buys.
pub(crate) struct Purchase<'a> {
    pub(crate) id: String,
    pub(crate) tenant: &'a str,
    pub(crate) order: &'a str,
    pub(crate) line: &'a CartLine,
    pub(crate) product: &'a Product,
    pub(crate) renews_into: Option<(&'a Product, String)>,
    pub(crate) created: Timestamp,
    pub(crate) starts: Timestamp,
    pub(crate) visible: Timestamp,
}

impl Subscription {
    pub(crate) fn bought(purchase: Purchase<'_>) -> Self {
        let Purchase { line, product, .. } = purchase;
        let availability = line.catalog_item_id.splitn(3, ':').nth(2).unwrap_or("");
        let item = CatalogItem::of(product, availability.to_owned());
        let plan = TermPlan { duration: line.term.clone(), billing_cycle: line.billing_cycle.clone() };
        Self {
            order: purchase.order.to_owned(),
            friendly_name: line.friendly_name.clone().unwrap_or_else(|| product.title.clone()),
            unit_price: line.unit_price,
            starts: purchase.starts,
            visible: purchase.visible,
            first_term_end: line.custom_term_end,
            is_trial: product.is_trial,
            renews_into: purchase.renews_into.map(|(paid, availability)| CatalogItem::of(paid, availability)),
            partner_id: line.partner().unwrap_or("").to_owned(),
            promotion_id: line.promotion_id.clone(),
            ..Self::unprovisioned(purchase.id, purchase.tenant, item, plan, line.quantity, purchase.created)
        }
    }

    /// Nothing but what it is for; it waits for its order.
    pub(crate) fn unprovisioned(
        id: String,
        tenant: &str,
        item: CatalogItem,
        plan: TermPlan,
        quantity: i64,
        created: Timestamp,
    ) -> Self {
        Self {
            id,
            tenant: tenant.to_owned(),
            order: String::new(),
            product_id: item.product_id,
            sku_id: item.sku_id,
            availability_id: item.availability_id,
            friendly_name: item.offer_name.clone(),
            offer_name: item.offer_name,
            quantity,
            term: plan.duration,
            billing_cycle: plan.billing_cycle,
            unit_price: Decimal::ZERO,
            created,
            starts: Timestamp::MAX,
            visible: Timestamp::MAX,
            term_start: created,
            term_end: Date::MAX,
            first_term_end: None,
            anchor: Date::MAX,
            period: 0,
            next_charge: None,
            renewing_until: None,
            window_opened: None,
            batches: Vec::new(),
            status: Status::Pending,
            state_since: created,
            retention_days: 0,
            auto_renew: true,
            cancels_at_term_end: false,
            extended_from: None,
            is_trial: false,
            renews_into: None,
            partner_id: String::new(),
            promotion_id: None,
            schedule: None,
            other_actions: Vec::new(),
            transitions: Vec::new(),
            legacy: None,
            stale: None,
            blocked_until: None,
            version: 1,
            updates: 0,
            charges: Charges::default(),
        }
    }

    /// Its path, without host and prefix.
    pub(crate) fn path(&self) -> String {
        format!("/customers/{}/subscriptions/{}", self.tenant, self.id)
    }

    /// What readers see by now.
    pub(crate) fn shown(&self, now: Timestamp) -> &Self {
        match &self.stale {
            Some(stale) if now < stale.until => &stale.shown,
            _ => self,
        }
    }

    /// Takes over another product, as a renewal or an upgrade does.
    pub(crate) fn become_product(&mut self, item: CatalogItem) {
        self.product_id = item.product_id;
        self.sku_id = item.sku_id;
        self.availability_id = item.availability_id;
        self.offer_name = item.offer_name;
    }

    pub(crate) fn product_key(&self) -> String {
        format!("{}:{}", self.product_id, self.sku_id)
    }

    /// The term that the next renewal gives; empty when it does not renew.
    pub(crate) fn renewal_term(&self) -> &str {
        match (&self.schedule, &self.extended_from) {
            _ if !self.auto_renew => "",
            (Some(schedule), _) => &schedule.term,
            (None, Some(plan)) => &plan.duration,
            (None, None) if self.is_trial => "P1Y",
            (None, None) => &self.term,
        }
    }

    /// Opaque version, as an etag.
    pub(crate) fn etag(&self) -> String {
        STANDARD.encode(json!({"id": self.id, "version": self.version}).to_string())
    }
}

pub(crate) fn subscription_key(tenant: &str, id: &str) -> String {
    format!("{tenant}/{}", id.to_lowercase())
}

/// A subscription that can be read by now.
pub(crate) fn subscription_of<'a>(
    world: &'a World,
    tenant: &str,
    id: &str,
    now: Timestamp,
) -> Result<&'a Subscription, Refusal> {
    world
        .subscriptions
        .get(&subscription_key(tenant, id))
        .filter(|subscription| subscription.visible <= now)
        .ok_or_else(|| Refusal::new(404, 20_003, "The subscription was not found."))
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/customers/{customer}/subscriptions", get(list))
        .route(
            "/v1/customers/{customer}/subscriptions/{subscription}",
            get(read).patch(crate::subscription_changes::change),
        )
        .route("/v1/customers/{customer}/subscriptions/customTermEndDates", get(crate::term_dates::list))
        .route("/v1/customers/{customer}/subscriptions/{subscription}/provisioningstatus", get(provisioning))
}

async fn list(State(sim): State<Sim>, call: Call, Path(customer): Path<String>) -> Answer {
    let order = call.parameter("order_id").map(str::to_lowercase);
    let partner = call.parameter("mpn_id");
    let number = |name: &str| match call.parameter(name).map(str::parse::<usize>) {
        None => Ok(0),
        Some(Ok(number)) => Ok(number),
        Some(Err(_)) => Err(Refusal::invalid(format!("{name} must be a number."))),
    };
    let (offset, size) = match partner {
        Some(_) => (number("offset")?, number("size")?),
        None => (0, 0),
    };
    let size = if size == 0 { usize::MAX } else { size };
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let prefix = format!("{}/", customer.id);
        let items = world
            .subscriptions
            .under(&prefix)
            .map(|(_, subscription)| subscription)
            .filter(|s| s.visible <= now)
            .filter(|s| order.as_deref().is_none_or(|order| order == s.order))
            .filter(|s| partner.is_none_or(|partner| partner == s.partner_id))
            .skip(offset)
            .take(size)
            .map(|s| view(world, s.shown(now), now))
            .collect();
        let path = format!("/customers/{}/subscriptions", customer.id);
        ok(&collection(items, &path, None))
    })
}

async fn read(State(sim): State<Sim>, _: Call, Path((customer, id)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let subscription = subscription_of(world, &customer.id, &id, now)?;
        ok(&view(world, subscription.shown(now), now))
    })
}

/// What the tenant's directory says about it; refreshed from time to time only (contract 15.13).
async fn provisioning(State(sim): State<Sim>, call: Call, Path((customer, id)): Path<(String, String)>) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        needs_gdap(world, customer, now)?;
        let s = subscription_of(world, &customer.id, &id, now)?;
        let ready = crate::licences::provisioned_from(world, s);
        let half = s.starts + ready.duration_since(s.starts) / 2;
        if now < half {
            return Err(Refusal::new(404, 800_007, "The provisioning information is not available."));
        }
        let fails =
            world.switches().provisioning.failing.iter().any(|product| product.eq_ignore_ascii_case(&s.product_id));
        let status = match (fails, now < ready) {
            (_, true) => "pending",
            (true, false) => "failed",
            (false, false) => "success",
        };
        ok(&json!({"skuId": crate::licences::sku_id(&sim.seed, &s.product_key()), "status": status,
            "quantity": s.quantity, "endDate": day(s.term_end),
            "attributes": {"objectType": "SubscriptionProvisioningStatus"}}))
    })
}

/// The day its term ends, for the books.
pub(crate) fn end_day(s: &Subscription) -> String {
    if s.status == Status::Pending { String::new() } else { day(s.term_end) }
}
