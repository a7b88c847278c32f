//! Kafka 4.1 with three controllers that keep the catalogue in a log of their own (KRaft, KIP-500 and KIP-595).

use harness::Cluster;
use harness::chaos::absent::Absent;
use harness::mode::{Mode, Product, Profile};

use super::loses::{LOST_ACKED, stored_data};
use super::product::{KAFKA, ONE_COPY, at_work};

/// Kafka on five brokers.
const KRAFT: Product = Product { cluster: || at_work(Cluster::new().brokers(5)), ..KAFKA };

/// Three controllers, of which one decides.
const VOTERS: (&str, &str) =
    ("controller.quorum.voters", "1@controller-1:9093,2@controller-2:9093,3@controller-3:9093");

pub fn mode() -> Mode {
    Mode {
        name: "kafka-kraft",
        about: "Three controllers elect which of them decides: what one of them loses the others have.",
        product: &KRAFT,
        defaults: Profile {
            settings: &[VOTERS],
            excluded: stored_data(ONE_COPY, LOST_ACKED),
            ..Profile::default()
        },
        recommended: Profile {
            settings: &[
                VOTERS,
                ("default.replication.factor", "3"),
                ("min.insync.replicas", "2"),
                ("enable.auto.commit", "false"),
            ],
            serves_through: &[Absent::Follower, Absent::Leader, Absent::LeaderAndController],
            ..Profile::default()
        },
    }
}
