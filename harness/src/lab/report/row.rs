//! What one row of a campaign came to, and the runs to look at.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::find::explain::Culprit;
use crate::find::sweep::{Due, Ledger, Longest, Row, Summary, Unjudged};
use crate::lab::evidence::evidence;
use crate::lab::run_summary::{Covered, covered, judge, unserved};
use crate::lab::store::Store;
use crate::lab::strikes::{KindStruck, kinds_struck};
use crate::lab::{Exit, LabError, print_json};

/// What one row came to.
pub struct RowOutcome<'a> {
    /// The row.
    pub row: Row<'a>,
    /// So many seeds were to be run and were not.
    pub missing: u64,
    /// What its runs came to.
    pub summary: Summary,
    /// How that is to be read.
    pub exit: Exit,
    /// How many seeds a find took.
    pub seeds_to_find: Option<Spread>,
    /// What was to be seen.
    pub covered: Vec<Covered>,
    /// What the promised kinds of faults did.
    pub faults: Vec<KindStruck>,
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
    /// What it broke: scenario, anomaly, path, kind of the nearest fault; nothing where the variant must break it.
    pub signature: Option<String>,
    /// In so many runs.
    pub runs: u64,
    /// The first seed.
    pub seed: u64,
    /// Its schedule.
    pub schedule: PathBuf,
    /// What it needs, found out by experiment; of several that are alike, for the first.
    #[serde(flatten)]
    pub culprit: Option<Culprit>,
}

impl<'a> RowOutcome<'a> {
    /// Judges a row, and makes its evidence.
    pub fn of(due: &Due<'a>, ledger: &Ledger, store: &Store) -> Result<Self, LabError> {
        let Due { row, missing } = *due;
        let summary = ledger.summary(&row.name());
        let mut found: Vec<Evidence> = Vec::new();
        for (signature, first) in &summary.broken {
            let schedule = evidence(&row, first.seed, store)?;
            let signature = Some(signature.clone());
            found.push(Evidence { signature, runs: first.runs, seed: first.seed, schedule, culprit: None });
        }
        if let (true, Some(seed)) = (found.is_empty(), summary.first_failure) {
            let schedule = evidence(&row, seed, store)?;
            let runs = summary.finds.len() as u64;
            found.push(Evidence { signature: None, runs, seed, schedule, culprit: None });
        }
        let exit = match judge(row.scenario, row.variant, &summary, row.variant.found_within) {
            Exit::Promised if missing > 0 => Exit::Inconclusive,
            exit => exit,
        };
        Ok(RowOutcome {
            exit,
            missing,
            seeds_to_find: Spread::of(ledger.seeds_to_find(&row.name())),
            covered: covered(row.scenario, row.variant, &summary),
            faults: kinds_struck(row.scenario, row.variant, &summary),
            row,
            summary,
            evidence: found,
        })
    }

    /// Prints one line of JSON.
    pub fn print_json(&self) -> Result<(), LabError> {
        let summary = &self.summary;
        print_json(&Line {
            scenario: self.row.scenario.name,
            variant: self.row.variant.name,
            engine: self.row.engine.name(),
            outcome: self.outcome(),
            runs: summary.runs,
            missing: self.missing,
            valid: summary.valid,
            invalid: summary.invalid,
            unknown: summary.unknown,
            vacuous: summary.vacuous,
            violated: summary.violated,
            struck: summary.struck,
            data_strikes: summary.data_strikes,
            withheld: summary.withheld,
            drained: summary.drained,
            acknowledged_share: summary.acknowledged_share(),
            refused_share: summary.refused_share(),
            unresolved_share: summary.unresolved_share(),
            anomalies: &summary.anomalies,
            consequences: &summary.consequences,
            coverage: &self.covered,
            faults: &self.faults,
            judged: summary.judged,
            core: summary.core,
            coreless: summary.coreless,
            long: summary.long,
            steps: summary.steps,
            long_steps: summary.long_steps,
            waits: &summary.waits,
            seeds_to_find: self.seeds_to_find,
            evidence: &self.evidence,
            first_unknown: summary.first_unknown.as_ref(),
        })
    }

