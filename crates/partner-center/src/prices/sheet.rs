//! The price sheet: what a seat costs us and should cost the customer, for the whole term.
//! Source: contract §12.5, trap 43.

use std::io::Read;

use rust_decimal::{Decimal, RoundingStrategy};

use super::table::{Column, Header, Row, SheetError, Table};
use super::unpack::SheetLimits;
use crate::catalogue::BillingCycle;
use crate::instant::Instant;
use crate::row_error::RowError;

/// What a price belongs to. Two rows with the same key differ in time only. Ids and words are as
/// in the sheet, but in upper case, so that keys of different sheets can be compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PriceKey {
    /// Product.
    pub product_id: String,
    /// SKU.
    pub sku_id: String,
    /// Term, ISO 8601.
    pub term_duration: String,
    /// Billing plan.
    pub billing_plan: String,
    /// Segment.
    pub segment: String,
    /// From this many units on; `None` without tiers.
    pub tier_from: Option<Decimal>,
}

/// A row of the price sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceRow {
    /// Title of the product.
    pub product_title: String,
    /// Product.
    pub product_id: String,
    /// SKU.
    pub sku_id: String,
    /// Title of the SKU.
    pub sku_title: String,
    /// Publisher.
    pub publisher: String,
    /// Text.
    pub sku_description: String,
    /// What is counted, e.g. `1 user`.
    pub unit_of_measure: String,
    /// Term, ISO 8601, e.g. `P1Y`.
    pub term_duration: String,
    /// How often is billed.
    pub billing_plan: BillingCycle,
    /// ISO 3166 alpha-2.
    pub market: String,
    /// ISO 4217.
    pub currency: String,
    /// Our cost of one unit **for the whole term**, whatever the billing plan.
    pub unit_price: Decimal,
    /// First unit of the tier; `None` without tiers.
    pub tier_from: Option<Decimal>,
    /// Last unit of the tier; `None` without an end.
    pub tier_to: Option<Decimal>,
    /// From when the price holds.
    pub effective_from: Instant,
    /// Until when; `None` when there is no end (year 9999).
    pub effective_until: Option<Instant>,
    /// Tags, as they come.
    pub tags: String,
    /// Suggested price of one unit for the whole term; `None` when the cell is blank.
    pub erp_price: Option<Decimal>,
    /// `Commercial`, `Education`, …
    pub segment: String,
}

/// Prices of one unit for one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthlyPrice {
    /// Our cost.
    pub unit_price: Decimal,
    /// Suggested price.
    pub erp_price: Option<Decimal>,
    /// Instalments of the term.
    pub instalments: u32,
}

impl PriceRow {
    /// What the price belongs to.
    #[must_use]
    pub fn key(&self) -> PriceKey {
        PriceKey {
            product_id: self.product_id.to_uppercase(),
            sku_id: self.sku_id.to_uppercase(),
            term_duration: self.term_duration.to_uppercase(),
            billing_plan: self.billing_plan.as_str().to_uppercase(),
            segment: self.segment.to_uppercase(),
            tier_from: self.tier_from,
        }
    }

    /// Whether the price holds at a moment.
    #[must_use]
    pub fn holds_at(&self, moment: Instant) -> bool {
        self.effective_from <= moment && self.effective_until.is_none_or(|until| moment <= until)
    }

    /// Months of the term; `None` when it is not a whole number of months.
    #[must_use]
    pub fn term_months(&self) -> Option<u32> {
        let text = self.term_duration.to_ascii_uppercase();
        let (number, months) = match text.strip_prefix('P')? {
            years if years.ends_with('Y') => (years.trim_end_matches('Y'), 12),
            months => (months.strip_suffix('M')?, 1),
        };
        let digits = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        let months = if digits { number.parse::<u32>().ok()? * months } else { 0 };
        (months > 0).then_some(months)
    }

    /// The monthly instalment of a row that is billed monthly: the term's price divided by its
    /// months (P1Y by 12, P3Y by 36), rounded half away from zero to `places` decimals. `None` for
    /// other billing plans and terms. The price of the term is the truth: instalments times months
    /// may differ from it by their rounding.
    #[must_use]
    pub fn monthly(&self, places: u32) -> Option<MonthlyPrice> {
        if self.billing_plan != BillingCycle::Monthly {
            return None;
        }
        let instalments = self.term_months()?;
        let share = |price: Decimal| {
            let share = price.checked_div(Decimal::from(instalments))?;
            Some(share.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero))
        };
        let erp_price = match self.erp_price {
            Some(price) => Some(share(price)?),
            None => None,
        };
        Some(MonthlyPrice { unit_price: share(self.unit_price)?, erp_price, instalments })
    }
}

