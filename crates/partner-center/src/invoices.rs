//! Invoices, balances, statements as PDF and the links to what is still open. Amounts are exact.
//! Source: contract §18.2. The lines are in `line_items.rs`.

use std::collections::HashSet;

use rust_decimal::Decimal;
use secrecy::SecretString;
use serde_json::json;

use crate::client::Client;
use crate::download::Download;
use crate::error::Error;
use crate::instant::Instant;
use crate::line_items::{BillingPeriod, BillingProvider, LineItemKind};
use crate::members::{FromMembers, Members};
use crate::paging::{NextPage, Page, Paging};
use crate::request::{Auth, Request};
use crate::row_error::RowError;
use crate::words::words;

/// Page size of the listing.
const PAGE: usize = 200;
/// Most pages of the listing.
const MOST_PAGES: usize = 500;
/// Longest statement read, in bytes.
const LONGEST_STATEMENT: u64 = 64 * 1024 * 1024;

words! {
    /// What a document is.
    DocumentType {
        /// An invoice.
        Invoice = "invoice",
        /// A credit note.
        CreditNote = "credit_note",
        /// A correction.
        AdjustmentNote = "adjustment_note",
        /// A cancellation of another document.
        VoidNote = "void_note",
    }
}

words! {
    /// Kind of an invoice; New Commerce seats, though recurring, come on `OneTime` ones.
    InvoiceType {
        /// Legacy seats and usage.
        Recurring = "Recurring",
        /// New Commerce and one-time purchases.
        OneTime = "OneTime",
    }
}

words! {
    /// What a ready-made link leads to.
    EstimateKind {
        /// Usage, rated daily.
        DailyRatedUsage = "daily_rated_usage",
        /// Everything else: seats, software, reservations.
        NonConsumption = "non_consumption",
    }
}

/// An invoice, or another document of the bill.
#[derive(Clone, Debug)]
pub struct Invoice {
    /// Id; begins with `G` on New Commerce and with `D` on legacy.
    pub id: String,
    /// When it was issued.
    pub invoice_date: Option<Instant>,
    /// First day of the month billed.
    pub billing_period_start: Option<Instant>,
    /// Last day of the month billed.
    pub billing_period_end: Option<Instant>,
    /// All charges.
    pub total_charges: Option<Decimal>,
    /// As it came: **negative** when something was paid; see [`Invoice::paid`].
    pub paid_amount: Option<Decimal>,
    /// ISO 4217.
    pub currency_code: Option<String>,
    /// Symbol of the currency.
    pub currency_symbol: Option<String>,
    /// Signed link to the PDF, good for 30 minutes; only of an invoice read by its id.
    pub pdf_download_link: Option<SecretString>,
    /// Where its lines are.
    pub details: Vec<InvoiceDetail>,
    /// Documents that correct this one.
    pub amendments: Vec<Self>,
    /// What it is.
    pub document_type: Option<DocumentType>,
    /// The document that this one corrects.
    pub amends_of: Option<String>,
    /// Kind.
    pub invoice_type: Option<InvoiceType>,
    /// State, an open list; `state` or `status` on the wire.
    pub state: Option<String>,
}

/// Where lines of an invoice are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceDetail {
    /// Which lines.
    pub line_item_kind: Option<LineItemKind>,
    /// Whose.
    pub billing_provider: Option<BillingProvider>,
    /// Address of the lines, as it came; see [`crate::LineItemQuery::billed`].
    pub link: Option<String>,
}

impl Invoice {
    /// What was paid, positive; `None` when the server does not say.
    #[must_use]
    pub fn paid(&self) -> Option<Decimal> {
        self.paid_amount.map(|amount| if amount.is_zero() { Decimal::ZERO } else { -amount })
    }

    /// Whether it belongs to New Commerce (`G…`).
    #[must_use]
    pub fn is_new_commerce(&self) -> bool {
        self.id.starts_with(['G', 'g'])
    }
}

