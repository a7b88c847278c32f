//! Kafka 3 with `acks=0`. RocketMQ's `sendOneway` and RabbitMQ without confirms do the same.

use harness::chaos::absent::Absent;
use harness::mode::{Mode, Profile};

use super::loses::{DIRTY_READ, fire_and_forget, stored_data};
use super::product::{KAFKA, ONE_COPY, before_elr};

pub fn mode() -> Mode {
    Mode {
        name: "kafka-acks-0",
        about: "The producer waits for no answer: nothing is quicker, and what is lost on the way nobody misses.",
        product: &KAFKA,
        defaults: Profile {
            settings: &[("acks", "0"), ("eligible.leader.replicas.version", "0")],
            excluded: stored_data(ONE_COPY, DIRTY_READ),
            unpromised: vec![fire_and_forget()],
            ..Profile::default()
        },
        recommended: Profile {
            settings: &[
                ("acks", "0"),
                ("eligible.leader.replicas.version", "0"),
                ("default.replication.factor", "3"),
                ("min.insync.replicas", "2"),
                ("enable.auto.commit", "false"),
            ],
            serves_through: &[Absent::Follower, Absent::Leader],
            excluded: before_elr(DIRTY_READ),
            unpromised: vec![fire_and_forget()],
            ..Profile::default()
        },
    }
}