struct Columns {
    product_title: Column,
    product_id: Column,
    sku_id: Column,
    sku_title: Column,
    publisher: Column,
    sku_description: Column,
    unit_of_measure: Column,
    term_duration: Column,
    billing_plan: Column,
    market: Column,
    currency: Column,
    unit_price: Column,
    tier_from: Column,
    tier_to: Column,
    effective_from: Column,
    effective_until: Column,
    tags: Column,
    erp_price: Column,
    segment: Column,
}

impl Columns {
    fn of(header: &Header) -> Result<Self, SheetError> {
        Ok(Self {
            product_title: header.find("ProductTitle")?,
            product_id: header.needed("ProductId")?,
            sku_id: header.needed("SkuId")?,
            sku_title: header.find("SkuTitle")?,
            publisher: header.find("Publisher")?,
            sku_description: header.find("SkuDescription")?,
            unit_of_measure: header.find("UnitOfMeasure")?,
            term_duration: header.needed("TermDuration")?,
            billing_plan: header.needed("BillingPlan")?,
            market: header.needed("Market")?,
            currency: header.needed("Currency")?,
            unit_price: header.needed("UnitPrice")?,
            tier_from: header.find("PricingTierRangeMin")?,
            tier_to: header.find("PricingTierRangeMax")?,
            effective_from: header.needed("EffectiveStartDate")?,
            effective_until: header.needed("EffectiveEndDate")?,
            tags: header.find("Tags")?,
            erp_price: header.needed("ERP Price")?,
            segment: header.needed("Segment")?,
        })
    }

    fn read(&self, row: &Row<'_>) -> Result<PriceRow, RowError> {
        Ok(PriceRow {
            product_title: row.owned(self.product_title)?,
            product_id: row.filled(self.product_id)?.to_owned(),
            sku_id: row.filled(self.sku_id)?.to_owned(),
            sku_title: row.owned(self.sku_title)?,
            publisher: row.owned(self.publisher)?,
            sku_description: row.owned(self.sku_description)?,
            unit_of_measure: row.owned(self.unit_of_measure)?,
            term_duration: row.owned(self.term_duration)?,
            billing_plan: BillingCycle::from(row.text(self.billing_plan)?.unwrap_or("none")),
            market: row.filled(self.market)?.to_owned(),
            currency: row.filled(self.currency)?.to_owned(),
            unit_price: row.amount(self.unit_price)?,
            tier_from: row.decimal(self.tier_from)?,
            tier_to: row.decimal(self.tier_to)?,
            effective_from: row.moment(self.effective_from)?,
            effective_until: row.end(self.effective_until)?,
            tags: row.owned(self.tags)?,
            erp_price: row.decimal(self.erp_price)?,
            segment: row.owned(self.segment)?,
        })
    }
}

/// The rows of a price sheet, read as a stream from a CSV file or from a ZIP that holds one.
///
/// Columns are found by name without case; unknown ones are ignored. An error of one row does not
/// stop the next ([`SheetError::is_one_row`]); any other error ends the rows, and the sheet must
/// then not be taken for complete.
pub struct PriceSheet<R: Read> {
    table: Table<R>,
    columns: Columns,
}

impl<R: Read> PriceSheet<R> {
    /// Reads the header line, within the default [`SheetLimits`].
    ///
    /// # Errors
    /// [`SheetError`], never of one row.
    pub fn open(input: R) -> Result<Self, SheetError> {
        Self::within(input, SheetLimits::default())
    }

    /// Reads the header line.
    ///
    /// # Errors
    /// [`SheetError`], never of one row.
    pub fn within(input: R, limits: SheetLimits) -> Result<Self, SheetError> {
        let (table, header) = Table::open(input, limits)?;
        Ok(Self { columns: Columns::of(&header)?, table })
    }
}

