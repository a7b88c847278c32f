//! RabbitMQ's quorum queues. A queue's consumers are the lab's groups here: what is settled is kept in a log that is replicated alike.

use broker::client::CommitPolicy;
use broker::policy::Ack;
use harness::Cluster;
use harness::chaos::absent::Absent;
use harness::chaos::coverage::{Item, Outstanding};
use harness::chaos::fault::FaultKind;
use harness::mode::{Mode, Product, Profile, Setting, Values};

use super::loses::{INCOMPLETE, LOST_ACKED, fire_and_forget, lying_voter, overtaken, sent_twice};
use super::product::at_work;

/// RabbitMQ, as far as a queue of type `quorum` goes, on five nodes.
const RABBITMQ: Product = Product { name: "RabbitMQ", cluster: five_nodes, settings: SETTINGS };

/// Publishers send again what nobody confirmed, and no queue recognises what it has.
fn five_nodes() -> Cluster {
    at_work(Cluster::new().brokers(5).elects()).producing(|produce| produce.idempotent = false)
}

const SETTINGS: &[Setting] = &[
    Setting {
        name: "x-quorum-initial-group-size",
        default: "3",
        values: Values::Word(&[
            ("3", |cluster| cluster.replicas(3, 2)),
            ("5", |cluster| cluster.replicas(5, 3)),
        ]),
    },
    // A channel confirms nothing before it is asked to.
    Setting {
        name: "confirm.select",
        default: "false",
        values: Values::Flag(|cluster, confirms| {
            cluster.producing(|produce| produce.acks = if confirms { Ack::All } else { Ack::None })
        }),
    },
    Setting {
        name: "no-ack",
        default: "false",
        values: Values::Flag(|cluster, settled_when_sent| {
            let commit =
                if settled_when_sent { CommitPolicy::BeforeProcessing } else { CommitPolicy::AfterEffect };
            cluster.consuming(|group| group.commit(commit))
        }),
    },
];

pub fn mode() -> Mode {
    Mode {
        name: "quorum",
        about: "A majority has synced what is confirmed, and elects who leads; without confirms nobody learns of a loss.",
        product: &RABBITMQ,
        defaults: Profile {
            settings: &[("x-quorum-initial-group-size", "3"), ("confirm.select", "false")],
            serves_through: &[Absent::Follower, Absent::Leader],
            excluded: vec![lying_voter(3, INCOMPLETE)],
            unpromised: vec![fire_and_forget()],
            ..Profile::default()
        },
        recommended: Profile {
            settings: &[("x-quorum-initial-group-size", "5"), ("confirm.select", "true")],
            serves_through: &[Absent::Follower, Absent::Leader],
            excluded: vec![lying_voter(5, LOST_ACKED)],
            unpromised: vec![sent_twice(), overtaken()],
            must_see: vec![Item::strike(FaultKind::PowerLoss, Outstanding::Unacknowledged, 500)],
        },
    }
}
