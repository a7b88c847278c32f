//! Coverage items: what must be seen over a sweep, else its green says little. A scenario names them; a sweep counts the runs in
//! which each was seen.

use std::fmt;

use broker::{EventKind, EventSet};

use crate::chaos::fault::FaultKind;
use crate::chaos::harm::{Harm, Harms};

/// Work that is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outstanding {
    /// A send has begun and not ended.
    Unacknowledged,
    /// A leader holds a record that the high watermark has not reached.
    Unreplicated,
    /// A group has not settled a record that it could read.
    Unsettled,
}

impl Outstanding {
    /// Every kind of work.
    pub const ALL: [Outstanding; 3] =
        [Outstanding::Unacknowledged, Outstanding::Unreplicated, Outstanding::Unsettled];
}

/// What must be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    what: What,
    due: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Event(&'static str),
    Strike(FaultKind, Outstanding),
    AtOnce(FaultKind, Outstanding),
    Recovery,
}

/// What one run has seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    events: EventSet,
    /// By kind of work, a bit for each kind of fault that struck it.
    strikes: [u64; Outstanding::ALL.len()],
    /// The same, of faults that struck several hosts at once.
    at_once: [u64; Outstanding::ALL.len()],
    /// A bit for each kind of fault that fired.
    fired: u64,
    /// By kind of fault: what it did.
    harms: [Harms; FaultKind::ALL.len()],
    recovery: bool,
}

// A set of strikes has a bit for each kind.
const _: () = assert!(FaultKind::ALL.len() <= u64::BITS as usize);

impl Item {
    /// An event of this name happened, of which `lab list --events` knows them all; due once so many seeds have run.
    #[must_use]
    pub fn event(name: &'static str, due: u64) -> Self {
        Item { what: What::Event(name), due }
    }

    /// A fault of this kind did something that fired while there was such work; due once so many seeds have run.
    #[must_use]
    pub fn strike(fault: FaultKind, on: Outstanding, due: u64) -> Self {
        Item { what: What::Strike(fault, on), due }
    }

    /// The same of a fault that struck several hosts at once, as one that is aimed at a rack does.
    #[must_use]
    pub fn at_once(fault: FaultKind, on: Outstanding, due: u64) -> Self {
        Item { what: What::AtOnce(fault, on), due }
    }

    /// A strike took data, and would have been withheld if no replica that was struck before had become sound again; due once so
    /// many seeds have run.
    #[must_use]
    pub fn recovery(due: u64) -> Self {
        Item { what: What::Recovery, due }
    }

    /// After so many seeds it must have been seen; before, it is shown and not judged.
    #[must_use]
    pub fn due(&self) -> u64 {
        self.due
    }

    /// The event it waits for.
    #[must_use]
    pub fn awaits(&self) -> Option<EventKind> {
        match self.what {
            What::Event(name) => EventKind::named(name),
            What::Strike(..) | What::AtOnce(..) | What::Recovery => None,
        }
    }

    /// Whether a run has seen it.
    #[must_use]
    pub fn is_in(&self, seen: &Seen) -> bool {
        match self.what {
            What::Event(_) => self.awaits().is_some_and(|event| seen.events.contains(event)),
            What::Strike(fault, on) => seen.strikes[on as usize] >> fault as u64 & 1 == 1,
            What::AtOnce(fault, on) => seen.at_once[on as usize] >> fault as u64 & 1 == 1,
            What::Recovery => seen.recovery,
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            What::Event(name) => f.write_str(name),
            What::Strike(fault, on) => write!(f, "{} while {on}", fault.name()),
            What::AtOnce(fault, on) => write!(f, "{} of several at once while {on}", fault.name()),
            What::Recovery => f.write_str("strike while others are sound again"),
        }
    }
}

impl fmt::Display for Outstanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Outstanding::Unacknowledged => "unacknowledged",
            Outstanding::Unreplicated => "unreplicated",
            Outstanding::Unsettled => "unsettled",
        })
    }
}

impl Seen {
    /// Something happened.
    pub fn happened(&mut self, event: EventKind) {
        self.events.insert(event);
    }

    /// A fault of this kind fired.
    pub fn fired(&mut self, fault: FaultKind) {
        self.fired |= 1 << fault as u64;
    }

    /// A fault of this kind did this.
    pub fn did(&mut self, fault: FaultKind, harms: Harms) {
        let done = &mut self.harms[fault as usize];
        *done = done.and(harms);
    }

    /// Whether a fault of this kind fired.
    #[must_use]
    pub fn has_fired(&self, fault: FaultKind) -> bool {
        self.fired >> fault as u64 & 1 == 1
    }

    /// What faults of this kind did.
    pub fn harms(&self, fault: FaultKind) -> impl Iterator<Item = Harm> + use<> {
        let done = self.harms[fault as usize];
        fault.harms().iter().copied().filter(move |&harm| done.contains(harm))
    }

    /// Whether a strike was granted because somebody had become sound again.
    pub fn recovered_to_be_struck(&mut self, was: bool) {
        self.recovery = was;
    }

    /// A fault struck such work, of several hosts at once or of one.
    pub fn struck(&mut self, fault: FaultKind, at_once: bool, work: Outstanding) {
        self.strikes[work as usize] |= 1 << fault as u64;
        self.at_once[work as usize] |= u64::from(at_once) << fault as u64;
    }
}

#[cfg(test)]
mod tests {
    use broker::Mark;

    use super::*;

    #[test]
    fn an_item_is_seen_when_its_fault_struck_its_work_and_not_otherwise() {
        let mut seen = Seen::default();
        let crash = |on| Item::strike(FaultKind::Crash, on, 1);
        seen.struck(FaultKind::Crash, false, Outstanding::Unsettled);
        seen.struck(FaultKind::Pause, true, Outstanding::Unreplicated);
        assert!(crash(Outstanding::Unsettled).is_in(&seen));
        assert!(!crash(Outstanding::Unreplicated).is_in(&seen));
        assert_eq!(crash(Outstanding::Unsettled).to_string(), "crash while unsettled");
        let at_once = |fault, on| Item::at_once(fault, on, 1);
        assert!(!at_once(FaultKind::Crash, Outstanding::Unsettled).is_in(&seen), "it struck one");
        let pause = at_once(FaultKind::Pause, Outstanding::Unreplicated);
        assert!(pause.is_in(&seen));
        assert_eq!(pause.to_string(), "pause of several at once while unreplicated");
    }

    #[test]
    fn an_event_is_seen_when_it_happened() {
        let mut seen = Seen::default();
        seen.happened(Mark::RetrySend.into());
        assert!(Item::event("retry-send", 1).is_in(&seen));
        assert!(!Item::event("fetch-diverges", 1).is_in(&seen));
    }
}
