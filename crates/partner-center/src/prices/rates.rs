//! The exchange rates of a month: US dollars for one unit of a currency. Source: contract §12.5.

use std::io::Read;

use rust_decimal::Decimal;

use super::month::Month;
use super::table::{Column, SheetError, Table};
use super::unpack::SheetLimits;
use super::us_date::{self, ListDate};

/// A row of the exchange rates.
#[derive(Clone, Debug, PartialEq)]
pub struct FxRate {
    /// ISO 4217.
    pub currency: String,
    /// US dollars for one unit of the currency.
    pub usd_per_unit: Decimal,
    /// The month it holds for.
    pub month: Month,
}

/// The rows of an exchange-rate file; as [`super::PriceSheet`].
pub struct FxRates<R: Read> {
    table: Table<R>,
    currency: Column,
    usd_per_unit: Column,
    month: Column,
}

impl<R: Read> FxRates<R> {
    /// Reads the header line.
    ///
    /// # Errors
    /// [`SheetError`], never of one row.
    pub fn open(input: R) -> Result<Self, SheetError> {
        let (table, header) = Table::open(input, SheetLimits::default())?;
        Ok(Self {
            currency: header.needed("CurrencyCode")?,
            usd_per_unit: header.needed("USDPerUnit")?,
            month: header.needed("Month")?,
            table,
        })
    }
}

impl<R: Read> Iterator for FxRates<R> {
    type Item = Result<FxRate, SheetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.table.next(|row| {
            Ok(FxRate {
                currency: row.filled(self.currency)?.to_owned(),
                usd_per_unit: row.amount(self.usd_per_unit)?,
                month: row.read(self.month, "a month, YYYYMM", month)?,
            })
        })
    }
}

/// `YYYYMM`, or any day of the month.
fn month(text: &str) -> Option<Month> {
    if let Ok(month) = text.parse() {
        return Some(month);
    }
    let Some(ListDate::At(day)) = us_date::parse(text) else { return None };
    let date = day.0.to_zoned(jiff::tz::TimeZone::UTC).date();
    Month::new(date.year(), date.month()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_exact_and_their_month_has_two_shapes() {
        let text = "\"CurrencyCode\",\"USDPerUnit\",\"Month\"\r\n\"EUR\",\"1.0837000000000000001\",\"202603\"\r\n\"JPY\",\"0.0067\",\"3/1/2026 12:00:00 AM\"\r\n\"XXX\",\"\",\"202603\"\r\n\"XXX\",\"1\",\"March\"\r\n";
        let rows: Vec<_> = FxRates::open(text.as_bytes()).expect("header").collect();
        let euro = rows[0].as_ref().expect("euro");
        assert_eq!(
            (euro.usd_per_unit.to_string().as_str(), euro.month.to_string().as_str()),
            ("1.0837000000000000001", "202603")
        );
        assert_eq!(rows[1].as_ref().expect("yen").month, euro.month);
        assert!(matches!(&rows[2], Err(SheetError::Row(error)) if error.line == 4 && error.column == "USDPerUnit"));
        assert!(matches!(&rows[3], Err(SheetError::Row(error)) if error.line == 5 && error.column == "Month"));
        assert!(FxRates::open(&b"CurrencyCode,Month\n"[..]).is_err());
    }
}
