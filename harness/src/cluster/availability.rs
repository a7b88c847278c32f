//! How long those who wait for a cluster wait at most, made of its timing, its costs and its clients' settings. Declared only where
//! one replica of every log can be spared: more replicas than must be in sync, at least two of which must be, `acks=all`, and
//! producers that may send again.
//!
//! A hop is the longest way of a frame: latency and jitter, and a tick on engines that move from tick to tick. `tell` is what lies
//! between a client's request and its answer where the controller has to decide in between: four hops, to the leader, from there to
//! the controller and back, and back to the client; and syncs of the controller. It tells what it decided once all that it decided
//! is written, so a decision waits for those that follow it closely: at most one for every log, and one for a broker that
//! registers.
//!
//! | lost | a log's senders wait for |
//! |---|---|
//! | nothing, or the controller | one request that times out; `tell` |
//! | a follower | the leader finds that it lags; `tell` |
//! | the leader, or its link to the controller | the controller misses its heartbeats for a session; a request to the old leader and one for the catalogue time out; the rests of a client whose tries fail, longer and longer: 16 times the first; a replica that was not in sync is found to lag; `tell` |
//!
//! A group waits for the leader of what it reads and for its coordinator, and then for its own protocol: a heartbeat that tells of
//! the rebalance, the session of a member that went away, two rebalances of which the first may find members missing, a request
//! that times out, its commit interval, and the work on as many records as a poll brings. Where a leader lost only its link
//! to the controller, a member asks again who leads only when its picture of that is of age.

use broker::Micros;
use broker::client::DEFAULT_AGE;
use broker::policy::Ack;
use checkers::{Availability, GroupPromise, LogPromise, Lost, Within};

use super::Cluster;
use crate::cast::Part;
use crate::sabotage::sabotage;

/// Rests of a client whose tries fail one after another, in first rests: 1, 2, 4, 8, and one more for the way back.
const RESTS: Micros = 16;

/// The longest wait for each thing lost, before anything is added for groups.
struct Bounds {
    calm: Micros,
    follower: Micros,
    leader: Micros,
}

impl Cluster {
    /// What is promised where a frame may take `tick` microseconds longer than it costs; nothing where one replica cannot be spared.
    pub(super) fn promise(&self, tick: Micros) -> Option<Availability> {
        if !self.spares_a_replica() {
            return None;
        }
        let (config, cast) = (self.config(), self.whole_cast());
        let name = |node| cast.name(node).to_owned();
        let logs = config.topic_partitions().map(|log| LogPromise {
            topic: cast.topics[usize::from(log.topic.0)].clone(),
            partition: log.partition.into(),
            replicas: config.placement(log).into_iter().map(name).collect(),
            within: self.within_for_senders(tick),
        });
        let read = config.topic_partitions().enumerate().filter(|(_, log)| log.topic != config.offsets_topic);
        let reads: Vec<usize> = read.map(|(place, _)| place).collect();
        let groups = (0..self.groups.len()).map(|group| {
            let consumers = cast.of(Part::Consumer(group)).chain(cast.of(Part::Sink(group)));
            GroupPromise {
                group: self.groups[group].name.to_owned(),
                members: consumers.map(|player| player.name.clone()).collect(),
                reads: reads.clone(),
                within: self.within_for_group(group, tick),
            }
        });
        Some(Availability {
            controller: name(config.controller),
            brokers: config.brokers.iter().map(|&broker| name(broker)).collect(),
            groups: groups.collect(),
            resolves_after: self.resolves_after(tick),
            logs: logs.collect(),
        })
    }

    fn spares_a_replica(&self) -> bool {
        let spares = |min_isr: u16| min_isr >= 2 && self.topic.replicas > min_isr;
        let all = [self.producing.acks, self.offsets_acks].iter().all(|&acks| acks == Ack::AllInSync);
        spares(self.topic.policies.min_isr)
            && spares(self.offsets.min_isr)
            && all
            && self.producing.idempotent
    }

    fn hop(&self, tick: Micros) -> Micros {
        self.costs.latency + self.costs.jitter + tick
    }

    fn tell(&self, tick: Micros) -> Micros {
        let decisions = self.config().topic_partitions().count() as Micros + 1;
        decisions * self.costs.sync + 4 * self.hop(tick)
    }

    fn bounds(&self, tick: Micros) -> Bounds {
        let producer = self.producer_config(&self.config());
        let (timing, tell) = (self.timing, self.tell(tick));
        Bounds {
            calm: producer.request_timeout + tell,
            follower: timing.replica_lag + tell,
            leader: timing.broker_session
                + 2 * producer.request_timeout
                + RESTS * producer.retry_backoff
                + timing.replica_lag
                + tell,
        }
    }

    fn within_for_senders(&self, tick: Micros) -> Within {
        let Bounds { calm, follower, leader } = self.bounds(tick);
        let bounds = Lost::ALL.iter().map(|lost| match lost {
            Lost::Nothing | Lost::Controller => calm,
            Lost::Follower => follower,
            Lost::Leader | Lost::LeadersController => leader,
        });
        self.within(bounds, leader)
    }

    /// As long as a fault is present, where producers wait for longer than the longest wait.
    fn resolves_after(&self, tick: Micros) -> Option<Micros> {
        let within = self.within_for_senders(tick);
        let patient =
            self.producer_config(&self.config()).delivery_timeout > within.bound(Lost::LeadersController);
        patient.then_some(within.recovery)
    }

    fn within_for_group(&self, group: usize, tick: Micros) -> Within {
        let Bounds { calm, follower, leader } = self.bounds(tick);
        let consumer = self.consumer_config(&self.config(), group);
        let effect = super::micros(self.groups[group].effort) + 2 * self.hop(tick);
        let own = consumer.heartbeat
            + consumer.session_timeout
            + 2 * consumer.rebalance_timeout
            + consumer.request_timeout
            + consumer.commit.interval().unwrap_or_default()
            + Micros::from(consumer.max_records) * effect;
        let bounds = Lost::ALL.iter().map(|lost| match lost {
            Lost::Nothing | Lost::Controller => calm + own,
            Lost::Follower => follower + own,
            Lost::Leader => leader + own,
            Lost::LeadersController => leader + own + DEFAULT_AGE,
        });
        self.within(bounds, leader + own)
    }

    /// A fault is present until everything could be as before: as long as the leader's bound, and a request that times out.
    fn within(&self, bounds: impl Iterator<Item = Micros>, leader: Micros) -> Within {
        let mut within = Within { recovery: leader + self.timing.request_timeout, ..Within::default() };
        within.bounds.iter_mut().zip(bounds).for_each(|(bound, longest)| {
            *bound = longest * if sabotage!(BoundTimesTen) { 10 } else { 1 };
        });
        within
    }
}
