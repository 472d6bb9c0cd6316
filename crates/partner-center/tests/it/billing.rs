//! Prices, invoices, lines of a bill, exports and webhook registrations over the wire: what is asked
//! for, what is made of the answer, and what must never be sent.

use std::io::Write;
use std::time::Duration;

use partner_center::*;
use uuid::Uuid;

use crate::script::{Memory, Reply, Script, app_only, client, client_with, config, json};

const SHEET: &str = "\u{feff}ProductTitle,ProductId,SkuId,TermDuration,BillingPlan,Market,Currency,UnitPrice,EffectiveStartDate,EffectiveEndDate,ERP Price,Segment\r\n\
    Mail,CFQ7TESTAA01,0001,P1Y,Monthly,IT,EUR,75.60,3/1/2026 12:00:00 AM,12/31/9999 11:59:59 PM,90.72,Commercial\r\n";

fn call() -> Call {
    Call::new(Uuid::from_u128(7))
}

fn answer(status: u16, headers: &str, body: impl Into<Vec<u8>>) -> Reply {
    Reply::Answer(status, headers.to_owned(), body.into())
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(text.as_bytes()).expect("pack");
    packer.finish().expect("pack")
}

fn path(script: &Script, at: usize) -> String {
    script.seen()[at].line.split(' ').nth(1).unwrap_or_default().to_owned()
}

fn sheet_of(market: &str, view: PriceView, timeline: Timeline) -> PriceSheetQuery {
    PriceSheetQuery { market: market.into(), view, timeline }
}

#[tokio::test]
async fn a_price_sheet_is_asked_for_by_market_view_and_month_and_read_row_by_row() {
    let script = Script::start([answer(200, "", SHEET), json(404, ""), json(404, ""), json(404, "")]).await;
    let client = client(&script);
    let query = sheet_of("it", PriceView::UpdatedLicenseBased, Timeline::Current);
    let sheet = client.price_sheet(&query).await.expect("answer").expect("sheet").bytes().await.expect("whole");
    let rows: Vec<_> = PriceSheet::open(&sheet[..]).expect("header").collect();
    let monthly = rows[0].as_ref().expect("row").monthly(2).expect("monthly");
    assert_eq!(monthly.unit_price.to_string(), "6.30");
    assert_eq!(
        path(&script, 0),
        "/v1.0/sales/pricesheets(Market='IT',PricesheetView='updatedlicensebased')/$value?timeline=current"
    );
    assert_eq!(script.seen()[0].header("accept-encoding").as_deref(), Some("deflate"));

    let month: Month = "202604".parse().expect("month");
    let none = client.price_sheet(&sheet_of("IT", PriceView::LicenseBasedEst, Timeline::Future(month))).await;
    assert!(none.expect("no sheet yet is no error").is_none());
    assert!(path(&script, 1).ends_with("?timeline=future&month=202604"), "{}", path(&script, 1));
    assert!(client.fx_rates(month).await.expect("answer").is_none());
    assert_eq!(path(&script, 2), "/v1.0/sales/fxrates(Month='202604')/$value");
    assert!(client.offer_matrix(month).await.expect("answer").is_none());
    assert_eq!(path(&script, 3), "/v1.0/sales/offermatrix(Month='202604')/$value");
}

#[tokio::test]
async fn a_sheet_that_cannot_be_asked_for_is_not_asked_for() {
    let script = Script::start([]).await;
    for query in [
        sheet_of("ITA", PriceView::Software, Timeline::Current),
        sheet_of("I'", PriceView::Software, Timeline::Current),
        sheet_of("IT", PriceView::Other("x')/$value?".into()), Timeline::Current),
    ] {
        assert!(matches!(client(&script).price_sheet(&query).await, Err(Error::Invalid { .. })), "{query:?}");
    }
    let query = sheet_of("IT", PriceView::Software, Timeline::Current);
    assert!(matches!(app_only(&script).price_sheet(&query).await, Err(Error::NeedsUser { .. })));
    assert!(script.seen().is_empty());
}

