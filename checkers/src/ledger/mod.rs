//! The ledger: what the history said about every message, log, group and sink. Fed once per entry; the properties judge it
//! at the end, so that no two of them keep the same table.

mod group;
mod log;
mod message;
mod sink;
mod slots;

pub use group::{Group, Position, Settled};
pub use log::{Digest, Halt, Log, Polled, Record};
pub use message::{Copies, Intent, Message, OpenSend, Place, Sighting};
pub use sink::{Application, Sink};

use crate::{Entry, Event, MessageId, Name, Names, Offset, Phase, Time, TopicPartition};
use slots::Slots;

/// Topics of a broker's own records begin with this, as in Kafka; no business fact lies in them.
const INTERNAL: &str = "__";

/// A settlement that was begun and has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OpenSettle {
    process: Name,
    group: Name,
    log: TopicPartition,
    upto: Offset,
}

/// All facts of one history. Indexes named `slot` point into `messages`, those named `log` into `logs`.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Every message, in the order in which it was first seen.
    pub messages: Vec<Message>,
    /// Every log.
    pub logs: Vec<Log>,
    /// Every consumer group.
    pub groups: Vec<Group>,
    /// Every sink.
    pub sinks: Vec<Sink>,
    /// Every delivery, in the order of time.
    pub polls: Vec<Polled>,
    /// Every replica's digest.
    pub digests: Vec<Digest>,
    /// Every halt.
    pub halts: Vec<Halt>,
    /// How many intents there were.
    pub intents: u32,
    /// How many sends were begun or ended.
    pub sends: u32,
    /// How many pairs of producer and key there are; only once closed.
    pub lanes: u32,
    /// When all faults were healed.
    pub healed: Option<Time>,
    /// Whether every log was read to its end.
    pub audited: bool,
    slots: Slots,
    open_settles: Vec<OpenSettle>,
    memberships: Vec<Vec<u32>>,
    producers: Vec<bool>,
}

impl Ledger {
    /// Notes one entry.
    pub fn see(&mut self, entry: &Entry) {
        let (time, process) = (entry.time, entry.process);
        match entry.event {
            Event::Send {
                phase,
                id,
                log,
                offset,
            } => self.send(entry, phase, id, log, offset),
            Event::Poll {
                group,
                log,
                offset,
                id,
            } => self.poll(entry, group, log, offset, id),
            Event::Settle {
                phase,
                group,
                log,
                upto,
                ..
            } => {
                let settle = OpenSettle {
                    process,
                    group,
                    log,
                    upto,
                };
                self.settle(phase, settle, time);
            }
            Event::Effect { sink, .. } => self.effect(process, sink),
            Event::Intent { id, key } => self.intent(process, id, key),
            Event::Answered { id } => {
                self.seen(id, time).answered.get_or_insert(time);
            }
            Event::Append { log, offset, id, .. } => {
                let place = Place {
                    log: self.log(log),
                    offset,
                };
                self.seen(id, time).append(Sighting { place, time });
            }
            Event::Apply { id } => self.apply(process, id, time),
            Event::Grant { group, log, .. } => self.grant(process, group, log),
            Event::Drop { id, reason } => self.seen(id, time).dropped = Some(reason),
            Event::DeadLetter { group, id } => {
                let slot = self.slot(id);
                let group = self.group(group);
                self.groups[group as usize].dead.push(slot);
            }
            Event::Logged {
                log,
                offset,
                id,
                stamp,
            } => {
                let (slot, log) = (self.slot(id), self.log(log));
                self.logs[log as usize]
                    .records
                    .push(Record { offset, slot, stamp });
            }
            Event::Digest { log, watermark, hash } => {
                let log = self.log(log);
                self.digests.push(Digest {
                    log,
                    watermark,
                    hash,
                    process,
                });
            }
            Event::Audited => self.audited = true,
            Event::Healed => self.healed = Some(time),
            Event::Halted { ref reason } => {
                let reason = reason.clone();
                self.halts.push(Halt {
                    time,
                    process,
                    reason,
                });
            }
            Event::Watermark { .. }
            | Event::Lead { .. }
            | Event::Truncate { .. }
            | Event::Recover { .. }
            | Event::Revoke { .. }
            | Event::Fault { .. } => {}
        }
    }

    /// Ends the taking of notes: sorts the logs and counts what lies in them.
    pub fn close(&mut self, names: &Names) {
        for open in std::mem::take(&mut self.open_settles) {
            let position = self.position(open.group, open.log);
            position.perhaps = position.perhaps.max(open.upto);
        }
        self.groups
            .iter_mut()
            .for_each(|group| group.dead.sort_unstable());
        self.count_copies(names);
        self.assign_lanes();
    }

