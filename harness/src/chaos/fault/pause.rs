//! `pause`: the process stands still (SIGSTOP, a long garbage collection, a suspended virtual machine) and goes on later as
//! if nothing had happened: the making of zombies.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Whose process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pause {
    /// Its role.
    pub target: Target,
}

impl Inject for Pause {
    const HARMS: &'static [Harm] = &[Harm::Postponed];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Pause(node));
        Some(Struck::node(scene, node, vec![WorldAction::Resume(node)]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(Pause { target: dice.target()? })
    }
}
