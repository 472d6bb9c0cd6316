//! Price sheets, exchange rates and the offer matrix, as CSV and inside a ZIP. The first byte
//! chooses; an even one hands the rest over as it is, an odd one packs it first, so that mutations
//! reach the text.

#![no_main]

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use libfuzzer_sys::fuzz_target;
use partner_center::{BillingCycle, FxRates, OfferMatrix, PriceSheet, SheetError, SheetLimits};

const LIMITS: SheetLimits = SheetLimits { bytes: 4 * 1024 * 1024, ratio: 200 };

fuzz_target!(|input: &[u8]| {
    let Some((choice, file)) = input.split_first() else { return };
    let packed;
    let file = if choice & 1 == 1 {
        packed = zip(file, choice & 2 == 2);
        &packed[..]
    } else {
        file
    };
    match (choice >> 2) % 3 {
        0 => sheet(file),
        1 => ends(FxRates::open(file).map(|rows| rows.map(|row| row.map(|rate| assert!(!rate.currency.is_empty()))))),
        _ => {
            ends(OfferMatrix::open(file).map(|rows| rows.map(|row| row.map(|offer| assert!(!offer.sku_id.is_empty())))))
        }
    }
});

fn sheet(file: &[u8]) {
    ends(PriceSheet::within(file, LIMITS).map(|rows| {
        rows.map(|row| {
            row.map(|row| {
                let key = row.key();
                assert_eq!(key, row.clone().key());
                assert!(!key.product_id.is_empty() && !key.sku_id.is_empty());
                let monthly = row.monthly(2);
                assert!(monthly.is_none() || row.billing_plan == BillingCycle::Monthly);
                if let Some(monthly) = monthly {
                    assert!(monthly.instalments > 0 && monthly.unit_price.scale() <= 2.max(row.unit_price.scale()));
                }
                let _ = row.holds_at(row.effective_from);
                if let Some(until) = row.effective_until {
                    assert!(until.to_string().ends_with('Z'));
                }
            })
        })
    }));
}

/// Lines only grow, and nothing comes after an error that is not of one row.
fn ends(rows: Result<impl Iterator<Item = Result<(), SheetError>>, SheetError>) {
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => {
            assert!(!error.is_one_row());
            return;
        }
    };
    let (mut line, mut over) = (0, false);
    for row in rows {
        assert!(!over, "a row after the end");
        if let Err(error) = row {
            over = !error.is_one_row();
            if let SheetError::Row(error) = error {
                assert!(error.line > line, "line {} after {line}", error.line);
                assert!(error.value.chars().count() <= 60);
                line = error.line;
            }
        }
    }
}

/// A ZIP of one file; with its checksum in front of the data or behind it.
fn zip(text: &[u8], behind: bool) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text).expect("pack");
    let packed = packer.finish().expect("pack");
    let mut crc = Crc::new();
    crc.update(text);
    let mut zip = b"PK\x03\x04\x14\x00".to_vec();
    zip.extend([if behind { 8 } else { 0 }, 0, 8, 0, 0, 0, 0, 0]);
    zip.extend(if behind { 0 } else { crc.sum() }.to_le_bytes());
    zip.extend((if behind { 0 } else { packed.len() as u32 }).to_le_bytes());
    zip.extend((if behind { 0 } else { text.len() as u32 }).to_le_bytes());
    zip.extend([5, 0, 0, 0]);
    zip.extend(b"a.csv");
    zip.extend(packed);
    if behind {
        zip.extend(b"PK\x07\x08");
        zip.extend(crc.sum().to_le_bytes());
        zip.extend([0; 8]);
    }
    zip.extend(b"PK\x01\x02");
    zip
}
