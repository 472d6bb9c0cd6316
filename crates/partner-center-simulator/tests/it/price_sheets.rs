//! Price sheets, exchange rates and the offer matrix.

use std::collections::HashMap;
use std::io::{Cursor, Read};

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::world::{GOOD_RESELLER, World, fresh};

const SHEET: &str = "/v1.0/sales/pricesheets(Market='IT',PricesheetView='updatedlicensebased')/$value";

/// Status, disposition and bytes of a file.
async fn fetch(world: &World, path: &str, encoding: &str) -> (u16, String, Vec<u8>) {
    let request = world.request(Method::GET, path).header(header::ACCEPT_ENCODING, encoding);
    let answer = request.send().await.unwrap();
    assert!(answer.headers().contains_key("request-id"), "{path}");
    assert!(!answer.headers().contains_key("ms-requestid"), "{path}");
    if answer.status() == StatusCode::OK {
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/octet-stream");
        assert!(!answer.headers().contains_key(header::CONTENT_ENCODING));
    }
    let disposition = answer.headers().get(header::CONTENT_DISPOSITION);
    let disposition = disposition.map_or("", |value| value.to_str().unwrap()).to_owned();
    (answer.status().as_u16(), disposition, answer.bytes().await.unwrap().to_vec())
}

fn rows(bytes: &[u8]) -> Vec<HashMap<String, String>> {
    csv::Reader::from_reader(bytes).deserialize().map(|row| row.unwrap()).collect()
}

async fn sheet(world: &World, path: &str) -> Vec<HashMap<String, String>> {
    let (status, _, bytes) = fetch(world, path, "identity").await;
    assert_eq!(status, 200, "{path}");
    rows(&bytes)
}

fn find<'a>(rows: &'a [HashMap<String, String>], product: &str, term: &str, plan: &str) -> &'a HashMap<String, String> {
    let fits = |row: &&HashMap<String, String>| {
        row["ProductId"] == product && row["TermDuration"] == term && row["BillingPlan"] == plan
    };
    rows.iter().find(fits).unwrap()
}

