//! What producers send: records, and the stamp by which a leader recognises a batch it already has.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::MessageId;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record {
    /// The business fact it carries; the same over every retry.
    pub id: MessageId,
    /// Decides the partition; records of one key are meant to take effect in order.
    pub key: Bytes,
    /// The content; opaque to the broker.
    pub payload: Bytes,
}

/// Records that travel and are stored together. Cheap to clone.
pub type Records = Arc<[Record]>;

/// Where a batch stands in an idempotent producer's sequence (KIP-98).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProducerStamp {
    /// The producer id, unique in the cluster.
    pub producer: u64,
    /// The epoch of that id; a higher one fences the lower.
    pub epoch: u16,
    /// The sequence number of the first record of the batch, from 0 in every epoch.
    pub sequence: u32,
}
