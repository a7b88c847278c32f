//! The numbers of a cluster, one line each: how many there are of everything, and how its clients work. Seeds draw the number of
//! records. Of the rest they draw what a scenario says; where it must keep its promise whatever it is made of, every second seed
//! draws something else, as far as the promise goes. What a schedule leaves out is as the scenario says.

use std::ops::RangeInclusive;
use std::time::Duration;

use broker::Micros;
use broker::client::WorkPolicy;

use super::hosts::{FIRST_CONSUMER, FIRST_PRODUCER, PER_GROUP};
use super::{Cluster, Group};
use crate::seed::knob::{Knob, Knobs};

/// A number of a cluster.
struct Size {
    /// The knob's name.
    name: &'static str,
    /// What the scenario says.
    own: fn(&Cluster) -> u64,
    /// Makes it so many.
    set: fn(&mut Cluster, u64),
    /// What a schedule may say.
    allowed: RangeInclusive<u64>,
    /// Which of that is the simplest.
    simplest: Simplest,
    /// What seeds draw beside the scenario's own number; `None` where nothing else keeps the promise.
    varied: fn(&Cluster) -> Option<RangeInclusive<u64>>,
}

/// What a shrinker makes of a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Simplest {
    /// As little as may be.
    Least,
    /// What the scenario says: less is another system, and no simpler one.
    Own,
}

/// Longer than an hour no time of a cluster can be.
const HOUR_MS: u64 = 3_600_000;

