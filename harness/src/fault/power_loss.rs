//! `power-loss`: the machine goes dark. Memory and page cache are gone; of what was not synced a torn prefix stays, and an
//! unsynced truncation may be undone. Peers hear nothing.

use super::{Healing, Scene, Struck, Victim};

pub(super) fn strike(victim: &Victim, scene: &mut Scene<'_>) -> Option<Struck> {
    let node = scene.resolve(&victim.target)?;
    scene.world.power_loss(node, scene.key);
    Some(Struck { target: scene.name(node), healing: vec![Healing::Restart(node)] })
}
