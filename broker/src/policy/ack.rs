//! When a leader answers a produce request (Kafka's `acks`).
//!
//! Keeps O1: what is acknowledged to `acks=all` is held by somebody of everyone who may be elected, since it lies below what
//! [`super::Commit`] counts.

use serde::{Deserialize, Serialize};

use super::View;
use crate::Offset;
use crate::wire::client::Refusal;

/// What must have happened before the producer is told "stored".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ack {
    /// Nothing: there is no answer at all (`acks=0`).
    None,
    /// The leader holds it (`acks=1`).
    Leader,
    /// Whatever the log takes for safe: every in-sync replica holds it, and there are at least min ISR of them (`acks=all`, the default of
    /// Kafka's producers since 3.0); or a majority of voters does.
    #[default]
    All,
}

impl Ack {
    /// Whether there is an answer.
    #[must_use]
    pub fn is_answered(self) -> bool {
        self != Ack::None
    }

    /// Whether it waits for more than the leader.
    #[must_use]
    pub fn waits_for_all(self) -> bool {
        self == Ack::All
    }

    /// Whether a leader takes in what is to be acknowledged like this.
    ///
    /// # Errors
    /// With too few members, what waits for all is refused before it is stored.
    pub fn admits(self, view: &View) -> Result<(), Refusal> {
        let (all, few) = (self.waits_for_all(), !view.has_enough());
        if defect!(AllIsRefused: all || few, all && few) { Err(Refusal::NotEnoughReplicas) } else { Ok(()) }
    }

    /// The end of what is decided: whoever waits for less is answered. `replicated` is what [`super::Commit`] says.
    ///
    /// With too few members the watermark may stand still; who waits is told of the doubt once those few have the record.
    #[must_use]
    pub fn reached(self, view: &View, replicated: Offset) -> Offset {
        let all = self.waits_for_all() && !defect!(AllIsLeader);
        match all {
            false => view.held,
            true if view.has_enough() => view.watermark,
            true => view.watermark.max(replicated),
        }
    }

    /// Whether what is reached is stored for certain: the members may have become too few since the request was admitted, and then "all"
    /// is too few to promise anything.
    #[must_use]
    pub fn is_promised(self, view: &View) -> bool {
        !self.waits_for_all() || view.has_enough()
    }

    /// How the coordinator has settlements acknowledged for which this was asked.
    #[must_use]
    pub fn of_settlements(self) -> Self {
        defect!(SettledByLeaderAlone: Ack::Leader, self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Commit;
    use super::super::view::any::view;
    use super::*;

    proptest! {
        #[test]
        fn what_is_promised_to_who_waits_for_all_lies_below_the_watermark(view in view(), replicated in 0..12_u64) {
            let promised = Ack::All.is_promised(&view);
            prop_assert!(!promised || Ack::All.reached(&view, replicated) == view.watermark);
        }

        #[test]
        fn what_is_admitted_may_be_promised_as_long_as_nobody_leaves(view in view()) {
            for ack in [Ack::Leader, Ack::All] {
                prop_assert_eq!(ack.admits(&view).is_ok(), ack.is_promised(&view));
            }
        }

        #[test]
        fn who_waits_for_the_leader_waits_for_nobody_else(view in view(), replicated in 0..12_u64) {
            prop_assert_eq!(Ack::Leader.reached(&view, replicated), view.held);
            prop_assert_eq!(Ack::Leader.admits(&view), Ok(()));
        }

        #[test]
        fn nobody_waits_for_ever_because_members_left(view in view()) {
            let replicated = Commit::InSync.replicated(&view);
            prop_assert!(view.has_enough() || Ack::All.reached(&view, replicated) >= replicated);
        }
    }
}
