//! NATS JetStream, a stream of three replicas. What a voter does that comes back with an empty disk is as it was meant; what it did
//! (issues 7549 and 7567 of nats-server) is the scenario `raft-voter-lost-its-disk`.

use broker::policy::{Ack, Flush};
use harness::chaos::absent::Absent;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::FaultKind;
use harness::mode::{FASTER, Mode, Product, Profile, Setting, Values};
use harness::{Cluster, Exclusion};

use super::loses::{Forgetful, LOST_ACKED, all_go_dark, lying_voter, sent_twice};
use super::product::{at_work, in_every_log};

const NATS: Product = Product { name: "NATS JetStream", cluster: three_nodes, settings: SETTINGS };

/// `js.publish` waits for each acknowledgement; without `Nats-Msg-Id` a stream does not recognise what it has.
fn three_nodes() -> Cluster {
    at_work(Cluster::new().elects()).producing(|produce| {
        produce.acks = Ack::All;
        produce.idempotent = false;
        produce.in_flight = 1;
    })
}

const SETTINGS: &[Setting] = &[
    Setting {
        name: "num_replicas",
        default: "1",
        values: Values::Word(&[
            ("1", |cluster| cluster.replicas(1, 1)),
            ("3", |cluster| cluster.replicas(3, 2)),
        ]),
    },
    Setting {
        name: "sync_interval",
        default: "2m",
        values: Values::Word(&[
            ("2m", |cluster| {
                in_every_log(cluster, |policies| policies.flush = Flush::Interval(120_000_000 / FASTER))
            }),
            ("always", |cluster| in_every_log(cluster, |policies| policies.flush = Flush::BeforeAck)),
        ]),
    },
];

/// Of what was not synced yet nobody remembers that it was there.
fn rotten_cache() -> Exclusion {
    let reason = "what is damaged before it was synced passes for a torn end: the voter votes as if it had never had it";
    Forgetful { fault: FaultKind::BitRot, reason, breaks: LOST_ACKED, log: ("payments", 3), at: 530 }.excluded()
}

pub fn mode() -> Mode {
    let cached = |fault| all_go_dark(fault, "what a majority holds may be in page caches alone");
    Mode {
        name: "nats-r3",
        about: "A majority has what is acknowledged, and syncs it two minutes later unless it is told to at once.",
        product: &NATS,
        defaults: Profile {
            settings: &[("num_replicas", "3"), ("sync_interval", "2m")],
            serves_through: &[Absent::Follower, Absent::Leader],
            excluded: vec![cached(FaultKind::PowerLoss), cached(FaultKind::TornWrite), rotten_cache()],
            unpromised: vec![sent_twice()],
            ..Profile::default()
        },
        recommended: Profile {
            settings: &[("num_replicas", "3"), ("sync_interval", "always")],
            serves_through: &[Absent::Follower, Absent::Leader],
            excluded: vec![lying_voter(3, LOST_ACKED)],
            unpromised: vec![sent_twice()],
            must_see: vec![Item::strike(FaultKind::PowerLoss, Outstanding::Unacknowledged, 500)],
        },
    }
}
