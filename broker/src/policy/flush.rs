//! When appended bytes are made to survive a power loss.

use serde::{Deserialize, Serialize};

use crate::{Micros, Offset};

/// When a replica syncs its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flush {
    /// Every so many microseconds (RocketMQ's `ASYNC_FLUSH`, Kafka's reliance on the page cache).
    Interval(Micros),
    /// Before the replica counts a record as held (RocketMQ's `SYNC_FLUSH`, RabbitMQ's quorum queues).
    ///
    /// Keeps O4: what a replica said that it holds, a power loss leaves it.
    BeforeAck,
}

impl Flush {
    /// Whether every append is synced, and counts only then.
    #[must_use]
    pub fn is_before_ack(self) -> bool {
        self == Flush::BeforeAck
    }

    /// What a replica may claim to hold whose log ends here and is synced up to there.
    #[must_use]
    pub fn held(self, end: Offset, synced: Offset) -> Offset {
        match self {
            Flush::BeforeAck => defect!(HeldUnsynced: end, synced),
            Flush::Interval(_) => end,
        }
    }

    /// When something is to be synced that was appended at this time.
    #[must_use]
    pub fn due_at(self, appended_at: Micros) -> Option<Micros> {
        match self {
            Flush::Interval(interval) => Some(appended_at + interval),
            Flush::BeforeAck => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn nothing_is_held_before_it_is_synced_where_a_flush_precedes_the_answer(synced in 0..9_u64, more in 0..9_u64) {
            prop_assert_eq!(Flush::BeforeAck.held(synced + more, synced), synced);
            prop_assert_eq!(Flush::Interval(1).held(synced + more, synced), synced + more);
        }

        #[test]
        fn what_no_interval_syncs_is_synced_with_its_append(at in 0..9_u64, interval in 0..9_u64) {
            prop_assert_eq!(Flush::Interval(interval).due_at(at), Some(at + interval));
            prop_assert_eq!(Flush::BeforeAck.due_at(at).is_none(), Flush::BeforeAck.is_before_ack());
        }
    }
}
