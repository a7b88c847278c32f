//! The lines of a file, one at a time, however long the file is.

use std::io::{BufRead, Read};

use crate::files::{LONGEST, Problem, ReadError, skip_mark};

/// Reads lines and knows their numbers.
#[derive(Debug)]
pub(super) struct Lines<R> {
    input: R,
    /// The line that was read last, without its end; of a table the record, which may be several lines.
    text: Vec<u8>,
    /// The number of the first line in the text, from 1.
    first: usize,
    /// The number of the last line in it.
    last: usize,
}

impl<R: BufRead> Lines<R> {
    /// The lines behind the mark that some editors write before UTF-8.
    pub(super) fn new(mut input: R) -> Result<Self, ReadError> {
        let skipped = skip_mark(&mut input);
        skipped.map_err(|error| ReadError::new(1, 0, &[], Problem::Io(error)))?;
        Ok(Lines { input, text: Vec::new(), first: 0, last: 0 })
    }

    /// Reads the next line that is not blank; false at the end.
    pub(super) fn next(&mut self) -> Result<bool, ReadError> {
        loop {
            self.text.clear();
            self.first = self.last + 1;
            if !self.append()? {
                return Ok(false);
            }
            if !self.text.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    /// Appends another line, behind the newline that a quoted field has within; false at the end.
    pub(super) fn append_more(&mut self) -> Result<bool, ReadError> {
        self.text.push(b'\n');
        self.append()
    }

    fn append(&mut self) -> Result<bool, ReadError> {
        let before = self.text.len();
        self.last += 1;
        let room = (LONGEST + 1).saturating_sub(before) as u64;
        let mut limited = self.input.by_ref().take(room);
        let read = limited.read_until(b'\n', &mut self.text);
        let length = read.map_err(|error| self.error(0, Problem::Io(error)))?;
        if self.text.len() > LONGEST {
            return Err(ReadError::new(self.first, LONGEST, &self.text, Problem::TooLong(LONGEST)));
        }
        let end = without_end(&self.text[before..]);
        self.text.truncate(before + end);
        Ok(length > 0)
    }

    /// The line, or the record.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The number of its first line.
    pub(super) fn line(&self) -> usize {
        self.first
    }

    /// The line as text.
    pub(super) fn utf8(&self) -> Result<&str, ReadError> {
        let other = |valid: usize| match ReadError::not_utf8(self.first, &self.text, valid) {
            other if matches!(other.problem, Problem::Utf16) => other,
            ReadError { problem, .. } => self.error(valid + 1, problem),
        };
        std::str::from_utf8(&self.text).map_err(|error| other(error.valid_up_to()))
    }

    /// An error at a column of it, from 1, or 0 where all of it is meant. A record of several lines is shown by the one of them.
    pub(super) fn error(&self, column: usize, problem: Problem) -> ReadError {
        let before = &self.text[..column.saturating_sub(1).min(self.text.len())];
        let lines = before.iter().filter(|&&byte| byte == b'\n').count();
        let begin = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        ReadError::within(self.first + lines, column - begin, &self.text[begin..], problem)
    }
}

/// The length of a line without what ends it on one system or another.
fn without_end(line: &[u8]) -> usize {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}
