//! What a voter is that comes back with less than it had told others it holds.

use serde::{Deserialize, Serialize};

/// As whom a voter comes back whose disk is empty, or damaged below what it had synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rejoin {
    /// As somebody new: it neither votes nor counts before the leader has let it in, and the one that it was has been removed
    /// (the directory ids of KIP-853). Keeps O4: who may have forgotten is in no majority.
    NewIdentity,
    /// As the voter it was: its vote makes a majority with others that never had what it has forgotten (NATS 7549, 7567).
    AsItself,
}
