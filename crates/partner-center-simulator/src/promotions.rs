//! Promotions (contract 12.4): which there are, who may redeem them, what they take off.
//!
//! One judgement serves the eligibility call and the cart. Earlier lines of a cart count as bought:
//! of two lines with the same new product only the first one gets a new-to-offer discount.
//! Next: `cart_lines.rs`, which applies them.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::catalogue::is_current_item;
use crate::countries::country;
use crate::customers::{Customer, customer_of};
use crate::qualifications::admits;
use crate::state::{Entity, Sim, Simulation, World};
use crate::subscriptions::Status;
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, collection, date_of, day, folded, ok};

/// A promotion.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Promotion {
    /// Three parts joined by `:`.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// First and last day, inclusive.
    pub(crate) start: Date,
    pub(crate) end: Date,
    /// Applied by the cart without being asked.
    #[serde(default)]
    pub(crate) is_auto_applicable: bool,
    pub(crate) segment: String,
    /// Markets, ISO 3166 alpha-2; empty = every market.
    #[serde(default)]
    pub(crate) markets: Vec<String>,
    pub(crate) products: Vec<Discount>,
    /// Seats of one order line at the least; 0 = any number.
    #[serde(default)]
    pub(crate) minimum_seats: i64,
    /// Seats of one customer altogether.
    #[serde(default)]
    pub(crate) maximum_seats: Option<i64>,
    /// How often one customer may redeem it.
    #[serde(default)]
    pub(crate) redemptions: Option<usize>,
    /// Only for customers that never bought the product.
    #[serde(default)]
    pub(crate) new_to_offer: bool,
    /// `productId:skuId` of which the customer must own one.
    #[serde(default)]
    pub(crate) owned: Vec<String>,
}

/// What a promotion takes off a product's price in one term.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Discount {
    pub(crate) product_id: String,
    pub(crate) sku_id: String,
    pub(crate) term: String,
    pub(crate) billing_cycle: String,
    /// Hundredths of the list price.
    pub(crate) percent: Decimal,
}

impl Entity for Promotion {
    const KIND: &'static str = "promotion";
}

impl Promotion {
    /// Whether a test may set it.
    pub(crate) fn check(&self) -> Result<(), String> {
        let parts = self.id.split(':').filter(|part| !part.is_empty()).count();
        let sane = |d: &Discount| Decimal::ZERO <= d.percent && d.percent <= Decimal::ONE_HUNDRED;
        let bounds = 0 <= self.minimum_seats && self.maximum_seats.is_none_or(|most| most >= self.minimum_seats);
        let named = parts == 3 && self.id.len() <= 100 && !self.id.contains('/');
        if named && self.products.iter().all(sane) && bounds && self.start <= self.end {
            Ok(())
        } else {
            Err(format!("promotion {}: id of three parts, 0 to 100 percent, minimum ≤ maximum, start ≤ end", self.id))
        }
    }

    fn runs(&self, now: Timestamp) -> bool {
        (self.start..=self.end).contains(&date_of(now))
    }

    fn is_offered_in(&self, market: &str) -> bool {
        self.markets.is_empty() || self.markets.iter().any(|known| known.eq_ignore_ascii_case(market))
    }

    fn covers(&self, product_key: &str) -> bool {
        self.products.iter().any(|discount| discount.key() == product_key)
    }

    fn discount(&self, product_key: &str, term: &str, cycle: &str) -> Option<&Discount> {
        self.products.iter().find(|discount| {
            discount.key() == product_key
                && discount.term.eq_ignore_ascii_case(term)
                && folded(&discount.billing_cycle) == folded(cycle)
        })
    }
}

impl Discount {
    fn key(&self) -> String {
        format!("{}:{}", self.product_id, self.sku_id).to_uppercase()
    }

    /// The discounted price of a period.
    pub(crate) fn of(&self, list_price: Decimal) -> Decimal {
        (list_price * (Decimal::ONE_HUNDRED - self.percent) / Decimal::ONE_HUNDRED).round_dp(2)
    }
}

