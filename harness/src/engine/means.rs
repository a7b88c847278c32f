//! Which engine does which fault, and how: the one table that the refusal of a run, `lab list --faults` and the tests read.

use super::Engine;
use crate::chaos::fault::FaultKind;

/// How an engine does a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// With a primitive of its own.
    Native(&'static str),
    /// With what this project puts around the node: the shell, its streams, the simulated disk, the host's clock.
    Ours(&'static str),
    /// Not at all, and why.
    Missing(&'static str),
}

use Means::{Missing, Native, Ours};

const HEAP: Means = Native("an event of the heap");
const DISK: Means = Ours("the simulated disk");
const STREAMS: Means = Ours("the streams");
const CLOCK: Means = Ours("the host's clock");
const GATE: Means = Ours("the gate before every step");
const NO_POWER: Means = Missing("no power to cut: what the kernel has, it keeps");
const NO_NETWORK: Means = Missing("loopback cannot be cut");
const NO_DISK: Means = Missing("the disk is real");
const NO_CLOCK: Means = Missing("the clock is real");
const KILL: Means = Native("SIGKILL");
const SHELL: Means = Ours("the client's shell");

/// By fault: direct, turmoil, madsim, tokio.
const TABLE: &[(FaultKind, [Means; 4])] = &[
    (FaultKind::Crash, [HEAP, Native("crash"), Native("kill"), KILL]),
    (FaultKind::PowerLoss, [HEAP, DISK, DISK, NO_POWER]),
    (FaultKind::Restart, [HEAP, Native("crash, bounce"), Native("kill, restart"), KILL]),
    (FaultKind::RollingRestart, [HEAP, Native("crash, bounce"), Native("kill, restart"), Native("SIGTERM")]),
    (FaultKind::Stop, [HEAP, Native("crash, bounce"), Native("kill, restart"), Native("SIGTERM")]),
    (FaultKind::Pause, [HEAP, GATE, Native("pause"), Native("SIGSTOP")]),
    (FaultKind::SlowNode, [HEAP, GATE, GATE, Missing("processes cannot be slowed down")]),
    (FaultKind::DiskLoss, [DISK, DISK, DISK, NO_DISK]),
    (FaultKind::SyncFailure, [DISK, DISK, DISK, NO_DISK]),
    (FaultKind::LyingSync, [DISK, DISK, DISK, NO_DISK]),
    (FaultKind::TornWrite, [DISK, DISK, DISK, NO_DISK]),
    (FaultKind::BitRot, [DISK, DISK, DISK, NO_DISK]),
    (FaultKind::DiskFull, [DISK, DISK, DISK, NO_DISK]),
    (FaultKind::SlowDisk, [DISK, DISK, DISK, NO_DISK]),
    (FaultKind::Partition, [HEAP, Native("hold, partition_oneway"), Native("clog_link"), NO_NETWORK]),
    (FaultKind::Delay, [HEAP, STREAMS, STREAMS, NO_NETWORK]),
    (FaultKind::Stall, [HEAP, STREAMS, STREAMS, NO_NETWORK]),
    (FaultKind::Reset, [HEAP, STREAMS, STREAMS, NO_NETWORK]),
    (FaultKind::LoseFrame, [HEAP, STREAMS, STREAMS, NO_NETWORK]),
    (FaultKind::HalfOpen, [HEAP, STREAMS, STREAMS, NO_NETWORK]),
    (FaultKind::ClockOffset, [CLOCK, CLOCK, CLOCK, NO_CLOCK]),
    (FaultKind::ClockDrift, [CLOCK, CLOCK, CLOCK, NO_CLOCK]),
    (FaultKind::ClockJump, [CLOCK, CLOCK, CLOCK, NO_CLOCK]),
    (FaultKind::Burst, [HEAP, SHELL, SHELL, SHELL]),
    (FaultKind::SlowSink, [HEAP, GATE, GATE, SHELL]),
    (FaultKind::RefusingSink, [HEAP, SHELL, SHELL, SHELL]),
    (FaultKind::PoisonRecord, [HEAP, SHELL, SHELL, SHELL]),
];

impl Engine {
    /// How it does a fault.
    #[must_use]
    pub fn means(self, fault: FaultKind) -> Means {
        let row = TABLE.iter().find(|(kind, _)| *kind == fault);
        row.map_or(Missing("it is not in the table"), |(_, means)| means[self as usize])
    }

    /// Whether it has means for this fault.
    #[must_use]
    pub fn can(self, fault: FaultKind) -> bool {
        !matches!(self.means(fault), Missing(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_its_row_in_the_order_of_the_list() {
        let rows: Vec<FaultKind> = TABLE.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(rows, FaultKind::ALL);
    }

    #[test]
    fn the_simulators_do_every_fault() {
        for engine in [Engine::Direct, Engine::Turmoil, Engine::Madsim] {
            assert!(FaultKind::ALL.iter().all(|&kind| engine.can(kind)), "{engine:?}");
        }
    }
}
