//! The history: what a run recorded, one entry after another in the order of time, in the shape Jepsen users know.
//!
//! In memory an entry is a small typed value; names are numbers into [`Names`]. A file holds the same as JSON lines
//! (feature `files`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Microseconds of the run.
pub type Time = u64;

/// Position in a log, from 0.
pub type Offset = u64;

/// A process, topic, group or sink: a number into [`Names`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(pub u32);

/// The identity of a business fact, the same over every retry.
///
/// Ids of the form `p<producer>-<number>` are packed as they are; any other id is interned in [`Names`] and belongs to
/// producer [`MessageId::FOREIGN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId {
    /// The producer's number.
    pub producer: u32,
    /// The number of the intent at this producer, or of the interned id.
    pub number: u32,
}

impl MessageId {
    /// The producer of every id that is not of the lab's own form.
    pub const FOREIGN: u32 = u32::MAX;

    /// Reads `p<producer>-<number>` in the one way it is written; `None` for any other text.
    fn packed(text: &str) -> Option<Self> {
        let (producer, number) = text.strip_prefix('p')?.split_once('-')?;
        let id = MessageId { producer: plain(producer)?, number: plain(number)? };
        (id.producer != Self::FOREIGN).then_some(id)
    }
}

/// A number without sign or leading zeros, so that reading and writing an id are inverse.
fn plain(digits: &str) -> Option<u32> {
    let plain = digits == "0" || digits.starts_with(|first: char| matches!(first, '1'..='9'));
    plain.then(|| digits.parse().ok()).flatten()
}

/// One replicated log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic.
    pub topic: Name,
    /// The partition, from 0.
    pub partition: u32,
}

/// How an entry relates to its operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// It began.
    Invoke,
    /// It took effect.
    Ok,
    /// It certainly did not take effect.
    Fail,
    /// Unknown: it may take effect later or never. Observations are always `info`.
    Info,
}

/// Where a batch stands in an idempotent producer's sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// The producer id.
    pub producer: u64,
    /// Its epoch.
    pub epoch: u16,
    /// The sequence number of the first record.
    pub sequence: u32,
}

/// One line of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Microseconds of the run.
    pub time: Time,
    /// Who did or saw it.
    pub process: Name,
    /// What.
    pub event: Event,
}

/// An [`Event`] without what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is the event of the same name")]
pub enum EventKind {
    Send,
    Poll,
    Settle,
    Effect,
    Intent,
    Answered,
    Append,
    Watermark,
    Lead,
    Truncate,
    Recover,
    Apply,
    Grant,
    Position,
    Revoke,
    Drop,
    DeadLetter,
    Logged,
    Digest,
    Audited,
    Fault,
    Began,
    Healed,
    Halted,
}

impl EventKind {
    /// How many there are.
    pub const COUNT: usize = EventKind::Halted as usize + 1;
}

