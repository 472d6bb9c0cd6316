//! Which lines of v1 are read, in each of its forms. This path gets no new billed data since April
//! 2025 and is a fallback to the export. Source: contract §18.3.

use reqwest::Url;

use super::item::LineItem;
use crate::client::Client;
use crate::error::Error;
use crate::invoices::EstimateLink;
use crate::paging::{Pages, Paging};
use crate::request::Request;
use crate::row_error::RowError;
use crate::words::words;

/// Most lines of a page, and the default.
const MOST_LINES: usize = 2000;
/// Most query members taken from a ready-made link.
const MOST_MEMBERS: usize = 20;

words! {
    /// Whose lines.
    BillingProvider {
        /// Everything of New Commerce, the recurring seats included, in spite of its name.
        OneTime = "onetime",
        /// Legacy seats.
        Office = "office",
        /// Legacy usage.
        Azure = "azure",
        /// Products of other publishers.
        Marketplace = "marketplace",
        /// All, in ready-made links.
        All = "all",
    }
}

words! {
    /// Which lines.
    LineItemKind {
        /// What is billed.
        BillingLineItems = "billinglineitems",
        /// The usage behind it.
        UsageLineItems = "usagelineitems",
    }
}

words! {
    /// Which month of open lines.
    BillingPeriod {
        /// The running one.
        Current = "current",
        /// The one before.
        Previous = "previous",
    }
}

/// Which lines of v1 are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineItemQuery {
    form: Form,
    provider: BillingProvider,
    kind: LineItemKind,
    size: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Billed { invoice: String },
    BilledByPath { invoice: String },
    Unbilled { currency: String, period: BillingPeriod },
    ReadyMade { invoice: String, query: Vec<(String, String)> },
}

impl LineItemQuery {
    fn new(form: Form) -> Self {
        Self { form, provider: BillingProvider::OneTime, kind: LineItemKind::BillingLineItems, size: MOST_LINES }
    }

    /// The lines of an invoice: those of New Commerce that are billed, 2000 a page.
    #[must_use]
    pub fn billed(invoice: &str) -> Self {
        Self::new(Form::Billed { invoice: invoice.to_owned() })
    }

    /// The same lines, asked for by the older path `…/lineitems/OneTime/BillingLineItems`.
    #[must_use]
    pub fn billed_by_path(invoice: &str) -> Self {
        Self::new(Form::BilledByPath { invoice: invoice.to_owned() })
    }

    /// The open lines of a month in a currency, ISO 4217.
    #[must_use]
    pub fn unbilled(currency: &str, period: BillingPeriod) -> Self {
        Self::new(Form::Unbilled { currency: currency.to_owned(), period })
    }

    /// What a ready-made link points at. Of the link only ids and query count: it is asked for on
    /// our own base, whatever host it names (trap 7).
    ///
    /// # Errors
    /// [`Error::Invalid`] when the link is not one of line items.
    pub fn ready_made(link: &EstimateLink) -> Result<Self, Error> {
        let uri = link.link.as_deref().unwrap_or_default();
        let wrong = || Error::invalid("link", uri, "a link to /invoices/…/lineitems");
        let url = Url::parse("http://localhost/").and_then(|base| base.join(uri.trim())).map_err(|_| wrong())?;
        let mut path: Vec<&str> = url.path_segments().into_iter().flatten().filter(|piece| !piece.is_empty()).collect();
        if path.first().is_some_and(|piece| piece.eq_ignore_ascii_case("v1")) {
            path.remove(0);
        }
        let [invoices, invoice, line_items] = path[..] else { return Err(wrong()) };
        if !invoices.eq_ignore_ascii_case("invoices") || !line_items.eq_ignore_ascii_case("lineitems") {
            return Err(wrong());
        }
        let query = url.query_pairs().take(MOST_MEMBERS).map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
        Ok(Self::new(Form::ReadyMade { invoice: invoice.to_owned(), query }))
    }

    /// Another provider's lines.
    #[must_use]
    pub fn of(mut self, provider: BillingProvider) -> Self {
        self.provider = provider;
        self
    }

    /// Another kind of lines.
    #[must_use]
    pub fn kind(mut self, kind: LineItemKind) -> Self {
        self.kind = kind;
        self
    }

    /// Fewer lines a page: 1 to 2000.
    #[must_use]
    pub fn page_size(mut self, size: usize) -> Self {
        self.size = size;
        self
    }

    fn request(&self) -> Result<(Request, Paging), Error> {
        if !(1..=MOST_LINES).contains(&self.size) {
            return Err(Error::invalid("size", &self.size.to_string(), format!("1 to {MOST_LINES}")));
        }
        let with_words = |request: Request| {
            request.query("provider", self.provider.as_str()).query("invoicelineitemtype", self.kind.as_str())
        };
        let request = match &self.form {
            Form::Billed { invoice } => with_words(Request::get("/v1/invoices/{invoice}/lineitems", &[invoice])?),
            Form::BilledByPath { invoice } => {
                let provider = match &self.provider {
                    BillingProvider::OneTime => "OneTime",
                    BillingProvider::Office => "Office",
                    BillingProvider::Azure => "Azure",
                    other => other.as_str(),
                };
                let kind = match &self.kind {
                    LineItemKind::BillingLineItems => "BillingLineItems",
                    LineItemKind::UsageLineItems => "UsageLineItems",
                    LineItemKind::Other(word) => word,
                };
                Request::get("/v1/invoices/{invoice}/lineitems/{provider}/{kind}", &[invoice, provider, kind])?
            }
            Form::Unbilled { currency, period } => {
                if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_alphabetic()) {
                    return Err(Error::invalid("currencycode", currency, "three letters, ISO 4217"));
                }
                with_words(Request::get("/v1/invoices/unbilled/lineitems", &[])?)
                    .query("currencycode", currency)
                    .query("period", period.as_str())
            }
            Form::ReadyMade { invoice, query } => {
                let request = Request::get("/v1/invoices/{invoice}/lineitems", &[invoice])?;
                query
                    .iter()
                    .filter(|(name, _)| !name.eq_ignore_ascii_case("size"))
                    .fold(request, |request, (name, value)| request.query(name, value))
            }
        };
        let request = request.query("size", self.size.to_string());
        // Legacy lines are paged by position, everything else by token (§4.2).
        if self.provider == BillingProvider::Office {
            return Ok((request.query("offset", "0"), Paging::Offset { size: self.size }));
        }
        Ok((request, Paging::Token))
    }
}

/// A line of a page, or why it cannot be read; the lines around it are not affected.
#[derive(Clone, Debug, PartialEq)]
pub struct LineItemRow(pub Result<LineItem, RowError>);

impl<'de> serde::Deserialize<'de> for LineItemRow {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
        Ok(Self(LineItem::read(raw.get())))
    }
}

impl Client {
    /// Lines of a bill, page by page; only one page is held. Row 49 of §6.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a query that cannot be sent; the pages answer [`Error`] themselves.
    pub fn line_items(&self, query: &LineItemQuery) -> Result<Pages<LineItemRow>, Error> {
        let (request, paging) = query.request()?;
        Ok(self.pages(request, paging))
    }
}
