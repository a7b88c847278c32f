//! A step of a schedule, and what has become of it.

use broker::{EventKind, Micros, NodeId, Observation};

use super::Hit;
use super::touched::Touched;
use crate::chaos::schedule::{Moment, Step};
use crate::trace::hash_bytes;

pub(super) struct Pending {
    pub(super) step: Step,
    /// Made of what the step is and not of its place, so that leaving another step out moves no draw of this one.
    pub(super) key: u64,
    pub(super) fired: Fired,
    /// Whom it struck, and when.
    pub(super) hit: Option<Hit>,
    /// The kind of observation it waits for.
    pub(super) awaits: Option<EventKind>,
    /// How often that has happened.
    pub(super) seen: u64,
    /// The places it has touched, until it is known what it did there.
    pub(super) touched: Touched,
    /// When it strikes, in simulated microseconds; of what waits for an event known once that has happened.
    pub(super) due: Option<Micros>,
    /// The node in whose step that was.
    pub(super) actor: Option<NodeId>,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fired {
    NotYet,
    /// Its moment came, and nobody played the role it was aimed at.
    AtNobody,
    AtSomebody,
    /// It struck, and it is known what it did.
    Over,
    /// Its moment came, and the budget did not allow it.
    Withheld,
}

impl Pending {
    /// The moment of the step before it has come: gives a step that is timed behind that its time.
    pub(super) fn follow(&mut self, now: Micros) {
        if let Moment::Behind(ms) = self.step.at
            && self.fired == Fired::NotYet
        {
            self.due = Some(now.saturating_add(micros(ms)));
        }
    }

    /// Counts an observation; when it is the one that was waited for, how long after it the step strikes, in milliseconds.
    pub(super) fn counts(&mut self, observation: &Observation) -> Option<u64> {
        let Moment::Event(event) = &self.step.at else { return None };
        if self.fired != Fired::NotYet || self.awaits != Some(observation.kind()) {
            return None;
        }
        self.seen += 1;
        (self.seen == event.count).then_some(event.after_ms)
    }
}

/// Milliseconds as they stand in files, in microseconds.
pub(super) fn micros(ms: u64) -> Micros {
    ms.saturating_mul(1_000)
}

/// Names a step by its moment and its fault, as they stand in files: so a schedule means the same in the next version.
pub(super) fn key(step: &Step) -> u64 {
    // Plain data with string keys always serialises.
    hash_bytes(&serde_json::to_vec(&(&step.at, &step.inject)).unwrap_or_default())
}