/// The promotions that every simulator starts with.
pub(crate) fn invented() -> Vec<Promotion> {
    let promotion = |number: u32, name: &str, products: Vec<Discount>| Promotion {
        id: format!("39NFLV{number:06}:0001:PROMO{number:03}"),
        name: name.to_owned(),
        description: name.to_owned(),
        start: date(2025, 1, 1),
        end: date(2035, 12, 31),
        is_auto_applicable: false,
        segment: "commercial".to_owned(),
        markets: Vec::new(),
        products,
        minimum_seats: 0,
        maximum_seats: None,
        redemptions: None,
        new_to_offer: false,
        owned: Vec::new(),
    };
    let off = |number: u32, term: &str, cycle: &str, percent: i64| Discount {
        product_id: format!("CFQ7LV{number:06}"),
        sku_id: "0001".to_owned(),
        term: term.to_owned(),
        billing_cycle: cycle.to_owned(),
        percent: Decimal::from(percent),
    };
    vec![
        Promotion {
            is_auto_applicable: true,
            new_to_offer: true,
            ..promotion(
                1,
                "15 percent off the first year of Enterprise E3 (no Teams)",
                vec![off(14, "P1Y", "monthly", 15), off(14, "P1Y", "annual", 15)],
            )
        },
        Promotion {
            minimum_seats: 10,
            maximum_seats: Some(100),
            redemptions: Some(2),
            ..promotion(
                2,
                "20 percent off Business Premium from ten seats",
                vec![off(3, "P1Y", "monthly", 20), off(3, "P1Y", "annual", 20)],
            )
        },
        Promotion {
            owned: vec!["CFQ7LV000004:0001".to_owned()],
            ..promotion(3, "10 percent off Enterprise E5 for owners of E3", vec![off(5, "P1Y", "annual", 10)])
        },
        Promotion {
            markets: vec!["IT".to_owned(), "GB".to_owned()],
            ..promotion(4, "5 percent off three years of Enterprise E3", vec![off(4, "P3Y", "annual", 5)])
        },
        Promotion {
            end: date(2025, 6, 30),
            ..promotion(5, "30 percent off Exchange Online, ended", vec![off(6, "P1Y", "annual", 30)])
        },
    ]
}

/// What somebody wants to buy with a promotion.
pub(crate) struct Wish<'a> {
    /// `productId:skuId`, upper case.
    pub(crate) product_key: &'a str,
    pub(crate) quantity: i64,
    pub(crate) term: &'a str,
    pub(crate) billing_cycle: &'a str,
    /// Product, redeemed promotion and seats of the lines before this one.
    pub(crate) earlier: Vec<(String, Option<String>, i64)>,
}

/// Why a promotion cannot be redeemed.
#[derive(Debug)]
pub(crate) struct Obstacle {
    /// The word of the contract.
    pub(crate) kind: &'static str,
    text: &'static str,
    /// Minimum, maximum and what is left.
    seats: Option<(i64, Option<i64>, Option<i64>)>,
}

impl Obstacle {
    fn new(kind: &'static str, text: &'static str) -> Self {
        Self { kind, text, seats: None }
    }

    fn view(&self) -> Value {
        let mut view = json!({"type": self.kind, "description": self.text});
        if let Some((minimum, maximum, available)) = self.seats {
            view["minimumRequiredSeats"] = json!(minimum);
            if let Some(maximum) = maximum {
                view["maximumRequiredSeats"] = json!(maximum);
            }
            if let Some(available) = available {
                view["availableSeats"] = json!(available);
            }
        }
        view
    }
}

/// A running promotion of the customer's market and segment that has to do with the product.
fn candidate<'a>(
    world: &'a World,
    customer: &Customer,
    product_key: &str,
    id: &str,
    now: Timestamp,
) -> Option<&'a Promotion> {
    world.promotions.get(&id.to_uppercase()).filter(|promotion| is_open(world, customer, promotion, product_key, now))
}

