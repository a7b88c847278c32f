//! Attribution: which fault is blamed for an anomaly.
//!
//! A record that was lost was lost after the last moment at which it was promised: the first fault at or after that moment is
//! blamed, else the last one before. A duplicate or a reordering was caused before it was seen: the last fault before is
//! blamed. Blame is circumstantial; the schedule's shrunk form is the proof.

use crate::{Culprit, Entry, Event, Name, Names, Time};

/// Faults that end a process.
const CRASH_LIKE: &[&str] = &[
    "crash",
    "power-loss",
    "disk-loss",
    "restart",
    "rolling-restart",
    "stop",
    "torn-write",
    "sync-failure",
    "disk-full",
];

/// A fault that struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strike {
    /// When, in microseconds of the run.
    pub time: Time,
    /// The fault's name in files.
    pub fault: Name,
    /// What it struck.
    pub target: Name,
}

impl Strike {
    /// As it stands in a verdict.
    #[must_use]
    pub fn culprit(&self, names: &Names) -> Culprit {
        Culprit {
            fault: names.text(self.fault).to_owned(),
            target: names.text(self.target).to_owned(),
            time: self.time,
        }
    }

    /// Half a sentence: what struck, and how long before or after a moment, or into the run.
    #[must_use]
    pub fn told(&self, moment: Option<Time>, names: &Names) -> String {
        let fault = names.text(self.fault);
        let target = names.text(self.target);
        let when = match moment {
            None => format!("{} into the run", duration(self.time)),
            Some(moment) if self.time < moment => format!("{} earlier", duration(moment - self.time)),
            Some(moment) => format!("{} later", duration(self.time - moment)),
        };
        format!("{fault} of {target} struck {when}")
    }
}

/// Every fault that struck, in the order of time.
#[derive(Debug, Default)]
pub struct Faults {
    strikes: Vec<Strike>,
}

impl Faults {
    /// Notes a fault; other entries pass by.
    pub fn see(&mut self, entry: &Entry) {
        if let Event::Fault { fault, target, healed: false, .. } = entry.event {
            let time = entry.time;
            // A history is in the order of time, but a file made by other hands may be so only nearly.
            let at = self.strikes.partition_point(|strike| strike.time <= time);
            self.strikes.insert(at, Strike { time, fault, target });
        }
    }

    /// Forgets everything and keeps the memory.
    pub fn reset(&mut self) {
        self.strikes.clear();
    }

    /// The last fault that struck before or at a moment.
    #[must_use]
    pub fn until(&self, moment: Time) -> Option<&Strike> {
        self.strikes.iter().rfind(|strike| strike.time <= moment)
    }

    /// Of the faults that suit, the first that struck at or after a moment, else the last one before.
    #[must_use]
    pub fn since(&self, moment: Time, suits: impl Fn(&Strike) -> bool) -> Option<&Strike> {
        let before = || self.strikes.iter().rfind(|strike| strike.time <= moment && suits(strike));
        let mut strikes = self.strikes.iter();
        let after = strikes.find(|strike| strike.time >= moment && suits(strike));
        after.or_else(before)
    }

    /// The first fault that ended a process at or after a moment, else the last fault of any kind before.
    #[must_use]
    pub fn crash_since(&self, moment: Time, names: &Names) -> Option<&Strike> {
        let mut strikes = self.strikes.iter();
        let crash = strikes.find(|strike| strike.time >= moment && crash_like(strike, names));
        crash.or_else(|| self.until(moment))
    }

    /// Whether a fault ended this process at or after a moment.
    #[must_use]
    pub fn ended(&self, process: Name, moment: Time, names: &Names) -> bool {
        self.strikes
            .iter()
            .any(|strike| strike.time >= moment && strike.target == process && crash_like(strike, names))
    }
}

fn crash_like(strike: &Strike, names: &Names) -> bool {
    CRASH_LIKE.contains(&names.text(strike.fault))
}

/// A duration for people, in the largest unit that still shows something.
fn duration(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros} us"),
        1_000..10_000_000 => format!("{} ms", micros / 1_000),
        _ => format!("{} s", micros / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(strikes: &[(Time, &str)]) -> (Names, Faults) {
        let (mut names, mut faults) = (Names::default(), Faults::default());
        for &(time, fault) in strikes {
            let (fault, target) = (names.intern(fault), names.intern("broker-1"));
            let event = Event::Fault { fault, target, healed: false, reach: None };
            let process = names.intern("nemesis");
            faults.see(&Entry { time, process, event });
        }
        (names, faults)
    }

    fn time(strike: Option<&Strike>) -> Option<Time> {
        strike.map(|strike| strike.time)
    }

    #[test]
    fn a_loss_is_blamed_on_the_first_fault_after_the_promise_else_on_the_last_before() {
        let (_, faults) = timeline(&[(10, "crash"), (20, "partition"), (30, "crash")]);
        assert_eq!(time(faults.since(20, |_| true)), Some(20));
        assert_eq!(time(faults.since(21, |_| true)), Some(30));
        assert_eq!(time(faults.since(31, |_| true)), Some(30));
    }

    #[test]
    fn a_settled_loss_is_blamed_on_a_crash_before_any_other_fault() {
        let (names, faults) = timeline(&[(10, "delay"), (20, "partition"), (30, "crash")]);
        assert_eq!(time(faults.crash_since(15, &names)), Some(30));
        assert_eq!(time(faults.crash_since(31, &names)), Some(30));
        let (names, faults) = timeline(&[(10, "delay"), (20, "partition")]);
        assert_eq!(time(faults.crash_since(15, &names)), Some(10));
    }

    #[test]
    fn a_duplicate_is_never_blamed_on_a_fault_that_struck_later() {
        let (_, faults) = timeline(&[(10, "crash")]);
        assert_eq!(time(faults.until(9)), None);
        assert_eq!(time(faults.until(10)), Some(10));
    }

    #[test]
    fn a_healing_is_no_strike() {
        let (mut names, mut faults) = timeline(&[]);
        let (fault, target) = (names.intern("crash"), names.intern("broker-1"));
        let event = Event::Fault { fault, target, healed: true, reach: None };
        faults.see(&Entry { time: 5, process: target, event });
        assert_eq!(faults.until(9), None);
    }

    #[test]
    fn durations_are_read_in_the_largest_unit_that_says_something() {
        assert_eq!(duration(999), "999 us");
        assert_eq!(duration(3_400), "3 ms");
        assert_eq!(duration(10_000_000), "10 s");
    }
}
