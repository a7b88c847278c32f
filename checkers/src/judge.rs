//! The judge: every checker over one history, and the verdict they come to together.

use crate::culprit::Faults;
use crate::history::{Entry, Names, Time};
use crate::ledger::Ledger;
use crate::verdict::{Anomaly, Kind, Path, Validity, Verdict};
use crate::{delivery, divergence, duplicates, loss, order, ownership, panics, phantom, progress};

/// At most so many anomalies of one kind and path are told one by one.
const TOLD: usize = 5;

/// A fold over the history that looks at one property as it goes by.
pub trait Checker {
    /// Takes note of an entry.
    fn see(&mut self, entry: &Entry);

    /// Says what it found. The ledger has been fed the whole history.
    fn finish(&mut self, ledger: &Ledger, found: &mut Found<'_>);
}

/// Every checker; a new one is one file and one line here.
fn all() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(loss::Loss),
        Box::new(duplicates::Duplicates),
        Box::new(order::Order),
        Box::new(delivery::Delivery::default()),
        Box::new(phantom::Phantom::default()),
        Box::new(divergence::Divergence::default()),
        Box::new(ownership::Ownership::default()),
        Box::new(progress::Progress),
        Box::new(panics::Panics::default()),
    ]
}

/// Judges one history, entry by entry.
pub struct Judge {
    ledger: Ledger,
    faults: Faults,
    checkers: Vec<Box<dyn Checker>>,
}

impl Default for Judge {
    fn default() -> Self {
        Self::new()
    }
}

impl Judge {
    /// A judge who has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Judge {
            ledger: Ledger::default(),
            faults: Faults::default(),
            checkers: all(),
        }
    }

    /// Takes note of an entry; entries come in the order of time.
    pub fn see(&mut self, entry: &Entry) {
        self.ledger.see(entry);
        self.faults.see(entry);
        for checker in &mut self.checkers {
            checker.see(entry);
        }
    }

    /// The verdict over everything seen.
    #[must_use]
    pub fn finish(&mut self, names: &Names) -> Verdict {
        let mut found = Found {
            names,
            faults: &self.faults,
            counts: Vec::new(),
            verdict: Verdict::default(),
        };
        if self.ledger.intents == 0 {
            found.unknown("nothing was attempted: the history has no intent");
        }
        for checker in &mut self.checkers {
            checker.finish(&self.ledger, &mut found);
        }
        found.into_verdict()
    }
}

/// Where checkers put what they find.
pub struct Found<'a> {
    /// The names of the history.
    pub names: &'a Names,
    faults: &'a Faults,
    counts: Vec<((Kind, Path), usize)>,
    verdict: Verdict,
}

impl Found<'_> {
    /// A broken promise. `around` is when it was sealed; the fault to blame is the first one after it, or the last before.
    pub fn anomaly(
        &mut self,
        kind: Kind,
        path: Path,
        around: Blame,
        messages: Vec<String>,
        sentence: String,
    ) {
        let class = (kind, path);
        let count = match self.counts.iter_mut().find(|(known, _)| *known == class) {
            Some((_, count)) => count,
            None => {
                self.counts.push((class, 0));
                match self.counts.last_mut() {
                    Some((_, count)) => count,
                    None => return,
                }
            }
        };
        *count += 1;
        if *count <= TOLD {
            let culprit = self.faults.blame(around, self.names);
            self.verdict.anomalies.push(Anomaly {
                kind,
                path,
                messages,
                culprit,
                sentence,
            });
        }
    }

    /// A reason why something could not be judged.
    pub fn unknown(&mut self, reason: impl Into<String>) {
        self.verdict.unknown.push(reason.into());
    }

    fn into_verdict(mut self) -> Verdict {
        for &((kind, path), count) in &self.counts {
            let told = self
                .verdict
                .anomalies
                .iter_mut()
                .find(|a| a.kind == kind && a.path == path);
            if let (Some(anomaly), 2..) = (told, count) {
                anomaly.sentence = format!("{} (the first of {count})", anomaly.sentence);
            }
        }
        self.verdict
            .anomalies
            .sort_by_key(|anomaly| (anomaly.kind, anomaly.path));
        self.verdict.validity = match (self.verdict.anomalies.is_empty(), self.verdict.unknown.is_empty()) {
            (false, _) => Validity::Invalid,
            (true, false) => Validity::Unknown,
            (true, true) => Validity::Valid,
        };
        self.verdict
    }
}

/// Which fault is to blame for what happened at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// What was promised at this time was broken by the first fault after it, else by the last before.
    FirstAfter(Time),
    /// What went wrong at this time was caused by the last fault before it.
    LastBefore(Time),
    /// Nobody: no fault was needed.
    Nobody,
}
