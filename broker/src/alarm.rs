//! A node's one timer. Most deadlines pass with nothing to do, because the answer came in time; so the timer is armed anew only
//! for something earlier than what it is armed for, and may fire with nothing due.

use crate::{Micros, Outputs};

/// What the timer is armed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Alarm {
    armed: Option<Micros>,
}

impl Alarm {
    /// The timer fired: it is armed no longer.
    pub fn fired(&mut self) {
        self.armed = None;
    }

    /// Sees to it that the timer fires by this time.
    pub fn wake_by<F>(&mut self, deadline: Option<Micros>, out: &mut Outputs<F>) {
        if let Some(at) = deadline.filter(|&at| self.armed.is_none_or(|armed| at < armed)) {
            out.arm(at);
            self.armed = Some(at);
        }
    }
}
