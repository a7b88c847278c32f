//! `slow-sink`: the world where effects happen takes longer for each: a downstream database at its limit. Consumers fall behind,
//! and what times out may have happened all the same.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Which sink, and how slow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SlowSink {
    /// The group that works for it.
    pub group: String,
    /// How much longer it takes for each effect, in milliseconds.
    pub longer_ms: u64,
}

impl Inject for SlowSink {
    const HARMS: &'static [Harm] = &[Harm::Slowed];

    fn targets(&self) -> Vec<&Target> {
        Vec::new()
    }

    fn group(&self) -> Option<&str> {
        Some(&self.group)
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let sink = scene.roles.sink(&self.group)?;
        scene.world.act(WorldAction::Slow(sink, self.longer_ms * 1_000));
        Some(Struck::node(scene, sink, vec![WorldAction::Slow(sink, 0)]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(SlowSink { group: dice.group()?, longer_ms: dice.amount(1, 200) })
    }

    fn simpler(&self) -> Vec<Self> {
        let half = self.longer_ms / 2;
        (half != 0).then(|| Self { longer_ms: half, ..self.clone() }).into_iter().collect()
    }
}
