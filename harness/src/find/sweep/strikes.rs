//! What the faults of each kind came to over some runs.

use serde::{Deserialize, Serialize};

use crate::chaos::fault::FaultKind;
use crate::chaos::harm::Harm;
use crate::run::Report;

/// In how many runs the faults of each kind came how far. In the order of [`FaultKind::ALL`], for each kind: runs that drew it,
/// in which it fired, in which it did something, and in which it did each thing that it can do. Numbers without names, because
/// every chunk of a campaign is a line of them, and only the build that wrote results reads them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Strikes(Vec<Vec<u64>>);

/// The places of a kind's numbers.
const DRAWN: usize = 0;
const FIRED: usize = 1;
const STRUCK: usize = 2;
const HARMS: usize = 3;

impl Strikes {
    /// What they came to in one run.
    pub(super) fn of(report: &Report) -> Self {
        let (seen, mut strikes) = (&report.tally.seen, Strikes::default());
        for kind in report.schedule.steps.iter().map(|step| step.inject.kind()) {
            let done: Vec<Harm> = seen.harms(kind).collect();
            let harms = kind.harms().iter().map(|harm| u64::from(done.contains(harm)));
            let so_far = [1, u64::from(seen.has_fired(kind)), u64::from(!done.is_empty())];
            strikes.set(kind, so_far.into_iter().chain(harms).collect());
        }
        strikes
    }

    /// Sets the numbers of a kind: drawn, fired, struck, and each thing that it can do.
    pub fn set(&mut self, kind: FaultKind, numbers: Vec<u64>) {
        let place = kind as usize;
        if self.0.len() <= place {
            self.0.resize_with(place + 1, Vec::new);
        }
        self.0[place] = numbers;
    }

    /// Runs whose schedule has one of this kind.
    #[must_use]
    pub fn drawn(&self, kind: FaultKind) -> u64 {
        self.number(kind, DRAWN)
    }

    /// Runs in which the moment of one came.
    #[must_use]
    pub fn fired(&self, kind: FaultKind) -> u64 {
        self.number(kind, FIRED)
    }

    /// Runs in which one did something.
    #[must_use]
    pub fn struck(&self, kind: FaultKind) -> u64 {
        self.number(kind, STRUCK)
    }

    /// Runs in which one did this.
    #[must_use]
    pub fn harm(&self, kind: FaultKind, harm: Harm) -> u64 {
        let place = kind.harms().iter().position(|one| *one == harm);
        place.map_or(0, |place| self.number(kind, HARMS + place))
    }

    fn number(&self, kind: FaultKind, place: usize) -> u64 {
        self.0.get(kind as usize).and_then(|numbers| numbers.get(place)).copied().unwrap_or_default()
    }

    /// Adds other runs.
    pub(super) fn merge(&mut self, other: Strikes) {
        if self.0.len() < other.0.len() {
            self.0.resize_with(other.0.len(), Vec::new);
        }
        for (numbers, more) in self.0.iter_mut().zip(other.0) {
            numbers.resize(numbers.len().max(more.len()), 0);
            numbers.iter_mut().zip(more).for_each(|(number, more)| *number += more);
        }
    }
}
