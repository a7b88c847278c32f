//! What the faults of one kind came to over some runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::summary::add;
use crate::fault::FaultKind;
use crate::run::Report;

/// In how many runs faults of one kind came how far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Strikes {
    /// Runs whose schedule has one.
    pub drawn: u64,
    /// Runs in which the moment of one came.
    pub fired: u64,
    /// Runs in which one did something.
    pub struck: u64,
    /// Runs in which one did this, by the kind of harm.
    pub harms: BTreeMap<String, u64>,
}

impl Strikes {
    /// What they came to in one run, by kind.
    pub(super) fn of(report: &Report) -> BTreeMap<String, Strikes> {
        let kinds = report.schedule.steps.iter().map(|step| step.inject.kind());
        kinds.map(|kind| (kind.name().to_owned(), Self::of_kind(report, kind))).collect()
    }

    fn of_kind(report: &Report, kind: FaultKind) -> Self {
        let seen = &report.tally.seen;
        let harms: BTreeMap<String, u64> = seen.harms(kind).map(|harm| (harm.name().to_owned(), 1)).collect();
        let (fired, struck) = (u64::from(seen.has_fired(kind)), u64::from(!harms.is_empty()));
        Strikes { drawn: 1, fired, struck, harms }
    }

    /// Adds other runs.
    pub(super) fn merge(&mut self, other: Strikes) {
        self.drawn += other.drawn;
        self.fired += other.fired;
        self.struck += other.struck;
        add(&mut self.harms, other.harms);
    }
}
