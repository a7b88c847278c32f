//! What happens to a clock.

use super::*;
use crate::chaos::fault::{ClockDrift, ClockJump, ClockOffset};

pub(super) fn clock_offset() -> Signature {
    (lasting(ClockOffset { target: PRODUCER, ms: -50 }), |played| {
        played.nothing_was_lost();
        assert_eq!(played.walls_ahead(CLIENT, DURING), [-50_000]);
        assert_eq!(played.walls_ahead(CLIENT, AFTER), [0]);
        assert_eq!(played.walls_ahead(SERVER, DURING), [0]);
    })
}

pub(super) fn clock_drift() -> Signature {
    (lasting(ClockDrift { target: PRODUCER, ppm: 500_000 }), |played| {
        played.nothing_was_lost();
        let (during, after) =
            (played.numbers(SERVER, DURING), played.numbers(SERVER, HEAL + 20 * MS..2 * HEAL));
        assert!((38..=46).contains(&during.len()), "{} in 280 ms", during.len());
        assert!((40..=50).contains(&after.len()), "{} in 480 ms", after.len());
    })
}

pub(super) fn clock_jump() -> Signature {
    (lasting(ClockJump { target: PRODUCER, ms: 3_000 }), |played| {
        played.nothing_was_lost();
        assert_eq!(played.walls_ahead(CLIENT, DURING), [3_000_000]);
        assert_eq!(played.walls_ahead(CLIENT, AFTER), [3_000_000], "nobody sets it back");
    })
}
