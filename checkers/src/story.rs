//! Histories told in tests, one call per entry. Every call lets a millisecond pass.
//!
//! Every grant begins a generation. Unless it is said otherwise, the log is `payments/0`, the producer `producer-1`, the consumer `consumer-1` of the group
//! `billing`, the sink `ledger`, and every intent has the same key.

mod judging;

use crate::{
    Course, Disposition, DropReason, Entry, Event, Members, MessageId, Name, Names, Offset, Phase, Reach,
    Scope, Stamp, Time, TopicPartition,
};

#[derive(Clone)]
pub(crate) struct Story {
    pub(crate) names: Names,
    pub(crate) entries: Vec<Entry>,
    time: Time,
    topic: &'static str,
    partition: u32,
    group: &'static str,
    consumer: &'static str,
    sink: &'static str,
    generation: u64,
}

impl Story {
    pub(crate) fn new() -> Self {
        Story {
            names: Names::default(),
            entries: Vec::new(),
            time: 0,
            topic: "payments",
            partition: 0,
            group: "billing",
            consumer: "consumer-1",
            sink: "ledger",
            generation: 0,
        }
    }

    pub(crate) fn later(mut self, ms: u64) -> Self {
        self.time += ms * 1_000;
        self
    }

    pub(crate) fn topic(mut self, topic: &'static str) -> Self {
        self.topic = topic;
        self
    }

    pub(crate) fn partition(mut self, partition: u32) -> Self {
        self.partition = partition;
        self
    }

    pub(crate) fn group(mut self, group: &'static str, consumer: &'static str) -> Self {
        self.group = group;
        self.by(consumer)
    }

    pub(crate) fn by(mut self, consumer: &'static str) -> Self {
        self.consumer = consumer;
        self
    }

    pub(crate) fn sink(mut self, sink: &'static str) -> Self {
        self.sink = sink;
        self
    }

    pub(crate) fn intent(self, id: &str) -> Self {
        self.intent_of(id, 7)
    }

    pub(crate) fn intent_of(mut self, id: &str, key: u64) -> Self {
        let id = self.id(id);
        self.tell("producer-1", Event::Intent { id, key })
    }

    pub(crate) fn answered(mut self, id: &str) -> Self {
        let id = self.id(id);
        self.tell("producer-1", Event::Answered { id })
    }

    /// A send of which no offset is told, whatever its phase.
    pub(crate) fn send(mut self, id: &str, phase: Phase) -> Self {
        let (id, log) = (self.id(id), self.log());
        self.tell("producer-1", Event::Send { phase, id, log, offset: None, awaits_ack: true })
    }

    /// A send with `acks=0`: it ends with its beginning.
    pub(crate) fn fired_and_forgotten(mut self, id: &str) -> Self {
        let (id, log) = (self.id(id), self.log());
        let send = |phase| Event::Send { phase, id, log, offset: None, awaits_ack: false };
        self.tell("producer-1", send(Phase::Invoke)).tell("producer-1", send(Phase::Ok))
    }

    /// A send by another producer.
    pub(crate) fn tell_send(mut self, producer: &str, id: &str, phase: Phase) -> Self {
        let (id, log) = (self.id(id), self.log());
        self.tell(producer, Event::Send { phase, id, log, offset: None, awaits_ack: true })
    }

    /// An intent, a send, and its acknowledgement.
    pub(crate) fn sent(self, id: &str, offset: Offset) -> Self {
        self.intent(id).send(id, Phase::Invoke).acknowledged(id, offset)
    }

    /// The end of a send that succeeded.
    pub(crate) fn acknowledged(mut self, id: &str, offset: Offset) -> Self {
        let (id, log) = (self.id(id), self.log());
        let offset = Some(offset);
        self.tell("producer-1", Event::Send { phase: Phase::Ok, id, log, offset, awaits_ack: true })
    }

    /// A broker closes the connection on which the producer awaits its answer.
    pub(crate) fn hung_up(mut self, broker: &str, id: &str) -> Self {
        let (id, log, by) = (self.id(id), self.log(), self.name(broker));
        self.tell("producer-1", Event::HungUp { log, id, by })
    }

    /// The leader takes a follower for one that has lagged for so many milliseconds.
    pub(crate) fn lagging(mut self, leader: &str, follower: &str, ms: u64) -> Self {
        let (log, follower) = (self.log(), self.name(follower));
        self.tell(leader, Event::Laggard { log, follower, lag: ms * 1_000 })
    }

