//! The taking of notes: what each event of the history means for the ledger.

use super::{
    Acked, Digest, Granted, Halt, Intent, Ledger, OpenSend, OpenSettle, Place, Polled, Record, Settled,
    Sighting,
};
use crate::{Disposition, Entry, Event, MessageId, Name, Offset, Phase, Scope, Stamp, Time, TopicPartition};

impl Ledger {
    /// Notes one entry.
    pub fn see(&mut self, entry: &Entry) {
        self.entries += 1;
        let (time, process) = (entry.time, entry.process);
        match entry.event {
            Event::Send { phase, id, log, offset, awaits_ack } => {
                let log = self.log(log);
                let promised = phase == Phase::Ok && awaits_ack;
                let acked = promised.then_some(Acked { log, offset, time });
                self.send(entry, phase, id, log, acked);
            }
            Event::Poll { group, log, offset, id } => self.poll(entry, group, log, offset, id),
            Event::Settle { phase, group, log, ref what, how, generation } => {
                let what = what.clone();
                let settle = OpenSettle { process, group, log, what, how, generation, begun: time };
                self.settle(phase, settle, time);
            }
            Event::Effect { sink, .. } => self.effect(process, sink),
            Event::Intent { id, key } => self.intent(process, id, key),
            Event::Answered { id } => {
                self.seen(id, time).answered.get_or_insert(time);
            }
            Event::Append { log, offset, id, epoch } => {
                let place = Place { log: self.log(log), offset };
                self.append(process, id, Sighting { place, time }, epoch);
            }
            Event::Apply { id } => self.apply(process, id, time),
            Event::Grant { group, log, generation } => {
                let granted = Granted { process, generation, time, settled: None };
                self.grant(granted, group, log);
            }
            Event::Position { group, log, settled } => self.told(entry, group, log, settled),
            Event::Began => self.began(process),
            Event::Drop { id, reason } => self.seen(id, time).dropped = Some(reason),
            Event::DeadLetter { group, id } => self.dead_letter(group, id),
            Event::Logged { log, offset, id, stamp } => self.logged(log, offset, id, stamp),
            Event::Digest { log, watermark, hash } => {
                let log = self.log(log);
                self.digests.push(Digest { log, watermark, hash, process });
            }
            Event::Audited => self.audited = true,
            Event::Healed => self.healed = Some(time),
            Event::Halted { ref reason } => {
                let reason = reason.clone();
                self.halts.push(Halt { time, process, reason });
            }
            Event::Watermark { .. }
            | Event::Committed { .. }
            | Event::Lead { .. }
            | Event::Truncate { .. }
            | Event::Recover { .. }
            | Event::Revoke { .. }
            | Event::HungUp { .. }
            | Event::Laggard { .. }
            | Event::Replicated { .. }
            | Event::Members { .. }
            | Event::Registered { .. }
            | Event::Voter { .. }
            | Event::Voters { .. }
            | Event::Fault { .. } => {}
        }
    }

    fn intent(&mut self, process: Name, id: MessageId, key: u64) {
        let rank = if id.producer == MessageId::FOREIGN { self.intents } else { id.number };
        self.intents += 1;
        let slot = self.slot(id);
        let intent = Intent { producer: id.producer, process, key, rank };
        self.standings[slot as usize].intent.get_or_insert(intent);
    }

    fn send(&mut self, entry: &Entry, phase: Phase, id: MessageId, log: u32, acked: Option<Acked>) {
        self.sends += 1;
        self.mark_producer(entry.process);
        let (time, process) = (entry.time, entry.process);
        if let Some(acked) = acked {
            self.acked(id, acked);
        }
        let message = self.seen(id, time);
        message.sent = true;
        let open = (phase == Phase::Invoke).then_some(OpenSend { process, log, time });
        let before = std::mem::replace(&mut message.open_send, open);
        match phase {
            Phase::Invoke => {}
            Phase::Fail => message.failed = message.failed.or(Some(time)),
            Phase::Ok | Phase::Info => message.perhaps_stored = true,
        }
        self.open_sends += u32::from(open.is_some());
        self.open_sends -= u32::from(before.is_some());
        if phase == Phase::Info {
            let slot = self.slot(id);
            self.in_doubt.push((slot, process));
        }
    }

