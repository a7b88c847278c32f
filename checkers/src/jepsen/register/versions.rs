//! In which order registers held their values, as far as that can be told, or is promised (`cyclic-versions`, should the promise
//! contradict itself).

use std::collections::BTreeMap;

use super::facts::{Access, Facts};
use crate::Phase;
use crate::graph::{Graph, Moment, Relations, Vertex, components, realtime_through};
use crate::jepsen::{Id, NIL, NOWHERE, Row, partners};
use crate::report::Finding;

/// What is promised of each register by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// Within a transaction a write follows what it read of the register.
    pub wfr: bool,
    /// Each process sees its values in their order.
    pub sequential: bool,
    /// Each transaction sees values no older than any that had ended before saw.
    pub linearizable: bool,
}

/// One value of a register came after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) key: Id,
    pub(super) before: Id,
    pub(super) after: Id,
}

/// So many orders between two values are gathered for certain. Behind that, what follows from others may be left out.
const MOST: usize = 10_000_000;

/// What one operation made of one register.
#[derive(Clone, Copy, Debug)]
struct Touch {
    key: Id,
    row: Row,
    first: Id,
    last: Id,
}

/// Who tells an order of values.
type Source = (&'static str, fn(&Facts<'_>, Keys) -> Vec<Version>);

/// The orders, each added to those before unless they contradict each other: then it is left out, and told.
pub(super) fn inferred(facts: &Facts<'_>, keys: Keys) -> (Vec<Version>, Finding) {
    let sources: [(bool, Source); 4] = [
        (true, ("nil came first", initial)),
        (keys.wfr, ("writes follow reads", wfr)),
        (keys.sequential, ("each process", sequential)),
        (keys.linearizable, ("real time", linearizable)),
    ];
    let (mut versions, mut finding) = (Vec::new(), Finding::new("cyclic-versions"));
    for (_, (name, source)) in sources.into_iter().filter(|(promised, _)| *promised) {
        let mut more = source(facts, keys);
        more.extend(&versions);
        more.sort_unstable();
        more.dedup();
        if !cyclic(facts, &more, name, &mut finding) {
            versions = more;
        }
    }
    (versions, finding)
}

/// Every value comes after `nil`.
fn initial(facts: &Facts<'_>, _: Keys) -> Vec<Version> {
    let accesses = facts.reads.iter().chain(&facts.writes).filter(|access| access.value != NIL);
    accesses.map(|&Access { key, value, .. }| Version { key, before: NIL, after: value }).collect()
}

/// What a transaction wrote comes after what it had read there.
fn wfr(facts: &Facts<'_>, _: Keys) -> Vec<Version> {
    let mut read: BTreeMap<(Row, Id), Id> = BTreeMap::new();
    read.extend(facts.reads.iter().map(|access| ((access.row, access.key), access.value)));
    let follows = |write: &Access| {
        let before = *read.get(&(write.row, write.key))?;
        (before != NIL).then_some(Version { key: write.key, before, after: write.value })
    };
    distinct(facts.writes.iter().filter_map(follows))
}

/// What a process saw comes after what it had seen before.
fn sequential(facts: &Facts<'_>, _: Keys) -> Vec<Version> {
    let history = facts.history;
    let mut last: BTreeMap<(Id, Id), Id> = BTreeMap::new();
    let mut versions = Vec::new();
    let mut touches = touches(facts);
    touches.retain(|touch| history.operation(touch.row).phase == Phase::Ok);
    touches.sort_by_key(|touch| touch.row);
    for Touch { key, row, first, last: its_last } in touches {
        let before = last.insert((history.operation(row).process, key), its_last);
        versions.extend(before.map(|before| Version { key, before, after: first }));
    }
    distinct(versions.into_iter())
}

