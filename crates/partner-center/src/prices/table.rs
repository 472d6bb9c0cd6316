//! A table with a header line: columns are found by name, whatever their order and case, unknown
//! ones are passed over, and a row that cannot be read says where and why without stopping the
//! rest. No row and no file grows beyond its limit. Source: contract §12.5.

use std::io::{self, Read};

use csv::ByteRecord;
use rust_decimal::Decimal;

use super::unpack::{BeyondLimit, SheetLimits, Unpacked, beyond};
use super::us_date::{self, ListDate};
use crate::instant::Instant;
use crate::row_error::RowError;
use crate::words::plain;

/// Longest row read.
const LONGEST_ROW: u64 = 1024 * 1024;

/// Why a sheet, or a row of it, cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    /// This row only; reading goes on with the next.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The header line lacks a column that is needed, or has it twice.
    #[error("the sheet has the column {column:?} {times} times instead of once; its columns are: {found}")]
    Column {
        /// The column.
        column: &'static str,
        /// How often it is there.
        times: usize,
        /// The header line, shortened.
        found: String,
    },
    /// The sheet is longer than [`SheetLimits`] allows, or a row longer than 1 MiB.
    #[error("the sheet goes beyond a limit near line {line}: {limit}")]
    TooLarge {
        /// Where.
        line: u64,
        /// Which limit.
        limit: String,
    },
    /// The rest of the sheet cannot be read: a lost connection, a damaged ZIP. What came before is
    /// sound but not complete.
    #[error("the sheet cannot be read after line {line}: {reason}")]
    Broken {
        /// Last line that was read.
        line: u64,
        /// What failed.
        reason: String,
    },
}

impl SheetError {
    /// Whether only one row is affected and reading goes on.
    #[must_use]
    pub fn is_one_row(&self) -> bool {
        matches!(self, Self::Row(_))
    }
}

/// A column of the header line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    name: &'static str,
    index: Option<usize>,
}

/// The header line.
pub(crate) struct Header {
    plain: Vec<String>,
}

impl Header {
    /// A column without which the sheet is of no use.
    pub(crate) fn needed(&self, name: &'static str) -> Result<Column, SheetError> {
        let column = self.find(name)?;
        if column.index.is_none() {
            return Err(self.wrong(name, 0));
        }
        Ok(column)
    }

    /// A column that may be missing: its cells are then blank.
    pub(crate) fn find(&self, name: &'static str) -> Result<Column, SheetError> {
        let wanted = plain(name);
        let mut found = self.plain.iter().enumerate().filter(|(_, column)| **column == wanted).map(|(index, _)| index);
        let index = found.next();
        match found.count() {
            0 => Ok(Column { name, index }),
            more => Err(self.wrong(name, more + 1)),
        }
    }

    fn wrong(&self, column: &'static str, times: usize) -> SheetError {
        SheetError::Column { column, times, found: self.plain.join(", ").chars().take(300).collect() }
    }
}

/// A row under its header.
pub(crate) struct Row<'a> {
    record: &'a ByteRecord,
    line: u64,
}

impl<'a> Row<'a> {
    fn error(&self, column: Column, value: &str, rule: impl Into<String>) -> RowError {
        RowError::new(column.name, value, rule).at(self.line)
    }

