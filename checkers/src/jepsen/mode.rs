//! What one of Jepsen's checkers is, and what it says.

use super::History;
use crate::Validity;
use crate::report::{Finding, Judged, Report, found};

/// What may be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether the order of a log's offsets orders the transactions that wrote them (`--ww-deps`).
    pub ww_deps: bool,
}

/// One of Jepsen's checkers.
#[derive(Debug)]
pub struct Mode {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it checks, in half a sentence.
    pub about: &'static str,
    /// Every anomaly that it can find.
    pub anomalies: &'static [&'static str],
    /// Every anomaly that we can find beyond them; where Jepsen throws, they themselves stand there too.
    pub beyond: &'static [&'static str],
    pub(super) check: fn(&History, Options) -> Judgement,
}

/// What a mode says.
#[derive(Clone, Debug, Default)]
pub(super) struct Judgement {
    pub(super) anomalies: Vec<Finding>,
    pub(super) beyond: Vec<Finding>,
    /// Why Jepsen would say `unknown`.
    pub(super) unknown: Vec<String>,
}

impl Mode {
    /// Judges a history.
    #[must_use]
    pub fn check(&self, history: &History, options: Options) -> Report {
        let Judgement { anomalies, beyond, unknown } = (self.check)(history, options);
        let anomalies = found(anomalies);
        let verdict = if anomalies.iter().any(|finding| !finding.allowed) {
            Validity::Invalid
        } else if unknown.is_empty() {
            Validity::Valid
        } else {
            Validity::Unknown
        };
        Report {
            verdict,
            operations: history.operations.len() as u64,
            anomalies,
            checkers: vec![Judged { name: self.name.to_owned(), verdict }],
            beyond: found(beyond),
            unknown,
        }
    }
}
