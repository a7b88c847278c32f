//! `refusing-sink`: the world where effects happen says no to everything: a downstream service that is overloaded, or closed.

use serde::{Deserialize, Serialize};

use broker::Load;

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Which sink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RefusingSink {
    /// The group that works for it.
    pub group: String,
}

impl Inject for RefusingSink {
    const HARMS: &'static [Harm] = &[Harm::RefusedEffect];

    fn targets(&self) -> Vec<&Target> {
        Vec::new()
    }

    fn group(&self) -> Option<&str> {
        Some(&self.group)
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let sink = scene.roles.sink(&self.group)?;
        scene.world.act(WorldAction::Load(sink, Load::Refuse(true)));
        Some(Struck::node(scene, sink, vec![WorldAction::Load(sink, Load::Refuse(false))]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(RefusingSink { group: dice.group()? })
    }
}
