//! A fault that goes on until it is healed.

use broker::{Micros, NodeId};

use super::Core;
use crate::chaos::fault::Struck;
use crate::chaos::world::{World, WorldAction};

/// A fault that struck and is not over.
pub(super) struct Lasting {
    pub(super) step: usize,
    /// When it struck, in simulated microseconds.
    pub(super) since: Micros,
    /// When it is to be healed; without it, at the end of the chaos.
    pub(super) until: Option<Micros>,
    pub(super) struck: Struck,
    /// How many of its later actions are done.
    pub(super) done: usize,
}

impl Lasting {
    /// When its next action is due.
    pub(super) fn next_action(&self) -> Option<Micros> {
        self.struck.later.get(self.done).map(|(after, _)| self.since + after)
    }

    pub(super) fn touches(&self, node: NodeId) -> bool {
        let Struck { nodes, links, .. } = &self.struck;
        nodes.contains(&node) || links.iter().any(|link| link.from == node || link.to == node)
    }

    /// It does nothing more. A link outside the core that it mended for a moment is cut again.
    pub(super) fn freeze(&mut self, core: &Core, world: &mut dyn World) {
        for (_, action) in self.struck.later.drain(..) {
            if matches!(action, WorldAction::Cut(..)) && !action.is_within(|node| core.has(node)) {
                world.act(action);
            }
        }
        self.done = 0;
    }

    /// Whether it is this action that heals it.
    pub(super) fn heals_by(&self, action: WorldAction) -> bool {
        self.struck.healing.contains(&action)
    }
}