/// What can stand in a history. Operations carry a phase; everything else is an observation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A producer's send of one record, over all its retries.
    Send {
        /// Begun, or how it ended.
        phase: Phase,
        /// The record.
        id: MessageId,
        /// The log it was sent to.
        log: TopicPartition,
        /// The offset the broker acknowledged; `ok` without one means that no broker was asked.
        offset: Option<Offset>,
    },
    /// A record was handed to the application. In files an operation with phase `ok`.
    Poll {
        /// The group.
        group: Name,
        /// The log.
        log: TopicPartition,
        /// The offset.
        offset: Offset,
        /// The record.
        id: MessageId,
    },
    /// A consumer's settlement of all offsets below `upto`.
    Settle {
        /// Begun, or how it ended.
        phase: Phase,
        /// The group.
        group: Name,
        /// The log.
        log: TopicPartition,
        /// The first offset that is not settled.
        upto: Offset,
        /// The generation the consumer believes in.
        generation: u64,
    },
    /// A consumer's call to a sink.
    Effect {
        /// Begun, or how it ended.
        phase: Phase,
        /// The sink.
        sink: Name,
        /// The record.
        id: MessageId,
    },
    /// A business fact that should become a message.
    Intent {
        /// The fact.
        id: MessageId,
        /// Facts with one key must take effect in the order of their intents.
        key: u64,
    },
    /// The user was told "done".
    Answered {
        /// The fact.
        id: MessageId,
    },
    /// A leader appended a record.
    Append {
        /// The log.
        log: TopicPartition,
        /// The offset.
        offset: Offset,
        /// The leader's epoch.
        epoch: u32,
        /// The record.
        id: MessageId,
    },
    /// A leader moved the high watermark.
    Watermark {
        /// The log.
        log: TopicPartition,
        /// The first offset not yet safe.
        offset: Offset,
    },
    /// A broker began to lead.
    Lead {
        /// The log.
        log: TopicPartition,
        /// Its epoch.
        epoch: u32,
    },
    /// A replica cut its log.
    Truncate {
        /// The log.
        log: TopicPartition,
        /// The end before.
        from: Offset,
        /// The end that remains.
        to: Offset,
    },
    /// A replica came up and read its log.
    Recover {
        /// The log.
        log: TopicPartition,
        /// The end found.
        end: Offset,
        /// Bytes of a damaged tail that were dropped.
        dropped_bytes: u64,
    },
    /// The ground truth: a sink changed its state because of this record. The process is the sink.
    Apply {
        /// The record.
        id: MessageId,
    },
    /// A consumer was given a topic partition.
    Grant {
        /// The group.
        group: Name,
        /// The log.
        log: TopicPartition,
        /// The generation.
        generation: u64,
    },
    /// A consumer was told where its group stands: everything below is settled, whether or not whoever settled it heard so.
    Position {
        /// The group.
        group: Name,
        /// The log.
        log: TopicPartition,
        /// The first offset that is not settled.
        settled: Offset,
    },
    /// A consumer gave a topic partition up.
    Revoke {
        /// The group.
        group: Name,
        /// The log.
        log: TopicPartition,
        /// The generation.
        generation: u64,
    },
    /// A record was given up on purpose.
    Drop {
        /// The record.
        id: MessageId,
        /// Why: `delivery-timeout`, `refused`, ...
        reason: DropReason,
    },
    /// A record was put aside for people.
    DeadLetter {
        /// The group that could not handle it.
        group: Name,
        /// The record.
        id: MessageId,
    },
    /// One record of a log as it stands at the end. The final read of a log ends with [`Event::Audited`].
    Logged {
        /// The log.
        log: TopicPartition,
        /// The offset.
        offset: Offset,
        /// The record.
        id: MessageId,
        /// The producer's stamp, where it was idempotent.
        stamp: Option<Stamp>,
    },
    /// What one replica holds at the end. The process is the replica's broker.
    Digest {
        /// The log.
        log: TopicPartition,
        /// The high watermark it knows.
        watermark: Offset,
        /// A hash over all batches below it.
        hash: u64,
    },
    /// Every log was read to its end after healing: what is not `Logged` is in no log.
    Audited,
    /// A fault struck or was healed. The process is the nemesis.
    Fault {
        /// The fault's name in files, `crash` for example.
        fault: Name,
        /// What it struck, in words.
        target: Name,
        /// Struck, or healed.
        healed: bool,
    },
    /// A client's incarnation begins: what the one before left open has no known outcome.
    Began,
    /// All faults are healed and all nodes are up; from here on things must come to rest.
    Healed,
    /// A node stopped itself, or user code panicked. Ends its incarnation.
    Halted {
        /// What it said.
        reason: String,
    },
}

impl Entry {
    /// Gives every name the number that stands at its own number.
    pub(crate) fn rename(&mut self, numbers: &[u32]) {
        let name = |name: &mut Name| {
            if let Some(&number) = numbers.get(name.0 as usize) {
                *name = Name(number);
            }
        };
        let message = |id: &mut MessageId| {
            if id.producer == MessageId::FOREIGN {
                let mut text = Name(id.number);
                name(&mut text);
                id.number = text.0;
            }
        };
        name(&mut self.process);
        match &mut self.event {
            Event::Send { id, log, .. } | Event::Append { id, log, .. } | Event::Logged { id, log, .. } => {
                message(id);
                name(&mut log.topic);
            }
            Event::Poll { group, log, id, .. } => {
                message(id);
                name(group);
                name(&mut log.topic);
            }
            Event::Settle { group, log, .. }
            | Event::Grant { group, log, .. }
            | Event::Position { group, log, .. }
            | Event::Revoke { group, log, .. } => {
                name(group);
                name(&mut log.topic);
            }
            Event::Effect { sink: of, id, .. } | Event::DeadLetter { group: of, id } => {
                message(id);
                name(of);
            }
            Event::Intent { id, .. }
            | Event::Answered { id }
            | Event::Apply { id }
            | Event::Drop { id, .. } => {
                message(id);
            }
            Event::Watermark { log, .. }
            | Event::Lead { log, .. }
            | Event::Truncate { log, .. }
            | Event::Recover { log, .. }
            | Event::Digest { log, .. } => name(&mut log.topic),
            Event::Fault { fault, target, .. } => {
                name(fault);
                name(target);
            }
            Event::Audited | Event::Began | Event::Healed | Event::Halted { .. } => {}
        }
    }
}

/// Which events a checker wants to see, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted(u32);

impl Wanted {
    /// None.
    pub const NOTHING: Wanted = Wanted(0);
    /// Every one.
    pub const EVERYTHING: Wanted = Wanted(u32::MAX);

