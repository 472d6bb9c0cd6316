//! Line items (contract 18.3): charges seen as lines of an invoice, a page at a time.
//!
//! A walk goes on where the last one ended, so a long list costs what it is long, however it is
//! cut into pages. Order: customer, subscription, time; then the credits that support gave.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::control::Credit;
use super::money::{Amounts, written};
use crate::charges::Billed;
use crate::countries::country;
use crate::customers::Customer;
use crate::partners::ourselves;
use crate::state::World;
use crate::subscriptions::{Subscription, subscription_key};
use crate::wire::{Refusal, date_of, day, stamp};

/// Which lines: those of one currency whose charges were made in a span of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Scope {
    pub(super) from: Timestamp,
    /// Exclusive.
    pub(super) to: Timestamp,
    pub(super) currency: String,
    /// Empty for lines that are not billed yet.
    pub(super) invoice: String,
    /// Tenant id of the provider, as the lines show it.
    pub(super) partner: String,
    /// Every line with the opposite sign, as a void note has them.
    pub(super) reversed: bool,
}

/// The line at which a walk begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Credits come after all charges.
    credits: bool,
    key: String,
    skip: usize,
}

impl Place {
    /// As a continuation token that fits this scope only.
    pub(super) fn token(&self, scope: &Scope) -> String {
        let text = json!({"s": scope.mark(), "p": self}).to_string();
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads a token back; refused when it is none of ours or belongs to another list.
    pub(super) fn read(token: &str, scope: &Scope) -> Result<Self, Refusal> {
        #[derive(Deserialize)]
        struct Token {
            s: String,
            p: Place,
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        let token: Option<Token> = serde_json::from_slice(&bytes).ok();
        let token = token.filter(|token| token.s == scope.mark());
        token.map(|token| token.p).ok_or_else(|| Refusal::invalid("The continuation token is not valid."))
    }
}

impl Scope {
    /// Recognises the list; its end moves while the list is open.
    fn mark(&self) -> String {
        let text = format!("{}/{}/{}/{}", self.from, self.currency, self.invoice, self.reversed);
        hex::encode(&Sha256::digest(text)[..8])
    }
}

/// One value of a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field<'l> {
    Text(Cow<'l, str>),
    Amount(Decimal),
    /// As in [`Field::Amount`], and text on the old path.
    Count(i64),
    List(Vec<String>),
}

/// One line with everything that it shows.
pub(super) struct Line<'a> {
    world: &'a World,
    scope: &'a Scope,
    customer: &'a Customer,
    subscription: &'a Subscription,
    source: Source<'a>,
    pub(super) amounts: Amounts,
}

enum Source<'a> {
    Charge(Billed<'a>),
    Credit(&'a Credit),
}

/// Billing currency over pricing currency: prices are listed in the currency of the market.
const RATE: Decimal = Decimal::ONE;

impl<'a> Line<'a> {
    fn of_charge(world: &'a World, scope: &'a Scope, billed: Billed<'a>) -> Self {
        let Billed { customer, subscription, charge, .. } = billed;
        let quantity = scope.signed(charge.quantity);
        let amounts = Amounts::of_seats(charge.effective_unit_price, RATE, quantity, &customer.address.country);
        Self { world, scope, customer, subscription, source: Source::Charge(billed), amounts }
    }

    fn of_credit(
        world: &'a World,
        scope: &'a Scope,
        customer: &'a Customer,
        subscription: &'a Subscription,
        credit: &'a Credit,
    ) -> Self {
        let amounts = Amounts::of_seats(credit.amount, RATE, scope.signed(-1), &customer.address.country);
        Self { world, scope, customer, subscription, source: Source::Credit(credit), amounts }
    }

    pub(super) fn customer(&self) -> &'a Customer {
        self.customer
    }

    /// All members in their order, names in camel case.
    pub(super) fn fields(&self) -> Vec<(&'static str, Field<'_>)> {
        let date = |date: Date| Field::Text(Cow::Owned(day(date)));
        let s = self.subscription;
        let facts = self.facts();
        let reseller = if facts.reseller.is_empty() { "0" } else { facts.reseller };
        let qualifiers = facts.promotion.map(|_| "Promotion".to_owned()).into_iter().collect();
        vec![
            ("partnerId", text(&self.scope.partner)),
            ("customerId", text(&self.customer.id)),
            ("customerName", text(&self.customer.company_name)),
            ("customerDomainName", text(&self.customer.domain)),
            ("customerCountry", text(&self.customer.address.country)),
            ("invoiceNumber", text(&self.scope.invoice)),
            ("mpnId", text(ourselves(self.world).map_or("", |partner| partner.mpn_id.as_str()))),
            ("resellerMpnId", text(reseller)),
            ("orderId", text(&s.order)),
            ("orderDate", Field::Text(Cow::Owned(stamp(s.created)))),
            ("productId", text(facts.product)),
            ("skuId", text(facts.sku)),
            ("availabilityId", text(facts.availability)),
            ("productName", text(facts.name)),
            ("skuName", text(facts.name)),
            ("chargeType", text(facts.kind)),
            ("unitPrice", Field::Amount(facts.unit_price)),
            ("effectiveUnitPrice", Field::Amount(facts.effective_unit_price)),
            ("unitType", text("Licenses")),
            ("quantity", Field::Count(facts.quantity)),
            ("subtotal", Field::Amount(self.amounts.subtotal)),
            ("taxTotal", Field::Amount(self.amounts.tax)),
            ("totalForCustomer", Field::Amount(self.amounts.total())),
            ("currency", text(&self.scope.currency)),
            ("publisherName", text("Microsoft Corporation")),
            ("publisherId", text("")),
            ("subscriptionDescription", text(facts.name)),
            ("subscriptionId", text(&s.id)),
            ("subscriptionStartDate", date(facts.term.0)),
            ("subscriptionEndDate", date(facts.term.1)),
            ("chargeStartDate", date(facts.charged.0)),
            ("chargeEndDate", date(facts.charged.1)),
            ("termAndBillingCycle", Field::Text(Cow::Owned(plan_in_words(facts.plan.0, facts.plan.1)))),
            ("alternateId", text(&s.order)),
            ("referenceId", text(&s.id)),
            ("priceAdjustmentDescription", text(facts.reason)),
            ("creditReasonCode", text(facts.reason)),
            ("discountDetails", text("")),
            ("pricingCurrency", text(&self.scope.currency)),
            ("pcToBCExchangeRate", Field::Amount(RATE)),
            ("pcToBCExchangeRateDate", date(date_of(self.scope.from))),
            ("billableQuantity", Field::Count(facts.quantity)),
            ("meterDescription", text("")),
            ("reservationOrderId", text("")),
            ("billingFrequency", text(frequency(facts.plan.1))),
            ("productQualifiers", Field::List(qualifiers)),
            ("promotionId", text(facts.promotion.unwrap_or(""))),
            ("invoiceLineItemType", text("billing_line_items")),
            ("billingProvider", text("one_time")),
        ]
    }

    fn facts(&self) -> Facts<'_> {
        let s = self.subscription;
        match self.source {
            Source::Charge(Billed { charge, item, .. }) => Facts {
                kind: charge.kind.word(),
                quantity: self.scope.signed(charge.quantity),
                unit_price: charge.unit_price,
                effective_unit_price: charge.effective_unit_price,
                product: &item.product_id,
                sku: &item.sku_id,
                availability: &item.availability_id,
                name: &item.offer_name,
                reseller: &item.partner_id,
                plan: (&item.term, &item.billing_cycle),
                term: (item.term_start, item.term_end),
                charged: (charge.from, charge.to),
                promotion: item.promotion_id.as_deref(),
                reason: "",
            },
            Source::Credit(credit) => Facts {
                kind: "customerCredit",
                quantity: self.scope.signed(-1),
                unit_price: credit.amount,
                effective_unit_price: credit.amount,
                product: &s.product_id,
                sku: &s.sku_id,
                availability: &s.availability_id,
                name: &s.offer_name,
                reseller: &s.partner_id,
                plan: (&s.term, &s.billing_cycle),
                term: (date_of(s.term_start), s.term_end),
                charged: (date_of(credit.at), date_of(credit.at)),
                promotion: None,
                reason: &credit.reason,
            },
        }
    }

