//! The faults: what a nemesis can do to a world. Each is one file and one line in the list below, from which files, the program
//! and the tests read.

mod bit_rot;
mod burst;
mod clock_drift;
mod clock_jump;
mod clock_offset;
mod crash;
mod delay;
mod dice;
mod disk_full;
mod disk_loss;
mod half_open;
mod lose_frame;
mod lying_sync;
mod model;
mod partition;
mod pause;
mod poison_record;
mod power_loss;
mod refusing_sink;
mod reset;
mod restart;
mod rolling_restart;
mod scene;
mod slow_disk;
mod slow_node;
mod slow_sink;
mod stall;
mod stop;
mod struck;
mod sync_failure;
#[cfg(test)]
mod tests;
mod torn_write;

use serde::{Deserialize, Serialize};

pub use bit_rot::BitRot;
pub use burst::Burst;
pub use clock_drift::ClockDrift;
pub use clock_jump::ClockJump;
pub use clock_offset::ClockOffset;
pub use crash::Crash;
pub use delay::Delay;
pub use dice::Dice;
pub(crate) use dice::{Draws, Field, Roster};
pub use disk_full::DiskFull;
pub use disk_loss::DiskLoss;
pub use half_open::HalfOpen;
pub use lose_frame::LoseFrame;
pub use lying_sync::LyingSync;
pub use model::FaultModel;
pub use partition::{Between, Direction, Partition};
pub use pause::Pause;
pub use poison_record::PoisonRecord;
pub use power_loss::PowerLoss;
pub use refusing_sink::RefusingSink;
pub use reset::Reset;
pub use restart::Restart;
pub use rolling_restart::RollingRestart;
pub use scene::Scene;
pub use slow_disk::SlowDisk;
pub use slow_node::SlowNode;
pub use slow_sink::SlowSink;
pub use stall::Stall;
pub use stop::Stop;
pub use struck::{Struck, Takes};
pub use sync_failure::SyncFailure;
pub use torn_write::TornWrite;

use crate::chaos::cast::Target;
use crate::chaos::harm::Harm;

/// What every fault can do.
pub trait Inject: Sized {
    /// What it does to the world: it struck when something of this was done because of it. Over a sweep every one must be seen.
    const HARMS: &'static [Harm];

    /// All that it is aimed at.
    fn targets(&self) -> Vec<&Target>;

    /// Of these, such as several nodes may play: it strikes all of them in the same instant.
    fn at_once(&self) -> Vec<&Target> {
        Vec::new()
    }

    /// The group whose sink it is aimed at, if it is.
    fn group(&self) -> Option<&str> {
        None
    }

    /// What it takes of what its target's disk had.
    fn takes(&self) -> Takes {
        Takes::Nothing
    }

    /// Strikes; `None` when nobody plays the role it is aimed at.
    fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck>;

    /// One as a seed draws it; `None` when there is nothing to aim at.
    fn draw(dice: &Dice<'_>) -> Option<Self>;

    /// Faults of this kind that are smaller in something and larger in nothing, the smallest first: what a shrinker tries.
    fn simpler(&self) -> Vec<Self> {
        Vec::new()
    }
}

macro_rules! faults {
    ($($(#[doc = $about:literal])+ $kind:ident = $name:literal,)+) => {
        /// A fault, as it stands in files.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        pub enum Fault {
            $($(#[doc = $about])+ $kind($kind),)+
        }

        /// The kinds of faults.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FaultKind {
            $($(#[doc = $about])+ $kind,)+
        }

        impl FaultKind {
            /// Every kind.
            pub const ALL: &[FaultKind] = &[$(FaultKind::$kind,)+];

            /// Its name in files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(FaultKind::$kind => $name,)+
                }
            }

            /// Whether it changes what a clock shows and nothing else: nobody who does not read wall time notices it.
            #[must_use]
            pub fn is_of_wall_time(self) -> bool {
                matches!(self, FaultKind::ClockOffset | FaultKind::ClockJump)
            }

            /// What it does, in a sentence.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self {
                    $(FaultKind::$kind => concat!($($about),+).trim_ascii_start(),)+
                }
            }

            /// See [`Inject::HARMS`].
            #[must_use]
            pub fn harms(self) -> &'static [Harm] {
                match self {
                    $(FaultKind::$kind => $kind::HARMS,)+
                }
            }

            /// A fault of this kind as a seed draws it; `None` when there is nothing to aim at.
            #[must_use]
            pub fn draw(self, dice: &Dice<'_>) -> Option<Fault> {
                match self {
                    $(FaultKind::$kind => $kind::draw(dice).map(Fault::$kind),)+
                }
            }
        }

        impl Fault {
            /// Its kind.
            #[must_use]
            pub fn kind(&self) -> FaultKind {
                match self {
                    $(Fault::$kind(_) => FaultKind::$kind,)+
                }
            }

            /// All that it is aimed at.
            #[must_use]
            pub fn targets(&self) -> Vec<&Target> {
                match self {
                    $(Fault::$kind(fault) => fault.targets(),)+
                }
            }

            /// See [`Inject::at_once`].
            #[must_use]
            pub fn at_once(&self) -> Vec<&Target> {
                match self {
                    $(Fault::$kind(fault) => fault.at_once(),)+
                }
            }

            /// The group whose sink it is aimed at, if it is.
            #[must_use]
            pub fn group(&self) -> Option<&str> {
                match self {
                    $(Fault::$kind(fault) => fault.group(),)+
                }
            }

            /// See [`Inject::simpler`].
            #[must_use]
            pub fn simpler(&self) -> Vec<Fault> {
                match self {
                    $(Fault::$kind(fault) => fault.simpler().into_iter().map(Fault::$kind).collect(),)+
                }
            }

            /// What it takes of what its target's disk had.
            #[must_use]
            pub fn takes(&self) -> Takes {
                match self {
                    $(Fault::$kind(fault) => fault.takes(),)+
                }
            }

            /// Strikes; `None` when nobody plays the role it is aimed at.
            pub fn strike(&self, scene: &mut Scene<'_>) -> Option<Struck> {
                match self {
                    $(Fault::$kind(fault) => fault.strike(scene),)+
                }
            }
        }

        $(impl From<$kind> for Fault {
            fn from(fault: $kind) -> Self {
                Fault::$kind(fault)
            }
        })+
    };
}

