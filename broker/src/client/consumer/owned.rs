//! All that a consumer owns. An answer changes one position, so the others are not asked again what they want.

use std::ops::{Index, IndexMut};

use super::positions::Position;
use crate::client::CommitPolicy;
use crate::client::turn::Turn;
use crate::deadlines::Deadlines;
use crate::{Micros, Now};

/// The positions, in the order in which they were granted.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Owned {
    positions: Vec<Position>,
    /// The places of those that want something, or may since they were changed, in ascending order.
    restless: Vec<usize>,
    /// When the rests of all others are over.
    rests: Deadlines,
}

impl Owned {
    pub(super) fn push(&mut self, position: Position) {
        self.restless.push(self.positions.len());
        self.positions.push(position);
    }

    pub(super) fn len(&self) -> usize {
        self.positions.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.positions.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Position> {
        self.positions.iter()
    }

    /// All of them, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Position> {
        self.restless.clear();
        self.restless.extend(0..self.positions.len());
        self.positions.iter_mut()
    }

    /// Gives all of them up.
    pub(super) fn take_all(&mut self) -> Vec<Position> {
        std::mem::take(self).positions
    }

    /// Ends the rests of fetches that are over.
    pub(super) fn wake(&mut self, now: Now) {
        if self.deadline().is_some_and(|first| first <= now.mono) {
            self.rests.due(now.mono).into_iter().for_each(|place| self.stir(place));
        }
        for &place in &self.restless {
            self.positions[place].fetch.wake(now);
        }
    }

    /// The places of those that a fetch is due for.
    pub(super) fn to_fetch(&self) -> Vec<usize> {
        let due = |place: &usize| self.positions[*place].fetch == Turn::Due;
        self.restless.iter().copied().filter(due).collect()
    }

    /// Those whose commit is due.
    pub(super) fn to_commit(&self, policy: CommitPolicy) -> impl Iterator<Item = &Position> {
        let restless = self.restless.iter().map(|&place| &self.positions[place]);
        restless.filter(move |position| position.wants_commit(policy))
    }

    /// Lets those rest that want nothing; to be called when all that is possible was done.
    pub(super) fn calm(&mut self, policy: CommitPolicy) {
        let (positions, rests) = (&self.positions, &mut self.rests);
        self.restless.retain(|&place| {
            let position = &positions[place];
            rests.set(place, position.fetch.deadline());
            position.fetch == Turn::Due || position.wants_commit(policy)
        });
    }

    /// When the next rest is over.
    pub(super) fn deadline(&self) -> Option<Micros> {
        self.rests.first()
    }

    fn stir(&mut self, place: usize) {
        if let Err(at) = self.restless.binary_search(&place) {
            self.restless.insert(at, place);
        }
    }
}

impl Index<usize> for Owned {
    type Output = Position;

    fn index(&self, place: usize) -> &Position {
        &self.positions[place]
    }
}

/// Who is changed may want something else.
impl IndexMut<usize> for Owned {
    fn index_mut(&mut self, place: usize) -> &mut Position {
        self.stir(place);
        &mut self.positions[place]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{TopicId, TopicPartition};

    const POLICY: CommitPolicy = CommitPolicy::AfterEffect;

    fn turn() -> impl Strategy<Value = Turn> {
        prop_oneof![Just(Turn::Due), Just(Turn::Asked), (1..50_u64).prop_map(|until| Turn::Resting { until })]
    }

    fn owned(count: u16) -> Owned {
        let mut owned = Owned::default();
        for partition in 0..count {
            let log = TopicPartition { topic: TopicId(0), partition };
            owned.push(Position::new(log, partition.into(), 0));
        }
        owned
    }

    proptest! {
        #[test]
        fn what_is_wanted_is_what_a_look_at_all_finds(
            steps in prop::collection::vec((0..9_usize, turn(), any::<bool>(), any::<bool>()), 0..60), mono in 0..50_u64
        ) {
            let (mut owned, now) = (owned(9), Now { mono, wall: 0 });
            for (place, turn, settles, calms) in steps {
                let position = &mut owned[place];
                position.fetch = turn;
                position.commit_due = settles;
                let end = position.next + u64::from(settles);
                position.passed(end);
                if calms {
                    owned.calm(POLICY);
                    owned.wake(now);
                    owned.calm(POLICY);
                    let rests = owned.iter().filter_map(|position| position.fetch.deadline());
                    prop_assert_eq!(owned.deadline(), rests.min());
                    prop_assert!(owned.deadline().is_none_or(|first| first > mono));
                }
                let due: Vec<usize> = (0..9).filter(|&place| owned[place].fetch == Turn::Due).collect();
                prop_assert_eq!(owned.to_fetch(), due);
                let committed = owned.iter().filter(|position| position.wants_commit(POLICY));
                let committed: Vec<u32> = committed.map(|position| position.assignment).collect();
                let found: Vec<u32> = owned.to_commit(POLICY).map(|position| position.assignment).collect();
                prop_assert_eq!(found, committed);
            }
        }
    }
}