    /// As on the old path: amounts and quantities are text (contract 18.3).
    pub(super) fn view(&self) -> Value {
        let mut view = Map::new();
        for (name, field) in self.fields() {
            let value = match field {
                Field::Text(text) => json!(text),
                Field::Amount(amount) => json!(written(amount)),
                Field::Count(count) => json!(count.to_string()),
                Field::List(list) => json!(list),
            };
            view.insert(name.to_owned(), value);
        }
        view.insert("attributes".to_owned(), json!({"objectType": "OneTimeInvoiceLineItem"}));
        Value::Object(view)
    }
}

fn text(text: &str) -> Field<'_> {
    Field::Text(Cow::Borrowed(text))
}

/// What charges and credits say differently.
struct Facts<'a> {
    kind: &'static str,
    quantity: i64,
    unit_price: Decimal,
    effective_unit_price: Decimal,
    product: &'a str,
    sku: &'a str,
    availability: &'a str,
    name: &'a str,
    /// MPN id of the reseller of record at that time, empty if none.
    reseller: &'a str,
    plan: (&'a str, &'a str),
    term: (Date, Date),
    charged: (Date, Date),
    promotion: Option<&'a str>,
    reason: &'a str,
}

fn plan_in_words(term: &str, cycle: &str) -> String {
    let term = match term {
        "P1M" => "One-Month",
        "P1Y" => "One-Year",
        "P3Y" => "Three-Year",
        other => other,
    };
    let cycle = match cycle {
        "annual" => "yearly",
        "triennial" => "upfront",
        other => other,
    };
    format!("{term} commitment for {cycle} billing")
}