impl<R: Read> Iterator for PriceSheet<R> {
    type Item = Result<PriceRow, SheetError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.table.next(|row| self.columns.read(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "\"ProductTitle\",\"ProductId\",\"SkuId\",\"SkuTitle\",\"Publisher\",\"SkuDescription\",\"UnitOfMeasure\",\"TermDuration\",\"BillingPlan\",\"Market\",\"Currency\",\"UnitPrice\",\"PricingTierRangeMin\",\"PricingTierRangeMax\",\"EffectiveStartDate\",\"EffectiveEndDate\",\"Tags\",\"ERP Price\",\"Segment\"";

    fn row(term: &str, plan: &str, price: &str, erp: &str) -> String {
        format!(
            "\"Mail, basic\",\"CFQ7TESTAA01\",\"0001\",\"Mail\",\"Contoso\",\"\",\"1 user\",\"{term}\",\"{plan}\",\"IT\",\"EUR\",\"{price}\",\"\",\"\",\"3/1/2026 12:00:00 AM\",\"12/31/9999 11:59:59 PM\",\"\",\"{erp}\",\"Commercial\""
        )
    }

    fn sheet(rows: &[String]) -> Vec<Result<PriceRow, SheetError>> {
        let text = format!("{HEADER}\r\n{}\r\n", rows.join("\r\n"));
        PriceSheet::open(text.as_bytes()).expect("header").collect()
    }

    #[test]
    fn a_row_is_read_by_the_names_of_its_columns() {
        let rows = sheet(&[row("P1Y", "Annual", "72.00", "86.40")]);
        let row = rows[0].as_ref().expect("row");
        assert_eq!((row.product_title.as_str(), row.sku_id.as_str()), ("Mail, basic", "0001"));
        assert_eq!(row.unit_price, Decimal::new(72, 0));
        assert_eq!(row.effective_from.to_string(), "2026-03-01T00:00:00Z");
        assert_eq!((row.effective_until, row.tier_from), (None, None));
        assert!(row.holds_at("2031-01-01T00:00:00Z".parse().expect("date")));
        assert!(!row.holds_at("2026-02-28T23:59:59Z".parse().expect("date")));
        let key = row.key();
        assert_eq!((key.billing_plan.as_str(), key.segment.as_str()), ("ANNUAL", "COMMERCIAL"));

        let turned = "new column,segment,erp price,currency,market,unitprice,effectiveenddate,EFFECTIVESTARTDATE,billingplan,termduration,skuid,productid\n\
                      ?,Education,,EUR,IT,1.5,3/31/2026,3/1/2026,Monthly,P1M,000A,CFQ7TESTAA02\n";
        let rows: Vec<_> = PriceSheet::open(turned.as_bytes()).expect("header").collect();
        let row = rows[0].as_ref().expect("row");
        assert_eq!((row.erp_price, row.segment.as_str(), row.product_title.as_str()), (None, "Education", ""));
        assert_eq!(row.effective_until.expect("end").to_string(), "2026-03-31T00:00:00Z");
    }

    #[test]
    fn one_bad_row_names_its_place_and_hides_no_other() {
        let rows = sheet(&[
            row("P1Y", "Annual", "72.00", ""),
            row("P1Y", "Annual", "72,00", ""),
            row("P1M", "Monthly", "7.20", ""),
        ]);
        assert!(rows[0].is_ok() && rows[2].is_ok());
        let Err(SheetError::Row(error)) = &rows[1] else { panic!("{:?}", rows[1]) };
        assert_eq!((error.line, error.column.as_str(), error.value.as_str()), (3, "UnitPrice", "72,00"));
        assert_eq!(error.to_string(), "line 3, UnitPrice: \"72,00\" is not a decimal number of at most 28 digits");
    }

    #[test]
    fn a_sheet_without_a_needed_column_is_refused_at_once() {
        for missing in ["ProductId", "UnitPrice", "ERP Price", "Segment", "EffectiveEndDate"] {
            let header = HEADER.replace(&format!("\"{missing}\""), "\"Other\"");
            let Err(error) = PriceSheet::open(header.as_bytes()) else { panic!("{missing}") };
            assert!(matches!(error, SheetError::Column { column, times: 0, .. } if column == missing), "{error}");
        }
        assert!(PriceSheet::open(&b"{\"code\":1}"[..]).is_err());
    }

    #[test]
    fn trap_43_the_sheet_is_per_term_and_the_instalment_per_month() {
        let rows = sheet(&[
            row("P1Y", "Monthly", "75.60", "90.72"),
            row("P3Y", "Monthly", "226.80", ""),
            row("P1M", "Monthly", "7.56", "9.07"),
            row("P1Y", "Monthly", "100", "100.1"),
            row("P1Y", "Annual", "72.00", "86.40"),
            row("P7D", "Monthly", "1", ""),
        ]);
        let monthly = |index: usize| rows[index].as_ref().expect("row").monthly(2);
        let first = monthly(0).expect("monthly");
        assert_eq!((first.unit_price.to_string().as_str(), first.instalments), ("6.30", 12));
        assert_eq!(first.erp_price.map(|price| price.to_string()).as_deref(), Some("7.56"));
        let three_years = monthly(1).expect("monthly");
        assert_eq!((three_years.unit_price.to_string().as_str(), three_years.instalments), ("6.30", 36));
        assert_eq!(monthly(2).expect("monthly").unit_price, Decimal::new(756, 2), "a month is its own term");
        let rounded = monthly(3).expect("monthly");
        assert_eq!(rounded.unit_price.to_string(), "8.33");
        assert_eq!(rounded.erp_price.map(|price| price.to_string()).as_deref(), Some("8.34"));
        assert_eq!((monthly(4), monthly(5)), (None, None));
    }
}
