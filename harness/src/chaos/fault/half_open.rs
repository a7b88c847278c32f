//! `half-open`: the connections between two hosts carry nothing any more, for ever, and neither is told; new ones carry. A
//! firewall forgot them.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Which connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HalfOpen {
    /// One end.
    pub from: Target,
    /// The other.
    pub to: Target,
}

impl Inject for HalfOpen {
    const HARMS: &'static [Harm] = &[Harm::Forgotten];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.from, &self.to]
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let (link, target) = scene.link(&self.from, &self.to)?;
        scene.world.act(WorldAction::HalfOpen(link));
        Some(Struck::link(link, target, Vec::new()))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(HalfOpen { from: dice.target()?, to: dice.other()? })
    }
}
