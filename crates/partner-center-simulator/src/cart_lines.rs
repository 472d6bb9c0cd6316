//! The lines of a cart: read, priced and shown (contract 13.1, 13.2). What is wrong with them:
//! `cart_checks.rs`.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cart_checks::{line_error, offer_for};
use crate::countries::country;
use crate::customers::Customer;
use crate::products::bills_in;
use crate::promotions::Discount;
use crate::state::{Simulation, World};
use crate::term_dates::read_day;
use crate::terms::periods_until;
use crate::wire::{Members, Refusal, date_of, day, folded};

const MAX_LINES: usize = 200;

/// A line of a cart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CartLine {
    pub(crate) catalog_item_id: String,
    pub(crate) friendly_name: Option<String>,
    pub(crate) quantity: i64,
    pub(crate) currency: String,
    pub(crate) currency_given: Option<String>,
    pub(crate) billing_cycle: String,
    pub(crate) term: String,
    pub(crate) participants: Vec<(String, String)>,
    pub(crate) renews_to: Option<Value>,
    pub(crate) provisioning_context: Option<Value>,
    pub(crate) attestation_accepted: Option<bool>,
    /// The promotion that the line redeems, asked for or not.
    pub(crate) promotion_id: Option<String>,
    #[serde(default)]
    pub(crate) promotion_given: Option<String>,
    /// Another last day of the first term (contract 15.10).
    pub(crate) custom_term_end: Option<Date>,
    pub(crate) group: String,
    pub(crate) error: Option<(u64, String)>,
    /// What the error says about quantities: available, purchased.
    #[serde(default)]
    error_quantities: Option<(i64, i64)>,
    /// Prices of one seat and billing period: in the list, with the promotion, as charged.
    #[serde(default)]
    list_price: Decimal,
    #[serde(default)]
    discounted_price: Decimal,
    pub(crate) unit_price: Decimal,
    pub(crate) bills: i64,
    /// Billing periods of a term that ends early, the last one by its days.
    #[serde(default)]
    periods: Option<Decimal>,
    pub(crate) order: Option<String>,
}

impl CartLine {
    pub(crate) fn product_key(&self) -> String {
        let mut parts = self.catalog_item_id.splitn(3, ':');
        let (product, sku) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        format!("{product}:{sku}").to_uppercase()
    }

    /// MPN id of the reseller on record.
    pub(crate) fn partner(&self) -> Option<&str> {
        self.named("transactionreseller").next()
    }

    /// MPN ids of the further resellers.
    pub(crate) fn additional_partners(&self) -> impl Iterator<Item = &str> {
        self.named("additionaltransactionreseller")
    }

    pub(crate) fn named(&self, kind: &'static str) -> impl Iterator<Item = &str> {
        let participants = self.participants.iter();
        participants.filter(move |(key, _)| folded(key) == kind).map(|(_, value)| value.as_str())
    }

    /// The same purchase, whatever its state.
    pub(crate) fn buys_the_same(&self, other: &Self) -> bool {
        self.catalog_item_id.eq_ignore_ascii_case(&other.catalog_item_id)
            && self.quantity == other.quantity
            && self.term == other.term
            && self.billing_cycle == other.billing_cycle
            && self.partner() == other.partner()
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
    if renews_to.as_ref().is_some_and(|renews_to| !renews_to.is_object()) {
        return Err(Refusal::invalid("lineItems.renewsTo must be an object."));
    }
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
        promotion_id: None,
        promotion_given: line.owned("promotionId").filter(|id| id.len() <= 100),
        custom_term_end: read_day(line, "customTermEndDate")?,
        group: String::new(),
        error: None,
        error_quantities: None,
        list_price: Decimal::ZERO,
        discounted_price: Decimal::ZERO,
        unit_price: Decimal::ZERO,
        bills: 1,
        periods: None,
        order: None,
    })
}

/// Prices every line that is not ordered yet, finds its errors and its order group.
///
/// Groups that were ordered keep their label; nothing else gets it.
pub(crate) fn judge(sim: &Simulation, world: &World, customer: &Customer, lines: &mut [CartLine], now: Timestamp) {
    let separate = world.switches().separate_orders;
    let frozen: Vec<String> = lines.iter().filter(|l| l.order.is_some()).map(|l| l.group.clone()).collect();
    let mut labels = (0usize..).map(|number| number.to_string()).filter(|label| !frozen.contains(label));
    let mut groups: Vec<(String, String)> = Vec::new();
    for index in 0..lines.len() {
        if lines[index].order.is_some() {
            continue;
        }
        let fault = line_error(sim, world, customer, lines, index, now);
        let offer = offer_for(world, customer, lines, index, now).ok().flatten();
        let offer = offer.map(|(promotion, discount)| (promotion.id.clone(), discount.clone()));
        let line = &mut lines[index];
        line.error_quantities = fault.as_ref().and_then(|fault| fault.quantities);
        line.error = fault.map(|fault| (fault.code, fault.text));
        price(world, customer, line, offer, now);
        let basis = if separate { index.to_string() } else { line.billing_cycle.clone() };
        let known = groups.iter().find(|(known, _)| *known == basis).map(|(_, label)| label.clone());
        line.group = match known {
            Some(label) => label,
            None => {
                let label = labels.next().unwrap_or_default();
                groups.push((basis, label.clone()));
                label
            }
        };
    }
}

