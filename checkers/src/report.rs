//! What `lab check` says about a history, whoever recorded it.

use serde::Serialize;

use crate::Value;
use crate::{Path, Validity};

/// So many witnesses of one anomaly are kept; the rest are counted.
pub const WITNESSES: usize = 1_000;

/// A judged history. As JSON this is what `lab check --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The worst of all.
    pub verdict: Validity,
    /// How many operation maps, or records, the history has.
    pub operations: u64,
    /// What is wrong, in the order of the kinds.
    pub anomalies: Vec<Finding>,
    /// Every checker that looked, and what it said by itself.
    pub checkers: Vec<Judged>,
    /// What is wrong beyond what the verdict is about; it does not touch the verdict.
    pub beyond: Vec<Finding>,
    /// Why a checker could not look, one sentence each.
    pub unknown: Vec<String>,
}

/// One checker and its own verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// Its verdict.
    pub verdict: Validity,
}

/// One kind of anomaly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its name.
    pub kind: String,
    /// On which path messages went wrong, where anybody knows.
    pub path: Option<Path>,
    /// Whether the verdict tolerates it, as Jepsen tolerates some by default.
    pub allowed: bool,
    /// How many cases there are.
    pub count: usize,
    /// The first [`WITNESSES`] of them.
    pub entries: Vec<Witness>,
}

impl Finding {
    /// A kind without cases.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Finding { kind: kind.to_owned(), path: None, allowed: false, count: 0, entries: Vec::new() }
    }

    /// The same, on a path.
    #[must_use]
    pub fn on(mut self, path: Path) -> Self {
        self.path = Some(path);
        self
    }

    /// The same, tolerated by the verdict or not.
    #[must_use]
    pub fn allowed(mut self, allowed: bool) -> Self {
        self.allowed = allowed;
        self
    }

    /// Adds a case; its witness is put into words only while there is room for it.
    pub fn add(&mut self, witness: impl FnOnce() -> Witness) {
        self.add_many(1, witness);
    }

    /// Adds several cases with one witness.
    pub fn add_many(&mut self, cases: usize, witness: impl FnOnce() -> Witness) {
        self.count += cases;
        if self.entries.len() < WITNESSES {
            self.entries.push(witness());
        }
    }
}

/// What one case rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// The key, partition or log.
    pub key: Option<Value>,
    /// The values or messages.
    pub values: Vec<Value>,
    /// Their offsets, where they are known.
    pub offsets: Vec<i64>,
    /// The indices of the operations or records that show it.
    pub operations: Vec<u64>,
    /// What happened, in one sentence.
    pub sentence: String,
}

/// The kinds that have cases, in the order of their names.
#[cfg(feature = "files")]
#[must_use]
pub fn found(findings: impl IntoIterator<Item = Finding>) -> Vec<Finding> {
    let mut found: Vec<Finding> = findings.into_iter().filter(|finding| finding.count > 0).collect();
    found.sort_by(|one, other| (&one.kind, one.path).cmp(&(&other.kind, other.path)));
    found
}
