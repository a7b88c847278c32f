//! Whether a log gets back the replicas that it lost.

use serde::{Deserialize, Serialize};

/// What becomes of the place of a voter whose disk is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refill {
    /// The disk that its node has now is let in, once it holds all that is committed.
    OnReturn,
    /// It stays empty until an operator grows the log again: one member after another is lost, and at the end the log with them (RabbitMQ's
    /// quorum queues without continuous membership reconciliation, `quorum_queue.continuous_membership_reconciliation.enabled`).
    Never,
}

impl Refill {
    /// Whether a disk is let in that holds all that is committed.
    #[must_use]
    pub fn lets_in(self) -> bool {
        self == Refill::OnReturn
    }
}
