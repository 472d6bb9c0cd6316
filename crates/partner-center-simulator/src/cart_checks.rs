//! What may be bought by a line of a cart, and what not (contract 12.3, 13.1, 13.2).
//!
//! Errors of a line are found when the cart is made; a checkout asks the same questions again,
//! because the world may have changed since. Nothing here changes anything.

use jiff::Timestamp;
use serde_json::Value;

use crate::cart_lines::CartLine;
use crate::catalogue::is_current_item;
use crate::countries::country;
use crate::customers::Customer;
use crate::partners::check_partner_on_record;
use crate::products::Product;
use crate::promotions::{self, Discount, Obstacle, Promotion, Wish};
use crate::qualifications::admits;
use crate::sandbox;
use crate::state::{Simulation, World};
use crate::subscriptions::Status;
use crate::switches::ProductFailure;
use crate::term_dates::check_term_end;
use crate::wire::{Members, Refusal, date_of, folded};

/// Additional resellers on one line.
const MAX_ADDITIONAL: usize = 5;

/// Where additional resellers may be named: the European Union and EFTA.
const EU_EFTA: [&str; 31] = [
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI",
    "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

/// Refuses partners that cannot be on record, and a missing attestation.
pub(crate) fn check_partners(world: &World, lines: &[CartLine], attested: bool, now: Timestamp) -> Result<(), Refusal> {
    let validated = world.switches().rules.partner_of_record_validated(now);
    for line in lines {
        if line.additional_partners().count() > MAX_ADDITIONAL {
            return Err(Refusal::invalid("At most 5 additional_transaction_reseller."));
        }
        let named = line.partner().into_iter().chain(line.additional_partners());
        for partner in named.filter(|_| validated) {
            check_partner_on_record(world, partner)?;
        }
    }
    if !attested && lines.iter().any(|line| line.partner().is_some()) {
        return Err(Refusal::new(400, 900_206, "PartnerOnRecordAttestationAccepted must be accepted."));
    }
    Ok(())
}

/// The promotion of a line: the one asked for, or what stands against it; else what applies by
/// itself. The lines before it count as bought.
pub(crate) fn offer_for<'a>(
    world: &'a World,
    customer: &Customer,
    lines: &[CartLine],
    index: usize,
    now: Timestamp,
) -> Result<Option<(&'a Promotion, &'a Discount)>, Obstacle> {
    let line = &lines[index];
    let key = line.product_key();
    // What was ordered already is a subscription by now.
    let earlier = lines[..index].iter().filter(|earlier| earlier.order.is_none());
    let wish = Wish {
        product_key: &key,
        quantity: line.quantity,
        term: &line.term,
        billing_cycle: &line.billing_cycle,
        earlier: earlier.map(|e| (e.product_key(), e.promotion_id.clone(), e.quantity)).collect(),
    };
    match &line.promotion_given {
        Some(id) => promotions::redeem(world, customer, id, &wish, now).map(Some),
        None => Ok(promotions::automatic(world, customer, &wish, now)),
    }
}

/// Whether the promotion that a line was priced with can still be redeemed (400/27006, 27007).
pub(crate) fn check_promotion(
    world: &World,
    customer: &Customer,
    lines: &[CartLine],
    index: usize,
    now: Timestamp,
) -> Result<(), Refusal> {
    let Some(priced_with) = &lines[index].promotion_id else {
        return Ok(());
    };
    match offer_for(world, customer, lines, index, now) {
        Ok(Some((promotion, _))) if promotion.id == *priced_with => Ok(()),
        Err(obstacle) if obstacle.kind == "RedemptionLimit" => {
            Err(Refusal::new(400, 27_006, "The promotion was redeemed as often as it may be."))
        }
        _ => Err(Refusal::new(400, 27_007, "The promotion cannot be redeemed any more.")),
    }
}

/// What is wrong with a line.
pub(crate) struct LineError {
    pub(crate) code: u64,
    pub(crate) text: String,
    /// Available, purchased.
    pub(crate) quantities: Option<(i64, i64)>,
}

impl LineError {
    fn new(code: u64, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), quantities: None }
    }
}

