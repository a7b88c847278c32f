//! **No panics.** Neither a node nor a user's handler panics.

use crate::history::{Entry, Event, Name, Time};
use crate::judge::{Blame, Checker, Found};
use crate::ledger::Ledger;
use crate::verdict::{Kind, Path};

/// What the reason of a [`Event::Halted`] begins with when it was a panic.
const PANIC: &str = "panic: ";

/// See the module.
#[derive(Default)]
pub struct Panics {
    seen: Vec<(Time, Name, String)>,
}

impl Checker for Panics {
    fn see(&mut self, entry: &Entry) {
        if let Event::Halted { reason } = &entry.event
            && let Some(message) = reason.strip_prefix(PANIC)
        {
            self.seen.push((entry.time, entry.process, message.to_owned()));
        }
    }

    fn finish(&mut self, _: &Ledger, found: &mut Found<'_>) {
        for (time, process, message) in &self.seen {
            let name = found.names.text(*process);
            let path = match name.split('-').next() {
                Some("producer") => Path::Producer,
                Some("consumer") => Path::Consumer,
                _ => Path::Broker,
            };
            let sentence = format!("{name} panicked: {message}");
            found.anomaly(
                Kind::Panicked,
                path,
                Blame::LastBefore(*time),
                Vec::new(),
                sentence,
            );
        }
    }
}
