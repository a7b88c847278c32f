//! What became of the messages: who was handed which, and who settled it. The facts that a log has and the ledger does not.

use std::collections::{BTreeMap, BTreeSet};

use super::Promises;
use super::act::Act;
use super::word::Operation;
use crate::{MessageId, Name, Phase};

/// What one reader did with one message. The numbers are those of acts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Handling {
    /// It was handed out, each time.
    pub(super) dequeues: Vec<usize>,
    /// It was settled, each time.
    pub(super) acks: Vec<usize>,
    /// So often it may have been settled.
    pub(super) perhaps: usize,
    /// Whether it was refused or given back.
    pub(super) nacked: bool,
}

/// Somebody who gets every message: a group, or, where nobody knows the groups, a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reader {
    /// What it did with each message.
    pub(super) messages: BTreeMap<MessageId, Handling>,
    /// The queues from which it was handed anything, or settled it.
    pub(super) queues: BTreeSet<Option<Name>>,
    /// Dequeues of which nobody knows what they took.
    pub(super) unknown: Vec<usize>,
}

/// Everybody who was handed anything.
#[derive(Clone, Debug, Default)]
pub(super) struct Readers {
    /// By name; `None` where all are one group.
    pub(super) all: BTreeMap<Option<Name>, Reader>,
    /// Who did anything with a message.
    holders: BTreeMap<MessageId, Vec<Option<Name>>>,
    /// Whether it is known who shares messages with whom. Else two readers may be of one group.
    pub(super) known: bool,
    /// Whether anything settles a message: without acks a second dequeue may be right.
    pub(super) settles: bool,
}

impl Readers {
    /// What the acts of a log come to.
    pub(super) fn new(acts: &[Act], promises: &Promises) -> Self {
        let shares =
            |act: &&Act| matches!(act.operation, Operation::Dequeue | Operation::Ack | Operation::Nack);
        let told = acts.iter().filter(shares).any(|act| act.group.is_some());
        let known = told || promises.one_group || !any_queue_has_two_clients(acts.iter().filter(shares));
        let acked = acts.iter().any(|act| act.operation == Operation::Ack);
        let mut readers = Readers { known, settles: acked || promises.auto_ack, ..Readers::default() };
        for (number, act) in acts.iter().enumerate().filter(|(_, act)| shares(act)) {
            let name =
                if told && !promises.one_group { act.group } else { Some(act.client).filter(|_| !known) };
            readers.all.entry(name).or_default().see(number, act, promises.auto_ack);
        }
        for (&name, reader) in &readers.all {
            for &message in reader.messages.keys() {
                readers.holders.entry(message).or_default().push(name);
            }
        }
        readers
    }

    /// What all readers together did with a message.
    pub(super) fn of(&self, message: MessageId) -> impl Iterator<Item = &Handling> {
        let holders = self.holders.get(&message).into_iter().flatten();
        holders.filter_map(move |name| self.all.get(name)?.messages.get(&message))
    }

    /// Those who read a queue.
    pub(super) fn reading(&self, queue: Option<Name>) -> impl Iterator<Item = (Option<Name>, &Reader)> {
        let all = self.all.iter().filter(move |(_, reader)| reader.queues.contains(&queue));
        all.map(|(&name, reader)| (name, reader))
    }

    /// How many dequeues may have taken what nobody saw. Where messages are settled, what was taken and not settled comes again.
    pub(super) fn doubt(&self, promises: &Promises) -> usize {
        if self.settles && !promises.auto_ack {
            return 0;
        }
        self.all.values().map(|reader| reader.unknown.len()).sum()
    }
}

fn any_queue_has_two_clients<'a>(acts: impl Iterator<Item = &'a Act>) -> bool {
    let mut clients: BTreeMap<Option<Name>, Name> = BTreeMap::new();
    acts.into_iter().any(|act| *clients.entry(act.queue).or_insert(act.client) != act.client)
}

impl Reader {
    fn see(&mut self, number: usize, act: &Act, auto_ack: bool) {
        let Some(message) = act.message else {
            if (act.operation, act.end) == (Operation::Dequeue, Phase::Info) {
                self.unknown.push(number);
            }
            return;
        };
        self.queues.insert(act.queue);
        let handling = self.messages.entry(message).or_default();
        match (act.operation, act.end) {
            (Operation::Dequeue, Phase::Ok) => {
                handling.dequeues.push(number);
                handling.acks.extend(auto_ack.then_some(number));
            }
            (Operation::Ack, Phase::Ok) if !auto_ack => handling.acks.push(number),
            (Operation::Ack, Phase::Info) if !auto_ack => handling.perhaps += 1,
            (Operation::Nack, Phase::Ok | Phase::Info) => handling.nacked = true,
            _ => {}
        }
    }
}
