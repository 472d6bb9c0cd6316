//! The lines of a cart: read, priced, judged and shown (contract 13.1, 13.2).

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::catalogue::availability_id;
use crate::countries::country;
use crate::customers::Customer;
use crate::partners::check_partner_on_record;
use crate::products::{Product, TermPlan, bills_in};
use crate::qualifications::admits;
use crate::state::{Simulation, World};
use crate::subscriptions::Status;
use crate::switches::ProductFailure;
use crate::wire::{Members, Refusal, folded};

const MAX_LINES: usize = 200;

/// A line of a cart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CartLine {
    pub(crate) catalog_item_id: String,
    pub(crate) friendly_name: Option<String>,
    pub(crate) quantity: i64,
    pub(crate) currency: String,
    currency_given: Option<String>,
    pub(crate) billing_cycle: String,
    pub(crate) term: String,
    pub(crate) participants: Vec<(String, String)>,
    renews_to: Option<Value>,
    provisioning_context: Option<Value>,
    attestation_accepted: Option<bool>,
    pub(crate) promotion_id: Option<String>,
    pub(crate) group: String,
    pub(crate) error: Option<(u64, String)>,
    /// Price of one seat and billing period.
    pub(crate) unit_price: Decimal,
    pub(crate) bills: i64,
    pub(crate) order: Option<String>,
}

impl CartLine {
    pub(crate) fn product_key(&self) -> String {
        let mut parts = self.catalog_item_id.splitn(3, ':');
        let (product, sku) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        format!("{product}:{sku}").to_uppercase()
    }

    pub(crate) fn availability(&self) -> &str {
        self.catalog_item_id.splitn(3, ':').nth(2).unwrap_or("")
    }

    /// MPN id of the reseller on record.
    pub(crate) fn partner(&self) -> Option<&str> {
        self.participants.iter().find(|(key, _)| folded(key) == "transactionreseller").map(|(_, value)| value.as_str())
    }
}

/// Reads the lines of a request; what cannot be read at all is refused as a whole.
pub(crate) fn read_lines(body: Members<'_>) -> Result<Vec<CartLine>, Refusal> {
    let given = body.list("lineItems");
    if given.is_empty() || given.len() > MAX_LINES {
        return Err(Refusal::invalid("lineItems must hold 1 to 200 lines."));
    }
    let mut numbered: Vec<(Option<i64>, CartLine)> = Vec::with_capacity(given.len());
    for line in given {
        let line = Members(line);
        numbered.push((line.whole("id")?, read_line(line)?));
    }
    if numbered.iter().any(|(id, _)| id.is_some()) {
        numbered.sort_by_key(|(id, _)| *id);
        let runs = numbered.iter().enumerate().all(|(index, (id, _))| *id == i64::try_from(index).ok());
        if !runs {
            return Err(Refusal::new(400, 800_071, "Line item numbers must run from 0 to n-1."));
        }
    }
    Ok(numbered.into_iter().map(|(_, line)| line).collect())
}

fn read_line(line: Members<'_>) -> Result<CartLine, Refusal> {
    let required = |name: &str| {
        line.owned(name)
            .filter(|text| text.len() <= 200)
            .ok_or_else(|| Refusal::invalid(format!("lineItems.{name} is required.")))
    };
    let quantity = line.whole("quantity")?.ok_or_else(|| Refusal::invalid("lineItems.quantity is required."))?;
    let mut participants = Vec::new();
    for participant in line.list("participants").iter().take(20) {
        let participant = Members(participant);
        if let (Some(key), Some(value)) = (participant.owned("key"), participant.owned("value")) {
            participants.push((key, value));
        }
    }
    let renews_to = match line.get("renewsTo") {
        Some(Value::Array(items)) => items.first().cloned(),
        other => other.cloned(),
    };
    Ok(CartLine {
        catalog_item_id: required("catalogItemId")?,
        friendly_name: line.owned("friendlyName").filter(|n| n.len() <= 256),
        quantity,
        currency: String::new(),
        currency_given: line.owned("currencyCode"),
        billing_cycle: folded(&required("billingCycle")?),
        term: line.owned("termDuration").unwrap_or_default().to_uppercase(),
        participants,
        renews_to,
        provisioning_context: line.get("provisioningContext").cloned(),
        attestation_accepted: line.flag("attestationAccepted"),
        promotion_id: line.owned("promotionId"),
        group: String::new(),
        error: None,
        unit_price: Decimal::ZERO,
        bills: 1,
        order: None,
    })
}

/// Refuses partners that cannot be on record, and a missing attestation.
pub(crate) fn check_partners(world: &World, lines: &[CartLine], attested: bool, now: Timestamp) -> Result<(), Refusal> {
    let validated = world.switches().rules.partner_of_record_validated(now);
    for line in lines {
        let additional = line.participants.iter().filter(|(key, _)| folded(key) == "additionaltransactionreseller");
        if additional.count() > 5 {
            return Err(Refusal::invalid("At most 5 additional_transaction_reseller."));
        }
        if let Some(partner) = line.partner().filter(|_| validated) {
            check_partner_on_record(world, partner)?;
        }
    }
    if !attested && lines.iter().any(|line| line.partner().is_some()) {
        return Err(Refusal::new(400, 900_206, "PartnerOnRecordAttestationAccepted must be accepted."));
    }
    Ok(())
}

