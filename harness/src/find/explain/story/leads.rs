//! Who came to lead a log after the last fault: it matters to a record that is sent there later, of which nobody knows yet.

use std::collections::BTreeMap;

use checkers::{Entry, Event, Names, Time, TopicPartition};

use super::copies::Copies;
use super::log::led;

/// The last change of leader since the last fault, log by log.
#[derive(Default)]
pub(super) struct Leads {
    led: BTreeMap<TopicPartition, (Time, String)>,
}

impl Leads {
    /// The last change of leader of a log, once; nothing where a fault has struck since.
    pub(super) fn recall(&mut self, log: TopicPartition) -> Option<(Time, String)> {
        self.led.remove(&log)
    }

    /// Follows an entry, but for logs of which it is told already. The first leader of all is no news.
    pub(super) fn follow<'a>(
        &mut self,
        entry: &Entry,
        mut told: impl Iterator<Item = &'a TopicPartition>,
        names: &Names,
        copies: &Copies,
    ) {
        match entry.event {
            Event::Fault { healed: false, .. } => {
                self.led.clear();
            }
            Event::Lead { log, epoch } if copies.leader(log).is_some() && told.all(|other| *other != log) => {
                let line = format!("{} {}", names.text(entry.process), led(log, epoch, "", names, copies));
                self.led.insert(log, (entry.time, line));
            }
            _ => {}
        }
    }
}
