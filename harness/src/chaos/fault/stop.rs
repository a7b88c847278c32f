//! `stop`: the process is asked to stop (SIGTERM) and does so in good order: a broker syncs its logs and leaves its marker, a consumer
//! leaves its group. It stays down until it heals, as for maintenance; what strikes its machine meanwhile finds nobody there.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Whose process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stop {
    /// Its role.
    pub target: Target,
}

impl Inject for Stop {
    const HARMS: &'static [Harm] = &[Harm::Stopped, Harm::HungUp];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Stop(node));
        Some(Struck::node(scene, node, vec![WorldAction::Restart(node)]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(Stop { target: dice.target()? })
    }
}
