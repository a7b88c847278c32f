//! Whether a voter remembers its votes.

use serde::{Deserialize, Serialize};

/// What becomes of a vote before anybody hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ballots {
    /// It is synced first, and so is the term of a candidate. Keeps O3: nobody votes twice in a term.
    Synced,
    /// It is kept in memory: a voter that comes back votes again in the same term, and two leaders have a majority each.
    Volatile,
}

impl Ballots {
    /// Whether a vote is written down, and told once that is synced.
    #[must_use]
    pub fn are_written(self) -> bool {
        self == Ballots::Synced
    }
}
