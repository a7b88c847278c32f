//! The order of every list's elements: that of its longest read. A list with one append needs no read.

use std::collections::BTreeMap;

use super::facts::{Facts, Number, Read, possible};
use crate::jepsen::{Id, Verb};
use crate::report::Finding;

/// One list as its longest read shows it.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    /// Its values, each at its first place.
    pub(super) values: Vec<Id>,
}

/// Every list's order, and its reads from the shortest to the longest.
pub(super) struct Orders<'h> {
    pub(super) lists: BTreeMap<Id, Order>,
    reads: BTreeMap<Id, Vec<Read<'h>>>,
    /// By element: its place in its list, from 0.
    places: Vec<Option<u32>>,
}

impl<'h> Orders<'h> {
    /// From what may have taken effect.
    pub(super) fn of_possible(facts: &Facts<'h>) -> Self {
        Orders::new(facts, facts.possible_reads().copied(), true)
    }

    /// From all reads, of operations that failed too.
    pub(super) fn of_all(facts: &Facts<'h>) -> Self {
        Orders::new(facts, facts.reads.iter().copied(), false)
    }

    fn new(facts: &Facts<'h>, reads: impl Iterator<Item = Read<'h>>, only_possible: bool) -> Self {
        let mut by_list: BTreeMap<Id, Vec<Read<'h>>> = BTreeMap::new();
        for read in reads.filter(|read| !facts.history.elements(read.micro).is_empty()) {
            by_list.entry(read.micro.key).or_default().push(read);
        }
        let mut lists = single_appends(facts, only_possible);
        for (&list, reads) in &mut by_list {
            reads.sort_by_key(|read| facts.history.elements(read.micro).len());
            let longest = reads.last().map(|read| facts.values(read.micro)).unwrap_or_default();
            lists.insert(list, Order { values: distinct(&longest) });
        }
        let mut places = vec![None; facts.elements.len()];
        for (&list, order) in &lists {
            for (place, &value) in (0..).zip(&order.values) {
                if let Some(number) = facts.find(list, value) {
                    places[number as usize] = Some(place);
                }
            }
        }
        Orders { lists, reads: by_list, places }
    }

    /// The place of an element in its list, should a read show it.
    pub(super) fn place(&self, element: Number) -> Option<u32> {
        self.places[element as usize]
    }

    /// The value right before an element: `Some(None)` for the empty list. What was never read came after all that was.
    pub(super) fn before(&self, list: Id, element: Option<Number>) -> Option<Id> {
        let values = &self.lists.get(&list)?.values;
        match element.and_then(|number| self.places[number as usize]) {
            Some(place) => values.get(place.checked_sub(1)? as usize).copied(),
            None => values.last().copied(),
        }
    }
}

/// Lists with exactly one append; the others are judged by their reads.
fn single_appends(facts: &Facts<'_>, only_possible: bool) -> BTreeMap<Id, Order> {
    let mut appends: BTreeMap<Id, (u32, Id)> = BTreeMap::new();
    for (_, operation) in facts.transactions().filter(|(_, operation)| !only_possible || possible(operation))
    {
        for micro in facts.history.micros(operation).iter().filter(|micro| micro.verb == Verb::Append) {
            let Some(value) = facts.last(micro) else { continue };
            let (count, its) = appends.entry(micro.key).or_default();
            (*count, *its) = (*count + 1, value);
        }
    }
    let single = appends.into_iter().filter(|(_, (count, _))| *count == 1);
    single.map(|(list, (_, value))| (list, Order { values: vec![value] })).collect()
}

fn distinct(values: &[Id]) -> Vec<Id> {
    let mut sorted: Vec<(Id, usize)> = values.iter().copied().zip(0..).collect();
    sorted.sort_unstable();
    sorted.dedup_by_key(|(value, _)| *value);
    sorted.sort_unstable_by_key(|&(_, place)| place);
    sorted.into_iter().map(|(value, _)| value).collect()
}

/// Lists of which no order agrees with all reads: of two reads the shorter must begin the longer. One case per list.
pub(super) fn incompatible(facts: &Facts<'_>, orders: &Orders<'_>) -> Finding {
    let mut finding = Finding::new("incompatible-order");
    for (&list, reads) in &orders.reads {
        let values = |read: &Read<'_>| facts.history.elements(read.micro).iter().map(|element| element.value);
        let disagree =
            |pair: &&[Read<'_>]| values(&pair[0]).zip(values(&pair[1])).any(|(one, other)| one != other);
        let Some([shorter, longer]) = reads.windows(2).find(disagree) else { continue };
        finding.add(|| {
            let at = values(shorter).zip(values(longer)).position(|(one, other)| one != other).unwrap_or(0);
            let pair = [shorter, longer].map(|read| values(read).nth(at).unwrap_or_default());
            let [one, other] = pair.map(|value| facts.history.value(value));
            let sentence = format!(
                "two reads of {} disagree at place {at}: {one} and {other}",
                facts.history.value(list)
            );
            facts.witness(list, &pair, &[shorter.row, longer.row], sentence)
        });
    }
    finding
}
