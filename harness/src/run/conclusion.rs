//! How a run is to be read, given what its variant promises.

use checkers::{Validity, Verdict, Waited};

use crate::chaos::coverage::Tally;
use crate::scenario::Variant;

/// How a run is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conclusion {
    /// Every promise was kept, though faults did something to outstanding work.
    Held,
    /// Every promise was kept, but no fault did anything to outstanding work and no wait was judged while something was lost, or there
    /// was no core to be healed: it proves nothing.
    Vacuous,
    /// What the variant is expected to produce, and nothing that does not follow from it.
    Found,
    /// A checker could not look, or the run was cut short.
    Unknown,
    /// A promise was broken that the variant makes.
    Violated,
}

/// Whether a window was judged in which something was lost.
#[must_use]
pub fn judged_faulted(waited: &Waited) -> bool {
    waited.lost.is_something() && waited.windows > 0
}

/// Reads a verdict in the light of what the variant promises.
#[must_use]
pub fn conclude(variant: &Variant, verdict: &Verdict, tally: Tally) -> Conclusion {
    let mut broken =
        verdict.anomalies.iter().filter(|found| !variant.leaves_open(found.kind, found.path)).peekable();
    if broken.peek().is_some() {
        let foreseen = broken.all(|anomaly| variant.foresees(anomaly.kind, anomaly.path));
        return if foreseen { Conclusion::Found } else { Conclusion::Violated };
    }
    if verdict.validity == Validity::Unknown || !verdict.unknown.is_empty() {
        return Conclusion::Unknown;
    }
    let faulted = tally.on_outstanding > 0 || verdict.waits.iter().any(judged_faulted);
    if faulted { Conclusion::Held } else { Conclusion::Vacuous }
}
