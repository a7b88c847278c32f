//! `history.txt`: an operation is a line of process, type, function and value, and an error where it has one.
//!
//! Jepsen prints all of them but the error as EDN, with tabs between. An error is printed without quotes and may run over several
//! lines. Indices, times and rebalance logs are not in these files.

use std::io::{BufRead, Read};

use super::nothing::printed;
use super::{Fields, Reading, Refused};
use crate::edn::Tokens;
use crate::files::{LONGEST, Problem, ReadError};
use crate::jepsen::History;

/// The types of operations, as they stand in the second column.
const TYPES: &[&str] = &[":invoke", ":ok", ":fail", ":info"];

/// Reads one line after another; the first has this number.
pub(super) fn read(mut input: impl BufRead, first: usize) -> Result<History, ReadError> {
    let (mut history, mut buffer, mut has_error) = (History::default(), Vec::new(), false);
    for line in first.. {
        let told = next(&mut input, &mut buffer).and_then(|more| {
            let text = if more { utf8(&buffer)? } else { return Ok(None) };
            if text.trim().is_empty() || has_error && !is_operation(text) {
                return Ok(Some(has_error));
            }
            let reading = Reading { tokens: Tokens::new(text), history: &mut history };
            reading.line(text).map(Some).map_err(Refused::told)
        });
        match told {
            Ok(Some(error)) => has_error = error,
            Ok(None) => break,
            Err((at, problem)) => return Err(ReadError::new(line, at + 1, &buffer, problem)),
        }
    }
    Ok(history)
}

/// What is wrong, so many bytes from the beginning of a line.
type Misread = (usize, Problem);

/// Reads the next line; false at the end.
fn next(input: &mut impl BufRead, buffer: &mut Vec<u8>) -> Result<bool, Misread> {
    buffer.clear();
    match input.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', buffer) {
        Err(error) => Err((buffer.len(), error.into())),
        Ok(length) if length > LONGEST => Err((0, Problem::TooLong(LONGEST))),
        Ok(length) => Ok(length > 0),
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Misread> {
    std::str::from_utf8(bytes).map_err(|error| (error.valid_up_to(), Problem::NotUtf8))
}

/// Whether a line looks like an operation at its beginning.
fn is_operation(text: &str) -> bool {
    text.split('\t').nth(1).is_some_and(|second| TYPES.contains(&second.trim()))
}

impl Reading<'_, '_> {
    /// Reads an operation, and tells whether it has an error.
    fn line(mut self, text: &str) -> Result<bool, Refused> {
        self.history.begin();
        let process = Some(self.atom()?);
        let phase = Some(self.phase().map_err(|wrong| {
            let what = "an operation is a map, as {:type :ok, :f :poll, ..}, or a line of process, :type, :f and value";
            super::Wrong { what, ..wrong }
        })?);
        let function = self.name()?;
        self.value()?;
        let error = self.tokens.between(self.tokens.at(), text.len()).trim();
        let nothing = printed(error);
        self.history.close();
        self.settle(&Fields { process, phase, function, nothing, ..Fields::default() })?;
        Ok(!error.is_empty())
    }
}