    fn acked(&mut self, id: MessageId, acked: Acked) {
        let message = self.seen(id, acked.time);
        if message.acked.is_none() {
            message.acked = Some(acked);
            return;
        }
        let slot = self.slot(id);
        self.acked_again.push((slot, acked));
    }

    fn append(&mut self, by: Name, id: MessageId, at: Sighting, epoch: u32) {
        let newest = &mut self.logs[at.place.log as usize].newest_epoch;
        // What a deposed leader appends is cut off again.
        let lasts = epoch >= *newest;
        *newest = epoch.max(*newest);
        let before = self.seen(id, at.time).append(by, at);
        let slot = self.slot(id);
        if before.elsewhere {
            self.reappended.push((slot, at));
        }
        if before.there && lasts {
            self.rewritten.push((slot, at));
        }
    }

    fn poll(&mut self, entry: &Entry, group: Name, log: TopicPartition, offset: Offset, id: MessageId) {
        let time = entry.time;
        self.seen(id, time).polled = true;
        let (slot, log) = (self.slot(id), self.log(log));
        // A request that waited in the network may come when the log has been read: of what lies behind that, nothing is known.
        if !self.logs[log as usize].was_read_below(offset) {
            self.polls.push(Polled { log, offset, slot, group, time });
        }
        self.join(entry.process, group);
    }

    /// A message was handed to an application, and nobody knows from which place.
    #[cfg(feature = "files")]
    pub(crate) fn was_handed_out(&mut self, id: MessageId, time: Time) {
        self.seen(id, time).polled = true;
    }

    fn settle(&mut self, phase: Phase, settle: OpenSettle, time: Time) {
        if phase == Phase::Invoke {
            self.open_settles.push(settle);
            return;
        }
        let open = self.open_settles.iter().rposition(|open| open.is(&settle));
        let begun = open.map_or(time, |at| self.open_settles.swap_remove(at).begun);
        let OpenSettle { process, group, log, what, how, generation, .. } = settle;
        let position = self.position(group, log);
        match phase {
            Phase::Ok => {
                let settled = |upto, alone| Settled { upto, alone, begun, time, generation };
                position.accept(process, &what, how, settled);
            }
            Phase::Info => position.doubt(&what, how),
            Phase::Fail => position.refuse(&what, how),
            Phase::Invoke => {}
        }
    }

    fn told(&mut self, entry: &Entry, group: Name, log: TopicPartition, told: Offset) {
        let open: Vec<Offset> = self
            .open_settles
            .iter()
            .filter(|open| (open.group, open.log) == (group, log))
            .filter_map(|open| match (&open.what, open.how) {
                (&Scope::UpTo(upto), Disposition::Done | Disposition::Dead) => Some(upto),
                _ => None,
            })
            .collect();
        self.position(group, log).tell(entry.process, told, entry.time, &open);
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

    fn dead_letter(&mut self, group: Name, id: MessageId) {
        let slot = self.slot(id);
        let group = self.group(group);
        self.groups[group as usize].dead.push(slot);
    }

    fn logged(&mut self, log: TopicPartition, offset: Offset, id: MessageId, stamp: Option<Stamp>) {
        let (slot, log) = (self.slot(id), self.log(log));
        self.logs[log as usize].records.push(Record { offset, slot, stamp });
    }

    fn grant(&mut self, granted: Granted, group: Name, log: TopicPartition) {
        self.position(group, log).grant(granted);
        self.join(granted.process, group);
    }

    /// What the incarnation before left open has no known outcome, and nobody waits for it.
    fn began(&mut self, process: Name) {
        for (slot, _) in self.in_doubt.extract_if(.., |(_, sender)| *sender == process) {
            self.standings[slot as usize].orphaned = true;
        }
        if self.open_sends == 0 {
            return;
        }
        for (message, standing) in self.messages.iter_mut().zip(&mut self.standings) {
            if message.open_send.take_if(|open| open.process == process).is_some() {
                standing.orphaned = true;
                self.open_sends -= 1;
            }
        }
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
}
