//! What the world outside asks of a node.

use super::*;
use crate::chaos::fault::{Burst, PoisonRecord, RefusingSink, SlowSink};

pub(super) fn burst() -> Signature {
    (lasting(Burst { producer: 1, records: 9 }), |played| {
        played.nothing_was_lost();
        assert_eq!(loads(played, CLIENT), [(STRIKE, Load::Burst { records: 9 })]);
        assert_eq!(loads(played, SERVER), []);
    })
}

pub(super) fn slow_sink() -> Signature {
    (lasting(SlowSink { group: GROUP.to_owned(), longer_ms: 50 }), |played| {
        played.nothing_was_lost();
        let steps = played.inputs(SERVER, DURING).count();
        assert!((1..=7).contains(&steps), "{steps} steps");
    })
}

pub(super) fn refusing_sink() -> Signature {
    (lasting(RefusingSink { group: GROUP.to_owned() }), |played| {
        played.nothing_was_lost();
        assert_eq!(loads(played, SERVER), [(STRIKE, Load::Refuse(true)), (HEAL, Load::Refuse(false))]);
        assert_eq!(loads(played, CLIENT), []);
    })
}

pub(super) fn poison_record() -> Signature {
    (lasting(PoisonRecord { group: GROUP.to_owned() }), |played| {
        played.nothing_was_lost();
        assert_eq!(loads(played, SERVER), [(STRIKE, Load::Poison(true)), (HEAL, Load::Poison(false))]);
        assert_eq!(loads(played, CLIENT), []);
    })
}
