//! What faults do to the life of a process: a pause or a crash can be over long before whoever planned it undoes it, because another
//! fault ended the process or started it again.

use broker::Micros;
use checkers::{Name, Reach};

use crate::chaos::fault::FaultKind;
use crate::chaos::nemesis::Hit;

/// Whether a fault ends a process, which is down until it is started again.
pub(super) fn ends(fault: &str) -> bool {
    matches!(fault, "crash" | "stop" | "power-loss" | "disk-loss" | "torn-write")
}

/// Whether a process that is paused ends at once: one that is asked to stop has to hear that first.
pub(super) fn ends_a_pause(fault: &str) -> bool {
    fault == "restart" || ends(fault) && fault != "stop"
}

/// Whether what a fault does is over when its process begins a new life.
pub(super) fn ends_with_a_life(fault: &str) -> bool {
    fault == "pause" || ends(fault)
}

/// Whether whoever undoes a fault starts the process.
pub(super) fn is_undone_by_a_start(fault: &str) -> bool {
    ends(fault) || matches!(fault, "sync-failure" | "disk-full")
}

/// Whether a fault takes what was not synced, which nobody can tell before the disk is read.
pub(super) fn takes_unsynced(fault: &str) -> bool {
    matches!(fault, "power-loss" | "torn-write")
}

/// The hosts that a fault struck: where it reached several, they are no single name.
pub(super) fn hosts(target: Name, reach: Option<&Reach>) -> Vec<Name> {
    let nodes = reach.map(|reach| reach.nodes.clone()).unwrap_or_default();
    if nodes.is_empty() { vec![target] } else { nodes }
}

/// When what a fault did was over, of several that struck: when it was undone, or when another one of these had ended it before. Nothing
/// where it never was, or where brokers were started one after the other in between and nobody told which when.
pub(super) fn over(at: usize, struck: &[(FaultKind, &Hit)]) -> Option<Micros> {
    let (kind, hit) = *struck.get(at)?;
    let undone = hit.undone?;
    if !ends_with_a_life(kind.name()) {
        return Some(undone);
    }
    let others = struck.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| *other);
    let within = |time: &Micros| (hit.time..undone).contains(time);
    let rolls = |(kind, other): (FaultKind, &Hit)| {
        kind.name() == "rolling-restart"
            && other.time < undone
            && other.undone.is_none_or(|over| over > hit.time)
    };
    if others.clone().any(rolls) {
        return None;
    }
    let there = others.filter(|(_, other)| hit.nodes.iter().all(|node| other.nodes.contains(node)));
    let ends = there.flat_map(|(by, other)| ends_by(kind.name(), by.name(), other));
    ends.filter(within).min().or(Some(undone))
}

/// The moments at which another fault on the same processes ends what a fault does.
fn ends_by(fault: &str, by: &str, other: &Hit) -> impl Iterator<Item = Micros> + use<> {
    let strikes = by == "restart" || fault == "pause" && ends_a_pause(by);
    let starts = is_undone_by_a_start(by);
    // Whoever lets a paused process go on does so for all that paused it.
    let goes_on = fault == "pause" && by == "pause";
    let struck = strikes.then_some(other.time);
    struck.into_iter().chain(other.undone.filter(|_| starts || goes_on))
}

#[cfg(test)]
mod tests {
    use broker::NodeId;

    use super::*;

    fn hit(time: Micros, undone: Micros) -> Hit {
        Hit { step: 0, time, target: "broker-2".to_owned(), nodes: vec![NodeId(2)], undone: Some(undone) }
    }

    #[test]
    fn the_first_start_undoes_all_that_keeps_a_process_down() {
        let (first, second) = (hit(459, 1_439), hit(528, 1_600));
        let struck = [(FaultKind::Stop, &first), (FaultKind::Crash, &second)];
        assert_eq!([over(0, &struck), over(1, &struck)], [Some(1_439), Some(1_439)]);
        let elsewhere = Hit { nodes: vec![NodeId(1)], ..first };
        assert_eq!(over(1, &[(FaultKind::Stop, &elsewhere), (FaultKind::Crash, &second)]), Some(1_600));
    }

    #[test]
    fn who_is_down_is_back_with_its_rack_and_a_rack_is_not_back_with_one_of_it() {
        let (crash, nodes) = (hit(100, 900), vec![NodeId(1), NodeId(2)]);
        let rack = Hit { nodes, ..hit(200, 500) };
        assert_eq!(over(0, &[(FaultKind::Crash, &crash), (FaultKind::PowerLoss, &rack)]), Some(500));
        let rack = Hit { undone: Some(1_500), ..rack };
        assert_eq!(over(1, &[(FaultKind::Crash, &crash), (FaultKind::PowerLoss, &rack)]), Some(1_500));
    }

    #[test]
    fn a_pause_is_over_when_its_process_ends_and_a_slow_disk_is_not() {
        let (pause, loss) = (hit(100, 2_400), hit(200, 300));
        let struck = |kind| [(kind, &pause), (FaultKind::PowerLoss, &loss)];
        assert_eq!(over(0, &struck(FaultKind::Pause)), Some(200));
        assert_eq!(over(0, &struck(FaultKind::SlowDisk)), Some(2_400));
        // Whoever is paused hears of a stop when it goes on.
        assert_eq!(over(0, &[(FaultKind::Pause, &pause), (FaultKind::Stop, &hit(200, 2_500))]), Some(2_400));
    }

    #[test]
    fn who_was_started_when_in_a_rolling_restart_is_not_known() {
        let (crash, brokers) = (hit(100, 900), Hit { nodes: vec![NodeId(1), NodeId(2)], ..hit(200, 700) });
        assert_eq!(over(0, &[(FaultKind::Crash, &crash), (FaultKind::RollingRestart, &brokers)]), None);
    }
}
