//! Failures that are kept for good: one file for each signature, replayed by every test run. The same failure found again is
//! recognised by its signature and not kept twice.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::run::Report;
use crate::schedule::{Expect, Schedule};

/// What became of a failure that was to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is new, and stands in this file now.
    New(PathBuf),
    /// One with the same signature stands in this file.
    Known(PathBuf),
}

/// What makes two failures the same: the scenario, what it showed on which path, and the kind of fault that is to blame.
#[must_use]
pub fn signature(report: &Report, expect: Expect) -> String {
    let found = report.verdict.anomalies.iter().find(|a| (a.kind, a.path) == (expect.anomaly, expect.path));
    let culprit = found.and_then(|anomaly| anomaly.culprit.as_ref());
    let culprit = culprit.map_or("no-fault", |culprit| culprit.fault.as_str());
    format!("{}.{}-{}.{culprit}", report.schedule.scenario, expect.anomaly, expect.path)
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
