//! Invoices and their lines, by both paths and by export: what is charged adds up everywhere.

use std::io::Read;

use flate2::read::GzDecoder;
use partner_center_simulator::{Clock, Options};
use reqwest::Method;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value, json};

use crate::faults::StateFile;
use crate::receiver::Receiver;
use crate::world::{World, fresh, id};

const GRAPH: &str = "/v1.0/reports/partners/billing";

async fn in_march() -> World {
    let clock = Clock::starting_at("2026-03-10T09:00:00Z".parse().unwrap());
    World::with(Options { clock, ..Options::default() }).await
}

/// A tenant of another country.
async fn tenant_abroad(world: &World, prefix: &str, address: Value, (language, culture): (&str, &str)) -> String {
    let mut body = world.customer_body(prefix).await;
    let profile = &mut body["billingProfile"];
    profile["language"] = json!(language);
    profile["culture"] = json!(culture);
    profile["companyName"] = json!("Northgate Bakery Ltd");
    let home = profile["defaultAddress"].as_object_mut().unwrap();
    home.remove("state");
    home.extend(address.as_object().unwrap().clone());
    let (status, customer) = world.send(Method::POST, "/v1/customers", &id(prefix), &body).await;
    assert_eq!(status, 201, "{customer}");
    let tenant = customer["id"].as_str().unwrap().to_owned();
    world.agree(&tenant).await;
    tenant
}

async fn british(world: &World, prefix: &str) -> String {
    let address = json!({"country": "GB", "city": "London", "postalCode": "SW1A 1AA", "addressLine1": "1 Mill Lane"});
    tenant_abroad(world, prefix, address, ("en", "en-GB")).await
}

async fn set_seats(world: &World, path: &str, seats: i64) {
    let (_, mut subscription) = world.get(path).await;
    subscription["quantity"] = json!(seats);
    let (status, answer) = world.send(Method::PATCH, path, &fresh(), &subscription).await;
    assert_eq!(status, 200, "{answer}");
}

/// Every page of a list, following the next links as they are.
async fn pages(world: &World, path: &str) -> Vec<Value> {
    let (mut items, mut uri, mut token) = (Vec::new(), path.to_owned(), None::<String>);
    for _ in 0..500 {
        let mut request = world.request(Method::GET, &uri);
        if let Some(token) = &token {
            request = request.header("MS-ContinuationToken", token);
        }
        let (status, page) = crate::world::read(request.send().await.unwrap()).await;
        assert_eq!(status, 200, "{page}");
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["links"].get("next") else {
            assert!(page.get("continuationToken").is_none());
            return items;
        };
        uri = format!("/v1{}", next["uri"].as_str().unwrap());
        assert!(uri.contains("seekOperation=Next"));
        token = Some(next["headers"][0]["value"].as_str().unwrap().to_owned());
        assert_eq!(page["continuationToken"], token.as_deref().unwrap());
    }
    panic!("the list never ended");
}

fn billed_path(invoice: &str) -> String {
    format!("/v1/invoices/{invoice}/lineitems?provider=onetime&invoicelineitemtype=billinglineitems&size=2000")
}

fn unbilled_path(currency: &str, period: &str) -> String {
    format!(
        "/v1/invoices/unbilled/lineitems?provider=onetime&invoicelineitemtype=billinglineitems&currencycode={currency}&period={period}&size=2000"
    )
}

fn decimal(value: &Value) -> Decimal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().unwrap_or_else(|_| panic!("{value} is no number"))
}

fn sum(lines: &[Value], member: &str) -> Decimal {
    lines.iter().map(|line| decimal(&line[member])).sum()
}

async fn invoices(world: &World) -> Vec<Value> {
    let (status, list) = world.get("/v1/invoices?size=1&offset=7").await;
    assert_eq!(status, 200, "{list}");
    let items = list["items"].as_array().unwrap().clone();
    assert_eq!(list["totalCount"], items.len(), "size and offset are ignored");
    items
}

