//! A subscription as Partner Center shows it (contract 15.1).

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::legacy::Legacy;
use crate::state::World;
use crate::subscriptions::{Schedule, Status, Subscription};
use crate::terms::{WINDOW, end_of};
use crate::wire::{day, link, stamp};

fn schedule_view(schedule: &Schedule) -> Value {
    let product = &schedule.product;
    json!({"product": {"productId": product.product_id, "skuId": product.sku_id,
            "availabilityId": product.availability_id, "billingCycle": schedule.billing_cycle,
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
        "renewalTermDuration": s.renewal_term()});
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
            let mut actions = vec![json!({"scheduleType": "TermEnd", "actionType": action})];
            actions.extend(s.other_actions.iter().cloned());
            view["scheduledActions"] = json!(actions);
        }
    }
    if let Some(cycle) = &s.next_charge {
        view["nextChargeInstructions"] = json!({"product": {"productId": s.product_id, "skuId": s.sku_id,
            "availabilityId": s.availability_id, "billingCycle": cycle, "termDuration": s.term}});
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
    if let Some(legacy) = &s.legacy {
        view_legacy(&mut view, s, legacy);
    }
    view
}

/// A subscription from before New Commerce shows other members.
fn view_legacy(view: &mut Value, s: &Subscription, legacy: &Legacy) {
    view["offerId"] = json!(legacy.offer_id);
    view["hasPurchasableAddons"] = json!(legacy.parent.is_none());
    view["links"] = json!({"offer": link(&format!("/offers/{}", legacy.offer_id)), "self": link(&s.path())});
    view["attributes"]["etag"] = json!(s.etag());
    if let Some(parent) = &legacy.parent {
        view["parentSubscriptionId"] = json!(parent);
    }
    if let Some(members) = view.as_object_mut() {
        for absent in
            ["productType", "cancellationAllowedUntilDate", "refundableQuantity", "refundOptions", "scheduledActions"]
        {
            members.remove(absent);
        }
    }
}
