//! Kafka 4.1 with eligible leader replicas (KIP-966), and one controller.

use harness::chaos::absent::Absent;
use harness::mode::{Mode, Profile};

use super::loses::{LOST_ACKED, stored_data};
use super::product::{KAFKA, ONE_COPY, one_controller};

pub fn mode() -> Mode {
    Mode {
        name: "kafka-elr",
        about: "Whoever may have forgotten what it held does not lead; with too few in sync nobody is told \"stored\".",
        product: &KAFKA,
        defaults: Profile {
            settings: &[("eligible.leader.replicas.version", "1")],
            excluded: stored_data(ONE_COPY, LOST_ACKED),
            ..Profile::default()
        },
        recommended: Profile {
            settings: &[
                ("eligible.leader.replicas.version", "1"),
                ("default.replication.factor", "3"),
                ("min.insync.replicas", "2"),
                ("enable.auto.commit", "false"),
            ],
            serves_through: &[Absent::Follower, Absent::Leader],
            excluded: one_controller(LOST_ACKED),
            ..Profile::default()
        },
    }
}