    /// These.
    #[must_use]
    pub const fn only(events: &[EventKind]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < events.len() {
            bits |= 1 << events[at] as u32;
            at += 1;
        }
        Wanted(bits)
    }

    /// Whether the kind with this number is among them.
    pub(crate) const fn has_number(self, kind: usize) -> bool {
        self.0 & (1 << kind) != 0
    }
}

impl Event {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        match self {
            Event::Send { .. } => EventKind::Send,
            Event::Poll { .. } => EventKind::Poll,
            Event::Settle { .. } => EventKind::Settle,
            Event::Effect { .. } => EventKind::Effect,
            Event::Intent { .. } => EventKind::Intent,
            Event::Answered { .. } => EventKind::Answered,
            Event::Append { .. } => EventKind::Append,
            Event::Watermark { .. } => EventKind::Watermark,
            Event::Lead { .. } => EventKind::Lead,
            Event::Truncate { .. } => EventKind::Truncate,
            Event::Recover { .. } => EventKind::Recover,
            Event::Apply { .. } => EventKind::Apply,
            Event::Grant { .. } => EventKind::Grant,
            Event::Position { .. } => EventKind::Position,
            Event::Revoke { .. } => EventKind::Revoke,
            Event::Drop { .. } => EventKind::Drop,
            Event::DeadLetter { .. } => EventKind::DeadLetter,
            Event::Logged { .. } => EventKind::Logged,
            Event::Digest { .. } => EventKind::Digest,
            Event::Audited => EventKind::Audited,
            Event::Fault { .. } => EventKind::Fault,
            Event::Began => EventKind::Began,
            Event::Healed => EventKind::Healed,
            Event::Halted { .. } => EventKind::Halted,
        }
    }

    /// The message that it is about, if it is about one.
    #[must_use]
    pub fn message(&self) -> Option<MessageId> {
        match *self {
            Event::Send { id, .. }
            | Event::Poll { id, .. }
            | Event::Effect { id, .. }
            | Event::Intent { id, .. }
            | Event::Answered { id }
            | Event::Append { id, .. }
            | Event::Apply { id }
            | Event::Drop { id, .. }
            | Event::DeadLetter { id, .. }
            | Event::Logged { id, .. } => Some(id),
            _ => None,
        }
    }
}

/// Why a record was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DropReason {
    /// The producer's delivery timeout ran out.
    DeliveryTimeout,
    /// The broker refused it for good.
    Refused,
    /// It outlived its time to live.
    Expired,
    /// The queue was full.
    Overflow,
}

/// The names behind the numbers of a history.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    names: Vec<String>,
    numbers: BTreeMap<String, u32>,
}

impl Names {
    /// The number of a name; the same text gets the same number.
    pub fn intern(&mut self, text: &str) -> Name {
        if let Some(&number) = self.numbers.get(text) {
            return Name(number);
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        Name(number)
    }

    /// All of them, in the order of their numbers.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// The text of a name; `?` for a number that was never given.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        self.names.get(name.0 as usize).map_or("?", String::as_str)
    }

    /// The text of a message id.
    #[must_use]
    pub fn message(&self, id: MessageId) -> String {
        if id.producer == MessageId::FOREIGN {
            self.text(Name(id.number)).to_owned()
        } else {
            format!("p{}-{}", id.producer, id.number)
        }
    }

    /// The id behind a text: the inverse of [`Names::message`].
    pub fn identify(&mut self, text: &str) -> MessageId {
        MessageId::packed(text)
            .unwrap_or_else(|| MessageId { producer: MessageId::FOREIGN, number: self.intern(text).0 })
    }

    /// The text of a log, as `topic/partition`.
    #[must_use]
    pub fn log(&self, log: TopicPartition) -> String {
        format!("{}/{}", self.text(log.topic), log.partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_and_its_text_are_inverse() {
        let texts = [
            "p1-0",
            "p1-17",
            "p0-4294967295",
            "p01-7",
            "p1-07",
            "p1-",
            "p-1",
            "p1-1-1",
            "p+1-2",
            "p1",
            "order-7",
            "",
            "p4294967295-1",
            "p4294967296-1",
            "p1-99999999999",
        ];
        let mut names = Names::default();
        let ids = texts.map(|text| names.identify(text));
        assert_eq!(ids.map(|id| names.message(id)), texts);
        assert_eq!(ids[1], MessageId { producer: 1, number: 17 });
        assert!(ids[3..].iter().all(|id| id.producer == MessageId::FOREIGN));
    }

    #[test]
    fn one_text_has_one_number() {
        let mut names = Names::default();
        let [first, second, again] = ["billing", "ledger", "billing"].map(|text| names.intern(text));
        assert_eq!(first, again);
        assert_ne!(first, second);
        assert_eq!(names.text(second), "ledger");
        assert_eq!(names.text(Name(9)), "?");
    }
}
