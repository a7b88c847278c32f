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
        buffer.clear();
        let refuse = |column, text: &[u8], problem| Err(ReadError::new(line, column, text, problem));
        match input.by_ref().take(LONGEST as u64 + 1).read_until(b'\n', &mut buffer) {
            Err(error) => return refuse(buffer.len() + 1, &buffer, error.into()),
            Ok(0) => break,
            Ok(length) if length > LONGEST => return refuse(1, &buffer, Problem::TooLong(LONGEST)),
            Ok(_) => {}
        }
        let text = match std::str::from_utf8(&buffer) {
            Ok(text) => text,
            Err(error) => return refuse(error.valid_up_to() + 1, &buffer, Problem::NotUtf8),
        };
        let goes_on = has_error && !is_operation(text);
        if goes_on || text.trim().is_empty() {
            continue;
        }
        match (Reading { tokens: Tokens::new(text), history: &mut history }).line(text) {
            Ok(error) => has_error = error,
            Err(refused) => {
                let (at, problem) = refused.told();
                return refuse(at + 1, text.as_bytes(), problem);
            }
        }
    }
    Ok(history)
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
