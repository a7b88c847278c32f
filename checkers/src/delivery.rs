//! **Delivery in order.** Within one grant a consumer is handed the records of one producer and key in ascending order; only a
//! record it was handed before may come again.
//!
//! It does not compare keys, since lanes hand out one key while another waits; nor different consumers, nor different grants:
//! after a rebalance a log may be read again from where it was settled.

use crate::history::{Entry, Event, MessageId, Name, Offset, Time, TopicPartition};
use crate::judge::{Blame, Checker, Found};
use crate::ledger::Ledger;
use crate::verdict::{Kind, Path};

/// See the module.
#[derive(Default)]
pub struct Delivery {
    grants: Vec<Grant>,
    /// Which of them are in force.
    current: Vec<usize>,
}

struct Grant {
    process: Name,
    group: Name,
    log: TopicPartition,
    polls: Vec<Poll>,
}

#[derive(Clone, Copy)]
struct Poll {
    offset: Offset,
    id: MessageId,
    time: Time,
}

impl Checker for Delivery {
    fn see(&mut self, entry: &Entry) {
        match entry.event {
            Event::Grant { group, log, .. } => {
                self.end(entry.process, Some((group, log)));
                self.current.push(self.grants.len());
                self.grants.push(Grant {
                    process: entry.process,
                    group,
                    log,
                    polls: Vec::new(),
                });
            }
            Event::Revoke { group, log, .. } => self.end(entry.process, Some((group, log))),
            Event::Poll {
                group,
                log,
                offset,
                id,
            } => {
                let (process, time) = (entry.process, entry.time);
                let grants = &mut self.grants;
                let own = self
                    .current
                    .iter()
                    .copied()
                    .find(|&at| grants[at].is(process, group, log));
                if let Some(at) = own {
                    grants[at].polls.push(Poll { offset, id, time });
                }
            }
            Event::Halted { .. } | Event::Began => self.end(entry.process, None),
            _ => {}
        }
    }

    fn finish(&mut self, ledger: &Ledger, found: &mut Found<'_>) {
        for grant in &self.grants {
            grant.judge(ledger, found);
        }
    }
}

impl Delivery {
    fn end(&mut self, process: Name, what: Option<(Name, TopicPartition)>) {
        let grants = &self.grants;
        self.current.retain(|&at| {
            let grant = &grants[at];
            !(grant.process == process && what.is_none_or(|(group, log)| grant.is(process, group, log)))
        });
    }
}

impl Grant {
    fn is(&self, process: Name, group: Name, log: TopicPartition) -> bool {
        self.process == process && self.group == group && self.log == log
    }

    fn judge(&self, ledger: &Ledger, found: &mut Found<'_>) {
        let mut lanes: Vec<((u32, Option<u64>), Vec<Offset>)> = Vec::new();
        for poll in &self.polls {
            let lane = (
                poll.id.producer,
                ledger.get(poll.id).and_then(|account| account.key),
            );
            let polled = match lanes.iter().position(|(known, _)| *known == lane) {
                Some(at) => &mut lanes[at].1,
                None => {
                    lanes.push((lane, Vec::new()));
                    let last = lanes.len() - 1;
                    &mut lanes[last].1
                }
            };
            match polled.last() {
                // Ascending so far, so a record handed out before is found by bisection.
                Some(&last) if poll.offset <= last => {
                    if polled.binary_search(&poll.offset).is_err() {
                        self.report(*poll, last, found);
                    }
                }
                _ => polled.push(poll.offset),
            }
        }
    }

    fn report(&self, poll: Poll, after: Offset, found: &mut Found<'_>) {
        let name = found.names.message(poll.id);
        let (process, log) = (found.names.text(self.process), found.names.log(self.log));
        let sentence = format!(
            "{process} was handed {name} ({log} offset {}) after offset {after}",
            poll.offset
        );
        found.anomaly(
            Kind::ReorderDelivery,
            Path::Consumer,
            Blame::LastBefore(poll.time),
            vec![name],
            sentence,
        );
    }
}
