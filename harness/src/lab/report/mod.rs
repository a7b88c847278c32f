//! What a campaign came to, row by row: as a table for people, JUnit for machines, Markdown for a job's summary, and annotations
//! of a workflow. With the evidence for whatever was found, made by running its seed again.

mod annotate;
mod junit;
mod markdown;
mod table;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::evidence::{evidence, shrunk};
use super::tale::{Covered, covered, judge};
use super::{Exit, LabError};
use crate::engine::Engine;
use crate::scenario::Scenario;
use crate::stop::Stop;
use crate::store::Store;
use crate::sweep::{Ledger, Row, Summary};

/// An unsafe variant that has not shown what it must after so many seeds is a finding of its own.
pub const FIND_WITHIN: u64 = 2_000;

/// Every row of a campaign, in the order of the catalogue.
pub struct Outcome<'a> {
    rows: Vec<RowOutcome<'a>>,
}

/// What one row came to.
pub struct RowOutcome<'a> {
    /// The row.
    pub row: Row<'a>,
    /// What its runs came to.
    pub summary: Summary,
    /// How that is to be read.
    pub exit: Exit,
    /// How many seeds a find took.
    pub seeds_to_find: Option<Spread>,
    /// What was to be seen.
    pub covered: Vec<Covered>,
    /// The runs to look at.
    pub evidence: Vec<Evidence>,
}

/// Some numbers, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// As many are smaller as are larger.
    pub median: u64,
    /// The largest.
    pub worst: u64,
}

/// A run to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// What it broke: scenario, anomaly, path, kind of culprit; nothing where the variant must break it.
    pub signature: Option<String>,
    /// In so many runs.
    pub runs: u64,
    /// The first seed.
    pub seed: u64,
    /// Its schedule.
    pub schedule: PathBuf,
}

impl<'a> Outcome<'a> {
    /// Judges the rows that were run, and makes the evidence: one run for each signature of a broken promise, else the first
    /// find of an unsafe variant. Where `failing` names a folder, schedules of broken promises are shrunk and kept there.
    pub fn of(
        rows: &[Row<'a>],
        ledger: &Ledger,
        store: &Store,
        failing: Option<&Path>,
        stop: &Stop,
    ) -> Result<Self, LabError> {
        let judged = rows.iter().map(|row| RowOutcome::of(*row, ledger, store, failing, stop));
        let mut rows = judged.collect::<Result<Vec<_>, _>>()?;
        rows.retain(|row| row.summary.runs > 0);
        Ok(Outcome { rows })
    }

    /// How the whole is to be read.
    pub fn exit(&self) -> Exit {
        self.rows.iter().map(|row| row.exit).max().unwrap_or(Exit::Inconclusive)
    }

    /// Prints one line of JSON for each row.
    pub fn print_json(&self) -> Result<(), LabError> {
        self.rows.iter().try_for_each(RowOutcome::print_json)
    }

    /// Prints the table, and how to see every broken promise again.
    pub fn print(&self) {
        table::print(&self.rows);
    }

    /// Writes `junit.xml` and `summary.md` into a folder, and the summary to where a workflow wants it.
    pub fn publish(&self, folder: &Path) -> Result<(), LabError> {
        let write = |name: &str, bytes: &[u8]| {
            let file = folder.join(name);
            fs::write(&file, bytes).map_err(io_error(&file))
        };
        write("junit.xml", &junit::xml(&self.rows)?)?;
        let summary = markdown::summary(&self.rows);
        write("summary.md", summary.as_bytes())?;
        match std::env::var_os("GITHUB_STEP_SUMMARY") {
            Some(file) => annotate::append(Path::new(&file), &summary),
            None => Ok(()),
        }
    }

    /// Prints one annotation for each signature of a broken promise, as GitHub reads them.
    pub fn annotate(&self) {
        annotate::print(&self.rows);
    }
}

impl<'a> RowOutcome<'a> {
    fn of(
        row: Row<'a>,
        ledger: &Ledger,
        store: &Store,
        failing: Option<&Path>,
        stop: &Stop,
    ) -> Result<Self, LabError> {
        let summary = ledger.summary(&row.name());
        let mut evidence: Vec<Evidence> = Vec::new();
        for (signature, first) in &summary.broken {
            let kept = self::evidence(row.scenario, row.variant, row.engine, first.seed, store)?;
            let schedule = match failing {
                Some(folder) => {
                    shrunk(row.scenario, row.variant, row.engine, &kept, folder, stop)?.unwrap_or(kept)
                }
                None => kept,
            };
            let signature = Some(signature.clone());
            evidence.push(Evidence { signature, runs: first.runs, seed: first.seed, schedule });
        }
        if let (true, Some(seed)) = (evidence.is_empty(), summary.first_failure) {
            let schedule = self::evidence(row.scenario, row.variant, row.engine, seed, store)?;
            evidence.push(Evidence { signature: None, runs: summary.finds.len() as u64, seed, schedule });
        }
        Ok(RowOutcome {
            exit: judge(row.scenario, row.variant, &summary, FIND_WITHIN),
            seeds_to_find: Spread::of(ledger.seeds_to_find(&row.name())),
            covered: covered(row.scenario, row.variant, &summary),
            row,
            summary,
            evidence,
        })
    }

