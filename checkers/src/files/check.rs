//! Judges a history file of our own.

use std::collections::BTreeMap;
use std::io::BufRead;

use super::{ReadError, Reader};
use crate::jepsen::Value;
use crate::report::{Report, Witness};
use crate::{Judge, MessageId, Names};

/// So many records are named for one anomaly.
const RECORDS: usize = 32;

/// A judged file.
#[derive(Debug)]
pub struct Checked {
    /// What the checkers say.
    pub report: Report,
    names: Names,
}

/// Judges a history, entry by entry as it is read.
///
/// # Errors
/// [`ReadError`] with the line and column of what is not as it should be.
pub fn check(input: impl BufRead) -> Result<Checked, ReadError> {
    let mut reader = Reader::new(input)?;
    let mut judge = Judge::new();
    while let Some(entry) = reader.next_entry()? {
        judge.see(&entry);
    }
    let names = reader.into_names();
    Ok(Checked { report: judge.report(&names), names })
}

impl Checked {
    /// Reads the same history again, notes for each witness the records that are about its messages, and gives the lines of the
    /// first witness of each finding.
    ///
    /// # Errors
    /// [`ReadError`], as at the first reading.
    pub fn locate(&mut self, input: impl BufRead) -> Result<Vec<Vec<String>>, ReadError> {
        let mut excerpts = vec![Vec::new(); self.report.anomalies.len()];
        let wanted = self.wanted();
        if wanted.is_empty() {
            return Ok(excerpts);
        }
        let mut reader = Reader::new(input)?;
        while let Some(entry) = reader.next_entry()? {
            let places = entry.event.message().and_then(|id| wanted.get(&id));
            for &(finding, witness) in places.into_iter().flatten() {
                let Witness { operations, .. } = &mut self.report.anomalies[finding].entries[witness];
                if operations.len() == RECORDS {
                    continue;
                }
                operations.extend(reader.index());
                if witness == 0 {
                    excerpts[finding].push(String::from_utf8_lossy(reader.text()).into_owned());
                }
            }
        }
        Ok(excerpts)
    }

    /// By message: the findings and witnesses that rest on it.
    fn wanted(&mut self) -> BTreeMap<MessageId, Vec<(usize, usize)>> {
        let mut wanted: BTreeMap<MessageId, Vec<(usize, usize)>> = BTreeMap::new();
        for (at, finding) in self.report.anomalies.iter().enumerate() {
            for (rank, witness) in finding.entries.iter().enumerate() {
                for value in &witness.values {
                    if let Value::Text(text) = value {
                        wanted.entry(self.names.identify(text)).or_default().push((at, rank));
                    }
                }
            }
        }
        wanted
    }
}
