//! The price host (contract 12.5): price sheets, exchange rates and the offer matrix as files.
//!
//! On Microsoft's side another host, here the same listener. Addresses are OData function calls,
//! `pricesheets(Market='IT',PricesheetView='updatedlicensebased')/$value`, and are read by hand:
//! parameters come in any order, with blanks around them. Prices: `prices.rs`.

use std::io::{Cursor, Write};

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::catalogue::MARKETS;
use crate::countries::{COUNTRIES, Country, country};
use crate::prices::Prices;
use crate::products::{Product, TermPlan, market_factor};
use crate::sandbox;
use crate::seed::Seed;
use crate::state::{Sim, World};
use crate::wire::{Answer, Call, Refusal, date_of, folded, header_text};

/// The first month that a file was published for.
const FIRST: Date = date(2019, 1, 1);

/// Files of earlier months are never compressed.
const COMPRESSED_FROM: Date = date(2020, 4, 1);

const SHEET_COLUMNS: [&str; 19] = [
    "ProductTitle",
    "ProductId",
    "SkuId",
    "SkuTitle",
    "Publisher",
    "SkuDescription",
    "UnitOfMeasure",
    "TermDuration",
    "BillingPlan",
    "Market",
    "Currency",
    "UnitPrice",
    "PricingTierRangeMin",
    "PricingTierRangeMax",
    "EffectiveStartDate",
    "EffectiveEndDate",
    "Tags",
    "ERP Price",
    "Segment",
];

const MATRIX_COLUMNS: [&str; 15] = [
    "ProductTitle",
    "ProductId",
    "SkuId",
    "SkuTitle",
    "Segment",
    "TermDuration",
    "BillingPlan",
    "MinLicenses",
    "MaxLicenses",
    "AssetOwnershipLimit",
    "AssetOwnershipLimitType",
    "ProductSkuPreRequisites",
    "ProductSkuConversion",
    "AllowedCountries",
    "ProvisioningId",
];

pub(crate) fn routes() -> Router<Sim> {
    Router::new().route("/v1.0/sales/{*function}", get(file))
}

/// A called OData function: its name and its arguments, as written.
#[derive(Debug, PartialEq)]
struct Function {
    name: String,
    arguments: Vec<(String, String)>,
}

impl Function {
    /// Reads `name(A='x', B = 'y')/$value`; a quote inside a value is doubled.
    fn read(text: &str) -> Option<Self> {
        let (name, rest) = text.split_once('(')?;
        let name = name.trim();
        let mut arguments = Vec::new();
        let mut rest = rest.trim_start();
        loop {
            let (key, after) = rest.split_once('=')?;
            let (value, after) = quoted(after.trim_start())?;
            let key = key.trim().to_owned();
            let twice = arguments.iter().any(|(known, _): &(String, String)| known.eq_ignore_ascii_case(&key));
            if twice || !key.bytes().all(|b| b.is_ascii_alphanumeric()) || arguments.len() >= 8 {
                return None;
            }
            arguments.push((key, value));
            rest = after.trim_start();
            if let Some(next) = rest.strip_prefix(',') {
                rest = next.trim_start();
            } else {
                rest = rest.strip_prefix(')')?;
                break;
            }
        }
        let raw = rest.trim().trim_end_matches('/').eq_ignore_ascii_case("/$value");
        (raw && !name.is_empty()).then(|| Self { name: name.to_lowercase(), arguments })
    }

    /// Exactly these arguments, in this order.
    fn take<const N: usize>(&self, names: [&str; N]) -> Result<[&str; N], Refusal> {
        let unknown = self.arguments.iter().find(|(key, _)| !names.iter().any(|name| name.eq_ignore_ascii_case(key)));
        if let Some((key, _)) = unknown {
            return Err(bad(&format!("{key} is no parameter of {}.", self.name)));
        }
        let mut values = [""; N];
        for (value, name) in values.iter_mut().zip(names) {
            let found = self.arguments.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            *value = found.map(|(_, value)| value.trim()).ok_or_else(|| bad(&format!("{name} is missing.")))?;
        }
        Ok(values)
    }
}

/// A quoted text at the start, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('\'')?;
    let mut value = String::new();
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        match after.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return Some((value, after)),
        }
    }
}

