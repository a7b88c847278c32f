//! `poison-record`: one record, the next new one, cannot be dealt with, however often it is delivered: a body that nobody can
//! parse, a customer who does not exist. Others can, if it lets them.

use serde::{Deserialize, Serialize};

use broker::Load;

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Whose record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PoisonRecord {
    /// The group that works for it.
    pub group: String,
}

impl Inject for PoisonRecord {
    const HARMS: &'static [Harm] = &[Harm::RefusedEffect];

    fn targets(&self) -> Vec<&Target> {
        Vec::new()
    }

    fn group(&self) -> Option<&str> {
        Some(&self.group)
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let sink = scene.roles.sink(&self.group)?;
        scene.world.act(WorldAction::Load(sink, Load::Poison(true)));
        Some(Struck::node(scene, sink, vec![WorldAction::Load(sink, Load::Poison(false))]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(PoisonRecord { group: dice.group()? })
    }
}
