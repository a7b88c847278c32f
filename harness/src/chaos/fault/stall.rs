//! `stall`: what one host sends to another on the connections that stand waits until it heals; new connections carry. A
//! client with a time limit and a second connection sees the same bytes twice.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Which connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stall {
    /// One end.
    pub from: Target,
    /// The other.
    pub to: Target,
}

impl Inject for Stall {
    const HARMS: &'static [Harm] = &[Harm::Stalled];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.from, &self.to]
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let (link, target) = scene.link(&self.from, &self.to)?;
        scene.world.act(WorldAction::Stall(link, true));
        Some(Struck::link(link, target, vec![WorldAction::Stall(link, false)]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(Stall { from: dice.target()?, to: dice.other()? })
    }
}
