//! Rendezvous hashing: of candidates with names, the one whose name has the highest hash in a draw wins. A candidate more or less
//! re-deals nothing between the others, and the order of a list does not matter.
//!
//! Sources: Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates" (1998); weights as in Schindelhauer and
//! Schomaker, "Weighted Distributed Hash Tables" (2005), where the highest of `-w / ln(u)` wins. Here a weight is a number of tickets,
//! each with a hash of its own, of which the highest counts: the chances are the same, and there is no logarithm that two machines
//! could round differently.

use crate::seed::Stream;
use crate::trace::hash_bytes;

/// What one of is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Candidates<T>(Vec<Candidate<T>>);

#[derive(Clone, Debug)]
struct Candidate<T> {
    name: u64,
    weight: u64,
    item: T,
}

/// A name as a key of draws.
pub(crate) fn key(name: &str) -> u64 {
    hash_bytes(name.as_bytes())
}

impl<T> Candidates<T> {
    /// Candidates by name and weight. A weight is how much more often than one of weight 1 a candidate wins; with 0 it never does. Of
    /// two with one name the weights add up.
    pub fn new<'a>(of: impl IntoIterator<Item = (&'a str, u64, T)>) -> Self {
        let mut all: Vec<Candidate<T>> = Vec::new();
        for (name, weight, item) in of {
            let name = key(name);
            match all.iter_mut().find(|candidate| candidate.name == name) {
                Some(known) => known.weight += weight,
                None => all.push(Candidate { name, weight, item }),
            }
        }
        Candidates(all)
    }

    /// The winner of this draw; `None` when nobody may win.
    pub fn draw(&self, draw: Stream) -> Option<&T> {
        self.draw_of(draw, |_| true)
    }

    /// The winner of this draw among some of the candidates.
    pub fn draw_of(&self, draw: Stream, some: impl Fn(&T) -> bool) -> Option<&T> {
        let best = |candidate: &Candidate<T>| {
            (0..candidate.weight).map(|ticket| draw.draw(candidate.name.wrapping_add(ticket))).max()
        };
        let may_win = self.0.iter().filter(|candidate| candidate.weight > 0 && some(&candidate.item));
        may_win.max_by_key(|candidate| (best(candidate), candidate.name)).map(|winner| &winner.item)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::seed::{Purpose, Seed};

    fn draw(number: u64) -> Stream {
        Seed(number).stream(Purpose::Fault, [])
    }

    fn candidates(of: &[(String, u64)]) -> Candidates<usize> {
        Candidates::new(of.iter().enumerate().map(|(place, (name, weight))| (name.as_str(), *weight, place)))
    }

    #[test]
    fn everybody_wins_as_often_as_the_weights_say() {
        let three = Candidates::new([("one", 1, 0), ("two", 2, 1), ("five", 5, 2), ("none", 0, 3)]);
        let mut wins = [0_u32; 4];
        (0..80_000).for_each(|number| wins[*three.draw(draw(number)).unwrap()] += 1);
        for (won, weight) in wins.into_iter().zip([1, 2, 5, 0]) {
            assert!(won.abs_diff(weight * 10_000) < 400, "{wins:?}");
        }
    }

    proptest! {
        #[test]
        fn a_new_name_changes_a_draw_only_where_it_wins(
            known in proptest::collection::btree_map("[a-z]{1,6}", 0..4_u64, 1..12),
            new in "[A-Z]{1,6}", weight in 0..4_u64, number: u64
        ) {
            let mut of: Vec<(String, u64)> = known.into_iter().collect();
            let before = candidates(&of).draw(draw(number)).copied();
            of.push((new, weight));
            let after = candidates(&of).draw(draw(number)).copied();
            prop_assert!(after == before || after == Some(of.len() - 1) && weight > 0);
        }

        #[test]
        fn the_order_of_a_list_does_not_matter(
            of in proptest::collection::btree_map("[a-z]{1,6}", 0..4_u64, 1..12), number: u64
        ) {
            let of: Vec<(String, u64)> = of.into_iter().collect();
            let backwards: Vec<(String, u64)> = of.iter().rev().cloned().collect();
            let one = candidates(&of).draw(draw(number)).map(|&place| &of[place]);
            let other = candidates(&backwards).draw(draw(number)).map(|&place| &backwards[place]);
            prop_assert_eq!(one, other);
        }
    }
}