/// What was seen comes after what all had seen that ended before it began. An operation that read one value and wrote another hands
/// that on only where its write is known to come after what it read.
fn linearizable(facts: &Facts<'_>, keys: Keys) -> Vec<Version> {
    let partners = partners(facts.history);
    let mut versions = Vec::new();
    for touches in touches(facts).chunk_by(|one, other| one.key == other.key) {
        let mut moments: Vec<(Row, Moment)> = Vec::new();
        for (vertex, touch) in (0..).zip(touches) {
            let invoked = partners[touch.row as usize];
            if invoked != NOWHERE {
                moments.push((invoked, Moment::Begins(vertex)));
            }
            if facts.history.operation(touch.row).phase == Phase::Ok {
                moments.push((touch.row, Moment::Ends(vertex)));
            }
        }
        moments.sort_unstable_by_key(|(row, _)| *row);
        let moments: Vec<Moment> = moments.into_iter().map(|(_, moment)| moment).collect();
        let version = |(one, other, _): (Vertex, Vertex, Relations)| {
            let [one, other] = [one, other].map(|vertex| touches[vertex as usize]);
            Version { key: one.key, before: one.last, after: other.first }
        };
        let hands_on = |vertex: Vertex| {
            let Touch { first, last, .. } = touches[vertex as usize];
            keys.wfr || first == last || versions.len() > MOST
        };
        let edges = realtime_through(&moments, touches.len(), hands_on);
        versions.extend(edges.into_iter().map(version));
    }
    distinct(versions.into_iter())
}

/// What every operation made of every register: its first value and its last, by register. A `nil` that was read before a write
/// says nothing that the write does not say.
fn touches(facts: &Facts<'_>) -> Vec<Touch> {
    let mut touches: BTreeMap<(Id, Row), Touch> = BTreeMap::new();
    for &Access { key, value, row } in &facts.reads {
        touches.insert((key, row), Touch { key, row, first: value, last: value });
    }
    for &Access { key, value, row } in &facts.writes {
        let touch = touches.entry((key, row)).or_insert(Touch { key, row, first: NIL, last: NIL });
        touch.last = value;
        touch.first = if touch.first == NIL { value } else { touch.first };
    }
    touches.into_values().collect()
}

fn distinct(versions: impl Iterator<Item = Version>) -> Vec<Version> {
    versions.filter(|version| version.before != version.after).collect()
}

/// Whether values come before themselves, which is told by register.
fn cyclic(facts: &Facts<'_>, versions: &[Version], name: &str, finding: &mut Finding) -> bool {
    let ends =
        versions.iter().flat_map(|version| [(version.key, version.before), (version.key, version.after)]);
    let mut values: Vec<(Id, Id)> = ends.collect();
    values.sort_unstable();
    values.dedup();
    let vertex = |end| Vertex::try_from(values.partition_point(|value| *value < end)).unwrap_or(Vertex::MAX);
    let edge = |version: &Version| {
        let [from, to] = [version.before, version.after].map(|value| vertex((version.key, value)));
        (from, to, Relations::WW)
    };
    let graph = Graph::new(values.len(), versions.iter().map(edge).collect());
    let circles = components(&graph, Relations::WW);
    for circle in &circles {
        let Some(&first) = circle.first() else { continue };
        let key = values[first as usize].0;
        let its: Vec<Id> = circle.iter().map(|&vertex| values[vertex as usize].1).collect();
        finding.add(|| {
            let shown: Vec<String> = its.iter().map(|&id| facts.history.value(id).to_string()).collect();
            let sentence = format!(
                "values of {} come before themselves, with what is told by {name}: {}",
                facts.history.value(key),
                shown.join(", ")
            );
            let readers = its.iter().flat_map(|&value| facts.readers(key, value).first());
            let writers = its.iter().flat_map(|&value| facts.writers(key, value).first());
            let mut rows: Vec<Row> = readers.chain(writers).map(|access| access.row).collect();
            rows.sort_unstable();
            rows.dedup();
            facts.witness(key, &its, &rows, sentence)
        });
    }
    !circles.is_empty()
}