#[tokio::test]
async fn trap_42_the_onetime_lines_hold_the_recurring_seats() {
    let mut world = in_march().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 5).await;
    world.advance("P1M").await;
    let lines = pages(&world, &unbilled_path("eur", "current")).await;
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(
        (&line["chargeType"], &line["quantity"], &line["billableQuantity"]),
        (&json!("cycleCharge"), &json!("5"), &json!("5"))
    );
    assert_eq!((&line["invoiceNumber"], &line["resellerMpnId"]), (&json!(""), &json!("6100001")));
    assert_eq!(line["termAndBillingCycle"], "One-Year commitment for monthly billing");
    assert_eq!(line["attributes"]["objectType"], "OneTimeInvoiceLineItem");
    assert!(path.ends_with(line["subscriptionId"].as_str().unwrap()));
    for amount in ["unitPrice", "effectiveUnitPrice", "subtotal", "taxTotal", "totalForCustomer", "pcToBCExchangeRate"]
    {
        assert!(line[amount].is_string(), "{amount}");
    }
    for (provider, kind, count) in [
        ("OneTime", "BillingLineItems", 1),
        ("all", "billinglineitems", 1),
        ("office", "billinglineitems", 0),
        ("marketplace", "usagelineitems", 0),
        ("onetime", "usagelineitems", 0),
    ] {
        let path = format!(
            "/v1/invoices/unbilled/lineitems?provider={provider}&invoicelineitemtype={kind}&currencycode=EUR&period=Current"
        );
        assert_eq!(pages(&world, &path).await.len(), count, "{provider} {kind}");
    }
    assert_eq!(pages(&world, &unbilled_path("GBP", "current")).await, Vec::<Value>::new());
    for bad in [
        "provider=onetime&currencycode=EUR&period=current",
        "invoicelineitemtype=billinglineitems&currencycode=EUR&period=current",
        "provider=onetime&invoicelineitemtype=billinglineitems&period=current",
        "provider=onetime&invoicelineitemtype=billinglineitems&currencycode=XXX&period=current",
        "provider=onetime&invoicelineitemtype=billinglineitems&currencycode=EUR",
        "provider=onetime&invoicelineitemtype=billinglineitems&currencycode=EUR&period=next",
        "provider=mine&invoicelineitemtype=billinglineitems&currencycode=EUR&period=current",
        "provider=onetime&invoicelineitemtype=none&currencycode=EUR&period=current",
        "provider=onetime&invoicelineitemtype=billinglineitems&currencycode=EUR&period=current&size=2001",
        "provider=onetime&invoicelineitemtype=billinglineitems&currencycode=EUR&period=current&seekOperation=Next",
        "provider=onetime&invoicelineitemtype=billinglineitems&currencycode=EUR&period=current&seekOperation=Last",
    ] {
        let (status, answer) = world.get(&format!("/v1/invoices/unbilled/lineitems?{bad}")).await;
        assert_eq!(status, 400, "{bad}: {answer}");
    }
    world.stop().await;
}

