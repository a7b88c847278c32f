//! What a fault acts in: the world, and who plays which role in it.

use broker::NodeId;

use crate::chaos::cast::{Roles, Target};
use crate::chaos::link::Link;
use crate::chaos::world::World;

/// What a fault acts in.
pub struct Scene<'a> {
    /// Who plays which role.
    pub roles: &'a Roles,
    /// The node in whose step the moment came.
    pub actor: Option<NodeId>,
    /// The world.
    pub world: &'a mut dyn World,
    /// Drawn for this strike, for whatever it leaves to chance.
    pub key: u64,
}

impl Scene<'_> {
    pub(super) fn resolve(&self, target: &Target) -> Option<NodeId> {
        self.roles.resolve(target, self.actor, self.key)
    }

    /// Everybody who plays a role that several may play; `None` when nobody does.
    pub(super) fn resolve_all(&self, target: &Target) -> Option<Vec<NodeId>> {
        let nodes = self.roles.resolve_all(target, self.actor, self.key);
        (!nodes.is_empty()).then_some(nodes)
    }

    pub(super) fn name(&self, node: NodeId) -> String {
        self.roles.name(node).to_owned()
    }

    pub(super) fn names(&self, nodes: &[NodeId]) -> String {
        nodes.iter().map(|&node| self.roles.name(node)).collect::<Vec<&str>>().join(", ")
    }

    /// The link between two different nodes, and what it is in words.
    pub(super) fn link(&self, from: &Target, to: &Target) -> Option<(Link, String)> {
        let link = Link { from: self.resolve(from)?, to: self.resolve(to)? };
        (link.from != link.to).then(|| (link, format!("{} to {}", self.name(link.from), self.name(link.to))))
    }
}
