//! Invoices (contract 18.2): made when time passes their day, one per currency, and read.
//!
//! An invoice keeps its month, its currency and its total; its lines are the charges of the month.

use std::collections::BTreeMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::calendar::month_after;
use super::line_items::currency_of;
use super::lines::Scope;
use super::money::{Amounts, number};
use super::statement;
use crate::audit::record_unasked;
use crate::countries::{COUNTRIES, country};
use crate::engine::Matter;
use crate::state::{Entity, Sim, World};
use crate::wire::{Answer, Call, Members, Refusal, collection, date_of, day, folded, link, midnight, ok, stamp};

/// An invoice is paid so long after it was made.
const PAID_AFTER: SignedDuration = SignedDuration::from_hours(24 * 30);

/// An invoice, or a note that amends one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Invoice {
    /// `G` and nine digits; later ones are higher.
    pub(super) id: String,
    pub(super) currency: String,
    /// First day of its month.
    pub(super) month: Date,
    pub(super) created: Timestamp,
    /// With tax; the sum of its lines.
    pub(super) total: Decimal,
    /// The invoice that this one takes back.
    pub(super) amends: Option<String>,
}

impl Entity for Invoice {
    const KIND: &'static str = "invoice";
}

impl Invoice {
    /// Its lines.
    pub(super) fn scope(&self, partner: &str) -> Scope {
        Scope {
            from: midnight(self.month),
            to: midnight(month_after(self.month)),
            currency: self.currency.clone(),
            invoice: self.id.clone(),
            partner: partner.to_owned(),
            reversed: self.amends.is_some(),
        }
    }

    fn paid_at(&self) -> Timestamp {
        self.created.saturating_add(PAID_AFTER).unwrap_or(Timestamp::MAX)
    }

    /// What was paid by now.
    fn paid(&self, now: Timestamp) -> Decimal {
        if self.paid_at() <= now { self.total } else { Decimal::ZERO }
    }

    fn document_type(&self) -> &'static str {
        match self.amends {
            Some(_) => "void_note",
            None if self.total < Decimal::ZERO => "credit_note",
            None => "invoice",
        }
    }

    fn last_day(&self) -> Date {
        month_after(self.month).yesterday().unwrap_or(Date::MAX)
    }

    fn view(&self, now: Timestamp) -> Value {
        let path = format!("/invoices/{}", self.id);
        let paid = self.paid(now);
        let lines = format!("{path}/lineitems?provider=onetime&invoicelineitemtype=billinglineitems&size=2000");
        let detail = json!({"invoiceLineItemType": "billing_line_items", "billingProvider": "one_time",
            "links": {"self": link(&lines)}, "attributes": {"objectType": "InvoiceDetail"}});
        let mut view = json!({"id": self.id, "invoiceDate": stamp(self.created),
            "billingPeriodStartDate": day(self.month), "billingPeriodEndDate": day(self.last_day()),
            "totalCharges": number(self.total), "paidAmount": number(-paid), "currencyCode": self.currency,
            "currencySymbol": symbol(&self.currency), "invoiceDetails": [detail], "amendments": [],
            "documentType": self.document_type(), "invoiceType": "Recurring",
            "status": if self.paid_at() <= now { "paid" } else { "unpaid" },
            "links": {"self": link(&path)}, "attributes": {"objectType": "Invoice"}});
        if let Some(amended) = &self.amends {
            view["amendsOf"] = json!(amended);
        }
        view
    }
}

fn symbol(currency: &str) -> &'static str {
    COUNTRIES.iter().find(|market| market.currency == currency).map_or("", |market| market.currency_symbol)
}

/// The invoice of an id in any case.
pub(super) fn invoice_of<'a>(world: &'a World, id: &str) -> Result<&'a Invoice, Refusal> {
    let found = if id.len() <= 64 { world.invoices.get(&id.to_uppercase()) } else { None };
    found.ok_or_else(Refusal::not_found)
}

