//! Legacy offers (contract 12.6): read-only, no longer sold, offset paging.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::get;
use serde_json::{Value, json};

use crate::catalogue::MARKETS;
use crate::countries::{Country, country};
use crate::seed::Seed;
use crate::state::Sim;
use crate::wire::{Answer, Call, Refusal, collection, guid, header_text, link, ok};

/// One offer of the old kind.
struct Offer {
    number: &'static str,
    name: &'static str,
    category: &'static str,
    maximum: i64,
    is_trial: bool,
    /// Offers of which one is needed; empty = not an add-on.
    bases: &'static [&'static str],
}

const fn offer(number: &'static str, name: &'static str, category: &'static str) -> Offer {
    Offer { number, name, category, maximum: 10_000_000, is_trial: false, bases: &[] }
}

const OFFERS: [Offer; 6] = [
    Offer { maximum: 300, ..offer("1", "Microsoft 365 Business Standard (legacy)", "small-business") },
    Offer { maximum: 300, ..offer("2", "Microsoft 365 Business Premium (legacy)", "small-business") },
    offer("3", "Office 365 E3 (legacy)", "enterprise"),
    offer("4", "Exchange Online (Plan 1) (legacy)", "enterprise"),
    Offer { bases: &["1", "2", "3"], ..offer("5", "Audio Conferencing (legacy)", "enterprise") },
    Offer { is_trial: true, maximum: 25, ..offer("6", "Office 365 E3 Trial (legacy)", "trial") },
];

const CATEGORIES: [(&str, &str); 3] =
    [("small-business", "Small business"), ("enterprise", "Enterprise"), ("trial", "Trials")];

pub(crate) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/offers", get(list))
        .route("/v1/offers/{offer}", get(read))
        .route("/v1/offers/{offer}/addons", get(addons))
        .route("/v1/offercategories", get(categories))
}

/// Market and language that an offer is shown in.
struct Place {
    market: &'static Country,
    locale: String,
}

impl Place {
    fn read(call: &Call, headers: &HeaderMap) -> Result<Self, Refusal> {
        let market = call.parameter("country").and_then(country).filter(|market| MARKETS.contains(&market.code));
        let market = market.ok_or_else(|| Refusal::property("country", "a market, two letters"))?;
        let locale = header_text(headers, "X-Locale").filter(|locale| locale.len() <= 20);
        Ok(Self { market, locale: locale.unwrap_or_else(|| "en-US".to_owned()) })
    }
}

fn id_of(seed: &Seed, offer: &Offer) -> String {
    seed.guid("legacy offer", &[offer.number])
}

fn view(seed: &Seed, offer: &Offer, place: &Place) -> Value {
    let id = id_of(seed, offer);
    let bases: Vec<String> = offer.bases.iter().map(|base| seed.guid("legacy offer", &[base])).collect();
    let has_addons = OFFERS.iter().any(|other| other.bases.contains(&offer.number));
    let path = format!("/offers/{id}?country={}", place.market.code);
    json!({"id": id, "name": offer.name, "description": offer.name, "minimumQuantity": 1,
        "maximumQuantity": offer.maximum, "rank": 10, "uri": path, "locale": place.locale,
        "country": place.market.code, "category": category(offer.category, place),
        "prerequisiteOffers": bases, "isAddOn": !offer.bases.is_empty(), "hasAddOns": has_addons,
        // Their sale has ended.
        "isAvailableForPurchase": false, "billing": "license", "supportedBillingCycles": ["monthly", "annual"],
        "product": {"id": seed.guid("legacy product", &[offer.number]), "name": offer.name, "unit": "Licenses"},
        "unitType": "Licenses", "isTrial": offer.is_trial, "partnerQualifications": [],
        "links": {"self": link(&path)}, "attributes": {"objectType": "Offer"}})
}

fn category(id: &str, place: &Place) -> Value {
    let rank = CATEGORIES.iter().position(|(known, _)| *known == id).unwrap_or(0);
    let name = CATEGORIES.get(rank).map_or(id, |(_, name)| name);
    json!({"id": id, "name": name, "rank": rank, "locale": place.locale, "country": place.market.code,
        "attributes": {"objectType": "OfferCategory"}})
}

/// The offer of a GUID; a product id of the new catalogue does not belong here (400/2100).
fn offer_of(seed: &Seed, text: &str) -> Result<&'static Offer, Refusal> {
    let Some(id) = guid(text) else {
        let new_kind = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b':');
        return Err(match new_kind {
            true => Refusal::new(400, 2100, "The id belongs to products and SKUs, not to offers.").with(text),
            false => Refusal::property("offerId", "a GUID"),
        });
    };
    OFFERS.iter().find(|offer| id_of(seed, offer) == id).ok_or_else(Refusal::not_found)
}

async fn list(State(sim): State<Sim>, call: Call, headers: HeaderMap) -> Answer {
    if header_text(&headers, "X-Locale").is_none() {
        return Err(Refusal::invalid("The header X-Locale is required."));
    }
    let place = Place::read(&call, &headers)?;
    let size = call.size(100, 500)?;
    let offset = match call.parameter("offset").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(offset)) => offset,
        Some(Err(_)) => return Err(Refusal::invalid("offset must be a number from 0.")),
    };
    let page = |offset: usize| format!("/v1/offers?country={}&size={size}&offset={offset}", place.market.code);
    let items: Vec<Value> = OFFERS.iter().skip(offset).take(size).map(|offer| view(&sim.seed, offer, &place)).collect();
    let next = offset.saturating_add(items.len());
    let mut body = collection(items, &page(offset), None);
    body["totalCount"] = json!(OFFERS.len());
    if next < OFFERS.len() && next > offset {
        body["links"]["next"] = link(&page(next));
    }
    ok(&body)
}

async fn read(State(sim): State<Sim>, call: Call, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    let place = Place::read(&call, &headers)?;
    ok(&view(&sim.seed, offer_of(&sim.seed, &id)?, &place))
}

async fn addons(State(sim): State<Sim>, call: Call, headers: HeaderMap, Path(id): Path<String>) -> Answer {
    let place = Place::read(&call, &headers)?;
    let base = offer_of(&sim.seed, &id)?;
    let fitting = OFFERS.iter().filter(|offer| offer.bases.contains(&base.number));
    let items = fitting.map(|offer| view(&sim.seed, offer, &place)).collect();
    let path = format!("/offers/{}/addons?country={}", id_of(&sim.seed, base), place.market.code);
    ok(&collection(items, &path, None))
}

async fn categories(call: Call, headers: HeaderMap) -> Answer {
    let place = Place::read(&call, &headers)?;
    let items = CATEGORIES.iter().map(|(id, _)| category(id, &place)).collect();
    ok(&collection(items, &format!("/offercategories?country={}", place.market.code), None))
}
