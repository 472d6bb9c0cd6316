//! The files of an export: JSON Lines in gzip, read as they arrive. A line has a greatest length, a
//! cut file is an error and never an end. Source: contract §18.4.

use std::collections::VecDeque;
use std::io::{self, Read, Write};

use flate2::write::MultiGzDecoder;

use super::item::LineItem;
use crate::row_error::RowError;

/// Longest line read, in bytes.
const LONGEST_LINE: usize = 256 * 1024;
/// Packed bytes unpacked at a time: at deflate's greatest ratio about 1 MiB of lines.
const STEP: usize = 1024;
/// Most unpacked bytes for one packed byte, looked at from 16 MiB on.
const RATIO: u64 = 500;
const RATIO_FROM: u64 = 16 * 1024 * 1024;

/// Why lines cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinesError {
    /// This line only; reading goes on with the next.
    #[error(transparent)]
    Row(#[from] RowError),
    /// The rest cannot be read: not gzip, cut, damaged, or beyond a limit. What came before is
    /// sound but not complete.
    #[error("the file cannot be read after line {line}: {reason}")]
    Broken {
        /// Last line that was read.
        line: u64,
        /// What failed.
        reason: String,
    },
}

impl LinesError {
    /// Whether only one line is affected and reading goes on.
    #[must_use]
    pub fn is_one_row(&self) -> bool {
        matches!(self, Self::Row(_))
    }
}

/// Unpacks a file piece by piece: [`GzipLines::push`] what came, take what [`GzipLines::next`] has,
/// say [`GzipLines::finish`] at the end, and take what is left.
pub struct GzipLines {
    unpacker: MultiGzDecoder<Lines>,
    packed: u64,
    is_over: bool,
}

impl Default for GzipLines {
    fn default() -> Self {
        Self { unpacker: MultiGzDecoder::new(Lines::default()), packed: 0, is_over: false }
    }
}

impl GzipLines {
    /// Takes the next packed bytes, at most 1 KiB of them, and answers how many: take the lines
    /// that are ready before the rest is pushed, so that little is held.
    ///
    /// # Errors
    /// [`LinesError::Broken`]; nothing more can be read then.
    pub fn push(&mut self, packed: &[u8]) -> Result<usize, LinesError> {
        if self.is_over {
            return Err(self.broken("it was broken before"));
        }
        let piece = &packed[..packed.len().min(STEP)];
        self.packed += piece.len() as u64;
        let result = self.unpacker.write_all(piece);
        let unpacked = self.unpacker.get_ref().bytes;
        if let Err(error) = result {
            self.is_over = true;
            return Err(self.broken(&error.to_string()));
        }
        if unpacked > self.packed.saturating_mul(RATIO).max(RATIO_FROM) {
            self.is_over = true;
            return Err(self.broken(&format!("more than {RATIO} bytes of text for a packed byte")));
        }
        Ok(piece.len())
    }

    /// The next line that is there; `None` when more must be pushed.
    #[allow(clippy::should_implement_trait, reason = "None is not the end, as it would be for an Iterator")]
    pub fn next(&mut self) -> Option<Result<LineItem, LinesError>> {
        self.unpacker.get_mut().ready.pop_front().map(|line| line.read())
    }

    /// Says that everything was pushed; a last line without line end becomes ready.
    ///
    /// # Errors
    /// [`LinesError::Broken`] when the file is cut or damaged.
    pub fn finish(&mut self) -> Result<(), LinesError> {
        if self.is_over {
            return Ok(());
        }
        self.is_over = true;
        if self.packed == 0 {
            return Err(self.broken("it is empty, not even gzip"));
        }
        match self.unpacker.try_finish().and_then(|()| self.unpacker.get_mut().end()) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.broken(&error.to_string())),
        }
    }

    fn broken(&self, reason: &str) -> LinesError {
        LinesError::Broken { line: self.unpacker.get_ref().line, reason: reason.chars().take(300).collect() }
    }
}

struct Ready {
    line: u64,
    text: Vec<u8>,
}

impl Ready {
    fn read(self) -> Result<LineItem, LinesError> {
        let text = std::str::from_utf8(&self.text).map_err(|_| RowError::new("", "", "text in UTF-8").at(self.line))?;
        LineItem::read(text).map_err(|error| error.at(self.line).into())
    }
}

/// Splits unpacked bytes into lines.
#[derive(Default)]
struct Lines {
    open: Vec<u8>,
    ready: VecDeque<Ready>,
    line: u64,
    bytes: u64,
}

impl Lines {
    fn close(&mut self) {
        self.line += 1;
        let mut text = std::mem::take(&mut self.open);
        if self.line == 1 && text.starts_with(b"\xEF\xBB\xBF") {
            text.drain(..3);
        }
        if !text.trim_ascii().is_empty() {
            self.ready.push_back(Ready { line: self.line, text });
        }
    }