#[tokio::test]
async fn an_invoice_appears_on_day_six_to_eight_and_is_the_sum_of_its_lines() {
    let mut world = in_march().await;
    let mut receiver = Receiver::start().await;
    let body = json!({"WebhookUrl": receiver.url, "WebhookEvents": ["invoice-ready", "subscription-updated"]});
    assert_eq!(world.send(Method::POST, "/webhooks/v1/registration", &fresh(), &body).await.0, 200);
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 7).await;
    let provisioned = receiver.next().await.body;
    assert_eq!(provisioned["EventName"], "subscription-updated");
    assert!(provisioned["ResourceUri"].as_str().unwrap().ends_with(path.strip_prefix("/v1").unwrap()));
    world.advance("P2D").await;
    set_seats(&world, &path, 11).await;
    assert_eq!(receiver.next().await.body["EventName"], "subscription-updated", "our own changes, too");
    world.bought(&tenant, "CFQ7LV000003", 3).await;
    receiver.next().await;
    let british = british(&world, "northgate").await;
    world.bought(&british, "CFQ7LV000001", 2).await;
    receiver.next().await;
    let march: Vec<Value> =
        [pages(&world, &unbilled_path("EUR", "current")).await, pages(&world, &unbilled_path("GBP", "current")).await]
            .concat();
    assert_eq!(march.len(), 5);
    world.advance("P24D").await; // 5 April
    assert_eq!(invoices(&world).await, Vec::<Value>::new());
    assert!(receiver.is_quiet());
    assert_eq!(pages(&world, &unbilled_path("EUR", "current")).await, Vec::<Value>::new());
    let open = pages(&world, &unbilled_path("EUR", "previous")).await;
    assert_eq!(open, march[..4]);
    world.advance("P4D").await; // 9 April
    let made = invoices(&world).await;
    assert_eq!(made.len(), 2, "one per currency");
    assert_eq!(pages(&world, &unbilled_path("EUR", "previous")).await, Vec::<Value>::new(), "billed is not unbilled");
    for invoice in &made {
        let id = invoice["id"].as_str().unwrap();
        assert!(id.len() == 10 && id.starts_with('G'), "{id}");
        let date = invoice["invoiceDate"].as_str().unwrap();
        assert!(("2026-04-06".."2026-04-09").contains(&&date[..10]), "{date}");
        assert_eq!(invoice["billingPeriodStartDate"], "2026-03-01T00:00:00Z");
        assert_eq!(invoice["billingPeriodEndDate"], "2026-03-31T00:00:00Z");
        assert_eq!((&invoice["documentType"], &invoice["invoiceType"]), (&json!("invoice"), &json!("Recurring")));
        let link = invoice["invoiceDetails"][0]["links"]["self"]["uri"].as_str().unwrap();
        let lines = pages(&world, &format!("/v1{link}")).await;
        assert_eq!(sum(&lines, "totalForCustomer"), decimal(&invoice["totalCharges"]));
        assert!(lines.iter().all(|line| line["invoiceNumber"] == id && line["currency"] == invoice["currencyCode"]));
        let event = receiver.next().await.body;
        assert_eq!(event["EventName"], "invoice-ready");
        assert_eq!(event["ResourceName"], "invoice");
        assert!(event["AuditUri"].as_str().unwrap().contains("/auditactivity/v1/auditrecords/"));
    }
    let eur = made.iter().find(|invoice| invoice["currencyCode"] == "EUR").unwrap();
    let billed = pages(&world, &billed_path(eur["id"].as_str().unwrap())).await;
    let strip = |lines: &[Value]| -> Vec<Value> {
        let mut lines = lines.to_vec();
        lines.iter_mut().for_each(|line| line["invoiceNumber"] = json!(""));
        lines
    };
    assert_eq!(strip(&billed), open, "billing changes the invoice number and nothing else");
    let (_, audit) =
        world.get("/v1/auditrecords?filter=%7B%22Field%22%3A%22ResourceType%22%2C%22Value%22%3A%22invoice%22%7D").await;
    let operations: Vec<&Value> = audit["items"].as_array().unwrap().iter().map(|r| &r["operationType"]).collect();
    assert_eq!(operations, ["ready_invoice", "ready_invoice"]);
    world.stop().await;
}

#[tokio::test]
async fn a_change_of_seats_is_a_credit_and_a_charge() {
    let mut world = in_march().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 10).await;
    world.advance("P3D").await;
    set_seats(&world, &path, 14).await;
    world.advance("P1D").await;
    set_seats(&world, &path, 12).await;
    let lines = pages(&world, &unbilled_path("EUR", "current")).await;
    let seen: Vec<(&str, i64)> = lines
        .iter()
        .map(|line| (line["chargeType"].as_str().unwrap(), line["billableQuantity"].as_str().unwrap().parse().unwrap()))
        .collect();
    let expected =
        [("new", 10), ("addQuantity", -10), ("addQuantity", 14), ("removeQuantity", -14), ("removeQuantity", 12)];
    assert_eq!(seen, expected);
    assert_eq!(lines[1]["chargeStartDate"], lines[2]["chargeStartDate"], "on the same day");
    for day in ["2026-03-10", "2026-03-13", "2026-03-14"] {
        let seats: i64 = lines
            .iter()
            .filter(|line| &line["chargeStartDate"].as_str().unwrap()[..10] <= day)
            .map(|line| line["billableQuantity"].as_str().unwrap().parse::<i64>().unwrap())
            .sum();
        assert_eq!(
            seats,
            match day {
                "2026-03-10" => 10,
                "2026-03-13" => 14,
                _ => 12,
            },
            "{day}"
        );
    }
    world.stop().await;
}

