//! The records of one produce request, from their first attempt until their fate is settled.

use crate::client::turn::Turn;
use crate::wire::client::Refusal;
use crate::{Micros, Records};

/// Names a batch within its queue, over all its attempts.
pub(super) type Serial = u64;

/// Records that travel together, and what their attempts came to.
#[derive(Clone, Debug, Hash)]
pub(super) struct Batch {
    pub(super) serial: Serial,
    pub(super) records: Records,
    /// When the user is told, whatever is known by then.
    pub(super) deadline: Micros,
    /// The place in the current session, once it was sent in it.
    pub(super) sequence: Option<u32>,
    pub(super) turn: Turn,
    pub(super) attempts: u32,
    /// Some attempt had an outcome that is not known.
    pub(super) doubted: bool,
    /// The user was told *unknown*; the batch stays only to keep the sequence whole, or its place in flight.
    pub(super) told: bool,
    /// It was the oldest of its queue when the current attempt was sent.
    pub(super) sent_as_head: bool,
    pub(super) refusal: Option<Refusal>,
}

impl Batch {
    pub(super) fn new(serial: Serial, records: Records, deadline: Micros) -> Self {
        Batch {
            serial,
            records,
            deadline,
            sequence: None,
            turn: Turn::Due,
            attempts: 0,
            doubted: false,
            told: false,
            sent_as_head: false,
            refusal: None,
        }
    }

    /// How many sequence numbers it takes. Requests are bounded far below 2^32 records.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.records.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn in_flight(&self) -> bool {
        defect!(NeverInFlight: false, self.turn == Turn::Asked)
    }
}