    fn add(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.open.len() + piece.len() > LONGEST_LINE {
            return Err(io::Error::other(format!("a line longer than {LONGEST_LINE} bytes")));
        }
        self.open.extend_from_slice(piece);
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        if !self.open.is_empty() {
            self.close();
        }
        Ok(())
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes += bytes.len() as u64;
        let mut pieces = bytes.split(|b| *b == b'\n');
        // Splitting always gives at least one piece; the last one has no line end yet.
        if let Some(last) = pieces.next_back() {
            for piece in pieces {
                self.add(piece)?;
                self.close();
            }
            self.add(last)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines of a file that is already here. An error of one line does not stop the next; any
/// other error ends the lines, and the file must then not be taken for complete.
pub struct LineItemFile<R: Read> {
    input: R,
    lines: GzipLines,
    piece: Vec<u8>,
    taken: usize,
    at_end: bool,
    failed: Option<LinesError>,
}

impl<R: Read> LineItemFile<R> {
    /// Reads gzip with one JSON object a line.
    pub fn new(input: R) -> Self {
        Self { input, lines: GzipLines::default(), piece: Vec::new(), taken: 0, at_end: false, failed: None }
    }

    fn more(&mut self) -> Result<(), LinesError> {
        if self.taken == self.piece.len() {
            self.piece.resize(STEP, 0);
            self.taken = 0;
            let count = loop {
                match self.input.read(&mut self.piece) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other.map_err(|error| self.lines.broken(&error.to_string()))?,
                }
            };
            self.piece.truncate(count);
            if count == 0 {
                self.at_end = true;
                return self.lines.finish();
            }
        }
        self.taken += self.lines.push(&self.piece[self.taken..])?;
        Ok(())
    }
}

impl<R: Read> Iterator for LineItemFile<R> {
    type Item = Result<LineItem, LinesError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(line) = self.lines.next() {
                return Some(line);
            }
            if self.at_end {
                // The break comes after the sound lines before it.
                return self.failed.take().map(Err);
            }
            if let Err(error) = self.more() {
                self.at_end = true;
                self.failed = Some(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(text).expect("pack");
        packer.finish().expect("pack")
    }

    fn many(count: u32) -> Vec<u8> {
        (0..count).flat_map(|n| format!("{{\"OrderId\":\"o{n}\",\"Subtotal\":{n}.10}}\n").into_bytes()).collect()
    }

    #[test]
    fn lines_come_one_by_one_whatever_their_ends() {
        let text = b"\xEF\xBB\xBF{\"OrderId\":\"a\"}\r\n\n{\"OrderId\":\"b\"}\n{\"Subtotal\":\"x\"}\nnot json\n{\"OrderId\":\"c\"}";
        let lines: Vec<_> = LineItemFile::new(&gzip(text)[..]).collect();
        let ids: Vec<_> = lines.iter().flatten().map(|line| line.order_id.as_deref()).collect();
        assert_eq!(ids, [Some("a"), Some("b"), Some("c")]);
        let rows: Vec<_> = lines.iter().filter_map(|line| line.as_ref().err()).collect();
        assert!(matches!(rows[0], LinesError::Row(error) if error.line == 4 && error.column == "subtotal"));
        assert!(matches!(rows[1], LinesError::Row(error) if error.line == 5));
        assert_eq!(rows.len(), 2);
        // Several gzip members one after the other are one file.
        let joined = [gzip(b"{\"OrderId\":\"a\"}\n"), gzip(b"{\"OrderId\":\"b\"}\n")].concat();
        assert_eq!(LineItemFile::new(&joined[..]).filter(Result::is_ok).count(), 2);
        assert_eq!(LineItemFile::new(&gzip(b"")[..]).count(), 0);
    }

    #[test]
    fn a_cut_or_damaged_file_never_ends_quietly() {
        let whole = gzip(&many(5_000));
        assert_eq!(LineItemFile::new(&whole[..]).filter(Result::is_ok).count(), 5_000);
        for cut in [0, 1, 5, 10, whole.len() / 2, whole.len() - 9, whole.len() - 4, whole.len() - 1] {
            let lines: Vec<_> = LineItemFile::new(&whole[..cut]).collect();
            assert!(matches!(lines.last(), Some(Err(LinesError::Broken { .. }))), "cut at {cut}");
        }
        let mut damaged = whole.clone();
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0x40;
        assert!(LineItemFile::new(&damaged[..]).any(|line| matches!(line, Err(LinesError::Broken { .. }))));
        assert!(LineItemFile::new(&b"{\"OrderId\":\"a\"}\n"[..]).any(|line| line.is_err()));
    }

    #[test]
    fn a_line_without_end_and_a_bomb_are_stopped() {
        let endless = gzip(&vec![b'x'; LONGEST_LINE + 1]);
        let lines: Vec<_> = LineItemFile::new(&endless[..]).collect();
        assert!(matches!(&lines[..], [Err(LinesError::Broken { reason, .. })] if reason.contains("longer")));
        let bomb = gzip(&vec![b'\n'; 64 * 1024 * 1024]);
        let lines: Vec<_> = LineItemFile::new(&bomb[..]).collect();
        assert!(matches!(&lines[..], [Err(LinesError::Broken { reason, .. })] if reason.contains("packed byte")));
    }

    #[test]
    fn pushed_in_pieces_it_is_the_same() {
        let whole = gzip(&many(300));
        for size in [1, 7, 4096, 100_000] {
            let (mut lines, mut count) = (GzipLines::default(), 0);
            for piece in whole.chunks(size) {
                let mut rest = piece;
                while !rest.is_empty() {
                    let taken = lines.push(rest).expect("sound");
                    rest = &rest[taken..];
                    while let Some(line) = lines.next() {
                        line.expect("line");
                        count += 1;
                    }
                }
            }
            lines.finish().expect("whole");
            count += std::iter::from_fn(|| lines.next()).filter(Result::is_ok).count();
            assert_eq!(count, 300, "pieces of {size}");
        }
    }
}
