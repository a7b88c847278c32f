//! `pause`: the process stands still (SIGSTOP, a long garbage collection, a suspended virtual machine) and goes on later as
//! if nothing had happened: the making of zombies.

use super::{Healing, Scene, Struck, Victim};

pub(super) fn strike(victim: &Victim, scene: &mut Scene<'_>) -> Option<Struck> {
    let node = scene.resolve(&victim.target)?;
    scene.world.pause(node);
    Some(Struck { target: scene.name(node), healing: vec![Healing::Resume(node)] })
}
