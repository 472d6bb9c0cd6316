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
use crate::products::{Product, TermPlan};
use crate::state::{Entity, Sim, World};
use crate::terms::{WINDOW, end_of};
use crate::wire::{Answer, Call, Refusal, collection, day, link, ok, stamp};

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
    pub(crate) product_id: String,
    pub(crate) sku_id: String,
    pub(crate) availability_id: String,
    pub(crate) offer_name: String,
    pub(crate) term: String,
    pub(crate) billing_cycle: String,
    pub(crate) promotion_id: Option<String>,
    pub(crate) quantity: i64,
    /// Another last day of that term, inclusive.
    pub(crate) custom_term_end: Option<Date>,
}

/// The paid product that a trial becomes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PaidProduct {
    pub(crate) product_id: String,
    pub(crate) sku_id: String,
    pub(crate) availability_id: String,
    pub(crate) offer_name: String,
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
    pub(crate) renews_into: Option<PaidProduct>,
    /// MPN id of the reseller of record, empty if none.
    pub(crate) partner_id: String,
    pub(crate) promotion_id: Option<String>,
    pub(crate) schedule: Option<Schedule>,
    pub(crate) version: u64,
    pub(crate) charges: Charges,
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
        Self {
            id: purchase.id,
            tenant: purchase.tenant.to_owned(),
            order: purchase.order.to_owned(),
            product_id: product.product_id.clone(),
            sku_id: product.sku_id.clone(),
            availability_id: availability.to_owned(),
            offer_name: product.title.clone(),
            friendly_name: line.friendly_name.clone().unwrap_or_else(|| product.title.clone()),
            quantity: line.quantity,
            term: line.term.clone(),
            billing_cycle: line.billing_cycle.clone(),
            unit_price: line.unit_price,
            created: purchase.created,
            starts: purchase.starts,
            visible: purchase.visible,
            term_start: purchase.starts,
            term_end: Date::MAX,
            first_term_end: None,
            anchor: Date::MAX,
            period: 0,
            next_charge: None,
            renewing_until: None,
            window_opened: None,
            batches: Vec::new(),
            status: Status::Pending,
            state_since: purchase.created,
            retention_days: 0,
            auto_renew: true,
            cancels_at_term_end: false,
            extended_from: None,
            is_trial: product.is_trial,
            renews_into: purchase.renews_into.map(|(paid, availability_id)| PaidProduct {
                product_id: paid.product_id.clone(),
                sku_id: paid.sku_id.clone(),
                availability_id,
                offer_name: paid.title.clone(),
            }),
            partner_id: line.partner().unwrap_or("").to_owned(),
            promotion_id: line.promotion_id.clone(),
            schedule: None,
            version: 1,
            charges: Charges::default(),
        }
    }

    /// Its path, without host and prefix.
    pub(crate) fn path(&self) -> String {
        format!("/customers/{}/subscriptions/{}", self.tenant, self.id)
    }

    pub(crate) fn product_key(&self) -> String {
        format!("{}:{}", self.product_id, self.sku_id)
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
            .map(|s| view(world, s, now))
            .collect();
        let path = format!("/customers/{}/subscriptions", customer.id);
        ok(&collection(items, &path, None))
    })
}

async fn read(State(sim): State<Sim>, _: Call, Path((customer, id)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let subscription = subscription_of(world, &customer.id, &id, now)?;
        ok(&view(world, subscription, now))
    })
}

async fn provisioning(State(sim): State<Sim>, call: Call, Path((customer, id)): Path<(String, String)>) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let s = subscription_of(world, &customer.id, &id, now)?;
        ok(&json!({"skuId": sim.seed.guid("provisioning", &[&s.product_key()]), "status": "success",
            "quantity": s.quantity, "endDate": day(s.term_end),
            "attributes": {"objectType": "SubscriptionProvisioningStatus"}}))
    })
}

fn schedule_view(schedule: &Schedule) -> Value {
    json!({"product": {"productId": schedule.product_id, "skuId": schedule.sku_id,
            "availabilityId": schedule.availability_id, "billingCycle": schedule.billing_cycle,
            "termDuration": schedule.term, "promotionId": schedule.promotion_id},
        "quantity": schedule.quantity, "customTermEndDate": schedule.custom_term_end.map(day)})
}

