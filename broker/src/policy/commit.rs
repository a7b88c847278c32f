//! What a leader that was elected by its voters may count as committed.

use serde::{Deserialize, Serialize};

use crate::Offset;

/// Of what the leader holds, what a majority makes safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Commit {
    /// What a majority holds, once that reaches into the leader's own term; what is older is committed by implication. The leader
    /// begins its reign with an entry of its own, so that nothing has to wait for a producer.
    ///
    /// Keeps O2: of a majority, whoever has the newest last entry holds everything committed (Raft, section 5.4.2; KIP-595).
    CurrentTerm,
    /// Whatever a majority holds, of whichever term, as in a home-made Raft: an entry of an older term that a majority holds may
    /// still be overwritten by a leader whose last entry is newer (Raft, figure 8).
    AnyTerm,
}

impl Commit {
    /// Whether a leader whose reign began at this offset may call safe what is below `held`, which a majority holds.
    #[must_use]
    pub fn admits(self, held: Offset, begins_at: Offset) -> bool {
        match self {
            Commit::CurrentTerm => held > begins_at,
            Commit::AnyTerm => true,
        }
    }

    /// Whether a reign begins with an entry of its own.
    #[must_use]
    pub fn begins_with_an_entry(self) -> bool {
        defect!(ReignBeginsSilent: false, self == Commit::CurrentTerm)
    }
}