impl FromMembers for Invoice {
    fn from_members(members: &Members<'_>, depth: usize) -> Result<Self, RowError> {
        let id = members.text("id")?.ok_or_else(|| RowError::new("id", "", "an invoice id"))?;
        let state = match members.text("state")? {
            Some(state) => Some(state),
            None => members.text("status")?,
        };
        Ok(Self {
            id,
            invoice_date: members.instant("invoiceDate")?,
            billing_period_start: members.instant("billingPeriodStartDate")?,
            billing_period_end: members.instant("billingPeriodEndDate")?,
            total_charges: members.decimal("totalCharges")?,
            paid_amount: members.decimal("paidAmount")?,
            currency_code: members.text("currencyCode")?,
            currency_symbol: members.text("currencySymbol")?,
            pdf_download_link: members.text("pdfDownloadLink")?.map(SecretString::from),
            details: members.nested("invoiceDetails", depth)?,
            amendments: members.nested("amendments", depth)?,
            document_type: members.text("documentType")?.map(|word| DocumentType::from(word.as_str())),
            amends_of: members.text("amendsOf")?,
            invoice_type: members.text("invoiceType")?.map(|word| InvoiceType::from(word.as_str())),
            state,
        })
    }
}

impl FromMembers for InvoiceDetail {
    fn from_members(members: &Members<'_>, _depth: usize) -> Result<Self, RowError> {
        let own = members.json("links").map(Members::read).transpose()?;
        let link = own.and_then(|links| links.json("self")).map(link_of).transpose()?.flatten();
        Ok(Self {
            line_item_kind: members.text("invoiceLineItemType")?.map(|word| LineItemKind::from(word.as_str())),
            billing_provider: members.text("billingProvider")?.map(|word| BillingProvider::from(word.as_str())),
            link,
        })
    }
}

/// A link is a text or an object with a `uri`.
fn link_of(json: &str) -> Result<Option<String>, RowError> {
    if json.starts_with('{') {
        return Members::read(json)?.text("uri");
    }
    serde_json::from_str(json).map(Some).map_err(|_| RowError::new("link", json, "an address"))
}

/// What is owed.
#[derive(Clone, Debug, PartialEq)]
pub struct InvoiceSummary {
    /// Balance.
    pub balance_amount: Option<Decimal>,
    /// ISO 4217.
    pub currency_code: Option<String>,
    /// Symbol of the currency.
    pub currency_symbol: Option<String>,
    /// When the balance was struck.
    pub accounting_date: Option<Instant>,
    /// When the first invoice was made.
    pub first_invoice_creation_date: Option<Instant>,
    /// When something was paid last.
    pub last_payment_date: Option<Instant>,
    /// How much that was.
    pub last_payment_amount: Option<Decimal>,
    /// When the latest invoice was issued.
    pub latest_invoice_date: Option<Instant>,
    /// The same by kind of invoice.
    pub details: Vec<InvoiceSummaryDetail>,
}

/// The balance of one kind of invoice.
#[derive(Clone, Debug, PartialEq)]
pub struct InvoiceSummaryDetail {
    /// Kind.
    pub invoice_type: Option<InvoiceType>,
    /// Its balance.
    pub summary: Option<InvoiceSummary>,
}

impl FromMembers for InvoiceSummary {
    fn from_members(members: &Members<'_>, depth: usize) -> Result<Self, RowError> {
        Ok(Self {
            balance_amount: members.decimal("balanceAmount")?,
            currency_code: members.text("currencyCode")?,
            currency_symbol: members.text("currencySymbol")?,
            accounting_date: members.instant("accountingDate")?,
            first_invoice_creation_date: members.instant("firstInvoiceCreationDate")?,
            last_payment_date: members.instant("lastPaymentDate")?,
            last_payment_amount: members.decimal("lastPaymentAmount")?,
            latest_invoice_date: members.instant("latestInvoiceDate")?,
            details: members.nested("details", depth)?,
        })
    }
}

