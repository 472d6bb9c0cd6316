//! The statement of an invoice as a PDF: totals per customer, on as many pages as it takes.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};
use rust_decimal::Decimal;

use super::invoices::{Invoice, invoice_of};
use super::lines::{Place, walk};
use super::links::{check, pass};
use super::money::written;
use crate::state::{Sim, Simulation};
use crate::wire::{Answer, Call};

/// How long the address of a PDF works.
const LINK_LIFETIME: SignedDuration = SignedDuration::from_mins(30);
/// Lines that are added up without letting others in.
const STEP: usize = 2000;
/// Rows of a page.
const ROWS: usize = 48;
/// A4 in points.
const PAGE: (f32, f32) = (595.0, 842.0);

pub(super) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/invoices/{invoice}/documents/statement", get(statement))
        .route("/invoice-documents/{invoice}", get(download))
}

/// Where the PDF can be fetched without a token for half an hour.
pub(super) fn download_link(sim: &Simulation, invoice: &str, now: Timestamp) -> String {
    let query = pass(&sim.seed, &format!("invoice/{invoice}"), now, LINK_LIFETIME);
    format!("{}/invoice-documents/{invoice}?{query}", sim.origin())
}

async fn statement(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    call.needs_user()?;
    send(&sim, &id)
}

async fn download(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    sim.read(|_, now| check(&sim.seed, &format!("invoice/{id}"), &call, now))?;
    send(&sim, &id)
}

fn send(sim: &Sim, id: &str) -> Answer {
    let invoice = sim.read(|world, _| invoice_of(world, id).cloned())?;
    let pdf = write(&invoice, &totals(sim, &invoice));
    let name = format!("attachment; filename=\"{}.pdf\"", invoice.id);
    Ok(([(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)], pdf)
        .into_response())
}

/// What one customer owes.
#[derive(Default)]
struct Owed {
    name: String,
    lines: u64,
    subtotal: Decimal,
    tax: Decimal,
}

fn totals(sim: &Simulation, invoice: &Invoice) -> BTreeMap<String, Owed> {
    let scope = invoice.scope("");
    let mut totals: BTreeMap<String, Owed> = BTreeMap::new();
    let mut place = Some(Place::default());
    while let Some(from) = place {
        place = sim.read(|world, _| {
            walk(world, &scope, &from, STEP, |line| {
                let customer = line.customer();
                let owed = totals.entry(customer.id.clone()).or_default();
                owed.name.clone_from(&customer.company_name);
                owed.lines += 1;
                owed.subtotal += line.amounts.subtotal;
                owed.tax += line.amounts.tax;
            })
        });
    }
    totals
}

/// Columns: customer, lines, subtotal, tax, total; the numbers flush right.
const COLUMNS: [f32; 5] = [40.0, 310.0, 390.0, 465.0, 555.0];

fn write(invoice: &Invoice, totals: &BTreeMap<String, Owed>) -> Vec<u8> {
    let rows: Vec<&Owed> = totals.values().collect();
    let pages = rows.chunks(ROWS).count().max(1);
    let mut next = 0;
    let mut id = || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree, plain, bold) = (id(), id(), id(), id());
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let numbered: Vec<(Ref, Ref)> = (0..pages).map(|_| (id(), id())).collect();
    pdf.pages(tree).kids(numbered.iter().map(|(page, _)| *page)).count(i32::try_from(pages).unwrap_or(i32::MAX));
    for (font, name) in [(plain, "Helvetica"), (bold, "Helvetica-Bold")] {
        let mut font = pdf.type1_font(font);
        font.base_font(Name(name.as_bytes())).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (number, (page_id, content_id)) in numbered.iter().enumerate() {
        let mut page = pdf.page(*page_id);
        page.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(tree).contents(*content_id);
        let mut resources = page.resources();
        resources.fonts().pair(Name(b"P"), plain).pair(Name(b"B"), bold);
        resources.finish();
        page.finish();
        let mut sheet = Sheet(Content::new());
        sheet.head(invoice, number + 1, pages);
        let mut y = 690.0;
        for owed in rows.iter().skip(number * ROWS).take(ROWS) {
            sheet.row(y, "P", owed);
            y -= 12.5;
        }
        if number + 1 == pages {
            let whole = Owed {
                name: "Total".to_owned(),
                lines: rows.iter().map(|owed| owed.lines).sum(),
                subtotal: rows.iter().map(|owed| owed.subtotal).sum(),
                tax: rows.iter().map(|owed| owed.tax).sum(),
            };
            sheet.row(y - 6.0, "B", &whole);
        }
        pdf.stream(*content_id, &sheet.0.finish());
    }
    pdf.finish()
}