fn is_open(world: &World, customer: &Customer, promotion: &Promotion, product_key: &str, now: Timestamp) -> bool {
    promotion.runs(now)
        && promotion.is_offered_in(&customer.address.country)
        && admits(world, customer, &promotion.segment, now)
        && promotion.covers(product_key)
}

/// Everything that stands between a customer and a promotion; empty = it may be redeemed.
fn obstacles(world: &World, customer: &Customer, promotion: &Promotion, wish: &Wish<'_>) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let prefix = format!("{}/", customer.id);
    let owned: Vec<_> = world.subscriptions.under(&prefix).map(|(_, subscription)| subscription).collect();
    if promotion.discount(wish.product_key, wish.term, wish.billing_cycle).is_none() {
        found.push(Obstacle::new("Term", "The promotion does not cover this term and billing cycle."));
    }
    if promotion.new_to_offer {
        let before = owned.iter().any(|s| s.product_key() == wish.product_key)
            || wish.earlier.iter().any(|(key, _, _)| key == wish.product_key);
        if before {
            found.push(Obstacle::new("OfferPurchasedPreviously", "The customer bought this offer before."));
        }
    }
    if !promotion.owned.is_empty() {
        let has = |key: &str| promotion.owned.iter().any(|base| base.eq_ignore_ascii_case(key));
        let owns = owned.iter().any(|s| s.status == Status::Active && has(&s.product_key()))
            || wish.earlier.iter().any(|(key, _, _)| has(key));
        if !owns {
            found.push(Obstacle::new("PrerequisiteProductOwnership", "A product that must be owned is missing."));
        }
    }
    let redeemed: Vec<i64> = owned
        .iter()
        .filter(|s| s.promotion_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(&promotion.id)))
        .map(|s| s.quantity)
        .chain(wish.earlier.iter().filter(|(_, id, _)| id.as_ref() == Some(&promotion.id)).map(|(_, _, seats)| *seats))
        .collect();
    if promotion.redemptions.is_some_and(|limit| redeemed.len() >= limit) {
        found.push(Obstacle::new("RedemptionLimit", "The promotion was redeemed as often as it may be."));
    }
    let available = promotion.maximum_seats.map(|most| (most - redeemed.iter().sum::<i64>()).max(0));
    if wish.quantity < promotion.minimum_seats || available.is_some_and(|left| wish.quantity > left) {
        found.push(Obstacle {
            kind: "SeatCount",
            text: "The number of seats is outside what the promotion allows.",
            seats: Some((promotion.minimum_seats, promotion.maximum_seats, available)),
        });
    }
    found
}

/// The discount of a promotion that was asked for, or why there is none.
pub(crate) fn redeem<'a>(
    world: &'a World,
    customer: &Customer,
    id: &str,
    wish: &Wish<'_>,
    now: Timestamp,
) -> Result<(&'a Promotion, &'a Discount), Obstacle> {
    let unknown = || Obstacle::new("InvalidPromotion", "The promotion is unknown, over, or not for this item.");
    let promotion = candidate(world, customer, wish.product_key, id, now).ok_or_else(unknown)?;
    if let Some(obstacle) = obstacles(world, customer, promotion, wish).into_iter().next() {
        return Err(obstacle);
    }
    let discount = promotion.discount(wish.product_key, wish.term, wish.billing_cycle);
    discount.map(|discount| (promotion, discount)).ok_or_else(unknown)
}

/// Refuses a promotion that an upgrade or a next term cannot redeem (400/27006, 27007).
pub(crate) fn check_redeemable(
    world: &World,
    customer: &Customer,
    id: &str,
    wish: &Wish<'_>,
    now: Timestamp,
) -> Result<(), Refusal> {
    match redeem(world, customer, id, wish, now) {
        Ok(_) => Ok(()),
        Err(obstacle) if obstacle.kind == "RedemptionLimit" => {
            Err(Refusal::new(400, 27_006, "The promotion was redeemed as often as it may be."))
        }
        Err(obstacle) => {
            Err(Refusal::new(400, 27_007, format!("The promotion cannot be redeemed: {}.", obstacle.kind)))
        }
    }
}