/// The notes that amend an invoice.
pub(super) fn amendments<'a>(world: &'a World, id: &'a str) -> impl Iterator<Item = &'a Invoice> {
    world.invoices.after(id).map(|(_, invoice)| invoice).filter(move |invoice| invoice.amends.as_deref() == Some(id))
}

/// As in lists: with what amends it.
fn amended_view(world: &World, invoice: &Invoice, now: Timestamp) -> Value {
    let mut view = invoice.view(now);
    view["amendments"] = amendments(world, &invoice.id).map(|note| note.view(now)).collect();
    view
}

impl World {
    /// Makes the invoices of the open month, as of the moment at which they are due.
    pub(crate) fn make_invoices(&mut self, at: Timestamp) {
        let Some(calendar) = self.calendar().cloned() else {
            return;
        };
        let month = calendar.open_from;
        let mut issued = calendar.issued;
        for (currency, total) in self.totals(midnight(month), midnight(month_after(month))) {
            self.issue(&mut issued, currency, month, total, None, at);
        }
        self.turn_page(month_after(month), issued);
        self.queue_invoices();
    }

    /// Waits for the day of the next invoices.
    pub(crate) fn queue_invoices(&mut self) {
        let next = self.next_invoices();
        self.due.set(Matter::Invoices, next);
    }

    /// What each currency in which something was charged comes to.
    fn totals(&self, from: Timestamp, to: Timestamp) -> BTreeMap<&'static str, Decimal> {
        let mut totals: BTreeMap<&'static str, Decimal> = BTreeMap::new();
        for billed in self.charges_between(from, to) {
            let code = &billed.customer.address.country;
            let Some(market) = country(code) else {
                continue;
            };
            let charge = billed.charge;
            let amounts = Amounts::of_seats(charge.effective_unit_price, Decimal::ONE, charge.quantity, code);
            *totals.entry(market.currency).or_default() += amounts.total();
        }
        for credit in self.billing_credits.values().filter(|credit| from <= credit.at && credit.at < to) {
            let customer = self.customers.get(&credit.tenant);
            let Some((customer, market)) =
                customer.and_then(|customer| Some((customer, country(&customer.address.country)?)))
            else {
                continue;
            };
            let amounts = Amounts::of_seats(credit.amount, Decimal::ONE, -1, &customer.address.country);
            *totals.entry(market.currency).or_default() += amounts.total();
        }
        totals
    }

    /// Writes an invoice, its record and its announcement; returns its id.
    fn issue(
        &mut self,
        issued: &mut u64,
        currency: &str,
        month: Date,
        total: Decimal,
        amends: Option<String>,
        at: Timestamp,
    ) -> String {
        *issued += 1;
        let number = 100_000_000 + (self.lot("first invoice") % 500_000_000) + *issued;
        let id = format!("G{number:09}");
        let currency = currency.to_owned();
        let invoice = Invoice { id: id.clone(), currency, month, created: at, total, amends };
        let record = record_unasked(self, at, ("invoice", "ready_invoice"), &invoice.view(at));
        self.invoices.insert(id.clone(), invoice);
        self.announce_recorded("invoice-ready", format!("/invoices/{id}"), Some(record), at);
        id
    }

    /// Takes an invoice back with a void note, once; returns the note's id.
    pub(super) fn void(&mut self, id: &str, now: Timestamp) -> Result<String, Refusal> {
        let invoice = invoice_of(self, id)?.clone();
        if invoice.amends.is_some() || amendments(self, &invoice.id).next().is_some() {
            return Err(Refusal::new(409, 1003, "The invoice is a note, or has one already."));
        }
        let calendar = self.calendar().ok_or_else(Refusal::unexpected)?.clone();
        let mut issued = calendar.issued;
        let note = self.issue(&mut issued, &invoice.currency, invoice.month, -invoice.total, Some(invoice.id), now);
        self.turn_page(calendar.open_from, issued);
        Ok(note)
    }
}

