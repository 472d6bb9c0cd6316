//! Price sheets, exchange rates and the offer matrix: files of another host, asked for by market
//! and month, read row by row. Source: contract §12.5. Next: `prices/table.rs`.

mod matrix;
mod month;
mod rates;
mod sheet;
mod table;
mod unpack;
mod us_date;

pub use matrix::{OfferMatrix, OfferRow};
pub use month::{Month, NotAMonth};
pub use rates::{FxRate, FxRates};
pub use sheet::{MonthlyPrice, PriceKey, PriceRow, PriceSheet};
pub use table::SheetError;
pub use unpack::SheetLimits;
