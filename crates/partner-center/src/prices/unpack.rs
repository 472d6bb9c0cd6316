//! A file that is either itself or the one file inside a ZIP, read as a stream and within limits,
//! so that a small answer cannot become an endless one.
//!
//! The ZIP is read from its front, entry by entry: its directory at the end is out of reach of a
//! stream, and a server that packs while it sends writes sizes only behind the data.

use std::io::{self, BufReader, Chain, Cursor, ErrorKind, Read};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

/// Start of an entry.
const ENTRY: &[u8; 4] = b"PK\x03\x04";
/// Start of a ZIP without entries.
const NO_ENTRY: &[u8; 4] = b"PK\x05\x06";
/// Start of what may stand behind an entry.
const DESCRIPTOR: &[u8; 4] = b"PK\x07\x08";
const BYTE_ORDER_MARK: &[u8; 3] = b"\xEF\xBB\xBF";
/// Most entries passed over before the file.
const MOST_ENTRIES: usize = 16;
/// Below this much text the ratio says nothing.
const RATIO_FROM: u64 = 1024 * 1024;

/// How much a file may grow to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetLimits {
    /// Most bytes of text, unpacked.
    pub bytes: u64,
    /// Most bytes of text for one packed byte, looked at from 1 MiB of text on.
    pub ratio: u64,
}

impl Default for SheetLimits {
    /// 2 GiB of text and 200 bytes of it for one packed byte.
    fn default() -> Self {
        Self { bytes: 2 * 1024 * 1024 * 1024, ratio: 200 }
    }
}

/// Beyond a limit; found inside the [`io::Error`].
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BeyondLimit(pub(crate) String);

pub(crate) fn beyond(limit: String) -> io::Error {
    io::Error::other(BeyondLimit(limit))
}

fn wrong(reason: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, reason)
}

type Started<R> = BufReader<Chain<Cursor<Vec<u8>>, R>>;

/// The text, unpacked and without byte-order mark.
pub(crate) struct Unpacked<R: Read> {
    start: Cursor<Vec<u8>>,
    rest: Source<R>,
    limits: SheetLimits,
    read: u64,
}

enum Source<R: Read> {
    Plain(Started<R>),
    Zip(Box<Entry<R>>),
}

impl<R: Read> Unpacked<R> {
    pub(crate) fn open(mut input: R, limits: SheetLimits) -> io::Result<Self> {
        let start = first(&mut input, 4)?;
        let packed = start == ENTRY || start == NO_ENTRY;
        let input = BufReader::with_capacity(64 * 1024, Cursor::new(start).chain(input));
        let mut rest = if packed { Source::Zip(Box::new(file_of(input, limits)?)) } else { Source::Plain(input) };
        let mut start = first(&mut rest, 3)?;
        if start == BYTE_ORDER_MARK {
            start.clear();
        }
        Ok(Self { start: Cursor::new(start), rest, limits, read: 0 })
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut count = self.start.read(out)?;
        if count == 0 {
            count = self.rest.read(out)?;
        }
        self.read += count as u64;
        if self.read > self.limits.bytes {
            return Err(beyond(format!("at most {} bytes of text", self.limits.bytes)));
        }
        Ok(count)
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(plain) => plain.read(out),
            Self::Zip(entry) => entry.read(out),
        }
    }
}