#[tokio::test]
async fn trap_44_unit_prices_are_rounded_down_before_they_are_multiplied() {
    let mut world = in_march().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000003", 17).await;
    world.advance("P5D").await;
    set_seats(&world, &path, 230).await;
    let lines = pages(&world, &unbilled_path("EUR", "current")).await;
    let mut per_line_differs = false;
    for line in &lines {
        let (price, rate) = (decimal(&line["effectiveUnitPrice"]), decimal(&line["pcToBCExchangeRate"]));
        let quantity = decimal(&line["billableQuantity"]);
        let down = |amount: Decimal| amount.round_dp_with_strategy(2, RoundingStrategy::ToZero);
        assert_eq!(decimal(&line["subtotal"]), down(price * rate) * quantity, "{line}");
        assert_eq!(decimal(&line["totalForCustomer"]), decimal(&line["subtotal"]) + decimal(&line["taxTotal"]));
        let tax = decimal(&line["subtotal"]) * Decimal::new(22, 2);
        assert!((decimal(&line["taxTotal"]) - tax).abs() <= Decimal::new(5, 3), "Italy: 22 percent");
        per_line_differs |= down(price * rate * quantity) != decimal(&line["subtotal"]);
    }
    assert!(per_line_differs, "the two ways of rounding are told apart by these lines");
    world.stop().await;
}

#[tokio::test]
async fn both_forms_of_the_path_page_through_the_same_lines() {
    let mut world = in_march().await;
    for name in ["albaforni", "borgovini", "campolatte"] {
        let tenant = world.tenant(name).await;
        let path = world.bought(&tenant, "CFQ7LV000001", 4).await;
        set_seats(&world, &path, 6).await;
    }
    world.advance("P31D").await;
    let id = invoices(&world).await[0]["id"].as_str().unwrap().to_lowercase();
    let whole = pages(&world, &billed_path(&id)).await;
    assert_eq!(whole.len(), 9);
    for size in [1, 2, 4, 9] {
        let new =
            format!("/v1/invoices/{id}/lineitems?provider=onetime&invoicelineitemtype=billinglineitems&size={size}");
        let old = format!("/v1/invoices/{id}/lineitems/OneTime/BillingLineItems?size={size}");
        assert_eq!(pages(&world, &new).await, whole);
        assert_eq!(pages(&world, &old).await, whole);
    }
    let old = "/v1/invoices/unbilled/lineitems/OneTime/BillingLineItems?currencycode=EUR&period=current&size=2";
    assert_eq!(pages(&world, old).await, pages(&world, &unbilled_path("EUR", "current")).await);
    let (_, page) = world.get(&format!("/v1/invoices/{id}/lineitems/onetime/billinglineitems?size=2")).await;
    assert_eq!(page["totalCount"], 2, "of the page");
    let token = page["continuationToken"].as_str().unwrap();
    let foreign = world.request(Method::GET, &format!("{}&seekOperation=Next", unbilled_path("EUR", "current")));
    assert_eq!(foreign.header("MS-ContinuationToken", token).send().await.unwrap().status().as_u16(), 400);
    let forged = world.request(Method::GET, &billed_path(&id)).header("MS-ContinuationToken", "e30");
    assert_eq!(forged.send().await.unwrap().status().as_u16(), 400);
    assert_eq!(world.get(&billed_path("G000000000")).await.0, 404);
    world.stop().await;
}