/// The last instant of the term.
fn last_instant(term_end: Date) -> String {
    stamp(end_of(term_end) - jiff::SignedDuration::from_nanos(100))
}

/// The resource as Partner Center shows it.
pub(crate) fn view(world: &World, s: &Subscription, now: Timestamp) -> Value {
    let est = s.est_applies(&world.switches().rules);
    let open = matches!(s.status, Status::Active | Status::Suspended);
    let path = s.path();
    let product = format!("/products/{}", s.product_id);
    let sku = format!("{product}/skus/{}", s.sku_id);
    let bill_end = s.period().to;
    let mut view = json!({"id": s.id, "orderId": s.order,
        "offerId": format!("{}:{}", s.product_key(), s.availability_id), "offerName": s.offer_name,
        "friendlyName": s.friendly_name,
        "productType": {"id": "OnlineServicesNCE", "displayName": "Online Services"}, "quantity": s.quantity,
        "unitType": "Licenses", "hasPurchasableAddons": false, "creationDate": stamp(s.created),
        "effectiveStartDate": stamp(s.term_start), "commitmentEndDate": day(s.term_end),
        "commitmentEndDateTime": last_instant(s.term_end), "billingCycleEndDate": day(bill_end),
        "billingCycleEndDateTime": last_instant(bill_end), "status": s.status.word(),
        "autoRenewEnabled": s.auto_renew, "isTrial": s.is_trial, "billingType": "license",
        "billingCycle": s.billing_cycle, "termDuration": s.term,
        "renewalTermDuration": if s.auto_renew { s.term.as_str() } else { "" }});
    if open {
        if let Some(until) = s.cancel_until().filter(|_| !s.is_trial) {
            view["cancellationAllowedUntilDate"] = json!(stamp(until));
            if now < until {
                let mut options = vec![json!({"type": "Partial", "expiresAt": stamp(until)})];
                if let Some(full) = s.full_refund_until().filter(|full| now < *full) {
                    options.insert(0, json!({"type": "Full", "expiresAt": stamp(full)}));
                }
                view["refundOptions"] = json!(options);
            }
        }
        let total: i64 = s.refundable(now).map(|batch| batch.quantity).sum();
        let details: Vec<Value> = s
            .refundable(now)
            .map(|batch| json!({"quantity": batch.quantity, "allowedUntilDateTime": stamp(batch.added + WINDOW)}))
            .collect();
        view["refundableQuantity"] = json!({"totalQuantity": total, "details": details});
        if est {
            let action = match (s.auto_renew, s.cancels_at_term_end) {
                (true, _) => "RenewToNewTerm",
                (false, true) => "Cancel",
                (false, false) => "RenewToExtendedServiceTerm",
            };
            view["scheduledActions"] = json!([{"scheduleType": "TermEnd", "actionType": action}]);
        }
    }
    if let Some(schedule) = &s.schedule {
        view["scheduledNextTermInstructions"] = schedule_view(schedule);
    }
    if let Some(promotion) = &s.promotion_id {
        view["promotionId"] = json!(promotion);
    }
    let reasons: &[&str] = match s.status {
        Status::Suspended => &["PartnerInitiated"],
        _ => &[],
    };
    view["isMicrosoftProduct"] = json!(true);
    view["publisherName"] = json!("Microsoft Corporation");
    view["partnerId"] = json!(s.partner_id);
    view["actions"] = if open { json!(["edit", "cancel"]) } else { json!([]) };
    view["suspensionReasons"] = json!(reasons);
    view["attentionNeeded"] = json!(false);
    view["actionTaken"] = json!(false);
    view["contractType"] = json!("subscription");
    view["links"] = json!({"product": link(&product), "sku": link(&sku),
        "availability": link(&format!("{sku}/availabilities/{}", s.availability_id)), "self": link(&path),
        "provisioningStatus": link(&format!("{path}/provisioningstatus"))});
    view["attributes"] = json!({"objectType": "Subscription"});
    if world.switches().subscription_etags {
        view["attributes"]["etag"] = json!(s.etag());
    }
    view
}

/// The day its term ends, for the books.
pub(crate) fn end_day(s: &Subscription) -> String {
    if s.status == Status::Pending { String::new() } else { day(s.term_end) }
}
