//! The judge: all checkers over one history.

use crate::culprit::Faults;
use crate::{Case, Checker, Entry, Findings, Ledger, Names, Validity, Verdict, property};

/// Feeds one history to every checker and says what they found together.
pub struct Judge {
    ledger: Ledger,
    faults: Faults,
    checkers: Vec<Box<dyn Checker>>,
}

impl Default for Judge {
    fn default() -> Self {
        Judge::new()
    }
}

impl Judge {
    /// A judge over every property of this crate.
    #[must_use]
    pub fn new() -> Self {
        Judge::with(property::all())
    }

    /// A judge over these checkers.
    #[must_use]
    pub fn with(checkers: Vec<Box<dyn Checker>>) -> Self {
        Judge {
            ledger: Ledger::default(),
            faults: Faults::default(),
            checkers,
        }
    }

    /// Sees one entry, in the order of the history.
    pub fn see(&mut self, entry: &Entry) {
        self.ledger.see(entry);
        self.faults.see(entry);
        for checker in &mut self.checkers {
            checker.see(entry);
        }
    }

    /// Judges what was seen. Call [`Judge::reset`] before the next history.
    pub fn finish(&mut self, names: &Names) -> Verdict {
        self.ledger.close(names);
        let case = Case {
            names,
            ledger: &self.ledger,
            faults: &self.faults,
        };
        let mut findings = Findings::default();
        for checker in &mut self.checkers {
            findings.merge(checker.finish(&case));
        }
        verdict(findings)
    }

    /// Forgets the history and keeps the memory.
    pub fn reset(&mut self) {
        self.ledger.reset();
        self.faults.reset();
        for checker in &mut self.checkers {
            checker.reset();
        }
    }
}

/// Judges a whole history with every property of this crate.
#[must_use]
pub fn judge(names: &Names, entries: &[Entry]) -> Verdict {
    let mut judge = Judge::new();
    for entry in entries {
        judge.see(entry);
    }
    judge.finish(names)
}

/// The worst of all wins.
fn verdict(findings: Findings) -> Verdict {
    let (anomalies, unknown) = findings.sorted();
    let validity = if !anomalies.is_empty() {
        Validity::Invalid
    } else if !unknown.is_empty() {
        Validity::Unknown
    } else {
        Validity::Valid
    };
    Verdict {
        validity,
        anomalies,
        unknown,
    }
}
