//! RocketMQ's settings, with the defaults of 5.

use broker::client::CommitPolicy;
use broker::policy::{Ack, Flush};
use harness::Cluster;
use harness::mode::{Product, Setting, Values};

use super::{at_work, in_every_log};

pub const ROCKETMQ: Product = Product { name: "RocketMQ", cluster: one_master, settings: SETTINGS };

/// One master on one disk. Its producers send one record after another and wait for each (`send`), and send again what failed; nobody
/// recognises what was stored already.
fn one_master() -> Cluster {
    at_work(Cluster::new().brokers(1).replicas(1, 1)).producing(|produce| {
        produce.idempotent = false;
        produce.in_flight = 1;
        produce.acks = Ack::Leader;
    })
}

const SETTINGS: &[Setting] = &[
    // Three nodes that elect, and whoever leads has what a majority holds.
    Setting {
        name: "enableDLegerCommitLog",
        default: "false",
        values: Values::Flag(|cluster, elects| match elects {
            true => cluster.brokers(3).replicas(3, 2).elects().producing(|produce| produce.acks = Ack::All),
            false => cluster,
        }),
    },
    Setting {
        name: "flushIntervalCommitLog",
        default: "500",
        values: Values::Millis(|cluster, every| {
            in_every_log(cluster, |policies| policies.flush = Flush::Interval(every))
        }),
    },
    Setting {
        name: "flushDiskType",
        default: "ASYNC_FLUSH",
        values: Values::Word(&[
            ("ASYNC_FLUSH", |cluster| cluster),
            ("SYNC_FLUSH", |cluster| in_every_log(cluster, |policies| policies.flush = Flush::BeforeAck)),
        ]),
    },
    Setting {
        name: "persistConsumerOffsetInterval",
        default: "5000",
        values: Values::Millis(|cluster, every| {
            cluster.consuming(|group| group.commit(CommitPolicy::Interval(every)))
        }),
    },
];
