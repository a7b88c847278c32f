//! Files packed by gzip or zstd, read as if they were not: recognised by their first bytes, whatever they are called.
//!
//! Several members or frames in one file, as parallel packers write them, are read as one whole. What is cut short or damaged is an
//! error that says so, at the line that could not be read.

mod frames;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::{self, BufRead, BufReader, Chain, Cursor, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;
use frames::Frames;

/// So much is unpacked at a time, in bytes.
const BUFFER: usize = 256 << 10;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Packing {
    /// By the first bytes. A frame that zstd skips may come first.
    fn of(start: &[u8]) -> Option<Self> {
        match start {
            [0x1F, 0x8B, ..] => Some(Packing::Gzip),
            [0x28, 0xB5, 0x2F, 0xFD] | [0x50..=0x5F, 0x2A, 0x4D, 0x18] => Some(Packing::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        })
    }
}

/// Why a packed file cannot be read to its end.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Damage {
    /// It ends in the midst of something.
    #[error("the {0} file was cut short")]
    CutShort(Packing),
    /// It is sound, and asks for more than is given here: a larger window, or a dictionary.
    #[error("the {packing} file is not unpacked here: {what}")]
    Refused {
        /// How it is packed.
        packing: Packing,
        /// What it asks for.
        what: String,
    },
    /// It holds what no packer writes.
    #[error("the {packing} file is damaged: {what}")]
    Damaged {
        /// How it is packed.
        packing: Packing,
        /// What is wrong.
        what: String,
    },
}

/// What a file holds, unpacked.
pub struct Unpacked<R> {
    source: Source<R>,
    /// What was found wrong: said again to whoever asks again, for an unpacker that failed may call it the end.
    damage: Option<Damage>,
}

/// An input, with its first bytes put back.
type Begun<R> = Chain<Cursor<Vec<u8>>, R>;

enum Source<R> {
    Plain(Begun<R>),
    Gzip(BufReader<MultiGzDecoder<Begun<R>>>),
    /// Its decoder is large.
    Zstd(Box<BufReader<Frames<Begun<R>>>>),
}

/// Reads what a file holds, be it packed or not.
///
/// # Errors
/// Should the first bytes not be readable.
pub fn unpack<R: BufRead>(mut input: R) -> io::Result<Unpacked<R>> {
    let mut start = Vec::new();
    input.by_ref().take(4).read_to_end(&mut start)?;
    let packing = Packing::of(&start);
    let begun = Cursor::new(start).chain(input);
    let source = match packing {
        None => Source::Plain(begun),
        Some(Packing::Gzip) => Source::Gzip(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(begun))),
        Some(Packing::Zstd) => Source::Zstd(Box::new(BufReader::with_capacity(BUFFER, Frames::new(begun)))),
    };
    Ok(Unpacked { source, damage: None })
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Source::Plain(input) = &mut self.source {
            return input.read(buffer);
        }
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Unpacked<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Some(damage) = &self.damage {
            return Err(io::Error::other(damage.clone()));
        }
        let filled = match &mut self.source {
            Source::Plain(input) => return input.fill_buf(),
            Source::Gzip(input) => input.fill_buf().map_err(gzip),
            Source::Zstd(input) => input.fill_buf(),
        };
        filled.inspect_err(|error| {
            self.damage = error.get_ref().and_then(|its| its.downcast_ref::<Damage>()).cloned();
        })
    }

    fn consume(&mut self, amount: usize) {
        match &mut self.source {
            Source::Plain(input) => input.consume(amount),
            Source::Gzip(input) => input.consume(amount),
            Source::Zstd(input) => input.consume(amount),
        }
    }
}

impl<R> fmt::Debug for Unpacked<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.source {
            Source::Plain(_) => "Unpacked(plain)",
            Source::Gzip(_) => "Unpacked(gzip)",
            Source::Zstd(_) => "Unpacked(zstd)",
        })
    }
}

/// What the unpacker of gzip says, told apart from what the disk says.
fn gzip(error: io::Error) -> io::Error {
    let packing = Packing::Gzip;
    match error.kind() {
        ErrorKind::UnexpectedEof => io::Error::other(Damage::CutShort(packing)),
        ErrorKind::InvalidInput | ErrorKind::InvalidData => {
            io::Error::other(Damage::Damaged { packing, what: error.to_string() })
        }
        _ => error,
    }
}
