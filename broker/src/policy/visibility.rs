//! How far consumers may read.

use serde::{Deserialize, Serialize};

use crate::Offset;

/// Where a consumer's view of the log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// At the high watermark: only what every in-sync replica holds.
    HighWatermark,
    /// At the leader's log end: also what may vanish with the leader.
    LogEnd,
}

impl Visibility {
    /// The first offset that a consumer may not read.
    #[must_use]
    pub fn end(self, watermark: Offset, log_end: Offset) -> Offset {
        match self {
            Visibility::HighWatermark => defect!(ReadBeyondWatermark: log_end, watermark),
            Visibility::LogEnd => log_end,
        }
    }
}
