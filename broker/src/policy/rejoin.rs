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

impl Rejoin {
    /// As whom it comes back: by the name in its file, if that is there (`found`) and its log holds all that was told under it (`sound`),
    /// by a name of its own node (`first`), or by one newly drawn.
    #[must_use]
    pub fn name<N>(self, found: Option<N>, sound: bool, first: N, drawn: impl FnOnce() -> N) -> N {
        match (self, found) {
            (_, Some(known)) if sound => known,
            (Rejoin::AsItself, known) => known.unwrap_or(first),
            (Rejoin::NewIdentity, _) => drawn(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_sound_keeps_its_name() {
        let name = |rejoin: Rejoin, found, sound| rejoin.name(found, sound, 1, || 9);
        assert_eq!(name(Rejoin::NewIdentity, Some(4), true), 4);
        assert_eq!(name(Rejoin::NewIdentity, Some(4), false), 9);
        assert_eq!(name(Rejoin::NewIdentity, None, false), 9);
        assert_eq!(name(Rejoin::AsItself, Some(4), false), 4);
        assert_eq!(name(Rejoin::AsItself, None, false), 1);
    }
}
