//! `crash`: the process dies (SIGKILL). Memory is gone, the page cache is not; peers see their connections close.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck, Takes};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Whose process, or the processes of several.
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

    fn at_once(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn takes(&self) -> Takes {
        Takes::Place
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let nodes = scene.resolve_all(&self.target)?;
        nodes.iter().for_each(|&node| scene.world.act(WorldAction::Crash(node)));
        let healing = nodes.iter().copied().map(WorldAction::Restart).collect();
        Some(Struck::nodes(scene, nodes, healing))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(Crash { target: dice.target_at_once()? })
    }
}