    /// The controller decides who may be elected.
    pub(crate) fn members(mut self, in_sync: &[&str], eligible: &[&str]) -> Self {
        let log = self.log();
        let mut named = |all: &[&str]| all.iter().map(|name| self.name(name)).collect();
        let members = Box::new(Members { in_sync: named(in_sync), eligible: named(eligible) });
        self.tell("controller", Event::Members { log, members })
    }

    /// The controller has told a broker that it is registered.
    pub(crate) fn registered(mut self, broker: &str) -> Self {
        let broker = self.name(broker);
        self.tell("controller", Event::Registered { broker })
    }

    /// A follower holds what is below an offset.
    pub(crate) fn replicated(mut self, broker: &str, end: Offset) -> Self {
        let log = self.log();
        self.tell(broker, Event::Replicated { log, end })
    }

    pub(crate) fn dropped(self, id: &str) -> Self {
        self.given_up(id, DropReason::DeliveryTimeout)
    }

    pub(crate) fn given_up(mut self, id: &str, reason: DropReason) -> Self {
        let id = self.id(id);
        self.tell("producer-1", Event::Drop { id, reason })
    }

    pub(crate) fn appended(self, id: &str, offset: Offset) -> Self {
        self.appended_by("broker-1", 1, id, offset)
    }

    pub(crate) fn appended_by(mut self, process: &str, epoch: u32, id: &str, offset: Offset) -> Self {
        let (id, log) = (self.id(id), self.log());
        self.tell(process, Event::Append { log, offset, epoch, id })
    }

    pub(crate) fn logged(mut self, id: &str, offset: Offset) -> Self {
        let (id, log) = (self.id(id), self.log());
        self.tell("auditor", Event::Logged { log, offset, id, stamp: None })
    }

    pub(crate) fn stamped(mut self, id: &str, offset: Offset, producer: u64) -> Self {
        let (id, log) = (self.id(id), self.log());
        let stamp = Some(Stamp { producer, epoch: 0, sequence: 0 });
        self.tell("auditor", Event::Logged { log, offset, id, stamp })
    }

    /// A replica of epoch 1 calls the log safe up to an offset.
    pub(crate) fn committed(self, broker: &str, watermark: Offset, hash: u64) -> Self {
        self.committed_in(broker, 1, watermark, hash)
    }

    pub(crate) fn committed_in(mut self, broker: &str, epoch: u32, watermark: Offset, hash: u64) -> Self {
        let log = self.log();
        self.tell(broker, Event::Committed { log, epoch, watermark, hash })
    }

    pub(crate) fn recovered(mut self, broker: &str) -> Self {
        let log = self.log();
        self.tell(broker, Event::Recover { log, end: 0, dropped_bytes: 0 })
    }

    pub(crate) fn digest(mut self, broker: &str, watermark: Offset, hash: u64) -> Self {
        let log = self.log();
        self.tell(broker, Event::Digest { log, watermark, hash })
    }

    pub(crate) fn granted(mut self) -> Self {
        let (group, log) = (self.name(self.group), self.log());
        self.generation += 1;
        let generation = self.generation;
        self.consumer_tells(Event::Grant { group, log, generation })
    }

    /// Another grant of the same generation.
    pub(crate) fn granted_again(mut self) -> Self {
        self.generation -= 1;
        self.granted()
    }

    /// A grant of a generation that has passed.
    pub(crate) fn granted_in(mut self, generation: u64) -> Self {
        let (group, log) = (self.name(self.group), self.log());
        self.consumer_tells(Event::Grant { group, log, generation })
    }

    pub(crate) fn revoked(mut self) -> Self {
        let (group, log) = (self.name(self.group), self.log());
        let generation = self.generation;
        self.consumer_tells(Event::Revoke { group, log, generation })
    }

    /// The consumer is told where its group stands.
    pub(crate) fn told(mut self, settled: Offset) -> Self {
        let (group, log) = (self.name(self.group), self.log());
        self.consumer_tells(Event::Position { group, log, settled })
    }

    pub(crate) fn polled(mut self, id: &str, offset: Offset) -> Self {
        let (group, log, id) = (self.name(self.group), self.log(), self.id(id));
        self.consumer_tells(Event::Poll { group, log, offset, id })
    }

    pub(crate) fn settled(self, upto: Offset) -> Self {
        self.settle(upto, Phase::Invoke).settle(upto, Phase::Ok)
    }

    pub(crate) fn settle(self, upto: Offset, phase: Phase) -> Self {
        self.settle_so(Scope::UpTo(upto), Disposition::Done, phase)
    }

    /// A settlement of records alone, or with another outcome, that is accepted.
    pub(crate) fn settled_so(self, what: Scope, how: Disposition) -> Self {
        self.settle_so(what.clone(), how, Phase::Invoke).settle_so(what, how, Phase::Ok)
    }

