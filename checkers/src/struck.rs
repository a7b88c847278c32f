//! What faults ever struck, over a whole history: what was struck once may be not what it was for as long as anybody knows.

use crate::{Entry, Event, Name, Reach};

/// Nodes and links that were ever struck.
#[derive(Clone, Debug, Default)]
pub(crate) struct Struck {
    /// A fault struck, and nobody told what: it may be anything.
    anything: bool,
    /// Nodes that a fault struck, or that stopped themselves.
    nodes: Vec<Name>,
    /// Links, from one process to another.
    links: Vec<(Name, Name)>,
}

impl Struck {
    /// Takes note of faults and halts; other entries pass by.
    pub(crate) fn see(&mut self, entry: &Entry) {
        match &entry.event {
            Event::Fault { healed: false, reach, .. } => self.reached(reach.as_deref()),
            Event::Halted { .. } => note(&mut self.nodes, entry.process),
            _ => {}
        }
    }

    /// Whether a node was ever struck.
    pub(crate) fn has(&self, node: Name) -> bool {
        self.anything || self.nodes.contains(&node)
    }

    /// Whether either of two nodes was ever struck, or what they tell each other.
    pub(crate) fn has_between(&self, one: Name, other: Name) -> bool {
        let links = [(one, other), (other, one)];
        self.has(one) || self.has(other) || links.iter().any(|link| self.links.contains(link))
    }

    /// Forgets everything and keeps the memory.
    pub(crate) fn reset(&mut self) {
        self.anything = false;
        self.nodes.clear();
        self.links.clear();
    }

    fn reached(&mut self, reach: Option<&Reach>) {
        let Some(reach) = reach else {
            self.anything = true;
            return;
        };
        reach.nodes.iter().for_each(|&node| note(&mut self.nodes, node));
        reach.links.iter().for_each(|&link| note(&mut self.links, link));
    }
}

fn note<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if !all.contains(&one) {
        all.push(one);
    }
}
