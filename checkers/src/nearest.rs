//! Which fault was near to an anomaly, in time. That is all it says: which fault an anomaly needs is for an experiment to find out.
//!
//! A duplicate or a reordering came before it was seen, so the last fault before is told. A record that was lost was lost some time
//! after the last moment at which it was promised, so the first fault after that is told, else the last one before.

use crate::{Entry, Event, Name, Names, NearestFault, Time};

/// Faults that end a process.
const ENDS_A_PROCESS: &[&str] = &[
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

/// How a fault lies to the moment that it is told for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nearness {
    /// No fault struck later before that moment, or in it.
    LastBefore,
    /// None struck earlier from that moment on.
    FirstAfter,
    /// None struck earlier from that moment on but at clients.
    FirstAfterBesidesClients,
    /// None that ends a process struck earlier from that moment on.
    FirstEndAfter,
}

/// The fault that is told for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near<'a> {
    /// The fault.
    pub strike: &'a Strike,
    /// Why this one.
    pub nearness: Nearness,
}

impl Near<'_> {
    /// As it stands in a verdict.
    #[must_use]
    pub fn in_verdict(&self, names: &Names) -> NearestFault {
        let Strike { time, fault, target } = *self.strike;
        NearestFault { fault: names.text(fault).to_owned(), target: names.text(target).to_owned(), time }
    }

    /// Half a sentence: which fault, and how long before or after a moment; how long into the run, where nobody knows the moment.
    #[must_use]
    pub fn told(&self, moment: Option<Time>, names: &Names) -> String {
        let Strike { time, fault, target } = *self.strike;
        let fault = format!("{} of {}", names.text(fault), names.text(target));
        let Some(moment) = moment else {
            return format!("the last fault of the run: {fault}, {} into it", duration(time));
        };
        let which = match self.nearness {
            Nearness::LastBefore => "the last fault before it",
            Nearness::FirstAfter => "the first fault after that",
            Nearness::FirstAfterBesidesClients => "the first fault after that, besides those of clients",
            Nearness::FirstEndAfter => "the first fault after that to end a process",
        };
        match time.checked_sub(moment) {
            None => format!("{which}: {fault}, {} earlier", duration(moment - time)),
            Some(after) => format!("{which}: {fault}, {} later", duration(after)),
        }
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
    pub fn until(&self, moment: Time) -> Option<Near<'_>> {
        let last = self.strikes.iter().rfind(|strike| strike.time <= moment);
        last.map(|strike| Near { strike, nearness: Nearness::LastBefore })
    }

    /// The first fault at or after a moment, else the last one before.
    #[must_use]
    pub fn since(&self, moment: Time) -> Option<Near<'_>> {
        self.first(moment, Nearness::FirstAfter, |_| true).or_else(|| self.until(moment))
    }

    /// The first fault at or after a moment that did not strike a client alone; a fault that did cannot have taken a record out of
    /// a log, so an earlier one is told only if it did not either. What lies between two clients is theirs too.
    #[must_use]
    pub fn since_besides_clients(
        &self,
        moment: Time,
        names: &Names,
        is_client: impl Fn(&str) -> bool,
    ) -> Option<Near<'_>> {
        let suits = |strike: &Strike| !struck(names.text(strike.target)).all(&is_client);
        let before = || self.until(moment).filter(|near| suits(near.strike));
        self.first(moment, Nearness::FirstAfterBesidesClients, suits).or_else(before)
    }

    /// The first fault that ended a process at or after a moment, else the last fault of any kind before.
    #[must_use]
    pub fn end_since(&self, moment: Time, names: &Names) -> Option<Near<'_>> {
        let ends = |strike: &Strike| ends(strike, names);
        self.first(moment, Nearness::FirstEndAfter, ends).or_else(|| self.until(moment))
    }

    /// Whether a fault ended this process at or after a moment.
    #[must_use]
    pub fn ended(&self, process: Name, moment: Time, names: &Names) -> bool {
        let ended =
            |strike: &Strike| strike.time >= moment && strike.target == process && ends(strike, names);
        self.strikes.iter().any(ended)
    }

    fn first(&self, moment: Time, nearness: Nearness, suits: impl Fn(&Strike) -> bool) -> Option<Near<'_>> {
        let mut strikes = self.strikes.iter();
        let first = strikes.find(|strike| strike.time >= moment && suits(strike));
        first.map(|strike| Near { strike, nearness })
    }
}

/// Those at whom a fault struck, as its target names them: one, or both ends of a link or a partition.
fn struck(target: &str) -> impl Iterator<Item = &str> {
    target.split(" to ").flat_map(|end| end.split(" and "))
}

fn ends(strike: &Strike, names: &Names) -> bool {
    ENDS_A_PROCESS.contains(&names.text(strike.fault))
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

    fn time(near: Option<Near<'_>>) -> Option<Time> {
        near.map(|near| near.strike.time)
    }

    #[test]
    fn of_a_loss_the_first_fault_after_the_promise_is_told_else_the_last_before() {
        let (_, faults) = timeline(&[(10, "crash"), (20, "partition"), (30, "crash")]);
        assert_eq!(time(faults.since(20)), Some(20));
        assert_eq!(time(faults.since(21)), Some(30));
        assert_eq!(time(faults.since(31)), Some(30));
    }

    #[test]
    fn of_a_settled_loss_a_crash_is_told_before_any_other_fault() {
        let (names, faults) = timeline(&[(10, "delay"), (20, "partition"), (30, "crash")]);
        assert_eq!(time(faults.end_since(15, &names)), Some(30));
        assert_eq!(time(faults.end_since(31, &names)), Some(30));
        let (names, faults) = timeline(&[(10, "delay"), (20, "partition")]);
        assert_eq!(time(faults.end_since(15, &names)), Some(10));
    }

    #[test]
    fn of_a_duplicate_no_fault_is_told_that_struck_later() {
        let (_, faults) = timeline(&[(10, "crash")]);
        assert_eq!(time(faults.until(9)), None);
        assert_eq!(time(faults.until(10)), Some(10));
    }

    #[test]
    fn a_sentence_says_how_a_fault_lies_in_time_and_nothing_more() {
        let (names, faults) = timeline(&[(1_000, "delay"), (9_000, "crash")]);
        let told = |near: Option<Near<'_>>, moment| near.unwrap().told(moment, &names);
        assert_eq!(
            told(faults.until(4_000), Some(4_000)),
            "the last fault before it: delay of broker-1, 3 ms earlier"
        );
        assert_eq!(
            told(faults.since(4_000), Some(4_000)),
            "the first fault after that: crash of broker-1, 5 ms later"
        );
        assert_eq!(
            told(faults.since(9_001), Some(9_001)),
            "the last fault before it: crash of broker-1, 1 us earlier"
        );
        assert_eq!(
            told(faults.until(Time::MAX), None),
            "the last fault of the run: crash of broker-1, 9 ms into it"
        );
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
