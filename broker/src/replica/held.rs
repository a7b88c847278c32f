//! A fetch that waits for news: of a consumer or of a follower, and answered in the conversation that it belongs to.

use crate::log::Batch;
use crate::wire::{client, replication};
use crate::{ConnId, Frame, Micros, NodeId, Offset, RequestId};

/// One such fetch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct HeldFetch {
    pub(super) conn: ConnId,
    pub(super) id: RequestId,
    pub(super) offset: Offset,
    pub(super) max_records: u32,
    /// Who asks; `None` for a consumer.
    pub(super) follower: Option<NodeId>,
    pub(super) until: Micros,
}

impl HeldFetch {
    pub(super) fn found(&self, batches: Vec<Batch>, watermark: Offset) -> Frame {
        match self.follower {
            Some(_) => {
                let fetched = replication::Fetched { batches, watermark, diverging: None };
                replication::Response::Fetched(Ok(fetched)).frame(self.id)
            }
            None => client::Response::Fetched(Ok(client::Fetched { batches, watermark })).frame(self.id),
        }
    }

    pub(super) fn not_leader(&self) -> Frame {
        match self.follower {
            Some(_) => replication::Response::Fetched(Err(replication::FetchError::NotLeader)).frame(self.id),
            None => client::Response::Fetched(Err(client::FetchError::NotLeader)).frame(self.id),
        }
    }
}
