//! What a broker's return means when it did not stop in good order.

use serde::{Deserialize, Serialize};

/// Whether a broker that comes back without a valid marker of a clean stop keeps its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UncleanStop {
    /// It leaves the in-sync and the eligible set: what it had not synced may be gone. A killed process counts as well, though
    /// its page cache survives, because afterwards nobody can tell it from a power loss (KIP-966).
    ///
    /// Keeps O4: who may have forgotten is not consulted.
    Detected,
    /// It is taken for what it was (Kafka before KIP-966).
    Ignored,
}

impl UncleanStop {
    /// Whether a broker keeps its place in the sets of a log that comes back, after a clean stop or none. A log that nobody has led is
    /// empty, so there is nothing that could have been lost; and nobody could be its last leader.
    #[must_use]
    pub fn keeps_its_place(self, clean: bool, empty: bool) -> bool {
        clean || empty || self == UncleanStop::Ignored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_cannot_have_forgotten_anything_keeps_its_place() {
        for (clean, empty) in [(true, false), (false, true), (true, true)] {
            assert!(UncleanStop::Detected.keeps_its_place(clean, empty));
        }
        assert!(!UncleanStop::Detected.keeps_its_place(false, false));
        assert!(UncleanStop::Ignored.keeps_its_place(false, false));
    }
}