fn cents(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

#[tokio::test]
async fn a_sheet_is_a_quoted_file_with_american_dates() {
    let world = World::kind().await;
    let (status, disposition, bytes) = fetch(&world, &format!("{SHEET}?timeline=current"), "identity").await;
    assert_eq!(status, 200);
    assert!(disposition.starts_with("attachment; filename=") && disposition.ends_with(".csv"), "{disposition}");
    let text = String::from_utf8(bytes.clone()).unwrap();
    let header = "\"ProductTitle\",\"ProductId\",\"SkuId\",\"SkuTitle\",\"Publisher\",\"SkuDescription\",\
        \"UnitOfMeasure\",\"TermDuration\",\"BillingPlan\",\"Market\",\"Currency\",\"UnitPrice\",\
        \"PricingTierRangeMin\",\"PricingTierRangeMax\",\"EffectiveStartDate\",\"EffectiveEndDate\",\"Tags\",\
        \"ERP Price\",\"Segment\"";
    assert_eq!(text.lines().next().unwrap(), header);
    let rows = rows(&bytes);
    let year = find(&rows, "CFQ7LV000003", "P1Y", "Annual");
    assert_eq!((year["Market"].as_str(), year["Currency"].as_str()), ("IT", "EUR"));
    assert!(year["EffectiveStartDate"].ends_with(" 12:00:00 AM"), "{year:?}");
    assert_eq!(year["EffectiveEndDate"], "12/31/9999 11:59:59 PM");
    assert!(rows.iter().all(|row| row["ProductId"] != "CFQ7LV000017"), "not sold in Italy");
    assert!(rows.iter().all(|row| row["ProductId"] != "CFQ7LV000019"), "not sold any more");
    let segments: Vec<&str> = ["CFQ7LV000001", "CFQ7LV000008", "CFQ7LV000009"]
        .map(|id| rows.iter().find(|row| row["ProductId"] == id).unwrap()["Segment"].as_str())
        .to_vec();
    assert_eq!(segments, ["Commercial", "Education", "Nonprofit"]);
    world.stop().await;
}

#[tokio::test]
async fn a_sheet_is_packed_when_asked_and_not_too_old() {
    let world = World::kind().await;
    let (_, disposition, packed) = fetch(&world, SHEET, "gzip, deflate").await;
    assert!(disposition.ends_with(".zip"), "{disposition}");
    let mut archive = zip::ZipArchive::new(Cursor::new(packed)).unwrap();
    assert_eq!(archive.len(), 1);
    let mut entry = archive.by_index(0).unwrap();
    assert!(entry.name().unwrap().ends_with(".csv"));
    let mut inside = Vec::new();
    entry.read_to_end(&mut inside).unwrap();
    drop(entry);
    let (_, _, plain) = fetch(&world, SHEET, "gzip, deflate;q=0").await;
    assert_eq!(inside, plain);
    let (_, disposition, old) = fetch(&world, &format!("{SHEET}?timeline=history&month=202003"), "deflate").await;
    assert!(disposition.ends_with(".csv"), "{disposition}");
    assert!(old.starts_with(b"\"ProductTitle\""));
    let (_, disposition, _) = fetch(&world, &format!("{SHEET}?timeline=history&month=202004"), "deflate").await;
    assert!(disposition.ends_with(".zip"), "{disposition}");
    world.stop().await;
}

#[tokio::test]
async fn trap_43_the_sheet_is_per_term_and_the_cart_per_month() {
    let world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let rows = sheet(&world, SHEET).await;
    for (product, term, cycle, plan, bills) in [
        ("CFQ7LV000003", "P1Y", "monthly", "Monthly", 12),
        ("CFQ7LV000003", "P1Y", "annual", "Annual", 1),
        ("CFQ7LV000003", "P1M", "monthly", "Monthly", 1),
        ("CFQ7LV000004", "P3Y", "monthly", "Monthly", 36),
        ("CFQ7LV000004", "P3Y", "annual", "Annual", 3),
        ("CFQ7LV000004", "P3Y", "triennial", "Triennial", 1),
    ] {
        let (_, cart) = world.cart(&tenant, &[(product, 4, term, cycle)]).await;
        let pricing = &cart["lineItems"][0]["pricing"];
        let of = |name: &str| (pricing[name].as_f64().unwrap() * 100.0).round() as i64;
        let row = find(&rows, product, term, plan);
        assert_eq!(cents(&row["UnitPrice"]), of("price") * bills, "{term} {cycle}");
        assert_eq!(cents(&row["UnitPrice"]) * 4, of("extendedPrice"), "{term} {cycle}");
        assert!(cents(&row["ERP Price"]) > cents(&row["UnitPrice"]));
    }
    let monthly = cents(&find(&rows, "CFQ7LV000003", "P1Y", "Monthly")["UnitPrice"]);
    let annual = cents(&find(&rows, "CFQ7LV000003", "P1Y", "Annual")["UnitPrice"]);
    assert!(annual < monthly && monthly < annual * 106 / 100, "{annual} {monthly}");
    world.stop().await;
}

#[tokio::test]
async fn announced_changes_are_the_future_then_the_present() {
    let mut world = World::kind().await;
    assert_eq!(fetch(&world, &format!("{SHEET}?timeline=future"), "identity").await.0, 404, "nothing announced");
    let clock = world.control(Method::GET, "/control/clock", &json!({})).await;
    let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let next = today.last_of_month().tomorrow().unwrap();
    let change = json!({"from": next, "percent": "10", "productId": "CFQ7LV000003"});
    world.faults(json!({"catalogue": {"priceChanges": [change]}})).await;
    let price = |rows: &[HashMap<String, String>]| cents(&find(rows, "CFQ7LV000003", "P1Y", "Annual")["UnitPrice"]);
    let before = sheet(&world, SHEET).await;
    let future = sheet(&world, &format!("{SHEET}?timeline=future")).await;
    assert_eq!(price(&future), price(&before) * 110 / 100);
    let end = &find(&before, "CFQ7LV000003", "P1Y", "Annual")["EffectiveEndDate"];
    assert_eq!(*end, format!("{} 11:59:59 PM", next.yesterday().unwrap().strftime("%-m/%-d/%Y")));
    let start = &find(&future, "CFQ7LV000003", "P1Y", "Annual")["EffectiveStartDate"];
    assert_eq!(*start, format!("{} 12:00:00 AM", next.strftime("%-m/%-d/%Y")));

    world.advance("P1M").await;
    let tenant = world.tenant("albaforni").await;
    let after = sheet(&world, SHEET).await;
    assert_eq!(price(&after), price(&future));
    let (_, cart) = world.cart(&tenant, &[("CFQ7LV000003", 1, "P1Y", "annual")]).await;
    assert_eq!((cart["lineItems"][0]["pricing"]["price"].as_f64().unwrap() * 100.0).round() as i64, price(&after));
    let month = today.strftime("%Y%m");
    let past = sheet(&world, &format!("{SHEET}?timeline=history&month={month}")).await;
    assert_eq!(price(&past), price(&before));
    assert_eq!(fetch(&world, &format!("{SHEET}?timeline=future"), "identity").await.0, 404);
    world.stop().await;
}

#[tokio::test]
async fn addresses_are_read_as_odata_and_refused_as_documented() {
    let world = World::kind().await;
    let exact = sheet(&world, SHEET).await;
    for loose in [
        "/v1.0/sales/pricesheets(PricesheetView='updatedlicensebased',Market='IT')/$value",
        "/v1.0/sales/PriceSheets(%20market%20=%20'it'%20,%20pricesheetview='UpdatedLicenseBased')/$value",
        "/v1.0/sales/pricesheets%28Market%3D%27IT%27%2CPricesheetView%3D%27updatedlicensebased%27%29/%24value",
    ] {
        assert_eq!(sheet(&world, loose).await, exact, "{loose}");
    }
    let views = |view: &str| format!("/v1.0/sales/pricesheets(Market='IT',PricesheetView='{view}')/$value");
    let ended = sheet(&world, &views("licensebasedeos")).await;
    assert!(ended.iter().all(|row| row["ProductId"] == "CFQ7LV000019"));
    let extended = sheet(&world, &views("licensebasedest")).await;
    let est = find(&extended, "CFQ7LV000003", "P1M", "Monthly");
    let month = find(&exact, "CFQ7LV000003", "P1M", "Monthly");
    assert_eq!(cents(&est["UnitPrice"]), (cents(&month["UnitPrice"]) * 103 + 50) / 100);
    assert_ne!(est["SkuId"], month["SkuId"]);
    for (path, status) in [
        (views("azure_consumption"), 404),
        (views("nonsense"), 400),
        ("/v1.0/sales/pricesheets(Market='ZZ',PricesheetView='updatedlicensebased')/$value".to_owned(), 404),
        ("/v1.0/sales/pricesheets(Market='ITA',PricesheetView='updatedlicensebased')/$value".to_owned(), 400),
        ("/v1.0/sales/pricesheets(Market='IT')/$value".to_owned(), 400),
        ("/v1.0/sales/pricesheets(Market='IT',PricesheetView=updatedlicensebased)/$value".to_owned(), 400),
        ("/v1.0/sales/pricesheets(Market='IT',PricesheetView='updatedlicensebased')".to_owned(), 400),
        ("/v1.0/sales/pricesheets(%ff)/$value".to_owned(), 400),
        (format!("{SHEET}?timeline=yesterday"), 400),
        (format!("{SHEET}?timeline=history"), 400),
        (format!("{SHEET}?timeline=history&month=2026-03"), 400),
        (format!("{SHEET}?timeline=history&month=201812"), 404),
        (format!("{SHEET}?timeline=history&month=209901"), 404),
        ("/v1.0/sales/lunch(Month='202601')/$value".to_owned(), 404),
    ] {
        assert_eq!(fetch(&world, &path, "identity").await.0, status, "{path}");
    }
    world.stop().await;
}

#[tokio::test]
async fn files_need_a_user_with_the_role() {
    let world = World::kind().await;
    let app = world.token("client_credentials").await;
    let url = format!("{}{SHEET}", world.simulator.url());
    let answer = world.http.get(&url).bearer_auth(app).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], 900_329);
    assert_eq!(world.http.get(&url).send().await.unwrap().status().as_u16(), 401);
    world.faults(json!({"catalogue": {"priceRole": false}})).await;
    let (status, answer) = world.get(SHEET).await;
    assert_eq!((status, &answer["code"]), (403, &json!(900_150)));
    world.stop().await;
}

