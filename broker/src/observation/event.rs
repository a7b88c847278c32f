//! Kinds of observations: what a schedule can wait for, by name, and what a run has seen, as a set.

use super::{Mark, Observation, Phase};

/// A kind of observation, or a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKind(u8);

/// Some kinds of observations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct EventSet(u128);

/// How often something comes to pass in a run, before everything is healed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// With every record, or every few, whatever the policies.
    Often,
    /// With every record under some policies, and never under others.
    ByPolicy,
    /// A few times, or only when something goes wrong.
    Seldom,
    /// Never: it belongs to the audit at the end of a run.
    AtTheEnd,
}

/// Every kind but the marks: its name, how often it comes, and what it stands for.
const OBSERVED: &[(&str, Frequency, &str)] = &[
    ("intent", Frequency::Often, "A business fact that should become a message, before any send."),
    ("answered", Frequency::Often, "The user was told \"done\"."),
    ("send", Frequency::Often, "A producer begins to send a record."),
    ("send-ok", Frequency::Often, "A producer has its record's acknowledgement."),
    ("send-fail", Frequency::Seldom, "A record was certainly not stored."),
    ("send-info", Frequency::Seldom, "Whether a record was stored stays unknown."),
    ("poll", Frequency::Often, "A record was handed to a consumer's handler."),
    ("settle", Frequency::Often, "A consumer begins to commit."),
    ("settle-ok", Frequency::Often, "A consumer's commit was accepted."),
    ("settle-fail", Frequency::Seldom, "A consumer's commit was refused."),
    ("settle-info", Frequency::Seldom, "Whether a consumer's commit was accepted stays unknown."),
    ("effect", Frequency::Often, "A consumer calls a sink."),
    ("effect-ok", Frequency::Often, "A sink answered that it did it."),
    ("effect-fail", Frequency::Seldom, "A sink answered that it did not."),
    ("effect-info", Frequency::Seldom, "Whether a sink did it stays unknown."),
    ("apply", Frequency::Often, "A sink changed its state because of a record."),
    ("append", Frequency::Often, "A leader appended a record."),
    ("watermark", Frequency::Often, "A leader moved the high watermark."),
    ("lead", Frequency::Seldom, "A broker began to lead."),
    ("truncate", Frequency::Seldom, "A replica cut its log."),
    ("recover", Frequency::Seldom, "A replica came up and read its log."),
    ("grant", Frequency::Seldom, "A consumer was given a topic partition."),
    ("position", Frequency::Seldom, "A consumer was told where its group stands."),
    ("revoke", Frequency::Seldom, "A consumer gave a topic partition up, or learned that it had lost it."),
    ("drop", Frequency::Seldom, "A record was given up on purpose, and the user was told."),
    ("logged", Frequency::AtTheEnd, "One record of a log as it stands at the end of a run."),
    ("digest", Frequency::AtTheEnd, "A log as it stands at the end of a run."),
    ("began", Frequency::Seldom, "A client's incarnation begins."),
    ("finished", Frequency::Seldom, "A producer is through with its load."),
    ("audited", Frequency::AtTheEnd, "The auditor has read all logs."),
    ("halted", Frequency::Seldom, "A node stopped itself."),
    ("panicked", Frequency::Seldom, "A handler panicked."),
    ("foreign-await", Frequency::Seldom, "A handler awaited what its context does not give."),
    ("members", Frequency::Seldom, "The controller decided which replicas may be elected to lead a log."),
    ("unconfirmed", Frequency::ByPolicy, "A producer with acks 0 has sent a record, and counts it as done."),
    ("committed", Frequency::Often, "The watermark of a replica, leading or following, is about to move on."),
    ("hung-up", Frequency::Seldom, "A broker closed the connection on which a producer awaited its answer."),
    ("laggard", Frequency::Seldom, "A leader asks for a follower to leave the in-sync set."),
    ("replicated", Frequency::Often, "A follower took over what its leader had."),
    ("registered", Frequency::Seldom, "The controller told a broker that it is registered."),
];