/// A price under a promotion that was granted before; the list price where it covers nothing.
pub(crate) fn granted_price(
    world: &World,
    id: Option<&str>,
    (product_key, term, cycle): (&str, &str, &str),
    list_price: Decimal,
) -> Decimal {
    let promotion = id.and_then(|id| world.promotions.get(&id.to_uppercase()));
    let discount = promotion.and_then(|promotion| promotion.discount(product_key, term, cycle));
    discount.map_or(list_price, |discount| discount.of(list_price))
}

/// The best promotion that applies by itself.
pub(crate) fn automatic<'a>(
    world: &'a World,
    customer: &Customer,
    wish: &Wish<'_>,
    now: Timestamp,
) -> Option<(&'a Promotion, &'a Discount)> {
    world
        .promotions
        .values()
        .filter(|promotion| promotion.is_auto_applicable)
        .filter_map(|promotion| redeem(world, customer, &promotion.id, wish, now).ok())
        .max_by_key(|(_, discount)| discount.percent)
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/productpromotions", get(list))
        .route("/v1/productpromotions/{promotion}", get(read))
        .route("/v1/customers/{customer}/promotionEligibilities", post(eligibilities))
}

/// Market and segment of a request, both required.
fn place_of(call: &Call) -> Result<(&'static str, String), Refusal> {
    let market = call.parameter("country").and_then(country);
    let market = market.ok_or_else(|| Refusal::new(400, 400_056, "country must be a market, two letters."))?;
    let segment = call.parameter("segment").map(folded);
    match segment {
        Some(segment) if ["commercial", "education", "government", "nonprofit"].contains(&segment.as_str()) => {
            Ok((market.code, segment))
        }
        Some(_) => Err(Refusal::new(403, 400_030, "This segment is not allowed.")),
        None => Err(Refusal::new(400, 400_056, "segment is required.")),
    }
}

fn is_listed(promotion: &Promotion, (market, segment): (&str, &str), now: Timestamp) -> bool {
    promotion.runs(now) && promotion.is_offered_in(market) && promotion.segment == segment
}

async fn list(State(sim): State<Sim>, call: Call) -> Answer {
    let (market, segment) = place_of(&call)?;
    sim.read(|world, now| {
        let all = world.promotions.values();
        let items = all.filter(|p| is_listed(p, (market, &segment), now)).map(view).collect();
        // Some links of Partner Center are absolute (contract trap 7).
        let path = format!("{}/v1/productpromotions?country={market}&segment={segment}", sim.origin());
        ok(&collection(items, &path, None))
    })
}

async fn read(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    let (market, segment) = place_of(&call)?;
    sim.read(|world, now| {
        let found = world.promotions.get(&id.to_uppercase());
        let found = found.filter(|promotion| is_listed(promotion, (market, &segment), now));
        ok(&view(found.ok_or_else(Refusal::not_found)?))
    })
}

