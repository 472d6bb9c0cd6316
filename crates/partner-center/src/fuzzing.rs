//! Doors for the fuzzing targets of the repository to parsers that are private. Not an interface:
//! behind the feature `fuzzing`, and free to change.

use std::time::Duration;

use reqwest::header::HeaderMap;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::billing_export::{ExportOperation, ExportState};
use crate::client::{Answer, Call};
use crate::error::Refusal;
use crate::instant::Instant;
use crate::invoices::{EstimateLink, Invoice, InvoiceSummary};
use crate::members::FromMembers;
use crate::paging::{NextPage, Page, Paging};
use crate::prices::ListDate;
use crate::row_error::RowError;
use crate::webhook_registration::{WebhookRegistration, WebhookValidation};

/// An error body of any status.
pub fn refusal(status: u16, body: &[u8]) -> Refusal {
    Refusal::read(status, body)
}

/// An answer of the token endpoint: whether a token came, and how long it lives.
pub fn token(status: u16, body: &[u8]) -> Result<Duration, crate::TokenError> {
    crate::token_errors::read(status, body, None).map(|granted| granted.life)
}

/// A page in one of the three styles, asked for with these query members.
pub fn page(style: u8, body: &[u8], asked: &[(String, String)]) -> Result<Page<serde_json::Value>, crate::Error> {
    let paging = match style % 3 {
        0 => Paging::Token,
        1 => Paging::Offset { size: 2 },
        _ => Paging::TopSkip { top: 2 },
    };
    let call = Call { request_id: Uuid::nil(), correlation_id: Uuid::nil() };
    let answer = Answer { status: 200, headers: HeaderMap::new(), body: body.to_vec(), call, endpoint: String::new() };
    crate::paging::read_page(&answer, paging, asked)
}

/// The query that asks for a next page.
pub fn next_query(next: &NextPage) -> &[(String, String)] {
    next.query()
}

/// The headers that ask for a next page.
pub fn next_headers(next: &NextPage) -> &[(String, String)] {
    next.headers()
}

/// A text as an amount.
pub fn amount(text: &str) -> Option<Decimal> {
    crate::money::exact(text)
}

/// A date of a price list; the inner `None` means without end.
pub fn list_date(text: &str) -> Option<Option<Instant>> {
    crate::prices::list_date(text).map(|date| match date {
        ListDate::At(moment) => Some(moment),
        ListDate::Open => None,
    })
}

/// The path of a link in pieces.
pub fn link_path(uri: &str) -> Vec<String> {
    crate::paging::link_path(uri)
}

/// An invoice.
pub fn invoice(body: &[u8]) -> Result<Invoice, RowError> {
    Invoice::from_body(body)
}

/// Balances.
pub fn summaries(body: &[u8]) -> Result<Vec<InvoiceSummary>, RowError> {
    InvoiceSummary::all_from_body(body)
}

/// Links to open lines.
pub fn estimate_links(body: &[u8]) -> Result<Vec<EstimateLink>, RowError> {
    EstimateLink::all_from_body(body)
}

/// How far an export is.
pub fn export_state(body: &[u8], known_etag: Option<&str>) -> Result<ExportState, RowError> {
    crate::billing_export::read_state(body, None, known_etag)
}

/// The addresses of a manifest's files, signature included.
pub fn export_links(state: &ExportState) -> Vec<String> {
    crate::billing_export::links(state)
}

/// The id inside the address of an operation.
pub fn operation_id(operation: &ExportOperation) -> &str {
    operation.id()
}

/// A webhook registration.
pub fn registration(body: &[u8]) -> Result<WebhookRegistration, RowError> {
    WebhookRegistration::from_body(body)
}

/// How a test event went.
pub fn validation(body: &[u8]) -> Result<WebhookValidation, RowError> {
    WebhookValidation::from_body(body)
}

/// The body of a webhook whose signature was checked.
pub fn webhook_event(body: &[u8]) -> Result<crate::WebhookEvent, crate::WebhookError> {
    crate::WebhookEvent::read(body)
}
