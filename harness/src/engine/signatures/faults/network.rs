//! What happens between two nodes.

use super::*;
use crate::chaos::fault::{Delay, HalfOpen, Partition, Reset, Stall};

pub(super) fn partition() -> Signature {
    (lasting(Partition::isolate(BROKER, Streams::Hold).flapping(100)), |played| {
        played.nothing_was_lost();
        assert_eq!(played.numbers(CLIENT, DURING.start..STRIKE + 100 * MS), NONE);
        assert!(
            !played.numbers(CLIENT, STRIKE + 100 * MS..STRIKE + 200 * MS).is_empty(),
            "mended for a while"
        );
        assert_eq!(played.numbers(CLIENT, STRIKE + 220 * MS..HEAL), NONE, "cut again");
    })
}

pub(super) fn delay() -> Signature {
    (lasting(Delay { from: PRODUCER, to: BROKER, longer_ms: 100 }), |played| {
        played.nothing_was_lost();
        assert_eq!(played.numbers(SERVER, DURING.start..STRIKE + 95 * MS), NONE);
        assert!(played.numbers(SERVER, STRIKE + 100 * MS..HEAL).len() > 10, "as many as ever, later");
    })
}

pub(super) fn stall() -> Signature {
    (lasting(Stall { from: PRODUCER, to: BROKER }), |played| {
        played.nothing_was_lost();
        assert_eq!(played.numbers(SERVER, DURING), NONE);
    })
}

pub(super) fn reset() -> Signature {
    (lasting(Reset { from: PRODUCER, to: BROKER }), |played| {
        played.was_replaced();
        assert_eq!(played.closed(CLIENT, STRIKE..DURING.start), 1);
        assert_eq!(played.closed(SERVER, STRIKE..DURING.start), 1);
        assert!(!played.numbers(CLIENT, DURING).is_empty(), "it opens again at once");
    })
}

pub(super) fn lose_frame() -> Signature {
    (lasting(Fault::lose_frame(PRODUCER, BROKER)), |played| {
        played.was_replaced();
        assert_eq!(played.closed(SERVER, STRIKE..HEAL), 1);
        assert!(played.numbers(SERVER, 0..HORIZON).windows(2).any(|pair| pair[1] > pair[0] + 1));
    })
}

pub(super) fn half_open() -> Signature {
    (lasting(HalfOpen { from: PRODUCER, to: BROKER }), |played| {
        assert_eq!(played.numbers(CLIENT, DURING.start..HORIZON), NONE);
        assert_eq!(played.numbers(SERVER, DURING.start..HORIZON), NONE);
        assert_eq!(played.closed(CLIENT, 0..HORIZON) + played.closed(SERVER, 0..HORIZON), 0);
    })
}
