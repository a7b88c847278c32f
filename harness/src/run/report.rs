//! Everything about one run.

use broker::Micros;
use checkers::{Anomaly, Entry, Names, Verdict};

use super::Conclusion;
use crate::chaos::coverage::{SendersWaited, Tally};
use crate::chaos::nemesis::Hit;
use crate::chaos::schedule::{Expect, Schedule};
use crate::scenario::Variant;
use crate::trace::Trace;

/// Everything about one run.
#[derive(Debug)]
pub struct Report {
    /// What was run, complete enough to run it again.
    pub schedule: Schedule,
    /// What the checkers found.
    pub verdict: Verdict,
    /// How the run is to be read, given what its variant promises.
    pub conclusion: Conclusion,
    /// The trace, with its hash.
    pub trace: Trace,
    /// What faults met.
    pub tally: Tally,
    /// Business facts.
    pub intents: u64,
    /// Facts that a broker acknowledged.
    pub acknowledged: u64,
    /// Sends that failed for certain.
    pub refused: u64,
    /// Sends of which nobody learned whether they failed.
    pub unresolved: u64,
    /// What senders waited.
    pub waited: SendersWaited,
    /// Whether everything came to rest after healing.
    pub drained: bool,
    /// Whether it was a long run: one fault, held until every wait without what it takes would have been too long.
    pub long: bool,
    /// Where a core was to be healed before everything was: whether there was one.
    pub core: Option<bool>,
    /// Frames delivered.
    pub frames: u64,
    /// Steps taken.
    pub steps: u64,
    /// Simulated microseconds.
    pub elapsed: Micros,
    /// The history, where it was kept.
    pub history: Option<(Names, Vec<Entry>)>,
    /// The places of the schedule's steps that never fired, or had nobody to strike.
    pub unfired: Vec<usize>,
    /// Whom the others struck, and when.
    pub hits: Vec<Hit>,
    /// The places of the steps that would have taken the last sound copy of something, and were withheld.
    pub withheld: Vec<usize>,
}

impl Report {
    /// The schedule without the steps that were withheld: on `direct` it gives the same run, unless a step stands behind one that was
    /// withheld and now follows the one before.
    #[must_use]
    pub fn fired(&self) -> Schedule {
        let mut schedule = self.schedule.clone();
        self.withheld.iter().rev().for_each(|&step| drop(schedule.steps.remove(step)));
        schedule
    }

    /// The anomalies of this kind on this path, the first one first.
    pub fn found(&self, expect: Expect) -> impl Iterator<Item = &Anomaly> {
        let Expect { anomaly, path } = expect;
        self.verdict.anomalies.iter().filter(move |found| (found.kind, found.path) == (anomaly, path))
    }

    /// Whether it shows this anomaly.
    #[must_use]
    pub fn shows(&self, expect: Expect) -> bool {
        self.found(expect).next().is_some()
    }

    /// Whether what the schedule says it shows came back: its anomaly, or none where it names none.
    #[must_use]
    pub fn reproduced(&self) -> bool {
        match self.schedule.expect {
            Some(expect) => self.shows(expect),
            None => self.verdict.anomalies.is_empty(),
        }
    }

    /// The anomaly a kept schedule is kept for: what the variant expects, if it was found, else the first that was.
    #[must_use]
    pub fn reason_to_keep(&self, variant: &Variant) -> Option<Expect> {
        let found = |anomaly: &Anomaly| Expect { anomaly: anomaly.kind, path: anomaly.path };
        let expected = variant.expect.filter(|&expect| self.shows(expect));
        let surprise = self.verdict.anomalies.iter().find(|a| !variant.foresees(a.kind, a.path)).map(found);
        surprise.or(expected).or_else(|| self.verdict.anomalies.first().map(found))
    }
}