/// The first bytes, fewer at the end of the input.
fn first(input: &mut impl Read, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(count);
    input.take(count as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The first CSV file of a ZIP; other entries before it are passed over.
fn file_of<R: Read>(mut input: Started<R>, limits: SheetLimits) -> io::Result<Entry<R>> {
    for _ in 0..MOST_ENTRIES {
        let mut entry = Entry::open(input, limits)?;
        if entry.is_csv {
            return Ok(entry);
        }
        io::copy(&mut entry, &mut io::sink())?;
        input = entry.body.into_inner();
    }
    Err(wrong("a ZIP without a CSV file among its first entries"))
}

/// One entry of a ZIP.
struct Entry<R: Read> {
    body: Body<R>,
    is_csv: bool,
    crc: Crc,
    /// The checksum of the header; without it, it stands behind the data.
    expected: Option<u32>,
    limits: SheetLimits,
    unpacked: u64,
    checked: bool,
}

enum Body<R: Read> {
    Stored(io::Take<Started<R>>),
    Deflated(DeflateDecoder<Started<R>>),
}

impl<R: Read> Body<R> {
    fn input(&mut self) -> &mut Started<R> {
        match self {
            Self::Stored(stored) => stored.get_mut(),
            Self::Deflated(deflated) => deflated.get_mut(),
        }
    }

    fn into_inner(self) -> Started<R> {
        match self {
            Self::Stored(stored) => stored.into_inner(),
            Self::Deflated(deflated) => deflated.into_inner(),
        }
    }
}

impl<R: Read> Entry<R> {
    fn open(mut input: Started<R>, limits: SheetLimits) -> io::Result<Self> {
        let mut head = [0; 30];
        input.read_exact(&mut head)?;
        if head[..4] != *ENTRY {
            return Err(wrong("a ZIP without a CSV file"));
        }
        let two = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let four = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (flags, method, crc, packed) = (two(6), two(8), four(14), four(18));
        let mut name = vec![0; usize::from(two(26))];
        input.read_exact(&mut name)?;
        let mut extra = vec![0; usize::from(two(28))];
        input.read_exact(&mut extra)?;
        if flags & 1 != 0 {
            return Err(wrong("an encrypted ZIP"));
        }
        let behind = flags & 8 != 0;
        let body = match method {
            8 => Body::Deflated(DeflateDecoder::new(input)),
            0 if !behind && packed != u32::MAX => Body::Stored(input.take(u64::from(packed))),
            0 => return Err(wrong("a stored ZIP entry whose length is not in its header")),
            _ => return Err(wrong("a ZIP packed in another way than deflate")),
        };
        let is_csv = name.to_ascii_lowercase().ends_with(b".csv");
        Ok(Self {
            body,
            is_csv,
            crc: Crc::new(),
            expected: (!behind).then_some(crc),
            limits,
            unpacked: 0,
            checked: false,
        })
    }

    /// A cut or damaged entry never passes for a whole one.
    fn check(&mut self) -> io::Result<()> {
        let expected = match self.expected {
            Some(crc) => crc,
            None => {
                let mut word = [0; 4];
                self.body.input().read_exact(&mut word)?;
                if word == *DESCRIPTOR {
                    self.body.input().read_exact(&mut word)?;
                }
                u32::from_le_bytes(word)
            }
        };
        if expected != self.crc.sum() {
            return Err(wrong("a ZIP that is cut or damaged (checksum)"));
        }
        if self.expected.is_none() && !self.is_csv {
            // Its sizes take 8 or 16 bytes, which a stream cannot tell.
            return Err(wrong("a ZIP with another file before the CSV"));
        }
        self.checked = true;
        Ok(())
    }
}

impl<R: Read> Read for Entry<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.checked || out.is_empty() {
            return Ok(0);
        }
        let count = match &mut self.body {
            Body::Stored(stored) => stored.read(out)?,
            Body::Deflated(deflated) => deflated.read(out)?,
        };
        if count == 0 {
            self.check()?;
            return Ok(0);
        }
        self.crc.update(&out[..count]);
        self.unpacked += count as u64;
        if self.unpacked > self.limits.bytes {
            return Err(beyond(format!("at most {} bytes of text", self.limits.bytes)));
        }
        if let Body::Deflated(deflated) = &self.body {
            let most = deflated.total_in().saturating_mul(self.limits.ratio).max(RATIO_FROM);
            if deflated.total_out() > most {
                return Err(beyond(format!("at most {} bytes of text for a packed byte", self.limits.ratio)));
            }
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::{SimpleFileOptions, ZipWriter};

    const TEXT: &[u8] = b"A,B\r\n1,2\r\n";

    fn zipped(files: &[(&str, &[u8])], method: zip::CompressionMethod) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).expect("entry");
            zip.write_all(text).expect("text");
        }
        zip.finish().expect("zip").into_inner()
    }

    /// As a server writes that packs while it sends: checksum and sizes behind the data.
    fn streamed(text: &[u8]) -> Vec<u8> {
        let mut zip = ZipWriter::new_stream(Vec::new());
        zip.start_file("sheet.csv", SimpleFileOptions::default()).expect("entry");
        zip.write_all(text).expect("text");
        zip.finish().expect("zip").into_inner()
    }

    fn unpack(bytes: &[u8], limits: SheetLimits) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        Unpacked::open(bytes, limits)?.read_to_end(&mut text)?;
        Ok(text)
    }

    /// One byte at a time, as a slow line brings it.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let count = out.len().min(1);
            self.0.read(&mut out[..count])
        }
    }

    #[test]
    fn plain_and_packed_files_are_the_same_text() {
        use zip::CompressionMethod::{Deflated, Stored};
        let marked = [BYTE_ORDER_MARK, TEXT].concat();
        for bytes in [
            TEXT.to_vec(),
            marked.clone(),
            zipped(&[("sheet.csv", TEXT)], Deflated),
            zipped(&[("sheet.csv", TEXT)], Stored),
            zipped(&[("readme.txt", b"x"), ("folder/SHEET.CSV", &marked)], Deflated),
            zipped(&[("readme.txt", b"x"), ("sheet.csv", TEXT)], Stored),
            streamed(TEXT),
        ] {
            assert_eq!(unpack(&bytes, SheetLimits::default()).expect("text"), TEXT);
            let mut text = Vec::new();
            let slow = Unpacked::open(Slow(&bytes), SheetLimits::default());
            slow.expect("open").read_to_end(&mut text).expect("text");
            assert_eq!(text, TEXT);
        }
        assert_eq!(unpack(b"", SheetLimits::default()).expect("nothing"), b"");
    }

    #[test]
    fn a_cut_or_damaged_zip_is_never_taken_for_a_whole_one() {
        let long: Vec<u8> = (0..20_000u32).flat_map(|n| format!("{n},{}\r\n", n * 7919).into_bytes()).collect();
        for whole in [zipped(&[("sheet.csv", &long)], zip::CompressionMethod::Deflated), streamed(&long)] {
            let data_ends = whole.windows(4).position(|w| w == b"PK\x01\x02").expect("directory");
            for cut in [1, 3, 10, 30, 39, 100, data_ends / 2, data_ends - 20] {
                let result = unpack(&whole[..cut], SheetLimits::default());
                // Fewer than four bytes are too little to be known as a ZIP.
                assert!(cut < 4 || result.is_err(), "cut at {cut}");
            }
            let mut damaged = whole.clone();
            damaged[data_ends / 2] ^= 0x10;
            assert!(unpack(&damaged, SheetLimits::default()).is_err());
        }
    }

    #[test]
    fn a_bomb_is_stopped_early() {
        let bomb = zipped(&[("sheet.csv", &vec![b'0'; 64 * 1024 * 1024])], zip::CompressionMethod::Deflated);
        let error = unpack(&bomb, SheetLimits::default()).expect_err("ratio");
        assert!(error.get_ref().is_some_and(|inner| inner.is::<BeyondLimit>()), "{error}");
        let error = unpack(&bomb, SheetLimits { bytes: 1 << 20, ratio: u64::MAX }).expect_err("size");
        assert!(error.get_ref().is_some_and(|inner| inner.is::<BeyondLimit>()), "{error}");
        let hidden = zipped(&[("a.txt", &vec![b'0'; 64 << 20]), ("sheet.csv", TEXT)], zip::CompressionMethod::Deflated);
        assert!(unpack(&hidden, SheetLimits::default()).is_err());
        assert!(unpack(TEXT, SheetLimits { bytes: 3, ratio: 1 }).is_err());
    }

    #[test]
    fn a_zip_that_cannot_be_read_says_why() {
        let mut locked = zipped(&[("sheet.csv", TEXT)], zip::CompressionMethod::Deflated);
        locked[6] |= 1;
        assert!(unpack(&locked, SheetLimits::default()).expect_err("locked").to_string().contains("encrypted"));
        let none = zipped(&[("readme.txt", b"x")], zip::CompressionMethod::Deflated);
        assert!(unpack(&none, SheetLimits::default()).expect_err("none").to_string().contains("without a CSV"));
        let empty = zipped(&[], zip::CompressionMethod::Deflated);
        assert!(unpack(&empty, SheetLimits::default()).is_err());
    }
}
