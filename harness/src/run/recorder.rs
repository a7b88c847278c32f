//! Turns what nodes observe into history, and hands every entry to the judge as it comes.

use broker::{Micros, NodeId, Observation};
use checkers::{
    Availability, Checker, Course, Disposition, DropReason, EagerRetry, Entry, Event, Judge, Members,
    MessageId, Name, Names, Phase, Reach, Scope, Stamp, TopicPartition, Unavailable, Unresolved, Verdict,
};

use crate::chaos::cast::Cast;
use crate::chaos::nemesis::{Core, FaultReport, News};

/// Records one run.
pub struct Recorder {
    names: Names,
    processes: Vec<(NodeId, Name)>,
    topics: Vec<Name>,
    groups: Vec<Name>,
    nemesis: Name,
    judge: Judge,
    history: Option<Vec<Entry>>,
}

/// The checkers of every run, whatever its system promises beside.
pub fn checkers() -> Vec<Box<dyn Checker>> {
    let mut checkers = checkers::all();
    present(&mut checkers);
    checkers
}

/// Leaves out what a sabotage leaves out.
fn present(checkers: &mut Vec<Box<dyn Checker>>) {
    #[cfg(feature = "defects")]
    checkers.retain(|checker| !crate::sabotage::checker_left_out(checker.name()));
    #[cfg(not(feature = "defects"))]
    let _ = checkers;
}

impl Recorder {
    /// A recorder for this cast, whose cluster is judged by what it promises; keeps the whole history only when asked to.
    #[must_use]
    pub fn new(cast: &Cast, promise: Option<&Availability>, keep_history: bool) -> Self {
        let mut names = Names::default();
        let mut checkers = checkers();
        if let Some(promise) = promise {
            checkers.push(Box::new(Unavailable::new(promise, &mut names)));
            checkers.push(Box::new(EagerRetry::new(promise, &mut names)));
            if let Some(recovery) = promise.resolves_after {
                checkers.push(Box::new(Unresolved::after(recovery)));
            }
        }
        present(&mut checkers);
        Recorder {
            processes: cast.players.iter().map(|player| (player.id, names.intern(&player.name))).collect(),
            topics: cast.topics.iter().map(|topic| names.intern(topic)).collect(),
            groups: cast.groups.iter().map(|group| names.intern(group)).collect(),
            nemesis: names.intern("nemesis"),
            names,
            judge: Judge::with(checkers),
            history: keep_history.then(Vec::new),
        }
    }

    /// Records what a node observed in one step; coverage marks and the like are not history.
    pub fn observed(&mut self, time: Micros, node: NodeId, observations: &[Observation]) {
        let process = self.process(node);
        for observation in observations {
            if let Some(event) = self.event(observation) {
                self.record(Entry { time, process, event });
            }
        }
    }

    /// Records that a fault struck or was healed; what it did is no part of a history.
    pub fn fault(&mut self, report: &FaultReport) {
        let (target, healed) = match &report.news {
            News::Fired { target, .. } => (target, false),
            News::Healed { target } => (target, true),
            News::Did { .. } => return,
        };
        let (fault, target) = (self.names.intern(report.fault.name()), self.names.intern(target));
        let reach = self.reach(&report.news).map(Box::new);
        let process = self.nemesis;
        self.record(Entry {
            time: report.time,
            process,
            event: Event::Fault { fault, target, healed, reach },
        });
    }

    /// Records that these nodes alone are healed, or that all others are again as well: the fault `all-but-core`.
    pub fn core(&mut self, time: Micros, core: &Core, cast: &Cast, healed: bool) {
        let target: Vec<&str> = core.nodes.iter().map(|&node| cast.name(node)).collect();
        let target = self.names.intern(&format!("all but {}", target.join(", ")));
        let others = cast.players.iter().map(|player| player.id).filter(|&node| !core.has(node));
        let nodes = others.map(|node| self.process(node)).collect();
        let reach = Some(Box::new(Reach { nodes, links: Vec::new(), course: Course::Steady }));
        let (fault, process) = (self.names.intern("all-but-core"), self.nemesis);
        let reach = reach.filter(|_| !healed);
        self.record(Entry { time, process, event: Event::Fault { fault, target, healed, reach } });
    }

    /// Records that every fault is healed and every node up.
    pub fn healed(&mut self, time: Micros) {
        let process = self.nemesis;
        self.record(Entry { time, process, event: Event::Healed });
    }

    /// The verdict over everything recorded, with the history and its names.
    #[must_use]
    pub fn finish(&mut self) -> (Verdict, Option<(Names, Vec<Entry>)>) {
        let verdict = self.judge.finish(&self.names);
        (verdict, self.history.take().map(|history| (self.names.clone(), history)))
    }

    fn record(&mut self, entry: Entry) {
        self.judge.see(&entry);
        if let Some(history) = &mut self.history {
            history.push(entry);
        }
    }

    fn process(&mut self, node: NodeId) -> Name {
        match self.processes.iter().find(|(id, _)| *id == node) {
            Some(&(_, name)) => name,
            None => self.names.intern("?"),
        }
    }

    fn reach(&mut self, news: &News) -> Option<Reach> {
        let News::Fired { nodes, links, course, .. } = news else { return None };
        let nodes = nodes.iter().map(|&node| self.process(node)).collect();
        let links = links.iter().map(|link| (self.process(link.from), self.process(link.to))).collect();
        Some(Reach { nodes, links, course: *course })
    }

    fn log(&self, log: broker::TopicPartition) -> TopicPartition {
        let topic = self.topics.get(usize::from(log.topic.0)).copied().unwrap_or(Name(u32::MAX));
        TopicPartition { topic, partition: u32::from(log.partition) }
    }

