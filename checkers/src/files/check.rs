//! Judges a history file of our own.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use super::{ReadError, Reader, chunks};
use crate::Value;
use crate::report::{Finding, Report, Witness};
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

/// Judges a history, entry by entry as it is read, by every property and by what stands beyond the verdict.
///
/// # Errors
/// [`ReadError`] with the line and column of what is not as it should be.
pub fn check(input: impl BufRead) -> Result<Checked, ReadError> {
    check_with(Judge::thorough(), input)
}

/// The same by a judge of one's own, one that keeps limits for example.
///
/// # Errors
/// [`ReadError`] with the line and column of what is not as it should be.
pub fn check_with(mut judge: Judge, input: impl BufRead) -> Result<Checked, ReadError> {
    let mut reader = Reader::new(input)?;
    while let Some(entry) = reader.next_entry()? {
        judge.see(&entry);
    }
    let names = reader.into_names();
    Ok(Checked { report: judge.report(&names), names })
}

/// The same for something large that can be read twice: lines are read by so many workers beside the one that judges.
///
/// # Errors
/// [`ReadError`], the same as when one reads alone.
pub fn check_on<R: BufRead + Send>(
    workers: usize,
    judge: impl Fn() -> Judge,
    open: impl Fn() -> io::Result<R>,
) -> Result<Checked, ReadError> {
    check_in_chunks(workers, chunks::CHUNK, judge, open)
}

pub(super) fn check_in_chunks<R: BufRead + Send>(
    workers: usize,
    chunk: usize,
    judge: impl Fn() -> Judge,
    open: impl Fn() -> io::Result<R>,
) -> Result<Checked, ReadError> {
    let opened = || open().map_err(|error| ReadError::new(1, 0, &[], error.into()));
    let rest = Reader::new(opened()?)?.into_input();
    let mut judging = judge();
    match chunks::judge(&mut judging, rest, workers, chunk) {
        Some(names) => Ok(Checked { report: judging.report(&names), names }),
        None => check_with(judge(), opened()?),
    }
}

impl Checked {
    /// Reads the same history again, notes for each witness the records that are about its messages, and gives the lines of the
    /// first witness of each finding, of those beyond the verdict last.
    ///
    /// # Errors
    /// [`ReadError`], as at the first reading.
    pub fn locate(&mut self, input: impl BufRead) -> Result<Vec<Vec<String>>, ReadError> {
        let found = self.report.anomalies.len() + self.report.beyond.len();
        let mut excerpts = vec![Vec::new(); found];
        let wanted = self.wanted();
        if wanted.is_empty() {
            return Ok(excerpts);
        }
        let mut reader = Reader::new(input)?.without_fast_path();
        while let Some(entry) = reader.next_entry()? {
            let places = entry.event.message().and_then(|id| wanted.get(&id));
            for &(finding, witness) in places.into_iter().flatten() {
                let mut findings = self.report.anomalies.iter_mut().chain(&mut self.report.beyond);
                let Some(Finding { entries, .. }) = findings.nth(finding) else { continue };
                let Witness { operations, .. } = &mut entries[witness];
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
        for (at, finding) in self.report.anomalies.iter().chain(&self.report.beyond).enumerate() {
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