struct Sheet(Content);

impl Sheet {
    fn head(&mut self, invoice: &Invoice, page: usize, pages: usize) {
        let (id, currency) = (&invoice.id, &invoice.currency);
        let period = invoice.month.strftime("%B %Y");
        self.left("B", 16.0, COLUMNS[0], 790.0, &format!("Invoice {id}"));
        self.left("B", 10.0, COLUMNS[0], 772.0, "SIMULATED - DO NOT PAY");
        let line = format!(
            "Billing period: {period}   Invoice date: {}   Currency: {currency}",
            invoice.created.strftime("%Y-%m-%d")
        );
        self.left("P", 9.0, COLUMNS[0], 752.0, &line);
        if let Some(amended) = &invoice.amends {
            self.left("P", 9.0, COLUMNS[0], 738.0, &format!("This note takes back invoice {amended}."));
        }
        self.left("B", 9.0, COLUMNS[0], 710.0, "Customer");
        for (column, title) in ["Lines", "Subtotal", "Tax", "Total"].into_iter().enumerate() {
            self.right("B", COLUMNS[column + 1], 710.0, title);
        }
        self.left("P", 8.0, COLUMNS[0], 40.0, &format!("Page {page} of {pages}"));
    }

    fn row(&mut self, y: f32, font: &str, owed: &Owed) {
        let name: String = owed.name.chars().take(48).collect();
        self.left(font, 9.0, COLUMNS[0], y, &name);
        let total = owed.subtotal + owed.tax;
        let cells = [owed.lines.to_string(), written(owed.subtotal), written(owed.tax), written(total)];
        for (column, cell) in cells.iter().enumerate() {
            self.right(font, COLUMNS[column + 1], y, cell);
        }
    }

    fn left(&mut self, font: &str, size: f32, x: f32, y: f32, text: &str) {
        self.0.begin_text().set_font(Name(font.as_bytes()), size).next_line(x, y);
        self.0.show(Str(&encoded(text))).end_text();
    }

    /// Digits and letters of about the width of digits, 9 points.
    fn right(&mut self, font: &str, x: f32, y: f32, text: &str) {
        let width = |c: char| if matches!(c, '.' | ',' | '-') { 0.3 } else { 0.556 };
        let width: f32 = text.chars().map(width).sum();
        self.left(font, 9.0, x - width * 9.0, y, text);
    }
}

/// Latin-1, which is what the standard fonts show; anything else becomes a question mark.
fn encoded(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok().filter(|byte| *byte >= 32).unwrap_or(b'?')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_a_page_for_every_48_customers() {
        let invoice = Invoice {
            id: "G123456789".to_owned(),
            currency: "EUR".to_owned(),
            month: jiff::civil::date(2026, 3, 1),
            created: "2026-04-07T01:00:00Z".parse().unwrap(),
            total: Decimal::TEN,
            amends: None,
        };
        let owed = |number: usize| Owed { name: format!("Società {number} 株"), lines: 2, ..Owed::default() };
        for (customers, pages) in [(0, 1), (48, 1), (49, 2), (1000, 21)] {
            let totals = (0..customers).map(|number| (number.to_string(), owed(number))).collect();
            let pdf = write(&invoice, &totals);
            assert!(pdf.starts_with(b"%PDF-"));
            let text = String::from_utf8_lossy(&pdf);
            assert_eq!(text.matches("/Type /Page\n").count(), pages, "{customers}");
            assert!(text.contains("DO NOT PAY"));
        }
    }
}
