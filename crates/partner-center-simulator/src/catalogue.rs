//! The catalogue (contract 12): invented products with one SKU each (`products.rs`), sold in eight markets.
//!
//! Availability ids are a volatile join key: they differ per market and are re-issued with every
//! business month, so that an id of last month is refused. Next: `prices.rs`, `promotions.rs`.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::countries::{Country, country};
use crate::customers::{Customer, customer_of};
use crate::prices::{PriceChange, Prices};
use crate::products::{Product, TermPlan};
use crate::qualifications::admits;
use crate::sandbox;
use crate::seed::Seed;
use crate::state::{Sim, Simulation, World};
use crate::wire::{Answer, Call, JsonBody, Members, Refusal, collection, date_of, folded, link, ok};

/// What a test can set about the catalogue and its prices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct CatalogueSwitches {
    /// Product ids that answer 200 with error 400072 (contract trap 33).
    pub(crate) unavailable: Vec<String>,
    pub(crate) price_changes: Vec<PriceChange>,
    /// The signed-in user holds a role that may fetch price sheets.
    pub(crate) price_role: bool,
}

impl Default for CatalogueSwitches {
    fn default() -> Self {
        Self { unavailable: Vec::new(), price_changes: Vec::new(), price_role: true }
    }
}

impl CatalogueSwitches {
    /// Whether a test may set them.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.unavailable.len().max(self.price_changes.len()) > 1000 {
            return Err("a list may have at most 1000 entries".to_owned());
        }
        self.price_changes.iter().try_for_each(PriceChange::check)
    }

    pub(crate) fn prices(&self) -> Prices<'_> {
        Prices(&self.price_changes)
    }

    fn withholds(&self, product: &str) -> bool {
        self.unavailable.iter().any(|id| id.eq_ignore_ascii_case(product))
    }
}

/// Where the provider sells.
pub(crate) const MARKETS: [&str; 8] = ["IT", "DE", "FR", "ES", "PT", "GB", "PL", "US"];

/// The availability id of a product in a market, as of this business month.
pub(crate) fn availability_id(seed: &Seed, product: &Product, market: &str, now: Timestamp) -> String {
    let month = date_of(now).strftime("%Y-%m").to_string();
    let parts = [product.key(), market.to_owned(), month];
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    format!("CFQ7LV{}", seed.letters("availability", &parts, 6))
}

/// The product of a `productId:skuId:availabilityId` that the customer's market sells by now.
pub(crate) fn is_current_item<'a>(
    sim: &Simulation,
    world: &'a World,
    customer: &Customer,
    catalog_item: &str,
    now: Timestamp,
) -> Option<&'a Product> {
    let (key, availability) = catalog_item.rsplit_once(':')?;
    let market = &customer.address.country;
    let product = world.products.get(&key.to_uppercase())?;
    let sold = product.is_purchasable
        && product.is_sold_in(market)
        && !world.switches().catalogue.withholds(&product.product_id)
        && availability.eq_ignore_ascii_case(&availability_id(&sim.seed, product, market, now));
    sold.then_some(product)
}

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/products", get(products))
        .route("/v1/products/{product}", get(product))
        .route("/v1/products/{product}/skus", get(skus))
        .route("/v1/products/{product}/skus/{sku}", get(one_sku))
        .route("/v1/products/{product}/skus/{sku}/availabilities", get(availabilities))
        .route("/v1/products/{product}/skus/{sku}/availabilities/{availability}", get(availability))
        .route("/v1/customers/{customer}/products", get(customer_products))
        .route("/v1/customers/{customer}/products/{product}", get(customer_product))
        .route("/v1/customers/{customer}/products/{product}/skus", get(customer_skus))
        .route("/v1/customers/{customer}/products/{product}/skus/{sku}", get(customer_sku))
        .route("/v1/customers/{customer}/products/{product}/skus/{sku}/availabilities", get(customer_availabilities))
        .route(
            "/v1/customers/{customer}/products/{product}/skus/{sku}/availabilities/{availability}",
            get(customer_availability),
        )
        .route("/v1/extensions/product/checkinventory", post(inventory))
}

/// Whose catalogue is looked at: a market's, or that of one customer.
struct View<'a> {
    world: &'a World,
    seed: &'a Seed,
    now: Timestamp,
    market: &'static Country,
    customer: Option<&'a Customer>,
    base: String,
}

impl<'a> View<'a> {
    fn of_market(world: &'a World, sim: &'a Sim, now: Timestamp, call: &Call) -> Result<Self, Refusal> {
        let code = call.parameter("country").unwrap_or("");
        let market = country(code)
            .filter(|country| MARKETS.contains(&country.code))
            .ok_or_else(|| Refusal::new(400, 400_056, "country must be a market, two letters."))?;
        Ok(Self { world, seed: &sim.seed, now, market, customer: None, base: "/products".to_owned() })
    }