/// The first error of a line (contract 13.1).
pub(crate) fn line_error(
    sim: &Simulation,
    world: &World,
    customer: &Customer,
    lines: &[CartLine],
    index: usize,
    now: Timestamp,
) -> Option<LineError> {
    let line = &lines[index];
    let fault = |code: u64, text: &str| Some(LineError::new(code, text));
    let Some(product) = is_current_item(sim, world, customer, &line.catalog_item_id, now) else {
        return fault(10_001, "The catalog item id is not valid or no longer sold.");
    };
    if let Some((code, text)) = forced(&world.switches().line_errors, &line.product_key()) {
        return Some(LineError::new(code, text));
    }
    let currency = country(&customer.address.country).map(|country| country.currency);
    if let Some(given) = &line.currency_given
        && !currency.is_some_and(|code| code.eq_ignore_ascii_case(given))
    {
        return fault(10_000, "The currency is not supported in this market.");
    }
    if !admits(world, customer, &product.segment, now) {
        return fault(10_006, "The customer is not qualified for this segment.");
    }
    if let Some((code, text)) = participant_error(world, customer, line) {
        return fault(code, text);
    }
    if !product.sells(&line.term, &line.billing_cycle) {
        return fault(10_013, "The term or billing plan is not supported.");
    }
    if let Some(error) = quantity_error(world, customer, lines, index, product) {
        return Some(error);
    }
    if let Some((code, text)) = input_error(product, line) {
        return fault(code, text);
    }
    if let Some((code, text)) = term_end_error(world, customer, product, line, now) {
        return fault(code, text);
    }
    if product.is_addon
        && let Some((code, text)) = addon_error(world, customer, lines, index, product)
    {
        return Some(LineError::new(code, text));
    }
    match offer_for(world, customer, lines, index, now) {
        Err(obstacle) => Some(LineError::new(10_014, format!("The promotion cannot be redeemed: {}.", obstacle.kind))),
        Ok(_) => None,
    }
}

/// Who may be named, and where (10004, 10010).
fn participant_error(world: &World, customer: &Customer, line: &CartLine) -> Option<(u64, &'static str)> {
    if world.switches().carts.direct_partner && !line.participants.is_empty() {
        return Some((10_004, "A direct partner names no participants."));
    }
    let market = customer.address.country.as_str();
    if line.additional_partners().next().is_some() && !EU_EFTA.contains(&market) {
        return Some((10_004, "Additional resellers are named in the European Union and EFTA only."));
    }
    let known = ["transactionreseller", "additionaltransactionreseller", "consumptionreseller"];
    if line.participants.iter().any(|(key, _)| !known.contains(&folded(key).as_str()))
        || line.named("transactionreseller").count() > 1
    {
        return Some((10_010, "A participant is unknown or named twice."));
    }
    None
}

/// Minimum and maximum of the SKU, the sandbox's limits, what a customer may own, the inventory.
fn quantity_error(
    world: &World,
    customer: &Customer,
    lines: &[CartLine],
    index: usize,
    product: &Product,
) -> Option<LineError> {
    let line = &lines[index];
    if line.quantity > product.maximum_quantity {
        return Some(LineError {
            quantities: Some((product.maximum_quantity, 0)),
            ..LineError::new(10_015, "More seats than a subscription may have.")
        });
    }
    if line.quantity < product.minimum_quantity {
        let code = if product.is_addon { 10_019 } else { 10_010 };
        return Some(LineError::new(code, "Fewer seats than the minimum."));
    }
    if sandbox::check_line(world, customer, lines, index).is_err() {
        return Some(LineError::new(10_009, "The limit of the sandbox is exceeded."));
    }
    if let Some((left, owned)) = ownership_left(world, customer, lines, index, product)
        && left == 0
    {
        return Some(LineError {
            quantities: Some((left, owned)),
            ..LineError::new(10_002, "The customer owns as many subscriptions of this item as it may.")
        });
    }
    let stock = &world.switches().out_of_stock;
    if stock.iter().any(|id| id.eq_ignore_ascii_case(&product.product_id)) {
        return Some(LineError {
            quantities: Some((0, 0)),
            ..LineError::new(10_003, "Nothing left in the inventory.")
        });
    }
    None
}

/// Subscriptions of a limited item that the customer may still buy, and those it owns.
pub(crate) fn ownership_left(
    world: &World,
    customer: &Customer,
    lines: &[CartLine],
    index: usize,
    product: &Product,
) -> Option<(i64, i64)> {
    let limit = product.ownership_limit?;
    let key = product.key();
    let prefix = format!("{}/", customer.id);
    let owned = world
        .subscriptions
        .under(&prefix)
        .map(|(_, subscription)| subscription)
        .filter(|s| s.product_key() == key && s.status != Status::Deleted)
        .count();
    let before = lines[..index].iter().filter(|line| line.order.is_none() && line.product_key() == key).count();
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Some((count(limit.saturating_sub(owned + before)), count(owned)))
}