impl FromMembers for InvoiceSummaryDetail {
    fn from_members(members: &Members<'_>, depth: usize) -> Result<Self, RowError> {
        Ok(Self {
            invoice_type: members.text("invoiceType")?.map(|word| InvoiceType::from(word.as_str())),
            summary: members.nested("summary", depth)?.pop(),
        })
    }
}

/// A ready-made link to open lines; read them with [`crate::LineItemQuery::ready_made`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EstimateLink {
    /// What it leads to.
    pub kind: Option<EstimateKind>,
    /// Title.
    pub title: Option<String>,
    /// Text.
    pub description: Option<String>,
    /// Of which month.
    pub period: Option<BillingPeriod>,
    /// Address as it came; never followed as it is.
    pub link: Option<String>,
}

impl FromMembers for EstimateLink {
    fn from_members(members: &Members<'_>, _depth: usize) -> Result<Self, RowError> {
        Ok(Self {
            kind: members.text("type")?.map(|word| EstimateKind::from(word.as_str())),
            title: members.text("title")?,
            description: members.text("description")?,
            period: members.text("period")?.map(|word| BillingPeriod::from(word.as_str())),
            link: members.json("link").map(link_of).transpose()?.flatten(),
        })
    }
}

/// Which invoices are listed, by the day they were issued (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvoiceFilter {
    /// On this day or later.
    From(Instant),
    /// On this day or earlier.
    Until(Instant),
}

impl InvoiceFilter {
    fn text(self) -> String {
        let (day, operator) = match self {
            Self::From(day) => (day, "greater_than_or_equals"),
            Self::Until(day) => (day, "less_than_or_equals"),
        };
        let day = day.0.strftime("%Y-%m-%d").to_string();
        json!({ "Field": "InvoiceDate", "Value": day, "Operator": operator }).to_string()
    }
}

impl Client {
    /// Invoices and other documents, each once: the server is known to ignore the position asked
    /// for, so a page without anything new is the end. Row 49 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn invoices(&self, filter: Option<InvoiceFilter>) -> Result<Vec<Invoice>, Error> {
        let first = Request::get("/v1/invoices", &[])?
            .query("size", PAGE.to_string())
            .query("offset", "0")
            .maybe("filter", filter.map(InvoiceFilter::text));
        let (mut invoices, mut seen) = (Vec::new(), HashSet::new());
        let mut after: Option<NextPage> = None;
        for _ in 0..MOST_PAGES {
            let page: Page<Invoice> = self.page(&first, Paging::Offset { size: PAGE }, after.as_ref()).await?;
            let before = invoices.len();
            invoices.extend(page.items.into_iter().filter(|invoice| seen.insert(invoice.id.to_ascii_lowercase())));
            after = page.next;
            if after.is_none() || invoices.len() == before {
                return Ok(invoices);
            }
        }
        Err(Error::invalid("invoices", "/v1/invoices", format!("a listing that ends within {MOST_PAGES} pages")))
    }

    /// One invoice, with the link to its PDF. Row 49 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn invoice(&self, invoice: &str) -> Result<Invoice, Error> {
        let request = Request::get("/v1/invoices/{invoice}", &[invoice])?.auth(Auth::User);
        self.read_answer(request, |answer| answer.exact()).await
    }

    /// The statement of an invoice, `application/pdf`, of at most 64 MiB. Row 49 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn invoice_statement(&self, invoice: &str) -> Result<Download, Error> {
        let request = Request::get("/v1/invoices/{invoice}/documents/statement", &[invoice])?.auth(Auth::User);
        self.download(request, LONGEST_STATEMENT).await
    }

    /// The balance. Row 49 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn invoice_summary(&self) -> Result<InvoiceSummary, Error> {
        self.read_answer(Request::get("/v1/invoices/summary", &[])?, |answer| answer.exact()).await
    }

    /// The balances, one for each currency. Row 49 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn invoice_summaries(&self) -> Result<Vec<InvoiceSummary>, Error> {
        self.read_answer(Request::get("/v1/invoices/summaries", &[])?, |answer| answer.exact_items()).await
    }

    /// Ready-made links to the open lines in a currency, ISO 4217. Row 49 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn estimate_links(&self, currency: &str) -> Result<Vec<EstimateLink>, Error> {
        let request = Request::get("/v1/invoices/estimates/links", &[])?.query("currencycode", currency);
        self.read_answer(request, |answer| answer.exact_items()).await
    }
}

