//! **Delivery in order.** Within one grant a consumer is handed the records of a log in ascending order; only a record it was
//! handed before may come again.
//!
//! It does not compare different consumers, nor different grants: after a rebalance a log may be read again from where it was
//! settled.

use crate::history::{Entry, Event, MessageId, Name, Offset, TopicPartition};
use crate::judge::{Blame, Checker, Found};
use crate::ledger::Ledger;
use crate::verdict::{Kind, Path};

/// See the module.
#[derive(Default)]
pub struct Delivery {
    grants: Vec<Grant>,
    inversions: Vec<Inversion>,
}

struct Grant {
    process: Name,
    group: Name,
    log: TopicPartition,
    /// Offsets handed out, in the order of the first time.
    polled: Vec<Offset>,
}

struct Inversion {
    time: u64,
    process: Name,
    log: TopicPartition,
    id: MessageId,
    offset: Offset,
    after: Offset,
}

impl Checker for Delivery {
    fn see(&mut self, entry: &Entry) {
        match entry.event {
            Event::Grant { group, log, .. } => {
                self.end(|grant| grant.process == entry.process && grant.group == group && grant.log == log);
                self.grants.push(Grant { process: entry.process, group, log, polled: Vec::new() });
            }
            Event::Revoke { group, log, .. } => {
                self.end(|grant| grant.process == entry.process && grant.group == group && grant.log == log);
            }
            Event::Poll { group, log, offset, id } => self.polled(entry, group, log, offset, id),
            Event::Halted { .. } => self.end(|grant| grant.process == entry.process),
            _ => {}
        }
    }

    fn finish(&mut self, _: &Ledger, found: &mut Found<'_>) {
        for inversion in &self.inversions {
            let name = found.names.message(inversion.id);
            let sentence = format!(
                "{} was handed {name} ({} offset {}) after offset {}",
                found.names.text(inversion.process),
                found.names.log(inversion.log),
                inversion.offset,
                inversion.after
            );
            found.anomaly(Kind::ReorderDelivery, Path::Consumer, Blame::LastBefore(inversion.time), vec![name], sentence);
        }
    }
}

impl Delivery {
    fn end(&mut self, which: impl Fn(&Grant) -> bool) {
        self.grants.retain(|grant| !which(grant));
    }

    fn polled(&mut self, entry: &Entry, group: Name, log: TopicPartition, offset: Offset, id: MessageId) {
        let own = |grant: &&mut Grant| grant.process == entry.process && grant.group == group && grant.log == log;
        let Some(grant) = self.grants.iter_mut().find(own) else { return };
        match grant.polled.last() {
            Some(&last) if offset <= last => {
                // Ascending so far, so a record handed out before is found by bisection.
                if grant.polled.binary_search(&offset).is_err() {
                    let (time, process) = (entry.time, entry.process);
                    self.inversions.push(Inversion { time, process, log, id, offset, after: last });
                }
            }
            _ => grant.polled.push(offset),
        }
    }
}