    /// Forgets everything and keeps the memory.
    pub fn reset(&mut self) {
        self.messages.clear();
        self.logs.clear();
        self.groups.clear();
        self.sinks.clear();
        self.polls.clear();
        self.digests.clear();
        self.halts.clear();
        (self.intents, self.sends, self.lanes) = (0, 0, 0);
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

    /// Whether this process was ever seen to act as a producer or a consumer.
    #[must_use]
    pub fn is_client(&self, process: Name) -> bool {
        let process = process.0 as usize;
        let consumes = self
            .memberships
            .get(process)
            .is_some_and(|groups| !groups.is_empty());
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

    fn intent(&mut self, process: Name, id: MessageId, key: u64) {
        let rank = if id.producer == MessageId::FOREIGN {
            self.intents
        } else {
            id.number
        };
        self.intents += 1;
        let slot = self.slot(id);
        let intent = Intent { process, key, rank };
        self.messages[slot as usize].intent.get_or_insert(intent);
    }

    fn send(
        &mut self,
        entry: &Entry,
        phase: Phase,
        id: MessageId,
        log: TopicPartition,
        offset: Option<Offset>,
    ) {
        self.sends += 1;
        self.mark_producer(entry.process);
        let (time, process, log) = (entry.time, entry.process, self.log(log));
        let message = self.seen(id, time);
        message.sent = true;
        message.open_send = (phase == Phase::Invoke).then_some(OpenSend { process, log, time });
        if let (Phase::Ok, Some(offset)) = (phase, offset) {
            let place = Place { log, offset };
            message.acked.get_or_insert(Sighting { place, time });
        }
    }

    fn poll(&mut self, entry: &Entry, group: Name, log: TopicPartition, offset: Offset, id: MessageId) {
        let time = entry.time;
        self.seen(id, time).polled = true;
        let (slot, log) = (self.slot(id), self.log(log));
        self.polls.push(Polled {
            log,
            offset,
            slot,
            group,
            time,
        });
        self.join(entry.process, group);
    }

    fn settle(&mut self, phase: Phase, settle: OpenSettle, time: Time) {
        if phase == Phase::Invoke {
            self.open_settles.push(settle);
            return;
        }
        if let Some(at) = self.open_settles.iter().rposition(|open| *open == settle) {
            self.open_settles.swap_remove(at);
        }
        let position = self.position(settle.group, settle.log);
        match phase {
            Phase::Ok => position.settle(settle.upto, time),
            Phase::Info => position.perhaps = position.perhaps.max(settle.upto),
            Phase::Fail | Phase::Invoke => {}
        }
    }

    fn effect(&mut self, process: Name, sink: Name) {
        let sink = self.sink(sink);
        let Some(groups) = self.memberships.get(process.0 as usize) else {
            return;
        };
        for &group in groups {
            let sinks = &mut self.groups[group as usize].sinks;
            if !sinks.contains(&sink) {
                sinks.push(sink);
            }
        }
    }

    fn apply(&mut self, sink: Name, id: MessageId, time: Time) {
        self.seen(id, time).applied += 1;
        let (slot, sink) = (self.slot(id), self.sink(sink));
        self.sinks[sink as usize].apply(slot, time);
    }

    fn grant(&mut self, process: Name, group: Name, log: TopicPartition) {
        self.position(group, log).granted = true;
        self.join(process, group);
    }

    fn mark_producer(&mut self, process: Name) {
        let process = process.0 as usize;
        if process >= self.producers.len() {
            self.producers.resize(process + 1, false);
        }
        self.producers[process] = true;
    }

    fn join(&mut self, process: Name, group: Name) {
        let (group, process) = (self.group(group), process.0 as usize);
        if process >= self.memberships.len() {
            self.memberships.resize_with(process + 1, Vec::new);
        }
        if !self.memberships[process].contains(&group) {
            self.memberships[process].push(group);
        }
    }

    fn count_copies(&mut self, names: &Names) {
        for message in &mut self.messages {
            message.copies = Copies::default();
        }
        for (log, number) in self.logs.iter_mut().zip(0..) {
            if names.text(log.id.topic).starts_with(INTERNAL) {
                log.records.clear();
            }
            log.close();
            for record in &log.records {
                let place = Place {
                    log: number,
                    offset: record.offset,
                };
                let stamped_by = record.stamp.map(|stamp| stamp.producer);
                self.messages[record.slot as usize].copies.add(place, stamped_by);
            }
        }
    }

    /// Numbers the pairs of producer and key, so that order is judged with one array and no map.
    fn assign_lanes(&mut self) {
        let lane_of = |message: &Message| {
            let intent = message.intent?;
            Some((message.id.producer, intent.process, intent.key))
        };
        let mut order: Vec<u32> = (0..).take(self.messages.len()).collect();
        order.sort_unstable_by_key(|&slot| lane_of(&self.messages[slot as usize]));
        let mut last = None;
        self.lanes = 0;
        for slot in order {
            let message = &mut self.messages[slot as usize];
            let Some(lane) = lane_of(message) else { continue };
            if last.is_some_and(|last| last != lane) {
                self.lanes += 1;
            }
            last = Some(lane);
            message.lane = self.lanes;
        }
        self.lanes += 1;
    }

    fn slot(&mut self, id: MessageId) -> u32 {
        let slot = self.slots.slot(id);
        if slot as usize == self.messages.len() {
            self.messages.push(Message::new(id));
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
