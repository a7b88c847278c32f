//! The evidence for what was found: its schedule, verdict and history in the store, or its shrunk schedule among those that are
//! kept for good.

use std::path::{Path, PathBuf};
use std::slice;

use super::LabError;
use super::load::{Loaded, load};
use crate::chaos::schedule::Schedule;
use crate::find::corpus::{self, Kept};
use crate::find::explain::{BUDGET, Blame, Culprit};
use crate::find::shrink::Shrink;
use crate::find::sweep::Row;
use crate::lab::store::Store;
use crate::run::{Conclusion, Keep, Report, draw, run};
use crate::scenario::Variant;
use crate::stop::Stop;

/// So many runs may be spent on a failure that is to be kept.
const SHRINK_WITHIN: u64 = 2_000;

/// Keeps a seed's run in the store, and gives the file of its schedule. A sweep keeps no histories: a seed gives its own back.
/// What ran in real time was kept when it happened.
pub fn evidence(row: &Row<'_>, seed: u64, store: &Store) -> Result<PathBuf, LabError> {
    let Row { scenario, variant, engine } = *row;
    evidence_of(row, draw(scenario, variant, engine, seed), store)
}

/// The same, of the run of this schedule.
pub fn evidence_of(row: &Row<'_>, schedule: Schedule, store: &Store) -> Result<PathBuf, LabError> {
    let Row { scenario, variant, engine } = *row;
    if engine.simulated() {
        let whole = Keep { history: true, ..Keep::default() };
        keep(variant, &run(scenario, variant, engine, schedule.clone(), whole)?, store)?;
    }
    Ok(store.folder(&schedule).join("schedule.json"))
}

/// What is told of the anomaly for which a schedule is kept.
pub fn sentence(row: &Row<'_>, schedule: &Path) -> Result<Option<String>, LabError> {
    let Loaded { schedule: kept, .. } = load(slice::from_ref(row.scenario), schedule)?;
    Ok(kept.expect.and_then(|expect| Store::sentence(schedule, expect)))
}

/// Finds out by experiment what a kept schedule's anomaly needs, and keeps that beside it.
pub fn blame(row: &Row<'_>, schedule: &Path, stop: &Stop) -> Result<Culprit, LabError> {
    let Row { scenario, variant, .. } = *row;
    let Loaded { schedule: kept, .. } = load(slice::from_ref(scenario), schedule)?;
    let Some(expect) = kept.expect else {
        return Ok(Culprit::NotDetermined { why: "the schedule says nothing of what it shows".to_owned() });
    };
    let culprit = Blame { scenario, variant, expect, budget: BUDGET, stop }.culprit(&kept)?;
    Store::keep_culprit(schedule, &culprit)?;
    Ok(culprit)
}

/// Keeps a run that found something, with the reason for which it is kept.
pub fn keep(variant: &Variant, report: &Report, store: &Store) -> Result<(), LabError> {
    if matches!(report.conclusion, Conclusion::Found | Conclusion::Violated) {
        let kept = Schedule { expect: report.reason_to_keep(variant), ..report.schedule.clone() };
        store.keep(&kept, report)?;
    }
    Ok(())
}

/// Shrinks what a kept schedule shows and puts it into a folder, one file for each signature; nothing where it does not show it
/// again.
pub fn keep_for_good(
    row: &Row<'_>,
    schedule: &Path,
    folder: &Path,
    stop: &Stop,
) -> Result<Option<Kept>, LabError> {
    let Row { scenario, variant, engine } = *row;
    let Loaded { schedule, .. } = load(slice::from_ref(scenario), schedule)?;
    let Some(expect) = schedule.expect else { return Ok(None) };
    let shrink =
        Shrink { scenario, variant, engine, expect, budget: SHRINK_WITHIN, stop, progress: &|_, _| {} };
    let Some(shrunk) = shrink.shrink(&schedule)? else { return Ok(None) };
    let kept = corpus::keep(folder, &shrunk.report, expect);
    let kept = kept.map_err(|error| LabError::Io { what: format!("keep in {}", folder.display()), error })?;
    Ok(Some(kept))
}