#[tokio::test]
async fn invoices_are_filtered_summed_up_paid_and_printed() {
    let mut world = in_march().await;
    let tenant = world.tenant("albaforni").await;
    world.bought(&tenant, "CFQ7LV000001", 4).await;
    let (_, empty) = world.get("/v1/invoices/summary").await;
    assert_eq!((&empty["currencyCode"], decimal(&empty["balanceAmount"])), (&json!("EUR"), Decimal::ZERO));
    world.advance("P31D").await;
    world.advance("P29D").await; // 9 May
    let made = invoices(&world).await;
    assert_eq!(made.len(), 2);
    let (older, newer) = (&made[0], &made[1]);
    assert!(older["id"].as_str() < newer["id"].as_str());
    assert_eq!((&older["status"], &newer["status"]), (&json!("paid"), &json!("unpaid")));
    assert_eq!(decimal(&older["paidAmount"]), -decimal(&older["totalCharges"]));
    let (_, summary) = world.get("/v1/invoices/summary").await;
    assert_eq!(decimal(&summary["balanceAmount"]), decimal(&newer["totalCharges"]));
    assert_eq!(summary["lastPaymentAmount"], older["totalCharges"]);
    assert_eq!(summary["latestInvoiceDate"], newer["invoiceDate"]);
    let (_, summaries) = world.get("/v1/invoices/summaries").await;
    assert_eq!(summaries["items"][0]["details"][0]["summary"]["balanceAmount"], summary["balanceAmount"]);
    let filter =
        "%7B%22Field%22%3A%22InvoiceDate%22%2C%22Value%22%3A%222026-05-01%22%2C%22Operator%22%3A%22greater_than%22%7D";
    let (_, found) = world.get(&format!("/v1/invoices?filter={filter}")).await;
    assert_eq!((&found["totalCount"], &found["items"][0]["id"]), (&json!(1), &newer["id"]));
    assert_eq!(world.get("/v1/invoices?filter=nonsense").await.0, 400);
    let (_, links) = world.get("/v1/invoices/estimates/links?currencycode=EUR").await;
    let open = links["items"].as_array().unwrap();
    let open = open.iter().find(|item| item["type"] == "non_consumption" && item["period"] == "Current").unwrap();
    let link = format!("/v1{}", open["link"]["uri"].as_str().unwrap());
    assert_eq!(pages(&world, &link).await, pages(&world, &unbilled_path("EUR", "current")).await);

    let path = format!("/v1/invoices/{}", newer["id"].as_str().unwrap());
    let (status, whole) = world.get(&path).await;
    assert_eq!(status, 200);
    assert!(newer.get("pdfDownloadLink").is_none());
    let link = whole["pdfDownloadLink"].as_str().unwrap().to_owned();
    let pdf = world.http.get(&link).send().await.unwrap();
    assert_eq!(pdf.headers()["content-type"], "application/pdf");
    let pdf = pdf.bytes().await.unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    let text = String::from_utf8_lossy(&pdf).into_owned();
    assert!(text.contains("Alba Forni Srl") && text.contains("DO NOT PAY"));
    assert!(text.contains(newer["totalCharges"].to_string().as_str()), "the total is printed");
    let statement = world.request(Method::GET, &format!("{path}/documents/statement")).send().await.unwrap();
    assert_eq!(statement.bytes().await.unwrap(), pdf);
    let forged = world.http.get(link.replace("sig=", "sig=0")).send().await.unwrap();
    assert_eq!(forged.status().as_u16(), 403);
    let other = link.replace(newer["id"].as_str().unwrap(), older["id"].as_str().unwrap());
    assert_eq!(world.http.get(other).send().await.unwrap().status().as_u16(), 403);
    world.advance("PT29M").await;
    assert_eq!(world.http.get(&link).send().await.unwrap().status().as_u16(), 200);
    world.advance("PT2M").await;
    assert_eq!(world.http.get(&link).send().await.unwrap().status().as_u16(), 410, "valid for half an hour");

    assert_eq!(world.get("/v1/invoices/G000000000").await.0, 404);
    assert_eq!(world.get("/v1/invoices/G000000000/documents/statement").await.0, 404);
    world.user = world.token("client_credentials").await;
    for path in [path.clone(), format!("{path}/documents/statement")] {
        let (status, answer) = world.get(&path).await;
        assert_eq!((status, &answer["code"]), (403, &json!(900_329)), "{path}");
    }
    assert_eq!(world.get("/v1/invoices").await.0, 200, "the list takes both kinds of tokens");
    world.stop().await;
}