#[tokio::test]
async fn invoices_come_once_although_the_server_ignores_the_position() {
    let page = |from: u32| {
        let items: Vec<_> =
            (from..from + 200).map(|n| format!(r#"{{"id":"G{n:06}","totalCharges":{n}.10}}"#)).collect();
        json(200, &format!(r#"{{"totalCount":200,"items":[{}]}}"#, items.join(",")))
    };
    let script = Script::start([page(0), page(0), page(0)]).await;
    let filter = InvoiceFilter::From("2026-03-01T00:00:00Z".parse().expect("date"));
    let invoices = client(&script).invoices(Some(filter)).await.expect("list");
    assert_eq!(invoices.len(), 200);
    assert_eq!(invoices[7].total_charges.expect("total").to_string(), "7.10", "the amount as it is written");
    assert!(script.seen().len() <= 2);
    let first = path(&script, 0);
    assert!(first.starts_with("/v1/invoices?size=200&offset=0&filter=%7B%22Field%22%3A%22InvoiceDate%22"), "{first}");
    assert!(first.contains("2026-03-01") && first.contains("greater_than_or_equals"), "{first}");
}

#[tokio::test]
async fn one_invoice_its_statement_and_the_balances() {
    let invoice = r#"{"id":"G1","totalCharges":99999999999999999999.99,"paidAmount":-5,"pdfDownloadLink":"https://files.example/?sig=hush"}"#;
    let summary = r#"{"balanceAmount":"12.30","currencyCode":"EUR","details":[{"invoiceType":"Recurring","summary":{"balanceAmount":0.1}}]}"#;
    let script = Script::start([
        json(200, invoice),
        answer(200, "", "%PDF-1.7"),
        json(200, summary),
        json(200, &format!(r#"{{"totalCount":1,"items":[{summary}]}}"#)),
        json(200, "{}"),
        json(200, "{}"),
        json(200, "{}"),
        json(200, "{}"),
    ])
    .await;
    let client = client(&script);
    let invoice = client.invoice("G1").await.expect("invoice");
    assert_eq!(invoice.total_charges.expect("total").to_string(), "99999999999999999999.99");
    assert_eq!(invoice.paid().expect("paid").to_string(), "5");
    assert!(!format!("{invoice:?}").contains("hush"));
    assert_eq!(client.invoice_statement("G1").await.expect("pdf").bytes().await.expect("whole"), b"%PDF-1.7");
    assert_eq!(path(&script, 1), "/v1/invoices/G1/documents/statement");
    let summary = client.invoice_summary().await.expect("summary");
    assert_eq!(summary.balance_amount.expect("balance").to_string(), "12.30");
    let recurring = summary.details[0].summary.as_ref().expect("summary");
    assert_eq!(recurring.balance_amount.expect("balance").to_string(), "0.1");
    assert_eq!(client.invoice_summaries().await.expect("list"), [summary]);
    let error = client.invoice_summaries().await.expect_err("a collection without items is not an empty one");
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
    let app = app_only(&script);
    assert!(matches!(app.invoice("G1").await, Err(Error::NeedsUser { .. })));
}

#[tokio::test]
async fn trap_42_the_recurring_seats_are_under_onetime() {
    let line = r#"{"chargeType":"cycleCharge","subscriptionId":"s1","subtotal":"31.50","billableQuantity":"5"}"#;
    let script = Script::start([
        json(200, &format!(r#"{{"items":[{line},{{"subtotal":"12,00"}}],"continuationToken":"t1"}}"#)),
        json(200, &format!(r#"{{"totalCount":1,"items":[{line}]}}"#)),
    ])
    .await;
    let mut pages = client(&script).line_items(&LineItemQuery::billed("G1").page_size(2)).expect("query");
    let first = pages.next().await.expect("page").expect("first").items;
    let seats = first[0].0.as_ref().expect("line");
    assert_eq!(seats.charge_type, Some(ChargeType::CycleCharge));
    assert_eq!(seats.subtotal.expect("amount").to_string(), "31.50");
    let error = first[1].0.as_ref().expect_err("no decimal");
    assert_eq!((error.column.as_str(), error.value.as_str()), ("subtotal", "12,00"));
    assert_eq!(pages.next().await.expect("page").expect("second").items.len(), 1);
    assert!(pages.next().await.expect("end").is_none());
    let asked = "/v1/invoices/G1/lineitems?provider=onetime&invoicelineitemtype=billinglineitems&size=2";
    assert_eq!((path(&script, 0), path(&script, 1)), (asked.to_owned(), format!("{asked}&seekOperation=Next")));
    assert_eq!(script.seen()[1].header("MS-ContinuationToken").as_deref(), Some("t1"));
}

#[tokio::test]
async fn every_form_of_line_items_is_asked_for_as_documented() {
    let links = r#"{"items":[{"type":"non_consumption","title":"t","period":"Previous","link":{"uri":"https://elsewhere.example/v1/invoices/unbilled/lineitems?provider=all&invoicelineitemtype=billinglineitems&currencycode=eur&period=previous","method":"GET"}},
        {"type":"new_kind","link":"/customers/c1"}]}"#;
    let script = Script::start([
        json(200, r#"{"items":[]}"#),
        json(200, r#"{"items":[]}"#),
        json(200, r#"{"items":[]}"#),
        json(200, links),
        json(200, r#"{"items":[]}"#),
    ])
    .await;
    let client = client(&script);
    let read = async |query: LineItemQuery| {
        client.line_items(&query).expect("query").all().await.expect("pages");
    };
    read(LineItemQuery::unbilled("EUR", BillingPeriod::Current)).await;
    read(LineItemQuery::billed_by_path("G1")).await;
    read(LineItemQuery::billed("D1").of(BillingProvider::Office)).await;
    let links = client.estimate_links("EUR").await.expect("links");
    assert_eq!(links[0].kind, Some(EstimateKind::NonConsumption));
    assert_eq!(links[1].kind, Some(EstimateKind::Other("new_kind".into())));
    read(LineItemQuery::ready_made(&links[0]).expect("link")).await;
    assert!(LineItemQuery::ready_made(&links[1]).is_err(), "not a link to line items");
    let paths: Vec<_> = (0..5).map(|at| path(&script, at)).collect();
    assert_eq!(
        paths,
        [
            "/v1/invoices/unbilled/lineitems?provider=onetime&invoicelineitemtype=billinglineitems&currencycode=EUR&period=current&size=2000",
            "/v1/invoices/G1/lineitems/OneTime/BillingLineItems?size=2000",
            "/v1/invoices/D1/lineitems?provider=office&invoicelineitemtype=billinglineitems&size=2000&offset=0",
            "/v1/invoices/estimates/links?currencycode=EUR",
            "/v1/invoices/unbilled/lineitems?provider=all&invoicelineitemtype=billinglineitems&currencycode=eur&period=previous&size=2000",
        ]
    );
    for wrong in [LineItemQuery::billed("G1").page_size(2001), LineItemQuery::unbilled("euro", BillingPeriod::Current)]
    {
        assert!(client.line_items(&wrong).is_err());
    }
}

/// A succeeded operation whose files are on the script itself, under another host name.
fn finished(script: &Script) -> Reply {
    let files = script.address.replace("127.0.0.1", "localhost");
    json(
        200,
        &format!(
            r#"{{"id":"op-1","status":"succeeded","resourceLocation":{{"eTag":"e7","dataFormat":"compressedJSON","rootDirectory":"{files}/files",
            "sasToken":"sig=hush","blobCount":1,"blobs":[{{"name":"part-1.json.gz","partitionValue":"default"}}]}}}}"#
        ),
    )
}

fn accepted() -> Reply {
    answer(202, "Location: https://graph.example/v1.0/reports/partners/billing/operations/op-1\r\n", "")
}

#[tokio::test]
async fn an_export_is_started_asked_for_and_received_without_our_token() {
    let script = Script::start([]).await;
    let lines = gzip(
        "{\"OrderId\":\"o1\",\"Subtotal\":1.10}\n{\"Subtotal\":\"x\"}\n{\"OrderId\":\"o2\",\"Subtotal\":\"2.20\"}",
    );
    script.answers([
        accepted(),
        answer(200, "Retry-After: 7\r\n", r#"{"id":"op-1","status":"running"}"#),
        finished(&script),
        answer(200, "Content-Encoding: gzip\r\nContent-Type: application/octet-stream\r\n", lines),
        finished(&script),
    ]);
    let client = client(&script);
    let what = ExportRequest::Billed { invoice_id: "G1".into(), attributes: AttributeSet::Full };
    let operation = client.start_export(&call(), &what).await.expect("started");
    // What the caller keeps brings the operation back after a restart.
    let operation = ExportOperation::from_url(operation.url()).expect("kept");
    let state = client.poll_export(&operation, None).await.expect("state");
    assert!(
        matches!(state, ExportState::Running { retry_after } if retry_after == Duration::from_secs(7)),
        "{state:?}"
    );
    let state = client.poll_export(&operation, Some("e6")).await.expect("state");
    let ExportState::Succeeded(manifest) = state else { panic!("{state:?}") };
    let file = client.export_file(&manifest, &manifest.blobs[0]).await.expect("file");
    let ExportFile::Open(download) = file else { panic!("{file:?}") };
    let mut lines = ExportLines::new(download);
    let first = lines.next().await.expect("line").expect("first");
    assert_eq!((first.order_id.as_deref(), first.subtotal.expect("amount").to_string().as_str()), (Some("o1"), "1.10"));
    assert!(lines.next().await.expect_err("no decimal").is_one_row());
    assert_eq!(lines.next().await.expect("line").expect("second").order_id.as_deref(), Some("o2"));
    assert!(lines.next().await.expect("end").is_none());
    let state = client.poll_export(&operation, Some("e7")).await.expect("state");
    assert!(matches!(state, ExportState::Unchanged { .. }), "{state:?}");

    let seen = script.seen();
    assert!(seen[0].line.starts_with("POST /v1.0/reports/partners/billing/reconciliation/billed/export "));
    assert_eq!(seen[0].body, r#"{"invoiceId":"G1","attributeSet":"full"}"#);
    assert!(seen[1].line.starts_with("GET /v1.0/reports/partners/billing/operations/op-1 "));
    assert!(seen[3].line.starts_with("GET /files/part-1.json.gz?sig=hush "));
    for ours in ["authorization", "MS-RequestId", "MS-CorrelationId", "MS-PartnerCenter-Application"] {
        assert_eq!(seen[3].header(ours), None, "{ours}");
    }
    assert!(script.token_requests()[0].body.contains("graph.microsoft.com"), "a token for Graph");
}

#[tokio::test]
async fn every_export_has_its_own_path_and_is_sent_once() {
    let script = Script::start([accepted(), accepted(), accepted(), accepted()]).await;
    let client = client(&script);
    let (invoice_id, currency_code) = ("G1".to_owned(), "EUR".to_owned());
    for what in [
        ExportRequest::Billed { invoice_id: invoice_id.clone(), attributes: AttributeSet::Full },
        ExportRequest::Unbilled {
            currency_code: currency_code.clone(),
            period: ExportPeriod::Current,
            attributes: AttributeSet::Full,
        },
        ExportRequest::BilledUsage { invoice_id, attributes: AttributeSet::Basic },
        ExportRequest::UnbilledUsage { currency_code, period: ExportPeriod::Last, attributes: AttributeSet::Basic },
    ] {
        client.start_export(&call(), &what).await.expect("started");
    }
    let asked: Vec<String> = (0..script.seen().len()).map(|at| path(&script, at)).collect();
    assert_eq!(
        asked,
        [
            "/v1.0/reports/partners/billing/reconciliation/billed/export",
            "/v1.0/reports/partners/billing/reconciliation/unbilled/export",
            "/v1.0/reports/partners/billing/usage/billed/export",
            "/v1.0/reports/partners/billing/usage/unbilled/export",
        ]
    );
}

#[tokio::test]
async fn links_that_are_over_say_start_again() {
    let script = Script::start([]).await;
    script.answers([accepted(), json(410, ""), finished(&script), json(410, ""), finished(&script), json(403, "<x>")]);
    let client = client(&script);
    let what = ExportRequest::UnbilledUsage {
        currency_code: "EUR".into(),
        period: ExportPeriod::Last,
        attributes: AttributeSet::Basic,
    };
    let operation = client.start_export(&call(), &what).await.expect("started");
    assert_eq!(path(&script, 0), "/v1.0/reports/partners/billing/usage/unbilled/export");
    assert_eq!(script.seen()[0].body, r#"{"currencyCode":"EUR","billingPeriod":"last","attributeSet":"basic"}"#);
    assert!(matches!(client.poll_export(&operation, None).await, Ok(ExportState::Expired)));
    let Ok(ExportState::Succeeded(manifest)) = client.poll_export(&operation, None).await else { panic!("manifest") };
    assert!(matches!(client.export_file(&manifest, &manifest.blobs[0]).await, Ok(ExportFile::Expired)));
    let Ok(ExportState::Succeeded(manifest)) = client.poll_export(&operation, None).await else { panic!("manifest") };
    let error = client.export_file(&manifest, &manifest.blobs[0]).await.expect_err("refused");
    assert!(!format!("{error} {error:?}").contains("hush"), "{error}");
}

#[tokio::test]
async fn a_cut_file_and_an_unclear_start_are_no_success() {
    let script = Script::start([]).await;
    script.answers([Reply::Close, answer(202, "", ""), finished(&script), Reply::Cut(200)]);
    let client = client(&script);
    let what = ExportRequest::Billed { invoice_id: "G1".into(), attributes: AttributeSet::Full };
    assert!(client.start_export(&call(), &what).await.expect_err("lost").is_unknown());
    assert!(matches!(client.start_export(&call(), &what).await, Err(Error::Unreadable { status: 202, .. })));
    let operation = ExportOperation::from_url("/v1.0/reports/partners/billing/operations/op-1").expect("address");
    let Ok(ExportState::Succeeded(manifest)) = client.poll_export(&operation, None).await else { panic!("manifest") };
    let Ok(ExportFile::Open(download)) = client.export_file(&manifest, &manifest.blobs[0]).await else {
        panic!("file")
    };
    let mut lines = ExportLines::new(download);
    assert!(!lines.next().await.expect_err("cut").is_one_row());
}

#[tokio::test]
async fn webhooks_are_registered_changed_and_tried() {
    let registration =
        r#"{"SubscriberId":"s1","WebhookUrl":"https://hooks.example/m","WebhookEvents":["test-created"]}"#;
    let script = Script::start([
        json(200, r#"["test-created","subscription-updated"]"#),
        json(404, r#"{"code":404}"#),
        json(200, registration),
        json(200, registration),
        json(200, registration),
        json(200, r#"{"correlationId":"c1"}"#),
        json(200, r#"{"correlationId":"c1","status":"completed","results":[{"responseCode":"200"}]}"#),
    ])
    .await;
    let client = client_with(config(&script), Memory::new(&script, Some("refresh-0")));
    assert_eq!(client.webhook_events().await.expect("events").len(), 2);
    assert!(client.webhook_registration().await.expect("answer").is_none());
    let new = NewWebhook {
        webhook_url: "https://hooks.example/m".into(),
        webhook_events: vec!["test-created".into()],
        signature_token_to_ms_signature_header: true,
    };
    let made = client.register_webhook(&call(), &new).await.expect("made");
    assert_eq!(client.update_webhook(&call(), &new).await.expect("changed"), made);
    assert_eq!(client.webhook_registration().await.expect("answer"), Some(made));
    let test = client.start_webhook_validation(&call()).await.expect("started");
    let outcome = client.webhook_validation(&test).await.expect("outcome");
    assert_eq!(outcome.results[0].response_code.as_deref(), Some("200"));
    let lines: Vec<_> = script.seen().iter().map(|seen| seen.line.replace(" HTTP/1.1", "")).collect();
    assert_eq!(
        lines,
        [
            "GET /webhooks/v1/registration/events",
            "GET /webhooks/v1/registration",
            "POST /webhooks/v1/registration",
            "PUT /webhooks/v1/registration",
            "GET /webhooks/v1/registration",
            "POST /webhooks/v1/registration/validationEvents",
            "GET /webhooks/v1/registration/validationEvents/c1",
        ]
    );
    assert!(script.seen()[2].body.contains(r#""SignatureTokenToMsSignatureHeader":true"#));
}
