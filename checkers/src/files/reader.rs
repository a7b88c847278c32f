//! Reads history files, a line at a time.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};

use super::VERSION;
use super::decode::{Wrong, decode, object};
use super::error::{Problem, ReadError};
use super::fast::{self, Cache, Fast};
use super::line::{Header, Line};
use super::unpack::{Unpacked, unpack};
use crate::{Entry, Names};

/// The longest line there may be, in bytes.
pub(crate) const LONGEST: usize = 16 << 20;

/// Reads a whole history.
///
/// # Errors
/// [`ReadError`] with the line and column of the first thing that is not as it should be.
pub fn read(input: impl BufRead) -> Result<(Names, Vec<Entry>), ReadError> {
    let mut reader = Reader::new(input)?;
    let mut entries = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        entries.push(entry);
    }
    Ok((reader.into_names(), entries))
}

/// Reads a history entry by entry, so that a checker can be fed without holding the whole.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    names: Names,
    buffer: Vec<u8>,
    /// The number of the line in the buffer, from 1.
    line: usize,
    last_index: Option<u64>,
    fast_path: bool,
    cache: Cache,
}

impl<R: BufRead> Reader<Unpacked<R>> {
    /// Reads the header of a history, packed or not.
    ///
    /// # Errors
    /// [`ReadError`] if the input is no history, or one of an unknown version.
    pub fn new(input: R) -> Result<Self, ReadError> {
        let input = unpack(input).map_err(|error| ReadError::new(1, 0, &[], error.into()))?;
        let mut reader = Reader::behind_the_header(input);
        skip_mark(&mut reader.input).map_err(|error| reader.error(0, error.into()))?;
        if !reader.fill()? {
            return Err(reader.error(0, Problem::Empty));
        }
        let Ok(header) = object::<Header>(utf8(&reader.buffer, reader.line)?) else {
            return Err(reader.error(0, Problem::NotAHistory));
        };
        if header.history == VERSION {
            Ok(reader)
        } else {
            Err(reader.error(0, Problem::UnknownVersion(header.history)))
        }
    }
}

impl<R: BufRead> Reader<R> {
    /// A reader of what comes after the header.
    pub(super) fn behind_the_header(input: R) -> Self {
        Reader {
            input,
            names: Names::default(),
            buffer: Vec::new(),
            line: 0,
            last_index: None,
            fast_path: true,
            cache: Cache::default(),
        }
    }

    /// The same by serde alone, which keeps every line's text.
    pub(super) fn without_fast_path(mut self) -> Self {
        self.fast_path = false;
        self
    }

    /// The next entry; `None` at the end. Empty lines are skipped.
    ///
    /// # Errors
    /// [`ReadError`] with the line and column of what is not as it should be.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, ReadError> {
        if let Some(entry) = self.fast() {
            return Ok(Some(entry));
        }
        while self.fill()? {
            if !self.buffer.trim_ascii().is_empty() {
                return self.parse().map(Some);
            }
        }
        Ok(None)
    }

    /// The index of the entry that was read last.
    pub fn index(&self) -> Option<u64> {
        self.last_index
    }

    /// The line that was read last, without the fast path.
    pub(super) fn text(&self) -> &[u8] {
        self.buffer.trim_ascii()
    }

    /// What is left of the input.
    pub(super) fn into_input(self) -> R {
        self.input
    }

    /// The names met so far.
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The names of the whole history, at its end.
    pub fn into_names(self) -> Names {
        self.names
    }

    /// The next line, should it lie in the input's buffer as a whole and look exactly as it is written. Whatever is wrong with it
    /// the other path finds again, and tells.
    pub(super) fn fast(&mut self) -> Option<Entry> {
        if !self.fast_path {
            return None;
        }
        let bytes = self.input.fill_buf().ok()?;
        let Fast { index, entry, length } = fast::line(bytes, &mut self.cache, &mut self.names)?;
        if self.last_index.is_some_and(|last| last >= index) {
            return None;
        }
        self.last_index = Some(index);
        self.line += 1;
        self.input.consume(length);
        Some(entry)
    }

    /// Reads one line into the buffer; false at the end of the input.
    fn fill(&mut self) -> Result<bool, ReadError> {
        self.buffer.clear();
        self.line += 1;
        let mut limited = self.input.by_ref().take(LONGEST as u64 + 1);
        let read = limited.read_until(b'\n', &mut self.buffer);
        let length = read.map_err(|error| self.error(0, error.into()))?;
        if length > LONGEST {
            return Err(ReadError::new(self.line, LONGEST, &self.buffer, Problem::TooLong(LONGEST)));
        }
        Ok(length > 0)
    }

    fn parse(&mut self) -> Result<Entry, ReadError> {
        let text = utf8(&self.buffer, self.line)?;
        let line: Line<'_> = object(text).map_err(|wrong| self.wrong(0, wrong))?;
        if self.last_index.is_some_and(|last| last >= line.index) {
            let column = text.find("\"index\"").map_or(0, |at| at + 1);
            return Err(self.error(column, Problem::IndexFalls(line.index)));
        }
        let value = line.value.get();
        // What is borrowed from the line stands as far behind its beginning as it does in memory.
        let place = |part: &str| (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        let before = place(value);
        let f = if let Cow::Borrowed(f) = line.f { place(f) + 1 } else { 0 };
        let process = self.names.intern(&line.process);
        match decode(&line.f, line.phase, value, &mut self.names) {
            Ok(event) => {
                self.last_index = Some(line.index);
                Ok(Entry { time: line.time, process, event })
            }
            Err(Wrong::Line(problem @ Problem::NotAnObject)) => Err(self.error(before + 1, problem)),
            Err(Wrong::Line(problem)) => Err(self.error(f, problem)),
            Err(wrong) => Err(self.wrong(before, wrong)),
        }
    }

    /// An error in JSON that begins after so many bytes of the line.
    fn wrong(&self, before: usize, wrong: Wrong) -> ReadError {
        match wrong {
            Wrong::Line(problem) => self.error(0, problem),
            Wrong::Value(error) => self.error(before + error.column(), Problem::Json((&error).into())),
        }
    }

    fn error(&self, column: usize, problem: Problem) -> ReadError {
        ReadError::within(self.line, column, self.buffer.trim_ascii_end(), problem)
    }
}

/// Skips the mark that some editors write before UTF-8 (U+FEFF). Nothing readable begins with a part of it.
pub(crate) fn skip_mark(input: &mut impl BufRead) -> io::Result<()> {
    for byte in [0xEF, 0xBB, 0xBF] {
        if input.fill_buf()?.first() != Some(&byte) {
            break;
        }
        input.consume(1);
    }
    Ok(())
}

fn utf8(bytes: &[u8], line: usize) -> Result<&str, ReadError> {
    std::str::from_utf8(bytes)
        .map_err(|error| ReadError::not_utf8(line, bytes.trim_ascii_end(), error.valid_up_to()))
}
