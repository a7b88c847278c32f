//! `burst`: what was to come over a while comes at once: the sale opens, a batch job starts, a retry storm. Whether a queue
//! flattens the peak shows here.

use serde::{Deserialize, Serialize};

use broker::Load;

use super::{Dice, Inject, Scene, Struck};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::WorldAction;

/// Where it comes in, and how large it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Burst {
    /// The number of the producer, from 1.
    pub producer: usize,
    /// How many of its records come now, if it has as many yet to send.
    pub records: u32,
}

impl Inject for Burst {
    const HARMS: &'static [Harm] = &[Harm::Asked];

    fn targets(&self) -> Vec<&Target> {
        Vec::new()
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let producer = scene.roles.producer(self.producer)?;
        scene.world.act(WorldAction::Load(producer, Load::Burst { records: self.records }));
        Some(Struck::node(scene, producer, Vec::new()))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        let records = u32::try_from(dice.amount(2, 64)).unwrap_or(u32::MAX);
        Some(Burst { producer: dice.producer()?, records })
    }

    fn simpler(&self) -> Vec<Self> {
        let half = self.records / 2;
        (half != 0).then(|| Self { records: half, ..self.clone() }).into_iter().collect()
    }
}
