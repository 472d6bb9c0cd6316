//! Resources of Partner Center in our words, and our words in its. Pure: no call is made here.
//! What Microsoft leaves out stays unknown; nothing is made up.

use super::super::{CartLine, FilledCart, RemoteOrder, RemoteOrderLine, RemoteOrderState, RemoteSubscription, Trouble};
use super::refusals;
use licensing::{
    id::{MpnId, RemoteSubscriptionId, TenantId},
    seat::SeatBatch,
    subscription::SubscriptionState,
    term::{BillingPlan, Term},
};
use partner_center::{
    BillingCycle, CartAnswer, NewCartLine, Order, OrderStatus, PostalAddress, Subscription, SubscriptionStatus,
};

/// Most digits of a telephone number that Partner Center takes.
const PHONE_DIGITS: usize = 15;

/// A telephone number without its `+`; Partner Center's examples are bare digits.
pub(super) fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).take(PHONE_DIGITS).collect()
}

pub(super) fn one_line(address: &PostalAddress) -> String {
    [
        &address.address_line1,
        &address.address_line2,
        &address.postal_code,
        &address.city,
        &address.state,
        &address.country,
    ]
    .into_iter()
    .flatten()
    .filter(|part| !part.trim().is_empty())
    .cloned()
    .collect::<Vec<_>>()
    .join(", ")
}

pub(super) fn cycle(plan: BillingPlan) -> BillingCycle {
    match plan {
        BillingPlan::Monthly => BillingCycle::Monthly,
        BillingPlan::Annual => BillingCycle::Annual,
        BillingPlan::Triennial => BillingCycle::Triennial,
    }
}

pub(super) fn cart_line(line: &CartLine) -> NewCartLine {
    let seats = line.seats.get();
    NewCartLine {
        friendly_name: Some(line.name.clone()).filter(|name| !name.is_empty()),
        ..NewCartLine::new(&line.item, seats, cycle(line.plan), line.term.iso(), line.partner.as_str())
    }
}

pub(super) fn filled_cart(answer: CartAnswer) -> FilledCart {
    match answer {
        CartAnswer::Good(cart) => FilledCart::Ready { cart: cart.id },
        CartAnswer::LinesRefused(cart) => FilledCart::LinesRefused(
            cart.line_items
                .iter()
                .enumerate()
                .filter_map(|(place, line)| {
                    let index = line.id.parse().unwrap_or(place);
                    line.error.as_ref().map(|error| (index, refusals::of_line(error)))
                })
                .collect(),
        ),
    }
}

pub(super) fn tenant_id(text: &str) -> Result<TenantId, Trouble> {
    text.parse().map_err(|_| Trouble::Unclear { why: format!("the customer id {text:?} is not a tenant id") })
}

pub(super) fn subscription_id(text: &str) -> Result<RemoteSubscriptionId, Trouble> {
    text.parse().map_err(|_| Trouble::Unclear { why: format!("{text:?} is not a subscription id") })
}

pub(super) fn remote_order(order: Order) -> Result<RemoteOrder, Trouble> {
    let state = match order.status {
        Some(OrderStatus::Completed) => RemoteOrderState::Completed,
        None | Some(OrderStatus::Pending | OrderStatus::Unknown) => RemoteOrderState::Pending,
        Some(OrderStatus::PendingReview | OrderStatus::PendingPoUpload | OrderStatus::PoUploadComplete) => {
            RemoteOrderState::Review
        }
        Some(OrderStatus::PartialSuccess | OrderStatus::Error) => RemoteOrderState::PartlyFailed,
        Some(OrderStatus::Cancelled | OrderStatus::PoReviewRejected) => RemoteOrderState::Failed,
        Some(OrderStatus::Suspended) => RemoteOrderState::Other(OrderStatus::Suspended.to_string()),
        Some(OrderStatus::Other(word)) => RemoteOrderState::Other(word),
    };
    let lines = order
        .line_items
        .into_iter()
        .map(|line| {
            Ok(RemoteOrderLine {
                item: line.offer_id,
                seats: line.quantity,
                subscription: line.subscription_id.as_deref().map(subscription_id).transpose()?,
            })
        })
        .collect::<Result<_, Trouble>>()?;
    Ok(RemoteOrder { id: order.id, state, lines, placed_at: order.creation_date.map(|at| at.0) })
}

/// Renewal is off, and no action says anything but the end. Without actions (before the extended
/// service term) renewal off is the end.
fn ends_at_term(subscription: &Subscription) -> bool {
    let actions = subscription.scheduled_actions().and_then(|a| a.as_array().cloned()).unwrap_or_default();
    let is_end =
        |action: &serde_json::Value| action["actionType"].as_str().is_some_and(|a| a.eq_ignore_ascii_case("cancel"));
    subscription.auto_renews() == Some(false) && actions.iter().all(is_end)
}

pub(super) fn remote_subscription(subscription: Subscription) -> Result<RemoteSubscription, Trouble> {
    let id = subscription_id(&subscription.id())?;
    let seats = subscription
        .quantity()
        .ok_or_else(|| Trouble::Unclear { why: format!("subscription {id} came without a quantity") })?;
    let state = match subscription.status() {
        SubscriptionStatus::Active => SubscriptionState::Active,
        SubscriptionStatus::Pending => SubscriptionState::Creating,
        SubscriptionStatus::Suspended => SubscriptionState::Suspended,
        SubscriptionStatus::Expired => SubscriptionState::Expired,
        SubscriptionStatus::Disabled => SubscriptionState::Disabled,
        SubscriptionStatus::Deleted => SubscriptionState::Deleted,
        SubscriptionStatus::None => SubscriptionState::Other("none".to_owned()),
        SubscriptionStatus::Other(word) => SubscriptionState::Other(word),
    };
    let batches = subscription.refundable().map(|refundable| refundable.batches).unwrap_or_default();
    Ok(RemoteSubscription {
        id,
        order: subscription.order_id().unwrap_or_default().to_owned(),
        item: subscription.offer_id().unwrap_or_default().to_owned(),
        seats,
        state,
        renews: subscription.auto_renews().unwrap_or(false),
        ends_at_term: ends_at_term(&subscription),
        term: subscription.term_duration().and_then(Term::read),
        plan: subscription.billing_cycle().and_then(|cycle| BillingPlan::read(cycle.as_str())),
        partner: subscription.partner_id().and_then(|id| MpnId::parse("partnerId", &id).ok()),
        created_at: subscription.created_at().map(|at| at.0),
        term_end: subscription.commitment_end().map(|at| at.0),
        cancellable_until: subscription.cancellation_allowed_until().map(|at| at.0),
        batches: batches
            .into_iter()
            .filter_map(|batch| {
                let refundable_until = batch.until?.0;
                Some(SeatBatch { seats: batch.quantity, added_at: None, refundable_until })
            })
            .collect(),
        raw: subscription.raw().clone(),
    })
}