#[tokio::test]
async fn credits_and_void_notes_show_up_as_lines() {
    let mut world = in_march().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000001", 4).await;
    let subscription = path.rsplit('/').next().unwrap();
    let credit =
        json!({"customerId": tenant, "subscriptionId": subscription, "amount": "12.50", "reason": "Migration"});
    world.control(Method::POST, "/control/billing/credits", &credit).await;
    let lines = pages(&world, &unbilled_path("EUR", "current")).await;
    assert_eq!(lines.len(), 2);
    assert_eq!(
        (&lines[1]["chargeType"], &lines[1]["creditReasonCode"]),
        (&json!("customerCredit"), &json!("Migration"))
    );
    assert_eq!(decimal(&lines[1]["subtotal"]), Decimal::new(-1250, 2));
    assert_eq!(lines[1]["subscriptionId"], subscription);
    world.advance("P31D").await;
    let invoice = invoices(&world).await.remove(0);
    let id = invoice["id"].as_str().unwrap();
    let billed = pages(&world, &format!("/v1/invoices/{id}/lineitems/onetime/billinglineitems?size=1")).await;
    assert_eq!(sum(&billed, "totalForCustomer"), decimal(&invoice["totalCharges"]));
    let note = world.control(Method::POST, "/control/billing/void", &json!({"invoiceId": id})).await;
    let note = note["id"].as_str().unwrap();
    let (_, view) = world.get(&format!("/v1/invoices/{note}")).await;
    assert_eq!((&view["documentType"], &view["amendsOf"]), (&json!("void_note"), &json!(id)));
    assert_eq!(decimal(&view["totalCharges"]), -decimal(&invoice["totalCharges"]));
    let taken_back = pages(&world, &billed_path(note)).await;
    assert_eq!(sum(&taken_back, "totalForCustomer"), decimal(&view["totalCharges"]));
    let (_, amended) = world.get(&format!("/v1/invoices/{id}")).await;
    assert_eq!(amended["amendments"][0]["id"], note);
    let url = format!("{}/control/billing", world.simulator.control_url());
    let token = world.simulator.control_token();
    for (path, body, status) in [
        ("void", json!({"invoiceId": id}), 409),
        ("void", json!({"invoiceId": "G000000000"}), 404),
        ("credits", json!({"customerId": tenant, "subscriptionId": subscription, "amount": "-1", "reason": "x"}), 400),
        ("credits", json!({"customerId": tenant, "subscriptionId": fresh(), "amount": "1", "reason": "x"}), 404),
    ] {
        let answer = world.http.post(format!("{url}/{path}")).bearer_auth(token).json(&body).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path} {body}");
    }
    world.stop().await;
}

/// Asks for an export and returns the address of its operation.
async fn ask(world: &World, path: &str, body: &Value) -> String {
    let request = world.request(Method::POST, &format!("{GRAPH}/{path}")).json(body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 202);
    let location = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(answer.bytes().await.unwrap().is_empty());
    location.strip_prefix(&world.simulator.url()).unwrap().to_owned()
}

/// Polls until there is a manifest.
async fn manifest(world: &World, operation: &str) -> Value {
    for _ in 0..2 {
        let answer = world.request(Method::GET, operation).send().await.unwrap();
        assert!(answer.headers().contains_key("retry-after"));
        let (status, view) = crate::world::read(answer).await;
        assert_eq!((status, &view["status"]), (200, &json!("running")));
    }
    let (status, view) = world.get(operation).await;
    assert_eq!((status, &view["status"]), (200, &json!("succeeded")), "{view}");
    view["resourceLocation"].clone()
}

fn blob_url(manifest: &Value, number: usize) -> String {
    let part = |name: &str| manifest[name].as_str().unwrap();
    let name = manifest["blobs"][number]["name"].as_str().unwrap();
    format!("{}/{name}?{}", part("rootDirectory"), part("sasToken"))
}