fn bad(text: &str) -> Refusal {
    Refusal::new(400, 400_056, text)
}

fn no_file() -> Refusal {
    Refusal::new(404, 1000, "There is no such file for this market, view and month.")
}

/// `YYYYMM` as the first day of the month.
fn month_of(text: &str) -> Result<Date, Refusal> {
    let digits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    let parts = digits.then(|| text.split_at(4));
    let parts = parts.and_then(|(year, month)| Some((year.parse().ok()?, month.parse().ok()?)));
    parts
        .and_then(|(year, month)| Date::new(year, month, 1).ok())
        .ok_or_else(|| bad("A month is written YYYYMM, like 202603."))
}

fn this_month(now: Timestamp) -> Date {
    date_of(now).first_of_month()
}

/// A file that was or is published.
fn published(month: Date, now: Timestamp) -> Result<Date, Refusal> {
    if (FIRST..=this_month(now)).contains(&month) { Ok(month) } else { Err(no_file()) }
}

async fn file(
    State(sim): State<Sim>,
    call: Call,
    headers: HeaderMap,
    path: Result<Path<String>, PathRejection>,
) -> Answer {
    call.needs_user()?;
    let Path(path) = path.map_err(|_| bad("The address is not readable."))?;
    let compress = accepts_deflate(&headers);
    sim.read(|world, now| {
        if !world.switches().catalogue.price_role {
            return Err(Refusal::new(403, 900_150, "The user's role has no right to this operation."));
        }
        let name = path.split('(').next().unwrap_or("").trim().to_lowercase();
        if !matches!(name.as_str(), "pricesheets" | "fxrates" | "offermatrix") {
            return Err(Refusal::not_found());
        }
        let function = Function::read(&path).ok_or_else(|| bad("The address is not a function call with /$value."))?;
        let (month, rows, stem) = match name.as_str() {
            "pricesheets" => sheet(world, &sim.seed, &call, &function, now)?,
            "fxrates" => {
                let [month] = function.take(["Month"])?;
                let month = published(month_of(month)?, now)?;
                (month, rates(month), "fxrates".to_owned())
            }
            _ => {
                let [month] = function.take(["Month"])?;
                let month = published(month_of(month)?, now)?;
                (month, matrix(world, &sim.seed), "offermatrix".to_owned())
            }
        };
        let stem = format!("{stem}_{}", month.strftime("%Y%m"));
        attachment(&stem, csv_of(&rows)?, compress && month >= COMPRESSED_FROM)
    })
}

fn accepts_deflate(headers: &HeaderMap) -> bool {
    let accepted = header_text(headers, header::ACCEPT_ENCODING.as_str()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let refused = matches!(weight.trim().trim_start_matches("q="), "0" | "0.0" | "0.00" | "0.000");
        name.trim().eq_ignore_ascii_case("deflate") && !refused
    })
}

type Rows = Vec<Vec<String>>;

/// Header and rows, every value in quotes.
fn csv_of(rows: &Rows) -> Result<Vec<u8>, Refusal> {
    let mut writer = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).map_err(|_| Refusal::unexpected())?;
    }
    writer.into_inner().map_err(|_| Refusal::unexpected())
}

/// The file, plain or in an archive of its own: what `deflate` means at the price host.
fn attachment(stem: &str, csv: Vec<u8>, compress: bool) -> Answer {
    let (bytes, name) = if compress {
        (zipped(&format!("{stem}.csv"), &csv).ok_or_else(Refusal::unexpected)?, format!("{stem}.zip"))
    } else {
        (csv, format!("{stem}.csv"))
    };
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    let disposition = HeaderValue::from_str(&format!("attachment; filename={name}"));
    headers.insert(header::CONTENT_DISPOSITION, disposition.map_err(|_| Refusal::unexpected())?);
    Ok(response)
}

fn zipped(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, SimpleFileOptions::default()).ok()?;
    archive.write_all(bytes).ok()?;
    Some(archive.finish().ok()?.into_inner())
}