    fn group(&self, group: broker::GroupId) -> Name {
        self.groups.get(usize::from(group.0)).copied().unwrap_or(Name(u32::MAX))
    }

    /// The line between what nodes say of themselves and what stands in histories. A table, which the formatter would tear apart.
    #[rustfmt::skip]
    fn event(&mut self, observation: &Observation) -> Option<Event> {
        Some(match *observation {
            Observation::Intent { id, key } => Event::Intent { id: message(id), key },
            Observation::Answered { id } => Event::Answered { id: message(id) },
            Observation::Send { phase: p, id, topic_partition, offset } =>
                Event::Send { phase: phase(p), id: message(id), log: self.log(topic_partition), offset, awaits_ack: true },
            Observation::Unconfirmed { id, topic_partition } =>
                Event::Send { phase: Phase::Ok, id: message(id), log: self.log(topic_partition), offset: None, awaits_ack: false },
            Observation::HungUp { id, topic_partition, by } =>
                Event::HungUp { log: self.log(topic_partition), id: message(id), by: self.process(by) },
            Observation::Poll { group, topic_partition, offset, id } =>
                Event::Poll { group: self.group(group), log: self.log(topic_partition), offset, id: message(id) },
            Observation::Settle { phase: p, group, topic_partition, upto, generation } => Event::Settle {
                phase: phase(p), group: self.group(group), log: self.log(topic_partition),
                what: Scope::UpTo(upto), how: Disposition::Done, generation,
            },
            Observation::Effect { phase: p, sink, id } => Event::Effect { phase: phase(p), sink: self.process(sink), id: message(id) },
            Observation::Apply { id } => Event::Apply { id: message(id) },
            Observation::Append { topic_partition, offset, epoch, id } =>
                Event::Append { log: self.log(topic_partition), offset, epoch, id: message(id) },
            Observation::Watermark { topic_partition, offset } => Event::Watermark { log: self.log(topic_partition), offset },
            Observation::Committed { topic_partition, epoch, watermark, hash } =>
                Event::Committed { log: self.log(topic_partition), epoch, watermark, hash },
            Observation::Laggard { topic_partition, follower, lag } =>
                Event::Laggard { log: self.log(topic_partition), follower: self.process(follower), lag },
            Observation::Replicated { topic_partition, end } => Event::Replicated { log: self.log(topic_partition), end },
            Observation::Registered { broker } => Event::Registered { broker: self.process(broker) },
            Observation::Members { topic_partition, ref in_sync, ref eligible, .. } =>
                Event::Members { log: self.log(topic_partition), members: Box::new(self.members(in_sync, eligible)) },
            Observation::Voter { topic_partition, directory } => Event::Voter { log: self.log(topic_partition), directory },
            Observation::Voters { topic_partition, ref voters, .. } => Event::Voters {
                log: self.log(topic_partition),
                voters: voters.iter().map(|&node| self.process(node)).collect(),
            },
            Observation::Lead { topic_partition, epoch, .. } => Event::Lead { log: self.log(topic_partition), epoch },
            Observation::Truncate { topic_partition, to, from } => Event::Truncate { log: self.log(topic_partition), from, to },
            Observation::Recover { topic_partition, end, dropped_bytes } =>
                Event::Recover { log: self.log(topic_partition), end, dropped_bytes },
            Observation::Grant { group, topic_partition, generation } =>
                Event::Grant { group: self.group(group), log: self.log(topic_partition), generation },
            Observation::Position { group, topic_partition, settled } =>
                Event::Position { group: self.group(group), log: self.log(topic_partition), settled },
            Observation::Revoke { group, topic_partition, generation } =>
                Event::Revoke { group: self.group(group), log: self.log(topic_partition), generation },
            Observation::Drop { id, reason } => Event::Drop { id: message(id), reason: drop_reason(reason) },
            Observation::Logged { topic_partition, offset, id, stamp: s } =>
                Event::Logged { log: self.log(topic_partition), offset, id: message(id), stamp: s.map(stamp) },
            Observation::Digest { topic_partition, watermark, hash } =>
                Event::Digest { log: self.log(topic_partition), watermark, hash },
            Observation::Began => Event::Began,
            Observation::Audited => Event::Audited,
            Observation::Halted { ref reason } => Event::Halted { reason: reason.clone() },
            Observation::Panicked { id, message: ref text } => Event::Halted { reason: format!("panic: {text} (while handling {id})") },
            Observation::ForeignAwait { id, ref what } =>
                Event::Halted { reason: format!("panic: foreign-await: the handler of {id} {what}") },
            Observation::Finished | Observation::Mark(_) => return None,
        })
    }

    fn members(&mut self, in_sync: &[NodeId], eligible: &[NodeId]) -> Members {
        let mut named = |nodes: &[NodeId]| nodes.iter().map(|&node| self.process(node)).collect();
        Members { in_sync: named(in_sync), eligible: named(eligible) }
    }
}

fn stamp(stamp: broker::ProducerStamp) -> Stamp {
    Stamp { producer: stamp.producer, epoch: stamp.epoch, sequence: stamp.sequence }
}

fn message(id: broker::MessageId) -> MessageId {
    MessageId { producer: id.producer, number: id.number }
}

fn phase(phase: broker::Phase) -> Phase {
    match phase {
        broker::Phase::Invoke => Phase::Invoke,
        broker::Phase::Ok => Phase::Ok,
        broker::Phase::Fail => Phase::Fail,
        broker::Phase::Info => Phase::Info,
    }
}

fn drop_reason(reason: broker::DropReason) -> DropReason {
    match reason {
        broker::DropReason::DeliveryTimeout => DropReason::DeliveryTimeout,
        broker::DropReason::Refused => DropReason::Refused,
    }
}
