//! What a broker's return means when it did not stop in good order.

use serde::{Deserialize, Serialize};

/// Whether a broker that comes back without a valid marker of a clean stop keeps its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UncleanStop {
    /// It leaves the in-sync and the eligible set: what it had not synced may be gone. A killed process counts as well, though
    /// its page cache survives, because afterwards nobody can tell it from a power loss (KIP-966).
    Detected,
    /// It is taken for what it was (Kafka before KIP-966).
    Ignored,
}
