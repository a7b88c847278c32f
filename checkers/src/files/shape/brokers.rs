//! What brokers and the controller say, and what stands in the logs at the end.

use std::borrow::Cow;

use super::shapes;
use crate::{Offset, Time};

shapes! {
    /// An append.
    Append<'a> {
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// Where it lies now.
        offset: Offset,
        /// The leader's epoch.
        epoch: u32,
        /// The message.
        #[serde(borrow)]
        id: Cow<'a, str>,
    }

    /// A move of the high watermark.
    Watermark<'a> {
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The first offset that is not yet safe.
        offset: Offset,
    }

    /// What a replica holds below its watermark.
    Committed<'a> {
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The epoch in which the replica leads or follows.
        epoch: u32,
        /// The first offset that is not yet safe.
        watermark: Offset,
        /// A hash over all below it, equal where the same is held.
        hash: u64,
    }

    /// The begin of a reign.
    Lead<'a> {
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The leader's epoch.
        epoch: u32,
    }

    /// A truncation.
    Truncate<'a> {
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The log end before.
        from: Offset,
        /// The log end that remains.
        to: Offset,
    }

    /// A recovery.
    Recover<'a> {
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The log end that was found.
        end: Offset,
        /// Bytes of a damaged tail that were dropped.
        dropped_bytes: u64,
    }

    /// A follower that its leader wants out of the in-sync set.
    Laggard<'a> {
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The follower.
        #[serde(borrow)]
        follower: Cow<'a, str>,
        /// How long a follower may lag, in microseconds.
        lag: Time,
    }

    /// What a follower holds.
    Replicated<'a> {
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// Its log end now.
        end: Offset,
    }

    /// Who may be elected.
    Members<'a> {
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The in-sync set.
        #[serde(borrow)]
        in_sync: Vec<Cow<'a, str>>,
        /// Who left that set while too few were in sync, and still holds all that was acknowledged to `acks=all`.
        #[serde(borrow)]
        eligible: Vec<Cow<'a, str>>,
    }

    /// A broker that is registered anew.
    Registered<'a> {
        /// The broker.
        #[serde(borrow)]
        broker: Cow<'a, str>,
    }

    /// A record of a final log.
    Logged<'a> {
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// Where it lies.
        offset: Offset,
        /// The message.
        #[serde(borrow)]
        id: Cow<'a, str>,
        /// The producer's stamp, where it was idempotent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stamp: Option<Stamp>,
    }

    /// Where a batch stands in an idempotent producer's sequence.
    Stamp {
        /// The producer id.
        producer: u64,
        /// Its epoch.
        epoch: u16,
        /// The sequence number of the first record.
        sequence: u32,
    }

    /// A replica's digest.
    Digest<'a> {
        /// The topic.
        #[serde(borrow)]
        topic: Cow<'a, str>,
        /// The partition, from 0.
        partition: u32,
        /// The high watermark that the replica knows.
        watermark: Offset,
        /// A hash over all batches below it.
        hash: u64,
    }
}

impl From<crate::Stamp> for Stamp {
    fn from(stamp: crate::Stamp) -> Self {
        let crate::Stamp { producer, epoch, sequence } = stamp;
        Stamp { producer, epoch, sequence }
    }
}

impl From<Stamp> for crate::Stamp {
    fn from(stamp: Stamp) -> Self {
        let Stamp { producer, epoch, sequence } = stamp;
        crate::Stamp { producer, epoch, sequence }
    }
}
