//! Kafka 3 with `acks=all`, the default of its producers since 3.0 (KIP-679).

use harness::chaos::absent::Absent;
use harness::mode::{Mode, Profile};

use super::loses::{LOST_ACKED, stored_data};
use super::product::{KAFKA, ONE_COPY, before_elr};

pub fn mode() -> Mode {
    Mode {
        name: "kafka-acks-all",
        about: "All in sync have what is acknowledged; who comes back with less than it had may still lead.",
        product: &KAFKA,
        defaults: Profile {
            settings: &[("eligible.leader.replicas.version", "0")],
            excluded: stored_data(ONE_COPY, LOST_ACKED),
            ..Profile::default()
        },
        recommended: Profile {
            settings: &[
                ("eligible.leader.replicas.version", "0"),
                ("default.replication.factor", "3"),
                ("min.insync.replicas", "2"),
                ("enable.auto.commit", "false"),
            ],
            serves_through: &[Absent::Follower, Absent::Leader],
            excluded: before_elr(LOST_ACKED),
            ..Profile::default()
        },
    }
}
