//! Lines of a bill: one JSON object, a file of JSON Lines, and the same file in gzip pushed in
//! pieces. The first byte chooses.

#![no_main]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use partner_center::{GzipLines, LineItem, LineItemFile, LineItemRow, LinesError, exact_sum, seats_on};

fuzz_target!(|input: &[u8]| {
    let Some((choice, rest)) = input.split_first() else { return };
    match choice % 4 {
        0 => line(rest),
        // The file as it came: cut, damaged, no gzip at all.
        1 => drop(file(rest)),
        // A sound file with any text.
        2 => pushed(&gzip(rest), usize::from(choice >> 2) + 1),
        _ => {
            if let Ok(row) = serde_json::from_slice::<LineItemRow>(rest) {
                let _ = row.0.map_err(|error| error.to_string());
            }
        }
    }
});

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text).expect("pack");
    packer.finish().expect("pack")
}

/// A line is the same after writing and reading, and its arithmetic never panics.
fn line(json: &[u8]) {
    let Ok(text) = std::str::from_utf8(json) else { return };
    let Ok(line) = LineItem::read(text) else { return };
    let written = serde_json::to_string(&line).expect("text");
    let again = LineItem::read(&written).expect("what was written can be read");
    assert_eq!(again, line, "{written}");
    let _ = (line.reseller(), line.expected_seat_subtotal(), line.expected_usage_subtotal());
    if let (Some(total), Some(subtotal), Some(tax)) = (line.expected_total(), line.subtotal, line.tax_total) {
        assert_eq!(exact_sum([total, -tax]), Some(subtotal), "a sum loses nothing");
    }
    if let Some(start) = line.charge_start_date {
        let day = start.0.to_zoned(jiff::tz::TimeZone::UTC).date();
        let ends_before = line.charge_end_date.is_some_and(|end| end < start);
        assert!(ends_before || line.covers(day));
        let _ = seats_on([&line, &line], day);
    }
}

fn file(packed: &[u8]) -> Vec<Result<LineItem, LinesError>> {
    let mut over = false;
    LineItemFile::new(packed)
        .inspect(|line| {
            assert!(!over, "a line after the end");
            over = matches!(line, Err(error) if !error.is_one_row());
        })
        .collect()
}

/// Pushed in pieces of any size, the lines are the same as read from a file.
fn pushed(packed: &[u8], size: usize) {
    let whole = file(packed);
    let (mut lines, mut read) = (GzipLines::default(), Vec::new());
    let mut broken = None;
    'pieces: for piece in packed.chunks(size) {
        let mut rest = piece;
        while !rest.is_empty() {
            match lines.push(rest) {
                Ok(taken) => rest = &rest[taken..],
                Err(error) => {
                    broken = Some(error);
                    break 'pieces;
                }
            }
            read.extend(std::iter::from_fn(|| lines.next()));
        }
    }
    if broken.is_none() {
        broken = lines.finish().err();
    }
    read.extend(std::iter::from_fn(|| lines.next()));
    read.extend(broken.map(Err));
    assert_eq!(read.len(), whole.len());
    assert!(read.iter().zip(&whole).all(|(a, b)| match (a, b) {
        (Ok(a), Ok(b)) => a == b,
        (Err(a), Err(b)) => a.is_one_row() == b.is_one_row(),
        _ => false,
    }));
}
