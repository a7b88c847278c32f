//! From a typed event to the words of a line: the inverse of `decode`.

use std::borrow::Cow;
use std::io::{self, Write};

use super::shape;
use super::writer::Place;
use crate::{Entry, Event, MessageId, Name, Names, Phase, Reach, TopicPartition};

/// Names events in the words of files.
struct Words<'a>(&'a Names);

impl<'a> Words<'a> {
    fn name(&self, name: Name) -> Cow<'a, str> {
        Cow::Borrowed(self.0.text(name))
    }

    fn topic(&self, log: TopicPartition) -> Cow<'a, str> {
        self.name(log.topic)
    }

    fn id(&self, id: MessageId) -> Cow<'a, str> {
        Cow::Owned(self.0.message(id))
    }

    fn names(&self, names: &[Name]) -> Vec<Cow<'a, str>> {
        names.iter().map(|&name| self.name(name)).collect()
    }

    fn reach(&self, reach: &Reach) -> shape::Reach<'a> {
        let nodes = self.names(&reach.nodes);
        let links = reach.links.iter().map(|&(from, to)| (self.name(from), self.name(to))).collect();
        shape::Reach { nodes, links, course: reach.course }
    }
}

/// Puts an entry into its line. A table: one row per event, which the formatter would tear apart.
#[rustfmt::skip]
pub(super) fn encode<W: Write>(entry: &Entry, names: &Names, place: Place<'_, W>) -> io::Result<()> {
    let w = Words(names);
    macro_rules! put {
        ($phase:expr, $shape:ident { $($content:tt)* }) => {
            place.put(entry, names, $phase, shape::$shape { $($content)* })
        };
    }
    match entry.event {
        Event::Send { phase, log, offset, id, awaits_ack } =>
            put!(phase, Send { topic: w.topic(log), partition: log.partition, offset, id: w.id(id), acks: (!awaits_ack).then_some(0) }),
        Event::Poll { group, log, offset, id } =>
            put!(Phase::Ok, Poll { group: w.name(group), topic: w.topic(log), partition: log.partition, offset, id: w.id(id) }),
        Event::Settle { phase, group, log, upto, generation } =>
            put!(phase, Settle { group: w.name(group), topic: w.topic(log), partition: log.partition, upto, generation }),
        Event::Effect { phase, sink, id } =>
            put!(phase, Effect { sink: w.name(sink), id: w.id(id) }),
        Event::Intent { id, key } =>
            put!(Phase::Info, Intent { id: w.id(id), key }),
        Event::Answered { id } =>
            put!(Phase::Info, Id { id: w.id(id) }),
        Event::Append { log, offset, epoch, id } =>
            put!(Phase::Info, Append { topic: w.topic(log), partition: log.partition, offset, epoch, id: w.id(id) }),
        Event::Watermark { log, offset } =>
            put!(Phase::Info, Watermark { topic: w.topic(log), partition: log.partition, offset }),
        Event::Committed { log, epoch, watermark, hash } =>
            put!(Phase::Info, Committed { topic: w.topic(log), partition: log.partition, epoch, watermark, hash }),
        Event::Lead { log, epoch } =>
            put!(Phase::Info, Lead { topic: w.topic(log), partition: log.partition, epoch }),
        Event::Truncate { log, from, to } =>
            put!(Phase::Info, Truncate { topic: w.topic(log), partition: log.partition, from, to }),
        Event::Recover { log, end, dropped_bytes } =>
            put!(Phase::Info, Recover { topic: w.topic(log), partition: log.partition, end, dropped_bytes }),
        Event::Apply { id } =>
            put!(Phase::Info, Id { id: w.id(id) }),
        Event::Grant { group, log, generation } =>
            put!(Phase::Info, Hold { group: w.name(group), topic: w.topic(log), partition: log.partition, generation }),
        Event::Revoke { group, log, generation } =>
            put!(Phase::Info, Hold { group: w.name(group), topic: w.topic(log), partition: log.partition, generation }),
        Event::Position { group, log, settled } =>
            put!(Phase::Info, Position { group: w.name(group), topic: w.topic(log), partition: log.partition, settled }),
        Event::Drop { id, reason } =>
            put!(Phase::Info, Drop { id: w.id(id), reason }),
        Event::DeadLetter { group, id } =>
            put!(Phase::Info, DeadLetter { group: w.name(group), id: w.id(id) }),
        Event::Logged { log, offset, id, stamp } =>
            put!(Phase::Info, Logged { topic: w.topic(log), partition: log.partition, offset, id: w.id(id), stamp: stamp.map(Into::into) }),
        Event::Digest { log, watermark, hash } =>
            put!(Phase::Info, Digest { topic: w.topic(log), partition: log.partition, watermark, hash }),
        Event::Audited =>
            put!(Phase::Info, Nothing {}),
        Event::Fault { fault, target, healed, ref reach } =>
            put!(Phase::Info, Fault { fault: w.name(fault), target: w.name(target), healed, reach: reach.as_deref().map(|reach| w.reach(reach)) }),
        Event::Began =>
            put!(Phase::Info, Nothing {}),
        Event::Healed =>
            put!(Phase::Info, Nothing {}),
        Event::Halted { ref reason } =>
            put!(Phase::Info, Halted { reason: Cow::Borrowed(reason) }),
        Event::Laggard { log, follower, lag } =>
            put!(Phase::Info, Laggard { topic: w.topic(log), partition: log.partition, follower: w.name(follower), lag }),
        Event::Replicated { log, end } =>
            put!(Phase::Info, Replicated { topic: w.topic(log), partition: log.partition, end }),
        Event::Members { log, ref members } =>
            put!(Phase::Info, Members { topic: w.topic(log), partition: log.partition, in_sync: w.names(&members.in_sync), eligible: w.names(&members.eligible) }),
        Event::Registered { broker } =>
            put!(Phase::Info, Registered { broker: w.name(broker) }),
        Event::HungUp { log, id, by } =>
            put!(Phase::Info, HungUp { topic: w.topic(log), partition: log.partition, id: w.id(id), by: w.name(by) }),
    }
}
