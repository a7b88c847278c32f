//! What happens to a process: it dies, stops, stands still, is slow.

use super::*;
use crate::chaos::fault::{Restart, RollingRestart, SlowNode, Stop};

pub(super) fn crash() -> Signature {
    (lasting(Fault::crash(BROKER)), |played| {
        played.was_replaced();
        assert!(played.refused(CLIENT, DURING) > 2);
        assert_eq!(found(played), taken(played), "the page cache survives");
    })
}

/// While something is written: what was not synced is gone.
pub(super) fn power_loss() -> Signature {
    (while_writing(Fault::power_loss(BROKER)), |played| {
        played.was_replaced();
        assert_eq!(played.closed(CLIENT, STRIKE..HEAL), 0, "nobody says goodbye");
        let (found, echoed) = (found(played), played.numbers(CLIENT, 0..STRIKE));
        assert!(found.starts_with(&bytes(&echoed)), "what was synced survives");
    })
}

pub(super) fn restart() -> Signature {
    (lasting(Restart { target: BROKER }), |played| {
        played.was_replaced();
        assert_eq!(played.closed(CLIENT, STRIKE..DURING.start), 1);
        assert!(!played.numbers(CLIENT, DURING).is_empty(), "it is back at once");
    })
}

pub(super) fn rolling_restart() -> Signature {
    (lasting(RollingRestart { every_ms: 100 }), |played| {
        let started = |node| {
            let starts = played.events.iter().filter(move |event| event.node == node);
            let starts = starts.filter(|event| matches!(event.input, Input::Started { .. }));
            starts.map(|event| event.at / (10 * MS)).collect::<Vec<_>>()
        };
        let (first, second) = (STRIKE / (10 * MS), STRIKE / (10 * MS) + 10);
        assert_eq!((started(SERVER), started(OTHER)), (vec![0, first], vec![0, second]));
    })
}

pub(super) fn stop() -> Signature {
    (lasting(Stop { target: BROKER }), |played| {
        played.was_replaced();
        assert!(played.inputs(SERVER, STRIKE..HEAL).any(|input| matches!(input, Input::Stop)));
        assert!(played.refused(CLIENT, DURING) > 2, "it stays down");
        assert_eq!(found(played), taken(played), "it ends by itself, and loses nothing");
    })
}

pub(super) fn pause() -> Signature {
    (lasting(Fault::pause(BROKER)), |played| {
        played.nothing_was_lost();
        assert_eq!(played.inputs(SERVER, STRIKE + MS..HEAL).count(), 0);
    })
}

pub(super) fn slow_node() -> Signature {
    (lasting(SlowNode { target: BROKER, longer_ms: 50 }), |played| {
        played.nothing_was_lost();
        let steps = played.inputs(SERVER, DURING).count();
        assert!((1..=7).contains(&steps), "{steps} steps");
    })
}