const SIZES: &[Size] = &[
    Size {
        name: "producers",
        own: |cluster| cluster.producing.producers.into(),
        set: |cluster, producers| cluster.producing.producers = small(producers),
        allowed: 1..=(FIRST_CONSUMER - FIRST_PRODUCER - 1) as u64,
        simplest: Simplest::Least,
        varied: |_| Some(1..=3),
    },
    // Groups that are smaller than the largest stay so, as long as they can.
    Size {
        name: "consumers",
        own: |cluster| largest(cluster, |group| group.consumers),
        set: |cluster, consumers| scale(cluster, small(consumers), |group| &mut group.consumers),
        allowed: 1..=PER_GROUP as u64,
        simplest: Simplest::Least,
        varied: |_| Some(1..=4),
    },
    // The last member of every group that has several joins so many milliseconds after the start.
    Size {
        name: "late-member-ms",
        own: |cluster| largest(cluster, |group| millis(group.late)),
        set: |cluster, ms| cluster.groups.iter_mut().for_each(|group| group.late = Duration::from_millis(ms)),
        allowed: 0..=HOUR_MS,
        simplest: Simplest::Least,
        varied: |cluster| (!cluster.groups.is_empty()).then_some(1..=800),
    },
    // It leaves so many milliseconds after the start, and comes back when everything is healed; 0 is never.
    Size {
        name: "leaving-member-ms",
        own: |cluster| largest(cluster, |group| millis(group.leaves)),
        set: |cluster, ms| {
            cluster.groups.iter_mut().for_each(|group| group.leaves = Duration::from_millis(ms))
        },
        allowed: 0..=HOUR_MS,
        simplest: Simplest::Least,
        varied: |cluster| (!cluster.groups.is_empty()).then_some(200..=1_500),
    },
    Size {
        name: "poll-records",
        own: |cluster| largest(cluster, |group| group.poll),
        set: |cluster, poll| scale(cluster, small(poll), |group| &mut group.poll),
        allowed: 1..=10_000,
        simplest: Simplest::Least,
        varied: |_| Some(1..=50),
    },
    // Several lanes keep the order of a key, as one does.
    Size {
        name: "lanes",
        own: |cluster| largest(cluster, |group| u32::from(group.work.lanes())),
        set: |cluster, lanes| {
            cluster.groups.iter_mut().for_each(|group| group.work = in_lanes(group.work, lanes))
        },
        allowed: 1..=64,
        simplest: Simplest::Least,
        varied: |_| Some(1..=6),
    },
    Size {
        name: "topics",
        own: |cluster| cluster.topics.into(),
        set: |cluster, topics| cluster.topics = narrow(topics),
        allowed: 1..=20,
        simplest: Simplest::Least,
        varied: |_| Some(1..=2),
    },
    Size {
        name: "partitions",
        own: |cluster| cluster.topic.partitions.into(),
        set: |cluster, partitions| cluster.topic.partitions = narrow(partitions),
        allowed: 1..=100,
        simplest: Simplest::Least,
        varied: |_| Some(1..=3),
    },
    Size {
        name: "brokers",
        own: |cluster| cluster.brokers.into(),
        set: |cluster, brokers| cluster.brokers = small(brokers),
        allowed: 1..=(FIRST_PRODUCER - 1) as u64,
        simplest: Simplest::Own,
        varied: any_replicas,
    },
    // No log is kept on more brokers than there are, nor must more be in sync than keep it.
    Size {
        name: "replicas",
        own: |cluster| cluster.topic.replicas.into(),
        set: |cluster, replicas| cluster.topic.replicas = narrow(replicas),
        allowed: 1..=(FIRST_PRODUCER - 1) as u64,
        simplest: Simplest::Own,
        varied: any_replicas,
    },
    Size {
        name: "in-flight",
        own: |cluster| cluster.producing.in_flight as u64,
        set: |cluster, requests| cluster.producing.in_flight = small(requests) as usize,
        allowed: 1..=5,
        simplest: Simplest::Least,
        // Without sequence numbers more would reorder, and fewer do not.
        varied: |cluster| {
            Some(1..=if cluster.producing.idempotent { 5 } else { cluster.producing.in_flight as u64 })
        },
    },
    Size {
        name: "batch-records",
        own: |cluster| cluster.producing.batch_records as u64,
        set: |cluster, records| cluster.producing.batch_records = small(records) as usize,
        allowed: 1..=1_000,
        simplest: Simplest::Least,
        varied: |_| Some(1..=16),
    },
    // So many facts come at once, and as much later the next ones: only so are there batches.
    Size {
        name: "facts-at-once",
        own: |cluster| cluster.producing.at_once.into(),
        set: |cluster, facts| cluster.producing.at_once = small(facts),
        allowed: 1..=1_000,
        simplest: Simplest::Least,
        varied: |_| Some(1..=12),
    },
    Size {
        name: "keys",
        own: |cluster| cluster.producing.keys.into(),
        set: |cluster, keys| cluster.producing.keys = small(keys),
        allowed: 1..=10_000,
        simplest: Simplest::Least,
        varied: |_| Some(1..=32),
    },
    // Of a hundred facts so many are of one key, the others of all in turn.
    Size {
        name: "hot-key-percent",
        own: |cluster| cluster.producing.hot_key_percent.into(),
        set: |cluster, percent| cluster.producing.hot_key_percent = small(percent),
        allowed: 0..=100,
        simplest: Simplest::Least,
        varied: |_| Some(1..=90),
    },
    Size {
        name: "payload-bytes",
        own: |cluster| cluster.producing.payload as u64,
        set: |cluster, bytes| cluster.producing.payload = small(bytes) as usize,
        allowed: 0..=1_000_000,
        simplest: Simplest::Least,
        varied: |_| Some(1..=4_000),
    },
    Size {
        name: "delivery-timeout-ms",
        own: |cluster| millis(cluster.producing.delivery_timeout),
        set: |cluster, ms| cluster.producing.delivery_timeout = Duration::from_millis(ms),
        allowed: 1..=HOUR_MS,
        simplest: Simplest::Own,
        // About as long as faults last: only so are batches given up, and sequences lost.
        varied: |_| Some(100..=8_000),
    },
    // A frame takes so long from host to host, and up to as long again. What needs a few frames, as an election or a round of replication
    // does, then takes a tenth of a time-out instead of a hundredth, and a fault strikes in the midst of it. Longer ways than that come
    // near the shortest time-outs of a scenario (a follower may lag for 100 ms), which nobody would run.
    Size {
        name: "latency-us",
        own: |cluster| cluster.costs.latency,
        set: |cluster, us| (cluster.costs.latency, cluster.costs.jitter) = (us, us),
        allowed: 0..=60_000_000,
        simplest: Simplest::Own,
        varied: |_| Some(300..=2_500),
    },
    Size {
        name: "sync-us",
        own: |cluster| cluster.costs.sync,
        set: |cluster, us| cluster.costs.sync = us,
        allowed: 0..=60_000_000,
        simplest: Simplest::Own,
        varied: |_| Some(100..=5_000),
    },
    // So many times slower than the scenario says records come.
    Size {
        name: PACE,
        own: |_| 1,
        set: |cluster, pace| cluster.producing.every *= small(pace),
        allowed: 1..=10_000,
        simplest: Simplest::Least,
        varied: |_| None,
    },
];

