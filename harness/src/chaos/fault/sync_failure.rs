//! `sync-failure`: syncs fail, and the pages that were to be written are dropped as if they had been (fsyncgate: "PostgreSQL's
//! fsync() surprise", LWN 2018). A node that goes on after it, or reads its files back and trusts them, loses.

use serde::{Deserialize, Serialize};

use super::{Dice, Inject, Scene, Struck, Takes};
use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;
use crate::chaos::world::{DiskChange, WorldAction};

/// Whose disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SyncFailure {
    /// Its role.
    pub target: Target,
}

impl Inject for SyncFailure {
    const HARMS: &'static [Harm] = &[Harm::FailedSync];

    fn targets(&self) -> Vec<&Target> {
        vec![&self.target]
    }

    fn takes(&self) -> Takes {
        Takes::WhatSyncsPromise { lied: false }
    }

    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let node = scene.resolve(&self.target)?;
        scene.world.act(WorldAction::Disk(node, DiskChange::FailSyncs(true)));
        let healing = vec![WorldAction::Disk(node, DiskChange::FailSyncs(false)), WorldAction::Restart(node)];
        Some(Struck::node(scene, node, healing))
    }

    fn draw(dice: &Dice<'_>) -> Option<Self> {
        Some(SyncFailure { target: dice.keeper()? })
    }
}