    fn of_customer(world: &'a World, sim: &'a Sim, now: Timestamp, id: &str) -> Result<Self, Refusal> {
        let customer = customer_of(world, id, now)?;
        let market = country(&customer.address.country).ok_or_else(Refusal::unexpected)?;
        Ok(Self {
            world,
            seed: &sim.seed,
            now,
            market,
            customer: Some(customer),
            base: format!("/customers/{}/products", customer.id),
        })
    }

    fn shows(&self, product: &Product) -> bool {
        if !product.is_sold_in(self.market.code) || !sandbox::has_segment(self.world, &product.segment) {
            return false;
        }
        match self.customer {
            None => true,
            Some(customer) => product.is_purchasable && admits(self.world, customer, &product.segment, self.now),
        }
    }

    fn find(&self, product: &str) -> Result<Vec<&'a Product>, Refusal> {
        if self.world.switches().catalogue.withholds(product) {
            // An error in the body of a 200 (contract trap 33).
            return Err(Refusal::new(200, 400_072, "The item is not available."));
        }
        let id = format!("{}:", product.to_uppercase());
        let found: Vec<&Product> = self
            .world
            .products
            .iter()
            .filter(|(key, product)| key.starts_with(&id) && self.shows(product))
            .map(|(_, product)| product)
            .collect();
        if found.is_empty() {
            return Err(Refusal::new(404, 400_013, "The product was not found."));
        }
        Ok(found)
    }

    fn sku(&self, product: &str, sku: &str) -> Result<&'a Product, Refusal> {
        self.find(product)?
            .into_iter()
            .find(|found| found.sku_id.eq_ignore_ascii_case(sku))
            .ok_or_else(|| Refusal::new(404, 400_018, "The SKU was not found."))
    }

    /// Products of a segment; those of closed segments only when asked for.
    fn listed(&self, call: &Call) -> Result<Vec<&'a Product>, Refusal> {
        let segment = segment_of(self.world, call)?;
        let products = self.world.products.values();
        Ok(products
            .filter(|product| self.shows(product))
            .filter(|product| in_segment(product, segment.as_deref()))
            .collect())
    }
}

fn in_segment(product: &Product, segment: Option<&str>) -> bool {
    match segment {
        Some(segment) => product.segment == segment,
        None => !matches!(product.segment.as_str(), "nonprofit" | "government"),
    }
}

fn segment_of(world: &World, call: &Call) -> Result<Option<String>, Refusal> {
    let Some(segment) = call.parameter("targetSegment").map(folded) else {
        return Ok(None);
    };
    let known = ["commercial", "education", "government", "nonprofit"].contains(&segment.as_str());
    if known && sandbox::has_segment(world, &segment) {
        Ok(Some(segment))
    } else {
        Err(Refusal::new(403, 400_030, "This targetSegment is not allowed."))
    }
}

fn check_view(call: &Call) -> Result<bool, Refusal> {
    match call.parameter("targetView").map(folded).as_deref() {
        Some("onlineservices" | "onlineservicesnce") => Ok(true),
        Some(
            "azure"
            | "azurereservations"
            | "azurereservationsvm"
            | "microsoftazure"
            | "software"
            | "softwareperpetual"
            | "softwaresubscriptions"
            | "specializedoffers"
            | "marketplacesaas",
        ) => Ok(false),
        Some(_) => Err(Refusal::new(403, 400_036, "This targetView is not allowed.")),
        None => Err(Refusal::new(400, 400_056, "targetView is required.")),
    }
}

fn description(product: &Product) -> &str {
    product.description.as_deref().unwrap_or(&product.title)
}

fn product_view(view: &View<'_>, call: &Call, product: &Product) -> Value {
    let path = format!("{}/{}", view.base, product.product_id);
    let mut shown = json!({"id": product.product_id, "title": product.title, "description": description(product),
        "productType": {"id": "OnlineServicesNCE", "displayName": "Online Services"}, "isMicrosoftProduct": true,
        "publisherName": "Microsoft Corporation",
        // Some links carry the version, others do not (contract trap 7).
        "links": {"skus": link(&format!("/v1{path}/skus")), "self": link(&path)}});
    if call.parameter("IncludeLifeCycleState").is_some_and(|wanted| wanted.eq_ignore_ascii_case("true")) {
        shown["lifeCycleState"] = json!(if product.is_purchasable { "Active" } else { "EndOfSale" });
    }
    shown
}