pub(super) fn routes() -> Router<Sim> {
    Router::new()
        .route("/v1/invoices", get(list))
        .route("/v1/invoices/summary", get(summary))
        .route("/v1/invoices/summaries", get(summaries))
        .route("/v1/invoices/estimates/links", get(estimates))
        .route("/v1/invoices/{invoice}", get(read))
}

/// A filter on the date of the invoice (contract 4.2).
#[derive(Debug)]
enum Filter {
    Everything,
    Compared(String, Date),
    Both(Box<Filter>, Box<Filter>),
    Either(Box<Filter>, Box<Filter>),
}

impl Filter {
    fn read(filter: &Value) -> Result<Self, Refusal> {
        let filter = Members(filter);
        let operator = filter.text("Operator").map(folded).ok_or_else(unreadable)?;
        if matches!(operator.as_str(), "and" | "or") {
            let side = |name: &str| filter.get(name).ok_or_else(unreadable).and_then(Self::read).map(Box::new);
            let (left, right) = (side("LeftFilter")?, side("RightFilter")?);
            return Ok(if operator == "and" { Self::Both(left, right) } else { Self::Either(left, right) });
        }
        if filter.text("Field").map(folded).as_deref() != Some("invoicedate") {
            return Err(Refusal::invalid("Invoices are filtered by InvoiceDate."));
        }
        let date = filter.text("Value").and_then(|text| text.get(..10)).and_then(|text| text.parse().ok());
        let known = ["equals", "notequals", "greaterthan", "greaterthanorequals", "lessthan", "lessthanorequals"];
        if !known.contains(&operator.as_str()) {
            return Err(Refusal::invalid("This operator is not supported for InvoiceDate."));
        }
        date.map(|date| Self::Compared(operator, date)).ok_or_else(unreadable)
    }

    fn passes(&self, date: Date) -> bool {
        match self {
            Self::Everything => true,
            Self::Both(left, right) => left.passes(date) && right.passes(date),
            Self::Either(left, right) => left.passes(date) || right.passes(date),
            Self::Compared(operator, than) => match operator.as_str() {
                "equals" => date == *than,
                "notequals" => date != *than,
                "greaterthan" => date > *than,
                "greaterthanorequals" => date >= *than,
                "lessthan" => date < *than,
                _ => date <= *than,
            },
        }
    }
}

fn unreadable() -> Refusal {
    Refusal::invalid("filter must be {\"Field\",\"Value\",\"Operator\"}.")
}

/// `size` and `offset` are ignored: invoices of this kind come all at once (contract 18.2).
async fn list(State(sim): State<Sim>, call: Call) -> Answer {
    let filter = match call.parameter("filter") {
        None => Filter::Everything,
        Some(text) => Filter::read(&serde_json::from_str(text).map_err(|_| unreadable())?)?,
    };
    sim.read(|world, now| {
        let invoices = world.invoices.values().filter(|invoice| filter.passes(date_of(invoice.created)));
        let items = invoices.map(|invoice| amended_view(world, invoice, now)).collect();
        ok(&collection(items, "/invoices", None))
    })
}

async fn read(State(sim): State<Sim>, call: Call, Path(id): Path<String>) -> Answer {
    call.needs_user()?;
    sim.read(|world, now| {
        let invoice = invoice_of(world, &id)?;
        let mut view = amended_view(world, invoice, now);
        view["pdfDownloadLink"] = json!(statement::download_link(&sim, &invoice.id, now));
        ok(&view)
    })
}

