//! How long those who wait for a cluster wait at most, made of its timing, its costs and its clients' settings. Declared only where
//! one replica of every log can be spared: more replicas than must be in sync, at least two of which must be, and `acks=all`.
//!
//! A hop is the longest way of a frame: latency and jitter, and a tick on engines that move from tick to tick. `tell` is what lies
//! between a client's request and its answer where the controller has to decide in between: four hops, to the leader, from there to
//! the controller and back, and back to the client; and syncs of the controller. It tells what it decided once all that it decided
//! is written, so a decision waits for those that follow it closely: at most one for every log, and one for a broker that
//! registers.
//!
//! | lost | a log's senders wait for |
//! |---|---|
//! | nothing, and nothing ever was | `tell`, a sync of the leader and one of its followers, the eight hops of a client's first contact (it connects to a broker that gives it an identity, to one that it asks who leads, and to that leader), and the two of a follower whose fetch was answered with nothing just before |
//! | nothing, or the controller | a request that times out, two rests, `tell`, and the four hops in which a client connects and learns who leads: a fault that is long over may have left it with a leader that was replaced, who refuses, and with a dead connection to the next, which nobody knows before it is used |
//! | a follower | what is longer, until the leader finds that it lags, or such a request; and what else clients wait for where nothing is lost |
//! | the leader, or its link to the controller | what is longer, the session in which the controller misses its heartbeats, and `tell`, or a request to it that times out; another request that times out, for who leads now may be asked of the one that is lost as well; the rests of a client whose tries fail, 16 times the first; and `tell`. Where the network is slower than the rest of a connection, a client that asks who leads tries the former leader once more before it is told, and that request hangs too |
//!
//! One producer of several may wait for a round of replication more than the first of all who wait.
//!
//! A group waits, for each log that it reads, for that log's leader and for its coordinator, as senders do, but that the request of
//! its own that hangs may be a fetch, which is held back for a while by right; and then for itself: a heartbeat by which
//! it learns of what happened, its commit interval, and its work; and a rebalance where a broker or a link was lost. A leader that lost
//! only its link to the controller does not know that it was replaced, and answers fetches with nothing new: whoever reads from it
//! goes on once the session is over, twice the age of its metadata have passed (the first it asks may be that leader), and a request
//! has timed out on a connection that is dead since before. Meanwhile it finds its coordinator, so it waits for what takes longer.
//!
//! Its work comes to that, for each record that waits in any of its logs: a fetch of a log is always on its way while there is
//! room, so what it brings stands behind what its member holds back already, and the polls of other logs, which may be all that waits;
//! and a poll, which may bring a batch more than was asked for, is settled as a whole. Twice, for what a member had in hand when its log
//! was taken from it is done once more by the next owner.
//!
//! Before anything was ever struck no session has to end and no request can hang. Members still come and go: `round` is a change of
//! generation among those who live, each of whom hears of it with its next heartbeat, commits, joins, asks what it owns and where
//! that begins, and fetches. Whoever leaves while it joins is dealt logs that it will never read, so two follow each other.
//!
//! A core that was healed while everything else was left as it is serves senders within the bound of a lost leader, and the time of a
//! request for each further broker outside of it that a client may ask first. A group needs as much, and what it needs for itself,
//! and the session of a member outside that fell silent.
//!
//! Whatever the handlers of a group do, their consumers' hosts ask for the same back-off on their behalf.
//!
//! A fault is present for as long as the leader's bound, or the group's, and a request that times out, after it was healed.

use broker::client::ConsumerConfig;
use broker::{Authority, Micros, RECONNECT_PAUSE};
use checkers::{Availability, GroupPromise, LogPromise, Lost, Within};

use super::{Cluster, Produce};
use crate::chaos::cast::Part;
use crate::engine::costs::Costs;
use crate::sabotage::sabotage;
use crate::system::node::REDELIVERY_PAUSE;

/// Rests of a client whose tries fail one after another, in first rests: 1, 2, 4, 8, and one more for the way back.
const RESTS: Micros = 16;

/// Changes of generation that may follow each other before a log has an owner who stays, where all members live.
const ROUNDS: Micros = 2;

/// The longest wait for each thing lost, before anything is added for groups.
struct Bounds {
    /// Before anything was struck.
    yet: Micros,
    calm: Micros,
    follower: Micros,
    leader: Micros,
}