fn sku_view(view: &View<'_>, product: &Product) -> Value {
    let path = format!("{}/{}/skus/{}", view.base, product.product_id, product.sku_id);
    let mut cycles: Vec<&str> = Vec::new();
    for plan in &product.terms {
        if !cycles.contains(&plan.billing_cycle.as_str()) {
            cycles.push(&plan.billing_cycle);
        }
    }
    let mut prerequisites = vec!["MicrosoftCustomerAgreement"];
    if product.inventory_check {
        prerequisites.push("InventoryCheck");
    }
    let key = product.key();
    let mut shown = json!({"id": product.sku_id, "productId": product.product_id, "title": product.title,
        "description": description(product), "minimumQuantity": product.minimum_quantity,
        "maximumQuantity": product.maximum_quantity, "isTrial": product.is_trial, "supportedBillingCycles": cycles,
        "purchasePrerequisites": prerequisites, "inventoryVariables": [],
        "provisioningVariables": product.provisioning_variables,
        "actions": [], "dynamicAttributes": {"isAddon": product.is_addon,
            "hasConstraints": !product.prerequisite_skus.is_empty(), "prerequisiteSkus": product.prerequisite_skus,
            "upgradeTargetOffers": product.upgrade_targets, "isMicrosoftProduct": true,
            "provisioningId": view.seed.guid("provisioning", &[&key]), "conversionInstructions": []},
        "links": {"availabilities": link(&format!("{path}/availabilities")), "self": link(&path)}});
    if let Some(kind) = &product.attestation {
        shown["attestationProperties"] = json!({"enforceAttestation": true, "attestationType": kind});
    }
    shown
}

fn availability_view(view: &View<'_>, product: &Product) -> Value {
    let id = availability_id(view.seed, product, view.market.code, view.now);
    let key = product.key();
    let terms: Vec<Value> = product.terms.iter().map(|plan| term_view(view, product, plan)).collect();
    let term_ids: Vec<&Value> = terms.iter().map(|term| &term["id"]).collect();
    let renews_to = product.renews_to.clone().unwrap_or_else(|| key.clone());
    let mut renewals = vec![json!({"renewToId": renews_to, "isAutoRenewable": true})];
    renewals.extend(product.upgrade_targets.iter().map(|id| json!({"renewToId": id, "isAutoRenewable": false})));
    json!({"id": id, "productId": product.product_id, "skuId": product.sku_id,
        "catalogItemId": format!("{key}:{id}"),
        "defaultCurrency": {"code": view.market.currency, "symbol": view.market.currency_symbol},
        "segment": product.segment, "country": view.market.code, "isPurchasable": product.is_purchasable,
        "isRenewable": true, "renewalInstructions": [{"applicableTermIds": term_ids,
            "renewalOptions": renewals}],
        "terms": terms,
        "links": {"self": link(&format!("{}/{}/skus/{}/availabilities/{id}", view.base, product.product_id,
            product.sku_id))}})
}

fn term_view(view: &View<'_>, product: &Product, plan: &TermPlan) -> Value {
    let cycle = match plan.billing_cycle.as_str() {
        "monthly" => "Monthly",
        "annual" => "Annual",
        _ => "Triennial",
    };
    let id = view.seed.hex("term", &[&product.key(), &plan.duration, cycle], 12);
    // A trial is never given back (contract 15.2).
    let ladder = match product.is_trial {
        true => json!([]),
        false => json!([{"sequenceId": 0, "type": "Full", "expiresAfter": "P1D"},
            {"sequenceId": 1, "type": "Partial", "expiresAfter": "P7D"}]),
    };
    json!({"id": id, "duration": plan.duration,
        "description": format!("{} commitment, billed {}", plan.duration, plan.billing_cycle), "billingCycle": cycle,
        "cancellationPolicies": [{"refundOptions": ladder}]})
}

fn products_answer(view: &View<'_>, call: &Call) -> Answer {
    let any = check_view(call)?;
    let mut shown: Vec<Value> = Vec::new();
    for product in view.listed(call)?.into_iter().filter(|_| any) {
        let item = product_view(view, call, product);
        if shown.last() != Some(&item) {
            shown.push(item);
        }
    }
    ok(&collection(shown, &view.base, None))
}

fn skus_answer(view: &View<'_>, call: &Call, product: &str) -> Answer {
    let segment = segment_of(view.world, call)?;
    let found = view.find(product)?;
    let items = found
        .into_iter()
        .filter(|p| segment.as_deref().is_none_or(|segment| p.segment == segment))
        .map(|p| sku_view(view, p))
        .collect();
    ok(&collection(items, &format!("{}/{product}/skus", view.base), None))
}

