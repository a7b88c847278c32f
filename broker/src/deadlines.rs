//! When each of many things has something due. The first of them is asked for after every step, and of most things nothing changes in
//! a step: so neither asking nor changing one looks at all of them.

use crate::Micros;

const NEVER: Micros = Micros::MAX;

/// Deadlines by place, from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Deadlines {
    /// Matches of a tournament that the earlier one wins: the winner at 1 comes from 2 and 3, that at `i` from `2i` and `2i + 1`. The
    /// second half are the deadlines themselves.
    winners: Vec<Micros>,
}

impl Deadlines {
    /// From now on this is due then, or never.
    pub(crate) fn set(&mut self, place: usize, deadline: Option<Micros>) {
        self.make_room_for(place);
        let (mut at, mut winner) = (self.places() + place, deadline.unwrap_or(NEVER));
        while std::mem::replace(&mut self.winners[at], winner) != winner && at > 1 {
            winner = winner.min(self.winners[at ^ 1]);
            at /= 2;
        }
    }

    /// The earliest of all.
    pub(crate) fn first(&self) -> Option<Micros> {
        self.winners.get(1).copied().filter(|&first| first < NEVER)
    }

    /// The places of those that are due, in ascending order.
    pub(crate) fn due(&self, now: Micros) -> Vec<usize> {
        let mut due = Vec::new();
        self.gather(1, now, &mut due);
        due
    }

    /// Adds those that were beaten by the winner of this match, or are it.
    fn gather(&self, at: usize, now: Micros, due: &mut Vec<usize>) {
        if self.winners.get(at).is_none_or(|&winner| winner > now) {
            return;
        }
        match at.checked_sub(self.places()) {
            Some(place) => due.push(place),
            None => [2 * at, 2 * at + 1].into_iter().for_each(|from| self.gather(from, now, due)),
        }
    }

    /// A power of two, so that all deadlines are equally far from the first match.
    fn places(&self) -> usize {
        self.winners.len() / 2
    }

    fn make_room_for(&mut self, place: usize) {
        if place < self.places() {
            return;
        }
        let known = self.winners.split_off(self.places());
        self.winners = vec![NEVER; 2 * (place + 1).next_power_of_two()];
        for (place, deadline) in known.into_iter().enumerate() {
            self.set(place, Some(deadline));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_agree_with_a_look_at_all_of_them(
            changes in prop::collection::vec((0..40_usize, prop::option::of(0..50_u64)), 0..120), now in 0..50_u64
        ) {
            let (mut deadlines, mut all) = (Deadlines::default(), [None; 40]);
            for (place, deadline) in changes {
                deadlines.set(place, deadline);
                all[place] = deadline;
                prop_assert_eq!(deadlines.first(), all.iter().copied().flatten().min());
            }
            let due: Vec<usize> = (0..40).filter(|&place| all[place].is_some_and(|at| at <= now)).collect();
            prop_assert_eq!(deadlines.due(now), due);
        }
    }

    #[test]
    fn of_nothing_nothing_is_due() {
        let deadlines = Deadlines::default();
        assert_eq!((deadlines.first(), deadlines.due(9)), (None, vec![]));
    }
}
