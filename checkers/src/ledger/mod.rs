//! The ledger: what the history said about every message, log, group and sink. Fed once per entry; the properties judge it
//! at the end, so that no two of them keep the same table.

mod close;
mod group;
mod log;
mod message;
mod notes;
mod sink;
mod slots;

use group::Granted;
pub use group::{Group, Position, Retreat, Settled};
pub use log::{Digest, Halt, Log, Polled, Record};
pub use message::{Acked, Copies, Intent, Message, OpenSend, Place, Sighting, Standing};
pub use sink::{Application, Sink};

use crate::{Disposition, MessageId, Name, Path, Scope, Time, TopicPartition};
use slots::Slots;

/// A settlement that was begun and has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OpenSettle {
    process: Name,
    group: Name,
    log: TopicPartition,
    what: Scope,
    how: Disposition,
    generation: u64,
    /// When it was begun, in microseconds of the run.
    begun: Time,
}

impl OpenSettle {
    /// Whether both are the begin and the end of one operation.
    fn is(&self, other: &OpenSettle) -> bool {
        let told =
            |settle: &OpenSettle| (settle.process, settle.group, settle.log, settle.how, settle.generation);
        told(self) == told(other) && self.what == other.what
    }
}

/// The messages about which there may be something to ask, by slot; only once the ledger is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suspects {
    /// In no final log.
    pub absent: Vec<u32>,
    /// In the final logs more than once.
    pub repeated: Vec<u32>,
    /// Nobody intended it.
    pub unintended: Vec<u32>,
    /// The last send of it has not ended.
    pub hanging: Vec<u32>,
}

/// All facts of one history. Indexes named `slot` point into `messages`, those named `log` into `logs`.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Every message, in the order in which it was first seen.
    pub messages: Vec<Message>,
    /// Where every message stands, in the same order.
    pub standings: Vec<Standing>,
    /// Every log.
    pub logs: Vec<Log>,
    /// Every consumer group.
    pub groups: Vec<Group>,
    /// Every sink.
    pub sinks: Vec<Sink>,
    /// Every delivery, in the order of time.
    pub polls: Vec<Polled>,
    /// Every append of a message that had been appended at another place before, in the order of time.
    pub reappended: Vec<(u32, Sighting)>,
    /// Every append of a message where it had been appended before, in copies that lost it since, in the order of time.
    pub rewritten: Vec<(u32, Sighting)>,
    /// Every acknowledgement of a message that had been acknowledged before, in the order of time.
    pub acked_again: Vec<(u32, Acked)>,
    /// Every replica's digest.
    pub digests: Vec<Digest>,
    /// Every halt.
    pub halts: Vec<Halt>,
    /// How many entries were seen.
    pub entries: u64,
    /// How many intents there were.
    pub intents: u32,
    /// How many sends were begun or ended.
    pub sends: u32,
    /// How many pairs of producer and key there are; only once closed.
    pub lanes: u32,
    /// Whom to ask about.
    pub suspects: Suspects,
    /// When all faults were healed.
    pub healed: Option<Time>,
    /// Whether every log was read to its end.
    pub audited: bool,
    slots: Slots,
    open_settles: Vec<OpenSettle>,
    open_sends: u32,
    /// Sends of unknown outcome, by message, of incarnations that go on.
    in_doubt: Vec<(u32, Name)>,
    memberships: Vec<Vec<u32>>,
    producers: Vec<bool>,
}

impl Ledger {
    /// Forgets everything and keeps the memory.
    pub fn reset(&mut self) {
        self.messages.clear();
        self.standings.clear();
        self.open_sends = 0;
        self.in_doubt.clear();
        self.logs.clear();
        self.groups.clear();
        self.sinks.clear();
        self.polls.clear();
        self.reappended.clear();
        self.rewritten.clear();
        self.acked_again.clear();
        self.digests.clear();
        self.halts.clear();
        (self.entries, self.intents, self.sends, self.lanes) = (0, 0, 0, 0);
        (self.healed, self.audited) = (None, false);
        self.slots.reset();
        self.open_settles.clear();
        self.memberships.iter_mut().for_each(Vec::clear);
        self.producers.clear();
    }

    /// The message in a slot.
    #[must_use]
    pub fn message(&self, slot: u32) -> &Message {
        &self.messages[slot as usize]
    }

    /// Where the message in a slot stands.
    #[must_use]
    pub fn standing(&self, slot: u32) -> &Standing {
        &self.standings[slot as usize]
    }