    /// The text of a cell, `None` when it is blank.
    pub(crate) fn text(&self, column: Column) -> Result<Option<&'a str>, RowError> {
        let Some(bytes) = column.index.and_then(|index| self.record.get(index)) else { return Ok(None) };
        let text = std::str::from_utf8(bytes)
            .map_err(|_| self.error(column, &String::from_utf8_lossy(bytes), "text in UTF-8"))?;
        Ok(Some(text.trim()).filter(|text| !text.is_empty()))
    }

    /// A cell that must not be blank.
    pub(crate) fn filled(&self, column: Column) -> Result<&'a str, RowError> {
        self.text(column)?.ok_or_else(|| self.error(column, "", "a text"))
    }

    /// An owned text, `""` when it is blank.
    pub(crate) fn owned(&self, column: Column) -> Result<String, RowError> {
        Ok(self.text(column)?.unwrap_or_default().to_owned())
    }

    /// An amount, exact to its last digit.
    pub(crate) fn decimal(&self, column: Column) -> Result<Option<Decimal>, RowError> {
        self.text(column)?
            .map(|text| {
                crate::money::exact(text)
                    .ok_or_else(|| self.error(column, text, "a decimal number of at most 28 digits"))
            })
            .transpose()
    }

    /// An amount that must be there.
    pub(crate) fn amount(&self, column: Column) -> Result<Decimal, RowError> {
        self.decimal(column)?.ok_or_else(|| self.error(column, "", "a decimal number"))
    }

    /// A whole number.
    pub(crate) fn count(&self, column: Column) -> Result<Option<u64>, RowError> {
        self.text(column)?.map(|text| text.parse().map_err(|_| self.error(column, text, "a whole number"))).transpose()
    }

    /// A moment that must be there.
    pub(crate) fn moment(&self, column: Column) -> Result<Instant, RowError> {
        let text = self.filled(column)?;
        match us_date::parse(text) {
            Some(ListDate::At(moment)) => Ok(moment),
            _ => Err(self.error(column, text, "a date, month/day/year")),
        }
    }

    /// A moment, or `None` for a day of the year 9999 and for a blank cell.
    pub(crate) fn end(&self, column: Column) -> Result<Option<Instant>, RowError> {
        let Some(text) = self.text(column)? else { return Ok(None) };
        match us_date::parse(text) {
            Some(ListDate::At(moment)) => Ok(Some(moment)),
            Some(ListDate::Open) => Ok(None),
            None => Err(self.error(column, text, "a date, month/day/year")),
        }
    }

    /// The texts of a cell that lists several.
    pub(crate) fn list(&self, column: Column) -> Result<Vec<String>, RowError> {
        let texts = self.text(column)?.unwrap_or_default().split([';', ',', '|', '\n']);
        Ok(texts.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect())
    }

    /// A cell read by `read`, which answers `None` for what does not fit `rule`.
    pub(crate) fn read<T>(&self, column: Column, rule: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, RowError> {
        let text = self.filled(column)?;
        read(text).ok_or_else(|| self.error(column, text, rule))
    }
}

/// The rows of a table, one after the other.
pub(crate) struct Table<R: Read> {
    csv: csv::Reader<Metered<Unpacked<R>>>,
    record: ByteRecord,
    columns: usize,
    line: u64,
    ended: bool,
}

impl<R: Read> Table<R> {
    /// Reads the header line.
    pub(crate) fn open(input: R, limits: SheetLimits) -> Result<(Self, Header), SheetError> {
        let text = Unpacked::open(input, limits).map_err(|error| broken(&error, 0))?;
        // Ending rows with CR LF would put the LF, and with it the line number, into the next row; so
        // the CR stays in the last cell, where trimming takes it away.
        let csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(Metered { text, left: 0 });
        let mut table = Self { csv, record: ByteRecord::new(), columns: 0, line: 0, ended: false };
        table.advance()?;
        table.columns = table.record.len();
        let plain = table.record.iter().map(|name| plain(String::from_utf8_lossy(name).trim())).collect();
        Ok((table, Header { plain }))
    }

