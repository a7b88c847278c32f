//! `lying-sync`: syncs say that they are done and write nothing, as disks with a volatile cache do; harmless until the power goes.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck, Takes};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::{DiskChange, WorldAction};

/// Whose disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LyingSync {
    /// Its role.
    pub target: Target,
}

impl Inject for LyingSync {
    const HARMS: &'static [Harm] = &[Harm::IdleSync];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn takes(&self) -> Takes {
        Takes::WhatSyncsPromise { lied: true }
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Disk(node, DiskChange::Lie(true)));
        Some(Struck::node(scene, node, vec![WorldAction::Disk(node, DiskChange::Lie(false))]))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(LyingSync { target: dice.keeper()? })
    }
}
