//! Price sheets, exchange rates and the offer matrix: files of another host, asked for by market
//! and month, read row by row. Source: contract §12.5. Next: `prices/table.rs`.

mod matrix;
mod month;
mod rates;
mod sheet;
mod table;
mod unpack;
mod us_date;

use crate::client::Client;
use crate::download::Download;
use crate::error::Error;
use crate::request::{Auth, Base, Request};
use crate::words::words;

pub use matrix::{OfferMatrix, OfferRow};
pub use month::{Month, NotAMonth};
pub use rates::{FxRate, FxRates};
pub use sheet::{MonthlyPrice, PriceKey, PriceRow, PriceSheet};
pub use table::SheetError;
pub use unpack::SheetLimits;

/// Longest price file received, packed or not.
const LONGEST_FILE: u64 = 2 * 1024 * 1024 * 1024;

words! {
    /// Which prices.
    PriceView {
        /// Seats of New Commerce.
        UpdatedLicenseBased = "updatedlicensebased",
        /// Usage of Azure.
        AzureConsumption = "azure_consumption",
        /// Reservations of Azure.
        AzureReservations = "azure_reservations",
        /// Software.
        Software = "software",
        /// Products of other publishers.
        Marketplace = "marketplace",
        /// Seats in extended service terms.
        LicenseBasedEst = "licensebasedest",
        /// Seats whose sale ends.
        LicenseBasedEos = "licensebasedeos",
    }
}

/// Of when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timeline {
    /// Of this month.
    #[default]
    Current,
    /// Of a month that is over.
    History(Month),
    /// Of a month to come; there may be none yet.
    Future(Month),
}

/// A price sheet to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceSheetQuery {
    /// ISO 3166 alpha-2.
    pub market: String,
    /// Which prices.
    pub view: PriceView,
    /// Of when.
    pub timeline: Timeline,
}

impl PriceSheetQuery {
    fn request(&self) -> Result<Request, Error> {
        let market = self.market.to_ascii_uppercase();
        if market.len() != 2 || !market.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(Error::invalid("market", &self.market, "two letters, ISO 3166"));
        }
        let view = self.view.as_str();
        if view.is_empty() || !view.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(Error::invalid("view", view, "letters, digits and _"));
        }
        let name = format!("pricesheets(Market='{market}',PricesheetView='{view}')");
        let request = file(&name)?;
        Ok(match self.timeline {
            Timeline::Current => request.query("timeline", "current"),
            Timeline::History(month) => request.query("timeline", "history").query("month", month.to_string()),
            Timeline::Future(month) => request.query("timeline", "future").query("month", month.to_string()),
        })
    }
}

fn file(name: &str) -> Result<Request, Error> {
    Ok(Request::get("/v1.0/sales/{file}/$value", &[name])?
        .base(Base::Prices)
        .auth(Auth::User)
        .header("Accept", "application/octet-stream, text/csv, application/zip, application/json")
        // The compressed answer is a ZIP, which the readers here know by its first bytes.
        .header("Accept-Encoding", "deflate")
        .verdicts(&[404]))
}

impl Client {
    /// A price sheet, to be kept in a file and read with [`PriceSheet`]; `None` when there is none
    /// for that market, view and month, which is usual for the future. Row 32 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn price_sheet(&self, query: &PriceSheetQuery) -> Result<Option<Download>, Error> {
        self.price_file(query.request()?).await
    }

    /// The exchange rates of a month, to be read with [`FxRates`]; `None` when there are none. Row
    /// 32 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn fx_rates(&self, month: Month) -> Result<Option<Download>, Error> {
        self.price_file(file(&format!("fxrates(Month='{month}')"))?).await
    }

    /// The offer matrix of a month, to be read with [`OfferMatrix`]; `None` when there is none.
    /// Row 32 of §6.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn offer_matrix(&self, month: Month) -> Result<Option<Download>, Error> {
        self.price_file(file(&format!("offermatrix(Month='{month}')"))?).await
    }

    async fn price_file(&self, request: Request) -> Result<Option<Download>, Error> {
        let download = self.download(request, LONGEST_FILE).await?;
        Ok((download.status() != 404).then_some(download))
    }
}

#[cfg(feature = "fuzzing")]
pub(crate) use us_date::{ListDate, parse as list_date};