/// The balance of one currency.
fn summary_view(world: &World, currency: &str, now: Timestamp) -> Value {
    let invoices: Vec<&Invoice> = world.invoices.values().filter(|invoice| invoice.currency == currency).collect();
    let balance: Decimal = invoices.iter().map(|invoice| invoice.total - invoice.paid(now)).sum();
    let last_paid = invoices.iter().filter(|invoice| invoice.paid_at() <= now).max_by_key(|invoice| invoice.created);
    let mut view = json!({"balanceAmount": number(balance), "currencyCode": currency,
        "currencySymbol": symbol(currency), "accountingDate": stamp(now),
        "firstInvoiceCreationDate": invoices.first().map(|invoice| stamp(invoice.created)),
        "lastPaymentDate": last_paid.map(|invoice| stamp(invoice.paid_at())),
        "lastPaymentAmount": number(last_paid.map_or(Decimal::ZERO, |invoice| invoice.total)),
        "latestInvoiceDate": invoices.last().map(|invoice| stamp(invoice.created)),
        "links": {"self": link("/invoices/summary")}, "attributes": {"objectType": "InvoiceSummary"}});
    if let Some(members) = view.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    let whole = view.clone();
    view["details"] = json!([{"invoiceType": "Recurring", "summary": whole}]);
    view
}

/// Currencies with an invoice; that of the provider's own country if there is none.
fn currencies(world: &World) -> Vec<&str> {
    let mut codes: Vec<&str> = world.invoices.values().map(|invoice| invoice.currency.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    if codes.is_empty() { vec!["EUR"] } else { codes }
}

async fn summary(State(sim): State<Sim>, _: Call) -> Answer {
    sim.read(|world, now| {
        let codes = currencies(world);
        // The provider's own currency where there are several.
        let code = codes.iter().find(|code| **code == "EUR").or(codes.first()).copied().unwrap_or("EUR");
        ok(&summary_view(world, code, now))
    })
}

async fn summaries(State(sim): State<Sim>, _: Call) -> Answer {
    sim.read(|world, now| {
        let items = currencies(world).into_iter().map(|code| summary_view(world, code, now)).collect();
        ok(&collection(items, "/invoices/summaries", None))
    })
}

/// Ready-made addresses of the lines that are not billed yet.
async fn estimates(State(_): State<Sim>, call: Call) -> Answer {
    let code = currency_of(call.parameter("currencycode").unwrap_or(""))?;
    let kinds = [
        ("non_consumption", "all", "billinglineitems", "Seats and one-time purchases"),
        ("daily_rated_usage", "all", "usagelineitems", "Daily rated usage"),
        ("daily_rated_usage", "Marketplace", "usagelineitems", "Daily rated usage of the marketplace"),
    ];
    let mut items = Vec::new();
    for (kind, provider, lines, title) in kinds {
        for period in ["Current", "Previous"] {
            let path = format!(
                "/invoices/unbilled/lineitems?provider={provider}&invoicelineitemtype={lines}&currencycode={code}&period={}&size=2000",
                period.to_lowercase()
            );
            items.push(json!({"type": kind, "title": title, "description": format!("{title}, {period} period"),
                "period": period, "link": link(&path)}));
        }
    }
    ok(&collection(items, &format!("/invoices/estimates/links?currencycode={code}"), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_by_date_and_combinations() {
        let filter = |text: &str| Filter::read(&serde_json::from_str(text).unwrap());
        let from = r#"{"Field":"InvoiceDate","Value":"2026-03-01T00:00:00Z","Operator":"greater_than_or_equals"}"#;
        let to = r#"{"field":"invoiceDate","value":"2026-04-01","operator":"LessThan"}"#;
        let both = format!(r#"{{"Operator":"and","LeftFilter":{from},"RightFilter":{to}}}"#);
        let both = filter(&both).unwrap();
        let date = |text: &str| text.parse::<Date>().unwrap();
        assert!(both.passes(date("2026-03-01")) && both.passes(date("2026-03-31")));
        assert!(!both.passes(date("2026-04-01")) && !both.passes(date("2026-02-28")));
        assert!(filter(r#"{"Field":"Total","Value":"1","Operator":"equals"}"#).is_err());
        assert!(filter(r#"{"Field":"InvoiceDate","Value":"soon","Operator":"equals"}"#).is_err());
        assert!(filter(r#"{"Field":"InvoiceDate","Value":"2026-01-01","Operator":"substring"}"#).is_err());
        assert!(filter("7").is_err());
    }
}