    /// The row in one word.
    pub fn outcome(&self) -> &'static str {
        match (self.exit, self.row.variant.expect) {
            _ if self.summary.runs == 0 => "never run",
            (Exit::Promised, None) => "held",
            (Exit::Promised, Some(_)) if self.summary.finds.is_empty() => "not yet caught",
            (Exit::Promised, Some(_)) => "caught",
            (Exit::Violated, _) => "BROKEN",
            // What is missing is all that is doubted.
            (Exit::Inconclusive, None) if self.missing > 0 && self.doubts().len() == 1 => "held so far",
            _ => "inconclusive",
        }
    }

    /// Why it is inconclusive, in words.
    pub fn doubts(&self) -> Vec<String> {
        let summary = &self.summary;
        if summary.runs == 0 {
            return vec!["never run".to_owned()];
        }
        let mut doubts: Vec<String> = Vec::new();
        if self.missing > 0 {
            doubts.push(format!("{} seeds were to be run and were not", self.missing));
        }
        if let Some(unjudged) = &summary.first_unknown {
            doubts.push(format!(
                "{} unknown, first seed {}: {}",
                summary.unknown, unjudged.seed, unjudged.reason
            ));
        }
        if summary.vacuous == summary.runs {
            doubts.push("no fault did anything to outstanding work".to_owned());
        }
        doubts.extend(unserved(self.row.variant, summary));
        let missed = self.covered.iter().filter(|item| item.missed);
        doubts.extend(missed.map(|item| format!("never seen: {} (due within {} runs)", item.item, item.due)));
        doubts.extend(crate::lab::run_summary::doubts(self.row.scenario, self.row.variant, summary));
        if let Some(expect) = self.row.variant.expect.filter(|_| summary.finds.is_empty()) {
            doubts.push(format!("did not show {expect} in {} runs", summary.runs));
        }
        doubts
    }

    /// The wait that came nearest to its bound, in words.
    pub fn longest_wait(&self) -> Option<String> {
        let longest = self.summary.waits.iter().max_by_key(|(_, wait)| wait.share);
        longest.map(|(kind, wait)| format!("{kind}: {wait}"))
    }

    /// How many of the things to be seen were.
    pub fn seen(&self) -> String {
        let hit = self.covered.iter().filter(|item| item.hits > 0).count();
        format!("{hit} of {}", self.covered.len())
    }
}

/// A row as a line of JSON.
#[derive(Serialize)]
struct Line<'l> {
    scenario: &'l str,
    variant: &'l str,
    engine: &'l str,
    outcome: &'static str,
    runs: u64,
    missing: u64,
    valid: u64,
    invalid: u64,
    unknown: u64,
    vacuous: u64,
    violated: u64,
    struck: u64,
    data_strikes: u64,
    withheld: u64,
    drained: u64,
    acknowledged_share: f64,
    refused_share: f64,
    unresolved_share: f64,
    anomalies: &'l BTreeMap<String, u64>,
    consequences: &'l BTreeMap<String, u64>,
    coverage: &'l [Covered],
    faults: &'l [KindStruck],
    judged: u64,
    core: u64,
    coreless: u64,
    long: u64,
    steps: u64,
    long_steps: u64,
    waits: &'l BTreeMap<String, Longest>,
    seeds_to_find: Option<Spread>,
    evidence: &'l [Evidence],
    first_unknown: Option<&'l Unjudged>,
}

impl Spread {
    /// In short; nothing of nothing.
    pub fn of(mut numbers: Vec<u64>) -> Option<Self> {
        numbers.sort_unstable();
        let worst = *numbers.last()?;
        Some(Spread { median: numbers[numbers.len() / 2], worst })
    }
}
