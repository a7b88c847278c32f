//! Where a leader takes the producers' last sequence numbers from.

use serde::{Deserialize, Serialize};

/// Whether deduplication survives a change of leaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProducerState {
    /// Rebuilt from the log by every replica, so that a new leader knows what the old one appended.
    DerivedFromLog,
    /// Kept in the leader's memory alone: a new leader has never seen any producer.
    Volatile,
}

impl ProducerState {
    /// Whether every replica remembers what stands in its log, and a leader nothing else.
    #[must_use]
    pub fn follows_the_log(self) -> bool {
        self == ProducerState::DerivedFromLog
    }

    /// Whether a producer of whom nothing is known may begin with this number. Nothing is ever deleted from a log that has producers, so one that is unknown
    /// to it begins at 0. Volatile state cannot tell "never seen" from "forgotten" and takes any number, as Kafka does for a producer it
    /// has no state of.
    #[must_use]
    pub fn may_begin_at(self, sequence: u32) -> bool {
        sequence == 0 || !self.follows_the_log()
    }

    /// Whether a number below the one expected, not among those remembered, is known to have been there. Volatile state may just as well
    /// have begun in the middle: the number is out of order, as far as it can tell (Kafka's `OUT_OF_ORDER_SEQUENCE_NUMBER`).
    #[must_use]
    pub fn knows_what_it_forgot(self) -> bool {
        self.follows_the_log()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_follows_the_log_takes_nobody_in_the_middle() {
        assert!(ProducerState::DerivedFromLog.may_begin_at(0));
        assert!(!ProducerState::DerivedFromLog.may_begin_at(1));
        assert!(ProducerState::Volatile.may_begin_at(1));
    }
}
