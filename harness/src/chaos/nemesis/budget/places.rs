//! Whose place among those in sync is at risk: a fault touches it, or did so a moment ago.

use broker::{Micros, NodeId};

use crate::chaos::cast::{Cast, Part};
use crate::chaos::fault::Struck;

/// What touches the brokers of a cast.
pub(super) struct Places {
    controllers: Vec<NodeId>,
    brokers: Vec<NodeId>,
    /// So long after a fault is over a broker may still lose its place because of it, in microseconds.
    lasts: Micros,
    /// Who is touched by a step that goes on.
    present: Vec<(usize, Vec<NodeId>)>,
    /// Until when somebody is at risk because of what is over.
    over: Vec<(NodeId, Micros)>,
}

impl Places {
    pub(super) fn new(cast: &Cast) -> Self {
        let of = |part| cast.of(part).map(|player| player.id);
        Places {
            controllers: of(Part::Controller).collect(),
            brokers: of(Part::Broker).collect(),
            lasts: cast.steadies_after,
            present: Vec::new(),
            over: Vec::new(),
        }
    }

    /// The brokers that a strike touches, by themselves or in their links with a controller. A cut between two brokers touches
    /// neither: one of them at the most leaves the in-sync set because of it, and the other holds everything.
    pub(super) fn touched(&self, struck: &Struck) -> Vec<NodeId> {
        let ends = struck.links.iter().flat_map(|link| [(link.from, link.to), (link.to, link.from)]);
        let told = ends.filter(|(_, other)| self.controllers.contains(other)).map(|(node, _)| node);
        let all = struck.nodes.iter().copied().chain(told);
        all.filter(|node| self.brokers.contains(node)).collect()
    }

    /// The controller that keeps its log alone, where there is one.
    pub(super) fn decides_alone(&self) -> Option<NodeId> {
        self.controllers.first().copied().filter(|_| self.controllers.len() == 1)
    }

    pub(super) fn began(&mut self, step: usize, touches: Vec<NodeId>) {
        self.present.push((step, touches));
    }

    pub(super) fn over(&mut self, step: usize, now: Micros) {
        let until = now.saturating_add(self.lasts);
        let over = self.present.extract_if(.., |(its, _)| *its == step).flat_map(|(_, touched)| touched);
        self.over.retain(|&(_, until)| now < until);
        self.over.extend(over.map(|node| (node, until)));
    }

    /// A broker has registered: what is over has no hold on its session any longer.
    pub(super) fn registered(&mut self, node: NodeId) {
        self.over.retain(|&(touched, _)| touched != node);
    }

    pub(super) fn is_at_risk(&self, node: NodeId, now: Micros) -> bool {
        self.present.iter().any(|(_, touched)| touched.contains(&node))
            || self.over.iter().any(|&(touched, until)| touched == node && now < until)
    }
}
