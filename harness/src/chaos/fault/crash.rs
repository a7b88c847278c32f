//! `crash`: the process dies (SIGKILL). Memory is gone, the page cache is not; peers see their connections close.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck, Takes};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Whose process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Crash {
    /// Its role.
    pub target: Target,
}

impl Inject for Crash {
    const HARMS: &'static [Harm] = &[Harm::Killed, Harm::HungUp];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn takes(&self) -> Takes {
        Takes::Place
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Crash(node));
        Some(Struck::node(scene, node, vec![WorldAction::Restart(node)]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(Crash { target: dice.target()? })
    }
}
