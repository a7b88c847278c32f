//! What happened to logs of which the story tells though it is about no record there: the log of an anomaly without a record, or the one
//! in which the settlements lie.

use std::collections::{BTreeMap, BTreeSet};

use checkers::{Entry, Event, Name, Names, Offset, TopicPartition};

use super::copies::Copies;
use super::log::{decided, led};
use super::words::recovered;

/// The logs, by their texts, and where the copies of each end.
pub(super) struct Logs {
    named: Vec<String>,
    /// Whether it is told who registers: where no record is concerned, what a broker holds when it does is what matters.
    registrations: bool,
    ends: BTreeMap<(Name, TopicPartition), Offset>,
    registered: BTreeSet<Name>,
}

impl Logs {
    pub(super) fn new(named: &[&str], registrations: bool) -> Self {
        let named = named.iter().map(|log| (*log).to_owned()).collect();
        Logs { named, registrations, ends: BTreeMap::new(), registered: BTreeSet::new() }
    }

    /// A sentence without its subject. What stands at the start of a run is no news.
    pub(super) fn told(&self, entry: &Entry, names: &Names, copies: &Copies) -> Option<String> {
        let is_ours = |log| self.named.contains(&names.log(log));
        match entry.event {
            Event::Recover { log, end, dropped_bytes } if is_ours(log) => {
                let held = *self.ends.get(&(entry.process, log))?;
                let found = recovered(log, end, dropped_bytes, names);
                let less =
                    if held > end { format!("; it had held what is below {held}") } else { String::new() };
                Some(format!("comes up: {found}{less}"))
            }
            Event::Registered { broker } if self.registrations && self.registered.contains(&broker) => {
                Some(format!("registers {} anew", names.text(broker)))
            }
            Event::Members { log, ref members } if is_ours(log) && copies.members(log).is_some() => {
                decided(log, members, names, copies)
            }
            Event::Lead { log, epoch } if is_ours(log) && copies.leader(log).is_some() => {
                Some(led(log, epoch, "", names, copies))
            }
            Event::Truncate { log, from, to } if is_ours(log) => {
                Some(format!("cuts {}: it ends at {to} now, it ended at {from}", names.log(log)))
            }
            _ => None,
        }
    }

    /// Follows an entry; to be called when it has been told.
    pub(super) fn follow(&mut self, entry: &Entry) {
        let (log, end) = match entry.event {
            Event::Append { log, offset, .. } => (log, offset + 1),
            Event::Replicated { log, end } | Event::Recover { log, end, .. } => (log, end),
            Event::Truncate { log, to, .. } => (log, to),
            // A leader holds at the least what it calls safe.
            Event::Watermark { log, offset } => {
                let end = self.ends.get(&(entry.process, log)).copied().unwrap_or(0);
                (log, offset.max(end))
            }
            Event::Registered { broker } => {
                self.registered.insert(broker);
                return;
            }
            _ => return,
        };
        self.ends.insert((entry.process, log), end);
    }
}
