//! The faults of a history, and which of them is to blame.

use crate::history::{Entry, Event, Name, Names, Time};
use crate::judge::Blame;
use crate::verdict::Culprit;

/// The faults that struck, in the order of time.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    struck: Vec<(Time, Name, Name)>,
}

impl Faults {
    /// Takes note of an entry.
    pub fn see(&mut self, entry: &Entry) {
        if let Event::Fault {
            fault,
            target,
            healed: false,
        } = entry.event
        {
            self.struck.push((entry.time, fault, target));
        }
    }

    /// The fault to blame, if any struck that could be.
    #[must_use]
    pub fn blame(&self, blame: Blame, names: &Names) -> Option<Culprit> {
        let before = |time| self.struck.iter().rev().find(move |(struck, ..)| *struck <= time);
        let culprit = match blame {
            Blame::Nobody => None,
            Blame::LastBefore(time) => before(time),
            Blame::FirstAfter(time) => self
                .struck
                .iter()
                .find(|(struck, ..)| *struck >= time)
                .or_else(|| before(time)),
        };
        let &(time, fault, target) = culprit?;
        Some(Culprit {
            fault: names.text(fault).to_owned(),
            target: names.text(target).to_owned(),
            time,
        })
    }
}
