//! The faults: what a nemesis can do to a world. Each is one file; this list names them all.

mod crash;
mod lose_frame;
mod partition;
mod pause;
mod power_loss;
mod restart;

use broker::NodeId;
use serde::{Deserialize, Serialize};

pub use lose_frame::LoseFrame;
pub use partition::{Direction, Partition};

use crate::cast::{Roles, Target};
use crate::world::{Link, World};

/// A fault, as it stands in files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// The process dies; what it appended stays.
    Crash(Victim),
    /// The machine goes dark; of what was not synced a torn prefix stays.
    PowerLoss(Victim),
    /// The process dies and is at once started again, as a supervisor does.
    Restart(Victim),
    /// The process stands still and knows nothing of it.
    Pause(Victim),
    /// The network is cut.
    Partition(Partition),
    /// One frame is lost, and its connection with it.
    LoseFrame(LoseFrame),
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Victim {
    /// Which one.
    pub target: Target,
}

/// The kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// [`Fault::Crash`].
    Crash,
    /// [`Fault::PowerLoss`].
    PowerLoss,
    /// [`Fault::Restart`].
    Restart,
    /// [`Fault::Pause`].
    Pause,
    /// [`Fault::Partition`].
    Partition,
    /// [`Fault::LoseFrame`].
    LoseFrame,
}

/// How a fault is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Healing {
    /// Start the node again.
    Restart(NodeId),
    /// Let it go on.
    Resume(NodeId),
    /// Mend the link.
    Mend(Link),
}

/// A fault that struck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Struck {
    /// What it struck, in words.
    pub target: String,
    /// How it is undone, in this order.
    pub healing: Vec<Healing>,
}

/// What a fault acts in.
pub struct Scene<'a> {
    /// Who plays which role.
    pub roles: &'a Roles,
    /// The node in whose step the moment came.
    pub actor: Option<NodeId>,
    /// The world.
    pub world: &'a mut dyn World,
    /// Names this strike, for draws that belong to it.
    pub key: u64,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: &[FaultKind] = &[
        FaultKind::Crash,
        FaultKind::PowerLoss,
        FaultKind::Restart,
        FaultKind::Pause,
        FaultKind::Partition,
        FaultKind::LoseFrame,
    ];

    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Crash => "crash",
            FaultKind::PowerLoss => "power-loss",
            FaultKind::Restart => "restart",
            FaultKind::Pause => "pause",
            FaultKind::Partition => "partition",
            FaultKind::LoseFrame => "lose-frame",
        }
    }
}

impl Fault {
    /// The process of `target` dies.
    #[must_use]
    pub fn crash(target: Target) -> Self {
        Fault::Crash(Victim { target })
    }

    /// The machine of `target` goes dark.
    #[must_use]
    pub fn power_loss(target: Target) -> Self {
        Fault::PowerLoss(Victim { target })
    }

    /// The process of `target` stands still.
    #[must_use]
    pub fn pause(target: Target) -> Self {
        Fault::Pause(Victim { target })
    }

    /// The next frame from one node to another is lost.
    #[must_use]
    pub fn lose_frame(from: Target, to: Target) -> Self {
        Fault::LoseFrame(LoseFrame { from, to })
    }

    /// All that it is aimed at.
    #[must_use]
    pub fn targets(&self) -> Vec<&Target> {
        match self {
            Fault::Crash(victim)
            | Fault::PowerLoss(victim)
            | Fault::Restart(victim)
            | Fault::Pause(victim) => {
                vec![&victim.target]
            }
            Fault::Partition(partition) => partition.targets(),
            Fault::LoseFrame(lose) => vec![&lose.from, &lose.to],
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        match self {
            Fault::Crash(_) => FaultKind::Crash,
            Fault::PowerLoss(_) => FaultKind::PowerLoss,
            Fault::Restart(_) => FaultKind::Restart,
            Fault::Pause(_) => FaultKind::Pause,
            Fault::Partition(_) => FaultKind::Partition,
            Fault::LoseFrame(_) => FaultKind::LoseFrame,
        }
    }

    /// Strikes; `None` when nobody plays the role it is aimed at.
    pub fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
        match self {
            Fault::Crash(victim) => crash::strike(victim, scene),
            Fault::PowerLoss(victim) => power_loss::strike(victim, scene),
            Fault::Restart(victim) => restart::strike(victim, scene),
            Fault::Pause(victim) => pause::strike(victim, scene),
            Fault::Partition(partition) => partition.strike(scene),
            Fault::LoseFrame(lose_frame) => lose_frame.strike(scene),
        }
    }
}

impl Healing {
    /// Undoes it.
    pub fn heal(self, world: &mut dyn World) {
        match self {
            Healing::Restart(node) => world.restart(node),
            Healing::Resume(node) => world.resume(node),
            Healing::Mend(link) => world.mend(link),
        }
    }
}

impl Scene<'_> {
    fn resolve(&self, target: &Target) -> Option<NodeId> {
        self.roles.resolve(target, self.actor)
    }

    fn name(&self, node: NodeId) -> String {
        self.roles.name(node).to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_this_folder_is_a_fault_of_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/fault");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                entry.unwrap().file_name().to_string_lossy().trim_end_matches(".rs").replace('_', "-")
            })
            .filter(|name| name != "mod")
            .collect();
        files.sort();
        let mut listed: Vec<&str> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
        listed.sort_unstable();
        assert_eq!(files, listed);
    }
}
