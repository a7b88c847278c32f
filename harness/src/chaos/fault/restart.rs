//! `restart`: the process dies and is at once started again, as a supervisor does: faster than any failure detector, so
//! nobody but its peers' connections notices.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck, Takes};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Whose process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Restart {
    /// Its role.
    pub target: Target,
}

impl Inject for Restart {
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
        scene.world.act(WorldAction::Restart(node));
        Some(Struck::node(scene, node, Vec::new()))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(Restart { target: dice.target()? })
    }
}
