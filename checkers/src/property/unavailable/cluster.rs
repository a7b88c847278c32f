//! The cluster as the history shows it: who leads which log, and what a fault takes from whom.

use std::collections::BTreeMap;

use super::promise::{Availability, Lost};
use crate::{Course, Name, Names, Reach, Time, TopicPartition};

/// The nodes of the cluster and the leaders of its logs.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    controllers: Vec<Name>,
    brokers: Vec<Name>,
    logs: Vec<Log>,
    places: BTreeMap<TopicPartition, usize>,
    kinds: Kinds,
}

#[derive(Clone, Debug)]
struct Log {
    id: TopicPartition,
    replicas: Vec<Name>,
    /// Of the highest epoch so far.
    leader: Option<(u32, Name)>,
    known_after: Time,
    /// When whoever serves clients knows its first leader at the latest.
    known: Option<Time>,
}

/// The kinds of faults of which a single one is survived within the bounds.
#[derive(Clone, Copy, Debug)]
struct Kinds {
    crash: Name,
    pause: Name,
    restart: Name,
    partition: Name,
}

/// What a single fault that the bounds speak of took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Node(Name),
    /// What two nodes tell each other, one way or both.
    Link(Name, Name),
}

impl Cluster {
    pub(super) fn new(promise: &Availability, names: &mut Names) -> Self {
        let log = |log: &super::LogPromise, names: &mut Names| Log {
            id: TopicPartition { topic: names.intern(&log.topic), partition: log.partition },
            replicas: log.replicas.iter().map(|replica| names.intern(replica)).collect(),
            leader: None,
            known_after: log.known_after,
            known: None,
        };
        let controllers = promise.controllers.iter().map(|controller| names.intern(controller)).collect();
        let brokers = promise.brokers.iter().map(|broker| names.intern(broker)).collect();
        let logs: Vec<Log> = promise.logs.iter().map(|its| log(its, names)).collect();
        Cluster {
            controllers,
            brokers,
            places: logs.iter().enumerate().map(|(place, log)| (log.id, place)).collect(),
            logs,
            kinds: Kinds {
                crash: names.intern("crash"),
                pause: names.intern("pause"),
                restart: names.intern("restart"),
                partition: names.intern("partition"),
            },
        }
    }

    pub(super) fn reset(&mut self) {
        self.logs.iter_mut().for_each(|log| (log.leader, log.known) = (None, None));
    }

    /// The place of a log among those of the promise.
    pub(super) fn place(&self, id: TopicPartition) -> Option<usize> {
        self.places.get(&id).copied()
    }

    pub(super) fn id(&self, place: usize) -> TopicPartition {
        self.logs[place].id
    }

    pub(super) fn leads(&mut self, now: Time, process: Name, id: TopicPartition, epoch: u32) {
        if let Some(log) = self.place(id).map(|place| &mut self.logs[place])
            && log.leader.is_none_or(|(known, _)| known <= epoch)
        {
            log.leader = Some((epoch, process));
            log.known.get_or_insert(now + log.known_after);
        }
    }

    /// Whether a fault struck the cluster itself: one of its nodes, or a link between two. What strikes clients, or their links
    /// to the cluster, is theirs alone.
    /// A fault whose reach nobody told may have struck anything.
    pub(super) fn is_struck(&self, reach: Option<&Reach>) -> bool {
        let Some(reach) = reach else { return true };
        reach.nodes.iter().any(|&node| self.has(node))
            || reach.links.iter().any(|&(from, to)| self.has(from) && self.has(to))
    }

    pub(super) fn has(&self, process: Name) -> bool {
        self.controllers.contains(&process) || self.brokers.contains(&process)
    }

    /// What a fault took away, if it is one that a cluster survives alone: a node that is down or stands still, or one steady cut
    /// between two nodes of the cluster.
    pub(super) fn taken(&self, kind: Name, reach: &Reach) -> Option<Taken> {
        let Kinds { crash, pause, restart, partition } = self.kinds;
        let steady = reach.course == Course::Steady || (reach.course == Course::Once && kind == restart);
        let node = [crash, pause, restart].contains(&kind);
        match (reach.nodes.as_slice(), reach.links.as_slice()) {
            (&[struck], []) if steady && node && self.has(struck) => Some(Taken::Node(struck)),
            ([], &[(one, other), ref rest @ ..]) if steady && kind == partition => {
                let same = |link: &(Name, Name)| *link == (one, other) || *link == (other, one);
                let within = self.has(one) && self.has(other) && rest.iter().all(same);
                within.then_some(Taken::Link(one, other))
            }
            _ => None,
        }
    }

    /// What a log has to do without from now on. Nothing is said of a log that nobody has led yet, or of whose first leader others may
    /// not have heard: how long a cluster takes to come up at all is no matter of these bounds.
    pub(super) fn lost(&self, now: Time, place: usize, taken: Taken) -> Option<Lost> {
        let log = &self.logs[place];
        let (_, leader) = log.leader.filter(|_| log.known.is_some_and(|known| known <= now))?;
        let leads = |node: Name| leader == node;
        let follows = |node: Name| log.replicas.contains(&node);
        Some(match taken {
            Taken::Node(node) if self.controllers.contains(&node) => Lost::Controller,
            Taken::Node(node) if leads(node) => Lost::Leader,
            Taken::Node(node) if follows(node) => Lost::Follower,
            Taken::Node(_) => Lost::Nothing,
            Taken::Link(one, other) => {
                let of = |node: Name, other: Name| match self.controllers.contains(&other) {
                    true if leads(node) => Lost::LeadersController,
                    true if follows(node) => Lost::Follower,
                    false if leads(node) && follows(other) => Lost::Follower,
                    _ => Lost::Nothing,
                };
                of(one, other).max(of(other, one))
            }
        })
    }

    /// What a group has to do without where it reads a log: the worst of what that log has, and those in which the group keeps its
    /// offsets.
    pub(super) fn lost_by_reader(
        &self,
        now: Time,
        place: usize,
        offsets: &[usize],
        taken: Taken,
    ) -> Option<Lost> {
        let read = self.lost(now, place, taken)?;
        offsets.iter().try_fold(read, |worst, &log| Some(worst.max(self.lost(now, log, taken)?)))
    }
}
