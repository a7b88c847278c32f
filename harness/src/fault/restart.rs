//! `restart`: the process dies and is at once started again, as a supervisor does: faster than any failure detector, so
//! nobody but its peers' connections notices.

use super::{Scene, Struck, Victim};

pub(super) fn strike(victim: &Victim, scene: &mut Scene<'_>) -> Option<Struck> {
    let node = scene.resolve(&victim.target)?;
    scene.world.crash(node);
    scene.world.restart(node);
    Some(Struck { target: scene.name(node), healing: Vec::new() })
}
