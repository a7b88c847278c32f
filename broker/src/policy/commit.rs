//! What counts as replicated, and how far the high watermark may follow it.

use serde::{Deserialize, Serialize};

use super::{Eligibility, View};
use crate::Offset;

/// Of what the members hold, what is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Commit {
    /// What all hold that are in sync, as a controller lets them in and out (Kafka).
    ///
    /// Keeps O1: only these may be elected, and those that left while too few were left for anything to become safe
    /// ([`Eligibility`]).
    InSync,
    /// What a majority of voters holds, once that reaches into the leader's own term; what is older is committed by implication. The
    /// leader begins its reign with an entry of its own, so that nothing has to wait for a producer.
    ///
    /// Keeps O2: of a majority, whoever has the newest last entry holds everything committed (Raft, section 5.4.2; KIP-595).
    CurrentTerm,
    /// Whatever a majority holds, of whichever term, as in a home-made Raft: an entry of an older term that a majority holds may
    /// still be overwritten by a leader whose last entry is newer (Raft, figure 8).
    AnyTerm,
}

impl Commit {
    /// Whether a majority of voters decides, who elect their leader.
    #[must_use]
    pub fn counts_votes(self) -> bool {
        self != Commit::InSync
    }

    /// The end of what counts as replicated; 0 without members.
    #[must_use]
    pub fn replicated(self, view: &View) -> Offset {
        match self {
            Commit::InSync => view.ends.iter().copied().min().unwrap_or(0),
            Commit::CurrentTerm | Commit::AnyTerm => held_by_majority(view.ends.clone()),
        }
    }

    /// Whether the watermark may move to what is replicated.
    #[must_use]
    pub fn admits(self, view: &View, replicated: Offset, eligibility: Eligibility) -> bool {
        match self {
            Commit::InSync => eligibility.moves_watermark(view),
            Commit::CurrentTerm => replicated > view.begins_at,
            Commit::AnyTerm => true,
        }
    }

    /// Whether a reign begins with an entry of its own.
    #[must_use]
    pub fn begins_with_an_entry(self) -> bool {
        defect!(ReignBeginsSilent: false, self == Commit::CurrentTerm)
    }
}

/// How far more than half of these reach; 0 where there are none.
#[must_use]
pub fn held_by_majority(mut ends: super::Ends) -> Offset {
    ends.sort_unstable_by(|one, other| other.cmp(one));
    ends.get(ends.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::view::any::view;
    use super::*;

    fn holders(view: &View, upto: Offset) -> usize {
        view.ends.iter().filter(|&&end| end >= upto).count()
    }

    proptest! {
        #[test]
        fn in_sync_means_that_all_hold_it_and_no_more_is_held_by_all(view in view()) {
            let replicated = Commit::InSync.replicated(&view);
            prop_assert_eq!(holders(&view, replicated), view.ends.len());
            prop_assert!(holders(&view, replicated + 1) < view.ends.len());
        }

        #[test]
        fn a_majority_holds_what_is_committed_and_no_more_is_held_by_one(view in view()) {
            for commit in [Commit::CurrentTerm, Commit::AnyTerm] {
                let replicated = commit.replicated(&view);
                prop_assert!(2 * holders(&view, replicated) > view.ends.len());
                prop_assert!(2 * holders(&view, replicated + 1) <= view.ends.len());
            }
        }

        #[test]
        fn whatever_is_committed_somebody_of_every_majority_holds(view in view(), absent in any::<u8>()) {
            let replicated = Commit::CurrentTerm.replicated(&view);
            let asked: Vec<_> = (0..view.ends.len()).filter(|at| absent >> at & 1 == 0).collect();
            let majority = 2 * asked.len() > view.ends.len();
            prop_assert!(!majority || asked.iter().any(|&at| view.ends[at] >= replicated));
        }

        #[test]
        fn nothing_is_committed_by_its_voters_before_the_reign_has_an_entry_that_a_majority_holds(view in view()) {
            let replicated = Commit::CurrentTerm.replicated(&view);
            let admitted = Commit::CurrentTerm.admits(&view, replicated, Eligibility::Kept);
            prop_assert_eq!(admitted, 2 * holders(&view, view.begins_at + 1) > view.ends.len());
        }

        #[test]
        fn whoever_hears_more_counts_no_less(view in view(), at in 0..8_usize, more in 0..5_u64) {
            let mut later = view.clone();
            let at = at % later.ends.len();
            later.ends[at] += more;
            for commit in [Commit::InSync, Commit::CurrentTerm, Commit::AnyTerm] {
                prop_assert!(commit.replicated(&later) >= commit.replicated(&view));
            }
        }
    }
}
