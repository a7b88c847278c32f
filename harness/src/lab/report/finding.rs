//! What was broken, over all rows. One wrong line breaks the same promise in many scenarios, under many faults and on every
//! engine: that is one finding, with one schedule to look at, and not a hundred.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Evidence, RowOutcome};
use crate::find::corpus::{Kept, class_of};
use crate::find::explain::Culprit;
use crate::lab::LabError;
use crate::lab::evidence::{blame, keep_for_good};
use crate::stop::Stop;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The anomaly and its path.
    pub class: String,
    /// In so many runs.
    pub runs: u64,
    /// The scenario, variant and engine of the run to look at first.
    pub first: String,
    /// The schedule to look at.
    pub schedule: PathBuf,
    /// What that run needs, found out by experiment.
    pub culprit: Culprit,
    /// Every scenario in which it was seen, with the kinds of the nearest faults.
    pub signatures: BTreeSet<String>,
}

/// The findings, by anomaly and path. Where `failing` names a folder, the schedule of each is shrunk and kept there.
pub fn findings(
    rows: &[RowOutcome<'_>],
    failing: Option<&Path>,
    stop: &Stop,
) -> Result<Vec<Finding>, LabError> {
    let mut classes: BTreeMap<&str, Vec<(&RowOutcome<'_>, &Evidence, &str)>> = BTreeMap::new();
    for row in rows {
        for evidence in &row.evidence {
            if let Some(signature) = &evidence.signature {
                classes.entry(class_of(signature)).or_default().push((row, evidence, signature));
            }
        }
    }
    let found = classes.into_iter().map(|(class, broken)| {
        // What runs on the first engine of the list shrinks best.
        let first = broken.iter().min_by_key(|(row, evidence, _)| (row.row.engine, evidence.seed));
        let Some((row, evidence, _)) = first else { return Ok(None) };
        let culprit =
            evidence.culprit.clone().map_or_else(|| blame(&row.row, &evidence.schedule, stop), Ok)?;
        let kept = failing.map(|folder| keep_for_good(&row.row, &evidence.schedule, folder, stop));
        Ok(Some(Finding {
            class: class.to_owned(),
            runs: broken.iter().map(|(_, evidence, _)| evidence.runs).sum(),
            first: row.row.name().join(" "),
            schedule: kept.transpose()?.flatten().map_or(evidence.schedule.clone(), Kept::file),
            culprit,
            signatures: broken.iter().map(|(.., signature)| (*signature).to_owned()).collect(),
        }))
    });
    found.filter_map(Result::transpose).collect()
}