    /// The next row read by `read`; `None` at the end of the sheet, and after an error that is not
    /// of one row only.
    pub(crate) fn next<T>(
        &mut self,
        read: impl FnOnce(&Row<'_>) -> Result<T, RowError>,
    ) -> Option<Result<T, SheetError>> {
        if self.ended {
            return None;
        }
        loop {
            match self.advance() {
                Ok(true) if self.record.len() == 1 && self.record[0].trim_ascii().is_empty() => {}
                Ok(true) => break,
                Ok(false) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        if self.record.len() != self.columns {
            let rule = format!("a row of {} columns as the header line", self.columns);
            let found = format!("{} columns", self.record.len());
            return Some(Err(RowError::new("", &found, rule).at(self.line).into()));
        }
        Some(read(&Row { record: &self.record, line: self.line }).map_err(SheetError::from))
    }

    fn advance(&mut self) -> Result<bool, SheetError> {
        self.csv.get_mut().left = LONGEST_ROW;
        match self.csv.read_byte_record(&mut self.record) {
            Ok(more) => {
                self.ended = !more;
                self.line = self.record.position().map_or(self.line, csv::Position::line);
                Ok(more)
            }
            Err(error) => {
                self.ended = true;
                Err(match error.into_kind() {
                    csv::ErrorKind::Io(error) => broken(&error, self.line),
                    other => SheetError::Broken { line: self.line, reason: format!("{other:?}") },
                })
            }
        }
    }
}

fn broken(error: &io::Error, line: u64) -> SheetError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<BeyondLimit>()) {
        Some(BeyondLimit(limit)) => SheetError::TooLarge { line, limit: limit.clone() },
        None => SheetError::Broken { line, reason: error.to_string().chars().take(300).collect() },
    }
}

/// Ends a row that never ends, such as behind a quote that is not closed.
struct Metered<R> {
    text: R,
    left: u64,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = out.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        if most == 0 && !out.is_empty() {
            return Err(beyond(format!("at most {LONGEST_ROW} bytes in a row")));
        }
        let count = self.text.read(&mut out[..most])?;
        self.left -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str) -> (Table<&[u8]>, Header) {
        Table::open(text.as_bytes(), SheetLimits::default()).expect("header")
    }

    #[test]
    fn columns_are_found_by_name_and_rows_of_another_width_are_named() {
        let (mut table, header) = open("\u{feff}b, ERP price ,\"A\"\r\n2,\"1,5\",x\r\n\r\n1\r\n3, 4.5,\"y\nz\"\r\n");
        let (a, erp) = (header.needed("A").expect("a"), header.needed("ERP Price").expect("erp"));
        assert!(header.find("C").expect("may be missing").index.is_none());
        let read = |row: &Row<'_>| Ok((row.owned(a)?, row.decimal(erp)?));
        let Some(Err(SheetError::Row(error))) = table.next(read) else { panic!("a comma is no decimal point") };
        assert_eq!((error.line, error.column.as_str(), error.value.as_str()), (2, "ERP Price", "1,5"));
        let Some(Err(SheetError::Row(error))) = table.next(read) else { panic!("one column") };
        assert_eq!((error.line, error.value.as_str()), (4, "1 columns"));
        let (text, amount) = table.next(read).expect("row").expect("sound");
        assert_eq!((text.as_str(), amount), ("y\nz", Some(Decimal::new(45, 1))));
        assert!(table.next(read).is_none() && table.next(read).is_none());
    }

    #[test]
    fn a_missing_or_doubled_column_is_an_error_of_the_sheet() {
        let (_, header) = open("A,a,B\n");
        assert!(matches!(header.needed("C"), Err(SheetError::Column { column: "C", times: 0, .. })));
        assert!(matches!(header.find("A"), Err(SheetError::Column { times: 2, .. })));
        let (_, header) = open("");
        let error = header.needed("ProductId").expect_err("nothing there");
        assert!(error.to_string().contains("ProductId"), "{error}");
    }

    #[test]
    fn a_row_that_never_ends_is_stopped() {
        let endless = format!("A\n1\n\"{}", "x".repeat(3 * 1024 * 1024));
        let (mut table, header) = open(&endless);
        let a = header.needed("A").expect("a");
        assert!(table.next(|row| row.owned(a)).expect("row").is_ok());
        assert!(matches!(table.next(|row| row.owned(a)), Some(Err(SheetError::TooLarge { .. }))));
        assert!(table.next(|row| row.owned(a)).is_none());
    }

    #[test]
    fn a_lost_line_is_not_the_end_of_the_sheet() {
        struct Lost(usize);
        impl Read for Lost {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 => (&b"A\n1\n2\n"[..]).read(out),
                    _ => Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                }
            }
        }
        let (mut table, header) = match Table::open(Lost(0), SheetLimits::default()) {
            Ok(opened) => opened,
            Err(error) => {
                assert!(matches!(error, SheetError::Broken { .. }));
                return;
            }
        };
        let a = header.needed("A").expect("a");
        let rows: Vec<_> = std::iter::from_fn(|| table.next(|row| row.owned(a))).collect();
        assert!(matches!(rows.last(), Some(Err(SheetError::Broken { .. }))), "{rows:?}");
    }
}