/// The price sheet that is asked for: its month, its rows, the stem of its name.
fn sheet(
    world: &World,
    seed: &Seed,
    call: &Call,
    function: &Function,
    now: Timestamp,
) -> Result<(Date, Rows, String), Refusal> {
    let [market, view] = function.take(["Market", "PricesheetView"])?;
    if market.len() != 2 || !market.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Err(bad("Market must be two letters."));
    }
    let view = folded(view);
    let month = sheet_month(world, call, now)?;
    let market = country(market).filter(|market| MARKETS.contains(&market.code)).ok_or_else(no_file)?;
    let sold = |product: &&Product| product.is_sold_in(market.code) && sandbox::has_segment(world, &product.segment);
    let products = world.products.values().filter(sold);
    let prices = world.switches().catalogue.prices();
    let rows: Rows = match view.as_str() {
        "updatedlicensebased" => products
            .filter(|product| product.is_purchasable)
            .flat_map(|product| term_rows(prices, product, market, month))
            .collect(),
        "licensebasedeos" => products
            .filter(|product| !product.is_purchasable)
            .flat_map(|product| term_rows(prices, product, market, month))
            .collect(),
        "licensebasedest" => products
            .filter(|product| product.is_purchasable && !product.is_trial)
            .map(|product| extended_row(prices, seed, product, market, month))
            .collect(),
        // Nothing of these kinds is sold here.
        "azureconsumption" | "azurereservations" | "software" | "marketplace" => return Err(no_file()),
        _ => return Err(bad("PricesheetView is unknown.")),
    };
    if rows.is_empty() {
        return Err(no_file());
    }
    let mut sheet = vec![SHEET_COLUMNS.map(str::to_owned).to_vec()];
    sheet.extend(rows);
    Ok((month, sheet, format!("{}_{view}", market.code)))
}