impl Cluster {
    /// What is promised where a frame may take `tick` microseconds longer than it costs; nothing where one replica cannot be spared.
    pub(super) fn promise(&self, tick: Micros) -> Option<Availability> {
        if !self.spares_a_replica() || !self.waits_long_enough() {
            return None;
        }
        let (config, cast) = (self.config(), self.whole_cast());
        let name = |node| cast.name(node).to_owned();
        let logs = config.topic_partitions().map(|log| LogPromise {
            topic: cast.topics[usize::from(log.topic.0)].clone(),
            partition: log.partition.into(),
            replicas: config.placement(log).into_iter().map(name).collect(),
            known_after: self.bounds_of_senders(tick).yet,
            turn: self.turn(tick),
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
                retries_after: Some(REDELIVERY_PAUSE),
            }
        });
        Some(Availability {
            controllers: config.controllers.iter().map(|&node| name(node)).collect(),
            min_in_sync: self.must_be_up(),
            brokers: config.brokers.iter().map(|&broker| name(broker)).collect(),
            groups: groups.collect(),
            resolves_after: self.resolves_after(tick),
            logs: logs.collect(),
        })
    }

    /// How many replicas of a log must be up for it to serve.
    fn must_be_up(&self) -> usize {
        match self.authority {
            Authority::Controller => self.topic.policies.min_isr.max(self.offsets.min_isr).into(),
            Authority::Consensus => usize::from(self.topic.replicas) / 2 + 1,
        }
    }

    fn spares_a_replica(&self) -> bool {
        let spares = |min_isr: u16| match self.authority {
            Authority::Controller => min_isr >= 2 && self.topic.replicas > min_isr,
            Authority::Consensus => self.topic.replicas >= 3,
        };
        let all = [self.producing.acks, self.offsets_acks].iter().all(|acks| acks.waits_for_all());
        spares(self.topic.policies.min_isr) && spares(self.offsets.min_isr) && all
    }

    /// Whether producers wait for as long as sends may take where nothing is lost. Where the network or the disks are slower than usual,
    /// facts may come faster than they are carried, and sends wait behind each other: what is given up then, sooner than a producer gives
    /// up by default, is none of the cluster's.
    fn waits_long_enough(&self) -> bool {
        let (costs, usual) = (&self.costs, Costs::default());
        let slow = costs.latency > usual.latency || costs.jitter > usual.jitter || costs.sync > usual.sync;
        !slow || self.producing.delivery_timeout >= Produce::default().delivery_timeout
    }

    fn hop(&self, tick: Micros) -> Micros {
        self.costs.latency + self.costs.jitter + tick
    }

    fn tell(&self, tick: Micros) -> Micros {
        let decisions = self.config().topic_partitions().count() as Micros + 1;
        decisions * self.decides(tick) + 4 * self.hop(tick)
    }

    /// How long a decision takes to count: a sync; of several controllers, until another has fetched it, synced it and fetched again.
    fn decides(&self, tick: Micros) -> Micros {
        if self.controllers > 1 { self.turn(tick) } else { self.costs.sync }
    }

    /// How long several controllers take to elect the first of them, and brokers to find it: each vote is asked for and synced, and whoever
    /// was asked too early is asked again after a rest.
    fn takes_office(&self, tick: Micros) -> Micros {
        if self.controllers > 1 { 10 * self.hop(tick) + 4 * self.costs.sync + 4 * RECONNECT_PAUSE } else { 0 }
    }

    /// For clients whose requests time out after `asks`, and what they ask of a leader at the latest after `hangs`.
    fn bounds(&self, asks: Micros, hangs: Micros, tick: Micros) -> Bounds {
        let retry_backoff = self.producer_config(&self.config()).retry_backoff;
        let (timing, tell) = (self.timing, self.tell(tick));
        let learns = 4 * self.hop(tick);
        // Give or take a fifth.
        let rests = 2 * (retry_backoff * 6 / 5);
        // A connection rests for half as long as a request, and opens in two hops.
        let reopens = retry_backoff / 2 * 4 / 5 + 2 * self.hop(tick);
        let tries_first = if learns > reopens { asks } else { 0 };
        let calm = hangs + rests + learns + tell;
        Bounds {
            yet: tell + 10 * self.hop(tick) + 2 * self.costs.sync + self.takes_office(tick),
            calm,
            follower: match self.authority {
                Authority::Controller => timing.replica_lag.max(hangs) + rests + learns + tell,
                Authority::Consensus => calm,
            },
            leader: hangs.max(self.replaced_after(tick) + tell)
                + asks
                + tries_first
                + RESTS * retry_backoff
                + tell,
        }
    }

    /// How long it takes to replace a leader at the most: until the controller misses its heartbeats; or until a voter that heard it last
    /// has waited for up to twice its patience, and once more where two campaigned in the same moment, and has asked on a connection that
    /// was dead since before.
    fn replaced_after(&self, tick: Micros) -> Micros {
        let timing = self.timing;
        match self.authority {
            Authority::Controller => timing.broker_session,
            Authority::Consensus => {
                4 * timing.election + timing.request_timeout + 6 * self.hop(tick) + 3 * self.costs.sync
            }
        }
    }

    /// What comes while a round of replication is under way waits for that one first: a sync of the leader and one of its followers,
    /// and the fetches that bring the batch and say that it is there.
    fn turn(&self, tick: Micros) -> Micros {
        2 * self.costs.sync + 4 * self.hop(tick)
    }

    fn bounds_of_senders(&self, tick: Micros) -> Bounds {
        let hangs = self.producer_config(&self.config()).request_timeout;
        self.bounds(hangs, hangs, tick)
    }

    fn within_for_senders(&self, tick: Micros) -> Within {
        let Bounds { yet, calm, follower, leader } = self.bounds_of_senders(tick);
        let asking = self.asking(self.producer_config(&self.config()).request_timeout);
        let bounds = Lost::ALL.iter().map(|lost| match lost {
            Lost::NothingYet => yet,
            Lost::Nothing | Lost::Controller => calm,
            Lost::Follower => follower,
            Lost::Leader | Lost::LeadersController => leader,
            Lost::AllButCore => leader + asking,
        });
        self.within(bounds, leader)
    }

    /// As long as a fault is present, where producers wait for longer than the longest wait.
    fn resolves_after(&self, tick: Micros) -> Option<Micros> {
        let within = self.within_for_senders(tick);
        let patient =
            self.producer_config(&self.config()).delivery_timeout > within.bound(Lost::LeadersController, 0);
        patient.then_some(within.recovery)
    }

    fn within_for_group(&self, group: usize, tick: Micros) -> Within {
        let consumer = self.consumer_config(&self.config(), group);
        let ConsumerConfig { heartbeat, session_timeout, fetch_wait, request_timeout, .. } = consumer;
        let Bounds { yet, calm, follower, leader } =
            self.bounds(request_timeout, fetch_wait + request_timeout, tick);
        let (own, rebalance) = (self.own_of_group(group, tick), self.timing.rebalance);
        let rounds = ROUNDS * self.round_of_group(group, tick);
        let unaware = self.timing.broker_session + self.tell(tick) + 2 * consumer.metadata_age + calm;
        let bounds = Lost::ALL.iter().map(|lost| match lost {
            Lost::NothingYet => yet + own - heartbeat + rounds,
            Lost::Nothing | Lost::Controller => calm + own,
            Lost::Follower => follower + own + rebalance,
            Lost::Leader => leader + own + rebalance,
            Lost::LeadersController => leader.max(unaware) + own + rebalance,
            Lost::AllButCore => leader + self.asking(request_timeout) + session_timeout + own + rebalance,
        });
        let (per_record, records) = self.work_of_group(group, tick);
        Within { per_record, records, ..self.within(bounds, leader + own + rebalance) }
    }

    /// What a group needs for itself beside its work, once its logs serve.
    fn own_of_group(&self, group: usize, tick: Micros) -> Micros {
        let consumer = self.consumer_config(&self.config(), group);
        consumer.heartbeat + consumer.commit.interval().unwrap_or_default() + self.tell(tick)
    }

    /// What a group works on a record at most, and on how many before it settles something of a log: all that a member may hold
    /// back, and a poll of every log.
    fn work_of_group(&self, group: usize, tick: Micros) -> (Micros, u64) {
        let consumer = self.consumer_config(&self.config(), group);
        let effect = super::micros(self.groups[group].effort) + 2 * self.hop(tick);
        let poll = consumer.max_records as usize + self.producing.batch_records - 1;
        let records = consumer.max_buffered + consumer.subscription.len() * poll;
        (2 * effect, records as u64)
    }

    /// A change of generation among members that live: a heartbeat, the commit before they part, and four requests with their
    /// answers.
    fn round_of_group(&self, group: usize, tick: Micros) -> Micros {
        let consumer = self.consumer_config(&self.config(), group);
        consumer.heartbeat + self.tell(tick) + 8 * self.hop(tick)
    }

    /// How long clients of a core that was healed may ask those outside of it first, each for as long as a request times out; but one,
    /// who is asked within the bound of a lost leader.
    fn asking(&self, hangs: Micros) -> Micros {
        let outside = self.brokers.saturating_sub(self.must_be_up() as u32);
        Micros::from(outside.saturating_sub(1)) * hangs
    }

    fn within(&self, bounds: impl Iterator<Item = Micros>, leader: Micros) -> Within {
        let mut within = Within { recovery: leader + self.timing.request_timeout, ..Within::default() };
        within.bounds.iter_mut().zip(bounds).for_each(|(bound, longest)| {
            *bound = longest * if sabotage!(BoundTimesTen) { 10 } else { 1 };
        });
        within
    }
}
