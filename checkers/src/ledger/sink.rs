//! What one sink applied: the ground truth of effects.

use crate::{Name, Time};

/// One effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Application {
    /// Index of the message.
    pub slot: u32,
    /// When, in microseconds of the run.
    pub time: Time,
}

/// One sink.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sink {
    /// Its name.
    pub name: Name,
    /// The first effect of every message, in the order of time.
    pub firsts: Vec<Application>,
    /// The second effect of every message that had one, in the order of time.
    pub seconds: Vec<Application>,
    times: Vec<u32>,
}

impl Sink {
    pub(super) fn new(name: Name) -> Self {
        Sink { name, firsts: Vec::new(), seconds: Vec::new(), times: Vec::new() }
    }

    /// How often a message took effect here.
    #[must_use]
    pub fn times(&self, slot: u32) -> u32 {
        self.times.get(slot as usize).copied().unwrap_or(0)
    }

    pub(super) fn apply(&mut self, slot: u32, time: Time) {
        let at = slot as usize;
        if at >= self.times.len() {
            self.times.resize(at + 1, 0);
        }
        self.times[at] += 1;
        match self.times[at] {
            1 => self.firsts.push(Application { slot, time }),
            2 => self.seconds.push(Application { slot, time }),
            _ => {}
        }
    }
}