// A set has a bit for each kind.
const _: () = assert!(OBSERVED.len() + Mark::ALL.len() <= u128::BITS as usize);

impl EventKind {
    /// Every kind, in the order people should read them.
    pub fn all() -> impl Iterator<Item = EventKind> {
        (0..OBSERVED.len() + Mark::ALL.len()).map(|number| EventKind(number as u8))
    }

    /// The kind of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|kind| kind.name() == name)
    }

    /// Its name in schedules.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.told().0
    }

    /// How often it comes to pass in a run.
    #[must_use]
    pub fn frequency(self) -> Frequency {
        self.told().1
    }

    /// What it stands for, in a sentence.
    #[must_use]
    pub fn about(self) -> &'static str {
        self.told().2
    }

    fn told(self) -> (&'static str, Frequency, &'static str) {
        match OBSERVED.get(usize::from(self.0)) {
            Some(&told) => told,
            None => {
                let mark = Mark::ALL[usize::from(self.0) - OBSERVED.len()];
                (mark.name(), mark.frequency(), mark.about())
            }
        }
    }
}

impl From<Mark> for EventKind {
    fn from(mark: Mark) -> Self {
        EventKind((OBSERVED.len() + mark as usize) as u8)
    }
}

impl EventSet {
    /// Every kind.
    pub const ALL: EventSet = EventSet(u128::MAX);

    /// Puts a kind in.
    pub fn insert(&mut self, kind: EventKind) {
        self.0 |= 1 << kind.0;
    }

    /// The set with another kind in it.
    #[must_use]
    pub fn with(mut self, kind: EventKind) -> Self {
        self.insert(kind);
        self
    }

    /// Whether a kind is in it.
    #[must_use]
    pub fn contains(self, kind: EventKind) -> bool {
        self.0 >> kind.0 & 1 == 1
    }
}

impl FromIterator<EventKind> for EventSet {
    fn from_iter<I: IntoIterator<Item = EventKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(EventSet::default(), EventSet::with)
    }
}

impl Observation {
    /// What kind of observation this is.
    #[must_use]
    pub fn kind(&self) -> EventKind {
        EventKind(match self {
            Observation::Intent { .. } => 0,
            Observation::Answered { .. } => 1,
            Observation::Send { phase, .. } => 2 + phase.number(),
            Observation::Poll { .. } => 6,
            Observation::Settle { phase, .. } => 7 + phase.number(),
            Observation::Effect { phase, .. } => 11 + phase.number(),
            Observation::Apply { .. } => 15,
            Observation::Append { .. } => 16,
            Observation::Watermark { .. } => 17,
            Observation::Lead { .. } => 18,
            Observation::Truncate { .. } => 19,
            Observation::Recover { .. } => 20,
            Observation::Grant { .. } => 21,
            Observation::Position { .. } => 22,
            Observation::Revoke { .. } => 23,
            Observation::Drop { .. } => 24,
            Observation::Logged { .. } => 25,
            Observation::Digest { .. } => 26,
            Observation::Began => 27,
            Observation::Finished => 28,
            Observation::Audited => 29,
            Observation::Halted { .. } => 30,
            Observation::Panicked { .. } => 31,
            Observation::ForeignAwait { .. } => 32,
            Observation::Members { .. } => 33,
            Observation::Unconfirmed { .. } => 34,
            Observation::Committed { .. } => 35,
            Observation::HungUp { .. } => 36,
            Observation::Laggard { .. } => 37,
            Observation::Replicated { .. } => 38,
            Observation::Registered { .. } => 39,
            Observation::Mark(mark) => return EventKind::from(*mark),
        })
    }
}

