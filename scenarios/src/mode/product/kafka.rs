//! Kafka's settings, with the defaults of 4.1; what another version takes stands in the row that is about it.

use broker::client::CommitPolicy;
use broker::policy::{Ack, Election, Eligibility, Flush, UncleanStop};
use harness::chaos::schedule::Expect;
use harness::mode::{FASTER, Product, Setting, Values};
use harness::{Cluster, Exclusion};

use super::{at_work, in_every_log};
use crate::mode::loses::{follows_from_loss, unnoticed};
use crate::one_controller::{Decision, exclusions};

/// The kernel writes back what is older than thirty seconds (`vm.dirty_expire_centisecs`); Kafka leaves it to that.
const WRITE_BACK: u64 = 30_000_000 / FASTER;

pub const KAFKA: Product = Product { name: "Kafka", cluster: || at_work(Cluster::new()), settings: SETTINGS };

/// `replica.lag.time.max.ms` by default, in milliseconds of the lab.
pub const LAG_MS: u64 = 30_000 / FASTER;

/// Why nothing stored survives with `default.replication.factor=1`.
pub const ONE_COPY: &str = "the only copy may be in the page cache alone";

/// What it does not survive before KIP-966, with one controller.
pub fn before_elr(breaks: Expect) -> Vec<Exclusion> {
    let of_anybody = unnoticed(breaks);
    let mut of_the_controller = one_controller(breaks);
    of_the_controller.retain(|beyond| of_anybody.iter().all(|known| known.fault != beyond.fault));
    [of_anybody, of_the_controller].concat()
}

/// What its one controller does not survive.
pub fn one_controller(breaks: Expect) -> Vec<Exclusion> {
    let also = follows_from_loss();
    let follows =
        |beyond: Exclusion| Exclusion { breaks, also: [&beyond.also[..], &also].concat(), ..beyond };
    exclusions(&Decision::who_is_behind(LAG_MS)).map(follows).collect()
}

const SETTINGS: &[Setting] = &[
    // The broker's. `server.properties` sets the replication factor of the offsets topic to that of the others.
    Setting {
        name: "default.replication.factor",
        default: "1",
        values: Values::Number((1, 5), |cluster, replicas| cluster.copies(narrow(replicas))),
    },
    Setting {
        name: "min.insync.replicas",
        default: "1",
        values: Values::Number((1, 5), |cluster, least| {
            in_every_log(cluster, |policies| policies.min_isr = narrow(least))
        }),
    },
    Setting {
        name: "unclean.leader.election.enable",
        default: "false",
        values: Values::Flag(|cluster, unclean| {
            let election = if unclean { Election::Unclean } else { Election::Clean };
            in_every_log(cluster, |policies| policies.election = election)
        }),
    },
    // KIP-966. Whoever stops uncleanly is noticed since the same feature.
    Setting {
        name: "eligible.leader.replicas.version",
        default: "1",
        values: Values::Word(&[
            ("0", |cluster| {
                in_every_log(cluster, |policies| {
                    policies.eligibility = Eligibility::InSyncOnly;
                    policies.unclean_stop = UncleanStop::Ignored;
                })
            }),
            ("1", |cluster| cluster),
        ]),
    },
    Setting {
        name: "log.flush.interval.messages",
        default: "9223372036854775807",
        values: Values::Word(&[
            ("1", |cluster| in_every_log(cluster, |policies| policies.flush = Flush::BeforeAck)),
            ("9223372036854775807", |cluster| {
                in_every_log(cluster, |policies| policies.flush = Flush::Interval(WRITE_BACK))
            }),
        ]),
    },
    Setting {
        name: "replica.lag.time.max.ms",
        default: "30000",
        values: Values::Millis(|cluster, lag| cluster.timing(|timing| timing.replica_lag = lag)),
    },
    Setting {
        name: "broker.heartbeat.interval.ms",
        default: "2000",
        values: Values::Millis(|cluster, every| cluster.timing(|timing| timing.broker_heartbeat = every)),
    },
    Setting {
        name: "broker.session.timeout.ms",
        default: "9000",
        values: Values::Millis(|cluster, session| cluster.timing(|timing| timing.broker_session = session)),
    },
    Setting {
        name: "controller.quorum.voters",
        default: "1@controller-1:9093",
        values: Values::Word(&[
            ("1@controller-1:9093", |cluster| cluster.controllers(1)),
            ("1@controller-1:9093,2@controller-2:9093,3@controller-3:9093", |cluster| cluster.controllers(3)),
        ]),
    },
    // The producer's.
    Setting {
        name: "enable.idempotence",
        default: "true",
        values: Values::Flag(|cluster, idempotent| {
            cluster.producing(|produce| produce.idempotent = idempotent)
        }),
    },
    // What is not acknowledged by all cannot be idempotent: Kafka turns that off unless somebody insists (KIP-679).
    Setting {
        name: "acks",
        default: "all",
        values: Values::Word(&[
            ("0", |cluster| {
                cluster.producing(|produce| (produce.acks, produce.idempotent) = (Ack::None, false))
            }),
            ("1", |cluster| {
                cluster.producing(|produce| (produce.acks, produce.idempotent) = (Ack::Leader, false))
            }),
            ("all", |cluster| cluster.producing(|produce| produce.acks = Ack::All)),
        ]),
    },
    Setting {
        name: "max.in.flight.requests.per.connection",
        default: "5",
        values: Values::Number((1, 5), |cluster, requests| {
            cluster.producing(|produce| produce.in_flight = usize::from(narrow(requests)))
        }),
    },
    // The consumer's.
    Setting {
        name: "auto.commit.interval.ms",
        default: "5000",
        values: Values::Millis(|cluster, every| {
            cluster.consuming(|group| group.commit(CommitPolicy::Interval(every)))
        }),
    },
    Setting {
        name: "enable.auto.commit",
        default: "true",
        values: Values::Flag(|cluster, automatic| match automatic {
            true => cluster,
            false => cluster.consuming(|group| group.commit(CommitPolicy::AfterEffect)),
        }),
    },
];

/// What its range keeps this small.
fn narrow(number: u64) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
