//! `lose-frame`: the next frame from one node to another is lost, and its connection is reset: TCP loses no single frame.

use serde::{Deserialize, Serialize};

use super::{Scene, Struck};
use crate::cast::Target;
use crate::world::Link;

/// Which frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct LoseFrame {
    /// Who sends it.
    pub from: Target,
    /// Who would have got it.
    pub to: Target,
}

impl LoseFrame {
    pub(super) fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        let link = Link { from: scene.resolve(&self.from)?, to: scene.resolve(&self.to)? };
        if link.from == link.to {
            return None;
        }
        scene.world.lose_frame(link);
        let target = format!("{} to {}", scene.name(link.from), scene.name(link.to));
        Some(Struck { target, healing: Vec::new() })
    }
}
