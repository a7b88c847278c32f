//! `lose-frame`: the next frame from one node to another is lost, and its connection is reset: TCP loses no single frame.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Which frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LoseFrame {
    /// Who sends it.
    pub from: Target,
    /// Who would have got it.
    pub to: Target,
}

impl Inject for LoseFrame {
    const HARMS: &'static [Harm] = &[Harm::LostFrame];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.from, &self.to]
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let (link, target) = scene.link(&self.from, &self.to)?;
        scene.world.act(WorldAction::LoseFrame(link));
        Some(Struck::link(link, target, Vec::new()))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(LoseFrame { from: dice.target()?, to: dice.other()? })
    }
}
