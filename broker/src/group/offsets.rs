//! What the offsets log is made of.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{GroupId, Offset, TopicPartition};

/// One record of the offsets log: a member settled offsets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OffsetsEntry {
    /// The group.
    pub group: GroupId,
    /// The first unsettled offset of each log.
    pub offsets: Vec<(TopicPartition, Offset)>,
}

impl OffsetsEntry {
    /// As a record's payload.
    #[must_use]
    pub fn encode(&self) -> Bytes {
        // Serialising plain integers into memory cannot fail; an empty payload would be skipped on reading.
        postcard::to_stdvec(self).unwrap_or_default().into()
    }

    /// From a record's payload; `None` when it is not one.
    #[must_use]
    pub fn decode(payload: &[u8]) -> Option<Self> {
        postcard::from_bytes(payload).ok()
    }
}