/// Attestation, provisioning variables and the next term (10012, 10010, 10013).
fn input_error(product: &Product, line: &CartLine) -> Option<(u64, &'static str)> {
    if product.attestation.is_some() && line.attestation_accepted != Some(true) {
        return Some((10_012, "The attestation of this item was not accepted."));
    }
    let context = line.provisioning_context.as_ref().unwrap_or(&Value::Null);
    if product.provisioning_variables.iter().any(|name| Members(context).get(name).is_none()) {
        return Some((10_010, "A provisioning variable is missing in provisioningContext."));
    }
    let next = line.renews_to.as_ref().and_then(|renews_to| Members(renews_to).text("termDuration"));
    let sold = |term: &str| product.terms.iter().any(|plan| plan.duration.eq_ignore_ascii_case(term));
    if line.renews_to.is_some() && !next.is_some_and(sold) {
        return Some((10_013, "The term to renew to is not supported."));
    }
    None
}

/// Another last day of the first term (contract 15.10).
fn term_end_error(
    world: &World,
    customer: &Customer,
    product: &Product,
    line: &CartLine,
    now: Timestamp,
) -> Option<(u64, &'static str)> {
    let end = line.custom_term_end?;
    if product.is_trial {
        return Some((10_016, "The product cannot end its term early."));
    }
    let refused = check_term_end(world, &customer.id, &line.term, date_of(now), end).is_err();
    refused.then_some((10_017, "The custom term end date is not one of the allowed dates."))
}

/// Whether a line accepts what its item demands (400/900203).
pub(crate) fn check_attestation(product: &Product, line: &CartLine) -> Result<(), Refusal> {
    if product.attestation.is_some() && line.attestation_accepted != Some(true) {
        return Err(Refusal::new(400, 900_203, "The attestation of this item must be accepted."));
    }
    Ok(())
}

/// An add-on needs a base that the customer owns or that stands in the same cart, with as many
/// seats.
pub(crate) fn addon_error(
    world: &World,
    customer: &Customer,
    lines: &[CartLine],
    index: usize,
    product: &Product,
) -> Option<(u64, String)> {
    let prefix = format!("{}/", customer.id);
    let is_base = |key: &str| product.prerequisite_skus.iter().any(|base| base == key);
    let own = product.key();
    let (mut base_seats, mut addon_seats) = (0i64, lines[index].quantity);
    for (_, subscription) in world.subscriptions.under(&prefix) {
        if subscription.status != Status::Active {
            continue;
        }
        if is_base(&subscription.product_key()) {
            base_seats += subscription.quantity;
        } else if subscription.product_key() == own {
            addon_seats += subscription.quantity;
        }
    }
    for (other, line) in lines.iter().enumerate() {
        if line.order.is_none() && is_base(&line.product_key()) {
            base_seats += line.quantity.max(0);
        } else if other < index && line.product_key() == own {
            addon_seats += line.quantity.max(0);
        }
    }
    if base_seats == 0 {
        let text = "The add-on cannot be bought without a compatible base product.";
        return Some((400_041, text.to_owned()));
    }
    (addon_seats > base_seats).then(|| (10_018, "More add-on seats than base seats.".to_owned()))
}

/// What a switch forces on a product.
pub(crate) fn forced(failures: &[ProductFailure], product_key: &str) -> Option<(u64, String)> {
    failures
        .iter()
        .find(|failure| {
            let id = failure.product_id.to_uppercase();
            failure.count != Some(0) && (product_key == id || product_key.starts_with(&format!("{id}:")))
        })
        .map(|failure| {
            let text = failure.description.clone();
            (failure.code, text.unwrap_or_else(|| "Forced by a switch.".to_owned()))
        })
}

pub(crate) fn count_down(failures: &mut [ProductFailure], product_keys: &[String]) {
    for failure in failures {
        let id = failure.product_id.to_uppercase();
        let hit = product_keys.iter().any(|key| *key == id || key.starts_with(&format!("{id}:")));
        if let (true, Some(count)) = (hit, failure.count.as_mut()) {
            *count = count.saturating_sub(1);
        }
    }
}

pub(crate) fn count_forced_lines(world: &mut World, lines: &[CartLine]) {
    if world.switches().line_errors.is_empty() {
        return;
    }
    let open = lines.iter().filter(|line| line.order.is_none());
    let keys: Vec<String> = open.map(CartLine::product_key).collect();
    count_down(&mut world.switches_mut().line_errors, &keys);
}