fn price(world: &World, customer: &Customer, line: &mut CartLine, offer: Option<(String, Discount)>, now: Timestamp) {
    let product = world.products.get(&line.product_key());
    let (Some(product), Some(market)) = (product, country(&customer.address.country)) else {
        return;
    };
    line.currency = market.currency.to_owned();
    let Some(plan) = product.plan(&line.term, &line.billing_cycle) else {
        return;
    };
    line.list_price = world.switches().catalogue.prices().of_period(product, plan, market, date_of(now));
    line.bills = bills_in(plan);
    let cycle = plan.billing_cycle.as_str();
    line.periods = line.custom_term_end.map(|end| periods_until(date_of(now), cycle, end));
    line.discounted_price = offer.as_ref().map_or(line.list_price, |(_, discount)| discount.of(line.list_price));
    line.unit_price = line.discounted_price;
    line.promotion_id = offer.map(|(id, _)| id);
}

fn money(amount: Decimal) -> Value {
    serde_json::from_str(&amount.normalize().to_string()).unwrap_or(Value::Null)
}

/// The names of the error codes (contract 13.1).
const ERROR_NAMES: [(u64, &str); 21] = [
    (0, "Unknown"),
    (10_000, "CurrencyIsNotSupported"),
    (10_001, "CatalogItemIdIsNotValid"),
    (10_002, "QuotaNotAvailable"),
    (10_003, "InventoryNotAvailable"),
    (10_004, "ParticipantsIsNotSupportedForPartner"),
    (10_006, "UnableToProcessCartLineItem"),
    (10_007, "SubscriptionIsNotValid"),
    (10_008, "SubscriptionIsNotEnabledForRI"),
    (10_009, "SandboxLimitExceeded"),
    (10_010, "InvalidInput"),
    (10_011, "SubscriptionNotRegistered"),
    (10_012, "AttestationNotAccepted"),
    (10_013, "BillingPlanNotSupported"),
    (10_014, "InvalidPromotionId"),
    (10_015, "MaxAllowedSeatsPerSubscriptionExceeded"),
    (10_016, "InvalidCustomTermEndDateProduct"),
    (10_017, "InvalidCustomTermEndDate"),
    (10_018, "BaseOfferSeatQuantityNotMet"),
    (10_019, "MinimumAddOnSeatsNotMet"),
    (500_600, "LegacyOfferNotEligibleForPurchase"),
];

/// A line's error, its code as a number or, where the switch says so and there is one, by name.
fn error_view(code: u64, text: &str, quantities: Option<(i64, i64)>, by_name: bool) -> Value {
    let name = ERROR_NAMES.iter().find(|(known, _)| by_name && *known == code);
    let code = name.map_or(json!(code), |(_, name)| json!(name));
    let mut view = json!({"errorCode": code, "errorDescription": text});
    if let Some((available, purchased)) = quantities {
        view["additionalInformation"] = json!({"availableQuantity": available, "purchasedQuantity": purchased});
    }
    view
}

/// The line as the cart shows it; `errors_by_name` as the switch says.
pub(crate) fn line_view(index: usize, line: &CartLine, errors_by_name: bool) -> Value {
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
    if let Some(end) = line.custom_term_end {
        view["customTermEndDate"] = json!(day(end));
    }
    if let Some(promotion) = line.promotion_id.as_ref().or(line.promotion_given.as_ref()) {
        view["promotionId"] = json!(promotion);
    }
    let unit = money(line.unit_price);
    let bills = Decimal::from(line.bills.max(1));
    let periods = line.periods.unwrap_or(bills);
    let prorated = (line.unit_price * periods / bills).round_dp(2);
    let extended = (line.unit_price * periods * Decimal::from(line.quantity.max(0))).round_dp(2);
    view["pricing"] = json!({"listPrice": money(line.list_price), "discountedPrice": money(line.discounted_price),
        "proratedPrice": money(prorated), "price": unit, "extendedPrice": money(extended)});
    if let Some((code, text)) = &line.error {
        view["error"] = error_view(*code, text, line.error_quantities, errors_by_name);
    }
    view
}