faults! {
    /// The process dies; what it appended stays.
    Crash = "crash",
    /// The machine goes dark; of what was not synced a torn prefix stays.
    PowerLoss = "power-loss",
    /// The process dies and is at once started again, as a supervisor does.
    Restart = "restart",
    /// Every broker is restarted, one after the other.
    RollingRestart = "rolling-restart",
    /// The process stops in good order, and stays down.
    Stop = "stop",
    /// The process stands still and knows nothing of it.
    Pause = "pause",
    /// The host takes longer for everything.
    SlowNode = "slow-node",
    /// The machine dies and comes back with empty disks.
    DiskLoss = "disk-loss",
    /// Syncs fail, and what they should have written never is.
    SyncFailure = "sync-failure",
    /// Syncs say that they are done and write nothing.
    LyingSync = "lying-sync",
    /// The process dies in the middle of a write.
    TornWrite = "torn-write",
    /// One bit of one file is not what was written.
    BitRot = "bit-rot",
    /// Appends fail until there is room again.
    DiskFull = "disk-full",
    /// Syncs take longer.
    SlowDisk = "slow-disk",
    /// The network is cut: around one node, between two, or in halves; for good until it heals, or flapping.
    Partition = "partition",
    /// Everything one host sends to another arrives later.
    Delay = "delay",
    /// What the connections that stand carry one way waits; new ones carry.
    Stall = "stall",
    /// The connections that stand are reset; they can be opened again at once.
    Reset = "reset",
    /// One frame is lost, and its connection with it.
    LoseFrame = "lose-frame",
    /// The connections that stand carry nothing any more, and nobody is told.
    HalfOpen = "half-open",
    /// Wall time is off; timers are right.
    ClockOffset = "clock-offset",
    /// The clock runs too fast or too slow, and timers with it.
    ClockDrift = "clock-drift",
    /// Wall time leaps.
    ClockJump = "clock-jump",
    /// A producer is asked for many records at once.
    Burst = "burst",
    /// The world where effects happen takes longer for each.
    SlowSink = "slow-sink",
    /// The world where effects happen says no.
    RefusingSink = "refusing-sink",
    /// One record is refused, however often it is delivered.
    PoisonRecord = "poison-record",
}

impl Fault {
    /// The process of `target` dies.
    #[must_use]
    pub fn crash(target: Target) -> Self {
        Crash { target }.into()
    }

    /// The machine of `target` goes dark.
    #[must_use]
    pub fn power_loss(target: Target) -> Self {
        PowerLoss { target }.into()
    }

    /// The process of `target` stands still.
    #[must_use]
    pub fn pause(target: Target) -> Self {
        Pause { target }.into()
    }

    /// The next frame from one node to another is lost.
    #[must_use]
    pub fn lose_frame(from: Target, to: Target) -> Self {
        LoseFrame { from, to }.into()
    }
}
