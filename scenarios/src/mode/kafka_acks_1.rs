//! Kafka 3 with `acks=1`, the default of its producers before (KIP-679).

use harness::chaos::absent::Absent;
use harness::mode::{Mode, Profile};

use super::loses::{LOST_ACKED, acknowledged_alone, overtaken, sent_twice, stored_data};
use super::product::{KAFKA, ONE_COPY, before_elr};

pub fn mode() -> Mode {
    Mode {
        name: "kafka-acks-1",
        about: "The leader answers for itself alone: what its followers have not fetched yet is lost with it.",
        product: &KAFKA,
        defaults: Profile {
            settings: &[("acks", "1"), ("eligible.leader.replicas.version", "0")],
            excluded: stored_data(ONE_COPY, LOST_ACKED),
            unpromised: vec![sent_twice(), overtaken()],
            ..Profile::default()
        },
        recommended: Profile {
            settings: &[
                ("acks", "1"),
                ("eligible.leader.replicas.version", "0"),
                ("default.replication.factor", "3"),
                ("min.insync.replicas", "2"),
                ("enable.auto.commit", "false"),
                ("max.in.flight.requests.per.connection", "1"),
            ],
            serves_through: &[Absent::Follower, Absent::Leader],
            excluded: before_elr(LOST_ACKED),
            unpromised: vec![acknowledged_alone(), sent_twice()],
            ..Profile::default()
        },
    }
}
