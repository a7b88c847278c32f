//! The stop of a host in good order: it was asked to, has its grace, and may be wanted again afterwards, as a supervisor
//! restarts a service.

use std::cell::Cell;

use ::tokio::sync::Notify;
use broker::{Micros, STOP_GRACE};

/// What follows a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// The host stays down until it is started.
    StayDown,
    /// It was started while it was stopping: it is, as soon as it has stopped.
    StartAgain,
}

/// The stop of one host whose shell sleeps: it is woken for it.
#[derive(Debug, Default)]
pub struct Stopping {
    /// When the grace ends, and what comes then; nothing while nobody has asked.
    asked: Cell<Option<(Micros, After)>>,
    wake: Notify,
}

impl Stopping {
    /// Asks, once for each incarnation.
    pub fn ask(&self, now: Micros) {
        if self.asked.get().is_none() {
            self.asked.set(Some((now + STOP_GRACE, After::StayDown)));
            self.wake.notify_one();
        }
    }

    /// Ends when it was asked for.
    pub async fn asked(&self) {
        while self.asked.get().is_none() {
            self.wake.notified().await;
        }
    }

    /// When the grace ends.
    pub fn due(&self) -> Option<Micros> {
        self.asked.get().map(|(due, _)| due)
    }

    /// Has the host started again when it has stopped; says whether it is stopping at all.
    pub fn start_again(&self) -> bool {
        let due = self.due();
        self.asked.set(due.map(|due| (due, After::StartAgain)));
        due.is_some()
    }

    /// The incarnation is over; says what comes next.
    pub fn end(&self) -> After {
        self.asked.take().map_or(After::StayDown, |(_, after)| after)
    }
}
