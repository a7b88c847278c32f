//! `rolling-restart`: every broker is stopped in good order (SIGTERM) and started again, one after the other, as an upgrade
//! does.

use broker::NodeId;
use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// How fast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RollingRestart {
    /// From one restart to the next, in milliseconds.
    pub every_ms: u64,
}

impl Inject for RollingRestart {
    const HARMS: &'static [Harm] = &[Harm::Stopped, Harm::HungUp];

    fn targets(&self) -> Vec<&Target> {
        Vec::new()
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let brokers: Vec<NodeId> = scene.roles.brokers().collect();
        let (&first, others) = brokers.split_first()?;
        scene.world.act(WorldAction::Stop(first));
        scene.world.act(WorldAction::Restart(first));
        let turns = others.iter().zip(1..);
        let later = turns.flat_map(|(&node, turn)| {
            let after = turn * self.every_ms * 1_000;
            [(after, WorldAction::Stop(node)), (after, WorldAction::Restart(node))]
        });
        let (target, later) = ("the brokers".to_owned(), later.collect());
        Some(Struck { target, nodes: brokers, links: Vec::new(), later, healing: Vec::new() })
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(RollingRestart { every_ms: dice.amount(50, 500) })
    }
}
