//! When a follower that fell behind counts as in sync again.
//!
//! Keeps O1 where members enter: whoever is let in holds all that an election may have to find.

use serde::{Deserialize, Serialize};

use crate::Offset;

/// How far a follower must have come to be let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CatchUp {
    /// To the high watermark, and to the end of what the reign began with: a new leader's watermark lags behind what was acknowledged
    /// under the one before (Kafka since 2.3).
    ReignStart,
    /// To the high watermark as the leader knows it (KAFKA-7128).
    Watermark,
}

impl CatchUp {
    /// Whether a follower that holds everything below `end` may enter.
    #[must_use]
    pub fn admits(self, end: Offset, watermark: Offset, begins_at: Offset) -> bool {
        match self {
            CatchUp::ReignStart => end >= defect!(CaughtUpTooSoon: watermark, watermark.max(begins_at)),
            CatchUp::Watermark => end >= watermark,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn who_is_let_in_holds_what_is_safe_and_whatever_was_acknowledged_under_an_earlier_leader(
            end in 0..9_u64, watermark in 0..9_u64, begins_at in 0..9_u64
        ) {
            let admitted = CatchUp::ReignStart.admits(end, watermark, begins_at);
            prop_assert_eq!(admitted, end >= watermark && end >= begins_at);
            prop_assert!(!admitted || CatchUp::Watermark.admits(end, watermark, begins_at));
        }
    }

    #[test]
    fn before_its_watermark_has_moved_a_new_leader_must_not_go_by_it() {
        assert!(CatchUp::Watermark.admits(3, 3, 5));
        assert!(!CatchUp::ReignStart.admits(3, 3, 5));
    }
}