impl Phase {
    /// Its place among the four kinds of an operation.
    fn number(self) -> u8 {
        match self {
            Phase::Invoke => 0,
            Phase::Ok => 1,
            Phase::Fail => 2,
            Phase::Info => 3,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DropReason, GroupId, MessageId, NodeId, TopicId, TopicPartition};

    /// One observation of every kind but marks, in the order of the list; each phase of an operation is a kind.
    fn one_of_each() -> Vec<Observation> {
        let (id, group) = (MessageId { producer: 1, number: 1 }, GroupId(0));
        let topic_partition = TopicPartition { topic: TopicId(0), partition: 0 };
        let phases = [Phase::Invoke, Phase::Ok, Phase::Fail, Phase::Info];
        let mut all = vec![Observation::Intent { id, key: 0 }, Observation::Answered { id }];
        all.extend(phases.map(|phase| Observation::Send { phase, id, topic_partition, offset: None }));
        all.push(Observation::Poll { group, topic_partition, offset: 0, id });
        all.extend(phases.map(|phase| Observation::Settle {
            phase,
            group,
            topic_partition,
            upto: 0,
            generation: 0,
        }));
        all.extend(phases.map(|phase| Observation::Effect { phase, sink: NodeId(1), id }));
        all.extend([
            Observation::Apply { id },
            Observation::Append { topic_partition, offset: 0, epoch: 0, id },
            Observation::Watermark { topic_partition, offset: 0 },
            Observation::Lead { topic_partition, epoch: 0, end: 0 },
            Observation::Truncate { topic_partition, to: 0, from: 0 },
            Observation::Recover { topic_partition, end: 0, dropped_bytes: 0 },
            Observation::Grant { group, topic_partition, generation: 0 },
            Observation::Position { group, topic_partition, settled: 0 },
            Observation::Revoke { group, topic_partition, generation: 0 },
            Observation::Drop { id, reason: DropReason::Refused },
            Observation::Logged { topic_partition, offset: 0, id, stamp: None },
            Observation::Digest { topic_partition, watermark: 0, hash: 0 },
            Observation::Began,
            Observation::Finished,
            Observation::Audited,
            Observation::Halted { reason: String::new() },
            Observation::Panicked { id, message: String::new() },
            Observation::ForeignAwait { id, what: String::new() },
            Observation::Members { topic_partition, in_sync: Vec::new(), eligible: Vec::new() },
            Observation::Unconfirmed { id, topic_partition },
            Observation::Committed { topic_partition, epoch: 0, watermark: 0, hash: 0 },
            Observation::HungUp { id, topic_partition, by: NodeId(1) },
            Observation::Laggard { topic_partition, follower: NodeId(1), lag: 0 },
            Observation::Replicated { topic_partition, end: 0 },
            Observation::Registered { broker: NodeId(1) },
        ]);
        all
    }

    /// The name that its form in files gives it: its own, and its phase unless that is the beginning.
    fn name_in_files(observation: &Observation) -> String {
        let json = serde_json::to_value(observation).unwrap();
        let name = json.as_str().map(str::to_owned);
        let name = name.unwrap_or_else(|| json.as_object().unwrap().keys().next().unwrap().clone());
        match json[&name]["phase"].as_str() {
            None | Some("invoke") => name,
            Some(phase) => format!("{name}-{phase}"),
        }
    }

    #[test]
    fn every_observation_has_the_name_of_its_kind() {
        let all = one_of_each();
        assert_eq!(all.len(), OBSERVED.len());
        for observation in &all {
            assert_eq!(observation.kind().name(), name_in_files(observation));
        }
        let marks = Mark::ALL.iter().map(|&mark| (EventKind::from(mark).name(), mark.name()));
        assert!(marks.into_iter().all(|(kind, mark)| kind == mark));
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let kinds = || EventKind::all().step_by(3);
        let set: EventSet = kinds().collect();
        assert!(EventKind::all().all(|kind| set.contains(kind) == kinds().any(|one| one == kind)));
    }
}