/// Prices every line, finds its errors and its order group.
pub(crate) fn judge(sim: &Simulation, world: &World, customer: &Customer, lines: &mut [CartLine], now: Timestamp) {
    let market = &customer.address.country;
    let separate = world.switches().separate_orders;
    let mut groups: Vec<String> = Vec::new();
    for index in 0..lines.len() {
        let fault = line_error(sim, world, customer, lines, index, now);
        let line = &mut lines[index];
        line.error = fault;
        if let (Some(product), Some(market)) = (world.products.get(&line.product_key()), country(market)) {
            line.currency = market.currency.to_owned();
            let plan = TermPlan { duration: line.term.clone(), billing_cycle: line.billing_cycle.clone() };
            line.unit_price = product.period_price(&plan, market);
            line.bills = bills_in(&plan);
        }
        let basis = if separate { index.to_string() } else { line.billing_cycle.clone() };
        let group = groups.iter().position(|known| *known == basis);
        let group = group.unwrap_or_else(|| {
            groups.push(basis);
            groups.len() - 1
        });
        line.group = group.to_string();
    }
}

/// The first error of a line (contract 13.1).
fn line_error(
    sim: &Simulation,
    world: &World,
    customer: &Customer,
    lines: &[CartLine],
    index: usize,
    now: Timestamp,
) -> Option<(u64, String)> {
    let line = &lines[index];
    let fault = |code: u64, text: &str| Some((code, text.to_owned()));
    let Some(product) = world.products.get(&line.product_key()) else {
        return fault(10_001, "The catalog item id is not valid.");
    };
    let market = customer.address.country.as_str();
    let current = availability_id(&sim.seed, product, market, now);
    if !product.is_purchasable || !line.availability().eq_ignore_ascii_case(&current) {
        return fault(10_001, "The catalog item id is not valid or no longer sold.");
    }
    if let Some(forced) = forced(&world.switches().line_errors, &line.product_key()) {
        return Some(forced);
    }
    let currency = country(market).map(|country| country.currency);
    if let Some(given) = &line.currency_given
        && !currency.is_some_and(|code| code.eq_ignore_ascii_case(given))
    {
        return fault(10_000, "The currency is not supported in this market.");
    }
    if !admits(world, customer, &product.segment, now) {
        return fault(10_006, "The customer is not qualified for this segment.");
    }
    if !product.sells(&line.term, &line.billing_cycle) {
        return fault(10_013, "The term or billing plan is not supported.");
    }
    if line.quantity > product.maximum_quantity {
        return fault(10_015, "More seats than a subscription may have.");
    }
    if line.quantity < product.minimum_quantity {
        return fault(10_010, "Fewer seats than the minimum.");
    }
    let stock = &world.switches().out_of_stock;
    if stock.iter().any(|id| id.eq_ignore_ascii_case(&product.product_id)) {
        return fault(10_003, "Nothing left in the inventory.");
    }
    if product.is_addon {
        return addon_error(world, customer, lines, index, product);
    }
    None
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
    let keys: Vec<String> = lines.iter().map(CartLine::product_key).collect();
    count_down(&mut world.switches_mut().line_errors, &keys);
}

fn money(amount: Decimal) -> Value {
    serde_json::from_str(&amount.normalize().to_string()).unwrap_or(Value::Null)
}

pub(crate) fn line_view(index: usize, line: &CartLine) -> Value {
    let participants: Vec<Value> =
        line.participants.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
    let mut view = json!({"id": index, "catalogItemId": line.catalog_item_id});
    if let Some(name) = &line.friendly_name {
        view["friendlyName"] = json!(name);
    }
    view["quantity"] = json!(line.quantity);
    view["currencyCode"] = json!(line.currency);
    view["billingCycle"] = json!(line.billing_cycle);
    view["termDuration"] = json!(line.term);
    view["participants"] = json!(participants);
    view["provisioningContext"] = line.provisioning_context.clone().unwrap_or(json!({}));
    view["orderGroup"] = json!(line.group);
    if let Some(renews_to) = &line.renews_to {
        view["renewsTo"] = renews_to.clone();
    }
    if let Some(accepted) = line.attestation_accepted {
        view["attestationAccepted"] = json!(accepted);
    }
    if let Some(promotion) = &line.promotion_id {
        view["promotionId"] = json!(promotion);
    }
    let unit = money(line.unit_price);
    let extended = line.unit_price * Decimal::from(line.bills) * Decimal::from(line.quantity.max(0));
    view["pricing"] = json!({"listPrice": unit, "discountedPrice": unit, "proratedPrice": unit, "price": unit,
        "extendedPrice": money(extended)});
    if let Some((code, text)) = &line.error {
        view["error"] = json!({"errorCode": code, "errorDescription": text});
    }
    view
}
