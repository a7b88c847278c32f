//! `reset`: the connections between two hosts are reset; they can be opened again at once.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::{Streams, WorldAction};

/// Which connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reset {
    /// One end.
    pub from: Target,
    /// The other.
    pub to: Target,
}

impl Inject for Reset {
    const HARMS: &'static [Harm] = &[Harm::Reset];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.from, &self.to]
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let (link, target) = scene.link(&self.from, &self.to)?;
        scene.world.act(WorldAction::Cut(link, Streams::Reset));
        scene.world.act(WorldAction::Mend(link));
        Some(Struck::link(link, target, Vec::new()))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(Reset { from: dice.target()?, to: dice.other()? })
    }
}