impl<'de> serde::Deserialize<'de> for Invoice {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
        Self::from_json(raw.get(), 0).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVOICE: &str = r#"{"id":"G000101","invoiceDate":"2026-04-07T00:00:00","billingPeriodStartDate":"2026-03-01T00:00:00Z",
        "billingPeriodEndDate":"2026-03-31T00:00:00Z","totalCharges":1234567890123456789.01,"paidAmount":-20.50,"currencyCode":"EUR",
        "currencySymbol":"€","pdfDownloadLink":"https://files.example/g?sig=hush","invoiceDetails":[{"invoiceLineItemType":"billing_line_items",
        "billingProvider":"one_time","links":{"self":{"uri":"/invoices/G000101/lineitems","method":"GET","headers":[]}}}],
        "amendments":[{"id":"G000102","documentType":"credit note","amendsOf":"G000101","totalCharges":"-5.00"}],
        "documentType":"Invoice","invoiceType":"one_time","state":"Due","links":{},"attributes":{"objectType":"Invoice"}}"#;

    #[test]
    fn an_invoice_is_exact_and_its_signed_link_stays_hidden() {
        let invoice: Invoice = serde_json::from_str(INVOICE).expect("invoice");
        assert_eq!(invoice.total_charges.expect("total").to_string(), "1234567890123456789.01");
        assert_eq!(invoice.paid(), Some(Decimal::new(2050, 2)));
        assert!(invoice.is_new_commerce());
        assert_eq!(invoice.document_type, Some(DocumentType::Invoice));
        assert_eq!(invoice.invoice_type, Some(InvoiceType::OneTime));
        assert_eq!(invoice.details[0].billing_provider, Some(BillingProvider::OneTime));
        assert_eq!(invoice.details[0].line_item_kind, Some(LineItemKind::BillingLineItems));
        assert_eq!(invoice.details[0].link.as_deref(), Some("/invoices/G000101/lineitems"));
        let credit = &invoice.amendments[0];
        assert_eq!(credit.document_type, Some(DocumentType::CreditNote));
        assert_eq!((credit.total_charges, credit.paid()), (Some(Decimal::new(-500, 2)), None));
        assert!(!format!("{invoice:?}").contains("hush"));
    }

    #[test]
    fn document_types_come_with_and_without_blanks() {
        for (word, expected) in [
            ("credit_note", DocumentType::CreditNote),
            ("Credit Note", DocumentType::CreditNote),
            ("adjustmentNote", DocumentType::AdjustmentNote),
            ("Void note", DocumentType::VoidNote),
            ("receipt", DocumentType::Other("receipt".into())),
        ] {
            assert_eq!(DocumentType::from(word), expected);
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let mut json = r#"{"id":"G1"}"#.to_owned();
        for _ in 0..20_000 {
            json = format!(r#"{{"id":"G1","amendments":[{json}]}}"#);
            if json.len() > 200_000 {
                break;
            }
        }
        assert!(Invoice::from_json(&json, 0).is_err());
        let details = r#"{"details":[{"invoiceType":"Recurring","summary":"#.repeat(5_000);
        let json = format!("{details}{{}}{}", "}]}".repeat(5_000));
        assert!(InvoiceSummary::from_json(&json, 0).is_err());
    }
}