/// The number of times that records come slower.
const PACE: &str = "pace";

impl Cluster {
    /// The pace at which the last of the records that these knobs ask for come so many microseconds after the first.
    pub(super) fn pace_over(&self, knobs: &Knobs, span: Micros) -> (&'static str, u64) {
        let all = self.sized(knobs).producing;
        let usual = super::micros(all.every).saturating_mul(*all.records.start()).max(1);
        (PACE, (span / usual).max(1))
    }

    /// The knobs.
    pub(super) fn sizes(&self) -> Vec<Knob> {
        let records = Knob::new("records", self.producing.records.clone()).allowing(1..=100_000);
        // Where there are no groups, they have no numbers.
        let there = SIZES.iter().map(|size| (size, (size.own)(self)));
        let others = there.filter(|(size, own)| size.allowed.contains(own)).map(|(size, own)| {
            let fixed = Knob::new(size.name, own..=own).allowing(size.allowed.clone());
            let fixed = if size.simplest == Simplest::Own { fixed.simplest(own) } else { fixed };
            match (size.varied)(self).filter(|_| self.varies) {
                Some(varied) => fixed.varying(varied),
                None => fixed,
            }
        });
        [records].into_iter().chain(others).collect()
    }

    /// The cluster that these knobs make of it.
    pub(super) fn sized(&self, knobs: &Knobs) -> Cluster {
        let mut sized = self.clone();
        for size in SIZES {
            if let Some(&number) = knobs.get(size.name) {
                (size.set)(&mut sized, number);
            }
        }
        let replicas = sized.topic.replicas.min(narrow(sized.brokers.into())).max(1);
        sized.topic.replicas = replicas;
        for min_isr in [&mut sized.topic.policies.min_isr, &mut sized.offsets.min_isr] {
            *min_isr = (*min_isr).min(replicas);
        }
        let records = knobs.get("records").unwrap_or(self.producing.records.start());
        sized.producing.records = *records..=*records;
        sized
    }
}

/// How many replicas seeds may draw: any number from the least on, where nothing acknowledged rests on how many there are. It is on all
/// that are in sync then, and only they are elected.
fn any_replicas(cluster: &Cluster) -> Option<RangeInclusive<u64>> {
    let acks = [cluster.producing.acks, cluster.offsets_acks];
    let clean = [cluster.topic.policies, cluster.offsets].iter().all(|policies| policies.election.is_clean());
    let least = cluster.least_replicas.filter(|_| clean && acks.iter().all(|acks| acks.waits_for_all()))?;
    Some(least.into()..=5)
}

/// The same order of work in so many lanes.
fn in_lanes(work: WorkPolicy, lanes: u64) -> WorkPolicy {
    match work {
        WorkPolicy::PollingOrder if lanes == 1 => WorkPolicy::PollingOrder,
        WorkPolicy::ParallelWorkers(_) => WorkPolicy::ParallelWorkers(narrow(lanes)),
        WorkPolicy::PollingOrder | WorkPolicy::LanesPerKey(_) => WorkPolicy::LanesPerKey(narrow(lanes)),
    }
}