#[tokio::test]
async fn rates_and_matrix() {
    let world = World::kind().await;
    let rates = sheet(&world, "/v1.0/sales/fxrates(Month='202601')/$value").await;
    let dollar = rates.iter().find(|row| row["CurrencyCode"] == "USD").unwrap();
    assert_eq!((dollar["USDPerUnit"].parse::<f64>().unwrap(), dollar["Month"].as_str()), (1.0, "202601"));
    assert_eq!(rates.len(), 4);
    let matrix = sheet(&world, "/v1.0/sales/offermatrix( Month = '202601' )/$value").await;
    let of = |product: &str| matrix.iter().find(|row| row["ProductId"] == product).unwrap();
    assert_eq!(
        (of("CFQ7LV000001")["MaxLicenses"].as_str(), of("CFQ7LV000011")["MinLicenses"].as_str()),
        ("300", "100")
    );
    assert!(of("CFQ7LV000007")["ProductSkuPreRequisites"].contains("CFQ7LV000003:0001"));
    assert_eq!(of("CFQ7LV000004")["ProductSkuConversion"], "CFQ7LV000005:0001");
    assert_eq!(of("CFQ7LV000017")["AllowedCountries"], "US");
    assert_eq!(of("CFQ7LV000010")["AssetOwnershipLimit"], "1");
    let (_, sku) = world.get("/v1/products/CFQ7LV000001/skus/0001?country=IT").await;
    assert_eq!(sku["dynamicAttributes"]["provisioningId"], of("CFQ7LV000001")["ProvisioningId"].as_str());
    for path in ["fxrates(Month='209901')", "offermatrix(Month='201001')"] {
        assert_eq!(fetch(&world, &format!("/v1.0/sales/{path}/$value"), "identity").await.0, 404, "{path}");
    }
    assert_eq!(fetch(&world, "/v1.0/sales/fxrates(Month='2026')/$value", "identity").await.0, 400);
    world.stop().await;
}