async fn lines_of(world: &World, manifest: &Value) -> Vec<Map<String, Value>> {
    let mut lines = Vec::new();
    let blobs = manifest["blobs"].as_array().unwrap();
    assert_eq!(manifest["blobCount"], blobs.len());
    for number in 0..blobs.len() {
        let answer = world.http.get(blob_url(manifest, number)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
        let mut text = String::new();
        GzDecoder::new(&*answer.bytes().await.unwrap()).read_to_string(&mut text).unwrap();
        lines.extend(text.lines().map(|line| serde_json::from_str::<Map<String, Value>>(line).unwrap()));
    }
    lines
}

/// A v1 line and an exported one say the same.
fn same(v1: &Value, exported: &Map<String, Value>, names: usize) {
    assert_eq!(exported.len(), names);
    for (name, value) in exported {
        let camel = format!("{}{}", name[..1].to_lowercase(), &name[1..]);
        let old = &v1[camel.as_str()];
        if value.is_number() {
            assert_eq!(decimal(value), decimal(old), "{name}");
        } else {
            assert_eq!(value, old, "{name}");
        }
    }
}

#[tokio::test]
async fn an_export_holds_the_lines_of_the_old_path() {
    let mut world = in_march().await;
    let tenant = world.tenant("albaforni").await;
    let path = world.bought(&tenant, "CFQ7LV000003", 7).await;
    world.advance("P2D").await;
    set_seats(&world, &path, 9).await;
    let open = pages(&world, &unbilled_path("EUR", "current")).await;
    let body = json!({"currencyCode": "EUR", "billingPeriod": "current", "attributeSet": "full"});
    let unbilled = manifest(&world, &ask(&world, "reconciliation/unbilled/export", &body).await).await;
    let lines = lines_of(&world, &unbilled).await;
    assert_eq!(lines.len(), 3);
    lines.iter().zip(&open).for_each(|(line, v1)| same(v1, line, 49));
    assert_eq!((&unbilled["dataFormat"], &unbilled["schemaVersion"]), (&json!("compressedJSON"), &json!("2")));
    assert_eq!(unbilled["partnerTenantId"], world.simulator.credentials().tenant_id);
    let again = manifest(&world, &ask(&world, "reconciliation/unbilled/export", &body).await).await;
    assert_eq!(again["eTag"], unbilled["eTag"], "nothing has changed");
    let last = json!({"currencyCode": "EUR", "billingPeriod": "last"});
    let last_month = manifest(&world, &ask(&world, "reconciliation/unbilled/export", &last).await).await;
    assert_eq!((&last_month["blobCount"], &last_month["blobs"]), (&json!(0), &json!([])));

    world.advance("P29D").await;
    let id = invoices(&world).await[0]["id"].as_str().unwrap().to_owned();
    let billed_v1 = pages(&world, &billed_path(&id)).await;
    let body = json!({"invoiceid": id, "attributeSet": "full"});
    let operation = ask(&world, "reconciliation/billed/export", &body).await;
    let billed = manifest(&world, &operation).await;
    let lines = lines_of(&world, &billed).await;
    assert_eq!(lines.len(), billed_v1.len());
    lines.iter().zip(&billed_v1).for_each(|(line, v1)| same(v1, line, 49));
    assert_ne!(billed["eTag"], unbilled["eTag"]);
    let basic = json!({"invoiceId": id, "attributeSet": "basic"});
    let short = manifest(&world, &ask(&world, "reconciliation/billed/export", &basic).await).await;
    lines_of(&world, &short).await.iter().zip(&billed_v1).for_each(|(line, v1)| same(v1, line, 31));
    let usage = manifest(&world, &ask(&world, "usage/billed/export", &basic).await).await;
    assert_eq!(usage["blobCount"], 0, "seats are not usage");
    let by_id = format!("{GRAPH}/manifests/{}", billed["id"].as_str().unwrap());
    assert_eq!(world.get(&by_id).await, (200, billed.clone()));

    let forged = blob_url(&billed, 0).replace("sig=", "sig=0");
    assert_eq!(world.http.get(forged).send().await.unwrap().status().as_u16(), 403);
    let missing = blob_url(&billed, 0).replace("part-00000", "part-00001");
    assert_eq!(world.http.get(missing).send().await.unwrap().status().as_u16(), 404);
    world.advance("PT59M").await;
    assert_eq!(world.http.get(blob_url(&billed, 0)).send().await.unwrap().status().as_u16(), 200);
    world.advance("PT2M").await;
    assert_eq!(world.http.get(blob_url(&billed, 0)).send().await.unwrap().status().as_u16(), 410);
    assert_eq!(world.get(&operation).await.0, 410);
    assert_eq!(world.get(&by_id).await.0, 410);
    let afresh = manifest(&world, &ask(&world, "reconciliation/billed/export", &body).await).await;
    assert_eq!(afresh["eTag"], billed["eTag"], "a billed month never changes");
    for (path, bad) in [
        ("reconciliation/billed/export", json!({"invoiceId": "G000000000"})),
        ("reconciliation/billed/export", json!({})),
        ("reconciliation/billed/export", json!({"invoiceId": id, "attributeSet": "all"})),
        ("usage/billed/export", json!({"invoiceId": "G000000000"})),
        ("reconciliation/unbilled/export", json!({"currencyCode": "XXX", "billingPeriod": "current"})),
        ("usage/unbilled/export", json!({"currencyCode": "EUR", "billingPeriod": "never"})),
    ] {
        let request = world.request(Method::POST, &format!("{GRAPH}/{path}")).json(&bad);
        assert_eq!(request.send().await.unwrap().status().as_u16(), 400, "{path} {bad}");
    }
    assert_eq!(world.get(&format!("{GRAPH}/operations/{}", fresh())).await.0, 404);
    let anonymous = world.http.get(format!("{}{operation}", world.simulator.url())).send().await.unwrap();
    assert_eq!(anonymous.status().as_u16(), 401);
    world.stop().await;
}

#[tokio::test]
async fn the_old_path_can_be_frozen_while_the_export_goes_on() {
    let mut world = in_march().await;
    let tenant = world.tenant("albaforni").await;
    world.bought(&tenant, "CFQ7LV000001", 4).await;
    world.faults(json!({"billing": {"billedV1Until": "2026-03-31", "unbilledV1Until": "2026-04-30"}})).await;
    world.advance("P31D").await;
    let invoice = invoices(&world).await.remove(0);
    let id = invoice["id"].as_str().unwrap();
    assert_eq!(pages(&world, &billed_path(id)).await, Vec::<Value>::new());
    assert_eq!(world.get(&unbilled_path("EUR", "current")).await.0, 200);
    world.advance("P1M").await;
    assert_eq!(world.get(&unbilled_path("EUR", "current")).await.0, 410);
    let body = json!({"invoiceId": id});
    let billed = manifest(&world, &ask(&world, "reconciliation/billed/export", &body).await).await;
    let lines = lines_of(&world, &billed).await;
    let total: Decimal = lines.iter().map(|line| decimal(&line["TotalForCustomer"])).sum();
    assert_eq!(total, decimal(&invoice["totalCharges"]));
    world.stop().await;
}

#[tokio::test]
async fn a_leap_over_months_makes_every_invoice_once_even_over_a_restart() {
    let file = StateFile::new("invoices.sqlite");
    let clock = Clock::starting_at("2046-03-10T09:00:00Z".parse().unwrap());
    let mut world = World::with(Options { clock, state: Some(file.0.clone()), seed: 7, ..Options::default() }).await;
    let tenant = world.tenant("albaforni").await;
    world.bought(&tenant, "CFQ7LV000001", 4).await;
    world.advance("P5M").await; // 10 August
    let before = invoices(&world).await;
    assert_eq!(before.len(), 5, "March to July");
    world.stop().await;
    let mut world = World::at(&file.0).await;
    assert_eq!(invoices(&world).await, before);
    world.advance("P1M").await;
    let after = invoices(&world).await;
    // What was unpaid may be paid by now; nothing else changes.
    let facts = |invoices: &[Value]| -> Vec<(Value, Value)> {
        invoices.iter().map(|invoice| (invoice["id"].clone(), invoice["totalCharges"].clone())).collect()
    };
    assert_eq!((facts(&after[..5]), after.len()), (facts(&before), 6));
    let mut total = Decimal::ZERO;
    for invoice in &after {
        let lines = pages(&world, &billed_path(invoice["id"].as_str().unwrap())).await;
        assert_eq!(sum(&lines, "totalForCustomer"), decimal(&invoice["totalCharges"]));
        assert_eq!(lines.len(), 1);
        total += sum(&lines, "subtotal");
    }
    // Six full months of four seats at the price of the cart.
    let books = world.books().await;
    let price = decimal(&books["charges"][0]["unitPrice"]);
    assert_eq!(total, price * Decimal::from(24));
    world.control(Method::POST, "/control/reset", &json!({})).await;
    assert_eq!(invoices(&world).await, Vec::<Value>::new());
    world.stop().await;
}

#[tokio::test]
async fn marks_and_doubled_ids_spoil_no_file() {
    let mut world = in_march().await;
    let tenant = world.tenant("albaforni").await;
    world.bought(&tenant, "CFQ7LV000001", 4).await;
    world.advance("P31D").await;
    world.faults(json!({"faults": [{"kind": "bom"}, {"kind": "duplicate_ids"}]})).await;
    let id = invoices(&world).await[0]["id"].as_str().unwrap().to_owned();
    let billed = manifest(&world, &ask(&world, "reconciliation/billed/export", &json!({"invoiceId": id})).await).await;
    assert_eq!(lines_of(&world, &billed).await.len(), 1);
    let pdf = world.request(Method::GET, &format!("/v1/invoices/{id}/documents/statement")).send().await.unwrap();
    assert!(pdf.bytes().await.unwrap().starts_with(b"%PDF-"));
    world.stop().await;
}
