//! `crash`: the process dies (SIGKILL). Memory is gone, the page cache is not; peers see their connections close.

use super::{Healing, Scene, Struck, Victim};

pub(super) fn strike(victim: &Victim, scene: &mut Scene<'_>) -> Option<Struck> {
    let node = scene.resolve(&victim.target)?;
    scene.world.crash(node);
    Some(Struck { target: scene.name(node), healing: vec![Healing::Restart(node)] })
}
