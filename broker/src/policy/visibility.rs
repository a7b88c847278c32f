//! How far consumers may read.

use serde::{Deserialize, Serialize};

use crate::Offset;

/// Where a consumer's view of the log ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// At the high watermark: only what every in-sync replica holds, or a majority of voters.
    ///
    /// Keeps O6: nobody is told of what may vanish.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_above_the_watermark_is_seen_but_where_all_is(watermark in 0..9_u64, more in 0..9_u64) {
            let end = |visibility: Visibility| visibility.end(watermark, watermark + more);
            prop_assert_eq!(end(Visibility::HighWatermark), watermark);
            prop_assert_eq!(end(Visibility::LogEnd), watermark + more);
        }
    }
}