/// The month that timeline and month name.
fn sheet_month(world: &World, call: &Call, now: Timestamp) -> Result<Date, Refusal> {
    let month = call.parameter("month").map(month_of).transpose()?;
    let current = this_month(now);
    match call.parameter("timeline").map(folded).as_deref() {
        None | Some("current") => Ok(current),
        Some("history") => published(month.ok_or_else(|| bad("month is required with history."))?, now),
        Some("future") => {
            let announced = world.switches().catalogue.prices().next_of_all(current);
            let first = announced.ok_or_else(no_file)?;
            let month = month.unwrap_or(first);
            if month >= first { Ok(month) } else { Err(no_file()) }
        }
        Some(_) => Err(bad("timeline must be current, history or future.")),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn term_rows(prices: Prices<'_>, product: &Product, market: &Country, month: Date) -> Vec<Vec<String>> {
    let rows = product.terms.iter();
    rows.map(|plan| {
        let price = prices.of_term(product, plan, market, month);
        row(prices, product, &product.sku_id, plan, market, month, price)
    })
    .collect()
}

/// The extended service term: a month at the monthly rate and 3 percent, or, where there is no
/// monthly plan, at the annual rate and 23 percent (contract 15.9). It has a SKU id of its own.
fn extended_row(prices: Prices<'_>, seed: &Seed, product: &Product, market: &Country, month: Date) -> Vec<String> {
    let price = match product.plan("P1M", "monthly") {
        Some(plan) => prices.of_term(product, plan, market, month) * Decimal::new(103, 2),
        None => {
            let annual = TermPlan { duration: "P1Y".to_owned(), billing_cycle: "annual".to_owned() };
            prices.of_term(product, &annual, market, month) / Decimal::from(12) * Decimal::new(123, 2)
        }
    };
    let sku = format!("E{}", seed.letters("extended term", &[&product.key()], 3));
    let plan = TermPlan { duration: "P1M".to_owned(), billing_cycle: "monthly".to_owned() };
    row(prices, product, &sku, &plan, market, month, price.round_dp(2))
}

fn row(
    prices: Prices<'_>,
    product: &Product,
    sku: &str,
    plan: &TermPlan,
    market: &Country,
    month: Date,
    price: Decimal,
) -> Vec<String> {
    let since = prices.in_force_since(product, month).unwrap_or(month);
    let until = prices.next_change(product, month).and_then(|change| change.yesterday().ok());
    // The suggested end price leaves the reseller a fifth of it.
    let suggested = (price * Decimal::new(125, 2)).round_dp(2);
    let description = product.description.as_ref().unwrap_or(&product.title);
    vec![
        product.title.clone(),
        product.product_id.clone(),
        sku.to_owned(),
        product.title.clone(),
        "Microsoft Corporation".to_owned(),
        description.clone(),
        "License".to_owned(),
        plan.duration.clone(),
        capitalised(&plan.billing_cycle),
        market.code.to_owned(),
        market.currency.to_owned(),
        format!("{price:.2}"),
        String::new(),
        String::new(),
        format!("{} 12:00:00 AM", us_date(since)),
        format!("{} 11:59:59 PM", us_date(until.unwrap_or(Date::MAX))),
        if product.is_trial { "Trial".to_owned() } else { String::new() },
        format!("{suggested:.2}"),
        capitalised(&product.segment),
    ]
}

fn us_date(date: Date) -> String {
    format!("{}/{}/{}", date.month(), date.day(), date.year())
}

/// Units of a currency in US dollars; fits the factors between the markets' prices.
fn rates(month: Date) -> Rows {
    let mut rows = vec![["CurrencyCode", "USDPerUnit", "Month"].map(str::to_owned).to_vec()];
    let mut currencies: Vec<&str> = COUNTRIES.iter().map(|country| country.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    for currency in currencies {
        let rate = (Decimal::new(108, 2) / market_factor(currency)).round_dp(6);
        rows.push(vec![currency.to_owned(), rate.to_string(), month.strftime("%Y%m").to_string()]);
    }
    rows
}

/// Limits and rules of everything that is sold.
fn matrix(world: &World, seed: &Seed) -> Rows {
    let mut rows = vec![MATRIX_COLUMNS.map(str::to_owned).to_vec()];
    let sold = |product: &&Product| product.is_purchasable && sandbox::has_segment(world, &product.segment);
    for product in world.products.values().filter(sold) {
        let key = product.key();
        let markets = match product.markets.is_empty() {
            true => MARKETS.join(";"),
            false => product.markets.join(";"),
        };
        let limit = product.ownership_limit.map(|limit| limit.to_string());
        for plan in &product.terms {
            rows.push(vec![
                product.title.clone(),
                product.product_id.clone(),
                product.sku_id.clone(),
                product.title.clone(),
                capitalised(&product.segment),
                plan.duration.clone(),
                capitalised(&plan.billing_cycle),
                product.minimum_quantity.to_string(),
                product.maximum_quantity.to_string(),
                limit.clone().unwrap_or_default(),
                limit.as_ref().map_or("", |_| "Subscriptions").to_owned(),
                product.prerequisite_skus.join(";"),
                product.upgrade_targets.join(";"),
                markets.clone(),
                seed.guid("provisioning", &[&key]),
            ]);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_functions_in_any_shape() {
        let wanted = [("Market", "IT"), ("PricesheetView", "updatedlicensebased")];
        let function = Function::read("pricesheets(Market='IT',PricesheetView='updatedlicensebased')/$value").unwrap();
        assert_eq!(function.take(["Market", "PricesheetView"]).unwrap(), wanted.map(|(_, value)| value));
        let loose = "PriceSheets( pricesheetview = 'updatedlicensebased' , MARKET='IT' )/$VALUE";
        let loose = Function::read(loose).unwrap();
        assert_eq!(loose.take(["Market", "PricesheetView"]).unwrap(), wanted.map(|(_, value)| value));
        assert_eq!(Function::read("f(A='x''y')/$value").unwrap().arguments, [("A".to_owned(), "x'y".to_owned())]);
        for bad in
            ["f", "f()/$value", "f(A=x)/$value", "f(A='x'", "f(A='x')", "f(A='x',A='y')/$value", "(A='x')/$value"]
        {
            assert_eq!(Function::read(bad), None, "{bad}");
        }
        assert!(loose.take(["Market"]).is_err());
    }

    #[test]
    fn months_and_dates() {
        assert_eq!(month_of("202603").unwrap(), date(2026, 3, 1));
        for bad in ["2026-03", "202613", "26031", "", "２０２６"] {
            assert!(month_of(bad).is_err(), "{bad}");
        }
        assert_eq!(us_date(Date::MAX), "12/31/9999");
    }

    proptest! {
        #[test]
        fn no_address_is_too_odd(text in ".{0,80}") {
            let _ = Function::read(&text);
            let _ = month_of(&text);
        }
    }
}
