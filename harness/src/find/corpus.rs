//! Failures that are kept for good: one file for each signature, replayed by every test run. The same failure found again is
//! recognised by its signature and not kept twice.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::chaos::schedule::{Expect, Schedule};
use crate::engine::{Engine, EngineError};
use crate::run::{Keep, Report, run};
use crate::scenario::{Scenario, Variant};

/// What became of a failure that was to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is new, and stands in this file now.
    New(PathBuf),
    /// One with the same signature stands in this file.
    Known(PathBuf),
}

impl Kept {
    /// The file in which it stands.
    #[must_use]
    pub fn file(self) -> PathBuf {
        let (Kept::New(file) | Kept::Known(file)) = self;
        file
    }
}

/// What makes two failures the same, as far as one run tells: the scenario, what it showed on which path, and the kind of the fault
/// nearest in time. It groups runs and blames nobody.
#[must_use]
pub fn signature(report: &Report, expect: Expect) -> String {
    let nearest = report.found(expect).next().and_then(|anomaly| anomaly.nearest_fault.as_ref());
    let nearest = nearest.map_or("no-fault", |nearest| nearest.fault.as_str());
    format!("{}.{}-{}.{nearest}", report.schedule.scenario, expect.anomaly, expect.path)
}

/// The anomaly and path of a signature, without the scenario and the fault: what one wrong line breaks wherever it is met.
#[must_use]
pub fn class_of(signature: &str) -> &str {
    signature.split('.').nth(1).unwrap_or(signature)
}

/// So many other draws of the network a kept failure gets before it counts as rotted.
const OTHER_DRAWS: u64 = 50;

/// Runs a kept schedule: what it shows, under its own draws or, if it does not come back under these, under others. The same
/// steps meet other latencies when the code around them changes; they have rotted only when nothing brings the anomaly back.
/// A schedule that must show nothing has its own draws alone.
///
/// # Errors
///
/// [`EngineError`] when the engine cannot run it.
pub fn replay(
    scenario: &Scenario,
    variant: &Variant,
    engine: Engine,
    schedule: &Schedule,
) -> Result<Report, EngineError> {
    let run_from =
        |seed| run(scenario, variant, engine, Schedule { seed, ..schedule.clone() }, Keep::default());
    let own = run_from(schedule.seed)?;
    if own.reproduced() || schedule.expect.is_none() || !engine.simulated() {
        return Ok(own);
    }
    for number in 1..=OTHER_DRAWS {
        let report = run_from(schedule.seed.wrapping_add(number))?;
        if report.reproduced() {
            return Ok(report);
        }
    }
    Ok(own)
}

/// Keeps a failure in a folder, which is made when it does not exist.
///
/// # Errors
///
/// When the file cannot be written.
pub fn keep(folder: &Path, report: &Report, expect: Expect) -> io::Result<Kept> {
    let file = folder.join(format!("{}.json", signature(report, expect)));
    if file.exists() {
        return Ok(Kept::Known(file));
    }
    fs::create_dir_all(folder)?;
    let kept = Schedule { expect: Some(expect), ..report.schedule.clone() };
    let unfinished = tempfile::NamedTempFile::new_in(folder)?;
    fs::write(unfinished.path(), kept.to_json())?;
    unfinished.persist(&file)?;
    Ok(Kept::New(file))
}
