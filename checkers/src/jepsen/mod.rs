//! Histories that Jepsen recorded, judged by Jepsen's own definitions and, beyond them, by ours.
//!
//! A mode is one of Jepsen's checkers; it is one file here and one line in [`MODES`]. Its verdict and its anomalies are
//! Jepsen's (jepsen 0.3.14 and elle 0.2.8, read in their sources), but for what follows from hash order or from a clock there.
//! Where Jepsen throws, and so says `unknown`, the verdict is `unknown` and what can be found all the same stands under
//! `beyond`.

mod counter;
mod cycles;
mod excerpt;
mod fifo;
mod history;
mod kafka;
mod list_append;
mod queue;
#[cfg(feature = "files")]
mod read;
mod set;
mod set_full;
mod total_queue;
mod unique_ids;
mod value;

pub use excerpt::excerpt;
pub use history::{Element, Function, History, Micro, NIL, NOWHERE, Operation, Row, Verb, partners};
#[cfg(feature = "files")]
pub use read::read;
pub use value::{Id, Value, Values};

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
    check: fn(&History, Options) -> Judgement,
}

/// Every mode.
pub const MODES: &[Mode] = &[
    kafka::MODE,
    list_append::MODE,
    queue::MODE,
    total_queue::MODE,
    set::MODE,
    set_full::MODE,
    unique_ids::MODE,
    counter::MODE,
    fifo::MODE,
];

/// What a mode says.
#[derive(Clone, Debug, Default)]
struct Judgement {
    anomalies: Vec<Finding>,
    beyond: Vec<Finding>,
    /// Why Jepsen would say `unknown`.
    unknown: Vec<String>,
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
