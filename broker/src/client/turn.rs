//! Where a request stands that is made one at a time: a refresh, a join, a fetch, a commit.

use crate::{Micros, Now};

/// The stages of one such request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Turn {
    /// Nobody needs it.
    Idle,
    /// It should go out as soon as there is a connection for it.
    Due,
    /// It is out, and its answer is awaited.
    Asked,
    /// It will be due at this monotonic time.
    Resting { until: Micros },
}

impl Turn {
    /// Moves a rest to due once it expires. A deadline thus never lies in the past, whatever the request still waits for.
    pub(super) fn wake(&mut self, now: Now) {
        if self.deadline().is_some_and(|until| until <= now.mono) {
            *self = Turn::Due;
        }
    }

    /// When the rest is over.
    pub(super) fn deadline(self) -> Option<Micros> {
        match self {
            Turn::Resting { until } => Some(until),
            Turn::Idle | Turn::Due | Turn::Asked => None,
        }
    }
}