    fn print_json(&self) -> Result<(), LabError> {
        #[derive(Serialize)]
        struct Line<'l> {
            scenario: &'l str,
            variant: &'l str,
            engine: &'l str,
            outcome: &'static str,
            runs: u64,
            valid: u64,
            invalid: u64,
            unknown: u64,
            vacuous: u64,
            violated: u64,
            struck: u64,
            drained: u64,
            acknowledged_share: f64,
            anomalies: &'l std::collections::BTreeMap<String, u64>,
            consequences: &'l std::collections::BTreeMap<String, u64>,
            coverage: &'l [Covered],
            seeds_to_find: Option<Spread>,
            evidence: &'l [Evidence],
            first_unknown: Option<&'l crate::sweep::Unjudged>,
        }
        let summary = &self.summary;
        super::print_json(&Line {
            scenario: self.row.scenario.name,
            variant: self.row.variant.name,
            engine: self.row.engine.name(),
            outcome: self.outcome(),
            runs: summary.runs,
            valid: summary.valid,
            invalid: summary.invalid,
            unknown: summary.unknown,
            vacuous: summary.vacuous,
            violated: summary.violated,
            struck: summary.struck,
            drained: summary.drained,
            acknowledged_share: summary.acknowledged_share(),
            anomalies: &summary.anomalies,
            consequences: &summary.consequences,
            coverage: &self.covered,
            seeds_to_find: self.seeds_to_find,
            evidence: &self.evidence,
            first_unknown: summary.first_unknown.as_ref(),
        })
    }

    /// The row in one word.
    pub fn outcome(&self) -> &'static str {
        match (self.exit, self.row.variant.expect) {
            (Exit::Promised, None) => "held",
            (Exit::Promised, Some(_)) if self.summary.finds.is_empty() => "not yet caught",
            (Exit::Promised, Some(_)) => "caught",
            (Exit::Violated, _) => "BROKEN",
            _ => "inconclusive",
        }
    }

    /// Why it is inconclusive, in words.
    pub fn doubts(&self) -> Vec<String> {
        let summary = &self.summary;
        let mut doubts: Vec<String> = Vec::new();
        if let Some(unjudged) = &summary.first_unknown {
            doubts.push(format!(
                "{} unknown, first seed {}: {}",
                summary.unknown, unjudged.seed, unjudged.reason
            ));
        }
        if summary.vacuous == summary.runs {
            doubts.push("no fault struck outstanding work".to_owned());
        }
        let missed = self.covered.iter().filter(|item| item.missed);
        doubts.extend(missed.map(|item| format!("never seen: {} (due within {} runs)", item.item, item.due)));
        if let Some(expect) = self.row.variant.expect.filter(|_| summary.finds.is_empty()) {
            doubts.push(format!("did not show {expect} in {} runs", summary.runs));
        }
        doubts
    }

    /// How many of the things to be seen were.
    pub fn seen(&self) -> String {
        let hit = self.covered.iter().filter(|item| item.hits > 0).count();
        format!("{hit} of {}", self.covered.len())
    }
}

impl Spread {
    fn of(mut numbers: Vec<u64>) -> Option<Self> {
        numbers.sort_unstable();
        let worst = *numbers.last()?;
        Some(Spread { median: numbers[numbers.len() / 2], worst })
    }
}

/// The rows of some scenarios, all or those whose name contains a pattern.
pub fn rows<'a>(
    catalogue: &'a [Scenario],
    pattern: Option<&str>,
    variant: Option<&str>,
    engines: &[Engine],
) -> Result<Vec<Row<'a>>, LabError> {
    let matches = |scenario: &&Scenario| pattern.is_none_or(|pattern| scenario.name.contains(pattern));
    let scenarios: Vec<&Scenario> = catalogue.iter().filter(matches).collect();
    if let (true, Some(pattern)) = (scenarios.is_empty(), pattern) {
        super::names::scenario(catalogue, pattern)?;
    }
    let mut rows = Row::all(&scenarios, engines);
    if let Some(name) = variant {
        let names: Vec<&str> = rows.iter().map(|row| row.variant.name).collect();
        if !names.contains(&name) {
            return Err(super::UnknownName::among("variant", name, names.into_iter()).into());
        }
        rows.retain(|row| row.variant.name == name);
    }
    Ok(rows)
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> LabError {
    let what = format!("cannot write {}", path.display());
    move |error| LabError::Io { what, error }
}