fn frequency(cycle: &str) -> &'static str {
    match cycle {
        "annual" => "Annual",
        "triennial" => "Triennial",
        _ => "Monthly",
    }
}

impl Scope {
    fn signed(&self, quantity: i64) -> i64 {
        if self.reversed { -quantity } else { quantity }
    }

    fn covers(&self, customer: &Customer) -> bool {
        country(&customer.address.country).is_some_and(|market| market.currency == self.currency)
    }
}

/// Shows at most `most` lines from a place on; returns the place of the next one, if there is one.
/// The world must be settled.
pub(super) fn walk(
    world: &World,
    scope: &Scope,
    place: &Place,
    most: usize,
    mut visit: impl FnMut(&Line<'_>),
) -> Option<Place> {
    let mut left = most;
    if !place.credits {
        let here = world.subscriptions.get(&place.key).map(|subscription| (&place.key, subscription));
        for (key, subscription) in here.into_iter().chain(world.subscriptions.after(&place.key)) {
            let charges = subscription.charges.between(scope.from, scope.to);
            let customer = world.customers.get(&subscription.tenant).filter(|customer| scope.covers(customer));
            let Some(customer) = customer.filter(|_| !charges.is_empty()) else {
                continue;
            };
            let skip = if *key == place.key { place.skip } else { 0 };
            for (number, charge) in charges.iter().enumerate().skip(skip) {
                let Some(item) = subscription.charges.item_of(charge) else {
                    continue;
                };
                if left == 0 {
                    return Some(Place { credits: false, key: key.clone(), skip: number });
                }
                left -= 1;
                visit(&Line::of_charge(world, scope, Billed { customer, subscription, charge, item }));
            }
        }
    }
    let start = if place.credits { place.key.as_str() } else { "" };
    let here = world.billing_credits.get(start).map(|credit| (&place.key, credit));
    for (key, credit) in here.into_iter().chain(world.billing_credits.after(start)) {
        if credit.at < scope.from || scope.to <= credit.at {
            continue;
        }
        let subscription = world.subscriptions.get(&subscription_key(&credit.tenant, &credit.subscription));
        let customer = world.customers.get(&credit.tenant).filter(|customer| scope.covers(customer));
        let Some((customer, subscription)) = customer.zip(subscription) else {
            continue;
        };
        if left == 0 {
            return Some(Place { credits: true, key: key.clone(), skip: 0 });
        }
        left -= 1;
        visit(&Line::of_credit(world, scope, customer, subscription, credit));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::populated;

    fn march(tenants: u32) -> (World, Scope) {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut world = populated(tenants, at("2026-02-15T00:00:00Z"));
        world.settle(at("2026-04-01T00:00:00Z"));
        let scope = Scope {
            from: at("2026-03-01T00:00:00Z"),
            to: at("2026-04-01T00:00:00Z"),
            currency: "EUR".to_owned(),
            invoice: "G100000001".to_owned(),
            partner: String::new(),
            reversed: false,
        };
        (world, scope)
    }

    fn paged(world: &World, scope: &Scope, size: usize) -> (Vec<String>, usize) {
        let (mut seen, mut pages, mut place) = (Vec::new(), 0, Some(Place::default()));
        while let Some(from) = place {
            // Through the token, as a client carries it.
            let from = Place::read(&from.token(scope), scope).unwrap();
            place = walk(world, scope, &from, size, |line| seen.push(line.view().to_string()));
            pages += 1;
        }
        (seen, pages)
    }

    #[test]
    fn pages_show_every_line_once_and_in_order() {
        let (world, scope) = march(30);
        let (whole, pages) = paged(&world, &scope, usize::MAX);
        assert_eq!((whole.len(), pages), (120, 1), "four of five are billed by the month");
        for size in [1, 7, 119, 120, 121] {
            let (seen, pages) = paged(&world, &scope, size);
            assert_eq!(seen, whole, "{size}");
            assert_eq!(pages, 120usize.div_ceil(size), "no empty page at the end");
        }
        let reversed = Scope { reversed: true, ..scope.clone() };
        let token = Place::default().token(&scope);
        assert!(Place::read(&token, &reversed).is_err() && Place::read("x", &scope).is_err());
        let pounds = Scope { currency: "GBP".to_owned(), ..scope };
        assert_eq!(paged(&world, &pounds, 10), (Vec::new(), 1));
    }

    /// Run with `--run-ignored only` and `--release` to measure: a month of 50,000 subscriptions.
    #[test]
    #[ignore = "measures"]
    fn a_month_of_fifty_thousand_subscriptions_is_paged_quickly() {
        let (world, scope) = march(10_000);
        let start = std::time::Instant::now();
        let (seen, pages) = paged(&world, &scope, 2000);
        let took = start.elapsed();
        assert_eq!((seen.len(), pages), (40_000, 20));
        assert!(took.as_secs() < 10, "{took:?}");
    }
}
