//! What happens to a disk.

use super::*;
use crate::chaos::fault::{BitRot, DiskFull, DiskLoss, LyingSync, Restart, SlowDisk, SyncFailure, TornWrite};

pub(super) fn disk_loss() -> Signature {
    (lasting(DiskLoss { target: BROKER }), |played| {
        played.was_replaced();
        assert!(found(played).is_empty(), "something is left");
    })
}

pub(super) fn sync_failure() -> Signature {
    (lasting(SyncFailure { target: BROKER }), |played| {
        played.was_replaced();
        halted(played);
        assert!(played.refused(CLIENT, DURING) > 2);
    })
}

pub(super) fn lying_sync() -> Signature {
    let steps = and(lasting(LyingSync { target: BROKER }), 400, Fault::power_loss(BROKER));
    (steps, |played| {
        let echoed = played.numbers(CLIENT, 0..HEAL);
        assert!(found(played).len() < bytes(&echoed).len(), "what it said it had is gone");
        assert!(found(played).starts_with(&bytes(&played.numbers(CLIENT, 0..STRIKE))));
    })
}

pub(super) fn torn_write() -> Signature {
    (while_writing(TornWrite { target: BROKER }), |played| {
        played.was_replaced();
        let (found, taken) = (found(played), taken(played));
        assert!(found.len() < taken.len() && found.len() + 8 >= taken.len());
        assert!(taken.starts_with(&found));
    })
}

pub(super) fn bit_rot() -> Signature {
    let steps = and(lasting(BitRot { target: BROKER }), 400, Restart { target: BROKER });
    (steps, |played| {
        let flipped = found(played).iter().zip(taken(played)).map(|(a, b)| (a ^ b).count_ones()).sum::<u32>();
        assert_eq!(flipped, 1);
    })
}

pub(super) fn disk_full() -> Signature {
    (lasting(DiskFull { target: BROKER }), |played| {
        played.was_replaced();
        halted(played);
        let taken = taken(played);
        assert_eq!(found(played), taken[..taken.len() - 8], "the append that failed left nothing");
    })
}

pub(super) fn slow_disk() -> Signature {
    (lasting(SlowDisk { target: BROKER, longer_ms: 100 }), |played| {
        played.nothing_was_lost();
        assert_eq!(played.numbers(CLIENT, DURING.start..STRIKE + 95 * MS), NONE);
        assert!(!played.numbers(SERVER, DURING).is_empty(), "only syncs are slow");
    })
}