/// The largest of a number over all groups.
fn largest<N: Into<u64>>(cluster: &Cluster, number: impl Fn(&Group) -> N) -> u64 {
    cluster.groups.iter().map(|group| number(group).into()).max().unwrap_or_default()
}

/// Gives the largest groups this number, and the smaller ones as much of it as they have.
fn scale(cluster: &mut Cluster, to: u32, of: impl Fn(&mut Group) -> &mut u32) {
    let largest = cluster.groups.iter_mut().map(|group| *of(group)).max().unwrap_or_default();
    for group in &mut cluster.groups {
        let number = of(group);
        *number = if *number == largest { to } else { (*number).min(to) };
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn narrow(number: u64) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chaos::cast::Part;
    use crate::system::System;
    use crate::system::workload::{Effect, Way};

    fn effect() -> Effect {
        Effect { way: Way::Inbox, work: Duration::ZERO }
    }

    fn cluster() -> Cluster {
        Cluster::new().group(Group::new("billing", effect)).group(Group::new("audit", effect).consumers(1))
    }

    fn knobs<const N: usize>(of: [(&str, u64); N]) -> Knobs {
        of.into_iter().map(|(name, number)| (name.to_owned(), number)).collect()
    }

    #[test]
    fn a_cluster_has_as_many_of_everything_as_its_knobs_say() {
        let cluster = cluster();
        let count = |knobs: &Knobs| {
            let cast = cluster.cast(knobs);
            let of = |part| cast.of(part).count();
            let hosts = cluster.hosts(knobs).len();
            assert_eq!(hosts, cast.players.len());
            [
                of(Part::Broker),
                of(Part::Producer),
                of(Part::Consumer(0)),
                of(Part::Consumer(1)),
                cast.placement.len(),
            ]
        };
        assert_eq!(count(&Knobs::new()), [3, 2, 2, 1, 3]);
        let few = [("producers", 1), ("consumers", 3), ("partitions", 1), ("brokers", 4)];
        assert_eq!(count(&knobs(few)), [4, 1, 3, 1, 2]);
        assert_eq!(count(&knobs([("topics", 3)])), [3, 2, 2, 1, 7]);
    }

    #[test]
    fn every_knob_set_to_what_the_scenario_says_changes_nothing() {
        let cluster = cluster();
        let own = SIZES.iter().map(|size| (size.name.to_owned(), (size.own)(&cluster)));
        let same = cluster.sized(&own.collect());
        for size in SIZES {
            assert_eq!((size.own)(&same), (size.own)(&cluster), "{}", size.name);
        }
        assert_eq!(same.config(), cluster.config());
    }

    #[test]
    fn every_number_reaches_what_it_is_a_number_of_and_seeds_draw_only_what_is_allowed() {
        let cluster = cluster().widened();
        for (size, knob) in SIZES.iter().zip(cluster.sizes().into_iter().skip(1)) {
            assert_eq!(size.name, knob.name);
            let Some(varied) = (size.varied)(&cluster) else { continue };
            let brokers = ("brokers".to_owned(), 5);
            for number in [*varied.start(), *varied.end()] {
                assert_eq!(knob.check(number), Ok(()));
                let knobs = Knobs::from([brokers.clone(), (size.name.to_owned(), number)]);
                assert_eq!((size.own)(&cluster.sized(&knobs)), number, "{}", size.name);
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_its_knobs_are_a_cluster_is_sound(draws in proptest::collection::vec(any::<u64>(), SIZES.len())) {
            let cluster = cluster();
            let drawn = SIZES.iter().zip(draws).map(|(size, draw)| {
                let (least, most) = size.allowed.clone().into_inner();
                (size.name.to_owned(), least + draw % (most.min(least + 60) - least + 1))
            });
            let config = cluster.sized(&drawn.collect()).config();
            prop_assert_eq!(config.flaw(), None);
            prop_assert!(config.topics.iter().all(|topic| topic.policies.min_isr <= topic.replicas));
        }
    }
}