    /// The messages in these slots, with their slots.
    pub fn ask<'a>(&'a self, slots: &'a [u32]) -> impl Iterator<Item = (u32, &'a Message)> {
        slots.iter().map(|&slot| (slot, self.message(slot)))
    }

    /// The key of a message; `None` when nobody intended it.
    #[must_use]
    pub fn key(&self, id: MessageId) -> Option<u64> {
        let standing = self.standings.get(self.find(id)? as usize)?;
        standing.intent.map(|intent| intent.key)
    }

    /// The number of a message's producer and key, and its rank among the intents of that producer; `None` when nobody intended
    /// it. Only once the ledger is closed.
    #[must_use]
    pub fn lane(&self, id: MessageId) -> Option<(u32, u32)> {
        let standing = self.standings.get(self.find(id)? as usize)?;
        standing.intent.map(|intent| (standing.lane, intent.rank))
    }

    /// Whether this process was ever seen to act as a producer or a consumer.
    #[must_use]
    pub fn is_client(&self, process: Name) -> bool {
        let process = process.0 as usize;
        let consumes = self.memberships.get(process).is_some_and(|groups| !groups.is_empty());
        consumes || self.producers.get(process).copied().unwrap_or(false)
    }

    /// Whether the record took effect on behalf of this group: at a sink that its members call, or, while nobody knows which
    /// those are, at any.
    #[must_use]
    pub fn applied_for(&self, group: &Group, slot: u32) -> bool {
        if group.sinks.is_empty() {
            return self.message(slot).applied > 0;
        }
        let mut sinks = group.sinks.iter().map(|&sink| &self.sinks[sink as usize]);
        sinks.any(|sink| sink.times(slot) > 0)
    }

    /// The slot of a message, if anything was ever said of it.
    #[must_use]
    pub fn find(&self, id: MessageId) -> Option<u32> {
        self.slots.find(id)
    }

    /// The index of a log, if anything was ever said of it.
    #[must_use]
    pub fn find_log(&self, id: TopicPartition) -> Option<u32> {
        let at = self.logs.iter().position(|log| log.id == id)?;
        u32::try_from(at).ok()
    }

    /// Where a message lies: in the final logs if any holds it, else where it was appended first.
    #[must_use]
    pub fn place(&self, slot: u32) -> Option<Place> {
        let appended = || self.message(slot).appended.map(|first| first.place);
        self.standing(slot).copies.first.or_else(appended)
    }

    /// Since when a message lies at a place. A leader that was deposed, or whose disk lost it, may have appended it there before, in a copy
    /// from which it is gone.
    #[must_use]
    pub fn lies_since(&self, slot: u32, place: Place) -> Option<Time> {
        let here = |(other, at): &&(u32, Sighting)| *other == slot && at.place == place;
        let rewritten = self.rewritten.iter().rfind(here).map(|(_, at)| at.time);
        rewritten.or_else(|| self.message(slot).appended_at(place))
    }

    /// Whose fault it is that a message appeared at this place only after a moment; `None` if it stood there by then, or nobody
    /// knows. A source that gives its records numbers before it commits them does that (a table with a sequence), and so does a
    /// broker that fills an offset below others. It is the producer's if whoever appended it sends too, for then it appended
    /// to its own source; else the broker's.
    #[must_use]
    pub fn latecomer(&self, slot: u32, place: Place, moment: Time) -> Option<Path> {
        let message = self.message(slot);
        // A log that tells its appends tells this one; another one is known by what became of the record.
        let appeared = match message.appended {
            Some(_) => message.appended_at(place),
            None => message.first_seen,
        };
        appeared.filter(|&appeared| appeared > moment)?;
        let sends = |process: Name| self.producers.get(process.0 as usize).copied().unwrap_or(false);
        Some(if message.appender.is_some_and(sends) { Path::Producer } else { Path::Broker })
    }

    fn slot(&mut self, id: MessageId) -> u32 {
        let slot = self.slots.slot(id);
        if slot as usize == self.messages.len() {
            self.messages.push(Message::new(id));
            self.standings.push(Standing::default());
        }
        slot
    }

    fn seen(&mut self, id: MessageId, time: Time) -> &mut Message {
        let slot = self.slot(id);
        let message = &mut self.messages[slot as usize];
        message.first_seen.get_or_insert(time);
        message
    }

    fn position(&mut self, group: Name, log: TopicPartition) -> &mut Position {
        let (group, log) = (self.group(group), self.log(log));
        self.groups[group as usize].position(log)
    }

    fn log(&mut self, id: TopicPartition) -> u32 {
        index(&mut self.logs, |log| log.id == id, || Log::new(id))
    }

    fn group(&mut self, name: Name) -> u32 {
        index(&mut self.groups, |group| group.name == name, || Group::new(name))
    }

    fn sink(&mut self, name: Name) -> u32 {
        index(&mut self.sinks, |sink| sink.name == name, || Sink::new(name))
    }
}

/// The index of the one that is meant; it is made when it is not there. A run has few of each: a walk beats a map.
fn index<T>(all: &mut Vec<T>, meant: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> u32 {
    let at = all.iter().position(meant).unwrap_or_else(|| {
        all.push(make());
        all.len() - 1
    });
    u32::try_from(at).unwrap_or(u32::MAX)
}
