//! How long was waited, beside what was promised: the figures that show whether anything was judged, and how tight the bounds are.

use serde::{Deserialize, Serialize};

use crate::{Lost, Path, Time};

/// How long was waited in all windows in which the same was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Waited {
    /// Broker: for acknowledgements; consumer: for settlements.
    pub path: Path,
    /// What was lost.
    pub lost: Lost,
    /// Windows in which something waited at least the bound before their end, so that too long a wait would have been found.
    pub windows: u64,
    /// The longest wait, in microseconds.
    pub longest: Time,
    /// The longest wait, in thousandths of its bound.
    pub share: u64,
}

impl Waited {
    /// Whether both were waits for the same, without the same.
    #[must_use]
    pub fn is_of(&self, other: &Waited) -> bool {
        (self.path, self.lost) == (other.path, other.lost)
    }

    /// Adds other windows.
    pub fn merge(&mut self, other: &Waited) {
        self.windows += other.windows;
        self.longest = self.longest.max(other.longest);
        self.share = self.share.max(other.share);
    }
}