    pub(crate) fn settle_so(mut self, what: Scope, how: Disposition, phase: Phase) -> Self {
        let (group, log) = (self.name(self.group), self.log());
        let generation = self.generation;
        self.consumer_tells(Event::Settle { phase, group, log, what, how, generation })
    }

    /// A call to the sink that the sink answers without doing anything: it knew the message already.
    pub(crate) fn called(self, id: &str) -> Self {
        self.effect(id, Phase::Invoke).effect(id, Phase::Ok)
    }

    /// A call to the sink that takes effect.
    pub(crate) fn charged(self, id: &str) -> Self {
        self.effect(id, Phase::Invoke).applied(id).effect(id, Phase::Ok)
    }

    pub(crate) fn applied(mut self, id: &str) -> Self {
        let id = self.id(id);
        self.sink_tells(Event::Apply { id })
    }

    pub(crate) fn dead_lettered(mut self, id: &str) -> Self {
        let (group, id) = (self.name(self.group), self.id(id));
        self.consumer_tells(Event::DeadLetter { group, id })
    }

    pub(crate) fn fault(mut self, fault: &str, target: &str) -> Self {
        let (fault, target) = (self.name(fault), self.name(target));
        self.tell("nemesis", Event::Fault { fault, target, healed: false, reach: None })
    }

    /// A fault of which it is told how far it reached; its target is named by that.
    pub(crate) fn struck(self, fault: &str, nodes: &[&str], links: &[(&str, &str)]) -> Self {
        self.reaching(fault, nodes, links, Course::Steady)
    }

    pub(crate) fn reaching(
        mut self,
        fault: &str,
        nodes: &[&str],
        links: &[(&str, &str)],
        course: Course,
    ) -> Self {
        let (fault, target) = (self.name(fault), self.name(&format!("{nodes:?}{links:?}")));
        let nodes = nodes.iter().map(|node| self.name(node)).collect();
        let links = links.iter().map(|(from, to)| (self.name(from), self.name(to))).collect();
        let reach = Some(Box::new(Reach { nodes, links, course }));
        self.tell("nemesis", Event::Fault { fault, target, healed: false, reach })
    }

    /// The end of what struck there.
    pub(crate) fn over(mut self, fault: &str, nodes: &[&str], links: &[(&str, &str)]) -> Self {
        let (fault, target) = (self.name(fault), self.name(&format!("{nodes:?}{links:?}")));
        self.tell("nemesis", Event::Fault { fault, target, healed: true, reach: None })
    }

    pub(crate) fn led(mut self, broker: &str, epoch: u32) -> Self {
        let log = self.log();
        self.tell(broker, Event::Lead { log, epoch })
    }

    /// The high watermark: what is below can be read.
    pub(crate) fn visible(mut self, below: Offset) -> Self {
        let log = self.log();
        self.tell("broker-1", Event::Watermark { log, offset: below })
    }

    pub(crate) fn began(self, process: &str) -> Self {
        self.tell(process, Event::Began)
    }

    pub(crate) fn halted(self, process: &str, reason: &str) -> Self {
        let reason = reason.to_owned();
        self.tell(process, Event::Halted { reason })
    }

    pub(crate) fn healed(self) -> Self {
        self.tell("nemesis", Event::Healed)
    }

    pub(crate) fn audited(self) -> Self {
        self.tell("auditor", Event::Audited)
    }

    pub(crate) fn tell(mut self, process: &str, event: Event) -> Self {
        self.time += 1_000;
        let process = self.name(process);
        self.entries.push(Entry { time: self.time, process, event });
        self
    }

    fn consumer_tells(self, event: Event) -> Self {
        let consumer = self.consumer;
        self.tell(consumer, event)
    }

    fn sink_tells(self, event: Event) -> Self {
        let sink = self.sink;
        self.tell(sink, event)
    }

    /// The log that is spoken of, for entries that have no call of their own.
    pub(crate) fn log_named(mut self) -> (Self, TopicPartition) {
        let log = self.log();
        (self, log)
    }

    /// A call to the sink, or its end.
    pub(crate) fn effect(mut self, id: &str, phase: Phase) -> Self {
        let (sink, id) = (self.name(self.sink), self.id(id));
        self.consumer_tells(Event::Effect { phase, sink, id })
    }

    fn id(&mut self, text: &str) -> MessageId {
        self.names.identify(text)
    }

    pub(crate) fn name(&mut self, text: &str) -> Name {
        self.names.intern(text)
    }

    fn log(&mut self) -> TopicPartition {
        TopicPartition { topic: self.name(self.topic), partition: self.partition }
    }
}