fn view(promotion: &Promotion) -> Value {
    let products: Vec<Value> = promotion
        .products
        .iter()
        .map(|discount| {
            let value = (discount.percent / Decimal::ONE_HUNDRED).normalize().to_string();
            json!({"productId": discount.product_id, "skuId": discount.sku_id,
                "term": {"duration": discount.term, "billingCycle": discount.billing_cycle},
                "pricingPolicies": [{"policyType": "PercentDiscount", "value": value}]})
        })
        .collect();
    let mut constraints: Vec<Value> = Vec::new();
    if promotion.minimum_seats > 0 || promotion.maximum_seats.is_some() {
        let mut seats = json!({"type": "SeatCount", "minimumRequiredSeats": promotion.minimum_seats});
        if let Some(most) = promotion.maximum_seats {
            seats["maximumRequiredSeats"] = json!(most);
        }
        constraints.push(seats);
    }
    if let Some(limit) = promotion.redemptions {
        constraints.push(json!({"type": "RedemptionLimit", "value": limit}));
    }
    if promotion.new_to_offer {
        constraints.push(json!({"type": "OfferPurchasedPreviously"}));
    }
    if !promotion.owned.is_empty() {
        constraints.push(json!({"type": "PrerequisiteProductOwnership", "products": promotion.owned}));
    }
    json!({"id": promotion.id, "name": promotion.name, "description": promotion.description,
        "startDate": day(promotion.start), "endDate": day(promotion.end),
        "properties": {"isAutoApplicable": promotion.is_auto_applicable}, "requiredProducts": products,
        "constraints": constraints})
}

async fn eligibilities(
    State(sim): State<Sim>,
    _: Call,
    Path(customer): Path<String>,
    JsonBody(body): JsonBody,
) -> Answer {
    let items = Members(&body).list("items");
    if items.is_empty() || items.len() > 200 {
        return Err(Refusal::property("items", "1 to 200 items"));
    }
    sim.read(|world, now| {
        let customer = customer_of(world, &customer, now)?;
        let mut answers = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let item = Members(item);
            let catalog_item = item.text("catalogItemId").unwrap_or("");
            let quantity = item.whole("quantity")?.ok_or_else(|| Refusal::property("quantity", "it is required"))?;
            let judged = judge(&sim, world, customer, (item, catalog_item, quantity), now);
            answers.push(json!({"id": index, "catalogItemId": catalog_item, "eligibilities": judged}));
        }
        let path = format!("/customers/{}/promotionEligibilities", customer.id);
        let mut view = collection(answers, &path, None);
        view["attributes"]["objectType"] = json!("PromotionEligibilities");
        ok(&view)
    })
}

/// The promotions that one item could get, each with what stands against it.
fn judge(
    sim: &Simulation,
    world: &World,
    customer: &Customer,
    (item, catalog_item, quantity): (Members<'_>, &str, i64),
    now: Timestamp,
) -> Vec<Value> {
    let refused = |promotion: Option<&str>, obstacles: &[Obstacle]| {
        let errors: Vec<Value> = obstacles.iter().map(Obstacle::view).collect();
        let mut view = json!({"isEligible": errors.is_empty(), "errors": errors});
        if let Some(id) = promotion {
            view["promotionId"] = json!(id);
        }
        view
    };
    let wanted = item.text("promotionId");
    let Some(product) = is_current_item(sim, world, customer, catalog_item, now) else {
        return vec![refused(wanted, &[Obstacle::new("InvalidCatalogItemId", "The catalog item id is not valid.")])];
    };
    let key = product.key();
    let wish = Wish {
        product_key: &key,
        quantity,
        term: item.text("termDuration").unwrap_or(""),
        billing_cycle: item.text("billingCycle").unwrap_or(""),
        earlier: Vec::new(),
    };
    if let Some(id) = wanted {
        let Some(promotion) = candidate(world, customer, &key, id, now) else {
            let text = "The promotion is unknown, over, or not for this item.";
            return vec![refused(Some(id), &[Obstacle::new("InvalidPromotion", text)])];
        };
        return vec![refused(Some(&promotion.id), &obstacles(world, customer, promotion, &wish))];
    }
    let open: Vec<Value> = world
        .promotions
        .values()
        .filter(|promotion| is_open(world, customer, promotion, &key, now))
        .map(|promotion| refused(Some(&promotion.id), &obstacles(world, customer, promotion, &wish)))
        .collect();
    if open.is_empty() {
        return vec![refused(None, &[Obstacle::new("NoPromotionsAvailable", "There is no promotion for this item.")])];
    }
    open
}