fn availabilities_answer(view: &View<'_>, call: &Call, product: &str, sku: &str) -> Answer {
    let segment = segment_of(view.world, call)?;
    let found = view.sku(product, sku)?;
    let items: Vec<Value> = Some(found)
        .filter(|p| in_segment(p, segment.as_deref()))
        .map(|p| availability_view(view, p))
        .into_iter()
        .collect();
    let path = format!("{}/{product}/skus/{sku}/availabilities", view.base);
    ok(&collection(items, &path, None))
}

fn availability_answer(view: &View<'_>, product: &str, sku: &str, id: &str) -> Answer {
    let shown = availability_view(view, view.sku(product, sku)?);
    if shown["id"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(id)) {
        ok(&shown)
    } else {
        Err(Refusal::new(404, 400_019, "The availability was not found."))
    }
}

async fn products(State(sim): State<Sim>, call: Call) -> Answer {
    sim.read(|world, now| products_answer(&View::of_market(world, &sim, now, &call)?, &call))
}

async fn product(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    sim.read(|world, now| {
        let view = View::of_market(world, &sim, now, &call)?;
        ok(&product_view(&view, &call, view.find(&id)?[0]))
    })
}

async fn skus(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    sim.read(|world, now| skus_answer(&View::of_market(world, &sim, now, &call)?, &call, &id))
}

async fn one_sku(State(sim): State<Sim>, call: Call, Path((product, sku)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let view = View::of_market(world, &sim, now, &call)?;
        ok(&sku_view(&view, view.sku(&product, &sku)?))
    })
}

async fn availabilities(State(sim): State<Sim>, call: Call, Path((product, sku)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let view = View::of_market(world, &sim, now, &call)?;
        availabilities_answer(&view, &call, &product, &sku)
    })
}

async fn availability(
    State(sim): State<Sim>,
    call: Call,
    Path((product, sku, id)): Path<(String, String, String)>,
) -> Answer {
    sim.read(|world, now| {
        let view = View::of_market(world, &sim, now, &call)?;
        availability_answer(&view, &product, &sku, &id)
    })
}

async fn customer_products(State(sim): State<Sim>, call: Call, Path(who): Path<String>) -> Answer {
    sim.read(|world, now| products_answer(&View::of_customer(world, &sim, now, &who)?, &call))
}

async fn customer_product(State(sim): State<Sim>, call: Call, Path((who, id)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| {
        let view = View::of_customer(world, &sim, now, &who)?;
        ok(&product_view(&view, &call, view.find(&id)?[0]))
    })
}

async fn customer_skus(State(sim): State<Sim>, call: Call, Path((who, id)): Path<(String, String)>) -> Answer {
    sim.read(|world, now| skus_answer(&View::of_customer(world, &sim, now, &who)?, &call, &id))
}

async fn customer_sku(
    State(sim): State<Sim>,
    _: Call,
    Path((who, product, sku)): Path<(String, String, String)>,
) -> Answer {
    sim.read(|world, now| {
        let view = View::of_customer(world, &sim, now, &who)?;
        ok(&sku_view(&view, view.sku(&product, &sku)?))
    })
}

async fn customer_availabilities(
    State(sim): State<Sim>,
    call: Call,
    Path((who, product, sku)): Path<(String, String, String)>,
) -> Answer {
    sim.read(|world, now| {
        let view = View::of_customer(world, &sim, now, &who)?;
        availabilities_answer(&view, &call, &product, &sku)
    })
}

async fn customer_availability(
    State(sim): State<Sim>,
    _: Call,
    Path((who, product, sku, id)): Path<(String, String, String, String)>,
) -> Answer {
    sim.read(|world, now| {
        let view = View::of_customer(world, &sim, now, &who)?;
        availability_answer(&view, &product, &sku, &id)
    })
}

async fn inventory(State(sim): State<Sim>, call: Call, JsonBody(body): JsonBody) -> Answer {
    let items = Members(&body).list("targetItems");
    if items.is_empty() || items.len() > 100 {
        return Err(Refusal::property("targetItems", "1 to 100 items"));
    }
    sim.read(|world, now| {
        let view = View::of_market(world, &sim, now, &call)?;
        let empty = &world.switches().out_of_stock;
        let mut answers = Vec::new();
        for item in items {
            let item = Members(item);
            let (product, sku) = (item.text("productId"), item.text("skuId"));
            let found = view.sku(product.unwrap_or(""), sku.unwrap_or(""))?;
            let empty = empty.iter().any(|id| id.eq_ignore_ascii_case(&found.product_id));
            let out = empty && found.inventory_check;
            let restrictions = match out {
                true => json!([{"reasonCode": "OutOfStock", "description": "Nothing left.", "properties": {}}]),
                false => json!([]),
            };
            answers.push(json!({"productId": found.product_id, "skuId": found.sku_id, "isRestricted": out,
                "restrictions": restrictions}));
        }
        ok(&Value::Array(answers))
    })
}
