//! What a campaign came to, row by row: as a table for people, JUnit for machines, Markdown for a job's summary, and annotations
//! of a workflow. With the evidence for whatever was found, made by running its seed again.

mod annotate;
mod finding;
mod junit;
mod markdown;
mod row;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use super::evidence::blame;
use super::{Exit, LabError};
use crate::engine::Engine;
use crate::find::corpus::class_of;
use crate::find::sweep::{Due, Ledger, Row};
use crate::lab::store::Store;
use crate::scenario::Scenario;
use crate::stop::Stop;

pub use finding::Finding;
pub use row::{Evidence, RowOutcome};

/// Every row of a campaign, in the order of the catalogue.
pub struct Outcome<'a> {
    rows: Vec<RowOutcome<'a>>,
    findings: Vec<Finding>,
}

impl<'a> Outcome<'a> {
    /// Judges the rows that were asked for, and makes the evidence: one run for each signature of a broken promise, else the first
    /// find of an unsafe variant. Where `failing` names a folder, one schedule for each finding is shrunk and kept there.
    pub fn of(
        due: &[Due<'a>],
        ledger: &Ledger,
        store: &Store,
        failing: Option<&Path>,
        stop: &Stop,
    ) -> Result<Self, LabError> {
        let judged = due.iter().map(|due| RowOutcome::of(due, ledger, store));
        let mut rows = judged.collect::<Result<Vec<_>, _>>()?;
        blame_firsts(&mut rows, stop)?;
        let findings = finding::findings(&rows, failing, stop)?;
        Ok(Outcome { rows, findings })
    }

    /// How the whole is to be read.
    pub fn exit(&self) -> Exit {
        Exit::worst(self.rows.iter().map(|row| row.exit)).unwrap_or(Exit::Inconclusive)
    }

    /// Prints one line of JSON for each row.
    pub fn print_json(&self) -> Result<(), LabError> {
        self.rows.iter().try_for_each(RowOutcome::print_json)
    }

    /// Prints the table, and how to see every broken promise again.
    pub fn print(&self) {
        table::print(&self.rows, &self.findings);
    }

    /// Writes `junit.xml` and `summary.md` into a folder, and the summary to where a workflow wants it.
    pub fn publish(&self, folder: &Path) -> Result<(), LabError> {
        let write = |name: &str, bytes: &[u8]| {
            let file = folder.join(name);
            fs::write(&file, bytes).map_err(io_error(&file))
        };
        write("junit.xml", &junit::xml(&self.rows)?)?;
        let summary = markdown::summary(&self.rows, &self.findings);
        write("summary.md", summary.as_bytes())?;
        match std::env::var_os("GITHUB_STEP_SUMMARY") {
            Some(file) => annotate::append(Path::new(&file), &summary),
            None => Ok(()),
        }
    }

    /// Prints one annotation for each finding, as GitHub reads them.
    pub fn annotate(&self) {
        annotate::print(&self.findings);
    }
}

/// Finds out what the first evidence of each kind needs: of what a variant must show, and of each class of promise that broke.
fn blame_firsts(rows: &mut [RowOutcome<'_>], stop: &Stop) -> Result<(), LabError> {
    let mut seen = BTreeSet::new();
    for RowOutcome { row, evidence, .. } in rows {
        for evidence in evidence {
            let class = evidence.signature.as_deref().map(|signature| class_of(signature).to_owned());
            let first = seen.insert((row.scenario.name, row.variant.name, class));
            if first && !stop.stopped() {
                evidence.culprit = Some(blame(row, &evidence.schedule, stop)?);
            }
        }
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::row::Spread;
    use super::*;
    use crate::find::sweep::{First, Summary, Unjudged};
    use crate::{Cluster, Kind, Path as LossPath, Variant};

    fn scenario() -> Scenario {
        Scenario::named("orders", LossPath::Broker, "Nothing is lost.")
            .must_see(crate::chaos::coverage::Item::event("retry-send", 100))
            .variant(Variant::breaks("unsafe", Cluster::new(), Kind::LostAcked, LossPath::Broker))
            .variant(Variant::holds("safe", Cluster::new()))
    }

    fn outcome<'a>(row: Row<'a>, summary: Summary, exit: Exit, evidence: Vec<Evidence>) -> RowOutcome<'a> {
        let covered = crate::lab::run_summary::covered(row.scenario, row.variant, &summary);
        let faults = crate::lab::strikes::kinds_struck(row.scenario, row.variant, &summary);
        let seeds_to_find = Spread::of(summary.finds.iter().copied().collect());
        RowOutcome { row, missing: 0, summary, exit, seeds_to_find, covered, faults, evidence }
    }

    /// One row of each kind: caught, broken, inconclusive.
    fn rows(scenario: &Scenario) -> Vec<RowOutcome<'_>> {
        let on = |variant: usize, engine| Row { scenario, variant: &scenario.variants[variant], engine };
        let coverage = || [("retry-send".to_owned(), 7)].into();
        let caught = Summary { runs: 200, finds: [3, 9].into(), coverage: coverage(), ..Summary::default() };
        let signature = "orders.duplicate-log-broker.crash".to_owned();
        let broken = [(signature.clone(), First { runs: 4, seed: 17 })].into();
        let broken = Summary {
            runs: 200,
            judged: 30,
            violated: 4,
            broken,
            coverage: coverage(),
            ..Summary::default()
        };
        let schedule = PathBuf::from("store/orders/safe-direct-17/schedule.json");
        let why = "interrupted".to_owned();
        let culprit = Some(crate::find::explain::Culprit::NotDetermined { why });
        let evidence = Evidence { signature: Some(signature), runs: 4, seed: 17, schedule, culprit };
        let first_unknown =
            Some(Unjudged { seed: 5, reason: "payments/0 is settled up to 3 of 4".to_owned() });
        let unknown = Summary { runs: 200, judged: 30, unknown: 1, first_unknown, ..Summary::default() };
        vec![
            outcome(on(0, Engine::Direct), caught, Exit::Promised, Vec::new()),
            outcome(on(1, Engine::Direct), broken, Exit::Violated, vec![evidence]),
            outcome(on(1, Engine::Turmoil), unknown, Exit::Inconclusive, Vec::new()),
        ]
    }

    #[test]
    fn a_job_summary_says_what_is_wrong_before_it_says_everything() {
        let scenario = scenario();
        let rows = rows(&scenario);
        let findings = finding::findings(&rows, None, &Stop::new()).unwrap();
        insta::assert_snapshot!(
            markdown::summary(&rows, &findings).replace(&super::super::this_program(), "lab")
        );
    }

    #[test]
    fn junit_has_a_failure_for_what_broke_and_an_error_for_what_proved_nothing() {
        let scenario = scenario();
        let xml = String::from_utf8(junit::xml(&rows(&scenario)).unwrap()).unwrap();
        insta::assert_snapshot!(xml.replace(&super::super::this_program(), "lab"));
    }
}
