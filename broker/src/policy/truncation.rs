//! How a follower finds the part of its log that its leader does not have.

use serde::{Deserialize, Serialize};

use crate::wire::replication::Diverging;
use crate::{Epoch, Offset};

/// What a follower cuts before it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truncation {
    /// What parts from the leader's lineage of epochs (KIP-101, KIP-279; Raft's log matching).
    ///
    /// Keeps O5: what is cut the leader does not have, and what stays it has.
    ByEpoch,
    /// What lies behind the end of its newest epoch in the leader's log, whatever epochs its own has below that (KIP-101 without KIP-279):
    /// after two changes of leaders in a row, records of two different reigns stand at the same offsets.
    BehindNewestEpoch,
    /// Everything above the high watermark it remembers, which lags behind what was acknowledged: Kafka before 0.11.
    ToOwnHighWatermark,
}

impl Truncation {
    /// Whether a replica writes its high watermark down.
    #[must_use]
    pub fn remembers_watermark(self) -> bool {
        self == Truncation::ToOwnHighWatermark
    }

    /// Where a follower cuts its log before it asks anything.
    #[must_use]
    pub fn cuts_unasked(self, watermark: Offset) -> Option<Offset> {
        let to_own = self == Truncation::ToOwnHighWatermark;
        defect!(CutToOwnWatermark: !to_own, to_own).then_some(watermark)
    }

    /// What a leader takes for the end of what a follower shares with it whose newest epoch is `newest`: of its own log `lineage` is the
    /// newest epoch that is not newer, and where that ends.
    #[must_use]
    pub fn shared(self, lineage: Diverging, newest: Epoch, log_end: Offset) -> Diverging {
        match self {
            Truncation::ByEpoch => lineage,
            Truncation::BehindNewestEpoch => Diverging { epoch: newest, ..lineage },
            // Before KIP-101 a leader could not see more than that a follower's log was longer.
            Truncation::ToOwnHighWatermark => Diverging { epoch: newest, end: log_end },
        }
    }

    /// Where a follower cuts its log that was told this, and whose own log has that epoch, or the newest before it, up to `own_end`.
    #[must_use]
    pub fn cuts_to(self, told: Diverging, own_end: Offset) -> Offset {
        match self {
            Truncation::ByEpoch => told.end.min(own_end),
            Truncation::BehindNewestEpoch | Truncation::ToOwnHighWatermark => told.end,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Of a log as the epoch of each record: the newest epoch that is not newer than this, and where it ends.
    fn lineage(log: &[Epoch], epoch: Epoch) -> Diverging {
        let end = log.partition_point(|&known| known <= epoch);
        Diverging { epoch: end.checked_sub(1).map_or(0, |last| log[last]), end: end as Offset }
    }

    /// What a follower has left once it may fetch, asking until nothing is cut; every round but the last cuts something.
    fn followed(truncation: Truncation, leader: &[Epoch], mut follower: Vec<Epoch>) -> Vec<Epoch> {
        loop {
            let newest = follower.last().copied().unwrap_or(0);
            let shared = truncation.shared(lineage(leader, newest), newest, leader.len() as Offset);
            if shared.epoch == newest && shared.end >= follower.len() as Offset {
                return follower;
            }
            let own_end = lineage(&follower, shared.epoch).end;
            let to = truncation.cuts_to(shared, own_end).min(follower.len() as Offset);
            assert!(to < follower.len() as Offset, "it asks for ever");
            follower.truncate(to as usize);
        }
    }

    /// Two logs that have a beginning in common, and then what each reign appended; no two reigns have one epoch.
    fn logs() -> impl Strategy<Value = (Vec<Epoch>, Vec<Epoch>)> {
        let reigns = || prop::collection::vec(1..4_usize, 0..4);
        (reigns(), reigns(), reigns(), any::<u32>()).prop_map(|(common, one, other, order)| {
            let grown =
                |log: &mut Vec<Epoch>, epoch, records| log.extend(std::iter::repeat_n(epoch, records));
            let mut both = Vec::new();
            (1..).zip(&common).for_each(|(epoch, &records)| grown(&mut both, epoch, records));
            let (mut leader, mut follower) = (both.clone(), both);
            let (mut one, mut other) = (one.into_iter(), other.into_iter());
            for epoch in 10..18 {
                let (log, reigns) = match order >> epoch & 1 {
                    0 => (&mut leader, &mut one),
                    _ => (&mut follower, &mut other),
                };
                reigns.next().into_iter().for_each(|records| grown(log, epoch, records));
            }
            (leader, follower)
        })
    }

    fn in_common(leader: &[Epoch], follower: &[Epoch]) -> usize {
        leader.iter().zip(follower).take_while(|(one, other)| one == other).count()
    }

    proptest! {
        #[test]
        fn by_epoch_exactly_what_both_have_is_left((leader, follower) in logs()) {
            let shared = in_common(&leader, &follower);
            let left = followed(Truncation::ByEpoch, &leader, follower.clone());
            prop_assert_eq!(left, &follower[..shared]);
        }

        #[test]
        fn behind_its_newest_epoch_nothing_is_left_of_one_reign((leader, follower) in logs()) {
            let left = followed(Truncation::BehindNewestEpoch, &leader, follower.clone());
            prop_assert!(left.len() >= in_common(&leader, &follower));
        }
    }

    #[test]
    fn behind_its_newest_epoch_records_of_an_older_reign_may_stay_that_the_leader_never_had() {
        let (leader, follower) = ([1, 3, 3], vec![1, 2, 4]);
        assert_eq!(followed(Truncation::BehindNewestEpoch, &leader, follower.clone()), [1, 2, 4]);
        assert_eq!(followed(Truncation::ByEpoch, &leader, follower), [1]);
    }
}