/// What a customer may own is enforced as the matrix says.
#[tokio::test]
async fn a_trial_is_bought_once() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = format!("/v1/customers/{tenant}/products/CFQ7LV000010/skus/000T/availabilities");
    let item = world.get(&path).await.1["items"][0]["catalogItemId"].clone();
    let line = json!({"catalogItemId": item, "quantity": 25, "termDuration": "P1M", "billingCycle": "monthly",
        "participants": [{"key": "transaction_reseller", "value": GOOD_RESELLER}]});
    let body = json!({"partnerOnRecordAttestationAccepted": true, "lineItems": [line]});
    let path = format!("/v1/customers/{tenant}/carts");
    let (_, first) = world.send(Method::POST, &path, &fresh(), &body).await;
    let (_, second) = world.send(Method::POST, &path, &fresh(), &body).await;
    assert_eq!(world.checkout(&tenant, &first).await.0, 201);
    world.advance("PT3S").await;
    let (status, answer) = world.checkout(&tenant, &second).await;
    assert_eq!((status, &answer["code"]), (403, &json!(800_066)), "{answer}");
    let (_, third) = world.send(Method::POST, &path, &fresh(), &body).await;
    let error = &third["lineItems"][0]["error"];
    assert_eq!(error["errorCode"], 10_002, "{third}");
    assert_eq!(error["additionalInformation"], json!({"availableQuantity": 0, "purchasedQuantity": 1}));
    world.stop().await;
}

#[tokio::test]
async fn renewals_cost_what_the_sheet_of_their_day_says() {
    let mut world = World::kind().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 1).await;
    let start = world.get(&path).await.1["effectiveStartDate"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let start = start.to_zoned(jiff::tz::TimeZone::UTC).date();
    let month = start.first_of_month().checked_add(jiff::Span::new().months(3)).unwrap();
    let change = json!({"from": month, "percent": "50"});
    world.faults(json!({"catalogue": {"priceChanges": [change]}})).await;
    world.advance("P1Y2D").await;
    let books = world.books().await;
    let of = |kind: &str| {
        let charges = books["charges"].as_array().unwrap();
        let charge = charges.iter().rfind(|charge| charge["chargeType"] == kind).unwrap();
        cents(charge["unitPrice"].as_str().unwrap())
    };
    let now = sheet(&world, SHEET).await;
    assert_eq!(of("renew") * 12, cents(&find(&now, "CFQ7LV000001", "P1Y", "Monthly")["UnitPrice"]));
    assert_eq!(of("cycleCharge") * 3, of("renew") * 2, "the first term kept its price");
    world.stop().await;
}
